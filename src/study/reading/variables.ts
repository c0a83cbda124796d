// Reads the variables that a study's discovery joins to the latents. Their tables are read like those of a modality and
// aligned with its subjects.

import { InputError } from '../../errors/errors.js';
import type { MemoryTable } from '../../files/memory-table.js';
import { readTableGroup, type ModalityTable } from './modality-table.js';
import { checkRowCounts } from './row-counts.js';
import { readStudyFile } from '../grammar/study-file.js';

export interface StudyVariable {
  /** Label of the column, or its name. */
  readonly name: string;
  readonly column: string;
  /** Group of variables in the study file. */
  readonly group: string;
  /** Value of each subject, NaN where missing. */
  readonly values: Float64Array;
}

export interface VariableReport extends Pick<ModalityTable, 'tables' | 'adjusted'> {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly column: string; readonly missing: number }[];
}

/** Variables with a report of how they were read. */
export interface StudyVariables {
  readonly variables: readonly StudyVariable[];
  readonly groups: readonly VariableReport[];
}

export interface ReadVariablesOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly rows?: number;
  readonly tables?: Readonly<Record<string, MemoryTable>>;
  /** Group of each subject. */
  readonly groups?: readonly string[] | undefined;
}

/**
 * Reads `discovery.variables` of a study file.
 *
 * @param ids subjects in order; a subject in no table of a group has missing values
 * @param options `rows`: number of rows of the study's tables, if subjects are identified by the number of the row;
 *   `groups`: rows of a table that has none of the subjects belong to these groups
 * @throws InputError with the place in the study file: what `readStudyFile` and `readTableGroup` throw,
 *   `duplicate-variable`, `rows-disagree`
 */
export async function readStudyVariables(
  path: string,
  ids: readonly string[],
  { environment, rows: studyRows, groups: groupOf, tables }: ReadVariablesOptions = {},
): Promise<StudyVariables> {
  const file = await readStudyFile(path, environment, { tables });
  const variables: StudyVariable[] = [];
  const groups: VariableReport[] = [];
  for (const [group, config] of Object.entries(file.config.discovery.variables)) {
    const at = ['discovery', 'variables', group];
    const table = await readTableGroup(file, { at, name: group, config });
    checkRowCounts(file, [table], studyRows);
    const rowOf = new Map(table.ids.map((id, row) => [id, row]));
    const names = groupOf && !ids.some((id) => rowOf.has(id)) ? groupOf : ids;
    const rows = Int32Array.from(names, (id) => rowOf.get(id) ?? -1);
    const columns = table.columns.map(({ name: column, values: read }) => {
      const values = read();
      const name = Object.hasOwn(config.labels, column) ? config.labels[column] : column;
      if (variables.some((one) => one.name === name)) {
        throw new InputError(
          'duplicate-variable',
          `${file.locate([...at, 'labels', column])}: two variables are called '${name}'; give one another label`,
          { name },
        );
      }
      const aligned = Float64Array.from(rows, (row) => (row < 0 ? NaN : values[row]));
      variables.push({ name, column, group, values: aligned });
      return { name, column, missing: aligned.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0) };
    });
    groups.push({ name: group, columns, tables: table.tables, adjusted: table.adjusted });
  }
  return { variables, groups };
}
