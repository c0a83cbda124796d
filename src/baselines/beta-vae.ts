// β-VAE (Higgins et al., ICLR 2017): one per modality, or one for all modalities' columns side by side. Networks,
// latents (causal and exogenous together) and batch are those of our model; β is swept.

import { joinedObservation, type Observation } from '../data/observation.js';
import { add, concat, mul, ones, reshape, slice, type Node } from '../graph/index.js';
import { perModality, stackModalities, type LatentLayout } from '../models/layout.js';
import { observationNetwork } from '../models/observation.js';
import type { Observed } from '../models/observation-network.js';
import { ParameterList } from '../nn/parameters.js';
import type { BaselineGraph } from './part.js';
import { divergence, posteriorOf, reconstructionError, sampleOf } from './variational.js';

/** With the squared error as reconstruction, β = 2 is the evidence bound of a decoder with unit variance. */
export const BETAS = [0.01, 0.1, 0.5, 2, 8] as const;
const HIDDEN = 64;

export function betaVae(layout: LatentLayout, runs: number): BaselineGraph {
  const parameters = new ParameterList(runs);
  const networks = layout.groups.map(({ members, observation, latents, exogenous }, g) =>
    autoencoder(parameters, `g${g}`, observation, { members: members.length, latents: latents + exogenous }),
  );
  return {
    parameters,
    loss: (x, noise, _labels, beta) =>
      x
        .map((own, g) => {
          const posterior = networks[g].encode(own);
          const theta = networks[g].decode(sampleOf(posterior, noise, `posterior.${g}`));
          const error = reconstructionError(layout.groups[g].observations, own, theta);
          return add(error, mul(divergence(posterior, own.present), beta));
        })
        .reduce((a, b) => add(a, b)),
    latents: (x) =>
      concat(
        perModality(
          layout,
          x.map((own, g) => networks[g].encode(own).mean),
        ),
        1,
      ),
  };
}

export function concatenatedBetaVae(layout: LatentLayout, runs: number): BaselineGraph {
  const parameters = new ParameterList(runs);
  const observation = observationOfAll(layout);
  const latents = layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
  const { encode, decode } = autoencoder(parameters, 'all', observation, { members: 1, latents });
  const joined = (x: readonly Observed[]) => valuesOfAll(layout, x);
  return {
    parameters,
    loss: (x, noise, _labels, beta) => {
      const all = joined(x);
      const posterior = encode(all);
      const theta = decode(sampleOf(posterior, noise, 'posterior'));
      return add(reconstructionError([observation], all, theta), mul(divergence(posterior), beta));
    },
    latents: (x) => withoutGroups(encode(joined(x)).mean),
  };
}

/** All modalities' values side by side, as one table. */
export function observationOfAll({ modalities }: LatentLayout): Observation {
  return joinedObservation(modalities.map(({ observation }) => observation));
}

/** A mini-batch of `observationOfAll`, one group of one member. */
export function valuesOfAll(layout: LatentLayout, x: readonly Observed[]): Observed {
  const joined = (grouped: readonly Node[]): Node => {
    const all = stackModalities(layout, grouped);
    return reshape(all, [all.shape[0], 1, ...all.shape.slice(1)]);
  };
  const isMasked = x.some(({ observed }) => observed !== undefined);
  return {
    values: joined(x.map(({ values }) => values)),
    observed: isMasked ? joined(x.map(({ values, observed }) => observed ?? ones(values.shape))) : undefined,
  };
}

/** `[runs, 1, features, batch]` → `[runs, features, batch]`. */
export function withoutGroups(node: Node): Node {
  return reshape(slice(node, 1, 0, 1), [node.shape[0], ...node.shape.slice(2)]);
}

function autoencoder(
  parameters: ParameterList,
  name: string,
  observation: Observation,
  { members, latents }: { readonly members: number; readonly latents: number },
) {
  const network = observationNetwork(observation);
  const options = { members, hidden: HIDDEN };
  const encode = network.encoder(parameters, `encoder.${name}`, { ...options, outputs: 2 * latents });
  const decode = network.decoder(parameters, `decoder.${name}`, { ...options, inputs: latents });
  return { encode: (x: Observed) => posteriorOf(encode(x)), decode };
}
