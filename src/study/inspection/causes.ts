// The causes of a study for `inspect`: counts of levels, and the subjects that were left out.

import type { Cause } from '../../data/causes.js';
import type { Split } from '../../data/dataset.js';
import type { CauseReport } from './inspection.js';

/** Returns a report of each cause. @param losses subjects that each cause leaves out */
export function causeReports(
  causes: readonly Cause[],
  losses: readonly Pick<CauseReport, 'missing' | 'rare'>[],
  { train }: Split,
): CauseReport[] {
  return causes.map(({ name, kind, levels, reference, assigned, effect, targets, terms, values }, c) => {
    const isTrained = new Uint8Array(values.length);
    for (const row of train) isTrained[row] = 1;
    const counts = levels?.map((level, position) => {
      const has = (value: number) => value === (kind === 'categorical' ? position : Number(level));
      const rows = [...values.keys()].filter((row) => has(values[row]));
      return { level, subjects: rows.length, training: rows.filter((row) => isTrained[row] === 1).length };
    });
    const range = kind === 'categorical' ? undefined : rangeOf(values);
    return {
      name,
      kind,
      assigned,
      effect,
      ...(reference !== undefined && { reference }),
      ...(targets && { targets }),
      ...(counts && { levels: counts }),
      ...(range && { range }),
      terms: terms.length,
      ...losses[c],
    };
  });
}

function rangeOf(values: Float64Array): [number, number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return [min, max];
}
