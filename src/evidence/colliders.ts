// Arrowheads that data determine: x and y that have no direct link, and go together once their common neighbour z is
// held fixed, are no effects of z, so that both links have an arrowhead at z (a v-structure; Spirtes, Glymour &
// Scheines 2000). One is believed if it holds in nine of ten complementary half-samples (Shah & Samworth 2013).

import { halfSampleRows } from '../causal/discovery/half-samples.js';
import type { Measured } from './error-aware.js';
import { pooledTest } from './pooled-test.js';
import { LINK_ALPHA, MIN_DIRECT, subsets, type SearchedLink } from './searched-link.js';
import { SearchPace } from './search-pace.js';
import { unitsAt } from './variables.js';

/** Half-samples, in pairs of disjoint halves. */
const HALF_SAMPLES = 100;
/** Share of half-samples that must show a collider. */
const MIN_SHARE = 0.9;
/**
 * Level of the dependence in each fold (that of all folds together is `LINK_ALPHA`), and of the absence of a link in a
 * half-sample: a stricter one takes a direct effect that another path nearly cancels out for none more often.
 */
const FOLD_ALPHA = 0.05;

/**
 * A correlation of x and y that must be ruled out (95 %). A direct link that another path nearly cancels looks the same
 * as none, so that a collider takes a large study: some 4,000 units (docs/evidence-statistics.md has the error rates).
 */
const NEARLY_NONE = 0.035;

export interface UnitVariables {
  readonly ids: readonly string[];
  readonly variables: readonly Measured[];
}

export interface ColliderQuestion {
  /** By split and fold the units and their variables, in one order. */
  readonly splits: readonly (readonly UnitVariables[])[];
  readonly links: readonly Pick<SearchedLink, 'x' | 'y' | 'verdict' | 'given' | 'direct'>[];
  /** Whether two variables without a tested link may be separated: not latents of one modality. */
  readonly canSeparate: (x: number, y: number) => boolean;
  readonly seed: number;
  /** Default: 100. 0: what all units show counts alone, and the share is 1. */
  readonly halfSamples?: number;
}

/** An arrowhead at `to`. */
export interface ColliderArrow {
  readonly from: number;
  readonly to: number;
  /** Share of half-samples that show the collider. */
  readonly share: number;
}

/** Returns the arrowheads of colliders that are replicated, each once. @throws the reason of the pace's signal */
export async function colliderArrows(question: ColliderQuestion, pace = new SearchPace()): Promise<ColliderArrow[]> {
  const { links } = question;
  const neighbours = new Map<number, number[]>();
  for (const { x, y, verdict } of links) {
    if (verdict !== 'supported') continue;
    neighbours.set(x, [...(neighbours.get(x) ?? []), y]);
    neighbours.set(y, [...(neighbours.get(y) ?? []), x]);
  }
  const half = new HalfSamples(question, pace);
  const shares = new Map<string, ColliderArrow>();
  const candidates = [...neighbours]
    .sort(([a], [b]) => a - b)
    .flatMap(([z, linked]) => pairsOf(linked).map(([x, y]) => ({ x, y, z })));
  for (const [done, { x, y, z }] of candidates.entries()) {
    pace.at({ stage: 'directions', done, total: candidates.length });
    const near = [...new Set([...(neighbours.get(x) ?? []), ...(neighbours.get(y) ?? [])])];
    const others = near.filter((one) => ![x, y, z].includes(one)).sort((a, b) => a - b);
    const share = await colliderShare({ x, y, z, others }, question, half, pace);
    if (share === undefined) continue;
    for (const from of [x, y]) {
      const known = shares.get(`${from} ${z}`);
      if (!known || known.share < share) shares.set(`${from} ${z}`, { from, to: z, share });
    }
  }
  return [...shares.values()];
}

function pairsOf(items: readonly number[]): [number, number][] {
  const sorted = [...items].sort((a, b) => a - b);
  return sorted.flatMap((x, i) => sorted.slice(i + 1).map((y): [number, number] => [x, y]));
}

interface Triple {
  readonly x: number;
  readonly y: number;
  /** The neighbour of both. */
  readonly z: number;
  /** Other neighbours of either. */
  readonly others: readonly number[];
}

/** Returns the share of half-samples in which z is a collider; undefined where it is none. */
async function colliderShare(
  { x, y, z, others: near }: Triple,
  question: ColliderQuestion,
  half: HalfSamples,
  pace: SearchPace,
): Promise<number | undefined> {
  const { links, canSeparate, splits } = question;
  const all = splits.map((folds) => folds.map(({ variables }) => variables));
  const link = links.find((one) => one.x === x && one.y === y);
  if (link ? link.verdict !== 'not-supported' || link.given.includes(z) : !canSeparate(x, y)) return undefined;
  const given = link?.given ?? [];
  // Latents of modalities that are not associated have no link: no test was made of this pair.
  const { p, lower, upper } = link?.direct ?? pooledTest(all, { x, y, given });
  if (p <= LINK_ALPHA || lower <= -NEARLY_NONE || upper >= NEARLY_NONE) return undefined;
  const found = pooledTest(all, { x, y, given: [z, ...given] });
  const isReplicated = found.hasOneSign && found.folds.every((p) => p <= FOLD_ALPHA);
  // Two weak links change next to nothing: what is just significant with z, and just not without, has no collider.
  if (Math.max(found.lower, -found.upper) <= MIN_DIRECT) return undefined;
  if (!found.isIdentified || found.p > LINK_ALPHA || !isReplicated) return undefined;
  // Conservative (Ramsey, Spirtes & Zhang 2006): no set with z separates them, in which two paths may cancel out.
  for (const set of [...subsets(near, 1), ...subsets(near, 2)]) {
    await pace.rest();
    const test = pooledTest(all, { x, y, given: [z, ...set] });
    if (test.isIdentified && test.p > LINK_ALPHA) return undefined;
  }
  return half.share([x, y, z, ...given], (splitsOfHalf) => {
    const others = given.map((_, i) => i + 3);
    const apart = pooledTest(splitsOfHalf, { x: 0, y: 1, given: others });
    if (!apart.isIdentified || apart.p <= FOLD_ALPHA) return false;
    const together = pooledTest(splitsOfHalf, { x: 0, y: 1, given: [2, ...others] });
    return (
      together.isIdentified &&
      together.p <= LINK_ALPHA &&
      Math.sign(together.correlation) === Math.sign(found.correlation)
    );
  });
}

type Values = readonly (readonly (readonly Measured[])[])[];

/** Halves of the units, the same ones for every question; of the first split, which has each unit once. */
class HalfSamples {
  readonly #folds: readonly UnitVariables[];
  readonly #count: number;
  readonly #seed: number;
  /** By half-sample and fold the rows that are in it. */
  readonly #rows: Int32Array[][] = [];

  readonly #pace: SearchPace;

  constructor({ splits, halfSamples, seed }: ColliderQuestion, pace: SearchPace) {
    this.#pace = pace;
    this.#folds = splits[0];
    this.#count = halfSamples ?? HALF_SAMPLES;
    this.#seed = seed;
  }

  /** Returns the share of half-samples for which something holds; undefined where they are too few. */
  async share(variables: readonly number[], holds: (values: Values) => boolean): Promise<number | undefined> {
    if (this.#count === 0) return 1;
    const most = Math.floor(this.#count * (1 - MIN_SHARE) + 1e-9);
    let failed = 0;
    for (let number = 0; number < this.#count; number++) {
      await this.#pace.rest();
      const rows = this.#rowsOf(number);
      const values = this.#folds.map((fold, f) =>
        unitsAt(
          variables.map((i) => fold.variables[i]),
          rows[f],
        ),
      );
      if (!holds([values]) && ++failed > most) return undefined;
    }
    return (this.#count - failed) / this.#count;
  }

  #rowsOf(number: number): Int32Array[] {
    const known = this.#rows.at(number);
    if (known) return known;
    const units = this.#folds.flatMap(({ ids }) => ids);
    const half = new Set(Array.from(halfSampleRows(units.length, this.#seed, number), (i) => units[i]));
    const rows = this.#folds.map(({ ids }) => Int32Array.from([...ids.keys()].filter((row) => half.has(ids[row]))));
    this.#rows[number] = rows;
    return rows;
  }
}
