// The read-out that scores latents: closed forms, missing cells, and standard errors against new samples.

import { describe, expect, test } from '@jest/globals';
import { crossFittedProbe, probe } from '../../src/comparison/index.js';
import { generator, normals } from '../fixtures/numbers.js';

const ROWS = 600;
const split = {
  train: Int32Array.from({ length: 400 }, (_, i) => i),
  validation: Int32Array.from({ length: 50 }, (_, i) => 400 + i),
  test: Int32Array.from({ length: 150 }, (_, i) => 450 + i),
};

/** Draws a latent and two columns: one is half noise, one is noise. */
function draw(seed: number) {
  const normal = normals(generator(seed));
  const z = Float64Array.from({ length: ROWS }, normal);
  const values = Float64Array.from({ length: 2 * ROWS }, (_, at) =>
    at % 2 === 0 ? Math.SQRT1_2 * (z[at / 2] + normal()) : normal(),
  );
  return { latents: { values: z, rows: ROWS, columns: 1 }, samples: { values, rows: ROWS, columns: 2 } };
}

describe('the probe', () => {
  test('explains what the design says, with the right standard error', () => {
    const results = Array.from({ length: 200 }, (_, seed) => {
      const { latents, samples } = draw(seed);
      const { r2, influences } = probe(latents, { samples, observed: undefined }, split)!;
      return { r2, error: Math.sqrt(influences.reduce((sum, value) => sum + value ** 2, 0)) };
    });
    const mean = results.reduce((sum, { r2 }) => sum + r2 / 200, 0);
    const sd = Math.sqrt(results.reduce((sum, { r2 }) => sum + (r2 - mean) ** 2 / 199, 0));
    const error = results.reduce((sum, one) => sum + one.error / 200, 0);
    expect(mean).toBeCloseTo(0.25, 1.7);
    expect(error / sd).toBeGreaterThan(0.85);
    expect(error / sd).toBeLessThan(1.15);
  });

  test('ignores missing cells, and rows without latents', () => {
    const { latents, samples } = draw(1);
    const observed = new Uint8Array(2 * ROWS).fill(1);
    const spoilt = Float64Array.from(samples.values);
    for (let row = 0; row < ROWS; row += 3) {
      observed[2 * row + 1] = 0;
      spoilt[2 * row + 1] = 1e6;
    }
    const z = Float64Array.from(latents.values, (value, row) => (row % 5 === 0 ? NaN : value));
    const holes = probe({ ...latents, values: z }, { samples: { ...samples, values: spoilt }, observed }, split)!;
    const whole = probe(latents, { samples, observed: undefined }, split)!;
    expect(holes.r2).toBeGreaterThan(whole.r2 - 0.1);
    expect(holes.r2).toBeLessThan(whole.r2 + 0.2);
    expect(Array.from(holes.rows).some((row) => row % 5 === 0)).toBe(false);
  });

  test('gives constant latents no share, and too few rows no figure', () => {
    const { latents, samples } = draw(2);
    const constant = { ...latents, values: new Float64Array(ROWS) };
    expect(probe(constant, { samples, observed: undefined }, split)!.r2).toBeCloseTo(0, 12);
    expect(probe(latents, { samples, observed: undefined }, { ...split, train: split.train.subarray(5, 9) })).toBe(
      undefined,
    );
  });

  test('over folds scores every row once', () => {
    const { latents, samples } = draw(3);
    const fold = (k: number, isIn: boolean) =>
      Int32Array.from({ length: ROWS }, (_, i) => i).filter((row) => (row % 5 === k) === isIn);
    const folds = [0, 1, 2, 3, 4].map((k) => ({
      train: fold(k, false),
      validation: fold(k, false),
      test: fold(k, true),
    }));
    const result = crossFittedProbe(latents, { samples, observed: undefined }, folds)!;
    expect(result.rows.length).toBe(ROWS);
    expect(result.r2).toBeCloseTo(0.25, 1);
    expect(result.influences.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 10);
  });
});
