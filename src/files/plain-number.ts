// Decimal numbers straight from bytes. With a whole number below 2⁵³ as digits and a power of ten up to 22, both of
// which doubles hold exactly, one multiplication or division rounds correctly (Clinger, "How to read floating point
// numbers accurately", 1990).

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
/** With the bit that makes letters lower case. */
const EXPONENT = 0x65;

/**
 * Writes the number that stands from `start` to `end` to `target[at]`, as `Number` reads it; NaN where nothing stands.
 * @returns false for what is no number, and for numbers that do not fit the fast way
 */
export function parsePlainNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Float64Array,
  at: number,
): boolean {
  if (start === end) {
    target[at] = NaN;
    return true;
  }
  let place = start;
  const sign = bytes[place];
  if (sign === MINUS || sign === PLUS) place++;
  let digits = 0;
  let whole = 0;
  let fraction = 0;
  for (; place < end; place++, digits++) {
    const digit = bytes[place] - ZERO;
    if (digit < 0 || digit > 9) break;
    whole = whole * 10 + digit;
  }
  if (place < end && bytes[place] === POINT) {
    place++;
    for (; place < end; place++, digits++, fraction++) {
      const digit = bytes[place] - ZERO;
      if (digit < 0 || digit > 9) break;
      whole = whole * 10 + digit;
    }
  }
  if (digits === 0 || whole > Number.MAX_SAFE_INTEGER) return false;
  let power = -fraction;
  if (place < end) {
    if ((bytes[place] | 0x20) !== EXPONENT) return false;
    place++;
    const isNegative = bytes[place] === MINUS;
    if (place < end && (isNegative || bytes[place] === PLUS)) place++;
    if (place === end || end - place > 3) return false;
    let exponent = 0;
    for (; place < end; place++) {
      const digit = bytes[place] - ZERO;
      if (digit < 0 || digit > 9) return false;
      exponent = exponent * 10 + digit;
    }
    power += isNegative ? -exponent : exponent;
  }
  if (power < -22 || power > 22) return false;
  const value = power < 0 ? whole / POWERS[-power] : whole * POWERS[power];
  target[at] = sign === MINUS ? -value : value;
  return true;
}
