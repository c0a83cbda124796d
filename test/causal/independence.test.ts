// Independence tests against SciPy: tails, partial correlations, stratified tables, missing values, and refusals.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chiSquare, gSquare } from '../../src/causal/discovery/independence/contingency.js';
import { dSeparation } from '../../src/causal/discovery/independence/d-separation.js';
import { chiSquareTail, normalTwoSided } from '../../src/causal/discovery/independence/distributions.js';
import { logGamma } from '../../src/graph/special.js';
import { fisherZ } from '../../src/causal/discovery/independence/fisher-z.js';
import { mixedTest } from '../../src/causal/discovery/independence/mixed.js';
import { pc } from '../../src/causal/discovery/search/pc.js';
import { RememberedTest, type IndependenceTest } from '../../src/causal/discovery/independence/independence.js';
import { graphFromEdges, TAIL, ARROW, type CausalGraph } from '../../src/causal/discovery/causal-graph.js';
import { generator, normals } from '../fixtures/numbers.js';

type Case = [x: number, y: number, conditioning: number[], p: number, rows: number, second?: number];
interface Table {
  readonly columns: (number | null)[][];
  readonly cases: Case[];
}
interface Golden {
  readonly normal: [number, number][];
  readonly chiSquare: [number, number, number][];
  readonly continuous: Table;
  readonly discrete: Table;
  readonly mixed: Table;
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/discovery.json'), 'utf8')) as Golden;

function columnsOf({ columns }: Table) {
  return columns.map((values, i) => ({ name: `c${i}`, values: Float64Array.from(values, (value) => value ?? NaN) }));
}

function relative(value: number, truth: number): number {
  return value === truth ? 0 : Math.abs(value - truth) / Math.abs(truth);
}

describe('tails', () => {
  test('normal tails are accurate down to 1e-300', () => {
    for (const [z, p] of golden.normal) expect(relative(normalTwoSided(z), p)).toBeLessThan(2e-13);
  });

  test('χ² with 1 to 20,000 degrees of freedom', () => {
    for (const [x, degrees, p] of golden.chiSquare) expect(relative(chiSquareTail(x, degrees), p)).toBeLessThan(1e-11);
  });

  test('ln Γ of whole numbers is the sum of logarithms', () => {
    let sum = 0;
    for (let n = 1; n < 60; n++) {
      expect(Math.abs(logGamma(n) - sum)).toBeLessThan(1e-13 * (1 + sum));
      sum += Math.log(n);
    }
  });

  test('the ends', () => {
    expect(normalTwoSided(0)).toBe(1);
    expect(normalTwoSided(Infinity)).toBe(0);
    expect(normalTwoSided(-2)).toBe(normalTwoSided(2));
    expect(chiSquareTail(0, 3)).toBe(1);
  });
});

describe('Fisher z', () => {
  const fisher = fisherZ(columnsOf(golden.continuous));
  test.each(golden.continuous.cases)('%d and %d given %j', (x, y, conditioning, p, rows) => {
    const result = fisher.test(x, y, conditioning);
    expect(result.rows).toBe(rows);
    expect(relative(result.p, p)).toBeLessThan(1e-9);
    expect(relative(fisher.test(y, x, [...conditioning].reverse()).p, p)).toBeLessThan(1e-9);
  });

  test('a duplicate column is dependent and not an error, but a linearly dependent column is an error', () => {
    const next = generator(3);
    const [a, b] = [0, 1].map(() => Float64Array.from({ length: 50 }, () => next()));
    const sum = a.map((value, i) => value + b[i]);
    const tests = fisherZ([
      { name: 'a', values: a },
      { name: 'b', values: b },
      { name: 'copy', values: a.slice() },
      { name: 'sum', values: sum },
    ]);
    expect(tests.test(0, 2, []).p).toBeLessThan(1e-200);
    expect(() => tests.test(0, 1, [2])).toThrow(expect.objectContaining({ code: 'collinear-columns' }));
    expect(() => tests.test(0, 2, [1, 3])).toThrow(/'copy'|'a'/);
  });

  test('a constant column and too few rows are input errors', () => {
    const values = Float64Array.of(1, 2, 4, 9);
    expect(() => fisherZ([{ name: 'flat', values: Float64Array.of(3, 3, 3, 3) }])).toThrow(
      expect.objectContaining({ code: 'constant-column', message: expect.stringContaining('flat') }),
    );
    const three = ['a', 'b', 'c'].map((name, i) => ({ name, values: values.map((v) => v ** (i + 1)) }));
    expect(() => fisherZ(three).test(0, 1, [2])).toThrow(expect.objectContaining({ code: 'too-few-rows' }));
  });
});

describe('χ² and G²', () => {
  const columns = columnsOf(golden.discrete);
  test.each(golden.discrete.cases)('%d and %d given %j', (x, y, conditioning, p, rows, gP) => {
    const result = chiSquare(columns).test(x, y, conditioning);
    expect(result.rows).toBe(rows);
    expect(relative(result.p, p)).toBeLessThan(1e-10);
    expect(relative(gSquare(columns).test(x, y, conditioning).p, gP!)).toBeLessThan(1e-10);
  });

  test('a continuous column is refused with its name', () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => i);
    expect(() => chiSquare([{ name: 'weight', values }])).toThrow(
      expect.objectContaining({ code: 'too-many-levels', message: expect.stringContaining('weight') }),
    );
  });
});

describe('mixed types', () => {
  const columns = columnsOf(golden.mixed);
  const result = mixedTest(columns);
  test.each(golden.mixed.cases)('%d and %d given %j', (x, y, conditioning, p, rows) => {
    expect(result.test(x, y, conditioning).rows).toBe(rows);
    expect(relative(result.test(x, y, conditioning).p, p)).toBeLessThan(1e-4);
    expect(result.test(y, x, [...conditioning].reverse()).p).toBeCloseTo(result.test(x, y, conditioning).p, 9);
  });

  test('a negligible p-value may be an upper bound, and the graph and its p-values equal those of exact tests', () => {
    const next = generator(5);
    // A chain of six variables, alternately with few levels, and with gaps.
    const chain: Float64Array[] = [];
    for (let i = 0; i < 6; i++) {
      const before = chain.at(-1);
      const values = Float64Array.from({ length: 400 }, (_, row) => {
        const value = (before?.[row] || 0) + 3 * (next() - 0.5);
        return i % 2 === 0 ? value : i % 4 === 1 ? Math.round(Math.max(-1, Math.min(2, value))) : Number(value > 0);
      });
      chain.push(values);
    }
    chain[1][7] = chain[4][9] = NaN;
    const exact = mixedTest(chain.map((values, i) => ({ name: `c${i}`, values })));
    const bounds: { p: number; negligible: number; truth: number }[] = [];
    const watched: IndependenceTest = {
      ...exact,
      test(x, y, conditioning, negligible = 0) {
        const answer = exact.test(x, y, conditioning, negligible);
        const truth = exact.test(x, y, conditioning).p;
        if (answer.isBound) bounds.push({ p: answer.p, negligible, truth });
        else expect(answer.p).toBe(truth);
        return answer;
      },
    };
    const options = { alpha: 0.05 };
    expect(pc(watched, options)).toEqual(
      pc({ ...exact, test: (x, y, conditioning) => exact.test(x, y, conditioning) }, options),
    );
    expect(bounds.length).toBeGreaterThan(5);
    for (const { p, negligible, truth } of bounds) {
      expect(truth).toBeLessThanOrEqual(p);
      expect(p).toBeLessThanOrEqual(negligible);
      expect(negligible).toBeLessThanOrEqual(0.05);
    }
  });

  test('levels that a predictor separates give a small p, not an error', () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => i - 30.5);
    const separated = [values, values.map((value) => (value > 0 ? 1 : 0))];
    expect(mixedTest(separated.map((v, i) => ({ name: `c${i}`, values: v }))).test(0, 1, []).p).toBeLessThan(1e-10);
  });

  test('a column that the conditioning variables determine is independent of the rest', () => {
    const next = generator(8);
    const a = Float64Array.from({ length: 80 }, () => next());
    const b = Float64Array.from({ length: 80 }, () => next());
    const tests = mixedTest([a, b, a.map((value) => 2 * value + 1)].map((values, i) => ({ name: `c${i}`, values })));
    expect(tests.test(0, 1, [2]).p).toBe(1);
  });

  test('p-values of independent variables are uniform', () => {
    const normal = normals(generator(11));
    let small = 0;
    for (let trial = 0; trial < 300; trial++) {
      const z = Float64Array.from({ length: 150 }, normal);
      const x = z.map((value) => (value + normal() > 0 ? 1 : 0));
      const y = z.map((value) => Math.max(-1, Math.min(1, Math.round(value + normal()))));
      if (mixedTest([x, y, z].map((values, i) => ({ name: `c${i}`, values }))).test(0, 1, [2]).p < 0.1) small++;
    }
    // 30 expected, standard deviation 5.2.
    expect(small).toBeGreaterThan(12);
    expect(small).toBeLessThan(48);
  });

  test('refuses a kind that the values contradict, a constant column, and too few rows', () => {
    const values = Float64Array.from({ length: 20 }, (_, i) => i);
    const code = (run: () => unknown, expected: string) =>
      expect(run).toThrow(expect.objectContaining({ code: expected }));
    code(() => mixedTest([{ name: 'a', values, kind: 'ordinal' }]), 'too-many-levels');
    code(() => mixedTest([{ name: 'a', values: values.map(() => 1) }]), 'constant-column');
    const short = [values, values.map((v) => v * v)].map((v, i) => ({ name: `c${i}`, values: v.slice(0, 5) }));
    code(() => mixedTest(short.map((column) => ({ ...column, kind: 'continuous' }))).test(0, 1, []), 'too-few-rows');
  });
});

describe('d-separation', () => {
  /** Tests d-separation path by path, from the definition. */
  function isSeparated(dag: CausalGraph, x: number, y: number, conditioning: readonly number[]): boolean {
    const size = dag.variables.length;
    const isEdge = (i: number, j: number) => dag.marks[i * size + j] === TAIL && dag.marks[j * size + i] === ARROW;
    const below = (i: number): boolean =>
      conditioning.includes(i) || dag.variables.some((_, j) => isEdge(i, j) && below(j));
    const isOpen = (path: number[]): boolean => {
      const [b, a] = [path.length - 1, path.length - 2];
      if (path[b] === y) return true;
      return dag.variables.some((_, next) => {
        if (path.includes(next) || !(isEdge(path[b], next) || isEdge(next, path[b]))) return false;
        const isCollider = a >= 0 && isEdge(path[a], path[b]) && isEdge(next, path[b]);
        const isPassable = a < 0 || (isCollider ? below(path[b]) : !conditioning.includes(path[b]));
        return isPassable && isOpen([...path, next]);
      });
    };
    return !isOpen([x]);
  }

  test('agrees with the definition on random DAGs', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 3, max: 7 }), (seed, size) => {
        const next = generator(seed);
        const variables = Array.from({ length: size }, (_, i) => ({ name: `v${i}` }));
        const edges = variables.flatMap((from, i) =>
          variables
            .slice(i + 1)
            .filter(() => next() < 0.4)
            .map((to) => ({ from: from.name, to: to.name, fromMark: TAIL, toMark: ARROW }) as const),
        );
        const dag = graphFromEdges(variables, edges);
        const oracle = dSeparation(dag);
        const [x, y, ...rest] = variables.map((_, i) => i).sort(() => next() - 0.5);
        const conditioning = rest.filter(() => next() < 0.4);
        expect(oracle.test(x, y, conditioning).p).toBe(isSeparated(dag, x, y, conditioning) ? 1 : 0);
      }),
      { numRuns: 400, seed: 70 },
    );
  });

  test('a cycle and an open edge are refused', () => {
    const variables = ['a', 'b', 'c'].map((name) => ({ name }));
    const arrow = (from: string, to: string) => ({ from, to, fromMark: TAIL, toMark: ARROW }) as const;
    const cycle = graphFromEdges(variables, [arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'a')]);
    expect(() => dSeparation(cycle)).toThrow(expect.objectContaining({ code: 'not-a-dag' }));
    const open = graphFromEdges(variables, [{ from: 'a', to: 'b', fromMark: TAIL, toMark: TAIL }]);
    expect(() => dSeparation(open)).toThrow(/a – b/);
  });
});

test('a question is computed once, for any order of its variables', () => {
  const calls: string[] = [];
  const remembered = new RememberedTest({
    variables: [],
    resolution: 0,
    test: (x, y, conditioning) => {
      calls.push(`${x} ${y} | ${conditioning.join()}`);
      return { p: 0.5, rows: 10 + conditioning.length };
    },
  });
  for (const [x, y, conditioning] of [
    [1, 0, [3, 2]],
    [0, 1, [2, 3]],
    [0, 1, []],
  ] as const) {
    expect(remembered.p(x, y, conditioning)).toBe(0.5);
  }
  expect(calls).toEqual(['0 1 | 2,3', '0 1 | ']);
  expect(remembered.counts()).toEqual({ tests: 2, minRows: 10, maxRows: 12 });
});

describe('Fisher z over all sets together', () => {
  const normal = normals(generator(701));
  const rows = 60;
  const factors = Array.from({ length: 2 }, () => Float64Array.from({ length: rows }, normal));
  const columns = Array.from({ length: 8 }, (_, i) => ({
    name: `c${i}`,
    values: factors[0].map((value, row) => 0.4 * value + (i % 3) * 0.3 * factors[1][row] + normal()),
  }));
  const fast = fisherZ(columns);
  const slow: IndependenceTest = { ...fast, separatingSets: undefined };

  test.each([0, 1, 2, 3, 5])(
    'with %i conditioning variables gives the results of separate tests of all sets',
    (size) => {
      let separated = 0;
      for (const [x, y] of [
        [0, 1],
        [2, 7],
        [4, 5],
      ]) {
        // Candidates overlap and include x and y.
        const candidates = [
          [0, 1, 2, 3, 4, 6, 7],
          [1, 3, 4, 5, 6, 7],
        ] as const;
        const question = { x, y, candidates, size, alpha: 0.3 };
        const [a, b] = [fast, slow].map((test) => new RememberedTest(test));
        const [one, other] = [a.separatingSets(question), b.separatingSets(question)];
        expect(relative(one.maxP, other.maxP)).toBeLessThan(1e-9);
        expect(one.separation?.conditioning).toEqual(other.separation?.conditioning);
        expect(one.separation?.union).toEqual(other.separation?.union);
        expect(a.counts()).toEqual(b.counts());
        if (one.separation !== undefined) separated++;
      }
      expect(separated).toBeGreaterThan(0);
    },
  );

  test('decides like the p-value, even very close to α', () => {
    const p = fast.test(0, 1, [2]).p;
    for (const [alpha, isSeparated] of [
      [p, false],
      [p * (1 - 1e-14), true],
      [p * (1 + 1e-14), false],
    ] as const) {
      const result = fast.separatingSets!({ x: 0, y: 1, candidates: [[2], [2]], size: 1, alpha })!;
      expect(result.separation !== undefined).toBe(isSeparated);
    }
  });

  test('leaves questions with missing values to separate tests', () => {
    const gap = columns.map(({ name, values }, i) => ({
      name,
      values: values.map((v, row) => (i === 3 && row === 0 ? NaN : v)),
    }));
    const question = { x: 0, y: 1, size: 1, alpha: 0.05 };
    expect(fisherZ(gap).separatingSets!({ ...question, candidates: [[2, 3], [2]] })).toBeUndefined();
    expect(fisherZ(gap).separatingSets!({ ...question, candidates: [[2], [4]] })).toMatchObject({ tests: 2, rows });
  });
});
