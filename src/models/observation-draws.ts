// What could be observed of a subject, at random, given its decoder's θ.

import { valueCount, type Observation } from '../data/observation.js';
import { countScale, type CountScale } from '../likelihoods/index.js';
import type { RandomStream } from '../random/random-stream.js';
import { thetaParts } from './observation-likelihood.js';

/** Of columns that are no counts, where nothing reads it. */
const NO_SCALE: CountScale<number> = { mean: 0, sd: 1, offset: 0 };

/**
 * One draw of every column.
 * @param theta of one subject, `thetaSize` numbers
 * @param size of the subject, as the table has it; 0 is an ordinary one
 * @param noise sd of `gaussian` columns, by column; left out: that of the likelihood, whose variance is ½, not the
 *   column's (docs/likelihoods.md)
 * @returns values as the table has them
 */
export function drawValues(
  observation: Observation,
  theta: ArrayLike<number>,
  random: RandomStream,
  size = 0,
  noise?: readonly number[],
): Float32Array {
  const drawn = new Float32Array(valueCount(observation)).fill(size);
  for (const { part, likelihood, columns, first } of thetaParts(observation)) {
    const [said, own] = [likelihood.said.length, likelihood.own.length];
    const numbers: number[] = new Array<number>(said + own).fill(0);
    let at = part.from;
    if (noise && part.likelihood === 'gaussian') {
      for (let i = first; i < first + columns; i++, at++) drawn[at] = theta[i] + noise[at] * random.normal();
      continue;
    }
    for (let column = 0; column < columns; column++) {
      const [saidFrom, ownFrom] = [first + column * said, first + columns * said + column * own];
      for (let i = 0; i < said; i++) numbers[i] = theta[saidFrom + i];
      for (let i = 0; i < own; i++) numbers[said + i] = theta[ownFrom + i];
      const scale = part.scales ? countScale(part.scales[column]) : NO_SCALE;
      const sized = part.size === undefined ? scale : { ...scale, offset: scale.offset + size };
      for (const value of likelihood.draw(numbers, random, sized)) drawn[at++] = value;
    }
  }
  return drawn;
}
