import {
  MODALITY_NAME
} from "./chunk-F6TOTGVU.js";
import {
  tableIdSchema
} from "./chunk-WYVUSRPB.js";
import {
  DELIMITERS
} from "./chunk-HERB24DL.js";
import {
  parseDecimalComma,
  parseNumber
} from "./chunk-7BQBI4IZ.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/study/cells.ts
var NUMBER = /^[-+]?\d+(\.\d+)?$/;
var BEYOND = /^(?<sign>[<≤>≥])=?\s*(?<limit>\S.*)$/;
var LOGICAL = /^(?:true|false)$/i;
function codesOf({ missing, recode }, column) {
  const entries = [
    ...Object.entries(isPlain(recode) ? recode : ownValue(recode, column) ?? {}),
    ...(Array.isArray(missing) ? missing : ownValue(missing, column) ?? []).map((code) => [code, null])
  ];
  const numbers = /* @__PURE__ */ new Map();
  const texts = /* @__PURE__ */ new Map();
  for (const [code, value] of entries) {
    if (NUMBER.test(String(code)) || typeof code === "number") numbers.set(Number(code), value ?? NaN);
    else texts.set(code, value ?? NaN);
  }
  for (const [code, value] of [...texts]) {
    if (!LOGICAL.test(code)) continue;
    const lower = code.toLowerCase();
    for (const form of [lower, lower.toUpperCase(), lower[0].toUpperCase() + lower.slice(1)]) {
      if (!texts.has(form)) texts.set(form, value);
    }
  }
  return { numbers, texts };
}
function namedColumns(key) {
  return Array.isArray(key) || isPlain(key) ? [] : Object.keys(key);
}
function doubleCode(rules) {
  for (const column of ["", ...namedColumns(rules.missing), ...namedColumns(rules.recode)]) {
    const { numbers, texts } = codesOf(rules, column);
    const found = [...texts].find(([, value]) => numbers.has(value) && numbers.get(value) !== value);
    if (found) return { column, code: found[0], value: found[1] };
  }
  return void 0;
}
var CellReaders = class {
  #rules;
  #counts = /* @__PURE__ */ new Map();
  constructor(rules) {
    this.#rules = rules;
  }
  /** How the texts of a column are read; undefined where they are decimal numbers. */
  of(column) {
    const { censored, percent, decimal } = this.#rules;
    const { texts } = codesOf(this.#rules, column);
    let read = decimal === "," ? parseDecimalComma : parseNumber;
    if (percent?.includes(column)) read = percentage(read);
    if (censored === true || Array.isArray(censored) && censored.includes(column)) read = this.#beyond(column, read);
    const rest = read;
    if (texts.size > 0) read = (cell) => texts.get(cell.trim()) ?? rest(cell);
    return read === parseNumber ? void 0 : read;
  }
  /** How many cells of the files stood for a value beyond a limit. */
  get censored() {
    return [...this.#counts].map(([column, counts]) => ({ column, ...counts }));
  }
  /** `<x` is x / √2, as below `limits.lower`; `>x` is x. */
  #beyond(column, read) {
    return (cell) => {
      const { sign, limit } = BEYOND.exec(cell.trim())?.groups ?? {};
      if (!sign) return read(cell);
      const isBelow = sign === "<" || sign === "\u2264";
      const value = read(limit);
      if (value === void 0 || Number.isNaN(value) || isBelow && value < 0) return void 0;
      const counts = this.#counts.get(column) ?? { below: 0, above: 0 };
      this.#counts.set(column, counts);
      if (isBelow) counts.below++;
      else counts.above++;
      return isBelow ? value / Math.SQRT2 : value;
    };
  }
};
function adviceFor(text, column) {
  const cell = text.trim();
  const name2 = JSON.stringify(column);
  if (BEYOND.test(cell)) return `; a value beyond a limit is read with censored: [${name2}]`;
  if (cell.endsWith("%")) return `; a percentage is read with percent: [${name2}]`;
  if (LOGICAL.test(cell)) return `; it is read with recode: { ${name2}: { TRUE: 1, FALSE: 0 } }`;
  if (/^[-+]?\d+,\d+$/.test(cell)) {
    return "; a decimal comma is read with decimal: ',', a comma between thousands is not";
  }
  if (/^[-+]?\d{1,3}(?:[,.]\d{3})+(?:[,.]\d+)?$/.test(cell)) return "; write thousands without a separator";
  const code = JSON.stringify(cell);
  return `; a text can be a code: missing: { ${name2}: [${code}] } or recode: { ${name2}: { ${code}: 1 } }`;
}
function percentage(read) {
  return (cell) => {
    const text = cell.trim();
    if (text.endsWith("%")) {
      const value2 = read(text.slice(0, -1));
      return Number.isNaN(value2) ? void 0 : value2;
    }
    const value = read(cell);
    return Number.isNaN(value) ? value : void 0;
  };
}
function isPlain(key) {
  return !Array.isArray(key) && Object.values(key).some((value) => typeof value === "number" || value === null);
}
function ownValue(record2, key) {
  return Object.hasOwn(record2, key) ? record2[key] : void 0;
}

// src/study/levels.ts
var FIRST_TEXT = 2 ** 52;
function ownKind({ kinds }, column) {
  return Object.hasOwn(kinds, column) ? kinds[column] : void 0;
}
var LevelTexts = class {
  #texts = /* @__PURE__ */ new Map();
  /** @param read how a cell is read as a number; whatever it does not read is a text */
  reader(column, read = parseNumber) {
    const texts = this.#texts.get(column) ?? /* @__PURE__ */ new Map();
    this.#texts.set(column, texts);
    return (cell) => {
      const number2 = read(cell);
      if (number2 !== void 0) return number2;
      const text = cell.trim();
      const known = texts.get(text) ?? texts.size;
      texts.set(text, known);
      return FIRST_TEXT + known;
    };
  }
  /** What each of the column's values is called; '' where it is missing. */
  names(column, values) {
    const texts = [...this.#texts.get(column)?.keys() ?? []];
    return Array.from(values, (value) => {
      if (Number.isNaN(value)) return "";
      return value >= FIRST_TEXT ? texts[value - FIRST_TEXT] : String(value);
    });
  }
};
function levelsOf(column, names, { known, subject }) {
  const { name: name2, kind, place } = column;
  const levels = known ?? inOrder(new Set(names.filter((level) => level !== "")));
  if (known === void 0 && kind === "ordinal" && levels.some((level) => Number.isNaN(Number(level)))) {
    throw new InputError(
      "unordered-levels",
      `${place}: column '${name2}' is ordinal and has texts; tell their order, lowest first: levels: { ${name2}: [${levels.join(", ")}] }`,
      { column: name2, levels }
    );
  }
  const positions = new Map(levels.map((level, position) => [level, position]));
  const values = Float64Array.from(names, (level, row) => {
    if (level === "") return NaN;
    const position = positions.get(level);
    if (position !== void 0) return position;
    throw new InputError(
      "unknown-level",
      `${place}: column '${name2}' has '${level}' (${subject(row)}), which is none of its levels ${levels.join(", ")}; correct it, recode it or call it missing`,
      { column: name2, level }
    );
  });
  return { levels, values };
}
function inOrder(levels) {
  const all = [...levels];
  return all.every((level) => !Number.isNaN(Number(level))) ? all.sort((a, b) => Number(a) - Number(b)) : all.sort((a, b) => a < b ? -1 : 1);
}

// src/study/tables.ts
import * as z from "zod";
var name = z.string().min(1);
var nameList = z.array(name).min(1);
var modalityName = z.string().regex(MODALITY_NAME);
var tableSchema = z.union([name, nameList, z.array(nameList).min(1)], {
  error: "must be a file, a list of files (stacked by rows) or a list of such lists (joined by columns)"
}).describe("One file, a list of files that are stacked by rows, or a list of such lists that are joined on the id.");
var hasOne = (range) => Object.values(range).some((end) => end !== void 0);
var codeList = z.array(z.union([z.number(), name], { error: "must be a number or a text" })).min(1);
var codeValues = z.record(name, z.number().nullable(), { error: "must map codes to numbers" });
var rangeSchema = z.strictObject({
  from: z.number().optional().describe("Minimum, included. Default: none."),
  to: z.number().optional().describe("Maximum, included. Default: none.")
}).refine(hasOne, { error: "must have from, to or both" });
var skipSchema = z.strictObject({
  when: name.describe("Column that says why the cell is empty."),
  is: z.array(z.number()).min(1).describe("Codes of that column for which the question was skipped."),
  value: z.number().describe("Value of the empty cell.")
});
var limitsSchema = z.strictObject({
  lower: z.number().positive().optional().describe("Lower limit of detection. Default: none."),
  upper: z.number().optional().describe("Upper limit of measurement. Default: none.")
}).refine(hasOne, { error: "must have lower, upper or both" });
var formKeys = {
  id: tableIdSchema.optional().describe("Identifies a subject in this table, if that differs from the study. Default: the study's `id`."),
  delimiter: z.enum(DELIMITERS).optional().describe("Character that separates the cells of a text table. Default: found in the header."),
  decimal: z.enum([".", ","]).optional().describe("Decimal mark of a text table. Default: `.`."),
  sheet: z.union([name, z.int().min(1)], { error: "must be the name of a sheet, or its number from 1" }).optional().describe("Sheet of an .xlsx file: its name, or its number from 1. Default: the only sheet."),
  part: name.optional().describe(
    "Part of a file with several tables, such as `layers/counts`, `obs`, `obsm/X_pca` or `rna/X`, or a feature type of a 10x matrix. Default: `X`, or the only part."
  ),
  transposed: z.boolean().optional().describe("`true`: rows are variables and columns are subjects. Text tables only. Default: `false`.")
};
var tableKeys = {
  table: tableSchema,
  ...formKeys,
  censored: z.union([z.boolean(), nameList], { error: "must be true, false or a list of columns" }).optional().describe(
    "Columns in which `<0.5` is a value below a limit and becomes 0.5 / \u221A2, and `>100` is a value above a limit and becomes 100. `true`: all columns. Default: none."
  ),
  percent: nameList.optional().describe("Columns whose cells have a percent sign. `12 %` becomes 12. Default: none."),
  columns: nameList.optional().describe("Columns to use, in this order. Default: all numeric columns except the id and those in `omit`."),
  omit: nameList.optional().describe("Columns to leave out. Excludes `columns`. Default: none."),
  where: z.record(z.string(), rangeSchema).prefault({}).describe(
    "Rows to use, by ranges of columns: a row is used if all of these columns are in their ranges, as the file has the values. A missing value is in no range. Default: all rows."
  ),
  repeats: z.strictObject({
    minRows: z.int().min(1).default(1).describe("Minimum number of rows of a subject. Subjects with fewer are left out.")
  }).optional().describe(
    "Averages several rows of a subject, such as days or visits. A column that is written `NAME.sd` is their standard deviation. Default: a subject has one row."
  ),
  skips: z.record(z.string(), skipSchema).prefault({}).describe(
    "Answers to questions that the survey skipped, by column: an empty cell becomes `value` if the column `when` has one of the codes in `is`. Default: none."
  ),
  missing: z.union([codeList, z.record(z.string(), codeList)], { error: "must be codes, or lists by column" }).prefault({}).describe(
    "Codes, numbers or texts, that stand for a missing value: lists by column, or one list for all columns. Default: none."
  ),
  recode: z.union([codeValues, z.record(z.string(), codeValues)], {
    error: "must map codes to numbers, or columns to such maps"
  }).prefault({}).describe(
    "Values of codes: maps by column, or one map for all columns. `null` is missing; other codes do not change. Default: none."
  ),
  limits: z.record(z.string(), limitsSchema).prefault({}).describe(
    "Limits of measurement, by column: a value below `lower` becomes lower / \u221A2, and a value above `upper` becomes upper. Default: none."
  ),
  labels: z.record(z.string(), name).prefault({}).describe("Names for people with units, by column. Reports show them. Default: the name of the column.")
};
var tableGroupSchema = z.strictObject(tableKeys);
function filesOf(table) {
  if (typeof table === "string") return [{ files: [table], paths: [["table"]] }];
  if (isFileList(table)) return [{ files: table, paths: table.map((_, i) => ["table", i]) }];
  return table.map((files, group) => ({ files, paths: files.map((_, i) => ["table", group, i]) }));
}
function isFileList(table) {
  return typeof table[0] === "string";
}

export {
  codesOf,
  namedColumns,
  doubleCode,
  CellReaders,
  adviceFor,
  nameList,
  modalityName,
  rangeSchema,
  formKeys,
  tableKeys,
  tableGroupSchema,
  filesOf,
  ownKind,
  LevelTexts,
  levelsOf
};
