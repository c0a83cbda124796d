// Draws a selection: the variance of other modalities that the latents of a modality predict, by number of latents. The
// curve flattens at the recommendation.

import { checkArgument, checkOneOf, checkOptions, type Shape } from '../errors/argument.js';
import type { LatentSelection, ModalitySelection } from '../selection/select-latents.js';
import { horizontalAxis, linearScale, verticalAxis, type Scale } from './axis.js';
import { element, hover, label, polyline, short, shorten } from './svg.js';
import { inset, modalityClass, drawing, SVG_OPTIONS, THEMES, type SvgOptions } from './theme.js';

const side = { width: 210, height: 150 };
const gap = { x: 56, y: 74 };
const tickWidth = 34;
const panelHeading = 40;
const maxColumns = 4;
const longestName = 26;

const SELECTION: Shape = { modalities: [{ name: 'text', candidates: [{ predicted: 'number' }] }] };

/** Draws a stand-alone SVG with one panel per modality. */
export function selectionSvg(selection: Pick<LatentSelection, 'modalities'>, options: SvgOptions = {}): string {
  checkArgument('selectionSvg: selection', selection, SELECTION);
  checkOptions('selectionSvg', options, SVG_OPTIONS);
  const { modalities } = selection;
  const { title = 'How many latents?', theme = 'auto' } = options;
  checkOneOf('theme', theme, THEMES);
  const rows = Math.ceil(modalities.length / maxColumns);
  const columns = Math.ceil(modalities.length / rows);
  const max = Math.max(...modalities.flatMap(({ candidates }) => candidates.map(({ predicted }) => predicted)), 0.01);
  const panels = modalities.map((modality, m) => {
    const left = inset.left + tickWidth + (m % columns) * (side.width + gap.x);
    const top = inset.top + panelHeading + Math.floor(m / columns) * (side.height + gap.y);
    return element(
      'g',
      { transform: `translate(${short(left)} ${short(top)})` },
      ...panel(modality, 105 * max, modalityClass(m)),
    );
  });
  const recommendations = modalities.map(({ name, recommended }) => `${name}: ${recommended}`).join(', ');
  return drawing({
    width: inset.left + tickWidth + columns * side.width + (columns - 1) * gap.x + inset.right + 6,
    height: inset.top + panelHeading + rows * side.height + (rows - 1) * gap.y + 36 + inset.bottom,
    title,
    description:
      "Share of the other modalities' variance that 1, 2, … latents of each modality predict in held-out " +
      `subjects. Recommended: ${recommendations}.`,
    theme,
    body: panels,
  });
}

function panel(
  { name, recommended, verdict, candidates }: ModalitySelection,
  max: number,
  { fill, stroke }: { fill: string; stroke: string },
): string[] {
  const last = candidates.length;
  const x = linearScale([0, last], [0, side.width], last);
  const y = linearScale([0, max], [side.height, 0], 4);
  const points = candidates.map(({ latents, predicted }) => [x.toPixel(latents), y.toPixel(100 * predicted)] as const);
  const notes = { 'largest-tried': `at least ${recommended}`, 'nothing-shared': 'none' };
  const note = Object.hasOwn(notes, verdict) ? notes[verdict as keyof typeof notes] : `${recommended} recommended`;
  return [
    label(shorten(name, longestName), { class: 'il-ink', x: 0, y: -22, 'font-size': 13, 'font-weight': 600 }),
    label(`predicted in other modalities, %: ${note}`, { class: 'il-muted', x: 0, y: -7, 'font-size': 11 }),
    ...verticalAxis(y, 0, side.width),
    ...horizontalAxis({ ...x, ticks: x.ticks.filter(Number.isInteger) }, 0, side.width, side.height),
    label('latents', {
      class: 'il-muted',
      x: side.width / 2,
      y: side.height + 33,
      'text-anchor': 'middle',
      'font-size': 11,
    }),
    element('path', {
      class: 'il-axis',
      d: `M${short(x.toPixel(recommended))} 0V${side.height}`,
      'stroke-dasharray': '3 3',
    }),
    element('path', {
      class: `il-line ${stroke}`,
      'stroke-width': 2,
      d: polyline([[x.toPixel(0), y.toPixel(0)], ...points]),
    }),
    ...candidates.map((candidate) => mark(candidate, x, y, { fill, stroke })),
  ];
}

function mark(
  { latents, predicted, error, standardError, counts }: ModalitySelection['candidates'][number],
  x: Scale,
  y: Scale,
  { fill, stroke }: { fill: string; stroke: string },
): string {
  const nothing = error / (1 - predicted);
  const spread = (100 * standardError) / nothing;
  const at = x.toPixel(latents);
  return element(
    'g',
    {},
    hover(`${latents}: ${(100 * predicted).toFixed(1)} % ± ${spread.toFixed(1)}${counts ? '' : ', unused'}`),
    element('path', {
      class: `il-line ${stroke}`,
      d: `M${short(at)} ${short(y.toPixel(100 * predicted - spread))}V${short(y.toPixel(100 * predicted + spread))}`,
    }),
    element('circle', {
      class: counts ? `${fill} il-mark` : `il-patch ${stroke}`,
      cx: at,
      cy: y.toPixel(100 * predicted),
      r: counts ? 5 : 3.5,
    }),
  );
}
