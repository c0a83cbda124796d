// Images as modalities of a study, from files in a table and from arrays. The values are compared with images that this
// test writes.

import { mkdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Dataset } from '../../src/data/dataset.js';
import { observedInChannelUnits } from '../../src/data/channel-units.js';
import { selectSubjects } from '../../src/data/select-rows.js';
import { drawInspection } from '../../src/cli/inspection-drawings.js';
import { InputError } from '../../src/errors/errors.js';
import { encodeNpy } from '../../src/files/npy.js';
import { encodeNpz } from '../../src/files/npz.js';
import { decodeImage, loadSharp } from '../../src/images/decode.js';
import { readStudy } from '../../src/study/study.js';
import { png } from '../fixtures/png.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

const SUBJECTS = 24;
const SIDE = 8;
const PIXELS = SIDE * SIDE;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
/** An intensity of 8 bits that depends on subject, channel and pixel. */
const intensity = (subject: number, channel: number, pixel: number) => (37 * subject + 101 * channel + 7 * pixel) % 256;
/** Intensities, rows × columns × channels. */
const intensitiesOf = (subject: number, channels: number) =>
  Array.from({ length: PIXELS * channels }, (_, i) => intensity(subject, i % channels, Math.floor(i / channels)));

const blood = `id,iron,sugar\n${ids.map((id, i) => `${id},${Math.sin(i + 1)},${Math.cos(3 * i)}`).join('\n')}\n`;
const people = (path: (id: string, i: number) => string) =>
  `id,eye\n${ids.map((id, i) => `${id},${path(id, i)}`).join('\n')}\n`;
const study = (images: string, more = '') => `study: images
id: id
${more}modalities:
  eye: { images: ${images}, latents: 2, exogenous: 3 }
  blood: { table: blood.csv, latents: 1 }
`;
const FILES = '{ table: people.csv, path: eye, folder: photos, size: 8 }';
const read = (images: string, more = '') => readStudy(file('study.yaml', study(images, more)));

/** Values of a subject in their units, channels × positions. */
function valuesOf({ modalities: [eye], ids: all }: Dataset, id: string): number[] {
  return Array.from(observedInChannelUnits(eye, all.indexOf(id)));
}

/** Rounds to integers, with 0 for −0. */
const rounded = (values: readonly number[]) => values.map((value) => Math.round(value) + 0);

beforeAll(() => {
  file('blood.csv', blood);
  mkdirSync(file('photos'), { recursive: true });
  file(
    'people.csv',
    people((id) => `${id}.png`),
  );
  for (const [i, id] of ids.entries()) {
    file(`photos/${id}.png`, png({ width: SIDE, height: SIDE, channels: 3 }, intensitiesOf(i, 3)));
  }
});

describe('images in files', () => {
  test('become channels × rows × columns, standardised by channel over the training split', async () => {
    const { dataset, inspection } = await read(FILES);
    const [eye] = dataset.modalities;
    expect(eye.regularArray).toEqual({ kind: 'image', height: SIDE, width: SIDE });
    expect(eye.columns.map(({ name }) => name)).toEqual(['r', 'g', 'b']);
    expect(eye).toMatchObject({ latents: 2, exogenous: 3 });
    // Each intensity takes one byte.
    expect(eye.stored?.numbers).toBeInstanceOf(Uint8Array);
    expect(eye.stored?.numbers).toHaveLength(SUBJECTS * 3 * PIXELS);
    expect(eye.stored?.present).toBeUndefined();
    // An image of the requested size keeps all intensities, from 0 to 1.
    for (const id of ['p00', 'p17']) {
      const subject = ids.indexOf(id);
      const expected = Array.from({ length: 3 * PIXELS }, (_, at) =>
        intensity(subject, Math.floor(at / PIXELS), at % PIXELS),
      );
      expect(rounded(valuesOf(dataset, id).map((value) => value * 255))).toEqual(expected);
    }
    const { train } = dataset.split;
    const values = Array.from(train, (row) =>
      Array.from({ length: PIXELS }, (_, pixel) => intensity(ids.indexOf(dataset.ids[row]), 1, pixel) / 255),
    ).flat();
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(eye.columns[1].mean).toBeCloseTo(mean, 12);
    expect(eye.columns[1].sd).toBeCloseTo(
      Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length),
      12,
    );
    expect(inspection.modalities[0]).toMatchObject({
      regularArray: {
        kind: 'image',
        shape: [SIDE, SIDE],
        heights: [SIDE, SIDE],
        widths: [SIDE, SIDE],
        unusable: [],
        missing: 0,
      },
      columns: [{ name: 'r', min: 0, max: 1 }, { name: 'g' }, { name: 'b' }],
    });
  });

  test('give the same values and fingerprint in every reading', async () => {
    const [first, second] = [await read(FILES), await read(FILES)];
    expect(second.dataset.fingerprint).toBe(first.dataset.fingerprint);
    file('photos/other.png', png({ width: SIDE, height: SIDE, channels: 3 }, intensitiesOf(99, 3)));
    file(
      'people.csv',
      people((id, i) => (i === 3 ? 'other.png' : `${id}.png`)),
    );
    const changed = await read(FILES);
    file(
      'people.csv',
      people((id) => `${id}.png`),
    );
    expect(changed.dataset.fingerprint).not.toBe(first.dataset.fingerprint);
  });

  test('report their progress in order', async () => {
    const progress: number[] = [];
    await readStudy(file('study.yaml', study(FILES)), {
      onProgress: ({ modality, step, done, total }) => {
        if (modality !== 'eye') return;
        expect([step, total]).toEqual(['files', SUBJECTS]);
        progress.push(done);
      },
    });
    expect(progress.at(-1)).toBe(SUBJECTS);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  test('are skipped if they are damaged, missing or too small', async () => {
    const whole = png({ width: SIDE, height: SIDE, channels: 3 }, intensitiesOf(1, 3));
    file('photos/short.png', whole.subarray(0, whole.length - 40));
    file('photos/dot.png', png({ width: 1, height: 1, channels: 3 }, [1, 2, 3]));
    const lost = ['short.png', 'nowhere.png', 'dot.png', ''];
    file(
      'people.csv',
      people((id, i) => lost.at(i < 4 ? i : 99) ?? `${id}.png`),
    );
    const { dataset, inspection } = await read(FILES);
    expect(dataset.ids).toHaveLength(SUBJECTS);
    const { observed } = selectSubjects(dataset.modalities[0], 3 * PIXELS, Int32Array.from(dataset.ids.keys()));
    for (const [row, id] of dataset.ids.entries()) {
      const marks = new Set(observed!.subarray(row * 3 * PIXELS, (row + 1) * 3 * PIXELS));
      expect(marks).toEqual(new Set([ids.indexOf(id) < 4 ? 0 : 1]));
    }
    expect(inspection.modalities[0].regularArray?.unusable).toEqual([
      { id: 'p00', code: 'damaged-file', reason: expect.stringContaining('short.png') },
      { id: 'p01', code: 'missing-file', reason: expect.stringContaining('nowhere.png') },
      { id: 'p02', code: 'too-small', reason: expect.stringContaining('dot.png') },
    ]);
    expect(inspection.modalities[0].absent).toBe(4);
    await expect(read(FILES, 'missing: drop\n')).rejects.toMatchObject({ code: 'damaged-file' });
    file(
      'people.csv',
      people((id) => `${id}.png`),
    );
  });

  test('need sharp and report if it is missing', async () => {
    const absent = () => Promise.reject(new Error('Cannot find package\nand more'));
    await expect(loadSharp(absent)).rejects.toThrow(InputError);
    await expect(loadSharp(absent)).rejects.toMatchObject({
      code: 'missing-peer',
      message: expect.stringMatching(/sharp.*\(Cannot find package\); install it: npm install sharp$/),
    });
  });
});

describe('an image', () => {
  const form = { height: 8, width: 8, channels: 'grey', crop: 'centre' } as const;
  const decode = async (bytes: Uint8Array, other: Partial<Parameters<typeof decodeImage>[1]> = {}) =>
    decodeImage(bytes, { ...form, ...other }, 'one.png');

  test('keeps all 16 bits', async () => {
    const deep = Array.from({ length: 64 }, (_, i) => 1021 * i + 3);
    const { intensities } = await decode(png({ width: 8, height: 8, depth: 16 }, deep));
    expect(intensities).toEqual(Uint16Array.from(deep));
  });

  test('is rotated by its EXIF orientation', async () => {
    // The left half is dark. After a quarter turn to the right (6) the upper half is dark.
    const raw = Uint8Array.from({ length: 3 * 32 * 16 }, (_, i) => (Math.floor(i / 3) % 32 < 16 ? 0 : 255));
    const jpeg = await sharp(raw, { raw: { width: 32, height: 16, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const image = await decode(jpeg, { height: 8, width: 8, crop: 'none' });
    expect([image.height, image.width]).toEqual([32, 16]);
    const row = (y: number) => Array.from(image.intensities.subarray(8 * y, 8 * y + 8));
    expect(Math.max(...row(1))).toBeLessThan(20);
    expect(Math.min(...row(6))).toBeGreaterThan(235);
  });

  test('is cropped to its centre, or stretched', async () => {
    // Three adjacent squares with intensities 10, 100 and 200.
    const wide = Array.from({ length: 48 * 16 }, (_, i) => [10, 100, 200][Math.floor((i % 48) / 16)]);
    const bytes = png({ width: 48, height: 16 }, wide);
    const middle = await decode(bytes);
    // The kernel is three pixels of the result wide, so it includes pixels beyond the edge.
    for (let y = 0; y < 8; y++) {
      expect(Array.from(middle.intensities.subarray(8 * y + 3, 8 * y + 5))).toEqual([100, 100]);
    }
    const { intensities } = await decode(bytes, { crop: 'none' });
    expect(Math.abs(intensities[0] - 10)).toBeLessThan(3);
    expect(Math.abs(intensities[7] - 200)).toBeLessThan(3);
  });

  test('has approximately the mean of the pixels in each new pixel when it is reduced', async () => {
    const ramp = Array.from({ length: 32 * 32 }, (_, i) => 4 * (i % 32) + 3 * Math.floor(i / 32));
    const { intensities } = await decode(png({ width: 32, height: 32 }, ramp));
    // The mean of a plane over a box is its value at the centre, except close to edges.
    for (let y = 1; y < 7; y++) {
      for (let x = 1; x < 7; x++) {
        expect(Math.abs(intensities[8 * y + x] - (4 * (4 * x + 1.5) + 3 * (4 * y + 1.5)))).toBeLessThanOrEqual(1);
      }
    }
  });

  test('is black where it is transparent', async () => {
    const half = Array.from({ length: 64 }, (_, i) => [200, i % 8 < 4 ? 0 : 255]).flat();
    const { intensities } = await decode(png({ width: 8, height: 8, channels: 2 }, half));
    expect(Array.from(intensities.subarray(0, 8))).toEqual([0, 0, 0, 0, 200, 200, 200, 200]);
  });

  test('is converted from colours to grey by luminance', async () => {
    const green = Array.from({ length: 64 }, () => [0, 255, 0]).flat();
    const { intensities } = await decode(png({ width: 8, height: 8, channels: 3 }, green));
    // 0.7152 of the light (ITU-R BT.709), with the gamma of sRGB.
    const expected = 255 * (1.055 * 0.7152 ** (1 / 2.4) - 0.055);
    expect(Math.abs(intensities[0] - expected)).toBeLessThan(2);
  });

  test.each(['jpeg', 'png', 'webp', 'tiff'] as const)('is read from %s', async (format) => {
    const raw = Uint8Array.from({ length: 3 * 256 }, (_, i) => [90, 120, 200][i % 3]);
    const bytes = await sharp(raw, { raw: { width: 16, height: 16, channels: 3 } })
      .toFormat(format, { quality: 95 })
      .toBuffer();
    const { intensities } = await decode(bytes, { channels: 'rgb' });
    for (const [channel, value] of [90, 120, 200].entries()) {
      expect(Math.abs(intensities[3 * 27 + channel] - value)).toBeLessThanOrEqual(4);
    }
  });
});

describe('images in arrays', () => {
  const count = SUBJECTS * PIXELS;
  const first = Uint8Array.from({ length: 3 * count }, (_, i) =>
    intensity(Math.floor(i / (3 * PIXELS)), Math.floor(i / PIXELS) % 3, i % PIXELS),
  );
  const last = Uint8Array.from({ length: 3 * count }, (_, i) =>
    intensity(Math.floor(i / (3 * PIXELS)), i % 3, Math.floor(i / 3) % PIXELS),
  );
  const grey = Uint8Array.from({ length: count }, (_, i) => intensity(Math.floor(i / PIXELS), 0, i % PIXELS));
  /** Bytes of an IDX file: type, sizes, elements, big-endian. */
  const idx = (shape: readonly number[], type: number, body: Uint8Array) => {
    const header = Buffer.alloc(4 + 4 * shape.length);
    header.set([0, 0, type, shape.length]);
    shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
    return Buffer.concat([header, body]);
  };
  const greyOf = (id: string) => Array.from({ length: PIXELS }, (_, pixel) => intensity(ids.indexOf(id), 0, pixel));

  beforeAll(() => {
    file('grey.npy', encodeNpy({ shape: [SUBJECTS, SIDE, SIDE], data: grey }));
    file('first.npy', encodeNpy({ shape: [SUBJECTS, 3, SIDE, SIDE], data: first }));
    file('last.npy', encodeNpy({ shape: [SUBJECTS, SIDE, SIDE, 3], data: last }));
    file('ids.npy', encodeNpy({ shape: [SUBJECTS], data: ids }));
    file('grey-idx3-ubyte.gz', gzipSync(idx([SUBJECTS, SIDE, SIDE], 8, grey)));
    file(
      'both.npz',
      encodeNpz([
        ['pixels', { shape: [SUBJECTS, SIDE, SIDE], data: grey }],
        ['who', { shape: [SUBJECTS], data: ids }],
      ]),
    );
  });

  test.each([
    ['.npy with a vector of ids', '{ array: grey.npy, ids: ids.npy }'],
    ['.npy with a table', '{ array: grey.npy, table: people.csv }'],
    ['.npz with its own ids', '{ array: both.npz, ids: who }'],
    ['.npz by name', '{ array: both.npz, name: pixels, table: people.csv }'],
    ['IDX, compressed', '{ array: grey-idx3-ubyte.gz, table: people.csv }'],
  ])('can have this form: %s', async (_, images) => {
    const { dataset } = await read(images);
    expect(dataset.modalities[0].columns.map(({ name }) => name)).toEqual(['grey']);
    for (const id of ['p00', 'p23']) expect(rounded(valuesOf(dataset, id))).toEqual(greyOf(id));
  });

  test('have channels before or after the pixels', async () => {
    const [a, b] = [await read('{ array: first.npy, ids: ids.npy }'), await read('{ array: last.npy, ids: ids.npy }')];
    expect(a.dataset.modalities[0].columns.map(({ name }) => name)).toEqual(['r', 'g', 'b']);
    expect(b.dataset.fingerprint).toBe(a.dataset.fingerprint);
    const subject = ids.indexOf('p05');
    const expected = Array.from({ length: 3 * PIXELS }, (_, at) =>
      intensity(subject, Math.floor(at / PIXELS), at % PIXELS),
    );
    expect(rounded(valuesOf(a.dataset, 'p05'))).toEqual(expected);
  });

  test('have missing values where floating-point numbers are NaN', async () => {
    const holes = Float32Array.from(grey, (value, i) => (i % PIXELS === 5 ? NaN : value / 10));
    file('holes.npy', encodeNpy({ shape: [SUBJECTS, SIDE, SIDE], data: holes }));
    const { dataset, inspection } = await read('{ array: holes.npy, ids: ids.npy }');
    const { observed, values } = dataset.modalities[0];
    expect([...observed!.subarray(0, 8)]).toEqual([1, 1, 1, 1, 1, 0, 1, 1]);
    expect(values[5]).toBe(0);
    expect(inspection.modalities[0].regularArray?.missing).toBeCloseTo(1 / 64, 12);
    // A subject without a pixel has a missing value.
    await expect(read('{ array: holes.npy, ids: ids.npy }', 'missing: drop\n')).rejects.toMatchObject({
      code: 'no-complete-subjects',
    });
  });

  test('have row numbers as ids if the study has', async () => {
    file('rows.csv', `iron,sugar\n${ids.map((_, i) => `${Math.sin(i + 1)},${Math.cos(3 * i)}`).join('\n')}\n`);
    const { dataset } = await readStudy(
      file(
        'rows.yaml',
        'study: rows\nid: { rows: true }\nmodalities:\n  eye: { images: { array: grey.npy }, latents: 1 }\n' +
          '  blood: { table: rows.csv, latents: 1 }\n',
      ),
    );
    expect(dataset.ids.slice(0, 3)).toEqual(['1', '2', '3']);
  });
});

describe('the contact sheet', () => {
  test('shows twelve subjects, scaled from the minimum to the maximum value', async () => {
    const { dataset, inspection } = await read(FILES);
    const [{ file: sheet, ids: shown }, ...rest] = await drawInspection(dataset, inspection, file('drawn'));
    expect(rest).toEqual([]);
    expect(shown).toEqual(ids.filter((_, i) => i % 2 === 0));
    const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
    // Four images per row, each pixel 20 × 20, with gaps of 4 pixels.
    const tile = 20 * SIDE + 4;
    expect([info.width, info.height, info.channels]).toEqual([4 * tile + 4, 3 * tile + 4, 3]);
    const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
    expect(at(1, 1)).toEqual([255, 255, 255]);
    // Pixel (3, 5) of the seventh image, in the second row and the third column.
    const subject = ids.indexOf(shown[6]);
    const pixel = 3 * SIDE + 5;
    expect(at(4 + 2 * tile + 5 * 20 + 10, 4 + tile + 3 * 20 + 10)).toEqual(
      [0, 1, 2].map((channel) => intensity(subject, channel, pixel)),
    );
  });
});

describe('new subjects of a fitted model', () => {
  test('are standardised by its scales', async () => {
    const { dataset } = await read(FILES);
    const scales = dataset.modalities;
    file(
      'some.csv',
      `id,eye\n${ids
        .slice(0, 4)
        .map((id) => `${id},${id}.png`)
        .join('\n')}\n`,
    );
    const some = await readStudy(file('some.yaml', study(FILES.replace('people', 'some'))), { scales });
    const valuesIn = ({ modalities: [eye] }: Dataset, row: number) =>
      selectSubjects(eye, 3 * PIXELS, Int32Array.of(row)).values;
    for (const id of ids.slice(0, 4)) {
      const [row, was] = [some.dataset.ids.indexOf(id), dataset.ids.indexOf(id)];
      expect(valuesIn(some.dataset, row)).toEqual(valuesIn(dataset, was));
    }
  });

  test('are refused if their size or channels differ', async () => {
    const scales = (await read(FILES)).dataset.modalities;
    for (const images of [FILES.replace('size: 8', 'size: 16'), FILES.replace('size: 8', 'size: 8, channels: grey')]) {
      const other = readStudy(file('study.yaml', study(images)), { scales });
      await expect(other).rejects.toMatchObject({ code: 'array-mismatch' });
    }
  });
});
