// Pass: places buffers without a fixed offset by lifetime. Larger buffers come first, each in the tightest gap that is
// free during its life. A map may overwrite an input whose life ends there.

import type { Kernel } from './kernel.js';
import { orderOf, type Order } from './order.js';
import type { MemoryUse } from './spec.js';
import type { Buffer } from './value.js';

/** Tensors start on 64-byte boundaries. */
const ALIGNMENT = 16;

export interface MemoryPlan {
  /** Offset of every buffer that had none. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  /** Total elements of these buffers. */
  readonly size: number;
  /** Maximum of live elements: no plan with this order of kernels can be smaller. */
  readonly lowerBound: number;
}

interface Life {
  readonly size: number;
  start: number;
  end: number;
  /** The buffer whose memory this one reuses. */
  over?: Buffer;
  /** Positions of the kernels that touch it. `written` holds those that write it. */
  readonly touched: number[];
  readonly written: number[];
}

export const aligned = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

function livesOf(kernels: readonly Kernel[]): Map<Buffer, Life> {
  const lives = new Map<Buffer, Life>();
  kernels.forEach((kernel, position) => {
    for (const { buffer, written } of kernel.operands) {
      if (buffer.offset !== undefined) continue;
      const empty = { size: aligned(buffer.size), start: position, end: position, touched: [], written: [] };
      const life: Life = lives.get(buffer) ?? empty;
      lives.set(buffer, life);
      life.end = position;
      life.touched.push(position);
      if (written) life.written.push(position);
    }
  });
  return lives;
}

/**
 * Lets results of maps reuse the memory of operands that end there and are visited in the same order.
 * @param order if given, every other kernel that touched the operand must be ordered before the map
 */
function shareMemory(kernels: readonly Kernel[], lives: Map<Buffer, Life>, order: Order | undefined): void {
  kernels.forEach((kernel, position) => {
    const reused = new Set<Buffer>();
    for (const [written, read] of kernel.shareable) {
      const [target, source] = [lives.get(written.buffer), lives.get(read.buffer)];
      if (target === undefined || source === undefined || target.over !== undefined || reused.has(read.buffer)) {
        continue;
      }
      const whole = written.offset === 0 && read.offset === 0 && written.buffer.size === read.buffer.size;
      const readOnce = kernel.operands.filter(({ buffer }) => buffer === read.buffer).length === 1;
      if (!whole || !readOnce || target.start !== position || source.end !== position) continue;
      if (order && !source.touched.every((other) => other === position || order.isBefore(other, position))) continue;
      if (order && target.written.length > 1) continue;
      target.over = read.buffer;
      reused.add(read.buffer);
    }
  });
}

/** Returns the first owner of the memory that a buffer ends up in. */
function ownerOf(buffer: Buffer, lives: ReadonlyMap<Buffer, Life>): Buffer {
  let owner = buffer;
  for (let over = lives.get(owner)!.over; over !== undefined; over = lives.get(owner)!.over) owner = over;
  return owner;
}

/**
 * Plans the memory of all buffers without a fixed offset.
 * @param use `parallel`: memory is reused only if that makes no kernel wait for another
 */
export function planMemory(kernels: readonly Kernel[], use: MemoryUse = 'tight'): MemoryPlan {
  const lives = livesOf(kernels);
  const order = use === 'parallel' ? orderOf(kernels) : undefined;
  shareMemory(kernels, lives, order);
  const owners = new Map<Buffer, Life>();
  for (const [buffer, life] of lives) {
    const owner = ownerOf(buffer, lives);
    const merged = owners.get(owner);
    if (merged === undefined) {
      const { size, start, end, touched, written } = life;
      owners.set(owner, { size, start, end, touched: [...touched], written: [...written] });
    } else {
      merged.start = Math.min(merged.start, life.start);
      merged.end = Math.max(merged.end, life.end);
      merged.touched.push(...life.touched);
      merged.written.push(...life.written);
    }
  }
  const placed = place(owners, order ? disjointInOrder(order) : disjointInTime);
  const offsets = new Map<Buffer, number>();
  for (const buffer of lives.keys()) offsets.set(buffer, placed.offsets.get(ownerOf(buffer, lives))!);
  return { offsets, size: placed.size, lowerBound: peakSize([...owners.values()], kernels.length) };
}

function peakSize(lives: readonly Life[], end: number): number {
  const change = new Float64Array(end + 2);
  for (const { start, end: last, size } of lives) {
    change[start] += size;
    change[last + 1] -= size;
  }
  let [live, peak] = [0, 0];
  for (const difference of change) peak = Math.max(peak, (live += difference));
  return peak;
}

/** True if the life of one buffer ends before that of the other begins, in either order. */
type Disjoint = (one: Life, other: Life) => boolean;

const disjointInTime: Disjoint = (one, other) => one.end < other.start || other.end < one.start;

/** Like `disjointInTime`, for kernels that run in parallel unless one needs the other's results. */
function disjointInOrder(order: Order): Disjoint {
  const isBefore = (first: Life, second: Life): boolean =>
    first.end < second.start &&
    second.written.every((writer) => first.touched.every((toucher) => order.isBefore(toucher, writer)));
  return (one, other) => isBefore(one, other) || isBefore(other, one);
}

function place(lives: ReadonlyMap<Buffer, Life>, isDisjoint: Disjoint): { offsets: Map<Buffer, number>; size: number } {
  const offsets = new Map<Buffer, number>();
  /** Placed buffers, sorted by offset. */
  const placed: { offset: number; life: Life }[] = [];
  let size = 0;
  const order = [...lives].sort(([, a], [, b]) => b.size - a.size || a.start - b.start);
  for (const [buffer, life] of order) {
    let [best, tightest] = [-1, Infinity];
    let end = 0;
    for (const other of placed) {
      if (isDisjoint(other.life, life)) continue;
      const gap = other.offset - end;
      if (gap >= life.size && gap < tightest) [best, tightest] = [end, gap];
      end = Math.max(end, other.offset + other.life.size);
    }
    const offset = best >= 0 ? best : end;
    offsets.set(buffer, offset);
    insert(placed, { offset, life });
    size = Math.max(size, offset + life.size);
  }
  return { offsets, size };
}

function insert<T extends { readonly offset: number }>(sorted: T[], item: T): void {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].offset <= item.offset) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, item);
}
