#!/usr/bin/python3
"""Writes metrics.json, expected values for test/metrics/metrics.test.ts, with SciPy and scikit-learn.

Run: python3 test/golden/make_metrics.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from scipy.stats import ortho_group, pearsonr, rankdata, spearmanr
from sklearn.kernel_ridge import KernelRidge

TRUE = [2, 3]
ESTIMATED = [3, 2]
ROWS, FIT, SCORE = 60, 40, 15
ALPHA = 1e-2


def offsets(sizes):
    return np.concatenate([[0], np.cumsum(sizes)])


def tables():
    """Returns true and estimated latents. Estimates are shuffled noisy functions of the truth, one is noise.

    Two columns are rounded to few decimals, so that they have ties.
    """
    rng = np.random.default_rng(20)
    z = rng.normal(size=(ROWS, sum(TRUE)))
    z[:, 1] = np.round(z[:, 1], 1)
    mixed = np.stack(
        [
            -z[:, 1] ** 3 + 0.3 * z[:, 0],
            rng.normal(size=ROWS),
            np.tanh(2 * z[:, 0]),
            np.exp(z[:, 4]) + 0.2 * z[:, 2],
            z[:, 2] - 0.5 * z[:, 3],
        ],
        axis=1,
    )
    mixed += 0.1 * rng.normal(size=mixed.shape)
    mixed[:, 3] = np.round(mixed[:, 3], 1)
    return np.round(z, 6), np.round(mixed, 6)


def matched(correlation):
    strength = np.abs(correlation)
    t, e = offsets(TRUE), offsets(ESTIMATED)
    matching, per_modality = np.full(t[-1], -1), []
    for m in range(len(TRUE)):
        block = strength[t[m] : t[m + 1], e[m] : e[m + 1]]
        rows, columns = linear_sum_assignment(block, maximize=True)
        matching[t[m] + rows] = e[m] + columns
        per_modality.append(block[rows, columns].sum() / TRUE[m])
    rows, columns = linear_sum_assignment(strength, maximize=True)
    return {
        "correlation": correlation.ravel().tolist(),
        "matching": matching.tolist(),
        "perModality": per_modality,
        "mean": float(np.mean(per_modality)),
        "global": float(strength[rows, columns].sum() / t[-1]),
        "globalMatching": columns.tolist(),
    }


def r2(z, estimate):
    t, e = offsets(TRUE), offsets(ESTIMATED)
    scores = []
    for m in range(len(TRUE)):
        inputs, targets = estimate[:, e[m] : e[m + 1]], z[:, t[m] : t[m + 1]]
        inputs = (inputs - inputs[:FIT].mean(0)) / inputs[:FIT].std(0)
        targets = (targets - targets[:FIT].mean(0)) / targets[:FIT].std(0)
        gamma = 0.5 / ESTIMATED[m]
        model = KernelRidge(kernel=lambda a, b: np.exp(-gamma * ((a - b) ** 2).sum()) + a @ b, alpha=ALPHA)
        model.fit(inputs[:FIT], targets[:FIT])
        y = targets[FIT : FIT + SCORE]
        error = y - model.predict(inputs[FIT : FIT + SCORE])
        scores += (1 - (error**2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)).tolist()
    return scores


def assignments():
    rng = np.random.default_rng(21)
    problems = []
    for shape in [(1, 1), (1, 4), (4, 1), (3, 3), (7, 7), (5, 9), (9, 5), (12, 12)]:
        cost = np.round(rng.normal(size=shape), 3)
        totals = {}
        for goal in ("minimum", "maximum"):
            rows, columns = linear_sum_assignment(cost, maximize=goal == "maximum")
            totals[goal] = float(cost[rows, columns].sum())
        problems.append({"rows": shape[0], "columns": shape[1], "values": cost.ravel().tolist(), **totals})
    return problems


def chance_floor():
    """Returns the mean MCC of random rotations of four correlated latents, and its standard error."""
    rng = np.random.default_rng(22)
    z = np.round(rng.normal(size=(ROWS, 4)) @ (np.eye(4) + 0.6 * np.eye(4, k=1)), 6)
    scaled = (z - z.mean(0)) / z.std(0)
    scores = {"pearson": [], "spearman": []}
    for rotation in ortho_group.rvs(4, size=4000, random_state=rng):
        turned = scaled @ rotation.T
        strengths = {
            "pearson": np.corrcoef(z, turned, rowvar=False)[:4, 4:],
            "spearman": np.asarray(spearmanr(z, turned)[0])[:4, 4:],
        }
        for kind, correlation in strengths.items():
            chosen = linear_sum_assignment(np.abs(correlation), maximize=True)
            scores[kind].append(np.abs(correlation)[chosen].mean())
    means = {kind: {"mean": np.mean(all), "error": np.std(all) / len(all) ** 0.5} for kind, all in scores.items()}
    return {"z": z.ravel().tolist(), **means}


def main():
    z, estimate = tables()
    pairs = [(i, j) for i in range(sum(TRUE)) for j in range(sum(ESTIMATED))]
    shape = (sum(TRUE), sum(ESTIMATED))
    pearson = np.array([pearsonr(z[:, i], estimate[:, j])[0] for i, j in pairs]).reshape(shape)
    spearman = np.array([spearmanr(z[:, i], estimate[:, j])[0] for i, j in pairs]).reshape(shape)
    golden = {
        "madeWith": {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__},
        "rows": ROWS,
        "true": TRUE,
        "estimated": ESTIMATED,
        "z": z.ravel().tolist(),
        "zHat": estimate.ravel().tolist(),
        "ranksOfSecond": rankdata(z[:, 1]).tolist(),
        "pearson": matched(pearson),
        "spearman": matched(spearman),
        "r2": {"fitRows": FIT, "scoreRows": SCORE, "alpha": ALPHA, "perLatent": r2(z, estimate)},
        "assignments": assignments(),
        "chanceFloor": chance_floor(),
    }
    path = Path(__file__).with_name("metrics.json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
