// Decisions that theory leaves open and that another program makes differently. Each has a name here, so that all or
// some of them can be made as causal-learn 0.1.4 makes them. docs/explanation/causal-learn.md explains them.

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
