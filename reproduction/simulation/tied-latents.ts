// Draws latents of two modalities with a known graph, for images and series (METHOD section 10). Roots are uniform,
// since a monotone effect saturates for extreme causes. Effects are monotone, with heteroscedastic noise.

import type { RandomStream } from '../../src/random/random-stream.js';

export type Edge = readonly [cause: string, effect: string];

export interface TiedGraph {
  /** Names, causes before effects, and the first modality before the second. */
  readonly latents: readonly string[];
  /** Number of latents of the first modality. */
  readonly firstLatents: number;
  readonly edges: readonly Edge[];
}

export interface TiedLatents {
  /** Subjects × latents; mean 0, sd 1. */
  readonly z: Float64Array;
  /** Latents × latents, row child, column parent. */
  readonly adjacency: Int8Array;
}

/** Share of the variance of a child that its parents explain, for parents in the other modality and in the same. */
const ACROSS = 0.8;
const WITHIN = 0.5;

export function drawTiedLatents(
  random: RandomStream,
  subjects: number,
  { latents: names, firstLatents, edges }: TiedGraph,
): TiedLatents {
  const columns: Float64Array[] = [];
  const adjacency = new Int8Array(names.length ** 2);
  for (const [child, name] of names.entries()) {
    const causes = edges.filter(([, effect]) => effect === name).map(([cause]) => names.indexOf(cause));
    for (const cause of causes) adjacency[child * names.length + cause] = 1;
    const isAcross = causes.some((cause) => cause < firstLatents !== child < firstLatents);
    const parents = causes.map((cause) => columns[cause]);
    const root = (): Float64Array =>
      Float64Array.from({ length: subjects }, () => random.between(-Math.sqrt(3), Math.sqrt(3)));
    columns.push(parents.length === 0 ? root() : effect(random, parents, isAcross ? ACROSS : WITHIN));
  }
  const z = new Float64Array(subjects * names.length);
  for (const [k, column] of columns.entries()) column.forEach((value, row) => (z[row * names.length + k] = value));
  return { z, adjacency };
}

/** Returns a monotone sum of the parents plus heteroscedastic noise, mean 0, sd 1. @param share share of the parents */
function effect(random: RandomStream, parents: readonly Float64Array[], share: number): Float64Array {
  const count = parents[0].length;
  const sum = new Float64Array(count);
  for (const parent of parents) {
    const [slope, centre, steepness] = [
      random.sign() * random.between(0.7, 1.3),
      random.between(-0.5, 0.5),
      random.between(1, 2),
    ];
    parent.forEach((value, row) => (sum[row] += slope * (0.3 * value + Math.tanh(steepness * (value - centre)))));
  }
  const hidden = 16;
  const weights = parents.map(() => Float64Array.from({ length: hidden }, () => 1.5 * random.normal()));
  const biases = Float64Array.from({ length: hidden }, () => random.normal());
  const out = Float64Array.from({ length: hidden }, () => random.normal());
  const squashed = sum.map((_, row) =>
    out.reduce((total, weight, unit) => {
      const input = parents.reduce((value, parent, p) => value + parent[row] * weights[p][unit], biases[unit]);
      return total + weight * Math.tanh(input);
    }, 0),
  );
  const scale = whitened(squashed).map((value) => Math.exp(0.6 * value));
  const root = Math.sqrt(scale.reduce((total, value) => total + value * value, 0) / count);
  const mean = whitened(sum);
  return whitened(
    mean.map((value, row) => Math.sqrt(share) * value + (Math.sqrt(1 - share) * scale[row] * random.normal()) / root),
  );
}

function whitened(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance));
}
