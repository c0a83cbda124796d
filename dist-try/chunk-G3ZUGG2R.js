import {
  MAX_UNITS,
  add,
  conv2d,
  leakyRelu,
  maxPool2d,
  mean,
  mul,
  parameter,
  reciprocal,
  reshape,
  sqrt,
  square,
  sub,
  withScope
} from "./chunk-XV7UC2EY.js";
import {
  seedKey,
  uniforms
} from "./chunk-SF4GQ4IP.js";
import {
  normalQuantile
} from "./chunk-MX4VZIVR.js";

// src/nn/parameters.ts
var RATE_GROUPS = ["weights", "gates"];
var INITIAL_STREAM = 65536;
var ParameterList = class {
  runs;
  #all = [];
  constructor(runs) {
    this.runs = runs;
  }
  get all() {
    return this.#all;
  }
  /** Adds a parameter `[runs, ...shape]` and returns its node. */
  create(name, shape, initialise, rate = "weights") {
    const full = [this.runs, ...shape];
    const node = parameter(name, full);
    this.#all.push({ name, shape: full, node, rate, initialise });
    return node;
  }
  /**
   * Returns initial values of every parameter, `[runs, ...shape]` by name.
   * @param seeds one seed per run; the values of a run depend only on its seed
   */
  initialValues(seeds) {
    const values = /* @__PURE__ */ new Map();
    this.#all.forEach((p, index) => {
      const shape = p.shape.slice(1);
      const perRun = shape.reduce((a, b) => a * b, 1);
      const all = new Float32Array(perRun * this.runs);
      seeds.forEach((seed, run) => {
        const draw = (count) => uniforms(seedKey(seed), INITIAL_STREAM + index, 0, count);
        all.set(p.initialise(shape, draw), run * perRun);
      });
      values.set(p.name, all);
    });
    return values;
  }
};
function fanIn(scale = 1) {
  return (shape, uniform) => uniformWithin(scale * Math.sqrt(3 / shape[shape.length - 1]))(shape, uniform);
}
function uniformWithin(bound) {
  return (shape, uniform) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return Float32Array.from(uniform(count), (u) => (2 * u - 1) * bound);
  };
}
function constantValue(value) {
  return (shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
}
function normal(scale) {
  return (shape, uniform) => Float32Array.from(uniform(shape.reduce((a, b) => a * b, 1)), (u) => scale * normalQuantile(u));
}
var orthogonal = (shape, uniform) => {
  const [groups, d] = shape;
  const values = normal(1)(shape, uniform);
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  for (let group = 0; group < groups; group++) {
    const row = (i) => values.subarray((group * d + i) * d, (group * d + i + 1) * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < i; j++) {
        const projection = dot(row(i), row(j));
        row(i).forEach((_, k, values2) => values2[k] -= projection * row(j)[k]);
      }
      const norm = Math.sqrt(dot(row(i), row(i)));
      row(i).forEach((_, k, values2) => values2[k] /= norm);
    }
  }
  return values;
};

// src/nn/group-norm.ts
var EPSILON = 1e-5;
function normaliseGroups(x, axis, groups) {
  const batch = x.shape[x.shape.length - 1];
  const grouped = reshape(x, [
    ...x.shape.slice(0, axis),
    groups,
    x.shape.slice(axis, -1).reduce((product, extent) => product * extent, 1) / groups,
    batch
  ]);
  const centred = sub(grouped, mean(grouped, [axis + 1], { keep: true }));
  const variance = mean(square(centred), [axis + 1], { keep: true });
  return reshape(mul(centred, reciprocal(sqrt(add(variance, EPSILON)))), x.shape);
}
function groupNorm(parameters, name, { members, channels, groups, positions }) {
  const shape = [members, channels, ...new Array(positions + 1).fill(1)];
  const gain = parameters.create(`${name}.gain`, shape, constantValue(1));
  const bias = parameters.create(`${name}.bias`, shape, constantValue(0));
  return (x) => add(mul(normaliseGroups(x, 2, groups), gain), bias);
}

// src/nn/residual.ts
var RESIDUAL_WIDTHS = [64, 128, 256, 512];
var BLOCKS = 2;
var STEMS = ["small", "large"];
var STEM_TAPS = { small: 3, large: 7 };
var MIN_SIDE = { small: 8, large: 32 };
var LARGE_FROM = 128;
var MIN_NORMALISED_CHANNELS = 16;
function stemOf(size) {
  return Math.min(...size) < LARGE_FROM ? "small" : "large";
}
function residualConvolutions({ channels, widths, stem }) {
  const taps = STEM_TAPS[stem];
  const first = { shape: [widths[0], channels, taps, taps], stride: stem === "large" ? 2 : 1 };
  const blocks = widths.flatMap(
    (outputs, stage) => Array.from({ length: BLOCKS }, (_, block) => {
      const inputs = block > 0 ? outputs : widths[Math.max(0, stage - 1)];
      return residualBlock(blockName(stage, block), [outputs, inputs], stage > 0 && block === 0 ? 2 : 1);
    }).flat()
  );
  return [{ name: "conv1", norm: "bn1", ...first }, ...blocks];
}
function residualBlock(name, [outputs, inputs], stride) {
  const skip = { shape: [outputs, inputs, 1, 1], stride };
  return [
    { name: `${name}.conv1`, norm: `${name}.bn1`, shape: [outputs, inputs, 3, 3], stride },
    { name: `${name}.conv2`, norm: `${name}.bn2`, shape: [outputs, outputs, 3, 3], stride: 1 },
    ...stride > 1 ? [{ name: `${name}.downsample.0`, norm: `${name}.downsample.1`, ...skip }] : []
  ];
}
function blockName(stage, block) {
  return `layer${stage + 1}.${block}`;
}
function residualStack(parameters, name, shape, { members, pretrained, isFrozen = false }) {
  const copies = isFrozen ? 1 : members;
  const rate = isFrozen ? "fixed" : "weights";
  const layers = new Map(
    residualConvolutions(shape).map(({ name: convolution, shape: taps, stride }) => {
      const [outputs, inputs, rows] = taps;
      const spacing = { stride: [stride, stride], padding: [(rows - 1) / 2, (rows - 1) / 2] };
      const deviation = Math.sqrt(2 / (inputs * rows * rows));
      const folded = (field) => pretrained && (() => repeated(pretrained(convolution)[field], copies));
      const weight = parameters.create(
        `${name}.${convolution}.weight`,
        [copies, ...taps],
        folded("weight") ?? normal(deviation),
        rate
      );
      const bias = folded("bias");
      const normalised = bias ? addedBias(parameters.create(`${name}.${convolution}.bias`, [copies, outputs, 1, 1, 1], bias, rate)) : groupNorm(parameters, `${name}.${convolution}.norm`, {
        members,
        channels: outputs,
        groups: normalisedGroups(outputs),
        positions: 2
      });
      return [convolution, (x) => withScope(convolution, () => normalised(conv2d(x, weight, spacing)))];
    })
  );
  const apply = (layer, x) => layers.get(layer)(x);
  const block = (convolution, x) => {
    const inner = apply(`${convolution}.conv2`, relu(apply(`${convolution}.conv1`, x)));
    const skip = `${convolution}.downsample.0`;
    return relu(add(inner, layers.has(skip) ? apply(skip, x) : x));
  };
  return (x) => {
    const first = relu(apply("conv1", x));
    const pooled = shape.stem === "large" ? maxPool2d(first, { size: [3, 3], stride: [2, 2], padding: [1, 1] }) : first;
    const names = shape.widths.flatMap((_, stage) => Array.from({ length: BLOCKS }, (__, i) => blockName(stage, i)));
    return mean(
      names.reduce((map, convolution) => block(convolution, map), pooled),
      [3, 4]
    );
  };
}
function addedBias(bias) {
  return (x) => add(x, bias);
}
function relu(x) {
  return leakyRelu(x, 0);
}
function normalisedGroups(channels) {
  const maxGroups = Math.max(1, Math.floor(channels / MIN_NORMALISED_CHANNELS));
  return Array.from({ length: maxGroups }, (_, i) => maxGroups - i).find((groups) => channels % groups === 0) ?? 1;
}
function repeated(values, times) {
  const all = new Float32Array(times * values.length);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}

// src/data/network.ts
var NETWORK_KINDS = ["mlp", "conv", "resnet18", "conv1d", "lstm", "gru"];
var WEIGHT_TRAINING = ["frozen", "tuned"];
var NETWORK_DENSE = 128;
function recurrentProblem({ kind, widths }) {
  if (kind !== "lstm" && kind !== "gru") return void 0;
  const wide = widths?.find((units) => units > MAX_UNITS);
  return wide === void 0 ? void 0 : `is ${kind} with ${wide} units in a layer; a layer has at most ${MAX_UNITS}: take more layers`;
}
function residualProblem({ widths, stem: configured }, { height, width }) {
  if (widths && widths.length !== RESIDUAL_WIDTHS.length) {
    return `is resnet18 with ${widths.length} widths; it has four stages, by default ${RESIDUAL_WIDTHS.join(", ")}`;
  }
  const stem = configured ?? stemOf([height, width]);
  const minSide = MIN_SIDE[stem];
  if (Math.min(height, width) >= minSide) return void 0;
  return `is resnet18 with the ${stem} stem, which needs images of at least ${minSide} \xD7 ${minSide} pixels, not ${height} \xD7 ${width}; use larger images${stem === "large" ? ", the small stem" : ""} or kind: conv`;
}

export {
  RATE_GROUPS,
  ParameterList,
  fanIn,
  uniformWithin,
  constantValue,
  normal,
  orthogonal,
  RESIDUAL_WIDTHS,
  STEMS,
  STEM_TAPS,
  stemOf,
  residualConvolutions,
  residualStack,
  NETWORK_KINDS,
  WEIGHT_TRAINING,
  NETWORK_DENSE,
  recurrentProblem,
  residualProblem
};
