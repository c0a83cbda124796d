// The steps of a traversal that images and curves show. They are few, so that readers can distinguish them.

import { signed } from '../../text/numbers.js';

/** Positions in standard deviations of the latent. */
export const STEPS_SHOWN: readonly number[] = [-2, -1, 0, 1, 2];

/** Returns the text of a step: `−2 sd`, `mean`, `+2 sd`. */
export function stepText(sds: number): string {
  return sds === 0 ? 'mean' : `${signed(sds)} sd`;
}
