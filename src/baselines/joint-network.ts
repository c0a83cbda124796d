// The networks of methods that know no modalities: one code for everything that is observed of a subject. Tables stand
// side by side as one table. Images and series keep the networks of their modalities, whose last hidden layers stand
// side by side below one linear head, which is the sum of their own heads.

import { joinedObservation, type Observation } from '../data/observation.js';
import { add, broadcastTo, mul, ones, reshape, slice, sum, type Node } from '../graph/index.js';
import { stackModalities, type LatentLayout } from '../models/layout.js';
import { observationNetwork } from '../models/observation.js';
import type { Observed } from '../models/observation-network.js';
import type { ParameterList } from '../nn/parameters.js';
import { reconstructionError } from './variational.js';

export interface JointNetwork {
  /** x per group → the head, `[runs, outputs, batch]`. */
  readonly encode: (x: readonly Observed[]) => Node;
  /**
   * Of what the decoders make of a code, `[runs, inputs, batch]`: over all modalities, `[runs]`.
   * @param weigh what a modality's error counts; 1 when left out, and of tables
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
    encode: (x) => total(x.map((own, g) => sum(networks[g].encode(own), [1]))),
    error: (x, code, weigh = () => 1) =>
      total(
        x.map((own, g) => {
          const { members, observation, observations } = layout.groups[g];
          const decoded = networks[g].decode(forMembers(code, members.length));
          return mul(reconstructionError(observations, own, decoded), weigh(observation));
        }),
      ),
  };
}

/** A mini-batch of all tables as one, one group of one member. */
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

/** `[runs, features, batch]` → `[runs, members, features, batch]`. */
function forMembers(code: Node, members: number): Node {
  const [runs, features, batch] = code.shape;
  return broadcastTo(reshape(code, [runs, 1, features, batch]), [runs, members, features, batch]);
}

function total(terms: readonly Node[]): Node {
  return terms.reduce((a, b) => add(a, b));
}
