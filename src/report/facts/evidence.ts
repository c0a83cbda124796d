// The conclusions that a page shows.

import { conclusionsOf, type Conclusions, type PairConclusion } from '../../conclusions/index.js';
import type { ReportInput } from '../input.js';

/** Status of a run for the top of a page. */
export type Sharing = Exclude<Conclusions['status'], 'tested'> | 'nothing' | 'associated';

export function reportConclusions({ graph, summary }: Pick<ReportInput, 'graph' | 'summary'>): Conclusions {
  return conclusionsOf(graph, summary);
}

export function sharingOf({ status, pairs }: Conclusions): Sharing {
  if (status !== 'tested') return status;
  return pairs.some(({ verdict }) => verdict === 'supported') ? 'associated' : 'nothing';
}

/** Returns the tested pairs: those of which enough subjects have both modalities. */
export function testedPairs({ pairs }: Conclusions): PairConclusion[] {
  return pairs.filter(({ p }) => p !== undefined);
}
