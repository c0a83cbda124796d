import {
  RecordError,
  RecordScanner,
  textChunks,
  textHead
} from "./chunk-EKSDVM6Y.js";
import {
  delimiterIn
} from "./chunk-HERB24DL.js";
import {
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-YMIDNFC3.js";
import {
  ColumnBuilder
} from "./chunk-7BQBI4IZ.js";
import {
  Table,
  checkColumnCount,
  isRequested,
  missingColumn,
  selectColumns
} from "./chunk-D7X6SFN7.js";
import {
  SpillPlace
} from "./chunk-DQEBVLKK.js";
import {
  damagedFile,
  outOfMemory,
  regularFileSize
} from "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/float-text.ts
var POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];
var MAX_DIGITS = 9;
var ZEROS = POWERS.map((_, count) => "0".repeat(count));
function floatText(value) {
  const size = Math.abs(value);
  if (size >= 0.01 && size < 1e3) {
    let places = size >= 1 ? size >= 10 ? size >= 100 ? 4 : 5 : 6 : size >= 0.1 ? 7 : 8;
    for (let digits = 7; digits <= MAX_DIGITS; digits++, places++) {
      const whole = Math.round(size * POWERS[places]);
      if (Math.fround(whole / POWERS[places]) === size) return (value < 0 ? "-" : "") + fixed(whole, places);
    }
  }
  for (let digits = 6; digits < MAX_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return `${short}`;
  }
  return `${Number(value.toPrecision(MAX_DIGITS))}`;
}
function fixed(whole, places) {
  const units = Math.floor(whole / POWERS[places]);
  let rest = whole - units * POWERS[places];
  if (rest === 0) return `${units}`;
  while (rest % 10 === 0) {
    rest /= 10;
    places--;
  }
  const text = `${rest}`;
  return `${units}.${ZEROS[places - text.length]}${text}`;
}

// src/files/csv-text.ts
function quoteCell(text) {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
function headerLine(columns) {
  return `${columns.map(({ name }) => quoteCell(name)).join(",")}
`;
}
function* lines(columns) {
  const rows = columns.at(0)?.values.length ?? 0;
  const writers = columns.map(({ values }) => cellWriter(values));
  if (writers.length === 1) writers[0] = neverEmpty(writers[0]);
  for (let row = 0; row < rows; row++) {
    let text = "";
    for (let cell = 0; cell < writers.length; cell++) text += (cell === 0 ? "" : ",") + writers[cell](row);
    yield `${text}
`;
  }
}
function cellWriter(values) {
  if (values instanceof Float32Array) return (row) => Number.isNaN(values[row]) ? "" : floatText(values[row]);
  if (values instanceof Float64Array) return (row) => numberText(values[row]);
  return (row) => quoteCell(values[row]);
}
function numberText(value) {
  if (Number.isNaN(value)) return "";
  return Object.is(value, -0) ? "-0" : String(value);
}
function neverEmpty(write) {
  return (row) => write(row) || '""';
}

// src/files/record-readers.ts
function columnReader(path, { header, width, before, rows: expected }, options) {
  const { text = [] } = options;
  checkColumnCount(width, path);
  const names = (header.length < width ? ["", ...header] : header).map((name) => name.trim());
  const isNamed = (name, index) => name !== "" || index === 0 && text.includes("");
  const available = names.filter(isNamed);
  const isSelected = selectNamed(available, { options, hasUnnamed: names[0] === "" }, path);
  const selected = names.filter((name, index) => isNamed(name, index) && isSelected(name));
  const place = new SpillPlace(selected.length);
  const wanted = names.flatMap((name, index) => {
    if (!isNamed(name, index) || !isSelected(name)) return [];
    const builder = new ColumnBuilder(name, {
      asText: text.includes(name),
      numberOf: options.numberOf?.(name),
      rows: expected,
      place
    });
    return [{ index, builder }];
  });
  let rows = 0;
  return {
    add: (record) => {
      rows++;
      for (const { index, builder } of wanted) builder.addCell(record, index);
    },
    finish: () => new Table(path, { rows, before, columns: wanted.map(({ builder }) => builder.finish()), available })
  };
}
function selectNamed(available, { options, hasUnnamed }, path) {
  const id = options.text?.find((name) => !available.includes(name));
  if (id === "") throw new InputError("missing-column", `the first column of ${path} has a name: '${available[0]}'`);
  if (id === void 0 || !hasUnnamed) return selectColumns(available, options, path);
  const { code, message, details } = missingColumn(id, available, path);
  throw new InputError(code, `${message}; its first column has no name: request it as ''`, { ...details });
}
function transposedReader(path, { header, width }, options) {
  const { transposed: idName = "", text = [] } = options;
  const ids = new ColumnBuilder(idName, { asText: true });
  for (const cell of header.length === width ? header.slice(1) : header) ids.addText(cell);
  const isSelected = isRequested(options);
  const available = [idName];
  const columns = [ids.finish()];
  return {
    add: (record) => {
      const name = record.text(0).trim();
      available.push(name);
      if (!isSelected(name)) return;
      const column = new ColumnBuilder(name, { asText: text.includes(name), numberOf: options.numberOf?.(name) });
      for (let subject = 1; subject < width; subject++) column.addCell(record, subject);
      columns.push(column.finish());
    },
    finish: () => {
      selectColumns(available, options, path);
      return new Table(path, { rows: width - 1, columns, available });
    }
  };
}

// src/files/text-table.ts
async function* tableParts(source, options = {}, rows = Infinity) {
  const { path } = source;
  const requested = [...options.columns ?? [], ...options.text ?? []];
  const scanner = new RecordScanner(options.delimiter ?? delimiterIn(path, await source.head(), requested));
  const open = options.transposed === void 0 ? columnReader : transposedReader;
  let header;
  let reader;
  let width = 0;
  let before = 0;
  let count = 0;
  try {
    for await (const chunk of withEnd(source.chunks())) {
      if (chunk) scanner.append(chunk);
      else scanner.end();
      while (scanner.next()) {
        if (header === void 0) {
          header = textsOf(scanner);
          continue;
        }
        if (width === 0) width = rowWidth(header, scanner, options);
        if (scanner.count !== width) throw unequalRow(path, scanner.line, scanner.count - width);
        reader ??= open(path, { header, width, before, rows: before > 0 ? rows : void 0 }, options);
        reader.add(scanner);
        if (++count < rows) continue;
        yield reader.finish();
        reader = void 0;
        before += count;
        count = 0;
      }
    }
  } catch (cause) {
    if (cause instanceof RecordError) throw damagedFile(path, `line ${cause.line}: ${cause.message}`, cause);
    throw outOfMemory(path, cause);
  }
  if (header === void 0) throw new InputError("empty-table", `${path} is empty: not even a header`, { path });
  if (before > 0 && count === 0) return;
  reader ??= open(path, { header, width: header.length, before }, options);
  yield reader.finish();
}
async function* withEnd(chunks) {
  yield* chunks;
  yield void 0;
}
function textsOf(cells) {
  return Array.from({ length: cells.count }, (_, cell) => cells.text(cell));
}
function rowWidth(header, first, { text, transposed }) {
  const mayBeShorter = transposed !== void 0 || (text?.includes("") ?? false);
  return mayBeShorter && first.count === header.length + 1 ? first.count : header.length;
}
function unequalRow(path, line, more) {
  const hint = more === 1 ? "; if the first column has no name, as R writes row names, request it as ''" : "";
  return damagedFile(path, `line ${line}: its number of cells differs from the header${hint}`);
}

// src/files/csv.ts
async function readCsv(path, options = {}) {
  let table;
  for await (const part of readCsvParts(path, options)) table = part;
  return table;
}
async function* readCsvParts(path, options = {}, rows = Infinity) {
  await regularFileSize(path);
  yield* tableParts({ path, head: () => textHead(path), chunks: () => textChunks(path) }, options, rows);
}
async function writeCsv(path, columns) {
  await writeCsvParts(path, [columns]);
}
async function writeCsvParts(path, parts) {
  await writeFileAtomic(path, async (file) => {
    let text = "";
    let isFirst = true;
    for await (const columns of parts) {
      if (isFirst) text += headerLine(columns);
      isFirst = false;
      for (const line of lines(columns)) {
        text += line;
        if (text.length > 2 ** 20) {
          await file.writeFile(text);
          text = "";
        }
      }
    }
    await file.writeFile(text);
  });
}
export {
  readCsv,
  readCsvParts,
  writeCsv,
  writeCsvParts
};
