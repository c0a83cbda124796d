// A study of three tables with missing cells and missing subjects. Tests change the tables and read it.

import { beforeEach } from '@jest/globals';
import type { Modality } from '../src/data/dataset.js';
import { readStudy } from '../src/study/study.js';
import type { Scratch } from './scratch.js';

export const SUBJECTS = 60;
export const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
export const noise = (seed: number) =>
  ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 10);

type Cell = string | number;
export type Columns = Readonly<Record<string, readonly Cell[]>>;

export function csv(columns: Columns, rows: readonly number[] = [...ids.keys()]): string {
  const names = ['id', ...Object.keys(columns)];
  return [names, ...rows.map((row) => [ids[row], ...Object.values(columns).map((values) => values[row])])]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
}

export const lacking = (values: readonly Cell[], lacks: (row: number) => boolean) =>
  values.map((value, row) => (lacks(row) ? '' : value));
export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

export const sleep = { hours: noise(1), latency: noise(2), snore: noise(3) };
export const blood = { iron: noise(4), sugar: noise(5), fat: noise(6) };
export const eyes = { width: noise(7), depth: noise(8) };
export const study = ({ sleep: s = '', blood: b = '', eyes: e = '' } = {}) => `study: holes
id: id
modalities:
  sleep: { table: sleep.csv, latents: 1${s} }
  blood: { table: blood.csv, latents: 1${b} }
  eyes: { table: eyes.csv, latents: 1${e} }
`;

/** Returns mean and standard deviation (n) by their definitions. */
export function moments(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

/** Returns the value at a row and column; undefined if it is missing. */
export const cell = ({ values, observed, columns }: Modality, row: number, name: string): number | undefined => {
  const at = row * columns.length + columns.findIndex((column) => column.name === name);
  return observed?.[at] === 0 ? undefined : values[at];
};

/** Writes the tables before each test, and returns a function that reads the study, or another study text. */
export function readingTables({ file }: Scratch) {
  beforeEach(() => {
    // Sleep of the first 50 subjects, blood of all except the first ten, eyes of every second one. Some cells are
    // empty.
    file('sleep.csv', csv({ ...sleep, hours: lacking(sleep.hours, (row) => row % 7 === 3) }, range(0, 50)));
    file('blood.csv', csv({ ...blood, iron: lacking(blood.iron, (row) => row > 55) }, range(10, SUBJECTS).reverse()));
    file(
      'eyes.csv',
      csv(
        eyes,
        range(0, SUBJECTS).filter((row) => row % 2 === 0),
      ),
    );
  });
  return (text = study()) => readStudy(file('study.yaml', text));
}
