// Images of scanners: DICOM, and slices of NIfTI volumes. Values keep their unit. Damaged, hostile or unsupported files
// give one error with the remedy.

import { mkdirSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { decodeImage } from '../../src/images/decode.js';
import { decodeDicom } from '../../src/images/dicom.js';
import { decodeNifti } from '../../src/images/nifti.js';
import type { ImageForm } from '../../src/images/image-form.js';
import { resample } from '../../src/images/resample.js';
import { readStudy } from '../../src/study/study.js';
import { png } from '../fixtures/png.js';
import { dicom, nifti, SYNTAX, type DicomImage, type NiftiVolume } from '../fixtures/scans.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const SIDE = 8;
const FORM: ImageForm = { height: SIDE, width: SIDE, channels: 'grey', crop: 'centre' };
const decode = async (bytes: Uint8Array, form: Partial<ImageForm> = {}) =>
  Array.from((await decodeImage(bytes, { ...FORM, ...form }, 'scan')).intensities);

const square = { rows: SIDE, columns: SIDE } as const;
const stored = Array.from({ length: SIDE * SIDE }, (_, i) => 37 * i - 900);

describe('DICOM', () => {
  test.each(['explicit', 'implicit', 'bigEndian'] as const)(
    '%s: gives stored values times slope plus intercept',
    async (name) => {
      const header = {
        ...square,
        pixels: stored,
        signed: true,
        slope: '2.5',
        intercept: ' -1024 ',
        syntax: SYNTAX[name],
      };
      const intensities = await decode(dicom(header));
      expect(intensities).toEqual(stored.map((value) => 2.5 * value - 1024));
    },
  );

  test('gives stored values without rescaling, and ignores a window', async () => {
    const window = [0x28, 0x1050, 'DS', Buffer.from('40')] as const;
    const pixels = stored.map((value) => value + 900);
    expect(await decode(dicom({ ...square, pixels }))).toEqual(pixels);
    expect(await decode(dicom({ ...square, pixels, more: [window] }))).toEqual(pixels);
  });

  test('reads only the 12 stored of 16 bits, and mirrors MONOCHROME1 in its range before rescaling', async () => {
    const twelve = { ...square, stored: 12 };
    const values = Array.from({ length: 64 }, (_, i) => 60 * i + 5);
    expect(await decode(dicom({ ...twelve, pixels: values.map((value) => value | 0xa000) }))).toEqual(values);
    const below = values.map((value) => value - 2048);
    expect(await decode(dicom({ ...twelve, signed: true, pixels: below.map((value) => value & 0xfff) }))).toEqual(
      below,
    );
    const inverse = { ...twelve, photometric: 'MONOCHROME1', slope: '2', intercept: '1' };
    expect(await decode(dicom({ ...inverse, pixels: values }))).toEqual(values.map((value) => 2 * (4095 - value) + 1));
    expect(await decode(dicom({ ...inverse, signed: true, pixels: below.map((value) => value & 0xfff) }))).toEqual(
      below.map((value) => 2 * (-1 - value) + 1),
    );
  });

  test('reads 8 bits, also in big-endian words', async () => {
    const pixels = Array.from({ length: 64 }, (_, i) => 3 * i);
    for (const syntax of [SYNTAX.explicit, SYNTAX.implicit]) {
      expect(await decode(dicom({ ...square, allocated: 8, pixels, syntax }))).toEqual(pixels);
    }
    const words = { ...square, allocated: 8, vr: 'OW', syntax: SYNTAX.bigEndian } as const;
    const swapped = pixels.map((_, i) => pixels[i ^ 1]);
    expect(await decode(dicom({ ...words, pixels: swapped }))).toEqual(pixels);
  });

  test('gives intensities of colours, interleaved or by plane', async () => {
    const colours = Array.from({ length: 3 * 64 }, (_, i) => (41 * i) % 256);
    const planes = [0, 1, 2].flatMap((channel) => colours.filter((_, i) => i % 3 === channel));
    const header = { ...square, samples: 3, photometric: 'RGB', allocated: 8 };
    const photograph = png({ width: SIDE, height: SIDE, channels: 3 }, colours);
    for (const channels of ['rgb', 'grey'] as const) {
      const expected = await decode(photograph, { channels });
      expect(await decode(dicom({ ...header, planar: 0, pixels: colours }), { channels })).toEqual(expected);
      expect(await decode(dicom({ ...header, planar: 1, pixels: planes }), { channels })).toEqual(expected);
    }
  });

  const whole = { ...square, pixels: stored } satisfies DicomImage;
  /** Deeply nested sequences. */
  const nested = Uint8Array.from(
    { length: 1_600_000 },
    (_, i) =>
      [0x08, 0, 0x15, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff][
        i % 20
      ],
  );
  test.each<readonly [string, string, RegExp, Uint8Array, Partial<ImageForm>?]>([
    ['a cut file', 'damaged-file', /claims 128 bytes of pixels and has 28/, dicom(whole).slice(0, -100)],
    ['fewer pixels than rows', 'damaged-file', /claims/, dicom({ ...whole, rows: 4000, columns: 4000 })],
    ['a size of a bomb', 'too-large', /65535 × 65535 pixels/, dicom({ ...whole, rows: 65535, columns: 65535 })],
    ['nothing but its beginning', 'damaged-file', /damaged/, dicom(whole).slice(0, 132)],
    ['noise', 'damaged-file', /damaged/, Buffer.concat([dicom(whole).slice(0, 140), Buffer.alloc(999, 0xa7)])],
    ['endless nesting', 'damaged-file', /damaged/, Buffer.concat([dicom(whole).slice(0, 180), nested])],
    ['no pixels', 'damaged-file', /has no pixels/, dicom({ ...whole, withoutPixels: true })],
    ['no rows', 'damaged-file', /8 × 0 pixels/, dicom({ ...whole, rows: 0 })],
    ['a slope that is no number', 'damaged-file', /Slope is not a number/, dicom({ ...whole, slope: 'steep' })],
    [
      'JPEG',
      'unsupported-type',
      /1\.2\.840\.10008\.1\.2\.4\.50, which is compressed.*convert/,
      dicom({ ...whole, syntax: SYNTAX.jpeg }),
    ],
    ['deflated data', 'unsupported-type', /1\.99, which is compressed/, dicom({ ...whole, syntax: SYNTAX.deflated })],
    ['frames', 'unsupported-type', /has 12 frames/, dicom({ ...whole, frames: '12' })],
    [
      'a palette',
      'unsupported-type',
      /PALETTE COLOR of 1 × 8 bits/,
      dicom({ ...whole, photometric: 'PALETTE COLOR', allocated: 8 }),
    ],
    ['32 bits', 'unsupported-type', /1 × 32 bits/, dicom({ ...whole, allocated: 32, pixels: [] })],
    [
      'values in the middle of words',
      'unsupported-type',
      /12 bits up to bit 15/,
      dicom({ ...whole, stored: 12, high: 15 }),
    ],
    ['no colours', 'channel-mismatch', /write channels: grey/, dicom(whole), { channels: 'rgb' }],
    ['one pixel', 'too-small', /1 × 1 pixels/, dicom({ rows: 1, columns: 1, pixels: [3] })],
    ['no slices', 'not-a-volume', /leave slice out/, dicom(whole), { slice: { axis: 'k', index: 0 } }],
  ])('is refused with %s', async (_, code, message, bytes, form = {}) => {
    await expect(decode(bytes, form)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('names the missing package', async () => {
    const absent = () => Promise.reject(new Error('Cannot find package'));
    await expect(decodeDicom(dicom(whole), FORM, 'scan', absent)).rejects.toMatchObject({
      code: 'missing-peer',
      message: expect.stringMatching(/dicom-parser.*install it: npm install dicom-parser$/),
    });
  });
});

describe('NIfTI', () => {
  const dims = [8, 9, 10] as const;
  const code = (i: number, j: number, k: number) => i + 10 * j + 100 * k;
  const values = Array.from({ length: 720 }, (_, at) => code(at % 8, Math.floor(at / 8) % 9, Math.floor(at / 72)));
  const none: ImageForm = { ...FORM, crop: 'none' };
  const volume = (more: Partial<NiftiVolume> = {}) => nifti({ dims, values, ...more });
  const slice = { axis: 'k', index: 3 } as const;

  test.each([
    ['i', [10, 9], (row: number, column: number) => code(2, column, 9 - row)],
    ['j', [10, 8], (row: number, column: number) => code(column, 2, 9 - row)],
    ['k', [9, 8], (row: number, column: number) => code(column, 8 - row, 2)],
  ] as const)(
    'has the other axes of a slice across %s as columns and, from the end, rows',
    async (axis, [height, width], at) => {
      const expected = Array.from({ length: height * width }, (_, p) => at(Math.floor(p / width), p % width));
      expect(await decode(volume(), { ...none, height, width, slice: { axis, index: 2 } })).toEqual(expected);
    },
  );

  test.each([2, 4, 8, 16, 64, 256, 512, 768] as const)(
    'supports type %d in both versions and byte orders, also gzipped',
    async (type) => {
      const small = values.map((value) => value % 100);
      const plane = small.slice(3 * 72, 4 * 72);
      const expected = Array.from({ length: 72 }, (_, p) => 0.5 * plane[8 * (8 - Math.floor(p / 8)) + (p % 8)] - 7);
      for (const version of [1, 2] as const) {
        for (const isLittle of [true, false]) {
          const bytes = volume({ values: small, type, version, isLittle, slope: 0.5, intercept: -7 });
          const form = { ...none, height: 9, width: 8, slice };
          expect(await decode(bytes, form)).toEqual(expected);
          expect(await decode(gzipSync(bytes), form)).toEqual(expected);
        }
      }
    },
  );

  test('takes a slice at a fraction of the axis, including both ends', async () => {
    const first = async (fraction: number) => {
      const form = { ...none, height: 9, width: 8, slice: { axis: 'k', fraction } as const };
      return Math.floor((await decode(volume(), form))[0] / 100);
    };
    expect(await Promise.all([0, 0.09, 0.5, 0.999, 1].map(first))).toEqual([0, 0, 5, 9, 9]);
  });

  const compressed = gzipSync(volume());
  test.each<readonly [string, string, RegExp, Uint8Array, Partial<ImageForm>?]>([
    ['no slice told', 'missing-slice', /slice: \{ axis: k, fraction: 0.5 \}/, volume(), { slice: undefined }],
    [
      'too few slices',
      'missing-slice',
      /has 10 slices along k, from 0 on; it has no 10/,
      volume(),
      { slice: { axis: 'k', index: 10 } },
    ],
    ['colours asked for', 'channel-mismatch', /channels: grey/, volume(), { channels: 'rgb' }],
    [
      'fewer values than sizes',
      'damaged-file',
      /claims 928 bytes up to the slice, but there are 752/,
      volume({ values: values.slice(0, 200) }),
    ],
    [
      'sizes of a bomb',
      'too-large',
      /claims/,
      volume({ dims: [32767, 32767, 32767] }),
      { slice: { axis: 'k', fraction: 1 } },
    ],
    ['a slice of a bomb', 'too-large', /32767 × 32767 pixels/, volume({ dims: [32767, 32767, 32767] })],
    ['sizes below 1', 'damaged-file', /sizes are 3, 8, -9/, volume({ dims: [8, -9, 10] })],
    ['time', 'unsupported-type', /8 × 9 × 5 × 2; only volumes with three axes/, volume({ dims: [8, 9, 5, 2] })],
    ['values of colours', 'unsupported-type', /type 128/, volume({ type: 128, values: [] })],
    [
      'a value that is not finite',
      'not-finite',
      /finite/,
      volume({ type: 16, values: values.map((value, i) => (i === 250 ? NaN : value)) }),
    ],
    ['values in its header', 'damaged-file', /begin at byte 12/, volume({ offset: 12 })],
    ['values nowhere', 'damaged-file', /begin at byte NaN/, volume({ offset: NaN })],
    ['values of another file', 'unknown-format', /not a single NIfTI file/, volume({ magic: 'ni1\0' })],
    ['a header alone', 'damaged-file', /claims/, volume().slice(0, 348)],
    ['half a header', 'unknown-format', /is not a single NIfTI/, volume().slice(0, 200)],
    [
      'half of its gzip',
      'damaged-file',
      /gzip|claims/,
      compressed.subarray(0, compressed.length / 2),
      { slice: { axis: 'k', fraction: 1 } },
    ],
    ['broken gzip', 'damaged-file', /gzip/, Buffer.concat([compressed.subarray(0, 30), Buffer.alloc(80, 0x5b)])],
    ['a text in its gzip', 'unknown-format', /is not a single NIfTI/, gzipSync('id,eye\n1,2\n')],
  ])('is refused with %s', async (_, expected, message, bytes, form = {}) => {
    const refused = decode(bytes, { slice, ...form });
    await expect(refused).rejects.toMatchObject({ code: expected, message: expect.stringMatching(message) });
  });

  test('inflates only the bytes before the end of the slice', async () => {
    // Zeros after the volume, four times the memory limit of this test.
    const head = volume();
    const bomb = gzipSync(Buffer.concat([head, Buffer.alloc(2 ** 28)]), { level: 1 });
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    const form = { ...none, height: 9, width: 8, slice };
    expect(await decode(bomb, form)).toEqual(await decode(head, form));
    const after = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    expect(after - before).toBeLessThan(2 ** 26);
  });

  test('names the missing package', async () => {
    const absent = () => Promise.reject(new Error('Cannot find package'));
    await expect(decodeNifti(volume(), { ...FORM, slice }, 'scan', absent)).rejects.toMatchObject({
      code: 'missing-peer',
      message: expect.stringMatching(/nifti-reader-js.*install it: npm install nifti-reader-js$/),
    });
  });
});

describe('resampling', () => {
  const [height, width] = [90, 120];
  const values = Float32Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    return Math.round(30_000 + 15_000 * Math.sin(x / 9) * Math.cos(y / 13) + 40 * x);
  });

  test.each([
    ['centre', 30, 30, 600],
    ['none', 32, 32, 600],
    ['centre', 20, 48, 600],
    // sharp uses another kernel for enlargement.
    ['centre', 120, 150, 1200],
  ] as const)('by %s to %d × %d agrees with sharp', async (crop, rows, columns, tolerance) => {
    const form = { ...FORM, crop, height: rows, width: columns };
    const resampled = resample({ values, height, width }, form);
    const theirs = await sharp(Uint16Array.from(values), { raw: { width, height, channels: 1 } })
      .resize(columns, rows, { fit: crop === 'centre' ? 'cover' : 'fill', kernel: 'lanczos3', position: 'centre' })
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer();
    const expected = new Uint16Array(new Uint8Array(theirs).buffer);
    const worst = resampled.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0);
    expect(worst).toBeLessThan(tolerance);
  });

  test('keeps all values of an image of the requested size, and constants', () => {
    expect(resample({ values, height, width }, { ...FORM, height, width })).toEqual(values);
    const flat = resample({ values: values.map(() => -3.5), height, width }, { ...FORM, height: 17, width: 9 });
    expect(flat.every((value) => Math.abs(value + 3.5) < 1e-5)).toBe(true);
  });
});

describe('a study of scans', () => {
  const ids = Array.from({ length: 60 }, (_, i) => `p${i}`);
  const image = (i: number) => stored.map((value) => value + 11 * i * ((i + value) % 3));
  const images = (more = '') => `study: scans
id: id
modalities:
  ct: { images: { table: people.csv, path: scan, folder: scans, size: 8, channels: grey${more} }, latents: 2 }
  blood: { table: blood.csv, latents: 1 }
`;
  const write = (name: (i: number) => string) => {
    mkdirSync(file('scans'), { recursive: true });
    file('people.csv', `id,scan\n${ids.map((id, i) => `${id},${name(i)}`).join('\n')}\n`);
    file('blood.csv', `id,iron,sugar\n${ids.map((id, i) => `${id},${Math.sin(i)},${Math.cos(3 * i)}`).join('\n')}\n`);
  };

  test('has DICOM files as images in their unit, and skips a damaged one', async () => {
    write((i) => `${i}.dcm`);
    for (const [i] of ids.entries()) {
      const bytes = dicom({ ...square, signed: true, pixels: image(i), intercept: '-24' });
      file(`scans/${i}.dcm`, i === 5 ? bytes.subarray(0, 300) : bytes);
    }
    const { dataset, inspection } = await readStudy(file('study.yaml', images()));
    const [ct] = dataset.modalities;
    const [{ mean, sd }] = ct.columns;
    const row = dataset.ids.indexOf('p7');
    const read = Array.from(ct.values.subarray(row * 64, (row + 1) * 64), (value) => Math.round(value * sd + mean) + 0);
    expect(read).toEqual(image(7).map((value) => value - 24));
    expect(inspection.modalities[0].regularArray?.unusable).toMatchObject([{ id: 'p5', code: 'damaged-file' }]);
    expect([...ct.observed!.keys()].filter((at) => ct.observed![at] === 0)).toEqual(
      Array.from({ length: 64 }, (_, at) => 64 * dataset.ids.indexOf('p5') + at),
    );
  });

  test('has slices of volumes as images', async () => {
    write((i) => `${i}.nii.gz`);
    for (const [i] of ids.entries()) {
      file(`scans/${i}.nii.gz`, gzipSync(nifti({ dims: [8, 8, 3], values: [0, 1, 2].flatMap((k) => image(i + k)) })));
    }
    const text = images(', slice: { axis: k, fraction: 0.5 }');
    const { dataset } = await readStudy(file('study.yaml', text));
    const [ct] = dataset.modalities;
    const [{ mean, sd }] = ct.columns;
    const row = dataset.ids.indexOf('p7');
    expect(Math.round(ct.values[row * 64] * sd + mean)).toBe(image(8)[56]);
  });

  test.each([
    ['the first', 0],
    ['a later one', 3],
  ])('cannot mix intensities and values with a unit in one modality: intensities of %s', async (_, of) => {
    write((i) => (i === of ? 'levels.png' : `${i}.dcm`));
    for (const [i] of ids.entries()) {
      file(`scans/${i}.dcm`, dicom({ ...square, signed: true, pixels: image(i) }));
    }
    file(
      'scans/levels.png',
      png(
        { width: 8, height: 8 },
        stored.map((__, i) => i),
      ),
    );
    await expect(readStudy(file('study.yaml', images()))).rejects.toMatchObject({ code: 'mixed-units' });
  });

  test('refuses a cache for values with a unit, and leaves no files in it', async () => {
    write((i) => `${i}.dcm`);
    for (const [i] of ids.entries()) {
      file(`scans/${i}.dcm`, dicom({ ...square, signed: true, pixels: image(i) }));
    }
    await expect(readStudy(file('study.yaml', images(', cache: units')))).rejects.toMatchObject({
      code: 'cached-units',
      message: expect.stringMatching(/study\.yaml.*a cache keeps intensities; leave cache out/),
    });
    expect(readdirSync(file('units'))).toEqual([]);
  });

  test('has intensities of DICOM colours, also in a cache', async () => {
    write((i) => `${i}.dcm`);
    const colours = { ...square, samples: 3, photometric: 'RGB', allocated: 8, planar: 0 };
    for (const [i] of ids.entries()) {
      const pixels = Array.from({ length: 3 * 64 }, (_, at) => (41 * at + i * i) % 256);
      file(`scans/${i}.dcm`, dicom({ ...colours, pixels }));
    }
    const { dataset: inMemory } = await readStudy(file('study.yaml', images()));
    const { dataset: onDisk } = await readStudy(file('study.yaml', images(', cache: colours')));
    expect(onDisk.modalities[0].stored?.numbers).toMatchObject({ type: 'uint8', length: ids.length * 64 });
    expect(onDisk.fingerprint).toBe(inMemory.fingerprint);
  });

  test.each([
    ['neither index nor fraction', 'slice: { axis: k }', /slice needs index or fraction/],
    ['both', 'slice: { axis: k, index: 1, fraction: 0.5 }', /slice needs index or fraction/],
    ['another axis', 'slice: { axis: z, index: 1 }', /axis must be one of i, j, k/],
    ['a fraction above 1', 'slice: { axis: k, fraction: 1.5 }', /fraction must be at most 1/],
  ])('refuses a slice of %s', async (_, slice, message) => {
    await expect(readStudy(file('study.yaml', images(`, ${slice}`)))).rejects.toMatchObject({
      code: 'invalid-study',
      message: expect.stringMatching(message),
    });
  });
});
