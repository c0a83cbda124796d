// Form of the images of a modality: size, channels and cropping. Also checks sizes.

import { InputError, type ErrorCode } from '../errors/errors.js';

/** Form to which images are converted. */
export interface ImageForm {
  readonly height: number;
  readonly width: number;
  readonly channels: 'rgb' | 'grey';
  /** `centre`: the largest central part with the aspect ratio of the form. `none`: the whole image, stretched. */
  readonly crop: 'centre' | 'none';
  /** Slice of a volume that is the image. */
  readonly slice?: Slice | undefined;
}

export const AXES = ['i', 'j', 'k'] as const;

/** A slice across an axis of a volume, at an index from 0 or at a fraction of the axis, 0 to 1. */
export interface Slice {
  readonly axis: (typeof AXES)[number];
  readonly index?: number | undefined;
  readonly fraction?: number | undefined;
}

export interface DecodedImage {
  /** Intensities from 0 to 255 or 65,535, or values in a physical unit; rows × columns × channels. */
  readonly intensities: Uint8Array | Uint16Array | Float32Array;
  /** Size in pixels of the image in the file, after rotation. */
  readonly height: number;
  readonly width: number;
}

/** Maximum number of pixels. An image whose header claims more is not decoded. */
export const MAX_PIXELS = 100e6;
/** Maximum factor by which a side is enlarged. */
const MAX_ENLARGEMENT = 4;

type Size = Pick<DecodedImage, 'height' | 'width'>;

/** Checks a header before decoding. @throws InputError `too-large` */
export function checkPixelCount({ height, width }: Size, path: string): void {
  if (width * height <= MAX_PIXELS) return;
  const limit = `${MAX_PIXELS / 1e6} million`;
  throw refused(
    'too-large',
    path,
    `claims ${width} × ${height} pixels; up to ${limit} are read: make the image smaller`,
  );
}

/** Checks the size of an image. @throws InputError `too-large`, `too-small` */
export function checkSize({ height, width }: Size, form: ImageForm, path: string): void {
  checkPixelCount({ height, width }, path);
  const size = `${width} × ${height} pixels`;
  if (width * MAX_ENLARGEMENT < form.width || height * MAX_ENLARGEMENT < form.height) {
    const wanted = `${form.width} × ${form.height}`;
    throw refused('too-small', path, `has ${size}, far fewer than the ${wanted} of size; leave it out or lower size`);
  }
}

/** Checks that the form allows an image without colours. @throws InputError `channel-mismatch` */
export function checkGrey({ channels }: ImageForm, path: string): void {
  if (channels === 'grey') return;
  throw refused('channel-mismatch', path, 'has no colours, which channels: rgb needs; write channels: grey');
}

export function refused(code: ErrorCode, path: string, problem: string): InputError {
  return new InputError(code, `${path} ${problem}`, { path });
}
