import {
  SpillingBlocks
} from "./chunk-DQEBVLKK.js";

// src/files/missing-words.ts
var MISSING_WORDS = /* @__PURE__ */ new Set([
  "",
  "NA",
  "N/A",
  "NaN",
  "nan",
  "NAN",
  "<NA>",
  "null",
  "NULL",
  "None",
  "."
]);

// src/text-list.ts
var PIECE = 2e4;
var longList = { from: 2 ** 20 };
var packed = /* @__PURE__ */ new WeakMap();
function packedOf(list) {
  return packed.get(list);
}
function* textPieces(texts) {
  for (let first = 0; first < texts.length; first += PIECE) yield pieceOf(texts.slice(first, first + PIECE));
}
function* stringsOf({ packedTexts }) {
  for (const piece of packedTexts.pieces) {
    const read = readerOf(piece);
    yield Array.from(piece.ends, (_, at) => read(at));
  }
}
function textList(texts) {
  const growing = new GrowingTexts();
  for (const text of texts) growing.push(text);
  return growing.finish();
}
var GrowingTexts = class {
  #pieces = [];
  /** Those after the pieces. */
  #strings = [];
  get length() {
    return PIECE * this.#pieces.length + this.#strings.length;
  }
  push(text) {
    this.#strings.push(text);
    const { length } = this.#strings;
    if (length >= PIECE && this.length >= longList.from) this.#pack(length - length % PIECE);
  }
  finish() {
    const { length } = this;
    if (length < longList.from) return this.#strings;
    this.#pack(this.#strings.length);
    return packedList({ packedTexts: { length, pieces: this.#pieces } });
  }
  #pack(count) {
    for (const piece of textPieces(this.#strings.slice(0, count))) this.#pieces.push(piece);
    this.#strings = this.#strings.slice(count);
  }
};
function packedList(texts) {
  const { length, pieces } = texts.packedTexts;
  const readers = pieces.map(readerOf);
  const textAt = (position) => readers[Math.floor(position / PIECE)](position % PIECE);
  const positionOf = (key) => {
    if (typeof key === "symbol") return void 0;
    const position = Number(key);
    return position >= 0 && position < length && String(position) === key ? position : void 0;
  };
  const list = new Proxy([], {
    get(target, key) {
      if (key === "length") return length;
      const position = positionOf(key);
      return position === void 0 ? Reflect.get(target, key) : textAt(position);
    },
    has: (target, key) => positionOf(key) !== void 0 || Reflect.has(target, key),
    ownKeys: () => [...Array.from({ length }, (_, position) => String(position)), "length"],
    getOwnPropertyDescriptor(target, key) {
      const position = positionOf(key);
      if (position === void 0) return Reflect.getOwnPropertyDescriptor(target, key);
      return { value: textAt(position), enumerable: true, configurable: true, writable: false };
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false
  });
  packed.set(list, texts);
  return list;
}
function pieceOf(texts) {
  const joined = texts.join("");
  const encoding = /^[\0-\xff]*$/.test(joined) ? "latin1" : "utf16le";
  const size = encoding === "latin1" ? 1 : 2;
  const memory = new SharedArrayBuffer(size * joined.length);
  Buffer.from(memory).write(joined, encoding);
  const ends = new Uint32Array(new SharedArrayBuffer(texts.length * Uint32Array.BYTES_PER_ELEMENT));
  let end = 0;
  for (const [i, text] of texts.entries()) ends[i] = end += size * text.length;
  return { bytes: new Uint8Array(memory), ends, encoding };
}
function readerOf({ bytes, ends, encoding }) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (at) => buffer.toString(encoding, at === 0 ? 0 : ends[at - 1], ends[at]);
}

// src/files/column-builder.ts
var ColumnBuilder = class {
  /**
   * @param asText store texts (identifiers) instead of numbers
   * @param numberOf reads a text as a number
   * @param rows expected number of rows
   * @param place place for the numbers of a long table; when left out they stay in memory
   */
  constructor(name, {
    asText = false,
    numberOf = parseNumber,
    rows,
    place
  }) {
    this.name = name;
    this.#blocks = new SpillingBlocks({ ...rows !== void 0 && { rows }, place });
    this.#texts = asText ? new GrowingTexts() : void 0;
    this.#numberOf = numberOf;
    this.#isPlain = !asText && numberOf === parseNumber;
  }
  name;
  #blocks;
  #texts;
  #isNumeric = false;
  #firstText;
  #numberOf;
  #isPlain;
  /** As `addText` with the text of the cell, but creates no string for a number. */
  addCell(cells, cell) {
    if (this.#isPlain) {
      const blocks = this.#blocks;
      const block = blocks.room();
      if (cells.readNumber(cell, block, blocks.at)) {
        const value = block[blocks.at];
        if (value === value) this.#isNumeric = true;
        blocks.count();
        return;
      }
    }
    this.addText(cells.text(cell));
  }
  addText(cell) {
    if (this.#texts) {
      const text = cell.trim();
      this.#texts.push(MISSING_WORDS.has(text) ? "" : text);
      return;
    }
    const value = this.#numberOf(cell);
    if (value !== void 0) {
      this.addNumber(value);
    } else {
      this.#firstText ??= { row: this.#blocks.rows + 1, text: cell };
      this.#blocks.push(NaN);
    }
  }
  addNumber(value) {
    if (this.#texts) {
      this.#texts.push(Number.isNaN(value) ? "" : String(value));
      return;
    }
    if (!Number.isNaN(value)) this.#isNumeric = true;
    this.#blocks.push(value);
  }
  /** Returns the column and passes its memory to the caller. */
  finish() {
    if (this.#texts) return { name: this.name, kind: "text", texts: this.#texts.finish() };
    const { name } = this;
    const blocks = this.#blocks;
    if (this.#firstText === void 0 && blocks.isSpilled) {
      return { name, kind: "number", read: readerOf2(blocks) };
    }
    return {
      name,
      kind: this.#firstText === void 0 ? "number" : this.#isNumeric ? "mixed" : "text",
      numbers: blocks.numbers(),
      firstText: this.#firstText
    };
  }
};
function readerOf2(blocks) {
  return (into) => blocks.numbers(into);
}
function parseNumber(cell) {
  if (cell === "") return NaN;
  const value = Number(cell);
  if (!Number.isNaN(value)) {
    if (value !== 0 && !/[xXbBoO]/.test(cell)) return value;
    const text2 = cell.trim();
    return text2 === "" ? NaN : /[xXbBoO]/.test(text2) ? void 0 : value;
  }
  const text = cell.trim();
  if (MISSING_WORDS.has(text)) return NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  return infinite ? infinite[1] === "-" ? -Infinity : Infinity : void 0;
}
function parseDecimalComma(cell) {
  if (!cell.includes(".")) return parseNumber(cell.replace(",", "."));
  return MISSING_WORDS.has(cell.trim()) ? NaN : void 0;
}

export {
  longList,
  packedOf,
  textPieces,
  stringsOf,
  textList,
  packedList,
  ColumnBuilder,
  parseNumber,
  parseDecimalComma
};
