// Whether the data determine each latent: Condition 4.3 tested on the estimate. Each refined restart is a search for a mixing inside
// the modalities that keeps likelihood and sparsity; one that ends as good as the chosen restart has found one, or the same latents.

import { meanCorrelation } from '../metrics/index.js';
import type { LatentLayout } from '../models/layout.js';
import type { RunReading } from './reading.js';

export interface Determination {
  /** Restarts that were compared, the chosen one included. */
  readonly restarts: number;
  /** Those of them that explain the validation subjects as well, edges and all, the chosen one included. */
  readonly equals: number;
  /** Per latent, the least |Spearman| with its match in an equally good restart; 1 when there is no other. */
  readonly agreement: readonly number[];
  /** Per latent: false when an equally good restart has a mixture in its place. */
  readonly determined: readonly boolean[];
}

export interface ScoredReading extends RunReading {
  /** Log-likelihood of each validation subject, in nats. */
  readonly logLikelihood: Float32Array;
}

/** A latent that comes out of every equally good restart agrees by more. */
const SAME = 0.95;
/** Differences of the objective below so many nats a subject are those of chance between restarts that found the same. */
const EQUAL_NATS = 0.01;
/** … or so many standard errors of the difference, paired by validation subject. */
const EQUAL_STANDARD_ERRORS = 2;

/**
 * @param objectives of the restarts: negative log-likelihood of the validation subjects and the price of the edges; null for a dead one
 * @param chosen the restart with the lowest
 */
export function determination(
  readings: readonly ScoredReading[],
  objectives: readonly (number | null)[],
  chosen: number,
  layout: LatentLayout,
): Determination {
  const best = readings[chosen];
  const isEqual = (objective: number | null, run: number): boolean =>
    objective !== null &&
    objective - objectives[chosen]! <=
      Math.max(EQUAL_NATS, EQUAL_STANDARD_ERRORS * pairedError(best.logLikelihood, readings[run].logLikelihood));
  const equals = [...objectives.keys()].filter((run) => run === chosen || isEqual(objectives[run], run));
  const columns = layout.latents;
  const samples = ({ latents }: RunReading) => ({ values: latents, rows: latents.length / columns, columns });
  const shape = { modalities: layout.modalities.map((m) => m.latents) };
  const agreement = new Array<number>(columns).fill(1);
  for (const run of equals) {
    if (run === chosen) continue;
    const { perLatent } = meanCorrelation(samples(best), samples(readings[run]), shape).spearman;
    perLatent.forEach((value, i) => (agreement[i] = Math.min(agreement[i], value)));
  }
  return {
    restarts: objectives.filter((objective) => objective !== null).length,
    equals: equals.length,
    agreement,
    determined: agreement.map((value) => value >= SAME),
  };
}

/** Standard error of the mean difference. */
function pairedError(a: Float32Array, b: Float32Array): number {
  const mean = a.reduce((sum, value, i) => sum + value - b[i], 0) / a.length;
  const square = a.reduce((sum, value, i) => sum + (value - b[i] - mean) ** 2, 0);
  return Math.sqrt(square / (a.length - 1) / a.length);
}
