// Images as stored integers, in memory or in mapped files: both give the same data and the same fits, and mapped files
// take no memory.

import {
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  closeSync,
  ftruncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { compile } from '../../src/compile/index.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { selectSubjects as subjectsOf } from '../../src/data/resample.js';
import { selectSubjects } from '../../src/data/select-rows.js';
import { data, gather, type DataType } from '../../src/graph/index.js';
import type { DataArray, DataFile } from '../../src/graph/data-type.js';
import { ImageCache } from '../../src/images/image-cache.js';
import type { Slice } from '../../src/images/image-form.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { selectLatents } from '../../src/selection/select-latents.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { Program } from '../../src/runtime/program.js';
import { readStudy } from '../../src/study/study.js';
import { png } from '../fixtures/png.js';
import { scratch } from '../fixtures/scratch.js';
import { testIf } from '../fixtures/skipping.js';

const { file, folder } = scratch();

const SUBJECTS = 60;
const SIDE = 8;
const WIDTH = 3 * SIDE * SIDE;
const random = new RandomStream(3, 1);
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${i}`);
const shades = ids.map(() => [random.uniform(), random.uniform()]);

/** An image whose brightness depends on the subject. */
function image(subject: number, depth: 8 | 16 = 8): Buffer {
  const max = 2 ** depth - 1;
  const intensities = Array.from({ length: WIDTH }, () =>
    Math.floor(max * (0.8 * shades[subject][0] + 0.2 * random.uniform())),
  );
  return png({ width: SIDE, height: SIDE, channels: 3, depth }, intensities);
}

const table = (names: readonly (string | undefined)[]): string =>
  `id,eye\n${names.map((name, i) => `${ids[i]},${name ?? ''}`).join('\n')}\n`;

function studyOf(images: string, clinic = 'clinic.csv'): string {
  return `study: disk
id: id
modalities:
  eye: { images: { ${images}, folder: photos, size: ${SIDE} }, latents: 1 }
  clinic: { table: ${clinic}, latents: 1 }
`;
}

const read = async (images: string, clinic?: string) =>
  (await readStudy(file('s.yaml', studyOf(images, clinic)))).dataset;

const cacheFiles = (): string[] => readdirSync(join(folder, 'cache')).filter((name) => name.endsWith('.levels'));

const every = Int32Array.from(ids.keys());

beforeAll(() => {
  mkdirSync(file('photos'), { recursive: true });
  for (const i of ids.keys()) file(`photos/${i}.png`, image(i));
  file('people.csv', table(ids.map((_, i) => `${i}.png`)));
  const row = (i: number): string => `${ids[i]},${shades[i][0] + 0.1 * random.normal()},${shades[i][1]}`;
  file('clinic.csv', `id,light,other\n${ids.map((_, i) => row(i)).join('\n')}\n`);
  const turned = [...ids.keys()].reverse().slice(5);
  file('turned.csv', `id,light,other\n${turned.map(row).join('\n')}\n`);
});

describe('a study whose images have a cache', () => {
  test('has the same values and fingerprint as without', async () => {
    const inMemory = await read('table: people.csv, path: eye');
    const onDisk = await read('table: people.csv, path: eye, cache: cache');
    expect(onDisk.modalities[0].stored?.numbers).toMatchObject({ type: 'uint8', length: SUBJECTS * WIDTH });
    expect(onDisk.fingerprint).toBe(inMemory.fingerprint);
    expect(selectSubjects(onDisk.modalities[0], WIDTH, every)).toEqual(
      selectSubjects(inMemory.modalities[0], WIDTH, every),
    );
  });

  test('is decoded once, and again after an image changes', async () => {
    const first = await read('table: people.csv, path: eye, cache: cache');
    const before = cacheFiles().map((name) => [name, statSync(file(`cache/${name}`)).mtimeMs]);
    expect((await read('table: people.csv, path: eye, cache: cache')).fingerprint).toBe(first.fingerprint);
    expect(cacheFiles().map((name) => [name, statSync(file(`cache/${name}`)).mtimeMs])).toEqual(before);
    const was = readFileSync(file('photos/7.png'));
    file('photos/7.png', image(7));
    expect((await read('table: people.csv, path: eye, cache: cache')).fingerprint).not.toBe(first.fingerprint);
    expect(cacheFiles()).toHaveLength(before.length + 1);
    file('photos/7.png', was);
    // No incomplete file remains.
    expect(readdirSync(file('cache')).filter((name) => !/\.(?:levels|json)$/.test(name))).toEqual([]);
  });

  test('has subjects in the order of the join, also without an image or without the second modality', async () => {
    file('some.csv', table(ids.map((_, i) => (i % 9 === 0 ? undefined : i === 10 ? 'broken.png' : `${i}.png`))));
    file('photos/broken.png', 'no image');
    const images = 'table: some.csv, path: eye';
    const [inMemory, onDisk] = [await read(images, 'turned.csv'), await read(`${images}, cache: cache`, 'turned.csv')];
    expect(onDisk.ids).toEqual(inMemory.ids);
    expect(onDisk.fingerprint).toBe(inMemory.fingerprint);
    const [eye] = onDisk.modalities;
    expect(eye.stored?.present?.filter((mark) => mark === 0)).not.toHaveLength(0);
    const shown = selectSubjects(eye, WIDTH, every);
    expect(shown).toEqual(selectSubjects(inMemory.modalities[0], WIDTH, every));
    // Missing values are 0 and marked.
    const row = onDisk.ids.indexOf('p9');
    expect([...shown.values.subarray(row * WIDTH, (row + 1) * WIDTH)]).toEqual(new Array(WIDTH).fill(0));
    expect([...shown.observed!.subarray(row * WIDTH, (row + 1) * WIDTH)]).toEqual(new Array(WIDTH).fill(0));
  });

  test('stores all intensities with 16 bits, for any position of the first such image', async () => {
    file('photos/deep.png', image(3, 16));
    file('deep.csv', table(ids.map((_, i) => (i === 3 ? 'deep.png' : `${i}.png`))));
    const images = 'table: deep.csv, path: eye';
    const [inMemory, onDisk] = [await read(images), await read(`${images}, cache: cache`)];
    expect(onDisk.modalities[0].stored?.numbers).toMatchObject({ type: 'int16' });
    expect(onDisk.fingerprint).toBe(inMemory.fingerprint);
    // An intensity of 8 bits becomes the same share of the maximum.
    const bytes = await read('table: people.csv, path: eye');
    const valuesOf = ({ modalities: [eye] }: Dataset, row: number): number[] => {
      const { values } = selectSubjects(eye, WIDTH, Int32Array.of(row));
      return Array.from(values, (value, at) => {
        const { mean, sd } = eye.columns[Math.floor(at / (WIDTH / 3))];
        return Math.round((value * sd + mean) * 255);
      });
    };
    expect(valuesOf(onDisk, 20)).toEqual(valuesOf(bytes, 20));
  });

  test('gives the same fit, bit by bit, as one in memory', async () => {
    const settings = {
      encoderRestarts: 1,
      epochs: 2,
      decoderEpochs: 1,
      componentRestarts: 4,
      evidence: 'none' as const,
      threads: 1,
    };
    const fit = async (dataset: Dataset): Promise<MultimodalCausalModel> =>
      MultimodalCausalModel.fit(dataset, settings);
    file('some.csv', table(ids.map((_, i) => (i % 9 === 0 ? undefined : `${i}.png`))));
    for (const images of ['table: people.csv, path: eye', 'table: some.csv, path: eye']) {
      const [first, second] = [await fit(await read(images)), await fit(await read(`${images}, cache: cache`))];
      expect(second.summary.stages.map(({ objectives }) => objectives)).toEqual(
        first.summary.stages.map(({ objectives }) => objectives),
      );
      const dataset = await read(`${images}, cache: cache`);
      expect(await second.encode(dataset)).toEqual(await first.encode(dataset));
      await first.dispose();
      await second.dispose();
    }
  });

  test('can be used by select, which predicts channel means and reads images like a fit', async () => {
    const dataset = await read('table: people.csv, path: eye, cache: cache');
    const { modalities } = await selectLatents(dataset, { maxLatents: 1, splits: 3, threads: 1 });
    expect(modalities.map(({ columns }) => columns)).toEqual([WIDTH, 2]);
    // One latent predicts some of what images and table share. Without it there would be no gain.
    for (const { candidates } of modalities) expect(candidates[0].gain).toBeGreaterThan(0);
  });

  test('is decoded again if its description or its size is damaged', async () => {
    const study = 'table: people.csv, path: eye, cache: damaged';
    const { fingerprint } = await read(study);
    const [about] = readdirSync(file('damaged')).filter((entry) => entry.endsWith('.json'));
    const [name] = readdirSync(file('damaged')).filter((entry) => entry.endsWith('.levels'));
    for (const damage of [
      () => file(`damaged/${about}`, '{'),
      () => file(`damaged/${about}`, '{"type":"uint8"}'),
      () => file(`damaged/${name}`, 'longer or shorter'),
    ]) {
      damage();
      expect((await read(study)).fingerprint).toBe(fingerprint);
    }
  });

  test('has different files for different slices', async () => {
    const along = (axis: Slice['axis'], index: number): Slice => ({ axis, index });
    const slices = [undefined, along('j', 3), along('k', 3), along('k', 4), { axis: 'k', fraction: 0.5 } as const];
    for (const slice of slices) {
      const form = { height: 1, width: 1, channels: 'grey', crop: 'centre', slice } as const;
      const size = { rows: 1, channels: 1, pixels: 1 };
      const cache = await ImageCache.open({ folder: file('slices'), name: 'ct' }, [], form, size);
      await cache.store().finish();
    }
    expect(readdirSync(file('slices'))).toHaveLength(slices.length);
  });

  test('gives an error with the remedy if its file is cut short or missing', async () => {
    const dataset = await read('table: people.csv, path: eye, cache: short');
    const [name] = readdirSync(file('short')).filter((entry) => entry.endsWith('.levels'));
    truncateSync(file(`short/${name}`), 100);
    expect(() => fingerprintOf(dataset)).toThrow(expect.objectContaining({ code: 'damaged-file' }));
    await expect(MultimodalCausalModel.fit(dataset, { epochs: 1 })).rejects.toMatchObject({ code: 'damaged-file' });
  });
});

/** Batches that a program gathers from its data in two steps. */
async function gathered(type: DataType, rows: number, values: DataArray | DataFile, order: Int32Array) {
  const width = 50;
  const leaf = data('x', [rows, width], type);
  const batch = gather(leaf, data('order', [1, 2, order.length / 2], 'int32'), { mean: [3, 5], sd: [2, 7] });
  const program = Program.load(compile({ runs: 1, entries: { main: { outputs: { batch } } } }), { threads: 1 });
  try {
    program.set('data', 'x', values);
    program.set('data', 'order', order);
    const { results } = await program.run('main', { steps: 2 });
    return { results, memory: program.memory(), values: rows < 1e6 ? await program.get('data', 'x') : undefined };
  } finally {
    await program.dispose();
  }
}

describe('a file as the data of a program', () => {
  const rows = 50_000;
  const numbers = Uint8Array.from({ length: rows * 50 }, (_, i) => (i * 7919) % 251);
  const order = Int32Array.from({ length: 64 }, (_, i) => (i * 7877) % rows);

  test.each([
    ['uint8', numbers],
    ['int16', Int16Array.from({ length: numbers.length / 2 }, (_, i) => numbers[i] * 200 - 20_000)],
  ] as const)('is mapped, and gives the same batches as memory: %s', async (type, values) => {
    const path = file(`${type}.levels`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    const count = values.length / 50;
    const rows = order.map((row) => row % count);
    const fromMemory = await gathered(type, count, values, rows);
    const fromFile = await gathered(type, count, { path, type, length: values.length }, rows);
    expect(fromFile.results).toEqual(fromMemory.results);
    expect(Buffer.from(values.buffer).equals(Buffer.from(fromFile.values!.buffer))).toBe(true);
    expect(fromFile.memory).toMatchObject({
      mapped: values.byteLength,
      total: fromMemory.memory.total - values.byteLength,
    });
  });

  test('can be smaller than a page', async () => {
    const few = numbers.slice(0, 20 * 50);
    const path = file('few.levels', few);
    const rows = order.map((row) => row % 20);
    const fromFile = await gathered('uint8', 20, { path, type: 'uint8', length: few.length }, rows);
    expect(fromFile.memory.mapped).toBe(0);
    expect(fromFile.results).toEqual((await gathered('uint8', 20, few, rows)).results);
  });

  test('is refused if it has a wrong type or length, or is missing', async () => {
    const path = file('other.levels', numbers);
    const set = (source: DataFile) => gathered('uint8', rows, source, order);
    await expect(set({ path, type: 'int16', length: numbers.length })).rejects.toMatchObject({ code: 'wrong-type' });
    await expect(set({ path, type: 'uint8', length: 50 })).rejects.toMatchObject({ code: 'wrong-length' });
    const gone = { path: file('gone.levels'), type: 'uint8', length: numbers.length } as const;
    await expect(set(gone)).rejects.toMatchObject({ code: 'missing-file' });
    truncateSync(path, numbers.length - 1);
    await expect(set({ path, type: 'uint8', length: numbers.length })).rejects.toMatchObject({ code: 'damaged-file' });
  });

  const onLinux = testIf(process.platform === 'linux', 'only Linux reports the memory of a process in /proc');
  onLinux('takes no private memory, independently of its size', async () => {
    const many = 20_000_000;
    const path = file('large.levels');
    const descriptor = openSync(path, 'w');
    // A sparse file of a gigabyte, which takes no space on disk.
    ftruncateSync(descriptor, many * 50);
    closeSync(descriptor);
    const privateMemory = () => 1024 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
    const before = privateMemory();
    const spread = Int32Array.from({ length: 200_000 }, (_, i) => i * 100);
    const { results } = await gathered('uint8', many, { path, type: 'uint8', length: many * 50 }, spread);
    expect(results[0]).toBe(-1.5);
    // 10⁵ rows of 50 values and their index. The file would take ten times as much.
    expect(privateMemory() - before).toBeLessThan(2 ** 28);
  });
});

describe('numbers in a data set', () => {
  const stored = (numbers: Uint8Array, more: object = {}): Modality => ({
    name: 'eye',
    columns: [{ name: 'grey', log: false, offset: 0, mean: 0.5, sd: 0.25 }],
    regularArray: { kind: 'image', height: 2, width: 2 },
    values: new Float32Array(),
    stored: { numbers, zero: 0, unit: 255, scale: { mean: [127.5], sd: [63.75] }, ...more },
    latents: 1,
    exogenous: 1,
  });

  test('are standardised with the same bits as in a program', async () => {
    const numbers = Uint8Array.from({ length: 256 }, (_, i) => i);
    const scale = { mean: [101.3], sd: [17.7] };
    const { values } = selectSubjects(
      stored(numbers, { scale }),
      4,
      Int32Array.from({ length: 64 }, (_, i) => i),
    );
    const batch = gather(data('x', [64, 4], 'uint8'), data('order', [1, 1, 64], 'int32'), scale);
    const program = Program.load(compile({ runs: 1, entries: { main: { outputs: { batch } } } }), { threads: 1 });
    program.set('data', 'x', numbers);
    program.set(
      'data',
      'order',
      Int32Array.from({ length: 64 }, (_, i) => i),
    );
    const { results } = program.runSync('main');
    expect(values).toEqual(Float32Array.from({ length: 256 }, (_, at) => results[(at % 4) * 64 + Math.floor(at / 4)]));
    await program.dispose();
  });

  test('are copied with the subjects and their marks', () => {
    const eye = stored(
      Uint8Array.from({ length: 12 }, (_, i) => i),
      { present: Uint8Array.of(1, 0, 1) },
    );
    const clinic: Modality = {
      ...{ name: 'clinic', latents: 1, exogenous: 1, columns: eye.columns, values: Float32Array.of(1, 2, 3) },
    };
    const split = { train: Int32Array.of(0, 1), validation: Int32Array.of(2), test: new Int32Array() };
    const dataset = { ids: ['a', 'b', 'c'], modalities: [eye, clinic], split, fingerprint: '' };
    const { modalities } = subjectsOf(dataset, Int32Array.of(2, 2, 1));
    expect(modalities[0].stored).toMatchObject({
      numbers: Uint8Array.of(8, 9, 10, 11, 8, 9, 10, 11, 4, 5, 6, 7),
      present: Uint8Array.of(1, 1, 0),
    });
  });
});
