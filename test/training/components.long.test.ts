// Tests the component stage on exactly known subspaces: the true latents of case 1, mixed linearly within each
// modality. No encoder could recover what the stage misses here (Theorem 4.4).

import { expect, test } from '@jest/globals';
import { simulate } from '../../src/simulation/simulate.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { meanCorrelation, structuralHammingDistance } from '../../src/metrics/index.js';
import { latentLayout } from '../../src/networks/layout.js';
import { readComponents } from '../../src/training/component-reading.js';
import { fitConfig } from '../../src/training/config.js';
import { ranking } from '../../src/training/outcome.js';
import { StageRunner } from '../../src/training/stage-runner.js';
import { latentAgreement } from '../../src/training/reading.js';
import { fitComponents } from '../../src/training/two-stage.js';
import { tableObservation } from '../../src/data/observation.js';
import { whiten } from '../../src/training/whitening.js';

test('linearly mixed true latents are recovered with MCC ≥ 0.995 on held-out subjects, with their graph', async () => {
  const simulation = simulate('case1', { seed: 4, samples: 5000, test: 1000 });
  const { z, split, adjacency, ids, latents: d } = simulation;
  const modalities = simulation.modalities.map((m) => ({
    name: m.name,
    observation: tableObservation(m.columns),
    latents: d,
    exogenous: 1,
  }));
  const layout = latentLayout(modalities);
  const D = layout.latents;
  const shape = { modalities: modalities.map((m) => m.latents) };
  const mixed = mixWithin(z, layout.offsets, D, d);
  const table = (values: ArrayLike<number>) => ({
    values: Float64Array.from(
      { length: split.test.length * D },
      (_, i) => values[split.test[Math.floor(i / D)] * D + (i % D)],
    ),
    rows: split.test.length,
    columns: D,
  });
  const truth = table(z);
  // The mixed latents are far from the components, so the stage has work to do.
  expect(meanCorrelation(truth, table(mixed), shape).spearman.mean).toBeLessThan(0.95);

  const subspaces = { modalities, values: whiten(mixed, layout, split.train).values, split };
  const config = fitConfig({ componentRestarts: 16 });
  const dataset = { ids, modalities: [], split, fingerprint: '' };
  const runner = await StageRunner.open(['exploration', 'components', 'pruning'], dataset, config, { threads: 1 });
  const { settled } = await fitComponents(subspaces, config, runner);
  const readings = await readComponents(subspaces, config, settled, split.test, { threads: 1 });
  const [chosen] = ranking(settled);
  const estimate = { values: readings[chosen].latents, rows: split.test.length, columns: D };
  const { mean, matching } = meanCorrelation(truth, estimate, shape).spearman;
  const { cross, within } = structuralHammingDistance(adjacency, readings[chosen].edges, matching, shape);
  expect({ mcc: mean >= 0.995 || mean, shd: cross.distance, within: within.distance }).toEqual({
    mcc: true,
    shd: 0,
    within: 0,
  });
  for (const agreement of latentAgreement(readings, chosen, layout)) expect(agreement).toBeGreaterThan(0.9);
});

/** Multiplies each modality's latents with a random well-conditioned matrix. */
function mixWithin(z: Float64Array, offsets: readonly number[], D: number, d: number): Float32Array {
  const mixed = new Float32Array(z.length);
  offsets.forEach((first, modality) => {
    const random = new RandomStream(9, modality);
    const matrix = Array.from({ length: d * d }, (_, i) => random.normal() + (i % (d + 1) === 0 ? 1 : 0));
    for (let row = 0; row < z.length; row += D) {
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) mixed[row + first + i] += matrix[i * d + j] * z[row + first + j];
      }
    }
  });
  return mixed;
}
