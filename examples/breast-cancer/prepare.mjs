// Writes two cohorts of breast cancers as tables: node prepare.mjs [FOLDER]
// FOLDER contains mixomics. Default: INTERLATENT_DATA, or ../shared/data next to the repository.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const data = process.argv[2] ?? process.env.INTERLATENT_DATA ?? join(here, '../../../shared/data');
const cohorts = {
  first: ['train', 'mrna', 'mirna', 'protein', 'subtype'],
  second: ['test', 'mrna', 'mirna', 'subtype'],
};

for (const [cohort, [split, ...tables]] of Object.entries(cohorts)) {
  for (const table of tables) {
    const source = join(data, 'mixomics', `breastTCGA_data.${split}_${table}.csv.gz`);
    const [header, ...rows] = gunzipSync(await readFile(source))
      .toString()
      .trim()
      .split(/\r?\n/);
    // The first column has no name in the tables of measurements.
    const named = header.replace(/^[^,]*/, 'sample');
    await writeFile(join(here, `${cohort}-${table}.csv`), `${[named, ...rows].join('\n')}\n`);
    console.log(`${cohort}-${table}.csv: ${rows.length} tumours, ${named.split(',').length - 1} columns`);
  }
}
