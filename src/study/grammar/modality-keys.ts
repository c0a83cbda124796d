// Keys that modalities of several kinds have, and what every kind of regular array says about its keys.

import * as z from 'zod';
import { augmentationSchema } from '../../data/augmentation.js';
import { ARRAY_KINDS, type ArrayKind } from '../../data/regular-array.js';
import { formKeys, nameList, tableKeys, type StudyPath, type TableConfig } from './tables.js';

export const latentKeys = {
  latents: z
    .int()
    .min(1)
    .max(256)
    .describe(
      'Number of latents to learn. `interlatent select` recommends a number. `latents` and `exogenous` together must ' +
        'not exceed the number of columns.',
    ),
  exogenous: z
    .int()
    .min(0)
    .max(256)
    .default(1)
    .describe('Number of exogenous variables: what the decoder needs in addition to the latents. 0 needs `causes`.'),
};

/** Keys of every regular array. */
export const arrayKeys = {
  labels: tableKeys.labels,
  shiftInvariant: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Number of latents, the last ones, that do not change when an image or a series is shifted. This is prior ' +
        'knowledge. Default: 0.',
    ),
};

/** Returns the key `augment` of a kind of regular array. */
export function augment(kind: ArrayKind) {
  const schema = ARRAY_KINDS[kind].canFlip ? augmentationSchema : augmentationSchema.omit({ flip: true });
  return schema
    .optional()
    .describe(
      'Random changes of the values that encoders read in training. Latents carry no information about what changes. ' +
        'Default: none.',
    );
}

export const stackedFiles = z.union([z.string().min(1), nameList], {
  error: 'must be a file or a list of files (stacked by rows)',
});

/** How the table that goes with a regular array is written. */
export const tableForm = {
  id: formKeys.id,
  delimiter: formKeys.delimiter,
  sheet: formKeys.sheet,
  part: formKeys.part,
} as const;

/** What the keys of a modality of a regular array say. */
export interface ArrayKeys {
  /** The key that says where the values are, and the table that goes with them, if there is one. */
  readonly source: Pick<TableConfig, 'id' | 'delimiter' | 'sheet' | 'part'> & {
    readonly table?: string | string[] | undefined;
    /** Columns that identify a recording together, instead of an id. */
    readonly recording?: readonly string[] | undefined;
  };
  /** What is wrong with the combination of keys, and where in the modality; undefined if nothing is wrong. */
  readonly wrong?: { readonly at: StudyPath; readonly problem: string } | undefined;
  /** Files that are not tables, with their places in the modality. */
  readonly files: readonly { readonly file: string; readonly at: StudyPath }[];
}
