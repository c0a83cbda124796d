// Reads Excel workbooks with read-excel-file. The first row of a sheet has the names of its columns.

import type * as Library from 'read-excel-file/node';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { damagedFile, readBytes } from './bytes.js';
import { causeMessage } from '../errors/cause.js';
import { ColumnBuilder } from './column-builder.js';
import { loadPeer } from './peer.js';
import { checkedParts } from './sheet-limits.js';
import { selectColumns, Table, type TableOptions } from './table.js';
import { unzip, zip } from './zip.js';

/** Maximum bytes of a workbook, packed and unpacked. */
const MAX_PACKED = 2 ** 28;
const MAX_UNPACKED = 2 ** 31;

/** First bytes of workbooks of Excel before 2007 and of those with a password. */
const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0];

type Reader = Pick<typeof Library, 'default'>;
type Cell = string | number | boolean | Date | null;

/**
 * Reads a sheet of a `.xlsx`: the one of `options.sheet` (name, or number from 1), or the only one with cells. Dates
 * are texts (2024-03-31), true and false are 1 and 0. An empty cell or one with a failed formula is missing.
 *
 * @param load loads the package
 * @throws InputError `missing-peer`, `damaged-file`, `unsupported-type` for .xls and encrypted workbooks,
 *   `ambiguous-part`, `unknown-part` (sheets), `unnamed-column`, `empty-table`, `missing-column`, `duplicate-column`,
 *   `too-large`; FileError `unreadable`
 */
export async function readWorkbook(
  path: string,
  options: TableOptions = {},
  load: () => Promise<Reader> = () => import('read-excel-file/node'),
): Promise<Table> {
  const bytes = await readBytes(path, MAX_PACKED);
  if (COMPOUND.every((byte, i) => bytes[i] === byte)) {
    throw new InputError(
      'unsupported-type',
      `${path} is a workbook of Excel before 2007, or has a password; save it as .xlsx without one`,
      { path },
    );
  }
  // Check sizes and checksums before the library unpacks the content.
  const files = unzip(bytes, path, MAX_UNPACKED);
  if (!files.has('xl/workbook.xml')) throw damagedFile(path, 'it is a zip, but not a workbook');
  const checked = checkedParts(files, path);
  const { default: readSheets } = await loadPeer('read-excel-file', 'Excel workbooks (.xlsx) are', load);
  const rows = await sheetOf(path, options.sheet, async () => {
    // The library reads entries in sequence, and never returns if there are other bytes between them.
    const sheets = await readSheets(Buffer.from(zip(checked, 0).buffer));
    return sheets.map(({ sheet, data }) => {
      const rows = data as Cell[][] | undefined;
      // The library returns this for a listed sheet whose part has other content.
      if (!rows) throw new Error(`sheet '${sheet}' cannot be read`);
      return { name: sheet, rows };
    });
  });
  return tableOf(path, rows, options);
}

interface Sheet {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
}

async function sheetOf(
  path: string,
  requested: string | number | undefined,
  read: () => Promise<Sheet[]>,
): Promise<Sheet> {
  let sheets: Sheet[];
  try {
    sheets = await read();
  } catch (cause) {
    throw damagedFile(path, causeMessage(cause).split('\n', 1)[0], cause);
  }
  const names = sheets.map(({ name }) => name);
  if (requested === undefined) {
    const filled = sheets.filter(({ rows }) => rows.length > 0);
    if (filled.length === 1) return filled[0];
    if (filled.length === 0) throw new InputError('empty-table', `${path} has no sheet with a cell`, { path });
    throw new InputError('ambiguous-part', `${path} has the sheets ${names.join(', ')}; choose one with sheet`, {
      path,
      parts: names,
    });
  }
  const sheet =
    typeof requested === 'number' ? sheets.at(requested - 1) : sheets.find(({ name }) => name === requested);
  if (sheet) return sheet;
  const shown = typeof requested === 'number' ? requested : `'${requested}'${didYouMean(requested, names)}`;
  throw new InputError('unknown-part', `${path} has no sheet ${shown}; it has ${names.join(', ')}`, {
    path,
    parts: names,
  });
}

function tableOf(path: string, { name: sheet, rows: all }: Sheet, options: TableOptions): Table {
  const [header, ...rows] = all;
  if (all.length === 0) throw new InputError('empty-table', `sheet '${sheet}' of ${path} is empty`, { path });
  for (const [row, cells] of all.entries()) {
    const column = cells.findIndex((cell) => cell instanceof Date && Number.isNaN(cell.getTime()));
    if (column < 0) continue;
    const place = `${letters(column)}${row + 1}`;
    throw damagedFile(
      path,
      `cell ${place} of sheet '${sheet}' has the format of a date, but its number is outside the range of dates`,
    );
  }
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), header.length);
  const { text = [] } = options;
  const names = Array.from({ length: width }, (_, column) => textOf(header[column] ?? null));
  const isUsed = (column: number): boolean => rows.some((row) => (row[column] ?? null) !== null);
  const unnamed = names.findIndex(
    (name, column) => name === '' && !(column === 0 && text.includes('')) && isUsed(column),
  );
  if (unnamed >= 0) {
    throw new InputError(
      'unnamed-column',
      `column ${letters(unnamed)} of sheet '${sheet}' of ${path} has cells but no name in the first row; of merged ` +
        'cells only the first has the name: write a name above every column, in one row',
      { path, sheet, column: letters(unnamed) },
    );
  }
  const available = names.filter((name, column) => name !== '' || (column === 0 && text.includes('')));
  const isSelected = selectColumns(available, options, path);
  const wanted = names.flatMap((name, column) => {
    if (!available.includes(name) || !isSelected(name)) return [];
    const builder = new ColumnBuilder(name, { asText: text.includes(name), numberOf: options.numberOf?.(name) });
    return [{ column, builder }];
  });
  const filled = rows.filter((row) => row.some((cell) => cell !== null));
  for (const row of filled) for (const { column, builder } of wanted) addCell(builder, row[column] ?? null);
  return new Table(path, { rows: filled.length, columns: wanted.map(({ builder }) => builder.finish()), available });
}

function addCell(builder: ColumnBuilder, cell: Cell): void {
  if (typeof cell === 'number') builder.addNumber(cell);
  else if (typeof cell === 'boolean') builder.addNumber(Number(cell));
  else builder.addText(textOf(cell));
}

function textOf(cell: Cell): string {
  if (cell === null) return '';
  if (cell instanceof Date) return cell.toISOString().replace(/T00:00:00\.000Z$/, '');
  return String(cell).trim();
}

/** Returns the letters of a column in Excel: A, …, Z, AA, …. */
function letters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : letters(Math.floor(column / 26) - 1) + last;
}
