// The quality of a fit of images.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { evaluate as compare } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { variantMnist } from '../../reproduction/simulation/variant-mnist.js';
import { glyphs } from './glyphs.js';

const SUBJECTS = { train: 1200, validation: 200, test: 400 };
const SETTINGS = { epochs: 12, componentRestarts: 16, componentSteps: 500, decoderEpochs: 8, seed: 1 };

describe('a fit of images', () => {
  const shapes = (stream: number) => ({ train: glyphs(stream, 1200), test: glyphs(stream + 1, 600) });
  const simulated = variantMnist(
    { digits: shapes(1), garments: shapes(3) },
    { graph: 'P', seed: 3, shiftInvariant: 1, ...SUBJECTS },
  );
  const { dataset } = simulated;
  let model: MultimodalCausalModel;

  beforeAll(async () => {
    model = await MultimodalCausalModel.fit(dataset, { ...SETTINGS, threads: 1, evidence: 'none' });
  });

  afterAll(() => model.dispose());

  test('finds positions and intensities; intensities are declared shift-invariant', async () => {
    const latents = await model.encode(dataset);
    const rows = dataset.split.test;
    const modalities = ['digit', 'garment'].map((name) => ({ name, latents: 2 }));
    const table = (at: (row: number, k: number) => number) => ({
      z: {
        values: Float64Array.from({ length: rows.length * 4 }, (_, i) => at(rows[Math.floor(i / 4)], i % 4)),
        rows: rows.length,
        columns: 4,
      },
      modalities,
    });
    const truth = table((row, k) => simulated.z[row * 4 + k]);
    const estimate = table((row, k) => latents[modalities[k >> 1].name][row * 2 + (k % 2)]);
    const { mccSpearman, modalities: each } = compare(truth, estimate);
    expect(mccSpearman).toBeGreaterThan(0.85);
    expect(each['digit'].latents.map((latent) => latent.estimate)).toEqual(['digit.z1', 'digit.z2']);
  });

  test('explains more than the mean image, and reports it', () => {
    for (const { reconstruction } of model.summary.quality.modalities) {
      expect(reconstruction.heldOut).toBeGreaterThan(0.15);
    }
  });
});
