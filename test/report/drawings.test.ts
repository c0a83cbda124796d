// Drawings are well-formed, self-contained, escaped, correct, and readable with any colour vision.

import { describe, expect, test } from '@jest/globals';
import { graphFromStrengths, type LatentGraph } from '../../src/causal/index.js';
import { linearScale, logScale, tickText } from '../../src/report/axis.js';
import { graphSvg, lossSvg, scatterSvg, type LossCurve } from '../../src/report/index.js';
import { contrast, dark, light, readableOn } from '../../src/report/theme.js';
import { findAll, readXml, type XmlElement } from '../fixtures/xml-reader.js';

const nasty = '<script>alert("x")</script> & \'é\' \\N </svg> \u0007';
const printable = nasty.replace('\u0007', '\uFFFD');

const modalities = [
  { name: 'blood', latents: 2 },
  { name: nasty, latents: 2 },
];
// blood.z1 → nasty.z1 (0.9), blood.z2 → nasty.z2 (0.3), blood.z1 → blood.z2 (0.2); rows are children.
const strengths = [0, 0, 0, 0, 0.2, 0, 0, 0, 0.9, 0, 0, 0, 0, 0.3, 0, 0];
const agreements = [1, 0.25, 0.5];

function exampleGraph(): LatentGraph {
  const graph = graphFromStrengths(modalities, strengths);
  return { ...graph, runs: 4, edges: graph.edges.map((edge, e) => ({ ...edge, agreement: agreements[e] })) };
}

function numbers(text: string): number[] {
  return Array.from(text.matchAll(/-?\d+(\.\d+)?/g), ([match]) => Number(match));
}

/** Returns the group whose hover title begins with `title`. */
function titled(root: XmlElement, title: string): XmlElement {
  const group = findAll(root, 'g').find(
    ({ children }) => children[0]?.name === 'title' && children[0].text.startsWith(title),
  );
  if (group === undefined) throw new Error(`nothing is titled ${title}`);
  return group;
}

function expectStandAlone(svg: string, title: string): XmlElement {
  const root = readXml(svg);
  expect(root.name).toBe('svg');
  expect(root.attributes).toMatchObject({ xmlns: 'http://www.w3.org/2000/svg', role: 'img' });
  expect(root.children[0]).toMatchObject({ name: 'title', text: title });
  expect(root.children[1].name).toBe('desc');
  expect(root.children[1].text.length).toBeGreaterThan(20);
  expect(svg).not.toMatch(/<script|href|url\(|NaN|undefined|Infinity/);
  return root;
}

describe('graphSvg', () => {
  test('has a panel per modality, a disc per latent and an arrow per edge; names are text, never markup', async () => {
    const root = expectStandAlone(await graphSvg(exampleGraph(), { title: nasty }), printable);
    const rects = findAll(root, 'rect').filter(({ children }) => children.length === 1);
    expect(rects.map(({ children }) => children[0].text)).toEqual(['blood', printable]);
    expect(findAll(root, 'circle')).toHaveLength(4);
    expect(findAll(root, 'title').map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        `blood.z1 → ${printable}.z1: strength 0.900, found in 4 of 4 restarts on the same data`,
        `blood.z2 → ${printable}.z2: strength 0.300, found in 1 of 4 restarts on the same data`,
        `${printable}.z1: arrow from blood.z1`,
        `blood.z1: arrow to ${printable}.z1, blood.z2`,
      ]),
    );
  });

  test('draws arrows from rim to rim, from cause to effect, wider for stronger edges, at full opacity', async () => {
    const root = readXml(await graphSvg(exampleGraph()));
    const disc = (name: string) => {
      const { cx, cy, r } = findAll(titled(root, `${name}:`), 'circle')[0].attributes;
      return { x: Number(cx), y: Number(cy), r: Number(r) };
    };
    const arrow = (from: string, to: string) => {
      const group = titled(root, `${from} → ${to}`);
      const [line, head] = findAll(group, 'path');
      const [x, y] = numbers(line.attributes.d);
      const [tipX, tipY] = numbers(head.attributes.d);
      const [a, b] = [disc(from), disc(to)];
      expect(Math.abs(Math.hypot(x - a.x, y - a.y) - a.r)).toBeLessThan(4);
      expect(Math.abs(Math.hypot(tipX - b.x, tipY - b.y) - b.r)).toBeLessThan(4);
      return Number(line.attributes['stroke-width']);
    };
    const strong = arrow('blood.z1', `${printable}.z1`);
    const weak = arrow('blood.z2', `${printable}.z2`);
    const within = arrow('blood.z1', 'blood.z2');
    expect(strong).toBeGreaterThan(weak);
    expect(weak).toBeGreaterThan(within);
    const looks = findAll(root, 'path').map(({ attributes }) => Object.keys(attributes).sort().join(' '));
    expect(new Set(looks)).toEqual(new Set(['class d stroke-linecap stroke-width', 'class d']));
    expect(findAll(root, 'g').filter(({ attributes }) => 'opacity' in attributes)).toEqual([]);
  });

  test('places latents inside their panel, the first on top, in panels that do not overlap', async () => {
    const root = readXml(await graphSvg(exampleGraph()));
    const discs = findAll(root, 'circle').map(({ attributes }) => ({
      x: Number(attributes.cx),
      y: Number(attributes.cy),
    }));
    const panels = findAll(root, 'rect')
      .filter(({ children }) => children.length === 1)
      .map(({ attributes: { x, y, width, height } }) => [x, y, width, height].map(Number));
    panels.forEach(([x, y, width, height], m) => {
      for (const disc of discs.slice(2 * m, 2 * m + 2)) {
        expect(disc.x).toBeGreaterThan(x + 21);
        expect(disc.x).toBeLessThan(x + width - 21);
        expect(disc.y).toBeGreaterThan(y + 21);
        expect(disc.y).toBeLessThan(y + height - 21);
      }
    });
    expect(discs[0].y).toBeLessThan(discs[1].y);
    expect(panels[0][0] + panels[0][2]).toBeLessThan(panels[1][0]);
  });

  test('writes strengths on arrows if they are few, and on request only in hover texts', async () => {
    const written = (svg: string) => findAll(readXml(svg), 'text').map(({ text }) => text);
    expect(written(await graphSvg(exampleGraph()))).toEqual(expect.arrayContaining(['0.90', '0.30', '0.20']));
    expect(written(await graphSvg(exampleGraph(), { strengths: 'hover' }))).not.toContain('0.90');
  });

  test('has both themes with auto, and one with light or dark', async () => {
    const graph = exampleGraph();
    const [auto, day, night] = await Promise.all(
      (['auto', 'light', 'dark'] as const).map((theme) => graphSvg(graph, { theme })),
    );
    expect(auto).toContain('prefers-color-scheme:dark');
    expect([auto, day, night].map((svg) => svg.includes(light.modalities[0]))).toEqual([true, true, false]);
    expect([auto, day, night].map((svg) => svg.includes(dark.modalities[0]))).toEqual([true, false, true]);
  });

  test('draws a graph without edges, and one with a cycle', async () => {
    const none = await graphSvg(graphFromStrengths(modalities, new Float64Array(16)));
    expect(expectStandAlone(none, 'Causal graph between latents').children[1].text).toMatch(/No edges/);
    const cycle = graphFromStrengths(modalities, [0, 0, 0.5, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0]);
    expect(findAll(readXml(await graphSvg(cycle)), 'path')).toHaveLength(4);
  });
});

describe('lossSvg', () => {
  const epochs = Array.from({ length: 40 }, (_, k) => k + 1);
  const curve = (restart: number, floor: number): LossCurve => ({
    restart,
    epochs,
    training: epochs.map((epoch) => floor + 20 / epoch),
    validation: epochs.map((epoch) => floor + 0.2 + 20 / epoch + 0.001 * (epoch - 30) ** 2),
  });
  const paths = (svg: string) => findAll(findAll(readXml(svg), 'svg')[1], 'path');

  test('draws both losses of every restart, the chosen one last and strongest, and names the best epoch', () => {
    const svg = lossSvg([curve(0, 5), curve(7, 2), curve(2, 3)], { chosen: 7, scale: 'linear' });
    const root = expectStandAlone(svg, 'Loss over epochs');
    const drawn = paths(svg);
    expect(drawn.map(({ children }) => children[0].text)).toEqual([
      'restart 0, training',
      'restart 0, validation',
      'restart 2, training',
      'restart 2, validation',
      'restart 7, training',
      'restart 7, validation',
    ]);
    expect(drawn.map(({ attributes }) => attributes.opacity)).toEqual(['0.35', '0.35', '0.35', '0.35', '1', '1']);
    // 2.2 + 20 / e + 0.001 (e − 30)² is 2.7915, 2.7895 and 2.7903 at e = 36, 37 and 38.
    expect(root.children[1].text).toContain('restart 7 (chosen): 2.7895 at epoch 37');
    expect(svg).toContain('best 2.79 at epoch 37');
  });

  test('has a linear scale: equal differences of the loss are equal distances', () => {
    const values = [3, 2, 1, 2, 3, 1];
    const svg = lossSvg([{ restart: 0, epochs: [0, 1, 2, 3, 4, 5], training: values, validation: values }]);
    const points = numbers(paths(svg)[0].attributes.d);
    const y = points.filter((_, k) => k % 2 === 1);
    const x = points.filter((_, k) => k % 2 === 0);
    const step = y[1] - y[0];
    expect(step).toBeGreaterThan(20);
    values.forEach((value, k) => {
      expect(y[k]).toBeCloseTo(y[0] + (3 - value) * step, 1);
      expect(x[k]).toBeCloseTo(x[0] + (k * (x[5] - x[0])) / 5, 1);
    });
  });

  test('has a logarithmic scale on request: equal factors are equal distances', () => {
    const values = [1000, 100, 10, 1];
    const svg = lossSvg([{ restart: 0, epochs: [0, 1, 2, 3], training: values, validation: values }], { scale: 'log' });
    const y = numbers(paths(svg)[0].attributes.d).filter((_, k) => k % 2 === 1);
    expect(y[2] - y[1]).toBeCloseTo(y[1] - y[0], 1);
    expect(y[3] - y[2]).toBeCloseTo(y[1] - y[0], 1);
  });

  test('draws a restart that ends in NaN without an effect on the scale of other restarts', () => {
    const dying = {
      ...curve(1, 3),
      training: epochs.map((e) => (e < 20 ? 3 : NaN)),
      validation: epochs.map(() => NaN),
    };
    dying.training[18] = 1e30;
    const svg = lossSvg([curve(0, 2), dying], { chosen: 0 });
    expectStandAlone(svg, 'Loss over epochs');
    const height = (path: XmlElement) => {
      const y = numbers(path.attributes.d).filter((_, k) => k % 2 === 1);
      return y[39] - y[3];
    };
    expect(height(paths(svg)[2])).toBeGreaterThan(100);
    expect(svg).toContain('restart 1: no finite validation loss');
  });

  test('gives named curves different colours, and omits a curve without a value from the legend', () => {
    const gone = { ...curve(2, 3), training: epochs.map(() => NaN), validation: epochs.map(() => NaN) };
    const curves = [curve(0, 5), curve(1, 2), gone].map((one, k) => ({ ...one, name: `fit ${'abc'[k]}` }));
    const svg = lossSvg(curves);
    const drawn = paths(svg).slice(0, 4);
    expect(drawn.map(({ children }) => children[0].text)).toEqual([
      'fit a, training',
      'fit a, validation',
      'fit b, training',
      'fit b, validation',
    ]);
    const colours = drawn.map(({ attributes }) => /il-s\d/.exec(attributes.class)![0]);
    expect(colours[0]).toBe(colours[1]);
    expect(colours[2]).toBe(colours[3]);
    expect(colours[0]).not.toBe(colours[2]);
    const texts = findAll(expectStandAlone(svg, 'Loss over epochs'), 'text').map(({ text }) => text);
    expect(texts).toContain('fit b');
    expect(texts).not.toContain('fit c');
  });

  test('draws one epoch as dots, and negative losses', () => {
    const svg = lossSvg([{ restart: 0, epochs: [5], training: [-3.2], validation: [-2.9] }]);
    expect(findAll(expectStandAlone(svg, 'Loss over epochs'), 'circle').length).toBeGreaterThanOrEqual(2);
    expect(svg).toContain('best −2.9 at epoch 5');
  });

  test('refuses empty input, curves of unequal lengths and logarithms of values that are not positive', () => {
    expect(() => lossSvg([])).toThrow(/no restart has finished an epoch/);
    expect(() => lossSvg([{ restart: 0, epochs: [1], training: [NaN], validation: [NaN] }])).toThrow(/no finite loss/);
    expect(() => lossSvg([{ restart: 3, epochs: [1, 2], training: [1], validation: [1, 2] }])).toThrow(
      /restart 3: 2 epochs, 1/,
    );
    expect(() => lossSvg([{ ...curve(0, -5) }], { scale: 'log' })).toThrow(/cannot show the loss -4/);
  });
});

describe('scatterSvg', () => {
  const rows = 60;
  const z = { values: Float64Array.from({ length: rows * 2 }, (_, k) => Math.sin(7 * k * k)), rows, columns: 2 };
  const zHat = { ...z, values: z.values.map((_, k) => -(z.values[k ^ 1] ** 3)) };
  const sleep = [{ name: nasty, latents: 2 }];

  test('pairs each true latent with its match, shows the correlation and plots every point', () => {
    const svg = scatterSvg(z, zHat, { modalities: sleep });
    const root = expectStandAlone(svg, 'True and estimated latents');
    expect(findAll(root, 'title').map(({ text }) => text)).toEqual([
      'True and estimated latents',
      `${printable}.z1: estimated by ${printable}.z2`,
      `${printable}.z2: estimated by ${printable}.z1`,
    ]);
    expect(svg).toContain('estimate z2, |ρ| 1.000');
    const clouds = findAll(root, 'path').map(({ attributes }) => numbers(attributes.d.replaceAll('h0', ' ')));
    expect(clouds.map((cloud) => cloud.length)).toEqual([2 * rows, 2 * rows]);
    // The estimate falls as the truth rises, so the points descend from left to right.
    const points = Array.from({ length: rows }, (_, k) => ({ x: clouds[0][2 * k], y: clouds[0][2 * k + 1] }));
    points.sort((a, b) => a.x - b.x);
    points.slice(1).forEach(({ y }, k) => {
      expect(y).toBeGreaterThanOrEqual(points[k].y - 0.02);
    });
  });

  test('thins many points evenly and has an empty panel for a latent without an estimate', () => {
    const one = { values: z.values.filter((_, k) => k % 2 === 0), rows, columns: 1 };
    const svg = scatterSvg(z, one, { modalities: sleep, estimated: [{ name: nasty, latents: 1 }], points: 20 });
    const clouds = findAll(readXml(svg), 'path');
    expect(clouds).toHaveLength(1);
    expect(clouds[0].attributes.d.split('M')).toHaveLength(21);
    expect(svg).toContain('no estimate</text>');
  });
});

describe('axes', () => {
  test('have a few round ticks inside of the range', () => {
    for (const [low, high] of [
      [0, 1],
      [-3.7, 12.2],
      [1e-7, 3e-7],
      [99_000, 101_000],
      [-5, -4.99],
    ] as const) {
      const { ticks, toPixel } = linearScale([low, high], [0, 100]);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(10);
      for (const tick of ticks) {
        expect(toPixel(tick)).toBeGreaterThanOrEqual(-1e-6);
        expect(toPixel(tick)).toBeLessThanOrEqual(100 + 1e-6);
      }
    }
    expect(logScale([1, 1000], [0, 90]).ticks).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
    expect(logScale([0.5, 2e6], [0, 90]).toPixel(1000)).toBeCloseTo((90 * Math.log(2000)) / Math.log(4e6), 9);
  });

  test('have short values with true minus signs', () => {
    expect([0.1 + 0.2, -2, 1e6, 2.5e-7, 0].map(tickText)).toEqual(['0.3', '−2', '1e+6', '2.5e−7', '0']);
  });
});

describe('colours', () => {
  type Triple = readonly [number, number, number];
  // Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
  const vision: Record<string, readonly Triple[]> = {
    normal: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    protan: [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    deutan: [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    tritan: [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  };

  function oklab(colour: string, matrix: readonly Triple[]): number[] {
    const linear = [1, 3, 5].map((at) => {
      const c = parseInt(colour.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    const times = (rows: readonly Triple[], v: readonly number[]) =>
      rows.map((row) => row.reduce((s, a, k) => s + a * v[k], 0));
    const seen = times(matrix, linear).map((c) => Math.min(1, Math.max(0, c)));
    const cones = times(
      [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ],
      seen,
    );
    return times(
      [
        [0.2104542553, 0.793617785, -0.0040720468],
        [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
      ],
      cones.map(Math.cbrt),
    );
  }

  test.each(Object.keys(vision))(
    'of all modalities are distinguishable with %s vision, the first six easily',
    (kind) => {
      for (const { modalities: colours } of [light, dark]) {
        const seen = colours.map((colour) => oklab(colour, vision[kind]));
        for (let i = 0; i < seen.length; i++) {
          for (let j = 0; j < i; j++) {
            const distance = Math.hypot(...seen[i].map((value, k) => value - seen[j][k]));
            expect(distance).toBeGreaterThan(i < 6 ? 0.14 : 0.095);
          }
        }
      }
    },
  );

  test.each([light, dark])('of text and marks contrast with the card and with the discs (%#)', (theme) => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 9);
    expect(contrast(theme.ink, theme.card)).toBeGreaterThan(7);
    expect(contrast(theme.muted, theme.card)).toBeGreaterThan(4.5);
    for (const colour of theme.modalities) {
      expect(contrast(colour, theme.card)).toBeGreaterThan(3);
      expect(contrast(colour, readableOn(colour))).toBeGreaterThan(4.5);
    }
  });
});
