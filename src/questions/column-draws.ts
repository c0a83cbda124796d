// Columns as they could be observed, at random, given what the decoders say: gaussian ones scatter as those of
// validation subjects do, others as their likelihoods say.

import { valueCount } from '../data/observation.js';
import type { ModalityShape } from '../models/layout.js';
import { drawValues } from '../models/observation-draws.js';
import { thetaSize } from '../models/observation-likelihood.js';
import type { RandomStream } from '../random/random-stream.js';

export interface ColumnDraws {
  /** Numbers of θ, of all modalities. */
  readonly width: number;
  /**
   * One draw of every column, standardised.
   * @param theta of one subject, `width` numbers
   * @param sizeOf its size by modality, which its counts are relative to
   */
  draw(theta: Float32Array, random: RandomStream, sizeOf: (modality: number) => number): Float32Array;
}

/** @param noise sd of gaussian columns, by modality and column */
export function columnDraws(
  modalities: readonly Pick<ModalityShape, 'observation'>[],
  noise: readonly (readonly number[])[],
): ColumnDraws {
  const said = modalities.map(({ observation }, m) => ({
    observation,
    size: thetaSize(observation),
    columns: valueCount(observation),
    sds: noise[m],
  }));
  const total = (of: 'size' | 'columns'): number => said.reduce((sum, one) => sum + one[of], 0);
  const all = total('columns');
  return {
    width: total('size'),
    draw(theta, random, sizeOf) {
      const values = new Float32Array(all);
      let [first, from] = [0, 0];
      for (const [m, { observation, size, columns, sds }] of said.entries()) {
        const own = theta.subarray(first, first + size);
        values.set(drawValues(observation, own, random, sizeOf(m), sds), from);
        first += size;
        from += columns;
      }
      return values;
    },
  };
}
