// Computes the determinant and inverse of one matrix in double precision by Gauss–Jordan elimination with partial
// pivoting (Golub & Van Loan, Matrix Computations, 3.4).

/** Smaller pivots are replaced by this value: a singular matrix is treated as the limit of regular ones. */
const MIN_PIVOT = 1e-100;

export interface Determinant {
  /** log|det A|; very negative if A is singular. */
  readonly log: number;
  /** −1, 0 or 1. */
  readonly sign: number;
}

/** Returns the determinant of A (d × d, row-major) and overwrites A by its inverse. */
export function invert(a: Float64Array, d: number): Determinant {
  let [log, sign] = [0, 1];
  let singular = false;
  const pivots: number[] = [];
  for (let k = 0; k < d; k++) {
    const row = pivotRow(a, d, k);
    pivots.push(row);
    if (row !== k) sign = -sign;
    for (let j = 0; j < d; j++) swap(a, k * d + j, row * d + j);
    if (Math.abs(a[k * d + k]) < MIN_PIVOT) {
      singular = true;
      a[k * d + k] = MIN_PIVOT;
    }
    const pivot = a[k * d + k];
    log += Math.log(Math.abs(pivot));
    sign *= Math.sign(pivot);
    eliminate(a, d, k);
  }
  for (let k = d - 1; k >= 0; k--) {
    for (let i = 0; i < d; i++) swap(a, i * d + k, i * d + pivots[k]);
  }
  return { log, sign: singular ? 0 : sign };
}

/** Returns the row at or below row k with the largest absolute element in column k. */
function pivotRow(a: Float64Array, d: number, k: number): number {
  let row = k;
  for (let i = k + 1; i < d; i++) if (Math.abs(a[i * d + k]) > Math.abs(a[row * d + k])) row = i;
  return row;
}

function eliminate(a: Float64Array, d: number, k: number): void {
  const inverse = 1 / a[k * d + k];
  a[k * d + k] = 1;
  for (let j = 0; j < d; j++) a[k * d + j] *= inverse;
  for (let i = 0; i < d; i++) {
    if (i === k) continue;
    const factor = a[i * d + k];
    a[i * d + k] = 0;
    for (let j = 0; j < d; j++) a[i * d + j] -= factor * a[k * d + j];
  }
}

function swap(a: Float64Array, i: number, j: number): void {
  const previous = a[i];
  a[i] = a[j];
  a[j] = previous;
}

/** Returns log|det|. Below log f it is continued by the tangent of the logarithm at f: log f − 1 + |det| / f. */
export function flooredLog(log: number, logFloor: number): number {
  return log >= logFloor ? log : logFloor - 1 + Math.exp(log - logFloor);
}

/**
 * Returns the derivative of `flooredLog` with respect to A, [d, d], and overwrites A. Elements that overflow become 0.
 */
export function flooredLogGradient(a: Float64Array, d: number, logFloor: number): Float64Array {
  const { log } = invert(a, d);
  const scale = log >= logFloor ? 1 : Math.exp(log - logFloor);
  return Float64Array.from(a, (_, at) => {
    const slope = scale * a[(at % d) * d + Math.floor(at / d)];
    return Number.isFinite(slope) || Number.isNaN(log) ? slope : 0;
  });
}
