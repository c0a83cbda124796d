// What a page shows of the conclusions: those of a run, and pairs in the order of the page.

import { conclusionsOf, type Conclusions, type PairConclusion } from '../../conclusions/index.js';
import type { ReportInput } from '../input.js';

/** What the top of a page can say of a run. */
export type Sharing = Exclude<Conclusions['status'], 'tested'> | 'nothing' | 'associated';

export function reportConclusions({ graph, summary }: Pick<ReportInput, 'graph' | 'summary'>): Conclusions {
  return conclusionsOf(graph, summary);
}

export function sharingOf({ status, pairs }: Conclusions): Sharing {
  if (status !== 'tested') return status;
  return pairs.some(({ verdict }) => verdict === 'supported') ? 'associated' : 'nothing';
}

/** Returns the pairs of which enough subjects have both, the clearest first. */
export function testedPairs({ pairs }: Conclusions): PairConclusion[] {
  return pairs.filter(({ p }) => p !== undefined);
}
