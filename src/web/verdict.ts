// What a fit concludes, in words: the first thing to know of a model.

import { conclusionsOf, headline, summarySentences, type Conclusions } from '../conclusions/index.js';
import type { LatentGraph } from '../causal/index.js';
import type { RunSummary } from '../training/run-summary.js';

export interface Verdict {
  readonly conclusions: Conclusions;
  /** The answer in one sentence. */
  readonly headline: string;
  /** Three to ten sentences with their figures and caveats; the first contains the headline. */
  readonly sentences: readonly string[];
}

/** Returns what can be concluded from a model's evidence, as the report says it. */
export function verdict({ graph, summary }: { readonly graph: LatentGraph; readonly summary: RunSummary }): Verdict {
  const conclusions = conclusionsOf(graph, summary);
  return { conclusions, headline: headline(conclusions), sentences: summarySentences(conclusions) };
}
