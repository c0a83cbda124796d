// Draws the training and validation losses of all restarts over epochs, with the chosen restart in front.

import { escapeXml } from '../files/xml.js';
import { InputError } from '../errors/errors.js';
import { horizontalAxis, linearScale, logScale, tickText, verticalAxis, type Scale } from './axis.js';
import { element, hover, label, polyline, shorten, textWidth } from './svg.js';
import { inset, modalityClass, drawing, type SvgOptions } from './theme.js';

/** Losses of one restart. Its lines omit values that are not finite. */
export interface LossCurve {
  /** Number of the restart, as in messages and files. */
  readonly restart: number;
  /** Name for the legend. Each named curve has a separate colour. */
  readonly name?: string | undefined;
  /** Numbers of the epochs, ascending. */
  readonly epochs: ArrayLike<number>;
  readonly training: ArrayLike<number>;
  readonly validation: ArrayLike<number>;
}

export interface LossSvgOptions extends SvgOptions {
  /** Number of the chosen restart, which is drawn last and strongest. */
  readonly chosen?: number;
  /** `auto` (the default) uses a logarithmic scale for positive losses that span more than a factor of 30. */
  readonly scale?: 'auto' | 'linear' | 'log';
  /** Width in pixels. Default: 760. */
  readonly width?: number;
}

/** Frame of the lines, and position of the last line of the legend above it. */
interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly legendEnd: number;
}

const plotHeight = 254;
const legendLine = inset.top + 4;
const legendStep = 20;
const longestName = 32;
const kinds = [
  { name: 'training', style: modalityClass(1), dash: '5 4' },
  { name: 'validation', style: modalityClass(0), dash: undefined },
] as const;

/**
 * Draws losses as a stand-alone SVG. The frame fits the losses after the first tenth of the epochs; higher losses
 * before that are cut off at the top.
 * @throws InputError `shape-mismatch`, `empty-chart`, `invalid-scale`.
 */
export function lossSvg(curves: readonly LossCurve[], options: LossSvgOptions = {}): string {
  const { title = 'Loss over epochs', theme = 'auto', chosen, width = 760 } = options;
  for (const { restart, epochs, training, validation } of curves) {
    if (training.length !== epochs.length || validation.length !== epochs.length) {
      throw new InputError(
        'shape-mismatch',
        `restart ${restart}: ${epochs.length} epochs, ${training.length} training and ${validation.length} ` +
          'validation losses. All three must have the same length',
      );
    }
  }
  const isCompared = curves.some(({ name }) => name !== undefined);
  const front = isCompared
    ? undefined
    : curves.length === 1
      ? curves[0]
      : curves.find(({ restart }) => restart === chosen);
  const ordered = [...curves.filter((curve) => curve !== front), ...(front === undefined ? [] : [front])];
  const [first, last] = epochRange(curves);
  const key = legend(isCompared ? namedEntries(curves) : runEntries(curves, chosen), width);
  const frame = frameOf(width, key, front);
  const ticks = Math.max(3, Math.round((frame.right - frame.left) / 85));
  const x = linearScale(first === last ? [first - 1, last + 1] : [first, last], [frame.left, frame.right], ticks);
  const y = lossScale(curves, options, first + (last - first) / 10, frame);
  const wholeEpochs = { ...x, ticks: x.ticks.filter((tick) => Number.isInteger(tick)) };
  return drawing({
    width,
    height: frame.bottom + 36 + inset.bottom,
    title,
    description: describe(curves, chosen),
    theme,
    body: [
      ...verticalAxis(y, frame.left, frame.right),
      ...horizontalAxis(wholeEpochs, frame.left, frame.right, frame.bottom),
      label('epoch', {
        class: 'il-muted',
        x: (frame.left + frame.right) / 2,
        y: frame.bottom + 34,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
      // A nested viewport cuts off lines outside the frame. Unlike a clip path, it needs no id, which could clash.
      element(
        'svg',
        { ...viewport(frame), overflow: 'hidden' },
        ...ordered.flatMap((curve) =>
          lines(curve, x, y, isCompared ? { named: curves.indexOf(curve) } : { isStrong: curve === front }),
        ),
      ),
      ...(front === undefined ? [] : best(front, x, y, frame)),
      ...key.body,
    ],
  });
}

function epochRange(curves: readonly LossCurve[]): [number, number] {
  let [first, last] = [Infinity, -Infinity];
  for (const { epochs } of curves) {
    for (let k = 0; k < epochs.length; k++) [first, last] = [Math.min(first, epochs[k]), Math.max(last, epochs[k])];
  }
  if (first > last) {
    throw new InputError('empty-chart', 'there is no loss to draw, because no restart has finished an epoch');
  }
  return [first, last];
}

function frameOf(width: number, legend: Legend, front: LossCurve | undefined): Frame {
  const [left, right] = [inset.left + 48, width - inset.right - 4];
  // The note on the best epoch needs another line if the legend leaves no space.
  const lines = legend.lines + (front !== undefined && right - legend.end < 190 ? 1 : 0);
  const legendEnd = legendLine + (lines - 1) * legendStep;
  return { left, right, top: legendEnd + 18, bottom: legendEnd + 18 + plotHeight, legendEnd };
}

/** Returns the frame, slightly wider so that marks at its sides are not cut off. */
function viewport(frame: Frame) {
  const [x, width, height] = [frame.left - 4, frame.right - frame.left + 8, frame.bottom - frame.top];
  return { x, y: frame.top, width, height, viewBox: `${x} ${frame.top} ${width} ${height}` };
}

function lossScale(
  curves: readonly LossCurve[],
  { chosen, scale }: LossSvgOptions,
  settled: number,
  frame: Frame,
): Scale {
  const all: number[] = [];
  const late: number[] = [];
  const lateOfChosen: number[] = [];
  for (const { restart, epochs, training, validation } of curves) {
    for (let k = 0; k < epochs.length; k++) {
      const values = [training[k], validation[k]].filter(Number.isFinite);
      all.push(...values);
      if (epochs[k] >= settled) late.push(...values);
      if (epochs[k] >= settled && restart === chosen) lateOfChosen.push(...values);
    }
  }
  if (all.length === 0) {
    throw new InputError(
      'empty-chart',
      'there is no finite loss to draw, because every restart ended before its first epoch',
    );
  }
  const sorted = (late.length === 0 ? all : late).sort((a, b) => a - b);
  // The losses of a restart that diverges must not flatten the lines of all other restarts.
  const usual = sorted[Math.ceil(0.98 * (sorted.length - 1))];
  const low = all.reduce((a, b) => Math.min(a, b));
  const pixels = [frame.bottom, frame.top] as const;
  const log = scale === 'log' || (scale !== 'linear' && low > 0 && usual / low > 30);
  if (log && low <= 0) {
    throw new InputError('invalid-scale', `a logarithmic scale cannot show the loss ${low}. Use "linear" or "auto"`);
  }
  const high = lateOfChosen.reduce((a, b) => Math.max(a, b), usual);
  if (log) return logScale([low / 1.1, high * 1.1], pixels);
  const margin = 0.06 * (high - low || Math.abs(high) || 1);
  return linearScale([low - margin, high + margin], pixels);
}

/** Style of a curve: one of many restarts of a fit, or a named curve with the colour of position `named`. */
type Rank = { readonly isStrong: boolean } | { readonly named: number };

function lines({ restart, name: title, epochs, ...losses }: LossCurve, x: Scale, y: Scale, rank: Rank): string[] {
  const colour = 'named' in rank ? modalityClass(rank.named) : undefined;
  const [opacity, width] = colour ? [1, 1.8] : 'isStrong' in rank && rank.isStrong ? [1, 2.2] : [0.35, 1.1];
  return kinds.map(({ name, style: usual, dash }) => {
    const style = colour ?? usual;
    const points: [number, number][] = [];
    for (let k = 0; k < epochs.length; k++) {
      // Coordinates are limited, because some viewers fail on coordinates of millions.
      const pixel = Math.max(-10_000, Math.min(10_000, y.toPixel(losses[name][k])));
      if (Number.isFinite(losses[name][k])) points.push([x.toPixel(epochs[k]), pixel]);
    }
    const [attributes, tag] =
      points.length === 1
        ? [{ class: style.fill, r: 2.5, cx: points[0][0], cy: points[0][1] }, 'circle']
        : [{ class: `il-line ${style.stroke}`, d: polyline(points), 'stroke-dasharray': dash }, 'path'];
    return element(
      tag,
      { ...attributes, opacity, 'stroke-width': width },
      hover(`${title ?? `restart ${restart}`}, ${name}`),
    );
  });
}

/** Returns a mark at the lowest validation loss of the front restart, and a note to the right of the legend. */
function best({ epochs, validation }: LossCurve, x: Scale, y: Scale, frame: Frame): string[] {
  const lowest = lowestAt(validation);
  if (lowest < 0) return [];
  const { fill } = modalityClass(0);
  const text = ` best ${tickText(Number(validation[lowest].toPrecision(4)))} at epoch ${tickText(epochs[lowest])}`;
  const [cx, cy] = [x.toPixel(epochs[lowest]), y.toPixel(validation[lowest])];
  return [
    ...(cy >= frame.top ? [element('circle', { class: `${fill} il-mark`, cx, cy, r: 5 })] : []),
    element(
      'text',
      { class: 'il-ink', x: frame.right, y: frame.legendEnd + 4, 'text-anchor': 'end', 'font-size': 12 },
      element('tspan', { class: fill }, '●'),
      escapeXml(text),
    ),
  ];
}

function lowestAt(values: ArrayLike<number>): number {
  let lowest = -1;
  for (let k = 0; k < values.length; k++) {
    if (Number.isFinite(values[k]) && (lowest < 0 || values[k] < values[lowest])) lowest = k;
  }
  return lowest;
}

interface Legend {
  readonly body: readonly string[];
  readonly lines: number;
  /** End of the last line. */
  readonly end: number;
}

interface LegendEntry {
  readonly text: string;
  readonly class: string;
  readonly dash?: string | undefined;
  readonly width: number;
  readonly opacity: number;
}

function runEntries(curves: readonly LossCurve[], chosen: number | undefined): LegendEntry[] {
  return [
    ...kinds.map(({ name, style, dash }) => ({ text: name, class: style.stroke, dash, width: 2.2, opacity: 1 })),
    ...(curves.length === 1 || chosen === undefined
      ? []
      : [
          { text: `restart ${chosen}, chosen`, class: 'il-axis', width: 2.2, opacity: 1 },
          { text: 'other restarts', class: 'il-axis', width: 1.1, opacity: 0.5 },
        ]),
  ];
}

function namedEntries(curves: readonly LossCurve[]): LegendEntry[] {
  return [
    ...curves.flatMap(({ restart, name = `restart ${restart}`, training, validation }, k) =>
      [training, validation].some((values) => Array.from(values).some(Number.isFinite))
        ? [{ text: shorten(name, longestName), class: modalityClass(k).stroke, width: 2.2, opacity: 1 }]
        : [],
    ),
    ...kinds.map(({ name, dash }) => ({ text: name, class: 'il-axis', dash, width: 1.8, opacity: 1 })),
  ];
}

/** Returns the legend: entries side by side, wrapped to the width. */
function legend(entries: readonly LegendEntry[], width: number): Legend {
  const left = inset.left + 48;
  let [x, line] = [left, 0];
  const body = entries.flatMap(({ text, class: style, dash, width: weight, opacity }) => {
    const room = 34 + textWidth(text, 12);
    if (x > left && x + room > width - inset.right) [x, line] = [left, line + 1];
    const [start, y] = [x, legendLine + line * legendStep];
    x += room + 18;
    return [
      element('path', {
        class: `il-line ${style}`,
        d: polyline([
          [start, y],
          [start + 26, y],
        ]),
        'stroke-dasharray': dash,
        'stroke-width': weight,
        opacity,
      }),
      label(text, { class: 'il-muted', x: start + 34, y: y + 4, 'font-size': 12 }),
    ];
  });
  return { body, lines: line + 1, end: x };
}

function describe(curves: readonly LossCurve[], chosen: number | undefined): string {
  const texts = curves.map(({ restart, name = `restart ${restart}`, epochs, validation }) => {
    const lowest = lowestAt(validation);
    const mark = restart === chosen ? ' (chosen)' : '';
    if (lowest < 0) return `${name}${mark}: no finite validation loss`;
    return `${name}${mark}: ${validation[lowest].toPrecision(5)} at epoch ${epochs[lowest]}`;
  });
  return `Training and validation loss of ${curves.length} restarts. Lowest validation loss: ${texts.join('; ')}.`;
}
