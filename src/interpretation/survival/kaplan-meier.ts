// The Kaplan–Meier estimate of survival, with intervals on the log-log scale (Borgan & Liestøl 1990), which stay
// between 0 and 1. Equal to R's survfit with conf.type = "log-log".

import { normalTwoSidedQuantile } from '../../causal/discovery/independence/distributions.js';
import { timeGroups, type SurvivalTimes } from './survival-times.js';

/** Survival from a time on, until the next one. */
export interface SurvivalStep {
  readonly time: number;
  readonly atRisk: number;
  readonly events: number;
  readonly censored: number;
  readonly survival: number;
  /** Ends of the interval; null where survival is 0. */
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface SurvivalCurve {
  readonly subjects: number;
  readonly events: number;
  /** A step for each time with an event or a last observation. Before the first one, survival is 1. */
  readonly steps: readonly SurvivalStep[];
  /** Time at which half of the subjects have had the event; null if the curve stays above one half. */
  readonly median: number | null;
}

/** Returns the curve of some subjects. @param level of the intervals */
export function kaplanMeier(outcome: SurvivalTimes, level = 0.95): SurvivalCurve {
  const z = normalTwoSidedQuantile(1 - level);
  let atRisk = outcome.times.length;
  let [survival, variance, events] = [1, 0, 0];
  let median: number | null = null;
  const steps = timeGroups(outcome).map(({ time, deaths, censored }): SurvivalStep => {
    const now = atRisk;
    survival *= 1 - deaths.length / now;
    variance += deaths.length / (now * (now - deaths.length));
    events += deaths.length;
    atRisk -= deaths.length + censored.length;
    // A product of rounded factors may lie just above one half.
    if (median === null && survival <= 0.5 + 1e-12) median = time;
    const counts = { atRisk: now, events: deaths.length, censored: censored.length };
    return { time, ...counts, survival, ...interval(survival, variance, z) };
  });
  return { subjects: outcome.times.length, events, steps, median };
}

function interval(survival: number, variance: number, z: number): Pick<SurvivalStep, 'lower' | 'upper'> {
  if (survival === 1) return { lower: 1, upper: 1 };
  if (survival <= 0) return { lower: null, upper: null };
  const hazard = Math.log(survival);
  const width = (z * Math.sqrt(variance)) / hazard;
  const at = Math.log(-hazard);
  return { lower: Math.exp(-Math.exp(at - width)), upper: Math.exp(-Math.exp(at + width)) };
}
