// Drawings for a page, whose style sheet they share: a Content-Security-Policy may forbid styles inside of them.

import type { LatentGraph } from '../causal/graph.js';
import { graphSvg as svgOf, type GraphSvgOptions } from '../report/graph-svg.js';
import { pageStyle } from '../report/theme.js';

export type { GraphSvgOptions } from '../report/graph-svg.js';

/**
 * The graph as SVG: a panel per modality, a disc per latent, arrows as wide as their strength. With `theme: 'page'`
 * discs and arrows take the focus and describe themselves; {@link svgStyle} has their colours.
 * @throws InputError `invalid-argument`, `invalid-option`
 */
export async function graphSvg(graph: LatentGraph, options: GraphSvgOptions = {}): Promise<string> {
  return svgOf(graph, options);
}

/**
 * Rules and colours of drawings with `theme: 'page'`, light and dark, for `new CSSStyleSheet().replaceSync(…)`: custom
 * properties `--card`, `--ink`, `--muted`, `--grid`, `--border` and `--m0` … `--m7`, one for each modality.
 */
export function svgStyle(): string {
  const { rules, light, dark } = pageStyle();
  return (
    `:root{${light}color-scheme:light}` +
    `@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}color-scheme:dark}}` +
    `:root[data-theme=dark]{${dark}color-scheme:dark}${rules}`
  );
}
