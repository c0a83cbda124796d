// The conclusions together with their sentences, as the server, JSON and a browser page give them.

import type { LatentGraph } from '../causal/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { conclusionsOf, type Conclusions } from './conclusions.js';
import type { SearchedGraph } from './searched-links.js';
import { headline, summarySentences } from './sentences.js';

export interface DescribedConclusions {
  readonly conclusions: Conclusions;
  /** The answer in one sentence. */
  readonly headline: string;
  /** Three to ten sentences that can be copied; the first is the headline, the last the caveat. */
  readonly sentences: readonly string[];
}

/**
 * Returns what can be concluded from a fit, as all outputs say it.
 * @param model a fitted model
 * @param searched the graph of a search over latents and measured variables; left out: none was made
 */
export function describeConclusions(
  { graph, summary }: { readonly graph: LatentGraph; readonly summary: RunSummary },
  searched?: SearchedGraph,
): DescribedConclusions {
  const conclusions = conclusionsOf(graph, summary);
  return { conclusions, headline: headline(conclusions), sentences: summarySentences(conclusions, searched) };
}
