// Study files in YAML and JSON.

import { readStudyFile } from '../../src/study/grammar/study-file.js';
import { inputFile } from '../input-files.js';
import type { Target } from '../target.js';

export const target: Target = { maxBytes: 1536, run: (bytes) => readStudyFile(inputFile('study.yaml', bytes), {}) };
