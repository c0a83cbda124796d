// Writes the recordings of both studies as tables: node prepare.mjs [FOLDER]
// FOLDER contains exam_stress_e4 and santafe_b. Default: INTERLATENT_DATA, or ../shared/data next to the repository.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const data = process.argv[2] ?? process.env.INTERLATENT_DATA ?? join(here, '../../../shared/data');
const lines = async (...path) =>
  gunzipSync(await readFile(join(data, ...path)))
    .toString()
    .trim()
    .split('\n');

/** A wristband that is not worn measures the temperature of the room and no skin conductance. */
const MIN_TEMPERATURE = 26;
const MIN_CONDUCTANCE = 0.02;

const [header, ...rows] = await lines('exam_stress_e4', 'e4_1hz.csv.gz');
const columns = header.split(',');
const at = (name) => columns.indexOf(name);
const worn = rows.filter((row) => {
  const cells = row.split(',');
  return Number(cells[at('TEMP_C')]) >= MIN_TEMPERATURE && Number(cells[at('EDA_uS')]) >= MIN_CONDUCTANCE;
});
await writeFile(join(here, 'exams.csv'), `${[header, ...worn].join('\n')}\n`);

/** Number of steps of half a second in a recording of ten minutes. A window never crosses two recordings. */
const STEPS = 1200;
const sleep = (await lines('santafe_b', 'SFI-heartRate_breathVol_bloodOx.txt.gz'))
  .filter((line) => !line.startsWith('%'))
  .map((line, step) => {
    const [heart, chest, oxygen] = line.trim().split(/\s+/);
    const part = String(Math.floor(step / STEPS) + 1).padStart(2, '0');
    return [`night-${part}`, step / 2, heart, chest, oxygen].join(',');
  });
await writeFile(join(here, 'sleep.csv'), `${['part,second,heart,chest,oxygen', ...sleep].join('\n')}\n`);
console.log(`exams.csv: ${worn.length} of ${rows.length} seconds on the wrist; sleep.csv: ${sleep.length} steps`);
