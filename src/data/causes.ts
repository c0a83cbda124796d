// Observed causes: treatments, knock-outs, doses, genotypes. They are measured roots of the latent graph: no latent
// causes them. The prior of the latents reads a cause as terms, which are all 0 at the reference.

import { RandomStream } from '../random/random-stream.js';
import { splineConstants, splineValue, type SplineTerm } from './natural-spline.js';

/** `ordered`: doses, grades. `continuous`: numbers without levels. */
export const CAUSE_KINDS = ['categorical', 'ordered', 'continuous'] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

/**
 * What a level does to a latent that it acts on, according to the designer of the study. `soft`: the latent has another
 * mechanism. `shift`: it has the same mechanism plus a constant. `perfect`: it has a separate distribution, and its
 * parents no longer matter.
 */
export const CAUSE_EFFECTS = ['soft', 'shift', 'perfect'] as const;
export type CauseEffect = (typeof CAUSE_EFFECTS)[number];

/**
 * A term of a cause: 1 for subjects with a level, or a standardised function of a number: `(f(x) − f(reference)) / sd`,
 * where f is the identity or a curved term of a natural cubic spline. For an ordered cause, x is the position of the
 * number in the levels (`scaledNumber`), so that doses of 1, 10 and 100 are equally far apart.
 */
export type CauseTerm =
  | { readonly level: string }
  | { readonly spline?: SplineTerm | undefined; readonly zero: number; readonly sd: number };

/** What a model stores of a cause. */
export interface CauseScales {
  readonly name: string;
  readonly kind: CauseKind;
  /** Levels; the first is the reference. Doses ascend. Left out for a continuous cause. */
  readonly levels?: readonly string[] | undefined;
  /** Number at which all terms are 0; left out for a categorical cause. */
  readonly reference?: number | undefined;
  /** True if the designer assigned the values, as in a trial. Otherwise an edge of the cause is an association. */
  readonly assigned: boolean;
  readonly effect: CauseEffect;
  /** Modalities or latents that a level may act on, by level; `*` for every value of a number. Default: unknown. */
  readonly targets?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly terms: readonly CauseTerm[];
}

/** A cause of the subjects of a data set. */
export interface Cause extends CauseScales {
  /**
   * Position of the level for a categorical cause, otherwise the number, by subject. None is missing in a fit; NaN for
   * subjects of a fitted model whose cause is not known.
   */
  readonly values: Float64Array;
}

/** Random stream of permutations of causes, distinct from those in `resample.ts`. */
const SHUFFLE_STREAM = 0x7200_0000;

/** Returns what a model stores of a cause. */
export function causeScalesOf({ name, kind, levels, reference, assigned, effect, targets, terms }: CauseScales) {
  return {
    name,
    kind,
    ...(levels && { levels }),
    ...(reference !== undefined && { reference }),
    assigned,
    effect,
    ...(targets && { targets }),
    terms,
  } satisfies CauseScales;
}

/** Returns the number of terms of all causes together. */
export function termCount(causes: readonly Pick<CauseScales, 'terms'>[]): number {
  return causes.reduce((sum, { terms }) => sum + terms.length, 0);
}

/**
 * Returns the number that the terms of a cause read. Between two levels of an ordered cause it is interpolated, and
 * beyond all levels it is that of the nearest.
 */
export function scaledNumber({ kind, levels }: Pick<CauseScales, 'kind' | 'levels'>, value: number): number {
  if (kind !== 'ordered' || !levels) return value;
  const numbers = levels.map(Number);
  const above = numbers.findIndex((number) => number >= value);
  if (above < 0) return numbers.length - 1;
  if (above === 0) return 0;
  return above - (numbers[above] - value) / (numbers[above] - numbers[above - 1]);
}

/** Returns the values of the terms of a cause at a value: the position of a level, or a number. */
export function termsAt({ kind, levels, terms }: CauseScales, value: number): number[] {
  const x = kind === 'categorical' ? value : scaledNumber({ kind, levels }, value);
  return terms.map((term) => {
    if ('level' in term) return kind === 'categorical' && levels?.[value] === term.level ? 1 : 0;
    const { spline, zero, sd } = term;
    return ((spline ? splineValue(splineConstants(spline), x) : x) - zero) / sd;
  });
}

/** Returns the value at which all terms are 0: a number, or the position of a level. */
export function referenceOf({ kind, reference }: Pick<CauseScales, 'kind' | 'reference'>): number {
  return kind === 'categorical' ? 0 : reference!;
}

/**
 * Returns the terms of all causes in double precision, subjects × terms, in the order of the causes.
 * @param values by cause, like those of a {@link Cause}
 */
export function termTable(causes: readonly CauseScales[], values: readonly Float64Array[]): Float64Array {
  const width = termCount(causes);
  const rows = values.at(0)?.length ?? 0;
  const table = new Float64Array(rows * width);
  let first = 0;
  for (const [c, cause] of causes.entries()) {
    const known = new Map<number, number[]>();
    for (const [row, value] of values[c].entries()) {
      const terms = known.get(value) ?? termsAt(cause, value);
      known.set(value, terms);
      table.set(terms, row * width + first);
    }
    first += cause.terms.length;
  }
  return table;
}

/** Returns the terms of all causes, subjects × terms, in the order of the causes. */
export function causeTerms(causes: readonly Cause[]): Float32Array {
  const values = causes.map((cause) => cause.values);
  return Float32Array.from(termTable(causes, values));
}

/**
 * Returns the terms that a model's causes have for subjects, subjects × terms; undefined if the subjects have none of
 * these causes. The terms of a subject are NaN if one of its causes is unknown, or at a level that the model lacks.
 * @param causes causes of the subjects, found by name; their levels may be in another order
 */
export function termsOfSubjects(
  scales: readonly CauseScales[],
  causes: readonly Cause[] | undefined,
  subjects: number,
): Float32Array | undefined {
  const matches = scales.map(({ name }) => causes?.find((cause) => cause.name === name));
  if (matches.every((cause) => cause === undefined)) return undefined;
  const width = termCount(scales);
  const table = new Float32Array(subjects * width).fill(NaN);
  for (let row = 0; row < subjects; row++) {
    const values = matches.map((cause, k) => {
      const value = cause?.values[row];
      return value === undefined || scales[k].kind !== 'categorical'
        ? value
        : scales[k].levels?.indexOf(cause?.levels?.[value] ?? '');
    });
    if (values.some((value) => value === undefined || value === -1)) continue;
    table.set(
      scales.flatMap((cause, k) => termsAt(cause, values[k]!)),
      row * width,
    );
  }
  return table;
}

/** Returns the causes of some subjects. */
export function selectCauses(causes: readonly Cause[], rows: Int32Array): Cause[] {
  return causes.map((cause) => ({ ...cause, values: Float64Array.from(rows, (row) => cause.values[row]) }));
}

/**
 * Returns the causes after a permutation of the subjects, the same for all causes: the causes stay associated with each
 * other, and nothing else is associated with them.
 * @param strata by subject; subjects are permuted within these. Default: all subjects are one stratum.
 */
export function shuffleCauses(causes: readonly Cause[], seed: number, strata?: readonly string[]): Cause[] {
  const members = new Map<string, number[]>();
  const subjects = causes.at(0)?.values.length ?? 0;
  for (let row = 0; row < subjects; row++) {
    const stratum = strata?.[row] ?? '';
    const rows = members.get(stratum);
    if (rows) rows.push(row);
    else members.set(stratum, [row]);
  }
  const order = new Int32Array(subjects);
  const random = new RandomStream(seed, SHUFFLE_STREAM);
  for (const rows of members.values()) {
    random.permutation(rows.length).forEach((from, to) => (order[rows[to]] = rows[from]));
  }
  return selectCauses(causes, order);
}
