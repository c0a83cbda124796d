// One picture of a file, brought to the size and the channels that a study asks for: turned upright as EXIF says, cut
// to the shape, resampled (Lanczos, three lobes), transparent parts black, levels of 8 bits or, where the file has
// them, of 16.

import type { Metadata } from 'sharp';
import { InputError } from '../errors.js';
import { damagedFile } from '../files/bytes.js';
import { causeMessage } from '../files/cause.js';
import type { OpenPicture } from './sharp.js';

/** What a picture becomes. */
export interface PictureForm {
  readonly height: number;
  readonly width: number;
  readonly channels: 'rgb' | 'grey';
  /** centre: the largest part in the middle that has the form's shape; none: the whole, stretched to it. */
  readonly crop: 'centre' | 'none';
}

export interface Picture {
  /** From 0 to 255, or to 65,535; rows × columns × channels. */
  readonly levels: Uint8Array | Uint16Array;
  /** Pixels that the file had, upright. */
  readonly height: number;
  readonly width: number;
}

/** Pixels of the largest picture that is decoded; a header that claims more is not followed. */
export const MAX_PIXELS = 100e6;
/** How many times a side may be enlarged; beyond, nothing was seen of what the form asks for. */
export const MAX_ENLARGEMENT = 4;
/** To decode one picture in. */
const MAX_SECONDS = 60;

/**
 * Decode the bytes of a .jpg, .png, .tif (its first page) or .webp file.
 *
 * @param path named in errors
 * @throws InputError `damaged-file`, `unknown-format`, `unsupported-type` (levels of 32 bits), `too-large`,
 *   `too-small`, `channel-mismatch`
 */
export async function decodePicture(
  open: OpenPicture,
  bytes: Uint8Array,
  form: PictureForm,
  path: string,
): Promise<Picture> {
  if (bytes.length === 0) throw damagedFile(path, 'it is empty');
  if (!isPicture(bytes)) {
    throw new InputError('unknown-format', `${path} is no picture: JPEG, PNG, TIFF and WebP are read`, { path });
  }
  const isGrey = form.channels === 'grey';
  try {
    const header = await open(bytes, { limitInputPixels: false }).metadata();
    const size = uprightSize(header, form, path);
    const isDeep = header.depth === 'ushort';
    const { data } = await open(bytes, { limitInputPixels: MAX_PIXELS })
      .timeout({ seconds: MAX_SECONDS })
      .autoOrient()
      .flatten({ background: 'black' })
      .resize(form.width, form.height, { fit: form.crop === 'centre' ? 'cover' : 'fill', kernel: 'lanczos3' })
      .toColourspace(isDeep ? (isGrey ? 'grey16' : 'rgb16') : isGrey ? 'b-w' : 'srgb')
      .raw({ depth: isDeep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { buffer } = new Uint8Array(data);
    return { levels: isDeep ? new Uint16Array(buffer) : new Uint8Array(buffer), ...size };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw damagedFile(path, causeMessage(cause).split('\n', 1)[0], cause);
  }
}

/** By its first bytes: the library would also draw SVG and PDF. */
function isPicture(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return /^(?:\xff\xd8\xff|\x89PNG\r\n|II[*+]\0|MM\0[*+]|RIFF....WEBP)/s.test(start);
}

function uprightSize(
  { width: across, height: down, orientation = 1, depth, space }: Metadata,
  form: PictureForm,
  path: string,
): { height: number; width: number } {
  const [width, height] = orientation > 4 ? [down, across] : [across, down];
  const size = `${width} × ${height} pixels`;
  if (width * height > MAX_PIXELS) {
    const most = `${MAX_PIXELS / 1e6} million`;
    throw refused('too-large', path, `claims ${size}; up to ${most} are read: make the picture smaller`);
  }
  if (width * MAX_ENLARGEMENT < form.width || height * MAX_ENLARGEMENT < form.height) {
    const wanted = `${form.width} × ${form.height}`;
    throw refused('too-small', path, `has ${size}, far fewer than the ${wanted} of size; leave it out or lower size`);
  }
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw refused('unsupported-type', path, `has levels of type ${depth}; read are those of 8 and of 16 bits`);
  }
  if (form.channels === 'rgb' && (space === 'b-w' || space === 'grey16')) {
    throw refused('channel-mismatch', path, 'has no colours, which channels: rgb needs; write channels: grey');
  }
  return { height, width };
}

function refused(code: string, path: string, problem: string): InputError {
  return new InputError(code, `${path} ${problem}`, { path });
}
