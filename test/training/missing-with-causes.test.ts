// Latents of absent modalities given observed causes: the density reads the causes of a subject if they are known, and
// averages over them otherwise.

import { describe, expect, test } from '@jest/globals';
import { termsOfSubjects, type Cause } from '../../src/data/causes.js';
import { tableObservation } from '../../src/data/observation.js';
import { MissingSampler } from '../../src/inference/missing-sampler.js';
import { latentLayout } from '../../src/networks/layout.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { fitConfig } from '../../src/training/config.js';
import { missingStage, type KnownLatents } from '../../src/training/missing-stage.js';
import { StageRunner } from '../../src/training/stage-runner.js';

/** What a level adds to the second latent, which has slope 0.5 on the first and noise 0.4. */
const SHIFTS = [0, 2, -1];

describe('q(z missing | z known, causes) of a latent that levels shift', () => {
  const rows = 3600;
  const random = new RandomStream(8, 1);
  const levels = Float64Array.from({ length: rows }, (_, row) => row % 3);
  const values = new Float32Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    values[2 * row] = random.normal();
    values[2 * row + 1] = 0.5 * values[2 * row] + SHIFTS[levels[row]] + 0.4 * random.normal();
  }
  const arm: Cause = {
    name: 'arm',
    kind: 'categorical',
    levels: ['none', 'low', 'high'],
    assigned: true,
    effect: 'shift',
    terms: [{ level: 'low' }, { level: 'high' }],
    values: levels,
  };
  const modalities = ['a', 'b'].map((name) => ({
    name,
    observation: tableObservation(4),
    latents: 1,
    exogenous: 0,
  }));
  const part = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const known: KnownLatents = {
    modalities,
    values,
    split: { train: part(0, 2700), validation: part(2700, 3000), test: part(3000, rows) },
    causes: [arm],
  };
  const config = fitConfig({ hidden: 32, seed: 4 }, { subjects: 2700 });
  const dataset = { fingerprint: '', modalities: [], ids: [], split: known.split };
  const fitted = StageRunner.open(['missing'], dataset, config, {}).then((runner) =>
    runner.run('missing', () => missingStage('missing', known, config)),
  );
  const heldOut = values.slice(2 * 3000);
  const present = [new Uint8Array(600).fill(1), new Uint8Array(600)];
  const terms = termsOfSubjects([arm], [{ ...arm, values: levels.slice(3000) }], 600)!;

  async function withSampler<T>(work: (sampler: MissingSampler) => Promise<T>): Promise<T> {
    const sampler = new MissingSampler(latentLayout(modalities), config, (await fitted).parameters, { threads: 1 });
    try {
      return await work(sampler);
    } finally {
      await sampler.dispose();
    }
  }

  /** Returns means over the subjects at each level. */
  const byLevel = (of: (row: number) => number): number[] =>
    SHIFTS.map((_, level) => {
      let sum = 0;
      for (let row = level; row < 600; row += 3) sum += of(row) / 200;
      return sum;
    });

  test('draws have the effects of the levels, and the spread within one', async () => {
    const drawn = await withSampler((sampler) => sampler.draw({ values: heldOut, present, terms }, 1, 2));
    const residual = (row: number): number => drawn[2 * row + 1] - 0.5 * heldOut[2 * row];
    byLevel(residual).forEach((mean, level) => expect(Math.abs(mean - SHIFTS[level])).toBeLessThan(0.2));
    byLevel((row) => (residual(row) - SHIFTS[row % 3]) ** 2).forEach((square) => {
      expect(Math.sqrt(square)).toBeGreaterThan(0.33);
      expect(Math.sqrt(square)).toBeLessThan(0.48);
    });
  });

  test('means of subjects with unknown causes are those of the whole population', async () => {
    // The levels have equal shares: mean 1/3, variance 14/9 within the shifts and 0.16 around them.
    const unknown = terms.map((value, at) => (at < 600 ? NaN : value));
    const { mean, sd } = await withSampler((sampler) => sampler.infer({ values: heldOut, present, terms: unknown }));
    const residual = (row: number): number => mean[2 * row + 1] - 0.5 * heldOut[2 * row];
    for (let row = 0; row < 300; row++) {
      if (Math.abs(heldOut[2 * row]) > 1.5) continue;
      expect(Math.abs(residual(row) - 1 / 3)).toBeLessThan(0.25);
      expect(sd[2 * row + 1]).toBeGreaterThan(1.1);
    }
    for (let row = 300; row < 600; row++) {
      if (Math.abs(heldOut[2 * row]) > 1.5) continue;
      expect(Math.abs(residual(row) - SHIFTS[row % 3])).toBeLessThan(0.25);
      expect(sd[2 * row + 1]).toBeLessThan(0.6);
    }
    const without = await withSampler((sampler) => sampler.infer({ values: heldOut, present }));
    expect(without.mean.slice(0, 600)).toEqual(mean.slice(0, 600));
  });

  test('terms are found by the names of causes and levels; what is unknown is NaN', () => {
    const renumbered: Cause = { ...arm, levels: ['high', 'other', 'none'], values: Float64Array.of(0, 1, 2) };
    expect([...termsOfSubjects([arm], [renumbered], 3)!]).toEqual([0, 1, NaN, NaN, 0, 0]);
    expect(termsOfSubjects([arm], [{ ...renumbered, name: 'site' }], 3)).toBeUndefined();
    expect([...termsOfSubjects([arm, { ...arm, name: 'site' }], [renumbered], 1)!]).toEqual([NaN, NaN, NaN, NaN]);
  });
});
