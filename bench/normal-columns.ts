// Columns of standard normals for benchmarks of discovery, and the file from which Python reads such columns.

import { join } from 'node:path';
import type { DataColumn } from '../src/causal/discovery/index.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { encodeNpy } from '../src/files/npy.js';
import { seedKey, uniforms } from '../src/random/streams.js';

/** Box & Muller (1958). */
export function normals(rows: number, columns: number, key: { readonly seed: number; readonly stream: number }) {
  return Array.from({ length: columns }, (_, column) => {
    const draws = uniforms(seedKey(key.seed), key.stream, column, 2 * rows);
    return Float64Array.from(
      { length: rows },
      (__, row) => Math.sqrt(-2 * Math.log(draws[2 * row])) * Math.cos(2 * Math.PI * draws[2 * row + 1]),
    );
  });
}

/** @returns the path of a .npy file, columns × rows */
export async function saveColumns(columns: readonly DataColumn[], folder: string): Promise<string> {
  const rows = columns[0].values.length;
  const data = new Float64Array(columns.length * rows);
  for (const [i, { values }] of columns.entries()) data.set(values, i * rows);
  const path = join(folder, 'columns.npy');
  await writeFileAtomic(path, encodeNpy({ shape: [columns.length, rows], data }));
  return path;
}
