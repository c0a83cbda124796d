// The routes as an OpenAPI 3.1 document, whose schemas are those that check requests.

import * as z from 'zod';
import { version } from '../runtime/package.js';
import { conclusionsSchema } from './conclusions-schema.js';
import { jsonSchema, QUESTIONS, type Question } from './questions.js';

export interface DescribedRoute {
  readonly method: 'GET' | 'POST';
  /** `:name` stands for a model. */
  readonly path: string;
  readonly summary: string;
  readonly question?: Question;
  /** What it answers, where that is not the answer to a question. */
  readonly answers?: 'conclusions';
}

export type JsonSchema = Readonly<Record<string, unknown>>;

const number = z.number();
const inRows = z.array(z.record(z.string(), z.record(z.string(), number)));
const inColumns = z.record(z.string(), z.record(z.string(), z.array(number)));
const latents = z.union([inRows, inColumns]);
const distribution = { mean: number, sd: number, median: number, low: number, high: number };
const warnings = z.array(z.object({ code: z.string(), text: z.string() }));

/** What is answered, for readers: nothing is checked on the way out. */
const ANSWERS: Readonly<Record<Question, z.ZodType>> = {
  encode: z.object({
    latents: latents.describe('By modality and latent, in the form that the subjects came in.'),
    sd: latents.optional().describe('Standard deviations, with posterior.'),
    inferred: z
      .record(z.string(), z.array(z.boolean()))
      .optional()
      .describe('With posterior, by modality: whose latents are inferred from other modalities.'),
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
        assumed: z.boolean().describe('The effect follows a direction that is assumed.'),
        before: z.object(distribution),
        after: z.object(distribution),
        effect: z.object({
          mean: number,
          simulationError: number.describe('How far another seed might lie away. Uncertainty of the fit is not in it.'),
        }),
      }),
    ),
    assumed: z
      .array(z.object({ from: z.string(), to: z.string() }))
      .describe('Edges that effects follow in a direction that is assumed.'),
    warnings,
  }),
};

const errorSchema = z.object({
  error: z.object({
    code: z.string().describe('Stable across releases.'),
    message: z.string(),
    path: z.string().optional().describe('Where in the request, as rows[2].blood.iron.'),
  }),
});

const ERRORS: Readonly<Record<string, string>> = {
  400: 'The request is wrong; path says where',
  404: 'There is no such model',
  413: 'The body is too large, or has too many subjects',
  422: 'This model cannot answer this question',
  503: 'The server is busy or closing; Retry-After says when to ask again',
};

/** Bodies and answers of a route, as JSON Schema. */
export function schemasOf({ question, answers }: DescribedRoute): {
  readonly body?: JsonSchema;
  readonly answer?: JsonSchema;
} {
  if (answers) return { answer: jsonSchema(conclusionsSchema) };
  if (!question) return {};
  return { body: jsonSchema(QUESTIONS[question]), answer: jsonSchema(ANSWERS[question]) };
}

/** What every error looks like. */
export function errorJsonSchema(): JsonSchema {
  return jsonSchema(errorSchema);
}

/** Answers other than 200 of a route, with what they mean. */
export function errorsOf({ path, question }: DescribedRoute): readonly (readonly [string, string])[] {
  return Object.entries(ERRORS).filter(
    ([status]) => question !== undefined || (path.includes(':name') && status === '404'),
  );
}

/** @param prefix what stands before the routes */
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
          { name: 'name', in: 'path', required: true, schema: { type: 'string' }, description: 'Of the model' },
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
