// Creates invented data files for the code examples of the documents: tables of people, photographs, scans, wristbands
// and a survey.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeNpy, type NpyArray } from '../src/files/npy.js';
import { encodeNpz } from '../src/files/npz.js';
import { encodeSafetensors, type Tensor } from '../src/files/safetensors.js';
import { RESIDUAL_WIDTHS, residualConvolutions } from '../src/nn/residual.js';
import { png } from './png.js';
import { dicom, nifti } from './scans.js';

type Value = (row: number, seed: number) => string | number;

/** Returns a number in [0, 1) that looks unrelated to those of neighbouring rows and seeds. */
export const noise = (row: number, seed: number): number => {
  const value = Math.sin(12.9898 * (row + 1) + 78.233 * (seed + 1)) * 43758.5453;
  return value - Math.floor(value);
};
/** Returns a measurement of a row. All measurements of a row share a term, so that columns depend on each other. */
export const measured = (row: number, seed: number): number =>
  Math.round(1e4 * (1 + noise(row, seed) + noise(row, -1))) / 1e4;
export const counted = (row: number, seed: number): number =>
  Math.floor(12 * noise(row, seed) * (0.4 + noise(row, -1)));
const one =
  (...levels: readonly (string | number)[]): Value =>
  (row, seed) =>
    levels[Math.floor(levels.length * noise(row, seed))];

export const put = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(content) : content);
};

interface Rows {
  readonly id?: string;
  readonly rows?: number;
  readonly from?: number;
}

export const measures = (...names: readonly string[]): Record<string, Value> =>
  Object.fromEntries(names.map((name) => [name, measured]));

/** Returns a seed from a column's name, so that a column has the same values in all tables. */
const seedOf = (name: string): number => Buffer.from(name).reduce((sum, byte, at) => sum + (at + 1) * byte, 0);

/** Writes a table of subjects p0, p1, … */
export function table(path: string, columns: Readonly<Record<string, Value>>, options: Rows = {}): void {
  const { id = 'id', rows = 120, from = 0 } = options;
  const all = Object.entries(columns);
  const lines = Array.from({ length: rows }, (_, row) =>
    [`p${from + row}`, ...all.map(([name, value]) => value(from + row, seedOf(name)))].join(','),
  );
  put(path, `${[id, ...all.map(([name]) => name)].join(',')}\n${lines.join('\n')}\n`);
}

/** Returns intensities of an image that depend on the subject. */
const intensitiesOf = (subject: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => Math.floor(200 * noise(at, subject)) + (subject % 50));

export const SUBJECTS = 20;

/** Writes photographs of two eyes, `people.csv`, which names them, and tables of the same people. */
export function images(folder: string, rows = SUBJECTS): void {
  const file =
    (kind: string): Value =>
    (row) =>
      `${kind}${row}`;
  table(
    join(folder, 'people.csv'),
    { left: (row) => `l${row}.png`, right: (row) => `r${row}.png`, ct: file('ct'), t1: file('t1') },
    { rows },
  );
  table(join(folder, 'clinic.csv'), measures('iron', 'sugar', 'pressure', 'weight'), { rows });
  table(join(folder, 'rest.csv'), measures('a', 'b', 'c'), { rows });
  for (let i = 0; i < rows; i++) {
    for (const [side, name] of ['l', 'r'].entries()) {
      put(join(folder, 'photos', `${name}${i}.png`), photograph(2 * i + side));
    }
  }
}

const photograph = (seed: number): Buffer =>
  png({ width: 32, height: 32, channels: 3 }, intensitiesOf(seed, 32 * 32 * 3));

export function scans(folder: string): void {
  const size = { rows: 32, columns: 32 };
  const vectors = (count: number): NpyArray => ({
    shape: [SUBJECTS, 8, 8],
    data: Float32Array.from({ length: SUBJECTS * 64 }, (_, at) => noise(at, count)),
  });
  for (let i = 0; i < SUBJECTS; i++) {
    put(join(folder, 'scans', `ct${i}`), dicom({ ...size, pixels: intensitiesOf(i, 32 * 32) }));
    put(join(folder, 'scans', `t1${i}`), nifti({ dims: [24, 32, 4], values: intensitiesOf(i, 24 * 32 * 4) }));
  }
  const who = { shape: [SUBJECTS], data: Array.from({ length: SUBJECTS }, (_, i) => `p${i}`) };
  put(
    join(folder, 'digits.npz'),
    encodeNpz([
      ['pixels', vectors(1)],
      ['who', who],
    ]),
  );
  put(join(folder, 'scans.npy'), encodeNpy(vectors(2)));
}

/** Writes the weights of a residual network with torchvision's names; all weights are 0.01. */
export function residualWeights(path: string): void {
  const tensors = new Map<string, Tensor>();
  const fill = (name: string, shape: readonly number[]): void => {
    tensors.set(name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.01) });
  };
  for (const { name, norm, shape } of residualConvolutions({ channels: 3, widths: RESIDUAL_WIDTHS, stem: 'large' })) {
    fill(`${name}.weight`, shape);
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) fill(`${norm}.${part}`, [shape[0]]);
  }
  put(path, encodeSafetensors(tensors));
}

/** Writes measurements of twelve students' wristbands in an exam of five minutes. */
export function wristbands(folder: string): void {
  const seconds = Array.from({ length: 12 * 300 }, (_, at) => [Math.floor(at / 300), at % 300]);
  const rows = seconds.map(([student, sec], at) =>
    [student, 'Final', sec, ...[1, 2, 3].map((channel) => measured(at, channel))].join(','),
  );
  put(join(folder, 'e4.csv.gz'), `student,exam,sec,HR,EDA,TEMP\n${rows.join('\n')}\n`);
}

/** Writes the survey's tables of two cycles. */
function survey(folder: string): void {
  const cycles = (name: string, columns: Readonly<Record<string, Value>>): void => {
    for (const [at, cycle] of ['D', 'E'].entries()) {
      table(join(folder, `${name}_${cycle}.csv.gz`), columns, { id: 'SEQN', rows: 150, from: 150 * at });
    }
  };
  cycles('SLQ', measures('SLD010H', 'SLD020M'));
  cycles('BIOPRO', measures('LBXSAL', 'LBDSALSI', 'LBXSIR'));
  cycles('CBC', measures('LBXWBC', 'LBXRBC', 'LBXHGB'));
  cycles('DEMO', { RIDAGEYR: (row, seed) => 20 + 5 * counted(row, seed), RIAGENDR: one(1, 2) });
  cycles('SMQ', { SMQ020: (row) => 1 + (row % 2), SMQ040: (row, seed) => (row % 2 ? '' : one(1, 2, 3)(row, seed)) });
}

export function tablesOfStudyFile(folder: string): void {
  survey(folder);
  table(join(folder, 'clinic.csv'), {
    age: measured,
    smoker: one('no', 'yes'),
    grade: one('none', 'mild', 'severe'),
    blood: one('A', 'B', 'AB', '0'),
    visits: counted,
    crp: measured,
  });
  table(join(folder, 'rest.csv'), measures('a', 'b', 'c'));
  const sample = { id: 'sample' };
  table(join(folder, 'samples.csv'), { age: measured, sex: one('f', 'm'), batch: one(1, 2, 3) }, sample);
  const genes = Array.from({ length: 30 }, (_, i) => `gene${i}`);
  table(join(folder, 'counts.csv.gz'), Object.fromEntries(genes.map((name) => [name, counted])), sample);
  table(join(folder, 'blood.csv'), measures('iron', 'sugar', 'pressure', 'weight'), sample);
  const patients = Array.from({ length: 40 }, (_, i) => `TCGA-${String(i).padStart(2, '0')}-${1000 + i}`);
  const rows = genes.map((name, seed) => [name, ...patients.map((_, row) => measured(row, seed))].join('\t'));
  const header = patients.map((patient) => `${patient}-01A`.replaceAll('-', '.'));
  put(join(folder, 'expression.tsv'), `${['gene', ...header].join('\t')}\n${rows.join('\n')}\n`);
  const clinical = patients.map((patient, row) => [patient, ...[1, 2, 3, 4].map((seed) => measured(row, seed))].join());
  put(join(folder, 'clinical.csv'), `bcr_patient_barcode,a,b,c,d\n${clinical.join('\n')}\n`);
}
