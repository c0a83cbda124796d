// `node scripts/tall-study.mjs ROWS FOLDER` writes a study of two modalities with 15 columns as CSV, row by row. Each
// modality has three latents; those of the second depend on those of the first.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [rows, folder] = [Number(process.argv[2]), process.argv[3]];
if (!(rows >= 1) || folder === undefined) throw new Error('usage: node scripts/tall-study.mjs ROWS FOLDER');
mkdirSync(folder, { recursive: true });

const [MODALITIES, COLUMNS, LATENTS] = [2, 15, 3];
const PIECE = 2 ** 20;
/** Maximal length of a line in bytes. */
const MAX_LINE = 512;

/** SFC32 (Chris Doty-Humphrey). */
const state = [1, 2, 3, 4];
function uniform() {
  const [a, b, c, d] = state;
  const sum = (a + b + d) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
  state[3] = (d + 1) | 0;
  return (sum >>> 0) / 2 ** 32;
}
/** Returns approximately normal numbers with mean 0 and sd 1. */
const noise = () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);

/** Writes a number with three decimals. @returns the next position */
function writeNumber(buffer, at, value) {
  let remaining = Math.round(Math.abs(value) * 1000);
  if (value < 0) buffer[at++] = 0x2d;
  const digits = remaining >= 10_000 ? 5 : 4;
  for (let place = digits; place >= 0; place--) {
    if (place === digits - 3) {
      buffer[at + place] = 0x2e;
      continue;
    }
    buffer[at + place] = 0x30 + (remaining % 10);
    remaining = Math.floor(remaining / 10);
  }
  return at + digits + 1;
}

const tables = Array.from({ length: MODALITIES }, (_, m) => {
  const letter = 'ab'[m];
  const file = openSync(join(folder, `${letter}.csv`), 'w');
  writeSync(file, `person,${Array.from({ length: COLUMNS }, (__, c) => `${letter}${c + 1}`).join(',')}\n`);
  return { file, buffer: Buffer.alloc(PIECE), used: 0, weights: Array.from({ length: COLUMNS * LATENTS }, noise) };
});

const latents = Array.from({ length: MODALITIES }, () => new Float64Array(LATENTS));
for (let row = 0; row < rows; row++) {
  for (let i = 0; i < LATENTS; i++) {
    latents[0][i] = noise();
    latents[1][i] = 0.8 * latents[0][i] + 0.6 * noise();
  }
  for (const [m, table] of tables.entries()) {
    const { file, buffer, weights } = table;
    if (table.used > PIECE - MAX_LINE) {
      writeSync(file, buffer, 0, table.used);
      table.used = 0;
    }
    let at = table.used + buffer.write(`p${100_000_000 + row}`, table.used, 'latin1');
    for (let c = 0; c < COLUMNS; c++) {
      let value = 0.5 * noise();
      for (let i = 0; i < LATENTS; i++) value += weights[c * LATENTS + i] * latents[m][i];
      value += 0.3 * weights[c * LATENTS] * latents[m][0] ** 2;
      buffer[at++] = 0x2c;
      at = writeNumber(buffer, at, value);
    }
    buffer[at++] = 0x0a;
    table.used = at;
  }
}
for (const { file, buffer, used } of tables) {
  writeSync(file, buffer, 0, used);
  closeSync(file);
}
const modality = (name) => `  ${name}: { table: ${name}.csv, latents: ${LATENTS} }`;
// A tenth of 10⁷ subjects would be validated in every epoch of every stage, which takes too long.
const validation = Math.min(50_000, Math.round(rows / 10));
writeFileSync(
  join(folder, 'study.yaml'),
  [
    'study: tall',
    'id: person',
    `split: { validation: ${validation} }`,
    'modalities:',
    ...['a', 'b'].map(modality),
  ].join('\n'),
);
