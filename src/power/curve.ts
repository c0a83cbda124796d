// The power of a study by its number of subjects: the share of simulated studies in which a fit finds the link. The
// formula is an upper bound.

import { checkAccepted } from '../errors/argument.js';
import { ENOUGH_POWER, formulaPower, type PairPower, type PowerDesign } from './design.js';
import { runConcurrently } from '../threads/run-concurrently.js';
import { simulateStudy, type SimulatedStudy } from './simulate.js';

/** Two-sided 95 % point of the normal distribution. */
const NORMAL_95 = 1.959964;

/** Power at one number of subjects. */
export interface PowerPoint {
  /** Number of subjects with both modalities of a pair. */
  readonly subjects: number;
  /** Number of simulated studies, and of those in which a fit finds the link. */
  readonly studies: number;
  readonly detected: number;
  /** 95 % interval of the share of studies (Wilson). */
  readonly interval: readonly [number, number];
  /** Mean share of the latents that replicate between the folds. */
  readonly replicated: number;
  /** Number of supported links between modalities without a link, per simulated study. */
  readonly falseLinks: number;
  /** Upper bound: the formula for latents that are known, as a mean over the pairs of modalities. */
  readonly bound: number;
}

/** Number of subjects from which the power is `ENOUGH_POWER`, with limits; null beyond the simulated numbers. */
export interface NeededSubjects {
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface PowerCurve extends PowerDesign {
  readonly points: readonly PowerPoint[];
  /** Upper bounds of the power of each pair of modalities. */
  readonly pairs: readonly PairPower[];
  /** By simulated studies; left out without them. */
  readonly needed?: NeededSubjects | undefined;
  /** Number of subjects that every pair needs at least, by the formula. */
  readonly neededAtLeast: number;
  readonly seed: number;
}

export interface PowerOptions {
  readonly sizes: readonly number[];
  /** Number of simulated studies for each number of subjects; 0 for the upper bound alone. */
  readonly studies: number;
  readonly seed: number;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Number of studies that are simulated at the same time. Default: 1. */
  readonly threads?: number;
  /** Simulates a study in another thread. Default: in this one. */
  readonly simulate?: typeof simulateStudy | undefined;
}

/** Returns the curve of a design. It does not depend on the number of threads. */
export async function powerCurve(design: PowerDesign, options: PowerOptions): Promise<PowerCurve> {
  const { sizes, studies, seed, onProgress, signal, threads = 1, simulate = simulateStudy } = options;
  checkAccepted(
    'sizes',
    sizes,
    sizes.every((size) => size >= 40),
    'are numbers of subjects from 40',
  );
  const pairs = formulaPower(design, sizes);
  const latents = design.modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const work = sizes.reduce((sum, size) => sum + size, 0) * studies;
  let done = 0;
  const simulated = async (task: number): Promise<SimulatedStudy> => {
    const subjects = sizes[Math.floor(task / studies)];
    const result = await simulate(design, subjects, { number: task % studies, seed });
    done += subjects;
    onProgress?.({ done, total: work });
    return result;
  };
  const all = await runConcurrently(sizes.length * studies, threads, simulated, signal);
  const points = sizes.map((subjects, s): PowerPoint => {
    const results = all.slice(s * studies, (s + 1) * studies);
    const powers = pairs.map(({ power }) => power[s]);
    const detected = results.filter(({ isDetected }) => isDetected).length;
    const mean = (of: (study: SimulatedStudy) => number) =>
      studies === 0 ? 0 : results.reduce((sum, study) => sum + of(study), 0) / studies;
    return {
      subjects,
      studies,
      detected,
      interval: wilson(detected, studies),
      replicated: mean(({ replicated }) => replicated / latents),
      falseLinks: mean(({ falseLinks }) => falseLinks),
      // Simulated studies take turns with the pairs.
      bound: powers.reduce((sum, power) => sum + power, 0) / powers.length,
    };
  });
  return {
    ...design,
    points,
    pairs,
    ...(studies > 0 && { needed: neededSubjects(points) }),
    neededAtLeast: Math.max(...pairs.map((pair) => pair.needed)),
    seed,
  };
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

/**
 * Returns where the power reaches `ENOUGH_POWER`: between the simulated numbers of subjects, the power is a straight
 * line. The limits are where the ends of the intervals reach it.
 * @param points in ascending order of their subjects
 */
export function neededSubjects(points: readonly PowerPoint[]): NeededSubjects {
  const reached = (of: (point: PowerPoint) => number): number | null => {
    const powers = rising(points.map(of));
    const at = powers.findIndex((power) => power >= ENOUGH_POWER);
    if (at <= 0) return at === 0 ? points[0].subjects : null;
    const share = (ENOUGH_POWER - powers[at - 1]) / (powers[at] - powers[at - 1]);
    return Math.ceil(points[at - 1].subjects + share * (points[at].subjects - points[at - 1].subjects));
  };
  return {
    estimate: reached(({ detected, studies }) => detected / studies),
    low: reached(({ interval }) => interval[1]),
    high: reached(({ interval }) => interval[0]),
  };
}

/** Returns the closest sequence that does not fall (pool adjacent violators; Ayer et al. 1955). */
export function rising(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    let block = { sum: value, count: 1 };
    for (let last = blocks.at(-1); last && last.sum / last.count > block.sum / block.count; last = blocks.at(-1)) {
      block = { sum: block.sum + last.sum, count: block.count + last.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
}
