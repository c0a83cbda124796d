// Requests to a served model through fastify, and the expected answers: the latents of the model itself.

import fastify, { type FastifyInstance } from 'fastify';
import type { Row } from '../../src/data/row.js';
import type { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { serving } from '../../src/serving/fastify.js';
import type { Caller } from '../../src/serving/batcher.js';
import type { ServingOptions } from '../../src/serving/index.js';

export interface Answered {
  readonly latents: readonly Record<string, Record<string, number>>[];
  readonly error: { readonly code: string; readonly message: string; readonly path?: string };
}

export async function served(options: ServingOptions, prefix?: string): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true });
  await app.register(serving, { ...options, ...(prefix !== undefined && { prefix }) });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

interface RequestOptions {
  readonly method?: string;
  readonly type?: string;
  readonly body?: string;
}

export async function ask(app: FastifyInstance, path: string, { type, ...request }: RequestOptions = {}) {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  const response = await fetch(app.listeningOrigin + path, { ...request, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
}

export async function post(app: FastifyInstance, path: string, payload: unknown) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const answer = await ask(app, path, { method: 'POST', type: 'application/json', body });
  return { ...answer, body: answer.json() as Answered };
}

/** Returns the latents of a model in the form of the service. */
export async function expected(model: MultimodalCausalModel, rows: readonly Row[], partial = false) {
  const latents = await model.encodeRows(rows, { partial });
  return rows.map((_, row) =>
    Object.fromEntries(
      Object.entries(latents).map(([name, values]) => {
        const width = values.length / rows.length;
        const entries = Array.from({ length: width }, (_, z) => [`z${z + 1}`, values[row * width + z]]);
        return [name, Object.fromEntries(entries) as Record<string, number>];
      }),
    ),
  );
}

/** Rounds latents to float32, the precision of the model. */
export const rounded = (latents: readonly Record<string, Record<string, number>>[]) =>
  latents.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, values]) => [
        name,
        Object.fromEntries(Object.entries(values).map(([z, value]) => [z, Math.fround(value)])),
      ]),
    ),
  );

/** Returns a client that calls a service without a connection. */
export function callerFor(client = 'a', signal = new AbortController().signal): Caller {
  return {
    client,
    get aborted() {
      return signal.aborted;
    },
    signal: () => signal,
  };
}
