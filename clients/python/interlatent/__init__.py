"""Causal latent variables from multimodal data: a client of the program `interlatent`.

    import interlatent

    run = interlatent.fit("study.yaml", out="runs/first")
    run.latents.to_pandas()
    print(run.conclusions)
    run.table("variance")

The program computes everything. This package calls it, or a server, and reads its files.
"""

from ._cli import call, command
from ._errors import InputError, InterlatentError
from ._progress import Progress
from ._record import Record
from ._run import Run, fit, load
from ._server import ServedModel, Server
from ._study import Study, study
from ._table import Table, read_table
from ._tensors import read_safetensors
from . import types

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "InterlatentError",
    "Progress",
    "Record",
    "Run",
    "ServedModel",
    "Server",
    "Study",
    "Table",
    "call",
    "command",
    "fit",
    "load",
    "read_safetensors",
    "read_table",
    "study",
    "types",
]
