// Fits images and series with known latents; each study and data seed has a record. It has the figures of the fit, of
// the same encoders trained on the true latents (the bound), and of one latent per modality, taken twice (the floor).

import { join } from 'node:path';
import * as z from 'zod';
import { supervised } from '../baselines/supervised.js';
import { trainBaseline } from '../baselines/training.js';
import { adjacencyMatrix } from '../../src/causal/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { makeFolder } from '../../src/files/atomic.js';
import { evaluate, selectRows, type Evaluation, type LatentTable } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { version } from '../../src/runtime/package.js';
import { fitConfig, type FitSubjects } from '../../src/training/config.js';
import type { Figures } from './experiment.js';
import { figuresOf, figuresSchema } from './known-truth-figures.js';
import { readOrMakeRecord } from './record-file.js';
import type { WideOptions } from './wide.js';

export interface KnownTruthStudy {
  /** Unique name, also of the study's files. */
  readonly id: string;
  readonly title: string;
  readonly reach?: Figures;
  /** Figures that the paper reports. */
  readonly paper?: Figures;
}

/** A data set of modalities with two latents each, and its true latents and graph. */
export interface KnownTruth {
  readonly dataset: Dataset;
  /** Subjects × D. */
  readonly z: Float64Array;
  /** D × D, row child, column parent. */
  readonly adjacency: Int8Array;
}

/** Simulates the data sets of some studies. */
export interface KnownTruthSource<Study extends KnownTruthStudy> {
  /** Returns what determines the data set in addition to its seed. A record's settings contain it. */
  readonly settings: (study: Study) => Readonly<Record<string, unknown>>;
  readonly simulate: (study: Study, seed: number) => KnownTruth;
  /** Description of the subjects, which the defaults of the fit depend on. */
  readonly subjects: FitSubjects;
  /** Training steps of the bound. More steps do not improve it. */
  readonly boundSteps: number;
}

const recordSchema = z.object({
  experiment: z.string(),
  /** Seed of the data and of the fit. */
  seed: z.int().min(0),
  /** Settings of the data and of the fit, with defaults. */
  settings: z.string(),
  /** MCC (Spearman, within modalities) and R² on test subjects. */
  ours: figuresSchema,
  /** Number of wrong edges between modalities. */
  shd: z.number(),
  /** Number of wrong edges within modalities. */
  within: z.number(),
  /** Mutual information that the encoders reach on validation subjects, in nats. */
  nats: z.number(),
  /** Figures of the same encoders, trained on the true latents. */
  bound: figuresSchema,
  /** Figures of the estimate of each modality's first true latent, taken twice. */
  floor: figuresSchema,
  /** Time of the fit alone. */
  seconds: z.number(),
  version: z.string(),
});

export type KnownTruthRecord = z.infer<typeof recordSchema>;

/** Number of latents of each modality. */
const EACH = 2;
const BOUND = { swept: [0], restarts: 1, batch: 256, learningRate: 2e-3 };

/**
 * Yields the records; every study gets its first seed before any gets its second.
 * @throws InputError `checkpoint-mismatch` or `damaged-file` for a record; what a fit throws; the signal's reason
 */
export async function* knownTruthRecords<Study extends KnownTruthStudy>(
  studies: readonly Study[],
  source: KnownTruthSource<Study>,
  options: WideOptions,
): AsyncGenerator<KnownTruthRecord> {
  const { out, firstSeed = 0, seeds, fit = {}, signal, onFit } = options;
  await makeFolder(join(out, 'fits'));
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    for (const study of studies) {
      signal?.throwIfAborted();
      const path = join(out, 'fits', `${study.id}-seed${seed}.json`);
      const config = fitConfig({ ...fit, seed }, source.subjects);
      const settings = JSON.stringify({ ...source.settings(study), fit: config });
      yield readOrMakeRecord(path, recordSchema, settings, async () => {
        onFit?.(`${study.title}, seed ${seed}`);
        const truth = source.simulate(study, seed);
        const measured = await measure(truth, { ...options, seed, boundSteps: source.boundSteps });
        return { experiment: study.id, seed, settings, ...measured, version };
      });
    }
  }
}

async function measure(
  { dataset, z: truth, adjacency }: KnownTruth,
  {
    seed,
    boundSteps,
    fit = {},
    threads,
    device,
    signal,
  }: WideOptions & { readonly seed: number; readonly boundSteps: number },
): Promise<Omit<KnownTruthRecord, 'experiment' | 'seed' | 'settings' | 'version'>> {
  const started = performance.now();
  const model = await MultimodalCausalModel.fit(dataset, { ...fit, seed, threads, device, signal, evidence: 'none' });
  const seconds = (performance.now() - started) / 1000;
  const latents = await model.encode(dataset);
  const [nats] = model.summary.stages.find(({ name }) => name === 'subspaces')!.objectives;
  const { graph } = model;
  await model.dispose();
  const [bound] = await trainBaseline(
    supervised,
    { dataset, truth: { z: truth, adjacency }, seed, effort: 1, threads, device, signal },
    { ...BOUND, steps: boundSteps },
  );
  const modalities = dataset.modalities.map(({ name, latents: count }) => ({ name, latents: count }));
  const columns = EACH * modalities.length;
  const estimates = Float64Array.from({ length: truth.length }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return latents[modalities[Math.floor(column / EACH)].name][row * EACH + (column % EACH)];
  });
  const rows = dataset.split.test;
  const tableOf = (values: Float64Array | Float32Array, edges: ArrayLike<number>): LatentTable => ({
    z: selectRows({ values, rows: dataset.ids.length, columns }, rows),
    modalities,
    adjacency: edges,
  });
  const compared = (values: Float64Array | Float32Array, edges: ArrayLike<number>): Evaluation =>
    evaluate(tableOf(truth, adjacency), tableOf(values, edges));
  const ours = compared(estimates, adjacencyMatrix(graph));
  const first = modalities.map(({ name }, m) => {
    const [{ estimate }] = ours.modalities[name].latents;
    return EACH * m + Number(estimate?.endsWith('z2'));
  });
  const twice = estimates.map((_, at) => estimates[at - (at % columns) + first[Math.floor((at % columns) / EACH)]]);
  return {
    ours: figuresOf(ours),
    shd: ours.shd ?? 0,
    within: ours.structure?.within.distance ?? 0,
    nats: -(nats ?? 0),
    bound: figuresOf(compared(bound, adjacency)),
    floor: figuresOf(compared(withJitter(twice), adjacency)),
    seconds,
  };
}

/** Adds up to a millionth to every second column, because two equal columns have no unique match. */
function withJitter(values: Float64Array): Float64Array {
  return values.map((value, at) => (at % EACH === 0 ? value : value + 1e-6 * ((at % 101) / 101)));
}
