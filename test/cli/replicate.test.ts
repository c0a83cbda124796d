// `interlatent replicate RUN STUDY`: its output, its refusals, and the same numbers from the library.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { RandomStream } from '../../src/random/random-stream.js';
import type { Replication } from '../../src/replication/index.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
const COLUMNS = 5;

interface Cohort {
  readonly subjects: number;
  readonly seed: number;
  /** True to shuffle the second modality against the first. */
  readonly isShuffled?: boolean;
  /** Shift of the columns of the first modality. */
  readonly shift?: number;
  readonly prefix?: string;
}

/** Writes a study of two modalities that measure the same factor. */
function write(name: string, { subjects, seed, isShuffled = false, shift = 0, prefix = name }: Cohort): void {
  const random = new RandomStream(seed, 1);
  const factor = Float64Array.from({ length: subjects }, () => random.normal());
  const order = isShuffled ? random.permutation(subjects) : Int32Array.from(factor.keys());
  const table = (at: (row: number) => number, by: number): string => {
    const header = ['id', ...Array.from({ length: COLUMNS }, (_, c) => `x${c + 1}`)].join();
    const rows = Array.from(factor.keys(), (row) => {
      const values = Array.from({ length: COLUMNS }, () => (factor[at(row)] + by + 0.6 * random.normal()).toFixed(4));
      return [`${prefix}${row}`, ...values].join();
    });
    return [header, ...rows].join('\n');
  };
  file(
    `${name}/body.csv`,
    table((row) => row, shift),
  );
  file(
    `${name}/blood.csv`,
    table((row) => order[row], 0),
  );
  file(
    `${name}/study.yaml`,
    [
      `study: ${name}`,
      'id: id',
      'modalities:',
      '  body: { table: body.csv, latents: 1 }',
      '  blood: { table: blood.csv, latents: 1 }',
    ].join('\n'),
  );
}

const replicate = (study: string, ...flags: string[]) =>
  commandHere(['replicate', 'run', `${study}/study.yaml`, ...flags], folder);
const json = async (study: string): Promise<Replication> => {
  const { code, out, err } = await replicate(study, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Replication;
};

describe('interlatent replicate', () => {
  beforeAll(async () => {
    write('first', { subjects: 200, seed: 1 });
    write('second', { subjects: 120, seed: 2 });
    write('shuffled', { subjects: 120, seed: 3, isShuffled: true });
    write('shifted', { subjects: 120, seed: 4, shift: 2 });
    write('copied', { subjects: 200, seed: 1 });
    const small = '--fit joint --epochs 4 --encoder-restarts 1 --evidence quick --threads 1'.split(' ');
    const { code, err } = await commandHere(['fit', 'first/study.yaml', '--out', 'run', ...small], folder);
    expect({ code, failed: err.includes('error') }).toEqual({ code: 0, failed: false });
  }, 170_000);

  test('replicates an association in other subjects, and writes the same results to a table', async () => {
    const { code, out } = await replicate('second', '--out', 'results.csv');
    expect(code).toBe(0);
    expect(out).toMatch(/^Of [12] results? of first, /);
    expect(out).toMatch(/body – blood +\S+ +\S+ \(\S+ to \S+\) .*replicated/);
    expect(out).toContain('in units of the training subjects');
    expect(out.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([]);
    const [header, first] = readFileSync(file('results.csv'), 'utf8').split('\n');
    expect(header).toBe(
      'kind,first,second,level,conditioning,first.estimate,first.estimate.lower,first.estimate.upper,estimate,' +
        'estimate.lower,estimate.upper,subjects,p,q,power,verdict,reason',
    );
    expect(first).toMatch(/^pair,body,blood,,,/);
    expect(first).toMatch(/,replicated,$/);
  });

  test('prints JSON with every figure, which are those of the library', async () => {
    const result = await json('second');
    const [pair] = result.hypotheses;
    expect(pair).toMatchObject({ kind: 'pair', first: 'body', second: 'blood', verdict: 'replicated', subjects: 120 });
    expect(pair.estimate!.lower).toBeGreaterThan(0.5);
    expect(result).toMatchObject({ study: 'first', subjects: 120, alpha: 0.05, warnings: [] });
    expect(result.tests).toBe(result.hypotheses.filter(({ q }) => q !== undefined).length);
    expect(result.shifts.map(({ modality }) => modality)).toEqual(['body', 'blood']);
    for (const { error, latents, differences } of result.shifts) {
      expect(Math.abs(error - 1)).toBeLessThan(0.25);
      expect(Math.abs(latents[0].mean)).toBeLessThan(0.3);
      expect(differences).toEqual([]);
    }
    await using model = await MultimodalCausalModel.load(file('run'));
    const study = await readStudy(file('second/study.yaml'), { scales: model.columnScales, partial: true });
    expect(JSON.parse(JSON.stringify(await model.replicate(study)))).toEqual(result);
  });

  test('does not replicate what a shuffled cohort cannot have', async () => {
    const { hypotheses, warnings } = await json('shuffled');
    expect(hypotheses.map(({ verdict }) => verdict)).not.toContain('replicated');
    expect(hypotheses[0]).toMatchObject({ verdict: 'not-replicated', reason: 'smaller' });
    expect(warnings).toEqual([]);
  });

  test('warns if the measurements of the cohort differ', async () => {
    const { shifts, warnings } = await json('shifted');
    expect(shifts[0].differences).toContain('latents');
    expect(Math.abs(shifts[0].columns[0].mean)).toBeGreaterThan(1);
    expect(warnings.map(({ code }) => code)).toEqual(['shifted-cohort']);
    expect((await replicate('shifted')).out).toContain('Careful:');
  });

  test('says which results a cohort without a modality cannot test', async () => {
    file('part/study.yaml', 'study: part\nid: id\nmodalities:\n  body: { table: ../second/body.csv, latents: 1 }\n');
    const { hypotheses, tests } = await json('part');
    expect(tests).toBe(0);
    for (const one of hypotheses) {
      expect(one).toMatchObject({ verdict: 'not-testable', reason: 'modality-missing' });
    }
  });

  test('refuses the subjects of the first study, also under other ids', async () => {
    const same = await replicate('first');
    expect(same.code).toBe(2);
    expect(same.err).toMatch(/error \[same-subjects\].*200 subjects/s);
    const { code, err } = await replicate('copied');
    expect({ code, known: /same-subjects.*values of 'body'/s.test(err) }).toEqual({ code: 2, known: true });
  });

  test('refuses a fit that was not tested', async () => {
    await using model = await MultimodalCausalModel.load(file('run'));
    await using untested = await MultimodalCausalModel.fit(await readStudy(file('first/study.yaml')), {
      ...{ fit: 'joint', epochs: 1, encoderRestarts: 1, evidence: 'none', threads: 1 },
    });
    const study = await readStudy(file('second/study.yaml'), { scales: model.columnScales });
    await expect(untested.replicate(study)).rejects.toMatchObject({ code: 'untested-latents' });
  });
});
