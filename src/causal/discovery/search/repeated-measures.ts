// Background knowledge from time: the same variables measured at several visits. An effect never precedes its cause.

import { InputError } from '../../../errors/errors.js';
import type { Variable } from '../causal-graph.js';

export interface RepeatedMeasures {
  /** Patterns of the column names of each visit, earliest first. `*` stands for the variable's name, as in `*_v1`. */
  readonly visits: readonly string[];
  /**
   * Maximum number of visits between a cause and its effect; unlimited when left out. In the result of FCI, columns
   * that cannot cause each other because of `maxLag` or `withinVisit` may still have an unmeasured common cause, ↔.
   */
  readonly maxLag?: number;
  /** True (when left out) if variables of one visit may cause each other. */
  readonly withinVisit?: boolean;
}

/**
 * Returns a function that is true if the visits of the variables allow i → j. A variable of no visit is unrestricted.
 * @throws InputError `invalid-knowledge`, `unknown-variable`, `contradictory-knowledge`
 */
export function allowedByTime(
  variables: readonly Variable[],
  { visits, maxLag = Infinity, withinVisit = true }: RepeatedMeasures,
): (i: number, j: number) => boolean {
  const visitOf = visitsOf(variables, visits);
  return (i, j) => {
    const lag = visitOf[j] - visitOf[i];
    // The lag is NaN, which compares false, for a variable of no visit.
    return !(lag < 0 || lag > maxLag || (lag === 0 && !withinVisit));
  };
}

function visitsOf(variables: readonly Variable[], visits: readonly string[]): Float64Array {
  const visitOf = new Float64Array(variables.length).fill(NaN);
  for (const [visit, pattern] of visits.entries()) {
    const parts = pattern.split('*');
    if (parts.length !== 2) {
      throw new InputError(
        'invalid-knowledge',
        `the pattern of a visit needs exactly one * for the variable's name, for example '*_v${visit + 1}'; ` +
          `got '${pattern}'`,
      );
    }
    const [before, after] = parts;
    let count = 0;
    for (const [i, { name }] of variables.entries()) {
      const isLonger = name.length > before.length + after.length;
      if (!isLonger || !name.startsWith(before) || !name.endsWith(after)) continue;
      if (visitOf[i] >= 0) {
        throw new InputError(
          'contradictory-knowledge',
          `${name} is a column of visit ${visitOf[i] + 1} ('${visits[visitOf[i]]}') and of visit ${visit + 1} ` +
            `('${pattern}'): change the patterns so that each column matches one visit`,
        );
      }
      visitOf[i] = visit;
      count++;
    }
    if (count > 0) continue;
    throw new InputError('unknown-variable', `no variable is a column of visit ${visit + 1}, '${pattern}'`);
  }
  return visitOf;
}
