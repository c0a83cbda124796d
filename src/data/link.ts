// The function of a column's numbers that is standardised: a logarithm, the link of the kind, or the number itself.

import { kindNamed } from '../likelihoods/kinds.js';
import type { KindLink } from '../likelihoods/kind.js';
import type { ColumnScale } from './dataset.js';

/** Returns the link of a kind if scales do not store it as a logarithm. */
export function storedInKind(kind: ColumnScale['kind']): KindLink | undefined {
  const row = kindNamed(kind);
  return row.form === 'numbers' && row.link.logOffset === undefined ? row.link : undefined;
}

/** Returns what is standardised of a number of the table. */
export function linked({ kind, log, offset }: Pick<ColumnScale, 'kind' | 'log' | 'offset'>, number: number): number {
  if (log) return Math.log(number + offset);
  return kind === undefined ? number : (storedInKind(kind)?.of(number) ?? number);
}

/** Inverts `linked`. */
export function unlinked({ kind, log, offset }: Pick<ColumnScale, 'kind' | 'log' | 'offset'>, value: number): number {
  if (log) return Math.exp(value) - offset;
  return kind === undefined ? value : (storedInKind(kind)?.inverse(value) ?? value);
}
