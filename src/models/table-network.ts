// Tables: multilayer perceptrons between columns and latents (Table 5 of the paper: Dense–LeakyReLU twice, then Dense).

import { valueCount, type Observation } from '../data/observation.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import { thetaBias, thetaSize } from './observation-likelihood.js';
import type { ObservationNetwork } from './observation-network.js';

export function tableNetwork(observation: Observation): ObservationNetwork {
  return {
    encoder(parameters, name, { members, hidden, outputs, head }) {
      const widths = [valueCount(observation), hidden, hidden, outputs];
      const mlp = mlpParameters(parameters, name, { groups: members, widths, head });
      return ({ values }) => layerNodes(mlp, values);
    },
    decoder(parameters, name, { members, hidden, inputs }) {
      const widths = [inputs, hidden, hidden, thetaSize(observation)];
      const mlp = mlpParameters(parameters, name, { groups: members, widths, headBias: thetaBias(observation) });
      return (v) => layerNodes(mlp, v);
    },
  };
}
