// Stability of edges: discovery on complementary half-samples of the rows (Shah & Samworth 2013), that is pairs of
// disjoint samples without replacement. The graph of stable edges has those that pass a threshold, in the manner of
// Meinshausen & Bühlmann (2010). A bootstrap would draw copies of rows, which every test would count as independent.

import { checkArgument, checkOptions } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { permutation, seedKey } from '../../random/streams.js';
import {
  ARROW,
  CIRCLE,
  emptyGraph,
  positions,
  setEdge,
  TAIL,
  type CausalEdge,
  type CausalGraph,
} from './causal-graph.js';
import { checkColumnShapes, type DataColumn } from './columns.js';
import type { HalfSampling } from './resampling.js';

/** Shares of the half-samples, each in [0, 1]. The shares of the kinds of edges add up to `adjacent`. */
export interface EdgeFrequencies {
  /** The pair is adjacent. */
  readonly adjacent: number;
  /** First → second. */
  readonly forward: number;
  /** First ← second. */
  readonly backward: number;
  readonly undirected: number;
  readonly bidirected: number;
  /** First o→ second. Only FCI finds this and the next two kinds. */
  readonly openForward: number;
  /** First ←o second. */
  readonly openBackward: number;
  /** First o–o second. */
  readonly open: number;
}

export type Interval = readonly [low: number, high: number];

/**
 * 95 % intervals of the shares for infinitely many half-samples, as if these were independent (Wilson 1927). They
 * measure the error of drawing finitely many half-samples, not the certainty of the edge.
 */
export interface EdgeIntervals {
  readonly adjacent: Interval;
  /** Interval of the share of half-samples that have the edge with the marks it is written with. */
  readonly asWritten: Interval;
}

export interface HalfSampleShares extends HalfSampling {
  /** Pairs that are adjacent in any half-sample, in the order of the variables. */
  readonly pairs: readonly (EdgeFrequencies & { readonly pair: readonly [string, string] })[];
}

/** Philox stream of the permutations that divide rows into halves. The step is the number of the pair. */
const STREAM = 0x68616c66;

/**
 * Returns the frequencies of edges and orientations over half-samples of the rows. They depend only on data and seed.
 * @param options `count`: number of half-samples; `groups`: which rows stay together, see {@link halfSample}
 * @param find returns the graph of a half-sample
 * @throws InputError `invalid-half-samples`, and what `find` throws
 */
export function halfSampleGraphs(
  columns: readonly DataColumn[],
  options: { readonly count: number; readonly seed?: number; readonly groups?: readonly string[] | undefined },
  find: (columns: readonly DataColumn[]) => CausalGraph,
): HalfSampleShares {
  checkColumnShapes('halfSampleGraphs: columns', columns);
  checkOptions('halfSampleGraphs', options, { count: 'number', seed: 'number', groups: ['text'] });
  checkArgument('halfSampleGraphs: find', find, 'function');
  const { count, seed = 0, groups } = options;
  checkHalfSamples(count, seed);
  const counts = new EdgeCounts(columns);
  for (let number = 0; number < count; number++) counts.add(find(halfSample(columns, seed, number, groups)).marks);
  return { count, seed, resampled: 'rows', pairs: counts.pairs() };
}

/** The shares of more half-samples would not differ noticeably. */
export const MAX_HALF_SAMPLES = 1_000_000;

/** @throws InputError `invalid-half-samples` */
export function checkHalfSamples(count: number, seed: number): void {
  const isPossible = Number.isSafeInteger(count) && count >= 1 && count <= MAX_HALF_SAMPLES;
  if (!isPossible || !Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(
      'invalid-half-samples',
      `halfSamples is a whole number from 1 to ${MAX_HALF_SAMPLES} with a seed of at least 0, ` +
        `got ${count} and ${seed}`,
    );
  }
}

/**
 * Returns half-sample `number` of the rows, which depends only on the seed and this number.
 * @param groups group of each row, if rows belong together: half of the groups is drawn, each with all its rows
 */
export function halfSample(
  columns: readonly DataColumn[],
  seed: number,
  number: number,
  groups?: readonly string[],
): DataColumn[] {
  return withRows(columns, halfSampleRows(columns[0].values.length, seed, number, groups));
}

export function withRows(columns: readonly DataColumn[], rows: Int32Array): DataColumn[] {
  return columns.map((column) => ({ ...column, values: Float64Array.from(rows, (row) => column.values[row]) }));
}

/**
 * Returns the rows of half-sample `number`, ascending. Numbers 2 k and 2 k + 1 are disjoint halves of the rows or of
 * their groups. If their number is odd, one of them is in neither half.
 * @param groups group of each row, see {@link halfSample}
 * @param strata stratum of each row; half of every stratum is drawn. Groups of the same strata form one stratum
 */
export function halfSampleRows(
  size: number,
  seed: number,
  number: number,
  groups?: readonly string[],
  strata?: readonly string[],
): Int32Array {
  const units = groups && rowsOfGroups(groups);
  const count = units?.length ?? size;
  const order = permutation(seedKey(seed), STREAM, Math.floor(number / 2), count);
  const rowsOf = (unit: number): readonly number[] => units?.[unit] ?? [unit];
  const drawn = stratified(order, strata && ((unit) => rowsOf(unit).map((row) => strata[row]))).flatMap((members) => {
    const half = Math.floor(members.length / 2);
    const from = number % 2 === 0 ? 0 : half;
    return [...members.subarray(from, from + half)];
  });
  return Int32Array.from(drawn.flatMap(rowsOf)).sort();
}

/** Divides units by the set of the strata of their rows. */
function stratified(units: Int32Array, strataOf: ((unit: number) => readonly string[]) | undefined): Int32Array[] {
  if (strataOf === undefined) return [units];
  const strata = new Map<string, number[]>();
  for (const unit of units) {
    const stratum = JSON.stringify([...new Set(strataOf(unit))].sort());
    const members = strata.get(stratum);
    if (members) members.push(unit);
    else strata.set(stratum, [unit]);
  }
  return Array.from(strata.values(), (members) => Int32Array.from(members));
}

function rowsOfGroups(groups: readonly string[]): (readonly number[])[] {
  const rows = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const members = rows.get(group);
    if (members) members.push(row);
    else rows.set(group, [row]);
  }
  return [...rows.values()];
}

/** Kinds of edges by their marks at the first and the second variable. */
const KINDS = new Map<string, Exclude<keyof EdgeFrequencies, 'adjacent'>>([
  [`${TAIL},${ARROW}`, 'forward'],
  [`${ARROW},${TAIL}`, 'backward'],
  [`${TAIL},${TAIL}`, 'undirected'],
  [`${ARROW},${ARROW}`, 'bidirected'],
  [`${CIRCLE},${ARROW}`, 'openForward'],
  [`${ARROW},${CIRCLE}`, 'openBackward'],
  [`${CIRCLE},${CIRCLE}`, 'open'],
]);

export const NEVER: EdgeFrequencies = {
  adjacent: 0,
  forward: 0,
  backward: 0,
  undirected: 0,
  bidirected: 0,
  openForward: 0,
  openBackward: 0,
  open: 0,
};

/** The 0.975 quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** Returns Wilson's 95 % interval of a share of `count` independent draws. */
export function shareInterval(share: number, count: number): Interval {
  const scale = 1 + Z ** 2 / count;
  const centre = (share + Z ** 2 / (2 * count)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / count + (Z / (2 * count)) ** 2)) / scale;
  return [share === 0 ? 0 : Math.max(0, centre - half), share === 1 ? 1 : Math.min(1, centre + half)];
}

/** Returns the share of half-samples that have the edge with the marks it is written with. */
export function asWritten({ fromMark, toMark }: CausalEdge, frequencies: EdgeFrequencies): number {
  const kind = KINDS.get(`${fromMark},${toMark}`);
  return kind === undefined ? 0 : frequencies[kind];
}

/** Divides all counts by the number of graphs. */
function shares(counts: EdgeFrequencies, total: number): EdgeFrequencies {
  return {
    adjacent: counts.adjacent / total,
    forward: counts.forward / total,
    backward: counts.backward / total,
    undirected: counts.undirected / total,
    bidirected: counts.bidirected / total,
    openForward: counts.openForward / total,
    openBackward: counts.openBackward / total,
    open: counts.open / total,
  };
}

/** Counts edges over graphs of the same variables. The order in which graphs are added does not matter. */
export class EdgeCounts {
  readonly #counts = new Map<number, Record<keyof EdgeFrequencies, number>>();
  #graphs = 0;

  constructor(readonly variables: CausalGraph['variables']) {}

  add(marks: Int8Array): void {
    const size = this.variables.length;
    this.#graphs++;
    for (let i = 0; i < size; i++) {
      for (let j = i + 1; j < size; j++) {
        const kind = KINDS.get(`${marks[i * size + j]},${marks[j * size + i]}`);
        if (kind === undefined) continue;
        const counted = this.#counts.get(i * size + j) ?? { ...NEVER };
        this.#counts.set(i * size + j, counted);
        counted.adjacent++;
        counted[kind]++;
      }
    }
  }

  /** Returns the shares among all graphs so far, in the order of the variables. */
  pairs(): HalfSampleShares['pairs'] {
    const size = this.variables.length;
    return [...this.#counts]
      .sort(([a], [b]) => a - b)
      .map(([at, counted]) => {
        const pair = [this.variables[Math.floor(at / size)].name, this.variables[at % size].name] as const;
        return { pair, ...shares(counted, this.#graphs) };
      });
  }
}

/**
 * Returns the graph of the edges that at least the share `threshold` of the half-samples have. In a CPDAG an edge is →
 * if it is → in more than half of the half-samples that have it, otherwise –. In a PAG each end has the mark that more
 * than half of them agree on, otherwise a circle.
 * @throws InputError `invalid-threshold`
 */
export function stableGraph(
  variables: CausalGraph['variables'],
  result: HalfSampleShares,
  threshold: number,
  type: 'cpdag' | 'pag' = 'cpdag',
): CausalGraph {
  checkArgument('stableGraph: result', result, { pairs: [{ pair: ['text'], adjacent: 'number' }] });
  const { pairs } = result;
  if (!(threshold > 0 && threshold <= 1)) {
    throw new InputError('invalid-threshold', `the threshold is a share in (0, 1], got ${threshold}`);
  }
  const graph = emptyGraph(variables);
  const position = positions(variables);
  for (const { pair, adjacent, forward, backward, bidirected, openForward, openBackward } of pairs) {
    if (adjacent < threshold) continue;
    const [i, j] = pair.map((name) => position.get(name)!);
    if (type === 'cpdag') {
      setEdge(graph, i, j, backward > adjacent / 2 ? ARROW : TAIL, forward > adjacent / 2 ? ARROW : TAIL);
      continue;
    }
    const majority = (arrow: number, tail: number) =>
      arrow > adjacent / 2 ? ARROW : tail > adjacent / 2 ? TAIL : CIRCLE;
    const atFirst = majority(backward + bidirected + openBackward, forward);
    setEdge(graph, i, j, atFirst, majority(forward + bidirected + openForward, backward));
  }
  return graph;
}
