// Reads gene sets in GMT files: one set per line, with a name, a description, and its genes, separated by tabs.

import { InputError } from '../errors/errors.js';
import { damagedFile } from './bytes.js';
import { textChunks } from './text-chunks.js';

/** A set of genes. The genes are the texts of the file, each once. */
export interface GeneSet {
  readonly name: string;
  readonly description: string;
  readonly genes: readonly string[];
}

/** Largest text, in bytes. The largest public collection has about 30 MB. */
const MAX_TEXT = 128 * 2 ** 20;

/**
 * Reads a GMT file; a .gz is inflated.
 * @throws InputError `missing-file`, `not-a-file`, `damaged-file` (with the line), `duplicate-set`, `empty-table` (no
 *   set), `too-large`; FileError `unreadable`
 */
export async function readGmt(path: string): Promise<GeneSet[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for await (const chunk of textChunks(path, MAX_TEXT)) text += decoded(decoder, chunk, path);
  return parseGmt(text + decoded(decoder, undefined, path), path);
}

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array | undefined, path: string): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw damagedFile(path, 'it is not UTF-8', cause);
  }
}

/**
 * Returns the gene sets of the text of a GMT file. Empty lines and empty cells are skipped.
 * @param path path for messages
 * @throws InputError `damaged-file` (with the line), `duplicate-set`, `empty-table` (no set)
 */
export function parseGmt(text: string, path: string): GeneSet[] {
  const sets: GeneSet[] = [];
  const lines = new Map<string, number>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const cells = line.split('\t').map((cell) => cell.trim());
    const [name, description, ...genes] = cells;
    if (name === '' || cells.length === 1) {
      throw damagedFile(path, `line ${i + 1} ${name === '' ? 'has no name' : 'has no tab'}. ${FORMAT}`);
    }
    const first = lines.get(name);
    if (first !== undefined) {
      throw new InputError(
        'duplicate-set',
        `${path}: lines ${first} and ${i + 1} have the same set '${name}'. Rename or remove one of them.`,
        { path, set: name, lines: [first, i + 1] },
      );
    }
    lines.set(name, i + 1);
    sets.push({ name, description, genes: [...new Set(genes.filter((gene) => gene !== ''))] });
  }
  if (sets.length > 0) return sets;
  throw new InputError('empty-table', `${path} contains no gene sets. ${FORMAT}`, { path });
}

const FORMAT = 'A line of a GMT file has the name of a set, a description, and its genes, separated by tabs';
