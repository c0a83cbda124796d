// Statistics pooling (Snyder, Garcia-Romero, Sell, Povey & Khudanpur, ICASSP 2018): the mean and the standard deviation
// of a filter's output over time. The deviation measures the strength of an oscillation, whatever its phase and mean.

import { add, concat, mean, reshape, sqrt, square, sub, type Node } from '../graph/index.js';

/** Numbers per channel. */
export const STATISTICS = 2;
/** Added to variances, because the square root has no finite slope at 0. */
const MIN_VARIANCE = 1e-4;

/**
 * Returns means and standard deviations over time.
 * @param map `[runs, members, C, …, T, batch]`
 * @returns `[runs, members, 2 C, batch]`
 */
export function statistics(map: Node): Node {
  const [runs, members, channels] = map.shape;
  const batch = map.shape[map.shape.length - 1];
  const series = reshape(map, [runs, members, channels, map.shape.slice(3, -1).reduce((a, b) => a * b, 1), batch]);
  const centre = mean(series, [3], { keep: true });
  const deviation = sqrt(add(mean(square(sub(series, centre)), [3]), MIN_VARIANCE));
  return concat([reshape(centre, [runs, members, channels, batch]), deviation], 2);
}
