// What a shard came to: a safetensors file that is written whole. It says of which fit it is, down to the digest of
// what the stage began with: machines that do not compute alike are found out.

import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InputError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { readSafetensors, encodeSafetensors } from '../files/safetensors.js';
import type { FitStage } from '../training/stage.js';
import type { TrainingState } from '../training/training-state.js';
import { trainingProgress } from '../training/training-state-schema.js';

const FORMAT = 'interlatent-shard-2';

/** What must be equal for two shards to be of one fit. */
export interface ShardKey {
  readonly version: string;
  /** What computes: an instruction set, or the kind of a GPU. */
  readonly engine: string;
  readonly matmulPrecision: string;
  readonly fingerprint: string;
  /** Settings of the fit, JSON. */
  readonly config: string;
  readonly stage: string;
  readonly restarts: number;
  readonly first: number;
  readonly count: number;
  /** Digest of what the stage begins with. */
  readonly inputs: string;
}

const count = z.int().min(0);
const perRun = z.record(z.string(), z.array(z.number().nullable()));
const progressSchema = z.object({
  ...trainingProgress,
  history: z.array(
    z.object({
      stage: z.string(),
      epoch: count,
      phase: z.string(),
      learningRate: z.number(),
      sparsityWeight: z.number().optional(),
      seconds: z.number(),
      training: perRun,
      validation: perRun,
    }),
  ),
});
const keySchema = z.object({
  ...{ version: z.string(), engine: z.string(), matmulPrecision: z.string(), fingerprint: z.string() },
  ...{ config: z.string(), stage: z.string(), restarts: count, first: count, count, inputs: z.string() },
}) satisfies z.ZodType<ShardKey>;

/** @throws FileError `unwritable`, `disk-full`; what was there before stays */
export async function writeShard(path: string, key: ShardKey, state: TrainingState): Promise<void> {
  const { parameters, moments, best, ...progress } = state;
  const flat = (data: Float32Array) => ({ shape: [data.length], data });
  const tensors = [
    ['parameters', flat(parameters)],
    ['moments', flat(moments)],
    ['best', flat(best)],
  ] as const;
  const said: z.input<typeof progressSchema> = { ...progress, history: progress.history.map(mutable) };
  const metadata = { format: FORMAT, key: JSON.stringify(key), progress: JSON.stringify(said) };
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

function mutable({ training, validation, ...epoch }: TrainingState['history'][number]) {
  const copy = (values: typeof training) =>
    Object.fromEntries(Object.entries(values).map(([name, all]) => [name, [...all]]));
  return { ...epoch, training: copy(training), validation: copy(validation) };
}

/** @throws InputError `shard-mismatch` for one of another fit, `damaged-file`; FileError `unreadable` */
export async function readShard(path: string, key: ShardKey): Promise<TrainingState> {
  const { tensors, metadata } = await readSafetensors(path);
  const { format, key: written = '', progress: said = '' } = metadata;
  checkFormat(path, format, FORMAT);
  const found = format === FORMAT ? keySchema.safeParse(parsed(written)) : undefined;
  if (!found?.success) throw damaged(path);
  checkKey(path, found.data, key);
  const progress = progressSchema.safeParse(parsed(said));
  const [parameters, moments, best] = ['parameters', 'moments', 'best'].map((name) => tensors.get(name)?.data);
  const areNumbers = [parameters, moments, best].every((data) => data instanceof Float32Array);
  const isWhole = progress.success && progress.data.bestObjective.length === key.count;
  if (!areNumbers || !isWhole || best?.length !== parameters?.length) throw damaged(path);
  return { ...progress.data, parameters, moments, best } as TrainingState;
}

/**
 * Checks the format that a file of shards names. A file that names none is left to other checks.
 * @throws InputError `shard-mismatch` for the format of another version
 */
export function checkFormat(path: string, format: unknown, expected: string): void {
  const [family] = expected.split(/\d+$/);
  if (typeof format !== 'string' || format === expected || !format.startsWith(family)) return;
  throw new InputError(
    'shard-mismatch',
    `${path} has the format ${format}, but this version of interlatent reads only ${expected}. ` +
      'Finish the fit with the version that began it, or use another folder.',
    { path, differs: 'format', there: format, here: expected },
  );
}

function damaged(path: string): InputError {
  return new InputError('damaged-file', `${path} is no shard of a fit; remove it, and its restarts are trained again.`, {
    path,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const WHAT: Readonly<Partial<Record<keyof ShardKey, string>>> = {
  version: 'version of interlatent',
  engine: 'kind of processor or GPU',
  matmulPrecision: 'matmulPrecision',
  fingerprint: 'data set',
  config: 'settings',
  inputs: 'start',
};

/** @throws InputError `shard-mismatch`, which names what differs and both values */
export function checkKey<Names extends keyof ShardKey>(
  path: string,
  found: Pick<ShardKey, Names>,
  own: Pick<ShardKey, Names>,
): void {
  const name = (Object.keys(own) as Names[]).find((key) => found[key] !== own[key]);
  if (name === undefined) return;
  const what = WHAT[name] ?? 'division of the restarts';
  const isShort = name === 'version' || name === 'engine' || name === 'matmulPrecision';
  const values = isShort ? `: ${found[name]} there, ${own[name]} here` : '';
  const help =
    name === 'engine'
      ? 'Workers must compute alike, to the same bits: use machines of one kind, or give all of them ' +
        'INTERLATENT_ISA of the least (docs/explanation/scaling.md).'
      : name === 'inputs'
        ? 'What the stages before it came to differs between machines: give all of them the same versions of Node and ' +
          'interlatent, and the same files.'
        : 'Give all workers the same study, options and version, or use another folder.';
  throw new InputError('shard-mismatch', `${path} is of another ${what}${values}. ${help}`, {
    ...{ path, differs: name },
    ...(isShort && { there: found[name], here: own[name] }),
  });
}

/** Of all that a stage's runs are made from. */
export function inputsOf({ data, controls, initial }: FitStage): string {
  const digest = createHash('sha256');
  for (const [kind, tensors] of Object.entries({ data, controls, initial })) {
    for (const [name, values] of [...(tensors ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
      digest.update(`${kind} ${name}\n`);
      // A file that is mapped, and tables that are long, belong to the data set, whose fingerprint is compared.
      if (ArrayBuffer.isView(values)) digest.update(values);
    }
  }
  return digest.digest('hex');
}
