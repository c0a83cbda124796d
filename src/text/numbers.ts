// Formats numbers for people: English grouping, few digits, real minus signs.

let format: Intl.NumberFormat | undefined;

/** Returns a whole number with English grouping. The format is made on first use, because that takes 20 ms. */
function grouped(value: number): string {
  format ??= new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  return format.format(value);
}

/** Returns a count, for example 20,199. */
export function count(value: number): string {
  return grouped(value);
}

/** Returns a count with a noun, for example `1 run` or `8 runs`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Returns three significant digits, or all digits of the integer part: 0.0312, 96.2, 20,199. */
export function number(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return minus(value.toExponential(digits - 1));
  if (size >= 10 ** digits) return minus(grouped(value));
  return minus(String(Number(value.toPrecision(digits))));
}

/** Returns two decimals, as for correlations and strengths. */
export function decimals(value: number, places = 2): string {
  return Number.isFinite(value) ? minus((Math.round(value * 10 ** places) / 10 ** places + 0).toFixed(places)) : '–';
}

/** Returns a number with its sign, also if it is positive. */
export function signed(value: number, write: (value: number) => string = number): string {
  return value > 0 ? `+${write(value)}` : write(value);
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${minus(String(Math.round(100 * share)))} %` : '–';
}

/** Returns a share with its interval, if that is known. */
export function percentWithin(share: number, interval?: readonly [number, number]): string {
  return interval === undefined ? percent(share) : `${percent(share)} (${interval.map(percent).join(' to ')})`;
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Largest exponent that is written, because tails beyond 10⁻¹⁰ are not calibrated. */
export const MAX_EXPONENT = 10;

/** Returns a p-value for people: 0.031, 4 · 10⁻⁷, < 10⁻¹⁰, or a dash if there is none. */
export function pText(p: number | undefined): string {
  if (p === undefined || Number.isNaN(p)) return '–';
  if (-Math.log10(p) > MAX_EXPONENT) return '< 10⁻¹⁰';
  if (p >= 1e-3) return number(p, 2);
  const [digit, exponent] = p.toExponential(0).split('e-');
  return `${digit} · ${powerOfTen(Number(exponent))}`;
}

/** Returns a p-value in a sentence: `p = 0.031`, `p < 10⁻¹⁰`. @param name `p`, or `q` */
export function pPhrase(p: number | undefined, name = 'p'): string {
  const text = pText(p);
  return text.startsWith('<') ? `${name} ${text}` : `${name} = ${text}`;
}

/** Returns a negative power of ten, for example 10⁻⁷ for 7. */
export function powerOfTen(exponent: number): string {
  return `10⁻${String(exponent).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])}`;
}

/** Returns a list in words, for example `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

function minus(text: string): string {
  return text.replaceAll('-', '−');
}
