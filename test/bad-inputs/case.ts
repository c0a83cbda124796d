// Defines bad inputs, and the fixtures that all of them use: a study of 60 subjects and two RUN folders of it.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandHere } from '../fixtures/command-here.js';

/** Content of a file, or another kind of entry. */
export type Entry = string | Uint8Array | { readonly is: 'pipe' | 'folder' } | { readonly linkTo: string };

export interface BadInput {
  readonly name: string;
  /** A command line. `@/` is the folder of the case, `#/` that of the fixtures. */
  readonly args: readonly string[];
  /** Files in the folder of the case, by name. */
  readonly files?: Readonly<Record<string, Entry>>;
  /** True if the file may still be valid after the damage, so that the command may also succeed. */
  readonly mayBeGood?: boolean;
  /** Exit code: 1 if the file system refuses, 2 for a mistake of the user. Default: 2. */
  readonly exit?: 1 | 2;
}

/** Writes `data`, `run`, and `other-run` with another seed to a folder, and prints nothing. */
export async function writeFixtures(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const data = join(folder, 'data');
  await done(['simulate', 'case1', '--samples', '40', '--test', '20', '--out', data]);
  const fit = [
    '--fit',
    'joint',
    '--epochs',
    '2',
    '--encoder-restarts',
    '1',
    '--batch',
    '16',
    '--evidence',
    'quick',
    '--json',
  ];
  await done(['fit', join(data, 'study.yaml'), '--out', join(folder, 'run'), ...fit]);
  await done(['fit', join(data, 'study.yaml'), '--out', join(folder, 'other-run'), '--seed', '7', ...fit]);
}

async function done(args: readonly string[]): Promise<void> {
  const { code, err } = await commandHere(args, process.cwd());
  if (code !== 0) throw new Error(`interlatent ${args.join(' ')} ended with ${code}: ${err}`);
}

/** Returns a function that draws whole numbers below a limit, reproducibly for a seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
