// Random draws of a subject's values, given its decoder's θ.

import { valueCount, type Observation } from '../data/observation.js';
import { isSquaredError } from '../data/kinds.js';
import { valueScale } from '../likelihoods/kinds.js';
import type { ValueScale } from '../likelihoods/likelihood.js';
import type { RandomStream } from '../random/random-stream.js';
import { thetaParts } from './observation-likelihood.js';

/** Scale of columns without a link, whose likelihoods do not read it. */
const NO_SCALE: ValueScale<number> = { mean: 0, sd: 1, offset: 0 };

/**
 * Draws every column once.
 * @param theta of one subject, `thetaSize` numbers
 * @param size of the subject, as in the table; 0 is the ordinary size
 * @param noise sd of columns with a squared error, by column. Default: that of the likelihood, with
 *   variance ½, which is not that of the column (docs/explanation/likelihoods.md)
 * @returns values as in the table
 */
export function drawValues(
  observation: Observation,
  theta: ArrayLike<number>,
  random: RandomStream,
  size = 0,
  noise?: readonly number[],
): Float32Array {
  const draws = new Float32Array(valueCount(observation)).fill(size);
  for (const { part, kind, likelihood, columns, first } of thetaParts(observation)) {
    const [decoded, perColumn] = [likelihood.decoded.length, likelihood.perColumn.length];
    const numbers: number[] = new Array<number>(decoded + perColumn).fill(0);
    let at = part.from;
    if (noise && isSquaredError(kind)) {
      for (let i = first; i < first + columns; i++, at++) draws[at] = theta[i] + noise[at] * random.normal();
      continue;
    }
    for (let column = 0; column < columns; column++) {
      const decodedFrom = first + column * decoded;
      const perColumnFrom = first + columns * decoded + column * perColumn;
      for (let i = 0; i < decoded; i++) numbers[i] = theta[decodedFrom + i];
      for (let i = 0; i < perColumn; i++) numbers[decoded + i] = theta[perColumnFrom + i];
      const scale = part.scales ? valueScale(kind, part.scales[column]) : NO_SCALE;
      const sized = part.size === undefined ? scale : { ...scale, offset: scale.offset + size };
      for (const value of likelihood.draw(numbers, random, sized)) draws[at++] = value;
    }
  }
  return draws;
}
