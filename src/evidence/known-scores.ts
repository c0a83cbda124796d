// Normal scores of columns with missing values.

import { normalScores } from '../quality/pair-test.js';

/** Returns normal scores among the values that are not missing. NaN stays. */
export function knownScores(values: Float64Array): Float64Array {
  const scores = normalScores(values.filter((value) => !Number.isNaN(value)));
  let next = 0;
  return values.map((value) => (Number.isNaN(value) ? NaN : scores[next++]));
}
