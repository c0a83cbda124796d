// Figures that fit the width of the page. The functions that drew them first draw them again if the width or a control
// changes.

import { drawChart, type Chart } from '../charts/charts.js';
import { pageMargin } from '../theme.js';

/** Draws a figure. @param width width of its body, without margins */
type Draw = (width: number) => string;

const drawings = new Map<Element, Draw>();
const widest = 860;

/** Sets the function that draws a figure, and draws it. */
export function setDrawing(name: string, draw: Draw): void {
  const place = host(name);
  if (place === null) return;
  drawings.set(place, draw);
  redraw(place);
}

export function host(name: string): HTMLElement | null {
  return document.querySelector(`[data-drawing="${name}"]`);
}

function redraw(place: Element): void {
  const draw = drawings.get(place);
  if (draw === undefined || place.clientWidth === 0) return;
  place.innerHTML = draw(Math.min(widest, place.clientWidth) - 2 * pageMargin);
}

export function followWidth(): void {
  const places = [...document.querySelectorAll<HTMLElement>('[data-drawing]')];
  for (const place of places) {
    const data = place.parentElement?.querySelector('script[type="application/json"]');
    if (!data) continue;
    const chart = JSON.parse(data.textContent) as Chart;
    drawings.set(place, (width) => drawChart(chart, width));
    redraw(place);
  }
  const widths = new Map<Element, number>();
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (widths.get(target) === target.clientWidth) continue;
      widths.set(target, target.clientWidth);
      redraw(target);
    }
  });
  for (const place of places) observer.observe(place);
}
