import {
  columnOfValues
} from "./chunk-TJMPUTLP.js";
import {
  readNpz,
  writeNpz
} from "./chunk-Q2G2HBWM.js";
import {
  readNpy
} from "./chunk-YRABOJSH.js";
import "./chunk-XL2MIJXJ.js";
import "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-YMIDNFC3.js";
import "./chunk-7KS7XLQ7.js";
import "./chunk-ICW2EB24.js";
import "./chunk-7BQBI4IZ.js";
import {
  Table,
  checkColumnCount,
  selectColumns
} from "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import {
  damagedFile
} from "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/array-table.ts
var MAX_EMPTY_COLUMNS = 2 ** 16;
async function readArrayTable(path, options = {}) {
  const arrays = path.endsWith(".npz") ? await readNpz(path) : /* @__PURE__ */ new Map([["c", await readNpy(path)]]);
  const matrices = [...arrays.values()].filter(({ shape }) => shape.length === 2);
  const labels = arrays.get("columns");
  const names = labels && matrices.length === 1 && isTexts(labels.data) && labels.data.length === matrices[0]?.shape[1] ? labels.data : void 0;
  const content = [...arrays].filter(([, array]) => !(names && array === labels));
  for (const [name, { shape }] of content) checkShape(name, shape, path);
  const count = content.reduce((sum, [, { shape }]) => sum + (shape[1] ?? 1), 0);
  checkColumnCount(count, path);
  if (count > MAX_EMPTY_COLUMNS && content.every(([, { shape }]) => shape[0] === 0)) {
    throw damagedFile(path, `it claims ${count} columns and has no rows`);
  }
  const parts = content.flatMap(([name, array]) => partsOf(name, array, names));
  const rows = parts[0]?.length ?? 0;
  const odd = parts.find(({ length }) => length !== rows);
  if (odd) {
    throw new InputError(
      "rows-disagree",
      `${path}: '${parts[0].name}' has ${rows} rows and '${odd.name}' ${odd.length}; all arrays need the same number`,
      { path }
    );
  }
  const available = parts.map(({ name }) => name);
  const isSelected = selectColumns(available, options, path);
  const columns = parts.filter(({ name }) => isSelected(name)).map((part) => columnOfValues(part, options));
  return new Table(path, { rows, columns, available });
}
async function writeArrayTable(path, columns) {
  await writeNpz(
    path,
    columns.map(({ name, values }) => [name, { shape: [values.length], data: values }])
  );
}
function checkShape(name, shape, path) {
  if (shape.length === 1 || shape.length === 2) return;
  throw new InputError(
    "unsupported-shape",
    `${path}: array '${name}' has shape (${shape.join(", ")}); a table consists of vectors and matrices`,
    { path, name }
  );
}
function partsOf(name, { shape, data }, names) {
  const [length = 0, width = 1] = shape;
  const at = (index) => data[index];
  if (shape.length === 1) return [{ name, length, at }];
  return Array.from({ length: width }, (_, column) => ({
    name: names?.[column] ?? `${name}${column + 1}`,
    length,
    at: (row) => at(row * width + column)
  }));
}
var isTexts = (data) => Array.isArray(data);
export {
  readArrayTable,
  writeArrayTable
};
