// A reduction computes element-wise values that only it reads, element by element; they are never stored.

import { MAX_INPUTS, outsideSources } from './group.js';
import { refine, spaceOf } from './space.js';
import { identitySource, isView, type Value } from './value.js';

export interface Absorbed {
  /** Values that the reduction computes on its way, sources before readers. */
  readonly members: Value[];
  /** The space that the reduction's operand and all members fit. */
  readonly space: number[];
}

/** Returns, for every reduction, the values that it computes on its way. */
export function absorbIntoReductions(
  values: readonly Value[],
  readers: ReadonlyMap<Value, readonly Value[]>,
): Map<Value, Absorbed> {
  const result = new Map<Value, Absorbed>();
  const order = new Map(values.map((value, position) => [value, position]));
  for (const reduction of values) {
    if (reduction.kind !== 'reduce') continue;
    const members: Value[] = [];
    const inside = new Set([reduction]);
    const [operand] = reduction.readings;
    let space = isView(operand) ? spaceOf(operand.shape) : [];
    const waiting = [identitySource(operand)];
    while (waiting.length > 0) {
      const value = waiting.pop();
      if (value === undefined || inside.has(value) || !canAbsorb(value, inside, readers)) continue;
      const refined = refine(space, spaceOf(value.shape));
      if (refined === undefined || outsideSources([...members, value]).size > MAX_INPUTS) continue;
      space = refined;
      members.push(value);
      inside.add(value);
      waiting.push(...value.readings.map(identitySource));
    }
    members.sort((a, b) => order.get(a)! - order.get(b)!);
    result.set(reduction, { members, space });
  }
  return result;
}

function canAbsorb(value: Value, inside: ReadonlySet<Value>, readers: ReadonlyMap<Value, readonly Value[]>): boolean {
  if (value.kind !== 'elementwise' || value.pinned || value.placement !== undefined) return false;
  return readers
    .get(value)!
    .every(
      (reader) =>
        inside.has(reader) &&
        reader.readings.every(
          (reading) => !isView(reading) || reading.value !== value || identitySource(reading) === value,
        ),
    );
}
