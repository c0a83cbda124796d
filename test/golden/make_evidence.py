# Golden figures of Bartlett's test of canonical correlations, Fisher's combination and Holm's correction:
# python3 test/golden/make_evidence.py writes evidence.json beside itself. NumPy and SciPy.
import json
import pathlib

import numpy as np
from scipy import stats


def normal_scores(x):
    return stats.norm.ppf((stats.rankdata(x, axis=0) - 0.5) / len(x))


def bartlett(a, b):
    a, b = normal_scores(a), normal_scores(b)
    qa, qb = (np.linalg.qr(x - x.mean(0))[0] for x in (a, b))
    rho = np.linalg.svd(qa.T @ qb, compute_uv=False)
    n, p, q = len(a), a.shape[1], b.shape[1]
    statistic = -(n - 1 - (p + q + 1) / 2) * np.log(1 - rho**2).sum()
    return rho.tolist(), float(stats.chi2.sf(statistic, p * q))


random = np.random.default_rng(12)
cases = []
for n, p, q, shared in [(40, 1, 1, 0.0), (75, 2, 2, 0.0), (75, 2, 3, 0.4), (200, 3, 2, 0.8), (60, 4, 1, 0.3)]:
    common = random.standard_normal((n, 1))
    a, b = (np.round(random.standard_t(4, (n, k)) + shared * common, 2) for k in (p, q))
    correlations, value = bartlett(a, b)
    cases.append({"a": a.T.tolist(), "b": b.T.tolist(), "correlations": correlations, "p": value})

fisher = [
    {"p": ps, "combined": float(stats.combine_pvalues(ps, "fisher")[1])}
    for ps in ([0.5], [0.04, 0.3], [1e-30, 0.9], [0.2, 0.7, 0.01])
]
target = pathlib.Path(__file__).with_name("evidence.json")
target.write_text(json.dumps({"bartlett": cases, "fisher": fisher}) + "\n")
