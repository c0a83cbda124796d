// RUN folders with a damage each: every file of one cut, emptied, replaced; every place of its JSON with other values;
// weights that are no numbers.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/files/safetensors.js';
import type { BadInput, Entry } from './case.js';
import { changed, pathsOf } from './documents.js';

type Files = Readonly<Record<string, Entry>>;

/** By name, what reads a RUN. */
const COMMANDS: readonly (readonly string[])[] = [
  ['graph', '@/run'],
  ['graph', '@/run', '--format', 'svg'],
  ['report', '@/run', '--out', '@/new.html'],
  ['report', '--compare', '@/run', '#/run', '--out', '@/new.html'],
  ['encode', '@/run', '#/data/study.yaml', '--out', '@/new.csv'],
  ['intervene', '@/run', '--set', 'm1.z1=1', '--draws', '20', '--untested', '--assume-order'],
  ['impute', '@/run', '#/data/study.yaml', '--draws', '4', '--out', '@/new.csv'],
  ['evaluate', '@/run', '--truth', '#/data/truth.npz'],
  ['discover', '@/run', '--in-sample'],
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

/** What graph, report and encode read of it. */
const READ = ['run.json', 'graph.json', 'metrics.jsonl', 'model.safetensors', 'subjects.json', 'latents-in-sample.csv'];

/** @param base the folder of the fixtures */
export function* badRuns(base: string): Generator<BadInput> {
  const folder = join(base, 'run');
  const whole: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]),
  );
  let count = 0;
  const runs = (name: string, files: Files, mayBeGood = true, commands = COMMANDS): BadInput[] =>
    commands.map((args) => ({
      name: `RUN ${name}: ${args[0]}`,
      args,
      files: Object.fromEntries(Object.entries({ ...whole, ...files }).map(([file, entry]) => [`run/${file}`, entry])),
      mayBeGood,
    }));
  for (const name of READ) {
    const bytes = whole[name];
    for (const [kind, entry] of Object.entries(CONTENTS)) yield* runs(`${name} ${kind}`, { [name]: entry });
    for (const part of [1, 2, 3]) yield* runs(`${name} cut`, { [name]: bytes.subarray(0, (bytes.length * part) / 4) });
  }
  for (const name of ['run.json', 'graph.json', 'subjects.json']) {
    const right = JSON.parse(textOf(whole[name])) as Parameters<typeof changed>[0];
    for (const path of pathsOf(right)) {
      for (const wrong of WRONG) {
        // Of very many places, each with another command.
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
      const asksWeights = ['encode', 'intervene', 'impute', 'evaluate', 'export'].includes(command[0]);
      const mayBeGood = !asksWeights && !['NaN', 'infinite'].includes(name);
      yield* runs(`${all[which][0]} ${name}`, files, mayBeGood, [command]);
    }
  }
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
