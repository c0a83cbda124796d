// Checks tables that are joined by the number of the row. They have the same subjects in the same order, so they must
// have the same number of rows.

import { InputError } from '../../errors/errors.js';
import type { ModalityTable } from './modality-table.js';
import type { StudyFile } from '../grammar/study-file.js';
import { joinsRows } from '../grammar/subject-id.js';

/**
 * Checks the numbers of rows if subjects are identified by the number of the row.
 * @param tables groups that the study joins; each part of a group counts, before rows are left out
 * @param rows required number of rows. Default: that of the first table.
 * @throws InputError `rows-disagree`
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
      `${file.locate(['id'])}: subjects are identified by the number of the row, but ${files} of '${name}' has ` +
        `${stacked[odd]} rows and another table has ${rows}. Give every table the same subjects in the same order, ` +
        'or a column of ids',
      { name, rows: stacked[odd] },
    );
  }
}
