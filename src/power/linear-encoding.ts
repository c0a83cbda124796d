// The latents that a linear fit finds: in each modality, the numbers that predict the columns of the other modalities
// best (reduced-rank regression). Fits start from them, and keep them if columns show no curves.

import { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import { centredMatrix } from '../linear/index.js';
import { linearMethodsOf, tableOf } from '../quality/index.js';

/** Encodes all subjects with linear maps that are fitted to the training split. @returns subjects × latents */
export async function encodeLinearly(dataset: Dataset): Promise<Matrix[]> {
  const rows = Int32Array.from(dataset.ids.keys());
  const methods = await linearMethodsOf(dataset, dataset.split.train, { names: ['reduced-rank regression', 'PCA'] });
  return dataset.modalities.map((modality, m) => {
    const weights = methods[m].map((method) => method.weights);
    // Fewer directions may predict the other modalities than the modality has latents.
    const columns = weights.flatMap((one) => one.transpose().to2DArray()).slice(0, modality.latents);
    const { samples } = tableOf([modality], rows);
    const table = centredMatrix(samples, new Array<number>(samples.columns).fill(0));
    return standardised(table.mmul(new Matrix(columns).transpose()));
  });
}

function standardised(scores: Matrix): Matrix {
  const means = scores.mean('column');
  const centred = scores.subRowVector(means);
  const sds = centred
    .clone()
    .pow(2)
    .mean('column')
    .map((square) => Math.sqrt(square) || 1);
  return centred.divRowVector(sds);
}

/** Returns all latents of a subject together, as `Encoded` has them. */
export function interleaved(modalities: readonly Matrix[]): Float32Array {
  const width = modalities.reduce((sum, { columns }) => sum + columns, 0);
  const all = new Float32Array(width * modalities[0].rows);
  let first = 0;
  for (const scores of modalities) {
    for (let row = 0; row < scores.rows; row++) {
      for (let k = 0; k < scores.columns; k++) all[row * width + first + k] = scores.get(row, k);
    }
    first += scores.columns;
  }
  return all;
}

/** Number of rounds over all modalities in which axes turn. */
const ROUNDS = 20;

/**
 * Turns the axes of each modality until the squared correlations with the latents of the other modalities are spread
 * as unevenly as possible (quartimax; Neuhaus and Wrigley 1954). A fit prefers such axes, because they need few edges.
 */
export function simpleAxes(modalities: readonly Matrix[]): Matrix[] {
  const turned = modalities.map(whitened);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [m, scores] of turned.entries()) {
      const otherScores = turned.filter((_, i) => i !== m);
      if (scores.columns < 2 || otherScores.length === 0) continue;
      const blocks = otherScores.map((other) => other.transpose().mmul(scores).div(scores.rows));
      const rows = blocks.flatMap((block) => block.to2DArray());
      turned[m] = scores.mmul(quartimax(new Matrix(rows)));
    }
  }
  return turned;
}

function whitened(scores: Matrix): Matrix {
  const all = scores.clone();
  // Gram–Schmidt keeps the order of the directions.
  for (let k = 0; k < all.columns; k++) {
    const column = all.getColumnVector(k);
    for (let j = 0; j < k; j++) {
      const other = all.getColumnVector(j);
      column.sub(Matrix.mul(other, column.dot(other) / other.dot(other)));
    }
    all.setColumn(k, column.div(Math.sqrt(column.dot(column) / all.rows) || 1));
  }
  return all;
}

/** Returns the rotation that maximises Σ c⁴ of the rotated columns of `correlations`, by rotations of pairs. */
function quartimax(correlations: Matrix): Matrix {
  const turned = correlations.clone();
  const rotation = Matrix.eye(turned.columns);
  for (let i = 0; i < turned.columns; i++) {
    for (let j = i + 1; j < turned.columns; j++) {
      let [sine, cosine] = [0, 0];
      for (let row = 0; row < turned.rows; row++) {
        const [a, b] = [turned.get(row, i), turned.get(row, j)];
        const [u, v] = [a * a - b * b, 2 * a * b];
        sine += 2 * u * v;
        cosine += u * u - v * v;
      }
      const angle = Math.atan2(sine, cosine) / 4;
      for (const one of [turned, rotation]) turn(one, [i, j], angle);
    }
  }
  return rotation;
}

function turn(matrix: Matrix, [i, j]: readonly [number, number], angle: number): void {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (let row = 0; row < matrix.rows; row++) {
    const [a, b] = [matrix.get(row, i), matrix.get(row, j)];
    matrix.set(row, i, c * a + s * b);
    matrix.set(row, j, c * b - s * a);
  }
}
