// Tables that are joined by the number of the row are those of the same subjects in the same order: they have as many
// rows, or something is wrong.

import { InputError } from '../errors.js';
import type { ModalityTable } from './modality-table.js';
import type { StudyFile } from './study-file.js';
import { joinsRows } from './subject-id.js';

/**
 * @param tables the groups that the study joins; each part of a group counts, before rows are left out
 * @param rows how many rows there must be; those of the first table when left out
 * @throws InputError `rows-disagree` where subjects are rows and a table has another number of them
 */
export function checkRowCounts(
  file: StudyFile,
  tables: readonly Pick<ModalityTable, 'name' | 'tables' | 'stacked'>[],
  rows = tables.at(0)?.stacked[0],
): void {
  if (!joinsRows(file.config.id)) return;
  for (const { name, tables: parts, stacked } of tables) {
    const odd = stacked.findIndex((count) => count !== rows);
    if (odd < 0) continue;
    const files = parts[odd].map((table) => table.file).join(' and ');
    throw new InputError(
      'rows-disagree',
      `${file.locate(['id'])}: subjects are told by the number of the row, but ${files} of '${name}' has ` +
        `${stacked[odd]} rows where another table has ${rows}; give every table the same subjects in the same order, ` +
        'or a column of ids',
      { name, rows: stacked[odd] },
    );
  }
}
