// Decisions that theory leaves open in the kernel test: those of this program, and those of causal-learn 0.1.4.

import { choicesOf } from '../compatibility-choices.js';

/**
 * Decisions of causal-learn, in this order. It scales columns by the standard deviation with n − 1. Every kernel has
 * the width of the kernel of S, which is centred. The ridge is 0.001. The null distribution ignores eigenvalues below
 * 10⁻⁵ of the largest one, which requires double precision and takes longer.
 */
export const KERNEL_CHOICES = [
  'sample-deviation',
  'shared-width',
  'centred-regression',
  'small-ridge',
  'cut-spectrum',
] as const;

export type KernelChoice = (typeof KERNEL_CHOICES)[number];

export interface KernelSettings {
  /** Degrees of freedom that are subtracted from the number of rows in the variance of a column. */
  readonly lostDegrees: 0 | 1;
  /** Returns the divisor of the precision of a kernel, from its number of dimensions and that of S. */
  readonly spread: (dimensions: number, conditioning: number) => number;
  readonly isConditioningCentred: boolean;
  /** The ridge ε of the regression on S. */
  readonly ridge: number;
  /** Eigenvalues below this share of the largest one are ignored. */
  readonly minEigenvalue: number;
  /** True if everything is computed in double precision, from practically exact kernels. */
  readonly isExact: boolean;
}

/** @throws InputError `unknown-compatibility` */
export function kernelSettings(compatibility?: 'causal-learn' | readonly KernelChoice[]): KernelSettings {
  const choices = choicesOf(compatibility, KERNEL_CHOICES);
  const has = (choice: KernelChoice): boolean => choices.has(choice);
  return {
    lostDegrees: has('sample-deviation') ? 1 : 0,
    spread: has('shared-width') ? (_, conditioning) => conditioning : (dimensions) => dimensions,
    isConditioningCentred: has('centred-regression'),
    ridge: has('small-ridge') ? 0.001 : 0.01,
    minEigenvalue: has('cut-spectrum') ? 1e-5 : 0,
    isExact: has('cut-spectrum'),
  };
}
