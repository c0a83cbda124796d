// Fits the examples of real data with observed causes, and compares the effects that held-out subjects support with
// what is known about these experiments. Each study and seed has a record.

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { makeFolder, writeFileAtomic } from '../../src/files/atomic.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { packageRoot, version } from '../../src/runtime/package.js';
import { readStudy } from '../../src/study/study.js';
import { fitConfigFor } from '../../src/training/config.js';
import { dataEnvironment, dataFolder } from './data-folder.js';
import { readOrMakeRecord } from './record-file.js';
import { line } from './tables.js';
import type { WideOptions } from './wide.js';
import { runText, type RunDescription } from './write-results.js';

export interface RealCauseStudy {
  readonly id: string;
  readonly title: string;
  /** Folder of the example, and its study file. */
  readonly example: string;
  readonly file: string;
  /** Folder of the data that the example prepares. */
  readonly data: string;
  /** What is known about the experiment. */
  readonly claims: readonly Claim[];
}

/** A statement about a fit that other knowledge confirms or refutes. */
export interface Claim {
  readonly text: string;
  /** Returns what the fit says in words, and whether that agrees. */
  readonly judge: (record: RealCauseRecord) => { readonly result: string; readonly met: boolean };
}

const effectSchema = z.object({
  cause: z.string(),
  level: z.string().optional(),
  latent: z.string(),
  verdict: z.string(),
  reason: z.string().optional(),
  estimate: z.number().optional(),
  q: z.number().optional(),
});

const recordSchema = z.object({
  experiment: z.string(),
  /** Seed of the fit. */
  seed: z.int().min(0),
  /** Settings of the fit, with defaults. */
  settings: z.string(),
  fingerprint: z.string(),
  subjects: z.int().min(0),
  latents: z.array(z.object({ name: z.string(), risesWith: z.string().optional(), single: z.boolean() })),
  effects: z.array(effectSchema),
  /** Effects on the latents of a modality together. */
  blocks: z.array(
    z.object({ cause: z.string(), level: z.string().optional(), modality: z.string(), verdict: z.string() }),
  ),
  seconds: z.number(),
  version: z.string(),
});

export type RealCauseRecord = z.infer<typeof recordSchema>;

/** Yields the records. @throws as `causeRecords`, and `missing-file` without the data */
export async function* realCauseRecords(
  studies: readonly RealCauseStudy[],
  { out, firstSeed = 0, seeds, fit = {}, threads, device, signal, onFit }: WideOptions,
): AsyncGenerator<RealCauseRecord> {
  await makeFolder(join(out, 'fits'));
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    for (const study of studies) {
      signal?.throwIfAborted();
      await prepare(study);
      const { dataset } = await readStudy(join(packageRoot, 'examples', study.example, study.file));
      const path = join(out, 'fits', `${study.id}-seed${seed}.json`);
      const settings = JSON.stringify({
        fingerprint: dataset.fingerprint,
        fit: fitConfigFor(dataset, { ...fit, seed }),
      });
      const record = await readOrMakeRecord(path, recordSchema, settings, async () => {
        const folder = join(out, 'checkpoints', `${study.id}-seed${seed}`);
        const start = performance.now();
        const hooks = { threads, device, signal, folder, resume: true };
        await using model = await MultimodalCausalModel.fit(dataset, { ...fit, seed, ...hooks });
        const { evidence } = model.summary;
        const measured = {
          experiment: study.id,
          seed,
          settings,
          fingerprint: dataset.fingerprint,
          subjects: dataset.ids.length,
          latents: model.graph.nodes.map(({ name, risesWith }) => ({
            name,
            ...(risesWith && { risesWith: risesWith.column }),
            single: evidence?.latents.find((latent) => latent.name === name)?.single ?? false,
          })),
          effects: (evidence?.causes?.effects ?? []).map(({ cause, level, latent, verdict, reason, effect, q }) => ({
            cause,
            level,
            latent,
            verdict,
            reason,
            estimate: effect?.estimate,
            q,
          })),
          blocks: (evidence?.causes?.blocks ?? []).map(({ cause, level, modality, verdict }) => ({
            cause,
            level,
            modality,
            verdict,
          })),
          seconds: (performance.now() - start) / 1000,
          version,
        };
        await rm(folder, { recursive: true, force: true });
        return measured;
      });
      onFit?.(claimLines(study, record).join('\n'));
      yield record;
    }
  }
}

/** Writes the tables of the example. @throws InputError `missing-file` without the data */
async function prepare({ example, data }: RealCauseStudy): Promise<void> {
  await dataFolder(data);
  const program = join(packageRoot, 'examples', example, 'prepare.mjs');
  await promisify(execFile)(process.execPath, [program, dataEnvironment().INTERLATENT_DATA]);
}

/** Returns a line for each claim about a study. */
export function claimLines({ title, claims }: RealCauseStudy, record: RealCauseRecord): string[] {
  return claims.map(({ text, judge }) => {
    const { result, met } = judge(record);
    return `${title}, seed ${record.seed}: ${text}: ${result} (${met ? 'agrees' : 'does not agree'})`;
  });
}

/** Writes real.md. @returns its path */
export async function writeRealCauses(
  out: string,
  studies: readonly RealCauseStudy[],
  records: readonly RealCauseRecord[],
  description: Pick<RunDescription, 'command' | 'threads'>,
): Promise<string> {
  const path = join(out, 'real.md');
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const text = [
    '# Observed causes in real data',
    '',
    runText(description, records.length, seconds),
    '',
    'Effects are those that held-out subjects support, in standard deviations of the reference, corrected over all ' +
      'levels and latents (Holm). The claims are known from other experiments.',
    '',
    ...studies.flatMap((study) => {
      const some = records.filter(({ experiment }) => experiment === study.id);
      return some.length === 0 ? [] : [`## ${study.title}`, '', ...some.flatMap((record) => recordText(study, record))];
    }),
  ].join('\n');
  await writeFileAtomic(path, text);
  return path;
}

function recordText({ claims }: RealCauseStudy, record: RealCauseRecord): string[] {
  const { subjects, seed, seconds, latents, effects } = record;
  const judged = claims.map(({ text, judge }) => {
    const { result, met } = judge(record);
    return line([text, result, met ? 'yes' : 'no']);
  });
  const rows = latents.map(({ name, risesWith = '–', single }) =>
    line([name, risesWith, single ? 'yes' : 'no', supportedText(effects, name)]),
  );
  return [
    `${subjects} subjects, fit seed ${seed}, ${seconds.toFixed(0)} s.`,
    '',
    '| claim | the fit | agrees |\n| --- | --- | --- |',
    ...judged,
    '',
    '| latent | rises with | replicated | supported effects |\n| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

/** Returns the supported effects on a latent, the largest first. */
function supportedText(effects: RealCauseRecord['effects'], name: string): string {
  const supported = effects
    .filter(({ latent, verdict }) => latent === name && verdict === 'supported')
    .sort((a, b) => Math.abs(b.estimate ?? 0) - Math.abs(a.estimate ?? 0));
  return supported.length === 0
    ? 'none'
    : supported.map(({ level, cause, estimate }) => `${level ?? cause} ${signed(estimate)}`).join(', ');
}

function signed(value: number | undefined): string {
  return value === undefined ? '' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
