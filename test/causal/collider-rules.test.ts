// Rules and priorities of colliders for contradictory tests: every combination against a second PC. The second one
// follows the definitions in docs/reference/causal-discovery.md with plain loops, and shares only the graph type.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  causalGraphToMatrix,
  COLLIDER_PRIORITIES,
  COLLIDER_RULES,
  pc,
  type ColliderPriority,
  type ColliderRule,
  type IndependenceTest,
} from '../../src/causal/discovery/index.js';
import { generator } from '../fixtures/numbers.js';

type Triple = [x: number, y: number, z: number];
type Answer = (x: number, y: number, conditioning: readonly number[]) => number;

const ALPHA = 0.05;

/** Random, contradictory p-values; a share `quiet` of them is below α. */
function answers(seed: number, quiet: number): Answer {
  const known = new Map<string, number>();
  return (x, y, conditioning) => {
    const key = `${Math.min(x, y)},${Math.max(x, y)}|${[...conditioning].sort((a, b) => a - b).join()}`;
    let p = known.get(key);
    if (p === undefined) {
      // The answer depends only on the question, not on the order of questions.
      let hash = seed >>> 0;
      for (const letter of key) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x9e3779b1) >>> 0;
      const next = generator(hash);
      p = next() < quiet ? ALPHA * next() : ALPHA + (1 - ALPHA) * next();
      known.set(key, p);
    }
    return p;
  };
}

function subsetsOf(items: readonly number[]): number[][] {
  return items.reduce<number[][]>((sets, item) => [...sets, ...sets.map((set) => [...set, item])], [[]]);
}

/** Row j, column i: 1 if the edge of i and j has an arrowhead at j, −1 for a tail, 0 without an edge. */
class Marks {
  readonly at: number[][];

  constructor(readonly size: number) {
    this.at = Array.from({ length: size }, (_, j) => Array.from({ length: size }, (__, i) => (i === j ? 0 : -1)));
  }

  around = (i: number) => [...Array(this.size).keys()].filter((j) => this.at[i][j] !== 0);
  directed = (i: number, j: number) => this.at[j][i] === 1 && this.at[i][j] === -1;
  open = (i: number, j: number) => this.at[j][i] === -1 && this.at[i][j] === -1;

  direct(i: number, j: number) {
    this.at[j][i] = 1;
    this.at[i][j] = -1;
  }

  /** True if a path along arrows exists. */
  leads(from: number, to: number, passed: readonly number[] = []): boolean {
    if (from === to) return true;
    const next = this.around(from).filter((node) => this.directed(from, node) && !passed.includes(node));
    return next.some((node) => this.leads(node, to, [...passed, from]));
  }

  /** Returns the ends of edges: tails at j row by row, then arrowheads at j row by row. */
  ends(): [i: number, j: number][] {
    return [-1, 1].flatMap((mark) =>
      this.at.flatMap((row, j) => row.flatMap((entry, i): [number, number][] => (entry === mark ? [[i, j]] : []))),
    );
  }

  paths(): Triple[] {
    const ends = this.ends();
    return ends.flatMap(([i, j]) => ends.flatMap(([from, k]): Triple[] => (from === j && k !== i ? [[i, j, k]] : [])));
  }
}

function reference(size: number, p: Answer, rule: ColliderRule, priority: ColliderPriority): Marks {
  const marks = new Marks(size);
  /** The union of all separating sets of a pair at the level where its edge was removed. */
  const separated = new Map<string, Set<number>>();
  for (let level = 0; level < size - 1; level++) {
    const around = [...Array(size).keys()].map(marks.around);
    const gone: [number, number][] = [];
    for (let x = 0; x < size; x++) {
      for (const y of around[x]) {
        for (const set of subsetsOf(around[x].filter((k) => k !== y))) {
          if (set.length !== level || p(x, y, set) <= ALPHA) continue;
          gone.push([x, y]);
          const key = [x, y].sort((a, b) => a - b).join();
          separated.set(key, new Set([...(separated.get(key) ?? []), ...set]));
        }
      }
    }
    for (const [x, y] of gone) marks.at[x][y] = marks.at[y][x] = 0;
  }

  const candidates = (x: number, z: number) => [...subsetsOf(marks.around(x)), ...subsetsOf(marks.around(z))];
  const best = ([x, y, z]: Triple, isIn: boolean) =>
    Math.max(
      0,
      ...candidates(x, z)
        .filter((set) => set.includes(y) === isIn)
        .map((set) => p(x, z, set)),
    );
  const triples = marks.paths().filter(([x, , z]) => x < z && marks.at[x][z] === 0);
  const nonColliders: Triple[] = [];
  const colliders = triples.filter((triple) => {
    const [x, y, z] = triple;
    if (rule === 'sepset') return !separated.get(`${x},${z}`)!.has(y);
    const [withY, withoutY] = [best(triple, true), best(triple, false)];
    if (rule === 'maxp') return withoutY > withY;
    if (withY > ALPHA) {
      if (withoutY <= ALPHA) nonColliders.push(triple);
      return false;
    }
    if (withoutY > ALPHA || withoutY > withY) return true;
    nonColliders.push(triple);
    return false;
  });
  if (priority === 'stronger') colliders.sort((a, b) => best(a, true) - best(b, true));
  if (priority === 'stronger-star') colliders.sort((a, b) => best(b, false) - best(a, false));
  const oriented: Triple[] = [];
  for (const [x, y, z] of colliders) {
    const isTaken = marks.directed(y, x) || marks.directed(y, z);
    if (isTaken && priority !== 'overwrite' && priority !== 'bidirect') continue;
    for (const end of [x, z]) {
      if (priority === 'bidirect') marks.at[y][end] = 1;
      else marks.direct(end, y);
    }
    oriented.push([x, y, z]);
  }
  if (rule === 'definite-maxp') meek(marks, { colliders: oriented, nonColliders });
  meek(marks);
  return marks;
}

/**
 * Applies Meek's rules 1 to 3. With `certain`, rule 1 uses only known non-colliders, and rule 3 only known triples.
 */
function meek(marks: Marks, certain?: { colliders: readonly Triple[]; nonColliders: readonly Triple[] }): void {
  const paths = marks.paths();
  const has = (list: readonly Triple[], [x, y, z]: Triple) =>
    list.some((one) => one[1] === y && ((one[0] === x && one[2] === z) || (one[0] === z && one[2] === x)));
  const first = certain?.nonColliders ?? paths.filter(([i, , k]) => marks.at[i][k] === 0);
  const triangles = paths.filter(([i, , k]) => marks.at[i][k] !== 0);
  for (let before = ''; before !== JSON.stringify(marks.at);) {
    before = JSON.stringify(marks.at);
    const orient = (i: number, j: number) => {
      if (marks.open(i, j) && !marks.leads(j, i)) marks.direct(i, j);
    };
    for (const [i, j, k] of first) {
      if (marks.directed(i, j)) orient(j, k);
      else if (certain && marks.directed(k, j)) orient(j, i);
    }
    for (const [i, j, k] of triangles) if (marks.directed(i, j) && marks.directed(j, k)) orient(i, k);
    for (const [i, j, l] of triangles) {
      for (const [one, k, other] of triangles) {
        if (one !== i || other !== l || j >= k || marks.at[j][k] !== 0) continue;
        const isMeant = certain
          ? has(certain.colliders, [j, l, k]) && has(certain.nonColliders, [j, i, k])
          : marks.open(i, j) && marks.open(i, k) && marks.directed(j, l) && marks.directed(k, l);
        if (isMeant) orient(i, l);
      }
    }
  }
}

describe.each(COLLIDER_RULES)('rule %s', (rule) => {
  test.each(COLLIDER_PRIORITIES)('priority %s, with contradictory answers', (priority) => {
    let arrows = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 6 }),
        fc.integer(),
        fc.double({ min: 0.7, max: 0.97, noNaN: true }),
        (size, seed, quiet) => {
          const p = answers(seed, quiet);
          const variables = Array.from({ length: size }, (_, i) => ({ name: `v${i}` }));
          const contradictory: IndependenceTest = {
            variables,
            resolution: 0,
            test: (x, y, conditioning) => ({ p: p(x, y, conditioning), rows: 100 }),
          };
          const { graph } = pc(contradictory, { alpha: ALPHA, rule, priority });
          const { at } = reference(size, p, rule, priority);
          expect(causalGraphToMatrix(graph)).toBe(causalGraphToMatrix({ variables, marks: Int8Array.from(at.flat()) }));
          arrows += at.flat().filter((mark) => mark === 1).length;
        },
      ),
      { numRuns: 60, seed: 7 },
    );
    expect(arrows).toBeGreaterThan(50);
  });
});

test('these answers distinguish all priorities', () => {
  const graphs = COLLIDER_RULES.flatMap((rule) =>
    COLLIDER_PRIORITIES.map((priority) =>
      Array.from({ length: 40 }, (_, seed) =>
        JSON.stringify(reference(6, answers(seed, 0.9), rule, priority).at),
      ).join(),
    ),
  );
  expect(new Set(graphs).size).toBe(COLLIDER_RULES.length * COLLIDER_PRIORITIES.length);
});
