// Pictures and series: strided convolutions down to a small map, a dense layer, a linear head, and the same way back
// (METHOD section 10). A series is a picture of one row. Where values may be missing, the mask is further channels.

import { NETWORK_DENSE } from '../data/network.js';
import type { Observation } from '../data/observation.js';
import { concat, leakyRelu, reshape, type Node } from '../graph/index.js';
import { convolutionLayers, convolutions, halved, transposedConvolutions, type MapSize } from '../nn/convolutions.js';
import { LEAKY_SLOPE, layerNodes, mlpParameters } from '../nn/dense.js';
import { STATISTICS, statistics } from './time-statistics.js';
import type { ObservationNetwork } from './observation-network.js';
import { columnNumbers } from './theta-network.js';

const FIRST_WIDTH = 8;
const MAX_WIDTH = 64;
/** Rows and columns of the last map. */
const LAST_SIZE = 4;

/** Channels, rows and columns of a picture; of a series one row. */
export function mapSize({ shape }: Observation): MapSize {
  const [channels, ...sizes] = shape;
  const [columns, rows = 1] = [...sizes].reverse();
  return { channels, size: [rows, columns] };
}

/** Channels of each layer, twice as many as before, until the map is small. */
export function convolutionWidths({ size }: MapSize): readonly number[] {
  const chosen: number[] = [];
  for (let left = size; Math.max(...left) > LAST_SIZE || chosen.length === 0; left = halved(left)) {
    chosen.push(Math.min(MAX_WIDTH, FIRST_WIDTH * 2 ** chosen.length));
  }
  return chosen;
}

export function convolutionNetwork(observation: Observation): ObservationNetwork {
  const picture = mapSize(observation);
  const { network } = observation;
  const widths = network?.widths ?? convolutionWidths(picture);
  const dense = network?.dense ?? NETWORK_DENSE;
  const [rows, columns] = picture.size;
  const channels = picture.channels * (observation.masked ? 2 : 1);
  const pools = observation.kind === 'series';
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const layers = convolutionLayers({ ...picture, channels }, widths);
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
      const layers = convolutionLayers(picture, widths);
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

/** `[runs, members, C, H, W, batch]` as `[runs, members, values, batch]`. */
function flat(map: Node): Node {
  const [runs, members, channels, rows, columns, batch] = map.shape;
  return reshape(map, [runs, members, channels * rows * columns, batch]);
}
