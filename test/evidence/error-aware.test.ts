// Links of latents that are measured with error: covariances without the errors against NumPy and closed forms, and the
// search that uses them. Level and power match a simulation with five columns per modality
// (docs/explanation/evidence.md).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inverse, Matrix } from 'ml-matrix';
import { partialCovariance, type Measured } from '../../src/evidence/error-aware.js';
import { pooledTest } from '../../src/evidence/pooled-test.js';
import { withoutLink, type SearchedLink } from '../../src/evidence/searched-link.js';
import { searchSkeleton, type SkeletonQuestion } from '../../src/evidence/skeleton-search.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { normalColumns } from '../fixtures/draws.js';

interface Golden {
  readonly partial: readonly { x: number[]; y: number[]; a: number[][]; b: number[][]; z: number }[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/evidence.json'), 'utf8')) as Golden;

/** Returns a variable that is measured without error. */
const exact = (values: Float64Array, source: string): Measured => ({ whole: values, a: values, b: values, source });

/** Returns a variable whose two forms, with independent errors, are the means of three and of two columns. */
function measured(random: RandomStream, truth: Float64Array, error: number, source: string): Measured {
  const mean = (columns: readonly Float64Array[]) =>
    truth.map((_, i) => columns.reduce((sum, column) => sum + column[i], 0) / columns.length);
  const columns = Array.from({ length: 5 }, () => {
    const loading = 0.8 + 0.4 * random.uniform();
    return truth.map((value) => loading * value + error * random.normal());
  });
  return { whole: mean(columns), a: mean(columns.slice(0, 3)), b: mean(columns.slice(3)), source };
}

/** Noise of a column, by the reliability of a mean of five columns. */
const ERROR = { 0.9: 0.75, 0.7: 1.46 } as const;

/** Returns a chain 0 → 1 → 2 with a direct effect 0 → 2; all variances are 1. */
function chain(random: RandomStream, units: number, direct: number): Float64Array[] {
  const [first, u, v] = normalColumns(random, units, 3);
  const second = first.map((value, i) => 0.7 * value + 0.714 * u[i]);
  const third = second.map((value, i) => 0.6 * value + direct * first[i] + 0.6 * v[i]);
  // Var = 0.36 + direct² + 2 · 0.6 · 0.7 · direct + 0.36.
  const sd = Math.sqrt(0.72 + direct ** 2 + 0.84 * direct);
  return [first, second, third.map((value) => value / sd)];
}

/** Returns the chain's correlation of 0 and 2 given 1, by Gaussian algebra. */
function truePartial(direct: number): number {
  const sd = Math.sqrt(0.72 + direct ** 2 + 0.84 * direct);
  const [r01, r12, r02] = [0.7, (0.6 + 0.7 * direct) / sd, (0.42 + direct) / sd];
  return (r02 - r01 * r12) / Math.sqrt((1 - r01 ** 2) * (1 - r12 ** 2));
}

const measuredChain = (random: RandomStream, units: number, direct: number, error: number): Measured[] =>
  chain(random, units, direct).map((truth, m) => measured(random, truth, error, `m${m}`));

describe('covariances without measurement errors', () => {
  test.each(golden.partial.map((one) => [one.x.length, one.a.length, one] as const))(
    'of %i units given %i have the z of NumPy: the estimate over a jackknife standard error',
    (_units, _size, { x, y, a, b, z }) => {
      const conditioning = a.map((form, k): Measured => {
        const [one, other] = [Float64Array.from(form), Float64Array.from(b[k])];
        return { whole: one.map((value, i) => (value + other[i]) / 2), a: one, b: other, source: `s${k}` };
      });
      const result = partialCovariance(
        exact(Float64Array.from(x), 'x'),
        exact(Float64Array.from(y), 'y'),
        conditioning,
      );
      // Standard errors from the influence function and the jackknife differ in second order.
      expect(result.z / z).toBeGreaterThan(0.95);
      expect(result.z / z).toBeLessThan(1.06);
      expect(result.isIdentified).toBe(true);
    },
  );

  test.each([
    [0, 0.9],
    [0.3, 0.9],
    [0.3, 0.7],
    [0, 0.7],
  ] as const)('of a chain with a direct effect of %d and reliability %d tend to the truth', (direct, reliability) => {
    const random = new RandomStream(3, 0);
    const [x, s, y] = measuredChain(random, 40_000, direct, ERROR[reliability]);
    const result = partialCovariance(x, y, [s]);
    const truth = truePartial(direct);
    expect(Math.abs(result.correlation - truth)).toBeLessThan(4 * result.correlationError);
    expect(result.correlationError).toBeLessThan(0.03);
    // The measured values stay associated, because conditioning removes too little.
    if (direct === 0) expect(result.plain).toBeGreaterThan(4 * result.plainError);
  });

  test('given variables without measurement error are ordinary partial correlations', () => {
    const random = new RandomStream(4, 0);
    const [x, s, y] = chain(random, 500, 0.2);
    const [t] = normalColumns(random, 500, 1);
    const result = partialCovariance(exact(x, 'x'), exact(y, 'y'), [exact(s, 's'), exact(t, 't')]);
    // Include squares and cubes of the conditioning variables.
    const powers = [s, t].flatMap((one) => [1, 2, 3].map((power) => one.map((value) => value ** power)));
    const centred = [x, y, ...powers].map((column) => {
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
      return [...column].map((value) => value - mean);
    });
    const rows = new Matrix(centred);
    const precision = inverse(rows.mmul(rows.transpose()));
    const expected = -precision.get(0, 1) / Math.sqrt(precision.get(0, 0) * precision.get(1, 1));
    expect(result.correlation).toBeCloseTo(expected, 9);
    expect(result.plain).toBeCloseTo(expected, 9);
    expect(result.z).toBeCloseTo(result.plainZ, 10);
    // z agrees with Fisher's z to the order of its standard error.
    expect(Math.abs(result.z / (Math.atanh(expected) * Math.sqrt(500 - 9)) - 1)).toBeLessThan(0.15);
  });

  test('given a curved common cause that is measured with error are zero', () => {
    const random = new RandomStream(15, 0);
    const studies = 60;
    let [rejected, associated] = [0, 0];
    for (let study = 0; study < studies; study++) {
      const [s, u, v] = normalColumns(random, 1000, 3);
      const x = exact(
        s.map((value, i) => value ** 2 + u[i]),
        'x',
      );
      const y = exact(
        s.map((value, i) => value + 0.5 * value ** 2 + v[i]),
        'y',
      );
      rejected += Number(Math.abs(partialCovariance(x, y, [measured(random, s, 0.75, 's')]).z) > 2.576);
      associated += Number(Math.abs(partialCovariance(x, y, []).z) > 2.576);
    }
    expect(associated).toBe(studies);
    expect(rejected / studies).toBeLessThan(0.01 + 3 * Math.sqrt((0.01 * 0.99) / studies));
  });

  test('do not include errors that a variable shares with conditioning variables of its modality', () => {
    const random = new RandomStream(5, 0);
    const reject = (source: string) => {
      let rejected = 0;
      for (let study = 0; study < 60; study++) {
        const [x, s, y] = chain(random, 1000, 0);
        const [a, b] = normalColumns(random, 1000, 2);
        const shared = (truth: Float64Array, source: string): Measured => {
          const forms = [a, b].map((error) => truth.map((value, i) => value + 0.6 * error[i]));
          return { whole: truth.map((_, i) => (forms[0][i] + forms[1][i]) / 2), a: forms[0], b: forms[1], source };
        };
        rejected += Number(Math.abs(partialCovariance(exact(x, 'x'), shared(y, source), [shared(s, 's')]).z) > 2.576);
      }
      return rejected / 60;
    };
    expect(reject('s')).toBeLessThan(0.01 + 3 * Math.sqrt((0.01 * 0.99) / 60));
    expect(reject('another')).toBeGreaterThan(0.5);
  });

  test('are not identified if the forms of a conditioning variable are nearly uncorrelated', () => {
    const random = new RandomStream(6, 0);
    const [x, y, whole, a, b] = normalColumns(random, 400, 5);
    const noise = { whole, a, b, source: 's' };
    expect(partialCovariance(exact(x, 'x'), exact(y, 'y'), [noise]).isIdentified).toBe(false);
    expect(partialCovariance(exact(x, 'x'), exact(y, 'y'), []).isIdentified).toBe(true);
  });

  test('of copies and of constant variables are numbers in [−1, 1]', () => {
    const [x] = normalColumns(new RandomStream(7, 0), 100, 1);
    const flat = new Float64Array(100).fill(3);
    for (const [one, other] of [
      [x, x],
      [x, flat],
      [flat, flat],
    ]) {
      const result = partialCovariance(exact(one, 'x'), exact(other, 'y'), []);
      for (const value of Object.values(result)) expect(Number.isNaN(value)).toBe(false);
      expect(Math.abs(result.correlation)).toBeLessThanOrEqual(1);
    }
  });
});

describe('the test of a direct effect beyond a chain, at α = 0.01', () => {
  const rejected = (units: number, direct: number, error: number, studies: number) => {
    const random = new RandomStream(units, Math.round(10 * direct + 100 * error));
    const counts = { aware: 0, plain: 0, pooled: 0 };
    for (let study = 0; study < studies; study++) {
      const [x, s, y] = measuredChain(random, units, direct, error);
      const { z, plainZ } = partialCovariance(x, y, [s]);
      counts.aware += Number(Math.abs(z) > 2.576);
      counts.plain += Number(Math.abs(plainZ) > 2.576);
      counts.pooled += Number(pooledTest([[[x, y, s]]], { x: 0, y: 1, conditioning: [2] }).p < 0.01);
    }
    return { aware: counts.aware / studies, plain: counts.plain / studies, pooled: counts.pooled / studies };
  };
  // Shares of 200 studies in the reference simulation in NumPy: 0.01 to 0.02 without an effect, and those below with
  // one.
  test.each([
    [500, 0.9],
    [500, 0.7],
    [2000, 0.7],
  ] as const)('keeps its level at %i units, reliability %d, where partial correlation does not', (units, r) => {
    const result = rejected(units, 0, ERROR[r], 120);
    expect(result.aware).toBeLessThan(0.01 + 3 * Math.sqrt((0.01 * 0.99) / 120));
    expect(result.pooled).toBeLessThanOrEqual(result.aware);
    expect(result.plain).toBeGreaterThan(0.1);
  });

  test.each([
    [500, 0.3, 0.9, 1],
    [500, 0.2, 0.9, 0.84],
    [2000, 0.3, 0.7, 1],
    [2000, 0.2, 0.7, 0.92],
  ] as const)('at %i units detects an effect of %d with reliability %d in a share of %d', (units, direct, r, share) => {
    const studies = 60;
    const { aware } = rejected(units, direct, ERROR[r], studies);
    expect(aware).toBeGreaterThan(share - 0.03 - 3 * Math.sqrt((share * (1 - share)) / studies));
  });

  test('over folds and splits: p is not smaller than that of all units together, and intervals cover', () => {
    const random = new RandomStream(8, 0);
    const truth = truePartial(0.2);
    let covered = 0;
    const studies = 80;
    for (let study = 0; study < studies; study++) {
      const folds = [0, 1].map(() => measuredChain(random, 500, 0.2, ERROR[0.9]));
      const result = pooledTest([folds, folds, folds], { x: 0, y: 2, conditioning: [1] });
      const once = pooledTest([folds], { x: 0, y: 2, conditioning: [1] });
      expect(result.p).toBeCloseTo(once.p, 10);
      expect(result.folds).toHaveLength(2);
      covered += Number(result.lower <= truth && truth <= result.upper);
    }
    expect(covered / studies).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.05 * 0.95) / studies));
  });
});

describe('the search for direct links', () => {
  type Effects = readonly (readonly [number, number, number])[];
  /** Returns two folds of latents that cause each other in the order of their numbers, measured with error. */
  function folds(random: RandomStream, units: number, count: number, effects: Effects, error: number): Measured[][] {
    return [0, 1].map(() => {
      const values = normalColumns(random, units, count);
      for (let to = 0; to < count; to++) {
        for (const [from, target, strength] of effects) {
          if (target === to) values[to] = values[to].map((value, i) => value + strength * values[from][i]);
        }
        const sd = Math.sqrt(values[to].reduce((sum, value) => sum + value ** 2, 0) / units);
        values[to] = values[to].map((value) => value / sd);
      }
      return values.map((truth, m) => measured(random, truth, error, `m${m}`));
    });
  }
  const search = (
    splits: readonly (readonly Measured[][])[],
    more: Partial<SkeletonQuestion> = {},
  ): Promise<SearchedLink[]> =>
    searchSkeleton({
      splits,
      isTested: () => true,
      isNeighbour: () => false,
      ...more,
    });
  const verdicts = (links: readonly SearchedLink[]) =>
    Object.fromEntries(links.map(({ x, y, verdict, reason }) => [`${x}${y}`, reason ?? verdict]));

  test.each<[string, Effects, Record<string, string>]>([
    [
      'a chain',
      [
        [0, 1, 1],
        [1, 2, 1],
      ],
      { '01': 'supported', '02': 'explained', '12': 'supported' },
    ],
    [
      'a fork',
      [
        [0, 1, 1],
        [0, 2, 1],
      ],
      { '01': 'supported', '02': 'supported', '12': 'explained' },
    ],
    [
      'a collider',
      [
        [0, 2, 0.8],
        [1, 2, 0.8],
      ],
      { '01': 'explained', '02': 'supported', '12': 'supported' },
    ],
    [
      'a chain with a direct effect',
      [
        [0, 1, 1],
        [1, 2, 0.7],
        [0, 2, 0.7],
      ],
      { '01': 'supported', '02': 'supported', '12': 'supported' },
    ],
  ])('finds %s', async (_, effects, expected) => {
    const links = await search([folds(new RandomStream(2, 0), 1500, 3, effects, 0.75)]);
    expect(verdicts(links)).toEqual(expected);
    for (const { conditioning, direct, verdict, marginal } of links) {
      if (verdict !== 'not-supported') continue;
      expect(Math.max(direct.upper, -direct.lower)).toBeLessThan(0.3);
      // The causes of a collider are not associated; the ends of a chain and a fork are.
      expect(conditioning.length).toBe(marginal.p > 0.01 ? 0 : 1);
    }
  });

  test('the conditioning variables are those that explain, and the marginal association is kept', async () => {
    const effects: Effects = [
      [0, 1, 1],
      [1, 2, 1],
    ];
    const [, shortcut] = await search([folds(new RandomStream(2, 0), 1500, 3, effects, 0.75)]);
    expect(shortcut).toMatchObject({ x: 0, y: 2, conditioning: [1] });
    expect(shortcut.marginal.p).toBeLessThan(1e-10);
    expect(shortcut.direct.p).toBeGreaterThan(0.01);
  });

  test('without power a link is undecided and never absent', async () => {
    const links = await search([folds(new RandomStream(3, 0), 40, 3, [[0, 1, 1]], 1.46)]);
    const [, other] = links;
    expect(other).toMatchObject({ x: 0, y: 2, verdict: 'undecided', reason: 'low-power' });
    expect(Math.max(other.direct.upper, -other.direct.lower)).toBeGreaterThan(0.3);
  });

  test.each([
    ['explained', 0.05, 0.02, 0.08],
    ['low-power', 0.1, -0.1, 0.4],
    // This is significant at 5 %, but not at 1 %.
    ['low-power', 0.2, 0.01, 0.39],
    // The interval of an insignificant test excludes 0: folds disagree, or the test without correction does.
    ['inconsistent', 0.37, 0.29, 0.45],
    ['inconsistent', -0.37, -0.45, -0.29],
  ])('an explained pair is %s: %d (%d to %d)', (reason, correlation, lower, upper) => {
    expect(withoutLink({ correlation, lower, upper, isIdentified: true }).reason).toBe(reason);
  });

  test('a variable that cannot be conditioned on leaves the link undecided', async () => {
    const effects: Effects = [
      [0, 1, 1],
      [1, 2, 1],
    ];
    const splits = [folds(new RandomStream(2, 0), 1500, 3, effects, 0.75)];
    const withoutForms = (all: readonly (readonly Measured[][])[]) =>
      all.map((two) => two.map(([x, s, y]) => [x, { ...s, a: s.whole, b: s.whole, isUnmeasured: true }, y]));
    expect(verdicts(await search(withoutForms(splits)))).toMatchObject({ '02': 'not-measured' });
    // A link that no admissible error explains is still supported.
    const direct: Effects = [...effects, [0, 2, 2]];
    const links = await search(withoutForms([folds(new RandomStream(2, 0), 1500, 3, direct, 0.75)]));
    expect(verdicts(links)).toMatchObject({ '02': 'supported' });
    // It is not supported if the forms do not measure the truth.
    const random = new RandomStream(4, 0);
    const blind = splits.map((two) =>
      two.map(([x, s, y]) => {
        const [a, b] = normalColumns(random, 1500, 2);
        return [x, { ...s, a, b }, y];
      }),
    );
    expect(verdicts(await search(blind))['02']).not.toBe('supported');
  });

  test('a latent that one column measures is not explained by other latents of its modality', async () => {
    const random = new RandomStream(7, 0);
    const two = [0, 1].map((): Measured[] => {
      const [x, s, e] = normalColumns(random, 1500, 3);
      const y = x.map((value, i) => value + e[i]);
      // The second form lacks the only column of x.
      const [noise] = normalColumns(random, 1500, 1);
      const alone = { whole: x, a: x, b: noise, source: 'eye' };
      return [alone, measured(random, s, 0.75, 'eye'), measured(random, y, 0.75, 'other')];
    });
    const links = await search([two], { isTested: (_, y) => y === 2, isNeighbour: (x, y) => x === 0 && y === 1 });
    expect(verdicts(links)).toEqual({ '02': 'supported', '12': 'explained' });
    expect(links[0].direct.lower).toBeGreaterThan(0.4);
  });

  test('too few units leave everything undecided', async () => {
    const links = await search([folds(new RandomStream(5, 0), 8, 2, [[0, 1, 3]], 0.1)]);
    expect(links).toMatchObject([{ verdict: 'undecided', q: 1 }]);
  });

  test('only requested pairs are tested', async () => {
    const links = await search([folds(new RandomStream(6, 0), 300, 4, [[0, 1, 1]], 0.75)], {
      isTested: (x, y) => x === 0 && y === 1,
    });
    expect(links).toMatchObject([{ x: 0, y: 1, verdict: 'supported' }]);
  });

  test('a link that is significant alone, but not among all, is undecided', async () => {
    // With ten links Holm requires p ≤ 0.005. One of many studies has a p between that and 0.01.
    for (let seed = 0; ; seed++) {
      const links = await search([folds(new RandomStream(seed, 1), 120, 5, [[0, 1, 0.28]], 0.3)]);
      const [first] = links;
      if (first.direct.p <= 0.0051 || first.direct.p >= 0.0099) continue;
      expect(first.q).toBeGreaterThan(0.05);
      expect(first).toMatchObject({ verdict: 'undecided', reason: 'corrected' });
      break;
    }
  });

  test('a significant link that is so small that imperfect forms could cause it is undecided', async () => {
    const random = new RandomStream(9, 0);
    const fold = (): Measured[] => {
      const [x, noise] = normalColumns(random, 20_000, 2);
      return [
        exact(x, 'x'),
        exact(
          noise.map((value, i) => value + 0.04 * x[i]),
          'y',
        ),
      ];
    };
    const [link] = await search([[fold(), fold()]]);
    expect(link.q).toBeLessThan(0.001);
    expect(link).toMatchObject({ verdict: 'undecided', reason: 'small' });
  });

  test('latents without any link have a supported one in at most one study of twenty', async () => {
    let result = 0;
    for (let seed = 0; seed < 60; seed++) {
      const links = await search([folds(new RandomStream(seed, 2), 100, 4, [], 0.75)]);
      result += Number(links.some(({ verdict }) => verdict === 'supported'));
    }
    expect(result / 60).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 60));
  });
});
