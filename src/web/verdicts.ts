// The verdicts of a fit for a page, as in the report: which latents and links are identified, and the set of equally
// good graphs.

import { drawnGraph, unitNames } from '../causal/blocks.js';
import { directionCell, isArrow } from '../causal/direction-text.js';
import type { LatentGraph } from '../causal/graph.js';
import {
  classDirectionCell,
  conclusionsOf,
  EQUIVALENCE_NOTE,
  equivalenceOfBlocks,
  equivalenceText,
  judgedGraph,
  latentText,
  presenceCell,
  type Conclusions,
} from '../conclusions/index.js';
import { edgeStatus, isGraphDrawn, shownGraph } from '../report/facts/edge-status.js';
import type { RunSummary } from '../training/run-summary.js';

/** What a fit says about a latent. */
export interface LatentRow {
  readonly name: string;
  readonly verdict: Conclusions['latents'][number]['verdict'];
  /** Name of its block, such as `blood.z1|z2`; the name of the latent if it is in none. */
  readonly unit: string;
  /** The verdict with its reasons, as a sentence. */
  readonly text: string;
}

/** What a fit says about a link between latents or blocks. */
export interface LinkRow {
  readonly first: string;
  readonly second: string;
  /** Verdict of held-out subjects: `supported`, `not supported`, `undecided`, or `not tested`. */
  readonly verdict: string;
  /** `blood.z1 → sleep.z1, assumed`, or `not known`. */
  readonly direction: string;
  /** Number on the arrow, in sd per sd; left out for blocks and lines. */
  readonly effect?: number | undefined;
  /** Share of the restarts on the same data that have the link, which is not a confidence level. */
  readonly agreement: number;
  /** `all 2, from blood.z1 in 1 of 2`: how many of the equally good graphs have the link, and its direction in them. */
  readonly graphs?: string | undefined;
}

export interface Verdicts {
  /** The graph for `graphSvg`; undefined if nothing was tested or supported, because readers would take it for a finding. */
  readonly graph: LatentGraph | undefined;
  readonly latents: readonly LatentRow[];
  /** The strongest first. */
  readonly links: readonly LinkRow[];
  /** The set of equally good graphs in a sentence, and what it means; left out if there is none. */
  readonly equivalence?: { readonly text: string; readonly note: string } | undefined;
}

/**
 * Returns the verdicts of a fit in the words of the report.
 * @param model a fitted model
 */
export function verdicts({ graph, summary }: { readonly graph: LatentGraph; readonly summary: RunSummary }): Verdicts {
  const conclusions = conclusionsOf(graph, summary);
  const shown = shownGraph(judgedGraph(graph, summary), conclusions);
  const units = unitNames(conclusions.latents);
  const equivalence = equivalenceOfBlocks(conclusions);
  const graphsOf = (ends: readonly string[]): string | undefined => {
    const link = equivalence?.links.find(({ first, second }) => ends.includes(first) && ends.includes(second));
    if (!equivalence || !link) return equivalence && `0 of ${equivalence.graphs}`;
    return [presenceCell(link, equivalence), ...(link.direction ? [classDirectionCell(link)] : [])].join(', ');
  };
  return {
    graph: isGraphDrawn(shown, conclusions) ? shown : undefined,
    latents: conclusions.latents.map((latent): LatentRow => {
      const { name, verdict } = latent;
      return { name, verdict, unit: units.get(name)!, text: latentText(latent) };
    }),
    links: drawnGraph(shown).edges.map((edge): LinkRow => {
      const { from, to, effect, agreement, verdict } = edge;
      return {
        ...{ first: from, second: to, agreement },
        verdict: edgeStatus(verdict),
        direction: directionCell(edge),
        ...(effect !== undefined && isArrow(edge) && { effect }),
        ...(equivalence && { graphs: graphsOf([from, to]) }),
      };
    }),
    ...(equivalence && { equivalence: { text: equivalenceText(equivalence), note: EQUIVALENCE_NOTE } }),
  };
}
