// Whitening between the subspaces and the component stages. Posterior means of each modality's subspace are centred and
// PCA-whitened; latents of shift-invariant modalities, which are already separate, are only scaled to variance 1. In
// the end, the whitening is folded into the component map, so that the composed model takes the encoder's output
// directly.

import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { mapGroups, mapParameter } from '../networks/component-map.js';
import type { LatentLayout } from '../networks/layout.js';
import type { ParameterValues } from '../inference/inference.js';

/** The whitening u = matrix · (v − centre) of one modality. */
export interface Whitening {
  readonly centre: readonly number[];
  /** d × d. */
  readonly matrix: Matrix;
}

/**
 * Minimum variance, as a share of the largest: directions of less carry no information and are not scaled up further.
 */
const MIN_VARIANCE = 1e-6;

/**
 * Whitens the subspaces. Returns whitened values, subjects × D, and the whitening of each modality.
 * @param values subspaces, subjects × D
 * @param subjects subjects from which centre and covariance are computed
 * @param present by modality, see `presenceOf`: subjects without a modality do not count there. Default: all count.
 * @param into array for the whitened values, which may be `values`. Default: a new array.
 */
export function whiten(
  values: Float32Array,
  layout: LatentLayout,
  subjects: Int32Array,
  present?: readonly Uint8Array[],
  into: Float32Array = new Float32Array(values.length),
): { readonly values: Float32Array; readonly whitenings: readonly Whitening[] } {
  const width = layout.latents;
  const whitenings = layout.modalities.map(({ latents: d, observation }, modality) => {
    const first = layout.offsets[modality];
    const rows = present ? subjects.filter((row) => present[modality][row] === 1) : subjects;
    const at = (row: number, i: number): number => values[row * width + first + i];
    const centre = Array.from({ length: d }, (_, i) => rows.reduce((sum, row) => sum + at(row, i), 0) / rows.length);
    const covariance = Matrix.zeros(d, d);
    for (const row of rows) {
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) {
          covariance.set(i, j, covariance.get(i, j) + (at(row, i) - centre[i]) * (at(row, j) - centre[j]));
        }
      }
    }
    covariance.div(rows.length);
    const { realEigenvalues, eigenvectorMatrix } =
      observation.shiftInvariant === undefined
        ? new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
        : { realEigenvalues: covariance.diag(), eigenvectorMatrix: Matrix.eye(d) };
    const minVariance = Math.max(MIN_VARIANCE * Math.max(...realEigenvalues), Number.MIN_VALUE);
    const scales = realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(value, minVariance)));
    const matrix = Matrix.diag(scales).mmul(eigenvectorMatrix.transpose());
    const centred = new Float64Array(d);
    for (let row = 0; row < values.length / width; row++) {
      for (let j = 0; j < d; j++) centred[j] = at(row, j) - centre[j];
      for (let i = 0; i < d; i++) {
        let u = 0;
        for (let j = 0; j < d; j++) u += matrix.get(i, j) * centred[j];
        into[row * width + first + i] = u;
      }
    }
    return { centre, matrix };
  });
  return { values: into, whitenings };
}

/**
 * Returns parameters with the whitening u = T (v − c) folded into the component map: A ← A T, a ← a − A T c, B ← T⁻¹ B,
 * W ← W T, b ← b − W T c.
 * @param parameters parameters of one restart; only those of the component map are replaced
 */
export function foldWhitening(
  parameters: ParameterValues,
  layout: LatentLayout,
  whitenings: readonly Whitening[],
): ParameterValues {
  const folded = new Map(parameters);
  for (const group of mapGroups(layout)) {
    const { latents, members } = group;
    const of = (name: string): Float32Array => {
      const { shape, values } = parameters.get(mapParameter(group, name))!;
      const copy = values.slice();
      folded.set(mapParameter(group, name), { shape, values: copy });
      return copy;
    };
    const [inner, innerBias, outer, rotation, shift] = ['inner', 'innerBias', 'outer', 'rotation', 'shift'].map(of);
    members.forEach((modality, position) => {
      const { centre, matrix } = whitenings[modality];
      const moved = matrix.mmul(Matrix.columnVector([...centre]));
      const replace = (all: Float32Array, change: (old: Matrix) => Matrix, columns: number): void => {
        const size = all.length / members.length;
        const place = all.subarray(position * size, (position + 1) * size);
        place.set(change(Matrix.from1DArray(size / columns, columns, place)).to1DArray());
      };
      const matrixOf = (all: Float32Array): Matrix => {
        const size = all.length / members.length;
        return Matrix.from1DArray(size / latents, latents, all.subarray(position * size, (position + 1) * size));
      };
      const width = outer.length / members.length / latents;
      const innerMoved = matrixOf(inner).mmul(moved);
      const rotationMoved = matrixOf(rotation).mmul(moved);
      replace(innerBias, (old) => old.sub(innerMoved), 1);
      replace(shift, (old) => old.sub(rotationMoved), 1);
      replace(inner, (old) => old.mmul(matrix), latents);
      replace(rotation, (old) => old.mmul(matrix), latents);
      replace(outer, (old) => inverse(matrix).mmul(old), width);
    });
  }
  return folded;
}
