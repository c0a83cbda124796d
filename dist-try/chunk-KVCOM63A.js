import {
  checkArgument,
  philox
} from "./chunk-MX4VZIVR.js";
import {
  InputError,
  NumericError
} from "./chunk-5XKOZ6VI.js";

// src/metrics/samples.ts
function checkSamples(name, samples, minimumRows) {
  checkArgument(name, samples, { values: "typed array", rows: "number", columns: "number" });
  const { values, rows, columns } = samples;
  if (!Number.isSafeInteger(rows) || rows < 0 || !Number.isSafeInteger(columns) || columns < 1) {
    throw new InputError(
      "invalid-size",
      `${name}: ${rows} rows \xD7 ${columns} columns is not a size; give a whole number of rows and at least one column`
    );
  }
  if (values.length !== rows * columns) {
    throw new InputError(
      "shape-mismatch",
      `${name}: ${rows} rows \xD7 ${columns} columns need ${rows * columns} values, got ${values.length}`
    );
  }
  if (rows < minimumRows) {
    throw new InputError("too-few-samples", `${name}: ${rows} samples; at least ${minimumRows} are needed`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(
      "not-finite",
      `${name}: row ${Math.floor(bad / columns)}, column ${bad % columns} is ${values[bad]}; remove or impute such samples first`
    );
  }
}
function checkSameRows(z, zHat) {
  if (z.rows !== zHat.rows) {
    throw new InputError(
      "shape-mismatch",
      `true latents have ${z.rows} samples, estimated latents ${zHat.rows}; both must have the same subjects in the same order`
    );
  }
}
function modalityOffsets(name, sizes, columns) {
  const offsets = [0];
  for (const [m, size] of sizes.entries()) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new InputError("invalid-size", `${name}: modality ${m} has ${size} latents; at least 1 is needed`);
    }
    offsets.push(offsets[m] + size);
  }
  if (offsets[sizes.length] !== columns) {
    throw new InputError(
      "shape-mismatch",
      `${name}: the modalities have ${sizes.join(" + ")} = ${offsets[sizes.length]} latents, but the table has ${columns} columns`
    );
  }
  return offsets;
}
function layoutOffsets(z, zHat, layout) {
  const estimated = layout.estimated ?? layout.modalities;
  if (estimated.length !== layout.modalities.length) {
    throw new InputError(
      "shape-mismatch",
      `${layout.modalities.length} true modalities but ${estimated.length} estimated ones; list every modality on both sides`
    );
  }
  return {
    truth: modalityOffsets("true latents", layout.modalities, z.columns),
    estimate: modalityOffsets("estimated latents", estimated, zHat.columns)
  };
}
function block(samples, from, to, rowFrom = 0, rowTo = samples.rows) {
  const columns = to - from;
  const rows = rowTo - rowFrom;
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = (rowFrom + row) * samples.columns + from;
    for (let j = 0; j < columns; j++) values[row * columns + j] = samples.values[start + j];
  }
  return { values, rows, columns };
}
function selectRows({ values, columns }, positions) {
  const rows = positions.length;
  const selected = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const start = positions[i] * columns;
    selected.set(values.subarray(start, start + columns), i * columns);
  }
  return { values: selected, rows, columns };
}
function column({ values, rows, columns }, j) {
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) result[i] = values[i * columns + j];
  return result;
}
function mean(values) {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

// src/metrics/assignment.ts
function assign(cost, { goal = "minimum" } = {}) {
  const { values, rows, columns } = cost;
  if (values.length !== rows * columns || rows < 1 || columns < 1) {
    throw new InputError("shape-mismatch", `[assign] ${rows} \xD7 ${columns} does not fit ${values.length} values`);
  }
  const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const entry = `(${Math.floor(bad / columns)}, ${bad % columns})`;
    throw new InputError("not-finite", `[assign] entry ${entry} is ${values[bad]}; every cost must be finite`);
  }
  const sign = goal === "maximum" ? -1 : 1;
  const columnOfRow = new Int32Array(rows).fill(-1);
  if (rows <= columns) {
    rowOfColumns(rows, columns, (row, column2) => sign * values[row * columns + column2]).forEach((row, column2) => {
      if (row >= 0) columnOfRow[row] = column2;
    });
  } else {
    columnOfRow.set(rowOfColumns(columns, rows, (column2, row) => sign * values[row * columns + column2]));
  }
  const total = columnOfRow.reduce((sum, column2, row) => column2 < 0 ? sum : sum + values[row * columns + column2], 0);
  return { columnOfRow, total };
}
function rowOfColumns(rows, columns, cost) {
  const owner = new Int32Array(columns).fill(-1);
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(columns);
  for (let start = 0; start < rows; start++) {
    const distance = new Float64Array(columns).fill(Infinity);
    const before = new Int32Array(columns).fill(-1);
    const done = new Uint8Array(columns);
    let row = start;
    let at = -1;
    let length = 0;
    do {
      let nearest = -1;
      for (let column2 = 0; column2 < columns; column2++) {
        if (done[column2]) continue;
        const through = length + cost(row, column2) - rowPrice[row] - columnPrice[column2];
        if (through < distance[column2]) {
          distance[column2] = through;
          before[column2] = at;
        }
        if (nearest < 0 || distance[column2] < distance[nearest]) nearest = column2;
      }
      at = nearest;
      length = distance[at];
      done[at] = 1;
      row = owner[at];
    } while (row >= 0);
    rowPrice[start] += length;
    for (let column2 = 0; column2 < columns; column2++) {
      if (!done[column2] || column2 === at) continue;
      rowPrice[owner[column2]] += length - distance[column2];
      columnPrice[column2] -= length - distance[column2];
    }
    for (; at >= 0; at = before[at]) owner[at] = before[at] < 0 ? start : owner[before[at]];
  }
  return owner;
}

// src/random/random-stream.ts
var RandomStream = class {
  #key;
  #stream;
  #block = 0;
  #words = [];
  #at = 4;
  #spare;
  /**
   * @param seed integer from 0 to 2⁵³ − 1
   * @param stream integer from 0 to 2³² − 1
   */
  constructor(seed, stream) {
    this.#key = { low: seed >>> 0, high: Math.floor(seed / 2 ** 32) };
    this.#stream = stream;
  }
  /** Returns a number in (0, 1): 52 random bits, centred, so that neither bound occurs. */
  uniform() {
    if (this.#at === 4) {
      this.#words = philox(this.#key, [this.#block++, 0, 0, this.#stream]);
      this.#at = 0;
    }
    const high = this.#words[this.#at++] >>> 6;
    const low = this.#words[this.#at++] >>> 6;
    return (high * 2 ** 26 + low + 0.5) / 2 ** 52;
  }
  /** Returns a number between two bounds. */
  between(low, high) {
    return low + (high - low) * this.uniform();
  }
  /** Returns a standard normal number (Box and Muller 1958). */
  normal() {
    const spare = this.#spare;
    this.#spare = void 0;
    if (spare !== void 0) return spare;
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
  /** Returns a Laplace number with variance 1. */
  laplace() {
    const centred = this.uniform() - 0.5;
    return -Math.sign(centred) * Math.log(1 - 2 * Math.abs(centred)) / Math.SQRT2;
  }
  /** Returns −1 or 1. */
  sign() {
    return this.uniform() < 0.5 ? -1 : 1;
  }
  /** Returns an integer from 0 to `count` − 1. */
  below(count) {
    return Math.floor(this.uniform() * count);
  }
  /** Returns the integers from 0 to `count` − 1 in random order (Fisher and Yates). */
  permutation(count) {
    const order = new Int32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const other = order[j];
      order[j] = order[i];
      order[i] = other;
    }
    return order;
  }
};

// src/metrics/order.ts
function countBelow(sorted, value, orEqual = false) {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = from + to >>> 1;
    if (sorted[middle] < value || orEqual && sorted[middle] === value) from = middle + 1;
    else to = middle;
  }
  return from;
}

// src/metrics/correlation.ts
var MIN_SAMPLES = 3;
function pearson(z, zHat) {
  check(z, zHat);
  return correlate(columnsOf(z), columnsOf(zHat));
}
function spearman(z, zHat) {
  check(z, zHat);
  return correlate(columnsOf(z).map(averageRanks), columnsOf(zHat).map(averageRanks));
}
function averageRanks(values) {
  const sorted = values.slice().sort();
  return values.map((value) => {
    const below = countBelow(sorted, value);
    const end = sorted[below + 1] === value ? countBelow(sorted, value, true) : below + 1;
    return (below + 1 + end) / 2;
  });
}
function check(z, zHat) {
  checkSamples("true latents", z, MIN_SAMPLES);
  checkSamples("estimated latents", zHat, MIN_SAMPLES);
  checkSameRows(z, zHat);
}
function columnsOf(samples) {
  return Array.from({ length: samples.columns }, (_, j) => column(samples, j));
}
function correlate(first, second) {
  const a = first.map(unitDirection);
  const b = second.map(unitDirection);
  const values = new Float64Array(a.length * b.length);
  for (const [i, u] of a.entries()) {
    for (const [j, v] of b.entries()) {
      if (u === void 0 || v === void 0) continue;
      let dot2 = 0;
      for (let k = 0; k < u.length; k++) dot2 += u[k] * v[k];
      values[i * b.length + j] = Math.max(-1, Math.min(1, dot2));
    }
  }
  return { values, rows: a.length, columns: b.length, constant: { first: missing(a), second: missing(b) } };
}
function unitDirection(column2) {
  let smallest = Infinity;
  let largest = -Infinity;
  let sum = 0;
  for (const value of column2) {
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
    sum += value;
  }
  if (smallest === largest) return void 0;
  const average = sum / column2.length;
  const scale = Math.max(Math.abs(smallest), Math.abs(largest));
  const centred = column2.map((value) => (value - average) / scale);
  let square = 0;
  for (const value of centred) square += value * value;
  const length = Math.sqrt(square);
  return centred.map((value) => value / length);
}
function missing(columns) {
  return columns.flatMap((column2, j) => column2 === void 0 ? [j] : []);
}

// src/metrics/chance-floor.ts
var DRAWS = 500;
var MAX_ROWS = 1e3;
var STREAM = 1667760128;
function chanceFloors(z, { modalities, estimated = modalities }, { draws = DRAWS, seed = 0 } = {}) {
  checkSamples("true latents", z, 3);
  const { truth: offsets } = layoutOffsets(z, z, { modalities });
  const floors = modalities.map((count, m) => {
    const latents = block(z, offsets[m], offsets[m + 1]);
    const axes = Math.min(count, estimated[m]);
    return count === 1 ? { pearson: axes, spearman: axes } : floorOf(latents, axes, draws, new RandomStream(seed, STREAM + m));
  });
  const floor = (kind) => {
    const perModality = floors.map((modality) => modality[kind]);
    return { perModality, mean: mean(perModality) };
  };
  return { pearson: floor("pearson"), spearman: floor("spearman"), draws };
}
function aboveChance(mcc, floor) {
  return floor >= 1 ? null : (mcc - floor) / (1 - floor);
}
function floorOf(z, axes, draws, random) {
  const sample = standardised(spaced(z));
  const { rows, columns } = sample;
  let [linear, monotone] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const weights = randomRotation(columns, random).slice(0, axes);
    const values = Float64Array.from({ length: rows * axes }, (_, at) => {
      const row = Math.floor(at / axes) * columns;
      return dot(weights[at % axes], sample.values.subarray(row, row + columns));
    });
    const rotated = { values, rows, columns: axes };
    linear += matched(pearson(sample, rotated));
    monotone += matched(spearman(sample, rotated));
  }
  return { pearson: linear / draws, spearman: monotone / draws };
}
function matched({ values, rows, columns }) {
  return assign({ values: values.map(Math.abs), rows, columns }, { goal: "maximum" }).total / rows;
}
function randomRotation(size, random) {
  const rows = [];
  while (rows.length < size) {
    const row = Float64Array.from({ length: size }, () => random.normal());
    for (const other of rows) {
      const along = dot(row, other);
      other.forEach((value, i) => row[i] -= along * value);
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}
function spaced(z) {
  if (z.rows <= MAX_ROWS) return z;
  return selectRows(
    z,
    Array.from({ length: MAX_ROWS }, (_, i) => Math.floor(i * z.rows / MAX_ROWS))
  );
}
function standardised(z) {
  const { rows, columns } = z;
  const values = new Float64Array(rows * columns);
  for (let j = 0; j < columns; j++) {
    const entries = column(z, j);
    const middle = mean([...entries]);
    const length = Math.hypot(...entries.map((value) => value - middle)) || 1;
    entries.forEach((value, row) => values[row * columns + j] = (value - middle) / length);
  }
  return { values, rows, columns };
}
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

// src/metrics/mean-correlation.ts
function meanCorrelation(z, zHat, layout, names = {}) {
  const linear = pearson(z, zHat);
  const offsets = layoutOffsets(z, zHat, layout);
  return {
    pearson: match(linear, offsets),
    spearman: match(spearman(z, zHat), offsets),
    warnings: [
      ...linear.constant.first.map((j) => constantLatent("true", j, names.truth?.[j])),
      ...linear.constant.second.map((j) => constantLatent("estimated", j, names.estimate?.[j])),
      ...fewerEstimated(offsets)
    ]
  };
}
function match(correlation, { truth, estimate }) {
  const matching = new Int32Array(correlation.rows).fill(-1);
  const perModality = [];
  for (let m = 0; m + 1 < truth.length; m++) {
    const part = absoluteBlock(correlation, [truth[m], truth[m + 1]], [estimate[m], estimate[m + 1]]);
    const { columnOfRow, total } = assign(part, { goal: "maximum" });
    columnOfRow.forEach((column2, row) => {
      matching[truth[m] + row] = column2 < 0 ? -1 : estimate[m] + column2;
    });
    perModality.push(total / part.rows);
  }
  const everything = absoluteBlock(correlation, [0, correlation.rows], [0, correlation.columns]);
  const free = assign(everything, { goal: "maximum" });
  const perLatent = Array.from(matching, (j, i) => j < 0 ? 0 : everything.values[i * correlation.columns + j]);
  return {
    perModality,
    mean: mean(perModality),
    global: free.total / correlation.rows,
    perLatent,
    matching,
    globalMatching: free.columnOfRow
  };
}
function absoluteBlock(correlation, [rowFrom, rowTo], [from, to]) {
  const part = block(correlation, from, to, rowFrom, rowTo);
  return { ...part, values: part.values.map(Math.abs) };
}
function constantLatent(side, latent, name) {
  return {
    code: "constant-latent",
    message: `${side} latent ${name ?? latent} does not vary in these samples; its correlations count as 0`
  };
}
function fewerEstimated({ truth, estimate }) {
  const warnings = [];
  for (let m = 0; m + 1 < truth.length; m++) {
    const unmatched = truth[m + 1] - truth[m] - (estimate[m + 1] - estimate[m]);
    if (unmatched > 0) {
      warnings.push({
        code: "unmatched-latent",
        message: `modality ${m} has ${unmatched} more true than estimated latents; those without a partner count as 0`
      });
    }
  }
  return warnings;
}

// src/metrics/kernel-ridge.ts
import { Matrix as Matrix2 } from "ml-matrix";

// src/metrics/triangular.ts
import { Matrix } from "ml-matrix";
var ROWS = 4;
var Factor = class {
  /** If false, the methods treat directions without variance as 0. */
  isPositiveDefinite;
  #size;
  /** L, row-major; zeros above the diagonal. */
  #lower;
  /** @param matrix matrix of which the lower triangle is read @param ridge addition to its diagonal */
  constructor(matrix, ridge) {
    const size = matrix.rows;
    const lower = new Float64Array((size + ROWS - 1) * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) lower[i * size + j] = matrix.get(i, j) + (i === j ? ridge : 0);
    }
    let isPositiveDefinite = true;
    for (let top = 0; top < size; top += ROWS) {
      for (let j = 0; j < top; j++) factorRows(lower, size, top, j);
      for (let i = top; i < Math.min(top + ROWS, size); i++) {
        for (let j = top; j <= i; j++) {
          let rest = lower[i * size + j];
          for (let k = 0; k < j; k++) rest -= lower[i * size + k] * lower[j * size + k];
          if (i === j) {
            isPositiveDefinite &&= rest > 0;
            lower[i * size + i] = Math.sqrt(Math.max(0, rest));
          } else {
            lower[i * size + j] = quotient(rest, lower[j * size + j]);
          }
        }
      }
    }
    this.isPositiveDefinite = isPositiveDefinite;
    this.#size = size;
    this.#lower = lower;
  }
  /** Returns L⁻¹ B. */
  forward(right) {
    const [size, lower, width] = [this.#size, this.#lower, right.columns];
    const solved = Float64Array.from(right.to1DArray());
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) subtract(solved, width, i, k, lower[i * size + k]);
      divide(solved, width, i, lower[i * size + i]);
    }
    return Matrix.from1DArray(size, width, solved);
  }
  /** Returns L⁻ᵀ B. */
  backward(right) {
    const [size, lower, width] = [this.#size, this.#lower, right.columns];
    const solved = Float64Array.from(right.to1DArray());
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) subtract(solved, width, i, k, lower[k * size + i]);
      divide(solved, width, i, lower[i * size + i]);
    }
    return Matrix.from1DArray(size, width, solved);
  }
  /** Returns (L Lᵀ)⁻¹ B. */
  solve(right) {
    return this.backward(this.forward(right));
  }
};
function factorRows(lower, size, top, j) {
  const [pivotRow, a, b, c, d] = [j, top, top + 1, top + 2, top + 3].map((row) => row * size);
  let [atA, atB, atC, atD] = [lower[a + j], lower[b + j], lower[c + j], lower[d + j]];
  for (let k = 0; k < j; k++) {
    const factor = lower[pivotRow + k];
    atA -= lower[a + k] * factor;
    atB -= lower[b + k] * factor;
    atC -= lower[c + k] * factor;
    atD -= lower[d + k] * factor;
  }
  const pivot = lower[pivotRow + j];
  lower[a + j] = quotient(atA, pivot);
  lower[b + j] = quotient(atB, pivot);
  lower[c + j] = quotient(atC, pivot);
  lower[d + j] = quotient(atD, pivot);
}
var quotient = (value, divisor) => divisor > 0 ? value / divisor : 0;
function subtract(values, width, i, k, factor) {
  const [target, source] = [i * width, k * width];
  for (let j = 0; j < width; j++) values[target + j] -= factor * values[source + j];
}
function divide(values, width, i, divisor) {
  for (let j = i * width; j < (i + 1) * width; j++) values[j] = quotient(values[j], divisor);
}

// src/metrics/kernel-ridge.ts
function kernelRidge(inputs, targets, { alpha, gamma }) {
  const kernel = new Matrix2(inputs.rows, inputs.rows);
  for (let i = 0; i < inputs.rows; i++) {
    for (let j = 0; j <= i; j++) kernel.set(i, j, kernelOf(inputs, i, inputs, j, gamma));
  }
  const factor = new Factor(kernel, alpha);
  if (!factor.isPositiveDefinite) {
    throw new NumericError(
      "not-positive-definite",
      `[kernelRidge] the kernel matrix of ${inputs.rows} samples is not positive definite with alpha ${alpha}; raise alpha`
    );
  }
  const outputs = targets.columns;
  const weights = factor.solve(Matrix2.from1DArray(targets.rows, outputs, targets.values)).to1DArray();
  return (queries) => {
    const predictions = new Float64Array(queries.rows * outputs);
    for (let q = 0; q < queries.rows; q++) {
      for (let i = 0; i < inputs.rows; i++) {
        const similarity = kernelOf(queries, q, inputs, i, gamma);
        for (let k = 0; k < outputs; k++) predictions[q * outputs + k] += similarity * weights[i * outputs + k];
      }
    }
    return predictions;
  };
}
function kernelOf(a, i, b, j, gamma) {
  let square = 0;
  let product = 0;
  for (let k = 0; k < a.columns; k++) {
    const difference = a.values[i * a.columns + k] - b.values[j * b.columns + k];
    square += difference * difference;
    product += a.values[i * a.columns + k] * b.values[j * b.columns + k];
  }
  return Math.exp(-gamma * square) + product;
}

// src/metrics/r2.ts
var MIN_FIT_ROWS = 20;
var MIN_SCORE_ROWS = 10;
function r2(zHat, z, options) {
  checkSamples("true latents", z, MIN_FIT_ROWS + MIN_SCORE_ROWS);
  checkSamples("estimated latents", zHat, MIN_FIT_ROWS + MIN_SCORE_ROWS);
  checkSameRows(z, zHat);
  const offsets = layoutOffsets(z, zHat, options);
  const fitRows = options.fitRows ?? Math.min(1e3, Math.floor(2 * z.rows / 3));
  const scoreRows = options.scoreRows ?? Math.min(500, z.rows - fitRows);
  checkParts(fitRows, scoreRows, z.rows);
  const perLatent = [];
  const perModality = [];
  const warnings = [];
  for (let m = 0; m < options.modalities.length; m++) {
    const inputs = standardised2(zHat, offsets.estimate[m], offsets.estimate[m + 1], fitRows, scoreRows);
    const targets = standardised2(z, offsets.truth[m], offsets.truth[m + 1], fitRows, scoreRows);
    const gamma = 0.5 / inputs.fitted.columns;
    const predict = kernelRidge(inputs.fitted, targets.fitted, { alpha: options.alpha ?? 0.01, gamma });
    const scores = explained(targets.scored, predict(inputs.scored));
    scores.forEach((score, i) => {
      if (score !== void 0) return;
      const latent = offsets.truth[m] + i;
      warnings.push({
        code: "constant-latent",
        message: `true latent ${latent} does not vary in the scored samples; its R\xB2 counts as 0`
      });
    });
    const known = scores.map((score) => score ?? 0);
    perLatent.push(...known);
    perModality.push(mean(known));
  }
  return { perLatent, perModality, mean: mean(perModality), fitRows, scoreRows, warnings };
}
function checkParts(fitRows, scoreRows, rows) {
  const whole = Number.isSafeInteger(fitRows) && Number.isSafeInteger(scoreRows);
  if (!whole || fitRows < MIN_FIT_ROWS || scoreRows < MIN_SCORE_ROWS || fitRows + scoreRows > rows) {
    throw new InputError(
      "too-few-samples",
      `[r2] cannot fit on ${fitRows} and score on ${scoreRows} of ${rows} samples; at least ${MIN_FIT_ROWS} and ${MIN_SCORE_ROWS} are needed, in total no more than there are`
    );
  }
}
function standardised2(samples, from, to, fitRows, scoreRows) {
  const fitted = block(samples, from, to, 0, fitRows);
  const scored = block(samples, from, to, fitRows, fitRows + scoreRows);
  const columns = to - from;
  for (let j = 0; j < columns; j++) {
    const { average, sd } = moments(fitted, j);
    for (const part of [fitted, scored]) {
      for (let k = j; k < part.values.length; k += columns) part.values[k] = (part.values[k] - average) / (sd || 1);
    }
  }
  return { fitted, scored };
}
function moments({ values, rows, columns }, j) {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += values[i * columns + j];
  const average = sum / rows;
  let square = 0;
  for (let i = 0; i < rows; i++) square += (values[i * columns + j] - average) ** 2;
  return { average, sd: Math.sqrt(square / rows) };
}
function explained(targets, predictions) {
  const { values, rows, columns } = targets;
  return Array.from({ length: columns }, (_, j) => {
    const { average } = moments(targets, j);
    let residual = 0;
    let total = 0;
    let varies = false;
    for (let i = 0; i < rows; i++) {
      const value = values[i * columns + j];
      varies ||= value !== values[j];
      residual += (value - predictions[i * columns + j]) ** 2;
      total += (value - average) ** 2;
    }
    return varies ? 1 - residual / total : void 0;
  });
}

// src/metrics/structural-distance.ts
function structuralHammingDistance(truth, estimate, matching, layout) {
  for (const [name, matrix] of Object.entries({ truth, estimate, matching })) {
    checkArgument(`structuralHammingDistance: ${name}`, matrix, "numbers");
  }
  checkArgument("structuralHammingDistance: layout", layout, { modalities: ["number"] });
  const { modalities } = layout;
  const modality = modalities.flatMap((latents, m) => new Array(latents).fill(m));
  const size = modality.length;
  checkAdjacency("true", truth, size);
  const estimatedSize = Math.round(Math.sqrt(estimate.length));
  checkAdjacency("estimated", estimate, estimatedSize);
  checkMatching(matching, size, estimatedSize);
  const aligned = (child, parent) => {
    const row = matching[child];
    const column2 = matching[parent];
    return row >= 0 && column2 >= 0 && estimate[row * estimatedSize + column2] !== 0;
  };
  const cross = new DifferenceCounter();
  const within = new DifferenceCounter();
  const perModality = modalities.map(() => new DifferenceCounter());
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const isTrue = [truth[i * size + j] !== 0, truth[j * size + i] !== 0];
      const isEstimated = [aligned(i, j), aligned(j, i)];
      if (modality[i] === modality[j]) {
        within.add(isTrue, isEstimated);
        continue;
      }
      for (const counter of [cross, perModality[modality[i]], perModality[modality[j]]]) {
        counter.add(isTrue, isEstimated);
      }
    }
  }
  return {
    cross: cross.result(),
    within: within.result(),
    perModality: perModality.map((counter) => counter.result()),
    unmatchedEdges: countUnmatched(estimate, estimatedSize, matching)
  };
}
var DifferenceCounter = class {
  #missing = 0;
  #extra = 0;
  #reversed = 0;
  #trueEdges = 0;
  #estimatedEdges = 0;
  add(truth, estimate) {
    this.#trueEdges += Number(truth[0]) + Number(truth[1]);
    this.#estimatedEdges += Number(estimate[0]) + Number(estimate[1]);
    const missing2 = Number(truth[0] && !estimate[0]) + Number(truth[1] && !estimate[1]);
    const extra = Number(estimate[0] && !truth[0]) + Number(estimate[1] && !truth[1]);
    if (missing2 === 1 && extra === 1) {
      this.#reversed++;
    } else {
      this.#missing += missing2;
      this.#extra += extra;
    }
  }
  result() {
    const [missing2, extra, reversed] = [this.#missing, this.#extra, this.#reversed];
    const [trueEdges, estimatedEdges] = [this.#trueEdges, this.#estimatedEdges];
    const distance = missing2 + extra + reversed;
    const distanceReversalTwice = distance + reversed;
    return { distance, distanceReversalTwice, missing: missing2, extra, reversed, trueEdges, estimatedEdges };
  }
};
function checkAdjacency(side, adjacency, size) {
  if (size < 1 || adjacency.length !== size * size) {
    throw new InputError(
      "shape-mismatch",
      `${side} adjacency has ${adjacency.length} entries; ${size} latents need ${size} \xD7 ${size} = ${size * size}`
    );
  }
  for (let k = 0; k < adjacency.length; k++) {
    if (!Number.isFinite(adjacency[k])) {
      throw new InputError(
        "not-finite",
        `${side} adjacency: entry (${Math.floor(k / size)}, ${k % size}) is ${adjacency[k]}`
      );
    }
  }
  for (let i = 0; i < size; i++) {
    if (adjacency[i * size + i] !== 0) {
      throw new InputError("self-edge", `${side} adjacency: latent ${i} is a parent of itself; the diagonal must be 0`);
    }
  }
}
function checkMatching(matching, size, estimatedSize) {
  if (matching.length !== size) {
    throw new InputError("shape-mismatch", `the matching has ${matching.length} entries for ${size} true latents`);
  }
  const taken = /* @__PURE__ */ new Set();
  for (let i = 0; i < size; i++) {
    const partner = matching[i];
    if (!Number.isInteger(partner) || partner < -1 || partner >= estimatedSize || taken.has(partner)) {
      throw new InputError(
        "invalid-matching",
        `the matching gives true latent ${i} the estimated latent ${partner}; each must be \u22121 or a different latent below ${estimatedSize}`
      );
    }
    if (partner >= 0) taken.add(partner);
  }
}
function countUnmatched(estimate, size, matching) {
  const matched2 = new Set(Array.from(matching));
  let count = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (estimate[i * size + j] !== 0 && !(matched2.has(i) && matched2.has(j))) count++;
    }
  }
  return count;
}

// src/metrics/evaluate.ts
var TABLE = {
  z: { values: "typed array", rows: "number", columns: "number" },
  modalities: [{ name: "text", latents: "number" }],
  "adjacency?": "numbers"
};
function evaluate(truth, estimate, options = {}) {
  for (const [name, table] of Object.entries({ truth, estimate })) {
    checkArgument(`evaluate: ${name}`, table, TABLE);
  }
  checkModalities(truth, estimate);
  const layout = {
    modalities: truth.modalities.map(({ latents: latents2 }) => latents2),
    estimated: estimate.modalities.map(({ latents: latents2 }) => latents2)
  };
  const names = { truth: latentNames(truth), estimate: latentNames(estimate) };
  const correlation = meanCorrelation(truth.z, estimate.z, layout, names);
  const floors = chanceFloors(truth.z, layout);
  const regression = r2(estimate.z, truth.z, { ...options, ...layout });
  const { matching } = correlation.spearman;
  const structure = truth.adjacency === void 0 || estimate.adjacency === void 0 ? null : structuralHammingDistance(truth.adjacency, estimate.adjacency, matching, layout);
  const latents = names.truth.map((name, i) => ({
    name,
    estimate: names.estimate[matching[i]] ?? null,
    pearson: correlation.pearson.perLatent[i],
    spearman: correlation.spearman.perLatent[i],
    r2: regression.perLatent[i]
  }));
  let start = 0;
  const modalities = truth.modalities.map(({ name, latents: count }, m) => [
    name,
    {
      mcc: correlation.pearson.perModality[m],
      mccSpearman: correlation.spearman.perModality[m],
      chance: {
        mcc: againstChance(correlation.pearson.perModality[m], floors.pearson.perModality[m]),
        mccSpearman: againstChance(correlation.spearman.perModality[m], floors.spearman.perModality[m])
      },
      r2: regression.perModality[m],
      shd: structure === null ? null : structure.perModality[m].distance,
      latents: latents.slice(start, start += count)
    }
  ]);
  return {
    subjects: truth.z.rows,
    mcc: correlation.pearson.mean,
    mccSpearman: correlation.spearman.mean,
    chance: {
      mcc: againstChance(correlation.pearson.mean, floors.pearson.mean),
      mccSpearman: againstChance(correlation.spearman.mean, floors.spearman.mean),
      draws: floors.draws
    },
    r2: regression.mean,
    shd: structure === null ? null : structure.cross.distance,
    shdReversalTwice: structure === null ? null : structure.cross.distanceReversalTwice,
    globalMcc: correlation.pearson.global,
    globalMccSpearman: correlation.spearman.global,
    modalities: Object.fromEntries(modalities),
    structure,
    r2Rows: { fitted: regression.fitRows, scored: regression.scoreRows },
    warnings: [...correlation.warnings, ...regression.warnings, ...unmatchedEdges(structure)]
  };
}
function againstChance(mcc, floor) {
  return { floor, corrected: aboveChance(mcc, floor) };
}
function checkModalities(truth, estimate) {
  const [expected, actual] = [truth, estimate].map(({ modalities }) => modalities.map(({ name }) => name));
  if (expected.length !== actual.length || expected.some((name, m) => name !== actual[m])) {
    throw new InputError(
      "modality-mismatch",
      `the truth has the modalities ${expected.join(", ")}, the estimate ${actual.join(", ")}; both must list the same names in the same order`
    );
  }
}
function latentNames({ modalities }) {
  return modalities.flatMap(({ name, latents }) => Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`));
}
function unmatchedEdges(structure) {
  if (structure === null || structure.unmatchedEdges === 0) return [];
  return [
    {
      code: "unmatched-edge",
      message: `${structure.unmatchedEdges} estimated edges involve a latent without a true partner; they are not counted in the distance`
    }
  ];
}

// src/metrics/pooled-r2.ts
function pooledR2({ values: actual, columns }, { values: predicted }, centre, observed) {
  let residual = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    if (observed?.[i] === 0) continue;
    residual += (actual[i] - predicted[i]) ** 2;
    total += (actual[i] - centre[i % columns]) ** 2;
  }
  const share = 1 - residual / total;
  return total > 0 && Number.isFinite(share) ? share : null;
}

export {
  RandomStream,
  assign,
  countBelow,
  block,
  selectRows,
  column,
  spearman,
  averageRanks,
  chanceFloors,
  aboveChance,
  randomRotation,
  meanCorrelation,
  Factor,
  kernelRidge,
  evaluate,
  pooledR2
};
