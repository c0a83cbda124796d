// Subjects by two latents of each modality, coloured by a variable: one panel per modality. A modality with one latent
// has it on the horizontal axis, and the levels or the values of the variable on the vertical one.

import { horizontalAxis, linearScale, verticalAxis } from '../axis.js';
import { divergingColour } from '../scale-colours.js';
import { element, label, short, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface LatentsFigures {
  readonly title: string;
  /** Name of the variable. */
  readonly variable: string;
  /** Names of levels; undefined for numbers, whose colours go from low to high. */
  readonly levels?: readonly string[] | undefined;
  /** Position of a level, or normal score of a number, for each shown subject. */
  readonly values: readonly number[];
  /** Position of the colour of the first level, so that levels do not have the colours of modalities. */
  readonly firstColour: number;
  readonly panels: readonly LatentsPanel[];
}

export interface LatentsPanel {
  readonly title: string;
  /** Names of the axes: one or two latents. */
  readonly axes: readonly string[];
  /** Latents by axis and shown subject; NaN if unknown. */
  readonly points: readonly (readonly number[])[];
}

const MIN_PANEL = 170;
const GAP = 30;
const LEFT = 34;
const HEADING = 26;
const LEGEND = 26;
const LETTER = 11.5;
/** Height of a level in a panel of one latent. */
const LEVEL = 34;
const BELOW = 48;
/** Normal score with the strongest colour. */
const STRONG = 2;

export function latentsChart(figures: LatentsFigures, width: number): string {
  const { title, variable, levels, firstColour, values, panels } = figures;
  const across = Math.max(1, Math.min(panels.length, Math.floor((width + GAP) / (MIN_PANEL + GAP))));
  const side = Math.min(240, (width + GAP) / across - GAP - LEFT);
  const hasPlane = panels.some(({ axes }) => axes.length > 1);
  const height = hasPlane || !levels ? side : Math.min(side, LEVEL * levels.length);
  const row = HEADING + height + BELOW;
  const key = legend(figures, width);
  return pageChart({
    width,
    height: key.height + Math.ceil(panels.length / across) * row,
    title,
    description: `Out-of-fold latents, coloured by ${variable}: ${panels.map((one) => one.title).join(', ')}.`,
    body: [
      ...key.body,
      ...panels.map((panel, k) => {
        const [x, y] = [(k % across) * (side + LEFT + GAP) + LEFT, key.height + Math.floor(k / across) * row];
        return element(
          'g',
          { transform: `translate(${short(x)} ${short(y)})` },
          ...panelMarks(panel, { values, levels, firstColour, side, height, variable }),
        );
      }),
    ],
  });
}

interface PanelOptions extends Pick<LatentsFigures, 'values' | 'levels' | 'firstColour' | 'variable'> {
  readonly side: number;
  readonly height: number;
}

function panelMarks({ title, axes, points }: LatentsPanel, options: PanelOptions): string[] {
  const { values, levels, firstColour, side, height, variable } = options;
  const [top, bottom] = [HEADING, HEADING + height];
  const [across, upwards = jittered(values, levels)] = points;
  const x = linearScale(rangeOf(across), [6, side - 6], 4);
  const levelRange: [number, number] = [-0.5, (levels?.length ?? 1) - 0.5];
  const y = linearScale(axes.length > 1 || !levels ? rangeOf(upwards) : levelRange, [bottom - 6, top + 6], 4);
  const colours = groupsOf(values, levels, firstColour);
  return [
    label(shorten(title, 30), { class: 'il-ink', x: 0, y: 14, 'font-size': 12.5, 'font-weight': 600 }),
    ...(axes.length > 1 || levels === undefined ? verticalAxis(y, 0, side) : []),
    ...colours.map(({ look, rows }) => {
      const shown = rows.filter((i) => Number.isFinite(across[i]) && Number.isFinite(upwards[i]));
      const d = shown.map((i) => discAt(x.toPixel(across[i]), y.toPixel(upwards[i]))).join('');
      return element('path', { ...look, d, 'fill-opacity': 0.8 });
    }),
    ...horizontalAxis(x, 0, side, bottom),
    label(axes[0], { class: 'il-muted', x: side / 2, y: bottom + 33, 'text-anchor': 'middle', 'font-size': LETTER }),
    label(axes[1] ?? (levels ? '' : variable), {
      ...{ class: 'il-muted', x: -24, y: top + height / 2, 'text-anchor': 'middle', 'font-size': LETTER },
      transform: `rotate(-90 -24 ${short(top + height / 2)})`,
    }),
  ];
}

const RADIUS = 2;

/** Returns the data of a path around a point. All points of a colour are one path. */
function discAt(x: number, y: number): string {
  return `M${short(x - RADIUS)} ${short(y)}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z`;
}

/** Returns the levels of subjects, slightly moved so that points do not cover each other. */
function jittered(values: readonly number[], levels: readonly string[] | undefined): number[] {
  return levels ? values.map((value, i) => value + 0.28 * (((i * 0.618) % 1) * 2 - 1)) : [...values];
}

/** Returns the subjects of each colour. */
function groupsOf(values: readonly number[], levels: readonly string[] | undefined, firstColour: number) {
  const rows = [...values.keys()].filter((i) => Number.isFinite(values[i]));
  if (levels) {
    return levels.map((_, level) => ({
      look: { class: modalityClass(firstColour + level).fill },
      rows: rows.filter((i) => values[i] === level),
    }));
  }
  return SHADES.map((share, k) => ({
    look: { fill: divergingColour(share) },
    rows: rows.filter((i) => shadeOf(values[i]) === k),
  }));
}

/** Colours of numbers, from low to high. */
const SHADES = [-1, -0.5, 0, 0.5, 1] as const;

function shadeOf(score: number): number {
  const share = Math.max(-1, Math.min(1, score / STRONG));
  return Math.round((share + 1) * 2);
}

function rangeOf(values: readonly number[]): [number, number] {
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (known.length === 0) return [-1, 1];
  const margin = 0.05 * (high - low || 1);
  return [low - margin, high + margin];
}

function legend({ variable, levels, firstColour }: LatentsFigures, width: number) {
  const entries = levels ?? ['low', '', 'median', '', 'high'];
  let [x, y] = [0, 12];
  const name = `${variable}:`;
  const body = [label(name, { class: 'il-ink', x, y, 'font-size': LETTER })];
  x += textWidth(name, LETTER) + 6;
  for (const [k, text] of entries.entries()) {
    const room = textWidth(shorten(text, 24), LETTER) + 22;
    if (x + room > width && x > 0) [x, y] = [0, y + 18];
    const look = levels ? { class: modalityClass(firstColour + k).fill } : { fill: divergingColour(SHADES[k]) };
    body.push(element('circle', { ...look, cx: x + 5, cy: y - 4, r: 4.5 }));
    body.push(label(shorten(text, 24), { class: 'il-muted', x: x + 13, y, 'font-size': LETTER }));
    x += text === '' ? 12 : room;
  }
  return { body, height: y + LEGEND - 12 };
}
