// Parses decimal numbers directly from bytes, with the rounding of `Number`. An integer below 2⁵³ and a power of ten up
// to 10²² are exact doubles, so one division rounds correctly (Clinger, "How to read floating point numbers
// accurately", 1990). An integer of up to 18 digits is a sum of two doubles, divided with Dekker's arithmetic ("A
// floating-point technique for extending the available precision", 1971).

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
/** Letter e, after setting the bit that makes letters lower case. */
const EXPONENT = 0x65;

/** Digits that fit in an int32. Integer arithmetic takes half of the time of doubles. */
const HALF = 9;

/**
 * Writes the number in the bytes from `start` to `end` to `target[at]`, as `Number` reads it; NaN for no bytes.
 * @returns false for other text, and for numbers that need the slow path
 */
export function parsePlainNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Float64Array,
  at: number,
): boolean {
  return scanPlainNumber(bytes, start, end, target, at) === end;
}

/**
 * As `parsePlainNumber`, for the longest number that begins at `start`.
 * @returns its end; −1 for other text, and for a number that needs the slow path
 */
export function scanPlainNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Float64Array,
  at: number,
): number {
  if (start >= end) {
    target[at] = NaN;
    return start;
  }
  let place = start;
  const sign = bytes[place];
  if (sign === MINUS || sign === PLUS) place++;
  const first = place;
  // The first nine significant digits, and the following ones.
  let high = 0;
  let low = 0;
  let digits = 0;
  let point = -1;
  for (; place < end; place++) {
    const digit = bytes[place] ^ ZERO;
    if (digit <= 9) {
      if (digits < HALF) {
        high = (high * 10 + digit) | 0;
        if (high !== 0) digits++;
      } else {
        low = (low * 10 + digit) | 0;
        digits++;
      }
    } else if (point < 0 && bytes[place] === POINT) {
      point = place;
    } else {
      break;
    }
  }
  if (digits > 2 * HALF || place - first === Number(point >= 0)) return -1;
  let power = point < 0 ? 0 : point + 1 - place;
  if (place < end && (bytes[place] | 0x20) === EXPONENT) {
    place++;
    const isNegative = bytes[place] === MINUS;
    if (place < end && (isNegative || bytes[place] === PLUS)) place++;
    const before = place;
    let exponent = 0;
    for (; place < end; place++) {
      const digit = bytes[place] ^ ZERO;
      if (digit > 9) break;
      exponent = exponent * 10 + digit;
    }
    if (place === before || place - before > 3) return -1;
    power += isNegative ? -exponent : exponent;
  }
  if (power < -22 || power > 22) return -1;
  let value: number;
  if (digits <= HALF) {
    value = power < 0 ? high / POWERS[-power] : high * POWERS[power];
  } else {
    const scale = POWERS[digits - HALF];
    const whole = high * scale + low;
    if (whole <= Number.MAX_SAFE_INTEGER) value = power < 0 ? whole / POWERS[-power] : whole * POWERS[power];
    else value = power < 0 ? quotient(high, scale, low, POWERS[-power]) : NaN;
    if (value !== value) return -1;
  }
  target[at] = sign === MINUS ? -value : value;
  return place;
}

const SPLIT = 2 ** 27 + 1;
/** Relative error bound of the second part of the quotient, which has three roundings. */
const UNSURE = 2 ** -50;

/**
 * Returns (high · scale + low) / divisor. All are integers, high and low are below 2³⁰, and the divisor is a power of
 * ten up to 10²². Returns NaN if the result is too close to the middle of two doubles to round it correctly.
 */
function quotient(high: number, scale: number, low: number, divisor: number): number {
  // The exact dividend as a sum of two doubles.
  const upper = (high & 0x3fff8000) * scale;
  const lower = (high & 0x7fff) * scale + low;
  const dividend = upper + lower;
  const rest = lower - (dividend - upper);
  const first = dividend / divisor;
  // The exact product first · divisor.
  let product = SPLIT * first;
  const a = product - (product - first);
  const b = first - a;
  product = SPLIT * divisor;
  const c = product - (product - divisor);
  const d = divisor - c;
  product = first * divisor;
  const error = b * d - (product - a * c - b * c - a * d);
  const second = (dividend - product - error + rest) / divisor;
  const value = first + second * (1 + UNSURE);
  return value === first + second * (1 - UNSURE) ? value : NaN;
}
