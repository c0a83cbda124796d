// Reproducible random numbers (mulberry32): https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
import { createHash } from 'node:crypto';

/** Returns a function that draws uniform numbers in [0, 1). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Returns the generator of a task, which does not depend on other tasks.
 * @param task name of the part, and what identifies the task in it
 */
export function generatorOf(seed, ...task) {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...task]))
    .digest();
  return generator(digest.readUInt32LE());
}

export function pick(random, values) {
  return values[Math.floor(random() * values.length)];
}
