"""Writes operations.json: results of operations from NumPy and SciPy, for inputs that single precision represents exactly.

Run in this folder: python3 make_operations.py
"""

import json

import numpy as np
from scipy import special


def rounded(op, *shape, scale=4):
    """Returns values that depend on the operation's name alone, so a new operation leaves the others as they are."""
    rng = np.random.default_rng(list(op.encode()))
    return np.round(64 * scale * rng.normal(size=shape)) / 64


def case(op, attributes, inputs, value):
    tensors = [{'shape': x.shape, 'values': x.ravel().tolist()} for x in inputs]
    return {'op': op, 'attributes': attributes, 'inputs': tensors, 'value': value.ravel().tolist()}


UNARY = {
    'erf': special.erf,
    'expm1': np.expm1,
    'log1p': np.log1p,
    'normalCdf': special.ndtr,
    'sigmoid': special.expit,
    'softplus': lambda x: np.logaddexp(0, x),
    'tanh': np.tanh,
}


def unary():
    for op, function in UNARY.items():
        x = rounded(op, 64)
        yield case(op, {}, [np.abs(x) if op == 'log1p' else x], function(np.abs(x) if op == 'log1p' else x))
    p = np.concatenate([2.0 ** -np.arange(1, 40), 1 - 2.0 ** -np.arange(2, 24)])
    yield case('normalQuantile', {}, [p], special.ndtri(p))


def softmax():
    for shape, axis, scale in (((2, 5, 7), 1, 4), ((3, 4), 1, 200), ((6, 2), 0, 1), ((1, 1, 3), 1, 4)):
        x = rounded('softmax', *shape, scale=scale)
        yield case('softmax', {'axis': axis}, [x], special.softmax(x, axis=axis))


def cumulative_sum():
    for shape, axis, reverse in (((2, 5, 7), 1, False), ((3, 4), 1, True), ((6, 2), 0, False)):
        x = rounded('cumulativeSum', *shape)
        sums = np.flip(np.cumsum(np.flip(x, axis), axis), axis) if reverse else np.cumsum(x, axis)
        yield case('cumulativeSum', {'axis': axis, 'reverse': reverse}, [x], sums)


cases = [*unary(), *softmax(), *cumulative_sum()]
with open('operations.json', 'w') as file:
    file.write('[\n' + ',\n'.join(json.dumps(one) for one in cases) + '\n]\n')
