// Simulations with missing values and with interventions.

import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readTable } from '../../src/files/read-table.js';
import { readNpz } from '../../src/files/npz.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { intervene, redraw } from '../../src/simulation/interventions.js';
import type { SimulationOptions } from '../../src/simulation/options.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const small = { samples: 1000, test: 200 };

const modalityHoles = { missingModalities: 0.3 };
const bothHoles = { missingModalities: 0.3, missingCells: 0.2 };

/** Share of missing cells of the rows. */
function missingShare({ modalities }: Simulation, rows: Iterable<number>): number {
  let [missing, all] = [0, 0];
  for (const row of rows) {
    for (const { observed, columns } of modalities) {
      for (let at = row * columns; at < (row + 1) * columns; at++) {
        all++;
        if (observed?.[at] === 0) missing++;
      }
    }
  }
  return missing / all;
}

describe('missing values', () => {
  test('do not change the other numbers', () => {
    const whole = simulate('case1', small);
    for (const options of [modalityHoles, { missingCells: 0.3 }, bothHoles]) {
      const holed = simulate('case1', { ...small, ...options });
      expect(isDeepStrictEqual(holed.z, whole.z)).toBe(true);
      for (const [m, { x }] of holed.modalities.entries()) {
        expect(isDeepStrictEqual(x, whole.modalities[m].x)).toBe(true);
      }
    }
    expect(whole.modalities[0]).not.toHaveProperty('observed');
  });

  test('have the requested share, in the test split only on request', () => {
    const { split, ...holed } = simulate('case1', { ...small, missingCells: 0.3 });
    // 27,000 cells: five standard deviations are 0.014.
    expect(Math.abs(missingShare({ split, ...holed }, split.train) - 0.3)).toBeLessThan(0.014);
    expect(missingShare({ split, ...holed }, split.test)).toBe(0);
    const everywhere = simulate('case1', { ...small, missingCells: 0.3, missingInTest: true });
    expect(missingShare(everywhere, split.test)).toBeCloseTo(0.3, 1);
    const train = (simulation: Simulation) => simulation.modalities.map((m) => m.observed?.slice(0, 30));
    expect(split.train[0]).toBe(0);
    expect(train(everywhere)).toEqual(train({ split, ...holed }));
  });

  test('can be whole modalities: every subject keeps a modality, and a present modality keeps a value', () => {
    const { modalities, ids, split } = simulate('case1', { ...small, missingModalities: 0.6, missingCells: 0.9 });
    const values = (row: number) =>
      modalities.map(({ observed, columns }) =>
        observed!.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b),
      );
    const counts = [...ids.keys()].map(values);
    expect(counts.every((row) => row.some((count) => count > 0))).toBe(true);
    // With two modalities and 60 % missing, 16 % of the subjects have both, and every other subject has one.
    const both = Array.from(split.train).filter((row) => counts[row].every((count) => count > 0)).length;
    expect(Math.abs(both / split.train.length - 0.16)).toBeLessThan(0.062);
  });

  test('of the first subjects do not depend on the number of subjects', () => {
    const few = simulate('case1', { ...small, ...bothHoles, missingInTest: true });
    const many = simulate('case1', { samples: 2000, test: 200, ...bothHoles, missingInTest: true });
    const { observed, x } = few.modalities[0];
    expect(isDeepStrictEqual(many.modalities[0].observed!.slice(0, x.length), observed)).toBe(true);
  });

  test('are 0 in a data set, which is standardised on the observed training values', () => {
    const simulation = simulate('case1', { ...small, ...bothHoles });
    const { modalities, split } = simulatedDataset(simulation);
    const { values, observed, columns } = modalities[1];
    expect(isDeepStrictEqual(observed, simulation.modalities[1].observed)).toBe(true);
    const seen = Array.from(split.train)
      .map((row) => row * columns.length + 4)
      .filter((at) => observed![at] === 1);
    const mean = seen.reduce((sum, at) => sum + values[at], 0) / seen.length;
    const square = seen.reduce((sum, at) => sum + values[at] ** 2, 0) / seen.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(square).toBeCloseTo(1, 5);
    expect(values.filter((value, at) => observed![at] === 0 && value !== 0)).toHaveLength(0);
  });

  test.each(['csv', 'parquet', 'npz'] as const)(
    'are absent rows and empty cells in %s tables, and truth.npz has their values',
    async (format) => {
      const simulation = simulate('case1', { ...small, ...bothHoles });
      const place = join(folder, format);
      await writeSimulation(simulation, place, { format });
      const table = await readTable(join(place, `m2.${format}`), { text: ['id'] });
      const { observed, x, columns } = simulation.modalities[1];
      const ids = table.texts('id');
      const rows = ids.map((id) => simulation.ids.indexOf(id));
      expect(rows.length).toBeLessThan(simulation.ids.length);
      const written = table.numbers('x3');
      expect(Array.from(written)).toEqual(
        rows.map((row) => (observed![row * columns + 2] === 1 ? x[row * columns + 2] : NaN)),
      );
      expect((await readNpz(join(place, 'truth.npz'))).get('m2')).toEqual({ shape: [1200, 15], data: x });
    },
  );

  test.each<SimulationOptions>([{ missingCells: 1 }, { missingModalities: -0.1 }, { missingCells: NaN }])(
    'refused: %o',
    (options) => {
      expect(() => simulate('case1', { ...small, ...options })).toThrow(
        expect.objectContaining({ code: 'invalid-option' }),
      );
    },
  );
});

describe('interventions', () => {
  const cell = ({ z, modalities, latents }: Pick<Simulation, 'z' | 'modalities' | 'latents'>, row: number, i: number) =>
    z[row * modalities.length * latents + i];

  test('shift every effect of a linear mechanism by slope · (value − cause), with the noise of the subject', () => {
    const simulation = simulate('case1', { ...small, mechanism: 'linear', noise: 'laplace', heteroscedastic: false });
    const parent = [0, 1].find((j) => simulation.adjacency[2 * 4 + j] === 1)!;
    const changed = { ...simulation, ...intervene(simulation, { [`m1.z${parent + 1}`]: 1.5 }) };
    const slopes = simulation.ids.map((_, row) => {
      expect(cell(changed, row, parent)).toBe(1.5);
      expect(cell(changed, row, 1 - parent)).toBe(cell(simulation, row, 1 - parent));
      expect(cell(changed, row, 3)).toBe(cell(simulation, row, 3));
      return (cell(changed, row, 2) - cell(simulation, row, 2)) / (1.5 - cell(simulation, row, parent));
    });
    expect(Math.max(...slopes) - Math.min(...slopes)).toBeLessThan(1e-6);
    // √0.8, up to the sampling error of the sds of 1,200 draws of the cause and of the noise.
    expect(Math.abs(Math.abs(slopes[0]) - Math.sqrt(0.8))).toBeLessThan(0.06);
  });

  test.each<[string, SimulationOptions]>([
    ['case3', {}],
    ['case3', { mechanism: 'mlp', shuffled: true, measurementNoise: 0.2 }],
    ['case2', { cycles: 'within', withinEdges: true }],
    ['shared3', {}],
  ])('%s %o: do not change latents and columns of a subject that already has the value', (name, options) => {
    const simulation = simulate(name, { samples: 300, test: 50, seed: 1, ...options });
    const width = simulation.modalities.length * simulation.latents;
    for (const [row, latent] of [
      [17, 0],
      [42, 1],
    ]) {
      const name = `m${Math.floor(latent / simulation.latents) + 1}.z${(latent % simulation.latents) + 1}`;
      const { z, modalities } = intervene(simulation, { [name]: cell(simulation, row, latent) });
      for (let i = 0; i < width; i++) expect(z[row * width + i]).toBeCloseTo(cell(simulation, row, i), 9);
      for (const [m, { x, columns }] of simulation.modalities.entries()) {
        const rowOf = (values: Float64Array) => Array.from(values.subarray(row * columns, (row + 1) * columns));
        rowOf(modalities[m].x).forEach((value, c) => {
          expect(Math.abs(value - rowOf(x)[c])).toBeLessThan(1.5e-6);
        });
      }
    }
  });

  test('do not change columns of modalities without an effect', () => {
    const simulation = simulate('case3', small);
    const { modalities } = intervene(simulation, { 'm4.z1': 2, 'm4.z2': -1 });
    const causesOthers = simulation.adjacency.some((edge, at) => edge === 1 && at % 8 >= 6 && Math.floor(at / 8) < 6);
    expect(causesOthers).toBe(false);
    for (const m of [0, 1, 2]) expect(isDeepStrictEqual(modalities[m].x, simulation.modalities[m].x)).toBe(true);
    expect(isDeepStrictEqual(modalities[3].x, simulation.modalities[3].x)).toBe(false);
  });

  test('return the simulation if nothing is set, and refuse an unknown latent with a suggestion', () => {
    const simulation = simulate('case1', small);
    expect(isDeepStrictEqual(intervene(simulation, {}).z, simulation.z)).toBe(true);
    expect(() => intervene(simulation, { 'm1.z3': 0 })).toThrow(
      expect.objectContaining({ code: 'unknown-latent', message: expect.stringMatching(/did you mean 'm1\.z1'/) }),
    );
  });
});

describe('columns that are not measurements', () => {
  const measured = simulate('case1', small);
  const mixed = simulate('case1', { ...small, mixedColumns: 0.5 });
  const [{ x, kinds, columns }] = mixed.modalities;
  const column = (c: number) => Array.from({ length: mixed.ids.length }, (_, row) => x[row * columns + c]);
  const value = (c: number) =>
    Array.from({ length: mixed.ids.length }, (_, row) => measured.modalities[0].x[row * 15 + c]);
  const ofKind = (kind: string) => kinds!.flatMap((one, c) => (one === kind ? [c] : []));

  test('have the requested number, alternate between kinds, and do not change other columns', () => {
    expect(kinds).toHaveLength(15);
    expect(kinds!.filter((kind) => kind !== 'gaussian')).toEqual([
      ...['binary', 'ordinal', 'count', 'binary', 'ordinal', 'count', 'binary'],
    ]);
    for (const c of ofKind('gaussian')) expect(column(c)).toEqual(value(c));
    expect(isDeepStrictEqual(mixed.z, measured.z)).toBe(true);
  });

  test('depend on the measured value through their links', () => {
    // Compare means over subjects with those of the link: five standard errors of 1,200 subjects.
    const compare = (c: number, mean: (s: number) => number, sd: number) => {
      const difference = column(c).reduce((sum, one, row) => sum + one - mean(value(c)[row]), 0) / 1200;
      expect(Math.abs(difference)).toBeLessThan((5 * sd) / Math.sqrt(1200));
    };
    const logistic = (logit: number) => 1 / (1 + Math.exp(-logit));
    for (const c of ofKind('binary')) compare(c, (s) => logistic(2 * s), 0.5);
    for (const c of ofKind('ordinal')) {
      compare(c, (s) => [-3, -1, 1, 3].reduce((sum, threshold) => sum + logistic(2 * s - threshold), 0), 2);
    }
    for (const c of ofKind('count')) compare(c, (s) => Math.exp(1 + s), 12);
  });

  test('are equal in files and in the data set in memory, including missing cells', async () => {
    const simulation = simulate('case1', { ...small, mixedColumns: 0.5, missingCells: 0.2 });
    const path = join(folder, 'mixed');
    await writeSimulation(simulation, path);
    const { dataset } = await readStudy(join(path, 'study.yaml'));
    expect(dataset.fingerprint).toBe(simulatedDataset(simulation).fingerprint);
    const gaussian = simulatedDataset(simulation, { asGaussian: true });
    expect(gaussian.modalities.map((modality) => modality.columns.length)).toEqual([15, 15]);
    expect(gaussian.modalities[0].columns.every(({ kind }) => kind === undefined)).toBe(true);
  });
});

describe('a modality with other noise', () => {
  test('has other columns of the same kind, with the variance that the other modalities do not determine', () => {
    const simulation = simulate('case1', small);
    const { x } = simulation.modalities[1];
    const draws = Array.from({ length: 20 }, (_, draw) => redraw(simulation, 1, draw).x);
    expect(isDeepStrictEqual(redraw(simulation, 1, 3).x, draws[3])).toBe(true);
    const rest = (values: Float64Array, reference: Float64Array) =>
      values.reduce((sum, value, at) => sum + (value - reference[at]) ** 2, 0) / values.length;
    const average = x.map((_, at) => draws.reduce((sum, draw) => sum + draw[at] / draws.length, 0));
    // Two draws have twice the variance of one draw around the conditional mean; the mean of 20 draws adds a twentieth.
    expect(rest(x, draws[0]) / rest(x, average)).toBeCloseTo(2 / (1 + 1 / 20), 1);
    expect(rest(draws[1], draws[2]) / rest(x, draws[0])).toBeCloseTo(1, 1);
    expect(rest(x, average)).toBeLessThan(0.8);
  });
});
