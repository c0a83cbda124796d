// What theory leaves open in the kernel test, and how it is decided: as here, or as causal-learn 0.1.4 decides it.

import { choicesOf } from '../compatibility-choices.js';

/**
 * causal-learn's decisions: columns scaled by the deviation with n − 1; every kernel as wide as that of S; the kernel
 * of S centred; ridge 0.001; eigenvalues below 10⁻⁵ of the largest left out of the null distribution, for which
 * everything is computed in double precision and takes longer.
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
  /** Taken off the rows in the variance of a column. */
  readonly lostDegrees: 0 | 1;
  /** What a kernel's precision is divided by, from its own dimensions and those of S. */
  readonly spread: (dimensions: number, given: number) => number;
  readonly isGivenCentred: boolean;
  /** ε of the regression on S. */
  readonly ridge: number;
  /** Share of the largest eigenvalue that others must have to count. */
  readonly leastEigenvalue: number;
  /** Whether everything is computed in double precision, from kernels without an error. */
  readonly isExact: boolean;
}

/** @throws InputError `unknown-compatibility` */
export function kernelSettings(compatibility?: 'causal-learn' | readonly KernelChoice[]): KernelSettings {
  const choices = choicesOf(compatibility, KERNEL_CHOICES);
  const has = (choice: KernelChoice): boolean => choices.has(choice);
  return {
    lostDegrees: has('sample-deviation') ? 1 : 0,
    spread: has('shared-width') ? (_, given) => given : (dimensions) => dimensions,
    isGivenCentred: has('centred-regression'),
    ridge: has('small-ridge') ? 0.001 : 0.01,
    leastEigenvalue: has('cut-spectrum') ? 1e-5 : 0,
    isExact: has('cut-spectrum'),
  };
}
