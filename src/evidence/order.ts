// Tests if the order of the modalities explains the subjects better than the reversed order. The components are fitted
// again in both orders, on the same subspaces and with the same settings, and compared on held-out subjects
// (docs/explanation/evidence.md). A better likelihood is evidence only under the assumptions of the flow, so it never
// supports a direction.

import type { Dataset, Split } from '../data/dataset.js';
import { maxSampled, spreadOver } from '../quality/index.js';
import { computeOf } from '../runtime/program.js';
import { fitComponents, componentStages } from '../training/two-stage.js';
import type { Subspaces } from '../training/component-stage.js';
import { readComponents } from '../training/component-reading.js';
import type { FitConfig } from '../training/config.js';
import { ranking, selectRuns } from '../training/outcome.js';
import { StageRunner } from '../training/stage-runner.js';
import type { CrossFitHooks } from './cross-fit.js';

/** Maximum number of component restarts in each order: the comparison needs only an approximate likelihood. */
const MAX_COMPONENT_RESTARTS = 8;
/** Minimum number of held-out subjects for a useful standard error. */
const MIN_SUBJECTS = 10;

/** Comparison of the study's order of modalities with the reversed order. */
export interface OrderEvidence {
  /** Mean difference of the log-likelihoods, nats per subject; positive if the study's order is better. */
  readonly difference: number;
  /** Standard error of the difference, paired by subject; from group sums if rows belong to groups. */
  readonly standardError: number;
  /** Number of held-out subjects or rows that have every modality. */
  readonly subjects: number;
}

/** True if a fit has an order of modalities that can be reversed. */
export function hasOrder({ modalities }: Pick<Dataset, 'modalities'>, { fit, sparsity }: FitConfig): boolean {
  return fit === 'two-stage' && sparsity.graph === 'ordered' && modalities.length > 1;
}

/**
 * Fits the components in both orders and compares their likelihoods.
 * @param subspaces subspaces of the fit
 * @returns undefined if fewer than 10 held-out subjects have every modality
 * @throws NumericError `all-runs-diverged`; DeviceError; the signal's reason
 */
export async function orderEvidence(
  subspaces: Subspaces,
  { dataset, config, hooks }: { dataset: Dataset; config: FitConfig; hooks: CrossFitHooks },
): Promise<OrderEvidence | undefined> {
  const rows = spreadOver(heldOut(subspaces), maxSampled.subjects);
  if (rows.length < MIN_SUBJECTS) return undefined;
  const settings = { ...config, componentRestarts: Math.min(config.componentRestarts, MAX_COMPONENT_RESTARTS) };
  const likelihoodOf = async (one: Subspaces): Promise<Float32Array> => {
    const local = computeOf(hooks);
    await using runner = await StageRunner.open(componentStages(settings), dataset, settings, local);
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

/** Returns the same subspaces with the modalities in reversed order. Latents keep their order within a modality. */
export function reverse(subspaces: Subspaces): Subspaces {
  const { modalities, values, present, shared, columns: components } = subspaces;
  const widths = modalities.map(({ latents }) => latents);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const offsets = widths.map((_, m) => widths.slice(0, m).reduce((sum, one) => sum + one, 0));
  const columns = widths.flatMap((size, m) => Array.from({ length: size }, (_, i) => offsets[m] + i));
  const order = widths.map((_, m) => m).reverse();
  const sources = order.flatMap((m) => columns.slice(offsets[m], offsets[m] + widths[m]));
  const reordered = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += width) {
    for (let i = 0; i < width; i++) reordered[first + i] = values[first + sources[i]];
  }
  const last = modalities.length - 1;
  return {
    ...subspaces,
    modalities: order.map((m) => modalities[m]),
    values: reordered,
    ...(present && { present: order.map((m) => present[m]) }),
    ...(components && { columns: order.map((m) => components[m]) }),
    ...(shared && { shared: { ...shared, modalities: shared.modalities.map((m) => last - m).sort((a, b) => a - b) } }),
  };
}

/** Returns the validation and test subjects that have every modality. */
function heldOut({ split, present }: Subspaces): Int32Array {
  const rows = Int32Array.from([...split.validation, ...split.test]).sort();
  return present ? rows.filter((row) => present.every((mask) => mask[row] === 1)) : rows;
}

/** Returns the mean and its standard error. @param groups group of each value; without them, values are independent */
export function pairedDifference(differences: Float32Array, groups?: readonly string[]): OrderEvidence {
  const subjects = differences.length;
  const difference = differences.reduce((sum, value) => sum + value, 0) / subjects;
  const sums = new Map<string | number, number>();
  differences.forEach((value, i) => {
    const unit = groups?.[i] ?? i;
    sums.set(unit, (sums.get(unit) ?? 0) + value - difference);
  });
  const square = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
  // One group does not show the variation between groups.
  const standardError = sums.size > 1 ? Math.sqrt((square * sums.size) / (sums.size - 1)) / subjects : Infinity;
  return { difference, standardError, subjects };
}
