// A section of the benchmark: one question, measured row by row, with a table, targets and possibly a plot.

import type { Case } from './cases.js';
import type { Table } from './table.js';
import type { Target } from './targets.js';

export interface Context {
  /** True for fewer and shorter repetitions, whose results are not published. */
  readonly quick: boolean;
  /** Numbers of threads to measure, ascending. */
  readonly threads: readonly number[];
  /** True for a shape to measure: all shapes, unless the command line names some. */
  readonly wants: (shape: Omit<Case, 'jacobian'>) => boolean;
  /** Number of interleaved repetitions of everything that is compared. */
  readonly repetitions: number;
  /** Approximate time of one repetition. */
  readonly seconds: number;
  /** Reports the current measurement. */
  readonly progress: (what: string) => void;
}

/** A section. The results file contains its rows; table, targets and plot are derived from rows alone. */
export interface Section<Row = unknown> {
  readonly name: string;
  readonly title: string;
  /** Measured shapes, `batch/hidden/modalities/runs`. Absent if the section does not measure shapes. */
  readonly shapes?: readonly string[];
  measure(context: Context): AsyncGenerator<Row>;
  table(rows: readonly Row[]): Table;
  targets(rows: readonly Row[]): Target[];
  /** A stand-alone SVG. */
  plot?(rows: readonly Row[]): string;
}

/** Yields the items and reports each with its position. */
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
