// Does the order of the modalities explain the subjects better than the reversed order? The components are fitted again
// in both orders, on the same subspaces and with the same settings, and compared on held-out subjects
// (docs/evidence.md). A better likelihood is evidence under the flow's assumptions only: it never supports a direction.

import type { Dataset, Split } from '../data/dataset.js';
import { mostSampled, spreadOver } from '../quality/index.js';
import { fitComponents, componentParts } from '../training/two-part.js';
import type { Subspaces } from '../training/component-part.js';
import { readComponents } from '../training/component-reading.js';
import type { FitConfig } from '../training/config.js';
import { ranking, selectRuns } from '../training/outcome.js';
import { PartRunner } from '../training/part-runner.js';
import type { CrossFitHooks } from './cross-fit.js';

/** Restarts of the components in each order: the comparison needs the likelihood, not the last bit of it. */
const MAX_RESTARTS = 8;
/** Fewer held-out subjects have no useful standard error. */
const MIN_SUBJECTS = 10;

/** The study's order of modalities beside the reversed one. */
export interface OrderEvidence {
  /** Mean difference of the log-likelihoods, nats per subject; positive if the study's order is better. */
  readonly difference: number;
  /** Of the difference, paired by subject; of group sums where rows belong to groups. */
  readonly standardError: number;
  /** Held-out subjects, or rows, that have every modality. */
  readonly subjects: number;
}

/** Returns true if a fit has an order of modalities that can be reversed. */
export function hasOrder({ modalities }: Pick<Dataset, 'modalities'>, { fit, sparsity }: FitConfig): boolean {
  return fit === 'two-part' && sparsity.graph === 'ordered' && modalities.length > 1;
}

/**
 * Fits the components in both orders.
 * @param subspaces of the fit
 * @returns undefined where fewer than 10 held-out subjects have every modality
 * @throws NumericError `all-runs-diverged`; DeviceError; the signal's reason
 */
export async function orderEvidence(
  subspaces: Subspaces,
  { dataset, config, hooks }: { dataset: Dataset; config: FitConfig; hooks: CrossFitHooks },
): Promise<OrderEvidence | undefined> {
  const rows = spreadOver(heldOut(subspaces), mostSampled.subjects);
  if (rows.length < MIN_SUBJECTS) return undefined;
  const settings = { ...config, restarts: Math.min(config.restarts, MAX_RESTARTS) };
  const likelihoodOf = async (one: Subspaces): Promise<Float32Array> => {
    const { signal, threads, device } = hooks;
    const local = { signal, threads, device };
    await using runner = await PartRunner.open(componentParts(settings), dataset, settings, local);
    const { settled } = await fitComponents(one, settings, runner);
    const [best] = ranking(settled);
    const chosen = { parameters: selectRuns(settled.parameters, [best]), objectives: [settled.objectives[best]] };
    const split: Split = { ...one.split, validation: rows };
    const [{ logLikelihood }] = await readComponents({ ...one, split }, settings, chosen, rows.subarray(0, 1), local);
    return logLikelihood;
  };
  const study = await likelihoodOf(subspaces);
  const reversed = await likelihoodOf(reverse(subspaces));
  return pairedDifference(
    study.map((value, i) => value - reversed[i]),
    dataset.groups && Array.from(rows, (row) => dataset.groups![row]),
  );
}

/** Returns the same subspaces with the modalities in reversed order; latents keep their order within a modality. */
export function reverse(subspaces: Subspaces): Subspaces {
  const { modalities, values, present, shared } = subspaces;
  const widths = modalities.map(({ latents }) => latents);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const offsets = widths.map((_, m) => widths.slice(0, m).reduce((sum, one) => sum + one, 0));
  const columns = widths.flatMap((size, m) => Array.from({ length: size }, (_, i) => offsets[m] + i));
  const order = widths.map((_, m) => m).reverse();
  const sources = order.flatMap((m) => columns.slice(offsets[m], offsets[m] + widths[m]));
  const turned = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += width) {
    for (let i = 0; i < width; i++) turned[first + i] = values[first + sources[i]];
  }
  const last = modalities.length - 1;
  return {
    ...subspaces,
    modalities: order.map((m) => modalities[m]),
    values: turned,
    ...(present && { present: order.map((m) => present[m]) }),
    ...(shared && { shared: { ...shared, modalities: shared.modalities.map((m) => last - m).sort((a, b) => a - b) } }),
  };
}

/** Returns the validation and test subjects that have every modality. */
function heldOut({ split, present }: Subspaces): Int32Array {
  const rows = Int32Array.from([...split.validation, ...split.test]).sort();
  return present ? rows.filter((row) => present.every((own) => own[row] === 1)) : rows;
}

/** Returns the mean and its standard error. @param groups of each value; without them values are independent */
export function pairedDifference(differences: Float32Array, groups?: readonly string[]): OrderEvidence {
  const subjects = differences.length;
  const difference = differences.reduce((sum, value) => sum + value, 0) / subjects;
  const sums = new Map<string | number, number>();
  differences.forEach((value, i) => {
    const unit = groups?.[i] ?? i;
    sums.set(unit, (sums.get(unit) ?? 0) + value - difference);
  });
  const square = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
  // One group says nothing of how far groups differ.
  const standardError = sums.size > 1 ? Math.sqrt((square * sums.size) / (sums.size - 1)) / subjects : Infinity;
  return { difference, standardError, subjects };
}
