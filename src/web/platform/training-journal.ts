// A page has no folder for a fit: nothing is written, and nothing is resumed.

import { InputError } from '../../errors/errors.js';

/** Both methods throw InputError `invalid-setting`. */
export const FitJournal = {
  begin: noFolder,
  resume: noFolder,
};

function noFolder(): never {
  throw new InputError('invalid-setting', 'A fit in a page writes no folder. Leave out folder and resume.', {
    setting: 'folder',
  });
}
