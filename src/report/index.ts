// Pictures of a fit as stand-alone SVG: the causal graph, the losses, true against estimated latents.

export { causalGraphSvg } from './causal-svg.js';
export { graphSvg, type GraphPictureOptions } from './graph-svg.js';
export { lossSvg, type LossCurve, type LossPictureOptions } from './loss-svg.js';
export { scatterSvg, type ScatterPictureOptions } from './scatter-svg.js';
export type { PictureOptions, ThemeName } from './theme.js';
