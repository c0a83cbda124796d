// Some of a part's runs as a part of its own: to each run the same bits, wherever and beside whichever others it
// trains.

import type { DataArray } from '../graph/data-type.js';
import type { LeafData } from '../models/sources.js';
import type { TrainingPart } from './part.js';

/** Runs that follow each other. */
export interface RunRange {
  readonly first: number;
  readonly count: number;
}

/** The runs of a part in so many ranges, as equal as can be; a part whose runs stay together is one. */
export function rangesOf({ runs, compiledFor }: Pick<TrainingPart, 'runs' | 'compiledFor'>, most: number): RunRange[] {
  const ranges = compiledFor ? Math.min(runs, most) : 1;
  const start = (i: number): number => Math.floor((i * runs) / ranges);
  return Array.from({ length: ranges }, (_, i) => ({ first: start(i), count: start(i + 1) - start(i) }));
}

/** @param part whose runs may be parted, unless the range has them all */
export function partOfRuns<Part extends TrainingPart>(part: Part, { first, count }: RunRange): Part {
  const { runs, compiledFor } = part;
  if (count === runs || !compiledFor) return part;
  const compiled = compiledFor(count);
  const own = (kind: 'data' | 'controls') => (name: string, values: LeafData) =>
    ofRange(values, name, { whole: part.compiled[kind], own: compiled[kind] }, first);
  const order = own('data');
  return {
    ...part,
    ...{ runs: count, allRuns: part.allRuns ?? runs, compiled },
    data: mapped(part.data, order),
    ...(part.controls && { controls: mapped(part.controls, own('controls')) }),
    initial: mapped(part.initial, (_, values) => ofRuns(values, runs, first, count)),
    order: (epoch: number) => order('order', part.order(epoch)),
  };
}

type Shapes = Readonly<Record<string, { readonly shape: readonly number[] } | undefined>>;

/** A tensor's values for some runs; those of what has no runs are all of them. */
export function ofRange(
  values: LeafData,
  name: string,
  { whole, own }: Record<'whole' | 'own', Shapes>,
  first: number,
): LeafData {
  const [all, some] = [whole, own].map((tensors) => tensors[name]?.shape[0]);
  return all === some || !ArrayBuffer.isView(values) ? values : ofRuns(values, all!, first, some!);
}

/** The values of some runs, of an array that has all runs first. */
function ofRuns<Values extends DataArray>(values: Values, runs: number, first: number, count: number): Values {
  const ofRun = values.length / runs;
  return values.subarray(first * ofRun, (first + count) * ofRun) as Values;
}

function mapped<Value>(
  values: ReadonlyMap<string, Value>,
  change: (name: string, value: Value) => unknown,
): ReadonlyMap<string, Value> {
  return new Map(Array.from(values, ([name, value]) => [name, change(name, value) as Value]));
}
