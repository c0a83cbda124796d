// β-VAE (Higgins et al., ICLR 2017): one per modality, or one for all modalities' columns side by side. Networks,
// latents (causal and exogenous together) and batch are those of our model; β is swept.

import { add, concat, mul, reshape, slice, type Node } from '../graph/index.js';
import { perModality, stackModalities, type LatentLayout } from '../models/layout.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import { ParameterList } from '../nn/parameters.js';
import type { BaselineGraph } from './part.js';
import { divergence, posteriorOf, sampleOf, squaredError } from './variational.js';

/** With the squared error as reconstruction, β = 2 is the evidence bound of a decoder with unit variance. */
export const BETAS = [0.01, 0.1, 0.5, 2, 8] as const;
const HIDDEN = 64;

export function betaVae(layout: LatentLayout, runs: number): BaselineGraph {
  const parameters = new ParameterList(runs);
  const networks = layout.groups.map(({ members, columns, latents, exogenous }, g) =>
    autoencoder(parameters, `g${g}`, members.length, columns, latents + exogenous),
  );
  return {
    parameters,
    loss: (x, noise, _labels, beta) =>
      x
        .map((node, g) => {
          const posterior = networks[g].encode(node);
          const reconstruction = networks[g].decode(sampleOf(posterior, noise, `posterior.${g}`));
          return add(squaredError(node, reconstruction), mul(divergence(posterior), beta));
        })
        .reduce((a, b) => add(a, b)),
    latents: (x) =>
      concat(
        perModality(
          layout,
          x.map((node, g) => networks[g].encode(node).mean),
        ),
        1,
      ),
  };
}

export function concatenatedBetaVae(layout: LatentLayout, runs: number): BaselineGraph {
  const parameters = new ParameterList(runs);
  const total = (width: (m: LatentLayout['modalities'][number]) => number) =>
    layout.modalities.reduce((sum, modality) => sum + width(modality), 0);
  const columns = total((m) => m.columns);
  const { encode, decode } = autoencoder(
    parameters,
    'all',
    1,
    columns,
    total((m) => m.latents + m.exogenous),
  );
  const joined = (x: readonly Node[]) => sideBySide(layout, x);
  return {
    parameters,
    loss: (x, noise, _labels, beta) => {
      const all = joined(x);
      const posterior = encode(all);
      return add(squaredError(all, decode(sampleOf(posterior, noise, 'posterior'))), mul(divergence(posterior), beta));
    },
    latents: (x) => withoutGroups(encode(joined(x)).mean),
  };
}

/** All modalities' columns as one group, `[1, 1, Σ columns, batch]`. */
export function sideBySide(layout: LatentLayout, x: readonly Node[]): Node {
  const all = stackModalities(layout, x);
  return reshape(all, [all.shape[0], 1, ...all.shape.slice(1)]);
}

/** `[runs, 1, features, batch]` → `[runs, features, batch]`. */
export function withoutGroups(node: Node): Node {
  return reshape(slice(node, 1, 0, 1), [node.shape[0], ...node.shape.slice(2)]);
}

function autoencoder(parameters: ParameterList, name: string, groups: number, columns: number, latents: number) {
  const encoder = mlpParameters(parameters, `encoder.${name}`, {
    groups,
    widths: [columns, HIDDEN, HIDDEN, 2 * latents],
  });
  const decoder = mlpParameters(parameters, `decoder.${name}`, { groups, widths: [latents, HIDDEN, HIDDEN, columns] });
  return {
    encode: (x: Node) => posteriorOf(layerNodes(encoder, x)),
    decode: (z: Node) => layerNodes(decoder, z),
  };
}
