// The checkpoint of a running fit: what its finished parts found and the state of the part that runs, in one safetensors file
// that is replaced as a whole.

import { join } from 'node:path';
import { rm, stat } from 'node:fs/promises';
import * as z from 'zod';
import { InputError } from '../errors.js';
import { makeFolder, removeLeftovers } from '../files/atomic.js';
import { readSafetensors, writeSafetensors } from '../files/safetensors.js';
import type { MatmulPrecision } from '../runtime/device.js';
import { version } from '../runtime/package.js';
import type { FitConfig } from './config.js';
import type { PartOutcome } from './outcome.js';
import { PART_NAMES, type PartName } from './part.js';
import type { RunState } from './run-state.js';

const FILE = 'checkpoint.safetensors';
const FORMAT = 'interlatent-checkpoint-2';

/** What must be equal for a checkpoint to be continued. */
export interface CheckpointKey {
  readonly config: FitConfig;
  readonly fingerprint: string;
  /** Where it is not float32, which any device goes on with. */
  readonly matmulPrecision?: MatmulPrecision;
}

export interface Checkpoint {
  readonly finished: readonly PartOutcome[];
  readonly running: { readonly part: PartName; readonly state: RunState };
}

const count = z.int().min(0);
const perRun = z.record(z.string(), z.array(z.number().nullable()));
const part = z.enum(PART_NAMES);
const failures = z.array(z.object({ run: count, step: count, tensor: z.string() }));
const history = z.array(
  z.object({
    part,
    epoch: count,
    stage: z.string(),
    learningRate: z.number(),
    sparsityWeight: z.number(),
    seconds: z.number(),
    training: perRun,
    validation: perRun,
  }),
);
/** Everything but the tensors. JSON has no Infinity; null stands for "no objective yet". */
const progressSchema = z.object({
  finished: z.array(
    z.object({
      name: part,
      objectives: z.array(z.number().nullable()),
      bestEpochs: z.array(z.int()),
      epochs: count,
      failures,
      history,
    }),
  ),
  running: z.object({
    part,
    epoch: count,
    bestObjective: z.array(
      z
        .number()
        .nullable()
        .transform((value) => value ?? Infinity),
    ),
    bestEpoch: z.array(z.int()),
    improvedAt: count,
    failures,
    history,
  }),
});

/** @throws FileError `unwritable`, `disk-full`; the checkpoint before it stays */
export async function writeCheckpoint(folder: string, key: CheckpointKey, checkpoint: Checkpoint): Promise<void> {
  const { parameters, moments, best, ...running } = checkpoint.running.state;
  const flat = (values: Float32Array) => ({ shape: [values.length], data: values });
  const progress = {
    finished: checkpoint.finished.map((outcome) => ({ ...outcome, parameters: undefined })),
    running: { part: checkpoint.running.part, ...running },
  };
  await writeSafetensors(
    join(folder, FILE),
    [
      ['running/parameters', flat(parameters)],
      ['running/moments', flat(moments)],
      ['running/best', flat(best)],
      ...checkpoint.finished.flatMap(({ name, parameters: found }) =>
        [...found].map(([tensor, { shape, values }]) => [`${name}/${tensor}`, { shape, data: values }] as const),
      ),
    ],
    { format: FORMAT, key: keyText(key), progress: JSON.stringify(progress) },
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
  if (metadata['format'] !== FORMAT) {
    throw new InputError('damaged-file', `${path} is not a checkpoint of this version; remove it to start afresh.`);
  }
  if (metadata['key'] !== keyText(key)) {
    throw new InputError(
      'checkpoint-mismatch',
      `${path} belongs to other settings, other data or another matmulPrecision. Use the same study and options to resume, or another --out folder.`,
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
  const progress = progressSchema.safeParse(parse(metadata['progress'] ?? ''));
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
    const found = [...tensors].filter(([full]) => full.startsWith(prefix));
    const parameters = new Map(
      found.map(([full, { shape }]) => [full.slice(prefix.length), { shape, values: tensor(full) }]),
    );
    return { ...outcome, parameters };
  });
  return { finished, running: { part: name, state } };
}

/** Makes the folder ready for checkpoints: it exists, and what a killed write left is gone. @throws FileError `unwritable` */
export async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await removeLeftovers(join(folder, FILE));
}

/** Whether the folder holds a finished or an unfinished fit. */
export async function hasRun(folder: string): Promise<boolean> {
  return (await exists(join(folder, FILE))) || (await exists(join(folder, 'run.json')));
}

export async function removeCheckpoint(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
}

/** Another version may lay parameters out differently. */
function keyText(key: CheckpointKey): string {
  return JSON.stringify({ version, ...key });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
