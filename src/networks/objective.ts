// The objective of one mini-batch per run (METHOD section 3), the weighted sum of its terms: L = α_recon ·
// reconstruction + α_ind · KL + λ_gates · open gates + λ_jacobian · Σ P + warm-start cross-prediction.

import { add, mean, mul, type Node } from '../graph/index.js';
import type { GateMode, NoiseSource } from './latent-prior.js';
import { perLatent } from './layout.js';
import type { MultimodalModel } from './multimodal.js';
import type { Observed } from './observation-network.js';

/** A weight per run, `[runs]`, or one number for all runs. */
export type Weight = Node | number;

/** Weight of each term by name. A term without weight is omitted. */
export interface ObjectiveWeights {
  readonly reconstruction: Weight;
  readonly independence: Weight;
  /** Weight of the number of open gates: of its expectation if gates are sampled. */
  readonly gates?: Weight | undefined;
  /** Weight of Σ P over cross-modality pairs. */
  readonly jacobian?: Weight | undefined;
  /** Weight of the warm start's cross-prediction. */
  readonly crossPrediction?: Weight | undefined;
}

export interface ObjectiveOptions {
  readonly weights: ObjectiveWeights;
  readonly gates: GateMode;
  readonly concavity?: number | undefined;
  /** Known latents, see `MultimodalModel.encode`. */
  readonly latents?: readonly Node[] | undefined;
  /** Terms of observed causes, `[1, T, batch]`. */
  readonly causes?: Node | undefined;
  /** Price of a gate within a modality relative to one across modalities. Default 1. */
  readonly withinWeight?: number;
}

export interface Objective {
  /** Unweighted terms by name, `[runs]` each. */
  readonly terms: Readonly<Record<string, Node>>;
  readonly loss: Node;
}

/**
 * Builds the objective.
 * @param x per group
 */
export function objective(
  model: MultimodalModel,
  x: readonly Observed[],
  noise: NoiseSource,
  { weights, gates: mode, concavity, latents, causes, withinWeight = 1 }: ObjectiveOptions,
): Objective {
  const { prior } = model;
  const posterior = model.encode(x, latents);
  const v = model.sample(posterior, noise);
  const { z } = model.components(v);
  const gates = prior.gates(mode, noise);
  const { present } = posterior;
  const conditioned = prior.condition(z, gates, present && perLatent(model.layout, present), causes);
  const perSubject = model.lossTerms(x, posterior, v, conditioned);
  const terms: Record<string, Node> = {
    reconstruction: mean(perSubject.reconstruction, [1]),
    independence: mean(perSubject.independence, [1]),
  };
  let loss = add(
    mul(terms['reconstruction'], weights.reconstruction),
    mul(terms['independence'], weights.independence),
  );
  const include = (name: string, term: Node, weight: Weight): void => {
    terms[name] = term;
    loss = add(loss, mul(term, weight));
  };
  if (weights.gates !== undefined) {
    const open = mode === 'hard' ? prior.price(gates, withinWeight) : prior.gatePenalty(withinWeight);
    include('gates', open, weights.gates);
  }
  if (weights.jacobian !== undefined) {
    include('jacobian', prior.jacobianPenalty(prior.strengths(z, conditioned), concavity), weights.jacobian);
  }
  if (weights.crossPrediction !== undefined) {
    include('crossPrediction', model.crossPrediction(x, v, causes), weights.crossPrediction);
  }
  return { terms, loss };
}
