// What the commands that ask a fitted model have in common: model, options, progress, answers as tables.

import { InvalidArgumentError, type Command } from 'commander';
import type { OutputColumn } from '../files/csv.js';
import { writeTable } from '../files/read-table.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
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

/** `--draws`, `--seed`, `--level`, `--out`, `--json`. @param draws how many when left out, in words */
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

/** A list with commas. */
export function names(text: string): string[] {
  const all = text.split(',').map((one) => one.trim());
  if (all.includes('')) throw new InvalidArgumentError('write names with commas between them');
  return all;
}

/** @throws what `MultimodalCausalModel.load` and `work` throw */
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

/** A line on stderr every five seconds, nothing before the first five. */
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

/** Records as a table, a column for each of their fields. @throws what `writeTable` throws */
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
