// Tests the fuzzing engine itself: files in memory behave as real files, and failures count as findings.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { buildProgram } from '../../fuzz/engine/build.js';
import { FindingReporter, LimitExceeded } from '../../fuzz/engine/finding-reporter.js';
import { findingsOf } from '../../fuzz/engine/native.js';
import { digestOf, type Finding } from '../../fuzz/engine/order.js';
import { attempt, type Target } from '../../fuzz/target.js';
import { VARIABLES } from '../../fuzz/targets/tiers.js';
import { compileKnowledge } from '../../src/causal/discovery/search/knowledge.js';
import { readKnowledgeText } from '../../src/cli/knowledge-text.js';
import { FileError, InputError } from '../../src/errors/errors.js';
import { scratch } from '../fixtures/scratch.js';

interface Program {
  readonly target: Target;
  readonly attempt: typeof attempt;
  readonly __edges: { readonly counts: Uint32Array };
}

test('the target for tables reaches the reader and the writer', async () => {
  const { path, isSource } = await buildProgram('csv', 'build/fuzz-engine-test');
  const program = (await import(path)) as Program;
  const seeds = readdirSync('fuzz/corpus/csv').sort();
  for (const seed of seeds) {
    const bytes = Uint8Array.from(readFileSync(join('fuzz/corpus/csv', seed)));
    expect(await program.attempt(program.target, bytes)).toBeUndefined();
  }
  const entered = isSource.filter((is, edge) => is && program.__edges.counts[edge] > 0).length;
  // Only opening a file enters 54 edges.
  expect(entered).toBeGreaterThan(250);
});

describe('an input with which the target could not be tested is a finding', () => {
  const failing = (error: Error): Target => ({ run: () => Promise.reject(error) });
  test.each(['unreadable', 'unwritable', 'disk-full'] as const)('%s', async (code) => {
    const error = new FileError(code, 'cannot read x: no', { path: 'x' });
    expect(await attempt(failing(error), new Uint8Array())).toBe(error);
  });
  test('but a refusal of the input is not', async () => {
    expect(await attempt(failing(new InputError('damaged-file', 'no')), new Uint8Array())).toBeUndefined();
  });
});

describe('findings', () => {
  const { folder } = scratch();
  const limit = Error.stackTraceLimit;
  afterEach(() => {
    Error.stackTraceLimit = limit;
  });

  test('are reported before they are shortened', async () => {
    const findings: Finding[] = [];
    const reporter = new FindingReporter((finding) => findings.push(finding));
    const fails = (bytes: Uint8Array) => (bytes.includes(7) ? new TypeError('seven') : undefined);
    const bytes = Uint8Array.of(1, 2, 7, 3);
    let runs = 0;
    await reporter.report(bytes, fails(bytes), (input) => {
      if (runs++ > 0) expect(findings).toHaveLength(1);
      return fails(input);
    });
    expect(findings).toMatchObject([{ bytes }, { bytes: Uint8Array.of(7), insteadOf: digestOf(bytes) }]);
  });

  test('of time and of memory are reported once each and are not run again', async () => {
    const findings: Finding[] = [];
    const reporter = new FindingReporter((finding) => findings.push(finding));
    const again = () => {
      throw new Error('run again');
    };
    const limits = [['seconds', '3.1'] as const, ['megabytes', '700'] as const, ['seconds', '4'] as const];
    for (const [unit, amount] of limits) {
      await reporter.report(Uint8Array.of(1), new LimitExceeded(unit, amount), again);
    }
    expect(findings.map(({ what }) => what)).toEqual(['takes 3.1 seconds', 'takes 700 megabytes']);
  });

  test('of libFuzzer include known crashes and fuzzers that do not start', () => {
    writeFileSync(join(folder, 'crash-1'), '');
    const before = new Set(readdirSync(folder));
    const ended = { status: 77, signal: null, stderr: `Test unit written to ${folder}/crash-1\n` };
    expect(findingsOf(ended, folder, new Set())).toEqual(['crash-1']);
    expect(findingsOf(ended, folder, before)).toEqual([`${folder}/crash-1`]);
    expect(findingsOf({ status: 127, signal: null, stderr: '' }, folder, before)).toEqual(['ended with 127']);
    expect(findingsOf({ status: 0, signal: null, stderr: '' }, folder, before)).toEqual([]);
  });
});

test('seeds of background knowledge are valid and contain all of its keys', () => {
  const keys = readdirSync('fuzz/corpus/tiers').flatMap((name) => {
    if (!name.startsWith('seed-')) return [];
    const knowledge = readKnowledgeText(readFileSync(join('fuzz/corpus/tiers', name), 'utf8'), name);
    compileKnowledge(VARIABLES, knowledge);
    return Object.keys(knowledge);
  });
  expect([...new Set(keys)].sort()).toEqual(['forbidden', 'repeated', 'required', 'tiers']);
});
