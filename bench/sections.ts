// The sections of `npm run bench` and of `scripts/bench networks`, in the order in which they are measured and shown.

import { convolutions } from './convolutions.js';
import { dense } from './dense.js';
import { eventLoop } from './event-loop.js';
import { kernels } from './kernels.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { networkSteps } from './network-steps.js';
import { penalty } from './penalty.js';
import { scaling } from './scaling.js';
import type { Section } from './section.js';
import { twoThreads } from './threads.js';
import { trainingSteps } from './training-steps.js';

export const SECTIONS: readonly Section[] = [
  trainingSteps,
  penalty,
  twoThreads,
  dense,
  kernels,
  memory,
  latency,
  eventLoop,
  scaling,
];

/** Sections of `scripts/bench networks`. */
export const NETWORK_SECTIONS: readonly Section[] = [networkSteps, convolutions];
