// interlatent table RUN [NAME]: prints a result table, or writes it to a file.

import { extname, join } from 'node:path';
import { Command, Option } from 'commander';
import { InputError } from '../errors/errors.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { csvText } from '../files/csv-text.js';
import {
  outputColumns,
  RESULT_TABLES,
  tableNamed,
  type ResultColumn,
  type ResultTable,
  type TableDeclaration,
  type TableName,
} from '../interpretation/index.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { DeviceName } from '../runtime/device.js';
import { decimals, number } from '../text/numbers.js';
import { describe } from './help.js';
import { printMissing } from './missing-tables.js';
import { print, printJson, pValue, table, wrapped } from './output.js';
import { deviceOption, jsonOption, wholeNumber } from './settings.js';
import { findStudy } from './study-of-run.js';

const FORMATS = ['table', 'csv', 'json', 'parquet'] as const;
type Format = (typeof FORMATS)[number];

const FORMAT_OF: Readonly<Record<string, Format>> = { '.csv': 'csv', '.json': 'json', '.parquet': 'parquet' };

/** Number of rows that a terminal shows by default. */
const SHOWN_ROWS = 40;

interface Flags {
  readonly format?: Format;
  readonly out?: string;
  readonly study?: string;
  readonly rows: number;
  readonly seed: number;
  readonly sets?: readonly string[];
  readonly minGenes?: number;
  readonly maxGenes?: number;
  readonly device: DeviceName;
  readonly json?: boolean;
}

export function tableCommand(): Command {
  const command = new Command('table')
    .argument('<run>', 'RUN folder of a fit.')
    .argument('[name]', 'Name of the table. Without it, the command lists the tables, or writes all to --out.')
    .addOption(new Option('--format <format>', 'Format (default: that of --out, or table).').choices([...FORMATS]))
    .option(
      '--out <path>',
      'Write the whole table to a file: .csv, .json, .parquet, or text. Without a name: a folder for all tables.',
    )
    .option('--study <file>', 'Study file of the subjects (default: the one that RUN was fitted on).')
    .addOption(
      new Option('--rows <count>', 'Maximum number of rows that the format table prints.')
        .argParser(wholeNumber('--rows', 1))
        .default(SHOWN_ROWS),
    )
    .option('--sets <files...>', 'GMT files with gene sets, for the table enrichment.')
    .addOption(
      new Option('--min-genes <count>', 'Minimum number of genes of a set among the columns (default: 5).').argParser(
        wholeNumber('--min-genes', 2),
      ),
    )
    .addOption(
      new Option('--max-genes <count>', 'Maximum number of genes of a set among the columns (default: 500).').argParser(
        wholeNumber('--max-genes', 2),
      ),
    )
    .addOption(new Option('--seed <seed>', 'Seed of random numbers.').argParser(wholeNumber('--seed', 0)).default(0))
    .addOption(deviceOption())
    .addOption(jsonOption());
  return describe(command, {
    description: 'Prints a result table of a fit, or writes it to a file for R, Python or a spreadsheet.',
    examples: [
      ['interlatent table runs/study', 'lists the tables'],
      'interlatent table runs/study latents',
      'interlatent table runs/study enrichment --sets hallmark.gmt',
      'interlatent table runs/study latents --out latents-table.csv',
      ['interlatent table runs/study --out tables', 'writes every table as a CSV file'],
    ],
    details: [
      'Tables relate latents to other variables by out-of-fold latents only. A latent of a block is marked: its axis ' +
        'is arbitrary, so only the block can be interpreted.',
    ],
  }).action(run);
}

async function run(folder: string, name: string | undefined, flags: Flags): Promise<void> {
  const { out, study: path, seed, sets, minGenes, maxGenes, device } = flags;
  const format = formatOf(flags);
  if (name === undefined && out === undefined) {
    listTables(format);
    return;
  }
  if (name === undefined && out !== undefined && Object.hasOwn(FORMAT_OF, extname(out).toLowerCase())) {
    throw new InputError('invalid-option', `--out needs the name of a table, or a folder for all; got ${out}.`);
  }
  const needs: readonly string[] = name === undefined ? ['subjects'] : tableNamed(name).needs;
  if (format === 'parquet' && out === undefined) {
    throw new InputError('invalid-option', 'A Parquet file cannot be printed. Name the file with --out.');
  }
  const model = await MultimodalCausalModel.load(folder, { device });
  try {
    const { study, missing } = needs.length > 0 || path !== undefined ? await findStudy(model, path) : {};
    const makeTable = async (one: TableName): Promise<ResultTable> => {
      if (
        study === undefined &&
        missing !== undefined &&
        RESULT_TABLES[one].needs.some((need) => need === 'subjects')
      ) {
        const problem = `The table "${one}" needs the subjects of the study, but ${missing}`;
        throw new InputError('no-study', problem, { table: one });
      }
      return model.table(one, { study, seed, sets, minGenes, maxGenes });
    };
    if (name === undefined) await writeAll(out!, flags, makeTable);
    else if (out === undefined) process.stdout.write(textOf(await makeTable(name as TableName), format, flags.rows));
    else await write(out, await makeTable(name as TableName), format);
  } finally {
    await model.dispose();
  }
}

/** Writes all tables that the fit and its study allow to a folder, and says which ones are missing and why. */
async function writeAll(
  folder: string,
  { format = 'csv', json }: Flags,
  makeTable: (name: TableName) => Promise<ResultTable>,
): Promise<void> {
  const { allTables } = await import('../interpretation/result-file.js');
  const { tables, missing } = await allTables(makeTable);
  await makeFolder(folder);
  const files: string[] = [];
  for (const one of tables) {
    const path = join(folder, `${one.name}.${format === 'table' ? 'txt' : format}`);
    await writeTo(path, one, format);
    files.push(path);
  }
  if (json) {
    printJson({ files, missing });
    return;
  }
  for (const path of files) print(path);
  printMissing(missing);
}

/** Returns the requested format: by default that of the file's name. */
function formatOf({ format, out, json }: Flags): Format {
  if (json) return 'json';
  return format ?? (out === undefined ? 'table' : (FORMAT_OF[extname(out).toLowerCase()] ?? 'table'));
}

function listTables(format: Format): void {
  const tables = Object.entries<TableDeclaration>(RESULT_TABLES);
  if (format === 'json') {
    printJson({ tables: tables.map(([name, { summary, needs }]) => ({ name, summary, needs })) });
    return;
  }
  const width = Math.max(...tables.map(([name]) => name.length));
  for (const [name, { summary }] of tables) {
    print(wrapped(`${name.padEnd(width)}  ${summary}`, ' '.repeat(width + 2)));
  }
}

async function write(out: string, result: ResultTable, format: Format): Promise<void> {
  await writeTo(out, result, format);
  print(`${result.rows.length} rows written to ${out}`);
}

async function writeTo(out: string, result: ResultTable, format: Format): Promise<void> {
  if (format === 'parquet') {
    const { writeParquet } = await import('../files/parquet.js');
    await writeParquet(out, outputColumns(result));
  } else {
    await writeFileAtomic(out, textOf(result, format, Infinity));
  }
}

/** @param rows maximum number of rows for a reader; the other formats have all rows */
function textOf(result: ResultTable, format: Format, rows: number): string {
  if (format === 'csv') return csvText(outputColumns(result));
  if (format === 'json') return `${JSON.stringify(result, null, 2)}\n`;
  return `${readableTable(result, rows)}\n`;
}

/** Returns a table for readers: title, aligned columns of at most 80 letters, and notes. */
export function readableTable({ title, keys, columns, rows, notes }: ResultTable, maxRows = SHOWN_ROWS): string {
  const shown = shownRows(columns, rows, maxRows);
  const visible = [...columns.keys()].filter((c) => !columns[c].isDetail);
  const texts = visible.map((c) =>
    cellTexts(
      columns[c],
      shown.map((row) => row[c]),
    ),
  );
  const cells = shown.map((_, r) => texts.map((ofColumn) => ofColumn[r]));
  const headings = visible.map((c, i) =>
    columns[c].kind === 'number' ? columns[c].name.padStart(texts[i].at(0)?.length ?? 0) : columns[c].name,
  );
  const details = columns.filter(({ isDetail }) => isDetail).map(({ name }) => name);
  const omitted = rows.length - shown.length;
  const lines = [
    title,
    rows.length === 0 ? 'no rows' : table(headings, cells, keys),
    ...(omitted > 0 ? [`${omitted} more rows: raise --rows, or write all with --out FILE.csv`] : []),
    ...(details.length > 0 ? [wrapped(`Files have more columns: ${details.join(', ')}.`)] : []),
    ...notes.map((note) => wrapped(note)),
  ];
  return lines.join('\n');
}

/** Returns the first rows, or, if rows have ranks, those with the best ranks of every latent. */
function shownRows(columns: readonly ResultColumn[], rows: ResultTable['rows'], maxRows: number): ResultTable['rows'] {
  const rank = columns.findIndex(({ name }) => name === 'rank');
  if (rank < 0 || rows.length <= maxRows) return rows.slice(0, maxRows);
  const rankOf = (row: ResultTable['rows'][number]): number => Number(row[rank] ?? Infinity);
  const ranks = rows.map(rankOf).sort((a, b) => a - b);
  const isWhole = ranks[maxRows - 1] < ranks[maxRows];
  const last = isWhole ? ranks[maxRows - 1] : Math.max(1, ranks[maxRows - 1] - 1);
  return rows.filter((row) => rankOf(row) <= last).slice(0, maxRows);
}

/** Returns the cells of a column as texts. Numbers of one column have the same width and number of decimals. */
function cellTexts({ name, kind }: ResultColumn, cells: readonly (string | number | null)[]): string[] {
  const numbers = cells.flatMap((cell) => (typeof cell === 'number' ? [cell] : []));
  const isWhole = numbers.every(Number.isInteger);
  const isSmall = numbers.every((cell) => Math.abs(cell) < 10);
  const texts = cells.map((cell) => {
    if (cell === null) return kind === 'number' ? '–' : '';
    if (typeof cell === 'string') return cell;
    if (/(?:^|-)[pq]$/.test(name)) return pValue(cell);
    return isSmall && !isWhole ? decimals(cell, 3) : number(cell);
  });
  if (kind === 'text') return texts;
  const width = Math.max(name.length, ...texts.map(({ length }) => length));
  return texts.map((text) => text.padStart(width));
}
