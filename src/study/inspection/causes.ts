// The causes and batches of a study for `inspect`: counts of levels, and the subjects that were left out.

import type { Batches } from '../../data/batches.js';
import type { Cause } from '../../data/causes.js';
import type { Split } from '../../data/dataset.js';
import type { BatchReport, CauseReport } from './inspection.js';

/** Returns a report of each cause. @param losses subjects that each cause leaves out */
export function causeReports(
  causes: readonly Cause[],
  losses: readonly Pick<CauseReport, 'missing' | 'rare'>[],
  { train }: Split,
): CauseReport[] {
  return causes.map(({ name, kind, levels, reference, assigned, effect, targets, terms, values }, c) => {
    const counts =
      levels &&
      countsOf(levels, (level, position) => (kind === 'categorical' ? position : Number(level)), {
        values,
        train,
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

/** Returns a report of a modality's batches. @param lacking subjects that are left out because they have no batch */
export function batchReport(
  {
    batches,
    positions,
    nearlySame,
  }: { readonly batches: Batches; readonly positions: Float64Array } & Pick<BatchReport, 'nearlySame'>,
  { train }: Split,
  lacking: number,
): BatchReport {
  const { column, levels, causes: same } = batches;
  const counts = countsOf(levels, (_, position) => position, { values: positions, train });
  return { column, levels: counts, lacking, ...(same && { same }), ...(nearlySame && { nearlySame }) };
}

/** Returns the numbers of subjects of each level. @param valueOf returns the value of subjects with a level */
function countsOf(
  levels: readonly string[],
  valueOf: (level: string, position: number) => number,
  { values, train }: { readonly values: Float64Array; readonly train: Int32Array },
): BatchReport['levels'] {
  const counts = (numbers: Iterable<number>): Map<number, number> => {
    const result = new Map<number, number>();
    for (const value of numbers) result.set(value, (result.get(value) ?? 0) + 1);
    return result;
  };
  const [all, training] = [counts(values), counts(Array.from(train, (row) => values[row]))];
  return levels.map((level, position) => {
    const value = valueOf(level, position);
    return { level, subjects: all.get(value) ?? 0, training: training.get(value) ?? 0 };
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
