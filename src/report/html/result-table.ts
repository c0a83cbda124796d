// A result table on a page: the columns that are not details, and the notes.

import type { ResultCell, ResultColumn, ResultTable } from '../../interpretation/index.js';
import { number, pText } from '../../text/numbers.js';
import { markup, type Markup } from './markup.js';
import { table } from './section.js';

/** Name of a column with p-values: `p`, `gsea-q`. */
const P_COLUMN = /^(?:.*-)?[pq]$/;

/**
 * Returns some rows of a result table.
 * @param rows default: all rows of the table
 */
export function resultRows({ title, columns, rows: all }: ResultTable, rows: ResultTable['rows'] = all): Markup {
  const shown = [...columns.keys()].filter((c) => !columns[c].isDetail);
  return table({
    caption: title,
    columns: shown.map((c) => ({ title: columns[c].name, numeric: columns[c].kind === 'number' })),
    rows: rows.map((row) => shown.map((c) => cellText(columns[c], row[c]))),
  });
}

export function resultNotes({ notes }: ResultTable): Markup {
  return markup`<ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul>`;
}

function cellText({ name }: ResultColumn, cell: ResultCell): string {
  if (typeof cell === 'number') return P_COLUMN.test(name) ? pText(cell) : number(cell);
  return cell ?? '–';
}
