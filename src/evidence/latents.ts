// Tests if fits to disjoint subjects find the same latents (docs/explanation/evidence.md).

import type { LatentNode } from '../causal/index.js';
import { edgington } from './combine.js';
import type { CrossFit } from './cross-fit.js';
import { mean } from '../metrics/vectors.js';

/** Evidence for one latent. */
export interface LatentEvidence {
  readonly name: string;
  /** |Correlation| of the latents of the two folds, mean over the splits. */
  readonly agreement: number;
  /** Mean agreement of random axes in the same subspaces; 0 for the only latent of a modality. */
  readonly chance: number;
  /** (agreement − chance) / (1 − chance). */
  readonly corrected: number;
  /** p-value of this agreement for random axes (Edgington's combination over the splits). */
  readonly p: number;
  /** Squared canonical correlation of the subspaces of the two folds, mean over directions and splits. */
  readonly subspace: number;
  /** |Correlation| of the latents of the folds with the fitted one, mean over folds and splits. */
  readonly fitted: number;
  /** True if both folds find the subspace of the modality; otherwise nothing is known about its latents. */
  readonly replicated: boolean;
  /** True if this latent itself is replicated beyond chance, not only a mixture with other latents of its modality. */
  readonly single: boolean;
  /** Possible correlation of a fold's latent with another latent of the modality because of mixing. */
  readonly leak: number;
}

/** Minimum squared canonical correlation of the subspaces of two folds that count as the same. */
const MIN_SUBSPACE = 0.5;
/** Minimum corrected agreement and maximum p of a single latent that counts as replicated. */
const MIN_CORRECTED = 0.5;
const MAX_P = 0.05;

export function latentEvidence(nodes: readonly LatentNode[], { splits }: CrossFit): LatentEvidence[] {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return nodes.map(({ name, modality, index }, latent) => {
    const replications = splits.map(({ replication }) => replication[modalities.indexOf(modality)]);
    const agreement = mean(replications.map((one) => one.agreement[index]));
    const chance = mean(replications.map((one) => one.chance[index]));
    const subspace = mean(replications.map((one) => one.subspace));
    const p = edgington(replications.map((one) => one.p[index]));
    const corrected = (agreement - chance) / (1 - chance);
    const replicated = subspace >= MIN_SUBSPACE;
    return {
      name,
      agreement,
      chance,
      corrected,
      p,
      subspace,
      fitted: mean(splits.map((split) => split.agreement[latent])),
      replicated,
      single: replicated && corrected >= MIN_CORRECTED && p <= MAX_P,
      // Two fits whose latents have a correlation r with the truth and independent errors have a correlation r². Each
      // then has a correlation of at most √(1 − r²) with other latents of its subspace.
      leak: chance === 0 ? 0 : Math.sqrt(Math.max(0, 1 - agreement)),
    };
  });
}
