// Whether the data determine each latent: Condition 4.3 tested on the estimate. Each refined restart is a search for a
// mixing inside the modalities that keeps likelihood and sparsity; one that ends as good as the chosen restart has
// found such a mixing, or the same latents.

import { meanCorrelation } from '../metrics/index.js';
import type { LatentLayout } from '../models/layout.js';
import type { RunReading } from './reading.js';

export interface Determination {
  /** Restarts that were compared, the chosen one included. */
  readonly restarts: number;
  /** Those of them that explain the validation subjects as well with as few edges, the chosen one included. */
  readonly equals: number;
  /** Per latent, the least |Spearman| with its match in an equally good restart; 1 when there is no other. */
  readonly agreement: readonly number[];
  /** Per latent: false when an equally good restart has a mixture in its place. */
  readonly determined: readonly boolean[];
}

export interface ScoredReading extends RunReading {
  /** Log-likelihood of each validation subject, in nats. */
  readonly logLikelihood: Float32Array;
  /** Open gates; 0 for a model without. */
  readonly openGates: number;
}

/** A latent that comes out of every equally good restart agrees by 0.997 at least: ten data sets (docs/science.md). */
const SAME = 0.98;
/** Restarts that end in the same latents differ in the log-likelihood by up to so many nats a subject */
const EQUAL_NATS = 0.01;
/**
 * or so many standard errors of the difference, paired by validation subject. There is no upper limit: few validation
 * subjects know no difference better than that, and latents that differ between such restarts are not determined.
 */
const EQUAL_STANDARD_ERRORS = 2;

/** @param readings the refined restarts @param chosen the one with the lowest objective */
export function determination(readings: readonly ScoredReading[], chosen: number, layout: LatentLayout): Determination {
  const best = readings[chosen];
  const living = readings.filter(({ alive }) => alive);
  const equals = living.filter((reading) => reading === best || isEqual(reading, best));
  const columns = layout.latents;
  const samples = ({ latents }: RunReading) => ({ values: latents, rows: latents.length / columns, columns });
  const shape = { modalities: layout.modalities.map((m) => m.latents) };
  const agreement = new Array<number>(columns).fill(1);
  for (const reading of equals) {
    if (reading === best) continue;
    const { perLatent } = meanCorrelation(samples(best), samples(reading), shape).spearman;
    perLatent.forEach((value, i) => (agreement[i] = Math.min(agreement[i], value)));
  }
  return {
    restarts: living.length,
    equals: equals.length,
    agreement,
    determined: agreement.map((value) => value >= SAME),
  };
}

/** Whether a restart keeps likelihood and sparsity. One validation subject tells no restarts apart. */
function isEqual(reading: ScoredReading, best: ScoredReading): boolean {
  if (reading.openGates > best.openGates) return false;
  const differences = best.logLikelihood.map((value, i) => value - reading.logLikelihood[i]);
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const square = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (differences.length === 1) return true;
  const standardError = Math.sqrt(square / (differences.length - 1) / differences.length);
  return mean <= Math.max(EQUAL_NATS, EQUAL_STANDARD_ERRORS * standardError);
}
