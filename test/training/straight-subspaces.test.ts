// Tables that are linear in their latents, in studies with observed causes: their linear numbers are kept. No network
// is trained for tables alone, and encoders of tables next to images stay as they start.

import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import type { Dataset } from '../../src/data/dataset.js';
import { leastSquares } from '../../src/linear/index.js';
import { perceptron } from '../../src/nn/linear-layers.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeLightTunnel } from '../../src/simulation/light-tunnel/files.js';
import { simulateLightTunnel, type LightTunnelOptions } from '../../src/simulation/light-tunnel/light-tunnel.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { fitConfigFor, type FitSettings } from '../../src/training/config.js';
import { StageRunner } from '../../src/training/stage-runner.js';
import { fitSubspaceStages, subspaceStages } from '../../src/training/subspace-stages.js';
import { tableEncoders } from '../../src/training/table-encoders.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();

/** Settings of a training that is too short to find anything. */
const BRIEF: FitSettings = { encoderRestarts: 1, epochs: 1, hidden: 32 };

let count = 0;
async function tunnel(options: LightTunnelOptions): Promise<{ dataset: Dataset; settings: Matrix }> {
  const simulated = simulateLightTunnel({ seed: 1, samples: 1500, test: 100, imageSize: 8, ...options });
  const path = join(folder, `tunnel-${count++}`);
  await writeLightTunnel(simulated, path, { format: 'npz' });
  const { dataset } = await readStudy(join(path, 'study.yaml'));
  const rows = dataset.ids.map((id) => simulated.ids.indexOf(id));
  return { dataset, settings: new Matrix(rows.map((row) => [...simulated.values.subarray(row * 5, row * 5 + 5)])) };
}

async function subspacesOf(dataset: Dataset, settings = BRIEF) {
  const config = fitConfigFor(dataset, settings);
  await using runner = await StageRunner.open(subspaceStages(dataset, config), dataset, config, { threads: 1 });
  const { trained, choice, parameters } = await fitSubspaceStages(dataset, config, runner);
  return { stages: trained.map(({ name }) => name), chosen: choice.chosen, parameters };
}

describe('a network is trained', () => {
  test('not if the tables are linear, with noise or without', async () => {
    for (const measurementNoise of [0, 0.1]) {
      const { dataset } = await tunnel({ measurementNoise });
      expect(await subspacesOf(dataset)).toMatchObject({ stages: [], chosen: 'linear' });
    }
  });

  test('if there are no causes, if tables are curved, or if there is one number per column', async () => {
    const { dataset } = await tunnel({});
    const { causes: _, ...observational } = dataset;
    const [light, ...angles] = dataset.modalities;
    const columns = light.columns.slice(0, 3);
    const values = Float32Array.from(
      { length: dataset.ids.length * 3 },
      (_value, at) => light.values[Math.floor(at / 3) * light.columns.length + (at % 3)],
    );
    const narrow = { ...dataset, modalities: [{ ...light, columns, values }, ...angles] };
    const curved = simulatedDataset(simulate('chain', { seed: 1, samples: 600, test: 60, levels: 'perfect' }));
    for (const other of [observational, narrow, curved]) {
      expect((await subspacesOf(other)).stages).toContain('subspaces');
    }
  });

  test('if the settings require one', async () => {
    const { dataset } = await tunnel({});
    expect(await subspacesOf(dataset, { ...BRIEF, subspaces: 'network' })).toMatchObject({
      stages: ['subspaces'],
      chosen: 'network',
    });
  });
});

describe('next to images', () => {
  test('encoders of tables start with white numbers that contain every setting', async () => {
    const { dataset, settings } = await tunnel({ modalities: 'camera' });
    const { encoders, untrained } = (await tableEncoders(dataset, fitConfigFor(dataset, BRIEF)))!;
    expect(untrained).toHaveLength(2);
    const rows = Array.from(dataset.split.train);
    const numbers = encoders.map(({ layers, latents }, i) => {
      const { values, columns } = dataset.modalities[i + 1];
      const width = columns.length;
      const read = Float64Array.from(rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]));
      return Matrix.from1DArray(rows.length, latents, perceptron(layers, read, rows.length));
    });
    for (const one of numbers) {
      const identity = Matrix.eye(one.columns).to1DArray();
      const covariance = one.transpose().mmul(one).div(rows.length).to1DArray();
      covariance.forEach((value, at) => expect(value).toBeCloseTo(identity[at], 2));
    }
    const all = new Matrix(rows.map((_, i) => [1, ...numbers.flatMap((one) => one.getRow(i))]));
    const truth = settings.subMatrixRow(rows);
    const left = Matrix.sub(truth, all.mmul(leastSquares(all, truth)));
    left.variance('column', { unbiased: false }).forEach((variance, i) => {
      expect(variance / truth.getColumnVector(i).variance()).toBeLessThan(1e-3);
    });
  });

  test('training leaves them as they are if they contain the columns, and changes them otherwise', async () => {
    for (const [measurementNoise, isTrained] of [
      [0, false],
      [0.5, true],
    ] as const) {
      const { dataset } = await tunnel({ modalities: 'camera', measurementNoise });
      const { encoders, untrained } = (await tableEncoders(dataset, fitConfigFor(dataset, BRIEF)))!;
      const [{ name, layers }] = encoders;
      expect(untrained.includes(name)).toBe(!isTrained);
      const { parameters } = await subspacesOf(dataset);
      const { values } = parameters.get(`${name}.2.weight`)!;
      const change = Math.max(...values.map((value, i) => Math.abs(value - layers[2].weight[i])));
      if (isTrained) expect(change).toBeGreaterThan(1e-3);
      else expect(change).toBe(0);
    }
  });
});
