// Tests whether the data determine each latent: Condition 4.3, applied to the estimate. Each refined restart searches
// for a mixing within modalities that keeps likelihood and sparsity. A restart that is as good as the chosen one has
// found such a mixing, or the same latents.

import { meanCorrelation } from '../metrics/index.js';
import type { LatentLayout } from '../networks/layout.js';
import type { RestartReading } from './reading.js';

export interface Determination {
  /** Number of compared restarts, including the chosen one. */
  readonly restarts: number;
  /** Number of equally good restarts, including the chosen one. */
  readonly equals: number;
  /**
   * Per latent, the minimum |Spearman| with its match in an equally good restart. If there is no other, nothing was
   * compared, and this and `determined` are left out.
   */
  readonly agreement?: readonly number[] | undefined;
  /** Per latent: false if an equally good restart has a mixture instead. */
  readonly determined?: readonly boolean[] | undefined;
}

export interface ScoredReading extends RestartReading {
  /** Log-likelihood of each validation subject, in nats. */
  readonly logLikelihood: Float32Array;
  /** Number of open gates; 0 for a model without gates. */
  readonly openGates: number;
}

/**
 * Minimum agreement of a determined latent. In ten data sets, latents that every equally good restart found had an
 * agreement of at least 0.997 (docs/explanation/science.md).
 */
export const SAME = 0.98;
/** Maximum difference in log-likelihood, in nats per subject, of restarts that count as equally good. */
export const EQUAL_NATS = 0.01;
/**
 * The same limit in standard errors of the difference, paired by validation subject; the larger limit counts. It has no
 * upper bound: few validation subjects cannot measure the difference more exactly, and latents that differ between such
 * restarts are not determined.
 */
export const EQUAL_STANDARD_ERRORS = 2;

/**
 * Returns which latents the data determine, as far as equally good restarts can show it.
 * @param readings the refined restarts
 * @param chosen the restart with the lowest objective
 * @param areEqual true if the scores of all restarts, which include the price of edges, are equally good. Default:
 *   those are equally good that explain the validation subjects as well with as few edges
 */
export function determination(
  readings: readonly ScoredReading[],
  chosen: number,
  layout: LatentLayout,
  areEqual = false,
): Determination {
  const best = readings[chosen];
  const living = readings.filter(({ alive }) => alive);
  const equals = living.filter((reading) => areEqual || reading === best || isEqual(reading, best));
  const counts = { restarts: living.length, equals: equals.length };
  if (equals.length < 2) return counts;
  const columns = layout.latents;
  const samples = ({ latents }: RestartReading) => ({ values: latents, rows: latents.length / columns, columns });
  const shape = { modalities: layout.modalities.map((m) => m.latents) };
  const agreement = new Array<number>(columns).fill(1);
  for (const reading of equals) {
    if (reading === best) continue;
    const { perLatent } = meanCorrelation(samples(best), samples(reading), shape).spearman;
    perLatent.forEach((value, i) => (agreement[i] = Math.min(agreement[i], value)));
  }
  return { ...counts, agreement, determined: agreement.map((value) => value >= SAME) };
}

/**
 * True if a restart keeps likelihood and sparsity. A single validation subject is too few to tell likelihoods apart.
 */
function isEqual(reading: ScoredReading, best: ScoredReading): boolean {
  if (reading.openGates > best.openGates) return false;
  const differences = best.logLikelihood.map((value, i) => value - reading.logLikelihood[i]);
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const square = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (differences.length === 1) return true;
  const standardError = Math.sqrt(square / (differences.length - 1) / differences.length);
  return mean <= Math.max(EQUAL_NATS, EQUAL_STANDARD_ERRORS * standardError);
}
