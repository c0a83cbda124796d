// Files of cells and visits as Cell Ranger, muon and Excel write them, made up.

import { join } from 'node:path';
import { zipSync } from 'fflate';
import { File, ready, type Group } from 'h5wasm/node';
import { counted, measured, put, SUBJECTS } from './reader-files.js';

const CELLS = 60;

/** As Cell Ranger 3 writes it: features × barcodes. */
export function cellRanger(folder: string): void {
  const genes = Array.from({ length: 12 }, (_, i) => [`ENSG${i}`, `GENE${i}`, 'Gene Expression']);
  const proteins = Array.from({ length: 5 }, (_, i) => [`AB${i}`, `CD${i}`, 'Antibody Capture']);
  const features = [...genes, ...proteins];
  const entries = features.flatMap((_, feature) =>
    Array.from({ length: CELLS }, (__, cell) => `${feature + 1} ${cell + 1} ${1 + counted(cell, feature)}`),
  );
  const size = `${features.length} ${CELLS} ${entries.length}`;
  put(
    join(folder, 'matrix.mtx.gz'),
    `%%MatrixMarket matrix coordinate integer general\n${[size, ...entries].join('\n')}\n`,
  );
  const barcodes = Array.from({ length: CELLS }, (_, i) => `CELL${i}-1\n`);
  put(join(folder, 'barcodes.tsv.gz'), barcodes.join(''));
  put(join(folder, 'features.tsv.gz'), features.map((feature) => `${feature.join('\t')}\n`).join(''));
}

/** RNA and chromatin of the same cells, as muon writes them. */
export async function mudata(path: string): Promise<void> {
  await ready;
  const file = new File(path, 'w');
  const encode = (group: Pick<Group, 'create_attribute'>, kind: string, version = '0.1.0'): void => {
    group.create_attribute('encoding-type', kind);
    group.create_attribute('encoding-version', version);
  };
  const texts = (group: Group, name: string, data: string[]): void => {
    encode(group.create_dataset({ name, data }), 'string-array', '0.2.0');
  };
  const frame = (parent: Group, name: string, index: string[], columns: readonly string[] = []): Group => {
    const group = parent.create_group(name);
    encode(group, 'dataframe', '0.2.0');
    group.create_attribute('_index', '_index');
    if (columns.length > 0) group.create_attribute('column-order', columns as string[]);
    else group.create_attribute('column-order', new Float64Array(0), [0], '<d');
    texts(group, '_index', index);
    return group;
  };
  const matrix = (group: Group, name: string, columns: number, value: (row: number, seed: number) => number) => {
    const data = Float64Array.from({ length: CELLS * columns }, (_, at) =>
      value(Math.floor(at / columns), at % columns),
    );
    encode(group.create_dataset({ name, data, shape: [CELLS, columns] }), 'array', '0.2.0');
  };
  const names = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`);
  file.create_attribute('encoding-type', 'MuData');
  const mod = file.create_group('mod');
  for (const [name, width] of [
    ['rna', 12],
    ['atac', 8],
  ] as const) {
    const group = mod.create_group(name);
    encode(group, 'anndata');
    const obs = frame(group, 'obs', names('CELL', CELLS), ['donor', 'n_genes']);
    texts(
      obs,
      'donor',
      Array.from({ length: CELLS }, (_, i) => `d${i % 30}`),
    );
    const genes = Float64Array.from({ length: CELLS }, (_, i) => 490 + i);
    encode(obs.create_dataset({ name: 'n_genes', data: genes }), 'array', '0.2.0');
    frame(group, 'var', names(name, width));
    matrix(group, 'X', width, measured);
    if (name === 'rna') matrix(group.create_group('layers'), 'counts', width, counted);
    else matrix(group.create_group('obsm'), 'X_lsi', 6, measured);
  }
  frame(file, 'obs', names('CELL', CELLS));
  file.close();
}

/** Writes a workbook of two sheets. */
export function workbook(path: string): void {
  const visits = Array.from({ length: SUBJECTS }, (_, i) => {
    const iron = i === 2 ? '-' : i === 5 ? 'n.d.' : measured(i, 2);
    return [`p${i}`, measured(i, 1), iron, measured(i, 3)];
  });
  writeSheets(path, { Visits: [['id', 'weight', 'iron', 'sugar'], ...visits], Notes: [['note'], ['none']] });
}

type SheetRows = readonly (readonly (string | number)[])[];

/** Writes a workbook with the rows of each sheet, at most four columns, and as little else as a reader needs. */
export function writeSheets(path: string, rowsOf: Readonly<Record<string, SheetRows>>): void {
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const xml = (name: string, attributes: string, inner = ''): string => `<${name} ${attributes}>${inner}</${name}>`;
  const cell = (value: string | number, at: string): string =>
    typeof value === 'number'
      ? xml('c', `r="${at}"`, `<v>${value}</v>`)
      : xml('c', `r="${at}" t="inlineStr"`, `<is><t>${value}</t></is>`);
  const sheet = (rows: SheetRows): string => {
    const lines = rows.map((row, r) =>
      xml('row', `r="${r + 1}"`, row.map((value, c) => cell(value, `${'ABCD'[c]}${r + 1}`)).join('')),
    );
    return xml('worksheet', `xmlns="${main}"`, `<sheetData>${lines.join('')}</sheetData>`);
  };
  const relations = (targets: readonly (readonly [type: string, target: string])[]): string =>
    xml(
      'Relationships',
      'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"',
      targets
        .map(([type, target], i) => `<Relationship Id="r${i}" Type="${office}/${type}" Target="${target}"/>`)
        .join(''),
    );
  const sheets = Object.fromEntries(Object.entries(rowsOf).map(([name, rows]) => [name, sheet(rows)]));
  const listed = Object.keys(sheets).map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="r${i}"/>`);
  const files: Record<string, string> = {
    '_rels/.rels': relations([['officeDocument', 'xl/workbook.xml']]),
    'xl/_rels/workbook.xml.rels': relations(Object.keys(sheets).map((name) => ['worksheet', `worksheets/${name}.xml`])),
    'xl/workbook.xml': xml('workbook', `xmlns="${main}" xmlns:r="${office}"`, `<sheets>${listed.join('')}</sheets>`),
  };
  for (const [name, text] of Object.entries(sheets)) files[`xl/worksheets/${name}.xml`] = text;
  put(path, zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]))));
}
