// A figure's results as a picture: MCC of every data seed, their mean, the reach and the paper's number, one line each.

import { horizontalAxis, linearScale, type Scale } from '../report/axis.js';
import { element, hover, label, short } from '../report/svg.js';
import { inset, modalityClass, picture, type PictureOptions } from '../report/theme.js';
import type { ExperimentSummary } from './summary.js';

const rowHeight = 26;
const nameWidth = 330;
const chartWidth = 380;
const legendHeight = 24;
const ours = modalityClass(0);
const paper = modalityClass(1);

/** @param summaries at least one */
export function resultsSvg(
  summaries: readonly ExperimentSummary[],
  { title = 'MCC', theme = 'auto' }: PictureOptions,
): string {
  const low = Math.min(0.9, ...summaries.flatMap(({ mcc, experiment }) => [...mcc.values, experiment.paper?.mcc ?? 1]));
  const left = inset.left + nameWidth;
  const x = linearScale([Math.floor(low * 10) / 10, 1], [left, left + chartWidth], 5);
  const top = inset.top + legendHeight;
  const bottom = top + summaries.length * rowHeight;
  const means = summaries.map(({ experiment, mcc }) => `${experiment.title}: ${mcc.mean.toFixed(3)}`).join('; ');
  return picture({
    width: left + chartWidth + inset.right + 12,
    height: bottom + 30 + inset.bottom,
    title,
    description: `MCC (Spearman, within modalities) of held-out subjects. ${means}.`,
    theme,
    body: [
      ...legend(left),
      ...x.ticks.map((tick) =>
        element('line', { class: 'il-grid', x1: x.toPixel(tick), x2: x.toPixel(tick), y1: top, y2: bottom }),
      ),
      ...summaries.flatMap((summary, i) => row(summary, x, top + (i + 0.5) * rowHeight)),
      ...horizontalAxis(x, left, left + chartWidth, bottom),
    ],
  });
}

function row({ experiment, mcc }: ExperimentSummary, x: Scale, y: number): string[] {
  const { reach, paper: reported } = experiment;
  return [
    label(experiment.title, { class: 'il-ink', x: inset.left, y: y + 4, 'font-size': 12 }),
    ...(reach?.mcc === undefined ? [] : [tick(x.toPixel(reach.mcc), y, 'il-axis', `reach ${reach.mcc}`)]),
    ...(reported?.mcc === undefined
      ? []
      : [tick(x.toPixel(reported.mcc), y, `il-line ${paper.stroke}`, `paper ${reported.mcc}`)]),
    ...mcc.values.map((value, seed) =>
      element(
        'circle',
        { class: ours.fill, opacity: 0.35, cx: x.toPixel(value), cy: y, r: 3 },
        hover(`seed ${seed}: ${value.toFixed(3)}`),
      ),
    ),
    element(
      'circle',
      { class: `${ours.fill} il-mark`, cx: x.toPixel(mcc.mean), cy: y, r: 5.5 },
      hover(`mean ${mcc.mean.toFixed(3)}`),
    ),
  ];
}

function tick(x: number, y: number, style: string, text: string): string {
  return element(
    'path',
    { class: style, d: `M${short(x)} ${short(y - 9)}V${short(y + 9)}`, 'stroke-width': 2 },
    hover(text),
  );
}

function legend(left: number): string[] {
  const y = inset.top + 4;
  const note = (at: number, text: string) =>
    label(text, { class: 'il-muted', x: at + 12, y: y + 4, 'font-size': 11.5 });
  return [
    element('circle', { class: `${ours.fill} il-mark`, cx: left, cy: y, r: 5.5 }),
    note(left, 'mean of ours'),
    element('circle', { class: ours.fill, opacity: 0.35, cx: left + 110, cy: y, r: 3 }),
    note(left + 110, 'a data set'),
    tick(left + 200, y, 'il-axis', 'reach'),
    note(left + 200, 'reach'),
    tick(left + 260, y, `il-line ${paper.stroke}`, 'paper'),
    note(left + 260, 'paper'),
  ];
}
