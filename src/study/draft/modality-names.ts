// Names of modalities and of the study, from the names of files.

import { basename, dirname, resolve } from 'node:path';

const EXTENSIONS = /(?:\.(?:csv|tsv|txt|parquet|npz|npy|xlsx|arrow|feather|h5ad|h5mu|mtx))?(?:\.gz)?$/i;

/** Returns a valid name of a modality: a letter, then letters, digits, _ or -. */
function validName(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replaceAll(/^[^A-Za-z]+|[_-]+$/g, '');
  return name === '' ? 'table' : name;
}

/** Returns the words of a file's name, separated by characters that are neither letters nor digits. */
const wordsOf = (path: string): string[] =>
  basename(path)
    .replace(EXTENSIONS, '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');

/**
 * Returns a different name for each modality: the name of its file, without the words with which all names begin.
 * Stacked files have the words that they have in common.
 * @param groups files of each modality
 */
export function modalityNames(groups: readonly (readonly string[])[]): string[] {
  const words = groups.map((paths) => paths.map(wordsOf).reduce(commonWords));
  const common = groups.length > 1 ? words.reduce(commonWords).length : 0;
  const isUseful = words.every((list) => /^[A-Za-z]/.test(list.slice(common).join('_')));
  const names: string[] = [];
  for (const [i, list] of words.entries()) {
    const remaining = isUseful ? list.slice(common) : list;
    const name = validName(remaining.length > 0 ? remaining.join('_') : wordsOf(groups[i][0]).join('_'));
    let unique = name;
    for (let number = 2; names.includes(unique); number++) unique = `${name}-${number}`;
    names.push(unique);
  }
  return names;
}

function commonWords(a: readonly string[], b: readonly string[]): string[] {
  const end = a.findIndex((word, i) => word !== b.at(i));
  return a.slice(0, end < 0 ? a.length : end);
}

/** Returns the name of a study: that of its file, or of the folder of a file with the usual name. */
export function studyName(path: string): string {
  const name = basename(path).replace(/\.[^.]*$/, '');
  return validName(name === 'study' ? basename(dirname(resolve(path))) : name);
}
