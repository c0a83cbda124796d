// Draws the series of some subjects: a row for each subject, and a column with a common axis for each channel.

import { linearScale, tickText, type Scale } from '../report/axis.js';
import { element, label, polyline, shorten } from '../report/svg.js';
import { inset, modalityClass, drawing } from '../report/theme.js';

export interface ShownSeries {
  readonly name: string;
  /** Duration of a step. */
  readonly seconds: number;
  readonly ids: readonly string[];
  readonly channels: readonly string[];
  /** Values of each subject, channels × steps; NaN if missing. */
  readonly values: readonly Float64Array[];
}

const panel = { width: 240, height: 44, gapX: 56, gapY: 12 };
const names = 130;
const heading = 24;
const below = 34;

/** Draws a stand-alone SVG. Lines are interrupted at missing values. */
export function seriesSvg({ name, seconds, ids, channels, values }: ShownSeries): string {
  const steps = values[0].length / channels.length;
  const time = linearScale([0, (steps - 1) * seconds], [0, panel.width], 4);
  const left = inset.left + names;
  const top = inset.top + heading;
  const bottom = top + ids.length * (panel.height + panel.gapY);
  const columns = channels.map((channel, c) => {
    const ofChannel = values.map((one) => one.subarray(c * steps, (c + 1) * steps));
    const scale = linearScale(rangeOf(ofChannel), [panel.height, 0], 2);
    const rows = ofChannel.map((one, subject) =>
      element(
        'g',
        { transform: `translate(0 ${top + subject * (panel.height + panel.gapY)})` },
        element('rect', { class: 'il-grid', x: 0, y: 0, width: panel.width, height: panel.height, rx: 3 }),
        ...curves(one, { time, scale, seconds }),
        ...scale.ticks.map((tick) =>
          label(tickText(tick), {
            class: 'il-muted',
            x: -6,
            y: scale.toPixel(tick) + 3,
            'text-anchor': 'end',
            'font-size': 9,
          }),
        ),
      ),
    );
    const marks = time.ticks.map((tick) =>
      label(tickText(tick), {
        class: 'il-muted',
        x: time.toPixel(tick),
        y: bottom + 6,
        'text-anchor': 'middle',
        'font-size': 10,
      }),
    );
    return element(
      'g',
      { transform: `translate(${left + c * (panel.width + panel.gapX)} 0)` },
      label(shorten(channel, 30), { class: 'il-ink', x: 0, y: top - 10, 'font-size': 12, 'font-weight': 600 }),
      ...rows,
      ...marks,
      label('seconds', { class: 'il-muted', x: panel.width, y: bottom + 20, 'text-anchor': 'end', 'font-size': 10 }),
    );
  });
  const subjects = ids.map((id, row) =>
    label(shorten(id, 14), {
      class: 'il-muted',
      x: inset.left,
      y: top + row * (panel.height + panel.gapY) + panel.height / 2 + 4,
      'font-size': 11,
    }),
  );
  return drawing({
    width: left + channels.length * (panel.width + panel.gapX) - panel.gapX + inset.right,
    height: bottom + below,
    title: `${name}: ${steps} steps of ${seconds} s`,
    description: `Series of ${ids.length} subjects in ${channels.join(', ')}.`,
    theme: 'auto',
    body: [...subjects, ...columns],
  });
}

interface Axes {
  readonly time: Scale;
  readonly scale: Scale;
  readonly seconds: number;
}

/** Returns a line for each run of values without a gap. */
function curves(values: Float64Array, { time, scale, seconds }: Axes): string[] {
  const runs: [number, number][][] = [];
  for (const [step, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    if (step === 0 || Number.isNaN(values[step - 1])) runs.push([]);
    runs.at(-1)?.push([time.toPixel(step * seconds), scale.toPixel(value)]);
  }
  // A single value becomes a dot, because a line without length still has a round cap.
  const path = runs.map((run) => (run.length === 1 ? `${polyline(run)}h0` : polyline(run))).join('');
  const { stroke } = modalityClass(0);
  return path === ''
    ? []
    : [element('path', { class: `il-line ${stroke}`, d: path, fill: 'none', 'stroke-width': 1.2 })];
}

function rangeOf(series: readonly Float64Array[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of series.flatMap((one) => [...one])) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}
