// Proportional odds regression (McCullagh 1980): P(y ≤ c | x) = σ(θ_c − xβ), thresholds increasing; with two levels it is
// logistic regression. The log-likelihood is concave, so Newton's steps, halved where they overshoot, find its maximum.

const MOST_STEPS = 60;
/** Gain of a step below which the maximum counts as reached; its effect on a p-value is far below any α. */
const SMALLEST_GAIN = 1e-9;
/** Keeps the steps finite where levels are separated and the maximum lies at infinity. */
const RIDGE = 1e-9;

interface Evaluation {
  readonly logLikelihood: number;
  readonly gradient: Float64Array;
  /** Minus the second derivatives, row-major. */
  readonly information: Float64Array;
}

/**
 * The largest log-likelihood.
 * @param levels level of each row, 0 … count − 1, each occurring
 * @param predictors columns of about unit variance, linearly independent of each other and of a constant
 */
export function ordinalLogLikelihood(levels: Int32Array, count: number, predictors: readonly Float64Array[]): number {
  let parameters = initial(levels, count, predictors.length);
  let current = evaluate(levels, count, predictors, parameters);
  for (let step = 0; step < MOST_STEPS; step++) {
    const direction = solve(current.information, current.gradient);
    let next = current;
    let length = 1;
    let candidate = parameters;
    do {
      candidate = parameters.map((value, i) => value + length * direction[i]);
      next = evaluate(levels, count, predictors, candidate);
      length /= 2;
    } while (!(next.logLikelihood >= current.logLikelihood) && length > 1e-6);
    const gain = next.logLikelihood - current.logLikelihood;
    if (!(gain > SMALLEST_GAIN)) return Math.max(current.logLikelihood, next.logLikelihood || -Infinity);
    [parameters, current] = [candidate, next];
  }
  return current.logLikelihood;
}

/** Thresholds that give the levels' shares, no effects. */
function initial(levels: Int32Array, count: number, predictors: number): Float64Array {
  const counts = new Float64Array(count);
  for (const level of levels) counts[level]++;
  const parameters = new Float64Array(count - 1 + predictors);
  let below = 0;
  for (let c = 0; c < count - 1; c++) {
    below += counts[c] / levels.length;
    parameters[c] = Math.log(below / (1 - below));
  }
  return parameters;
}

/** NaN as log-likelihood where thresholds are not in order. */
function evaluate(
  levels: Int32Array,
  count: number,
  predictors: readonly Float64Array[],
  parameters: Float64Array,
): Evaluation {
  const thresholds = count - 1;
  const size = parameters.length;
  const gradient = new Float64Array(size);
  const information = new Float64Array(size * size);
  const isOrdered = parameters.subarray(0, thresholds).every((value, c) => c === 0 || value > parameters[c - 1]);
  if (!isOrdered) return { logLikelihood: NaN, gradient, information };
  let logLikelihood = 0;
  const row = new Float64Array(predictors.length);
  for (let r = 0; r < levels.length; r++) {
    let effect = 0;
    for (let j = 0; j < row.length; j++) {
      row[j] = predictors[j][r];
      effect += row[j] * parameters[thresholds + j];
    }
    const level = levels[r];
    const upper = level < thresholds ? parameters[level] - effect : Infinity;
    const lower = level > 0 ? parameters[level - 1] - effect : -Infinity;
    // The difference of the two tails that are small keeps its digits.
    const p = Math.max(1e-300, lower > 0 ? sigmoid(-lower) - sigmoid(-upper) : sigmoid(upper) - sigmoid(lower));
    logLikelihood += Math.log(p);
    const [a, b] = [slopes(upper), slopes(lower)];
    const [ga, gb] = [a.first / p, -b.first / p];
    const haa = ga * ga - a.second / p;
    const hbb = gb * gb + b.second / p;
    const hab = ga * gb;
    if (level < thresholds) {
      gradient[level] += ga;
      information[level * size + level] += haa;
    }
    if (level > 0) {
      gradient[level - 1] += gb;
      information[(level - 1) * size + level - 1] += hbb;
      if (level < thresholds) information[level * size + level - 1] += hab;
    }
    for (let j = 0; j < row.length; j++) {
      const at = thresholds + j;
      gradient[at] -= (ga + gb) * row[j];
      if (level < thresholds) information[at * size + level] -= (haa + hab) * row[j];
      if (level > 0) information[at * size + level - 1] -= (hbb + hab) * row[j];
      const weight = (haa + hbb + 2 * hab) * row[j];
      for (let k = 0; k <= j; k++) information[at * size + thresholds + k] += weight * row[k];
    }
  }
  return { logLikelihood, gradient, information };
}

function sigmoid(t: number): number {
  return 1 / (1 + Math.exp(-t));
}

/** First and second derivative of the sigmoid. */
function slopes(t: number): { first: number; second: number } {
  const tail = Math.exp(-Math.abs(t));
  const first = tail / (1 + tail) ** 2;
  return { first, second: first * (1 - 2 * sigmoid(t)) };
}

/** Solves for the step by Cholesky; only the lower triangle of the matrix is read. */
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
