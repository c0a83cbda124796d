// Values of observed causes in a population: fixed, at the reference, or drawn as among the training subjects.

import { referenceOf, termTable, type Cause, type CauseScales } from '../data/causes.js';
import type { RandomStream } from '../random/random-stream.js';
import type { Range } from '../training/causes-schema.js';
import { changesOf, checkedCauses, type KnownCauses } from './cause-setting.js';
import type { Setting } from './setting.js';

/** Values of causes of a population. */
interface CauseDraws {
  /** Terms, rows × T. */
  readonly terms: Float64Array;
  /** Position of the level, or number, of each row; by position of the cause. */
  readonly values: readonly Float64Array[];
}

export interface CauseOptions {
  /** The same value for all rows, by position of the cause. */
  readonly fixed?: ReadonlyMap<number, number> | undefined;
  /** True to draw all causes without a fixed value. Default: only those that nobody assigned; assigned ones are at the reference. */
  readonly drawsAssigned?: boolean | undefined;
}

/**
 * Draws causes. A row has the levels of a combination that occurs among the training subjects. Continuous causes are
 * normal within its range.
 * @param random stream of these draws; a larger number of rows begins with the same rows
 */
export function drawCauses(
  known: KnownCauses,
  rows: number,
  random: RandomStream,
  { fixed, drawsAssigned = false }: CauseOptions = {},
): CauseDraws {
  const { causes, ranges } = known;
  const combinations = ranges?.combinations ?? [];
  const all = combinations.reduce((sum, { subjects }) => sum + subjects, 0);
  const values = causes.map(() => new Float64Array(rows));
  const isDrawn = causes.map(({ assigned }, k) => !fixed?.has(k) && (drawsAssigned || !assigned));
  for (let row = 0; row < rows && causes.length > 0; row++) {
    let left = random.uniform() * all;
    const combination = combinations.find(({ subjects }) => (left -= subjects) < 0) ?? combinations.at(-1);
    for (const [k, cause] of causes.entries()) {
      const { name, kind } = cause;
      const normal = kind === 'continuous' ? random.normal() : 0;
      const range = combination?.numbers?.[name] ?? ranges?.numbers[name];
      const drawn =
        kind === 'continuous' ? range && within(range, normal) : positionOf(cause, combination?.values[name]);
      values[k][row] = fixed?.get(k) ?? (isDrawn[k] ? drawn : undefined) ?? referenceOf(cause);
    }
  }
  return { terms: termTable(causes, values), values };
}

function within({ mean, sd, low, high }: Range, normal: number): number {
  return Math.min(high, Math.max(low, mean + sd * normal));
}

function positionOf({ kind, levels = [] }: CauseScales, value: string | number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return kind === 'categorical' ? levels.indexOf(String(value)) : Number(value);
}

/**
 * Returns the model's causes with the values of subjects, NaN where they are not known. Undefined for a model without
 * causes.
 * @throws what `valuesOfSubjects` throws
 */
export function causesOfSubjects(
  known: KnownCauses,
  subjects: number,
  causes: readonly Cause[] | undefined,
  stated?: Setting,
): Cause[] | undefined {
  if (known.causes.length === 0 && stated === undefined) return undefined;
  const values = valuesOfSubjects(known, subjects, causes, stated);
  return known.causes.map((scales, k) => ({ ...scales, values: values[k] }));
}

/**
 * Returns the values of the model's causes by cause and subject; NaN where they are not known.
 * @param causes causes of the subjects, whose levels may be in another order
 * @param stated values that all subjects have, which replace theirs
 * @throws InputError `unknown-level`, `invalid-setting`
 */
export function valuesOfSubjects(
  known: KnownCauses,
  subjects: number,
  causes: readonly Cause[] | undefined,
  stated: Setting = {},
): Float64Array[] {
  const fixed = new Map(changesOf(known, checkedCauses(known, stated)).map(({ index, value }) => [index, value]));
  return known.causes.map((cause, k) => {
    const value = fixed.get(k);
    if (value !== undefined) return new Float64Array(subjects).fill(value);
    const measured = causes?.find(({ name }) => name === cause.name);
    if (!measured) return new Float64Array(subjects).fill(NaN);
    if (cause.kind !== 'categorical') return measured.values;
    const positions = (measured.levels ?? []).map((level) => cause.levels!.indexOf(level));
    return measured.values.map((position) => ((positions[position] ?? -1) < 0 ? NaN : positions[position]));
  });
}
