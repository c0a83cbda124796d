// The effect of moving one latent on each column, in the units of the column. It is the decoder output, averaged over
// subjects, while their other latents remain unchanged.

import { positionsOf } from '../../data/regular-array.js';
import { isSize } from '../../data/kinds.js';
import { inUnits } from '../../data/units.js';
import type { ReportSubjects } from '../input.js';
import { labelOf, type Entry } from './entries.js';

export interface LatentEffects {
  readonly name: string;
  readonly modality: string;
  /** Columns by descending effect. */
  readonly columns: readonly ColumnEffect[];
  /** Number of further columns of the modality, all with smaller effects. */
  readonly leftOut: number;
}

export interface ColumnEffect {
  readonly column: string;
  readonly label: string;
  /** Difference at each step of the traversal from the value at the latent's mean, in standard deviations. */
  readonly shift: readonly number[];
  /** Value at each step in the units of the column: the mean, or the geometric mean for a logged column. */
  readonly value: readonly number[];
}

/** A column or latent as another latent moves, with values at each step. */
export interface EffectRow {
  readonly label: string;
  /** Position of its modality, for its colour. */
  readonly m: number;
  /** Difference from `rest`, in standard deviations. */
  readonly shift: readonly number[];
  /** Value in the units of the column or latent. */
  readonly value: readonly number[];
  /** Reference value. */
  readonly rest: number;
  /** Range of most subjects, like `shift`. */
  readonly spread?: readonly (readonly [number, number])[];
}

const MAX_COLUMNS = 60;

export function effects(entries: readonly Entry[], subjects: ReportSubjects): LatentEffects[] {
  const { dataset, examination } = subjects;
  const { steps } = examination;
  const middle = steps.indexOf(0);
  return entries.map(({ name, modality, m }, i) => {
    const { columns, regularArray, transform } = dataset.modalities[m];
    const positions = positionsOf(regularArray);
    const { response } = examination.traversals[i];
    const all = columns.flatMap((scale, c): ColumnEffect[] => {
      if (isSize(scale.kind)) return [];
      // The effect on a channel is the mean over its positions.
      const at = steps.map((_, step) => {
        const first = (step * columns.length + c) * positions;
        return response.subarray(first, first + positions).reduce((sum, value) => sum + value, 0) / positions;
      });
      return [
        {
          column: scale.name,
          label: labelOf(subjects, modality, scale.name),
          shift: at.map((value) => Number((value - at[middle]).toFixed(4))),
          value: at.map((value) => Number(inUnits(scale, value, transform).toPrecision(5))),
        },
      ];
    });
    all.sort((a, b) => range(b) - range(a));
    return { name, modality, columns: all.slice(0, MAX_COLUMNS), leftOut: Math.max(0, all.length - MAX_COLUMNS) };
  });
}

/** Returns the absolute change of a column from the first step to the last. */
export function range({ shift }: Pick<ColumnEffect, 'shift'>): number {
  return Math.abs(shift[shift.length - 1] - shift[0]);
}

/**
 * Returns the number of columns that change by more than a tenth of a standard deviation: at least 3, at most `max`.
 */
export function worthShowing({ columns }: LatentEffects, max: number): number {
  return Math.min(max, Math.max(3, columns.filter((column) => range(column) > 0.1).length));
}

/** Returns rows for the first columns; the reference is the latent's mean. @param m position of the modality */
export function effectRows({ columns }: LatentEffects, m: number, count: number): EffectRow[] {
  return columns.slice(0, count).map(({ label, shift, value }) => {
    return { label, m, shift, value, rest: value[(value.length - 1) / 2] };
  });
}
