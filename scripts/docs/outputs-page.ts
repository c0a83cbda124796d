// docs/reference/outputs.md: the files of a RUN folder and the JSON that commands print, from their schemas.

import * as z from 'zod';
import { wholeProgram } from '../../src/cli/command-line.js';
import * as stateModule from '../../src/cli/study-state.js';
import { comparisonSchema } from '../../src/comparison/schema.js';
import { conclusionsSchema } from '../../src/serving/conclusions-schema.js';
import * as metricsModule from '../../src/training/metrics-file.js';
import * as summaryModule from '../../src/training/run-summary.js';
import * as subjectsModule from '../../src/training/subjects-file.js';
import { code, escaped, page, table } from './markdown.js';
import { rowsOf, type Row, type Schema } from './schema-rows.js';

/** Files that every fit writes into its RUN folder, with their purpose. */
const FILES: readonly (readonly [name: string, content: string, hasIds: boolean])[] = [
  ['run.json', 'Settings, versions, quality, evidence, warnings and digests: [below](#runjson).', false],
  ['model.safetensors', 'Weights of the chosen restart.', false],
  ['graph.json', 'The graph over the latents.', false],
  ['metrics.jsonl', 'One line for each epoch of each stage: [below](#metricsjsonl).', false],
  ['latents.csv', 'Out-of-fold latents. Use them for every test and correlation.', true],
  ['latents-in-sample.csv', 'Latents by the model that was trained on these subjects.', true],
  ['folds.csv', 'What the tests saw: split, fold and two measurements of each latent.', true],
  ['subjects.json', 'Ids of the held-out subjects: [below](#subjectsjson).', true],
  ['checkpoint.safetensors', 'State of an unfinished fit, for `--resume`.', false],
  ['lock.json', 'The process that writes the folder; removed at the end.', false],
];

export async function outputsPage(): Promise<string> {
  const run = jsonSchema(hidden(summaryModule, 'fileSchema'));
  const keys = Object.keys(run.properties!);
  /** Keys of run.json that contain many keys. */
  const large = keys.filter((key) => rowsOf({ properties: { [key]: run.properties![key] } }).length > 8);
  return page('Outputs: RUN folder and JSON', [
    'This page is for people who read results with a program. It lists the files that a fit writes and the keys of ' +
      'the JSON that files and commands contain.',
    'A key within another key is written with a dot. `[]` marks the entries of a list, and `<name>` a name such as ' +
      'that of a column.',
    '## RUN folder',
    table(
      ['file', 'content', 'contains ids of subjects'],
      FILES.map(([name, content, hasIds]) => [code(name), content, hasIds ? 'yes' : 'no']),
    ),
    '[Share a RUN folder without ids](../how-to/share-a-run-folder.md) says which files to remove.',
    '## run.json',
    keyTable(rowsOf(run, '', (key) => !large.includes(key))),
    '### config',
    'The settings of the fit, with all defaults filled in: [training](study-keys.md#training) and ' +
      '[sparsity](study-keys.md#graph) of a study file.',
    ...large
      .filter((key) => key !== 'config')
      .flatMap((key) => [`### ${key}`, keyTable(rowsOf({ properties: { [key]: run.properties![key] } }))]),
    '## subjects.json',
    keyTable(rowsOf(jsonSchema(hidden(subjectsModule, 'subjectsSchema')))),
    '## metrics.jsonl',
    'Each line is an object with these keys.',
    keyTable(rowsOf(jsonSchema(hidden(metricsModule, 'metricsSchema')))),
    '## study.json',
    '`interlatent study run` writes this file into its output folder, beside the RUN folder `run`.',
    keyTable(rowsOf(jsonSchema(hidden(stateModule, 'stateSchema')))),
    '## comparison.json',
    '`interlatent compare` writes this file into its output folder, and prints it with `--json` ([Compare ' +
      'methods](../how-to/compare-methods.md)).',
    keyTable(rowsOf(jsonSchema(comparisonSchema))),
    '## Conclusions',
    '`fit --json` and `study run --json` print these keys, and `GET /models/:name/conclusions` answers with them. ' +
      '`model.conclusions()` returns the object `conclusions`.',
    keyTable(rowsOf(jsonSchema(conclusionsSchema))),
    '## Commands with JSON',
    'These commands print one JSON object on the standard output with `--json`.',
    table(['command', 'purpose'], await jsonCommands()),
  ]);
}

/** Returns a schema that its module does not export. The plugin of describe-schemas.mjs exports it. */
function hidden(module: object, name: string): z.ZodType {
  const schema = (module as Readonly<Record<string, unknown>>)[name];
  if (schema === undefined) throw new Error(`no module exports the schema ${name}`);
  return schema as z.ZodType;
}

const jsonSchema = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' }) as Schema;

function keyTable(rows: readonly Row[]): string {
  return table(
    ['key', 'type', 'description'],
    rows.map(({ key, type, range, description }) => [code(key), range ? `${type}, ${range}` : type, description]),
  );
}

async function jsonCommands(): Promise<string[][]> {
  const program = await wholeProgram();
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);
  return commands
    .filter(({ options }) => options.some(({ long }) => long === '--json'))
    .map((command) => {
      const name = [command.parent === program ? '' : command.parent!.name(), command.name()].join(' ').trim();
      return [`[${code(name)}](cli.md#interlatent-${name.replaceAll(' ', '-')})`, escaped(command.description())];
    });
}
