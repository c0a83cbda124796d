#!/usr/bin/python3
"""Writes interventions.json, expected values for test/causal/gies.test.ts and joint-inference.test.ts, with NumPy, SciPy
and gies.

Run: PYTHONPATH=FOLDER_OF_GIES python3 test/golden/make_interventions.py
gies 0.0.3 (https://github.com/juangamella/gies, commit 02057440) is the published implementation of GIES in Python.

Each case has data of a random linear Gaussian DAG in several environments. In an environment with targets, these have
no parents, and another mean and variance. The local scores are computed from their definition by least squares, with
one intercept over the environments that do not set the variable, as in pcalg. gies makes the search with these scores.
`centred` has its result with the score of the package, which takes the means of every environment out.

`mechanisms` has p-values of equal linear mechanisms in two environments: the F statistic of equal coefficients (Chow
1960), as Wilks' Λ with Bartlett's correction, and Bartlett's statistic of equal residual variances (1937).
"""

import json
from pathlib import Path

import gies
import numpy as np
from gies.scores.decomposable_score import DecomposableScore
from gies.utils import replace_unprotected
from scipy.stats import bartlett, chi2


class Score(DecomposableScore):
    def __init__(self, data, targets, penalty):
        super().__init__(data, targets)
        self.p = data[0].shape[1]
        self.cost = penalty * np.log(sum(map(len, data))) / 2

    def _compute_local_score(self, node, parents):
        rows = np.concatenate([x for x, target in zip(self._data, self.interv) if node not in target])
        design = np.column_stack([np.ones(len(rows)), rows[:, sorted(parents)]])
        rest = rows[:, node] - design @ np.linalg.lstsq(design, rows[:, node], rcond=None)[0]
        return -len(rows) * np.log(np.mean(rest**2)) / 2 - self.cost * len(parents)

    def full_score(self, graph):
        return sum(self.local_score(j, set(np.where(graph[:, j])[0])) for j in range(self.p))


def simulate(rng, nodes, density, targets, sizes):
    order = rng.permutation(nodes)
    weights = np.zeros((nodes, nodes))
    for i in range(nodes):
        for j in range(i):
            if rng.random() < density:
                weights[order[j], order[i]] = rng.uniform(0.4, 1.2) * rng.choice([-1, 1])
    data = []
    for target, size in zip(targets, sizes):
        values = np.zeros((size, nodes))
        for node in order:
            if node in target:
                values[:, node] = rng.normal(rng.uniform(-2, 2), rng.uniform(0.5, 1.5), size)
            else:
                values[:, node] = values @ weights[:, node] + 0.3 * node + rng.normal(size=size)
        data.append(np.round(values, 2))
    return weights, data


def edges(graph):
    """Returns [i, j] for i → j, and both [i, j] and [j, i] for i – j."""
    return np.argwhere(graph != 0).tolist()


rng = np.random.default_rng(41)
cases = []
for nodes, density, count, rows in [(5, 0.5, 2, 60), (5, 0.7, 3, 40), (6, 0.5, 3, 50), (7, 0.4, 3, 40), (8, 0.35, 4, 40)] + [
    (10, 0.3, 4, 40)
]:
    for penalty in [1, 2]:
        targets = [[]] + [sorted(rng.choice(nodes, rng.integers(1, 3), replace=False).tolist()) for _ in range(count)]
        weights, data = simulate(rng, nodes, density, targets, [rows] * len(targets))
        score = Score(data, targets, penalty)
        empty = score.full_score(np.zeros((nodes, nodes)))
        graph, total = gies.fit(score)
        others = [[i for i in range(nodes) if i != j] for j in range(nodes)]
        sets = [(j, sorted(rng.choice(others[j], 2, replace=False).tolist())) for j in range(nodes)]
        centred, _ = gies.fit_bic(data, targets)
        cases.append(
            {
                "targets": targets,
                "penalty": penalty,
                "data": [x.T.tolist() for x in data],
                "true": edges(weights),
                "essential": edges(replace_unprotected((weights != 0).astype(float), targets)),
                "gains": [[j, s, score.local_score(j, set(s)) - score.local_score(j, set())] for j, s in sets],
                "graph": edges(graph),
                "gain": total - empty,
                "centred": edges(centred),
            }
        )
        print(nodes, targets, len(edges(weights)), len(edges(graph)), total - empty)


def regression(y, predictors):
    design = np.column_stack([np.ones(len(y)), *predictors])
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return np.sum(rest**2), design.shape[1], rest


def mechanism(data, environment):
    y, predictors = data[-1], data[:-1]
    (a, k, rest_a), (b, _, rest_b) = [
        regression(y[environment == e], [x[environment == e] for x in predictors]) for e in (0, 1)
    ]
    pooled, _, _ = regression(y, list(predictors))
    counts = np.bincount(environment)
    free = counts - k
    total = free.sum()
    f = ((pooled - a - b) / k) / ((a + b) / total)
    coefficients = (total + k / 2 - 1) * np.log1p(k * f / total)
    variance = np.array([a, b]) / free
    between = total * np.log((a + b) / total) - np.sum(free * np.log(variance))
    variances = between / (1 + (np.sum(1 / free) - 1 / total) / 3)
    if k == 1:
        assert np.isclose(variances, bartlett(rest_a, rest_b).statistic)
    return chi2.sf(coefficients + variances, k + 1)


mechanisms = []
for rows, size, change in [((20, 30), 0, 0.3), ((40, 25), 1, 0.0), ((30, 60), 2, 0.4), ((12, 9), 2, 0.0), ((50, 50), 3, 0.2)]:
    environment = np.repeat([0, 1], rows)
    predictors = rng.normal(size=(size, len(environment))) + environment
    noise = rng.normal(size=len(environment)) * np.where(environment == 1, 1 + change, 1)
    data = np.round(np.vstack([predictors, predictors.sum(axis=0) * (1 + change * environment) + change * environment + noise]), 2)
    mechanisms.append({"environment": environment.tolist(), "data": data.tolist(), "p": mechanism(data, environment)})
    print(mechanisms[-1]["p"])
content = {"cases": cases, "mechanisms": mechanisms}
Path(__file__).with_name("interventions.json").write_text(json.dumps(content) + "\n")
