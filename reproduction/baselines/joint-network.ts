// Networks of methods that do not separate modalities: one code for all data of a subject. Tables are joined to one
// table. Images and series keep the networks of their modalities; the heads of these networks are added, which equals
// one linear head over all their last hidden layers.

import { joinedObservation, type Observation } from '../../src/data/observation.js';
import { add, broadcastTo, mul, ones, reshape, slice, sum, type Node } from '../../src/graph/index.js';
import { stackModalities, type LatentLayout } from '../../src/networks/layout.js';
import { observationNetwork } from '../../src/networks/observation.js';
import type { Observed } from '../../src/networks/observation-network.js';
import type { ParameterList } from '../../src/nn/parameters.js';
import { reconstructionError } from './variational.js';

export interface JointNetwork {
  /** Returns the head, `[runs, outputs, batch]`. `x` has a mini-batch per group. */
  readonly encode: (x: readonly Observed[]) => Node;
  /**
   * Decodes a code, `[runs, inputs, batch]`, and returns the reconstruction error over all modalities, `[runs]`.
   * @param weigh returns the weight of a modality's error. Default: 1; not used for tables
   */
  readonly error: (x: readonly Observed[], code: Node, weigh?: (observation: Observation) => number) => Node;
}

export interface JointNetworkOptions {
  /** Width of the hidden layers of tables. */
  readonly hidden: number;
  readonly outputs: number;
  readonly inputs: number;
}

export function jointNetwork(
  parameters: ParameterList,
  layout: LatentLayout,
  options: JointNetworkOptions,
): JointNetwork {
  const isTables = layout.groups.every(({ observation }) => observation.kind === 'table');
  return isTables ? ofOneTable(parameters, layout, options) : ofModalities(parameters, layout, options);
}

function ofOneTable(
  parameters: ParameterList,
  layout: LatentLayout,
  { hidden, outputs, inputs }: JointNetworkOptions,
): JointNetwork {
  const observation = joinedObservation(layout.modalities.map((modality) => modality.observation));
  const network = observationNetwork(observation);
  const encoder = network.encoder(parameters, 'encoder', { members: 1, hidden, outputs });
  const decoder = network.decoder(parameters, 'decoder', { members: 1, hidden, inputs });
  return {
    encode(x) {
      const head = encoder(sideBySide(layout, x));
      return reshape(slice(head, 1, 0, 1), [head.shape[0], ...head.shape.slice(2)]);
    },
    error: (x, code) => reconstructionError([observation], sideBySide(layout, x), decoder(forMembers(code, 1))),
  };
}

function ofModalities(
  parameters: ParameterList,
  layout: LatentLayout,
  { hidden, outputs, inputs }: JointNetworkOptions,
): JointNetwork {
  const networks = layout.groups.map(({ members, observation }, g) => {
    const network = observationNetwork(observation);
    const shared = { members: members.length, hidden };
    return {
      encode: network.encoder(parameters, `encoder.g${g}`, { ...shared, outputs }),
      decode: network.decoder(parameters, `decoder.g${g}`, { ...shared, inputs }),
    };
  });
  return {
    encode: (x) => total(x.map((group, g) => sum(networks[g].encode(group), [1]))),
    error: (x, code, weigh = () => 1) =>
      total(
        x.map((group, g) => {
          const { members, observation, observations } = layout.groups[g];
          const decoded = networks[g].decode(forMembers(code, members.length));
          return mul(reconstructionError(observations, group, decoded), weigh(observation));
        }),
      ),
  };
}

/** Joins the mini-batches of all tables to one group with one member. */
function sideBySide(layout: LatentLayout, x: readonly Observed[]): Observed {
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

/** Expands `[runs, features, batch]` to `[runs, members, features, batch]`. */
function forMembers(code: Node, members: number): Node {
  const [runs, features, batch] = code.shape;
  return broadcastTo(reshape(code, [runs, 1, features, batch]), [runs, members, features, batch]);
}

function total(terms: readonly Node[]): Node {
  return terms.reduce((a, b) => add(a, b));
}
