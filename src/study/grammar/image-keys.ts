// Keys of a modality of images: images in files that a table names, or in arrays.

import * as z from 'zod';
import { imageNetwork, imageNetworkProblem } from '../../data/network-schema.js';
import { LAYOUTS } from '../../images/image-arrays.js';
import { AXES } from '../../images/image-form.js';
import { arrayKeys, augment, latentKeys, stackedFiles, tableForm, type ArrayKeys } from './modality-keys.js';

const name = z.string().min(1);
const side = z.int().min(8).max(1024);

const imageFiles = z.strictObject({
  table: stackedFiles.describe('Table with a row for each subject: one file, or a list of files stacked by rows.'),
  ...tableForm,
  path: name.describe('Column that names the image file of the subject. An empty cell means that there is none.'),
  folder: name.default('.').describe('Folder of the image files, relative to the study file.'),
  size: z
    .union([side, z.tuple([side, side])], { error: 'must be 8 to 1024 pixels: a number, or [height, width]' })
    .transform((size) =>
      typeof size === 'number' ? { height: size, width: size } : { height: size[0], width: size[1] },
    )
    .describe('Pixels to which every image is resized: one number for a square, or [height, width].'),
  channels: z
    .enum(['rgb', 'grey'])
    .default('rgb')
    .describe('`rgb`: three colours. `grey`: luminance, or the single channel of a scan.'),
  crop: z
    .enum(['centre', 'none'])
    .default('centre')
    .describe(
      '`centre`: uses the largest central part with the proportions of `size`. `none`: stretches the whole image to ' +
        '`size`.',
    ),
  slice: z
    .strictObject({
      axis: z.enum(AXES).describe('Axis of the file across which the slice lies.'),
      index: z.int().min(0).optional().describe('Position of the slice, from 0. Excludes `fraction`.'),
      fraction: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('Position of the slice as a fraction of the axis. Excludes `index`.'),
    })
    .refine(({ index, fraction }) => (index === undefined) !== (fraction === undefined), {
      error: 'needs index or fraction, one of them',
    })
    .optional()
    .describe('Slice of a NIfTI volume that becomes the image. Required for volumes.'),
  cache: name
    .optional()
    .describe(
      'Folder in which decoded images are kept, relative to the study file. Use it if memory does not hold them. ' +
        'Default: memory.',
    ),
});

const imageArray = z.strictObject({
  array: name.describe('Array of images: a .npy, .npz or IDX file, also with .gz.'),
  name: name.optional().describe('Name of the array in a .npz file. Default: the only array with three or four axes.'),
  layout: z.enum(LAYOUTS).optional().describe('Position of the axis of channels. Default: by the sizes of the axes.'),
  ids: name
    .optional()
    .describe('Vector of ids, one for each image: a file, or an array of the same .npz file. Excludes `table`.'),
  table: stackedFiles
    .optional()
    .describe('Table with a row for each image, in the order of the array. Excludes `ids`.'),
  ...tableForm,
});

const imagesSchema = z.union([imageFiles, imageArray], {
  error: 'must have table, path and size (files), or array and ids or table',
});

export const imageModality = z.strictObject({
  images: imagesSchema.describe('Location of the images: files that a table names, or an array.'),
  ...arrayKeys,
  network: imageNetwork.describe('Network that reads the images. Default: `conv`, by the size of the images.'),
  augment: augment('image'),
  ...latentKeys,
});

export function imageKeys({ images, network }: z.output<typeof imageModality>): ArrayKeys {
  const problem = network && imageNetworkProblem(network);
  return {
    source: images,
    wrong: problem === undefined ? undefined : { at: ['network'], problem },
    files: [
      ...('array' in images ? [{ file: images.array, at: ['images', 'array'] }] : []),
      ...(network?.weights === undefined ? [] : [{ file: network.weights, at: ['network', 'weights'] }]),
    ],
  };
}

export type ImageFilesConfig = z.output<typeof imageFiles>;
export type ImageArrayConfig = z.output<typeof imageArray>;
export type ImagesConfig = z.output<typeof imagesSchema>;
