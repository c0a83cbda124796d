// An upper bound: the encoders of our method, trained on the true latents. A method without these labels cannot be
// expected to come closer to the truth with the same encoders and subjects.

import { mean, square, sub, type Node } from '../../src/graph/index.js';
import { LatentEncoders } from '../../src/networks/latent-encoders.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import { latentLayout, stackModalities, type LatentLayout } from '../../src/networks/layout.js';
import { ParameterList } from '../../src/nn/parameters.js';
import type { BaselineGraph } from './stage.js';

const HIDDEN = 64;

/** Returns the mean squared error of every modality's latents. No latent is declared shift-invariant. */
export function supervised(layout: LatentLayout, runs: number): BaselineGraph {
  const parameters = new ParameterList(runs);
  const plain = latentLayout(
    layout.modalities.map((modality) => ({
      ...modality,
      observation: { ...modality.observation, shiftInvariant: undefined },
    })),
  );
  const encoders = new LatentEncoders(parameters, plain, HIDDEN);
  const latents = (x: Parameters<BaselineGraph['latents']>[0]): Node => stackModalities(layout, encoders.encode(x));
  const trained = (x: Parameters<BaselineGraph['latents']>[0], noise: NoiseSource): Node =>
    stackModalities(
      layout,
      encoders.trained(x, noise).map((encoded) => encoded.plain!),
    );
  return {
    parameters,
    latents,
    loss: (x, noise, labels) => mean(square(sub(trained(x, noise), labels)), [1, 2]),
  };
}
