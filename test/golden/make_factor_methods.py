#!/usr/bin/python3
"""Writes factor_methods.json, expected values for test/reproduction/factor-methods.test.ts, with scikit-learn and NumPy.

Run: python3 test/golden/make_factor_methods.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.decomposition import FactorAnalysis, FastICA

PRIOR = 1e-3


def mixture():
    """Returns four columns: a linear mixture of three non-normal sources, with a mean and noise."""
    rng = np.random.default_rng(31)
    rows = 400
    sources = np.column_stack([rng.uniform(-1, 1, rows), rng.laplace(size=rows), rng.exponential(size=rows)])
    return np.round(sources @ rng.normal(size=(3, 4)) + 0.01 * rng.normal(size=(rows, 4)) + [1, -2, 0, 3], 5)


def fast_ica():
    x = mixture()
    model = FastICA(3, whiten="unit-variance", fun="logcosh", tol=1e-12, max_iter=5000, random_state=0)
    return {"x": x.ravel().tolist(), "columns": x.shape[1], "sources": model.fit_transform(x).ravel().tolist()}


def views_of_factors():
    """Returns two views of five and four columns, with one shared factor and one specific factor each."""
    rng = np.random.default_rng(32)
    rows = 1500
    z = rng.normal(size=(rows, 3))
    w = rng.normal(size=(9, 3))
    w[:5, 2] = 0
    w[5:, 1] = 0
    x = z @ w.T + rng.normal(size=(rows, 9)) * rng.uniform(0.4, 1.2, size=9)
    return np.round(x - x.mean(0), 5)


def maximum_likelihood(x):
    """Returns the covariance of scikit-learn's factor analysis, which has no prior."""
    return FactorAnalysis(3, tol=1e-10, max_iter=20000, svd_method="lapack").fit(x).get_covariance()


def variational(x, views, w, steps):
    """Computes the updates of the paper's formulas, row by row."""
    n, d = x.shape
    k = w.shape[1]
    ww = w[:, :, None] * w[:, None, :]
    tau = n / (x**2).sum(0)
    alpha = np.ones((views.max() + 1, k))
    for _ in range(steps):
        covariance = np.linalg.inv(np.eye(k) + (tau[:, None, None] * ww).sum(0))
        z = np.array([covariance @ (w.T @ (tau * row)) for row in x])
        zz = sum(np.outer(row, row) + covariance for row in z)
        for j in range(d):
            spread = np.linalg.inv(tau[j] * zz + np.diag(alpha[views[j]]))
            w[j] = spread @ (tau[j] * (z.T @ x[:, j]))
            ww[j] = spread + np.outer(w[j], w[j])
        for j in range(d):
            error = (x[:, j] ** 2).sum() - 2 * w[j] @ (z.T @ x[:, j]) + np.trace(ww[j] @ zz)
            tau[j] = (PRIOR + n / 2) / (PRIOR + error / 2)
        for v in range(len(alpha)):
            inside = views == v
            alpha[v] = (PRIOR + inside.sum() / 2) / (PRIOR + np.einsum("jkk->jk", ww[inside]).sum(0) / 2)
    return {"loadings": w.ravel().tolist(), "noise": (1 / tau).tolist()}


def group_factors():
    x = views_of_factors()
    views = np.array([0] * 5 + [1] * 4)
    start = np.round(np.random.default_rng(33).normal(size=(9, 4)), 3)
    return {
        "x": x.ravel().tolist(),
        "views": views.tolist(),
        "start": start.ravel().tolist(),
        "covariance": maximum_likelihood(x).ravel().tolist(),
        "after20": variational(x, views, start.copy(), 20),
    }


def main():
    golden = {
        "madeWith": {"numpy": np.__version__, "sklearn": sklearn.__version__},
        "fastIca": fast_ica(),
        "groupFactors": group_factors(),
    }
    Path(__file__).with_name("factor_methods.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
