// PC: the equivalence class when no test is wrong, background knowledge, conflicting colliders, refusals, resampling.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ARROW,
  graphEdges,
  graphFromEdges,
  TAIL,
  type CausalGraph,
  type Variable,
} from '../../src/causal/discovery/causal-graph.js';
import {
  causalGraphFromMatrix,
  COLLIDER_PRIORITIES,
  COLLIDER_RULES,
  dSeparation,
  discover,
  pc,
  stableGraph,
  type DataColumn,
  type DiscoverOptions,
  type IndependenceTest,
  type PcOptions,
} from '../../src/causal/discovery/index.js';
import { generator, normals } from '../fixtures/numbers.js';
import { edgeTexts } from './edge-texts.js';

function graphOf(names: string, ...edges: string[]): CausalGraph {
  const variables = names.split(' ').map((name) => ({ name }));
  return graphFromEdges(
    variables,
    edges.map((edge) => {
      const [from, sign, to] = edge.split(' ');
      return { from, to, fromMark: sign.startsWith('<') ? ARROW : TAIL, toMark: sign.endsWith('>') ? ARROW : TAIL };
    }),
  );
}

function randomDag(size: number, density: number, seed: number): CausalGraph {
  const next = generator(seed);
  const variables: Variable[] = Array.from({ length: size }, (_, i) => ({ name: `v${i}` }));
  const order = variables.map((_, i) => i).sort(() => next() - 0.5);
  const edges = order.flatMap((i, k) =>
    order
      .slice(k + 1)
      .filter(() => next() < density)
      .map((j) => ({ from: `v${i}`, to: `v${j}`, fromMark: TAIL, toMark: ARROW }) as const),
  );
  return graphFromEdges(variables, edges);
}

/** A test with a table of answers: p by `x y|conditioning`, 0 if not listed. */
function scripted(names: string, answers: Record<string, number>): IndependenceTest {
  const variables = names.split(' ').map((name) => ({ name }));
  return {
    variables,
    resolution: 0,
    test: (x, y, conditioning) => {
      const namesOf = (all: readonly number[]): string => all.map((i) => variables[i].name).join(' ');
      const key = `${namesOf([x, y])}|${namesOf(conditioning)}`;
      return { p: answers[key] ?? 0, rows: 100 };
    },
  };
}

describe('with an oracle', () => {
  /**
   * The class by its definition: all DAGs on the skeleton with the same unshielded colliders, and their common edges.
   */
  function classOf(dag: CausalGraph): string[] {
    const size = dag.variables.length;
    const isEdge = (marks: Int8Array, i: number, j: number) =>
      marks[i * size + j] === TAIL && marks[j * size + i] === ARROW;
    const colliders = (marks: Int8Array) => {
      const result: string[] = [];
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          for (let z = x + 1; z < size; z++) {
            if (isEdge(marks, x, y) && isEdge(marks, z, y) && marks[x * size + z] === 0) result.push(`${x}${y}${z}`);
          }
        }
      }
      return result.join();
    };
    const isAcyclic = (marks: Int8Array) => {
      const remaining = new Set(dag.variables.map((_, i) => i));
      for (;;) {
        const root = [...remaining].find((i) => ![...remaining].some((j) => isEdge(marks, j, i)));
        if (root === undefined) return remaining.size === 0;
        remaining.delete(root);
      }
    };
    const pairs: [number, number][] = [];
    for (let i = 0; i < size; i++) {
      for (let j = i + 1; j < size; j++) if (dag.marks[i * size + j] !== 0) pairs.push([i, j]);
    }
    const wanted = colliders(dag.marks);
    const members: boolean[][] = [];
    for (let code = 0; code < 2 ** pairs.length; code++) {
      const marks = new Int8Array(size * size);
      const forward = pairs.map((_, e) => ((code >> e) & 1) === 1);
      for (const [e, [i, j]] of pairs.entries()) {
        marks[i * size + j] = forward[e] ? TAIL : ARROW;
        marks[j * size + i] = forward[e] ? ARROW : TAIL;
      }
      if (isAcyclic(marks) && colliders(marks) === wanted) members.push(forward);
    }
    return pairs.map(([i, j], e) => {
      const isAll = members.every((member) => member[e]);
      const isNone = members.every((member) => !member[e]);
      return isAll ? `v${i} --> v${j}` : isNone ? `v${j} --> v${i}` : `v${i} --- v${j}`;
    });
  }

  test.each(COLLIDER_RULES.flatMap((rule) => COLLIDER_PRIORITIES.map((priority) => [rule, priority] as const)))(
    'rule %s, priority %s: the equivalence class of random DAGs',
    (rule, priority) => {
      fc.assert(
        fc.property(fc.integer(), fc.integer({ min: 2, max: 6 }), (seed, size) => {
          const dag = randomDag(size, 0.5, seed);
          const { graph, separations } = pc(dSeparation(dag), { rule, priority });
          expect(edgeTexts(graph).sort()).toEqual(classOf(dag).sort());
          expect(separations.length).toBe((size * (size - 1)) / 2 - graphEdges(dag).length);
        }),
        { numRuns: 40, seed: 71 },
      );
    },
  );

  test('maxConditioning 0 keeps the edges that marginal independence cannot remove', () => {
    const chain = graphOf('a b c', 'a --> b', 'b --> c');
    expect(edgeTexts(pc(dSeparation(chain), { maxConditioning: 0 }).graph)).toEqual(['a --- b', 'a --- c', 'b --- c']);
    expect(edgeTexts(pc(dSeparation(chain), { maxConditioning: 1 }).graph)).toEqual(['a --- b', 'b --- c']);
  });
});

describe('colliders that disagree about an edge', () => {
  // a – b – c – d; a ⟂ c and b ⟂ d: both a → b ← c and b → c ← d.
  const conflict = scripted('a b c d', { 'a c|': 0.4, 'a d|': 0.9, 'b d|': 0.3, 'a c|b': 0.02, 'b d|c': 0.01 });
  test.each([
    ['overwrite', 'b --> c'],
    ['bidirect', 'b <-> c'],
    ['existing', 'c --> b'],
    ['stronger', 'b --> c'],
    ['stronger-star', 'c --> b'],
  ] as const)('%s: %s', (priority, disputed) => {
    const result = edgeTexts(pc(conflict, { priority }).graph);
    expect(result).toContain(disputed);
    expect(result).toHaveLength(3);
  });

  test('max-p uses the largest p-values, sepset the separating sets', () => {
    // a and c are independent without conditioning (0.06), and much more clearly given b (0.9).
    const test = scripted('a b c', { 'a c|': 0.06, 'a c|b': 0.9 });
    expect(edgeTexts(pc(test, { rule: 'sepset' }).graph)).toEqual(['a --> b', 'c --> b']);
    expect(edgeTexts(pc(test, { rule: 'maxp' }).graph)).toEqual(['a --- b', 'b --- c']);
    expect(edgeTexts(pc(test, { rule: 'definite-maxp' }).graph)).toEqual(['a --- b', 'b --- c']);
  });
});

describe('background knowledge', () => {
  const chain = dSeparation(graphOf('age bmi pressure', 'age --> bmi', 'bmi --> pressure'));

  test('tiers direct edges that data cannot, and the rules apply to the result', () => {
    expect(edgeTexts(pc(chain).graph)).toEqual(['age --- bmi', 'bmi --- pressure']);
    expect(edgeTexts(pc(chain, { knowledge: { tiers: [['age'], ['bmi', 'pressure']] } }).graph)).toEqual([
      'age --> bmi',
      'bmi --> pressure',
    ]);
  });

  test('a forbidden direction implies the opposite one; two forbidden directions remove the edge', () => {
    expect(edgeTexts(pc(chain, { knowledge: { forbidden: [['pressure', 'bmi']] } }).graph)).toContain(
      'bmi --> pressure',
    );
    const both = [
      ['pressure', 'bmi'],
      ['bmi', 'pressure'],
    ] as const;
    const { graph, separations } = pc(chain, { knowledge: { forbidden: both } });
    expect(edgeTexts(graph)).not.toContain('bmi --- pressure');
    expect(separations).toContainEqual({ pair: ['bmi', 'pressure'], conditioning: null, p: NaN });
  });

  test('a required edge exists against the tests', () => {
    const knowledge = { required: [['age', 'pressure']] as const };
    expect(edgeTexts(pc(chain, { knowledge }).graph)).toContain('age --> pressure');
  });

  test('a collider that knowledge rules out is not made', () => {
    const collider = dSeparation(graphOf('a b c', 'a --> b', 'c --> b'));
    expect(edgeTexts(pc(collider, { knowledge: { required: [['b', 'c']] } }).graph)).not.toContain('c --> b');
  });

  test('the fourth rule: d – a → b → c, d – b: d → c', () => {
    const graph = graphOf('a b c d', 'd --> a', 'd --> b', 'd --> c', 'a --> b', 'b --> c');
    const knowledge = {
      required: [
        ['a', 'b'],
        ['b', 'c'],
      ] as const,
    };
    expect(edgeTexts(pc(dSeparation(graph), { knowledge }).graph)).toContain('d --> c');
  });

  test('names, modalities and prefixes', () => {
    const variables = [
      { name: 'age' },
      { name: 'sleep.z1', modality: 'sleep' },
      { name: 'sleep.z2', modality: 'sleep' },
    ];
    const edges = ['sleep.z1', 'sleep.z2'].map((to) => ({ from: 'age', to, fromMark: TAIL, toMark: ARROW }) as const);
    const test = dSeparation(graphFromEdges(variables, edges));
    const directed = ['age --> sleep.z1', 'age --> sleep.z2'];
    expect(edgeTexts(pc(test, { knowledge: { tiers: [['age'], ['sleep']] } }).graph)).toEqual(directed);
    expect(edgeTexts(pc(test, { knowledge: { forbidden: [['sleep.*', 'age']] } }).graph)).toEqual(directed);
  });

  const mistakes: [string, PcOptions['knowledge'], string][] = [
    ['an unknown name', { tiers: [['aeg']] }, 'unknown-variable'],
    ['two tiers for one', { tiers: [['age'], ['age']] }, 'contradictory-knowledge'],
    ['required and forbidden', { required: [['age', 'bmi']], forbidden: [['age', 'bmi']] }, 'contradictory-knowledge'],
    ['required against tiers', { required: [['bmi', 'age']], tiers: [['age'], ['bmi']] }, 'contradictory-knowledge'],
    [
      'a required cycle',
      {
        required: [
          ['age', 'bmi'],
          ['bmi', 'age'],
        ],
      },
      'contradictory-knowledge',
    ],
  ];
  test.each(mistakes)('%s is refused', (_, knowledge, code) => {
    expect(() => pc(chain, { knowledge })).toThrow(expect.objectContaining({ code }));
  });
});

describe('options and columns', () => {
  const columns: DataColumn[] = ['a', 'b'].map((name, i) => ({ name, values: Float64Array.of(1, 2, 4, 7, 8, i) }));
  const cases: [string, () => unknown, string][] = [
    ['alpha 0', () => discover(columns, { alpha: 0 }), 'invalid-alpha'],
    ['alpha 5', () => discover(columns, { alpha: 5 }), 'invalid-alpha'],
    ['half a variable', () => discover(columns, { maxConditioning: 0.5 }), 'invalid-conditioning'],
    ['an unknown rule', () => discover(columns, { rule: 'maxP' as 'maxp' }), 'unknown-rule'],
    ['an unknown priority', () => discover(columns, { priority: 'strong' as 'stronger' }), 'unknown-priority'],
    ['an unknown test', () => discover(columns, { test: 'fisher' as 'fisherz' }), 'unknown-test'],
    ['−1 half-samples', () => discover(columns, { halfSamples: -1 }), 'invalid-half-samples'],
    ['one column', () => discover(columns.slice(1)), 'too-few-variables'],
    ['a name twice', () => discover([columns[0], columns[0]]), 'duplicate-variable'],
    ['unequal lengths', () => discover([columns[0], { name: 'c', values: Float64Array.of(1) }]), 'rows-disagree'],
    [
      'infinity',
      () => discover([columns[0], { name: 'c', values: columns[0].values.map(() => Infinity) }]),
      'not-finite',
    ],
    [
      'nothing but gaps',
      () => discover([columns[0], { name: 'c', values: columns[0].values.map(() => NaN) }]),
      'empty-column',
    ],
  ];
  test.each(cases)('%s', (_, run, code) => {
    expect(run).toThrow(expect.objectContaining({ code }));
  });

  const next = generator(71);
  const noise = (rows: number) => Float64Array.from({ length: rows }, () => next() + next() + next() - 1.5);
  const wide = Array.from({ length: 30 }, (_, i) => ({ name: `w${i}`, values: noise(12) }));
  const pair = ['x', 'y', 'z'].map((name) => ({ name, values: noise(80) }));
  const effect = { name: 'effect', values: pair[0].values.map((value, row) => value + pair[1].values[row]) };
  const twice = [
    ...pair,
    { name: 'copy', values: pair[0].values },
    { ...effect, values: effect.values.map((v, row) => v + pair[2].values[row]) },
  ];
  const flat = [...pair, { name: 'flat', values: pair[0].values.map(() => 7) }];
  test.each<[string, DataColumn[], DiscoverOptions, string[]]>([
    ['a constant column, Fisher z', flat, {}, ['constant-column']],
    ['a constant column, KCI', flat, { test: 'kci', maxConditioning: 1 }, ['constant-column']],
    ['a column twice', twice, {}, ['collinear-columns']],
  ])('%s: one coded error', (_, data, options, codes) => {
    let code: unknown;
    try {
      discover(data, options);
    } catch (error) {
      code = (error as { code: unknown }).code;
    }
    expect(codes).toContain(code);
  });

  test('more columns than rows are allowed for small conditioning sets, and so is a huge α', () => {
    expect(discover(wide, { maxConditioning: 1 }).maxRows).toBe(12);
    expect(graphEdges(discover(pair, { alpha: 0.999 }).graph).length).toBeGreaterThan(0);
  });

  test('with missing values every test uses its complete rows and reports their number', () => {
    const normal = normals(generator(5));
    const a = Float64Array.from({ length: 400 }, normal);
    const b = a.map((value) => value + normal());
    const c = b.map((value, i) => (i % 4 === 0 ? NaN : value + normal()));
    const result = discover([a, b, c].map((values, i) => ({ name: 'abc'[i], values })));
    expect(edgeTexts(result.graph)).toEqual(['a --- b', 'b --- c']);
    expect(result).toMatchObject({ minRows: 300, maxRows: 400 });
    expect(result.separations).toEqual([{ pair: ['a', 'c'], conditioning: ['b'], p: expect.any(Number) }]);
    expect(result.edges.every(({ p }) => p < 0.05)).toBe(true);
  });
});

describe('half-samples', () => {
  const normal = normals(generator(9));
  const a = Float64Array.from({ length: 300 }, normal);
  const c = Float64Array.from({ length: 300 }, normal);
  const b = a.map((value, i) => value + c[i] + normal());
  const faint = b.map((value) => 0.12 * value + normal());
  const columns = [a, b, c, faint].map((values, i) => ({ name: ['a', 'b', 'c', 'faint'][i], values }));
  const result = discover(columns, { halfSamples: 40, seed: 3 });

  test('the same seed gives the same frequencies, and another seed different ones', () => {
    expect(discover(columns, { halfSamples: 40, seed: 3 }).halfSamples).toEqual(result.halfSamples);
    expect(discover(columns, { halfSamples: 40, seed: 4 }).halfSamples).not.toEqual(result.halfSamples);
  });

  test('a strong collider is found nearly always and a weak edge sometimes, and shares add up', () => {
    const pair = (x: string, y: string) => result.halfSamples!.pairs.find((p) => p.pair[0] === x && p.pair[1] === y)!;
    expect(pair('a', 'b').adjacent).toBe(1);
    expect(pair('a', 'b').forward).toBeGreaterThan(0.8);
    expect(pair('b', 'c').backward).toBeGreaterThan(0.8);
    expect(pair('b', 'faint').adjacent).toBeGreaterThan(0.05);
    expect(pair('b', 'faint').adjacent).toBeLessThan(1);
    for (const { adjacent, forward, backward, undirected, bidirected } of result.halfSamples!.pairs) {
      expect(forward + backward + undirected + bidirected).toBeCloseTo(adjacent, 12);
    }
  });

  test('an edge has its frequencies in the direction in which it is written', () => {
    const edge = result.edges.find(({ from, to }) => from === 'c' && to === 'b')!;
    expect(edge.frequencies!.forward).toBeGreaterThan(0.8);
  });

  test('the stable graph has the edges that pass the threshold', () => {
    const variables = result.graph.variables;
    expect(edgeTexts(stableGraph(variables, result.halfSamples!, 0.99))).toEqual(['a --> b', 'c --> b']);
    expect(edgeTexts(stableGraph(variables, result.halfSamples!, 0.01)).length).toBeGreaterThan(2);
    expect(() => stableGraph(variables, result.halfSamples!, 0)).toThrow(/threshold/);
  });
});

test('matrix text: X1, X2, … without names', () => {
  expect(edgeTexts(causalGraphFromMatrix('0 -1\n1 0\n'))).toEqual(['X1 --> X2']);
});
