// The JSON Schema of a study file, with which editors complete and check it.

import { Ajv } from 'ajv';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { simulate } from '../../src/simulation/simulate.js';
import { studyText } from '../../src/simulation/tables.js';
import { FIT_DEFAULTS } from '../../src/training/fit-schema.js';
import { studyJsonSchema, type JsonSchema } from '../../src/study/grammar/json-schema.js';
import { blocksOf } from '../fixtures/documents.js';

const root = join(import.meta.dirname, '../..');
const schema = studyJsonSchema();
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

/** Returns what is wrong with a study file, as an editor would say it. */
function problemsOf(study: unknown): string[] {
  if (validate(study)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const filesBelow = (folder: string, extension: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => extension.test(name) && !/(?:^|\/)(?:node_modules|results|api|\.vitepress)\//.test(name))
    .map((name) => join(folder, name))
    .sort();
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the schema accepts', () => {
  test.each(filesBelow('examples', /\.ya?ml$/))('%s', (path) => {
    expect(problemsOf(parse(textOf(path)))).toEqual([]);
  });

  const blocks = ['README.md', ...filesBelow('docs', /\.md$/)].flatMap((path) =>
    blocksOf(textOf(path))
      .filter(({ language, text }) => language === 'yaml' && /^study: /m.test(text))
      .map(({ text, line }) => [`${path}:${line}`, text]),
  );

  test('has study files of pages to accept', () => {
    expect(blocks.length).toBeGreaterThan(10);
  });

  test.each(blocks)('the study file of %s', (_, text) => {
    expect(problemsOf(parse(text))).toEqual([]);
  });

  test('the study file of a simulation', () => {
    const simulation = simulate('case1', { samples: 40, test: 10, mixedColumns: 0.5 });
    expect(problemsOf(parse(studyText(simulation, 'csv')))).toEqual([]);
  });
});

describe('the schema refuses', () => {
  const study = (change: object) => ({
    study: 'people',
    id: 'id',
    modalities: { body: { table: 'body.csv', latents: 2 }, blood: { table: 'blood.csv', latents: 1 } },
    ...change,
  });
  const modality = (change: object) => study({ modalities: { body: { table: 'body.csv', latents: 2, ...change } } });

  test('nothing of a plain study', () => {
    expect(problemsOf(study({}))).toEqual([]);
    expect(problemsOf(modality({}))).toEqual([]);
  });

  test.each([
    ['a key that does not exist', study({ colour: 'red' })],
    ['a misspelled key of the fit', study({ training: { epoch: 3 } })],
    ['a misspelled key of a modality', modality({ latent: 2 })],
    ['a missing name', { ...study({}), study: undefined }],
    ['a modality without latents', modality({ latents: undefined })],
    ['a modality without data', study({ modalities: { body: { latents: 2 } } })],
    ['a number of latents that is not whole', modality({ latents: 1.5 })],
    ['an unknown kind', modality({ kinds: { sex: 'boolean' } })],
    ['an unknown transform', modality({ transform: 'log' })],
    ['a size that is a column', modality({ size: 'depth' })],
    ['a name of a modality that begins with a digit', study({ modalities: { '2nd': { table: 'x.csv', latents: 1 } } })],
    ['a share of all subjects', study({ split: { validation: 0 } })],
    [
      'a duration without a unit that exists',
      study({
        modalities: { a: { series: { table: 'a.csv', channels: ['x'], time: 't', step: '1 day' }, latents: 1 } },
      }),
    ],
  ])('%s', (_, wrong) => {
    expect(problemsOf(JSON.parse(JSON.stringify(wrong)))).not.toEqual([]);
  });
});

/** Returns the schemas of the entries of a list or a tuple. */
function entriesOf({ items = [] }: JsonSchema): readonly JsonSchema[] {
  return Array.isArray(items) ? (items as readonly JsonSchema[]) : [items as JsonSchema];
}

/** Returns the paths of keys for which a test of their schema is false. */
function keysWithout(of: JsonSchema, passes: (key: JsonSchema) => boolean, path = ''): string[] {
  const entries = entriesOf(of);
  const values = typeof of.additionalProperties === 'object' ? [of.additionalProperties] : [];
  return [
    ...Object.entries(of.properties ?? {}).flatMap(([key, one]) => [
      ...(passes(one) ? [] : [`${path}.${key}`]),
      ...keysWithout(one, passes, `${path}.${key}`),
    ]),
    ...[...(of.anyOf ?? []), ...entries, ...values].flatMap((one) => keysWithout(one, passes, path)),
  ];
}

describe('every key', () => {
  test('has a description that is a sentence', () => {
    const isSentence = ({ description = '' }: JsonSchema) => /^[A-Z`].*\.$/s.test(description);
    expect(keysWithout(schema, isSentence)).toEqual([]);
  });

  test('has a default in the schema, a default in the description, or is required', () => {
    const keys = keysWithout(schema, (one) => {
      const isSection = one.default === undefined && one.properties !== undefined;
      return isSection || one.default !== undefined || / Default: /.test(one.description ?? '');
    });
    const requiredOf = (of: JsonSchema, path = ''): string[] => {
      const entries = entriesOf(of);
      const values = typeof of.additionalProperties === 'object' ? [of.additionalProperties] : [];
      return [
        ...(of.required ?? []).map((key) => `${path}.${key}`),
        ...Object.entries(of.properties ?? {}).flatMap(([key, one]) => requiredOf(one, `${path}.${key}`)),
        ...[...(of.anyOf ?? []), ...entries, ...values].flatMap((one) => requiredOf(one, path)),
      ];
    };
    const required = new Set(requiredOf(schema));
    // One of several keys is required, which a schema of single keys cannot say.
    const alternatives = [
      ...['.outcomes.id.column', '.causes.id.column', '.batch.id.column', '.modalities.batch.id.column'],
      ...[
        '.id.column',
        '.cohort.id.column',
        '.survey.id.column',
        '.subgroups.id.column',
        '.modalities.id.column',
        '.adjust.id.column',
        '.discovery.variables.id.column',
      ],
      ...['.modalities.images.id.column', '.modalities.series.id.column'],
      ...['.modalities.images.slice.index', '.modalities.images.slice.fraction', '.modalities.images.slice'],
      ...['.modalities.images.ids', '.modalities.series.time', '.modalities.series.rate'],
      ...['.modalities.series.wide', '.modalities.series.path'],
    ];
    const without = new Set(keys.filter((key) => !required.has(key)));
    expect([...without].filter((key) => !alternatives.includes(key))).toEqual([]);
  });

  test('that depends on the kind of fit names all of its defaults', () => {
    const { training, sparsity } = schema.properties!;
    for (const [setting, value] of Object.entries(FIT_DEFAULTS.joint)) {
      if (setting === 'epochs') continue;
      const { description } = (setting === 'weight' ? sparsity : training).properties![setting];
      for (const defaults of [FIT_DEFAULTS['two-stage'], FIT_DEFAULTS.correlation, { [setting]: value }]) {
        expect(description).toContain(String((defaults as Record<string, number>)[setting]));
      }
    }
  });
});

test('the package has the schema of these sources', () => {
  const path = join(root, 'dist/study.schema.json');
  expect(existsSync(path)).toBe(true);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
});
