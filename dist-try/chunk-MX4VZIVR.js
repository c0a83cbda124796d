import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/argument.ts
function checkArgument(place, value, shape) {
  if (typeof shape === "string") {
    if (!IS[shape](value)) throw invalid(place, `a ${NAMES[shape] ?? shape}`, value);
  } else if (isListShape(shape)) {
    if (!Array.isArray(value)) throw invalid(place, "a list", value);
    for (const [i, item] of value.entries()) checkArgument(`${place}[${i}]`, item, shape[0]);
  } else {
    if (!isRecord(value) || Array.isArray(value)) throw invalid(place, "an object", value);
    for (const [field, inner] of Object.entries(shape)) {
      const name = field.replace(/\?$/, "");
      if (name !== field && value[name] === void 0) continue;
      checkArgument(`${place}.${name}`, value[name], inner);
    }
  }
}
function checkOptions(call, options, shapes) {
  checkArgument(`${call}: options`, options, {});
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(shapes, name)) throw unknownOption(call, name, Object.keys(shapes));
    if (value !== void 0) checkArgument(`${call}: options.${name}`, value, shapes[name]);
  }
}
function unknownOption(call, name, known) {
  const problem = `${call} has no option ${name}${didYouMean(name, known)}`;
  return new InputError("unknown-option", `${problem}; it has ${known.join(", ")}`, { option: name });
}
function checkAccepted(option, value, isAccepted, accepted) {
  if (isAccepted) return;
  throw new InputError("invalid-option", `option ${option} is ${String(value)}; accepted ${accepted}`, { option });
}
function checkOneOf(option, value, names) {
  checkAccepted(option, value, names.includes(value), `is one of ${names.join(", ")}`);
}
function checkLength(place, { length }, expected) {
  if (length === expected) return;
  throw new InputError("invalid-argument", `${place} has ${length} elements; ${expected} are needed`, { place });
}
var IS = {
  anything: () => true,
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  // Another realm's too.
  signal: (value) => isRecord(value) && typeof value["aborted"] === "boolean" && "addEventListener" in value,
  function: (value) => typeof value === "function",
  "typed array": isTyped,
  list: (value) => Array.isArray(value),
  numbers: (value) => isTyped(value) || Array.isArray(value) && value.every((one) => typeof one === "number")
};
var NAMES = {
  numbers: "list of numbers",
  signal: "signal of an AbortController"
};
function isTyped(value) {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
function isListShape(shape) {
  return Array.isArray(shape);
}
function isRecord(value) {
  return typeof value === "object" && value !== null;
}
function invalid(place, expected, value) {
  return new InputError("invalid-argument", `${place} must be ${expected}, not ${shown(value)}`, { place });
}
function shown(value) {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `'${value.slice(0, 40)}'`;
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

// src/graph/special.ts
var { abs, exp } = Math;
var SQRT_PI = Math.sqrt(Math.PI);
var SQRT_2PI = Math.sqrt(2 * Math.PI);
function erfSeries(x) {
  let term = x;
  let sum = x;
  for (let n = 1; abs(term) > 1e-17 * abs(sum); n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / SQRT_PI * exp(-x * x) * sum;
}
function erfcFraction(x) {
  let tail = x;
  for (let n = 120; n >= 1; n--) tail = x + n / 2 / tail;
  return exp(-x * x) / (SQRT_PI * tail);
}
function erf(x) {
  if (Number.isNaN(x)) return NaN;
  if (Math.abs(x) < 2) return x === 0 ? 0 : erfSeries(x);
  return x > 0 ? 1 - erfcFraction(x) : erfcFraction(-x) - 1;
}
function erfc(x) {
  if (Number.isNaN(x)) return NaN;
  if (x >= 2) return erfcFraction(x);
  return 1 - erf(x);
}
function normalDensity(x) {
  return exp(-0.5 * x * x) / SQRT_2PI;
}
function normalCdf(x) {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}
function lowerQuantile(p) {
  const target = Math.log(p);
  let x = -Math.sqrt(-2 * target);
  for (let i = 0; i < 50; i++) {
    const cdf = normalCdf(x);
    const step = (Math.log(cdf) - target) * cdf / normalDensity(x);
    x -= step;
    if (Math.abs(step) <= 1e-15 * Math.abs(x)) break;
  }
  return x;
}
function normalQuantile(p) {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  if (p === 0.5) return 0;
  return p < 0.5 ? lowerQuantile(p) : -lowerQuantile(1 - p);
}
function sigmoid(x) {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}
function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
function logGamma(a) {
  let product = 1;
  let z = a;
  while (z < 12) product *= z++;
  const inverse = 1 / (z * z);
  const tail = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188 - inverse * (691 / 360360)))))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + tail - Math.log(product);
}

// src/random/philox.ts
var MULTIPLIER_0 = 3528531795;
var MULTIPLIER_1 = 3449720151;
var WEYL_0 = 2654435769;
var WEYL_1 = 3144134277;
var ROUNDS = 10;
var { imul, round } = Math;
function multiplyHigh(a, b, low) {
  return round((a * b - (low >>> 0)) / 4294967296);
}
function philox(key, counter) {
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
    k0 = k0 + WEYL_0 | 0;
    k1 = k1 + WEYL_1 | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}
function uniformAt(key, step, stream, element) {
  const words = philox(key, [Math.floor(element / 4), step % 4294967296, Math.floor(step / 4294967296), stream]);
  return ((words[element % 4] >>> 8) + 0.5) / 16777216;
}

export {
  checkArgument,
  checkOptions,
  checkAccepted,
  checkOneOf,
  checkLength,
  shown,
  philox,
  uniformAt,
  erf,
  normalDensity,
  normalCdf,
  normalQuantile,
  sigmoid,
  softplus,
  logGamma
};
