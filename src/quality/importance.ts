// The order of warnings for a reader: first those that make the figures wrong, last those that limit their scope.

import type { Warning } from './schema.js';

const ORDER: readonly string[] = [
  'copied-rows',
  'copied-columns',
  'cause-is-batch-of-modality',
  'cause-is-nearly-batch',
  'cause-is-nearly-covariate',
  'causes-are-nearly-same',
  'filter-of-one-modality',
  'outcome-is-measured',
  'subgroup-is-measured',
  'outlier',
  'library-size',
  'depth-differs',
  'nothing-shared',
  'determined-modality',
  'linear-is-better',
  'overfit',
  'few-steps',
  'rows-of-groups',
  'few-validation',
  'few-held-out',
  'few-of-modality',
  'few-of-level',
  'few-with-outcome',
  'small-subgroup',
  'small-batches',
  'not-measured',
  'few-in-common',
  'few-subjects',
  'few-tiles',
  'missing-depends-on-observed',
];

/** Returns the warnings, the most important first. Warnings of the same importance keep their order. */
export function byImportance(warnings: readonly Warning[]): Warning[] {
  const place = ({ code }: Warning) => (ORDER.includes(code) ? ORDER.indexOf(code) : ORDER.length);
  return [...warnings].sort((a, b) => place(a) - place(b));
}

/** Returns one warning about all items, or none if there are no items. */
export function listing(code: string, items: readonly string[], text: string): Warning[] {
  return items.length === 0 ? [] : [{ code, text, items }];
}
