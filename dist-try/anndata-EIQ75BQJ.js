import {
  SparseColumns
} from "./chunk-U5ZLVVO3.js";
import {
  columnOfValues
} from "./chunk-TJMPUTLP.js";
import {
  loadPeer
} from "./chunk-DBAXBWFB.js";
import "./chunk-7BQBI4IZ.js";
import {
  Table,
  selectColumns
} from "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import {
  causeMessage,
  damagedFile,
  regularFileSize
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError,
  InterlatentError,
  InternalError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/anndata-frames.ts
async function indexOf(file, at) {
  const values = await readColumn(file, `${at}/${indexName(file, at)}`);
  return Array.from(values, String);
}
function dataframeColumns(file, at) {
  const index = indexName(file, at);
  const order = file.attribute(at, "column-order");
  const keys = file.keys(at).filter((name) => name !== index && !name.startsWith("__"));
  const names = isTexts(order) && order.every((name) => keys.includes(name)) ? order : keys;
  return Promise.resolve(names.map((name) => ({ name, read: () => readColumn(file, `${at}/${name}`) })));
}
function indexName(file, at) {
  const kind = file.kind(at);
  if (kind === void 0) throw damagedFile(file.path, `it has no group ${at}, so it is not an AnnData file`);
  const index = file.attribute(at, "_index");
  if (kind === "group" && typeof index === "string") return index;
  throw unsupported(file, at, "is not a table in the encoding of AnnData 0.7 and later");
}
async function readColumn(file, at) {
  if (file.kind(at) === "dataset") {
    refuseOldCategories(file, at);
    return file.vector(at);
  }
  const encoding = file.attribute(at, "encoding-type");
  switch (encoding) {
    case "categorical": {
      const codes = await file.vector(`${at}/codes`);
      return categoryOf(file, at, codes, await readColumn(file, `${at}/categories`));
    }
    case "nullable-integer":
    case "nullable-boolean":
    case "nullable-string-array": {
      const values = await file.vector(`${at}/values`);
      const mask = await file.vector(`${at}/mask`);
      if (mask.length !== values.length) throw damagedFile(file.path, `${at} has not one mask entry for each value`);
      const missing = encoding === "nullable-string-array" ? "" : NaN;
      return Array.from(
        values,
        (value, row) => Number(mask[row]) === 0 ? value : missing
      );
    }
    default:
      throw unsupported(file, at, `has the encoding '${String(encoding)}', which is not read`);
  }
}
function refuseOldCategories(file, at) {
  const [frame, name] = [at.slice(0, at.lastIndexOf("/")), at.slice(at.lastIndexOf("/") + 1)];
  if (file.kind(`${frame}/__categories/${name}`) === void 0) return;
  throw unsupported(
    file,
    at,
    "has its categories in the layout of AnnData before 0.8; read it and write it again with a later version"
  );
}
function categoryOf(file, at, codes, categories) {
  const missing = categories.length > 0 && typeof categories[0] !== "string" ? NaN : "";
  return Array.from(codes, (value) => {
    const code = Number(value);
    if (code === -1) return missing;
    if (code >= 0 && code < categories.length) return categories[code];
    throw damagedFile(file.path, `${at} has the code ${code}, but only ${categories.length} categories`);
  });
}
function unsupported(file, at, what) {
  return new InputError("unsupported-type", `${file.path}: ${at} ${what}`, { path: file.path, at });
}
var isTexts = (value) => Array.isArray(value) && value.every((one) => typeof one === "string");

// src/files/anndata-parts.ts
async function partOf(file, part) {
  const isMuData = file.kind("mod") === "group";
  if (!isMuData) return describe(file, "", part ?? "X");
  const modalities = file.keys("mod");
  if (part === void 0) {
    throw new InputError(
      "ambiguous-part",
      `${file.path} has the modalities ${modalities.join(", ")}; choose one with part: ${modalities[0] ?? "NAME"}`,
      { path: file.path, parts: modalities }
    );
  }
  const [first, ...rest] = part.replace(/^mod\//, "").split("/");
  if (!modalities.includes(first)) return describe(file, "", part, modalities);
  await checkMap(file, first);
  return describe(file, `mod/${first}/`, rest.length > 0 ? rest.join("/") : "X");
}
function describe(file, base, part, modalities = []) {
  const at = `${base}${part}`;
  const [group] = part.split("/");
  if (file.kind(at) === void 0) throw unknownPart(file, base, part, modalities);
  const isOfVariables = group === "var" || group === "varm";
  const rows = `${base}${isOfVariables ? "var" : "obs"}`;
  const isFrame = file.attribute(at, "encoding-type") === "dataframe" || part === "obs" || part === "var";
  if (isFrame) return { at, kind: "frame", rows: at, ...at !== rows && { annotations: rows } };
  const isX = group === "X" || group === "layers";
  const columns = isX ? `${base}var` : part === "raw/X" ? `${base}raw/var` : void 0;
  const named = { at, rows, ...columns !== void 0 && { columns }, annotations: rows };
  if (file.kind(at) === "dataset") return { ...named, kind: "dense" };
  const encoding = file.attribute(at, "encoding-type") ?? file.attribute(at, "h5sparse_format");
  const isByRow = encoding === "csr_matrix" || encoding === "csr";
  if (!isByRow && encoding !== "csc_matrix" && encoding !== "csc") {
    throw new InputError(
      "unsupported-type",
      `${file.path}: ${at} has the encoding '${String(encoding)}'; supported are dataframe, array, csr_matrix and csc_matrix`,
      { path: file.path, part }
    );
  }
  const shape = file.attribute(at, "shape") ?? file.attribute(at, "h5sparse_shape");
  if (!isNumbers(shape)) throw damagedFile(file.path, `${at} has no shape`);
  return { ...named, kind: "sparse", shape: Array.from(shape, Number), isByRow };
}
async function checkMap(file, modality) {
  const at = `obsmap/${modality}`;
  if (file.kind(at) !== "dataset" || file.kind("obs") === void 0) return;
  const places = await file.vector(at);
  const all = await indexOf(file, "obs");
  const members = await indexOf(file, `mod/${modality}/obs`);
  const wrong = all.findIndex((name, i) => {
    const place = Number(places[i]);
    return place !== 0 && members[place - 1] !== name;
  });
  const present = Array.from(places, Number).filter((place) => place > 0).length;
  if (places.length === all.length && wrong < 0 && present === members.length) return;
  throw damagedFile(
    file.path,
    `${at} does not match the names of observations; call update() and write the file again`
  );
}
function unknownPart(file, base, part, modalities) {
  const inside = (group) => file.kind(`${base}${group}`) === "group" ? file.keys(`${base}${group}`).map((name) => `${group}/${name}`) : [];
  const all = [...modalities, "X", "obs", "var", "raw/X", ...inside("layers"), ...inside("obsm")];
  const parts = all.filter((name) => modalities.includes(name) || file.kind(`${base}${name}`) !== void 0);
  return new InputError(
    "unknown-part",
    `${file.path} has no part '${part}'${didYouMean(part, parts)}; it has ` + (parts.join(", ") || "no part of an AnnData file"),
    { path: file.path, parts }
  );
}
var isNumbers = (value) => ArrayBuffer.isView(value) && "length" in value && value.length === 2;

// src/files/hdf5.ts
import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
var PIECE = 2 ** 24;
var NOT_PERMITTED = 2;
var INPUT_OUTPUT_ERROR = 29;
var STANDARD_ERROR = 2;
var SUPERBLOCK = Buffer.from("\x89HDF\r\n\n", "latin1");
var HEAP = Buffer.from("GCOL\0\0\0", "latin1");
var HEAP_PIECE = 2 ** 16;
var HEAP_HEADER = 16;
var OBJECT_HEADER = 16;
var FOLDER = 65536;
var verified = /* @__PURE__ */ new WeakSet();
async function withHdf5(path, work, load = () => import("h5wasm/node")) {
  await regularFileSize(path);
  const library = await loadPeer("h5wasm", "HDF5 files (.h5ad, .h5mu) are", load);
  const file = new Hdf5File(path, library, await library.ready);
  try {
    return await work(file);
  } finally {
    file.close();
  }
}
var Hdf5File = class {
  constructor(path, library, module) {
    this.path = path;
    this.#library = library;
    this.#module = module;
    if (!verified.has(module)) {
      if (!writesErrors(library, module)) throw unsupported2("does not write its errors to standard error");
      verified.add(module);
    }
    this.#file = this.#checked(() => new library.File(path, "r"));
    if (!(this.#file.file_id > 0n)) throw damagedFile(path, "it is not an HDF5 file, or cut short");
    if (this.#isWatched) return;
    this.close();
    throw unsupported2("opens files in a way that cannot be confined to one file");
  }
  path;
  #file;
  #library;
  #module;
  /** True once the library has opened the file through our replacement of `open`. */
  #isWatched = false;
  #isWorking = false;
  /** Returns the kind of object; undefined if there is none. @throws InputError `unsupported-type` for other objects */
  kind(at) {
    const object = this.#find(at);
    if (object === void 0) return void 0;
    return object instanceof this.#library.Dataset ? "dataset" : "group";
  }
  /** Returns the names in a group. @throws InputError `damaged-file` if it is not a group */
  keys(at) {
    return this.#checked(() => this.#group(at).keys());
  }
  /** Returns an attribute; undefined if there is none. */
  attribute(at, name) {
    const object = this.#find(at);
    if (!object) return void 0;
    return this.#checked(() => Object.hasOwn(object.attrs, name) ? object.attrs[name].value : void 0);
  }
  /** Returns shape and element size. @throws InputError `damaged-file` if it is not a dataset */
  dataset(at) {
    const { shape, size } = this.#checked(() => this.#dataset(at).metadata);
    return { shape: shape ?? [], size };
  }
  /** Returns all values of a vector. */
  async vector(at) {
    const { shape } = this.dataset(at);
    if (shape.length !== 1) throw damagedFile(this.path, `${at} has ${shape.length} axes; it must be a vector`);
    if (shape[0] === 0) return [];
    await setImmediate();
    return this.#read(at, []);
  }
  /** Yields values of a vector, or rows of a matrix, in pieces. */
  async *pieces(at, [from, to]) {
    const { shape, size } = this.dataset(at);
    const width = shape.slice(1).reduce((product, length) => product * length, 1);
    const step = Math.max(1, Math.floor(PIECE / Math.max(1, width * size)));
    for (let first = from; first < to; first += step) {
      const count = Math.min(step, to - first);
      const values = this.#read(at, [[first, first + count]]);
      if (values.length !== count * width) throw damagedFile(this.path, `${at} has fewer values than it claims`);
      yield { first, count, values };
      await setImmediate();
    }
  }
  close() {
    this.#checked(() => this.#file.close());
  }
  #read(at, ranges) {
    const values = this.#checked(() => {
      const dataset = this.#dataset(at);
      return ranges.length > 0 ? dataset.slice(ranges) : dataset.value;
    });
    if (typeof values === "object" && values !== null && "length" in values) return values;
    throw damagedFile(this.path, `${at} has no values`);
  }
  #find(at) {
    let group = this.#file;
    const names = at.split("/").filter((name) => name !== "");
    for (const [i, name] of names.entries()) {
      const object = this.#checked(() => group.keys().includes(name) ? group.get(name) : void 0);
      if (object === void 0 || object === null) return void 0;
      const isLast = i === names.length - 1;
      if (object instanceof this.#library.Dataset) return isLast ? object : void 0;
      if (!(object instanceof this.#library.Group)) {
        throw new InputError(
          "unsupported-type",
          `${this.path}: ${at} is a ${"type" in object ? object.type : "Reference"}, which is not followed`,
          {
            path: this.path
          }
        );
      }
      group = object;
    }
    return group;
  }
  #group(at) {
    const object = this.#find(at);
    if (object instanceof this.#library.Group) return object;
    throw damagedFile(this.path, `it has no group ${at}`);
  }
  #dataset(at) {
    const object = this.#find(at);
    if (object instanceof this.#library.Dataset) return object;
    throw damagedFile(this.path, `it has no dataset ${at}`);
  }
  /**
   * Runs a call of the library: throws its errors as coded errors, and prevents access to other files.
   * @throws InputError `other-file`, `damaged-file`; what `work` throws
   */
  #checked(work) {
    if (this.#isWorking) return work();
    this.#isWorking = true;
    const call = watched(this.path, this.#module, work);
    this.#isWorking = false;
    this.#isWatched ||= call.isOpened;
    const { otherFiles, outcome, damage, trace } = call;
    if ("cause" in outcome && outcome.cause instanceof InterlatentError) throw outcome.cause;
    if (otherFiles.length > 0) {
      throw new InputError(
        "other-file",
        `${this.path} takes values from another file (${otherFiles[0]}), by an external link, external storage or a virtual dataset. Other files are not read: copy the values into this file`,
        { path: this.path, other: otherFiles[0] }
      );
    }
    if (trace === "" && "result" in outcome) return outcome.result;
    const cause = "cause" in outcome ? outcome.cause : void 0;
    throw damagedFile(this.path, damage ?? reasonOf(trace === "" ? causeMessage(cause) : trace), cause);
  }
};
function watched(path, module, work) {
  const { FS: files } = module;
  const { open, read, write } = files;
  module.deactivate_throwing_error_handler();
  const otherFiles = [];
  const output = [];
  let isOpened = false;
  let damage;
  files.write = (stream, buffer, offset, length, ...rest) => {
    if (stream.fd !== STANDARD_ERROR) return write(stream, buffer, offset, length, ...rest);
    output.push(Buffer.from(Uint8Array.from(buffer.subarray(offset, offset + length))));
    return length;
  };
  files.read = (stream, buffer, offset, length, position) => {
    const count = read(stream, buffer, offset, length, position);
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, count);
    const more = (at, wanted) => {
      const piece = new Int8Array(wanted);
      return new Uint8Array(piece.buffer, 0, read(stream, piece, 0, wanted, (position ?? 0) + at));
    };
    damage ??= endlessPart(bytes, more);
    if (damage !== void 0) throw new files.ErrnoError(INPUT_OUTPUT_ERROR);
    return count;
  };
  files.open = (name, flags, ...rest) => {
    if (name !== "" && resolve(name) === resolve(path)) {
      isOpened = true;
      return open(name, flags, ...rest);
    }
    if ((flags & FOLDER) === 0) otherFiles.push(name);
    throw new files.ErrnoError(NOT_PERMITTED);
  };
  let outcome;
  try {
    outcome = { result: work() };
  } catch (cause) {
    outcome = { cause };
  } finally {
    Object.assign(files, { open, read, write });
  }
  return { outcome, isOpened, otherFiles, damage, trace: Buffer.concat(output).toString() };
}
function writesErrors(library, module) {
  return watched("", module, () => new library.File("", "r")).trace !== "";
}
function endlessPart(bytes, more) {
  if (startsWith(bytes, SUPERBLOCK) && bytes.length > 14) {
    const lengths = bytes[8] < 2 ? bytes[14] : bytes[10];
    return lengths === 8 ? void 0 : `its lengths have ${lengths} bytes; only files with lengths of 8 bytes are read`;
  }
  if (!startsWith(bytes, HEAP) || bytes.length < HEAP_HEADER) return void 0;
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true));
  let [piece, from] = [bytes, 0];
  for (let at = HEAP_HEADER; at + OBJECT_HEADER <= size; ) {
    if (at + OBJECT_HEADER > from + piece.length) {
      piece = more(at, Math.min(HEAP_PIECE, size - at));
      from = at;
      if (piece.length < OBJECT_HEADER) return void 0;
    }
    const header = new DataView(piece.buffer, piece.byteOffset + at - from, OBJECT_HEADER);
    const isFree = header.getUint16(0, true) === 0;
    const length = Number(header.getBigUint64(8, true));
    const step = isFree ? length : OBJECT_HEADER + 8 * Math.ceil(length / 8);
    if (step === 0 || at + step > size) return "an object in a heap of texts has an impossible length";
    at += step;
  }
  return void 0;
}
function startsWith(bytes, signature) {
  return bytes.length >= signature.length && signature.every((byte, i) => bytes[i] === byte);
}
function unsupported2(how) {
  return new InternalError(
    "unsupported-peer",
    `This version of h5wasm ${how}, so HDF5 files cannot be read. Install the version in package.json.`
  );
}
function reasonOf(message) {
  const lines = [...message.matchAll(/^\s+#\d+: .*\(\): (.*)$/gm)].map(([, reason]) => reason);
  return lines.at(-1) ?? message.split("\n", 1)[0];
}

// src/files/anndata.ts
var COLUMNS_PER_SELECTED = 8;
async function readAnnData(path, options = {}) {
  return withHdf5(path, async (file) => {
    const part = await partOf(file, options.part);
    const rowNames = await indexOf(file, part.rows);
    const annotations = part.annotations === void 0 ? [] : await dataframeColumns(file, part.annotations);
    const frame = part.kind === "frame" ? await dataframeColumns(file, part.at) : void 0;
    const names = frame ? frame.map(({ name }) => name) : await columnNames(file, part);
    const further = annotations.filter(({ name }) => !names.includes(name));
    const isColumn = [...names, ...further.map(({ name }) => name)].includes(options.index ?? "");
    const index = isColumn ? void 0 : options.index ?? "index";
    const available = [...index === void 0 ? [] : [index], ...names, ...further.map(({ name }) => name)];
    const isSelected = selectColumns(available, options, path);
    const requested = /* @__PURE__ */ new Set([...options.columns ?? [], ...options.text ?? []]);
    const joined = further.filter(({ name }) => requested.has(name) || options.named?.(name) === true);
    const selected = names.map((name, position) => ({ name, position })).filter(({ name }) => isSelected(name));
    const columns = index === void 0 ? [] : [{ name: index, kind: "text", texts: rowNames }];
    for (const column of joined) columns.push(await frameColumn(file, column, rowNames.length, options));
    if (frame) {
      for (const { position } of selected)
        columns.push(await frameColumn(file, frame[position], rowNames.length, options));
    } else {
      const matrix = { rows: rowNames.length, width: names.length, selected };
      columns.push(...await (part.kind === "dense" ? readDense : readSparse)(file, part, matrix));
    }
    return new Table(path, { rows: rowNames.length, columns, available });
  });
}
async function frameColumn(file, { name, read }, rows, options) {
  const values = await read();
  if (values.length !== rows) throw rowsDisagree(file.path, name, values.length, rows);
  return columnOfValues({ name, length: rows, at: (row) => values[row] }, options);
}
async function columnNames(file, { at, columns }) {
  if (columns !== void 0) return indexOf(file, columns);
  const [, width = 0] = file.dataset(at).shape;
  const [name] = at.split("/").slice(-1);
  return Array.from({ length: width }, (_, column) => `${name}${column + 1}`);
}
async function readDense(file, { at }, { rows, width, selected }) {
  const { shape } = file.dataset(at);
  checkShape(file.path, at, shape, [rows, width]);
  const columns = selected.map(() => new Float64Array(rows));
  if (selected.length > 0) {
    for await (const { first, count, values } of file.pieces(at, [0, rows])) {
      for (const [i, { position }] of selected.entries()) {
        for (let row = 0; row < count; row++) columns[i][first + row] = Number(values[row * width + position]);
      }
    }
  }
  return selected.map(({ name }, i) => ({ name, kind: "number", numbers: columns[i] }));
}
async function readSparse(file, part, { rows, width, selected }) {
  const { path } = file;
  const { at, shape, isByRow } = part;
  checkShape(path, at, shape ?? [], [rows, width]);
  const major = isByRow ? rows : width;
  const minor = isByRow ? width : rows;
  const pointers = Float64Array.from(await file.vector(`${at}/indptr`), Number);
  const entries = file.dataset(`${at}/indices`).shape[0];
  const isAscending = pointers.every((pointer, i) => i === 0 || pointer >= pointers[i - 1]);
  if (pointers.length !== major + 1 || pointers[0] !== 0 || !isAscending || pointers[major] !== entries) {
    throw damagedFile(path, `${at}/indptr does not divide the ${entries} entries into ${major} parts`);
  }
  if (file.dataset(`${at}/data`).shape[0] !== entries)
    throw damagedFile(path, `${at} has not one value for each index`);
  const sparse = new SparseColumns(
    path,
    rows,
    selected.map(({ name }) => name)
  );
  const position = new Int32Array(width).fill(-1);
  for (const [i, one] of selected.entries()) position[one.position] = i;
  const isWhole = isByRow || selected.length * COLUMNS_PER_SELECTED > width;
  const ranges = isWhole ? [[0, major]] : selected.map(({ position: column }) => [column, column + 1]);
  for (const [from, to] of selected.length > 0 ? ranges : []) {
    const range = [pointers[from], pointers[to]];
    const data = file.pieces(`${at}/data`, range);
    let current = { first: range[0], count: 0, values: [] };
    let place = from;
    for await (const { first, count, values } of file.pieces(`${at}/indices`, range)) {
      for (let i = 0; i < count; i++) {
        const entry = first + i;
        if (entry >= current.first + current.count) current = (await data.next()).value;
        while (entry >= pointers[place + 1]) place++;
        const index = Number(values[i]);
        if (!(Number.isInteger(index) && index >= 0 && index < minor)) {
          throw damagedFile(path, `${at}/indices has ${index}, but there are only ${minor}`);
        }
        const [row, column] = isByRow ? [place, index] : [index, place];
        const value = Number(current.values[entry - current.first]);
        if (position[column] >= 0 && value !== 0) sparse.add(row, position[column], value);
      }
    }
  }
  return sparse.finish();
}
function checkShape(path, at, shape, wanted) {
  if (shape.length === 2 && shape[0] === wanted[0] && shape[1] === wanted[1]) return;
  throw new InputError(
    "rows-disagree",
    `${path}: ${at} is ${shape.join(" \xD7 ")}, but its names are ${wanted.join(" \xD7 ")}`,
    { path }
  );
}
function rowsDisagree(path, name, length, rows) {
  return new InputError("rows-disagree", `${path}: column '${name}' has ${length} values for ${rows} rows`, { path });
}
export {
  readAnnData
};
