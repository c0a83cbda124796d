// The routes as an OpenAPI 3.1 document. Its schemas are also used to check requests.

import * as z from 'zod';
import { version } from '../runtime/package.js';
import { ANSWERS } from './answer-schemas.js';
import { conclusionsSchema } from './conclusions-schema.js';
import { bodySchema, jsonSchema, type ServedQuestion } from './questions.js';

export interface DescribedRoute {
  readonly method: 'GET' | 'POST';
  /** Path in which `:name` stands for the name of a model. */
  readonly path: string;
  readonly summary: string;
  readonly question?: ServedQuestion;
  /** The answer, if it is not the answer to a question. */
  readonly answers?: 'conclusions';
}

export type JsonSchema = Readonly<Record<string, unknown>>;

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
  return { body: jsonSchema(bodySchema(question)), answer: jsonSchema(ANSWERS[question]) };
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
