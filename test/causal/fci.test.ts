// FCI against the equivalence class from enumeration, textbook graphs with hidden variables, and background knowledge.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ARROW, CIRCLE, graphFromEdges, TAIL } from '../../src/causal/discovery/causal-graph.js';
import { dSeparation, fci, pc, type IndependenceTest } from '../../src/causal/discovery/index.js';
import { parentsIn, randomDag } from './all-dags.js';
import { generator } from '../fixtures/numbers.js';
import { edgeTexts } from './edge-texts.js';

/** A DAG from `a --> b` …; variables in capitals are hidden. */
function oracle(...edges: string[]): IndependenceTest {
  const pairs = edges.map((edge) => edge.split(' --> '));
  const names = [...new Set(pairs.flat())].sort();
  const dag = graphFromEdges(
    names.map((name) => ({ name })),
    pairs.map(([from, to]) => ({ from, to, fromMark: TAIL, toMark: ARROW })),
  );
  return dSeparation(
    dag,
    names.filter((name) => name !== name.toUpperCase()),
  );
}

describe('textbook graphs', () => {
  test.each([
    ['a chain has no direction', ['a --> b', 'b --> c'], ['a o-o b', 'b o-o c']],
    ['a collider has arrowheads, but each cause may be a common cause', ['a --> b', 'c --> b'], ['a o-> b', 'c o-> b']],
    [
      'behind a collider, the arrow is certain (R1)',
      ['a --> b', 'c --> b', 'b --> d'],
      ['a o-> b', 'c o-> b', 'b --> d'],
    ],
    // Spirtes, Glymour & Scheines: two causes with separate instruments and a hidden common cause.
    ['a hidden common cause', ['a --> b', 'd --> c', 'H --> b', 'H --> c'], ['a o-> b', 'b <-> c', 'd o-> c']],
    [
      'a hidden common cause in addition to a cause',
      ['a --> b', 'b --> c', 'H --> b', 'H --> c', 'd --> c'],
      // a and c cannot be separated, so no collider is visible at b.
      ['a o-o b', 'a o-> c', 'b o-> c', 'd o-> c'],
    ],
  ])('%s', (_, edges, expected) => {
    expect(edgeTexts(fci(oracle(...edges)).graph).sort()).toEqual([...expected].sort());
  });
});

test('Possible-D-SEP separates an edge by b, which is adjacent to neither end', () => {
  const hidden = ['H --> d', 'H --> e', 'I --> d', 'I --> b', 'J --> a', 'J --> c'];
  const independence = oracle('b --> a', 'd --> c', 'a --> e', ...hidden);
  // c ← J → a ← b ← I → d ← H → e is open given a and d, all neighbours that matter.
  expect(edgeTexts(pc(independence).graph)).toContain('c --> e');
  const { graph, separations } = fci(independence);
  expect(separations.find(({ pair }) => pair.join() === 'c,e')!.conditioning).toEqual(['a', 'b', 'd']);
  expect(edgeTexts(graph)).toEqual(['b o-> a', 'a <-> c', 'a --> e', 'b o-> d', 'd --> c', 'd <-> e']);
  // Sets of two are too small.
  expect(edgeTexts(fci(independence, { maxConditioning: 2 }).graph).some((edge) => /c .* e|e .* c/.test(edge))).toBe(
    true,
  );
});

describe('background knowledge', () => {
  const chain = oracle('age --> bmi', 'bmi --> pressure');

  test('a tier excludes causation, but not a common cause', () => {
    const result = fci(chain, { knowledge: { tiers: [['age'], ['bmi', 'pressure']] } });
    expect(edgeTexts(result.graph)).toEqual(['age o-> bmi', 'bmi --> pressure']);
  });

  test('required edges are causes; two forbidden directions remove an edge', () => {
    expect(edgeTexts(fci(chain, { knowledge: { required: [['age', 'bmi']] } }).graph)).toEqual([
      'age --> bmi',
      'bmi --> pressure',
    ]);
    const forbidden = [
      ['age', 'bmi'],
      ['bmi', 'age'],
    ] as const;
    expect(edgeTexts(fci(chain, { knowledge: { forbidden } }).graph)).not.toContain('age o-o bmi');
  });
});

test('true tiers remove no edge or mark and add some, and every mark is true in the causal graph', () => {
  let added = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const dag = randomDag(8, 0.35, 700 + seed);
    const isCause = (i: number, j: number): boolean =>
      parentsIn(dag, j).some((parent) => parent === i || isCause(i, parent));
    const measured = generator(seed);
    const seen = [...dag.variables.keys()].filter(() => measured() < 0.75);
    if (seen.length < 3) continue;
    const name = (i: number) => dag.variables[i].name;
    const independence = dSeparation(dag, seen.map(name));
    const isEarly = (i: number) => !seen.some((other) => isCause(other, i));
    const tiers = [seen.filter(isEarly).map(name), seen.filter((i) => !isEarly(i)).map(name)];
    const [without, { marks }] = [{}, { knowledge: { tiers } }].map((options) => fci(independence, options).graph);
    for (const [at, mark] of marks.entries()) {
      const [i, j] = [seen[Math.floor(at / seen.length)], seen[at % seen.length]];
      expect(mark === 0).toBe(without.marks[at] === 0);
      if (without.marks[at] !== CIRCLE) expect(mark).toBe(without.marks[at]);
      else if (mark !== CIRCLE) added++;
      if (mark === TAIL) expect(isCause(i, j)).toBe(true);
      if (mark === ARROW) expect(isCause(i, j)).toBe(false);
    }
  }
  expect(added).toBeGreaterThan(40);
});

describe('the class by its definition', () => {
  type Marks = Int8Array;

  /** Tests m-separation by paths in a graph with → and ↔. */
  function isSeparated(marks: Marks, size: number, x: number, y: number, conditioning: number): boolean {
    const isArrow = (from: number, to: number) => marks[to * size + from] === ARROW;
    const isAdjacent = (i: number, j: number) => marks[i * size + j] !== 0;
    const isParent = (i: number, j: number) => isArrow(i, j) && marks[i * size + j] === TAIL;
    const below = (i: number): boolean =>
      ((conditioning >> i) & 1) === 1 ||
      Array.from({ length: size }, (_, j) => j).some((j) => isParent(i, j) && below(j));
    const isOpen = (path: number[]): boolean => {
      const last = path[path.length - 1];
      if (last === y) return true;
      for (let next = 0; next < size; next++) {
        if (!isAdjacent(last, next) || path.includes(next)) continue;
        if (path.length > 1) {
          const isCollider = isArrow(path[path.length - 2], last) && isArrow(next, last);
          if (isCollider ? !below(last) : ((conditioning >> last) & 1) === 1) continue;
        }
        if (isOpen([...path, next])) return true;
      }
      return false;
    };
    return !isOpen([x]);
  }

  /** True without a directed cycle and without ↔ between a variable and its ancestor. */
  function isAncestral(marks: Marks, size: number): boolean {
    const reach = (from: number, seen = new Set<number>()): Set<number> => {
      for (let j = 0; j < size; j++) {
        if (marks[from * size + j] === TAIL && !seen.has(j)) reach(j, seen.add(j));
      }
      return seen;
    };
    return Array.from({ length: size }, (_, i) => i).every((i) =>
      [...reach(i)].every(
        (j) =>
          j !== i &&
          !(marks[i * size + j] === ARROW && marks[j * size + i] === ARROW) &&
          !(marks[j * size + i] === TAIL),
      ),
    );
  }

  function independences(size: number, isIndependent: (x: number, y: number, conditioning: number) => boolean): string {
    let code = '';
    for (let x = 0; x < size; x++) {
      for (let y = x + 1; y < size; y++) {
        for (let conditioning = 0; conditioning < 2 ** size; conditioning++) {
          if (((conditioning >> x) & 1) === 0 && ((conditioning >> y) & 1) === 0) {
            code += isIndependent(x, y, conditioning) ? '1' : '0';
          }
        }
      }
    }
    return code;
  }

  /**
   * Returns the marks that all maximal ancestral graphs with these independences share, and circles where they differ.
   */
  function classOf(tests: IndependenceTest): Marks {
    const size = tests.variables.length;
    const members = (conditioning: number) =>
      Array.from({ length: size }, (_, i) => i).filter((i) => (conditioning >> i) & 1);
    const isIndependent = (x: number, y: number, conditioning: number) =>
      tests.test(x, y, members(conditioning)).p === 1;
    const wanted = independences(size, isIndependent);
    const pairs: [number, number][] = [];
    for (let x = 0; x < size; x++) {
      for (let y = x + 1; y < size; y++) {
        const sets = Array.from({ length: 2 ** size }, (_, conditioning) => conditioning);
        if (
          !sets.some(
            (conditioning) =>
              !((conditioning >> x) & 1) && !((conditioning >> y) & 1) && isIndependent(x, y, conditioning),
          )
        ) {
          pairs.push([x, y]);
        }
      }
    }
    let common: Marks | undefined;
    for (let code = 0; code < 3 ** pairs.length; code++) {
      const marks = new Int8Array(size * size);
      let rest = code;
      for (const [x, y] of pairs) {
        const kind = rest % 3;
        rest = (rest - kind) / 3;
        marks[x * size + y] = kind === 0 ? TAIL : ARROW;
        marks[y * size + x] = kind === 1 ? TAIL : ARROW;
      }
      if (!isAncestral(marks, size)) continue;
      if (independences(size, (x, y, conditioning) => isSeparated(marks, size, x, y, conditioning)) !== wanted) {
        continue;
      }
      common = common?.map((mark, i) => (mark === marks[i] ? mark : CIRCLE)) ?? marks;
    }
    return common!;
  }

  function randomOracle(seed: number, observed: number, hidden: number): IndependenceTest {
    const next = generator(seed);
    const names = Array.from({ length: observed }, (_, i) => `v${i}`);
    const order = [...names, ...Array.from({ length: hidden }, (_, i) => `H${i}`)].sort(() => next() - 0.5);
    const edges = order.flatMap((from, i) =>
      order
        .slice(i + 1)
        .filter(() => next() < 0.4)
        .map((to) => ({ from, to, fromMark: TAIL, toMark: ARROW }) as const),
    );
    return dSeparation(
      graphFromEdges(
        order.map((name) => ({ name })),
        edges,
      ),
      names,
    );
  }

  test.each([
    [4, 2, 60],
    [5, 3, 25],
  ])('%d measured and %d hidden variables of random DAGs', (observed, hidden, numRuns) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const tests = randomOracle(seed, observed, hidden);
        expect([...fci(tests).graph.marks]).toEqual([...classOf(tests)]);
      }),
      { numRuns, seed: 77 },
    );
  });
});
