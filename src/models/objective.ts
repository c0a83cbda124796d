// The training objective of one mini-batch, per run (METHOD section 3):
// L = α_recon · reconstruction + α_ind · KL + λ_gates · open gates + λ_jacobian · Σ P + warm-start cross-prediction.

import { add, mean, mul, type Node } from '../graph/index.js';
import type { GateMode, NoiseSource } from './latent-prior.js';
import type { MultimodalModel } from './multimodal.js';

export interface ObjectiveOptions {
  readonly reconstruction: number;
  readonly independence: number;
  readonly gates: GateMode;
  /** Weight of the expected number of open gates, `[runs]`; left out: no such term. */
  readonly gateWeight?: Node;
  /** Weight of Σ P over cross-modality pairs, `[runs]`; left out: the Jacobian is not computed. */
  readonly jacobianWeight?: Node;
  readonly concavity?: number | undefined;
  /** Price of a gate within a modality, relative to one across; 1 when left out. */
  readonly withinWeight?: number;
  /** Weight of the warm start's cross-prediction; left out: no such term. */
  readonly crossPrediction?: number;
}

export interface Objective {
  /** Unweighted terms by name, `[runs]` each. */
  readonly terms: Readonly<Record<string, Node>>;
  readonly loss: Node;
}

/** @param x per group, `[1, members, columns, batch]` */
export function objective(
  model: MultimodalModel,
  x: readonly Node[],
  noise: NoiseSource,
  options: ObjectiveOptions,
): Objective {
  const posterior = model.encode(x);
  const v = model.sample(posterior, noise);
  const { z } = model.components(v);
  const conditioned = model.prior.condition(z, model.prior.gates(options.gates, noise));
  const perSubject = model.lossTerms(x, posterior, v, conditioned);
  const terms: Record<string, Node> = {
    reconstruction: mean(perSubject.reconstruction, [1]),
    independence: mean(perSubject.independence, [1]),
  };
  let loss = add(
    mul(terms['reconstruction'], options.reconstruction),
    mul(terms['independence'], options.independence),
  );
  const include = (name: string, term: Node, weight: Node | number): void => {
    terms[name] = term;
    loss = add(loss, mul(term, weight));
  };
  if (options.gateWeight) include('gates', model.prior.gatePenalty(options.withinWeight), options.gateWeight);
  if (options.jacobianWeight) {
    include(
      'jacobian',
      model.prior.jacobianPenalty(model.prior.strengths(z, conditioned), options.concavity),
      options.jacobianWeight,
    );
  }
  if (options.crossPrediction) include('crossPrediction', model.crossPrediction(x, v), options.crossPrediction);
  return { terms, loss };
}
