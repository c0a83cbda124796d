// Columns of a simulation that are no measurements: yes or no, a grade, a count, drawn from the measured value through
// the natural link of their kind.

import type { LikelihoodName } from '../likelihoods/index.js';
import type { RandomStream } from '../random/random-stream.js';

/** Kinds that columns are turned into, in turns. */
const TURNED = ['binary', 'ordinal', 'count'] as const satisfies readonly LikelihoodName[];
/** Logits of a yes, and of a grade, per standard deviation of the value. */
const LOGIT_GAIN = 2;
/** A grade is the number of these below its logit plus logistic noise. */
const THRESHOLDS = [-3, -1, 1, 3];
/** ln of a count's rate at the mean; it grows by one per standard deviation. */
const LOG_RATE = 1;

/** Levels of a turned column. */
export const SIMULATED_LEVELS: Partial<Readonly<Record<LikelihoodName, readonly string[]>>> = {
  binary: ['0', '1'],
  ordinal: Array.from({ length: THRESHOLDS.length + 1 }, (_, level) => String(level)),
};

/** The kind of each column: every second one is turned for a share of ½, and so on. */
export function simulatedKinds(columns: number, share: number): LikelihoodName[] {
  let turned = 0;
  return Array.from({ length: columns }, (_, column) => {
    const isTurned = Math.floor((column + 1) * share) > Math.floor(column * share);
    return isTurned ? TURNED[turned++ % TURNED.length] : 'gaussian';
  });
}

/** @param x standardised, subjects × columns @returns levels and counts in place of values of such columns */
export function turnedColumns(x: Float64Array, kinds: readonly LikelihoodName[], random: RandomStream): Float64Array {
  const links: Partial<Record<LikelihoodName, (value: number, uniform: number) => number>> = {
    binary: (value, uniform) => (logit(uniform) < LOGIT_GAIN * value ? 1 : 0),
    ordinal: (value, uniform) =>
      THRESHOLDS.filter((threshold) => LOGIT_GAIN * value + logit(uniform) > threshold).length,
    count: (value, uniform) => poissonQuantile(Math.exp(LOG_RATE + value), uniform),
  };
  return x.map((value, at) => links[kinds[at % kinds.length]]?.(value, random.uniform()) ?? value);
}

function logit(uniform: number): number {
  return Math.log(uniform / (1 - uniform));
}

function poissonQuantile(rate: number, uniform: number): number {
  let count = 0;
  let chance = Math.exp(-rate);
  for (let sum = chance; sum < uniform && chance > 0; sum += chance) {
    count++;
    chance *= rate / count;
  }
  return count;
}
