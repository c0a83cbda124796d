// The drawing of observed causes. A page loads it only for a model that has them.

import type { LatentGraph } from '../causal/graph.js';
import { conclusionsOf } from '../conclusions/index.js';
import { forestChart } from '../report/charts/forest-chart.js';
import { causeForest } from '../report/facts/cause-forest.js';
import { pageMargin } from '../report/theme.js';
import type { RunSummary } from '../training/run-summary.js';

interface ChartOptions {
  readonly title: string | undefined;
  readonly width: number;
}

/** Draws the supported effects; undefined if there are none. */
export function causeChart(
  { graph, summary }: { readonly graph: LatentGraph; readonly summary: RunSummary },
  { title, width }: ChartOptions,
): string | undefined {
  const { causes } = conclusionsOf(graph, summary);
  const figures = causes && causeForest(summary, causes, title);
  return figures && forestChart(figures, width - 2 * pageMargin);
}
