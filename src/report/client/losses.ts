// The chart of losses. Controls choose the term, the restarts and the epochs; dragging over the chart zooms.

import { scheduleChart } from '../charts/schedule-chart.js';
import { lossCurves, type LossHistory } from '../facts/losses.js';
import { lossSvg } from '../loss-svg.js';
import { inset, pageMargin } from '../theme.js';
import { controlsOf, type Controls } from './controls.js';
import { host, setDrawing } from './drawings.js';

/** Distances of the chart's frame from the sides of the figure. */
const frame = { left: 48 + pageMargin, right: 4 + pageMargin };

export function losses(stages: readonly LossHistory[]): void {
  const controls = controlsOf('losses');
  const stage = () => stages.find((one) => one.stage === controls.text('stage')) ?? stages[0];
  const whole = () => {
    const { epochs } = stage();
    controls.set('from', epochs[0]);
    controls.set('to', epochs[epochs.length - 1]);
  };
  const update = () => draw(stage(), controls);
  controls.form.querySelector('[name="stage"]')!.addEventListener('input', () => {
    offerTerms(stage(), controls);
    whole();
  });
  controls.form.querySelector('[data-whole]')!.addEventListener('click', () => {
    whole();
    update();
  });
  controls.onChange(update);
  zoom(stage, controls, update);
  update();
}

/** Lists the terms of a stage. The selected term stays selected if the stage has it. */
function offerTerms({ terms }: LossHistory, controls: Controls): void {
  const before = controls.text('term');
  const options = terms.map(({ name, title }) => new Option(title, name, false, name === before));
  controls.form.querySelector('[name="term"]')!.replaceChildren(...options);
}

const SCALES = ['auto', 'linear', 'log'] as const;

function view({ epochs }: LossHistory, { text, number, checked }: Controls) {
  const [first, last] = [epochs[0], epochs[epochs.length - 1]];
  const from = Math.min(Math.max(first, number('from') || first), last);
  const to = Math.max(from, Math.min(last, number('to') || last));
  const scale = SCALES.find((name) => name === text('scale')) ?? 'auto';
  return { term: text('term'), scale, from, to, onlyChosen: checked('onlyChosen') };
}

function draw(data: LossHistory, controls: Controls): void {
  const { scale, ...shown } = view(data, controls);
  const title = data.terms.find(({ name }) => name === shown.term)?.title ?? shown.term;
  setDrawing('losses', (width) => {
    const curves = lossCurves(data, shown);
    const finite = curves
      .flatMap(({ training, validation }) => [...Array.from(training), ...Array.from(validation)])
      .filter(Number.isFinite);
    if (finite.length === 0) return `<p class="muted">${title} has no value in these epochs.</p>`;
    // Values that are not positive have no logarithm, so a linear scale is used.
    const possible = scale === 'log' && Math.min(...finite) <= 0 ? 'linear' : scale;
    return lossSvg(curves, {
      title,
      chosen: data.chosen,
      theme: 'page',
      width: width + inset.left + inset.right,
      scale: possible,
    });
  });
  setDrawing('schedule', (width) => scheduleChart(data, { from: shown.from, to: shown.to, width }));
}

function zoom(stage: () => LossHistory, controls: Controls, update: () => void): void {
  const place = host('losses')!;
  const mark = document.createElement('div');
  mark.className = 'lens';
  let start: number | undefined;
  const clamp = (x: number) => {
    const { left, width } = place.getBoundingClientRect();
    return Math.min(width - frame.right, Math.max(frame.left, x - left));
  };
  const epochAt = (x: number) => {
    const { from, to } = view(stage(), controls);
    const share = (x - frame.left) / (place.clientWidth - frame.left - frame.right);
    return Math.round(from + share * (to - from));
  };
  place.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' || event.button !== 0) return;
    start = clamp(event.clientX);
    place.append(mark);
    place.setPointerCapture(event.pointerId);
  });
  place.addEventListener('pointermove', (event) => {
    if (start === undefined) return;
    const now = clamp(event.clientX);
    mark.style.left = `${Math.min(start, now)}px`;
    mark.style.width = `${Math.abs(now - start)}px`;
  });
  const end = (event: PointerEvent) => {
    if (start === undefined) return;
    const [a, b] = [epochAt(start), epochAt(clamp(event.clientX))].sort((x, y) => x - y);
    start = undefined;
    mark.remove();
    mark.style.width = '0';
    if (b - a < 2) return;
    controls.set('from', a);
    controls.set('to', b);
    update();
  };
  place.addEventListener('pointerup', end);
  place.addEventListener('pointercancel', () => {
    start = undefined;
    mark.remove();
  });
}
