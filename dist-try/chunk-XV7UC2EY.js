import {
  erf,
  normalCdf,
  normalDensity,
  normalQuantile,
  sigmoid,
  softplus,
  uniformAt
} from "./chunk-MX4VZIVR.js";
import {
  InputError,
  InternalError
} from "./chunk-5XKOZ6VI.js";

// src/graph/data-type.ts
var ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int16: Int16Array
};
var DATA_TYPES = ["float32", "int32", "uint8", "int16"];
var ELEMENT_BYTES = 4;
function bytesOf(type, count) {
  return count * ARRAYS[type].BYTES_PER_ELEMENT;
}
function elementsOf(type, count) {
  return Math.ceil(bytesOf(type, count) / ELEMENT_BYTES);
}
function typeOfArray(values) {
  return DATA_TYPES.find((type) => values instanceof ARRAYS[type]);
}
function roomFor(type, count) {
  const elements = new Int32Array(elementsOf(type, count));
  return { values: new ARRAYS[type](elements.buffer, 0, count), elements };
}
function elementsIn(values) {
  if (values instanceof Float32Array || values instanceof Int32Array) return values;
  const { buffer, byteOffset, byteLength } = values;
  if (byteOffset % ELEMENT_BYTES === 0 && byteLength % ELEMENT_BYTES === 0) {
    return new Int32Array(buffer, byteOffset, byteLength / ELEMENT_BYTES);
  }
  const elements = new Int32Array(Math.ceil(byteLength / ELEMENT_BYTES));
  new Uint8Array(elements.buffer).set(new Uint8Array(buffer, byteOffset, byteLength));
  return elements;
}

// src/graph/shapes.ts
function sizeOf(shape2) {
  let size = 1;
  for (const extent of shape2) size *= extent;
  return size;
}
function formatShape(shape2) {
  return `[${shape2.join(", ")}]`;
}
function sameShape(a, b) {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
function shapeError(op, message) {
  return new InputError("shape-mismatch", `[${op}] ${message}`);
}
function checkShape(op, shape2) {
  if (!shape2.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) {
    throw shapeError(op, `every extent must be a whole number of at least 1, got ${formatShape(shape2)}`);
  }
}
function resolveAxis(op, axis, rank) {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw shapeError(op, `axis ${axis} does not exist in a tensor of rank ${rank}`);
  }
  return resolved;
}
function contiguousStrides(shape2) {
  const strides = new Array(shape2.length);
  let stride = 1;
  for (let axis = shape2.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape2[axis];
  }
  return strides;
}
function broadcastShapes(shapes) {
  const rank = Math.max(0, ...shapes.map((shape2) => shape2.length));
  const result = new Array(rank).fill(1);
  for (const shape2 of shapes) {
    for (let axis = 0; axis < shape2.length; axis++) {
      const target = axis + rank - shape2.length;
      const extent = shape2[axis];
      if (extent === 1 || extent === result[target]) continue;
      if (result[target] !== 1) return void 0;
      result[target] = extent;
    }
  }
  return result;
}
function broadcastStrides(shape2, target, strides = contiguousStrides(shape2)) {
  const missing = target.length - shape2.length;
  return target.map((extent, axis) => {
    const source = axis - missing;
    return source < 0 || shape2[source] === 1 && extent !== 1 ? 0 : strides[source];
  });
}
function positions(dims, strides) {
  const offsets = new Int32Array(sizeOf(dims));
  const index = new Array(dims.length).fill(0);
  let offset = 0;
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = offset;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      offset += strides[axis];
      index[axis]++;
      if (index[axis] < dims[axis]) break;
      offset -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
  return offsets;
}

// src/graph/access.ts
function contiguous(shape2) {
  return { offset: 0, strides: contiguousStrides(shape2) };
}
function isContiguous(shape2, access) {
  let stride = 1;
  for (let axis = shape2.length - 1; axis >= 0; axis--) {
    if (shape2[axis] === 1) continue;
    if (access.strides[axis] !== stride) return false;
    stride *= shape2[axis];
  }
  return true;
}
function isIdentity(shape2, access, size) {
  return access.offset === 0 && sizeOf(shape2) === size && isContiguous(shape2, access);
}
function extentOf(shape2, access) {
  return shape2.reduce((extent, dim, axis) => extent + (dim - 1) * access.strides[axis], 1);
}
function collapse(dims, strides, separate = () => false) {
  const result = {
    dims: [],
    strides: strides.map(() => []),
    axes: []
  };
  dims.forEach((dim, axis) => {
    if (dim === 1) return;
    const last = result.dims.length - 1;
    const merges = last >= 0 && !separate(axis, result.axes[last]) && strides.every((operand, i) => result.strides[i][last] === operand[axis] * dim);
    if (merges) {
      result.dims[last] *= dim;
      strides.forEach((operand, i) => result.strides[i][last] = operand[axis]);
    } else {
      result.dims.push(dim);
      result.axes.push(axis);
      strides.forEach((operand, i) => result.strides[i].push(operand[axis]));
    }
  });
  return result;
}
function reshapeAccess(shape2, access, target) {
  const merged = collapse(shape2, [access.strides]);
  const strides = new Array(target.length).fill(0);
  let group = merged.dims.length - 1;
  let inside2 = 1;
  for (let axis = target.length - 1; axis >= 0; axis--) {
    if (target[axis] === 1) continue;
    if (group < 0) return void 0;
    strides[axis] = merged.strides[0][group] * inside2;
    inside2 *= target[axis];
    if (merged.dims[group] % inside2 !== 0) return void 0;
    if (inside2 === merged.dims[group]) {
      group--;
      inside2 = 1;
    }
  }
  return { offset: access.offset, strides };
}

// src/graph/node.ts
var nextId = 0;
var scope = "";
function scoped(name) {
  return scope === "" ? name : `${scope}/${name}`;
}
function makeNode(operation, inputs, shape2, attributes = {}, fullLabel = scoped(operation.name)) {
  return Object.freeze({ id: nextId++, operation, inputs, shape: shape2, attributes, label: fullLabel });
}
function dataTypeOf({ attributes }) {
  return DATA_TYPES.find((type) => type === attributes["dtype"]) ?? "float32";
}
function isInteger(node) {
  return dataTypeOf(node) === "int32";
}
function apply(operation, inputs, attributes = {}) {
  const other = operation.takesIntegers ? void 0 : inputs.find((input) => dataTypeOf(input) !== "float32");
  if (other !== void 0) {
    const { name, dtype } = other.attributes;
    throw new InputError(
      "wrong-dtype",
      `[${operation.name}] takes float32 values, but data "${String(name)}" is ${String(dtype)}`
    );
  }
  return makeNode(operation, inputs, operation.shape(inputs, attributes), attributes);
}
function noFurtherDerivative({ operation }) {
  const reason = "has no further derivative; this penalty needs one too many";
  throw new InternalError("not-differentiable", `[${operation.name}] ${reason}`);
}
function withScope(name, fn) {
  return withAbsoluteScope(scoped(name), fn);
}
function withAbsoluteScope(name, fn) {
  const outer = scope;
  scope = name;
  try {
    return fn();
  } finally {
    scope = outer;
  }
}
function withInputs(node, inputs) {
  return makeNode(node.operation, inputs, node.shape, node.attributes, node.label);
}
function wrongAttribute(node, name, kind) {
  return new InternalError(
    "wrong-attribute",
    `[${node.operation.name}] attribute "${name}" is not ${kind}; please report this`
  );
}
function numberAttribute(node, name) {
  const value = node.attributes[name];
  if (typeof value !== "number") throw wrongAttribute(node, name, "a number");
  return value;
}
function textAttribute(node, name) {
  const value = node.attributes[name];
  if (typeof value !== "string") throw wrongAttribute(node, name, "a text");
  return value;
}
function flagAttribute(node, name) {
  const value = node.attributes[name];
  if (typeof value !== "boolean") throw wrongAttribute(node, name, "true or false");
  return value;
}
function listAttribute(node, name) {
  const value = node.attributes[name];
  if (!Array.isArray(value)) throw wrongAttribute(node, name, "a list of numbers");
  return value;
}
function valuesAttribute(node, name) {
  const value = node.attributes[name];
  if (!(value instanceof Float64Array)) throw wrongAttribute(node, name, "an array of values");
  return value;
}
function topological(outputs) {
  const order = [];
  const seen = /* @__PURE__ */ new Set();
  const stack = [];
  for (const output of outputs) {
    if (seen.has(output.id)) continue;
    seen.add(output.id);
    stack.push({ node: output, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next === top.node.inputs.length) {
        order.push(top.node);
        stack.pop();
        continue;
      }
      const input = top.node.inputs[top.next++];
      if (!seen.has(input.id)) {
        seen.add(input.id);
        stack.push({ node: input, next: 0 });
      }
    }
  }
  return order;
}

// src/graph/leaves.ts
var shape = () => [];
function fed(name, kind) {
  return {
    name,
    shape,
    reference: (node, _inputs, context) => context.leaf(kind, textAttribute(node, "name"), sizeOf(node.shape)),
    keepsRunsApart: () => true,
    lowering: { kind: "leaf" }
  };
}
var leafRows = {
  parameter: fed("parameter", "parameters"),
  data: fed("data", "data"),
  control: fed("control", "controls"),
  constant: {
    name: "constant",
    shape,
    reference: (node) => valuesAttribute(node, "values"),
    keepsRunsApart: () => false,
    lowering: { kind: "leaf" }
  }
};
function named(operation, name, shape2, attributes = {}) {
  if (name === "") throw new InputError("missing-name", `[${operation.name}] needs a name that is not empty`);
  checkShape(operation.name, shape2);
  return makeNode(operation, [], [...shape2], { name, ...attributes }, name);
}
function parameter(name, shape2) {
  return named(leafRows.parameter, name, shape2);
}
function data(name, shape2, dtype = "float32") {
  return named(leafRows.data, name, shape2, { dtype });
}
function control(name, shape2) {
  return named(leafRows.control, name, shape2);
}
function constant(values, shape2) {
  checkShape("constant", shape2);
  if (values.length !== sizeOf(shape2)) {
    throw shapeError("constant", `${values.length} values do not fill the shape ${formatShape(shape2)}`);
  }
  return makeNode(leafRows.constant, [], [...shape2], { values: Float64Array.from(values) });
}
function scalar(value) {
  return constant([value], []);
}
function asNode(value) {
  return typeof value === "number" ? scalar(value) : value;
}
function zeros(shape2) {
  return broadcastTo(scalar(0), shape2);
}
function ones(shape2) {
  return broadcastTo(scalar(1), shape2);
}

// src/graph/runs.ts
var everyInput = ({ inputs }, hasRuns) => inputs.every(hasRuns);
var alongAxis = (node, hasRuns) => numberAttribute(node, "axis") !== 0 && node.inputs.every(hasRuns);
function broadcast(minRank) {
  return ({ inputs, shape: shape2 }, hasRuns) => inputs.every((input) => {
    const rank = input.shape.length;
    if (hasRuns(input)) return rank === shape2.length && rank >= minRank;
    return rank < shape2.length || input.shape[0] === 1;
  });
}
function before(axes) {
  return ({ inputs }, hasRuns) => inputs.every(hasRuns) && inputs[0].shape.length > axes;
}

// src/graph/unary.ts
function row(name, { value, slope, immediates, cheap }) {
  return {
    name,
    shape: (inputs) => inputs[0].shape,
    ...slope && { derivative: (node, upstream) => [mul(upstream, slope(node, node.inputs[0]))] },
    reference: (node, [x]) => x.values.map((element) => value(element, node)),
    keepsRunsApart: broadcast(1),
    lowering: { kind: "elementwise", instruction: name, immediates, cheap }
  };
}
var slopeOf = (node) => numberAttribute(node, "slope");
var lowOf = (node) => numberAttribute(node, "low");
var highOf = (node) => numberAttribute(node, "high");
var clampTo = (x, low, high) => x < low ? low : x > high ? high : x;
var unaryRows = {
  neg: {
    ...row("neg", { value: (x) => -x, cheap: true }),
    derivative: (_, upstream) => [neg(upstream)]
  },
  abs: row("abs", { value: Math.abs, slope: (_, x) => sign(x), cheap: true }),
  sign: row("sign", { value: (x) => Number.isNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0, cheap: true }),
  exp: row("exp", { value: Math.exp, slope: (y) => y }),
  log: row("log", { value: Math.log, slope: (_, x) => reciprocal(x) }),
  log1p: row("log1p", { value: Math.log1p, slope: (_, x) => reciprocal(add(x, 1)) }),
  tanh: row("tanh", { value: Math.tanh, slope: (y) => sub(1, square(y)) }),
  sigmoid: row("sigmoid", { value: sigmoid, slope: (y) => sub(y, square(y)) }),
  sqrt: row("sqrt", { value: Math.sqrt, slope: (y) => mul(0.5, reciprocal(y)) }),
  square: row("square", { value: (x) => x * x, slope: (_, x) => mul(2, x), cheap: true }),
  reciprocal: row("reciprocal", { value: (x) => 1 / x, slope: (y) => neg(square(y)) }),
  erf: row("erf", { value: erf, slope: (_, x) => mul(2 / Math.sqrt(Math.PI), exp(neg(square(x)))) }),
  normalCdf: row("normalCdf", { value: normalCdf, slope: (_, x) => normalDensity2(x) }),
  normalQuantile: row("normalQuantile", { value: normalQuantile, slope: (y) => reciprocal(normalDensity2(y)) }),
  softplus: row("softplus", { value: softplus, slope: (_, x) => sigmoid2(x) }),
  leakyRelu: row("leakyRelu", {
    value: (x, node) => x > 0 ? x : slopeOf(node) * x,
    slope: (y) => leakyStep(y, slopeOf(y)),
    immediates: ["slope"],
    cheap: true
  }),
  leakyStep: row("leakyStep", {
    value: (x, node) => Number.isNaN(x) ? x : x > 0 ? 1 : slopeOf(node),
    immediates: ["slope"],
    cheap: true
  }),
  step: row("step", { value: (x) => Number.isNaN(x) ? x : x > 0 ? 1 : 0, cheap: true }),
  clamp: row("clamp", {
    value: (x, node) => clampTo(x, lowOf(node), highOf(node)),
    slope: (node, x) => inside(x, lowOf(node), highOf(node)),
    immediates: ["low", "high"],
    cheap: true
  }),
  inside: row("inside", {
    value: (x, node) => Number.isNaN(x) ? x : lowOf(node) < x && x < highOf(node) ? 1 : 0,
    immediates: ["low", "high"],
    cheap: true
  }),
  floor: row("floor", { value: Math.floor, cheap: true }),
  stopGradient: {
    name: "stopGradient",
    shape: (inputs) => inputs[0].shape,
    reference: (_, [x]) => x.values,
    keepsRunsApart: everyInput,
    lowering: { kind: "view", access: (_, input) => input }
  }
};
var neg = (x) => apply(unaryRows.neg, [x]);
var abs = (x) => apply(unaryRows.abs, [x]);
var sign = (x) => apply(unaryRows.sign, [x]);
var exp = (x) => apply(unaryRows.exp, [x]);
var log = (x) => apply(unaryRows.log, [x]);
var log1p = (x) => apply(unaryRows.log1p, [x]);
var tanh = (x) => apply(unaryRows.tanh, [x]);
var sigmoid2 = (x) => apply(unaryRows.sigmoid, [x]);
var sqrt = (x) => apply(unaryRows.sqrt, [x]);
var square = (x) => apply(unaryRows.square, [x]);
var reciprocal = (x) => apply(unaryRows.reciprocal, [x]);
var normalCdf2 = (x) => apply(unaryRows.normalCdf, [x]);
var softplus2 = (x) => apply(unaryRows.softplus, [x]);
var stopGradient = (x) => apply(unaryRows.stopGradient, [x]);
var normalDensity2 = (x) => mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x))));
function checkSlope(op, slope) {
  if (!(slope >= 0 && slope < Infinity)) {
    throw new InputError("out-of-range", `[${op}] slope must be a finite number of at least 0, got ${slope}`);
  }
}
function checkBounds(op, low, high) {
  if (!(low < high)) {
    throw new InputError("out-of-range", `[${op}] bounds must satisfy low < high, got ${low} and ${high}`);
  }
}
function leakyRelu(x, slope) {
  checkSlope("leakyRelu", slope);
  return apply(unaryRows.leakyRelu, [x], { slope });
}
function leakyStep(x, slope) {
  checkSlope("leakyStep", slope);
  return apply(unaryRows.leakyStep, [x], { slope });
}
function clamp(x, low, high) {
  checkBounds("clamp", low, high);
  return apply(unaryRows.clamp, [x], { low, high });
}
function inside(x, low, high) {
  checkBounds("inside", low, high);
  return apply(unaryRows.inside, [x], { low, high });
}

// src/graph/binary.ts
function row2(name, { value, slopes, instruction, cheap = true, commutative }) {
  return {
    name,
    shape(inputs) {
      const shape2 = broadcastShapes(inputs.map((input) => input.shape));
      if (shape2 !== void 0) return shape2;
      throw shapeError(
        name,
        `shapes do not broadcast: ${inputs.map((input) => formatShape(input.shape)).join(" and ")}`
      );
    },
    ...slopes && {
      derivative: (node, upstream) => slopes(node, upstream, node.inputs).map((slope, i) => slope && sumTo(slope, node.inputs[i].shape))
    },
    reference(node, inputs) {
      const offsets = inputs.map((input) => positions(node.shape, broadcastStrides(input.shape, node.shape)));
      const read = (operand, i) => readAt(inputs[operand], offsets[operand], i);
      return new Float64Array(offsets[0].length).map((_, i) => value(read(0, i), read(1, i), read(2, i)));
    },
    commutative,
    keepsRunsApart: broadcast(1),
    lowering: { kind: "elementwise", instruction, cheap }
  };
}
function readAt(input, offsets, i) {
  return input === void 0 || offsets === void 0 ? 0 : input.values[offsets[i]];
}
var eitherNaN = (a, b) => Number.isNaN(a) || Number.isNaN(b);
var binaryRows = {
  add: row2("add", {
    value: (a, b) => a + b,
    slopes: (_, up) => [up, up],
    instruction: "add",
    commutative: true
  }),
  sub: row2("sub", {
    value: (a, b) => a - b,
    slopes: (_, up) => [up, neg(up)],
    instruction: "sub"
  }),
  mul: row2("mul", {
    value: (a, b) => a * b,
    slopes: (_, up, [a, b]) => [mul(up, b), mul(up, a)],
    instruction: "mul",
    commutative: true
  }),
  div: row2("div", {
    value: (a, b) => a / b,
    slopes: (y, up, [, b]) => [mul(up, reciprocal(b)), neg(mul(up, mul(y, reciprocal(b))))],
    instruction: "div",
    cheap: false
  }),
  maximum: row2("maximum", {
    value: (a, b) => Math.max(a, b),
    slopes: (_, up, [a, b]) => [mul(up, greater(a, b)), mul(up, sub(1, greater(a, b)))],
    instruction: "max",
    commutative: true
  }),
  minimum: row2("minimum", {
    value: (a, b) => Math.min(a, b),
    slopes: (_, up, [a, b]) => [mul(up, greater(b, a)), mul(up, sub(1, greater(b, a)))],
    instruction: "min",
    commutative: true
  }),
  greater: row2("greater", {
    value: (a, b) => eitherNaN(a, b) ? NaN : a > b ? 1 : 0,
    instruction: "greater"
  }),
  select: row2("select", {
    value: (c, a, b) => Number.isNaN(c) ? NaN : c !== 0 ? a : b,
    slopes: (_, up, [c]) => [void 0, select(c, up, 0), select(c, 0, up)],
    instruction: "select"
  })
};
function binary(operation, a, b) {
  return apply(operation, [asNode(a), asNode(b)]);
}
var add = (a, b) => binary(binaryRows.add, a, b);
var sub = (a, b) => binary(binaryRows.sub, a, b);
var mul = (a, b) => a === b && typeof a === "object" ? square(a) : binary(binaryRows.mul, a, b);
var div = (a, b) => binary(binaryRows.div, a, b);
var maximum = (a, b) => binary(binaryRows.maximum, a, b);
var greater = (a, b) => binary(binaryRows.greater, a, b);
function select(condition, a, b) {
  return apply(binaryRows.select, [condition, asNode(a), asNode(b)]);
}

// src/graph/reduction.ts
function keepDimsShape(shape2, axes) {
  return shape2.map((extent, axis) => axes.includes(axis) ? 1 : extent);
}
function reducedShape([x], attributes) {
  const axes = attributes["axes"];
  return attributes["keep"] === true ? keepDimsShape(x.shape, axes) : x.shape.filter((_, axis) => !axes.includes(axis));
}
function restoreAxes(node, value) {
  return reshape(value, keepDimsShape(node.inputs[0].shape, listAttribute(node, "axes")));
}
function row3(name, { start, combine, derivative, lowering }) {
  return {
    name,
    shape: reducedShape,
    derivative: (node, upstream) => [derivative(node, upstream)],
    reference(node, [x]) {
      const axes = listAttribute(node, "axes");
      const keepDims = keepDimsShape(x.shape, axes);
      const strides = contiguousStrides(keepDims).map((stride, axis) => axes.includes(axis) ? 0 : stride);
      const targets = positions(x.shape, strides);
      const result = new Float64Array(sizeOf(keepDims)).fill(start);
      x.values.forEach((element, i) => result[targets[i]] = combine(result[targets[i]], element));
      return result;
    },
    keepsRunsApart: (node, hasRuns) => !listAttribute(node, "axes").includes(0) && node.inputs.every(hasRuns),
    lowering: { kind: "reduce", ...lowering }
  };
}
function maxShare(node) {
  const [x] = node.inputs;
  const hit = sub(1, sign(sub(restoreAxes(node, node), x)));
  const count = sum(hit, listAttribute(node, "axes"), { keep: true });
  return mul(hit, reciprocal(count));
}
var reductionRows = {
  sum: row3("sum", {
    start: 0,
    combine: (total3, element) => total3 + element,
    derivative: (node, upstream) => broadcastTo(restoreAxes(node, upstream), node.inputs[0].shape),
    lowering: { code: 0, countsRepeats: true }
  }),
  max: row3("max", {
    start: -Infinity,
    combine: Math.max,
    derivative: (node, upstream) => mul(restoreAxes(node, upstream), maxShare(node)),
    lowering: { code: 1, countsRepeats: false }
  })
};
function reduce(operation, x, axes, options) {
  const resolved = axes.map((axis) => resolveAxis(operation.name, axis, x.shape.length)).sort((a, b) => a - b);
  if (new Set(resolved).size !== resolved.length) {
    throw shapeError(operation.name, `axes ${formatShape(axes)} contain an axis twice`);
  }
  return apply(operation, [x], { axes: resolved, keep: options.keep ?? false });
}
function sum(x, axes, options = {}) {
  return reduce(reductionRows.sum, x, axes, options);
}
function mean(x, axes, options = {}) {
  const total3 = sum(x, axes, options);
  return mul(total3, sizeOf(total3.shape) / sizeOf(x.shape));
}
function max(x, axes, options = {}) {
  return reduce(reductionRows.max, x, axes, options);
}
function sumTo(x, shape2) {
  if (sameShape(x.shape, shape2)) return x;
  const missing = x.shape.length - shape2.length;
  const axes = [...x.shape.keys()].filter(
    (axis) => axis < missing || shape2[axis - missing] === 1 && x.shape[axis] !== 1
  );
  return reshape(sum(x, axes), shape2);
}

// src/graph/layout.ts
var singleRunAttributes = (attributes, shape2) => ({ ...attributes, shape: shape2 });
var list = (value) => value;
var pick = (values, offsets) => Float64Array.from(offsets, (offset) => values[offset]);
function inverse(axes) {
  const result = new Array(axes.length);
  axes.forEach((axis, position) => result[axis] = position);
  return result;
}
function embed(x, axis, start, extent) {
  const gap = (size) => size === 0 ? [] : [zeros(withExtent(x.shape, axis, size))];
  return concat([...gap(start), x, ...gap(extent - start - x.shape[axis])], axis);
}
function withExtent(shape2, axis, extent) {
  return shape2.map((unchanged, i) => i === axis ? extent : unchanged);
}
var layoutRows = {
  reshape: {
    name: "reshape",
    shape: (_, attributes) => list(attributes["shape"]),
    derivative: (node, upstream) => [reshape(upstream, node.inputs[0].shape)],
    reference: (_, [x]) => x.values,
    keepsRunsApart: everyInput,
    singleRunAttributes,
    lowering: {
      kind: "view",
      access: (node, input) => reshapeAccess(node.inputs[0].shape, input, node.shape)
    }
  },
  broadcastTo: {
    name: "broadcastTo",
    shape: (_, attributes) => list(attributes["shape"]),
    derivative: (node, upstream) => [sumTo(upstream, node.inputs[0].shape)],
    reference: (node, [x]) => pick(x.values, positions(node.shape, broadcastStrides(x.shape, node.shape))),
    keepsRunsApart: broadcast(1),
    singleRunAttributes,
    lowering: {
      kind: "view",
      access: (node, { offset, strides }) => ({
        offset,
        strides: broadcastStrides(node.inputs[0].shape, node.shape, strides)
      })
    }
  },
  permute: {
    name: "permute",
    shape: ([x], attributes) => list(attributes["axes"]).map((axis) => x.shape[axis]),
    derivative: (node, upstream) => [permute(upstream, inverse(listAttribute(node, "axes")))],
    reference(node, [x]) {
      const strides = contiguousStrides(x.shape);
      return pick(
        x.values,
        positions(
          node.shape,
          listAttribute(node, "axes").map((axis) => strides[axis])
        )
      );
    },
    keepsRunsApart: (node, hasRuns) => listAttribute(node, "axes")[0] === 0 && node.inputs.every(hasRuns),
    lowering: {
      kind: "view",
      access: (node, { offset, strides }) => ({
        offset,
        strides: listAttribute(node, "axes").map((axis) => strides[axis])
      })
    }
  },
  slice: {
    name: "slice",
    shape: ([x], { axis, start, stop }) => withExtent(x.shape, Number(axis), Number(stop) - Number(start)),
    derivative(node, upstream) {
      const axis = numberAttribute(node, "axis");
      return [embed(upstream, axis, numberAttribute(node, "start"), node.inputs[0].shape[axis])];
    },
    reference(node, [x]) {
      const strides = contiguousStrides(x.shape);
      const first = numberAttribute(node, "start") * strides[numberAttribute(node, "axis")];
      return pick(x.values.subarray(first), positions(node.shape, strides));
    },
    keepsRunsApart: alongAxis,
    lowering: {
      kind: "view",
      access: (node, { offset, strides }) => ({
        offset: offset + numberAttribute(node, "start") * strides[numberAttribute(node, "axis")],
        strides
      })
    }
  },
  concat: {
    name: "concat",
    shape(inputs, attributes) {
      const axis = Number(attributes["axis"]);
      const total3 = inputs.reduce((extent, input) => extent + input.shape[axis], 0);
      return withExtent(inputs[0].shape, axis, total3);
    },
    derivative(node, upstream) {
      const axis = numberAttribute(node, "axis");
      let start = 0;
      return node.inputs.map((input) => slice(upstream, axis, start, start += input.shape[axis]));
    },
    reference(node, inputs) {
      const axis = numberAttribute(node, "axis");
      const strides = contiguousStrides(node.shape);
      const result = new Float64Array(sizeOf(node.shape));
      let start = 0;
      for (const input of inputs) {
        const first = start * strides[axis];
        positions(input.shape, strides).forEach((offset, i) => result[first + offset] = input.values[i]);
        start += input.shape[axis];
      }
      return result;
    },
    keepsRunsApart: alongAxis,
    lowering: { kind: "concat" }
  }
};
function reshape(x, shape2) {
  checkShape("reshape", shape2);
  if (sizeOf(shape2) !== sizeOf(x.shape)) {
    throw shapeError("reshape", `${formatShape(x.shape)} does not fit into ${formatShape(shape2)}`);
  }
  return sameShape(x.shape, shape2) ? x : apply(layoutRows.reshape, [x], { shape: [...shape2] });
}
function broadcastTo(x, shape2) {
  checkShape("broadcastTo", shape2);
  const result = broadcastShapes([x.shape, shape2]);
  if (result === void 0 || !sameShape(result, shape2)) {
    throw shapeError("broadcastTo", `${formatShape(x.shape)} does not broadcast to ${formatShape(shape2)}`);
  }
  return sameShape(x.shape, shape2) ? x : apply(layoutRows.broadcastTo, [x], { shape: [...shape2] });
}
function permute(x, axes) {
  const resolved = axes.map((axis) => resolveAxis("permute", axis, x.shape.length));
  if (resolved.length !== x.shape.length || new Set(resolved).size !== resolved.length) {
    throw shapeError("permute", `axes ${formatShape(axes)} are not a permutation of those of ${formatShape(x.shape)}`);
  }
  return resolved.every((axis, i) => axis === i) ? x : apply(layoutRows.permute, [x], { axes: resolved });
}
function slice(x, axis, start, stop) {
  const resolved = resolveAxis("slice", axis, x.shape.length);
  const extent = x.shape[resolved];
  if (!Number.isInteger(start) || !Number.isInteger(stop) || start < 0 || stop > extent || start >= stop) {
    throw shapeError("slice", `${start} \u2026 ${stop} is not a range of axis ${resolved} of ${formatShape(x.shape)}`);
  }
  return stop - start === extent ? x : apply(layoutRows.slice, [x], { axis: resolved, start, stop });
}
function concat(nodes, axis) {
  const [first, ...rest] = nodes;
  if (nodes.length === 0) throw shapeError("concat", "needs at least one tensor");
  const resolved = resolveAxis("concat", axis, first.shape.length);
  for (const other of rest) {
    const fits = sameShape(withExtent(first.shape, resolved, 1), withExtent(other.shape, resolved, 1));
    if (!fits || other.shape.length !== first.shape.length) {
      const shapes = nodes.map((node) => formatShape(node.shape)).join(", ");
      throw shapeError("concat", `tensors differ outside axis ${resolved}: ${shapes}`);
    }
  }
  return rest.length === 0 ? first : apply(layoutRows.concat, nodes, { axis: resolved });
}

// src/graph/matmul.ts
function matrixShape(shape2, transposed) {
  const [rows2, columns] = [shape2[shape2.length - 2], shape2[shape2.length - 1]];
  return transposed ? [columns, rows2] : [rows2, columns];
}
function matmulShape([a, b], { transA, transB }) {
  const factor = (shape2, transposed) => `${formatShape(shape2)}${transposed ? "\u1D40" : ""}`;
  const shown = `${factor(a.shape, transA === true)} \xD7 ${factor(b.shape, transB === true)}`;
  if (a.shape.length < 2 || b.shape.length < 2) throw shapeError("matmul", `needs rank 2 or more: ${shown}`);
  const [rows2, inner] = matrixShape(a.shape, transA === true);
  const [innerB, columns] = matrixShape(b.shape, transB === true);
  if (inner !== innerB) throw shapeError("matmul", `inner sizes differ: ${shown}`);
  const batch = broadcastShapes([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  if (batch === void 0) throw shapeError("matmul", `batch axes do not broadcast: ${shown}`);
  return [...batch, rows2, columns];
}
function rowsByColumns({ values, start, step: step2 }, b, startB, k, into) {
  const n = into.length;
  for (let j = 0; j < k; j++) {
    const factor = values[start + j * step2];
    const from = startB + j * n;
    for (let column = 0; column < n; column++) into[column] += factor * b[from + column];
  }
}
function rowsByRows({ values, start, step: step2 }, b, startB, k, into) {
  for (let column = 0; column < into.length; column++) {
    const from = startB + column * k;
    let total3 = 0;
    for (let j = 0; j < k; j++) total3 += values[start + j * step2] * b[from + j];
    into[column] = total3;
  }
}
var matmulRows = {
  matmul: {
    name: "matmul",
    shape: matmulShape,
    derivative(node, upstream) {
      const [a, b] = node.inputs;
      const transA = flagAttribute(node, "transA");
      const transB = flagAttribute(node, "transB");
      const slopeA = transA ? matmul(b, upstream, { transA: transB, transB: true }) : matmul(upstream, b, { transB: !transB });
      const slopeB = transB ? matmul(upstream, a, { transA: true, transB: transA }) : matmul(a, upstream, { transA: !transA });
      return [sumTo(slopeA, a.shape), sumTo(slopeB, b.shape)];
    },
    reference(node, [a, b]) {
      const transA = flagAttribute(node, "transA");
      const transB = flagAttribute(node, "transB");
      const [m, n] = matrixShape(node.shape, false);
      const [, k] = matrixShape(a.shape, transA);
      const batch = node.shape.slice(0, -2);
      const batchOffsets = (shape2) => positions(batch, broadcastStrides(shape2.slice(0, -2), batch, contiguousStrides(shape2).slice(0, -2)));
      const [offsetsA, offsetsB] = [batchOffsets(a.shape), batchOffsets(b.shape)];
      const [rowA, innerA] = transA ? [1, m] : [k, 1];
      const result = new Float64Array(offsetsA.length * m * n);
      const [{ values: left }, { values: right }] = [a, b];
      const multiply = transB ? rowsByRows : rowsByColumns;
      for (let matrix = 0; matrix < offsetsA.length; matrix++) {
        for (let row7 = 0; row7 < m; row7++) {
          const factors = { values: left, start: offsetsA[matrix] + row7 * rowA, step: innerA };
          multiply(
            factors,
            right,
            offsetsB[matrix],
            k,
            result.subarray((matrix * m + row7) * n, (matrix * m + row7 + 1) * n)
          );
        }
      }
      return result;
    },
    keepsRunsApart: broadcast(3),
    lowering: { kind: "matmul" }
  }
};
function matmul(a, b, options = {}) {
  return apply(matmulRows.matmul, [a, b], { transA: options.transA ?? false, transB: options.transB ?? false });
}

// src/graph/gather.ts
function scaleOf(node) {
  return "mean" in node.attributes ? { mean: listAttribute(node, "mean"), sd: listAttribute(node, "sd") } : { mean: [], sd: [] };
}
var gatherRows = {
  gather: {
    name: "gather",
    shape([rows2, index]) {
      if (rows2.shape.length !== 2 || index.shape.length !== 3) {
        const shown = `${formatShape(rows2.shape)} by ${formatShape(index.shape)}`;
        throw shapeError("gather", `needs data [rows, features] and an index [runs, batches, batch], got ${shown}`);
      }
      return [index.shape[0], rows2.shape[1], index.shape[2]];
    },
    reference(node, [rows2, index], { step: step2 }) {
      const [runs, features, batch] = node.shape;
      const batches = index.shape[1];
      const { mean: mean2, sd } = scaleOf(node);
      const perChannel = features / mean2.length;
      const result = new Float64Array(runs * features * batch);
      for (let run = 0; run < runs; run++) {
        for (let column = 0; column < batch; column++) {
          const row7 = index.values[(run * batches + step2 % batches) * batch + column];
          if (!(row7 >= 0 && row7 < rows2.shape[0])) {
            throw new InputError("index-out-of-range", `[gather] row ${row7} of ${rows2.shape[0]} does not exist`);
          }
          for (let feature = 0; feature < features; feature++) {
            const value = rows2.values[row7 * features + feature];
            const channel = Math.floor(feature / perChannel);
            result[(run * features + feature) * batch + column] = mean2.length === 0 ? value : (value - mean2[channel]) / sd[channel];
          }
        }
      }
      return result;
    },
    takesIntegers: true,
    keepsRunsApart: ({ inputs }, hasRuns) => hasRuns(inputs[1]),
    wholeInputs: [0],
    lowering: {
      kind: "opaque",
      kernel: "gather",
      record(node, tiles) {
        const [rows2, index] = node.inputs;
        const [runs, features, batch] = node.shape;
        const batches = index.shape[1];
        const { mean: mean2, sd } = scaleOf(node);
        const ints = [features, batch, batches, rows2.shape[0], runs, tiles];
        if (batches % tiles === 0) return { ints, floats: [...mean2, ...sd] };
        throw new InputError(
          "out-of-range",
          `[gather] ${batches} rows of an index are not enough for steps of ${tiles} tiles`
        );
      }
    }
  }
};
function gather(rows2, index, scale) {
  if (!isInteger(index) || rows2.operation !== leafRows.data || isInteger(rows2)) {
    const expected = "a data leaf of float32, uint8 or int16 and an int32 data leaf as its index";
    throw new InputError("wrong-dtype", `[gather] takes ${expected}`);
  }
  if (scale === void 0) return apply(gatherRows.gather, [rows2, index]);
  const { mean: mean2, sd } = scale;
  const features = rows2.shape[1];
  if (mean2.length === 0 || sd.length !== mean2.length || features % mean2.length !== 0) {
    const shown = `${mean2.length} means and ${sd.length} standard deviations`;
    throw shapeError("gather", `${features} features cannot be divided among channels with ${shown}`);
  }
  if (!mean2.every(Number.isFinite) || !sd.every((value) => value > 0 && value < Infinity)) {
    throw new InputError("out-of-range", "[gather] means must be finite, standard deviations finite and above 0");
  }
  return apply(gatherRows.gather, [rows2, index], { mean: mean2, sd });
}

// src/graph/augmentation.ts
var MOVE_ROWS = 3;
var MAX_MOVE = 2 ** 24;
function leadingOf(x, moves) {
  const leading = broadcastShapes([x.slice(0, -4), moves.slice(0, -2)]) ?? [];
  return {
    leading,
    strides: (shape2, last) => broadcastStrides(shape2.slice(0, -last), leading, contiguousStrides(shape2).slice(0, -last))
  };
}
function sourceOf(at, move, extent, wraps) {
  const from = at - Math.trunc(move);
  if (wraps) return (from % extent + extent) % extent;
  return from >= 0 && from < extent ? from : void 0;
}
function reference({ shape: shape2, attributes }, [x, moves]) {
  const [channels, height, width, batch] = shape2.slice(-4);
  const { leading, strides } = leadingOf(x.shape, moves.shape);
  const [starts, moveStarts] = [strides(x.shape, 4), strides(moves.shape, 2)].map((steps) => positions(leading, steps));
  const wraps = attributes["edge"] === "wrap";
  const out = new Float64Array(sizeOf(shape2));
  let to = 0;
  for (let lead = 0; lead < starts.length; lead++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          for (let b = 0; b < batch; b++) {
            const move = [0, 1, 2].map((row8) => moves.values[moveStarts[lead] + row8 * batch + b]);
            const [row7, column] = [sourceOf(i, move[1], height, wraps), sourceOf(j, move[2], width, wraps)];
            const visible = row7 !== void 0 && column !== void 0;
            const from = visible ? (row7 * width + (move[0] > 0 ? width - 1 - column : column)) * batch : 0;
            const value = visible ? x.values[starts[lead] + channel * height * width * batch + from + b] : 0;
            out[to++] = move.every((amount) => Math.abs(amount) < MAX_MOVE) ? value : NaN;
          }
        }
      }
    }
  }
  return out;
}
function reversed(moves) {
  const axis = moves.shape.length - 2;
  const [mirror, down, right] = [0, 1, 2].map((row7) => slice(moves, axis, row7, row7 + 1));
  return concat([mirror, neg(down), select(greater(mirror, 0), right, neg(right))], axis);
}
var moveRow = {
  name: "moveImages",
  shape([x, moves]) {
    const leading = broadcastShapes([x.shape.slice(0, -4), moves.shape.slice(0, -2)]);
    const [rows2, batch] = moves.shape.slice(-2);
    const fits = x.shape.length >= 4 && moves.shape.length === x.shape.length - 2 && rows2 === MOVE_ROWS;
    if (fits && leading !== void 0 && batch === x.shape.at(-1)) return [...leading, ...x.shape.slice(-4)];
    const shown = `${formatShape(x.shape)} and ${formatShape(moves.shape)}`;
    throw shapeError("moveImages", `needs [..., C, H, W, B] and moves [..., ${MOVE_ROWS}, B], got ${shown}`);
  },
  derivative(node, upstream) {
    const [x, moves] = node.inputs;
    return [sumTo(apply(moveRow, [upstream, reversed(moves)], node.attributes), x.shape), void 0];
  },
  reference,
  keepsRunsApart: ({ inputs, shape: shape2 }, hasRuns) => shape2.length > 4 && inputs.every((input) => hasRuns(input) || input.shape[0] === 1),
  lowering: {
    kind: "opaque",
    kernel: "moveImages",
    record(node) {
      const [x, moves] = node.inputs.map((input) => input.shape);
      const { leading, strides } = leadingOf(x, moves);
      const along = [...strides(node.shape, 4), ...strides(x, 4), ...strides(moves, 2)];
      const wraps = Number(textAttribute(node, "edge") === "wrap");
      return { ints: [leading.length, ...leading, ...along, ...node.shape.slice(-4), wraps] };
    }
  }
};
var augmentationRows = { moveImages: moveRow };
function moveImages(x, moves, { edge }) {
  return apply(moveRow, [x, moves], { edge });
}

// src/graph/convolution-reference.ts
function contract(geometry, result, { shape: shape2, inputs, operands }) {
  const { leading, groups, batch } = geometry;
  const out = new Float64Array(sizeOf(shape2));
  const [first, second] = operands.map(({ values }) => values);
  const startsOf = (tensor) => positions(leading, broadcastStrides(tensor.slice(0, -4), leading, contiguousStrides(tensor).slice(0, -4)));
  const [starts, firstStarts, secondStarts] = [shape2, ...operands.map((one) => one.shape)].map(startsOf);
  const columnsOf2 = (role) => role === "w" ? 0 : 1;
  for (let lead = 0; lead < starts.length; lead++) {
    for (let group = 0; group < groups; group++) {
      eachTap(geometry, group, (at) => {
        const [to, a, b] = [
          starts[lead] + at[result],
          firstStarts[lead] + at[inputs[0]],
          secondStarts[lead] + at[inputs[1]]
        ];
        const [stepTo, stepA, stepB] = [result, ...inputs].map(columnsOf2);
        for (let column = 0; column < batch; column++) {
          out[to + column * stepTo] += first[a + column * stepA] * second[b + column * stepB];
        }
      });
    }
  }
  return out;
}
function eachTap(geometry, group, visit) {
  const { inputs, outputs, input, output, taps, batch } = geometry;
  const along = [0, 1].map((axis) => meetings(geometry, axis));
  for (let o = group * outputs; o < (group + 1) * outputs; o++) {
    for (let c = 0; c < inputs; c++) {
      for (const [i, k, h] of along[0]) {
        for (const [j, l, v] of along[1]) {
          visit({
            x: (((group * inputs + c) * input[0] + h) * input[1] + v) * batch,
            w: ((o * inputs + c) * taps[0] + k) * taps[1] + l,
            y: ((o * output[0] + i) * output[1] + j) * batch
          });
        }
      }
    }
  }
}
function meetings({ input, output, taps, stride, padding, dilation }, axis) {
  return Array.from(
    { length: output[axis] },
    (_, i) => Array.from({ length: taps[axis] }, (_2, k) => [i, k, i * stride[axis] - padding[axis] + k * dilation[axis]])
  ).flat().filter(([, , at]) => at >= 0 && at < input[axis]);
}

// src/graph/convolution-geometry.ts
var pair = ([first, second]) => [first, second];
function pairOf(attributes, name) {
  return pair([attributes[name]].flat().map(Number));
}
function outputSize(input, taps, stride, padding, dilation) {
  return Math.floor((input + 2 * padding - dilation * (taps - 1) - 1) / stride) + 1;
}
function spacingAttributes(op, { stride, padding, dilation, groups }) {
  const all = {
    stride: stride ?? [1, 1],
    padding: padding ?? [0, 0],
    dilation: dilation ?? [1, 1],
    groups: groups ?? 1
  };
  const minimum2 = { stride: 1, padding: 0, dilation: 1, groups: 1 };
  for (const name of ["stride", "padding", "dilation", "groups"]) {
    const numbers = [all[name]].flat();
    if (numbers.every((value) => Number.isSafeInteger(value) && value >= minimum2[name])) continue;
    throw shapeError(op, `${name} must be whole numbers of at least ${minimum2[name]}, got ${formatShape(numbers)}`);
  }
  return all;
}
function geometryOf(op, { x, w, y }, attributes) {
  const shown = `x ${formatShape(x)}, w ${formatShape(w)}, y ${formatShape(y)}`;
  const rank = x.length;
  const leading = broadcastShapes([x, w, y].map((shape2) => shape2.slice(0, -4)));
  if (rank < 4 || w.length !== rank || y.length !== rank || leading === void 0) {
    throw shapeError(op, `needs tensors of the same rank (4 or more) whose leading axes broadcast: ${shown}`);
  }
  const groups = Number(attributes["groups"]);
  const [inputs, outputs] = [w[rank - 3], w[rank - 4] / groups];
  const [stride, padding, dilation] = ["stride", "padding", "dilation"].map((name) => pairOf(attributes, name));
  const [input, output, taps] = [pair(x.slice(-3)), pair(y.slice(-3)), pair(w.slice(-2))];
  const fits = Number.isInteger(outputs) && x[rank - 4] === groups * inputs && y[rank - 4] === groups * outputs && x[rank - 1] === y[rank - 1] && [0, 1].every(
    (axis) => output[axis] >= 1 && output[axis] === outputSize(input[axis], taps[axis], stride[axis], padding[axis], dilation[axis])
  );
  if (!fits) {
    const spacing = `stride ${formatShape(stride)}, padding ${formatShape(padding)}, dilation ${formatShape(dilation)}`;
    throw shapeError(op, `channels, sizes or batches do not fit: ${shown}, ${spacing}, ${groups} groups`);
  }
  return { leading, groups, inputs, outputs, input, output, taps, stride, padding, dilation, batch: x[rank - 1] };
}
function geometryIntegers(geometry, operands) {
  const { leading, groups, inputs, outputs, input, output, taps, stride, padding, dilation, batch } = geometry;
  const strides = operands.flatMap(
    (shape2) => broadcastStrides(shape2.slice(0, -4), leading, contiguousStrides(shape2).slice(0, -4))
  );
  const sizes2 = [groups, inputs, outputs, ...input, ...output, ...taps, ...stride, ...padding, ...dilation, batch];
  return [leading.length, ...leading, ...strides, ...sizes2];
}

// src/graph/convolution.ts
function row4(name, { result, inputs }, lastAxes) {
  const tensorsOf = (shape2, operands) => {
    const [first, second] = operands;
    const named2 = { [result]: shape2, [inputs[0]]: first.shape, [inputs[1]]: second.shape };
    return { x: named2["x"], w: named2["w"], y: named2["y"] };
  };
  return {
    name,
    shape(operands, attributes) {
      const [first, second] = operands.map(({ shape: shape3 }) => shape3);
      const leading = broadcastShapes([first.slice(0, -4), second.slice(0, -4)]);
      if (first.length < 4 || first.length !== second.length || leading === void 0) {
        const shown = `${formatShape(first)} and ${formatShape(second)}`;
        throw shapeError(name, `needs tensors of the same rank (4 or more) whose leading axes broadcast, got ${shown}`);
      }
      const shape2 = [...leading, ...lastAxes(first.slice(-4), second.slice(-4), attributes)];
      geometryOf(name, tensorsOf(shape2, operands), attributes);
      return shape2;
    },
    derivative(node, upstream) {
      return inputs.map((role, i) => {
        const operands = { [result]: upstream, [inputs[1 - i]]: node.inputs[1 - i] };
        const { shape: shape2 } = node.inputs[i];
        return sumTo(slopeOf2(role, operands, shape2, node.attributes), shape2);
      });
    },
    reference(node, operands) {
      const geometry = geometryOf(name, tensorsOf(node.shape, operands), node.attributes);
      return contract(geometry, result, { shape: node.shape, inputs, operands });
    },
    keepsRunsApart: broadcast(5),
    lowering: {
      kind: "opaque",
      kernel: name,
      record(node) {
        const geometry = geometryOf(name, tensorsOf(node.shape, node.inputs), node.attributes);
        return { ints: geometryIntegers(geometry, [node.shape, ...node.inputs.map(({ shape: shape2 }) => shape2)]) };
      }
    }
  };
}
var convolutionRows = {
  conv2d: row4("conv2d", { result: "y", inputs: ["x", "w"] }, ([, h, w, batch], [outputs, , k, l], attributes) => {
    const [stride, padding, dilation] = ["stride", "padding", "dilation"].map((name) => pairOf(attributes, name));
    const sizes2 = [0, 1].map(
      (axis) => outputSize([h, w][axis], [k, l][axis], stride[axis], padding[axis], dilation[axis])
    );
    return [outputs, ...sizes2, batch];
  }),
  conv2dTranspose: row4(
    "conv2dTranspose",
    { result: "x", inputs: ["y", "w"] },
    ([, , , batch], [, inputs], attributes) => [
      inputs * Number(attributes["groups"]),
      ...pairOf(attributes, "size"),
      batch
    ]
  ),
  conv2dWeights: row4("conv2dWeights", { result: "w", inputs: ["x", "y"] }, ([channels], [outputs], attributes) => [
    outputs,
    channels / Number(attributes["groups"]),
    ...pairOf(attributes, "size")
  ])
};
function slopeOf2(role, operands, shape2, { stride, padding, dilation, groups }) {
  const spacing = { stride, padding, dilation, groups };
  if (role === "y") return apply(convolutionRows.conv2d, [operands["x"], operands["w"]], spacing);
  if (role === "x") {
    return apply(convolutionRows.conv2dTranspose, [operands["y"], operands["w"]], {
      ...spacing,
      size: shape2.slice(-3, -1)
    });
  }
  return apply(convolutionRows.conv2dWeights, [operands["x"], operands["y"]], { ...spacing, size: shape2.slice(-2) });
}
function conv2d(x, w, spacing = {}) {
  const attributes = spacingAttributes("conv2d", spacing);
  const convolved = apply(convolutionRows.conv2d, [x, w], attributes);
  return isProduct(w.shape, attributes) ? product(x, w, convolved.shape) : convolved;
}
function isProduct(weights, attributes) {
  const ones2 = [...weights.slice(-2), ...pairOf(attributes, "stride"), attributes["groups"]];
  return ones2.every((value) => value === 1) && pairOf(attributes, "padding").every((rows2) => rows2 === 0);
}
function product(x, w, shape2) {
  const positions2 = sizeOf(shape2.slice(-3));
  const columns = reshape(x, [...x.shape.slice(0, -3), positions2]);
  return reshape(matmul(reshape(w, w.shape.slice(0, -2)), columns), shape2);
}
function conv2dTranspose(y, w, { outputPadding = [0, 0], ...spacing } = {}) {
  const attributes = spacingAttributes("conv2dTranspose", spacing);
  const [stride, padding, dilation] = ["stride", "padding", "dilation"].map((name) => pairOf(attributes, name));
  const size = [0, 1].map((axis) => {
    const [rows2, taps] = [y.shape.at(axis - 3) ?? 1, w.shape.at(axis - 2) ?? 1];
    return (rows2 - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (taps - 1) + outputPadding[axis] + 1;
  });
  return apply(convolutionRows.conv2dTranspose, [y, w], { ...attributes, size });
}

// src/graph/determinant-reference.ts
var MIN_PIVOT = 1e-100;
function invert(a, d) {
  let [log2, sign2] = [0, 1];
  let singular = false;
  const pivots = [];
  for (let k = 0; k < d; k++) {
    const row7 = pivotRow(a, d, k);
    pivots.push(row7);
    if (row7 !== k) sign2 = -sign2;
    for (let j = 0; j < d; j++) swap(a, k * d + j, row7 * d + j);
    if (Math.abs(a[k * d + k]) < MIN_PIVOT) {
      singular = true;
      a[k * d + k] = MIN_PIVOT;
    }
    const pivot = a[k * d + k];
    log2 += Math.log(Math.abs(pivot));
    sign2 *= Math.sign(pivot);
    eliminate(a, d, k);
  }
  for (let k = d - 1; k >= 0; k--) {
    for (let i = 0; i < d; i++) swap(a, i * d + k, i * d + pivots[k]);
  }
  return { log: log2, sign: singular ? 0 : sign2 };
}
function pivotRow(a, d, k) {
  let row7 = k;
  for (let i = k + 1; i < d; i++) if (Math.abs(a[i * d + k]) > Math.abs(a[row7 * d + k])) row7 = i;
  return row7;
}
function eliminate(a, d, k) {
  const inverse2 = 1 / a[k * d + k];
  a[k * d + k] = 1;
  for (let j = 0; j < d; j++) a[k * d + j] *= inverse2;
  for (let i = 0; i < d; i++) {
    if (i === k) continue;
    const factor = a[i * d + k];
    a[i * d + k] = 0;
    for (let j = 0; j < d; j++) a[i * d + j] -= factor * a[k * d + j];
  }
}
function swap(a, i, j) {
  const previous = a[i];
  a[i] = a[j];
  a[j] = previous;
}
function flooredLog(log2, logFloor) {
  return log2 >= logFloor ? log2 : logFloor - 1 + Math.exp(log2 - logFloor);
}
function flooredLogGradient(a, d, logFloor) {
  const { log: log2 } = invert(a, d);
  const scale = log2 >= logFloor ? 1 : Math.exp(log2 - logFloor);
  return Float64Array.from(a, (_, at) => {
    const slope = scale * a[at % d * d + Math.floor(at / d)];
    return Number.isFinite(slope) || Number.isNaN(log2) ? slope : 0;
  });
}

// src/graph/determinant.ts
var MAX_DETERMINANT = 64;
function determinantShape(op, { shape: shape2 }) {
  const [rows2, columns, batch] = shape2.slice(-3);
  if (shape2.length < 3 || rows2 !== columns || rows2 > MAX_DETERMINANT) {
    const needed = `[..., d, d, B] with d up to ${MAX_DETERMINANT}`;
    throw shapeError(op, `needs ${needed}, got ${formatShape(shape2)}`);
  }
  return [...shape2.slice(0, -3), batch];
}
function overMatrices(node, { shape: shape2, values }, fn) {
  const [d, , batch] = shape2.slice(-3);
  const result = new Float64Array(sizeOf(node.shape));
  const matrices = values.length / (d * d);
  const elements = result.length / matrices;
  for (let index = 0; index < matrices; index++) {
    const [group, b] = [Math.floor(index / batch), index % batch];
    const matrix = Float64Array.from({ length: d * d }, (_, at) => values[(group * d * d + at) * batch + b]);
    const elementsOfMatrix = fn(matrix, d, index);
    for (let at = 0; at < elements; at++) result[(group * elements + at) * batch + b] = elementsOfMatrix[at];
  }
  return result;
}
function kernel(name) {
  return {
    kind: "opaque",
    kernel: name,
    record({ inputs: [{ shape: shape2 }], attributes }) {
      const [d, , batch] = shape2.slice(-3);
      const floats = "logFloor" in attributes ? [Number(attributes["logFloor"])] : [];
      return { ints: [sizeOf(shape2) / (d * d * batch), d, batch], floats };
    }
  };
}
var keepsRunsApart = before(3);
var logAbsDetGrad = {
  name: "logAbsDetGrad",
  shape([matrix, upstream]) {
    const expected = determinantShape("logAbsDetGrad", matrix);
    if (sameShape(expected, upstream.shape)) return matrix.shape;
    const shapes = `${formatShape(expected)}, got ${formatShape(upstream.shape)}`;
    throw shapeError("logAbsDetGrad", `upstream must be ${shapes}`);
  },
  derivative: noFurtherDerivative,
  reference: (node, [matrix, upstream]) => overMatrices(
    node,
    matrix,
    (a, d, index) => flooredLogGradient(a, d, numberAttribute(node, "logFloor")).map((slope) => slope * upstream.values[index])
  ),
  keepsRunsApart,
  lowering: kernel("logAbsDetGrad")
};
var determinantRows = {
  logAbsDet: {
    name: "logAbsDet",
    shape: ([matrix]) => determinantShape("logAbsDet", matrix),
    derivative: (node, upstream) => [apply(logAbsDetGrad, [node.inputs[0], upstream], node.attributes)],
    reference: (node, [matrix]) => overMatrices(node, matrix, (a, d) => [flooredLog(invert(a, d).log, numberAttribute(node, "logFloor"))]),
    keepsRunsApart,
    lowering: kernel("logAbsDet")
  },
  logAbsDetGrad,
  detSign: {
    name: "detSign",
    shape: ([matrix]) => determinantShape("detSign", matrix),
    reference: (node, [matrix]) => overMatrices(node, matrix, (a, d) => [invert(a, d).sign]),
    keepsRunsApart,
    lowering: kernel("detSign")
  }
};
function logAbsDet(matrix, { floor: floor2 = 1e-8 } = {}) {
  if (!(floor2 > 0 && floor2 <= 1)) {
    throw new InputError("out-of-range", `[logAbsDet] needs a floor above 0 and at most 1, got ${floor2}`);
  }
  return apply(determinantRows.logAbsDet, [matrix], { logFloor: Math.log(floor2) });
}

// src/graph/recurrence.ts
var MAX_UNITS = 512;
function sizesOf({ name, gates: each, biases }, [gates, weights, ...rest]) {
  const leading = gates.shape.slice(0, -3);
  const [rows2, times, batch] = gates.shape.slice(-3);
  const units = unitsOf(weights, biases);
  const fits = gates.shape.length >= 3 && rows2 === each * units && units <= MAX_UNITS && sameShape(weights.shape, [...leading, rows2, units + biases]) && rest.every((steps) => sameShape(steps.shape, [...leading, 1, times, batch]));
  if (!fits) {
    const shown = [gates, weights, ...rest].map((one) => formatShape(one.shape)).join(", ");
    const needs = `gates [..., ${each} H, T, B], weights [..., ${each} H, H${biases === 0 ? "" : " + 1"}], steps [..., 1, T, B], H up to ${MAX_UNITS}`;
    throw shapeError(name, `needs ${needs}, got ${shown}`);
  }
  return { leading, units, times, batch };
}
function unitsOf({ shape: shape2 }, biases) {
  return (shape2.at(-1) ?? 0) - biases;
}
function walked({ units, rows: [readRows, writtenRows], reverse }, [source, weights, steps], walk) {
  const leading = sizeOf(source.shape.slice(0, -3));
  const [times, batch] = source.shape.slice(-2);
  const [weightRows, weightColumns] = weights.shape.slice(-2);
  const out = new Float64Array(leading * writtenRows * units * times * batch);
  for (let lead = 0; lead < leading; lead++) {
    for (let subject = 0; subject < batch; subject++) {
      const order = Array.from({ length: times }, (_, i) => {
        const t = reverse ? times - 1 - i : i;
        return { t, counts: steps === void 0 || steps.values[(lead * times + t) * batch + subject] > 0 };
      });
      const at = (rows2, row7, t) => ((lead * rows2 * units + row7) * times + t) * batch + subject;
      const current = {
        units,
        order,
        read: (row7, t) => source.values[at(readRows, row7, t)],
        weight: (row7, column) => weights.values[(lead * weightRows + row7) * weightColumns + column]
      };
      walk(current, (row7, t, value) => out[at(writtenRows, row7, t)] = value, at);
    }
  }
  return out;
}
function stepsBefore(h, reverse) {
  const axis = h.shape.length - 2;
  const times = h.shape[axis];
  const start = zeros(h.shape.map((extent, i) => i === axis ? 1 : extent));
  if (times === 1) return start;
  return concat(reverse ? [slice(h, axis, 1, times), start] : [start, slice(h, axis, 0, times - 1)], axis);
}
function record(node, units, steps) {
  const [times, batch] = node.shape.slice(-2);
  const leading = sizeOf(node.shape.slice(0, -3));
  return { ints: [leading, units, times, batch, Number(flagAttribute(node, "reverse")), Number(steps !== void 0)] };
}
var keepsRunsApart2 = before(3);
function recurrence(cell3) {
  const { name, gates, saved, slopes, biases } = cell3;
  const gradient3 = {
    name: cell3.gradient,
    shape([result, weights, upstream]) {
      const [, times, batch] = result.shape.slice(-3);
      const units = unitsOf(weights, biases);
      const leading = result.shape.slice(0, -3);
      if (sameShape(upstream.shape, [...leading, units, times, batch])) {
        return [...leading, slopes * units, times, batch];
      }
      throw shapeError(cell3.gradient, `upstream must be that of h, got ${formatShape(upstream.shape)}`);
    },
    derivative: noFurtherDerivative,
    reference(node, [result, weights, upstream, steps]) {
      const units = unitsOf(weights, biases);
      const walk = { units, rows: [saved, slopes], reverse: flagAttribute(node, "reverse") };
      return walked(walk, [result, weights, steps], (subject, write, at) => {
        cell3.backward(subject, (unit, t) => upstream.values[at(1, unit, t)], write);
      });
    },
    keepsRunsApart: keepsRunsApart2,
    lowering: {
      kind: "opaque",
      kernel: cell3.gradient,
      record: (node) => record(node, unitsOf(node.inputs[1], biases), node.inputs.at(3))
    }
  };
  const forward3 = {
    name,
    shape(inputs) {
      const { leading, units, times, batch } = sizesOf(cell3, inputs);
      return [...leading, saved * units, times, batch];
    },
    derivative(node, upstream) {
      const [, weights, ...steps] = node.inputs;
      const { leading, units } = sizesOf(cell3, node.inputs);
      const ofH = slice(upstream, leading.length, 0, units);
      const slopesOfGates = apply(gradient3, [node, weights, ofH, ...steps], node.attributes);
      const earlier = stepsBefore(slice(node, leading.length, 0, units), flagAttribute(node, "reverse"));
      return [...cell3.derivative(slopesOfGates, earlier), void 0];
    },
    reference(node, inputs) {
      const { units } = sizesOf(cell3, inputs);
      const walk = { units, rows: [gates, saved], reverse: flagAttribute(node, "reverse") };
      return walked(walk, [inputs[0], inputs[1], inputs.at(2)], cell3.forward);
    },
    keepsRunsApart: keepsRunsApart2,
    lowering: {
      kind: "opaque",
      kernel: name,
      record: (node) => record(node, unitsOf(node.inputs[1], biases), node.inputs.at(2))
    }
  };
  return [forward3, gradient3];
}
function states(operation, cell3, [gates, weights], { reverse = false, steps }) {
  const all = apply(operation, [gates, weights, ...steps ? [steps] : []], { reverse });
  const rows2 = all.shape.length - 3;
  return slice(all, rows2, 0, all.shape[rows2] / cell3.saved);
}
function flatSteps({ shape: shape2 }) {
  return [...shape2.slice(0, -2), shape2[shape2.length - 2] * shape2[shape2.length - 1]];
}

// src/graph/gru.ts
var GATES = 3;
var SLOPES = 4;
var cell = {
  name: "gru",
  gradient: "gruGrad",
  gates: GATES,
  // Rows of each unit: h, the three gates after their activations, and the product that r multiplies.
  saved: 5,
  slopes: SLOPES,
  biases: 1,
  forward({ units, order, read, weight }, write) {
    const h = new Float64Array(units);
    for (const { t, counts } of order) {
      if (counts) {
        const products = Float64Array.from(
          { length: GATES * units },
          (_, row7) => h.reduce((sum2, value, k) => sum2 + weight(row7, k) * value, weight(row7, units))
        );
        for (let unit = 0; unit < units; unit++) {
          const [ofR, ofZ, ofN] = [0, 1, 2].map((gate) => read(gate * units + unit, t));
          const r = sigmoid(ofR + products[unit]);
          const z = sigmoid(ofZ + products[units + unit]);
          const m = products[2 * units + unit];
          const n = Math.tanh(ofN + r * m);
          h[unit] = (1 - z) * n + z * h[unit];
          [r, z, n, m].forEach((value, row7) => write((1 + row7) * units + unit, t, value));
        }
      }
      h.forEach((value, unit) => write(unit, t, value));
    }
  },
  backward({ units, order, read, weight }, upstream, write) {
    const dh = new Float64Array(units);
    for (const [position, { t, counts }] of [...order.entries()].reverse()) {
      for (let unit = 0; unit < units; unit++) dh[unit] += upstream(unit, t);
      if (!counts) continue;
      const slopes = new Float64Array(SLOPES * units);
      for (let unit = 0; unit < units; unit++) {
        const [r, z, n, m] = [1, 2, 3, 4].map((row7) => read(row7 * units + unit, t));
        const earlier = position > 0 ? read(unit, order[position - 1].t) : 0;
        const ofN = dh[unit] * (1 - z) * (1 - n ** 2);
        slopes[unit] = ofN * m * r * (1 - r);
        slopes[units + unit] = dh[unit] * (earlier - n) * z * (1 - z);
        slopes[2 * units + unit] = ofN;
        slopes[3 * units + unit] = ofN * r;
        dh[unit] *= z;
      }
      slopes.forEach((slope, row7) => write(row7, t, slope));
      const ofProducts = [...slopes.subarray(0, 2 * units), ...slopes.subarray(3 * units)];
      for (let unit = 0; unit < units; unit++) {
        dh[unit] += ofProducts.reduce((sum2, slope, row7) => sum2 + slope * weight(row7, unit), 0);
      }
    }
  },
  derivative(slopes, earlier) {
    const axis = slopes.shape.length - 3;
    const units = earlier.shape[axis];
    const entering = concat([earlier, ones(earlier.shape.map((extent, i) => i === axis ? 1 : extent))], axis);
    const all = matmul(reshape(slopes, flatSteps(slopes)), reshape(entering, flatSteps(entering)), { transB: true });
    return [
      slice(slopes, axis, 0, GATES * units),
      concat([slice(all, axis, 0, 2 * units), slice(all, axis, GATES * units, SLOPES * units)], axis)
    ];
  }
};
var [forward, gradient] = recurrence(cell);
var gruRows = { gru: forward, gruGrad: gradient };
function gru(gates, weights, options = {}) {
  return states(forward, cell, [gates, weights], options);
}

// src/graph/grad.ts
function grad(output, wrt, upstream = ones(output.shape)) {
  const order = topological([output]);
  const active = new Set(wrt.map((node) => node.id));
  for (const node of order) {
    if (node.inputs.some((input) => active.has(input.id))) active.add(node.id);
  }
  const gradients = /* @__PURE__ */ new Map([[output.id, upstream]]);
  for (const node of order.reverse()) {
    const current = gradients.get(node.id);
    if (current === void 0 || !node.inputs.some((input) => active.has(input.id))) continue;
    const contributions = withAbsoluteScope(`grad(${node.label})`, () => node.operation.derivative?.(node, current));
    contributions?.forEach((part, i) => {
      const input = node.inputs[i];
      if (part === void 0 || !active.has(input.id)) return;
      if (!sameShape(part.shape, input.shape)) {
        const shapes = `${formatShape(part.shape)} for ${formatShape(input.shape)}`;
        throw new InternalError(
          "wrong-gradient",
          `[${node.operation.name}] derivative has shape ${shapes}; please report this`
        );
      }
      const partial = gradients.get(input.id);
      const total3 = partial === void 0 ? part : withAbsoluteScope(`grad(${input.label})`, () => add(partial, part));
      gradients.set(input.id, total3);
    });
  }
  return wrt.map((node) => gradients.get(node.id) ?? zeros(node.shape));
}

// src/graph/jacobian.ts
var MAX_SHARED_FLOATS = 12032;
var INPUTS = ["sensitivity", "first", "second", "weight 0", "weight 1", "weight 2"];
var SECOND = 2;
function dimensions(inputs) {
  const [runs, latents, rows2, batch] = inputs[0].shape;
  const [hidden, parents] = inputs[3].shape.slice(-2);
  const [size] = inputs[5].shape.slice(-2);
  return { runs, latents, groups: runs * latents, parents, size, hidden, batch, rows: rows2 };
}
function checkInputs(op, inputs) {
  const { runs, latents, parents, size, hidden, batch, rows: rows2 } = dimensions(inputs);
  const expected = [
    [Math.max(rows2, size), batch],
    [hidden, batch],
    [hidden, batch],
    [hidden, parents],
    [hidden, hidden],
    [size, hidden]
  ].map((matrix) => [runs, latents, ...matrix]);
  expected.forEach((shape2, i) => {
    if (inputs[i].shape.length === 4 && sameShape(inputs[i].shape, shape2)) return;
    throw shapeError(op, `${INPUTS[i]} must be ${formatShape(shape2)}, got ${formatShape(inputs[i].shape)}`);
  });
}
var slopeOf3 = (node) => numberAttribute(node, "slope");
function kernel2(name) {
  return {
    kind: "opaque",
    kernel: name,
    /** The weights, their gradients and 32 subjects must fit (docs/explanation/engine.md). */
    takes({ inputs }) {
      const { parents, size, hidden } = dimensions(inputs);
      const weights = hidden * parents + hidden * hidden + size * hidden;
      return 2 * weights + 33 * (4 * hidden + size + parents) <= MAX_SHARED_FLOATS;
    },
    record(node) {
      const { runs, latents, parents, size, hidden, batch, rows: rows2 } = dimensions(node.inputs);
      return { ints: [runs, latents, parents, size, hidden, batch, rows2], floats: [slopeOf3(node)] };
    }
  };
}
function general([rows2, first, second, w0, w1, w2], slope) {
  const [size] = w2.shape.slice(-2);
  const s = slice(rows2, 2, rows2.shape[2] - size, rows2.shape[2]);
  const u = mul(matmul(w2, s, { transA: true }), leakyStep(second, slope));
  const v = mul(matmul(w1, u, { transA: true }), sub(1, square(first)));
  return mean(abs(matmul(w0, v, { transA: true })), [3]);
}
function subjectJacobian([rows2, first, second, w0, w1, w2], slope, parents) {
  const hidden = first.length;
  const size = w2.length / hidden;
  const s = rows2.subarray(rows2.length - size);
  const sums = (count, terms, term) => Float64Array.from({ length: count }, (_, i) => {
    let total3 = 0;
    for (let k = 0; k < terms; k++) total3 += term(i, k);
    return total3;
  });
  const sides = second.map((h) => h > 0 ? 1 : slope);
  const u = sums(hidden, size, (h, k) => w2[k * hidden + h] * s[k]).map((x, h) => x * sides[h]);
  const a = sums(hidden, hidden, (h, k) => w1[k * hidden + h] * u[k]);
  const v = a.map((x, h) => x * (1 - first[h] ** 2));
  const j = sums(parents, hidden, (p, k) => w0[k * parents + p] * v[k]);
  return { sums, sides, s, u, a, v, j };
}
function overSubjects(node, inputs, fn) {
  const { groups, parents, size, hidden, batch, rows: rows2 } = dimensions(node.inputs);
  const lengths = [rows2, hidden, hidden, hidden * parents, hidden * hidden, size * hidden];
  for (let group = 0; group < groups; group++) {
    for (let b = 0; b < batch; b++) {
      const subject = lengths.map((length, i) => {
        const { values } = inputs[i];
        return i > SECOND ? values.subarray(group * length, (group + 1) * length) : Float64Array.from({ length }, (_, row7) => values[(group * length + row7) * batch + b]);
      });
      fn(group, b, subject);
    }
  }
}
var jacobianRows = {
  meanAbsJacobian: {
    name: "meanAbsJacobian",
    shape(inputs) {
      checkInputs("meanAbsJacobian", inputs);
      const { runs, latents, parents } = dimensions(inputs);
      return [runs, latents, parents];
    },
    derivative(node, upstream) {
      const flat = apply(jacobianRows.meanAbsJacobianGrad, [...node.inputs, upstream], node.attributes);
      let start = 0;
      return node.inputs.map(({ shape: shape2 }, i) => {
        if (i === SECOND) return void 0;
        return reshape(slice(flat, 1, start, start += sizeOf(shape2) / shape2[0]), shape2);
      });
    },
    reference(node, inputs) {
      const { parents, batch } = dimensions(node.inputs);
      const result = new Float64Array(sizeOf(node.shape));
      overSubjects(node, inputs, (group, _, subject) => {
        const { j } = subjectJacobian(subject, slopeOf3(node), parents);
        j.forEach((x, p) => result[group * parents + p] += Math.abs(x) / batch);
      });
      return result;
    },
    keepsRunsApart: everyInput,
    lowering: kernel2("meanAbsJacobian"),
    expand: (node) => general(node.inputs, slopeOf3(node))
  },
  meanAbsJacobianGrad: {
    name: "meanAbsJacobianGrad",
    shape(inputs) {
      checkInputs("meanAbsJacobianGrad", inputs);
      const { runs, latents, parents } = dimensions(inputs);
      const [upstream, expected] = [inputs[INPUTS.length].shape, [runs, latents, parents]];
      if (!sameShape(upstream, expected)) {
        throw shapeError(
          "meanAbsJacobianGrad",
          `upstream must be ${formatShape(expected)}, got ${formatShape(upstream)}`
        );
      }
      const differentiated = inputs.slice(0, INPUTS.length).filter((_, i) => i !== SECOND);
      return [runs, differentiated.reduce((total3, { shape: shape2 }) => total3 + sizeOf(shape2) / runs, 0)];
    },
    derivative: noFurtherDerivative,
    reference: gradientReference,
    keepsRunsApart: everyInput,
    lowering: kernel2("meanAbsJacobianGrad"),
    expand(node) {
      const inputs = node.inputs.slice(0, INPUTS.length).map(stopGradient);
      const differentiated = inputs.filter((_, i) => i !== SECOND);
      const gradients = grad(general(inputs, slopeOf3(node)), differentiated, node.inputs[INPUTS.length]);
      const [runs] = node.shape;
      return concat(
        gradients.map((gradient3) => reshape(gradient3, [runs, sizeOf(gradient3.shape) / runs])),
        1
      );
    }
  }
};
function gradientReference(node, inputs) {
  const { runs, latents, parents, size, hidden, batch, rows: rows2 } = dimensions(node.inputs);
  const result = new Float64Array(sizeOf(node.shape));
  const perRun = result.length / runs;
  const lengths = [rows2 * batch, hidden * batch, hidden * parents, hidden * hidden, size * hidden];
  const startOf = (group, gradient3) => {
    const before2 = lengths.slice(0, gradient3).reduce((total3, length) => total3 + length, 0) * latents;
    return Math.floor(group / latents) * perRun + before2 + group % latents * lengths[gradient3];
  };
  overSubjects(node, inputs, (group, b, subject) => {
    const [, first, , w0, w1, w2] = subject;
    const { sums, sides, s, u, a, v, j } = subjectJacobian(subject, slopeOf3(node), parents);
    const r = j.map((x, p) => Math.sign(x) * inputs[INPUTS.length].values[group * parents + p] / batch);
    const dv = sums(hidden, parents, (k, p) => w0[k * parents + p] * r[p]);
    const da = dv.map((x, k) => x * (1 - first[k] ** 2));
    const dc = sums(hidden, hidden, (h, k) => w1[h * hidden + k] * da[k]).map((x, h) => x * sides[h]);
    const column = (gradient3, values, before2 = 0) => {
      values.forEach((x, row7) => result[startOf(group, gradient3) + (before2 + row7) * batch + b] = x);
    };
    column(
      0,
      sums(size, hidden, (k, h) => w2[k * hidden + h] * dc[h]),
      rows2 - size
    );
    column(
      1,
      dv.map((x, k) => -2 * first[k] * a[k] * x)
    );
    const outer = (gradient3, left, right) => {
      const start = startOf(group, gradient3);
      left.forEach((x, i) => {
        right.forEach((y, k) => result[start + i * right.length + k] += x * y);
      });
    };
    outer(2, v, r);
    outer(3, u, da);
    outer(4, s, dc);
  });
  return result;
}
function meanAbsJacobian(sensitivity2, first, second, weights, slope) {
  return apply(jacobianRows.meanAbsJacobian, [sensitivity2, first, second, ...weights], { slope });
}

// src/graph/lstm.ts
var SAVED = 6;
var GATES2 = 4;
var cell2 = {
  name: "lstm",
  gradient: "lstmGrad",
  gates: GATES2,
  saved: SAVED,
  slopes: GATES2,
  biases: 0,
  forward({ units, order, read, weight }, write) {
    let h = new Float64Array(units);
    let c = new Float64Array(units);
    for (const { t, counts } of order) {
      const before2 = h;
      if (counts) {
        const sums = Float64Array.from(
          { length: GATES2 * units },
          (_, row7) => before2.reduce((sum2, value, unit) => sum2 + weight(row7, unit) * value, read(row7, t))
        );
        const [i, f, g, o] = [0, 1, 2, 3].map(
          (gate) => sums.subarray(gate * units, (gate + 1) * units).map(gate === 2 ? Math.tanh : sigmoid)
        );
        c = c.map((value, unit) => f[unit] * value + i[unit] * g[unit]);
        h = c.map((value, unit) => o[unit] * Math.tanh(value));
        [i, f, g, o].forEach((gate, k) => gate.forEach((v, unit) => write((2 + k) * units + unit, t, v)));
      }
      for (let unit = 0; unit < units; unit++) {
        write(unit, t, h[unit]);
        write(units + unit, t, c[unit]);
      }
    }
  },
  backward({ units, order, read, weight }, upstream, write) {
    const dh = new Float64Array(units);
    const dc = new Float64Array(units);
    for (const [position, { t, counts }] of [...order.entries()].reverse()) {
      for (let unit = 0; unit < units; unit++) dh[unit] += upstream(unit, t);
      if (!counts) continue;
      const slopes = new Float64Array(GATES2 * units);
      for (let unit = 0; unit < units; unit++) {
        const [c, i, f, g, o] = [1, 2, 3, 4, 5].map((row7) => read(row7 * units + unit, t));
        const cBefore = position > 0 ? read(units + unit, order[position - 1].t) : 0;
        const squashed = Math.tanh(c);
        dc[unit] += dh[unit] * o * (1 - squashed ** 2);
        slopes[unit] = dc[unit] * g * i * (1 - i);
        slopes[units + unit] = dc[unit] * cBefore * f * (1 - f);
        slopes[2 * units + unit] = dc[unit] * i * (1 - g ** 2);
        slopes[3 * units + unit] = dh[unit] * squashed * o * (1 - o);
        dc[unit] *= f;
      }
      slopes.forEach((slope, row7) => write(row7, t, slope));
      for (let unit = 0; unit < units; unit++) {
        dh[unit] = slopes.reduce((sum2, slope, row7) => sum2 + slope * weight(row7, unit), 0);
      }
    }
  },
  derivative: (slopes, earlier) => [
    slopes,
    matmul(reshape(slopes, flatSteps(slopes)), reshape(earlier, flatSteps(earlier)), { transB: true })
  ]
};
var [forward2, gradient2] = recurrence(cell2);
var lstmRows = { lstm: forward2, lstmGrad: gradient2 };

// src/graph/mixture-reference.ts
var CDF_FLOOR = 1e-6;
function components(z, theta, limits) {
  const count = theta.length / 3;
  const [logits, means, logs] = [theta.subarray(0, count), theta.subarray(count, 2 * count), theta.subarray(2 * count)];
  const maximum2 = Math.max(...logits);
  const total3 = logits.reduce((sum2, logit) => sum2 + Math.exp(logit - maximum2), 0);
  const scale = logs.map((log2) => Math.exp(-Math.min(Math.max(log2, limits.logScaleMin), limits.logScaleMax)));
  const residual = means.map((mean2, k) => (z - mean2) * scale[k]);
  return {
    weight: logits.map((logit) => Math.exp(logit - maximum2) / total3),
    scale,
    residual,
    density: residual.map(normalDensity),
    cdf: residual.map(normalCdf),
    open: logs.map((log2) => limits.logScaleMin < log2 && log2 < limits.logScaleMax ? 1 : 0)
  };
}
function total(count, term) {
  let sum2 = 0;
  for (let k = 0; k < count; k++) sum2 += term(k);
  return sum2;
}
function logDensity(z, theta, limits) {
  const terms = logTerms(components(z, theta, limits));
  const maximum2 = Math.max(...terms);
  return maximum2 + Math.log(terms.reduce((sum2, term) => sum2 + Math.exp(term - maximum2), 0));
}
function logTerms({ weight, residual, scale }) {
  return weight.map((w, k) => Math.log(w) - 0.5 * residual[k] ** 2 + Math.log(scale[k] / Math.sqrt(2 * Math.PI)));
}
function logDensityGradient(z, theta, limits) {
  const mixture2 = components(z, theta, limits);
  const { weight, residual, scale, open } = mixture2;
  const count = weight.length;
  const terms = logTerms(mixture2);
  const maximum2 = Math.max(...terms);
  const shares = terms.map((term) => Math.exp(term - maximum2));
  const norm = shares.reduce((sum2, share) => sum2 + share, 0);
  const result = new Float64Array(1 + 3 * count);
  for (let k = 0; k < count; k++) {
    const share = shares[k] / norm;
    result[0] -= share * residual[k] * scale[k];
    result[1 + k] = share - weight[k];
    result[1 + count + k] = share * residual[k] * scale[k];
    result[1 + 2 * count + k] = share * (residual[k] ** 2 - 1) * open[k];
  }
  return result;
}
function transformed({ weight, cdf }) {
  const value = total(weight.length, (k) => weight[k] * cdf[k]);
  const limited = Math.min(Math.max(value, CDF_FLOOR), 1 - CDF_FLOOR);
  return {
    cdf: value,
    epsilon: normalQuantile(limited),
    clamped: !(value > CDF_FLOOR && value < 1 - CDF_FLOOR) && !Number.isNaN(value)
  };
}
function epsilon(z, theta, limits) {
  return transformed(components(z, theta, limits)).epsilon;
}
function sensitivity(z, theta, limits) {
  const mixture2 = components(z, theta, limits);
  const { weight, residual, scale, density, cdf, open } = mixture2;
  const count = weight.length;
  const result = new Float64Array(1 + 3 * count);
  const value = transformed(mixture2);
  if (value.clamped) return result;
  for (let k = 0; k < count; k++) {
    const slope = weight[k] * density[k];
    result[0] += slope * scale[k];
    result[1 + k] = weight[k] * (cdf[k] - value.cdf);
    result[1 + count + k] = -slope * scale[k];
    result[1 + 2 * count + k] = -slope * residual[k] * open[k];
  }
  const density0 = normalDensity(value.epsilon);
  return result.map((element) => element / density0);
}
function sensitivityGradient(z, theta, upstream, limits) {
  const mixture2 = components(z, theta, limits);
  const { weight, residual, scale, density, cdf, open } = mixture2;
  const count = weight.length;
  const result = new Float64Array(1 + 3 * count);
  const value = transformed(mixture2);
  if (value.clamped) return result;
  const [upLogit, upMean, upLog] = [1, 1 + count, 1 + 2 * count].map(
    (start) => upstream.subarray(start, start + count)
  );
  const centre = total(count, (k) => weight[k] * upLogit[k]);
  const logitRate = weight.map((_, k) => upLogit[k] - centre);
  const logRate = open.map((open2, k) => open2 * upLog[k]);
  const residualRate = residual.map((e, k) => (upstream[0] - upMean[k]) * scale[k] - logRate[k] * e);
  const rate = weight.map((_, k) => logitRate[k] * cdf[k] + density[k] * residualRate[k]);
  const q = total(count, (k) => weight[k] * rate[k]);
  const density0 = normalDensity(value.epsilon);
  const slopes = sensitivity(z, theta, limits);
  for (let k = 0; k < count; k++) {
    const [w, e, phi] = [weight[k], residual[k], density[k]];
    const alongMean = w * scale[k] * phi * (logitRate[k] - e * residualRate[k] - logRate[k]);
    result[0] += alongMean;
    result[1 + k] = w * (rate[k] - q - value.cdf * logitRate[k]);
    result[1 + count + k] = -alongMean;
    result[1 + 2 * count + k] = open[k] * w * phi * (e * e * residualRate[k] - residualRate[k] - logitRate[k] * e);
  }
  return result.map((element, j) => (element + q * value.epsilon * slopes[j]) / density0);
}

// src/graph/mixture.ts
var limitsOf = (node) => ({
  logScaleMin: numberAttribute(node, "logScaleMin"),
  logScaleMax: numberAttribute(node, "logScaleMax")
});
function gradientShape(z, theta) {
  return [...z.slice(0, -1), 1 + theta[theta.length - 2], z[z.length - 1]];
}
function checkInputs2(op, [z, theta]) {
  const [shape2, parameters] = [z.shape, theta.shape];
  const rank = shape2.length;
  const fits = rank >= 1 && parameters.length === rank + 1 && sameShape([...parameters.slice(0, -2), parameters[rank]], shape2) && parameters[rank - 1] % 3 === 0;
  if (fits) return;
  throw shapeError(op, `needs z [..., B] and \u03B8 [..., 3K, B], got ${formatShape(shape2)} and ${formatShape(parameters)}`);
}
function overColumns(node, inputs, fn) {
  const [z, theta] = node.inputs;
  const batch = z.shape[z.shape.length - 1];
  const height = theta.shape[theta.shape.length - 2];
  const limits = limitsOf(node);
  const rows2 = sizeOf(node.shape) / sizeOf(z.shape);
  const upstreamRows = (inputs.at(2)?.values.length ?? 0) / sizeOf(z.shape);
  const result = new Float64Array(sizeOf(node.shape));
  const columnOf = (values, group, count, b) => Float64Array.from({ length: count }, (_, row7) => values[(group * count + row7) * batch + b]);
  for (let i = 0; i < sizeOf(z.shape); i++) {
    const [group, b] = [Math.floor(i / batch), i % batch];
    const upstream = columnOf(inputs.at(2)?.values ?? result, group, upstreamRows, b);
    const value = fn(inputs[0].values[i], columnOf(inputs[1].values, group, height, b), upstream, limits);
    const values = typeof value === "number" ? [value] : value;
    values.forEach((element, row7) => result[(group * rows2 + row7) * batch + b] = element);
  }
  return result;
}
function split(gradient3, z) {
  const axis = gradient3.shape.length - 2;
  return [reshape(slice(gradient3, axis, 0, 1), z.shape), slice(gradient3, axis, 1, gradient3.shape[axis])];
}
function checkUpstream(op, expected, upstream) {
  if (sameShape(expected, upstream.shape)) return;
  throw shapeError(op, `upstream must be ${formatShape(expected)}, got ${formatShape(upstream.shape)}`);
}
function row5(name, { shape: shape2, upstream, derivative, column }) {
  return {
    name,
    shape(inputs) {
      checkInputs2(name, inputs);
      const [z, theta] = inputs.map((input) => input.shape);
      if (upstream) checkUpstream(name, upstream(z, theta), inputs[2]);
      return shape2(z, theta);
    },
    derivative,
    reference: (node, inputs) => overColumns(node, inputs, column),
    keepsRunsApart: before(1),
    lowering: {
      kind: "opaque",
      kernel: name,
      record(node) {
        const [z, theta] = node.inputs.map((input) => input.shape);
        const [batch] = z.slice(-1);
        const [rows2] = theta.slice(-2);
        const { logScaleMin, logScaleMax } = limitsOf(node);
        return { ints: [sizeOf(z) / batch, rows2 / 3, batch], floats: [logScaleMin, logScaleMax] };
      }
    }
  };
}
var shapeOfZ = (z) => z;
var mixtureRows = {
  mixtureLogDensity: row5("mixtureLogDensity", {
    shape: shapeOfZ,
    derivative(node, upstream) {
      const [z, theta] = node.inputs;
      return split(mixtureLogDensityGrad(z, theta, upstream, limitsOf(node)), z);
    },
    column: (z, theta, _, limits) => logDensity(z, theta, limits)
  }),
  mixtureLogDensityGrad: row5("mixtureLogDensityGrad", {
    shape: gradientShape,
    upstream: shapeOfZ,
    derivative: noFurtherDerivative,
    column: (z, theta, [upstream], limits) => logDensityGradient(z, theta, limits).map((slope) => slope * upstream)
  }),
  mixtureEpsilon: row5("mixtureEpsilon", {
    shape: shapeOfZ,
    derivative(node, upstream) {
      const [z, theta] = node.inputs;
      const [slopeZ, slopeTheta] = split(mixtureSensitivity(z, theta, limitsOf(node)), z);
      const rows2 = reshape(upstream, [...z.shape.slice(0, -1), 1, z.shape[z.shape.length - 1]]);
      return [mul(upstream, slopeZ), mul(rows2, slopeTheta)];
    },
    column: (z, theta, _, limits) => epsilon(z, theta, limits)
  }),
  mixtureSensitivity: row5("mixtureSensitivity", {
    shape: gradientShape,
    derivative(node, upstream) {
      const [z, theta] = node.inputs;
      return split(mixtureSensitivityGrad(z, theta, upstream, limitsOf(node)), z);
    },
    column: (z, theta, _, limits) => sensitivity(z, theta, limits)
  }),
  mixtureSensitivityGrad: row5("mixtureSensitivityGrad", {
    shape: gradientShape,
    upstream: gradientShape,
    derivative: noFurtherDerivative,
    column: sensitivityGradient
  })
};
function mixture(operation, inputs, limits) {
  const { logScaleMin, logScaleMax } = limits;
  if (!(logScaleMin < logScaleMax)) {
    const shown = `${logScaleMin} and ${logScaleMax}`;
    throw new InputError("out-of-range", `[${operation.name}] needs logScaleMin < logScaleMax, got ${shown}`);
  }
  return apply(operation, inputs, { logScaleMin, logScaleMax });
}
function mixtureLogDensity(z, theta, limits) {
  return mixture(mixtureRows.mixtureLogDensity, [z, theta], limits);
}
function mixtureLogDensityGrad(z, theta, upstream, limits) {
  return mixture(mixtureRows.mixtureLogDensityGrad, [z, theta, upstream], limits);
}
function mixtureEpsilon(z, theta, limits) {
  return mixture(mixtureRows.mixtureEpsilon, [z, theta], limits);
}
function mixtureSensitivity(z, theta, limits) {
  return mixture(mixtureRows.mixtureSensitivity, [z, theta], limits);
}
function mixtureSensitivityGrad(z, theta, upstream, limits) {
  return mixture(mixtureRows.mixtureSensitivityGrad, [z, theta, upstream], limits);
}

// src/graph/pooling.ts
var NAMES = ["size", "stride", "padding"];
var keepsRunsApart3 = before(4);
function pooledShape(op, shape2, attributes) {
  const [size, stride, padding] = NAMES.map((name) => pairOf(attributes, name));
  const pooled = [0, 1].map((axis) => outputSize(shape2.at(axis - 3) ?? 0, size[axis], stride[axis], padding[axis], 1));
  if (shape2.length < 4 || pooled.some((rows2) => rows2 < 1) || padding.some((edge, axis) => 2 * edge > size[axis])) {
    const windows = NAMES.map((name) => `${name} ${formatShape(pairOf(attributes, name))}`).join(", ");
    throw shapeError(op, `needs [..., C, H, W, B] and windows that fit into it, got ${formatShape(shape2)}, ${windows}`);
  }
  return [...shape2.slice(0, -3), ...pooled, ...shape2.slice(-1)];
}
function eachWindow(shape2, attributes, visit) {
  const [size, stride, padding] = NAMES.map((name) => pairOf(attributes, name));
  const [rows2, columns, batch] = shape2.slice(-3);
  const [pooledRows, pooledColumns] = pooledShape("maxPool2d", shape2, attributes).slice(-3);
  const inside2 = (at, limit) => at >= 0 && at < limit;
  let result = 0;
  for (let plane = 0; plane < sizeOf(shape2) / (rows2 * columns * batch); plane++) {
    for (let i = 0; i < pooledRows; i++) {
      for (let j = 0; j < pooledColumns; j++) {
        const elements = [];
        for (let k = 0; k < size[0]; k++) {
          for (let l = 0; l < size[1]; l++) {
            const [row7, column] = [i * stride[0] - padding[0] + k, j * stride[1] - padding[1] + l];
            if (!inside2(row7, rows2) || !inside2(column, columns)) continue;
            elements.push(((plane * rows2 + row7) * columns + column) * batch);
          }
        }
        for (let b = 0; b < batch; b++) {
          visit(
            result++,
            elements.map((at) => at + b)
          );
        }
      }
    }
  }
}
function argMax(values, elements) {
  return elements.reduce((best, at) => values[at] > values[best] || Number.isNaN(values[at]) ? at : best);
}
function record2(shape2, attributes) {
  const [channels, batch] = [sizeOf(shape2.slice(0, -3)), shape2[shape2.length - 1]];
  const pooled = pooledShape("maxPool2d", shape2, attributes);
  const windows = NAMES.flatMap((name) => pairOf(attributes, name));
  return { ints: [channels, ...shape2.slice(-3, -1), ...pooled.slice(-3, -1), ...windows, batch] };
}
var maxPool2dGrad = {
  name: "maxPool2dGrad",
  shape([x, upstream], attributes) {
    const expected = pooledShape("maxPool2dGrad", x.shape, attributes);
    if (sameShape(expected, upstream.shape)) return x.shape;
    const shapes = `${formatShape(expected)}, got ${formatShape(upstream.shape)}`;
    throw shapeError("maxPool2dGrad", `upstream must be ${shapes}`);
  },
  derivative: noFurtherDerivative,
  reference(node, [x, upstream]) {
    const slopes = new Float64Array(x.values.length);
    eachWindow(x.shape, node.attributes, (result, elements) => {
      slopes[argMax(x.values, elements)] += upstream.values[result];
    });
    return slopes;
  },
  keepsRunsApart: keepsRunsApart3,
  lowering: {
    kind: "opaque",
    kernel: "maxPool2dGrad",
    record: ({ inputs: [x], attributes }) => record2(x.shape, attributes)
  }
};
var poolingRows = {
  maxPool2d: {
    name: "maxPool2d",
    shape: ([x], attributes) => pooledShape("maxPool2d", x.shape, attributes),
    derivative: (node, upstream) => [apply(maxPool2dGrad, [node.inputs[0], upstream], node.attributes)],
    reference(node, [x]) {
      const values = new Float64Array(sizeOf(node.shape));
      eachWindow(x.shape, node.attributes, (result, elements) => {
        values[result] = x.values[argMax(x.values, elements)];
      });
      return values;
    },
    keepsRunsApart: keepsRunsApart3,
    lowering: {
      kind: "opaque",
      kernel: "maxPool2d",
      record: ({ inputs: [x], attributes }) => record2(x.shape, attributes)
    }
  },
  maxPool2dGrad
};
function windowAttributes(op, { size, stride = size, padding = [0, 0] }) {
  spacingAttributes(op, { stride: size });
  const { stride: checked, padding: edges } = spacingAttributes(op, { stride, padding });
  return { size, stride: checked, padding: edges };
}
function maxPool2d(x, window) {
  return apply(poolingRows.maxPool2d, [x], windowAttributes("maxPool2d", window));
}

// src/graph/random.ts
function row6(name, { transform, code }) {
  return {
    name,
    shape([seeds], attributes) {
      const shape2 = attributes["shape"];
      if (seeds.shape.length !== 2 || seeds.shape[0] !== shape2[0] || seeds.shape[1] !== 2) {
        throw shapeError(name, `${formatShape(shape2)} needs seeds [${shape2[0]}, 2], got ${formatShape(seeds.shape)}`);
      }
      return shape2;
    },
    reference(node, [seeds], { step: step2 }) {
      const perRun = sizeOf(node.shape.slice(1));
      const stream = numberAttribute(node, "stream");
      const positionOf = drawOf(node.shape.at(-1), perRun, partsOf(node));
      return new Float64Array(sizeOf(node.shape)).map((_, i) => {
        const run = Math.floor(i / perRun);
        const key = { low: seeds.values[2 * run], high: seeds.values[2 * run + 1] };
        return transform(uniformAt(key, step2, stream, positionOf(i % perRun)));
      });
    },
    takesIntegers: true,
    keepsRunsApart: everyInput,
    singleRunAttributes: (attributes, shape2) => ({ ...attributes, shape: shape2 }),
    lowering: {
      kind: "opaque",
      kernel: "random",
      record(node) {
        const [runs, ...shapeOfRun] = node.shape;
        const perTile = flagAttribute(node, "sharedByTiles") ? 0 : 1;
        const parts = partsOf(node);
        const cut = parts > 1 ? [shapeOfRun.at(-1), parts] : [];
        return { ints: [code, numberAttribute(node, "stream"), runs, sizeOf(shapeOfRun), perTile, ...cut] };
      }
    }
  };
}
var randomRows = {
  randomUniform: row6("randomUniform", { transform: (uniform) => uniform, code: 0 }),
  randomNormal: row6("randomNormal", { transform: normalQuantile, code: 1 })
};
var partsOf = (node) => Number(node.attributes["parts"] ?? 1);
function drawOf(columns, perRun, parts) {
  const width = columns / parts;
  const ofPart = 4 * Math.ceil(perRun / parts / 4);
  return (element) => {
    const [row7, column] = [Math.floor(element / columns), element % columns];
    return parts === 1 ? element : Math.floor(column / width) * ofPart + row7 * width + column % width;
  };
}
function random(operation, shape2, stream, seeds, options) {
  checkShape(operation.name, shape2);
  if (!isInteger(seeds)) throw new InputError("wrong-dtype", `[${operation.name}] seeds must be an int32 data leaf`);
  if (!Number.isInteger(stream) || stream < 0 || stream > 4294967295) {
    throw new InputError(
      "out-of-range",
      `[${operation.name}] stream must be a whole number in 0 \u2026 2\xB3\xB2 \u2212 1, got ${stream}`
    );
  }
  const { parts = 1, sharedByTiles = false } = options;
  const columns = shape2.at(-1);
  if (parts !== 1 && (shape2.length < 2 || !Number.isInteger(parts) || parts < 1 || columns % parts !== 0)) {
    const shown = `${columns} columns cannot be divided into ${parts} equal parts`;
    throw new InputError("out-of-range", `[${operation.name}] ${shown}`);
  }
  return apply(operation, [seeds], { shape: [...shape2], stream, sharedByTiles, ...parts > 1 && { parts } });
}
function randomUniform(shape2, stream, seeds, options = {}) {
  return random(randomRows.randomUniform, shape2, stream, seeds, options);
}
function randomNormal(shape2, stream, seeds, options = {}) {
  return random(randomRows.randomNormal, shape2, stream, seeds, options);
}

// src/graph/reference.ts
function evaluate(nodes, feeds = {}) {
  const context = {
    step: feeds.step ?? 0,
    leaf(kind, name, size) {
      const values = feeds[kind]?.[name];
      if (values === void 0 || values.length !== size) {
        const shown = values === void 0 ? "nothing" : `${values.length}`;
        throw new InputError("missing-feed", `${kind} "${name}" needs ${size} values, got ${shown}`);
      }
      return Float64Array.from(values);
    }
  };
  const results = /* @__PURE__ */ new Map();
  for (const node of topological(nodes)) {
    const inputs = node.inputs.map((input) => results.get(input.id));
    results.set(node.id, { shape: node.shape, values: node.operation.reference(node, inputs, context) });
  }
  return nodes.map((node) => results.get(node.id).values);
}

// src/graph/recurrence-layer.ts
var keepsRunsApart4 = before(3);
function sizesOf2(op, [x, weights, ...rest]) {
  const leading = x.shape.slice(0, -3);
  const [inputs, times, batch] = x.shape.slice(-3);
  const [rows2, depth] = weights.shape.slice(-2);
  const units = depth - inputs - 1;
  const fits = x.shape.length >= 3 && sameShape(weights.shape, [...leading, GATES2 * units, depth]) && rows2 === GATES2 * units && units >= 1 && units <= MAX_UNITS && rest.every((steps) => sameShape(steps.shape, [...leading, 1, times, batch]));
  if (!fits) {
    const shown = [x, weights, ...rest].map((one) => formatShape(one.shape)).join(", ");
    const needs = `x [..., F, T, B], weights [..., 4 H, H + F + 1], steps [..., 1, T, B], H up to ${MAX_UNITS}`;
    throw shapeError(op, `needs ${needs}, got ${shown}`);
  }
  return { leading, inputs, units, times, batch, depth };
}
function record3(node, inputs) {
  const { leading, inputs: features, units, times, batch } = sizesOf2(node.operation.name, inputs);
  const flags = [flagAttribute(node, "reverse"), inputs.length > 2].map(Number);
  return { ints: [sizeOf(leading), features, units, times, batch, ...flags] };
}
function general2(node, inputs) {
  const constants = inputs.map(({ shape: shape2, values }) => constant([...values], shape2));
  return evaluate([node.operation.expand({ ...node, inputs: constants })])[0];
}
function columnsOf(weights, units) {
  const [axis, depth] = [weights.shape.length - 1, weights.shape[weights.shape.length - 1]];
  return [
    slice(weights, axis, 0, units),
    slice(weights, axis, units, depth - 1),
    slice(weights, axis, depth - 1, depth)
  ];
}
var lstmLayerGrad = {
  name: "lstmLayerGrad",
  shape([saved, x, weights, upstream, ...steps]) {
    const { leading, inputs, units, times, batch, depth } = sizesOf2("lstmLayerGrad", [x, weights, ...steps]);
    const row7 = [times, batch];
    if (sameShape(saved.shape, [...leading, SAVED * units, ...row7]) && sameShape(upstream.shape, [...leading, units, ...row7])) {
      return [...leading, inputs * times * batch + GATES2 * units * depth];
    }
    const shown = `${formatShape(saved.shape)} and ${formatShape(upstream.shape)}`;
    throw shapeError("lstmLayerGrad", `the saved rows and upstream must be those of h, got ${shown}`);
  },
  derivative: noFurtherDerivative,
  reference: general2,
  keepsRunsApart: keepsRunsApart4,
  lowering: {
    kind: "opaque",
    kernel: "lstmLayerGrad",
    record: (node) => record3(node, [node.inputs[1], node.inputs[2], ...node.inputs.slice(4)])
  },
  expand(node) {
    const [saved, x, weights, upstream, ...steps] = node.inputs;
    const { leading, units, times, batch } = sizesOf2("lstmLayerGrad", [x, weights, ...steps]);
    const [byH, byX] = columnsOf(weights, units);
    const rows2 = leading.length;
    const slopes = apply(lstmRows.lstmGrad, [saved, byH, upstream, ...steps], node.attributes);
    const flat = (y) => reshape(y, [...leading, y.shape[rows2], times * batch]);
    const h = stepsBefore(slice(saved, rows2, 0, units), flagAttribute(node, "reverse"));
    const ofWeights = concat(
      [
        matmul(flat(slopes), flat(h), { transB: true }),
        matmul(flat(slopes), flat(x), { transB: true }),
        sum(flat(slopes), [rows2 + 1], { keep: true })
      ],
      rows2 + 1
    );
    const ofX = matmul(byX, flat(slopes), { transA: true });
    const parts = [ofX, ofWeights].map((part) => reshape(part, [...leading, sizeOf(part.shape.slice(rows2))]));
    return concat(parts, rows2);
  }
};
var recurrenceLayerRows = {
  lstmLayer: {
    name: "lstmLayer",
    shape(inputs) {
      const { leading, units, times, batch } = sizesOf2("lstmLayer", inputs);
      return [...leading, SAVED * units, times, batch];
    },
    derivative(node, upstream) {
      const [x, weights, ...steps] = node.inputs;
      const { leading, units } = sizesOf2("lstmLayer", node.inputs);
      const rows2 = leading.length;
      const ofH = slice(upstream, rows2, 0, units);
      const flat = apply(lstmLayerGrad, [node, x, weights, ofH, ...steps], node.attributes);
      const ofX = sizeOf(x.shape.slice(-3));
      return [
        reshape(slice(flat, rows2, 0, ofX), x.shape),
        reshape(slice(flat, rows2, ofX, flat.shape[rows2]), weights.shape),
        void 0
      ];
    },
    reference: general2,
    keepsRunsApart: keepsRunsApart4,
    lowering: { kind: "opaque", kernel: "lstmLayer", record: (node) => record3(node, node.inputs) },
    expand(node) {
      const [x, weights, ...steps] = node.inputs;
      const { leading, inputs, units, times, batch } = sizesOf2("lstmLayer", node.inputs);
      const [byH, byX, bias] = columnsOf(weights, units);
      const sums = add(matmul(byX, reshape(x, [...leading, inputs, times * batch])), bias);
      const gates = reshape(sums, [...leading, GATES2 * units, times, batch]);
      return apply(lstmRows.lstm, [gates, byH, ...steps], node.attributes);
    }
  },
  lstmLayerGrad
};
function lstmLayer(x, { states: states2, inputs, bias }, { reverse = false, steps } = {}) {
  const weights = concat([states2, inputs, bias], states2.shape.length - 1);
  const leading = weights.shape.slice(0, -2);
  const all = [x, ...steps ? [steps] : []].map((input) => broadcastTo(input, [...leading, ...input.shape.slice(-3)]));
  const saved = apply(recurrenceLayerRows.lstmLayer, [all[0], weights, ...all.slice(1)], { reverse });
  return slice(saved, leading.length, 0, states2.shape[states2.shape.length - 1]);
}

// src/graph/softmax.ts
function sizes(shape2, axis) {
  return { groups: sizeOf(shape2.slice(0, axis)), categories: shape2[axis], columns: sizeOf(shape2.slice(axis + 1)) };
}
var axisOf = (node) => numberAttribute(node, "axis");
var total2 = (x, axis) => sum(x, [axis], { keep: true });
var softmaxRows = {
  softmax: {
    name: "softmax",
    shape: ([x]) => x.shape,
    derivative(y, upstream) {
      const weighted = mul(upstream, y);
      return [sub(weighted, mul(y, total2(weighted, axisOf(y))))];
    },
    reference(node, [x]) {
      const { groups, categories, columns } = sizes(x.shape, axisOf(node));
      const result = new Float64Array(x.values.length);
      for (let group = 0; group < groups; group++) {
        for (let column = 0; column < columns; column++) {
          const at = (k) => (group * categories + k) * columns + column;
          const logits = Array.from({ length: categories }, (_, k) => x.values[at(k)]);
          const maximum2 = Math.max(...logits);
          const powers = logits.map((logit) => Math.exp(logit - maximum2));
          const whole = powers.reduce((a, b) => a + b, 0);
          powers.forEach((power, k) => result[at(k)] = power / whole);
        }
      }
      return result;
    },
    keepsRunsApart: alongAxis,
    lowering: {
      kind: "opaque",
      kernel: "softmax",
      record(node) {
        const { groups, categories, columns } = sizes(node.shape, axisOf(node));
        return { ints: [groups, categories, columns] };
      }
    },
    expand(node) {
      const [x] = node.inputs;
      const axis = axisOf(node);
      const powers = exp(sub(x, max(x, [axis], { keep: true })));
      return div(powers, total2(powers, axis));
    }
  }
};
function softmax(x, axis) {
  return apply(softmaxRows.softmax, [x], { axis: resolveAxis("softmax", axis, x.shape.length) });
}

// src/graph/index.ts
var rows = {
  ...leafRows,
  ...unaryRows,
  ...binaryRows,
  ...matmulRows,
  ...convolutionRows,
  ...poolingRows,
  ...augmentationRows,
  ...lstmRows,
  ...recurrenceLayerRows,
  ...gruRows,
  ...reductionRows,
  ...softmaxRows,
  ...layoutRows,
  ...gatherRows,
  ...randomRows,
  ...mixtureRows,
  ...determinantRows,
  ...jacobianRows
};
var operations = new Map(Object.entries(rows));

export {
  DATA_TYPES,
  bytesOf,
  elementsOf,
  typeOfArray,
  roomFor,
  elementsIn,
  sizeOf,
  formatShape,
  sameShape,
  contiguousStrides,
  broadcastStrides,
  positions,
  contiguous,
  isContiguous,
  isIdentity,
  extentOf,
  collapse,
  makeNode,
  dataTypeOf,
  apply,
  withScope,
  withAbsoluteScope,
  withInputs,
  numberAttribute,
  textAttribute,
  flagAttribute,
  listAttribute,
  valuesAttribute,
  topological,
  neg,
  exp,
  log,
  log1p,
  tanh,
  sigmoid2 as sigmoid,
  sqrt,
  square,
  reciprocal,
  normalCdf2 as normalCdf,
  softplus2 as softplus,
  stopGradient,
  leakyRelu,
  clamp,
  sum,
  mean,
  max,
  reshape,
  broadcastTo,
  permute,
  slice,
  concat,
  parameter,
  data,
  control,
  constant,
  scalar,
  zeros,
  ones,
  add,
  sub,
  mul,
  div,
  maximum,
  greater,
  moveImages,
  pairOf,
  geometryOf,
  matmul,
  conv2d,
  conv2dTranspose,
  MAX_DETERMINANT,
  logAbsDet,
  gather,
  MAX_UNITS,
  gru,
  grad,
  meanAbsJacobian,
  mixtureLogDensity,
  mixtureEpsilon,
  mixtureSensitivity,
  maxPool2d,
  randomUniform,
  randomNormal,
  evaluate,
  lstmLayer,
  softmax,
  rows,
  operations
};
