// Types of the images that were read for a modality.

import type { StoredIntensities } from './intensity-store.js';

/** A file that could not be used. */
export interface UnusableImage {
  readonly row: number;
  readonly code: string;
  readonly reason: string;
}

/** Values in a physical unit. */
export interface UnitValues {
  /** Writes the values of a row, channels × rows × columns of the image; NaN for a row without an image. */
  readonly read: (row: number, into: Float64Array) => void;
}

/** Images of the rows of a modality, all of one form. */
export interface ImageRows {
  readonly unusable: readonly UnusableImage[];
  /** Minimum and maximum height in pixels of the images in the files. */
  readonly heights: readonly [number, number];
  readonly widths: readonly [number, number];
  /** Intensities of all rows, each channels × rows × columns of the image; or values in a unit. */
  readonly values: StoredIntensities | UnitValues;
  /** 1 for a row with an image, 0 for a row without one. */
  readonly present: Uint8Array;
}
