// Reads tables in AnnData files. A table is a group, and each of its columns is a dataset or an encoded group.

import { InputError } from '../errors/errors.js';
import { damagedFile } from './bytes.js';
import type { Hdf5File } from './hdf5.js';

/** Numbers with NaN for missing values, or texts with '' for missing values. */
export type FrameValues = ArrayLike<number | bigint | string>;

export interface FrameColumn {
  readonly name: string;
  readonly read: () => Promise<FrameValues>;
}

/** Returns the index of a table as texts. @throws InputError `damaged-file`, `unsupported-type` */
export async function indexOf(file: Hdf5File, at: string): Promise<string[]> {
  const values = await readColumn(file, `${at}/${indexName(file, at)}`);
  return Array.from<number | bigint | string, string>(values, String);
}

/** Returns the columns of a table except its index, in order. @throws InputError `damaged-file`, `unsupported-type` */
export function dataframeColumns(file: Hdf5File, at: string): Promise<FrameColumn[]> {
  const index = indexName(file, at);
  const order = file.attribute(at, 'column-order');
  const keys = file.keys(at).filter((name) => name !== index && !name.startsWith('__'));
  const names = isTexts(order) && order.every((name) => keys.includes(name)) ? order : keys;
  return Promise.resolve(names.map((name) => ({ name, read: () => readColumn(file, `${at}/${name}`) })));
}

function indexName(file: Hdf5File, at: string): string {
  const kind = file.kind(at);
  if (kind === undefined) throw damagedFile(file.path, `it has no group ${at}, so it is not an AnnData file`);
  const index = file.attribute(at, '_index');
  if (kind === 'group' && typeof index === 'string') return index;
  throw unsupported(file, at, 'is not a table in the encoding of AnnData 0.7 and later');
}

async function readColumn(file: Hdf5File, at: string): Promise<FrameValues> {
  if (file.kind(at) === 'dataset') {
    refuseOldCategories(file, at);
    return file.vector(at);
  }
  const encoding = file.attribute(at, 'encoding-type');
  switch (encoding) {
    case 'categorical': {
      const codes = await file.vector(`${at}/codes`);
      return categoryOf(file, at, codes, await readColumn(file, `${at}/categories`));
    }
    case 'nullable-integer':
    case 'nullable-boolean':
    case 'nullable-string-array': {
      const values = await file.vector(`${at}/values`);
      const mask = await file.vector(`${at}/mask`);
      if (mask.length !== values.length) throw damagedFile(file.path, `${at} has not one mask entry for each value`);
      const missing = encoding === 'nullable-string-array' ? '' : NaN;
      return Array.from<number | bigint | string, number | bigint | string>(values as FrameValues, (value, row) =>
        Number(mask[row]) === 0 ? value : missing,
      );
    }
    default:
      throw unsupported(file, at, `has the encoding '${String(encoding)}', which is not read`);
  }
}

/** Throws for a column of AnnData before 0.8, whose categories are in a common group `__categories`. */
function refuseOldCategories(file: Hdf5File, at: string): void {
  const [frame, name] = [at.slice(0, at.lastIndexOf('/')), at.slice(at.lastIndexOf('/') + 1)];
  if (file.kind(`${frame}/__categories/${name}`) === undefined) return;
  throw unsupported(
    file,
    at,
    'has its categories in the layout of AnnData before 0.8; read it and write it again with a later version',
  );
}

function categoryOf(file: Hdf5File, at: string, codes: FrameValues, categories: FrameValues): FrameValues {
  const missing = categories.length > 0 && typeof categories[0] !== 'string' ? NaN : '';
  return Array.from<number | bigint | string, number | bigint | string>(codes, (value) => {
    const code = Number(value);
    if (code === -1) return missing;
    if (code >= 0 && code < categories.length) return categories[code];
    throw damagedFile(file.path, `${at} has the code ${code}, but only ${categories.length} categories`);
  });
}

function unsupported(file: Hdf5File, at: string, what: string): InputError {
  return new InputError('unsupported-type', `${file.path}: ${at} ${what}`, { path: file.path, at });
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
