"""Writes networks.json with PyTorch in double precision: convolutions, their transposes and gradients, pooling, moved
images, group norms, LSTMs and GRUs.

Run in this folder: python3 make_networks.py
"""

import json

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.nn.functional import conv2d, conv_transpose2d, group_norm, max_pool2d, pad

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


def named(tensors):
    return {name: {'shape': list(t.shape), 'values': t.detach().flatten().tolist()} for name, t in tensors.items()}


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
        # Values are integers, so that windows have several equal maxima.
        x = torch.round(torch.randn(batch, channels, *rows, dtype=torch.float64)).requires_grad_()
        y = max_pool2d(x, size, stride, padding)
        upstream = rounded(*y.shape)
        y.backward(upstream)
        yield case('maxPool2d', windows, [batch_last(x)], batch_last(y))
        yield case('maxPool2dGrad', windows, [batch_last(x), batch_last(upstream)], batch_last(x.grad))


# Channels; rows, columns; subjects.
MOVED = ((2, (4, 5), 6), (1, (7, 3), 5), (3, (1, 8), 4))


def moves():
    for channels, size, batch in MOVED:
        x = rounded(batch, channels, *size)
        by = torch.stack([torch.arange(batch) % 2, torch.randint(-5, 6, (batch,)), torch.randint(-5, 6, (batch,))]).double()
        images = {'wrap': [], 'zero': []}
        for image, (mirror, down, right) in zip(x, by.T.int().tolist()):
            if mirror:
                image = image.flip(2)
            images['wrap'].append(image.roll((down, right), (1, 2)))
            # The moved image is a window of the image with 5 zeros on all sides.
            wide = pad(image, (5, 5, 5, 5))
            images['zero'].append(wide[:, 5 - down : 5 - down + size[0], 5 - right : 5 - right + size[1]])
        for edge, moved in images.items():
            yield case('moveImages', {'edge': edge}, [batch_last(x), by], batch_last(torch.stack(moved)))


# Shape [B, C, positions], groups.
NORMS = (((3, 4, 5, 2), 2), ((4, 6, 7), 3), ((2, 3, 2, 2), 1))


def group_norms():
    for shape, groups in NORMS:
        x, gain, bias = rounded(*shape).requires_grad_(), rounded(shape[1]).requires_grad_(), rounded(shape[1]).requires_grad_()
        y = group_norm(x, groups, gain, bias)
        upstream = rounded(*shape)
        y.backward(upstream)
        last = lambda t: t.detach().movedim(0, -1)
        tensors = {
            **{'x': last(x), 'gain': gain, 'bias': bias, 'upstream': last(upstream), 'value': last(y)},
            **{'xSlopes': last(x.grad), 'gainSlopes': gain.grad, 'biasSlopes': bias.grad},
        }
        yield {'groups': groups, **named(tensors)}


# Features, units, times, whether sequences have different lengths; subjects.
SEQUENCES = ((2, 3, 5, False, 4), (3, 4, 6, True, 5))


def sequences(kind, combined):
    for features, units, times, ragged, batch in SEQUENCES:
        layer = kind(features, units, bidirectional=True, batch_first=True, dtype=torch.float64)
        x = rounded(batch, times, features)
        lengths = torch.arange(batch) % times + 1 if ragged else torch.full((batch,), times)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(layer(packed)[0], batch_first=True, total_length=times)
        upstream = rounded(*h.shape)
        h.backward(upstream)
        rows = lambda y: y.detach().permute(2, 1, 0)
        for reverse, tail in ((False, ''), (True, '_reverse')):
            of = lambda name: getattr(layer, f'{name}_l0{tail}')
            outputs = slice(units, 2 * units) if reverse else slice(0, units)
            steps = (torch.arange(times)[:, None] < lengths[None, :]).double()[None]
            tensors = {
                'x': rows(x),
                'inputWeights': of('weight_ih'),
                **combined(of('bias_ih'), of('bias_hh')),
                'weights': of('weight_hh'),
                'steps': steps,
                'upstream': rows(upstream[:, :, outputs]),
                'h': rows(h[:, :, outputs]) * steps,
                'inputSlopes': of('weight_ih').grad,
                'slopes': of('weight_hh').grad,
            }
            yield {'reverse': reverse, 'ragged': ragged, **named(tensors)}


operations = [*cases(), *poolings()]
lstm = [*sequences(torch.nn.LSTM, lambda x, h: {'bias': x + h})]
rest = {'moved': [*moves()], 'groupNorms': [*group_norms()]}
gru = [*sequences(torch.nn.GRU, lambda x, h: {'bias': x, 'stateBias': h, 'stateBiasSlopes': h.grad})]
with open('networks.json', 'w') as file:
    json.dump({'operations': operations, 'lstm': lstm, **rest, 'gru': gru}, file, indent=None)
    file.write('\n')
