// β-VAE (Higgins et al., ICLR 2017): one per modality, or one for the columns of all modalities together. Networks,
// latents (causal and exogenous) and batch are those of our model; β is swept.

import type { Observation } from '../../src/data/observation.js';
import { add, concat, mul } from '../../src/graph/index.js';
import { perModality, type LatentLayout } from '../../src/networks/layout.js';
import { observationNetwork } from '../../src/networks/observation.js';
import type { Observed } from '../../src/networks/observation-network.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { jointNetwork } from './joint-network.js';
import type { BaselineGraph } from './stage.js';
import { divergence, posteriorOf, reconstructionError, sampleOf } from './variational.js';

/** The reconstruction term is the squared error, so β = 2 is the evidence bound of a decoder with unit variance. */
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
        .map((group, g) => {
          const posterior = networks[g].encode(group);
          const theta = networks[g].decode(sampleOf(posterior, noise, `posterior.${g}`));
          const error = reconstructionError(layout.groups[g].observations, group, theta);
          return add(error, mul(divergence(posterior, group.present), beta));
        })
        .reduce((a, b) => add(a, b)),
    latents: (x) =>
      concat(
        perModality(
          layout,
          x.map((group, g) => networks[g].encode(group).mean),
        ),
        1,
      ),
  };
}

/** Builds a β-VAE with one code of all modalities (see `jointNetwork`). */
export function concatenatedBetaVae(layout: LatentLayout, runs: number): BaselineGraph {
  const parameters = new ParameterList(runs);
  const latents = layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
  const network = jointNetwork(parameters, layout, { hidden: HIDDEN, outputs: 2 * latents, inputs: latents });
  const encode = (x: readonly Observed[]) => posteriorOf(network.encode(x));
  return {
    parameters,
    loss: (x, noise, _labels, beta) => {
      const posterior = encode(x);
      const code = sampleOf(posterior, noise, 'posterior');
      return add(network.error(x, code), mul(divergence(posterior), beta));
    },
    latents: (x) => encode(x).mean,
  };
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
