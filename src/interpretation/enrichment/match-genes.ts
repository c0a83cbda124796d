// Which columns of a modality are genes of gene sets. Names are compared without regard to case.

import type { GeneSet } from '../../files/gmt.js';

/** The genes of a modality. Several columns may measure one gene. */
export interface Genes {
  readonly names: readonly string[];
  /** Positions of the columns of each gene. */
  readonly columns: readonly (readonly number[])[];
  /** Returns the position of a gene by its symbol or its identifier. */
  readonly find: (name: string) => number | undefined;
}

/** A gene set, as far as it is among the columns. */
export interface MatchedSet {
  readonly name: string;
  readonly description: string;
  /** Number of genes in the file. */
  readonly size: number;
  /** Positions of its genes, ascending. */
  readonly genes: Int32Array;
}

/** `TP53 (ENSG00000141510)`, as readers of single-cell files write it, or `TP53|7157`, as TCGA does. */
const NAME_AND_ID = /^(.*?)(?: \((.+)\)|\|(.+))$/;
const VERSION = /^(ENS\w+)\.\d+$/i;

function namesOf(column: string): string[] {
  const [, symbol, ...ids] = NAME_AND_ID.exec(column) ?? [undefined, column];
  return [column, symbol, ...ids]
    .filter((name) => name !== undefined && name !== '')
    .map((name) => name!.trim().replace(VERSION, '$1').toUpperCase());
}

/** Returns the genes that columns with these names measure. Columns with the same symbol measure the same gene. */
export function genesOf(columns: readonly string[]): Genes {
  const names: string[] = [];
  const members: number[][] = [];
  const known = new Map<string, number>();
  for (const [c, column] of columns.entries()) {
    const [, symbol] = namesOf(column);
    const gene = known.get(symbol) ?? names.length;
    if (gene === names.length) {
      names.push(NAME_AND_ID.exec(column)?.[1] ?? column);
      members.push([]);
      known.set(symbol, gene);
    }
    members[gene].push(c);
  }
  // Identifiers come second: a symbol of one gene is never taken for the identifier of another one.
  for (const [gene, list] of members.entries()) {
    for (const name of list.flatMap((c) => namesOf(columns[c]))) if (!known.has(name)) known.set(name, gene);
  }
  return { names, columns: members, find: (name) => known.get(name.trim().replace(VERSION, '$1').toUpperCase()) };
}

/** Returns the sets with the positions of their genes. */
export function matchSets({ find }: Genes, sets: readonly GeneSet[]): MatchedSet[] {
  return sets.map(({ name, description, genes }) => {
    const positions = new Set(genes.flatMap((gene) => find(gene) ?? []));
    return { name, description, size: genes.length, genes: Int32Array.from(positions).sort() };
  });
}
