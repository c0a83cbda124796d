// CausalVAE (Yang et al., CVPR 2021) on the columns of all modalities, with the loss weights of the published code. It
// has exogenous ε, a linear structural layer z = (I − A)⁻¹ ε, a mask layer that computes every concept from its
// parents, and a decoder of the result. It knows the causal order: A is strictly triangular, so its acyclicity penalty
// would be zero and is left out.

import type { Observation } from '../../src/data/observation.js';
import { add, constant, matmul, mean, mul, reshape, square, sub, sum, type Node } from '../../src/graph/index.js';
import type { LatentLayout } from '../../src/networks/layout.js';
import { layerNodes, mlpParameters } from '../../src/nn/dense.js';
import { fanIn, ParameterList } from '../../src/nn/parameters.js';
import { jointNetwork } from './joint-network.js';
import type { BaselineGraph } from './stage.js';

/** Weight of KL(q(ε | x) ‖ N(0, I)). The other divergences have weight 1. */
export const ALPHA = 0.3;
/** Standard deviation of the noise on the decoder's input. The posteriors have unit variance and are not sampled. */
const DECODED_NOISE = Math.sqrt(0.001);
const HIDDEN = 64;
const MASK_HIDDEN = 16;

/** Returns the builder of a CausalVAE. @param supervised whether the loss uses labels, one per concept */
export function causalVae(supervised: boolean): (layout: LatentLayout, runs: number) => BaselineGraph {
  return (layout, runs) => {
    const parameters = new ParameterList(runs);
    const concepts = layout.latents;
    const { encode, error } = jointNetwork(parameters, layout, { hidden: HIDDEN, outputs: concepts, inputs: concepts });
    const mask = mlpParameters(parameters, 'mask', { groups: concepts, widths: [concepts, MASK_HIDDEN, 1] });
    const weights = parameters.create('structure', [concepts, concepts], fanIn(0.3));
    const structure = mul(weights, constant(strictlyLower(concepts), [1, concepts, concepts]));

    const toConcepts = (epsilon: Node) => {
      // A is strictly triangular, so the iteration reaches (I − A)⁻¹ ε exactly after concepts − 1 rounds.
      let z = epsilon;
      for (let round = 1; round < concepts; round++) z = add(epsilon, matmul(structure, z));
      return z;
    };
    /** Returns gᵢ(parents of zᵢ) + εᵢ, `[runs, concepts, batch]`. */
    const caused = (z: Node, epsilon: Node) => {
      const [, , batch] = z.shape;
      const masked = mul(
        reshape(structure, [runs, concepts, concepts, 1]),
        reshape(z, [z.shape[0], 1, concepts, batch]),
      );
      return add(reshape(layerNodes(mask, masked), [runs, concepts, batch]), epsilon);
    };
    return {
      parameters,
      loss: (x, noise, labels, alpha) => {
        const epsilon = encode(x);
        const z = toConcepts(epsilon);
        const masked = caused(z, epsilon);
        const sampled = add(masked, mul(noise.normal('decoded', masked.shape), DECODED_NOISE));
        // All Gaussians have unit variance, so every divergence is half the squared distance of their means.
        const terms = [
          mul(error(x, sampled, ofOneRow), 0.5),
          mul(mean(sum(square(epsilon), [1]), [1]), mul(alpha, 0.5)),
        ];
        if (!supervised) {
          terms.push(mul(distance(masked, z), 0.5));
        } else {
          terms.push(mul(distance(z, labels), 0.5), mul(distance(masked, labels), 0.5));
          // The labels themselves must follow the structure.
          terms.push(mul(distance(labels, matmul(structure, labels)), 1 / concepts));
        }
        return terms.reduce((a, b) => add(a, b));
      },
      latents: (x) => toConcepts(encode(x)),
    };
  };
}

/**
 * Returns the weight of an image's error. The published code sums the error over the last axis and takes the mean over
 * the other axes, so that an image counts as one of its rows.
 */
function ofOneRow({ shape }: Observation): number {
  return 1 / shape.slice(0, -1).reduce((count, extent) => count * extent, 1);
}

/** Returns Σ (a − b)² over concepts, mean over the batch, `[runs]`. */
function distance(a: Node, b: Node): Node {
  return mean(sum(square(sub(a, b)), [1]), [1]);
}

function strictlyLower(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, at) => (at % size < Math.floor(at / size) ? 1 : 0));
}
