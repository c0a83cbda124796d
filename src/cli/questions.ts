// Common parts of commands that ask a fitted model: the model, options, progress, and answers as tables.

import { InvalidArgumentError, type Command } from 'commander';
import type { OutputColumn } from '../files/csv.js';
import { writeTable } from '../files/read-table.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { Warning } from '../quality/index.js';
import { duration, print } from './output.js';
import { jsonOption, numberBetween, wholeNumber } from './settings.js';

export interface QuestionFlags {
  draws?: number;
  seed?: number;
  level?: number;
  out?: string;
  json?: boolean;
}

/** Adds `--draws`, `--seed`, `--level`, `--out` and `--json`. @param draws text of the default number of draws */
export function questionOptions(command: Command, draws: string): Command {
  return command
    .option('--draws <n>', `Draws of noise (default: ${draws}).`, wholeNumber('--draws', 2))
    .option(
      '--seed <n>',
      'Seed of the draws. The same seed gives the same answer (default: 0).',
      wholeNumber('--seed', 0),
    )
    .option(
      '--level <share>',
      'Probability that an interval holds (default: 0.9).',
      numberBetween('--level', 0.01, 0.9999),
    )
    .option('--out <file>', 'Write the answers to a table: .csv, .parquet or .npz.')
    .addOption(jsonOption());
}

/** Parses a list with commas. */
export function names(text: string): string[] {
  const all = text.split(',').map((one) => one.trim());
  if (all.includes('')) throw new InvalidArgumentError('Separate names with commas.');
  return all;
}

/** Runs `work` with a loaded model. @throws as `MultimodalCausalModel.load` and `work` */
export async function askModel<T>(run: string, work: (model: MultimodalCausalModel) => Promise<T>): Promise<T> {
  const model = await MultimodalCausalModel.load(run);
  try {
    return await work(model);
  } finally {
    await model.dispose();
  }
}

export function printWarnings(warnings: readonly Warning[]): void {
  for (const { code, text } of warnings) print(`warning [${code}] ${text}`);
}

const LINE_EVERY_MS = 5000;

/** Returns a function that prints a line on standard error every five seconds, and nothing before. */
export function subjectProgress(stream: NodeJS.WriteStream, subjects: number): (done: number) => void {
  const started = performance.now();
  let last = started;
  return (done) => {
    const now = performance.now();
    if (now - last < LINE_EVERY_MS) return;
    last = now;
    const left = ((now - started) / 1000 / done) * (subjects - done);
    stream.write(`${done}/${subjects} subjects  ${duration(left)} left\n`);
  };
}

/** Writes records as a table with a column for each field. @throws as `writeTable` */
export async function writeRecords(
  path: string,
  records: readonly Readonly<Record<string, string | number>>[],
): Promise<void> {
  const fields = Object.entries(records.at(0) ?? {});
  const columns = fields.map(([name, first]): OutputColumn => {
    const values = records.map((record) => record[name]);
    return { name, values: typeof first === 'number' ? Float64Array.from(values, Number) : values.map(String) };
  });
  await writeTable(path, columns);
}
