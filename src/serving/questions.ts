// Schemas of requests, made from the options of the questions. They check requests and are part of the OpenAPI
// document. The model itself checks rows and columns, because it knows the kind of each column.

import * as z from 'zod';
import { InputError } from '../errors/errors.js';
import type { Columns, Row } from '../data/row.js';
import { EDGE_CHOICES, ENCODE, QUESTIONS, type AskedOptions, type Declared, type Kind } from '../questions/index.js';

const cell = z.union([z.number(), z.string(), z.null()]);
const rowsSchema = z
  .array(z.record(z.string(), z.record(z.string(), cell)))
  .min(1)
  .describe('Subjects: the values of all columns by modality, in the units of the training tables; null is missing.');
const columnsSchema = z
  .record(z.string(), z.record(z.string(), z.array(cell)))
  .describe('The same by column: the values of all subjects, by modality and column.');

/** Returns the JSON Schema without `$schema`, which names the version. */
export function jsonSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const shown = z.toJSONSchema(schema);
  delete shown.$schema;
  return shown;
}

/** Returns a schema that accepts anything, because the model checks the value, but is shown as `schema`. */
function shownAs<Value>(schema: z.ZodType): z.ZodType<Value> {
  return z.unknown().meta(jsonSchema(schema)) as z.ZodType<Value>;
}

const rowsOrColumns = {
  rows: shownAs<readonly Row[] | undefined>(rowsSchema).optional(),
  columns: shownAs<Columns | undefined>(columnsSchema).optional(),
};

/** The fields of a body that hold the subjects of a question about subjects. */
const subjects = {
  ...rowsOrColumns,
  maxDeviations: z
    .number()
    .positive()
    .optional()
    .describe('Maximum distance of a value from the training mean, in standard deviations. Default: 10.'),
};

const settingValue = z.union([z.number(), z.string(), z.strictObject({ sd: z.number() })]);
const settingSchema = z.record(z.string(), settingValue);

/** How requests write the options of each kind: the schema, and its syntax if that needs words. */
const SCHEMAS: Readonly<Record<Kind, readonly [schema: z.ZodType, syntax?: string]>> = {
  count: [z.int().min(2)],
  seed: [z.int().min(0)],
  share: [z.number().gt(0).lt(1)],
  flag: [z.boolean()],
  modalities: [z.array(z.string())],
  setting: [
    settingSchema,
    'A value by latent, such as body.z1, or by observed cause: a number in its units, { "sd": 1 } for one standard ' +
      'deviation above its mean over training subjects, or the level of a categorical cause.',
  ],
  causes: [settingSchema, 'A level or number by observed cause.'],
  against: [z.union([settingValue, settingSchema]), 'A value of the only cause that is set, or values by cause.'],
  edges: [
    z.union([z.enum(EDGE_CHOICES), z.array(z.strictObject({ from: z.string(), to: z.string() }))]),
    'A list names the edges that effects follow; you assert their links and directions.',
  ],
  subjects: [z.strictObject(rowsOrColumns), 'Subjects as rows or columns.'],
};

function schemaOf({ kind, text, default: usual, needed }: Declared): z.ZodType {
  const [schema, syntax] = SCHEMAS[kind];
  const missing = usual?.toLocaleString('en') ?? (kind === 'flag' ? 'false' : undefined);
  const words = [text, syntax, missing && `Default: ${missing}.`].filter((one) => one !== undefined).join(' ');
  return (needed ? schema : schema.optional()).describe(words);
}

/** The questions with a route. */
export const SERVED = { encode: { ...ENCODE, about: 'subjects' }, ...QUESTIONS } as const;

export type ServedQuestion = keyof typeof SERVED;

const bodies = new Map<ServedQuestion, z.ZodType>();

/** Returns the schema of the body of a request. */
export function bodySchema(name: ServedQuestion): z.ZodType {
  let schema = bodies.get(name);
  if (!schema) {
    const { about, options } = SERVED[name];
    const fields = Object.entries<Declared>(options).map(([option, declared]) => [option, schemaOf(declared)]);
    schema = z.strictObject({ ...(about === 'subjects' && subjects), ...Object.fromEntries(fields) });
    bodies.set(name, schema);
  }
  return schema;
}

/** Body of a request. */
export type QuestionBody<Name extends ServedQuestion> = z.infer<z.ZodObject<typeof subjects>> &
  AskedOptions<(typeof SERVED)[Name]['options']>;

/**
 * Parses and checks the body of a request.
 * @param body JSON in UTF-8
 * @throws InputError `not-json`, `invalid-request`
 */
export function readQuestion<Name extends ServedQuestion>(name: Name, body: Buffer | string): QuestionBody<Name> {
  let content: unknown;
  try {
    content = JSON.parse(typeof body === 'string' ? body : body.toString());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('not-json', `The body is not JSON: ${reason}.`, {}, cause);
  }
  const parsed = bodySchema(name).safeParse(content);
  if (parsed.success) return parsed.data as QuestionBody<Name>;
  const [issue] = parsed.error.issues;
  const path = issue.path.join('.');
  throw new InputError('invalid-request', `${path === '' ? 'The body' : path}: ${issue.message}.`, { path });
}

/** Returns the subjects of a request. @throws InputError `invalid-request` for none, or both forms */
export function subjectsOf({
  rows,
  columns,
}: {
  readonly rows?: readonly Row[] | undefined;
  readonly columns?: Columns | undefined;
}): readonly Row[] | Columns {
  if ((rows === undefined) === (columns === undefined)) {
    throw new InputError(
      'invalid-request',
      `The body has ${rows === undefined ? 'no subjects' : 'both rows and columns'}. Give either rows (a list of ` +
        'subjects) or columns (lists of values).',
      { path: 'rows' },
    );
  }
  if (columns !== undefined && !isRecord(columns)) {
    throw new InputError('invalid-columns', 'columns must be an object by modality', { path: 'columns' });
  }
  if (rows !== undefined && !Array.isArray(rows)) {
    throw new InputError('invalid-rows', 'rows must be a list of rows', { path: 'rows' });
  }
  return (rows ?? columns)!;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
