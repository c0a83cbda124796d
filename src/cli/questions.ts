// Common parts of commands that ask a fitted model: the model, options, progress, and answers as tables.

import { Command, InvalidArgumentError, Option } from 'commander';
import type { Subjects } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { OutputColumn } from '../files/csv.js';
import { writeTable } from '../files/read-table.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { Warning } from '../quality/index.js';
import {
  EDGE_CHOICES,
  parseSetting,
  parseSettingValue,
  QUESTIONS,
  type Declared,
  type Kind,
  type Question,
  type QuestionCommand,
  type QuestionName,
  type Setting,
} from '../questions/index.js';
import { describe } from './help.js';
import { duration, print, printJson, table } from './output.js';
import { readStudy, type ReadStudyOptions, type Study } from '../study/study.js';
import { jsonOption, numberBetween, wholeNumber } from './settings.js';

/** Flags of every question, in addition to those of its options. */
export interface AnswerFlags {
  readonly out?: string;
  readonly json?: boolean;
}

interface Syntax {
  /** Placeholder of the value; none for a flag without a value. */
  readonly value?: string;
  readonly example?: string;
  readonly choices?: readonly string[];
  /** @param earlier value of the same flag earlier in the command */
  readonly parse?: (text: string, earlier?: unknown) => unknown;
}

/** Returns how users of a terminal write an option of each kind. */
const SYNTAX: Readonly<Record<Kind, (flag: string) => Syntax>> = {
  count: (flag) => ({ value: ' <n>', parse: wholeNumber(flag, 2) }),
  seed: (flag) => ({ value: ' <n>', parse: wholeNumber(flag, 0) }),
  share: (flag) => ({ value: ' <share>', parse: numberBetween(flag, 0.01, 0.9999) }),
  flag: () => ({}),
  modalities: () => ({ value: ' <modalities>', example: ', as in blood,body', parse: names }),
  setting: () => ({
    value: ' <values>',
    example: ', as in body.z1=+1sd,arm=treated. An sd counts from the mean. The flag can be repeated',
    parse: (text, earlier) => parseSetting(text, earlier as Setting | undefined),
  }),
  causes: () => ({
    value: ' <values>',
    example: ', as in arm=treated,dose=3. The flag can be repeated',
    parse: (text, earlier) => parseSetting(text, earlier as Setting | undefined),
  }),
  against: () => ({
    value: ' <value>',
    example: ', as in placebo, or arm=placebo,dose=0 for several',
    parse: (text) => (text.includes('=') ? parseSetting(text) : parseSettingValue(text)),
  }),
  edges: () => ({ value: ' <which>', choices: EDGE_CHOICES }),
  subjects: () => ({ value: ' <file>', example: ', as a study file' }),
};

/** Returns the flag of an option. */
function flagOf(name: string, { kind, text, default: usual, needed }: Declared): Option {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const { value = '', example = '', choices, parse } = SYNTAX[kind](flag);
  const description = text.replace(/\.$/, '') + example + (usual === undefined ? '.' : ` (default: ${usual}).`);
  const option = new Option(flag + value, description).makeOptionMandatory(needed !== undefined);
  if (choices) option.choices(choices);
  if (parse) option.argParser(parse);
  return option;
}

/** Adds the flags of a question's options, `--out` and `--json`. */
export function questionOptions(command: Command, question: QuestionName): Command {
  for (const [name, declared] of Object.entries<Declared>(QUESTIONS[question].options)) {
    command.addOption(flagOf(name, declared));
  }
  return command
    .option('--out <file>', 'Write the answers to a table: .csv, .parquet or .npz.')
    .addOption(jsonOption());
}

/** Returns the command that prints the answer to a question as a table, from the texts of the question. */
export function questionCommand(
  name: QuestionName,
  { records, description, examples, details }: QuestionCommand<never>,
): Command {
  const { about, options: declared }: Question = QUESTIONS[name];
  const command = new Command(name).argument('<run>', 'RUN folder of a fit.');
  if (about === 'subjects') command.argument('<study>', 'Study file with the subjects.');
  return describe(questionOptions(command, name), { description, examples, details }).action(async () => {
    const [run, study] = command.args;
    const { out, json, ...flags } = command.opts<AnswerFlags & Record<string, unknown>>();
    await askModel(run, async (model) => {
      const read = async (path: string): Promise<Subjects> =>
        (await readAsked(model, path, { keepUnknownCauses: true })).dataset;
      const dataset = about === 'subjects' ? await read(study) : undefined;
      const options: Record<string, unknown> = {};
      for (const [option, value] of Object.entries(flags)) {
        options[option] = declared[option].kind === 'subjects' ? await read(value as string) : value;
      }
      const answer = await model.ask(name, options, dataset);
      const rows = records(answer as never).map(({ row, ...one }) => ({
        ...(dataset && { id: dataset.ids[Number(row)] }),
        ...one,
      }));
      const { warnings = [] } = answer as { readonly warnings?: readonly Warning[] };
      if (out !== undefined) await writeRecords(out, rows);
      if (json) {
        printJson({ rows: out === undefined ? rows : rows.length, warnings, ...(out !== undefined && { out }) });
        return;
      }
      if (out === undefined) print(table(Object.keys(rows.at(0) ?? {}), rows.map(Object.values)));
      else print(`${rows.length} rows written to ${out}`);
      printWarnings(warnings);
    });
  });
}

/**
 * Reads the subjects of a question, with the observed causes of the model if the study has them.
 * @throws what `readStudy` throws
 */
export async function readAsked(
  { columnScales: scales, summary }: MultimodalCausalModel,
  path: string,
  more: Pick<ReadStudyOptions, 'keepTables' | 'keepUnknownCauses' | 'onProgress'> = {},
): Promise<Study> {
  const options = { scales, partial: true, ...more };
  try {
    return await readStudy(path, { ...options, causes: summary.causes });
  } catch (error) {
    // Only some questions need causes, and these say what is missing.
    if (!(error instanceof InputError && error.code === 'missing-causes')) throw error;
    return readStudy(path, options);
  }
}

/** Parses a list with commas. */
function names(text: string): string[] {
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

/**
 * Writes records as a table with a column for each field.
 * @param empty a record whose fields the table has if there are no records
 * @throws as `writeTable`
 */
export async function writeRecords(
  path: string,
  records: readonly Readonly<Record<string, string | number>>[],
  empty: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const fields = Object.entries(records.at(0) ?? empty);
  const columns = fields.map(([name, first]): OutputColumn => {
    const values = records.map((record) => record[name]);
    return { name, values: typeof first === 'number' ? Float64Array.from(values, Number) : values.map(String) };
  });
  await writeTable(path, columns);
}
