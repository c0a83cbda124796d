// Mean and standard deviation over the data seeds, compared with the reach.

import { aboveChance } from '../metrics/index.js';
import { simulatedGraph } from '../simulation/simulate.js';
import { seedsOf, type Experiment, type Figures } from './experiment.js';
import type { ExperimentResult } from './reproduce.js';
import { sparsityCondition, type SparsityCondition } from './sparsity-condition.js';

export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; null for a single value. */
  readonly sd: number | null;
  readonly values: readonly number[];
}

export interface ExperimentSummary {
  readonly experiment: Experiment;
  readonly seeds: number;
  readonly mcc: Spread;
  /** The MCC of chance; (MCC − chance)/(1 − chance) of each fit, null where chance is 1. */
  readonly chance: Spread;
  readonly corrected: Spread | null;
  readonly mccPearson: Spread;
  readonly r2: Spread;
  /** null where the method finds no graph or the experiment compares none. */
  readonly shd: Spread | null;
  readonly reversed: Spread | null;
  readonly seconds: Spread;
  /** Of each data set's graph. */
  readonly conditions: readonly SparsityCondition[];
  /** How far the chosen restart is behind the best by the truth, in MCC; null without restarts. */
  readonly regret: Spread | null;
  /** For each value of a swept setting, the mean MCC. */
  readonly sweep: readonly { readonly setting: string; readonly mcc: number }[];
  /** True if every figure of the reach is met; null without a reach. */
  readonly met: boolean | null;
}

/** @param results with at least one record each; the others are left out */
export function summarise(results: readonly ExperimentResult[]): ExperimentSummary[] {
  return results.filter(({ records }) => records.length > 0).map(summariseOne);
}

function summariseOne({ experiment, records }: ExperimentResult): ExperimentSummary {
  const all = <K extends keyof (typeof records)[number]>(key: K) => records.map((record) => record[key]);
  const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  const graph = known(all('shd'));
  const regrets = known(all('restarts').map((restarts) => restarts && restarts.best - restarts.chosen));
  // A swept setting is chosen once for all data sets: the best mean, which favours the baseline.
  const sweep = records[0].sweep.map(({ setting }) => {
    const rows = records.flatMap((record) => record.sweep.filter((row) => row.setting === setting));
    return { setting, rows, mcc: spread(rows.map((row) => row.mcc)).mean };
  });
  const chosen = sweep.length === 0 ? records : sweep.reduce((a, b) => (b.mcc > a.mcc ? b : a)).rows;
  const mcc = spread(chosen.map((row) => row.mcc));
  const r2 = spread(chosen.map((row) => row.r2));
  const shd = graph.length === 0 ? null : spread(graph);
  const figures = { mcc: mcc.mean, worst: Math.min(...mcc.values), r2: r2.mean, shd: shd?.mean };
  return {
    experiment,
    seeds: records.length,
    mcc,
    chance: spread(chosen.map((row) => row.chance)),
    corrected: correctedSpread(chosen),
    mccPearson: spread(chosen.map((row) => row.mccPearson)),
    r2,
    shd,
    reversed: shd && spread(known(all('reversed'))),
    seconds: spread(all('seconds')),
    conditions: all('seed').map((seed) =>
      sparsityCondition(
        simulatedGraph(experiment.case, { ...experiment.simulation, seed: seedsOf(experiment, seed).data }),
      ),
    ),
    regret: regrets.length === 0 ? null : spread(regrets),
    sweep: sweep.map(({ setting, mcc: mean }) => ({ setting, mcc: mean })),
    met: experiment.reach ? isMet(experiment.reach, figures) : null,
  };
}

/** MCC corrected for chance. */
export function correctedSpread(rows: readonly { readonly mcc: number; readonly chance: number }[]): Spread | null {
  const values = rows.flatMap(({ mcc, chance }) => aboveChance(mcc, chance) ?? []);
  return values.length === 0 ? null : spread(values);
}

function isMet(reach: Figures, found: Required<Pick<Figures, 'mcc' | 'r2' | 'worst'>> & Pick<Figures, 'shd'>): boolean {
  return (
    (reach.mcc === undefined || found.mcc >= reach.mcc) &&
    (reach.worst === undefined || found.worst >= reach.worst) &&
    (reach.r2 === undefined || found.r2 >= reach.r2) &&
    (reach.shd === undefined || (found.shd !== undefined && found.shd <= reach.shd))
  );
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: values.length > 1 ? Math.sqrt(square / (values.length - 1)) : null, values };
}
