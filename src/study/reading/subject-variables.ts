// Reads variables of subjects from a table that is not a modality: causes, batches, outcomes. The table identifies
// subjects in the same ways as that of a modality.

import type { SubjectVariable } from '../../data/outcomes.js';
import type { VariablesConfig } from '../grammar/outcomes.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { StudyPath } from '../grammar/tables.js';
import { readTableGroup } from './modality-table.js';
import { checkRowCounts } from './row-counts.js';

/** How a column is read. `either`: as numbers if all its cells are numbers, otherwise as levels. */
export type ColumnForm = 'numbers' | 'levels' | 'either' | { readonly levels: readonly (string | number)[] };

export interface VariablesPlace {
  /** Place of the table in the study file. */
  readonly at: StudyPath;
  /** Columns to read, with their forms. */
  readonly columns: ReadonlyMap<string, ColumnForm>;
  /** Number of rows of the study's tables, if subjects are identified by the number of the row. */
  readonly rows: number | undefined;
}

/** Variables as in their table. */
export interface ReadVariables {
  readonly ids: readonly string[];
  /** The columns in the order in which they were requested; `values` are aligned with `ids`. */
  readonly variables: readonly SubjectVariable[];
}

/** Reads columns of one table. @throws InputError what `readTableGroup` throws, `unknown-level`, `rows-disagree` */
export async function readVariables(
  file: StudyFile,
  { table, id, delimiter, decimal, sheet, part, transposed, where, missing, recode }: VariablesConfig,
  { at, columns: forms, rows }: VariablesPlace,
): Promise<ReadVariables> {
  const name = String(at.at(-1));
  const form = { table, id, delimiter, decimal, sheet, part, transposed, where, missing, recode };
  const columns = [...forms.keys()];
  const levelled = columns.filter((column) => forms.get(column) !== 'numbers');
  const levels = Object.fromEntries(
    [...forms].flatMap(([column, one]) => (typeof one === 'object' ? [[column, one.levels]] : [])),
  );
  const read = await readTableGroup(file, {
    at,
    name,
    config: { ...form, columns, skips: {}, limits: {}, labels: {} },
    ...(levelled.length > 0 && {
      kinds: { kinds: Object.fromEntries(levelled.map((column) => [column, 'categorical' as const])), levels },
    }),
  });
  checkRowCounts(file, [read], rows);
  const variables = read.columns.map(({ name: column, levels: names, values: readValues }): SubjectVariable => {
    const values = readValues();
    if (names === undefined) return { column, values };
    const numbers = forms.get(column) === 'either' ? names.map(Number) : [NaN];
    if (numbers.some(Number.isNaN)) return { column, levels: names, values };
    return { column, values: values.map((position) => numbers[position] ?? NaN) };
  });
  return { ids: read.ids, variables };
}
