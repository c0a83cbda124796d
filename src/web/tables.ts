// Which table of a page is which modality's: by its name, or by its columns.

import type { ModalityScales } from '../data/dataset.js';
import { columnsRead } from '../data/transform.js';
import { InputError } from '../errors.js';
import type { Table, TableOptions } from '../files/table.js';
import { tableParts, type TextSource } from '../files/text-table.js';
import type { OpenedFile } from './files.js';
import { textSource } from './text-source.js';

/** Tables by the name of their file. */
export type Tables = ReadonlyMap<string, TextSource>;

/** Columns by the name of the table. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** @throws InputError `unknown-format` */
export function tablesOf(files: readonly OpenedFile[]): Tables {
  return new Map(
    files.map(({ name, content }) => {
      if (!/\.(csv|tsv|txt)(\.gz)?$/.test(name) && name.includes('.')) {
        throw new InputError(
          'unknown-format',
          `${name}: a table's name must end in .csv, .tsv or .txt, also with .gz; an image's in .png, .jpg or .webp`,
          {
            path: name,
          },
        );
      }
      return [name, textSource(name, content)];
    }),
  );
}

/** @throws what `tableParts` throws; InputError `empty-table` */
export async function readText(source: TextSource, options: TableOptions): Promise<Table> {
  let table: Table | undefined;
  for await (const part of tableParts(source, options)) table = part;
  if (table && table.rows > 0) return table;
  throw new InputError('empty-table', `${source.path} has no rows`, { path: source.path });
}

/** The columns of every table. @throws what `readText` throws */
export async function headersOf(tables: Tables): Promise<Headers> {
  const headers = new Map<string, readonly string[]>();
  for (const [name, source] of tables) {
    // One row says that there are some.
    for await (const { rows, available } of tableParts(source, { keep: () => false }, 1)) {
      if (rows === 0) throw new InputError('empty-table', `${name} has no rows`, { path: name });
      headers.set(name, available);
      break;
    }
  }
  return headers;
}

/**
 * The table of every modality that has one: the file of its name, or else the first that has all its columns. One file
 * may be the table of several.
 * @throws InputError `modality-mismatch` where a file is none's; `no-series` for a model of series alone
 */
export function matchTables(
  columns: Headers,
  all: readonly ModalityScales[],
  { hasImages = false }: { readonly hasImages?: boolean } = {},
): ReadonlyMap<string, string> {
  const names = [...columns.keys()];
  const scales = all.filter(({ regularArray }) => !regularArray);
  if (all.every(({ regularArray }) => regularArray?.kind === 'series')) {
    throw new InputError(
      'no-series',
      'This model reads series alone, which a page does not; encode them with interlatent encode.',
    );
  }
  const matched = new Map<string, string>();
  for (const own of scales) {
    const needed = columnsRead(own);
    const byName = names.find((name) => stem(name) === own.name);
    const table = byName ?? names.find((name) => needed.every((column) => columns.get(name)!.includes(column)));
    if (table !== undefined) matched.set(own.name, table);
  }
  const used = new Set(matched.values());
  const unused = names.find((name) => !used.has(name) && !isCovariates(columns.get(name)!, scales));
  if (unused === undefined && (matched.size > 0 || hasImages)) return matched;
  throw new InputError('modality-mismatch', mismatch(unused, columns, all), {
    ...(unused !== undefined && { table: unused }),
  });
}

/** The file with all the columns, where there is one. */
export function tableWith(tables: Headers, needed: readonly string[]): string | undefined {
  return [...tables].find(([, columns]) => needed.every((column) => columns.includes(column)))?.[0];
}

/** Whether a table is there for what the model is adjusted for. */
function isCovariates(columns: readonly string[], scales: readonly ModalityScales[]): boolean {
  return scales.some(
    ({ covariates = [] }) => covariates.length > 0 && covariates.every(({ column }) => columns.includes(column)),
  );
}

export function stem(name: string): string {
  return name.replace(/(\.(csv|tsv|txt))?(\.gz)?$/, '');
}

/** Which column of which modality the nearest miss lacks. */
function mismatch(table: string | undefined, columns: Headers, all: readonly ModalityScales[]): string {
  const known = all.map(({ name }) => name).join(', ');
  if (table === undefined) return `No table was given; the model has modalities ${known}.`;
  const scales = all.filter(({ regularArray }) => !regularArray);
  if (scales.length === 0) return `${table} is no table of this model, which reads images (${known}).`;
  const lacking = scales.map((own) => ({
    name: own.name,
    needed: columnsRead(own).length,
    columns: columnsRead(own).filter((column) => !columns.get(table)!.includes(column)),
  }));
  const nearest = lacking.reduce((a, b) => (b.needed - b.columns.length > a.needed - a.columns.length ? b : a));
  if (nearest.columns.length === nearest.needed) {
    return `${table} is no table of this model: it has no column of its modalities (${known}).`;
  }
  const shown = nearest.columns.slice(0, 6).join(', ');
  const rest = nearest.columns.length > 6 ? ` and ${nearest.columns.length - 6} more` : '';
  return `${table} is no table of this model: to be its "${nearest.name}", it lacks ${shown}${rest}.`;
}
