// The number of latents of a modality: the rule, the cross-predictor against a plain one in double precision, results
// on data with known latents, and the command.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ColumnScale, Dataset, Modality } from '../../src/data/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { constant } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { CrossPredictor } from '../../src/networks/cross-predictor.js';
import { latentLayout } from '../../src/networks/layout.js';
import { selectionSvg } from '../../src/report/index.js';
import { foldsOf } from '../../src/selection/folds.js';
import { heldOutErrors } from '../../src/selection/held-out-errors.js';
import { selectLatents, type LatentSelection } from '../../src/selection/select-latents.js';
import { recommend } from '../../src/selection/select-rule.js';
import { commandHere } from '../fixtures/command-here.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';
import { tableObservation, valueCount } from '../../src/data/observation.js';

const { folder } = scratch();

describe('the rule', () => {
  const flat = (...errors: number[]) => errors.map((error) => [error, error, error]);

  test('recommends the last latent that adds more than the tolerated share of what can be predicted', () => {
    // 1 − 0.5 = 0.5 can be predicted; 2 % of it is 0.01.
    const { recommended, verdict, candidates } = recommend(flat(1, 0.7, 0.52, 0.511, 0.502, 0.5), 0.02);
    expect({ recommended, verdict }).toEqual({ recommended: 2, verdict: 'found' });
    expect(candidates.map(({ counts }) => counts)).toEqual([true, true, false, false, false]);
    expect(candidates[1].gain).toBeCloseTo(0.18, 12);
    expect(candidates[1].predicted).toBeCloseTo(0.48, 12);
  });

  test('requires twice the standard error of the gain, paired by split', () => {
    const errors = [
      [1, 1.2, 0.8],
      // Gains 0.10, 0.11, 0.09: se = 0.01 / √3, although the splits differ widely.
      [0.9, 1.09, 0.71],
      // Gains 0.01, 0.05, −0.03: mean 0.01, se = 0.04 / √3.
      [0.89, 1.04, 0.74],
    ];
    const { recommended, candidates } = recommend(errors, 0);
    expect(recommended).toBe(1);
    expect(candidates[0].gainStandardError).toBeCloseTo(0.01 / Math.sqrt(3), 12);
    expect(candidates[0].standardError).toBeCloseTo(0.19 / Math.sqrt(3), 12);
    expect(candidates[1].gainStandardError).toBeCloseTo(0.04 / Math.sqrt(3), 12);
  });

  test('continues beyond a latent that adds nothing to one that does', () => {
    expect(recommend(flat(1, 0.8, 0.8, 0.6, 0.6), 0.02).recommended).toBe(3);
  });

  test('does not count an error that only returns to its earlier value', () => {
    const { recommended, candidates } = recommend(flat(1, 0.8, 0.83, 0.79, 0.82, 0.7), 0.1);
    // 0.83 → 0.79 is a gain of 0.04 > 0.03, but 0.01 beyond the first latent; 0.82 → 0.7 is a gain of 0.1 beyond it.
    expect(candidates.map(({ counts }) => counts)).toEqual([true, false, false, false, true]);
    expect(recommended).toBe(5);
  });

  test('reports if even the largest candidate counts, and if nothing is shared', () => {
    expect(recommend(flat(1, 0.8, 0.6), 0.02)).toMatchObject({ recommended: 2, verdict: 'largest-tried' });
    expect(recommend(flat(1, 1.01, 1.02), 0.02)).toMatchObject({ recommended: 0, verdict: 'nothing-shared' });
  });
});

test('the cross-predictor is encoder, open units, predictor: mean square over the other modalities’ columns', () => {
  const next = generator(67);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * next() - 1);
  const [runs, batch, width] = [2, 3, 2];
  const columns = [4, 3, 4];
  const layout = latentLayout(
    columns.map((size, m) => ({ name: `m${m}`, observation: tableObservation(size), latents: width, exogenous: 0 })),
  );
  const model = new CrossPredictor(layout, { width, hidden: 5 }, runs);
  const parameters = Object.fromEntries(
    model.parameters.all.map(({ name, shape }) => [name, numbers(shape.reduce((a, b) => a * b))]),
  );
  // x[m][run][column][subject]
  const x = columns.map((size) =>
    Array.from({ length: runs }, () => Array.from({ length: size }, () => [...numbers(batch)])),
  );
  const open = [
    [1, 0],
    [1, 1],
  ];
  const grouped = layout.groups.map(({ members, observation }) => {
    const values = Array.from({ length: runs }, (_, run) => members.flatMap((m) => x[m][run].flat()));
    return { values: constant(values.flat(), [runs, members.length, valueCount(observation), batch]) };
  });
  const [result] = evaluate([model.errors(grouped, constant(open.flat(), [runs, 1, width, 1]))], { parameters });

  const layers = (kind: string, g: number, run: number, position: number, input: number[]): number[] => {
    const names = model.parameters.all.filter(
      ({ name }) => name.startsWith(`${kind}.g${g}.`) && name.endsWith('weight'),
    );
    return names.reduce((values, { name, shape }, layer) => {
      const [, members, outputs, inputs] = shape as [number, number, number, number];
      const at = run * members + position;
      const bias = parameters[name.replace('weight', 'bias')];
      const linear = Array.from({ length: outputs }, (_, o) =>
        values.reduce(
          (sum, value, i) => sum + parameters[name][(at * outputs + o) * inputs + i] * value,
          bias[at * outputs + o],
        ),
      );
      return layer === names.length - 1 ? linear : linear.map((value) => (value > 0 ? value : 0.2 * value));
    }, input);
  };
  for (let run = 0; run < runs; run++) {
    columns.forEach((_, m) => {
      const g = layout.groups.findIndex(({ members }) => members.includes(m));
      const position = layout.groups[g].members.indexOf(m);
      const otherModalities = columns.map((_, other) => other).filter((other) => other !== m);
      const subjectColumns = (modality: number, subject: number) => x[modality][run].map((column) => column[subject]);
      let [total, count] = [0, 0];
      for (let subject = 0; subject < batch; subject++) {
        const h = layers('encoder', g, run, position, subjectColumns(m, subject)).map(
          (value, i) => value * open[run][i],
        );
        const predicted = layers('predictor', g, run, position, h);
        otherModalities
          .flatMap((other) => subjectColumns(other, subject))
          .forEach((value, i) => {
            total += (predicted[i] - value) ** 2;
            count++;
          });
      }
      expect(result[run * columns.length + m]).toBeCloseTo(total / count, 5);
    });
  }
});

describe('on data whose latents are known', () => {
  const simulation = simulate('case1', { seed: 1, samples: 1000, test: 50 });
  const known = simulatedDataset(simulation);
  const next = generator(670);
  /** Only exogenous noise, without an association with the other modalities. */
  const apart: Modality = {
    name: 'apart',
    columns: ['a', 'b', 'c'].map((name) => ({ name, log: false, offset: 0, mean: 0, sd: 1 })),
    values: Float32Array.from({ length: 3 * known.ids.length }, () => Math.sqrt(12) * (next() - 0.5)),
    latents: 1,
    exogenous: 1,
  };
  const dataset: Dataset = { ...known, modalities: [...known.modalities, apart] };
  const huge = (value: number): number => 1e30 * value;
  let selection: LatentSelection;

  test('finds two latents where there are two, none in noise, and does not change the data set', async () => {
    const epochs: number[] = [];
    selection = await selectLatents(dataset, {
      maxLatents: 3,
      splits: 3,
      threads: 1,
      onProgress: ({ epoch }) => {
        epochs.push(epoch);
      },
    });
    const result = selection.modalities.map(({ name, recommended, verdict }) => [name, recommended, verdict]);
    expect(result).toEqual([
      ['m1', 2, 'found'],
      ['m2', 2, 'found'],
      ['apart', 0, 'nothing-shared'],
    ]);
    expect(selection.modalities.map(({ otherColumns }) => otherColumns)).toEqual([18, 18, 30]);
    // Three columns with one exogenous variable have at most two latents.
    expect(selection.modalities.map(({ candidates }) => candidates.length)).toEqual([3, 3, 2]);
    expect(dataset.modalities.map(({ latents }) => latents)).toEqual([2, 2, 1]);
    expect(selection.subjects).toBe(1000);
    expect(epochs).toEqual(Array.from({ length: epochs.length }, (_, i) => i + 1));
  }, 120_000);

  test('the drawing has a panel per modality and marks every candidate', () => {
    const root = readXml(selectionSvg(selection));
    expect(findAll(root, 'circle')).toHaveLength(3 + 3 + 2);
    expect(selectionSvg(selection)).toContain('m1: 2, m2: 2, apart: 0');
  });

  test('invalid settings, too few subjects and an abort are reported', async () => {
    await expect(selectLatents(dataset, { splits: 2 })).rejects.toMatchObject({ code: 'invalid-setting' });
    await expect(selectLatents(dataset, { maxLatents: 0 })).rejects.toMatchObject({ code: 'invalid-setting' });
    const few = {
      ...dataset.split,
      train: dataset.split.train.slice(0, 20),
      validation: dataset.split.validation.slice(0, 5),
    };
    await expect(selectLatents({ ...dataset, split: few })).rejects.toMatchObject({ code: 'too-few-subjects' });
    const reason = new Error('enough');
    await expect(selectLatents(dataset, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const stopped = selectLatents(dataset, {
      ...{ maxLatents: 1, splits: 3, threads: 1, signal: controller.signal },
      onProgress: () => controller.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
  });

  test('values that make a candidate diverge end the selection with candidate, step and tensor', async () => {
    const extreme = { ...known, modalities: known.modalities.map((m) => ({ ...m, values: m.values.map(huge) })) };
    await expect(selectLatents(extreme, { maxLatents: 2, splits: 3, threads: 1 })).rejects.toMatchObject({
      code: 'all-runs-diverged',
      details: { candidate: 0, step: 0 },
      message: expect.stringMatching(/^Candidate 0 left the finite numbers at step 0, first in ".+"/),
    });
  });
});

describe('columns of other kinds', () => {
  const next = generator(671);
  const rows = 900;
  const scale = { log: false, offset: 0, mean: 0, sd: 1 };
  const column = (name: string, columns: ColumnScale[], values: (row: number) => number[]): Modality => ({
    name,
    columns,
    values: Float32Array.from(Array.from({ length: rows }, (_, row) => values(row)).flat()),
    latents: 1,
    exogenous: 1,
  });
  const poisson = (): number => {
    let [count, product] = [0, next()];
    for (; product > Math.exp(-2); product *= next()) count++;
    return count;
  };
  const smokes = Array.from({ length: rows }, () => (next() < 0.3 ? 1 : 0));
  const [visits, falls] = [0, 1].map(() => Array.from({ length: rows }, poisson));
  const logs = { log: true, offset: 1, mean: 1, sd: 0.6, kind: 'poisson' } as const;
  const logged = (count: number): number => (Math.log1p(count) - logs.mean) / logs.sd;
  const answers = column('answers', [{ ...scale, name: 'smoker', kind: 'binary' }], (row) => [smokes[row]]);
  const counts = column(
    'counts',
    ['visits', 'falls'].map((name) => ({ ...logs, name })),
    (row) => [logged(visits[row]), logged(falls[row])],
  );
  // Every third fall was not counted.
  const observed = counts.values.map((_, at) => (at % 6 === 5 ? 0 : 1));
  const holed = {
    ...counts,
    observed: Uint8Array.from(observed),
    values: counts.values.map((x, at) => x * observed[at]),
  };
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const parts = { train: all.slice(0, 800), validation: all.slice(800), test: all.slice(0, 0) };
  const dataset: Dataset = {
    ids: smokes.map((_, i) => `s${i}`),
    modalities: [answers, holed],
    split: parts,
    fingerprint: '',
  };
  const folds = foldsOf(all, 3, 0);

  test('without latents the prediction is the best constant of each likelihood over observed values', async () => {
    const [ofAnswers, ofCounts] = await heldOutErrors(dataset, folds, { maxLatents: 1, seed: 0, threads: 1 });
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    folds.forEach(({ train, heldOut }, fold) => {
      const share = mean(Array.from(train, (row) => smokes[row]));
      const surprise = Array.from(heldOut, (row) => -Math.log(smokes[row] === 1 ? share : 1 - share));
      expect(ofCounts[0][fold]).toBeCloseTo(mean(surprise), 2);
      const halfDeviance = (column: readonly number[], known: (row: number) => boolean): number => {
        const rate = mean(
          Array.from(train)
            .filter(known)
            .map((row) => column[row]),
        );
        const terms = Array.from(heldOut, (row) => {
          const count = column[row];
          return known(row) ? count * Math.log(Math.max(count, 1) / rate) - (count - rate) : 0;
        });
        return mean(terms);
      };
      const both = [halfDeviance(visits, () => true), halfDeviance(falls, (row) => row % 3 !== 2)];
      expect(ofAnswers[0][fold]).toBeCloseTo(mean(both), 2);
    });
  });

  test('reports shared information exactly where it exists', async () => {
    const settings = { maxLatents: 1, splits: 3, threads: 1 };
    const nothing = await selectLatents({ ...dataset, modalities: [answers, counts] }, settings);
    expect(nothing.modalities.map(({ recommended }) => recommended)).toEqual([0, 0]);
    const mixed = simulatedDataset(simulate('case1', { seed: 1, samples: 600, test: 50, mixedColumns: 0.5 }));
    const something = await selectLatents(mixed, settings);
    for (const { recommended } of something.modalities) expect(recommended).toBeGreaterThan(0);
  }, 60_000);
});

describe('a study with observed causes', () => {
  const options = { maxLatents: 1, splits: 3, threads: 1 };

  test('has the current numbers of its study file, without private latents', async () => {
    const caused = simulatedDataset(simulate('case1', { seed: 1, samples: 300, test: 50, levels: 'shift' }));
    expect(caused.modalities.map(({ latents, privateLatents }) => [latents, privateLatents])).toEqual([
      [3, 1],
      [3, 1],
    ]);
    const { modalities } = await selectLatents(caused, options);
    expect(modalities.map(({ latents, exogenous }) => [latents, exogenous])).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  test('and one modality has nothing that latents could predict', async () => {
    const single = simulatedDataset(simulate('chain', { samples: 300, test: 50, levels: 'perfect' }));
    await expect(selectLatents(single, options)).rejects.toMatchObject({ code: 'too-few-modalities' });
  });
});

test('the command prints a table per modality and the changes, and writes numbers and a drawing', async () => {
  const data = join(folder, 'data');
  await writeSimulation(simulate('case1', { seed: 1, samples: 150, test: 20 }), data);
  const args = ['select', join(data, 'study.yaml'), '--max-latents', '1', '--splits', '3', '--threads', '1'];
  const out = join(folder, 'selection');
  const printed = await commandHere([...args, '--out', out], folder);
  expect(printed.code).toBe(0);
  expect(printed.out).toContain('m1 (15 columns) predicts the 15 columns of other modalities:');
  expect(printed.out).toContain('Nothing was changed.');
  expect(readdirSync(out).sort()).toEqual(['selection.json', 'selection.svg']);
  const written = JSON.parse(readFileSync(join(out, 'selection.json'), 'utf8')) as LatentSelection;
  expect(written.modalities.map(({ name }) => name)).toEqual(['m1', 'm2']);
}, 60_000);
