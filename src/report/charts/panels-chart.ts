// Curves over time in panels side by side: the effect of a latent on each channel of a series, or a subject and its
// reconstruction.

import { horizontalAxis, linearScale, verticalAxis } from '../axis.js';
import { ACTS, hex } from '../scale-colours.js';
import { element, hover, label, polyline, shorten } from '../svg.js';
import { pageChart } from './page-chart.js';

export interface Curve {
  /** Text on hover. */
  readonly name: string;
  /** Values at even distances from 0 to the end; null if missing. */
  readonly values: readonly (number | null)[];
  /** A colour, or `ink` for that of the text. */
  readonly colour: string;
  readonly strokeWidth: number;
}

export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Profile from 0 to 1 over the same time, in a band below the curves. */
  readonly profile?: readonly number[];
}

export interface Panels {
  readonly title: string;
  /** Text for screen readers. */
  readonly description: string;
  /** Length of the axis. */
  readonly seconds: number;
  readonly panels: readonly Panel[];
}

const minWidth = 250;
const gap = 26;
const left = 44;
const heading = 24;
const height = 104;
const band = 22;
const below = 40;

export function panelsChart({ title, description, seconds, panels }: Panels, width: number): string {
  const across = Math.max(1, Math.min(panels.length, Math.floor((width + gap) / (minWidth + gap))));
  const panelWidth = (width + gap) / across - gap;
  const hasBand = panels.some(({ profile }) => profile);
  const row = heading + height + (hasBand ? band + 8 : 0) + below;
  return pageChart({
    width,
    height: Math.ceil(panels.length / across) * row,
    title,
    description,
    body: panels.map((panel, i) =>
      element(
        'g',
        { transform: `translate(${Math.round((i % across) * (panelWidth + gap))} ${Math.floor(i / across) * row})` },
        ...panelMarks(panel, seconds, panelWidth),
      ),
    ),
  });
}

function panelMarks({ title, curves, profile }: Panel, seconds: number, width: number): string[] {
  const [top, bottom] = [heading, heading + height];
  const time = linearScale([0, seconds], [left, width], 4);
  const scale = linearScale(rangeOf(curves), [bottom, top], 3);
  const floor = profile ? bottom + 8 + band : bottom;
  return [
    label(shorten(title, 34), { class: 'il-ink', x: 0, y: 12, 'font-size': 12.5, 'font-weight': 600 }),
    ...verticalAxis(scale, left, width),
    ...curves.map((curve) => curveMark(curve, (position) => left + position * (width - left), scale.toPixel)),
    ...(profile ? [profileMark(profile, { left, width, floor })] : []),
    ...horizontalAxis(time, left, width, floor + 4),
    label('seconds', { class: 'il-muted', x: width, y: floor + 34, 'text-anchor': 'end', 'font-size': 11 }),
  ];
}

/** Returns a path with a line for each run of values without a gap. */
function curveMark(
  { name, values, colour, strokeWidth }: Curve,
  x: (position: number) => number,
  y: (value: number) => number,
): string {
  const stretches: [number, number][][] = [];
  values.forEach((value, i) => {
    if (value === null) return;
    if (i === 0 || values[i - 1] === null) stretches.push([]);
    stretches.at(-1)!.push([x((i + 0.5) / values.length), y(value)]);
  });
  // A single value becomes a dot, because a line without length still has a round cap.
  const path = stretches.map((one) => (one.length === 1 ? `${polyline(one)}h0` : polyline(one))).join('');
  const stroke = colour === 'ink' ? { class: 'il-line il-axis' } : { class: 'il-line', stroke: colour };
  return element('path', { ...stroke, d: path, 'stroke-width': strokeWidth }, hover(name));
}

function profileMark(
  profile: readonly number[],
  { left: from, width, floor }: { readonly left: number; readonly width: number; readonly floor: number },
): string {
  const points = profile.map((share, i): [number, number] => [
    from + ((i + 0.5) / profile.length) * (width - from),
    floor - share * band,
  ]);
  const closed: [number, number][] = [[points[0][0], floor], ...points, [points[points.length - 1][0], floor]];
  return element('path', { d: `${polyline(closed)}Z`, fill: hex(ACTS), opacity: 0.75 }, hover('where the latent acts'));
}

function rangeOf(curves: readonly Curve[]): [number, number] {
  const values = curves.flatMap((curve) => curve.values.filter((value) => value !== null));
  const [low, high] = values.reduce<[number, number]>(
    ([min, max], value) => [Math.min(min, value), Math.max(max, value)],
    [Infinity, -Infinity],
  );
  if (low > high) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}
