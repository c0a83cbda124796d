// Text of numbers whose sign matters: `+0.43`, `−0.72`, and `±0.00` for a number that rounds to zero.

/** Returns the sign alone. @param places decimals that the number is rounded to */
export function signOf(value: number, places = 2): '+' | '−' | '±' {
  const rounded = Number(value.toFixed(places));
  return rounded > 0 ? '+' : rounded < 0 ? '−' : '±';
}

/** Returns the sign and the size; `–` if the value is not a finite number. */
export function signedText(value: number | undefined, places = 2): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return `${signOf(value, places)}${Math.abs(value).toFixed(places)}`;
}
