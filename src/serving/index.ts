// Models as a service: a registry of RUN folders, and a handler for `node:http`. `interlatent/fastify` provides the
// same for fastify.

export { createHandler, type Handler, type HandlerOptions } from './handler.js';
export type { Answer } from './answer.js';
export type { BatchOptions, Caller } from './batcher.js';
export type { Logger } from '../runtime/logger.js';
export type { MetricsOption, PrometheusRegistry } from './metrics.js';
export { ModelRegistry, type RegistryEvents, type RegistryOptions } from './registry.js';
export type { ServedModel } from './served-model.js';
export { Service, type Limits, type ServingOptions } from './service.js';
