// Tables in AnnData's files: a group with a dataset, or a group with an encoding of its own, for every column.

import { InputError } from '../errors.js';
import { damagedFile } from './bytes.js';
import type { Hdf5File } from './hdf5.js';

/** Numbers, with NaN for missing ones, or texts, with '' for them. */
export type FrameValues = ArrayLike<number | bigint | string>;

export interface FrameColumn {
  readonly name: string;
  readonly read: () => Promise<FrameValues>;
}

/** The index of a table, as texts. @throws InputError `damaged-file`, `unsupported-type` */
export async function indexOf(file: Hdf5File, at: string): Promise<string[]> {
  const values = await readColumn(file, `${at}/${indexName(file, at)}`);
  return Array.from<number | bigint | string, string>(values, String);
}

/** The columns of a table but its index, in its order. @throws InputError `damaged-file`, `unsupported-type` */
export function dataframeColumns(file: Hdf5File, at: string): Promise<FrameColumn[]> {
  const index = indexName(file, at);
  const order = file.attribute(at, 'column-order');
  const keys = file.keys(at).filter((name) => name !== index && !name.startsWith('__'));
  const names = isTexts(order) && order.every((name) => keys.includes(name)) ? order : keys;
  return Promise.resolve(names.map((name) => ({ name, read: () => readColumn(file, `${at}/${name}`) })));
}

function indexName(file: Hdf5File, at: string): string {
  const kind = file.kind(at);
  if (kind === undefined) throw damagedFile(file.path, `it has no group ${at}, so it is no AnnData`);
  const index = file.attribute(at, '_index');
  if (kind === 'group' && typeof index === 'string') return index;
  throw unsupported(file, at, 'is no table as AnnData 0.7 and later write it');
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
      if (mask.length !== values.length) throw damagedFile(file.path, `${at} has not a mask for each value`);
      const missing = encoding === 'nullable-string-array' ? '' : NaN;
      return Array.from<number | bigint | string, number | bigint | string>(values as FrameValues, (value, row) =>
        Number(mask[row]) === 0 ? value : missing,
      );
    }
    default:
      throw unsupported(file, at, `has the encoding '${String(encoding)}', which is not read`);
  }
}

/** Files of AnnData before 0.8 keep the categories of all columns in `__categories`, and refer to them. */
function refuseOldCategories(file: Hdf5File, at: string): void {
  const [frame, name] = [at.slice(0, at.lastIndexOf('/')), at.slice(at.lastIndexOf('/') + 1)];
  if (file.kind(`${frame}/__categories/${name}`) === undefined) return;
  throw unsupported(
    file,
    at,
    'keeps its categories as AnnData before 0.8 did; read it and write it again with a later',
  );
}

function categoryOf(file: Hdf5File, at: string, codes: FrameValues, categories: FrameValues): FrameValues {
  const missing = categories.length > 0 && typeof categories[0] !== 'string' ? NaN : '';
  return Array.from<number | bigint | string, number | bigint | string>(codes, (own) => {
    const code = Number(own);
    if (code === -1) return missing;
    if (code >= 0 && code < categories.length) return categories[code];
    throw damagedFile(file.path, `${at} has the code ${code}, and ${categories.length} categories`);
  });
}

function unsupported(file: Hdf5File, at: string, what: string): InputError {
  return new InputError('unsupported-type', `${file.path}: ${at} ${what}`, { path: file.path, at });
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
