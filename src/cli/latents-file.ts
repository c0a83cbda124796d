// Tables of latents: the id column, then <modality>.z1 … of every subject. latents.csv of a RUN has out-of-fold
// latents, each subject's by models that never saw it: those may be correlated with anything. latents-in-sample.csv
// has those of the model that was trained on the very subjects; where subjects lack modalities, <modality>.inferred
// says whose are inferred from the others'. Where rows belong to groups, <id>.group in latents.csv says to
// which.

import type { DataColumn } from '../causal/discovery/columns.js';
import type { LatentGraph } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { groupMeans, rowsByGroup } from '../data/split.js';
import type { OutputColumn } from '../files/csv.js';
import { readTable, writeTable } from '../files/read-table.js';
import type { Latents, ModalityPosterior } from '../inference/model-latents.js';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { OUT_OF_FOLD_FILE } from '../training/out-of-fold-file.js';
import { runTable } from '../training/run-digests.js';

export { OUT_OF_FOLD_FILE };

/** Latents in a RUN folder by the model that was trained on these subjects. */
export const IN_SAMPLE_FILE = 'latents-in-sample.csv';

/**
 * @param id name of the id column
 * @param latents out-of-fold, of all rows
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

/** Latents of a modality; standard deviations where they are to be written. */
type WrittenPosterior = Omit<ModalityPosterior, 'sd'> & { readonly sd?: Float32Array };

/** By modality. */
export type WrittenPosteriors = Readonly<Record<string, WrittenPosterior>>;

/** @throws what `model.posterior` throws */
export async function posteriorsToWrite(
  model: MultimodalCausalModel,
  dataset: Dataset,
  { withSd, partial }: { readonly withSd: boolean; readonly partial: boolean },
): Promise<WrittenPosteriors> {
  if (withSd) return model.posterior(dataset, { partial });
  // Standard deviations take longer than all the rest.
  const means = await model.encode(dataset, { partial });
  const presence = new Map(dataset.modalities.map((own) => [own.name, presenceOf(own)]));
  const inferredOf = (name: string): Uint8Array =>
    presence.get(name)?.map((there) => 1 - there) ?? new Uint8Array(dataset.ids.length).fill(1);
  return Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, { mean, inferred: inferredOf(name) }]));
}

/** Whether a subject lacks a modality, whose latents are inferred. */
export function isAnyInferred(posteriors: WrittenPosteriors): boolean {
  return Object.values(posteriors).some(({ inferred }) => inferred.includes(1));
}

/**
 * Columns of subjects' latents; of standard deviations, as <modality>.z1.sd …
 * @param withMarks true: which latents are inferred too, as <modality>.inferred
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

/** @throws what `writeOutOfFold` throws */
export async function writePosteriors(
  path: string,
  id: string,
  ids: readonly string[],
  posteriors: WrittenPosteriors,
): Promise<void> {
  const withMarks = isAnyInferred(posteriors);
  await writeTable(path, posteriorColumns(id, ids, posteriors, { withMarks }));
}

/** Ends the name of the column of groups. */
const GROUP = '.group';

/** Ends the name of the column that says whose latents of a modality are inferred: 1, otherwise 0. */
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

/** A plain loop: Float32Array.from is several times slower. */
function columnAt(values: Float32Array, width: number, column: number): Float32Array {
  const own = new Float32Array(values.length / width);
  for (let row = 0; row < own.length; row++) own[row] = values[row * width + column];
  return own;
}

export interface LatentColumns {
  /** Subjects, or the groups that their rows belong to: what evidence is made of. */
  readonly ids: readonly string[];
  /** Out-of-fold latents, NaN where a unit lacks the modality; means over the rows of a group. */
  readonly columns: readonly DataColumn[];
  /** Rows of each group, by its name; left out where the study has no groups. */
  readonly members?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Out-of-fold latents of a RUN by unit.
 * @throws what `runTable` and reading a table throw
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
  const members = new Map([...units].map(([name, own]) => [name, own.map((row) => ids[row])] as const));
  return { ids: [...units.keys()], columns: columnsOf([...units.values()]), members };
}
