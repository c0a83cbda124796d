import {
  SparseColumns
} from "./chunk-U5ZLVVO3.js";
import {
  readTenx,
  tenxFiles
} from "./chunk-LJUSR5NV.js";
import {
  parsePlainNumber,
  textChunks
} from "./chunk-EKSDVM6Y.js";
import "./chunk-YMIDNFC3.js";
import {
  Table,
  selectColumns
} from "./chunk-D7X6SFN7.js";
import {
  damagedFile,
  readError
} from "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/whitespace-numbers.ts
var LINE_FEED = 10;
var BLANK = 32;
var MAX_LINE = 2 ** 16;
var LineError = class extends Error {
  constructor(line, message) {
    super(message);
    this.line = line;
  }
  line;
};
async function readLines(chunks, { head, row }) {
  const numbers = new Float64Array(3);
  let rest = new Uint8Array(0);
  let line = 0;
  let isHead = true;
  const read = (bytes, start, end) => {
    line++;
    if (isHead) {
      isHead = head(bytes.toString("utf8", start, end), line) === "more";
      return;
    }
    let count = 0;
    for (let at = start; at < end; ) {
      while (at < end && bytes[at] <= BLANK) at++;
      if (at === end) break;
      const first = at;
      while (at < end && bytes[at] > BLANK) at++;
      if (count === numbers.length) throw new LineError(line, "it has more than three numbers");
      if (!parsePlainNumber(bytes, first, at, numbers, count)) {
        const text = bytes.toString("utf8", first, at);
        numbers[count] = Number(text);
        if (Number.isNaN(numbers[count]) && !/^[+-]?nan$/i.test(text)) {
          throw new LineError(line, `'${text.slice(0, 40)}' is not a number`);
        }
      }
      count++;
    }
    if (count > 0) row(numbers, count, line);
  };
  for await (const chunk of chunks) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      read(bytes, start, end);
      start = end + 1;
    }
    if (bytes.length - start > MAX_LINE) throw new LineError(line + 1, `it is longer than ${MAX_LINE} bytes`);
    rest = Uint8Array.prototype.slice.call(bytes, start);
  }
  if (rest.length > 0) read(Buffer.from(rest), 0, rest.length);
}

// src/files/matrix-market.ts
var MAX_ROWS = 2 ** 22;
var MAX_COLUMNS = 2 ** 19;
var FIELDS = ["real", "integer", "pattern", "double"];
var SYMMETRIES = ["general", "symmetric", "skew-symmetric"];
async function readMatrixMarket(path, options = {}) {
  const beside = await tenxFiles(path);
  const tenx = beside && await readTenx(beside, path, options);
  if (options.part !== void 0 && !tenx) throw noFeatures(path);
  const matrix = new MatrixReader(path, options, tenx);
  try {
    await readLines(textChunks(path), matrix);
  } catch (cause) {
    if (cause instanceof LineError) throw damagedFile(path, `line ${cause.line}: ${cause.message}`, cause);
    throw readError(path, cause);
  }
  return matrix.finish();
}
var MatrixReader = class {
  constructor(path, options, tenx) {
    this.path = path;
    this.options = options;
    this.tenx = tenx;
  }
  path;
  options;
  tenx;
  #header;
  #size;
  #entries = 0;
  #available = [];
  /** Position of each column of the table among the selected ones; −1 if it is not selected. */
  #position = new Int32Array(0);
  #sparse;
  head = (text, line) => {
    if (!this.#header) {
      this.#header = headerOf(text, this.path);
      return "more";
    }
    if (text.startsWith("%") || text.trim() === "") return "more";
    this.#begin(text, line, this.#header);
    return "enough";
  };
  row = (numbers, count, line) => {
    const { layout, field, symmetry } = this.#header;
    const { rows, columns, entries } = this.#size;
    if (++this.#entries > entries) throw this.#damaged(`it has more than the ${entries} entries that it claims`);
    if (layout === "array") {
      if (count !== 1) throw new LineError(line, "a line of an array has one number");
      const at = this.#entries - 1;
      this.#add(at % rows, Math.floor(at / rows), numbers[0]);
      return;
    }
    if (count !== (field === "pattern" ? 2 : 3)) throw new LineError(line, `it has ${count} numbers`);
    const [row, column] = [numbers[0] - 1, numbers[1] - 1];
    const value = field === "pattern" ? 1 : numbers[2];
    if (!(isIndex(row, rows) && isIndex(column, columns))) {
      throw new LineError(line, `place ${numbers[0]}, ${numbers[1]} lies outside of ${rows} \xD7 ${columns}`);
    }
    this.#add(row, column, value);
    if (symmetry !== "general" && row !== column) this.#add(column, row, symmetry === "symmetric" ? value : -value);
  };
  finish() {
    if (!this.#size || !this.#sparse) throw this.#damaged("it ends before the size of the matrix");
    const { entries } = this.#size;
    if (this.#entries !== entries) throw this.#damaged(`it has ${this.#entries} of the ${entries} entries it claims`);
    const columns = this.#sparse.finish();
    if (this.tenx) columns.unshift({ name: this.#index, kind: "text", texts: this.tenx.barcodes });
    return new Table(this.path, { rows: this.#sparse.length, columns, available: this.#available });
  }
  get #index() {
    return this.options.index ?? "barcode";
  }
  #begin(text, line, { layout, symmetry }) {
    const sizes = text.trim().split(/\s+/).map(Number);
    const [rows, columns] = sizes;
    const wanted = layout === "array" ? 2 : 3;
    if (sizes.length !== wanted || !sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw new LineError(line, `the size of the matrix is '${text.trim().slice(0, 40)}'`);
    }
    if (symmetry !== "general" && (rows !== columns || layout === "array")) {
      throw this.#damaged(`a ${symmetry} ${layout} of ${rows} \xD7 ${columns} is not supported; write all entries`);
    }
    if (!this.tenx && (rows > MAX_ROWS || columns > MAX_COLUMNS)) {
      throw new InputError(
        "too-large",
        `${this.path} is a matrix of ${rows} \xD7 ${columns}; without files of barcodes and features, up to ${MAX_ROWS} \xD7 ${MAX_COLUMNS} are read`,
        { path: this.path, rows, columns }
      );
    }
    this.#size = { rows, columns, entries: layout === "array" ? rows * columns : sizes[2] };
    const { tenx } = this;
    tenx?.check(rows, columns);
    const names = tenx ? tenx.features : Array.from({ length: columns }, (_, column) => `c${column + 1}`);
    this.#available = tenx ? [this.#index, ...names.filter((name) => name !== void 0)] : names;
    const isSelected = selectColumns(this.#available, this.options, this.path);
    const selected = [];
    this.#position = Int32Array.from(
      names,
      (name) => name !== void 0 && isSelected(name) ? selected.push(name) - 1 : -1
    );
    this.#sparse = new SparseColumns(this.path, tenx ? columns : rows, selected);
  }
  #add(row, column, value) {
    const [subject, feature] = this.tenx ? [column, row] : [row, column];
    const position = this.#position[feature];
    if (position >= 0 && value !== 0) this.#sparse.add(subject, position, value);
  }
  #damaged(reason) {
    return damagedFile(this.path, reason);
  }
};
function isIndex(place, length) {
  return Number.isInteger(place) && place >= 0 && place < length;
}
function headerOf(line, path) {
  const [mark, object, layout, field, symmetry = "general"] = line.trim().toLowerCase().split(/\s+/);
  if (mark !== "%%matrixmarket" || object !== "matrix" || layout !== "coordinate" && layout !== "array") {
    throw damagedFile(path, `line 1 must be %%MatrixMarket matrix coordinate \u2026, not '${line.slice(0, 40)}'`);
  }
  if (!FIELDS.includes(field) || !SYMMETRIES.includes(symmetry) || layout === "array" && field === "pattern") {
    throw new InputError(
      "unsupported-type",
      `${path} is a ${layout} of '${field} ${symmetry}'; supported are ${FIELDS.slice(0, 3).join(", ")}, ` + SYMMETRIES.join(", "),
      { path }
    );
  }
  return { layout, field, symmetry };
}
function noFeatures(path) {
  return new InputError(
    "unknown-part",
    `${path}: a part of a .mtx is a type of features, but there is no features.tsv in its folder; leave part out`,
    { path }
  );
}
export {
  readMatrixMarket
};
