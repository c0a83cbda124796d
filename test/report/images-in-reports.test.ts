// Reports of images and series. Attributions agree with closed forms and with simulated effects. Single subjects appear
// only with --subjects. The report is one small file.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { observationOf } from '../../src/data/observation.js';
import { standardiseChannels } from '../../src/data/standardise-channels.js';
import { decodeNpy, encodeNpy } from '../../src/files/npy.js';
import { writePng } from '../../src/files/png.js';
import { componentJacobians } from '../../src/inference/component-inverse.js';
import { examine } from '../../src/inference/examination.js';
import { latentLayout } from '../../src/networks/layout.js';
import { MultimodalModel, type ModelConfig } from '../../src/networks/multimodal.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { subjectPanels, traversalPanels } from '../../src/report/facts/curves.js';
import { largestPlace, type ArrayFacts } from '../../src/report/facts/regular-arrays.js';
import type { ArrayFigures } from '../../src/report/index.js';
import { imageLooks } from '../../src/report/html/image-looks.js';
import { signedRaster } from '../../src/report/raster.js';
import { browserPage, inBrowser } from '../fixtures/browser-page.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const random = new RandomStream(11, 1);
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());

describe('PNG files', () => {
  test.each([
    ['grey, a single pixel', 1, 1, 1, 256],
    ['grey, a row', 9, 1, 1, 256],
    // With few intensities, several PNG predictors are equally near.
    ['grey, few intensities', 16, 16, 1, 4],
    ['colours', 7, 5, 3, 256],
    ['colours and opacity', 3, 4, 4, 256],
  ] as const)('preserve intensities: %s', async (_, width, height, channels, levels) => {
    const intensities = Uint8Array.from({ length: width * height * channels }, () => random.between(0, levels));
    const bytes = writePng({ width, height, channels, intensities });
    const colourSpace = channels === 1 ? 'b-w' : 'srgb';
    const { data, info } = await sharp(bytes).toColourspace(colourSpace).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width, height, channels });
    expect(new Uint8Array(data)).toEqual(intensities);
  });

  test('average the pixels of larger images, and show the sign by colour', async () => {
    const [height, width] = [3, 192];
    const values = Float64Array.from({ length: height * width }, (_, at) => (at % width < 96 ? -1 : 0.5));
    const drawn = signedRaster(values, { height, width }, 1);
    expect([drawn.width, drawn.height]).toEqual([96, 2]);
    const bytes = Buffer.from(drawn.source.slice('data:image/png;base64,'.length), 'base64');
    const pixels = await sharp(bytes).raw().toBuffer();
    expect([...pixels.subarray(0, 4)]).toEqual([47, 127, 214, 255]);
    expect([...pixels.subarray(4 * 95, 4 * 96)]).toEqual([224, 99, 43, 128]);
  });
});

describe('the attribution of a latent', () => {
  const [height, width, latents, hidden] = [4, 5, 2, 6];
  const [rows, columns, entries] = [40, height * width, latents + 1];
  const regularArray = { kind: 'image', height, width } as const;
  const named = ['a', 'b'].map((name) => {
    const raw = Float32Array.from(normals(rows * columns));
    return {
      name,
      ...standardiseChannels(
        raw,
        ['grey'],
        regularArray,
        Int32Array.from({ length: rows }, (_, row) => row),
      ),
    };
  });
  const shapes = named.map(({ name, ...images }) => {
    const network = { kind: 'mlp' } as const;
    return { name, observation: observationOf({ ...images, network }), latents, exogenous: 1 };
  });
  const prior = { flow: 'affine', components: 1, flowHidden: 4, within: true, graph: 'ordered', gates: false } as const;
  const config: ModelConfig = { ...prior, modalities: shapes, hidden, componentMap: 7 };
  const parameters = new Map(
    [...new MultimodalModel(config, 1).parameters.initialValues([5])].map(([name, values]) => {
      // A fit leaves biases different from 0. The map is then nonlinear, and still invertible everywhere.
      return [name, { shape: [1], values: name.endsWith('.bias') ? values.map(() => random.normal()) : values }];
    }),
  );

  test('is the mean |Jacobian| of decoder and component map over subjects, per sd of the latent', async () => {
    const plain = { ...config, componentMap: 0 };
    const seen = named.map(({ values }) => ({ values }));
    const { mean: v } = await examine(plain, parameters, seen, rows, { threads: 1 });
    const { mean: z, traversals } = await examine(config, parameters, seen, rows, { threads: 1 });
    // The layers of both modalities are batched; this is the second modality.
    const layer = (index: number) => {
      const [weight, bias] = ['weight', 'bias'].map((what) => parameters.get(`decoder.${index}.${what}`)!.values);
      return { weight: weight.subarray(weight.length / 2), bias: bias.subarray(bias.length / 2) };
    };
    const layers = [0, 1, 2].map(layer);
    /** ∂x̂ / ∂v by the chain rule, columns × entries. */
    const decoderJacobian = (at: Float64Array): Float64Array[] => {
      let values = at;
      let slopes = Array.from(at, (_, i) => Float64Array.from(at, (__, j) => Number(i === j)));
      layers.forEach(({ weight, bias }, index) => {
        const inputs = values.length;
        const before = Float64Array.from(bias, (b, o) =>
          values.reduce((sum, x, i) => sum + weight[o * inputs + i] * x, b),
        );
        const bend = before.map((x) => (index === 2 || x > 0 ? 1 : 0.2));
        slopes = Array.from(bias, (_, o) =>
          Float64Array.from(
            at,
            (__, j) => bend[o] * slopes.reduce((sum, slope, i) => sum + weight[o * inputs + i] * slope[j], 0),
          ),
        );
        values = before.map((x, o) => bend[o] * x);
      });
      return slopes;
    };
    const mapJacobian = componentJacobians(parameters, latentLayout(shapes))[1];
    const first = entries;
    const sd = Array.from({ length: latents }, (_, k) => {
      const latent = Float64Array.from({ length: rows }, (__, row) => z[row * 2 * entries + first + k]);
      const mean = latent.reduce((sum, value) => sum + value, 0) / rows;
      return Math.sqrt(latent.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    });
    const expected = sd.map(() => new Float64Array(columns));
    for (let row = 0; row < rows; row++) {
      const subject = Float64Array.from(v.subarray(row * 2 * entries + first, row * 2 * entries + 2 * entries));
      const [p, q, r, s] = mapJacobian(subject.subarray(0, latents));
      const inverse = [s, -q, -r, p].map((value) => value / (p * s - q * r));
      decoderJacobian(subject).forEach((slope, c) => {
        sd.forEach((scale, k) => {
          expected[k][c] += (scale * Math.abs(slope[0] * inverse[k] + slope[1] * inverse[latents + k])) / rows;
        });
      });
    }
    sd.forEach((_, k) => {
      const slope = traversals[first + k].slope!;
      const largest = Math.max(...expected[k]);
      expect(largest).toBeGreaterThan(0.01);
      slope.forEach((value, c) => {
        expect(Math.abs(value - expected[k][c])).toBeLessThan(0.02 * largest);
      });
    });
    expect(traversals[first + latents].slope).toBeUndefined();
  });
});

const SHOTS = join(import.meta.dirname, '../../build/reports/report');
const SIDE = 16;
const STEPS = 32;
const SUBJECTS = 700;
/** Columns of the images that their latent brightens, and steps of the series that their latent raises. */
const BAR = { from: 3, to: 6 };
const BUMP = { from: 18, to: 24 };

describe('a study of images and series', () => {
  const { folder, file } = scratch();
  const ids = Array.from({ length: SUBJECTS }, (_, row) => `person-${1000 + row}`);
  let html: string;
  let shown: string;
  let figures: { bytes: number; correlation: { nats: number; subjects: number }; regularArrays: ArrayFigures[] };

  const interlatent = (...args: string[]): Promise<CommandResult> => commandHere(args, folder);

  beforeAll(async () => {
    const pixels = new Float32Array(SUBJECTS * SIDE * SIDE);
    const lines = [['id', ...Array.from({ length: STEPS }, (_, step) => `hr_${step + 1}`)].join(',')];
    for (let row = 0; row < SUBJECTS; row++) {
      const light = random.normal();
      const lift = Math.tanh(light) + 0.25 * random.normal();
      const patch = random.normal();
      for (let at = 0; at < SIDE * SIDE; at++) {
        const column = at % SIDE;
        const signal = column >= BAR.from && column < BAR.to ? light : column >= 11 ? 0.7 * patch : 0;
        pixels[row * SIDE * SIDE + at] = 0.5 + 0.2 * signal + 0.05 * random.normal();
      }
      const drift = random.normal();
      const steps = Array.from({ length: STEPS }, (_, step) => {
        const lifted = step >= BUMP.from && step < BUMP.to ? 8 * lift : 0;
        return (70 + lifted + (step < 10 ? 4 * drift : 0) + random.normal()).toFixed(2);
      });
      lines.push([ids[row], ...steps].join(','));
    }
    file('bars.npy', encodeNpy({ shape: [SUBJECTS, SIDE, SIDE], data: pixels }));
    file('people.csv', ['id', ...ids].join('\n'));
    file('heart.csv', lines.join('\n'));
    file(
      'study.yaml',
      `study: bars
id: id
modalities:
  eye: { images: { array: bars.npy, table: people.csv }, latents: 1, exogenous: 1 }
  heart:
    series: { table: heart.csv, wide: true, channels: [hr], step: 2s }
    latents: 1
    exogenous: 1
    shiftInvariant: 1
    augment: { shift: 2, contrast: 0.25 }
    labels: { hr: heart rate }
split: { validation: 0.15, test: 0.2 }
training: { componentRestarts: 4, componentSteps: 150, decoderEpochs: 12 }
`,
    );
    const done = async (...args: string[]) => {
      const result = await interlatent(...args);
      expect(result).toMatchObject({ code: 0, err: '' });
      return result.out;
    };
    await done('fit', 'study.yaml', '--out', 'run', '--threads', '1', '--evidence', 'none', '--json');
    figures = JSON.parse(await done('report', 'run', '--out', 'plain.html', '--json')) as typeof figures;
    shown = await done('report', 'run', '--subjects', '--out', 'subjects.html');
    html = readFileSync(file('plain.html'), 'utf8');
  }, 120_000);

  test('each latent acts in the bar, or at the time of the bump', () => {
    const [eye, heart] = figures.regularArrays;
    expect(eye.channels).toEqual(['grey']);
    expect(eye.latents[0].attribution.column).toBeGreaterThanOrEqual(BAR.from);
    expect(eye.latents[0].attribution.column).toBeLessThan(BAR.to);
    expect(eye.latents[0].attribution.value).toBeGreaterThan(3 * eye.latents[0].attribution.mean);
    expect(eye.latents[0].change.column).toBeGreaterThanOrEqual(BAR.from);
    expect(eye.latents[0].change.column).toBeLessThan(BAR.to);
    const { attribution, change } = heart.latents[0];
    for (const { channel, seconds } of [attribution, change]) {
      expect(channel).toBe('heart rate');
      expect(seconds).toBeGreaterThanOrEqual(2 * BUMP.from);
      expect(seconds).toBeLessThan(2 * BUMP.to);
    }
    expect(html).toMatch(/alt="Where eye\.z1 acts: most at row \d+, column [345], /);
    expect(html).toMatch(/The latent acts most on heart rate at (3[6-9]|4[0-6]) s\./);
  });

  test('the report names declared invariances and augmentation, and the reconstructed variance', () => {
    expect(html).toMatch(/heart\.z1 was declared invariant to shifts of the series/);
    expect(html).not.toMatch(/eye\.z1 was declared/);
    expect(html).toMatch(/each series was moved by up to 2 steps and multiplied by 0\.75 to 1\.25 at random/);
    expect(figures.regularArrays.map(({ augment }) => augment)).toEqual([undefined, { shift: 2, contrast: 0.25 }]);
    expect(figures.regularArrays.map(({ latents }) => latents[0].shiftInvariant)).toEqual([false, true]);
    const { correlation, regularArrays } = figures;
    expect(correlation.nats).toBeGreaterThan(0.3);
    expect(html).toContain(`<strong>${correlation.nats.toFixed(2)} nats</strong>`);
    for (const { rebuilt } of regularArrays) {
      expect(rebuilt.split).toBe('test');
      expect(rebuilt.byAll).toBeGreaterThan(0.3);
      expect(rebuilt.byLatentsAlone).toBeGreaterThan(0.1);
      // Latent and private noise together reconstruct more of the image than the latent alone.
      expect(rebuilt.byLatentsAlone).toBeLessThan(rebuilt.byAll!);
      expect(html).toContain(`<strong>${(100 * rebuilt.byAll!).toFixed(1)} %</strong>`);
    }
  });

  test('subjects appear only with --subjects, and then without their ids', async () => {
    expect(html).not.toMatch(/of subject \d+/);
    expect(html).toContain('report RUN --subjects');
    expect(figures.regularArrays.map((regularArray) => regularArray.shown)).toEqual([[], []]);
    const page = readFileSync(file('subjects.html'), 'utf8');
    expect(page.match(/alt="eye of subject \d+, as recorded"/g)).toHaveLength(12);
    expect(page.match(/<title>subject \d, rebuilt<\/title>/g)).toHaveLength(6);
    const named = shown.match(/person-\d+/g)!;
    expect(named).toHaveLength(12 + 6);
    for (const text of [html, page]) expect(text).not.toMatch(/person-\d+/);
    const refused = await interlatent('report', '--compare', 'run', 'run', '--subjects', '--out', 'x.html');
    expect(refused.err).toContain('error [invalid-option]');
    expect(existsSync(file('x.html'))).toBe(false);
  });

  test('means over fewer than ten people are not shown', async () => {
    const few = 9;
    const { data } = decodeNpy(readFileSync(file('bars.npy')), 'bars.npy');
    const pixels = (data as Float32Array).slice(0, few * SIDE * SIDE);
    file('few.npy', encodeNpy({ shape: [few, SIDE, SIDE], data: pixels }));
    file('few.csv', ['id', ...ids.slice(0, few)].join('\n'));
    const study = readFileSync(file('study.yaml'), 'utf8')
      .replace('bars.npy', 'few.npy')
      .replace('people.csv', 'few.csv');
    file('few.yaml', study);
    const { code, err } = await interlatent('report', 'run', '--study', 'few.yaml', '--out', 'few.html');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const page = readFileSync(file('few.html'), 'utf8');
    expect(page).toContain(
      'Only 9 subjects or groups have eye. Means over fewer than 10 people could show single people',
    );
    expect(page).not.toContain('<img');
    // All 700 subjects have a series.
    expect(page).toContain('data-name="series-heart.z1"');
  });

  test('the report is one file; every image has its size and a description', () => {
    const outside = html.replaceAll('http://www.w3.org/2000/svg', '').match(/https?:\/\/[^"'\s<]*/g);
    expect(outside).toBeNull();
    const images = html.match(/<img\b[^>]*>/g)!;
    expect(images).toHaveLength(5 + 1 + 1);
    for (const image of images) {
      expect(image).toMatch(/src="data:image\/png;base64,[^"]+" width="16" height="16" alt="[^"]{20,}"/);
    }
    expect(html.length).toBeLessThan(1_000_000);
  });

  inBrowser('in Chromium', () => {
    const { open, troubles, violations } = browserPage();

    test.each([
      ['light', 1280],
      ['dark', 390],
    ] as const)('%s, %i pixels wide: no horizontal scrolling, no serious violation', async (colorScheme, width) => {
      const page = await open(pathToFileURL(file('subjects.html')).href, { width, colorScheme });
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const broken = '[...document.images].filter((one) => !one.complete || one.naturalWidth === 0).length';
      expect(await page.evaluate(broken)).toBe(0);
      // Charts fit into their card: on a phone, panels are placed below each other.
      const isWide =
        "[...document.querySelectorAll('#looks .drawing')].some((one) => one.scrollWidth > one.clientWidth)";
      expect(await page.evaluate(isWide)).toBe(false);
      const serious = (await violations()).filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious).toEqual([]);
      mkdirSync(SHOTS, { recursive: true });
      await page.locator('#looks').screenshot({ path: join(SHOTS, `looks-${colorScheme}.png`) });
      expect(troubles).toEqual([]);
    });
  });
});

describe('the size of the page', () => {
  const [height, width, channels] = [64, 64, 3];
  const size = channels * height * width;
  const steps = [-2, -1, 0, 1, 2];
  const pool = normals(2 * size);
  const noise = () => {
    const from = Math.floor(random.between(0, size));
    return pool.slice(from, from + size);
  };

  test('incompressible colour images, 64 pixels wide, with 8 latents in two modalities, need less than 5 MiB', () => {
    const facts = (modality: string): ArrayFacts<'image'> => ({
      ...{ modality, m: 0, regularArray: { kind: 'image', height, width }, range: [-3, 3], augment: undefined },
      channels: ['r', 'g', 'b'].map((label) => ({ label, mean: 0, sd: 1 })),
      groups: 90,
      rebuilt: { split: 'test', subjects: 9, byAll: 0, byLatentsAlone: 0 },
      latents: [1, 2, 3, 4].map((k) => ({
        ...{ name: `${modality}.z${k}`, shiftInvariant: false },
        response: steps.map(() => noise()),
        difference: noise(),
        attribution: noise().map(Math.abs),
      })),
      shown: Array.from({ length: 12 }, (_, k) => {
        return { id: `s${k}`, observed: noise(), rebuilt: noise(), byLatentsAlone: noise() };
      }),
    });
    const looks = ['left', 'right'].flatMap((name) => imageLooks(facts(name), steps));
    const bytes = looks.reduce((sum, { text }) => sum + text.length, 0);
    expect(bytes).toBeGreaterThan(2 ** 20);
    expect(bytes).toBeLessThan(5 * 2 ** 20 - 600_000);
  });

  test('each curve of a series has at most 160 points, and missing values are gaps', () => {
    const positions = 5000;
    const values = Float64Array.from({ length: positions }, (_, at) => (at < 2500 ? at : NaN));
    const facts: ArrayFacts<'series'> = {
      ...{ modality: 'hr', m: 0, regularArray: { kind: 'series', steps: positions, seconds: 0.5 }, range: [0, 1] },
      augment: undefined,
      channels: [{ label: 'hr', mean: 60, sd: 2 }],
      groups: 90,
      rebuilt: { split: 'test', subjects: 9, byAll: 0, byLatentsAlone: 0 },
      latents: [
        {
          ...{ name: 'hr.z1', shiftInvariant: false },
          response: steps.map((sds) => new Float64Array(positions).fill(sds)),
          difference: new Float64Array(positions).fill(4),
          attribution: Float64Array.from({ length: positions }, (_, at) => at / positions),
        },
      ],
      shown: [{ id: 's', observed: values, rebuilt: values.slice(), byLatentsAlone: values.slice() }],
    };
    const { seconds, panels } = traversalPanels(facts, facts.latents[0], steps);
    expect(seconds).toBe(2500);
    expect(panels[0].curves.map(({ values: curve }) => [curve.length, curve[0]])).toEqual(
      steps.map((sds) => [160, 60 + 2 * sds]),
    );
    expect(panels[0].profile!.at(-1)).toBeCloseTo(1, 1);
    const [observed] = subjectPanels(facts).panels[0].curves;
    expect(observed.values.slice(0, 80).every((value) => value !== null)).toBe(true);
    expect(observed.values.slice(81)).toEqual(new Array(79).fill(null));
    expect(largestPlace(facts, facts.latents[0].attribution)).toMatchObject({ channel: 'hr', seconds: 2499.5 });
  });
});
