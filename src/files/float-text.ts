// Shortest decimals of float32 numbers. They have half of the digits that JavaScript writes, which treats them as
// doubles.

const POWERS = [1, 10, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];
const MAX_DIGITS = 9;
const ZEROS = POWERS.map((_, count) => '0'.repeat(count));
const [MINUS, DOT, ZERO] = [0x2d, 0x2e, 0x30];
/** Maximum number of characters of a number. */
export const MAX_CHARACTERS = 24;

/** Returns the shortest decimal that reads back as the same float32. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  const decimal = shortest(size);
  if (decimal >= 0) return (value < 0 ? '-' : '') + fixed(Math.floor(decimal / 16), decimal % 16);
  for (let digits = 6; digits < MAX_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return `${short}`;
  }
  return `${Number(value.toPrecision(MAX_DIGITS))}`;
}

/**
 * Writes `floatText` of a number in ASCII to `bytes`, from `at` on, and returns the position behind it. This is faster
 * than many short strings.
 */
export function writeFloat(bytes: Uint8Array, at: number, value: number): number {
  const decimal = shortest(Math.abs(value));
  if (decimal < 0) {
    const text = floatText(value);
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    return at;
  }
  // Integers of 32 bits are faster.
  const places = (decimal % 16) | 0;
  let whole = (decimal / 16) | 0;
  let digits = places + 1;
  while (digits < POWERS.length && whole >= POWERS[digits]) digits++;
  if (value < 0) bytes[at++] = MINUS;
  const end = at + digits + (places > 0 ? 1 : 0);
  for (let i = 0, to = end - 1; i < digits; i++) {
    if (i === places && places > 0) bytes[to--] = DOT;
    const rest = (whole / 10) | 0;
    bytes[to--] = ZERO + whole - 10 * rest;
    whole = rest;
  }
  return end;
}

/**
 * Returns `16 · whole + places` of the shortest decimal `whole / 10^places`, or −1 for numbers that are so small or
 * large that `toPrecision` must find it.
 */
function shortest(size: number): number {
  if (!(size >= 0.01 && size < 1000)) return -1;
  // A float32 times a power of ten up to 10¹⁰ is exact in a double, so this rounds as toPrecision does. If fewer than
  // seven digits suffice, the digits end in zeros, which are removed.
  let places = size >= 1 ? (size >= 10 ? (size >= 100 ? 4 : 5) : 6) : size >= 0.1 ? 7 : 8;
  for (let digits = 7; digits <= MAX_DIGITS; digits++, places++) {
    let whole = Math.round(size * POWERS[places]);
    if (Math.fround(whole / POWERS[places]) !== size) continue;
    while (places > 0 && whole % 10 === 0) {
      whole /= 10;
      places--;
    }
    return 16 * whole + places;
  }
  return -1;
}

/** Returns `whole / 10^places`. JavaScript writes small integers faster than fractions. */
function fixed(whole: number, places: number): string {
  const units = Math.floor(whole / POWERS[places]);
  if (places === 0) return `${units}`;
  const text = `${whole - units * POWERS[places]}`;
  return `${units}.${ZEROS[places - text.length]}${text}`;
}
