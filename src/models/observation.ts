// The networks of a modality, by the kind of what is observed of it. A new kind is a file beside table-network.ts and
// its name here.

import type { Observation, ObservationKind } from '../data/observation.js';
import type { ObservationNetwork } from './observation-network.js';
import { tableNetwork } from './table-network.js';

const NETWORKS: Readonly<Record<ObservationKind, (observation: Observation) => ObservationNetwork>> = {
  table: tableNetwork,
};

export function observationNetwork(observation: Observation): ObservationNetwork {
  return NETWORKS[observation.kind](observation);
}
