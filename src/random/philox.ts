// Philox 4×32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011), bit for bit the
// native generator. Counter: (element / 4, step low, step high, stream); element i takes word i mod 4 of its block.

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

export interface PhiloxKey {
  readonly low: number;
  readonly high: number;
}

export type PhiloxBlock = readonly [number, number, number, number];

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh] = [a & 0xffff, a >>> 16];
  const [bLow, bHigh] = [b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** Four random 32-bit words of one counter. Key and counter words are taken modulo 2³². */
export function philox(key: PhiloxKey, counter: PhiloxBlock): PhiloxBlock {
  let [c0, c1, c2, c3] = [counter[0] >>> 0, counter[1] >>> 0, counter[2] >>> 0, counter[3] >>> 0];
  let [k0, k1] = [key.low >>> 0, key.high >>> 0];
  for (let round = 0; round < ROUNDS; round++) {
    const [high0, low0] = [multiplyHigh(MULTIPLIER_0, c0), Math.imul(MULTIPLIER_0, c0) >>> 0];
    const [high1, low1] = [multiplyHigh(MULTIPLIER_1, c2), Math.imul(MULTIPLIER_1, c2) >>> 0];
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The uniform number in (0, 1) of one element: 24 random bits, centred. */
export function uniformAt(key: PhiloxKey, step: number, stream: number, element: number): number {
  const words = philox(key, [Math.floor(element / 4), step % 0x100000000, Math.floor(step / 0x100000000), stream]);
  return ((words[element % 4] >>> 8) + 0.5) / 0x1000000;
}
