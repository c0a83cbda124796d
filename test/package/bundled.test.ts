// An ES module program of a user, bundled by esbuild into one file: next to the installed package, and elsewhere with
// the path of the native library.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { nativePath } from '../../src/runtime/native.js';
import { scratch } from '../fixtures/scratch.js';

const ROOT = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

const PROGRAM = `
import { MultimodalCausalModel, readStudy, simulate, writeSimulation } from 'interlatent';
import { discover } from 'interlatent/causal';
const [folder, ...options] = process.argv.slice(2);
const simulation = simulate('case1', { seed: 1, samples: 200, test: 20 });
await writeSimulation(simulation, folder);
const study = await readStudy(folder + '/study.yaml');
const settings = { fit: 'joint', encoderRestarts: 1, epochs: 1, hidden: 8, batch: 64, threads: 1 };
const model = await MultimodalCausalModel.fit(study, settings);
const latents = Object.keys(await model.encode(study.dataset));
const report = options.includes('report') && (await model.report({ study })).startsWith('<!doctype html>');
const { version } = model.summary;
await model.dispose();
console.log(JSON.stringify({ version, latents, report, discover: typeof discover }));
`;

const { folder, file } = scratch();
const far = scratch();

// The optional peers are missing, as for most users.
beforeAll(() => {
  const installed = join(folder, 'node_modules/interlatent');
  mkdirSync(installed, { recursive: true });
  for (const part of ['package.json', 'dist', 'build']) symlinkSync(join(ROOT, part), join(installed, part));
  const source = file('main.mjs', PROGRAM);
  const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', '--preserve-symlinks'];
  for (const out of [file('out/app.mjs'), far.file('app.mjs')]) {
    const esbuild = join(ROOT, 'node_modules/.bin/esbuild');
    expect(spawnSync(esbuild, [source, ...options, `--outfile=${out}`], { encoding: 'utf8' }).stderr).toBe('');
  }
});

const run = (path: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
};

test('next to the installed package, a bundle loads, fits, encodes and reports', () => {
  expect(run(file('out/app.mjs'), [file('data'), 'report'])).toEqual({
    version,
    latents: ['m1', 'm2'],
    report: true,
    discover: 'function',
  });
});

test('without the package, a bundle knows its version, and fits with the path of the native library', () => {
  const result = run(far.file('app.mjs'), [far.file('data')], {
    INTERLATENT_NATIVE_PATH: nativePath(),
  });
  expect(result).toMatchObject({ version, latents: ['m1', 'm2'] });
});
