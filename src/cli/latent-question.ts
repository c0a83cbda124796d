// The input of the error-aware search: the folds of a RUN, its evidence, and columns of tables by the same units.

import { join } from 'node:path';
import type { DataColumn } from '../causal/discovery/columns.js';
import type { LatentGraph } from '../causal/index.js';
import { groupMeans } from '../data/split.js';
import { InputError } from '../errors/errors.js';
import type { DiscoverLatentsOptions, MeasuredColumns } from '../evidence/index.js';
import { exists } from '../files/exists.js';
import { isOrderAssumed } from '../training/assumed-order.js';
import { runTable } from '../training/run-digests.js';
import type { RunSummary } from '../training/run-folder.js';
import { FOLDS_FILE, readFolds } from '../fit/folds-file.js';
import { OUT_OF_FOLD_FILE } from './latents-file.js';

/** True if a RUN has the files that the search needs. */
export async function hasFolds(run: string, { evidence }: Pick<RunSummary, 'evidence'>): Promise<boolean> {
  return evidence !== undefined && (await exists(join(run, FOLDS_FILE))) && exists(join(run, OUT_OF_FOLD_FILE));
}

/**
 * Returns the question for the latents of a RUN alone.
 * @throws InputError `untested-latents` if the RUN has no folds; as `runTable`; the errors of reading a table
 */
export async function latentQuestion(
  run: string,
  { nodes }: Pick<LatentGraph, 'nodes'>,
  summary: Pick<RunSummary, 'evidence' | 'config' | 'causes'>,
): Promise<DiscoverLatentsOptions> {
  const { evidence, config, causes } = summary;
  if (evidence === undefined || !(await hasFolds(run, summary))) {
    throw new InputError(
      'untested-latents',
      `${run} has no latents of held-out subjects (${FOLDS_FILE}, ${OUT_OF_FOLD_FILE}): its other latents were ` +
        'trained on the subjects that would be tested, and such tests mean nothing. Fit again without ' +
        '--evidence none, and with 40 subjects or more.',
      { folder: run },
    );
  }
  const folds = await readFolds(await runTable(run, FOLDS_FILE), nodes);
  // Latents in the file have no differences between the values of causes.
  const lost = causes?.reduce((sum, { terms }) => sum + terms.length, 0);
  return {
    nodes,
    splits: folds.map((split) => ({ folds: split.map((fold) => ({ ...fold, lost })) })),
    pairs: evidence.pairs,
    latents: evidence.latents,
    same: evidence.shared?.same,
    seed: config.seed,
    isOrderAssumed: isOrderAssumed(config),
    directions: evidence.directions.filter(({ cause }) => cause),
  };
}

/**
 * Returns columns by unit of the folds: a subject, or the mean over the rows of a group.
 * @param ids subject or group of each row of the columns
 * @param units units of the folds, with their rows if they are groups
 * @throws InputError `no-shared-rows` if no row belongs to a unit
 */
export function measuredByUnit(
  { ids, columns }: { readonly ids: readonly string[]; readonly columns: readonly DataColumn[] },
  {
    ids: units,
    members,
  }: { readonly ids: readonly string[]; readonly members?: ReadonlyMap<string, readonly string[]> },
): MeasuredColumns {
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const isByUnit = units.some((unit) => rowOf.has(unit));
  const namesOf = (unit: string): readonly string[] => (isByUnit ? [unit] : (members?.get(unit) ?? [unit]));
  const rows = units.map((unit) => namesOf(unit).flatMap((name) => rowOf.get(name) ?? []));
  if (rows.every(({ length }) => length === 0)) {
    throw new InputError(
      'no-shared-rows',
      `no id of the tables is a subject of the RUN, whose ids look like '${units[0]}'. Name their column with --id`,
    );
  }
  return { ids: units, columns: columns.map((column) => ({ ...column, values: groupMeans(column.values, rows) })) };
}
