// A page keeps no folder of a fit: nothing is written, and nothing is resumed.

import { InputError } from '../../../errors.js';

export class FitJournal {
  /** @throws InputError `invalid-setting` */
  static async begin(): Promise<never> {
    throw noFolder();
  }

  /** @throws InputError `invalid-setting` */
  static async resume(): Promise<never> {
    throw noFolder();
  }
}

function noFolder(): InputError {
  return new InputError('invalid-setting', 'A fit in a page writes no folder; leave folder and resume out.', {
    setting: 'folder',
  });
}
