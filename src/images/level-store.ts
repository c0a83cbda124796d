// The levels of many pictures of one size: a byte each, two from the first picture on that has 16 bits.

import { MAX_BYTES, tooLarge } from '../files/bytes.js';

/** A level of 8 bits in 16. */
const WIDENING = 257;
const MOST_8 = 255;
const MOST_16 = 65_535;

export class LevelStore {
  readonly #size: number;
  #levels: Uint8Array | Uint16Array;

  /**
   * @param size levels of a picture
   * @param place named in errors
   * @throws InputError `too-large`
   */
  constructor(rows: number, size: number, place: string) {
    if (rows * size > MAX_BYTES) throw tooLarge(place, rows * size, MAX_BYTES);
    this.#size = size;
    this.#levels = new Uint8Array(rows * size);
  }

  set(row: number, levels: Uint8Array | Uint16Array): void {
    if (levels instanceof Uint16Array && this.#levels instanceof Uint8Array) {
      this.#levels = new Uint16Array(this.#levels).map((level) => level * WIDENING);
    }
    const target = this.#levels.subarray(row * this.#size, (row + 1) * this.#size);
    if (target.BYTES_PER_ELEMENT === levels.BYTES_PER_ELEMENT) target.set(levels);
    else target.set(new Uint16Array(levels).map((level) => level * WIDENING));
  }

  /** The levels of a row, from 0 to 1, the channels one after the other. */
  read(row: number, channels: number, into: Float64Array): void {
    const most = this.#levels instanceof Uint8Array ? MOST_8 : MOST_16;
    const pixels = this.#size / channels;
    const start = row * this.#size;
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        into[channel * pixels + pixel] = this.#levels[start + pixel * channels + channel] / most;
      }
    }
  }
}
