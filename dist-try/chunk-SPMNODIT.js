import {
  buildInfo,
  native,
  platformName
} from "./chunk-TSXIGEL7.js";
import {
  packageRoot,
  version
} from "./chunk-AMU4RVW4.js";
import {
  endingFlags,
  webGpuLibrary
} from "./chunk-NXYYD655.js";
import {
  sha256
} from "./chunk-JTGBNCRO.js";
import {
  DATA_TYPES,
  add,
  apply,
  broadcastStrides,
  broadcastTo,
  bytesOf,
  collapse,
  concat,
  constant,
  contiguous,
  contiguousStrides,
  dataTypeOf,
  elementsIn,
  elementsOf,
  extentOf,
  flagAttribute,
  formatShape,
  isContiguous,
  isIdentity,
  listAttribute,
  makeNode,
  mul,
  neg,
  numberAttribute,
  operations,
  permute,
  positions,
  reshape,
  roomFor,
  rows,
  sameShape,
  scalar,
  sizeOf,
  slice,
  sub,
  sum,
  textAttribute,
  topological,
  typeOfArray,
  valuesAttribute,
  withAbsoluteScope,
  withInputs
} from "./chunk-XV7UC2EY.js";
import {
  fileBytes,
  withOpenFile
} from "./chunk-HD6DEWUD.js";
import {
  DeviceError,
  FileError,
  InputError,
  InterlatentError,
  InternalError,
  NumericError,
  StateError
} from "./chunk-5XKOZ6VI.js";

// src/runtime/device.ts
import os from "node:os";

// src/webgpu/kernel-names.ts
var WEBGPU_KERNEL_NAMES = /* @__PURE__ */ new Set([
  "adam",
  "average",
  "conv2d",
  "conv2dTranspose",
  "conv2dWeights",
  "detSign",
  "gather",
  "gru",
  "gruGrad",
  "guard",
  "logAbsDet",
  "logAbsDetGrad",
  "lstm",
  "lstmGrad",
  "map",
  "matmul",
  "maxPool2d",
  "maxPool2dGrad",
  "mixtureEpsilon",
  "mixtureLogDensity",
  "mixtureLogDensityGrad",
  "mixtureSensitivity",
  "mixtureSensitivityGrad",
  "moveImages",
  "random",
  "reduce",
  "softmax"
]);

// src/runtime/device.ts
var MATMUL_PRECISIONS = ["float32", "tf32", "bfloat16", "tf32x3"];
var CPU = {
  backend: "cpu",
  name: "cpu",
  description: os.cpus().at(0)?.model.trim() ?? os.arch(),
  get kernels() {
    return new Set(buildInfo().kernels);
  }
};
function sentDevice(device) {
  return device.backend === "cpu" ? "cpu" : device;
}
function receivedDevice(device) {
  return device === "cpu" ? CPU : device;
}
var DEVICE_NAMES = "cpu, cuda, cuda:N (N from 0), cuda:N,M, cuda:all, webgpu or auto";
function isDeviceName(text) {
  return /^(cpu|auto|webgpu|cuda(:(all|N(,N)*))?)$/.test(text.replace(/\b(0|[1-9]\d{0,2})\b/g, "N"));
}
function devicesOf(device = CPU) {
  return device.backend === "cuda" && device.additionalDevices ? [device, ...device.additionalDevices] : [device];
}
function groupsOf(device = CPU, size = dataParallelOf(device) ?? 1) {
  const all = devicesOf(device);
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}
function dataParallelOf(device) {
  return device.backend === "cuda" ? device.dataParallel : void 0;
}
function matmulPrecisionOf(device) {
  return device.backend === "cuda" ? device.matmulPrecision : "float32";
}
async function chooseDevice(requested = "cpu", matmulPrecision = "float32", dataParallel) {
  if (!isDeviceName(requested)) throw invalid("device", DEVICE_NAMES, requested);
  if (!MATMUL_PRECISIONS.includes(matmulPrecision)) {
    throw invalid("matmulPrecision", MATMUL_PRECISIONS.join(", "), matmulPrecision);
  }
  const { device, reason } = await resolveDevice(requested, matmulPrecision);
  if (matmulPrecisionOf(device) !== matmulPrecision) throw unsupportedPrecision(requested, matmulPrecision, reason);
  const { name, description } = device;
  const choice = { requested, name, description, reason, matmulPrecision };
  if (dataParallel === void 0) return { device, choice };
  const grouped = inGroups(device, dataParallel);
  return { device: grouped, choice: { ...choice, ...grouped.backend === "cuda" && { dataParallel } } };
}
function inGroups(device, dataParallel) {
  const { length } = devicesOf(device);
  const isWhole2 = Number.isInteger(dataParallel) && dataParallel >= 1;
  if (!isWhole2 || length % dataParallel !== 0 || device.backend !== "cuda" && dataParallel > 1) {
    const devices = `${device.name} (${length} ${length === 1 ? "device" : "devices"})`;
    throw new InputError(
      "invalid-setting",
      `Setting "dataParallel" (--data-parallel): ${devices} cannot be divided into groups of ${dataParallel}. The value must be a whole number that divides the number of GPUs: select GPUs with --device cuda:all or cuda:0,1.`,
      { setting: "dataParallel", devices: length }
    );
  }
  return device.backend === "cuda" ? { ...device, dataParallel } : device;
}
async function resolveDevice(requested, precision) {
  if (requested === "cpu") return { device: CPU, reason: "" };
  if (requested === "webgpu") return { device: webGpuDevice(requested, await probeWebGpu()), reason: "" };
  const { probeCuda } = await import("./cuda-probe-V744QYTD.js");
  const probe = await probeCuda();
  if (requested !== "auto") return { device: cudaDevice(requested, probe, precision), reason: "" };
  const problem = whyNotCuda(probe);
  if (problem === void 0) {
    return { device: cudaDevice("cuda", probe, precision), reason: "the first CUDA device that can be used" };
  }
  const webGpu = await probeWebGpu();
  const other = whyNotWebGpu(webGpu);
  if (other === void 0)
    return { device: webGpuDevice(requested, webGpu), reason: `a GPU through WebGPU; ${problem}` };
  return { device: CPU, reason: `${problem}; ${other}` };
}
async function probeWebGpu() {
  const { probeWebGpu: probe } = await import("./probe-TQVQGBJC.js");
  return probe();
}
function invalid(setting, expected, value) {
  const text = JSON.stringify(value);
  return new InputError("invalid-setting", `Setting "${setting}": expected ${expected}, got ${text}.`, { setting });
}
function unsupportedPrecision(requested, precision, reason) {
  return new DeviceError(
    "unsupported-precision",
    `matmulPrecision ${precision} needs a CUDA device; the CPU and WebGPU multiply matrices in float32 only${reason && `, and auto selects one of them: ${reason}`}. Use device cuda (--device cuda), or omit matmulPrecision (--matmul-precision). Nothing was computed.`,
    { device: requested, matmulPrecision: precision }
  );
}
function whyNotCuda({ library, problems }) {
  if (problems.length > 0) return `CUDA cannot be used: ${problems.map(({ problem }) => problem).join("; ")}`;
  return library?.emulated ? "the CUDA library is the emulation, which is for tests" : void 0;
}
function whyNotWebGpu({ adapters, problems }) {
  if (problems.length > 0) return `WebGPU cannot be used: ${problems.map(({ problem }) => problem).join("; ")}`;
  const [{ isSoftware, description }] = adapters;
  return isSoftware ? `WebGPU has only ${description}, which computes on the processor` : void 0;
}
function webGpuDevice(requested, { adapters, problems }) {
  if (problems.length > 0) throw missing(requested, problems);
  const [adapter] = adapters;
  return {
    ...{ backend: "webgpu", name: "webgpu", description: adapter.description, adapter },
    kernels: WEBGPU_KERNEL_NAMES
  };
}
function cudaDevice(requested, { path, library, devices, problems }, matmulPrecision) {
  if (problems.length > 0) throw missing(requested, problems);
  const { emulated = false, kernels = [] } = library ?? {};
  const [first, ...additionalDevices] = indicesIn(requested, devices).map(
    (index) => {
      const match = devices.find((device) => device.index === index);
      if (!match) {
        const known = devices.map((device) => `cuda:${device.index} (${device.name})`).join(", ");
        throw missing(requested, [
          { code: "no-cuda-device", problem: `there is no device ${index}; available are ${known}` }
        ]);
      }
      return {
        ...{ backend: "cuda", name: `cuda:${index}`, description: match.name, index },
        ...{ library: path, emulated, kernels: new Set(kernels), matmulPrecision }
      };
    }
  );
  if (additionalDevices.length === 0) return first;
  const all = [first, ...additionalDevices];
  const names = [...new Set(all.map(({ description }) => description))];
  return {
    ...{ ...first, additionalDevices },
    name: `cuda:${all.map(({ index }) => index).join(",")}`,
    description: names.length === 1 ? `${all.length} \xD7 ${names[0]}` : all.map(({ description }) => description).join(", ")
  };
}
function indicesIn(requested, devices) {
  if (requested === "cuda") return [0];
  const named = requested.slice("cuda:".length);
  return named === "all" ? devices.map(({ index }) => index) : [...new Set(named.split(",").map(Number))];
}
function cudaHelp(platform) {
  if (!["linux-x64", "linux-arm64"].includes(platform)) {
    return "CUDA is supported only on Linux with glibc; on Windows, use WSL.";
  }
  const install = `Install it: npm install @interlatent/linux-x64-cuda@${version}. Or build it`;
  return `${platform === "linux-x64" ? install : "Build it"} in the folder of interlatent with NVIDIA's CUDA toolkit (nvcc): npm run build:cuda (in a project that depends on it: npm explore interlatent -- npm run build:cuda). Set INTERLATENT_CUDA_PATH to use a library at another path.`;
}
var HELP = {
  "no-cuda-library": {
    what: "CUDA library of interlatent",
    help: cudaHelp
  },
  "no-cuda-driver": {
    what: "NVIDIA driver",
    help: "Install the driver of the GPU (Debian: apt-get install nvidia-driver, then restart); in a container, start it with the GPUs (docker run --gpus all). nvidia-smi must list the GPU."
  },
  "no-cuda-device": {
    what: "CUDA device",
    help: "nvidia-smi lists the GPUs of this machine; CUDA_VISIBLE_DEVICES, when set, hides all other GPUs."
  },
  "cuda-probe-failed": {
    what: "CUDA probe",
    help: "The driver or its installation is broken; run nvidia-smi for details."
  },
  "no-webgpu-library": {
    what: "WebGPU library",
    help: "Install it next to interlatent: npm install webgpu (132 MB; Dawn, as in Chromium)."
  },
  "no-webgpu-device": {
    what: "WebGPU device",
    help: "Install the driver of the GPU; on Linux that of Vulkan (Debian, Ubuntu: apt-get install libvulkan1 mesa-vulkan-drivers; for NVIDIA the driver of the GPU is sufficient). vulkaninfo must list the GPU."
  },
  "webgpu-probe-failed": {
    what: "WebGPU probe",
    help: "The driver or its installation is broken; run vulkaninfo --summary for details."
  }
};
function problemLines(problems) {
  const lines = problems.map(({ code, problem }) => {
    const { what, help } = HELP[code];
    return `  - ${what}: ${problem}
    ${typeof help === "string" ? help : help(platformName())}`;
  });
  return lines.join("\n");
}
function missing(requested, problems) {
  const message = [
    `device ${requested} cannot be used on this machine:`,
    problemLines(problems),
    "Nothing was computed. Device cpu (--device cpu) computes the same without a GPU; run interlatent devices to list the available devices."
  ].join("\n");
  return new DeviceError(problems[0].code, message, { device: requested, problems });
}

// src/compile/encode.ts
var PLAN_MAGIC = "ILPLAN02";
var FLAG_WRITTEN = 1;
var FLAG_ONCE = 16;
var TYPE_FLAGS = { float32: 0, int32: 2, uint8: 4, int16: 8 };
var ByteWriter = class {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #room(count) {
    if (this.#length + count > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + count));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    const at = this.#length;
    this.#length += count;
    return at;
  }
  u32(value) {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }
  /** Writes a whole number below 2⁵³ in magnitude; negative numbers in two's complement. */
  i64(value) {
    const at = this.#room(8);
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 4294967296), true);
  }
  f64(value) {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }
  bytes(values) {
    const at = this.#room(values.length);
    this.#bytes.set(values, at);
  }
  finish() {
    return this.#bytes.slice(0, this.#length);
  }
};
var StringTable = class {
  texts = [];
  #indices = /* @__PURE__ */ new Map();
  index(text) {
    let index = this.#indices.get(text);
    if (index === void 0) {
      index = this.texts.push(text) - 1;
      this.#indices.set(text, index);
    }
    return index;
  }
};
function writeOperand(out, operand2, offsetOf) {
  out.u32(operand2.buffer.slab);
  out.u32((operand2.written ? FLAG_WRITTEN : 0) | (operand2.once ? FLAG_ONCE : 0) | TYPE_FLAGS[operand2.type]);
  out.i64(offsetOf(operand2.buffer) + operand2.offset);
  out.i64(operand2.extent);
  out.i64(operand2.runStride);
  out.i64(operand2.tileStride);
}
function writeEntry(out, entry, strings) {
  out.u32(strings.index(entry.name));
  out.u32(entry.tiles);
  out.u32(entry.blockKernels);
  out.u32(entry.kernels.length);
  for (const kernel2 of entry.kernels) {
    out.u32(strings.index(kernel2.name));
    out.u32(strings.index(kernel2.label));
    out.u32(kernel2.operands.length);
    for (const operand2 of kernel2.operands) writeOperand(out, operand2, entry.offsetOf);
    out.u32(kernel2.ints.length);
    for (const value of kernel2.ints) out.i64(value);
    out.u32(kernel2.floats.length);
    for (const value of kernel2.floats) out.f64(value);
  }
  out.u32(entry.outputs.length);
  for (const { name, slab, offset, count } of entry.outputs) {
    out.u32(strings.index(name));
    out.u32(slab);
    out.i64(offset);
    out.i64(count);
  }
}
function encodePlan(runs, slabs, entries) {
  const strings = new StringTable();
  const body = new ByteWriter();
  body.u32(entries.length);
  for (const entry of entries) writeEntry(body, entry, strings);
  const out = new ByteWriter();
  const text = new TextEncoder();
  out.bytes(text.encode(PLAN_MAGIC));
  out.u32(runs);
  for (const size of slabs) out.i64(size);
  out.u32(strings.texts.length);
  for (const name of strings.texts) {
    const bytes = text.encode(name);
    out.u32(bytes.length);
    out.bytes(bytes);
  }
  out.bytes(body.finish());
  return out.finish();
}

// src/compile/expand.ts
function lacksKernel(node, kernels) {
  const { lowering } = node.operation;
  if (!node.operation.expand || lowering.kind !== "opaque") return false;
  return !kernels.has(lowering.kernel) || lowering.takes?.(node) === false;
}
function expand(outputs, kernels) {
  const replaced = /* @__PURE__ */ new Map();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input));
    const current = inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
    const expanded = lacksKernel(node, kernels) ? withAbsoluteScope(node.label, () => node.operation.expand?.(current)) : void 0;
    replaced.set(node, expanded ?? current);
  }
  return outputs.map((output) => replaced.get(output));
}

// src/compile/uniform.ts
var noLeaves = {
  step: 0,
  leaf(kind, name) {
    throw new InternalError("not-constant", `${kind} "${name}" is not a constant; please report this`);
  }
};
function uniformOf(node) {
  const source = node.operation === rows.broadcastTo ? node.inputs[0] : node;
  return source.operation === rows.constant && source.shape.length === 0 ? valuesAttribute(source, "values")[0] : void 0;
}
function uniform(value, shape) {
  return broadcastTo(scalar(value), shape);
}
function uniformConstant(node) {
  const values = valuesAttribute(node, "values");
  if (node.shape.length === 0 || !values.every((value) => Object.is(value, values[0]))) return void 0;
  return uniform(values[0], node.shape);
}
function foldUniform(node) {
  if (node.operation === rows.constant) return uniformConstant(node);
  const values = [];
  for (const input of node.inputs) {
    const value = uniformOf(input);
    if (value === void 0) return void 0;
    values.push(value);
  }
  const folded = uniformValue(node, values);
  const isFolded = node.operation.lowering.kind === "view" && uniformOf(node) !== void 0;
  return folded === void 0 || isFolded ? void 0 : uniform(folded, node.shape);
}
function uniformValue(node, values) {
  const { lowering } = node.operation;
  switch (lowering.kind) {
    case "view":
      return values[0];
    case "elementwise": {
      const inputs = values.map((value) => ({ shape: [], values: Float64Array.of(value) }));
      return node.operation.reference({ ...node, shape: [] }, inputs, noLeaves)[0];
    }
    case "reduce":
      return lowering.countsRepeats ? values[0] * (sizeOf(node.inputs[0].shape) / sizeOf(node.shape)) : values[0];
    case "concat":
      return values.every((value) => Object.is(value, values[0])) ? values[0] : void 0;
    default:
      return void 0;
  }
}

// src/compile/fold-arithmetic.ts
var only = (operation, rule) => (node) => node.inputs[0].operation === operation ? rule(node, node.inputs[0]) : void 0;
var addRules = [
  ({ inputs: [a, b], shape }) => {
    if (uniformOf(b) === 0) return broadcastTo(a, shape);
    return uniformOf(a) === 0 ? broadcastTo(b, shape) : void 0;
  },
  ({ inputs: [a, b] }, simplify2) => a === b ? simplify2(mul(2, a)) : void 0,
  ({ inputs: [a, b] }, simplify2) => {
    if (b.operation === rows.neg) return simplify2(sub(a, b.inputs[0]));
    return a.operation === rows.neg ? simplify2(sub(b, a.inputs[0])) : void 0;
  },
  addSparse
];
var subRules = [
  ({ inputs: [a, b], shape }, simplify2) => {
    if (uniformOf(b) === 0) return broadcastTo(a, shape);
    return uniformOf(a) === 0 ? broadcastTo(simplify2(neg(b)), shape) : void 0;
  },
  ({ inputs: [a, b] }, simplify2) => b.operation === rows.neg ? simplify2(add(a, b.inputs[0])) : void 0
];
var mulRules = [
  timesNumber,
  ({ inputs: [a, b] }) => a.operation === rows.neg && b.operation === rows.neg ? mul(a.inputs[0], b.inputs[0]) : void 0
];
var divRules = [
  ({ inputs: [a, b], shape }, simplify2) => {
    const divisor = uniformOf(b);
    if (uniformOf(a) === 0) return uniform(0, shape);
    return divisor === void 0 || divisor === 0 ? void 0 : simplify2(mul(a, 1 / divisor));
  }
];
var negRules = [
  only(rows.neg, (_, inner) => inner.inputs[0]),
  only(rows.sub, (_, inner) => sub(inner.inputs[1], inner.inputs[0])),
  (node, simplify2) => {
    const [factor, rest] = splitFactor(node.inputs[0]);
    return factor === 1 ? void 0 : simplify2(mul(-factor, rest));
  },
  (node, simplify2) => throughSparse(node.inputs[0], (piece) => simplify2(neg(piece)))
];
function splitFactor(node) {
  if (node.operation !== rows.mul) return [1, node];
  const [a, b] = node.inputs;
  if (uniformOf(a) !== void 0 && sameShape(b.shape, node.shape)) return [uniformOf(a), b];
  if (uniformOf(b) !== void 0 && sameShape(a.shape, node.shape)) return [uniformOf(b), a];
  return [1, node];
}
function timesNumber({ inputs: [a, b], shape }, simplify2) {
  const number = uniformOf(a) ?? uniformOf(b);
  if (number === void 0) return void 0;
  const other = uniformOf(a) === void 0 ? a : b;
  if (number === 0) return uniform(0, shape);
  if (number === 1) return broadcastTo(other, shape);
  if (number === -1) return broadcastTo(simplify2(neg(other)), shape);
  const negative = other.operation === rows.neg;
  const [factor, rest] = negative ? [-1, other.inputs[0]] : splitFactor(other);
  if (factor !== 1) return broadcastTo(simplify2(mul(number * factor, rest)), shape);
  return throughSparse(other, (piece) => simplify2(mul(number, piece)));
}
var isZero = (node) => uniformOf(node) === 0;
function throughSparse(node, fn) {
  if (node.operation !== rows.concat || !node.inputs.some(isZero)) return void 0;
  return concat(
    node.inputs.map((piece) => isZero(piece) ? piece : fn(piece)),
    numberAttribute(node, "axis")
  );
}
function boundaries(node, axis) {
  let end = 0;
  return [0, ...node.inputs.map((piece) => end += piece.shape[axis])];
}
function addSparse(node, simplify2) {
  const [a, b] = node.inputs;
  if (a.operation !== rows.concat || b.operation !== rows.concat || !sameShape(a.shape, b.shape)) return void 0;
  const axis = numberAttribute(a, "axis");
  if (axis !== numberAttribute(b, "axis") || !(a.inputs.some(isZero) || b.inputs.some(isZero))) return void 0;
  const cuts = [.../* @__PURE__ */ new Set([...boundaries(a, axis), ...boundaries(b, axis)])].sort((x, y) => x - y);
  const pieces = cuts.slice(1).map((stop, i) => {
    const [left, right] = [a, b].map((source) => simplify2(slice(source, axis, cuts[i], stop)));
    return simplify2(add(left, right));
  });
  return simplify2(concat(pieces, axis));
}
function beforeBroadcast(node, simplify2) {
  const sources = node.inputs.map((input) => input.operation === rows.broadcastTo ? input.inputs[0] : input);
  if (sources.every((source, i) => source === node.inputs[i])) return void 0;
  const inner = simplify2(apply(node.operation, sources, node.attributes));
  return broadcastTo(inner, node.shape);
}
var specificRules = /* @__PURE__ */ new Map([
  [rows.add, addRules],
  [rows.sub, subRules],
  [rows.mul, mulRules],
  [rows.div, divRules],
  [rows.neg, negRules],
  [
    rows.select,
    [
      ({ inputs: [condition, a, b], shape }) => {
        const value = uniformOf(condition);
        return value === void 0 || Number.isNaN(value) ? void 0 : broadcastTo(value === 0 ? b : a, shape);
      }
    ]
  ]
]);
var elementwise = [...operations.values()].filter(({ lowering }) => lowering.kind === "elementwise");
var arithmeticRules = [
  ...elementwise.map((operation) => [operation, [...specificRules.get(operation) ?? [], beforeBroadcast]]),
  [rows.stopGradient, [({ inputs: [x] }) => x]],
  [rows.matmul, [({ inputs, shape }) => inputs.some(isZero) ? uniform(0, shape) : void 0]]
];

// src/compile/fold-layout.ts
function padded(source, rank) {
  return [...new Array(rank - source.shape.length).fill(1), ...source.shape];
}
var withExtent = (shape, axis, extent) => shape.map((unchanged, i) => i === axis ? extent : unchanged);
function sliceOfSlice(node, simplify2) {
  const [inner] = node.inputs;
  const axis = numberAttribute(node, "axis");
  if (inner.operation !== rows.slice || numberAttribute(inner, "axis") !== axis) return void 0;
  const start = numberAttribute(inner, "start");
  const [from, to] = [start + numberAttribute(node, "start"), start + numberAttribute(node, "stop")];
  return simplify2(slice(inner.inputs[0], axis, from, to));
}
function sliceOfConcat(node, simplify2) {
  const [inner] = node.inputs;
  const axis = numberAttribute(node, "axis");
  if (inner.operation !== rows.concat || numberAttribute(inner, "axis") !== axis) return void 0;
  let begin = 0;
  for (const piece of inner.inputs) {
    const end = begin + piece.shape[axis];
    const [start, stop] = [numberAttribute(node, "start"), numberAttribute(node, "stop")];
    if (start >= begin && stop <= end) return simplify2(slice(piece, axis, start - begin, stop - begin));
    begin = end;
  }
  return void 0;
}
function sliceOfBroadcast(node, simplify2) {
  const [inner] = node.inputs;
  if (inner.operation !== rows.broadcastTo) return void 0;
  const axis = numberAttribute(node, "axis");
  const [source] = inner.inputs;
  if (padded(source, inner.shape.length)[axis] !== 1) return void 0;
  return simplify2(broadcastTo(source, node.shape));
}
function flatten(node, simplify2) {
  const axis = numberAttribute(node, "axis");
  const isNested = (piece) => piece.operation === rows.concat && numberAttribute(piece, "axis") === axis;
  const pieces = node.inputs.flatMap((piece) => isNested(piece) ? piece.inputs : [piece]);
  const joined2 = [];
  for (const piece of pieces) {
    const last = joined2.at(-1);
    const both = last === void 0 ? void 0 : join(last, piece, axis);
    if (both === void 0) joined2.push(piece);
    else joined2[joined2.length - 1] = simplify2(both);
  }
  return joined2.length === node.inputs.length && !node.inputs.some(isNested) ? void 0 : concat(joined2, axis);
}
function join(left, right, axis) {
  const value = uniformOf(left);
  if (value !== void 0 && Object.is(value, uniformOf(right))) {
    return uniform(value, withExtent(left.shape, axis, left.shape[axis] + right.shape[axis]));
  }
  const adjoin = left.operation === rows.slice && right.operation === rows.slice && left.inputs[0] === right.inputs[0] && numberAttribute(left, "axis") === axis && numberAttribute(right, "axis") === axis && numberAttribute(left, "stop") === numberAttribute(right, "start");
  if (!adjoin) return void 0;
  return slice(left.inputs[0], axis, numberAttribute(left, "start"), numberAttribute(right, "stop"));
}
var layoutRules = [
  [
    rows.reshape,
    [({ inputs: [x], shape }) => x.operation === rows.reshape ? reshape(x.inputs[0], shape) : void 0]
  ],
  [
    rows.broadcastTo,
    [
      ({ inputs: [x], shape }) => x.operation === rows.broadcastTo ? broadcastTo(x.inputs[0], shape) : void 0,
      ({ inputs: [x], shape }, simplify2) => uniformOf(x) === void 0 && sizeOf(x.shape) === sizeOf(shape) ? simplify2(reshape(x, shape)) : void 0
    ]
  ],
  [
    rows.permute,
    [
      (node) => {
        const [inner] = node.inputs;
        if (inner.operation !== rows.permute) return void 0;
        const axes = listAttribute(inner, "axes");
        return permute(
          inner.inputs[0],
          listAttribute(node, "axes").map((axis) => axes[axis])
        );
      }
    ]
  ],
  [rows.slice, [sliceOfSlice, sliceOfConcat, sliceOfBroadcast]],
  [rows.concat, [flatten]]
];

// src/compile/fold-reduction.ts
var reduceLike = ({ operation }, x, axes) => apply(operation, [x], { axes, keep: false });
function withoutKeepDims(node, simplify2) {
  if (!flagAttribute(node, "keep")) return void 0;
  return simplify2(reshape(simplify2(reduceLike(node, node.inputs[0], listAttribute(node, "axes"))), node.shape));
}
function withoutSingleAxes(node, simplify2) {
  const [x] = node.inputs;
  const axes = listAttribute(node, "axes");
  const real = axes.filter((axis) => x.shape[axis] !== 1);
  if (real.length === axes.length) return void 0;
  const inner = real.length === 0 ? x : simplify2(reduceLike(node, x, real));
  return simplify2(reshape(inner, node.shape));
}
function ofBroadcast(node, simplify2) {
  const [x] = node.inputs;
  if (x.operation !== rows.broadcastTo) return void 0;
  const [source] = x.inputs;
  const missing2 = x.shape.length - source.shape.length;
  const axes = listAttribute(node, "axes");
  const repeated = axes.filter((axis) => x.shape[axis] > 1 && (axis < missing2 || source.shape[axis - missing2] === 1));
  if (repeated.length === 0) return void 0;
  const narrow = x.shape.map((extent, axis) => repeated.includes(axis) ? 1 : extent);
  const inner = simplify2(reduceLike(node, simplify2(broadcastTo(source, narrow)), axes));
  return node.operation === rows.max ? inner : simplify2(mul(inner, sizeOf(x.shape) / sizeOf(narrow)));
}
function ofNegative(node, simplify2) {
  const [x] = node.inputs;
  return x.operation === rows.neg ? simplify2(neg(simplify2(sum(x.inputs[0], listAttribute(node, "axes"))))) : void 0;
}
var shared = [withoutKeepDims, withoutSingleAxes, ofBroadcast];
var reductionRules = [
  [rows.sum, [...shared, ofNegative]],
  [rows.max, shared]
];

// src/compile/fold.ts
var RULES = new Map([...arithmeticRules, ...layoutRules, ...reductionRules]);
function simplify(node) {
  const uniform2 = foldUniform(node);
  if (uniform2 !== void 0) return uniform2;
  for (const rule of RULES.get(node.operation) ?? []) {
    const simpler = rule(node, simplify);
    if (simpler !== void 0) return simpler;
  }
  return node;
}
function fold(outputs) {
  const replaced = /* @__PURE__ */ new Map();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input.id));
    const current = inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
    const scope = node.label.slice(0, Math.max(0, node.label.lastIndexOf("/")));
    replaced.set(
      node.id,
      withAbsoluteScope(scope, () => simplify(current))
    );
  }
  return outputs.map((output) => replaced.get(output.id));
}

// src/compile/space.ts
function spaceOf(shape) {
  return shape.filter((extent) => extent !== 1);
}
function refine(a, b) {
  const dims = [];
  let [i, j] = [a.length - 1, b.length - 1];
  let [restA, restB] = [a[i] ?? 1, b[j] ?? 1];
  while (i >= 0 && j >= 0) {
    const dim = Math.min(restA, restB);
    if (restA % dim !== 0 || restB % dim !== 0) return void 0;
    dims.push(dim);
    restA /= dim;
    restB /= dim;
    if (restA === 1) restA = a[--i] ?? 1;
    if (restB === 1) restB = b[--j] ?? 1;
  }
  return i < 0 && j < 0 ? dims.reverse() : void 0;
}
function splitStrides(shape, strides, dims) {
  const result = new Array(dims.length);
  let axis = dims.length - 1;
  for (let source = shape.length - 1; source >= 0; source--) {
    for (let inside = 1; inside < shape[source]; axis--) {
      result[axis] = strides[source] * inside;
      inside *= dims[axis];
    }
  }
  return result;
}

// src/compile/value.ts
var SLAB = {
  parameters: 0,
  gradients: 1,
  moments: 2,
  data: 3,
  controls: 4,
  activations: 5,
  block: 6
};
function computes(value, name) {
  return value?.instruction?.name === name;
}
function isView(reading2) {
  return "value" in reading2;
}
function sourcesOf(value) {
  return value.readings.filter(isView).map((view) => view.value);
}
function identitySource(reading2) {
  return isView(reading2) && isIdentity(reading2.shape, reading2.access, reading2.value.size) ? reading2.value : void 0;
}
function wholeView(value) {
  return { value, shape: value.shape, access: { offset: 0, strides: contiguousStrides(value.shape) } };
}
function locate(placement, shape, access) {
  const { block, pitch } = placement;
  if (block === pitch) return { offset: placement.offset + access.offset, strides: access.strides };
  let last = access.offset % block;
  const strides = access.strides.map((stride, axis) => {
    if (shape[axis] === 1 || stride === 0) return 0;
    if (stride % block === 0) return stride / block * pitch;
    last += stride * (shape[axis] - 1);
    return stride;
  });
  if (last >= block) return void 0;
  const offset = placement.offset + Math.floor(access.offset / block) * pitch + access.offset % block;
  return { offset, strides };
}
function orderValues(roots) {
  const order = [];
  const seen = /* @__PURE__ */ new Set();
  const stack = [];
  const enter = (value) => {
    if (seen.has(value)) return;
    seen.add(value);
    stack.push({ value, sources: sourcesOf(value), next: 0 });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.sources.length) {
        enter(top.sources[top.next++]);
      } else {
        order.push(top.value);
        stack.pop();
      }
    }
  }
  return order;
}
function readersOf(values) {
  const readers = new Map(values.map((value) => [value, []]));
  for (const value of values) for (const source of sourcesOf(value)) readers.get(source).push(value);
  return readers;
}

// src/compile/group.ts
var MAX_OPERANDS = 16;
var MAX_INPUTS = 12;
function viewKeys() {
  const numbers = /* @__PURE__ */ new Map();
  return (value, offset, strides) => {
    let number = numbers.get(value);
    if (number === void 0) numbers.set(value, number = numbers.size);
    return `${number}|${offset}|${strides.join()}`;
  };
}
function outsideSources(members) {
  const inside = new Set(members);
  const sources = /* @__PURE__ */ new Set();
  for (const member of members) {
    for (const reading2 of member.readings) {
      if (isView(reading2) && !inside.has(reading2.value)) sources.add(reading2.value);
    }
  }
  return sources;
}

// src/compile/absorb.ts
function absorbIntoReductions(values, readers) {
  const result = /* @__PURE__ */ new Map();
  const order = new Map(values.map((value, position) => [value, position]));
  for (const reduction of values) {
    if (reduction.kind !== "reduce") continue;
    const members = [];
    const inside = /* @__PURE__ */ new Set([reduction]);
    const [operand2] = reduction.readings;
    let space = isView(operand2) ? spaceOf(operand2.shape) : [];
    const waiting = [identitySource(operand2)];
    while (waiting.length > 0) {
      const value = waiting.pop();
      if (value === void 0 || inside.has(value) || !canAbsorb(value, inside, readers)) continue;
      const refined = refine(space, spaceOf(value.shape));
      if (refined === void 0 || outsideSources([...members, value]).size > MAX_INPUTS) continue;
      space = refined;
      members.push(value);
      inside.add(value);
      waiting.push(...value.readings.map(identitySource));
    }
    members.sort((a, b) => order.get(a) - order.get(b));
    result.set(reduction, { members, space });
  }
  return result;
}
function canAbsorb(value, inside, readers) {
  if (value.kind !== "elementwise" || value.pinned || value.placement !== void 0) return false;
  return readers.get(value).every(
    (reader) => inside.has(reader) && reader.readings.every(
      (reading2) => !isView(reading2) || reading2.value !== value || identitySource(reading2) === value
    )
  );
}

// src/compile/dependencies.ts
function dependencies(capacity) {
  const words = Math.ceil(capacity / 32);
  const needs = [];
  const has = (set, group) => (set[group >>> 5] >>> (group & 31) & 1) === 1;
  const insert2 = (set, group) => void (set[group >>> 5] |= 1 << (group & 31));
  const remove = (set, group) => void (set[group >>> 5] &= ~(1 << (group & 31)));
  const unite = (set, other) => {
    for (let word = 0; word < words; word++) set[word] |= other[word];
  };
  const isBetween = (first, second) => {
    for (let middle = 0; middle < needs.length; middle++) {
      if (middle !== first && middle !== second && has(needs[second], middle) && has(needs[middle], first)) return true;
    }
    return false;
  };
  const passOn = (group) => {
    for (const set of needs) if (has(set, group)) unite(set, needs[group]);
  };
  return {
    create(direct) {
      const set = new Uint32Array(words);
      for (const other of direct) {
        unite(set, needs[other]);
        insert2(set, other);
      }
      return needs.push(set) - 1;
    },
    canAdd: (group, direct) => direct.every((other) => other === group || !has(needs[other], group)),
    add(group, direct) {
      let grows = false;
      for (const other of direct) {
        if (other === group || has(needs[group], other)) continue;
        unite(needs[group], needs[other]);
        insert2(needs[group], other);
        grows = true;
      }
      if (grows) passOn(group);
    },
    canMerge: (a, b) => !isBetween(a, b) && !isBetween(b, a),
    merge(a, b) {
      unite(needs[a], needs[b]);
      for (const set of needs) {
        if (!has(set, b)) continue;
        remove(set, b);
        insert2(set, a);
      }
      remove(needs[a], a);
      passOn(a);
      needs[b].fill(0);
    }
  };
}

// src/compile/matrix.ts
function matrixForm(shape, access) {
  const [rows2, columns] = shape.slice(-2);
  const [rowStride, columnStride] = access.strides.slice(-2);
  if (columns === 1 || columnStride === 1) {
    const leading = rows2 === 1 ? columns : rowStride;
    if (leading >= columns) return { transposed: false, leading };
  }
  if (rows2 === 1 || rowStride === 1) {
    const leading = columns === 1 ? rows2 : columnStride;
    if (leading >= rows2) return { transposed: true, leading };
  }
  return void 0;
}

// src/compile/epilogue.ts
var LEAKY_RELU = { name: "leakyRelu", code: 1, slopeCode: 3, canSumRows: true };
var TANH = { name: "tanh", code: 2, slopeCode: 4, canSumRows: false };
function activationOf(value) {
  return [LEAKY_RELU, TANH].find(({ name }) => computes(value, name));
}
function onlyReader(value, readers) {
  const all = readers.get(value);
  return all.length === 1 && !value.pinned && value.placement === void 0 ? all[0] : void 0;
}
function biasOf(sum2, product) {
  if (!computes(sum2, "add") || !sameShape(sum2.shape, product.shape)) return void 0;
  const addends = sum2.readings.filter((reading2) => identitySource(reading2) !== product);
  return addends.length === 1 && isBias(addends[0]) ? addends[0] : void 0;
}
function isBias(reading2) {
  if (!isView(reading2)) return false;
  const { placement } = reading2.value;
  if (placement !== void 0 && placement.block !== placement.pitch) return false;
  const [rows2, columns] = reading2.shape.slice(-2);
  const [rowStride, columnStride] = reading2.access.strides.slice(-2);
  return (columns === 1 || columnStride === 0) && (rows2 === 1 || rowStride === 1);
}
function canWrite(product, last) {
  if (last.placement === void 0) return true;
  const written = locate(last.placement, product.shape, contiguous(product.shape));
  return written !== void 0 && matrixForm(product.shape, written)?.transposed === false;
}
function slopeOf(multiplied, product) {
  if (!computes(multiplied, "mul") || !sameShape(multiplied.shape, product.shape)) return void 0;
  const factors = multiplied.readings.filter((reading2) => identitySource(reading2) !== product);
  const factor = factors.length === 1 ? identitySource(factors[0]) : void 0;
  if (factor === void 0 || !sameShape(factor.shape, product.shape)) return void 0;
  const members = computes(factor, "leakyStep") ? [factor] : tanhSlope(factor);
  if (members === void 0) return void 0;
  const [saved] = members[0].readings;
  if (!isMatrix(saved) || !sameShape(members[0].shape, product.shape)) return void 0;
  const { slopeCode } = members.length === 1 ? LEAKY_RELU : TANH;
  return { code: slopeCode, immediates: members[0].instruction.immediates, saved, members };
}
function tanhSlope(factor) {
  if (!computes(factor, "sub")) return void 0;
  const [one, squared] = factor.readings;
  const square = identitySource(squared);
  return !isView(one) && one.uniform === 1 && computes(square, "square") ? [square, factor] : void 0;
}
function slopeIn(members) {
  return slopeOf(members[members.length - 1], members[0]);
}
function isPrivate({ members }, multiplied, readers) {
  return members.every((member, i) => onlyReader(member, readers) === (members[i + 1] ?? multiplied));
}
function isMatrix(reading2) {
  if (!isView(reading2)) return false;
  const { placement } = reading2.value;
  const access = placement ? locate(placement, reading2.shape, reading2.access) : reading2.access;
  return access !== void 0 && matrixForm(reading2.shape, access)?.transposed === false;
}
function sumsRows(reduction, matrix2) {
  const [operand2] = reduction.readings;
  const isSum = reduction.node?.operation === rows.sum;
  if (!isSum || !isView(operand2) || identitySource(operand2) !== matrix2) return false;
  const axes = listAttribute(reduction.node, "axes");
  const { placement } = reduction;
  const isDense3 = placement === void 0 || placement.block === placement.pitch;
  const isLastAxis = axes.length === 1 && axes[0] === operand2.shape.length - 1;
  return isDense3 && isLastAxis && operand2.shape.at(-1) === matrix2.shape.at(-1);
}
function matmulEpilogues(values, readers) {
  const productOf2 = /* @__PURE__ */ new Map();
  const slopes = /* @__PURE__ */ new Map();
  for (const product of values) {
    if (product.kind !== "matmul") continue;
    let last = product;
    const take = (next) => {
      productOf2.set(next, product);
      last = next;
    };
    const first = onlyReader(product, readers);
    if (first === void 0) continue;
    const slope = slopeOf(first, product);
    if (slope !== void 0 && isPrivate(slope, first, readers) && canWrite(product, first)) {
      take(first);
      slopes.set(first, slope);
      continue;
    }
    if (biasOf(first, product) !== void 0 && canWrite(product, first)) take(first);
    const activation = onlyReader(last, readers);
    if (activation === void 0 || activationOf(activation) === void 0) continue;
    if (identitySource(activation.readings[0]) === last && canWrite(product, activation)) take(activation);
  }
  return { productOf: productOf2, slopes };
}

// src/compile/fuse.ts
var SIBLINGS_TRIED = 4;
function fuse(roots, local) {
  const values = orderValues(roots);
  const readers = readersOf(values);
  const absorbed = absorbIntoReductions(values, readers);
  const inReduction = new Set([...absorbed.values()].flatMap(({ members }) => members));
  const { productOf: epilogueOf, slopes } = matmulEpilogues(values, readers);
  const inEpilogue = new Set([...slopes.values()].flatMap(({ members }) => members));
  const order = new Map(values.map((value, position) => [value, position]));
  const needs = dependencies(values.length);
  const groups = /* @__PURE__ */ new Set();
  const groupOf = /* @__PURE__ */ new Map();
  const readBy = /* @__PURE__ */ new Map();
  function isDeferred(value) {
    if (!local.has(value) || inReduction.has(value) || inEpilogue.has(value) || groupOf.has(value)) return false;
    const [reader] = readers.get(value);
    const isOfMap = !inReduction.has(reader) && !epilogueOf.has(reader) && !inEpilogue.has(reader);
    return reader.kind === "elementwise" && isOfMap;
  }
  function writers(value, numbers = /* @__PURE__ */ new Set()) {
    for (const source of sourcesOf(value)) {
      const group = groupOf.get(source);
      if (group !== void 0) numbers.add(group.number);
      else writers(source, numbers);
    }
    return numbers;
  }
  function reachesInto(value, group) {
    return value.readings.some((reading2) => {
      if (!isView(reading2)) return false;
      const source = reading2.value;
      if (groupOf.get(source) === group) return identitySource(reading2) === void 0;
      return source.kind === "concat" && writers(source).has(group.number);
    });
  }
  function open(kind, members, space) {
    const numbers = /* @__PURE__ */ new Set();
    for (const member of members) writers(member, numbers);
    const group = { kind, members, space, number: needs.create([...numbers]) };
    groups.add(group);
    for (const member of members) enter(member, group);
  }
  function enter(value, group) {
    groupOf.set(value, group);
    if (group.kind !== "map") return;
    for (const source of sourcesOf(value)) {
      const readingGroups = readBy.get(source) ?? [];
      if (readingGroups.at(-1) !== group) readingGroups.push(group);
      readBy.set(source, readingGroups);
    }
  }
  function unitOf(value) {
    const members = [value];
    let space = spaceOf(value.shape);
    for (let i = 0; i < members.length; i++) {
      for (const source of sourcesOf(members[i])) {
        if (!isDeferred(source) || members.includes(source)) continue;
        const refined = refine(space, spaceOf(source.shape));
        if (refined === void 0) {
          enterMap(source);
          continue;
        }
        members.push(source);
        space = refined;
      }
    }
    members.sort((a, b) => order.get(a) - order.get(b));
    return { members, space };
  }
  function candidates({ members }) {
    const producers = /* @__PURE__ */ new Set();
    const siblings = /* @__PURE__ */ new Set();
    for (const reading2 of members.flatMap((member) => member.readings)) {
      if (!isView(reading2)) continue;
      const source = identitySource(reading2);
      const producer = source && groupOf.get(source);
      if (producer?.kind === "map") producers.add(producer);
      for (const sibling of readBy.get(reading2.value)?.slice(-SIBLINGS_TRIED) ?? []) {
        if (groups.has(sibling)) siblings.add(sibling);
      }
    }
    return {
      producers: [...producers].sort((a, b) => b.number - a.number),
      siblings: [...siblings].filter((group) => !producers.has(group)).reverse()
    };
  }
  function join3(unit, group) {
    const space = refine(group.space, unit.space);
    if (space === void 0 || unit.members.some((member) => reachesInto(member, group))) return false;
    const direct = /* @__PURE__ */ new Set();
    for (const member of unit.members) writers(member, direct);
    if (!needs.canAdd(group.number, [...direct])) return false;
    if (outsideSources([...group.members, ...unit.members]).size > MAX_INPUTS) return false;
    needs.add(group.number, [...direct]);
    group.members.push(...unit.members);
    group.space = space;
    for (const member of unit.members) enter(member, group);
    return true;
  }
  function merge(group, other) {
    const space = refine(group.space, other.space);
    if (space === void 0) return;
    const members = [...group.members, ...other.members].sort((a, b) => order.get(a) - order.get(b));
    if (outsideSources(members).size > MAX_INPUTS || !needs.canMerge(group.number, other.number)) return;
    if (members.some((member) => reachesInto(member, group) || reachesInto(member, other))) return;
    needs.merge(group.number, other.number);
    group.members = members;
    group.space = space;
    groups.delete(other);
    for (const member of other.members) enter(member, group);
  }
  function enterMap(value) {
    const unit = unitOf(value);
    const { producers, siblings } = candidates(unit);
    const joined2 = [...producers, ...siblings].find((group) => join3(unit, group));
    if (joined2 === void 0) open("map", unit.members, unit.space);
    else for (const other of producers) if (other !== joined2) merge(joined2, other);
  }
  function enterEpilogue(value) {
    const product = epilogueOf.get(value);
    const group = product && groupOf.get(product);
    const slope = slopes.get(value)?.members ?? [];
    const direct = [...writers(value)];
    const after = group !== void 0 && sourcesOf(value).includes(group.members[group.members.length - 1]);
    if (!after || !needs.canAdd(group.number, direct)) {
      for (const member of slope) {
        inEpilogue.delete(member);
        enterMap(member);
      }
      return false;
    }
    needs.add(group.number, direct);
    for (const member of [...slope, value]) {
      group.members.push(member);
      enter(member, group);
    }
    return true;
  }
  function enterRowSums(reduction) {
    const matrix2 = identitySource(reduction.readings[0]);
    const group = matrix2 && groupOf.get(matrix2);
    if (group?.kind !== "matmul" || group.rowSums !== void 0) return false;
    const isLast = matrix2 === group.members[group.members.length - 1];
    if (!isLast || activationOf(matrix2)?.canSumRows === false || !sumsRows(reduction, matrix2)) return false;
    group.rowSums = reduction;
    enter(reduction, group);
    return true;
  }
  for (const value of values) {
    if (value.kind === "leaf" || value.kind === "concat" || inReduction.has(value) || isDeferred(value)) continue;
    if (inEpilogue.has(value)) continue;
    if (value.kind === "reduce") {
      const { members, space } = absorbed.get(value);
      if (members.length > 0 || !enterRowSums(value)) open("reduce", [...members, value], space);
    } else if (value.kind !== "elementwise") {
      open(value.kind, [value], []);
    } else if (!groupOf.has(value) && !enterEpilogue(value)) {
      enterMap(value);
    }
  }
  return [...groups];
}

// src/compile/program-cache.ts
var ProgramCache = class {
  #maxBytes;
  /** Programs in order of their last use, the most recent last. */
  #programs = /* @__PURE__ */ new Map();
  #bytes = 0;
  /** @param maxBytes of all programs together */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }
  get bytes() {
    return this.#bytes;
  }
  /** Returns the program of an equal spec, or the result of `compile`, which it stores if it fits. */
  get(spec, compile2) {
    const key = keyOf(spec);
    const cached = this.#programs.get(key);
    if (cached) {
      this.#programs.delete(key);
      this.#programs.set(key, cached);
      return cached;
    }
    const compiled = compile2();
    const bytes = bytesOf2(compiled);
    if (bytes > this.#maxBytes) return compiled;
    this.#programs.set(key, compiled);
    this.#bytes += bytes;
    for (const [oldest, program] of this.#programs) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#programs.delete(oldest);
      this.#bytes -= bytesOf2(program);
    }
    return compiled;
  }
};
function bytesOf2({ plan, constants }) {
  return constants.reduce((sum2, { values }) => sum2 + values.byteLength, plan.byteLength);
}
function keyOf({ runs, memory, kernels, rates, entries }) {
  const roots = Object.values(entries).flatMap(({ outputs, guard = [], update }) => [
    ...Object.values(outputs),
    ...guard,
    ...(update?.parameters ?? []).flatMap(({ node, gradient }) => [node, gradient])
  ]);
  const hash = sha256();
  const places = /* @__PURE__ */ new Map();
  for (const node of topological(roots)) {
    places.set(node, places.size);
    const { operation, inputs, shape, label, attributes } = node;
    const named = Object.entries(attributes).map(([name, value]) => [name, attributeKey(value)]);
    hash.update(JSON.stringify([operation.name, inputs.map((input) => places.get(input)), shape, label, named]));
  }
  const place2 = (node) => places.get(node);
  const described = Object.entries(entries).map(([name, { tiles, outputs, guard, update }]) => ({
    ...{ name, tiles, outputs: Object.entries(outputs).map(([output, node]) => [output, place2(node)]) },
    guard: guard?.map(place2),
    update: update && {
      ...update,
      parameters: update.parameters.map(({ node, gradient, rate }) => [place2(node), place2(gradient), rate])
    }
  }));
  hash.update(JSON.stringify({ runs, memory, kernels: kernels && [...kernels].sort(), rates, entries: described }));
  return hash.digest("base64");
}
function digestOf({ buffer, byteOffset, byteLength }) {
  const hash = sha256();
  hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("base64");
}
function attributeKey(value) {
  if (value instanceof Float64Array) return digestOf(value);
  const numbers = typeof value === "number" ? [value] : value;
  if (!Array.isArray(numbers)) return `${typeof value} ${String(value)}`;
  return `${typeof value} ${numbers.map((one) => Object.is(one, -0) ? "-0" : String(one)).join()}`;
}

// src/compile/kernel.ts
function operandOf(memory, view, written = false) {
  const placement = memory.placeOf(view.value);
  const { offset, strides } = locate(placement, view.shape, view.access);
  const extent = extentOf(view.shape, { offset, strides });
  const { buffer } = placement;
  const perRun = memory.runs > 1 && view.shape[0] === memory.runs;
  const runStride = perRun ? strides[0] : buffer.runStride ?? 0;
  const tileStride = buffer.tileStride ?? 0;
  const type = view.value.node === void 0 ? "float32" : dataTypeOf(view.value.node);
  const operand2 = { buffer, offset, extent: elementsOf(type, extent), runStride, tileStride, written, type };
  return { operand: operand2, strides };
}

// src/graph/instructions.ts
var INSTRUCTIONS = [
  "const",
  "copy",
  "neg",
  "abs",
  "sign",
  "exp",
  "log",
  "log1p",
  "tanh",
  "sigmoid",
  "sqrt",
  "square",
  "reciprocal",
  "erf",
  "normalCdf",
  "normalQuantile",
  "softplus",
  "leakyRelu",
  "step",
  "leakyStep",
  "clamp",
  "inside",
  "add",
  "sub",
  "mul",
  "div",
  "max",
  "min",
  "greater",
  "select",
  "fma",
  "addImm",
  "mulImm",
  "floor"
];
var OPCODES = new Map(INSTRUCTIONS.map((name, opcode) => [name, opcode]));
function opcodeOf(name) {
  return OPCODES.get(name);
}

// src/compile/program.ts
var MAX_REGISTERS = 24;
function withNumber(name, number, isFirst) {
  switch (name) {
    case "add":
      return [["addImm", [number]]];
    case "mul":
      return [["mulImm", [number]]];
    case "sub":
      return isFirst ? [
        ["neg", []],
        ["addImm", [number]]
      ] : [["addImm", [-number]]];
    case "div":
      return isFirst ? [
        ["reciprocal", []],
        ["mulImm", [number]]
      ] : [["mulImm", [1 / number]]];
    default:
      return void 0;
  }
}
function elementwiseProgram(members, results, space, isStored) {
  const memberSet = new Set(members);
  const uses = /* @__PURE__ */ new Map();
  for (const reading2 of [...members.flatMap((member) => member.readings), ...results]) {
    if (isView(reading2)) uses.set(reading2.value, (uses.get(reading2.value) ?? 0) + 1);
  }
  const keyOf3 = viewKeys();
  const inputs = [];
  const steps = [];
  const known = /* @__PURE__ */ new Map();
  const computed = /* @__PURE__ */ new Map();
  let next = 0;
  function emit(name, sources, immediates = []) {
    const key = `${name}|${sources.join()}|${immediates.join()}`;
    let target = known.get(key);
    if (target === void 0) {
      target = next++;
      known.set(key, target);
      steps.push({ name, sources, immediates, target });
    }
    return target;
  }
  function input(view) {
    const key = keyOf3(view.value, view.access.offset, splitStrides(view.shape, view.access.strides, space));
    let register = known.get(key);
    if (register === void 0) {
      register = next++;
      known.set(key, register);
      inputs.push(view);
      loads.push(register);
    }
    return register;
  }
  function productIn(reading2) {
    const value = identitySource(reading2);
    if (!computes(value, "mul") || !memberSet.has(value)) return void 0;
    const single = uses.get(value) === 1 && !isStored(value) && value.readings.every(isView);
    return single ? value : void 0;
  }
  function read(reading2) {
    if (!isView(reading2)) return emit("const", [], [reading2.uniform]);
    const source = identitySource(reading2);
    return source !== void 0 && memberSet.has(source) ? compute(source) : input(reading2);
  }
  function compute(value) {
    let register = computed.get(value);
    if (register === void 0) computed.set(value, register = translate2(value));
    return register;
  }
  function translate2(value) {
    const { readings } = value;
    const { name, immediates } = value.instruction;
    if (name === "add") {
      const at = readings.findIndex((reading2) => productIn(reading2) !== void 0);
      if (at >= 0 && isView(readings[1 - at])) {
        const factors = productIn(readings[at]).readings.map(read);
        return emit("fma", [...factors, read(readings[1 - at])]);
      }
    }
    if (readings.length === 2) {
      const at = readings.findIndex((reading2) => !isView(reading2));
      const number = readings[at];
      const special = at >= 0 && !isView(number) ? withNumber(name, number.uniform, at === 0) : void 0;
      if (special !== void 0) {
        return special.reduce((source, call) => emit(call[0], [source], call[1]), read(readings[1 - at]));
      }
    }
    return emit(name, readings.map(read), immediates);
  }
  const loads = [];
  const outputs = results.map(read);
  return allocate({ inputs, loads, steps, outputs });
}
function allocate({ inputs, loads, steps, outputs }) {
  const lastUse = /* @__PURE__ */ new Map();
  steps.forEach(({ sources }, position) => {
    for (const source of sources) lastUse.set(source, position);
  });
  for (const register of outputs) lastUse.set(register, steps.length);
  const real = new Map(loads.map((register, i) => [register, i]));
  const free = [];
  let registers = loads.length;
  const code = [];
  const immediates = [];
  steps.forEach(({ name, sources, immediates: constants, target }, position) => {
    const places = sources.map((source) => real.get(source));
    for (const source of new Set(sources)) if (lastUse.get(source) === position) free.push(real.get(source));
    const place2 = free.pop() ?? registers++;
    real.set(target, place2);
    const [a = -1, b = -1, c = -1] = places;
    code.push(opcodeOf(name), place2, a, b, c, constants.length > 0 ? immediates.length : -1);
    immediates.push(...constants);
  });
  return { inputs, registers, code, immediates, results: outputs.map((register) => real.get(register)) };
}

// src/compile/lower-elementwise.ts
var MAX_DIMS = 6;
function strided(memory, view, space, written = false) {
  const { operand: operand2, strides } = operandOf(memory, view, written);
  return { operand: operand2, strides: splitStrides(view.shape, strides, space) };
}
function checkRank(rank, label) {
  if (rank <= MAX_DIMS) return;
  throw new InternalError(
    "too-many-dims",
    `[compile] "${label}" needs ${rank} separate axes, the maximum is ${MAX_DIMS}`
  );
}
var fits = (program, outputs) => program.registers <= MAX_REGISTERS && program.inputs.length + outputs <= MAX_OPERANDS;
function lowerMap(memory, { members, space }, needed) {
  const inside = new Set(members);
  const outputs = members.filter((member) => needed(member, inside));
  const program = elementwiseProgram(members, outputs.map(wholeView), space, (value) => outputs.includes(value));
  if (!fits(program, outputs.length) && members.length > 1) {
    const middle = members.length >> 1;
    return [members.slice(0, middle), members.slice(middle)].flatMap(
      (part) => lowerMap(memory, { kind: "map", members: part, space }, needed)
    );
  }
  const written = outputs.map((value) => strided(memory, wholeView(value), space, true));
  const read = program.inputs.map((view) => strided(memory, view, space));
  const label = outputs[outputs.length - 1].label;
  const all = [...written, ...read];
  const { dims, strides } = collapse(
    space,
    all.map((one) => one.strides)
  );
  checkRank(dims.length, label);
  return [
    {
      name: "map",
      label,
      operands: all.map((one) => one.operand),
      ints: [dims.length, ...dims, written.length, read.length, ...strides.flat(), ...encodeProgram(program)],
      floats: program.immediates,
      shareable: written.flatMap(
        (target) => read.filter((source) => sameWalk(target, source)).map((source) => [target.operand, source.operand])
      ),
      reads: program.inputs.map((view) => view.value),
      writes: outputs
    }
  ];
}
function encodeProgram({ registers, code, results }) {
  return [registers, code.length / 6, ...code, ...results];
}
var sameWalk = (a, b) => a.strides.every((stride, axis) => stride === b.strides[axis]);
function lowerReduce(memory, { members, space: grown }, needed) {
  const reduction = members[members.length - 1];
  const before = members.slice(0, -1);
  const [operand2] = reduction.readings;
  if (!isView(operand2)) throw new InternalError("no-operand", `[compile] "${reduction.label}" reduces a constant`);
  const space = before.length === 0 ? spaceOf(operand2.shape) : grown;
  const program = elementwiseProgram(before, [operand2], space, () => false);
  if (!fits(program, 1) && before.length > 0) {
    const stored = lowerMap(memory, { kind: "map", members: before, space }, needed);
    return [...stored, ...lowerReduce(memory, { kind: "reduce", members: [reduction], space }, needed)];
  }
  const node = reduction.node;
  const { lowering } = node.operation;
  const axes = new Set(listAttribute(node, "axes"));
  const written = operandOf(memory, wholeView(reduction), true);
  const read = program.inputs.map((view) => strided(memory, view, space));
  const isReduced = splitFlags(operand2, axes, space);
  const target = splitStrides(operand2.shape, resultStrides(operand2, axes, written.strides, reduction), space);
  const all = [{ operand: written.operand, strides: target }, ...read];
  const {
    dims,
    strides,
    axes: first
  } = collapse(
    space,
    all.map((one) => one.strides),
    (axis, previous) => isReduced[axis] !== isReduced[previous]
  );
  checkRank(dims.length, reduction.label);
  return [
    {
      name: "reduce",
      label: reduction.label,
      operands: all.map((one) => one.operand),
      ints: [
        ...[dims.length, ...dims, 1, read.length, ...strides.flat(), ...encodeProgram(program)],
        lowering.kind === "reduce" ? lowering.code : 0,
        ...first.map((axis) => isReduced[axis])
      ],
      floats: program.immediates,
      shareable: [],
      reads: program.inputs.map((view) => view.value),
      writes: [reduction]
    }
  ];
}
function splitFlags(operand2, axes, space) {
  const ones = operand2.shape.map((_, axis) => axes.has(axis) ? 1 : 0);
  return splitStrides(operand2.shape, ones, space).map((flag) => flag === 0 ? 0 : 1);
}
function resultStrides(operand2, axes, strides, reduction) {
  const isRetained = operand2.shape.map((_, axis) => !axes.has(axis));
  if (flagAttribute(reduction.node, "keep")) return isRetained.map((retained, axis) => retained ? strides[axis] : 0);
  let next = 0;
  return isRetained.map((retained) => retained ? strides[next++] : 0);
}

// src/compile/lower-matmul.ts
function matrix(memory, view, batchShape, written = false) {
  const { operand: operand2, strides } = operandOf(memory, view, written);
  const form = matrixForm(view.shape, { offset: 0, strides });
  if (form === void 0) {
    throw new InternalError(
      "no-unit-stride",
      `[compile] "${view.value.label}" has no form that matmul can read; please report this`
    );
  }
  const leadingShape = view.shape.slice(0, -2);
  return { ...form, operand: operand2, batch: broadcastStrides(leadingShape, batchShape, strides.slice(0, -2)) };
}
function activationIn(members) {
  for (const member of members) {
    const activation = activationOf(member);
    if (activation) return { code: activation.code, immediates: member.instruction?.immediates ?? [] };
  }
  return { code: 0, immediates: [] };
}
function lowerMatmul(memory, { members, rowSums: rowSums2 }) {
  const product = members[0];
  const last = members[members.length - 1];
  const [viewA, viewB] = product.readings.filter(isView);
  const batchShape = product.shape.slice(0, -2);
  const [m, n] = product.shape.slice(-2);
  const [transA, transB] = ["transA", "transB"].map((name) => flagAttribute(product.node, name));
  const k = viewA.shape[viewA.shape.length - (transA ? 2 : 1)];
  const written = { value: last, shape: product.shape, access: contiguous(product.shape) };
  const c = matrix(memory, written, batchShape, true);
  const [a, b] = [matrix(memory, viewA, batchShape), matrix(memory, viewB, batchShape)];
  const none = batchShape.map(() => 0);
  const biasView = members.length > 1 ? biasOf(members[1], product) : void 0;
  const bias = biasView && operandOf(memory, biasView);
  const slope = members.length > 1 ? slopeIn(members) : void 0;
  const saved = slope && matrix(memory, slope.saved, batchShape);
  const sums = rowSums2 && operandOf(memory, { value: rowSums2, ...rowsOf(product.shape) }, true);
  const {
    code,
    immediates: [constant2 = 0]
  } = slope ?? activationIn(members.slice(1));
  const batch = collapse(batchShape, [
    ...[c.batch, a.batch, b.batch, bias?.strides.slice(0, -2) ?? none],
    ...[saved?.batch ?? none, sums?.strides.slice(0, -2) ?? none]
  ]);
  const extras = [bias?.operand, saved?.operand, sums?.operand].filter((operand2) => operand2 !== void 0);
  const reads = [viewA, viewB, ...biasView ? [biasView] : [], ...slope ? [slope.saved] : []];
  return {
    name: "matmul",
    label: last.label,
    operands: [c.operand, a.operand, b.operand, ...extras],
    ints: [
      ...[m, n, k, Number(a.transposed !== transA), Number(b.transposed !== transB)],
      ...[c.leading, a.leading, b.leading],
      ...[code, Number(bias !== void 0), saved?.leading ?? 0, Number(sums !== void 0)],
      ...[batch.dims.length, ...batch.dims, ...batch.strides.flat()]
    ],
    floats: [constant2],
    shareable: [],
    reads: reads.map((view) => view.value),
    writes: rowSums2 ? [last, rowSums2] : [last]
  };
}
function rowsOf(matrixShape) {
  const shape = [...matrixShape.slice(0, -1), 1];
  return { shape, access: contiguous(shape) };
}

// src/compile/lower-opaque.ts
function lowerOpaque(memory, { members: [value] }) {
  const { node, label } = value;
  const lowering = node?.operation.lowering;
  if (node === void 0 || lowering?.kind !== "opaque") {
    throw new InternalError("no-kernel", `[compile] "${label}" has no dedicated kernel; please report this`);
  }
  const { ints, floats = [] } = lowering.record(node, memory.tiles);
  const inputs = value.readings.filter(isView);
  return {
    name: lowering.kernel,
    label,
    operands: [
      operandOf(memory, wholeView(value), true).operand,
      ...inputs.map((view) => operandOf(memory, view).operand)
    ],
    ints,
    floats,
    shareable: [],
    reads: inputs.map((view) => view.value),
    writes: [value]
  };
}

// src/compile/order.ts
function predecessors(kernels) {
  const writer = /* @__PURE__ */ new Map();
  kernels.forEach((kernel2, i) => {
    for (const value of kernel2.writes) writer.set(value, i);
  });
  return kernels.map((kernel2) => {
    const positions2 = /* @__PURE__ */ new Set();
    const visit = (value) => {
      const at = writer.get(value);
      if (at !== void 0) positions2.add(at);
      else if (value.kind === "concat") {
        for (const piece of value.readings) if ("value" in piece) visit(piece.value);
      }
    };
    kernel2.reads.forEach(visit);
    return [...positions2];
  });
}
function orderOf(kernels) {
  const words = Math.ceil(kernels.length / 32);
  const before = [];
  predecessors(kernels).forEach((direct) => {
    const all = new Uint32Array(words);
    for (const other of direct) {
      before[other].forEach((word, i) => all[i] |= word);
      all[other >>> 5] |= 1 << (other & 31);
    }
    before.push(all);
  });
  return { isBefore: (first, second) => (before[second][first >>> 5] >>> (first & 31) & 1) === 1 };
}

// src/compile/memory-plan.ts
var ALIGNMENT = 16;
var aligned = (size) => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
function livesOf(kernels) {
  const lives = /* @__PURE__ */ new Map();
  kernels.forEach((kernel2, position) => {
    for (const { buffer, written } of kernel2.operands) {
      if (buffer.offset !== void 0) continue;
      const empty = { size: aligned(buffer.size), start: position, end: position, touched: [], written: [] };
      const life = lives.get(buffer) ?? empty;
      lives.set(buffer, life);
      life.end = position;
      life.touched.push(position);
      if (written) life.written.push(position);
    }
  });
  return lives;
}
function shareMemory(kernels, lives, order) {
  kernels.forEach((kernel2, position) => {
    const reused = /* @__PURE__ */ new Set();
    for (const [written, read] of kernel2.shareable) {
      const [target, source] = [lives.get(written.buffer), lives.get(read.buffer)];
      if (target === void 0 || source === void 0 || target.over !== void 0 || reused.has(read.buffer))
        continue;
      const whole = written.offset === 0 && read.offset === 0 && written.buffer.size === read.buffer.size;
      const readOnce = kernel2.operands.filter(({ buffer }) => buffer === read.buffer).length === 1;
      if (!whole || !readOnce || target.start !== position || source.end !== position) continue;
      if (order && !source.touched.every((other) => other === position || order.isBefore(other, position))) continue;
      if (order && target.written.length > 1) continue;
      target.over = read.buffer;
      reused.add(read.buffer);
    }
  });
}
function ownerOf(buffer, lives) {
  let owner = buffer;
  for (let over = lives.get(owner).over; over !== void 0; over = lives.get(owner).over) owner = over;
  return owner;
}
function planMemory(kernels, use = "tight") {
  const lives = livesOf(kernels);
  const order = use === "parallel" ? orderOf(kernels) : void 0;
  shareMemory(kernels, lives, order);
  const owners = /* @__PURE__ */ new Map();
  for (const [buffer, life] of lives) {
    const owner = ownerOf(buffer, lives);
    const merged = owners.get(owner);
    if (merged === void 0) {
      const { size, start, end, touched, written } = life;
      owners.set(owner, { size, start, end, touched: [...touched], written: [...written] });
    } else {
      merged.start = Math.min(merged.start, life.start);
      merged.end = Math.max(merged.end, life.end);
      merged.touched.push(...life.touched);
      merged.written.push(...life.written);
    }
  }
  const placed = place(owners, order ? disjointInOrder(order) : disjointInTime);
  const offsets = /* @__PURE__ */ new Map();
  for (const buffer of lives.keys()) offsets.set(buffer, placed.offsets.get(ownerOf(buffer, lives)));
  return { offsets, size: placed.size, lowerBound: peakSize([...owners.values()], kernels.length) };
}
function peakSize(lives, end) {
  const change = new Float64Array(end + 2);
  for (const { start, end: last, size } of lives) {
    change[start] += size;
    change[last + 1] -= size;
  }
  let [live, peak] = [0, 0];
  for (const difference of change) peak = Math.max(peak, live += difference);
  return peak;
}
var disjointInTime = (one, other) => one.end < other.start || other.end < one.start;
function disjointInOrder(order) {
  const isBefore = (first, second) => first.end < second.start && second.written.every((writer) => first.touched.every((toucher) => order.isBefore(toucher, writer)));
  return (one, other) => isBefore(one, other) || isBefore(other, one);
}
function place(lives, isDisjoint) {
  const offsets = /* @__PURE__ */ new Map();
  const placed = [];
  let size = 0;
  const order = [...lives].sort(([, a], [, b]) => b.size - a.size || a.start - b.start);
  for (const [buffer, life] of order) {
    let [best, tightest] = [-1, Infinity];
    let end = 0;
    for (const other of placed) {
      if (isDisjoint(other.life, life)) continue;
      const gap = other.offset - end;
      if (gap >= life.size && gap < tightest) [best, tightest] = [end, gap];
      end = Math.max(end, other.offset + other.life.size);
    }
    const offset = best >= 0 ? best : end;
    offsets.set(buffer, offset);
    insert(placed, { offset, life });
    size = Math.max(size, offset + life.size);
  }
  return { offsets, size };
}
function insert(sorted, item) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = low + high >> 1;
    if (sorted[middle].offset <= item.offset) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, item);
}

// src/compile/products.ts
var SLOPE = 2;
function productOf(kernel2) {
  const { name, ints, operands } = kernel2;
  const rank = ints[12];
  if (name !== "matmul" || rank > 1) return [];
  const [m, n, k, transA, transB, ldc, lda, ldb, code, hasBias, ldSaved, hasSums] = ints;
  const strides = rank === 1 ? ints.slice(14) : [0, 0, 0, 0, 0, 0];
  let next = 3;
  const extra = (isThere, leading, stride) => isThere ? { operand: operands[next++], leading, group: strides[stride] } : void 0;
  return [
    {
      ...{ kernel: kernel2, m, n, k, code, transA: transA === 1, transB: transB === 1, groups: rank === 1 ? ints[13] : 1 },
      c: { operand: operands[0], leading: ldc, group: strides[0] },
      a: { operand: operands[1], leading: lda, group: strides[1] },
      b: { operand: operands[2], leading: ldb, group: strides[2] },
      bias: extra(hasBias === 1, 1, 3),
      saved: extra(code > SLOPE, ldSaved, 4),
      sums: extra(hasSums === 1, 1, 5)
    }
  ];
}
function perGroup(product, groups) {
  if (product.groups === groups) return product;
  const { m, transA, c, a, b, bias, sums } = product;
  if (product.groups !== 1 || transA || m % groups !== 0) return void 0;
  const rows2 = m / groups;
  const cut = (matrices) => ({ ...matrices, group: rows2 * matrices.leading });
  return {
    ...{ ...product, groups, m: rows2, c: cut(c), a: cut(a), b: { ...b, group: 0 } },
    ...{ bias: bias && cut(bias), sums: sums && cut(sums) }
  };
}
var samePlace = (a, b) => a.buffer === b.buffer && a.offset === b.offset;
function same(a, b, groups) {
  if (a === void 0 || b === void 0 || !samePlace(a.operand, b.operand)) return false;
  return a.leading === b.leading && (groups === 1 || a.group === b.group);
}
function rowSums({ name, ints, operands }, { operand: operand2, leading, group }, { groups, rows: rows2, batch }) {
  const [rank] = ints;
  const dims = ints.slice(1, 1 + rank);
  const [outputs, inputs] = ints.slice(1 + rank, 3 + rank);
  const isSum = name === "reduce" && outputs === 1 && inputs === 1 && samePlace(operands[1], operand2);
  if (!isSum || rank < 2 || rank > 3 || dims[rank - 1] !== batch) return void 0;
  const at = 3 + rank;
  const [target, source] = [ints.slice(at, at + rank), ints.slice(at + rank, at + 2 * rank)];
  const [instructions, result, kind] = [ints[at + 2 * rank + 1], ints[at + 2 * rank + 2], ints[at + 2 * rank + 3]];
  const reduced = ints.slice(at + 2 * rank + 4);
  const isPlain = instructions === 0 && result === 0 && kind === 0 && source[rank - 1] === 1;
  if (!isPlain || reduced.join() !== dims.map((_, axis) => Number(axis === rank - 1)).join()) return void 0;
  const sumsAt = (stride) => ({ operand: operands[0], leading: 1, group: stride });
  if (rank === 3) {
    const fits4 = dims[0] === groups && dims[1] === rows2 && source[0] === group && source[1] === leading;
    return fits4 && target[1] === 1 ? sumsAt(target[0]) : void 0;
  }
  const isOneMatrix = groups === 1 || group === rows2 * leading;
  const fits3 = dims[0] === groups * rows2 && isOneMatrix && source[0] === leading && target[0] === 1;
  return fits3 ? sumsAt(rows2) : void 0;
}

// src/compile/network-mixture.ts
function mixtureBehind(theta, users, touching) {
  const { matrices, groups, rows: rows2, batch, slopes } = theta;
  const value = users.find(({ name }) => name === "mixtureLogDensity");
  const gradient = users.find(({ name }) => name === "mixtureLogDensityGrad");
  const known = [value, gradient].filter((kernel2) => kernel2 !== void 0);
  const isWhole2 = matrices.leading === batch && (groups === 1 || matrices.group === rows2 * batch);
  const fits3 = ({ ints, operands }) => ints[0] === groups && 3 * ints[1] === rows2 && ints[2] === batch && samePlace(operands[2], matrices.operand);
  const isAll = known.length === users.length && gradient === void 0 === (slopes === void 0);
  if (known.length === 0 || !isAll || !isWhole2 || matrices.operand.buffer.offset !== void 0) return void 0;
  const [first] = known;
  if (!known.every((kernel2) => fits3(kernel2) && samePlace(kernel2.operands[1], first.operands[1]))) return void 0;
  const backward = gradient && slopes && gradientOf(gradient, theta, slopes, touching);
  if (gradient && !backward) return void 0;
  return {
    components: first.ints[1],
    floats: first.floats,
    z: rowOf(first.operands[1], batch),
    value,
    gradient: backward
  };
}
var rowOf = (operand2, batch) => ({ operand: operand2, leading: batch, group: batch });
function gradientOf(kernel2, { groups, rows: rows2, batch }, slopes, touching) {
  const [out, , , upstream] = kernel2.operands;
  const pitch = (1 + rows2) * batch;
  const isBehind = slopes.operand.buffer === out.buffer && slopes.operand.offset === out.offset + batch;
  const fits3 = isBehind && slopes.leading === batch && (groups === 1 || slopes.group === pitch);
  if (!fits3 || out.buffer.offset !== void 0 || out.offset !== 0) return void 0;
  const buffer = { ...out.buffer, size: groups * batch };
  const otherKernels = touching(out.buffer).filter((other) => other !== kernel2);
  const readers = /* @__PURE__ */ new Map();
  for (const other of otherKernels) {
    const moved = readingRows(other, { from: out.buffer, pitch, to: buffer, batch });
    if (moved === void 0) return void 0;
    readers.set(other, moved);
  }
  const operand2 = { ...out, buffer, extent: groups * batch, runStride: out.runStride / pitch * batch };
  return {
    kernel: kernel2,
    upstream: rowOf(upstream, batch),
    byZ: otherKernels.length > 0 ? rowOf(operand2, batch) : void 0,
    readers
  };
}
function readingRows(kernel2, { from, pitch, to, batch }) {
  const { name, ints, operands } = kernel2;
  if (name !== "map" && name !== "reduce") return void 0;
  const [rank] = ints;
  const dims = ints.slice(1, 1 + rank);
  const patched = [...ints];
  const moved = operands.map((operand2, i) => {
    if (operand2.buffer !== from) return operand2;
    const at = 3 + rank + i * rank;
    const strides = ints.slice(at, at + rank);
    const inRow = strides.map((stride) => stride % pitch === 0 ? 0 : stride);
    if (operand2.offset + extentOf(dims, { offset: 0, strides: inRow }) > batch) return void 0;
    const next = strides.map((stride) => stride % pitch === 0 ? stride / pitch * batch : stride);
    patched.splice(at, rank, ...next);
    const extent = extentOf(dims, { offset: 0, strides: next });
    return { ...operand2, buffer: to, extent, runStride: operand2.runStride / pitch * batch };
  });
  if (!moved.every((operand2) => operand2 !== void 0)) return void 0;
  const shareable = kernel2.shareable.filter((pair) => pair.every((operand2) => operand2.buffer !== from));
  return { ...kernel2, operands: moved, ints: patched, shareable };
}

// src/compile/decode.ts
var SLAB_NAMES = ["parameters", "gradients", "moments", "data", "controls", "activations", "block"];
function list(count, read) {
  const values = [];
  for (let i = 0; i < count; i++) values.push(read());
  return values;
}
function decodePlan(plan) {
  const view = new DataView(plan.buffer, plan.byteOffset, plan.byteLength);
  let at = 0;
  const take = (count) => {
    if (at + count > plan.length) throw new InputError("invalid-plan", `the plan ends at byte ${plan.length}`);
    at += count;
    return at - count;
  };
  const u32 = () => view.getUint32(take(4), true);
  const i64 = () => Number(view.getBigInt64(take(8), true));
  const f64 = () => view.getFloat64(take(8), true);
  const text = (count) => new TextDecoder().decode(plan.subarray(take(count), at));
  if (text(8) !== PLAN_MAGIC) throw new InputError("invalid-plan", `a plan begins with ${PLAN_MAGIC}`);
  const runs = u32();
  const slabs = list(SLAB_NAMES.length, i64);
  const strings = list(u32(), () => text(u32()));
  const operand2 = () => {
    const [slab, flags] = [u32(), u32()];
    const [offset, extent, runStride, tileStride] = [i64(), i64(), i64(), i64()];
    return {
      slab,
      written: (flags & FLAG_WRITTEN) !== 0,
      once: (flags & FLAG_ONCE) !== 0,
      type: DATA_TYPES.find((type) => TYPE_FLAGS[type] === (flags & ~FLAG_WRITTEN & ~FLAG_ONCE)) ?? "float32",
      offset,
      extent,
      runStride,
      tileStride
    };
  };
  const kernel2 = () => ({
    name: strings[u32()],
    label: strings[u32()],
    operands: list(u32(), operand2),
    ints: list(u32(), i64),
    floats: list(u32(), f64)
  });
  const entries = list(u32(), () => ({
    name: strings[u32()],
    tiles: u32(),
    blockKernels: u32(),
    kernels: list(u32(), kernel2),
    outputs: list(u32(), () => ({ name: strings[u32()], slab: u32(), offset: i64(), count: i64() }))
  }));
  if (at !== plan.length) throw new InputError("invalid-plan", `${plan.length - at} bytes follow the plan's end`);
  return { runs, slabs, entries };
}
function decodeProgram(ints) {
  let at = 0;
  const next = () => ints[at++];
  const rank = next();
  const dims = list(rank, next);
  const [outputs, inputs] = [next(), next()];
  const strides = list(outputs + inputs, () => list(rank, next));
  const [registers, count] = [next(), next()];
  const code = list(count, () => {
    const [opcode, target, a, b, c, immediate] = list(6, next);
    return { opcode, target, sources: [a, b, c], immediate };
  });
  return { dims, outputs, inputs, strides, registers, code, results: list(outputs, next), rest: ints.slice(at) };
}

// src/compile/network-slopes.ts
var COMPUTE = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  neg: (a) => -a,
  square: (a) => a * a,
  addImm: (a, _, immediate) => a + immediate
};
var SAMPLES = [
  [0.3, -1.7, 0.6],
  [-2.1, 0.4, -0.2],
  [1.9, 2.3, 0.9]
];
function addedSlope({ name, ints, floats, operands }, { back, layer, groups, rows: rows2, batch }) {
  if (name !== "map") return void 0;
  const { dims, outputs, inputs, strides, code, results } = decodeProgram(ints);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const isWhole2 = strides.every((operand2) => isContiguous(dims, { offset: 0, strides: operand2 }));
  const isDense3 = [back, layer].every(
    ({ leading, group }) => leading === batch && (groups === 1 || group === rows2 * batch)
  );
  if (!isDense3 || outputs !== 1 || inputs !== 3 || size !== groups * rows2 * batch || !isWhole2) return void 0;
  const read = operands.slice(1);
  const [ofBack, ofLayer] = [back, layer].map(
    ({ operand: operand2 }) => read.findIndex((candidate) => samePlace(candidate, operand2))
  );
  const ofAdded = 3 - ofBack - ofLayer;
  if (ofBack < 0 || ofLayer < 0) return void 0;
  const isRight = SAMPLES.every(([x, y, z]) => {
    const registers = [];
    [registers[ofBack], registers[ofAdded], registers[ofLayer]] = [x, y, z];
    for (const { opcode, target, sources, immediate } of code) {
      const [a, b] = sources.map((source) => registers[source]);
      registers[target] = COMPUTE[INSTRUCTIONS[opcode]]?.(a, b, floats[immediate]) ?? NaN;
    }
    return Math.abs(registers[results[0]] - (x + y) * (1 - z * z)) < 1e-12;
  });
  const place2 = (i) => ({ operand: operands[i], leading: batch, group: rows2 * batch });
  return isRight ? { slope: place2(0), added: place2(1 + ofAdded) } : void 0;
}

// src/compile/network-residual.ts
var ORDER = { targetMinusOutputs: 1, outputsMinusTarget: 2 };
function residualBehind({ matrices, groups, rows: rows2, batch, slopes }, users, touching) {
  const [kernel2] = users;
  if (users.length !== 1 || kernel2.name !== "map" || matrices.operand.buffer.offset !== void 0) return void 0;
  const { dims, outputs, inputs, strides, code, results } = decodeProgram(kernel2.ints);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const isWhole2 = size === groups * rows2 * batch && strides.every((operand2) => isContiguous(dims, { offset: 0, strides: operand2 }));
  const [first] = kernel2.operands.slice(outputs).map((operand2) => samePlace(operand2, matrices.operand));
  if (inputs !== 2 || !isWhole2 || !isDense(matrices, rows2, batch, groups)) return void 0;
  const contents = /* @__PURE__ */ new Map([
    [0, first ? "outputs" : "target"],
    [1, first ? "target" : "outputs"]
  ]);
  let order = 0;
  for (const { opcode, target, sources, immediate } of code) {
    const [a, b] = sources.map((source) => contents.get(source));
    const name = INSTRUCTIONS[opcode];
    if (name === "sub" && order === 0 && typeof a === "string" && typeof b === "string" && a !== b) {
      order = a === "target" ? ORDER.targetMinusOutputs : ORDER.outputsMinusTarget;
      contents.set(target, 1);
    } else if (typeof a === "number" && (name === "mulImm" || name === "neg")) {
      contents.set(target, a * (name === "neg" ? -1 : Math.fround(kernel2.floats[immediate])));
    } else {
      return void 0;
    }
  }
  const scales = results.map((register) => contents.get(register));
  const at = scales.indexOf(1);
  const place2 = (i) => ({ operand: kernel2.operands[i], leading: batch, group: rows2 * batch });
  const common = { kernel: kernel2, difference: place2(at), target: place2(outputs + (first ? 1 : 0)), order };
  if (at < 0) return void 0;
  const isSlope = (i) => slopes !== void 0 && samePlace(kernel2.operands[i], slopes.operand) && isDense(slopes, rows2, batch, groups) && typeof scales[i] === "number";
  if (outputs === 1)
    return slopes === void 0 || isSlope(0) ? { ...common, scale: 1, dropped: void 0 } : void 0;
  const other = 1 - at;
  const isPrivate2 = touching(kernel2.operands[other].buffer).every((one) => one === kernel2);
  if (outputs > 2 || !isSlope(other) || !isPrivate2) return void 0;
  return { ...common, scale: Number(scales[other]), dropped: kernel2.writes[other] };
}
function isDense({ leading, group }, rows2, batch, groups) {
  const [ofGroup, ofRow] = contiguous([groups, rows2, batch]).strides;
  return (rows2 === 1 || leading === ofRow) && (groups === 1 || group === ofGroup);
}

// src/compile/networks.ts
var MAX_SHARED_FLOATS = 24576;
var MAX_TILES = 1024;
var ROW = 36;
var TILE = 4;
function fitsThreadBlock([inputs, first, second, outputs]) {
  const layers = [
    [first, inputs + 1],
    [second, first + 1],
    [outputs, second + 1]
  ];
  const rows2 = inputs + 2 * first + 2 * second + outputs + 3;
  const weights = layers.reduce((sum2, [units, terms]) => sum2 + units * (terms | 1), 0);
  const tiles = layers.reduce((sum2, [units, terms]) => sum2 + Math.ceil(units / TILE) * Math.ceil(terms / TILE), 0);
  return ROW * rows2 + weights <= MAX_SHARED_FLOATS && tiles <= MAX_TILES;
}
var LEAKY_RELU2 = 1;
var TANH2 = 2;
var isLayer = ({ transA, transB, a, k, bias, sums }) => !transA && !transB && a.leading === k && bias !== void 0 && sums === void 0;
var isHidden = (product) => isLayer(product) && (product.code === LEAKY_RELU2 || product.code === TANH2);
var hasFixedWeights = ({ a, bias }, layer) => bias?.operand.buffer.offset !== void 0 && (layer === 0 || a.operand.buffer.offset !== void 0);
var Finder = class {
  #products;
  #touching;
  constructor(kernels) {
    this.#products = new Map(kernels.flatMap(productOf).map((product) => [product.kernel, product]));
    const touching = /* @__PURE__ */ new Map();
    for (const kernel2 of kernels) {
      for (const buffer of new Set(kernel2.operands.map((operand2) => operand2.buffer))) {
        touching.set(buffer, [...touching.get(buffer) ?? [], kernel2]);
      }
    }
    this.#touching = touching;
  }
  /** Returns what a network's outputs are for, if the fused kernel can compute that, too. */
  ending({ layers, groups, batch, widths }, gradient) {
    const [, , third] = layers;
    const members = gradient === "none" ? [] : gradient.members;
    const theta = {
      ...{ matrices: third.c, groups, rows: widths[3], batch },
      slopes: gradient === "none" ? void 0 : gradient.upstream
    };
    const touching = (buffer) => this.#touching.get(buffer).filter((kernel2) => !members.includes(kernel2));
    const users = this.#otherKernels(third, third);
    return { mixture: mixtureBehind(theta, users, touching), residual: residualBehind(theta, users, touching) };
  }
  get products() {
    return this.#products.values();
  }
  /** Returns the kernels that touch what a product writes, except those of `without`. */
  #otherKernels({ c }, ...without) {
    return this.#touching.get(c.operand.buffer).filter((kernel2) => without.every((product) => product.kernel !== kernel2));
  }
  #find(kernels, test) {
    return kernels.flatMap((kernel2) => this.#products.get(kernel2) ?? []).find(test);
  }
  /**
   * Returns the network that starts with a layer, or undefined if a layer is missing or must be stored for other
   * kernels.
   */
  network(layer) {
    if (!isHidden(layer) || layer.c.operand.buffer.offset !== void 0) return void 0;
    const reads = (next, before) => {
      const grouped = perGroup(before, next.groups);
      return grouped !== void 0 && next.k === grouped.m && same(next.b, grouped.c, next.groups);
    };
    const second = this.#find(this.#otherKernels(layer, layer), (next) => isHidden(next) && reads(next, layer));
    const first = second && perGroup(layer, second.groups);
    if (!first || second.c.operand.buffer.offset !== void 0) return void 0;
    const third = this.#find(
      this.#otherKernels(second, second),
      (next) => isLayer(next) && next.code === 0 && next.groups === second.groups && reads(next, second)
    );
    if (third?.a.operand.buffer.offset === void 0) return void 0;
    return {
      layers: [first, second, third],
      groups: second.groups,
      batch: second.n,
      widths: [first.k, first.m, second.m, third.m]
    };
  }
  /** True if the contents of a buffer depend on one of `kernels`. */
  #needs(buffer, kernels) {
    const seen = /* @__PURE__ */ new Set();
    const waiting = [buffer];
    for (let next = waiting.pop(); next !== void 0; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      for (const kernel2 of this.#touching.get(next) ?? []) {
        if (!kernel2.operands.some((operand2) => operand2.written && operand2.buffer === next)) continue;
        if (kernels.has(kernel2)) return true;
        for (const operand2 of kernel2.operands) if (!operand2.written) waiting.push(operand2.buffer);
      }
    }
    return false;
  }
  /** Returns the slope by the first layer if a map adds a tensor to the gradient from the second layer. */
  #addedSlope(first, second, { c, groups, n }) {
    const product = this.#find(this.#touching.get(c.operand.buffer), (candidate) => {
      const { code, transA, transB, sums, a, b } = candidate;
      const isPlain = code === 0 && transA && !transB && !sums && candidate.groups === groups;
      return isPlain && same(a, second.a, groups) && same(b, c, groups);
    });
    if (!product || product.c.operand.buffer.offset !== void 0 || first.code !== TANH2) return void 0;
    const users = this.#otherKernels(product, product);
    if (users.length !== 1) return void 0;
    const [kernel2] = users;
    const match = addedSlope(kernel2, { back: product.c, layer: first.c, groups, rows: first.m, batch: n });
    if (!match || match.slope.operand.buffer.offset !== void 0) return void 0;
    return { ...product, kernel: kernel2, c: match.slope, added: match.added, members: [product.kernel] };
  }
  /**
   * Returns the gradient of a network if other kernels that read the hidden layers belong to it; `none` if no other
   * kernel reads them; undefined if they are not a gradient.
   */
  gradient({ layers: [first, second, third], groups, batch }) {
    const toFirst = this.#otherKernels(first, first, second);
    const toSecond = this.#otherKernels(second, second, third);
    if (toFirst.length === 0 && toSecond.length === 0) return "none";
    const isSlope = (product, layer, after) => product.groups === groups && product.code === layer.code + SLOPE && product.kernel.floats[0] === layer.kernel.floats[0] && product.transA && !product.transB && same(product.saved, layer.c, groups) && same(product.a, after.a, groups) && product.c.operand.buffer.offset === void 0;
    const ofSecond = this.#find(toSecond, (product) => isSlope(product, second, third));
    if (!ofSecond) return void 0;
    const ofFirst = this.#find(toFirst, (product) => isSlope(product, first, second) && same(product.b, ofSecond.c, groups)) ?? this.#addedSlope(first, second, ofSecond);
    if (!ofFirst) return void 0;
    const upstream = ofSecond.b;
    const slopes = [ofFirst.c, ofSecond.c, upstream];
    const inputs = [first.b, first.c, second.c];
    const backs = [this.#otherKernels(ofFirst, ofFirst), this.#otherKernels(ofSecond, ofSecond, ofFirst)];
    const around = [backs[0], [...toFirst, ...backs[1]], toSecond];
    const weights = slopes.map(
      (slope, i) => this.#find(around[i], (candidate) => {
        const product = perGroup(candidate, groups);
        if (!product || product.transA || !product.transB || product.code !== 0 || product.sums) return false;
        const fits3 = product.k === batch && product.c.leading === product.n;
        return fits3 && same(product.a, slope, groups) && same(product.b, inputs[i], groups);
      })
    );
    const sumsOf = (layer, slope) => {
      for (const kernel2 of this.#touching.get(slope.operand.buffer)) {
        const sums = rowSums(kernel2, slope, { groups, rows: layer.m, batch });
        if (sums) return { kernel: kernel2, sums };
      }
      return void 0;
    };
    const reduced = [
      ofFirst.sums ? void 0 : sumsOf(first, ofFirst.c),
      ofSecond.sums ? void 0 : sumsOf(second, ofSecond.c),
      sumsOf(third, upstream)
    ];
    const bySums = [ofFirst.sums, ofSecond.sums, void 0].map((sums, i) => sums ?? reduced[i]?.sums);
    const byInput = this.#find(backs[0], (product) => isInputSlope(product, first, ofFirst.c, groups));
    const { added, members: adding = [] } = ofFirst;
    const members = [
      ...[ofSecond, ofFirst, ...weights, byInput].flatMap((product) => product?.kernel ?? []),
      ...[...reduced.flatMap((one) => one?.kernel ?? []), ...adding]
    ];
    const all = new Set(members);
    if (!backs.flat().every((kernel2) => all.has(kernel2))) return void 0;
    if (added && this.#needs(added.operand.buffer, all)) return void 0;
    const storesHidden = ![...toFirst, ...toSecond].every((kernel2) => all.has(kernel2));
    const byWeights = weights.map((product) => product && perGroup(product, groups).c);
    return {
      ...{ members, added, storesHidden },
      inner: [ofFirst.kernel, ofSecond.kernel, ...adding],
      results: [...byWeights.flatMap((by, i) => [by, bySums[i]]), byInput?.c],
      upstream
    };
  }
};
function isInputSlope(product, { a, b, m, k }, slope, groups) {
  if (!product.transA || product.transB || product.code !== 0 || product.sums || product.m !== k) return false;
  if (product.groups === groups) return product.k === m && same(product.a, a, groups) && same(product.b, slope, groups);
  const isTogether = product.groups === 1 && product.k === groups * m && b.group === 0;
  const lies = (matrices, of) => same(matrices, of, 1) && of.group === m * of.leading;
  return isTogether && lies(product.a, a) && lies(product.b, slope);
}
function replacementFor(members, dropped, call) {
  const writes = new Set(members.flatMap((member) => member.writes).filter((value) => !dropped.has(value)));
  const reads = new Set(members.flatMap((member) => member.reads));
  return {
    ...call,
    shareable: [],
    reads: [...reads].filter((value) => !dropped.has(value) && !writes.has(value)),
    writes: [...writes]
  };
}
var reading = ({ operand: operand2, ...rest }) => ({ ...rest, operand: { ...operand2, written: false } });
var groupsOf2 = (all) => all.map((matrices) => matrices?.group ?? 0);
function fusedKernels(network, gradient, { mixture, residual }) {
  const { layers, groups, batch, widths } = network;
  const [first, second, third] = layers;
  const hidden = gradient !== "none" && gradient.storesHidden ? [first.c, second.c] : [];
  const members = layers.map(({ kernel: kernel2 }) => kernel2);
  const ends = mixture !== void 0 || residual !== void 0;
  const inner = [...hidden.length > 0 ? [] : [first, second], ...ends ? [third] : []];
  const dropped = new Set(inner.flatMap(({ kernel: kernel2 }) => kernel2.writes));
  if (residual?.dropped) dropped.add(residual.dropped);
  const floats = [...[first, second].map(({ kernel: kernel2 }) => kernel2.floats[0]), ...mixture?.floats ?? []];
  const shape = [groups, ...widths, batch, first.code, second.code, mixture?.components ?? 0];
  const weights = layers.flatMap(({ a, bias }) => [a, bias]);
  const read = [first.b, ...weights, ...mixture ? [mixture.z] : []];
  const fused = [];
  const value = mixture ? mixture.value : residual?.kernel ?? third.kernel;
  if (value !== void 0) {
    const row = (operand2) => ({ operand: operand2, leading: batch, group: batch });
    const out = residual?.difference ?? (mixture ? row(value.operands[0]) : third.c);
    const all = [out, ...hidden, ...read, ...residual ? [residual.target] : []];
    const forward = replacementFor([...members, ...ends ? [value] : []], dropped, {
      name: "network",
      label: mixture ? value.label : third.kernel.label,
      operands: all.map(({ operand: operand2 }) => operand2),
      ints: [
        ...[...shape, residual?.order ?? 0, Number(hidden.length > 0), out.leading, first.b.leading],
        ...[residual?.target.leading ?? 0, first.c.leading, second.c.leading, ...groupsOf2(all)]
      ],
      floats
    });
    fused.push(forward);
  }
  if (gradient === "none") return fused;
  const back = mixture?.gradient;
  const upstream = back?.upstream ?? residual?.difference ?? gradient.upstream;
  const results = [...gradient.results, back?.byZ];
  const { added } = gradient;
  const inputs = [...mixture ? read : read.slice(0, -1), upstream, ...added ? [added] : []];
  const storedResults = results.filter((result) => result !== void 0);
  for (const kernel2 of gradient.inner) dropped.add(kernel2.writes[0]);
  if (back && !back.byZ) for (const value2 of back.kernel.writes) dropped.add(value2);
  const byX = gradient.results.at(-1);
  const backward = replacementFor([...gradient.members, ...back ? [back.kernel] : []], dropped, {
    name: "networkGrad",
    label: `grad(${third.kernel.label})/networkGrad`,
    operands: [...storedResults, ...inputs.map(reading)].map(({ operand: operand2 }) => operand2),
    ints: [
      ...[...shape, ...results.map((result) => Number(result !== void 0)), Number(added !== void 0)],
      ...[byX?.leading ?? 0, first.b.leading, upstream.leading, added?.leading ?? 0],
      ...groupsOf2([...results, ...inputs])
    ],
    floats: [...floats, residual?.scale ?? 1]
  });
  const more = [...members.flatMap((kernel2) => kernel2.reads), ...residual?.kernel.writes ?? []];
  const written = new Set(backward.writes);
  const reads = [.../* @__PURE__ */ new Set([...backward.reads, ...more])].filter((one) => !dropped.has(one) && !written.has(one));
  return [...fused, { ...backward, reads }];
}
function fuseNetworks(kernels, available) {
  if (!available.has("network") || !available.has("networkGrad")) return kernels;
  const finder = new Finder(kernels);
  const removed = /* @__PURE__ */ new Set();
  const fused = [];
  const moved = /* @__PURE__ */ new Map();
  for (const layer of finder.products) {
    const network = finder.network(layer);
    if (network === void 0 || !fitsThreadBlock(network.widths)) continue;
    const gradient = finder.gradient(network);
    if (gradient === void 0) continue;
    if (gradient !== "none" && gradient.storesHidden && !network.layers.every(hasFixedWeights)) continue;
    const possible = gradient !== "none" && gradient.storesHidden ? {} : finder.ending(network, gradient);
    const readers = [...possible.mixture?.gradient?.readers ?? []];
    const ending = readers.some(([kernel2]) => moved.has(kernel2)) ? {} : possible;
    const { mixture, residual } = ending;
    const members = [
      ...network.layers.map(({ kernel: kernel2 }) => kernel2),
      ...gradient === "none" ? [] : gradient.members,
      ...[mixture?.value, mixture?.gradient?.kernel, residual?.kernel].filter((kernel2) => kernel2 !== void 0)
    ];
    for (const kernel2 of members) removed.add(kernel2);
    if (mixture) for (const [kernel2, reading2] of readers) moved.set(kernel2, reading2);
    fused.push(...fusedKernels(network, gradient, ending));
  }
  if (fused.length === 0) return kernels;
  return [...kernels.filter((kernel2) => !removed.has(kernel2)).map((kernel2) => moved.get(kernel2) ?? kernel2), ...fused];
}

// src/compile/one-run.ts
var RUN_STRIDE = "runStride";
function oneRun(roots, runs) {
  if (runs === 1) return { nodes: roots };
  const nodes = topological(roots);
  const whole = new Set(
    nodes.flatMap(({ operation, inputs }) => operation.wholeInputs?.map((position) => inputs[position]) ?? [])
  );
  const cut = /* @__PURE__ */ new Map();
  const hasRuns = (node) => cut.has(node);
  for (const node of nodes) {
    if (whole.has(node)) continue;
    if (node.shape[0] === runs && node.operation.keepsRunsApart(node, hasRuns)) {
      const inputs = node.inputs.map((input) => cut.get(input) ?? input);
      cut.set(node, nodeOfOneRun(node, inputs));
    } else if (node.inputs.some(hasRuns)) {
      return { mixes: node };
    }
  }
  return { nodes: roots.map((root) => cut.get(root) ?? root) };
}
function nodeOfOneRun({ operation, shape, attributes, label }, inputs) {
  const shapeOfRun = [1, ...shape.slice(1)];
  const changed = operation.singleRunAttributes?.(attributes, shapeOfRun) ?? attributes;
  const isLeaf = operation.lowering.kind === "leaf";
  return makeNode(
    operation,
    inputs,
    shapeOfRun,
    isLeaf ? { ...changed, [RUN_STRIDE]: sizeOf(shapeOfRun) } : changed,
    label
  );
}

// src/compile/views.ts
function makeValue({ kind, instruction, node, label, shape, readings = [] }) {
  const size = sizeOf(shape);
  return { kind, instruction, node, label, shape, size, readings, pinned: false, placement: void 0 };
}
function copyOf(reading2, shape, label) {
  const [name, readings, immediates] = isView(reading2) ? ["copy", [reading2], []] : ["const", [], [reading2.uniform]];
  const instruction = { name, immediates, cheap: false };
  return makeValue({ kind: "elementwise", instruction, label, shape, readings: [...readings] });
}
function leafOf(node) {
  return makeValue({ kind: "leaf", node, label: node.label, shape: node.shape });
}
function resolveViews(outputs) {
  const readings = /* @__PURE__ */ new Map();
  const copies = /* @__PURE__ */ new Map();
  const numbers = /* @__PURE__ */ new Map();
  const keyOf3 = ({ value, shape, access }) => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return `${numbers.get(value)}|${shape.join()}|${access.offset}|${access.strides.join()}`;
  };
  function dense(view, label) {
    const key = keyOf3(view);
    let copy = copies.get(key);
    if (copy === void 0) {
      copy = wholeView(
        view.value.node?.operation === rows.constant ? rearranged(view) : copyOf(view, view.shape, label)
      );
      copies.set(key, copy);
    }
    return copy;
  }
  function inMemory(reading3, shape, label, fits3) {
    if (isView(reading3)) return fits3(reading3) ? reading3 : dense(reading3, label);
    const values = new Array(sizeOf(shape)).fill(reading3.uniform);
    return wholeView(leafOf(constant(values, shape)));
  }
  const inOnePiece = (reading3, shape, label) => inMemory(reading3, shape, label, (view) => isContiguous(view.shape, view.access));
  function viewOf(node, lowering) {
    const source = readings.get(node.inputs[0].id);
    if (!isView(source)) return source;
    const access = lowering.access(node, source.access);
    if (access !== void 0) return { value: source.value, shape: node.shape, access };
    const { value } = dense(source, node.label);
    return { value, shape: node.shape, access: lowering.access(node, contiguous(source.shape)) };
  }
  function computed(node, lowering) {
    const { kind } = lowering;
    const { label, shape } = node;
    const instruction = kind === "elementwise" ? instructionOf(node, lowering) : void 0;
    return makeValue({
      kind,
      instruction,
      node,
      label,
      shape,
      readings: node.inputs.map((input) => operandOf2(node, input))
    });
  }
  function operandOf2(node, input) {
    const reading3 = readings.get(input.id);
    const label = `${node.label}/copy`;
    switch (node.operation.lowering.kind) {
      case "elementwise":
        return broadcast(reading3, input.shape, node.shape);
      case "opaque":
        return inOnePiece(reading3, input.shape, label);
      case "matmul":
        return inMemory(reading3, input.shape, label, (view) => matrixForm(view.shape, view.access) !== void 0);
      case "reduce":
        return isView(reading3) ? reading3 : inOnePiece(reading3, input.shape, label);
      default:
        return reading3;
    }
  }
  for (const node of topological(outputs)) {
    const number = uniformOf(node);
    const { lowering } = node.operation;
    if (number !== void 0) readings.set(node.id, { uniform: number });
    else if (lowering.kind === "view") readings.set(node.id, viewOf(node, lowering));
    else readings.set(node.id, wholeView(computed(node, lowering)));
  }
  const reading2 = (node) => readings.get(node.id);
  return {
    reading: reading2,
    whole: (node) => inOnePiece(reading2(node), node.shape, `${node.label}/copy`),
    copied: (node) => copyOf(reading2(node), node.shape, `${node.label}/copy`)
  };
}
function instructionOf(node, { instruction, immediates = [], cheap = false }) {
  return { name: instruction, immediates: immediates.map((name) => numberAttribute(node, name)), cheap };
}
function broadcast(reading2, shape, target) {
  if (!isView(reading2)) return reading2;
  const strides = broadcastStrides(shape, target, reading2.access.strides);
  return { value: reading2.value, shape: target, access: { offset: reading2.access.offset, strides } };
}
function rearranged({ value, shape, access }) {
  const values = valuesAttribute(value.node, "values");
  const elements = Array.from(positions(shape, access.strides), (offset) => values[access.offset + offset]);
  return leafOf(constant(elements, shape));
}

// src/compile/place.ts
var isDense2 = (placement) => placement.block === placement.pitch;
function wholeBuffer(buffer) {
  return { buffer, offset: 0, block: buffer.size, pitch: buffer.size };
}
function placeTarget({ reading: reading2, shape, label, placement }) {
  const source = identitySource(reading2);
  const free = source !== void 0 && source.kind !== "leaf" && source.placement === void 0;
  const value = free ? source : copyOf(reading2, shape, label);
  value.placement = placement;
  return value;
}
function pieceOf(whole, shape, axis, start, extent) {
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const [skipped, block, pitch] = [start * inner, extent * inner, shape[axis] * inner];
  const { buffer, offset } = whole;
  if (isDense2(whole)) {
    return { buffer, offset: offset + skipped, block, pitch: outer === 1 ? block : pitch };
  }
  if (outer > 1) {
    return pitch === whole.block ? { buffer, offset: offset + skipped, block, pitch: whole.pitch } : void 0;
  }
  const [first, within] = [Math.floor(skipped / whole.block), skipped % whole.block];
  const at = offset + first * whole.pitch + within;
  if (within + block <= whole.block) return { buffer, offset: at, block, pitch: block };
  return within === 0 && block % whole.block === 0 ? { buffer, offset: at, block: whole.block, pitch: whole.pitch } : void 0;
}
function piecesOf(value, placement) {
  const axis = axisOf(value);
  const places = [];
  let start = 0;
  for (const extent of extentsOf(value)) {
    const place2 = pieceOf(placement, value.shape, axis, start, extent);
    if (place2 === void 0) return void 0;
    places.push(place2);
    start += extent;
  }
  return places;
}
var axisOf = (concat2) => numberAttribute(concat2.node, "axis");
function extentsOf(concat2) {
  const axis = axisOf(concat2);
  return concat2.node.inputs.map((input) => input.shape[axis]);
}
function canRead(reader, value, placement) {
  return reader.readings.every((reading2) => {
    if (!isView(reading2) || reading2.value !== value) return true;
    const located = locate(placement, reading2.shape, reading2.access);
    if (located === void 0) return false;
    if (reader.kind === "opaque") return isContiguous(reading2.shape, located);
    return reader.kind !== "matmul" || matrixForm(reading2.shape, located) !== void 0;
  });
}
function fits2(value, placement, readers) {
  if (value.kind === "leaf" || value.placement !== void 0) return false;
  if (value.kind === "concat") {
    if (piecesOf(value, placement) === void 0) return false;
  }
  if (isDense2(placement)) return true;
  if (value.pinned || value.kind === "opaque") return false;
  const written = locate(placement, value.shape, contiguous(value.shape));
  if (written === void 0) return false;
  if (value.kind === "matmul" && matrixForm(value.shape, written)?.transposed !== false) return false;
  return readers.every((reader) => canRead(reader, value, placement));
}
function placePieces(roots, slab) {
  const values = orderValues(roots);
  const readers = readersOf(values);
  for (const value of values.reverse()) {
    if (value.kind !== "concat") continue;
    value.placement ??= wholeBuffer({ slab, size: value.size });
    const places = piecesOf(value, value.placement);
    value.readings = value.readings.map((reading2, i) => {
      const source = identitySource(reading2);
      if (source !== void 0 && fits2(source, places[i], readers.get(source))) {
        source.placement = places[i];
        return wholeView(source);
      }
      const shape = pieceShape(value, i);
      const copy = copyOf(reading2, shape, `${value.label}/copy`);
      copy.placement = places[i];
      return wholeView(copy);
    });
  }
}
function pieceShape(concat2, piece) {
  const axis = axisOf(concat2);
  return concat2.shape.map((extent, i) => i === axis ? extentsOf(concat2)[piece] : extent);
}

// src/compile/recompute.ts
var MAX_CHAIN = 4;
function isFull(reading2, size) {
  if (!isView(reading2)) return false;
  const reached = reading2.shape.reduce((n, dim, axis) => reading2.access.strides[axis] === 0 ? n : n * dim, 1);
  return reached === size;
}
function isCandidate(value) {
  if (!value.instruction?.cheap || value.pinned || value.placement !== void 0) return false;
  return value.readings.filter((reading2) => isFull(reading2, value.size)).length <= 1;
}
function chainLengths(values, excluded) {
  const lengths = /* @__PURE__ */ new Map();
  for (const value of values) {
    if (!isCandidate(value) || excluded.has(value)) continue;
    const inner = value.readings.map((reading2) => lengths.get(identitySource(reading2) ?? value) ?? 0);
    lengths.set(value, 1 + Math.max(0, ...inner));
  }
  return lengths;
}
function fuses(reader, value) {
  if (reader.kind !== "elementwise" && reader.kind !== "reduce") return false;
  return reader.readings.every(
    (reading2) => !isView(reading2) || reading2.value !== value || identitySource(reading2) === value
  );
}
function recompute(roots) {
  const values = orderValues(roots);
  const readers = readersOf(values);
  const lengths = chainLengths(values, matmulEpilogues(values, readers).productOf);
  const local = /* @__PURE__ */ new Set();
  for (const value of values.reverse()) {
    const length = lengths.get(value);
    if (length === void 0 || length > MAX_CHAIN) continue;
    const distinct = [...new Set(readers.get(value))];
    if (!distinct.every((reader) => fuses(reader, value))) continue;
    local.add(value);
    for (const reader of distinct.slice(1)) {
      const clone = { ...value, readings: [...value.readings] };
      local.add(clone);
      reader.readings = reader.readings.map(
        (reading2) => isView(reading2) && reading2.value === value ? { ...reading2, value: clone } : reading2
      );
      readers.set(clone, [reader]);
      for (const source of clone.readings.filter(isView)) readers.get(source.value).push(clone);
    }
    readers.set(value, [distinct[0]]);
  }
  return local;
}

// src/compile/update.ts
function operand({ slab, offset, extent, runStride }, written = false) {
  const buffer = { slab, size: extent, offset };
  return { buffer, offset: 0, extent, runStride, tileStride: 0, written, type: "float32" };
}
function slabOperand(slab, offset, extent, written) {
  return operand({ slab, offset, extent, runStride: 0 }, written);
}
function alive(layout, runs, written) {
  return operand({ slab: SLAB.controls, offset: layout.controls["alive"].offset, extent: runs, runStride: 1 }, written);
}
function kernel(name, operands, ints, floats) {
  return { name, label: name, operands, ints, floats, shareable: [], reads: [], writes: [] };
}
function guardKernel(runs, layout, checked) {
  return kernel("guard", [alive(layout, runs, true), ...checked.map((one) => operand(one))], [runs], []);
}
function averageKernel(slab, { offset, extent }, from, tiles, tileStride) {
  const copies = (tiles - 1) * tileStride + extent;
  const operands = [slabOperand(slab, offset, extent, true), slabOperand(SLAB.activations, from, copies, false)];
  return kernel("average", operands, [tiles, tileStride, extent], []);
}
function adamKernel(runs, layout, update) {
  const size = layout.parameterSize;
  const segments = update.parameters.map(({ node, rate }) => {
    const name = textAttribute(node, "name");
    if (node.shape[0] !== runs) {
      const shown = formatShape(node.shape);
      throw new InputError(
        "shape-mismatch",
        `[adam] parameter "${name}" must have ${runs} runs as its first axis, got ${shown}`
      );
    }
    return [layout.parameters[name].offset, sizeOf(node.shape) / runs, layout.rates.indexOf(rate)];
  });
  const rates = layout.controls["rates"];
  const operands = [
    slabOperand(SLAB.parameters, 0, size, true),
    slabOperand(SLAB.moments, 0, size, true),
    slabOperand(SLAB.moments, size, size, true),
    slabOperand(SLAB.gradients, 0, size, false),
    alive(layout, runs, false),
    slabOperand(SLAB.controls, rates.offset, sizeOf(rates.shape), false)
  ];
  const { beta1, beta2, epsilon } = update;
  return kernel("adam", operands, [runs, segments.length, ...segments.flat()], [beta1, beta2, epsilon]);
}

// src/compile/results.ts
function resultsOf(recorded, layout, { runs, tiles, trains }) {
  const offsets = /* @__PURE__ */ new Map();
  let extent = 0;
  for (const value of recorded) {
    if (value.kind === "leaf" || value.placement !== void 0 || offsets.has(value)) continue;
    offsets.set(value, extent);
    extent += aligned(runs * value.size);
  }
  const tiled = tiles > 1;
  const firstTile = extent;
  const gradients = trains ? layout.parameterSize : 0;
  const firstGradients = firstTile + tiles * extent;
  const locations = /* @__PURE__ */ new Map();
  const gradientRanges = [];
  function place2(slab, offset, first, tileStride, perRun) {
    const buffer = {
      slab: tiled ? SLAB.activations : slab,
      size: perRun,
      offset: tiled ? first + offset : offset,
      runStride: runs > 1 ? perRun : 0,
      tileStride: tiled ? tileStride : 0
    };
    locations.set(buffer, { slab, offset });
    return wholeBuffer(buffer);
  }
  return {
    keep(value) {
      const offset = offsets.get(value);
      if (offset !== void 0) value.placement ??= place2(SLAB.activations, offset, firstTile, extent, value.size);
    },
    gradientPlace(offset, perRun) {
      gradientRanges.push({ offset, extent: aligned(runs * perRun) });
      return place2(SLAB.gradients, offset, firstGradients, gradients, perRun);
    },
    locationOf: (buffer) => locations.get(buffer) ?? { slab: buffer.slab, offset: buffer.offset },
    averages() {
      if (!tiled) return [];
      const ofRecorded = extent > 0 ? [averageKernel(SLAB.activations, { offset: 0, extent }, firstTile, tiles, extent)] : [];
      const ofGradients = joined(gradientRanges).map(
        (range) => averageKernel(SLAB.gradients, range, firstGradients + range.offset, tiles, gradients)
      );
      return [...ofRecorded, ...ofGradients];
    },
    size: extent + (tiled ? tiles * (extent + gradients) : 0)
  };
}
function joined(ranges) {
  const result = [];
  for (const { offset, extent } of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = result.at(-1);
    if (last !== void 0 && last.offset + last.extent === offset) last.extent += extent;
    else result.push({ offset, extent });
  }
  return result;
}

// src/compile/schedule.ts
var planned = (kernel2) => [
  ...new Set(kernel2.operands.map((operand2) => operand2.buffer).filter((buffer) => buffer.offset === void 0))
];
function peakOf(order, touched) {
  const last = /* @__PURE__ */ new Map();
  order.forEach((kernel2, position) => {
    for (const buffer of touched[kernel2]) last.set(buffer, position);
  });
  const alive2 = /* @__PURE__ */ new Set();
  let [live, peak] = [0, 0];
  order.forEach((kernel2, position) => {
    for (const buffer of touched[kernel2]) {
      if (!alive2.has(buffer)) {
        alive2.add(buffer);
        live += buffer.size;
      }
    }
    peak = Math.max(peak, live);
    for (const buffer of touched[kernel2]) if (last.get(buffer) === position) live -= buffer.size;
  });
  return peak;
}
function depthFirst(before) {
  const order = [];
  const seen = new Uint8Array(before.length);
  for (let root = 0; root < before.length; root++) {
    if (seen[root] === 1) continue;
    seen[root] = 1;
    const stack = [{ kernel: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < before[top.kernel].length) {
        const other = before[top.kernel][top.next++];
        if (seen[other] === 0) {
          seen[other] = 1;
          stack.push({ kernel: other, next: 0 });
        }
      } else {
        order.push(top.kernel);
        stack.pop();
      }
    }
  }
  return order;
}
function greedy(before, touched) {
  const after = before.map(() => []);
  before.forEach((needed, kernel2) => {
    for (const other of needed) after[other].push(kernel2);
  });
  const waitsFor = before.map((needed) => needed.length);
  const users = /* @__PURE__ */ new Map();
  for (const buffers of touched) for (const buffer of buffers) users.set(buffer, (users.get(buffer) ?? 0) + 1);
  const alive2 = /* @__PURE__ */ new Set();
  const growth = (kernel2) => touched[kernel2].reduce((total, buffer) => {
    const opened = alive2.has(buffer) ? 0 : buffer.size;
    const closed = users.get(buffer) === 1 ? buffer.size : 0;
    return total + opened - closed;
  }, 0);
  const ready = waitsFor.flatMap((count, kernel2) => count === 0 ? [kernel2] : []);
  const order = [];
  while (ready.length > 0) {
    let best = 0;
    let minGrowth = Infinity;
    ready.forEach((kernel3, i) => {
      const grown = growth(kernel3);
      if (grown < minGrowth) [best, minGrowth] = [i, grown];
    });
    const [kernel2] = ready.splice(best, 1);
    order.push(kernel2);
    for (const buffer of touched[kernel2]) {
      alive2.add(buffer);
      users.set(buffer, users.get(buffer) - 1);
    }
    for (const other of after[kernel2]) if (--waitsFor[other] === 0) ready.push(other);
  }
  return order;
}
function schedule(kernels) {
  const before = predecessors(kernels);
  const touched = kernels.map(planned);
  const orders = [depthFirst(before), greedy(before, touched)];
  const [first, second] = orders.map((order) => peakOf(order, touched));
  return orders[second < first ? 1 : 0].map((kernel2) => kernels[kernel2]);
}

// src/compile/share.ts
var MAX_COMPARED_CONSTANT = 4096;
function attributeKey2(value, id) {
  if (value instanceof Float64Array) {
    return value.length <= MAX_COMPARED_CONSTANT ? value.join() : `of node ${id}`;
  }
  return String(value);
}
function keyOf2(node, inputs) {
  const ids = inputs.map((input) => input.id);
  if (node.operation.commutative) ids.sort((a, b) => a - b);
  let key = `${node.operation.name}|${ids.join()}|${node.shape.join()}`;
  for (const [name, value] of Object.entries(node.attributes)) key += `|${name}=${attributeKey2(value, node.id)}`;
  return key;
}
function share(outputs) {
  const unique = /* @__PURE__ */ new Map();
  const replaced = /* @__PURE__ */ new Map();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input.id));
    const key = keyOf2(node, inputs);
    let same2 = unique.get(key);
    if (same2 === void 0) {
      same2 = inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
      unique.set(key, same2);
    }
    replaced.set(node.id, same2);
  }
  return outputs.map((output) => replaced.get(output.id));
}

// src/compile/shared-results.ts
var INPUT_SLABS = /* @__PURE__ */ new Set([SLAB.parameters, SLAB.data, SLAB.controls]);
function shareResults(kernels, first) {
  const writers = /* @__PURE__ */ new Map();
  for (const { operands } of kernels) {
    for (const { buffer, written } of operands) if (written) writers.set(buffer, (writers.get(buffer) ?? 0) + 1);
  }
  const places = /* @__PURE__ */ new Map();
  let size = 0;
  const isShared = ({ buffer, runStride }) => places.has(buffer) || INPUT_SLABS.has(buffer.slab) && runStride === 0;
  const isPrivate2 = ({ buffer }) => buffer.slab === SLAB.block && buffer.offset === void 0 && writers.get(buffer) === 1;
  const placed = kernels.map((kernel2) => {
    const { operands } = kernel2;
    const once = operands.every((operand2) => operand2.written ? isPrivate2(operand2) : isShared(operand2));
    if (once) {
      for (const { buffer, written } of operands) {
        if (!written) continue;
        places.set(buffer, { slab: SLAB.activations, size: buffer.size, offset: first + size });
        size += aligned(buffer.size);
      }
    }
    if (!operands.some(({ buffer }) => places.has(buffer))) return kernel2;
    const moved = operands.map((operand2) => {
      const buffer = places.get(operand2.buffer);
      return buffer ? { ...operand2, buffer, ...operand2.written && { once } } : operand2;
    });
    const shareable = kernel2.shareable.filter((pair) => pair.every(({ buffer }) => !places.has(buffer)));
    return { ...kernel2, operands: moved, shareable };
  });
  return { kernels: placed, size };
}

// src/compile/slab-layout.ts
function entryNodes(entry) {
  const updated = entry.update?.parameters ?? [];
  return [
    ...Object.values(entry.outputs),
    ...entry.guard ?? [],
    ...updated.flatMap(({ node, gradient }) => [node, gradient])
  ];
}
function checkRecorded(spec) {
  const recorded = Object.values(spec.entries).flatMap(({ outputs, guard = [] }) => [
    ...Object.values(outputs),
    ...guard
  ]);
  const other = recorded.find((node) => dataTypeOf(node) !== "float32");
  if (other === void 0) return;
  throw new InputError(
    "wrong-dtype",
    `[compile] outputs are float32, data "${other.label}" is ${dataTypeOf(other)}; gather it, or read it with get`
  );
}
function leavesOf(spec) {
  const leaves = /* @__PURE__ */ new Map();
  for (const node of topological(Object.values(spec.entries).flatMap(entryNodes))) {
    const { lowering, name } = node.operation;
    if (lowering.kind !== "leaf" || node.operation === rows.constant) continue;
    const key = `${name} "${textAttribute(node, "name")}"`;
    const known = leaves.get(key);
    if (known === void 0) {
      leaves.set(key, node);
    } else if (!sameShape(known.shape, node.shape) || known.attributes["dtype"] !== node.attributes["dtype"]) {
      const shapes = `${formatShape(known.shape)} and ${formatShape(node.shape)}`;
      throw new InputError("name-conflict", `[compile] ${key} names two different tensors, ${shapes}; rename one`);
    }
  }
  return leaves;
}
function rateGroups(spec) {
  const used = Object.values(spec.entries).flatMap((entry) => entry.update?.parameters.map(({ rate }) => rate) ?? []);
  const groups = [...new Set(spec.rates ?? used)];
  const unknown2 = used.find((rate) => !groups.includes(rate));
  if (unknown2 === void 0) return groups;
  throw new InputError("unknown-rate", `[compile] rate group "${unknown2}" is not one of ${groups.join(", ")}`);
}
function slabCursor() {
  let size = 0;
  return {
    take(count, boundary = 1) {
      const offset = Math.ceil(size / boundary) * boundary;
      size = offset + aligned(count);
      return offset;
    },
    size: () => size
  };
}
var PAGE = 2 ** 14;
function layOut(spec) {
  checkRecorded(spec);
  const [parameters, data, controls] = [slabCursor(), slabCursor(), slabCursor()];
  const places = {
    parameters: {},
    data: {},
    controls: {}
  };
  const control = (name, shape) => {
    places.controls[name] ??= { offset: controls.take(sizeOf(shape)), shape };
  };
  for (const leaf of leavesOf(spec).values()) {
    const name = textAttribute(leaf, "name");
    const size = sizeOf(leaf.shape);
    if (leaf.operation === rows.parameter) {
      places.parameters[name] = { offset: parameters.take(size), shape: leaf.shape };
    } else if (leaf.operation === rows.control) {
      control(name, leaf.shape);
    } else {
      const dtype = dataTypeOf(leaf);
      const count = elementsOf(dtype, size);
      const mayBeMapped = count >= PAGE && dtype !== "int32" && dtype !== "float32";
      places.data[name] = { offset: data.take(count, mayBeMapped ? PAGE : 1), shape: leaf.shape, dtype };
    }
  }
  const rates = rateGroups(spec);
  reserve(places.controls, "alive", [spec.runs], control);
  if (rates.length > 0) reserve(places.controls, "rates", [rates.length + 1], control);
  const constants = /* @__PURE__ */ new Map();
  function constantOffset(leaf) {
    const values = Float32Array.from(valuesAttribute(leaf, "values"));
    const key = values.join();
    let place2 = constants.get(key);
    if (place2 === void 0) constants.set(key, place2 = { offset: data.take(values.length), values });
    return place2.offset;
  }
  function at(slab, offset, size, runStride) {
    return wholeBuffer({ slab, size, offset, runStride });
  }
  return {
    ...places,
    rates,
    parameterSize: parameters.size(),
    controlSize: controls.size,
    dataSize: data.size,
    constants: () => [...constants.values()],
    gradientOffset: (node) => places.parameters[textAttribute(node, "name")].offset,
    placeOf(leaf) {
      const { size } = leaf;
      const node = leaf.node;
      if (node.operation === rows.constant) return at(SLAB.data, constantOffset(node), size, 0);
      const name = textAttribute(node, "name");
      const runStride = Number(node.attributes[RUN_STRIDE] ?? 0);
      if (node.operation === rows.parameter) {
        return at(SLAB.parameters, places.parameters[name].offset, size, runStride);
      }
      if (node.operation === rows.control) return at(SLAB.controls, places.controls[name].offset, size, runStride);
      return at(SLAB.data, places.data[name].offset, size, runStride);
    }
  };
}
function reserve(places, name, shape, control) {
  control(name, shape);
  if (sameShape(places[name].shape, shape)) return;
  const shown = formatShape(places[name].shape);
  throw new InputError(
    "name-conflict",
    `[compile] control "${name}" is reserved by the engine with shape ${formatShape(shape)}, got ${shown}`
  );
}

// src/compile/compile.ts
var BYTES = 4;
var cache = new ProgramCache(2 ** 24);
var NONE = /* @__PURE__ */ new Set();
function simplified(entry, kernels) {
  const outputs = Object.values(entry.outputs);
  const guard = entry.guard ?? [];
  const gradients = (entry.update?.parameters ?? []).map(({ gradient }) => gradient);
  const all = share(fold(share(expand([...outputs, ...guard, ...gradients], kernels))));
  return {
    outputs: all.slice(0, outputs.length),
    guard: all.slice(outputs.length, outputs.length + guard.length),
    gradients: all.slice(outputs.length + guard.length)
  };
}
function lower(memory, group, needed) {
  switch (group.kind) {
    case "map":
      return lowerMap(memory, group, needed);
    case "reduce":
      return lowerReduce(memory, group, needed);
    case "matmul":
      return [lowerMatmul(memory, group)];
    case "opaque":
      return [lowerOpaque(memory, group)];
  }
}
function kernelsOf(memory, roots) {
  const groups = fuse(roots, recompute(roots));
  const values = orderValues(roots);
  const readers = readersOf(values);
  const stored = new Set(values.filter((value) => value.pinned || value.placement !== void 0));
  const needed = (value, members) => stored.has(value) || readers.get(value).some((reader) => !members.has(reader));
  const kernels = groups.flatMap((group) => lower(memory, group, needed));
  checkWritten(kernels);
  return kernels;
}
function checkWritten(kernels) {
  const written = new Set(kernels.flatMap(({ writes }) => writes));
  const check = (value) => {
    if (value.kind === "leaf" || written.has(value)) return;
    if (value.kind !== "concat") {
      throw new InternalError("not-written", `[compile] no kernel writes "${value.label}"; please report this`);
    }
    sourcesOf(value).forEach(check);
  };
  for (const { reads } of kernels) reads.forEach(check);
}
var isWhole = (view) => identitySource(view) !== void 0;
function compileEntry({ runs, kernels = NONE, memory: use }, name, entry, layout) {
  const whole = simplified(entry, kernels);
  const tiles = entry.tiles ?? 1;
  const outputCount = whole.outputs.length;
  const guardEnd = outputCount + whole.guard.length;
  const all = [...whole.outputs, ...whole.guard, ...whole.gradients];
  const cut = oneRun(all, runs);
  const mixing = "mixes" in cut ? cut.mixes : whole.gradients.find((node) => runs > 1 && cut.nodes.includes(node));
  if (mixing !== void 0 && tiles > 1) {
    const what = `${mixing.operation.name} "${mixing.label}" mixes runs`;
    throw new InputError("mixed-runs", `[compile] entry "${name}" cannot run in ${tiles} tiles: ${what}`);
  }
  const isCut = mixing === void 0;
  const nodes = isCut && "nodes" in cut ? cut.nodes : all;
  const blockRuns = isCut ? runs : 1;
  const views = resolveViews(nodes);
  const updated = entry.update?.parameters ?? [];
  function recorded(node, i) {
    const view = views.whole(node);
    const { kind, node: source, size } = view.value;
    const changes = source?.operation === rows.parameter && updated.length > 0;
    const isShared = kind === "leaf" && !(RUN_STRIDE in source.attributes);
    const lacksRuns = isShared && sizeOf(all[i].shape) > size;
    return changes || lacksRuns || !isWhole(view) ? views.copied(node) : view.value;
  }
  const recordedValues = nodes.slice(0, guardEnd).map(recorded);
  for (const value of recordedValues) value.pinned = true;
  const results = resultsOf(recordedValues, layout, { runs: blockRuns, tiles, trains: updated.length > 0 });
  const gradientValues = updated.map(({ node }, i) => {
    const shape = nodes[guardEnd + i].shape;
    return placeTarget({
      reading: views.reading(nodes[guardEnd + i]),
      shape,
      label: `grad(${node.label})`,
      placement: results.gradientPlace(layout.gradientOffset(node), sizeOf(shape))
    });
  });
  for (const value of recordedValues) results.keep(value);
  const roots = [...recordedValues, ...gradientValues];
  const slab = isCut ? SLAB.block : SLAB.activations;
  placePieces(roots, slab);
  const memory = {
    runs: isCut ? 1 : runs,
    tiles,
    placeOf(value) {
      value.placement ??= value.kind === "leaf" ? layout.placeOf(value) : wholeBuffer({ slab, size: value.size });
      return value.placement;
    }
  };
  const scheduled = schedule(fuseNetworks(kernelsOf(memory, roots), kernels));
  const sharing = use === "parallel" && isCut && runs > 1 && tiles === 1;
  const { kernels: ordered, size: sharedSize } = sharing ? shareResults(scheduled, results.size) : { kernels: scheduled, size: 0 };
  const plan = planMemory(ordered, use);
  const base = isCut ? 0 : results.size;
  const offsetOf = (buffer) => buffer.offset ?? base + plan.offsets.get(buffer);
  function rangeOf(value) {
    const { buffer } = memory.placeOf(value);
    const hasRuns = isCut ? value.kind !== "leaf" || buffer.runStride === value.size : value.shape[0] === runs;
    const perRun = isCut ? value.size : value.size / runs;
    return {
      ...results.locationOf(buffer),
      extent: hasRuns ? runs * perRun : value.size,
      runStride: hasRuns ? perRun : 0
    };
  }
  const guarded = [...recordedValues.slice(outputCount), ...gradientValues].map(rangeOf);
  const finalKernels = results.averages();
  if (guarded.length > 0) finalKernels.push(guardKernel(runs, layout, guarded));
  if (entry.update && updated.length > 0) finalKernels.push(adamKernel(runs, layout, entry.update));
  const places = {};
  let outputSize = 0;
  const outputs = Object.entries(entry.outputs).map(([output, { shape }], i) => {
    const count = sizeOf(shape);
    places[output] = { offset: outputSize, shape };
    outputSize += count;
    return { name: output, ...results.locationOf(memory.placeOf(recordedValues[i]).buffer), count };
  });
  const blockKernels = isCut ? ordered.length : 0;
  return {
    planned: { name, tiles, blockKernels, kernels: [...ordered, ...finalKernels], outputs, offsetOf },
    compiled: { outputs: places, outputSize, tiles },
    memory: plan,
    activations: results.size + sharedSize + (isCut ? 0 : plan.size),
    block: isCut ? plan.size : 0
  };
}
function checkSpec({ runs, entries }) {
  if (!Number.isInteger(runs) || runs < 1) {
    throw new InputError("out-of-range", `[compile] runs must be a whole number of at least 1, got ${runs}`);
  }
  for (const entry of Object.values(entries)) {
    const tiles = entry.tiles ?? 1;
    if (!Number.isInteger(tiles) || tiles < 1) {
      throw new InputError("out-of-range", `[compile] tiles must be a whole number of at least 1, got ${tiles}`);
    }
    for (const { node, gradient } of entry.update?.parameters ?? []) {
      if (node.operation !== rows.parameter) {
        throw new InputError(
          "not-a-parameter",
          `[compile] only parameters can be updated, got ${node.operation.name} "${node.label}"`
        );
      }
      if (!sameShape(node.shape, gradient.shape)) {
        const shapes = `${formatShape(gradient.shape)} for ${formatShape(node.shape)}`;
        throw new InputError("shape-mismatch", `[compile] the gradient of "${node.label}" has shape ${shapes}`);
      }
    }
  }
}
function compile(spec) {
  checkSpec(spec);
  return cache.get(spec, () => compileUncached(spec));
}
function compileUncached(spec) {
  const layout = layOut(spec);
  const plans = Object.entries(spec.entries).map(([name, entry]) => compileEntry(spec, name, entry, layout));
  const activations = Math.max(0, ...plans.map((plan) => plan.activations));
  const block = Math.max(0, ...plans.map((plan) => plan.block));
  const size = layout.parameterSize;
  const slabs = [size, size, 2 * size, layout.dataSize(), layout.controlSize(), activations, block];
  const [parameters, gradients, moments, data, controls] = slabs.map((elements) => elements * BYTES);
  const [planned2, lowerBound] = ["size", "lowerBound"].map(
    (what) => Math.max(0, ...plans.map(({ memory }) => memory[what]))
  );
  return {
    plan: encodePlan(
      spec.runs,
      slabs,
      plans.map((plan) => plan.planned)
    ),
    ...spec.memory === "parallel" && { tightPlan: () => compile({ ...spec, memory: "tight" }).plan },
    runs: spec.runs,
    entries: Object.fromEntries(plans.map(({ planned: { name }, compiled }, index) => [name, { index, ...compiled }])),
    parameters: layout.parameters,
    data: layout.data,
    controls: layout.controls,
    constants: layout.constants(),
    rates: layout.rates,
    memory: {
      ...{ parameters, gradients, moments, data, controls },
      activations: (activations + block) * BYTES,
      planned: planned2 * BYTES,
      lowerBound: lowerBound * BYTES
    }
  };
}

// src/telemetry/telemetry.ts
import module from "node:module";
var NAME = "interlatent";
var REGISTERED = /* @__PURE__ */ Symbol.for("opentelemetry.js.api.1");
var api;
var isAbsent = false;
var observed = /* @__PURE__ */ new WeakSet();
var figures = {
  steps: 0,
  nativeBytes: 0
};
var speeds = /* @__PURE__ */ new Set();
function loaded() {
  if (isAbsent || !(REGISTERED in globalThis)) return void 0;
  try {
    api ??= module.createRequire(import.meta.url)("@opentelemetry/api");
  } catch {
    isAbsent = true;
  }
  return api;
}
function observe() {
  const provider = loaded()?.metrics.getMeterProvider();
  if (provider === void 0 || observed.has(provider)) return;
  observed.add(provider);
  const meter = provider.getMeter(NAME);
  const counter = meter.createObservableCounter("interlatent.training.steps", { description: "Training steps done" });
  counter.addCallback((result) => {
    result.observe(figures.steps);
  });
  const speed = meter.createObservableGauge("interlatent.training.steps_per_second", {
    description: "Training steps per second of all stages in training"
  });
  speed.addCallback((result) => {
    result.observe([...speeds].reduce((sum2, { stepsPerSecond }) => sum2 + stepsPerSecond, 0));
  });
  const bytes = meter.createObservableGauge("interlatent.native.memory", {
    description: "Memory of loaded programs outside of JavaScript",
    unit: "By"
  });
  bytes.addCallback((result) => {
    result.observe(figures.nativeBytes);
  });
}
async function traced(name, attributes, work) {
  observe();
  const known = loaded();
  if (known === void 0) return work();
  return known.trace.getTracer(NAME).startActiveSpan(`${NAME}.${name}`, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      record(span, error, known);
      throw error;
    } finally {
      span.end();
    }
  });
}
async function* tracedItems(name, attributes, work) {
  observe();
  const known = loaded();
  const span = known?.trace.getTracer(NAME).startSpan(`${NAME}.${name}`, { attributes });
  try {
    yield* work();
  } catch (error) {
    if (known && span) record(span, error, known);
    throw error;
  } finally {
    span?.end();
  }
}
function record(span, error, { SpanStatusCode }) {
  const { message } = error instanceof Error ? error : new Error(String(error));
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
var FitReporter = class {
  #observer;
  #api = loaded();
  /** Span of the fit, parent of the spans of stages. */
  #parent = this.#api?.context.active();
  #speed = { stepsPerSecond: 0 };
  #stage;
  constructor(observer) {
    this.#observer = observer;
    speeds.add(this.#speed);
  }
  receive(message) {
    const { logger } = this.#observer;
    if (message.event === "epoch") {
      figures.steps += message.steps;
      this.#speed.stepsPerSecond = message.steps / message.seconds;
    } else if (message.event === "warning") {
      logger?.warn(message.facts, message.text);
    } else if (message.event === "stage begins") {
      const { stage: name, restarts, epochs, nativeBytes, at: startTime } = message;
      const attributes = { "interlatent.stage": name, "interlatent.restarts": restarts };
      const tracer = this.#api?.trace.getTracer(NAME);
      this.#stage = { name, nativeBytes, span: tracer?.startSpan(STAGE, { attributes, startTime }, this.#parent) };
      if (this.#observer.isRemote) figures.nativeBytes += nativeBytes;
      logger?.info({ stage: name, restarts, epochs }, "a stage of the fit begins");
    } else {
      this.#endStage(message);
    }
  }
  /** Ends a stage that is still open, also after the thread of the fit has ended without an event. */
  end() {
    this.#endStage({ event: "stage ends", at: Date.now(), error: "ended" });
    speeds.delete(this.#speed);
  }
  #endStage({ at, epochs, objectives, failures = [], error }) {
    if (this.#stage === void 0) return;
    const { span, name: stage, nativeBytes } = this.#stage;
    this.#stage = void 0;
    if (this.#observer.isRemote) figures.nativeBytes -= nativeBytes;
    if (epochs !== void 0) span?.setAttributes({ "interlatent.epochs": epochs });
    if (error !== void 0) span?.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: error });
    span?.end(at);
    const { logger } = this.#observer;
    for (const failure of failures) {
      logger?.warn({ stage, ...failure }, "a restart diverged; the other restarts continue");
    }
    if (error === void 0) logger?.info({ stage, epochs, objectives }, "a stage of the fit has ended");
    else logger?.error({ stage, error }, "a stage of the fit failed");
  }
};
var STAGE = `${NAME}.fit.stage`;
async function tracedFit(observer, work) {
  if (loaded() === void 0 && observer.logger === void 0) return work(void 0);
  return traced("fit", {}, async () => {
    const reporter = new FitReporter(observer);
    try {
      return await work((event) => {
        reporter.receive(event);
      });
    } finally {
      reporter.end();
    }
  });
}
function nativeMemoryChanged(bytes) {
  observe();
  figures.nativeBytes += bytes;
}

// src/runtime/webgpu/thread.ts
import { existsSync } from "node:fs";
import { join as join2 } from "node:path";
import { Worker } from "node:worker_threads";

// src/threads/serialized-error.ts
var CLASSES = { InterlatentError, InputError, StateError, NumericError, DeviceError, FileError, InternalError };
function deserializeError({ name, code, message, details, stack, cause }) {
  const Class = Object.entries(CLASSES).find(([known]) => known === name)?.[1] ?? InternalError;
  const error = new Class(code, message, details, cause && deserializeCause(cause));
  if (stack !== void 0) error.stack = stack;
  return error;
}
function deserializeCause(cause) {
  return "error" in cause ? deserializeError(cause.error) : cause.value;
}

// src/webgpu/exclusive.ts
var Exclusive = class {
  #running;
  #disposed;
  #cancelled = false;
  /** True if `cancel` was called since the current operation began. */
  get isCancelled() {
    return this.#cancelled;
  }
  /** @throws Error with code `disposed`, `busy` */
  check(method) {
    if (this.#disposed) throw coded("disposed", `The program was disposed; \`${method}\` cannot be called any more.`);
    if (this.#running) throw coded("busy", `The program is running; call \`${method}\` after the run has ended.`);
  }
  /** @throws as `check`; the errors of `work` */
  async run(method, work) {
    this.check(method);
    this.#cancelled = false;
    const running = work();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = void 0;
    }
  }
  cancel() {
    this.#cancelled = this.#running !== void 0;
  }
  /** Cancels the current operation and calls `work` once after it has ended. */
  dispose(work) {
    this.cancel();
    this.#disposed ??= (async () => {
      await this.#running?.catch(() => void 0);
      await work();
    })();
    return this.#disposed;
  }
};
function coded(code, message) {
  return Object.assign(new Error(message), { code });
}

// src/webgpu/slabs.ts
var ELEMENT_BYTES = 4;
var DATA_SLAB = 3;
var BLOCK_SLAB = 6;
var NAMES = ["parameters", "gradients", "moments", "data", "controls", "activations", "block"];
function slabElements({ runs, slabs, entries }) {
  const copies = Math.max(1, ...entries.map(({ tiles }) => runs * tiles));
  return slabs.map((size, slab) => slab === BLOCK_SLAB ? size * copies : size);
}
function checkSlabs(plan, { description, limits }, tables = 0) {
  const max = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const mebibytes = (size) => `${Math.ceil(size / 2 ** 20)} MiB`;
  const outputs = plan.entries.map((entry) => entry.outputs.reduce((sum2, { count }) => sum2 + count, 0));
  const needed = slabElements(plan).map((elements, slab) => [
    NAMES[slab],
    elements + (slab === DATA_SLAB ? tables : 0)
  ]);
  for (const [what, elements] of [...needed, ["results of a step", Math.max(0, ...outputs)]]) {
    const bytes = elements * ELEMENT_BYTES;
    if (bytes <= max) continue;
    throw new DeviceError(
      "out-of-memory",
      `[load] the ${what} of the program take ${mebibytes(bytes)}, and ${description} binds at most ${mebibytes(max)}. Smaller batches, fewer runs, or fewer subjects need less; device cpu has no such limit.`,
      { slab: what, bytes, max }
    );
  }
}
function checkRange({ slabs }, operation, { slab, offset, count }) {
  if (slab < BLOCK_SLAB && offset >= 0 && offset + count <= slabs[slab]) return;
  const message = `[${operation}] ${count} elements from ${offset} on lie outside slab ${slab}, which has ${slabs[slab]}`;
  throw Object.assign(new Error(message), { code: "invalid-argument" });
}
function describeProgram(plan, { description, vendor, architecture }) {
  const sizes = slabElements(plan).map((elements, slab) => [NAMES[slab], elements * ELEMENT_BYTES]);
  const bytes = { ...Object.fromEntries(sizes), scratch: 0, mapped: 0 };
  return JSON.stringify({ backend: "webgpu", device: description, vendor, architecture, runs: plan.runs, bytes });
}

// src/runtime/webgpu/thread.ts
var PROGRAM = join2(packageRoot, "dist/runtime/webgpu/worker.js");
var WebGpuThread = class {
  #worker;
  #pending = /* @__PURE__ */ new Map();
  #calls = 0;
  #end;
  constructor(start, onEnd) {
    this.#worker = new Worker(PROGRAM, { workerData: start, execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", (message) => {
      this.#take(message);
    });
    const end = (cause) => {
      onEnd();
      this.#end ??= new InternalError("thread-ended", "The GPU thread ended; load the program again.", {}, cause);
      for (const { reject } of this.#pending.values()) reject(this.#end);
      this.#pending.clear();
    };
    this.#worker.on("error", end);
    this.#worker.on("exit", () => {
      end();
    });
  }
  call(message, { transfer = [], onProgress } = {}) {
    if (this.#end) return Promise.reject(this.#end);
    const call = this.#calls++;
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#pending.set(call, { resolve, reject, onProgress });
      this.#worker.postMessage({ ...message, call }, transfer);
    });
  }
  #take(message) {
    const pending = this.#pending.get(message.call);
    if (!pending) return;
    if ("stepsDone" in message) {
      pending.onProgress?.(message.stepsDone);
      return;
    }
    this.#pending.delete(message.call);
    if (this.#pending.size === 0) this.#worker.unref();
    if ("value" in message) pending.resolve(message.value);
    else pending.reject(errorOf(message.error));
  }
};
function errorOf(error) {
  if ("name" in error) return deserializeError(error);
  return error.code === void 0 ? new InternalError("device", `[webgpu] ${error.message}`) : coded(error.code, error.message);
}
var threads = /* @__PURE__ */ new Map();
var programs = 0;
function threadFor({ description }) {
  const existing = threads.get(description);
  if (existing) return existing;
  const library = webGpuLibrary();
  if (library === void 0 || !existsSync(PROGRAM)) {
    throw new DeviceError("no-webgpu-library", "The package webgpu, or the file of the GPU thread, no longer exists.");
  }
  endingFlags();
  const start = { library, adapter: description };
  const thread = new WebGpuThread(start, () => threads.delete(description));
  threads.set(description, thread);
  return thread;
}
var ThreadedProgram = class {
  #thread;
  #id = programs++;
  #plan;
  #description;
  #exclusive = new Exclusive();
  #failure;
  /** @throws InputError `invalid-plan`; DeviceError `out-of-memory`, `no-webgpu-library` */
  constructor(adapter, plan) {
    this.#plan = decodePlan(plan);
    checkSlabs(this.#plan, adapter);
    this.#description = describeProgram(this.#plan, adapter);
    this.#thread = threadFor(adapter);
    this.#send("load", [plan]);
  }
  upload(slab, offset, values) {
    this.#exclusive.check("upload");
    checkRange(this.#plan, "upload", { slab, offset, count: values.length });
    const copy = values.slice();
    this.#send("upload", [slab, offset, copy], [copy.buffer]);
  }
  async download(slab, offset, target) {
    this.#exclusive.check("download");
    const { length: count } = target;
    checkRange(this.#plan, "download", { slab, offset, count });
    const values = await this.#exclusive.run("download", () => this.#request("download", [slab, offset, count]));
    new Int32Array(target.buffer, target.byteOffset, count).set(values);
  }
  map() {
    this.#exclusive.check("map");
    return false;
  }
  async run({ results, ...request }, onProgress) {
    return this.#exclusive.run("run", async () => {
      const listener = this.#guarded(onProgress);
      const answer = await this.#request("run", [request, results.length], listener.onProgress);
      listener.throwIfFailed();
      const { report, results: values } = answer;
      results.set(values);
      return report;
    });
  }
  cancel() {
    this.#exclusive.cancel();
    if (this.#exclusive.isCancelled) this.#send("cancel");
  }
  describe() {
    this.#exclusive.check("describe");
    return this.#description;
  }
  async dispose() {
    this.cancel();
    await this.#exclusive.dispose(async () => {
      await this.#thread.call({ program: this.#id, method: "dispose", args: [] }).catch(() => void 0);
    });
  }
  /** Wraps a listener. If it throws, the run stops and rejects with that error. */
  #guarded(onProgress) {
    let thrown;
    return {
      onProgress: (stepsDone) => {
        if (thrown) return;
        try {
          onProgress?.(stepsDone);
        } catch (cause) {
          thrown = { cause };
          this.cancel();
        }
      },
      throwIfFailed() {
        if (thrown) throw thrown.cause;
      }
    };
  }
  #send(method, args = [], transfer = []) {
    this.#thread.call({ program: this.#id, method, args }, { transfer }).catch((cause) => {
      this.#failure ??= { cause };
    });
  }
  async #request(method, args, onProgress) {
    if (this.#failure) throw this.#failure.cause;
    try {
      return await this.#thread.call({ program: this.#id, method, args }, { onProgress });
    } catch (cause) {
      throw this.#failure?.cause ?? cause;
    }
  }
};

// src/runtime/load-plan.ts
function localRanks(count, seconds) {
  return native().Ranks.local(count, seconds);
}
function loadPlan(plan, options, details = {}) {
  if (options.device?.backend === "webgpu") return new ThreadedProgram(options.device.adapter, plan);
  const { Program: Native } = native();
  return new Native(plan, nativeOptions(options, details));
}
function nativeOptions({ threads: threads2 = 0, device = CPU, profile }, { dataOnDevice, allRuns, ranks } = {}) {
  if (device.backend !== "cuda") return { device: "cpu", threads: threads2, profile, ranks };
  const { library, index, matmulPrecision } = device;
  return { device: "cuda", threads: threads2, profile, ranks, library, index, matmulPrecision, dataOnDevice, allRuns };
}

// src/runtime/program.ts
var SLABS = ["parameters", "gradients", "moments", "data", "controls", "activations"];
var PIECE = 2 ** 26;
var MEMORY = [...SLABS, "block", "scratch"];
var Program = class _Program {
  compiled;
  #loaded;
  #bytes;
  #isCounted = true;
  constructor(compiled, loaded2) {
    this.compiled = compiled;
    this.#loaded = loaded2;
    this.#bytes = bytesIn(loaded2);
    nativeMemoryChanged(this.memory().total);
  }
  /**
   * Loads a plan, or the tight plan if memory is insufficient for it. Uploads the constants and marks every run as
   * alive (control `alive`).
   *
   * @throws DeviceError `native-missing`, `no-cuda-library`, `out-of-memory`, `device`; InternalError if the plan is
   *   invalid.
   */
  static load(compiled, options = {}, details = {}) {
    const program = new _Program(
      compiled,
      translated(() => loadFitting(compiled, options, details))
    );
    try {
      for (const { offset, values } of compiled.constants) program.#upload("data", offset, values);
      if ("alive" in compiled.controls) {
        program.set("controls", "alive", new Float32Array(elementCount(compiled.controls["alive"].shape)).fill(1));
      }
    } catch (error) {
      void program.dispose();
      throw error;
    }
    return program;
  }
  /**
   * Writes a whole tensor. Maps a file instead of reading it if the backend supports that.
   *
   * @throws InputError `unknown-tensor`, `wrong-type`, `wrong-length`, and for a file `missing-file`, `damaged-file`;
   *   FileError `unreadable`; StateError `busy`, `disposed`.
   */
  set(kind, name, values) {
    const placement = this.#find(kind, name);
    const expected = placement.dtype ?? "float32";
    const actual = ArrayBuffer.isView(values) ? typeOfArray(values) : values.type;
    if (actual !== expected) {
      throw new InputError(
        "wrong-type",
        `[set] ${kind} "${name}" holds ${expected} values, got ${actual ?? "another kind of array"}.`
      );
    }
    const count = elementCount(placement.shape);
    if (values.length !== count) {
      const shape = `[${placement.shape.join(", ")}]`;
      throw new InputError(
        "wrong-length",
        `[set] ${kind} "${name}" has shape ${shape}, ${count} values; got ${values.length}.`
      );
    }
    if (ArrayBuffer.isView(values)) this.#upload(kind, placement.offset, elementsIn(values));
    else if ("chunks" in values) this.#uploadChunks(kind, placement.offset, values);
    else this.#map(kind, placement.offset, values);
  }
  /**
   * Reads a whole tensor, as an array of its type.
   *
   * @throws InputError `unknown-tensor`; StateError `busy`, `disposed`; DeviceError.
   */
  async get(kind, name) {
    const placement = this.#find(kind, name);
    const count = elementCount(placement.shape);
    const { values, elements } = roomFor(placement.dtype ?? "float32", count);
    await this.#download(kind, placement.offset, elements);
    return values;
  }
  /**
   * Returns a copy of a whole slab, as a checkpoint stores it. Throws StateError `busy`, `disposed`.
   * @param target array to fill and return; default: a new one
   */
  async download(slab, target = new Float32Array(this.#sizeOf(slab))) {
    await this.#download(slab, 0, target);
    return target;
  }
  /** Restores the values that `download` returned. Throws InputError `wrong-length`; StateError `busy`, `disposed`. */
  upload(slab, values) {
    const size = this.#sizeOf(slab);
    if (values.length !== size) {
      throw new InputError(
        "wrong-length",
        `[upload] the ${slab} of this program are ${size} values, got ${values.length}.`
      );
    }
    this.#upload(slab, 0, values);
  }
  /**
   * Runs `steps` steps of an entry on the program's thread; the event loop is not blocked.
   *
   * @throws InputError `unknown-entry`, `invalid-argument`; StateError `busy`, `disposed`; InternalError.
   */
  async run(entry, { steps = 1, firstStep = 0, signal, onProgress } = {}) {
    const request = this.#request(entry, steps, firstStep);
    const { results } = request;
    if (signal?.aborted === true) return { results, stepsDone: 0, cancelled: true, failures: [] };
    const cancel = () => {
      this.#loaded.cancel();
    };
    signal?.addEventListener("abort", cancel);
    try {
      return { results, ...await this.#loaded.run(request, onProgress) };
    } catch (error) {
      throw translate(error);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }
  /** True if the program can run on the calling thread, see `runSync`. */
  get runsHere() {
    return this.#loaded.runSync !== void 0;
  }
  /**
   * Runs on the calling thread and blocks until done. This is for single small calls, and not for WebGPU, see
   * `runsHere`.
   */
  runSync(entry, { steps = 1, firstStep = 0 } = {}) {
    const request = this.#request(entry, steps, firstStep);
    if (!this.runsHere) throw new InternalError("no-sync-run", "this device cannot run synchronously");
    return { results: request.results, ...translated(() => this.#loaded.runSync(request)) };
  }
  /** Returns the memory of the program. Everything is allocated at load, so `total` is the peak. */
  memory() {
    const bytes = Object.fromEntries(MEMORY.map((part) => [part, this.#bytes[part]]));
    const total = MEMORY.reduce((sum2, part) => sum2 + this.#bytes[part], 0);
    const { host = 0, mapped = 0 } = this.#bytes;
    return { ...bytes, total, host, mapped };
  }
  /** Returns the backend's JSON about program and device. Throws StateError `busy`, `disposed`. */
  describe() {
    return translated(() => this.#loaded.describe());
  }
  /** Cancels the current run, waits for the program's thread, and frees the slabs. Further calls have no effect. */
  async dispose() {
    if (this.#isCounted) nativeMemoryChanged(-this.memory().total);
    this.#isCounted = false;
    await this.#loaded.dispose();
  }
  async [Symbol.asyncDispose]() {
    await this.dispose();
  }
  #sizeOf(slab) {
    return this.#bytes[slab] / Float32Array.BYTES_PER_ELEMENT;
  }
  #request(name, steps, firstStep) {
    if (!Object.hasOwn(this.compiled.entries, name)) {
      throw new InputError("unknown-entry", unknown("entry", name, this.compiled.entries));
    }
    const { index, outputSize } = this.compiled.entries[name];
    for (const [argument, value] of Object.entries({ steps, firstStep })) {
      if (Number.isSafeInteger(value) && value >= 0) continue;
      throw new InputError("invalid-argument", `[run] ${argument} must be a whole number from 0 on, got ${value}.`);
    }
    return { entry: index, firstStep, steps, results: new Float32Array(steps * outputSize) };
  }
  #find(kind, name) {
    const placements = this.compiled[kind];
    if (!Object.hasOwn(placements, name)) throw new InputError("unknown-tensor", unknown(kind, name, placements));
    return placements[name];
  }
  #upload(slab, offset, values) {
    translated(() => {
      this.#loaded.upload(SLABS.indexOf(slab), offset, values);
    });
  }
  #uploadChunks(slab, offset, { chunks }) {
    let at = offset;
    for (const chunk of chunks()) {
      this.#upload(slab, at, chunk);
      at += chunk.length;
    }
  }
  #map(slab, offset, file) {
    const bytes = bytesOf(file.type, file.length);
    withOpenFile(file.path, bytes, (descriptor) => {
      if (translated(() => this.#loaded.map(SLABS.indexOf(slab), offset, descriptor, bytes))) {
        const before = this.memory().total;
        this.#bytes = bytesIn(this.#loaded);
        nativeMemoryChanged(this.memory().total - before);
        return;
      }
      for (let at = 0; at < bytes; at += PIECE) {
        const piece = fileBytes(file.path, at, Math.min(PIECE, bytes - at));
        this.#upload(slab, offset + at / Float32Array.BYTES_PER_ELEMENT, elementsIn(piece));
      }
    });
  }
  async #download(slab, offset, target) {
    try {
      await this.#loaded.download(SLABS.indexOf(slab), offset, target);
    } catch (error) {
      throw translate(error);
    }
  }
};
function loadFitting({ plan, tightPlan }, options, details) {
  if (!tightPlan) return loadPlan(plan, options, details);
  try {
    return loadPlan(plan, options, { ...details, dataOnDevice: true });
  } catch (error) {
    if (error.code !== "out-of-memory") throw error;
    return loadPlan(tightPlan(), options, details);
  }
}
function bytesIn(program) {
  return JSON.parse(program.describe()).bytes;
}
function elementCount(shape) {
  return shape.reduce((product, size) => product * size, 1);
}
function unknown(kind, name, known) {
  return `The program has no ${kind} "${name}"; it has: ${Object.keys(known).join(", ") || "none"}.`;
}
function translated(call) {
  try {
    return call();
  } catch (error) {
    throw translate(error);
  }
}
function translate(error) {
  if (error instanceof InterlatentError || typeof error !== "object" || error === null) return error;
  const { code, message } = error;
  if (typeof code !== "string" || typeof message !== "string") return error;
  switch (code) {
    case "disposed":
    case "busy":
    case "rank-lost":
      return new StateError(code, message, {}, error);
    case "invalid-argument":
      return new InputError(code, message, {}, error);
    case "no-cuda-library":
    case "no-nccl":
    case "out-of-memory":
    case "device":
    case "unsupported-precision":
      return new DeviceError(code, message, {}, error);
    case "invalid-plan":
    case "unknown-kernel":
    case "out-of-range":
    case "index-out-of-range":
      return new InternalError(code, message, {}, error);
    default:
      return error;
  }
}

export {
  SLAB,
  decodePlan,
  compile,
  traced,
  tracedItems,
  tracedFit,
  MATMUL_PRECISIONS,
  CPU,
  sentDevice,
  receivedDevice,
  DEVICE_NAMES,
  isDeviceName,
  groupsOf,
  dataParallelOf,
  matmulPrecisionOf,
  chooseDevice,
  problemLines,
  deserializeError,
  localRanks,
  Program
};
