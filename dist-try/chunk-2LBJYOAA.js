import {
  YamlError,
  readYaml
} from "./chunk-OCGSDM4G.js";
import {
  augmentationSchema,
  imageNetwork,
  imageNetworkProblem,
  networkOf,
  sparsitySchema,
  trainingSchema
} from "./chunk-K4RJR7JR.js";
import {
  MAX_HALF_SAMPLES,
  repeatedSchema
} from "./chunk-4FPRHE4L.js";
import {
  readTable
} from "./chunk-6C4MYLLH.js";
import {
  imagesSchema,
  seriesProblem,
  seriesSchema
} from "./chunk-3DKZTM3K.js";
import {
  recurrentProblem
} from "./chunk-G3ZUGG2R.js";
import {
  doubleCode,
  formKeys,
  modalityName,
  nameList,
  ownKind,
  tableGroupSchema,
  tableKeys
} from "./chunk-WBOZL6F2.js";
import {
  COLUMN_KINDS,
  hasLevels,
  isMeasured
} from "./chunk-SG2VJTFE.js";
import {
  idProblem,
  subjectIdSchema
} from "./chunk-WYVUSRPB.js";
import {
  readBytes
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/study/study-file.ts
import { dirname, resolve } from "node:path";

// src/study/parse-study.ts
import { isAlias, isMap, isScalar, isSeq } from "yaml";

// src/study/schema.ts
import * as z4 from "zod";

// src/study/discovery.ts
import * as z from "zod";
var pair = z.tuple([z.string(), z.string()], { error: "must be a pair: [from, to]" });
var discoverySchema = z.strictObject({
  variables: z.record(modalityName, tableGroupSchema).prefault({}).describe(
    "Variables that are joined to the latents: groups of tables by name, each with the keys of a table. A variable has the name of its column, or its label. Default: none."
  ),
  tiers: z.array(z.array(z.string())).optional().describe(
    "Background knowledge: lists of names, causes first. A name is a variable, a group, a modality, or the beginning of names followed by `*`. No edge leads from a later list to an earlier one. Default: none."
  ),
  forbidden: z.array(pair).optional().describe("Pairs [from, to] without an edge in this direction. Default: none."),
  required: z.array(pair).optional().describe("Pairs [from, to] that have an edge regardless of the tests. Default: none."),
  repeated: repeatedSchema.optional().describe("Columns of the same variables at several visits. Default: none."),
  refits: z.int().min(0).max(MAX_HALF_SAMPLES).default(0).describe("Number of half-samples of the subjects that are fitted and searched again, to measure stability."),
  seed: z.int().min(0).default(0).describe("Seed of the half-samples.")
});

// src/study/array-keys.ts
import * as z2 from "zod";
var arrayKeys = {
  labels: tableKeys.labels,
  shiftInvariant: z2.int().min(1).max(256).optional().describe(
    "Number of latents, the last ones, that do not change when an image or a series is shifted. This is prior knowledge. Default: 0."
  )
};
var AUGMENT = "Random changes of the values that encoders read in training. Latents carry no information about what changes. Default: none.";
var imageModality = z2.strictObject({
  images: imagesSchema.describe("Location of the images: files that a table names, or an array."),
  ...arrayKeys,
  network: imageNetwork.describe("Network that reads the images. Default: `conv`, by the size of the images."),
  augment: augmentationSchema.optional().describe(AUGMENT)
});
var seriesModality = z2.strictObject({
  series: seriesSchema.describe("Location of the samples, and how they become rows."),
  ...arrayKeys,
  network: networkOf(["conv1d", "lstm", "gru", "mlp"]).describe(
    "Network that reads the series. Default: `conv1d`, by the length of the series."
  ),
  augment: augmentationSchema.omit({ flip: true }).optional().describe(AUGMENT)
});
function networkProblem(config) {
  if (!config.network) return void 0;
  return "images" in config ? imageNetworkProblem(config.network) : recurrentProblem(config.network);
}
function arrayProblem(config, { isAdjusted }) {
  const { latents, shiftInvariant = 0 } = config;
  if (isAdjusted) {
    const problem = "excludes adjust, which removes covariates from the columns of tables; leave one of them out";
    return { at: ["series" in config ? "series" : "images"], problem };
  }
  if (shiftInvariant > latents) return { at: ["shiftInvariant"], problem: `is above latents, ${latents}` };
  const network = networkProblem(config);
  if (network) return { at: ["network"], problem: network };
  const wrong = "series" in config ? seriesProblem(config.series) : void 0;
  return wrong && { at: ["series", wrong.key], problem: wrong.problem };
}

// src/study/preparation.ts
import * as z3 from "zod";
var name = z3.string().min(1);
var TRANSFORMS = ["log1p", "cpm", "clr", "arcsinh", "rank"];
var FILTERS = ["variance", "mad", "mean"];
var preparationKeys = {
  transform: z3.union(
    [z3.enum(TRANSFORMS), z3.strictObject({ arcsinh: z3.number().positive().describe("Cofactor of the transform.") })],
    { error: `must be one of ${TRANSFORMS.join(", ")}, or { arcsinh: cofactor }` }
  ).transform((choice) => {
    if (typeof choice === "object") return { kind: "arcsinh", cofactor: choice.arcsinh };
    return choice === "arcsinh" ? { kind: choice, cofactor: 1 } : { kind: choice };
  }).optional().describe(
    "Transform of the measurements. `log1p`: ln(1 + x). `cpm`: log2 counts per million, as in edgeR. `clr`: centred log-ratio. `arcsinh`: asinh(x / cofactor), with cofactor 1 if none is written. `rank`: rank-normal scores. Default: none."
  ),
  kinds: z3.record(name, z3.enum(COLUMN_KINDS), { error: `must map columns to ${COLUMN_KINDS.join(", ")}` }).prefault({}).describe(
    "Kinds of columns, by column. The kind chooses the likelihood of the column; `size` is what counts are relative to. Columns of texts are read only if they have a kind. Default: `gaussian`."
  ),
  size: z3.custom((size) => size === "total", {
    error: "must be total (a column of sizes has a kind, kinds: { COLUMN: size })"
  }).optional().meta({
    const: "total",
    description: "`total`: counts are relative to their sum in each subject. A column that they are relative to has the kind `size` instead. Default: counts are not relative."
  }),
  levels: z3.record(name, z3.array(z3.union([z3.number(), name], { error: "must be a number or a text" })).min(2)).prefault({}).describe(
    "Levels of binary, categorical and ordinal columns, by column, in order: no and yes, or lowest to highest. Default: the levels of the file, numbers by size and texts by alphabet."
  ),
  winsorise: z3.number().gt(0).lt(0.5).optional().describe(
    "Share of each end of a column. Values beyond this quantile of the training split become the quantile. Default: none."
  ),
  filter: z3.strictObject({
    top: z3.int().min(1).describe("Number of columns to keep."),
    by: z3.enum(FILTERS).default("variance").describe("Ranks columns by their variance, median absolute deviation (`mad`) or mean.")
  }).optional().describe("Keeps the columns with the largest values of a statistic in the training split. Default: all columns."),
  constant: z3.enum(["error", "omit"]).default("error").describe("Treatment of columns that are empty or constant on the training split: an error, or left out."),
  maxMissing: z3.number().min(0).lt(1).optional().describe(
    "Maximum share of subjects without a value of a column. Columns with more are left out. Default: no maximum."
  )
};
var adjustSchema = z3.strictObject({
  table: z3.union([name, z3.array(name).min(1)], { error: "must be a file or a list of files (stacked by rows)" }).describe("One file, or a list of files that are stacked by rows."),
  ...formKeys,
  columns: z3.array(name).min(1).describe("Columns of the covariates."),
  categories: z3.array(name).default([]).describe("Covariates whose numbers are names, such as a batch. Columns of texts are categories anyway."),
  terms: z3.enum(["spline", "linear"]).default("spline").describe("Effect of a covariate that is not a category: a natural cubic spline, or a straight line.")
});

// src/study/schema.ts
var wholeNumber = (min, max) => z4.int().min(min).max(max);
var seed = wholeNumber(0, Number.MAX_SAFE_INTEGER);
var latentKeys = {
  latents: wholeNumber(1, 256).describe(
    "Number of latents to learn. `interlatent select` recommends a number. `latents` and `exogenous` together must not exceed the number of columns."
  ),
  exogenous: wholeNumber(1, 256).default(1).describe("Number of exogenous variables: what the decoder needs in addition to the latents.")
};
var tableModalitySchema = z4.strictObject({
  ...tableKeys,
  log: z4.union([z4.boolean(), nameList], { error: "must be true, false or a list of columns" }).default(false).describe(
    "`true`: takes the logarithm of skewed positive columns. A list: takes the logarithm of exactly these columns. Excludes `transform`."
  ),
  ...preparationKeys,
  ...latentKeys
});
var modalitySchema = z4.union(
  [tableModalitySchema, imageModality.extend(latentKeys), seriesModality.extend(latentKeys)],
  { error: "must have one of table, images and series" }
);
var splitSize = (min) => z4.number().min(min).refine((size) => size < 1 || Number.isSafeInteger(size), {
  error: "must be a share below 1 or a whole number of subjects"
});
var splitSchema = z4.strictObject({
  validation: splitSize(Number.MIN_VALUE).default(0.1).describe(
    "Subjects that choose epochs and restarts: below 1 a share of all subjects, from 1 on a number of subjects."
  ),
  test: splitSize(0).default(0.1).describe(
    "Held-out subjects: below 1 a share of all subjects, from 1 on a number of subjects. 0 holds no subject out."
  ),
  seed: seed.default(0).describe("Seed of the random split.")
});
var studySchema = z4.strictObject({
  study: z4.string().min(1).describe("Name of the study."),
  id: subjectIdSchema.describe(
    'Column that identifies a subject in every table. Tables are joined on it. `""` is a first column without a name. A map changes the ids or joins tables by the number of the row.'
  ),
  group: z4.string().min(1).optional().describe(
    "Column that says which rows belong together, such as the visits of one person. At least one modality has this column, and it is not a measurement. The rows of a group are always in the same split and in the same fold. Default: each row is a group."
  ),
  missing: z4.enum(["keep", "drop"]).default("keep").describe(
    "`keep`: a subject needs one value in one modality. `drop`: a subject needs every value of every modality. Codes of missing values belong to the key `missing` of a modality."
  ),
  modalities: z4.record(modalityName, modalitySchema).describe(
    "Modalities by name, two or more. A name is a letter followed by letters, digits, `_` or `-`. With `sparsity.graph: ordered`, an earlier modality may cause a later one."
  ),
  shared: z4.strictObject({
    latents: wholeNumber(1, 256).describe("Number of shared latents."),
    modalities: nameList.optional().describe("Modalities that have these latents in common. Default: all modalities.")
  }).optional().describe(
    "Latents that several modalities have in common: the last `latents` ones of each of these modalities, included in the `latents` of each. They come first in the causal order. Default: none."
  ),
  adjust: adjustSchema.optional().describe(
    "Covariates whose effect is removed from all columns of all tables before the fit. The effect is estimated in the training split. Default: none."
  ),
  split: splitSchema.prefault({}).describe("Sizes of the training, validation and test splits. Subjects that are in neither of the two train."),
  training: trainingSchema.prefault({}).describe("Settings of the fit."),
  sparsity: sparsitySchema.prefault({}).describe("Settings of the graph."),
  discovery: discoverySchema.prefault({}).describe("What `interlatent study run` does after the fit.")
}).describe("Study file of interlatent: the tables to read, the subjects, and what to learn from each modality.");

// src/study/issues.ts
import * as z5 from "zod";
var MAX_SHOWN = 10;
function describeIssues(issues, locate, locateKey) {
  const unknown = [];
  const other = [];
  for (const issue of issues.flatMap(innermost)) {
    const path = issue.path.map((step) => typeof step === "number" ? step : String(step));
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        unknown.push(() => {
          const accepted = keysAt(studySchema, path);
          const hint = didYouMean(key, accepted) || `; accepted are ${accepted.join(", ")}`;
          return `${locateKey([...path, key])}: unknown key '${[...path, key].join(".")}'${hint}`;
        });
      }
    } else {
      other.push(() => {
        const place = issue.code === "invalid_key" ? locateKey(path) : locate(path);
        return `${place}: ${path.join(".") || "the study"} ${complaint(issue)}`;
      });
    }
  }
  const lines = [...unknown, ...other];
  const rest = lines.length > MAX_SHOWN ? [`\u2026 and ${lines.length - MAX_SHOWN} more`] : [];
  return {
    code: unknown.length > 0 ? "unknown-key" : "invalid-study",
    message: [...lines.slice(0, MAX_SHOWN).map((line) => line()), ...rest].join("\n")
  };
}
function innermost(issue) {
  if (issue.code !== "invalid_union") return [issue];
  const fitting = issue.errors.filter(
    (problems) => problems.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys")
  );
  const unknown = fitting.map(
    (problems) => problems.reduce((count, { code, path, ...of }) => {
      return count + (code === "unrecognized_keys" && path.length === 0 && "keys" in of ? of.keys.length : 0);
    }, 0)
  );
  const best = fitting.filter((_, form) => unknown[form] === Math.min(...unknown));
  if (best.length !== 1) return [issue];
  return best[0].flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}
function complaint(issue) {
  const came = `, not ${shown(issue.input)}`;
  switch (issue.code) {
    case "invalid_type":
      return issue.input === void 0 ? "is missing" : `must be ${NOUNS[issue.expected] ?? issue.expected}${came}`;
    case "invalid_key":
      return issue.path.at(-2) === "modalities" || issue.path.at(-2) === "variables" ? "is no modality name: a letter, then letters, digits, _ or -" : "must not be empty";
    case "too_small":
      if (issue.origin !== "number" && issue.origin !== "int") return "must not be empty";
      return `must be ${issue.inclusive ? "at least" : "above"} ${issue.minimum === Number.MIN_VALUE ? "a share above 0" : issue.minimum}${came}`;
    case "too_big":
      return `must be at most ${issue.maximum}${came}`;
    case "invalid_value": {
      const nearest = didYouMean(String(issue.input), issue.values.map(String));
      const accepted = issue.values.map((value) => /^\w/.test(String(value)) ? String(value) : JSON.stringify(value));
      return `must be one of ${accepted.join(", ")}${came}${nearest}`;
    }
    default:
      return issue.input === void 0 ? "is missing" : `${issue.message}${came}`;
  }
}
var NOUNS = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys and values",
  record: "a map of keys and values"
};
function shown(value) {
  const text = value === void 0 ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}\u2026` : text;
}
function keysAt(schema, path) {
  let at = schema;
  for (const step of [...path, void 0]) {
    while (at instanceof z5.ZodPrefault || at instanceof z5.ZodDefault || at instanceof z5.ZodOptional) at = at.unwrap();
    if (step === void 0) break;
    if (at instanceof z5.ZodRecord) at = at.valueType;
    else at = formsOf(at).find(({ shape }) => Object.hasOwn(shape, step))?.shape[step];
  }
  return [...new Set(formsOf(at).flatMap(({ shape }) => Object.keys(shape)))];
}
function formsOf(schema) {
  const options = schema instanceof z5.ZodUnion ? schema.options : [schema];
  return options.filter((option) => option instanceof z5.ZodObject);
}

// src/study/parse-study.ts
var MAX_MODALITIES = 256;
function studyFileOf(path, bytes, { fewestModalities, resolveTable, readTable: read, readImage }) {
  const { document, value, placeOf } = parsed(decodeUtf8(bytes, path), path);
  const locate = (at) => `${path}:${placeOf(offsetOf(document, at, "value"))}`;
  const locateKey = (at) => `${path}:${placeOf(offsetOf(document, at, "key"))}`;
  checkModalityCount(value, locate);
  const result = studySchema.safeParse(value, { reportInput: true });
  if (!result.success) {
    const { code, message } = describeIssues(result.error.issues, locate, locateKey);
    throw new InputError(code, message, { path });
  }
  checkMeaning(result.data, fewestModalities, locate);
  return {
    path,
    config: result.data,
    locate,
    resolveTable: (entry, at) => resolveTable(entry, () => locate(at)),
    readTable: read,
    readImage
  };
}
function checkModalityCount(value, locate) {
  const modalities = typeof value === "object" && value !== null && "modalities" in value && value.modalities;
  const count = typeof modalities === "object" && modalities !== null ? Object.keys(modalities).length : 0;
  if (count <= MAX_MODALITIES) return;
  const place = locate(["modalities"]);
  throw new InputError("invalid-study", `${place}: modalities has ${count} entries; up to ${MAX_MODALITIES} are read`, {
    key: "modalities"
  });
}
function checkMeaning({ id, modalities, adjust, split, discovery }, fewestModalities, locate) {
  const invalid = (at, reason) => new InputError("invalid-study", `${locate(at)}: ${at.join(".")} ${reason}`, { key: at.join(".") });
  const unclear = idProblem(id);
  if (unclear !== void 0) throw invalid(["id"], unclear);
  const count = Object.keys(modalities).length;
  if (count < fewestModalities) {
    const least = fewestModalities === 1 ? "one entry" : "two entries";
    throw invalid(["modalities"], `must have at least ${least}, not ${count}: latents are found across modalities`);
  }
  for (const [name2, config] of Object.entries(modalities)) {
    const at = ["modalities", name2];
    if ("table" in config) checkTableModality(at, config, invalid);
    const wrong = "table" in config ? void 0 : arrayProblem(config, { isAdjusted: adjust !== void 0 });
    if (wrong) throw invalid([...at, ...wrong.at], wrong.problem);
  }
  for (const [name2, config] of Object.entries(discovery.variables)) {
    checkTables(["discovery", "variables", name2], config, { columns: config.columns, omit: config.omit }, invalid);
  }
  const repeated = adjust?.columns.findIndex((column, i, all) => all.indexOf(column) < i) ?? -1;
  if (repeated >= 0) throw invalid(["adjust", "columns", repeated], "repeats an earlier name");
  const unused = adjust?.categories.findIndex((column) => !adjust.columns.includes(column)) ?? -1;
  if (unused >= 0) throw invalid(["adjust", "categories", unused], "is not among adjust.columns");
  if (split.validation < 1 && split.test < 1 && split.validation + split.test >= 1) {
    throw invalid(["split"], "leaves nothing to train on: validation and test must stay below 1 together");
  }
}
function checkTableModality(at, config, invalid) {
  checkTables(at, config, { columns: config.columns, omit: config.omit, log: config.log }, invalid);
  if (config.transform && config.log !== false) {
    throw invalid([...at, "log"], "excludes transform: leave one of them out");
  }
  checkKinds(at, config, invalid);
}
function checkKinds(at, { kinds, levels, log, repeats }, invalid) {
  for (const [column, kind] of Object.entries(kinds)) {
    if (isMeasured(kind)) continue;
    if (repeats) throw invalid([...at, "kinds", column], `is ${kind}, and repeats takes means of a subject's rows`);
    if (Array.isArray(log) && log.includes(column)) {
      throw invalid([...at, "log"], `has '${column}', which is ${kind}: leave it out of log or of kinds`);
    }
  }
  for (const [column, names] of Object.entries(levels)) {
    const kind = ownKind({ kinds }, column);
    if (kind === void 0 || !hasLevels(kind)) {
      const problem = "has levels and no kind that has any";
      throw invalid([...at, "levels", column], `${problem}: write kinds: { ${column}: ordinal } (binary, categorical)`);
    }
    const repeated = names.map(String).findIndex((level, i, all) => all.indexOf(level) < i);
    if (repeated >= 0) throw invalid([...at, "levels", column, repeated], "repeats an earlier level");
  }
}
function checkTables(at, config, lists, invalid) {
  const { table, columns, omit, where, repeats, limits } = config;
  if (columns && omit) throw invalid([...at, "omit"], "excludes columns: leave the name out of columns");
  for (const [key, names] of Object.entries(lists)) {
    const repeated = Array.isArray(names) ? names.findIndex((column, i) => names.indexOf(column) < i) : -1;
    if (repeated >= 0) throw invalid([...at, key, repeated], "repeats an earlier name");
  }
  if (repeats && typeof table !== "string" && typeof table[0] !== "string" && table.length > 1) {
    throw invalid([...at, "repeats"], "needs a single table (or stack), not joined ones: give the others a modality");
  }
  for (const [column, { from = -Infinity, to = Infinity }] of Object.entries(where)) {
    if (from > to) throw invalid([...at, "where", column], `keeps nothing: from ${from} is above to ${to}`);
  }
  for (const [column, { lower = 0, upper = Infinity }] of Object.entries(limits)) {
    if (lower > upper) throw invalid([...at, "limits", column], `crosses: lower ${lower} is above upper ${upper}`);
  }
  const twice = doubleCode(config);
  if (twice) {
    const { column, code, value } = twice;
    throw invalid(
      [...at, "recode", column],
      `makes '${code}' ${value}, which is a code of its own; choose another value`
    );
  }
}
function offsetOf(document, path, want) {
  let node = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair2 = node.items.find(({ key: key2 }) => isScalar(key2) && String(key2.value) === String(step));
      if (!pair2) break;
      node = pair2.value;
      const key = startOf(pair2.key);
      offset = (want === "key" ? key : startOf(node) ?? key) ?? offset;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}
function startOf(node) {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : void 0;
}
function parsed(text, path) {
  try {
    return readYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const place = cause.place === void 0 ? path : `${path}:${cause.place}`;
    throw new InputError("study-syntax", `${place}: ${cause.message}`, { path }, cause);
  }
}
function decodeUtf8(bytes, path) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError("study-syntax", `${path}: a study file is text in UTF-8, this is not`, { path }, cause);
  }
}

// src/study/study-file.ts
var MAX_STUDY_BYTES = 2 ** 20;
async function readStudyFile(path, environment = process.env, { fewestModalities = 2, tables = {} } = {}) {
  return studyFileOf(path, await readBytes(path, MAX_STUDY_BYTES), {
    fewestModalities,
    resolveTable: (entry, place) => {
      if (Object.hasOwn(tables, entry)) return entry;
      return resolve(dirname(path), expandVariables(entry, environment, place));
    },
    readTable: async (table, options) => {
      if (!Object.hasOwn(tables, table)) return readTable(table, options);
      const { readMemoryTable } = await import("./memory-table-DCW5K2JW.js");
      return readMemoryTable(tables[table], table, options);
    }
  });
}
function expandVariables(entry, environment, place) {
  return entry.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_, name2, fallback) => {
    const value = Object.hasOwn(environment, name2) && environment[name2] || fallback;
    if (value === void 0) {
      throw new InputError(
        "undefined-variable",
        `${place()}: the environment variable ${name2} is not set; set it or write \${${name2}:-default}`,
        { name: name2 }
      );
    }
    return value;
  });
}

export {
  studyFileOf,
  readStudyFile
};
