import {
  columnOf
} from "./chunk-SG2VJTFE.js";
import {
  rankScore,
  valueOfScore
} from "./chunk-WOWGDU2F.js";
import {
  observedRows
} from "./chunk-6G5FRIQV.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/data/transform.ts
var PRIOR_COUNT = 2;
function fitTransform(choice, raw, train) {
  if (choice.kind === "cpm") {
    const totals = rowTotals(raw, raw.names);
    const rows = observedRows(totals, train);
    return { kind: "cpm", over: raw.names, meanTotal: rows.reduce((sum, row) => sum + totals[row], 0) / rows.length };
  }
  if (choice.kind === "clr") {
    let minPositive = Infinity;
    for (const name of raw.names) {
      const values = raw.column(name);
      for (const row of train) if (values[row] > 0) minPositive = Math.min(minPositive, values[row]);
    }
    return { kind: "clr", over: raw.names, zero: minPositive / 2 };
  }
  return choice;
}
function columnTransform(transform, raw) {
  const each = (change) => (column) => raw.column(column.name).map((value, row) => Number.isNaN(value) ? NaN : change(value, row, column));
  switch (transform.kind) {
    case "log1p": {
      const logarithm = each(Math.log1p);
      return (column) => {
        checkPositive(transform, raw, column.name);
        return logarithm(column);
      };
    }
    case "arcsinh":
      return each((value) => Math.asinh(value / transform.cofactor));
    case "rank":
      return each((value, _, { ranks }) => ranks ? rankScore(ranks, value) : value);
    case "cpm": {
      const totals = rowTotals(raw, transform.over);
      return each((count, row) => {
        const prior = PRIOR_COUNT * totals[row] / transform.meanTotal;
        return Math.log2((count + prior) / (totals[row] + 2 * prior) * 1e6);
      });
    }
    case "clr": {
      rowTotals(raw, transform.over);
      const logarithm = (value) => Math.log(value === 0 ? transform.zero : value);
      const centres = new Float64Array(raw.ids.length);
      for (const name of transform.over) {
        for (const [row, value] of raw.column(name).entries()) centres[row] += logarithm(value) / transform.over.length;
      }
      return each((value, row) => logarithm(value) - centres[row]);
    }
  }
}
function untransformed(transform, { ranks }, value) {
  switch (transform.kind) {
    case "log1p":
      return Math.expm1(value);
    case "arcsinh":
      return Math.sinh(value) * transform.cofactor;
    case "rank":
      return ranks ? valueOfScore(ranks, value) : value;
    default:
      return value;
  }
}
function columnsRead({ transform, columns }) {
  const over = transform && "over" in transform ? transform.over : [];
  return [.../* @__PURE__ */ new Set([...over, ...columns.filter(({ total }) => !total).map(columnOf)])];
}
function needsWholeRows(choice) {
  return choice?.kind === "cpm" || choice?.kind === "clr";
}
function rowTotals(raw, names) {
  const totals = new Float64Array(raw.ids.length);
  for (const name of names) {
    checkPositive({ kind: "row" }, raw, name);
    for (const [row, value] of raw.column(name).entries()) totals[row] += value;
  }
  const empty = totals.findIndex((total) => total <= 0 || total === Infinity);
  if (empty < 0) return totals;
  throw new InputError(
    "transform-domain",
    `modality '${raw.modality}', subject ${raw.ids[empty]}: its ${names.length} values add up to ${totals[empty]}, so shares of it are undefined; leave the subject out`,
    { modality: raw.modality, subject: raw.ids[empty] }
  );
}
function checkPositive({ kind }, raw, column) {
  const values = raw.column(column);
  const row = values.findIndex((value) => value < 0);
  if (row < 0) return;
  const { modality, ids } = raw;
  throw new InputError(
    "transform-domain",
    `modality '${modality}', column '${column}', subject ${ids[row]}: ${values[row]} is not a count or abundance, which ${kind === "log1p" ? "log1p needs" : "cpm and clr need"}; correct it or choose another transform (arcsinh, rank)`,
    { modality, column, subject: ids[row] }
  );
}

export {
  fitTransform,
  columnTransform,
  untransformed,
  columnsRead,
  needsWholeRows
};
