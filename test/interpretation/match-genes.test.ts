// How columns are matched with the genes of sets.

import { describe, expect, it } from '@jest/globals';
import { genesOf, matchSets } from '../../src/interpretation/enrichment/match-genes.js';

const COLUMNS = ['TP53 (ENSG00000141510)', 'esr1', 'MKI67|4288', 'TP53 (ENSG00000999999)', 'ENSG00000105329.12', 'x'];

describe('columns', () => {
  const genes = genesOf(COLUMNS);

  it('are genes by the symbol in their name; those with the same symbol are one gene', () => {
    expect(genes.names).toEqual(['TP53', 'esr1', 'MKI67', 'ENSG00000105329.12', 'x']);
    expect(genes.columns).toEqual([[0, 3], [1], [2], [4], [5]]);
  });

  it.each([
    ['TP53', 0],
    ['tp53', 0],
    ['ENSG00000141510', 0],
    ['ensg00000999999.3', 0],
    ['ESR1', 1],
    ['4288', 2],
    ['ENSG00000105329', 3],
    ['GATA3', undefined],
  ])('are found by %s', (name, gene) => {
    expect(genes.find(name)).toBe(gene);
  });

  it('are members of sets once', () => {
    const sets = [{ name: 'A', description: 'first', genes: ['MKI67', 'Tp53', 'TP53', 'GATA3', 'ENSG00000141510'] }];
    expect(matchSets(genes, sets)).toEqual([{ name: 'A', description: 'first', size: 5, genes: Int32Array.of(0, 2) }]);
  });
});

it('a symbol of one gene is not taken for the identifier of another one', () => {
  const { find } = genesOf(['A (B)', 'B (C)']);
  expect(['A', 'B', 'C'].map(find)).toEqual([0, 1, 1]);
});
