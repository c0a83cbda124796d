// The routes for servers of plain `node:http`, and whatever takes its requests and responses.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkArgument } from '../argument.js';
import { InputError } from '../errors.js';
import { errorAnswer, type Answer } from './answer.js';
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
 * Loads the models, and makes of them a listener for `createServer` (docs/serving.md).
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
    const { route, name } = routeOf(routes, prefix, request);
    isWhole = false;
    const body = route.question ? await bodyOf(request, service.limits.body) : '';
    isWhole = true;
    const caller = {
      get aborted() {
        return response.destroyed;
      },
    };
    answer = await route.answer(service, { name, body, caller, prefix });
  } catch (error) {
    answer = errorAnswer(error);
  }
  if (response.destroyed) return;
  const { status, type, body, retryAfter } = answer;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(status === 405 && { allow: 'GET, POST' }),
    // What was not read of a body would be taken for the next request.
    ...(!isWhole && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function routeOf(routes: readonly Route[], prefix: string, request: IncomingMessage) {
  const [path] = (request.url ?? '/').split('?', 1);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const words = path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1).split('/') : [];
  let isKnown = false;
  for (const route of routes) {
    const name = nameIn(route.path, words);
    if (name === undefined) continue;
    isKnown = true;
    if (route.method === method) return { route, name };
  }
  if (isKnown) throw new InputError('wrong-method', `${path} does not answer ${request.method ?? ''} requests.`);
  throw new InputError('unknown-route', `There is no ${path}; ${prefix}/openapi.json lists what there is.`);
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
  } catch {
    return name;
  }
}

/** @throws InputError `body-too-large`, `wrong-media-type` */
function bodyOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const { headers } = request;
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) {
    throw wrongMediaType();
  }
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

export function wrongMediaType(): InputError {
  return new InputError('wrong-media-type', 'The body must be application/json, not encoded otherwise.');
}
