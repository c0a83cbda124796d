// Finds the part of an AnnData or MuData file that is read as a table, and the names of its rows and columns.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { indexOf } from './anndata-frames.js';
import { damagedFile } from './bytes.js';
import type { Hdf5File } from './hdf5.js';

export interface AnnDataPart {
  /** Path of the part in the file. */
  readonly at: string;
  readonly kind: 'frame' | 'dense' | 'sparse';
  /** Path of the table whose index names the rows. */
  readonly rows: string;
  /** Path of the table whose index names the columns; undefined for a matrix whose columns have no names. */
  readonly columns?: string;
  /** Path of the table with further columns of the same rows. */
  readonly annotations?: string;
  /** Shape of a sparse matrix. */
  readonly shape?: readonly number[];
  /** True if the entries of a sparse matrix are ordered by row (CSR) and not by column (CSC). */
  readonly isByRow?: boolean;
}

/**
 * Returns the requested part.
 * @throws InputError `ambiguous-part`, `unknown-part`, `unsupported-type`, `damaged-file`
 */
export async function partOf(file: Hdf5File, part: string | undefined): Promise<AnnDataPart> {
  const isMuData = file.kind('mod') === 'group';
  if (!isMuData) return describe(file, '', part ?? 'X');
  const modalities = file.keys('mod');
  if (part === undefined) {
    throw new InputError(
      'ambiguous-part',
      `${file.path} has the modalities ${modalities.join(', ')}; choose one with part: ${modalities[0] ?? 'NAME'}`,
      { path: file.path, parts: modalities },
    );
  }
  const [first, ...rest] = part.replace(/^mod\//, '').split('/');
  if (!modalities.includes(first)) return describe(file, '', part, modalities);
  await checkMap(file, first);
  return describe(file, `mod/${first}/`, rest.length > 0 ? rest.join('/') : 'X');
}

/** @param base path of the AnnData in the file: '' or with a slash at its end */
function describe(file: Hdf5File, base: string, part: string, modalities: readonly string[] = []): AnnDataPart {
  const at = `${base}${part}`;
  const [group] = part.split('/');
  if (file.kind(at) === undefined) throw unknownPart(file, base, part, modalities);
  const isOfVariables = group === 'var' || group === 'varm';
  const rows = `${base}${isOfVariables ? 'var' : 'obs'}`;
  const isFrame = file.attribute(at, 'encoding-type') === 'dataframe' || part === 'obs' || part === 'var';
  if (isFrame) return { at, kind: 'frame', rows: at, ...(at !== rows && { annotations: rows }) };
  const isX = group === 'X' || group === 'layers';
  const columns = isX ? `${base}var` : part === 'raw/X' ? `${base}raw/var` : undefined;
  const named = { at, rows, ...(columns !== undefined && { columns }), annotations: rows };
  if (file.kind(at) === 'dataset') return { ...named, kind: 'dense' };
  const encoding = file.attribute(at, 'encoding-type') ?? file.attribute(at, 'h5sparse_format');
  const isByRow = encoding === 'csr_matrix' || encoding === 'csr';
  if (!isByRow && encoding !== 'csc_matrix' && encoding !== 'csc') {
    throw new InputError(
      'unsupported-type',
      `${file.path}: ${at} has the encoding '${String(encoding)}'; supported are dataframe, array, csr_matrix and ` +
        'csc_matrix',
      { path: file.path, part },
    );
  }
  const shape = file.attribute(at, 'shape') ?? file.attribute(at, 'h5sparse_shape');
  if (!isNumbers(shape)) throw damagedFile(file.path, `${at} has no shape`);
  return { ...named, kind: 'sparse', shape: Array.from<number | bigint, number>(shape, Number), isByRow };
}

/** Checks the map from observations of a MuData file to rows of a modality, counted from 1; 0 is a missing one. */
async function checkMap(file: Hdf5File, modality: string): Promise<void> {
  const at = `obsmap/${modality}`;
  if (file.kind(at) !== 'dataset' || file.kind('obs') === undefined) return;
  const places = await file.vector(at);
  const all = await indexOf(file, 'obs');
  const members = await indexOf(file, `mod/${modality}/obs`);
  const wrong = all.findIndex((name, i) => {
    const place = Number(places[i]);
    return place !== 0 && members[place - 1] !== name;
  });
  const present = Array.from<unknown, number>(places as ArrayLike<unknown>, Number).filter((place) => place > 0).length;
  if (places.length === all.length && wrong < 0 && present === members.length) return;
  throw damagedFile(
    file.path,
    `${at} does not match the names of observations; call update() and write the file again`,
  );
}

function unknownPart(file: Hdf5File, base: string, part: string, modalities: readonly string[]): InputError {
  const inside = (group: string): string[] =>
    file.kind(`${base}${group}`) === 'group' ? file.keys(`${base}${group}`).map((name) => `${group}/${name}`) : [];
  const all = [...modalities, 'X', 'obs', 'var', 'raw/X', ...inside('layers'), ...inside('obsm')];
  const parts = all.filter((name) => modalities.includes(name) || file.kind(`${base}${name}`) !== undefined);
  return new InputError(
    'unknown-part',
    `${file.path} has no part '${part}'${didYouMean(part, parts)}; it has ` +
      (parts.join(', ') || 'no part of an AnnData file'),
    { path: file.path, parts },
  );
}

const isNumbers = (value: unknown): value is ArrayLike<number | bigint> =>
  ArrayBuffer.isView(value) && 'length' in value && value.length === 2;
