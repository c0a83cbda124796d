import {
  fileBytes
} from "./chunk-HD6DEWUD.js";
import {
  fitScale,
  isConstant,
  momentsOf
} from "./chunk-6G5FRIQV.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/data/regular-array.ts
function positionsOf(regularArray) {
  if (!regularArray) return 1;
  return regularArray.kind === "image" ? regularArray.height * regularArray.width : regularArray.steps;
}
function valuesPerSubject({ columns, regularArray }) {
  return columns.length * positionsOf(regularArray);
}
function columnAt({ columns, regularArray }, at) {
  return Math.floor(at / positionsOf(regularArray)) % columns.length;
}

// src/data/stored.ts
function isStoredFile(numbers) {
  return !ArrayBuffer.isView(numbers);
}
function storedType(numbers) {
  if (isStoredFile(numbers)) return numbers.type;
  return numbers instanceof Uint8Array ? "uint8" : "int16";
}
function storedScale({ zero, unit }, columns) {
  return { mean: columns.map(({ mean }) => mean * unit + zero), sd: columns.map(({ sd }) => sd * unit) };
}
function storedNumbers(numbers, width, first, count) {
  if (!isStoredFile(numbers)) return numbers.subarray(first * width, (first + count) * width);
  const { BYTES_PER_ELEMENT: bytes } = numbers.type === "uint8" ? Uint8Array : Int16Array;
  const read = fileBytes(numbers.path, first * width * bytes, count * width * bytes);
  return numbers.type === "uint8" ? read : new Int16Array(read.buffer);
}
function writeValues({ numbers, present, scale: { mean, sd } }, width, subject, into, at) {
  if (present?.[subject] === 0) {
    into.fill(0, at, at + width);
    return;
  }
  const row = storedNumbers(numbers, width, subject, 1);
  const positions = width / mean.length;
  mean.forEach((centreOfChannel, channel) => {
    const [centre, factor] = [Math.fround(centreOfChannel), Math.fround(1 / sd[channel])];
    for (let i = channel * positions; i < (channel + 1) * positions; i++) {
      into[at + i] = Math.fround(row[i] - centre) * factor;
    }
  });
}

// src/likelihoods/likelihood.ts
var LIKELIHOOD_NAMES = [
  "gaussian",
  "learned-noise",
  "robust",
  "binary",
  "categorical",
  "ordinal",
  "count",
  "poisson"
];
var COLUMN_KINDS = [...LIKELIHOOD_NAMES, "size"];

// src/data/kinds.ts
var MIN_LEVELS = { binary: 2, categorical: 2, ordinal: 3 };
function hasLevels(kind) {
  return MIN_LEVELS[kind] !== void 0;
}
function isMeasured(kind = "gaussian") {
  return !hasLevels(kind) && !isCount(kind) && !isSize(kind);
}
function isCount(kind = "gaussian") {
  return kind === "count" || kind === "poisson";
}
function isSize(kind = "gaussian") {
  return kind === "size";
}
function checkKind(place, { name, kind = "gaussian", values, levels = [] }) {
  const details = { column: name, kind };
  if (!COLUMN_KINDS.includes(kind)) {
    throw new InputError(
      "unknown-kind",
      `${place}: column '${name}' cannot be '${kind}'${didYouMean(kind, COLUMN_KINDS)}; kinds are ` + COLUMN_KINDS.join(", "),
      details
    );
  }
  const minLevels = MIN_LEVELS[kind];
  if (minLevels !== void 0) {
    if (levels.length < minLevels || kind === "binary" && levels.length > 2) {
      throw new InputError(
        "level-count",
        `${place}: column '${name}' is ${kind} and has ${levels.length} levels (${levels.join(", ")}); ${kind} needs ${kind === "binary" ? "exactly" : "at least"} ${minLevels}: choose another kind, or list the levels`,
        details
      );
    }
    const odd2 = values.find((value) => !Number.isNaN(value) && levels.at(value) === void 0);
    if (odd2 === void 0) return;
    throw new InputError(
      "unknown-level",
      `${place}: column '${name}' has ${odd2}, which is not the position of a level (${levels.join(", ")})`,
      details
    );
  }
  if (isSize(kind)) checkSizes(place, name, values);
  if (!isCount(kind)) return;
  const odd = values.find((value) => !Number.isNaN(value) && !(Number.isInteger(value) && value >= 0));
  if (odd === void 0) return;
  throw new InputError(
    "not-a-count",
    `${place}: column '${name}' is a count and has ${odd}; counts are whole numbers from 0 on: correct it, or choose another kind (gaussian, robust)`,
    details
  );
}
function checkSizes(place, column, values) {
  const odd = values.find((value) => !Number.isNaN(value) && !(value > 0 && value < Infinity));
  if (odd === void 0) return;
  throw new InputError(
    "not-a-size",
    `${place}: column '${column}' is a size and has ${odd}; sizes (reads in all, person-years, areas) are above 0: correct it, or leave the cell empty`,
    { column }
  );
}
function kindScales({ name, kind = "gaussian", values, levels = [] }, train) {
  if (train.length === 0 || isConstant(momentsOf(values, train))) return [];
  const unscaled = { log: false, offset: 0, mean: 0, sd: 1, kind };
  if (kind === "binary") return [{ name, ...unscaled }];
  const valuesOf = (sign, first) => levels.slice(first).map((level, i) => ({ name: `${name}${sign}${level}`, ...unscaled, of: name, level: first + i }));
  if (kind === "categorical") return valuesOf("=", 0);
  if (kind === "ordinal") return valuesOf(">=", 1);
  if (isCount(kind)) {
    const { mean, sd } = momentsOf(values.map(Math.log1p), train);
    return [{ name, log: true, offset: 1, mean, sd, kind }];
  }
  if (isSize(kind)) {
    const { mean } = momentsOf(values.map(Math.log), train);
    return [{ name, log: true, offset: 0, mean, sd: 1, kind }];
  }
  const scale = fitScale(name, values, train, "never");
  return [kind === "gaussian" ? scale : { ...scale, kind }];
}
function kindsOf({ columns, levels = {} }) {
  const kinds = columns.flatMap(
    (column) => column.kind && !column.total ? [[columnOf(column), column.kind]] : []
  );
  return { kinds: Object.fromEntries(kinds), levels };
}
function namesOfLevels({ levels = {} }, column) {
  return Object.hasOwn(levels, column) ? levels[column] : void 0;
}
function columnOf({ name, of }) {
  return of ?? name;
}
function levelValues({ kind, level }, raw) {
  if (level === void 0) return raw;
  const holds = (value) => kind === "ordinal" ? value >= level : value === level;
  return raw.map((value) => Number.isNaN(value) ? NaN : holds(value) ? 1 : 0);
}

// src/data/select-rows.ts
var MAX_IN_MEMORY = 2 ** 31;
function subjectsOf({ values, stored }, columns) {
  return (stored ? stored.numbers.length : values.length) / columns;
}
function selectSubjects({ values, observed, stored }, columns, rows) {
  const size = rows.length * columns;
  if (stored) {
    const selected2 = new Float32Array(size);
    rows.forEach((row, i) => {
      writeValues(stored, columns, row, selected2, i * columns);
    });
    const { present } = stored;
    if (!present) return { values: selected2 };
    const marks = new Uint8Array(size);
    rows.forEach((row, i) => marks.fill(present[row], i * columns, (i + 1) * columns));
    return { values: selected2, observed: marks };
  }
  const selected = { values: copied(values, new Float32Array(size), columns, rows) };
  return observed ? { ...selected, observed: copied(observed, new Uint8Array(size), columns, rows) } : selected;
}
function copySubjects(modality, columns, rows) {
  const { values, stored } = modality;
  if (!stored) return selectSubjects(modality, columns, rows);
  const { numbers, present } = stored;
  const size = rows.length * columns;
  if (size > MAX_IN_MEMORY) {
    throw new InputError(
      "too-large",
      `The images of ${rows.length} subjects have ${size} intensities; a resample holds up to ${MAX_IN_MEMORY} in memory: use fewer subjects or a lower size.`
    );
  }
  const copy = storedType(numbers) === "uint8" ? new Uint8Array(size) : new Int16Array(size);
  rows.forEach((row, i) => {
    copy.set(storedNumbers(numbers, columns, row, 1), i * columns);
  });
  const marks = present && Uint8Array.from(rows, (row) => present[row]);
  return { values, stored: { ...stored, numbers: copy, present: marks } };
}
function consecutive(first, count) {
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) rows[i] = first + i;
  return rows;
}
function copied(from, to, columns, rows) {
  for (let i = 0; i < rows.length; i++) {
    const first = rows[i] * columns;
    for (let column = 0; column < columns; column++) to[i * columns + column] = from[first + column];
  }
  return to;
}
function joined(a, b) {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

export {
  positionsOf,
  valuesPerSubject,
  columnAt,
  isStoredFile,
  storedType,
  storedScale,
  storedNumbers,
  subjectsOf,
  selectSubjects,
  copySubjects,
  consecutive,
  joined,
  COLUMN_KINDS,
  hasLevels,
  isMeasured,
  isCount,
  isSize,
  checkKind,
  kindScales,
  kindsOf,
  namesOfLevels,
  columnOf,
  levelValues
};
