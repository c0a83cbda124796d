// One picture of a file, brought to the size and the channels that a study asks for. Photographs are turned upright as
// EXIF says, cut to the shape, resampled (Lanczos, three lobes), transparent parts black, levels of 8 bits or, where
// the file has them, of 16. Pictures of scanners keep their unit.

import type { Metadata, Sharp } from 'sharp';
import { InputError } from '../errors.js';
import { damagedFile } from '../files/bytes.js';
import { causeMessage } from '../files/cause.js';
import { decodeDicom, isDicom } from './dicom.js';
import { decodeNifti, isNifti } from './nifti.js';
import { checkGrey, checkSize, MAX_PIXELS, refused, type Picture, type PictureForm } from './picture-form.js';
import { loadSharp, type OpenPicture } from './sharp.js';

/** To decode one picture in. */
const MAX_SECONDS = 60;

/**
 * Decode the bytes of a .jpg, .png, .tif (its first page), .webp, DICOM or .nii file, told by its content.
 *
 * @param path named in errors
 * @param load where the package that reads photographs comes from
 * @throws InputError `missing-peer`, `damaged-file`, `unknown-format`, `unsupported-type` (levels of 32 bits, DICOM
 *   that is compressed …), `too-large`, `too-small`, `channel-mismatch`, `missing-slice`, `not-a-volume`, `not-finite`
 */
export async function decodePicture(
  bytes: Uint8Array,
  form: PictureForm,
  path: string,
  load: () => Promise<OpenPicture> = loadSharp,
): Promise<Picture> {
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
      return { ...(await brought(open(colours, { raw }), form, false)), height, width };
    });
  }
  if (!isPhotograph(bytes)) {
    throw new InputError(
      'unknown-format',
      `${path} is no picture: JPEG, PNG, TIFF, WebP, DICOM and NIfTI files are read`,
      { path },
    );
  }
  const open = await load();
  return photograph(path, async () => {
    const header = await open(bytes, { limitInputPixels: false }).metadata();
    const size = uprightSize(header, form, path);
    const upright = open(bytes, { limitInputPixels: MAX_PIXELS }).timeout({ seconds: MAX_SECONDS }).autoOrient();
    return { ...(await brought(upright, form, header.depth === 'ushort')), ...size };
  });
}

async function photograph(path: string, read: () => Promise<Picture>): Promise<Picture> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw damagedFile(path, causeMessage(cause).split('\n', 1)[0], cause);
  }
}

async function brought(picture: Sharp, form: PictureForm, isDeep: boolean): Promise<Pick<Picture, 'levels'>> {
  const isGrey = form.channels === 'grey';
  const { data } = await picture
    .flatten({ background: 'black' })
    .resize(form.width, form.height, { fit: form.crop === 'centre' ? 'cover' : 'fill', kernel: 'lanczos3' })
    .toColourspace(isDeep ? (isGrey ? 'grey16' : 'rgb16') : isGrey ? 'b-w' : 'srgb')
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { buffer } = new Uint8Array(data);
  return { levels: isDeep ? new Uint16Array(buffer) : new Uint8Array(buffer) };
}

/** By its first bytes: the library would also draw SVG and PDF. */
function isPhotograph(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return /^(?:\xff\xd8\xff|\x89PNG\r\n|II[*+]\0|MM\0[*+]|RIFF....WEBP)/s.test(start);
}

function uprightSize(
  { width: across, height: down, orientation = 1, depth, space }: Metadata,
  form: PictureForm,
  path: string,
): { height: number; width: number } {
  const [width, height] = orientation > 4 ? [down, across] : [across, down];
  checkSize({ height, width }, form, path);
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw refused('unsupported-type', path, `has levels of type ${depth}; read are those of 8 and of 16 bits`);
  }
  if (space === 'b-w' || space === 'grey16') checkGrey(form, path);
  return { height, width };
}
