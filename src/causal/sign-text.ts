// How a number with a meaningful sign is written: `+0.43`, `−0.72`, and `±0.00` where it rounds to nothing.

/** The sign alone. @param places decimals that the number is rounded to */
export function signOf(value: number, places = 2): '+' | '−' | '±' {
  const rounded = Number(value.toFixed(places));
  return rounded > 0 ? '+' : rounded < 0 ? '−' : '±';
}

/** The sign and the size; `–` of no number. */
export function signedText(value: number | undefined, places = 2): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return `${signOf(value, places)}${Math.abs(value).toFixed(places)}`;
}
