// The edges of observed causes in the graph of a fit: the open gates, with the direct effect of each.

import { causeNode, type CauseEdge } from '../causal/cause-nodes.js';
import type { LatentGraph } from '../causal/graph.js';
import { scaledNumber, termsAt, type Cause, type CauseScales } from '../data/causes.js';
import { quantileOf } from '../data/ranks.js';
import type { ParameterValues } from '../inference/inference.js';
import { LatentMechanisms } from '../inference/latent-mechanisms.js';
import { meanAndSd } from '../metrics/vectors.js';
import { latentLayout } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { blockPositions } from '../networks/shared-block.js';

/** Maximum number of subjects; each inverts a flow twice per edge. */
const MAX_SUBJECTS = 256;
/** Number of values of a number, evenly spread over its quantiles, at which its effect is read. */
const POINTS = 5;

/** Latents and terms of some subjects. */
interface MovedSubjects {
  /** Subjects × D. */
  readonly latents: Float32Array;
  /** Subjects × T. */
  readonly terms: Float32Array;
}

/**
 * Returns the graph with its observed causes. An edge is an open gate, and its effect is the mean change of the latent
 * while its parents and its noise stay, in standard deviations of the latent among these subjects.
 * @param causes of the data set
 */
export function withCauseEdges(
  graph: LatentGraph,
  causes: readonly Cause[],
  { model, parameters }: { readonly model: ModelConfig; readonly parameters: ParameterValues },
  { latents, terms }: MovedSubjects,
): LatentGraph {
  const layout = latentLayout(model.modalities);
  const positions = blockPositions(layout, model.shared);
  const mechanisms = new LatentMechanisms(model, parameters);
  const count = latents.length / layout.latents;
  const width = terms.length / count;
  const subjects = Array.from({ length: Math.min(count, MAX_SUBJECTS) }, (_, row) => {
    const z = new Float64Array(mechanisms.size);
    positions.forEach((position, at) => (z[position] = latents[row * layout.latents + at]));
    return { z, terms: Float64Array.from(terms.subarray(row * width, (row + 1) * width)) };
  });
  /** Returns the mean change of a latent between two values of a cause's terms, in its standard deviations. */
  const effectOf = (position: number, first: number, [low, high]: readonly [number[], number[]]): number => {
    const { sd } = meanAndSd(subjects.map(({ z }) => z[position]));
    const changes = subjects.map(({ z, terms: before }) => {
      const [at, above] = [low, high].map((values) => {
        const after = before.slice();
        after.set(values, first);
        return mechanisms.moved(position, z, z, { before, after });
      });
      return above - at;
    });
    return changes.reduce((sum, change) => sum + change, 0) / (changes.length * sd);
  };
  let first = 0;
  const causeEdges = causes.flatMap((cause) => {
    const start = first;
    first += cause.terms.length;
    return graph.nodes.flatMap(({ name: to }, node) => {
      const position = positions[node];
      const open = mechanisms.termsOf(position).filter((term) => term >= start && term < first);
      const edge = (level: string | undefined, moves: readonly (readonly [number[], number[]])[]): CauseEdge => {
        const effect = moves.reduce((sum, move) => sum + effectOf(position, start, move), 0) / moves.length;
        return {
          from: cause.name,
          ...(level !== undefined && { level }),
          to,
          ...(Number.isFinite(effect) && { effect }),
        };
      };
      if (cause.kind !== 'categorical') return open.length === 0 ? [] : [edge(undefined, movesOf(cause))];
      const reference = termsAt(cause, 0);
      return open.map((term) => {
        const level = term - start + 1;
        return edge(cause.levels![level], [[reference, termsAt(cause, level)]]);
      });
    });
  });
  return { ...graph, causes: causes.map(causeNode), causeEdges };
}

/** Returns terms half a standard deviation below and above several values of a number, in the scale of its terms. */
function movesOf(cause: Cause): (readonly [number[], number[]])[] {
  const scaled = Float64Array.from(cause.values, (value) => scaledNumber(cause, value));
  const sorted = scaled.slice().sort();
  const { sd } = meanAndSd(scaled);
  // A continuous number is its position in the scale.
  const plain: CauseScales = { ...cause, kind: 'continuous', levels: undefined };
  return Array.from({ length: POINTS }, (_, k) => {
    const middle = quantileOf(sorted, (k + 0.5) / POINTS);
    return [termsAt(plain, middle - sd / 2), termsAt(plain, middle + sd / 2)] as const;
  });
}
