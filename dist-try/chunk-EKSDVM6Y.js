import {
  MAX_BYTES,
  MAX_PACKED,
  PACKED_FROM,
  causeCode,
  causeMessage,
  damagedFile,
  openRegular,
  readError,
  tooLarge,
  tooPacked
} from "./chunk-E6FIFJ2Q.js";

// src/files/text-chunks.ts
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { constants, createGunzip, gunzipSync } from "node:zlib";
var PIECE = 2 ** 18;
var HEAD = 2 ** 14;
async function* textChunks(path, maxBytes = MAX_BYTES) {
  const opened = await openRegular(path);
  const pieces = path.endsWith(".gz") ? inflatedPieces(opened, path, maxBytes) : filePieces(opened);
  let decoder;
  let isFirst = true;
  try {
    for await (const chunk of pieces) {
      if (isFirst) decoder = utf16DecoderOf(chunk);
      const bytes = decoder ? Buffer.from(decoder.write(chunk)) : chunk;
      yield isFirst ? withoutMark(bytes) : bytes;
      isFirst = false;
    }
  } catch (cause) {
    throw gzipError(path, cause);
  } finally {
    await opened.file.close();
  }
}
async function textHead(path) {
  const { file } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const text = path.endsWith(".gz") ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
    return text.toString("utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    throw gzipError(path, cause);
  } finally {
    await file.close();
  }
}
function gzipError(path, cause) {
  if (causeCode(cause).startsWith("Z_")) return damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  return readError(path, cause);
}
async function* filePieces({ file, size }) {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, size));
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, size - at), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
async function* inflatedPieces({ file, size }, path, maxBytes) {
  const end = Math.max(0, size - 1);
  const source = file.createReadStream({ start: 0, end, highWaterMark: PIECE, autoClose: false });
  try {
    yield* inflated(source, path, { maxBytes, packed: size });
  } finally {
    source.destroy();
  }
}
function inflated(source, path, { maxBytes, packed }) {
  const limit = inflationLimit(path, { maxBytes, packed });
  pipeline(source, createGunzip({ chunkSize: PIECE }), limit).catch((cause) => {
    limit.destroy(cause);
  });
  return limit;
}
function inflationLimit(path, { maxBytes, packed }) {
  let total = 0;
  return new Transform({
    readableHighWaterMark: PIECE,
    writableHighWaterMark: PIECE,
    transform(chunk, _encoding, done) {
      total += chunk.length;
      if (total > maxBytes) done(tooLarge(path, total, maxBytes));
      else if (total > PACKED_FROM && total > MAX_PACKED * packed) done(tooPacked(path));
      else done(null, chunk);
    }
  });
}
function utf16DecoderOf(first) {
  return first[0] === 255 && first[1] === 254 ? new StringDecoder("utf16le") : void 0;
}
function withoutMark(bytes) {
  return bytes[0] === 239 && bytes[1] === 187 && bytes[2] === 191 ? bytes.subarray(3) : bytes;
}

// src/files/plain-number.ts
var POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
var ZERO = 48;
var MINUS = 45;
var PLUS = 43;
var POINT = 46;
var EXPONENT = 101;
var HALF = 9;
function parsePlainNumber(bytes, start, end, target, at) {
  return scanPlainNumber(bytes, start, end, target, at) === end;
}
function scanPlainNumber(bytes, start, end, target, at) {
  if (start >= end) {
    target[at] = NaN;
    return start;
  }
  let place = start;
  const sign = bytes[place];
  if (sign === MINUS || sign === PLUS) place++;
  const first = place;
  let high = 0;
  let low = 0;
  let digits = 0;
  let point = -1;
  for (; place < end; place++) {
    const digit = bytes[place] ^ ZERO;
    if (digit <= 9) {
      if (digits < HALF) {
        high = high * 10 + digit | 0;
        if (high !== 0) digits++;
      } else {
        low = low * 10 + digit | 0;
        digits++;
      }
    } else if (point < 0 && bytes[place] === POINT) {
      point = place;
    } else {
      break;
    }
  }
  if (digits > 2 * HALF || place - first === Number(point >= 0)) return -1;
  let power = point < 0 ? 0 : point + 1 - place;
  if (place < end && (bytes[place] | 32) === EXPONENT) {
    place++;
    const isNegative = bytes[place] === MINUS;
    if (place < end && (isNegative || bytes[place] === PLUS)) place++;
    const before = place;
    let exponent = 0;
    for (; place < end; place++) {
      const digit = bytes[place] ^ ZERO;
      if (digit > 9) break;
      exponent = exponent * 10 + digit;
    }
    if (place === before || place - before > 3) return -1;
    power += isNegative ? -exponent : exponent;
  }
  if (power < -22 || power > 22) return -1;
  let value;
  if (digits <= HALF) {
    value = power < 0 ? high / POWERS[-power] : high * POWERS[power];
  } else {
    const scale = POWERS[digits - HALF];
    const whole = high * scale + low;
    if (whole <= Number.MAX_SAFE_INTEGER) value = power < 0 ? whole / POWERS[-power] : whole * POWERS[power];
    else value = power < 0 ? quotient(high, scale, low, POWERS[-power]) : NaN;
    if (value !== value) return -1;
  }
  target[at] = sign === MINUS ? -value : value;
  return place;
}
var SPLIT = 2 ** 27 + 1;
var UNSURE = 2 ** -50;
function quotient(high, scale, low, divisor) {
  const upper = (high & 1073709056) * scale;
  const lower = (high & 32767) * scale + low;
  const dividend = upper + lower;
  const rest = lower - (dividend - upper);
  const first = dividend / divisor;
  let product = SPLIT * first;
  const a = product - (product - first);
  const b = first - a;
  product = SPLIT * divisor;
  const c = product - (product - divisor);
  const d = divisor - c;
  product = first * divisor;
  const error = b * d - (product - a * c - b * c - a * d);
  const second = (dividend - product - error + rest) / divisor;
  const value = first + second * (1 + UNSURE);
  return value === first + second * (1 - UNSURE) ? value : NaN;
}

// src/files/record-scanner.ts
var UTF_8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
var MAX_LETTERS = 24;
var QUOTE = 34;
var LINE_FEED = 10;
var RETURN = 13;
var MAX_CELL = 2 ** 20;
var MAX_RECORD = 64 * 2 ** 20;
var MAX_CELLS = 2 ** 22;
var MAX_NUMBER = 64;
var RecordError = class extends Error {
  constructor(line, message) {
    super(message);
    this.line = line;
  }
  line;
};
var RecordScanner = class {
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
  #ending;
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
  #delimiter;
  #hasQuotes;
  #stops = new Uint8Array(256);
  /** Number of cells of the record. */
  count = 0;
  /** Line at which the record begins. */
  line = 1;
  /**
   * @param delimiter one ASCII character
   * @param hasQuotes if false, a quote is an ordinary character
   */
  constructor(delimiter, hasQuotes = true) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#hasQuotes = hasQuotes;
    this.#stops[this.#delimiter] = 1;
    if (hasQuotes) this.#stops[QUOTE] = 1;
  }
  append(chunk) {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeSpace(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }
  /** Moves the remaining bytes to the front; into a larger array if they would fill more than 3/4 of this one. */
  #makeSpace(more) {
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
  end() {
    this.#isLast = true;
  }
  /**
   * Advances to the next record, and skips empty lines.
   * @returns false if the bytes end before the record does
   * @throws RecordError
   */
  next() {
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
  #forget() {
    this.#start = this.#at;
    this.count = 0;
    this.line = this.#line;
    this.#hasRecord = false;
  }
  text(cell) {
    let text;
    try {
      text = textOf(this.#bytes, this.#starts[cell], this.#ends[cell]);
    } catch {
      throw this.#problem(`cell ${cell + 1} is not UTF-8; save the table in UTF-8`);
    }
    return this.#quotes[cell] === 2 ? text.replaceAll('""', '"') : text;
  }
  readNumber(cell, target, at) {
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
  #knowsEnding() {
    if (this.#ending !== void 0) return true;
    const bytes = this.#bytes;
    for (; this.#looked < this.#end; this.#looked++) {
      const byte = bytes[this.#looked];
      if (byte === QUOTE && this.#hasQuotes) this.#isLookingInQuotes = !this.#isLookingInQuotes;
      if (this.#isLookingInQuotes || byte !== LINE_FEED && byte !== RETURN) continue;
      const next = this.#looked + 1;
      if (next === this.#end && !this.#isLast) return false;
      this.#ending = byte === RETURN && bytes[next] !== LINE_FEED ? RETURN : LINE_FEED;
      break;
    }
    if (this.#isLast) this.#ending ??= LINE_FEED;
    if (this.#ending === void 0) {
      this.#checkLength();
      return false;
    }
    this.#stops[this.#ending] = 1;
    return true;
  }
  /**
   * Scans cells from `#at` to the end of the record. Parses them as numbers in the same pass, since most are numbers.
   */
  #scan() {
    const bytes = this.#bytes;
    const end = this.#end;
    const stops = this.#stops;
    let at = this.#at;
    if (at === end && this.count === 0) return false;
    for (; ; ) {
      if (this.count === this.#starts.length) this.#makeRoom();
      const start = at;
      let quotes = 0;
      if (at < end && bytes[at] === QUOTE && this.#hasQuotes) {
        const closing = this.#closingQuote(at);
        if (closing === void 0) return this.#wait(start);
        quotes = closing.quotes;
        at = closing.after;
      } else {
        const isLong = this.#looking > at + MAX_NUMBER;
        const numberEnd = isLong ? -1 : scanPlainNumber(bytes, at, end, this.#numbers, this.count);
        this.#numberEnds[this.count] = numberEnd;
        at = Math.max(at, numberEnd, isLong ? this.#looking : 0);
        while (at < end && stops[bytes[at]] === 0) at++;
        if (at < end && bytes[at] === QUOTE && this.#hasQuotes) {
          throw this.#problem("a quote is in the middle of a cell");
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
  #add(start, end, { quotes, endsRecord }) {
    const hasReturn = endsRecord && end > start && this.#ending === LINE_FEED && this.#bytes[end - 1] === RETURN;
    const last = hasReturn ? end - 1 : end;
    this.#starts[this.count] = quotes > 0 ? start + 1 : start;
    this.#ends[this.count] = quotes > 0 ? last - 1 : last;
    this.#quotes[this.count] = quotes;
    this.count++;
  }
  #makeRoom() {
    if (this.count === MAX_CELLS) throw this.#problem(`a row has more than ${MAX_CELLS} cells`);
    this.#starts = doubled(this.#starts, Int32Array);
    this.#ends = doubled(this.#ends, Int32Array);
    this.#quotes = doubled(this.#quotes, Uint8Array);
    this.#numbers = doubled(this.#numbers, Float64Array);
    this.#numberEnds = doubled(this.#numberEnds, Int32Array);
  }
  /** Returns the end of the quoted cell that begins here; undefined if the bytes end before it is known. */
  #closingQuote(opening) {
    const bytes = this.#bytes;
    const isContinued = this.#looking > opening;
    let quotes = isContinued ? this.#lookingQuotes : 1;
    for (let at = isContinued ? this.#looking : opening + 1; ; at += 2) {
      const from = at;
      at = bytes.indexOf(QUOTE, from);
      const isMissing = at < 0 || at >= this.#end;
      if (isMissing && this.#isLast) throw this.#problem("a quote is opened and never closed");
      if (isMissing || at + 2 >= this.#end && !this.#isLast) {
        this.#looking = isMissing ? Math.max(from, this.#end) : at;
        this.#lookingQuotes = quotes;
        return void 0;
      }
      if (at + 1 < this.#end && bytes[at + 1] === QUOTE) {
        quotes = 2;
        continue;
      }
      const after = at + 1;
      const isEnd = (place) => place >= this.#end || bytes[place] === this.#delimiter || bytes[place] === this.#ending;
      const end = !isEnd(after) && bytes[after] === RETURN && isEnd(after + 1) ? after + 1 : after;
      if (!isEnd(end)) throw this.#problem("a closing quote is followed by more text");
      for (let place = opening; place < at; place++) if (bytes[place] === this.#ending) this.#line++;
      return { quotes, after: end };
    }
  }
  /** Stops at the cell that begins here, until there are more bytes. */
  #wait(start) {
    this.#at = start;
    if (this.#end - start > MAX_CELL) throw this.#tooLong();
    this.#checkLength();
    return false;
  }
  #tooLong() {
    return this.#problem(`a cell is longer than ${MAX_CELL} bytes`);
  }
  #checkLength() {
    if (this.#end - this.#start > MAX_RECORD) throw this.#problem(`a row is longer than ${MAX_RECORD} bytes`);
  }
  #problem(message) {
    return new RecordError(this.line, message);
  }
};
function doubled(array, Type) {
  const larger = new Type(2 * array.length);
  larger.set(array);
  return larger;
}
function textOf(bytes, start, end) {
  if (end - start <= MAX_LETTERS) {
    let text = "";
    let at = start;
    for (; at < end && bytes[at] < 128; at++) text += String.fromCharCode(bytes[at]);
    if (at === end) return text;
  }
  return UTF_8.decode(bytes.subarray(start, end));
}

export {
  textChunks,
  textHead,
  parsePlainNumber,
  RecordError,
  RecordScanner
};
