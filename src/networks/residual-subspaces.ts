// Subspaces that start at a reduced-rank regression and can only add to it: z = W x + N(x). W is fixed and the network
// N starts at zero. A linear map predicts the columns of all other modalities from z, because conclusions read z along
// straight lines. Observed causes count as columns of another modality.

import { add, broadcastTo, concat, matmul, mean, mul, square, sub, sum, withScope, type Node } from '../graph/index.js';
import { layerNodes, mlpParameters, type MlpParameters } from '../nn/dense.js';
import { constantValue, ParameterList } from '../nn/parameters.js';
import { valueCount } from '../data/observation.js';
import type { NoiseSource } from './latent-prior.js';
import type { LatentLayout, ModalityGroup } from './layout.js';
import type { Observed } from './observation-network.js';
import { valuesOfOtherModalities } from './other-modalities.js';
import { encoderInputs } from './table-network.js';

/**
 * Standard deviation of the noise on the input of N; standardised measurements have 1. Without it N memorises its
 * subjects.
 */
const INPUT_NOISE = 0.5;

/** Returns the names of a group's parameters. */
export function residualNames(group: number) {
  return {
    linear: `linear.g${group}.weight`,
    network: `residual.g${group}`,
    readOut: `readOut.g${group}.weight`,
    readOutBias: `readOut.g${group}.bias`,
  };
}

interface GroupNetworks {
  readonly linear: Node;
  readonly network: MlpParameters;
  readonly readOut: Node;
  readonly readOutBias: Node;
}

export class ResidualSubspaces {
  readonly parameters: ParameterList;
  readonly #layout: LatentLayout;
  readonly #groups: readonly GroupNetworks[];

  /**
   * Creates the parameters of all groups.
   * @param widthOf returns the width of the hidden layers of a group's N
   * @param terms number of terms of observed causes
   */
  constructor(layout: LatentLayout, widthOf: (group: ModalityGroup) => number, runs: number, terms = 0) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.#groups = layout.groups.map((group, g) => {
      const { members, latents, observation } = group;
      const names = residualNames(g);
      const count = members.length;
      const inputs = encoderInputs(observation);
      const otherValues = layout.values - valueCount(observation) + terms;
      const zeros = constantValue(0);
      return {
        linear: this.parameters.create(names.linear, [count, latents, inputs], zeros, 'fixed'),
        network: mlpParameters(this.parameters, names.network, {
          groups: count,
          widths: [inputs, widthOf(group), widthOf(group), latents],
          head: zeros,
        }),
        readOut: this.parameters.create(names.readOut, [count, otherValues, latents], zeros),
        readOutBias: this.parameters.create(names.readOutBias, [count, otherValues, 1], zeros),
      };
    });
  }

  /**
   * Returns the squared error of the other modalities' columns: the mean over columns and the batch, summed over
   * modalities, `[runs]`. A missing value contributes nothing.
   * @param x per group
   * @param noise on the input of N; default: none
   * @param causes terms of observed causes, `[1, T, batch]`; undefined for none
   */
  error(x: readonly Observed[], noise?: NoiseSource, causes?: Node): Node {
    const errors = this.#groups.map(({ linear, network, readOut, readOutBias }, g) => {
      const { members } = this.#layout.groups[g];
      const { values, observed, present } = x[g];
      const inputs = (read: Node): Node => (observed ? concat([read, broadcastTo(observed, read.shape)], 2) : read);
      const z = withScope('latents', () =>
        add(matmul(linear, inputs(values)), layerNodes(network, inputs(this.#disturbed(x[g], g, noise)))),
      );
      const predicted = add(matmul(readOut, z), readOutBias);
      const targets = valuesOfOtherModalities(this.#layout, x, members, causes);
      const difference = sub(predicted, targets.values);
      const known = targets.observed ? mul(difference, targets.observed) : difference;
      const counted = present ? mul(known, present) : known;
      return mul(sum(mean(square(counted), [3]), [1, 2]), 1 / targets.values.shape[2]);
    });
    return errors.reduce((a, b) => add(a, b));
  }

  #disturbed({ values, observed }: Observed, group: number, noise: NoiseSource | undefined): Node {
    if (!noise) return values;
    const { runs } = this.parameters;
    const draws = mul(noise.normal(`residual.g${group}`, [runs, ...values.shape.slice(1)]), INPUT_NOISE);
    return add(values, observed ? mul(draws, observed) : draws);
  }
}
