// A screen of knock-outs as a study. The same cells have two modalities of 30 genes each; the genes of every pathway
// are divided between both. The knock-outs are measured variables: four have known effects, two have none.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { NpyArray } from '../src/files/npy.js';
import { decodeNpz } from '../src/files/npz.js';

/** Names of the modalities. */
export const EXPRESSION = ['a', 'b'] as const;
/** Knock-outs that change nothing. */
export const INERT: readonly string[] = ['ATF2', 'CAV1'];
const KNOCK_OUTS = ['IFNGR1', 'JAK2', 'STAT1', 'SMAD4', ...INERT];
/** Genes of each modality: half of each pathway. The most expressed of the other genes are added in turn. */
const GENES = [
  ['STAT1', 'JAK2', 'TNFRSF14', 'FN1', 'NFKBIA', 'CMTM6'],
  ['PSMB9', 'UBE2L6', 'STAT2', 'CLDN23', 'FGFR1', 'IFNGR2', 'STAT3'],
];
const GENES_OF_A_MODALITY = 30;
/** Minimal share of the guides for a cell's target in all its guides. */
const CLEAR = 0.8;

/**
 * Writes the tables of the study.
 * @param from folder of counts.npz and cells.csv.gz (Papalexi et al. 2021)
 * @param to folder of the tables
 * @returns the contents of the study file
 */
export function knockOutStudy(from: string, to: string) {
  const arrays = decodeNpz(readFileSync(join(from, 'counts.npz')), 'counts.npz');
  const counts = arrays.get('counts')!;
  const genes = arrays.get('genes')!.data as readonly string[];
  const [header, ...lines] = gunzipSync(readFileSync(join(from, 'cells.csv.gz')))
    .toString()
    .trim()
    .split('\n');
  const at = (name: string) => header.split(',').indexOf(name);
  const [cell, target, guide, all] = ['cell', 'target', 'guide_umi', 'all_guide_umi'].map(at);
  const cells = lines
    .map((line, row) => ({ fields: line.split(','), row }))
    .filter(({ fields }) => Number(fields[guide]) > CLEAR * Number(fields[all]))
    .filter(({ fields }) => [...KNOCK_OUTS, 'non-targeting'].includes(fields[target]));
  const write = (name: string, columns: readonly string[], valuesOf: (one: (typeof cells)[number]) => number[]) =>
    writeFileSync(
      join(to, name),
      [['cell', ...columns].join(','), ...cells.map((one) => [one.fields[cell], ...valuesOf(one)].join(','))].join(
        '\n',
      ),
    );
  for (const [m, columns] of genesOf(genes, counts).entries()) {
    const places = columns.map((gene) => genes.indexOf(gene));
    write(`${EXPRESSION[m]}.csv`, columns, ({ row }) =>
      places.map((place) => Number(counts.data[row * genes.length + place])),
    );
  }
  write('knock-outs.csv', KNOCK_OUTS, ({ fields }) => KNOCK_OUTS.map((one) => Number(fields[target] === one)));
  const modality = { transform: 'cpm', latents: 4, exogenous: 1 };
  return {
    study: 'knock-outs',
    id: 'cell',
    modalities: Object.fromEntries(EXPRESSION.map((name) => [name, { table: `${name}.csv`, ...modality }])),
    split: { validation: 0.1, test: 0.1 },
    training: {},
    discovery: { variables: { guide: { table: 'knock-outs.csv' } } },
  };
}

function genesOf(genes: readonly string[], { data }: NpyArray): string[][] {
  const totals = genes.map(() => 0);
  for (let i = 0; i < data.length; i++) totals[i % genes.length] += Number(data[i]);
  const chosen = GENES.map((pathways) => [...pathways]);
  const rest = [...genes.keys()].filter((i) => !GENES.flat().includes(genes[i])).sort((i, j) => totals[j] - totals[i]);
  for (const i of rest) {
    const shorter = chosen[0].length <= chosen[1].length ? chosen[0] : chosen[1];
    if (shorter.length < GENES_OF_A_MODALITY) shorter.push(genes[i]);
  }
  return chosen;
}
