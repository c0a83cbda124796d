// What the report shows of the latents of a fit.

import type { InterpretationInput } from './input.js';
import type { UnitLoadings } from './loadings.js';
import type { ExplainedVariance } from './variance.js';

export interface Interpreted {
  readonly variance: readonly ExplainedVariance[];
  /** Loadings of the modalities that are tables. */
  readonly loadings: readonly UnitLoadings[];
}

/** Returns explained variance and loadings. @throws what `explainedVariance` and `loadingsOf` throw */
export async function interpret(input: InterpretationInput): Promise<Interpreted> {
  const [{ explainedVariance }, { loadingsOf }] = await Promise.all([import('./variance.js'), import('./loadings.js')]);
  return { variance: await explainedVariance(input), loadings: await loadingsOf(input) };
}
