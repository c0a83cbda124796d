// Whether γ = [η, ε] is independent, which the method's identifiability rests on (Sun et al., Prop. 5.1 and 5.2).

import type { Examination } from '../../inference/examination.js';
import { dot, evenly, standardRanks } from './correlations.js';
import type { Entry } from './entries.js';
import { columnOf } from './histogram.js';

export interface Independence {
  /** `<modality>.ε1`, `<modality>.η1`: entries of (z, η) with ε in place of z. */
  readonly names: readonly string[];
  /**
   * The larger of two rank correlations, of the values and of their distances from the median (so that dependence of
   * the spread is seen too); names × names, row-major, in [0, 1].
   */
  readonly dependence: Float64Array;
  readonly subjects: number;
  /** What independent noises of as many subjects would reach by chance: three standard errors. */
  readonly chance: number;
}

const MOST_SUBJECTS = 10_000;

/** Dependence above this is told as a warning. */
export const NOTABLE_DEPENDENCE = 0.2;

/** Whether a pair's dependence is more than the model's assumption bears, and more than chance. */
export function isNotable(dependence: number, { chance }: Pick<Independence, 'chance'>): boolean {
  return dependence > Math.max(NOTABLE_DEPENDENCE, chance);
}

export function independence(entries: readonly Entry[], examination: Examination): Independence {
  const { mean, epsilon, width, rows } = examination;
  const latents = entries.filter(({ latent }) => latent).length;
  const picked = evenly(rows, MOST_SUBJECTS);
  let z = 0;
  const noises = entries.map((entry, i) => {
    const all = entry.latent ? columnOf(epsilon, latents, z++) : columnOf(mean, width, i);
    return Float64Array.from(picked, (row) => all[row]);
  });
  const values = noises.map(standardRanks);
  const sizes = noises.map((noise) => {
    const centre = noise.slice().sort()[Math.floor(noise.length / 2)];
    return standardRanks(noise.map((value) => Math.abs(value - centre)));
  });
  const n = entries.length;
  const dependence = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      dependence[i * n + j] =
        i === j ? 1 : Math.max(Math.abs(dot(values[i], values[j])), Math.abs(dot(sizes[i], sizes[j])));
    }
  }
  const names = entries.map(({ name }) => name.replace('.z', '.ε'));
  return { names, dependence, subjects: picked.length, chance: 3 / Math.sqrt(picked.length) };
}

/** Pairs from the most dependent on. */
export function dependentPairs({ names, dependence }: Independence): { a: string; b: string; value: number }[] {
  const pairs = names.flatMap((a, i) =>
    names.slice(0, i).map((b, j) => ({ a: b, b: a, value: dependence[i * names.length + j] })),
  );
  return pairs.sort((x, y) => y.value - x.value);
}
