// What was read of the pictures of a modality.

import type { StoredLevels } from './level-store.js';

/** A file that gave no picture. */
export interface UnusablePicture {
  readonly row: number;
  readonly code: string;
  readonly reason: string;
}

/** Values in a unit of their own. */
export interface UnitValues {
  /** Writes the values of a row, channels × rows × columns of the picture; NaN without one. */
  readonly read: (row: number, into: Float64Array) => void;
}

/** The pictures of a modality's rows, all of one form. */
export interface PictureRows {
  readonly unusable: readonly UnusablePicture[];
  /** Pixels of the pictures as their files have them: least and most. */
  readonly heights: readonly [number, number];
  readonly widths: readonly [number, number];
  /** Levels of all rows, channels × rows × columns of the picture each; or what is no levels. */
  readonly values: StoredLevels | UnitValues;
  /** 1 where a row has a picture. */
  readonly present: Uint8Array;
}
