// Whether fits to disjoint subjects find the same latents (docs/evidence.md).

import type { LatentNode } from '../causal/index.js';
import { edgington } from './combine.js';
import type { CrossFit } from './cross-fit.js';
import { mean } from './vectors.js';

/** What is known of one latent. */
export interface LatentEvidence {
  readonly name: string;
  /** |Correlation| of the two folds' latents, mean over the splits. */
  readonly agreement: number;
  /** What random axes in the same subspaces reach on average; 0 for the only latent of a modality. */
  readonly chance: number;
  /** (agreement − chance) / (1 − chance). */
  readonly corrected: number;
  /** Of random axes (Edgington's combination over the splits). */
  readonly p: number;
  /** Mean squared canonical correlation of the two folds' subspaces of the modality, over the splits. */
  readonly subspace: number;
  /** |Correlation| of the folds' latents with the fitted one, mean over folds and splits. */
  readonly fitted: number;
  /** True if both folds find the modality's subspace: otherwise nothing is known of its latents. */
  readonly replicated: boolean;
  /** True if this very latent is found beyond chance, and not only a mixture with others of its modality. */
  readonly single: boolean;
  /** Correlation with another latent of the modality that a fold's latent may owe to being mixed with it. */
  readonly leak: number;
}

/** Squared canonical correlation of two folds' subspaces from which on they count as the same. */
const MIN_SUBSPACE = 0.5;
/** Chance-corrected agreement, and p of random axes, of a single latent that is replicated. */
const MIN_CORRECTED = 0.5;
const MAX_P = 0.05;

export function latentEvidence(nodes: readonly LatentNode[], { splits }: CrossFit): LatentEvidence[] {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return nodes.map(({ name, modality, index }, latent) => {
    const found = splits.map(({ replication }) => replication[modalities.indexOf(modality)]);
    const agreement = mean(found.map((one) => one.agreement[index]));
    const chance = mean(found.map((one) => one.chance[index]));
    const subspace = mean(found.map((one) => one.subspace));
    const p = edgington(found.map((one) => one.p[index]));
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
      // Two fits with independent errors of share 1 − r² in the truth correlate by r²: each correlates with the others
      // of its subspace by √(1 − r²) at most.
      leak: chance === 0 ? 0 : Math.sqrt(Math.max(0, 1 - agreement)),
    };
  });
}
