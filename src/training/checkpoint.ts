// The checkpoint of a running fit: the results of its finished stages and the state of the running stage, in one
// safetensors file that is always replaced as a whole. The history of the epochs is in metrics.jsonl; the checkpoint
// records how much of it belongs to the state.

import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from '../errors/errors.js';
import { removeFile } from '../files/atomic.js';
import { exists } from '../files/exists.js';
import { jsonText } from '../files/json-text.js';
import { readSafetensors, writeSafetensors } from '../files/safetensors.js';
import type { MatmulPrecision } from '../runtime/device.js';
import { version } from '../runtime/package.js';
import type { FitConfig } from './config.js';
import type { MetricsPosition } from './metrics-file.js';
import { outcomeSchema, type StageOutcome } from './outcome.js';
import { STAGE_NAMES, type StageName } from './stage.js';
import { float32Tensor, numbersSchema, readState, writtenState, type TrainingState } from './training-state.js';

const FILE = 'checkpoint.safetensors';
const FORMAT_FAMILY = 'interlatent-checkpoint-';
const FORMAT = `${FORMAT_FAMILY}4`;
/** Prefix of the tensors of the running stage. Those of finished stages have the names of the stages. */
const RUNNING = 'running/';

/** The values that must be equal for a fit to continue a checkpoint. */
export interface CheckpointKey {
  readonly config: FitConfig;
  readonly fingerprint: string;
  /** Left out for float32, which every device can continue. */
  readonly matmulPrecision?: MatmulPrecision;
}

export interface Checkpoint {
  readonly finished: readonly Omit<StageOutcome, 'history'>[];
  readonly running: { readonly stage: StageName; readonly state: Omit<TrainingState, 'history'> };
  /** Position in metrics.jsonl where the history of these states ends. */
  readonly metrics: MetricsPosition;
}

/** Everything except the tensors. */
const progressSchema = z.object({
  finished: z.array(outcomeSchema),
  running: numbersSchema.extend({ stage: z.enum(STAGE_NAMES) }),
  metrics: z.object({ bytes: z.int().min(0), sha256: z.string() }),
});

/** Replaces the checkpoint. @throws FileError `unwritable`, `disk-full`; the previous checkpoint then stays */
export async function writeCheckpoint(
  folder: string,
  key: CheckpointKey,
  { finished, running: { stage: name, state }, metrics }: Checkpoint,
): Promise<void> {
  const { numbers, tensors } = writtenState(state, RUNNING);
  const progress: z.input<typeof progressSchema> = {
    finished: z.array(outcomeSchema).parse(finished),
    running: { stage: name, ...numbers },
    metrics,
  };
  await writeSafetensors(
    join(folder, FILE),
    [
      ...tensors,
      ...finished.flatMap((outcome) =>
        Array.from(
          outcome.parameters,
          ([tensor, { shape, values }]) => [`${outcome.name}/${tensor}`, { shape, data: values }] as const,
        ),
      ),
    ],
    { format: FORMAT, version, key: JSON.stringify(key), progress: JSON.stringify(progress) },
  );
}

/**
 * Reads the checkpoint.
 * @returns undefined if there is no checkpoint
 * @throws InputError `checkpoint-mismatch` for a checkpoint of other settings, data or versions; `damaged-file`
 */
export async function readCheckpoint(folder: string, key: CheckpointKey): Promise<Checkpoint | undefined> {
  const path = join(folder, FILE);
  if (!(await exists(path))) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  const { format = '', version: writer, key: written, progress: text = '' } = metadata;
  if (!format.startsWith(FORMAT_FAMILY)) {
    throw new InputError('damaged-file', `${path} is not a checkpoint of a fit; remove it to start again.`, { path });
  }
  // Another version may order parameters differently.
  if (format !== FORMAT || writer !== version) {
    throw new InputError(
      'checkpoint-mismatch',
      `${path} was written by another version of interlatent than this one, ${version}. ` +
        'Finish the fit with that version, or remove the file to start again.',
      { path },
    );
  }
  if (written !== JSON.stringify(key)) {
    throw new InputError(
      'checkpoint-mismatch',
      `${path} belongs to other settings, other data or another matmulPrecision. ` +
        'Use the same study and options to resume, or another --out folder.',
      { path },
    );
  }
  const refused = (problem: string): InputError => new InputError('damaged-file', `${path}: ${problem}.`, { path });
  const progress = jsonText(progressSchema).safeParse(text);
  if (!progress.success) {
    throw new InputError('damaged-file', `${path} does not record the progress of the fit; remove it to start again.`, {
      path,
    });
  }
  const { stage: name, ...numbers } = progress.data.running;
  const state = readState(numbers, tensors, refused, RUNNING);
  const finished = progress.data.finished.map((outcome) => {
    const prefix = `${outcome.name}/`;
    const names = [...tensors.keys()].filter((name) => name.startsWith(prefix));
    const parameters = new Map(
      names.map((name) => [
        name.slice(prefix.length),
        { shape: tensors.get(name)!.shape, values: float32Tensor(tensors, name, refused) },
      ]),
    );
    return { ...outcome, parameters };
  });
  return { finished, running: { stage: name, state }, metrics: progress.data.metrics };
}

export async function hasCheckpoint(folder: string): Promise<boolean> {
  return exists(join(folder, FILE));
}

/** @throws FileError `unwritable` */
export async function removeCheckpoint(folder: string): Promise<void> {
  await removeFile(join(folder, FILE));
}
