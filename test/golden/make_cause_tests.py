# Writes cause_tests.json in this folder with SciPy and NumPy: tails of t and F, Welch's test, and regressions with a
# jackknife over units.
# Run: python3 test/golden/make_cause_tests.py
import json
import pathlib

import numpy as np
from scipy import stats

student = [[t, d, float(2 * stats.t.sf(t, d))] for t in (0.01, 0.5, 2, 7.5, 40) for d in (1, 3.7, 25, 4000)]
fisher = [
    [x, a, b, float(stats.f.sf(x, a, b))]
    for x in (0.02, 0.9, 3, 30)
    for a, b in ((1, 4), (3, 17.5), (12, 300), (2, 5000))
]

random = np.random.default_rng(5)
reference, level = random.standard_normal(40), 0.6 + 2 * random.standard_normal(25)
welch = stats.ttest_ind(level, reference, equal_var=False)


def without(x, y, units):
    """Coefficients without each unit."""
    return np.array([np.linalg.lstsq(x[units != u], y[units != u], rcond=None)[0] for u in np.unique(units)])


rows, groups = 60, np.repeat(np.arange(12), 5)
x = np.column_stack([np.ones(rows), random.standard_normal(rows), random.integers(0, 2, rows)])
y = x @ [0.3, -0.5, 0.4] + random.standard_normal(rows) + random.standard_normal(12)[groups]
whole = np.linalg.lstsq(x, y, rcond=None)[0]
changes = {name: whole - without(x, y, units) for name, units in (("rows", np.arange(rows)), ("groups", groups))}


def joint(units):
    """Hotelling's T² of the units' scores of the last two columns, given the constant."""
    centred = x[:, 1:] - x[:, 1:].mean(0)
    scores = centred * (y - y.mean())[:, None]
    scores = np.array([scores[units == u].sum(0) for u in np.unique(units)])
    n, k = scores.shape
    mean, covariance = scores.mean(0), np.cov(scores, rowvar=False)
    return float(stats.f.sf(n * mean @ np.linalg.solve(covariance, mean) * (n - k) / (k * (n - 1)), k, n - k))


pathlib.Path(__file__).with_name("cause_tests.json").write_text(
    json.dumps(
        {
            "student": student,
            "fisher": fisher,
            "welch": {
                "reference": reference.tolist(),
                "level": level.tolist(),
                "t": float(welch.statistic),
                "degrees": float(welch.df),
            },
            "jackknife": {
                "columns": x.T.tolist(),
                "y": y.tolist(),
                "groups": groups.tolist(),
                "coefficients": whole.tolist(),
                "errors": {name: np.sqrt((c**2).sum(0)).tolist() for name, c in changes.items()},
                "joint": {"rows": joint(np.arange(rows)), "groups": joint(groups)},
            },
        }
    )
    + "\n"
)
