// What a fit's evidence says, in words: the first thing to know of a model.

import { sharing, type Verdict as Kind } from '../report/facts/evidence.js';
import type { RunSummary } from '../training/run-summary.js';

export interface Verdict {
  /** `related`: modalities share something; `nothing`, `too-few` and `absent`: nothing is known to be shared. */
  readonly verdict: Kind;
  /** The answer in one sentence. */
  readonly headline: string;
  /** What follows from it for a reader. */
  readonly meaning: string;
  /** Which edges of the fit are not in the graph, and why. */
  readonly withdrawn?: string | undefined;
}

/** Of `model.summary`: what modalities share, as the report says it. */
export function verdict({ evidence }: Pick<RunSummary, 'evidence'>): Verdict {
  const { verdict: kind, headline, meaning, withdrawn } = sharing(evidence);
  return { verdict: kind, headline, meaning, withdrawn };
}
