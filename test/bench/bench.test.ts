// Tests the parts of the benchmark that measure nothing: targets, ratios, the schedule of a cluster, and the tables
// that it writes into the documents.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { schedule } from '../../bench/cluster-schedule.js';
import { NETWORK_SECTIONS, SECTIONS } from '../../bench/sections.js';
import { fillMarkers, markdownTable } from '../../bench/table.js';
import { measuredText, notMeasured, target } from '../../bench/targets.js';
import { trainingSteps } from '../../bench/training-steps.js';
import { packageRoot } from '../../src/runtime/package.js';

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

  test('of a section that failed is missed and gives the reason in one line', () => {
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

  test('refers to the faster of eager and compile, by medians; traced does not count', () => {
    expect(measured({ theirs: { eager: [4, 4, 0.1], compile: [3, 3, 30], traced: [1, 1, 1] } })).toBe(3);
  });

  test('has next to it the ratio at the chip’s peak, from the time of the products', () => {
    const { head, rows } = trainingSteps.table([{ ...row, theirs: { eager: [4, 4, 4], compile: [5, 5, 5] } }]);
    expect(rows[0][head.indexOf('ratio at peak')]).toBe('8.00');
  });

  test('is not measured when one of the two failed: the other may be the slower one', () => {
    expect(measured({ theirs: { eager: [4, 4, 4] }, errors: { compile: 'no compiler' } })).toBeNull();
  });
});

describe('a fit on many machines', () => {
  const stage = {
    ...{ name: 'restarts', runs: 8, epochs: 10, bytes: 1000, steps: 4, tiles: 1, gradients: 100 },
    epoch: (runs: number) => ({ steps: 0.75 * runs, validation: 0.25 * runs }),
  };
  const fit = { name: 'fit', stages: [stage, { ...stage, name: 'polish', runs: 1 }], between: 5 };
  const disk = { bytesPerSecond: 1000, secondsPerFile: 0.5 };
  const free = { bytesPerSecond: Infinity, secondsPerFile: 0 };
  const network = { bytesPerSecond: 1000, secondsPerStep: 0.01 };
  const on = (machines: number, storage = disk, together = 1) => ({ machines, together, disk: storage, network });

  test.each([
    // Eight runs of ten seconds, then one. After each stage 5 seconds and a file, and runs × (1 + machines) seconds to
    // transfer bytes.
    [1, 80 + 10 + 2 * 5 + 2 * 0.5 + 16 + 2],
    [4, 20 + 10 + 2 * 5 + 5 * 0.5 + 40 + 5],
    // Additional machines without runs only read more.
    [16, 10 + 10 + 2 * 5 + 9 * 0.5 + 8 * 17 + 17],
  ])('on a cluster of %i takes %d seconds', (machines, seconds) => {
    const plan = schedule([fit], on(machines));
    expect(plan.seconds).toBeCloseTo(seconds);
    expect(plan).toMatchObject({ written: 9000, read: machines * 9000 });
    expect(plan.busy).toBeCloseTo(90 / (machines * seconds));
  });

  test('gives idle machines runs of another fit', () => {
    const one = { name: 'one', stages: [{ ...stage, runs: 1 }], between: 0 };
    expect(schedule([one], on(2, free)).seconds).toBe(10);
    expect(schedule([one, { ...one, name: 'other' }], on(2, free)).seconds).toBe(10);
  });

  test('splits the steps of runs that machines train together, but not validation, and counts messages', () => {
    const plan = (tiles: number, machines: number, together: number) =>
      schedule([{ name: 'one', stages: [{ ...stage, tiles }], between: 0 }], on(machines, free, together));
    // Each machine of a group of 4 computes at most 2 of 6 tiles. In each of 4 steps it receives 100 bytes for each run
    // and each of the other 4 tiles, and waits 10 ms.
    const epoch = (runs: number) => (0.75 * runs * 2) / 6 + 0.25 * runs + (4 * runs * 4 * 100) / 1000 + 4 * 0.01;
    expect(plan(6, 4, 4).seconds).toBeCloseTo(10 * epoch(8));
    expect(plan(6, 4, 4).gathered).toBe(10 * 4 * 8 * 4 * 100 * 4);
    expect(plan(6, 8, 4).seconds).toBeCloseTo(10 * epoch(4));
    // One tile cannot be distributed, but runs can.
    expect(plan(1, 8, 4)).toMatchObject({ seconds: 10, gathered: 0 });
  });

  test('starts process groups with different fits, and each group takes part in all of them', () => {
    const one = (name: string, runs: number) => ({ name, stages: [{ ...stage, runs, tiles: 2 }], between: 0 });
    const seconds = (fits: readonly ReturnType<typeof one>[], machines: number) =>
      schedule(fits, on(machines, free, 2)).seconds;
    const alone = seconds([one('one', 1)], 2);
    expect(seconds([one('one', 1), one('other', 1)], 2)).toBeCloseTo(2 * alone);
    expect(seconds([one('one', 1), one('other', 1)], 4)).toBeCloseTo(alone);
    // A group that has finished its first fit takes open runs of the other.
    const ofTwo = seconds([one('two', 2)], 2);
    expect(seconds([one('one', 1), one('other', 4)], 4)).toBeCloseTo(alone + ofTwo);
  });
});

describe('documents', () => {
  test('get tables between their markers, and their other text stays', () => {
    const before = 'a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n<!-- bench:y -->\nrest\n<!-- /bench:y -->\n';
    const table = markdownTable({ head: ['k', 'v'], rows: [['$1', '|x|']], note: 'n' });
    const after = fillMarkers(before, new Map([['x', table]]));
    expect(after).toBe(before.replace('old', () => '\n| k | v |\n|---|---|\n| $1 | \\|x\\| |\n\nn\n'));
    expect(fillMarkers(after, new Map([['x', table]]))).toBe(after);
  });

  test('have markers for every section and for all targets', () => {
    const performance = document('docs', 'reference', 'performance.md');
    const named = [...SECTIONS, ...NETWORK_SECTIONS].map(({ name }) => name);
    for (const name of [...named, 'targets', 'machine', 'networks-machine']) {
      expect(performance).toContain(`<!-- bench:${name} -->`);
      expect(performance).toContain(`<!-- /bench:${name} -->`);
    }
  });
});
