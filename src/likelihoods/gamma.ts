// Functions of ln Γ by Stirling's series, written so that no two large numbers are subtracted.

import { add, log, log1p, mul, reciprocal, square, sub, type Node } from '../graph/index.js';

/** The recurrence raises both arguments by this amount. The first terms of Stirling's series are then exact to 3e-7. */
const RAISED = 3;

/**
 * Returns ln Γ(x + r) − ln Γ(x + 1), x ≥ 0, r > 0, without a difference of two large numbers. With X = x + 3 + 1, d = r
 * − 1: (X − ½) ln(1 + d / X) + d ln(X + d) − d + c(X + d) − c(X) − Σ_{i<3} ln(1 + d / (x + 1 + i)), where c is the tail
 * of the series.
 */
export function logGammaRatio(x: Node | number, r: Node): Node {
  const d = sub(r, 1);
  const raised = add(x, RAISED + 1);
  const other = add(raised, d);
  const leading = add(
    mul(sub(raised, 0.5), log1p(mul(d, reciprocal(raised)))),
    add(mul(d, sub(log(other), 1)), sub(stirlingTail(other), stirlingTail(raised))),
  );
  const lowered = Array.from({ length: RAISED }, (_, i) => log1p(mul(d, reciprocal(add(x, 1 + i)))));
  return lowered.reduce((total, step) => sub(total, step), leading);
}

/** Returns the tail of Stirling's series, 1 / 12 a − 1 / 360 a³ + 1 / 1260 a⁵. */
export function stirlingTail(a: Node): Node {
  const inverse = reciprocal(a);
  const squared = square(inverse);
  return mul(inverse, add(mul(squared, add(mul(squared, 1 / 1260), -1 / 360)), 1 / 12));
}
