"""The model of METHOD section 9 in PyTorch: the opponent of the benchmark and the source of the golden files.

The layout is that of the engine, features x batch, so that mixture components reduce along a strided axis and the
conditioner's first layer is one product for all latents of a run. Groups are ordered (modality, run). The runs share the
mini-batch, so the encoder's first layer is one product per modality. The flow and the penalty are in flow.py.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from flow import FLOW_HIDDEN, Conditioner

SLOPE = 0.2
GATE_BETA, GATE_LOW, GATE_HIGH = 2 / 3, -0.1, 1.1
GATE_SHIFT = GATE_BETA * math.log(-GATE_LOW / GATE_HIGH)
LOG_VARIANCE_SHIFT, LOG_VARIANCE_MIN, LOG_VARIANCE_MAX = -3.0, -12.0, 3.0


@dataclass(frozen=True)
class Sizes:
    runs: int
    modalities: int
    columns: int
    latents: int
    exogenous: int
    hidden: int
    batch: int
    components: int = 5
    flow: str = "mixture"  # or 'affine'

    @property
    def code(self):
        return self.latents + self.exogenous

    @property
    def allLatents(self):
        return self.modalities * self.latents

    @property
    def outputs(self):
        return 3 * self.components if self.flow == "mixture" else 2


@dataclass(frozen=True)
class Weights:
    """Weights of the objective. A term with weight 0 is not computed."""

    independence: float = 0.1
    gates: float = 0.05
    jacobian: float = 0.0
    concave: float = 0.0  # P / (P + concave) when positive
    crossPrediction: float = 1.0


def parameterShapes(s):
    """Returns the kind of group and the shape without group of each parameter. Weights are [out, in], biases [out, 1]."""
    otherColumns = max(1, s.modalities - 1) * s.columns
    stacks = {
        "encoder": ("modality", [s.columns, s.hidden, s.hidden, 2 * s.code]),
        "decoder": ("modality", [s.code, s.hidden, s.hidden, s.columns]),
        "crossPrediction": ("modality", [s.latents, s.hidden, s.hidden, otherColumns]),
        "flow": ("latent", [s.allLatents, FLOW_HIDDEN, FLOW_HIDDEN, s.outputs]),
    }
    shapes = {}
    for name, (group, widths) in stacks.items():
        for i in range(3):
            shapes[f"{name}.{i}.weight"] = (group, [widths[i + 1], widths[i]])
            shapes[f"{name}.{i}.bias"] = (group, [widths[i + 1], 1])
    shapes["gates.logits"] = ("run", [s.allLatents, s.allLatents])
    return shapes


def initialParameters(s, weights, generator):
    """Returns values in the engine's layout, [runs, modality or latent, out, in]: U(+-sqrt(3 / fan-in)), biases 0."""
    counts = {"modality": [s.modalities], "latent": [s.allLatents], "run": []}
    values = {}
    for name, (group, shape) in parameterShapes(s).items():
        full = [s.runs, *counts[group], *shape]
        if name.endswith("weight"):
            bound = math.sqrt(3 / shape[1])
            value = (torch.rand(full, generator=generator) * 2 - 1) * bound
        else:
            value = torch.zeros(full)
        values[name] = value
    values["encoder.2.weight"][:, :, s.code :] *= 0.1
    values["flow.2.weight"] *= 0.1
    if s.flow == "mixture":
        k = s.components
        values["flow.2.bias"][:, :, k : 2 * k, 0] = torch.linspace(-1.5, 1.5, k)
    return {name: v for name, v in values.items() if weights.crossPrediction > 0 or not name.startswith("cross")}


def parentMask(s):
    """Returns two masks [latents, latents], row = child: parents in earlier modalities or earlier in the same one, and
    only parents in earlier modalities."""
    modality = torch.arange(s.allLatents) // s.latents
    cross = modality[:, None] > modality[None, :]
    within = torch.ones(s.allLatents, s.allLatents).tril(-1).bool() & (modality[:, None] == modality[None, :])
    return cross | within, cross


class Model:
    def __init__(self, sizes, weights, values, dtype=torch.float32, jacobian="hand"):
        self.sizes, self.weights = sizes, weights
        allowed, cross = parentMask(sizes)
        self.mask = allowed.to(dtype)
        self.conditioner = Conditioner(sizes, cross.to(dtype), jacobian)
        m, f = sizes.modalities, sizes.columns
        self.otherColumns = torch.tensor([n * f + c for i in range(m) for n in range(m) if n != i for c in range(f)])
        self.bind({name: self._toCompute(name, value.to(dtype)).requires_grad_() for name, value in values.items()})

    def bind(self, parameters):
        """Makes these tensors the parameters. Tracing a step binds other tensors."""
        self.parameters = parameters
        self.stacks = {
            name: [(parameters[f"{name}.{i}.bias"], parameters[f"{name}.{i}.weight"]) for i in range(3)]
            for name in ("encoder", "decoder", "crossPrediction", "flow")
            if f"{name}.0.weight" in parameters
        }

    # Parameters are stored in the shape that the products use, so that no view is between them and autograd.
    def _toCompute(self, name, value):
        s = self.sizes
        if name == "gates.logits":
            return value.clone()
        if name.startswith("flow.0"):
            return value.reshape(s.runs, s.allLatents * FLOW_HIDDEN, -1).clone()
        if name.startswith("flow"):
            return value.reshape(s.runs * s.allLatents, *value.shape[2:]).clone()
        byModality = value.transpose(0, 1)
        if name.startswith("encoder.0"):
            return byModality.reshape(s.modalities, s.runs * s.hidden, -1).clone()
        return byModality.reshape(s.modalities * s.runs, *value.shape[2:]).clone()

    def toPublic(self, name, value):
        """Returns a parameter or gradient in the engine's layout, [runs, modality or latent, out, in]."""
        s = self.sizes
        group, shape = parameterShapes(s)[name]
        if group == "run":
            return value
        if group == "latent":
            return value.reshape(s.runs, s.allLatents, *shape)
        return value.reshape(s.modalities, s.runs, *shape).transpose(0, 1)

    def _network(self, name, h):
        (b0, w0), (b1, w1), (b2, w2) = self.stacks[name]
        h = F.leaky_relu_(torch.baddbmm(b0, w0, h), SLOPE)
        if name == "encoder":
            h = h.view(-1, self.sizes.hidden, h.shape[2])
        h = F.leaky_relu_(torch.baddbmm(b1, w1, h), SLOPE)
        return torch.baddbmm(b2, w2, h)

    def gates(self, uniform):
        """Returns hard concrete gates [runs, child, parent] and the probability that each is open."""
        logits = self.parameters["gates.logits"]
        s = torch.sigmoid((torch.logit(uniform) + logits) * (1 / GATE_BETA))
        gates = torch.clamp(s * (GATE_HIGH - GATE_LOW) + GATE_LOW, 0, 1) * self.mask
        return gates, torch.sigmoid(logits - GATE_SHIFT) * self.mask

    def terms(self, x, normal, uniform):
        """Returns the terms of the loss per run. x [modalities, columns, batch], normal [modalities, runs, code, batch],
        uniform [runs, child, parent]. Constants of the two Gaussian terms cancel or are added at the end."""
        s, w = self.sizes, self.weights
        m, r, d, n = s.modalities, s.runs, s.allLatents, x.shape[2]
        head = self._network("encoder", x).view(m, r, 2 * s.code, n)
        mean, raw = head.split(s.code, dim=2)
        # clamp(raw - 3, -12, 3) = clamp(raw, -9, 6) - 3: the shift becomes a factor of the noise and a constant.
        raw = raw.clamp(LOG_VARIANCE_MIN - LOG_VARIANCE_SHIFT, LOG_VARIANCE_MAX - LOG_VARIANCE_SHIFT)
        v = torch.addcmul(mean, torch.exp(raw * 0.5), normal, value=math.exp(LOG_VARIANCE_SHIFT / 2))
        latents, exogenous = v.split([s.latents, s.exogenous], dim=2)
        z = latents.transpose(0, 1).reshape(r, d, n)

        decoded = self._network("decoder", v.view(m * r, s.code, n)).view(m, r, s.columns, n)
        target = x[:, None].expand(m, r, s.columns, n)
        terms = {"reconstruction": F.mse_loss(decoded, target, reduction="none").sum((0, 2, 3)) / n}

        gates, open_ = self.gates(uniform)
        logDensity, jacobian = self.conditioner(self.stacks["flow"], z, gates, w.jacobian > 0)
        constant = 0.5 * m * s.exogenous * math.log(2 * math.pi)
        constant -= 0.5 * m * s.code * (1 + math.log(2 * math.pi) + LOG_VARIANCE_SHIFT)
        gaussian = (exogenous * exogenous).sum((0, 2, 3)) - raw.sum((0, 2, 3))
        terms["independence"] = (0.5 * gaussian - logDensity.sum((1, 2))) / n + constant
        if w.gates > 0:
            terms["gates"] = open_.sum((1, 2))
        if w.jacobian > 0:
            strengths = jacobian / (jacobian + w.concave) if w.concave > 0 else jacobian
            terms["jacobian"] = strengths.sum((1, 2))
        if w.crossPrediction > 0 and m > 1:
            predicted = self._network("crossPrediction", latents.reshape(m * r, s.latents, n))
            target = x.reshape(m * s.columns, n).index_select(0, self.otherColumns).view(m, 1, -1, n)
            predicted = predicted.view(m, r, -1, n)
            error = F.mse_loss(predicted, target.expand_as(predicted), reduction="none")
            terms["crossPrediction"] = error.sum((0, 2, 3)) / (n * (m - 1))
        return terms

    def losses(self, terms):
        """Returns the loss of each run, [runs]."""
        w = self.weights
        loss = torch.add(terms["reconstruction"], terms["independence"], alpha=w.independence)
        for name in ("gates", "jacobian", "crossPrediction"):
            if name in terms:
                loss = torch.add(loss, terms[name], alpha=getattr(w, name))
        return loss


def optimizer(model, rate=3e-3, **options):
    """Returns Adam (0.9, 0.99) with five times the rate for gate logits."""
    rest = [p for name, p in model.parameters.items() if name != "gates.logits"]
    groups = [
        {"params": rest, "lr": rate},
        {"params": [model.parameters["gates.logits"]], "lr": 5 * rate},
    ]
    return torch.optim.Adam(groups, betas=(0.9, 0.99), eps=1e-8, **options)
