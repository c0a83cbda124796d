// Philox 4×32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011), equal to the
// native generator bit for bit. The counter is (element / 4, step low, step high, stream); element i takes word i mod 4
// of its block.

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

// Looked up once, because every `Math` lookup in a context of node:vm is a call.
const { imul, round } = Math;

export interface PhiloxKey {
  readonly low: number;
  readonly high: number;
}

export type PhiloxBlock = readonly [number, number, number, number];

/**
 * Returns the upper 32 bits of the product of two unsigned 32-bit numbers. The product as a double has an error of at
 * most 2¹⁰. Without its lower 32 bits it therefore lies next to a multiple of 2³².
 */
function multiplyHigh(a: number, b: number, low: number): number {
  return round((a * b - (low >>> 0)) / 0x100000000);
}

/** Returns four random 32-bit words for one counter. Key and counter words are taken modulo 2³². */
export function philox(key: PhiloxKey, counter: PhiloxBlock): PhiloxBlock {
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key.low | 0;
  let k1 = key.high | 0;
  for (let done = 0; done < ROUNDS; done++) {
    const low0 = imul(MULTIPLIER_0, c0);
    const low1 = imul(MULTIPLIER_1, c2);
    const high0 = multiplyHigh(MULTIPLIER_0, c0 >>> 0, low0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2 >>> 0, low1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** Returns the uniform number in (0, 1) of one element: 24 random bits, centred. */
export function uniformAt(key: PhiloxKey, step: number, stream: number, element: number): number {
  const words = philox(key, [Math.floor(element / 4), step % 0x100000000, Math.floor(step / 0x100000000), stream]);
  return ((words[element % 4] >>> 8) + 0.5) / 0x1000000;
}
