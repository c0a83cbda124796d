// Pass: a cheap element-wise value with one full-sized operand is computed again by each of its readers. They read the
// operand instead of the value: as much traffic, and one pass over memory less.

import { isCheap } from './instructions.js';
import { identitySource, isView, orderValues, readersOf } from './value.js';
import type { Reading, Value } from './value.js';

/** Longest chain of instructions that is worth computing twice. */
const LONGEST_CHAIN = 4;

function isFull(reading: Reading, size: number): boolean {
  if (!isView(reading)) return false;
  const reached = reading.shape.reduce((n, dim, axis) => (reading.access.strides[axis] === 0 ? n : n * dim), 1);
  return reached === size;
}

function isCandidate(value: Value): boolean {
  if (value.kind !== 'elementwise' || !isCheap(value.op) || value.pinned || value.placement !== undefined) return false;
  return value.readings.filter((reading) => isFull(reading, value.size)).length <= 1;
}

/** Instructions it takes to compute each candidate from a value that is not one. */
function chainLengths(values: readonly Value[]): Map<Value, number> {
  const lengths = new Map<Value, number>();
  for (const value of values) {
    if (!isCandidate(value)) continue;
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

/** Gives every reader of a cheap value a copy of its own. */
export function recompute(roots: readonly Value[]): void {
  const values = orderValues(roots);
  const lengths = chainLengths(values);
  const readers = readersOf(values);
  for (const value of values.reverse()) {
    const length = lengths.get(value);
    if (length === undefined || length > LONGEST_CHAIN) continue;
    const distinct = [...new Set(readers.get(value))];
    if (distinct.length < 2 || !distinct.every((reader) => fuses(reader, value))) continue;
    for (const reader of distinct.slice(1)) {
      const clone: Value = { ...value, readings: [...value.readings] };
      reader.readings = reader.readings.map((reading) =>
        isView(reading) && reading.value === value ? { ...reading, value: clone } : reading,
      );
      readers.set(clone, [reader]);
      for (const source of clone.readings.filter(isView)) readers.get(source.value)!.push(clone);
    }
    readers.set(value, [distinct[0]]);
  }
}
