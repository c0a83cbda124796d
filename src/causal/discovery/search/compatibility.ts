// Where another program decides otherwise, and no theory says who is right: each decision has a name here, so that it
// can be taken as causal-learn 0.1.4 takes it, all of them or one by one. docs/causal-learn.md has them in words.

import { choicesOf } from '../compatibility-choices.js';
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
export function compileCompatibility(compatibility?: Compatibility): ReadonlySet<CompatibilityChoice> {
  return choicesOf(compatibility, COMPATIBILITY_CHOICES);
}
