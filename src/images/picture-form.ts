// What a study asks of every picture of a modality, and what becomes of one.

import { InputError, type ErrorCode } from '../errors.js';

/** What a picture becomes. */
export interface PictureForm {
  readonly height: number;
  readonly width: number;
  readonly channels: 'rgb' | 'grey';
  /** centre: the largest part in the middle that has the form's shape; none: the whole, stretched to it. */
  readonly crop: 'centre' | 'none';
  /** Of volumes: which slice is the picture. */
  readonly slice?: Slice | undefined;
}

export const AXES = ['i', 'j', 'k'] as const;

/** A slice across an axis of a volume: the index along it from 0, or where it is, 0 to 1. */
export interface Slice {
  readonly axis: (typeof AXES)[number];
  readonly index?: number | undefined;
  readonly fraction?: number | undefined;
}

export interface Picture {
  /**
   * From 0 to 255, or to 65,535, or values in their own unit; rows × columns × channels.
   */
  readonly levels: Uint8Array | Uint16Array | Float32Array;
  /** Pixels that the file had, upright. */
  readonly height: number;
  readonly width: number;
}

/** Pixels of the largest picture that is decoded; a header that claims more is not followed. */
export const MAX_PIXELS = 100e6;
/** How many times a side may be enlarged; beyond, nothing was seen of what the form asks for. */
export const MAX_ENLARGEMENT = 4;

type Size = Pick<Picture, 'height' | 'width'>;

/** Of a header, before anything is decoded. @throws InputError `too-large` */
export function checkClaim({ height, width }: Size, path: string): void {
  if (width * height <= MAX_PIXELS) return;
  const most = `${MAX_PIXELS / 1e6} million`;
  throw refused(
    'too-large',
    path,
    `claims ${width} × ${height} pixels; up to ${most} are read: make the picture smaller`,
  );
}

/** @throws InputError `too-large`, `too-small` */
export function checkSize({ height, width }: Size, form: PictureForm, path: string): void {
  checkClaim({ height, width }, path);
  const size = `${width} × ${height} pixels`;
  if (width * MAX_ENLARGEMENT < form.width || height * MAX_ENLARGEMENT < form.height) {
    const wanted = `${form.width} × ${form.height}`;
    throw refused('too-small', path, `has ${size}, far fewer than the ${wanted} of size; leave it out or lower size`);
  }
}

/** @throws InputError `channel-mismatch` */
export function checkGrey({ channels }: PictureForm, path: string): void {
  if (channels === 'grey') return;
  throw refused('channel-mismatch', path, 'has no colours, which channels: rgb needs; write channels: grey');
}

export function refused(code: ErrorCode, path: string, problem: string): InputError {
  return new InputError(code, `${path} ${problem}`, { path });
}
