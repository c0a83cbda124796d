// AnnData and MuData objects as trees of HDF5, in the encodings of AnnData 0.8 and later
// (https://anndata.readthedocs.io/en/stable/fileformat-prose.html) and MuData 0.1.

import { writeHdf5, type Hdf5Array, type Hdf5Group } from './hdf5-writer.js';

/** A table with named rows. Missing numbers are NaN, missing texts ''. */
export interface AnnDataFrame {
  readonly index: readonly string[];
  /** At least one column. */
  readonly columns: readonly AnnDataColumn[];
}

export interface AnnDataColumn {
  readonly name: string;
  readonly values: Float32Array | Float64Array | Int32Array | readonly string[];
}

/** A matrix by rows. */
export interface AnnDataMatrix {
  readonly values: Float32Array;
  readonly width: number;
}

/** What `uns` may contain. */
export type AnnDataEntry =
  | string
  | number
  | Float64Array
  | readonly string[]
  | { readonly frame: AnnDataFrame }
  | { readonly group: Readonly<Record<string, AnnDataEntry>> };

/** Observations × variables with annotations. */
export interface AnnDataObject {
  readonly obs: AnnDataFrame;
  readonly var: AnnDataFrame;
  /** Observations × variables; NaN where a value is missing. Left out if there are no variables to show. */
  readonly X?: AnnDataMatrix | undefined;
  /** Matrices with a row for each observation. */
  readonly obsm: Readonly<Record<string, AnnDataMatrix>>;
  /** Matrices with a row for each variable. */
  readonly varm: Readonly<Record<string, AnnDataMatrix>>;
  readonly uns: Readonly<Record<string, AnnDataEntry>>;
}

/** Several AnnData objects of the same observations. */
export interface MuDataObject extends Pick<AnnDataObject, 'obs' | 'obsm' | 'uns'> {
  readonly modalities: Readonly<Record<string, AnnDataObject>>;
}

/** Writes a `.h5ad`. @throws what `writeHdf5` throws */
export async function writeAnnData(path: string, object: AnnDataObject): Promise<void> {
  await writeHdf5(path, annDataTree(object));
}

/** Writes a `.h5mu`. @param version of this program @throws what `writeHdf5` throws */
export async function writeMuData(
  path: string,
  { obs, obsm, uns, modalities }: MuDataObject,
  version: string,
): Promise<void> {
  const names = Object.keys(modalities);
  const all = Object.values(modalities);
  const index = all.flatMap((one) => one.var.index);
  const from = names.flatMap((name, m) => all[m].var.index.map(() => name));
  // Position of each row in a modality, from 1; every modality has all rows.
  const whole = Int32Array.from(obs.index, (_, row) => row + 1);
  let first = 0;
  const ranges = all.map((one): Int32Array => {
    const start = first;
    first += one.var.index.length;
    return Int32Array.from(index, (_, i) => (i >= start && i < first ? i - start + 1 : 0));
  });
  const root: Hdf5Group = {
    kind: 'group',
    attributes: {
      'encoding-type': 'MuData',
      'encoding-version': '0.1.0',
      encoder: 'interlatent',
      'encoder-version': version,
      axis: 0,
    },
    children: {
      obs: frameTree(obs),
      var: frameTree({ index, columns: [{ name: 'modality', values: from }] }),
      obsm: dict(mapped(obsm, (matrix) => matrixTree(matrix, obs.index.length))),
      varm: dict({}),
      obsp: dict({}),
      varp: dict({}),
      uns: dict(mapped(uns, entryTree)),
      obsmap: dict(Object.fromEntries(names.map((name) => [name, array(whole)]))),
      varmap: dict(Object.fromEntries(names.map((name, m) => [name, array(ranges[m])]))),
      mod: { kind: 'group', attributes: { 'mod-order': names }, children: mapped(modalities, annDataTree) },
    },
  };
  const userBlock = `MuData (format-version=0.1.0;creator=interlatent;creator-version=${version})`;
  await writeHdf5(path, root, { userBlock });
}

function annDataTree({ obs, var: variables, X, obsm, varm, uns }: AnnDataObject): Hdf5Group {
  return {
    kind: 'group',
    attributes: { 'encoding-type': 'anndata', 'encoding-version': '0.1.0' },
    children: {
      ...(X && { X: matrixTree(X, obs.index.length) }),
      obs: frameTree(obs),
      var: frameTree(variables),
      obsm: dict(mapped(obsm, (matrix) => matrixTree(matrix, obs.index.length))),
      varm: dict(mapped(varm, (matrix) => matrixTree(matrix, variables.index.length))),
      obsp: dict({}),
      varp: dict({}),
      layers: dict({}),
      uns: dict(mapped(uns, entryTree)),
    },
  };
}

function frameTree({ index, columns }: AnnDataFrame): Hdf5Group {
  return {
    kind: 'group',
    attributes: {
      ...{ 'encoding-type': 'dataframe', 'encoding-version': '0.2.0' },
      ...{ _index: '_index', 'column-order': columns.map(({ name }) => name) },
    },
    children: {
      _index: array(index),
      ...Object.fromEntries(columns.map(({ name, values }) => [name, array(values)])),
    },
  };
}

function matrixTree({ values, width }: AnnDataMatrix, rows: number): Hdf5Array {
  return { ...array(values), shape: [rows, width] };
}

function entryTree(entry: AnnDataEntry): Hdf5Array | Hdf5Group {
  if (typeof entry === 'string') return { kind: 'array', values: entry, attributes: encoding('string') };
  if (typeof entry === 'number') return { kind: 'array', values: entry, attributes: encoding('numeric-scalar') };
  if ('frame' in entry) return frameTree(entry.frame);
  if ('group' in entry) return dict(mapped(entry.group, entryTree));
  return array(entry);
}

function array(values: AnnDataColumn['values']): Hdf5Array {
  const isText = !ArrayBuffer.isView(values);
  return { kind: 'array', values, attributes: encoding(isText ? 'string-array' : 'array') };
}

const encoding = (type: string) => ({ 'encoding-type': type, 'encoding-version': '0.2.0' });

function dict(children: Hdf5Group['children']): Hdf5Group {
  return { kind: 'group', attributes: { 'encoding-type': 'dict', 'encoding-version': '0.1.0' }, children };
}

function mapped<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
