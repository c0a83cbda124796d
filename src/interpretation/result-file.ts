// Writes the results of a fit for other programs: a workbook, or AnnData and MuData objects with data, latents,
// loadings, graph, and conclusions. All of them are made of the result tables.

import { graphToJson } from '../causal/graph-json.js';
import { describeConclusions } from '../conclusions/index.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { AnnDataEntry, AnnDataFrame, AnnDataMatrix, AnnDataObject } from '../files/anndata-writer.js';
import type { WorkbookSheet } from '../files/xlsx-writer.js';
import type { OutOfFoldLatents } from '../inference/model-latents.js';
import type { SavedRun } from '../training/run-folder.js';
import { outputColumns, type ResultTable } from './result-table.js';
import { RESULT_TABLES, type TableName } from './tables.js';

export const RESULT_FORMATS = ['h5ad', 'h5mu', 'xlsx'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

/** Names in the objects, chosen like those of other factor models: `X_…` in obsm. */
const LATENTS = 'X_interlatent';
const LOADINGS = 'interlatent_loadings';
const RESULTS = 'interlatent';

export interface WrittenFit extends Pick<SavedRun, 'graph' | 'summary'> {
  /** The subjects. A workbook needs none. */
  readonly dataset: Dataset | undefined;
  readonly outOfFold: OutOfFoldLatents | undefined;
  /** Makes a result table. */
  readonly makeTable: (name: TableName) => Promise<ResultTable>;
}

/** What a file contains. */
export interface WrittenResults {
  /** Names of the result tables. */
  readonly tables: readonly TableName[];
  /** Tables that could not be made, each with the reason. */
  readonly missing: Readonly<Partial<Record<TableName, string>>>;
}

/**
 * Writes a file of results atomically.
 * @throws InputError `no-study` for an object without subjects, `missing-peer`; FileError `unwritable`, `disk-full`;
 *   what `makeTable` throws, except input errors of single tables, which are then missing
 */
export async function writeResults(path: string, format: ResultFormat, fit: WrittenFit): Promise<WrittenResults> {
  const { dataset, summary } = fit;
  if (!dataset && format !== 'xlsx') {
    throw new InputError('no-study', `A .${format} file contains the subjects. Pass their study file with --study.`);
  }
  const { tables, missing } = await allTables(fit.makeTable);
  if (format === 'xlsx') {
    const { writeWorkbook } = await import('../files/xlsx-writer.js');
    await writeWorkbook(path, sheetsOf(fit, tables, missing));
  } else {
    const { writeAnnData, writeMuData } = await import('../files/anndata-writer.js');
    if (format === 'h5ad') {
      await writeAnnData(path, wholeObject(fit, dataset!, tables));
    } else {
      const modalities = Object.fromEntries(
        dataset!.modalities.map((one) => [one.name, objectOf(fit, dataset!, [one], tables, {})]),
      );
      const { obs, obsm, uns } = wholeObject(fit, dataset!, tables);
      await writeMuData(path, { obs, obsm, uns, modalities }, summary.version);
    }
  }
  return { tables: tables.map(({ name }) => name as TableName), missing };
}

/**
 * Makes all result tables that this fit and its study allow.
 * @throws what `makeTable` throws, except input errors of single tables, which are then missing
 */
export async function allTables(makeTable: WrittenFit['makeTable']): Promise<{
  readonly tables: readonly ResultTable[];
  readonly missing: WrittenResults['missing'];
}> {
  const tables: ResultTable[] = [];
  const missing: Partial<Record<TableName, string>> = {};
  for (const name of Object.keys(RESULT_TABLES) as TableName[]) {
    try {
      const result = await makeTable(name);
      if (result.rows.length > 0) tables.push(result);
      else missing[name] = result.notes.join(' ') || 'the table has no rows.';
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      missing[name] = error.message;
    }
  }
  return { tables, missing };
}

/** Returns a sheet of conclusions, a sheet that explains the columns, and one for each table. */
function sheetsOf(
  fit: WrittenFit,
  tables: readonly ResultTable[],
  missing: WrittenResults['missing'],
): readonly WorkbookSheet[] {
  const { study, version } = fit.summary;
  const about = [
    [`Study ${study}, fitted by interlatent ${version}`],
    ...describeConclusions(fit).sentences.map((sentence) => [sentence]),
    ...Object.entries(missing).map(([name, reason]) => [`No sheet "${name}": ${reason}`]),
  ];
  const columns = tables.flatMap(({ name, columns: described }) =>
    described.map((column) => [name, column.name, column.description]),
  );
  const notes = tables.flatMap(({ name, notes: sentences }) => sentences.map((note) => [name, null, note]));
  return [
    { name: 'conclusions', rows: about },
    ...tables.map(({ name, columns: described, rows }) => ({ name, header: described.map((one) => one.name), rows })),
    { name: 'columns', header: ['sheet', 'column', 'meaning'], rows: [...columns, ...notes] },
  ];
}

/** Returns one object of all tables of measurements, with the results. */
function wholeObject(fit: WrittenFit, dataset: Dataset, tables: readonly ResultTable[]): AnnDataObject {
  const { graph, summary } = fit;
  const { sentences, conclusions } = describeConclusions(fit);
  const results: Record<string, AnnDataEntry> = {
    ...{ study: summary.study, version: summary.version, latents: graph.nodes.map(({ name }) => name) },
    ...{ sentences, conclusions: JSON.stringify(conclusions), graph: graphToJson(graph) },
    tables: { group: Object.fromEntries(tables.map((table) => [table.name, { frame: frameOf(table) }])) },
  };
  return objectOf(fit, dataset, dataset.modalities, tables, { [RESULTS]: { group: results } });
}

/** Returns the object of some modalities, with their latents and loadings. */
function objectOf(
  { graph, outOfFold }: WrittenFit,
  dataset: Dataset,
  modalities: readonly Modality[],
  tables: readonly ResultTable[],
  uns: AnnDataObject['uns'],
): AnnDataObject {
  const names = modalities.map(({ name }) => name);
  const latents = graph.nodes.filter(({ modality }) => names.includes(modality));
  const measured = modalities.filter(({ regularArray, columns }) => !regularArray && columns.length > 0);
  // Names of variables are unique in an object, also in one of MuData with all modalities.
  const isShared = (column: string): boolean =>
    dataset.modalities.filter(({ columns: scales }) => scales.some(({ name }) => name === column)).length > 1;
  const columns = measured.flatMap(({ name, columns: scales }) =>
    scales.map((scale) => ({
      modality: name,
      ...scale,
      index: isShared(scale.name) ? `${name}:${scale.name}` : scale.name,
    })),
  );
  const loadings = tables.find(({ name }) => name === 'loadings');
  const ids = dataset.ids;
  return {
    obs: { index: ids, columns: [{ name: 'split', values: splitsOf(dataset) }] },
    var: {
      index: columns.map(({ index }) => index),
      columns: [
        { name: 'modality', values: columns.map(({ modality }) => modality) },
        { name: 'column', values: columns.map(({ name }) => name) },
        { name: 'mean', values: Float64Array.from(columns, ({ mean }) => mean) },
        { name: 'sd', values: Float64Array.from(columns, ({ sd }) => sd) },
      ],
    },
    ...(columns.length > 0 && { X: matrixOf(measured, ids.length, columns.length) }),
    obsm: outOfFold ? { [LATENTS]: latentsOf(outOfFold, ids, names) } : {},
    varm: loadings && columns.length > 0 ? { [LOADINGS]: loadingsOf(loadings, columns, latents) } : {},
    uns,
  };
}

function splitsOf({ ids, split }: Dataset): string[] {
  const names = new Array<string>(ids.length).fill('none');
  const parts = { training: split.train, validation: split.validation, test: split.test };
  for (const [name, rows] of Object.entries(parts)) for (const row of rows) names[row] = name;
  return names;
}

/** Returns the standardised values of several tables side by side, NaN where a value is missing. */
function matrixOf(modalities: readonly Modality[], rows: number, width: number): AnnDataMatrix {
  const values = new Float32Array(rows * width);
  let first = 0;
  for (const { columns, values: standardised, observed } of modalities) {
    const count = columns.length;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < count; column++) {
        const at = row * count + column;
        values[row * width + first + column] = observed?.[at] === 0 ? NaN : standardised[at];
      }
    }
    first += count;
  }
  return { values, width };
}

/** Returns the out-of-fold latents in the order of the subjects, NaN where there are none. */
function latentsOf(
  { ids, latents }: OutOfFoldLatents,
  wanted: readonly string[],
  names: readonly string[],
): AnnDataMatrix {
  const position = new Map(ids.map((id, row) => [id, row]));
  const parts = names.map((name) => ({ values: latents[name], width: latents[name].length / ids.length }));
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const values = new Float32Array(wanted.length * width).fill(NaN);
  for (const [row, id] of wanted.entries()) {
    const from = position.get(id);
    if (from === undefined) continue;
    let at = row * width;
    for (const part of parts) {
      values.set(part.values.subarray(from * part.width, (from + 1) * part.width), at);
      at += part.width;
    }
  }
  return { values, width };
}

/** Returns the effects of +1 sd, columns × latents; NaN where a latent belongs to another modality. */
function loadingsOf(
  { columns: header, rows }: ResultTable,
  columns: readonly { readonly name: string; readonly modality: string }[],
  latents: readonly { readonly name: string }[],
): AnnDataMatrix {
  const position = (name: string): number => header.findIndex((one) => one.name === name);
  const [latent, modality, column, effect] = ['latent', 'modality', 'column', 'effect'].map(position);
  const place = new Map(columns.map((one, c) => [JSON.stringify([one.modality, one.name]), c]));
  const values = new Float32Array(columns.length * latents.length).fill(NaN);
  for (const row of rows) {
    const c = place.get(JSON.stringify([row[modality], row[column]]));
    const k = latents.findIndex(({ name }) => name === row[latent]);
    if (c !== undefined && k >= 0) values[c * latents.length + k] = Number(row[effect] ?? NaN);
  }
  return { values, width: latents.length };
}

function frameOf(table: ResultTable): AnnDataFrame {
  return { index: table.rows.map((_, row) => String(row)), columns: outputColumns(table) };
}
