// The entry interlatent/causal of the built package, for import and require.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

function node(type: 'module' | 'commonjs', script: string): { out: string; err: string } {
  const flags = [`--input-type=${type}`];
  if (process.allowedNodeEnvironmentFlags.has('--experimental-require-module')) {
    flags.push('--no-experimental-require-module');
  }
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', script], options);
  return { out: stdout, err: stderr };
}

const loadAs = {
  module: "import * as causal from 'interlatent/causal'; import { InputError } from 'interlatent';",
  commonjs: "const causal = require('interlatent/causal'); const { InputError } = require('interlatent');",
} as const;

test('import and require export the same names', () => {
  const script = 'console.log(JSON.stringify(Object.keys(causal).sort()))';
  const [esm, cjs] = (['module', 'commonjs'] as const).map((type) => node(type, loadAs[type] + script));
  expect(esm.err + cjs.err).toBe('');
  expect(JSON.parse(esm.out)).toEqual(expect.arrayContaining(['discover', 'pc', 'fisherZ', 'graphToJson']));
  expect(JSON.parse(cjs.out)).toEqual(JSON.parse(esm.out));
});

test.each(['module', 'commonjs'] as const)('its errors are those of the package (%s)', (type) => {
  const script = `try { causal.discover([]) } catch (error) { console.log(error instanceof InputError, error.code) }`;
  expect(node(type, loadAs[type] + script)).toEqual({ out: 'true too-few-variables\n', err: '' });
});

test('the program of docs/reference/causal-discovery.md has the documented result', () => {
  const page = readFileSync(new URL('../../docs/reference/causal-discovery.md', import.meta.url), 'utf8');
  const programs = Array.from(page.matchAll(/```js\n([^]*?)```/g), ([, program]) => program);
  const program = programs.find((one) => one.includes("'interlatent/causal'"))!;
  const { out, err } = node('module', program);
  expect(err).toBe('');
  for (const edge of ['age --> pressure', 'salt --> pressure', 'pressure --> retina']) expect(out).toContain(edge);
  expect(out).not.toContain('4. ');
});
