// Assigns the tables of a page to modalities, by their names or by their columns.

import type { ModalityScales } from '../data/dataset.js';
import { ARRAY_KINDS } from '../data/regular-array.js';
import { columnsRead } from '../data/transform.js';
import { InputError } from '../errors/errors.js';
import type { Table, TableOptions } from '../files/table.js';
import { tableParts, type TextSource } from '../files/text-table.js';
import { listed } from '../text/numbers.js';
import type { OpenedFile } from './files.js';
import { textSource } from './text-source.js';

/** Tables by file name. */
export type Tables = ReadonlyMap<string, TextSource>;

/** Columns by name of the table. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** Returns the tables of files. @throws InputError `unknown-format` */
export function tablesOf(files: readonly OpenedFile[]): Tables {
  return new Map(
    files.map(({ name, content }) => {
      if (!/\.(csv|tsv|txt)(\.gz)?$/.test(name) && name.includes('.')) {
        throw new InputError(
          'unknown-format',
          `${name}: the name of a table must end in .csv, .tsv or .txt (also with .gz), that of an image in .png, ` +
            '.jpg or .webp',
          {
            path: name,
          },
        );
      }
      return [name, textSource(name, content)];
    }),
  );
}

/** Reads a table. @throws as `tableParts`; InputError `empty-table` */
export async function readText(source: TextSource, options: TableOptions): Promise<Table> {
  let table: Table | undefined;
  for await (const part of tableParts(source, options)) table = part;
  if (table && table.rows > 0) return table;
  throw new InputError('empty-table', `${source.path} has no rows`, { path: source.path });
}

/** Returns the columns of every table. @throws as `readText` */
export async function headersOf(tables: Tables): Promise<Headers> {
  const headers = new Map<string, readonly string[]>();
  for (const [name, source] of tables) {
    // One row is enough to know that the table is not empty.
    for await (const { rows, available } of tableParts(source, { keep: () => false }, 1)) {
      if (rows === 0) throw new InputError('empty-table', `${name} has no rows`, { path: name });
      headers.set(name, available);
      break;
    }
  }
  return headers;
}

interface MatchOptions {
  readonly hasImages?: boolean;
  /** Observed causes, whose columns have their names. */
  readonly causes?: readonly { readonly name: string }[];
}

/**
 * Returns the table of every modality that has one: the file with its name, or the first one that has all its columns.
 * Several modalities can have the same table.
 * @throws InputError `modality-mismatch` if a file belongs to no modality; `no-series` for a model of series alone
 */
export function matchTables(
  columns: Headers,
  all: readonly ModalityScales[],
  { hasImages = false, causes = [] }: MatchOptions = {},
): ReadonlyMap<string, string> {
  const names = [...columns.keys()];
  const scales = all.filter(({ regularArray }) => !regularArray);
  if (scales.length === 0 && imagesOf(all).length === 0) {
    const kinds = new Set(
      all.flatMap(({ regularArray }) => (regularArray ? [ARRAY_KINDS[regularArray.kind].plural] : [])),
    );
    throw new InputError(
      'no-series',
      `This model reads only ${listed([...kinds])}, which a page cannot read. Use interlatent encode.`,
    );
  }
  const matched = new Map<string, string>();
  for (const modality of scales) {
    const needed = columnsRead(modality);
    const byName = names.find((name) => stem(name) === modality.name);
    const table = byName ?? names.find((name) => needed.every((column) => columns.get(name)!.includes(column)));
    if (table !== undefined) matched.set(modality.name, table);
  }
  const used = new Set(matched.values());
  const isRead = (of: readonly string[]) => isCovariates(of, scales) || causes.some(({ name }) => of.includes(name));
  const unused = names.find((name) => !used.has(name) && !isRead(columns.get(name)!));
  if (unused === undefined && (matched.size > 0 || hasImages)) return matched;
  throw new InputError('modality-mismatch', mismatch(unused, columns, all), {
    ...(unused !== undefined && { table: unused }),
  });
}

/** Returns the modalities of images, the only regular arrays that a page can read. */
export function imagesOf(scales: readonly ModalityScales[]): readonly ModalityScales[] {
  return scales.filter(({ regularArray }) => regularArray?.kind === 'image');
}

/** Returns the first table that has all these columns. */
export function tableWith(tables: Headers, needed: readonly string[]): string | undefined {
  return [...tables].find(([, columns]) => needed.every((column) => columns.includes(column)))?.[0];
}

/** True if a table contains all covariates of a modality, or its batches. */
function isCovariates(columns: readonly string[], scales: readonly ModalityScales[]): boolean {
  return scales.some(({ covariates = [], batches }) => {
    const hasAll = covariates.length > 0 && covariates.every(({ column }) => columns.includes(column));
    return hasAll || (batches !== undefined && columns.includes(batches.column));
  });
}

export function stem(name: string): string {
  return name.replace(/(\.(csv|tsv|txt))?(\.gz)?$/, '');
}

/** Describes which columns a table lacks, for the modality that it fits best. */
function mismatch(table: string | undefined, columns: Headers, all: readonly ModalityScales[]): string {
  const known = all.map(({ name }) => name).join(', ');
  if (table === undefined) return `There is no table. The model has the modalities ${known}.`;
  const scales = all.filter(({ regularArray }) => !regularArray);
  if (scales.length === 0) return `${table} is not a table of this model, which reads images (${known}).`;
  const lacking = scales.map((modality) => ({
    name: modality.name,
    needed: columnsRead(modality).length,
    columns: columnsRead(modality).filter((column) => !columns.get(table)!.includes(column)),
  }));
  const nearest = lacking.reduce((a, b) => (b.needed - b.columns.length > a.needed - a.columns.length ? b : a));
  if (nearest.columns.length === nearest.needed) {
    return `${table} is not a table of this model: it has no column of its modalities (${known}).`;
  }
  const shown = nearest.columns.slice(0, 6).join(', ');
  const rest = nearest.columns.length > 6 ? ` and ${nearest.columns.length - 6} more` : '';
  return `${table} is not a table of this model. For the modality "${nearest.name}" it lacks ${shown}${rest}.`;
}
