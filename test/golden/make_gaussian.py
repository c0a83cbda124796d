"""Fits a Gaussian with missing cells in NumPy in the textbook's form: each row's regression on its observed cells.

Writes gaussian.json: moments after three steps of expectation-maximisation and after a thousand, and conditional
moments. For a complete table it also writes predictions of a column of new rows by scikit-learn's linear regression.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LinearRegression

ROWS, COLUMNS, SHRINKAGE = 40, 5, 0.1


def conditional(row, seen, mean, covariance):
    """Returns the conditional means and covariances of all cells of a row, given its observed cells."""
    filled, uncertain = row.copy(), np.zeros_like(covariance)
    missing = ~seen
    slopes = covariance[np.ix_(missing, seen)] @ np.linalg.pinv(covariance[np.ix_(seen, seen)])
    filled[missing] = mean[missing] + slopes @ (row[seen] - mean[seen])
    uncertain[np.ix_(missing, missing)] = (
        covariance[np.ix_(missing, missing)] - slopes @ covariance[np.ix_(seen, missing)]
    )
    return filled, uncertain


def moments(x, seen, steps):
    marked = np.ma.masked_array(x, ~seen)
    mean, covariance = marked.mean(0).data, np.diag(marked.var(0).data)
    for _ in range(steps):
        answers = [conditional(row, cells, mean, covariance) for row, cells in zip(x, seen)]
        filled = np.array([answer for answer, _ in answers])
        mean = filled.mean(0)
        covariance = (filled - mean).T @ (filled - mean) / ROWS + sum(uncertain for _, uncertain in answers) / ROWS
        covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(np.diag(covariance))
    return mean, covariance


rng = np.random.default_rng(3)
complete = rng.normal(size=(ROWS, 2)) @ rng.normal(size=(2, COLUMNS)) + 0.5 * rng.normal(size=(ROWS, COLUMNS)) + 1
seen = rng.uniform(size=complete.shape) >= 0.3
seen[0] = False
seen[1] = True
x = np.where(seen, complete, 0)
three, settled = moments(x, seen, 3), moments(x, seen, 1000)
answers = [conditional(row, cells, *three) for row, cells in zip(x, seen)]
regression = LinearRegression().fit(complete[:, 1:], complete[:, 0])
new = rng.normal(size=(6, COLUMNS))
golden = {
    "rows": ROWS,
    "columns": COLUMNS,
    "shrinkage": SHRINKAGE,
    "complete": complete.ravel().tolist(),
    "x": x.ravel().tolist(),
    "observed": seen.astype(int).ravel().tolist(),
    "three": {"mean": three[0].tolist(), "covariance": three[1].ravel().tolist()},
    "settled": {"mean": settled[0].tolist(), "covariance": settled[1].ravel().tolist()},
    "conditional": {
        "mean": np.array([filled for filled, _ in answers]).ravel().tolist(),
        "sd": np.array([np.sqrt(np.maximum(0, np.diag(uncertain))) for _, uncertain in answers]).ravel().tolist(),
    },
    "regression": {
        "new": new.ravel().tolist(),
        "predicted": regression.predict(new[:, 1:]).tolist(),
        "sd": float(np.std(complete[:, 0] - regression.predict(complete[:, 1:]))),
    },
}
Path(__file__).with_name("gaussian.json").write_text(json.dumps(golden) + "\n")
