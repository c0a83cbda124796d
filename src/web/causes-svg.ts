// Draws what observed causes do to the latents, or what they are associated with, as in the report.

import type { LatentGraph } from '../causal/graph.js';
import type { RunSummary } from '../training/run-summary.js';

export interface CausesSvgOptions {
  /** Accessible name of the drawing. Default: `Differences of latents from the reference`. */
  readonly title?: string | undefined;
  /** Width in CSS pixels, so that letters keep their size on narrow screens. Default: 720. */
  readonly width?: number | undefined;
}

/**
 * Draws the supported effects of observed causes as SVG: a row for each level and latent, with the difference from the
 * reference and its 95 % interval. {@link svgStyle} has the colours.
 * @param model a fitted model
 * @returns undefined if the model has no causes, or no supported effect with an interval
 */
export async function causesSvg(
  { graph, summary }: { readonly graph: LatentGraph; readonly summary: RunSummary },
  { title, width = 720 }: CausesSvgOptions = {},
): Promise<string | undefined> {
  const { causeChart } = await import('./cause-chart.js');
  return causeChart({ graph, summary }, { title, width });
}
