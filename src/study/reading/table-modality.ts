// Reads modalities of tables: selects columns, standardises them, and reports them for `inspect`.

import { columnValues } from '../../data/column-values.js';
import { scalesOf, type Modality, type ModalityScales, type Split } from '../../data/dataset.js';
import { columnOf, isMeasured, isSize, kindsOf, namesOfLevels } from '../../data/kinds.js';
import { predictedColumns } from '../../data/size.js';
import { encodeColumns, momentsOf, observedRows } from '../../data/standardise.js';
import { columnsRead, columnTransform, needsWholeRows, type RawColumns } from '../../data/transform.js';
import { InputError, type ErrorCode } from '../../errors/errors.js';
import { duplicateColumns } from '../inspection/duplicate-columns.js';
import { columnsOfKinds, fitKinds } from './fit-kinds.js';
import { fitScales, MIN_VALUES, type Adjustment, type FittedScales } from './fit-scales.js';
import type { BatchAdjustment } from './subject-batches.js';
import type { ColumnReport } from '../inspection/inspection.js';
import { valuesAt } from './join-subjects.js';
import { likelyKind } from '../inspection/kind-guesses.js';
import { logTotals, sizeReport } from '../inspection/library-size.js';
import { kindOfColumn } from '../grammar/levels.js';
import { readTableGroup, type ModalityTable } from './modality-table.js';
import {
  tableReport,
  type Finished,
  type GivenScales,
  type Joined,
  type ReadModality,
  type ReadOptions,
} from './read-modality.js';
import type { TableModalityConfig } from '../grammar/schema.js';
import type { StudyFile } from '../grammar/study-file.js';

/**
 * Reads the tables of a modality.
 *
 * @param scales scales of a fitted model, if there is one
 * @throws InputError what `readTableGroup` throws, `empty-column`, `too-many-latents`. `finish` throws
 *   `constant-column`, `too-few-values`, and what `fitScales` throws
 */
export async function readTableModality(
  file: StudyFile,
  name: string,
  config: TableModalityConfig,
  { scales, onProgress }: ReadOptions,
): Promise<ReadModality> {
  const logged = typeof config.log === 'boolean' ? [] : config.log;
  const kinds = scales ? kindsOf(scales) : config;
  const group = { at: ['modalities', name], name, config, logged, kinds };
  const read = await readTableGroup(file, group, { wanted: scales && columnsRead(scales), onProgress });
  const { table, empty } = scales ? { table: read, empty: [] } : withoutEmpty(file, read, config);
  if (!scales) {
    checkWidth(
      file,
      name,
      table.columns.filter((one) => !isSize(kindOfColumn(config, one.name))),
    );
  }
  const wholeRows = needsWholeRows(scales ? scales.transform : config.transform);
  return {
    table,
    rules: { maxMissing: scales ? undefined : config.maxMissing, wholeRows },
    finish: (joined) => finishTable(file, config, { scales, empty, joined }),
  };
}

interface Finishing {
  readonly scales: GivenScales;
  /** Empty columns that were left out. */
  readonly empty: readonly string[];
  readonly joined: Joined;
}

function finishTable(file: StudyFile, config: TableModalityConfig, { scales, empty, joined }: Finishing): Finished {
  const { ids, split, table, losses, rows, adjustment, batches, onColumn } = joined;
  // Without a transform, levels or counts, columns are used one at a time and can share an array.
  const { kinds } = scales ? kindsOf(scales) : config;
  const isPlain = !(scales ?? config).transform && Object.keys(kinds).length === 0 && !adjustment && !batches;
  const length = table.ids.length;
  let shared: Float64Array | undefined;
  const scratch = () => (isPlain ? (shared ??= new Float64Array(length)) : undefined);
  const selected = new Map(
    table.columns.map(({ name, values, isPacked }) => {
      if (isPacked) return [name, () => valuesAt(rows, values(scratch()))];
      const selectedValues = valuesAt(rows, values());
      return [name, () => selectedValues];
    }),
  );
  const column = (name: string) => selected.get(name)!();
  const raw = { modality: table.name, ids, names: [...selected.keys()], column };
  const levels = new Map(table.columns.map((one) => [one.name, one.levels]));
  const { modality, outliers, ...left } = standardise(file, config, {
    raw,
    levels: (name) => levels.get(name),
    split,
    scales,
    adjustment,
    batches,
    onColumn,
  });
  const size = sizeReport(modality, column, split.train);
  const totals = scales ? undefined : logTotals(modality, raw, split.train);
  const { gaps, ...lost } = losses;
  return {
    modality: totals ? { ...modality, logTotals: totals } : modality,
    columns: () =>
      table.columns.map(({ name, levels: of, values }) => ({ name, levels: of, values: valuesAt(rows, values()) })),
    report: {
      ...tableReport(table, modality),
      ...lost,
      ...(modality.transform && { transform: modality.transform.kind }),
      columns: reportColumns(config, modality, { raw, split, guess: scales === undefined }),
      leftOut: { constant: [...empty, ...left.constant], few: left.few, missing: gaps, filtered: left.filtered },
      ...(size && { size }),
      outliers,
      duplicates: scales ? [] : duplicateColumns(modality),
    },
  };
}

/**
 * Returns the table without empty columns if the study leaves them out.
 * @throws InputError `empty-column` if it does not
 */
function withoutEmpty(
  file: StudyFile,
  table: ModalityTable,
  config: TableModalityConfig,
): { table: ModalityTable; empty: string[] } {
  const { constant, maxMissing } = config;
  let scratch: Float64Array | undefined;
  const empty = table.columns
    .filter(({ values: read, isPacked }) => {
      const values = read(scratch);
      if (isPacked) scratch = values;
      return values.every(Number.isNaN);
    })
    .map(({ name }) => name);
  if (empty.length === 0 || maxMissing !== undefined) return { table, empty: [] };
  if (constant === 'error') {
    throw uselessColumns(file, table.name, config, { code: 'empty-column', columns: empty, are: 'empty' });
  }
  return { table: { ...table, columns: table.columns.filter(({ name }) => !empty.includes(name)) }, empty };
}

/**
 * Checks that the observation can be invertible (METHOD, Eq. 2).
 * @param columns columns that a model predicts
 * @throws InputError `too-many-latents`
 */
export function checkWidth(file: StudyFile, name: string, { length: width }: { readonly length: number }): void {
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
  /** Returns the levels of a column; undefined if it has none. */
  readonly levels: (column: string) => readonly string[] | undefined;
  readonly split: Split;
  /** Scales of a fitted model. */
  readonly scales: ModalityScales | undefined;
  readonly adjustment: Adjustment | undefined;
  readonly batches: BatchAdjustment | undefined;
  readonly onColumn: Joined['onColumn'];
}

/** The modality, and what was found while its scales were fitted. */
interface StandardisedModality extends Omit<FittedScales, 'scales'> {
  readonly modality: Modality;
}

/** @throws InputError `constant-column`, `too-few-values`, `too-many-latents`, and what `fitScales` throws */
function standardise(
  file: StudyFile,
  { latents, exogenous, log, constant: whenConstant, ...config }: TableModalityConfig,
  { raw, levels, split, scales: modelScales, adjustment, batches, onColumn }: Standardisation,
): StandardisedModality {
  const { modality: name, ids } = raw;
  const logChoice = (column: string) => {
    if (typeof log === 'boolean') return log ? 'when-skewed' : 'never';
    return log.includes(column) ? 'always' : 'never';
  };
  const { kinds } = modelScales ? kindsOf(modelScales) : config;
  const ofKinds = columnsOfKinds(file, raw, kinds, levels);
  const { scales, constant, few, filtered, outliers } = modelScales
    ? { scales: modelScales, constant: [], few: [], filtered: [], outliers: [] }
    : fitKinds(raw, ofKinds, {
        kinds,
        size: config.size,
        place: file.locate(['modalities', name, config.size ? 'size' : 'kinds']),
        train: split.train,
        fitMeasured: (measured) =>
          fitScales({ raw: measured, train: split.train, log: logChoice, config, adjustment, batches, onColumn }),
      });
  if (few.length > 0 && whenConstant === 'error') {
    throw uselessColumns(file, name, config, {
      code: 'too-few-values',
      columns: few,
      are: `missing in all but a few training subjects (at least ${MIN_VALUES} values are needed)`,
    });
  }
  if (constant.length > 0 && whenConstant === 'error') {
    throw uselessColumns(file, name, config, {
      code: 'constant-column',
      columns: constant,
      are: 'constant on the training split',
    });
  }
  if (!modelScales) checkWidth(file, name, predictedColumns(scales.columns));
  const encoded = encodeColumns(columnValues(scales, raw), scales, ids, {
    covariates: adjustment?.values,
    batches: batches?.positions,
  });
  const modality = { ...scalesOf(scales), ...encoded, latents, exogenous };
  return { modality, constant, few, filtered, outliers };
}

const MAX_SHOWN = 10;

function uselessColumns(
  file: StudyFile,
  name: string,
  config: Pick<TableModalityConfig, 'columns'>,
  { code, columns, are }: { code: ErrorCode; columns: readonly string[]; are: string },
): InputError {
  const listed = config.columns !== undefined;
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
  readonly raw: RawColumns;
  readonly split: Split;
  /** True if the likely kinds of columns without a kind are reported. */
  readonly guess: boolean;
}

/** Returns a report for every column. A column of levels has several scales and one report. */
function reportColumns(
  { kinds }: TableModalityConfig,
  { columns, levels, transform }: Modality,
  { raw, split, guess }: Reported,
): ColumnReport[] {
  const transformed = transform && columnTransform(transform, raw);
  const firsts = columns.filter(
    (scale, i) => !scale.total && (i === 0 || columnOf(columns[i - 1]) !== columnOf(scale)),
  );
  return firsts.map((scale) => {
    const name = columnOf(scale);
    const values = raw.column(name);
    const after = isMeasured(scale.kind) ? transformed?.(scale) : undefined;
    const report = {
      name,
      ...rangeAndMoments(values, split),
      logged: scale.log,
      ...(after && { transformed: rangeAndMoments(after, split) }),
    };
    const names = namesOfLevels({ levels }, name);
    if (scale.kind) return { ...report, kind: scale.kind, ...(names && { levels: names }) };
    const likely = guess && !transform && kindOfColumn({ kinds }, name) === undefined && likelyKind(values, report);
    return likely ? { ...report, likely } : report;
  });
}

function rangeAndMoments(values: Float64Array, split: Split) {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max, ...momentsOf(values, observedRows(values, split.train)) };
}
