// Fits simulated data with observed causes; each study and data seed has a record. Constants were settled on data seeds
// to 9. Reported results begin at seed 100.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder } from '../../src/files/atomic.js';
import type { Dataset } from '../../src/data/dataset.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { version } from '../../src/runtime/package.js';
import { fitConfig, type FitSettings, type FitSubjects } from '../../src/training/config.js';
import { causeFigures, targetScore, type CauseTruth } from './cause-figures.js';
import { readOrMakeRecord } from './record-file.js';
import type { WideOptions } from './wide.js';

/** First data seed of reported results. */
export const FIRST_REPORTED_SEED = 100;

export const CAUSE_PAGES = {
  chain: 'Levels of a cause: a chain of latents in one modality, and two linked modalities',
  tunnel: 'Levels of a cause: the synthetic light tunnel',
} as const;
export type CausePage = keyof typeof CAUSE_PAGES;

/** Figures to reach with the first `dataSets` data sets. */
export interface CauseReach {
  /** Mean MCC. */
  readonly mcc?: number;
  /** MCC of the worst data set. */
  readonly worst?: number;
  /** Minimum number of data sets with at most `max` wrong edges. */
  readonly shd?: { readonly max: number; readonly minSets: number };
  /** Maximum of the mean difference between the ceiling and the MCC. */
  readonly belowCeiling?: number;
}

export interface CauseStudy {
  /** Unique name, also of the study's files. */
  readonly id: string;
  readonly title: string;
  readonly page: CausePage;
  readonly dataSets: number;
  readonly reach?: CauseReach;
  /** What determines the data in addition to the seed. A record's settings contain it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Description of the subjects, on which defaults of the fit depend. */
  readonly subjects: FitSubjects;
  /** Settings of the fit that its study file has. Default: none. */
  readonly fit?: FitSettings;
  readonly data: (seed: number) => CauseData | Promise<CauseData>;
}

export interface CauseData {
  readonly dataset: Dataset;
  readonly truth: CauseTruth;
  /**
   * Mean |Spearman| of the true latents and their least-squares prediction from all columns, on test subjects: what
   * measurement noise leaves. Left out without such noise.
   */
  readonly ceiling?: number | undefined;
}

const count = z.int().min(0);
const recordSchema = z.object({
  experiment: z.string(),
  /** Seed of the data and of the fit. */
  seed: count,
  /** Settings of the data and of the fit, with defaults. */
  settings: z.string(),
  mcc: z.number(),
  ceiling: z.number().optional(),
  chance: z.number(),
  worst: z.number(),
  latents: z.array(
    z.object({ name: z.string(), fitted: z.string().optional(), correlation: z.number(), r2: z.number() }),
  ),
  shd: count,
  trueEdges: count,
  targets: z.object({ true: count, fitted: count, right: count }),
  /** Time of the fit alone. */
  seconds: z.number(),
  version: z.string(),
});

export type CauseRecord = z.infer<typeof recordSchema>;

/** As for other studies, but each study has its number of data sets. `onFit` receives the figures of each fit. */
export interface CauseOptions extends Omit<WideOptions, 'seeds'> {
  /** Default: the number that the reach refers to. */
  readonly seeds?: number | undefined;
}

/**
 * Yields the records; every study gets its first seed before any gets its second.
 * @throws InputError `checkpoint-mismatch` or `damaged-file` for a record; what a fit throws; the signal's reason
 */
export async function* causeRecords(
  studies: readonly CauseStudy[],
  options: CauseOptions,
): AsyncGenerator<CauseRecord> {
  const { out, firstSeed = FIRST_REPORTED_SEED, seeds, fit = {}, signal, onFit } = options;
  await makeFolder(join(out, 'fits'));
  const rounds = Math.max(...studies.map(({ dataSets }) => seeds ?? dataSets));
  for (let round = 0; round < rounds; round++) {
    for (const study of studies) {
      if (round >= (seeds ?? study.dataSets)) continue;
      signal?.throwIfAborted();
      const seed = firstSeed + round;
      const path = join(out, 'fits', `${study.id}-seed${seed}.json`);
      const chosen = { ...study.fit, ...fit };
      const config = fitConfig({ ...chosen, seed }, { ...study.subjects, causes: true });
      const settings = JSON.stringify({ ...study.settings, fit: config });
      const record = await readOrMakeRecord(path, recordSchema, settings, async () => ({
        experiment: study.id,
        seed,
        settings,
        ...(await measured(await study.data(seed), join(out, 'checkpoints', `${study.id}-seed${seed}`), {
          ...options,
          fit: chosen,
          seed,
        })),
        version,
      }));
      onFit?.(causeLine(study, record));
      yield record;
    }
  }
}

/** Returns the R² of the true latent that the fitted ones explain least. */
export function minR2({ latents }: Pick<CauseRecord, 'latents'>): number {
  return Math.min(...latents.map(({ r2 }) => r2));
}

/** Returns the figures of a record in a line. */
export function causeLine({ title }: CauseStudy, record: CauseRecord): string {
  const { seed, mcc, worst, shd, trueEdges, targets, seconds } = record;
  return (
    `${title}, seed ${seed}: MCC ${mcc.toFixed(3)}, worst latent ${worst.toFixed(3)}, ` +
    `R² ${minR2(record).toFixed(3)}, SHD ${shd} of ${trueEdges}, ` +
    `targets F1 ${targetScore(targets).toFixed(2)}, ${seconds.toFixed(0)} s`
  );
}

async function measured(
  { dataset, truth, ceiling }: CauseData,
  folder: string,
  {
    fit = {},
    seed,
    threads,
    device,
    signal,
  }: Pick<CauseOptions, 'fit' | 'threads' | 'device' | 'signal'> & { readonly seed: number },
): Promise<Omit<CauseRecord, 'experiment' | 'seed' | 'settings' | 'version'>> {
  const started = performance.now();
  const hooks = { threads, device, signal, folder, resume: true };
  await using model = await MultimodalCausalModel.fit(dataset, { ...fit, seed, ...hooks, evidence: 'none' });
  const seconds = (performance.now() - started) / 1000;
  const latents = await model.encode(dataset);
  const figures = causeFigures(truth, { graph: model.graph, latents }, dataset.split.test);
  await rm(folder, { recursive: true, force: true });
  return { ...figures, ceiling, latents: [...figures.latents], seconds };
}
