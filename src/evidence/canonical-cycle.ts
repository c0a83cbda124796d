// Canonical correlations of the true latents of several modalities, which are measured with error. Let Σₘ be the
// covariance of the latents of modality m, and Σₘₗ that with the latents of modality l. The product
//   K = Σ₁₂ Σ₂⁻¹ Σ₂₃ Σ₃⁻¹ … Σₛ₁ Σ₁⁻¹
// has an eigenvalue 1 for each variable that all s modalities contain, and smaller ones otherwise. For two modalities
// the eigenvalues are squared canonical correlations. With two forms a = A z + e and b = B z + e' of the latents of
// each modality, whose errors are independent, the covariances of forms
//   C(b₁, a₂) C(b₂, a₂)⁻¹ C(b₂, a₃) … C(bₛ, a₁) C(b₁, a₁)⁻¹ = B₁ K B₁⁻¹
// have the same eigenvalues, whatever A, B and the errors are (docs/explanation/evidence-statistics.md).

import { EigenvalueDecomposition, inverse, Matrix, SVD } from 'ml-matrix';
import { centred } from '../metrics/vectors.js';

/** Two forms of the latents of a modality: values by latent and unit, without NaN. */
export interface MeasuredSpace {
  readonly a: readonly Float64Array[];
  readonly b: readonly Float64Array[];
}

/** Sums of the largest eigenvalues of K, in descending order of the real parts. */
export interface CycleEigenvalues {
  /** By k − 1, the sum of the real parts of the k largest eigenvalues. */
  readonly sums: readonly number[];
  /** Influence function of each sum: its mean is 0, and its variance divided by the number of units that of the sum. */
  readonly influences: readonly Float64Array[];
}

/** Minimum correlation of a direction of form a with its counterpart in form b, and the same in standard errors. */
const MIN_CORRELATION = 0;
const MIN_STRENGTH = 5;

/**
 * Returns the directions that both forms measure: combinations of the latents whose two forms are uncorrelated with
 * those of all other combinations. Other directions would make the inverse of a covariance arbitrary.
 */
export function measuredDirections({ a, b }: MeasuredSpace): MeasuredSpace {
  const units = a[0].length;
  const [centredA, centredB] = [a.map(centred), b.map(centred)];
  const [whiteA, whiteB] = [inverseRoot(covariances(centredA, centredA)), inverseRoot(covariances(centredB, centredB))];
  const between = whiteA.mmul(covariances(centredA, centredB)).mmul(whiteB);
  const { leftSingularVectors: u, rightSingularVectors: v, diagonal } = new SVD(between);
  const retained = [...diagonal.keys()].filter(
    (i) => diagonal[i] >= MIN_CORRELATION && diagonal[i] * Math.sqrt(units) >= MIN_STRENGTH,
  );
  const combined = (values: readonly Float64Array[], weights: Matrix) =>
    retained.map((i) => {
      const sum = new Float64Array(units);
      values.forEach((value, j) => {
        const weight = weights.get(j, i);
        for (let unit = 0; unit < units; unit++) sum[unit] += weight * value[unit];
      });
      return sum;
    });
  return { a: combined(centredA, whiteA.mmul(u)), b: combined(centredB, whiteB.mmul(v)) };
}

/** @param spaces two or more modalities with the same units, each with at least one latent */
export function cycleEigenvalues(spaces: readonly MeasuredSpace[]): CycleEigenvalues {
  const count = Math.min(...spaces.map(({ a }) => a.length));
  // The first modality has fewest latents, so that K has no eigenvalues that are always 0.
  const first = spaces.findIndex(({ a }) => a.length === count);
  const rotated = [...spaces.slice(first), ...spaces.slice(0, first)];
  const all = Array.from({ length: 2 ** spaces.length }, (_, choice) =>
    eigenvaluesOf(rotated.map(({ a, b }, m) => ((choice >> m) & 1 ? { a: b, b: a } : { a, b }))),
  );
  const units = spaces[0].a[0].length;
  return {
    sums: Array.from({ length: count }, (_, k) => all.reduce((sum, { sums }) => sum + sums[k] / all.length, 0)),
    influences: Array.from({ length: count }, (_, k) => {
      const mean = new Float64Array(units);
      for (const { influences } of all) for (let i = 0; i < units; i++) mean[i] += influences[k][i] / all.length;
      return mean;
    }),
  };
}

interface Factor {
  readonly matrix: Matrix;
  /** The factor is the covariance of these variables, or its inverse. */
  readonly rows: readonly Float64Array[];
  readonly columns: readonly Float64Array[];
  readonly isInverse: boolean;
}

function eigenvaluesOf(spaces: readonly MeasuredSpace[]): CycleEigenvalues {
  const factors = spaces.flatMap(({ b }, m): Factor[] => {
    const next = spaces[(m + 1) % spaces.length];
    const across = { rows: b, columns: next.a, isInverse: false, matrix: covariances(b, next.a) };
    const within = covariances(next.b, next.a);
    return [across, { rows: next.b, columns: next.a, isInverse: true, matrix: inverse(within, true) }];
  });
  const size = spaces[0].b.length;
  const product = factors.reduce((left, { matrix }) => left.mmul(matrix), Matrix.eye(size));
  const {
    realEigenvalues: real,
    imaginaryEigenvalues: imaginary,
    eigenvectorMatrix,
  } = new EigenvalueDecomposition(product);
  const order = [...real.keys()].sort((i, j) => real[j] - real[i] || imaginary[j] - imaginary[i]);
  const dual = inverse(eigenvectorMatrix, true);
  // Projections on the invariant spaces of the k largest eigenvalues. Two conjugate eigenvalues have one space.
  const projections = Array.from({ length: size + 1 }, (_, k) => {
    const columns = order.slice(0, k);
    return k === 0
      ? Matrix.zeros(size, size)
      : eigenvectorMatrix.subMatrixColumn(columns).mmul(dual.subMatrixRow(columns));
  });
  const isSplit = (k: number) => k > 0 && k < size && imaginary[order[k - 1]] > 0;
  const slopes = projections.map((projection, k) =>
    isSplit(k) ? Matrix.add(projections[k - 1], projections[k + 1]).mul(0.5) : projection,
  );
  let sum = 0;
  const sums = order.map((i) => (sum += real[i]));
  return { sums, influences: sums.map((_, k) => influenceOf(factors, slopes[k + 1])) };
}

/** Returns the influence function of tr(P K): by unit, the derivative by the covariances. @param slope P */
function influenceOf(factors: readonly Factor[], slope: Matrix): Float64Array {
  const units = factors[0].rows[0].length;
  const influence = new Float64Array(units);
  factors.forEach(({ matrix, rows, columns, isInverse }, at) => {
    const before = factors.slice(0, at).reduce((left, one) => left.mmul(one.matrix), Matrix.eye(slope.rows));
    const after = factors.slice(at + 1).reduceRight((right, one) => one.matrix.mmul(right), Matrix.eye(slope.rows));
    const inner = after.mmul(slope).mmul(before);
    // d(M⁻¹) = −M⁻¹ dM M⁻¹.
    const weights = isInverse ? matrix.mmul(inner).mmul(matrix).mul(-1) : inner;
    columns.forEach((column, i) => {
      rows.forEach((row, j) => {
        const weight = weights.get(i, j);
        for (let unit = 0; unit < units; unit++) influence[unit] += weight * column[unit] * row[unit];
      });
    });
  });
  return centred(influence);
}

function covariances(first: readonly Float64Array[], second: readonly Float64Array[]): Matrix {
  return new Matrix(
    first.map((u) =>
      second.map((v) => {
        let sum = 0;
        for (let i = 0; i < u.length; i++) sum += u[i] * v[i];
        return sum / u.length;
      }),
    ),
  );
}

/** Returns the inverse symmetric square root of a covariance. Directions without variance are mapped to 0. */
function inverseRoot(covariance: Matrix): Matrix {
  const { leftSingularVectors: u, diagonal } = new SVD(covariance);
  const scales = diagonal.map((value) => (value > 1e-9 * diagonal[0] ? 1 / Math.sqrt(value) : 0));
  return u.clone().mulRowVector(scales).mmul(u.transpose());
}
