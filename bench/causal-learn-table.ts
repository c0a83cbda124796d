// The results of the benchmark against causal-learn, and their table. Each row names its commit and its time limit.

import type { Machine } from './machine.js';
import type { Table } from './table.js';
import { median } from './timing.js';

export const ALPHA = 0.05;
/** Mean number of neighbours in the true graph. */
export const DEGREES = { sparse: 2, dense: 6 } as const;

export type Method = 'pc' | 'fci' | 'ges' | 'kci';

export interface Row {
  readonly method: Method;
  readonly variables: number;
  readonly rows: number;
  /** Density of the graph; for KCI, the size of the conditioning set. */
  readonly what: keyof typeof DEGREES | number;
  /** Commit of interlatent, as `machine` returns it. */
  readonly commit: string | undefined;
  /** Maximal seconds of a call of causal-learn. */
  readonly limit: number;
  /** Load of the machine before the benchmark. */
  readonly load: number;
  /** Seconds of processor time of every repetition; empty if our call refuses the data. */
  readonly ours: readonly number[];
  /** The same for causal-learn; empty if a call exceeds the limit, undefined if one with fewer variables does. */
  readonly theirs?: readonly number[];
}

export interface Results {
  readonly command: string;
  /** Machine of all rows. */
  readonly machine: Omit<Machine, 'commit' | 'load'>;
  /** Versions of Python, its packages and causal-learn. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

export function isSameCase(a: Row, b: Row): boolean {
  return (['method', 'variables', 'rows', 'what'] as const).every((name) => a[name] === b[name]);
}

export function cells({ method, variables, rows, what, commit, limit, ours, theirs }: Row): string[] {
  const seconds = (values: readonly number[]) => median(values).toPrecision(2);
  const their = theirs === undefined ? 'not tried' : theirs.length === 0 ? `more than ${limit}` : seconds(theirs);
  const ratio = (times: number) => (times / median(ours)).toPrecision(2);
  return [
    method.toUpperCase(),
    method === 'kci' ? `conditioning on ${what}` : `${variables}, ${what}`,
    rows.toLocaleString('en'),
    ours.length === 0 ? 'refused' : seconds(ours),
    their,
    theirs === undefined || ours.length === 0 ? '–' : theirs.length === 0 ? `> ${ratio(limit)}` : ratio(median(theirs)),
    String(ours.length),
    commit ?? 'unknown',
  ];
}

export function tableOf(rows: readonly Row[]): Table {
  return {
    head: ['', 'variables', 'rows', 'ours, s', 'causal-learn, s', 'ratio', 'repetitions', 'commit'],
    rows: rows.map(cells),
    note:
      `Median processor time of one call on one thread; calls of both alternate. α ${ALPHA}, Fisher z, linear ` +
      `models. Sparse: ${DEGREES.sparse} neighbours on average; dense: ${DEGREES.dense}. Not tried: a smaller ` +
      'table exceeded the limit. KCI: one test without cached kernels, in a warm process.',
  };
}

/** Returns a sentence on the machine and the versions of the results. */
export function machineText({ command, machine, versions, rows }: Results): string {
  const each = (values: readonly (string | number)[]) => [...new Set(values)].join(' and ');
  const [loads, limits] = (['load', 'limit'] as const).map((name) => each(rows.map((row) => row[name])));
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `\`${command}\`: ${machine.processor}, ${machine.cores} cores, load ${loads} before; time limit of a call ` +
    `${limits} s; Node ${machine.node}, ${packages.join(', ')}.`
  );
}
