// A group of values that one kernel computes.

import { isView, type Value } from './value.js';

/** Operands of an element-wise program, results included. */
export const MAX_OPERANDS = 16;
/** Operands that inputs may take while a group grows; the rest is left for results. */
export const MAX_INPUTS = 12;

export interface Group {
  readonly kind: 'map' | 'reduce' | 'matmul' | 'opaque';
  /** Sources before readers; the last one is what a reduce, matmul or opaque kernel writes. */
  members: Value[];
  /** The sums of its rows, which a matmul writes too. */
  rowSums?: Value;
  /** Extents without ones that every element-wise member's shape can be split into. */
  space: number[];
}

/** Distinguishes views of values by what they reach. */
export function viewKeys(): (value: Value, offset: number, strides: readonly number[]) => string {
  const numbers = new Map<Value, number>();
  return (value, offset, strides) => {
    let number = numbers.get(value);
    if (number === undefined) numbers.set(value, (number = numbers.size));
    return `${number}|${offset}|${strides.join()}`;
  };
}

/** The different tensors that members read from outside. */
export function outsideSources(members: readonly Value[]): Set<Value> {
  const own = new Set(members);
  const sources = new Set<Value>();
  for (const member of members) {
    for (const reading of member.readings) {
      if (isView(reading) && !own.has(reading.value)) sources.add(reading.value);
    }
  }
  return sources;
}
