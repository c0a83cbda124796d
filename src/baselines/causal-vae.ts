// CausalVAE (Yang et al., CVPR 2021) on all modalities' columns side by side: exogenous ε, a linear structural layer
// z = (I − A)⁻¹ ε, a mask layer that predicts every concept from its parents, and a decoder. Supervised, every concept has a
// label. It is given the causal order: A is strictly triangular, so its acyclicity penalty is zero and left out.

import { abs, add, constant, matmul, mean, mul, reshape, square, sub, sum, type Node } from '../graph/index.js';
import type { LatentLayout } from '../models/layout.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import { fanIn, ParameterList } from '../nn/parameters.js';
import { sideBySide, withoutGroups } from './beta-vae.js';
import type { BaselineGraph } from './training.js';
import { divergence, posteriorOf, sampleOf, squaredError } from './variational.js';

/** Weight of the divergences, swept. */
export const WEIGHTS = [0.1, 0.5, 2] as const;
const HIDDEN = 64;
const MASK_HIDDEN = 16;
const SPARSITY = 0.01;

/** @param supervised whether the mini-batch's labels (one per concept) are used */
export function causalVae(supervised: boolean): (layout: LatentLayout, runs: number) => BaselineGraph {
  return (layout, runs) => {
    const parameters = new ParameterList(runs);
    const concepts = layout.latents;
    const columns = layout.modalities.reduce((total, modality) => total + modality.columns, 0);
    const encoder = mlpParameters(parameters, 'encoder', {
      groups: 1,
      widths: [columns, HIDDEN, HIDDEN, 2 * concepts],
    });
    const decoder = mlpParameters(parameters, 'decoder', { groups: 1, widths: [concepts, HIDDEN, HIDDEN, columns] });
    const mask = mlpParameters(parameters, 'mask', { groups: concepts, widths: [concepts, MASK_HIDDEN, 1] });
    const weights = parameters.create('structure', [concepts, concepts], fanIn(0.3));
    const structure = mul(weights, constant(strictlyLower(concepts), [1, concepts, concepts]));

    const encode = (x: readonly Node[]) => posteriorOf(layerNodes(encoder, sideBySide(layout, x)));
    const toConcepts = (epsilon: Node) => {
      // (I − A)⁻¹ ε for a strictly triangular A: exact after as many rounds as there are concepts, less one.
      let z = epsilon;
      for (let round = 1; round < concepts; round++) z = add(epsilon, matmul(structure, z));
      return z;
    };
    const predicted = (z: Node) => {
      const [, , batch] = z.shape as [number, number, number];
      const masked = mul(
        reshape(structure, [runs, concepts, concepts, 1]),
        reshape(z, [z.shape[0], 1, concepts, batch]),
      );
      return reshape(layerNodes(mask, masked), [runs, concepts, batch]);
    };
    return {
      parameters,
      loss: (x, noise, labels, weight) => {
        const all = sideBySide(layout, x);
        const posterior = encode(x);
        const z = toConcepts(withoutGroups(sampleOf(posterior, noise, 'posterior')));
        const decoded = layerNodes(decoder, reshape(z, [runs, 1, ...z.shape.slice(1)]));
        const terms = [
          squaredError(all, decoded),
          mul(divergence(posterior), weight),
          distance(z, predicted(z)),
          mul(sum(abs(structure), [1, 2]), SPARSITY),
        ];
        if (supervised) {
          // Conditional prior N(label, 1) of every concept, and labels that follow the structure themselves.
          terms.push(mul(distance(z, labels), mul(weight, 0.5)), distance(labels, matmul(structure, labels)));
        }
        return terms.reduce((a, b) => add(a, b));
      },
      latents: (x) => toConcepts(withoutGroups(encode(x).mean)),
    };
  };
}

/** Σ (a − b)² over concepts, mean over the batch, `[runs]`. */
function distance(a: Node, b: Node): Node {
  return mean(sum(square(sub(a, b)), [1]), [1]);
}

function strictlyLower(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, at) => (at % size < Math.floor(at / size) ? 1 : 0));
}
