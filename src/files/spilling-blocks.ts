// A growing column of numbers in blocks. They stay in memory while the table is short, and go to a temporary file from
// a certain length on.

import { NumberSpill } from './number-spill.js';
import type { Column, ReadNumbers } from './table.js';

/** Rows of the first and of the largest block. Only the list of blocks grows, so no number is stored twice. */
const FIRST_BLOCK = 8;
const MAX_BLOCK = 2 ** 14;

/** Temporary file for the columns of one table. */
export class SpillPlace {
  /** Number of rows from which columns go to the file. */
  readonly from: number;
  #spill: NumberSpill | 'none' | undefined;

  /** Number of values of all columns from which a table is long: 64 MiB. */
  static get minValues(): number {
    return 2 ** 23;
  }

  constructor(columns: number) {
    this.from = Math.max(MAX_BLOCK, Math.floor(SpillPlace.minValues / Math.max(1, columns)));
  }

  /** Undefined if no temporary file can be created. Numbers then stay in memory. */
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
  /** Blocks in memory, which follow the written numbers. The last one is `#block`. */
  #blocks: Float64Array[] = [];
  #written: Written[] = [];
  #next = 0;
  #rows = 0;
  readonly #firstBlock: number;
  readonly #place: SpillPlace | undefined;
  /** Current block. If it is full, `room` starts another one. */
  #block = new Float64Array(0);

  /** @param rows expected number of rows @param place place for a long column */
  constructor({ rows = FIRST_BLOCK, place }: { readonly rows?: number; readonly place?: SpillPlace | undefined }) {
    this.#firstBlock = rows;
    this.#place = place;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Returns a block with room for the next number at `at`. Call `count` after writing it. */
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

  /** True if numbers were written to a file. */
  get isSpilled(): boolean {
    return this.#written.length > 0;
  }

  /** Capacity of the blocks in memory. */
  get inMemory(): number {
    return this.#blocks.reduce((sum, block) => sum + block.length, 0);
  }

  /** Returns all numbers. Unless they fill exactly one block in memory, they are copied to `into` or to a new array. */
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
    const length = this.#rows === 0 ? this.#firstBlock : Math.min(Math.max(FIRST_BLOCK, this.#rows), MAX_BLOCK);
    this.#block = new Float64Array(length);
    this.#blocks.push(this.#block);
    this.#next = 0;
  }

  /** Writes all blocks, which are full; `#block` can then be reused. @returns false if that fails */
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

/** Moves the numbers of a long, purely numeric column to the file; returns other columns unchanged. */
export function spilled(column: Column, place: SpillPlace): Column {
  const { name, kind, numbers } = column;
  if (!numbers || kind !== 'number' || numbers.length < place.from) return column;
  const { file } = place;
  const at = file?.write(numbers);
  if (!file || at === undefined) return column;
  return { name, kind, read: readerOf(file, at, numbers.length) };
}

/** Returns a reader that does not reference the column, so that it can be freed. */
function readerOf(file: NumberSpill, place: number, length: number): ReadNumbers {
  return (into = new Float64Array(length)) => {
    file.read(place, into);
    return into;
  };
}
