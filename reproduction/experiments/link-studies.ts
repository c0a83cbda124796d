// Simulated studies with known links: chains, forks and random graphs of latents that are measured with error, and
// modalities in which only some latents have links. Also studies without signal, with covariates, skipped values or
// groups of unequal size.

import type { Dataset } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { tenths } from '../../src/data/resample.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { tableDataset } from './null-studies.js';

const STREAM = 0x7300_0000;
const COLUMNS = 5;
const GRAPH_LATENTS = 6;

export interface KnownLinks {
  readonly dataset: Dataset;
  /** True latents by modality and latent, by subject. */
  readonly truth: readonly (readonly Float64Array[])[];
  /** Direct links from cause to effect, as positions among all latents. */
  readonly links: readonly (readonly [number, number])[];
}

export interface ChainOptions {
  readonly subjects: number;
  /** Share of the latent in the variance of the mean of a modality's columns. */
  readonly reliability: number;
  /** Direct effect of the first latent on the third. Default: none. */
  readonly direct?: number;
  readonly shape: 'chain' | 'fork';
}

/**
 * Simulates three modalities of five columns with one latent each: a → b → c (effects 0.7 and 0.6) or a ← b → c (0.7
 * and 0.7), with Gaussian noises.
 */
export function chain(seed: number, { subjects, reliability, direct = 0, shape }: ChainOptions): KnownLinks {
  const random = new RandomStream(seed, STREAM);
  const latents = Array.from({ length: 3 }, () => new Float64Array(subjects));
  const [a, b, c] = latents;
  for (let i = 0; i < subjects; i++) {
    if (shape === 'chain') {
      a[i] = random.normal();
      b[i] = 0.7 * a[i] + 0.714 * random.normal();
      c[i] = 0.6 * b[i] + direct * a[i] + 0.6 * random.normal();
    } else {
      b[i] = random.normal();
      a[i] = 0.7 * b[i] + 0.714 * random.normal();
      c[i] = 0.7 * b[i] + direct * a[i] + 0.6 * random.normal();
    }
  }
  const raw = latents.map((values) => measured(random, values, reliability));
  const first = shape === 'chain' ? ([0, 1] as const) : ([1, 0] as const);
  const links = [first, [1, 2], ...(direct === 0 ? [] : [[0, 2] as const])] as const;
  const dataset = tableDataset({ names: ['a', 'b', 'c'], latents: [1, 1, 1] }, raw, namesOf(subjects));
  return { dataset, truth: latents.map((one) => [one]), links };
}

/**
 * Simulates three modalities of twelve columns. Modality a has two latents: the first is linked only with b, the second
 * only with c (effects 0.7). Noises are Laplace.
 */
export function crossed(seed: number, subjects: number): KnownLinks {
  const random = new RandomStream(seed, STREAM + 1);
  const noise = () => random.laplace();
  const make = (of: () => number) => Float64Array.from({ length: subjects }, of);
  const first = [make(noise), make(noise)];
  const follow = (cause: Float64Array) => cause.map((z) => 0.7 * z + 0.71 * noise());
  const truth = [first, [follow(first[0])], [follow(first[1])]];
  const raw = truth.map((latents) => mixed(random, latents, 12));
  const dataset = tableDataset({ names: ['a', 'b', 'c'], latents: [2, 1, 1] }, raw, namesOf(subjects));
  return {
    dataset,
    truth,
    links: [
      [0, 2],
      [1, 3],
    ],
  };
}

/**
 * Simulates six modalities of five columns (reliability 0.9) with one latent each, in a random directed graph. Each
 * latent has up to two causes among its predecessors in a random order. Effects have a random sign and an absolute
 * value from 0.35 to 0.6. Noises are Gaussian.
 */
export function randomGraph(seed: number, subjects: number): KnownLinks {
  const random = new RandomStream(seed, STREAM + 6);
  const order = random.permutation(GRAPH_LATENTS);
  const latents = new Array<Float64Array>(GRAPH_LATENTS);
  const links: [number, number][] = [];
  order.forEach((latent, position) => {
    const causes = [...random.permutation(position)].slice(0, Math.floor(3 * random.uniform())).map((at) => order[at]);
    const effects = causes.map(() => (random.uniform() < 0.5 ? -1 : 1) * random.between(0.35, 0.6));
    links.push(...causes.map((cause): [number, number] => [cause, latent]));
    const values = Float64Array.from({ length: subjects }, (_, i) =>
      causes.reduce((sum, cause, c) => sum + effects[c] * latents[cause][i], 0.75 * random.normal()),
    );
    latents[latent] = standardised(values);
  });
  const raw = latents.map((values) => measured(random, values, 0.9));
  const names = latents.map((_, latent) => `m${latent + 1}`);
  const dataset = tableDataset({ names, latents: names.map(() => 1) }, raw, namesOf(subjects));
  return { dataset, truth: latents.map((one) => [one]), links };
}

/** Simulates two independent modalities of 50 and 8 columns with one latent each. */
export function narrow(seed: number, subjects: number): Dataset {
  const random = new RandomStream(seed, STREAM + 2);
  const make = () => Float64Array.from({ length: subjects }, () => random.normal());
  const raw = [observed(random, [make()], 50), observed(random, [make()], 8)];
  return tableDataset({ names: ['a', 'b'], latents: [1, 1] }, raw, namesOf(subjects));
}

/**
 * Simulates two modalities that depend on ten covariates and are otherwise independent. The covariates act on all
 * columns and are adjusted for by least squares on the training split, as in a study with `adjust`.
 */
export function covariates(seed: number, subjects: number): Dataset {
  const random = new RandomStream(seed, STREAM + 3);
  const make = () => Float64Array.from({ length: subjects }, () => random.normal());
  const terms = Array.from({ length: 10 }, () => standardised(make()));
  const raw = [0, 1].map(() =>
    observed(random, [make(), make()], 8).map((column) => {
      const slopes = terms.map(() => 0.3 * random.normal());
      return column.map((value, i) => value + terms.reduce((sum, term, t) => sum + slopes[t] * term[i], 0));
    }),
  );
  const { train } = tenths(subjects);
  const residuals = raw.map((columns) => columns.map((column) => withoutTerms(column, terms, train)));
  const dataset = tableDataset({ names: ['a', 'b'], latents: [2, 2] }, residuals, namesOf(subjects));
  const whole = { ...dataset, covariates: terms };
  return { ...whole, fingerprint: fingerprintOf(whole) };
}

/**
 * Simulates a randomised dose of four levels, the only column of its modality, and a modality of thirty columns. The
 * dose explains 0.55 of the variance of their largest factor.
 */
export function dose(seed: number, subjects: number): Dataset {
  const random = new RandomStream(seed, STREAM + 7);
  const make = () => Float64Array.from({ length: subjects }, () => random.normal());
  const order = random.permutation(subjects);
  const levels = standardised(Float64Array.from(order, (place) => place % 4));
  const largest = make().map((value, i) => 2 * (Math.sqrt(0.55) * levels[i] + Math.sqrt(0.45) * value));
  const raw = [[levels], mixed(random, [largest, make(), make()], 30)];
  return tableDataset({ names: ['dose', 'response'], latents: [1, 2] }, raw, namesOf(subjects));
}

/** Simulates two independent modalities. Each subject skips the same share of both, from none to two thirds. */
export function gaps(seed: number, subjects: number): Dataset {
  const random = new RandomStream(seed, STREAM + 5);
  const make = () => Float64Array.from({ length: subjects }, () => random.normal());
  const skipped = Float64Array.from({ length: subjects }, () => random.between(0, 2 / 3));
  const raw = [0, 1].map(() => {
    const [first, ...rest] = observed(random, [make(), make()], 12);
    return [first, ...rest.map((column) => column.map((value, i) => (random.uniform() < skipped[i] ? NaN : value)))];
  });
  return tableDataset({ names: ['a', 'b'], latents: [2, 2] }, raw, namesOf(subjects));
}

/** Simulates two independent modalities whose rows belong to groups of 1 and of 30 similar rows. */
export function unequalGroups(seed: number, groups: number): Dataset {
  const random = new RandomStream(seed, STREAM + 4);
  const sizes = Array.from({ length: groups }, (_, g) => (g % 2 === 0 ? 1 : 30));
  const rows = sizes.flatMap((size, g) => new Array<number>(size).fill(g));
  const make = () => {
    const means = sizes.map(() => random.normal());
    return Float64Array.from(rows, (g) => Math.SQRT1_2 * (means[g] + random.normal()));
  };
  const raw = [0, 1].map(() => observed(random, [make(), make()], 8));
  const order = random.permutation(rows.length);
  const moved = raw.map((columns) => columns.map((column) => Float64Array.from(order, (row) => column[row])));
  const dataset = tableDataset({ names: ['a', 'b'], latents: [2, 2] }, moved, namesOf(rows.length));
  const whole = { ...dataset, groups: Array.from(order, (row) => `g${rows[row]}`) };
  return { ...whole, fingerprint: fingerprintOf(whole) };
}

/** Returns five columns of a latent with noise such that their mean has the reliability. */
function measured(random: RandomStream, latent: Float64Array, reliability: number): Float64Array[] {
  const noise = Math.sqrt((COLUMNS * (1 - reliability)) / reliability);
  const standard = standardised(latent);
  return Array.from({ length: COLUMNS }, () => {
    const loading = random.between(0.8, 1.2);
    return standard.map((z) => loading * z + noise * random.normal());
  });
}

/** Returns columns that mix latents, a private factor and noise of half a standard deviation. */
function observed(random: RandomStream, latents: readonly Float64Array[], columns: number): Float64Array[] {
  return mixed(random, [...latents, latents[0].map(() => random.normal())], columns);
}

/** Returns columns that mix factors and noise of half a standard deviation. */
function mixed(random: RandomStream, factors: readonly Float64Array[], columns: number): Float64Array[] {
  return Array.from({ length: columns }, () => {
    const loadings = factors.map(() => random.normal());
    return factors[0].map((_, i) => factors.reduce((sum, z, k) => sum + loadings[k] * z[i], 0.5 * random.normal()));
  });
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / sd);
}

/** Returns a column minus its least-squares fit by the terms over some rows (Gram–Schmidt). */
function withoutTerms(column: Float64Array, terms: readonly Float64Array[], rows: Int32Array): Float64Array {
  const basis: Float64Array[] = [];
  const project = (values: Float64Array): Float64Array => {
    const rest = values.slice();
    for (const direction of basis) {
      const share = rows.reduce((sum, row) => sum + rest[row] * direction[row], 0);
      for (let i = 0; i < rest.length; i++) rest[i] -= share * direction[i];
    }
    return rest;
  };
  for (const term of [column.map(() => 1), ...terms]) {
    const rest = project(term);
    const length = Math.sqrt(rows.reduce((sum, row) => sum + rest[row] ** 2, 0));
    basis.push(rest.map((value) => value / length));
  }
  return project(column);
}

function namesOf(subjects: number): string[] {
  return Array.from({ length: subjects }, (_, i) => `s${i + 1}`);
}
