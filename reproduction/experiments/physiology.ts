// Series of two devices with known latents, fitted with each kind of network for series and default settings.

import type { NetworkKind } from '../../src/data/network.js';
import { physiology } from '../simulation/physiology.js';
import type { KnownTruthSource, KnownTruthStudy } from './known-truth.js';

export interface PhysiologyStudy extends KnownTruthStudy {
  readonly network: NetworkKind;
}

const REACH = { mcc: 0.97, r2: 0.96, shd: 0 };

export const PHYSIOLOGY_STUDIES: readonly PhysiologyStudy[] = [
  { id: 'series-conv1d', title: 'conv1d', network: 'conv1d', reach: REACH },
  { id: 'series-lstm', title: 'lstm', network: 'lstm', reach: REACH },
];

const TRAINING = 10_000;
const BOUND_STEPS = 780;

export const physiologySource: KnownTruthSource<PhysiologyStudy> = {
  settings: ({ network }) => ({ network }),
  simulate: ({ network }, seed) => physiology({ seed, network: { kind: network }, train: TRAINING }),
  subjects: { subjects: TRAINING, regularArrays: true, series: true },
  boundSteps: BOUND_STEPS,
};
