// Reads a study from its file on disk.

import { checkArgument, checkOptions } from '../errors/argument.js';
import { READ_STUDY_OPTIONS, type ReadStudyOptions } from './reading/reading-options.js';
import { studyOf, type Study } from './reading/study-data.js';
import type { StudyFile } from './grammar/study-file.js';

export type { ReadingProgress, ReadStudyOptions } from './reading/reading-options.js';
export type { Study, StudyTable } from './reading/study-data.js';

/**
 * Reads a study file, its tables, images and series.
 *
 * @throws InputError with a stable code and the place in the study file: what `readStudyFile` and `readTableGroup`
 *   throw. Subjects: `no-common-subjects`, `no-complete-subjects`, `no-values`, `too-few-subjects`, `rows-disagree`,
 *   `missing-group`, `group-mismatch`. Columns: `empty-column`, `constant-column`, `too-few-values`,
 *   `too-many-latents`, `log-of-negative`, `too-wide-range`, `transform-domain`, `unknown-level`,
 *   `too-many-covariates`. With `scales` also `modality-mismatch`, `missing-covariates`, `log-domain`
 * @throws FileError `unreadable`
 */
export async function readStudy(path: string, options: ReadStudyOptions = {}): Promise<Study> {
  checkArgument('readStudy: path', path, 'text');
  checkOptions('readStudy', options, READ_STUDY_OPTIONS);
  return studyOf(await openStudy(path, options), options);
}

/** Returns the study file before its tables are read. */
export async function openStudy(path: string, { environment, tables }: ReadStudyOptions): Promise<StudyFile> {
  // The YAML parser is large, and a caller with a data set does not need it.
  const { readStudyFile } = await import('./grammar/study-file.js');
  return readStudyFile(path, environment, { tables });
}
