// The benchmark's pure parts: when a target is met, and that every section reaches the documents.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { NETWORK_SECTIONS, SECTIONS } from '../bench/sections.js';
import { fillMarkers, markdownTable } from '../bench/table.js';
import { measuredText, notMeasured, target } from '../bench/targets.js';
import { trainingSteps } from '../bench/training-steps.js';
import { packageRoot } from '../src/runtime/package.js';

const document = (...path: string[]): string => readFileSync(join(packageRoot, ...path), 'utf8');

describe('a target', () => {
  test.each([
    ['at least', 2, true],
    ['at least', 1.99, false],
    ['at most', 2, true],
    ['at most', 2.01, false],
  ] as const)('of %s 2 with %d measured: %s', (direction, measured, met) => {
    expect(target('ratio', measured, direction, 2).met).toBe(met);
  });

  test.each([undefined, NaN, Infinity, -Infinity])('is missed when %p is all that was measured', (measured) => {
    const missed = [target('time', measured, 'at most', 2), target('ratio', measured, 'at least', 2)];
    expect(missed.map(({ met }) => met)).toEqual([false, false]);
    expect(missed.map(measuredText)).toEqual(['not measured', 'not measured']);
  });

  test('of a section that failed is missed and says why in one line', () => {
    expect(notMeasured('steps', 'no torch\nmore')).toMatchObject({ name: 'steps: no torch', met: false });
  });
});

describe('the ratio to PyTorch', () => {
  const row = {
    ...{ batch: 256, hidden: 64, modalities: 2, runs: 1, jacobian: false, threads: 1, target: 2 },
    opponent: { torch: '2', blas: 'openblas', vectorInstructions: 'avx2', threads: 1 },
    ...{ flops: 1e9, peak: 2e12, ours: [1, 9, 1] },
    errors: {},
  };
  const measured = (more: object): unknown => trainingSteps.targets([{ ...row, theirs: {}, ...more }])[0].measured;

  test('is that to the faster of eager and compile, by medians; traced does not count', () => {
    expect(measured({ theirs: { eager: [4, 4, 0.1], compile: [3, 3, 30], traced: [1, 1, 1] } })).toBe(3);
  });

  test('that the chip allows is beside it, of the products’ time at its peak', () => {
    const { head, rows } = trainingSteps.table([{ ...row, theirs: { eager: [4, 4, 4], compile: [5, 5, 5] } }]);
    expect(rows[0][head.indexOf('ratio at peak')]).toBe('8.00');
  });

  test('is not measured when one of the two failed: the other may be the slower one', () => {
    expect(measured({ theirs: { eager: [4, 4, 4] }, errors: { compile: 'no compiler' } })).toBeNull();
  });
});

describe('documents', () => {
  test('get tables between their markers and keep the rest', () => {
    const before = 'a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n<!-- bench:y -->\nkept\n<!-- /bench:y -->\n';
    const table = markdownTable({ head: ['k', 'v'], rows: [['$1', '|x|']], note: 'n' });
    const after = fillMarkers(before, new Map([['x', table]]));
    expect(after).toBe(before.replace('old', () => '\n| k | v |\n|---|---|\n| $1 | \\|x\\| |\n\nn\n'));
    expect(fillMarkers(after, new Map([['x', table]]))).toBe(after);
  });

  test('have a place for every section and for all targets', () => {
    const performance = document('docs', 'performance.md');
    const named = [...SECTIONS, ...NETWORK_SECTIONS].map(({ name }) => name);
    for (const name of [...named, 'targets', 'machine', 'networks-machine']) {
      expect(performance).toContain(`<!-- bench:${name} -->`);
      expect(performance).toContain(`<!-- /bench:${name} -->`);
    }
    expect(document('README.md')).toContain('<!-- bench:steps -->');
  });
});
