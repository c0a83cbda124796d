// The routes, once for the handler, the plugin and the OpenAPI document.

import { jsonAnswer, type Answer } from './answer.js';
import type { Caller } from './batcher.js';
import { openApi, type DescribedRoute } from './openapi.js';
import type { Question } from './questions.js';
import type { Service } from './service.js';

export interface Asking {
  /** Of the model; empty where the route has none. */
  readonly name: string;
  readonly body: Buffer | string;
  readonly caller: Caller;
  /** What stands before the routes. */
  readonly prefix: string;
}

export interface Route extends DescribedRoute {
  readonly when?: 'admin' | 'metrics';
  readonly answer: (service: Service, asking: Asking) => Answer | Promise<Answer>;
}

const asks = (question: Question, summary: string): Route => ({
  method: 'POST',
  path: `/models/:name/${question}`,
  summary,
  question,
  answer: (service, { name, body, caller }) => service.answer(question, name, body, caller),
});

export const ROUTES: readonly Route[] = [
  asks('encode', 'Latents of subjects'),
  asks('impute', 'What was not observed of subjects, cell by cell: mean and interval'),
  asks('intervene', 'What the population would be if some latents were set'),
  { method: 'GET', path: '/models', summary: 'Names of the models', answer: (service) => service.models() },
  {
    method: 'GET',
    path: '/models/:name',
    summary: 'What a model wants and gives: columns, kinds, levels, latents, edges',
    answer: (service, { name }) => service.model(name),
  },
  {
    method: 'GET',
    path: '/models/:name/conclusions',
    summary: 'What can be concluded from the fit: pairs of modalities, latents, links, and all of it in sentences',
    answers: 'conclusions',
    answer: (service, { name }) => service.conclusions(name),
  },
  {
    method: 'POST',
    path: '/models/:name/reload',
    summary: 'Load the RUN folder anew, without a break',
    when: 'admin',
    answer: (service, { name }) => service.reload(name),
  },
  { method: 'GET', path: '/healthz', summary: 'Whether the server is ready', answer: (service) => service.health() },
  {
    method: 'GET',
    path: '/metrics',
    summary: 'Figures for Prometheus',
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

/** Those that a server has. */
export function routesOf({ isAdmin, metrics }: Pick<Service, 'isAdmin' | 'metrics'>): Route[] {
  return ROUTES.filter(({ when }) => (when === 'admin' ? isAdmin : when !== 'metrics' || metrics !== undefined));
}
