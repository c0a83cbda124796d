// The options of the table of gene sets, and the sets that they name.

import { checkArgument } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { readGmt, type GeneSet } from '../../files/gmt.js';

export interface GeneSetSettings {
  /** Gene sets to test: paths of GMT files (.gmt, .gmt.gz), or sets. */
  readonly sets?: string | readonly (string | GeneSet)[] | undefined;
  /** Minimum number of genes of a set among the columns. Default: 5. */
  readonly minGenes?: number | undefined;
  /** Maximum number of genes of a set among the columns. Default: 500. */
  readonly maxGenes?: number | undefined;
}

export const MIN_GENES = 5;
export const MAX_GENES = 500;

export interface GeneSetOptions {
  readonly sets: readonly GeneSet[];
  readonly minGenes: number;
  readonly maxGenes: number;
}

/**
 * Reads the sets and checks the limits.
 * @throws InputError `no-gene-sets`, `invalid-option`, `duplicate-set`; what `readGmt` throws
 */
export async function geneSetOptions({
  sets = [],
  minGenes = MIN_GENES,
  maxGenes = MAX_GENES,
}: GeneSetSettings): Promise<GeneSetOptions> {
  const sources = typeof sets === 'string' ? [sets] : sets;
  checkArgument('sets', sources, 'list');
  if (sources.length === 0) {
    throw new InputError(
      'no-gene-sets',
      'The table "enrichment" needs gene sets. Pass GMT files with --sets, or `sets`.',
      { table: 'enrichment' },
    );
  }
  if (!(Number.isInteger(minGenes) && Number.isInteger(maxGenes) && minGenes >= 2 && minGenes <= maxGenes)) {
    throw new InputError(
      'invalid-option',
      `The limits of gene sets are whole numbers: minGenes is at least 2 and at most maxGenes, but they are ` +
        `${minGenes} and ${maxGenes}.`,
      { minGenes, maxGenes },
    );
  }
  const all: GeneSet[] = [];
  const places = new Map<string, string>();
  for (const source of sources) {
    if (typeof source !== 'string') checkArgument('sets', source, { name: 'text', genes: ['text'] });
    const place = typeof source === 'string' ? source : '`sets`';
    for (const set of typeof source === 'string' ? await readGmt(source) : [source]) {
      const first = places.get(set.name);
      if (first !== undefined) {
        throw new InputError(
          'duplicate-set',
          `The gene set '${set.name}' is in ${first} and in ${place}. Rename or remove one of them.`,
          { set: set.name },
        );
      }
      places.set(set.name, place);
      all.push(set);
    }
  }
  return { sets: all, minGenes, maxGenes };
}
