import {
  columnTransform,
  columnsRead,
  fitTransform,
  needsWholeRows
} from "./chunk-RANRHDGW.js";
import {
  countTotals,
  firstRepeated,
  predictedColumns,
  sizesOf,
  withTotal
} from "./chunk-Q3ILZ3SP.js";
import {
  CellReaders,
  LevelTexts,
  adviceFor,
  codesOf,
  filesOf,
  levelsOf,
  namedColumns,
  ownKind
} from "./chunk-WBOZL6F2.js";
import {
  scalesOf
} from "./chunk-F6TOTGVU.js";
import {
  checkKind,
  columnOf,
  consecutive,
  hasLevels,
  isCount,
  isMeasured,
  isSize,
  kindScales,
  kindsOf,
  levelValues,
  namesOfLevels
} from "./chunk-SG2VJTFE.js";
import {
  fitRanks,
  medianOf,
  quantileOf
} from "./chunk-WOWGDU2F.js";
import {
  idName,
  joinsRows,
  lookAlikeText,
  subjectIds
} from "./chunk-WYVUSRPB.js";
import {
  adjusted,
  encodeColumns,
  fitScale,
  isConstant,
  momentsOf,
  observedRows,
  winsorised
} from "./chunk-6G5FRIQV.js";
import {
  checkArgument,
  checkLength
} from "./chunk-MX4VZIVR.js";
import {
  textList
} from "./chunk-7BQBI4IZ.js";
import {
  missingColumn
} from "./chunk-D7X6SFN7.js";
import {
  InputError,
  InterlatentError
} from "./chunk-5XKOZ6VI.js";

// src/study/modality-files.ts
function tableOf(config) {
  if ("table" in config) return { table: config.table, at: [], form: config };
  if ("series" in config) return { table: config.series.table, at: ["series"], form: config.series };
  return { table: config.images.table ?? [], at: ["images"], form: config.images };
}

// src/study/outliers.ts
var FAR = 10;
var BY_MEDIAN = 1.482602218505602;
var ROUNDING = 1e-12;
function outliersOf(column, raw, values, rows) {
  const { median, deviation: deviation2 } = medianDeviation(values, rows);
  const rounding = ROUNDING * Math.abs(median);
  const isMostlyOneValue = deviation2 <= rounding;
  const spread = BY_MEDIAN * (isMostlyOneValue ? deviationOfOthers(values, rows, { median, rounding }) : deviation2);
  if (!(spread > 0)) return void 0;
  let subjects = 0;
  let farthest = 0;
  for (let row = 0; row < values.length; row++) {
    if (!(Math.abs(values[row] - median) > FAR * spread)) continue;
    if (subjects === 0 || Math.abs(values[row] - median) > Math.abs(values[farthest] - median)) farthest = row;
    subjects++;
  }
  if (subjects === 0) return void 0;
  const distance = Math.abs(values[farthest] - median) / spread;
  const found = { column, subjects, largest: raw[farthest], distance };
  if (!isMostlyOneValue) return found;
  return { ...found, mostly: raw[rows.find((row) => Math.abs(values[row] - median) <= rounding)] };
}
function deviationOfOthers(values, rows, { median, rounding }) {
  const distances = valuesOf(values, rows).map((value) => Math.abs(value - median)).filter((distance) => distance > rounding);
  return distances.length === 0 ? 0 : medianOf(distances);
}
function medianDeviation(values, rows) {
  const deviations = valuesOf(values, rows);
  const median = medianOf(deviations);
  for (let i = 0; i < deviations.length; i++) deviations[i] = Math.abs(deviations[i] - median);
  return { median, deviation: medianOf(deviations) };
}
function valuesOf(values, rows) {
  const chosen = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) chosen[i] = values[rows[i]];
  return chosen;
}

// src/study/fit-scales.ts
var MIN_VALUES = 10;
function fitScales(fit) {
  const { raw, train, config, adjustment } = fit;
  const transform = config.transform && fitTransform(config.transform, raw, train);
  const least = Math.max(MIN_VALUES, (adjustment?.covariates.length ?? 0) + 2);
  const transformed = transform && columnTransform(transform, raw);
  const few = [];
  const prepared = [];
  for (const name of raw.names) {
    const values = raw.column(name);
    const rows = observedRows(values, train);
    if (rows.length < least) {
      few.push(name);
      continue;
    }
    const column = transform?.kind === "rank" ? { name, ranks: fitRanks(values, rows) } : { name };
    prepared.push(prepare({ ...column, rows, values }, transformed ? transformed(column) : values, fit));
  }
  const varied = prepared.filter((column) => !column.isConstant);
  const kept = new Set(config.filter ? best(varied, config.filter) : varied);
  return {
    scales: {
      name: raw.modality,
      columns: varied.filter((column) => kept.has(column)).map(({ scale }) => scale),
      ...transform && { transform },
      ...adjustment && { covariates: adjustment.covariates }
    },
    constant: prepared.filter((column) => column.isConstant).map(({ scale }) => scale.name),
    few,
    filtered: varied.filter((column) => !kept.has(column)).map(({ scale }) => scale.name),
    outliers: [...kept].flatMap(({ outliers }) => outliers ?? []).sort((a, b) => b.distance - a.distance)
  };
}
function prepare({ name, ranks, rows, values: raw }, transformed, { log, config, adjustment }) {
  const first = fitScale(name, transformed, rows, config.transform ? "never" : log(name));
  const logged = first.log ? transformed.map((value) => Math.log(value + first.offset)) : transformed;
  const slopes = adjustment?.slopes(logged, rows);
  const free = slopes ? logged.map((value, row) => adjusted(value, slopes, adjustment.values, row)) : logged;
  const limits = config.winsorise === void 0 ? void 0 : quantiles(free, rows, config.winsorise);
  const values = limits ? free.map((value) => winsorised(value, limits)) : free;
  const before = momentsOf(transformed, rows);
  const moments = values === transformed ? before : momentsOf(values, rows);
  return {
    scale: {
      ...first,
      mean: moments.mean,
      sd: moments.sd,
      ...ranks && { ranks },
      ...slopes && { slopes },
      ...limits && { limits }
    },
    figure: config.filter ? filterFigure(values, rows, { moments, by: config.filter.by }) : 0,
    isConstant: isConstant(before) || values !== logged && isConstant(moments) || // Shares of a row are rounded, also those that are equal.
    needsWholeRows(config.transform) && moments.sd <= 1e-12 || slopes !== void 0 && moments.sd <= 1e-9 * momentsOf(logged, rows).sd,
    outliers: outliersOf(name, raw, free, rows)
  };
}
function quantiles(values, rows, share) {
  const sorted = valuesOf(values, rows).sort();
  return { lower: quantileOf(sorted, share), upper: quantileOf(sorted, 1 - share) };
}
function best(columns, filter) {
  return [...columns].sort((a, b) => b.figure - a.figure).slice(0, filter.top);
}
function filterFigure(values, rows, { moments, by }) {
  if (by === "mean") return moments.mean;
  return by === "variance" ? moments.sd ** 2 : medianDeviation(values, rows).deviation;
}

// src/study/read-modality.ts
function tableReport({ name, tables, stacked: stacked2, ids, textColumns, filtered, few, adjusted: adjusted2, censored, id }, { latents, exogenous }) {
  return {
    name,
    latents,
    exogenous,
    tables,
    stacked: stacked2,
    joined: ids.length,
    textColumns,
    filtered,
    few,
    adjusted: adjusted2,
    ...censored.length > 0 && { censored },
    ...id !== void 0 && { id }
  };
}

// src/data/column-values.ts
function columnValues({ transform, columns }, raw) {
  const transformed = transform && columns.some(({ kind }) => isMeasured(kind)) && columnTransform(transform, raw);
  return (column) => {
    const scale = columns[column];
    if (isSize(scale.kind)) return sizesOf(scale, columns, raw.column);
    if (transformed && isMeasured(scale.kind)) return transformed(scale);
    return levelValues(scale, raw.column(columnOf(scale)));
  };
}

// src/study/duplicate-columns.ts
var TOLERANCE = 1e-4;
function duplicateColumns({ columns, values }) {
  const width = columns.length;
  const rows = values.length / width;
  const answers = [...columns.keys()].filter((column) => !isSize(columns[column].kind));
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const weight = (Math.imul(row + 1, 2654435761) >>> 0) / 2 ** 32 - 0.5;
    for (let column = 0; column < width; column++) sums[column] += weight * values[row * width + column];
  }
  const projected = answers.map((column) => {
    const sum = sums[column];
    return { column, size: Math.abs(sum) / rows, sign: Math.sign(sum) };
  });
  projected.sort((a, b) => a.size - b.size);
  const pairs = [];
  for (const [i, first] of projected.entries()) {
    for (let j = i + 1; j < projected.length && projected[j].size - first.size <= TOLERANCE; j++) {
      const second = projected[j];
      const sign = first.sign * second.sign;
      let equal = true;
      for (let row = 0; equal && row < rows; row++) {
        const difference2 = values[row * width + first.column] - sign * values[row * width + second.column];
        equal = Math.abs(difference2) <= TOLERANCE;
      }
      if (equal) pairs.push([Math.min(first.column, second.column), Math.max(first.column, second.column)]);
    }
  }
  return pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([a, b]) => [columns[a].name, columns[b].name]);
}

// src/data/columns-modality.ts
var COLUMN = { name: "text", values: "typed array", "kind?": "text", "levels?": ["text"] };
var MODALITY = { name: "text", columns: [COLUMN], latents: "number", exogenous: "number", "size?": "text" };
var SIZES = ["total"];
function modalityOfColumns(modality, ids, train) {
  checkArgument("modalityOfColumns: modality", modality, MODALITY);
  checkArgument("modalityOfColumns: ids", ids, ["text"]);
  checkArgument("modalityOfColumns: train", train, "typed array");
  const { name, columns: raw, latents, exogenous, size } = modality;
  if (size !== void 0 && !SIZES.includes(size)) {
    throw new InputError(
      "invalid-argument",
      `modalityOfColumns: modality.size is '${size}'; it is 'total', or left out where a column has the kind 'size'`,
      { place: "modality.size" }
    );
  }
  for (const [i, column2] of raw.entries()) {
    checkLength(`modalityOfColumns: modality.columns[${i}].values`, column2.values, ids.length);
    checkKind(`modality '${name}'`, column2);
  }
  const scales = raw.map((column2) => {
    const columnScales = kindScales(column2, observedRows(column2.values, train));
    if (columnScales.length > 0) return columnScales;
    throw new InputError(
      "constant-column",
      `modality '${name}': column '${column2.name}' is constant or empty in the training split; leave it out`,
      { modality: name, column: column2.name }
    );
  });
  const byName = new Map(raw.map((column2) => [column2.name, column2.values]));
  const column = (one) => byName.get(one);
  const columns = withTotal(byKind(scales.flat()), { place: `modality '${name}'`, size, column, train });
  const source = { modality: name, ids, names: raw.map((one) => one.name), column };
  const encoded = encodeColumns(columnValues({ columns }, source), { name, columns }, ids);
  return { name, columns, ...namedLevels(raw), ...encoded, latents, exogenous };
}
function byKind(columns) {
  const kinds = [...new Set(columns.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => columns.filter((column) => column.kind === kind));
}
function namedLevels(columns) {
  const withLevels = columns.filter(({ kind = "gaussian" }) => hasLevels(kind));
  if (withLevels.length === 0) return {};
  return { levels: Object.fromEntries(withLevels.map(({ name, levels = [] }) => [name, levels])) };
}

// src/study/fit-kinds.ts
function columnsOfKinds(file, { modality, names, column }, kinds, levels) {
  return names.flatMap((name) => {
    const kind = ownKind({ kinds }, name);
    if (isMeasured(kind)) return [];
    const raw = { name, kind, values: column(name), levels: levels(name) };
    checkKind(file.locate(["modalities", modality, "kinds", name]), raw);
    return [raw];
  });
}
function fitKinds(raw, columns, {
  kinds,
  size,
  place,
  train,
  fitMeasured
}) {
  const others = new Set(columns.map(({ name }) => name));
  const measured = fitMeasured({ ...raw, names: raw.names.filter((name) => !others.has(name)) });
  const scales = /* @__PURE__ */ new Map();
  for (const scale of measured.scales.columns) {
    const kind = ownKind({ kinds }, scale.name) ?? "gaussian";
    scales.set(scale.name, [kind === "gaussian" ? scale : { ...scale, kind }]);
  }
  const [constant, few] = [[...measured.constant], [...measured.few]];
  for (const column of columns) {
    const rows = observedRows(column.values, train);
    const own = rows.length < MIN_VALUES ? [] : kindScales(column, rows);
    if (own.length > 0) scales.set(column.name, own);
    else (rows.length < MIN_VALUES ? few : constant).push(column.name);
  }
  return {
    ...measured,
    scales: {
      ...measured.scales,
      columns: withTotal(byKind(raw.names.flatMap((name) => scales.get(name) ?? [])), {
        place,
        size,
        column: raw.column,
        train
      }),
      ...namedLevels(columns.filter(({ name }) => scales.has(name)))
    },
    constant,
    few
  };
}

// src/study/advice.ts
var CANDIDATES = 100;
var MAX_STEPS = 50;
function adviseOmissions(lacking, columns) {
  let patterns = countPatterns(lacking.map((positions) => ({ positions, subjects: 1 })));
  let subjects = lacking.filter((positions) => positions.length === 0).length;
  const steps = [];
  while (patterns.length > 0 && steps.length < MAX_STEPS) {
    const worth = (positions2) => {
      const omitted2 = new Set(positions2);
      const regained2 = patterns.filter((pattern) => pattern.positions.every((column) => omitted2.has(column))).reduce((sum, pattern) => sum + pattern.subjects, 0);
      return { positions: positions2, regained: regained2, each: regained2 / positions2.length };
    };
    const { positions, regained } = patterns.slice(0, CANDIDATES).map((pattern) => worth(pattern.positions)).reduce((a, b) => b.each > a.each ? b : a);
    subjects += regained;
    steps.push({ omit: positions.map((column) => columns[column]), regained, subjects });
    const omitted = new Set(positions);
    patterns = countPatterns(
      patterns.map((pattern) => ({ ...pattern, positions: pattern.positions.filter((one) => !omitted.has(one)) }))
    );
  }
  return steps;
}
function countPatterns(all) {
  const counted = /* @__PURE__ */ new Map();
  for (const { positions, subjects } of all) {
    if (positions.length === 0) continue;
    const key = positions.join();
    const known = counted.get(key);
    if (known) known.subjects += subjects;
    else counted.set(key, { positions, subjects });
  }
  return [...counted.values()].sort((a, b) => b.subjects / b.positions.length - a.subjects / a.positions.length);
}

// src/study/join-subjects.ts
function valuesAt(rows, values) {
  if (areAll(rows, values.length)) return values;
  const selected = new Float64Array(rows.length);
  for (let subject = 0; subject < rows.length; subject++) {
    selected[subject] = rows[subject] < 0 ? NaN : values[rows[subject]];
  }
  return selected;
}
function areAll(rows, count) {
  let subject = 0;
  while (subject < rows.length && rows[subject] === subject) subject++;
  return subject === count && subject === rows.length;
}
function joinSubjects(file, all, { rules, covariates, learning }) {
  const keeps = file.config.missing === "keep";
  const excluded = new Set(keeps ? all.flatMap((table) => table.excluded) : []);
  const { known, rows: knownRows } = knownSubjects(all, excluded);
  const tables = new Uint32Array(known.length);
  for (const rows2 of knownRows) {
    for (let subject = 0; subject < rows2.length; subject++) if (rows2[subject] >= 0) tables[subject]++;
  }
  const isShared = new Uint8Array(known.length);
  for (let subject = 0; subject < known.length; subject++) isShared[subject] = Number(tables[subject] === all.length);
  const shared = chosenOf(known, isShared);
  const subjects = keeps ? known : shared;
  if (keeps ? learning && tables.every((count) => count < 2) : shared.length === 0) throw noneShared(file, all);
  const rows = keeps ? knownRows : knownRows.map((of) => chosenOf(of, isShared));
  const gaps = all.map((table, i) => gapsOf(table, rows[i], { ...rules[i], keeps }));
  const covered = new Uint8Array(subjects.length).fill(1);
  if (covariates) for (const [subject, id] of subjects.entries()) covered[subject] = Number(covariates.has(id));
  if (!covered.includes(1)) throw noneCovered(file, subjects, covariates?.columns ?? []);
  const valued = new Uint8Array(subjects.length);
  const whole = new Uint8Array(subjects.length).fill(1);
  for (const { present: present2, lacks } of gaps) {
    for (let subject = 0; subject < subjects.length; subject++) {
      valued[subject] |= present2[subject];
      if (present2[subject] === 0 || lacks[subject] > 0) whole[subject] = 0;
    }
  }
  const chosen = (keeps ? valued : whole).map((mark, subject) => mark & covered[subject]);
  const ids = chosenOf(subjects, chosen);
  if (ids.length === 0) throw keeps ? noValues(file, subjects) : noneComplete(file, shared, gaps);
  const present = gaps.map((modality) => chosenOf(modality.present, chosen));
  const chosenRows = rows.map(
    (of, i) => chosenOf(of, chosen).map((row, subject) => present[i][subject] === 1 ? row : -1)
  );
  const names = gaps.flatMap(({ table }) => table.columns.map(({ name }) => ({ modality: table.name, column: name })));
  return {
    ids,
    known: known.length,
    shared: shared.length,
    complete: chosenOf(whole, chosen).reduce((sum, isWhole) => sum + isWhole, 0),
    empty: keeps ? subjects.length - valued.reduce((sum, hasValue) => sum + hasValue, 0) : 0,
    losses: gaps.map(({ losses, having }, i) => ({
      ...losses,
      absent: known.length - (keeps ? having : all[i].ids.length)
    })),
    tables: gaps.map(({ table }) => table),
    advice: keeps ? [] : adviseOmissions(
      lackedColumns(gaps).filter((_, subject) => covered[subject] === 1),
      names
    ),
    uncovered: subjects.length - covered.reduce((sum, has) => sum + has, 0),
    present,
    rows: chosenRows
  };
}
function chosenOf(values, marks) {
  if (!marks.includes(0)) return values;
  if (Array.isArray(values)) return textList(marked(values, marks));
  return values.filter((_, subject) => marks[subject] === 1);
}
function* marked(texts, marks) {
  for (const [subject, text] of texts.entries()) if (marks[subject] === 1) yield text;
}
function knownSubjects(all, excluded) {
  const [first, ...others] = all.map(({ ids }) => ids);
  if (excluded.size === 0 && others.every((ids) => areEqual(ids, first))) {
    return { known: first, rows: all.map(() => consecutive(0, first.length)) };
  }
  const positions = /* @__PURE__ */ new Map();
  for (const { ids } of all) {
    for (const id of ids) if (!excluded.has(id) && !positions.has(id)) positions.set(id, positions.size);
  }
  const rows = all.map(({ ids }) => {
    const own = new Int32Array(positions.size).fill(-1);
    for (const [row, id] of ids.entries()) {
      const position = positions.get(id);
      if (position !== void 0) own[position] = row;
    }
    return own;
  });
  return { known: [...positions.keys()], rows };
}
function areEqual(ids, others) {
  return ids === others || ids.length === others.length && ids.every((id, row) => id === others[row]);
}
function gapsOf(table, rows, { maxMissing = 1, wholeRows, keeps }) {
  const having = new Uint8Array(rows.length);
  if (keeps) markPresent(having, rows, table.columns);
  else having.fill(1);
  const subjects = having.reduce((sum, has) => sum + has, 0);
  let scratch;
  const columns = table.columns.map((column) => {
    const values = column.values(scratch);
    if (column.isPacked) scratch = values;
    return { column, lacking: lackingOf(column, values, rows, having) };
  });
  const most = maxMissing * subjects;
  const kept = columns.filter(({ lacking }) => lacking.length <= most);
  const lacks = new Uint32Array(rows.length);
  for (const { lacking } of kept) for (const subject of lacking) lacks[subject]++;
  const incomplete = lacks.reduce((sum, count) => sum + Number(count > 0), 0);
  const present = new Uint8Array(rows.length);
  markPresent(
    present,
    rows,
    kept.map(({ column }) => column)
  );
  const discards = keeps && wholeRows;
  return {
    table: kept.length === columns.length ? table : { ...table, columns: kept.map(({ column }) => column) },
    losses: {
      incomplete,
      discarded: discards ? incomplete : 0,
      missing: kept.map(({ column, lacking }) => ({ column: column.name, subjects: lacking.length })).filter(({ subjects: count }) => count > 0).sort((a, b) => b.subjects - a.subjects),
      gaps: columns.filter(({ lacking }) => lacking.length > most).map(({ column }) => column.name)
    },
    having: subjects,
    present: discards ? present.map((has, subject) => lacks[subject] > 0 ? 0 : has) : present,
    lacks,
    lacking: kept.map(({ lacking }) => lacking)
  };
}
function markPresent(present, rows, columns) {
  let left = rows.reduce((sum, row) => sum + Number(row >= 0), 0);
  let scratch;
  for (const { values: read, isPacked } of columns) {
    if (left === 0) return;
    const values = read(scratch);
    if (isPacked) scratch = values;
    for (let subject = 0; subject < rows.length; subject++) {
      if (present[subject] === 1 || rows[subject] < 0 || Number.isNaN(values[rows[subject]])) continue;
      present[subject] = 1;
      left--;
    }
  }
}
function lackingOf({ holes }, values, rows, having) {
  const found = [];
  for (let subject = 0; subject < rows.length; subject++) {
    const row = rows[subject];
    const isLacking = row < 0 || Number.isNaN(values[row]) || holes?.[row] === 1;
    if (isLacking && having[subject] === 1) found.push(subject);
  }
  return Int32Array.from(found);
}
function lackedColumns(gaps) {
  const lacked = Array.from(gaps[0].lacks, () => []);
  let position = 0;
  for (const { lacking } of gaps) {
    for (const subjects of lacking) {
      for (const subject of subjects) lacked[subject].push(position);
      position++;
    }
  }
  return lacked;
}
function noneShared(file, all) {
  const examples = all.map(({ name, ids }) => `${name} has ${ids.slice(0, 3).join(", ")}, \u2026`).join("; ");
  const where = file.config.missing === "keep" ? "two modalities" : "every modality";
  return new InputError(
    "no-common-subjects",
    `${file.locate(["modalities"])}: no ${idName(file.config.id)} stands in ${where}: ${examples}; ids that are written differently are brought to one form by id: { column, replace, keep, case }` + lookAlikeText(all.map(({ ids }) => ids))
  );
}
function noneCovered(file, subjects, columns) {
  return new InputError(
    "no-common-subjects",
    `${file.locate(["adjust", "table"])}: none of the ${subjects.length} subjects, as ${idName(file.config.id)} ${subjects[0]}, has all of ${columns.join(", ")}`
  );
}
function noneComplete(file, shared, gaps) {
  const worst = gaps.flatMap(
    ({ table, losses }) => losses.missing.slice(0, 2).map(({ column, subjects }) => `${table.name}.${column} (${subjects})`)
  );
  return new InputError(
    "no-complete-subjects",
    `${file.locate(["modalities"])}: each of the ${shared.length} shared subjects lacks a value; most are missing in ${worst.join(", ")}: omit such columns, or write missing: keep`
  );
}
function noValues(file, subjects) {
  return new InputError(
    "no-values",
    `${file.locate(["modalities"])}: none of the ${subjects.length} subjects, as ${idName(file.config.id)} ${subjects[0]}, has a value in any modality; look at the tables, and at the codes of missing values`
  );
}

// src/study/kind-guesses.ts
var WIDEST_LEVELS = 10;
function likelyKind(values, { min, max, mean: mean2, sd }) {
  const different = /* @__PURE__ */ new Set();
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (!Number.isInteger(value) && different.size > 2) return void 0;
    different.add(value);
  }
  if (different.size === 2) return "binary";
  if (![...different].every(Number.isInteger)) return void 0;
  if (max - min <= WIDEST_LEVELS) return "ordinal";
  return min === 0 && sd ** 2 > mean2 ? "count" : void 0;
}

// src/study/library-size.ts
var MIN_COLUMNS = 10;
var MIN_COUNTS = 3;
function logTotals({ columns, transform }, { names, column, ids }, train) {
  if (transform?.kind === "cpm") return totalsOf(transform.over, column, ids.length);
  const counts = columns.filter(({ kind }) => isCount(kind)).map(({ name }) => name);
  if (counts.length >= MIN_COLUMNS) return totalsOf(counts, column, ids.length);
  const hasKinds = columns.some(({ kind }) => kind !== void 0);
  if (hasKinds || names.length < MIN_COLUMNS || !lookLikeCounts(names, column, train)) return void 0;
  return totalsOf(names, column, ids.length);
}
function totalsOf(names, column, subjects) {
  const totals = new Float64Array(subjects);
  for (const name of names) {
    const values = column(name);
    for (let row = 0; row < subjects; row++) totals[row] += values[row];
  }
  return totals.map((total) => total > 0 ? Math.log(total) : NaN);
}
function lookLikeCounts(names, column, train) {
  let counts = 0;
  for (const name of names) {
    const values = column(name);
    let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
    for (const row of train) {
      const value = values[row];
      if (Number.isNaN(value)) continue;
      if (!Number.isInteger(value) || value < 0) return false;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
      squares += value * value;
    }
    const mean2 = sum / train.length;
    const sd = Math.sqrt(Math.max(0, squares / train.length - mean2 * mean2));
    if (likelyKind(values, { min, max, mean: mean2, sd }) === "count") counts++;
  }
  return counts >= MIN_COUNTS;
}

// src/study/codes.ts
var valueOf = (record, key) => Object.hasOwn(record, key) ? record[key] : void 0;
function isDecoded(column, { skips, missing, recode, limits }) {
  const hasCodes = codesOf({ missing, recode }, column).numbers.size > 0;
  return hasCodes || valueOf(skips, column) !== void 0 || valueOf(limits, column) !== void 0;
}
function decodeColumn(column, raw, rules) {
  if (!isDecoded(column, rules)) return { column, values: raw(column), filled: 0, below: 0, above: 0 };
  const { skips, missing, recode, limits } = rules;
  const values = raw(column).slice();
  const skip = valueOf(skips, column);
  let filled = 0;
  if (skip !== void 0) {
    const condition = raw(skip.when);
    const codes = new Set(skip.is);
    for (let row = 0; row < values.length; row++) {
      if (Number.isNaN(values[row]) && codes.has(condition[row])) {
        values[row] = skip.value;
        filled++;
      }
    }
  }
  const { numbers: meanings } = codesOf({ missing, recode }, column);
  const { lower = -Infinity, upper = Infinity } = valueOf(limits, column) ?? {};
  let below = 0;
  let above = 0;
  for (let row = 0; row < values.length; row++) {
    const value = meanings.get(values[row]) ?? values[row];
    if (value < lower) below++;
    if (value > upper) above++;
    values[row] = value < lower ? lower / Math.SQRT2 : Math.min(value, upper);
  }
  return { column, values, filled, below, above };
}
function rowsWhere(rows, raw, where) {
  const ranges = Object.entries(where).map(([column, { from = -Infinity, to = Infinity }]) => ({
    values: raw(column),
    from,
    to
  }));
  const positions = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (ranges.every(({ values, from, to }) => values[row] >= from && values[row] <= to)) positions[count++] = row;
  }
  return positions.slice(0, count);
}
function groupRepeats(ids, minRows) {
  const rowsOf = /* @__PURE__ */ new Map();
  for (const [row, id] of ids.entries()) {
    const rows = rowsOf.get(id);
    if (rows) rows.push(row);
    else rowsOf.set(id, [row]);
  }
  const subjects = [...rowsOf].filter(([, rows]) => rows.length >= minRows);
  const each = (summary) => (values) => Float64Array.from(
    subjects,
    ([, rows]) => summary(rows.map((row) => values[row]).filter((value) => !Number.isNaN(value)))
  );
  return { ids: subjects.map(([id]) => id), mean: each(mean), sd: each(deviation), few: rowsOf.size - subjects.length };
}
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
function deviation(values) {
  const centre = mean(values);
  return values.length < 2 ? NaN : Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

// src/study/table-group.ts
var SPREAD = ".sd";
function baseOf(column, { repeats }) {
  return repeats && column.endsWith(SPREAD) ? column.slice(0, -SPREAD.length) : column;
}
function prefixed(place, cause, advice = "") {
  if (!(cause instanceof InterlatentError)) return cause;
  const { code, message, details } = cause;
  const kind = cause.constructor;
  return new kind(code, `${place}: ${message}${advice}`, { ...details }, cause.cause);
}
function difference(names, without) {
  const excluded = new Set(without);
  return names.filter((name) => !excluded.has(name));
}

// src/study/table-columns.ts
function columnsOf(file, { at: at2, name, config }, { parts, wanted, needed }) {
  const holder = /* @__PURE__ */ new Map();
  for (const part of parts) {
    for (const column of part.columns.keys()) {
      if (holder.has(column)) {
        throw new InputError(
          "duplicate-column",
          `${file.locate([...at2, "table"])}: two joined tables have a column '${column}' (${holder.get(column).tables[0].file} and ${part.tables[0].file}); rename it in one of them or omit it`,
          { column }
        );
      }
      holder.set(column, part);
    }
  }
  const { column: id } = subjectIds(file.config.id, config);
  const available = parts.flatMap((part) => part.available).filter((column) => column !== id);
  const files = parts.flatMap(({ tables }) => tables.map((table) => table.file)).join(", ");
  for (const column of [...wanted ?? [], ...needed]) {
    if (holder.has(column)) continue;
    const listed = config.columns?.findIndex((one) => baseOf(one, config) === column) ?? -1;
    const skipped = Object.keys(config.skips).find((one) => config.skips[one].when === column);
    const needs = skipped === void 0 ? ["where", column] : ["skips", skipped, "when"];
    const place = [...at2, ...needed.has(column) ? needs : ["columns", listed]];
    throw prefixed(file.locate(place), missingColumn(column, available, files));
  }
  const { omit = [] } = config;
  const used = wanted ?? [...holder.keys()].filter((column) => !omit.includes(column));
  if (used.length === 0) {
    throw new InputError(
      "no-columns",
      `${file.locate([...at2, "table"])}: '${name}' has no numeric column besides the id`,
      { name }
    );
  }
  return used;
}
function checkNames(file, { at: at2, name, config, logged = [], kinds }, parts) {
  const available = [...new Set(parts.flatMap((part) => part.available))];
  const check = (column, place, known = column) => {
    if (!available.includes(known)) {
      throw prefixed(file.locate([...at2, ...place]), missingColumn(column, available, `'${name}'`));
    }
  };
  for (const key of ["skips", "limits"]) {
    for (const column of Object.keys(config[key])) check(column, [key, column]);
  }
  for (const key of ["missing", "recode"]) {
    for (const column of namedColumns(config[key])) check(column, [key, column]);
  }
  for (const key of ["censored", "percent"]) {
    const columns = config[key];
    if (Array.isArray(columns)) for (const [i, column] of columns.entries()) check(column, [key, i]);
  }
  for (const key of ["kinds", "levels"]) {
    for (const column of Object.keys(kinds?.[key] ?? {})) check(column, [key, column]);
  }
  for (const column of Object.keys(config.labels)) check(column, ["labels", column], baseOf(column, config));
  for (const [i, column] of (config.omit ?? []).entries()) check(column, ["omit", i]);
  for (const [i, column] of logged.entries()) check(column, ["log", i], baseOf(column, config));
}

// src/study/subject-rows.ts
var RECORDING_JOINT = "/";
function rowOptions(file, form, texts = []) {
  const { delimiter, transposed, recording, sheet, part } = form;
  const { column: id } = subjectIds(file.config.id, form);
  return {
    text: [...recording ?? (id === void 0 ? [] : [id]), ...texts],
    ...id !== void 0 && { index: id },
    ...delimiter && { delimiter },
    ...sheet !== void 0 && { sheet },
    ...part !== void 0 && { part },
    ...transposed && { transposed: id ?? "" }
  };
}
function subjectsOf(file, form, table, before) {
  const { column, idOf } = subjectIds(file.config.id, form);
  if (form.recording) {
    const parts = form.recording.map((name) => table.texts(name));
    return Array.from({ length: table.rows }, (_, row) => {
      const names = parts.map((texts2) => texts2[row]);
      return names.includes("") ? "" : names.join(RECORDING_JOINT);
    });
  }
  if (joinsRows(file.config.id)) return textList(rowNumbers(before + 1, table.rows));
  const texts = table.texts(column ?? "");
  return idOf ? textList(mapped(texts, idOf)) : texts;
}
function* rowNumbers(first, count) {
  for (let row = 0; row < count; row++) yield String(first + row);
}
function* mapped(texts, change) {
  for (const text of texts) yield change(text);
}

// src/study/table-part.ts
async function readOne(file, { at: group, config }, { entry, at: at2, numberOf, wanted, needed }) {
  const { group: together } = file.config;
  const { omit = [] } = config;
  const place = [...group, ...at2];
  const path = file.resolveTable(entry, place);
  const listed = wanted && new Set(wanted);
  const isKept = (column) => needed.has(column) || (listed ? listed.has(column) : column !== together && !omit.includes(column));
  const named = (column) => needed.has(column) || (listed?.has(column) ?? false);
  const options = { ...rowOptions(file, config), keep: isKept, named, numberOf };
  return atPlace(file, place, () => file.readTable(path, options));
}
function stack(file, group, { tables, wanted, needed }) {
  const { column: id } = subjectIds(file.config.id, group.config);
  const [first] = tables;
  const namesOf = (table) => table.columns.filter((column) => column !== id);
  const names = namesOf(first);
  for (const table of tables) {
    const odd = [...difference(names, namesOf(table)), ...difference(namesOf(table), names)];
    if (odd.length > 0) {
      throw new InputError(
        "columns-disagree",
        `${file.locate([...group.at, "table"])}: ${first.path} and ${table.path} cannot be stacked: only one of them has ${odd.slice(0, 8).join(", ")}${odd.length > 8 ? ", \u2026" : ""}; list them in omit, or the common ones in columns`,
        { columns: odd }
      );
    }
  }
  const isText = (column) => !needed.has(column) && tables.every((table) => table.kind(column) === "text");
  const textColumns = wanted ? [] : names.filter(isText);
  const numeric = difference(names, textColumns);
  const ids = collectIds(file, tables, group.config);
  const columns = /* @__PURE__ */ new Map();
  let scratch;
  for (const column of numeric) {
    const packed = tables.length === 1 ? first.packed(column) : void 0;
    if (packed) {
      scratch = numbersOf(file, group, first, column, scratch);
      columns.set(column, { values: packed, isPacked: true });
      continue;
    }
    const read = () => stacked(ids.length, tables, (table) => numbersOf(file, group, table, column));
    const isPacked = tables.some((table) => table.isPacked(column));
    const values = read();
    columns.set(column, { values: isPacked ? read : () => values, isPacked });
  }
  const available = [...new Set(tables.flatMap((table) => table.available))];
  return {
    ids,
    columns,
    textColumns,
    available,
    tables: tables.map(({ path, rows }) => ({ file: path, rows }))
  };
}
function stacked(rows, tables, numbers) {
  if (tables.length === 1) return numbers(tables[0]);
  const values = new Float64Array(rows);
  let start = 0;
  for (const table of tables) {
    values.set(numbers(table), start);
    start += table.rows;
  }
  return values;
}
function numbersOf(file, { at: at2, config }, table, column, into) {
  const listed = config.columns?.findIndex((name) => baseOf(name, config) === column) ?? -1;
  const place = file.locate([...at2, ...listed >= 0 ? ["columns", listed] : ["table"]]);
  let values;
  try {
    values = table.numbers(column, into);
  } catch (cause) {
    const text = cause instanceof InterlatentError ? cause.details["text"] : void 0;
    const advice = typeof text === "string" ? adviceFor(text, column) : "";
    throw prefixed(place, cause, `; leave the column out (columns, omit) or correct the cell${advice}`);
  }
  for (let row = 0; row < values.length; row++) {
    if (Math.abs(values[row]) !== Infinity) continue;
    throw new InputError(
      "not-finite",
      `${place}: row ${row + 1} of column '${column}' in ${table.path} is infinite; correct it or leave the cell empty`,
      { path: table.path, column, row: row + 1 }
    );
  }
  return values;
}
function collectIds(file, tables, config) {
  const id = nameOfIds(file, config);
  const lists = [];
  let before = 0;
  for (const table of tables) {
    const subjects = subjectsOf(file, config, table, before);
    const nameless = subjects.indexOf("");
    lists.push(nameless < 0 ? subjects : subjects.slice(0, nameless));
    before += subjects.length;
    if (nameless < 0) continue;
    checkOnce(file, { tables, ids: lists.flat(), config });
    throw new InputError("missing-id", `row ${nameless + 1} of ${table.path} has no '${id}'; every row needs one`, {
      path: table.path,
      row: nameless + 1
    });
  }
  const ids = lists.length === 1 ? lists[0] : textList(textsOf(lists));
  checkOnce(file, { tables, ids, config });
  return ids;
}
function* textsOf(lists) {
  for (const list of lists) yield* list;
}
function checkOnce(file, { tables, ids, config }) {
  const twice = config.repeats ? -1 : firstRepeated(ids);
  if (twice < 0) return;
  let [row, part] = [twice, 0];
  while (row >= tables[part].rows) row -= tables[part++].rows;
  const { path } = tables[part];
  throw new InputError(
    "duplicate-id",
    `${nameOfIds(file, config)} ${ids[twice]} stands twice, the second time in row ${row + 1} of ${path}; a subject has one row (or, with repeats, several)`,
    { path, row: row + 1, id: ids[twice] }
  );
}
function nameOfIds(file, config) {
  return subjectIds(file.config.id, config).column || idName(file.config.id);
}
async function atPlace(file, place, read) {
  try {
    return await read();
  } catch (cause) {
    throw prefixed(file.locate(place), cause);
  }
}

// src/study/modality-table.ts
async function readTableGroup(file, group, wanted = group.config.columns) {
  const { config, name } = group;
  const bases = wanted && [...new Set(wanted.map((column) => baseOf(column, config)))];
  const needed = /* @__PURE__ */ new Set([...Object.keys(config.where), ...Object.values(config.skips).map(({ when }) => when)]);
  const choice = { wanted: bases, needed };
  const cells = new CellReaders(config);
  const texts = new LevelTexts();
  const isLevelled = (column) => hasLevels(kindOf(group, column));
  const numberOf = (column) => isLevelled(column) ? texts.reader(column, cells.of(column)) : cells.of(column);
  const parts = [];
  for (const { files, paths } of filesOf(config.table)) {
    const tables = [];
    for (const [i, entry] of files.entries()) {
      tables.push(await readOne(file, group, { entry, at: paths[i], numberOf, ...choice }));
    }
    parts.push(stack(file, group, { tables, ...choice }));
  }
  const used = columnsOf(file, group, { parts, ...choice });
  checkNames(file, group, parts);
  const joined = join(file, group, parts);
  const positions = rowsWhere(joined.ids.length, joined.raw, config.where);
  if (positions.length === 0) {
    throw new InputError(
      "no-rows-left",
      `${file.locate([...group.at, "where"])}: no row of '${name}' is in all ranges; widen them`,
      { name }
    );
  }
  const isAll = positions.length === joined.ids.length;
  const selected = (column) => isAll ? joined.raw(column) : at(joined.raw(column), positions);
  const ids = isAll ? joined.ids : Array.from(positions, (row) => joined.ids[row]);
  const decoded = new Map(
    used.map((column) => {
      if (joined.isPacked(column) && !isDecoded(column, config)) {
        const values2 = isAll && joined.whole(column) || (() => selected(column));
        return [column, { column, values: values2, isPacked: true, filled: 0, below: 0, above: 0 }];
      }
      const { values, ...counts } = decodeColumn(column, selected, config);
      return [column, { ...counts, values: () => values, isPacked: false }];
    })
  );
  const rows = config.repeats && groupRepeats(ids, config.repeats.minRows);
  if (rows?.ids.length === 0) {
    throw new InputError(
      "no-rows-left",
      `${file.locate([...group.at, "repeats"])}: no subject of '${name}' has ${config.repeats?.minRows} rows; lower minRows`,
      { name }
    );
  }
  return {
    name,
    ids: rows?.ids ?? ids,
    columns: (wanted ?? used).map((column) => {
      const { values, isPacked } = decoded.get(baseOf(column, config));
      if (isLevelled(column)) {
        const levelled = levelsOfColumn(file, group, { column, values: values(), ids, texts });
        return { name: column, levels: levelled.levels, values: () => levelled.values };
      }
      if (rows === void 0) return { name: column, values, isPacked };
      const summary = decoded.has(column) ? rows.mean(values()) : rows.sd(values());
      return { name: column, values: () => summary };
    }),
    tables: parts.map(({ tables }) => tables),
    stacked: parts.map((part) => config.repeats ? new Set(part.ids).size : part.ids.length),
    textColumns: parts.flatMap(({ textColumns }) => textColumns),
    filtered: joined.ids.length - positions.length,
    excluded: rows || isAll ? [] : difference(joined.ids, ids),
    few: rows?.few ?? 0,
    adjusted: [...decoded.values()].filter(({ filled, below, above }) => filled + below + above > 0).map(({ column, filled, below, above }) => ({ column, filled, below, above })),
    censored: cells.censored,
    id: subjectIds(file.config.id, config).description
  };
}
function kindOf({ kinds }, column) {
  return (kinds && ownKind(kinds, column)) ?? "gaussian";
}
function levelsOfColumn(file, group, { column, values, ids, texts }) {
  const levels = group.kinds?.levels ?? {};
  const known = Object.hasOwn(levels, column) ? levels[column].map(String) : void 0;
  const place = file.locate([...group.at, known ? "levels" : "kinds", column]);
  const subject = (row) => `${idName(file.config.id)} ${ids[row]}`;
  return levelsOf({ name: column, kind: kindOf(group, column), place }, texts.names(column, values), {
    known,
    subject
  });
}
function at(values, rows) {
  const selected = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) selected[i] = values[rows[i]];
  return selected;
}
function join(file, group, parts) {
  const holder = new Map(parts.flatMap((part) => [...part.columns.keys()].map((column2) => [column2, part])));
  const [first, ...others] = parts;
  const column = (name) => holder.get(name).columns.get(name).values();
  const isPacked = (name) => holder.get(name).columns.get(name).isPacked;
  const whole = (name) => others.length === 0 ? first.columns.get(name)?.values : void 0;
  if (others.length === 0) return { ids: first.ids, isPacked, raw: column, whole };
  const rowsById = parts.map((part) => new Map(part.ids.map((id, row) => [id, row])));
  const ids = first.ids.filter((id) => rowsById.every((rowOf) => rowOf.has(id)));
  if (ids.length === 0) throw noOverlap(file, group, parts);
  const rows = new Map(parts.map((part, i) => [part, Int32Array.from(ids, (id) => rowsById[i].get(id))]));
  return { ids, isPacked, whole, raw: (name) => at(column(name), rows.get(holder.get(name))) };
}
function noOverlap(file, { at: at2, name }, parts) {
  const examples = parts.map(({ ids, tables }) => `${tables[0].file} has ${ids.slice(0, 3).join(", ")}, \u2026`);
  return new InputError(
    "no-common-subjects",
    `${file.locate([...at2, "table"])}: the tables of '${name}' share no ${idName(file.config.id)}: ` + examples.join("; ") + lookAlikeText(parts.map(({ ids }) => ids)),
    { name }
  );
}

// src/study/size-report.ts
var QUANTILES = [0.1, 0.9];
var MIN_COUNTS2 = 10;
var MIN_SPREAD = 2;
function sizeReport({ columns }, column, train) {
  const counts = columns.filter(({ kind }) => isCount(kind));
  const size = columns.find(({ kind }) => isSize(kind));
  if (!size && counts.length < MIN_COUNTS2) return void 0;
  const sizes = size ? sizesOf(size, columns, column) : countTotals(columns, column);
  const sorted = Float64Array.from(observedRows(sizes, train), (row) => sizes[row]).sort();
  const [low, high] = QUANTILES.map((share) => quantileOf(sorted, share));
  const spread = high / low;
  if (size) return { of: size.total ? "total" : size.name, spread };
  return spread > MIN_SPREAD ? { spread } : void 0;
}

// src/study/table-modality.ts
async function readTableModality(file, name, config, scales) {
  const logged = typeof config.log === "boolean" ? [] : config.log;
  const kinds = scales ? kindsOf(scales) : config;
  const group = { at: ["modalities", name], name, config, logged, kinds };
  const read = await readTableGroup(file, group, scales && columnsRead(scales));
  const { table, empty } = scales ? { table: read, empty: [] } : withoutEmpty(file, read, config);
  if (!scales) {
    checkWidth(
      file,
      name,
      table.columns.filter((one) => !isSize(ownKind(config, one.name)))
    );
  }
  const wholeRows = needsWholeRows(scales ? scales.transform : config.transform);
  return {
    table,
    rules: { maxMissing: scales ? void 0 : config.maxMissing, wholeRows },
    finish: (joined) => finishTable(file, config, { scales, empty, joined })
  };
}
function finishTable(file, config, { scales, empty, joined }) {
  const { ids, split, table, losses, rows, adjustment } = joined;
  const { kinds } = scales ? kindsOf(scales) : config;
  const isPlain = !(scales ?? config).transform && Object.keys(kinds).length === 0 && !adjustment;
  const length = table.ids.length;
  let shared;
  const scratch = () => isPlain ? shared ??= new Float64Array(length) : void 0;
  const selected = new Map(
    table.columns.map(({ name, values, isPacked }) => {
      if (isPacked) return [name, () => valuesAt(rows, values(scratch()))];
      const own = valuesAt(rows, values());
      return [name, () => own];
    })
  );
  const column = (name) => selected.get(name)();
  const raw = { modality: table.name, ids, names: [...selected.keys()], column };
  const levels = new Map(table.columns.map((one) => [one.name, one.levels]));
  const { modality, outliers, ...left } = standardise(file, config, {
    raw,
    levels: (name) => levels.get(name),
    split,
    scales,
    adjustment
  });
  const size = sizeReport(modality, column, split.train);
  const totals = scales ? void 0 : logTotals(modality, raw, split.train);
  const { gaps, ...lost } = losses;
  return {
    modality: totals ? { ...modality, logTotals: totals } : modality,
    columns: () => table.columns.map(({ name, levels: of, values }) => ({ name, levels: of, values: valuesAt(rows, values()) })),
    report: {
      ...tableReport(table, modality),
      ...lost,
      ...modality.transform && { transform: modality.transform.kind },
      columns: reportColumns(config, modality, { raw, split, guess: scales === void 0 }),
      leftOut: { constant: [...empty, ...left.constant], few: left.few, missing: gaps, filtered: left.filtered },
      ...size && { size },
      outliers,
      duplicates: scales ? [] : duplicateColumns(modality)
    }
  };
}
function withoutEmpty(file, table, config) {
  const { constant, maxMissing } = config;
  let scratch;
  const empty = table.columns.filter(({ values: read, isPacked }) => {
    const values = read(scratch);
    if (isPacked) scratch = values;
    return values.every(Number.isNaN);
  }).map(({ name }) => name);
  if (empty.length === 0 || maxMissing !== void 0) return { table, empty: [] };
  if (constant === "error") {
    throw uselessColumns(file, table.name, config, { code: "empty-column", columns: empty, are: "empty" });
  }
  return { table: { ...table, columns: table.columns.filter(({ name }) => !empty.includes(name)) }, empty };
}
function checkWidth(file, name, { length: width }) {
  const { latents, exogenous } = file.config.modalities[name];
  if (latents + exogenous > width) {
    throw new InputError(
      "too-many-latents",
      `${file.locate(["modalities", name, "latents"])}: modality '${name}' has ${width} columns, fewer than its ${latents} latents and ${exogenous} exogenous together; lower latents or add columns`,
      { modality: name }
    );
  }
}
function standardise(file, { latents, exogenous, log, constant: whenConstant, ...config }, { raw, levels, split, scales: given, adjustment }) {
  const { modality: name, ids } = raw;
  const logChoice = (column) => {
    if (typeof log === "boolean") return log ? "when-skewed" : "never";
    return log.includes(column) ? "always" : "never";
  };
  const { kinds } = given ? kindsOf(given) : config;
  const ofKinds = columnsOfKinds(file, raw, kinds, levels);
  const { scales, constant, few, filtered, outliers } = given ? { scales: given, constant: [], few: [], filtered: [], outliers: [] } : fitKinds(raw, ofKinds, {
    kinds,
    size: config.size,
    place: file.locate(["modalities", name, config.size ? "size" : "kinds"]),
    train: split.train,
    fitMeasured: (measured) => fitScales({ raw: measured, train: split.train, log: logChoice, config, adjustment })
  });
  if (few.length > 0 && whenConstant === "error") {
    throw uselessColumns(file, name, config, {
      code: "too-few-values",
      columns: few,
      are: `missing in all but a few training subjects (at least ${MIN_VALUES} values are needed)`
    });
  }
  if (constant.length > 0 && whenConstant === "error") {
    throw uselessColumns(file, name, config, {
      code: "constant-column",
      columns: constant,
      are: "constant on the training split"
    });
  }
  if (!given) checkWidth(file, name, predictedColumns(scales.columns));
  const encoded = encodeColumns(columnValues(scales, raw), scales, ids, adjustment?.values);
  const modality = { ...scalesOf(scales), ...encoded, latents, exogenous };
  return { modality, constant, few, filtered, outliers };
}
var MAX_SHOWN = 10;
function uselessColumns(file, name, config, { code, columns, are }) {
  const listed = config.columns !== void 0;
  const shown = columns.slice(0, MAX_SHOWN).join(", ");
  const rest = columns.length > MAX_SHOWN ? ` and ${columns.length - MAX_SHOWN} more` : "";
  const named = listed ? "take them out of columns" : `write omit: [${shown}]`;
  return new InputError(
    code,
    `${file.locate(["modalities", name, listed ? "columns" : "table"])}: columns of '${name}' that are ${are}: ${shown}${rest}; ${rest === "" ? `${named}, or constant: omit` : "write constant: omit"}`,
    { modality: name, columns }
  );
}
function reportColumns({ kinds }, { columns, levels, transform }, { raw, split, guess }) {
  const transformed = transform && columnTransform(transform, raw);
  const firsts = columns.filter(
    (scale, i) => !scale.total && (i === 0 || columnOf(columns[i - 1]) !== columnOf(scale))
  );
  return firsts.map((scale) => {
    const name = columnOf(scale);
    const values = raw.column(name);
    const after = isMeasured(scale.kind) ? transformed?.(scale) : void 0;
    const report = {
      name,
      ...rangeAndMoments(values, split),
      logged: scale.log,
      ...after && { transformed: rangeAndMoments(after, split) }
    };
    const own = namesOfLevels({ levels }, name);
    if (scale.kind) return { ...report, kind: scale.kind, ...own && { levels: own } };
    const likely = guess && !transform && ownKind({ kinds }, name) === void 0 && likelyKind(values, report);
    return likely ? { ...report, likely } : report;
  });
}
function rangeAndMoments(values, split) {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max, ...momentsOf(values, observedRows(values, split.train)) };
}

export {
  rowOptions,
  subjectsOf,
  tableOf,
  joinSubjects,
  areEqual,
  columnValues,
  modalityOfColumns,
  MIN_VALUES,
  likelyKind,
  prefixed,
  readTableGroup,
  tableReport,
  readTableModality,
  checkWidth
};
