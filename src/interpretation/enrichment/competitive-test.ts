// A competitive test of a gene set that allows for correlated genes (CAMERA: Wu & Smyth 2012, Nucleic Acids Research
// 40:e133). Genes of a pathway rise and fall together in every sample, so their scores do too, even without any effect.
// Random gene sets have no such correlation, and permutation of genes therefore gives p-values that are too small.

import { Matrix, pseudoInverse } from 'ml-matrix';
import { fTail } from '../../causal/discovery/independence/distributions.js';

/** Residuals of genes, each with mean 0 and norm 1. */
export interface GeneResiduals {
  /** Genes × subjects. */
  readonly values: Float64Array;
  readonly subjects: number;
  /** Degrees of freedom of a gene's residuals. */
  readonly degrees: number;
}

/**
 * Returns the residuals of genes after linear regression on the latents of their modality.
 * @param count number of genes
 * @param gene returns the values of a gene in the subjects; NaN counts as the mean
 * @param latents values of each latent in the same subjects
 */
export function residualsOf(
  count: number,
  gene: (g: number) => Float64Array,
  latents: readonly Float64Array[],
): GeneResiduals {
  const subjects = count === 0 ? 0 : gene(0).length;
  const basis: Float64Array[] = [];
  for (const latent of latents) {
    const rest = residual(centred(latent), basis);
    if (normalise(rest, 1e-8 * Math.sqrt(subjects))) basis.push(rest);
  }
  const values = new Float64Array(count * subjects);
  for (let g = 0; g < count; g++) {
    const rest = residual(centred(gene(g)), basis);
    normalise(rest, 0);
    values.set(rest, g * subjects);
  }
  return { values, subjects, degrees: subjects - 1 - basis.length };
}

function centred(values: Float64Array): Float64Array {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  const mean = count === 0 ? 0 : sum / count;
  return values.map((value) => (Number.isNaN(value) ? 0 : value - mean));
}

/** Subtracts the projections on the basis, whose vectors have norm 1, from the values. */
function residual(values: Float64Array, basis: readonly Float64Array[]): Float64Array {
  for (const vector of basis) {
    const slope = vector.reduce((sum, entry, i) => sum + entry * values[i], 0);
    for (let i = 0; i < values.length; i++) values[i] -= slope * vector[i];
  }
  return values;
}

/** Divides by the norm. Returns false and clears the values if the norm is at most `limit`. */
function normalise(values: Float64Array, limit: number): boolean {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const isLarge = norm > limit;
  for (let i = 0; i < values.length; i++) values[i] = isLarge ? values[i] / norm : 0;
  return isLarge;
}

/** Returns the mean correlation between the residuals of the genes of a set. It is 0 for a set of one gene. */
export function meanCorrelation({ values, subjects }: GeneResiduals, genes: Int32Array): number {
  const sum = new Float64Array(subjects);
  let norms = 0;
  for (const gene of genes) {
    for (let i = 0; i < subjects; i++) {
      const value = values[gene * subjects + i];
      sum[i] += value;
      norms += value * value;
    }
  }
  const size = genes.length;
  return size < 2 ? 0 : (sum.reduce((total, value) => total + value * value, 0) - norms) / (size * (size - 1));
}

/**
 * Tests whether the mean loadings of a set differ from those of the other genes, and returns p. The variance of the
 * mean of m genes with the mean correlation ρ is 1 + (m − 1) ρ times that of independent genes. With one latent this is
 * the two-sided test of CAMERA. With several it is its extension by Hotelling's T², which does not depend on the axes
 * of a block.
 * @param loadings loadings of the genes on each latent
 * @param correlation mean correlation of the genes of the set; a negative one counts as 0
 * @param degrees degrees of freedom of the correlation
 */
export function competitiveTest(
  loadings: readonly Float64Array[],
  genes: Int32Array,
  correlation: number,
  degrees: number = Infinity,
): number {
  const [count, size, dimensions] = [loadings[0].length, genes.length, loadings.length];
  const outside = count - size;
  const means = loadings.map((scores) => scores.reduce((sum, score) => sum + score, 0) / count);
  const differences = loadings.map((scores, k) => {
    const inside = genes.reduce((sum, gene) => sum + scores[gene], 0) / size;
    return (count / outside) * (inside - means[k]);
  });
  // The covariance inside both groups of genes.
  const covariance = Matrix.zeros(dimensions, dimensions);
  for (const [a, first] of loadings.entries()) {
    for (const [b, second] of loadings.entries()) {
      const products = first.reduce((sum, score, g) => sum + (score - means[a]) * (second[g] - means[b]), 0);
      const between = (differences[a] * differences[b] * size * outside) / count;
      covariance.set(a, b, (products - between) / (count - 2));
    }
  }
  const column = Matrix.columnVector(differences);
  const inflation = 1 + (size - 1) * Math.max(0, correlation);
  const squared = column.transpose().mmul(pseudoInverse(covariance)).mmul(column).get(0, 0);
  const statistic = squared / (inflation / size + 1 / outside);
  const free = Math.min(degrees, count - 2);
  const denominator = free - dimensions + 1;
  return denominator > 0 ? fTail((denominator * statistic) / (dimensions * free), dimensions, denominator) : 1;
}
