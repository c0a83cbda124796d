// Random columns for benchmarks of discovery, from standard normals or linear models, and the file for Python.

import { join } from 'node:path';
import type { DataColumn } from '../src/causal/discovery/index.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { encodeNpy } from '../src/files/npy.js';
import { seedKey, uniforms } from '../src/random/streams.js';

/** Returns standard normal columns (Box & Muller 1958). */
export function normals(rows: number, columns: number, key: { readonly seed: number; readonly stream: number }) {
  return Array.from({ length: columns }, (_, column) => {
    const draws = uniforms(seedKey(key.seed), key.stream, column, 2 * rows);
    return Float64Array.from(
      { length: rows },
      (__, row) => Math.sqrt(-2 * Math.log(draws[2 * row])) * Math.cos(2 * Math.PI * draws[2 * row + 1]),
    );
  });
}

export interface LinearDag {
  readonly rows: number;
  readonly variables: number;
  /** Probability of every edge. */
  readonly probability: number;
  readonly seed: number;
  /** Random stream of the noise. */
  readonly stream: number;
  /** Index of the graph among those of the seed. */
  readonly graph: number;
}

/** Draws columns from a linear model over a random DAG, with weights in ±[0.5, 1] and unit noise. */
export function randomLinearDag({ rows, variables, probability, seed, stream, graph }: LinearDag): DataColumn[] {
  const columns = normals(rows, variables, { seed, stream });
  const draws = uniforms(seedKey(seed), 2, graph, 2 * variables ** 2);
  for (const [effect, values] of columns.entries()) {
    for (let cause = 0; cause < effect; cause++) {
      const [chance, size] = draws.subarray(2 * (effect * variables + cause));
      if (chance >= probability) continue;
      const weight = size < 0.5 ? size - 1 : size;
      for (let row = 0; row < rows; row++) values[row] += weight * columns[cause][row];
    }
  }
  return columns.map((values, i) => ({ name: `v${i}`, values }));
}

/** Writes columns to a .npy file, columns × rows. @returns its path */
export async function saveColumns(columns: readonly DataColumn[], folder: string): Promise<string> {
  const rows = columns[0].values.length;
  const data = new Float64Array(columns.length * rows);
  for (const [i, { values }] of columns.entries()) data.set(values, i * rows);
  const path = join(folder, 'columns.npy');
  await writeFileAtomic(path, encodeNpy({ shape: [columns.length, rows], data }));
  return path;
}
