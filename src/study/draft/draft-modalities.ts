// The modalities of a draft: one per table, or several of a single table. Their names, and that of the study, come
// from the names of files.

import { basename, dirname, resolve } from 'node:path';
import { InputError } from '../../errors/errors.js';
import type { Draft, DraftKey, DraftModality, Finding } from './draft.js';
import type { ChosenIds } from './id-guess.js';
import type { IdColumn } from './id-names.js';
import type { IdentifiedTable } from './stack-tables.js';
import { guessTable } from './table-guess.js';

/** Minimum number of columns of a modality: one latent and one exogenous variable. */
const MIN_WIDTH = 2;
const EXTENSIONS = /(?:\.(?:csv|tsv|txt|parquet|npz|npy|xlsx|arrow|feather|h5ad|h5mu|mtx))?(?:\.gz)?$/i;
const MAX_LATENTS = 3;
/** Columns per latent of a draft. */
const COLUMNS_PER_LATENT = 3;
interface Drafting {
  readonly ids: ChosenIds | undefined;
  readonly group: DraftKey | undefined;
  readonly location: (path: string) => string;
}

/** Returns a modality for each table with enough columns. @throws InputError `too-few-modalities` */
export function modalitiesOf(
  tables: readonly IdentifiedTable[],
  { ids, group, location }: Drafting,
): Pick<Draft, 'modalities' | 'leftOut'> {
  const names = modalityNames(tables.map(({ paths, part }) => (part ? [part.name] : paths)));
  const drafts = tables.map((table, i): DraftModality => {
    const { width, findings } = guessTable(table, group);
    return {
      name: names[i],
      files: table.paths.map(location),
      rows: table.rows,
      ...(ids && differentName(table.id!, ids)),
      width,
      latents: latentsOf(width),
      findings: [...(table.findings ?? []), ...findings],
    };
  });
  const modalities = drafts.filter(({ width }) => width >= MIN_WIDTH);
  const leftOut = drafts.filter(({ width }) => width < MIN_WIDTH);
  if (modalities.length >= 2) return { modalities, leftOut };
  const divided = modalities.length === 1 ? divide(modalities[0], tables[drafts.indexOf(modalities[0])]) : [];
  if (divided.length >= 2) return { modalities: divided, leftOut };
  throw tooFewModalities(drafts);
}

function differentName(id: IdColumn, { name }: ChosenIds): { id?: string } {
  return id.name === name || id.isFlexible ? {} : { id: id.name };
}

/** Returns a modest number of latents. */
function latentsOf(width: number): number {
  return Math.max(1, Math.min(MAX_LATENTS, Math.floor(width / COLUMNS_PER_LATENT)));
}

function tooFewModalities(drafts: readonly DraftModality[]): InputError {
  const texts = drafts.map(({ files, width }) => `${files.join(', ')} has ${width} columns to fit`);
  return new InputError(
    'too-few-modalities',
    `${texts.join('; ')}; a study needs two modalities of at least ${MIN_WIDTH} columns each. Give a second table of ` +
      'the same subjects; or divide the columns of one table: call them body_weight, body_height, blood_iron, and so ' +
      'on, and init makes a modality of each first word',
    { tables: drafts.flatMap(({ files }) => files) },
  );
}

/** Columns of one table whose names begin with the same word. */
const PREFIX = /^([A-Za-z][A-Za-z0-9]*)[_.: -]/;

/** Divides the columns of a single table into modalities by the first word of their names. */
function divide(modality: DraftModality, table: IdentifiedTable): DraftModality[] {
  const omitted = new Set(
    modality.findings
      .filter(({ key, certain }) => (key === 'omit' && certain) || key === 'text')
      .map(({ column }) => column),
  );
  const groups = new Map<string, string[]>();
  const usable = table.columns.filter(({ name, kind }) => {
    const hasKind = modality.findings.some((one) => one.key === 'kinds' && one.certain && one.column === name);
    return name !== table.id?.name && !omitted.has(name) && (kind === 'number' || hasKind);
  });
  for (const { name } of usable) {
    const prefix = PREFIX.exec(name)?.[1];
    if (prefix !== undefined) groups.set(prefix, [...(groups.get(prefix) ?? []), name]);
  }
  const divided = [...groups].filter(([, columns]) => columns.length >= MIN_WIDTH);
  const used = new Set(divided.flatMap(([, columns]) => columns));
  const unused = usable
    .filter(({ name }) => !used.has(name))
    .map(({ name }): Finding => {
      const reason = 'its name does not begin with that of a modality';
      return { key: 'text', column: name, certain: true, reason };
    });
  return divided.map(([name, columns], i) => ({
    ...modality,
    name,
    columns,
    width: columns.length,
    latents: latentsOf(columns.length),
    findings: [
      ...modality.findings.filter(
        ({ column, key }) => column === undefined || (key !== 'omit' && columns.includes(column)),
      ),
      // What no modality uses is reported once.
      ...(i > 0 ? [] : [...modality.findings.filter(({ key }) => key === 'text'), ...unused]),
    ],
  }));
}

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
