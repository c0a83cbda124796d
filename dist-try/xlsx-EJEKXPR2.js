import {
  loadPeer
} from "./chunk-DBAXBWFB.js";
import {
  unzip,
  zip
} from "./chunk-7KS7XLQ7.js";
import "./chunk-ICW2EB24.js";
import {
  ColumnBuilder
} from "./chunk-7BQBI4IZ.js";
import {
  Table,
  selectColumns
} from "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import {
  causeMessage,
  damagedFile,
  readBytes
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/sheet-limits.ts
var MAX_ROWS = 2 ** 20;
var MAX_COLUMNS = 2 ** 14;
var MAX_PLACES = 2 ** 25;
var PLACES_PER_CELL = 64;
var MAX_FILLED = 5e5;
var OPENING = 60;
var CLOSING = 62;
var SLASH = 47;
var COLON = 58;
var SPACE = 32;
var QUOTES = [34, 39];
var LATIN_1 = new TextDecoder("latin1");
var MAX_TAG = 1e3;
var MAX_PREFIX = 100;
function checkedParts(files, path) {
  const parts = Array.from(files).filter(([, bytes]) => isXml(bytes));
  return new Map(parts.map(([part, bytes]) => [part, checkedSheet(bytes, path, part)]));
}
function checkedSheet(bytes, path, part) {
  const pieces = [];
  let [rows, columns, cells, row, filled] = [0, 0, 0, 0, 0];
  let [start, before, end] = [-1, 0, 0];
  for (const { at, name, references, isEmpty } of tags(bytes, path, part)) {
    if (name === "row") {
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
    if (isEmpty) continue;
    cells++;
    rows = Math.max(rows, row, ...places.map((place) => place.row));
    columns = Math.max(columns, ...places.map((place) => place.column));
  }
  if (filled >= MAX_FILLED) {
    throw new InputError(
      "too-large",
      `${part} of ${path} has more than ${MAX_FILLED} rows with values; save it as .csv, which may have any number`,
      { path }
    );
  }
  if (rows * columns > Math.max(MAX_PLACES, PLACES_PER_CELL * cells)) {
    throw new InputError(
      "too-large",
      `${part} of ${path} has ${cells} cells, which are spread over ${rows} rows and ${columns} columns; remove the cells outside of the table, or save it as .csv`,
      { path, rows, columns }
    );
  }
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(end)]);
}
function isXml(bytes) {
  return /^(\xef\xbb\xbf)?\s*</.test(LATIN_1.decode(bytes.subarray(0, 100)));
}
function rowOf(reference, path, part) {
  const row = /^\d{1,7}$/.test(reference) ? Number(reference) : 0;
  if (row >= 1 && row <= MAX_ROWS) return row;
  throw noPlace("row", reference, path, part);
}
function placeOf(reference, path, part) {
  const place = /^([A-Z]{1,3})(\d{1,7})$/.exec(reference);
  if (place === null) throw noPlace("cell", reference, path, part);
  const [, letters2, digits] = place;
  const column = Array.from(letters2).reduce((sum, letter) => 26 * sum + letter.charCodeAt(0) - 64, 0);
  const row = Number(digits);
  if (column > MAX_COLUMNS || row < 1 || row > MAX_ROWS) throw noPlace("cell", reference, path, part);
  return { row, column };
}
function noPlace(what, reference, path, part) {
  const shown = JSON.stringify(reference.slice(0, 40));
  return damagedFile(path, `${part} has a ${what} ${shown}, but the last cell of a sheet is XFD${MAX_ROWS}`);
}
function* tags(bytes, path, part) {
  for (let at = bytes.indexOf(OPENING); at >= 0; at = bytes.indexOf(OPENING, at + 1)) {
    const name = nameAt(bytes, at + 1);
    if (name === void 0) continue;
    const end = tagEnd(bytes, at);
    if (end === void 0) throw damagedFile(path, `${part} has a tag <${name} of more than ${MAX_TAG} bytes`);
    const content = LATIN_1.decode(bytes.subarray(at, end));
    const attributes = [...content.matchAll(/\sr\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
    const references = attributes.map((match) => match.at(1) ?? match.at(2) ?? "");
    yield { at, name, references, isEmpty: bytes[end - 1] === SLASH };
  }
}
function tagEnd(bytes, start) {
  let quote = 0;
  for (let at = start; at < Math.min(bytes.length, start + MAX_TAG); at++) {
    const byte = bytes[at];
    if (quote !== 0) quote = byte === quote ? 0 : quote;
    else if (byte === CLOSING) return at;
    else if (QUOTES.includes(byte)) quote = byte;
  }
  return void 0;
}
function nameAt(bytes, start) {
  let from = start;
  for (let at = start; at < start + MAX_PREFIX && at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COLON) from = at + 1;
    if (byte > SPACE && byte !== SLASH && byte !== CLOSING && byte !== OPENING) continue;
    const name = at - from === 1 || at - from === 3 ? LATIN_1.decode(bytes.subarray(from, at)) : "";
    return name === "c" || name === "row" ? name : void 0;
  }
  return void 0;
}

// src/files/xlsx.ts
var MAX_PACKED = 2 ** 28;
var MAX_UNPACKED = 2 ** 31;
var COMPOUND = [208, 207, 17, 224];
async function readWorkbook(path, options = {}, load = () => import("read-excel-file/node")) {
  const bytes = await readBytes(path, MAX_PACKED);
  if (COMPOUND.every((byte, i) => bytes[i] === byte)) {
    throw new InputError(
      "unsupported-type",
      `${path} is a workbook of Excel before 2007, or has a password; save it as .xlsx without one`,
      { path }
    );
  }
  const files = unzip(bytes, path, MAX_UNPACKED);
  if (!files.has("xl/workbook.xml")) throw damagedFile(path, "it is a zip, but not a workbook");
  const checked = checkedParts(files, path);
  const { default: readSheets } = await loadPeer("read-excel-file", "Excel workbooks (.xlsx) are", load);
  const rows = await sheetOf(path, options.sheet, async () => {
    const sheets = await readSheets(Buffer.from(zip(checked, 0).buffer));
    return sheets.map(({ sheet, data }) => {
      const rows2 = data;
      if (!rows2) throw new Error(`sheet '${sheet}' cannot be read`);
      return { name: sheet, rows: rows2 };
    });
  });
  return tableOf(path, rows, options);
}
async function sheetOf(path, requested, read) {
  let sheets;
  try {
    sheets = await read();
  } catch (cause) {
    throw damagedFile(path, causeMessage(cause).split("\n", 1)[0], cause);
  }
  const names = sheets.map(({ name }) => name);
  if (requested === void 0) {
    const filled = sheets.filter(({ rows }) => rows.length > 0);
    if (filled.length === 1) return filled[0];
    if (filled.length === 0) throw new InputError("empty-table", `${path} has no sheet with a cell`, { path });
    throw new InputError("ambiguous-part", `${path} has the sheets ${names.join(", ")}; choose one with sheet`, {
      path,
      parts: names
    });
  }
  const sheet = typeof requested === "number" ? sheets.at(requested - 1) : sheets.find(({ name }) => name === requested);
  if (sheet) return sheet;
  const shown = typeof requested === "number" ? requested : `'${requested}'${didYouMean(requested, names)}`;
  throw new InputError("unknown-part", `${path} has no sheet ${shown}; it has ${names.join(", ")}`, {
    path,
    parts: names
  });
}
function tableOf(path, { name: sheet, rows: all }, options) {
  const [header, ...rows] = all;
  if (all.length === 0) throw new InputError("empty-table", `sheet '${sheet}' of ${path} is empty`, { path });
  for (const [row, cells] of all.entries()) {
    const column = cells.findIndex((cell) => cell instanceof Date && Number.isNaN(cell.getTime()));
    if (column < 0) continue;
    const place = `${letters(column)}${row + 1}`;
    throw damagedFile(
      path,
      `cell ${place} of sheet '${sheet}' has the format of a date, but its number is outside of the range of dates`
    );
  }
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), header.length);
  const { text = [] } = options;
  const names = Array.from({ length: width }, (_, column) => textOf(header[column] ?? null));
  const isUsed = (column) => rows.some((row) => (row[column] ?? null) !== null);
  const unnamed = names.findIndex(
    (name, column) => name === "" && !(column === 0 && text.includes("")) && isUsed(column)
  );
  if (unnamed >= 0) {
    throw new InputError(
      "unnamed-column",
      `column ${letters(unnamed)} of sheet '${sheet}' of ${path} has cells but no name in the first row; of merged cells only the first has the name: write a name above every column, in one row`,
      { path, sheet, column: letters(unnamed) }
    );
  }
  const available = names.filter((name, column) => name !== "" || column === 0 && text.includes(""));
  const isSelected = selectColumns(available, options, path);
  const wanted = names.flatMap((name, column) => {
    if (!available.includes(name) || !isSelected(name)) return [];
    const builder = new ColumnBuilder(name, { asText: text.includes(name), numberOf: options.numberOf?.(name) });
    return [{ column, builder }];
  });
  const filled = rows.filter((row) => row.some((cell) => cell !== null));
  for (const row of filled) for (const { column, builder } of wanted) addCell(builder, row[column] ?? null);
  return new Table(path, { rows: filled.length, columns: wanted.map(({ builder }) => builder.finish()), available });
}
function addCell(builder, cell) {
  if (typeof cell === "number") builder.addNumber(cell);
  else if (typeof cell === "boolean") builder.addNumber(Number(cell));
  else builder.addText(textOf(cell));
}
function textOf(cell) {
  if (cell === null) return "";
  if (cell instanceof Date) return cell.toISOString().replace(/T00:00:00\.000Z$/, "");
  return String(cell).trim();
}
function letters(column) {
  const last = String.fromCharCode(65 + column % 26);
  return column < 26 ? last : letters(Math.floor(column / 26) - 1) + last;
}
export {
  readWorkbook
};
