// Figures of the groups of a study, one for each table that has intervals.

import { forestChart } from '../charts/forest-chart.js';
import { SUBGROUP_TABLES, subgroupForest } from '../facts/subgroups.js';
import type { ReportTables } from '../input.js';
import { sentences, type Draft } from './draft.js';

/** Returns the figures of the groups; none for a study without subgroups. */
export function subgroupFigures(tables: ReportTables): Draft[] {
  return SUBGROUP_TABLES.flatMap((name): Draft[] => {
    const table = tables[name];
    if (!table || 'refused' in table) return [];
    const forest = subgroupForest(name, table);
    if (!forest) return [];
    const { figures, differs, isTested } = forest;
    return [
      {
        name,
        title: figures.title,
        finding: differs ? 'shown' : isTested ? 'none' : 'untested',
        caption: sentences(
          differs
            ? 'Filled: the groups differ at a family-wise error of 5 %. Hollow: no difference was shown.'
            : 'No difference between the groups was shown at a family-wise error of 5 %.',
          ...table.notes,
        ),
        drawing: (width) => forestChart(figures, width),
      },
    ];
  });
}
