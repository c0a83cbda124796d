// What could be observed of a subject, at random, given its decoder's θ.

import { valueCount, type Observation } from '../data/observation.js';
import { countScale, type CountScale } from '../likelihoods/index.js';
import type { RandomStream } from '../random/random-stream.js';
import { thetaParts } from './observation-likelihood.js';

/** Of columns that are no counts, where nothing reads it. */
const NO_SCALE: CountScale<number> = { mean: 0, sd: 1, offset: 0 };

/**
 * One draw of every column. Those of `gaussian` ones have the likelihood's variance ½, which is not that of the column
 * (docs/likelihoods.md).
 * @param theta of one subject, `thetaSize` numbers
 * @returns values as the table has them
 */
export function drawValues(observation: Observation, theta: ArrayLike<number>, random: RandomStream): Float32Array {
  const drawn = new Float32Array(valueCount(observation));
  let at = 0;
  for (const { part, likelihood, columns, first } of thetaParts(observation)) {
    const [said, own] = [likelihood.said.length, likelihood.own.length];
    const numbers: number[] = new Array<number>(said + own).fill(0);
    for (let column = 0; column < columns; column++) {
      const [saidFrom, ownFrom] = [first + column * said, first + columns * said + column * own];
      for (let i = 0; i < said; i++) numbers[i] = theta[saidFrom + i];
      for (let i = 0; i < own; i++) numbers[said + i] = theta[ownFrom + i];
      const scale = part.scales ? countScale(part.scales[column]) : NO_SCALE;
      for (const value of likelihood.draw(numbers, random, scale)) drawn[at++] = value;
    }
  }
  return drawn;
}
