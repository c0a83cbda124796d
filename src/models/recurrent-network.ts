// Series, read step by step in both directions by an LSTM: its last states and their mean over time go on to a dense
// layer and a linear head. What is missing is 0 beside its mask. Back to a series go transposed convolutions.

import { NETWORK_DENSE, type NetworkConfig } from '../data/network.js';
import type { Observation } from '../data/observation.js';
import { broadcastTo, concat, lstmLayer, reshape, slice, withScope, type Node } from '../graph/index.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import { fanIn, type ParameterList } from '../nn/parameters.js';
import { convolutionNetwork, mapSize } from './convolution-network.js';
import { STATISTICS, statistics } from './time-statistics.js';
import type { ObservationNetwork } from './observation-network.js';

const UNITS = 32;
const GATES = 4;
const DIRECTIONS = ['forward', 'backward'] as const;
/** A cell that forgets at once learns nothing of time (Jozefowicz, Zaremba and Sutskever, ICML 2015). */
const FIRST_FORGET_BIAS = 1;

export function recurrentNetwork(observation: Observation, network: NetworkConfig): ObservationNetwork {
  const { channels, size } = mapSize(observation);
  const [, times] = size;
  const { widths = [UNITS], dense = NETWORK_DENSE } = network;
  const inputs = channels * (observation.masked ? 2 : 1);
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const layers = widths.map((units, index) => {
        const own = index === 0 ? inputs : DIRECTIONS.length * widths[index - 1];
        return DIRECTIONS.map((direction) =>
          direct(parameters, `${name}.${direction}.${index}`, { members, inputs: own, units, direction }),
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
          (below, layer) => layer.map((direction) => direction(below.length > 1 ? concat(below, 2) : below[0])),
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

/** Creates `name.{input,state,bias}`: `[runs or 1, members, inputs, T, batch]` → `[runs, members, units, T, batch]`. */
function direct(
  parameters: ParameterList,
  name: string,
  {
    members,
    inputs,
    units,
    direction,
  }: {
    readonly members: number;
    readonly inputs: number;
    readonly units: number;
    readonly direction: (typeof DIRECTIONS)[number];
  },
): (x: Node) => Node {
  const input = parameters.create(`${name}.input`, [members, GATES * units, inputs], fanIn());
  const state = parameters.create(`${name}.state`, [members, GATES * units, units], fanIn());
  const bias = parameters.create(`${name}.bias`, [members, GATES * units, 1], ([groups]) =>
    Float32Array.from({ length: groups * GATES * units }, (_, i) =>
      Math.floor((i % (GATES * units)) / units) === 1 ? FIRST_FORGET_BIAS : 0,
    ),
  );
  return (x) => {
    const series = broadcastTo(x, [parameters.runs, ...x.shape.slice(1)]);
    return withScope(direction, () =>
      lstmLayer(series, { inputs: input, states: state, bias }, { reverse: direction === 'backward' }),
    );
  };
}
