// Images in a page. A canvas decodes them, and resizing agrees with that of Node, so the latents are those of Node.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { fitIntensities } from '../../src/images/fit-intensities.js';
import { imageHeader } from '../../src/images/image-header.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy } from '../../src/study/study.js';
import { canvasDecoder } from '../../src/web/canvas-decoder.js';
import { browserPage, inBrowser } from '../fixtures/browser-page.js';
import { scratch } from '../fixtures/scratch.js';

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

/** Returns red, green and blue of every pixel: waves and an edge, which depend on the subject. */
function drawn(height: number, width: number, subject = 0): Uint8Array {
  return Uint8Array.from({ length: 3 * height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / 3 / width) / height, (((i / 3) % width) | 0) / width];
    const wave = Math.sin((3 + (subject % 5)) * x + (1 + (subject % 3)) * y * y + (i % 3) + subject);
    return Math.round(120 + 90 * wave + (x > (subject % 7) / 7 ? 40 : 0));
  });
}

const raw = (height: number, width: number, subject?: number) =>
  sharp(drawn(height, width, subject), { raw: { height, width, channels: 3 } });

describe('resized intensities', () => {
  test.each([
    [8, 8, 8, 8, 'centre', 'rgb'],
    [12, 12, 8, 8, 'none', 'rgb'],
    [17, 31, 8, 8, 'none', 'grey'],
    [50, 51, 8, 12, 'none', 'rgb'],
    [300, 200, 32, 32, 'centre', 'rgb'],
    [301, 333, 32, 24, 'centre', 'grey'],
    [6, 6, 8, 8, 'none', 'grey'],
    [5, 9, 8, 8, 'none', 'rgb'],
    [40, 60, 64, 64, 'centre', 'rgb'],
  ] as const)('%d × %d to %d × %d, %s, %s: those of sharp', async (height, width, rows, columns, crop, channels) => {
    const expected = await raw(height, width)
      .flatten({ background: 'black' })
      .resize(columns, rows, { fit: crop === 'centre' ? 'cover' : 'fill', kernel: 'lanczos3' })
      .toColourspace(channels === 'grey' ? 'b-w' : 'srgb')
      .raw()
      .toBuffer();
    const intensities = new Uint8Array(await raw(height, width).ensureAlpha().raw().toBuffer());
    const fitted = fitIntensities({ intensities, height, width }, { height: rows, width: columns, channels, crop });
    expect(Buffer.compare(fitted, expected)).toBe(0);
  });
});

describe('headers of image files', () => {
  test.each(['png', 'jpeg', 'webp'] as const)('%s: size, colours, bits', async (type) => {
    const file = await raw(30, 20).toFormat(type).toBuffer();
    expect(imageHeader(file)).toEqual({ type, height: 30, width: 20, hasColours: true, bits: 8 });
    for (let length = 0; length < Math.min(16, file.length); length++) {
      expect(imageHeader(file.subarray(0, length))).toBeUndefined();
    }
  });

  test('grey, 16 bits, and WebP that is lossless or transparent', async () => {
    const grey = raw(9, 8).toColourspace('b-w');
    expect(imageHeader(await grey.clone().png().toBuffer())).toMatchObject({ hasColours: false });
    expect(imageHeader(await grey.clone().jpeg().toBuffer())).toMatchObject({ hasColours: false });
    expect(imageHeader(await raw(9, 8).toColourspace('rgb16').png().toBuffer())).toMatchObject({ bits: 16 });
    const clear = raw(9, 700).ensureAlpha(0.5);
    for (const options of [{ lossless: true }, { quality: 50 }]) {
      expect(imageHeader(await clear.clone().webp(options).toBuffer())).toMatchObject({ height: 9, width: 700 });
    }
    expect(imageHeader(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBeUndefined();
  });
});

test('a browser without a canvas, or with one that changes images, gets an error', () => {
  expect(() => canvasDecoder({})).toThrow(/cannot decode images/);
  class Canvas {
    getContext() {
      const image = () => ({ data: new Uint8ClampedArray(1024) });
      return { createImageData: image, getImageData: image, putImageData: () => undefined };
    }
  }
  const platform = { OffscreenCanvas: Canvas, createImageBitmap: () => undefined };
  expect(() => canvasDecoder(platform)).toThrow(/changes the images/);
});

const { assemble } = (await import(join(import.meta.dirname, '../../examples/browser/assemble.mjs'))) as {
  readonly assemble: (page: string, run: string, tables: Readonly<Record<string, string>>) => void;
};

interface PageAnswer {
  readonly ids: readonly string[];
  readonly latents: Readonly<Record<string, readonly number[]>>;
  readonly unusable: readonly string[];
}

inBrowser('in Chromium', () => {
  const files = scratch();
  const people = Array.from({ length: 40 }, (_, i) => i);
  const { open, troubles } = browserPage();
  let server: ChildProcess;
  let page: Page;
  let model: MultimodalCausalModel;
  let clinic: string;

  const YAML = (table: string): string => `study: retina
id: id
missing: keep
modalities:
  clinic: { table: clinic.csv, latents: 1 }
  eye: { images: { table: ${table}, path: photo, folder: photos/eye, size: 8, channels: grey }, latents: 2 }
`;

  const ALONE = (table: string): string => YAML(table).replace(/ {2}clinic: .*\n/, '');

  beforeAll(async () => {
    mkdirSync(files.file('photos/eye'), { recursive: true });
    for (const i of people) {
      await raw(8, 8, i)
        .toColourspace('b-w')
        .png()
        .toFile(files.file(`photos/eye/p${i}.png`));
    }
    clinic = ['id,iron,dose', ...people.map((i) => `p${i},${Math.sin(7 * i)},${Math.cos(3 * i)}`)].join('\n');
    files.file('clinic.csv', clinic);
    files.file('eye.csv', ['id,photo', ...people.map((i) => `p${i},p${i}.png`)].join('\n'));
    const study = await readStudy(files.file('study.yaml', YAML('eye.csv')));
    model = await MultimodalCausalModel.fit(study, {
      encoderRestarts: 1,
      epochs: 2,
      batch: 16,
      hidden: 8,
      threads: 1,
      evidence: 'none',
    });
    await model.save(files.file('run'));
    assemble(files.file('page'), files.file('run'), { 'clinic.csv': clinic });
    server = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../examples/browser/serve.mjs'), files.file('page')],
      {
        env: { ...process.env, PORT: '0' },
      },
    );
    const [printed] = (await once(server.stdout!, 'data')) as [Buffer];
    page = await open(printed.toString().trim());
    await page.locator('#device:not(:empty)').waitFor();
  });

  afterAll(async () => {
    server.kill('SIGKILL');
    await model.dispose();
  });

  /** Returns the latents of files that a model in the page encodes. */
  async function inPage(inputs: Readonly<Record<string, Uint8Array | string>>, study?: string): Promise<PageAnswer> {
    const base64 = (contents: Readonly<Record<string, Uint8Array | string>>) =>
      Object.fromEntries(
        Object.entries(contents).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
      );
    const run = Object.fromEntries(
      ['run.json', 'model.safetensors'].map((name) => [name, readFileSync(files.file(`run/${name}`))]),
    );
    const call = JSON.stringify({ run: base64(run), inputs: base64(inputs), study });
    return page.evaluate(`(async ({ run, inputs, study }) => {
      const { loadModel } = await import('/interlatent/index.js');
      const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const opened = (contents) =>
        Object.fromEntries(Object.entries(contents).map(([name, text]) => [name, new Blob([bytes(text)])]));
      const model = await loadModel(opened(run));
      const { ids, latents, inspection } = await model.encode(opened(inputs), { study });
      const unusable = inspection.modalities
        .flatMap(({ regularArray }) => regularArray?.unusable ?? [])
        .map(({ code }) => code);
      const plain = Object.entries(latents).map(([name, values]) => [name, [...values]]);
      return { ids, latents: Object.fromEntries(plain), unusable };
    })(${call})`);
  }

  const eyes = (): Record<string, Uint8Array> =>
    Object.fromEntries(
      readdirSync(files.file('photos/eye')).map((name) => [
        `a/eye/${name}`,
        readFileSync(files.file(`photos/eye/${name}`)),
      ]),
    );

  /** Returns the latents in Node for the same files in a folder. */
  async function inNode(inputs: Readonly<Record<string, Uint8Array>>): Promise<Float32Array> {
    const names = Object.keys(inputs).map((path) => path.replace(/.*\//, ''));
    for (const [i, bytes] of Object.values(inputs).entries()) {
      writeFileSync(files.file(`photos/eye/${names[i]}`), bytes);
    }
    const lines = names.map((name) => `${name.replace(/\..*/, '')},${name}`);
    files.file('six.csv', ['id,photo', ...lines].join('\n'));
    const { dataset } = await readStudy(files.file('six.yaml', YAML('six.csv')), { scales: model.columnScales });
    const { eye } = await model.encode(dataset);
    const rows = names.map((name) => dataset.ids.indexOf(name.replace(/\..*/, '')));
    return Float32Array.from(rows.flatMap((row) => [eye[2 * row], eye[2 * row + 1]]));
  }

  /** Returns six images of one kind, by name. */
  async function six(name: (i: number) => string, image: (i: number) => Sharp): Promise<Record<string, Uint8Array>> {
    const images = people.slice(0, 6).map(async (i) => [name(i), await image(i).toBuffer()] as const);
    return Object.fromEntries(await Promise.all(images));
  }

  test('images in a folder with the name of the modality, and a table, have the latents of Node', async () => {
    const { dataset } = await readStudy(files.file('study.yaml'), { scales: model.columnScales });
    const expected = await model.encode(dataset);
    const answer = await inPage({ 'clinic.csv': clinic, ...eyes() });
    expect(answer.ids).toEqual(dataset.ids);
    expect(Object.keys(answer.latents)).toEqual(['clinic', 'eye']);
    for (const [name, values] of Object.entries(expected)) {
      expect(largestDifference(answer.latents[name], values)).toBeLessThan(1e-5);
    }
    expect(troubles.filter((text) => !text.includes('No available adapters'))).toEqual([]);
  });

  test('images without a folder, with a list or with a study file have the same latents', async () => {
    const inputs = Object.fromEntries(Object.entries(eyes()).slice(0, 6));
    const { ids, latents } = await inPage(inputs);
    expect(Object.keys(latents)).toEqual(['eye']);
    const named = Object.fromEntries(Object.entries(inputs).map(([, bytes], i) => [`scan ${i}.PNG`, bytes]));
    const list = ['file,side,id', ...ids.map((id, i) => `scan ${i}.PNG,left,${id}`)].join('\n');
    expect(await inPage({ 'eye.csv': list, ...named })).toEqual({ ids, latents, unusable: [] });
    const rows = ['id,photo', ...ids.map((id, i) => `${id},scan ${i}.PNG`)].join('\n');
    const study = ALONE('rows.csv');
    expect(await inPage({ 'rows.csv': rows, ...named }, study)).toEqual({ ids, latents, unusable: [] });
  });

  test.each([
    ['larger PNG with colours', 'png', (i: number) => raw(100, 90, i).png(), 1e-5],
    // The canvas rounds transparent pixels differently.
    ['smaller PNG with transparency', 'png', (i: number) => raw(6, 7, i).ensureAlpha(0.5).png(), 0.2],
    ['lossless WebP', 'webp', (i: number) => raw(8, 8, i).webp({ lossless: true }), 1e-5],
    // Browsers and libvips round differently in decompression, and rotate before or after resizing.
    ['rotated JPEG', 'jpg', (i: number) => raw(15, 12, i).withMetadata({ orientation: 6 }).jpeg(), 0.05],
  ] as const)('a %s has the latents of Node', async (_, ending, image, tolerance) => {
    const inputs = await six((i) => `eye/q${i}.${ending}`, image);
    const { latents, unusable } = await inPage(inputs);
    expect(unusable).toEqual([]);
    expect(largestDifference(latents['eye'], await inNode(inputs))).toBeLessThan(tolerance);
  });

  test('unusable files are left out and reported if another file is usable', async () => {
    const [good] = Object.values(eyes());
    const deep = await raw(8, 8).toColourspace('rgb16').png().toBuffer();
    const huge = Buffer.from(good);
    huge.writeUInt32BE(100_000, 16);
    huge.writeUInt32BE(100_000, 20);
    const { ids, unusable } = await inPage({
      'eye/a.png': good,
      'eye/b.png': good.subarray(0, 60),
      'eye/c.png': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'eye/d.png': '',
      'eye/e.png': deep,
      'eye/f.png': huge,
      'eye/g.png': await raw(1, 8).png().toBuffer(),
    });
    expect(ids).toEqual(['a']);
    expect([...unusable].sort()).toEqual([
      'damaged-file',
      'damaged-file',
      'too-large',
      'too-small',
      'unknown-format',
      'unsupported-type',
    ]);
    await expect(inPage({ 'eye/b.png': good.subarray(0, 60) })).rejects.toThrow(/eye.*b\.png is damaged/);
    await expect(inPage({ 'eye/a.png': good, 'eye/b/a.png': good })).rejects.toThrow(
      /id a is in row 2 and in an earlier row/,
    );
    await expect(inPage({ 'eye.csv': 'id,file\n1,x.png', 'y.png': good })).rejects.toThrow(/no column that names/);
    await expect(inPage({ 'clinic.csv': clinic }, YAML('clinic.csv'))).rejects.toThrow(/photo/);
  });

  test('the example page encodes images that are chosen with a table, and saves the report', async () => {
    await page.locator('#model-folder').setInputFiles(files.file('run'));
    await page.getByText('eye: images (.png, .jpg, .webp)').waitFor();
    const photos = people.map((i) => files.file(`photos/eye/p${i}.png`));
    await page.locator('#tables-files').setInputFiles([files.file('clinic.csv'), ...photos]);
    await page.locator('#latents tr').first().waitFor();
    expect(await page.locator('#tables-facts').textContent()).toMatch(/^40 people encoded/);
    await page.locator('#report').click();
    await page.getByText('Saved as report.html.').waitFor();
    expect(await page.locator('#tables-problem').textContent()).toBe('');
  });
});
