// Files of Cell Ranger (10x Genomics) in the folder of a matrix: barcodes.tsv names its columns, features.tsv
// (genes.tsv before version 3) its rows.
// https://www.10xgenomics.com/support/software/cell-ranger/latest/analysis/outputs/cr-outputs-mex-matrices

import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { damagedFile } from './bytes.js';
import { exists } from './exists.js';
import { RecordError, RecordScanner } from './record-scanner.js';
import type { TableOptions } from './table.js';
import { textChunks } from './text-chunks.js';

export interface Tenx {
  readonly barcodes: readonly string[];
  /** Name of each row of the matrix; undefined for a row of a type that was not requested. */
  readonly features: readonly (string | undefined)[];
  /** @throws InputError `rows-disagree` */
  readonly check: (rows: number, columns: number) => void;
}

interface TenxFiles {
  readonly barcodes: string;
  readonly features: string;
}

const MATRIX = /matrix\.mtx(\.gz)?$/;

/** Returns the path of the matrix in a folder. @throws InputError `missing-file` */
export async function matrixIn(folder: string): Promise<string> {
  const path = await firstOf(folder, ['matrix.mtx.gz', 'matrix.mtx']);
  if (path !== undefined) return path;
  throw new InputError(
    'missing-file',
    `${folder} is a folder without matrix.mtx or matrix.mtx.gz; give the path of a file, or of a folder of Cell ` +
      'Ranger',
    { path: folder },
  );
}

/** Returns the files of barcodes and features with the prefix of a matrix; undefined if there are none. */
export async function tenxFiles(path: string): Promise<TenxFiles | undefined> {
  if (!MATRIX.test(path)) return undefined;
  const prefix = basename(path).replace(MATRIX, '');
  const both = (name: string): string[] => [`${prefix}${name}.gz`, `${prefix}${name}`];
  const folder = dirname(path);
  const barcodes = await firstOf(folder, both('barcodes.tsv'));
  const features = await firstOf(folder, [...both('features.tsv'), ...both('genes.tsv')]);
  if (barcodes === undefined && features === undefined) return undefined;
  if (barcodes !== undefined && features !== undefined) return { barcodes, features };
  const lacks = barcodes === undefined ? 'barcodes.tsv' : 'features.tsv (genes.tsv)';
  throw new InputError('missing-file', `${path} has no ${lacks} in its folder; put it there`, { path });
}

/**
 * Reads barcodes and features.
 * @param path path of the matrix
 * @throws InputError `ambiguous-part` if there are several types of features and `options.part` is not set;
 *   `unknown-part`; `damaged-file`
 */
export async function readTenx(files: TenxFiles, path: string, { part }: TableOptions): Promise<Tenx> {
  const barcodes = (await readRows(files.barcodes)).map(([barcode]) => barcode);
  const rows = await readRows(files.features);
  const types = [...new Set(rows.map(([, , type = '']) => type))];
  if (part === undefined && types.length > 1) {
    throw new InputError(
      'ambiguous-part',
      `${path} has features of several types; choose one with part: ${types.map((type) => `'${type}'`).join(' or ')}`,
      { path, parts: types },
    );
  }
  if (part !== undefined && !types.includes(part)) {
    throw new InputError(
      'unknown-part',
      `${path} has no features of the type '${part}'${didYouMean(part, types)}; it has ${types.join(', ')}`,
      { path, parts: types },
    );
  }
  const counts = new Map<string, number>();
  for (const [id, name = id] of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  const features = rows.map(([id, name = id, type = '']) => {
    if (part !== undefined && type !== part) return undefined;
    return counts.get(name) === 1 ? name : `${name} (${id})`;
  });
  return {
    barcodes,
    features,
    check: (height, width) => {
      if (height === rows.length && width === barcodes.length) return;
      throw new InputError(
        'rows-disagree',
        `${path} has ${height} rows and ${width} columns, ${files.features} ${rows.length} features and ` +
          `${files.barcodes} ${barcodes.length} barcodes; they must belong together`,
        { path },
      );
    },
  };
}

async function readRows(path: string): Promise<string[][]> {
  // Cell Ranger does not quote, and names of genes may contain quotes.
  const scanner = new RecordScanner('\t', false);
  const rows: string[][] = [];
  const take = (): void => {
    while (scanner.next()) rows.push(Array.from({ length: scanner.count }, (_, cell) => scanner.text(cell).trim()));
  };
  try {
    for await (const chunk of textChunks(path)) {
      scanner.append(chunk);
      take();
    }
    scanner.end();
    take();
  } catch (cause) {
    if (cause instanceof RecordError) throw damagedFile(path, `line ${cause.line}: ${cause.message}`, cause);
    throw cause;
  }
  return rows;
}

async function firstOf(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await exists(join(folder, name))) return join(folder, name);
  return undefined;
}
