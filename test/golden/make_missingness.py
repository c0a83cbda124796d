"""Tests whether missing values depend on observed ones: Bartlett's test, and the score test of a logistic regression.

Writes missingness.json. The tests use normal scores of the columns' principal components.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import chi2, norm, rankdata


def case(subjects, columns, effect, share, rng):
    x = rng.normal(size=(subjects, columns)) @ rng.normal(size=(columns, columns))
    x = ((x - x.mean(0)) / x.std(0)).astype(np.float32).astype(float)
    lacks = (rng.uniform(size=subjects) < 1 / (1 + np.exp(-(np.log(share / (1 - share)) + effect * x[:, 0])))).astype(float)
    centred = x - x.mean(0)
    used = min(columns, 10, int(min(lacks.sum(), subjects - lacks.sum()) // 10))
    components = centred @ np.linalg.svd(centred, full_matrices=False)[2].T[:, :used]
    scores = norm.ppf((rankdata(components, axis=0) - 0.5) / subjects)
    design = scores - scores.mean(0)
    slope = np.linalg.lstsq(design, lacks - lacks.mean(), rcond=None)[0]
    r2 = ((design @ slope) ** 2).sum() / ((lacks - lacks.mean()) ** 2).sum()
    bartlett = -(subjects - 1 - (1 + used + 1) / 2) * np.log1p(-r2)
    # Rao's score test of the logistic regression, with all slopes 0.
    gradient = design.T @ (lacks - lacks.mean())
    information = lacks.mean() * (1 - lacks.mean()) * design.T @ design
    score = gradient @ np.linalg.solve(information, gradient)
    return {
        "lacks": lacks.astype(int).tolist(),
        "columns": x.T.tolist(),
        "p": chi2.sf(bartlett, used),
        "score": chi2.sf(score, used),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(13)
    settings = [(80, 1, 0.0, 0.3), (120, 3, 0.4, 0.2), (200, 4, 0.2, 0.5), (150, 14, 0.0, 0.4)]
    cases = [case(*setting, rng) for setting in settings]
    Path(__file__).with_name("missingness.json").write_text(json.dumps({"cases": cases}) + "\n")
