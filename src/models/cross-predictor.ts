// Prediction of all other modalities through a bottleneck of so many numbers: what a modality's latents are for (Theorem 4.2).
// Private noise influences no other modality, so a bottleneck wider than the latents predicts no better.

import { concat, mean, mul, reshape, square, sub, withScope, type Node } from '../graph/index.js';
import { layerNodes, mlpParameters, type MlpParameters } from '../nn/dense.js';
import { ParameterList } from '../nn/parameters.js';
import { perModality, type LatentLayout } from './layout.js';

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
  readonly #encoders: readonly MlpParameters[];
  readonly #predictors: readonly MlpParameters[];

  /** Creates `encoder.g<group>.*` and `predictor.g<group>.*`. */
  constructor(layout: LatentLayout, { width, hidden }: CrossPredictorConfig, runs: number) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    const all = layout.modalities.reduce((total, { columns }) => total + columns, 0);
    const networks = (kind: string, widths: (columns: number) => readonly number[]): MlpParameters[] =>
      layout.groups.map(({ members, columns }, g) =>
        mlpParameters(this.parameters, `${kind}.g${g}`, { groups: members.length, widths: widths(columns) }),
      );
    this.#encoders = networks('encoder', (columns) => [columns, hidden, hidden, width]);
    const layers = new Array<number>(PREDICTOR_LAYERS).fill(hidden);
    this.#predictors = networks('predictor', (columns) => [width, ...layers, all - columns]);
  }

  /**
   * Mean squared error of each modality's prediction, over all columns of the other modalities and the batch.
   * @param x per group, `[runs, members, columns, batch]`
   * @param open 1 for the units of the bottleneck that a run uses, 0 for the others, `[runs, 1, width, 1]`
   * @returns `[runs, modalities]`, in the study's order
   */
  errors(x: readonly Node[], open: Node): Node {
    const columnsOf = perModality(this.#layout, x);
    const errors = this.#layout.groups.map(({ members }, g) =>
      withScope('crossPrediction', () => {
        const bottleneck = mul(layerNodes(this.#encoders[g], x[g]), open);
        const others = members.map((member) => {
          const own = concat(
            columnsOf.filter((_, modality) => modality !== member),
            1,
          );
          return reshape(own, [own.shape[0], 1, ...own.shape.slice(1)]);
        });
        const predicted = layerNodes(this.#predictors[g], bottleneck);
        const error = mean(square(sub(predicted, concat(others, 1))), [2, 3]);
        return reshape(error, [...error.shape, 1]);
      }),
    );
    return concat(perModality(this.#layout, errors), 1);
  }
}
