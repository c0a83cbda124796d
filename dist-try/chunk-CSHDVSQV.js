import {
  ColumnBuilder
} from "./chunk-7BQBI4IZ.js";
import {
  Table,
  selectColumns
} from "./chunk-D7X6SFN7.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/files/memory-table.ts
function readMemoryTable(table, name, options = {}) {
  const sources = sourcesOf(table, name);
  const rows = isArrow(table) ? table.numRows : sources.at(0)?.length ?? 0;
  const odd = sources.find(({ length }) => length !== rows);
  if (odd) {
    throw new InputError("rows-disagree", `${name}: column '${odd.name}' has ${odd.length} of ${rows} rows`, { name });
  }
  const available = sources.map((source) => source.name);
  const isSelected = selectColumns(available, options, name);
  const columns = sources.filter((source) => isSelected(source.name)).map((source) => columnOf(source, options));
  if (rows === 0) throw new InputError("empty-table", `${name} has no rows`, { name });
  return new Table(name, { rows, columns, available });
}
function columnOf({ name, length, buffer, at }, { text = [], numberOf }) {
  const asText = text.includes(name);
  if (buffer && !asText) {
    if (buffer instanceof Float64Array) return { name, kind: "number", numbers: buffer };
    return { name, kind: "number", read: () => doubles(buffer) };
  }
  const builder = new ColumnBuilder(name, { asText, numberOf: numberOf?.(name) });
  for (let row = 0; row < length; row++) {
    const cell = at(row);
    if (cell === null || cell === void 0) builder.addNumber(NaN);
    else if (typeof cell === "string") builder.addText(cell);
    else if (cell instanceof Date) builder.addText(cell.toISOString());
    else if (typeof cell === "number" || !asText) builder.addNumber(Number(cell));
    else builder.addText(String(cell));
  }
  return builder.finish();
}
function doubles(buffer) {
  const numbers = new Float64Array(buffer.length);
  for (let row = 0; row < buffer.length; row++) numbers[row] = Number(buffer[row]);
  return numbers;
}
function sourcesOf(table, name) {
  if (isArrow(table)) {
    return table.schema.fields.flatMap((field, column) => {
      const vector = table.getChildAt(column);
      return vector ? [arrowSource(field.name, vector)] : [];
    });
  }
  const input = table;
  if (typeof input !== "object" || input === null || ArrayBuffer.isView(input) || Array.isArray(input)) {
    throw notATable(name, "it is neither");
  }
  return Object.entries(table).map(([column, values]) => {
    if (!isArrayLike(values)) throw notATable(name, `'${column}' is not an array`);
    return { name: column, length: values.length, buffer: bufferOf(values), at: (row) => values[row] };
  });
}
var NULL = 1;
var INT = 2;
var FLOAT = 3;
var UTF8 = 5;
var BOOL = 6;
var DATE = 8;
var TIMESTAMP = 10;
var LARGE_UTF8 = 20;
var DICTIONARY = -1;
var PLAIN = [NULL, INT, FLOAT, UTF8, BOOL, LARGE_UTF8, DICTIONARY];
function arrowSource(name, vector) {
  const { length, nullCount, type, data } = vector;
  const { typeId } = type;
  const isNumber = typeId === INT || typeId === FLOAT && type.precision !== 0;
  const buffer = isNumber && nullCount === 0 && data.length === 1 ? bufferOf(vector.toArray()) : void 0;
  const at = (row) => {
    const cell = vector.get(row);
    if (cell === null || cell === void 0) return null;
    if (typeId === DATE || typeId === TIMESTAMP) return new Date(Number(cell)).toISOString();
    if (PLAIN.includes(typeId)) return cell;
    return "a nested value";
  };
  return { name, length: buffer?.length ?? length, buffer, at };
}
function bufferOf(values) {
  return ArrayBuffer.isView(values) && !(values instanceof DataView) ? values : void 0;
}
function isArrow(table) {
  return typeof table === "object" && table !== null && "numRows" in table && typeof table.numRows === "number" && "getChildAt" in table && typeof table.getChildAt === "function";
}
function isArrayLike(values) {
  return typeof values === "object" && values !== null && "length" in values && typeof values.length === "number";
}
function notATable(name, what) {
  return new InputError(
    "invalid-argument",
    `${name}: a table in memory is an Arrow table, a record batch, or an object of columns by name; ${what}`,
    { name }
  );
}

export {
  readMemoryTable,
  isArrow
};
