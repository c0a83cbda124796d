// The routes of the handler, the fastify plugin and the OpenAPI document.

import { jsonAnswer, type Answer } from './answer.js';
import type { Caller } from './batcher.js';
import { openApi, type DescribedRoute } from './openapi.js';
import { SERVED, type ServedQuestion } from './questions.js';
import type { Service } from './service.js';

export interface RouteRequest {
  /** Name of the model. Empty for a route without a model. */
  readonly name: string;
  readonly body: Buffer | string;
  readonly caller: Caller;
  /** Prefix of the routes. */
  readonly prefix: string;
}

export interface Route extends DescribedRoute {
  readonly when?: 'admin' | 'metrics';
  readonly answer: (service: Service, request: RouteRequest) => Answer | Promise<Answer>;
}

const asks = (question: ServedQuestion): Route => ({
  method: 'POST',
  path: `/models/:name/${question}`,
  summary: SERVED[question].summary,
  question,
  answer: (service, { name, body, caller }) => service.answer(question, name, body, caller),
});

export const ROUTES: readonly Route[] = [
  ...(Object.keys(SERVED) as ServedQuestion[]).map(asks),
  { method: 'GET', path: '/models', summary: 'Names of the models', answer: (service) => service.models() },
  {
    method: 'GET',
    path: '/models/:name',
    summary: 'Columns, kinds, levels, latents and edges of a model',
    answer: (service, { name }) => service.model(name),
  },
  {
    method: 'GET',
    path: '/models/:name/conclusions',
    summary: 'Conclusions from the fit: pairs of modalities, latents and links, as data and as sentences',
    answers: 'conclusions',
    answer: (service, { name }) => service.conclusions(name),
  },
  {
    method: 'POST',
    path: '/models/:name/reload',
    summary: 'Load the RUN folder again, without interruption',
    when: 'admin',
    answer: (service, { name }) => service.reload(name),
  },
  {
    method: 'GET',
    path: '/healthz',
    summary: 'Status of the server: ready, loading or closing',
    answer: (service) => service.health(),
  },
  {
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    when: 'metrics',
    answer: (service) => service.prometheus(),
  },
  {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    answer: (service, { prefix }) => jsonAnswer(JSON.stringify(openApi(routesOf(service), prefix))),
  },
];

/** Returns the routes of a server. */
export function routesOf({ isAdmin, metrics }: Pick<Service, 'isAdmin' | 'metrics'>): Route[] {
  return ROUTES.filter(({ when }) => (when === 'admin' ? isAdmin : when !== 'metrics' || metrics !== undefined));
}
