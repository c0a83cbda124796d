// The runners of examples/comparison: their figures equal those of built-in methods, and missing packages are named.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Comparison } from '../../src/comparison/index.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';
import { testIf } from '../fixtures/skipping.js';

const PYTHON = '/usr/bin/python3';
const EXAMPLES = join(import.meta.dirname, '../../examples/comparison');
const hasPackage = (name: string): boolean =>
  existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0;
const { folder, file } = scratch();

beforeAll(async () => {
  expect((await commandHere('simulate case1 --samples 400 --test 120 --out case1'.split(' '), folder)).code).toBe(0);
}, 60_000);

/** Compares runners with built-in methods, without shuffles. @param runners arguments of the script, by name */
async function compare(methods: string, runners: Readonly<Record<string, string>>): Promise<Comparison['methods']> {
  const options = Object.entries(runners).flatMap(([name, script]) => [
    '--runner',
    `${name}=${PYTHON} ${EXAMPLES}/${script}`,
  ]);
  const line = ['compare', 'case1/study.yaml', '--methods', methods, '--seeds', '1', '--shuffles', '0', '--json'];
  const { code, err } = await commandHere([...line, '--out', 'out', ...options], folder);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return (JSON.parse(readFileSync(join(folder, 'out/comparison.json'), 'utf8')) as Comparison).methods;
}

describe('the runner of', () => {
  testIf(hasPackage('sklearn'), 'scikit-learn for the python3 of the system')(
    'scikit-learn gives the figures of PCA, PLS and factor analysis, and runs ICA and CCA',
    async () => {
      const names = ['pca', 'pls', 'fa', 'ica', 'cca'];
      const runners = Object.fromEntries(names.map((name) => [`sk-${name}`, `scikit_learn.py ${name}`]));
      const methods = await compare('pca,pls,fa', runners);
      const find = (name: string) => methods.find((method) => method.name === name)!;
      for (const name of ['pca', 'pls', 'fa']) {
        for (const kind of ['within', 'across'] as const) {
          expect(Math.abs(find(name)[kind]!.r2 - find(`sk-${name}`)[kind]!.r2)).toBeLessThan(0.005);
        }
      }
      expect(find('sk-ica').within!.r2).toBeCloseTo(find('sk-pca').within!.r2, 3);
      expect(find('sk-cca').across!.r2).toBeGreaterThan(find('sk-pca').across!.r2);
      expect(find('sk-pca').memory).toBeGreaterThan(1e7);
    },
    120_000,
  );

  testIf(hasPackage('mofapy2'), 'mofapy2 for the python3 of the system')(
    'mofapy2 gives the figures of factor analysis',
    async () => {
      const [fa, mofa] = await compare('fa', { mofa: 'mofa.py' });
      expect(Math.abs(fa.within!.r2 - mofa.within!.r2)).toBeLessThan(0.01);
      expect(Math.abs(fa.across!.r2 - mofa.across!.r2)).toBeLessThan(0.01);
    },
    120_000,
  );

  testIf(hasPackage('torch'), 'PyTorch for the python3 of the system')(
    'PyTorch relates the modalities',
    async () => {
      const [, torch] = await compare('pca', { torch: 'multiview_torch.py' });
      expect(torch.pairs[0].p).toBeLessThan(0.001);
    },
    180_000,
  );

  testIf(hasPackage('numpy'), 'NumPy for the python3 of the system')(
    'a missing package ends with its name',
    async () => {
      const script = file('missing.py', `from runner import require\nrequire("no_such_module", "the package none")\n`);
      file('runner.py', readFileSync(join(EXAMPLES, 'runner.py'), 'utf8'));
      const runner = `none=${PYTHON} ${script}`;
      const { code, err } = await commandHere(
        ['compare', 'case1/study.yaml', '--methods', 'none', '--runner', runner, '--out', 'none'],
        folder,
      );
      expect(code).toBe(2);
      expect(err.replaceAll('\n', ' ')).toMatch(/\[runner-failed\].*This runner needs the package none/);
    },
  );

  test('each method is a file of the example', () => {
    for (const name of ['runner.py', 'scikit_learn.py', 'mofa.py', 'multiview_torch.py', 'README.md']) {
      expect(existsSync(join(EXAMPLES, name))).toBe(true);
    }
  });
});
