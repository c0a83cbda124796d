import {
  isFolder
} from "./chunk-YMIDNFC3.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/files/read-table.ts
var withGzip = (extensions) => extensions.flatMap((one) => [one, `${one}.gz`]);
var FORMATS = [
  {
    extensions: withGzip([".csv", ".tsv", ".txt"]),
    takes: ["transposed"],
    load: async () => (await import("./csv-JMPOOEVK.js")).readCsv,
    parts: async () => (await import("./csv-JMPOOEVK.js")).readCsvParts
  },
  {
    extensions: [".parquet"],
    takes: [],
    load: async () => (await import("./parquet-OH22O7MI.js")).readParquet,
    parts: async () => (await import("./parquet-OH22O7MI.js")).readParquetParts
  },
  { extensions: [".npz", ".npy"], takes: [], load: async () => (await import("./array-table-2YAKO5AS.js")).readArrayTable },
  { extensions: [".xlsx"], takes: ["sheet"], load: async () => (await import("./xlsx-EJEKXPR2.js")).readWorkbook },
  { extensions: [".arrow", ".feather"], takes: [], load: async () => (await import("./arrow-YHXGHZF2.js")).readArrow },
  { extensions: [".h5ad", ".h5mu"], takes: ["part"], load: async () => (await import("./anndata-EIQ75BQJ.js")).readAnnData },
  {
    extensions: withGzip([".mtx"]),
    takes: ["part"],
    load: async () => (await import("./matrix-market-A2YIIXLP.js")).readMatrixMarket
  }
];
var TABLE_EXTENSIONS = FORMATS.flatMap(({ extensions }) => extensions);
async function readTable(path, options = {}) {
  const known = formatOf(path);
  const file = known === void 0 && await isFolder(path) ? await matrixIn(path) : path;
  const format = known ?? formatOf(file);
  if (format === void 0) throw unknownFormat(path, TABLE_EXTENSIONS);
  for (const option of ["transposed", "sheet", "part"]) {
    if (options[option] !== void 0 && !format.takes.includes(option)) throw unsupportedOption(path, option);
  }
  const table = await (await format.load())(file, options);
  if (table.rows === 0) throw new InputError("empty-table", `${path} has no rows`, { path });
  return table;
}
async function* readTableParts(path, options, rows) {
  const format = formatOf(path);
  if (!format?.parts) {
    const inParts = FORMATS.filter(({ parts }) => parts).flatMap(({ extensions }) => extensions);
    throw unknownFormat(path, inParts);
  }
  let isEmpty = true;
  for await (const part of (await format.parts())(path, options, rows)) {
    if (part.rows === 0 && isEmpty) throw new InputError("empty-table", `${path} has no rows`, { path });
    isEmpty = false;
    yield part;
  }
}
var FORMAT_HINTS = {
  transposed: "only .csv, .tsv and .txt can be transposed; write this table with subjects in rows",
  sheet: "sheet is for .xlsx only; leave it out",
  part: "part is for .h5ad and .h5mu, and for .mtx with features; leave it out"
};
function unsupportedOption(path, option) {
  return new InputError("unsupported-shape", `${path}: ${FORMAT_HINTS[option]}`, { path });
}
function formatOf(path) {
  return FORMATS.find(({ extensions }) => extensions.some((extension) => path.endsWith(extension)));
}
async function matrixIn(folder) {
  return (await import("./tenx-56O4LBTM.js")).matrixIn(folder);
}
async function writeTable(path, columns) {
  if (path.endsWith(".csv")) await (await import("./csv-JMPOOEVK.js")).writeCsv(path, columns);
  else if (path.endsWith(".parquet")) await (await import("./parquet-OH22O7MI.js")).writeParquet(path, columns);
  else if (path.endsWith(".npz")) await (await import("./array-table-2YAKO5AS.js")).writeArrayTable(path, columns);
  else throw unknownFormat(path, [".csv", ".parquet", ".npz"]);
}
function unknownFormat(path, accepted) {
  return new InputError("unknown-format", `${path}: a table's name must end in ${accepted.join(", ")}`, { path });
}

export {
  TABLE_EXTENSIONS,
  readTable,
  readTableParts,
  formatOf,
  writeTable
};
