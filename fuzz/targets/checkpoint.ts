import { readCheckpoint, type CheckpointKey } from '../../src/training/checkpoint.js';
import { inputFile, inputFolder } from '../input-files.js';
import type { Target } from '../target.js';
import { target as safetensors } from './safetensors.js';

/** Key of the seeds. Keys are compared as text. */
export const KEY = { fingerprint: 'x', config: {} } as unknown as CheckpointKey;

export const target: Target = {
  ...{ open: safetensors.open, close: safetensors.close },
  run: async (bytes) => {
    inputFile('checkpoint.safetensors', bytes);
    await readCheckpoint(inputFolder(), KEY);
  },
};
