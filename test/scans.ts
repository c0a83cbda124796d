// Writes DICOM and NIfTI files.

/** [tag as group and element, value representation, value]. */
type Element = readonly [group: number, element: number, vr: string, value: Uint8Array];

export interface DicomImage {
  readonly rows: number;
  readonly columns: number;
  /** Stored values. */
  readonly pixels: readonly number[];
  readonly samples?: number;
  readonly photometric?: string;
  readonly allocated?: number;
  readonly stored?: number;
  readonly high?: number;
  readonly signed?: boolean;
  readonly planar?: number;
  /** Slope; like intercept and frames a decimal string. */
  readonly slope?: string;
  readonly intercept?: string;
  readonly frames?: string;
  readonly syntax?: string;
  readonly more?: readonly Element[];
  readonly withoutPixels?: boolean;
  /** Value representation of the pixels. Default: OB for 8 bits, OW for 16. */
  readonly vr?: 'OB' | 'OW';
}

export const SYNTAX = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  bigEndian: '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
  jpeg: '1.2.840.10008.1.2.4.50',
} as const;

/** Value representations whose length has four bytes after two reserved ones. */
const LONG = ['OB', 'OW', 'SQ', 'UN', 'UT'];

function element([group, number, vr, value]: Element, isExplicit: boolean, isLittle: boolean): Uint8Array {
  const even = value.length % 2 === 0 ? value : Uint8Array.from([...value, vr === 'UI' ? 0 : 32]);
  const isLong = !isExplicit || LONG.includes(vr);
  const head = new Uint8Array(isExplicit && isLong ? 12 : 8);
  const view = new DataView(head.buffer);
  view.setUint16(0, group, isLittle);
  view.setUint16(2, number, isLittle);
  if (isExplicit) head.set(Buffer.from(vr, 'latin1'), 4);
  if (isLong) view.setUint32(isExplicit ? 8 : 4, even.length, isLittle);
  else view.setUint16(6, even.length, isLittle);
  return Buffer.concat([head, even]);
}

const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

export function dicom(image: DicomImage): Uint8Array {
  const { rows, columns, pixels, samples = 1, photometric = 'MONOCHROME2', allocated = 16 } = image;
  const { stored = allocated, high = stored - 1, signed = false, syntax = SYNTAX.explicit, more = [] } = image;
  const isLittle = syntax !== SYNTAX.bigEndian;
  const short = (value: number): Uint8Array => {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value, isLittle);
    return bytes;
  };
  const data = new Uint8Array((pixels.length * allocated) / 8);
  const view = new DataView(data.buffer);
  pixels.forEach((value, i) => {
    if (allocated === 8) data[i] = value;
    else view.setUint16(2 * i, value & 0xffff, isLittle);
  });
  const decimals = [
    [0x1052, image.intercept],
    [0x1053, image.slope],
  ] as const;
  const elements: Element[] = [
    ...more,
    [0x28, 0x02, 'US', short(samples)],
    [0x28, 0x04, 'CS', text(photometric)],
    ...(image.planar === undefined ? [] : [[0x28, 0x06, 'US', short(image.planar)] as const]),
    ...(image.frames === undefined ? [] : [[0x28, 0x08, 'IS', text(image.frames)] as const]),
    [0x28, 0x10, 'US', short(rows)],
    [0x28, 0x11, 'US', short(columns)],
    [0x28, 0x100, 'US', short(allocated)],
    [0x28, 0x101, 'US', short(stored)],
    [0x28, 0x102, 'US', short(high)],
    [0x28, 0x103, 'US', short(Number(signed))],
    ...decimals.flatMap(([tag, value]) => (value === undefined ? [] : [[0x28, tag, 'DS', text(value)] as const])),
    ...(image.withoutPixels ? [] : [[0x7fe0, 0x10, image.vr ?? (allocated === 8 ? 'OB' : 'OW'), data] as const]),
  ];
  const meta = element([2, 0x10, 'UI', text(syntax)], true, true);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, meta.length, true);
  return Buffer.concat([
    new Uint8Array(128),
    text('DICM'),
    element([2, 0, 'UL', length], true, true),
    meta,
    ...elements.map((one) => element(one, syntax !== SYNTAX.implicit, isLittle)),
  ]);
}

/** Bytes and writer of a value, by code. */
const NIFTI_TYPES = {
  2: [1, 'setUint8'],
  4: [2, 'setInt16'],
  8: [4, 'setInt32'],
  16: [4, 'setFloat32'],
  64: [8, 'setFloat64'],
  128: [3, 'setUint8'],
  256: [1, 'setInt8'],
  512: [2, 'setUint16'],
  768: [4, 'setUint32'],
} as const;

export interface NiftiVolume {
  readonly dims: readonly number[];
  /** Values in the order of the file, with the first axis fastest. */
  readonly values: readonly number[];
  readonly type?: keyof typeof NIFTI_TYPES;
  readonly version?: 1 | 2;
  readonly isLittle?: boolean;
  readonly slope?: number;
  readonly intercept?: number;
  readonly offset?: number;
  readonly magic?: string;
}

export function nifti(volume: NiftiVolume): Uint8Array {
  const { dims, values, type = 4, version = 1, isLittle = true, slope = 0, intercept = 0 } = volume;
  const size = version === 1 ? 348 : 540;
  const { offset = size + 4, magic = version === 1 ? 'n+1\0' : 'n+2\0' } = volume;
  const [bytes, write] = NIFTI_TYPES[type];
  const file = new Uint8Array(size + 4 + values.length * bytes);
  const view = new DataView(file.buffer);
  const all = [dims.length, ...dims, ...new Array<number>(7 - dims.length).fill(1)];
  view.setInt32(0, size, isLittle);
  if (version === 1) {
    all.forEach((extent, i) => view.setInt16(40 + 2 * i, extent, isLittle));
    view.setInt16(70, type, isLittle);
    view.setInt16(72, 8 * bytes, isLittle);
    view.setFloat32(108, offset, isLittle);
    view.setFloat32(112, slope, isLittle);
    view.setFloat32(116, intercept, isLittle);
    file.set(text(magic), 344);
  } else {
    file.set(text(magic), 4);
    view.setInt16(12, type, isLittle);
    view.setInt16(14, 8 * bytes, isLittle);
    all.forEach((extent, i) => view.setBigInt64(16 + 8 * i, BigInt(extent), isLittle));
    view.setBigInt64(168, BigInt(offset), isLittle);
    view.setFloat64(176, slope, isLittle);
    view.setFloat64(184, intercept, isLittle);
  }
  values.forEach((value, i) => {
    view[write](size + 4 + i * bytes, value, isLittle);
  });
  return file;
}
