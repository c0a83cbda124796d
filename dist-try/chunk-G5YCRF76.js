import {
  Message
} from "./chunk-ZELYQSGK.js";
import {
  dataName,
  maskName
} from "./chunk-YWRIRJVC.js";
import {
  MultimodalModel
} from "./chunk-UXQCCETH.js";
import {
  packageRoot
} from "./chunk-AMU4RVW4.js";
import {
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  writeSafetensors
} from "./chunk-FL3EIQQG.js";
import {
  data,
  evaluate,
  flagAttribute,
  geometryOf,
  listAttribute,
  numberAttribute,
  pairOf,
  textAttribute,
  topological
} from "./chunk-XV7UC2EY.js";
import {
  columnsRead
} from "./chunk-RANRHDGW.js";
import {
  columnOf,
  isCount,
  isMeasured,
  isSize,
  positionsOf,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  splineConstants
} from "./chunk-G6NLOZXM.js";
import {
  checkOneOf
} from "./chunk-MX4VZIVR.js";
import {
  makeFolder,
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import {
  exists
} from "./chunk-YMIDNFC3.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/exchange/write.ts
import { readFile } from "node:fs/promises";
import { join } from "node:path";

// src/exchange/translation.ts
function translate(output, other, options) {
  const { graph, table, parameters, leaves, batch } = options;
  const otherNodes = topological([other]);
  const pairs = new Map(topological([output]).map((node, i) => [node.id, otherNodes[i]]));
  const shape = (node) => node.shape.map((extent, axis) => extent === pairs.get(node.id).shape[axis] ? extent : -1);
  const fixed = /* @__PURE__ */ new Map();
  const isFixed = (node) => {
    const known = fixed.get(node.id);
    if (known !== void 0) return known;
    const result = node.operation.name !== "data" && !shape(node).includes(-1) && node.inputs.every(isFixed);
    fixed.set(node.id, result);
    return result;
  };
  const constant = (node) => {
    const leafNames = topological([node]).flatMap(
      ({ operation, attributes }) => operation.name === "parameter" ? [String(attributes["name"])] : []
    );
    const feeds = Object.fromEntries(leafNames.map((name) => [name, parameters.get(name).values]));
    return evaluate([node], { parameters: feeds })[0];
  };
  const values = /* @__PURE__ */ new Map();
  const translator = { graph, shape, constant, batch, value };
  function value(node) {
    const known = values.get(node.id);
    if (known !== void 0) return known;
    const name = nameOf(node);
    values.set(node.id, name);
    return name;
  }
  function nameOf(node) {
    const { name } = node.operation;
    const label = String(node.attributes["name"]);
    if (name === "data") return leaves.get(label);
    if (name === "parameter") return graph.tensor({ shape: node.shape, data: parameters.get(label).values }, label);
    if (isFixed(node)) return graph.tensor({ shape: node.shape, data: Float32Array.from(constant(node)) });
    if (!Object.hasOwn(table, name)) throw cannotExport(`the operation ${name} has no translation to ONNX`);
    return table[name](node, translator);
  }
  for (const node of topological([output])) if (!isFixed(node) && node.operation.name !== "constant") value(node);
  return value(output);
}
function cannotExport(reason) {
  return new InputError("cannot-export", `This model cannot be exported: ${reason}.`);
}

// src/exchange/convolutions.ts
var IMAGE_AXES = 4;
var product = (extents) => extents.reduce((a, b) => a * b, 1);
function subjectsFirst(node, leading, to) {
  const { graph } = to;
  const [channels, rows, columns] = node.shape.slice(-IMAGE_AXES);
  const whole = expanded(node, leading, to);
  const flat = graph.reshape(whole, [product(leading) * channels, rows, columns, -1]);
  return graph.add("Transpose", [flat], { perm: [3, 0, 1, 2] });
}
function subjectsLast(value, node, to) {
  const transposed = to.graph.add("Transpose", [value], { perm: [1, 2, 3, 0] });
  return to.graph.reshape(transposed, to.shape(node));
}
function expanded(node, leading, to) {
  const extents = node.shape.slice(0, -IMAGE_AXES);
  if (extents.every((extent, axis) => extent === leading[axis])) return to.value(node);
  const last = to.shape(node).slice(-IMAGE_AXES).map((extent) => extent === -1 ? 1 : extent);
  return to.graph.add("Expand", [to.value(node), to.graph.integers([...leading, ...last])]);
}
function weights(node, leading, to) {
  const [outputs, ...rest] = node.shape.slice(-IMAGE_AXES);
  return to.graph.reshape(expanded(node, leading, to), [product(leading) * outputs, ...rest]);
}
function spacing(node, parts) {
  const padding = pairOf(node.attributes, "padding");
  return {
    group: parts * numberAttribute(node, "groups"),
    strides: pairOf(node.attributes, "stride"),
    pads: [...padding, ...padding],
    dilations: pairOf(node.attributes, "dilation")
  };
}
var conv2d = (node, to) => {
  const [x, w] = node.inputs;
  const { leading } = geometryOf("conv2d", { x: x.shape, w: w.shape, y: node.shape }, node.attributes);
  const attributes = { ...spacing(node, product(leading)), kernel_shape: w.shape.slice(-2) };
  const inputs = [subjectsFirst(x, leading, to), weights(w, leading, to)];
  return subjectsLast(to.graph.add("Conv", inputs, attributes), node, to);
};
var conv2dTranspose = (node, to) => {
  const [y, w] = node.inputs;
  const geometry = geometryOf("conv2dTranspose", { x: node.shape, w: w.shape, y: y.shape }, node.attributes);
  const { leading, input, output, taps, stride, padding, dilation } = geometry;
  const minSize = (axis) => (output[axis] - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (taps[axis] - 1) + 1;
  const attributes = {
    ...spacing(node, product(leading)),
    kernel_shape: taps,
    output_padding: [input[0] - minSize(0), input[1] - minSize(1)]
  };
  const inputs = [subjectsFirst(y, leading, to), weights(w, leading, to)];
  return subjectsLast(to.graph.add("ConvTranspose", inputs, attributes), node, to);
};
var maxPool2d = (node, to) => {
  const [x] = node.inputs;
  const padding = pairOf(node.attributes, "padding");
  const attributes = {
    kernel_shape: pairOf(node.attributes, "size"),
    strides: pairOf(node.attributes, "stride"),
    pads: [...padding, ...padding]
  };
  const pooled = to.graph.add("MaxPool", [subjectsFirst(x, x.shape.slice(0, -IMAGE_AXES), to)], attributes);
  return subjectsLast(pooled, node, to);
};
var moveImages = (node, to) => {
  const [x, moves] = node.inputs;
  const isShared = moves.operation.name === "constant" && moves.shape.slice(0, -2).every((extent) => extent === 1);
  if (!isShared || textAttribute(node, "edge") !== "wrap") throw cannotExport("images are moved individually");
  const all = to.constant(moves);
  const [mirror, ...distances] = [0, 1, 2].map((row) => all[row * all.length / 3]);
  if (mirror > 0) throw cannotExport("images are mirrored");
  return distances.reduce((value, distance, d) => {
    const axis = node.shape.length - 3 + d;
    const extent = node.shape[axis];
    const first = (-Math.trunc(distance) % extent + extent) % extent;
    if (first === 0) return value;
    const slices = [to.graph.slice(value, axis, first, extent), to.graph.slice(value, axis, 0, first)];
    return to.graph.concat(slices, axis);
  }, to.value(x));
};
var convolutionTranslations = {
  conv2d,
  conv2dTranspose,
  maxPool2d,
  moveImages
};

// src/exchange/recurrences.ts
var LSTM_GATES = [0, 3, 1, 2];
var GRU_GATES = [1, 0, 2];
function matrices(node, to) {
  const values = to.constant(node);
  const [rows, columns] = node.shape.slice(-2);
  return Array.from({ length: values.length / (rows * columns) }, (_, layer) => ({
    rows,
    columns,
    at: (row, column) => values[(layer * rows + row) * columns + column]
  }));
}
function weights2({ rows, at }, gates, from, until, to) {
  const units = rows / gates.length;
  const width = until - from;
  const data2 = Float32Array.from({ length: rows * width }, (_, i) => {
    const row = Math.floor(i / width);
    return at(gates[Math.floor(row / units)] * units + row % units, from + i % width);
  });
  return to.graph.tensor({ shape: [1, rows, width], data: data2 });
}
function biases({ rows, at }, gates, columns, to) {
  const units = rows / gates.length;
  const data2 = Float32Array.from({ length: columns.length * rows }, (_, i) => {
    const column = columns[Math.floor(i / rows)];
    const row = i % rows;
    return column === void 0 ? 0 : at(gates[Math.floor(row / units)] * units + row % units, column);
  });
  return to.graph.tensor({ shape: [1, data2.length], data: data2 });
}
function states(node, x, { op, units, attributes, operands }, to) {
  if (node.inputs.length > 2) throw cannotExport("a recurrence skips steps");
  const { graph } = to;
  const [features, times] = x.shape.slice(-3);
  const layers = operands.length;
  const flat = graph.reshape(to.value(x), [layers, features, times, -1]);
  const direction = flagAttribute(node, "reverse") ? "reverse" : "forward";
  const results = operands.map((ofLayer, layer) => {
    const steps = graph.add(
      "Transpose",
      [graph.reshape(graph.slice(flat, 0, layer, layer + 1), [features, times, -1])],
      {
        perm: [1, 2, 0]
      }
    );
    const y = graph.add(op, [steps, ...ofLayer], { hidden_size: units, direction, ...attributes });
    return graph.add("Transpose", [y], { perm: [1, 3, 0, 2] });
  });
  const shape = [...x.shape.slice(0, -3), units, times, -1];
  return graph.reshape(graph.concat(results, 0), shape);
}
var lstmLayer = (node, to) => {
  const [x, all] = node.inputs;
  const features = x.shape[x.shape.length - 3];
  const operands = matrices(all, to).map((matrix) => {
    const units = matrix.columns - features - 1;
    return [
      weights2(matrix, LSTM_GATES, units, units + features, to),
      weights2(matrix, LSTM_GATES, 0, units, to),
      biases(matrix, LSTM_GATES, [matrix.columns - 1, void 0], to)
    ];
  });
  return states(node, x, { op: "LSTM", units: all.shape[all.shape.length - 1] - features - 1, operands }, to);
};
var gru = (node, to) => {
  const [gates, all] = node.inputs;
  const operands = matrices(all, to).map((matrix) => {
    const identity = { rows: matrix.rows, columns: matrix.rows, at: (row, column) => Number(row === column) };
    const units2 = matrix.columns - 1;
    return [
      weights2(identity, GRU_GATES, 0, matrix.rows, to),
      weights2(matrix, GRU_GATES, 0, units2, to),
      biases(matrix, GRU_GATES, [void 0, units2], to)
    ];
  });
  const units = all.shape[all.shape.length - 1] - 1;
  return states(node, gates, { op: "GRU", units, attributes: { linear_before_reset: 1 }, operands }, to);
};
var recurrenceTranslations = { lstmLayer, gru };

// src/exchange/operations.ts
var same = (op) => (node, { graph, value }) => graph.add(op, node.inputs.map(value));
var asNumber = (op) => (node, { graph, value }) => graph.cast(graph.add(op, node.inputs.map(value)), "float32");
var only = (node, { value }) => value(node.inputs[0]);
var reshape = (node, to) => {
  const shape = to.shape(node);
  if (shape.filter((extent) => extent === -1).length > 1)
    throw cannotExport("a shape contains the subjects in two axes");
  return to.graph.reshape(only(node, to), shape);
};
var broadcastTo = (node, to) => {
  const { graph, batch } = to;
  const shape = to.shape(node);
  const source = to.shape(node.inputs[0]);
  const missing = shape.length - source.length;
  const extents = shape.map(
    (extent, axis) => extent !== -1 ? graph.integers([extent]) : source[axis - missing] === -1 ? graph.integers([1]) : batch
  );
  return graph.add("Expand", [only(node, to), graph.concat(extents, 0)]);
};
var slice = (node, to) => {
  const axis = numberAttribute(node, "axis");
  const [start, stop] = [numberAttribute(node, "start"), numberAttribute(node, "stop")];
  if (to.shape(node)[axis] === -1) throw cannotExport("a slice selects some of the subjects");
  const [input] = node.inputs;
  if (STATES.includes(input.operation.name)) {
    if (axis === input.shape.length - 3 && start === 0 && stop === statesOf(input)) return to.value(input);
    throw cannotExport("a slice reads more than the states of a recurrence");
  }
  return to.graph.slice(only(node, to), axis, start, stop);
};
var STATES = ["lstmLayer", "lstm", "gru"];
function statesOf({ operation: { name }, shape }) {
  return shape[shape.length - 3] / (name === "gru" ? 5 : 6);
}
var matmul = (node, to) => {
  const factor = (input, flag) => {
    if (!flagAttribute(node, flag)) return to.value(input);
    const axes = [...input.shape.keys()];
    const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
    return to.graph.add("Transpose", [to.value(input)], { perm });
  };
  const [a, b] = node.inputs;
  return to.graph.add("MatMul", [factor(a, "transA"), factor(b, "transB")]);
};
var translations = {
  neg: same("Neg"),
  abs: same("Abs"),
  sign: same("Sign"),
  exp: same("Exp"),
  log: same("Log"),
  log1p: (node, to) => to.graph.add("Log", [to.graph.add("Add", [only(node, to), to.graph.scalar(1)])]),
  tanh: same("Tanh"),
  sigmoid: same("Sigmoid"),
  sqrt: same("Sqrt"),
  square: (node, to) => to.graph.add("Mul", [only(node, to), only(node, to)]),
  reciprocal: same("Reciprocal"),
  erf: same("Erf"),
  normalCdf(node, to) {
    const scaled = to.graph.add("Mul", [only(node, to), to.graph.scalar(Math.SQRT1_2)]);
    const half = to.graph.scalar(0.5);
    return to.graph.add("Add", [to.graph.add("Mul", [to.graph.add("Erf", [scaled]), half]), half]);
  },
  softplus: same("Softplus"),
  leakyRelu: (node, to) => to.graph.add("LeakyRelu", [only(node, to)], { alpha: { float: numberAttribute(node, "slope") } }),
  clamp: (node, to) => to.graph.add("Clip", [
    only(node, to),
    ...["low", "high"].map((name) => to.graph.scalar(numberAttribute(node, name)))
  ]),
  step: (node, to) => to.graph.cast(to.graph.add("Greater", [only(node, to), to.graph.scalar(0)]), "float32"),
  floor: same("Floor"),
  stopGradient: only,
  add: same("Add"),
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  maximum: same("Max"),
  minimum: same("Min"),
  greater: asNumber("Greater"),
  select: (node, to) => {
    const [condition, yes, no] = node.inputs.map(to.value);
    return to.graph.add("Where", [to.graph.cast(condition, "bool"), yes, no]);
  },
  matmul,
  sum: (node, to) => to.graph.add("ReduceSum", [only(node, to), to.graph.integers(listAttribute(node, "axes"))], {
    keepdims: Number(flagAttribute(node, "keep"))
  }),
  max: (node, to) => to.graph.add("ReduceMax", [only(node, to)], {
    axes: listAttribute(node, "axes"),
    keepdims: Number(flagAttribute(node, "keep"))
  }),
  softmax: (node, to) => to.graph.add("Softmax", [only(node, to)], { axis: numberAttribute(node, "axis") }),
  reshape,
  broadcastTo,
  permute: (node, to) => to.graph.add("Transpose", [only(node, to)], { perm: listAttribute(node, "axes") }),
  slice,
  concat: (node, to) => to.graph.concat(node.inputs.map(to.value), numberAttribute(node, "axis")),
  ...convolutionTranslations,
  ...recurrenceTranslations
};

// src/exchange/tensor-graph.ts
var SUBJECTS = "subjects";
var GraphBuilder = class {
  #inputs = [];
  #outputs = [];
  #nodes = [];
  #tensors = /* @__PURE__ */ new Map();
  #known = /* @__PURE__ */ new Map();
  #next = 0;
  input(port) {
    this.#inputs.push(port);
    return port.name;
  }
  output(port, value) {
    this.#nodes.push({ op: "Identity", inputs: [value], outputs: [port.name], attributes: {} });
    this.#outputs.push(port);
  }
  /**
   * Adds an operator, unless an equal one exists already.
   * @returns the name of the result
   */
  add(op, inputs, attributes = {}) {
    const key = JSON.stringify([op, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== void 0) return known;
    const name = this.#name(op.toLowerCase());
    this.#nodes.push({ op, inputs, outputs: [name], attributes });
    this.#known.set(key, name);
    return name;
  }
  /**
   * Adds a tensor. Equal small tensors are added once.
   * @param name its name, or a prefix if the name is taken
   */
  tensor(tensor, name = "constant") {
    const isSmall = tensor.data.length <= 64;
    const key = isSmall ? [tensor.data.constructor.name, tensor.shape.join(), ...tensor.data].join(" ") : void 0;
    const known = key === void 0 ? void 0 : this.#known.get(key);
    if (known !== void 0) return known;
    const unique = this.#tensors.has(name) || name === "constant" ? this.#name(name) : name;
    this.#tensors.set(unique, tensor);
    if (key !== void 0) this.#known.set(key, unique);
    return unique;
  }
  scalar(value) {
    return this.tensor({ shape: [], data: Float32Array.of(value) });
  }
  doubles(values, shape = [values.length]) {
    return this.tensor({ shape, data: Float64Array.from(values) });
  }
  integers(values) {
    return this.tensor({ shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  }
  reshape(value, shape) {
    return this.add("Reshape", [value, this.integers(shape)]);
  }
  slice(value, axis, start, stop) {
    return this.add("Slice", [value, ...[[start], [stop], [axis]].map((values) => this.integers(values))]);
  }
  concat(values, axis) {
    return values.length === 1 ? values[0] : this.add("Concat", values, { axis });
  }
  cast(value, type) {
    return this.add("Cast", [value], { to: ELEMENT_CODES[type] });
  }
  /** Returns the graph with only what the outputs need. */
  build() {
    const needed = new Set(this.#outputs.map(({ name }) => name));
    const nodes = [...this.#nodes].reverse().filter(({ inputs, outputs }) => {
      const isNeeded = outputs.some((name) => needed.has(name));
      if (isNeeded) for (const name of inputs) needed.add(name);
      return isNeeded;
    });
    const tensors = new Map([...this.#tensors].filter(([name]) => needed.has(name)));
    return { inputs: this.#inputs, outputs: this.#outputs, nodes: nodes.reverse(), tensors };
  }
  #name(prefix) {
    return `${prefix}_${this.#next++}`;
  }
};
var ELEMENT_CODES = { float32: 1, int64: 7, bool: 9, float64: 11 };

// src/exchange/preparation.ts
function preparedInput(scales, graph) {
  return scales.regularArray ? preparedArray(scales, graph) : preparedTable(scales, graph);
}
function preparedArray(scales, graph) {
  const { name, columns } = scales;
  const regularArray = scales.regularArray;
  const sizes = regularArray.kind === "image" ? [regularArray.height, regularArray.width] : [regularArray.steps];
  const port = { name, type: "float32", shape: [SUBJECTS, columns.length, ...sizes] };
  const channels = graph.reshape(graph.input(port), [-1, columns.length, positionsOf(regularArray)]);
  const perChannel = (value) => graph.tensor({ shape: [columns.length, 1], data: Float32Array.from(columns, value) });
  const centred = graph.add("Sub", [channels, perChannel(({ mean }) => mean)]);
  const values = graph.add("Mul", [centred, perChannel(({ sd }) => 1 / sd)]);
  return {
    port,
    columns: columns.map((column) => ({ name: column.name })),
    values: graph.reshape(values, [-1, valuesPerSubject(scales)])
  };
}
function preparedTable(scales, graph) {
  const { name, columns, covariates = [], levels = {} } = scales;
  const read = columnsRead(scales);
  const inputs = [
    ...read.map((column) => ({ name: column, ...Object.hasOwn(levels, column) && { levels: levels[column] } })),
    ...covariateInputs(covariates).map((covariate) => ({ name: covariate, covariate: true }))
  ];
  const port = { name, type: "float64", shape: [SUBJECTS, inputs.length] };
  const table = new Columns(graph, graph.input(port), read);
  const source = table.withSizes(columns);
  let values = table.of(source, columns);
  values = levelValues(graph, values, columns);
  values = transformed(graph, values, { scales, table, raw: port.name });
  const logged = columns.map(({ log }) => log);
  if (logged.includes(true)) {
    const moved = graph.add("Add", [values, graph.doubles(columns.map(({ offset }) => offset))]);
    values = graph.add("Where", [mask(graph, logged), graph.add("Log", [moved]), values]);
  }
  if (covariates.length > 0) {
    const ofCovariates = graph.slice(port.name, 1, read.length, inputs.length);
    const centred2 = graph.add("Sub", [
      covariateTerms(graph, ofCovariates, covariates),
      graph.doubles(covariates.map(({ mean }) => mean))
    ]);
    const terms = graph.add("Div", [centred2, graph.doubles(covariates.map(({ sd }) => sd))]);
    const slopes = covariates.flatMap((_, term) => columns.map((column) => column.slopes?.[term] ?? 0));
    const effect = graph.add("MatMul", [terms, graph.doubles(slopes, [covariates.length, columns.length])]);
    values = graph.add("Sub", [values, effect]);
  }
  if (columns.some(({ limits }) => limits)) {
    const lower = graph.doubles(columns.map(({ limits }) => limits?.lower ?? -Infinity));
    const upper = graph.doubles(columns.map(({ limits }) => limits?.upper ?? Infinity));
    values = graph.add("Where", [graph.add("Less", [values, lower]), lower, values]);
    values = graph.add("Where", [graph.add("Greater", [values, upper]), upper, values]);
  }
  const centred = graph.add("Sub", [values, graph.doubles(columns.map(({ mean }) => mean))]);
  const scaled = graph.add("Div", [centred, graph.doubles(columns.map(({ sd }) => sd))]);
  return { port, columns: inputs, values: graph.cast(scaled, "float32") };
}
function covariateInputs(covariates) {
  return [...new Set(covariates.map(inputName))];
}
function inputName({ column, level }) {
  return level === void 0 ? column : `${column}=${level}`;
}
function covariateTerms(graph, inputs, covariates) {
  const names = covariateInputs(covariates);
  const positions = covariates.map((term) => names.indexOf(inputName(term)));
  const values = graph.add("Gather", [inputs, graph.integers(positions)], { axis: 1 });
  const isCurved = covariates.map(({ spline }) => spline !== void 0);
  if (!isCurved.includes(true)) return values;
  const flat = { from: 0, before: 0, last: 0, ratio: 0, scale: 0, slope: 0 };
  const constants = covariates.map(({ spline }) => spline ? splineConstants(spline) : flat);
  const of = (key) => graph.doubles(constants.map((term) => term[key]));
  const positive = (difference) => {
    const zero = graph.doubles([0]);
    return graph.add("Where", [graph.add("Less", [difference, zero]), zero, difference]);
  };
  const last = of("last");
  const inside = graph.add("Where", [graph.add("Greater", [values, last]), last, values]);
  const cube = (knot) => {
    const beyond = positive(graph.add("Sub", [inside, knot]));
    return graph.add("Mul", [beyond, graph.add("Mul", [beyond, beyond])]);
  };
  const cubes = graph.add("Sub", [cube(of("from")), graph.add("Mul", [of("ratio"), cube(of("before"))])]);
  const outside = graph.add("Mul", [of("slope"), positive(graph.add("Sub", [values, last]))]);
  const curved = graph.add("Add", [graph.add("Mul", [cubes, of("scale")]), outside]);
  return graph.add("Where", [mask(graph, isCurved), curved, values]);
}
var Columns = class {
  #graph;
  #table;
  #names;
  constructor(graph, table, names) {
    this.#graph = graph;
    this.#table = table;
    this.#names = names;
  }
  /** Returns the named columns in this order. */
  named(names) {
    return this.#gathered(
      this.#table,
      names.map((name) => this.#names.indexOf(name))
    );
  }
  /** Returns the table with a further last column: the size to which counts are relative, see `data/size.ts`. */
  withSizes(columns) {
    const size = columns.find(({ kind }) => isSize(kind));
    if (size === void 0) return this.#table;
    const graph = this.#graph;
    const counts = columns.filter(({ kind }) => isCount(kind));
    const values = this.named(counts.map(({ name }) => name));
    const isMissing = graph.add("IsNaN", [values]);
    const zero = graph.doubles([0]);
    const total = (of) => graph.add("ReduceSum", [graph.add("Where", [isMissing, zero, of]), graph.integers([1])], { keepdims: 1 });
    const ordinary = total(graph.doubles(counts.map(({ mean }) => Math.expm1(mean))));
    const counted = total(values);
    const minimum = graph.doubles([0.5]);
    const bounded = graph.add("Where", [graph.add("Less", [counted, minimum]), minimum, counted]);
    const share = size.total ? graph.add("Div", [bounded, ordinary]) : this.named([size.name]);
    const known = graph.add("Where", [graph.add("Greater", [ordinary, zero]), share, graph.doubles([NaN])]);
    return graph.concat([this.#table, known], 1);
  }
  /**
   * Returns, for every scale, the column that it scales.
   * @param table result of `withSizes`
   */
  of(table, columns) {
    const at = (scale) => isSize(scale.kind) ? -1 : this.#names.indexOf(columnOf(scale));
    return this.#gathered(table, columns.map(at));
  }
  #gathered(table, positions) {
    return this.#graph.add("Gather", [table, this.#graph.integers(positions)], { axis: 1 });
  }
};
function levelValues(graph, values, columns) {
  const isLevel = columns.map(({ level }) => level !== void 0);
  if (!isLevel.includes(true)) return values;
  const levels = graph.doubles(columns.map(({ level }) => level ?? 0));
  const isOrdinal = columns.map(({ kind, level }) => kind === "ordinal" && level !== void 0);
  const reached = graph.cast(graph.add("GreaterOrEqual", [values, levels]), "float64");
  const equal = graph.cast(graph.add("Equal", [values, levels]), "float64");
  const indicator = isOrdinal.includes(true) ? graph.add("Where", [mask(graph, isOrdinal), reached, equal]) : equal;
  const known = graph.add("Where", [graph.add("IsNaN", [values]), values, indicator]);
  return graph.add("Where", [mask(graph, isLevel), known, values]);
}
function transformed(graph, values, { scales, table }) {
  const { transform, columns } = scales;
  if (!transform) return values;
  const isTransformed = columns.map(({ kind }) => isMeasured(kind));
  return graph.add("Where", [mask(graph, isTransformed), applied(graph, values, transform, table), values]);
}
function applied(graph, values, transform, table) {
  const number = (value) => graph.doubles([value]);
  const sumOf = (of) => graph.add("ReduceSum", [of, graph.integers([1])], { keepdims: 1 });
  switch (transform.kind) {
    case "log1p":
      return graph.add("Log", [graph.add("Add", [values, number(1)])]);
    case "arcsinh": {
      const scaled = graph.add("Div", [values, number(transform.cofactor)]);
      const size = graph.add("Abs", [scaled]);
      const root = graph.add("Sqrt", [graph.add("Add", [graph.add("Mul", [size, size]), number(1)])]);
      return graph.add("Mul", [graph.add("Sign", [scaled]), graph.add("Log", [graph.add("Add", [size, root])])]);
    }
    case "cpm": {
      const total = sumOf(table.named(transform.over));
      const prior = graph.add("Mul", [total, number(2 / transform.meanTotal)]);
      const all = graph.add("Add", [total, graph.add("Mul", [prior, number(2)])]);
      const share = graph.add("Div", [graph.add("Add", [values, prior]), all]);
      return graph.add("Mul", [graph.add("Log", [graph.add("Mul", [share, number(1e6)])]), number(Math.LOG2E)]);
    }
    case "clr": {
      const logarithm = (of) => graph.add("Log", [graph.add("Where", [graph.add("Equal", [of, number(0)]), number(transform.zero), of])]);
      const centre = graph.add("Div", [sumOf(logarithm(table.named(transform.over))), number(transform.over.length)]);
      return graph.add("Sub", [logarithm(values), centre]);
    }
    case "rank":
      throw cannotExport(
        "the transform rank needs a normal quantile, which ONNX does not have; use arcsinh, which is similar"
      );
  }
}
function mask(graph, flags) {
  return graph.cast(graph.doubles(flags.map(Number)), "bool");
}

// src/exchange/encoder-graph.ts
var BATCHES = [2, 3];
function encoderGraph({ model: config, columns, parameters }) {
  const model = new MultimodalModel(config, 1);
  const { layout } = model;
  const graph = new GraphBuilder();
  const inputs = columns.map((scales) => preparedInput(scales, graph));
  const isMissing = inputs.map(({ values }) => graph.add("IsNaN", [values]));
  const leaves = /* @__PURE__ */ new Map();
  layout.groups.forEach(({ members, observation }, g) => {
    const count = valueCount(observation);
    const joined = (each) => {
      const flat = graph.add("Transpose", [graph.concat(members.map(each), 1)], { perm: [1, 0] });
      return graph.reshape(flat, [1, members.length, count, -1]);
    };
    const zero = graph.scalar(0);
    const known = (m) => graph.add("Where", [isMissing[m], zero, inputs[m].values]);
    leaves.set(
      dataName(g),
      joined((m) => observation.masked ? known(m) : inputs[m].values)
    );
    const marks = (m) => graph.cast(graph.add("Not", [isMissing[m]]), "float32");
    if (observation.masked) leaves.set(maskName(g), joined(marks));
  });
  const [output, other] = BATCHES.map((batch2) => latentsOf(model, batch2));
  const extents = graph.add("Shape", [inputs[0].port.name]);
  const batch = graph.slice(extents, 0, 0, 1);
  const z = translate(output, other, { graph, table: translations, parameters, leaves, batch });
  const modalities = layout.modalities.map(({ name, latents, observation }, m) => {
    const ofModality = graph.slice(z, 1, layout.offsets[m], layout.offsets[m] + latents);
    const table = graph.add("Transpose", [graph.reshape(ofModality, [latents, -1])], { perm: [1, 0] });
    const exported = `${name}.z`;
    graph.output(
      { name: exported, type: "float32", shape: [SUBJECTS, latents] },
      withoutAbsent(graph, table, { config, inputs, isMissing, modality: m })
    );
    return {
      name,
      input: inputs[m].port.name,
      output: exported,
      columns: inputs[m].columns,
      latents: Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`),
      missing: observation.masked
    };
  });
  return { graph: graph.build(), modalities };
}
function latentsOf(model, batch) {
  const x = model.layout.groups.map(({ members, observation }, g) => {
    const leaf = (name) => data(name, [1, members.length, valueCount(observation), batch]);
    return { values: leaf(dataName(g)), ...observation.masked && { observed: leaf(maskName(g)) } };
  });
  return model.latents(model.inferLatents(x).mean);
}
function withoutAbsent(graph, latents, { config, isMissing, modality }) {
  const sharing = config.shared?.modalities ?? [];
  const needed = sharing.includes(modality) ? sharing : [modality];
  return needed.filter((m) => config.modalities[m].observation.masked).reduce((value, m) => {
    const seen = graph.cast(graph.add("Not", [isMissing[m]]), "float32");
    const any = graph.add("ReduceMax", [seen], { axes: [1], keepdims: 1 });
    return graph.add("Where", [graph.add("Greater", [any, graph.scalar(0)]), value, graph.scalar(NaN)]);
  }, latents);
}

// src/exchange/onnx.ts
var IR_VERSION = 8;
var OPSET = 17;
var MAX_BYTES = 2 ** 31 - 1;
function encodeOnnx(graph, { name, producer, version, text, metadata }) {
  const bytes = [...graph.tensors.values()].reduce((sum, { data: data2 }) => sum + data2.byteLength, 0);
  if (bytes > MAX_BYTES) {
    throw new InputError(
      "cannot-export",
      "An ONNX file must be smaller than 2 GiB, but these weights are not. Use --format python."
    );
  }
  const message = new Message().integer(1, IR_VERSION).bytes(2, producer).bytes(3, version).bytes(6, text).message(7, graphMessage(graph, name)).message(8, new Message().bytes(1, "").integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) {
    message.message(14, new Message().bytes(1, key).bytes(2, value));
  }
  return message.encode();
}
function graphMessage({ nodes, tensors, inputs, outputs }, name) {
  const message = new Message();
  nodes.forEach(({ op, inputs: operands, outputs: results, attributes }, position) => {
    const node = new Message();
    for (const input of operands) node.bytes(1, input);
    for (const output of results) node.bytes(2, output);
    node.bytes(3, `${op}_${position}`).bytes(4, op);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attributeMessage(key, value));
    message.message(1, node);
  });
  message.bytes(2, name);
  for (const [key, tensor] of tensors) message.message(5, tensorMessage(key, tensor));
  for (const port of inputs) message.message(11, portMessage(port));
  for (const port of outputs) message.message(12, portMessage(port));
  return message;
}
var ATTRIBUTE = { float: 1, integer: 2, text: 3, integers: 7 };
function attributeMessage(name, value) {
  const message = new Message().bytes(1, name);
  if (typeof value === "number") return message.integer(3, value).integer(20, ATTRIBUTE.integer);
  if (typeof value === "string") return message.bytes(4, value).integer(20, ATTRIBUTE.text);
  if ("float" in value) return message.float(2, value.float).integer(20, ATTRIBUTE.float);
  for (const integer of value) message.integer(8, integer);
  return message.integer(20, ATTRIBUTE.integers);
}
function tensorMessage(name, { shape, data: data2 }) {
  const message = new Message();
  for (const extent of shape) message.integer(1, extent);
  return message.integer(2, ELEMENT_CODES[elementType(data2)]).bytes(8, name).bytes(9, new Uint8Array(data2.buffer, data2.byteOffset, data2.byteLength));
}
function elementType(data2) {
  if (data2 instanceof Float32Array) return "float32";
  return data2 instanceof Float64Array ? "float64" : "int64";
}
function portMessage({ name, type, shape }) {
  const extents = new Message();
  for (const extent of shape) {
    const one = typeof extent === "number" ? new Message().integer(1, extent) : new Message().bytes(2, extent);
    extents.message(1, one);
  }
  const tensor = new Message().integer(1, ELEMENT_CODES[type]).message(2, extents);
  return new Message().bytes(1, name).message(2, new Message().message(1, tensor));
}

// src/exchange/write.ts
var EXPORT_FORMATS = ["onnx", "python"];
var PYTHON_READER = join(packageRoot, "dist", "encode.py");
async function writeExport(path, run, options) {
  checkOneOf("format", options.format, EXPORT_FORMATS);
  const { summary, parameters } = run;
  const encoders = encoderGraph({ model: summary.model, columns: summary.columns, parameters });
  if (options.format === "onnx") await writeFileAtomic(path, onnxBytes(run, encoders, options));
  else await writePython(path, run, encoders, options);
}
function description({ summary }, { modalities }, { licence }) {
  const { version, study, fingerprint } = summary;
  return { format: "interlatent-export", version, study, fingerprint, ...licence && { licence }, modalities };
}
function onnxBytes(run, encoders, options) {
  const { summary } = run;
  const details = description(run, encoders, options);
  const inputs = encoders.modalities.map(({ input }) => input).join(", ");
  return encodeOnnx(encoders.graph, {
    name: summary.study,
    producer: "interlatent",
    version: summary.version,
    text: `Encoders of the study "${summary.study}": ${inputs} in the units of its tables, NaN where a value is missing, to latents. The metadata "interlatent" lists columns and latents as JSON.`,
    metadata: { interlatent: JSON.stringify(details), ...options.licence && { license: options.licence } }
  });
}
async function writePython(folder, run, encoders, options) {
  if (await exists(join(folder, "run.json"))) {
    throw new InputError("folder-exists", `${folder} is a RUN folder; choose another one for the export`, { folder });
  }
  const { inputs, outputs, nodes, tensors } = encoders.graph;
  const coded = (port) => ({ ...port, type: ELEMENT_CODES[port.type] });
  const plain = nodes.map(({ attributes, ...node }) => ({
    ...node,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        typeof value === "object" && "float" in value ? value.float : value
      ])
    )
  }));
  const graph = { inputs: inputs.map(coded), outputs: outputs.map(coded), nodes: plain };
  const details = description(run, encoders, options);
  await makeFolder(folder);
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  await writeFileAtomic(join(folder, "encode.py"), await readFile(PYTHON_READER));
  await writeFileAtomic(join(folder, "README.md"), readme(encoders, options));
  await writeFileAtomic(join(folder, "model.json"), `${JSON.stringify({ ...details, graph }, null, 1)}
`);
}
function readme({ modalities, graph }, { licence = "not stated" }) {
  const rows = modalities.map(({ input, output, columns, latents, missing }) => {
    const shape = graph.inputs.find(({ name }) => name === input).shape.join(" \xD7 ");
    const names = columns.map(({ name, levels }) => levels ? `${name} (0 \u2026 ${levels.length - 1})` : name).join(", ");
    return `| ${input} | ${shape} | ${names} | ${missing ? "NaN" : "no"} | ${output}: ${latents.join(", ")} |`;
  });
  return `# Encoders for NumPy

\`\`\`python
from encode import Model

latents = Model().encode({${modalities.map(({ input }) => `'${input}': ${input}`).join(", ")}})
\`\`\`

| input | shape | columns | missing values | output |
|---|---|---|---|---|
${rows.join("\n")}

Values are in the units of the training tables; columns of levels contain positions in the lists of \`model.json\`.
Licence: ${licence}.
`;
}

export {
  EXPORT_FORMATS,
  writeExport
};
