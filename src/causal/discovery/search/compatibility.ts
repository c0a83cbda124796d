// Where another program decides otherwise, and no theory says who is right: each decision has a name here, so that it
// can be taken as causal-learn 0.1.4 takes it, all of them or one by one. docs/causal-learn.md has them in words.

import { InputError } from '../../../errors.js';
import { didYouMean } from '../../../suggestion.js';
import { KERNEL_CHOICES } from '../independence/kernel-choices.js';

export const COMPATIBILITY_CHOICES = [
  'rounded-p-values',
  'noted-ancestors',
  'separating-sets',
  'possible-d-sep',
  'orientation-rules',
  'two-phases',
  'penalty',
  ...KERNEL_CHOICES,
] as const;

export type CompatibilityChoice = (typeof COMPATIBILITY_CHOICES)[number];

/** All choices of a program, or some of them. */
export type Compatibility = 'causal-learn' | readonly CompatibilityChoice[];

/** @throws InputError `unknown-compatibility` */
export function compileCompatibility(compatibility: Compatibility = []): ReadonlySet<CompatibilityChoice> {
  if (compatibility === 'causal-learn') return new Set(COMPATIBILITY_CHOICES);
  const choices: readonly unknown[] = Array.isArray(compatibility) ? compatibility : [compatibility];
  for (const choice of choices) {
    if (COMPATIBILITY_CHOICES.some((known) => known === choice)) continue;
    const meant = didYouMean(String(choice), ['causal-learn', ...COMPATIBILITY_CHOICES]);
    throw new InputError(
      'unknown-compatibility',
      `there is no compatibility '${String(choice)}'${meant}: choose causal-learn, or some of ` +
        COMPATIBILITY_CHOICES.join(', '),
    );
  }
  return new Set(compatibility);
}
