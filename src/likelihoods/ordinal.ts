// Ordinal values: the cumulative logit (McCullagh 1980). A column has one value for every level except the lowest,
// which says whether the level is reached: x_k = [y ≥ k]. P(y ≥ k) = σ(f − t_k), where the decoder gives f and the
// thresholds t are per column. t_1 = 0, t_{k+1} = t_k + softplus(g_k), so thresholds are ordered for all g, and 1 −
// e^{t_k − t_{k+1}} = σ(g_k). With σ(a) − σ(b) = σ(a) σ(−b) (1 − e^{b − a}) no nearly equal numbers are subtracted.

import {
  add,
  broadcastTo,
  concat,
  constant,
  matmul,
  mul,
  neg,
  sigmoid,
  slice,
  softplus,
  sub,
  zeros,
  type Node,
} from '../graph/index.js';
import * as special from '../graph/special.js';
import type { Likelihood } from './likelihood.js';
import { byColumn, sideBySide } from './numbers.js';

/** softplus(INITIAL_GAP) = 1: neighbouring thresholds start one logit apart. */
const INITIAL_GAP = Math.log(Math.E - 1);

export function ordinal(levels: number): Likelihood {
  const steps = levels - 1;
  const gapCount = steps - 1;
  return {
    values: steps,
    decoded: [gapCount / 2],
    perColumn: new Array<number>(gapCount).fill(INITIAL_GAP),
    logProbability(x, theta) {
      const { above, gaps } = parts(theta, steps);
      const reached = byColumn(x, steps);
      const none = noneOf(reached);
      const [lower, upper] = [slice(reached, -2, 0, gapCount), slice(reached, -2, 1, steps)];
      // 1 where y = k, and 1 where y = k − 1. The threshold of step k is the lower or the upper bound of y,
      // respectively.
      const isLevel = sub(reached, concat([upper, none], -2));
      const isBelow = sub(concat([add(none, 1), lower], -2), reached);
      const bounds = add(mul(isLevel, softplus(neg(above))), mul(isBelow, softplus(above)));
      const between = mul(sub(lower, upper), softplus(neg(gaps)));
      return neg(sideBySide(add(bounds, concat([between, noneOf(between)], -2))));
    },
    mean: (theta) => sideBySide(sigmoid(parts(theta, steps).above)),
    logConstant: () => 0,
    draw(theta, random) {
      const u = random.uniform();
      const latent = theta[0] + Math.log(u) - Math.log1p(-u);
      let threshold = 0;
      return Array.from({ length: steps }, (_, k) => {
        if (k > 0) threshold += special.softplus(theta[k]);
        return latent >= threshold ? 1 : 0;
      });
    },
  };
}

/** Returns one further step of zeros for `steps`, `[…, columns, steps, batch]`. */
function noneOf(steps: Node): Node {
  return zeros([...steps.shape.slice(0, -2), 1, steps.shape.at(-1)!]);
}

/** Returns f − t_k, `[…, columns, steps, batch]`, and g, `[…, columns, steps − 1, batch]`. */
function parts(theta: Node, steps: number): { readonly above: Node; readonly gaps: Node } {
  const rows = theta.shape.at(-2)!;
  const columns = rows / steps;
  const location = byColumn(slice(theta, -2, 0, columns), 1);
  const gaps = byColumn(slice(theta, -2, columns, rows), steps - 1);
  // Threshold k is the sum of the gaps below it.
  const sums = constant(
    Array.from({ length: steps * (steps - 1) }, (_, at) => (at % (steps - 1) < Math.floor(at / (steps - 1)) ? 1 : 0)),
    [...gaps.shape.slice(0, -2).map(() => 1), steps, steps - 1],
  );
  const thresholds = matmul(sums, softplus(gaps));
  return { above: sub(broadcastTo(location, thresholds.shape), thresholds), gaps };
}
