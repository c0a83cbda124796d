// Unpacks the photographs of odir_fundus into files, and writes a row for each person: node prepare.mjs [FOLDER]
// FOLDER contains odir_fundus. Default: INTERLATENT_DATA, or ../shared/data next to the repository.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';

const here = dirname(fileURLToPath(import.meta.url));
const data = process.argv[2] ?? process.env.INTERLATENT_DATA ?? join(here, '../../../shared/data');
const source = join(data, 'odir_fundus');
const photos = join(here, 'photos');
const SIZE = 64;
/** An age of 1 year is a placeholder (README of the data). */
const MIN_AGE = 2;
/** Labels of an eye that mean the diagnosis, by the name of its column. The label DH means D and H. */
const DIAGNOSES = { diabetic: /^DH?$/, cataract: /^C$/, myopia: /^M$/, glaucoma: /^G$/, macular: /^A$/ };

const rows = gunzipSync(await readFile(join(source, 'index64.csv.gz')))
  .toString()
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [sprite, row, col, id, eye, age, sex, label] = line.split(',');
    return { sprite, row: Number(row), col: Number(col), id, eye, age: Number(age), sex, label };
  });

await mkdir(photos, { recursive: true });
const people = new Map();
for (const sprite of new Set(rows.map((row) => row.sprite))) {
  const tiles = rows.filter((row) => row.sprite === sprite && row.age >= MIN_AGE);
  const all = await sharp(join(source, `sprite64_${sprite}.jpg`))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = all.info;
  for (const { row, col, id, eye, age, sex, label } of tiles) {
    const name = `${id}_${eye}.png`;
    await sharp(all.data, { raw: { width, height, channels } })
      .extract({ left: SIZE * col, top: SIZE * row, width: SIZE, height: SIZE })
      .png()
      .toFile(join(photos, name));
    const person = people.get(id) ?? { id, age, male: Number(sex === 'Male'), labels: [] };
    person[eye] = name;
    person.labels.push(label);
    people.set(id, person);
  }
}
const both = [...people.values()].filter(({ left, right }) => left && right);
const lines = both.map(({ id, left, right, age, male, labels }) => {
  const has = Object.values(DIAGNOSES).map((pattern) => Number(labels.some((label) => pattern.test(label))));
  return [id, left, right, age, male, ...has].join(',');
});
await writeFile(
  join(here, 'people.csv'),
  `${[['id', 'left', 'right', 'age', 'male', ...Object.keys(DIAGNOSES)].join(','), ...lines].join('\n')}\n`,
);
console.log(`${both.length} people with both eyes: people.csv, ${photos}`);
