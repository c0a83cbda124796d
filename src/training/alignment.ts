// Initial values for shared latents: the exploration starts from copies that agree. They are the canonical variates of
// all sharing modalities (MAXVAR, Kettenring 1971) over their subspaces and the random tanh features of each restart's
// map. Modalities have their shared latents in common without noise, so these tend to be the first variates. The other
// rows of the map stay random.

import { CholeskyDecomposition, EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { mapGroups, mapParameter } from '../networks/component-map.js';
import { latentLayout } from '../networks/layout.js';
import { nextTurn } from '../threads/next-turn.js';
import type { Subspaces } from './component-stage.js';

/** Maximum number of subjects from which correlations are computed. */
const MAX_ROWS = 2000;
/** Ridge, as a share of the variance of each feature, because random features overlap. */
const RIDGE = 1e-3;

/**
 * Writes the initial maps of the modalities that share latents. Yields to the event loop after every restart.
 * @param initial parameters of the component model, `[runs, …]` each; the maps of sharing modalities change in place
 * @throws the signal's reason
 */
export async function alignShared(
  { modalities, values, split, shared }: Subspaces,
  runs: number,
  initial: ReadonlyMap<string, Float32Array>,
  signal?: AbortSignal,
): Promise<void> {
  if (!shared) return;
  const layout = latentLayout(modalities);
  const stride = Math.max(1, Math.floor(split.train.length / MAX_ROWS));
  const rows = split.train.filter((_, i) => i % stride === 0);
  const groups = mapGroups(layout);
  for (let run = 0; run < runs; run++) {
    await nextTurn();
    signal?.throwIfAborted();
    const maps = shared.modalities.map((modality) => {
      const group = groups.find((candidate) => candidate.members.includes(modality))!;
      const { latents: d, members } = group;
      const mapOf = (name: string): Float32Array => {
        const all = initial.get(mapParameter(group, name))!;
        const size = all.length / runs / members.length;
        const start = (run * members.length + members.indexOf(modality)) * size;
        return all.subarray(start, start + size);
      };
      const width = mapOf('innerBias').length;
      const features = Matrix.zeros(rows.length, d + width);
      const [inner, bias] = [mapOf('inner'), mapOf('innerBias')];
      rows.forEach((row, i) => {
        const first = row * layout.latents + layout.offsets[modality];
        for (let j = 0; j < d; j++) features.set(i, j, values[first + j]);
        for (let w = 0; w < width; w++) {
          let sum = bias[w];
          for (let j = 0; j < d; j++) sum += inner[w * d + j] * values[first + j];
          features.set(i, d + w, Math.tanh(sum));
        }
      });
      const means = features.mean('column');
      features.center('column', { center: means });
      return { d, width, features, means, mapOf };
    });
    const weights = canonicalWeights(
      maps.map(({ features }) => features),
      shared.latents,
    );
    maps.forEach(({ d, width, means, mapOf }, m) => {
      const linear = weights[m].subMatrix(0, d - 1, 0, shared.latents - 1).transpose();
      const curved = weights[m].subMatrix(d, d + width - 1, 0, shared.latents - 1).transpose();
      const centre = weights[m].transpose().mmul(Matrix.columnVector(means)).to1DArray();
      // The last rows of W are the weights of the shared latents. B is such that W B are their weights of the features.
      mapOf('rotation').set(linear.to1DArray(), (d - shared.latents) * d);
      mapOf('shift').set(
        centre.map((value) => -value),
        d - shared.latents,
      );
      mapOf('outer').set(
        linear
          .transpose()
          .mmul(inverse(linear.mmul(linear.transpose())))
          .mmul(curved)
          .to1DArray(),
      );
    });
  }
}

/** Returns for each block the weights of the first canonical variates, features × count. Variates have variance 1. */
function canonicalWeights(blocks: readonly Matrix[], count: number): Matrix[] {
  const sizes = blocks.map((block) => block.columns);
  const total = sizes.reduce((a, b) => a + b, 0);
  // After whitening within each block, the largest eigenvalues of the joint covariance measure how blocks agree.
  const whiteners = blocks.map((block) => {
    const covariance = block.transpose().mmul(block).div(block.rows);
    for (let j = 0; j < block.columns; j++) covariance.set(j, j, covariance.get(j, j) * (1 + RIDGE) + 1e-8);
    return inverse(new CholeskyDecomposition(covariance).lowerTriangularMatrix).transpose();
  });
  const white = blocks.map((block, b) => block.mmul(whiteners[b]));
  const joint = Matrix.zeros(white[0].rows, total);
  let first = 0;
  for (const block of white) {
    joint.setSubMatrix(block, 0, first);
    first += block.columns;
  }
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
    joint.transpose().mmul(joint).div(joint.rows),
    { assumeSymmetric: true },
  );
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const top = eigenvectorMatrix.subMatrixColumn(order.slice(0, count));
  let start = 0;
  return blocks.map((block, b) => {
    const weights = whiteners[b].mmul(top.subMatrix(start, start + sizes[b] - 1, 0, count - 1));
    start += sizes[b];
    const variates = block.mmul(weights);
    const scales = Array.from(
      { length: count },
      (_, j) => 1 / Math.sqrt(variates.getColumnVector(j).norm() ** 2 / block.rows),
    );
    return weights.mmul(Matrix.diag(scales));
  });
}
