"""The benchmark's opponent: a process that answers each line of JSON by a line. bench/opponent.ts starts it.

The first line of the output describes the environment: versions, BLAS, instruction set. Models stay warm between
requests, so that the caller can interleave repetitions of both sides. bench/README.md lists the fields.
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
# Fewer steps for encoders of images, whose steps are long.
NETWORK_WARM_UP_STEPS = 3
# Number of parts of a measurement, as on our side (bench/cases.ts). The median over parts ignores short disturbances.
PARTS = 10
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))


class RequestError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def loadedBlas():
    """Returns the BLAS of torch, from the files that are mapped into this process."""
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))
    with open("/proc/self/maps") as maps:
        files = {os.path.basename(os.path.realpath(line.split()[-1])) for line in maps if ".so" in line}
    for known in ("mkl_rt", "openblas", "blis"):
        for file in sorted(files):
            if known in file:
                return file
    return "reference" if any(file.startswith("libblas") for file in files) else "bundled"


def vectorInstructions():
    """Returns the instruction set of Inductor; empty if its test program fails (no sleef.h or no C++ compiler)."""
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
        raise RequestError("threads", f"this process has {THREADS} threads, but the request needs {request['threads']}")
    if not variant.startswith("eager") and not environment["vectorInstructions"]:
        raise RequestError(
            "no-vector-compiler",
            "Inductor found no vector instruction set, so torch.compile would emit scalar code and the comparison would "
            "be unfair. Install g++, libtorch-dev and libsleef-dev",
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
        statistics.median(statistics.fmean(clock[a:b]) for a, b in zip(edges, edges[1:])) for clock in zip(*times)
    )
    return {
        "secondsPerStep": (before[0] - start[0]) / steps,
        "medianSecondsPerStep": wall,
        "medianProcessorSecondsPerStep": processor,
        "steps": steps,
        "loss": float(loss),
    }


def main():
    # Output of libraries must not get between the answers.
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
