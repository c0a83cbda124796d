// Settings of the light tunnel: the colours of its light source and the angles of its polarisers, drawn from a linear
// Gaussian model in six environments (Gamella, Bing, Runge, ICML 2025, PMLR 267:18143).

import { mean, meanAndSd } from '../../metrics/vectors.js';
import { blockRandomised } from '../assignment.js';
import { Streams } from '../streams.js';

/** Names of the settings, which are the latents, in the order of all tables below. */
export const SETTINGS = ['red', 'green', 'blue', 'pol_1', 'pol_2'] as const;
export type Setting = (typeof SETTINGS)[number];

/** Number of colours, which are the first settings. */
export const COLOURS = 3;

/** Environments: observations, and one perfect intervention on each setting. */
export const ENVIRONMENTS = ['reference', ...SETTINGS] as const;

/** Weights by cause and effect. */
const WEIGHTS: Readonly<Partial<Record<Setting, Readonly<Partial<Record<Setting, number>>>>>> = {
  green: { red: 0.7194, pol_2: 0.6773 },
  blue: { green: 0.893, pol_2: 0.9853 },
  pol_1: { red: 0.8487 },
};
/** Causes before effects. */
const CAUSAL_ORDER: readonly Setting[] = ['blue', 'pol_1', 'green', 'red', 'pol_2'];
/** Variances of the noise. */
const VARIANCES = [1.3855, 1.1643, 1.005, 1.9565, 1.2748];
/** Means and variances of the interventions. */
const TARGET_MEANS = [1.1692, 1.475, -1.606, -1.9658, 1.0117];
const TARGET_VARIANCES = [1.9488, 1.3589, 1.5734, 1.1022, 1.3051];

/** Settings are at most this number of sds from their mean. */
const MAX_SDS = 5;
/** Full scale of a colour, and of an angle in degrees. */
const MAX_COLOUR = 255;
const MAX_ANGLE = 90;

export interface TunnelSettings {
  /** Position in `ENVIRONMENTS` of each subject. */
  readonly environments: Float64Array;
  /** Subjects × settings: colours as whole numbers from 0 to 255, angles in degrees with one decimal. */
  readonly values: Float64Array;
  /**
   * Interventions × settings: mean over all subjects under the intervention minus that without, in sds of the setting
   * without.
   */
  readonly effects: Float64Array;
}

/** Settings × settings: 1 where the column is a cause of the row. */
export const TUNNEL_GRAPH: Int8Array = Int8Array.from(
  SETTINGS.flatMap((effect) => SETTINGS.map((cause) => (WEIGHTS[cause]?.[effect] === undefined ? 0 : 1))),
);

/** Draws the settings. The same seed gives the same first subjects before they are standardised. */
export function drawSettings(seed: number, subjects: number): TunnelSettings {
  const streams = new Streams(seed);
  const environments = blockRandomised(streams.armAssignment(), subjects, ENVIRONMENTS.length);
  const noise = SETTINGS.map((_, i) => {
    const random = streams.noise(i);
    return Float64Array.from({ length: subjects }, () => random.normal());
  });
  const assigned = solve(noise, (row) => environments[row]);
  // The observational environment standardises the settings.
  const scales = assigned.map((column) => meanAndSd(column.filter((_, row) => environments[row] === 0)));
  const settingsOf = (columns: readonly Float64Array[]) =>
    columns.map((column, i) => column.map((value) => setting(i, (value - scales[i].mean) / scales[i].sd)));
  const reference = settingsOf(solve(noise, () => 0)).map(meanAndSd);
  const effects = SETTINGS.flatMap((_, target) =>
    settingsOf(solve(noise, () => target + 1)).map((column, i) => (mean(column) - reference[i].mean) / reference[i].sd),
  );
  const columns = settingsOf(assigned);
  return {
    environments,
    values: Float64Array.from(
      { length: subjects * SETTINGS.length },
      (_, at) => columns[at % SETTINGS.length][Math.floor(at / SETTINGS.length)],
    ),
    effects: Float64Array.from(effects),
  };
}

/** Solves the linear model for every subject. */
function solve(noise: readonly Float64Array[], environmentOf: (row: number) => number): Float64Array[] {
  const columns = noise.map((column) => new Float64Array(column.length));
  for (const name of CAUSAL_ORDER) {
    const i = SETTINGS.indexOf(name);
    const parents = SETTINGS.flatMap((cause, j) => {
      const weight = WEIGHTS[cause]?.[name];
      return weight === undefined ? [] : [{ j, weight }];
    });
    noise[i].forEach((epsilon, row) => {
      columns[i][row] =
        environmentOf(row) === i + 1
          ? TARGET_MEANS[i] + Math.sqrt(TARGET_VARIANCES[i]) * epsilon
          : parents.reduce((sum, { j, weight }) => sum + weight * columns[j][row], Math.sqrt(VARIANCES[i]) * epsilon);
    });
  }
  return columns;
}

/** Returns a setting from its value in sds. */
function setting(i: number, standardised: number): number {
  const value = Math.min(Math.max(standardised, -MAX_SDS), MAX_SDS) / MAX_SDS;
  return i < COLOURS ? Math.trunc((MAX_COLOUR / 2) * (1 + value)) : Math.round(MAX_ANGLE * value * 10) / 10;
}
