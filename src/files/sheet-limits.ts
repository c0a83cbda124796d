// Checks the sheets of a workbook before a library reads them. The library fills all gaps between cells, however large,
// and its time grows with the square of the number of rows.

import { InputError } from '../errors/errors.js';
import { damagedFile } from './bytes.js';

/** The last cell of a sheet is XFD1048576. */
const MAX_ROWS = 2 ** 20;
const MAX_COLUMNS = 2 ** 14;
/** Maximum area of a sheet in places of 8 bytes. A larger sheet may have `PLACES_PER_CELL` for each cell. */
const MAX_PLACES = 2 ** 25;
const PLACES_PER_CELL = 64;
/** Maximum number of rows with values. */
const MAX_FILLED = 500_000;

const OPENING = 0x3c;
const CLOSING = 0x3e;
const SLASH = 0x2f;
const COLON = 0x3a;
const SPACE = 0x20;
const QUOTES: readonly number[] = [0x22, 0x27];
const LATIN_1 = new TextDecoder('latin1');
/** Maximum bytes of the tag of a row or cell, and of its name with its namespace prefix. */
const MAX_TAG = 1000;
const MAX_PREFIX = 100;

interface Tag {
  /** Position of the tag. */
  readonly at: number;
  readonly name: 'row' | 'c';
  /** Values of its attributes `r`. Well-formed XML has at most one. */
  readonly references: readonly string[];
  readonly isEmpty: boolean;
}

/**
 * Returns the parts of a workbook that the library may read: XML whose rows and cells have valid places. Leaves out
 * images and fonts, whose bytes may look like tags: the library reads a part as a sheet even if it does not begin with
 * a tag.
 * @throws what `checkedSheet` throws
 */
export function checkedParts(files: ReadonlyMap<string, Uint8Array>, path: string): Map<string, Uint8Array> {
  const parts = Array.from(files).filter(([, bytes]) => isXml(bytes));
  return new Map(parts.map(([part, bytes]) => [part, checkedSheet(bytes, path, part)]));
}

/**
 * Checks the places of rows and cells of a sheet.
 * @param bytes content of a part of a workbook
 * @param part name of the part
 * @returns the content without empty rows, of which a formatted sheet may have a million
 * @throws InputError `damaged-file` for an invalid place; `too-large` for too many rows, and for few cells that span a
 *   very large area
 */
function checkedSheet(bytes: Uint8Array, path: string, part: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  let [rows, columns, cells, row, filled] = [0, 0, 0, 0, 0];
  /** Start of the current row, and the number of values before it; `end` is the end of the last removed row. */
  let [start, before, end] = [-1, 0, 0];
  for (const { at, name, references, isEmpty } of tags(bytes, path, part)) {
    if (name === 'row') {
      row++;
      for (const reference of references) row = rowOf(reference, path, part);
      if (start >= 0 && cells === before) {
        pieces.push(bytes.subarray(end, start));
        end = at;
      } else if (start >= 0) {
        filled++;
      }
      [start, before] = [at, cells];
      continue;
    }
    const places = references.map((reference) => placeOf(reference, path, part));
    // A cell with a format but no value.
    if (isEmpty) continue;
    cells++;
    rows = Math.max(rows, row, ...places.map((place) => place.row));
    columns = Math.max(columns, ...places.map((place) => place.column));
  }
  if (filled >= MAX_FILLED) {
    throw new InputError(
      'too-large',
      `${part} of ${path} has more than ${MAX_FILLED} rows with values; save it as .csv, which may have any number`,
      { path },
    );
  }
  if (rows * columns > Math.max(MAX_PLACES, PLACES_PER_CELL * cells)) {
    throw new InputError(
      'too-large',
      `${part} of ${path} has ${cells} cells, which are spread over ${rows} rows and ${columns} columns; remove ` +
        'the cells outside the table, or save it as .csv',
      { path, rows, columns },
    );
  }
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(end)]);
}

function isXml(bytes: Uint8Array): boolean {
  return /^(\xef\xbb\xbf)?\s*</.test(LATIN_1.decode(bytes.subarray(0, 100)));
}

function rowOf(reference: string, path: string, part: string): number {
  const row = /^\d{1,7}$/.test(reference) ? Number(reference) : 0;
  if (row >= 1 && row <= MAX_ROWS) return row;
  throw noPlace('row', reference, path, part);
}

function placeOf(reference: string, path: string, part: string): { row: number; column: number } {
  const place = /^([A-Z]{1,3})(\d{1,7})$/.exec(reference);
  if (place === null) throw noPlace('cell', reference, path, part);
  const [, letters, digits] = place;
  const column = Array.from(letters).reduce((sum, letter) => 26 * sum + letter.charCodeAt(0) - 64, 0);
  const row = Number(digits);
  if (column > MAX_COLUMNS || row < 1 || row > MAX_ROWS) throw noPlace('cell', reference, path, part);
  return { row, column };
}

function noPlace(what: string, reference: string, path: string, part: string): InputError {
  const shown = JSON.stringify(reference.slice(0, 40));
  return damagedFile(path, `${part} has a ${what} ${shown}, but the last cell of a sheet is XFD${MAX_ROWS}`);
}

/**
 * Yields opening and empty tags of rows and cells, also in comments and attributes. No program writes them there, and
 * so the check does not depend on how a parser treats them.
 */
function* tags(bytes: Uint8Array, path: string, part: string): Generator<Tag> {
  for (let at = bytes.indexOf(OPENING); at >= 0; at = bytes.indexOf(OPENING, at + 1)) {
    const name = nameAt(bytes, at + 1);
    if (name === undefined) continue;
    const end = tagEnd(bytes, at);
    if (end === undefined) throw damagedFile(path, `${part} has a tag <${name} of more than ${MAX_TAG} bytes`);
    const content = LATIN_1.decode(bytes.subarray(at, end));
    const attributes = [...content.matchAll(/\sr\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
    const references = attributes.map((match) => match.at(1) ?? match.at(2) ?? '');
    yield { at, name, references, isEmpty: bytes[end - 1] === SLASH };
  }
}

/** Returns the end of the tag that begins here. A > in an attribute does not end it. */
function tagEnd(bytes: Uint8Array, start: number): number | undefined {
  let quote = 0;
  for (let at = start; at < Math.min(bytes.length, start + MAX_TAG); at++) {
    const byte = bytes[at];
    if (quote !== 0) quote = byte === quote ? 0 : quote;
    else if (byte === CLOSING) return at;
    else if (QUOTES.includes(byte)) quote = byte;
  }
  return undefined;
}

/** Returns the tag name of a row or a cell without its namespace prefix; undefined for other tags. */
function nameAt(bytes: Uint8Array, start: number): Tag['name'] | undefined {
  let from = start;
  for (let at = start; at < start + MAX_PREFIX && at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COLON) from = at + 1;
    if (byte > SPACE && byte !== SLASH && byte !== CLOSING && byte !== OPENING) continue;
    const name = at - from === 1 || at - from === 3 ? LATIN_1.decode(bytes.subarray(from, at)) : '';
    return name === 'c' || name === 'row' ? name : undefined;
  }
  return undefined;
}
