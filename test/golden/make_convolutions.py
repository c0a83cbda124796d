"""Makes convolutions.json: convolutions, their transposes and slopes, and pooling, as PyTorch has them in double precision.

Run in this folder: python3 make_convolutions.py
"""

import json

import torch
from torch.nn.functional import conv2d, conv_transpose2d, max_pool2d

torch.manual_seed(5)
KEYS = ('stride', 'padding', 'dilation')

# Input channels, output channels, groups; rows, columns, taps; stride, padding, dilation, outputPadding; subjects.
CASES = (
    (3, 4, 1, (5, 6), (3, 3), (1, 1), (1, 1), (1, 1), (0, 0), 2),
    (4, 6, 2, (8, 7), (4, 3), (2, 2), (1, 0), (1, 1), (0, 0), 3),
    (2, 2, 2, (9, 5), (2, 3), (1, 2), (0, 3), (3, 2), (0, 1), 1),
    (1, 5, 1, (1, 12), (1, 5), (1, 3), (0, 2), (1, 1), (0, 2), 4),
)


def rounded(*shape):
    return torch.round(64 * torch.randn(*shape, dtype=torch.float64)) / 64


def batch_last(x):
    return x.detach().permute(1, 2, 3, 0).contiguous()


def case(op, attributes, inputs, value):
    tensors = [{'shape': list(x.shape), 'values': x.detach().flatten().tolist()} for x in inputs]
    return {'op': op, 'attributes': attributes, 'inputs': tensors, 'value': value.flatten().tolist()}


def cases():
    for inputs, outputs, groups, size, taps, stride, padding, dilation, more, batch in CASES:
        spacing = dict(zip(KEYS, map(list, (stride, padding, dilation))), groups=groups)
        x = rounded(batch, inputs, *size).requires_grad_()
        w = rounded(outputs, inputs // groups, *taps).requires_grad_()
        y = conv2d(x, w, None, stride, padding, dilation, groups)
        upstream = rounded(*y.shape)
        y.backward(upstream)
        yield case('conv2d', spacing, [batch_last(x), w], batch_last(y))
        last, up = batch_last(x), batch_last(upstream)
        yield case('conv2dTranspose', {**spacing, 'size': list(size)}, [up, w], batch_last(x.grad))
        yield case('conv2dWeights', {**spacing, 'size': list(taps)}, [last, up], w.grad)
        spread = conv_transpose2d(upstream, w, None, stride, padding, more, groups, dilation)
        yield case('conv2dTranspose', {**spacing, 'size': list(spread.shape[2:])}, [up, w], batch_last(spread))


# Channels; rows, columns; size, stride, padding of windows; subjects.
POOLED = ((2, (6, 5), (2, 2), (2, 2), (0, 0), 3), (1, (7, 9), (3, 3), (2, 2), (1, 1), 2), (3, (4, 8), (1, 4), (1, 3), (0, 2), 1))


def poolings():
    for channels, rows, size, stride, padding, batch in POOLED:
        windows = {'size': list(size), 'stride': list(stride), 'padding': list(padding)}
        # Coarse, so that windows have several largest elements.
        x = torch.round(torch.randn(batch, channels, *rows, dtype=torch.float64)).requires_grad_()
        y = max_pool2d(x, size, stride, padding)
        upstream = rounded(*y.shape)
        y.backward(upstream)
        yield case('maxPool2d', windows, [batch_last(x)], batch_last(y))
        yield case('maxPool2dGrad', windows, [batch_last(x), batch_last(upstream)], batch_last(x.grad))


with open('convolutions.json', 'w') as file:
    file.write('[\n' + ',\n'.join(json.dumps(one) for one in (*cases(), *poolings())) + '\n]\n')
