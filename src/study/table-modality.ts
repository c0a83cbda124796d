// The kind `table` of a study's modalities: which columns it can use, how they are standardised, what `inspect` says.

import { columnValues } from '../data/column-values.js';
import { scalesOf, type Modality, type ModalityScales, type Split } from '../data/dataset.js';
import { columnOf, kindsOf, namesOfLevels } from '../data/kinds.js';
import { answered } from '../data/size.js';
import { encodeColumns, momentsOf, observedRows } from '../data/standardise.js';
import type { RawColumns } from '../data/transform.js';
import { InputError } from '../errors.js';
import { columnsOfKinds, fitKinds } from './fit-kinds.js';
import { fitScales, LEAST_VALUES, type Adjustment, type FittedScales } from './fit-scales.js';
import type { ColumnReport } from './inspection.js';
import { likelyKind } from './kind-guesses.js';
import { ownKind } from './levels.js';
import type { ModalityTable } from './modality-table.js';
import type { StudyFile } from './study-file.js';

/**
 * The table without empty columns where these are to be left out.
 * @throws InputError `empty-column` where they are not
 */
export function withoutEmpty(file: StudyFile, table: ModalityTable): { table: ModalityTable; empty: string[] } {
  const { constant, maxMissing } = file.config.modalities[table.name];
  const isEmpty = ({ values }: ModalityTable['columns'][number]) => values.every(Number.isNaN);
  const empty = table.columns.filter(isEmpty).map(({ name }) => name);
  if (empty.length === 0 || maxMissing !== undefined) return { table, empty: [] };
  if (constant === 'error') {
    throw uselessColumns(file, table.name, { code: 'empty-column', columns: empty, are: 'empty' });
  }
  return { table: { ...table, columns: table.columns.filter((column) => !isEmpty(column)) }, empty };
}

/**
 * More latents than an invertible observation can have (METHOD, Eq. 2).
 * @param columns those that a model answers for
 * @throws InputError `too-many-latents`
 */
export function checkWidth(file: StudyFile, name: string, { length: width }: readonly unknown[]): void {
  const { latents, exogenous } = file.config.modalities[name];
  if (latents + exogenous > width) {
    throw new InputError(
      'too-many-latents',
      `${file.locate(['modalities', name, 'latents'])}: modality '${name}' has ${width} columns, ` +
        `fewer than its ${latents} latents and ${exogenous} exogenous together; lower latents or add columns`,
      { modality: name },
    );
  }
}

interface Standardisation {
  readonly raw: RawColumns;
  /** Of columns that have some. */
  readonly levels: (column: string) => readonly string[] | undefined;
  readonly split: Split;
  /** Of a fitted model. */
  readonly scales: ModalityScales | undefined;
  readonly adjustment: Adjustment | undefined;
}

/** The modality, and what was seen while its scales were fitted. */
export interface StandardisedModality extends Omit<FittedScales, 'scales'> {
  readonly modality: Modality;
}

/** @throws InputError `constant-column`, `too-few-values`, `too-many-latents`, and what `fitScales` throws */
export function standardise(
  file: StudyFile,
  { raw, levels, split, scales: given, adjustment }: Standardisation,
): StandardisedModality {
  const { modality: name, ids } = raw;
  const { latents, exogenous, log, constant: whenConstant, ...config } = file.config.modalities[name];
  const logChoice = (column: string) => {
    if (typeof log === 'boolean') return log ? 'when-skewed' : 'never';
    return log.includes(column) ? 'always' : 'never';
  };
  const { kinds } = given ? kindsOf(given) : config;
  const ofKinds = columnsOfKinds(file, raw, kinds, levels);
  const { scales, constant, few, filtered, outliers } = given
    ? { scales: given, constant: [], few: [], filtered: [], outliers: [] }
    : fitKinds(raw, ofKinds, {
        kinds,
        size: config.size,
        place: file.locate(['modalities', name, config.size ? 'size' : 'kinds']),
        train: split.train,
        fitMeasured: (measured) => fitScales({ raw: measured, train: split.train, log: logChoice, config, adjustment }),
      });
  if (few.length > 0 && whenConstant === 'error') {
    throw uselessColumns(file, name, {
      code: 'too-few-values',
      columns: few,
      are: `missing in all but a few training subjects (at least ${LEAST_VALUES} values are needed)`,
    });
  }
  if (constant.length > 0 && whenConstant === 'error') {
    throw uselessColumns(file, name, {
      code: 'constant-column',
      columns: constant,
      are: 'constant on the training part',
    });
  }
  if (!given) checkWidth(file, name, answered(scales.columns));
  const encoded = encodeColumns(columnValues(scales, raw), scales, ids, adjustment?.values);
  const modality = { ...scalesOf(scales), ...encoded, latents, exogenous };
  return { modality, constant, few, filtered, outliers };
}

const MAX_SHOWN = 10;

function uselessColumns(
  file: StudyFile,
  name: string,
  { code, columns, are }: { code: string; columns: readonly string[]; are: string },
): InputError {
  const listed = file.config.modalities[name].columns !== undefined;
  const shown = columns.slice(0, MAX_SHOWN).join(', ');
  const rest = columns.length > MAX_SHOWN ? ` and ${columns.length - MAX_SHOWN} more` : '';
  const named = listed ? 'take them out of columns' : `write omit: [${shown}]`;
  return new InputError(
    code,
    `${file.locate(['modalities', name, listed ? 'columns' : 'table'])}: columns of '${name}' that are ${are}: ` +
      `${shown}${rest}; ${rest === '' ? `${named}, or constant: omit` : 'write constant: omit'}`,
    { modality: name, columns },
  );
}

interface Reported {
  /** NaN where missing. */
  readonly column: (name: string) => Float64Array;
  readonly split: Split;
  /** Whether to say what columns without a kind look like. */
  readonly guess: boolean;
}

/** A report for every column, which may have several values. */
export function reportColumns(
  file: StudyFile,
  { name: modality, columns, levels, transform }: Modality,
  { column, split, guess }: Reported,
): ColumnReport[] {
  const { kinds } = file.config.modalities[modality];
  const firsts = columns.filter(
    (scale, i) => !scale.total && (i === 0 || columnOf(columns[i - 1]) !== columnOf(scale)),
  );
  return firsts.map((scale) => {
    const name = columnOf(scale);
    const values = column(name);
    const report = { ...reportColumn(values, scale, split), name };
    const own = namesOfLevels({ levels }, name);
    if (scale.kind) return { ...report, kind: scale.kind, ...(own && { levels: own }) };
    const likely = guess && !transform && ownKind({ kinds }, name) === undefined && likelyKind(values, report);
    return likely ? { ...report, likely } : report;
  });
}

function reportColumn(values: Float64Array, { name, log }: Modality['columns'][number], split: Split): ColumnReport {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { name, min, max, ...momentsOf(values, observedRows(values, split.train)), logged: log };
}
