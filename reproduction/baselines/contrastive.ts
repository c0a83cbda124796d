// Multimodal contrastive learning (Daunhawer et al., ICLR 2023): one encoder per modality and the loss InfoNCE, in the
// two forms of the published code and a third one. With more than two modalities, the loss is the mean over all pairs
// (Tian et al., ECCV 2020, full graph).

import {
  add,
  concat,
  constant,
  div,
  exp,
  log,
  matmul,
  max,
  mean,
  mul,
  neg,
  reshape,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Node,
} from '../../src/graph/index.js';
import { perModality, type LatentLayout } from '../../src/networks/layout.js';
import { observationNetwork } from '../../src/networks/observation.js';
import type { Observed } from '../../src/networks/observation-network.js';
import { ParameterList } from '../../src/nn/parameters.js';
import type { BaselineGraph } from './stage.js';

const HIDDEN = 64;

/**
 * Returns the loss of a pair of modalities, `[runs]`.
 * @param first latents of one modality, `[runs, latents, batch]`
 * @param second latents of the other modality
 * @param temperature `[runs]`
 */
type InfoNce = (first: Node, second: Node, temperature: Node) => Node;

/**
 * The loss of the published numeric experiments: similarity −‖·‖²/τ, and negatives from the same modality. The
 * published code draws a second mini-batch for the negatives.
 */
export const withinModality: InfoNce = (first, second, temperature) => {
  const paired = neg(div(sum(square(sub(first, second)), [1]), perRun(temperature, 2)));
  const missed = (h: Node): Node => {
    const [runs, , batch] = h.shape;
    const negatives = mul(similarity(h, h, temperature), constant(offDiagonal(batch), [1, batch, batch]));
    const partner = mul(reshape(paired, [runs, batch, 1]), constant(identity(batch), [1, batch, batch]));
    return mean(sub(logSumExp(add(negatives, partner), 2), paired), [1]);
  };
  return mul(add(missed(first), missed(second)), 0.5);
};

/**
 * The loss of the published image and text experiments: cosine similarity over τ, and negatives from both modalities.
 */
export const cosine: InfoNce = (first, second, temperature) => {
  const [runs, , batch] = first.shape;
  const unit = (h: Node): Node => div(h, reshape(sqrt(add(sum(square(h), [1]), 1e-12)), [runs, 1, batch]));
  const [a, b] = [unit(first), unit(second)];
  const scores = (p: Node, q: Node): Node => exp(div(matmul(p, q, { transA: true }), perRun(temperature, 3)));
  const negatives = constant(offDiagonal(batch), [1, batch, batch]);
  const across = scores(a, b);
  const paired = div(sum(mul(a, b), [1]), perRun(temperature, 2));
  const missed = (h: Node, axis: 1 | 2): Node =>
    mean(sub(log(add(sum(across, [axis]), sum(mul(scores(h, h), negatives), [axis]))), paired), [1]);
  return mul(add(missed(a, 2), missed(b, 1)), 0.5);
};

/**
 * A loss that the authors did not publish: similarity −‖·‖²/τ for latents in ℝᵈ (Zimmermann et al., ICML 2021), and
 * negatives from the other modality.
 */
export const acrossModalities: InfoNce = (first, second, temperature) => {
  const scores = similarity(first, second, temperature);
  const paired = neg(div(sum(square(sub(first, second)), [1]), perRun(temperature, 2)));
  const missed = (axis: 1 | 2): Node => mean(sub(logSumExp(scores, axis), paired), [1]);
  return mul(add(missed(1), missed(2)), 0.5);
};

export function contrastive(infoNce: InfoNce): (layout: LatentLayout, runs: number) => BaselineGraph {
  return (layout, runs) => {
    const parameters = new ParameterList(runs);
    const encoders = layout.groups.map(({ members, observation, latents }, g) =>
      observationNetwork(observation).encoder(parameters, `encoder.g${g}`, {
        members: members.length,
        hidden: HIDDEN,
        outputs: latents,
      }),
    );
    const encode = (x: readonly Observed[]) =>
      perModality(
        layout,
        x.map((group, g) => encoders[g](group)),
      );
    return {
      parameters,
      loss: (x, _noise, _labels, temperature) => {
        const views = encode(x);
        const pairs = views.flatMap((first, i) => views.slice(i + 1).map((second) => [first, second] as const));
        const losses = pairs.map(([first, second]) => infoNce(first, second, temperature));
        return div(
          losses.reduce((a, b) => add(a, b)),
          losses.length,
        );
      },
      latents: (x) => concat(encode(x), 1),
    };
  };
}

/** Returns −‖pᵢ − qⱼ‖²/τ, `[runs, batch (i), batch (j)]`. */
function similarity(p: Node, q: Node, temperature: Node): Node {
  const [runs, , batch] = p.shape;
  const norm = (h: Node, shape: readonly number[]) => reshape(sum(square(h), [1]), [runs, ...shape]);
  const distances = sub(add(norm(p, [batch, 1]), norm(q, [1, batch])), mul(matmul(p, q, { transA: true }), 2));
  return neg(div(distances, perRun(temperature, 3)));
}

function perRun(setting: Node, rank: number): Node {
  return reshape(setting, [setting.shape[0], ...new Array<number>(rank - 1).fill(1)]);
}

function logSumExp(x: Node, axis: number): Node {
  const top = stopGradient(max(x, [axis], { keep: true }));
  const remaining = top.shape.filter((_, i) => i !== axis);
  return add(log(sum(exp(sub(x, top)), [axis])), reshape(top, remaining));
}

function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
}

/** Returns a matrix with 0 on the diagonal and 1 elsewhere. */
function offDiagonal(size: number): Float32Array {
  return identity(size).map((value) => 1 - value);
}
