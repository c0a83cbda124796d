// Figures of the groups of a study: the correlations of links, the means of latents, and the slopes of columns that
// differ.

import type { ResultTable } from '../../interpretation/index.js';
import type { ForestFigures, ForestRow } from '../charts/forest-chart.js';
import { rowsOf, type NamedRow } from './named-rows.js';

/** Maximum number of rows of a forest plot. */
const MAX_ROWS = 40;

/** Tables of groups that have a forest plot, in the order of a report. */
export const SUBGROUP_TABLES = ['subgroup-links', 'subgroup-means', 'subgroup-loadings', 'subgroup-effects'] as const;

/** A forest plot with one row for each group. */
export interface SubgroupForest {
  readonly table: ResultTable;
  readonly figures: ForestFigures;
  /** True if a comparison differs. */
  readonly differs: boolean;
  /** True if a comparison was tested. */
  readonly isTested: boolean;
}

/** What a plot shows of a table. */
interface Plot {
  readonly title: string;
  readonly axis: string;
  readonly estimate: string;
  readonly ends: readonly [number, number];
  /** Returns the heading of a comparison. */
  readonly heading: (row: NamedRow) => string;
  /** True to show only comparisons that differ. */
  readonly onlyDifferences?: boolean;
}

const VERDICTS: Readonly<Record<string, string>> = { 'not-replicated': ' (not replicated)' };
const latentOf = (row: NamedRow) => `${row.text('latent')}${VERDICTS[row.text('verdict')] ?? ''}`;

const PLOTS: Readonly<Record<(typeof SUBGROUP_TABLES)[number], Plot>> = {
  'subgroup-links': {
    title: 'Links in the groups',
    axis: 'correlation, and its 95 % interval',
    estimate: 'r',
    ends: [-0.5, 0.5],
    heading: (row) => `${row.text('first')} – ${row.text('second')}`,
  },
  'subgroup-means': {
    title: 'Means of latents in the groups',
    axis: 'mean in sd, and its 95 % interval',
    estimate: 'mean',
    ends: [-0.5, 0.5],
    heading: latentOf,
  },
  'subgroup-loadings': {
    title: 'Loadings that differ between the groups',
    axis: 'slope in sd per sd, and its 95 % interval',
    estimate: 'slope',
    ends: [-0.5, 0.5],
    heading: (row) => `${row.text('column')} on ${latentOf(row)}`,
    onlyDifferences: true,
  },
  'subgroup-effects': {
    title: 'Effects of causes in the groups',
    axis: 'effect in sd, and its 95 % interval',
    estimate: 'effect',
    ends: [-0.5, 0.5],
    heading: (row) => `${row.text('cause')} ${row.text('level')} on ${latentOf(row)}`,
  },
};

const differs = (row: NamedRow): boolean => row.text('result') === 'differs';

/** Returns the forest plot of a table; undefined if it has no figures, as with blocks only. */
export function subgroupForest(name: (typeof SUBGROUP_TABLES)[number], table: ResultTable): SubgroupForest | undefined {
  const { title, axis, estimate: measure, ends, heading, onlyDifferences } = PLOTS[name];
  const rows = rowsOf(table);
  const shown = rows.filter((row) => row.number(measure) !== null && (!onlyDifferences || differs(row)));
  const names = [...new Set(shown.map(heading))];
  const comparisons = names.map((one) => shown.filter((row) => heading(row) === one));
  // All groups of a comparison are shown, or none.
  const drawn: NamedRow[] = [];
  for (const groups of comparisons) if (drawn.length + groups.length <= MAX_ROWS) drawn.push(...groups);
  if (drawn.length === 0) return undefined;
  return {
    table,
    differs: rows.some(differs),
    isTested: rows.some((row) => row.number('q') !== null),
    figures: {
      ...{ title, axis, ends, description: 'One row for each group of subjects.', minPlot: 90 },
      rows: drawn.map((row, k): ForestRow => {
        const [estimate, lower, upper] = [measure, 'lower', 'upper'].map((column) => row.number(column));
        const before = k === 0 ? undefined : heading(drawn[k - 1]);
        return {
          ...(heading(row) !== before && { heading: heading(row) }),
          title: row.text('group'),
          modalities: [],
          interval: { estimate: estimate!, lower: lower ?? estimate!, upper: upper ?? estimate! },
          isPoint: lower === null || upper === null,
          supported: differs(row),
          words: row.text('result'),
        };
      }),
    },
  };
}
