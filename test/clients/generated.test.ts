// The classes of the Python package and the fields of the R package have the keys of the schemas. Both packages have a
// function for every question.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { SERVED } from '../../src/serving/questions.js';

const root = join(import.meta.dirname, '../..');

test('the generated files of the clients, and the generated pages, are up to date', () => {
  const check = ['scripts/docs/build-reference.mjs', '--check'];
  const { status, stderr } = spawnSync(process.execPath, check, { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

/** New subjects have a command that needs no client. */
const questions = Object.keys(SERVED).filter((name) => name !== 'simulate');

test.each(questions)('%s has a function in Python and in R', (name) => {
  const text = (path: string): string => readFileSync(join(root, 'clients', path), 'utf8');
  for (const module of ['_run', '_server']) expect(text(`python/interlatent/${module}.py`)).toContain(`def ${name}(`);
  for (const target of ['run', 'server']) expect(text('r/NAMESPACE')).toContain(`(il_${name}, interlatent_${target})`);
});
