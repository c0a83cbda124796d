// Reads rows of JSON directly from bytes into a model's tables, without intermediate objects. It reads the form of
// nearly every request: `{"rows":[{"blood":{"iron":12.5,…},…},…]}` with numbers and nulls in known columns. Every other
// body is left to JSON.parse and `readRows`, which read the same values or report what is wrong.

import type { ModalityScales, Subjects } from '../data/dataset.js';
import { cellWriter, type CellWriter } from '../data/row-reader.js';
import { MAX_DEVIATIONS, subjectNames } from '../data/row.js';
import type { Steps } from './slices.js';

/** Returns undefined if JSON.parse must read the body. */
export type RowScanner = (body: Buffer, maxRows: number) => Steps<Subjects | undefined>;

const [QUOTE, COMMA, MINUS, DOT, ZERO, NINE, COLON] = [0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE, BACKSLASH] = [0x5b, 0x5d, 0x7b, 0x7d, 0x5c];
const [SPACE, TAB, LINE_FEED, RETURN] = [0x20, 0x09, 0x0a, 0x0d];
const ROWS = Buffer.from('rows');
const NULL = Buffer.from('null');
/** Exact powers of ten. An integer below 2⁵³ divided by one of them gives the nearest double (Clinger, 1990). */
const TENS = Float64Array.from({ length: 16 }, (_, k) => Number(`1e${k}`));
const MAX_DIGITS = 15;
/** A number in JSON (RFC 8259, section 6). */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const MAX_CHARACTERS = 64;
/** Cells per step of the generator. A step has at least one row. */
const STEP = 512;
/** Maximum number of bytes of space between two tokens. */
const MAX_SPACE = 1024;
/** Factor on the expected number of rows, in case that later rows have fewer bytes. */
const SPARE = 1.25;

interface Keys {
  readonly bytes: readonly Buffer[];
  readonly positions: ReadonlyMap<string, number>;
}

interface Target {
  readonly scales: ModalityScales;
  readonly columns: Keys;
  readonly write: CellWriter;
}

/** Returns the scanner of a model, or undefined if a modality does not consist of plain measured columns only. */
export function rowScanner(scales: readonly ModalityScales[]): RowScanner | undefined {
  const targets: Target[] = [];
  for (const modality of scales) {
    const write = cellWriter(modality);
    if (!write) return undefined;
    targets.push({ scales: modality, columns: keysOf(modality.columns), write });
  }
  const modalities = keysOf(scales);
  return (body, maxRows) => new Scan(body, modalities, targets, maxRows).subjects();
}

function keysOf(named: readonly { readonly name: string }[]): Keys {
  const names = named.map(({ name }) => name);
  return {
    bytes: names.map((name) => Buffer.from(name)),
    positions: new Map(names.map((name, position) => [name, position])),
  };
}

interface ScannedTable {
  readonly width: number;
  values: Float32Array;
  observed: Uint8Array | undefined;
  /** By column, the number of the last row that had a value or null for it, counted from 1. */
  readonly seen: Int32Array;
}

/** The scan of one body. A method that returns false, −1 or undefined leaves the body to JSON.parse. */
class Scan {
  readonly #body: Buffer;
  readonly #modalities: Keys;
  readonly #targets: readonly Target[];
  readonly #maxRows: number;
  readonly #tables: readonly ScannedTable[];
  /** Rows per step of the generator. */
  readonly #step: number;
  #capacity = 1;
  #at = 0;

  constructor(body: Buffer, modalities: Keys, targets: readonly Target[], maxRows: number) {
    this.#body = body;
    this.#modalities = modalities;
    this.#targets = targets;
    this.#maxRows = maxRows;
    const width = targets.reduce((sum, { columns }) => sum + columns.bytes.length, 0);
    this.#step = Math.max(1, Math.floor(STEP / width));
    this.#tables = targets.map(({ columns: { bytes } }) => ({
      width: bytes.length,
      values: new Float32Array(bytes.length),
      observed: undefined,
      seen: new Int32Array(bytes.length),
    }));
  }

  *subjects(): Steps<Subjects | undefined> {
    const rows = yield* this.#rows();
    if (rows < 1) return undefined;
    return {
      ids: subjectNames(rows),
      modalities: this.#targets.map(({ scales: { name, columns } }, t) => {
        const { width, values, observed } = this.#tables[t];
        const size = rows * width;
        const filled = values.length === size ? values : values.subarray(0, size);
        return { name, columns, values: filled, observed: observed?.subarray(0, size) };
      }),
    };
  }

  *#rows(): Steps<number> {
    if (!this.#is(OPEN) || !this.#is(QUOTE) || !this.#follows(ROWS) || !this.#is(QUOTE)) return -1;
    if (!this.#is(COLON) || !this.#is(OPEN_LIST)) return -1;
    const first = this.#at;
    let rows = 0;
    do {
      if (rows === this.#maxRows) return -1;
      if (rows === this.#capacity) this.#grow(Math.ceil((SPARE * rows * this.#body.length) / (this.#at - first)));
      if (!this.#row(rows)) return -1;
      rows++;
      if (rows % this.#step === 0) yield;
    } while (this.#is(COMMA));
    if (!this.#is(CLOSE_LIST) || !this.#is(CLOSE)) return -1;
    this.#skipSpace();
    return this.#at === this.#body.length ? rows : -1;
  }

  #grow(expected: number): void {
    this.#capacity = Math.max(2 * this.#capacity, Math.min(expected, this.#maxRows));
    for (const table of this.#tables) {
      const values = new Float32Array(this.#capacity * table.width);
      values.set(table.values);
      table.values = values;
      if (!table.observed) continue;
      const observed = new Uint8Array(values.length).fill(1);
      observed.set(table.observed);
      table.observed = observed;
    }
  }

  #row(row: number): boolean {
    if (!this.#is(OPEN)) return false;
    let expected = 0;
    let hasValue = false;
    // Modalities must have the model's order. Otherwise one could occur twice, and JSON.parse decides which one counts.
    do {
      if (expected === this.#targets.length || this.#key(this.#modalities) !== expected) return false;
      const present = this.#is(COLON) ? this.#cells(row, expected) : -1;
      if (present < 0) return false;
      hasValue ||= present > 0;
      expected++;
    } while (this.#is(COMMA));
    return expected === this.#targets.length && hasValue && this.#is(CLOSE);
  }

  /**
   * Reads the cells of a row, and returns how many have a value. This is the hot loop: it reads `"name":12.5,` of the
   * expected column with local variables, and leaves everything else to the methods below.
   */
  #cells(row: number, target: number): number {
    if (!this.#is(OPEN)) return -1;
    const { columns, write } = this.#targets[target];
    const table = this.#tables[target];
    const { width, values, seen } = table;
    const first = row * width;
    const body = this.#body;
    let [count, present, expected] = [0, 0, 0];
    for (;;) {
      let at = this.#at;
      let column = -1;
      if (body[at] === QUOTE && expected < width) {
        const name = columns.bytes[expected];
        const { length } = name;
        let i = 0;
        while (i < length && body[at + 1 + i] === name[i]) i++;
        if (i === length && body[at + 1 + i] === QUOTE) {
          column = expected;
          this.#at = at + length + 2;
        }
      }
      if (column < 0) column = this.#key(columns);
      if (column < 0 || seen[column] === row + 1) return -1;
      if (body[this.#at] === COLON) this.#at++;
      else if (!this.#is(COLON)) return -1;
      seen[column] = row + 1;
      expected = column + 1;
      count++;

      at = this.#at;
      let byte = body[at];
      const isNegative = byte === MINUS;
      if (isNegative) byte = body[++at];
      let whole = 0;
      const start = at;
      while (byte >= ZERO && byte <= NINE) {
        whole = 10 * whole + byte - ZERO;
        byte = body[++at];
      }
      let [length, shift] = [at - start, 0];
      const isWhole = length > 0 && (length === 1 || body[start] !== ZERO);
      if (byte === DOT) {
        const point = at;
        byte = body[++at];
        while (byte >= ZERO && byte <= NINE) {
          whole = 10 * whole + byte - ZERO;
          byte = body[++at];
        }
        shift = at - point - 1;
        length = shift > 0 ? length + shift : Infinity;
      }
      let value: number | undefined;
      if (isWhole && length <= MAX_DIGITS && (byte === COMMA || byte === CLOSE)) {
        value = isNegative ? -(whole / TENS[shift]) : whole / TENS[shift];
        this.#at = at;
      } else {
        value = this.#value();
        if (value === undefined) return -1;
      }
      if (Number.isNaN(value)) {
        table.observed ??= new Uint8Array(values.length).fill(1);
        table.observed[first + column] = 0;
      } else {
        if (!write(values, first + column, column, value, MAX_DEVIATIONS)) return -1;
        present++;
      }
      if (body[this.#at] === COMMA) this.#at++;
      else if (!this.#is(COMMA)) break;
    }
    return count === width && this.#is(CLOSE) ? present : -1;
  }

  /** Reads the next key and returns its position. */
  #key({ positions }: Keys): number {
    if (!this.#is(QUOTE)) return -1;
    const start = this.#at;
    let end = start;
    while (end < this.#body.length && this.#body[end] !== QUOTE) {
      if (this.#body[end] === BACKSLASH || this.#body[end] < SPACE) return -1;
      end++;
    }
    this.#at = end + 1;
    return positions.get(this.#body.toString('utf8', start, end)) ?? -1;
  }

  /** Reads a number of JSON. Returns NaN for null. */
  #value(): number | undefined {
    this.#skipSpace();
    if (this.#body[this.#at] === NULL[0]) return this.#follows(NULL) ? NaN : undefined;
    const [text] = NUMBER.exec(this.#body.toString('latin1', this.#at, this.#at + MAX_CHARACTERS)) ?? [];
    if (text === undefined || text.length === MAX_CHARACTERS) return undefined;
    this.#at += text.length;
    return Number(text);
  }

  /** Skips these bytes if they come next. */
  #follows(bytes: Buffer): boolean {
    const body = this.#body;
    const at = this.#at;
    const { length } = bytes;
    for (let i = 0; i < length; i++) if (body[at + i] !== bytes[i]) return false;
    this.#at = at + length;
    return true;
  }

  /** Skips space, and this byte if it comes next. */
  #is(byte: number): boolean {
    this.#skipSpace();
    if (this.#body[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** Skips space. JSON.parse is faster for a body with much space, so at most {@link MAX_SPACE} bytes are skipped. */
  #skipSpace(): void {
    const end = this.#at + MAX_SPACE;
    for (let byte = this.#body[this.#at]; isSpace(byte) && this.#at < end; byte = this.#body[this.#at]) this.#at++;
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB;
}
