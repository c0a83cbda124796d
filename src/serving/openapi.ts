// The routes as an OpenAPI 3.1 document. Its schemas are also used to check requests.

import * as z from 'zod';
import { version } from '../runtime/package.js';
import { conclusionsSchema } from './conclusions-schema.js';
import { jsonSchema, QUESTIONS, type Question } from './questions.js';

export interface DescribedRoute {
  readonly method: 'GET' | 'POST';
  /** Path in which `:name` stands for the name of a model. */
  readonly path: string;
  readonly summary: string;
  readonly question?: Question;
  /** The answer, if it is not the answer to a question. */
  readonly answers?: 'conclusions';
}

export type JsonSchema = Readonly<Record<string, unknown>>;

const number = z.number();
const inRows = z.array(z.record(z.string(), z.record(z.string(), number)));
const inColumns = z.record(z.string(), z.record(z.string(), z.array(number)));
const latents = z.union([inRows, inColumns]);
const distribution = { mean: number, sd: number, median: number, low: number, high: number };
const warnings = z.array(z.object({ code: z.string(), text: z.string() }));

/** Answers to questions. The schemas are only documentation: answers are not checked. */
const ANSWERS: Readonly<Record<Question, z.ZodType>> = {
  encode: z.object({
    latents: latents.describe('Latents by modality, in the form of the request: rows or columns.'),
    sd: latents.optional().describe('Standard deviations; with posterior only.'),
    inferred: z
      .record(z.string(), z.array(z.boolean()))
      .optional()
      .describe(
        'By modality, true for each subject whose latents are inferred from other modalities; with posterior only.',
      ),
  }),
  impute: z.object({
    cells: z.array(
      z.object({ row: z.int(), modality: z.string(), column: z.string(), unit: z.string(), ...distribution }),
    ),
    warnings,
  }),
  intervene: z.object({
    set: z.array(z.object({ name: z.string(), value: number, sd: number })),
    draws: z.int(),
    lost: z.int(),
    seed: z.int(),
    level: number,
    consequences: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['latent', 'column']),
        modality: z.string(),
        unit: z.string(),
        assumed: z.boolean().describe('True if the effect follows an assumed direction.'),
        before: z.object(distribution),
        after: z.object(distribution),
        effect: z.object({
          mean: number,
          simulationError: number.describe(
            'How much another seed may differ. It does not include the uncertainty of the fit.',
          ),
        }),
      }),
    ),
    assumed: z
      .array(z.object({ from: z.string(), to: z.string() }))
      .describe('Edges with an assumed direction that effects follow.'),
    warnings,
  }),
};

const errorSchema = z.object({
  error: z.object({
    code: z.string().describe('Stable across releases.'),
    message: z.string(),
    path: z.string().optional().describe('Place in the request, such as rows[2].blood.iron.'),
  }),
});

const ERRORS: Readonly<Record<string, string>> = {
  400: 'The request is invalid; path names the place',
  404: 'There is no such model',
  413: 'The body is too large, or has too many subjects',
  422: 'This model cannot answer this question',
  503: 'The server is busy or closing; Retry-After is the time to wait',
};

/** Returns the body and the answer of a route as JSON Schema. */
export function schemasOf({ question, answers }: DescribedRoute): {
  readonly body?: JsonSchema;
  readonly answer?: JsonSchema;
} {
  if (answers) return { answer: jsonSchema(conclusionsSchema) };
  if (!question) return {};
  return { body: jsonSchema(QUESTIONS[question]), answer: jsonSchema(ANSWERS[question]) };
}

/** Returns the schema of every error. */
export function errorJsonSchema(): JsonSchema {
  return jsonSchema(errorSchema);
}

/** Returns the error statuses of a route, with their meaning. */
export function errorsOf({ path, question }: DescribedRoute): readonly (readonly [string, string])[] {
  return Object.entries(ERRORS).filter(
    ([status]) => question !== undefined || (path.includes(':name') && status === '404'),
  );
}

/** Returns the OpenAPI document. @param prefix prefix of the routes */
export function openApi(routes: readonly DescribedRoute[], prefix: string): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  const content = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } });
  for (const route of routes) {
    const { method, path, summary, question } = route;
    const { body, answer } = schemasOf(route);
    const place = (paths[prefix + path.replace(':name', '{name}')] ??= {});
    const error = content({ $ref: '#/components/schemas/Error' });
    place[method.toLowerCase()] = {
      summary,
      operationId: question ?? path.replaceAll(/\W+/g, ' ').trim().replaceAll(' ', '-'),
      ...(path.includes(':name') && {
        parameters: [
          { name: 'name', in: 'path', required: true, schema: { type: 'string' }, description: 'Name of the model' },
        ],
      }),
      ...(body && { requestBody: { required: true, content: content(body) } }),
      responses: {
        200: { description: summary, ...(answer && { content: content(answer) }) },
        ...Object.fromEntries(
          errorsOf(route).map(([status, description]) => [status, { description, content: error }]),
        ),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Models of interlatent', version },
    paths,
    components: { schemas: { Error: errorJsonSchema() } },
  };
}
