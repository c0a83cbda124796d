import {
  areAscending
} from "./chunk-Q3ILZ3SP.js";
import {
  RandomStream
} from "./chunk-KVCOM63A.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/data/split.ts
var MIN_TRAINING = 10;
var MIN_HELD_OUT = 2;
var SPLIT_STREAM = 0;
function splitSubjects(ids, config, groups) {
  const test = splitSize(ids.length, config.test);
  const validation = splitSize(ids.length, config.validation);
  checkSizes(ids.length, { train: ids.length - test - validation, validation, test }, config);
  const split = drawSplit(ids, { validation, test, seed: config.seed }, groups);
  const sizes = { train: split.train.length, validation: split.validation.length, test: split.test.length };
  if (groups) checkSizes(ids.length, sizes, config, ` in ${new Set(groups).size} groups that stay together`);
  return split;
}
function splitNewSubjects(ids, config, groups) {
  const test = Math.min(ids.length, splitSize(ids.length, config.test));
  const validation = Math.min(ids.length - test, splitSize(ids.length, config.validation));
  return drawSplit(ids, { validation, test, seed: config.seed }, groups);
}
function checkPresence({ train, validation }, names, present) {
  const check = (what, has) => {
    const sizes = { train: train.filter(has).length, validation: validation.filter(has).length };
    if (sizes.train >= MIN_TRAINING && sizes.validation >= MIN_HELD_OUT) return;
    throw new InputError(
      "too-few-subjects",
      `${sizes.train} training and ${sizes.validation} validation subjects have ${what}; at least ${MIN_TRAINING} and ${MIN_HELD_OUT} are needed: add subjects, leave a modality out, or change split (sizes, seed)`,
      sizes
    );
  };
  for (const [m, name] of names.entries()) check(`modality '${name}'`, (subject) => present[m][subject] === 1);
  check("two modalities or more", (subject) => present.filter((has) => has[subject] === 1).length >= 2);
}
function checkSizes(subjects, { train, validation, test }, config, together = "") {
  if (train >= MIN_TRAINING && validation >= MIN_HELD_OUT && (config.test === 0 || test >= MIN_HELD_OUT)) return;
  throw new InputError(
    "too-few-subjects",
    `${subjects} subjects${together} give ${train} for training, ${validation} for validation and ${test} for the test; at least ${MIN_TRAINING}, ${MIN_HELD_OUT} and ${MIN_HELD_OUT} are needed: add subjects, drop fewer, or change split`,
    { subjects, train, validation, test }
  );
}
function splitSize(subjects, size) {
  return size < 1 ? Math.round(subjects * size) : size;
}
function drawSplit(ids, { validation, test, seed }, groups) {
  if (!groups) return drawSubjects(ids, { validation, test, seed });
  const rows = rowsByGroup(groups);
  const names = [...rows.keys()].sort((a, b) => a < b ? -1 : 1);
  const sizes = { test, validation };
  const rowsOf = { test: new Array(), validation: new Array(), train: new Array() };
  for (const position of new RandomStream(seed, SPLIT_STREAM).permutation(names.length)) {
    const group = rows.get(names[position]);
    const needs = (name) => Math.abs(rowsOf[name].length + group.length - sizes[name]) < Math.abs(rowsOf[name].length - sizes[name]);
    rowsOf[needs("test") ? "test" : needs("validation") ? "validation" : "train"].push(...group);
  }
  return {
    test: Int32Array.from(rowsOf.test).sort(),
    validation: Int32Array.from(rowsOf.validation).sort(),
    train: Int32Array.from(rowsOf.train).sort()
  };
}
function drawSubjects(ids, { validation, test, seed }) {
  const rows = new Int32Array(ids.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  if (!areAscending(ids)) {
    const texts = Array.from(ids);
    rows.sort((a, b) => texts[a] < texts[b] ? -1 : 1);
  }
  const drawn = new RandomStream(seed, SPLIT_STREAM).permutation(rows.length);
  for (let i = 0; i < drawn.length; i++) drawn[i] = rows[drawn[i]];
  return {
    test: drawn.slice(0, test).sort(),
    validation: drawn.slice(test, test + validation).sort(),
    train: drawn.slice(test + validation).sort()
  };
}
function rowsByGroup(groups) {
  const rows = /* @__PURE__ */ new Map();
  for (const [row, group] of groups.entries()) {
    const members = rows.get(group);
    if (members) members.push(row);
    else rows.set(group, [row]);
  }
  return rows;
}
var MAX_GROUPS_PER_ROW = 1 / 2;
function areRepetitions(groups) {
  return groups !== void 0 && new Set(groups).size <= MAX_GROUPS_PER_ROW * groups.length;
}
function groupMeans(values, members) {
  return Float64Array.from(members, (rows) => {
    const known = rows.filter((row) => !Number.isNaN(values[row]));
    return known.reduce((sum, row) => sum + values[row], 0) / known.length;
  });
}

export {
  SPLIT_STREAM,
  splitSubjects,
  splitNewSubjects,
  checkPresence,
  rowsByGroup,
  areRepetitions,
  groupMeans
};
