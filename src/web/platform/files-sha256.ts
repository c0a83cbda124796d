// SHA-256 (FIPS 180-4) of data in pieces. The function of the browser is asynchronous and works only for pages from
// https, but fingerprints and keys are needed synchronously.

import type { Sha256 } from '../../files/sha256.js';

const BLOCK = 64;
/** Fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const PRIMES = primes(64);
const ROUNDS = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

export function sha256(): Sha256 {
  const state = Uint32Array.from(START);
  const block = new Uint8Array(BLOCK);
  const words = new Uint32Array(BLOCK);
  let filled = 0;
  let total = 0;
  const add = (bytes: Uint8Array): void => {
    total += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const count = Math.min(BLOCK - filled, bytes.length - at);
      block.set(bytes.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < BLOCK) return;
      compress(state, block, words);
      filled = 0;
    }
  };
  return {
    update: (data) => {
      add(typeof data === 'string' ? new TextEncoder().encode(data) : data);
    },
    digest: (encoding) => {
      const bits = BigInt(total) * 8n;
      const padding = new Uint8Array((filled < 56 ? 56 : 120) - filled + 8);
      padding[0] = 0x80;
      new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
      add(padding);
      const bytes = new Uint8Array(32);
      const view = new DataView(bytes.buffer);
      state.forEach((word, i) => {
        view.setUint32(4 * i, word);
      });
      if (encoding === 'base64') return btoa(String.fromCharCode(...bytes));
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
  };
}

function compress(state: Uint32Array, block: Uint8Array, w: Uint32Array): void {
  for (let i = 0; i < 16; i++) {
    w[i] = (block[4 * i] << 24) | (block[4 * i + 1] << 16) | (block[4 * i + 2] << 8) | block[4 * i + 3];
  }
  for (let i = 16; i < 64; i++) {
    const [early, late] = [w[i - 15], w[i - 2]];
    const s0 = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const s1 = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g);
    const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + choice + ROUNDS[i] + w[i]) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + majority) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] += word;
  });
}

function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32);
}

function primes(count: number): number[] {
  const result: number[] = [];
  for (let n = 2; result.length < count; n++) if (result.every((prime) => n % prime !== 0)) result.push(n);
  return result;
}
