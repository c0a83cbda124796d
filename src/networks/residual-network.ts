// Networks of images: a residual network of 18 layers, a dense layer and a linear head. The decoder uses the transposed
// convolutions of convolution-network.ts. Networks with random weights read the mask as further channels. Pretrained
// weights from a file expect no mask; the mean of the channel replaces missing values.

import { NETWORK_DENSE, type NetworkConfig } from '../data/network.js';
import type { Observation } from '../data/observation.js';
import { StateError } from '../errors/errors.js';
import { add, concat, constant, mul, reshape, type Node } from '../graph/index.js';
import { mlpParameters, layerNodes } from '../nn/dense.js';
import { RESIDUAL_WIDTHS, residualStack, stemOf } from '../nn/residual.js';
import { convolutionNetwork, mapSize } from './convolution-network.js';
import type { ObservationNetwork } from './observation-network.js';

export function residualNetwork(observation: Observation, network: NetworkConfig): ObservationNetwork {
  const { channels, size } = mapSize(observation);
  const { widths = RESIDUAL_WIDTHS, dense = NETWORK_DENSE, stem = stemOf(size), weights, train = 'frozen' } = network;
  const isMasked = observation.masked && !weights;
  const read = channels * (isMasked ? 2 : 1);
  const shape = { channels: weights ? weights.gain.length : read, widths, stem };
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const stack = residualStack(parameters, `${name}.map`, shape, {
        members,
        ...(weights && { pretrained: weights.convolution ?? withoutFile, isFrozen: train === 'frozen' }),
      });
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [widths[widths.length - 1], dense, outputs],
        head,
      });
      return ({ values, observed }) => {
        const all = observed && isMasked ? concat([values, observed], 2) : values;
        const [runs, , , batch] = all.shape;
        const images = reshape(all, [runs, members, read, ...size, batch]);
        return layerNodes(mlp, stack(weights ? asTrained(images, weights) : images));
      };
    },
    decoder: (...args) => convolutionNetwork({ ...observation, network: { kind: 'conv', dense } }).decoder(...args),
  };
}

/**
 * Scales images as in the training of the pretrained weights.
 * @param x `[runs or 1, members, C, H, W, batch]`
 */
function asTrained(x: Node, { gain, bias }: Pick<NonNullable<NetworkConfig['weights']>, 'gain' | 'bias'>): Node {
  const perChannel = (values: readonly number[]): Node => constant(values, [1, 1, values.length, 1, 1, 1]);
  return add(mul(x, perChannel(gain)), perChannel(bias));
}

function withoutFile(): never {
  throw new StateError(
    'missing-weights',
    'the pretrained weights of the network were not read; read the study again, with the file of its weights',
  );
}
