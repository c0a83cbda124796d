// Fits of Variant MNIST (the paper's Table 2; METHOD section 10), one record per graph and data seed, beside what the
// same encoders reach when they are told the latents, and beside what h and v alone would score.

import { join } from 'node:path';
import * as z from 'zod';
import { supervised } from '../baselines/supervised.js';
import { trainBaseline } from '../baselines/training.js';
import { adjacencyMatrix } from '../causal/index.js';
import { makeFolder } from '../files/atomic.js';
import { readArray } from '../files/arrays.js';
import { evaluate, selectRows, type Evaluation, type LatentTable } from '../metrics/index.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { version } from '../runtime/package.js';
import {
  variantMnist,
  type Glyphs,
  type VariantMnist,
  type VariantMnistGraph,
  type VariantMnistSources,
} from '../simulation/variant-mnist.js';
import { fitConfig } from '../training/config.js';
import { dataFolder } from './data-folder.js';
import type { Figures } from './experiment.js';
import { keptRecord } from './record-file.js';
import type { WideOptions } from './wide.js';

export interface VariantMnistStudy {
  readonly id: string;
  readonly title: string;
  readonly graph: VariantMnistGraph;
  /** Of each modality: latents that are told to be the same wherever the picture is moved. */
  readonly shiftInvariant: number;
  readonly reach?: Figures;
  /** What the paper reports of the graph. */
  readonly paper?: Figures;
}

const ROLLED = { mcc: 0.965, r2: 0.95, shd: 0.2 };

export const VARIANT_MNIST_STUDIES: readonly VariantMnistStudy[] = [
  { id: 'table2-C', title: 'C: h → v, t → g', graph: 'C', shiftInvariant: 0, reach: { mcc: 0.975, r2: 0.955, shd: 0 } },
  {
    id: 'table2-P',
    title: 'P, told that t and g are shift-invariant',
    graph: 'P',
    shiftInvariant: 1,
    reach: ROLLED,
    paper: { mcc: 0.85, r2: 0.85 },
  },
  { id: 'table2-Q', title: 'Q, told that t and g are shift-invariant', graph: 'Q', shiftInvariant: 1, reach: ROLLED },
  {
    id: 'table2-P-plain',
    title: 'P, told nothing (negative control)',
    graph: 'P',
    shiftInvariant: 0,
    paper: { mcc: 0.85, r2: 0.85 },
  },
];

const latentSchema = z.object({ name: z.string(), spearman: z.number(), r2: z.number() });
const figuresSchema = z.object({ mcc: z.number(), r2: z.number(), latents: z.array(latentSchema).readonly() });

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
  /** Of h and v as we found them, each taken twice. */
  floor: figuresSchema,
  /** Of the fit alone. */
  seconds: z.number(),
  version: z.string(),
});

export type VariantMnistRecord = z.infer<typeof recordSchema>;

const MODALITIES = [
  { name: 'digit', latents: 2 },
  { name: 'garment', latents: 2 },
] as const;
const LATENTS = 4;
const BOUND = { swept: [0], batch: 256, steps: 390, learningRate: 2e-3 };
const TRAINING = 10_000;

/**
 * Every study gets its first seed before any gets its second.
 * @throws InputError `missing-data`; `other-settings` or `damaged-file` for a record in `out`; what a fit throws; the
 *   signal's reason
 */
export async function* variantMnistRecords(
  studies: readonly VariantMnistStudy[],
  options: WideOptions,
): AsyncGenerator<VariantMnistRecord> {
  const { out, seeds, fit = {}, signal, onFit } = options;
  await makeFolder(join(out, 'fits'));
  const sources = await readSources();
  for (let seed = 0; seed < seeds; seed++) {
    for (const study of studies) {
      signal?.throwIfAborted();
      const path = join(out, 'fits', `${study.id}-seed${seed}.json`);
      const { graph, shiftInvariant } = study;
      const config = fitConfig({ ...fit, seed }, { subjects: TRAINING, grids: true });
      const settings = JSON.stringify({ graph, shiftInvariant, fit: config });
      yield keptRecord(path, recordSchema, settings, async () => {
        onFit?.(`${study.title}, seed ${seed}`);
        const data = variantMnist(sources, { graph, seed, shiftInvariant });
        return { experiment: study.id, seed, settings, ...(await measure(data, seed, options)), version };
      });
    }
  }
}

async function readSources(): Promise<VariantMnistSources> {
  const glyphs = async (folder: string, part: string): Promise<Glyphs> => {
    const path = join(await dataFolder(folder), `${part}-images-idx3-ubyte.gz`);
    const { shape, data } = await readArray(path, { fits: () => true });
    return { side: shape[1], pixels: Uint8Array.from(data, Number) };
  };
  const parts = async (folder: string) => ({
    train: await glyphs(folder, 'train10k'),
    test: await glyphs(folder, 't10k'),
  });
  return { digits: await parts('mnist'), garments: await parts('fashion_mnist') };
}

async function measure(
  { dataset, z: truth, adjacency }: VariantMnist,
  seed: number,
  { fit = {}, threads, device, signal }: WideOptions,
): Promise<Omit<VariantMnistRecord, 'experiment' | 'seed' | 'settings' | 'version'>> {
  const started = performance.now();
  const model = await MultimodalCausalModel.fit(dataset, { ...fit, seed, threads, device, signal, evidence: false });
  const seconds = (performance.now() - started) / 1000;
  const latents = await model.encode(dataset);
  const [nats] = model.summary.parts.find(({ name }) => name === 'subspaces')!.objectives;
  const { graph } = model;
  await model.dispose();
  const [bound] = await trainBaseline(
    supervised,
    { dataset, truth: { z: truth, adjacency }, seed, effort: 1, threads, device, signal },
    BOUND,
  );
  const found = Float64Array.from({ length: truth.length }, (_, at) => {
    const [row, column] = [Math.floor(at / LATENTS), at % LATENTS];
    return latents[MODALITIES[Math.floor(column / 2)].name][row * 2 + (column % 2)];
  });
  const rows = dataset.split.test;
  const tableOf = (values: Float64Array | Float32Array, edges: ArrayLike<number>): LatentTable => ({
    z: selectRows({ values, rows: dataset.ids.length, columns: LATENTS }, rows),
    modalities: MODALITIES,
    adjacency: edges,
  });
  const compared = (values: Float64Array | Float32Array, edges: ArrayLike<number>): Evaluation =>
    evaluate(tableOf(truth, adjacency), tableOf(values, edges));
  const ours = compared(found, adjacencyMatrix(graph));
  const first = MODALITIES.map(({ name }, m) => {
    const [{ estimate }] = ours.modalities[name].latents;
    return 2 * m + Number(estimate?.endsWith('z2'));
  });
  const twice = found.map((_, at) => found[at - (at % LATENTS) + first[Math.floor((at % LATENTS) / 2)]]);
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
  return values.map((value, at) => (at % 2 === 0 ? value : value + 1e-6 * ((at % 101) / 101)));
}

function figuresOf({ mccSpearman, r2, modalities }: Evaluation): VariantMnistRecord['ours'] {
  return {
    mcc: mccSpearman,
    r2,
    latents: Object.values(modalities).flatMap((own) =>
      own.latents.map(({ name, spearman, r2: each }) => ({ name, spearman, r2: each })),
    ),
  };
}
