// Damaged RUN folders: every file is truncated, emptied or replaced, every value in its JSON is changed, and weights
// are not finite. run.json has the digest of the damaged file, so that commands read the file.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/files/safetensors.js';
import type { BadInput, Entry } from './case.js';
import { digestsOf } from '../fixtures/signed-run.js';
import { changed, pathsOf, type Json } from './documents.js';

type Files = Readonly<Record<string, Entry>>;

/** Commands that read a RUN folder. */
export const COMMANDS: readonly (readonly string[])[] = [
  ['graph', '@/run'],
  ['graph', '@/run', '--format', 'svg'],
  ['report', '@/run', '--out', '@/new.html'],
  ['report', '--compare', '@/run', '#/run', '--out', '@/new.html'],
  ['encode', '@/run', '#/data/study.yaml', '--out', '@/new.csv'],
  ['intervene', '@/run', '--set', 'm1.z1=1', '--draws', '20', '--untested', '--assume-order'],
  ['impute', '@/run', '#/data/study.yaml', '--draws', '4', '--out', '@/new.csv'],
  ['evaluate', '@/run', '--truth', '#/data/truth.npz'],
  ['discover', '@/run'],
  ['export', '@/run', '--format', 'python', '--out', '@/new'],
];

const WRONG = [null, -1, 0.5, 1e300, '', '__proto__', true, [], {}, [null], 'x'.repeat(1000)] as const;

const CONTENTS: Readonly<Record<string, Entry>> = {
  empty: '',
  null: 'null',
  list: '[]',
  object: '{}',
  text: '"x"',
  number: '1e999',
  deep: '['.repeat(100_000),
  bytes: Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 131) % 256)),
  pipe: { is: 'pipe' },
  folder: { is: 'folder' },
};

/** Files that the commands read. */
export const READ = [
  ...['run.json', 'graph.json', 'metrics.jsonl', 'model.safetensors', 'subjects.json'],
  ...['latents-in-sample.csv', 'latents.csv', 'folds.csv'],
];

/** Functions that remove an entry of a list, or add one. */
const LENGTHS: readonly ((list: readonly Json[]) => Json)[] = [
  (list) => list.slice(1),
  (list) => [...list, ...list.slice(0, 1)],
];

/** Yields the damaged RUN folders. @param base folder of the fixtures */
export function* badRuns(base: string): Generator<BadInput> {
  const folder = join(base, 'run');
  const whole: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]),
  );
  const summary = JSON.parse(textOf(whole['run.json'])) as { readonly files: object };
  const signature = (files: Files): Files => {
    const written = Object.entries(files).flatMap(([name, entry]) =>
      typeof entry === 'string' || entry instanceof Uint8Array ? [[name, entry] as const] : [],
    );
    const digests = { ...summary.files, ...digestsOf(Object.fromEntries(written)) };
    return { 'run.json': JSON.stringify({ ...summary, files: digests }) };
  };
  let count = 0;
  const runs = (name: string, files: Files, mayBeGood = true, commands = COMMANDS): BadInput[] =>
    commands.map((args) => ({
      name: `RUN ${name}: ${args[0]}`,
      args,
      files: Object.fromEntries(
        Object.entries({ ...whole, ...signature(files), ...files }).map(([file, entry]) => [`run/${file}`, entry]),
      ),
      mayBeGood,
    }));
  for (const name of READ) {
    const bytes = whole[name];
    for (const [kind, entry] of Object.entries(CONTENTS)) yield* runs(`${name} ${kind}`, { [name]: entry });
    for (const part of [1, 2, 3]) yield* runs(`${name} cut`, { [name]: bytes.subarray(0, (bytes.length * part) / 4) });
  }
  for (const name of ['run.json', 'graph.json', 'subjects.json']) {
    const right = JSON.parse(textOf(whole[name])) as Json;
    for (const path of pathsOf(right)) {
      const value = valueAt(right, path);
      for (const wrong of [...WRONG, ...(Array.isArray(value) ? LENGTHS.map((change) => change(value)) : [])]) {
        // There are very many places, so each is tested with only one command, in turn.
        const commands = [COMMANDS[count++ % COMMANDS.length]];
        const text = JSON.stringify(changed(right, path, wrong));
        yield* runs(
          `${name} ${path.join('.')} = ${JSON.stringify(wrong).slice(0, 20)}`,
          { [name]: text },
          true,
          commands,
        );
      }
    }
  }
  const [first] = textOf(whole['metrics.jsonl']).split('\n');
  for (const line of [
    'null',
    '{}',
    '[]',
    '1',
    '"x"',
    `${first}x`,
    first.replace('"epoch":', '"epoch":-'),
    '{"training":{"__proto__":[1]}}',
  ]) {
    yield* runs(`metrics.jsonl ${line.slice(0, 20)}`, { 'metrics.jsonl': `${first}\n${line}\n` });
  }
  const { tensors, metadata } = decodeSafetensors(whole['model.safetensors'], 'model');
  const all = [...tensors];
  const tensorFile = (change: (tensor: Tensor) => Tensor | undefined, which: number): Entry =>
    encodeSafetensors(
      all.flatMap(([name, tensor], i): [string, Tensor][] => {
        const other = i === which ? change(tensor) : tensor;
        return other === undefined ? [] : [[name, other]];
      }),
      metadata,
    );
  for (let which = 0; which < all.length; which += 3) {
    for (const [name, change] of Object.entries(DAMAGES)) {
      const files = { 'model.safetensors': tensorFile(change, which) };
      const command = COMMANDS[count++ % COMMANDS.length];
      yield* runs(`${all[which][0]} ${name}`, files, false, [command]);
    }
  }
}

function valueAt(document: Json, path: readonly string[]): Json {
  return path.reduce((value, key) => (value as Readonly<Record<string, Json>>)[key], document);
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const withValue =
  (value: number) =>
  ({ shape, data }: Tensor): Tensor => ({ shape, data: Float32Array.from(data as Float32Array).fill(value, 0, 1) });

const DAMAGES: Readonly<Record<string, (tensor: Tensor) => Tensor | undefined>> = {
  NaN: withValue(NaN),
  infinite: withValue(-Infinity),
  'of another shape': ({ data }) => ({ shape: [data.length, 1, 1, 1, 1], data }),
  missing: () => undefined,
  'of another type': ({ shape, data }) => ({ shape, data: Float64Array.from(data as Float32Array) }),
};
