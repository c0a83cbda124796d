// Joins the seven files of real rows in one table: node prepare.mjs [FOLDER]
// FOLDER contains light_tunnel_real. Default: INTERLATENT_DATA, or ../shared/data next to the repository.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const data = process.argv[2] ?? process.env.INTERLATENT_DATA ?? join(here, '../../../shared/data');
const source = join(data, 'light_tunnel_real');
const FILES = ['reference', ...['red', 'green', 'blue'].flatMap((colour) => [`${colour}_mid`, `${colour}_strong`])];
const SENSORS = ['ir_1', 'vis_1', 'ir_2', 'vis_2', 'ir_3', 'vis_3', 'current', 'angle_1', 'angle_2'];

const rows = [];
for (const file of FILES) {
  const text = await readFile(join(source, `uniform_${file}.csv`), 'utf8');
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const names = header.split(',');
  const at = SENSORS.map((sensor) => names.indexOf(sensor));
  for (const [i, line] of lines.entries()) {
    const cells = line.split(',');
    rows.push([`${file}-${String(i + 1).padStart(5, '0')}`, file, ...at.map((position) => cells[position])].join(','));
  }
}
await writeFile(join(here, 'rows.csv'), `${[['row', 'file', ...SENSORS].join(','), ...rows].join('\n')}\n`);
console.log(`${rows.length} rows of ${FILES.length} files: rows.csv`);
