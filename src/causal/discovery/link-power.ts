// The levels of the test of a direct link, and the probability that a study finds a link that is there.

import { normalDensity } from '../../graph/special.js';
import { chiSquareTail, chiSquareQuantile, normalTwoSidedQuantile } from './independence/distributions.js';

/** Level of a single test. At most this share of studies shows the false shortcut of a chain. */
export const LINK_ALPHA = 0.01;
/** Family-wise level of all links, and of all pairs of modalities (Holm). */
export const FAMILY_ALPHA = 0.05;
/** A notable direct correlation. The verdict "not supported" means that this size is ruled out. */
export const NOTABLE = 0.3;
/**
 * Direct correlation that the interval must exceed. Forms with slightly dependent errors and curves that are not
 * exactly cubic can leave a residue of this size (case 3, data seed 6).
 */
export const MIN_DIRECT = 0.05;
/**
 * Minimum reliability: the share of the variance of a measured latent that is not error. 0.7 is the customary minimum
 * of a scale (Nunnally 1978).
 */
export const MIN_RELIABILITY = 0.7;

/** Number of folds, each of which is tested alone for an association of two modalities. */
const FOLDS = 2;
const NORMAL_95 = 1.959964;
/** Upper end, in standard deviations, and number of intervals of the integral. */
const REACH = 9;
const INTERVALS = 200;
/** Probability from which a study counts as large enough. */
export const ENOUGH_POWER = 0.8;
const MAX_UNITS = 1e9;

/** What the power to find a link depends on. */
export interface LinkDesign {
  /** Number of subjects (or groups) with both modalities. */
  readonly units: number;
  /** Number of latents of each of the two modalities. */
  readonly latents: readonly [number, number];
  /** Number of pairs of modalities that the study tests. */
  readonly pairs: number;
  /** Direct correlation of the two latents. Default: `NOTABLE`. */
  readonly effect?: number | undefined;
  /** Reliability of both latents. Default: `MIN_RELIABILITY`. */
  readonly reliability?: number | undefined;
}

/**
 * Returns the probability that a direct correlation is supported if it is the only link of its two modalities.
 *
 * The measured correlation is smaller by the reliability. Let z be its standardised mean over both folds. The link is
 * supported if z is significant (0.01, and 0.05 after the correction for all links of the pair), if the interval is
 * beyond ±0.05, and if the modalities are associated. The test of the latter has the squares of all correlations of the
 * latents in each fold, of which the link contributes z². `scripts/bench link-power` compares this with the search.
 */
export function linkPower({
  units,
  latents: [a, b],
  pairs,
  effect = NOTABLE,
  reliability = MIN_RELIABILITY,
}: LinkDesign): number {
  const measured = effect * reliability;
  const scale = Math.sqrt(units / (1 + measured ** 2));
  const mean = measured * scale;
  const minZ = Math.max(
    normalTwoSidedQuantile(Math.min(LINK_ALPHA, FAMILY_ALPHA / (a * b))),
    NORMAL_95 + MIN_DIRECT * reliability * scale,
  );
  const rest = FOLDS * a * b - 1;
  const bound = chiSquareQuantile(FAMILY_ALPHA / pairs, rest + 1);
  const from = Math.max(minZ, mean - REACH);
  const step = Math.max(0, mean + REACH - from) / INTERVALS;
  // Simpson's rule.
  let sum = 0;
  for (let i = 0; i <= INTERVALS; i++) {
    const z = from + i * step;
    const weight = i === 0 || i === INTERVALS ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * normalDensity(z - mean) * chiSquareTail(bound - z * z, rest);
  }
  return Math.min(1, (sum * step) / 3);
}

/** Returns the smallest number of units with a power of at least 0.8. */
export function unitsNeeded(design: Omit<LinkDesign, 'units'>): number {
  let [low, high] = [0, 1];
  while (high < MAX_UNITS && linkPower({ ...design, units: high }) < ENOUGH_POWER) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (linkPower({ ...design, units: middle }) < ENOUGH_POWER) low = middle;
    else high = middle;
  }
  return high;
}
