// What may be asked of a served model, as schemas: they check what comes in, and are what OpenAPI documents show. Rows
// and columns are checked by the model, which knows what each must be.

import * as z from 'zod';
import { InputError } from '../errors.js';
import { EDGE_CHOICES } from '../questions/followed-edges.js';
import type { Columns, Row } from '../data/row.js';

const cell = z.union([z.number(), z.string(), z.null()]);
const rowsSchema = z
  .array(z.record(z.string(), z.record(z.string(), cell)))
  .min(1)
  .describe('Subjects: by modality, the value of every column in the units of the training tables; null is missing.');
const columnsSchema = z
  .record(z.string(), z.record(z.string(), z.array(cell)))
  .describe('The same column by column: by modality and column, the values of all subjects.');

/** JSON Schema, without the version of it. */
export function jsonSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const shown = z.toJSONSchema(schema);
  delete shown.$schema;
  return shown;
}

/** Read by the model; shown as the schema. */
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
    .describe('How far from the training mean a value may lie, in standard deviations. Default: 10.'),
};
const draws = z.int().min(2).optional();
const seed = z.int().min(0).optional().describe('Of the draws: the same seed gives the same answer. Default: 0.');
const level = z.number().gt(0).lt(1).optional().describe('Of all intervals. Default: 0.9.');

const flag = (text: string) => z.boolean().optional().describe(`${text} Default: false.`);

export const QUESTIONS = {
  encode: z.strictObject({
    ...subjects,
    partial: z.boolean().optional().describe('Columns and modalities that are left out are missing. Default: false.'),
    posterior: z.boolean().optional().describe('Say also how sure the model is of each latent. Default: false.'),
  }),
  impute: z.strictObject({ ...subjects, draws: draws.describe('Of each subject. Default: 200.'), seed, level }),
  intervene: z.strictObject({
    set: z
      .record(z.string(), z.union([z.number(), z.strictObject({ sd: z.number() })]))
      .describe(
        'By latent, as body.z1: a value in its own units, or { "sd": 1 } from its mean over training subjects.',
      ),
    draws: draws.describe('Of the population. Default: 4,000.'),
    seed,
    level,
    edges: z
      .union([z.enum(EDGE_CHOICES), z.array(z.strictObject({ from: z.string(), to: z.string() }))])
      .optional()
      .describe(
        'Edges that effects follow: supported by held-out subjects, all that are fitted, or a list, whose links and ' +
          'directions you assert. Default: supported.',
      ),
    assumeOrder: flag('Assume that the directions of the fit are right where nothing determines them.'),
    undetermined: flag('Set latents that the data do not determine, and mixtures.'),
    unreplicated: flag('Set and follow latents that models of disjoint subjects do not find.'),
    untested: flag('Answer by a fit whose links and latents were not tested.'),
  }),
} as const;

export type Question = keyof typeof QUESTIONS;
export type Asked<Name extends Question> = z.infer<(typeof QUESTIONS)[Name]>;

function schemaOf<Name extends Question>(name: Name): z.ZodType<Asked<Name>> {
  return QUESTIONS[name] as unknown as z.ZodType<Asked<Name>>;
}

/**
 * @param body JSON, UTF-8
 * @throws InputError `not-json`, `invalid-request`
 */
export function readQuestion<Name extends Question>(name: Name, body: Buffer | string): Asked<Name> {
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

/** The subjects of a request. @throws InputError `invalid-request` for none, or both forms */
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
      `The body has ${rows === undefined ? 'no subjects' : 'both rows and columns'}: give rows, a list of ` +
        'subjects, or columns, lists of values.',
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
