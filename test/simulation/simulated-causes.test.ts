// Observed causes of simulated cases: what levels and doses do to latents, true targets and effects, and batches.

import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readNpz } from '../../src/files/npz.js';
import { readTable } from '../../src/files/read-table.js';
import { trueEffects } from '../../src/simulation/effects.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { intervene } from '../../src/simulation/interventions.js';
import type { SimulationOptions } from '../../src/simulation/options.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { Streams } from '../../src/simulation/streams.js';
import { readStudy } from '../../src/study/study.js';
import { readTruth } from '../../src/simulation/truth.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const small = { samples: 1000, test: 200 };

const width = ({ modalities, latents }: Simulation) => modalities.length * latents;

function latent(simulation: Simulation, i: number, isRow: (row: number) => boolean = () => true): number[] {
  return simulation.ids.flatMap((_, row) => (isRow(row) ? [simulation.z[row * width(simulation) + i]] : []));
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Returns slope, intercept and the sd of the residuals of the regression of y on x. */
function regression(x: readonly number[], y: readonly number[]) {
  const [mx, my] = [mean(x), mean(y)];
  const slope = mean(x.map((v, i) => (v - mx) * (y[i] - my))) / mean(x.map((v) => (v - mx) ** 2));
  const residuals = y.map((v, i) => v - my - slope * (x[i] - mx));
  return { slope, intercept: my - slope * mx, sd: Math.sqrt(mean(residuals.map((v) => v * v))) };
}

const levelOf = (simulation: Simulation, level: number) => (row: number) => simulation.causes![0].values[row] === level;

function causeTargets({ causes = [] }: Simulation): number[] {
  return causes.flatMap(({ targets }) => [...targets]);
}

/** Returns the differences that the causes make to a latent, in the rows of a level. */
function differences(changed: Simulation, plain: Simulation, i: number, level: number): number[] {
  const isRow = levelOf(changed, level);
  const before = latent(plain, i, isRow);
  return latent(changed, i, isRow).map((value, at) => value - before[at]);
}

describe('the case chain', () => {
  test('has a chain of linear Gaussian latents with different shares of noise', () => {
    const shares = [0, 1, 2, 3, 4].flatMap((seed) => {
      const simulation = simulate('chain', { seed, samples: 4000, test: 2 });
      expect(Array.from(simulation.adjacency)).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0]);
      expect(simulation.modalities.map(({ columns }) => columns)).toEqual([20]);
      const [a, b, c] = [0, 1, 2].map((i) => latent(simulation, i));
      return [regression(a, b).sd ** 2, regression(b, c).sd ** 2];
    });
    // s² / (w² + s²) with w in (0.6, 1.2) and s in (0.7, 1.2).
    expect(Math.min(...shares)).toBeGreaterThan(0.25 - 0.03);
    expect(Math.max(...shares)).toBeLessThan(0.8 + 0.03);
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.1);
  });

  test('is observed through a smooth strictly increasing bend of every layer', () => {
    const simulation = simulate('chain', { ...small, seed: 1 });
    const [layers] = simulation.mixing;
    // x = W₃ s(W₂ s(W₁ [z; η])) with s(v) = 0.2 v + 0.4 ln(1 + exp(2 v)), written out for a few rows.
    const bend = (v: number) => 0.2 * v + 0.4 * Math.log(1 + Math.exp(2 * v));
    const { x, columns } = simulation.modalities[0];
    const mixed = simulation.ids.map((_, row) => {
      let hidden = [...simulation.z.subarray(row * 3, row * 3 + 3), simulation.eta[row]];
      for (const [depth, { inputs, outputs, weights }] of layers.entries()) {
        const next = Array.from({ length: outputs }, (_unused, o) =>
          hidden.reduce((sum, v, i) => (i < inputs ? sum + v * weights[i * outputs + o] : sum), 0),
        );
        hidden = depth === 2 ? next : next.map(bend);
      }
      return hidden;
    });
    // Columns are standardised, so each is a line over the mixed values.
    for (const column of [0, 7, 19]) {
      const { sd } = regression(
        mixed.map((row) => row[column]),
        mixed.map((_, row) => x[row * columns + column]),
      );
      expect(sd).toBeLessThan(1e-6);
    }
  });
});

describe('the case trial', () => {
  test('is a chain of three named modalities with an arm and a dose, and options replace its defaults', async () => {
    const simulation = simulate('trial');
    expect(simulation.modalities.map(({ name }) => name)).toEqual(['proteins', 'metabolites', 'symptoms']);
    expect(simulation.ids).toHaveLength(2000);
    for (const [at, edge] of simulation.adjacency.entries()) {
      if (edge === 1) expect(Math.floor(Math.floor(at / 6) / 2) - Math.floor((at % 6) / 2)).toBe(1);
    }
    expect(simulation.causes!.map(({ name, targets }) => [name, targets.indexOf(1)])).toEqual([
      ['arm', 0],
      ['dose', 3],
    ]);
    // Both causes reach the symptoms through the chain.
    const { effects } = trueEffects(simulation);
    for (const row of [0, 3]) {
      expect(Math.max(...effects.slice(row * 6 + 4, row * 6 + 6).map(Math.abs))).toBeGreaterThan(0.3);
    }
    const other = simulate('trial', { samples: 500, targets: [['symptoms.z1'], []], dose: 'continuous' });
    expect(other.ids).toHaveLength(900);
    expect(other.causes!.map(({ levels, kind }) => levels?.length ?? kind)).toEqual([3, 'continuous']);
    const place = join(folder, 'trial');
    await writeSimulation(simulation, place);
    const { dataset } = await readStudy(join(place, 'study.yaml'));
    expect(dataset.fingerprint).toBe(simulatedDataset(simulation).fingerprint);
  });
});

describe('levels', () => {
  const options = { ...small, seed: 2 };
  const plain = simulate('chain', options);

  test('have equal shares, which more subjects do not change, and stay out of mixing, η and the graph', () => {
    const levels = simulate('chain', { ...options, levels: 'perfect' });
    const [{ values, kind, levels: names }] = levels.causes!;
    expect([kind, names]).toEqual(['categorical', ['control', 'a1', 'a2', 'a3']]);
    for (let level = 0; level < 4; level++) expect(values.filter((one) => one === level)).toHaveLength(300);
    const more = simulate('chain', { ...options, samples: 2000, levels: 'perfect' });
    expect(Array.from(more.causes![0].values.subarray(0, 1200))).toEqual(Array.from(values));
    for (const part of ['mixing', 'eta', 'adjacency'] as const) {
      expect(isDeepStrictEqual(levels[part], plain[part])).toBe(true);
    }
    const isControl = levelOf(levels, 0);
    for (const i of [0, 1, 2]) expect(latent(levels, i, isControl)).toEqual(latent(plain, i, isControl));
  });

  test('perfect: the latent is mean + sd · ε, whatever its parents, also in a cycle', () => {
    const cases: [string, SimulationOptions][] = [
      ['chain', { targets: [['m1.z2']] }],
      ['case1', { targets: [['m1.z2']], cycles: 'within' }],
      ['case2', { targets: [['m2.z3']], mechanism: 'mlp', noise: 'laplace' }],
    ];
    for (const [name, more] of cases) {
      const simulation = simulate(name, { ...small, ...more, seed: 5, levels: 'perfect' });
      const i = simulation.causes![0].targets.indexOf(1);
      const noise = new Streams(5).noise(i);
      const epsilon = simulation.ids.map(() => (more.noise === 'laplace' ? noise.laplace() : noise.normal()));
      const isRow = levelOf(simulation, 1);
      const line = regression(
        epsilon.filter((_, row) => isRow(row)),
        latent(simulation, i, isRow),
      );
      expect(line.sd).toBeLessThan(1e-9);
      expect(Math.abs(line.intercept)).toBeGreaterThan(1);
      expect(Math.abs(line.intercept)).toBeLessThan(2);
      expect(line.slope).toBeGreaterThan(1);
      expect(line.slope).toBeLessThan(1.4);
    }
  });

  test('shift: adds a constant to the target, and slope · constant to its effects', () => {
    const shifted = simulate('chain', { ...options, levels: 'shift', targets: [['m1.z2'], ['m1.z1', 'm1.z3']] });
    expect(differences(shifted, plain, 0, 1)).toEqual(Array.from({ length: 400 }, () => 0));
    const [onSecond] = differences(shifted, plain, 1, 1);
    for (const value of differences(shifted, plain, 1, 1)) expect(value).toBeCloseTo(onSecond, 9);
    const slope = regression(latent(plain, 1), latent(plain, 2)).slope;
    // Three standard errors of a regression on 1,200 subjects.
    for (const value of differences(shifted, plain, 2, 1)) {
      expect(Math.abs(value / onSecond - slope)).toBeLessThan(3 / Math.sqrt(1200));
    }
    for (const i of [0, 2]) expect(Math.abs(mean(differences(shifted, plain, i, 2)))).toBeGreaterThan(0.2);
  });

  test('variance: the noise has twice the sd, and the parents act as before', () => {
    const changed = simulate('chain', { ...options, levels: 'variance', targets: [['m1.z2']] });
    const [control, level] = [0, 1].map((one) => {
      const isRow = levelOf(changed, one);
      return regression(latent(changed, 0, isRow), latent(changed, 1, isRow));
    });
    expect(level.sd / control.sd).toBeCloseTo(2, 0);
    expect(Math.abs(level.slope - control.slope)).toBeLessThan((4 * level.sd) / Math.sqrt(600));
  });

  test('mechanism: the parents act in reverse, and a latent without parents is shifted', () => {
    const changed = simulate('chain', { ...options, levels: 'mechanism', targets: [['m1.z3'], ['m1.z1']] });
    const [control, level] = [0, 1].map((one) => {
      const isRow = levelOf(changed, one);
      return regression(latent(changed, 1, isRow), latent(changed, 2, isRow));
    });
    expect(level.slope / control.slope).toBeLessThan(-0.3);
    expect(level.slope / control.slope).toBeGreaterThan(-1.2);
    expect(level.sd / control.sd).toBeCloseTo(1, 0);
    const [first, second] = differences(changed, plain, 0, 2);
    expect(Math.abs(first)).toBeGreaterThan(0.99);
    expect(second).toBeCloseTo(first, 9);
  });

  test('without a target change nothing; drawn targets use every latent before one is used again', () => {
    const none = simulate('chain', { ...options, levels: 'perfect', targets: [[], ['m1.z1']] });
    expect(differences(none, plain, 0, 1).every((value) => value === 0)).toBe(true);
    const drawn = simulate('case3', { ...small, levels: 'shift', levelCount: 16, targetsPerLevel: 3 });
    const { targets } = drawn.causes![0];
    const counts = Array.from({ length: 16 }, (_, level) => targets.slice(level * 8, level * 8 + 8));
    expect(counts.every((row) => row.reduce((a, b) => a + b) === 3)).toBe(true);
    const single = simulate('case3', { ...small, levels: 'shift' }).causes![0].targets;
    for (let i = 0; i < 8; i++) expect(single.filter((one, at) => one === 1 && at % 8 === i)).toHaveLength(1);
  });
});

describe('doses', () => {
  test.each(['ordered', 'continuous'] as const)(
    '%s: the effect is E · dose / (half + dose), 0 at the reference',
    (dose) => {
      const plain = simulate('chain', { ...small, seed: 4 });
      const dosed = simulate('chain', { ...small, seed: 4, dose, doseTargets: ['m1.z1'] });
      const [cause] = dosed.causes!;
      expect([cause.kind, cause.effect]).toEqual([dose, 'shift']);
      const effect = latent(dosed, 0).map((value, row) => value - latent(plain, 0)[row]);
      const points = Array.from(cause.values, (value, row) => ({ value, effect: effect[row] }));
      expect(points.filter(({ value }) => value === 0)).toHaveLength(300);
      expect(points.every(({ value, effect: one }) => value > 0 || one === 0)).toBe(true);
      // dose / effect = half / E + dose / E is a line.
      const treated = points.filter(({ value }) => value > 0);
      const line = regression(
        treated.map(({ value }) => value),
        treated.map(({ value, effect: one }) => value / one),
      );
      expect(line.sd).toBeLessThan(1e-6);
      const half = line.intercept / line.slope;
      expect(half).toBeGreaterThan(1);
      expect(half).toBeLessThan(4);
      if (dose === 'ordered') expect(cause.levels).toEqual(['0', '1', '3', '10']);
      expect(Math.max(...cause.values)).toBeLessThanOrEqual(10);
    },
  );
});

describe('true effects', () => {
  test('are the differences of means between levels and the reference, up to sampling error', () => {
    for (const levels of ['perfect', 'shift', 'mechanism'] as const) {
      const simulation = simulate('case1', { samples: 8000, test: 2, seed: 6, levels });
      const { rows, effects } = trueEffects(simulation);
      expect(rows.map(({ cause, value }) => `${cause}=${value}`)).toEqual(['arm=a1', 'arm=a2', 'arm=a3', 'arm=a4']);
      for (let level = 1; level <= 4; level++) {
        for (let i = 0; i < 4; i++) {
          const [there, control] = [level, 0].map((one) => latent(simulation, i, levelOf(simulation, one)));
          const sds = [there, control].map((values) => mean(values.map((v) => (v - mean(values)) ** 2)));
          const error = Math.sqrt(sds[0] / there.length + sds[1] / control.length);
          expect(Math.abs(mean(there) - mean(control) - effects[(level - 1) * 4 + i])).toBeLessThan(4 * error);
        }
      }
    }
  });

  test('have their closed form in a linear chain: a product of slopes along the path', () => {
    const simulation = simulate('chain', { samples: 8000, test: 2, seed: 7, levels: 'shift', targets: [['m1.z1']] });
    const [first, second, third] = trueEffects(simulation).effects;
    const isControl = levelOf(simulation, 0);
    const [a, b, c] = [0, 1, 2].map((i) => latent(simulation, i, isControl));
    expect(Math.abs(second - regression(a, b).slope * first)).toBeLessThan((4 * Math.abs(first)) / Math.sqrt(4000));
    expect(Math.abs(third - regression(b, c).slope * second)).toBeLessThan((4 * Math.abs(second)) / Math.sqrt(4000));
  });

  test('of one cause are those without the other', () => {
    const options = { ...small, seed: 8 };
    const both = trueEffects(simulate('chain', { ...options, levels: 'shift', dose: 'ordered' }));
    const levels = trueEffects(simulate('chain', { ...options, levels: 'shift' }));
    const dose = trueEffects(simulate('chain', { ...options, dose: 'ordered' }));
    expect(both.rows).toEqual([...levels.rows, ...dose.rows]);
    expect(Array.from(both.effects)).toEqual([...levels.effects, ...dose.effects]);
    const curve = trueEffects(simulate('chain', { ...options, dose: 'continuous' }));
    expect(curve.rows.map(({ value }) => value)).toEqual(['2.5', '5', '7.5', '10']);
  });
});

describe('interventions on a simulation with causes', () => {
  test('set latents of subjects who keep their levels', () => {
    const simulation = simulate('chain', { ...small, seed: 9, levels: 'perfect' });
    expect(isDeepStrictEqual(intervene(simulation, {}).z, simulation.z)).toBe(true);
    const changed = { ...simulation, z: intervene(simulation, { 'm1.z2': 0.5 }).z };
    expect(latent(changed, 1).every((value) => value === 0.5)).toBe(true);
    expect(latent(changed, 0)).toEqual(latent(simulation, 0));
    const onThird = Array.from({ length: 3 }, (_, level) => level + 1).find(
      (level) => simulation.causes![0].targets[(level - 1) * 3 + 2] === 1,
    )!;
    const isRow = levelOf(simulation, onThird);
    // A perfect level does not let the parent act; other subjects follow it.
    expect(latent(changed, 2, isRow)).toEqual(latent(simulation, 2, isRow));
    expect(latent(changed, 2, levelOf(simulation, 0))).not.toEqual(latent(simulation, 2, levelOf(simulation, 0)));
  });
});

describe('batches', () => {
  const plain = simulate('case1', small);
  const batched = simulate('case1', { ...small, batches: 3, batchedModality: 'm2' });

  test('move and scale the columns of one modality; latents and other modalities keep their bits', () => {
    expect(isDeepStrictEqual(batched.z, plain.z)).toBe(true);
    expect(isDeepStrictEqual(batched.modalities[0].x, plain.modalities[0].x)).toBe(true);
    const { values, modality } = batched.batches!;
    expect(modality).toBe('m2');
    const lines = [0, 1, 2].map((batch) => {
      const rows = plain.ids.flatMap((_, row) => (values[row] === batch ? [row] : []));
      expect(rows).toHaveLength(400);
      const [before, after] = [plain, batched].map(({ modalities: [, { x, columns }] }) =>
        rows.map((row) => x[row * columns + 4]),
      );
      return regression(before, after);
    });
    // Within a batch a column is a line over the column without batches; between batches the lines differ.
    for (const { sd } of lines) expect(sd).toBeLessThan(2e-6);
    expect(Math.abs(lines[1].intercept - lines[0].intercept)).toBeGreaterThan(0.05);
    expect(Math.abs(lines[1].slope - lines[0].slope)).toBeGreaterThan(0.01);
    const fitted = [...batched.split.train, ...batched.split.validation];
    expect(mean(fitted.map((row) => batched.modalities[1].x[row * 15 + 4]))).toBeCloseTo(0, 5);
  });

  test('form a study whose reader removes them', async () => {
    const place = join(folder, 'batches');
    await writeSimulation(batched, place);
    const { dataset } = await readStudy(join(place, 'study.yaml'));
    const reader = dataset.modalities[1];
    const before = simulatedDataset(plain).modalities[1];
    const column = ({ values }: typeof reader) => batched.ids.map((_, row) => values[row * 15 + 4]);
    // The columns are those without batches up to the sampling error of a batch's mean and sd.
    const { sd } = regression(column(before), column(reader));
    expect(sd).toBeLessThan(0.1);
    const raw = batched.ids.map((_, row) => batched.modalities[1].x[row * 15 + 4]);
    expect(regression(column(before), raw).sd).toBeGreaterThan(0.1);
  });

  test('stay in interventions', () => {
    const { modalities } = intervene(batched, {});
    expect(isDeepStrictEqual(modalities[1].x, batched.modalities[1].x)).toBe(true);
  });
});

describe('files of a simulation with causes', () => {
  test('have a table of levels, doses and batches, and the true targets and effects', async () => {
    const simulation = simulate('pair', {
      ...small,
      levels: 'perfect',
      targets: [['m1.z2'], ['m1.z1', 'm2.z2'], []],
      dose: 'ordered',
      knownTargets: 'latents',
      batches: 2,
    });
    const place = join(folder, 'causes');
    await writeSimulation(simulation, place);
    const table = await readTable(join(place, 'subjects.csv'), { text: ['id', 'arm', 'batch'] });
    const [arm, dose] = simulation.causes!;
    expect(table.texts('arm')).toEqual(Array.from(arm.values, (level) => arm.levels![level]));
    expect(Array.from(table.numbers('dose'))).toEqual(Array.from(dose.values));
    expect(table.texts('batch')).toEqual(Array.from(simulation.batches!.values, (batch) => `b${batch + 1}`));
    const truth = await readNpz(join(place, 'truth.npz'));
    expect(truth.get('arm')!.data).toEqual(table.texts('arm'));
    expect(truth.get('target_rows')!.data).toEqual(['arm=a1', 'arm=a2', 'arm=a3', 'dose']);
    expect(truth.get('targets')).toEqual({
      shape: [4, 4],
      data: Int8Array.of(0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, ...dose.targets),
    });
    const { rows, effects } = trueEffects(simulation);
    expect(truth.get('effect_rows')!.data).toEqual(rows.map(({ cause, value }) => `${cause}=${value}`));
    expect(truth.get('effects')).toEqual({ shape: [6, 4], data: effects });
    const read = await readTruth(join(place, 'truth.npz'));
    expect(read.modalities).toEqual([
      { name: 'm1', latents: 2 },
      { name: 'm2', latents: 2 },
    ]);
    expect(read.targets!.causes).toEqual(['arm=a1', 'arm=a2', 'arm=a3', 'dose']);
    expect(Array.from(read.targets!.edges)).toEqual(causeTargets(simulation));
    expect(read.effects).toEqual({ causes: ['arm=a1', 'arm=a2', 'arm=a3', 'dose=1', 'dose=3', 'dose=10'], effects });
  });

  test.each<SimulationOptions>([
    { levels: 'perfect' },
    { levels: 'mechanism', dose: 'ordered', knownTargets: 'modalities' },
    { levels: 'shift', targets: [['m1.z2'], []], dose: 'continuous', knownTargets: 'latents' },
    { dose: 'continuous' },
  ])('%o: form the study that the data set in memory has', async (options) => {
    for (const name of ['chain', 'pair']) {
      const simulation = simulate(name, { ...small, ...options });
      const place = join(folder, name, JSON.stringify(options).replaceAll(/\W/g, ''));
      await writeSimulation(simulation, place);
      const { dataset } = await readStudy(join(place, 'study.yaml'));
      const inMemory = simulatedDataset(simulation);
      expect(dataset.causes).toEqual(inMemory.causes);
      expect(dataset.split).toEqual(simulation.split);
      expect(dataset.fingerprint).toBe(inMemory.fingerprint);
    }
  });
});

describe('refused', () => {
  test.each<[SimulationOptions, string, RegExp]>([
    [{ levels: 'soft' as 'shift' }, 'invalid-option', /levels is soft; accepted is perfect, shift/],
    [{ levelCount: 3 }, 'invalid-option', /levelCount is 3; accepted only with levels/],
    [{ targets: [['m1.z1']] }, 'invalid-option', /accepted only with levels/],
    [{ levels: 'shift', levelCount: 0 }, 'invalid-option', /from 1 to 200/],
    [{ levels: 'shift', targetsPerLevel: 5 }, 'invalid-option', /from 1 to 4, the number of latents/],
    [{ levels: 'shift', targets: [['m1.z9']] }, 'unknown-latent', /did you mean 'm1\.z1'/],
    [{ doseTargets: ['m1.z1'] }, 'invalid-option', /only with dose/],
    [{ dose: 'ordered', doseTargets: ['m1.z4'] }, 'unknown-latent', /did you mean/],
    [{ batches: 1.5 }, 'invalid-option', /batches is 1\.5/],
    [{ batches: 2, batchedModality: 'm3' }, 'invalid-option', /accepted is m1, m2/],
  ])('%o', (options, code, message) => {
    expect(() => simulate('case1', { ...small, ...options })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('causes of shared latents, which a study cannot have', () => {
    expect(() => simulate('shared2', { ...small, levels: 'shift' })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(/without shared latents/) }),
    );
  });
});
