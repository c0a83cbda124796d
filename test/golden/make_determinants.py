"""Writes determinants.json: numpy.linalg.slogdet and inverses of matrices that single precision represents exactly.

Run in this folder: python3 make_determinants.py
"""

import json

import numpy as np

rng = np.random.default_rng(4)


def rounded(values):
    return np.round(64 * values) / 64


def close_to_singular(d):
    """Returns a matrix whose last row is a signed sum of some other rows, plus 1/8 in one column."""
    a = rounded(rng.normal(size=(d, d)))
    a[-1] = (rng.integers(-1, 2, size=d - 1)[:, None] * a[:-1]).sum(axis=0)
    a[-1, rng.integers(d)] += 0.125
    return a


def matrices():
    for d in (1, 2, 3, 4, 5, 8, 16):
        for _ in range(3):
            yield 'random', rounded(rng.normal(size=(d, d)))
    for d in (2, 3, 4, 8, 16):
        yield 'close to singular', close_to_singular(d)
    for d in (2, 3, 6, 12):
        yield 'permuted', np.eye(d)[rng.permutation(d)] * rounded(1 + rng.uniform(size=d))
    yield 'random', rounded(rng.normal(size=(64, 64)))


cases = []
for kind, a in matrices():
    sign, log = np.linalg.slogdet(a)
    cases.append(
        {
            'kind': kind,
            'd': len(a),
            'matrix': a.ravel().tolist(),
            'condition': float(np.linalg.cond(a)),
            'sign': float(sign),
            'log': float(log),
            'inverse': [float(f'{x:.12g}') for x in np.linalg.inv(a).ravel()] if len(a) <= 16 else [],
        }
    )
with open('determinants.json', 'w') as file:
    file.write('[\n' + ',\n'.join(json.dumps(case) for case in cases) + '\n]\n')
