// A study as a page has it: tables that were chosen or dropped, with the study file or without one.

import type { ModalityScales } from '../data/dataset.js';
import { InputError } from '../errors.js';
import type { TableOptions } from '../files/table.js';
import { studySchema } from '../study/schema.js';
import type { StudyFile } from '../study/parse-study.js';
import { studyOf, type Study } from '../study/study-data.js';
import { bytesOf, type FileContent } from './files.js';
import { matchImages, type ImageFiles } from './image-files.js';
import { headersOf, matchTables, readText, tableWith, type Tables } from './tables.js';

/** What was chosen or dropped. */
export interface Sources {
  readonly tables: Tables;
  /** Left out where none are read. */
  readonly images?: ImageFiles | undefined;
}

/** What is known of a model whose subjects are read. */
export interface StudiedModel {
  readonly study: string;
  /** Name of the id column. */
  readonly id: string;
  readonly scales: readonly ModalityScales[];
}

/**
 * Subjects of tables that are written as those of the fit were, without codes of missing values or limits: the study
 * file says those.
 * @throws what `readStudy` throws with `scales`; InputError `modality-mismatch`
 */
export async function plainStudy(sources: Sources, { study, id, scales }: StudiedModel): Promise<Study> {
  const { images } = sources;
  const entries = images ? await matchImages(sources.tables, images, { id, scales }) : [];
  const lists = new Map(entries.map(({ list }) => [list.path, list]));
  const tables = new Map([...sources.tables].filter(([name]) => !lists.has(name)));
  const columns = await headersOf(tables);
  const matched = matchTables(columns, scales, { hasImages: entries.length > 0 });
  const covariates = [...new Set(scales.flatMap((own) => own.covariates?.map(({ column }) => column) ?? []))];
  const adjusting = covariates.length > 0 ? tableWith(columns, covariates) : undefined;
  const modalities: Readonly<Record<string, unknown>> = Object.fromEntries<unknown>([
    ...[...matched].map(([name, table]) => [name, { table, latents: 1 }] as const),
    ...entries.map(({ modality, images }) => [modality, { images, latents: 1 }] as const),
  ]);
  const file: StudyFile = {
    path: study,
    config: studySchema.parse({
      ...{ study, id, modalities },
      ...(adjusting !== undefined && { adjust: { table: adjusting, columns: covariates } }),
    }),
    locate: (path) => matched.get(String(path[1])) ?? (path[0] === 'modalities' ? String(path[1]) : 'these tables'),
    resolveTable: (entry) => entry,
    readTable: (name, options) => readText(lists.get(name) ?? tables.get(name)!, options),
    readImage: images?.read,
  };
  return studyOf(file, { scales, partial: true });
}

/**
 * Subjects, or a study to fit, as a study file says; its tables are found by the last part of their paths.
 * @param scales of a fitted model; left out: the study is there to be fitted
 * @throws what `readStudy` throws; InputError `missing-file` for a table that was not given
 */
export async function studyOfFile(
  { tables, images }: Sources,
  content: FileContent,
  scales?: readonly ModalityScales[],
): Promise<Study> {
  const path = 'study.yaml';
  const { studyFileOf } = await import('../study/parse-study.js');
  const file = studyFileOf(path, await bytesOf(content, path), {
    fewestModalities: scales ? 1 : 2,
    resolveTable: (entry, place) => {
      const name = entry.replace(/^.*[/\\]/, '');
      if (tables.has(name)) return name;
      const given = [...tables.keys()].join(', ') || 'no table';
      throw new InputError('missing-file', `${place()}: no file ${name} was given, but ${given}`, { path: name });
    },
    readTable: (name: string, options: TableOptions) => readText(tables.get(name)!, options),
    readImage: images?.read,
  });
  return studyOf(file, scales ? { scales, partial: true } : { keepTables: false });
}
