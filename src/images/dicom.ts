// Decodes uncompressed DICOM files (PS3.10). Colours are intensities. A single value per pixel is rescaled to its unit
// (PS3.3, C.11.1). The window is not applied, since it only controls the display.

import type * as Dicom from 'dicom-parser';
import type { DataSet } from 'dicom-parser';
import { InterlatentError } from '../errors/errors.js';
import { damagedFile } from '../files/bytes.js';
import { causeMessage } from '../errors/cause.js';
import { checkGrey, checkSize, refused, type DecodedImage, type ImageForm } from './image-form.js';
import { loadPeer } from '../files/peer.js';
import { resample } from './resample.js';

type Parser = Pick<typeof Dicom, 'parseDicom'>;

const PREFIX = 'DICM';
const PREFIX_AT = 128;

/** Supported transfer syntaxes, with true for little-endian ones. */
const SYNTAXES: Readonly<Record<string, boolean>> = {
  '1.2.840.10008.1.2': true,
  '1.2.840.10008.1.2.1': true,
  '1.2.840.10008.1.2.2': false,
};
const DEFLATED = '1.2.840.10008.1.2.1.99';

const TAGS = {
  syntax: 'x00020010',
  samples: 'x00280002',
  photometric: 'x00280004',
  planar: 'x00280006',
  frames: 'x00280008',
  rows: 'x00280010',
  columns: 'x00280011',
  allocated: 'x00280100',
  stored: 'x00280101',
  high: 'x00280102',
  signed: 'x00280103',
  intercept: 'x00281052',
  slope: 'x00281053',
  pixels: 'x7fe00010',
} as const;

/** Imports a CommonJS module, whose exports may only be properties of its default export. */
async function importParser(): Promise<Parser> {
  const module: Parser & { readonly default?: Parser } = await import('dicom-parser');
  return module.default ?? module;
}

/** Description of the pixels of a file. */
interface Header {
  readonly height: number;
  readonly width: number;
  readonly samples: number;
  readonly photometric: string;
  readonly isPlanar: boolean;
  readonly allocated: number;
  readonly stored: number;
  readonly high: number;
  readonly isSigned: boolean;
  readonly slope: number;
  readonly intercept: number;
  readonly isLittle: boolean;
  readonly isSwapped: boolean;
  /** Position of the first pixel. */
  readonly start: number;
}

export function isDicom(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(PREFIX_AT, PREFIX_AT + PREFIX.length)).toString('latin1') === PREFIX;
}

/** Colours of a file. They are resampled like those of photographs. */
export interface Colours {
  /** Rows × columns × 3. */
  readonly colours: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Decodes a DICOM file.
 * @param path path for errors
 * @param load loads the package
 * @returns an image of the form, or its colours
 * @throws InputError `missing-peer`, `damaged-file`, `unsupported-type`, `too-large`, `too-small`, `channel-mismatch`
 */
export async function decodeDicom(
  bytes: Uint8Array,
  form: ImageForm,
  path: string,
  load: () => Promise<Parser> = importParser,
): Promise<DecodedImage | Colours> {
  const { parseDicom } = await loadPeer('dicom-parser', 'DICOM files are', load);
  const header = readHeader(parseDicom, bytes, path);
  const { height, width, samples } = header;
  checkSize(header, form, path);
  const count = height * width * samples;
  const needed = (count * header.allocated) / 8;
  if (header.start + needed > bytes.length) {
    throw damagedFile(path, `it claims ${needed} bytes of pixels and has ${Math.max(0, bytes.length - header.start)}`);
  }
  const stored = storedValues(bytes, header);
  if (samples === 3) {
    const pixels = height * width;
    const colours = Uint8Array.from({ length: count }, (_, at) =>
      stored(header.isPlanar ? (at % 3) * pixels + Math.floor(at / 3) : at),
    );
    return { colours, height, width };
  }
  checkGrey(form, path);
  const { slope, intercept } = header;
  // If the minimum is white (MONOCHROME1), mirror the values in their possible range.
  const ends = header.isSigned ? -1 : 2 ** header.stored - 1;
  const isMirrored = header.photometric === 'MONOCHROME1';
  const values = Float32Array.from({ length: count }, (_, at) => {
    const value = stored(at);
    return slope * (isMirrored ? ends - value : value) + intercept;
  });
  return { intensities: resample({ values, height, width }, form), height, width };
}

function readHeader(parseDicom: Parser['parseDicom'], bytes: Uint8Array, path: string): Header {
  try {
    // The package reads elements on access, and these may be beyond the end of the file.
    return headerOf(parsed(parseDicom, bytes, path), path);
  } catch (thrown) {
    if (thrown instanceof InterlatentError) throw thrown;
    // The package throws texts, errors, and objects that contain one of them.
    const inner = typeof thrown === 'object' && thrown !== null && 'exception' in thrown ? thrown.exception : thrown;
    throw damagedFile(path, typeof inner === 'string' ? inner : causeMessage(inner), thrown);
  }
}

/** Returns all elements before the pixels. */
function parsed(parseDicom: Parser['parseDicom'], bytes: Uint8Array, path: string): DataSet {
  const seen = { deflated: false };
  try {
    return parseDicom(bytes, {
      untilTag: TAGS.pixels,
      // Inflated content may have any size.
      inflater: () => {
        seen.deflated = true;
        throw new Error('deflated');
      },
    });
  } catch (thrown) {
    throw seen.deflated ? compressed(DEFLATED, path) : thrown;
  }
}

function headerOf(data: DataSet, path: string): Header {
  const syntax = data.string(TAGS.syntax) ?? '';
  if (!Object.hasOwn(SYNTAXES, syntax)) throw compressed(syntax, path);
  const number = (tag: string, name: string): number => {
    const value = data.uint16(tag);
    if (value === undefined) throw damagedFile(path, `${name} is missing`);
    return value;
  };
  const decimal = (tag: string, name: string, otherwise: number): number => {
    if (data.string(tag) === undefined) return otherwise;
    const value = data.floatString(tag);
    if (value === undefined || !Number.isFinite(value)) throw damagedFile(path, `${name} is not a number`);
    return value;
  };
  const [height, width] = [number(TAGS.rows, 'Rows'), number(TAGS.columns, 'Columns')];
  const samples = data.uint16(TAGS.samples) ?? 1;
  const photometric = data.string(TAGS.photometric) ?? '';
  const allocated = number(TAGS.allocated, 'Bits Allocated');
  const stored = data.uint16(TAGS.stored) ?? allocated;
  const high = data.uint16(TAGS.high) ?? stored - 1;
  const pixels = data.elements[TAGS.pixels] as DataSet['elements'][string] | undefined;
  if (!pixels) throw damagedFile(path, 'it has no pixels');
  if (height === 0 || width === 0) throw damagedFile(path, `it has ${width} × ${height} pixels`);
  const frames = decimal(TAGS.frames, 'Number of Frames', 1);
  if (frames !== 1) {
    throw refused('unsupported-type', path, `has ${frames} frames; only files with one image are supported`);
  }
  const isColour = photometric === 'RGB' && samples === 3 && allocated === 8;
  const isGrey = /^MONOCHROME[12]$/.test(photometric) && samples === 1 && (allocated === 8 || allocated === 16);
  if (!isColour && !isGrey) {
    throw refused(
      'unsupported-type',
      path,
      `has ${photometric || 'pixels'} of ${samples} × ${allocated} bits; supported are MONOCHROME1 and MONOCHROME2 ` +
        'of 8 and 16 bits and RGB of 8',
    );
  }
  if (stored < 1 || stored > allocated || high !== stored - 1) {
    throw refused('unsupported-type', path, `has values of ${stored} bits up to bit ${high} of ${allocated}`);
  }
  return {
    height,
    width,
    samples,
    photometric,
    allocated,
    stored,
    high,
    isPlanar: data.uint16(TAGS.planar) === 1,
    isSigned: data.uint16(TAGS.signed) === 1,
    slope: decimal(TAGS.slope, 'Rescale Slope', 1),
    intercept: decimal(TAGS.intercept, 'Rescale Intercept', 0),
    isLittle: SYNTAXES[syntax],
    // True for bytes in big-endian 16-bit words.
    isSwapped: allocated === 8 && pixels.vr === 'OW' && !SYNTAXES[syntax],
    start: pixels.dataOffset,
  };
}

/** Returns a function from a position to its value. Bits above the stored ones are ignored. */
function storedValues(
  bytes: Uint8Array,
  { start, allocated, stored, isSigned, isLittle, isSwapped }: Header,
): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unused = 32 - stored;
  return (at) => {
    const raw = allocated === 8 ? bytes[start + (isSwapped ? at ^ 1 : at)] : view.getUint16(start + 2 * at, isLittle);
    return isSigned ? (raw << unused) >> unused : (raw << unused) >>> unused;
  };
}

function compressed(syntax: string, path: string) {
  return refused(
    'unsupported-type',
    path,
    `has transfer syntax ${syntax || 'of no name'}, which is compressed or unknown; only uncompressed files are ` +
      'supported: convert it, for instance with dcmdjpeg or gdcmconv --raw',
  );
}
