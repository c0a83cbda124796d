// Fits the scales of a modality's columns: transform, remove batches, adjust, winsorise, leave out constant columns,
// filter, standardise, in this order. All estimates come from the observed values of the training split.

import { withoutBatch } from '../../data/batches.js';
import type { ColumnScale, ModalityScales } from '../../data/dataset.js';
import { fitRanks, quantileOf } from '../../data/ranks.js';
import {
  adjusted,
  fitScale,
  winsorised,
  isConstant,
  momentsOf,
  observedRows,
  type LogChoice,
  type Moments,
} from '../../data/standardise.js';
import { columnTransform, fitTransform, needsWholeRows, type RawColumns } from '../../data/transform.js';
import type { OutlierReport } from '../inspection/inspection.js';
import { medianDeviation, outliersOf, valuesOf } from '../inspection/outliers.js';
import type { BatchAdjustment } from './subject-batches.js';
import type { TableModalityConfig } from '../grammar/schema.js';

/** Covariates of the subjects, and the dependence of a column on them. */
export interface Adjustment {
  readonly covariates: NonNullable<ModalityScales['covariates']>;
  /** Values of the terms, terms × subjects. */
  readonly values: readonly Float64Array[];
  /** Returns the slopes of the regression of a column on the terms, over rows of the training split. */
  readonly slopes: (values: Float64Array, rows: Int32Array) => number[];
}

export interface ScaleFit {
  readonly raw: RawColumns;
  readonly train: Int32Array;
  readonly log: (column: string) => LogChoice;
  readonly config: Pick<TableModalityConfig, 'transform' | 'winsorise' | 'filter'>;
  readonly adjustment: Adjustment | undefined;
  readonly batches: BatchAdjustment | undefined;
  /** Called for each column that is standardised. */
  readonly onColumn?: ((done: number, total: number) => void) | undefined;
}

export interface FittedScales {
  readonly scales: ModalityScales;
  /** Columns without spread. They have no scale. */
  readonly constant: readonly string[];
  /** Columns with too few values in the training split. They have no scale. */
  readonly few: readonly string[];
  /** Columns that the filter leaves out. */
  readonly filtered: readonly string[];
  readonly outliers: readonly OutlierReport[];
}

/** Summary of a column. The values of a wide table are not all in memory at the same time. */
interface Prepared {
  readonly scale: ColumnScale;
  /** Statistic of the filter, of the values before they are standardised. */
  readonly statistic: number;
  readonly isConstant: boolean;
  readonly outliers: OutlierReport | undefined;
}

/** Minimum number of training values of a column, equal to the minimum number of training subjects. */
export const MIN_VALUES = 10;

/** Returns the scales of a modality. @throws InputError `transform-domain`, and what `fitScale` throws */
export function fitScales(fit: ScaleFit): FittedScales {
  const { raw, train, config, adjustment, batches, onColumn } = fit;
  const transform = config.transform && fitTransform(config.transform, raw, train);
  const minValues = Math.max(MIN_VALUES, (adjustment?.covariates.length ?? 0) + 2);
  const transformed = transform && columnTransform(transform, raw);
  const few: string[] = [];
  const prepared: Prepared[] = [];
  for (const [done, name] of raw.names.entries()) {
    onColumn?.(done, raw.names.length);
    const values = raw.column(name);
    const rows = observedRows(values, train);
    if (rows.length < minValues) {
      few.push(name);
      continue;
    }
    const column = transform?.kind === 'rank' ? { name, ranks: fitRanks(values, rows) } : { name };
    prepared.push(prepare({ ...column, rows, values }, transformed ? transformed(column) : values, fit));
  }
  onColumn?.(raw.names.length, raw.names.length);
  const varied = prepared.filter((column) => !column.isConstant);
  const retained = new Set(config.filter ? best(varied, config.filter) : varied);
  return {
    scales: {
      name: raw.modality,
      columns: varied.filter((column) => retained.has(column)).map(({ scale }) => scale),
      ...(transform && { transform }),
      ...(batches && { batches: batches.batches }),
      ...(adjustment && { covariates: adjustment.covariates }),
    },
    constant: prepared.filter((column) => column.isConstant).map(({ scale }) => scale.name),
    few,
    filtered: varied.filter((column) => !retained.has(column)).map(({ scale }) => scale.name),
    outliers: [...retained].flatMap(({ outliers }) => outliers ?? []).sort((a, b) => b.distance - a.distance),
  };
}

interface ReadColumn extends Pick<ColumnScale, 'name' | 'ranks'> {
  readonly values: Float64Array;
  /** Rows of the training split with a value. */
  readonly rows: Int32Array;
}

function prepare(
  { name, ranks, rows, values: raw }: ReadColumn,
  transformed: Float64Array,
  { log, config, adjustment, batches }: ScaleFit,
): Prepared {
  const first = fitScale(name, transformed, rows, config.transform ? 'never' : log(name));
  const logged = first.log ? transformed.map((value) => Math.log(value + first.offset)) : transformed;
  const effects = batches?.effects(name, logged, rows);
  const even = effects ? logged.map((value, row) => withoutBatch(value, effects, batches!.positions[row])) : logged;
  const slopes = adjustment?.slopes(even, rows);
  const free = slopes ? even.map((value, row) => adjusted(value, slopes, adjustment!.values, row)) : even;
  const limits = config.winsorise === undefined ? undefined : quantiles(free, rows, config.winsorise);
  const values = limits ? free.map((value) => winsorised(value, limits)) : free;
  const before = momentsOf(transformed, rows);
  const moments = values === transformed ? before : momentsOf(values, rows);
  return {
    scale: {
      ...first,
      mean: moments.mean,
      sd: moments.sd,
      ...(ranks && { ranks }),
      ...(effects && { batches: effects }),
      ...(slopes && { slopes }),
      ...(limits && { limits }),
    },
    statistic: config.filter ? filterStatistic(values, rows, { moments, by: config.filter.by }) : 0,
    isConstant:
      isConstant(before) ||
      (values !== logged && isConstant(moments)) ||
      // Shares of a row are rounded, so equal shares may differ in the last bits.
      (needsWholeRows(config.transform) && moments.sd <= 1e-12) ||
      ((slopes ?? effects) !== undefined && moments.sd <= 1e-9 * momentsOf(logged, rows).sd),
    outliers: outliersOf(name, raw, free, rows),
  };
}

function quantiles(values: Float64Array, rows: Int32Array, share: number): NonNullable<ColumnScale['limits']> {
  const sorted = valuesOf(values, rows).sort();
  return { lower: quantileOf(sorted, share), upper: quantileOf(sorted, 1 - share) };
}

/** Returns the columns with the largest statistic; the first of equal ones. */
function best(columns: readonly Prepared[], filter: NonNullable<TableModalityConfig['filter']>) {
  return [...columns].sort((a, b) => b.statistic - a.statistic).slice(0, filter.top);
}

function filterStatistic(
  values: Float64Array,
  rows: Int32Array,
  { moments, by }: { readonly moments: Moments; readonly by: NonNullable<TableModalityConfig['filter']>['by'] },
): number {
  if (by === 'mean') return moments.mean;
  return by === 'variance' ? moments.sd ** 2 : medianDeviation(values, rows).deviation;
}
