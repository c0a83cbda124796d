// Leaves that feed a program: mini-batches gathered from resident data, and noise from Philox.

import type { Target } from '../compile/target.js';
import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { storedType } from '../data/stored.js';
import type { DataArray, DataFile, DataChunks } from '../graph/data-type.js';
import {
  broadcastTo,
  concat,
  data,
  gather,
  max,
  mul,
  randomNormal,
  randomUniform,
  reshape,
  type Node,
} from '../graph/index.js';
import type { LatentLayout, ModalityGroup } from './layout.js';
import type { NoiseSource } from './latent-prior.js';
import type { Observed } from './observation-network.js';

/** Contents of a leaf of a program's data. */
export type LeafData = DataArray | DataFile | DataChunks;

/** Stored numbers of modalities, in the study's order; undefined for modalities with standardised values. */
type StoredModalities = readonly Pick<ObservedValues, 'stored'>[];

/**
 * Returns standardised mini-batches per group.
 * @param order int32 leaf `[runs or 1, batches, batch]` of row numbers; with tiles
 *   `[…, batches · tiles, batch / tiles]`
 * @param stored modalities whose stored numbers the program holds in their stored type
 */
export function miniBatches(
  layout: LatentLayout,
  rows: number,
  order: Node,
  stored: StoredModalities = [],
): Observed[] {
  const [runs, , batch] = order.shape;
  return layout.groups.map((group, g) => {
    const { members, observation } = group;
    const count = valueCount(observation);
    if (isStored(group, stored)) return storedBatches(group, g, rows, order, stored);
    const rowsOf = (name: string): Node =>
      reshape(gather(data(name, [rows, members.length * count]), order), [runs, members.length, count, batch]);
    const observed = observation.masked ? rowsOf(maskName(g)) : undefined;
    const present = observed && observation.absent && max(observed, [2], { keep: true });
    return { values: rowsOf(dataName(g)), observed, present };
  });
}

function isStored({ members }: ModalityGroup, modalities: StoredModalities): boolean {
  return members.some((m) => modalities.at(m)?.stored);
}

/**
 * Gathers every member from separate leaves: stored numbers of different members have different scales and may lie in
 * different files.
 */
function storedBatches(
  { members, observation }: ModalityGroup,
  g: number,
  rows: number,
  order: Node,
  modalities: StoredModalities,
): Observed {
  const each = members.map((m, position): Observed => {
    const { stored } = modalities[m];
    const count = valueCount(observation);
    const [runs, , batch] = order.shape;
    const name = memberName(dataName(g), position);
    const leaf = data(name, [rows, count], stored ? storedType(stored.numbers) : 'float32');
    const values = reshape(gather(leaf, order, stored?.scale), [runs, 1, count, batch]);
    if (!observation.masked) return { values };
    const marks = memberName(maskName(g), position);
    const marked = (width: number): Node => reshape(gather(data(marks, [rows, width]), order), [runs, 1, width, batch]);
    if (!stored) {
      const observed = marked(count);
      return { values, observed, present: observation.absent && max(observed, [2], { keep: true }) };
    }
    const present = marked(1);
    const observed = broadcastTo(present, values.shape);
    return { values: mul(values, observed), observed, present: observation.absent && present };
  });
  const joined = (nodes: readonly (Node | undefined)[]): Node | undefined => {
    const known = nodes.filter((node) => node !== undefined);
    return known.length > 1 ? concat(known, 1) : known.at(0);
  };
  return {
    values: joined(each.map(({ values }) => values))!,
    observed: joined(each.map(({ observed }) => observed)),
    present: joined(each.map(({ present }) => present)),
  };
}

/**
 * Returns known latents of mini-batches per group, `[runs or 1, members, latents, batch]`.
 * @param order as for `miniBatches`
 */
export function latentBatches({ groups }: LatentLayout, rows: number, order: Node): Node[] {
  const [runs, , batch] = order.shape;
  return groups.map(({ members, latents }, g) => {
    const table = data(latentName(g), [rows, members.length * latents]);
    return reshape(gather(table, order), [runs, members.length, latents, batch]);
  });
}

const MAX_TILE = 256;
const MIN_TILE = MAX_TILE / 2;

/** How an entry computes its mini-batches. */
export interface BatchCut {
  /** Tiles of a mini-batch, see `EntrySpec`. */
  readonly tiles: number;
  /** Parts whose noise is drawn as if each were a tile, so that noise equals that of a device with tiles. */
  readonly parts: number;
}

/** Returns tiles and parts of a mini-batch, for a loss that is a mean over subjects. */
export function cutOf(batch: number, { batches }: Target): BatchCut {
  const tiles = tilesOf(batch);
  return batches === 'whole' ? { tiles: 1, parts: tiles } : { tiles, parts: 1 };
}

/** Returns the number of equal tiles that fit into a core's cache. */
function tilesOf(batch: number): number {
  for (let tiles = Math.ceil(batch / MAX_TILE); batch / tiles >= MIN_TILE; tiles++) {
    if (batch % tiles === 0) return tiles;
  }
  return 1;
}

export function dataName(group: number): string {
  return `x.${group}`;
}

export function maskName(group: number): string {
  return `observed.${group}`;
}

function memberName(leaf: string, position: number): string {
  return `${leaf}.${position}`;
}

function latentName(group: number): string {
  return `latents.${group}`;
}

/**
 * Returns the contents of the leaves of `latentBatches` by name.
 * @param latents rows × D
 */
export function latentData({ groups, offsets, latents: width }: LatentLayout, latents: Float32Array) {
  const rows = latents.length / width;
  return new Map(
    groups.map(({ members, latents: count }, g): [string, Float32Array] => {
      const table = (m: number): Float32Array =>
        Float32Array.from({ length: rows * count }, (_, at) => {
          return latents[Math.floor(at / count) * width + offsets[m] + (at % count)];
        });
      return [latentName(g), sideBySide(members, table, rows)];
    }),
  );
}

/**
 * Returns the contents of the leaves of `miniBatches` by name.
 * @param modalities in the study's order, rows × values each; pass the stored ones to `miniBatches`, too
 */
export function groupData(
  { groups }: LatentLayout,
  modalities: readonly ObservedValues[],
  rows: number,
): Map<string, LeafData> {
  const contents = new Map<string, LeafData>();
  groups.forEach((group, g) => {
    const { members, observation } = group;
    if (isStored(group, modalities)) {
      members.forEach((m, position) => {
        const { values, observed, stored } = modalities[m];
        contents.set(memberName(dataName(g), position), stored?.numbers ?? values);
        if (!observation.masked) return;
        const width = stored ? 1 : valueCount(observation);
        const marks = stored ? stored.present : observed;
        const leaf = marks ? Float32Array.from(marks) : new Float32Array(rows * width).fill(1);
        contents.set(memberName(maskName(g), position), leaf);
      });
      return;
    }
    const size = { width: valueCount(observation), count: rows };
    contents.set(
      dataName(g),
      members.length === 1 ? modalities[members[0]].values : joinedRows(members, (m) => modalities[m].values, size),
    );
    if (!observation.masked) return;
    contents.set(
      maskName(g),
      joinedRows(members, (m) => modalities[m].observed, size),
    );
  });
  return contents;
}

/**
 * Tables with at least this number of values are joined in chunks, because a copy of all rows would take the same
 * memory again.
 */
const MIN_CHUNKED = 2 ** 24;
/** Approximate number of values of a chunk. */
const CHUNK = 2 ** 20;

type Rows = { readonly width: number; readonly count: number };

/** Joins all rows of the tables of `members`, like `copyRows`. */
function joinedRows(
  members: readonly number[],
  table: (modality: number) => Float32Array | Uint8Array | undefined,
  { width, count }: Rows,
): Float32Array | DataChunks {
  const stride = members.length * width;
  const length = count * stride;
  if (length < MIN_CHUNKED) {
    const joined = new Float32Array(length);
    copyRows(members, table, { width, count }, joined);
    return joined;
  }
  const step = Math.max(1, Math.floor(CHUNK / stride));
  return {
    type: 'float32',
    length,
    *chunks() {
      const chunk = new Float32Array(step * stride);
      for (let first = 0; first < count; first += step) {
        const size = { width, count: Math.min(step, count - first) };
        const from = (m: number) => table(m)?.subarray(first * width, (first + size.count) * width);
        copyRows(members, from, size, chunk);
        yield chunk.subarray(0, size.count * stride);
      }
    },
  };
}

/**
 * Returns the tables of a group's members side by side, in the form of its leaf.
 * @param table returns the table of a modality, rows × columns
 */
export function sideBySide(
  members: readonly number[],
  table: (modality: number) => Float32Array,
  rows: number,
): Float32Array {
  if (members.length === 1) return table(members[0]);
  const width = table(members[0]).length / rows;
  const joined = new Float32Array(rows * members.length * width);
  copyRows(members, table, { width, count: rows }, joined);
  return joined;
}

/**
 * Copies `count` rows of tables with `width` columns side by side to the start of `target`.
 * @param table returns the table of a modality; undefined stands for ones, the mask of a modality without missing
 *   values
 */
export function copyRows(
  members: readonly number[],
  table: (modality: number) => Float32Array | Uint8Array | undefined,
  { width, count }: Rows,
  target: Float32Array,
): void {
  const stride = members.length * width;
  members.forEach((modality, position) => {
    const source = table(modality);
    for (let row = 0; row < count; row++) {
      const from = row * width;
      const to = row * stride + position * width;
      if (source) for (let column = 0; column < width; column++) target[to + column] = source[from + column];
      else target.fill(1, to, to + width);
    }
  });
}

/** Philox noise. Each new name receives the next stream, so the order of requests is part of the program. */
export class PhiloxNoise implements NoiseSource {
  readonly #seeds: Node;
  readonly #streams = new Map<string, number>();
  readonly #first: number;
  readonly #parts: number;

  /**
   * @param seeds int32 leaf `[runs, 2]`
   * @param first first stream; programs that must not share noise start at different streams
   * @param parts of the last axis of normal noise, see `BatchCut`
   */
  constructor(seeds: Node, first: number, parts = 1) {
    this.#seeds = seeds;
    this.#first = first;
    this.#parts = parts;
  }

  normal(name: string, shape: readonly number[]): Node {
    return randomNormal(shape, this.#stream(name), this.#seeds, { parts: this.#parts });
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
