// The kind `table` of a study's modalities: which columns it can use, how they are standardised, what `inspect` says.

import type { ColumnScale, Modality, Split } from '../data/dataset.js';
import { encodeColumns, fitScale, isConstant, momentsOf } from '../data/standardise.js';
import { InputError } from '../errors.js';
import type { ColumnReport } from './inspection.js';
import type { ModalityTable } from './modality-table.js';
import type { StudyFile } from './study-file.js';

/** Empty columns, and more latents than an invertible observation can have (METHOD, Eq. 2). */
export function checkColumns(file: StudyFile, { name, columns }: ModalityTable): void {
  const empty = columns.filter(({ values }) => values.every(Number.isNaN)).map((column) => column.name);
  if (empty.length > 0) throw uselessColumns(file, name, { code: 'empty-column', columns: empty, are: 'empty' });
  const { latents, exogenous } = file.config.modalities[name];
  if (latents + exogenous > columns.length) {
    throw new InputError(
      'too-many-latents',
      `${file.locate(['modalities', name, 'latents'])}: modality '${name}' has ${columns.length} columns, ` +
        `fewer than its ${latents} latents and ${exogenous} exogenous together; lower latents or add columns`,
      { modality: name },
    );
  }
}

interface Standardisation {
  readonly table: ModalityTable;
  readonly values: readonly Float64Array[];
  readonly ids: readonly string[];
  readonly split: Split;
  readonly scales: readonly ColumnScale[] | undefined;
}

export function standardise(
  file: StudyFile,
  name: string,
  { table, values, ids, split, scales }: Standardisation,
): Modality {
  const { latents, exogenous, log } = file.config.modalities[name];
  const choice = (column: string) => {
    if (typeof log === 'boolean') return log ? 'when-skewed' : 'never';
    return log.includes(column) ? 'always' : 'never';
  };
  if (!scales) {
    const constant = table.columns.filter((_, i) => isConstant(momentsOf(values[i], split.train)));
    if (constant.length > 0) {
      const columns = constant.map((column) => column.name);
      throw uselessColumns(file, name, { code: 'constant-column', columns, are: 'constant on the training part' });
    }
  }
  const columns =
    scales ?? table.columns.map((column, i) => fitScale(column.name, values[i], split.train, choice(column.name)));
  return {
    name,
    columns,
    values: encodeColumns((column) => values[column], { name, columns }, ids),
    latents,
    exogenous,
  };
}

function uselessColumns(
  file: StudyFile,
  name: string,
  { code, columns, are }: { code: string; columns: readonly string[]; are: string },
): InputError {
  const listed = file.config.modalities[name].columns !== undefined;
  const advice = listed ? 'take them out of columns' : `write omit: [${columns.join(', ')}]`;
  return new InputError(
    code,
    `${file.locate(['modalities', name, listed ? 'columns' : 'table'])}: columns of '${name}' that are ${are}: ` +
      `${columns.join(', ')}; ${advice}`,
    { modality: name, columns },
  );
}

export function reportColumn(
  values: Float64Array,
  { name, log }: Modality['columns'][number],
  split: Split,
): ColumnReport {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { name, min, max, ...momentsOf(values, split.train), logged: log };
}
