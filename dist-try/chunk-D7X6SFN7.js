import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/files/table.ts
var Table = class {
  /** @param path path of the file, for errors */
  constructor(path, { rows, before = 0, columns, available }) {
    this.path = path;
    this.before = before;
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.rows = rows;
    this.columns = columns.map(({ name }) => name);
    this.available = available;
  }
  path;
  #columns;
  rows;
  /** Number of earlier rows of the file. */
  before;
  /** Names of the selected columns. */
  columns;
  /** Names of all columns of the file. */
  available;
  has(name) {
    return this.#columns.has(name);
  }
  /** @throws InputError `missing-column` */
  kind(name) {
    return this.#column(name).kind;
  }
  /**
   * Returns the texts of a column that was read as text, otherwise its numbers.
   * @throws InputError `missing-column`, `not-numeric`
   */
  column(name) {
    return this.#column(name).texts ?? this.numbers(name);
  }
  /**
   * Returns the numbers of a column.
   * @param into see `ReadNumbers`
   * @throws InputError `missing-column`, `not-numeric` (with the first cell that is not a number)
   */
  numbers(name, into) {
    const column = this.#column(name);
    if (column.read) return column.read(into);
    if (column.numbers && column.kind === "number") return column.numbers;
    const row = column.firstText && this.before + column.firstText.row;
    const where = column.firstText ? `: row ${row} holds ${quote(column.firstText.text)}` : "";
    throw new InputError("not-numeric", `column '${name}' of ${this.path} is not numeric${where}`, {
      path: this.path,
      column: name,
      ...column.firstText && { ...column.firstText, row }
    });
  }
  /** Returns the texts of a column. Numbers are formatted as in JavaScript. @throws InputError `missing-column` */
  texts(name) {
    const column = this.#column(name);
    const numbers = column.read?.() ?? column.numbers ?? [];
    return column.texts ?? Array.from(numbers, (value) => Number.isNaN(value) ? "" : String(value));
  }
  /** True if the numbers of the column are expanded on each call. @throws InputError `missing-column` */
  isPacked(name) {
    return this.#column(name).read !== void 0;
  }
  /**
   * Returns the reader that expands the numbers of a column and does not reference the table; undefined for a column
   * with an array of numbers.
   * @throws InputError `missing-column`
   */
  packed(name) {
    return this.#column(name).read;
  }
  #column(name) {
    const column = this.#columns.get(name);
    if (!column) throw missingColumn(name, this.available, this.path);
    return column;
  }
};
function missingColumn(name, columns, path) {
  const listed = columns.slice(0, 12).join(", ") + (columns.length > 12 ? `, \u2026 (${columns.length} in total)` : "");
  const hint = didYouMean(name, columns) || `; it has ${listed || "no columns"}`;
  return new InputError("missing-column", `${path} has no column '${name}'${hint}`, { path, column: name });
}
var MAX_COLUMNS = 2 ** 20;
function checkColumnCount(count, path) {
  if (count <= MAX_COLUMNS) return;
  throw new InputError(
    "too-large",
    `${path} has ${count} columns; up to ${MAX_COLUMNS} are read: split it, or write subjects in rows`,
    { path, columns: count }
  );
}
function selectColumns(available, options, path) {
  const names = /* @__PURE__ */ new Set();
  for (const name of available) {
    if (names.has(name)) {
      throw new InputError("duplicate-column", `${path} has two columns named '${name}'; rename one of them`, {
        path,
        column: name
      });
    }
    names.add(name);
  }
  for (const name of required(options)) if (!names.has(name)) throw missingColumn(name, available, path);
  return isRequested(options);
}
function isRequested(options) {
  const { columns, keep } = options;
  if (columns === void 0 && keep === void 0) return () => true;
  const names = new Set(required(options));
  return (name) => names.has(name) || keep !== void 0 && keep(name);
}
function required({ text = [], columns = [] }) {
  return [...text, ...columns];
}
function quote(text) {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}\u2026` : text);
}

export {
  Table,
  missingColumn,
  checkColumnCount,
  selectColumns,
  isRequested
};
