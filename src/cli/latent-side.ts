// One side of `evaluate --latents`: anybody's latents, or the truth, out of a table or of arrays. Which column belongs
// to which modality is said by its name, <modality>.z1, by the array that holds it, or by the user.

import { InputError } from '../errors.js';
import { readNpz } from '../files/npz.js';
import type { NpyArray } from '../files/npy.js';
import { readTable } from '../files/read-table.js';
import type { Table } from '../files/table.js';

export interface LatentSide {
  readonly path: string;
  /** Undefined where the file names no subjects: rows are taken in order. */
  readonly ids: readonly string[] | undefined;
  readonly rows: number;
  readonly columns: readonly LatentColumn[];
  /** Latents × latents in the order of `columns`, row child, column parent. */
  readonly adjacency: ArrayLike<number> | undefined;
}

export interface LatentColumn {
  readonly name: string;
  /** Undefined where the file does not say. */
  readonly modality: string | undefined;
  /** NaN where it is missing. */
  readonly values: Float64Array;
}

/** Beside latents in our own files, and no latents. */
const BESIDE = ['.sd', '.inferred', '.group'] as const;

/**
 * A .npz with a matrix `z` (beside it `id`, `adjacency`), or with a matrix for each modality; a .npy matrix; or any
 * table, whose ids are in the column `id`, in the named one, or in a first one of texts.
 * @param id the name of the column, or array, of ids
 * @throws InputError `missing-column`, `not-numeric`, `rows-disagree`, `unsupported-shape`, `no-latents`,
 *   `duplicate-id`, `shape-mismatch`, and what reading the file throws
 */
export async function readLatentSide(path: string, id: string | undefined): Promise<LatentSide> {
  const arrays = path.endsWith('.npz') ? await readNpz(path) : undefined;
  const isMatrices = arrays !== undefined && [...arrays.values()].some(({ shape }) => shape.length === 2);
  const side = isMatrices ? sideOfArrays(path, arrays, id) : await sideOfTable(path, id);
  if (side.columns.length === 0) {
    throw new InputError('no-latents', `${path} holds no column of latents; it needs one for each latent`, { path });
  }
  checkIds(side);
  return side;
}

function sideOfArrays(path: string, arrays: ReadonlyMap<string, NpyArray>, id: string | undefined): LatentSide {
  const own = id ?? ['id', 'ids'].find((name) => arrays.has(name));
  const ids = own === undefined ? undefined : arrays.get(own);
  if (own !== undefined && ids?.shape.length !== 1) {
    const problem = ids === undefined ? 'has no array' : 'needs one axis in';
    throw new InputError('missing-column', `${path} ${problem} '${own}'; it has: ${[...arrays.keys()].join(', ')}`, {
      path,
      column: own,
    });
  }
  const named = [...arrays].filter(([name]) => name !== own && name !== 'adjacency' && name !== 'columns');
  const whole = arrays.get('z');
  const blocks = whole === undefined ? named : [['z', whole] as const];
  const names = arrays.get('columns')?.data;
  const columns = blocks.flatMap(([name, array]) =>
    columnsOf(path, name, array, { isWhole: blocks.length === 1, names }),
  );
  const rows = columns.at(0)?.values.length ?? 0;
  const odd = blocks.find(([, { shape }]) => shape[0] !== rows);
  if (odd !== undefined || (ids !== undefined && ids.shape[0] !== rows)) {
    const [name, { shape }] = odd ?? [own!, ids!];
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
  const given = isWhole && names?.length === width ? Array.from<unknown, string>(names, String) : undefined;
  return Array.from({ length: width }, (_, column) => ({
    name: given?.[column] ?? `${name}.z${column + 1}`,
    modality: given === undefined ? (isWhole ? undefined : name) : modalityOf(given[column]),
    values: Float64Array.from({ length: rows }, (_value, row) => Number(data[row * width + column])),
  }));
}

async function sideOfTable(path: string, id: string | undefined): Promise<LatentSide> {
  const first = await withRowNames(path);
  const ids = id ?? idColumn(first);
  const table = ids === undefined ? first : await readTable(path, { text: [ids], keep: () => true });
  const isBeside = (name: string): boolean =>
    BESIDE.some((end) => {
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

/** Also a first column without a name, as pandas and R write row names: it is read where it is asked for alone. */
async function withRowNames(path: string): Promise<Table> {
  try {
    return await readTable(path, { text: [''], keep: () => true });
  } catch (error) {
    if (error instanceof InputError && error.code === 'missing-column') return readTable(path);
    throw error;
  }
}

/** pandas' name in Parquet files for row names that have none. */
const PANDAS_INDEX = '__index_level_0__';

/** `id`, row names, or a first column of texts. */
function idColumn(table: Table): string | undefined {
  const [first] = table.available;
  const known = ['id', '', PANDAS_INDEX].find((name) => table.has(name));
  return known ?? (table.kind(first) === 'number' ? undefined : first);
}

/** `body` of body.z1. */
function modalityOf(name: string): string | undefined {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : undefined;
}

function checkIds({ path, ids }: LatentSide): void {
  const seen = new Set<string>();
  for (const id of ids ?? []) {
    if (seen.has(id)) {
      throw new InputError('duplicate-id', `${path}: subject "${id}" has two rows; give every subject one`, {
        path,
        id,
      });
    }
    seen.add(id);
  }
}
