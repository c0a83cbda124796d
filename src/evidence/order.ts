// Fits the components again in other orders of the modalities, on the same subspaces and with the same settings, and
// compares them on held-out subjects (docs/explanation/evidence.md). A better likelihood is evidence only under the
// assumptions of the flow, so it never supports a direction.

import type { Dataset, Split } from '../data/dataset.js';
import { maxSampled, spreadOver } from '../quality/index.js';
import { computeOf, type Compute } from '../runtime/program.js';
import { fitComponents, componentStages } from '../training/two-stage.js';
import type { Subspaces } from '../training/component-stage.js';
import { readComponents } from '../training/component-reading.js';
import type { FitConfig } from '../training/config.js';
import type { ScoredReading } from '../training/determination.js';
import { ranking, type SettledRestarts } from '../training/outcome.js';
import { StageRunner } from '../training/stage-runner.js';

/** Maximum number of component restarts in each order: the comparison needs only an approximate likelihood. */
const MAX_COMPONENT_RESTARTS = 8;
/** Maximum number of component restarts in all orders, relative to those of the fit. */
const BUDGET = 3;
/** Maximum number of modalities of which all orders are fitted. */
const MAX_PERMUTED = 3;
/** Minimum number of held-out subjects for a useful standard error. */
const MIN_SUBJECTS = 10;
/** Maximum number of subjects on which latents of two restarts are matched. */
const MAX_MATCHED = 4096;

/** Comparison of the study's order of modalities with the reversed order. */
export interface OrderEvidence {
  /** Mean difference of the log-likelihoods, nats per subject; positive if the study's order is better. */
  readonly difference: number;
  /** Standard error of the difference, paired by subject; from group sums if rows belong to groups. */
  readonly standardError: number;
  /** Number of held-out subjects or rows that have every modality. */
  readonly subjects: number;
}

/** Component restarts in one order of the modalities. */
export interface OrderFit {
  /** Names of the modalities, causes first. */
  readonly order: readonly string[];
  /** The refined restarts, read on held-out subjects. */
  readonly readings: readonly ScoredReading[];
  /** Number of the best one. */
  readonly best: number;
}

/** Data, settings and device of the fits. */
export interface OrderStudy {
  readonly dataset: Dataset;
  readonly config: FitConfig;
  readonly hooks: Compute;
}

/** True if a fit has an order of modalities that can be reversed. */
export function hasOrder({ modalities }: Pick<Dataset, 'modalities'>, { fit, sparsity }: FitConfig): boolean {
  return fit === 'two-stage' && sparsity.graph === 'ordered' && modalities.length > 1;
}

/**
 * Returns the orders of the modalities that are compared, as positions in the study: the study's order, the reversed
 * one, those with two neighbours exchanged, and of up to three modalities all others.
 */
export function ordersOf(modalities: number): number[][] {
  const study = Array.from({ length: modalities }, (_, m) => m);
  const exchanged = study.slice(1).map((m) => {
    const order = [...study];
    [order[m - 1], order[m]] = [m, m - 1];
    return order;
  });
  const all = [study, [...study].reverse(), ...exchanged, ...(modalities <= MAX_PERMUTED ? permutations(study) : [])];
  return [...new Map(all.map((order) => [order.join(), order])).values()];
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/**
 * Fits the components in several orders: in the study's order, the reversed one, and other orders while all together
 * have at most three times the restarts of the fit. With observed causes, only the first two are fitted.
 * @param subspaces subspaces of the fit
 * @returns an empty list if fewer than 10 held-out subjects have every modality
 * @throws NumericError `all-runs-diverged`; DeviceError; the signal's reason
 */
export async function orderFits(subspaces: Subspaces, { dataset, config, hooks }: OrderStudy): Promise<OrderFit[]> {
  const componentRestarts = Math.min(config.componentRestarts, MAX_COMPONENT_RESTARTS);
  const settings = { ...config, componentRestarts };
  const affordable = subspaces.causes ? 2 : Math.floor((BUDGET * config.componentRestarts) / componentRestarts);
  const fits: OrderFit[] = [];
  if (heldOutRows(subspaces).length < MIN_SUBJECTS) return fits;
  for (const positions of ordersOf(subspaces.modalities.length).slice(0, affordable)) {
    const one = reordered(subspaces, positions);
    await using runner = await StageRunner.open(componentStages(settings), dataset, settings, computeOf(hooks));
    const { settled } = await fitComponents(one, settings, runner);
    const [best] = ranking(settled);
    const readings = await heldOutReadings(one, settled, { dataset, config: settings, hooks });
    fits.push({ order: one.modalities.map(({ name }) => name), readings, best });
  }
  return fits;
}

/**
 * Reads restarts on held-out subjects that have every modality.
 * @returns an empty list if there are fewer than 10
 */
export async function heldOutReadings(
  subspaces: Subspaces,
  settled: SettledRestarts,
  { config, hooks }: OrderStudy,
): Promise<ScoredReading[]> {
  const validation = heldOutRows(subspaces);
  if (validation.length < MIN_SUBJECTS) return [];
  const split: Split = { ...subspaces.split, validation };
  return readComponents(
    { ...subspaces, split },
    config,
    settled,
    validation.subarray(0, MAX_MATCHED),
    computeOf(hooks),
  );
}

/** Returns groups of the subjects that `heldOutReadings` scores. */
export function heldOutGroups(subspaces: Subspaces, { groups }: Pick<Dataset, 'groups'>): string[] | undefined {
  return groups && Array.from(heldOutRows(subspaces), (row) => groups[row]);
}

/** Compares the first two orders. @param groups see `heldOutGroups` */
export function orderEvidence(
  [study, reversed]: readonly OrderFit[],
  groups: readonly string[] | undefined,
): OrderEvidence {
  const [first, second] = [study, reversed].map(({ readings, best }) => readings[best].logLikelihood);
  return pairedDifference(
    first.map((value, i) => value - second[i]),
    groups,
  );
}

/**
 * Returns the same subspaces with the modalities in another order. Latents keep their order within a modality.
 * @param order positions of the modalities in the given subspaces
 */
export function reordered(subspaces: Subspaces, order: readonly number[]): Subspaces {
  const { modalities, values, present, shared, columns: components } = subspaces;
  const widths = modalities.map(({ latents }) => latents);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const sources = columnsOf(modalities, order);
  const moved = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += width) {
    for (let i = 0; i < width; i++) moved[first + i] = values[first + sources[i]];
  }
  const places = shared?.modalities.map((m) => order.indexOf(m)).sort((a, b) => a - b);
  return {
    ...subspaces,
    modalities: order.map((m) => modalities[m]),
    values: moved,
    ...(present && { present: order.map((m) => present[m]) }),
    ...(components && { columns: order.map((m) => components[m]) }),
    ...(shared && { shared: { ...shared, modalities: places! } }),
  };
}

/** Returns the columns of the latents of the modalities in an order. */
function columnsOf(modalities: Subspaces['modalities'], order: readonly number[]): number[] {
  return order.flatMap((m) => {
    const first = modalities.slice(0, m).reduce((sum, { latents }) => sum + latents, 0);
    return Array.from({ length: modalities[m].latents }, (_, i) => first + i);
  });
}

/** Returns validation and test subjects that have every modality, at most 100,000. */
function heldOutRows({ split, present }: Subspaces): Int32Array {
  const rows = Int32Array.from([...split.validation, ...split.test]).sort();
  const complete = present ? rows.filter((row) => present.every((mask) => mask[row] === 1)) : rows;
  return spreadOver(complete, maxSampled.subjects);
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
