// native/math in WGSL. The built-in functions are unreliable: logarithms and tanh are off by thousands of units in the
// last place, and max, min and clamp drop NaN. Compilers fold `x != x` to false and reject infinite constants. They may
// split an fma, fuse a product and a sum, reorder sums, flush subnormal numbers to 0, and assume that no operand of a
// comparison is NaN. Therefore NaN is detected by its bits and propagated explicitly, infinity comes from the host, and
// values that depend on exact rounding pass through `rounded`.

import * as coefficients from './coefficients.js';

/** Returns statements that compute a polynomial by Horner's method, highest power first. */
function polynomial(variable: string, x: string, [first, second, ...rest]: readonly number[]): string {
  const steps = rest.map((number) => `  ${variable} = fma(${variable}, ${x}, ${literal(number)});`);
  return [`  var ${variable} = fma(${literal(first)}, ${x}, ${literal(second)});`, ...steps].join('\n');
}

/** Functions for NaN, infinity and signs. They read the host's infinity from the words of the step (see shader.ts). */
const NOT_FINITE = `
fn infinity() -> f32 { return bitcast<f32>(now[0].w); }
fn not_a_number() -> f32 { return bitcast<f32>(now[0].w | 0x400000u); }
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > now[0].w; }
fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & now[0].w) != now[0].w; }
// Applies an exclusive or with a 0 that is unknown to compilers: they can neither fuse nor reorder the computation of
// x.
fn rounded(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ (now[0].w & 1u)); }
fn nan_or(x: f32, value: f32) -> f32 { return select(value, x, is_nan(x)); }
fn with_sign(size: f32, sign: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u));
}
fn larger(x: f32, y: f32) -> f32 { return nan_or(x, nan_or(y, select(y, x, x > y))); }
fn smaller(x: f32, y: f32) -> f32 { return nan_or(x, nan_or(y, select(y, x, x < y))); }
// Compilers turn the built-in function into two selections, which keeps the sign of -0.
fn sign_of(x: f32) -> f32 {
  let sign = select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0);
  return nan_or(x, select(sign, 0.0, (bitcast<u32>(x) & 0x7fffffffu) == 0u));
}
fn clipped_to(x: f32, low: f32, high: f32) -> f32 {
  return nan_or(x, select(select(x, high, x > high), low, x < low));
}`;

/** native/math/functions.h. */
const FUNCTIONS = `
struct ReducedExponential { rest: f32, n: i32 }
fn reduced_exponential(x: f32) -> ReducedExponential {
  let clipped = select(select(x, -104.0, x < -104.0), 89.0, x > 89.0);
  let whole = floor(clipped * ${coefficients.LOG2_E} + 0.5);
  let n = i32(whole);
  var r = rounded(fma(whole, -${coefficients.LN2_OF_EXPONENTIAL}, clipped));
  r = fma(whole, -${coefficients.LN2_REST_OF_EXPONENTIAL}, r);
${polynomial('q', 'r', coefficients.EXPONENTIAL)}
  return ReducedExponential(fma(q, r * r, r), n);
}
fn exponential(x: f32) -> f32 {
  let e = reduced_exponential(x);
  let half = e.n >> 1u;
  let rest = e.n - half;
  // A single factor 2^n could overflow, so it is applied in two halves.
  return nan_or(x, rounded((e.rest + 1.0) * bitcast<f32>((half + 127) << 23u)) * bitcast<f32>((rest + 127) << 23u));
}
fn exponential_minus_one(x: f32) -> f32 {
  let e = reduced_exponential(x);
  let power = bitcast<f32>((select(e.n, -126, e.n < -126) + 127) << 23u);
  return nan_or(x, select(fma(power, e.rest, power - 1.0), exponential(x), x > 80.0));
}
fn logarithm(x: f32) -> f32 {
  let input_bits = bitcast<u32>(x);
  // The bits of a subnormal number are a multiple of 2^-149.
  let tiny = (input_bits & 0x7f800000u) == 0u;
  let bits = bitcast<i32>(select(x, f32(input_bits & 0x7fffffu), tiny));
  let e = (bits - 0x3f3504f3) >> 23u;
  let m = bitcast<f32>(bits - (e << 23u));
  let f = m - 1.0;
${polynomial('p', 'f', coefficients.LOGARITHM)}
  let exponent = f32(e) + select(0.0, -149.0, tiny);
  let square = f * f;
  var low = fma(p, f * square, exponent * ${coefficients.LN2_REST});
  low = fma(-0.5, square, low);
  var result = fma(exponent, ${coefficients.LN2}, low + f);
  result = select(result, -infinity(), input_bits << 1u == 0u);
  result = select(x, result, is_finite(x));
  return select(result, not_a_number(), input_bits > 0x80000000u);
}
fn logarithm_of_one_plus(x: f32) -> f32 {
  let u = rounded(1.0 + x);
  let d = u - 1.0;
  let scaled = logarithm(u) * (x / select(d, 1.0, d == 0.0));
  return select(logarithm(u), select(scaled, x, d == 0.0), u > 0.0 && u < 16777216.0);
}
fn sigmoid(x: f32) -> f32 {
  let t = exponential(-abs(x));
  let upper = 1.0 / (1.0 + t);
  return select(upper, t * upper, x < 0.0);
}
fn hyperbolic_tangent(x: f32) -> f32 {
  let a = select(abs(x), 10.0, abs(x) > 10.0);
  let t = exponential_minus_one(2.0 * a);
  // A quotient may be wrong by some units in the last place.
  let quotient = t / (t + 2.0);
  let ratio = select(quotient, 1.0, quotient > 1.0);
  let half = 0.5 * t;
  return nan_or(x, with_sign(select(ratio, fma(-half, ratio, half), a < 0.3), x));
}
fn softplus(x: f32) -> f32 {
  return select(x, 0.0, x < 0.0) + logarithm_of_one_plus(exponential(-abs(x)));
}`;

/** native/math/normal.h. */
const NORMAL = `
// Returns the rounding error of p = rounded(x y).
fn lost_of_product(x: f32, y: f32, p: f32) -> f32 {
  let xh = bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
  let yh = bitcast<f32>(bitcast<u32>(y) & 0xfffff000u);
  let xl = rounded(x - xh);
  let yl = rounded(y - yh);
  var lost = rounded(xh * yh - p);
  lost = rounded(lost + xh * yl);
  lost = rounded(lost + xl * yh);
  return lost + xl * yl;
}
fn gaussian_bell(x: f32) -> f32 {
  let square = rounded(x * x);
  let error = select(0.0, lost_of_product(x, x, square), square < 400.0);
  let bell = exponential(-0.5 * square);
  return fma(bell, -0.5 * error, bell);
}
fn mills_ratio(a: f32) -> f32 {
  let x = select(a, 15.0, a > 15.0);
  let u = (x - 4.0) / (x + 4.0);
${polynomial('p', 'u', coefficients.MILLS_RATIO)}
  return p / fma(2.0, x, 1.0);
}
struct NormalPoint { density: f32, below: f32, above: f32 }
fn normal_point(x: f32) -> NormalPoint {
  let bell = gaussian_bell(x);
  let tail = bell * mills_ratio(abs(x));
  let body = 1.0 - tail;
  let density = ${coefficients.INVERSE_SQRT_2_PI} * bell;
  return NormalPoint(density, select(tail, body, x > 0.0), select(body, tail, x > 0.0));
}
fn normal_cdf(x: f32) -> f32 { return normal_point(x).below; }
fn error_function(x: f32) -> f32 {
  let a = abs(x);
  let s = x * x;
${polynomial('p', 's', coefficients.ERROR_FUNCTION)}
  let z = ${coefficients.SQRT_2} * a;
  let large = 1.0 - 2.0 * gaussian_bell(z) * mills_ratio(z);
  return nan_or(x, select(with_sign(large, x), p * x, a < 1.0));
}
fn normal_tail_quantile(q: f32) -> f32 {
  let r = sqrt(-2.0 * logarithm(q));
${polynomial('n', 'r', coefficients.TAIL_NUMERATOR)}
${polynomial('d', 'r', coefficients.TAIL_DENOMINATOR)}
  return n / d;
}
fn normal_central_quantile(d: f32) -> f32 {
  let s = d * d;
${polynomial('n', 's', coefficients.CENTRE_NUMERATOR)}
${polynomial('q', 's', coefficients.CENTRE_DENOMINATOR)}
  return d * n / q;
}
fn normal_quantile_of_tails(below: f32, above: f32) -> f32 {
  let lower = below < above;
  let q = select(above, below, lower);
  let tail = normal_tail_quantile(q);
  let inner = select(0.5 - q, q - 0.5, lower);
  return select(select(tail, -tail, lower), normal_central_quantile(inner), q > 0.125);
}
fn normal_quantile(p: f32) -> f32 {
  var result = normal_quantile_of_tails(p, 1.0 - p);
  result = select(result, -infinity(), p == 0.0);
  result = select(result, infinity(), p == 1.0);
  result = select(result, not_a_number(), p < 0.0 || p > 1.0);
  return nan_or(p, result);
}`;

/** native/math/mixture.h. */
const MIXTURE = `
struct MixtureComponent { log_scale: f32, s: f32, e: f32, inside: f32 }
fn mixture_component(z: f32, mean: f32, log_scale: f32, low: f32, high: f32) -> MixtureComponent {
  let clipped = clipped_to(log_scale, low, high);
  let s = exponential(-clipped);
  return MixtureComponent(clipped, s, (z - mean) * s, select(0.0, 1.0, low < log_scale && log_scale < high));
}
fn mixture_log_term(logit: f32, c: MixtureComponent) -> f32 { return logit - 0.5 * c.e * c.e - c.log_scale; }
struct MixturePoint { below: f32, above: f32, epsilon: f32, inverse_density: f32 }
fn mixture_point(below: f32, above: f32) -> MixturePoint {
  let low = select(below, 1e-6, below < 1e-6);
  let high = select(above, 1e-6, above < 1e-6);
  let epsilon = nan_or(below, normal_quantile_of_tails(low, high));
  let inverse = ${coefficients.SQRT_2_PI} * exponential(0.5 * epsilon * epsilon);
  let is_clipped = below < 1e-6 || above < 1e-6;
  return MixturePoint(below, above, epsilon, nan_or(below, select(inverse, 0.0, is_clipped)));
}
fn mixture_excess(p: MixturePoint, n: NormalPoint) -> f32 {
  return select(p.above - n.above, n.below - p.below, p.below < p.above);
}
struct MixtureGradient { logit: f32, mean: f32, log_scale: f32 }
fn mixture_gradient(p: MixturePoint, weight: f32, c: MixtureComponent, n: NormalPoint) -> MixtureGradient {
  let mass = weight * n.density;
  return MixtureGradient(weight * mixture_excess(p, n), -mass * c.s, -mass * c.e * c.inside);
}
struct MixtureDirection { z: f32, logit: f32, mean: f32, log_scale: f32 }
fn mixture_error_along(c: MixtureComponent, u: MixtureDirection) -> f32 {
  return c.s * (u.z - u.mean) - c.e * c.inside * u.log_scale;
}
fn mixture_gradient_along(
  p: MixturePoint, weight: f32, c: MixtureComponent, n: NormalPoint, u: MixtureDirection,
  mean_logit: f32, along: f32) -> MixtureGradient {
  let weight_along = weight * (u.logit - mean_logit);
  let error_along = mixture_error_along(c, u);
  let mass_along = n.density * (weight_along - weight * c.e * error_along);
  let mass = weight * n.density;
  return MixtureGradient(
    weight_along * mixture_excess(p, n) + weight * (n.density * error_along - along),
    -(mass_along - mass * c.inside * u.log_scale) * c.s,
    -(mass_along * c.e + mass * error_along) * c.inside);
}`;

/** native/math/determinant.h. Matrices up to 3 × 3 are handled element by element. */
const DETERMINANT = `
fn difference_of_products(a: f32, b: f32, c: f32, d: f32) -> f32 {
  let p = rounded(a * b);
  let q = rounded(c * d);
  let lost = lost_of_product(a, b, p) - lost_of_product(c, d, q);
  return rounded(p - q) + lost;
}
fn cross_product(a: vec3f, b: vec3f) -> vec3f {
  return vec3f(
    difference_of_products(a.y, b.z, a.z, b.y),
    difference_of_products(a.z, b.x, a.x, b.z),
    difference_of_products(a.x, b.y, a.y, b.x));
}
fn floored_log(log_det: f32, log_floor: f32) -> f32 {
  let tangent = log_floor - 1.0 + exponential(log_det - log_floor);
  return nan_or(log_det, select(tangent, log_det, log_det >= log_floor));
}
fn floored_log_slope(log_det: f32, log_floor: f32) -> f32 {
  return nan_or(log_det, select(exponential(log_det - log_floor), 1.0, log_det >= log_floor));
}
struct PivotProduct { mantissa: f32, exponent: i32, is_singular: bool, is_negative: bool }
fn safe_pivot(pivot: f32) -> f32 { return nan_or(pivot, select(pivot, with_sign(1e-18, pivot), abs(pivot) < 1e-18)); }
fn with_pivot(product: PivotProduct, pivot: f32, is_swapped: bool) -> PivotProduct {
  let safe = safe_pivot(pivot);
  let bits = bitcast<u32>(safe);
  let mantissa = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  return PivotProduct(
    select(not_a_number(), product.mantissa * mantissa, is_finite(safe)),
    product.exponent + i32((bits >> 23u) & 0xffu) - 127,
    product.is_singular || (abs(pivot) < 1e-18 && !is_nan(pivot)),
    product.is_negative != ((bits >> 31u == 1u) != is_swapped));
}
fn log_of_product(product: PivotProduct) -> f32 {
  let power = f32(product.exponent);
  return fma(power, ${coefficients.LN2}, fma(power, ${coefficients.LN2_REST}, logarithm(product.mantissa)));
}
fn sign_of_product(product: PivotProduct) -> f32 {
  let sign = select(1.0, -1.0, product.is_negative);
  return nan_or(product.mantissa, select(sign, 0.0, product.is_singular));
}
fn bounded_slope(slope: f32, log_det: f32) -> f32 {
  return select(0.0, slope, is_finite(slope) || is_nan(log_det));
}`;

/** native/math/philox.h. Products are computed from halves of words, because WGSL has no 64-bit integers. */
const PHILOX = `
fn high_of_product(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let m = ah * bl + ((al * bl) >> 16u);
  let n = al * bh + (m & 0xffffu);
  return ah * bh + (m >> 16u) + (n >> 16u);
}
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0; round < 10; round++) {
    c = vec4u(
      high_of_product(0xcd9e8d57u, c.z) ^ c.y ^ k.x, 0xcd9e8d57u * c.z,
      high_of_product(0xd2511f53u, c.x) ^ c.w ^ k.y, 0xd2511f53u * c.x);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
fn uniform_of_word(word: u32) -> f32 {
  let u = (f32(word >> 8u) + 0.5) * 5.9604644775390625e-8;
  return select(0.99999994, u, u < 1.0);
}
fn normal_of_word(word: u32) -> f32 {
  let k = word >> 8u;
  let lower = k < 8388608u;
  let q = (f32(select(16777215u - k, k, lower)) + 0.5) * 5.9604644775390625e-8;
  let size = select(normal_tail_quantile(q), normal_central_quantile(0.5 - q), q > 0.125);
  return select(size, -size, lower);
}`;

/** Functions and structures by name, in the order of their dependencies. */
const DECLARATIONS = declarationsOf([NOT_FINITE, FUNCTIONS, NORMAL, MIXTURE, DETERMINANT, PHILOX].join('\n'));

function declarationsOf(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/\n(?=(?:fn|struct) )/).map((part) => part.trim());
  return new Map(parts.filter((part) => part !== '').map((part) => [/^(?:fn|struct) (\w+)/.exec(part)![1], part]));
}

/** Returns the declarations of this file that a shader's text needs, directly or indirectly. */
export function arithmeticFor(text: string): string {
  const needed = new Set<string>();
  let open = [text];
  while (open.length > 0) {
    const words = new Set(open.flatMap((part) => part.match(/\b[A-Za-z_]\w*\b/g) ?? []));
    const names = [...words].filter((word) => DECLARATIONS.has(word) && !needed.has(word));
    names.forEach((name) => needed.add(name));
    open = names.map((name) => DECLARATIONS.get(name)!);
  }
  return [...DECLARATIONS].flatMap(([name, declaration]) => (needed.has(name) ? [declaration] : [])).join('\n');
}

/** Returns a number as WGSL text, rounded to single precision. */
export function literal(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return 'not_a_number()';
  if (!Number.isFinite(single)) return single > 0 ? 'infinity()' : '(-infinity())';
  if (Object.is(single, -0)) return 'bitcast<f32>(0x80000000u)';
  const text = String(single);
  const decimal = /[.e]/.test(text) ? text : `${text}.0`;
  return single < 0 ? `(${decimal})` : decimal;
}
