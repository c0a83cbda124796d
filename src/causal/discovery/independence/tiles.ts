// The inner loop of dense algebra in double precision: sums of products of four rows with two rows. Eight independent
// sums avoid that each addition waits for the previous one, and every number that is read is used more than once.

/** Number of rows of the first and of the second operand in a tile. */
export const TILE = [4, 2] as const;

/** Consecutive rows of a matrix: the first starts at `at`, each next one `step` numbers later. */
export interface Rows {
  readonly values: Float64Array;
  readonly at: number;
  readonly step: number;
}

/** Writes Σ_k a[p, k] · b[q, k] to `sums[2 p + q]`, p below 4, q below 2. */
export function tileProducts(a: Rows, b: Rows, length: number, sums: Float64Array): void {
  const p = a.values;
  const q = b.values;
  const { step } = a;
  const other = b.step;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  for (let i = a.at, j = b.at, end = b.at + length; j < end; i++, j++) {
    const left = q[j];
    const right = q[j + other];
    const first = p[i];
    const second = p[i + step];
    const third = p[i + 2 * step];
    const fourth = p[i + 3 * step];
    s0 += first * left;
    s1 += first * right;
    s2 += second * left;
    s3 += second * right;
    s4 += third * left;
    s5 += third * right;
    s6 += fourth * left;
    s7 += fourth * right;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = s4;
  sums[5] = s5;
  sums[6] = s6;
  sums[7] = s7;
}
