// Shape of a regular array: the pixels of an image or the steps of a series. Its columns are channels, each with one
// scale for all of its positions.

/** Shape of a channel. Positions of an image are row by row, those of a series step by step. */
export type RegularArray =
  | { readonly kind: 'image'; readonly height: number; readonly width: number }
  | {
      readonly kind: 'series';
      readonly steps: number;
      /** Time from one step to the next. */
      readonly seconds: number;
    };

interface ModalityShape {
  readonly columns: { readonly length: number };
  readonly regularArray?: RegularArray | undefined;
}

/** Returns the number of values of a channel; 1 for a column of a table. */
export function positionsOf(regularArray: RegularArray | undefined): number {
  if (!regularArray) return 1;
  return regularArray.kind === 'image' ? regularArray.height * regularArray.width : regularArray.steps;
}

/** Returns the number of values of a subject: channels × positions, or columns. */
export function valuesPerSubject({ columns, regularArray }: ModalityShape): number {
  return columns.length * positionsOf(regularArray);
}

/** Returns the position of the channel or column of a value. @param at position among all values of the modality */
export function columnAt({ columns, regularArray }: ModalityShape, at: number): number {
  return Math.floor(at / positionsOf(regularArray)) % columns.length;
}
