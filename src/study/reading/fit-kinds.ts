// Scales of a modality whose columns are not all measurements: measurements have the usual scales, levels and counts
// those of their kinds.

import { byKind, namedLevels } from '../../data/columns-modality.js';
import type { ColumnScale } from '../../data/dataset.js';
import { checkKind, isMeasured, kindScales, ofKind, type RawColumn } from '../../data/kinds.js';
import { withTotal } from '../../data/size.js';
import { observedRows } from '../../data/standardise.js';
import type { RawColumns } from '../../data/transform.js';
import { MIN_VALUES, type FittedScales } from './fit-scales.js';
import { kindOfColumn, type ColumnKinds } from '../grammar/levels.js';
import type { StudyFile } from '../grammar/study-file.js';

/** Returns the columns that are not measurements. @throws InputError what `checkKind` throws, with the place */
export function columnsOfKinds(
  file: StudyFile,
  { modality, names, column }: RawColumns,
  kinds: ColumnKinds['kinds'],
  levels: (column: string) => readonly string[] | undefined,
): RawColumn[] {
  return names.flatMap((name) => {
    const kind = kindOfColumn({ kinds }, name);
    if (isMeasured(kind)) return [];
    const raw = { name, kind, values: column(name), levels: levels(name) };
    checkKind(file.locate(['modalities', modality, 'kinds', name]), raw);
    return [raw];
  });
}

/**
 * Returns the scales of all columns.
 * @param columns columns that are not measurements
 * @param fitMeasured returns the scales of the measurements
 * @throws InputError what `withTotal` throws
 */
export function fitKinds(
  raw: RawColumns,
  columns: readonly RawColumn[],
  {
    kinds,
    size,
    place,
    train,
    fitMeasured,
  }: {
    readonly kinds: ColumnKinds['kinds'];
    readonly size: 'total' | undefined;
    /** Place of the kinds in the study file. */
    readonly place: string;
    readonly train: Int32Array;
    readonly fitMeasured: (raw: RawColumns) => FittedScales;
  },
): FittedScales {
  const unmeasured = new Set(columns.map(({ name }) => name));
  const measured = fitMeasured({ ...raw, names: raw.names.filter((name) => !unmeasured.has(name)) });
  const scales = new Map<string, readonly ColumnScale[]>();
  for (const scale of measured.scales.columns) {
    scales.set(scale.name, [ofKind(scale, kindOfColumn({ kinds }, scale.name))]);
  }
  const [constant, few] = [[...measured.constant], [...measured.few]];
  for (const column of columns) {
    const rows = observedRows(column.values, train);
    const columnScales = rows.length < MIN_VALUES ? [] : kindScales(column, rows);
    if (columnScales.length > 0) scales.set(column.name, columnScales);
    else (rows.length < MIN_VALUES ? few : constant).push(column.name);
  }
  return {
    ...measured,
    scales: {
      ...measured.scales,
      columns: withTotal(byKind(raw.names.flatMap((name) => scales.get(name) ?? [])), {
        place,
        size,
        column: raw.column,
        train,
      }),
      ...namedLevels(columns.filter(({ name }) => scales.has(name))),
    },
    constant,
    few,
  };
}
