// What moving one latent does to each column, in the column's own units: the average over subjects of the decoder's
// answer while their other latents stay as they are.

import { positionsOf } from '../../data/regular-array.js';
import { isSize } from '../../data/kinds.js';
import { inUnits } from '../../data/units.js';
import type { ReportSubjects } from '../input.js';
import { labelOf, type Entry } from './entries.js';

export interface LatentEffects {
  readonly name: string;
  readonly modality: string;
  /** Largest effect first. */
  readonly columns: readonly ColumnEffect[];
  /** Columns of the modality that are left out here, all of smaller effect. */
  readonly leftOut: number;
}

export interface ColumnEffect {
  readonly column: string;
  readonly label: string;
  /** At each step of the traversal: from where the latent is at its mean, in the column's standard deviations. */
  readonly shift: readonly number[];
  /** The same in the column's own units: the typical value there (of a logged column, the geometric mean). */
  readonly value: readonly number[];
}

/** A column or latent as another latent moves; everything at each step. */
export interface EffectRow {
  readonly label: string;
  /** Position of its modality, for its colour. */
  readonly m: number;
  /** In its standard deviations, from `rest`. */
  readonly shift: readonly number[];
  /** In its own units. */
  readonly value: readonly number[];
  /** What values are compared with. */
  readonly rest: number;
  /** Where most subjects lie, as `shift`. */
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
      // Of a channel the mean over its positions.
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

/** How far a column goes between the two ends. */
export function range({ shift }: Pick<ColumnEffect, 'shift'>): number {
  return Math.abs(shift[shift.length - 1] - shift[0]);
}

/** Columns that move by more than a tenth of a standard deviation, at least three, at most `max`. */
export function worthShowing({ columns }: LatentEffects, max: number): number {
  return Math.min(max, Math.max(3, columns.filter((column) => range(column) > 0.1).length));
}

/** The first columns, compared with where the latent is at its mean. @param m position of the modality */
export function effectRows({ columns }: LatentEffects, m: number, count: number): EffectRow[] {
  return columns.slice(0, count).map(({ label, shift, value }) => {
    return { label, m, shift, value, rest: value[(value.length - 1) / 2] };
  });
}
