// Computes the figures of an experiment from estimated latents and graph, on the held-out subjects of a simulation.

import type { Simulation } from '../../src/simulation/simulate.js';
import { evaluate, meanCorrelation, selectRows, type LatentTable } from '../../src/metrics/index.js';
import type { CompetingRestarts } from '../../src/training/stage-runner.js';
import type { Measures } from './record.js';

/** Latents and graph that a method estimates for a data set. */
export interface Estimate {
  /** Value of the swept setting, or '' for a method without one. */
  readonly setting: string;
  /**
   * Latents of all subjects, subjects × latents: a block per modality in order, or one block if the method does not
   * separate modalities.
   */
  readonly blocks: readonly { readonly latents: number; readonly values: ArrayLike<number> }[];
  /** Adjacency over all latents, row child, column parent. Absent for a method without a graph. */
  readonly adjacency?: ArrayLike<number>;
  /** Present for a method that chooses among restarts. */
  readonly restarts?: Restarts;
}

/** MCC (Spearman, within modalities) of the restart that validation chose, and of the best one by the truth. */
export interface Restarts {
  readonly chosen: number;
  readonly best: number;
}

/** Compares the restart that validation chose with the best one. Measures the refined restarts before the polish. */
export function measureRestarts(
  { z, modalities, latents }: Simulation,
  { rows, readings, chosen }: CompetingRestarts,
): Restarts {
  const columns = modalities.length * latents;
  const truth = selectRows({ values: z, rows: z.length / columns, columns }, rows);
  const layout = { modalities: modalities.map(() => latents) };
  const scores = readings.map(({ latents: values, alive }) =>
    alive ? meanCorrelation(truth, { values, rows: rows.length, columns }, layout).spearman.mean : 0,
  );
  return { chosen: scores[chosen], best: Math.max(...scores) };
}

/**
 * Compares an estimate with the truth on test subjects.
 * @param edges whether `shd` compares directed edges or the skeleton
 * @throws the errors of `evaluate`
 */
export function measure(
  simulation: Simulation,
  { blocks, adjacency }: Estimate,
  edges: 'directed' | 'skeleton' = 'directed',
): Measures {
  const { z, modalities, latents, split } = simulation;
  const width = modalities.length * latents;
  const graph = adjacency && { truth: simulation.adjacency, estimate: adjacency };
  const trueBlocks = blocks.length === modalities.length ? modalities.map(() => latents) : [width];
  const truth = heldOut(split.test, [{ values: z, latents: width }], trueBlocks, graph?.truth);
  const estimate = heldOut(
    split.test,
    blocks,
    blocks.map((block) => block.latents),
    graph?.estimate,
  );
  const { mcc, mccSpearman, chance, r2, structure } = evaluate(truth, estimate);
  const cross = structure?.cross;
  return {
    mcc: mccSpearman,
    chance: chance.mccSpearman.floor,
    mccPearson: mcc,
    r2,
    shd: cross ? cross.missing + cross.extra + (edges === 'directed' ? cross.reversed : 0) : null,
    reversed: cross?.reversed ?? null,
    trueEdges: cross?.trueEdges ?? null,
  };
}

/** Returns the blocks as a table of some rows. @param latents of each modality; their sum is that of all blocks */
export function heldOut(
  rows: Int32Array,
  blocks: Estimate['blocks'],
  latents: readonly number[],
  adjacency?: ArrayLike<number>,
): LatentTable {
  const columns = latents.reduce((sum, count) => sum + count, 0);
  const values = new Float64Array(rows.length * columns);
  let start = 0;
  for (const block of blocks) {
    for (const [i, row] of rows.entries()) {
      for (let j = 0; j < block.latents; j++) values[i * columns + start + j] = block.values[row * block.latents + j];
    }
    start += block.latents;
  }
  return {
    z: { values, rows: rows.length, columns },
    modalities: latents.map((count, m) => ({ name: `m${m + 1}`, latents: count })),
    adjacency,
  };
}
