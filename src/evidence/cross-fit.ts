// Cross-fitting: the subjects are divided into two folds, a model is fitted to each fold, and every subject is encoded
// by the model of the other fold. The division is repeated. Only such latents may be tested: those of training subjects
// were trained to be associated with the other modalities (docs/explanation/evidence.md).

import type { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { groupUnits, scaledGroupMeans } from '../data/group-units.js';
import { encodeDataset } from '../inference/inference.js';
import { latentLayout } from '../networks/layout.js';
import { normalScores } from '../quality/pair-test.js';
import { maxSampled, spreadOver } from '../quality/index.js';
import type { FitConfig } from '../training/config.js';
import { fitModel, type FittedModel } from '../training/fit.js';
import { computeOf, type Compute } from '../runtime/program.js';
import type { FitHooks, FitProgress } from '../training/stage-runner.js';
import { modalityShapes } from '../training/model-config.js';
import { correlationOf, crossCorrelations, partners, procrustes, replication, scoresOf, rotated } from './alignment.js';
import { FOLDS, foldConfig, foldSplits, MIN_GROUPS, MIN_SUBJECTS, rowsWhere, seedOfSplit } from './folds.js';
import { matchedParents, type Encoded, type ReadPartners } from './encodings.js';
import { columnSets, curvedPrediction, formsOf, type Forms, type TwoForms } from './forms.js';
import { batchShifts } from './causes/batch-shift.js';
import { batchColumns, withBatchesOf } from './causes/batched-data.js';
import { adjusted, covariateDirections, nuisanceOf } from './nuisance.js';
import type { CrossFit, CrossFitSplit, HeldOutFold, ModalityLatents, ReadFold } from './held-out-fold.js';
import { knownScores } from './known-scores.js';
import { tableComponents } from './table-components.js';

/** Maximum number of held-out subjects of a fold that are tested, evenly spread; more improve no conclusion. */
const MAX_UNITS = 200_000;
/** Maximum number of training and validation subjects that the forms of a modality are fitted to. */
const MAX_SEEN = 5000;
/** Maximum number of held-out subjects whose latents are compared with those of other modalities. */
const MAX_COMPARED = 5000;

export type { CrossFit, CrossFitSplit, HeldOutFold } from './held-out-fold.js';

export type CrossFitHooks = Compute & Pick<FitHooks, 'onProgress' | 'onEvent' | 'shards'>;

/** Fits a model to the training split of a data set and encodes all its subjects. */
export type FitAndEncode = (dataset: Dataset, config: FitConfig, hooks: CrossFitHooks) => Promise<Encoded>;

const wholeFit: FitAndEncode = async (dataset, config, hooks) => {
  const { model, parameters, graph } = await fitFold(dataset, config, hooks);
  const encoded = await encodeDataset(dataset, model, parameters, hooks);
  const withBatches = new Map<string, Float32Array>();
  for (const column of batchColumns(dataset)) {
    withBatches.set(column, await encodeDataset(withBatchesOf(dataset, column), model, parameters, hooks));
  }
  const batched = withBatches.size > 0 && { withBatches };
  if (!dataset.causes) return { encoded, ...batched };
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const parents = graph.nodes.map(({ name }) =>
    graph.edges.filter(({ to }) => to === name).map(({ from }) => position.get(from)!),
  );
  return { encoded, parents, ...batched };
};

/** Fits a model without the stages that its latents do not need. @throws what `fitModel` throws */
export async function fitFold(dataset: Dataset, config: FitConfig, hooks: CrossFitHooks): Promise<FittedModel> {
  return fitModel(dataset, config, { ...hooks, infersMissing: false });
}

export interface Fold {
  /** The data set with the split of the fold. */
  readonly dataset: Dataset;
  readonly config: FitConfig;
  readonly hooks: CrossFitHooks;
}

/** Returns the data and settings of the fit to each fold. @param split number of the repeated split, from 0 */
export function foldsOf(
  dataset: Dataset,
  config: FitConfig,
  { onProgress, onEvent, shards, ...compute }: CrossFitHooks,
  split = 0,
): Fold[] {
  const seed = seedOfSplit(config.seed, split);
  return foldSplits(dataset, seed).map((foldSplit, fold) => ({
    // Shared latents combine several modalities. The tests need the modalities of a fold separate.
    dataset: { ...dataset, shared: undefined, split: foldSplit },
    config: { ...foldConfig(config, dataset.split.train.length, foldSplit.train.length, split), seed },
    hooks: {
      ...computeOf(compute),
      onEvent,
      ...(shards && { shards: shards.within(`fold-${split}-${fold}`) }),
      ...(onProgress && {
        onProgress: (progress: FitProgress) => onProgress({ ...progress, fold: split * FOLDS + fold }),
      }),
    },
  }));
}

export interface CrossFitOptions {
  /** Posterior means of the fitted model, subjects × D. Default: those of the first fold. */
  readonly fitted?: Float32Array | undefined;
  /** Number of repeated splits. Default: 1. */
  readonly splits?: number;
  readonly hooks?: CrossFitHooks;
  /** Fits and encodes a fold. Default: all stages of the fit. */
  readonly fitAndEncode?: FitAndEncode;
  /** False if nobody asks which modalities share latents: curved forms, which take long, are then left out. */
  readonly comparesModalities?: boolean;
}

/** @throws what `fitModel` throws */
export async function crossFit(dataset: Dataset, config: FitConfig, options: CrossFitOptions = {}): Promise<CrossFit> {
  const { fitted, splits = 1, hooks = {}, fitAndEncode = wholeFit, comparesModalities = true } = options;
  const study = new CrossFitted(dataset, fitted, comparesModalities);
  for (let split = 0; split < splits; split++) {
    const folds: EncodedFold[] = [];
    for (const fold of foldsOf(dataset, config, hooks, split)) {
      const fitted = await fitAndEncode(fold.dataset, fold.config, fold.hooks);
      folds.push({ ...fitted, heldOut: fold.dataset.split.test, seen: seenOf(fold.dataset) });
    }
    study.add(folds, seedOfSplit(config.seed, split));
  }
  return study.result();
}

interface EncodedFold extends Encoded {
  readonly heldOut: Int32Array;
  readonly seen: Int32Array;
}

function seenOf({ split: { train, validation } }: Dataset): Int32Array {
  const seen = new Int32Array(train.length + validation.length);
  seen.set(train);
  seen.set(validation, train.length);
  return seen.sort();
}

/** Accumulates the splits of a study. Only the units of a split stay in memory. */
class CrossFitted {
  readonly #dataset: Dataset;
  readonly #modalities: readonly ModalityLatents[];
  readonly #width: number;
  readonly #isCompared: boolean;
  readonly #splits: CrossFitSplit[] = [];
  readonly #sums: Float64Array[];
  #reference: Float32Array | undefined;

  constructor(dataset: Dataset, fitted: Float32Array | undefined, comparesModalities: boolean) {
    this.#dataset = dataset;
    this.#isCompared = comparesModalities && dataset.modalities.length > 1 && !dataset.causes;
    this.#reference = fitted;
    const { modalities, latents } = latentLayout(modalityShapes(dataset));
    let first = 0;
    this.#modalities = modalities.map(({ latents: size }, m) => {
      const columns = Array.from({ length: size }, (_, i) => first + i);
      first += size;
      const modality = dataset.modalities[m];
      const present = presenceOf(modality);
      const rows = rowsWhere(present.length, (row) => present[row] === 1);
      return { modality, columns, present, sample: spreadOver(rows, maxSampled.subjects) };
    });
    this.#width = latents;
    this.#sums = Array.from({ length: latents }, () => new Float64Array(dataset.ids.length).fill(NaN));
  }

  add(folds: readonly EncodedFold[], seed: number): void {
    this.#reference ??= folds[0].encoded;
    const read = this.#modalities.map((one) => this.#readModality(one, folds, seed));
    this.#splits.push({
      folds: folds.map((fold, f) =>
        this.#heldOut(
          fold,
          read.map((modality) => modality.folds[f]),
        ),
      ),
      replication: read.map((one) => one.replication),
      agreement: read.flatMap((one) => one.agreement),
      ...this.#batches(folds, seed),
    });
  }

  #batches(folds: readonly EncodedFold[], seed: number): Pick<CrossFitSplit, 'batches'> {
    const columns = this.#modalities.map((one) => one.columns);
    const batches = folds.flatMap(({ withBatches, seen, heldOut }) =>
      withBatches ? [batchShifts(this.#dataset, { withBatches, seen, heldOut }, columns, seed)] : [],
    );
    return batches.length > 0 ? { batches } : {};
  }

  result(): CrossFit {
    const latents = this.#sums.map((sum) => sum.map((value) => value / this.#splits.length));
    const { groups, modalities } = this.#dataset;
    return {
      splits: this.#splits,
      latents,
      minUnits: groups ? MIN_GROUPS : MIN_SUBJECTS,
      widths: new Map(modalities.map((modality) => [modality.name, valuesPerSubject(modality)])),
      // Only pairs of modalities are tested by their components.
      ...(modalities.length > 1 && { components: tableComponents(this.#dataset, MAX_UNITS) }),
    };
  }

  /** Rotates the latents of a modality in both folds to those of the fitted model, and compares the folds. */
  #readModality(one: ModalityLatents, folds: readonly EncodedFold[], seed: number) {
    const { columns, sample, modality, present } = one;
    const scores = (values: Float32Array, rows: Int32Array) => scoresOf(values, this.#width, columns, rows);
    const reference = scores(this.#reference!, sample);
    const sampled = folds.map(({ encoded }) => scores(encoded, sample));
    const order = sampled.map((latents) => partners(crossCorrelations(reference, latents)));
    const agreement = columns.map((_, i) => {
      const reached = sampled.map((latents, f) =>
        Math.abs(crossCorrelations([reference[i]], [latents[order[f][i]]]).get(0, 0)),
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
        const free = (values: Float64Array, of: Matrix | undefined) => (of ? adjusted(values, of) : values);
        const heldOutScores = scores(encoded, rows);
        const latents = rotated(heldOutScores, map).map((values) => normalScores(free(values, directions)));
        const unrotated = heldOutScores.map((values) => normalScores(free(values, directions)));
        // In a tall table, only the tested units are measured twice.
        const measured = this.#testedOf(heldOut).filter((row) => present[row] === 1);
        const isWhole = measured.length === rows.length;
        const ofMeasured = isWhole ? directions : nuisanceOf(modality, measured, this.#dataset.covariates);
        const ofKnown = rotated(scores(encoded, known), map);
        const sets = columnSets(modality, ofKnown, known);
        const seenLatents = { latents: ofKnown, seen: known };
        const forms = sets && formsOf(modality, sets, { ...seenLatents, wanted: measured });
        const compared = this.#dataset.groups ? measured : spreadOver(measured, MAX_COMPARED);
        const curvedOf = () => {
          const of = sets && formsOf(modality, sets, { ...seenLatents, wanted: compared }, curvedPrediction);
          const gaps = compared === measured ? ofMeasured : nuisanceOf(modality, compared, this.#dataset.covariates);
          return of?.map((form) => form.map((values) => free(values, gaps)));
        };
        const isCompared = this.#splits.length === 0 && this.#isCompared;
        const freeForms = (of: Forms | undefined) => of?.map((form) => form.map((values) => free(values, ofMeasured)));
        const causesOf = (): ReadPartners => {
          const partnersOf = (of: readonly Float64Array[]) =>
            order[f].map((partner, i) => {
              const sign = correlationOf(reference[i], sampled[f][partner]) < 0 ? -1 : 1;
              return of[partner].map((value) => sign * value);
            });
          // A level may change the gaps and the latent, so the gaps are not removed before total effects are tested.
          const ofCovariates = covariateDirections(measured, this.#dataset.covariates);
          const partnersKnown = partnersOf(scores(encoded, known));
          const partnerSets = columnSets(modality, partnersKnown, known);
          const partnerForms =
            partnerSets && formsOf(modality, partnerSets, { latents: partnersKnown, seen: known, wanted: measured });
          const values = columns.map((column) =>
            Float64Array.from(measured, (row) => encoded[row * this.#width + column]),
          );
          return {
            encodings: partnersOf(values).map((latent) => free(latent, ofCovariates)),
            latents: partnersOf(unrotated),
            forms: freeForms(partnerForms),
          };
        };
        return {
          rows,
          latents,
          unrotated,
          measured,
          columns,
          partners: order[f].map((i) => columns[i]),
          causes: this.#dataset.causes && causesOf(),
          forms: freeForms(forms),
          compared,
          ...(isCompared && { curvedForms: curvedOf() }),
          removed: directions?.columns ?? 0,
        };
      }),
    };
  }

  /** Returns the tested held-out rows: all rows if there are groups, otherwise at most `MAX_UNITS`. */
  #testedOf(heldOut: Int32Array): Int32Array {
    return this.#dataset.groups ? heldOut : spreadOver(heldOut, MAX_UNITS);
  }

  /** Adds the latents of a fold to the means, and returns its units. */
  #heldOut({ heldOut, parents }: EncodedFold, modalities: readonly ReadFold[]): HeldOutFold {
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
    const unrotated: Float64Array[] = [];
    const rowScores: Float64Array[] = [];
    const forms: (TwoForms | undefined)[] = [];
    const curved: (TwoForms | undefined)[] = [];
    const formOf = (measured: Int32Array, two: ReadFold['forms'], i: number) =>
      two && { a: unitsOf(place(measured, two[0][i])), b: unitsOf(place(measured, two[1][i])) };
    for (const one of modalities) {
      const { rows, latents, unrotated: before, forms: two, measured, columns } = one;
      latents.forEach((values, i) => {
        const sum = this.#sums[columns[i]];
        rows.forEach((row, at) => (sum[row] = (Number.isNaN(sum[row]) ? 0 : sum[row]) + values[at]));
        units.push(knownScores(unitsOf(place(rows, values))));
        unrotated.push(knownScores(unitsOf(place(rows, before[i]))));
        if (grouped) rowScores.push(ofTested(place(rows, before[i])));
        forms.push(formOf(measured, two, i));
        curved.push(formOf(one.compared, one.curvedForms, i));
      });
    }
    const removed = modalities.flatMap(({ removed: directions, columns }) => columns.map(() => directions));
    const names = grouped?.names ?? Array.from(tested, (row) => ids[row]);
    const rows = grouped && { latents: rowScores, members: grouped.members };
    const encodings = this.#dataset.causes && {
      rows: tested,
      latents: modalities.flatMap(({ measured, causes }) =>
        causes!.encodings.map((latent) => ofTested(place(measured, latent))),
      ),
      units: modalities.flatMap(({ rows: of, causes }) =>
        causes!.latents.map((values) => knownScores(unitsOf(place(of, values)))),
      ),
      forms: modalities.flatMap(({ measured, columns, causes }) =>
        columns.map((_, i) => formOf(measured, causes!.forms, i)),
      ),
      ...(parents && { parents: matchedParents(parents, modalities) }),
    };
    const isCompared = modalities.some(({ curvedForms }) => curvedForms !== undefined);
    return {
      ...{ rows: heldOut, ids: names, units, unrotated, grouped: rows, forms, removed, encodings },
      ...(isCompared && { curvedForms: curved }),
    };
  }
}
