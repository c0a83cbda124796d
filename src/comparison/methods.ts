// The methods that `interlatent compare` has built in, by name.

import { FACTOR_ANALYSIS } from './factor-analysis.js';
import { ICA, linearMethod } from './linear-methods.js';
import type { Method } from './method.js';
import { ourFit, type OurFitOptions } from './our-fit.js';
import { METHOD_NAMES, type MethodName } from './method-names.js';

const LINEAR: Readonly<Record<Exclude<MethodName, 'ours'>, Method>> = {
  pca: linearMethod('pca', 'Principal components', 'PCA'),
  pls: linearMethod('pls', 'Partial least squares', 'PLS'),
  cca: linearMethod('cca', 'Regularised canonical correlation', 'CCA'),
  rrr: linearMethod('rrr', 'Reduced-rank ridge regression', 'reduced-rank regression'),
  fa: FACTOR_ANALYSIS,
  ica: ICA,
};

/** Returns the methods with these names. */
export function builtInMethods(names: readonly MethodName[], ours: OurFitOptions = {}): Method[] {
  return names.map((name) => (name === 'ours' ? ourFit(ours) : LINEAR[name]));
}

export { METHOD_NAMES, type MethodName };
