// The charts that fit the width of the page. The page draws a chart first, and its script draws it again from the same
// figures if the width changes. A new chart of this kind has its row here, and a figure in a section. Sections and the
// script call the other charts directly: effects, histogram, matrix, and schedule.

import { equivalenceChart } from './equivalence-chart.js';
import { explainedChart } from './explained-chart.js';
import { forestChart } from './forest-chart.js';
import { heatMapChart } from './heat-map-chart.js';
import { missingnessChart } from './missingness-chart.js';
import { panelsChart } from './panels-chart.js';
import { restartsChart } from './restarts-chart.js';
import { subjectsChart } from './subjects-chart.js';
import { survivalChart } from './survival-chart.js';

/** Functions that draw a chart from its figures, which JSON can contain, and the width of its body. */
const CHARTS = {
  equivalence: equivalenceChart,
  explained: explainedChart,
  forest: forestChart,
  heatMap: heatMapChart,
  missingness: missingnessChart,
  panels: panelsChart,
  restarts: restartsChart,
  subjects: subjectsChart,
  survival: survivalChart,
};

/** A chart with its figures. */
export type Chart = {
  readonly [Name in keyof typeof CHARTS]: readonly [name: Name, figures: Parameters<(typeof CHARTS)[Name]>[0]];
}[keyof typeof CHARTS];

/** Draws a chart. @param width width of its body, without margins */
export function drawChart([name, figures]: Chart, width: number): string {
  const draw: (figures: never, width: number) => string = CHARTS[name];
  return draw(figures as never, width);
}
