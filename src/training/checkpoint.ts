// The checkpoint of a running fit: everything in RunState, in one safetensors file that is replaced as a whole.

import { join } from 'node:path';
import { rm, stat } from 'node:fs/promises';
import { InputError } from '../errors.js';
import { readSafetensors, writeSafetensors } from '../files/safetensors.js';
import type { FitConfig } from './config.js';
import type { RunState } from './run-state.js';

const FILE = 'checkpoint.safetensors';
const FORMAT = 'interlatent-checkpoint-1';

/** What must be equal for a checkpoint to be continued. */
export interface CheckpointKey {
  readonly config: FitConfig;
  readonly fingerprint: string;
}

type Progress = Omit<RunState, 'parameters' | 'moments' | 'best'>;

/** @throws FileError `unwritable`, `disk-full`; the checkpoint before it stays */
export async function writeCheckpoint(folder: string, key: CheckpointKey, state: RunState): Promise<void> {
  const { parameters, moments, best, ...progress } = state;
  const flat = (values: Float32Array) => ({ shape: [values.length], data: values });
  await writeSafetensors(
    join(folder, FILE),
    [
      ['parameters', flat(parameters)],
      ['moments', flat(moments)],
      ['best', flat(best)],
    ],
    {
      format: FORMAT,
      key: JSON.stringify(key),
      // JSON has no Infinity; null stands for "no objective yet".
      progress: JSON.stringify(progress),
    },
  );
}

/**
 * @returns undefined when there is no checkpoint
 * @throws InputError `checkpoint-mismatch` when it belongs to other settings or data, `damaged-file`
 */
export async function readCheckpoint(
  folder: string,
  key: CheckpointKey,
  expected: Pick<RunState, 'parameters' | 'moments'>,
): Promise<RunState | undefined> {
  const path = join(folder, FILE);
  if (!(await exists(path))) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata['format'] !== FORMAT) {
    throw new InputError('damaged-file', `${path} is not a checkpoint of this version; remove it to start afresh.`);
  }
  if (metadata['key'] !== JSON.stringify(key)) {
    throw new InputError(
      'checkpoint-mismatch',
      `${path} belongs to other settings or other data. Use the same study and options to resume, or another --out folder.`,
      { path },
    );
  }
  const tensor = (name: string, length: number): Float32Array => {
    const data = tensors.get(name)?.data;
    if (!(data instanceof Float32Array) || data.length !== length) {
      throw new InputError('damaged-file', `${path}: tensor '${name}' is missing or has another size.`, { path });
    }
    return data;
  };
  const progress = JSON.parse(metadata['progress'] ?? '{}') as Progress;
  return {
    ...progress,
    bestObjective: progress.bestObjective.map((value: number | null) => value ?? Infinity),
    parameters: tensor('parameters', expected.parameters.length),
    moments: tensor('moments', expected.moments.length),
    best: tensor('best', expected.parameters.length),
  };
}

export async function removeCheckpoint(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
