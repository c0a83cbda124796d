// Units of a test of a cause that has one value in each batch, as in a trial that treats whole sites. Batches then
// differ from each other, and so do levels, although the cause does nothing. Only batches are independent.

import type { Cause } from './causes.js';
import type { Dataset, Modality } from './dataset.js';
import { isRemovedWithBatches } from './batches.js';

/**
 * Returns the unit of each subject: subjects that share a batch, or a group, have the same. Subjects without a batch
 * are one unit for each value of the cause. Undefined if the cause does not have more batches than levels, or than
 * numbers of its curve: then nothing shows how much batches differ.
 */
export function batchUnits(
  { name, values, terms }: Pick<Cause, 'name' | 'values' | 'terms'>,
  { modalities, groups }: { readonly modalities: readonly Modality[]; readonly groups?: Dataset['groups'] },
): string[] | undefined {
  const finer = modalities.flatMap(({ batches, batchPositions }) => {
    const isFiner = isRemovedWithBatches(name, { batches }) && batches!.levels.length > 1 + terms.length;
    return isFiner && batchPositions ? [{ column: batches!.column, positions: batchPositions }] : [];
  });
  if (finer.length === 0) return undefined;
  const parents = Int32Array.from(values.keys());
  const rootOf = (row: number): number => {
    let root = row;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]];
    return root;
  };
  const firsts = new Map<string, number>();
  const join = (label: string, row: number): void => {
    const first = firsts.get(label);
    if (first === undefined) firsts.set(label, row);
    else parents[rootOf(row)] = rootOf(first);
  };
  for (const row of values.keys()) {
    const known = finer.filter(({ positions }) => !Number.isNaN(positions[row]));
    for (const { column, positions } of known) join(`batch ${column} ${positions[row]}`, row);
    if (known.length === 0) join(`value ${values[row]}`, row);
    if (groups) join(`group ${groups[row]}`, row);
  }
  return Array.from(values, (_, row) => String(rootOf(row)));
}
