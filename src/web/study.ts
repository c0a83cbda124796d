// Reads a study in a page: tables that were chosen or dropped, with or without a study file.

import type { CauseScales } from '../data/causes.js';
import type { ModalityScales } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { TableOptions } from '../files/table.js';
import { studySchema } from '../study/grammar/schema.js';
import type { StudyFile } from '../study/grammar/parse-study.js';
import { studyOf, type Study } from '../study/reading/study-data.js';
import { bytesOf, type FileContent } from './files.js';
import { matchImages, type ImageFiles } from './image-files.js';
import { headersOf, matchTables, readText, tableWith, type Tables } from './tables.js';

/** Tables and images that were chosen or dropped. */
export interface Sources {
  readonly tables: Tables;
  /** Undefined if no images are read. */
  readonly images?: ImageFiles | undefined;
}

/** The model whose subjects are read. */
export interface StudiedModel {
  readonly study: string;
  /** Name of the id column. */
  readonly id: string;
  readonly scales: readonly ModalityScales[];
  /** Observed causes of the model. Latents that are inferred depend on those of the subject. */
  readonly causes?: readonly CauseScales[] | undefined;
}

/**
 * Reads subjects from tables without a study file. The tables must have the same form as those of the fit, and no codes
 * of missing values or limits, which only a study file can define. Observed causes are read if each has a column with
 * its name.
 * @throws as `readStudy` with `scales`; InputError `modality-mismatch`
 */
export async function plainStudy(sources: Sources, { study, id, scales, causes = [] }: StudiedModel): Promise<Study> {
  const { images } = sources;
  const entries = images ? await matchImages(sources.tables, images, { id, scales }) : [];
  const lists = new Map(entries.map(({ list }) => [list.path, list]));
  const tables = new Map([...sources.tables].filter(([name]) => !lists.has(name)));
  const columns = await headersOf(tables);
  const matched = matchTables(columns, scales, { hasImages: entries.length > 0, causes });
  const covariates = [...new Set(scales.flatMap((modality) => modality.covariates?.map(({ column }) => column) ?? []))];
  const adjusting = covariates.length > 0 ? tableWith(columns, covariates) : undefined;
  const batchOf = (name: string) => {
    const column = scales.find((modality) => modality.name === name)?.batches?.column;
    const table = column === undefined ? undefined : tableWith(columns, [column]);
    return table === undefined ? {} : { batch: { table, column } };
  };
  const modalities: Readonly<Record<string, unknown>> = Object.fromEntries<unknown>([
    ...[...matched].map(([name, table]) => [name, { table, latents: 1, ...batchOf(name) }] as const),
    ...entries.map(({ modality, images }) => [modality, { images, latents: 1 }] as const),
  ]);
  const known = causes.flatMap(({ name, kind, levels, assigned }) => {
    const table = tableWith(columns, [name]);
    const reference = kind === 'categorical' ? { reference: levels![0] } : {};
    return table === undefined ? [] : [[name, { table, column: name, kind, assigned, ...reference }] as const];
  });
  const isKnown = causes.length > 0 && known.length === causes.length;
  const file: StudyFile = {
    path: study,
    config: studySchema.parse({
      study,
      id,
      modalities,
      ...(adjusting !== undefined && { adjust: { table: adjusting, columns: covariates } }),
      ...(isKnown && { causes: Object.fromEntries(known) }),
    }),
    locate: (path) => matched.get(String(path[1])) ?? (path[0] === 'modalities' ? String(path[1]) : 'these tables'),
    resolveTable: (entry) => entry,
    readTable: (name, options) => readText(lists.get(name) ?? tables.get(name)!, options),
    readImage: images?.read,
  };
  return studyOf(file, { scales, partial: true, ...(isKnown && { causes, keepUnknownCauses: true }) });
}

/**
 * Reads subjects, or a study to fit, with a study file. Its tables are found by file name.
 * @param model a fitted model, of which the study can lack observed causes. Without it, the study is read for a fit
 * @throws as `readStudy`; InputError `missing-file` for a table that is not among the files
 */
export async function studyOfFile(
  { tables, images }: Sources,
  content: FileContent,
  model?: Pick<StudiedModel, 'scales' | 'causes'>,
): Promise<Study> {
  const path = 'study.yaml';
  const { studyFileOf } = await import('../study/grammar/parse-study.js');
  const file = studyFileOf(path, await bytesOf(content, path), {
    resolveTable: (entry, place) => {
      const name = entry.replace(/^.*[/\\]/, '');
      if (tables.has(name)) return name;
      const present = [...tables.keys()].join(', ') || 'no table';
      const problem = `${place()}: ${name} is not among these files (${present}). Choose it, too`;
      throw new InputError('missing-file', problem, { path: name });
    },
    readTable: (name: string, options: TableOptions) => readText(tables.get(name)!, options),
    readImage: images?.read,
  });
  if (!model) return studyOf(file, { keepTables: false });
  const { scales, causes = [] } = model;
  const isKnown = causes.every(({ name }) => Object.hasOwn(file.config.causes ?? {}, name));
  return studyOf(file, { scales, partial: true, ...(isKnown && { causes, keepUnknownCauses: true }) });
}
