// What the power of a study depends on, and the formula of `inspect`, which is an upper bound.

import { ENOUGH_POWER, linkPower, MIN_RELIABILITY, NOTABLE, unitsNeeded } from '../causal/discovery/link-power.js';

export interface PowerModality {
  readonly name: string;
  readonly latents: number;
  /** Number of columns. Default: `COLUMNS` for each latent. */
  readonly columns?: number | undefined;
  /**
   * Columns × latents: correlations of the columns with the true latents. Default: each column measures one latent,
   * and all equally well.
   */
  readonly loadings?: readonly (readonly number[])[] | undefined;
  /** Columns × factors: what independent factors add to the columns. Default: noise that makes every variance 1. */
  readonly noise?: readonly (readonly number[])[] | undefined;
  /** By latent, the reliability that disjoint sets of columns show in a fit; only with loadings. */
  readonly reliabilities?: readonly number[] | undefined;
}

/** Numbers of latents by modality, and how well they are measured. */
export interface PowerDesign {
  readonly modalities: readonly PowerModality[];
  /** Share of the variance of a measured latent that is not error; modalities with loadings do not need it. */
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

/** Upper bound of the power of one pair of modalities, by the formula. */
export interface PairPower {
  readonly first: string;
  readonly second: string;
  /** Number of subjects with both modalities below which the power is less than `ENOUGH_POWER`. */
  readonly needed: number;
  /** Power for each number of subjects. */
  readonly power: readonly number[];
}

export const POWER_DEFAULTS = { effect: NOTABLE, reliability: MIN_RELIABILITY, studies: 50, seed: 0 };
export { ENOUGH_POWER };

/** Multiples of the subjects that the hardest pair needs at least, at which a curve has points. */
const MULTIPLES = [0.5, 1, 1.5, 2, 3, 4];

/** Maximum number of simulated columns of a modality: linear methods use at most as many principal components. */
export const MAX_COLUMNS = 100;
/** Maximum number of simulated columns of all modalities. */
export const MAX_ALL_COLUMNS = 1000;
/** Number of columns of a latent about which nothing else is known. */
const COLUMNS = 6;

/** Returns the loadings of a modality, columns × latents. Equal columns of a latent are neighbours. */
export function loadingsOf(
  { latents, columns = COLUMNS * latents, loadings }: PowerModality,
  reliability: number,
): readonly (readonly number[])[] {
  if (loadings) return loadings;
  const latentOf = Array.from({ length: columns }, (_, c) =>
    Math.min(latents - 1, Math.floor((c * latents) / columns)),
  );
  return latentOf.map((latent) => {
    const count = latentOf.filter((one) => one === latent).length;
    const loading = 1 / Math.sqrt(1 + (count * (1 - reliability)) / reliability);
    return Array.from({ length: latents }, (_, k) => (k === latent ? loading : 0));
  });
}

/**
 * Returns links that give every latent but the first of each modality something to share: with a latent of the next
 * modality, and of the last modality with the one before.
 */
export function otherLinks(modalities: readonly PowerModality[], correlation: number): KnownLink[] {
  const links = new Map<string, KnownLink>();
  for (const [m, { name, latents }] of modalities.entries()) {
    const other = modalities[m + 1 < modalities.length ? m + 1 : m - 1];
    for (let k = 2; k <= latents; k++) {
      const ends = [`${name}.z${k}`, `${other.name}.z${Math.min(k, other.latents)}`];
      const [first, second] = m + 1 < modalities.length ? ends : ends.reverse();
      links.set(`${first} ${second}`, { first, second, correlation });
    }
  }
  return [...links.values()];
}

/** Returns the pairs of modalities by position. */
export function pairsOf({ modalities }: Pick<PowerDesign, 'modalities'>): [number, number][] {
  return modalities.flatMap((_, i) => modalities.slice(i + 1).map((__, j): [number, number] => [i, i + 1 + j]));
}

/** Returns the upper bound of each pair of modalities: the power if the latents were known. */
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
