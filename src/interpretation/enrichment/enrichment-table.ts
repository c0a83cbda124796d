// The table of gene sets: which sets of genes a latent, or a block of latents, raises or lowers.

import { isSize } from '../../data/kinds.js';
import { rescale } from '../../data/rescale.js';
import { benjaminiHochberg } from '../../quality/pair-test.js';
import { outOfFoldLatents, subjectsOf, type InterpretationInput } from '../input.js';
import { resultTable, type ResultColumn, type ResultTable } from '../result-table.js';
import type { LatentUnit } from '../units.js';
import { geneScores } from './gene-scores.js';
import { geneSetOptions } from './gene-set-options.js';
import { geneResiduals, modalityGenes } from './modality-genes.js';
import { testSets, type SetTest } from './test-sets.js';
import { unitEffects } from './unit-effects.js';

/** Share of the genes that count as the highest, and as the lowest. */
const TOP = 0.1;

const text = (name: string, description: string): ResultColumn => ({ name, kind: 'text', description });
const number = (name: string, description: string): ResultColumn => ({ name, kind: 'number', description });
const detail = (column: ResultColumn): ResultColumn => ({ ...column, isDetail: true });

const COLUMNS: readonly ResultColumn[] = [
  text('set', 'name of the gene set'),
  text('latent', 'the latent, or the block that is tested as a whole'),
  text('verdict', 'verdict on the latent: component, block, not-replicated, or untested'),
  text('direction', 'up or down as the latent rises; either for a block'),
  number('p', 'p of the mean loading of the set, allowing for correlated genes'),
  number('q', 'p corrected for all rows (Benjamini and Hochberg)'),
  number('genes', 'number of genes of the set among the columns'),
  number('enrichment', 'enrichment score, divided by the mean size of the scores of random sets'),
  number('gsea-p', 'p of the enrichment score among random sets, which ignores correlations'),
  detail(number('gsea-q', 'gsea-p corrected for all rows (Benjamini and Hochberg)')),
  number('overlap', 'genes of the set in the tenth of the genes with the largest loadings in the direction'),
  number('overlap-p', 'hypergeometric p of the overlap, which ignores correlations'),
  detail(number('overlap-q', 'overlap-p corrected for all rows (Benjamini and Hochberg)')),
  detail(number('expected', 'overlap of a random set')),
  detail(number('score', 'enrichment score, from −1 to 1')),
  detail(number('permutations', 'number of random sets with a score of the same sign')),
  detail(number('correlation', 'mean correlation of the genes of the set, given the latents')),
  detail(number('size', 'number of genes of the set in the file')),
  detail(text('modality', 'modality of the latent and of the genes')),
  detail(text('leading-edge', 'genes that make up the score, the largest loading first')),
];

/** A row before its p-values are corrected. */
interface Row {
  readonly unit: LatentUnit;
  readonly isSigned: boolean;
  readonly test: SetTest;
  /** Names of the genes. */
  readonly names: readonly string[];
}

/**
 * Returns one row for each gene set, and for each latent or block of a modality whose columns are genes of the sets.
 * @throws InputError `no-study`, `untested-latents`, and what `geneSetOptions` throws
 */
export async function enrichmentTable(input: InterpretationInput): Promise<ResultTable> {
  const options = await geneSetOptions(input);
  const dataset = subjectsOf(input, 'enrichment');
  const outOfFold = outOfFoldLatents(input, 'enrichment');
  const { summary, seed = 0, signal } = input;
  const effects = await unitEffects(input);
  const values = rescale(dataset, summary.columns);
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const [m, { name: modality, columns, regularArray }] of summary.columns.entries()) {
    const positions = [...columns.keys()].filter((c) => !isSize(columns[c].kind));
    const names = positions.map((c) => columns[c].name);
    const { genes, sets, note } = modalityGenes(modality, regularArray ? undefined : names, options);
    const ofModality = effects.filter(({ unit }) => unit.modality === modality);
    const known = ofModality.filter(({ latents, joint }) => [joint, ...latents].every((some) => some.every(isFinite)));
    notes.push(note);
    if (sets.length === 0) continue;
    if (known.length < ofModality.length) notes.push(`${modality}: too few held-out subjects for some loadings.`);
    const at = genes.columns.map((ofGene) => ofGene.map((c) => positions[c]));
    const data = { ...values[m], width: columns.length, columns: at };
    const residuals = geneResiduals(dataset, data, outOfFold, modality);
    const lists = known.map((one) => geneScores(at, one));
    for (const [u, tests] of testSets(lists, sets, residuals, { seed, top: TOP, signal }).entries()) {
      const [{ unit }, { isSigned }] = [known[u], lists[u]];
      const ofUnit = tests.map((test): Row => ({ unit, isSigned, test, names: genes.names }));
      rows.push(...ofUnit.sort((a, b) => firstP(a) - firstP(b)));
    }
  }
  return tableOf(rows, notes);
}

/** Returns the p-value by which rows are sorted: that which allows for correlated genes, if it is known. */
const firstP = ({ test }: Row): number => test.competitive ?? test.permutation.p;

function directionOf({ isSigned, test }: Row): string {
  if (!isSigned) return 'either';
  return test.enrichment.score < 0 ? 'down' : 'up';
}

function tableOf(rows: readonly Row[], notes: readonly string[]): ResultTable {
  const corrected = (p: (row: Row) => number | undefined): (number | undefined)[] => {
    const ps = rows.map(p);
    return ps.includes(undefined) ? ps.map(() => undefined) : benjaminiHochberg(ps as number[]);
  };
  const q = corrected(({ test }) => test.competitive);
  const gseaQ = corrected(({ test }) => test.permutation.p);
  const overlapQ = corrected(({ test }) => test.overRepresentation.p);
  return resultTable({
    name: 'enrichment',
    title: 'Gene sets among the loadings',
    keys: 2,
    columns: COLUMNS,
    rows: rows.map((row, r) => {
      const { unit, test, names } = row;
      const { set, enrichment, permutation, overRepresentation, competitive, correlation } = test;
      return [
        ...[set.name, unit.name, unit.verdict, directionOf(row), competitive, q[r]],
        ...[set.genes.length, permutation.normalised, permutation.p, gseaQ[r]],
        ...[overRepresentation.overlap, overRepresentation.p, overlapQ[r], overRepresentation.expected],
        ...[enrichment.score, permutation.permutations, correlation, set.size],
        ...[unit.modality, enrichment.leadingEdge.map((gene) => names[gene]).join(' ')],
      ];
    }),
    notes: [...notes, ...generalNotes(rows)],
  });
}

/** Returns the sentences that a reader needs in order to read the p-values. */
function generalNotes(rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const minima = rows.filter(({ test }) => test.permutation.isMinimum).length;
  const notes = [
    'p compares the mean loading of a set with that of the other genes, and allows for correlated genes (CAMERA).',
    'gsea-p and overlap-p treat genes as independent, as other programs do. They are too small for genes that rise ' +
      'and fall together.',
    `q is corrected for all ${rows.length} rows, separately for each test.`,
  ];
  if (minima > 0) {
    notes.push(`In ${minima} ${minima === 1 ? 'row' : 'rows'}, gsea-p is the smallest possible, 1/(permutations + 1).`);
  }
  if (rows.some(({ isSigned }) => !isSigned)) {
    notes.push(
      'The axes of a block are arbitrary, so its latents are tested together. p finds loadings in a common direction ' +
        'of the block; the other tests find loadings of large size.',
    );
  }
  if (rows.some(({ unit }) => unit.verdict === 'not-replicated')) {
    notes.push('Models of disjoint subjects do not find latents that are not replicated: do not interpret their sets.');
  }
  return notes;
}
