// A host without the native engine: everything that does not need the engine works, and everything else fails with an
// error and leaves no files.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { scratch } from '../fixtures/scratch.js';

const ROOT = join(import.meta.dirname, '../..');
const { folder, file } = scratch();
const UNFINDABLE = { INTERLATENT_NATIVE_PATH: '/nonexistent' };

interface CommandOutput {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function node(args: readonly string[], env: Readonly<Record<string, string>> = UNFINDABLE) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', INTERLATENT_NATIVE_PATH: '', ...env },
  });
  return { status, stdout, stderr };
}

/** A program that runs command lines in sequence in one process. */
const COMMANDS = `
  const { argv, stdout, stderr } = process;
  const [main, ...lines] = argv.slice(2);
  const outputs = [];
  for (const [i, line] of lines.entries()) {
    const output = { stdout: '', stderr: '' };
    const writes = [stdout.write.bind(stdout), stderr.write.bind(stderr)];
    for (const name of ['stdout', 'stderr']) process[name].write = (chunk) => { output[name] += chunk; return true };
    process.argv = [argv[0], main, ...line.split(' ')];
    process.exitCode = 0;
    await import(main + '?' + i);
    [stdout.write, stderr.write] = writes;
    outputs.push({ status: process.exitCode, ...output });
  }
  process.exitCode = 0;
  console.log(JSON.stringify(outputs));
`;

function interlatent(lines: readonly string[], env?: Readonly<Record<string, string>>): CommandOutput[] {
  const { stdout, stderr } = node([file('commands.mjs', COMMANDS), join(ROOT, 'dist/cli/main.js'), ...lines], env);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as CommandOutput[];
}

const DONE: readonly (readonly [line: string, expected: string])[] = [
  ['--help', 'Learns causal latent variables'],
  ['fit --help', 'Trains a model on a study'],
  ['simulate case1 --seed 1 --samples 300 --test 100 --out other', 'other'],
  ['inspect data/study.yaml', 'The memory of its stages is not known: the native library is missing.'],
  ['evaluate run --truth data/truth.npz', 'MCC'],
  ['evaluate --latents run/latents-in-sample.csv --truth data/truth.npz', 'MCC'],
  ['graph run --format dot', '"m1.z1" [label="z1", verdict="untested", style=dashed];'],
  ['graph run --format graphml', '<data key="name">m1.z1</data>'],
  ['graph run --format svg', '<desc>Latents of m1 (2), m2 (2). No edges.</desc>'],
  ['discover data/m1.csv', 'x12'],
  ['discover data/m1.csv --algorithm fci --json', '"edges"'],
  ['report run --out report.html', 'the native library is missing. `interlatent devices` gives the reason.'],
  ['report --compare run run --out compared.html', 'compared.html'],
];
const REFUSED = [
  'fit data/study.yaml --out new',
  'encode run data/study.yaml --out new',
  'intervene run --set m1.z1=+1sd',
  'select data/study.yaml',
  'null data/study.yaml --out new',
  'report run --study data/study.yaml --out new',
  'discover data/m1.csv --test kci',
  'devices',
];
let outputs: Map<string, CommandOutput>;

beforeAll(() => {
  // A RUN folder from a host with the engine.
  const fit = 'fit data/study.yaml --out run --fit joint --epochs 2 --encoder-restarts 1 --threads 1 --evidence none';
  const results = interlatent(['simulate case1 --seed 0 --samples 200 --test 50 --out data', fit], {});
  expect(results).toMatchObject([{ status: 0 }, { status: 0 }]);
  const lines = [...DONE.map(([line]) => line), ...REFUSED];
  const answers = interlatent(lines);
  outputs = new Map(lines.map((line, i) => [line, answers[i]]));
});

describe('without the native engine, the command line', () => {
  test.each(DONE)('runs `%s`', (line, expected) => {
    const { status, stdout, stderr } = outputs.get(line)!;
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(expected);
  });

  test('writes a report that names the missing sections', () => {
    const html = readFileSync(file('report.html'), 'utf8');
    const notices = [...html.matchAll(/<p>([^<]*(?:only with the study’s data|which computes answers)[^<]*)</g)];
    expect(notices.map(([, text]) => text.trim())).toEqual([
      'The meaning of the latents can be shown only with the study’s data. Run',
      'The subjects and their tables can be shown only with the study’s data. Run',
      'The columns along each latent can be shown only with the study’s data. Run',
      'This fit cannot answer. The native library, which computes answers, is missing.',
      'The use of latents and the independence of noises can be shown only with the study’s data. Run',
    ]);
  });

  test('writes a report on an untested fit that names no latent', () => {
    const html = readFileSync(file('report.html'), 'utf8');
    expect(html).toContain(
      'The fit made no tests, and its links may be chance: fit again without --evidence none. So no latent is ' +
        'identified. No link between modalities is supported, and none is drawn.',
    );
    expect(html).not.toMatch(/m[12]\.z\d/);
  });

  test.each(REFUSED)('names what `%s` needs', (line) => {
    const { status, stderr } = outputs.get(line)!;
    expect(status).toBe(1);
    expect(stderr).toContain('error [native-missing] The native library of interlatent could not be loaded');
    expect(stderr).toContain('What helps:\n  1. INTERLATENT_NATIVE_PATH, when set, is the only file tried');
    expect(existsSync(file('new'))).toBe(false);
  });
});

test('without the native engine, the library reads, discovers, measures, and writes graphs and reports', () => {
  file(
    'program.mjs',
    `
    import { MultimodalCausalModel, buildInfo, graphToDot, r2, readStudy } from 'interlatent';
    import { discover } from 'interlatent/causal';
    const { dataset } = await readStudy('data/study.yaml');
    const model = await MultimodalCausalModel.load('run');
    const [{ columns, values }] = dataset.modalities;
    const rows = dataset.ids.length;
    const of = (j) => Float64Array.from({ length: rows }, (_, i) => values[i * columns.length + j]);
    const first = { rows, columns: 1, values: of(0) };
    const found = discover([0, 1, 2].map((j) => ({ name: columns[j].name, values: of(j) })));
    const tried = async (call) => { try { await call() } catch ({ code }) { return code } };
    console.log(JSON.stringify({
      subjects: rows,
      nodes: model.graph.nodes.length,
      dot: graphToDot(model.graph).startsWith('digraph'),
      r2: r2(first, first, { modalities: [1] }),
      edges: Array.isArray(found.edges),
      report: (await model.report()).startsWith('<!doctype html>'),
      encode: await tried(() => model.encode(dataset)),
      buildInfo: await tried(buildInfo),
    }));`,
  );
  mkdirSync(file('node_modules'));
  symlinkSync(ROOT, file('node_modules/interlatent'));
  const { stdout, stderr } = node([file('program.mjs')]);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    ...{ subjects: 250, nodes: 4, dot: true, edges: true, report: true },
    ...{ r2: expect.anything(), encode: 'native-missing', buildInfo: 'native-missing' },
  });
});
