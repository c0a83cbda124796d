// The figures of built-in methods equal those of scikit-learn and mofapy2 by hand to 0.5 points. The script is
// golden/make_comparison.py.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { builtInMethods, compareMethods, type Comparison } from '../../src/comparison/index.js';
import { readTruth } from '../../src/simulation/truth.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

interface Figures {
  within: number;
  across: number;
}

interface Golden {
  command: string;
  methods: Record<'pca' | 'pls' | 'cca' | 'rrr' | 'fa', Figures> & { ica: Figures & { mcc: number } };
  unregularisedCca: Figures;
  mofa: Figures;
}

const golden = JSON.parse(readFileSync(new URL('../golden/comparison.json', import.meta.url), 'utf8')) as Golden;
const { folder } = scratch();
const POINTS = 0.005;
let result: Comparison;

beforeAll(async () => {
  const { code } = await commandHere([...golden.command.split(' '), '--out', 'case1'], folder);
  expect(code).toBe(0);
  const study = await readStudy(join(folder, 'case1/study.yaml'));
  const truth = await readTruth(join(folder, 'case1/truth.npz'));
  const methods = builtInMethods(['pca', 'pls', 'cca', 'rrr', 'fa', 'ica']);
  result = await compareMethods(study, { methods, seeds: 1, shuffles: 0, truth });
}, 60_000);

const figuresOf = (name: string) => result.methods.find((method) => method.name === name)!;

function expectFigures(name: string, { within, across }: Figures, points = POINTS): void {
  const method = figuresOf(name);
  expect({ name, error: Math.abs(method.within!.r2 - within) < points }).toEqual({ name, error: true });
  expect({ name, error: Math.abs(method.across!.r2 - across) < points }).toEqual({ name, error: true });
}

describe('the figures of', () => {
  test.each(['pca', 'pls', 'cca', 'rrr', 'fa', 'ica'] as const)('%s equal those by hand', (name) => {
    expectFigures(name, golden.methods[name]);
  });

  test('methods without choices equal those by hand to five digits', () => {
    expectFigures('pca', golden.methods.pca, 1e-5);
    expectFigures('pls', golden.methods.pls, 1e-5);
  });

  test('factor analysis equal those of mofapy2', () => {
    expectFigures('fa', golden.mofa);
  });

  test('FastICA have the same match with the truth', () => {
    expect(Math.abs(figuresOf('ica').truth!.mcc - golden.methods.ica.mcc)).toBeLessThan(POINTS);
  });

  test('canonical correlation are those of the unregularised method across modalities, and better within', () => {
    const { within, across } = figuresOf('cca');
    expect(Math.abs(across!.r2 - golden.unregularisedCca.across)).toBeLessThan(0.01);
    expect(within!.r2).toBeGreaterThan(golden.unregularisedCca.within);
  });
});
