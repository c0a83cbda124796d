import {
  curvedTerms,
  splineConstants,
  splineValue
} from "./chunk-G6NLOZXM.js";
import {
  quantileOf
} from "./chunk-WOWGDU2F.js";
import "./chunk-KVCOM63A.js";
import {
  idName
} from "./chunk-WYVUSRPB.js";
import {
  isConstant,
  momentsOf
} from "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/study/fit-adjustment.ts
import { Matrix, pseudoInverse } from "ml-matrix";

// src/study/covariate-terms.ts
var SPLINE_TERMS = [
  [1e4, 6],
  [1e3, 5],
  [200, 4],
  [50, 3],
  [0, 2]
];
var CURVED_SHARE = 1 / 10;
var MIN_DISTINCT = 3;
function fitTerms(file, covariates, ids, train) {
  const columns = covariates.columns.map((column) => ({ column, values: covariates.select(column, ids) }));
  const sorted = new Map(
    columns.flatMap(({ column, values }) => {
      if (!(values instanceof Float64Array)) return [];
      const ascending = Float64Array.from(train, (row) => values[row]).sort();
      return [[column, { ascending, distinct: new Float64Array(new Set(ascending)) }]];
    })
  );
  const curved = [...sorted.values()].filter(({ distinct }) => distinct.length >= MIN_DISTINCT).length;
  const size = file.config.adjust?.terms === "linear" ? 1 : splineSize(train.length, curved);
  return columns.flatMap(({ column, values }) => {
    const standardise = (term) => standardisedTerm(file, term, valuesOfTerm(values, term), train);
    if (values instanceof Float64Array) {
      const knots = knotsOf(sorted.get(column), size);
      const bends = Array.from({ length: curvedTerms(knots.length) }, (_, term) => ({
        column,
        spline: { knots, term }
      }));
      return [{ column }, ...bends].map(standardise);
    }
    const levels = [...new Set(Array.from(train, (row) => values[row]))].sort();
    return levels.map((level) => standardise({ column, level }));
  });
}
function valuesOfTerm(values, { level, spline }) {
  if (!(values instanceof Float64Array)) return Float64Array.from(values, (value) => value === level ? 1 : 0);
  if (!spline) return values;
  const constants = splineConstants(spline);
  return values.map((value) => splineValue(constants, value));
}
function splineSize(subjects, covariates) {
  const [, bySubjects] = SPLINE_TERMS.find(([least]) => subjects >= least);
  const affordable = 1 + Math.floor(CURVED_SHARE * subjects / Math.max(1, covariates));
  return Math.min(bySubjects, affordable);
}
function knotsOf({ ascending, distinct }, size) {
  if (size < 2 || distinct.length < MIN_DISTINCT) return [ascending[0], ascending[ascending.length - 1]];
  if (distinct.length <= size + 1) return [...distinct];
  const quantiles = (of) => Array.from({ length: size + 1 }, (_, k) => quantileOf(of, k / size));
  const knots = quantiles(ascending);
  return knots.every((knot, k) => k === 0 || knot > knots[k - 1]) ? knots : quantiles(distinct);
}
function standardisedTerm(file, term, values, train) {
  const moments = momentsOf(values, train);
  if (isConstant(moments)) {
    throw new InputError(
      "constant-column",
      `${file.locate(["adjust", "columns"])}: '${term.column}' is the same in all training subjects, so there is nothing to adjust for; leave it out`,
      { column: term.column }
    );
  }
  return { ...term, mean: moments.mean, sd: moments.sd };
}

// src/study/fit-adjustment.ts
var TOLERANCE = 1e-9;
function fitAdjustment(file, covariates, ids, train) {
  const terms = fitTerms(file, covariates, ids, train);
  if (terms.length > train.length - 2) {
    throw new InputError(
      "too-many-covariates",
      `${file.locate(["adjust", "columns"])}: ${terms.length} terms (one for each number, one for each level of a name) leave nothing of ${train.length} training subjects; adjust for fewer columns, or merge levels`,
      { covariates: terms.length, subjects: train.length }
    );
  }
  const values = covariateValues(file, covariates, ids, terms);
  const all = inverseDesign(values, train);
  let latest = { rows: train, inverse: all };
  const inverseFor = (rows) => {
    if (rows.length === train.length) return all;
    if (!isEqual(rows, latest.rows)) latest = { rows, inverse: inverseDesign(centredOver(values, rows), rows) };
    return latest.inverse;
  };
  const slopes = (column, rows) => {
    const inverse = inverseFor(rows);
    return terms.map((_, t) => rows.reduce((sum, row, i) => sum + inverse.get(t, i) * column[row], 0));
  };
  return { covariates: terms, values, slopes };
}
function inverseDesign(terms, rows) {
  const design = new Matrix(rows.length, terms.length);
  for (const [i, row] of rows.entries()) for (const [t, term] of terms.entries()) design.set(i, t, term[row]);
  return pseudoInverse(design, TOLERANCE * Math.sqrt(rows.length));
}
function centredOver(terms, rows) {
  return terms.map((term) => {
    const { mean } = momentsOf(term, rows);
    return term.map((value) => value - mean);
  });
}
function isEqual(a, b) {
  return a.length === b.length && a.every((row, i) => row === b[i]);
}
function covariateValues(file, covariates, ids, terms) {
  const columns = new Map(covariates.columns.map((column) => [column, covariates.select(column, ids)]));
  for (const [column, values] of columns) {
    if (values instanceof Float64Array) continue;
    const levels = terms.filter((term) => term.column === column).map(({ level }) => level);
    const row = values.findIndex((value) => !levels.includes(value));
    if (row < 0) continue;
    throw new InputError(
      "unknown-level",
      `${file.locate(["adjust"])}: ${idName(file.config.id)} ${ids[row]} has ${column} '${values[row]}', which no training subject has (they have ${levels.join(", ")}), so nothing is known of it; correct it, or leave the subject out`,
      { column, level: values[row], id: ids[row] }
    );
  }
  return terms.map(
    ({ column, mean, sd, ...term }) => valuesOfTerm(columns.get(column), term).map((value) => (value - mean) / sd)
  );
}
export {
  covariateValues,
  fitAdjustment
};
