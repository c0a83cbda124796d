// Decodes photographs with the browser. The browser draws them at their original size, upright, on black. Our code
// reads the intensities back and resizes them, so that all browsers give the same numbers.

import { InputError } from '../errors/errors.js';
import { damagedFile } from '../files/bytes.js';
import { causeMessage } from '../errors/cause.js';
import { fitIntensities } from '../images/fit-intensities.js';
import {
  checkPixelCount,
  checkGrey,
  checkSize,
  refused,
  type DecodedImage,
  type ImageForm,
} from '../images/image-form.js';
import { imageHeader } from '../images/image-header.js';

/** Rows that are drawn and read together. A canvas can have fewer pixels than a photograph. */
const STRIP = 256;

interface Bitmap {
  readonly height: number;
  readonly width: number;
  readonly close: () => void;
}

interface Context {
  readonly drawImage: (bitmap: Bitmap, x: number, y: number) => void;
  readonly putImageData: (image: CanvasPixels, x: number, y: number) => void;
  readonly createImageData: (width: number, height: number) => CanvasPixels;
  readonly getImageData: (x: number, y: number, width: number, height: number) => CanvasPixels;
}

interface CanvasPixels {
  readonly data: Uint8ClampedArray;
}

/** Types of browsers that the types of Node lack. */
interface Platform {
  readonly createImageBitmap?: (blob: Blob, options: object) => Promise<Bitmap>;
  readonly OffscreenCanvas?: new (
    width: number,
    height: number,
  ) => { readonly getContext: (kind: '2d', options: object) => Context | null };
}

/**
 * Decodes the bytes of a file to the intensities of a form.
 * @throws InputError `damaged-file`, `unknown-format`, `unsupported-type`, `too-large`, `too-small`,
 *   `channel-mismatch`, `not-a-volume`
 */
export type ImageFileDecoder = (bytes: Uint8Array, form: ImageForm, path: string) => Promise<CanvasImage>;

interface CanvasImage extends DecodedImage {
  readonly intensities: Uint8Array;
}

/**
 * Returns a decoder.
 * @throws InputError `no-canvas` if there is no canvas, or the browser changes what is read from it
 */
export function canvasDecoder(platform: unknown = globalThis): ImageFileDecoder {
  const { createImageBitmap: open, OffscreenCanvas } = platform as Platform;
  const contextOf = (width: number, height: number): Context | undefined =>
    (OffscreenCanvas &&
      new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true })) ??
    undefined;
  const tried = contextOf(16, 16);
  if (!open || !tried) {
    throw new InputError('no-canvas', 'This browser cannot decode images for a page. Use a newer browser.');
  }
  checkHonest(tried);
  return async (bytes, form, path) => {
    checkForm(bytes, form, path);
    const bitmap = await bitmapOf(open, bytes, path);
    try {
      const { height, width } = bitmap;
      checkSize({ height, width }, form, path);
      const intensities = intensitiesOf(bitmap, contextOf(width, Math.min(STRIP, height)), path);
      return { intensities: fitIntensities({ intensities, height, width }, form), height, width };
    } finally {
      bitmap.close();
    }
  };
}

/** Checks that a canvas returns the values that were written. Some browsers add noise, against fingerprinting. */
function checkHonest(context: Context): void {
  const image = context.createImageData(16, 16);
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : (i * 37) % 256;
  context.putImageData(image, 0, 0);
  const { data } = context.getImageData(0, 0, 16, 16);
  if (image.data.every((intensity, i) => data[i] === intensity)) return;
  throw new InputError(
    'no-canvas',
    'This browser changes the images that a page reads, as a protection against fingerprinting. Allow this page to ' +
      'read from a canvas, or use another browser.',
  );
}

function checkForm(bytes: Uint8Array, form: ImageForm, path: string): void {
  if (bytes.length === 0) throw damagedFile(path, 'it is empty');
  if (form.slice) throw refused('not-a-volume', path, 'has no slices. A page cannot read volumes');
  const header = imageHeader(bytes);
  if (!header) {
    throw new InputError(
      'unknown-format',
      `${path} is not an image that a page can read. It reads PNG, JPEG and WebP`,
      {
        path,
      },
    );
  }
  const { bits, hasColours } = header;
  checkPixelCount(header, path);
  if (bits > 8) {
    throw refused(
      'unsupported-type',
      path,
      `has intensities of ${bits} bits, but a page can read only 8. Use interlatent encode`,
    );
  }
  if (!hasColours) checkGrey(form, path);
}

async function bitmapOf(open: NonNullable<Platform['createImageBitmap']>, bytes: Uint8Array, path: string) {
  try {
    const blob = new Blob([bytes]);
    return await open(blob, { imageOrientation: 'from-image', premultiplyAlpha: 'default' });
  } catch (cause) {
    throw damagedFile(path, causeMessage(cause), cause);
  }
}

function intensitiesOf(bitmap: Bitmap, context: Context | undefined, path: string): Uint8ClampedArray {
  const { height, width } = bitmap;
  if (!context) throw refused('too-large', path, `has ${width} × ${height} pixels, more than this browser can draw`);
  const intensities = new Uint8ClampedArray(4 * height * width);
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top);
    context.drawImage(bitmap, 0, -top);
    intensities.set(context.getImageData(0, 0, width, rows).data, 4 * top * width);
  }
  return intensities;
}
