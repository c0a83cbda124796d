// Pictures of a study in a page: files that were chosen or dropped, decoded by the browser.

import { InputError } from '../../../errors.js';
import { collectPictures } from '../../../images/collect-pictures.js';
import { atPlace, type GridSource, type ReadSourceOptions } from '../../../study/grid-source.js';
import type { ImagesConfig } from '../../../study/image-keys.js';
import { namedPictures, sourceOfPictures } from '../../../study/picture-source.js';
import type { StudyFile } from '../../../study/study-file.js';
import type { StudyPath } from '../../../study/tables.js';
import { canvasDecoder } from '../../canvas-decoder.js';

/** Of levels of 8 bits. */
const WHITE = 255;

/**
 * As in Node, of image files alone.
 * @throws InputError `no-pictures` for arrays and fits, `no-canvas`; what `namedPictures` and a `PictureDecoder` throw
 */
export async function readImages(
  file: StudyFile,
  config: ImagesConfig,
  at: StudyPath,
  { keep, onProgress }: ReadSourceOptions,
): Promise<GridSource> {
  const { readPicture } = file;
  if ('array' in config || !readPicture) {
    throw new InputError(
      'no-pictures',
      `${file.locate(at)}: modality '${String(at[1])}' has pictures that a page does not read: it encodes those of ` +
        'image files, and fits none; use interlatent encode or interlatent fit',
      { modality: at[1] },
    );
  }
  const named = await namedPictures(file, config, at);
  const { folder, size, channels, crop, slice } = config;
  const form = { ...size, channels, crop, slice };
  const width = channels === 'grey' ? 1 : 3;
  const pixels = size.height * size.width;
  const levels = new Uint8Array(named.names.length * width * pixels);
  const decode = canvasDecoder();
  const pictures = await atPlace(file.locate([...at, 'path']), () =>
    collectPictures(named.names.length, {
      keep,
      // Each takes the memory of all its pixels.
      atOnce: 1,
      decode: async (row) => {
        const name = named.names[row];
        if (name === '') return undefined;
        return decode(await readPicture(folder === '.' ? name : `${folder}/${name}`), form, name);
      },
      set: (row, own) => levels.set(own, row * width * pixels),
      onProgress: (done) => onProgress(done, named.names.length),
    }),
  );
  const { present } = pictures;
  const read = (row: number, into: Float64Array): void => {
    const first = row * width * pixels;
    for (let channel = 0; channel < width; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const level = levels[first + pixel * width + channel];
        into[channel * pixels + pixel] = present[row] === 1 ? level / WHITE : NaN;
      }
    }
  };
  return sourceOfPictures(config, named, { ...pictures, values: { read } });
}
