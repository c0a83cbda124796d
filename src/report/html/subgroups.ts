// The section on groups of subjects: which links, latents, loadings, and effects differ between them.

import type { ResultTable } from '../../interpretation/index.js';
import { counted } from '../../text/numbers.js';
import { SUBGROUP_TABLES, subgroupForest } from '../facts/subgroups.js';
import { markup, type Part } from './markup.js';
import type { ReportInput, ReportTables } from '../input.js';
import { resultNotes, resultRows } from './result-table.js';
import { chartFigure, details, notice, type Section } from './section.js';

/** Maximum number of rows of a table. A file of `interlatent table` has all rows. */
const MAX_ROWS = 200;

/** Returns undefined for a study without subgroups. */
export function subgroupsSection({ tables = {} }: ReportInput): Section | undefined {
  const known = SUBGROUP_TABLES.flatMap((name) => tables[name] ?? []);
  if (known.length === 0) return undefined;
  const refused = known.find((table) => 'refused' in table);
  const body = refused ? notice(markup`<p>${refused.refused}</p>`) : parts(tables);
  return { id: 'subgroups', title: 'Differences between groups of subjects', body };
}

function parts(tables: ReportTables): Part {
  return SUBGROUP_TABLES.flatMap((name): Part[] => {
    const table = tables[name];
    if (!table || 'refused' in table || table.rows.length === 0) return [];
    const forest = subgroupForest(name, table);
    const rows = markup`${resultRows(table, table.rows.slice(0, MAX_ROWS))}`;
    const omitted = table.rows.length - MAX_ROWS;
    return [
      markup`<h3>${table.title}</h3><p>${headline(table)}</p>`,
      ...(forest
        ? [
            chartFigure(['forest', forest.figures], {
              name: forest.figures.title.toLowerCase(),
              caption: 'Filled: the groups differ. Hollow: no difference was shown. Blocks are in the table only.',
            }),
          ]
        : []),
      details(`${table.title}: all figures`, [
        rows,
        omitted > 0
          ? markup`<p>${counted(omitted, 'more row')}: see <code>interlatent table RUN ${name}</code>.</p>`
          : undefined,
        resultNotes(table),
      ]),
    ];
  });
}

/** Returns how many comparisons differ. Rows of one comparison have the same p in all groups. */
function headline({ columns, rows, keys = 1 }: ResultTable): string {
  const position = (name: string) => columns.findIndex((column) => column.name === name);
  const [q, group] = [position('q'), position('group')];
  const nameOf = (row: ResultTable['rows'][number]) => JSON.stringify(row.slice(0, keys).filter((_, c) => c !== group));
  const tested = new Map(rows.flatMap((row) => (row[q] === null ? [] : [[nameOf(row), Number(row[q])] as const])));
  const different = [...tested.values()].filter((value) => value <= 0.05).length;
  if (tested.size === 0) return 'Nothing could be compared: the groups are too small, or nothing varies.';
  if (different === 0) return `No difference was shown in ${counted(tested.size, 'comparison')}.`;
  return `${different} of ${counted(tested.size, 'comparison')} ${different === 1 ? 'shows' : 'show'} a difference.`;
}
