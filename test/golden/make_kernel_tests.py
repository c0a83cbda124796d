#!/usr/bin/python3
"""Writes kernel_tests.json, expected values for test/causal/kernel-tests.test.ts, with NumPy and SciPy.

Run: python3 test/golden/make_kernel_tests.py

KCI follows Zhang et al. (2011): full kernel matrices, explicit inverses and centring matrices. Up to 1,000 rows its
null moments come from the eigenvalues of the products of eigenvectors. RCIT uses a pseudo-inverse and the Philox
generator below.
"""

import json
from pathlib import Path

import numpy as np
from scipy.spatial.distance import pdist, squareform
from scipy.stats import gamma


# For more rows, eigenvectors take too long, and the same two moments are computed from the elements of the kernels.
MAX_ROWS_FOR_EIGENVECTORS = 1000


def standardise(values):
    return (values - values.mean(axis=0)) / values.std(axis=0)


def kernel(points, width):
    return np.exp(-0.5 * squareform(pdist(points, "sqeuclidean")) / (width**2 * points.shape[1]))


def by_rows(rows, widths):
    return widths[0] if rows < 200 else widths[1] if rows < 1200 else widths[2]


def gamma_tail(statistic, mean, variance):
    return float(gamma.sf(statistic, mean**2 / variance, scale=variance / mean))


def complete_rows(data, x, y, conditioning):
    """Returns the standardised columns x, y and the conditioning ones, of rows that have all of them."""
    columns = [x, y, *conditioning]
    return standardise(data[~np.isnan(data[:, columns]).any(axis=1)][:, columns])


def kci(data, x, y, conditioning):
    complete = complete_rows(data, x, y, conditioning)
    n = len(complete)
    centring = np.eye(n) - 1 / n
    if not conditioning:
        width = by_rows(n, (0.8, 0.5, 0.3))
        kx, ky = (centring @ kernel(complete[:, [i]], width) @ centring for i in (0, 1))
        mean = np.trace(kx) * np.trace(ky) / n
        return gamma_tail(np.trace(kx @ ky), mean, 2 * np.sum(kx**2) * np.sum(ky**2) / n**2), n
    width = by_rows(n, (1.2, 0.7, 0.4))
    z = complete[:, 2:]
    residual = 0.01 * np.linalg.inv(kernel(z, width) + 0.01 * np.eye(n))
    kx, ky = (
        residual @ centring @ kernel(points, width) @ centring @ residual
        for points in (np.column_stack([complete[:, 0], z / 2]), complete[:, [1]])
    )
    statistic = np.sum(kx * ky)
    if n > MAX_ROWS_FOR_EIGENVECTORS:
        return gamma_tail(statistic, np.sum(np.diag(kx) * np.diag(ky)), 2 * np.sum((kx * ky) ** 2)), n
    factors = []
    for matrix in (kx, ky):
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
        large = values > values.max() * 1e-7
        factors.append(vectors[:, large] * np.sqrt(values[large]))
    products = np.einsum("ai,aj->aij", *factors).reshape(n, -1)
    weights = np.linalg.svd(products, compute_uv=False) ** 2
    return gamma_tail(statistic, weights.sum(), 2 * np.sum(weights**2)), n


def philox(key, counter):
    words, mask = list(counter), 0xFFFFFFFF
    k0, k1 = key
    for _ in range(10):
        a, b = 0xD2511F53 * words[0], 0xCD9E8D57 * words[2]
        words = [(b >> 32) ^ words[1] ^ k0, b & mask, (a >> 32) ^ words[3] ^ k1, a & mask]
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return words


def uniforms(stream, step, count):
    words = [w for block in range((count + 3) // 4) for w in philox((0, 0), (block, step, 0, stream))]
    return ((np.array(words[:count]) >> 8) + 0.5) / 2**24


def features(points, count, role):
    stream = 0x72636974 + role
    pairs = np.array([uniforms(stream, d, 2 * count).reshape(count, 2) for d in range(points.shape[1])])
    frequencies = np.sqrt(-2 * np.log(pairs[..., 0])) * np.cos(2 * np.pi * pairs[..., 1])
    phases = 2 * np.pi * uniforms(stream, points.shape[1], count)
    return standardise(np.cos(points @ frequencies / np.median(pdist(points[:250])) + phases))


def rcit(data, x, y, conditioning):
    complete = complete_rows(data, x, y, conditioning)
    n = len(complete)
    fx, fy = features(complete[:, [0, *range(2, complete.shape[1])]], 5, 0), features(complete[:, [1]], 5, 1)
    if conditioning:
        fz = features(complete[:, 2:], 100, 2)
        inverse = np.linalg.pinv(fz.T @ fz / n + 1e-10 * np.eye(100), hermitian=True, rcond=1e-15)
        fx, fy = (f - fz @ (inverse @ (fz.T @ f / n)) for f in (fx, fy))
    products = np.einsum("ai,aj->aij", fx, fy).reshape(n, -1)
    weights = np.linalg.eigvalsh(products.T @ products / n)
    return gamma_tail(n * np.sum((fx.T @ fy / n) ** 2), weights.sum(), 2 * np.sum(weights**2)), n


def table(rng, n):
    a, b = rng.normal(size=(2, n))
    c = np.cos(2 * a) + 0.5 * rng.normal(size=n)
    d = 0.2 * c**2 + 0.3 * b + rng.normal(size=n)
    e = np.abs(d) + 0.3 * rng.normal(size=n)
    data = np.round(np.stack([a, b, c, d, e], axis=1), 4)
    data[rng.random(n) < 0.1, 3] = np.nan
    return data


rng = np.random.default_rng(76)
pairs = [(0, 1, []), (0, 2, []), (1, 3, [])]
sets = [*pairs, (1, 3, [0]), (0, 4, [2]), (0, 3, [2]), (0, 4, [3]), (2, 4, [0, 1]), (0, 4, [1, 2, 3])]
golden = {}
fewer = [(0, 3, [2]), (1, 4, [0, 3]), (0, 4, [1, 2, 3])]
for name, rows, sets in [("small", 150, sets), ("middle", 420, sets), ("large", 1400, fewer)]:
    data = table(rng, rows)
    columns = [[None if np.isnan(v) else v for v in column] for column in data.T.tolist()]
    cases = [[x, y, s, *kci(data, x, y, s), rcit(data, x, y, s)[0] if rows > 250 else None] for x, y, s in sets]
    golden[name] = {"columns": columns, "cases": cases}
Path(__file__).with_name("kernel_tests.json").write_text(json.dumps(golden) + "\n")
for name, data_set in golden.items():
    for case in data_set["cases"]:
        print(name, case)
