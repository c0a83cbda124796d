// Whether the order of the modalities is an assumption of the study, or only makes the model computable.

import type { FitConfig } from './fit-schema.js';

/** True if the study file asserts the order of the modalities, causes first. */
export function isOrderAssumed({
  sparsity: { graph, order },
}: {
  readonly sparsity: Pick<FitConfig['sparsity'], 'graph' | 'order'>;
}): boolean {
  return graph === 'ordered' && order === 'assumed';
}
