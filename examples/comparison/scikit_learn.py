"""Methods of scikit-learn as runners: python3 scikit_learn.py pca|fa|ica|pls|cca INPUT.npz OUTPUT.npz"""

import numpy as np

from runner import require, run

decomposition = require("sklearn.decomposition", "scikit-learn")
cross = require("sklearn.cross_decomposition", "scikit-learn")


def alone(subjects, make):
    """Fits each modality alone. Missing cells have the mean of the training subjects, which is 0."""
    latents = {}
    for name, values in subjects.values.items():
        train = subjects.train[subjects.present(name)[subjects.train]]
        model = make(subjects.latents[name]).fit(values[train])
        latents[name] = model.transform(values)
    return latents


def related(subjects, make):
    """Fits each modality with the columns of all other modalities."""
    train = subjects.complete_train()
    latents = {}
    for name, values in subjects.values.items():
        other = np.hstack([subjects.values[one] for one in subjects.modalities if one != name])
        count = min(subjects.latents[name], values.shape[1], other.shape[1])
        latents[name] = make(count).fit(values[train], other[train]).transform(values)
    return latents


def factor_analysis(subjects):
    """One factor analysis of all columns. The latents of a modality are posterior means given its columns alone."""
    train = subjects.complete_train()
    table = np.hstack([subjects.values[name] for name in subjects.modalities])
    count = max(subjects.latents.values())
    model = decomposition.FactorAnalysis(count, tol=1e-8, max_iter=20000, random_state=subjects.seed).fit(table[train])
    latents, start = {}, 0
    for name, values in subjects.values.items():
        columns = slice(start, start + values.shape[1])
        start = columns.stop
        loadings, noise = model.components_[:, columns].T, model.noise_variance_[columns]
        weighted = loadings / noise[:, None]
        scores = np.linalg.solve(np.eye(count) + loadings.T @ weighted, weighted.T @ values.T).T
        strongest = np.argsort(-(loadings**2).sum(axis=0))[: subjects.latents[name]]
        latents[name] = scores[:, strongest]
    return latents


def fit(subjects, method):
    if method == "pca":
        return alone(subjects, lambda count: decomposition.PCA(count))
    if method == "ica":
        return alone(
            subjects,
            lambda count: decomposition.FastICA(
                count, whiten="unit-variance", max_iter=2000, random_state=subjects.seed
            ),
        )
    if method == "pls":
        return related(subjects, lambda count: cross.PLSRegression(count, scale=False))
    if method == "cca":
        return related(subjects, lambda count: cross.CCA(count, max_iter=5000))
    if method == "fa":
        return factor_analysis(subjects)
    raise SystemExit(f"unknown method {method}: give pca, fa, ica, pls, or cca")


run(fit, arguments=1)
