// Draws results, each in a row: the value of every seed, their mean, and marks to compare them with.

import { horizontalAxis, linearScale, type Scale } from '../../src/report/axis.js';
import { element, hover, label, short } from '../../src/report/svg.js';
import { inset, modalityClass, drawing, type SvgOptions } from '../../src/report/theme.js';
import type { ExperimentSummary, Spread } from './summary.js';
import { PAPER_DATA } from './tables.js';

export interface DotRow {
  readonly title: string;
  /** Values of the seeds. Absent in a row that has only marks. */
  readonly spread?: Spread;
  /** Values of the chart's marks; undefined where a row has none. */
  readonly marks: readonly (number | undefined)[];
}

export interface DotChart extends SvgOptions {
  readonly description: string;
  /** Range of the axis. */
  readonly range: readonly [low: number, high: number];
  readonly digits: number;
  /** Names of at most three marks. */
  readonly marks: readonly string[];
}

const rowHeight = 26;
const nameWidth = 330;
const chartWidth = 380;
const legendHeight = 24;
const ours = modalityClass(0);
const markStyles = ['il-axis', `il-line ${modalityClass(1).stroke}`, `il-line ${modalityClass(2).stroke}`];

/** Draws the MCC of a figure with the reach, chance and the paper's number. @param summaries at least one */
export function resultsSvg(
  summaries: readonly ExperimentSummary[],
  { title = 'MCC', theme = 'auto' }: SvgOptions,
): string {
  const low = Math.min(
    0.9,
    ...summaries.flatMap(({ mcc, chance, experiment }) => [...mcc.values, chance.mean, experiment.paper?.mcc ?? 1]),
  );
  const means = summaries.map(({ experiment, mcc }) => `${experiment.title}: ${mcc.mean.toFixed(3)}`).join('; ');
  return dotsSvg(
    summaries.flatMap(({ experiment: { id, title: name, reach, paper }, mcc, chance }): DotRow[] => [
      { title: name, spread: mcc, marks: [reach?.mcc, chance.mean] },
      // The paper's data has another generator, so its number has a separate row, below the fit with default settings.
      ...(paper?.mcc === undefined || id.endsWith('-tuned')
        ? []
        : [{ title: PAPER_DATA, marks: [undefined, undefined, paper.mcc] }]),
    ]),
    {
      title,
      theme,
      description: `MCC (Spearman, within modalities) of held-out subjects. ${means}.`,
      range: [Math.floor(low * 10) / 10, 1],
      digits: 3,
      marks: ['reach', 'chance', 'paper'],
    },
  );
}

/** Draws rows of dots and marks. @param rows at least one */
export function dotsSvg(rows: readonly DotRow[], chart: DotChart): string {
  const left = inset.left + nameWidth;
  const x = linearScale(chart.range, [left, left + chartWidth], 5);
  const top = inset.top + legendHeight;
  const bottom = top + rows.length * rowHeight;
  return drawing({
    width: left + chartWidth + inset.right + 12,
    height: bottom + 30 + inset.bottom,
    title: chart.title ?? '',
    description: chart.description,
    theme: chart.theme ?? 'auto',
    body: [
      ...legend(left, chart.marks),
      ...x.ticks.map((tick) =>
        element('line', { class: 'il-grid', x1: x.toPixel(tick), x2: x.toPixel(tick), y1: top, y2: bottom }),
      ),
      ...rows.flatMap((row, i) => dots(row, chart, x, top + (i + 0.5) * rowHeight)),
      ...horizontalAxis(x, left, left + chartWidth, bottom),
    ],
  });
}

function dots({ title, spread, marks }: DotRow, chart: DotChart, x: Scale, y: number): string[] {
  return [
    label(title, { class: 'il-ink', x: inset.left, y: y + 4, 'font-size': 12 }),
    ...marks.flatMap((value, i) =>
      value === undefined
        ? []
        : [markAt(x.toPixel(value), y, markStyles[i], `${chart.marks[i]} ${Number(value.toFixed(chart.digits))}`)],
    ),
    ...(spread?.values ?? []).map((value, seed) =>
      element(
        'circle',
        { class: ours.fill, opacity: 0.35, cx: x.toPixel(value), cy: y, r: 3 },
        hover(`data set ${seed + 1}: ${value.toFixed(chart.digits)}`),
      ),
    ),
    ...(spread === undefined
      ? []
      : [
          element(
            'circle',
            { class: `${ours.fill} il-mark`, cx: x.toPixel(spread.mean), cy: y, r: 5.5 },
            hover(`mean ${spread.mean.toFixed(chart.digits)}`),
          ),
        ]),
  ];
}

function markAt(x: number, y: number, style: string, text: string): string {
  return element(
    'path',
    { class: style, d: `M${short(x)} ${short(y - 9)}V${short(y + 9)}`, 'stroke-width': 2 },
    hover(text),
  );
}

function legend(left: number, marks: readonly string[]): string[] {
  const y = inset.top + 4;
  const note = (at: number, text: string) =>
    label(text, { class: 'il-muted', x: at + 12, y: y + 4, 'font-size': 11.5 });
  return [
    element('circle', { class: `${ours.fill} il-mark`, cx: left, cy: y, r: 5.5 }),
    note(left, 'mean of ours'),
    element('circle', { class: ours.fill, opacity: 0.35, cx: left + 110, cy: y, r: 3 }),
    note(left + 110, 'a data set'),
    ...marks.flatMap((name, i) => {
      const at = left + 200 + 60 * i;
      return [markAt(at, y, markStyles[i], name), note(at, name)];
    }),
  ];
}
