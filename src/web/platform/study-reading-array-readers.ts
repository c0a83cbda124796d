// Readers of regular arrays in a page. Images are files that were chosen or dropped, and the browser decodes them.

import { InputError } from '../../errors/errors.js';
import { collectImages } from '../../images/collect-images.js';
import { ARRAY_KIND_NAMES, ARRAY_KINDS, type ArrayKind } from '../../data/regular-array.js';
import type { ArrayConfigs } from '../../study/grammar/array-keys.js';
import type { ArrayReader } from '../../study/reading/array-readers.js';
import { atPlace, type ArraySource, type ReadSourceOptions } from '../../study/reading/array-source.js';
import type { ImagesConfig } from '../../study/grammar/image-keys.js';
import { namedImages, sourceOfImages } from '../../study/reading/named-images.js';
import type { StudyFile } from '../../study/grammar/study-file.js';
import type { StudyPath } from '../../study/grammar/tables.js';
import { canvasDecoder } from '../canvas-decoder.js';

/** Maximum intensity of 8 bits. */
const WHITE = 255;

/** A page reads images only. */
const unreadable = Object.fromEntries(ARRAY_KIND_NAMES.map((kind) => [kind, () => refusal(kind)]));

export const ARRAY_READERS: Readonly<Record<string, (config: ArrayConfigs['image']) => ArrayReader>> = {
  ...unreadable,
  image: ({ images, network }) => ({
    source: (file, at, options) => readImages(file, images, at, options),
    network: () => {
      // The network belongs to a fitted model, which contains its weights.
      if (!network) return () => undefined;
      const { weights: _, ...config } = network;
      return () => config;
    },
  }),
};

/** Returns a reader that throws InputError `no-series`. */
function refusal(kind: ArrayKind): ArrayReader {
  return {
    source: (file, at) => {
      const [, modality] = at;
      const what = `modality '${String(modality)}' has ${ARRAY_KINDS[kind].plural}, which a page cannot read`;
      throw new InputError('no-series', `${file.locate(at)}: ${what}. Use interlatent encode`, { modality });
    },
    network: () => () => undefined,
  };
}

/**
 * Does the same as in Node, but reads only image files.
 * @throws InputError `no-images` for arrays and fits, `no-canvas`; as `namedImages` and an `ImageFileDecoder`
 */
async function readImages(
  file: StudyFile,
  config: ImagesConfig,
  at: StudyPath,
  { keep, onProgress }: ReadSourceOptions,
): Promise<ArraySource> {
  const { readImage } = file;
  if ('array' in config || !readImage) {
    throw new InputError(
      'no-images',
      `${file.locate(at)}: modality '${String(at[1])}' has images that a page cannot use. It can only encode image ` +
        'files. Use interlatent encode or interlatent fit',
      { modality: at[1] },
    );
  }
  const named = await namedImages(file, config, at);
  const { folder, size, channels, crop, slice } = config;
  const form = { ...size, channels, crop, slice };
  const width = channels === 'grey' ? 1 : 3;
  const pixels = size.height * size.width;
  const intensities = new Uint8Array(named.names.length * width * pixels);
  const decode = canvasDecoder();
  const images = await atPlace(file.locate([...at, 'path']), () =>
    collectImages(named.names.length, {
      keep,
      // One image after another, because each needs memory for all its pixels.
      concurrency: 1,
      decode: async (row) => {
        const name = named.names[row];
        if (name === '') return undefined;
        return decode(await readImage(folder === '.' ? name : `${folder}/${name}`), form, name);
      },
      set: (row, decoded) => intensities.set(decoded, row * width * pixels),
      onProgress: (done) => onProgress(done, named.names.length),
    }),
  );
  const { present } = images;
  const read = (row: number, into: Float64Array): void => {
    const first = row * width * pixels;
    for (let channel = 0; channel < width; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const intensity = intensities[first + pixel * width + channel];
        into[channel * pixels + pixel] = present[row] === 1 ? intensity / WHITE : NaN;
      }
    }
  };
  return sourceOfImages(config, named, { ...images, values: { read } });
}
