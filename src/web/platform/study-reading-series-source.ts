// Series of a study. A page cannot read them.

import { InputError } from '../../errors/errors.js';
import type { SeriesConfig } from '../../study/grammar/series-keys.js';
import type { StudyFile } from '../../study/grammar/study-file.js';
import type { StudyPath } from '../../study/grammar/tables.js';

/** @throws InputError `no-series` */
export function readSeries(file: StudyFile, _config: SeriesConfig, at: StudyPath): never {
  throw new InputError(
    'no-series',
    `${file.locate(at)}: modality '${String(at[1])}' has series, which a page cannot read. Use interlatent encode`,
    { modality: at[1] },
  );
}
