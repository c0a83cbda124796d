// What the search knows of independences while it orients.

import type { Separator } from '../pag-rules.js';

export interface Answers {
  /** The set that is noted for this pair, in this order of its ends. */
  readonly separator: Separator;
  readonly isIndependent: (x: number, y: number, given: readonly number[]) => boolean;
}
