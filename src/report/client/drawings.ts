// Figures that fit the width of the page. The functions that drew them first draw them again if the width or a control
// changes.

import { pageData } from './page-data.js';
import { forestChart } from '../charts/forest-chart.js';
import { missingnessChart } from '../charts/missingness-chart.js';
import { panelsChart } from '../charts/panels-chart.js';
import { restartsChart } from '../charts/restarts-chart.js';
import { subjectsChart } from '../charts/subjects-chart.js';
import { pageMargin } from '../theme.js';

/** Draws a figure. @param width width of its body, without margins */
type Draw = (width: number) => string;

const drawings = new Map<string, Draw>();
const widest = 860;

/** Sets the function that draws a figure, and draws it. */
export function setDrawing(name: string, draw: Draw): void {
  drawings.set(name, draw);
  redraw(name);
}

export function host(name: string): HTMLElement | null {
  return document.querySelector(`[data-drawing="${name}"]`);
}

function redraw(name: string): void {
  const place = host(name);
  const draw = drawings.get(name);
  if (place === null || draw === undefined || place.clientWidth === 0) return;
  place.innerHTML = draw(Math.min(widest, place.clientWidth) - 2 * pageMargin);
}

export function followWidth(): void {
  const { evidence, subjects, missingness, restarts, series } = pageData;
  if (evidence) setDrawing('evidence', (width) => forestChart(evidence, width));
  if (subjects) setDrawing('subjects', (width) => subjectsChart(subjects, width));
  if (missingness) setDrawing('missingness', (width) => missingnessChart(missingness, width));
  for (const { stage, ...ranked } of restarts ?? []) {
    setDrawing(`restarts-${stage}`, (width) => restartsChart({ ...ranked, width }));
  }
  for (const { name, panels } of series ?? []) setDrawing(name, (width) => panelsChart(panels, width));
  const widths = new Map<string, number>();
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const name = target.getAttribute('data-drawing')!;
      if (widths.get(name) === target.clientWidth) continue;
      widths.set(name, target.clientWidth);
      redraw(name);
    }
  });
  for (const place of document.querySelectorAll('[data-drawing]')) observer.observe(place);
}
