"""Writes comparison.json: the figures of `interlatent compare`, computed by hand with scikit-learn and mofapy2.

    interlatent simulate case1 --seed 3 --samples 1000 --test 300 --out case1
    interlatent export case1/study.yaml --splits --out seen
    python3 make_comparison.py seen/subjects.npz case1/truth.npz > comparison.json

mofapy2 0.7.4 computed the figures of `mofa`. Without it, they are left out.
"""

import contextlib
import io
import json
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import spearmanr
from sklearn.cross_decomposition import CCA, PLSRegression
from sklearn.decomposition import PCA, FactorAnalysis, FastICA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold

RIDGES = [1e-8, 1e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, None]

arrays = np.load(sys.argv[1])
names = [str(name) for name in arrays["modalities"]]
k = dict(zip(names, (int(count) for count in arrays["latents"])))
x = {name: arrays[f"{name}.values"].astype(float) for name in names}
train, validation, test = (np.flatnonzero(arrays["split"] == part) for part in ("train", "validation", "test"))
other = {name: np.hstack([x[one] for one in names if one != name]) for name in names}


def r2(latents, target):
    """R2 of a ridge regression on the training subjects, whose penalty the validation subjects choose."""
    mean, sd = latents[train].mean(axis=0), latents[train].std(axis=0)
    z = (latents - mean) / sd
    centre = target[train].mean(axis=0)

    def errors(rows, ridge):
        if ridge is None:
            return ((target[rows] - centre) ** 2).sum()
        model = Ridge(alpha=ridge * len(train), solver="cholesky").fit(z[train], target[train])
        return ((target[rows] - model.predict(z[rows])) ** 2).sum()

    best = min(RIDGES, key=lambda ridge: errors(validation, ridge))
    return 1 - errors(test, best) / errors(test, None)


def figures(latents):
    return {
        "within": float(np.mean([r2(latents[name], x[name]) for name in names])),
        "across": float(np.mean([r2(latents[name], other[name]) for name in names])),
    }


def chosen(candidates, scores_of):
    """Latents by the candidate whose scores predict the other columns best in five folds of the training subjects."""
    latents = {}
    for name in names:

        def loss(candidate):
            total = 0.0
            for learn, judge in KFold(5, shuffle=True, random_state=0).split(train):
                rows, held_out = train[learn], train[judge]
                scores = scores_of(candidate, name, rows)
                model = LinearRegression().fit(scores[rows], other[name][rows])
                total += ((other[name][held_out] - model.predict(scores[held_out])) ** 2).sum()
            return total

        latents[name] = scores_of(min(candidates, key=loss), name, train)
    return latents


def regularised_cca(candidate, name, rows):
    """Canonical variates of leading components, with covariances shrunk towards their mean variance."""
    components, shrinkage = candidate
    one, two = (PCA(min(components, table.shape[1])).fit(table[rows]) for table in (x[name], other[name]))
    u, v = one.transform(x[name]), two.transform(other[name])

    def root(table):
        covariance = table.T @ table
        shrunk = (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        return np.linalg.cholesky(shrunk)

    left, right = root(u[rows]), root(v[rows])
    cross = np.linalg.solve(left, np.linalg.solve(right, v[rows].T @ u[rows]).T)
    vectors = np.linalg.svd(cross)[0][:, : k[name]]
    return u @ np.linalg.solve(left.T, vectors)


def reduced_rank(ridge, name, rows):
    """The leading directions of a ridge regression of the other columns."""
    a, b = x[name] - x[name][rows].mean(axis=0), other[name] - other[name][rows].mean(axis=0)
    products = a[rows].T @ a[rows]
    left = np.linalg.cholesky(products + ridge * np.linalg.eigvalsh(products)[-1] * np.eye(len(products)))
    vectors = np.linalg.svd(np.linalg.solve(left, a[rows].T @ b[rows]))[0][:, : k[name]]
    return a @ np.linalg.solve(left.T, vectors)


def posterior_means(loadings, noise):
    """Factors given the columns of one modality, the strongest ones first."""
    latents, start = {}, 0
    for name in names:
        rows = slice(start, start + x[name].shape[1])
        start = rows.stop
        w, weighted = loadings[rows], loadings[rows] / noise[rows, None]
        scores = np.linalg.solve(np.eye(w.shape[1]) + w.T @ weighted, weighted.T @ x[name].T).T
        latents[name] = scores[:, np.argsort(-(w**2).sum(axis=0))[: k[name]]]
    return latents


def mofa(count):
    from mofapy2.run.entry_point import entry_point

    model = entry_point()
    with contextlib.redirect_stdout(io.StringIO()):
        model.set_data_options(scale_views=False)
        model.set_data_matrix([[x[name][train]] for name in names], views_names=names)
        model.set_model_options(factors=count, spikeslab_weights=True, ard_weights=True)
        model.set_train_options(iter=2000, convergence_mode="slow", seed=1, quiet=True)
        model.build()
        model.run()
    nodes = model.model.nodes
    loadings = np.vstack([w["E"] for w in nodes["W"].getExpectations()])
    noise = 1 / np.concatenate([tau["E"][0] for tau in nodes["Tau"].getExpectations()])
    return posterior_means(loadings, noise)


def mcc(latents):
    """Mean |Spearman| of matched latents in test subjects, mean over modalities."""
    truth = np.load(sys.argv[2])
    order = {str(one): row for row, one in enumerate(truth["id"])}
    z = truth["z"][[order[str(arrays["id"][row])] for row in test]]
    scores, start = [], 0
    for name in names:
        block = z[:, start : start + k[name]]
        start += k[name]
        table = np.abs(spearmanr(block, latents[name][test])[0][: k[name], k[name] :])
        rows, columns = linear_sum_assignment(-table)
        scores.append(table[rows, columns].mean())
    return float(np.mean(scores))


count = max(k.values())
shrinkages = [(components, s) for components in (10, 20, 30, 50) for s in (0.03, 0.1, 0.3, 0.6)]
cca = chosen(shrinkages, regularised_cca)
analysis = FactorAnalysis(count, tol=1e-8, max_iter=20000).fit(np.hstack([x[name] for name in names])[train])
ica = {
    name: FastICA(k[name], whiten="unit-variance", random_state=0, max_iter=5000, tol=1e-6).fit(cca[name][train]).transform(cca[name])
    for name in names
}
result = {
    "command": "simulate case1 --seed 3 --samples 1000 --test 300",
    "methods": {
        "pca": figures({name: PCA(k[name]).fit(x[name][train]).transform(x[name]) for name in names}),
        "pls": figures({name: PLSRegression(k[name], scale=False).fit(x[name][train], other[name][train]).transform(x[name]) for name in names}),
        "cca": figures(cca),
        "rrr": figures(chosen([1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1], reduced_rank)),
        "fa": figures(posterior_means(analysis.components_.T, analysis.noise_variance_)),
        "ica": {**figures(ica), "mcc": mcc(ica)},
    },
    "unregularisedCca": figures({name: CCA(k[name], max_iter=5000).fit(x[name][train], other[name][train]).transform(x[name]) for name in names}),
}
try:
    result["mofa"] = figures(mofa(count))
except ImportError:
    pass
print(json.dumps(result, indent=2))
