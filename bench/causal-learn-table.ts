// What the benchmark beside causal-learn measured, each row with the commit and the limit that it was measured with,
// and the table of it.

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
  /** Of the graph; of KCI, how many variables are conditioned on. */
  readonly what: keyof typeof DEGREES | number;
  /** Of interlatent, as `machine` tells it. */
  readonly commit: string | undefined;
  /** Most seconds of theirs. */
  readonly limit: number;
  /** Of the machine, before. */
  readonly load: number;
  /** Seconds of processor time of every repetition; empty where it refused. */
  readonly ours: readonly number[];
  /** Empty where it took more than the limit; undefined where a smaller table did. */
  readonly theirs?: readonly number[];
}

export interface Results {
  readonly command: string;
  /** That all rows were measured on. */
  readonly machine: Omit<Machine, 'commit' | 'load'>;
  /** Of Python, its packages and causal-learn. */
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
    method === 'kci' ? `given ${what}` : `${variables}, ${what}`,
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
      `Processor time of one call, one thread each, in turn; medians. α ${ALPHA}, Fisher z, linear models; sparse: ` +
      `${DEGREES.sparse} neighbours on average, dense: ${DEGREES.dense}. Not tried: a smaller table took more than ` +
      `the limit. KCI: one test after others, nothing remembered.`,
  };
}

/** What the rows were measured on and with. */
export function machineText({ command, machine, versions, rows }: Results): string {
  const each = (values: readonly (string | number)[]) => [...new Set(values)].join(' and ');
  const [loads, limits] = (['load', 'limit'] as const).map((name) => each(rows.map((row) => row[name])));
  const others = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `\`${command}\`: ${machine.processor}, ${machine.cores} cores, load ${loads} before; calls of more than ` +
    `${limits} s ended; Node ${machine.node}, ${others.join(', ')}.`
  );
}
