// The section on groups of subjects: which links, latents, loadings, and effects differ between them.

import type { ResultTable } from '../../interpretation/index.js';
import { BETWEEN, NOT_WHY, ONE_MODEL, RELIABILITY } from '../../interpretation/subgroups/notes.js';
import { counted } from '../../text/numbers.js';
import { SUBGROUP_TABLES, subgroupForest } from '../facts/subgroups.js';
import { markup, type Part } from './markup.js';
import type { ReportInput, ReportTables } from '../input.js';
import { resultNotes, resultRows } from './result-table.js';
import { chartFigure, details, notice, type Section } from './section.js';

/** Maximum number of rows of a table. A file of `interlatent table` has all rows. */
const MAX_ROWS = 200;
/** Maximum q of a difference. */
const MAX_Q = 0.05;

/** Returns undefined for a study without subgroups. */
export function subgroupsSection({ tables = {} }: ReportInput): Section | undefined {
  const known = SUBGROUP_TABLES.flatMap((name) => tables[name] ?? []);
  if (known.length === 0) return undefined;
  const refused = known.find((table) => 'refused' in table);
  const body = refused ? notice(markup`<p>${refused.refused}</p>`) : parts(tables);
  return { id: 'subgroups', title: 'Differences between groups of subjects', body };
}

/** What the columns with q of a table test. */
const TESTED: Readonly<Record<(typeof SUBGROUP_TABLES)[number], Readonly<Record<string, string>>>> = {
  'subgroup-links': { q: 'correlation', 'partial-q': 'partial correlation' },
  'subgroup-means': { q: 'mean', 'sd-q': 'spread' },
  'subgroup-loadings': { q: 'slope' },
  'subgroup-effects': { q: 'effect' },
};

function parts(tables: ReportTables): Part {
  const ofTables = SUBGROUP_TABLES.flatMap((name): Part[] => {
    const table = tables[name];
    if (!table || 'refused' in table || table.rows.length === 0) return [];
    const forest = subgroupForest(name, table);
    const omitted = table.rows.length - MAX_ROWS;
    return [
      markup`<h3>${table.title}</h3><p>${headline(table, TESTED[name])}</p>`,
      ...table.notes
        .filter((note) => note.startsWith(BETWEEN))
        .map((note) => notice(markup`<p>${note}</p>`, 'warning')),
      ...(forest
        ? [
            chartFigure(['forest', forest.figures], {
              name: forest.figures.title.toLowerCase(),
              caption: 'Filled: the groups differ. Hollow: no difference was shown. Blocks are in the table only.',
            }),
          ]
        : []),
      details(`${table.title}: all figures`, [
        resultRows(table, table.rows.slice(0, MAX_ROWS)),
        omitted > 0
          ? markup`<p>${counted(omitted, 'more row')}: see <code>interlatent table RUN ${name}</code>.</p>`
          : undefined,
        resultNotes(table),
      ]),
    ];
  });
  return [markup`<p>${ONE_MODEL} ${NOT_WHY} ${RELIABILITY}</p>`, ...ofTables];
}

/** Returns how many comparisons differ. Rows of one comparison have the same q in all groups. */
function headline({ columns, rows, keys = 1 }: ResultTable, tested: Readonly<Record<string, string>>): string {
  const position = (name: string) => columns.findIndex((column) => column.name === name);
  const group = position('group');
  const nameOf = (row: ResultTable['rows'][number]) => JSON.stringify(row.slice(0, keys).filter((_, c) => c !== group));
  const counts = Object.entries(tested).flatMap(([name, what]) => {
    const q = position(name);
    const known = rows.flatMap((row) => (row[q] === null ? [] : [[nameOf(row), Number(row[q])] as const]));
    const values = [...new Map(known).values()];
    const different = values.filter((value) => value <= MAX_Q).length;
    return values.length === 0 ? [] : [`${different} of ${counted(values.length, what)}`];
  });
  if (counts.length === 0) return 'Nothing could be compared: the groups are too small, or nothing varies.';
  return `Shown to differ between the groups: ${counts.join(', ')}.`;
}
