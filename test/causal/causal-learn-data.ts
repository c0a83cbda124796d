// Test data and expected graphs of causal-learn in the folder of shared data, which INTERLATENT_DATA can replace.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DataColumn } from '../../src/causal/discovery/columns.js';
import { dataFolder, describeWithData } from '../fixtures/skipping.js';

const root = join(dataFolder, 'causal_learn_tests');

/** Returns `describe`, or a function that skips a block on a machine without these data. */
export const withCausalLearnTests = describeWithData('causal_learn_tests');

/** Returns the columns of a gzipped text table; names are X1, X2, … if the file has none. */
export function readColumns(path: string, folder = root): DataColumn[] {
  const lines = gunzipSync(readFileSync(join(folder, path)))
    .toString('utf8')
    .trim()
    .split('\n');
  const cells = lines.map((line) => line.trim().split(/\s+/));
  const isNamed = Number.isNaN(Number(cells[0][0]));
  const names = isNamed ? cells[0] : cells[0].map((_, i) => `X${i + 1}`);
  const rows = isNamed ? cells.slice(1) : cells;
  return names.map((name, i) => ({ name, values: Float64Array.from(rows, (row) => Number(row[i])) }));
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function sachsFolder(): string {
  return join(dataFolder, 'sachs');
}

/** Returns the files of a folder whose name matches, with the groups of the match. */
export function listFiles(folder: string, pattern: RegExp): { path: string; groups: Record<string, string> }[] {
  // A skipped block also lists its files.
  if (!existsSync(root)) return [];
  return readdirSync(join(root, folder)).flatMap((name) => {
    const match = pattern.exec(name);
    return match === null ? [] : [{ path: join(folder, name), groups: match.groups ?? {} }];
  });
}
