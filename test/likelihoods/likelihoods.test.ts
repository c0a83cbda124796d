// Compares every likelihood with torch.distributions, its draws with its probabilities, and tests extreme numbers.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { compile } from '../../src/compile/index.js';
import type { ObservationPart } from '../../src/data/observation.js';
import { data, grad, sum } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { likelihoodOf } from '../../src/likelihoods/index.js';
import {
  COLUMN_KINDS,
  kindNamed,
  LIKELIHOOD_NAMES,
  valueScale,
  type LikelihoodName,
} from '../../src/likelihoods/kinds.js';
import type { LikelihoodKind } from '../../src/likelihoods/kind.js';
import { logProbability, meanOf, thetaSize } from '../../src/networks/observation-likelihood.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { BACKENDS } from '../fixtures/backends.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { worstError } from '../fixtures/numbers.js';

interface Observed {
  readonly x: readonly number[];
  readonly logProbability: number;
  readonly slope: readonly number[];
}

interface GoldenCase {
  readonly kind: LikelihoodName;
  readonly theta: readonly number[];
  readonly levels?: number;
  readonly scale?: { readonly mean: number; readonly sd: number };
  /** ln of the subject's size, for a count; it is stored after the count's value. */
  readonly size?: number;
  readonly mean: readonly number[];
  readonly observed: readonly Observed[];
}

/** θ of a column, and its outcomes: values, counts below a maximum, or cells of a line from, to, and with a width. */
interface Drawing extends Omit<GoldenCase, 'observed' | 'mean'> {
  readonly outcomes?: readonly (readonly number[])[];
  readonly maxCount?: number;
  readonly line?: readonly [from: number, to: number, width: number];
}

const golden = JSON.parse(readFileSync(new URL('../golden/likelihoods.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenCase[];
  readonly drawings: readonly Drawing[];
  readonly extremes: readonly (readonly [
    kind: LikelihoodName,
    theta: readonly number[],
    x: readonly number[],
    levels: number | null,
  ])[];
};

const NO_SCALE = { mean: 0, sd: 1 };

/** Returns the observation of one column, and of the size to which its counts are relative. */
function observationOfColumn({ kind, levels, scale, size }: Omit<GoldenCase, 'observed' | 'theta' | 'mean'>) {
  const { values } = likelihoodOf({ likelihood: kind, levels });
  const part: ObservationPart = { likelihood: kind, from: 0, to: values, levels, scales: scale && [scale] };
  const sized: ObservationPart[] = [
    { ...part, size: values },
    { likelihood: 'size', from: values, to: values + 1 },
  ];
  const parts = size === undefined ? [part] : sized;
  return { kind: 'table' as const, shape: [parts.at(-1)!.to], parts, masked: false };
}

/** Builds log probabilities, their slopes and the mean as a graph over all observed values. */
function graphOf(one: GoldenCase) {
  const { theta, observed } = one;
  const observation = observationOfColumn(one);
  const [width, batch] = [observation.shape[0], observed.length];
  const x = data('x', [1, 1, width, batch]);
  const node = data('theta', [1, 1, theta.length, batch]);
  const perValue = logProbability([observation], { values: x }, node);
  const [slope] = grad(sum(perValue, [0, 1, 2, 3]), [node]);
  return {
    outputs: { perSubject: sum(perValue, [0, 1, 2]), slope, mean: meanOf([observation], node, x) },
    feeds: {
      data: {
        x: Float64Array.from({ length: width * batch }, (_, at) => observed[at % batch].x[Math.floor(at / batch)]),
        theta: Float64Array.from({ length: theta.length * batch }, (_, at) => theta[Math.floor(at / batch)]),
      },
    },
  };
}

function constantsOf({ kind, levels, scale = NO_SCALE, observed }: GoldenCase): number[] {
  const likelihood = likelihoodOf({ likelihood: kind, levels });
  return observed.map(({ x }) => likelihood.logConstant(x, valueScale(kind, scale)));
}

const expected = ({ theta, observed }: GoldenCase) => ({
  logProbability: observed.map((one) => one.logProbability),
  slope: theta.flatMap((_, row) => observed.map(({ slope }) => slope[row])),
});

const titleOf = ({ kind, theta, size }: Pick<GoldenCase, 'kind' | 'theta' | 'size'>): string =>
  `${kind} at θ = ${theta.join(', ')}${size === undefined ? '' : `, size e^${size}`}`;

describe('a kind of column', () => {
  test('with a missing fact does not compile', () => {
    const [counts, levels] = [kindNamed('poisson'), kindNamed('binary')];
    if (counts.form !== 'numbers' || counts.isSize || levels.form !== 'levels') throw new Error('other kinds');
    const { link, ...noLink } = counts;
    // @ts-expect-error A kind of numbers has a link.
    const incomplete: LikelihoodKind = noLink;
    expect([link, incomplete]).toHaveLength(2);
    const { coding, ...noCoding } = levels;
    // @ts-expect-error A kind of levels has a coding.
    const uncoded: LikelihoodKind = noCoding;
    expect([coding, uncoded]).toHaveLength(2);
  });

  const page = readFileSync(new URL('../../docs/explanation/likelihoods.md', import.meta.url), 'utf8');

  test.each(COLUMN_KINDS)('%s has its row in the documentation', (name) => {
    const { documentation } = kindNamed(name);
    const cells = name === 'gaussian' ? '`gaussian`, the default' : `\`${name}\``;
    expect(page).toContain(`| ${cells} | ${documentation.for} | ${documentation.cells} | ${documentation.learns} |`);
  });
});

test('every likelihood has golden values, is drawn, and is tested with extreme numbers', () => {
  const { cases, drawings, extremes } = golden;
  for (const kinds of [
    cases.map(({ kind }) => kind),
    drawings.map(({ kind }) => kind),
    extremes.map(([kind]) => kind),
  ]) {
    expect([...new Set(kinds)].sort()).toEqual([...LIKELIHOOD_NAMES].sort());
  }
});

describe.each(golden.cases.map((one) => [titleOf(one), one] as const))('%s', (_, one) => {
  const { outputs, feeds } = graphOf(one);
  const constants = constantsOf(one);

  test('has the log probabilities, slopes and mean of torch.distributions', () => {
    const [perSubject, slope, mean] = evaluate([outputs.perSubject, outputs.slope, outputs.mean], feeds);
    const wanted = expected(one);
    const actual = perSubject.map((value, i) => value + constants[i]);
    expect(worstError(actual, wanted.logProbability)).toBeLessThan(2e-6);
    expect(worstError(slope, wanted.slope)).toBeLessThan(2e-6);
    const batch = one.observed.length;
    expect(
      worstError(
        mean,
        one.mean.flatMap((value) => new Array<number>(batch).fill(value)),
      ),
    ).toBeLessThan(1e-12);
  });

  test.each(BACKENDS.map((backend) => [backend.title, backend] as const))('has them on %s', async (_title, backend) => {
    const run = new PlanRun(compile({ runs: 1, entries: { step: { outputs } } }), backend);
    run.feed(feeds);
    const { perSubject, slope } = (await run.step('step')).outputs;
    const wanted = expected(one);
    // For a count of a million, the logarithm in single precision has an error of about 1e-6 of its value.
    const digits = one.scale && one.scale.mean > 10 ? 2e-2 : 5e-5;
    expect(
      worstError(
        perSubject.map((value, i) => value + constants[i]),
        wanted.logProbability,
      ),
    ).toBeLessThan(digits);
    expect(worstError(slope, wanted.slope)).toBeLessThan(digits);
  });
});

const line = (from: number, to: number, step: number): number[][] =>
  Array.from({ length: Math.round((to - from) / step) }, (_, i) => [from + (i + 0.5) * step]);
const counts = (maxCount: number, { mean, sd }: { readonly mean: number; readonly sd: number }): number[][] =>
  Array.from({ length: maxCount }, (_, count) => [(Math.log1p(count) - mean) / sd]);

/** Returns the outcomes of a drawing; for a density, the middles of cells. */
function outcomesOf({ outcomes, maxCount, line: ends, scale }: Drawing): readonly (readonly number[])[] {
  if (ends) return line(...ends);
  return maxCount === undefined ? outcomes! : counts(maxCount, scale!);
}

describe.each(golden.drawings.map((one) => [titleOf(one), one] as const))('%s', (_, one) => {
  const { kind, theta, levels, scale = NO_SCALE } = one;
  const outcomes = outcomesOf(one);
  const width = one.line?.[2] ?? 1;
  const likelihood = likelihoodOf({ likelihood: kind, levels });
  const { outputs, feeds } = graphOf({
    ...one,
    mean: [],
    observed: outcomes.map((x) => ({ x, logProbability: 0, slope: [] })),
  });
  const [logs, means] = evaluate([outputs.perSubject, outputs.mean], feeds);
  const probabilities = logs.map(
    (log, i) => width * Math.exp(log + likelihood.logConstant(outcomes[i], valueScale(kind, scale))),
  );

  test('its probabilities sum to 1', () => {
    // The tails of Student's t beyond 60 have a probability of 1e-6.
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  test('its mean equals that of its probabilities; for numbers with a link, that of the numbers', () => {
    const row = kindNamed(kind);
    const number = (x: number): number => (row.form === 'numbers' ? row.link.inverse(x * scale.sd + scale.mean) : x);
    outcomes[0].forEach((_value, v) => {
      const expectation = outcomes.reduce((total, x, i) => total + probabilities[i] * number(x[v]), 0);
      expect(number(means[v * outcomes.length]) / expectation).toBeCloseTo(1, 3);
    });
  });

  test('its draws have the frequencies of its probabilities', () => {
    const draws = 20_000;
    const random = new RandomStream(7, 1);
    const key = (x: readonly number[]): string => (one.line ? cellOf(x[0], outcomes[0][0], width) : keyOf(x));
    const frequencies = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const at = key(likelihood.draw(theta, random, valueScale(kind, scale)));
      frequencies.set(at, (frequencies.get(at) ?? 0) + 1);
    }
    // Pearson's χ² over the outcomes with an expected count of at least five.
    let [statistic, cells] = [0, 0];
    outcomes.forEach((x, i) => {
      const wanted = draws * probabilities[i];
      if (wanted < 5) return;
      statistic += ((frequencies.get(key(x)) ?? 0) - wanted) ** 2 / wanted;
      cells++;
    });
    expect(statistic).toBeLessThan(cells + 4 * Math.sqrt(2 * cells));
  });
});

function cellOf(x: number, first: number, width: number): string {
  return String(Math.round((x - first) / width));
}

function keyOf(x: readonly number[]): string {
  return x.map((value) => value.toFixed(6)).join();
}

describe('extreme numbers', () => {
  test.each(golden.extremes)('%s at θ = %j of x = %j is finite, as are its slopes', async (kind, theta, x, levels) => {
    const scale = kindNamed(kind).form === 'numbers' ? { mean: 13.8, sd: 0.6 } : undefined;
    const one: GoldenCase = {
      kind,
      theta,
      ...(levels && { levels }),
      ...(scale && { scale }),
      mean: [],
      observed: [{ x, logProbability: 0, slope: [] }],
    };
    const { outputs, feeds } = graphOf(one);
    const run = new PlanRun(compile({ runs: 1, entries: { step: { outputs } } }));
    run.feed(feeds);
    const actual = Object.values((await run.step('step')).outputs).flatMap((values) => [...values]);
    expect(actual.filter((value) => !Number.isFinite(value))).toEqual([]);
  });
});

test('θ has the decoded numbers of the columns of a part, then their per-column numbers', () => {
  const parts: ObservationPart[] = [
    { likelihood: 'gaussian', from: 0, to: 3 },
    { likelihood: 'robust', from: 3, to: 5 },
    { likelihood: 'categorical', from: 5, to: 11, levels: 3 },
    { likelihood: 'ordinal', from: 11, to: 19, levels: 5 },
  ];
  expect(thetaSize({ kind: 'table', shape: [19], parts, masked: false })).toBe(3 + 4 + 6 + 2 * 4);
});
