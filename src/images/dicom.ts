// A picture of a DICOM file (PS3.10), uncompressed: colours as levels; one value a pixel as the modality's rescaling
// gives it (PS3.3, C.11.1), in its own unit. The window is how somebody looked at it, and is not applied.

import type * as Dicom from 'dicom-parser';
import type { DataSet } from 'dicom-parser';
import { InterlatentError } from '../errors.js';
import { damagedFile } from '../files/bytes.js';
import { causeMessage } from '../files/cause.js';
import { checkGrey, checkSize, refused, type Picture, type PictureForm } from './picture-form.js';
import { loadPeer } from '../files/peer.js';
import { resample } from './resample.js';

type Parser = Pick<typeof Dicom, 'parseDicom'>;

const PREFIX = 'DICM';
const PREFIX_AT = 128;

/** Transfer syntaxes that are read, and whether their numbers begin with the least byte. */
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

/** A CommonJS module, whose names an import may have in its default alone. */
async function importParser(): Promise<Parser> {
  const module: Parser & { readonly default?: Parser } = await import('dicom-parser');
  return module.default ?? module;
}

/** What a file says of its pixels. */
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
  /** Where the pixels begin. */
  readonly start: number;
}

export function isDicom(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(PREFIX_AT, PREFIX_AT + PREFIX.length)).toString('latin1') === PREFIX;
}

/** Colours of a file, to be resampled as those of photographs are. */
export interface Colours {
  /** Rows × columns × 3. */
  readonly colours: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * @param path named in errors
 * @param load where the package comes from
 * @returns a picture of the form, or its colours
 * @throws InputError `missing-peer`, `damaged-file`, `unsupported-type`, `too-large`, `too-small`, `channel-mismatch`
 */
export async function decodeDicom(
  bytes: Uint8Array,
  form: PictureForm,
  path: string,
  load: () => Promise<Parser> = importParser,
): Promise<Picture | Colours> {
  const { parseDicom } = await loadPeer('dicom-parser', 'DICOM files are', load);
  const header = readHeader(parseDicom, bytes, path);
  const { height, width, samples } = header;
  checkSize(header, form, path);
  const count = height * width * samples;
  const needed = (count * header.allocated) / 8;
  if (header.start + needed > bytes.length) {
    throw damagedFile(
      path,
      `it promises ${needed} bytes of pixels and has ${Math.max(0, bytes.length - header.start)}`,
    );
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
  // Where the least value is white, values are mirrored in the range that they can have.
  const ends = header.isSigned ? -1 : 2 ** header.stored - 1;
  const isMirrored = header.photometric === 'MONOCHROME1';
  const values = Float32Array.from({ length: count }, (_, at) => {
    const value = stored(at);
    return slope * (isMirrored ? ends - value : value) + intercept;
  });
  return { levels: resample({ values, height, width }, form), height, width };
}

function readHeader(parseDicom: Parser['parseDicom'], bytes: Uint8Array, path: string): Header {
  try {
    // Elements are read when they are asked for, and may lie beyond the end of the file.
    return headerOf(parsed(parseDicom, bytes, path), path);
  } catch (thrown) {
    if (thrown instanceof InterlatentError) throw thrown;
    // The package throws texts, errors, and what holds one of them.
    const inner = typeof thrown === 'object' && thrown !== null && 'exception' in thrown ? thrown.exception : thrown;
    throw damagedFile(path, typeof inner === 'string' ? inner : causeMessage(inner), thrown);
  }
}

/** All elements before the pixels. */
function parsed(parseDicom: Parser['parseDicom'], bytes: Uint8Array, path: string): DataSet {
  const met = { deflated: false };
  try {
    return parseDicom(bytes, {
      untilTag: TAGS.pixels,
      // What is deflated may be of any size.
      inflater: () => {
        met.deflated = true;
        throw new Error('deflated');
      },
    });
  } catch (thrown) {
    throw met.deflated ? compressed(DEFLATED, path) : thrown;
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
    if (value === undefined || !Number.isFinite(value)) throw damagedFile(path, `${name} is no number`);
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
  if (frames !== 1) throw refused('unsupported-type', path, `has ${frames} frames; files of one picture are read`);
  const isColour = photometric === 'RGB' && samples === 3 && allocated === 8;
  const isGrey = /^MONOCHROME[12]$/.test(photometric) && samples === 1 && (allocated === 8 || allocated === 16);
  if (!isColour && !isGrey) {
    throw refused(
      'unsupported-type',
      path,
      `has ${photometric || 'pixels'} of ${samples} × ${allocated} bits; read are MONOCHROME1 and MONOCHROME2 of ` +
        '8 and 16 bits and RGB of 8',
    );
  }
  if (stored < 1 || stored > allocated || high !== stored - 1) {
    throw refused('unsupported-type', path, `has values of ${stored} bits up to bit ${high} of ${allocated}`);
  }
  return {
    ...{ height, width, samples, photometric, allocated, stored, high },
    isPlanar: data.uint16(TAGS.planar) === 1,
    isSigned: data.uint16(TAGS.signed) === 1,
    slope: decimal(TAGS.slope, 'Rescale Slope', 1),
    intercept: decimal(TAGS.intercept, 'Rescale Intercept', 0),
    isLittle: SYNTAXES[syntax],
    // Bytes in words whose greater byte comes first.
    isSwapped: allocated === 8 && pixels.vr === 'OW' && !SYNTAXES[syntax],
    start: pixels.dataOffset,
  };
}

/** A value by its position; what lies above the stored bits is not its own. */
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
    `has transfer syntax ${syntax || 'of no name'}, which is compressed or unknown; uncompressed files are read: ` +
      'convert it, for instance with dcmdjpeg or gdcmconv --raw',
  );
}
