// Draws true against estimated latents, with one panel per true latent. A thin line, straight or curved, is a good
// estimate; a cloud is not.

import { latentNodes, type LatentNode, type ModalityLatents } from '../causal/index.js';
import { meanCorrelation, type Samples } from '../metrics/index.js';
import { linearScale, tickText, type Scale } from './axis.js';
import { element, hover, label, short, shorten } from './svg.js';
import { inset, modalityClass, drawing, type SvgOptions } from './theme.js';

export interface ScatterSvgOptions extends SvgOptions {
  /** Modalities of the true latents, in column order. */
  readonly modalities: readonly ModalityLatents[];
  /** Modalities of the estimated latents. Default: the same. */
  readonly estimated?: readonly ModalityLatents[];
  /** Maximum number of points per panel, from evenly spaced rows. Default: 500. */
  readonly points?: number;
}

const side = 150;
const gap = { x: 44, y: 76 };
const headingHeight = 42;
const tickWidth = 28;
const maxColumns = 4;
const longestName = 16;

/**
 * Draws a stand-alone SVG: each true latent (horizontal) against the estimated latent that matches it within its
 * modality by |Spearman| (vertical). Correlations are those of all samples.
 * @throws InputError as {@link meanCorrelation}.
 */
export function scatterSvg(z: Samples, zHat: Samples, options: ScatterSvgOptions): string {
  const { modalities, estimated = modalities, title = 'True and estimated latents', theme = 'auto' } = options;
  const truth = latentNodes(modalities);
  const estimate = latentNodes(estimated);
  const { pearson, spearman } = meanCorrelation(z, zHat, {
    modalities: modalities.map(({ latents }) => latents),
    estimated: estimated.map(({ latents }) => latents),
  });
  const rows = Math.ceil(truth.length / maxColumns);
  const columns = Math.ceil(truth.length / rows);
  const panels = truth.map(({ modality }, i) => {
    const j = spearman.matching[i];
    const left = inset.left + tickWidth + (i % columns) * (side + gap.x);
    const top = inset.top + headingHeight + Math.floor(i / columns) * (side + gap.y);
    return element(
      'g',
      { transform: `translate(${short(left)} ${short(top)})` },
      ...heading(truth[i], j < 0 ? null : estimate[j], spearman.perLatent[i]),
      element('rect', { class: 'il-grid', x: 0, y: 0, width: side, height: side, rx: 3 }),
      ...(j < 0
        ? []
        : cloud(z, i, zHat, j, modalityClass(modalities.findIndex((m) => m.name === modality)).stroke, options)),
    );
  });
  const correlations = truth.map(({ name }, i) => `${name} ${spearman.perLatent[i].toFixed(3)}`).join(', ');
  return drawing({
    width: inset.left + tickWidth + columns * side + (columns - 1) * gap.x + inset.right + 6,
    height: inset.top + headingHeight + rows * side + (rows - 1) * gap.y + 26 + inset.bottom,
    title,
    description:
      `Scatter plots of ${truth.length} true latents against their estimates over ${z.rows} samples. ` +
      `MCC ${pearson.mean.toFixed(3)} (Pearson), ${spearman.mean.toFixed(3)} (Spearman). ` +
      `Absolute Spearman: ${correlations}.`,
    theme,
    body: panels,
  });
}

function heading(truth: LatentNode, estimate: LatentNode | null, correlation: number): string[] {
  const text = estimate === null ? 'no estimated latent remains for it' : `estimated by ${estimate.name}`;
  const below = estimate === null ? 'no estimate' : `estimate z${estimate.index + 1}, |ρ| ${correlation.toFixed(3)}`;
  const name = `${shorten(truth.modality, longestName)}.z${truth.index + 1}`;
  return [
    element(
      'g',
      {},
      hover(`${truth.name}: ${text}`),
      label(name, { class: 'il-ink', x: 0, y: -24, 'font-size': 12.5, 'font-weight': 600 }),
      label(below, { class: 'il-muted', x: 0, y: -8, 'font-size': 11 }),
    ),
  ];
}

function cloud(z: Samples, i: number, zHat: Samples, j: number, stroke: string, { points = 500 }: ScatterSvgOptions) {
  const shown = Math.max(1, Math.min(points, z.rows));
  const picked = Array.from({ length: shown }, (_, k) => Math.floor((k * z.rows) / shown));
  const across = picked.map((row) => z.values[row * z.columns + i]);
  const upwards = picked.map((row) => zHat.values[row * zHat.columns + j]);
  const x = linearScale(range(across), [8, side - 8], 4);
  const y = linearScale(range(upwards), [side - 8, 8], 4);
  // All dots are one path: a zero-length line with a round cap is a disc, and much shorter than a circle element.
  const dots = picked.map((_, k) => `M${short(x.toPixel(across[k]))} ${short(y.toPixel(upwards[k]))}h0`).join('');
  return [element('path', { class: `il-line ${stroke}`, d: dots, 'stroke-width': 3.2, opacity: 0.75 }), ...ticks(x, y)];
}

function ticks(x: Scale, y: Scale): string[] {
  const style = { class: 'il-muted', 'font-size': 10 };
  return [
    ...x.ticks.map((tick) =>
      label(tickText(tick), { ...style, x: x.toPixel(tick), y: side + 14, 'text-anchor': 'middle' }),
    ),
    ...y.ticks.map((tick) =>
      label(tickText(tick), { ...style, x: -6, y: y.toPixel(tick) + 3.5, 'text-anchor': 'end' }),
    ),
  ];
}

function range(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return low === high ? [low - 1, high + 1] : [low, high];
}
