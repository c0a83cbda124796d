// What a batch does in one fold: does its shift of a modality belong to the observation, or to latents that another
// modality shares? A shifted latent moves every modality that shares it. A shifted observation moves only the
// difference of the encodings. Canonical variates of both modalities measure the same latents; they, and their
// scales, come from the subjects that the fold's model has seen, within batches.

import { CholeskyDecomposition, inverse, Matrix, SVD } from 'ml-matrix';
import { causeTerms, termCount } from '../../data/causes.js';
import type { Dataset } from '../../data/dataset.js';
import { presenceOf } from '../../data/presence.js';
import { rowsByGroup } from '../../data/split.js';
import { dot } from '../../metrics/vectors.js';
import { FreePermutations } from '../permutations.js';
import { clusteredAssociation } from './clustered-association.js';
import { ClusteredRegression, determinedColumns } from './clustered-regression.js';

/** Minimum canonical correlation of a pair of variates beyond the first pair. */
const MIN_CORRELATION = 0.3;
const RIDGE = 1e-9;

/** Comparison of a batched modality with another one in a fold. */
export interface BatchShift {
  readonly modality: string;
  /** Column of the batches. */
  readonly column: string;
  readonly other: string;
  /** Number of held-out subjects with both modalities and a batch. */
  readonly subjects: number;
  /** p of the hypothesis that the other modality does not move with the batch. */
  readonly shared: number;
  /** p of the hypothesis that both modalities move alike. */
  readonly local: number;
  /** Sums over batches of the products of both shifts, and of the squared shift of the batched modality, without noise. */
  readonly product: number;
  readonly square: number;
}

interface BatchFold {
  /** Encodings of all subjects, subjects × D, by the column whose batches act on the values. */
  readonly withBatches: ReadonlyMap<string, Float32Array>;
  readonly seen: Int32Array;
  readonly heldOut: Int32Array;
}

/**
 * Compares each batched modality with each other modality.
 * @param columnsOf positions of the latents of each modality
 */
export function batchShifts(
  dataset: Dataset,
  { withBatches, seen, heldOut }: BatchFold,
  columnsOf: readonly (readonly number[])[],
  seed: number,
): BatchShift[] {
  const { modalities } = dataset;
  const width = columnsOf.flat().length;
  const permutations = new FreePermutations(seed);
  return modalities.flatMap(({ name, batches, batchPositions }, m) => {
    // Where batches are the same as a cause, no verdict could separate the two.
    const encoded = batches && !batches.causes && withBatches.get(batches.column);
    if (!encoded || !batchPositions) return [];
    const presences = modalities.map(presenceOf);
    const otherPositions = [...modalities.keys()].filter((other) => other !== m);
    return otherPositions.map((other): BatchShift => {
      const has = (row: number) =>
        presences[m][row] === 1 && presences[other][row] === 1 && !Number.isNaN(batchPositions[row]);
      const tableOf = (rows: Int32Array): Rows => ({
        rows,
        first: columnsAt(encoded, width, columnsOf[m], rows),
        second: columnsAt(encoded, width, columnsOf[other], rows),
        marks: batches.levels.slice(1).map((_, level) => {
          return Float64Array.from(rows, (row) => Number(batchPositions[row] === level + 1));
        }),
        control: controlColumns(dataset, rows),
      });
      const variates = sharedVariates(tableOf(seen.filter(has)));
      const tested = tableOf(heldOut.filter(has));
      const names = { modality: name, column: batches.column, other: modalities[other].name };
      return { ...names, ...shiftOf(tested, variates, { groups: dataset.groups, seed, permutations }) };
    });
  });
}

interface Rows {
  readonly rows: Int32Array;
  /** Encodings of the batched and of the other modality, latents × rows. */
  readonly first: readonly Float64Array[];
  readonly second: readonly Float64Array[];
  /** Indicators of all batches but the first. */
  readonly marks: readonly Float64Array[];
  /** The constant, and terms of causes and covariates. */
  readonly control: readonly Float64Array[];
}

function columnsAt(encoded: Float32Array, width: number, columns: readonly number[], rows: Int32Array): Float64Array[] {
  return columns.map((column) => Float64Array.from(rows, (row) => encoded[row * width + column]));
}

/** Returns the constant, the terms of causes and those of `adjust`. Indicators of batches come after these. */
function controlColumns({ causes = [], covariates = [], modalities }: Dataset, rows: Int32Array): Float64Array[] {
  const adjusted = Math.max(0, ...modalities.map((modality) => modality.covariates?.length ?? 0));
  const count = termCount(causes);
  const terms = causeTerms(causes);
  return [
    new Float64Array(rows.length).fill(1),
    ...Array.from({ length: count }, (_, t) => Float64Array.from(rows, (row) => terms[row * count + t])),
    ...covariates.slice(0, adjusted).map((term) => Float64Array.from(rows, (row) => term[row])),
  ];
}

/** Returns a function that subtracts the regression on some columns. */
function residualOn(columns: readonly Float64Array[]): (values: Float64Array) => Float64Array {
  const determined = determinedColumns(columns).map((column) => columns[column]);
  const regression = new ClusteredRegression({ columns: determined });
  return (values) => regression.fit(values).residuals;
}

/** Weights of the variates of both modalities, latents × variates. Variates have the variance 1 within batches. */
interface Variates {
  readonly first: Matrix;
  readonly second: Matrix;
}

function sharedVariates({ first, second, marks, control }: Rows): Variates {
  const within = residualOn([...control, ...marks]);
  const [a, b] = [first.map(within), second.map(within)];
  const count = a[0].length;
  const covariances = (x: readonly Float64Array[], y: readonly Float64Array[]) =>
    new Matrix(x.map((u) => y.map((v) => dot(u, v) / count)));
  const [whiteA, whiteB] = [a, b].map((columns) => whitening(covariances(columns, columns)));
  const inner = whiteA.mmul(covariances(a, b)).mmul(whiteB.transpose());
  const { leftSingularVectors: u, rightSingularVectors: v, diagonal } = new SVD(inner, { autoTranspose: true });
  const pairs = diagonal.filter((rho, i) => i === 0 || rho >= MIN_CORRELATION).length;
  const firstOf = (vectors: Matrix) => vectors.subMatrix(0, vectors.rows - 1, 0, pairs - 1);
  return {
    first: whiteA.transpose().mmul(firstOf(u)),
    second: whiteB.transpose().mmul(firstOf(v)),
  };
}

/** Returns L⁻¹ of the covariance L Lᵀ. */
function whitening(covariance: Matrix): Matrix {
  const ridged = covariance.clone();
  for (let i = 0; i < ridged.rows; i++) ridged.set(i, i, ridged.get(i, i) * (1 + RIDGE) + Number.MIN_VALUE);
  return inverse(new CholeskyDecomposition(ridged).lowerTriangularMatrix);
}

function shiftOf(
  { rows, first, second, marks, control }: Rows,
  variates: Variates,
  {
    groups,
    seed,
    permutations,
  }: { readonly groups: Dataset['groups']; readonly seed: number; readonly permutations: FreePermutations },
): Pick<BatchShift, 'subjects' | 'shared' | 'local' | 'product' | 'square'> {
  const residual = residualOn(control);
  const combined = (columns: readonly Float64Array[], weights: Matrix) =>
    Array.from({ length: weights.columns }, (_, pair) => {
      const sum = new Float64Array(rows.length);
      columns.forEach((column, i) => column.forEach((value, row) => (sum[row] += weights.get(i, pair) * value)));
      return residual(sum);
    });
  const [u, v] = [combined(first, variates.first), combined(second, variates.second)];
  const difference = u.map((values, pair) => values.map((value, row) => value - v[pair][row]));
  const marked = marks.map(residual);
  const units = groups && [...rowsByGroup(Array.from(rows, (row) => groups[row])).values()];
  const varies = (members: readonly number[]) =>
    marks.some((mark) => members.some((row) => mark[row] !== mark[members[0]]));
  const isWithin = units?.some(varies) ?? false;
  const test = (columns: readonly Float64Array[]) =>
    clusteredAssociation(columns, marked, { units, isWithin, seed, permutations, lost: control.length - 1 }).linear;
  return { subjects: rows.length, shared: test(v), local: test(difference), ...sharesOf(u, v, marked) };
}

/** Returns the sums of squares and products of the shifts between batches, without what noise adds to them. */
function sharesOf(
  u: readonly Float64Array[],
  v: readonly Float64Array[],
  marks: readonly Float64Array[],
): Pick<BatchShift, 'product' | 'square'> {
  const determined = determinedColumns(marks).map((column) => marks[column]);
  if (determined.length === 0) return { product: 0, square: 0 };
  const regression = new ClusteredRegression({ columns: determined });
  const free = Math.max(1, u[0].length - determined.length);
  let [product, square] = [0, 0];
  u.forEach((values, pair) => {
    const fits = [regression.fit(values), regression.fit(v[pair])];
    const [fitted, otherFitted] = fits.map(({ residuals }, i) =>
      residuals.map((rest, row) => (i === 0 ? values : v[pair])[row] - rest),
    );
    const noise = (of: Float64Array, and: Float64Array) => (determined.length * dot(of, and)) / free;
    product += dot(fitted, otherFitted) - noise(fits[0].residuals, fits[1].residuals);
    square += dot(fitted, fitted) - noise(fits[0].residuals, fits[0].residuals);
  });
  return { product, square };
}
