#!/usr/bin/python3
"""Writes discovery.json, expected values for test/causal/independence.test.ts, with NumPy and SciPy.

Run: python3 test/golden/make_discovery.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2, chi2_contingency, norm

rng = np.random.default_rng(70)


def normal_tails():
    z = np.concatenate([[0, 1e-8, 1e-3], np.linspace(0.1, 8, 40), [12, 20, 37]])
    return [[float(v), float(2 * norm.sf(v))] for v in z]


def chi_square_tails():
    cases = []
    for degrees in [1, 2, 3, 5, 10, 30, 100, 1000, 20000]:
        spread = np.sqrt(2 * degrees)
        for x in [1e-6, *np.maximum(1e-3, degrees + spread * np.array([-3, -1, -0.2, 0, 0.2, 1, 3, 10, 25]))]:
            cases.append([float(x), degrees, float(chi2.sf(x, degrees))])
    return cases


def partial_correlation_p(data, x, y, conditioning):
    """Returns the p-value and the number of complete rows. Uses regression residuals instead of an inverse matrix."""
    complete = data[~np.isnan(data[:, [x, y, *conditioning]]).any(axis=1)]
    design = np.column_stack([np.ones(len(complete)), complete[:, conditioning]])
    residual = [complete[:, v] - design @ np.linalg.lstsq(design, complete[:, v], rcond=None)[0] for v in (x, y)]
    r = np.corrcoef(*residual)[0, 1]
    return float(2 * norm.sf(abs(np.arctanh(r)) * np.sqrt(len(complete) - len(conditioning) - 3))), len(complete)


def continuous():
    n = 120
    a, b = rng.normal(size=(2, n))
    c = a - 0.5 * b + rng.normal(size=n)
    d = 0.7 * c + rng.normal(size=n)
    e = d + a + 3 * rng.normal(size=n)
    data = np.round(np.stack([a, b, c, d, e], axis=1), 4)
    data[rng.random(size=(n, 5)) < [0, 0.1, 0, 0.05, 0]] = np.nan
    sets = [(0, 1, []), (0, 2, []), (0, 3, [2]), (0, 4, [3]), (1, 3, [2]), (0, 3, [1, 2]), (2, 4, [0, 1, 3])]
    cases = [[x, y, s, *partial_correlation_p(data, x, y, s)] for x, y, s in sets]
    return {"columns": [[None if np.isnan(v) else v for v in column] for column in data.T.tolist()], "cases": cases}


def stratified(data, x, y, conditioning, kind):
    """Returns the p-value and the number of complete rows.

    The statistic and its degrees of freedom are sums over strata of SciPy's, without empty rows and columns.
    """
    complete = data[(data[:, [x, y, *conditioning]] >= 0).all(axis=1)]
    statistic, degrees = 0.0, 0
    for key in np.unique(complete[:, conditioning], axis=0) if conditioning else [None]:
        stratum = complete if key is None else complete[(complete[:, conditioning] == key).all(axis=1)]
        table = np.zeros((data[:, x].max() + 1, data[:, y].max() + 1))
        np.add.at(table, (stratum[:, x], stratum[:, y]), 1)
        table = table[table.any(axis=1)][:, table.any(axis=0)]
        if min(table.shape) > 1:
            result = chi2_contingency(table, correction=False, lambda_=kind)
            statistic, degrees = statistic + result.statistic, degrees + result.dof
    return float(chi2.sf(statistic, degrees)) if degrees else 1.0, len(complete)


def discrete():
    n = 300
    a = rng.integers(0, 3, n)
    b = (a + rng.integers(0, 2, n)) % 3
    c = (b + (rng.random(n) < 0.3)) % 4
    d = rng.integers(0, 2, n)
    data = np.stack([a, b, c, d], axis=1)
    data[rng.random(size=data.shape) < [0, 0.05, 0, 0.05]] = -1
    sets = [(0, 1, []), (0, 3, []), (0, 2, [1]), (0, 2, [1, 3]), (1, 3, [0, 2])]
    cases = [
        [x, y, s, *stratified(data, x, y, s, "pearson"), stratified(data, x, y, s, "log-likelihood")[0]]
        for x, y, s in sets
    ]
    return {"columns": [[None if v < 0 else v for v in column] for column in data.T.tolist()], "cases": cases}


def log_likelihood(kind, response, predictors):
    """Returns the maximal log-likelihood, up to a constant; of ordinal responses by a general-purpose optimiser."""
    if kind == "continuous":
        design = np.column_stack([np.ones(len(response)), *predictors])
        residual = response - design @ np.linalg.lstsq(design, response, rcond=None)[0]
        return -0.5 * len(response) * np.log(np.mean(residual**2))
    levels, code = np.unique(response, return_inverse=True)
    cuts = len(levels) - 1
    design = np.column_stack([np.zeros(len(response)), *predictors])

    def loss(parameters):
        thresholds = np.cumsum([parameters[0], *np.exp(parameters[1:cuts])])
        bounds = np.concatenate([[-np.inf], thresholds, [np.inf]])
        effect = design[:, 1:] @ parameters[cuts:] if design.shape[1] > 1 else 0
        return -np.sum(np.log(expit(bounds[code + 1] - effect) - expit(bounds[code] - effect)))

    start = np.zeros(cuts + design.shape[1] - 1)
    rough = minimize(loss, start, method="BFGS", options={"gtol": 1e-8})
    return -minimize(loss, rough.x, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000}).fun


def mixed():
    n = 250
    dose = np.round(rng.normal(size=n), 3)
    sex = (rng.random(n) < 0.4).astype(float)
    grade = np.digitize(dose + sex + rng.logistic(size=n), [-1, 0.5, 2]).astype(float)
    ill = (rng.random(n) < expit(0.8 * grade - 1.5)).astype(float)
    score = np.round(0.5 * grade + rng.normal(size=n), 3)
    data = np.stack([dose, sex, grade, ill, score], axis=1)
    data[rng.random(size=data.shape) < [0, 0.04, 0, 0, 0.04]] = np.nan
    kinds = ["continuous", "binary", "ordinal", "binary", "continuous"]
    cases = []
    sets = [(0, 1, []), (0, 2, []), (1, 2, [0]), (0, 3, [2]), (2, 4, [0, 1]), (3, 4, [2]), (0, 4, [2, 1])]
    for x, y, conditioning in sets:
        complete = data[~np.isnan(data[:, [x, y, *conditioning]]).any(axis=1)]
        levels = {v: np.unique(complete[:, v])[1:] for v in (x, y, *conditioning)}
        columns = {
            v: [complete[:, v]] if kinds[v] == "continuous" else [complete[:, v] == level for level in levels[v]]
            for v in (x, y, *conditioning)
        }
        base = [column for v in conditioning for column in columns[v]]
        p = []
        for response, added in ((x, y), (y, x)):
            before = log_likelihood(kinds[response], complete[:, response], base)
            after = log_likelihood(kinds[response], complete[:, response], base + columns[added])
            p.append(chi2.sf(2 * (after - before), len(columns[added])))
        cases.append([x, y, conditioning, float(min(1, 2 * min(p), max(p))), len(complete)])
    return {"columns": [[None if np.isnan(v) else v for v in column] for column in data.T.tolist()], "cases": cases}


golden = {
    "scipy": scipy.__version__,
    "normal": normal_tails(),
    "chiSquare": chi_square_tails(),
    "continuous": continuous(),
    "discrete": discrete(),
    "mixed": mixed(),
}
path = Path(__file__).parent / "discovery.json"
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
