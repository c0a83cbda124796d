import {
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-YMIDNFC3.js";
import {
  Table,
  selectColumns
} from "./chunk-D7X6SFN7.js";
import {
  SpillPlace,
  spilled
} from "./chunk-DQEBVLKK.js";
import {
  MAX_BYTES,
  causeCode,
  causeMessage,
  damagedFile,
  openRegular,
  readError,
  tooLarge
} from "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError,
  InterlatentError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/parquet.ts
import { parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { compressors as compressors2 } from "hyparquet-compressors";
import { parquetWriteBuffer } from "hyparquet-writer";

// src/files/parquet-checks.ts
import { parquetHeader } from "hyparquet/src/column.js";

// src/files/parquet-runs.ts
import { compressors } from "hyparquet-compressors";
import { decompressPage } from "hyparquet/src/datapage.js";
import { readVarInt } from "hyparquet/src/thrift.js";
function checkRuns(packed, header, { element, codec }) {
  const { data_page_header: first, data_page_header_v2: second } = header;
  const levels = element.repetition_type === "REQUIRED" ? void 0 : 1;
  if (first) {
    const page = decompressPage(packed, header.uncompressed_page_size, codec, compressors);
    const reader = readerOf(page);
    if (levels) checkPrefixed(reader, levels, first.num_values);
    checkValues(reader, first.encoding, element, first.num_values);
  } else if (second) {
    const { repetition_levels_byte_length: repetitions, definition_levels_byte_length: definitions } = second;
    if (levels) checkHybrid(readerOf(packed.subarray(repetitions)), levels, second.num_values);
    const values = packed.subarray(levels ? repetitions + definitions : repetitions);
    const size = header.uncompressed_page_size - repetitions - definitions;
    const page = second.is_compressed === false ? values : decompressPage(values, size, codec, compressors);
    checkValues(readerOf(page), second.encoding, element, second.num_values - second.num_nulls);
  }
}
function checkValues(reader, encoding, { type }, values) {
  if (encoding === "RLE" && type === "BOOLEAN") {
    checkPrefixed(reader, 1, values);
  } else if (encoding === "RLE" || encoding === "PLAIN_DICTIONARY" || encoding === "RLE_DICTIONARY") {
    checkHybrid(reader, reader.view.getUint8(reader.offset++), values);
  }
}
function checkPrefixed(reader, width, values) {
  const length = reader.view.getUint32(reader.offset, true);
  reader.offset += 4;
  const end = reader.offset + length;
  checkHybrid(reader, width, values);
  reader.offset = end;
}
function checkHybrid(reader, width, values) {
  let seen = 0;
  while (seen < values && reader.offset < reader.view.byteLength) {
    const run = readVarInt(reader);
    const isPacked = (run & 1) === 1;
    const count = isPacked ? (run >> 1) * 8 : run >>> 1;
    const bytes = isPacked ? (run >> 1) * width : width + 7 >> 3;
    if (!(count >= 0 && count <= values + 7 && reader.offset + bytes <= reader.view.byteLength)) {
      throw new Error(`a run of ${count} values is in a page of ${values}`);
    }
    reader.offset += bytes;
    seen += count;
  }
}
function readerOf(bytes) {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

// src/files/parquet-checks.ts
var MAX_ROWS = 2 ** 26;
function checkNames(names, path) {
  if (names.some((name) => typeof name !== "string")) throw damagedFile(path, "a column has no name");
}
function checkRows(metadata, path, { inParts }) {
  let rows = 0;
  for (const { num_rows } of metadata.row_groups) {
    const groupRows = Number(num_rows);
    if (!(groupRows >= 0)) throw damagedFile(path, `a row group claims ${groupRows} rows`);
    rows += groupRows;
    if ((inParts ? groupRows : rows) > MAX_ROWS) {
      throw new InputError("too-large", `${path} claims ${rows} rows or more; up to ${MAX_ROWS} are read`, {
        path,
        rows
      });
    }
  }
  if (Number(metadata.num_rows) !== rows) {
    throw damagedFile(path, `it claims ${metadata.num_rows} rows, its parts ${rows}`);
  }
  return rows;
}
async function checkGroup({ num_rows, columns }, elements, { file, path, unpacked }) {
  const groupRows = Number(num_rows);
  let bytes = unpacked;
  for (const { meta_data: meta } of columns) {
    if (!meta) throw damagedFile(path, "a column has no description");
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const length = Number(meta.total_compressed_size);
    if (!(start >= 4 && length >= 0 && start + length <= file.byteLength)) {
      throw damagedFile(path, `column '${meta.path_in_schema.join(".")}' is outside of the file`);
    }
    const element = meta.path_in_schema.length === 1 ? elements.get(meta.path_in_schema[0]) : void 0;
    if (!element) continue;
    const pages = checkPages(
      new DataView(await file.slice(start, start + length)),
      { maxValues: groupRows, column: { element, codec: meta.codec } },
      path
    );
    if (pages.values !== groupRows) {
      throw damagedFile(path, `column '${meta.path_in_schema[0]}' has ${pages.values} of ${groupRows} rows`);
    }
    bytes += pages.bytes + 8 * groupRows;
    if (bytes > MAX_BYTES) throw tooLarge(path, bytes, MAX_BYTES);
  }
  return bytes;
}
function checkPages(view, { maxValues, column }, path) {
  const reader = { view, offset: 0 };
  let values = 0;
  let bytes = 0;
  while (reader.offset < view.byteLength - 1 && values < maxValues) {
    const header = parquetHeader(reader);
    const packed = header.compressed_page_size;
    const size = header.uncompressed_page_size;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const count = (data ?? header.dictionary_page_header)?.num_values ?? 0;
    if (!(packed >= 0 && reader.offset + packed <= view.byteLength && size >= 0 && count >= 0)) {
      throw damagedFile(path, "a page is outside of its column");
    }
    if (!data && count > 8 * size) throw damagedFile(path, `a dictionary of ${size} bytes claims ${count} values`);
    if (data) values += count;
    if (values > maxValues) throw damagedFile(path, "a column has more values than rows");
    bytes += size;
    if (bytes > MAX_BYTES) throw tooLarge(path, bytes, MAX_BYTES);
    checkRuns(new Uint8Array(view.buffer, view.byteOffset + reader.offset, packed), header, column);
    reader.offset += packed;
  }
  return { values, bytes };
}

// src/files/parquet.ts
async function readParquet(path, options = {}) {
  const { file, close } = await openParquet(path);
  try {
    const { metadata, columns, available, flat } = await readFooter(file, path, options);
    const rows = checkRows(metadata, path, { inParts: false });
    let unpacked = 0;
    for (const group of metadata.row_groups) unpacked = await checkGroup(group, flat, { file, path, unpacked });
    const read = [];
    const place = new SpillPlace(columns.length);
    for (const { name, isNested } of columns) {
      if (isNested) {
        read.push(nestedColumn(name, rows));
        continue;
      }
      const filler = new ColumnFiller(name, rows, options);
      await readCells({ file, metadata, name }, (cells, first) => {
        filler.fill(cells, first);
      });
      read.push(spilled(filler.finish(), place));
    }
    return new Table(path, { rows, columns: read, available });
  } catch (cause) {
    throw parquetError(path, cause);
  } finally {
    await close();
  }
}
async function* readParquetParts(path, options, rows) {
  const { file, close } = await openParquet(path);
  try {
    const { metadata, columns, available, flat } = await readFooter(file, path, options);
    const total = checkRows(metadata, path, { inParts: true });
    const groups = [];
    let next = 0;
    let decoded = 0;
    for (let first = 0; first === 0 || first < total; first += rows) {
      const end = Math.min(first + rows, total);
      while (decoded < end) {
        const group = metadata.row_groups[next++];
        await checkGroup(group, flat, { file, path, unpacked: 0 });
        const cells = /* @__PURE__ */ new Map();
        const range = { rowStart: decoded, rowEnd: decoded + Number(group.num_rows) };
        for (const name of flat.keys()) {
          await readCells({ file, metadata, name, ...range }, (values, start) => {
            cells.set(name, values);
            if (start !== decoded) throw new Error(`column '${name}' begins in row ${start}`);
          });
        }
        groups.push({ first: decoded, end: range.rowEnd, cells });
        decoded = range.rowEnd;
      }
      const read = columns.map(({ name, isNested }) => {
        if (isNested) return nestedColumn(name, end - first);
        const filler = new ColumnFiller(name, end - first, options);
        for (const group of groups) {
          const [from, to] = [Math.max(first, group.first), Math.min(end, group.end)];
          const cells = group.cells.get(name);
          if (from < to && cells) filler.fill(cells.slice(from - group.first, to - group.first), from - first);
        }
        return filler.finish();
      });
      yield new Table(path, { rows: end - first, before: first, columns: read, available });
      while (groups.length > 0 && groups[0].end <= end) groups.shift();
    }
  } catch (cause) {
    throw parquetError(path, cause);
  } finally {
    await close();
  }
}
async function writeParquet(path, columns) {
  const buffer = parquetWriteBuffer({
    columnData: columns.map(
      ({ name, values }) => isNumbers(values) ? { name, type: "DOUBLE", data: Float64Array.from(values) } : { name, type: "STRING", data: [...values] }
    )
  });
  await writeFileAtomic(path, new Uint8Array(buffer));
}
function isNumbers(values) {
  return ArrayBuffer.isView(values);
}
async function openParquet(path) {
  const { file: handle, size: byteLength } = await openRegular(path);
  const slice = async (start, end = byteLength) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw damagedFile(path, "it became shorter while it was read");
      at += bytesRead;
    }
    return bytes.buffer;
  };
  return { file: { byteLength, slice }, close: () => handle.close() };
}
async function readFooter(file, path, options) {
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const children = parquetSchema(metadata).children.map(({ element, children: parts }) => ({
    name: element.name,
    element,
    isNested: parts.length > 0 || element.repetition_type === "REPEATED"
  }));
  const available = children.map(({ name }) => name);
  checkNames(available, path);
  const isSelected = selectColumns(available, options, path);
  const columns = children.filter(({ name }) => isSelected(name));
  const flat = new Map(columns.filter(({ isNested }) => !isNested).map(({ name, element }) => [name, element]));
  return { metadata, available, columns, flat };
}
async function readCells(range, take) {
  const { name, ...rest } = range;
  await parquetRead({
    ...rest,
    columns: [name],
    compressors: compressors2,
    geoparquet: false,
    onChunk: ({ columnData, rowStart }) => {
      take(columnData, rowStart);
    }
  });
}
var ColumnFiller = class {
  constructor(name, rows, { text, numberOf }) {
    this.name = name;
    this.rows = rows;
    this.#asText = text?.includes(name) ?? false;
    this.#numberOf = numberOf?.(name);
    this.#numbers = new Float64Array(this.#asText ? 0 : rows).fill(NaN);
    this.#texts = new Array(this.#asText ? rows : 0).fill("");
  }
  name;
  rows;
  #numbers;
  #texts;
  #asText;
  #numberOf;
  #firstText;
  #isNumeric = false;
  #filled = 0;
  fill(cells, first) {
    this.#filled += cells.length;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i];
      if (cell === null || cell === void 0) continue;
      if (this.#asText) this.#texts[first + i] = cellText(cell);
      else this.#addNumber(cell, first + i);
    }
  }
  finish() {
    const { name, rows } = this;
    if (this.#filled !== rows) throw new Error(`column '${name}' has ${this.#filled} of ${rows} rows`);
    if (this.#asText) return { name, kind: "text", texts: this.#texts };
    return {
      name,
      kind: this.#firstText === void 0 ? "number" : this.#isNumeric ? "mixed" : "text",
      numbers: this.#numbers,
      firstText: this.#firstText
    };
  }
  #addNumber(cell, row) {
    const isNumber = typeof cell === "number" || typeof cell === "bigint" || typeof cell === "boolean";
    const text = isNumber ? "" : cellText(cell);
    const value = isNumber ? Number(cell) : this.#numberOf?.(text);
    if (value !== void 0) {
      this.#numbers[row] = value;
      if (!Number.isNaN(value)) this.#isNumeric = true;
    } else if (this.#firstText === void 0 || row + 1 < this.#firstText.row) {
      this.#firstText = { row: row + 1, text };
    }
  }
};
function nestedColumn(name, rows) {
  return {
    name,
    kind: "text",
    numbers: new Float64Array(rows).fill(NaN),
    firstText: { row: 1, text: "a nested value" }
  };
}
function cellText(cell) {
  if (typeof cell === "number" && Number.isNaN(cell)) return "";
  return cell instanceof Date ? cell.toISOString() : String(cell).trim();
}
function parquetError(path, cause) {
  if (cause instanceof InterlatentError) return cause;
  const isOfSystem = /^E(?!RR_)/.test(causeCode(cause));
  return isOfSystem ? readError(path, cause) : damagedFile(path, causeMessage(cause), cause);
}
export {
  readParquet,
  readParquetParts,
  writeParquet
};
