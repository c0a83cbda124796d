// Variant MNIST (the paper's Table 2; METHOD section 10): the fitted graphs and the figures to reach.

import { join } from 'node:path';
import { readArray } from '../../src/files/arrays.js';
import {
  variantMnist,
  type Glyphs,
  type VariantMnistGraph,
  type VariantMnistSources,
} from '../simulation/variant-mnist.js';
import { dataFolder } from './data-folder.js';
import type { KnownTruthSource, KnownTruthStudy } from './known-truth.js';

export interface VariantMnistStudy extends KnownTruthStudy {
  readonly graph: VariantMnistGraph;
  /** Number of latents of each modality that the fit is configured to keep constant when the image is moved. */
  readonly shiftInvariant: number;
}

const ROLLED = { mcc: 0.965, r2: 0.95, shd: 0.2 };

export const VARIANT_MNIST_STUDIES: readonly VariantMnistStudy[] = [
  { id: 'table2-C', title: 'C: h → v, t → g', graph: 'C', shiftInvariant: 0, reach: { mcc: 0.975, r2: 0.955, shd: 0 } },
  {
    id: 'table2-P',
    title: 'P, t and g declared shift-invariant',
    graph: 'P',
    shiftInvariant: 1,
    reach: ROLLED,
    paper: { mcc: 0.85, r2: 0.85 },
  },
  { id: 'table2-Q', title: 'Q, t and g declared shift-invariant', graph: 'Q', shiftInvariant: 1, reach: ROLLED },
  {
    id: 'table2-P-plain',
    title: 'P, without prior knowledge (negative control)',
    graph: 'P',
    shiftInvariant: 0,
  },
];

const TRAINING = 10_000;
const BOUND_STEPS = 390;

/** Studies of the baselines, which have no prior knowledge. */
export const VARIANT_MNIST_BASELINES: readonly VariantMnistStudy[] = (['C', 'P', 'Q'] as const).map((graph) => ({
  id: `table2-${graph}`,
  title: graph,
  graph,
  shiftInvariant: 0,
}));

/** Reads digits and garments and returns the source of data sets. @throws InputError `missing-file` */
export async function variantMnistSource(): Promise<KnownTruthSource<VariantMnistStudy>> {
  const sources = await readSources();
  return {
    settings: ({ graph, shiftInvariant }) => ({ graph, shiftInvariant }),
    simulate: ({ graph, shiftInvariant }, seed) => variantMnist(sources, { graph, seed, shiftInvariant }),
    subjects: { subjects: TRAINING, regularArrays: true },
    boundSteps: BOUND_STEPS,
  };
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
