// How stable edges are: discovery on resamples of the rows, with replacement (Friedman, Goldszmidt & Wyner 1999), and
// the graph of the edges that pass a threshold (in the manner of Meinshausen & Bühlmann 2010).

import { checkArgument, checkOptions } from '../../argument.js';
import { InputError } from '../../errors.js';
import { seedKey, uniforms } from '../../random/streams.js';
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
import type { Resampling } from './resampling.js';

/** Shares of the resamples, each in [0, 1]; those of the marks add up to `adjacent`. */
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
 * Where shares would lie with endless resamples, with 95 % confidence (Wilson 1927): how far resampling alone leaves
 * them open, not how sure the edge is.
 */
export interface EdgeIntervals {
  readonly adjacent: Interval;
  /** Of the share with the marks that the edge is written with. */
  readonly asWritten: Interval;
}

export interface BootstrapResult extends Resampling {
  /** Pairs that are adjacent in any resample, in the order of the variables. */
  readonly pairs: readonly (EdgeFrequencies & { readonly pair: readonly [string, string] })[];
}

/** Philox's stream of row draws; the step is the number of the resample. */
const STREAM = 0x626f6f74;

/**
 * Edge and orientation frequencies over resamples of the rows; the same seed gives the same resamples.
 * @param options `groups` says which rows are drawn together, as {@link resample} does
 * @param find the graph of a resample
 * @throws InputError `invalid-resamples`, and what `find` throws
 */
export function bootstrapGraphs(
  columns: readonly DataColumn[],
  options: { readonly resamples: number; readonly seed?: number; readonly groups?: readonly string[] | undefined },
  find: (columns: readonly DataColumn[]) => CausalGraph,
): BootstrapResult {
  checkColumnShapes('bootstrapGraphs: columns', columns);
  checkOptions('bootstrapGraphs', options, { resamples: 'number', seed: 'number', groups: ['text'] });
  checkArgument('bootstrapGraphs: find', find, 'function');
  const { resamples, seed = 0, groups } = options;
  checkResamples(resamples, seed);
  const counts = new EdgeCounts(columns);
  for (let number = 0; number < resamples; number++) counts.add(find(resample(columns, seed, number, groups)).marks);
  return { resamples, seed, resampled: 'rows', pairs: counts.pairs() };
}

/** More say nothing that these do not. */
export const MOST_RESAMPLES = 1_000_000;

/** @throws InputError `invalid-resamples` */
export function checkResamples(resamples: number, seed: number): void {
  const isPossible = Number.isSafeInteger(resamples) && resamples >= 1 && resamples <= MOST_RESAMPLES;
  if (!isPossible || !Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(
      'invalid-resamples',
      `bootstrap takes a whole number from 1 to ${MOST_RESAMPLES} and a seed of at least 0, ` +
        `got ${resamples} and ${seed}`,
    );
  }
}

/**
 * Resample `number` of the rows; it depends only on the seed and its number.
 * @param groups of each row, where rows belong together: as many groups are drawn as there are, each with all its rows
 */
export function resample(
  columns: readonly DataColumn[],
  seed: number,
  number: number,
  groups?: readonly string[],
): DataColumn[] {
  const rows = drawRows(columns[0].values.length, seed, number, groups);
  return columns.map((column) => ({ ...column, values: Float64Array.from(rows, (row) => column.values[row]) }));
}

/** The rows of resample `number` of `size` rows, with replacement; whole groups as {@link resample} draws them. */
export function drawRows(size: number, seed: number, number: number, groups?: readonly string[]): Int32Array {
  const units = groups && rowsTogether(groups);
  const count = units?.length ?? size;
  const draws = Int32Array.from(uniforms(seedKey(seed), STREAM, number, count), (u) => Math.floor(u * count));
  return units ? Int32Array.from([...draws].flatMap((unit) => units[unit])) : draws;
}

function rowsTogether(groups: readonly string[]): number[][] {
  const rows = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) rows.set(group, [...(rows.get(group) ?? []), row]);
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
  pairs(): BootstrapResult['pairs'] {
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
 * The edges found in at least the share `threshold` of the resamples. In a CPDAG one that is → in more than half of the
 * resamples that have it is →, all others are –. In a PAG each end has the mark of more than half of them, else a
 * circle.
 * @throws InputError `invalid-threshold`
 */
export function stableGraph(
  variables: CausalGraph['variables'],
  result: BootstrapResult,
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
