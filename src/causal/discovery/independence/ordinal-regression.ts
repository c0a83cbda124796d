// Proportional odds regression (McCullagh 1980): P(y ≤ c | x) = σ(θ_c − xβ) with increasing thresholds. With two levels
// it is logistic regression. The log-likelihood is concave, so Newton's steps find its maximum. A step that overshoots
// is halved.

const MAX_STEPS = 60;
/**
 * Stop before a step with a smaller gain: the log-likelihood is so close to a parabola there that the gain is known.
 */
const KNOWN_GAIN = 1e-5;
/** Keeps steps finite if levels are separated and the maximum is at infinity. */
const RIDGE = 1e-9;

/** A discrete response. */
export interface Levels {
  /** Level of each row, 0 … count − 1. Every level occurs. */
  readonly codes: Int32Array;
  readonly count: number;
}

export interface OrdinalFit {
  readonly logLikelihood: number;
  /** Thresholds, then effects. They are close to the maximum, not at it. */
  readonly parameters: Float64Array;
  readonly terms: RowTerms;
}

/** The log-likelihood at some parameters, and its derivatives by row. A fit with more predictors starts from them. */
interface RowTerms {
  readonly logLikelihood: number;
  /** By row: minus the slope along the effect; minus the second derivatives with the upper and the lower threshold. */
  readonly pull: Float64Array;
  readonly upperWeight: Float64Array;
  readonly lowerWeight: Float64Array;
  /** By threshold: slope, minus the second derivative, and that with the threshold before it. */
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
  readonly mixed: Float64Array;
}

/**
 * Returns the maximum of the log-likelihood and its parameters.
 * @param predictors columns of about unit variance, linearly independent of each other and of a constant
 * @param start a fit with the first of these predictors, if there is one
 */
export function fitOrdinal(levels: Levels, predictors: readonly Float64Array[], start?: OrdinalFit): OrdinalFit {
  let parameters: Float64Array = new Float64Array(levels.count - 1 + predictors.length);
  parameters.set(start?.parameters ?? shares(levels));
  let terms = start?.terms ?? rowTerms(levels, predictors, parameters)!;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { gradient, information } = derivatives(levels, predictors, terms);
    const direction = solve(information, gradient);
    const gain = gradient.reduce((sum, slope, i) => sum + slope * direction[i], 0) / 2;
    if (gain < KNOWN_GAIN) return { logLikelihood: terms.logLikelihood + Math.max(0, gain), parameters, terms };
    const next = uphill(levels, predictors, { parameters, terms, direction });
    if (next === undefined) break;
    [parameters, terms] = [next.parameters, next.terms];
  }
  return { logLikelihood: terms.logLikelihood, parameters, terms };
}

/** Returns the result of the step, halved until it has a gain; undefined if it never has one. */
function uphill(
  levels: Levels,
  predictors: readonly Float64Array[],
  from: { parameters: Float64Array; terms: RowTerms; direction: Float64Array },
): { parameters: Float64Array; terms: RowTerms } | undefined {
  for (let length = 1; length > 1e-6; length /= 2) {
    const parameters = from.parameters.map((value, i) => value + length * from.direction[i]);
    const terms = rowTerms(levels, predictors, parameters);
    if (terms && terms.logLikelihood > from.terms.logLikelihood) return { parameters, terms };
  }
  return undefined;
}

/** Returns the thresholds that reproduce the shares of the levels. */
function shares({ codes, count }: Levels): Float64Array {
  const counts = new Float64Array(count);
  for (const code of codes) counts[code]++;
  let below = 0;
  return Float64Array.from({ length: count - 1 }, (_, c) => {
    below += counts[c] / codes.length;
    return Math.log(below / (1 - below));
  });
}

/** Returns log-likelihood and derivatives; undefined if the thresholds are not increasing. */
function rowTerms(
  { codes, count }: Levels,
  predictors: readonly Float64Array[],
  parameters: Float64Array,
): RowTerms | undefined {
  const thresholds = count - 1;
  for (let c = 1; c < thresholds; c++) if (!(parameters[c] > parameters[c - 1])) return undefined;
  const rows = codes.length;
  const effects = new Float64Array(rows);
  for (const [j, values] of predictors.entries()) {
    const slope = parameters[thresholds + j];
    for (let r = 0; r < rows; r++) effects[r] += slope * values[r];
  }
  const pull = new Float64Array(rows);
  const upperWeight = new Float64Array(rows);
  const lowerWeight = new Float64Array(rows);
  const slope = new Float64Array(thresholds);
  const curvature = new Float64Array(thresholds);
  const mixed = new Float64Array(thresholds);
  let logLikelihood = 0;
  for (let r = 0; r < rows; r++) {
    const level = codes[r];
    // σ, 1 − σ and their product at both thresholds. Beyond the outermost thresholds σ is 1 or 0.
    let under = 1;
    let over = 0;
    let density = 0;
    let lowerUnder = 0;
    let lowerOver = 1;
    let lowerDensity = 0;
    if (level < thresholds) {
      const tail = Math.exp(effects[r] - parameters[level]);
      over = tail === Infinity ? 1 : tail / (1 + tail);
      under = 1 / (1 + tail);
      density = under * over;
    }
    if (level > 0) {
      const tail = Math.exp(effects[r] - parameters[level - 1]);
      lowerOver = tail === Infinity ? 1 : tail / (1 + tail);
      lowerUnder = 1 / (1 + tail);
      lowerDensity = lowerUnder * lowerOver;
    }
    // Subtract the smaller tails, because their difference keeps its digits.
    const p = Math.max(1e-300, lowerOver < 0.5 ? lowerOver - over : under - lowerUnder);
    logLikelihood += Math.log(p);
    const a = density / p;
    const b = -lowerDensity / p;
    const aa = a * a - (density * (over - under)) / p;
    const bb = b * b + (lowerDensity * (lowerOver - lowerUnder)) / p;
    const ab = a * b;
    pull[r] = a + b;
    upperWeight[r] = aa + ab;
    lowerWeight[r] = bb + ab;
    if (level < thresholds) {
      slope[level] += a;
      curvature[level] += aa;
      if (level > 0) mixed[level] += ab;
    }
    if (level > 0) {
      slope[level - 1] += b;
      curvature[level - 1] += bb;
    }
  }
  return { logLikelihood, pull, upperWeight, lowerWeight, slope, curvature, mixed };
}

interface Derivatives {
  readonly gradient: Float64Array;
  /** Minus the second derivatives, row-major. Only the lower triangle is set. */
  readonly information: Float64Array;
}

function derivatives({ codes, count }: Levels, predictors: readonly Float64Array[], terms: RowTerms): Derivatives {
  const thresholds = count - 1;
  const size = thresholds + predictors.length;
  const gradient = new Float64Array(size);
  const information = new Float64Array(size * size);
  const rows = codes.length;
  gradient.set(terms.slope);
  for (let c = 0; c < thresholds; c++) {
    information[c * size + c] = terms.curvature[c];
    if (c > 0) information[c * size + c - 1] = terms.mixed[c];
  }
  const { pull, upperWeight, lowerWeight } = terms;
  const weighted = new Float64Array(rows);
  const byThreshold = new Float64Array(thresholds + 2);
  for (const [j, values] of predictors.entries()) {
    const at = thresholds + j;
    byThreshold.fill(0);
    let slope = 0;
    for (let r = 0; r < rows; r++) {
      const value = values[r];
      slope -= pull[r] * value;
      weighted[r] = (upperWeight[r] + lowerWeight[r]) * value;
      // The sums of the two entries beyond the outermost thresholds are not used.
      byThreshold[codes[r] + 1] += upperWeight[r] * value;
      byThreshold[codes[r]] += lowerWeight[r] * value;
    }
    gradient[at] = slope;
    for (let c = 0; c < thresholds; c++) information[at * size + c] = -byThreshold[c + 1];
    for (let k = 0; k <= j; k++) {
      const other = predictors[k];
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += weighted[r] * other[r];
      information[at * size + thresholds + k] = sum;
    }
  }
  return { gradient, information };
}

/** Solves for the step by Cholesky. Only the lower triangle of the matrix is read. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const factor = matrix.slice();
  const result = right.slice();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = factor[i * size + j];
      for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
      if (i === j) factor[i * size + i] = Math.sqrt(Math.max(rest, 0) + RIDGE * (1 + matrix[i * size + i]));
      else factor[i * size + j] = rest / factor[j * size + j];
    }
    for (let k = 0; k < i; k++) result[i] -= factor[i * size + k] * result[k];
    result[i] /= factor[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) result[i] -= factor[k * size + i] * result[k];
    result[i] /= factor[i * size + i];
  }
  return result;
}
