// Leaves that feed a program: mini-batches gathered from resident data, and noise from Philox.

import { data, gather, randomNormal, randomUniform, reshape, type Node } from '../graph/index.js';
import type { LatentLayout, ModalityGroup } from './layout.js';
import type { NoiseSource } from './latent-prior.js';

/**
 * Mini-batches per group, `[runs or 1, members, columns, batch]`.
 * @param order int32 leaf `[runs or 1, batches, batch]` of row numbers; with tiles `[…, batches · tiles, batch / tiles]`
 */
export function miniBatches(layout: LatentLayout, rows: number, order: Node): Node[] {
  const [runs, , batch] = order.shape;
  return layout.groups.map((group, g) => {
    const leaf = data(dataName(g), [rows, group.members.length * group.columns]);
    return reshape(gather(leaf, order), [runs, group.members.length, group.columns, batch]);
  });
}

const LARGEST_TILE = 256;
const SMALLEST_TILE = LARGEST_TILE / 2;

/** Tiles of a mini-batch whose loss is a mean over subjects: small enough for a core's cache, of equal size. */
export function tilesOf(batch: number): number {
  for (let tiles = Math.ceil(batch / LARGEST_TILE); batch / tiles >= SMALLEST_TILE; tiles++) {
    if (batch % tiles === 0) return tiles;
  }
  return 1;
}

export function dataName(group: number): string {
  return `x.${group}`;
}

/**
 * Rows of a group as its data leaf wants them: members' columns side by side, `rows × (members · columns)`.
 * @param values per modality, rows × columns
 */
export function groupValues(layout: LatentLayout, group: number, values: readonly Float32Array[], rows: number) {
  const { members, columns } = layout.groups[group];
  if (members.length === 1) return values[members[0]];
  const joined = new Float32Array(rows * members.length * columns);
  copyGroupRows(layout.groups[group], values, 0, rows, joined);
  return joined;
}

/** Copies rows `start … start + count` of a group's modalities side by side to the beginning of `target`. */
export function copyGroupRows(
  { members, columns }: ModalityGroup,
  values: readonly Float32Array[],
  start: number,
  count: number,
  target: Float32Array,
): void {
  const width = members.length * columns;
  members.forEach((modality, position) => {
    const source = values[modality];
    for (let row = 0; row < count; row++) {
      const from = (start + row) * columns;
      const to = row * width + position * columns;
      for (let column = 0; column < columns; column++) target[to + column] = source[from + column];
    }
  });
}

/** Philox noise; each name gets the next stream, so the order of requests is part of the program. */
export class PhiloxNoise implements NoiseSource {
  readonly #seeds: Node;
  readonly #streams = new Map<string, number>();
  readonly #first: number;

  /** @param seeds int32 leaf `[runs, 2]` @param first first stream; programs that must not share noise start apart */
  constructor(seeds: Node, first: number) {
    this.#seeds = seeds;
    this.#first = first;
  }

  normal(name: string, shape: readonly number[]): Node {
    return randomNormal(shape, this.#stream(name), this.#seeds);
  }

  uniform(name: string, shape: readonly number[]): Node {
    return randomUniform(shape, this.#stream(name), this.#seeds, { sharedByTiles: true });
  }

  #stream(name: string): number {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const next = this.#first + this.#streams.size;
    this.#streams.set(name, next);
    return next;
  }
}
