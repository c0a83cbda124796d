// The scores of interventional data (Hauser & Bühlmann 2012). The mechanism of a variable is the same in all
// environments that do not set it, so its local score counts the rows of these. The penalty of an edge is that of all
// rows.

import { completeRows, type DataColumn } from '../columns.js';
import { refused, type CompiledEnvironments, type Environment } from '../environments.js';
import type { LocalScore } from './local-score.js';

/**
 * Returns the score of the DAGs over the columns, whose classes the interventions distinguish. It is equal for DAGs of
 * one class if that of `make` is.
 * @param make returns a score over the rows of its columns, with a penalty in multiples of that of BIC
 * @param penalty multiple of the penalty of BIC over all rows
 * @throws InputError `invalid-environments` for unknown targets, or for a column that is a target of all levels; what
 *   `make` throws
 */
export function interventionalScore(
  columns: readonly DataColumn[],
  { name, environments }: CompiledEnvironments,
  make: (columns: readonly DataColumn[], penalty: number) => LocalScore,
  penalty: number,
): LocalScore {
  const unknown = environments.flatMap(({ level, targets }) => (targets === undefined ? [level] : []));
  if (unknown.length > 0) {
    throw refused(
      `gies needs the targets of every level of '${name}', and does not know those of ${unknown.join(', ')}. State ` +
        'them, with an empty list for a level without intervention, or search with pc or fci',
    );
  }
  const all = [...columns.keys()];
  const rows = completeRows(columns, all).length;
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
    const natural = rowsOf(columns, unset);
    const used = completeRows(natural, all).length;
    const score = make(natural, (penalty * Math.log(rows)) / Math.log(Math.max(2, used)));
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

function rowsOf(columns: readonly DataColumn[], environments: readonly Environment[]): DataColumn[] {
  const rows = Int32Array.from(environments.flatMap((environment) => [...environment.rows])).sort();
  return columns.map((column) => ({ ...column, values: Float64Array.from(rows, (row) => column.values[row]) }));
}
