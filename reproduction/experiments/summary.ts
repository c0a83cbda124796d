// Summarises experiments by means and standard deviations over data seeds, and compares them with the reach.

import { aboveChance } from '../../src/metrics/index.js';
import { simulatedGraph } from '../../src/simulation/simulate.js';
import { seedsOf, type Experiment, type Figures } from './experiment.js';
import type { ExperimentResult } from './reproduce.js';
import { sparsityCondition, type SparsityCondition } from '../../src/causal/sparsity-condition.js';

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
  /** Chance MCC. */
  readonly chance: Spread;
  /** (MCC − chance)/(1 − chance) of each fit; null if chance is 1 in all fits. */
  readonly corrected: Spread | null;
  readonly mccPearson: Spread;
  readonly r2: Spread;
  /** null if the method estimates no graph. */
  readonly shd: Spread | null;
  readonly reversed: Spread | null;
  readonly seconds: Spread;
  /** Verdict for the graph of each data set. */
  readonly conditions: readonly SparsityCondition[];
  /** MCC of the best restart by the truth minus that of the chosen one; null without restarts. */
  readonly regret: Spread | null;
  /** Mean MCC of each value of a swept setting. */
  readonly sweep: readonly { readonly setting: string; readonly mcc: number }[];
  /** True if every figure of the reach is met; null without a reach. */
  readonly met: boolean | null;
}

/** Summarises the results that have at least one record. */
export function summarise(results: readonly ExperimentResult[]): ExperimentSummary[] {
  return results.filter(({ records }) => records.length > 0).map(summariseOne);
}

function summariseOne({ experiment, records }: ExperimentResult): ExperimentSummary {
  const all = <K extends keyof (typeof records)[number]>(key: K) => records.map((record) => record[key]);
  const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  const graph = known(all('shd'));
  const regrets = known(all('restarts').map((restarts) => restarts && restarts.best - restarts.chosen));
  // A swept setting has one value for all data sets. Choosing the value with the best mean favours the baseline.
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

/** Returns the MCC corrected for chance; null if chance is 1 in all rows. */
export function correctedSpread(rows: readonly { readonly mcc: number; readonly chance: number }[]): Spread | null {
  const values = rows.flatMap(({ mcc, chance }) => aboveChance(mcc, chance) ?? []);
  return values.length === 0 ? null : spread(values);
}

type Reached = Required<Pick<Figures, 'mcc' | 'r2' | 'worst'>> & Pick<Figures, 'shd'>;

function isMet(reach: Figures, { mcc, worst, r2, shd }: Reached): boolean {
  return (
    (reach.mcc === undefined || mcc >= reach.mcc) &&
    (reach.worst === undefined || worst >= reach.worst) &&
    (reach.r2 === undefined || r2 >= reach.r2) &&
    (reach.shd === undefined || (shd !== undefined && shd <= reach.shd))
  );
}

/** Returns the mean and standard deviation. @param values at least one */
export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: values.length > 1 ? Math.sqrt(square / (values.length - 1)) : null, values };
}
