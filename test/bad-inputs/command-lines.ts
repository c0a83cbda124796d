// Invalid command lines: every option of every command with invalid values, paths of every kind instead of a file,
// missing and unknown arguments.

import type { Command, Option } from 'commander';
import { wholeProgram } from '../../src/cli/command-line.js';
import type { BadInput, Entry } from './case.js';

const NO_NUMBERS = [
  '',
  ' ',
  'NaN',
  'abc',
  '-1e9',
  '1e999',
  'Infinity',
  '9007199254740993',
  '1,5',
  '１２',
  '1_000',
  '\u0000',
];
/** Options that take any number above 0. */
const POSITIVE = new Set(['--penalty', '--equivalent-sample-size', '--structure-prior']);
const NO_CHOICES = ['', 'nope', '__proto__', 'constructor', 'toString', 'cpu;rm', '\u202egnp', 'x'.repeat(10_000)];

/** A valid command line of each command. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  simulate: ['case1', '--out', '@/new'],
  inspect: ['#/data/study.yaml'],
  select: ['#/data/study.yaml'],
  fit: ['#/data/study.yaml', '--out', '@/new'],
  null: ['#/data/study.yaml'],
  encode: ['#/run', '#/data/study.yaml', '--out', '@/new.csv'],
  intervene: ['#/run', '--set', 'm1.z1=1', '--untested', '--assume-order'],
  counterfactual: [
    ...['#/run', '#/data/study.yaml', '--set', 'm1.z1=1', '--out', '@/new.csv'],
    ...['--untested', '--assume-order'],
  ],
  impute: ['#/run', '#/data/study.yaml', '--out', '@/new.csv'],
  predict: ['#/run', '#/data/study.yaml', '--from', 'm1', '--to', 'm2', '--out', '@/new.csv'],
  export: ['#/run', '--format', 'onnx', '--out', '@/new.onnx'],
  evaluate: ['#/run', '--truth', '#/data/truth.npz'],
  graph: ['#/run'],
  report: ['#/run', '--out', '@/new.html'],
  discover: ['#/data/m1.csv'],
  'study run': ['#/data/study.yaml', '--out', '@/new'],
  profile: ['#/data/study.yaml'],
  reproduce: ['table1', '--quick', '--out', '@/new'],
};

/** Command lines that read a file or a folder, with `?` for its path. */
const READ: readonly (readonly string[])[] = [
  ['inspect', '?'],
  ['select', '?'],
  ['fit', '?', '--out', '@/new'],
  ['null', '?'],
  ['study', 'run', '?', '--out', '@/new'],
  ['profile', '?'],
  ['encode', '?', '#/data/study.yaml', '--out', '@/new.csv'],
  ['encode', '#/run', '?', '--out', '@/new.csv'],
  ['replicate', '?', '#/data/study.yaml'],
  ['replicate', '#/run', '?'],
  ['intervene', '?', '--set', 'm1.z1=1'],
  ['counterfactual', '#/run', '?', '--set', 'm1.z1=1', '--out', '@/new.csv'],
  ['impute', '#/run', '?', '--out', '@/new.csv'],
  ['predict', '?', '#/data/study.yaml', '--from', 'm1', '--to', 'm2', '--out', '@/new.csv'],
  ['export', '?', '--format', 'onnx', '--out', '@/new.onnx'],
  ['evaluate', '?', '--truth', '#/data/truth.npz'],
  ['evaluate', '#/run', '--truth', '?'],
  ['evaluate', '--latents', '?', '--truth', '#/data/truth.npz'],
  ['evaluate', '--latents', '#/run/latents-in-sample.csv', '--truth', '#/data/truth.npz', '--graph', '?'],
  ['graph', '?'],
  ['graph', '#/run', '--truth', '?'],
  ['report', '?', '--out', '@/new.html'],
  ['report', '#/run', '--study', '?', '--out', '@/new.html'],
  ['report', '#/run', '--discovery', '?', '--out', '@/new.html'],
  ['report', '--compare', '#/run', '?', '--out', '@/new.html'],
  ['discover', '?'],
  ['discover', '#/data/m1.csv', '?', '--id', 'id'],
  ['discover', '#/data/m1.csv', '--tiers', '?'],
  ['discover', '#/data/m1.csv', '--environments', 'x1', '--targets', '?'],
  ['simulate', '--from', '?', '--out', '@/new'],
];

/** File name endings that readers recognise. */
const ENDINGS = ['', '.yaml', '.json', '.csv', '.npz', '.parquet', '.dot'];

const KINDS: Readonly<Record<string, (name: string) => { path: string; files?: Record<string, Entry> }>> = {
  missing: (name) => ({ path: `@/${name}` }),
  folder: (name) => ({ path: `@/${name}`, files: { [name]: { is: 'folder' } } }),
  pipe: (name) => ({ path: `@/${name}`, files: { [name]: { is: 'pipe' } } }),
  'endless device': (name) => ({ path: `@/${name}`, files: { [name]: { linkTo: '/dev/zero' } } }),
  'empty device': (name) => ({ path: `@/${name}`, files: { [name]: { linkTo: '/dev/null' } } }),
  'link to itself': (name) => ({ path: `@/${name}`, files: { [name]: { linkTo: name } } }),
  'file of the system': (name) => ({ path: `@/${name}`, files: { [name]: { linkTo: '/proc/self/status' } } }),
  'empty file': (name) => ({ path: `@/${name}`, files: { [name]: '' } }),
  'path through a file': (name) => ({ path: `#/data/m1.csv/${name}` }),
  'long name': (name) => ({ path: `@/${'n'.repeat(300)}${name}` }),
  'name with a zero': (name) => ({ path: `@/a\u0000${name}` }),
};

const program = await wholeProgram();

export function* badCommandLines(): Generator<BadInput> {
  for (const command of program.commands.flatMap((one) => (one.commands.length > 0 ? one.commands : [one]))) {
    yield* badOptions(command);
  }
  for (const name of ['', 'fitt', '__proto__', 'constructor', '--nope', '-', 'x'.repeat(10_000)]) {
    yield { name: `command ${JSON.stringify(name.slice(0, 20))}`, args: [name] };
  }
}

function* badOptions(command: Command): Generator<BadInput> {
  const parent = command.parent?.parent ? `${command.parent.name()} ` : '';
  const key = `${parent}${command.name()}`;
  const start = key.split(' ');
  const right = RIGHT[key] as readonly string[] | undefined;
  yield { name: `${key} --nope`, args: [...start, ...(right ?? []), '--nope'] };
  if (right === undefined) return;
  yield { name: `${key} alone`, args: start };
  yield { name: `${key} of too many`, args: [...start, ...right, ...Array<string>(20).fill('#/data/nothing.csv')] };
  for (const option of command.options) {
    for (const value of badValues(option)) {
      const name = `${key} ${option.long} ${JSON.stringify(value.slice(0, 20))}`;
      yield { name, args: [...start, ...right, `${option.long}=${value}`] };
    }
  }
}

function badValues(option: Option): readonly string[] {
  if (option.argChoices) return NO_CHOICES;
  if (POSITIVE.has(option.long ?? '')) return NO_NUMBERS.filter((value) => !value.startsWith('9'));
  if (option.flags.endsWith('<n>')) return [...NO_NUMBERS, '0.5'];
  if (/<(?:p|share|sd)>$/.test(option.flags)) return NO_NUMBERS;
  return option.long === '--device' ? NO_CHOICES.slice(0, 7) : [];
}

export function* badPaths(): Generator<BadInput> {
  for (const [i, line] of READ.entries()) {
    for (const [k, [kind, make]] of Object.entries(KINDS).entries()) {
      const ending = line[0] === 'discover' || line.includes('--truth') ? '.csv' : ENDINGS[(i + k) % ENDINGS.length];
      const { path, files } = make(`thing${ending}`);
      const args = line.map((arg) => (arg === '?' ? path : arg));
      yield { name: `${line.join(' ')}: ${kind}${ending}`, args, files };
    }
  }
  for (const [name, out] of [
    ['system', '/proc/self/x'],
    ['device', '/dev/null/x'],
    ['file', '#/data/m1.csv/x'],
    ['long name', `@/${'n'.repeat(300)}`],
    ['name with a zero', '@/a\u0000b'],
  ]) {
    for (const line of [
      ['fit', '#/data/study.yaml', '--out', out],
      ['simulate', 'case1', '--samples', '20', '--test', '2', '--out', out],
      ['export', '#/run', '--format', 'python', '--out', out],
      ['encode', '#/run', '#/data/study.yaml', '--out', `${out}.csv`],
      ['graph', '#/run', '--out', out],
      ['discover', '#/data/m1.csv', '--format', 'json', '--out', out],
    ]) {
      yield { name: `${line[0]} --out: ${name}`, args: line, exit: 1 };
    }
  }
}
