// A linear stand-in for the encoders of a fit with observed causes. Of the whitened principal components it takes the
// directions that the terms of the causes move most. A varimax rotation then lets few terms move few latents.

import { EigenvalueDecomposition, Matrix, SVD } from 'ml-matrix';
import { causeTerms, termCount } from '../src/data/causes.js';
import type { Dataset } from '../src/data/dataset.js';
import type { FitAndEncode } from '../src/evidence/index.js';

const VARIMAX_STEPS = 200;

/** Returns a fit of the first modality's table. @param components number of principal components */
export function linearEncoder(latents: number, components: number): FitAndEncode {
  return (dataset) => Promise.resolve({ encoded: encodeLinearly(dataset, latents, components) });
}

/** Returns encodings of all subjects, subjects × latents, by a linear encoder of the training and validation splits. */
export function encodeLinearly(dataset: Dataset, latents: number, components: number): Float32Array {
  const { modalities, causes = [], split, ids } = dataset;
  const [{ values, columns }] = modalities;
  const width = columns.length;
  const seen = Int32Array.from([...split.train, ...split.validation]);
  const means = new Float64Array(width);
  for (const row of seen) for (let c = 0; c < width; c++) means[c] += values[row * width + c] / seen.length;
  const sds = new Float64Array(width);
  for (const row of seen) for (let c = 0; c < width; c++) sds[c] += (values[row * width + c] - means[c]) ** 2;
  for (let c = 0; c < width; c++) sds[c] = Math.sqrt(sds[c] / seen.length) || 1;
  const rowOf = (row: number) => Array.from(means, (mean, c) => (values[row * width + c] - mean) / sds[c]);
  const x = new Matrix(Array.from(seen, rowOf));
  const covariance = x.transpose().mmul(x).div(seen.length);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = [...realEigenvalues.keys()].sort((i, j) => realEigenvalues[j] - realEigenvalues[i]);
  const leading = order.slice(0, components);
  const whitening = new Matrix(width, leading.length);
  leading.forEach((from, to) => {
    const scale = 1 / Math.sqrt(Math.max(1e-9, realEigenvalues[from]));
    for (let c = 0; c < width; c++) whitening.set(c, to, eigenvectorMatrix.get(c, from) * scale);
  });
  const z = x.mmul(whitening);
  const count = termCount(causes);
  const all = causeTerms(causes);
  const terms = Matrix.zeros(seen.length, count);
  seen.forEach((row, i) => {
    for (let t = 0; t < count; t++) terms.set(i, t, all[row * count + t]);
  });
  const termMeans = terms.mean('column');
  terms.subRowVector(termMeans);
  const products = terms.transpose().mmul(terms);
  for (let t = 0; t < count; t++) products.set(t, t, products.get(t, t) + 1e-6 * seen.length);
  const { leftSingularVectors, diagonal } = new SVD(products);
  const root = leftSingularVectors.clone().mulRowVector(diagonal.map((value) => 1 / Math.sqrt(value)));
  // Coefficients of orthonormal terms: components × terms.
  const effects = z.transpose().mmul(terms).mmul(root);
  const between = effects.mmul(effects.transpose());
  // A small share of the order of the components decides among directions that no term moves.
  leading.forEach((_, i) => between.set(i, i, between.get(i, i) + 1e-6 * (leading.length - i) * seen.length));
  const { leftSingularVectors: directions } = new SVD(between);
  const axes = directions.subMatrix(0, leading.length - 1, 0, latents - 1);
  const loadings = axes.transpose().mmul(z.transpose().mmul(terms)).transpose();
  const sizes = Array.from({ length: count }, (_, t) => Math.sqrt(products.get(t, t)));
  loadings.divColumnVector(sizes);
  const map = whitening.mmul(axes).mmul(varimax(loadings));
  const encoded = new Float32Array(ids.length * latents);
  for (let row = 0; row < ids.length; row++) {
    const code = Matrix.rowVector(rowOf(row)).mmul(map);
    for (let k = 0; k < latents; k++) encoded[row * latents + k] = code.get(0, k);
  }
  return encoded;
}

/** Returns the rotation that maximises the variance of squared loadings (Kaiser 1958). @param loadings terms × axes */
function varimax(loadings: Matrix): Matrix {
  let rotation = Matrix.eye(loadings.columns);
  for (let step = 0; step < VARIMAX_STEPS; step++) {
    const rotated = loadings.mmul(rotation);
    const squares = Matrix.pow(rotated, 2).mean('column');
    const target = Matrix.sub(Matrix.pow(rotated, 3), rotated.clone().mulRowVector(squares));
    const { leftSingularVectors: u, rightSingularVectors: v } = new SVD(loadings.transpose().mmul(target));
    const next = u.mmul(v.transpose());
    const change = Matrix.sub(next, rotation).abs().max();
    rotation = next;
    if (change < 1e-8) break;
  }
  return rotation;
}
