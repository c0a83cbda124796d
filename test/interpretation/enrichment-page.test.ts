// The page docs/how-to/find-enriched-gene-sets.md shows what its commands print, and measured error rates.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { readGmt } from '../../src/files/gmt.js';
import { competitiveTest, meanCorrelation, residualsOf } from '../../src/interpretation/enrichment/competitive-test.js';
import { genesOf, matchSets } from '../../src/interpretation/enrichment/match-genes.js';
import { permutationTests } from '../../src/interpretation/enrichment/permutation-tests.js';
import { enrichment, rankGenes } from '../../src/interpretation/enrichment/ranked-genes.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { readTable } from '../../src/files/read-table.js';
import { commandHere } from '../fixtures/command-here.js';
import { blocksOf } from '../fixtures/documents.js';
import { withEnvironment } from '../fixtures/environment.js';
import { scratch } from '../fixtures/scratch.js';
import { dataFolder, testWithData } from '../fixtures/skipping.js';

const PAGE = readFileSync('docs/how-to/find-enriched-gene-sets.md', 'utf8');
const { folder } = scratch();

/** Returns lines without what another processor may compute differently: digits, and the widths of columns. */
const comparable = (text: string): string[] =>
  text.split('\n').map((line) => line.replaceAll(/[<−–]?[\d.,⁰¹²³⁴⁵⁶⁷⁸⁹⁻ ·]+/g, ' # ').trim());

testWithData('mixomics')(
  'the page shows what its commands print',
  async () => {
    const [commands, shown] = blocksOf(PAGE).filter(({ language }) => ['sh', 'text'].includes(language));
    let printed = '';
    for (const line of commands.text.trim().split('\n')) {
      const words = line.replace('npx interlatent ', '').replaceAll('runs/', `${folder}/`).split(' ');
      const { code, out } = await withEnvironment({ INTERLATENT_DATA: dataFolder }, () => commandHere(words, '.'));
      expect(code).toBe(0);
      printed = out;
    }
    expect(comparable(printed)).toEqual(expect.arrayContaining(comparable(shown.text)));
  },
  600_000,
);

testWithData('mixomics')('random latents have the error rates of the page', async () => {
  const table = await readTable(join(dataFolder, 'mixomics/breastTCGA_data.train_mrna.csv.gz'), { text: [''] });
  const names = table.columns.filter((name) => name !== '');
  const values = names.map((name) => standardised(table.numbers(name)));
  const sets = matchSets(genesOf(names), await readGmt('examples/gene-sets/sets.gmt'));
  const random = new RandomStream(43, 0);
  const subjects = values[0].length;
  const tested = sets.filter(({ genes }) => genes.length >= 5);
  const counts = tested.map(() => ({ permutation: 0, competitive: 0 }));
  for (let repetition = 0; repetition < LATENTS; repetition++) {
    const latent = standardised(Float64Array.from({ length: subjects }, () => random.normal()));
    const scores = Float64Array.from(values, (gene) => gene.reduce((sum, x, i) => sum + x * latent[i], 0) / subjects);
    const residuals = residualsOf(values.length, (g) => values[g], [latent]);
    const ranked = rankGenes(scores);
    const scored = tested.map(({ genes }) => ({ size: genes.length, score: enrichment(ranked, genes).score }));
    const [tests] = permutationTests([{ ranked, isSigned: true, sets: scored }], { seed: 1, maxPermutations: 1000 });
    for (const [s, { genes }] of tested.entries()) {
      if (tests[s].p < 0.05) counts[s].permutation++;
      const correlation = meanCorrelation(residuals, genes);
      if (competitiveTest([scores], genes, correlation, residuals.degrees) < 0.05) counts[s].competitive++;
    }
  }
  const mean = residualsOf(values.length, (g) => values[g], []);
  const percent = (count: number) => `${Math.round((100 * count) / LATENTS)} %`;
  const rows = tested.map(({ name, genes }, s) => {
    const rho = meanCorrelation(mean, genes).toFixed(2);
    const { permutation, competitive } = counts[s];
    return ['', `\`${name}\``, genes.length, rho, percent(permutation), percent(competitive), ''].join(' | ').trim();
  });
  expect(PAGE).toContain(rows.join('\n'));
});

const LATENTS = 200;

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / sd);
}
