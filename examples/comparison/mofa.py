"""Multi-omics factor analysis (mofapy2) as a runner: python3 mofa.py INPUT.npz OUTPUT.npz

The factors that MOFA reports read all modalities. They would contain what they are to predict, so the latents of a
modality are the posterior means of the factors given its columns alone.
"""

import contextlib
import io

import numpy as np

from runner import require, run

entry = require("mofapy2.run.entry_point", "mofapy2")


def fit(subjects):
    train, count = subjects.train, max(subjects.latents.values())
    tables = [
        [np.where(subjects.observed[name], subjects.values[name], np.nan)[train]] for name in subjects.modalities
    ]
    model = entry.entry_point()
    with contextlib.redirect_stdout(io.StringIO()):
        model.set_data_options(scale_views=False)
        model.set_data_matrix(tables, views_names=subjects.modalities)
        model.set_model_options(factors=count, spikeslab_weights=True, ard_weights=True)
        model.set_train_options(iter=2000, convergence_mode="slow", seed=subjects.seed + 1, quiet=True)
        model.build()
        model.run()
    nodes = model.model.nodes
    latents = {}
    for m, name in enumerate(subjects.modalities):
        loadings = nodes["W"].getExpectations()[m]["E"]
        precision = nodes["Tau"].getExpectations()[m]["E"][0]
        weighted = loadings * precision[:, None]
        inner = np.eye(loadings.shape[1]) + loadings.T @ weighted
        scores = np.linalg.solve(inner, weighted.T @ subjects.values[name].T).T
        strongest = np.argsort(-(loadings**2).sum(axis=0))[: subjects.latents[name]]
        latents[name] = scores[:, strongest]
    return latents


run(fit)
