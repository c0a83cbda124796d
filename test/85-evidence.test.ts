// Evidence between modalities: the tests, beside SciPy; cross-fitted latents, which no model has seen; fits without
// signal, which come out empty (docs/evidence.md).

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../src/data/dataset.js';
import { crossFit, foldSplits, isEnough } from '../src/evidence/cross-fit.js';
import { shuffleSubjects } from '../src/data/resample.js';
import {
  canonicalTest,
  fisher,
  holm,
  normalScores,
  permutationNull,
  type PermutationNull,
} from '../src/evidence/index.js';
import type { FitOptions } from '../src/fit-run.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { mostSampled } from '../src/quality/index.js';
import { RandomStream } from '../src/random/random-stream.js';
import { permutation, seedKey } from '../src/random/streams.js';
import { nullSvg } from '../src/report/index.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { fitConfigFor } from '../src/training/config.js';
import { commandHere } from './command-here.js';
import { SHORT_TRAINING } from './command-line.js';
import { scratch } from './scratch.js';

interface Golden {
  readonly bartlett: readonly { a: number[][]; b: number[][]; correlations: number[]; p: number }[];
  readonly fisher: readonly { p: number[]; combined: number }[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/evidence.json'), 'utf8')) as Golden;
const columns = (values: readonly number[][]) => values.map((column) => Float64Array.from(column));

describe('the test of two modalities', () => {
  test.each(golden.bartlett.map((one) => [one.a[0].length, one.a.length, one.b.length, one] as const))(
    "%i subjects, %i and %i latents: canonical correlations and Bartlett's p are those of NumPy and SciPy",
    (rows, _a, _b, { a, b, correlations, p }) => {
      const found = canonicalTest(columns(a), columns(b), rows);
      expect(found.p).toBeCloseTo(p, 9);
      expect(found.p / p).toBeCloseTo(1, 6);
      found.correlations.forEach((rho, i) => expect(rho).toBeCloseTo(correlations[i], 7));
    },
  );

  test('p is uniform where there is nothing: 5 % below 0.05, 50 % below 0.5', () => {
    const random = new RandomStream(1, 0);
    const draw = () => Float64Array.from({ length: 50 }, () => random.laplace());
    const ps = Array.from({ length: 600 }, () => canonicalTest([draw(), draw()], [draw(), draw()], 50).p);
    // Three standard deviations of a binomial share.
    expect(Math.abs(ps.filter((p) => p < 0.05).length / 600 - 0.05)).toBeLessThan(0.027);
    expect(Math.abs(ps.filter((p) => p < 0.5).length / 600 - 0.5)).toBeLessThan(0.062);
  });

  test('latents that do not vary say nothing, copies do no harm, monotone maps change nothing', () => {
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

  test.each(golden.fisher)("Fisher's combination of $p is SciPy's", ({ p, combined }) => {
    expect(fisher(p) / combined).toBeCloseTo(1, 9);
  });

  test("Holm's correction: each p times the number of those not below it, never falling, at most 1", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.6])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

const SETTINGS = { runs: 1, restarts: 4, epochs: 60, batch: 32, componentSteps: 200, polish: 0 } as const;
const SMALL: FitOptions = { ...SETTINGS, threads: 1 };
const { folder } = scratch();

function caseOne(): Dataset {
  return simulatedDataset(simulate('case1', { samples: 200, test: 40, seed: 5 }));
}

/** The same tables with the second modality's rows in another order: nothing is shared any more. */
function shuffled(dataset: Dataset, seed: number): Dataset {
  const order = new RandomStream(seed, 0).permutation(dataset.ids.length);
  const [first, second] = dataset.modalities;
  const width = second.columns.length;
  const values = new Float32Array(second.values.length);
  order.forEach((row, i) => values.set(second.values.subarray(row * width, (row + 1) * width), i * width));
  return { ...dataset, modalities: [first, { ...second, values }] };
}

describe('cross-fitting', () => {
  test('no subject is encoded by a model that saw it: what it holds changes nothing for its own half', async () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, SETTINGS);
    const fitted = new Float32Array(dataset.ids.length * 4).map((_value, i) => Math.sin(i));
    const before = await crossFit(dataset, config, fitted, { threads: 1 });
    const half = before.halves[0].rows;
    // The first of a half choose epoch and run; the last train.
    const moved = half.at(-1)!;
    const [first, second] = dataset.modalities;
    const values = second.values.slice();
    // Another subject's values: within the range of the data, but of nobody else's pair.
    values.set(values.slice(half[1] * 15, half[1] * 15 + 15), moved * 15);
    const after = await crossFit({ ...dataset, modalities: [first, { ...second, values }] }, config, fitted, {
      threads: 1,
    });
    const others = half.filter((row) => row !== moved && row !== half[1]);
    const order = (latent: Float64Array) => Array.from(others).sort((a, b) => latent[a] - latent[b]);
    for (const [i, latent] of after.latents.entries()) {
      const [mine, theirs] = [order(latent), order(before.latents[i])];
      expect(mine).toEqual(theirs);
    }
    // The other half was encoded by a model that did see it.
    const other = before.halves[1].rows;
    expect(other.some((row) => after.latents[3][row] !== before.latents[3][row])).toBe(true);
  });

  describe('windows of the same subject', () => {
    /** 240 windows of some fifty people, who have one to eight each, in no order. */
    const people = new RandomStream(8, 0).permutation(240).map((i) => Math.floor(Math.sqrt(i * 15)));
    const groups = Array.from(people, (person) => `p${person}`);
    const plain = caseOne();
    const grouped: Dataset = { ...plain, groups };
    const peopleIn = (rows: Int32Array) => new Set(Array.from(rows, (row) => groups[row]));

    test.each([0, 1, 2, 3])('are never in both halves, nor on both sides of validation (seed %i)', (seed) => {
      const splits = foldSplits(grouped, seed);
      for (const { train, validation, test: heldOut } of splits) {
        const parts = [train, validation, heldOut].map(peopleIn);
        expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(new Set(groups).size);
        expect([...train, ...validation, ...heldOut].sort((a, b) => a - b)).toEqual([...plain.ids.keys()]);
        // As even as whole people allow: there are enough who have one window.
        expect(heldOut).toHaveLength(120);
        expect(Math.abs(validation.length - 18)).toBeLessThanOrEqual(3);
      }
      expect([...splits[0].test].sort()).toEqual([...splits[1].train, ...splits[1].validation].sort());
    });

    test('are encoded by a model that saw none of them', async () => {
      const config = fitConfigFor(plain, { runs: 1, restarts: 2, epochs: 1, componentSteps: 20 });
      const { halves, latents } = await crossFit(grouped, config, new Float32Array(240 * 4).map(Math.random));
      const [first, second] = halves.map(({ rows }) => peopleIn(rows));
      expect([...first].filter((person) => second.has(person))).toEqual([]);
      // A person is tested once: windows of one person are not independent.
      expect(halves.map(({ units }) => units.map((latent) => latent.length))).toEqual(
        [first, second].map(({ size }) => [size, size, size, size]),
      );
      for (const latent of latents) expect(latent.every(Number.isFinite)).toBe(true);
    });

    test('groups of one give the halves of a data set without groups: every other one of a permutation', () => {
      const splits = foldSplits(plain, 5);
      expect(foldSplits({ ...plain, groups: plain.ids }, 5)).toEqual(splits);
      const order = permutation(seedKey(5), 0x40000, 0, 240);
      expect(splits.map(({ test: rows }) => rows)).toEqual(
        [0, 1].map((fold) => order.filter((_, i) => i % 2 === fold)),
      );
      // The first 15 % of the other half.
      expect(splits[0].validation).toEqual(splits[1].test.slice(0, 18).sort());
    });

    test('too few people are not enough, however many windows they have', () => {
      const of = (count: number): Dataset => ({ ...plain, groups: groups.map((_, row) => `p${row % count}`) });
      expect([20, 19, 2, 1].map((count) => isEnough(of(count), 0))).toEqual([true, false, false, false]);
    });
  });

  test('every subject is held out once', async () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, { runs: 1, restarts: 2, epochs: 1, componentSteps: 20 });
    const { halves, latents } = await crossFit(dataset, config, new Float32Array(240 * 4).map(Math.random));
    expect(halves.flatMap(({ rows }) => [...rows]).sort((a, b) => a - b)).toEqual([...dataset.ids.keys()]);
    for (const latent of latents) expect(latent.every(Number.isFinite)).toBe(true);
  });

  test('of more subjects than a sample has, latents are matched on the sample, and tested on all', async () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, SETTINGS);
    const stream = new RandomStream(7, 0);
    const fitted = Float32Array.from({ length: 240 * 4 }, () => stream.normal());
    // Turned round within the modalities and in sign, but for those who are not among the first of each four.
    const encoded = fitted.map((value, i) => ((i >> 2) % 4 === 0 ? -fitted[i ^ 1] : value));
    const found = () => crossFit(dataset, config, fitted, { threads: 1 }, async () => Promise.resolve(encoded));
    const { subjects } = mostSampled;
    mostSampled.subjects = 60;
    try {
      const { halves, latents } = await found();
      expect(halves.map(({ agreement }) => agreement.map((r) => r.toFixed(12)))).toEqual(
        Array.from(halves, () => Array.from({ length: 4 }, () => (1).toFixed(12))),
      );
      expect(halves.map(({ units }) => units.map(({ length }) => length))).toEqual([
        Array(4).fill(120),
        Array(4).fill(120),
      ]);
      for (const latent of latents) expect(latent.every(Number.isFinite)).toBe(true);
    } finally {
      mostSampled.subjects = subjects;
    }
    for (const { agreement } of (await found()).halves) expect(Math.max(...agreement)).toBeLessThan(0.9);
  });
});

describe('a fit with its evidence', () => {
  let model: MultimodalCausalModel;
  beforeAll(async () => {
    model = await MultimodalCausalModel.fit(caseOne(), SMALL);
    await model.save(join(folder, 'run'));
  });

  test('what modalities share is found, and its links stand', () => {
    const { evidence } = model.summary;
    expect(evidence).toMatchObject({ folds: 2, subjects: 240, tested: true, alpha: 0.05 });
    expect(evidence!.pairs).toHaveLength(1);
    expect(evidence!.pairs[0]).toMatchObject({ first: 'm1', second: 'm2', related: true });
    expect(evidence!.pairs[0].p).toBeLessThan(1e-10);
    expect(evidence!.links).toHaveLength(4);
    for (const { from, to } of model.graph.edges.filter((edge) => edge.from[1] !== edge.to[1])) {
      expect(evidence!.links.find(({ first, second }) => first === from && second === to)?.stands).toBe(true);
    }
    expect(model.graph.edges.length).toBeGreaterThan(0);
    expect(Object.keys(model.crossFitted!)).toEqual(['m1', 'm2']);
    expect(model.crossFitted!['m1']).toHaveLength(480);
  });

  test('it is saved with the RUN', async () => {
    const loaded = await MultimodalCausalModel.load(join(folder, 'run'));
    expect(loaded.summary.evidence).toEqual(model.summary.evidence);
    expect(loaded.graph).toEqual(model.graph);
    await loaded.dispose();
  });

  test('without signal the graph has no edge between modalities, and says which were withdrawn', async () => {
    // Edges that cost nothing are found in noise as well.
    const free: FitOptions = { ...SMALL, sparsity: { weight: 0 } };
    const empty = await MultimodalCausalModel.fit(shuffled(caseOne(), 4), free);
    const { evidence } = empty.summary;
    expect(evidence!.pairs[0].related).toBe(false);
    expect(evidence!.links).toEqual([]);
    expect(empty.graph.edges.filter(({ from, to }) => from[1] !== to[1])).toEqual([]);
    expect(evidence!.withdrawn.length).toBeGreaterThan(0);
    await empty.dispose();
  });

  test('too few subjects: nothing is tested, and nothing stands', async () => {
    const few = simulatedDataset(simulate('case1', { samples: 30, test: 5, seed: 1 }));
    const tiny = await MultimodalCausalModel.fit(few, { ...SMALL, epochs: 2 });
    expect(tiny.summary.evidence).toMatchObject({ tested: false, subjects: 35, links: [] });
    expect(tiny.summary.evidence!.pairs[0]).toMatchObject({ p: 1, related: false });
    expect(tiny.graph.edges.filter(({ from, to }) => from[1] !== to[1])).toEqual([]);
    expect(tiny.crossFitted).toBeUndefined();
    await tiny.dispose();
  });

  test('evidence none leaves graph and summary as the fit found them', async () => {
    const plain = await MultimodalCausalModel.fit(caseOne(), { ...SMALL, evidence: 'none' });
    expect(plain.summary.evidence).toBeUndefined();
    expect(await plain.encode(caseOne())).toEqual(await model.encode(caseOne()));
    expect(existsSync(join(folder, 'run/crossfit.csv'))).toBe(false);
    await plain.dispose();
  });
});

describe('a null by permutation', () => {
  test('the study stands out of its refits where something is shared; the least p is 1 / (refits + 1)', async () => {
    const dataset = caseOne();
    const config = fitConfigFor(dataset, SETTINGS);
    const fits: number[] = [];
    const found = await permutationNull(dataset, config, {
      refits: 4,
      seed: 3,
      threads: 1,
      onFit: (done) => fits.push(done),
    });
    expect(fits).toEqual([0, 1, 2, 3, 4]);
    const [pair] = found.pairs;
    expect(pair).toMatchObject({ first: 'm1', second: 'm2', p: 0.2 });
    expect(pair.observed).toBeLessThan(1e-10);
    expect(pair.refits).toHaveLength(4);
    expect(new Set(pair.refits).size).toBe(4);
    expect(Math.min(...pair.refits)).toBeGreaterThan(1e-4);
    const picture = nullSvg(found);
    expect(picture).toContain('m1 – m2');
    expect(picture.match(/<circle/g)).toHaveLength(5);
  });

  test('too few subjects are refused before anything is fitted', async () => {
    const few = simulatedDataset(simulate('case1', { samples: 30, test: 5, seed: 1 }));
    const refused = permutationNull(few, fitConfigFor(few, SETTINGS), { refits: 1, seed: 0 });
    await expect(refused).rejects.toMatchObject({ code: 'too-few-subjects', details: { subjects: 35 } });
  });

  test('shuffling keeps each modality as it was, and pairs its subjects anew', () => {
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

  test('interlatent null prints the study among its refits, writes the picture and JSON', async () => {
    const run = (...args: string[]) => commandHere(args, folder);
    expect(await run('simulate', 'case1', '--samples', '100', '--test', '20', '--out', 'data')).toMatchObject({
      code: 0,
    });
    const study = join(folder, 'data/study.yaml');
    writeFileSync(study, `${readFileSync(study, 'utf8')}${SHORT_TRAINING}`);
    const { code, out } = await run('null', 'data/study.yaml', '--refits', '2', '--out', 'null.svg');
    expect(code).toBe(0);
    expect(out).toMatch(/of 2 refits without signal called a pair related; about 0\.1 are expected/);
    expect(readFileSync(join(folder, 'null.svg'), 'utf8')).toContain('</svg>');
    const json = JSON.parse((await run('null', 'data/study.yaml', '--refits', '1', '--json')).out) as PermutationNull;
    expect(json).toMatchObject({ refits: 1, alpha: 0.05 });
    expect(await run('null', 'data/study.yaml', '--refits', '0')).toMatchObject({ code: 2 });
  });
});
