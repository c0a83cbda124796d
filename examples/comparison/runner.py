"""Reads the subjects that `interlatent compare` writes for a runner, and writes latents.

docs/reference/comparison.md describes both files. A runner calls `run(fit)`; `fit` gets the subjects and returns a
matrix of subjects x latents for each modality.
"""

import importlib
import sys

import numpy as np


class Subjects:
    """What a method sees: standardised values, observed cells, splits."""

    def __init__(self, path):
        arrays = np.load(path)
        self.ids = arrays["id"]
        self.train, self.validation, self.test = (
            np.flatnonzero(arrays["split"] == name) for name in ("train", "validation", "test")
        )
        self.modalities = [str(name) for name in arrays["modalities"]]
        self.latents = dict(zip(self.modalities, (int(count) for count in arrays["latents"])))
        self.seed = int(arrays["seed"][0])
        self.values = {name: arrays[f"{name}.values"].astype(float) for name in self.modalities}
        self.observed = {name: arrays[f"{name}.observed"] == 1 for name in self.modalities}

    def present(self, name):
        """True for subjects who have the modality."""
        return self.observed[name].any(axis=1)

    def complete_train(self):
        """Training subjects who have all modalities."""
        present = np.all([self.present(name) for name in self.modalities], axis=0)
        return self.train[present[self.train]]


def require(module, package):
    """Imports a module, or ends with a message that names the package to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        sys.exit(f"This runner needs {package}, which {sys.executable} cannot import ({error}). Install it first.")


def run(fit, arguments=0):
    """Calls `fit(subjects, *arguments)` and writes its latents."""
    if len(sys.argv) != arguments + 3:
        sys.exit(f"usage: {sys.argv[0]} {'ARGUMENT ' * arguments}INPUT.npz OUTPUT.npz")
    subjects = Subjects(sys.argv[-2])
    latents = fit(subjects, *sys.argv[1:-2])
    np.savez(sys.argv[-1], **latents)
