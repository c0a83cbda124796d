// Finds the records and cells of a text table in its bytes (RFC 4180): no text is made of a cell that is a number or
// that nobody asks for.

import { parsePlainNumber, scanPlainNumber } from './plain-number.js';

const UTF_8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
/** Longest text that is made letter by letter, which takes less time than a decoder. */
const MAX_LETTERS = 24;

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Longest cell in bytes, and longest record in bytes and in cells. */
const MAX_CELL = 2 ** 20;
const MAX_RECORD = 64 * 2 ** 20;
const MAX_CELLS = 2 ** 22;
/** A cell that is known to be longer is no number that is read from its bytes. */
const MAX_NUMBER = 64;

/** Where a text breaks the format. */
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
  /** Quotes are taken away. @throws RecordError for bytes that are not UTF-8 */
  readonly text: (cell: number) => string;
  /**
   * Writes the number that a cell is, NaN for an empty one.
   * @returns false where it is something else, or a number that takes more to read
   */
  readonly readNumber: (cell: number, target: Float64Array, at: number) => boolean;
}

/** Give it bytes with `append`, then take records with `next` until there is none; after the last bytes `end`. */
export class RecordScanner implements Cells {
  #bytes = new Uint8Array(0);
  /** Bytes that were given, and those of them that earlier records took. */
  #end = 0;
  #start = 0;
  /** Where the scan of the record goes on, and on which line. */
  #at = 0;
  #line = 1;
  /** Where the search for the end of a cut cell goes on, and its quotes so far; before `#at` for a new cell. */
  #looking = 0;
  #lookingQuotes = 1;
  #isLast = false;
  #ending: number | undefined;
  /** Bytes of the first record in which its ending was looked for. */
  #looked = 0;
  #isLookingInQuotes = false;
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  /** 0 for a cell without quotes, 1 for one in quotes, 2 for one with quotes inside too. */
  #quotes = new Uint8Array(64);
  /** Numbers that cells without quotes are, and where the number ends with which a cell begins. */
  #numbers = new Float64Array(64);
  #numberEnds = new Int32Array(64);
  readonly #delimiter: number;
  readonly #hasQuotes: boolean;
  readonly #stops = new Uint8Array(256);

  /** Of the record. */
  count = 0;
  /** Where it begins. */
  line = 1;

  /**
   * @param delimiter one ASCII character
   * @param hasQuotes false: a quote is a letter like others
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

  /** Moves what is kept to the front, of a larger array where that would fill most of this one. */
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

  /** No more bytes will come: what stands there is the last record. */
  end(): void {
    this.#isLast = true;
  }

  /**
   * Goes on to the next record; empty lines are none.
   * @returns false where the bytes end before it does
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

  /** The cells are those of a whole record. */
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

  /** A line feed, also after a return; in old files of the Macintosh a return alone: as the first line ends. */
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

  /** Cells from `#at` to the end of the record, read as numbers on the way: most are, and bytes are looked at once. */
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
          throw this.#problem('a quote stands in the middle of a cell');
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

  /** Where the cell in quotes that begins here ends; undefined where the bytes end before that is known. */
  #closingQuote(opening: number): { quotes: number; after: number } | undefined {
    const bytes = this.#bytes;
    const isGoingOn = this.#looking > opening;
    let quotes = isGoingOn ? this.#lookingQuotes : 1;
    for (let at = isGoingOn ? this.#looking : opening + 1; ; at += 2) {
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

  /** The record goes on with the cell that begins here, once there are more bytes. */
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
