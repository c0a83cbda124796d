"""Computes the latents of subjects with an exported interlatent model. It needs only NumPy.

    from encode import Model
    model = Model()                                  # the folder of this file
    latents = model.encode({"blood": table, ...})    # {"blood.z": subjects x latents, ...}

Inputs are arrays of subjects x columns in the units of the training tables, NaN where a value is missing; images
are subjects x channels x height x width, series subjects x channels x steps. model.json lists the columns.

    python3 encode.py latents.npz blood=blood.npy ...

The graph consists of ONNX operators (opset 17). Each method of `Operators` implements one of them.
"""

import json
import pathlib
import sys

import numpy as np

DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}
TYPES = {1: np.float32, 7: np.int64, 9: np.bool_, 11: np.float64}


def read_safetensors(path):
    """Returns arrays by name. The file consists of a length, a JSON header and bytes."""
    content = pathlib.Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = np.frombuffer(content[8 + length + start : 8 + length + end], DTYPES[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"])
    return arrays


class Model:
    def __init__(self, folder=None):
        folder = pathlib.Path(folder) if folder else pathlib.Path(__file__).parent
        self.description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self.tensors = read_safetensors(folder / "model.safetensors")

    def encode(self, inputs, batch=512):
        """Returns latents by output name. `inputs` are arrays by modality, as model.json describes them."""
        graph = self.description["graph"]
        names = [port["name"] for port in graph["inputs"]]
        if sorted(inputs) != sorted(names):
            raise ValueError(f"the model takes {', '.join(names)}; got {', '.join(inputs)}")
        arrays = {}
        for port in graph["inputs"]:
            array = np.asarray(inputs[port["name"]], TYPES[port["type"]])
            if array.shape[1:] != tuple(port["shape"][1:]):
                raise ValueError(f"{port['name']} needs {port['shape']}, got {list(array.shape)}")
            arrays[port["name"]] = array
        subjects = {len(array) for array in arrays.values()}
        if len(subjects) != 1:
            raise ValueError(f"modalities have {sorted(subjects)} subjects; all need the same ones")
        total = subjects.pop()
        parts = [
            self._run({name: array[i : i + batch] for name, array in arrays.items()}) for i in range(0, total, batch)
        ]
        return {
            port["name"]: np.concatenate([np.empty((0, *port["shape"][1:]), np.float32)] + [p[port["name"]] for p in parts])
            for port in graph["outputs"]
        }

    def _run(self, values):
        values = {**self.tensors, **values, "": None}
        with np.errstate(all="ignore"):
            for node in self.description["graph"]["nodes"]:
                operands = [values[name] for name in node["inputs"]]
                values[node["outputs"][0]] = getattr(Operators, node["op"])(*operands, **node["attributes"])
        return {port["name"]: values[port["name"]] for port in self.description["graph"]["outputs"]}


def sigmoid(x):
    return np.float32(1) / (np.float32(1) + np.exp(-x))


def erf(x):
    """Computes erf by a series near 0, elsewhere a continued fraction (Abramowitz and Stegun 7.1.26 is too coarse)."""
    x = np.asarray(x, np.float64)
    size = np.minimum(np.abs(x), 6.0)
    series = np.zeros_like(size)
    term = size.copy()
    for n in range(60):
        series += term / (2 * n + 1)
        term = term * -(size**2) / (n + 1)
    fraction = np.zeros_like(size)
    for n in range(60, 0, -1):
        fraction = n / 2 / (size + fraction)
    tail = np.exp(-(size**2)) / ((size + fraction) * np.sqrt(np.pi))
    near = 2 / np.sqrt(np.pi) * series
    return np.sign(x) * np.where(size < 2, near, 1 - tail)


def windows(x, kernel, strides, pads, dilations, fill):
    """Returns subjects x channels x rows x columns x kernel rows x kernel columns."""
    top, left, bottom, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    extent = [d * (k - 1) + 1 for k, d in zip(kernel, dilations)]
    view = np.lib.stride_tricks.sliding_window_view(x, extent, axis=(2, 3))
    return view[:, :, :: strides[0], :: strides[1], :: dilations[0], :: dilations[1]]


class Operators:
    Identity = staticmethod(lambda x: x)
    Shape = staticmethod(lambda x: np.array(x.shape, np.int64))
    Cast = staticmethod(lambda x, to: x.astype(TYPES[to]))
    IsNaN = staticmethod(np.isnan)
    Not = staticmethod(np.logical_not)
    Equal = staticmethod(np.equal)
    Less = staticmethod(np.less)
    Greater = staticmethod(np.greater)
    GreaterOrEqual = staticmethod(np.greater_equal)
    Where = staticmethod(np.where)
    Add = staticmethod(np.add)
    Sub = staticmethod(np.subtract)
    Mul = staticmethod(np.multiply)
    Div = staticmethod(np.divide)
    Max = staticmethod(np.maximum)
    Min = staticmethod(np.minimum)
    Neg = staticmethod(np.negative)
    Abs = staticmethod(np.abs)
    Sign = staticmethod(np.sign)
    Exp = staticmethod(np.exp)
    Log = staticmethod(np.log)
    Sqrt = staticmethod(np.sqrt)
    Floor = staticmethod(np.floor)
    Tanh = staticmethod(np.tanh)
    Reciprocal = staticmethod(lambda x: np.float32(1) / x)
    Sigmoid = staticmethod(sigmoid)
    Softplus = staticmethod(lambda x: np.logaddexp(np.float32(0), x))
    Erf = staticmethod(lambda x: erf(x).astype(x.dtype))
    LeakyRelu = staticmethod(lambda x, alpha: np.where(x > 0, x, x * np.float32(alpha)))
    Clip = staticmethod(np.clip)
    MatMul = staticmethod(np.matmul)
    Transpose = staticmethod(lambda x, perm: x.transpose(perm))
    Reshape = staticmethod(lambda x, shape: x.reshape(shape))
    Concat = staticmethod(lambda *xs, axis: np.concatenate(xs, axis))
    Gather = staticmethod(lambda x, indices, axis: np.take(x, indices, axis))

    @staticmethod
    def Expand(x, shape):
        return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(shape)))

    @staticmethod
    def Slice(x, starts, ends, axes):
        cut = [slice(None)] * x.ndim
        for start, end, axis in zip(starts, ends, axes):
            cut[axis] = slice(start, end)
        return x[tuple(cut)]

    @staticmethod
    def ReduceSum(x, axes, keepdims):
        return x.sum(tuple(axes), keepdims=bool(keepdims))

    @staticmethod
    def ReduceMax(x, axes, keepdims):
        return x.max(tuple(axes), keepdims=bool(keepdims))

    @staticmethod
    def Softmax(x, axis):
        powers = np.exp(x - x.max(axis, keepdims=True))
        return powers / powers.sum(axis, keepdims=True)

    @staticmethod
    def Conv(x, w, group, strides, pads, dilations, kernel_shape):
        view = windows(x, kernel_shape, strides, pads, dilations, 0)
        subjects, channels, rows, columns = view.shape[:4]
        view = view.reshape(subjects, group, channels // group, rows, columns, *kernel_shape)
        w = w.reshape(group, w.shape[0] // group, *w.shape[1:])
        result = np.einsum("bgchwkl,gockl->bgohw", view, w, optimize=True)
        return result.reshape(subjects, -1, rows, columns)

    @staticmethod
    def ConvTranspose(x, w, group, strides, pads, dilations, kernel_shape, output_padding):
        subjects, channels, rows, columns = x.shape
        x = x.reshape(subjects, group, channels // group, rows, columns)
        w = w.reshape(group, w.shape[0] // group, *w.shape[1:])
        spread = np.einsum("bgohw,gockl->bgchwkl", x, w, optimize=True)
        size = [
            (n - 1) * s + d * (k - 1) + 1 + p
            for n, s, d, k, p in zip((rows, columns), strides, dilations, kernel_shape, output_padding)
        ]
        result = np.zeros((subjects, group, w.shape[2], *size), x.dtype)
        for k in range(kernel_shape[0]):
            for l in range(kernel_shape[1]):
                i, j = k * dilations[0], l * dilations[1]
                result[..., i : i + rows * strides[0] : strides[0], j : j + columns * strides[1] : strides[1]] += spread[
                    ..., k, l
                ]
        top, left, bottom, right = pads
        result = result[..., top : size[0] - bottom, left : size[1] - right]
        return result.reshape(subjects, -1, *result.shape[3:])

    @staticmethod
    def MaxPool(x, kernel_shape, strides, pads):
        return windows(x, kernel_shape, strides, pads, (1, 1), -np.inf).max((4, 5))

    @staticmethod
    def LSTM(x, w, r, b, hidden_size, direction):
        """Maps steps x subjects x features to steps x 1 x subjects x units; gates i, o, f, c."""
        h = np.zeros((x.shape[1], hidden_size), x.dtype)
        c = h
        bias = b[0].reshape(2, -1).sum(0)
        states = np.empty((len(x), 1, *h.shape), x.dtype)
        for t in order(len(x), direction):
            i, o, f, g = np.split(x[t] @ w[0].T + h @ r[0].T + bias, 4, 1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            states[t, 0] = h
        return states

    @staticmethod
    def GRU(x, w, r, b, hidden_size, direction, linear_before_reset):
        """Like LSTM, with gates z, r, h. The reset gate applies after the product."""
        h = np.zeros((x.shape[1], hidden_size), x.dtype)
        of_inputs, of_states = b[0].reshape(2, -1)
        states = np.empty((len(x), 1, *h.shape), x.dtype)
        for t in order(len(x), direction):
            xz, xr, xh = np.split(x[t] @ w[0].T + of_inputs, 3, 1)
            hz, hr, hh = np.split(h @ r[0].T + of_states, 3, 1)
            z = sigmoid(xz + hz)
            h = (1 - z) * np.tanh(xh + sigmoid(xr + hr) * hh) + z * h
            states[t, 0] = h
        return states


def order(steps, direction):
    return range(steps) if direction == "forward" else reversed(range(steps))


if __name__ == "__main__":
    target, *inputs = sys.argv[1:]
    arrays = {name: np.load(path) for name, path in (pair.split("=", 1) for pair in inputs)}
    np.savez(target, **Model().encode(arrays))
