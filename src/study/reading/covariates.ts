// Reads the covariates of the key `adjust` of a study file, as numbers or as names. The table identifies subjects in
// the same ways as that of a modality.

import { InputError } from '../../errors/errors.js';
import type { Table } from '../../files/table.js';
import type { ModalityScales } from '../../data/dataset.js';
import { CellReaders } from '../grammar/cells.js';
import { checkRowCounts } from './row-counts.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName } from '../grammar/subject-id.js';
import { rowOptions, subjectsOf } from './subject-rows.js';

export interface Covariates {
  readonly columns: readonly string[];
  /** Returns true if a subject has all covariates. */
  readonly has: (id: string) => boolean;
  /** Returns a column for subjects that have it: numbers, or names for a column of texts. */
  readonly select: (column: string, ids: readonly string[]) => Float64Array | readonly string[];
}

/**
 * Reads the covariates of a study; returns undefined if the study adjusts for none.
 *
 * @param options `scales`: those of a fitted model, whose covariates are read instead of those that the study lists.
 *   `rows`: number of rows of the study's tables, if subjects are identified by the number of the row
 * @throws InputError with the place in the study file: `missing-covariates` if the model needs some and the study names
 *   no table; `duplicate-id`, `missing-id`, `not-numeric`, `rows-disagree`, and what reading a table throws
 */
export async function readCovariates(
  file: StudyFile,
  { scales, rows }: { readonly scales: readonly ModalityScales[] | undefined; readonly rows: number | undefined },
): Promise<Covariates | undefined> {
  const { adjust } = file.config;
  const fitted = scales?.find(({ covariates }) => covariates)?.covariates;
  if (scales && !fitted) return undefined;
  const needed = fitted && [...new Set(fitted.map(({ column }) => column))];
  if (!adjust) {
    if (!needed) return undefined;
    throw new InputError(
      'missing-covariates',
      `${file.path}: the model is adjusted for ${needed.join(', ')}, which new subjects need too; ` +
        `write adjust: { table: FILE, columns: [${needed.join(', ')}] }`,
      { columns: needed },
    );
  }
  const columns = needed ?? adjust.columns;
  const named = fitted?.filter(({ level }) => level !== undefined).map(({ column }) => column) ?? adjust.categories;
  const paths = [adjust.table].flat().map((entry) => file.resolveTable(entry, ['adjust', 'table']));
  const texts = new Set(named);
  const cells = new CellReaders({ missing: {}, recode: {}, decimal: adjust.decimal });
  const read = (path: string) =>
    file.readTable(path, { ...rowOptions(file, adjust, texts), columns, numberOf: (column) => cells.of(column) });
  // The kind of a column is known only after it was read.
  if (!fitted) for (const column of await textColumns(paths, { columns, named: texts, read })) texts.add(column);
  const id = idName(file.config.id);
  const rowOf = new Map<string, [Table, number]>();
  const tables: Table[] = [];
  for (const path of paths) {
    const table = await read(path);
    tables.push(table);
    for (const [row, subject] of subjectsOf(file, adjust, table, rowOf.size).entries()) {
      if (subject === '' || rowOf.has(subject)) {
        throw new InputError(
          subject === '' ? 'missing-id' : 'duplicate-id',
          `${file.locate(['adjust', 'table'])}: row ${row + 1} of ${path} has ` +
            (subject === '' ? `no '${id}'` : `${id} ${subject}, as an earlier row has`) +
            '; a subject has one row of covariates',
          { path, row: row + 1 },
        );
      }
      rowOf.set(subject, [table, row]);
    }
  }
  const files = tables.map((table) => ({ file: table.path, rows: table.rows }));
  checkRowCounts(file, [{ name: 'adjust', tables: [files], stacked: [rowOf.size] }], rows);
  const cell = (column: string, subject: string): number | string => {
    const place = rowOf.get(subject);
    if (!place) return '';
    const [table, row] = place;
    return texts.has(column) ? table.texts(column)[row] : table.numbers(column)[row];
  };
  return {
    columns,
    has: (subject) => columns.every((column) => !['', NaN].includes(cell(column, subject))),
    select: (column, ids) =>
      texts.has(column)
        ? ids.map((subject) => String(cell(column, subject)))
        : Float64Array.from(ids, (subject) => Number(cell(column, subject))),
  };
}

interface TextColumns {
  readonly columns: readonly string[];
  readonly named: ReadonlySet<string>;
  readonly read: (path: string) => Promise<Table>;
}

/** Returns the columns that contain only texts in one of the files. */
async function textColumns(paths: readonly string[], { columns, named, read }: TextColumns): Promise<string[]> {
  const withTexts: string[] = [];
  for (const path of paths) {
    const table = await read(path);
    for (const column of columns) {
      if (named.has(column) || withTexts.includes(column)) continue;
      if (table.kind(column) === 'text') withTexts.push(column);
      else table.numbers(column);
    }
  }
  return withTexts;
}
