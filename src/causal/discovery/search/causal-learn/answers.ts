// Independences that the search knows while it orients edges.

import type { Separator } from '../pag-rules.js';

export interface Answers {
  /** Returns the recorded set for this pair, in this order of its ends. */
  readonly separator: Separator;
  readonly isIndependent: (x: number, y: number, conditioning: readonly number[]) => boolean;
}
