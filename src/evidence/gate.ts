// Links are tested only between associated modalities.

import type { PairEvidence } from './pairs.js';

/** Returns the pairs of modalities between which no association is supported. */
export function unrelatedModalities(
  pairs: readonly Pick<PairEvidence, 'first' | 'second' | 'associated'>[] = [],
): [string, string][] {
  return pairs.filter(({ associated }) => !associated).map(({ first, second }) => [first, second]);
}
