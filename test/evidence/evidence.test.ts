// Evidence between modalities: the tests against SciPy, cross-fitted latents of held-out subjects, and fits without
// signal, which have no findings (docs/explanation/evidence.md).

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { crossFit } from '../../src/evidence/cross-fit.js';
import { foldConfig, foldSplits, isEnough, seedOfSplit } from '../../src/evidence/folds.js';
import { shuffleSubjects } from '../../src/data/resample.js';
import { canonicalTest, holm, normalScores, permutationNull, type PermutationNull } from '../../src/evidence/index.js';
import type { FitOptions } from '../../src/fit/fit-run.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { maxSampled } from '../../src/quality/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { permutation, seedKey } from '../../src/random/streams.js';
import { nullSvg } from '../../src/report/index.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfigFor } from '../../src/training/config.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_TRAINING } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';

interface Golden {
  readonly bartlett: readonly { a: number[][]; b: number[][]; correlations: number[]; p: number }[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/evidence.json'), 'utf8')) as Golden;
const columns = (values: readonly number[][]) => values.map((column) => Float64Array.from(column));

describe('the test of two modalities', () => {
  test.each(golden.bartlett.map((one) => [one.a[0].length, one.a.length, one.b.length, one] as const))(
    "%i subjects, %i and %i latents: canonical correlations and Bartlett's p are those of NumPy and SciPy",
    (rows, _a, _b, { a, b, correlations, p }) => {
      const result = canonicalTest(columns(a), columns(b), rows);
      expect(result.p).toBeCloseTo(p, 9);
      expect(result.p / p).toBeCloseTo(1, 6);
      result.correlations.forEach((rho, i) => expect(rho).toBeCloseTo(correlations[i], 7));
    },
  );

  test('p is uniform without an association: 5 % below 0.05, 50 % below 0.5', () => {
    const random = new RandomStream(1, 0);
    const draw = () => Float64Array.from({ length: 50 }, () => random.laplace());
    const ps = Array.from({ length: 600 }, () => canonicalTest([draw(), draw()], [draw(), draw()], 50).p);
    // The tolerance is three standard deviations of a binomial share.
    expect(Math.abs(ps.filter((p) => p < 0.05).length / 600 - 0.05)).toBeLessThan(0.027);
    expect(Math.abs(ps.filter((p) => p < 0.5).length / 600 - 0.5)).toBeLessThan(0.062);
  });

  test('constant latents and copies have no effect, and monotone maps change nothing', () => {
    const random = new RandomStream(2, 0);
    const a = Float64Array.from({ length: 60 }, () => random.normal());
    const b = a.map((value) => value + random.normal());
    const flat = new Float64Array(60);
    expect(canonicalTest([flat], [b], 60)).toEqual({ correlations: [], p: 1 });
    const { p } = canonicalTest([a], [b], 60);
    expect(canonicalTest([a, flat], [b], 60).p).toBe(p);
    expect(canonicalTest([a.map(Math.exp)], [b.map((value) => value ** 3)], 60).p).toBe(p);
    expect(canonicalTest([a, a.slice()], [b], 60).p).toBeGreaterThan(p);
    expect([...normalScores(Float64Array.of(5, 1, 3))].map((score) => Math.sign(score))).toEqual([1, -1, 0]);
  });

  test("Holm's correction multiplies each p by the number of p-values not below it, up to 1", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.6])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

const SETTINGS = {
  encoderRestarts: 1,
  componentRestarts: 4,
  epochs: 60,
  batch: 32,
  componentSteps: 200,
  polish: 0,
} as const;
const SMALL: FitOptions = { ...SETTINGS, threads: 1 };
const { folder } = scratch();

function caseOne(): Dataset {
  return simulatedDataset(simulate('case1', { samples: 200, test: 40, seed: 5 }));
}

/** Returns the tables with the rows of the second modality in another order, which removes every association. */
function shuffled(dataset: Dataset, seed: number): Dataset {
  const order = new RandomStream(seed, 0).permutation(dataset.ids.length);
  const [first, second] = dataset.modalities;
  const width = second.columns.length;
  const values = new Float32Array(second.values.length);
  order.forEach((row, i) => values.set(second.values.subarray(row * width, (row + 1) * width), i * width));
  return { ...dataset, modalities: [first, { ...second, values }] };
}

describe('cross-fitting', () => {
  test('no subject is encoded by a model that was trained on it', async () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, SETTINGS);
    const fitted = new Float32Array(dataset.ids.length * 4).map((_value, i) => Math.sin(i));
    const options = { fitted, hooks: { threads: 1 } };
    const before = await crossFit(dataset, config, options);
    const [fold, other] = before.splits[0].folds.map(({ rows }) => rows);
    // The first subjects of a fold choose the epoch and the restart; the last ones train.
    const moved = fold.at(-1)!;
    const [first, second] = dataset.modalities;
    const values = second.values.slice();
    // Use values of two other subjects: in the range of the data, but a new combination.
    values.set(values.slice(fold[1] * 15, fold[1] * 15 + 15), moved * 15);
    const after = await crossFit({ ...dataset, modalities: [first, { ...second, values }] }, config, options);
    const changed = (rows: Int32Array) =>
      after.splits[0].folds.map(({ units }, f) => {
        const at = (row: number) => before.splits[0].folds[f].rows.indexOf(row);
        const positions = Array.from(rows, at).filter((i) => i >= 0);
        return units.map((latent, l) => positions.filter((i) => latent[i] !== before.splits[0].folds[f].units[l][i]));
      });
    // A latent of the first modality is not affected in its fold, because the model does not change.
    expect(changed(fold)[0].slice(0, 2)).toEqual([[], []]);
    // The other fold is encoded by a model that was trained on the change.
    expect(changed(other)[1].flat().length).toBeGreaterThan(0);
  });

  describe('windows of the same subject', () => {
    /** 240 windows of about fifty people with one to eight windows each, in random order. */
    const people = new RandomStream(8, 0).permutation(240).map((i) => Math.floor(Math.sqrt(i * 15)));
    const groups = Array.from(people, (person) => `p${person}`);
    const plain = caseOne();
    const grouped: Dataset = { ...plain, groups };
    const peopleIn = (rows: Int32Array) => new Set(Array.from(rows, (row) => groups[row]));

    test.each([0, 1, 2, 3])('are never in both folds, nor on both sides of validation (seed %i)', (seed) => {
      const splits = foldSplits(grouped, seed);
      for (const { train, validation, test: heldOut } of splits) {
        const parts = [train, validation, heldOut].map(peopleIn);
        expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(new Set(groups).size);
        expect([...train, ...validation, ...heldOut].sort((a, b) => a - b)).toEqual([...plain.ids.keys()]);
        // Folds are as even as whole people allow, and enough people have one window.
        expect(heldOut).toHaveLength(120);
        expect(Math.abs(validation.length - 18)).toBeLessThanOrEqual(3);
      }
      expect([...splits[0].test].sort()).toEqual([...splits[1].train, ...splits[1].validation].sort());
    });

    test('are encoded by a model that was trained on none of them', async () => {
      const config = fitConfigFor(plain, { encoderRestarts: 1, componentRestarts: 2, epochs: 1, componentSteps: 20 });
      const { splits, latents } = await crossFit(grouped, config, { splits: 2 });
      for (const { folds } of splits) {
        const [first, second] = folds.map(({ rows }) => peopleIn(rows));
        expect([...first].filter((person) => second.has(person))).toEqual([]);
        expect(first.size + second.size).toBe(new Set(groups).size);
        // A person counts once, because windows of one person are not independent.
        expect(folds.map(({ ids }) => new Set(ids))).toEqual([first, second]);
        expect(folds.map(({ units }) => units.map((latent) => latent.length))).toEqual(
          [first, second].map(({ size }) => [size, size, size, size]),
        );
      }
      for (const latent of latents) expect(latent.every(Number.isFinite)).toBe(true);
    });

    test('groups of one row give the folds of a data set without groups: every other row of a permutation', () => {
      const splits = foldSplits(plain, 5);
      expect(foldSplits({ ...plain, groups: plain.ids }, 5)).toEqual(splits);
      const order = permutation(seedKey(5), 0x40000, 0, 240);
      expect(splits.map(({ test: rows }) => rows)).toEqual(
        [0, 1].map((fold) => order.filter((_, i) => i % 2 === fold)),
      );
      // These are the first 15 % of the other fold.
      expect(splits[0].validation).toEqual(splits[1].test.slice(0, 18).sort());
    });

    test('too few people are not enough, for any number of windows', () => {
      const of = (count: number): Dataset => ({ ...plain, groups: groups.map((_, row) => `p${row % count}`) });
      expect([20, 19, 2, 1].map((count) => isEnough(of(count), 0))).toEqual([true, false, false, false]);
    });
  });

  test('every subject is held out once in every split, and splits are drawn independently', async () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, { encoderRestarts: 1, componentRestarts: 2, epochs: 1, componentSteps: 20 });
    const folds: (number | undefined)[] = [];
    const { splits, latents } = await crossFit(dataset, config, {
      splits: 2,
      hooks: { threads: 1, onProgress: ({ fold }) => folds.push(fold) },
    });
    expect(new Set(folds)).toEqual(new Set([0, 1, 2, 3]));
    for (const split of splits) {
      expect(split.folds.flatMap(({ rows }) => [...rows]).sort((a, b) => a - b)).toEqual([...dataset.ids.keys()]);
    }
    const [first, again] = splits.map((split) => new Set(split.folds[0].rows));
    // Two random folds of 240 subjects have about 60 subjects in common.
    const common = [...first].filter((row) => again.has(row)).length;
    expect(Math.abs(common - 60)).toBeLessThan(25);
    expect(seedOfSplit(config.seed, 0)).toBe(config.seed);
    for (const latent of latents) expect(latent.every(Number.isFinite)).toBe(true);
  });

  test('a fold has the number of steps of the fit, fewer restarts, and no polish', () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, { batch: 32, epochs: 60 });
    const fold = foldConfig(config, 200, 102);
    const steps = (of: typeof config, subjects: number) =>
      of.epochs * (of.passes ?? 1) * Math.ceil(subjects / of.batch);
    expect(steps(fold, 102)).toBeGreaterThanOrEqual(steps(config, 200) * 0.75);
    expect(fold.polish).toBe(0);
    expect(fold.componentRestarts).toBeLessThanOrEqual(config.componentRestarts);
    expect(fold.encoderRestarts).toBeLessThanOrEqual(config.encoderRestarts);
  });

  describe('a fold with the latents of the fit in another order and with other signs', () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, SETTINGS);
    const stream = new RandomStream(7, 0);
    const fitted = Float32Array.from({ length: 240 * 4 }, () => stream.normal());
    const result = (encoded: Float32Array) =>
      crossFit(dataset, config, {
        fitted,
        hooks: { threads: 1 },
        fitAndEncode: async () => Promise.resolve({ encoded }),
      });

    test('agrees with it completely, and its aligned latents are those of the fit', async () => {
      const { splits, latents } = await result(fitted.map((_, i) => -fitted[i ^ 1]));
      const [{ agreement, folds, replication }] = splits;
      for (const r of agreement) expect(r).toBeCloseTo(1, 12);
      for (const { subspace, agreement: both } of replication) {
        expect(subspace).toBeCloseTo(1, 9);
        for (const r of both) expect(r).toBeCloseTo(1, 12);
      }
      for (const { rows } of folds) {
        latents.forEach((latent, l) => {
          const order = (values: (row: number) => number) => [...rows].sort((a, b) => values(a) - values(b));
          expect(order((row) => latent[row])).toEqual(order((row) => fitted[4 * row + l]));
        });
      }
    });

    test('with many subjects, latents are compared on a sample and tested on all subjects', async () => {
      // Three of every four subjects have other latents.
      const encoded = fitted.map((value, i) => ((i >> 2) % 4 === 0 ? -fitted[i ^ 1] : value));
      const sampled = jest.spyOn(maxSampled, 'subjects', 'get').mockReturnValue(60);
      try {
        const { splits, latents } = await result(encoded);
        for (const r of splits[0].agreement) expect(r).toBeCloseTo(1, 12);
        expect(splits[0].folds.map(({ units }) => units.map(({ length }) => length))).toEqual([
          Array(4).fill(120),
          Array(4).fill(120),
        ]);
        for (const latent of latents) expect(latent.every(Number.isFinite)).toBe(true);
      } finally {
        sampled.mockRestore();
      }
      expect(Math.max(...(await result(encoded)).splits[0].agreement)).toBeLessThan(0.9);
    });
  });
});

describe('a fit with its evidence', () => {
  let model: MultimodalCausalModel;
  beforeAll(async () => {
    model = await MultimodalCausalModel.fit(caseOne(), SMALL);
    await model.save(join(folder, 'run'));
  });

  test('associated modalities are found, and the graph has the supported links', () => {
    const { evidence } = model.summary;
    expect(evidence).toMatchObject({ folds: 2, splits: 3, subjects: 240, tested: true, alpha: 0.05, linkAlpha: 0.01 });
    expect(evidence!.pairs).toHaveLength(1);
    expect(evidence!.pairs[0]).toMatchObject({ first: 'm1', second: 'm2', associated: true });
    expect(evidence!.pairs[0].folds).toHaveLength(6);
    expect(evidence!.pairs[0].p).toBeLessThan(1e-10);
    expect(evidence!.pairs[0].correlation!.lower).toBeGreaterThan(0.3);
    expect(evidence!.latents.map(({ name }) => name)).toEqual(model.graph.nodes.map(({ name }) => name));
    expect(evidence!.links).toHaveLength(4);
    const across = model.graph.edges.filter(({ from, to }) => from[1] !== to[1]);
    for (const { from, to } of across) {
      const link = evidence!.links.find(({ first, second }) => first === from && second === to);
      expect(link?.verdict).toBe('supported');
    }
    for (const { from, to } of evidence!.unsupported) {
      const link = evidence!.links.find(({ first, second }) => first === from && second === to);
      expect(link?.verdict).not.toBe('supported');
    }
    const { latents, splits } = model.outOfFold!;
    expect(splits).toHaveLength(3);
    expect(Object.keys(latents)).toEqual(['m1', 'm2']);
    expect(latents['m1']).toHaveLength(480);
  });

  test('a quick test makes one split', async () => {
    await using quick = await MultimodalCausalModel.fit(caseOne(), { ...SMALL, evidence: 'quick' });
    expect(quick.summary.evidence).toMatchObject({ splits: 1, tested: true, pairs: [{ associated: true }] });
    expect(quick.summary.evidence!.pairs[0].folds).toEqual(model.summary.evidence!.pairs[0].folds.slice(0, 2));
    expect(quick.outOfFold!.splits).toHaveLength(1);
  });

  test('it is saved with the RUN', async () => {
    const loaded = await MultimodalCausalModel.load(join(folder, 'run'));
    expect(loaded.summary.evidence).toEqual(model.summary.evidence);
    expect(loaded.graph).toEqual(model.graph);
    await loaded.dispose();
  });

  test('without signal the graph has no edge between modalities, and unsupported edges are named', async () => {
    // Edges without a penalty are also found in noise.
    const free: FitOptions = { ...SMALL, sparsity: { weight: 0 } };
    const empty = await MultimodalCausalModel.fit(shuffled(caseOne(), 7), free);
    const { evidence } = empty.summary;
    expect(evidence!.pairs[0].associated).toBe(false);
    expect(evidence!.links).toEqual([]);
    expect(empty.graph.edges.filter(({ from, to }) => from[1] !== to[1])).toEqual([]);
    expect(evidence!.unsupported.length).toBeGreaterThan(0);
    await empty.dispose();
  });

  test('with too few subjects nothing is tested or supported', async () => {
    const few = simulatedDataset(simulate('case1', { samples: 30, test: 5, seed: 1 }));
    const tiny = await MultimodalCausalModel.fit(few, { ...SMALL, epochs: 2 });
    expect(tiny.summary.evidence).toMatchObject({ tested: false, subjects: 35, latents: [], links: [] });
    expect(tiny.summary.evidence!.pairs[0]).toMatchObject({ p: 1, folds: [], associated: false });
    expect(tiny.graph.edges.filter(({ from, to }) => from[1] !== to[1])).toEqual([]);
    expect(tiny.outOfFold).toBeUndefined();
    await tiny.dispose();
  });

  test('evidence none does not change graph and summary of the fit', async () => {
    const plain = await MultimodalCausalModel.fit(caseOne(), { ...SMALL, evidence: 'none' });
    expect(plain.summary.evidence).toBeUndefined();
    expect(await plain.encode(caseOne())).toEqual(await model.encode(caseOne()));
    expect(plain.outOfFold).toBeUndefined();
    await plain.dispose();
  });
});

describe('a null distribution by permutation', () => {
  test('an associated study differs from its refits, and the smallest p is 1 / (refits + 1)', async () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, SETTINGS);
    const fits: number[] = [];
    const result = await permutationNull(dataset, config, {
      refits: 4,
      seed: 3,
      threads: 1,
      onFit: (done) => fits.push(done),
    });
    expect(fits).toEqual([0, 1, 2, 3, 4]);
    const [pair] = result.pairs;
    expect(pair).toMatchObject({ first: 'm1', second: 'm2', p: 0.2 });
    expect(pair.observed).toBeLessThan(1e-10);
    expect(pair.refits).toHaveLength(4);
    expect(new Set(pair.refits).size).toBe(4);
    expect(Math.min(...pair.refits)).toBeGreaterThan(1e-4);
    const drawing = nullSvg(result);
    expect(drawing).toContain('m1 – m2');
    expect(drawing.match(/<circle/g)).toHaveLength(5);
  });

  test('too few subjects are refused before anything is fitted', async () => {
    const few = simulatedDataset(simulate('case1', { samples: 30, test: 5, seed: 1 }));
    const refused = permutationNull(few, fitConfigFor(few, SETTINGS), { refits: 1, seed: 0 });
    await expect(refused).rejects.toMatchObject({ code: 'too-few-subjects', details: { subjects: 35 } });
  });

  test('shuffling does not change the values of a modality, only the pairing of its subjects', () => {
    const dataset = caseOne();
    const other = shuffleSubjects(dataset, 1, 7);
    expect(other.modalities[0]).toBe(dataset.modalities[0]);
    const rowsOf = ({ values }: { values: Float32Array }) =>
      Array.from({ length: values.length / 15 }, (_, row) => values.slice(row * 15, row * 15 + 15).join()).sort();
    expect(rowsOf(other.modalities[1])).toEqual(rowsOf(dataset.modalities[1]));
    expect(other.modalities[1].values).not.toEqual(dataset.modalities[1].values);
    expect(other.fingerprint).not.toBe(dataset.fingerprint);
    expect(shuffleSubjects(dataset, 1, 7).fingerprint).toBe(other.fingerprint);
  });

  test('interlatent null prints the study and its refits, and writes the drawing and JSON', async () => {
    const run = (...args: string[]) => commandHere(args, folder);
    expect(await run('simulate', 'case1', '--samples', '100', '--test', '20', '--out', 'data')).toMatchObject({
      code: 0,
    });
    const study = join(folder, 'data/study.yaml');
    writeFileSync(study, `${readFileSync(study, 'utf8')}${SHORT_TRAINING}`);
    const { code, out } = await run('null', 'data/study.yaml', '--refits', '2', '--out', 'null.svg');
    expect(code).toBe(0);
    expect(out).toMatch(/of 2 refits without signal have an associated pair; about 0\.1 are expected/);
    expect(readFileSync(join(folder, 'null.svg'), 'utf8')).toContain('</svg>');
    const json = JSON.parse((await run('null', 'data/study.yaml', '--refits', '1', '--json')).out) as PermutationNull;
    expect(json).toMatchObject({ refits: 1, alpha: 0.05 });
    expect(await run('null', 'data/study.yaml', '--refits', '0')).toMatchObject({ code: 2 });
  });
});
