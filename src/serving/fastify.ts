// The routes as a plugin of fastify 5: `await app.register(serving, { models: { heart: 'runs/heart' } })`.

import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { errorAnswer, type Answer } from './answer.js';
import { bodyTooLarge, wrongMediaType } from './handler.js';
import { errorJsonSchema, errorsOf, schemasOf } from './openapi.js';
import { routesOf, type Route } from './routes.js';
import { Service, type ServingOptions } from './service.js';

export type { ServingOptions } from './service.js';

/** A service that the program has made itself, to reload models for instance, or what makes one. */
export type PluginOptions = ServingOptions | { readonly service: Service };

const REGISTER_OPTIONS: readonly string[] = ['prefix', 'logLevel', 'logSerializers'];

/**
 * Loads the models, and frees them when the server closes. The prefix of `register` stands before the routes; their
 * schemas are there for @fastify/swagger.
 * @throws InputError `no-run`, `damaged-file`, `invalid-option`, `missing-peer`; StateError `memory-limit`; DeviceError
 */
export const serving: FastifyPluginAsync<PluginOptions> = async (app, options) => {
  const service = 'service' in options ? options.service : await Service.create(withoutRegisterOptions(options));
  app.addHook('preClose', (done) => {
    service.drain();
    done();
  });
  app.addHook('onClose', () => service.close());
  // Questions are checked by the service, which takes their bytes and gives text.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => data as string);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: service.limits.body },
    (_request, body, done) => {
      done(null, body);
    },
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    send(reply, errorAnswer(translated(error, service.limits.body)));
  });
  for (const route of routesOf(service)) {
    app.route({
      method: route.method,
      url: route.path,
      schema: schemaOf(route),
      handler: (request: FastifyRequest, reply: FastifyReply) => {
        const { name = '' } = request.params as { readonly name?: string };
        const response = reply.raw;
        const caller = {
          get aborted() {
            return response.destroyed;
          },
        };
        const body = (request.body as Buffer | undefined) ?? '';
        const answer = route.answer(service, { name, body, caller, prefix: app.prefix });
        if (!(answer instanceof Promise)) {
          send(reply, answer);
          return;
        }
        // It never rejects. What fastify would make of a returned promise costs more than the answer.
        void answer.then((found) => {
          send(reply, found);
        });
      },
    });
  }
};

function send(reply: FastifyReply, { status, type, body, retryAfter }: Answer): void {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  reply.code(status).header('content-type', type).send(body);
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

function translated(error: FastifyError, most: number): unknown {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge(most);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return wrongMediaType();
    default:
      return error;
  }
}

/** Without what fastify itself takes of the options of `register`. */
function withoutRegisterOptions(options: ServingOptions): ServingOptions {
  const given = Object.entries(options).filter(([name]) => !REGISTER_OPTIONS.includes(name));
  return Object.fromEntries(given) as unknown as ServingOptions;
}
