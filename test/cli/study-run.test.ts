// `interlatent study run` makes a report from tables in one command, and does not repeat finished steps.

import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LinkFigures } from '../../src/causal/discovery/link-figures.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { MAIN } from '../fixtures/command-line.js';
import { longTest } from '../fixtures/long.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();

const interlatent = (...args: string[]): Promise<CommandResult> => commandHere(args, folder);
const run = (...args: string[]) => interlatent('study', 'run', 'data', '--threads', '1', ...args);
const text = (path: string) => readFileSync(join(folder, path), 'utf8');
const written = (path: string) => statSync(join(folder, path)).mtimeMs;

/** Short training. Only `polish` is above the limit of `--quick`. */
const TRAINING =
  '\ntraining: { encoderRestarts: 1, epochs: 2, componentRestarts: 2, componentSteps: 20, polish: 2, hidden: 8, ' +
  'batch: 128 }\n';

interface Summary {
  out: string;
  edges: { from: string; to: string }[];
  evidence: { tested: boolean; pairs: { first: string; second: string; associated: boolean }[] };
  discovery: {
    from: string;
    to: string;
    fromMark: number;
    toMark: number;
    link: LinkFigures;
    frequencies?: { adjacent: number };
  }[];
  undrawn: LinkFigures[];
  halfSamples?: { count: number; resampled: string; replicated: { name: string; share: number }[] };
  variables: { name: string; columns: { name: string; missing: number }[] }[];
  steps: Record<string, { key: string; seconds: number }>;
  files: Record<string, string>;
}

beforeAll(async () => {
  expect((await interlatent('simulate', 'case1', '--samples', '300', '--test', '60', '--out', 'data')).code).toBe(0);
  // SICK depends on a column of m1, and its code 9 means "unknown". DRAW depends on nothing.
  const truth = text('data/m1.csv').trim().split('\n');
  const [header, ...rows] = truth.map((line) => line.split(','));
  const first = header.findIndex((name) => name === 'x10');
  const mean = rows.reduce((sum, row) => sum + Number(row[first]), 0) / rows.length;
  const lines = rows.map(
    (row, i) => `${row[0]},${i % 50 === 7 ? 9 : Number(Number(row[first]) > mean)},${(i * 13) % 7}`,
  );
  file('data/person.csv', `${header[0]},SICK,DRAW\n${lines.join('\n')}\n`);
  const study = text('data/study.yaml');
  writeFileSync(
    join(folder, 'data/study.yaml'),
    `${study}${TRAINING}
discovery:
  variables:
    person:
      table: person.csv
      columns: [SICK, DRAW]
      labels: { SICK: ill }
      missing: { SICK: [9] }
  tiers: [[m1, m2], [person]]
`,
  );
}, 60_000);

describe('a quick run', () => {
  let first: CommandResult;

  beforeAll(async () => {
    first = await run('--out', 'result', '--quick', '--json');
  }, 60_000);

  /** Returns a copy of the result folder, which a test may change. */
  function copied(name: string): string {
    cpSync(join(folder, 'result'), join(folder, name), { recursive: true, preserveTimestamps: true });
    return name;
  }

  test('writes the RUN, the graph and the report, and prints the results as JSON', () => {
    const { code, out, err } = first;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const summary = JSON.parse(out) as Summary;
    expect(summary.out).toBe('result');
    for (const path of Object.values(summary.files)) expect(statSync(join(folder, path)).size).toBeGreaterThan(100);
    expect(summary.evidence).toMatchObject({ tested: true, pairs: [{ first: 'm1', second: 'm2', associated: true }] });
    expect(summary.variables[0].columns).toEqual([
      { name: 'ill', column: 'SICK', missing: 8 },
      { name: 'DRAW', column: 'DRAW', missing: 0 },
    ]);
    expect(text('result/variables.csv').split('\n')[0]).toBe('id,ill,DRAW,m1.z1,m1.z2,m2.z1,m2.z2');
    // SICK is linked to latents of m1, and is their effect according to the tiers. DRAW has no link.
    const ill = summary.discovery.filter(({ from, to }) => from === 'ill' || to === 'ill');
    expect(ill.length).toBeGreaterThan(0);
    for (const { from, to, link } of ill) {
      expect([from.slice(0, 1), to]).toEqual(['m', 'ill']);
      expect(link).toMatchObject({ verdict: 'supported', direction: { verdict: 'assumed', by: 'knowledge' } });
    }
    expect(summary.discovery.some(({ from, to }) => from === 'DRAW' || to === 'DRAW')).toBe(false);
    expect(summary.undrawn.some(({ second }) => second === 'DRAW')).toBe(true);
    expect(summary.halfSamples).toBeUndefined();
    const report = text('result/report.html');
    expect(report).toContain('ill');
    expect(report).toContain('m1 and m2 are associated');
    expect(report).toContain('The search used the latents and ill and DRAW.');
    expect(report).toContain('Arrows follow the order m1, m2 → person.');
  });

  test('a second run repeats no step, except those with a missing file or changed settings', async () => {
    const result = copied('repeated');
    const files = ['run/run.json', 'discovery.json', 'report.html'].map((name) => join(result, name));
    const before = files.map(written);
    const { code, out } = await run('--out', result, '--quick');
    expect(code).toBe(0);
    expect(out).toMatch(/1\/3 fit: finished already\n2\/3 discovery: finished already\n3\/3 report: finished already/);
    // Conclusions and next steps come before the figures.
    expect(out).toMatch(/\nConclusions\nm1 and m2 are associated\.\n[^]*\nNext steps\n[^]*\nDetails\n/);
    expect(out).toMatch(/\nDetails\n[^]*\nExplained variance [^]*\nEdges of the model\n[^]*not a confidence level/);
    // The fit identifies the latents of each modality only as a mixture, so links end at the blocks.
    const links = /\nLinks of discovery\n([^]*?)\n\n/.exec(out)![1].split('\n').slice(1);
    expect(links.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['m1.z1|z2 o-> m2.z1|z2', 'supported'],
      ['m1.z1|z2 o-> ill', 'supported'],
    ]);
    expect(out).toContain('m1.z1|z2 and m2.z1|z2 are blocks: their latents are identified only as a\n  mixture.');
    expect(files.map(written)).toEqual(before);

    rmSync(join(folder, result, 'report.html'));
    expect((await run('--out', result, '--quick')).out).toMatch(
      /2\/3 discovery: finished already\n3\/3 report: begins/,
    );

    const study = text('data/study.yaml');
    writeFileSync(
      join(folder, 'data/study.yaml'),
      study.replace('tiers: [[m1, m2], [person]]', 'forbidden: [[m1, person], [person, m1]]'),
    );
    const changed = (await run('--out', result, '--quick')).out;
    writeFileSync(join(folder, 'data/study.yaml'), study);
    expect(changed).toMatch(/1\/3 fit: finished already\n2\/3 discovery: begins\n3\/3 report: begins/);
    expect(text(join(result, 'discovery.json'))).not.toMatch(/"first":"m1\.z\d","second":"ill"/);
    expect(text(join(result, 'report.html'))).not.toContain('Arrows follow the order');
    expect(written(files[0])).toBe(before[0]);
  }, 60_000);

  test.each(['run/run.json', 'discovery.json'])('%s that was changed is refused', async (name) => {
    const result = copied('mixed');
    const path = join(folder, result, name);
    writeFileSync(
      path,
      text(join(result, name)).replace('"name":', '"name" :').replace('"fingerprint":', '"fingerprint" :'),
    );
    rmSync(join(folder, result, 'report.html'));
    const { code, err } = await run('--out', result, '--quick');
    expect(code).toBe(2);
    expect(err).toMatch(
      /error \[study-mismatch\] \S+ is not the file that `study run` wrote there\. Restore that file/,
    );
    expect(existsSync(join(folder, result, 'report.html'))).toBe(false);
  });

  test('settings of the search over measured columns are no keys of a study', async () => {
    const study = text('data/study.yaml');
    for (const key of ['algorithm: pc', 'test: fisherz', 'alpha: 0.01', 'bootstrap: 100']) {
      writeFileSync(join(folder, 'data/study.yaml'), study.replace('discovery:', `discovery:\n  ${key}`));
      const { code, err } = await run('--out', 'never', '--quick');
      expect(code).toBe(2);
      expect(err).toContain(`unknown key 'discovery.${key.split(':')[0]}'`);
    }
    writeFileSync(join(folder, 'data/study.yaml'), study);
  });

  longTest(
    'with refits, subjects are halved before fitting, and JSON, output and report say so',
    async () => {
      const result = copied('refitted');
      const study = text('data/study.yaml');
      writeFileSync(join(folder, 'data/study.yaml'), study.replace('discovery:', 'discovery:\n  refits: 10'));
      const done = [await run('--out', result, '--quick'), await run('--out', result, '--quick', '--json')];
      writeFileSync(join(folder, 'data/study.yaml'), study);
      expect(done.map(({ code }) => code)).toEqual([0, 0]);
      expect(done[0].out).toMatch(/1\/3 fit: finished already\n2\/3 discovery: begins/);
      expect(done[0].out).toMatch(/Shares of half-samples: subjects halved before fitting\./);
      const { halfSamples, discovery } = JSON.parse(done[1].out) as Summary;
      // A quick run makes two refits.
      expect(halfSamples).toMatchObject({ count: 2, seed: 0, resampled: 'subjects-before-fitting' });
      expect(halfSamples!.replicated.map(({ name }) => name)).toEqual(['m1.z1', 'm1.z2', 'm2.z1', 'm2.z2']);
      expect(discovery.every(({ frequencies }) => [0, 0.5, 1].includes(frequencies!.adjacent))).toBe(true);
      expect(text(join(result, 'report.html'))).toMatch(
        /2 half-samples: <strong>subjects halved before fitting<\/strong>/,
      );
    },
    60_000,
  );

  test('a folder with another fit is refused', async () => {
    const other = await run('--out', copied('other'));
    expect(other.code).toBe(2);
    expect(other.err).toMatch(/error \[study-mismatch\] other contains a fit of other data or settings.*--force/);
  });

  longTest(
    '--force repeats all steps, and --quiet prints nothing',
    async () => {
      const result = copied('forced');
      // Only durations may differ.
      const summary = async () => {
        const all = JSON.parse((await run('--out', result, '--quick', '--json')).out) as Summary;
        return { ...all, steps: {}, evidence: { ...all.evidence, seconds: 0 } };
      };
      const finished = await summary();
      const before = written('forced/run/run.json');
      expect(await run('--out', result, '--quick', '--force', '--quiet')).toEqual({ code: 0, out: '', err: '' });
      expect(written('forced/run/run.json')).toBeGreaterThan(before);
      expect(await summary()).toEqual(finished);
    },
    60_000,
  );

  test('an interrupted run continues from its checkpoint to the same bits', async () => {
    const args = ['study', 'run', 'data', '--threads', '1', '--out', 'halted', '--quick'];
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
      if (/epoch \d/.test(chunk)) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(err).toMatch(/Stopped\. Finished steps are in halted\. The same command continues\./);
    expect((await interlatent(...args, '--quiet')).code).toBe(0);
    expect(text('halted/run/latents.csv')).toBe(text('result/run/latents.csv'));
    expect(text('halted/discovery.json')).toBe(text('result/discovery.json'));
  }, 60_000);
});

longTest(
  'subjects who lack a modality are used with their other modalities',
  async () => {
    const simulation = [
      'case1',
      '--samples',
      '360',
      '--test',
      '60',
      '--missing-modalities',
      '0.25',
      '--missing-cells',
      '0.1',
    ];
    expect((await interlatent('simulate', ...simulation, '--missing-in-test', '--out', 'holes')).code).toBe(0);
    appendFileSync(join(folder, 'holes/study.yaml'), TRAINING);
    const withM2 = new Set(
      text('holes/m2.csv')
        .split('\n')
        .map((line) => line.split(',')[0]),
    );
    const args = ['study', 'run', 'holes', '--threads', '1', '--out', 'holed', '--quick'];
    expect(await interlatent(...args, '--quiet')).toMatchObject({ code: 0, err: '' });
    // Every subject has a row. Missing values are empty cells.
    const written = text('holed/variables.csv').trim().split('\n');
    expect(written).toHaveLength(1 + 420);
    expect(written.some((line) => /,,/.test(line))).toBe(true);
    expect((await interlatent(...args)).out).not.toContain('left out');

    // `evaluate` counts the held-out subjects with inferred latents.
    const heldOut = (JSON.parse(text('holed/run/subjects.json')) as { heldOut: string[] }).heldOut;
    const without = heldOut.filter((id) => !withM2.has(id)).length;
    const truth = ['evaluate', 'holed/run', '--truth', 'holes/truth.npz'];
    expect(without).toBeGreaterThan(0);
    expect(JSON.parse((await interlatent(...truth, '--json')).out)).toMatchObject({ inferred: { m2: without } });
    expect((await interlatent(...truth)).out).toContain(`note: ${without} of these subjects lack m2: their latents`);
  },
  60_000,
);

describe('mistakes', () => {
  test.each([
    ['a folder without a study', ['.'], 'missing-file', /no study file \(study\.yaml, study\.yml, study\.json\)/],
    ['a missing study', ['none.yaml'], 'missing-file', /none\.yaml/],
    ['half a thread', ['data', '--threads', '0.5'], 'invalid-option', /--threads takes a whole number/],
  ])('%s: the error names it', async (_, args, code, message) => {
    const result = await interlatent('study', 'run', ...args);
    expect(result.code).toBe(2);
    expect(result.err).toContain(`error [${code}]`);
    expect(result.err).toMatch(message);
  });

  test('an unknown name in the tiers is refused before the fit', async () => {
    const study = text('data/study.yaml');
    file('data/bad.yaml', study.replace('[person]]', '[persons]]'));
    const { code, err } = await interlatent('study', 'run', 'data/bad.yaml', '--out', 'bad', '--quick');
    expect(code).toBe(2);
    expect(err).toMatch(/error \[unknown-variable\].*'persons'.*did you mean 'person'/);
    expect(err).not.toContain('epoch');
  });
});
