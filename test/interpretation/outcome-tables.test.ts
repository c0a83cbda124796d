// The tables of outcomes of a fit: what is related to a known factor is found, what is not is not, and nothing that was
// made from an outcome is tested against it.

import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ResultTable } from '../../src/interpretation/index.js';
import { outcomeResults } from '../../src/interpretation/outcomes/results.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const { folder, file } = place;
const SUBJECTS = 240;
const OUTCOMES = [
  'batch: { table: clinic.csv, column: site }',
  'outcomes:',
  '  survival: { table: clinic.csv, time: days, event: died, adjust: [age, sex] }',
  '  grade: { table: clinic.csv, column: grade, kind: ordered }',
  '  chance: { table: clinic.csv, column: kind, kind: categorical }',
  '  score: { table: clinic.csv, column: score, kind: continuous, adjust: [age, sex] }',
  '  blood1: { table: blood.csv, column: blood1, kind: continuous }',
];

/** Writes outcomes: survival, grade, and score follow the first factor, `kind` follows nothing. */
function writeClinic(factors: readonly Float64Array[]): void {
  const random = new RandomStream(8, 1);
  const rows = factors.map(([factor], i) => {
    const time = (-1000 * Math.log(random.uniform())) / Math.exp(factor);
    const last = random.between(200, 2000);
    const grade = Math.round(factor + random.normal());
    return [
      ...[`s${i}`, Math.ceil(Math.min(time, last)), Number(time <= last), random.between(40, 70).toFixed(1)],
      ...[
        'mf'[i % 2],
        `site${i % 3}`,
        grade,
        'abc'[Math.floor(3 * random.uniform())],
        (factor + random.normal()).toFixed(3),
      ],
    ].join();
  });
  file('people/clinic.csv', ['id,days,died,age,sex,site,grade,kind,score', ...rows].join('\n'));
}

const tableOf = async (name: string) =>
  JSON.parse((await commandHere(['table', 'run', name, '--format', 'json'], folder)).out) as ResultTable;
const records = ({ columns, rows }: ResultTable) =>
  rows.map((row) => Object.fromEntries(row.map((cell, c) => [columns[c].name, cell])));

describe('a fit with outcomes', () => {
  beforeAll(async () => {
    const study = { name: 'people', subjects: SUBJECTS, seed: 3, ...TWO_FACTORS, lines: OUTCOMES };
    writeClinic(writeFactorStudy(place, study));
    const { code, err } = await commandHere(['fit', 'people/study.yaml', '--out', 'run', ...SHORT_FIT], folder);
    expect({ code, failed: err.includes('error') }).toEqual({ code: 0, failed: false });
  }, 170_000);

  test('associates the latent of the factor with what follows it, and not with chance', async () => {
    const result = await tableOf('outcomes');
    const blood = records(result).filter(({ latent }) => latent === 'blood.z1');
    expect(blood.map(({ outcome, result: words }) => [outcome, words])).toEqual([
      ['survival', 'associated'],
      ['grade', 'associated'],
      ['chance', 'not found'],
      ['score', 'associated'],
      ['blood1', 'not tested: its modality measures the outcome'],
    ]);
    const [survival, grade, chance, score, circular] = blood;
    expect(survival).toMatchObject({ kind: 'time-to-event', measure: 'hazard ratio per sd', subjects: SUBJECTS });
    expect(survival.lower as number).toBeGreaterThan(1);
    expect(survival.unadjusted).not.toBeNull();
    expect(Math.abs(grade.estimate as number)).toBeGreaterThan(0.3);
    expect(grade).toMatchObject({ measure: 'ρ', unadjusted: null, events: null });
    expect(chance).toMatchObject({ measure: 'η²', lower: null, upper: null });
    expect(score).toMatchObject({ measure: 'partial r' });
    expect(circular).toMatchObject({ estimate: null, p: null, q: null });
    const ps = records(result).flatMap(({ p }) => (p === null ? [] : [p]));
    expect(result.notes.join(' ')).toContain(`corrected for all ${ps.length} tests`);
    expect(result.notes.join(' ')).toContain('survival for age, sex');
  });

  test('gives a block one joint test, and no statement on its single latents', async () => {
    const body = records(await tableOf('outcomes')).filter(({ latent }) => String(latent).startsWith('body'));
    const names = new Set(body.map(({ latent }) => latent));
    for (const row of body) {
      if (String(row.latent).includes('|')) {
        expect(row.latent).toBe('body.z1|z2');
        expect(row.measure).toMatch(/joint/);
        expect(row).toMatchObject({ lower: null, upper: null });
      } else {
        expect(row.measure).not.toMatch(/joint/);
      }
    }
    expect([1, 2]).toContain(names.size);
    // The column of the blood is a legitimate outcome for the latents of the body.
    expect(body.filter(({ outcome, p }) => outcome === 'blood1' && p !== null).length).toBeGreaterThan(0);
  });

  test('has Cox regressions with their check, concordance, thirds, and curves', async () => {
    const table = records(await tableOf('survival'));
    expect(new Set(table.map(({ outcome }) => outcome))).toEqual(new Set(['survival']));
    const blood = table.find(({ latent }) => latent === 'blood.z1')!;
    const [low, , high] = ['low', 'middle', 'high'].map((third) => Number(blood[`median-${third}`] ?? Infinity));
    const rises = (blood['hazard-ratio'] as number) > 1;
    expect(rises ? low > high : high > low).toBe(true);
    expect(blood.concordance as number).toBeGreaterThan(0.6);
    expect(blood.concordance as number).toBeGreaterThan(blood['concordance-covariates'] as number);
    expect(blood['thirds-p'] as number).toBeLessThan(0.001);
    expect(blood['hazards-p'] as number).toBeGreaterThan(0.001);
    const outcomes = records(await tableOf('outcomes'));
    const same = outcomes.find(({ outcome, latent }) => outcome === 'survival' && latent === 'blood.z1')!;
    expect([blood.p, blood.q, blood['hazard-ratio']]).toEqual([same.p, same.q, same.estimate]);

    const curves = records(await tableOf('survival-curves')).filter(({ latent }) => latent === 'blood.z1');
    expect(new Set(curves.map(({ third }) => third))).toEqual(new Set(['low', 'middle', 'high']));
    const atRisk = ['low', 'middle', 'high'].map((name) => curves.find(({ third }) => third === name)!['at-risk']);
    expect(atRisk).toEqual([80, 80, 80]);
  });

  test('prints lines of 80 letters, which begin with outcome and latent', async () => {
    for (const name of ['outcomes', 'survival', 'survival-curves']) {
      const { out, code } = await commandHere(['table', 'run', name], folder);
      expect(code).toBe(0);
      expect(out.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([]);
      const headers = out.split('\n').filter((line) => line.startsWith('outcome '));
      expect(headers.length).toBeGreaterThan(1);
      for (const header of headers) expect(header).toMatch(/^outcome +latent/);
    }
  });

  test('accepts outcomes that were written after the fit, and says what a study without them lacks', async () => {
    const clean = OUTCOMES.filter((line) => !line.startsWith('outcomes') && !line.startsWith('  '));
    file('people/plain.yaml', studyOf(clean));
    file(
      'people/later.yaml',
      studyOf([...OUTCOMES.slice(0, 2), '  later: { table: clinic.csv, column: grade, kind: ordered }']),
    );
    const print = async (study: string) =>
      (await commandHere(['table', 'run', 'outcomes', '--study', study], folder)).out;
    expect(await print('people/plain.yaml')).toContain('The study has no outcomes');
    expect(await print('people/later.yaml')).toMatch(/later +blood\.z1 .*\n/);
  });

  test('warns about latents that follow a batch', async () => {
    await using model = await MultimodalCausalModel.load(file('run'));
    const study = await readStudy(file('people/study.yaml'), { scales: model.columnScales });
    const outOfFold = (await model.table('outcomes', { study })).notes;
    expect(outOfFold.join(' ')).not.toContain('between batches');
    expect(study.batches).toMatchObject([{ column: 'site', levels: ['site0', 'site1', 'site2'] }]);
    // A latent that equals the site, as if nothing had removed the batch.
    const { ids, groups } = study.dataset;
    const random = new RandomStream(9, 1);
    const nodes = model.graph.nodes.map(({ modality }) => modality);
    const latents = Object.fromEntries(
      [...new Set(nodes)].map((modality) => {
        const width = nodes.filter((one) => one === modality).length;
        return [
          modality,
          Float32Array.from({ length: ids.length * width }, (_, i) => (Math.floor(i / width) % 3) + random.normal()),
        ];
      }),
    );
    const { cautions } = outcomeResults({
      isSurvey: true,
      ...{ graph: model.graph, summary: model.summary, dataset: { ids, groups }, outcomes: study.outcomes! },
      ...{ batches: study.batches, outOfFold: { ids, latents } },
    });
    expect(cautions.at(-1)).toContain('survey-outcomes');
    expect(cautions.join(' ')).toMatch(/between batches: .*blood\.z1 \(\d+ % between levels of site\).*adjust/);
  });
});

function studyOf(lines: readonly string[]): string {
  const tables = ['  body: { table: body.csv, latents: 2 }', '  blood: { table: blood.csv, latents: 1 }'];
  return ['study: people', 'id: id', 'modalities:', ...tables, ...lines].join('\n');
}
