// Multimodal contrastive learning of two modalities (Daunhawer et al., ICLR 2023): one encoder each, symmetric InfoNCE. The
// similarity is the negative squared distance over the temperature, which suits latents in ℝᵈ (Zimmermann et al., ICML 2021).

import {
  add,
  concat,
  div,
  exp,
  log,
  matmul,
  max,
  mean,
  mul,
  neg,
  reshape,
  square,
  stopGradient,
  sub,
  sum,
  type Node,
} from '../graph/index.js';
import { perModality, type LatentLayout } from '../models/layout.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import { ParameterList } from '../nn/parameters.js';
import type { BaselineGraph } from './training.js';

/** Swept; 1 is the published one. */
export const TEMPERATURES = [0.1, 0.3, 1] as const;
const HIDDEN = 64;

export function contrastive(layout: LatentLayout, runs: number): BaselineGraph {
  const parameters = new ParameterList(runs);
  const encoders = layout.groups.map(({ members, columns, latents }, g) =>
    mlpParameters(parameters, `encoder.g${g}`, {
      groups: members.length,
      widths: [columns, HIDDEN, HIDDEN, latents],
    }),
  );
  const encode = (x: readonly Node[]) =>
    perModality(
      layout,
      x.map((node, g) => layerNodes(encoders[g], node)),
    );
  return {
    parameters,
    loss: (x, _noise, _labels, temperature) => {
      const [first, second] = encode(x);
      const batch = first.shape[2];
      const norm = (h: Node, shape: readonly number[]) => reshape(sum(square(h), [1]), [runs, ...shape]);
      const distances = sub(
        add(norm(first, [batch, 1]), norm(second, [1, batch])),
        mul(matmul(first, second, { transA: true }), 2),
      );
      const similarity = neg(div(distances, reshape(temperature, [runs, 1, 1])));
      const paired = neg(div(sum(square(sub(first, second)), [1]), reshape(temperature, [runs, 1])));
      const missed = (axis: 1 | 2) => mean(sub(logSumExp(similarity, axis), paired), [1]);
      return mul(add(missed(1), missed(2)), 0.5);
    },
    latents: (x) => concat(encode(x), 1),
  };
}

function logSumExp(x: Node, axis: number): Node {
  const top = stopGradient(max(x, [axis], { keep: true }));
  const kept = top.shape.filter((_, i) => i !== axis);
  return add(log(sum(exp(sub(x, top)), [axis])), reshape(top, kept));
}
