// Pass: every reader of a cheap element-wise value with one full-sized operand computes that value again. It reads the
// operand instead of the value: the traffic is the same, and one pass over memory is saved.

import { epilogues } from './epilogue.js';
import { identitySource, isView, orderValues, readersOf, type Reading, type Value } from './value.js';

/** Maximum instructions of a chain that is worth computing twice. */
const MAX_CHAIN = 4;

function isFull(reading: Reading, size: number): boolean {
  if (!isView(reading)) return false;
  const reached = reading.shape.reduce((n, dim, axis) => (reading.access.strides[axis] === 0 ? n : n * dim), 1);
  return reached === size;
}

function isCandidate(value: Value): boolean {
  if (!value.instruction?.cheap || value.pinned || value.placement !== undefined) return false;
  return value.readings.filter((reading) => isFull(reading, value.size)).length <= 1;
}

/** Returns the number of instructions that compute each candidate from values that are not candidates. */
function chainLengths(values: readonly Value[], excluded: ReadonlyMap<Value, unknown>): Map<Value, number> {
  const lengths = new Map<Value, number>();
  for (const value of values) {
    if (!isCandidate(value) || excluded.has(value)) continue;
    const inner = value.readings.map((reading) => lengths.get(identitySource(reading) ?? value) ?? 0);
    lengths.set(value, 1 + Math.max(0, ...inner));
  }
  return lengths;
}

function fuses(reader: Value, value: Value): boolean {
  if (reader.kind !== 'elementwise' && reader.kind !== 'reduce') return false;
  return reader.readings.every(
    (reading) => !isView(reading) || reading.value !== value || identitySource(reading) === value,
  );
}

/**
 * Gives every reader of a cheap value a separate copy. Returns the values that now have a single reader and should be
 * computed where that reader is.
 */
export function recompute(roots: readonly Value[]): Set<Value> {
  const values = orderValues(roots);
  const readers = readersOf(values);
  const lengths = chainLengths(values, epilogues(values, readers).productOf);
  const local = new Set<Value>();
  for (const value of values.reverse()) {
    const length = lengths.get(value);
    if (length === undefined || length > MAX_CHAIN) continue;
    const distinct = [...new Set(readers.get(value))];
    if (!distinct.every((reader) => fuses(reader, value))) continue;
    local.add(value);
    for (const reader of distinct.slice(1)) {
      const clone: Value = { ...value, readings: [...value.readings] };
      local.add(clone);
      reader.readings = reader.readings.map((reading) =>
        isView(reading) && reading.value === value ? { ...reading, value: clone } : reading,
      );
      readers.set(clone, [reader]);
      for (const source of clone.readings.filter(isView)) readers.get(source.value)!.push(clone);
    }
    readers.set(value, [distinct[0]]);
  }
  return local;
}
