import {
  isCount,
  isSize
} from "./chunk-SG2VJTFE.js";
import {
  momentsOf,
  observedRows
} from "./chunk-6G5FRIQV.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/data/size.ts
var TOTAL = "size=total";
var MIN_TOTAL = 0.5;
function predictedColumns(columns) {
  return columns.filter(({ kind }) => !isSize(kind));
}
function withoutSizes(modality) {
  const { columns, values, observed } = modality;
  const predicted = [...columns.keys()].filter((c) => !isSize(columns[c].kind));
  if (predicted.length === columns.length) return modality;
  const subjects = values.length / columns.length;
  const placeOf = (at) => Math.floor(at / predicted.length) * columns.length + predicted[at % predicted.length];
  const all = { length: subjects * predicted.length };
  return {
    ...modality,
    columns: predicted.map((c) => columns[c]),
    values: Float32Array.from(all, (_, at) => values[placeOf(at)]),
    observed: observed && Uint8Array.from(all, (_, at) => observed[placeOf(at)])
  };
}
function countTotals(columns, column) {
  const counts = columns.filter(({ kind }) => isCount(kind));
  const totals = new Float64Array(column(counts[0].name).length);
  const ordinary = new Float64Array(totals.length);
  for (const { name, mean } of counts) {
    const values = column(name);
    for (let row = 0; row < totals.length; row++) {
      if (Number.isNaN(values[row])) continue;
      totals[row] += values[row];
      ordinary[row] += Math.expm1(mean);
    }
  }
  return totals.map((total, row) => ordinary[row] === 0 ? NaN : Math.max(total, MIN_TOTAL) / ordinary[row]);
}
function sizesOf(scale, columns, column) {
  const totals = countTotals(columns, column);
  if (scale.total) return totals;
  return column(scale.name).map((size, row) => Number.isNaN(totals[row]) ? NaN : size);
}
function withTotal(columns, { place, size, column, train }) {
  const sizes = columns.filter(({ kind }) => isSize(kind)).map(({ name }) => name);
  if (size) sizes.push(TOTAL);
  if (sizes.length > 1) {
    throw new InputError(
      "several-sizes",
      `${place}: counts have one size, but there are ${sizes.join(" and ")}; keep one of them, or write their product into one column`,
      { columns: sizes }
    );
  }
  const counts = columns.filter(({ kind }) => isCount(kind)).length;
  if (sizes.length === 1 && counts < (size ? 2 : 1)) {
    const needed = size ? "a total needs two or more" : "a size needs one";
    throw new InputError(
      "size-without-counts",
      `${place}: '${sizes[0]}' is a size, and ${counts} columns are count or poisson; ${needed}: list the counts in kinds, or leave the size out`,
      { column: sizes[0] }
    );
  }
  if (!size) return [...columns];
  const logarithms = countTotals(columns, column).map(Math.log);
  const { mean } = momentsOf(logarithms, observedRows(logarithms, train));
  return [...columns, { name: TOTAL, log: true, offset: 0, mean, sd: 1, kind: "size", total: true }];
}

// src/data/repeated.ts
var MANY = 2 ** 20;
function firstRepeated(texts) {
  if (areAscending(texts)) return -1;
  if (texts.length >= MANY) return firstAmongMany(texts);
  const seen = /* @__PURE__ */ new Set();
  return texts.findIndex((text) => seen.size === seen.add(text).size);
}
function areAscending(texts) {
  let last = "";
  for (const [i, text] of texts.entries()) {
    if (i > 0 && !(last < text)) return false;
    last = text;
  }
  return true;
}
function firstAmongMany(texts) {
  const size = 2 ** Math.ceil(Math.log2(2 * texts.length + 1));
  const places = new Int32Array(size);
  for (let i = 0; i < texts.length; i++) {
    let at = hashOf(texts[i]) & size - 1;
    while (places[at] !== 0) {
      if (texts[places[at] - 1] === texts[i]) return i;
      at = at + 1 & size - 1;
    }
    places[at] = i + 1;
  }
  return -1;
}
function hashOf(text) {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ hash >>> 16, 2246822507);
  hash = Math.imul(hash ^ hash >>> 13, 3266489909);
  return hash ^ hash >>> 16;
}

export {
  firstRepeated,
  areAscending,
  predictedColumns,
  withoutSizes,
  countTotals,
  sizesOf,
  withTotal
};
