// The simulated light tunnel against the published parameters and what is known about its identifiability.

import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Matrix, SVD, solve } from 'ml-matrix';
import { readNpy } from '../../src/files/npy.js';
import { readNpz } from '../../src/files/npz.js';
import { hexagonColours, hexagonMask, images } from '../../src/simulation/light-tunnel/camera.js';
import { writeLightTunnel } from '../../src/simulation/light-tunnel/files.js';
import {
  simulateLightTunnel,
  type LightTunnel,
  type LightTunnelOptions,
} from '../../src/simulation/light-tunnel/light-tunnel.js';
import { sensorReadings } from '../../src/simulation/light-tunnel/sensors.js';
import { SETTINGS, TUNNEL_GRAPH } from '../../src/simulation/light-tunnel/settings.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const small = { samples: 540, test: 60 };
const full = simulateLightTunnel();

function standardised(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / sd);
}

/** Returns the standardised columns of a table of `width` columns in the observational environment. */
function observed({ environments }: LightTunnel, values: ArrayLike<number>, width: number): number[][] {
  const rows = Array.from(environments.keys()).filter((row) => environments[row] === 0);
  return Array.from({ length: width }, (_, column) => standardised(rows.map((row) => values[row * width + column])));
}

const correlation = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, row) => sum + value * b[row], 0) / a.length;

describe('settings', () => {
  test('have the published graph and correlations in the observational environment', () => {
    const edges = SETTINGS.flatMap((effect, i) =>
      SETTINGS.flatMap((cause, j) => (TUNNEL_GRAPH[i * 5 + j] === 1 ? [`${cause} → ${effect}`] : [])),
    );
    expect(edges.sort()).toEqual(['blue → green', 'blue → pol_2', 'green → pol_2', 'green → red', 'pol_1 → red']);
    const [red, green, blue, first, second] = observed(full, full.values, 5);
    expect(red).toHaveLength(10_000);
    // Three standard errors of 10,000 rows are at most 0.03.
    for (const [a, b, expected] of [
      [red, first, 0.61],
      [red, green, 0.52],
      [green, blue, 0.64],
      [second, green, 0.76],
      [second, blue, 0.76],
      [blue, first, 0],
    ] as const) {
      expect(Math.abs(correlation(a, b) - expected)).toBeLessThan(0.03);
    }
  });

  test('are whole colours from 0 to 255 and angles of one decimal up to 90°', () => {
    const colours = full.values.filter((_, at) => at % 5 < 3);
    const angles = full.values.filter((_, at) => at % 5 >= 3);
    expect(colours.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
    expect(angles.every((value) => Math.abs(value) <= 90 && Number(value.toFixed(1)) === value)).toBe(true);
  });

  test('change by each perfect intervention as the linear model says', () => {
    // Target: (m − 0) / sd. Descendants: path weights · m / sd. The model of the paper by hand.
    const weight = { greenRed: 0.7194, greenSecond: 0.6773, blueGreen: 0.893, blueSecond: 0.9853, firstRed: 0.8487 };
    const variance = { red: 1.3855, green: 1.1643, blue: 1.005, first: 1.9565, second: 1.2748 };
    const green = variance.green + weight.blueGreen ** 2 * variance.blue;
    const red = variance.red + weight.greenRed ** 2 * green + weight.firstRed ** 2 * variance.first;
    const onSecond = weight.blueSecond + weight.blueGreen * weight.greenSecond;
    const second = variance.second + weight.greenSecond ** 2 * variance.green + onSecond ** 2 * variance.blue;
    const expected = [
      [1.1692 / Math.sqrt(red), 0, 0, 0, 0],
      [
        (1.475 * weight.greenRed) / Math.sqrt(red),
        1.475 / Math.sqrt(green),
        0,
        0,
        (1.475 * weight.greenSecond) / Math.sqrt(second),
      ],
      [
        (-1.606 * weight.blueGreen * weight.greenRed) / Math.sqrt(red),
        (-1.606 * weight.blueGreen) / Math.sqrt(green),
        -1.606 / Math.sqrt(variance.blue),
        0,
        (-1.606 * onSecond) / Math.sqrt(second),
      ],
      [(-1.9658 * weight.firstRed) / Math.sqrt(red), 0, 0, -1.9658 / Math.sqrt(variance.first), 0],
      [0, 0, 0, 0, 1.0117 / Math.sqrt(second)],
    ].flat();
    // Sampling error of the observational sds and means (10,000 rows), and of the noise of 60,000 subjects.
    full.effects.forEach((effect, at) => expect(Math.abs(effect - expected[at])).toBeLessThan(0.04));
    for (let environment = 0; environment < 6; environment++) {
      expect(full.environments.filter((value) => value === environment)).toHaveLength(10_000);
    }
  });
});

describe('sensors', () => {
  test('of the light block have rank 3, with a third direction of 0.015 % of the variance', () => {
    const [light] = full.tables;
    const values = Float64Array.from({ length: full.ids.length * 5 }, (_, at) =>
      Number(light.columns[at % 5].values[Math.floor(at / 5)]),
    );
    const table = new Matrix(observed(full, values, 5)).transpose();
    const singular = new SVD(table).diagonal.map((value) => value / Math.sqrt(table.rows));
    expect(singular[0]).toBeCloseTo(2.19, 1);
    expect(singular[1]).toBeCloseTo(0.43, 1);
    expect(Math.abs(singular[2] - 0.027)).toBeLessThan(0.002);
    expect(singular[3]).toBeLessThan(1e-9);
  });

  test('follow the formulas', () => {
    const [current, ir1, vis1, ir2, vis2, first, second] = sensorReadings(Float64Array.of(100, 50, 200, -30, 90));
    expect(current).toBeCloseTo(12.835 + 6.435 + 26.158 + 58.133, 9);
    expect(ir1).toBeCloseTo(32 * (434.165 + 142.972 + 383.132), 9);
    expect(vis1).toBeCloseTo(16 * (89.411 + 79.3395 + 536.954), 9);
    const fall = (10 / 17) ** 2;
    expect(ir2).toBeCloseTo(32 * fall * (434.165 * 0.42686 + 142.972 * 0.41232 + 383.132 * 0.46653), 9);
    expect(vis2).toBeCloseTo(16 * fall * (89.411 * 0.42686 + 79.3395 * 0.41232 + 536.954 * 0.46653), 9);
    expect([first, second]).toEqual([506.805 - 1.42261 * 30, 510.983 + 1.42261 * 90]);
  });

  test('with noise keep the settings; the noise has its share of the sd of each reading', () => {
    const noisy = simulateLightTunnel({ ...small, measurementNoise: 0.28 });
    const plain = simulateLightTunnel(small);
    expect(isDeepStrictEqual(noisy.values, plain.values)).toBe(true);
    for (const [t, { columns }] of noisy.tables.entries()) {
      for (const [c, { values }] of columns.entries()) {
        const before = Array.from(plain.tables[t].columns[c].values, Number);
        const mean = before.reduce((a, b) => a + b) / before.length;
        const sd = Math.sqrt(before.reduce((sum, value) => sum + (value - mean) ** 2, 0) / before.length);
        const noise = before.map((value, row) => (Number(values[row]) - value) / sd);
        expect(Math.abs(Math.sqrt(correlation(noise, noise)) - 0.28)).toBeLessThan(0.03);
      }
    }
  });
});

describe('the camera', () => {
  test('shows a hexagon with a circumradius of 0.22 of the side', () => {
    const mask = hexagonMask(512);
    expect(mask.reduce((a, b) => a + b, 0) / 512 ** 2).toBeCloseTo(1.5 * Math.sqrt(3) * 0.22 ** 2, 3);
    const colours = Float64Array.of(0.1, 0.5, 1);
    const image = images(colours, 32);
    const centre = (16 * 32 + 16) * 3;
    expect(Array.from(image.subarray(centre, centre + 3))).toEqual([26, 128, 255]);
    expect(Array.from(image.subarray(0, 3))).toEqual([0, 0, 0]);
  });

  test('has the colour of model F3', () => {
    const [red, green, blue] = hexagonColours(Float64Array.of(100, 50, 200, 20, 50));
    const passing = Math.cos(Math.PI / 6) ** 2;
    const light = (a: number, b: number, c: number) => (a * 100 + b * 50 + c * 200) / 255;
    expect(red).toBeCloseTo(2.5 * 2.65625 * light(0.29958, 0.0692, 0.02816) * (0.27 * passing + 0.02), 12);
    expect(green).toBeCloseTo(2.5 * light(0.04017, 0.92099, 0.31265) * (0.27 * passing + 0.08), 12);
    expect(blue).toBeCloseTo(2.5 * 1.77344 * light(0.00217, 0.20716, 0.75763) * (0.15 * passing + 0.18), 12);
    // The brightest light saturates the blue channel.
    expect(hexagonColours(Float64Array.of(255, 255, 255, 0, 0))[2]).toBe(1);
  });

  test('does not determine five settings by three numbers', () => {
    const colours = observed(full, hexagonColours(full.values), 3);
    const powers = [0, 1, 2, 3].flatMap((a) =>
      [0, 1, 2, 3].flatMap((b) => [0, 1, 2, 3].flatMap((c) => (a + b + c <= 3 ? [[a, b, c]] : []))),
    );
    const design = new Matrix(
      powers.map((exponents) =>
        colours[0].map((_, row) => exponents.reduce((all, e, c) => all * colours[c][row] ** e, 1)),
      ),
    );
    const gram = design.mmul(design.transpose());
    const cubic = (y: readonly number[]) => {
      const weights = solve(gram, design.mmul(Matrix.columnVector([...y])));
      const fit = weights.transpose().mmul(design).getRow(0);
      return 1 - y.reduce((sum, value, row) => sum + (value - fit[row]) ** 2, 0) / y.length;
    };
    const settings = observed(full, full.values, 5);
    const malus = Float64Array.from(
      full.ids,
      (_, row) => Math.cos(((full.values[row * 5 + 3] - full.values[row * 5 + 4]) * Math.PI) / 180) ** 2,
    );
    const explained = [...settings, ...observed(full, malus, 1)].map(cubic);
    [0.6, 0.72, 0.97, 0.47, 0.64, 0.75].forEach((expected, i) => {
      expect(Math.abs(explained[i] - expected)).toBeLessThan(0.03);
    });
  });
});

describe('files of the light tunnel', () => {
  test.each<[LightTunnelOptions, string[], number[]]>([
    [{ modalities: 'one' }, ['sensors'], [5]],
    [{ knownTargets: 'latents' }, ['light', 'angle_1', 'angle_2'], [3, 1, 1]],
    [
      { modalities: 'camera', imageSize: 32, knownTargets: 'modalities' },
      ['camera', 'light', 'angle_1', 'angle_2'],
      [3, 3, 1, 1],
    ],
  ])('%o: form a study with the environment as a cause', async (options, names, latents) => {
    const tunnel = simulateLightTunnel({ ...small, ...options });
    const place = join(folder, names.join('-'));
    await writeLightTunnel(tunnel, place);
    const { dataset } = await readStudy(join(place, 'study.yaml'));
    expect(dataset.modalities.map((modality) => [modality.name, modality.latents])).toEqual(
      names.map((name, m) => [name, latents[m]]),
    );
    expect(dataset.split).toEqual(tunnel.split);
    const [cause] = dataset.causes!;
    expect(cause).toMatchObject({ name: 'environment', kind: 'categorical', assigned: true, effect: 'perfect' });
    expect(cause.levels![0]).toBe('reference');
    expect(cause.targets?.pol_2).toEqual(
      { none: undefined, latents: ['angle_2.z1'], modalities: ['angle_2'] }[tunnel.options.knownTargets],
    );
    const truth = await readNpz(join(place, 'truth.npz'));
    expect(truth.get('z')).toEqual({ shape: [600, 5], data: tunnel.values });
    expect(truth.get('adjacency')!.data).toEqual(TUNNEL_GRAPH);
    expect(truth.get('effects')).toEqual({ shape: [5, 5], data: tunnel.effects });
    expect(Array.from(truth.get('targets')!.data, Number)).toEqual(
      Array.from({ length: 25 }, (_, at) => Number(at % 6 === 0)),
    );
  });

  test('include images whose first one has the colour of the first subject', async () => {
    const tunnel = simulateLightTunnel({ ...small, modalities: 'camera', imageSize: 16, seed: 2 });
    const place = join(folder, 'images');
    await writeLightTunnel(tunnel, place, { format: 'parquet' });
    const { shape, data } = await readNpy(join(place, 'camera.npy'));
    expect(shape).toEqual([600, 16, 16, 3]);
    const centre = (8 * 16 + 8) * 3;
    expect(Array.from(data.slice(centre, centre + 3), Number)).toEqual(
      Array.from(tunnel.colours!.subarray(0, 3), (value) => Math.round(255 * value)),
    );
  });

  test.each<[LightTunnelOptions, RegExp]>([
    [{ samples: 100 }, /samples is 100; accepted is a whole number from 120/],
    [{ imageSize: 4 }, /from 8 to 256/],
    [{ modalities: 'two' as 'one' }, /is one of one, blocks, camera/],
    [{ measurementNoise: -1 }, /measurementNoise is -1/],
  ])('%o is refused', (options, message) => {
    expect(() => simulateLightTunnel({ ...small, ...options })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(message) }),
    );
  });
});
