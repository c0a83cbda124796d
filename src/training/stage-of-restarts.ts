// Divides a stage into stages with fewer restarts. Each restart has the same bits, in whichever division and on
// whichever device it trains.

import type { DataArray } from '../graph/data-type.js';
import type { LeafData } from '../networks/sources.js';
import type { TrainingStage } from './stage.js';

/** Consecutive restarts of a stage. */
export interface RestartRange {
  readonly first: number;
  readonly count: number;
}

/** Returns restarts in ranges of equal size, give or take one. @param max maximum number of ranges */
export function rangesOf(runs: number, max: number): RestartRange[] {
  const ranges = Math.min(runs, max);
  const start = (i: number): number => Math.floor((i * runs) / ranges);
  return Array.from({ length: ranges }, (_, i) => ({ first: start(i), count: start(i + 1) - start(i) }));
}

/** Returns a stage that trains only some restarts. */
export function stageOfRestarts<Stage extends TrainingStage>(stage: Stage, { first, count }: RestartRange): Stage {
  const { runs } = stage;
  if (count === runs) return stage;
  const compiled = stage.compiledFor(count);
  const valuesOf = (kind: 'data' | 'controls') => (name: string, values: LeafData) =>
    ofRange(values, name, { all: stage.compiled[kind], range: compiled[kind] }, first);
  const order = valuesOf('data');
  return {
    ...stage,
    runs: count,
    allRuns: stage.allRuns ?? runs,
    compiled,
    data: mapped(stage.data, order),
    controls: mapped(stage.controls, valuesOf('controls')),
    initial: mapped(stage.initial, (_, values) => ofRuns(values, runs, first, count)),
    order: (epoch: number) => order('order', stage.order(epoch)),
  };
}

type Shapes = Readonly<Record<string, { readonly shape: readonly number[] } | undefined>>;

/** Returns a tensor's values for some runs. A tensor without a runs axis keeps all its values. */
export function ofRange(
  values: LeafData,
  name: string,
  { all, range }: Record<'all' | 'range', Shapes>,
  first: number,
): LeafData {
  const [runs, count] = [all, range].map((tensors) => tensors[name]?.shape[0]);
  return runs === count || !ArrayBuffer.isView(values) ? values : ofRuns(values, runs!, first, count!);
}

/** Returns the values of some runs from an array whose first axis is the runs. */
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
