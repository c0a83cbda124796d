// Properties of each link between modalities. With linear links and normal noise, latents are determined only up to a
// rotation (METHOD section 2). Curvature, a changing spread, and skewed or heavy-tailed noise determine it.

import { crossEdges, type LatentGraph } from '../causal/graph.js';
import { mean, moments } from '../metrics/vectors.js';

export interface Mechanism {
  readonly from: string;
  readonly to: string;
  /** Share of the effect's variance that a straight line on the cause explains. */
  readonly linear: number;
  /**
   * Share that a curve explains in addition to the line: correlation ratio over twenty bins, less `linear` and its
   * expectation by chance.
   */
  readonly curvature: number;
  /**
   * Correlation ratio of |residual| over the bins, less its expectation: how much the spread changes with the cause.
   */
  readonly spread: number;
  /** Maximum of |skewness| and |excess kurtosis| of the residual. */
  readonly nonNormal: number;
}

export const MECHANISM_BINS = 20;

/** Minimum values for a link to count as curved, as changing the spread, or as having noise that is not normal. */
export const NOTABLE_MECHANISM = { curvature: 0.02, spread: 0.02, nonNormal: 0.5 } as const;

/**
 * Returns the properties of all links between modalities, over subjects who have both modalities.
 * @param latents out-of-fold latents by node of the graph; NaN if a subject lacks the modality
 */
export function mechanisms(graph: Pick<LatentGraph, 'nodes' | 'edges'>, latents: readonly Float64Array[]): Mechanism[] {
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  return crossEdges(graph).map(({ from, to }) => {
    const [a, b] = [from, to].map((name) => latents[position.get(name)!]);
    const both = (_: number, row: number): boolean => !Number.isNaN(a[row]) && !Number.isNaN(b[row]);
    const [cause, effect] = [a.filter(both), b.filter(both)];
    return { from, to, ...mechanism(cause, effect) };
  });
}

export function mechanism(cause: Float64Array, effect: Float64Array): Omit<Mechanism, 'from' | 'to'> {
  const bins = equalBins(cause);
  const [fit, residual] = removeLine(cause, effect);
  const byBin = correlationRatio(bins, effect);
  const curved = removeMeans(bins, residual);
  const { skewness, excessKurtosis } = moments(curved);
  return {
    linear: fit,
    curvature: Math.max(0, byBin - fit),
    spread: correlationRatio(
      bins,
      curved.map((value) => Math.abs(value)),
    ),
    nonNormal: Math.max(Math.abs(skewness), Math.abs(excessKurtosis)),
  };
}

/** Returns the bin of every value. All bins have the same number of values. */
function equalBins(values: Float64Array): Uint8Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const bins = new Uint8Array(values.length);
  order.forEach((row, rank) => (bins[row] = Math.floor((rank * MECHANISM_BINS) / values.length)));
  return bins;
}

/** Returns r² and the residuals of the least-squares line. */
function removeLine(x: Float64Array, y: Float64Array): [number, Float64Array] {
  const [mx, my] = [mean(x), mean(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mx) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
    yy += (y[i] - my) ** 2;
  }
  const slope = xx > 0 ? xy / xx : 0;
  return [xx > 0 && yy > 0 ? xy ** 2 / (xx * yy) : 0, y.map((value, i) => value - my - slope * (x[i] - mx))];
}

function removeMeans(bins: Uint8Array, values: Float64Array): Float64Array {
  const means = binMeans(bins, values);
  return values.map((value, i) => value - means[bins[i]]);
}

/** Returns the share of variance between bins, corrected for its expectation by chance. */
function correlationRatio(bins: Uint8Array, values: Float64Array): number {
  const within = removeMeans(bins, values);
  const middle = mean(values);
  let [inside, all] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    inside += within[i] ** 2;
    all += (values[i] - middle) ** 2;
  }
  const n = values.length;
  return all > 0 && n > MECHANISM_BINS ? Math.max(0, 1 - inside / (n - MECHANISM_BINS) / (all / (n - 1))) : 0;
}

function binMeans(bins: Uint8Array, values: Float64Array): Float64Array {
  const sums = new Float64Array(MECHANISM_BINS);
  const counts = new Float64Array(MECHANISM_BINS);
  for (let i = 0; i < values.length; i++) {
    sums[bins[i]] += values[i];
    counts[bins[i]]++;
  }
  return sums.map((sum, b) => (counts[b] > 0 ? sum / counts[b] : 0));
}
