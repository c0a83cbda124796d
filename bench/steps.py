"""Variants of a training step of model.py in PyTorch, all with the same data, noise and update.

eager: autograd on the model.
compile: torch.compile of the loss, with autograd through it.
traced: forward and backward traced into one graph, which Inductor compiles without autograd or guards at run time. It is
the fastest variant we know on a CPU.
reduce-overhead, on a GPU: compile, replayed as CUDA graphs.
captured, on a GPU: compile, with the whole step, Adam included, captured as one CUDA graph.
"""

import torch
import torch._inductor
from torch.fx.experimental.proxy_tensor import make_fx

from model import Model, initialParameters

ROWS = 9000
VARIANTS = ("eager", "compile", "traced")
GPU_VARIANTS = ("eager", "compile", "reduce-overhead", "captured")


class Adam:
    """Fused Adam (0.9, 0.99) with five times the rate for gate logits. It calls the kernel of torch.optim directly,
    because the bookkeeping of torch.optim takes longer than the kernel at this size."""

    def __init__(self, parameters, rate=3e-3):
        self.time = torch.zeros(())
        gates = [name for name in parameters if name == "gates.logits"]
        rest = [name for name in parameters if name not in gates]
        self.order = rest + gates
        self.groups = []
        for names, factor in ((rest, 1), (gates, 5)):
            if not names:
                continue
            values = [parameters[name].detach() for name in names]
            moments = [[torch.zeros_like(v) for v in values] for _ in range(2)]
            self.groups.append((values, *moments, [self.time] * len(values), rate * factor))

    def state(self):
        return [self.time, *(moment for _, first, second, *_ in self.groups for moment in (*first, *second))]

    def step(self, gradients):
        """Updates the parameters. The gradients have the order of self.order."""
        self.time.add_(1)
        start = 0
        for values, first, second, times, rate in self.groups:
            torch._fused_adam_(
                values, gradients[start : start + len(values)], first, second, [], times,
                lr=rate, beta1=0.9, beta2=0.99, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False,
            )  # fmt: skip
            start += len(values)


def captured(whole, device):
    """Captures a whole step, from the gathered rows to Adam, as one CUDA graph. On the CPU there is no graph.

    Returns a function that runs the step and returns its loss.
    """
    if device != "cuda":
        return whole
    # The first steps compile and allocate, which must not happen during the capture.
    warmUp = torch.cuda.Stream()
    warmUp.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(warmUp):
        for _ in range(3):
            whole()
    torch.cuda.current_stream().wait_stream(warmUp)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = whole()

    def replay():
        graph.replay()
        return loss

    return replay


class Trainer:
    """A model with its resident data. `step()` does one training step and returns the loss, summed over the runs."""

    def __init__(self, sizes, weights, variant, seed=0, device="cpu"):
        generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed)
        self.sizes = sizes
        self.device = device
        values = {name: value.to(device) for name, value in initialParameters(sizes, weights, generator).items()}
        with torch.device(device):
            self.model = Model(sizes, weights, values)
            self.adam = Adam(self.model.parameters)
        self.leaves = [self.model.parameters[name] for name in self.adam.order]
        shape = (max(ROWS, sizes.batch), sizes.modalities * sizes.columns)
        self.data = torch.randn(*shape, generator=generator).to(device)
        self.batches = iter(())
        ways = {
            "eager": self._eager,
            "compile": self._compile,
            "traced": self._trace,
            "reduce-overhead": lambda: self._compile("reduce-overhead"),
            "captured": lambda: self._compile() if device == "cuda" else self._eager(),
        }
        self.gradients = ways[variant]()
        self.replay = self._capture() if variant == "captured" else None

    def _loss(self, x, normal, uniform):
        return self.model.losses(self.model.terms(x, normal, uniform)).sum()

    def _eager(self):
        def gradients(*inputs):
            loss = self._loss(*inputs)
            return loss, torch.autograd.grad(loss, self.leaves)

        return gradients

    def _compile(self, mode=None):
        # These tensors keep their addresses, so that a graph reads them in place and no step copies them.
        for tensor in (*self.leaves, *self.adam.state()):
            torch._dynamo.mark_static_address(tensor)
        compiled = torch.compile(self._loss, dynamic=False, fullgraph=True, mode=mode)

        def gradients(*inputs):
            if mode:
                # Adam has used the results of the last step, so they may be overwritten.
                torch.compiler.cudagraph_mark_step_begin()
            loss = compiled(*inputs)
            return loss, torch.autograd.grad(loss, self.leaves)

        return gradients

    def _capture(self):
        rows = torch.zeros(self.sizes.batch, dtype=torch.long, device=self.device)

        def whole():
            loss, gradients = self.gradients(*self._draw(rows))
            self.adam.step(gradients)
            return loss

        launch = captured(whole, self.device)

        def replay():
            rows.copy_(self._rows())
            return launch()

        return replay

    def _trace(self):
        names, original = self.adam.order, self.model.parameters

        def whole(x, normal, uniform, *values):
            leaves = [value.detach().requires_grad_() for value in values]
            self.model.bind(dict(zip(names, leaves)))
            loss = self._loss(x, normal, uniform)
            return (loss.detach(), *torch.autograd.grad(loss, leaves))

        values = [leaf.detach() for leaf in self.leaves]
        example = [*self._inputs(), *values]
        graph = make_fx(whole)(*example)
        self.model.bind(original)
        compiled = torch._inductor.compile(graph, example)

        def gradients(*inputs):
            with torch.no_grad():
                loss, *rest = compiled(*inputs, *values)
            return loss, rest

        return gradients

    def _rows(self):
        s = self.sizes
        rows = next(self.batches, None)
        if rows is None:
            order = torch.randperm(len(self.data), device=self.device)
            self.batches = iter(order[: len(order) // s.batch * s.batch].split(s.batch))
            rows = next(self.batches)
        return rows

    def _draw(self, rows):
        s = self.sizes
        x = self.data.index_select(0, rows).view(s.batch, s.modalities, s.columns).permute(1, 2, 0).contiguous()
        normal = torch.randn(s.modalities, s.runs, s.code, s.batch, device=self.device)
        return x, normal, torch.rand(s.runs, s.allLatents, s.allLatents, device=self.device)

    def _inputs(self):
        return self._draw(self._rows())

    def step(self):
        if self.replay:
            return self.replay()
        loss, gradients = self.gradients(*self._inputs())
        self.adam.step(gradients)
        return loss
