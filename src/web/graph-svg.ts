// Drawings for a page. They use its style sheet, because a Content-Security-Policy may forbid styles inside drawings.

import type { LatentGraph } from '../causal/graph.js';
import type { GraphSvgOptions } from '../report/graph-svg.js';
import { pageStyle } from '../report/theme.js';

export type { GraphSvgOptions } from '../report/graph-svg.js';

/**
 * Draws the graph as SVG: a panel per modality, a disc per latent, and arrows whose width shows the strength. With
 * `theme: 'page'` discs and arrows can be focused and have descriptions, and {@link svgStyle} has their colours.
 * @throws InputError `invalid-argument`, `invalid-option`
 */
export async function graphSvg(graph: LatentGraph, options: GraphSvgOptions = {}): Promise<string> {
  const image = await import('../report/graph-svg.js');
  return image.graphSvg(graph, options);
}

/**
 * Returns the style sheet of drawings with `theme: 'page'`, for `new CSSStyleSheet().replaceSync(…)`. It defines light
 * and dark colours as `--card`, `--ink`, `--muted`, `--grid`, `--border` and `--m0` … `--m7`, one per modality.
 */
export function svgStyle(): string {
  const { rules, light, dark } = pageStyle();
  return (
    `:root{${light}color-scheme:light}` +
    `@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}color-scheme:dark}}` +
    `:root[data-theme=dark]{${dark}color-scheme:dark}${rules}`
  );
}
