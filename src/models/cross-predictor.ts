// Prediction of all other modalities through a bottleneck of so many numbers: what a modality's latents are for
// (Theorem 4.2). Private noise influences no other modality, so a bottleneck wider than the latents predicts no better.

import { concat, mean, mul, neg, reshape, withScope, type Node } from '../graph/index.js';
import { ParameterList } from '../nn/parameters.js';
import { perModality, type LatentLayout } from './layout.js';
import { observationNetwork } from './observation.js';
import { logProbability } from './observation-likelihood.js';
import type { Observed } from './observation-network.js';
import { observationsOfOthers, valuesOfOthers } from './other-modalities.js';
import { thetaNetwork } from './theta-network.js';

export interface CrossPredictorConfig {
  /** Width of the bottleneck; a run may use its first units only. */
  readonly width: number;
  /** Width of the layers before and behind it. */
  readonly hidden: number;
}

/** The others' columns are a mechanism and a mixing away from the latents: one layer more than an encoder has. */
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
        observation: observationsOfOthers(layout, members)[0],
      }),
    );
  }

  /**
   * −log p of each modality's prediction, less its constant, mean over all values of the other modalities and the
   * batch.
   * @param x per group
   * @param open 1 for the units of the bottleneck that a run uses, 0 for the others, `[runs, 1, width, 1]`
   * @returns `[runs, modalities]`, in the study's order
   */
  errors(x: readonly Observed[], open: Node): Node {
    const layout = this.#layout;
    const errors = layout.groups.map(({ members }, g) =>
      withScope('crossPrediction', () => {
        const bottleneck = mul(this.#encoders[g](x[g]), open);
        const others = valuesOfOthers(layout, x, members);
        const predicted = this.#predictors[g](bottleneck);
        const error = mean(neg(logProbability(observationsOfOthers(layout, members), others, predicted)), [2, 3]);
        return reshape(error, [...error.shape, 1]);
      }),
    );
    return concat(perModality(layout, errors), 1);
  }
}
