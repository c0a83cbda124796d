// The sheets of a workbook, before a library reads them: it fills every gap between cells, however far apart they are,
// and takes the square of the number of rows.

import { InputError } from '../errors.js';
import { damagedFile } from './bytes.js';

/** The last cell of a sheet is XFD1048576. */
const MAX_ROWS = 2 ** 20;
const MAX_COLUMNS = 2 ** 14;
/** Places for cells, which are 8 bytes each, and how many there may be for each cell of a larger sheet. */
const MAX_PLACES = 2 ** 25;
const PLACES_PER_CELL = 64;
/** Rows with values. */
const MAX_FILLED = 500_000;

const OPENING = 0x3c;
const CLOSING = 0x3e;
const SLASH = 0x2f;
const COLON = 0x3a;
const SPACE = 0x20;
const QUOTES: readonly number[] = [0x22, 0x27];
const LATIN_1 = new TextDecoder('latin1');
/** A longer tag of a row or a cell is none. */
const LONGEST_TAG = 1000;
const LONGEST_PREFIX = 100;

interface Tag {
  /** Where it begins. */
  readonly at: number;
  readonly name: 'row' | 'c';
  /** What its attributes `r` say, as they are written: XML has one at most. */
  readonly references: readonly string[];
  readonly isEmpty: boolean;
}

/**
 * Returns the parts of a workbook that a library may read: those of XML, whose rows and cells have places that there
 * can be. Pictures and fonts are left out: their bytes may look like tags, and a library would also read a part as a
 * sheet that begins with something else than a tag.
 * @throws what `checkedSheet` throws
 */
export function checkedParts(files: ReadonlyMap<string, Uint8Array>, path: string): Map<string, Uint8Array> {
  const parts = Array.from(files).filter(([, bytes]) => isXml(bytes));
  return new Map(parts.map(([part, bytes]) => [part, checkedSheet(bytes, path, part)]));
}

/**
 * Checks the places of rows and cells of a sheet.
 * @param bytes of a part of a workbook
 * @param part its name
 * @returns the same without rows that have no value, of which a formatted sheet may have a million
 * @throws InputError `damaged-file` for a place that no sheet has, `too-large` for too many rows, and where few cells
 *   claim very much room
 */
function checkedSheet(bytes: Uint8Array, path: string, part: string): Uint8Array {
  const kept: Uint8Array[] = [];
  let [rows, columns, cells, row, filled] = [0, 0, 0, 0, 0];
  /** Of the row that is read: where it begins, and how many values came before it. */
  let [start, before, end] = [-1, 0, 0];
  for (const { at, name, references, isEmpty } of tags(bytes, path, part)) {
    if (name === 'row') {
      row++;
      for (const reference of references) row = rowOf(reference, path, part);
      if (start >= 0 && cells === before) {
        kept.push(bytes.subarray(end, start));
        end = at;
      } else if (start >= 0) {
        filled++;
      }
      [start, before] = [at, cells];
      continue;
    }
    const places = references.map((reference) => placeOf(reference, path, part));
    // One that has a colour and no value.
    if (isEmpty) continue;
    cells++;
    rows = Math.max(rows, row, ...places.map((place) => place.row));
    columns = Math.max(columns, ...places.map((place) => place.column));
  }
  if (filled >= MAX_FILLED) {
    throw new InputError(
      'too-large',
      `${part} of ${path} has more than ${MAX_FILLED} rows with values; save it as .csv, of which any number is read`,
      { path },
    );
  }
  if (rows * columns > Math.max(MAX_PLACES, PLACES_PER_CELL * cells)) {
    throw new InputError(
      'too-large',
      `${part} of ${path} has ${cells} cells, which lie as far apart as ${rows} rows and ${columns} columns; remove ` +
        'the cells beside the table, or save it as .csv',
      { path, rows, columns },
    );
  }
  return kept.length === 0 ? bytes : Buffer.concat([...kept, bytes.subarray(end)]);
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
  return damagedFile(path, `${part} has a ${what} ${shown}, and the last cell of a sheet is XFD${MAX_ROWS}`);
}

/**
 * Opening and empty tags of rows and cells; also those in comments and attributes, which no program writes: a parser
 * that reads them otherwise than another one cannot be led past this check.
 */
function* tags(bytes: Uint8Array, path: string, part: string): Generator<Tag> {
  for (let at = bytes.indexOf(OPENING); at >= 0; at = bytes.indexOf(OPENING, at + 1)) {
    const name = nameAt(bytes, at + 1);
    if (name === undefined) continue;
    const end = tagEnd(bytes, at);
    if (end === undefined) throw damagedFile(path, `${part} has a tag <${name} of more than ${LONGEST_TAG} bytes`);
    const content = LATIN_1.decode(bytes.subarray(at, end));
    const attributes = [...content.matchAll(/\sr\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
    const references = attributes.map((found) => found.at(1) ?? found.at(2) ?? '');
    yield { at, name, references, isEmpty: bytes[end - 1] === SLASH };
  }
}

/** Where the tag that begins here ends: not at a > in an attribute. */
function tagEnd(bytes: Uint8Array, start: number): number | undefined {
  let quote = 0;
  for (let at = start; at < Math.min(bytes.length, start + LONGEST_TAG); at++) {
    const byte = bytes[at];
    if (quote !== 0) quote = byte === quote ? 0 : quote;
    else if (byte === CLOSING) return at;
    else if (QUOTES.includes(byte)) quote = byte;
  }
  return undefined;
}

/** The name of a row or a cell, with or without the prefix of a namespace; undefined for other tags. */
function nameAt(bytes: Uint8Array, start: number): Tag['name'] | undefined {
  let from = start;
  for (let at = start; at < start + LONGEST_PREFIX && at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COLON) from = at + 1;
    if (byte > SPACE && byte !== SLASH && byte !== CLOSING && byte !== OPENING) continue;
    const name = at - from === 1 || at - from === 3 ? LATIN_1.decode(bytes.subarray(from, at)) : '';
    return name === 'c' || name === 'row' ? name : undefined;
  }
  return undefined;
}
