// src/study/subject-id.ts
import * as z from "zod";
var rules = {
  column: z.string().optional().describe('Name of the column. `""` is a first column without a name.'),
  replace: z.record(z.string().min(1), z.string()).optional().describe("Texts that are replaced anywhere in an id, each with its replacement. Default: none."),
  keep: z.int().min(1).optional().describe("Number of characters, from the first, that identify the subject. Default: all."),
  case: z.enum(["upper", "lower"]).optional().describe("Brings ids to upper or lower case. Default: no change.")
};
var SHAPE = "must be the name of a column, or a map with column, replace, keep, case";
var tableIdSchema = z.union([z.string(), z.strictObject(rules)], { error: SHAPE });
var subjectIdSchema = z.union(
  [
    z.string(),
    z.strictObject({
      ...rules,
      rows: z.literal(true, { error: "must be true" }).optional().describe(
        "`true`: joins tables by the number of the row. All tables must have the same number of rows. Default: `false`."
      )
    })
  ],
  { error: `${SHAPE}, or { rows: true }` }
);
function subjectIds(study, { id, transposed = false }) {
  const { column, rows, replace = {}, keep, case: letters } = { ...asMap(study), ...asMap(id ?? {}) };
  if (rows) return { column: transposed ? "" : void 0, idOf: void 0, description: "number of the row" };
  const replacements = Object.entries(replace);
  const idOf = (text) => {
    let subject = text;
    for (const [from, to] of replacements) subject = subject.replaceAll(from, to);
    if (letters !== void 0) subject = letters === "upper" ? subject.toUpperCase() : subject.toLowerCase();
    return keep === void 0 ? subject : Array.from(subject).slice(0, keep).join("");
  };
  const source = transposed ? "the header" : column === "" ? "the first column, which has no name" : void 0;
  const changes = [
    ...replacements.map(([from, to]) => `'${from}' replaced by '${to}'`),
    ...letters === void 0 ? [] : [`in ${letters} case`],
    ...keep === void 0 ? [] : [`the first ${keep} characters`]
  ];
  const parts = [source ?? (changes.length > 0 ? column : void 0), ...changes].filter((part) => part !== void 0);
  return {
    column: transposed ? "" : column,
    idOf: changes.length > 0 ? idOf : void 0,
    description: parts.length > 0 ? parts.join(", ") : void 0
  };
}
function idName(id) {
  return asMap(id).column || "id";
}
function joinsRows(id) {
  return asMap(id).rows === true;
}
function idProblem(id) {
  const { column, rows, ...changes } = asMap(id);
  if (rows === void 0 && column === void 0) return "names no column; write column: NAME, or '' for one without";
  if (rows && (column !== void 0 || Object.keys(changes).length > 0)) return "has rows: true, so nothing else";
  return void 0;
}
function asMap(id) {
  return typeof id === "string" ? { column: id } : id;
}
function lookAlikeText([first, ...others]) {
  const alike = new Set(first.map((id) => id.normalize("NFC")));
  const isAlike = others.some((ids) => ids.some((id) => alike.has(id.normalize("NFC"))));
  return isAlike ? "; ids that look equal differ in Unicode: letters with accents are one code point in one table (NFC) and two in another (NFD). Write them alike in both" : "";
}

export {
  tableIdSchema,
  subjectIdSchema,
  subjectIds,
  idName,
  joinsRows,
  idProblem,
  lookAlikeText
};
