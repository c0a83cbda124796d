// Columns of some rows compared between a level and the reference, or along a number, given what is held constant.

import { termsAt, type Cause } from '../../data/causes.js';
import { rowsByGroup } from '../../data/split.js';
import type { FreePermutations } from '../permutations.js';
import { heldCauses, type CauseStudy } from './cause-study.js';
import { clusteredAssociation } from './clustered-association.js';
import { ClusteredRegression, determinedColumns } from './clustered-regression.js';

/** A level, or a number, that is compared. */
export interface ComparedLevel {
  /** Position of the cause, and of its level; 0 for a number. */
  readonly position: number;
  readonly key: number;
  /** True if the cause is tested within groups. */
  readonly isWithin: boolean;
}

export class CauseComparison {
  /** Positions of the used rows: those with the level or the reference. */
  readonly #at: readonly number[];
  readonly #units: readonly (readonly number[])[] | undefined;
  readonly #isWithin: boolean;
  /** Terms of the compared level or number, and a constant with what is held constant; by used row. */
  readonly #terms: readonly Float64Array[];
  readonly #held: readonly Float64Array[];

  /** @param rows rows of the data set */
  constructor(
    rows: ArrayLike<number>,
    { position, key, isWithin }: ComparedLevel,
    { causes, covariates = [], groups }: CauseStudy,
  ) {
    const cause = causes[position];
    const isCategorical = cause.kind === 'categorical';
    const isUsed = (row: number) => !isCategorical || [0, key].includes(cause.values[row]);
    this.#at = [...Array.from(rows).keys()].filter((i) => isUsed(rows[i]));
    const used = this.#at.map((i) => rows[i]);
    const tableOf = (one: Cause) => {
      const table = used.map((row) => termsAt(one, one.values[row]));
      return one.terms.map((_, term) => Float64Array.from(table, (terms) => terms[term]));
    };
    this.#terms = isCategorical
      ? [Float64Array.from(used, (row) => Number(cause.values[row] === key))]
      : tableOf(cause);
    const held = [
      new Float64Array(used.length).fill(1),
      ...covariates.map((term) => Float64Array.from(used, (row) => term[row])),
      ...heldCauses(causes, position).flatMap(tableOf),
    ];
    this.#held = determinedColumns(held).map((i) => held[i]);
    this.#units = groups && [...rowsByGroup(used.map((row) => groups[row])).values()];
    this.#isWithin = isWithin;
  }

  /** Returns p of no linear association of columns, one value per row, with the level or the number. */
  p(
    columns: readonly Float64Array[],
    { seed, permutations }: { seed: number; permutations: FreePermutations },
  ): number {
    const regression = new ClusteredRegression({ columns: this.#held });
    const residual = (values: Float64Array) => regression.fit(values).residuals;
    const a = columns.map((values) => residual(this.#used(values)));
    const [units, isWithin, lost] = [this.#units, this.#isWithin, this.#held.length - 1];
    // Squares of the few subjects of a small level have heavy tails, for which few permutations give too small a p.
    return clusteredAssociation(a, this.#terms.map(residual), { units, isWithin, seed, permutations, lost }).linear;
  }

  /** Returns a function of a column: how far its expected values differ because of the level or the number. */
  rangeOf(): (values: Float64Array) => number {
    const all = [...this.#held, ...this.#terms];
    const determined = determinedColumns(all);
    const regression = new ClusteredRegression({ columns: determined.map((i) => all[i]) });
    return (values) => {
      const { coefficients } = regression.fit(this.#used(values));
      const expected = this.#at.map((_, row) =>
        determined.reduce((sum, i, c) => sum + (i < this.#held.length ? 0 : coefficients[c] * all[i][row]), 0),
      );
      const [low, high] = expected.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [0, 0]);
      return high - low;
    };
  }

  #used(values: Float64Array): Float64Array {
    return Float64Array.from(this.#at, (i) => values[i]);
  }
}
