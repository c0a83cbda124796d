// A group of values that one kernel computes.

import { isView, type Value } from './value.js';

/** Maximum number of operands of an element-wise program, results included. */
export const MAX_OPERANDS = 16;
/** Maximum number of inputs while a group grows; the remaining operands are for results. */
export const MAX_INPUTS = 12;

export interface Group {
  readonly kind: 'map' | 'reduce' | 'matmul' | 'opaque';
  /** Sources before readers. A reduce, matmul or opaque kernel writes the last member. */
  members: Value[];
  /** Row sums that a product writes in addition. */
  rowSums?: Value;
  /** Extents without ones into which the shapes of all element-wise members can be split. */
  space: number[];
}

/** Returns a function that gives a key for a view of a value; equal keys reach the same elements. */
export function viewKeys(): (value: Value, offset: number, strides: readonly number[]) => string {
  const numbers = new Map<Value, number>();
  return (value, offset, strides) => {
    let number = numbers.get(value);
    if (number === undefined) numbers.set(value, (number = numbers.size));
    return `${number}|${offset}|${strides.join()}`;
  };
}

/** Returns the distinct tensors that members read from outside the group. */
export function outsideSources(members: readonly Value[]): Set<Value> {
  const inside = new Set(members);
  const sources = new Set<Value>();
  for (const member of members) {
    for (const reading of member.readings) {
      if (isView(reading) && !inside.has(reading.value)) sources.add(reading.value);
    }
  }
  return sources;
}
