#!/usr/bin/python3
"""Writes interventions.json, expected graphs and scores for test/causal/gies.test.ts, with NumPy and gies.

Run: PYTHONPATH=FOLDER_OF_GIES python3 test/golden/make_interventions.py
gies 0.0.3 (https://github.com/juangamella/gies, commit 02057440) is the published implementation of GIES in Python.

Each case has data of a random linear Gaussian DAG in several environments. In an environment with targets, these have
no parents, and another mean and variance. The local scores are computed from their definition by least squares, with
one intercept over the environments that do not set the variable, as in pcalg. gies makes the search with these scores.
`centred` has its result with its own score, which takes the means of every environment out.
"""

import json
from pathlib import Path

import gies
import numpy as np
from gies.scores.decomposable_score import DecomposableScore
from gies.utils import replace_unprotected


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
Path(__file__).with_name("interventions.json").write_text(json.dumps({"cases": cases}) + "\n")
