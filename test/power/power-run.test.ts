// The power of a pilot study: loadings, reliabilities, and links come from its fit.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const { folder } = place;
const power = (...words: string[]) =>
  commandHere(['power', 'run', '--subjects', '60', '--studies', '2', ...words], folder);

describe('the folder of a fit', () => {
  beforeAll(async () => {
    writeFactorStudy(place, { name: 'people', subjects: 240, seed: 3, ...TWO_FACTORS });
    const { code } = await commandHere(['fit', 'people/study.yaml', '--out', 'run', ...SHORT_FIT], folder);
    expect(code).toBe(0);
  }, 170_000);

  test('has reliabilities and covariances of its columns', async () => {
    const { code, out } = await power('--json');
    expect(code).toBe(0);
    const { modalities, points } = JSON.parse(out) as {
      readonly modalities: readonly {
        readonly columns: number;
        readonly loadings: number[][];
        readonly noise: number[][];
        readonly reliabilities: number[];
      }[];
      readonly points: readonly { readonly studies: number }[];
    };
    expect(points).toMatchObject([{ subjects: 60, studies: 2 }]);
    for (const { columns, loadings, noise, reliabilities } of modalities) {
      expect(loadings).toHaveLength(columns);
      for (const value of reliabilities) expect(value).toBeGreaterThan(0.5);
      // Columns have a variance of 1.
      for (const [c, row] of loadings.entries()) {
        const square = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);
        expect(square(row) + square(noise[c])).toBeCloseTo(1, 1);
      }
    }
  }, 60_000);

  test('is described, and its options replace what it shows', async () => {
    const measured = await power();
    expect(measured.out).toMatch(/^body: reliabilities 0\.\d\d.* in the fit; \d+ simulated columns$/m);
    expect(measured.out).not.toContain('assumed');
    const assumed = await power('--reliability', '0.6', '--other-links', '0.2');
    expect(assumed.out).toContain('Latents are measured at a reliability of 0.6.');
    expect(assumed.out).toContain('Every other latent has a link of 0.2.');
    expect((await power('--columns', '3,4')).err).toContain('--columns belongs to --latents');
  }, 60_000);
});
