// Distance of an estimated graph from the true one: the pairs whose edges differ, and precision and recall of
// adjacencies and arrowheads (Spirtes et al. 2000; counted as in causal-learn and Tetrad).

import { InputError } from '../../errors/errors.js';
import { ARROW, checkCausalGraph, isAdjacent, isDirected, positions, type CausalGraph } from './causal-graph.js';

export interface Agreement {
  readonly precision: number;
  readonly recall: number;
}

export interface GraphComparison {
  /** Structural Hamming distance: pairs whose edges differ in presence or in a mark; a reversal counts once. */
  readonly distance: number;
  /** The same distance, but a reversal (→ against ←) counts twice. */
  readonly distanceReversalTwice: number;
  readonly missing: number;
  readonly extra: number;
  readonly reversed: number;
  /** Pairs adjacent in both graphs whose marks differ in another way, for example – against →. */
  readonly otherwiseMarked: number;
  readonly trueEdges: number;
  readonly estimatedEdges: number;
  /** Agreement of adjacencies. NaN if a denominator is 0. */
  readonly adjacency: Agreement;
  /** Agreement of arrowheads, each at its end of an edge. NaN if a denominator is 0. */
  readonly arrow: Agreement;
}

/**
 * Compares two graphs of the same variables, in any order. Contexts of the estimate that the truth does not have do not
 * count.
 * @throws InputError `variables-disagree`
 */
export function compareCausalGraphs(truth: CausalGraph, estimate: CausalGraph): GraphComparison {
  checkCausalGraph('compareCausalGraphs: truth', truth);
  checkCausalGraph('compareCausalGraphs: estimate', estimate);
  const known = new Set(truth.variables.map(({ name }) => name));
  const compared = estimate.variables.filter(({ name, context }) => context === undefined || known.has(name));
  const position = positions(estimate.variables);
  const place = truth.variables.map(({ name }) => position.get(name) ?? -1);
  if (place.includes(-1) || place.length !== compared.length) {
    const odd = truth.variables.find((_, i) => place[i] === -1)?.name;
    throw new InputError(
      'variables-disagree',
      odd === undefined
        ? `the true graph has ${place.length} variables, the estimated one ${compared.length}`
        : `the estimated graph has no variable '${odd}'; both must have the same variables`,
    );
  }
  const counts = { missing: 0, extra: 0, reversed: 0, otherwiseMarked: 0, trueEdges: 0, estimatedEdges: 0 };
  const arrows = { both: 0, truth: 0, estimate: 0 };
  const markAt = (graph: CausalGraph, i: number, j: number) => graph.marks[i * graph.variables.length + j];
  for (let i = 0; i < place.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [place[i], place[j]];
      const isTrue = isAdjacent(truth, i, j);
      const isEstimated = isAdjacent(estimate, a, b);
      if (isTrue) counts.trueEdges++;
      if (isEstimated) counts.estimatedEdges++;
      if (isTrue && !isEstimated) {
        counts.missing++;
      } else if (!isTrue && isEstimated) {
        counts.extra++;
      } else if (isTrue) {
        const isReversed =
          (isDirected(truth, i, j) && isDirected(estimate, b, a)) ||
          (isDirected(truth, j, i) && isDirected(estimate, a, b));
        const isSame = markAt(truth, i, j) === markAt(estimate, a, b) && markAt(truth, j, i) === markAt(estimate, b, a);
        if (isReversed) counts.reversed++;
        else if (!isSame) counts.otherwiseMarked++;
      }
      for (const [inTruth, inEstimate] of [
        [markAt(truth, i, j), markAt(estimate, a, b)],
        [markAt(truth, j, i), markAt(estimate, b, a)],
      ]) {
        if (inTruth === ARROW) arrows.truth++;
        if (inEstimate === ARROW) arrows.estimate++;
        if (inTruth === ARROW && inEstimate === ARROW) arrows.both++;
      }
    }
  }
  const distance = counts.missing + counts.extra + counts.reversed + counts.otherwiseMarked;
  const correct = counts.trueEdges - counts.missing;
  return {
    distance,
    distanceReversalTwice: distance + counts.reversed,
    ...counts,
    adjacency: { precision: correct / counts.estimatedEdges, recall: correct / counts.trueEdges },
    arrow: { precision: arrows.both / arrows.estimate, recall: arrows.both / arrows.truth },
  };
}
