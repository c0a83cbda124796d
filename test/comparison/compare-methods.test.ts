// compareMethods of the package: built-in methods, programs, and functions of a caller on the same subjects.

import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  compareMethods,
  methodComparisonHtml,
  readStudy,
  readTruth,
  type CompareMethodsOptions,
  type FunctionMethod,
  type Study,
} from '../../src/index.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
let study: Study;

beforeAll(async () => {
  const { code } = await commandHere('simulate case1 --samples 300 --test 100 --out case1'.split(' '), folder);
  expect(code).toBe(0);
  study = await readStudy(join(folder, 'case1/study.yaml'));
}, 60_000);

/** The first columns of each modality as its latents. */
const firstColumns: FunctionMethod = {
  name: 'first-columns',
  fit: ({ ids, modalities }) =>
    Object.fromEntries(
      modalities.map(({ name, columns, latents, values }) => [
        name,
        Float64Array.from(
          { length: ids.length * latents },
          (_, at) => values[Math.floor(at / latents) * columns.length + (at % latents)],
        ),
      ]),
    ),
};

describe('compareMethods', () => {
  test('compares names, programs, and functions, with a truth and a page', async () => {
    const script = file(
      'copy.cjs',
      `require('node:fs').accessSync(process.argv[2]);
       require('node:fs').copyFileSync(${JSON.stringify(join(folder, 'pca/latents/pca-seed0.npz'))}, process.argv[3]);`,
    );
    const line = 'compare case1/study.yaml --methods pca --seeds 1 --shuffles 0 --out pca';
    expect((await commandHere(line.split(' '), folder)).code).toBe(0);
    const fits: string[] = [];
    const comparison = await compareMethods(study, {
      methods: ['pca', firstColumns, { name: 'copy', command: `${process.execPath} '${script}'` }],
      truth: await readTruth(join(folder, 'case1/truth.npz')),
      seeds: 1,
      shuffles: 0,
      onFit: ({ method }) => fits.push(method),
    });
    // Programs are fitted first, because they may fail at once.
    expect(fits).toEqual(['copy', 'pca', 'first-columns']);
    const [pca, first, copy] = comparison.methods;
    expect(copy.within!.r2).toBe(pca.within!.r2);
    expect(copy.truth).toEqual(pca.truth);
    expect(first.within!.r2).toBeLessThan(pca.within!.r2);
    expect(first.within!.r2).toBeGreaterThan(0.1);
    expect(first.title).toBe('first-columns');
    expect(await methodComparisonHtml(comparison)).toContain('3 methods on the same subjects');
  }, 60_000);

  test.each<[string, CompareMethodsOptions | object, string, RegExp]>([
    ['an unknown name', { methods: ['pcb'] }, 'invalid-option', /methods\[0\] is pcb; accepted is one of ours, pca/],
    ['two methods of one name', { methods: ['pca', 'pca'] }, 'invalid-option', /Two methods have the name 'pca'/],
    ['no method', { methods: [] }, 'invalid-option', /Nothing is compared/],
    [
      'a method without a fit',
      { methods: [{ name: 'x' }] },
      'invalid-argument',
      /methods\[0\]\.fit must be a function/,
    ],
    ['half a seed', { seeds: 0.5 }, 'invalid-option', /seeds is 0.5/],
    ['a misspelt option', { seed: 1 }, 'unknown-option', /compareMethods has no option seed.*seeds/],
    [
      'latents of one modality only',
      { methods: [{ name: 'mine', fit: () => ({ m1: new Float64Array(800) }) }], seeds: 1, shuffles: 0 },
      'runner-output',
      /Method 'mine' gave wrong latents: the array 'm2' is missing/,
    ],
    [
      'too few values',
      { methods: [{ name: 'mine', fit: () => ({ m1: new Float64Array(7), m2: [] }) }], seeds: 1, shuffles: 0 },
      'runner-output',
      /'m1' has shape \(7\)\. It needs numbers of shape \(400, 2\)/,
    ],
    ['no latents', { methods: [{ name: 'mine', fit: () => undefined }] }, 'runner-output', /returned no object/],
  ])('refuses %s', async (_, options, code, message) => {
    const failed = compareMethods(study, options);
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
