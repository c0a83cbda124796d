// Tests `reproduce wide`, which compares fits of real studies with linear methods: the studies, the record of each fit,
// the table.

import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { wideRecords, type WideOptions, type WideRecord } from '../../reproduction/experiments/wide.js';
import {
  aheadText,
  wideCells,
  wideTable,
  writeWide,
  type WideCell,
} from '../../reproduction/experiments/wide-results.js';
import { spread } from '../../reproduction/experiments/summary.js';
import { studyText, WIDE_STUDIES, type WideStudy } from '../../reproduction/experiments/wide-studies.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { reproduceProgram } from '../../reproduction/command/reproduce.js';
import { withEnvironment } from '../fixtures/environment.js';
import { scratch } from '../fixtures/scratch.js';
import { readXml } from '../fixtures/xml-reader.js';

const { folder, file } = scratch();
const before = process.env['INTERLATENT_DATA'];

afterEach(() => {
  if (before === undefined) delete process.env['INTERLATENT_DATA'];
  else process.env['INTERLATENT_DATA'] = before;
});

describe('the studies', () => {
  test('are five with 2 or 4 latents per modality, and four pairs of NHANES tables with all subjects', () => {
    const small = ['mixomics', 'body-chemistry-300', 'chemistry-counts-300'];
    const large = ['body-chemistry-4000', 'chemistry-counts-4000'];
    const all = ['body-pressure-8400', 'body-counts-10700', 'chemistry-pressure-7000', 'chemistry-sleep-6700'];
    expect(WIDE_STUDIES.map(({ id }) => id)).toEqual([
      ...[...small, ...large].flatMap((name) => [`wide-${name}-k2`, `wide-${name}-k4`]),
      ...all.map((name) => `wide-${name}-k2`),
    ]);
    expect(WIDE_STUDIES.map(({ latents }) => latents)).toEqual([2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 2, 2, 2]);
    expect(WIDE_STUDIES.map(({ train }) => train)).toEqual([
      ...[125, 125, 300, 300, 300, 300, 4000, 4000, 4000, 4000],
      ...[8400, 10_700, 7000, 6700],
    ]);
  });

  test('are written as study files without folders of this machine or settings except the seed', async () => {
    process.env['INTERLATENT_DATA'] = folder;
    for (const name of ['mixomics', 'nhanes']) mkdirSync(join(folder, name), { recursive: true });
    for (const study of WIDE_STUDIES) {
      const text = await studyText(study, 3, 70);
      const { modalities, ...rest } = JSON.parse(text) as {
        modalities: Record<string, { table: unknown; latents: number }>;
      };
      expect(Object.values(modalities).map(({ latents }) => latents)).toEqual([study.latents, study.latents]);
      for (const { table } of Object.values(modalities)) {
        const paths = [table].flat(3) as string[];
        expect(paths.length).toBeGreaterThan(1);
        for (const path of paths) {
          expect(path).toMatch(/^\$\{INTERLATENT_DATA\}\/(mixomics|nhanes)\/[\w./-]+\.csv\.gz$/);
        }
      }
      expect(rest).toEqual({
        study: study.id,
        id: study.id.startsWith('wide-mixomics') ? '' : 'SEQN',
        missing: 'drop',
        split: { validation: study.validation, test: 70, seed: 3 },
        training: { seed: 3 },
      });
    }
  });

  test('need their data: without it the command says what to set; a quick run includes none of them', async () => {
    const run = (...flags: string[]) =>
      withEnvironment({ INTERLATENT_DATA: join(folder, 'nowhere') }, () =>
        commandHere(['wide', '--out', 'none', ...flags], folder, reproduceProgram()),
      );
    const plain = await run();
    const quick = await run('--quick');
    expect([plain.code, quick.code]).not.toContain(0);
    expect(plain.err).toContain('Set INTERLATENT_DATA to the folder that contains it');
    expect(quick.err).toContain('a quick run includes none of wide. Leave out --quick');
  });
});

/**
 * Writes two tables of 80 subjects and six columns, and returns a study of them. One factor is in both, one in each.
 */
function tables(): WideStudy['tables'] {
  const random = new RandomStream(4, 0);
  const normal = () => random.normal();
  const shared = Array.from({ length: 80 }, normal);
  for (const name of ['a', 'b']) {
    const rows = shared.map((z, i) => {
      const specific = normal();
      const values = Array.from({ length: 6 }, (_, c) => (c < 3 ? 1 : 0.5) * z + 0.4 * specific + 0.3 * normal());
      return [`s${i}`, ...values].join(',');
    });
    file(`${name}.csv`, `id,${[1, 2, 3, 4, 5, 6].map((c) => `${name}${c}`).join(',')}\n${rows.join('\n')}\n`);
  }
  const table = (name: string) => ({ table: `\${INTERLATENT_DATA}/${name}.csv` });
  return () => Promise.resolve({ id: 'id', modalities: { a: table('a'), b: table('b') } });
}

const TINY: WideStudy = { id: 'tiny', title: 'tiny', latents: 2, train: 40, validation: 10, tables: tables() };
const OPTIONS: WideOptions = {
  out: join(folder, 'out'),
  seeds: 2,
  fit: { encoderRestarts: 1, componentRestarts: 2, epochs: 2, componentSteps: 20, polish: 0, hidden: 8 },
  threads: 1,
};

async function recordsOf(options: WideOptions = OPTIONS): Promise<WideRecord[]> {
  process.env['INTERLATENT_DATA'] = folder;
  const records: WideRecord[] = [];
  for await (const record of wideRecords([TINY], options)) records.push(record);
  return records;
}

describe('a run', () => {
  let first: WideRecord[];
  const recordPath = join(OPTIONS.out, 'fits/tiny-seed0.json');

  test('holds out all other subjects, and measures both directions for our fit and linear methods', async () => {
    first = await recordsOf();
    expect(first.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(first[0].subjects).toEqual({ train: 40, validation: 10, test: 30, measured: 30 });
    expect(first[0].directions.map(({ from, to }) => `${from} → ${to}`)).toEqual(['a → b', 'b → a']);
    for (const { latents, linear } of first.flatMap(({ directions }) => directions)) {
      expect(latents).toBeLessThan(1);
      expect(linear.map(({ method }) => method).sort()).toEqual(['CCA', 'PCA', 'PLS', 'reduced-rank regression']);
      // The shared factor is more than half of the variance of both tables.
      expect(linear[0].heldOut).toBeGreaterThan(0.2);
    }
    expect(first[0].fingerprint).not.toBe(first[1].fingerprint);
    expect(JSON.parse(first[0].settings)).toMatchObject({ latents: 2, train: 40, fit: { seed: 0, epochs: 2 } });
  });

  test('writes the study file of each fit, from which the same subjects are read', async () => {
    const environment = { INTERLATENT_DATA: folder };
    for (const { seed, fingerprint } of first) {
      const { dataset } = await readStudy(join(OPTIONS.out, `studies/tiny-seed${seed}.json`), { environment });
      expect(dataset.fingerprint).toBe(fingerprint);
    }
    expect(readdirSync(join(OPTIONS.out, 'checkpoints'))).toEqual([]);
  });

  test('does not repeat finished fits, and refuses records of other settings', async () => {
    const written = statSync(recordPath).mtimeMs;
    const fitted: string[] = [];
    const again = await recordsOf({ ...OPTIONS, seeds: 3, onFit: (text) => fitted.push(text) });
    expect(again.slice(0, 2)).toEqual(first);
    expect(statSync(recordPath).mtimeMs).toBe(written);
    expect(fitted).toEqual(['tiny, 40 train, 2 latents each, seed 2']);
    await expect(recordsOf({ ...OPTIONS, fit: {} })).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });

  test('that is aborted keeps the records of finished fits and rejects with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    const out = join(folder, 'aborted');
    const onFit = (text: string) => {
      if (text.endsWith('seed 1')) controller.abort(reason);
    };
    await expect(recordsOf({ ...OPTIONS, out, signal: controller.signal, onFit })).rejects.toBe(reason);
    expect(readdirSync(join(out, 'fits'))).toEqual(['tiny-seed0.json']);
  });
});

describe('the results', () => {
  /** PCA is the best linear method with seed 0; PLS is with seed 1 and in the mean. */
  const record = (seed: number, latents: number, pca: number, pls: number): WideRecord => ({
    experiment: 'tiny',
    seed,
    settings: '',
    fingerprint: '',
    subjects: { train: 40, validation: 10, test: 30, measured: 30 },
    directions: [
      {
        from: 'a',
        to: 'b',
        latents,
        linear: [
          { method: 'PCA', heldOut: pca },
          { method: 'PLS', heldOut: pls },
        ],
      },
    ],
    seconds: 30,
    version: '0',
  });
  const records = [record(0, 0.19, 0.21, 0.2), record(1, 0.25, 0.11, 0.27)];

  test('compare with the method that is best in the mean, for each seed', () => {
    const [cell] = wideCells([TINY], records);
    expect(cell.best).toBeCloseTo(23.5, 10);
    expect(cell.behind!.mean).toBeCloseTo(1.5, 10);
    expect(cell.behind!.values.map((value) => value.toFixed(6))).toEqual(['1.000000', '2.000000']);
    expect(cell.met).toBe(false);
    expect(wideCells([TINY], [record(0, 0.195, 0.2, 0.2)])[0].met).toBe(true);
    expect(wideCells([TINY], [record(0, 0.3, 0.2, 0.2)])[0].met).toBe(true);
    expect(wideCells([{ ...TINY, id: 'other' }], records)).toEqual([]);
  });

  test('are a table with a row for each direction', () => {
    expect(
      wideTable(wideCells([TINY], records))
        .split('\n')
        .slice(2),
    ).toEqual(['| tiny | 2 | a → b | 40 / 10 / 30 | 2 | 16.0 | 23.5 | – | – | 22.0 ± 4.2 | 1.5 ± 0.7 | no |']);
  });

  test('are written as a page and a drawing', async () => {
    const files = await writeWide(folder, [TINY], records, { command: 'npm run reproduce -- wide', threads: 1 });
    expect(files).toEqual(['wide.md', 'wide.svg'].map((name) => join(folder, name)));
    const page = readFileSync(files[0], 'utf8');
    expect(page).toContain('`npm run reproduce -- wide`: interlatent');
    expect(page).toContain('2 fits, 1 minutes of fitting');
    expect(page).toContain('Met in 0 of 1 rows. Better by 1 point or more in 0.');
    const svg = readFileSync(files[1], 'utf8');
    expect(readXml(svg).name).toBe('svg');
    expect(svg).toContain('mean 22.0');
    expect(svg).toContain('best linear method 23.5');
  });
});

test('the text counts the rows in which our R² is higher, and those where it is by more than seeds vary', () => {
  const cell = (...behind: number[]): WideCell => ({
    ...{ study: WIDE_STUDIES[0], from: 'a', to: 'b', subjects: { train: 1, validation: 1, test: 1, measured: 1 } },
    ...{ ours: spread([1]), linear: [], best: 1, met: true, behind: spread(behind) },
  });
  const text = aheadText([cell(-1.6, -1.5, -1.4), cell(-4, 1), cell(0, -0.02), cell(0.5, 0.7)]);
  expect(text).toContain('in 2 of 4 rows, in 1 of them by more');
});
