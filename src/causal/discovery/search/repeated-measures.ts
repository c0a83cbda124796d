// Background knowledge from time: the same variables measured at several visits. An effect never precedes its cause.

import { InputError } from '../../../errors.js';
import type { Variable } from '../causal-graph.js';

export interface RepeatedMeasures {
  /** Names of the columns of each visit, earliest first, with `*` where the variable's own name stands: `*_v1`. */
  readonly visits: readonly string[];
  /**
   * Most visits from a cause to its effect; any number when left out. In FCI's answer, columns that cannot cause each
   * other may have an unmeasured common cause, ↔; here and within a visit.
   */
  readonly maxLag?: number;
  /** Whether variables of one visit may cause each other; they may when left out. */
  readonly withinVisit?: boolean;
}

/**
 * Whether the edge i → j can be, by the visits of the variables; one of no visit may be anywhere.
 * @throws InputError `invalid-knowledge`, `unknown-variable`, `contradictory-knowledge`
 */
export function allowedByTime(
  variables: readonly Variable[],
  { visits, maxLag = Infinity, withinVisit = true }: RepeatedMeasures,
): (i: number, j: number) => boolean {
  const visitOf = visitsOf(variables, visits);
  return (i, j) => {
    const lag = visitOf[j] - visitOf[i];
    // NaN for a variable of no visit.
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
        `a visit is written with one * where the variable's name stands, for example '*_v${visit + 1}'; ` +
          `not '${pattern}'`,
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
            `('${pattern}'): write them so that each column is of one`,
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
