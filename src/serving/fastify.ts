// The routes as a plugin for fastify 5: `await app.register(serving, { models: { heart: 'runs/heart' } })`.

import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { errorAnswer, headersOf, wrongMethod, type Answer } from './answer.js';
import { callerOf, checkMediaType, methodsOf, readBody, unknownRoute } from './handler.js';
import { errorJsonSchema, errorsOf, schemasOf } from './openapi.js';
import { routesOf, type Route } from './routes.js';
import { Service, type ServingOptions } from './service.js';

export type { ServingOptions } from './service.js';

/** Options of a new service, or a service that the program has created, for example to reload models itself. */
export type PluginOptions = ServingOptions | { readonly service: Service };

const REGISTER_OPTIONS: readonly string[] = ['prefix', 'logLevel', 'logSerializers'];
/** Makes @fastify/swagger leave a route out. Without the types of that plugin, fastify's schemas have no `hide`. */
const HIDDEN: object = { hide: true };

/**
 * Loads the models, and frees them when the server closes. The prefix of `register` applies to the routes. They have
 * schemas for @fastify/swagger.
 * @throws InputError `no-run`, `damaged-file`, `invalid-option`, `missing-peer`; StateError `memory-limit`; DeviceError
 */
export const serving: FastifyPluginAsync<PluginOptions> = async (app, options) => {
  const service = 'service' in options ? options.service : await Service.create(withoutRegisterOptions(options));
  app.addHook('preClose', (done) => {
    service.drain();
    done();
  });
  app.addHook('onClose', () => service.close());
  // The service checks questions itself: it receives their bytes and returns text.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => data as string);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload, done) => {
    readBody(payload, request.headers, service.limits.body, done);
  });
  // Without a prefix, the application's handler answers unknown routes.
  if (app.prefix !== '') {
    app.setNotFoundHandler((request, reply) => {
      send(reply, errorAnswer(unknownRoute(request.url.split('?', 1)[0], app.prefix)));
    });
  }
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    send(reply, errorAnswer(error));
  });
  const routes = routesOf(service);
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path,
      schema: schemaOf(route),
      ...(route.question && {
        onRequest: (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
          checkMediaType(request.headers);
          done();
        },
      }),
      handler: (request: FastifyRequest, reply: FastifyReply) => {
        const { name = '' } = request.params as { readonly name?: string };
        const caller = callerOf(reply.raw, service.clientOf(request.raw, request.ip));
        const body = (request.body as Buffer | undefined) ?? '';
        const answer = route.answer(service, { name, body, caller, prefix: app.prefix });
        if (!(answer instanceof Promise)) {
          send(reply, answer);
          return;
        }
        // The promise never rejects. It is not returned, because fastify's handling of it costs more than the answer.
        void answer.then((settled) => {
          send(reply, settled);
        });
      },
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = methodsOf(routes.filter((route) => route.path === path));
    app.route({
      method: app.supportedMethods.filter((method) => !methods.includes(method)),
      url: path,
      schema: HIDDEN,
      exposeHeadRoute: false,
      onRequest: (request, reply) => {
        send(reply, wrongMethod(request.url.split('?', 1)[0], request.method, methods));
      },
      handler: () => undefined,
    });
  }
};

function send(reply: FastifyReply, answer: Answer): void {
  reply.code(answer.status).headers(headersOf(answer)).send(answer.body);
}

function schemaOf(route: Route): object {
  const { body, answer } = schemasOf(route);
  const error = errorJsonSchema();
  return {
    summary: route.summary,
    ...(route.path.includes(':name') && {
      params: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    }),
    ...(body && { body }),
    response: {
      ...(answer && { 200: answer }),
      ...Object.fromEntries(errorsOf(route).map(([status, description]) => [status, { description, ...error }])),
    },
  };
}

/** Returns the options of `register` without those that fastify itself reads. */
function withoutRegisterOptions(options: ServingOptions): ServingOptions {
  const entries = Object.entries(options).filter(([name]) => !REGISTER_OPTIONS.includes(name));
  return Object.fromEntries(entries) as ServingOptions;
}
