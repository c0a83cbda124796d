// Fits of images and series with known latents, one record per study and data seed, beside what the same encoders
// reach when they are told the latents, and beside what the first latent of each modality alone would score.

import { join } from 'node:path';
import * as z from 'zod';
import { supervised } from '../baselines/supervised.js';
import { trainBaseline } from '../baselines/training.js';
import { adjacencyMatrix } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { makeFolder } from '../files/atomic.js';
import { evaluate, selectRows, type Evaluation, type LatentTable } from '../metrics/index.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { version } from '../runtime/package.js';
import { fitConfig, type FitSubjects } from '../training/config.js';
import type { Figures } from './experiment.js';
import { figuresOf, figuresSchema } from './known-truth-figures.js';
import { keptRecord } from './record-file.js';
import type { WideOptions } from './wide.js';

export interface KnownTruthStudy {
  /** Unique; names its files. */
  readonly id: string;
  readonly title: string;
  readonly reach?: Figures;
  /** What the paper reports. */
  readonly paper?: Figures;
}

/** A data set of modalities with two latents each, and what made it. */
export interface KnownTruth {
  readonly dataset: Dataset;
  /** Subjects × D. */
  readonly z: Float64Array;
  /** D × D, row child, column parent. */
  readonly adjacency: Int8Array;
}

/** How the data sets of some studies are made and measured. */
export interface KnownTruthSource<Study extends KnownTruthStudy> {
  /** What the data set hangs on beside its seed; part of a record's settings. */
  readonly settings: (study: Study) => Readonly<Record<string, unknown>>;
  readonly simulate: (study: Study, seed: number) => KnownTruth;
  /** What the defaults of the fit hang on. */
  readonly subjects: FitSubjects;
  /** Steps of the bound: as many as make it no better. */
  readonly boundSteps: number;
}

const recordSchema = z.object({
  experiment: z.string(),
  /** Of the data and of the fit. */
  seed: z.int().min(0),
  /** Of the fit, with its defaults. */
  settings: z.string(),
  /** MCC (Spearman, within modalities) and R² on test subjects. */
  ours: figuresSchema,
  /** Differences among edges between modalities, and within. */
  shd: z.number(),
  within: z.number(),
  /** What the encoders share on validation subjects, in nats. */
  nats: z.number(),
  /** Of the same encoders, trained on the true latents. */
  bound: figuresSchema,
  /** Of the first latent of each modality as we found it, taken twice. */
  floor: figuresSchema,
  /** Of the fit alone. */
  seconds: z.number(),
  version: z.string(),
});

export type KnownTruthRecord = z.infer<typeof recordSchema>;

const EACH = 2;
const BOUND = { swept: [0], restarts: 1, batch: 256, learningRate: 2e-3 };

/**
 * Every study gets its first seed before any gets its second.
 * @throws InputError `other-settings` or `damaged-file` for a record in `out`; what a fit throws; the signal's reason
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
      yield keptRecord(path, recordSchema, settings, async () => {
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
  const found = Float64Array.from({ length: truth.length }, (_, at) => {
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
  const ours = compared(found, adjacencyMatrix(graph));
  const first = modalities.map(({ name }, m) => {
    const [{ estimate }] = ours.modalities[name].latents;
    return EACH * m + Number(estimate?.endsWith('z2'));
  });
  const twice = found.map((_, at) => found[at - (at % columns) + first[Math.floor((at % columns) / EACH)]]);
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

/** Twice the same column has no unique match: a millionth of a standard deviation tells the copies apart. */
function withJitter(values: Float64Array): Float64Array {
  return values.map((value, at) => (at % EACH === 0 ? value : value + 1e-6 * ((at % 101) / 101)));
}
