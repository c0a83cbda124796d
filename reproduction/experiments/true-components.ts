// Fits the component stage without an encoder: its subspaces are the true latents, mixed linearly within each modality.
// No encoder can recover latents that this stage misses (Theorem 4.4), so its result bounds that of a fit of the same
// data.

import type { Dataset } from '../../src/data/dataset.js';
import type { Simulation } from '../../src/simulation/simulate.js';
import { block } from '../../src/metrics/index.js';
import { latentLayout } from '../../src/networks/layout.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { readComponents } from '../../src/training/component-reading.js';
import type { FitConfig } from '../../src/training/config.js';
import { ranking, selectRuns } from '../../src/training/outcome.js';
import { StageRunner, type FitHooks } from '../../src/training/stage-runner.js';
import { modalityShapes } from '../../src/training/model-config.js';
import { componentStages, fitComponents } from '../../src/training/two-stage.js';
import { whiten } from '../../src/training/whitening.js';
import type { Estimate } from './measure.js';

/** First random stream of the mixings. It differs from those of the simulation, which has the same seed. */
const MIXING_STREAM = 0x7000;

/** Estimates latents and graph by the component stage. @throws what `StageRunner.run` throws */
export async function fitTrueComponents(
  simulation: Simulation,
  dataset: Dataset,
  config: FitConfig,
  hooks: FitHooks,
): Promise<Estimate> {
  const modalities = modalityShapes(dataset);
  const layout = latentLayout(modalities);
  const { values } = whiten(mixWithin(simulation), layout, dataset.split.train);
  const subspaces = { modalities, values, split: dataset.split, shared: dataset.shared };
  await using runner = await StageRunner.open(componentStages(config), dataset, config, hooks);
  const { settled } = await fitComponents(subspaces, config, runner);
  const [best] = ranking(settled);
  const chosen = { parameters: selectRuns(settled.parameters, [best]), objectives: [settled.objectives[best]] };
  const everyone = Int32Array.from(dataset.ids.keys());
  const [{ latents, edges }] = await readComponents(subspaces, config, chosen, everyone, hooks);
  const samples = { values: latents, rows: everyone.length, columns: layout.latents };
  const blocks = modalities.map(({ latents: count }, m) => ({
    latents: count,
    values: block(samples, layout.offsets[m], layout.offsets[m] + count).values,
  }));
  return { setting: '', blocks, adjacency: edges };
}

/** Returns each modality's latents times a Gaussian matrix, subjects × D. */
function mixWithin({ z, modalities, latents: d, options }: Simulation): Float32Array {
  const width = modalities.length * d;
  const mixed = new Float32Array(z.length);
  for (const m of modalities.keys()) {
    const random = new RandomStream(options.seed, MIXING_STREAM + m);
    const matrix = Float64Array.from({ length: d * d }, () => random.normal());
    for (let row = m * d; row < z.length; row += width) {
      for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) mixed[row + i] += matrix[i * d + j] * z[row + j];
    }
  }
  return mixed;
}
