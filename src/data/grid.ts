// How the values of a subject lie where a modality is no table: pixels of a picture, steps of a series. Such a modality
// has channels for columns, each with one scale for all of its positions.

/** Positions of every channel: of a picture row by row, of a series step by step. */
export type Grid =
  | { readonly kind: 'image'; readonly height: number; readonly width: number }
  | {
      readonly kind: 'series';
      readonly steps: number;
      /** From one step to the next. */
      readonly seconds: number;
    };

interface Gridded {
  readonly columns: { readonly length: number };
  readonly grid?: Grid | undefined;
}

/** Values of a channel; 1 of a table's column. */
export function positionsOf(grid: Grid | undefined): number {
  if (!grid) return 1;
  return grid.kind === 'image' ? grid.height * grid.width : grid.steps;
}

/** Values of a subject in a modality: channels × positions, or columns. */
export function valuesPerSubject({ columns, grid }: Gridded): number {
  return columns.length * positionsOf(grid);
}

/** The channel, or column, of a value. @param at among all values of the modality's subjects */
export function columnAt({ columns, grid }: Gridded, at: number): number {
  return Math.floor(at / positionsOf(grid)) % columns.length;
}
