"""Training steps of one shape or of one encoder in PyTorch on a GPU. bench/gpu.py starts this process with a JSON
argument.

The first line of the output describes the environment. Then every line of the input, a number of steps, is answered by
one line of JSON: {"steps": n, "seconds": s}. The device is idle at the start and at the end of the measured time.
native/tools/time_plan.cc does the same on our side.
"""

import gc
import json
import os
import sys
import time

import torch

from model import Sizes, Weights
from networks import NetworkTrainer
from steps import Trainer

WARM_UP_STEPS = 20


def choosePrecision(precision):
    """Sets whether products and convolutions may round their factors to TF32. By default, only convolutions may."""
    if precision != "default":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"


def trainerFor(request):
    """Returns the trainer of an encoder if the request names a network, otherwise that of the whole model."""
    variant, device = request["variant"], request["device"]
    if "network" in request:
        return NetworkTrainer(request, variant, device=device)
    fields = ("batch", "hidden", "modalities", "runs", "columns", "latents", "exogenous")
    weights = Weights(jacobian=0.05 if request["jacobian"] else 0.0, crossPrediction=0.0)
    return Trainer(Sizes(**{field: request[field] for field in fields}), weights, variant, device=device)


def main():
    # Output of libraries must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    request = json.loads(sys.argv[1])
    device = request["device"]
    choosePrecision(request["precision"])
    synchronize = torch.cuda.synchronize if device == "cuda" else lambda: None
    start = time.perf_counter()
    trainer = trainerFor(request)
    for _ in range(WARM_UP_STEPS):
        loss = trainer.step()
    synchronize()
    ready = {"torch": torch.__version__, "seconds": time.perf_counter() - start, "loss": float(loss)}
    if device == "cuda":
        ready["gpu"] = torch.cuda.get_device_name()
        ready["tf32"] = {
            "products": torch.backends.cuda.matmul.allow_tf32,
            "convolutions": torch.backends.cudnn.allow_tf32,
        }
    print(json.dumps(ready), file=answers)
    gc.collect()
    gc.disable()
    for line in sys.stdin:
        steps = int(line)
        synchronize()
        start = time.perf_counter()
        for _ in range(steps):
            trainer.step()
        synchronize()
        print(json.dumps({"steps": steps, "seconds": time.perf_counter() - start}), file=answers)


main()
