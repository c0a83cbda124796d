#!/usr/bin/python3
"""Writes gcm.json, expected p-values for test/causal/gcm.test.ts, with NumPy and SciPy.

Run: python3 test/golden/make_gcm.py

The generalised covariance measure (Shah & Peters 2020) of Legendre polynomials of ranks, from its definition: hat
matrices of penalised regressions, generalised cross-validation, and a Wald statistic with its full covariance matrix.
"""

import json
from math import prod
from pathlib import Path

import numpy as np
from scipy.special import eval_sh_legendre
from scipy.stats import chi2, rankdata

PENALTIES = [10 ** (-0.75 * i) for i in range(11)]


def polynomials(values, degrees):
    shares = (rankdata(values) - 0.5) / len(values)
    return np.stack([np.sqrt(2 * k + 1) * eval_sh_legendre(k, shares) for k in degrees], axis=1)


def features(values):
    """Returns the orthonormal part of three polynomials, and fewer for a column of two or three values."""
    raw = polynomials(values, [1, 2, 3])[:, : len(np.unique(values)) - 1]
    q, r = np.linalg.qr(raw - raw.mean(axis=0))
    return q * np.sign(np.diag(r)) * np.sqrt(len(values))


def bounded(variables, size):
    if variables == 0:
        return [()]
    return [(k, *rest) for k in range(size) for rest in bounded(variables - 1, size // (1 + k))]


def cross(variables, rows):
    """Returns the largest hyperbolic cross that is small enough."""
    for size in range(40, 1, -1):
        terms = bounded(variables, size)
        if size == 2 or len(terms) <= min(160, rows / 4):
            return terms


def residuals(targets, conditioning):
    rows = len(targets)
    terms = cross(conditioning.shape[1], rows)
    bases = [polynomials(column, range(41)) for column in conditioning.T]
    basis = np.stack([prod(base[:, k] for base, k in zip(bases, term)) for term in terms], axis=1)
    rough = np.array([0 if sum(term) == 0 else prod(1 + k for k in term) ** 4 for term in terms], dtype=float)
    hats = [
        basis @ np.linalg.solve(basis.T @ basis / rows + np.diag(penalty * rough + 1e-9), basis.T / rows)
        for penalty in PENALTIES
    ]
    result, degrees = [], []
    for target in targets.T:
        rest = [target - hat @ target for hat in hats]
        used = [np.trace(hat) for hat in hats]
        best = np.argmin([np.mean(r**2) / (1 - d / rows) ** 2 for r, d in zip(rest, used)])
        result.append(rest[best])
        degrees.append(used[best])
    return np.stack(result, axis=1), np.array(degrees)


def gcm(data, x, y, conditioning):
    complete = data[~np.isnan(data[:, [x, y, *conditioning]]).any(axis=1)]
    rows = len(complete)
    first, second = features(complete[:, x]), features(complete[:, y])
    a, b = np.zeros(first.shape[1]), np.zeros(second.shape[1])
    if conditioning:
        first, a = residuals(first, complete[:, conditioning])
        second, b = residuals(second, complete[:, conditioning])
    products = np.einsum("ni,nj->nij", first, second).reshape(rows, -1)
    means = products.mean(axis=0) * np.sqrt(1 - np.minimum(a[:, None], b[None, :]).ravel() / rows)
    statistic = rows * means @ np.linalg.solve(products.T @ products / rows, means)
    return float(chi2.sf(statistic, products.shape[1])), rows


rng = np.random.default_rng(40)
n = 400
a, b = rng.normal(size=(2, n))
c = np.cos(2 * a) + 0.5 * rng.normal(size=n)
d = 0.2 * c**2 + 0.3 * b + rng.standard_t(3, size=n)
e = np.abs(d) + 0.3 * rng.normal(size=n)
f = np.digitize(a + rng.normal(size=n), [-1, 0.5])
g = (b + rng.normal(size=n) > 0.3).astype(float)
data = np.round(np.stack([a, b, c, d, e, f, g], axis=1), 2)
data[rng.random(n) < 0.1, 3] = np.nan
sets = [(0, 1, []), (0, 2, []), (5, 6, []), (1, 3, [0]), (0, 4, [2]), (0, 4, [3]), (2, 4, [0, 1]), (5, 6, [0, 1])]
sets += [(0, 5, [6]), (0, 4, [1, 2, 3]), (1, 4, [0, 2, 3, 5, 6])]
columns = [[None if np.isnan(v) else v for v in column] for column in data.T.tolist()]
cases = [[x, y, s, *gcm(data, x, y, s)] for x, y, s in sets]
Path(__file__).with_name("gcm.json").write_text(json.dumps({"columns": columns, "cases": cases}) + "\n")
for case in cases:
    print(case)
