// Arrowheads that data determine. If x and y have no direct link and are associated given their common neighbour z,
// they are not effects of z. Both links then have an arrowhead at z (a v-structure; Spirtes, Glymour & Scheines 2000).
// A collider is supported if nine of ten complementary half-samples show it (Shah & Samworth 2013).

import { halfSampleRows } from '../causal/discovery/half-samples.js';
import type { Measured } from './error-aware.js';
import { pooledTest } from './pooled-test.js';
import { distinct, LINK_ALPHA, MIN_DIRECT, subsets, type AreCopies, type SearchedLink } from './searched-link.js';
import { SearchPace } from './search-pace.js';
import { unitsAt } from './variables.js';

/** Number of half-samples, in disjoint pairs. */
const HALF_SAMPLES = 100;
/** Minimum share of half-samples that must show a collider. */
const MIN_SHARE = 0.9;
/**
 * Level of the test of dependence in each fold (that of all folds together is `LINK_ALPHA`), and of the absence of a
 * link in a half-sample. With a stricter level, a direct effect that another path nearly cancels would more often count
 * as absent.
 */
const FOLD_ALPHA = 0.05;

/**
 * A direct correlation of x and y of this size must be ruled out (95 %). A direct link that another path nearly cancels
 * looks like no link. A collider therefore needs a large study of some 4,000 units; the error rates are in
 * docs/explanation/evidence-statistics.md.
 */
const NEARLY_NONE = 0.035;

export interface UnitVariables {
  readonly ids: readonly string[];
  readonly variables: readonly Measured[];
}

export interface ColliderQuestion {
  /** Units and their variables by split and fold, always in the same order of variables. */
  readonly splits: readonly (readonly UnitVariables[])[];
  readonly links: readonly Pick<SearchedLink, 'x' | 'y' | 'verdict' | 'conditioning' | 'direct'>[];
  /** True if two variables without a tested link may be separated. False for latents of the same modality. */
  readonly canSeparate: (x: number, y: number) => boolean;
  /** True for copies of one variable. Default: none. */
  readonly areCopies?: AreCopies | undefined;
  readonly seed: number;
  /** Number of half-samples. Default: 100. With 0, only the test of all units counts, and the share is 1. */
  readonly halfSamples?: number;
}

/** An arrowhead at `to`. */
export interface ColliderArrow {
  readonly from: number;
  readonly to: number;
  /** Share of half-samples that show the collider. */
  readonly share: number;
}

/** Returns the arrowheads of replicated colliders, each once. @throws the reason of the pace's signal */
export async function colliderArrows(question: ColliderQuestion, pace = new SearchPace()): Promise<ColliderArrow[]> {
  const { links, areCopies = () => false } = question;
  const neighbours = new Map<number, number[]>();
  for (const { x, y, verdict } of links) {
    if (verdict !== 'supported') continue;
    neighbours.set(x, [...(neighbours.get(x) ?? []), y]);
    neighbours.set(y, [...(neighbours.get(y) ?? []), x]);
  }
  const halfSamples = new HalfSamples(question, pace);
  const shares = new Map<string, ColliderArrow>();
  const candidates = [...neighbours]
    .sort(([a], [b]) => a - b)
    .flatMap(([z, linked]) => pairsOf(linked).map(([x, y]) => ({ x, y, z })));
  for (const [done, { x, y, z }] of candidates.entries()) {
    pace.at({ stage: 'directions', done, total: candidates.length });
    const near = [...new Set([...(neighbours.get(x) ?? []), ...(neighbours.get(y) ?? [])])];
    const sorted = near.filter((one) => ![x, y, z].includes(one)).sort((a, b) => a - b);
    const further = distinct(sorted, [x, y, z], areCopies);
    const share = await colliderShare({ x, y, z, near: further }, question, halfSamples, pace);
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
  /** The common neighbour of x and y. */
  readonly z: number;
  /** Further neighbours of x or y. */
  readonly near: readonly number[];
}

/** Returns the share of half-samples in which z is a collider; undefined if z is not a supported collider. */
async function colliderShare(
  { x, y, z, near }: Triple,
  question: ColliderQuestion,
  halfSamples: HalfSamples,
  pace: SearchPace,
): Promise<number | undefined> {
  const { links, canSeparate, areCopies = () => false, splits } = question;
  const all = splits.map((folds) => folds.map(({ variables }) => variables));
  const link = links.find((one) => one.x === x && one.y === y);
  const isGiven = link?.conditioning.some((one) => one === z || areCopies(one, z));
  if (link ? link.verdict !== 'not-supported' || isGiven : !canSeparate(x, y)) return undefined;
  const conditioning = link?.conditioning ?? [];
  // Latents of modalities that are not associated have no link, and this pair was not tested.
  const { p, lower, upper } = link?.direct ?? pooledTest(all, { x, y, conditioning });
  if (p <= LINK_ALPHA || lower <= -NEARLY_NONE || upper >= NEARLY_NONE) return undefined;
  const together = pooledTest(all, { x, y, conditioning: [z, ...conditioning] });
  const isReplicated = together.hasOneSign && together.folds.every((p) => p <= FOLD_ALPHA);
  // Two weak links hardly change the correlation. A result that is just significant given z is not a collider.
  if (Math.max(together.lower, -together.upper) <= MIN_DIRECT) return undefined;
  if (!together.isIdentified || together.p > LINK_ALPHA || !isReplicated) return undefined;
  // Conservative rule (Ramsey, Spirtes & Zhang 2006): no set that contains z may separate x and y. Two paths could
  // cancel.
  for (const set of [...subsets(near, 1), ...subsets(near, 2)]) {
    await pace.rest();
    const test = pooledTest(all, { x, y, conditioning: [z, ...set] });
    if (test.isIdentified && test.p > LINK_ALPHA) return undefined;
  }
  return halfSamples.share([x, y, z, ...conditioning], (values) => {
    const positions = conditioning.map((_, i) => i + 3);
    const apart = pooledTest(values, { x: 0, y: 1, conditioning: positions });
    if (!apart.isIdentified || apart.p <= FOLD_ALPHA) return false;
    const ofHalf = pooledTest(values, { x: 0, y: 1, conditioning: [2, ...positions] });
    return (
      ofHalf.isIdentified && ofHalf.p <= LINK_ALPHA && Math.sign(ofHalf.correlation) === Math.sign(together.correlation)
    );
  });
}

type Values = readonly (readonly (readonly Measured[])[])[];

/** Half-samples of the units of the first split, in which each unit occurs once. All questions use the same ones. */
class HalfSamples {
  readonly #folds: readonly UnitVariables[];
  readonly #count: number;
  readonly #seed: number;
  /** The rows in each half-sample, by half-sample and fold. */
  readonly #rows: Int32Array[][] = [];

  readonly #pace: SearchPace;

  constructor({ splits, halfSamples, seed }: ColliderQuestion, pace: SearchPace) {
    this.#pace = pace;
    this.#folds = splits[0];
    this.#count = halfSamples ?? HALF_SAMPLES;
    this.#seed = seed;
  }

  /** Returns the share of half-samples for which `holds` is true; undefined if the share is below `MIN_SHARE`. */
  async share(variables: readonly number[], holds: (values: Values) => boolean): Promise<number | undefined> {
    if (this.#count === 0) return 1;
    const maxFailed = Math.floor(this.#count * (1 - MIN_SHARE) + 1e-9);
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
      if (!holds([values]) && ++failed > maxFailed) return undefined;
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
