// Scales of a modality whose columns are not all measurements: of measurements as everywhere, of levels and counts by
// their kinds.

import { byKind, namedLevels } from '../data/columns-modality.js';
import type { ColumnScale } from '../data/dataset.js';
import { checkKind, isMeasured, kindScales, type RawColumn } from '../data/kinds.js';
import { withTotal } from '../data/size.js';
import { observedRows } from '../data/standardise.js';
import type { RawColumns } from '../data/transform.js';
import { MIN_VALUES, type FittedScales } from './fit-scales.js';
import { ownKind, type ColumnKinds } from './levels.js';
import type { StudyFile } from './study-file.js';

/** @throws InputError what `checkKind` throws, with the place in the study file */
export function columnsOfKinds(
  file: StudyFile,
  { modality, names, column }: RawColumns,
  kinds: ColumnKinds['kinds'],
  levels: (column: string) => readonly string[] | undefined,
): RawColumn[] {
  return names.flatMap((name) => {
    const kind = ownKind({ kinds }, name);
    if (isMeasured(kind)) return [];
    const raw = { name, kind, values: column(name), levels: levels(name) };
    checkKind(file.locate(['modalities', modality, 'kinds', name]), raw);
    return [raw];
  });
}

/**
 * @param columns those that are no measurements
 * @param fitMeasured scales of the others
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
    /** Of the kinds, in the study file. */
    readonly place: string;
    readonly train: Int32Array;
    readonly fitMeasured: (raw: RawColumns) => FittedScales;
  },
): FittedScales {
  const others = new Set(columns.map(({ name }) => name));
  const measured = fitMeasured({ ...raw, names: raw.names.filter((name) => !others.has(name)) });
  const scales = new Map<string, readonly ColumnScale[]>();
  for (const scale of measured.scales.columns) {
    const kind = ownKind({ kinds }, scale.name) ?? 'gaussian';
    scales.set(scale.name, [kind === 'gaussian' ? scale : { ...scale, kind }]);
  }
  const [constant, few] = [[...measured.constant], [...measured.few]];
  for (const column of columns) {
    const rows = observedRows(column.values, train);
    const own = rows.length < MIN_VALUES ? [] : kindScales(column, rows);
    if (own.length > 0) scales.set(column.name, own);
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
