// Tables of a study without gaps: observed values as in the tables, missing ones from imputed cells.

import type { ModalityScales } from '../data/dataset.js';
import { columnOf, type RawColumn } from '../data/kinds.js';
import type { OutputColumn } from '../files/csv.js';
import { kindNamed, type ColumnKind } from '../likelihoods/kinds.js';
import type { StudyTable } from '../study/study.js';
import type { ImputedCell } from './impute.js';
import { checkUnits, columnVariables } from './variables.js';

export interface CompletedTable {
  readonly name: string;
  /** Columns of the model, one value per subject; levels as texts. */
  readonly columns: readonly OutputColumn[];
}

/**
 * Checks that all missing values have a unit. @throws InputError `no-inverse` if one depends on the total of its row
 */
export function checkCompletable(tables: readonly StudyTable[], scales: readonly ModalityScales[]): void {
  const gaps = new Map(
    tables.map(({ name, columns }) => [
      name,
      new Set(columns.flatMap((column) => (column.values.some(Number.isNaN) ? [column.name] : []))),
    ]),
  );
  checkUnits(columnVariables({ columns: scales }).filter(({ modality, column }) => gaps.get(modality)?.has(column)));
}

/**
 * Returns the tables without gaps. A missing measurement or count becomes its mean, a missing level the most probable
 * level. A missing size stays missing.
 * @param scales scales of the model
 * @param cells all missing cells of the tables
 */
export function completedTables(
  tables: readonly StudyTable[],
  scales: readonly ModalityScales[],
  cells: Iterable<ImputedCell>,
): CompletedTable[] {
  const means = meansByColumn(scales, cells);
  return tables.map(({ name, columns }) => {
    const modality = scales.find((one) => one.name === name)!;
    const kinds = new Map(modality.columns.filter(({ total }) => !total).map((scale) => [columnOf(scale), scale.kind]));
    return {
      name,
      columns: columns
        .filter((column) => kinds.has(column.name))
        .map((column) => completed(column, kinds.get(column.name), means.get(`${name}.${column.name}`))),
    };
  });
}

/** Means of the values of a column, by row of the data set. */
type ColumnMeans = ReadonlyMap<number, readonly number[]>;

/** Returns the means by `<modality>.<column of the table>`. */
function meansByColumn(scales: readonly ModalityScales[], cells: Iterable<ImputedCell>): Map<string, ColumnMeans> {
  const means = new Map<string, Map<number, number[]>>();
  for (const { row, column, value } of cells) {
    const name = `${column.modality}.${columnOf(scales[column.m].columns[column.c])}`;
    const ofColumn = means.get(name) ?? new Map<number, number[]>();
    means.set(name, ofColumn);
    const ofRow = ofColumn.get(row) ?? [];
    ofColumn.set(row, ofRow);
    ofRow.push(value.mean);
  }
  return means;
}

function completed(
  { name, values: raw, levels }: RawColumn,
  kind: ColumnKind | undefined,
  means: ColumnMeans | undefined,
): OutputColumn {
  const values = raw.map((value, row) => {
    const imputed = Number.isNaN(value) ? means?.get(row) : undefined;
    if (imputed === undefined) return value;
    return levels ? likeliestLevel(imputed, kind) : imputed[0];
  });
  if (!levels) return { name, values };
  return { name, values: Array.from(values, (level) => (Number.isNaN(level) ? '' : levels[level])) };
}

/** Returns the position of the most probable level. @param means of the values of the column */
function likeliestLevel(means: readonly number[], kind: ColumnKind | undefined): number {
  const row = kindNamed(kind);
  const chances = row.form === 'levels' ? row.coding.chances(means) : means;
  return chances.indexOf(Math.max(...chances));
}
