// Shortest decimals of float32 numbers. They have half of the digits that JavaScript writes, which treats them as
// doubles.

const POWERS = [1, 10, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];
const MAX_DIGITS = 9;
const ZEROS = POWERS.map((_, count) => '0'.repeat(count));

/** Returns the shortest decimal that reads back as the same float32. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size >= 0.01 && size < 1000) {
    // A float32 times a power of ten up to 10¹⁰ is exact in a double, so this rounds as toPrecision does. If fewer than
    // seven digits suffice, the digits end in zeros, which `fixed` removes.
    let places = size >= 1 ? (size >= 10 ? (size >= 100 ? 4 : 5) : 6) : size >= 0.1 ? 7 : 8;
    for (let digits = 7; digits <= MAX_DIGITS; digits++, places++) {
      const whole = Math.round(size * POWERS[places]);
      if (Math.fround(whole / POWERS[places]) === size) return (value < 0 ? '-' : '') + fixed(whole, places);
    }
  }
  for (let digits = 6; digits < MAX_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return `${short}`;
  }
  return `${Number(value.toPrecision(MAX_DIGITS))}`;
}

/** Returns `whole / 10^places` without trailing zeros. JavaScript writes small integers faster than fractions. */
function fixed(whole: number, places: number): string {
  const units = Math.floor(whole / POWERS[places]);
  let rest = whole - units * POWERS[places];
  if (rest === 0) return `${units}`;
  while (rest % 10 === 0) {
    rest /= 10;
    places--;
  }
  const text = `${rest}`;
  return `${units}.${ZEROS[places - text.length]}${text}`;
}
