// The paper's objective with its own weights (Sun et al., ICLR 2025, Section 5 and App. F), all networks from the first
// step on: no warm start, no parts, no restarts. Reconstruction, independence of noises, and the number of open gates.
// It is in the variational form of METHOD section 3: with encoders that have no noise the scale of z runs to 0.

import { mul } from '../graph/index.js';
import { MultimodalModel } from '../models/multimodal.js';
import { objective } from '../models/objective.js';
import type { LatentLayout } from '../models/layout.js';
import type { BaselineGraph } from './stage.js';

/** α_recon and α_ind for tables, and for images and series; α_sp is a tenth of α_ind. */
export const PAPER_WEIGHTS = {
  tables: { reconstruction: 1, independence: 0.1 },
  regularArrays: { reconstruction: 2, independence: 0.01 },
} as const;
const SPARSITY = 0.1;

const PRIOR = {
  hidden: 64,
  flow: 'mixture',
  components: 5,
  flowHidden: 16,
  within: true,
  graph: 'ordered',
  gates: true,
  componentMap: 0,
} as const;

/** The setting is α_ind. */
export function paperObjective({ modalities }: LatentLayout, runs: number): BaselineGraph {
  const isTables = modalities.every(({ observation }) => observation.kind === 'table');
  const { reconstruction } = PAPER_WEIGHTS[isTables ? 'tables' : 'regularArrays'];
  const absent = modalities.some(({ observation }) => observation.absent);
  const model = new MultimodalModel({ ...PRIOR, modalities, ...(absent && { absent }) }, runs);
  return {
    parameters: {
      // Nothing predicts the other modalities here.
      all: model.parameters.all.filter(({ name }) => !name.startsWith('crossPrediction')),
      initialValues: (seeds) => model.parameters.initialValues(seeds),
    },
    loss: (x, noise, _labels, independence) =>
      objective(model, x, noise, {
        weights: { reconstruction, independence, gates: mul(independence, SPARSITY) },
        gates: 'sampled',
      }).loss,
    latents: (x) => model.latents(model.encode(x).mean),
  };
}
