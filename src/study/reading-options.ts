// What each option of `readStudy` is; apart from it, so that the main thread reads none of the rest.

import type { OptionShapes } from '../argument.js';
import type { ReadStudyOptions } from './study.js';

export const READ_STUDY_OPTIONS: OptionShapes<ReadStudyOptions> = {
  scales: [{ name: 'text', columns: [{}] }],
  partial: 'boolean',
  keepTables: 'boolean',
  onProgress: 'function',
  tables: {},
  environment: {},
};
