// What the power of a study depends on, and the formula of `inspect` for it.

import { ENOUGH_POWER, linkPower, MIN_RELIABILITY, NOTABLE, unitsNeeded } from '../causal/discovery/link-power.js';

/** Numbers of latents by modality, and how well they are measured. */
export interface PowerDesign {
  readonly modalities: readonly { readonly name: string; readonly latents: number }[];
  /** Share of the variance of a measured latent that is not error. */
  readonly reliability: number;
  /** Direct correlation of the two latents of the link that is to be detected. */
  readonly effect: number;
  /** Links that the simulated latents have, too: names of latents, and direct correlations. */
  readonly links: readonly KnownLink[];
}

export interface KnownLink {
  readonly first: string;
  readonly second: string;
  readonly correlation: number;
}

/** Power of one pair of modalities by the formula. */
export interface PairPower {
  readonly first: string;
  readonly second: string;
  /** Number of subjects with both modalities from which the power is `ENOUGH_POWER`. */
  readonly needed: number;
  /** Power for each number of subjects. */
  readonly power: readonly number[];
}

export const POWER_DEFAULTS = { effect: NOTABLE, reliability: MIN_RELIABILITY, studies: 20, seed: 0 };
export { ENOUGH_POWER };

/** Multiples of the subjects that the hardest pair needs, at which a curve has points. */
const MULTIPLES = [0.25, 0.5, 0.75, 1, 1.5, 2];

/** Returns the pairs of modalities by position. */
export function pairsOf({ modalities }: Pick<PowerDesign, 'modalities'>): [number, number][] {
  return modalities.flatMap((_, i) => modalities.slice(i + 1).map((__, j): [number, number] => [i, i + 1 + j]));
}

/** Returns the power of each pair of modalities by the formula. */
export function formulaPower(design: PowerDesign, sizes: readonly number[]): PairPower[] {
  const { modalities, effect, reliability } = design;
  const pairs = pairsOf(design);
  return pairs.map(([i, j]) => {
    const latents = [modalities[i].latents, modalities[j].latents] as const;
    const link = { latents, pairs: pairs.length, effect, reliability };
    return {
      first: modalities[i].name,
      second: modalities[j].name,
      needed: unitsNeeded(link),
      power: sizes.map((units) => linkPower({ ...link, units })),
    };
  });
}

/** Returns numbers of subjects around the number that the hardest pair needs. */
export function defaultSizes(design: PowerDesign): number[] {
  const needed = Math.max(...formulaPower(design, []).map((pair) => pair.needed));
  return [...new Set(MULTIPLES.map((multiple) => Math.max(40, rounded(multiple * needed))))];
}

/** Returns the number with two significant digits. */
function rounded(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / unit) * unit;
}
