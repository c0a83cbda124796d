// Cross-fitting: the subjects are cut into two folds, a model is fitted to each, and every subject is encoded by the
// model that never saw it; the cut is repeated. Only such latents may be tested: those of a model's training subjects
// were trained to go with the other modalities (docs/evidence.md).

import type { Dataset, Modality } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { valuesPerSubject } from '../data/grid.js';
import { groupUnits, scaledGroupMeans } from '../data/group-units.js';
import { encodeDataset } from '../inference/encode-dataset.js';
import { latentLayout } from '../models/layout.js';
import { normalScores } from '../quality/pair-test.js';
import { mostSampled, spreadOver } from '../quality/index.js';
import type { FitConfig } from '../training/config.js';
import { fitModel, type FittedModel } from '../training/fit.js';
import type { FitHooks, FitProgress } from '../training/part-runner.js';
import { modalityShapes } from '../training/program.js';
import {
  crossCorrelations,
  partners,
  procrustes,
  replication,
  scoresOf,
  turned,
  type Replication,
} from './alignment.js';
import { FOLDS, foldConfig, foldSplits, MIN_GROUPS, MIN_SUBJECTS, seedOfSplit } from './folds.js';
import { formsOf } from './forms.js';
import { adjusted, nuisanceOf } from './nuisance.js';
import { knownScores } from './known-scores.js';
import { tableComponents, type TableComponents } from './table-components.js';
import type { GroupedRows } from './within-groups.js';

/** Held-out subjects of a fold that are tested, evenly spread: more make no conclusion better. */
const MAX_UNITS = 200_000;
/** Seen subjects that the forms of a modality are fitted to. */
const MAX_SEEN = 5000;

/** Two measurements of a latent from disjoint columns, by unit; NaN as in `HeldOutFold.units`. */
export interface TwoForms {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Subjects that one model has not seen, and what it says of them. */
export interface HeldOutFold {
  readonly rows: Int32Array;
  /** By unit: the subject, or the group. */
  readonly ids: readonly string[];
  /**
   * What is tested, by latent: normal scores of these rows, or, since rows of a group are not independent, of the
   * groups' means, scaled to one variance; NaN as in `CrossFit.latents`.
   */
  readonly units: readonly Float64Array[];
  /**
   * The same before they are turned to the fitted model's, which has seen these subjects: what pairs of modalities are
   * tested on.
   */
  readonly unturned: readonly Float64Array[];
  /** By latent; undefined for images, series and tables of too few columns. */
  readonly forms: readonly (TwoForms | undefined)[];
  /** Where the study has groups, the rows that the units are means of. */
  readonly grouped?: GroupedRows | undefined;
  /** By latent, how many directions were taken out: a test has as many units less. */
  readonly taken: readonly number[];
}

/** Two folds, each encoded by a model that was fitted to the other. */
export interface CrossFitSplit {
  readonly folds: readonly HeldOutFold[];
  /** By modality, how far the two fits agree. */
  readonly replication: readonly Replication[];
  /** By latent, mean |correlation| of the folds' latents with the fitted model's, as partners. */
  readonly agreement: readonly number[];
}

export interface CrossFit {
  readonly splits: readonly CrossFitSplit[];
  /**
   * By latent in the model's order: means over the splits of normal scores within each fold, turned to the latents of
   * the fitted model, and adjusted for the modality's gaps and the covariates; NaN where a subject lacks the modality:
   * what is inferred from others is never tested.
   */
  readonly latents: readonly Float64Array[];
  /** Units of a fold that a test needs. */
  readonly leastUnits: number;
  /** Columns of each modality; left out: many. */
  readonly widths?: ReadonlyMap<string, number>;
  /** By table, its principal components; left out: none. */
  readonly components?: ReadonlyMap<string, TableComponents>;
}

export type CrossFitHooks = Pick<FitHooks, 'signal' | 'onProgress' | 'shards' | 'threads' | 'device'>;

/** Fits a model to the training part of a data set and encodes all its subjects: subjects × D. */
export type FitAndEncode = (dataset: Dataset, config: FitConfig, hooks: CrossFitHooks) => Promise<Float32Array>;

const wholeFit: FitAndEncode = async (dataset, config, hooks) => {
  const { model, parameters } = await fitFold(dataset, config, hooks);
  return encodeDataset(dataset, model, parameters, hooks);
};

/** A fit without what its latents do not need. @throws what `fitModel` throws */
export async function fitFold(dataset: Dataset, config: FitConfig, hooks: CrossFitHooks): Promise<FittedModel> {
  return fitModel(dataset, config, { ...hooks, infersMissing: false });
}

export interface Fold {
  /** The data set with the fold's split. */
  readonly dataset: Dataset;
  readonly config: FitConfig;
  readonly hooks: CrossFitHooks;
}

/** Returns what is fitted to each fold, and tested on the other. @param split number of the repeated split, from 0 */
export function foldsOf(
  dataset: Dataset,
  config: FitConfig,
  { onProgress, shards, ...hooks }: CrossFitHooks,
  split = 0,
): Fold[] {
  const seed = seedOfSplit(config.seed, split);
  return foldSplits(dataset, seed).map((parts, fold) => ({
    // Latents that modalities share are made of all of them: each fold's modalities stay apart.
    dataset: { ...dataset, shared: undefined, split: parts },
    config: { ...foldConfig(config, dataset.split.train.length, parts.train.length, split), seed },
    hooks: {
      ...hooks,
      ...(shards && { shards: shards.within(`fold-${split}-${fold}`) }),
      ...(onProgress && {
        onProgress: (progress: FitProgress) => onProgress({ ...progress, fold: split * FOLDS + fold }),
      }),
    },
  }));
}

export interface CrossFitOptions {
  /** Posterior means of the fitted model, subjects × D; left out: those of the first fold. */
  readonly fitted?: Float32Array | undefined;
  /** Repeated splits. Default: 1. */
  readonly splits?: number;
  readonly hooks?: CrossFitHooks;
  /** Of a fold; left out: the fit as a whole. */
  readonly fitAndEncode?: FitAndEncode;
}

/** @throws what `fitModel` throws */
export async function crossFit(dataset: Dataset, config: FitConfig, options: CrossFitOptions = {}): Promise<CrossFit> {
  const { fitted, splits = 1, hooks = {}, fitAndEncode = wholeFit } = options;
  const study = new CrossFitted(dataset, fitted);
  for (let split = 0; split < splits; split++) {
    const folds: EncodedFold[] = [];
    for (const fold of foldsOf(dataset, config, hooks, split)) {
      const encoded = await fitAndEncode(fold.dataset, fold.config, fold.hooks);
      folds.push({ encoded, heldOut: fold.dataset.split.test, seen: seenOf(fold.dataset) });
    }
    study.add(folds, seedOfSplit(config.seed, split));
  }
  return study.result();
}

interface EncodedFold {
  /** Posterior means of all subjects by the fold's model, subjects × D. */
  readonly encoded: Float32Array;
  readonly heldOut: Int32Array;
  readonly seen: Int32Array;
}

function seenOf({ split: { train, validation } }: Dataset): Int32Array {
  const seen = new Int32Array(train.length + validation.length);
  seen.set(train);
  seen.set(validation, train.length);
  return seen.sort();
}

/** A study of which splits are added one by one; nothing of a split but its units stays in memory. */
class CrossFitted {
  readonly #dataset: Dataset;
  readonly #modalities: readonly ModalityLatents[];
  readonly #width: number;
  readonly #splits: CrossFitSplit[] = [];
  readonly #sums: Float64Array[];
  #reference: Float32Array | undefined;

  constructor(dataset: Dataset, fitted: Float32Array | undefined) {
    this.#dataset = dataset;
    this.#reference = fitted;
    const { modalities, latents } = latentLayout(modalityShapes(dataset));
    let first = 0;
    this.#modalities = modalities.map(({ latents: size }, m) => {
      const columns = Array.from({ length: size }, (_, i) => first + i);
      first += size;
      const modality = dataset.modalities[m];
      const present = presenceOf(modality);
      const rows = rowsWhere(present.length, (row) => present[row] === 1);
      return { modality, columns, present, sample: spreadOver(rows, mostSampled.subjects) };
    });
    this.#width = latents;
    this.#sums = Array.from({ length: latents }, () => new Float64Array(dataset.ids.length).fill(NaN));
  }

  add(folds: readonly EncodedFold[], seed: number): void {
    this.#reference ??= folds[0].encoded;
    const read = this.#modalities.map((one) => this.#readModality(one, folds, seed));
    this.#splits.push({
      folds: folds.map(({ heldOut }, f) =>
        this.#heldOut(
          heldOut,
          read.map(({ folds: own }) => own[f]),
        ),
      ),
      replication: read.map((one) => one.replication),
      agreement: read.flatMap((one) => one.agreement),
    });
  }

  result(): CrossFit {
    const latents = this.#sums.map((sum) => sum.map((value) => value / this.#splits.length));
    const { groups, modalities } = this.#dataset;
    return {
      splits: this.#splits,
      latents,
      leastUnits: groups ? MIN_GROUPS : MIN_SUBJECTS,
      widths: new Map(modalities.map((modality) => [modality.name, valuesPerSubject(modality)])),
      components: tableComponents(this.#dataset, MAX_UNITS),
    };
  }

  /** Turns a modality's latents of both folds to the fitted model's, and compares the folds. */
  #readModality(one: ModalityLatents, folds: readonly EncodedFold[], seed: number) {
    const { columns, sample, modality, present } = one;
    const scores = (values: Float32Array, rows: Int32Array) => scoresOf(values, this.#width, columns, rows);
    const reference = scores(this.#reference!, sample);
    const sampled = folds.map(({ encoded }) => scores(encoded, sample));
    const order = sampled.map((own) => partners(crossCorrelations(reference, own)));
    const agreement = columns.map((_, i) => {
      const reached = sampled.map((own, f) =>
        Math.abs(crossCorrelations([reference[i]], [own[order[f][i]]]).get(0, 0)),
      );
      return reached.reduce((sum, value) => sum + value, 0) / reached.length;
    });
    const [first, second] = sampled;
    return {
      replication: replication(first, second, [order[0], order[1]], seed),
      agreement,
      folds: folds.map(({ encoded, heldOut, seen }, f): ReadFold => {
        const map = procrustes(reference, sampled[f]);
        const rows = heldOut.filter((row) => present[row] === 1);
        const known = spreadOver(
          seen.filter((row) => present[row] === 1),
          MAX_SEEN,
        );
        const directions = nuisanceOf(modality, rows, this.#dataset.covariates);
        const free = (values: Float64Array, of = directions) => (of ? adjusted(values, of) : values);
        const heldOutScores = scores(encoded, rows);
        const latents = turned(heldOutScores, map).map((values) => normalScores(free(values)));
        const unturned = heldOutScores.map((values) => normalScores(free(values)));
        // Of tall tables the units that are tested alone are measured twice.
        const measured = this.#testedOf(heldOut).filter((row) => present[row] === 1);
        const isWhole = measured.length === rows.length;
        const ofMeasured = isWhole ? directions : nuisanceOf(modality, measured, this.#dataset.covariates);
        const forms = formsOf(modality, turned(scores(encoded, known), map), known, measured);
        return {
          ...{ rows, latents, unturned, measured, columns },
          forms: forms?.map((form) => form.map((values) => free(values, ofMeasured))),
          taken: directions?.columns ?? 0,
        };
      }),
    };
  }

  /** Returns the held-out rows that are tested: all rows of groups, otherwise at most `MAX_UNITS`. */
  #testedOf(heldOut: Int32Array): Int32Array {
    return this.#dataset.groups ? heldOut : spreadOver(heldOut, MAX_UNITS);
  }

  /** Adds a fold's latents to the means, and returns its units. */
  #heldOut(heldOut: Int32Array, modalities: readonly ReadFold[]): HeldOutFold {
    const { ids, groups } = this.#dataset;
    const tested = this.#testedOf(heldOut);
    const grouped = groups && groupUnits(tested, groups);
    const place = (rows: Int32Array, values: Float64Array): Float64Array => {
      const all = new Float64Array(ids.length).fill(NaN);
      rows.forEach((row, i) => (all[row] = values[i]));
      return all;
    };
    const ofTested = (all: Float64Array) => Float64Array.from(tested, (row) => all[row]);
    const unitsOf = (all: Float64Array): Float64Array =>
      grouped ? scaledGroupMeans(ofTested(all), grouped.members) : ofTested(all);
    const units: Float64Array[] = [];
    const unturned: Float64Array[] = [];
    const rowScores: Float64Array[] = [];
    const forms: (TwoForms | undefined)[] = [];
    for (const { rows, latents, unturned: before, forms: two, measured, columns } of modalities) {
      latents.forEach((values, i) => {
        const sum = this.#sums[columns[i]];
        rows.forEach((row, at) => (sum[row] = (Number.isNaN(sum[row]) ? 0 : sum[row]) + values[at]));
        units.push(knownScores(unitsOf(place(rows, values))));
        unturned.push(knownScores(unitsOf(place(rows, before[i]))));
        if (grouped) rowScores.push(ofTested(place(rows, before[i])));
        forms.push(two && { a: unitsOf(place(measured, two[0][i])), b: unitsOf(place(measured, two[1][i])) });
      });
    }
    const taken = modalities.flatMap(({ taken: directions, columns }) => columns.map(() => directions));
    const names = grouped?.names ?? Array.from(tested, (row) => ids[row]);
    const rows = grouped && { latents: rowScores, members: grouped.members };
    return { rows: heldOut, ids: names, units, unturned, grouped: rows, forms, taken };
  }
}

interface ModalityLatents {
  readonly modality: Modality;
  /** Positions of its latents among all. */
  readonly columns: readonly number[];
  readonly present: Uint8Array;
  /** Subjects who have it, evenly spread, that latents are compared on. */
  readonly sample: Int32Array;
}

interface ReadFold {
  readonly rows: Int32Array;
  readonly latents: readonly Float64Array[];
  readonly unturned: readonly Float64Array[];
  /** Those among them that are tested, and what the forms are of. */
  readonly measured: Int32Array;
  readonly forms: readonly (readonly Float64Array[])[] | undefined;
  /** Directions that were taken out. */
  readonly taken: number;
  readonly columns: readonly number[];
}

/** Returns the numbers below `count` for which something holds. */
export function rowsWhere(count: number, holds: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(count);
  let length = 0;
  for (let row = 0; row < count; row++) if (holds(row)) rows[length++] = row;
  return rows.subarray(0, length);
}
