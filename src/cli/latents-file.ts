// Tables of latents: the id column, then <modality>.z1 … of every subject. latents.csv of a RUN has out-of-fold
// latents, each subject's by models that never saw it: those may be correlated with anything. latents-in-sample.csv
// has those of the model that was trained on the very subjects; where subjects lack modalities, <modality>.inferred
// says whose are inferred from the others'. Where rows are repetitions of a few people, <id>.group in latents.csv
// says whose.

import { join } from 'node:path';
import type { DataColumn } from '../causal/discovery/columns.js';
import type { LatentGraph } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { areRepetitions, groupMeans, rowsByGroup } from '../data/split.js';
import { InputError } from '../errors.js';
import type { OutputColumn } from '../files/csv.js';
import { exists } from '../files/exists.js';
import { readTable, writeTable } from '../files/read-table.js';
import type { Latents, ModalityPosterior } from '../inference/model-latents.js';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { OUT_OF_FOLD_FILE } from '../training/out-of-fold-file.js';

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
    ...(areRepetitions(groups) ? [{ name: `${id}${GROUP}`, values: groups }] : []),
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
  readonly path: string;
  /** Subjects who have every modality whose latents enter; groups of rows, where those are repetitions. */
  readonly ids: readonly string[];
  readonly columns: readonly DataColumn[];
  /** By id, its rows' own ids; left out where every subject is one row. */
  readonly members?: ReadonlyMap<string, readonly string[]>;
  /** How many others there are. */
  readonly lacking: number;
}

/** Subjects without whom a search has nothing to go by. */
const LEAST_SUBJECTS = 20;

/**
 * Latents of a RUN as variables of a discovery. A test of latents that were trained on the tested subjects says
 * nothing, so they are taken only where the user says so.
 * @param options `columns`: the variables that enter; all when left out
 * @throws InputError `in-sample-latents` where a RUN has no out-of-fold ones; `too-few-subjects` where hardly anybody
 *   has all modalities; what reading a table throws
 */
export async function readLatentColumns(
  run: string,
  { nodes }: Pick<LatentGraph, 'nodes'>,
  { inSample, columns: wanted }: { readonly inSample: boolean; readonly columns?: readonly string[] | undefined },
): Promise<LatentColumns> {
  const path = join(run, inSample ? IN_SAMPLE_FILE : OUT_OF_FOLD_FILE);
  if (!inSample && !(await exists(path))) {
    throw new InputError(
      'in-sample-latents',
      `${run} has no out-of-fold latents (${OUT_OF_FOLD_FILE}): its other latents were trained on the subjects that ` +
        'would be tested, and such p-values mean nothing. Fit again without --evidence none, or say --in-sample.',
      { folder: run },
    );
  }
  const names = nodes.map(({ name }) => name);
  const { available } = await readTable(path, { columns: names });
  const id = available[0];
  const entering = nodes.filter(({ name }) => wanted?.includes(name) ?? true);
  const marks = available.filter((name) => entering.some(({ modality }) => name === `${modality}${INFERRED}`));
  const group = available.find((name) => name === `${id}${GROUP}`);
  const text = group === undefined ? [id] : [id, group];
  const table = await readTable(path, { columns: [...names, ...marks], text });
  // Inferred latents are functions of the others: a test would find what the inference put there. Cross-fitted ones are
  // missing where a subject lacks the modality.
  const isKnown = (row: number): boolean =>
    marks.every((mark) => table.numbers(mark)[row] === 0) &&
    entering.every(({ name }) => !Number.isNaN(table.numbers(name)[row]));
  const rows = [...table.texts(id).keys()].filter(isKnown);
  const lacking = table.rows - rows.length;
  if (lacking > 0 && rows.length < LEAST_SUBJECTS) {
    const modalities = [...new Set(entering.map(({ modality }) => modality))].join(', ');
    throw new InputError(
      'too-few-subjects',
      `${path}: ${rows.length} subjects have all of ${modalities}; a search needs ${LEAST_SUBJECTS}: look for the ` +
        'graph of fewer modalities, with --columns',
      { subjects: rows.length },
    );
  }
  const ids = table.texts(id);
  const valuesOf = (units: Iterable<readonly number[]>): DataColumn[] => {
    const known = [...units];
    return nodes.map(({ name, modality }) => ({ name, modality, values: groupMeans(table.numbers(name), known) }));
  };
  if (group === undefined) {
    return { path, ids: rows.map((row) => ids[row]), columns: valuesOf(rows.map((row) => [row])), lacking };
  }
  const groups = table.texts(group);
  const units = new Map(
    [...rowsByGroup(rows.map((row) => groups[row]))].map(([name, at]) => [name, at.map((i) => rows[i])] as const),
  );
  const members = new Map([...units].map(([name, own]) => [name, own.map((row) => ids[row])] as const));
  return { path, ids: [...units.keys()], columns: valuesOf(units.values()), lacking, members };
}
