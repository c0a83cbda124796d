import {
  FileError
} from "./chunk-5XKOZ6VI.js";

// src/files/number-spill.ts
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
var DOUBLE = Float64Array.BYTES_PER_ELEMENT;
var registry = new FinalizationRegistry((descriptor) => {
  closeSync(descriptor);
});
var NumberSpill = class _NumberSpill {
  #descriptor;
  #length = 0;
  constructor(descriptor) {
    this.#descriptor = descriptor;
    registry.register(this, descriptor);
  }
  /** Opens a file; undefined if no temporary file can be created. Numbers then stay in memory. */
  static open(folder = tmpdir()) {
    const path = join(folder, `interlatent-${randomBytes(12).toString("hex")}.tmp`);
    let descriptor;
    try {
      descriptor = openSync(path, "wx+", 384);
    } catch {
      return void 0;
    }
    try {
      rmSync(path);
      return new _NumberSpill(descriptor);
    } catch {
      closeSync(descriptor);
      return void 0;
    }
  }
  /** Writes numbers and returns their position for `read`; undefined if the disk is full. */
  write(numbers) {
    const bytes = bytesOf(numbers);
    const start = this.#length * DOUBLE;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at, bytes.length - at, start + at);
    } catch {
      return void 0;
    }
    const place = this.#length;
    this.#length += numbers.length;
    return place;
  }
  /** Fills `target` with the numbers from `place` on. @throws FileError `unreadable` */
  read(place, target) {
    const bytes = bytesOf(target);
    const start = place * DOUBLE;
    try {
      for (let at = 0; at < bytes.length; ) {
        const read = readSync(this.#descriptor, bytes, at, bytes.length - at, start + at);
        if (read === 0) throw new Error("it became shorter");
        at += read;
      }
    } catch (cause) {
      throw new FileError("unreadable", `a temporary file in ${tmpdir()} cannot be read any more`, {}, cause);
    }
  }
};
function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

// src/files/spilling-blocks.ts
var longTable = { from: 2 ** 23 };
var FIRST_BLOCK = 8;
var MAX_BLOCK = 2 ** 14;
var SpillPlace = class {
  /** Number of rows from which columns go to the file. */
  from;
  #spill;
  constructor(columns) {
    this.from = Math.max(MAX_BLOCK, Math.floor(longTable.from / Math.max(1, columns)));
  }
  /** Undefined if no temporary file can be created. Numbers then stay in memory. */
  get file() {
    this.#spill ??= NumberSpill.open() ?? "none";
    return this.#spill === "none" ? void 0 : this.#spill;
  }
};
var SpillingBlocks = class {
  /** Blocks in memory, which follow the written numbers. The last one is `#block`. */
  #blocks = [];
  #written = [];
  #next = 0;
  #rows = 0;
  #firstBlock;
  #place;
  /** Current block. If it is full, `room` starts another one. */
  #block = new Float64Array(0);
  /** @param rows expected number of rows @param place place for a long column */
  constructor({ rows = FIRST_BLOCK, place }) {
    this.#firstBlock = rows;
    this.#place = place;
  }
  get rows() {
    return this.#rows;
  }
  /** Returns a block with room for the next number at `at`. Call `count` after writing it. */
  room() {
    if (this.#next === this.#block.length) this.#grow();
    return this.#block;
  }
  get at() {
    return this.#next;
  }
  count() {
    this.#next++;
    this.#rows++;
  }
  push(value) {
    this.room()[this.#next] = value;
    this.count();
  }
  /** True if numbers were written to a file. */
  get isSpilled() {
    return this.#written.length > 0;
  }
  /** Capacity of the blocks in memory. */
  get inMemory() {
    return this.#blocks.reduce((sum, block) => sum + block.length, 0);
  }
  /** Returns all numbers. Unless they fill exactly one block in memory, they are copied to `into` or to a new array. */
  numbers(into) {
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
  #grow() {
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
  #writeAll({ file }) {
    if (!file) return false;
    while (this.#blocks.length > 0) {
      const [block] = this.#blocks;
      const place = file.write(block);
      if (place === void 0) return false;
      this.#written.push({ file, place, length: block.length });
      this.#blocks.shift();
    }
    return true;
  }
};
function spilled(column, place) {
  const { name, kind, numbers } = column;
  if (!numbers || kind !== "number" || numbers.length < place.from) return column;
  const { file } = place;
  const at = file?.write(numbers);
  if (!file || at === void 0) return column;
  return { name, kind, read: readerOf(file, at, numbers.length) };
}
function readerOf(file, place, length) {
  return (into = new Float64Array(length)) => {
    file.read(place, into);
    return into;
  };
}

export {
  SpillPlace,
  SpillingBlocks,
  spilled
};
