// Decodes an image file to the size and channels of a study. Photographs are rotated by their EXIF orientation,
// cropped, and resampled (Lanczos, three lobes). Transparent parts become black. Intensities have 8 bits, or 16 if the
// file has 16. Images of scanners keep their unit.

import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { InputError } from '../errors/errors.js';
import { damagedFile } from '../files/bytes.js';
import { causeMessage } from '../errors/cause.js';
import { decodeDicom, isDicom } from './dicom.js';
import { decodeNifti, isNifti } from './nifti.js';
import { checkGrey, checkSize, MAX_PIXELS, refused, type DecodedImage, type ImageForm } from './image-form.js';
import { loadPeer } from '../files/peer.js';

/** Maximum time to decode one image. */
const MAX_SECONDS = 60;

/**
 * Decodes the bytes of a .jpg, .png, .tif (first page), .webp, DICOM or .nii file. The content determines the format.
 *
 * @param path path for errors
 * @param load loads the package for photographs
 * @throws InputError `missing-peer`, `damaged-file`, `unknown-format`, `unsupported-type` (intensities of 32 bits,
 *   compressed DICOM, …), `too-large`, `too-small`, `channel-mismatch`, `missing-slice`, `not-a-volume`, `not-finite`
 */
export async function decodeImage(
  bytes: Uint8Array,
  form: ImageForm,
  path: string,
  load: () => Promise<OpenImage> = loadSharp,
): Promise<DecodedImage> {
  if (bytes.length === 0) throw damagedFile(path, 'it is empty');
  if (isNifti(bytes)) return decodeNifti(bytes, form, path);
  if (form.slice) throw refused('not-a-volume', path, 'has no slices; leave slice out, or give NIfTI files');
  if (isDicom(bytes)) {
    const read = await decodeDicom(bytes, form, path);
    if (!('colours' in read)) return read;
    const { colours, height, width } = read;
    const raw = { width, height, channels: 3 } as const;
    return photograph(path, async () => {
      const open = await load();
      return { ...(await formatted(open(colours, { raw }), form, false)), height, width };
    });
  }
  if (!isPhotograph(bytes)) {
    throw new InputError(
      'unknown-format',
      `${path} is not an image: JPEG, PNG, TIFF, WebP, DICOM and NIfTI files are read`,
      { path },
    );
  }
  const open = await load();
  return photograph(path, async () => {
    const header = await open(bytes, { limitInputPixels: false }).metadata();
    const size = uprightSize(header, form, path);
    const upright = open(bytes, { limitInputPixels: MAX_PIXELS }).timeout({ seconds: MAX_SECONDS }).autoOrient();
    return { ...(await formatted(upright, form, header.depth === 'ushort')), ...size };
  });
}

async function photograph(path: string, read: () => Promise<DecodedImage>): Promise<DecodedImage> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw damagedFile(path, causeMessage(cause).split('\n', 1)[0], cause);
  }
}

async function formatted(image: Sharp, form: ImageForm, isDeep: boolean): Promise<Pick<DecodedImage, 'intensities'>> {
  const isGrey = form.channels === 'grey';
  const { data } = await image
    .flatten({ background: 'black' })
    .resize(form.width, form.height, { fit: form.crop === 'centre' ? 'cover' : 'fill', kernel: 'lanczos3' })
    .toColourspace(isDeep ? (isGrey ? 'grey16' : 'rgb16') : isGrey ? 'b-w' : 'srgb')
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { buffer } = new Uint8Array(data);
  return { intensities: isDeep ? new Uint16Array(buffer) : new Uint8Array(buffer) };
}

/** Checks the first bytes, because the library would also render SVG and PDF. */
function isPhotograph(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return /^(?:\xff\xd8\xff|\x89PNG\r\n|II[*+]\0|MM\0[*+]|RIFF....WEBP)/s.test(start);
}

function uprightSize(
  { width: across, height: down, orientation = 1, depth, space }: Metadata,
  form: ImageForm,
  path: string,
): { height: number; width: number } {
  const [width, height] = orientation > 4 ? [down, across] : [across, down];
  checkSize({ height, width }, form, path);
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw refused('unsupported-type', path, `has intensities of type ${depth}; supported are 8 and 16 bits`);
  }
  if (space === 'b-w' || space === 'grey16') checkGrey(form, path);
  return { height, width };
}

/** Opens an encoded image, or raw intensities with their size in the options. */
export type OpenImage = (input: Uint8Array | Uint16Array, options?: SharpOptions) => Sharp;

/**
 * Loads sharp.
 * @param load loads the package
 * @throws InputError `missing-peer`
 */
export async function loadSharp(
  load: () => Promise<{ readonly default: OpenImage }> = () => import('sharp'),
): Promise<OpenImage> {
  return (await loadPeer('sharp', 'images are', load)).default;
}
