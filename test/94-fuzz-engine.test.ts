// The fuzzing engine itself: files in memory that readers and writers take for real ones, and what counts as a finding.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { buildProgram } from '../fuzz/engine/build.js';
import { findingsOf } from '../fuzz/engine/native.js';
import { digestOf, type Finding } from '../fuzz/engine/order.js';
import { Teller, TooMuch } from '../fuzz/engine/teller.js';
import { attempt, type Target } from '../fuzz/target.js';
import { VARIABLES } from '../fuzz/targets/tiers.js';
import { compileKnowledge } from '../src/causal/discovery/search/knowledge.js';
import { readKnowledgeText } from '../src/cli/knowledge-text.js';
import { FileError, InputError } from '../src/errors.js';
import { scratch } from './scratch.js';

interface Program {
  readonly target: Target;
  readonly attempt: typeof attempt;
  readonly __edges: { readonly counts: Uint32Array };
}

test('a table reaches its reader, its writer and the reader again', async () => {
  const { path, isOwn } = await buildProgram('csv', 'build/fuzz-engine-test');
  const program = (await import(path)) as Program;
  const seeds = readdirSync('fuzz/corpus/csv').sort();
  for (const seed of seeds) {
    const bytes = Uint8Array.from(readFileSync(join('fuzz/corpus/csv', seed)));
    expect(await program.attempt(program.target, bytes)).toBeUndefined();
  }
  const entered = isOwn.filter((own, edge) => own && program.__edges.counts[edge] > 0).length;
  // Opening a file alone enters 54.
  expect(entered).toBeGreaterThan(250);
});

describe('an input that nothing was tried with is a finding', () => {
  const failing = (error: Error): Target => ({ run: () => Promise.reject(error) });
  test.each(['unreadable', 'unwritable', 'disk-full'] as const)('%s', async (code) => {
    const error = new FileError(code, 'cannot read x: no', { path: 'x' });
    expect(await attempt(failing(error), new Uint8Array())).toBe(error);
  });
  test('while a refusal is an answer', async () => {
    expect(await attempt(failing(new InputError('damaged-file', 'no')), new Uint8Array())).toBeUndefined();
  });
});

describe('findings', () => {
  const { folder } = scratch();
  const limit = Error.stackTraceLimit;
  afterEach(() => {
    Error.stackTraceLimit = limit;
  });

  test('are told before they are made shorter', async () => {
    const found: Finding[] = [];
    const teller = new Teller((finding) => found.push(finding));
    const fails = (bytes: Uint8Array) => (bytes.includes(7) ? new TypeError('seven') : undefined);
    const bytes = Uint8Array.of(1, 2, 7, 3);
    let runs = 0;
    await teller.tell(bytes, fails(bytes), (input) => {
      if (runs++ > 0) expect(found).toHaveLength(1);
      return fails(input);
    });
    expect(found).toMatchObject([{ bytes }, { bytes: Uint8Array.of(7), insteadOf: digestOf(bytes) }]);
  });

  test('of time and of memory are two, and are not run again', async () => {
    const found: Finding[] = [];
    const teller = new Teller((finding) => found.push(finding));
    const again = () => {
      throw new Error('run again');
    };
    for (const wrong of [new TooMuch('seconds', '3.1'), new TooMuch('megabytes', '700'), new TooMuch('seconds', '4')]) {
      await teller.tell(Uint8Array.of(1), wrong, again);
    }
    expect(found.map(({ what }) => what)).toEqual(['takes 3.1 seconds', 'takes 700 megabytes']);
  });

  test('of libFuzzer are crashes that were known too, and fuzzers that do not start', () => {
    writeFileSync(join(folder, 'crash-1'), '');
    const before = new Set(readdirSync(folder));
    const ended = { status: 77, signal: null, stderr: `Test unit written to ${folder}/crash-1\n` };
    expect(findingsOf(ended, folder, new Set())).toEqual(['crash-1']);
    expect(findingsOf(ended, folder, before)).toEqual([`${folder}/crash-1`]);
    expect(findingsOf({ status: 127, signal: null, stderr: '' }, folder, before)).toEqual(['ended with 127']);
    expect(findingsOf({ status: 0, signal: null, stderr: '' }, folder, before)).toEqual([]);
  });
});

test('seeds of background knowledge are all that it may have, and right', () => {
  const keys = readdirSync('fuzz/corpus/tiers').flatMap((name) => {
    if (!name.startsWith('seed-')) return [];
    const knowledge = readKnowledgeText(readFileSync(join('fuzz/corpus/tiers', name), 'utf8'), name);
    compileKnowledge(VARIABLES, knowledge);
    return Object.keys(knowledge);
  });
  expect([...new Set(keys)].sort()).toEqual(['forbidden', 'repeated', 'required', 'tiers']);
});
