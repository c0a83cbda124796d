// The steps of a traversal that images and curves show: few enough to be told apart.

import { signed } from '../../format.js';

/** In standard deviations of the latent. */
export const STEPS_SHOWN: readonly number[] = [-2, -1, 0, 1, 2];

/** `−2 sd`, `mean`, `+2 sd`. */
export function stepText(sds: number): string {
  return sds === 0 ? 'mean' : `${signed(sds)} sd`;
}
