// A section of the benchmark: one question, measured row by row, with its table, its targets and perhaps a plot.

import type { Case } from './cases.js';
import type { Table } from './table.js';
import type { Target } from './targets.js';

export interface Context {
  /** Fewer and shorter repetitions: to look, not to publish. */
  readonly quick: boolean;
  /** Thread counts to measure, ascending. */
  readonly threads: readonly number[];
  /** Whether a shape is to be measured: all are, unless the command line names some. */
  readonly wants: (shape: Omit<Case, 'jacobian'>) => boolean;
  /** Interleaved repetitions of everything that is compared. */
  readonly repetitions: number;
  /** About how long one repetition lasts. */
  readonly seconds: number;
  /** Says what is measured now. */
  readonly progress: (what: string) => void;
}

/** `Row` is what the results file holds; table, targets and plot are made from rows alone. */
export interface Section<Row = unknown> {
  readonly name: string;
  readonly title: string;
  /** Shapes it measures, `batch/hidden/modalities/runs`; none when it is about something else. */
  readonly shapes?: readonly string[];
  measure(context: Context): AsyncGenerator<Row>;
  table(rows: readonly Row[]): Table;
  targets(rows: readonly Row[]): Target[];
  /** A stand-alone SVG. */
  plot?(rows: readonly Row[]): string;
}

/** The items one by one, each announced with its place among them. */
export function* announced<Item>(
  items: readonly Item[],
  progress: Context['progress'],
  text: (item: Item) => string,
): Generator<Item> {
  for (const [i, item] of items.entries()) {
    progress(`${text(item)} (${i + 1} of ${items.length})`);
    yield item;
  }
}
