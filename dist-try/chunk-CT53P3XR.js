import {
  termReports
} from "./chunk-IUJG3VP5.js";
import {
  checkPresence,
  splitNewSubjects,
  splitSubjects
} from "./chunk-NILIBJ27.js";
import {
  sha256
} from "./chunk-JTGBNCRO.js";
import {
  patternsOf,
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  areEqual,
  joinSubjects,
  readTableModality,
  rowOptions,
  subjectsOf as subjectsOf2,
  tableOf
} from "./chunk-GI75JVMK.js";
import {
  CellReaders,
  filesOf
} from "./chunk-WBOZL6F2.js";
import {
  scalesOf
} from "./chunk-F6TOTGVU.js";
import {
  storedNumbers,
  storedType,
  subjectsOf,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  idName,
  joinsRows
} from "./chunk-WYVUSRPB.js";
import {
  checkArgument,
  checkOptions
} from "./chunk-MX4VZIVR.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/study/reading-options.ts
var READ_STUDY_OPTIONS = {
  scales: [{ name: "text", columns: [{}] }],
  partial: "boolean",
  keepTables: "boolean",
  onProgress: "function",
  tables: {},
  environment: {}
};

// src/data/fingerprint.ts
var CHUNK = 2 ** 24;
var TEXTS = 2 ** 16;
function fingerprintOf(dataset) {
  const { ids, groups, covariates, modalities, shared, split } = dataset;
  const hash = sha256();
  for (const text of listText(ids)) hash.update(text);
  if (groups) hash.update(JSON.stringify({ groups }));
  if (covariates) hash.update(JSON.stringify({ covariates: covariates.length }));
  for (const term of covariates ?? []) hash.update(bytesOf(term));
  for (const modality of modalities) {
    const { latents, exogenous, network, shiftInvariant, augment, ...scales } = modality;
    hash.update(JSON.stringify({ ...scalesOf(scales), latents, exogenous, network, shiftInvariant, augment }));
    for (const bytes of contentOf(modality, valuesPerSubject(modality))) hash.update(bytes);
  }
  if (shared) hash.update(JSON.stringify(shared));
  for (const rows of [split.train, split.validation, split.test]) {
    hash.update(JSON.stringify(rows.length));
    hash.update(bytesOf(rows));
  }
  return hash.digest("hex");
}
function* listText(texts) {
  if (texts.length <= TEXTS) {
    yield JSON.stringify(texts);
    return;
  }
  for (let first = 0; first < texts.length; first += TEXTS) {
    yield (first === 0 ? "[" : ",") + JSON.stringify(texts.slice(first, first + TEXTS)).slice(1, -1);
  }
  yield "]";
}
function* contentOf(modality, width) {
  const { values, observed, stored } = modality;
  if (!stored) {
    yield bytesOf(values);
    if (observed) yield observed;
    return;
  }
  const { numbers, zero, unit, present } = stored;
  yield new TextEncoder().encode(JSON.stringify({ type: storedType(numbers), zero, unit }));
  if (present) yield present;
  const subjects = subjectsOf(modality, width);
  const step = Math.max(1, Math.floor(CHUNK / width));
  for (let first = 0; first < subjects; first += step) {
    yield bytesOf(storedNumbers(numbers, width, first, Math.min(step, subjects - first)));
  }
}
function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

// src/study/row-counts.ts
function checkRowCounts(file, tables, rows = tables.at(0)?.stacked[0]) {
  if (!joinsRows(file.config.id)) return;
  for (const { name, tables: parts, stacked } of tables) {
    const odd = stacked.findIndex((count) => count !== rows);
    if (odd < 0) continue;
    const files = parts[odd].map((table) => table.file).join(" and ");
    throw new InputError(
      "rows-disagree",
      `${file.locate(["id"])}: subjects are told by the number of the row, but ${files} of '${name}' has ${stacked[odd]} rows where another table has ${rows}; give every table the same subjects in the same order, or a column of ids`,
      { name, rows: stacked[odd] }
    );
  }
}

// src/study/covariates.ts
async function readCovariates(file, { scales, rows }) {
  const { adjust } = file.config;
  const fitted = scales?.find(({ covariates }) => covariates)?.covariates;
  if (scales && !fitted) return void 0;
  const needed = fitted && [...new Set(fitted.map(({ column }) => column))];
  if (!adjust) {
    if (!needed) return void 0;
    throw new InputError(
      "missing-covariates",
      `${file.path}: the model is adjusted for ${needed.join(", ")}, which new subjects need too; write adjust: { table: FILE, columns: [${needed.join(", ")}] }`,
      { columns: needed }
    );
  }
  const columns = needed ?? adjust.columns;
  const named = fitted?.filter(({ level }) => level !== void 0).map(({ column }) => column) ?? adjust.categories;
  const paths = [adjust.table].flat().map((entry) => file.resolveTable(entry, ["adjust", "table"]));
  const texts = new Set(named);
  const cells = new CellReaders({ missing: {}, recode: {}, decimal: adjust.decimal });
  const read = (path) => file.readTable(path, { ...rowOptions(file, adjust, texts), columns, numberOf: (column) => cells.of(column) });
  if (!fitted) for (const column of await textColumns(paths, { columns, named: texts, read })) texts.add(column);
  const id = idName(file.config.id);
  const rowOf = /* @__PURE__ */ new Map();
  const tables = [];
  for (const path of paths) {
    const table = await read(path);
    tables.push(table);
    for (const [row, subject] of subjectsOf2(file, adjust, table, rowOf.size).entries()) {
      if (subject === "" || rowOf.has(subject)) {
        throw new InputError(
          subject === "" ? "missing-id" : "duplicate-id",
          `${file.locate(["adjust", "table"])}: row ${row + 1} of ${path} has ` + (subject === "" ? `no '${id}'` : `${id} ${subject}, as an earlier row has`) + "; a subject has one row of covariates",
          { path, row: row + 1 }
        );
      }
      rowOf.set(subject, [table, row]);
    }
  }
  const files = tables.map((table) => ({ file: table.path, rows: table.rows }));
  checkRowCounts(file, [{ name: "adjust", tables: [files], stacked: [rowOf.size] }], rows);
  const cell = (column, subject) => {
    const place = rowOf.get(subject);
    if (!place) return "";
    const [table, row] = place;
    return texts.has(column) ? table.texts(column)[row] : table.numbers(column)[row];
  };
  return {
    columns,
    has: (subject) => columns.every((column) => !["", NaN].includes(cell(column, subject))),
    select: (column, ids) => texts.has(column) ? ids.map((subject) => String(cell(column, subject))) : Float64Array.from(ids, (subject) => Number(cell(column, subject)))
  };
}
async function textColumns(paths, { columns, named, read }) {
  const found = [];
  for (const path of paths) {
    const table = await read(path);
    for (const column of columns) {
      if (named.has(column) || found.includes(column)) continue;
      if (table.kind(column) === "text") found.push(column);
      else table.numbers(column);
    }
  }
  return found;
}

// src/study/groups.ts
async function readGroups(file, ids, recordings) {
  const { group: column } = file.config;
  const whole = (subject) => recordings.get(subject) ?? subject;
  if (column === void 0) return recordings.size > 0 ? ids.map(whole) : void 0;
  const id = idName(file.config.id);
  const known = /* @__PURE__ */ new Set([...ids, ...ids.map(whole)]);
  const groupOf = /* @__PURE__ */ new Map();
  const files = await groupFiles(file, column);
  for (const found of files) {
    if ("missing" in found) continue;
    const { path, subjects, groups } = found;
    for (const [row, subject] of subjects.entries()) {
      const group = groups[row];
      if (group === "" || !known.has(subject)) continue;
      const other = groupOf.get(subject) ?? group;
      if (other !== group) {
        throw new InputError(
          "group-mismatch",
          `${file.locate(["group"])}: ${id} ${subject} has two values of '${column}', ${other} and, in row ${row + 1} of ${path}, ${group}; a row belongs to one group`,
          { path, row: row + 1, id: subject }
        );
      }
      groupOf.set(subject, group);
    }
  }
  const missing = files.flatMap((found) => "missing" in found ? [found.missing] : []);
  if (missing.length === files.length) {
    const { code, message, details } = missing.at(0) ?? new InputError("missing-column", "the study has no table");
    throw new InputError(code, `${file.locate(["group"])}: no table has the group; ${message}`, details, missing.at(0));
  }
  return ids.map((subject) => {
    const group = groupOf.get(subject) ?? groupOf.get(whole(subject));
    if (group !== void 0) return group;
    throw new InputError(
      "missing-group",
      `${file.locate(["group"])}: ${id} ${subject} has no '${column}' in any table; every row needs its group` + (file.config.missing === "keep" ? ", so every modality needs the column; or write missing: drop" : ""),
      { id: subject }
    );
  });
}
async function groupFiles(file, column) {
  const found = /* @__PURE__ */ new Map();
  for (const [name, config] of Object.entries(file.config.modalities)) {
    const { table, at, form } = tableOf(config);
    for (const { files, paths } of filesOf(table)) {
      let before = 0;
      for (const [i, entry] of files.entries()) {
        const path = file.resolveTable(entry, ["modalities", name, ...at, ...paths[i]]);
        const { id, delimiter, transposed, recording, sheet, part } = form;
        const key = JSON.stringify([path, id, delimiter, transposed, recording, sheet, part, before]);
        const groups = found.get(key) ?? await fileGroups(file, column, { path, form, before });
        found.set(key, groups);
        before += groups.rows;
      }
    }
  }
  return [...found.values()];
}
async function fileGroups(file, column, { path, form, before }) {
  const read = (texts) => file.readTable(path, { ...rowOptions(file, form, texts), keep: () => false });
  try {
    const table = await read([column]);
    const subjects = subjectsOf2(file, form, table, before);
    return { path, rows: table.rows, subjects, groups: table.texts(column) };
  } catch (missing) {
    if (!(missing instanceof InputError && missing.code === "missing-column")) throw missing;
    return { missing, rows: joinsRows(file.config.id) ? (await read([])).rows : 0 };
  }
}

// src/study/study-data.ts
async function studyOf(file, options) {
  const { partial = false, keepTables = false, onProgress } = options;
  const { path } = file;
  const scales = options.scales && (partial ? availableScales(file, options.scales) : options.scales);
  const names = scales?.map(({ name }) => name) ?? Object.keys(file.config.modalities);
  const sources = [];
  for (const [i, name] of names.entries()) {
    if (!Object.hasOwn(file.config.modalities, name)) throw modalityMismatch(file, name);
    sources.push(withIdsOf(sources[0], await readModality(file, name, { scales: scales?.[i], onProgress })));
  }
  const tables = sources.map(({ table }) => table);
  checkRowCounts(file, tables);
  const rules = sources.map((source) => source.rules);
  const covariates = await readCovariates(file, { scales, rows: tables.at(0)?.stacked[0] });
  const joined = joinSubjects(file, tables, { rules, covariates, learning: scales === void 0 });
  const { ids } = joined;
  const recordings = new Map(sources.flatMap((source) => [...source.recordings ?? []]));
  const groups = await readGroups(file, ids, recordings);
  const drawSplit = scales ? splitNewSubjects : splitSubjects;
  const split = drawSplit(ids, file.config.split, groups);
  if (!scales) checkPresence(split, names, joined.present);
  const adjustment = covariates && await adjustmentOf(file, { covariates, ids, train: split.train, scales });
  const modalities = [];
  const reports = [];
  const kept = [];
  for (const [i, { finish }] of sources.entries()) {
    const table = joined.tables[i];
    const of = { ids, split, table, losses: joined.losses[i], rows: joined.rows[i], adjustment };
    const { modality, report, columns } = await finish(of);
    modalities.push(modality);
    reports.push(report);
    if (keepTables && columns) kept.push({ name: table.name, columns: columns() });
  }
  checkValues(file, ids, modalities);
  const shared = partial ? void 0 : sharedLatents(file, modalities);
  const parts = { ids, groups, covariates: adjustment?.values, modalities, shared, split };
  const sizes = { train: split.train.length, validation: split.validation.length, test: split.test.length };
  return {
    name: file.config.study,
    path,
    config: file.config,
    ...keepTables && { tables: kept },
    dataset: { ...parts, fingerprint: fingerprintOf(parts) },
    inspection: {
      study: file.config.study,
      missing: file.config.missing,
      known: joined.known,
      shared: joined.shared,
      subjects: ids.length,
      complete: joined.complete,
      empty: joined.empty,
      patterns: patternsOf(names, modalities.map(presenceOf)),
      ...groups && { groups: new Set(groups).size },
      ...covariates && {
        adjusted: {
          columns: covariates.columns,
          terms: termReports(adjustment?.covariates ?? []),
          lacking: joined.uncovered
        }
      },
      advice: joined.advice,
      parts: sizes,
      modalities: reports
    }
  };
}
function withIdsOf(first, source) {
  const { table } = source;
  if (!first || !areEqual(table.ids, first.table.ids)) return source;
  return { ...source, table: { ...table, ids: first.table.ids } };
}
async function readModality(file, name, { scales, onProgress }) {
  const config = file.config.modalities[name];
  if ("table" in config) return readTableModality(file, name, config, scales);
  const { readArrayModality } = await import("./array-modality-HUZ3ECFD.js");
  return readArrayModality(file, name, config, {
    scales,
    onProgress: (done, total) => onProgress?.({ modality: name, done, total })
  });
}
async function adjustmentOf(file, {
  covariates,
  ids,
  train,
  scales
}) {
  const { fitAdjustment, covariateValues } = await import("./fit-adjustment-GYKHQOPO.js");
  if (!scales) return fitAdjustment(file, covariates, ids, train);
  const terms = scales.find((modality) => modality.covariates)?.covariates ?? [];
  return { covariates: terms, values: covariateValues(file, covariates, ids, terms), slopes: () => [] };
}
function availableScales(file, scales) {
  const names = Object.keys(file.config.modalities);
  const available = scales.filter(({ name }) => names.includes(name));
  const lacking = scales.find((one) => !available.includes(one));
  if (lacking && names.length > available.length) throw modalityMismatch(file, lacking.name);
  return available;
}
function checkValues(file, ids, modalities) {
  const present = modalities.map(presenceOf);
  const empty = present[0].findIndex((_, subject) => present.every((has) => has[subject] === 0));
  if (empty < 0) return;
  throw new InputError(
    "no-values",
    `${file.locate(["modalities"])}: ${idName(file.config.id)} ${ids[empty]} has values only in columns that were left out (constant, too few values, filter); write these columns into omit`,
    { id: ids[empty] }
  );
}
function sharedLatents(file, modalities) {
  const { shared } = file.config;
  if (!shared) return void 0;
  const names = modalities.map(({ name }) => name);
  const sharing = shared.modalities ?? names;
  const unknown = sharing.find((name) => !names.includes(name));
  if (unknown !== void 0) {
    throw new InputError(
      "unknown-modality",
      `${file.locate(["shared", "modalities"])}: no modality '${unknown}'${didYouMean(unknown, names)}; the study has ${names.join(", ")}`,
      { modality: unknown }
    );
  }
  const positions = [...new Set(sharing)].map((name) => names.indexOf(name));
  const least = modalities[positions.reduce((a, b) => modalities[b].latents < modalities[a].latents ? b : a)];
  if (positions.length < 2 || least.latents < shared.latents) {
    throw new InputError(
      "too-many-latents",
      positions.length < 2 ? `${file.locate(["shared", "modalities"])}: latents are shared by two modalities or more` : `${file.locate(["shared", "latents"])}: modality '${least.name}' has ${least.latents} latents, so it cannot share ${shared.latents}; raise its latents or lower shared.latents`,
      { modality: least.name }
    );
  }
  return { latents: shared.latents, modalities: positions };
}
function modalityMismatch(file, name) {
  const names = Object.keys(file.config.modalities);
  return new InputError(
    "modality-mismatch",
    `${file.locate(["modalities"])}: the model needs modality '${name}'${didYouMean(name, names)}; the study has ${names.join(", ")}`,
    { modality: name }
  );
}

// src/study/study.ts
async function readStudy(path, options = {}) {
  checkArgument("readStudy: path", path, "text");
  checkOptions("readStudy", options, READ_STUDY_OPTIONS);
  return studyOf(await openStudy(path, options), options);
}
async function openStudy(path, { environment, scales, tables }) {
  const { readStudyFile } = await import("./study-file-TRCOBW7B.js");
  return readStudyFile(path, environment, { fewestModalities: scales ? 1 : 2, tables });
}

export {
  READ_STUDY_OPTIONS,
  fingerprintOf,
  checkRowCounts,
  studyOf,
  readStudy,
  openStudy
};
