import {
  crossProducts,
  innerProducts,
  leadingEigenpairs,
  leadingTriplets
} from "./chunk-64LFUNOM.js";
import {
  permutation,
  seedKey,
  uniforms
} from "./chunk-SF4GQ4IP.js";
import {
  Factor
} from "./chunk-KVCOM63A.js";

// src/linear/gaussian.ts
import { Matrix } from "ml-matrix";
var TOLERANCE = 1e-3;
var Gaussian = class _Gaussian {
  mean;
  covariance;
  #precision;
  /** @param covariance positive definite */
  constructor(mean, covariance) {
    this.mean = mean;
    this.covariance = covariance;
    this.#precision = inverse(covariance);
  }
  /** Returns a Gaussian with these moments, the covariance row-major. */
  static of(mean, covariance) {
    return new _Gaussian(Float64Array.from(mean), Matrix.from1DArray(mean.length, mean.length, covariance));
  }
  /** Returns the marginal of some columns. */
  marginal(columns) {
    const mean = Float64Array.from(columns, (column) => this.mean[column]);
    return new _Gaussian(mean, this.covariance.selection([...columns], [...columns]));
  }
  conditional(table) {
    const mean = Float64Array.from(table.samples.values);
    const sd = new Float64Array(mean.length);
    this.eachPattern(patternsOf(table), mean, ({ missing, rows }, covariance) => {
      const sds = covariance.diagonal().map(Math.sqrt);
      for (const row of rows) missing.forEach((column, i) => sd[row * this.mean.length + column] = sds[i]);
    });
    return { mean, sd };
  }
  /**
   * Fills missing cells of `filled`, a copy of a table with these patterns, with their conditional means. With the
   * precision Ω, missing cells m have the covariance Ωₘₘ⁻¹ and the mean μₘ − Ωₘₘ⁻¹ Ωₘₒ (xₒ − μₒ). This takes one
   * factorisation per pattern, of the size of its missing columns.
   * @param visit receives the conditional covariance of the missing cells of a pattern
   */
  eachPattern(patterns, filled, visit) {
    const width = this.mean.length;
    for (const pattern of patterns) {
      const { missing, rows } = pattern;
      const covariance = inverse(this.#precision.selection([...missing], [...missing]));
      const weights = missing.map((column) => this.#precision.getRow(column));
      for (const row of rows) {
        const cells = filled.subarray(row * width, (row + 1) * width);
        for (const column of missing) cells[column] = this.mean[column];
        const pull = weights.map((line) => {
          let sum = 0;
          for (let j = 0; j < width; j++) sum += line[j] * (cells[j] - this.mean[j]);
          return sum;
        });
        missing.forEach((column, i) => {
          for (let j = 0; j < pull.length; j++) cells[column] -= covariance.get(i, j) * pull[j];
        });
      }
      visit(pattern, covariance);
    }
  }
};
function fitGaussian(table, options) {
  return gaussianFitter(table)(options);
}
function gaussianFitter(table) {
  const patterns = patternsOf(table);
  const complete = patterns.length === 0 ? expectedMoments(table, patterns) : void 0;
  return ({ shrinkage, iterations, start }) => {
    if (complete) return new Gaussian(complete.mean, shrunk(complete.covariance, shrinkage));
    let gaussian = start ?? independent(table);
    for (let step = 0; step < iterations; step++) {
      const { mean, covariance } = expectedMoments(table, patterns, gaussian);
      const next = new Gaussian(mean, shrunk(covariance, shrinkage));
      const change = maxChange(gaussian.covariance, next.covariance);
      gaussian = next;
      if (change < TOLERANCE) break;
    }
    return gaussian;
  };
}
function expectedMoments(table, patterns, gaussian) {
  const { rows, columns } = table.samples;
  const filled = Float64Array.from(table.samples.values);
  const uncertain = Matrix.zeros(columns, columns);
  gaussian?.eachPattern(patterns, filled, ({ missing, rows: members }, covariance2) => {
    missing.forEach((column, i) => {
      missing.forEach((other, j) => {
        uncertain.set(column, other, uncertain.get(column, other) + members.length * covariance2.get(i, j));
      });
    });
  });
  const matrix = Matrix.from1DArray(rows, columns, filled);
  const mean = matrix.mean("column");
  const covariance = crossProducts(matrix.subRowVector(mean)).add(uncertain).div(rows);
  return { mean: Float64Array.from(mean), covariance };
}
function maxChange(from, to) {
  const sds = to.diagonal().map(Math.sqrt);
  let largest = 0;
  for (let i = 0; i < to.rows; i++) {
    for (let j = 0; j <= i; j++) {
      largest = Math.max(largest, Math.abs(to.get(i, j) - from.get(i, j)) / (sds[i] * sds[j]));
    }
  }
  return largest;
}
function independent({ samples: { values, rows, columns }, observed }) {
  const [counts, sums, squares] = [0, 1, 2].map(() => new Float64Array(columns));
  for (let at = 0; at < rows * columns; at++) {
    if (observed?.[at] === 0) continue;
    counts[at % columns]++;
    sums[at % columns] += values[at];
    squares[at % columns] += values[at] ** 2;
  }
  const mean = sums.map((sum, column) => sum / counts[column]);
  return new Gaussian(mean, Matrix.diag([...squares.map((square, c) => square / counts[c] - mean[c] ** 2)]));
}
function shrunk(covariance, shrinkage) {
  const diagonal = covariance.diagonal();
  const shrunken = Matrix.mul(covariance, 1 - shrinkage);
  diagonal.forEach((variance, i) => shrunken.set(i, i, variance));
  return shrunken;
}
function inverse(matrix) {
  return new Factor(matrix, 0).solve(Matrix.eye(matrix.rows));
}
function patternsOf({ samples: { rows, columns }, observed }) {
  if (!observed) return [];
  const patterns = /* @__PURE__ */ new Map();
  for (let row = 0; row < rows; row++) {
    const marks = observed.subarray(row * columns, (row + 1) * columns);
    if (!marks.includes(0)) continue;
    const key = marks.join("");
    const known = patterns.get(key);
    if (known) known.rows.push(row);
    else patterns.set(key, { missing: [...marks.keys()].filter((column) => marks[column] === 0), rows: [row] });
  }
  return [...patterns.values()];
}

// src/threads/next-turn.ts
import { setImmediate } from "node:timers/promises";
async function nextTurn() {
  await setImmediate();
}

// src/linear/choose-gaussian.ts
var SHRINKAGES = [0.7, 0.5, 0.35, 0.2, 0.1, 0.05, 0.02];
var STEPS = { between: 6, last: 30 };
var FOLDS = 5;
var HIDE_STREAM = 393472;
async function chooseGaussian(train, validation, signal) {
  const folds = hiddenFolds(validation);
  const fit = gaussianFitter(train);
  let best;
  let start;
  for (const shrinkage2 of SHRINKAGES) {
    await nextTurn();
    signal?.throwIfAborted();
    const gaussian2 = fit({ shrinkage: shrinkage2, iterations: STEPS.between, start });
    const error = folds.reduce((sum, fold) => sum + squaredError(gaussian2, validation, fold), 0);
    if (!best || error < best.error) best = { gaussian: gaussian2, shrinkage: shrinkage2, error };
    start = gaussian2;
  }
  const { shrinkage, gaussian } = best;
  return { shrinkage, gaussian: fit({ shrinkage, iterations: STEPS.last, start: gaussian }) };
}
function hiddenFolds({ samples: { values }, observed }) {
  const draws = uniforms(seedKey(0), HIDE_STREAM, 0, values.length);
  return Array.from(
    { length: FOLDS },
    (_, fold) => Uint8Array.from(draws, (draw, at) => Math.floor(draw * FOLDS) === fold ? 0 : observed?.[at] ?? 1)
  );
}
function squaredError(gaussian, { samples, observed }, visible) {
  const { mean } = gaussian.conditional({ samples, observed: visible });
  return mean.reduce((sum, value, at) => {
    const isHidden = visible[at] === 0 && observed?.[at] !== 0;
    return isHidden ? sum + (value - samples.values[at]) ** 2 : sum;
  }, 0);
}

// src/linear/components.ts
import { Matrix as Matrix2 } from "ml-matrix";
var NEGLIGIBLE = 1e-9;
function principalComponents(x, max) {
  const centre = columnMeans(x);
  const centred = centredMatrix(x, centre);
  const isWide = x.columns > x.rows;
  const { values, vectors } = leadingEigenpairs(isWide ? innerProducts(centred) : crossProducts(centred), max);
  const count = values.filter((value) => value > NEGLIGIBLE * values[0]).length;
  const leading = vectors.subMatrixColumn([...Array(count).keys()]);
  const spans = values.slice(0, count).map(Math.sqrt);
  const loadings = isWide ? centred.transpose().mmul(leading).divRowVector(spans) : leading;
  return { centre, loadings, scores: isWide ? leading.mulRowVector(spans) : centred.mmul(leading) };
}
function columnMeans({ values, rows, columns }) {
  const sums = new Array(columns).fill(0);
  for (let i = 0; i < values.length; i++) sums[i % columns] += values[i];
  return sums.map((sum) => sum / rows);
}
function centredMatrix({ values, rows, columns }, centre) {
  const centred = Matrix2.zeros(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) centred.set(i, j, values[i * columns + j] - centre[j]);
  }
  return centred;
}

// src/linear/comparison.ts
import { Matrix as Matrix6 } from "ml-matrix";

// src/linear/methods.ts
import { Matrix as Matrix4 } from "ml-matrix";

// src/linear/prediction.ts
import { Matrix as Matrix3 } from "ml-matrix";
var RIDGE = 1e-10;
function withReadOut(weights, { xx, xy }) {
  const transposed = weights.transpose();
  const inner = transposed.mmul(xx.mmul(weights));
  return { weights, readOut: new Factor(inner, RIDGE * inner.trace()).solve(transposed.mmul(xy)) };
}
function residual({ weights, readOut }, { xx, xy, yy }) {
  const transposed = weights.transpose();
  const inner = transposed.mmul(xx.mmul(weights));
  const fitted = Matrix3.mul(readOut, transposed.mmul(xy)).sum();
  return yy.trace() - 2 * fitted + Matrix3.mul(readOut, inner.mmul(readOut)).sum();
}
function leastSquares(x, y) {
  const transposed = x.transpose();
  return withReadOut(Matrix3.eye(x.columns), { xx: transposed.mmul(x), xy: transposed.mmul(y) }).readOut;
}

// src/linear/methods.ts
function principalComponentRegression(sides, k) {
  return withReadOut(Matrix4.eye(sides.xx.rows, Math.min(k, sides.xx.rows)), sides);
}
function partialLeastSquares({ xx, xy }, k) {
  const weights = [];
  const loadings = [];
  let remaining = xy;
  for (let step = 0; step < Math.min(k, xx.rows); step++) {
    const { left: vectors, values } = leadingTriplets(remaining, 1);
    if (values.length === 0) break;
    let r = vectors;
    loadings.forEach((p2, j) => {
      r = Matrix4.sub(r, Matrix4.mul(weights[j], vectors.dot(p2)));
    });
    const p = xx.mmul(r);
    const size = r.dot(p);
    if (!(size > 0)) break;
    weights.push(r);
    loadings.push(p.div(size));
    remaining = Matrix4.sub(remaining, loadings[step].mmul(r.transpose().mmul(remaining)));
  }
  return withReadOut(matrixOf(weights, xx.rows), { xx, xy });
}
function canonicalCorrelation(sides, k, { components, shrinkage }) {
  const { xx, xy, yy } = sides;
  const x = shrunk2(leadingBlock(xx, components), shrinkage);
  const y = shrunk2(leadingBlock(yy, components), shrinkage);
  const whitened = y.forward(x.forward(leadingBlock(xy, components)).transpose()).transpose();
  const { left } = leadingTriplets(whitened, k);
  const weights = Matrix4.zeros(xx.rows, left.columns);
  weights.setSubMatrix(x.backward(left), 0, 0);
  return withReadOut(weights, sides);
}
function reducedRankRegression({ xx, xy }, k, { ridge }) {
  const largest = Math.max(...xx.diagonal());
  const x = new Factor(xx, ridge * largest);
  const { left, values, right } = leadingTriplets(x.forward(xy), k);
  return { weights: x.backward(left).mulRowVector([...values]), readOut: right.transpose() };
}
function shrunk2(products, shrinkage) {
  return new Factor(Matrix4.mul(products, 1 - shrinkage), shrinkage * products.trace() / products.rows);
}
function leadingBlock(matrix, size) {
  return matrix.subMatrix(0, Math.min(size, matrix.rows) - 1, 0, Math.min(size, matrix.columns) - 1);
}
function matrixOf(columns, rows) {
  const all = Matrix4.zeros(rows, columns.length);
  columns.forEach((values, j) => {
    all.setSubMatrix(values, 0, j);
  });
  return all;
}

// src/linear/moments.ts
import { Matrix as Matrix5 } from "ml-matrix";
var Moments = class _Moments {
  count;
  #sums;
  #products;
  constructor(count, sums, products) {
    this.count = count;
    this.#sums = sums;
    this.#products = products;
  }
  /** Returns the moments of a table. @param x subjects × components */
  static of(x) {
    return new _Moments(x.rows, Matrix5.rowVector(x.sum("column")), crossProducts(x));
  }
  get mean() {
    return Matrix5.div(this.#sums, this.count);
  }
  /** Returns the moments of the subjects of all `parts`. */
  static joined(parts) {
    return parts.reduce((a, b) => a.#plus(b, 1));
  }
  /** Returns the moments of the subjects that are not in `part`. */
  without(part) {
    return this.#plus(part, -1);
  }
  /** Returns Σ (x − centre)(x − centre)ᵀ over the subjects, components × components. */
  about(centre) {
    const shift = this.#sums.transpose().mmul(centre);
    const square = centre.transpose().mmul(centre).mul(this.count);
    return Matrix5.sub(this.#products, shift).sub(shift.transpose()).add(square);
  }
  #plus(other, sign) {
    return new _Moments(
      this.count + sign * other.count,
      Matrix5.mul(other.#sums, sign).add(this.#sums),
      Matrix5.mul(other.#products, sign).add(this.#products)
    );
  }
};

// src/linear/comparison.ts
var LINEAR_METHODS = ["PCA", "PLS", "CCA", "reduced-rank regression"];
var MAX_COMPONENTS = 100;
var COMPARED_COMPONENTS = 50;
var FOLDS2 = 5;
var FOLD_STREAM = 196609;
var CANONICAL = [10, 20, 30, 50].flatMap(
  (components) => [0.03, 0.1, 0.3, 0.6].map((shrinkage) => ({ components, shrinkage }))
);
var RIDGES = [1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1].map((ridge) => ({ ridge }));
async function linearMethods(modalities, latents, { names = LINEAR_METHODS, subjects, signal } = {}) {
  const pause = async () => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  const components = [];
  for (const modality of modalities) {
    await pause();
    components.push(principalComponents(modality, MAX_COMPONENTS));
  }
  const momentsOf = async (positions) => {
    const parts = [];
    for (const rows of foldRows(positions)) {
      await pause();
      parts.push(
        Moments.of(
          concatenated(components.map(({ scores }) => scores.selection(rows, first(scores.columns, MAX_COMPONENTS))))
        )
      );
    }
    return parts;
  };
  const ofAll = subjects ? void 0 : await momentsOf([...Array(modalities[0].rows).keys()]);
  const methods = [];
  for (const [m, modality] of components.entries()) {
    const loadings = blockDiagonal(components.filter((_, i) => i !== m).map((other) => other.loadings));
    const parts = ofAll ?? await momentsOf([...subjects?.[m] ?? []]);
    const isPossible = modality.loadings.columns > 0 && loadings.columns > 0 && parts.length > 0;
    methods.push(
      isPossible ? await methodsOf(names, modality.loadings, loadings, sidesOf(parts, components, m), latents[m], pause) : []
    );
  }
  return methods;
}
function sidesOf(parts, components, m) {
  const places = components.map(({ scores }, i) => new Array(scores.columns).fill(i)).flat();
  const x = places.flatMap((modality, at) => modality === m ? [at] : []);
  const y = places.flatMap((modality, at) => modality === m ? [] : [at]);
  const total = Moments.joined(parts);
  const products = total.about(total.mean);
  const rotation = components.length === 2 ? void 0 : leadingEigenpairs(products.selection(y, y), MAX_COMPONENTS).vectors;
  const sides = (all, maxComponents) => {
    const xx = all.selection(x, x);
    if (rotation === void 0) {
      const leading = y.slice(0, maxComponents);
      return { xx, xy: all.selection(x, leading), yy: all.selection(leading, leading) };
    }
    const rotated = rotation.subMatrixColumn(first(rotation.columns, maxComponents));
    return {
      xx,
      xy: all.selection(x, y).mmul(rotated),
      yy: rotated.transpose().mmul(all.selection(y, y)).mmul(rotated)
    };
  };
  const folds = parts.map((part) => {
    const rest = total.without(part);
    const { mean } = rest;
    return {
      train: sides(rest.about(mean), COMPARED_COMPONENTS),
      heldOut: sides(part.about(mean), COMPARED_COMPONENTS)
    };
  });
  return { all: sides(products, MAX_COMPONENTS), folds, rotation };
}
async function methodsOf(names, loadings, otherLoadings, { all, folds, rotation }, k, pause) {
  const choose = async (candidates, fit) => {
    const errors = [];
    for (const setting2 of candidates) {
      await pause();
      errors.push(folds.reduce((sum, { train, heldOut }) => sum + residual(fit(train, k, setting2), heldOut), 0));
    }
    const setting = candidates[errors.indexOf(Math.min(...errors))];
    return { setting, prediction: fit(all, k, setting) };
  };
  const fits = {
    PCA: () => Promise.resolve({ setting: {}, prediction: principalComponentRegression(all, k) }),
    PLS: () => Promise.resolve({ setting: {}, prediction: partialLeastSquares(all, k) }),
    CCA: () => choose(distinct(CANONICAL, Math.max(all.xx.rows, all.yy.rows)), canonicalCorrelation),
    "reduced-rank regression": () => choose(RIDGES, reducedRankRegression)
  };
  const fitted = [];
  for (const name of names) {
    await pause();
    fitted.push({ name, ...await fits[name]() });
  }
  const toColumns = (rotation === void 0 ? otherLoadings : otherLoadings.mmul(rotation)).transpose();
  return fitted.map(({ name, setting, prediction: { weights, readOut } }) => ({
    name,
    setting: { ...setting },
    weights: loadings.mmul(weights),
    readOut: readOut.mmul(toColumns)
  }));
}
function foldRows(rows) {
  const order = Array.from(permutation(seedKey(0), FOLD_STREAM, 0, rows.length), (position) => rows[position]);
  return Array.from({ length: Math.min(FOLDS2, rows.length) }, (_, fold) => order.filter((_2, i) => i % FOLDS2 === fold));
}
function distinct(candidates, available) {
  const smallest = candidates.map(({ components }) => components).filter((components) => components >= available);
  const enough = Math.min(...smallest);
  return candidates.filter(({ components }) => components <= enough);
}
function concatenated(tables) {
  const all = Matrix6.zeros(
    tables[0].rows,
    tables.reduce((sum, { columns }) => sum + columns, 0)
  );
  let column = 0;
  for (const table of tables) {
    all.setSubMatrix(table, 0, column);
    column += table.columns;
  }
  return all;
}
function blockDiagonal(blocks) {
  const sum = (of) => blocks.reduce((total, block) => total + of(block), 0);
  const all = Matrix6.zeros(
    sum(({ rows }) => rows),
    sum(({ columns }) => columns)
  );
  let [row, column] = [0, 0];
  for (const block of blocks) {
    all.setSubMatrix(block, row, column);
    row += block.rows;
    column += block.columns;
  }
  return all;
}
function first(size, max) {
  return Array.from({ length: Math.min(size, max) }, (_, i) => i);
}

// src/linear/fast-ica.ts
import { EigenvalueDecomposition, Matrix as Matrix7 } from "ml-matrix";
var NORMAL_CONTRAST = 0.374567207491438;
var NEGLIGIBLE2 = 1e-9;
function fastIca(x, { start, iterations = 200, tolerance = 1e-4 }) {
  const centre = columnMeans(x);
  const centred = centredMatrix(x, centre);
  const whitening = whiteningOf(centred, start.rows);
  const count = whitening.columns;
  const white = Float64Array.from(centred.mmul(whitening).to1DArray());
  let unmixing = orthogonal(start.subMatrix(0, count - 1, 0, count - 1));
  for (let step = 0; step < iterations; step++) {
    const next = orthogonal(fixedPoint(white, unmixing));
    const change = Math.max(
      ...Array.from({ length: count }, (_, k) => {
        const cosine = next.getRow(k).reduce((sum, value, j) => sum + value * unmixing.get(k, j), 0);
        return Math.abs(Math.abs(cosine) - 1);
      })
    );
    unmixing = next;
    if (change < tolerance) break;
  }
  return { centre, weights: whitening.mmul(unmixing.transpose()) };
}
function fixedPoint(white, unmixing) {
  const count = unmixing.rows;
  const rows = white.length / count;
  const weights = unmixing.to1DArray();
  const sums = new Float64Array(count * count);
  const slopes = new Float64Array(count);
  for (let start = 0; start < white.length; start += count) {
    for (let k = 0; k < count; k++) {
      let along = 0;
      for (let j = 0; j < count; j++) along += weights[k * count + j] * white[start + j];
      const squashed = Math.tanh(along);
      slopes[k] += 1 - squashed * squashed;
      for (let j = 0; j < count; j++) sums[k * count + j] += squashed * white[start + j];
    }
  }
  const next = sums.map((sum, at) => (sum - weights[at] * slopes[Math.floor(at / count)]) / rows);
  return Matrix7.from1DArray(count, count, next);
}
function unmix(x, { centre, weights }) {
  return centredMatrix(x, centre).mmul(weights);
}
function negentropy(components) {
  const terms = Array.from({ length: components.columns }, (_, k) => {
    const values = components.getColumn(k);
    const contrast = values.reduce((sum, value) => sum + Math.log(Math.cosh(value)), 0) / values.length;
    return (contrast - NORMAL_CONTRAST) ** 2;
  });
  return terms.reduce((a, b) => a + b, 0);
}
function whiteningOf(centred, max) {
  const covariance = centred.transpose().mmul(centred).div(centred.rows);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const used = order.slice(0, max).filter((i) => realEigenvalues[i] > NEGLIGIBLE2 * realEigenvalues[order[0]]);
  return eigenvectorMatrix.subMatrixColumn(used).divRowVector(used.map((i) => Math.sqrt(realEigenvalues[i])));
}
function orthogonal(weights) {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(weights.mmul(weights.transpose()), {
    assumeSymmetric: true
  });
  return eigenvectorMatrix.clone().mulRowVector(realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(value, Number.MIN_VALUE)))).mmul(eigenvectorMatrix.transpose()).mmul(weights);
}

// src/linear/group-factors.ts
import { CholeskyDecomposition, EigenvalueDecomposition as EigenvalueDecomposition2, Matrix as Matrix8 } from "ml-matrix";
var PRIOR = 1e-3;
function groupFactors(products, { rows, views, start, iterations = 1e3, tolerance = 1e-7 }) {
  const columns = products.rows;
  const count = start.columns;
  const members = Array.from(
    { length: Math.max(...views) + 1 },
    (_, v) => views.flatMap((view, d) => view === v ? [d] : [])
  );
  const squares = products.diagonal();
  let loadings = start.clone();
  let precisions = squares.map((sum) => rows / Math.max(sum, Number.MIN_VALUE));
  let relevance = Matrix8.ones(members.length, count);
  let spread = Matrix8.zeros(count, count);
  const bounds = [];
  for (let step = 0; step < iterations; step++) {
    const { weights: weights2, covariance, logDeterminant } = scoresOf(loadings, precisions, spread);
    const cross = products.mmul(weights2);
    const gram = symmetric(weights2.transpose().mmul(cross)).add(Matrix8.mul(covariance, rows));
    let bound = (rows * logDeterminant - gram.trace()) / 2;
    const next = Matrix8.zeros(columns, count);
    const nextPrecisions = new Array(columns);
    const nextRelevance = Matrix8.zeros(members.length, count);
    spread = Matrix8.zeros(count, count);
    const shape = PRIOR + rows / 2;
    members.forEach((ofView, v) => {
      const { basis, values, logDeterminant: ofBasis } = commonBasis(gram, relevance.getRow(v));
      const inBasis = cross.subMatrixRow(ofView).mmul(basis);
      const spreads = Matrix8.zeros(ofView.length, count);
      ofView.forEach((d, i) => {
        const variances2 = values.map((value) => 1 / (precisions[d] * value + 1));
        spreads.setRow(i, variances2);
        bound += ofBasis + variances2.reduce((sum, variance) => sum + Math.log(variance), 0) / 2;
      });
      const means = Matrix8.mul(inBasis, spreads).mulColumnVector(ofView.map((d) => precisions[d])).mmul(basis.transpose());
      const fitted = means.mmul(gram);
      ofView.forEach((d, i) => {
        next.setRow(d, means.getRow(i));
        const terms = means.getRow(i).map((w, k) => w * (fitted.get(i, k) - 2 * cross.get(d, k)) + values[k] * spreads.get(i, k));
        const rate = PRIOR + (squares[d] + terms.reduce((sum, term) => sum + term, 0)) / 2;
        nextPrecisions[d] = shape / rate;
        bound -= shape * Math.log(rate);
      });
      const total = Matrix8.diag(spreads.sum("column"));
      const scaled = Matrix8.diag(
        spreads.clone().mulColumnVector(ofView.map((d) => nextPrecisions[d])).sum("column")
      );
      spread.add(symmetric(basis.mmul(scaled).mmul(basis.transpose())));
      const variances = basis.mmul(total).mmul(basis.transpose()).diagonal();
      for (let k = 0; k < count; k++) {
        const power = means.getColumn(k).reduce((sum, w) => sum + w * w, 0) + variances[k];
        const rate = PRIOR + power / 2;
        nextRelevance.set(v, k, (PRIOR + ofView.length / 2) / rate);
        bound -= (PRIOR + ofView.length / 2) * Math.log(rate);
      }
    });
    bounds.push(bound);
    [loadings, precisions, relevance] = [next, nextPrecisions, nextRelevance];
    if (step > 0 && bounds[step] - bounds[step - 1] < tolerance * Math.abs(bounds[step])) break;
  }
  const { weights } = scoresOf(loadings, precisions, spread);
  return { loadings, noiseVariances: precisions.map((precision) => 1 / precision), weights, bounds };
}
function scoresOf(loadings, precisions, spread) {
  const scaled = loadings.clone().mulColumnVector([...precisions]);
  const precision = symmetric(loadings.transpose().mmul(scaled)).add(spread).add(Matrix8.eye(loadings.columns));
  const { inverse: covariance, logDeterminant } = inverted(precision);
  return { weights: scaled.mmul(covariance), covariance, logDeterminant };
}
function commonBasis(gram, relevance) {
  const scale = relevance.map((value) => 1 / Math.sqrt(value));
  const scaled = symmetric(gram.clone().mulRowVector(scale).mulColumnVector(scale));
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition2(scaled, { assumeSymmetric: true });
  return {
    basis: eigenvectorMatrix.mulColumnVector(scale),
    values: realEigenvalues.map((value) => Math.max(0, value)),
    logDeterminant: scale.reduce((sum, value) => sum + Math.log(value), 0)
  };
}
function inverted(matrix) {
  const factor = new CholeskyDecomposition(matrix);
  const logDeterminant = -2 * factor.lowerTriangularMatrix.diagonal().reduce((sum, value) => sum + Math.log(value), 0);
  return { inverse: symmetric(factor.solve(Matrix8.eye(matrix.rows))), logDeterminant };
}
function symmetric(matrix) {
  return Matrix8.add(matrix, matrix.transpose()).div(2);
}

// src/training/imputation-schema.ts
import * as z from "zod";
var IMPUTATION_MEAN = "imputation.mean";
var IMPUTATION_COVARIANCE = "imputation.covariance";
var mixSchema = z.object({
  /** Weight of the Gaussian's answer; the decoder has the remaining weight. */
  weight: z.number().min(0).max(1),
  /** R² of hidden cells of validation subjects, relative to the Gaussian's means. */
  r2: z.object({ decoder: z.number(), gaussian: z.number(), both: z.number() }),
  /** By measured column of the modality: root mean square error of these cells, in the Gaussian's conditional sds. */
  spread: z.array(z.number().min(0)).readonly()
});
var imputationSchema = z.object({
  /** Shrinkage of the Gaussian's covariance towards its diagonal. */
  shrinkage: z.number().min(0).max(1),
  /** An entry is left out if validation subjects are too few to choose it: then the decoder answers alone. */
  modalities: z.array(
    z.object({
      /** Weights for single missing cells. */
      cells: mixSchema.optional(),
      /** Weights for a missing modality. */
      whole: mixSchema.optional()
    })
  ).readonly()
});

export {
  nextTurn,
  Gaussian,
  fitGaussian,
  chooseGaussian,
  hiddenFolds,
  principalComponents,
  columnMeans,
  centredMatrix,
  leastSquares,
  LINEAR_METHODS,
  linearMethods,
  fastIca,
  unmix,
  negentropy,
  groupFactors,
  IMPUTATION_MEAN,
  IMPUTATION_COVARIANCE,
  imputationSchema
};
