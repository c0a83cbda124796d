// How stable edges are: discovery on complementary half-samples of the rows, pairs of disjoint halves without
// replacement (Shah & Samworth 2013), and the graph of the edges that pass a threshold (in the manner of Meinshausen &
// Bühlmann 2010). Copies of rows, as a bootstrap draws them, would count as rows of their own in every test.

import { checkArgument, checkOptions } from '../../argument.js';
import { InputError } from '../../errors.js';
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

/** Shares of the half-samples, each in [0, 1]; those of the marks add up to `adjacent`. */
export interface EdgeFrequencies {
  /** The pair is adjacent. */
  readonly adjacent: number;
  /** First → second. */
  readonly forward: number;
  /** First ← second. */
  readonly backward: number;
  readonly undirected: number;
  readonly bidirected: number;
  /** First o→ second; this and the next two only with FCI. */
  readonly openForward: number;
  /** First ←o second. */
  readonly openBackward: number;
  /** First o–o second. */
  readonly open: number;
}

export type Interval = readonly [low: number, high: number];

/**
 * Where shares would lie with endless half-samples, with 95 % confidence, as if they were independent (Wilson 1927):
 * how far the drawing alone leaves them open, not how sure the edge is.
 */
export interface EdgeIntervals {
  readonly adjacent: Interval;
  /** Of the share with the marks that the edge is written with. */
  readonly asWritten: Interval;
}

export interface HalfSampleShares extends HalfSampling {
  /** Pairs that are adjacent in any half-sample, in the order of the variables. */
  readonly pairs: readonly (EdgeFrequencies & { readonly pair: readonly [string, string] })[];
}

/** Philox's stream of the permutations that rows are halved by; the step is the number of the pair. */
const STREAM = 0x68616c66;

/**
 * Edge and orientation frequencies over half-samples of the rows; the same seed gives the same ones.
 * @param options `count`: half-samples; `groups` says which rows stay together, as {@link halfSample} does
 * @param find the graph of a half-sample
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

/** More say nothing that these do not. */
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
 * Half-sample `number` of the rows; it depends only on the seed and its number.
 * @param groups of each row, where rows belong together: half of the groups is drawn, each with all its rows
 */
export function halfSample(
  columns: readonly DataColumn[],
  seed: number,
  number: number,
  groups?: readonly string[],
): DataColumn[] {
  const rows = halfSampleRows(columns[0].values.length, seed, number, groups);
  return columns.map((column) => ({ ...column, values: Float64Array.from(rows, (row) => column.values[row]) }));
}

/**
 * Returns the rows of half-sample `number`, ascending. Numbers 2 k and 2 k + 1 are disjoint halves of the rows, or of
 * their groups; of an odd number one is in neither.
 * @param groups of each row, as {@link halfSample} has them
 */
export function halfSampleRows(size: number, seed: number, number: number, groups?: readonly string[]): Int32Array {
  const units = groups && rowsTogether(groups);
  const count = units?.length ?? size;
  const half = Math.floor(count / 2);
  const from = number % 2 === 0 ? 0 : half;
  const drawn = permutation(seedKey(seed), STREAM, Math.floor(number / 2), count).subarray(from, from + half);
  return Int32Array.from(units ? [...drawn].flatMap((unit) => units[unit]) : drawn).sort();
}

function rowsTogether(groups: readonly string[]): (readonly number[])[] {
  const rows = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const own = rows.get(group);
    if (own) own.push(row);
    else rows.set(group, [row]);
  }
  return [...rows.values()];
}

/** The kinds of edges by their marks at the first and the second variable. */
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
  ...{ adjacent: 0, forward: 0, backward: 0, undirected: 0, bidirected: 0 },
  ...{ openForward: 0, openBackward: 0, open: 0 },
};

/** The 0.975 quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** Wilson's 95 % interval of a share of `count` independent draws. */
export function shareInterval(share: number, count: number): Interval {
  const scale = 1 + Z ** 2 / count;
  const centre = (share + Z ** 2 / (2 * count)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / count + (Z / (2 * count)) ** 2)) / scale;
  return [share === 0 ? 0 : Math.max(0, centre - half), share === 1 ? 1 : Math.min(1, centre + half)];
}

/** How often an edge was found with the marks it is written with. */
export function asWritten({ fromMark, toMark }: CausalEdge, frequencies: EdgeFrequencies): number {
  const kind = KINDS.get(`${fromMark},${toMark}`);
  return kind === undefined ? 0 : frequencies[kind];
}

/** Counts as shares of all. */
function shares(counts: EdgeFrequencies, all: number): EdgeFrequencies {
  return {
    adjacent: counts.adjacent / all,
    forward: counts.forward / all,
    backward: counts.backward / all,
    undirected: counts.undirected / all,
    bidirected: counts.bidirected / all,
    openForward: counts.openForward / all,
    openBackward: counts.openBackward / all,
    open: counts.open / all,
  };
}

/** Counts edges over graphs of the same variables, which may come in any order. */
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

  /** Shares of all graphs so far, in the order of the variables. */
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
 * The edges found in at least the share `threshold` of the half-samples. In a CPDAG one that is → in more than half of
 * those that have it is →, all others are –. In a PAG each end has the mark of more than half of them, else a
 * circle.
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
