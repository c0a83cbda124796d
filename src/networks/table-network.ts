// Networks of tables: multilayer perceptrons between columns and latents (Table 5 of the paper: Dense–LeakyReLU twice,
// then Dense). If values may be missing, the encoder reads the mask, too.

import { valueCount, type Observation } from '../data/observation.js';
import { concat } from '../graph/index.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import type { ObservationNetwork } from './observation-network.js';
import { thetaNetwork } from './theta-network.js';

/**
 * Returns the number of inputs of the encoder: the columns, and the mask of the same width if values may be missing.
 */
export function encoderInputs(observation: Observation): number {
  return valueCount(observation) * (observation.masked ? 2 : 1);
}

export function tableNetwork(observation: Observation): ObservationNetwork {
  return {
    encoder(parameters, name, { members, hidden, outputs, head }) {
      const widths = [encoderInputs(observation), hidden, hidden, outputs];
      const mlp = mlpParameters(parameters, name, { groups: members, widths, head });
      return ({ values, observed }) => layerNodes(mlp, observed ? concat([values, observed], 2) : values);
    },
    decoder(parameters, name, { members, hidden, inputs }) {
      return thetaNetwork(parameters, name, { members, widths: [inputs, hidden, hidden], observation });
    },
  };
}
