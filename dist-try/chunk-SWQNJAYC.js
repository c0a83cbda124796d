import {
  chiSquareTail,
  knownRanks,
  rankCorrelation
} from "./chunk-X424OCCA.js";
import {
  LINEAR_METHODS,
  centredMatrix,
  columnMeans,
  leastSquares,
  linearMethods,
  nextTurn,
  principalComponents
} from "./chunk-G45XYAMO.js";
import {
  SUBSPACE_KINDS
} from "./chunk-BEDVLV23.js";
import {
  areRepetitions,
  rowsByGroup
} from "./chunk-NILIBJ27.js";
import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  permutation,
  seedKey
} from "./chunk-SF4GQ4IP.js";
import {
  withoutSizes
} from "./chunk-Q3ILZ3SP.js";
import {
  isSize,
  positionsOf,
  selectSubjects,
  subjectsOf,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  quantileOf
} from "./chunk-WOWGDU2F.js";
import {
  RandomStream,
  averageRanks,
  block,
  column,
  countBelow,
  kernelRidge,
  pooledR2,
  selectRows,
  spearman
} from "./chunk-KVCOM63A.js";
import {
  isConstant,
  momentsOf
} from "./chunk-6G5FRIQV.js";
import {
  normalQuantile
} from "./chunk-MX4VZIVR.js";

// src/quality/tables.ts
var maxSampled = { subjects: 1e5 };
var MAX_SUBJECTS = 4096;
var MAX_VALUES = 2e7;
function measuredRows({ split, modalities }, of = heldOutSplit(split)) {
  const columns = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const limit = Math.min(MAX_SUBJECTS, Math.ceil(MAX_VALUES / columns));
  return { train: spreadOver(split.train, limit), heldOut: spreadOver(split[of], limit), split: of };
}
function heldOutSplit({ test }) {
  return test.length > 1 ? "test" : "validation";
}
function spreadOver(rows, limit) {
  const count3 = Math.min(rows.length, limit);
  return Int32Array.from({ length: count3 }, (_, i) => rows[Math.floor(i * rows.length / count3)]);
}
function observedMeans({ samples, observed }) {
  if (!observed) return columnMeans(samples);
  const shares2 = observedShares({ samples, observed });
  return columnMeans(samples).map((mean, c) => mean / shares2[c]);
}
function observedShares({ samples: { rows, columns }, observed }) {
  const shares2 = observed ? columnMeans({ values: Float32Array.from(observed), rows, columns }) : [];
  return Array.from({ length: columns }, (_, c) => shares2.at(c) || 1);
}
function filled({ samples, observed }, means) {
  if (!observed) return samples;
  const values = Float64Array.from(
    samples.values,
    (value, at) => observed[at] === 1 ? value : means[at % samples.columns]
  );
  return { ...samples, values };
}
function tableOf(modalities, rows) {
  const isMasked = modalities.some(
    ({ observed: observed2, stored, columns }) => observed2 ?? stored?.present ?? columns.some(({ kind }) => isSize(kind))
  );
  const width = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const values = new Float32Array(rows.length * width);
  const observed = isMasked ? new Uint8Array(values.length).fill(1) : void 0;
  let first = 0;
  for (const modality of modalities) {
    const size = valuesPerSubject(modality);
    const { values: ofModality, observed: mask } = selectSubjects(modality, size, rows);
    for (let i = 0; i < rows.length; i++) {
      const [from, to] = [i * size, (i + 1) * size];
      values.set(ofModality.subarray(from, to), i * width + first);
      if (mask) observed?.set(mask.subarray(from, to), i * width + first);
    }
    modality.columns.forEach(({ kind }, c) => {
      if (!isSize(kind)) return;
      for (let at = first + c; at < values.length; at += width) {
        values[at] = 0;
        observed[at] = 0;
      }
    });
    first += size;
  }
  return { samples: { values, rows: rows.length, columns: width }, observed };
}

// src/quality/importance.ts
var ORDER = [
  "copied-rows",
  "copied-columns",
  "outlier",
  "library-size",
  "depth-differs",
  "nothing-shared",
  "linear-is-better",
  "overfit",
  "few-steps",
  "rows-of-groups",
  "few-validation",
  "few-held-out",
  "few-of-modality",
  "not-measured",
  "few-in-common",
  "few-subjects",
  "few-tiles",
  "missing-depends-on-observed"
];
function byImportance(warnings) {
  const place = ({ code }) => ORDER.includes(code) ? ORDER.indexOf(code) : ORDER.length;
  return [...warnings].sort((a, b) => place(a) - place(b));
}
function listing(code, items, text) {
  return items.length === 0 ? [] : [{ code, text, items }];
}

// src/quality/pair-test.ts
import { CholeskyDecomposition, inverse, Matrix, SVD } from "ml-matrix";
var MAX_CORRELATION = 1 - 1e-9;
var RIDGE = 1e-12;
var known = new Float64Array(0);
var MAX_KNOWN = 2 ** 20;
function normalScores(values) {
  const count3 = values.length;
  const score = (rank) => normalQuantile((rank - 0.5) / count3);
  const ranks = averageRanks(values);
  if (count3 > MAX_KNOWN) return ranks.map(score);
  if (known.length !== 2 * count3 + 1) known = new Float64Array(2 * count3 + 1).fill(NaN);
  const scores = known;
  return ranks.map((rank) => {
    if (Number.isNaN(scores[2 * rank])) scores[2 * rank] = score(rank);
    return scores[2 * rank];
  });
}
function canonicalTest(a, b, rows) {
  const [first, second] = [a, b].map(
    (columns) => columns.filter((values) => values.some((value) => value !== values[0])).map(normalScores)
  );
  if (first.length === 0 || second.length === 0) return { correlations: [], p: 1 };
  const correlations = canonicalCorrelations(first, second);
  const factor = rows - 1 - (first.length + second.length + 1) / 2;
  const statistic = -factor * correlations.reduce((sum, rho) => sum + Math.log1p(-(rho ** 2)), 0);
  return { correlations, p: chiSquareTail(statistic, first.length * second.length) };
}
function canonicalCorrelations(a, b) {
  const cross = whitening(a).mmul(covariances(a, b)).mmul(whitening(b).transpose());
  const { diagonal } = new SVD(cross, { autoTranspose: true });
  return diagonal.slice(0, Math.min(a.length, b.length)).map((rho) => Math.min(rho, MAX_CORRELATION));
}
function whitening(columns) {
  const gram = covariances(columns, columns);
  for (let j = 0; j < columns.length; j++) gram.set(j, j, gram.get(j, j) * (1 + RIDGE) + Number.MIN_VALUE);
  return inverse(new CholeskyDecomposition(gram).lowerTriangularMatrix);
}
function covariances(a, b) {
  const means = [a, b].map((columns) => columns.map((column2) => column2.reduce((x, y) => x + y, 0) / column2.length));
  const result = Matrix.zeros(a.length, b.length);
  for (const [i, u] of a.entries()) {
    for (const [j, v] of b.entries()) {
      let sum = 0;
      for (let k = 0; k < u.length; k++) sum += (u[k] - means[0][i]) * (v[k] - means[1][j]);
      result.set(i, j, sum);
    }
  }
  return result;
}
function holm(ps) {
  const order = [...ps.keys()].sort((i, j) => ps[i] - ps[j]);
  const corrected = new Array(ps.length).fill(1);
  let maxSoFar = 0;
  order.forEach((index, rank) => {
    maxSoFar = Math.max(maxSoFar, Math.min(1, (ps.length - rank) * ps[index]));
    corrected[index] = maxSoFar;
  });
  return corrected;
}

// src/quality/library-size.ts
var NOTABLE = 0.2;
var MIN = 20;
var WITHIN = 1.959963984540054;
var MIN_SPREAD = 2;
function librarySizes({ modalities, groups, ids }, latents, isOutOfFold) {
  return modalities.flatMap(({ name, logTotals, latents: width }) => {
    const values = latents[name];
    if (logTotals?.length !== ids.length) return [];
    return Array.from({ length: width }, (_, k) => k).flatMap((k) => {
      const of = (row) => values[row * width + k];
      const rows = [...ids.keys()].filter((row) => !Number.isNaN(logTotals[row] + of(row)));
      const subjects = areRepetitions(groups) ? new Set(rows.map((row) => groups[row])).size : rows.length;
      if (subjects < MIN) return [];
      const column2 = (read) => {
        return { values: Float64Array.from(rows, read), rows: rows.length, columns: 1 };
      };
      const { values: correlations } = spearman(
        column2(of),
        column2((row) => logTotals[row])
      );
      const [correlation] = correlations;
      const latent = `${name}.z${k + 1}`;
      return [
        { modality: name, latent, correlation, interval: interval(correlation, subjects), isOutOfFold, subjects }
      ];
    });
  });
}
function interval(rho, n) {
  const z2 = Math.atanh(rho);
  const error = WITHIN * Math.sqrt((1 + rho ** 2 / 2) / (n - 3));
  return [Math.tanh(z2 - error), Math.tanh(z2 + error)];
}
function librarySizeWarning(figures, modalities) {
  const notable = figures.filter(({ interval: [low, high] }) => low > NOTABLE || high < -NOTABLE);
  const items = notable.map(({ latent, correlation, interval: ends, isOutOfFold }) => {
    const [low, high] = ends.map(signed);
    const sample = isOutOfFold ? "out of fold" : "in sample";
    return `${latent}: \u03C1 ${signed(correlation)} (95 % interval ${low} to ${high}, ${sample})`;
  });
  const affected = modalities.filter(({ name }) => notable.some(({ modality }) => modality === name));
  return listing(
    "library-size",
    items,
    `Latents of counts follow the library size, the total of a subject\u2019s counts: links between them may be only sequencing depth. ${remedy(affected)}`
  );
}
function depthWarning({ modalities, split }) {
  const raw = modalities.filter((modality) => modality.logTotals !== void 0 && !isScaled(modality));
  const items = raw.flatMap(({ name, logTotals }) => {
    const known3 = Float64Array.from(split.train, (row) => logTotals[row]).filter((total) => !Number.isNaN(total));
    known3.sort();
    const spread2 = Math.exp(quantileOf(known3, 0.9) - quantileOf(known3, 0.1));
    return spread2 > MIN_SPREAD ? [`${name}: totals differ ${spread2.toPrecision(2)}-fold between the 10 % and the 90 % quantile`] : [];
  });
  return listing(
    "depth-differs",
    items,
    `Subjects differ in the total of their counts, and nothing corrects for it: latents will follow it. ${remedy(raw)}`
  );
}
function isScaled({ transform, columns, covariates }) {
  const isRelative = transform?.kind === "cpm" || transform?.kind === "clr";
  return isRelative || covariates !== void 0 || columns.some(({ kind }) => isSize(kind));
}
function remedy(modalities) {
  const all = modalities.every(({ transform }) => transform?.kind === "cpm");
  const first = all ? "" : "transform: cpm (log2 counts per million), or ";
  return `If depth is technical, write ${first}kinds: count with size: total, or adjust for the logarithm of the total.`;
}
function signed(value) {
  return value.toFixed(2).replace("-", "\u2212");
}

// src/data/channel-means.ts
function channelMeans(modality, rows) {
  const { regularArray, columns, observed: isIncomplete, stored, ...rest } = modality;
  if (!regularArray) return rows ? { ...rest, columns, ...selectSubjects(modality, columns.length, rows) } : modality;
  const positions = positionsOf(regularArray);
  const width = valuesPerSubject(modality);
  const channels = columns.length;
  const means = new Float32Array((rows?.length ?? subjectsOf(modality, width)) * channels);
  const marks = new Uint8Array(means.length).fill(1);
  for (let subject = 0; subject < means.length / channels; subject++) {
    const { values, observed } = selectSubjects(modality, width, Int32Array.of(rows?.[subject] ?? subject));
    for (let channel = 0; channel < channels; channel++) {
      let [sum, count3] = [0, 0];
      for (let i = channel * positions; i < (channel + 1) * positions; i++) {
        if (observed?.[i] === 0) continue;
        sum += values[i];
        count3++;
      }
      means[subject * channels + channel] = count3 === 0 ? 0 : sum / count3;
      marks[subject * channels + channel] = count3 === 0 ? 0 : 1;
    }
  }
  return { ...rest, columns, values: means, ...(isIncomplete ?? stored?.present) && { observed: marks } };
}

// src/quality/missingness.ts
var MAX_COMPONENTS = 10;
var PER_COMPONENT = 10;
var MAX_ROWS = 500;
function missingnessTests({ ids, groups = ids, modalities }) {
  if (modalities.every(({ observed, stored }) => (observed ?? stored?.present) === void 0)) return [];
  const tables = modalities.map((modality) => tableOf2(channelMeans(withoutSizes(modality))));
  const tests = tables.flatMap(
    (missing) => ["all", "some"].flatMap(
      (lacking) => tables.flatMap((other) => {
        if (other === missing) return [];
        const rows = other.rows.filter((row) => lacking === "all" || missing.present[row] === 1);
        const lacks = rows.map((row) => Number(lacking === "all" ? missing.present[row] === 0 : missing.gaps[row] > 0));
        const lack = lacks.reduce((sum, one) => sum + one, 0);
        const have = rows.length - lack;
        const components = Math.min(other.scores.length, Math.floor(Math.min(lack, have) / PER_COMPONENT));
        if (components === 0) return [];
        const p = pOf(other, { rows, lacks, components, groups });
        const named = { modality: missing.modality.name, lacking, other: other.modality.name };
        return [{ ...named, lack, have, p, ...largestDifference(other, rows, lacks) }];
      })
    )
  );
  const corrected = holm(tests.map(({ p }) => p));
  return tests.map((test, i) => ({ ...test, corrected: corrected[i] }));
}
function tableOf2(modality) {
  const { observed, columns } = modality;
  const width = columns.length;
  const present = presenceOf(modality);
  const rows = Int32Array.from([...present.keys()].filter((row) => present[row] === 1));
  const gaps = new Uint32Array(present.length);
  observed?.forEach((mark, at) => gaps[Math.floor(at / width)] += 1 - mark);
  const values = standardised(modality, rows);
  const step = Math.ceil(rows.length / MAX_ROWS);
  const chosen = rows.filter((_, i) => i % step === 0);
  const samples = selectRows({ values, rows: present.length, columns: width }, chosen);
  const { centre, loadings } = principalComponents(samples, MAX_COMPONENTS);
  const scores = Array.from({ length: loadings.columns }, () => new Float64Array(present.length));
  for (const row of rows) {
    for (const [component, score] of scores.entries()) {
      for (let c = 0; c < width; c++) score[row] += (values[row * width + c] - centre[c]) * loadings.get(c, component);
    }
  }
  return { modality, values, present, gaps, rows, scores };
}
function standardised({ values, observed, columns }, rows) {
  const width = columns.length;
  const all = new Float64Array(values.length);
  for (let c = 0; c < width; c++) {
    const known3 = rows.filter((row) => observed?.[row * width + c] !== 0);
    const moments = momentsOf(
      Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + c]),
      known3
    );
    if (isConstant(moments)) continue;
    for (const row of known3) all[row * width + c] = (values[row * width + c] - moments.mean) / moments.sd;
  }
  return all;
}
function pOf({ scores }, { rows, lacks, components, groups }) {
  const members = [...rowsByGroup(Array.from(rows, (row) => groups[row])).values()];
  const means = (values) => Float64Array.from(members, (positions) => positions.reduce((sum, at) => sum + values[at], 0) / positions.length);
  const columns = scores.slice(0, components).map((score) => means(normalScores(Float64Array.from(rows, (row) => score[row]))));
  return canonicalTest([means(lacks)], columns, members.length).p;
}
function largestDifference({ modality: { columns, observed }, values }, rows, lacks) {
  const width = columns.length;
  const differences = columns.flatMap(({ name: column3 }, c) => {
    const sums = [0, 0];
    const counts = [0, 0];
    rows.forEach((row, i) => {
      if (observed?.[row * width + c] === 0) return;
      sums[lacks[i]] += values[row * width + c];
      counts[lacks[i]]++;
    });
    if (counts.includes(0)) return [];
    const difference2 = sums[1] / counts[1] - sums[0] / counts[0];
    const error = Math.sqrt(1 / counts[0] + 1 / counts[1]);
    return [{ column: column3, difference: difference2, size: Math.abs(difference2) / error }];
  });
  const { column: column2, difference } = differences.reduce((a, b) => b.size > a.size ? b : a);
  return { column: column2, difference };
}

// src/quality/two-splits.ts
var TwoSplits = class {
  train;
  heldOut;
  /** Training means of the observed values. */
  centre;
  constructor({ modalities }, members, rows) {
    const chosen = members.map((m) => modalities[m]);
    this.train = tableOf(chosen, rows.train);
    this.heldOut = tableOf(chosen, rows.heldOut);
    this.centre = observedMeans(this.train);
  }
  /** Returns the values with training means for missing ones. */
  filled(split) {
    return filled(this[split], this.centre);
  }
  /** Returns the values minus the training means; 0 for missing ones. */
  centred(split) {
    return centredMatrix(this.filled(split), this.centre);
  }
  /** Returns R² of predictions. */
  shares(predicted) {
    const share2 = ({ samples, observed }, of) => pooledR2(samples, of, this.centre, observed);
    return { train: share2(this.train, predicted.train), heldOut: share2(this.heldOut, predicted.heldOut) };
  }
  /** Returns R² of centred predictions, that is without the training means. */
  sharesOfCentred(predicted) {
    const whole = (matrix) => {
      const { rows, columns } = matrix;
      const values = new Float64Array(rows * columns);
      for (let i = 0; i < values.length; i++) {
        const column2 = i % columns;
        values[i] = matrix.get(Math.floor(i / columns), column2) + this.centre[column2];
      }
      return { values, rows, columns };
    };
    return this.shares({ train: whole(predicted.train), heldOut: whole(predicted.heldOut) });
  }
  /**
   * Returns the prediction of these columns from features of the same subjects, by least squares on the training
   * subjects. Products of features and a column are sums over its observed values, and are scaled up to all subjects.
   */
  readOutOf(features) {
    const centre = columnMeans(features.train);
    const [train, heldOut] = [centredMatrix(features.train, centre), centredMatrix(features.heldOut, centre)];
    const weights = leastSquares(train, this.centred("train")).divRowVector(observedShares(this.train));
    return { features: { train, heldOut }, weights };
  }
};

// src/quality/modality-parts.ts
var MIN_SUBJECTS = 20;
var MIN_BOTH = { train: MIN_SUBJECTS, heldOut: 5 };
function withAnother({ modalities }, rows, m) {
  const present = modalities.map(presenceOf);
  const has = (row) => present[m][row] === 1 && present.some((other, i) => i !== m && other[row] === 1);
  return Int32Array.from(rows.keys()).filter((position) => has(rows[position]));
}
function partsOf(dataset, rows, m, minSubjects = { train: MIN_SUBJECTS, heldOut: MIN_SUBJECTS }) {
  const { modalities } = dataset;
  const column2 = modalities.slice(0, m).reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const size = valuesPerSubject(modalities[m]);
  const columns = new TwoSplits(dataset, [m], rows);
  return {
    columns,
    columnsOf: (reading) => perSplit((split) => block(reading[split].reconstruction, column2, column2 + size)),
    relation: relationOf(dataset, { rows, m, columns, minSubjects })
  };
}
function relationOf(dataset, {
  rows,
  m,
  columns,
  minSubjects
}) {
  const { modalities } = dataset;
  const latent = modalities.slice(0, m).reduce((sum, { latents: latents2 }) => sum + latents2, 0);
  const { latents } = modalities[m];
  const positions = perSplit((split) => withAnother(dataset, rows[split], m));
  const isWhole = SPLITS.every((split) => positions[split].length === rows[split].length);
  if (!isWhole && SPLITS.some((split) => positions[split].length < minSubjects[split])) return void 0;
  const chosen = perSplit((split) => positions[split].map((position) => rows[split][position]));
  const otherModalities = [...modalities.keys()].filter((i) => i !== m);
  return {
    positions,
    repetitions: repetitionsOf(dataset, chosen.heldOut),
    columns: isWhole ? columns : new TwoSplits(dataset, [m], chosen),
    otherColumns: new TwoSplits(dataset, otherModalities, chosen),
    latentsOf: (reading) => perSplit((split) => selectRows(block(reading[split].latents, latent, latent + latents), positions[split]))
  };
}
function repetitionsOf({ groups }, rows) {
  if (!areRepetitions(groups)) return void 0;
  return [...rowsByGroup(Array.from(rows, (row) => groups[row])).values()];
}
var SPLITS = ["train", "heldOut"];
function perSplit(of) {
  return { train: of("train"), heldOut: of("heldOut") };
}

// src/quality/nonlinear-errors.ts
var MAX_TRAINING = 500;
var MAX_HELD_OUT = 1e3;
var MAX_COMPONENTS2 = 50;
var ALPHA = 10;
function nonlinearErrors(features, columns) {
  const train = spread(features.train.rows, MAX_TRAINING);
  const heldOut = spread(features.heldOut.rows, MAX_HELD_OUT);
  const score = scorerOf(features.train);
  const k = features.train.columns;
  const trainColumns = selectRows(columns.filled("train"), train);
  const components = principalComponents(trainColumns, MAX_COMPONENTS2);
  const predict = kernelRidge(score(selectRows(features.train, train)), projected(trainColumns, components), {
    alpha: ALPHA,
    gamma: 1 / (2 * k)
  });
  const predicted = predict(score(selectRows(features.heldOut, heldOut)));
  const { actual, expected } = columns.heldOut.observed ? inColumns(columns, { heldOut, components, predicted }) : { actual: projected(selectRows(columns.filled("heldOut"), heldOut), components), expected: predicted };
  const errors = new Float64Array(heldOut.length);
  let total = 0;
  actual.values.forEach((value, i) => {
    errors[Math.floor(i / actual.columns)] += (value - expected[i]) ** 2;
    total += value ** 2;
  });
  return { heldOut, errors: errors.map((error) => total > 0 ? error / total : 0) };
}
function spread(rows, limit) {
  return spreadOver(
    Int32Array.from({ length: rows }, (_, row) => row),
    limit
  );
}
function scorerOf(train) {
  const sorted = Array.from({ length: train.columns }, (_, j) => column(train, j).sort());
  return ({ values, rows, columns }) => ({
    values: Float64Array.from(values, (value, i) => {
      const known3 = sorted[i % columns];
      const place = (firstNotBelow(known3, value) + firstAbove(known3, value)) / 2;
      return normalQuantile((place + 0.5) / (known3.length + 1));
    }),
    rows,
    columns
  });
}
function firstNotBelow(sorted, value) {
  return firstWhere(sorted, (other) => other >= value);
}
function firstAbove(sorted, value) {
  return firstWhere(sorted, (other) => other > value);
}
function firstWhere(sorted, holds) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = low + high >> 1;
    if (holds(sorted[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}
function projected({ values, rows, columns: width }, { centre, loadings }) {
  const scores = new Float64Array(rows * loadings.columns);
  const weights = loadings.to2DArray();
  for (let i = 0; i < values.length; i++) {
    const [row, column2] = [Math.floor(i / width), i % width];
    const value = values[i] - centre[column2];
    const loading = weights[column2];
    for (let j = 0; j < loading.length; j++) scores[row * loading.length + j] += value * loading[j];
  }
  return { values: scores, rows, columns: loadings.columns };
}
function inColumns(columns, { heldOut, components: { loadings }, predicted }) {
  const { columns: width } = columns.heldOut.samples;
  const shares2 = observedShares(columns.train);
  const weights = loadings.to2DArray().map((row, c) => row.map((weight) => weight / shares2[c]));
  const values = new Float64Array(heldOut.length * width);
  const expected = new Float64Array(values.length);
  const centred = columns.centred("heldOut");
  heldOut.forEach((row, i) => {
    for (let c = 0; c < width; c++) {
      if (columns.heldOut.observed?.[row * width + c] === 0) continue;
      const at = i * width + c;
      values[at] = centred.get(row, c);
      weights[c].forEach((weight, j) => expected[at] += weight * predicted[i * loadings.columns + j]);
    }
  });
  return { actual: { values, rows: heldOut.length, columns: width }, expected };
}

// src/quality/straight-errors.ts
function straightErrors(features, columns) {
  const readOut = columns.readOutOf(features);
  const predicted = readOut.features.heldOut.mmul(readOut.weights);
  const actual = columns.centred("heldOut");
  const { observed } = columns.heldOut;
  const errors = new Float64Array(actual.rows);
  let total = 0;
  for (let row = 0; row < actual.rows; row++) {
    for (let c = 0; c < actual.columns; c++) {
      if (observed?.[row * actual.columns + c] === 0) continue;
      const value = actual.get(row, c);
      errors[row] += (value - predicted.get(row, c)) ** 2;
      total += value ** 2;
    }
  }
  return {
    heldOut: Int32Array.from(errors.keys()),
    errors: errors.map((error) => total > 0 ? error / total : 0)
  };
}

// src/quality/compare-subspaces.ts
var CERTAIN = 2;
var BEHIND = 1.5;
var NOTABLE2 = 0.01;
var CURVED = 0.1;
var STRONGLY_CURVED = 0.2;
function compareSubspaces(dataset, rows, readings) {
  const names = ["network", "linear", "residual"].filter((name) => readings[name] !== void 0);
  const positions = [];
  const errors = new Map(names.map((name) => [name, { straight: [], nonlinear: [], shares: [] }]));
  for (const m of dataset.modalities.keys()) {
    const { columns, columnsOf: columnsOf2, relation } = partsOf(dataset, rows, m);
    positions.push(relation?.positions.heldOut);
    for (const name of names) {
      const { straight, nonlinear, shares: shares3 } = errors.get(name);
      const reading = readings[name];
      const latents = relation?.latentsOf(reading);
      straight.push(latents && straightErrors(latents, relation.otherColumns));
      nonlinear.push(latents && nonlinearErrors(latents, relation.otherColumns));
      shares3.push({
        reconstruction: columns.shares(columnsOf2(reading)).heldOut,
        prediction: r2(nonlinear[m]),
        straight: r2(straight[m])
      });
    }
  }
  const difference = (kind, first, second) => pairedDifference(dataset, rows.heldOut, positions, [errors.get(first)[kind], errors.get(second)[kind]]);
  const shares2 = (name) => errors.get(name)?.shares;
  const compared = { network: shares2("network"), linear: shares2("linear"), residual: shares2("residual") };
  const curvature = meanReconstruction(compared.network) - meanReconstruction(compared.linear);
  const isAdding = readings.residual !== void 0 && isCertain(difference("straight", "linear", "residual"));
  const rival = isAdding ? "residual" : "linear";
  if (isAdding && curvature >= STRONGLY_CURVED && !isBehind(difference("nonlinear", "linear", "network"))) {
    return { compared, chosen: "network" };
  }
  const ahead = difference("nonlinear", rival, "network");
  if (isCertain(ahead, NOTABLE2)) return { compared, chosen: "network" };
  if (isBehind(ahead)) return { compared, chosen: rival };
  return { compared, chosen: curvature >= CURVED ? "network" : rival };
}
function isCertain({ mean, standardError }, minMean = 0) {
  return mean > Math.max(CERTAIN * standardError, minMean);
}
function isBehind({ mean, standardError }) {
  return -mean > Math.max(BEHIND * standardError, NOTABLE2);
}
function pairedDifference({ groups, modalities }, heldOut, positions, [first, second]) {
  const differences = /* @__PURE__ */ new Map();
  positions.forEach((compared, m) => {
    const [a, b] = [first[m], second[m]];
    if (compared === void 0 || a === void 0 || b === void 0) return;
    a.heldOut.forEach((position, i) => {
      const row = heldOut[compared[position]];
      const subject = groups?.[row] ?? row;
      const more = (a.errors[i] - b.errors[i]) / modalities.length;
      differences.set(subject, (differences.get(subject) ?? 0) + more);
    });
  });
  const bySubject = [...differences.values()];
  const mean = bySubject.reduce((total, value) => total + value, 0);
  const squares = bySubject.reduce((total, value) => total + (value - mean / bySubject.length) ** 2, 0);
  return { mean, standardError: bySubject.length > 2 ? Math.sqrt(squares) : Infinity };
}
function r2(errors) {
  return errors ? 1 - errors.errors.reduce((sum, error) => sum + error, 0) : null;
}
function meanReconstruction(shares2) {
  return shares2.reduce((sum, { reconstruction }) => sum + (reconstruction ?? 0), 0) / shares2.length;
}

// src/quality/linear-methods.ts
var COMPONENT_WORK = 4e9;
var MAX_COLUMNS = 1e3;
function affordableRows({ modalities }, train) {
  const widest = Math.max(...modalities.map((modality) => valuesPerSubject(modality)));
  const limit = Math.max(COMPONENT_WORK / widest ** 2, Math.min(widest, Math.sqrt(COMPONENT_WORK / widest)));
  return spreadOver(train, Math.min(maxSampled.subjects, Math.floor(limit)));
}
function linearSample(dataset, train) {
  const { length } = affordableRows(dataset, train);
  return length < train.length ? { linearTrain: length } : {};
}
async function linearMethodsOf({ modalities }, train, { names, signal } = {}) {
  const columns = modalities.reduce((sum, modality) => sum + Math.min(100, valuesPerSubject(modality)), 0);
  if (columns > MAX_COLUMNS || modalities.some(({ regularArray }) => regularArray !== void 0))
    return modalities.map(() => []);
  const rows = affordableRows({ modalities }, train);
  const tables = modalities.map((modality) => tableOf([modality], rows));
  const subjects = modalities.map((_, m) => withAnother({ modalities }, rows, m));
  const isWhole = subjects.every(({ length }) => length === rows.length);
  const methods = await linearMethods(
    tables.map((table) => filled(table, observedMeans(table))),
    modalities.map(({ latents }) => latents),
    { names, signal, ...!isWhole && { subjects: subjects.map(enough) } }
  );
  return methods.map((ofModality, m) => {
    const otherModalities = modalities.filter((_, i) => i !== m);
    const shares2 = observedShares(
      tableOf(
        otherModalities,
        subjects[m].map((position) => rows[position])
      )
    );
    return ofModality.map((method) => ({ ...method, readOut: method.readOut.divRowVector(shares2) }));
  });
}
function enough(subjects) {
  return subjects.length < MIN_SUBJECTS ? new Int32Array() : subjects;
}

// src/quality/copied-columns.ts
var COPIED = 0.9999;
var MAX_ROWS2 = 1024;
var MIN_ROWS = 20;
var MIN_OTHERS = 10;
var PROJECTIONS = 12;
var TOLERANCE = 0.07;
var MAX_NAMED = 5;
function copiedColumns({ modalities, split }) {
  const rows = spreadOver(split.train, MAX_ROWS2);
  if (rows.length < MIN_ROWS) return [];
  const columns = modalities.flatMap((modality, m) => modality.regularArray ? [] : columnsOf(modality, m, rows));
  const copies = copiesAmong(columns);
  const items = [...copies].map(([, pairs]) => {
    const [[first, second]] = pairs;
    const named = pairs.slice(0, MAX_NAMED).map(([a, b]) => a.name === b.name ? a.name : `${a.name} and ${b.name}`);
    const rest = pairs.length > MAX_NAMED ? `, and ${pairs.length - MAX_NAMED} more` : "";
    return `${modalities[first.modality].name} and ${modalities[second.modality].name}: ${named.join(", ")}${rest}`;
  });
  return listing(
    "copied-columns",
    items,
    "Columns that two modalities have in common (|Spearman| above 0.9999). They associate the modalities by themselves: omit them in one of the two."
  );
}
function columnsOf(modality, m, rows) {
  const width = modality.columns.length;
  const { values, observed } = selectSubjects(modality, width, rows);
  return modality.columns.flatMap(({ name, kind }, c) => {
    const column2 = Float64Array.from(rows, (_, i) => {
      const at = i * width + c;
      return observed?.[at] === 0 ? NaN : values[at];
    });
    if (isSize(kind) || countWithoutMode(column2) < MIN_OTHERS) return [];
    const known3 = knownRanks(column2);
    return [{ modality: m, name, known: known3, projections: projected2(known3.ranks) }];
  });
}
function countWithoutMode(values) {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  let [longest, start] = [0, 0];
  for (let at = 1; at <= sorted.length; at++) {
    if (sorted[at] === sorted[start]) continue;
    longest = Math.max(longest, at - start);
    start = at;
  }
  return sorted.length - longest;
}
function projected2(ranks) {
  const sums = new Float64Array(PROJECTIONS);
  for (const [row, rank] of ranks.entries()) {
    if (Number.isNaN(rank)) continue;
    let bits = Math.imul(row + 1, 2654435761);
    bits = Math.imul(bits ^ bits >>> 15, 2246822507);
    bits ^= bits >>> 13;
    for (let k = 0; k < PROJECTIONS; k++) sums[k] += bits >>> k & 1 ? rank : -rank;
  }
  return sums;
}
function copiesAmong(columns) {
  const size = ({ projections }) => Math.abs(projections[0]);
  const sorted = [...columns].sort((a, b) => size(a) - size(b));
  const copies = [];
  for (const [i, a] of sorted.entries()) {
    for (let j = i + 1; j < sorted.length && size(sorted[j]) - size(a) <= TOLERANCE; j++) {
      const b = sorted[j];
      if (a.modality === b.modality || !isNear(a, b) || !isCopy(a, b)) continue;
      copies.push(a.modality < b.modality ? [a, b] : [b, a]);
    }
  }
  const places = new Map(columns.map((column2, i) => [column2, i]));
  copies.sort((a, b) => places.get(a[0]) - places.get(b[0]) || places.get(a[1]) - places.get(b[1]));
  const byPair = /* @__PURE__ */ new Map();
  for (const pair of copies) {
    const key = `${pair[0].modality} ${pair[1].modality}`;
    byPair.set(key, [...byPair.get(key) ?? [], pair]);
  }
  return byPair;
}
function isNear({ projections: a }, { projections: b }) {
  return [1, -1].some((sign) => a.every((value, k) => Math.abs(value - sign * b[k]) <= TOLERANCE));
}
function isCopy({ known: a }, { known: b }) {
  const both = a.ranks.reduce((count3, rank, row) => count3 + Number(!Number.isNaN(rank + b.ranks[row])), 0);
  return both >= MIN_ROWS && Math.abs(rankCorrelation(a, b)) > COPIED;
}

// src/quality/copied-rows.ts
var MAX_QUERIES = 200;
var MAX_ROWS3 = 1e4;
var MIN_ROWS2 = 60;
var MAX_COLUMNS2 = 32;
var MIN_COLUMNS = 3;
var MIN_COMMON = 0.9;
var MIN_VALUES = 8;
var MAX_EQUAL = 0.5;
var NEAR = { rank: 20, share: 0.1 };
var FAR = { rank: 100, share: 0.5 };
var CHANCE = 1e-3;
var MAX_BY_CHANCE = 0.1;
var known2 = /* @__PURE__ */ new WeakMap();
function hasCopiedRows({ modalities, ids, groups }) {
  if (groups) return false;
  const share2 = known2.get(modalities) ?? copiedShare({ modalities, ids });
  known2.set(modalities, share2);
  return share2 > MAX_BY_CHANCE;
}
function copiedRows(dataset) {
  if (!hasCopiedRows(dataset)) return [];
  const share2 = known2.get(dataset.modalities);
  return [
    {
      code: "copied-rows",
      text: `${Math.round(100 * share2)} % of the rows have another row that is closer than chance explains. Rows of the same person, or copies of rows, are not additional people, but tests would count them as such, so nothing is tested. Name the column that identifies people (group), or remove the copies. If every row is another person, set group to the id column.`
    }
  ];
}
function copiedShare({ modalities, ids }) {
  const rows = Math.min(ids.length, MAX_ROWS3);
  const columns = continuousColumns(modalities, rows);
  if (rows < MIN_ROWS2 || columns.length < MIN_COLUMNS) return 0;
  const [near, far] = [NEAR, FAR].map(({ rank, share: share2 }) => Math.min(rank, Math.floor(share2 * rows)));
  const queries = spreadOver(Int32Array.from(Array(rows).keys()), MAX_QUERIES);
  const distances = Array.from(queries, (row) => neighbours(columns, row, far)).filter(
    (sorted) => sorted !== void 0
  );
  if (distances.length < MIN_ROWS2 / 2) return 0;
  const growth = distances.map((sorted) => Math.log(sorted[far - 1] / sorted[near - 1])).sort((a, b) => a - b);
  const dimension = Math.log(far / near) / growth[Math.floor(growth.length / 2)];
  const copied = distances.filter((sorted) => {
    return sorted[0] < sorted[near - 1] * (CHANCE / near) ** (1 / dimension);
  });
  return copied.length / distances.length;
}
function neighbours(columns, row, count3) {
  const rows = columns[0].length;
  const distances = new Float64Array(rows).fill(Infinity);
  const present = columns.reduce((count4, column2) => count4 + Number(!Number.isNaN(column2[row])), 0);
  const needed = Math.max(MIN_COLUMNS, MIN_COMMON * present);
  for (let other = 0; other < rows; other++) {
    if (other === row) continue;
    let [sum, known3] = [0, 0];
    for (const column2 of columns) {
      const difference = column2[other] - column2[row];
      if (Number.isNaN(difference)) continue;
      sum += difference * difference;
      known3++;
    }
    if (known3 >= needed) distances[other] = Math.sqrt(sum / known3);
  }
  const nearest = distances.sort().subarray(0, count3);
  return nearest[count3 - 1] < Infinity ? nearest : void 0;
}
function continuousColumns(modalities, rows) {
  const all = modalities.flatMap(
    (modality) => modality.regularArray ? [] : modality.columns.flatMap(({ kind }, c) => isSize(kind) ? [] : [[modality, c]])
  );
  const random = new RandomStream(1, 0);
  const chosen = spreadOver(Int32Array.from(all.keys()), MAX_COLUMNS2);
  return Array.from(chosen, (at) => all[at]).flatMap(([{ columns, values, observed }, c]) => {
    const known3 = [];
    for (let row = 0; row < rows; row++) if (observed?.[row * columns.length + c] !== 0) known3.push(row);
    const present = Float64Array.from(known3, (row) => values[row * columns.length + c]);
    const sorted = present.slice().sort();
    if (!isContinuous(sorted)) return [];
    const places = new Float64Array(rows).fill(NaN);
    present.forEach((value, i) => {
      const below = countBelow(sorted, value);
      const equal = countBelow(sorted, value, true) - below;
      places[known3[i]] = (below + equal * random.uniform()) / present.length;
    });
    return [places];
  });
}
function isContinuous(sorted) {
  let [values, longest, start] = [0, 0, 0];
  for (let at = 1; at <= sorted.length; at++) {
    if (sorted[at] === sorted[start]) continue;
    values++;
    longest = Math.max(longest, at - start);
    start = at;
  }
  return values >= MIN_VALUES && longest <= MAX_EQUAL * sorted.length;
}

// src/quality/measure.ts
import { Matrix as Matrix3 } from "ml-matrix";

// src/quality/read-out.ts
import { EigenvalueDecomposition, Matrix as Matrix2 } from "ml-matrix";
var SAME = 0.999;
var NEGLIGIBLE = 1e-12;
function trustedWeights(readOut, linear, validation) {
  for (const method of linear) {
    const map = leastSquares(readOut.features.train, method.features);
    const rest = Matrix2.sub(method.features, readOut.features.train.mmul(map));
    if (sumOfSquares(rest) <= (1 - SAME) * sumOfSquares(method.features)) return map.mmul(method.weights);
  }
  return validation ? shrunk(readOut, validation) : readOut.weights;
}
function shrunk({ features, weights }, validation) {
  const result = Matrix2.zeros(weights.rows, weights.columns);
  const actual = validation.columns.centred("heldOut");
  const { observed } = validation.columns.heldOut;
  for (const direction of principalDirections(features.train, weights)) {
    const along = weights.mmul(direction).mmul(direction.transpose());
    result.add(along.mul(factorOf(validation.features.mmul(along), actual, observed)));
  }
  return result;
}
function principalDirections(features, weights) {
  const root = symmetricRoot(features.transpose().mmul(features)).mmul(weights);
  const { realEigenvalues, eigenvectorMatrix } = eigen(root.mmul(root.transpose()));
  const minEigenvalue = NEGLIGIBLE * Math.max(...realEigenvalues);
  return realEigenvalues.flatMap(
    (value, i) => value > minEigenvalue ? root.transpose().mmul(eigenvectorMatrix.getColumnVector(i)).div(Math.sqrt(value)) : []
  );
}
function symmetricRoot(matrix) {
  const { realEigenvalues, eigenvectorMatrix: vectors } = eigen(matrix);
  const roots = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  return vectors.clone().mulRowVector(roots).mmul(vectors.transpose());
}
function eigen(symmetric) {
  return new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
}
function factorOf(predicted, actual, observed) {
  let [product, square] = [0, 0];
  for (let i = 0; i < predicted.rows; i++) {
    for (let j = 0; j < predicted.columns; j++) {
      if (observed?.[i * predicted.columns + j] === 0) continue;
      product += predicted.get(i, j) * actual.get(i, j);
      square += predicted.get(i, j) ** 2;
    }
  }
  return square > 0 ? Math.min(1, Math.max(0, product / square)) : 1;
}
function sumOfSquares(matrix) {
  return Matrix2.mul(matrix, matrix).sum();
}

// src/quality/measure.ts
var OUTLIER = 20;
var SHUFFLES = 199;
var MAX_SHUFFLED = 512;
var MIN_SHRINKING = 10;
var SHUFFLE_STREAM = 196610;
async function measureQuality(dataset, read, signal) {
  const rows = measuredRows(dataset);
  const reading = { train: await read(rows.train), heldOut: await read(rows.heldOut) };
  const shrinking = rows.split === "test" ? await shrinkingRows(dataset, reading.train, read) : void 0;
  const methods = await linearMethodsOf(dataset, rows.train, { signal });
  const modalities = [];
  for (const m of dataset.modalities.keys()) {
    await nextTurn();
    signal?.throwIfAborted();
    const { columns, columnsOf: columnsOf2, relation } = partsOf(dataset, rows, m, MIN_BOTH);
    const both = {
      train: withAnother(dataset, rows.train, m).length,
      heldOut: withAnother(dataset, rows.heldOut, m).length
    };
    const linear = relation ? methods[m].map((method) => linearFeatures(method, relation)) : [];
    const isWhole = both.train === rows.train.length && both.heldOut === rows.heldOut.length;
    modalities.push({
      name: dataset.modalities[m].name,
      ...!isWhole && { both },
      reconstruction: columns.shares(columnsOf2(reading)),
      prediction: relation ? predictionOf(predictorOf(relation, reading), linear, shrinking?.(m)) : UNKNOWN,
      linear: relation ? methods[m].map((method) => linearQuality(method, relation)).sort(byHeldOut) : []
    });
  }
  const subjects = dataset.split[rows.split].length;
  const measured = rows.heldOut.length;
  return {
    train: rows.train.length,
    ...linearSample(dataset, rows.train),
    heldOut: { split: rows.split, subjects, ...measured < subjects && { measured } },
    modalities,
    outliers: outliersOf(dataset)
  };
}
var UNKNOWN = { train: null, heldOut: null, p: 1 };
function predictorOf({ otherColumns, latentsOf, repetitions }, reading) {
  return { features: latentsOf(reading), columns: otherColumns, repetitions };
}
async function shrinkingRows(dataset, train, read) {
  const rows = measuredRows(dataset, "validation");
  if (rows.heldOut.length < MIN_SHRINKING) return void 0;
  const reading = { train, heldOut: await read(rows.heldOut) };
  return (m) => {
    const { relation } = partsOf(dataset, rows, m);
    return relation && predictorOf(relation, reading);
  };
}
function predictionOf({ features, columns, repetitions }, linear, validation) {
  const readOut = columns.readOutOf(features);
  const counted = (matrix) => repetitions ? meansOf(matrix, repetitions) : matrix;
  const p = shuffledP(counted(readOut.features.heldOut), readOut.weights, counted(columns.centred("heldOut")));
  const weights = trustedWeights(readOut, linear, validation && validationOf(validation));
  const predicted = (split) => readOut.features[split].mmul(weights);
  return { ...columns.sharesOfCentred({ train: predicted("train"), heldOut: predicted("heldOut") }), p };
}
function validationOf({ features, columns }) {
  return { features: columns.readOutOf(features).features.heldOut, columns };
}
function linearFeatures({ weights, readOut }, { columns }) {
  return { features: columns.centred("train").mmul(weights), weights: readOut };
}
function linearQuality({ name, setting, weights, readOut }, { columns, otherColumns }) {
  const predict = (split) => columns.centred(split).mmul(weights).mmul(readOut);
  return {
    method: name,
    setting,
    ...otherColumns.sharesOfCentred({ train: predict("train"), heldOut: predict("heldOut") })
  };
}
function byHeldOut(a, b) {
  return (b.heldOut ?? -Infinity) - (a.heldOut ?? -Infinity);
}
function meansOf(matrix, groups) {
  return new Matrix3(groups.map((rows) => matrix.subMatrixRow([...rows]).mean("column")));
}
function shuffledP(features, weights, actual) {
  const rows = spreadOver(
    Int32Array.from({ length: actual.rows }, (_, i) => i),
    MAX_SHUFFLED
  );
  const part = (matrix) => new Matrix3(Array.from(rows, (row) => matrix.getRow(row)));
  const products = part(features).mmul(weights.mmul(part(actual).transpose()));
  const sum = (order) => {
    let total = 0;
    for (let i = 0; i < rows.length; i++) total += products.get(order[i], i);
    return total;
  };
  const observed = sum(Int32Array.from(rows.keys()));
  let asLarge = 0;
  for (let shuffle = 0; shuffle < SHUFFLES; shuffle++) {
    if (sum(permutation(seedKey(0), SHUFFLE_STREAM, shuffle, rows.length)) >= observed) asLarge++;
  }
  return (1 + asLarge) / (1 + SHUFFLES);
}
function maxAbsValues(modality, rows) {
  const maxAbs = new Float64Array(modality.columns.length);
  const positions = positionsOf(modality.regularArray);
  for (const row of rows) {
    const { values } = selectSubjects(modality, maxAbs.length * positions, Int32Array.of(row));
    values.forEach((value, at) => {
      const column2 = Math.floor(at / positions);
      maxAbs[column2] = Math.max(maxAbs[column2], Math.abs(value));
    });
  }
  return maxAbs;
}
function outliersOf({ modalities, split }) {
  const outliers2 = modalities.flatMap(
    (modality) => ["validation", "test"].flatMap((name) => {
      const maxAbs = maxAbsValues(modality, split[name]);
      return modality.columns.flatMap(
        (column2, c) => maxAbs[c] > OUTLIER ? [{ modality: modality.name, column: column2.name, split: name, sd: maxAbs[c] }] : []
      );
    })
  );
  return outliers2.sort((a, b) => b.sd - a.sd);
}

// src/quality/schema.ts
import * as z from "zod";
var count = z.int().min(0);
var share = z.number().nullable();
var shares = z.object({ train: share, heldOut: share });
var warningSchema = z.object({
  code: z.string(),
  text: z.string(),
  /** The cases that the text applies to; left out if the text names them. */
  items: z.array(z.string()).readonly().optional()
});
var figuresSchema = z.object({
  /** Number of training subjects in the figures, evenly spread over all. */
  train: count,
  /** Number of training subjects in linear methods, if smaller. */
  linearTrain: count.optional(),
  /** Held-out subjects. `measured`: number of them in the figures, if smaller. */
  heldOut: z.object({ split: z.enum(["test", "validation"]), subjects: count, measured: count.optional() }),
  modalities: z.array(
    z.object({
      name: z.string(),
      /** Number of subjects with this modality and another one; left out if all have both. */
      both: z.object({ train: count, heldOut: count }).optional(),
      /** Explained variance of its columns, by its decoder from its latents and exogenous variables. */
      reconstruction: shares,
      /** Explained variance of all other columns, from its latents by least squares on training subjects. */
      prediction: shares.extend({
        /** Share of shuffles of the held-out subjects (or groups of repetitions) that are predicted as well. */
        p: z.number().min(0).max(1)
      }),
      /** The same for linear methods with the same number of dimensions, the best held-out one first; may be empty. */
      linear: z.array(
        z.object({ method: z.enum(LINEAR_METHODS), setting: z.record(z.string(), z.number()), ...shares.shape })
      ).readonly()
    })
  ).readonly(),
  /** Columns with a held-out value far outside the training data, the furthest first. */
  outliers: z.array(
    z.object({
      modality: z.string(),
      column: z.string(),
      split: z.enum(["test", "validation"]),
      /** Distance from the training mean, in training standard deviations. */
      sd: z.number()
    })
  ).readonly()
});
var heldOutSharesSchema = z.object({
  /** Explained variance of the columns of the modality, by its decoder. */
  reconstruction: share,
  /** Explained variance of all other columns, from its latents by kernel ridge regression on training subjects. */
  prediction: share,
  /** Explained variance of all other columns by least squares. */
  straight: share
});
var subspaceChoiceSchema = z.object({
  chosen: z.enum(SUBSPACE_KINDS),
  /** Number of evenly spread training subjects in the linear maps, if smaller than all. */
  linearTrain: count.optional(),
  /** Left out if there was no choice. */
  compared: z.object({
    network: z.array(heldOutSharesSchema).readonly(),
    linear: z.array(heldOutSharesSchema).readonly(),
    /** Left out if there was no network in addition to the linear map. */
    residual: z.array(heldOutSharesSchema).readonly().optional()
  }).optional()
});
var librarySizeSchema = z.object({
  modality: z.string(),
  latent: z.string(),
  /** Spearman's ρ with the logarithm of the total, and its 95 % interval. */
  correlation: z.number(),
  interval: z.tuple([z.number(), z.number()]).readonly(),
  /** True if the latents of each subject come from a model that was not trained on it. */
  isOutOfFold: z.boolean(),
  /** Number of subjects, or groups of repetitions, with both. */
  subjects: count
});
var qualitySchema = figuresSchema.extend({
  /** Left out if no modality has counts. */
  librarySizes: z.array(librarySizeSchema).readonly().optional(),
  warnings: z.array(warningSchema).readonly()
});

// src/quality/sampled-text.ts
function sampledText({ subjects, quality, subspaces, ranges, evidence }) {
  const samples = [];
  const { heldOut } = quality ?? {};
  if (quality && quality.train < subjects.train) {
    const linear = quality.linearTrain === void 0 ? " and linear methods" : "";
    samples.push(`explained variance${linear}, of ${count2(quality.train)}`);
  }
  if (quality?.linearTrain !== void 0) samples.push(`linear methods, of ${count2(quality.linearTrain)}`);
  if (subspaces?.linearTrain !== void 0) samples.push(`linear subspaces, of ${count2(subspaces.linearTrain)}`);
  if (ranges?.sample) samples.push(`ranges in run.json, of ${count2(ranges.sample.train)}`);
  const text = [
    ...samples.length === 0 ? [] : [`of a sample of the ${count2(subjects.train)} training subjects, evenly spread: ${samples.join("; ")}`],
    ...heldOut?.measured === void 0 ? [] : [`explained variance held out, of ${count2(heldOut.measured)} of ${count2(heldOut.subjects)}`],
    ...evidence?.comparedSubjects === void 0 ? [] : [`replication of latents, of ${count2(evidence.comparedSubjects)} of ${count2(evidence.subjects)}`]
  ].join("; ");
  return text === "" ? void 0 : `${text[0].toUpperCase()}${text.slice(1)}.`;
}
function count2(value) {
  return value.toLocaleString("en");
}

// src/quality/warnings.ts
var NOTABLE3 = 0.01;
var OVERFIT = 0.1;
var CHANCE2 = 0.05;
var FEW = 20;
var MAX_NAMED2 = 10;
function qualityWarnings(figures, fitted = {}) {
  return [
    ...linearIsBetter(figures, fitted),
    ...overfit(figures),
    ...nothingShared(figures),
    ...outliers(figures),
    ...fewHeldOut(figures),
    ...notMeasured(figures)
  ];
}
function percentText(share2) {
  return share2 === null ? "\u2013" : `${(100 * share2).toFixed(1).replace("-", "\u2212")} %`;
}
function isMeasuredWell({ both }) {
  return both === void 0 || both.heldOut >= FEW;
}
function linearIsBetter({ modalities }, { subspaces, sized = [] }) {
  const compared = modalities.filter((modality) => isMeasuredWell(modality) && !sized.includes(modality.name));
  const items = compared.flatMap(({ name, prediction, linear }) => {
    const best = linear.at(0);
    const reached = best?.heldOut ?? null;
    if (best === void 0 || reached === null || reached <= 0) return [];
    if (prediction.heldOut !== null && reached - prediction.heldOut <= NOTABLE3) return [];
    return [`${name}: ${best.method} ${percentText(reached)}, these latents ${percentText(prediction.heldOut)}`];
  });
  return listing(
    "linear-is-better",
    items,
    "A linear method with the same number of dimensions explains more of the other modalities' columns in held-out subjects. First log-transform or rank-transform (transform: rank) columns with outliers; then " + (subspaces === "linear" ? "" : "fit again with training.subspaces: linear, or ") + "give the modality more latents (interlatent select)."
  );
}
function overfit({ modalities }) {
  const items = modalities.flatMap(({ name, reconstruction, prediction }) => {
    const parts = [
      { what: "its columns", ...reconstruction },
      { what: "the other modalities' columns", ...prediction }
    ];
    return parts.flatMap(({ what, train, heldOut }) => {
      if (train === null || heldOut === null || train - heldOut <= OVERFIT || heldOut >= train / 2) return [];
      return [`${name}: training ${percentText(train)}, held-out ${percentText(heldOut)} of ${what}`];
    });
  });
  return listing(
    "overfit",
    items,
    "The fit explains less than half as much of held-out subjects as of training subjects. Add subjects, keep fewer columns, or lower training.hidden."
  );
}
function nothingShared({ modalities }) {
  const items = modalities.filter(isMeasuredWell).flatMap(({ name, prediction: { heldOut, p } }) => {
    if (heldOut === null || heldOut > 0 && p <= CHANCE2) return [];
    return [`${name}: ${percentText(heldOut)}; p of shuffled latents ${p.toFixed(2)}`];
  });
  return listing(
    "nothing-shared",
    items,
    "Latents that explain nothing of the other modalities' columns in held-out subjects."
  );
}
function outliers({ outliers: all }) {
  if (all.length === 0) return [];
  const named = all.slice(0, MAX_NAMED2).map(({ modality, column: column2, split, sd }) => {
    return `${modality} ${column2} (${Math.round(sd)} sd, ${split === "test" ? "held-out" : "validation"})`;
  });
  const rest = all.length > MAX_NAMED2 ? ` and ${all.length - MAX_NAMED2} more` : "";
  const which = all.length === 1 ? "A column has a value" : `${all.length} columns have values`;
  return [
    {
      code: "outlier",
      text: `${which} far outside the training data: ${named.join(", ")}${rest}. Such values dominate the results that they enter; correct them, or take the logarithm of their columns.`
    }
  ];
}
function fewHeldOut({ heldOut: { split, subjects }, modalities }) {
  const who = split === "test" ? "held-out" : "validation";
  const items = modalities.flatMap(
    ({ name, both, prediction }) => both && both.heldOut < FEW && prediction.heldOut !== null ? [`${name}: ${both.heldOut} ${who} subjects have it and another modality`] : []
  );
  if (subjects >= FEW && items.length === 0) return [];
  const few = subjects < FEW ? `Only ${subjects} ${who} subjects` : `Fewer than ${FEW} ${who} subjects for some`;
  const text = `${few}: held-out figures are uncertain.`;
  return [{ code: "few-held-out", text, ...items.length > 0 && { items } }];
}
function notMeasured({ heldOut: { split }, modalities }) {
  const who = split === "test" ? "held-out" : "validation";
  const items = modalities.flatMap(({ name, reconstruction, both }) => {
    const lacking = both === void 0 ? [] : lackingText(name, both, who);
    return reconstruction.heldOut === null ? [...lacking, `${name}: its values are constant in the ${who} subjects`] : lacking;
  });
  return listing(
    "not-measured",
    items,
    `Figures marked \u2013 could not be measured. Increase split.${split}, or add subjects who have several modalities.`
  );
}
function lackingText(name, both, who) {
  const parts = [
    ["training", both.train, MIN_BOTH.train],
    [who, both.heldOut, MIN_BOTH.heldOut]
  ];
  return parts.flatMap(
    ([which, subjects, needed]) => subjects < needed ? [`${name}: ${subjects} ${which} subjects have it and another modality, ${needed} are needed`] : []
  );
}

// src/quality/subspaces-text.ts
var NAMES = { network: "the network's", linear: "linear", residual: "linear plus a network" };
function subspacesText(choice, names) {
  const { chosen, compared } = choice ?? {};
  if (compared === void 0 || chosen === void 0 || chosen === "correlation") return void 0;
  const candidates = [chosen, ...["network", "residual", "linear"].filter((name) => name !== chosen)];
  const each = candidates.flatMap((candidate) => {
    const shares2 = compared[candidate];
    if (shares2 === void 0) return [];
    const figures = names.map((name, m) => {
      const { straight, prediction, reconstruction } = shares2[m];
      return `${name} ${[straight, prediction, reconstruction].map(percentText).join(", ")}`;
    });
    return [`${NAMES[candidate]}: ${figures.join("; ")}`];
  });
  const isUnknown = candidates.some((name) => compared[name]?.some(({ prediction }) => prediction === null));
  return `Subspaces: ${NAMES[chosen]}. Variance that latents explain in validation subjects (other modalities' columns along straight lines, the same along curves, columns of their modality): ${each.join(" | ")}.` + (isUnknown ? ` \u2013: fewer than ${MIN_SUBJECTS} subjects have the modality and another one.` : "");
}

export {
  maxSampled,
  measuredRows,
  heldOutSplit,
  spreadOver,
  observedMeans,
  filled,
  tableOf,
  byImportance,
  listing,
  channelMeans,
  normalScores,
  holm,
  missingnessTests,
  compareSubspaces,
  affordableRows,
  linearSample,
  linearMethodsOf,
  copiedColumns,
  hasCopiedRows,
  copiedRows,
  librarySizes,
  librarySizeWarning,
  depthWarning,
  measureQuality,
  subspaceChoiceSchema,
  qualitySchema,
  sampledText,
  qualityWarnings,
  percentText,
  subspacesText
};
