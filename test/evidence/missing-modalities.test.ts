// Evidence if subjects lack modalities: the subjects of each test, and studies without signal, which have no findings.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../../src/causal/index.js';
import { readLatentColumns } from '../../src/cli/latents-file.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { presenceOf } from '../../src/data/presence.js';
import { shuffleSubjects } from '../../src/data/resample.js';
import { crossFit, type CrossFit, type CrossFitSplit, type HeldOutFold } from '../../src/evidence/cross-fit.js';
import { associationTest } from '../../src/evidence/association-test.js';
import { combineFolds } from '../../src/evidence/combine.js';
import { normalScores, pairEvidence } from '../../src/evidence/index.js';
import { FreePermutations } from '../../src/evidence/permutations.js';
import { missingnessTests } from '../../src/quality/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { spearman } from '../../src/metrics/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { correlations } from '../../src/report/facts/correlations.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfigFor } from '../../src/training/config.js';
import { summaryText } from '../../src/training/run-files.js';
import { checkNullStudies, holes, SETTINGS, SMALL } from './holed-studies.js';
import { exampleSummary } from '../fixtures/example-runs.js';
import { scratch } from '../fixtures/scratch.js';
import { digestsOf } from '../fixtures/signed-run.js';

const { file, folder } = scratch();

const nodesOf = (...widths: number[]) => latentNodes(widths.map((latents, m) => ({ name: `m${m + 1}`, latents })));

describe('pairs of modalities', () => {
  const random = new RandomStream(7, 0);
  const draw = (count: number, isThere: (unit: number) => boolean) =>
    Float64Array.from({ length: count }, (_, unit) => (isThere(unit) ? random.normal() : NaN));
  /** Two folds of 60. The first ten lack the first modality, the last ten the second, and nearly all the third. */
  const fold = (): HeldOutFold => {
    const latents = () => [
      draw(60, (unit) => unit >= 10),
      draw(60, (unit) => unit >= 10),
      draw(60, (unit) => unit < 50),
      draw(60, (unit) => unit < 12),
    ];
    const removed = [0, 0, 0, 0];
    return {
      ...{ rows: new Int32Array(), ids: [], removed, forms: removed.map(() => undefined) },
      ...{ units: latents(), unrotated: latents() },
    };
  };
  const split = (folds: HeldOutFold[]): CrossFitSplit => ({ folds, replication: [], agreement: [] });
  const folds = [fold(), fold()];
  const crossFitted: CrossFit = { splits: [split(folds)], latents: [], minUnits: 20 };
  const SEED = 3;
  const expectedWith = (lost: number) => {
    const permutations = new FreePermutations(SEED);
    // Latents before the rotation to those of the fit, which was trained on these subjects.
    return folds.map(({ unrotated: [a, b, c] }) => {
      const both = (values: Float64Array) => values.slice(10, 50);
      return associationTest([both(a), both(b)], [both(c)], { permutations, lost }).p;
    });
  };

  test('are tested on the subjects who have both, and not tested with too few of them', () => {
    const pairs = pairEvidence(nodesOf(2, 1, 1), crossFitted, SEED);
    const [both] = pairs;
    const expected = expectedWith(0);
    expect(both).toMatchObject({ first: 'm1', second: 'm2', subjects: 80, folds: expected });
    expect(both.p).toBe(combineFolds([expected]));
    // The only tested pair needs no correction.
    expect(both.corrected).toBe(both.p);
    const untested = { folds: [], p: 1, corrected: 1, associated: false };
    expect(pairs.slice(1)).toEqual([
      { first: 'm1', second: 'm3', subjects: 4, ...untested },
      { first: 'm2', second: 'm3', subjects: 24, ...untested },
    ]);
  });

  test('lose one subject for each removed direction', () => {
    const removed = [3, 3, 6, 0];
    const fewer = { ...crossFitted, splits: [split(folds.map((one) => ({ ...one, removed })))] };
    const [both] = pairEvidence(nodesOf(2, 1, 1), fewer, SEED);
    expect(both.folds).toEqual(expectedWith(6));
    expectedWith(0).forEach((p, i) => expect(both.folds[i]).toBeGreaterThanOrEqual(p));
    // 40 subjects have both, and 34 of them count.
    expect(pairEvidence(nodesOf(2, 1, 1), { ...fewer, minUnits: 35 }, SEED)[0]).toMatchObject({ folds: [], p: 1 });
  });
});

describe('cross-fitting with holes', () => {
  test('gives no latents of a missing modality, and computes scores among the subjects who have it', async () => {
    const dataset = holes(3);
    const config = fitConfigFor(dataset, { ...SETTINGS, epochs: 2, componentRestarts: 2, componentSteps: 40 });
    const { latents, splits } = await crossFit(dataset, config, { hooks: { threads: 1 } });
    const present = dataset.modalities.map(presenceOf);
    for (const [latent, values] of latents.entries()) {
      const has = present[Math.floor(latent / 2)];
      expect(Array.from(values, (value) => Number(!Number.isNaN(value)))).toEqual([...has]);
      for (const { rows } of splits[0].folds) {
        const scores = Float64Array.from(rows, (row) => values[row]).filter((value) => !Number.isNaN(value));
        const sorted = normalScores(scores.map((_, i) => i));
        scores.sort().forEach((score, i) => expect(score).toBeCloseTo(sorted[i], 12));
      }
    }
  });

  test('latents that encode associated gaps give no association, and a signal stays', async () => {
    // The components of these modalities are not associated either.
    const complete = shuffleSubjects(simulatedDataset(simulate('case1', { samples: 260, test: 40, seed: 0 })), 1, 0);
    const config = fitConfigFor(complete, SETTINGS);
    /** Returns p with the masks, and p as if nothing were missing. */
    const pOf = (seed: number, signal: number) => {
      const random = new RandomStream(seed, 5);
      const share = complete.ids.map(() => 0.8 * random.uniform());
      const modalities = complete.modalities.map((modality) => {
        const observed = modality.values.map((_, at) => Number(random.uniform() >= share[Math.floor(at / 15)]));
        return { ...modality, observed: Uint8Array.from(observed) };
      });
      const common = complete.ids.map(() => signal * random.normal());
      // A modality has two latents: noise that grows with the share of observed values, and eight times that share.
      const encoded = Float32Array.from({ length: 4 * share.length }, (_, at) => {
        const row = Math.floor(at / 4);
        const { observed } = modalities[at % 4 < 2 ? 0 : 1];
        const seen = observed.subarray(15 * row, 15 * row + 15).reduce((sum, one) => sum + one, 0) / 15;
        return (0.3 + seen) * random.normal() + 8 * seen + common[row];
      });
      const of = async (dataset: Dataset) => {
        const crossFitted = await crossFit(dataset, config, {
          fitted: encoded,
          fitAndEncode: () => Promise.resolve({ encoded }),
        });
        return pairEvidence(nodesOf(2, 2), crossFitted, config.seed)[0].p;
      };
      return { known: () => of({ ...complete, modalities }), unknown: () => of(complete) };
    };
    const ps: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const { known, unknown } = pOf(seed, 0);
      if (seed < 10) expect(await unknown()).toBeLessThan(1e-10);
      ps.push(await known());
    }
    // Three standard deviations of a binomial share.
    expect(Math.abs(ps.filter((p) => p < 0.05).length / 100 - 0.05)).toBeLessThan(0.065);
    expect(Math.abs(ps.filter((p) => p < 0.5).length / 100 - 0.5)).toBeLessThan(0.15);
    expect(await pOf(1, 1).known()).toBeLessThan(1e-6);
  });

  test('a shuffle moves subjects among those who have the modality', () => {
    const dataset = holes(3);
    const after = shuffleSubjects(dataset, 1, 5).modalities[1];
    const [, before] = dataset.modalities;
    expect(presenceOf(after)).toEqual(presenceOf(before));
    expect(after.values).not.toEqual(before.values);
    const rows = ({ values, observed }: Modality) =>
      dataset.ids
        .map((_, row) =>
          [...values.subarray(15 * row, 15 * row + 15), ...observed!.subarray(15 * row, 15 * row + 15)].join(),
        )
        .sort();
    expect(rows(after)).toEqual(rows(before));
  });

  test('with groups, a shuffle exchanges whole groups, because rows of one group are similar', () => {
    const plain = holes(3);
    const groups = plain.ids.map((_, row) => `person ${Math.floor(row / 7)}`);
    const [first] = plain.modalities;
    const numbered = { ...first, observed: undefined, values: first.values.map((_, at) => Math.floor(at / 15)) };
    const { modalities } = shuffleSubjects({ ...plain, groups, modalities: [numbered] }, 0, 5);
    const from = plain.ids.map((_, row) => groups[modalities[0].values[15 * row]]);
    const partners = new Map(groups.map((group) => [group, new Set(from.filter((__, row) => groups[row] === group))]));
    expect(new Set(Array.from(partners.values(), ({ size }) => size))).toEqual(new Set([1]));
    expect(new Set(Array.from(partners.values(), ([partner]) => partner)).size).toBe(partners.size);
    expect(from.filter((partner, row) => partner === groups[row]).length).toBeLessThan(plain.ids.length / 2);
  });

  test('null studies have no findings, except one in twenty', () => checkNullStudies(6));

  test('an existing association is found', async () => {
    await using model = await MultimodalCausalModel.fit(holes(1), SMALL);
    expect(model.summary.evidence?.pairs).toMatchObject([{ associated: true }]);
  });
});

test('discovery receives all subjects, with gaps for missing modalities', async () => {
  // Every third subject lacks b, and the fourth lacks a.
  const rows = Array.from({ length: 60 }, (_, i) => [i === 4 ? NaN : i, i % 3 === 0 ? NaN : -i]);
  const lines = rows.map((row, i) => [`p${i}`, ...row.map((value) => (Number.isNaN(value) ? '' : value))].join());
  const table = ['id,a.z1,b.z1', ...lines].join('\n');
  file('latents.csv', table);
  const modalities = ['a', 'b'].map((name) => ({ name, latents: 1 }));
  file('run.json', summaryText(exampleSummary(modalities, undefined), digestsOf({ 'latents.csv': table })));
  const nodes = latentNodes(modalities);
  const { ids, columns } = await readLatentColumns(folder, { nodes });
  expect(ids).toEqual(rows.map((_, i) => `p${i}`));
  expect(columns.map(({ values }) => [...values])).toEqual([0, 1].map((c) => rows.map((row) => row[c])));
});

test('the report correlates latents and columns of subjects who have both', () => {
  const dataset = holes(4);
  const rows = dataset.ids.length;
  const latents = { values: Float64Array.from({ length: rows * 4 }, (_, at) => Math.sin(at * at)), rows, columns: 4 };
  const { columns } = correlations(dataset, latents);
  const [first, second] = dataset.modalities;
  const has = presenceOf(second);
  const both = dataset.ids.flatMap((_, row) => (has[row] === 1 && second.observed![15 * row] === 1 ? [row] : []));
  const x = { values: Float64Array.from(both, (row) => second.values[15 * row]), rows: both.length, columns: 1 };
  const z = { values: Float64Array.from(both, (row) => latents.values[4 * row + 2]), rows: both.length, columns: 1 };
  // Ranks include all subjects who have either variable.
  const firstOfSecond = first.columns.length;
  expect(columns[firstOfSecond].rho[2]).toBeCloseTo(spearman(x, z).values[0], 1);
  // Values of subjects without the modality have no effect.
  const replaced = {
    ...latents,
    values: latents.values.map((value, at) => (has[Math.floor(at / 4)] === 1 ? value : 9)),
  };
  expect(correlations(dataset, replaced).columns[firstOfSecond].rho[2]).toBe(columns[firstOfSecond].rho[2]);
  // Associations with columns of other modalities use only out-of-fold latents.
  expect(columns[0].rho[2]).toBeNaN();
});

interface Golden {
  readonly cases: readonly { lacks: number[]; columns: number[][]; p: number; score: number }[];
}

describe('association of missingness with observed values', () => {
  const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/missingness.json'), 'utf8')) as Golden;
  const scale = (name: string) => ({ name, log: false, offset: 0, mean: 0, sd: 1 });
  const none = new Int32Array();
  /** Returns a data set whose second modality is missing according to `lacks`. */
  function dataset(columns: readonly number[][], lacks: readonly number[]): Dataset {
    const subjects = lacks.length;
    const values = Float32Array.from(
      { length: subjects * columns.length },
      (_, at) => columns[at % columns.length][Math.floor(at / columns.length)],
    );
    const sizes = { latents: 1, exogenous: 1 };
    return {
      ids: lacks.map((_, i) => `p${i}`),
      modalities: [
        { name: 'blood', values, columns: columns.map((_, c) => scale(`x${c}`)), ...sizes },
        {
          name: 'sleep',
          values: new Float32Array(subjects),
          observed: Uint8Array.from(lacks, (one) => 1 - one),
          columns: [scale('hours')],
          ...sizes,
        },
      ],
      split: { train: none, validation: none, test: none },
      fingerprint: '',
    };
  }

  test.each(cases.map((one) => [one.lacks.length, one.columns.length, one] as const))(
    'of %i subjects and %i columns has the p of NumPy and SciPy, close to that of a logistic regression',
    (_subjects, _columns, { lacks, columns, p, score }) => {
      const [crossFitted, ...more] = missingnessTests(dataset(columns, lacks));
      expect(more).toEqual([]);
      expect(crossFitted).toMatchObject({ modality: 'sleep', lacking: 'all', other: 'blood' });
      expect(crossFitted.p / p).toBeCloseTo(1, 4);
      expect(crossFitted.corrected).toBe(crossFitted.p);
      expect(Math.abs(Math.log(crossFitted.p / score))).toBeLessThan(0.35);
    },
  );

  test('has a uniform p if values do not matter, and otherwise names the column and the sign', () => {
    const random = new RandomStream(9, 0);
    const draw = () => Array.from({ length: 120 }, () => random.laplace());
    const one = (lack: (x: readonly number[]) => number) => {
      const columns = [draw(), draw(), draw()];
      return missingnessTests(
        dataset(
          columns,
          columns[0].map((_, i) => lack(columns.map((column) => column[i]))),
        ),
      )[0];
    };
    const ps = Array.from({ length: 400 }, () => one(() => Number(random.uniform() < 0.3)).p);
    // Three standard deviations of a binomial share.
    expect(Math.abs(ps.filter((p) => p < 0.05).length / 400 - 0.05)).toBeLessThan(0.033);
    expect(Math.abs(ps.filter((p) => p < 0.5).length / 400 - 0.5)).toBeLessThan(0.075);
    const dependent = one((x) => Number(random.uniform() < 1 / (1 + Math.exp(1 + 1.5 * x[1]))));
    expect(dependent.p).toBeLessThan(0.001);
    expect(dependent.column).toBe('x1');
    expect(dependent.difference).toBeLessThan(-0.5);
  });

  test('is not tested for complete data or a handful of subjects', () => {
    const [{ columns, lacks }] = cases;
    expect(
      missingnessTests(
        dataset(
          columns,
          lacks.map(() => 0),
        ),
      ),
    ).toEqual([]);
    expect(
      missingnessTests(
        dataset(
          columns,
          lacks.map((_, i) => Number(i < 9)),
        ),
      ),
    ).toEqual([]);
  });
});
