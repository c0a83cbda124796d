// The key `images` of a modality: pictures in files that a table names, or in arrays.

import * as z from 'zod';
import { LAYOUTS } from '../images/picture-arrays.js';
import { AXES } from '../images/picture-form.js';
import { nameList, tableKeys } from './tables.js';

const name = z.string().min(1);
const files = z.union([name, nameList], { error: 'must be a file or a list of files (stacked by rows)' });
const side = z.int().min(8).max(1024);

/** How a table beside the pictures or series is written, as of a modality. */
export const besideTable = {
  id: tableKeys.id,
  delimiter: tableKeys.delimiter,
  sheet: tableKeys.sheet,
  part: tableKeys.part,
} as const;

const pictureFiles = z.strictObject({
  /** A row for each subject. */
  table: files,
  ...besideTable,
  /** The column that names the subject's file; an empty cell: it has none. */
  path: name,
  /** Where the files are; relative to the study file. */
  folder: name.default('.'),
  /** Pixels that every picture becomes: of a side, or of height and width. */
  size: z
    .union([side, z.tuple([side, side])], { error: 'must be 8 to 1024 pixels: a number, or [height, width]' })
    .transform((size) =>
      typeof size === 'number' ? { height: size, width: size } : { height: size[0], width: size[1] },
    ),
  channels: z.enum(['rgb', 'grey']).default('rgb'),
  /** centre: the largest middle part of the shape that `size` has; none: the whole picture, stretched to it. */
  crop: z.enum(['centre', 'none']).default('centre'),
  /** Of volumes (NIfTI): which slice across which axis is the picture. */
  slice: z
    .strictObject({
      axis: z.enum(AXES),
      /** From 0 on. */
      index: z.int().min(0).optional(),
      /** Of the axis. */
      fraction: z.number().min(0).max(1).optional(),
    })
    .refine(({ index, fraction }) => (index === undefined) !== (fraction === undefined), {
      error: 'needs index or fraction, one of them',
    })
    .optional(),
  /** A folder to keep levels in, relative to the study file; left out: they are kept in memory. */
  cache: name.optional(),
});

const pictureArray = z.strictObject({
  /** .npy, .npz or IDX, also with .gz. */
  array: name,
  /** Of the array in a .npz. */
  name: name.optional(),
  /** Where the axis of channels is, where sizes do not tell. */
  layout: z.enum(LAYOUTS).optional(),
  /** A vector of ids, one for each picture: a file, or an array of the same .npz. */
  ids: name.optional(),
  /** Instead of `ids` a table, a row for each picture. */
  table: files.optional(),
  ...besideTable,
});

export const imagesSchema = z.union([pictureFiles, pictureArray], {
  error: 'must have table, path and size (files), or array and ids or table',
});

export type PictureFilesConfig = z.output<typeof pictureFiles>;
export type PictureArrayConfig = z.output<typeof pictureArray>;
export type ImagesConfig = z.output<typeof imagesSchema>;
