// Finds the records and cells of a text table in its bytes (RFC 4180). Creates no string for a cell that is a number or
// is not requested.

import { parsePlainNumber, scanPlainNumber } from './plain-number.js';

const UTF_8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
/** Longest text that is built character by character, which is faster than a decoder. */
const MAX_LETTERS = 24;

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Longest cell in bytes, and longest record in bytes and in cells. */
const MAX_CELL = 2 ** 20;
const MAX_RECORD = 64 * 2 ** 20;
const MAX_CELLS = 2 ** 22;
/** A cell that is known to be longer is not parsed as a number from its bytes. */
const MAX_NUMBER = 64;

/** Error for text that violates the format, with its line. */
export class RecordError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** The cells of a record. */
export interface Cells {
  readonly count: number;
  /** Returns the text of a cell without quotes. @throws RecordError for bytes that are not UTF-8 */
  readonly text: (cell: number) => string;
  /**
   * Writes the number in a cell; NaN for an empty one.
   * @returns false for other text, and for a number that needs the slow path
   */
  readonly readNumber: (cell: number, target: Float64Array, at: number) => boolean;
}

/**
 * Scanner of records. Call `append` with bytes, then `next` until it returns false; after the last bytes, call `end`.
 */
export class RecordScanner implements Cells {
  #bytes = new Uint8Array(0);
  /** Number of appended bytes, and of those that belong to earlier records. */
  #end = 0;
  #start = 0;
  /** Position and line at which the scan of the record continues. */
  #at = 0;
  #line = 1;
  /**
   * Position at which the search for the end of an incomplete cell continues, and its quotes; below `#at` for a new
   * cell.
   */
  #looking = 0;
  #lookingQuotes = 1;
  #isLast = false;
  #ending: number | undefined;
  /** Bytes of the first record that were already searched for a line ending. */
  #looked = 0;
  #isLookingInQuotes = false;
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  /** 0 for a cell without quotes, 1 for one in quotes, 2 for one with quotes inside too. */
  #quotes = new Uint8Array(64);
  /** The number at the beginning of each cell without quotes, and the end of that number. */
  #numbers = new Float64Array(64);
  #numberEnds = new Int32Array(64);
  readonly #delimiter: number;
  readonly #hasQuotes: boolean;
  readonly #stops = new Uint8Array(256);

  /** Number of cells of the record. */
  count = 0;
  /** Line at which the record begins. */
  line = 1;

  /**
   * @param delimiter one ASCII character
   * @param hasQuotes if false, a quote is an ordinary character
   */
  constructor(delimiter: string, hasQuotes = true) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#hasQuotes = hasQuotes;
    this.#stops[this.#delimiter] = 1;
    if (hasQuotes) this.#stops[QUOTE] = 1;
  }

  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeSpace(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Moves the remaining bytes to the front; into a larger array if they would fill more than 3/4 of this one. */
  #makeSpace(more: number): void {
    const needed = this.#end - this.#start + more;
    const target = needed > 0.75 * this.#bytes.length ? new Uint8Array(2 * needed) : this.#bytes;
    target.set(this.#bytes.subarray(this.#start, this.#end), 0);
    for (let cell = 0; cell < this.count; cell++) {
      this.#starts[cell] -= this.#start;
      this.#ends[cell] -= this.#start;
      this.#numberEnds[cell] -= this.#start;
    }
    this.#bytes = target;
    this.#at -= this.#start;
    this.#looking -= this.#start;
    this.#looked -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** Marks the end of the bytes. A remaining incomplete record is the last one. */
  end(): void {
    this.#isLast = true;
  }

  /**
   * Advances to the next record, and skips empty lines.
   * @returns false if the bytes end before the record does
   * @throws RecordError
   */
  next(): boolean {
    if (!this.#knowsEnding()) return false;
    do {
      if (this.#hasRecord) this.#forget();
      if (!this.#scan()) return false;
      this.#hasRecord = true;
    } while (this.count === 1 && this.#quotes[0] === 0 && this.#starts[0] === this.#ends[0]);
    return true;
  }

  /** True if the cells belong to a complete record. */
  #hasRecord = false;

  #forget(): void {
    this.#start = this.#at;
    this.count = 0;
    this.line = this.#line;
    this.#hasRecord = false;
  }

  text(cell: number): string {
    let text: string;
    try {
      text = textOf(this.#bytes, this.#starts[cell], this.#ends[cell]);
    } catch {
      throw this.#problem(`cell ${cell + 1} is not UTF-8; save the table in UTF-8`);
    }
    return this.#quotes[cell] === 2 ? text.replaceAll('""', '"') : text;
  }

  readNumber(cell: number, target: Float64Array, at: number): boolean {
    if (this.#quotes[cell] !== 0) {
      return parsePlainNumber(this.#bytes, this.#starts[cell], this.#ends[cell], target, at);
    }
    const isEmpty = this.#starts[cell] === this.#ends[cell];
    target[at] = isEmpty ? NaN : this.#numbers[cell];
    return isEmpty || this.#numberEnds[cell] === this.#ends[cell];
  }

  /**
   * Determines the line ending from the first line: a line feed, also after a return, or a return alone (old Mac OS).
   */
  #knowsEnding(): boolean {
    if (this.#ending !== undefined) return true;
    const bytes = this.#bytes;
    for (; this.#looked < this.#end; this.#looked++) {
      const byte = bytes[this.#looked];
      if (byte === QUOTE && this.#hasQuotes) this.#isLookingInQuotes = !this.#isLookingInQuotes;
      if (this.#isLookingInQuotes || (byte !== LINE_FEED && byte !== RETURN)) continue;
      const next = this.#looked + 1;
      if (next === this.#end && !this.#isLast) return false;
      this.#ending = byte === RETURN && bytes[next] !== LINE_FEED ? RETURN : LINE_FEED;
      break;
    }
    if (this.#isLast) this.#ending ??= LINE_FEED;
    if (this.#ending === undefined) {
      this.#checkLength();
      return false;
    }
    this.#stops[this.#ending] = 1;
    return true;
  }

  /**
   * Scans cells from `#at` to the end of the record. Parses them as numbers in the same pass, since most are numbers.
   */
  #scan(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    const stops = this.#stops;
    let at = this.#at;
    if (at === end && this.count === 0) return false;
    for (;;) {
      if (this.count === this.#starts.length) this.#makeRoom();
      const start = at;
      let quotes = 0;
      if (at < end && bytes[at] === QUOTE && this.#hasQuotes) {
        const closing = this.#closingQuote(at);
        if (closing === undefined) return this.#wait(start);
        quotes = closing.quotes;
        at = closing.after;
      } else {
        const isLong = this.#looking > at + MAX_NUMBER;
        const numberEnd = isLong ? -1 : scanPlainNumber(bytes, at, end, this.#numbers, this.count);
        this.#numberEnds[this.count] = numberEnd;
        at = Math.max(at, numberEnd, isLong ? this.#looking : 0);
        while (at < end && stops[bytes[at]] === 0) at++;
        if (at < end && bytes[at] === QUOTE && this.#hasQuotes) {
          throw this.#problem('a quote is in the middle of a cell');
        }
      }
      const isCut = at >= end;
      if (isCut && !this.#isLast) {
        this.#looking = at;
        return this.#wait(start);
      }
      if (at - start > MAX_CELL) throw this.#tooLong();
      const endsRecord = isCut || bytes[at] !== this.#delimiter;
      this.#add(start, at, { quotes, endsRecord });
      if (!isCut) at++;
      if (!endsRecord) continue;
      this.#at = at;
      this.#line++;
      return true;
    }
  }

  #add(
    start: number,
    end: number,
    { quotes, endsRecord }: { readonly quotes: number; readonly endsRecord: boolean },
  ): void {
    const hasReturn = endsRecord && end > start && this.#ending === LINE_FEED && this.#bytes[end - 1] === RETURN;
    const last = hasReturn ? end - 1 : end;
    this.#starts[this.count] = quotes > 0 ? start + 1 : start;
    this.#ends[this.count] = quotes > 0 ? last - 1 : last;
    this.#quotes[this.count] = quotes;
    this.count++;
  }

  #makeRoom(): void {
    if (this.count === MAX_CELLS) throw this.#problem(`a row has more than ${MAX_CELLS} cells`);
    this.#starts = doubled(this.#starts, Int32Array);
    this.#ends = doubled(this.#ends, Int32Array);
    this.#quotes = doubled(this.#quotes, Uint8Array);
    this.#numbers = doubled(this.#numbers, Float64Array);
    this.#numberEnds = doubled(this.#numberEnds, Int32Array);
  }

  /** Returns the end of the quoted cell that begins here; undefined if the bytes end before it is known. */
  #closingQuote(opening: number): { quotes: number; after: number } | undefined {
    const bytes = this.#bytes;
    const isContinued = this.#looking > opening;
    let quotes = isContinued ? this.#lookingQuotes : 1;
    for (let at = isContinued ? this.#looking : opening + 1; ; at += 2) {
      const from = at;
      at = bytes.indexOf(QUOTE, from);
      const isMissing = at < 0 || at >= this.#end;
      if (isMissing && this.#isLast) throw this.#problem('a quote is opened and never closed');
      if (isMissing || (at + 2 >= this.#end && !this.#isLast)) {
        this.#looking = isMissing ? Math.max(from, this.#end) : at;
        this.#lookingQuotes = quotes;
        return undefined;
      }
      if (at + 1 < this.#end && bytes[at + 1] === QUOTE) {
        quotes = 2;
        continue;
      }
      const after = at + 1;
      const isEnd = (place: number): boolean =>
        place >= this.#end || bytes[place] === this.#delimiter || bytes[place] === this.#ending;
      const end = !isEnd(after) && bytes[after] === RETURN && isEnd(after + 1) ? after + 1 : after;
      if (!isEnd(end)) throw this.#problem('a closing quote is followed by more text');
      for (let place = opening; place < at; place++) if (bytes[place] === this.#ending) this.#line++;
      return { quotes, after: end };
    }
  }

  /** Stops at the cell that begins here, until there are more bytes. */
  #wait(start: number): false {
    this.#at = start;
    if (this.#end - start > MAX_CELL) throw this.#tooLong();
    this.#checkLength();
    return false;
  }

  #tooLong(): RecordError {
    return this.#problem(`a cell is longer than ${MAX_CELL} bytes`);
  }

  #checkLength(): void {
    if (this.#end - this.#start > MAX_RECORD) throw this.#problem(`a row is longer than ${MAX_RECORD} bytes`);
  }

  #problem(message: string): RecordError {
    return new RecordError(this.line, message);
  }
}

function doubled<Kind extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  array: Kind,
  Type: new (length: number) => Kind,
): Kind {
  const larger = new Type(2 * array.length);
  larger.set(array);
  return larger;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= MAX_LETTERS) {
    let text = '';
    let at = start;
    for (; at < end && bytes[at] < 0x80; at++) text += String.fromCharCode(bytes[at]);
    if (at === end) return text;
  }
  return UTF_8.decode(bytes.subarray(start, end));
}
