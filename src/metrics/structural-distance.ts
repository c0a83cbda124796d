// Structural Hamming distance between the true graph and the estimated one, after matching the latents.
// Edges between modalities and edges within one are counted separately: only the former matter for identifiability.

import { checkArgument } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';

/** Differences between two directed graphs, counted over pairs of latents. */
export interface EdgeDifferences {
  /** missing + extra + reversed. A reversal counts once (convention of causal-learn). */
  readonly distance: number;
  /** missing + extra + 2 · reversed (convention of the Causal Discovery Toolbox). */
  readonly distanceReversalTwice: number;
  readonly missing: number;
  readonly extra: number;
  readonly reversed: number;
  readonly trueEdges: number;
  readonly estimatedEdges: number;
}

export interface StructuralDistance {
  /** Pairs of latents of different modalities. */
  readonly cross: EdgeDifferences;
  /** Pairs of latents of one modality. */
  readonly within: EdgeDifferences;
  /** `cross` by modality. A pair counts for both of its modalities. */
  readonly perModality: readonly EdgeDifferences[];
  /** Number of estimated edges of a latent without a true partner. They are not counted elsewhere. */
  readonly unmatchedEdges: number;
}

/**
 * Returns the distance between adjacency matrices (rows children, columns parents, row-major, non-zero entries edges).
 * @param truth D × D over the true latents
 * @param estimate K × K over the estimated latents
 * @param matching estimated latent of each true one, −1 for none (its true edges count as missing)
 * @param layout true latents per modality, in total D
 * @throws InputError `shape-mismatch`, `invalid-matching`, `self-edge`, `not-finite`.
 */
export function structuralHammingDistance(
  truth: ArrayLike<number>,
  estimate: ArrayLike<number>,
  matching: ArrayLike<number>,
  layout: { modalities: readonly number[] },
): StructuralDistance {
  for (const [name, matrix] of Object.entries({ truth, estimate, matching })) {
    checkArgument(`structuralHammingDistance: ${name}`, matrix, 'numbers');
  }
  checkArgument('structuralHammingDistance: layout', layout, { modalities: ['number'] });
  const { modalities } = layout;
  const modality = modalities.flatMap((latents, m) => new Array<number>(latents).fill(m));
  const size = modality.length;
  checkAdjacency('true', truth, size);
  const estimatedSize = Math.round(Math.sqrt(estimate.length));
  checkAdjacency('estimated', estimate, estimatedSize);
  checkMatching(matching, size, estimatedSize);

  const aligned = (child: number, parent: number) => {
    const row = matching[child];
    const column = matching[parent];
    return row >= 0 && column >= 0 && estimate[row * estimatedSize + column] !== 0;
  };
  const cross = new DifferenceCounter();
  const within = new DifferenceCounter();
  const perModality = modalities.map(() => new DifferenceCounter());
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const isTrue: Pair = [truth[i * size + j] !== 0, truth[j * size + i] !== 0];
      const isEstimated: Pair = [aligned(i, j), aligned(j, i)];
      if (modality[i] === modality[j]) {
        within.add(isTrue, isEstimated);
        continue;
      }
      for (const counter of [cross, perModality[modality[i]], perModality[modality[j]]]) {
        counter.add(isTrue, isEstimated);
      }
    }
  }
  return {
    cross: cross.result(),
    within: within.result(),
    perModality: perModality.map((counter) => counter.result()),
    unmatchedEdges: countUnmatched(estimate, estimatedSize, matching),
  };
}

/** Whether each direction of a pair of latents is an edge. */
type Pair = readonly [boolean, boolean];

class DifferenceCounter {
  #missing = 0;
  #extra = 0;
  #reversed = 0;
  #trueEdges = 0;
  #estimatedEdges = 0;

  add(truth: Pair, estimate: Pair): void {
    this.#trueEdges += Number(truth[0]) + Number(truth[1]);
    this.#estimatedEdges += Number(estimate[0]) + Number(estimate[1]);
    const missing = Number(truth[0] && !estimate[0]) + Number(truth[1] && !estimate[1]);
    const extra = Number(estimate[0] && !truth[0]) + Number(estimate[1] && !truth[1]);
    if (missing === 1 && extra === 1) {
      this.#reversed++;
    } else {
      this.#missing += missing;
      this.#extra += extra;
    }
  }

  result(): EdgeDifferences {
    const [missing, extra, reversed] = [this.#missing, this.#extra, this.#reversed];
    const [trueEdges, estimatedEdges] = [this.#trueEdges, this.#estimatedEdges];
    const distance = missing + extra + reversed;
    const distanceReversalTwice = distance + reversed;
    return { distance, distanceReversalTwice, missing, extra, reversed, trueEdges, estimatedEdges };
  }
}

function checkAdjacency(side: string, adjacency: ArrayLike<number>, size: number): void {
  if (size < 1 || adjacency.length !== size * size) {
    throw new InputError(
      'shape-mismatch',
      `${side} adjacency has ${adjacency.length} entries; ${size} latents need ${size} × ${size} = ${size * size}`,
    );
  }
  for (let k = 0; k < adjacency.length; k++) {
    if (!Number.isFinite(adjacency[k])) {
      throw new InputError(
        'not-finite',
        `${side} adjacency: entry (${Math.floor(k / size)}, ${k % size}) is ${adjacency[k]}`,
      );
    }
  }
  for (let i = 0; i < size; i++) {
    if (adjacency[i * size + i] !== 0) {
      throw new InputError('self-edge', `${side} adjacency: latent ${i} is a parent of itself; the diagonal must be 0`);
    }
  }
}

function checkMatching(matching: ArrayLike<number>, size: number, estimatedSize: number): void {
  if (matching.length !== size) {
    throw new InputError('shape-mismatch', `the matching has ${matching.length} entries for ${size} true latents`);
  }
  const taken = new Set<number>();
  for (let i = 0; i < size; i++) {
    const partner = matching[i];
    if (!Number.isInteger(partner) || partner < -1 || partner >= estimatedSize || taken.has(partner)) {
      throw new InputError(
        'invalid-matching',
        `the matching gives true latent ${i} the estimated latent ${partner}; ` +
          `each must be −1 or a different latent below ${estimatedSize}`,
      );
    }
    if (partner >= 0) taken.add(partner);
  }
}

function countUnmatched(estimate: ArrayLike<number>, size: number, matching: ArrayLike<number>): number {
  const matched = new Set(Array.from(matching));
  let count = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (estimate[i * size + j] !== 0 && !(matched.has(i) && matched.has(j))) count++;
    }
  }
  return count;
}
