// How strong an unmeasured common cause must be to explain a supported result entirely: the robustness value of Cinelli
// & Hazlett (2020), "Making sense of sensitivity: extending omitted variable bias", JRSS B 82, 39–67.

import type { Interval } from '../evidence/interval.js';

/**
 * Robustness values, in [0, 1]: shares of variance. A common cause that explains less than this share of both ends is
 * too weak to explain the result. The share of one end is given the variables that are conditioned on, and that of the
 * other end is given these and the first end.
 */
export interface Robustness {
  readonly estimate: number;
  /** The value if only the limit of the 95 % interval that is nearest to 0 is to be explained. */
  readonly lower: number;
}

/**
 * Returns ½(√(f⁴ + 4f²) − f²) with f² = partial R²/(1 − partial R²), in a form without cancellation.
 * @param partialR2 in [0, 1]
 */
export function robustnessValue(partialR2: number): number {
  return 2 / (1 + Math.sqrt(1 + (4 * (1 - partialR2)) / partialR2));
}

/** Returns the robustness values of a partial correlation. */
export function correlationRobustness({ estimate, lower, upper }: Interval): Robustness {
  return { estimate: robustnessValue(estimate ** 2), lower: robustnessValue(nearest(lower, upper) ** 2) };
}

/**
 * Returns the robustness values of a difference of means, or of a slope, which is proportional to f.
 * @param partialR2 share of the remaining variance that the estimate explains; below 1
 */
export function differenceRobustness({ estimate, lower, upper }: Interval, partialR2: number): Robustness {
  const f2 = (partialR2 / (1 - partialR2)) * (nearest(lower, upper) / estimate) ** 2;
  return { estimate: robustnessValue(partialR2), lower: robustnessValue(f2 / (1 + f2)) };
}

/** Returns the value of an interval that is nearest to 0. */
function nearest(lower: number, upper: number): number {
  return lower > 0 ? lower : Math.min(0, upper);
}

/** Returns "34 % (21 %)", for tables: the values of the estimate and of the lower limit. */
export function robustnessCell({ estimate, lower }: Robustness): string {
  return `${floored(estimate)} (${floored(lower)})`;
}

/**
 * Returns a sentence on how strong an unmeasured common cause must be to explain any of some results.
 * @param what "this link", or "any of these links"
 */
export function robustnessText(values: readonly Robustness[], what: string): string {
  const [estimate, lower] = [values.map((one) => one.estimate), values.map((one) => one.lower)];
  return (
    `To explain ${what} away, an unmeasured common cause must explain ${floored(Math.min(...estimate))} of the ` +
    `remaining variance of both (${floored(Math.min(...lower))} at the lower limit), or more of one.`
  );
}

/** Returns a share in percent, rounded down: a weaker cause cannot explain the result. */
function floored(share: number): string {
  return `${Math.floor(100 * share)} %`;
}
