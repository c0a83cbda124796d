// Photographs decoded by the browser: drawn as they are, turned upright, on black; their levels are read back and
// brought to their size by our own code, so that browsers give the same numbers.

import { InputError } from '../errors.js';
import { damagedFile } from '../files/bytes.js';
import { causeMessage } from '../files/cause.js';
import { fitLevels } from '../images/fit-levels.js';
import { checkClaim, checkGrey, checkSize, refused, type Picture, type PictureForm } from '../images/picture-form.js';
import { pictureHeader } from '../images/picture-header.js';

/** Rows that are read at a time: a canvas has fewer pixels than a photograph may have. */
const STRIP = 256;

interface Bitmap {
  readonly height: number;
  readonly width: number;
  readonly close: () => void;
}

interface Context {
  readonly drawImage: (bitmap: Bitmap, x: number, y: number) => void;
  readonly putImageData: (image: ImageLevels, x: number, y: number) => void;
  readonly createImageData: (width: number, height: number) => ImageLevels;
  readonly getImageData: (x: number, y: number, width: number, height: number) => ImageLevels;
}

interface ImageLevels {
  readonly data: Uint8ClampedArray;
}

/** What the types of Node lack. */
interface Platform {
  readonly createImageBitmap?: (blob: Blob, options: object) => Promise<Bitmap>;
  readonly OffscreenCanvas?: new (
    width: number,
    height: number,
  ) => { readonly getContext: (kind: '2d', options: object) => Context | null };
}

/**
 * Decodes the bytes of a file to the levels of a form.
 * @throws InputError `damaged-file`, `unknown-format`, `unsupported-type`, `too-large`, `too-small`,
 *   `channel-mismatch`, `not-a-volume`
 */
export type PictureDecoder = (bytes: Uint8Array, form: PictureForm, path: string) => Promise<CanvasPicture>;

interface CanvasPicture extends Picture {
  readonly levels: Uint8Array;
}

/** @throws InputError `no-canvas` where there is none, or the browser changes what is read from it */
export function canvasDecoder(platform: unknown = globalThis): PictureDecoder {
  const { createImageBitmap: open, OffscreenCanvas } = platform as Platform;
  const contextOf = (width: number, height: number): Context | undefined =>
    (OffscreenCanvas &&
      new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true })) ??
    undefined;
  const tried = contextOf(16, 16);
  if (!open || !tried) {
    throw new InputError('no-canvas', 'This browser cannot decode pictures for a page; take a newer one.');
  }
  checkHonest(tried);
  return async (bytes, form, path) => {
    checkForm(bytes, form, path);
    const bitmap = await bitmapOf(open, bytes, path);
    try {
      const { height, width } = bitmap;
      checkSize({ height, width }, form, path);
      const levels = levelsOf(bitmap, contextOf(width, Math.min(STRIP, height)), path);
      return { levels: fitLevels({ levels, height, width }, form), height, width };
    } finally {
      bitmap.close();
    }
  };
}

/** Some browsers answer with noise, so that nobody is recognised by how a canvas draws. */
function checkHonest(context: Context): void {
  const image = context.createImageData(16, 16);
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : (i * 37) % 256;
  context.putImageData(image, 0, 0);
  const { data } = context.getImageData(0, 0, 16, 16);
  if (image.data.every((level, i) => data[i] === level)) return;
  throw new InputError(
    'no-canvas',
    'This browser changes the pictures that a page reads, as a protection against recognising people by them; allow ' +
      'this page to read from a canvas, or take another browser.',
  );
}

function checkForm(bytes: Uint8Array, form: PictureForm, path: string): void {
  if (bytes.length === 0) throw damagedFile(path, 'it is empty');
  if (form.slice) throw refused('not-a-volume', path, 'has no slices; a page does not read volumes');
  const header = pictureHeader(bytes);
  if (!header) {
    throw new InputError('unknown-format', `${path} is no picture that a page reads: PNG, JPEG and WebP files are`, {
      path,
    });
  }
  const { bits, hasColours } = header;
  checkClaim(header, path);
  if (bits > 8) {
    throw refused(
      'unsupported-type',
      path,
      `has levels of ${bits} bits, of which a page sees 8; use interlatent encode`,
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

function levelsOf(bitmap: Bitmap, context: Context | undefined, path: string): Uint8ClampedArray {
  const { height, width } = bitmap;
  if (!context) throw refused('too-large', path, `has ${width} × ${height} pixels, more than this browser draws`);
  const levels = new Uint8ClampedArray(4 * height * width);
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top);
    context.drawImage(bitmap, 0, -top);
    levels.set(context.getImageData(0, 0, width, rows).data, 4 * top * width);
  }
  return levels;
}
