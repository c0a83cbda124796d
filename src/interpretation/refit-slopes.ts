// Slopes of columns on the latents of refits. A tested fit keeps the latents of models that were fitted to one fold of
// the subjects and encoded the other fold, for one or several splits into two folds. In each fold, every column is
// regressed on all latents of its modality, per standard deviation. The folds of a split share neither subjects nor
// models, so their difference shows how much refits differ beyond chance. The slope is the mean over all folds, and its
// interval covers the sampling of subjects and this difference.

import { Matrix } from 'ml-matrix';
import type { Dataset, Modality } from '../data/dataset.js';
import { groupUnits } from '../data/group-units.js';
import { rescale } from '../data/rescale.js';
import { spreadOver, tableOf, type Table } from '../quality/index.js';
import { nextTurn } from '../threads/next-turn.js';
import { subjectsOf, type InterpretationInput, type RefitLatents } from './input.js';
import { interval90, type Interval90 } from './ratio.js';
import { slopesOf, type Slopes } from './slopes.js';
import type { LatentUnit } from './units.js';

/** Minimum number of subjects, or groups, of a regression. */
const MIN_REGRESSED = 20;
/** Maximum number of values of a regressed modality, which bounds its subjects. */
export const MAX_VALUES = 2e7;

/** From this number of columns on, those with the largest slopes are a stratum. */
const MIN_STRATA = 12;
const LARGE_SHARE = 0.25;

/** An estimate of one fold, with its variance. */
export interface FoldEstimate {
  readonly estimate: number;
  readonly variance: number;
  readonly degrees: number;
}

/**
 * Returns the slopes of each column of its modality, by unit; undefined where too few subjects have values.
 * @param table name of the table that needs them
 */
export async function refitSlopes(
  input: InterpretationInput,
  units: readonly LatentUnit[],
  table: string,
): Promise<ReadonlyMap<LatentUnit, readonly (Interval90 | undefined)[]>> {
  const { summary, graph, refits = [], signal } = input;
  const dataset = subjectsOf(input, table);
  const result = new Map<LatentUnit, readonly (Interval90 | undefined)[]>();
  if (refits.length === 0) return result;
  const values = rescale(dataset, summary.columns);
  for (const [m, scales] of summary.columns.entries()) {
    if (scales.regularArray) continue;
    const modality: Modality = { ...summary.model.modalities[m], ...scales, ...values[m] };
    const nodes = graph.nodes.flatMap((node, i) => (node.modality === scales.name ? [i] : []));
    const ofModality = units.filter((unit) => unit.modality === scales.name);
    const splits: { readonly slopes: (Slopes | undefined)[]; readonly regressors: readonly Float64Array[] }[][] = [];
    for (const folds of refits) {
      await nextTurn();
      signal?.throwIfAborted();
      const both = folds.map((fold) => {
        const { table: columns, regressors } = foldOf(dataset, modality, fold, nodes);
        const isEnough = columns.samples.rows >= MIN_REGRESSED + nodes.length;
        return isEnough ? [{ slopes: slopesOf(regressors, columns), regressors }] : [];
      });
      if (both.every(({ length }) => length === 1)) splits.push(both.flat());
    }
    if (splits.length === 0) continue;
    for (const unit of ofModality) {
      const positions = unit.nodes.map((node) => nodes.indexOf(node));
      const estimates = scales.columns.map((_, c) =>
        splits.flatMap((split): FoldEstimate[][] => {
          const both = split.flatMap(({ slopes, regressors }) => {
            const ofColumn = slopes[c];
            return ofColumn ? [estimateOf(ofColumn, regressors, positions, unit.isBlock)] : [];
          });
          return both.length === 2 ? [both] : [];
        }),
      );
      const axes = Math.max(1, nodes.length - 1);
      result.set(unit, combined(estimates, { isSize: unit.isBlock, degrees: splits.length * axes }));
    }
  }
  return result;
}

/** Returns the columns and standardised latents of the units of a fold that have all of them. */
function foldOf(
  dataset: Pick<Dataset, 'ids' | 'groups'>,
  modality: Modality,
  { ids, units }: RefitLatents,
  nodes: readonly number[],
): { readonly table: Table; readonly regressors: readonly Float64Array[] } {
  const { ids: everyone, groups } = dataset;
  const rowOf = new Map(everyone.map((id, row) => [id, row]));
  const members = groups && groupUnits(Int32Array.from(everyone.keys()), groups);
  const rowsOfGroup = members && new Map(members.names.map((name, g) => [name, members.members[g]]));
  const known = [...ids.keys()].filter(
    (unit) =>
      (rowsOfGroup ? rowsOfGroup.has(ids[unit]) : rowOf.has(ids[unit])) &&
      nodes.every((node) => !Number.isNaN(units[node][unit])),
  );
  const chosen = spreadOver(Int32Array.from(known), Math.ceil(MAX_VALUES / modality.columns.length));
  const regressors = nodes.map((node) => standardised(Float64Array.from(chosen, (unit) => units[node][unit])));
  const table = rowsOfGroup
    ? meansByUnit(
        modality,
        Array.from(chosen, (unit) => [...rowsOfGroup.get(ids[unit])!]),
      )
    : tableOf(
        [modality],
        Int32Array.from(chosen, (unit) => rowOf.get(ids[unit])!),
      );
  return { table, regressors };
}

/** Returns the means of the observed values over the rows of each group. */
export function meansByUnit(modality: Modality, members: readonly (readonly number[])[]): Table {
  const columns = modality.columns.length;
  const values = new Float64Array(members.length * columns);
  const observed = new Uint8Array(values.length);
  members.forEach((rows, unit) => {
    const { samples, observed: marks } = tableOf([modality], Int32Array.from(rows));
    for (let c = 0; c < columns; c++) {
      const known = [...rows.keys()].filter((i) => marks?.[i * columns + c] !== 0);
      const sum = known.reduce((total, i) => total + samples.values[i * columns + c], 0);
      values[unit * columns + c] = known.length === 0 ? 0 : sum / known.length;
      observed[unit * columns + c] = Number(known.length > 0);
    }
  });
  return {
    samples: { values, rows: members.length, columns },
    observed: observed.includes(0) ? observed : undefined,
  };
}

/**
 * Returns the slope of a latent, or the size of a block's, which is √(bᵀ S b) for slopes b and correlations S of the
 * latents. The variance of a size is linearised.
 */
function estimateOf(
  { estimate, covariance, degrees }: Slopes,
  regressors: readonly Float64Array[],
  positions: readonly number[],
  isBlock: boolean,
): FoldEstimate {
  if (!isBlock) {
    const [k] = positions;
    return { estimate: estimate[k], variance: covariance.get(k, k), degrees };
  }
  const b = Matrix.columnVector(positions.map((k) => estimate[k]));
  const along = correlations(positions.map((k) => regressors[k])).mmul(b);
  const size = Math.sqrt(Math.max(0, b.dot(along)));
  const variance = along.dot(covariance.selection([...positions], [...positions]).mmul(along));
  return { estimate: size, variance: size > 0 ? variance / size ** 2 : 0, degrees };
}

/**
 * Combines the estimates of both folds of every split. For folds with estimates b₁, b₂ and variances v₁, v₂, refits
 * differ by τ² = (b₁ − b₂)²/2 − (v₁ + v₂)/2, averaged over splits and columns, if that is positive. The columns with
 * the largest slopes have a separate τ². The variance of the mean is (v₁ + v₂)/4 + τ²/2. The half-width is the root of
 * the summed squares of the half-widths of both parts, because τ² has few degrees of freedom: Satterthwaite's (1946)
 * intervals would cover 83 % instead of 90 % with one split.
 * @param byColumn by column and split, the estimates of both folds
 * @param isSize true if estimates are sizes, whose interval ends at 0
 * @param degrees degrees of freedom of τ²: refits turn the axes, so columns add none
 * @returns by column; undefined without estimates
 */
export function combined(
  byColumn: readonly (readonly (readonly FoldEstimate[])[])[],
  { isSize, degrees }: { readonly isSize: boolean; readonly degrees: number },
): (Interval90 | undefined)[] {
  const sums = byColumn.map((splits) => splits.length > 0 && summaryOf(splits));
  const known = [...sums.keys()].filter((c) => sums[c] !== false);
  const sizeOf = (c: number): number => Math.abs((sums[c] as Summary).estimate);
  const ordered = known.sort((a, b) => sizeOf(b) - sizeOf(a));
  const large = ordered.length < MIN_STRATA ? ordered.length : Math.ceil(ordered.length * LARGE_SHARE);
  const result: (Interval90 | undefined)[] = byColumn.map(() => undefined);
  for (const stratum of [ordered.slice(0, large), ordered.slice(large)]) {
    const excess = stratum.reduce((sum, c) => sum + (sums[c] as Summary).excess, 0) / stratum.length;
    const between = Math.max(0, excess) / 2;
    for (const c of stratum) {
      const { estimate, sampling, sampled } = sums[c] as Summary;
      const parts = [interval90(0, Math.sqrt(sampling), sampled), interval90(0, Math.sqrt(between), degrees)];
      const width = Math.hypot(...parts.map(({ upper }) => upper));
      result[c] = {
        estimate,
        lower: isSize ? Math.max(0, estimate - width) : estimate - width,
        upper: estimate + width,
      };
    }
  }
  return result;
}

interface Summary {
  readonly estimate: number;
  /** Variance of the estimate without differences between refits, and its degrees of freedom. */
  readonly sampling: number;
  readonly sampled: number;
  /** An estimate of τ², which can be negative. */
  readonly excess: number;
}

function summaryOf(splits: readonly (readonly FoldEstimate[])[]): Summary {
  const average = (of: (both: readonly FoldEstimate[]) => number): number =>
    splits.reduce((sum, both) => sum + of(both), 0) / splits.length;
  const sampling = average(([a, b]) => (a.variance + b.variance) / 4);
  return {
    estimate: average(([a, b]) => (a.estimate + b.estimate) / 2),
    sampling,
    sampled: average(([a, b]) => a.degrees + b.degrees),
    excess: average(([a, b]) => (a.estimate - b.estimate) ** 2 / 2) - 2 * sampling,
  };
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / (sd || 1));
}

function correlations(features: readonly Float64Array[]): Matrix {
  const table = new Matrix(features.map((feature) => Array.from(feature)));
  return table.mmul(table.transpose()).div(Math.max(1, table.columns));
}
