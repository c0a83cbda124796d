// Checks the values of columns that are not measurements in a data set that a library caller built.

import { valueCount, observationOf } from './observation.js';
import type { Modality } from './dataset.js';
import { columnAt } from './regular-array.js';
import { isCount, isSize } from './kinds.js';

const TOLERANCE = 1e-3;
/** Kinds that channels of images and series can have. */
const CHANNEL_KINDS: readonly string[] = ['gaussian', 'learned-noise', 'robust', 'binary'];

/** Returns the first problem and the position of its value; undefined if there is none. */
export function kindProblem(
  modality: Pick<Modality, 'columns' | 'regularArray' | 'values' | 'observed'>,
): { readonly at: number; readonly problem: string } | undefined {
  const { columns, regularArray, values, observed } = modality;
  const observation = observationOf(modality);
  const width = valueCount(observation);
  const second = columns.findIndex(
    ({ kind }, c) => isSize(kind) && columns.slice(0, c).some((one) => isSize(one.kind)),
  );
  if (second >= 0) return { at: second, problem: 'is a second size; counts have one size' };
  for (const { likelihood, from, to, levels = 2 } of observation.parts) {
    if (regularArray && !CHANNEL_KINDS.includes(likelihood)) {
      return { at: from, problem: `has the kind ${likelihood}; channels are ${CHANNEL_KINDS.join(', ')}` };
    }
    if (isSize(likelihood) && !(columns[from].log && columns[from].offset === 0 && columns[from].sd === 1)) {
      return { at: from, problem: 'is a size, but its scale is not that of a logarithm, with sd 1' };
    }
    if (isCount(likelihood)) {
      const odd = columns.findIndex(({ log, offset }, c) => c >= from && c < to && !(log && offset === 1));
      if (odd >= 0) return { at: odd, problem: 'is a count, but its scale is not that of ln(1 + count)' };
    }
    if (likelihood === 'gaussian' || likelihood === 'learned-noise' || likelihood === 'robust') continue;
    const each = likelihood === 'categorical' ? levels : likelihood === 'ordinal' ? levels - 1 : 1;
    for (let first = from; first < to; first += each) {
      for (let at = first; at < values.length; at += width) {
        const entry = values.subarray(at, at + each);
        const marks = observed?.subarray(at, at + each);
        if (marks?.some((mark) => mark !== marks[0])) return { at, problem: 'is observed in only some of its levels' };
        if (marks?.[0] === 0) continue;
        const problem = problemOf(likelihood, entry, columns[regularArray ? columnAt(modality, at) : first]);
        if (problem !== undefined) return { at, problem };
      }
    }
  }
  return undefined;
}

function problemOf(kind: string, values: Float32Array, { mean, sd }: Modality['columns'][number]): string | undefined {
  const isFlag = (value: number): boolean => value === 0 || value === 1;
  const shown = `[${values.join(', ')}]`;
  if (kind === 'binary') return values.every(isFlag) ? undefined : `is binary and has ${shown}; accepted are 0 and 1`;
  if (kind === 'categorical') {
    const one = values.every(isFlag) && values.reduce((a, b) => a + b) === 1;
    return one ? undefined : `is categorical and has ${shown}; accepted is one 1 among zeros`;
  }
  if (kind === 'ordinal') {
    const falls = values.every((value, i) => isFlag(value) && (i === 0 || value <= values[i - 1]));
    return falls ? undefined : `is ordinal and has ${shown}; accepted are ones, then zeros`;
  }
  if (kind !== 'count' && kind !== 'poisson') return undefined;
  const count = Math.expm1(values[0] * sd + mean);
  const off = Math.abs(count - Math.round(count));
  return count > -0.5 && off <= TOLERANCE * Math.max(1, count)
    ? undefined
    : `is a count and represents ${count}; accepted are whole numbers from 0 on`;
}
