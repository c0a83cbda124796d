// Joint causal inference (PC and FCI over environments): with exact tests of known DAGs, the test of equal mechanisms
// against NumPy and its level and power, targets found in samples, marks, and words.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  ARROW,
  CIRCLE,
  direct,
  emptyGraph,
  isAdjacent,
  type CausalGraph,
} from '../../src/causal/discovery/causal-graph.js';
import { compileEnvironments } from '../../src/causal/discovery/environments.js';
import {
  dSeparation,
  discover,
  discoverInParallel,
  fci,
  fisherZ,
  pc,
  type DataColumn,
  type DiscoverOptions,
  type IndependenceTest,
} from '../../src/causal/discovery/index.js';
import { environmentTest } from '../../src/causal/discovery/independence/environment-test.js';
import { sameMechanism } from '../../src/causal/discovery/independence/same-mechanism.js';
import { classOfDag } from '../../src/causal/discovery/search/dag-classes.js';
import { generator, normals } from '../fixtures/numbers.js';
import { named, parentsIn, randomDag } from './all-dags.js';
import { edgeTexts } from './edge-texts.js';
import { sample } from './environment-data.js';

/** Returns the exact test of a DAG whose last variables are contexts, given all contexts and nothing of `hidden`. */
function exactTest(dag: CausalGraph, targets: readonly (readonly number[])[], hidden: readonly number[] = []) {
  const size = dag.variables.length;
  const contexts = targets.map((_, i) => size + i);
  const whole = emptyGraph([...dag.variables, ...targets.map((__, i) => ({ name: `C${i}` }))]);
  for (const i of dag.variables.keys()) for (const parent of parentsIn(dag, i)) direct(whole, parent, i);
  for (const [i, target] of targets.entries()) for (const to of target) direct(whole, size + i, to);
  const exact = dSeparation(whole);
  const seen = [...whole.variables.keys()].filter((i) => !hidden.includes(i));
  const exactly: IndependenceTest = {
    variables: seen.map((i) => whole.variables[i]),
    contexts: contexts.map((i) => ({ position: seen.indexOf(i) })),
    resolution: 0,
    test(x, y, conditioning) {
      const [a, b] = [seen[x], seen[y]];
      const set = new Set([...conditioning.map((i) => seen[i]), ...contexts]);
      return exact.test(
        a,
        b,
        [...set].filter((i) => i !== a && i !== b),
      );
    },
  };
  return { exactly, whole };
}

/** Returns random targets of two environments. */
function randomTargets(size: number, seed: number): number[][] {
  const next = generator(seed);
  return [0, 1].map(() => Array.from({ length: size }, (_, i) => i).filter(() => next() < 0.3));
}

describe('with exact tests', () => {
  const seeds = Array.from({ length: 25 }, (_, i) => i + 1);

  test.each(seeds)('pc finds the targets and the essential graph of the interventions, graph %i', (seed) => {
    const dag = randomDag(6, 0.2 + (seed % 4) / 8, seed);
    const targets = randomTargets(6, seed);
    const { exactly } = exactTest(dag, targets);
    for (const rule of ['sepset', 'maxp'] as const) {
      const { graph, separations } = pc(exactly, { rule });
      const columns = edgeTexts(graph).filter((edge) => !edge.includes('C'));
      expect(columns).toEqual(edgeTexts(classOfDag(dag, targets)));
      const ofContexts = edgeTexts(graph).filter((edge) => edge.includes('C'));
      const expected = targets.flatMap((target, c) => target.map((i) => `C${c} --> ${named(6)[i].name}`));
      expect(ofContexts.sort()).toEqual(expected.sort());
      expect(separations.some(({ pair }) => pair.every((name) => name.startsWith('C')))).toBe(false);
    }
  });

  test.each(seeds)('fci has no wrong mark with hidden variables, graph %i', (seed) => {
    const dag = randomDag(7, 0.4, 100 + seed);
    const hidden = [seed % 7, (3 * seed + 1) % 7].filter((i, at, all) => all.indexOf(i) === at);
    const targets = randomTargets(7, seed).map((target) => target.filter((i) => !hidden.includes(i)));
    const { exactly, whole } = exactTest(dag, targets, hidden);
    const { graph } = fci(exactly);
    const name = new Map(whole.variables.map((variable, i) => [variable.name, i]));
    const isAncestor = ancestorsOf(whole);
    const size = graph.variables.length;
    for (const i of graph.variables.keys()) {
      for (const j of graph.variables.keys()) {
        const mark = graph.marks[j * size + i];
        const [from, to] = [i, j].map((at) => name.get(graph.variables[at].name)!);
        if (i === j || mark === 0 || mark === CIRCLE) continue;
        // An arrowhead at j: j is no ancestor of i. A tail: it is.
        expect(isAncestor(to, from)).toBe(mark !== ARROW);
      }
    }
    for (const [c, target] of targets.entries()) {
      const at = graph.variables.findIndex((variable) => variable.name === `C${c}`);
      for (const i of target) {
        const column = graph.variables.findIndex((variable) => variable.name === dag.variables[i].name);
        expect(isAdjacent(graph, at, column)).toBe(true);
      }
    }
  });

  test('two contexts of one column direct nothing, and known targets are kept', () => {
    const dag = emptyGraph(named(2));
    direct(dag, 0, 1);
    const { exactly } = exactTest(dag, [[0], [0]]);
    expect(edgeTexts(pc(exactly).graph)).toEqual(['a --> b', 'C0 --> a', 'C1 --> a']);
    const known = { ...exactly, contexts: [{ position: 2, targets: [1] }, { position: 3 }] };
    expect(edgeTexts(pc(known).graph)).toEqual(['a --> b', 'C1 --> a', 'C0 --> b']);
  });
});

function ancestorsOf(dag: CausalGraph): (a: number, b: number) => boolean {
  const ancestors = dag.variables.map((_, i) => {
    const seen = new Set([i]);
    for (const node of seen) for (const parent of parentsIn(dag, node)) seen.add(parent);
    return seen;
  });
  return (a, b) => ancestors[b].has(a);
}

describe('the test of equal mechanisms', () => {
  const { mechanisms } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../golden/interventions.json'), 'utf8'),
  ) as { mechanisms: { environment: number[]; data: number[][]; p: number }[] };

  test.each(mechanisms.map((one, i) => [i, one] as const))(
    'has the p-value of SciPy, case %i',
    (_, { environment, data, p }) => {
      const columns = data.map((values, i): DataColumn => ({ name: `x${i}`, values: Float64Array.from(values) }));
      // Rows of other environments are missing in the context, and must not count.
      const padded = columns.map(({ name, values }) => ({ name, values: Float64Array.from([...values, 99, -5]) }));
      const context = { name: 'c', values: Float64Array.from([...environment, NaN, NaN]) };
      const last = columns.length - 1;
      const conditioning = [...columns.keys()].slice(0, last);
      const result = sameMechanism(padded, [context]).test(columns.length, last, conditioning);
      expect(result.p).toBeCloseTo(p, 9);
      expect(result.rows).toBe(environment.length);
      // Units do not matter.
      const scaled = padded.map(({ name, values }) => ({ name, values: values.map((value) => 1e6 * value + 1e7) }));
      expect(sameMechanism(scaled, [context]).test(last, columns.length, conditioning).p).toBeCloseTo(p, 7);
    },
  );

  const chain = emptyGraph(named(3));
  direct(chain, 0, 1);
  direct(chain, 0, 2);
  direct(chain, 2, 1);

  /** Returns p-values of b given its parents in data sets of 60 and 60 rows. */
  const pValues = (kind: 'perfect' | 'shift' | 'variance' | 'slope', targets: number[], draws: number) =>
    Array.from({ length: draws }, (_, seed) => {
      const { columns, environments } = sample(chain, [[], targets], 60, seed + 1, { kind });
      const values = Float64Array.from(environments.levels, (level) => Number(level === 'e1'));
      return sameMechanism(columns, [{ name: 'c', values }]).test(3, 1, [0, 2]).p;
    });

  test('keeps its level if the parents change', () => {
    const p = pValues('perfect', [0, 2], 600);
    const share = (alpha: number) => p.filter((value) => value < alpha).length / p.length;
    expect(share(0.05)).toBeGreaterThan(0.03);
    expect(share(0.05)).toBeLessThan(0.07);
    expect(share(0.5)).toBeGreaterThan(0.45);
    expect(share(0.5)).toBeLessThan(0.55);
  });

  test.each(['perfect', 'shift', 'variance', 'slope'] as const)('finds a change of kind %s', (kind) => {
    expect(pValues(kind, [1], 40).filter((p) => p < 0.01).length).toBeGreaterThanOrEqual(38);
  });

  test('a column that an environment sets to a constant has another mechanism', () => {
    const values = Float64Array.from({ length: 40 }, (_, i) => (i < 20 ? Math.sin(i * i) : 0));
    const context = Float64Array.from(values, (_, i) => (i < 20 ? 0 : 1));
    const test = sameMechanism([{ name: 'x', values }], [{ name: 'c', values: context }]);
    expect(test.test(0, 1, []).p).toBe(0);
    const flat = sameMechanism([{ name: 'x', values: values.fill(2) }], [{ name: 'c', values: context }]);
    expect(flat.test(0, 1, []).p).toBe(1);
  });

  test('refuses a test with too few rows', () => {
    const values = Float64Array.from([1, 2, 4, 3]);
    const columns = [
      { name: 'x', values },
      { name: 'y', values: values.map(Math.sqrt) },
    ];
    const one = sameMechanism(columns, [{ name: 'c', values: Float64Array.from([0, 0, 1, 1]) }]);
    expect(() => one.test(2, 0, [1])).toThrow(expect.objectContaining({ code: 'too-few-rows' }));
  });
});

describe('the test of columns', () => {
  const { columns, environments } = sample(randomDag(4, 0.5, 2), [[], [0], [1]], 30, 2);
  const compiled = compileEnvironments(columns, { levels: environments.levels, reference: 'e0' });
  const joint = environmentTest(columns, compiled, fisherZ, sameMechanism);

  test('combines the p-values of the environments (Fisher 1932)', () => {
    const p = [0, 1, 2].map((e) => {
      const part = columns.map(({ name, values }) => ({ name, values: values.slice(30 * e, 30 * (e + 1)) }));
      return fisherZ(part).test(0, 3, [1]).p;
    });
    // The tail of χ² with six degrees of freedom.
    const half = -p.reduce((sum, value) => sum + Math.log(value), 0);
    const expected = Math.exp(-half) * (1 + half + half ** 2 / 2);
    expect(joint.test(0, 3, [1]).p).toBeCloseTo(expected, 10);
    expect(joint.test(0, 3, [1]).rows).toBe(90);
  });

  test('conditions on all contexts, whether they are named or not', () => {
    expect(joint.test(0, 3, [1, 4, 5])).toEqual(joint.test(0, 3, [1]));
    expect(joint.test(4, 3, [1, 5])).toEqual(joint.test(4, 3, [1]));
    expect(joint.test(4, 5, []).p).toBe(1);
  });

  test('models a column as the kind of all its rows', () => {
    // In e2, d has three of its six values.
    const values = columns[3].values.map((value, row) => (row < 60 ? Math.round(2 * value) / 2 : Math.round(value)));
    const discrete = [...columns.slice(0, 3), { name: 'd', values }];
    const options = { test: 'mixed', environments: { levels: environments.levels, reference: 'e0' } } as const;
    const typed = discrete.map((column) => ({ ...column, kind: 'continuous' as const }));
    expect(discover(discrete, options).edges).toEqual(discover(typed, options).edges);
  });

  test('leaves an environment out in which a column is constant', () => {
    const set = columns.map(({ name, values }, i) => ({
      name,
      values: values.map((v, row) => (i === 0 && row >= 60 ? 3 : v)),
    }));
    const test = environmentTest(set, compiled, fisherZ, sameMechanism);
    expect(test.test(0, 3, []).rows).toBe(60);
    expect(test.test(2, 3, [0]).rows).toBe(90);
  });
});

describe('in samples', () => {
  const dag = emptyGraph(named(4));
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [3, 2],
  ]) {
    direct(dag, from, to);
  }
  const environmentsOf = ({ levels }: { levels: string[] }) => ({
    name: 'drug',
    levels,
    reference: 'e0',
    assigned: true,
  });

  test.each(['perfect', 'shift', 'variance', 'slope'] as const)('pc finds unknown targets of kind %s', (kind) => {
    const results = Array.from({ length: 10 }, (_, seed) => {
      const { columns, environments } = sample(dag, [[], [1], [2], [3]], 400, 40 + seed, { kind });
      // Without parents, a slope does not change.
      const last = kind === 'slope' ? '' : 'd';
      const { environments: described } = discover(columns, {
        alpha: 0.001,
        environments: environmentsOf(environments),
      });
      return described!.levels.map(({ targets }) => targets.join()).join('|') === `|b|c|${last}`;
    });
    expect(results.filter(Boolean).length).toBeGreaterThanOrEqual(8);
  });

  const { columns, environments } = sample(dag, [[], [1]], 300, 9, { kind: 'shift' });

  test.each(['mixed', 'gcm', 'rcit'] as const)('the test %s compares a context as a column', (name) => {
    const result = discover(columns, { test: name, alpha: 0.001, environments: environmentsOf(environments) });
    expect(result.environments!.levels.map(({ targets }) => targets)).toEqual([[], ['b']]);
    expect(edgeTexts(result.graph)).toContain('drug=e1 --> b');
    expect(edgeTexts(result.graph)).toContain('a --> b');
  });

  test('an environment that changes nothing has no edge, and without edges the result is empty', () => {
    const counts = Array.from({ length: 40 }, (_, seed) => {
      const null_ = sample(emptyGraph(named(4)), [[], [], []], 100, 80 + seed);
      return discover(null_.columns, { alpha: 0.01, environments: environmentsOf(null_.environments) }).edges.length;
    });
    // 14 tests of level 0.01 in each of 40 data sets.
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(12);
  });

  test('an edge from a context is an effect only if the environments were assigned', () => {
    const options = { alpha: 0.001, environments: environmentsOf(environments) } as const;
    const assigned = discover(columns, options);
    const observed = discover(columns, { ...options, environments: { ...options.environments, assigned: false } });
    expect(edgeTexts(assigned.graph)).toContain('drug=e1 --> b');
    expect(edgeTexts(observed.graph)).toContain('drug=e1 o-> b');
    expect(assigned.graph.variables.at(-1)).toEqual({ name: 'drug=e1', context: 'assigned' });
    expect(observed.graph.variables.at(-1)!.context).toBe('observed');
    expect(assigned.edges.find(({ from }) => from === 'drug=e1')!.association).toBeGreaterThan(0.2);
  });

  test.each(['pc', 'fci'] as const)('half-samples of %s are the same on any number of threads', async (algorithm) => {
    const unassigned = { ...environmentsOf(environments), assigned: false };
    const options: DiscoverOptions = {
      algorithm,
      alpha: 0.01,
      environments: unassigned,
      halfSamples: 4,
      threshold: 0.5,
    };
    const result = discover(columns, options);
    const edge = result.edges.find(({ from }) => from === 'drug=e1')!;
    expect(edge.frequencies!.openForward).toBe(edge.frequencies!.adjacent);
    expect(edge.fromMark).toBe(CIRCLE);
    expect(JSON.stringify(await discoverInParallel(columns, { ...options, threads: 2 }))).toBe(JSON.stringify(result));
  });

  test('knows targets that the user states', () => {
    const known = { ...environmentsOf(environments), targets: { e1: ['d'] } };
    const { graph, environments: described } = discover(columns, { environments: known });
    expect(edgeTexts(graph).filter((edge) => edge.includes('drug'))).toEqual(['drug=e1 --> d']);
    expect(described!.levels[1]).toEqual({ level: 'e1', rows: 300, targets: ['d'], isKnown: true });
  });

  test.each([
    ['no reference', { levels: environments.levels }, {}, /need a reference level.*e0 \(300 rows\), e1 \(300 rows\)/],
    ['an unknown reference', { levels: environments.levels, reference: 'e2' }, {}, /reference 'e2' is not a level/],
    ['one level', { levels: environments.levels.map(() => 'x'), reference: 'x' }, {}, /only the level 'x'/],
    [
      'compatibility',
      { levels: environments.levels, reference: 'e0' },
      { compatibility: 'causal-learn' },
      /leave it out/,
    ],
  ] as [string, DiscoverOptions['environments'], DiscoverOptions, RegExp][])(
    'refuses %s',
    (_, unusable, options, message) => {
      const run = () => discover(columns, { environments: unusable, ...options });
      expect(run).toThrow(expect.objectContaining({ code: 'invalid-environments' }));
      expect(run).toThrow(message);
    },
  );

  test('refuses an edge into a context', () => {
    const knowledge = { required: [['a', 'drug=e1']] as [string, string][] };
    expect(() => discover(columns, { environments: environmentsOf(environments), knowledge })).toThrow(
      expect.objectContaining({ code: 'contradictory-knowledge' }),
    );
  });
});

test('the level of the search does not depend on normal noise alone', () => {
  // Skewed noise: the variance test is not robust, gcm is.
  const normal = normals(generator(3));
  const values = Float64Array.from({ length: 400 }, () => Math.exp(normal()));
  const other = Float64Array.from(values, (value) => value + Math.exp(normal()));
  const levels = Array.from(values, (_, i) => (i % 2 === 0 ? 'u' : 'v'));
  const columns = [
    { name: 'x', values },
    { name: 'y', values: other },
  ];
  const { edges } = discover(columns, { test: 'gcm', alpha: 0.01, environments: { levels, reference: 'u' } });
  expect(edges.map(({ from, to }) => [from, to])).toEqual([['x', 'y']]);
});
