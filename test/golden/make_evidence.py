# Writes evidence.json in this folder with NumPy and SciPy: expected values of Bartlett's test of canonical
# correlations, of combinations of p-values, of tests of association and of covariances without measurement errors.
# Run: python3 test/golden/make_evidence.py
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

combined = [
    {
        "p": ps,
        "cauchy": float(stats.cauchy.sf(stats.cauchy.isf(ps).mean())),
        "edgington": float(stats.irwinhall.cdf(sum(ps), len(ps))),
    }
    for ps in ([0.5], [0.04, 0.3], [0.01, 0.9, 0.4], [0.2, 0.7, 0.01, 0.03, 0.6, 0.002], [1e-9, 0.6])
]


def normal_sum(splits, columns):
    """Returns the upper tail probability of a sum of normal scores, with its covariance between folds and splits."""
    scores = stats.norm.isf(np.concatenate(splits))
    split = np.repeat(np.arange(len(splits)), [len(ps) for ps in splits])
    within = {1: 0.6, 2: 0.5, 3: 0.35}.get(columns, 0.2)
    covariance = np.where(split[:, None] == split, within, 0.12)
    np.fill_diagonal(covariance, 1)
    return float(stats.norm.sf(scores.sum() / np.sqrt(covariance.sum())))


folds = [
    {"splits": splits, "columns": columns, "p": normal_sum(splits, columns)}
    for columns, splits in (
        (9, [[0.5]]),
        (4, [[0.04, 0.3]]),
        (9, [[0.2, 0.7], [0.01, 0.03], [0.6, 0.002]]),
        (1, [[0.2, 0.7], [0.01, 0.03], [0.6, 0.002]]),
        (2, [[0.04, 0.3]]),
        (3, [[0.99, 0.7], [0.5, 0.93]]),
        (9, [[1e-60, 1e-50], [1e-70, 0.3]]),
    )
]


def fraction(n, step):
    return (np.arange(1, n + 1) * step) % 1


def curved(n, strength):
    """Returns two columns, which the test computes again by the same formula. b increases with (a - 1/2)^2."""
    a = fraction(n, 0.6180339887498949)
    return a, fraction(n, 0.41421356237309515) + strength * (a - 0.5) ** 2


def chi_square(x, y):
    qx, qy = (np.linalg.qr(v - v.mean(0))[0] for v in (x, y))
    rho = np.linalg.svd(qx.T @ qy, compute_uv=False)
    factor = len(x) - 1 - (x.shape[1] + y.shape[1] + 1) / 2
    return float(stats.chi2.sf(-factor * np.log(1 - rho**2).sum(), x.shape[1] * y.shape[1]))


curves = []
for n, strength in [(2000, 0.0), (2000, 0.6), (3000, 0.9)]:
    a, b = (normal_scores(v)[:, None] for v in curved(n, strength))
    linear = chi_square(a, b)
    both = chi_square(np.hstack([a, a**2]), np.hstack([b, b**2]))
    p = float(stats.cauchy.sf(stats.cauchy.isf(np.minimum([linear, both], 1 - 1e-3)).mean()))
    curves.append({"units": n, "strength": strength, "linear": linear, "p": p})

permuted = []
for n, shared in [(20, 0.0), (20, 0.5), (50, 0.3), (50, 0.15)]:
    a = random.standard_normal(n)
    b = np.round(random.standard_normal(n) + shared * a, 1)
    a = np.round(a, 1)
    x, y = normal_scores(a), normal_scores(b)
    result = stats.permutation_test(
        (x, y), lambda u, v: abs(np.corrcoef(u, v)[0, 1]), permutation_type="pairings", n_resamples=49_999,
        alternative="greater", rng=np.random.default_rng(5),
    )
    permuted.append({"a": a.tolist(), "b": b.tolist(), "p": float(result.pvalue)})


def without_errors(x, y, sa, sb):
    """Returns the mean of C(x, y) - C(x, sb) C(sa, sb)^-1 C(sa, y) and of the same with sa and sb exchanged."""
    def side(p, q):
        c = np.cov(np.vstack([x, y, p, q]), bias=True)
        k = len(p)
        ps, qs = slice(2, 2 + k), slice(2 + k, 2 + 2 * k)
        return c[0, 1] - (c[0, qs] @ np.linalg.solve(c[ps, qs], c[ps, 1]) if k else 0)
    return (side(sa, sb) + side(sb, sa)) / 2


def with_powers(a, b):
    """Returns both forms, and Hermite polynomials of degrees 2 and 3 if those correlate by five standard errors."""
    forms = [(a, b)]
    za, zb = ((form - form.mean()) / form.std() for form in (a, b))
    for polynomial in (lambda z: z**2 - 1, lambda z: z**3 - 3 * z):
        one, other = polynomial(za), polynomial(zb)
        if abs(np.corrcoef(one, other)[0, 1]) * np.sqrt(len(a)) >= 5:
            forms.append((one, other))
    return forms


partial = []
for n, count, direct in [(300, 1, 0.0), (300, 1, 0.3), (400, 2, 0.2), (200, 0, 0.2)]:
    s = random.standard_normal((count, n))
    x = 0.6 * s.sum(0) + random.standard_normal(n)
    y = 0.5 * s.sum(0) + direct * x + random.standard_normal(n)
    x, y = (np.round(v + 0.5 * random.standard_normal(n), 3) for v in (x, y))
    sa, sb = (np.round(s + 0.6 * random.standard_normal((count, n)), 3) for _ in range(2))
    powers = [pair for form in zip(sa, sb) for pair in with_powers(*form)]
    pa, pb = (np.array([pair[k] for pair in powers]).reshape(-1, n) for k in range(2))
    jackknife = [
        without_errors(np.delete(x, i), np.delete(y, i), np.delete(pa, i, 1), np.delete(pb, i, 1)) for i in range(n)
    ]
    error = np.sqrt((n - 1) * np.var(jackknife))
    lists = {"x": x.tolist(), "y": y.tolist(), "a": sa.tolist(), "b": sb.tolist()}
    partial.append({**lists, "z": float(without_errors(x, y, pa, pb) / error)})

target = pathlib.Path(__file__).with_name("evidence.json")
target.write_text(json.dumps(
    {
        "bartlett": cases,
        "folds": folds,
        "combined": combined,
        "curves": curves,
        "permuted": permuted,
        "partial": partial,
    }
) + "\n")
