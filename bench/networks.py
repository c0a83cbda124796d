"""Encoders of images and series in PyTorch, with the same data, loss and update as bench/network-cases.ts.

eager: autograd. compile: torch.compile of the loss, with autograd through it. captured: a whole step as one CUDA graph, of
eager or (captured-compile) compiled code; on the CPU there is no graph. Convolutions are measured in two memory formats;
-last has channels innermost. ResNet18 is torchvision's, with its batch norms folded into the convolutions.
"""

import torch
from torch import nn
from torch.nn import functional as F

from steps import Adam, captured

CHANNELS = 3
OUTPUTS = 4
DENSE = 128
SLOPE = 0.2
NETWORK_VARIANTS = ("eager", "compile", "eager-last", "compile-last")


class Head(nn.Sequential):
    def __init__(self, inputs):
        super().__init__(nn.Linear(inputs, DENSE), nn.LeakyReLU(SLOPE, inplace=True), nn.Linear(DENSE, OUTPUTS))


class Convolutions(nn.Module):
    """Convolutions with 4 x 4 taps and stride 2, each with LeakyReLU, then a dense layer and the head."""

    def __init__(self, request):
        super().__init__()
        widths, size = request["widths"], request["size"]
        layers = []
        for inputs, outputs in zip([CHANNELS, *widths], widths):
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE, inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.head = Head(widths[-1] * (size >> len(widths)) ** 2)
        self.shape = (CHANNELS, size, size)

    def forward(self, x):
        return self.head(self.layers(x).flatten(1))


class Residual(nn.Module):
    def __init__(self, request):
        super().__init__()
        from torch.nn.utils.fusion import fuse_conv_bn_eval
        from torchvision.models import resnet18

        net = resnet18(num_classes=OUTPUTS).eval()
        for module in list(net.modules()):
            for name, child in list(module.named_children()):
                norm = {"conv1": "bn1", "conv2": "bn2"}.get(name)
                if norm and isinstance(child, nn.Conv2d):
                    setattr(module, name, fuse_conv_bn_eval(child, getattr(module, norm)))
                    setattr(module, norm, nn.Identity())
            if isinstance(module, nn.Sequential) and len(module) == 2 and isinstance(module[1], nn.BatchNorm2d):
                module[0], module[1] = fuse_conv_bn_eval(module[0], module[1]), nn.Identity()
        net.fc = Head(net.fc.in_features)
        self.net = net.requires_grad_()
        self.shape = (CHANNELS, request["size"], request["size"])

    def forward(self, x):
        return self.net(x)


class Recurrent(nn.Module):
    """An LSTM. Its last state and the mean of all states are the input of a linear head."""

    def __init__(self, request):
        super().__init__()
        units = request["units"]
        self.lstm = nn.LSTM(request["channels"], units)
        self.head = nn.Linear(2 * units, OUTPUTS)
        self.shape = (request["times"], request["channels"])

    def forward(self, x):
        h, _ = self.lstm(x.transpose(0, 1))
        return self.head(torch.cat([h[-1], h.mean(0)], 1))


NETWORKS = {"conv": Convolutions, "resnet18": Residual, "lstm": Recurrent}


class NetworkTrainer:
    """A network with its resident data. `step()` does one training step and returns the loss."""

    def __init__(self, request, variant, seed=0, device="cpu"):
        torch.manual_seed(seed)
        self.batch, self.device = request["batch"], device
        self.model = NETWORKS[request["network"]](request).to(device)
        rows = request["rows"]
        self.data = (torch.rand(rows, *self.model.shape) * 3 - 1.5).to(device)
        self.targets = (torch.rand(rows, OUTPUTS) * 3 - 1.5).to(device)
        words = variant.split("-")
        if "last" in words:
            if request["network"] == "lstm":
                raise RuntimeError("a series has no channels-last format")
            self.model = self.model.to(memory_format=torch.channels_last)
            self.data = self.data.contiguous(memory_format=torch.channels_last)
        parameters = dict(self.model.named_parameters())
        with torch.device(device):
            self.adam = Adam(parameters, rate=1e-4)
        self.leaves = [parameters[name] for name in self.adam.order]
        self.loss = torch.compile(self._loss, dynamic=False) if "compile" in words else self._loss
        self.batches = iter(())
        self.replay = self._capture() if "captured" in words else None

    def _capture(self):
        rows = torch.zeros(self.batch, dtype=torch.long, device=self.device)
        launch = captured(lambda: self._train(rows), self.device)

        def replay(chosen):
            rows.copy_(chosen)
            return launch()

        return replay

    def _loss(self, x, targets):
        return F.mse_loss(self.model(x), targets) * OUTPUTS

    def step(self):
        rows = next(self.batches, None)
        if rows is None:
            order = torch.randperm(len(self.data), device=self.device)
            self.batches = iter(order[: len(order) // self.batch * self.batch].split(self.batch))
            rows = next(self.batches)
        return self.replay(rows) if self.replay else self._train(rows)

    def _train(self, rows):
        loss = self.loss(self.data.index_select(0, rows), self.targets.index_select(0, rows))
        self.adam.step(torch.autograd.grad(loss, self.leaves))
        return loss
