#!/usr/bin/python3
"""Writes likelihoods.json, cases and expected values for test/likelihoods/likelihoods.test.ts, with torch.distributions.

Run: python3 test/golden/make_likelihoods.py
Cases of beta need only SciPy (Debian: python3-scipy). Without PyTorch, the expected values of the other kinds stay as
they are in the file.
"""

import json
import math
from pathlib import Path

import scipy
from scipy.special import digamma, expit, logit
from scipy.stats import beta

try:
    import torch
    from torch.distributions import Bernoulli, Categorical, NegativeBinomial, Normal, Poisson, StudentT
    from torch.nn.functional import softplus

    torch.set_default_dtype(torch.float64)
except ImportError:
    torch = None


def ordinal(theta, levels):
    """Returns a cumulative logit model with the thresholds 0, softplus(g_1), softplus(g_1) + softplus(g_2), …"""
    thresholds = torch.cat([torch.zeros(1), torch.cumsum(softplus(theta[1:]), 0)])
    reached = torch.cat([torch.ones(1), torch.sigmoid(theta[0] - thresholds), torch.zeros(1)])
    return Categorical(probs=reached[:-1] - reached[1:])


# The distribution of each kind, from θ, the number of levels and the offset of counts.
KINDS = {
    "gaussian": lambda t, levels, offset: Normal(t[0], math.sqrt(0.5)),
    "learned-noise": lambda t, levels, offset: Normal(t[0], torch.exp(t[1])),
    "robust": lambda t, levels, offset: StudentT(4.0, t[0], torch.exp(t[1])),
    "binary": lambda t, levels, offset: Bernoulli(logits=t[0]),
    "categorical": lambda t, levels, offset: Categorical(logits=t),
    "ordinal": lambda t, levels, offset: ordinal(t, levels),
    "poisson": lambda t, levels, offset: Poisson(torch.exp(t[0] + offset)),
    "count": lambda t, levels, offset: NegativeBinomial(torch.exp(t[1]), logits=t[0] + offset - t[1]),
}

# Kind, θ, number of levels, mean and sd of ln(1 + count), observed numbers or levels, and ln of the subject's size for
# some counts.
CASES = [
    ("gaussian", [0.3], None, None, [-2.0, 0.3, 1.5]),
    ("learned-noise", [0.3, -1.2], None, None, [-2.0, 0.3, 1.5]),
    ("robust", [0.3, -1.2], None, None, [-2.0, 0.3, 1.5, 40.0]),
    ("binary", [-0.7], None, None, [0, 1]),
    ("binary", [50.0], None, None, [1]),
    ("categorical", [0.2, -1.0, 0.5, 0.1], 4, None, [0, 1, 2, 3]),
    ("categorical", [50.0, 0.0, -50.0], 3, None, [0, 1, 2]),
    ("ordinal", [0.4, 0.2], 3, None, [0, 1, 2]),
    ("ordinal", [1.1, -0.5, 0.9, 0.1], 5, None, [0, 1, 2, 3, 4]),
    ("poisson", [0.5], None, (0.9, 0.6), [0, 1, 2, 3, 17, 250]),
    ("poisson", [0.01], None, (13.8, 0.4), [900_000, 1_000_000, 1_200_000]),
    ("count", [0.5, 0.7], None, (0.9, 0.6), [0, 1, 2, 3, 17, 250]),
    ("count", [-0.5, -4.0], None, (0.02, 0.1), [0, 1, 5]),
    ("count", [0.1, 4.0], None, (13.8, 0.4), [900_000, 1_000_000, 1_200_000]),
    ("poisson", [0.5], None, (0.9, 0.6), [0, 1, 3, 17], 1.3),
    ("count", [0.5, 0.7], None, (0.9, 0.6), [0, 1, 3, 17, 250], 1.3),
    ("count", [-0.2, 1.6], None, (3.0, 0.8), [0, 2, 20, 90], -2.1),
]


def table_values(kind, observed, levels, scale):
    if kind == "categorical":
        return [float(observed == level) for level in range(levels)]
    if kind == "ordinal":
        return [float(observed >= level) for level in range(1, levels)]
    if scale:
        return [(math.log1p(observed) - scale[0]) / scale[1]]
    return [float(observed)]


def table_mean(kind, distribution, levels, scale):
    if kind == "categorical":
        return distribution.probs.tolist()
    if kind == "ordinal":
        return [distribution.probs[level:].sum().item() for level in range(1, levels)]
    mean = distribution.mean.item()
    return [(math.log1p(mean) - scale[0]) / scale[1]] if scale else [mean]


def case(kind, numbers, levels, scale, observed, size=None):
    theta = torch.tensor(numbers, requires_grad=True)
    offset = (math.log(math.expm1(scale[0])) if scale else 0.0) + (size or 0.0)
    sizes = [] if size is None else [size]
    distribution = KINDS[kind](theta, levels, offset)
    results = []
    for value in observed:
        log_probability = distribution.log_prob(torch.tensor(float(value)))
        (slope,) = torch.autograd.grad(log_probability, theta, retain_graph=True)
        results.append(
            {
                "x": table_values(kind, value, levels, scale) + sizes,
                "logProbability": log_probability.item(),
                "slope": slope.tolist(),
            }
        )
    return {
        "kind": kind,
        "theta": numbers,
        **({"levels": levels} if levels else {}),
        **({"scale": {"mean": scale[0], "sd": scale[1]}} if scale else {}),
        **({} if size is None else {"size": size}),
        "mean": table_mean(kind, distribution, levels, scale) + sizes,
        "observed": results,
    }


# θ (the logit of the mean relative to that of an ordinary subject, ln φ), mean and sd of the logit, and shares of a
# column of shares.
SHARES = [
    ([0.4, 1.5], (-0.7, 0.9), [0.001, 0.2, 0.5, 0.97]),
    ([-1.0, -1.2], (0.3, 1.4), [1e-6, 0.05, 0.5, 0.9999]),
    ([0.1, 5.5], (2.1, 0.4), [0.8, 0.9, 0.95]),
    ([-3.0, 4.0], (-4.0, 1.1), [1e-5, 0.001, 0.01]),
]


def beta_case(theta, scale, shares):
    """A value is the standardised logit of a share. Its density is that of the share times dy/dx = sd y (1 - y)."""
    mean, precision = expit(theta[0] + scale[0]), math.exp(theta[1])
    a, b = mean * precision, (1 - mean) * precision
    results = []
    for share in shares:
        by_a = math.log(share) - digamma(a) + digamma(precision)
        by_b = math.log1p(-share) - digamma(b) + digamma(precision)
        results.append(
            {
                "x": [(logit(share) - scale[0]) / scale[1]],
                "logProbability": beta.logpdf(share, a, b) + math.log(scale[1] * share * (1 - share)),
                "slope": [precision * mean * (1 - mean) * (by_a - by_b), a * by_a + b * by_b],
            }
        )
    return {
        "kind": "beta",
        "theta": theta,
        "scale": {"mean": scale[0], "sd": scale[1]},
        "mean": [(logit(mean) - scale[0]) / scale[1]],
        "observed": results,
    }


FEW = {"mean": 0.9, "sd": 0.6}
MANY = {"mean": 3.2, "sd": 0.5}
LOGITS = {"mean": -0.7, "sd": 0.9}

# The test draws from these distributions. It knows their outcomes: values, counts below a maximum, or cells of a line.
DRAWINGS = [
    {"kind": "gaussian", "theta": [0.3], "line": [-5, 5, 0.1]},
    {"kind": "learned-noise", "theta": [0.3, -0.5], "line": [-5, 5, 0.1]},
    {"kind": "robust", "theta": [0.3, -0.5], "line": [-60, 60, 0.1]},
    {"kind": "binary", "theta": [-0.7], "outcomes": [[0], [1]]},
    {
        "kind": "categorical",
        "theta": [0.2, -1, 0.5],
        "levels": 3,
        "outcomes": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    },
    {
        "kind": "ordinal",
        "theta": [1.1, -0.5, 0.9],
        "levels": 4,
        "outcomes": [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]],
    },
    {"kind": "poisson", "theta": [0.5], "scale": FEW, "maxCount": 60},
    {"kind": "poisson", "theta": [0.5], "scale": MANY, "maxCount": 200},
    {"kind": "count", "theta": [0.5, 0.7], "scale": FEW, "maxCount": 200},
    {"kind": "count", "theta": [0.1, -1], "scale": MANY, "maxCount": 4000},
    {"kind": "beta", "theta": [0.4, 1.5], "scale": LOGITS, "line": [-12, 12, 0.05]},
    {"kind": "beta", "theta": [-0.5, -0.7], "scale": LOGITS, "line": [-160, 80, 0.1]},
]

# Kind, θ, values of one cell and number of levels, at which log p and its slopes are finite in single precision.
EXTREMES = [
    ("gaussian", [1e4], [-1e4], None),
    ("learned-noise", [1e4, -90], [-1e4], None),
    ("robust", [1e9, -90], [-1e9], None),
    ("binary", [-50], [1], None),
    ("categorical", [-50, 50, 50], [1, 0, 0], 3),
    ("ordinal", [-50, 50, -50], [1, 1, 1], 4),
    ("ordinal", [50, -90, -90], [1, 0, 0], 4),
    ("poisson", [-60], [1], None),
    ("poisson", [60], [1], None),
    ("count", [-60, -90], [1], None),
    ("count", [60, 90], [-23], None),
    ("beta", [-60, -90], [30], None),
    ("beta", [60, 90], [-60], None),
]

path = Path(__file__).with_name("likelihoods.json")
before = json.loads(path.read_text())
retained = [one for one in before["cases"] if one["kind"] in KINDS]
content = {
    "torch": torch.__version__ if torch else before["torch"],
    "scipy": scipy.__version__,
    "cases": ([case(*one) for one in CASES] if torch else retained) + [beta_case(*one) for one in SHARES],
    "drawings": DRAWINGS,
    "extremes": EXTREMES,
}
path.write_text(json.dumps(content, indent=1) + "\n")
