// Prediction of all other modalities through a bottleneck of a given width, to choose the number of a modality's
// latents (Theorem 4.2). Private noise influences no other modality, so a bottleneck wider than the latents does not
// predict better.

import { concat, mean, mul, neg, reshape, withScope, type Node } from '../graph/index.js';
import { ParameterList } from '../nn/parameters.js';
import { perModality, type LatentLayout } from './layout.js';
import { observationNetwork } from './observation.js';
import { logProbability } from './observation-likelihood.js';
import type { Observed } from './observation-network.js';
import { observationsOfOtherModalities, valuesOfOtherModalities } from './other-modalities.js';
import { thetaNetwork } from './theta-network.js';

export interface CrossPredictorConfig {
  /** Width of the bottleneck. A run may use only its first units. */
  readonly width: number;
  /** Width of the layers before and after it. */
  readonly hidden: number;
}

/**
 * Number of hidden layers. One more than in an encoder, because a mechanism and a mixing lie between the latents and
 * the columns of other modalities.
 */
const PREDICTOR_LAYERS = 3;

export class CrossPredictor {
  readonly parameters: ParameterList;
  readonly #layout: LatentLayout;
  readonly #encoders: readonly ((x: Observed) => Node)[];
  readonly #predictors: readonly ((bottleneck: Node) => Node)[];

  /** Creates `encoder.g<group>.*` and `predictor.g<group>.*`. */
  constructor(layout: LatentLayout, { width, hidden }: CrossPredictorConfig, runs: number) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.#encoders = layout.groups.map(({ members, observation }, g) =>
      observationNetwork(observation).encoder(this.parameters, `encoder.g${g}`, {
        members: members.length,
        hidden,
        outputs: width,
      }),
    );
    const layers = new Array<number>(PREDICTOR_LAYERS).fill(hidden);
    this.#predictors = layout.groups.map(({ members }, g) =>
      thetaNetwork(this.parameters, `predictor.g${g}`, {
        members: members.length,
        widths: [width, ...layers],
        observation: observationsOfOtherModalities(layout, members)[0],
      }),
    );
  }

  /**
   * Returns −log p of each modality's prediction without its constant: the mean over all values of the other modalities
   * and over the batch.
   * @param x per group
   * @param open 1 for the units of the bottleneck that a run uses, else 0, `[runs, 1, width, 1]`
   * @returns `[runs, modalities]`, in the study's order
   */
  errors(x: readonly Observed[], open: Node): Node {
    const layout = this.#layout;
    const errors = layout.groups.map(({ members }, g) =>
      withScope('crossPrediction', () => {
        const bottleneck = mul(this.#encoders[g](x[g]), open);
        const targets = valuesOfOtherModalities(layout, x, members);
        const predicted = this.#predictors[g](bottleneck);
        const error = mean(
          neg(logProbability(observationsOfOtherModalities(layout, members), targets, predicted)),
          [2, 3],
        );
        return reshape(error, [...error.shape, 1]);
      }),
    );
    return concat(perModality(layout, errors), 1);
  }
}
