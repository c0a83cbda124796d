// The benchmark's pure parts: when a target is met, and that every section reaches the documents.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { schedule } from '../bench/cluster-schedule.js';
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

describe('a fit on many machines', () => {
  const part = { name: 'restarts', runs: 8, epochs: 10, epoch: (runs: number) => runs, bytes: 1000 };
  const fit = { name: 'fit', parts: [part, { ...part, name: 'polish', runs: 1 }], between: 5 };
  const disk = { bytesPerSecond: 1000, secondsPerFile: 0.5 };

  test.each([
    // Eight runs of ten seconds, then one; a file and 5 seconds after each; (runs × (1 + machines)) seconds of bytes.
    [1, 80 + 10 + 2 * 5 + 2 * 0.5 + 16 + 2],
    [4, 20 + 10 + 2 * 5 + 5 * 0.5 + 40 + 5],
    // More machines than runs only read more.
    [16, 10 + 10 + 2 * 5 + 9 * 0.5 + 8 * 17 + 17],
  ])('of %i takes %d seconds', (machines, seconds) => {
    const plan = schedule([fit], machines, disk);
    expect(plan.seconds).toBeCloseTo(seconds);
    expect(plan).toMatchObject({ written: 9000, read: machines * 9000 });
    expect(plan.busy).toBeCloseTo(90 / (machines * seconds));
  });

  test('fills machines with another fit while one has nothing to do', () => {
    const free = { bytesPerSecond: Infinity, secondsPerFile: 0 };
    const one = { name: 'one', parts: [{ ...part, runs: 1 }], between: 0 };
    expect(schedule([one], 2, free).seconds).toBe(10);
    expect(schedule([one, { ...one, name: 'other' }], 2, free).seconds).toBe(10);
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
