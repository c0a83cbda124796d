// What a study's output folder holds, and which stages of it are finished: study.json, written after every stage. A
// stage is finished while its key — a digest of everything that it was made from — and its files are there.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from '../errors.js';
import { removeFile, removeFolder, writeFileAtomic } from '../files/atomic.js';
import { readText } from '../files/bytes.js';
import { exists } from '../files/exists.js';
import { inLockedFolder } from '../training/locked-folder.js';
import { fileDigests } from '../training/run-digests.js';

export const STAGES = ['fit', 'discovery', 'report'] as const;
export type StageName = (typeof STAGES)[number];

/** Files of each stage, relative to the output folder; a fit that could not be tested has neither latents.csv nor folds.csv. */
const STAGE_FILES = {
  fit: ['run/run.json', 'run/latents-in-sample.csv', 'run/latents.csv', 'run/folds.csv'],
  discovery: ['variables.csv', 'discovery.json', 'discovery.svg'],
  report: ['report.html'],
} as const satisfies Record<StageName, readonly string[]>;

/** Of these files, what later stages start from; run.json lists the digests of the others beside it. */
const READ_LATER: Readonly<Record<StageName, readonly string[]>> = {
  fit: ['run/run.json'],
  discovery: ['discovery.json'],
  report: [],
};

const stageSchema = z.object({
  key: z.string(),
  seconds: z.number(),
  /** Those of `STAGE_FILES` that it wrote; left out by earlier versions: all. */
  files: z.array(z.string()).readonly().optional(),
  /** SHA-256 of those that later stages start from; left out by earlier versions. */
  digests: z.record(z.string(), z.string()).optional(),
});
const stateSchema = z.object({
  format: z.literal('interlatent-study'),
  version: z.literal(1),
  study: z.string(),
  studyFile: z.string(),
  stages: z.partialRecord(z.enum(STAGES), stageSchema),
});

type Stage = z.output<typeof stageSchema>;
export type StudyState = z.output<typeof stateSchema>;

/** The state of the folder, undefined where there is none. @throws InputError `damaged-file`, `not-a-file` */
export async function readState(folder: string): Promise<StudyState | undefined> {
  const path = join(folder, 'study.json');
  if (!(await exists(path))) return undefined;
  const text = await readText(path);
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError(
      'damaged-file',
      `${path} is not what \`study run\` writes; choose another --out`,
      { path },
      cause,
    );
  }
}

export async function writeState(folder: string, state: StudyState): Promise<void> {
  await writeFileAtomic(join(folder, 'study.json'), `${JSON.stringify(state, null, 2)}\n`);
}

/** @throws InputError `study-mismatch` where a file that later stages start from is not as the stage left it */
export async function isFinished(
  folder: string,
  { stages }: StudyState,
  { stage, key }: { stage: StageName; key: string },
): Promise<boolean> {
  if (stages[stage]?.key !== key) return false;
  const expected = filesOf(stages, stage);
  if ((await filesThere(folder, expected)).length < expected.length) return false;
  const { digests } = stages[stage];
  const found = await fileDigests(folder, READ_LATER[stage]);
  const other = digests && READ_LATER[stage].find((name) => digests[name] !== found[name]);
  if (other === undefined) return true;
  throw new InputError(
    'study-mismatch',
    `${join(folder, other)} is not the file that \`study run\` wrote there. Put that file back; or remove this one, ` +
      `and the stage ${stage} is done again.`,
    { folder, path: join(folder, other) },
  );
}

/** Returns what study.json says of a stage that is finished now. */
export async function finishedStage(
  folder: string,
  name: StageName,
  { key, seconds }: Pick<Stage, 'key' | 'seconds'>,
): Promise<Stage> {
  const files = await filesThere(folder, STAGE_FILES[name]);
  return { key, seconds, files, digests: await fileDigests(folder, READ_LATER[name]) };
}

export function filesOf(stages: StudyState['stages'], stage: StageName): readonly string[] {
  return stages[stage]?.files ?? STAGE_FILES[stage];
}

async function filesThere(folder: string, files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(files.map((file) => exists(join(folder, file))));
  return files.filter((_, i) => there[i]);
}

/** Takes away what `study run` wrote before. @throws StateError `run-locked` while a fit writes there */
export async function clear(folder: string): Promise<void> {
  if ((await readState(folder)) === undefined) return;
  await inLockedFolder(join(folder, 'run'), removeFolder);
  const files = [...STAGE_FILES.discovery, ...STAGE_FILES.report, 'study.json'];
  for (const name of files) await removeFile(join(folder, name));
}

/** A short digest of anything that JSON can write, and of numbers. */
export function digest(...parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    if (ArrayBuffer.isView(part)) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    else hash.update(JSON.stringify(part));
  }
  return hash.digest('hex').slice(0, 16);
}
