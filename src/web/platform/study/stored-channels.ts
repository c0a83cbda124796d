// Levels that stay as they were read, which are those of fits: in a page images are numbers.

import { InternalError } from '../../../errors.js';

export function numberMoments(): never {
  throw new InternalError('invalid-plan', 'a page keeps no levels');
}

export function storeNumbers(): never {
  return numberMoments();
}
