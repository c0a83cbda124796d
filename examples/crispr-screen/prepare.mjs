// Writes the cells with a clear guide as two tables: node prepare.mjs [FOLDER]
// FOLDER contains papalexi_crispr. Default: INTERLATENT_DATA, or ../shared/data next to the repository.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, inflateRawSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const data = process.argv[2] ?? process.env.INTERLATENT_DATA ?? join(here, '../../../shared/data');
const source = join(data, 'papalexi_crispr');
/** Minimum share of the strongest guide in all guide counts of a cell. Other cells may have two knock-outs. */
const MIN_SHARE = 0.8;

const [header, ...lines] = gunzipSync(await readFile(join(source, 'cells.csv.gz')))
  .toString()
  .trim()
  .split(/\r?\n/);
const names = header.split(',');
const cells = lines.map((line) => Object.fromEntries(line.split(',').map((text, i) => [names[i], text])));

const archive = arraysOf(await readFile(join(source, 'counts.npz')));
const genes = textsOf(archive.get('genes.npy'));
const { values: counts, isColumnMajor } = integersOf(archive.get('counts.npy'));
const countOf = (cell, gene) => counts[isColumnMajor ? gene * cells.length + cell : cell * genes.length + gene];

const chosen = cells.flatMap(({ guide_umi: strongest, all_guide_umi: all }, i) =>
  Number(strongest) > MIN_SHARE * Number(all) ? [i] : [],
);
const knockouts = chosen.map((i) => {
  const { cell, target, replicate, total_gene_umi: total } = cells[i];
  return [cell, target, replicate, Math.log(Number(total)).toFixed(4)].join(',');
});
await writeFile(join(here, 'cells.csv'), `${['cell,target,replicate,log_umi', ...knockouts].join('\n')}\n`);
const expression = chosen.map((i) => [cells[i].cell, ...genes.map((_, gene) => countOf(i, gene))].join(','));
await writeFile(join(here, 'counts.csv'), `${[['cell', ...genes].join(','), ...expression].join('\n')}\n`);
console.log(
  `${chosen.length} of ${cells.length} cells with a clear guide: cells.csv, counts.csv (${genes.length} genes)`,
);

/** Returns the contents of a zip archive by name. */
function arraysOf(zip) {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const contents = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let entry = zip.readUInt16LE(end + 10); entry > 0; entry--) {
    const [size, name, extra, comment] = [20, 28, 30, 32].map((field) =>
      field === 20 ? zip.readUInt32LE(at + field) : zip.readUInt16LE(at + field),
    );
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + size);
    const isDeflated = zip.readUInt16LE(at + 10) === 8;
    contents.set(zip.toString('utf8', at + 46, at + 46 + name), isDeflated ? inflateRawSync(bytes) : bytes);
    at += 46 + name + extra + comment;
  }
  return contents;
}

/** Returns the header of a NumPy array, and its values as bytes. */
function numpy(array) {
  const start = 10 + array.readUInt16LE(8);
  return { header: array.toString('latin1', 10, start), bytes: array.subarray(start) };
}

/** Returns a matrix of 16-bit integers. */
function integersOf(array) {
  const { header: description, bytes } = numpy(array);
  const values = Int16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i));
  return { values, isColumnMajor: description.includes("'fortran_order': True") };
}

/** Returns a vector of texts: four bytes a character, filled with zeros. */
function textsOf(array) {
  const { header: description, bytes } = numpy(array);
  const width = 4 * Number(/'<U(\d+)'/.exec(description)[1]);
  return Array.from({ length: bytes.length / width }, (_, i) =>
    bytes.toString('utf16le', i * width, (i + 1) * width).replaceAll('\0', ''),
  );
}
