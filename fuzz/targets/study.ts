// Study files, YAML and JSON.

import { readStudyFile } from '../../src/study/study-file.js';
import { inputFile } from '../input-files.js';
import type { Target } from '../target.js';

export const target: Target = { mostBytes: 1536, run: (bytes) => readStudyFile(inputFile('study.yaml', bytes), {}) };
