// The routes for servers of plain `node:http`, and whatever takes its requests and responses.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { checkArgument } from '../argument.js';
import { InputError } from '../errors.js';
import { errorAnswer, headersOf, wrongMethod, type Answer } from './answer.js';
import type { Caller } from './batcher.js';
import { routesOf, type Route } from './routes.js';
import { Service, type ServingOptions } from './service.js';

export interface HandlerOptions extends ServingOptions {
  /** What stands before the routes, as `/v1`. Default: nothing. */
  readonly prefix?: string | undefined;
}

/** Answers a request of `node:http`. */
export interface Handler {
  (request: IncomingMessage, response: ServerResponse): void;
  readonly service: Service;
  /** Answers what was asked, then frees the models. Close the server first. */
  close(): Promise<void>;
}

/**
 * Loads the models, and makes of them a listener for `createServer` (docs/reference/serving.md).
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
    const found = routeOf(routes, prefix, request);
    if ('status' in found) {
      answer = found;
    } else {
      const { route, name } = found;
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
    // What was not read of a body would be taken for the next request.
    ...(!isWhole && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Who waits for a response. */
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
      const own = (controller = new AbortController());
      const end = (): void => {
        if (hasGone()) own.abort();
      };
      response.once('close', end);
      end();
      return own.signal;
    },
  };
}

/** Names of models are shorter; as in fastify. */
const LONGEST_NAME = 100;

/** The route of a request and the name in it, or the answer where there is none. @throws InputError `unknown-route` */
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
    if (name.length > LONGEST_NAME) {
      throw new InputError('uri-too-long', `The name of a model has at most ${LONGEST_NAME} letters.`);
    }
    return { route, name };
  }
  if (fitting.length > 0) return wrongMethod(path, method, methodsOf(fitting));
  throw unknownRoute(path, prefix);
}

/** What a path answers to: who answers GET answers HEAD. */
export function methodsOf(routes: readonly Pick<Route, 'method'>[]): string[] {
  return routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

export function unknownRoute(path: string, prefix: string): InputError {
  return new InputError(
    'unknown-route',
    `There is no ${path.slice(0, 200)}; ${prefix}/openapi.json lists what there is.`,
  );
}

/** The model's name in a path that fits, empty where the route has none. */
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
    throw new InputError('invalid-request', `'${name.slice(0, 100)}' is no part of an address.`, {}, cause);
  }
}

/** @throws InputError `wrong-media-type` for a body that is not JSON, or is compressed */
export function checkMediaType(headers: IncomingHttpHeaders): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  if (/^application\/json\s*(;|$)/i.test(type) && encoding === 'identity') return;
  throw new InputError('wrong-media-type', 'The body must be application/json, not encoded otherwise.');
}

/** @throws InputError `body-too-large`, `wrong-media-type` */
function bodyOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const { headers } = request;
  checkMediaType(headers);
  if (Number(headers['content-length']) > most) throw bodyTooLarge(most);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= most) {
        parts.push(part);
        return;
      }
      request.pause();
      reject(bodyTooLarge(most));
    });
    request.on('end', () => {
      resolve(parts.length === 1 ? parts[0] : Buffer.concat(parts));
    });
    request.on('error', reject);
  });
}

export function bodyTooLarge(most: number): InputError {
  return new InputError('body-too-large', `The body is larger than ${most} bytes; send fewer subjects at once.`);
}
