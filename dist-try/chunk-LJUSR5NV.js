import {
  RecordError,
  RecordScanner,
  textChunks
} from "./chunk-EKSDVM6Y.js";
import {
  exists
} from "./chunk-YMIDNFC3.js";
import {
  damagedFile
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/files/tenx.ts
import { basename, dirname, join } from "node:path";
var MATRIX = /matrix\.mtx(\.gz)?$/;
async function matrixIn(folder) {
  const path = await firstOf(folder, ["matrix.mtx.gz", "matrix.mtx"]);
  if (path !== void 0) return path;
  throw new InputError(
    "missing-file",
    `${folder} is a folder without matrix.mtx or matrix.mtx.gz; give the path of a file, or of a folder of Cell Ranger`,
    { path: folder }
  );
}
async function tenxFiles(path) {
  if (!MATRIX.test(path)) return void 0;
  const prefix = basename(path).replace(MATRIX, "");
  const both = (name) => [`${prefix}${name}.gz`, `${prefix}${name}`];
  const folder = dirname(path);
  const barcodes = await firstOf(folder, both("barcodes.tsv"));
  const features = await firstOf(folder, [...both("features.tsv"), ...both("genes.tsv")]);
  if (barcodes === void 0 && features === void 0) return void 0;
  if (barcodes !== void 0 && features !== void 0) return { barcodes, features };
  const lacks = barcodes === void 0 ? "barcodes.tsv" : "features.tsv (genes.tsv)";
  throw new InputError("missing-file", `${path} has no ${lacks} in its folder; put it there`, { path });
}
async function readTenx(files, path, { part }) {
  const barcodes = (await readRows(files.barcodes)).map(([barcode]) => barcode);
  const rows = await readRows(files.features);
  const types = [...new Set(rows.map(([, , type = ""]) => type))];
  if (part === void 0 && types.length > 1) {
    throw new InputError(
      "ambiguous-part",
      `${path} has features of several types; choose one with part: ${types.map((type) => `'${type}'`).join(" or ")}`,
      { path, parts: types }
    );
  }
  if (part !== void 0 && !types.includes(part)) {
    throw new InputError(
      "unknown-part",
      `${path} has no features of the type '${part}'${didYouMean(part, types)}; it has ${types.join(", ")}`,
      { path, parts: types }
    );
  }
  const counts = /* @__PURE__ */ new Map();
  for (const [id, name = id] of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  const features = rows.map(([id, name = id, type = ""]) => {
    if (part !== void 0 && type !== part) return void 0;
    return counts.get(name) === 1 ? name : `${name} (${id})`;
  });
  return {
    barcodes,
    features,
    check: (height, width) => {
      if (height === rows.length && width === barcodes.length) return;
      throw new InputError(
        "rows-disagree",
        `${path} has ${height} rows and ${width} columns, ${files.features} ${rows.length} features and ${files.barcodes} ${barcodes.length} barcodes; they must belong together`,
        { path }
      );
    }
  };
}
async function readRows(path) {
  const scanner = new RecordScanner("	", false);
  const rows = [];
  const take = () => {
    while (scanner.next()) rows.push(Array.from({ length: scanner.count }, (_, cell) => scanner.text(cell).trim()));
  };
  try {
    for await (const chunk of textChunks(path)) {
      scanner.append(chunk);
      take();
    }
    scanner.end();
    take();
  } catch (cause) {
    if (cause instanceof RecordError) throw damagedFile(path, `line ${cause.line}: ${cause.message}`, cause);
    throw cause;
  }
  return rows;
}
async function firstOf(folder, names) {
  for (const name of names) if (await exists(join(folder, name))) return join(folder, name);
  return void 0;
}

export {
  matrixIn,
  tenxFiles,
  readTenx
};
