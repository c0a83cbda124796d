// Bulk draws from Philox in TypeScript: initial parameters, splits, the order of mini-batches.

import { philox, type PhiloxKey } from './philox.js';

/** Returns the key of a seed, which is any non-negative safe integer: low word first. */
export function seedKey(seed: number): PhiloxKey {
  return { low: seed >>> 0, high: Math.floor(seed / 2 ** 32) >>> 0 };
}

/**
 * Returns `count` uniform numbers in (0, 1), equal to those of the native generator for the same key, stream and step.
 */
export function uniforms(key: PhiloxKey, stream: number, step: number, count: number): Float64Array {
  const values = new Float64Array(count);
  const low = step % 0x100000000;
  const high = Math.floor(step / 0x100000000);
  for (let block = 0; block * 4 < count; block++) {
    const words = philox(key, [block, low, high, stream]);
    for (let i = 0; i < 4 && block * 4 + i < count; i++) values[block * 4 + i] = ((words[i] >>> 8) + 0.5) / 0x1000000;
  }
  return values;
}

/** Returns a random order of 0 … count−1 (Fisher–Yates). */
export function permutation(key: PhiloxKey, stream: number, step: number, count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const draws = uniforms(key, stream, step, count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(draws[i] * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
