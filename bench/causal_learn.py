#!/usr/bin/env python3
"""The opponent of bench/causal-learn.ts: causal-learn itself, from the folder CAUSAL_LEARN.

One JSON object per line. The first line of the output has the versions. Requests: {"columns": path of a .npy, columns × rows,
"method": pc, fci, ges or kci, "alpha", "conditioning": for kci, size of the conditioning set, "limit": maximal seconds of
processor time}. Answers: {"seconds": processor time of the call}, or {} if it exceeds the limit. Every request runs in a
new process, so that the limit can end it and nothing is cached.
"""

import json
import os
import re
import resource
import signal
import sys
import time
import traceback
import types

sys.path.insert(0, os.environ["CAUSAL_LEARN"])
try:
    import momentchi2  # noqa: F401
except ImportError:
    # Only RCIT needs this package, and RCIT is not measured.
    sys.modules["momentchi2"] = types.SimpleNamespace(hbe=None, sw=None, lpb4=None)

import numpy as np  # noqa: E402
import scipy  # noqa: E402
# With the reference BLAS, which Debian's numpy uses if no other is installed, KCI is five times slower.
with open("/proc/self/maps") as maps:
    if not re.search("openblas|mkl|blis|atlas", maps.read()):
        sys.exit("numpy uses the reference BLAS; install another one (Debian: libopenblas0-pthread)")
from causallearn.search.ConstraintBased.FCI import fci  # noqa: E402
from causallearn.search.ConstraintBased.PC import pc  # noqa: E402
from causallearn.search.ScoreBased.GES import ges  # noqa: E402
from causallearn.utils.cit import CIT  # noqa: E402


def call(request):
    data = np.ascontiguousarray(np.load(request["columns"]).T)
    method, alpha = request["method"], request["alpha"]
    if method == "pc":
        return lambda: pc(data, alpha, "fisherz", show_progress=False)
    if method == "fci":
        return lambda: fci(data, "fisherz", alpha, show_progress=False, verbose=False)
    if method == "ges":
        return lambda: ges(data, "local_score_BIC")
    return lambda: CIT(data, "kci")(0, 1, list(range(2, 2 + request["conditioning"])))


def answer(request):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        run = call(request)
        used = time.process_time()
        seconds = int(used + request["limit"]) + 1
        # The hard limit is later, because it raises SIGKILL, which could not be distinguished from a lack of memory.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        out = os.open(os.devnull, os.O_WRONLY)
        os.dup2(out, 1)
        try:
            run()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os.write(writer, json.dumps({"seconds": time.process_time() - used}).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as result:
        text = result.read()
    _, status = os.waitpid(child, 0)
    # Only SIGXCPU means that the limit was exceeded. Any other failure is an error, not a measurement.
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return "{}"
    if status != 0 or not text:
        raise RuntimeError(f"causal-learn ended with status {status} at {request}")
    return text


def version():
    with open(os.path.join(os.environ["CAUSAL_LEARN"], "setup.py")) as file:
        return re.search(r"""^\s*version\s*=\s*["']([\w.]+)""", file.read(), re.IGNORECASE | re.MULTILINE).group(1)


versions = {"causal-learn": version(), "numpy": np.__version__, "scipy": scipy.__version__}
print(json.dumps({**versions, "python": sys.version.split()[0]}), flush=True)
for line in sys.stdin:
    print(answer(json.loads(line)), flush=True)
