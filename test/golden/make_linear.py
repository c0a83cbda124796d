#!/usr/bin/python3
"""Writes linear.json, expected values for test/linear/linear-methods.test.ts, with scikit-learn and SciPy.

Run: python3 test/golden/make_linear.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.linalg import eigh
from sklearn.cross_decomposition import CCA, PLSRegression
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge

# Number of training subjects, number of held-out subjects, number of columns of x and of y.
TABLES = {"narrow": (60, 25, 7, 9), "wide": (24, 12, 40, 31)}
K = 2
COMPONENTS, SHRINKAGE, RIDGE = 6, 0.3, 0.05


def table(seed, train, held_out, width, other):
    """Returns x and y: two shared factors, one specific factor each, and noise."""
    rng = np.random.default_rng(seed)
    n = train + held_out
    shared = rng.normal(size=(n, 2))
    sides = []
    for columns in (width, other):
        specific = rng.normal(size=(n, 1))
        factors = np.hstack([shared, 1.5 * specific])
        x = factors @ rng.normal(size=(3, columns)) + rng.normal(size=(n, columns)) + rng.normal(size=columns)
        sides.append(np.round(x, 4))
    return sides


def shrunk_cca(x, y, k, components, shrinkage):
    """Returns a function that computes x's first k canonical variates.

    They solve a generalised eigenproblem of the shrunk covariances of principal components.
    """
    px, py = PCA(components).fit(x), PCA(components).fit(y)
    a, b = px.transform(x), py.transform(y)

    def shrunk(t):
        s = np.cov(t, rowvar=False, bias=True)
        return (1 - shrinkage) * s + shrinkage * np.trace(s) / components * np.eye(components)

    saa, sbb, sab = shrunk(a), shrunk(b), a.T @ b / len(a)
    _, vectors = eigh(sab @ np.linalg.solve(sbb, sab.T), saa)
    weights = vectors[:, ::-1][:, :k]
    return lambda new: px.transform(new) @ weights


def reduced_rank(x, y, k, ridge):
    """Returns the prediction of y by ridge regression, reduced to rank k.

    The reduction uses the fitted values of augmented data. `ridge` is relative to the largest squared singular value.
    """
    mx, my = x.mean(0), y.mean(0)
    alpha = ridge * np.linalg.svd(x - mx, compute_uv=False)[0] ** 2
    model = Ridge(alpha=alpha, fit_intercept=False, solver="svd").fit(x - mx, y - my)
    augmented = np.vstack([x - mx, np.sqrt(alpha) * np.eye(x.shape[1])])
    _, _, v = np.linalg.svd(augmented @ model.coef_.T, full_matrices=False)
    return lambda new: my + model.predict(new - mx) @ v[:k].T @ v[:k]


def predictions(x, y, train):
    def by_numbers(numbers):
        return LinearRegression().fit(numbers(x[:train]), y[:train]).predict(numbers(x))

    pca = PCA(K).fit(x[:train])
    pls = PLSRegression(n_components=K, scale=False, max_iter=10000, tol=1e-14).fit(x[:train], y[:train])
    return {
        "PCA": by_numbers(pca.transform),
        "PLS": pls.predict(x),
        "CCA": by_numbers(shrunk_cca(x[:train], y[:train], K, COMPONENTS, SHRINKAGE)),
        "reduced-rank regression": reduced_rank(x[:train], y[:train], K, RIDGE)(x),
    }


def pooled(y, predicted, train):
    centre = y[:train].mean(0)
    splits = {"train": slice(0, train), "heldOut": slice(train, None)}
    return {
        name: float(1 - ((y[rows] - predicted[rows]) ** 2).sum() / ((y[rows] - centre) ** 2).sum())
        for name, rows in splits.items()
    }


def case(name, seed):
    train, held_out, width, other = TABLES[name]
    x, y = table(seed, train, held_out, width, other)
    by_method = predictions(x, y, train)
    golden = {
        "name": name,
        "train": train,
        "columns": [width, other],
        "x": x.ravel().tolist(),
        "y": y.ravel().tolist(),
        "r2": {method: pooled(y, predicted, train) for method, predicted in by_method.items()},
        # For the first held-out subject.
        "predicted": {method: predicted[train].tolist() for method, predicted in by_method.items()},
    }
    if name == "narrow":
        # Without shrinkage and with all components, the method is classical canonical correlation.
        cca = CCA(n_components=K, scale=False, max_iter=10000, tol=1e-14).fit(x[:train], y[:train])
        numbers = LinearRegression().fit(cca.transform(x[:train]), y[:train])
        golden["classical"] = numbers.predict(cca.transform(x))[train].tolist()
    return golden


def main():
    golden = {
        "madeWith": {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__},
        "k": K,
        "components": COMPONENTS,
        "shrinkage": SHRINKAGE,
        "ridge": RIDGE,
        "cases": [case(name, 30 + i) for i, name in enumerate(TABLES)],
    }
    path = Path(__file__).with_name("linear.json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
