// Schemas of the questions to a served model. They check requests and are part of the OpenAPI document. The model
// itself checks rows and columns, because it knows the kind of each column.

import * as z from 'zod';
import { InputError } from '../errors/errors.js';
import { EDGE_CHOICES } from '../questions/followed-edges.js';
import type { Columns, Row } from '../data/row.js';

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
  return z.unknown().meta(jsonSchema(schema)) as unknown as z.ZodType<Value>;
}

const subjects = {
  rows: shownAs<readonly Row[] | undefined>(rowsSchema).optional(),
  columns: shownAs<Columns | undefined>(columnsSchema).optional(),
  maxDeviations: z
    .number()
    .positive()
    .optional()
    .describe('Maximum distance of a value from the training mean, in standard deviations. Default: 10.'),
};
const draws = z.int().min(2).optional();
const seed = z.int().min(0).optional().describe('Seed of the draws. The same seed gives the same answer. Default: 0.');
const level = z.number().gt(0).lt(1).optional().describe('Level of all intervals. Default: 0.9.');

const flag = (text: string) => z.boolean().optional().describe(`${text} Default: false.`);

export const QUESTIONS = {
  encode: z.strictObject({
    ...subjects,
    partial: z.boolean().optional().describe('Treat absent columns and modalities as missing. Default: false.'),
    posterior: z.boolean().optional().describe('Add the standard deviation of each latent. Default: false.'),
  }),
  impute: z.strictObject({
    ...subjects,
    draws: draws.describe('Number of draws per subject. Default: 200.'),
    seed,
    level,
  }),
  intervene: z.strictObject({
    set: z
      .record(z.string(), z.union([z.number(), z.strictObject({ sd: z.number() })]))
      .describe(
        'Values by latent, such as body.z1: a number in the units of the latent, or { "sd": 1 } for one standard ' +
          'deviation above its mean over training subjects.',
      ),
    draws: draws.describe('Number of subjects to simulate. Default: 4,000.'),
    seed,
    level,
    edges: z
      .union([z.enum(EDGE_CHOICES), z.array(z.strictObject({ from: z.string(), to: z.string() }))])
      .optional()
      .describe(
        'Edges that effects follow: those that held-out subjects support, all fitted edges, or a list of edges that ' +
          'you assert. Default: supported.',
      ),
    assumeOrder: flag('Assume the directions of the fit where nothing determines them.'),
    undetermined: flag('Allow setting mixtures and latents that the data do not determine.'),
    unreplicated: flag('Allow setting and following latents that models of disjoint subjects do not find.'),
    untested: flag('Allow a fit whose links and latents were not tested.'),
  }),
} as const;

export type Question = keyof typeof QUESTIONS;
/** Body of a request. */
export type QuestionBody<Name extends Question> = z.infer<(typeof QUESTIONS)[Name]>;

function schemaOf<Name extends Question>(name: Name): z.ZodType<QuestionBody<Name>> {
  return QUESTIONS[name] as unknown as z.ZodType<QuestionBody<Name>>;
}

/**
 * Parses and checks the body of a request.
 * @param body JSON in UTF-8
 * @throws InputError `not-json`, `invalid-request`
 */
export function readQuestion<Name extends Question>(name: Name, body: Buffer | string): QuestionBody<Name> {
  let content: unknown;
  try {
    content = JSON.parse(typeof body === 'string' ? body : body.toString());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('not-json', `The body is not JSON: ${reason}.`, {}, cause);
  }
  const parsed = schemaOf(name).safeParse(content);
  if (parsed.success) return parsed.data;
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
