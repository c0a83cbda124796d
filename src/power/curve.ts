// The power of a study by its number of subjects: by the formula, and in simulated studies.

import { checkAccepted } from '../errors/argument.js';
import { formulaPower, type PairPower, type PowerDesign } from './design.js';
import { simulateStudy, type SimulatedStudy } from './simulate.js';

/** Two-sided 95 % point of the normal distribution. */
const NORMAL_95 = 1.959964;

/** Power at one number of subjects. */
export interface PowerPoint {
  /** Number of subjects with both modalities of a pair. */
  readonly subjects: number;
  /** Mean over the pairs of modalities, by the formula. */
  readonly formula: number;
  /** The pair with the lowest power, by the formula. */
  readonly lowest: number;
  /** Number of simulated studies, and of those in which the search supports the link. */
  readonly studies: number;
  readonly detected: number;
  /** 95 % interval of the share of studies (Wilson). */
  readonly interval: readonly [number, number];
  /** Number of supported links that do not exist, per simulated study. */
  readonly falseLinks: number;
}

export interface PowerCurve extends PowerDesign {
  readonly points: readonly PowerPoint[];
  readonly pairs: readonly PairPower[];
  /** Number of subjects from which the power is `ENOUGH_POWER` for every pair, by the formula. */
  readonly needed: number;
  readonly seed: number;
}

export interface PowerOptions {
  readonly sizes: readonly number[];
  /** Number of simulated studies for each number of subjects; 0 for the formula alone. */
  readonly studies: number;
  readonly seed: number;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Returns the curve of a design. */
export async function powerCurve(design: PowerDesign, options: PowerOptions): Promise<PowerCurve> {
  const { sizes, studies, seed, onProgress, signal } = options;
  checkAccepted(
    'sizes',
    sizes,
    sizes.every((size) => size >= 40),
    'are numbers of subjects from 40',
  );
  const pairs = formulaPower(design, sizes);
  const points: PowerPoint[] = [];
  for (const [s, subjects] of sizes.entries()) {
    const results: SimulatedStudy[] = [];
    for (let number = 0; number < studies; number++) {
      signal?.throwIfAborted();
      results.push(await simulateStudy(design, subjects, { number, seed }));
      onProgress?.({ done: s * studies + number + 1, total: sizes.length * studies });
    }
    const powers = pairs.map(({ power }) => power[s]);
    const detected = results.filter(({ isDetected }) => isDetected).length;
    points.push({
      subjects,
      // Simulated studies take turns with the pairs.
      formula: powers.reduce((sum, power) => sum + power, 0) / powers.length,
      lowest: Math.min(...powers),
      studies,
      detected,
      interval: wilson(detected, studies),
      falseLinks: studies === 0 ? 0 : results.reduce((sum, { falseLinks }) => sum + falseLinks, 0) / studies,
    });
  }
  return { ...design, points, pairs, needed: Math.max(...pairs.map((pair) => pair.needed)), seed };
}

/** Returns Wilson's 95 % interval of a share. */
export function wilson(count: number, total: number): [number, number] {
  if (total === 0) return [0, 1];
  const share = count / total;
  const z2 = NORMAL_95 ** 2;
  const centre = (share + z2 / (2 * total)) / (1 + z2 / total);
  const half = (NORMAL_95 / (1 + z2 / total)) * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
