// The paper's objective with the paper's weights (Sun et al., ICLR 2025, Section 5 and App. F). All networks train from
// the first step on, without warm-up or stages. The loss has terms for the reconstruction, the independence of noises
// and the number of open gates. It has the variational form of METHOD section 3, because with deterministic encoders
// the scale of z shrinks to 0.

import { mul } from '../../src/graph/index.js';
import { MultimodalModel } from '../../src/networks/multimodal.js';
import { objective } from '../../src/networks/objective.js';
import type { LatentLayout } from '../../src/networks/layout.js';
import type { BaselineGraph } from './stage.js';

/** α_recon and α_ind, for tables and for images and series. α_sp is a tenth of α_ind. */
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

/** Builds the graph. The swept setting is α_ind. */
export function paperObjective({ modalities }: LatentLayout, runs: number): BaselineGraph {
  const isTables = modalities.every(({ observation }) => observation.kind === 'table');
  const { reconstruction } = PAPER_WEIGHTS[isTables ? 'tables' : 'regularArrays'];
  const absent = modalities.some(({ observation }) => observation.absent);
  const model = new MultimodalModel({ ...PRIOR, modalities, ...(absent && { absent }) }, runs);
  return {
    parameters: {
      // The loss does not contain the prediction of other modalities, so its parameters are not trained.
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
