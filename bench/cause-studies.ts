// Studies with observed causes for the bench of their evidence: simulated ones, and a screen of knock-outs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Cause } from '../src/data/causes.js';
import { modalityOfColumns } from '../src/data/columns-modality.js';
import type { Dataset, Modality } from '../src/data/dataset.js';
import { latentNodes } from '../src/causal/index.js';
import {
  batchEvidence,
  causeArrows,
  causeEvidence,
  crossFit,
  latentEvidence,
  pairEvidence,
  type FitAndEncode,
} from '../src/evidence/index.js';
import { decodeNpz } from '../src/files/npz.js';
import { ClusteredRegression } from '../src/evidence/causes/clustered-regression.js';
import { RandomStream } from '../src/random/random-stream.js';
import { fitConfigFor } from '../src/training/config.js';

/** Philox streams of the draws. */
const LATENTS = 77;
const CHAIN = 91;
const BATCHES = 5;

export interface SimulatedLevel {
  /** Relative size. */
  readonly size: number;
  /** Shift and standard deviation of each latent. */
  readonly shift?: readonly number[];
  readonly sd?: readonly number[];
}

export interface LatentStudy {
  readonly subjects: number;
  /** The first level is the reference; none for a continuous cause. */
  readonly levels: readonly SimulatedLevel[];
  readonly latents: number;
  readonly columns: number;
  readonly noise: number;
  /** Number of groups; whole groups have a level, or rows of a group differ in level. Default: no groups. */
  readonly groups?: { readonly count: number; readonly sd: number; readonly isWithin: boolean };
}

/** Returns a data set with one modality, and its latents, latents × subjects. */
export function latentStudy(
  { subjects, levels, latents, columns, noise, groups }: LatentStudy,
  seed: number,
): { readonly dataset: Dataset; readonly latents: readonly Float64Array[] } {
  const random = new RandomStream(seed, LATENTS);
  const total = levels.reduce((sum, { size }) => sum + size, 0);
  const bounds = levels.map((_, i) => levels.slice(0, i + 1).reduce((sum, { size }) => sum + size, 0) / total);
  const levelAt = (share: number) => bounds.findIndex((bound) => share < bound);
  const perGroup = groups ? subjects / groups.count : 1;
  const groupOf = (row: number) => Math.floor(row / perGroup);
  const order = random.permutation(groups && !groups.isWithin ? groups.count : subjects);
  const values = Float64Array.from({ length: subjects }, (_, row) => {
    if (levels.length === 0) return random.normal();
    if (!groups) return levelAt((row + 0.5) / subjects);
    const place = groups.isWithin ? (order[row] + 0.5) / subjects : (order[groupOf(row)] + 0.5) / groups.count;
    return levelAt(place);
  });
  const z = Array.from({ length: latents }, (_, k) => {
    const ofGroups = Array.from({ length: groups?.count ?? 0 }, () => (groups?.sd ?? 0) * random.normal());
    return Float64Array.from(values, (value, row) => {
      const { shift = [], sd = [] } = levels.at(value) ?? {};
      return (shift.at(k) ?? 0) + (sd.at(k) ?? 1) * random.normal() + (ofGroups.at(groupOf(row)) ?? 0);
    });
  });
  const mixing = Array.from({ length: latents * columns }, () => random.normal());
  const table = Array.from({ length: columns }, (_, c) => ({
    name: `x${c + 1}`,
    values: Float64Array.from(values, (_value, row) => {
      return z.reduce((sum, one, k) => sum + one[row] * mixing[k * columns + c], noise * random.normal());
    }),
  }));
  const names = levels.map((_, i) => `l${i}`);
  const cause: Cause =
    levels.length > 0
      ? {
          ...{ name: 'arm', kind: 'categorical', levels: names, assigned: true, effect: 'soft', values },
          terms: names.slice(1).map((level) => ({ level })),
        }
      : {
          ...{ name: 'dose', kind: 'continuous', reference: 0, assigned: true, effect: 'soft', values },
          terms: [
            { zero: 0, sd: 1 },
            { spline: { knots: [-1.5, 0, 1.5], term: 0 }, zero: 0, sd: 1 },
          ],
        };
  const dataset = datasetOf([{ name: 'm', latents, columns: table }], [cause], subjects);
  const ids = groups && dataset.ids.map((_, row) => `g${groupOf(row)}`);
  return { dataset: { ...dataset, ...(ids && { groups: ids }) }, latents: z };
}

export interface ChainStudy {
  readonly subjects: number;
  /** Reliability of the mean of the columns of a latent. */
  readonly reliability: number;
  /** Direct effect of the level on the second latent; it shifts the first one by 1. */
  readonly direct: number;
  readonly isCurved?: boolean;
  /** Columns of each latent. With one column, errors are not known. */
  readonly columns?: number;
  /** Parents in the graphs of the folds. Default: those of the truth. */
  readonly parents?: readonly (readonly number[])[];
}

/** Returns the evidence for a level that acts on a, and for a → b, whose encodings are means of columns. */
export async function chainEvidence(
  { subjects, reliability, direct, isCurved = false, columns = 6, parents = [[], [0]] }: ChainStudy,
  seed: number,
) {
  const random = new RandomStream(seed, CHAIN);
  const values = Float64Array.from({ length: subjects }, (_, row) => Number(row % 4 === 0));
  const a = Float64Array.from(values, (value) => random.normal() + value);
  const mechanism = (x: number) => 0.7 * (isCurved ? 0.5 * x + 0.35 * (x * x - 1) : x);
  const b = Float64Array.from(a, (x, row) => mechanism(x) + Math.sqrt(0.51) * random.normal() + direct * values[row]);
  const noise = Math.sqrt((columns * (1 - reliability)) / reliability);
  const tableOf = (latent: Float64Array, name: string) => ({
    name,
    latents: 1,
    columns: Array.from({ length: columns }, (_, c) => ({
      name: `${name}${c}`,
      values: latent.map((value) => value + noise * random.normal()),
    })),
  });
  const tables = [tableOf(a, 'a'), tableOf(b, 'b')];
  const cause: Cause = {
    ...{ name: 'arm', kind: 'categorical', levels: ['l0', 'l1'], assigned: true, effect: 'soft', values },
    terms: [{ level: 'l1' }],
  };
  const dataset = datasetOf(tables, [cause], subjects);
  const encoded = Float32Array.from({ length: 2 * subjects }, (_, at) =>
    tables[at % 2].columns.reduce((sum, column) => sum + column.values[at >> 1], 0),
  );
  const evidence = await evidenceOf(dataset, { encode: () => Promise.resolve({ encoded, parents }), splits: 1, seed });
  const [first, second] = evidence.nodes.map(({ name }) => name);
  const links = [{ first, second, verdict: 'supported' as const }];
  const { effects } = evidence;
  return { effects, arrows: causeArrows(effects, { nodes: evidence.nodes, links, study: { causes: [cause] } }) };
}

export interface BatchStudy {
  readonly subjects: number;
  /** Reliabilities of the encodings of both modalities. */
  readonly reliabilities: readonly [number, number];
  /** Shift of the shared latent, and of the observation of the first modality, in the second of two batches. */
  readonly latent?: number;
  readonly observation?: number;
  /** False if the modalities have nothing in common. Default: true. */
  readonly isShared?: boolean;
}

/** Returns the verdict on the batches of the first of two modalities, whose encodings are a latent with noise. */
export async function batchStudyEvidence(
  { subjects, reliabilities, latent = 0, observation = 0, isShared = true }: BatchStudy,
  seed: number,
) {
  const random = new RandomStream(seed, BATCHES);
  const batch = Float64Array.from({ length: subjects }, (_, row) => row % 2);
  const shared = batch.map((value) => random.normal() + latent * value);
  const measured = (by: Float64Array, reliability: number) =>
    by.map((value) => Math.sqrt(reliability) * value + Math.sqrt(1 - reliability) * random.normal());
  const first = measured(shared, reliabilities[0]).map((value, row) => value + observation * batch[row]);
  const second = measured(isShared ? shared : shared.map(() => random.normal()), reliabilities[1]);
  const tables = [first, second].map((values, m) => ({
    ...{ name: ['angles', 'light'][m], latents: 1, columns: [{ name: 'x', values }] },
  }));
  const plain = datasetOf(tables, [], subjects);
  const batched = { batches: { column: 'run', levels: ['a', 'b'] }, batchPositions: batch };
  const dataset: Dataset = {
    ...plain,
    causes: undefined,
    modalities: plain.modalities.map((modality, m) => (m === 0 ? { ...modality, ...batched } : modality)),
    covariates: [batch.map((value) => 2 * value - 1)],
  };
  const encoded = Float32Array.from({ length: 2 * subjects }, (_, at) => [first, second][at % 2][at >> 1]);
  const fitAndEncode: FitAndEncode = () => Promise.resolve({ encoded, withBatches: new Map([['run', encoded]]) });
  const crossFitted = await crossFit(
    dataset,
    { ...fitConfigFor(dataset, {}), seed },
    { fitted: encoded, fitAndEncode },
  );
  const shifts = crossFitted.splits.flatMap((split) => split.batches ?? []);
  return batchEvidence(shifts, pairEvidence(latentNodes(dataset.modalities), crossFitted, seed))[0];
}

interface Table {
  readonly name: string;
  readonly latents: number;
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
}

/** Returns a data set of tables. Rows 0 and 1 are the validation split. */
export function datasetOf(tables: readonly Table[], causes: readonly Cause[], subjects: number): Dataset {
  const ids = Array.from({ length: subjects }, (_, row) => `s${row}`);
  const rows = Int32Array.from(ids.keys());
  const split = { train: rows.subarray(2), validation: rows.subarray(0, 2), test: new Int32Array(0) };
  const modalities = tables.map((table): Modality => modalityOfColumns({ ...table, exogenous: 0 }, ids, split.train));
  return { ids, modalities, causes, split, fingerprint: '' };
}

/** Cross-fits a study with stand-ins for the encoders, and tests its causes. */
export async function evidenceOf(
  dataset: Dataset,
  { encode, fitted, splits, seed }: Encoding & { readonly splits: number; readonly seed: number },
) {
  const config = { ...fitConfigFor(dataset, {}), seed };
  const crossFitted = await crossFit(dataset, config, { fitted, splits, fitAndEncode: encode });
  const nodes = latentNodes(dataset.modalities);
  const latents = latentEvidence(nodes, crossFitted);
  const { causes = [], groups, covariates, modalities, ids } = dataset;
  const study = { causes, groups, covariates };
  const question = { nodes, splits: crossFitted.splits, latents, study, modalities, ids, seed };
  return { nodes, latents, ...causeEvidence(question) };
}

interface Encoding {
  readonly encode: FitAndEncode;
  readonly fitted?: Float32Array;
}

/** Knock-outs without an effect in the screen. */
export const INERT: readonly string[] = ['ATF2', 'CAV1', 'CD86', 'ETV7', 'MARCH8', 'PDCD1LG2', 'STAT5A'];
const REFERENCE = 'non-targeting';
const GENES = 60;
const MIN_CELLS = 150;
/** Minimum share of the strongest guide in all guides of a cell. */
const CLEAR = 0.8;

/**
 * Reads the screen: logarithms of the most variable genes, without what depth and replicate explain.
 * @param folder with counts.npz and cells.csv.gz (Papalexi et al. 2021)
 */
export function screen(folder: string, latents: number): { readonly dataset: Dataset; readonly replicates: string[] } {
  const arrays = decodeNpz(readFileSync(join(folder, 'counts.npz')), 'counts.npz');
  const counts = arrays.get('counts')!;
  const geneNames = arrays.get('genes')!.data as readonly string[];
  const [header, ...lines] = gunzipSync(readFileSync(join(folder, 'cells.csv.gz')))
    .toString()
    .trim()
    .split('\n');
  const at = (name: string) => header.split(',').indexOf(name);
  const [target, replicate, guide, all] = ['target', 'replicate', 'guide_umi', 'all_guide_umi'].map(at);
  const clear = lines
    .map((line, row) => ({ fields: line.split(','), row }))
    .filter(({ fields }) => Math.trunc(Number(fields[guide])) > CLEAR * Math.trunc(Number(fields[all])));
  const targets = new Map<string, number>();
  for (const { fields } of clear) targets.set(fields[target], (targets.get(fields[target]) ?? 0) + 1);
  const knockOuts = [...targets]
    .filter(([name, count]) => name !== REFERENCE && count >= MIN_CELLS)
    .map(([name]) => name);
  const levels = [REFERENCE, ...knockOuts.sort()];
  const width = counts.shape[1];
  const totalOf = (row: number) => Array.from({ length: width }, (_, g) => Number(counts.data[row * width + g]));
  const totals = new Map(clear.map(({ row }) => [row, totalOf(row).reduce((sum, value) => sum + value, 0)]));
  const sorted = [...totals.values()].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = (sorted[Math.floor(half - 0.5)] + sorted[Math.floor(half)]) / 2;
  const logOf = (row: number, gene: number) =>
    Math.log1p((Number(counts.data[row * width + gene]) / totals.get(row)!) * median);
  const variances = Array.from({ length: width }, (_, gene) => {
    const values = clear.map(({ row }) => logOf(row, gene));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  });
  const genes = [...variances.keys()].sort((i, j) => variances[j] - variances[i]).slice(0, GENES);
  const cells = clear.filter(({ fields }) => levels.includes(fields[target]));
  const replicates = cells.map(({ fields }) => fields[replicate]);
  const names = [...new Set(replicates)].sort();
  const depth = cells.map(({ row }) => Math.log(totals.get(row)!));
  const covariates = [
    cells.map(() => 1),
    depth,
    depth.map((value) => value ** 2),
    ...names.slice(1).map((name) => replicates.map((one) => Number(one === name))),
  ];
  const regression = new ClusteredRegression({ columns: covariates.map((one) => Float64Array.from(one)) });
  const columns = genes.map((gene) => {
    const logarithms = Float64Array.from(cells, ({ row }) => logOf(row, gene));
    return { name: geneNames[gene], values: regression.fit(logarithms).residuals };
  });
  const values = Float64Array.from(cells, ({ fields }) => levels.indexOf(fields[target]));
  const cause: Cause = {
    ...{ name: 'guide', kind: 'categorical', levels, assigned: true, effect: 'soft', values },
    terms: levels.slice(1).map((level) => ({ level })),
  };
  return { dataset: datasetOf([{ name: 'cells', latents, columns }], [cause], cells.length), replicates };
}
