// Every skipped test gives a reason (test/fixtures/skipping.ts), and scripts/totals.mjs counts skipped tests by reason.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { scratch } from '../fixtures/scratch.js';
import { describeIf, testIf } from '../fixtures/skipping.js';

const totals = join(import.meta.dirname, '../../scripts/totals.mjs');
const { file, folder } = scratch();

test('no test file skips without a reason', () => {
  const tests = join(import.meta.dirname, '..');
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(150);
  const skipping = files.filter((name) =>
    /\b(?:describe|test|it)\.skip\b|\bx(?:it|test|describe)\(/.test(readFileSync(join(tests, name), 'utf8')),
  );
  expect(skipping).toEqual([]);
});

describe('a condition that holds', () => {
  let count = 0;
  describeIf(true, 'never')('a block', () => {
    testIf(true, 'never')('runs a test', () => {
      count++;
    });
    testIf(true, 'never').each([1, 2])('runs a test for each row', () => {
      count++;
    });
  });

  test('leaves the tests as they are', () => {
    expect(count).toBe(3);
  });
});

test('the summary counts skipped tests of jest by reason, and those of CTest by instruction set', () => {
  const skipped = { status: 'pending', ancestorTitles: ['a block', 'skipped: no data'] };
  const assertionResults = [skipped, skipped, { status: 'pending', ancestorTitles: [] }, { status: 'passed' }];
  file('build/reports/jest.json', JSON.stringify({ numPassedTests: 1, testResults: [{ assertionResults }] }));
  file(
    'build/reports/native.xml',
    '<testsuite tests="2" skipped="1"><testcase name="native/map/avx2"/>' +
      '<testcase name="native/map/avx512" status="notrun">\n<skipped message=""/></testcase></testsuite>',
  );
  file('build/reports/failed-checks', '');
  const run = (...args: string[]) => spawnSync(process.execPath, [totals, ...args], { cwd: folder, encoding: 'utf8' });
  expect(run('--skipped').stdout.split('\n')).toEqual([
    '2 tests skipped: no data',
    '1 test skipped: no reason given',
    '1 test skipped: this processor has no avx512',
    '',
  ]);
  expect(run().stdout).toBe('2 passed, 0 failed\n');
});
