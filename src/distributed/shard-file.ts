// The file of a shard: a safetensors file that is written atomically. Its key names the fit and includes a digest of
// the inputs of the stage, so that a host whose bits differ is detected.

import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InputError } from '../errors/errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { jsonText } from '../files/json-text.js';
import { readSafetensors, encodeSafetensors } from '../files/safetensors.js';
import type { FitStage } from '../training/stage.js';
import { epochSchema, numbersSchema, readState, writtenState, type TrainingState } from '../training/training-state.js';

const FORMAT = 'interlatent-shard-2';

const count = z.int().min(0);
/** Values that two shards of the same fit have in common. */
const keySchema = z.object({
  version: z.string(),
  /** The instruction set of the processor, or the kind of GPU. */
  engine: z.string(),
  matmulPrecision: z.string(),
  fingerprint: z.string(),
  /** Settings of the fit as JSON. */
  config: z.string(),
  stage: z.string(),
  restarts: count,
  first: count,
  count,
  /** Digest of the inputs of the stage. */
  inputs: z.string(),
});
export type ShardKey = z.infer<typeof keySchema>;

const progressSchema = numbersSchema.extend({ history: z.array(epochSchema) });

/** Writes a shard. @throws FileError `unwritable`, `disk-full`; then an older file remains as it was */
export async function writeShard(path: string, key: ShardKey, state: TrainingState): Promise<void> {
  const { numbers, tensors } = writtenState(state);
  const progress = JSON.stringify({ ...numbers, history: state.history });
  await writeFileAtomic(path, encodeSafetensors(tensors, { format: FORMAT, key: JSON.stringify(key), progress }));
}

/** Reads a shard. @throws InputError `shard-mismatch` for another fit, `damaged-file`; FileError `unreadable` */
export async function readShard(path: string, key: ShardKey): Promise<TrainingState> {
  const { tensors, metadata } = await readSafetensors(path);
  const { format, key: keyText, progress: progressText } = metadata;
  checkFormat(path, format, FORMAT);
  const written = jsonText(keySchema).safeParse(keyText);
  if (format !== FORMAT || !written.success) throw damaged(path);
  checkKey(path, written.data, key);
  const progress = jsonText(progressSchema).safeParse(progressText);
  if (progress.data?.bestObjective.length !== key.count) throw damaged(path);
  return readState(progress.data, tensors, () => damaged(path));
}

/**
 * Checks the format that a shard or plan names. A file that names none is left to other checks.
 * @throws InputError `shard-mismatch` for the format of another version
 */
export function checkFormat(path: string, format: unknown, expected: string): void {
  const [family] = expected.split(/\d+$/);
  if (typeof format !== 'string' || format === expected || !format.startsWith(family)) return;
  throw new InputError(
    'shard-mismatch',
    `${path} has the format ${format}, but this version of interlatent reads only ${expected}. ` +
      'Finish the fit with the version that started it, or use another folder.',
    { path, differs: 'format', there: format, here: expected },
  );
}

function damaged(path: string): InputError {
  return new InputError('damaged-file', `${path} is not a shard of a fit. Remove it to train its restarts again.`, {
    path,
  });
}

const WHAT: Readonly<Partial<Record<keyof ShardKey, string>>> = {
  version: 'version of interlatent',
  engine: 'kind of processor or GPU',
  matmulPrecision: 'matmulPrecision',
  fingerprint: 'data set',
  config: 'settings',
  inputs: 'initial state',
};

/** Compares the key of a file with the expected one. @throws InputError `shard-mismatch`, which names the difference */
export function checkKey<Names extends keyof ShardKey>(
  path: string,
  written: Pick<ShardKey, Names>,
  expected: Pick<ShardKey, Names>,
): void {
  const name = (Object.keys(expected) as Names[]).find((key) => written[key] !== expected[key]);
  if (name === undefined) return;
  const what = WHAT[name] ?? 'division of the restarts';
  const isShort = name === 'version' || name === 'engine' || name === 'matmulPrecision';
  const values = isShort ? `: ${written[name]} there, ${expected[name]} here` : '';
  const help =
    name === 'engine'
      ? 'Workers must compute the same bits: use machines of one kind, or set INTERLATENT_ISA on all of them to the ' +
        'smallest instruction set (docs/explanation/scaling.md).'
      : name === 'inputs'
        ? 'The results of earlier stages differ between machines: use the same versions of Node and interlatent, and ' +
          'the same files, on all of them.'
        : 'Give all workers the same study, options and version, or use another folder.';
  throw new InputError('shard-mismatch', `${path} belongs to another ${what}${values}. ${help}`, {
    path,
    differs: name,
    ...(isShort && { there: written[name], here: expected[name] }),
  });
}

/** Returns the digest of the data, controls and initial values that a stage's runs are created from. */
export function inputsOf({ data, controls, initial }: FitStage): string {
  const digest = createHash('sha256');
  for (const [kind, tensors] of Object.entries({ data, controls, initial })) {
    for (const [name, values] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
      digest.update(`${kind} ${name}\n`);
      // Mapped files and long tables are no array views. They belong to the data set, whose fingerprint is compared.
      if (ArrayBuffer.isView(values)) digest.update(values);
    }
  }
  return digest.digest('hex');
}
