// From estimated latents and graph to the figures of an experiment, on the held-out subjects of a simulation.

import type { Simulation } from '../simulation/simulate.js';
import { evaluate, meanCorrelation, selectRows, type LatentTable } from '../metrics/index.js';
import type { CompetingRestarts } from '../training/stage-runner.js';
import type { Measures } from './record.js';

/** What a method estimates for every subject of a data set. */
export interface Estimate {
  /** Value of a swept setting; '' for a method without one. */
  readonly setting: string;
  /**
   * One block of latents per modality in order, or a single one of a method that knows no modalities: subjects ×
   * latents.
   */
  readonly blocks: readonly { readonly latents: number; readonly values: ArrayLike<number> }[];
  /** Row child, column parent, over all latents; left out by a method without a graph. */
  readonly adjacency?: ArrayLike<number>;
  /** Of a method that chooses among restarts. */
  readonly restarts?: Restarts;
}

/** MCC (Spearman, within modalities) of the restart that the fit chose without the truth, and of the best one. */
export interface Restarts {
  readonly chosen: number;
  readonly best: number;
}

/** The price of choosing by validation: the refined restarts as they were before the polish. */
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
 * @param edges what `shd` counts: edges with their direction, or the skeleton alone
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

/** Blocks as tables of some rows. @param latents of each modality, together those of all blocks */
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
