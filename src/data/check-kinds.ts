// Checks the values of columns that are not measurements in a data set that a library caller built.

import { valueCount, observationOf } from './observation.js';
import type { Modality } from './dataset.js';
import { columnAt } from './regular-array.js';
import { isSize } from './kinds.js';
import { COLUMN_KINDS, kindNamed } from '../likelihoods/kinds.js';
import type { Kind } from '../likelihoods/kind.js';

const TOLERANCE = 1e-3;
/** Kinds that channels of images and series can have. */
const CHANNEL_KINDS = COLUMN_KINDS.filter((kind) => kindNamed(kind).inChannels);

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
    const kind = kindNamed(likelihood);
    if (regularArray && !kind.inChannels) {
      return { at: from, problem: `has the kind ${likelihood}; channels are ${CHANNEL_KINDS.join(', ')}` };
    }
    if (kind.form === 'measured') continue;
    if (kind.form === 'numbers') {
      const odd = columns.slice(from, to).findIndex((scale) => !hasScaleOf(kind, scale));
      if (odd >= 0) {
        return { at: from + odd, problem: `is ${kind.noun}, but its scale is not that of ${kind.link.text}` };
      }
    }
    const each = kind.form === 'levels' && kind.coding.sign ? levels - kind.coding.first : 1;
    for (let first = from; first < to; first += each) {
      for (let at = first; at < values.length; at += width) {
        const entry = values.subarray(at, at + each);
        const marks = observed?.subarray(at, at + each);
        if (marks?.some((mark) => mark !== marks[0])) return { at, problem: 'is observed in only some of its levels' };
        if (marks?.[0] === 0) continue;
        const problem = problemOf(kind, entry, columns[regularArray ? columnAt(modality, at) : first]);
        if (problem !== undefined) return { at, problem };
      }
    }
  }
  return undefined;
}

type Scale = Modality['columns'][number];
type Numbers = Extract<Kind, { readonly form: 'numbers' }>;

function hasScaleOf({ link: { logOffset }, sd }: Numbers, scale: Scale): boolean {
  return (
    scale.log === (logOffset !== undefined) &&
    (!scale.log || scale.offset === logOffset) &&
    (sd === 'fitted' || scale.sd === sd)
  );
}

function problemOf(
  kind: Exclude<Kind, { readonly form: 'measured' }>,
  values: Float32Array,
  { mean, sd }: Scale,
): string | undefined {
  if (kind.form === 'levels') {
    const { noun, coding } = kind;
    return coding.accepts(values)
      ? undefined
      : `is ${noun} and has [${values.join(', ')}]; accepted ${coding.accepted}`;
  }
  const number = kind.link.inverse(values[0] * sd + mean);
  const nearest = kind.nearest?.(number) ?? number;
  return kind.accepts(nearest) && Math.abs(number - nearest) <= TOLERANCE * Math.max(1, number)
    ? undefined
    : `is ${kind.noun} and represents ${number}; accepted ${kind.accepted}`;
}
