// study.json: the content of a study's output folder, and its finished steps. It is written after every step. A step is
// finished if it has the same key (a digest of all its inputs) and its files exist.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from '../errors/errors.js';
import { removeFile, removeFolder, writeFileAtomic } from '../files/atomic.js';
import { readText } from '../files/bytes.js';
import { exists } from '../files/exists.js';
import { inLockedFolder } from '../training/locked-folder.js';
import { fileDigests } from '../training/run-digests.js';

/** Version 1 has the key `stages` instead of `steps`, and its RUN folder has an earlier format. */
export const STATE_VERSION = 2;

export const STEPS = ['fit', 'discovery', 'report'] as const;
export type StepName = (typeof STEPS)[number];

/** Files of each step, relative to the output folder. An untested fit has neither latents.csv nor folds.csv. */
const STEP_FILES = {
  fit: ['run/run.json', 'run/latents-in-sample.csv', 'run/latents.csv', 'run/folds.csv'],
  discovery: ['variables.csv', 'discovery.json', 'discovery.svg'],
  report: ['report.html'],
} as const satisfies Record<StepName, readonly string[]>;

/** Files that later steps read. run.json contains the digests of the other files of a fit. */
const READ_LATER: Readonly<Record<StepName, readonly string[]>> = {
  fit: ['run/run.json'],
  discovery: ['discovery.json'],
  report: [],
};

const stepSchema = z.object({
  key: z.string(),
  seconds: z.number(),
  /** The files of `STEP_FILES` that the step wrote. */
  files: z.array(z.string()).readonly(),
  /** SHA-256 of the files that later steps read. */
  digests: z.record(z.string(), z.string()),
});
const stateSchema = z.object({
  format: z.literal('interlatent-study'),
  version: z.literal(STATE_VERSION),
  study: z.string(),
  studyFile: z.string(),
  steps: z.partialRecord(z.enum(STEPS), stepSchema),
});

type Step = z.output<typeof stepSchema>;
export type StudyState = z.output<typeof stateSchema>;

const earlierSchema = z.object({ format: z.literal('interlatent-study'), version: z.literal(1) });

/**
 * Returns the state of the folder, or undefined if there is none.
 * @throws InputError `damaged-file`, `not-a-file`, `earlier-run`
 */
export async function readState(folder: string): Promise<StudyState | undefined> {
  const path = join(folder, 'study.json');
  if (!(await exists(path))) return undefined;
  const text = await readText(path);
  try {
    const content: unknown = JSON.parse(text);
    if (earlierSchema.safeParse(content).success) throw earlierState(path);
    return stateSchema.parse(content);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      'damaged-file',
      `${path} is not a file of \`study run\`. Choose another --out`,
      { path },
      cause,
    );
  }
}

function earlierState(path: string): InputError {
  return new InputError(
    'earlier-run',
    `${path} is from an earlier version of interlatent. Repeat the study with --force, or choose another --out`,
    { path },
  );
}

export async function writeState(folder: string, state: StudyState): Promise<void> {
  await writeFileAtomic(join(folder, 'study.json'), `${JSON.stringify(state, null, 2)}\n`);
}

/** True if a step is finished. @throws InputError `study-mismatch` if a file that later steps read was changed */
export async function isFinished(
  folder: string,
  { steps }: StudyState,
  { step, key }: { step: StepName; key: string },
): Promise<boolean> {
  if (steps[step]?.key !== key) return false;
  const expected = filesOf(steps, step);
  if ((await filesThere(folder, expected)).length < expected.length) return false;
  const { digests } = steps[step];
  const current = await fileDigests(folder, READ_LATER[step]);
  const other = READ_LATER[step].find((name) => digests[name] !== current[name]);
  if (other === undefined) return true;
  throw new InputError(
    'study-mismatch',
    `${join(folder, other)} is not the file that \`study run\` wrote there. Restore that file, or remove this one ` +
      `to repeat the step ${step}.`,
    { folder, path: join(folder, other) },
  );
}

/** Returns the entry of study.json for a finished step. */
export async function finishedStep(
  folder: string,
  name: StepName,
  { key, seconds }: Pick<Step, 'key' | 'seconds'>,
): Promise<Step> {
  const files = await filesThere(folder, STEP_FILES[name]);
  return { key, seconds, files, digests: await fileDigests(folder, READ_LATER[name]) };
}

export function filesOf(steps: StudyState['steps'], step: StepName): readonly string[] {
  return steps[step]?.files ?? STEP_FILES[step];
}

async function filesThere(folder: string, files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(files.map((file) => exists(join(folder, file))));
  return files.filter((_, i) => there[i]);
}

/** Removes the files of an earlier `study run`. @throws StateError `run-locked` while a fit writes there */
export async function clear(folder: string): Promise<void> {
  try {
    if ((await readState(folder)) === undefined) return;
  } catch (cause) {
    if (!(cause instanceof InputError && cause.code === 'earlier-run')) throw cause;
  }
  await inLockedFolder(join(folder, 'run'), removeFolder);
  const files = [...STEP_FILES.discovery, ...STEP_FILES.report, 'study.json'];
  for (const name of files) await removeFile(join(folder, name));
}

/** Returns a short digest of values that JSON can represent, and of arrays of numbers. */
export function digest(...parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    if (ArrayBuffer.isView(part)) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    else hash.update(JSON.stringify(part));
  }
  return hash.digest('hex').slice(0, 16);
}
