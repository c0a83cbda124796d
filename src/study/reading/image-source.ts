// Reads the images of a study's subjects: files that a table names, or arrays.

import { InputError } from '../../errors/errors.js';
import { readArray } from '../../files/arrays.js';
import { pathInside } from '../../files/inside.js';
import type { NpyArray } from '../../files/npy.js';
import { mayBeImages, imageArray } from '../../images/image-arrays.js';
import { readImageFiles } from '../../images/image-files.js';
import { atPlace, checkUnique, readSources, type ArraySource, type ReadSourceOptions } from './array-source.js';
import type { ImagesConfig, ImageArrayConfig, ImageFilesConfig } from '../grammar/image-keys.js';
import { CHANNEL_NAMES, namedImages, sourceOfImages } from './named-images.js';
import type { StudyFile } from '../grammar/study-file.js';
import { joinsRows, subjectIds } from '../grammar/subject-id.js';
import type { StudyPath } from '../grammar/tables.js';

/**
 * Reads the images of a modality.
 * @param at place of the images in the study file
 * @throws InputError `unsafe-name`, `duplicate-id`, `rows-disagree`; what reading tables, images and arrays throws
 */
export async function readImages(
  file: StudyFile,
  config: ImagesConfig,
  at: StudyPath,
  options: ReadSourceOptions,
): Promise<ArraySource> {
  return 'array' in config ? readFromArray(file, config, at) : readFromFiles(file, config, at, options);
}

async function readFromFiles(
  file: StudyFile,
  config: ImageFilesConfig,
  at: StudyPath,
  { keep, onProgress }: ReadSourceOptions,
): Promise<ArraySource> {
  const { folder, size, channels, crop, slice, cache } = config;
  const named = await namedImages(file, config, at);
  const inFolder = file.resolveTable(folder, [...at, 'folder']);
  const place = file.locate([...at, 'path']);
  const files = named.names.map((name) => (name === '' ? undefined : pathInside(inFolder, name, place)));
  const form = { ...size, channels, crop, slice };
  const store =
    cache === undefined ? undefined : { folder: file.resolveTable(cache, [...at, 'cache']), name: String(at[1]) };
  const images = await atPlace(place, () =>
    readImageFiles(files, form, { keep, cache: store, onProgress: (done) => onProgress(done, files.length) }),
  );
  return sourceOfImages(config, named, images);
}

async function readFromArray(file: StudyFile, config: ImageArrayConfig, at: StudyPath): Promise<ArraySource> {
  const path = file.resolveTable(config.array, [...at, 'array']);
  const array = await atPlace(file.locate([...at, 'array']), () =>
    readArray(path, { name: config.name, fits: mayBeImages }),
  );
  const { rows, channels, height, width, white, read, stored } = await atPlace(file.locate([...at, 'array']), () =>
    imageArray(array, config.layout, path),
  );
  const ids = await idsOfArray(file, config, { at, path, rows });
  if (ids.length !== rows) {
    throw new InputError(
      'rows-disagree',
      `${file.locate(at)}: ${path} has ${rows} images and ${ids.length} ids; every image needs one`,
      { path, rows, ids: ids.length },
    );
  }
  checkUnique(file, ids, at);
  return {
    ids,
    regularArray: { kind: 'image', height, width },
    channels: CHANNEL_NAMES[channels] ?? Array.from({ length: channels }, (_, channel) => `c${channel + 1}`),
    white,
    values: stored ?? { read },
    tables: [{ file: path, rows }],
    report: { unusable: [] },
  };
}

interface ArrayPlace {
  readonly at: StudyPath;
  readonly path: string;
  readonly rows: number;
}

/** Returns the subject of each image of an array: from a table, from a vector, or the number of the image. */
async function idsOfArray(
  file: StudyFile,
  config: ImageArrayConfig,
  { at, path, rows }: ArrayPlace,
): Promise<readonly string[]> {
  if (config.table !== undefined) {
    const sources = await readSources(file, config.table, { form: config, at });
    return sources.flatMap(({ names }) => names);
  }
  if (config.ids === undefined) {
    if (joinsRows(file.config.id)) return Array.from({ length: rows }, (_, row) => String(row + 1));
    const needed = 'needs ids (a vector) or table (a row for each image), or id: { rows: true } of the study';
    throw new InputError('invalid-study', `${file.locate(at)}: ${at.join('.')} ${needed}`, { key: at.join('.') });
  }
  const inArchive = path.endsWith('.npz');
  const source = inArchive ? path : file.resolveTable(config.ids, [...at, 'ids']);
  const place = file.locate([...at, 'ids']);
  const { shape, data } = await atPlace(place, () =>
    readArray(source, { name: inArchive ? config.ids : undefined, fits: isVector }),
  );
  if (shape.length !== 1) {
    throw new InputError(
      'unsupported-shape',
      `${place}: the ids of ${source} have shape (${shape.join(', ')}); they are a vector, one for each image`,
      { path: source },
    );
  }
  const { idOf } = subjectIds(file.config.id, config);
  return Array.from<string | number | bigint, string>(data, (id) => idOf?.(String(id)) ?? String(id));
}

function isVector({ shape }: NpyArray): boolean {
  return shape.length === 1;
}
