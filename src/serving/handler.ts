// The routes as a request listener of `node:http`, for its servers and for frameworks that use its requests.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { checkArgument } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import { errorAnswer, headersOf, wrongMethod, type Answer } from './answer.js';
import type { Caller } from './batcher.js';
import { routesOf, type Route } from './routes.js';
import { Service, type ServingOptions } from './service.js';

export interface HandlerOptions extends ServingOptions {
  /** Prefix of the routes, such as `/v1`. Default: none. */
  readonly prefix?: string | undefined;
}

/** Answers a request of `node:http`. */
export interface Handler {
  (request: IncomingMessage, response: ServerResponse): void;
  readonly service: Service;
  /** Answers the open requests, then frees the models. Close the server first. */
  close(): Promise<void>;
}

/**
 * Loads the models, and returns a listener for `createServer` (docs/reference/serving.md).
 * @throws InputError `no-run`, `damaged-file`, `invalid-option`, `missing-peer`; StateError `memory-limit`; DeviceError
 */
export async function createHandler(options: HandlerOptions): Promise<Handler> {
  checkArgument('createHandler: options', options, { models: {}, 'prefix?': 'text' });
  const { prefix = '', ...serving } = options;
  const service = await Service.create(serving);
  const routes = routesOf(service);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void respond(service, routes, prefix, request, response);
  };
  return Object.assign(handle, { service, close: () => service.close() });
}

async function respond(
  service: Service,
  routes: readonly Route[],
  prefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: Answer;
  let isWhole = true;
  try {
    const match = routeOf(routes, prefix, request);
    if ('status' in match) {
      answer = match;
    } else {
      const { route, name } = match;
      isWhole = false;
      const body = route.question ? await bodyOf(request, service.limits.body) : '';
      isWhole = true;
      const caller = callerOf(response, service.clientOf(request, request.socket.remoteAddress));
      answer = await route.answer(service, { name, body, caller, prefix });
    }
  } catch (error) {
    answer = errorAnswer(error);
  }
  if (response.destroyed) return;
  const { status, body } = answer;
  response.writeHead(status, {
    ...headersOf(answer),
    'content-length': Buffer.byteLength(body),
    // The unread rest of a body would be taken for the next request.
    ...(!isWhole && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Returns the client that waits for a response. */
export function callerOf(response: ServerResponse, client: string): Caller {
  let controller: AbortController | undefined;
  const hasGone = (): boolean => response.destroyed && !response.writableFinished;
  return {
    client,
    get aborted() {
      return response.destroyed;
    },
    signal: () => {
      if (controller) return controller.signal;
      const created = (controller = new AbortController());
      const end = (): void => {
        if (hasGone()) created.abort();
      };
      response.once('close', end);
      end();
      return created.signal;
    },
  };
}

/** Maximum length of a model's name, as in fastify. */
const MAX_NAME_LENGTH = 100;

/**
 * Returns the route of a request and the name in it, or an answer for a wrong method.
 * @throws InputError `unknown-route`
 */
function routeOf(
  routes: readonly Route[],
  prefix: string,
  request: IncomingMessage,
): { readonly route: Route; readonly name: string } | Answer {
  const [path] = (request.url ?? '/').split('?', 1);
  const { method = 'GET' } = request;
  const words = path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1).split('/') : [];
  const fitting = routes.filter((route) => nameIn(route.path, words) !== undefined);
  const route = fitting.find((one) => one.method === (method === 'HEAD' ? 'GET' : method));
  if (route) {
    const name = nameIn(route.path, words)!;
    if (name.length > MAX_NAME_LENGTH) {
      throw new InputError('uri-too-long', `The name of a model has at most ${MAX_NAME_LENGTH} letters.`);
    }
    return { route, name };
  }
  if (fitting.length > 0) return wrongMethod(path, method, methodsOf(fitting));
  throw unknownRoute(path, prefix);
}

/** Returns the methods of the routes of a path. A route for GET also answers HEAD. */
export function methodsOf(routes: readonly Pick<Route, 'method'>[]): string[] {
  return routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

export function unknownRoute(path: string, prefix: string): InputError {
  return new InputError('unknown-route', `There is no ${path.slice(0, 200)}. ${prefix}/openapi.json lists all routes.`);
}

/** Returns the model's name if the path fits: empty for a route without a name, undefined if the path does not fit. */
function nameIn(path: string, words: readonly string[]): string | undefined {
  const parts = path.slice(1).split('/');
  if (parts.length !== words.length) return undefined;
  let name = '';
  for (const [i, part] of parts.entries()) {
    if (part === ':name') name = words[i];
    else if (part !== words[i]) return undefined;
  }
  try {
    return decodeURIComponent(name);
  } catch (cause) {
    throw new InputError('invalid-request', `'${name.slice(0, 100)}' is not valid in an address.`, {}, cause);
  }
}

/** Checks the headers of a body. @throws InputError `wrong-media-type` unless it is uncompressed JSON */
export function checkMediaType(headers: IncomingHttpHeaders): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  if (/^application\/json\s*(;|$)/i.test(type) && encoding === 'identity') return;
  throw new InputError('wrong-media-type', 'The body must be application/json without compression.');
}

/** Reads the body of a request. @throws InputError `body-too-large`, `wrong-media-type` */
function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  checkMediaType(request.headers);
  return new Promise((resolve, reject) => {
    readBody(request, request.headers, maxBytes, (error, body) => {
      if (error) reject(error);
      else resolve(body);
    });
  });
}

/**
 * Reads a body, and calls `done` with an InputError `body-too-large` or the error of the stream, or with the body. It
 * copies a body only if it has several parts, because memory outside the heap makes V8 collect all garbage.
 */
export function readBody(
  stream: Readable,
  headers: IncomingHttpHeaders,
  maxBytes: number,
  done: (error: Error | null, body: Buffer) => void,
): void {
  if (Number(headers['content-length']) > maxBytes) {
    done(bodyTooLarge(maxBytes), NONE);
    return;
  }
  const parts: Buffer[] = [];
  let size = 0;
  const onData = (part: Buffer | string): void => {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    size += bytes.length;
    parts.push(bytes);
    if (size > maxBytes) end(bodyTooLarge(maxBytes));
  };
  const end = (error?: Error): void => {
    stream.off('data', onData).off('end', end).off('error', end);
    if (error && size > maxBytes) stream.pause();
    done(error ?? null, error ? NONE : parts.length === 1 ? parts[0] : Buffer.concat(parts));
  };
  stream.on('data', onData).on('end', end).on('error', end).resume();
}

const NONE = Buffer.alloc(0);

export function bodyTooLarge(maxBytes: number): InputError {
  return new InputError(
    'body-too-large',
    `The body is larger than ${maxBytes} bytes. Send fewer subjects per request.`,
  );
}
