// The fuzzing engine itself: files in memory that readers and writers take for real ones, and what counts as a finding.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildProgram } from '../fuzz/engine/build.js';
import { attempt, type Target } from '../fuzz/target.js';
import { FileError, InputError } from '../src/errors.js';

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
