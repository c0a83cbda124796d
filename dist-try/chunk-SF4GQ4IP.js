import {
  philox
} from "./chunk-MX4VZIVR.js";

// src/random/streams.ts
function seedKey(seed) {
  return { low: seed >>> 0, high: Math.floor(seed / 2 ** 32) >>> 0 };
}
function uniforms(key, stream, step, count) {
  const values = new Float64Array(count);
  const low = step % 4294967296;
  const high = Math.floor(step / 4294967296);
  for (let block = 0; block * 4 < count; block++) {
    const words = philox(key, [block, low, high, stream]);
    for (let i = 0; i < 4 && block * 4 + i < count; i++) values[block * 4 + i] = ((words[i] >>> 8) + 0.5) / 16777216;
  }
  return values;
}
function permutation(key, stream, step, count) {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const draws = uniforms(key, stream, step, count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(draws[i] * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

export {
  seedKey,
  uniforms,
  permutation
};
