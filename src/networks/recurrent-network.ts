// Networks of series: an LSTM or gated recurrent units read them in both directions. The last states, and the means and
// deviations of the states over time, enter a dense layer and a linear head. Missing values are 0, and the mask is
// added as further channels. The decoder uses transposed convolutions.

import { NETWORK_DENSE, type NetworkConfig } from '../data/network.js';
import type { Observation } from '../data/observation.js';
import {
  add,
  broadcastTo,
  concat,
  gru,
  lstmLayer,
  matmul,
  reshape,
  slice,
  withScope,
  type Node,
} from '../graph/index.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import { fanIn, type Initialiser, type ParameterList } from '../nn/parameters.js';
import { convolutionNetwork, mapSize } from './convolution-network.js';
import { STATISTICS, statistics } from './time-statistics.js';
import type { ObservationNetwork } from './observation-network.js';

const UNITS = 32;
const DIRECTIONS = ['forward', 'backward'] as const;
/**
 * Initial bias of the gate that retains the state: a cell that forgets immediately does not learn about time
 * (Jozefowicz, Zaremba and Sutskever, ICML 2015).
 */
const INITIAL_RETENTION_BIAS = 1;

export function recurrentNetwork(observation: Observation, network: NetworkConfig): ObservationNetwork {
  const { channels, size } = mapSize(observation);
  const [, times] = size;
  const { widths = [UNITS], dense = NETWORK_DENSE } = network;
  const layer = network.kind === 'gru' ? gruDirection : lstmDirection;
  const inputs = channels * (observation.masked ? 2 : 1);
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const layers = widths.map((units, index) => {
        const features = index === 0 ? inputs : DIRECTIONS.length * widths[index - 1];
        return DIRECTIONS.map((direction) =>
          layer(parameters, `${name}.${direction}.${index}`, { members, inputs: features, units, direction }),
        );
      });
      const states = DIRECTIONS.length * (widths.at(-1) ?? UNITS);
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [(1 + STATISTICS) * states, dense, outputs],
        head,
      });
      return ({ values, observed }) => {
        const all = observed ? concat([values, observed], 2) : values;
        const [runs, , , batch] = all.shape;
        const series = reshape(all, [runs, members, inputs, times, batch]);
        const last = layers.reduce<readonly Node[]>(
          (below, directions) =>
            directions.map((direction) => direction(below.length > 1 ? concat(below, 2) : below[0])),
          [series],
        );
        const ends = last.map((h, d) => {
          const at = DIRECTIONS[d] === 'forward' ? times - 1 : 0;
          return reshape(slice(h, 3, at, at + 1), [h.shape[0], members, h.shape[2], batch]);
        });
        return layerNodes(mlp, concat([...ends, ...last.map(statistics)], 2));
      };
    },
    decoder: (...args) => convolutionNetwork({ ...observation, network: undefined }).decoder(...args),
  };
}

interface LayerOptions {
  readonly members: number;
  readonly inputs: number;
  readonly units: number;
  readonly direction: (typeof DIRECTIONS)[number];
}

type Layer = (parameters: ParameterList, name: string, options: LayerOptions) => (x: Node) => Node;

/** Creates `name.{input,state,bias}`: `[runs or 1, members, inputs, T, batch]` → `[runs, members, units, T, batch]`. */
const lstmDirection: Layer = (parameters, name, { members, inputs, units, direction }) => {
  const gates = ['i', 'f', 'g', 'o'];
  const input = parameters.create(`${name}.input`, [members, gates.length * units, inputs], fanIn());
  const state = parameters.create(`${name}.state`, [members, gates.length * units, units], fanIn());
  const bias = parameters.create(`${name}.bias`, [members, gates.length * units, 1], gateBiases(gates, 'f'));
  return (x) => {
    const series = broadcastTo(x, [parameters.runs, ...x.shape.slice(1)]);
    return withScope(direction, () =>
      lstmLayer(series, { inputs: input, states: state, bias }, { reverse: direction === 'backward' }),
    );
  };
};

/** Like `lstmDirection`, with an additional `name.stateBias`, which the reset gate multiplies. */
const gruDirection: Layer = (parameters, name, { members, inputs, units, direction }) => {
  const gates = ['r', 'z', 'n'];
  const rows = gates.length * units;
  const input = parameters.create(`${name}.input`, [members, rows, inputs], fanIn());
  const state = parameters.create(`${name}.state`, [members, rows, units], fanIn());
  const bias = parameters.create(`${name}.bias`, [members, rows, 1], gateBiases(gates, 'z'));
  const stateBias = parameters.create(`${name}.stateBias`, [members, rows, 1], gateBiases(gates));
  return (x) => {
    const [, , , times, batch] = x.shape;
    const steps = reshape(x, [x.shape[0], members, inputs, times * batch]);
    return withScope(direction, () => {
      const sums = reshape(add(matmul(input, steps), bias), [parameters.runs, members, rows, times, batch]);
      return gru(sums, concat([state, stateBias], 3), { reverse: direction === 'backward' });
    });
  };
};

/** Returns an initialiser of zeros, except for the gate that retains a unit's state. */
function gateBiases(gates: readonly string[], retaining?: string): Initialiser {
  return ([groups, rows]) =>
    Float32Array.from({ length: groups * rows }, (_, i) =>
      gates[Math.floor(((i % rows) * gates.length) / rows)] === retaining ? INITIAL_RETENTION_BIAS : 0,
    );
}
