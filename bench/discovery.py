#!/usr/bin/env python3
"""The opponent of bench/discovery.ts: PC's skeleton with Fisher z, and KCI, in vectorised NumPy.

One JSON object per line. The first line of the output is {"numpy": version}. Requests: {"columns": path of a .npy, columns
× rows} and either {"alpha"} for a skeleton or {"kci": size of the conditioning set}. Answers: {"seconds", …}. The skeleton
is the stable one of Colombo & Maathuis (2014). At every level it tests all sets of neighbours of either end, to find the
separating set with the maximal p-value. All sets of an end are one batch of linear systems; |z| is compared with its
critical value, without p-values.
"""

import json
import sys
import time
from itertools import combinations, islice

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import pdist, squareform
from scipy.stats import gamma, norm

# Number of sets of one batch.
MAX = 100_000


def partial_correlations(corr, x, y, sets):
    """Returns the partial correlations of x and y given each row of `sets`."""
    if sets.shape[1] == 0:
        return corr[x, y][None]
    if sets.shape[1] == 1:
        a, b = corr[x, sets[:, 0]], corr[y, sets[:, 0]]
        return (corr[x, y] - a * b) / np.sqrt((1 - a * a) * (1 - b * b))
    inner = corr[sets[:, :, None], sets[:, None, :]]
    outer = corr[sets[:, :, None], np.array([x, y])]
    rest = corr[np.ix_([x, y], [x, y])] - np.swapaxes(outer, 1, 2) @ np.linalg.solve(inner, outer)
    return rest[:, 0, 1] / np.sqrt(rest[:, 0, 0] * rest[:, 1, 1])


def batches(items, size):
    every = combinations(items, size)
    while len(some := list(islice(every, MAX))) > 0:
        yield np.array(some, dtype=np.intp).reshape(len(some), size)


def skeleton(data, alpha):
    corr = np.corrcoef(data)
    rows = data.shape[1]
    critical = norm.isf(alpha / 2)
    z = np.abs(np.arctanh(corr - np.eye(len(corr)))) * np.sqrt(rows - 3)
    adjacent = (z > critical) & ~np.eye(len(corr), dtype=bool)
    tests = len(corr) * (len(corr) - 1) // 2
    separating = {}
    level = 1
    while adjacent.sum(axis=1).max() - 1 >= level:
        around = [np.flatnonzero(row) for row in adjacent]
        removed = []
        limit = np.tanh(critical / np.sqrt(rows - level - 3))
        for x, y in np.argwhere(np.triu(adjacent)):
            first = around[x][around[x] != y]
            second = around[y][around[y] != x]
            best = limit
            for items, known in (first, None), (second, first):
                for sets in batches(items, level):
                    if known is not None:
                        sets = sets[~np.isin(sets, known).all(axis=1)]
                    if len(sets) == 0:
                        continue
                    tests += len(sets)
                    r = np.abs(partial_correlations(corr, x, y, sets))
                    weakest = r.argmin()
                    if r[weakest] < best:
                        best = r[weakest]
                        separating[int(x), int(y)] = sets[weakest].tolist()
            if best < limit:
                removed.append((x, y))
        for x, y in removed:
            adjacent[x, y] = adjacent[y, x] = False
        level += 1
    edges = [[int(x), int(y)] for x, y in np.argwhere(np.triu(adjacent))]
    return {"edges": edges, "separating": [[*pair, set] for pair, set in separating.items()], "tests": tests}


def gaussian(points, width):
    return np.exp(squareform(pdist(points, "sqeuclidean")) / (-2 * width**2 * points.shape[1]))


def centred(matrix):
    return matrix - matrix.mean(axis=0) - matrix.mean(axis=1)[:, None] + matrix.mean()


def kci(data, size):
    """Tests the first two columns given the next ones, with the widths for more than 1,200 rows. The moments of the
    null distribution need no eigenvectors."""
    standard = ((data - data.mean(axis=1)[:, None]) / data.std(axis=1)[:, None]).T
    n = len(standard)
    if size == 0:
        kx, ky = (centred(gaussian(standard[:, [i]], 0.3)) for i in (0, 1))
        mean, variance = np.trace(kx) * np.trace(ky) / n, 2 * np.sum(kx**2) * np.sum(ky**2) / n**2
    else:
        z = standard[:, 2 : 2 + size]
        factor = cho_factor(gaussian(z, 0.4) + 0.01 * np.eye(n), overwrite_a=True)
        residual = 0.01 * cho_solve(factor, np.eye(n))
        kx, ky = (
            residual @ centred(gaussian(points, 0.4)) @ residual
            for points in (np.column_stack([standard[:, 0], z / 2]), standard[:, [1]])
        )
        products = kx * ky
        mean, variance = np.trace(products), 2 * np.sum(products**2)
    return {"p": float(gamma.sf(np.sum(kx * ky), mean**2 / variance, scale=variance / mean))}


print(json.dumps({"numpy": np.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    data = np.load(request["columns"])
    started = time.perf_counter()
    answer = skeleton(data, request["alpha"]) if "alpha" in request else kci(data, request["kci"])
    print(json.dumps({"seconds": time.perf_counter() - started, **answer}), flush=True)
