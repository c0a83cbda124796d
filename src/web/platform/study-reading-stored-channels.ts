// Stored intensities occur only in fits. In a page images are numbers.

import { InternalError } from '../../errors/errors.js';

export function numberMoments(): never {
  throw new InternalError('invalid-plan', 'a page stores no intensities');
}

export function storeNumbers(): never {
  return numberMoments();
}
