// Latents of linear Gaussian graphs under interventions, mixed linearly within each modality, and scores of a fit
// against the truth.

import type { Cause, CauseEffect } from '../../src/data/causes.js';
import { meanCorrelation } from '../../src/metrics/index.js';
import type { MomentFit } from '../../src/moments/moment-problem.js';
import { RandomStream } from '../../src/random/random-stream.js';

export interface InterventionalData {
  readonly latents: number;
  readonly modalities: readonly { readonly name: string; readonly latents: number }[];
  /** Standardised, rows × latents. */
  readonly z: Float64Array;
  /** Whitened, rows × latents. */
  readonly values: Float32Array;
  readonly subjects: Int32Array;
  readonly causes: readonly Cause[];
  /** Latents × latents, row child. */
  readonly edges: Uint8Array;
  /** Latents that a level acts on, by level. */
  readonly targets: readonly (readonly number[])[];
}

export interface Design {
  readonly seed: number;
  readonly rows: number;
  /** Latents of each modality. */
  readonly blocks: readonly number[];
  /** Parents and their coefficients by latent; parents come first. Default coefficients: random. */
  readonly parents: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  /** What the levels do. */
  readonly kind: CauseEffect;
  /** True for edges of one strength and noise of one variance. */
  readonly isEven?: boolean;
}

/** Simulates levels of equal size, of which 0 is the reference. */
export function interventionalData({ seed, rows, blocks, parents, targets, kind, isEven }: Design): InterventionalData {
  const random = new RandomStream(seed, 1);
  const latents = parents.length;
  const levels = targets.length + 1;
  const levelOf = Int32Array.from(random.permutation(rows), (row) => row % levels);
  const coefficients = parents.map((list) => list.map(() => (isEven ? 0.9 : random.sign() * random.between(0.6, 1.2))));
  const spread = parents.map(() => (isEven ? 1 : random.between(0.7, 1.2)));
  const moved = targets.map((list) => list.map(() => random.sign() * random.between(1, 2)));
  const widened = targets.map((list) => list.map(() => random.between(1, 1.4)));
  const z = new Float64Array(rows * latents);
  for (let row = 0; row < rows; row++) {
    const level = levelOf[row] - 1;
    for (let i = 0; i < latents; i++) {
      const noise = random.normal();
      const expected = parents[i].reduce((sum, j, k) => sum + coefficients[i][k] * z[row * latents + j], 0);
      const hit = level < 0 ? -1 : targets[level].indexOf(i);
      z[row * latents + i] =
        hit >= 0 && kind === 'perfect'
          ? moved[level][hit] + widened[level][hit] * noise
          : expected + spread[i] * noise + (hit >= 0 ? moved[level][hit] * spread[i] : 0);
    }
  }
  return observed(z, levelOf, { seed, blocks, parents, targets, kind });
}

/** Standardises latents, mixes those of each modality, and names the levels. */
export function observed(
  z: Float64Array,
  levelOf: Int32Array,
  { seed, blocks, parents, targets, kind }: Omit<Design, 'rows'>,
): InterventionalData {
  const latents = parents.length;
  const rows = levelOf.length;
  for (let i = 0; i < latents; i++) standardise(z, i, latents);
  const edges = new Uint8Array(latents * latents);
  parents.forEach((list, i) => list.forEach((j) => (edges[i * latents + j] = 1)));
  const levels = ['control', ...targets.map((_, i) => `level ${i + 1}`)];
  const cause: Cause = {
    name: 'treatment',
    kind: 'categorical',
    levels,
    assigned: true,
    effect: kind,
    terms: levels.slice(1).map((level) => ({ level })),
    values: Float64Array.from(levelOf),
  };
  return {
    latents,
    modalities: blocks.map((count, m) => ({ name: `m${m + 1}`, latents: count })),
    z,
    values: mixed(z, blocks, new RandomStream(seed, 2)),
    subjects: Int32Array.from({ length: rows }, (_, row) => row),
    causes: targets.length > 0 ? [cause] : [],
    edges,
    targets,
  };
}

export function standardise(z: Float64Array, column: number, columns: number): void {
  const rows = z.length / columns;
  let [sum, squares] = [0, 0];
  for (let row = 0; row < rows; row++) sum += z[row * columns + column];
  for (let row = 0; row < rows; row++) squares += (z[row * columns + column] - sum / rows) ** 2;
  for (let row = 0; row < rows; row++) {
    z[row * columns + column] = (z[row * columns + column] - sum / rows) / Math.sqrt(squares / rows);
  }
}

/** Mixes the latents of each modality by a random matrix, and whitens the mixtures (Gram and Schmidt, by column). */
function mixed(z: Float64Array, blocks: readonly number[], random: RandomStream): Float32Array {
  const latents = blocks.reduce((sum, block) => sum + block, 0);
  const rows = z.length / latents;
  const columns: Float64Array[] = [];
  let first = 0;
  for (const count of blocks) {
    const block: Float64Array[] = [];
    for (let i = 0; i < count; i++) {
      const weights = Array.from({ length: count }, () => random.normal());
      const column = new Float64Array(rows);
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j < count; j++) column[row] += weights[j] * z[row * latents + first + j];
      }
      for (const other of block) {
        const overlap = column.reduce((sum, value, row) => sum + value * other[row], 0) / rows;
        for (let row = 0; row < rows; row++) column[row] -= overlap * other[row];
      }
      standardise(column, 0, 1);
      block.push(column);
    }
    columns.push(...block);
    first += count;
  }
  const values = new Float32Array(rows * latents);
  columns.forEach((column, i) => column.forEach((value, row) => (values[row * latents + i] = value)));
  return values;
}

export interface Score {
  /** Mean correlation of the latents with the true ones. */
  readonly mcc: number;
  /** Pairs of latents whose edge differs from the truth. */
  readonly shd: number;
  /** Open gates, and those of them that are right. */
  readonly open: number;
  readonly right: number;
}

export function scoreOf(data: InterventionalData, { maps, edges, gates }: MomentFit): Score {
  const { latents, z, values } = data;
  const rows = data.subjects.length;
  const estimate = new Float64Array(rows * latents);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < latents; i++) {
      for (let j = 0; j < latents; j++) {
        estimate[row * latents + i] += maps[i * latents + j] * values[row * latents + j];
      }
    }
  }
  const table = (of: Float64Array) => ({ values: of, rows, columns: latents });
  const modalities = data.modalities.map((modality) => modality.latents);
  const { mean, matching } = meanCorrelation(table(z), table(estimate), { modalities }).pearson;
  const edge = (i: number, j: number): number => edges[matching[i] * latents + matching[j]];
  const isTrue = (i: number, j: number): number => data.edges[i * latents + j];
  let shd = 0;
  for (let i = 0; i < latents; i++) {
    for (let j = 0; j < i; j++) if (edge(i, j) !== isTrue(i, j) || edge(j, i) !== isTrue(j, i)) shd++;
  }
  const open = gates.reduce((sum, gate) => sum + gate, 0);
  const right = data.targets.flatMap((list, g) => list.map((i): number => gates[g * latents + matching[i]]));
  return { mcc: mean, shd, open, right: right.reduce((sum, gate) => sum + gate, 0) };
}
