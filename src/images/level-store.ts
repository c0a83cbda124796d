// The levels of many pictures of one size: a byte each, two from the first picture on that has 16 bits; or their values
// in a unit of their own, four bytes each.

import { InputError } from '../errors.js';
import { MAX_BYTES, tooLarge } from '../files/bytes.js';

/** A level of 8 bits in 16. */
const WIDENING = 257;
const MOST_8 = 255;
const MOST_16 = 65_535;

export class LevelStore {
  readonly #size: number;
  readonly #rows: number;
  readonly #place: string;
  /** Of the first picture on. */
  #levels: Uint8Array | Uint16Array | Float32Array | undefined;

  /**
   * @param size levels of a picture
   * @param place named in errors
   * @throws InputError `too-large`
   */
  constructor(rows: number, size: number, place: string) {
    if (rows * size > MAX_BYTES) throw tooLarge(place, rows * size, MAX_BYTES);
    this.#size = size;
    this.#rows = rows;
    this.#place = place;
  }

  /** @throws InputError `mixed-units` for levels beside values in a unit of their own; `too-large` */
  set(row: number, levels: Uint8Array | Uint16Array | Float32Array): void {
    this.#levels ??= this.#empty(levels);
    if (levels instanceof Float32Array !== this.#levels instanceof Float32Array) {
      throw new InputError(
        'mixed-units',
        `${this.#place} names pictures of levels, and others whose values have a unit of their own; a modality ` +
          'has one kind: convert them, or make two modalities',
      );
    }
    if (levels instanceof Uint16Array && this.#levels instanceof Uint8Array) {
      this.#levels = new Uint16Array(this.#levels).map((level) => level * WIDENING);
    }
    const target = this.#levels.subarray(row * this.#size, (row + 1) * this.#size);
    if (target.BYTES_PER_ELEMENT === levels.BYTES_PER_ELEMENT) target.set(levels);
    else target.set(new Uint16Array(levels).map((level) => level * WIDENING));
  }

  #empty(levels: Uint8Array | Uint16Array | Float32Array): Uint8Array | Float32Array {
    const count = this.#rows * this.#size;
    if (!(levels instanceof Float32Array)) return new Uint8Array(count);
    if (4 * count > MAX_BYTES) throw tooLarge(this.#place, 4 * count, MAX_BYTES);
    return new Float32Array(count);
  }

  /** The levels of a row that was set, from 0 to 1, or its values; the channels one after the other. */
  read(row: number, channels: number, into: Float64Array): void {
    if (!this.#levels) throw new TypeError('no row has levels');
    const most = this.#levels instanceof Float32Array ? 1 : this.#levels instanceof Uint8Array ? MOST_8 : MOST_16;
    const pixels = this.#size / channels;
    const start = row * this.#size;
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        into[channel * pixels + pixel] = this.#levels[start + pixel * channels + channel] / most;
      }
    }
  }
}
