// The command line for users: the complete workflow, help with examples, pure JSON with --json, errors with codes and
// exit codes, and files that survive a kill.

import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandLine, MAIN, type Printed } from '../fixtures/command-line.js';

const FAST = ['--fit', 'joint', '--epochs', '6', '--encoder-restarts', '2', '--batch', '64'];

const TWO_STAGES = [
  '--subspaces',
  'network',
  '--epochs',
  '4',
  '--encoder-restarts',
  '2',
  '--component-restarts',
  '8',
  '--batch',
  '128',
  '--evidence',
  'none',
];

let folder: string;
let study: string;
let run: string;
/** The same study with settings of a short two-stage fit. */
let stages: string;
let twoStages: ReturnType<typeof interlatent>;

const commands = commandLine();
const interlatent = (...args: string[]): Printed => commands(folder, args);

/** Runs a command in a separate process, like a shell. */
function started(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', cwd: folder });
  return { code: status, out: stdout, err: stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlatent-cli-'));
  study = join(folder, 'data', 'study.yaml');
  run = join(folder, 'run');
  const simulated = interlatent(
    'simulate',
    'case1',
    '--samples',
    '400',
    '--test',
    '200',
    '--out',
    join(folder, 'data'),
  );
  expect(simulated).toMatchObject({ code: 0, err: '' });
  const text = readFileSync(study, 'utf8');
  writeFileSync(
    join(folder, 'data', 'stages.yaml'),
    `${text}training: { componentSteps: 100, polish: 2, hidden: 16 }\n`,
  );
  const fitted = interlatent('fit', study, '--out', run, ...FAST, '--json');
  expect({ code: fitted.code, err: fitted.err }).toEqual({ code: 0, err: '' });
  stages = join(folder, 'data', 'stages.yaml');
  twoStages = interlatent('fit', stages, '--out', join(folder, 'stages'), ...TWO_STAGES, '--tensorboard', '--verbose');
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the workflow', () => {
  test('writes a RUN with weights, summary, metrics, graph and latents, and no checkpoint', () => {
    expect(readdirSync(run).sort()).toEqual([
      'folds.csv',
      'graph.json',
      'latents-in-sample.csv',
      'latents.csv',
      'metrics.jsonl',
      'model.safetensors',
      'run.json',
      'subjects.json',
    ]);
    const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
    expect(metrics.filter((line) => line.includes('"stage":"joint"')).length).toBe(6);
    const summary = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(summary).toMatchObject({
      study: 'case1-seed0',
      stages: [{ name: 'joint', chosenRestart: expect.any(Number) }, { name: 'missing' }],
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('inspect --images draws a series modality and names the shown subjects', () => {
    const header = `id,${Array.from({ length: 16 }, (_, step) => `hr${step}`).join(',')},iron,sugar`;
    const row = (i: number) => [i, ...Array.from({ length: 18 }, (_, k) => Math.sin(i * i + 7 * k))].join(',');
    writeFileSync(join(folder, 'wide.csv'), [header, ...Array.from({ length: 30 }, (_, i) => row(i))].join('\n'));
    const text = `study: drawn
id: id
modalities:
  pulse: { series: { table: wide.csv, channels: [hr], wide: true, step: 1s }, latents: 1 }
  blood: { table: wide.csv, columns: [iron, sugar], latents: 1 }
`;
    writeFileSync(join(folder, 'drawn.yaml'), text);
    const { code, out, err } = interlatent('inspect', 'drawn.yaml', '--images', 'drawn');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/series of 16 steps of 1 s, from 30 recordings of 16 steps/);
    expect(out).toMatch(/drawn.pulse\.svg shows 0, 2, 5/);
    expect(readdirSync(join(folder, 'drawn'))).toEqual(['pulse.svg']);
    for (const name of ['wide.csv', 'drawn.yaml', 'drawn']) rmSync(join(folder, name), { recursive: true });
  });

  test('inspect prints subjects, tables, ranges and memory, and writes nothing', () => {
    const before = readdirSync(folder);
    const { code, out } = interlatent('inspect', study);
    expect(code).toBe(0);
    expect(out).toMatch(/600 subjects \(360 training, 40 validation, 200 test\)/);
    expect(out).toMatch(/Memory: /);
    expect(readdirSync(folder)).toEqual(before);
    expect(JSON.parse(interlatent('inspect', study, '--json').out)).toMatchObject({ subjects: 600 });
  });

  test('profile prints the time of each kernel', () => {
    const { code, out } = interlatent('profile', study, '--json');
    expect(code).toBe(0);
    const { profile, peak } = JSON.parse(out) as {
      profile: Record<string, { kernel: string; seconds: number }[]>;
      peak: { flops: number; bytes: number };
    };
    expect(peak.flops).toBeGreaterThan(1e8);
    expect(peak.bytes).toBeGreaterThan(1e8);
    expect(Object.keys(profile)).toEqual(['warm', 'free', 'evaluate']);
    expect(profile['free'].map(({ kernel }) => kernel)).toContain('adam');
    expect(profile['free'].every(({ seconds }) => seconds > 0)).toBe(true);
    expect(interlatent('profile', study).out).toMatch(/GFLOP\/s +GB\/s +% of peak/);
  });

  test('profile --model predicts the time on a GPU that is not present, and says that it did not measure', () => {
    const { code, out } = interlatent('profile', study, '--model', 'h100', '--json');
    expect(code).toBe(0);
    const { measured, steps } = JSON.parse(out) as {
      measured: boolean;
      steps: Record<string, { depth: number; launches: number; seconds: { min: number; max: number } }>;
    };
    expect(measured).toBe(false);
    expect(Object.keys(steps)).toEqual(['warm', 'free', 'evaluate']);
    expect(steps['free'].depth).toBeLessThan(steps['free'].launches / 2);
    expect(steps['free'].seconds.min).toBeLessThan(steps['free'].seconds.max);
    const text = interlatent('profile', study, '--model', 'h100').out;
    expect(text.replaceAll('\n', ' ')).toMatch(/predicted times\. Nothing was measured, and no GPU was used/);
    expect(text).toMatch(/^free +\d+ +\d+ /m);
    expect(text).toMatch(/^free .* to .* µs$/m);
    expect(interlatent('profile', study, '--model', 'abacus').code).toBe(2);
  });

  test('encode writes the same in-sample latents as the fit, in the order of the study', () => {
    const file = join(folder, 'latents.csv');
    expect(interlatent('encode', run, study, '--out', file).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(run, 'latents-in-sample.csv'), 'utf8'));
  });

  test('encode infers latents of a missing modality, marks them, and writes their uncertainty', () => {
    const lacking = join(folder, 'lacking');
    cpSync(join(folder, 'data'), lacking, { recursive: true });
    const table = join(lacking, 'm2.csv');
    const [header, first, ...rest] = readFileSync(table, 'utf8').split('\n');
    writeFileSync(table, [header, ...rest].join('\n'));
    const file = join(lacking, 'latents.csv');
    const { code, out } = interlatent('encode', run, join(lacking, 'study.yaml'), '--out', file, '--sd');
    expect(code).toBe(0);
    expect(out).toContain('m2: latents of 1 subjects without it are inferred; m2.inferred is 1');
    const [names, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    expect(names).toBe('id,m1.z1,m1.z2,m2.z1,m2.z2,m1.z1.sd,m1.z2.sd,m2.z1.sd,m2.z2.sd,m1.inferred,m2.inferred');
    const rows = new Map(lines.map((line) => line.split(',')).map(([id, ...cells]) => [id, cells]));
    const lost = rows.get(first.split(',')[0])!;
    expect(lost.slice(8)).toEqual(['0', '1']);
    // Subjects with all modalities have the latents of the fit.
    const known = readFileSync(join(run, 'latents-in-sample.csv'), 'utf8').trim().split('\n').slice(1);
    for (const [id, ...cells] of known.map((line) => line.split(','))) {
      if (id !== first.split(',')[0]) expect(rows.get(id)!.slice(0, 4)).toEqual(cells);
      else expect(lost.slice(0, 2)).toEqual(cells.slice(0, 2));
    }
    const sds = [...rows.values()].map((cells) => Number(cells[6]));
    expect(Number(lost[6])).toBeGreaterThan(sds.sort((a, b) => a - b)[Math.floor(sds.length / 2)]);
  });

  test('encode reports how many subjects missing: drop leaves out, with the reasons', () => {
    const partial = join(folder, 'partial');
    cpSync(join(folder, 'data'), partial, { recursive: true });
    const table = join(partial, 'm2.csv');
    const [header, , incomplete, ...rest] = readFileSync(table, 'utf8').split('\n');
    writeFileSync(table, [header, incomplete.replace(/,[^,]*$/, ','), ...rest].join('\n'));
    const path = join(partial, 'study.yaml');
    writeFileSync(path, `missing: drop\n${readFileSync(path, 'utf8')}`);
    const file = join(partial, 'latents.csv');
    const { code, out } = interlatent('encode', run, path, '--out', file, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      subjects: 598,
      dropped: {
        subjects: 2,
        absent: 1,
        incomplete: 1,
        modalities: [
          { name: 'm1', absent: 0, incomplete: 0 },
          { name: 'm2', absent: 1, incomplete: 1 },
        ],
      },
    });
    const printed = interlatent('encode', run, path, '--out', file).out;
    expect(printed).toContain('dropped: 2 of 600 subjects; 1 are not in every modality, 1 lack a value');
    expect(printed).toContain('m2: 1 absent, 1 lack a value');
  });

  test('evaluate compares on held-out subjects', () => {
    const { code, out } = interlatent('evaluate', run, '--truth', join(folder, 'data', 'truth.npz'), '--json');
    expect(code).toBe(0);
    const evaluation = JSON.parse(out) as { subjects: number; mcc: number; r2: number };
    expect(evaluation.subjects).toBe(200);
    // Six epochs give 0.58 and 0.62. Without training, latents are not related to the truth.
    expect(evaluation.mcc).toBeGreaterThan(0.4);
    expect(evaluation.r2).toBeGreaterThan(0.5);
    expect(interlatent('evaluate', run, '--truth', join(folder, 'data', 'truth.npz')).out).toMatch(/held-out/);
  });

  test("evaluate --latents evaluates another program's latents; for our latents it gives the same figures", () => {
    const truth = ['--truth', join(folder, 'data', 'truth.npz'), '--json'];
    const { inferred, ...expectedEvaluation } = JSON.parse(interlatent('evaluate', run, ...truth).out) as Record<
      string,
      unknown
    >;
    const files = ['--latents', join(run, 'latents-in-sample.csv'), '--graph', join(run, 'graph.json')];
    const { code, out } = interlatent('evaluate', run, ...files, ...truth);
    expect(code).toBe(0);
    expect(inferred).toEqual({});
    const unordered = ({ subjects, mcc, shd, modalities }: Record<string, unknown>) => ({
      subjects,
      mcc,
      shd,
      modalities,
    });
    // R² depends on the order of rows, which differs between the two.
    const rounded = (value: Record<string, unknown>): unknown =>
      JSON.parse(
        JSON.stringify(unordered(value), (key, one: unknown) =>
          /r2/i.test(key) ? undefined : typeof one === 'number' ? Math.round(one * 1e9) : one,
        ),
      );
    expect(rounded(JSON.parse(out) as Record<string, unknown>)).toEqual(rounded(expectedEvaluation));
  });

  test('export writes one file for onnxruntime, and a folder for NumPy', () => {
    const onnx = interlatent('export', run, '--format', 'onnx', '--out', 'model.onnx', '--licence', 'CC0-1.0');
    expect({ code: onnx.code, err: onnx.err }).toEqual({ code: 0, err: '' });
    expect(readFileSync(join(folder, 'model.onnx'), 'latin1')).toContain('CC0-1.0');
    expect(interlatent('export', run, '--format', 'python', '--out', 'numpy').code).toBe(0);
    expect(readdirSync(join(folder, 'numpy')).sort()).toEqual([
      'README.md',
      'encode.py',
      'model.json',
      'model.safetensors',
    ]);
    expect(interlatent('export', run, '--format', 'tflite', '--out', 'x').err).toMatch(/onnx, python/);
    for (const name of ['model.onnx', 'numpy']) rmSync(join(folder, name), { recursive: true });
  });

  test.each([
    ['json', /"format": "interlatent-graph"/],
    ['dot', /^digraph/],
    ['svg', /^<svg|^<\?xml/],
    ['graphml', /<graphml/],
  ])('graph --format %s', (format, expected) => {
    expect(interlatent('graph', run, '--format', format).out).toMatch(expected);
  });

  test('fit prints text for readers, or only JSON with --json', () => {
    const out = join(folder, 'people');
    const fast = ['--fit', 'joint', '--epochs', '2', '--encoder-restarts', '1', '--evidence', 'none'];
    const { code, out: text } = interlatent('fit', study, '--out', out, ...fast);
    expect(code).toBe(0);
    const places = ['Conclusions', 'Warnings', 'Next steps', 'Details'].map((title) => text.indexOf(`\n${title}\n`));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(text).not.toContain('ranked by');
    const verbose = interlatent('fit', study, '--out', out, ...fast, '--resume', '--verbose').out;
    expect(verbose).toMatch(/^joint .*the only restart/m);
    expect(verbose).toMatch(/^joint .*validation objective$/m);
    const json = interlatent('fit', study, '--out', out, ...fast, '--resume', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ study: 'case1-seed0' });
    expect(interlatent('fit', study, '--out', out, '--encoder-restarts', '3', '--resume').err).toContain(
      'checkpoint-mismatch',
    );
    const { out: only, err } = interlatent(
      ...['fit', study, '--out', join(folder, 'lines'), ...fast, '--json', '--progress', 'json'],
    );
    expect(JSON.parse(only)).toMatchObject({ study: 'case1-seed0' });
    const [first] = err.split('\n');
    expect(JSON.parse(first)).toMatchObject({ progress: { stage: 'joint', stageNumber: 1, epochs: 2 } });
    const graph = interlatent('graph', out).out;
    expect(JSON.parse(graph)).toMatchObject({
      conclusions: {},
      headline: expect.any(String),
      sentences: expect.any(Array),
    });
    writeFileSync(join(folder, 'with-conclusions.json'), graph);
    expect(interlatent('graph', join(folder, 'with-conclusions.json'), '--format', 'dot').code).toBe(0);
  });

  test('a two-stage fit shows the progress of its stages, and with --verbose the table of stages', () => {
    const { code, out, err } = twoStages;
    expect(code).toBe(0);
    for (const stage of [
      'subspaces (1/6)',
      'exploration (2/6)',
      'components (3/6)',
      'pruning (4/6)',
      'polish (5/6)',
      'missing (6/6)',
    ]) {
      expect(err).toContain(`${stage}  epoch `);
    }
    expect(out).toMatch(/two-stage fit on cpu: 2 restarts for the subspaces, 8 for the components/);
    expect(out).toMatch(/^subspaces +2 /m);
    expect(out).toMatch(/^components +2 /m);
    expect(out).toMatch(/^polish .*better than its initial state/m);
    expect(out).toMatch(/^subspaces .*reconstruction \+ KL of training and validation subjects$/m);
    expect(out).toMatch(/^exploration .*the best 2 are refined/m);
    expect(out).toMatch(/^exploration .*validation objective$/m);
    expect(out.replaceAll('\n', ' ')).toMatch(/Agreement of the restarts on each latent .*: +m1\.z1 \d/);
  });

  test('--tensorboard writes the losses of every stage for TensorBoard', () => {
    const events = readFileSync(join(folder, 'stages', 'events.out.tfevents.interlatent'), 'latin1');
    for (const stage of ['subspaces', 'exploration', 'components', 'polish', 'missing']) {
      expect(events).toContain(`${stage}/validation/objective`);
    }
  });

  test('--help shows a first fit, and every command', () => {
    const { code, out } = started('--help');
    expect(code).toBe(0);
    for (const command of ['simulate', 'inspect', 'fit', 'encode', 'evaluate', 'graph']) {
      expect(out).toContain(`  ${command}`);
    }
    expect(out).toMatch(/^A first fit, on simulated data:\n/);
  });
});

describe('a mistake ends with exit code 2 and one line with a code, and changes nothing', () => {
  const cases: [string, () => string[], string | RegExp][] = [
    ['unknown command', () => ['fitt'], /unknown command.*fit/s],
    ['unknown option', () => ['fit', study, '--out', 'x', '--epoch', '3'], /--epochs/],
    ['no --out', () => ['fit', study], /--out/],
    ['a study that is not there', () => ['fit', 'nowhere.yaml', '--out', 'x'], 'missing-file'],
    ['a finished RUN as --out', () => ['fit', study, '--out', run], 'run-exists'],
    ['zero restarts', () => ['fit', study, '--out', 'x', '--encoder-restarts', '0'], 'invalid-option'],
    ['epochs in words', () => ['fit', study, '--out', 'x', '--epochs', 'ten'], 'invalid-option'],
    [
      'GPUs that divide mini-batches',
      () => ['fit', study, '--out', 'x', '--device', 'cuda:all', '--data-parallel', '2'],
      /\[invalid-option\].*GPUs share restarts/,
    ],
    [
      'a removed precision',
      () => ['fit', study, '--out', 'x', '--matmul-precision', 'tf32x3'],
      /float32, tf32-convolutions, tf32, bfloat16/,
    ],
    ['a device that is not there', () => ['fit', study, '--out', 'x', '--device', 'tpu'], /tpu/],
    ['an unknown case', () => ['simulate', 'case9', '--out', 'x'], /case9/],
    ['a probability of 2', () => ['simulate', 'case1', '--out', 'x', '--extra-edges', '2'], 'invalid-option'],
    ['a RUN that is not there', () => ['graph', 'nowhere'], 'no-run'],
    ['an unknown format', () => ['graph', run, '--format', 'png'], /png/],
    ['a truth that is not there', () => ['evaluate', run, '--truth', 'nowhere.npz'], 'missing-file'],
    ['a truth that is no archive', () => ['evaluate', run, '--truth', study], 'damaged-file'],
    ['encode to a format that is none', () => ['encode', run, study, '--out', 'latents.txt'], 'unknown-format'],
  ];
  test.each(cases)('%s', (_, args, expected) => {
    const before = readdirSync(folder);
    const { code, err } = interlatent(...args());
    expect(err).toMatch(typeof expected === 'string' ? `error [${expected}]` : expected);
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('is reported as JSON on standard error with --json', () => {
    const json = interlatent('inspect', 'nowhere.yaml', '--json');
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'missing-file' } });
  });

  test('has no colours if it is piped, also in CI, except with FORCE_COLOR', () => {
    const inherited = { ...process.env };
    delete inherited.NO_COLOR;
    delete inherited.FORCE_COLOR;
    const piped = (env: Record<string, string>) =>
      spawnSync(process.execPath, [MAIN, 'graph', 'nowhere'], {
        encoding: 'utf8',
        cwd: folder,
        env: { ...inherited, ...env },
      });
    expect(piped({ CI: 'true' })).toMatchObject({
      ...{ status: 2, stdout: '', stderr: expect.stringMatching(/^error \[no-run\] /) },
    });
    expect(piped({ FORCE_COLOR: '1' }).stderr).toContain('\x1b[31merror [no-run]');
  });
});

test('a reader that closes the pipe early, such as head, causes no stack trace and no other exit code', async () => {
  const child = spawn(process.execPath, [MAIN, 'inspect', study, '--json'], { cwd: folder });
  let err = '';
  child.stderr.on('data', (text) => (err += String(text)));
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

describe('damaged RUN folders', () => {
  const damage: [string, string, (bytes: Buffer) => Buffer][] = [
    ['truncated weights', 'model.safetensors', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['a header that claims terabytes', 'model.safetensors', (bytes) => Buffer.concat([Buffer.alloc(8, 0x7f), bytes])],
    ['a summary that is no JSON', 'run.json', () => Buffer.from('{')],
    ['a summary of something else', 'run.json', () => Buffer.from('{"format":"x"}')],
    ['latents without their columns', 'latents-in-sample.csv', () => Buffer.from('id,a\n1,2\n')],
  ];
  test.each(damage)('%s', (_, file, change) => {
    const broken = mkdtempSync(join(folder, 'broken-'));
    for (const name of readdirSync(run)) copyFileSync(join(run, name), join(broken, name));
    writeFileSync(join(broken, file), change(readFileSync(join(run, file))));
    const command =
      file === 'latents-in-sample.csv'
        ? ['evaluate', broken, '--truth', join(folder, 'data', 'truth.npz')]
        : ['encode', broken, study, '--out', join(broken, 'new.csv')];
    const { code, err } = interlatent(...command);
    expect(code).toBe(2);
    expect(err).toMatch(/error \[(damaged-file|missing-column)\]/);
    expect(existsSync(join(broken, 'new.csv'))).toBe(false);
    rmSync(broken, { recursive: true });
  });
});

describe('a stopped fit', () => {
  /** Starts a fit, and sends the signal when its progress contains `when`. */
  async function stopped(
    out: string,
    signal: NodeJS.Signals,
    options = ['--epochs', '2000', '--encoder-restarts', '2'],
    when = '',
    from = study,
  ): Promise<{ code: number | null; signal: string | null; err: string }> {
    const child = spawn(process.execPath, [MAIN, 'fit', from, '--out', out, ...options], { cwd: folder });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      if (!child.killed && err.includes(when)) child.kill(signal);
    });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('close', (code, by) => {
        resolve({ code, signal: by });
      });
    });
    return { ...(await ended), err };
  }

  test('writes a checkpoint on Ctrl-C, says how to continue, and ends with 130', async () => {
    const out = join(folder, 'interrupted');
    const { code, err } = await stopped(out, 'SIGINT');
    expect(code).toBe(130);
    expect(err).toContain('--resume');
    expect(readdirSync(out).sort()).toEqual(['checkpoint.safetensors', 'metrics.jsonl']);
    expect(interlatent('fit', study, '--out', out, '--epochs', '2000', '--encoder-restarts', '2')).toMatchObject({
      code: 2,
    });
    expect(
      interlatent('fit', study, '--out', out, '--epochs', '3', '--encoder-restarts', '2', '--resume').err,
    ).toContain('checkpoint-mismatch');
  });

  test('continues to the same weights and metrics after it was killed in its component stage', async () => {
    const out = join(folder, 'killed-components');
    const { signal } = await stopped(out, 'SIGKILL', [...TWO_STAGES, '--tensorboard'], 'components (3/6)', stages);
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(out).sort()).toEqual([
      'checkpoint.safetensors',
      'events.out.tfevents.interlatent',
      'lock.json',
      'metrics.jsonl',
    ]);
    expect(interlatent('fit', stages, '--out', out, ...TWO_STAGES, '--resume').code).toBe(0);
    const weights = (run: string) => readFileSync(join(folder, run, 'model.safetensors'));
    expect(weights('killed-components').equals(weights('stages'))).toBe(true);
    const metrics = (run: string) =>
      readFileSync(join(folder, run, 'metrics.jsonl'), 'utf8').replace(/"seconds":[\d.e-]+/g, '"seconds":0');
    expect(metrics('killed-components')).toBe(metrics('stages'));
    expect(readdirSync(out)).toEqual(readdirSync(join(folder, 'stages')));
  });

  test('leaves a complete checkpoint if it is killed', async () => {
    const out = join(folder, 'killed');
    const { signal } = await stopped(out, 'SIGKILL');
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(out).sort()).toEqual(['checkpoint.safetensors', 'lock.json', 'metrics.jsonl']);
    // The settings of the checkpoint can be read; a damaged checkpoint has another error.
    const resumed = interlatent('fit', study, '--out', out, '--epochs', '3', '--encoder-restarts', '2', '--resume');
    expect(resumed.err).toContain('checkpoint-mismatch');
  });
});
