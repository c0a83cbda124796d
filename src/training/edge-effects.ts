// Signed effects of the edges of a fit's graph: how far the child moves when its parent moves, by the fitted flow, as
// `intervene` computes it. Strengths P, in contrast, measure without a sign how much a noise depends on a parent.

import type { LatentGraph } from '../causal/graph.js';
import { LatentMechanisms } from '../inference/latent-mechanisms.js';
import type { ParameterValues } from '../inference/inference.js';
import { latentLayout } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { blockPositions } from '../networks/shared-block.js';
import { meanAndSd } from '../metrics/vectors.js';

/** Maximum number of subjects over all edges together; each inverts a flow twice. */
const MAX_MOVES = 50_000;
const MAX_SUBJECTS = 512;
const MIN_SUBJECTS = 16;

/**
 * Returns the graph with the `effect` of every edge. The effect is the mean over subjects of the child's change when
 * the parent moves from half a standard deviation below its value to half above, in standard deviations of the child.
 * All other parents and the child's noise stay. So it is the direct effect: the path coefficient of a linear model. An
 * edge has no `effect` if its child or its parent does not vary.
 * @param latents subjects × D
 * @param terms of the subjects' observed causes, subjects × T. Default: the reference
 */
export function withEffects(
  graph: LatentGraph,
  config: ModelConfig,
  parameters: ParameterValues,
  latents: Float32Array,
  terms?: Float32Array,
): LatentGraph {
  if (graph.edges.length === 0) return graph;
  const layout = latentLayout(config.modalities);
  const positions = blockPositions(layout, config.shared);
  const mechanisms = new LatentMechanisms(config, parameters);
  const affordable = Math.max(MIN_SUBJECTS, Math.floor(MAX_MOVES / graph.edges.length));
  const rows = Math.min(latents.length / layout.latents, MAX_SUBJECTS, affordable);
  const subjects = Array.from({ length: rows }, (_, row) => {
    const z = new Float64Array(mechanisms.size);
    positions.forEach((position, at) => (z[position] = latents[row * layout.latents + at]));
    return z;
  });
  const count = latents.length / layout.latents;
  const width = (terms?.length ?? 0) / count;
  const termsOf = (row: number) => terms?.subarray(row * width, (row + 1) * width);
  const sds = Array.from({ length: mechanisms.size }, (_, i) => meanAndSd(subjects.map((z) => z[i])).sd);
  const placeOf = new Map(graph.nodes.map(({ name }, at) => [name, positions[at]]));
  const effectOf = (parent: number, child: number): number => {
    const half = sds[parent] / 2;
    const moves = subjects.map((z, row) => {
      const intact = { before: termsOf(row), after: termsOf(row) };
      const [below, above] = [-half, half].map((by) => {
        const moved = z.slice();
        moved[parent] += by;
        return mechanisms.moved(child, z, moved, intact);
      });
      return above - below;
    });
    return moves.reduce((sum, move) => sum + move, 0) / (rows * sds[child]);
  };
  const edges = graph.edges.map((edge) => {
    const [parent, child] = [placeOf.get(edge.from)!, placeOf.get(edge.to)!];
    const effect = sds[parent] > 0 && sds[child] > 0 ? effectOf(parent, child) : NaN;
    return Number.isFinite(effect) ? { ...edge, effect } : edge;
  });
  return { ...graph, edges };
}
