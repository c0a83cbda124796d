// docs/reference/study-keys.md: every key of a study file, from the schema that checks it.

import { FIT_DEFAULTS } from '../../src/training/fit-schema.js';
import { studyJsonSchema } from '../../src/study/grammar/json-schema.js';
import { code, page, table } from './markdown.js';
import { alternatives, rowsOf, type Row, type Schema } from './schema-rows.js';

/** Kinds of fits as headings of a table. */
const KINDS_OF_FITS: Readonly<Record<keyof typeof FIT_DEFAULTS, string>> = {
  'two-stage': 'two-stage',
  joint: '`fit: joint`',
  correlation: '`subspaces: correlation`, no series',
  'series correlation': '`subspaces: correlation`, series',
};

export function studyPage(): string {
  const study = studyJsonSchema() as Schema;
  const keys = study.properties!;
  /** Keys that have a section below. */
  const apart = ['modalities', 'split', 'training', 'sparsity', 'adjust', 'shared', 'discovery'];
  const kinds = (['table', 'images', 'series'] as const).map((kind) => modalityOf(study, kind));
  return page('Study file: all keys', [
    'This page is for people who write a study file. It lists every key with its type, default and range. ' +
      '[The study file](study-file.md) explains the keys with examples.',
    'A key within another key is written with a dot, as in `split.test`. `<name>` stands for a name that you choose, ' +
      'such as a column. Editors with the YAML language server show the same descriptions: see ' +
      '[Editors](study-file.md#editors).',
    '## Study',
    keyTable(rowsOf(study, '', (key) => !apart.includes(key.split('.')[0]))),
    ...section('Split', 'split', keys),
    ...section('Training', 'training', keys),
    '### Defaults by kind of fit',
    'Some defaults depend on the method that trains the latents. `subspaces: correlation` is the default for studies ' +
      'with images or series. `training.epochs` is a minimum: it grows below 8,000 training subjects.',
    fitDefaults(),
    ...section('Graph', 'sparsity', keys),
    ...section('Covariates', 'adjust', keys),
    ...section('Shared latents', 'shared', keys),
    '## Modality: table',
    'Keys of a modality that is a table, written below `modalities.<name>`.',
    keyTable(rowsOf(kinds[0])),
    '## Modality: images',
    'Keys of a modality of [images](images.md). `images` has either files that a table names, or arrays.',
    keyTable(rowsOf(kinds[1])),
    '## Modality: time series',
    'Keys of a modality of [time series](series.md).',
    keyTable(rowsOf(kinds[2])),
    '## Discovery',
    'Only `interlatent study run` reads these keys. Groups of variables have the keys of a table: see ' +
      '[Modality: table](#modality-table).',
    keyTable(rowsOf(keys['discovery'], 'discovery.', (key) => key !== 'discovery.variables')),
  ]);
}

const section = (title: string, key: string, keys: Readonly<Record<string, Schema>>): readonly string[] => [
  `## ${title}`,
  keyTable(alternatives(keys[key]).flatMap((one) => rowsOf(one, `${key}.`))),
];

/** Returns the schema of a modality of a kind. */
function modalityOf(study: Schema, kind: 'table' | 'images' | 'series'): Schema {
  const modalities = study.properties!['modalities'].additionalProperties as Schema;
  return alternatives(modalities).find(({ properties }) => properties && kind in properties)!;
}

function fitDefaults(): string {
  const kinds = Object.keys(KINDS_OF_FITS) as (keyof typeof FIT_DEFAULTS)[];
  const settings = Object.keys(FIT_DEFAULTS.joint) as (keyof (typeof FIT_DEFAULTS)['joint'])[];
  const keyOf = (setting: string): string => `${setting === 'weight' ? 'sparsity' : 'training'}.${setting}`;
  return table(
    ['key', ...kinds.map((kind) => KINDS_OF_FITS[kind])],
    settings.map((setting) => [
      code(keyOf(setting)),
      ...kinds.map((kind) => `${setting === 'epochs' ? 'at least ' : ''}${FIT_DEFAULTS[kind][setting]}`),
    ]),
  );
}

/** The end of a description that says what holds if the key is left out. */
const DEFAULT = /\s*Default: (.+)\.$/s;

/** Returns a table of keys. Two kinds of images have the same keys: equal rows are listed once. */
function keyTable(rows: readonly Row[]): string {
  const lines = rows.map(({ key, type, value, range, description }) => {
    const text = description.replace(DEFAULT, '');
    return [code(key), type, value || (DEFAULT.exec(description)?.[1] ?? ''), range, text];
  });
  const unique = [...new Map(lines.map((line) => [line.join('\0'), line])).values()];
  return table(['key', 'type', 'default', 'range', 'description'], unique);
}
