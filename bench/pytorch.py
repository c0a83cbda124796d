"""The benchmark's opponent: a process that answers one JSON line per JSON request line. Started by bench/opponent.ts.

The first line out says what runs (versions, BLAS, instruction set). Models stay warm between requests, so that the
caller can interleave repetitions with its own. See bench/README.md for the fields.
"""

import gc
import json
import os
import statistics
import sys
import time

import torch

from model import Sizes, Weights
from networks import NETWORK_VARIANTS, NetworkTrainer
from steps import VARIANTS, Trainer

WARM_UP_STEPS = 10
# Of encoders of images, whose steps are long.
NETWORK_WARM_UP_STEPS = 3
# As on our side (bench/cases.ts): the median over parts of a measurement passes over what disturbs the machine for a
# moment.
PARTS = 10
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))


class RequestError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def loadedBlas():
    """The BLAS that torch loaded, by the files mapped into this process."""
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))
    with open("/proc/self/maps") as maps:
        files = {os.path.basename(os.path.realpath(line.split()[-1])) for line in maps if ".so" in line}
    for known in ("mkl_rt", "openblas", "blis"):
        for file in sorted(files):
            if known in file:
                return file
    return "reference" if any(file.startswith("libblas") for file in files) else "bundled"


def vectorInstructions():
    """What Inductor can use; empty when its test program does not build or load (no sleef.h, no C++ compiler)."""
    from torch._inductor.cpu_vec_isa import pick_vec_isa

    isa = pick_vec_isa()
    return str(isa) if isa else ""


def describe():
    return {
        "torch": torch.__version__,
        "blas": loadedBlas(),
        "vectorInstructions": vectorInstructions(),
        "threads": THREADS,
    }


def trainerFor(request, trainers, environment):
    variant = request["variant"]
    variants = NETWORK_VARIANTS if "network" in request else VARIANTS
    if variant not in variants:
        raise RequestError("variant", f"variant must be one of {', '.join(variants)}, not {variant!r}")
    if request["threads"] != THREADS:
        raise RequestError("threads", f"this process runs {THREADS} threads, {request['threads']} were asked for")
    if not variant.startswith("eager") and not environment["vectorInstructions"]:
        raise RequestError(
            "no-vector-compiler",
            "torch.compile would emit scalar code here and lose unfairly: Inductor found no vector instruction set. "
            "Install g++, libtorch-dev and libsleef-dev",
        )
    key = json.dumps({**request, "steps": 0}, sort_keys=True)
    if key in trainers:
        return trainers[key], 0.0
    start = time.perf_counter()
    try:
        isNetwork = "network" in request
        trainer = NetworkTrainer(request, variant) if isNetwork else modelTrainer(request, variant)
        for _ in range(NETWORK_WARM_UP_STEPS if isNetwork else WARM_UP_STEPS):
            trainer.step()
    except RuntimeError as error:
        raise RequestError("compile-failed", f"{variant}: {str(error)[:1000]}") from error
    trainers[key] = trainer
    return trainer, time.perf_counter() - start


def modelTrainer(request, variant):
    fields = ("batch", "hidden", "modalities", "runs", "columns", "latents", "exogenous")
    sizes = Sizes(**{field: request[field] for field in fields})
    weights = Weights(
        jacobian=0.05 if request["jacobian"] else 0.0,
        concave=0.3 if request["concave"] else 0.0,
        crossPrediction=1.0 if request["crossPrediction"] else 0.0,
    )
    return Trainer(sizes, weights, variant)


def measure(trainer, steps):
    times = []
    gc.collect()
    gc.disable()
    start = before = (time.perf_counter(), time.process_time())
    for _ in range(steps):
        loss = trainer.step()
        now = (time.perf_counter(), time.process_time())
        times.append([a - b for a, b in zip(now, before)])
        before = now
    gc.enable()
    parts = min(PARTS, steps)
    edges = [steps * i // parts for i in range(parts + 1)]
    wall, processor = (
        statistics.median(statistics.fmean(own[a:b]) for a, b in zip(edges, edges[1:])) for own in zip(*times)
    )
    return {
        "secondsPerStep": (before[0] - start[0]) / steps,
        "medianSecondsPerStep": wall,
        "medianProcessorSecondsPerStep": processor,
        "steps": steps,
        "loss": float(loss),
    }


def main():
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    torch.set_num_threads(THREADS)
    torch.set_flush_denormal(True)
    environment = describe()
    print(json.dumps(environment), file=answers)
    trainers = {}
    for line in sys.stdin:
        try:
            request = json.loads(line)
            trainer, buildSeconds = trainerFor(request, trainers, environment)
            answer = {**measure(trainer, request["steps"]), "buildSeconds": buildSeconds}
        except RequestError as error:
            answer = {"error": {"code": error.code, "message": str(error)}}
        except (KeyError, TypeError, ValueError) as error:
            answer = {"error": {"code": "bad-request", "message": f"{type(error).__name__}: {error}"}}
        print(json.dumps(answer), file=answers)


main()
