// docs/reference/study-keys.md: every key of a study file, from the schema that checks it.

import { code, page, table } from './markdown.js';
import { rowsOf, type Row, type Schema } from './schema-rows.js';
import { modalityOf, studyJsonSchema } from './study-schema.js';

export function studyPage(): string {
  const study = studyJsonSchema();
  const keys = study.properties!;
  /** Keys that have a section below. */
  const apart = ['modalities', 'split', 'training', 'sparsity', 'adjust', 'shared', 'discovery'];
  const kinds = (['table', 'images', 'series'] as const).map((kind) => modalityOf(study, kind));
  return page('Study file: all keys', [
    'This page is for people who write a study file. It lists every key with its type, default and range. ' +
      '[The study file](study-file.md) explains the keys with examples.',
    'A key within another key is written with a dot, as in `split.test`. `<name>` stands for a name that you choose, ' +
      'such as a column.',
    '## Study',
    keyTable(rowsOf(study, '', (key) => !apart.includes(key.split('.')[0]))),
    ...section('Split', 'split', keys),
    ...section('Training', 'training', keys),
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
  keyTable(rowsOf(keys[key], `${key}.`)),
];

/** Two kinds of images have the same keys: equal rows are listed once. */
function keyTable(rows: readonly Row[]): string {
  const lines = rows.map(({ key, type, value, range, description }) => [code(key), type, value, range, description]);
  const unique = [...new Map(lines.map((line) => [line.join('\0'), line])).values()];
  return table(['key', 'type', 'default', 'range', 'description'], unique);
}
