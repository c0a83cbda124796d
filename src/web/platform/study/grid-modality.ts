// Pictures and series of a study, which a page does not read.

import { InputError } from '../../../errors.js';
import type { StudyFile } from '../../../study/study-file.js';

/** @throws InputError `no-pictures` */
export function readGridModality(file: StudyFile, name: string): never {
  throw new InputError(
    'no-pictures',
    `${file.locate(['modalities', name])}: modality '${name}' has pictures or series, which a page does not read; ` +
      'encode them with interlatent encode',
    { modality: name },
  );
}
