// Reads images in arrays. The first axis is the subjects, then follow rows and columns, with an axis of channels before
// or after them. Values do not change; NaN is a missing value.

import { InputError } from '../errors/errors.js';
import type { NpyArray } from '../files/npy.js';
import { ZERO_16, type StoredArray, type StoredIntensities } from './intensity-store.js';

export const LAYOUTS = ['channels-last', 'channels-first'] as const;

export type Layout = (typeof LAYOUTS)[number];

/** Local constant, which is faster than a lookup of the global for every value. */
const INFINITE = Infinity;
/** Maximum number of channels of an array whose layout is inferred from the sizes of its axes. */
const MAX_CHANNELS = 4;

export interface ImageArray {
  readonly rows: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Maximum of an unsigned integer type of one or two bytes; 1 for other types. */
  readonly white: number;
  /** Writes the values of a row, channels × rows × columns of the image. */
  readonly read: (row: number, into: Float64Array) => void;
  /** All rows, channels × rows × columns each, if values are integers of one or two bytes. */
  readonly stored?: StoredIntensities | undefined;
}

/** True if an array may contain images: numbers with three or four axes. */
export function mayBeImages({ shape, data }: NpyArray): boolean {
  return (shape.length === 3 || shape.length === 4) && !isTexts(data);
}

/**
 * Returns the images of an array.
 * @param layout position of the axis of channels; when left out it is the last or the second axis, whichever has at
 *   most four entries
 * @param path path for errors
 * @throws InputError `unsupported-shape`, `ambiguous-layout`, `not-finite`
 */
export function imageArray(array: NpyArray, layout: Layout | undefined, path: string): ImageArray {
  const { shape, data } = array;
  if (!mayBeImages(array) || isTexts(data) || shape.includes(0)) {
    throw new InputError(
      'unsupported-shape',
      `${path} has shape (${shape.join(', ')})${isTexts(data) ? ' of texts' : ''}; images are numbers with axes ` +
        '(n, height, width), (n, height, width, channels) or (n, channels, height, width)',
      { path, shape },
    );
  }
  const bad = data.findIndex((value: number | bigint) => value === INFINITE || value === -INFINITE);
  const [rows] = shape;
  const size = data.length / rows;
  if (bad >= 0) {
    throw new InputError(
      'not-finite',
      `${path} has an infinite value in row ${Math.floor(bad / size) + 1}; correct it, or write NaN (missing)`,
      { path },
    );
  }
  const numbers =
    data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
  const isLast = shape.length === 3 || (layout ?? guessLayout(shape, path)) === 'channels-last';
  const [height, width, channels = 1] = isLast ? shape.slice(1) : [shape[2], shape[3], shape[1]];
  const pixels = height * width;
  const [channelStep, pixelStep] = isLast ? [1, channels] : [pixels, 1];
  const copyRow = (row: number, into: Float64Array | StoredArray, at = 0, zero = 0): void => {
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const value = numbers[row * size + channel * channelStep + pixel * pixelStep];
        into[at + channel * pixels + pixel] = value + zero;
      }
    }
  };
  return {
    rows,
    channels,
    height,
    width,
    white: data instanceof Uint8Array ? 255 : data instanceof Uint16Array ? 65535 : 1,
    read: copyRow,
    stored: storedIntensities(numbers, { rows, size, copyRow }),
  };
}

interface Rows {
  readonly rows: number;
  readonly size: number;
  readonly copyRow: (row: number, into: StoredArray, at: number, zero: number) => void;
}

function storedIntensities(data: NpyArray['data'], { rows, size, copyRow }: Rows): StoredIntensities | undefined {
  const isByte = data instanceof Uint8Array;
  if (!isByte && !(data instanceof Int16Array) && !(data instanceof Uint16Array)) return undefined;
  const zero = data instanceof Uint16Array ? ZERO_16 : 0;
  const numbers = isByte ? new Uint8Array(rows * size) : new Int16Array(rows * size);
  for (let row = 0; row < rows; row++) copyRow(row, numbers, row * size, zero);
  return { numbers, zero, unit: 1 };
}

function guessLayout([, second, , last]: readonly number[], path: string): Layout {
  const isLast = last <= MAX_CHANNELS;
  if (isLast !== second <= MAX_CHANNELS) return isLast ? 'channels-last' : 'channels-first';
  throw new InputError(
    'ambiguous-layout',
    `${path}: the axis of the channels is ambiguous, since neither or both have up to ${MAX_CHANNELS} entries; ` +
      `write layout: ${LAYOUTS.join(' or ')}`,
    { path },
  );
}

const isTexts = (data: NpyArray['data']): data is readonly string[] => Array.isArray(data);
