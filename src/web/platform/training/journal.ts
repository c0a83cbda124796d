// A page keeps no folder of a fit: nothing is written, and nothing is resumed.

import { InputError } from '../../../errors.js';

/** Both throw InputError `invalid-setting`. */
export const FitJournal = {
  begin: noFolder,
  resume: noFolder,
};

function noFolder(): never {
  throw new InputError('invalid-setting', 'A fit in a page writes no folder; leave folder and resume out.', {
    setting: 'folder',
  });
}
