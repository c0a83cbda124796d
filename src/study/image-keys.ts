// The key `images` of a modality: images in files that a table names, or in arrays.

import * as z from 'zod';
import { LAYOUTS } from '../images/image-arrays.js';
import { AXES } from '../images/image-form.js';
import { nameList, tableKeys } from './tables.js';

const name = z.string().min(1);
const files = z.union([name, nameList], { error: 'must be a file or a list of files (stacked by rows)' });
const side = z.int().min(8).max(1024);

/** How a table beside the images or series is written, as of a modality. */
export const besideTable = {
  id: tableKeys.id,
  delimiter: tableKeys.delimiter,
  sheet: tableKeys.sheet,
  part: tableKeys.part,
} as const;

const imageFiles = z.strictObject({
  /** A row for each subject. */
  table: files,
  ...besideTable,
  /** The column that names the subject's file; an empty cell: it has none. */
  path: name,
  /** Where the files are; relative to the study file. */
  folder: name.default('.'),
  /** Pixels that every image becomes: of a side, or of height and width. */
  size: z
    .union([side, z.tuple([side, side])], { error: 'must be 8 to 1024 pixels: a number, or [height, width]' })
    .transform((size) =>
      typeof size === 'number' ? { height: size, width: size } : { height: size[0], width: size[1] },
    ),
  channels: z.enum(['rgb', 'grey']).default('rgb'),
  /** centre: the largest middle part of the shape that `size` has; none: the whole image, stretched to it. */
  crop: z.enum(['centre', 'none']).default('centre'),
  /** Of volumes (NIfTI): which slice across which axis is the image. */
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

const imageArray = z.strictObject({
  /** .npy, .npz or IDX, also with .gz. */
  array: name,
  /** Of the array in a .npz. */
  name: name.optional(),
  /** Where the axis of channels is, where sizes do not tell. */
  layout: z.enum(LAYOUTS).optional(),
  /** A vector of ids, one for each image: a file, or an array of the same .npz. */
  ids: name.optional(),
  /** Instead of `ids` a table, a row for each image. */
  table: files.optional(),
  ...besideTable,
});

export const imagesSchema = z.union([imageFiles, imageArray], {
  error: 'must have table, path and size (files), or array and ids or table',
});

export type ImageFilesConfig = z.output<typeof imageFiles>;
export type ImageArrayConfig = z.output<typeof imageArray>;
export type ImagesConfig = z.output<typeof imagesSchema>;
