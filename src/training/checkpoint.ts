// The checkpoint of a fit that goes on: what its finished parts came to and the state of the part that runs, in one
// safetensors file that is replaced as a whole. The history of the epochs is in metrics.jsonl; the checkpoint names how
// much of it.

import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from '../errors.js';
import { removeFile } from '../files/atomic.js';
import { exists } from '../files/exists.js';
import { readSafetensors, writeSafetensors } from '../files/safetensors.js';
import type { MatmulPrecision } from '../runtime/device.js';
import { version } from '../runtime/package.js';
import type { FitConfig } from './config.js';
import type { MetricsPosition } from './metrics-file.js';
import type { PartOutcome } from './outcome.js';
import { PART_NAMES, type PartName } from './part.js';
import type { RunState } from './run-state.js';
import { failuresSchema, runProgress } from './run-state-schema.js';

const FILE = 'checkpoint.safetensors';
const FORMATS = 'interlatent-checkpoint-';
const FORMAT = `${FORMATS}3`;

/** What must be equal for a checkpoint to be continued. */
export interface CheckpointKey {
  readonly config: FitConfig;
  readonly fingerprint: string;
  /** Where it is not float32, which any device goes on with. */
  readonly matmulPrecision?: MatmulPrecision;
  /** Where GPUs train the same runs together, however many; left out: as the kind of device does. */
  readonly batches?: 'tiles';
}

export interface Checkpoint {
  readonly finished: readonly Omit<PartOutcome, 'history'>[];
  readonly running: { readonly part: PartName; readonly state: Omit<RunState, 'history'> };
  /** Where the history of these states ends. */
  readonly metrics: MetricsPosition;
}

const count = z.int().min(0);
const part = z.enum(PART_NAMES);
/** Everything but the tensors. */
const progressSchema = z.object({
  finished: z.array(
    z.object({
      name: part,
      objectives: z.array(z.number().nullable()),
      bestEpochs: z.array(z.int()),
      epochs: count,
      failures: failuresSchema,
    }),
  ),
  running: z.object({ part, ...runProgress }),
  metrics: z.object({ bytes: count, sha256: z.string() }),
});

/** @throws FileError `unwritable`, `disk-full`; the checkpoint before it stays */
export async function writeCheckpoint(
  folder: string,
  key: CheckpointKey,
  { finished, running: { part: name, state }, metrics }: Checkpoint,
): Promise<void> {
  const { epoch, bestObjective, bestEpoch, improvedAt, failures } = state;
  const progress: z.input<typeof progressSchema> = {
    finished: finished.map((outcome) => ({
      name: outcome.name,
      objectives: [...outcome.objectives],
      bestEpochs: [...outcome.bestEpochs],
      epochs: outcome.epochs,
      failures: [...outcome.failures],
    })),
    running: { part: name, epoch, bestObjective, bestEpoch, improvedAt, failures },
    metrics,
  };
  const flat = (values: Float32Array) => ({ shape: [values.length], data: values });
  await writeSafetensors(
    join(folder, FILE),
    [
      ['running/parameters', flat(state.parameters)],
      ['running/moments', flat(state.moments)],
      ['running/best', flat(state.best)],
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
 * @returns undefined when there is no checkpoint
 * @throws InputError `checkpoint-mismatch` when it belongs to other settings or data, `damaged-file`
 */
export async function readCheckpoint(folder: string, key: CheckpointKey): Promise<Checkpoint | undefined> {
  const path = join(folder, FILE);
  if (!(await exists(path))) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  const { format = '', version: writer, key: written, progress: text = '' } = metadata;
  if (!format.startsWith(FORMATS)) {
    throw new InputError('damaged-file', `${path} is no checkpoint of a fit; remove it to start afresh.`, { path });
  }
  // Another version may lay parameters out differently.
  if (format !== FORMAT || writer !== version) {
    throw new InputError(
      'checkpoint-mismatch',
      `${path} was written by another version of interlatent than this, which is ${version}. ` +
        'Finish the fit with that version, or remove the file to start afresh.',
      { path },
    );
  }
  if (written !== JSON.stringify(key)) {
    throw new InputError(
      'checkpoint-mismatch',
      `${path} belongs to other settings, other data, another matmulPrecision or dataParallel. ` +
        'Use the same study and options to resume, or another --out folder.',
      { path },
    );
  }
  const tensor = (name: string): Float32Array => {
    const data = tensors.get(name)?.data;
    if (!(data instanceof Float32Array)) {
      throw new InputError('damaged-file', `${path}: tensor '${name}' is missing or not float32.`, { path });
    }
    return data;
  };
  const progress = progressSchema.safeParse(parse(text));
  if (!progress.success) {
    throw new InputError('damaged-file', `${path} does not say how far it is; remove it to start afresh.`, { path });
  }
  const { part: name, ...running } = progress.data.running;
  const state = {
    ...running,
    parameters: tensor('running/parameters'),
    moments: tensor('running/moments'),
    best: tensor('running/best'),
  };
  if (state.best.length !== state.parameters.length) {
    throw new InputError('damaged-file', `${path}: tensor 'running/best' has another size.`, { path });
  }
  const finished = progress.data.finished.map((outcome) => {
    const prefix = `${outcome.name}/`;
    const names = [...tensors.keys()].filter((name) => name.startsWith(prefix));
    const parameters = new Map(
      names.map((name) => [name.slice(prefix.length), { shape: tensors.get(name)!.shape, values: tensor(name) }]),
    );
    return { ...outcome, parameters };
  });
  return { finished, running: { part: name, state }, metrics: progress.data.metrics };
}

export async function hasCheckpoint(folder: string): Promise<boolean> {
  return exists(join(folder, FILE));
}

/** @throws FileError `unwritable` */
export async function removeCheckpoint(folder: string): Promise<void> {
  await removeFile(join(folder, FILE));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
