// Regular arrays: images and series, each kind described once. The columns of such a modality are channels, and all
// positions of a channel have one scale. A new kind begins here; CONTRIBUTING lists the tables that then need a row.

import { listed } from '../text/numbers.js';
import type { NetworkKind } from './network.js';

/** Numbers that describe a channel, by kind. */
export interface ArrayShapes {
  /** Positions are row by row. */
  readonly image: { readonly height: number; readonly width: number };
  /** `seconds` is the time from one step to the next. */
  readonly series: { readonly steps: number; readonly seconds: number };
}

export type ArrayKind = keyof ArrayShapes;

/** Shape of a channel. */
export type RegularArray<Kind extends ArrayKind = ArrayKind> = {
  [Each in Kind]: { readonly kind: Each } & ArrayShapes[Each];
}[Kind];

interface ArrayDescription<Kind extends ArrayKind> {
  /** Plural of the kind, and its key in a study file. */
  readonly plural: string;
  /** Keys of the lengths of the axes, which are whole numbers, in the order of the positions. */
  readonly axes: readonly (keyof ArrayShapes[Kind] & string)[];
  /** Keys of other numbers, which are above 0. */
  readonly units: readonly (keyof ArrayShapes[Kind] & string)[];
  /** Networks that can read the kind. Studies that do not choose one have the first. */
  readonly networks: readonly [NetworkKind, ...NetworkKind[]];
  /** True if positions are times. */
  readonly isTemporal: boolean;
  /** True if augmentation may mirror left and right. */
  readonly canFlip: boolean;
  /** Words for a position and for the values of all positions. */
  readonly words: { readonly position: string; readonly values: string };
  /** Maximum number of subjects in a report. */
  readonly maxShown: number;
  /** Describes the shape, as in "images of 32 × 24 pixels". @param numberText formats a length */
  readonly text: (array: ArrayShapes[Kind], numberText: (length: number) => string) => string;
  /** Returns the coordinates of a position. */
  readonly placeOf: (array: ArrayShapes[Kind], position: number) => ArrayPlace;
}

/** Coordinates of a position. */
export interface ArrayPlace {
  /** Row and column in an image, from 0 at the top left. */
  readonly row?: number;
  readonly column?: number;
  /** Time in a series, from its beginning. */
  readonly seconds?: number;
}

export const ARRAY_KINDS: { readonly [Kind in ArrayKind]: ArrayDescription<Kind> } = {
  image: {
    plural: 'images',
    axes: ['height', 'width'],
    units: [],
    networks: ['conv', 'resnet18', 'mlp'],
    isTemporal: false,
    canFlip: true,
    words: { position: 'pixel', values: 'pixels' },
    maxShown: 12,
    text: ({ height, width }, numberText) => `images of ${numberText(width)} × ${numberText(height)} pixels`,
    placeOf: ({ width }, position) => ({ row: Math.floor(position / width), column: position % width }),
  },
  series: {
    plural: 'series',
    axes: ['steps'],
    units: ['seconds'],
    networks: ['conv1d', 'lstm', 'gru', 'mlp'],
    isTemporal: true,
    canFlip: false,
    words: { position: 'step', values: 'samples' },
    maxShown: 6,
    text: ({ steps, seconds }, numberText) => `series of ${numberText(steps)} steps of ${seconds} s`,
    placeOf: ({ seconds }, position) => ({ seconds: position * seconds }),
  },
};

/** Names of the kinds. */
export const ARRAY_KIND_NAMES = Object.keys(ARRAY_KINDS) as readonly ArrayKind[];

/** All kinds in a sentence: "images and series". */
export const ARRAY_PLURALS = listed(ARRAY_KIND_NAMES.map((kind) => ARRAY_KINDS[kind].plural));

interface ModalityShape {
  readonly columns: { readonly length: number };
  readonly regularArray?: RegularArray | undefined;
}

/** Returns the lengths of the axes: `[height, width]` or `[steps]`. */
export function sizesOf<Kind extends ArrayKind>(regularArray: RegularArray<Kind>): number[] {
  const shape: ArrayShapes[Kind] = regularArray;
  const lengths: Readonly<Record<string, number>> = shape;
  return ARRAY_KINDS[regularArray.kind].axes.map((axis) => lengths[axis]);
}

/** Returns the number of values of a channel; 1 for a column of a table. */
export function positionsOf(regularArray: RegularArray | undefined): number {
  return regularArray ? sizesOf(regularArray).reduce((positions, size) => positions * size, 1) : 1;
}

/** Describes the shape of a channel, as in "images of 32 × 24 pixels". */
export function shapeText<Kind extends ArrayKind>(
  regularArray: RegularArray<Kind>,
  numberText: (length: number) => string = String,
): string {
  return ARRAY_KINDS[regularArray.kind].text(regularArray, numberText);
}

/** Returns the coordinates of a position. */
export function placeOf<Kind extends ArrayKind>(regularArray: RegularArray<Kind>, position: number): ArrayPlace {
  return ARRAY_KINDS[regularArray.kind].placeOf(regularArray, position);
}

/** Returns the number of values of a subject: channels × positions, or columns. */
export function valuesPerSubject({ columns, regularArray }: ModalityShape): number {
  return columns.length * positionsOf(regularArray);
}

/** Returns the position of the channel or column of a value. @param at position among all values of the modality */
export function columnAt({ columns, regularArray }: ModalityShape, at: number): number {
  return Math.floor(at / positionsOf(regularArray)) % columns.length;
}
