// A column of numbers that grows, block by block: in memory while its table is short, in a temporary file from then on.

import { NumberSpill } from './number-spill.js';
import type { Column, ReadNumbers } from './table.js';

/** What makes a table long, for tests to change: numbers of all its columns together; 64 MiB. */
export const longTable = { from: 2 ** 23 };
/** Rows of the first and of the longest block: what grows is the list of blocks, so that no number is kept twice. */
const FIRST_BLOCK = 8;
const LONGEST_BLOCK = 2 ** 14;

/** Where the columns of one table go when it is long. */
export class SpillPlace {
  /** Rows from which on they go there. */
  readonly from: number;
  #spill: NumberSpill | 'none' | undefined;

  constructor(columns: number) {
    this.from = Math.max(LONGEST_BLOCK, Math.floor(longTable.from / Math.max(1, columns)));
  }

  /** Undefined where there is no such place: numbers stay in memory. */
  get file(): NumberSpill | undefined {
    this.#spill ??= NumberSpill.open() ?? 'none';
    return this.#spill === 'none' ? undefined : this.#spill;
  }
}

interface Written {
  readonly file: NumberSpill;
  readonly place: number;
  readonly length: number;
}

export class SpillingBlocks {
  /** Those before the block, in memory; after what was written. */
  #blocks: Float64Array[] = [];
  #written: Written[] = [];
  #next = 0;
  #rows = 0;
  readonly #firstBlock: number;
  readonly #place: SpillPlace | undefined;
  /** What is filled at present; where it is full, `room` gives another one. */
  #block = new Float64Array(0);

  /** @param rows that are expected */
  constructor({ rows = FIRST_BLOCK, place }: { readonly rows?: number; readonly place?: SpillPlace | undefined }) {
    this.#firstBlock = rows;
    this.#place = place;
  }

  get rows(): number {
    return this.#rows;
  }

  /** A block with room for the next number, at `at`; `push` then counts it. */
  room(): Float64Array {
    if (this.#next === this.#block.length) this.#grow();
    return this.#block;
  }

  get at(): number {
    return this.#next;
  }

  count(): void {
    this.#next++;
    this.#rows++;
  }

  push(value: number): void {
    this.room()[this.#next] = value;
    this.count();
  }

  /** Whether numbers were written to a file. */
  get isSpilled(): boolean {
    return this.#written.length > 0;
  }

  /** Numbers that there is memory for. */
  get inMemory(): number {
    return this.#blocks.reduce((sum, block) => sum + block.length, 0);
  }

  /** All numbers; where some are in a file, in `into` or in an array of their own at each call. */
  numbers(into?: Float64Array): Float64Array {
    const blocks = this.#blocks;
    if (!this.isSpilled && blocks.length === 1 && blocks[0].length === this.#rows) return blocks[0];
    const numbers = into ?? new Float64Array(this.#rows);
    let first = 0;
    for (const { file, place, length } of this.#written) {
      file.read(place, numbers.subarray(first, first + length));
      first += length;
    }
    for (const block of blocks) {
      numbers.set(block.subarray(0, this.#rows - first), first);
      first += block.length;
    }
    return numbers;
  }

  #grow(): void {
    if (this.#place && this.#rows >= this.#place.from && this.#writeAll(this.#place)) {
      this.#blocks = [this.#block];
      this.#next = 0;
      return;
    }
    const length = this.#rows === 0 ? this.#firstBlock : Math.min(Math.max(FIRST_BLOCK, this.#rows), LONGEST_BLOCK);
    this.#block = new Float64Array(length);
    this.#blocks.push(this.#block);
    this.#next = 0;
  }

  /** All blocks, which are full; the last one's memory is free then. @returns false where that cannot be */
  #writeAll({ file }: SpillPlace): boolean {
    if (!file) return false;
    while (this.#blocks.length > 0) {
      const [block] = this.#blocks;
      const place = file.write(block);
      if (place === undefined) return false;
      this.#written.push({ file, place, length: block.length });
      this.#blocks.shift();
    }
    return true;
  }
}

/** A whole column with its numbers in the file, where its table is long and they are nothing but numbers. */
export function spilled(column: Column, place: SpillPlace): Column {
  const { name, kind, numbers } = column;
  if (!numbers || kind !== 'number' || numbers.length < place.from) return column;
  const { file } = place;
  const at = file?.write(numbers);
  if (!file || at === undefined) return column;
  return { name, kind, read: readerOf(file, at, numbers.length) };
}

/** Holds nothing of the column. */
function readerOf(file: NumberSpill, place: number, length: number): ReadNumbers {
  return (into = new Float64Array(length)) => {
    file.read(place, into);
    return into;
  };
}
