// Another program as a compared method. It reads subjects.npz and writes an .npz file with a matrix of latents for each
// modality (docs/reference/comparison.md).

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { exists } from '../files/exists.js';
import { readNpz, writeNpz } from '../files/npz.js';
import type { NpyArray } from '../files/npy.js';
import type { Samples } from '../metrics/index.js';
import type { ComparedData, ComparedModality } from './compared-data.js';
import { writeSubjects } from './export-splits.js';
import { withoutAbsent, type Method, type MethodLatents } from './method.js';
import { peakMemory } from './peak-memory.js';
import { withScratchFolder } from './scratch-folder.js';

/** Milliseconds between two readings of the memory of a program. */
const MEMORY_INTERVAL = 50;
/** Maximum number of characters of the program's messages in an error. */
const MAX_MESSAGE = 1500;

/** Returns a method that starts a program for every fit. @param command program and arguments, as in a terminal */
export function runner(name: string, command: string): Method {
  const [program = '', ...words] = wordsOf(command);
  if (program === '') {
    throw new InputError(
      'invalid-option',
      `The command of the runner '${name}' is empty: give a program, as in python3 script.py.`,
    );
  }
  return {
    name,
    title: command,
    isForeign: true,
    fit: ({ data, seed, signal }) =>
      withScratchFolder(async (folder) => {
        const input = join(folder, 'subjects.npz');
        const output = join(folder, 'latents.npz');
        await writeSubjects(input, data, seed);
        const memory = await run(name, program, [...words, input, output], { seed, signal });
        if (!(await exists(output))) {
          throw new InputError(
            'runner-failed',
            `Runner '${name}' (${command}) ended without an error but wrote no latents. Its last argument names the ` +
              '.npz file to write.',
            { runner: name },
          );
        }
        return { ...(await readLatents(output, data, name)), memory };
      }),
  };
}

/** Splits a command at spaces. Quotes keep spaces together. */
export function wordsOf(command: string): string[] {
  const words = command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}

/** Runs a program to its end. @returns its peak memory in bytes, null if unknown @throws InputError `runner-failed` */
async function run(
  name: string,
  program: string,
  words: readonly string[],
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<number | null> {
  signal.throwIfAborted();
  const environment = { ...process.env, INTERLATENT_SEED: String(seed) };
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let messages = '';
  const collect = (chunk: Buffer): void => {
    messages = (messages + chunk.toString()).slice(-MAX_MESSAGE);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const stop = (): void => {
    child.kill();
  };
  signal.addEventListener('abort', stop);
  let memory: number | null = null;
  const watch = setInterval(() => {
    memory = peakMemory(child.pid) ?? memory;
  }, MEMORY_INTERVAL);
  try {
    const outcome = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => {
        resolve(`cannot be started (${error.message}). Check that the program is installed and on the PATH`);
      });
      child.once('close', (code, killedBy) => {
        resolve(
          code === 0 ? undefined : `ended with ${code === null ? `the signal ${killedBy}` : `exit code ${code}`}`,
        );
      });
    });
    signal.throwIfAborted();
    if (outcome === undefined) return memory;
    const text = messages.trim();
    throw new InputError(
      'runner-failed',
      `Runner '${name}' (${[program, ...words.slice(0, -2)].join(' ')}) ${outcome}. ` +
        (text === '' ? 'It printed nothing.' : `It printed:\n${text}`),
      { runner: name },
    );
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
  }
}

/** Writes latents in the form that {@link readLatents} reads, with the ids of the subjects. */
export async function writeMethodLatents(
  path: string,
  { ids, modalities }: ComparedData,
  { latents, adjacency }: MethodLatents,
): Promise<void> {
  const count = latents.reduce((sum, { columns }) => sum + columns, 0);
  await writeNpz(path, [
    ['id', { shape: [ids.length], data: Array.from(ids) }],
    ...modalities.map(({ name }, m): [string, NpyArray] => {
      const { values, rows, columns } = latents[m];
      return [name, { shape: [rows, columns], data: Float64Array.from(values) }];
    }),
    ...(adjacency
      ? [
          [
            'adjacency',
            { shape: [count, count], data: Int8Array.from(adjacency, (edge) => (edge === 0 ? 0 : 1)) },
          ] as const,
        ]
      : []),
  ]);
}

/**
 * Reads the latents that a program wrote.
 * @throws InputError `runner-output` for a missing array, a wrong shape, or values that are not finite
 */
export async function readLatents(path: string, data: ComparedData, name: string): Promise<MethodLatents> {
  const arrays = await readNpz(path);
  const latents = data.modalities.map((modality) => latentsOf(arrays, modality, data, name));
  const adjacency = arrays.get('adjacency');
  const count = latents.reduce((sum, { columns }) => sum + columns, 0);
  if (adjacency !== undefined && adjacency.shape.join() !== `${count},${count}`) {
    throw wrongOutput(
      name,
      `'adjacency' has shape (${adjacency.shape.join(', ')}). It needs (${count}, ${count}): children × parents, in ` +
        'the order of the latents of all modalities',
    );
  }
  return { latents, ...(adjacency && { adjacency: Float64Array.from<unknown>(adjacency.data, Number) }) };
}

/** Returns the latents of a modality from what a method wrote. @throws InputError `runner-output` */
export function latentsOf(
  arrays: ReadonlyMap<string, NpyArray>,
  { name: modality, present, latents }: ComparedModality,
  { ids }: ComparedData,
  runnerName: string,
): Samples {
  const array = arrays.get(modality);
  if (array === undefined) {
    const has = arrays.size === 0 ? 'nothing' : [...arrays.keys()].join(', ');
    throw wrongOutput(
      runnerName,
      `the array '${modality}' is missing. It gave: ${has}${didYouMean(modality, [...arrays.keys()])}. One matrix of ` +
        'subjects × latents is needed for each modality',
    );
  }
  const { shape, data } = array;
  const [rows, columns = 0] = shape;
  if (shape.length !== 2 || rows !== ids.length || columns === 0 || typeof data[0] === 'string') {
    throw wrongOutput(
      runnerName,
      `'${modality}' has shape (${shape.join(', ')}). It needs numbers of shape (${ids.length}, ${latents}): all ` +
        'subjects in the order of id × latents',
    );
  }
  const values = Float64Array.from<unknown>(data, Number);
  const odd = values.findIndex((value, at) => present[Math.floor(at / columns)] === 1 && !Number.isFinite(value));
  if (odd >= 0) {
    throw wrongOutput(
      runnerName,
      `'${modality}' has ${values[odd]} for subject "${ids[Math.floor(odd / columns)]}" (row ` +
        `${Math.floor(odd / columns)}), who has the modality. Only subjects without the modality may have NaN`,
    );
  }
  return withoutAbsent({ values, rows, columns }, present);
}

function wrongOutput(name: string, problem: string): InputError {
  return new InputError('runner-output', `Method '${name}' gave wrong latents: ${problem}.`, { runner: name });
}
