import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/threads/zeros.ts
var LONG_ARRAY = 2 ** 20;
function zeros(Type, length) {
  const bytes = length * Type.BYTES_PER_ELEMENT;
  return bytes < LONG_ARRAY ? new Type(length) : new Type(new SharedArrayBuffer(bytes));
}

// src/data/standardise.ts
var LOG_SKEWNESS = 1;
function observedRows(values, rows) {
  let first = 0;
  while (first < rows.length && !Number.isNaN(values[rows[first]])) first++;
  return first === rows.length ? rows : rows.filter((row) => !Number.isNaN(values[row]));
}
function momentsOf(values, rows) {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += values[rows[i]];
  const mean = sum / rows.length;
  let second = 0;
  let third = 0;
  for (let i = 0; i < rows.length; i++) {
    const deviation = values[rows[i]] - mean;
    second += deviation * deviation;
    third += deviation * deviation * deviation;
  }
  const sd = Math.sqrt(second / rows.length);
  return { mean, sd, skewness: sd > 0 ? third / rows.length / (sd * sd * sd) : 0 };
}
function isConstant({ mean, sd }) {
  return sd <= 1e-12 * Math.abs(mean);
}
function fitScale(name, values, train, log) {
  const plain = momentsOf(values, train);
  if (!Number.isFinite(plain.sd)) {
    throw new InputError(
      "too-wide-range",
      `column '${name}' has values whose squares overflow; use a larger unit or leave it out`,
      { column: name }
    );
  }
  const unlogged = { name, log: false, offset: 0, mean: plain.mean, sd: plain.sd };
  if (log === "never" || isConstant(plain)) return unlogged;
  const smallest = values.reduce((min, value) => value < min ? value : min, Infinity);
  if (log === "when-skewed" && !(smallest > 0 && plain.skewness > LOG_SKEWNESS)) return unlogged;
  if (smallest < 0) {
    throw new InputError(
      "log-of-negative",
      `column '${name}' has negative values (${smallest}), which have no logarithm; take it out of log, or correct the values`,
      { column: name }
    );
  }
  const offset = smallest > 0 ? 0 : smallestPositive(values, train) / 2;
  const logged = momentsOf(
    values.map((value) => Math.log(value + offset)),
    train
  );
  if (log === "when-skewed" && Math.abs(logged.skewness) >= Math.abs(plain.skewness)) return unlogged;
  return { name, log: true, offset, mean: logged.mean, sd: logged.sd };
}
function encodeColumns(raw, { name: modality, columns: scales }, ids, covariates = []) {
  const width = scales.length;
  const encoded = zeros(Float32Array, ids.length * width);
  let observed;
  for (let column = 0; column < width; column++) {
    const values = raw(column);
    const scale = scales[column];
    const { log, offset, mean, sd, slopes, limits } = scale;
    for (let row = 0; row < ids.length; row++) {
      const at = row * width + column;
      if (Number.isNaN(values[row])) {
        observed ??= zeros(Uint8Array, encoded.length).fill(1);
        observed[at] = 0;
        continue;
      }
      let value = log ? Math.log(values[row] + offset) : values[row];
      if (slopes) value = adjusted(value, slopes, covariates, row);
      if (limits && Number.isFinite(value)) value = winsorised(value, limits);
      encoded[at] = (value - mean) / sd;
      if (!(Math.abs(encoded[at]) < Infinity)) {
        throw notEncoded(values[row], scale, { modality, subject: ids[row] });
      }
    }
  }
  return { values: encoded, ...observed && { observed } };
}
function winsorised(value, { lower, upper }) {
  return Math.min(Math.max(value, lower), upper);
}
function adjusted(value, slopes, covariates, row) {
  for (let term = 0; term < slopes.length; term++) value -= slopes[term] * covariates[term][row];
  return value;
}
function notEncoded(raw, { name, log, offset }, { modality, subject }) {
  const where = `modality '${modality}', column '${name}', subject ${subject}`;
  const details = { modality, column: name, subject };
  if (!Number.isFinite(raw)) {
    return new InputError("not-finite", `${where}: the value is ${raw}; correct it or leave the subject out`, details);
  }
  if (log && !Number.isFinite(Math.log(raw + offset))) {
    return new InputError(
      "log-domain",
      `${where}: the column is on a log scale and ${raw} has no logarithm; correct the value or leave the subject out`,
      details
    );
  }
  return new InputError(
    "too-wide-range",
    `${where}: ${raw} is too far from the training split for single precision; correct the value or its unit`,
    details
  );
}
function smallestPositive(values, rows) {
  let smallest = Infinity;
  for (const row of rows) if (values[row] > 0) smallest = Math.min(smallest, values[row]);
  return smallest;
}

export {
  LONG_ARRAY,
  zeros,
  observedRows,
  momentsOf,
  isConstant,
  fitScale,
  encodeColumns,
  winsorised,
  adjusted,
  notEncoded
};
