// Converts columns of a simulation to binary columns, grades and counts, drawn from the measured value with the natural
// link of their kind.

import type { LikelihoodName } from '../likelihoods/kinds.js';
import type { RandomStream } from '../random/random-stream.js';

/** Kinds of converted columns, which alternate. */
const CONVERTED_KINDS = ['binary', 'ordinal', 'count'] as const satisfies readonly LikelihoodName[];
/** Logits of a 1 and of a grade per standard deviation of the value. */
const LOGIT_GAIN = 2;
/** A grade is the number of thresholds below its logit plus logistic noise. */
const THRESHOLDS = [-3, -1, 1, 3];
/** Logarithm of the rate of a count at the mean. It increases by 1 per standard deviation. */
const LOG_RATE = 1;

/** Levels of a converted column. */
export const SIMULATED_LEVELS: Partial<Readonly<Record<LikelihoodName, readonly string[]>>> = {
  binary: ['0', '1'],
  ordinal: Array.from({ length: THRESHOLDS.length + 1 }, (_, level) => String(level)),
};

/** Returns the kind of each column. Converted columns are evenly spaced: every second one for a share of ½. */
export function simulatedKinds(columns: number, share: number): LikelihoodName[] {
  let converted = 0;
  return Array.from({ length: columns }, (_, column) => {
    const isConverted = Math.floor((column + 1) * share) > Math.floor(column * share);
    return isConverted ? CONVERTED_KINDS[converted++ % CONVERTED_KINDS.length] : 'gaussian';
  });
}

/** Replaces values of converted columns by levels and counts. @param x standardised, subjects × columns */
export function convertedValues(x: Float64Array, kinds: readonly LikelihoodName[], random: RandomStream): Float64Array {
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
