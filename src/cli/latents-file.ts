// Tables of latents: the id column, then <modality>.z1 … of every subject. latents.csv of a RUN has out-of-fold
// latents, which are valid for correlations and tests. latents-in-sample.csv has the latents of the model that was
// trained on the same subjects. If subjects lack modalities, <modality>.inferred marks latents that are inferred from
// other modalities. If rows belong to groups, <id>.group in latents.csv names the group.

import type { DataColumn } from '../causal/discovery/columns.js';
import type { LatentGraph } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { groupMeans, rowsByGroup } from '../data/split.js';
import type { OutputColumn } from '../files/csv.js';
import { readTable, writeTable } from '../files/read-table.js';
import type { Latents, ModalityPosterior } from '../inference/model-latents.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { IN_SAMPLE_FILE } from '../fit/fitted-ids.js';
import { OUT_OF_FOLD_FILE } from '../fit/out-of-fold-file.js';
import { runTable } from '../training/run-digests.js';

export { IN_SAMPLE_FILE, OUT_OF_FOLD_FILE };

/**
 * Writes out-of-fold latents.
 * @param id name of the id column
 * @param latents out-of-fold latents of all rows
 * @throws InputError `unknown-format`; FileError `unwritable`, `disk-full`
 */
export async function writeOutOfFold(
  path: string,
  id: string,
  { ids, groups }: Pick<Dataset, 'ids' | 'groups'>,
  latents: Latents,
): Promise<void> {
  await writeTable(path, [
    { name: id, values: ids },
    ...(groups ? [{ name: `${id}${GROUP}`, values: groups }] : []),
    ...latentColumns(latents, ids.length),
  ]);
}

/** Latents of a modality, with standard deviations if they are written. */
type WrittenPosterior = Omit<ModalityPosterior, 'sd'> & { readonly sd?: Float32Array };

/** Latents by modality. */
export type WrittenPosteriors = Readonly<Record<string, WrittenPosterior>>;

/** Returns the latents of a data set. @throws as `model.posterior` */
export async function posteriorsToWrite(
  model: MultimodalCausalModel,
  dataset: Dataset,
  { withSd, partial }: { readonly withSd: boolean; readonly partial: boolean },
): Promise<WrittenPosteriors> {
  if (withSd) return model.posterior(dataset, { partial });
  // Standard deviations are computed only on request, because they take longer than everything else.
  const means = await model.encode(dataset, { partial });
  const presence = new Map(dataset.modalities.map((modality) => [modality.name, presenceOf(modality)]));
  const inferredOf = (name: string): Uint8Array =>
    presence.get(name)?.map((there) => 1 - there) ?? new Uint8Array(dataset.ids.length).fill(1);
  return Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, { mean, inferred: inferredOf(name) }]));
}

/** True if any subject lacks a modality, so that its latents are inferred. */
export function isAnyInferred(posteriors: WrittenPosteriors): boolean {
  return Object.values(posteriors).some(({ inferred }) => inferred.includes(1));
}

/**
 * Returns columns of latents, and of standard deviations as <modality>.z1.sd ….
 * @param withMarks true to add <modality>.inferred, which marks inferred latents
 */
export function posteriorColumns(
  id: string,
  ids: readonly string[],
  posteriors: WrittenPosteriors,
  { withMarks }: { readonly withMarks: boolean },
): OutputColumn[] {
  const each = (part: 'mean' | 'sd'): Latents =>
    Object.fromEntries(
      Object.entries(posteriors).flatMap(([name, posterior]) => {
        const values = posterior[part];
        return values ? [[name, values]] : [];
      }),
    );
  return [
    { name: id, values: ids },
    ...latentColumns(each('mean'), ids.length),
    ...latentColumns(each('sd'), ids.length, '.sd'),
    ...(withMarks
      ? Object.entries(posteriors).map(([name, { inferred }]) => ({
          name: `${name}${INFERRED}`,
          values: Float32Array.from(inferred),
        }))
      : []),
  ];
}

/** Writes latents. @throws as `writeOutOfFold` */
export async function writePosteriors(
  path: string,
  id: string,
  ids: readonly string[],
  posteriors: WrittenPosteriors,
): Promise<void> {
  const withMarks = isAnyInferred(posteriors);
  await writeTable(path, posteriorColumns(id, ids, posteriors, { withMarks }));
}

/** Suffix of the column of groups. */
const GROUP = '.group';

/** Suffix of the column that is 1 for inferred latents of a modality, and 0 otherwise. */
export const INFERRED = '.inferred';

function latentColumns(latents: Latents, rows: number, suffix = '') {
  return Object.entries(latents).flatMap(([modality, values]) => {
    const width = values.length / rows;
    return Array.from({ length: width }, (_, i) => ({
      name: `${modality}.z${i + 1}${suffix}`,
      values: columnAt(values, width, i),
    }));
  });
}

/** Returns a column. It uses a loop, because Float32Array.from is several times slower. */
function columnAt(values: Float32Array, width: number, column: number): Float32Array {
  const result = new Float32Array(values.length / width);
  for (let row = 0; row < result.length; row++) result[row] = values[row * width + column];
  return result;
}

export interface LatentColumns {
  /** Units of the evidence: subjects, or groups of rows. */
  readonly ids: readonly string[];
  /** Out-of-fold latents, or their means over the rows of a group. NaN if a unit lacks the modality. */
  readonly columns: readonly DataColumn[];
  /** Rows of each group, by its name. Undefined if the study has no groups. */
  readonly members?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Returns the out-of-fold latents of a RUN by unit.
 * @throws as `runTable`; the errors of reading a table
 */
export async function readLatentColumns(run: string, { nodes }: Pick<LatentGraph, 'nodes'>): Promise<LatentColumns> {
  const path = await runTable(run, OUT_OF_FOLD_FILE);
  const names = nodes.map(({ name }) => name);
  const { available } = await readTable(path, { columns: names });
  const id = available[0];
  const group = available.find((name) => name === `${id}${GROUP}`);
  const table = await readTable(path, { columns: names, text: group === undefined ? [id] : [id, group] });
  const ids = table.texts(id);
  const columnsOf = (units: readonly (readonly number[])[]): DataColumn[] =>
    nodes.map(({ name, modality }) => ({ name, modality, values: groupMeans(table.numbers(name), units) }));
  if (group === undefined) return { ids, columns: columnsOf(ids.map((_, row) => [row])) };
  const units = rowsByGroup(table.texts(group));
  const members = new Map([...units].map(([name, rows]) => [name, rows.map((row) => ids[row])] as const));
  return { ids: [...units.keys()], columns: columnsOf([...units.values()]), members };
}
