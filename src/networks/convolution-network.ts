// Networks of images and series: strided convolutions to a small map, a dense layer and a linear head; the decoder is
// the reverse (METHOD section 10). A series is an image of one row. If values may be missing, the mask is added as
// further channels.

import { NETWORK_DENSE } from '../data/network.js';
import { isTemporal, type Observation } from '../data/observation.js';
import { concat, leakyRelu, reshape, type Node } from '../graph/index.js';
import { convolutionLayers, convolutions, halved, transposedConvolutions, type MapSize } from '../nn/convolutions.js';
import { LEAKY_SLOPE, layerNodes, mlpParameters } from '../nn/dense.js';
import { STATISTICS, statistics } from './time-statistics.js';
import type { ObservationNetwork } from './observation-network.js';
import { columnNumbers } from './theta-network.js';

const FIRST_WIDTH = 8;
const MAX_WIDTH = 64;
/** Maximum rows and columns of the last map. */
const MAX_LAST_SIZE = 4;

/** Returns channels, rows and columns of an image. A series has one row. */
export function mapSize({ shape }: Observation): MapSize {
  const [channels, ...sizes] = shape;
  const [columns, rows = 1] = [...sizes].reverse();
  return { channels, size: [rows, columns] };
}

/**
 * Returns the channels of each layer. Each layer has twice the channels of the previous one, until the map is small.
 */
function convolutionWidths({ size }: MapSize): readonly number[] {
  const chosen: number[] = [];
  for (let map = size; Math.max(...map) > MAX_LAST_SIZE || chosen.length === 0; map = halved(map)) {
    chosen.push(Math.min(MAX_WIDTH, FIRST_WIDTH * 2 ** chosen.length));
  }
  return chosen;
}

export function convolutionNetwork(observation: Observation): ObservationNetwork {
  const image = mapSize(observation);
  const { network } = observation;
  const widths = network?.widths ?? convolutionWidths(image);
  const dense = network?.dense ?? NETWORK_DENSE;
  const [rows, columns] = image.size;
  const channels = image.channels * (observation.masked ? 2 : 1);
  const pools = isTemporal(observation);
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const layers = convolutionLayers({ ...image, channels }, widths);
      const stack = convolutions(parameters, `${name}.map`, members, layers);
      const last = layers[layers.length - 1].to;
      const means = pools ? layers.reduce((sum, { to }) => sum + STATISTICS * to.channels, 0) : 0;
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [last.channels * last.size[0] * last.size[1] + means, dense, outputs],
        head,
      });
      return ({ values, observed }) => {
        const all = observed ? concat([values, observed], 2) : values;
        const [runs, , , batch] = all.shape;
        const maps = stack(reshape(all, [runs, members, channels, rows, columns, batch]));
        const read = flat(maps[maps.length - 1]);
        return layerNodes(mlp, pools ? concat([read, ...maps.map(statistics)], 2) : read);
      };
    },
    decoder(parameters, name, { members, inputs }) {
      const layers = convolutionLayers(image, widths);
      const last = layers[layers.length - 1].to;
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [inputs, dense, last.channels * last.size[0] * last.size[1]],
      });
      const back = transposedConvolutions(parameters, `${name}.map`, members, layers);
      const withColumns = columnNumbers(parameters, name, members, observation);
      return (v) => {
        const map = leakyRelu(layerNodes(mlp, v), LEAKY_SLOPE);
        const [runs, , , batch] = map.shape;
        return withColumns(flat(back(reshape(map, [runs, members, last.channels, ...last.size, batch]))));
      };
    },
  };
}

/** Reshapes `[runs, members, C, H, W, batch]` to `[runs, members, values, batch]`. */
function flat(map: Node): Node {
  const [runs, members, channels, rows, columns, batch] = map.shape;
  return reshape(map, [runs, members, channels * rows * columns, batch]);
}
