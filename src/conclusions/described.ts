// The conclusions together with their sentences, for the server, JSON and the browser page.

import type { LatentGraph } from '../causal/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { conclusionsOf, type Conclusions } from './conclusions.js';
import type { SearchedGraph } from './searched-links.js';
import { headline, summarySentences } from './sentences.js';

export interface DescribedConclusions {
  readonly conclusions: Conclusions;
  /** The main conclusion in one sentence. */
  readonly headline: string;
  /** Three to ten sentences that can be copied; the first is the headline, the last the caveat. */
  readonly sentences: readonly string[];
}

/**
 * Returns the conclusions of a fit, for all outputs.
 * @param model a fitted model
 * @param searched graph of a search over latents and measured variables, if one was made
 */
export function describeConclusions(
  { graph, summary }: { readonly graph: LatentGraph; readonly summary: RunSummary },
  searched?: SearchedGraph,
): DescribedConclusions {
  const conclusions = conclusionsOf(graph, summary);
  return { conclusions, headline: headline(conclusions), sentences: summarySentences(conclusions, searched) };
}
