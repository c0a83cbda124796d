"""Writes residual.json: the features of images before the last layer of torchvision's resnet18, in double precision.

Weights, running statistics and images come from a hash of their names, which the test also computes.
Run in this folder: python3 make_residual.py
"""

import json

import numpy as np
import torch
from torchvision.models import resnet18

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def uniform(name, shape):
    """Returns numbers in [0, 1) that depend on the name: lowbias32 of the position plus the name's FNV-1a hash."""
    seed = np.uint64(0x811C9DC5)
    for byte in name.encode():
        seed = ((seed ^ np.uint64(byte)) * np.uint64(0x01000193)) & np.uint64(0xFFFFFFFF)
    x = (np.arange(np.prod(shape), dtype=np.uint64) + seed).astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x / 2.0**32).reshape(shape)


def value(name, shape):
    u = uniform(name, shape)
    if name.endswith('running_var') or len(shape) == 1 and name.endswith('weight'):
        return (0.5 + u).astype(np.float32)
    bound = np.sqrt(6 / np.prod(shape[1:])) if len(shape) == 4 else 0.2
    return ((2 * u - 1) * bound).astype(np.float32)


def features(stem, size):
    net = resnet18()
    net.fc = torch.nn.Identity()
    if stem == 'small':
        net.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
        net.maxpool = torch.nn.Identity()
    state = net.state_dict()
    for name, tensor in state.items():
        if not name.endswith('num_batches_tracked'):
            state[name] = torch.from_numpy(value(name, tuple(tensor.shape)))
    net.load_state_dict(state)
    net.double().eval()
    image = torch.from_numpy(uniform(f'picture.{stem}', (1, 3, size, size)))
    standardised = (image - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
    with torch.no_grad():
        return [float(f'{feature:.8g}') for feature in net(standardised)[0].tolist()]


SIZES = (('small', 24), ('small', 64), ('large', 224))
cases = [{'stem': stem, 'size': size, 'features': features(stem, size)} for stem, size in SIZES]
with open('residual.json', 'w') as file:
    json.dump(cases, file, indent=None)
    file.write('\n')
