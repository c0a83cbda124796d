// The table of gene sets of a fit: which sets it finds, what it says about the others, and what it refuses.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { readGmt } from '../../src/files/gmt.js';
import { geneScores } from '../../src/interpretation/enrichment/gene-scores.js';
import { modalityGenes } from '../../src/interpretation/enrichment/modality-genes.js';
import type { ResultTable } from '../../src/interpretation/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy, type Study } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const { folder, file } = place;

/** Weights of 40 genes: 1 to 8 rise with the factor, 9 to 14 fall with it, and all others are noise. */
const genes = Array.from({ length: 40 }, (_, gene) => [gene < 8 ? 0.9 : gene < 14 ? -0.9 : 0]);
const MODALITIES = [
  { name: 'rna', latents: 1, weights: genes },
  { name: 'blood', latents: 1, weights: [[1], [1], [-1], [1]] },
];
const named = (...numbers: number[]) => numbers.map((number) => `RNA${number}`);
const line = (name: string, ...numbers: number[]) => [name, 'about', ...named(...numbers), 'OTHER'].join('\t');
const GMT = [
  line('UP', 1, 2, 3, 4, 5, 6, 7),
  line('DOWN', 9, 10, 11, 12, 13, 14),
  line('NOTHING', 20, 24, 28, 31, 33, 35, 39),
  line('SMALL', 1, 2),
].join('\n');

describe('the table of gene sets', () => {
  const sets = file('sets.gmt', GMT);
  let model: MultimodalCausalModel;
  let study: Study;
  let table: ResultTable;
  beforeAll(async () => {
    writeFactorStudy(place, { name: 'genes', subjects: 200, seed: 3, modalities: MODALITIES });
    const { code } = await commandHere(['fit', 'genes/study.yaml', '--out', 'run', ...SHORT_FIT], folder);
    expect(code).toBe(0);
    model = await MultimodalCausalModel.load(`${folder}/run`);
    study = await readStudy(`${folder}/genes/study.yaml`, { scales: model.columnScales });
    table = await model.table('enrichment', { study, sets });
  }, 600_000);

  const cell = (set: string, column: string) => {
    const row = table.rows.find(([name]) => name === set)!;
    return row[table.columns.findIndex(({ name }) => name === column)];
  };

  test('finds the sets that rise and fall with the latent, and no other set', () => {
    expect(table.rows).toHaveLength(3);
    for (const q of ['q', 'gsea-q', 'overlap-q']) {
      expect(Number(cell('NOTHING', q))).toBeGreaterThan(0.05);
      if (q !== 'overlap-q') for (const set of ['UP', 'DOWN']) expect(Number(cell(set, q))).toBeLessThan(0.05);
    }
    const signs = ['UP', 'DOWN'].map((set) => [cell(set, 'direction'), Math.sign(Number(cell(set, 'enrichment')))]);
    expect([...signs].sort()).toEqual([
      ['down', -1],
      ['up', 1],
    ]);
    const edge = String(cell('UP', 'leading-edge')).split(' ');
    expect(edge.length).toBeGreaterThan(4);
    expect(named(1, 2, 3, 4, 5, 6, 7)).toEqual(expect.arrayContaining(edge.map((name) => name.toUpperCase())));
  });

  test('says which sets and modalities were not tested', () => {
    expect([cell('UP', 'genes'), cell('UP', 'size')]).toEqual([7, 8]);
    expect(table.notes).toEqual(
      expect.arrayContaining([
        'rna: 20 of 40 columns are members of a set, and 3 of 4 sets have 5 to 500 of them. Not tested: SMALL (2).',
        expect.stringMatching(/^blood: no column is a gene of a set, so no set was tested\./),
      ]),
    );
  });

  test('is the same for sets in memory, and for the same seed', async () => {
    const inMemory = await readGmt(sets);
    expect(await model.table('enrichment', { study, sets: inMemory, seed: 0 })).toEqual(table);
    const { rows } = await model.table('enrichment', { study, sets, seed: 1, maxGenes: 6 });
    expect(rows.map(([name]) => name)).toEqual(['DOWN']);
  });

  test.each([
    ['no sets', {}, 'no-gene-sets'],
    ['an empty list', { sets: [] }, 'no-gene-sets'],
    ['limits in the wrong order', { sets, minGenes: 9, maxGenes: 8 }, 'invalid-option'],
    ['a set without genes', { sets: [{ name: 'A' }] as never }, 'invalid-argument'],
    ['the same file twice', { sets: [sets, sets] }, 'duplicate-set'],
    ['a file that is missing', { sets: 'none.gmt' }, 'missing-file'],
  ])('refuses %s', async (_, options, code) => {
    await expect(model.table('enrichment', { study, ...options })).rejects.toMatchObject({ code });
  });

  test('is a section of the report, with the sets that have a small q first', async () => {
    const html = await model.report({ study, sets });
    const section = html.split('id="gene-sets"')[1].split('id="quality"')[0].replace(/\s+/g, ' ');
    const count = table.rows.filter((row) => Number(row[5]) <= 0.05).length;
    expect(section).toContain(`<p>${count} of 3 tests have q ≤ 0.05.</p>`);
    const [first, all] = section.split('All tested sets');
    for (const { set, isFirst } of [
      { set: 'UP', isFirst: true },
      { set: 'NOTHING', isFirst: false },
    ]) {
      expect({ set, isFirst: first.includes(`>${set}</th>`) }).toEqual({ set, isFirst });
      expect(all).toContain(`>${set}</th>`);
    }
    expect(first).toContain('3 of 4 sets have 5 to 500 of them');
    expect(await model.report({ study })).not.toContain('id="gene-sets"');
    expect(await model.report({ sets })).toContain('needs the subjects of the study');
    await expect(model.report({ study, sets: 'none.gmt' })).rejects.toMatchObject({ code: 'missing-file' });
  });

  test('needs the subjects', async () => {
    await expect(model.table('enrichment', { sets })).rejects.toMatchObject({ code: 'no-study' });
    await model.dispose();
  });
});

test('a gene with several columns has the mean of their effects', () => {
  const latents = [Float64Array.of(1, 0, -0.5), Float64Array.of(0.2, -1, 0.5)];
  const joint = Float64Array.of(1.02, 1, 0.8);
  const { scores, loadings, isSigned } = geneScores([[0], [1, 2]], { latents, joint });
  expect([...scores]).toEqual([1.02, 0.9]);
  expect(loadings.map((some) => [...some])).toEqual([
    [1, -0.25],
    [0.2, -0.25],
  ]);
  expect(isSigned).toBe(false);
});

test('images have no genes, and columns of one gene are counted', () => {
  const options = { sets: [{ name: 'S', description: '', genes: ['A', 'B'] }], minGenes: 2, maxGenes: 9 };
  expect(modalityGenes('scan', undefined, options).note).toBe(
    'scan has images or series, not genes, so no set was tested.',
  );
  const { genes: matched, sets, note } = modalityGenes('rna', ['A (1)', 'A (2)', 'B', 'C'], options);
  expect(matched.columns).toEqual([[0, 1], [2], [3]]);
  expect(sets.map(({ name }) => name)).toEqual(['S']);
  expect(note).toContain('2 of 3 genes are members of a set');
  expect(note).toContain('Genes with several columns (1) have the mean of their loadings.');
});
