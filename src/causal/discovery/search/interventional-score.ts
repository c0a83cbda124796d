// The scores of interventional data (Hauser & Bühlmann 2012). The mechanism of a variable is the same in all
// environments that do not set it, so its local score counts the rows of these. The penalty of an edge is that of all
// rows. Environments that were measured apart also differ in the means of columns that no intervention sets. With
// means of environments, each environment has a separate intercept. With shared means, this difference would give
// edges.

import { completeRows, type DataColumn } from '../columns.js';
import { refused, type CompiledEnvironments } from '../environments.js';
import { withRows } from '../half-samples.js';
import type { LocalScore } from './local-score.js';

export const MEANS = ['environment', 'shared'] as const;
export type Means = (typeof MEANS)[number];

/**
 * Returns the score of the DAGs over the columns, whose classes the interventions distinguish. It is equal for DAGs of
 * one class if that of `make` is.
 * @param make returns a score over the rows of its columns, with a penalty in multiples of that of BIC
 * @param options `penalty`: multiple of the penalty of BIC over all rows; `means`: those of each environment, or shared
 *   by all environments that do not set the column
 * @throws InputError `invalid-environments` for unknown targets, or for a column that is a target of all levels; what
 *   `make` throws
 */
export function interventionalScore(
  columns: readonly DataColumn[],
  { name, environments }: CompiledEnvironments,
  make: (columns: readonly DataColumn[], penalty: number) => LocalScore,
  { penalty, means }: { readonly penalty: number; readonly means: Means },
): LocalScore {
  const unknown = environments.flatMap(({ level, targets }) => (targets === undefined ? [level] : []));
  if (unknown.length > 0) {
    throw refused(
      `gies needs the targets of every level of '${name}', and does not know those of ${unknown.join(', ')}. State ` +
        'them, with an empty list for a level without intervention, or search with pc or fci',
    );
  }
  const all = [...columns.keys()];
  const complete = new Set(completeRows(columns, all));
  const rows = complete.size;
  const completeOf = new Map(environments.map((one) => [one.level, one.rows.filter((row) => complete.has(row))]));
  const centred = means === 'shared' ? columns : withoutMeans(columns, [...completeOf.values()]);
  const scores = new Map<string, LocalScore>();
  const scoreOf = (variable: number): LocalScore => {
    const unset = environments.filter(({ targets }) => !targets!.includes(variable));
    if (unset.length === 0) {
      throw refused(
        `every level of '${name}' sets '${columns[variable].name}', so the data do not contain its mechanism: leave ` +
          'the column out',
      );
    }
    const key = JSON.stringify(unset.map(({ level }) => level));
    const known = scores.get(key);
    if (known !== undefined) return known;
    const used = Int32Array.from(unset.flatMap(({ level }) => [...completeOf.get(level)!]));
    const score = make(withRows(centred, used), (penalty * Math.log(rows)) / Math.log(Math.max(2, used.length)));
    scores.set(key, score);
    return score;
  };
  const local = all.map(scoreOf);
  return {
    variables: columns,
    rows,
    targets: environments.map(({ targets }) => targets!),
    score: (variable, parents) => local[variable].score(variable, parents),
  };
}

/** Subtracts from every column its mean over each set of rows. */
function withoutMeans(columns: readonly DataColumn[], sets: readonly Int32Array[]): DataColumn[] {
  return columns.map((column) => {
    const values = column.values.slice();
    for (const rows of sets) {
      let mean = 0;
      for (const row of rows) mean += values[row] / rows.length;
      for (const row of rows) values[row] -= mean;
    }
    return { ...column, values };
  });
}
