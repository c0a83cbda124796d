// Studies without a signal, and with a weak or a strong one, to test the evidence of a fit.

import { join } from 'node:path';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { drawSubjects, shuffleSubjects, tenths } from '../../src/data/resample.js';
import { encodeColumns, fitScale } from '../../src/data/standardise.js';
import { readTable } from '../../src/files/read-table.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import type { SimulationOptions } from '../../src/simulation/options.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { dataEnvironment, dataFolder, NHANES_STUDY } from './data-folder.js';

const FACTOR_STREAM = 0x7200_0000;
const LATENTS = 2;

/** A data set of an experiment. `truth` has the known latents, subjects × latents of all modalities. */
export interface NullStudy {
  readonly dataset: Dataset;
  readonly truth?: Float64Array;
}

/** Returns breast cancers: mRNA and miRNA of 150 people (mixOmics, TCGA). */
export async function mixomics(seed: number, { shuffled }: { readonly shuffled: boolean }): Promise<NullStudy> {
  const folder = await dataFolder('mixomics');
  const read = (name: string) => readTable(join(folder, `breastTCGA_data.train_${name}.csv.gz`), { text: [''] });
  const tables = [await read('mrna'), await read('mirna')];
  const ids = tables[0].texts('');
  const names = ['mrna', 'mirna'];
  const order = new RandomStream(seed, FACTOR_STREAM).permutation(ids.length);
  const raw = tables.map((table) =>
    table.columns
      .filter((name) => name !== '')
      .map((name) => {
        const values = table.numbers(name);
        return Float64Array.from(order, (row) => values[row]);
      }),
  );
  const dataset = tableDataset(
    { names, latents: [LATENTS, LATENTS] },
    raw,
    Array.from(order, (row) => ids[row]),
  );
  return { dataset: shuffled ? shuffleSubjects(dataset, 1, seed) : dataset };
}

/** Returns body and blood chemistry of people of NHANES 2005–2008, which the seed draws. */
export async function nhanes(
  seed: number,
  { subjects, shuffled }: { readonly subjects: number; readonly shuffled: boolean },
): Promise<NullStudy> {
  await dataFolder('nhanes');
  const { dataset: all } = await readStudy(NHANES_STUDY, { environment: dataEnvironment() });
  const modalities = all.modalities
    .filter(({ name }) => name === 'body' || name === 'chemistry')
    .map((modality) => ({ ...modality, latents: LATENTS }));
  const drawn = drawSubjects({ ...all, modalities }, Math.min(subjects, all.ids.length), seed);
  return { dataset: shuffled ? shuffleSubjects(drawn, 1, seed) : drawn };
}

/** Simulates a case and shuffles the subjects of some of its modalities. */
export function simulated(
  name: string,
  options: SimulationOptions & { readonly seed: number },
  shuffled: readonly number[] = [],
): NullStudy {
  const dataset = simulatedDataset(simulate(name, options));
  return { dataset: shuffled.reduce((one, modality) => shuffleSubjects(one, modality, options.seed), dataset) };
}

export interface FactorOptions {
  readonly subjects: number;
  readonly columns: number;
  readonly correlations: readonly [number, number];
  /** Relation of the first latents: `u` is a square, `spread` changes only the standard deviation. Default: line. */
  readonly shape?: 'line' | 'u' | 'spread';
  /** Number of private factors of each modality, as large as its latents. Default: 3. */
  readonly privateFactors?: number;
}

/**
 * Simulates two modalities of linear columns. Each has two latents, private factors, and noise of the same size.
 * @param correlations of the first latents of both modalities with each other, and of the second ones
 */
export function factors(
  seed: number,
  { subjects, columns, correlations, shape = 'line', privateFactors = 3 }: FactorOptions,
): NullStudy {
  const random = new RandomStream(seed, FACTOR_STREAM);
  const normal = () => random.normal();
  const first = Array.from({ length: subjects }, () => [normal(), normal()]);
  const second = first.map((latents) =>
    latents.map((z, i) => {
      if (i === 0 && shape === 'u') return 0.8 * ((z ** 2 - 1) / Math.SQRT2) + 0.6 * normal();
      if (i === 0 && shape === 'spread') return Math.exp(0.7 * z - 0.49) * normal();
      return correlations[i] * z + Math.sqrt(1 - correlations[i] ** 2) * normal();
    }),
  );
  const observe = (latents: readonly (readonly number[])[]): Float64Array[] => {
    const allFactors = latents.map((z) => [...z, ...Array.from({ length: privateFactors }, normal)]);
    return Array.from({ length: columns }, () => {
      const loadings = Array.from({ length: LATENTS + privateFactors }, normal);
      return Float64Array.from(allFactors, (z) => z.reduce((sum, value, k) => sum + loadings[k] * value, normal()));
    });
  };
  const ids = Array.from({ length: subjects }, (_, i) => `s${i + 1}`);
  const dataset = tableDataset(
    { names: ['a', 'b'], latents: [LATENTS, LATENTS] },
    [observe(first), observe(second)],
    ids,
  );
  return { dataset, truth: Float64Array.from(first.flatMap((z, row) => [...z, ...second[row]])) };
}

/** Returns a data set of tables. @param raw columns by modality, subjects in random order, NaN for a missing cell */
export function tableDataset(
  { names, latents }: { readonly names: readonly string[]; readonly latents: readonly number[] },
  raw: readonly (readonly Float64Array[])[],
  ids: readonly string[],
): Dataset {
  const split = tenths(ids.length);
  const modalities = names.map((name, m): Modality => {
    const columns = raw[m].map((values, c) => {
      const known = split.train.filter((row) => !Number.isNaN(values[row]));
      return fitScale(`x${c + 1}`, values, known, 'never');
    });
    const encoded = encodeColumns((column) => raw[m][column], { name, columns }, ids);
    return { name, columns, ...encoded, latents: latents[m], exogenous: 1 };
  });
  const dataset = { ids, modalities, split };
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
