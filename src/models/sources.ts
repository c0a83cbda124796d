// Leaves that feed a program: mini-batches gathered from resident data, and noise from Philox.

import type { Target } from '../compile/target.js';
import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { storedType } from '../data/stored.js';
import type { DataArray, DataFile, DataStretches } from '../graph/data-type.js';
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

/** What a leaf of a program's data holds. */
export type LeafData = DataArray | DataFile | DataStretches;

/** What is kept of modalities, in the study's order; standardised values where it is left out. */
type Kept = readonly Pick<ObservedValues, 'stored'>[];

/**
 * Mini-batches per group, standardised.
 * @param order int32 leaf `[runs or 1, batches, batch]` of row numbers; with tiles
 *   `[…, batches · tiles, batch / tiles]`
 * @param kept modalities whose stored numbers the program keeps as they are
 */
export function miniBatches(layout: LatentLayout, rows: number, order: Node, kept: Kept = []): Observed[] {
  const [runs, , batch] = order.shape;
  return layout.groups.map((group, g) => {
    const { members, observation } = group;
    const count = valueCount(observation);
    if (isStored(group, kept)) return storedBatches(group, g, rows, order, kept);
    const rowsOf = (name: string): Node =>
      reshape(gather(data(name, [rows, members.length * count]), order), [runs, members.length, count, batch]);
    const observed = observation.masked ? rowsOf(maskName(g)) : undefined;
    const present = observed && observation.absent && max(observed, [2], { keep: true });
    return { values: rowsOf(dataName(g)), observed, present };
  });
}

function isStored({ members }: ModalityGroup, kept: Kept): boolean {
  return members.some((m) => kept.at(m)?.stored);
}

/** Every member from leaves of its own: numbers of one have scales of their own, and may lie in a file of their own. */
function storedBatches(
  { members, observation }: ModalityGroup,
  g: number,
  rows: number,
  order: Node,
  kept: Kept,
): Observed {
  const each = members.map((m, position): Observed => {
    const stored = kept[m].stored;
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

/** Known latents of mini-batches per group, `[runs or 1, members, latents, batch]`. @param order as of `miniBatches` */
export function latentBatches({ groups }: LatentLayout, rows: number, order: Node): Node[] {
  const [runs, , batch] = order.shape;
  return groups.map(({ members, latents }, g) => {
    const own = data(latentName(g), [rows, members.length * latents]);
    return reshape(gather(own, order), [runs, members.length, latents, batch]);
  });
}

const MAX_TILE = 256;
const MIN_TILE = MAX_TILE / 2;

/** How an entry computes its mini-batches. */
export interface BatchCut {
  /** See `EntrySpec`. */
  readonly tiles: number;
  /** Parts whose noise is drawn as if each were a tile: the numbers are those of a device that cuts. */
  readonly parts: number;
}

/** For a loss that is a mean over subjects. */
export function cutOf(batch: number, { batches }: Target): BatchCut {
  const tiles = tilesOf(batch);
  return batches === 'whole' ? { tiles: 1, parts: tiles } : { tiles, parts: 1 };
}

/** Tiles small enough for a core's cache, of equal size. */
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

/** What the leaves of `latentBatches` hold, by name. @param latents rows × D */
export function latentData({ groups, offsets, latents: width }: LatentLayout, latents: Float32Array) {
  const rows = latents.length / width;
  return new Map(
    groups.map(({ members, latents: own }, g): [string, Float32Array] => {
      const table = (m: number): Float32Array =>
        Float32Array.from({ length: rows * own }, (_, at) => {
          return latents[Math.floor(at / own) * width + offsets[m] + (at % own)];
        });
      return [latentName(g), sideBySide(members, table, rows)];
    }),
  );
}

/**
 * What the leaves of `miniBatches` hold, by name.
 * @param modalities in the study's order, rows × values each; `miniBatches` is to be told of those that are stored
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
    const part = { width: valueCount(observation), count: rows };
    contents.set(
      dataName(g),
      members.length === 1 ? modalities[members[0]].values : joinedRows(members, (m) => modalities[m].values, part),
    );
    if (!observation.masked) return;
    contents.set(
      maskName(g),
      joinedRows(members, (m) => modalities[m].observed, part),
    );
  });
  return contents;
}

/** Values from which on tables are put side by side stretch by stretch: a copy of all would be as long as they are. */
const LONG_LEAF = 2 ** 24;
/** Of a stretch, about. */
const STRETCH = 2 ** 20;

type Rows = { readonly width: number; readonly count: number };

/** As `copyRows`, of all rows. */
function joinedRows(
  members: readonly number[],
  table: (modality: number) => Float32Array | Uint8Array | undefined,
  { width, count }: Rows,
): Float32Array | DataStretches {
  const stride = members.length * width;
  const length = count * stride;
  if (length < LONG_LEAF) {
    const joined = new Float32Array(length);
    copyRows(members, table, { width, count }, joined);
    return joined;
  }
  const step = Math.max(1, Math.floor(STRETCH / stride));
  return {
    type: 'float32',
    length,
    *stretches() {
      const stretch = new Float32Array(step * stride);
      for (let first = 0; first < count; first += step) {
        const own = { width, count: Math.min(step, count - first) };
        const from = (m: number) => table(m)?.subarray(first * width, (first + own.count) * width);
        copyRows(members, from, own, stretch);
        yield stretch.subarray(0, own.count * stride);
      }
    },
  };
}

/** Tables of a group's members side by side, as its leaf wants them. @param table of a modality, rows × columns */
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
 * Copies `count` rows of tables `width` wide side by side to the beginning of `target`.
 * @param table of a modality; ones where it has none: the mask of a modality without missing values
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

/** Philox noise; each name gets the next stream, so the order of requests is part of the program. */
export class PhiloxNoise implements NoiseSource {
  readonly #seeds: Node;
  readonly #streams = new Map<string, number>();
  readonly #first: number;
  readonly #parts: number;

  /**
   * @param seeds int32 leaf `[runs, 2]`
   * @param first first stream; programs that must not share noise start apart
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
