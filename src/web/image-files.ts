// Image files of a page, and whose they are: of a modality by their folder or by a list, of a subject by their name.

import type { ModalityScales } from '../data/dataset.js';
import { InputError, type ErrorCode } from '../errors.js';
import { csvText } from '../files/csv-text.js';
import type { TextSource } from '../files/text-table.js';
import { baseName, bytesOf, type OpenedFile } from './files.js';
import { readText, stem, type Tables } from './tables.js';
import { textSource } from './text-source.js';

/** Pixels of a side that a study may ask for. */
const SIDES = [8, 1024] as const;

/** Image files by their paths. */
export interface ImageFiles {
  readonly paths: readonly string[];
  /** What the file holds whose path ends as this one does. @throws InputError `missing-file`, `ambiguous-file` */
  readonly read: (path: string) => Promise<Uint8Array>;
}

/** A modality of images, as a study file would have it. */
export interface ImageEntry {
  readonly modality: string;
  /** A row for each subject. */
  readonly list: TextSource;
  readonly images: Readonly<Record<string, unknown>>;
}

export function isImage({ name }: OpenedFile): boolean {
  return /\.(png|jpe?g|webp)$/i.test(name);
}

/** @param signal whose reason stops the reading */
export function imageFiles(files: readonly OpenedFile[], signal: AbortSignal | undefined): ImageFiles {
  const images = files.filter(isImage);
  return {
    paths: images.map(({ path }) => path),
    read: async (path) => {
      signal?.throwIfAborted();
      const { content } = closest(
        images.filter(({ name }) => name === baseName(path)),
        path,
      );
      return bytesOf(content, path);
    },
  };
}

/** The file whose folders are those of the path, the last ones first. */
function closest(files: readonly OpenedFile[], path: string): OpenedFile {
  const refused = (code: ErrorCode, problem: string) => new InputError(code, `${path} ${problem}`, { path });
  if (files.length === 0) throw refused('missing-file', 'is not among these files; choose it too');
  const wanted = path.split(/[/\\]/).reverse();
  const shared = files.map((file) => {
    const parts = file.path.split(/[/\\]/).reverse();
    const other = wanted.findIndex((part, i) => part !== parts[i]);
    return other < 0 ? wanted.length : other;
  });
  const most = Math.max(...shared);
  const found = files.filter((_, i) => shared[i] === most);
  if (found.length === 1) return found[0];
  throw refused('ambiguous-file', `may be ${found.map((file) => file.path).join(' or ')}; choose one of them`);
}

/**
 * The images of each modality that has some: those that a table of the modality's name lists, or those in a folder
 * of its name, or all where the model has one modality of images.
 * @throws InputError `modality-mismatch` for images of no modality, `no-images` for a model that reads others than
 *   those of files; what reading a list throws
 */
export async function matchImages(
  tables: Tables,
  { paths }: ImageFiles,
  { id, scales }: { readonly id: string; readonly scales: readonly ModalityScales[] },
): Promise<ImageEntry[]> {
  if (paths.length === 0) return [];
  const models = scales.filter(({ regularArray }) => regularArray?.kind === 'image');
  const names = models.map(({ name }) => name);
  const entries: ImageEntry[] = [];
  for (const own of models) {
    const listed = [...tables].find(([name]) => stem(name) === own.name)?.[1];
    const inFolder = paths.filter((path) => path.split(/[/\\]/).slice(0, -1).includes(own.name));
    const isAnyones = !paths.some((path) =>
      path
        .split(/[/\\]/)
        .slice(0, -1)
        .some((folder) => names.includes(folder)),
    );
    const its = inFolder.length === 0 && models.length === 1 && isAnyones ? paths : inFolder;
    if (!listed && its.length === 0) continue;
    const column = listed ? await fileColumn(listed, { id, paths }) : `file of ${id}`;
    const list = listed ?? textSource(`images of ${own.name}`, listOf(id, column, its));
    entries.push({ modality: own.name, list, images: { ...formOf(own), table: list.path, path: column } });
  }
  if (entries.length > 0) return entries;
  throw new InputError('modality-mismatch', mismatch(paths[0], names), { path: paths[0] });
}

function mismatch(path: string, names: readonly string[]): string {
  if (names.length === 0) return `${path} is an image, and this model reads none.`;
  return (
    `${path} is of no modality: put images into folders that are called ${names.join(', ')}, or give a table of ` +
    'that name, whose rows name their files.'
  );
}

/** A table that names each image's subject by its file. */
function listOf(id: string, column: string, paths: readonly string[]): string {
  const ids = paths.map((path) => baseName(path).replace(/\.[^.]*$/, ''));
  return csvText([
    { name: id, values: ids },
    { name: column, values: paths },
  ]);
}

/** The column of a list that names the most files. */
async function fileColumn(list: TextSource, { id, paths }: { readonly id: string; readonly paths: readonly string[] }) {
  const known = new Set(paths.map(baseName));
  const { available } = await readText(list, { keep: () => false });
  const others = available.filter((column) => column !== id);
  const table = await readText(list, { text: others, keep: () => false });
  const counts = others.map((column) => table.texts(column).filter((cell) => known.has(baseName(cell))).length);
  const most = Math.max(0, ...counts);
  if (most > 0) return others[counts.indexOf(most)];
  throw new InputError('modality-mismatch', `${list.path} has no column that names one of these images.`, {
    table: list.path,
  });
}

/** What the model reads, as `images` of a study file says it; the middle part of an image is taken. */
function formOf({ name, regularArray, columns }: ModalityScales): Readonly<Record<string, unknown>> {
  const channels = columns.map((column) => column.name).join();
  const sides = regularArray?.kind === 'image' ? [regularArray.height, regularArray.width] : [];
  const areLevels = columns.every(({ mean, sd }) => mean >= 0 && mean <= 1 && sd <= 0.5);
  const isOfFiles = areLevels && sides.every((side) => side >= SIDES[0] && side <= SIDES[1]);
  if (isOfFiles && channels === 'grey') return { size: sides, channels };
  if (isOfFiles && channels === 'r,g,b') return { size: sides, channels: 'rgb' };
  throw new InputError(
    'no-images',
    `The model's ${name} was fitted to arrays or to values in a unit of their own, not to photographs; encode it ` +
      'with interlatent encode.',
    { modality: name },
  );
}
