// Reads one side of `evaluate --latents`, latents or truth, from a table or from arrays. The modality of a column is
// known from its name (<modality>.z1), from the array that contains it, or from the user.

import { InputError } from '../errors/errors.js';
import { readNpz } from '../files/npz.js';
import type { NpyArray } from '../files/npy.js';
import { readTable } from '../files/read-table.js';
import type { Table } from '../files/table.js';

export interface LatentSide {
  readonly path: string;
  /** Undefined if the file names no subjects. Rows are then taken in order. */
  readonly ids: readonly string[] | undefined;
  readonly rows: number;
  readonly columns: readonly LatentColumn[];
  /** Matrix of latents × latents in the order of `columns`: rows are children, columns are parents. */
  readonly adjacency: ArrayLike<number> | undefined;
}

export interface LatentColumn {
  readonly name: string;
  /** Undefined if the file does not name it. */
  readonly modality: string | undefined;
  /** Values; NaN if missing. */
  readonly values: Float64Array;
}

/** Suffixes of columns in our files that are not latents. */
const OTHER_COLUMNS = ['.sd', '.inferred', '.group'] as const;

/**
 * Reads a file: a .npz with a matrix `z` (and optionally `id` and `adjacency`) or a matrix for each modality, a .npy
 * matrix, or a table. The ids of a table are in the column `id`, in the named column, or in a first column of texts.
 * @param id name of the column, or array, of ids
 * @throws InputError `missing-column`, `not-numeric`, `rows-disagree`, `unsupported-shape`, `no-latents`,
 *   `duplicate-id`, `shape-mismatch`; the errors of reading the file
 */
export async function readLatentSide(path: string, id: string | undefined): Promise<LatentSide> {
  const arrays = path.endsWith('.npz') ? await readNpz(path) : undefined;
  const isMatrices = arrays !== undefined && [...arrays.values()].some(({ shape }) => shape.length === 2);
  const side = isMatrices ? sideOfArrays(path, arrays, id) : await sideOfTable(path, id);
  if (side.columns.length === 0) {
    throw new InputError('no-latents', `${path} has no column of latents. It needs one for each latent`, { path });
  }
  checkIds(side);
  return side;
}

function sideOfArrays(path: string, arrays: ReadonlyMap<string, NpyArray>, id: string | undefined): LatentSide {
  const idName = id ?? ['id', 'ids'].find((name) => arrays.has(name));
  const ids = idName === undefined ? undefined : arrays.get(idName);
  if (idName !== undefined && ids?.shape.length !== 1) {
    const problem = ids === undefined ? 'has no array' : 'needs one axis in';
    throw new InputError('missing-column', `${path} ${problem} '${idName}'. It has: ${[...arrays.keys()].join(', ')}`, {
      path,
      column: idName,
    });
  }
  const named = [...arrays].filter(([name]) => name !== idName && name !== 'adjacency' && name !== 'columns');
  const whole = arrays.get('z');
  const blocks = whole === undefined ? named : [['z', whole] as const];
  const names = arrays.get('columns')?.data;
  const columns = blocks.flatMap(([name, array]) =>
    columnsOf(path, name, array, { isWhole: blocks.length === 1, names }),
  );
  const rows = columns.at(0)?.values.length ?? 0;
  const odd = blocks.find(([, { shape }]) => shape[0] !== rows);
  if (odd !== undefined || (ids !== undefined && ids.shape[0] !== rows)) {
    const [name, { shape }] = odd ?? [idName!, ids!];
    const problem = `'${name}' has ${shape[0]} rows, '${blocks[0][0]}' ${rows}`;
    throw new InputError('rows-disagree', `${path}: ${problem}`, {
      path,
    });
  }
  const adjacency = arrays.get('adjacency');
  if (adjacency !== undefined && adjacency.shape.join() !== `${columns.length},${columns.length}`) {
    throw new InputError(
      'shape-mismatch',
      `${path}: adjacency is ${adjacency.shape.join(' × ')} for ${columns.length} latents; rows are children, ` +
        'columns parents, in the order of the latents',
      { path },
    );
  }
  return {
    path,
    rows,
    columns,
    ids: ids === undefined ? undefined : Array.from<unknown, string>(ids.data, String),
    adjacency: adjacency === undefined ? undefined : Float64Array.from<unknown>(adjacency.data, Number),
  };
}

function columnsOf(
  path: string,
  name: string,
  { shape, data }: NpyArray,
  { isWhole, names }: { readonly isWhole: boolean; readonly names: NpyArray['data'] | undefined },
): LatentColumn[] {
  const [rows, width = 1] = shape;
  if (shape.length > 2 || shape.length === 0) {
    throw new InputError(
      'unsupported-shape',
      `${path}: array '${name}' has shape (${shape.join(', ')}); latents are subjects × latents`,
      { path, name },
    );
  }
  if (typeof data[0] === 'string') {
    const advice = `; name the ids with --id ${name}, or leave the array out`;
    throw new InputError('not-numeric', `${path}: array '${name}' holds texts${advice}`, { path, column: name });
  }
  const columnNames = isWhole && names?.length === width ? Array.from<unknown, string>(names, String) : undefined;
  return Array.from({ length: width }, (_, column) => ({
    name: columnNames?.[column] ?? `${name}.z${column + 1}`,
    modality: columnNames === undefined ? (isWhole ? undefined : name) : modalityOf(columnNames[column]),
    values: Float64Array.from({ length: rows }, (_value, row) => Number(data[row * width + column])),
  }));
}

async function sideOfTable(path: string, id: string | undefined): Promise<LatentSide> {
  const first = await withRowNames(path);
  const ids = id ?? idColumn(first);
  const table = ids === undefined ? first : await readTable(path, { text: [ids], keep: () => true });
  const isBeside = (name: string): boolean =>
    OTHER_COLUMNS.some((end) => {
      const base = name.slice(0, -end.length);
      return name.endsWith(end) && first.available.some((other) => other === base || modalityOf(other) === base);
    });
  const names = table.columns.filter((name) => name !== ids && !isBeside(name));
  return {
    path,
    rows: table.rows,
    ids: ids === undefined ? undefined : table.texts(ids),
    columns: names.map((name) => ({ name, modality: modalityOf(name), values: table.numbers(name) })),
    adjacency: undefined,
  };
}

/** Reads a table including a first column without a name, as pandas and R write row names. */
async function withRowNames(path: string): Promise<Table> {
  try {
    return await readTable(path, { text: [''], keep: () => true });
  } catch (error) {
    if (error instanceof InputError && error.code === 'missing-column') return readTable(path);
    throw error;
  }
}

/** Name that pandas uses in Parquet files for unnamed row names. */
const PANDAS_INDEX = '__index_level_0__';

/** Returns the column of ids: `id`, row names, or a first column of texts. */
function idColumn(table: Table): string | undefined {
  const [first] = table.available;
  const known = ['id', '', PANDAS_INDEX].find((name) => table.has(name));
  return known ?? (table.kind(first) === 'number' ? undefined : first);
}

/** Returns the modality in a name: `body` for body.z1. */
function modalityOf(name: string): string | undefined {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : undefined;
}

function checkIds({ path, ids }: LatentSide): void {
  const seen = new Set<string>();
  for (const id of ids ?? []) {
    if (seen.has(id)) {
      throw new InputError('duplicate-id', `${path}: subject "${id}" has two rows. Every subject must have one row`, {
        path,
        id,
      });
    }
    seen.add(id);
  }
}
