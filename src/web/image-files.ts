// Image files of a page. A folder or a list assigns them to a modality, and their names to subjects.

import type { ModalityScales } from '../data/dataset.js';
import { sizesOf } from '../data/regular-array.js';
import { InputError, type ErrorCode } from '../errors/errors.js';
import { csvText } from '../files/csv-text.js';
import type { TextSource } from '../files/text-table.js';
import { baseName, bytesOf, type OpenedFile } from './files.js';
import { imagesOf, readText, stem, type Tables } from './tables.js';
import { textSource } from './text-source.js';

/** Minimum and maximum side of an image in a study, in pixels. */
const SIDES = [8, 1024] as const;

/** Image files by their paths. */
export interface ImageFiles {
  readonly paths: readonly string[];
  /** Reads the file whose path has the same end. @throws InputError `missing-file`, `ambiguous-file` */
  readonly read: (path: string) => Promise<Uint8Array>;
}

/** A modality of images, as in a study file. */
export interface ImageEntry {
  readonly modality: string;
  /** Table with a row per subject. */
  readonly list: TextSource;
  readonly images: Readonly<Record<string, unknown>>;
}

export function isImage({ name }: OpenedFile): boolean {
  return /\.(png|jpe?g|webp)$/i.test(name);
}

/** Returns the image files among files. @param signal aborting stops the reading with its reason */
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

/** Returns the file whose path has the longest common end with a path. */
function closest(files: readonly OpenedFile[], path: string): OpenedFile {
  const refused = (code: ErrorCode, problem: string) => new InputError(code, `${path} ${problem}`, { path });
  if (files.length === 0) throw refused('missing-file', 'is not among these files. Choose it, too');
  const wanted = path.split(/[/\\]/).reverse();
  const shared = files.map((file) => {
    const parts = file.path.split(/[/\\]/).reverse();
    const other = wanted.findIndex((part, i) => part !== parts[i]);
    return other < 0 ? wanted.length : other;
  });
  const max = Math.max(...shared);
  const matches = files.filter((_, i) => shared[i] === max);
  if (matches.length === 1) return matches[0];
  throw refused('ambiguous-file', `may be ${matches.map((file) => file.path).join(' or ')}. Choose one of them`);
}

/**
 * Assigns images to modalities. A modality has the images that a table of its name lists, or those in a folder of its
 * name. If the model has only one modality of images and no folder has its name, it has all images.
 * @throws InputError `modality-mismatch` for images of no modality, `no-images` for a model that was not fitted to
 *   photographs; the errors of reading a list
 */
export async function matchImages(
  tables: Tables,
  { paths }: ImageFiles,
  { id, scales }: { readonly id: string; readonly scales: readonly ModalityScales[] },
): Promise<ImageEntry[]> {
  if (paths.length === 0) return [];
  const models = imagesOf(scales);
  const names = models.map(({ name }) => name);
  const entries: ImageEntry[] = [];
  for (const modality of models) {
    const listed = [...tables].find(([name]) => stem(name) === modality.name)?.[1];
    const inFolder = paths.filter((path) => path.split(/[/\\]/).slice(0, -1).includes(modality.name));
    const isAnyones = !paths.some((path) =>
      path
        .split(/[/\\]/)
        .slice(0, -1)
        .some((folder) => names.includes(folder)),
    );
    const its = inFolder.length === 0 && models.length === 1 && isAnyones ? paths : inFolder;
    if (!listed && its.length === 0) continue;
    const column = listed ? await fileColumn(listed, { id, paths }) : `file of ${id}`;
    const list = listed ?? textSource(`images of ${modality.name}`, listOf(id, column, its));
    entries.push({ modality: modality.name, list, images: { ...formOf(modality), table: list.path, path: column } });
  }
  if (entries.length > 0) return entries;
  throw new InputError('modality-mismatch', mismatch(paths[0], names), { path: paths[0] });
}

function mismatch(path: string, names: readonly string[]): string {
  if (names.length === 0) return `${path} is an image, but this model reads none.`;
  return (
    `${path} belongs to no modality. Put images into a folder with the name of their modality (${names.join(', ')}), ` +
    'or add a table of that name whose rows name the files.'
  );
}

/** Returns a table of subjects and images. The name of a file is the id of its subject. */
function listOf(id: string, column: string, paths: readonly string[]): string {
  const ids = paths.map((path) => baseName(path).replace(/\.[^.]*$/, ''));
  return csvText([
    { name: id, values: ids },
    { name: column, values: paths },
  ]);
}

/** Returns the column of a list that names the most files. @throws InputError `modality-mismatch` if none does */
async function fileColumn(list: TextSource, { id, paths }: { readonly id: string; readonly paths: readonly string[] }) {
  const known = new Set(paths.map(baseName));
  const { available } = await readText(list, { keep: () => false });
  const candidates = available.filter((column) => column !== id);
  const table = await readText(list, { text: candidates, keep: () => false });
  const counts = candidates.map((column) => table.texts(column).filter((cell) => known.has(baseName(cell))).length);
  const max = Math.max(0, ...counts);
  if (max > 0) return candidates[counts.indexOf(max)];
  throw new InputError('modality-mismatch', `${list.path} has no column that names one of these images.`, {
    table: list.path,
  });
}

/** Returns the images that the model reads, as the key `images` of a study file. Images are cropped to their centre. */
function formOf({ name, regularArray, columns }: ModalityScales): Readonly<Record<string, unknown>> {
  const channels = columns.map((column) => column.name).join();
  const sides = regularArray ? sizesOf(regularArray) : [];
  const areIntensities = columns.every(({ mean, sd }) => mean >= 0 && mean <= 1 && sd <= 0.5);
  const isOfFiles = areIntensities && sides.every((side) => side >= SIDES[0] && side <= SIDES[1]);
  if (isOfFiles && channels === 'grey') return { size: sides, channels };
  if (isOfFiles && channels === 'r,g,b') return { size: sides, channels: 'rgb' };
  throw new InputError(
    'no-images',
    `${name} was fitted to arrays or to values in physical units, not to photographs. Use interlatent encode for it.`,
    { modality: name },
  );
}
