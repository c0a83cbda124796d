// Data of linear models in several environments, for tests.

import type { CausalGraph } from '../../src/causal/discovery/causal-graph.js';
import type { DataColumn } from '../../src/causal/discovery/index.js';
import { generator, normals } from '../fixtures/numbers.js';
import { causesFirst, parentsIn } from './all-dags.js';

export interface Intervention {
  /** `perfect` cuts the parents off; `shift`, `variance`, and `slope` change one part of the mechanism. */
  readonly kind?: 'perfect' | 'shift' | 'variance' | 'slope';
}

/**
 * Returns columns, and environments with their targets. Weights are ±[0.5, 1.5], and noise has deviation 1. A target of
 * a perfect intervention has mean 0 and deviation 0.5. Slopes are multiplied by 2.5, because other signs would leave
 * the distribution of the target as it is.
 * @param targets targets of the environments e0, e1, …
 * @param size rows of each environment
 */
export function sample(
  dag: CausalGraph,
  targets: readonly (readonly number[])[],
  size: number,
  seed: number,
  { kind = 'perfect' }: Intervention = {},
) {
  const next = generator(seed);
  const normal = normals(next);
  const weights = dag.variables.map((_, i) =>
    parentsIn(dag, i).map((parent) => [parent, (0.5 + next()) * (next() < 0.5 ? -1 : 1)] as const),
  );
  const values = dag.variables.map(() => new Float64Array(size * targets.length));
  const order = causesFirst(dag);
  for (let row = 0; row < size * targets.length; row++) {
    const target = targets[Math.floor(row / size)];
    for (const i of order) {
      const change = target.includes(i) ? kind : 'none';
      const deviation = change === 'perfect' ? 0.5 : change === 'variance' ? 2 : 1;
      const slope = change === 'perfect' ? 0 : change === 'slope' ? 2.5 : 1;
      const natural = weights[i].reduce((sum, [parent, weight]) => sum + slope * weight * values[parent][row], 0);
      values[i][row] = natural + (change === 'shift' ? 1.5 : 0) + deviation * normal();
    }
  }
  const columns = dag.variables.map(({ name }, i): DataColumn => ({ name, values: values[i] }));
  const environments = {
    levels: targets.flatMap((_, e) => Array.from({ length: size }, () => `e${e}`)),
    targets: Object.fromEntries(targets.map((target, e) => [`e${e}`, target.map((i) => dag.variables[i].name)])),
  };
  return { columns, environments };
}
