// Searches for maps, graph, and targets on moments, in threads of the native library.

import { availableParallelism } from 'node:os';
import { causeCode, causeMessage } from '../errors/cause.js';
import { DeviceError, InputError, NumericError } from '../errors/errors.js';
import type { NativeMomentSearch } from '../runtime/addon.js';
import { native } from '../runtime/native.js';
import type { MomentFit, MomentProblem } from './moment-problem.js';

interface MomentSearchOptions {
  /** Default: all cores. The result does not depend on it. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second with the finished share of the work, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Milliseconds between calls of `onProgress`. */
const PROGRESS_INTERVAL = 100;

/**
 * Returns the distinct local optima that were found, and near-ties, the best first. A near-tie is one change of an edge
 * or a gate away from an optimum, and worse by at most 0.02 nats. Fits that add edges or gates to a better one are left
 * out. Two optima are distinct if a latent or the structure differs, apart from order and signs of the latents within a
 * modality. The cost does not depend on the number of subjects, and the result neither on threads nor on time.
 *
 * @throws InputError `invalid-argument`; NumericError `not-finite` if a covariance has no inverse; DeviceError
 *   `native-missing`, `out-of-memory`; the signal's reason; what `onProgress` throws
 */
export async function searchMoments(
  problem: MomentProblem,
  { threads = availableParallelism(), signal, onProgress }: MomentSearchOptions = {},
): Promise<readonly MomentFit[]> {
  signal?.throwIfAborted();
  const search = begin(problem);
  let thrown: { readonly error: unknown } | undefined;
  const stop = (): void => search.stop();
  const report = (): void => {
    try {
      onProgress!(search.progress);
    } catch (error) {
      thrown = { error };
      stop();
    }
  };
  signal?.addEventListener('abort', stop);
  const timer = onProgress && setInterval(report, PROGRESS_INTERVAL);
  try {
    return await search.run(threads);
  } catch (error) {
    signal?.throwIfAborted();
    throw thrown ? thrown.error : translated(error);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * Returns the log likelihood of given maps and structure, nats per subject, and its gradient with respect to the maps,
 * D × D, 0 outside the blocks.
 * @throws as `searchMoments`
 */
export function momentLikelihood(
  problem: MomentProblem,
  { maps, edges, gates }: Pick<MomentFit, 'maps' | 'edges' | 'gates'>,
): { readonly likelihood: number; readonly gradient: Float64Array } {
  const search = begin(problem);
  try {
    const { cost, gradient } = search.evaluate(maps, edges, gates);
    return { likelihood: -cost, gradient: gradient.map((value) => -value) };
  } catch (error) {
    throw translated(error);
  }
}

function begin(problem: MomentProblem): NativeMomentSearch {
  const { blocks, gates, allowedGates, known, order, starts = [] } = problem;
  const { MomentSearch } = native();
  try {
    return new MomentSearch({
      ...problem,
      blocks: Uint32Array.from(blocks),
      gates: gates.map((gate) => ({
        effect: gate.effect,
        members: Uint32Array.from(gate.effect === 'shift' ? gate.terms : gate.environments),
      })),
      orderIsFree: order === 'free',
      known: known ?? new Uint8Array(allowedGates.length),
      starts,
    });
  } catch (error) {
    throw translated(error);
  }
}

/** Returns an error of the class that matches the code of a native error. */
function translated(error: unknown): unknown {
  const code = causeCode(error);
  const message = causeMessage(error);
  if (code === 'invalid-argument') return new InputError(code, message, {}, error);
  if (code === 'not-finite') {
    const remedy = 'An environment has too few subjects, or columns that determine each other';
    return new NumericError(code, `The Gaussian start failed: ${message}. ${remedy}`, {}, error);
  }
  if (code === 'out-of-memory') return new DeviceError(code, message, {}, error);
  return error;
}
