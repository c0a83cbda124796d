// The networks of a modality, by name. To add one, write a file next to table-network.ts and list it here.

import type { NetworkConfig, NetworkKind } from '../data/network.js';
import { networksFor, type Observation } from '../data/observation.js';
import { convolutionNetwork } from './convolution-network.js';
import type { ObservationNetwork } from './observation-network.js';
import { recurrentNetwork } from './recurrent-network.js';
import { residualNetwork } from './residual-network.js';
import { tableNetwork } from './table-network.js';

const NETWORKS: Readonly<
  Record<NetworkKind, (observation: Observation, network: NetworkConfig) => ObservationNetwork>
> = {
  mlp: tableNetwork,
  conv: convolutionNetwork,
  resnet18: residualNetwork,
  conv1d: convolutionNetwork,
  lstm: recurrentNetwork,
  gru: recurrentNetwork,
};

export function observationNetwork(observation: Observation): ObservationNetwork {
  const network = observation.network ?? { kind: networksFor(observation.kind)[0] };
  return NETWORKS[network.kind](observation, network);
}
