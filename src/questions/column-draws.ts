// Random columns as they could be observed, given the output of the decoders. Gaussian columns have the noise of
// validation subjects, all other columns that of their likelihoods.

import { valueCount } from '../data/observation.js';
import type { ModalityShape } from '../networks/layout.js';
import { drawValues } from '../networks/observation-draws.js';
import { thetaSize } from '../networks/observation-likelihood.js';
import type { RandomStream } from '../random/random-stream.js';

export interface ColumnDraws {
  /** Number of parameters θ of all modalities. */
  readonly width: number;
  /**
   * Returns one draw of every column, standardised.
   * @param theta θ of one subject, `width` numbers
   * @param sizeOf returns its size by modality, which its counts are relative to
   */
  draw(theta: Float32Array, random: RandomStream, sizeOf: (modality: number) => number): Float32Array;
}

/** Returns a source of random columns. @param noise sd of Gaussian columns, by modality and column */
export function columnDraws(
  modalities: readonly Pick<ModalityShape, 'observation'>[],
  noise: readonly (readonly number[])[],
): ColumnDraws {
  const parts = modalities.map(({ observation }, m) => ({
    observation,
    size: thetaSize(observation),
    columns: valueCount(observation),
    sds: noise[m],
  }));
  const total = (of: 'size' | 'columns'): number => parts.reduce((sum, one) => sum + one[of], 0);
  const all = total('columns');
  return {
    width: total('size'),
    draw(theta, random, sizeOf) {
      const values = new Float32Array(all);
      let [first, from] = [0, 0];
      for (const [m, { observation, size, columns, sds }] of parts.entries()) {
        const ofModality = theta.subarray(first, first + size);
        values.set(drawValues(observation, ofModality, random, sizeOf(m), sds), from);
        first += size;
        from += columns;
      }
      return values;
    },
  };
}
