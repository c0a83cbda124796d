// Decodes a slice of a NIfTI-1 or NIfTI-2 file, also gzipped: values times slope plus intercept, in their unit. A
// compressed file is inflated only up to the end of the slice.

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type * as Nifti from 'nifti-reader-js';
import { damagedFile, tooLarge } from '../files/bytes.js';
import { causeMessage } from '../errors/cause.js';
import { loadPeer } from '../files/peer.js';
import { AXES, checkGrey, checkSize, refused, type DecodedImage, type ImageForm, type Slice } from './image-form.js';
import { resample } from './resample.js';

type Reader = Pick<typeof Nifti, 'isNIFTI' | 'isNIFTI2' | 'readHeader'>;

/** Bytes of a header without extensions, for NIfTI-1 and NIfTI-2. */
const HEADERS = [348, 540] as const;
/** Maximum bytes of a volume up to the end of the slice. */
const MAX_BYTES = 2 ** 31;

/** Bytes and reader of a value, by the code of its data type. */
const TYPES: Readonly<Record<number, readonly [bytes: number, read: keyof DataView & `get${string}`]>> = {
  2: [1, 'getUint8'],
  4: [2, 'getInt16'],
  8: [4, 'getInt32'],
  16: [4, 'getFloat32'],
  64: [8, 'getFloat64'],
  256: [1, 'getInt8'],
  512: [2, 'getUint16'],
  768: [4, 'getUint32'],
};

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** True for a NIfTI header, and for a gzipped file, since no other image format is gzipped. */
export function isNifti(bytes: Uint8Array): boolean {
  if (isGzip(bytes)) return true;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (
    bytes.length >= 4 &&
    [true, false].some((isLittle) => HEADERS.some((length) => size.getInt32(0, isLittle) === length))
  );
}

interface Header {
  readonly dims: readonly [number, number, number];
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  readonly slope: number;
  readonly intercept: number;
  /** Position of the first value. */
  readonly start: number;
}

/**
 * Decodes the slice of `form` from a NIfTI file.
 * @param path path for errors
 * @param load loads the package
 * @throws InputError `missing-peer`, `missing-slice`, `damaged-file`, `unsupported-type`, `not-finite`, `too-large`,
 *   `too-small`, `channel-mismatch`
 */
export async function decodeNifti(
  bytes: Uint8Array,
  form: ImageForm,
  path: string,
  load: () => Promise<Reader> = () => import('nifti-reader-js'),
): Promise<DecodedImage> {
  const reader = await loadPeer('nifti-reader-js', 'NIfTI files are', load);
  const { slice } = form;
  if (!slice) {
    throw refused('missing-slice', path, 'is a volume; choose a slice of it, as in slice: { axis: k, fraction: 0.5 }');
  }
  checkGrey(form, path);
  const header = headerOf(reader, await beginning(bytes, HEADERS[1], path), path);
  const plane = planeOf(header, slice, path);
  checkSize(plane, form, path);
  const needed = header.start + plane.end * header.bytes;
  if (needed > MAX_BYTES) throw tooLarge(path, needed, MAX_BYTES);
  const data = await beginning(bytes, needed, path);
  if (data.length < needed) {
    throw damagedFile(path, `its header claims ${needed} bytes up to the slice, but there are ${data.length}`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values = Float32Array.from({ length: plane.height * plane.width }, (_, at) => {
    const voxel = plane.voxel(Math.floor(at / plane.width), at % plane.width);
    return header.slope * header.read(view, header.start + voxel * header.bytes) + header.intercept;
  });
  if (!values.every(Number.isFinite)) {
    throw refused(
      'not-finite',
      path,
      'has a value in this slice that is not finite; write 0 or another number instead',
    );
  }
  const { height, width } = plane;
  return { intensities: resample({ values, height, width }, form), height, width };
}

/** Returns the first `count` bytes of the (inflated) content, or fewer if it has fewer. */
async function beginning(bytes: Uint8Array, count: number, path: string): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes.subarray(0, count);
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    const inflated = Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]).pipe(
      createGunzip(),
    );
    for await (const piece of inflated as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length >= count) break;
    }
  } catch (cause) {
    throw damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  }
  return Buffer.concat(pieces).subarray(0, count);
}

function headerOf({ isNIFTI, isNIFTI2, readHeader }: Reader, bytes: Uint8Array, path: string): Header {
  // Copy the header without its extensions, which are not needed, to a separate buffer.
  const all = new Uint8Array(bytes);
  const bare = all.slice(0, isNIFTI2(all.buffer) ? HEADERS[1] : HEADERS[0]);
  if (!isNIFTI(bare.buffer)) {
    throw refused('unknown-format', path, 'is not a single NIfTI file (.nii, .nii.gz); convert a pair .hdr and .img');
  }
  const header = headerOrDamaged(() => readHeader(bare.buffer), path);
  const {
    dims: claimed,
    datatypeCode,
    littleEndian,
    scl_slope: slope,
    scl_inter: intercept,
    vox_offset: start,
  } = header;
  const [axes, ...sizes] = claimed;
  const dims = [0, 1, 2].map((axis) => (axis < axes ? sizes[axis] : 1));
  if (!(axes >= 1 && axes <= 7) || !sizes.slice(0, axes).every((size) => Number.isInteger(size) && size >= 1)) {
    throw damagedFile(path, `its sizes are ${claimed.join(', ')}`);
  }
  if (sizes.slice(3, axes).some((size) => size > 1)) {
    const text = sizes.slice(0, axes).join(' × ');
    throw refused(
      'unsupported-type',
      path,
      `has sizes ${text}; only volumes with three axes are supported: extract one`,
    );
  }
  if (!(datatypeCode in TYPES)) {
    throw refused(
      'unsupported-type',
      path,
      `has values of type ${datatypeCode}; supported are integers and real numbers`,
    );
  }
  if (!Number.isInteger(start) || start < bare.length) throw damagedFile(path, `its values begin at byte ${start}`);
  const isScaled = Number.isFinite(slope) && slope !== 0;
  if (isScaled && !Number.isFinite(intercept)) throw damagedFile(path, `its intercept is ${intercept}`);
  const [each, read] = TYPES[datatypeCode];
  return {
    dims: dims as [number, number, number],
    bytes: each,
    read: (view, at) => (view[read] as (at: number, isLittle?: boolean) => number).call(view, at, littleEndian),
    slope: isScaled ? slope : 1,
    intercept: isScaled ? intercept : 0,
    start,
  };
}

function headerOrDamaged<Value>(run: () => Value, path: string): Value {
  try {
    return run();
  } catch (cause) {
    throw damagedFile(path, causeMessage(cause), cause);
  }
}

/**
 * Returns the plane of a slice. Columns run along the first of the two other axes. Rows run along the second, from its
 * end: if the axes of the volume point right, forward and up, so do those of the image.
 */
function planeOf({ dims }: Pick<Header, 'dims'>, { axis, index, fraction = 0 }: Slice, path: string) {
  const across = AXES.indexOf(axis);
  const at = index ?? Math.min(dims[across] - 1, Math.floor(fraction * dims[across]));
  if (at >= dims[across]) {
    throw refused('missing-slice', path, `has ${dims[across]} slices along ${axis}, from 0 on; it has no ${at}`);
  }
  const [first, second] = [0, 1, 2].filter((other) => other !== across);
  const steps = [1, dims[0], dims[0] * dims[1]];
  const [width, height] = [dims[first], dims[second]];
  const voxel = (row: number, column: number): number =>
    at * steps[across] + column * steps[first] + (height - 1 - row) * steps[second];
  return { height, width, voxel, end: voxel(0, width - 1) + 1 };
}
