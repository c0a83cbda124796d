// The answer to a client: JSON with a status. An error has a code, a message that says what to do, and its place in the
// request.

import { InputError, InterlatentError, StateError } from '../errors/errors.js';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Seconds after which the client may try again. */
  readonly retryAfter?: number | undefined;
  /** The model that answered: its name, and the digest of its run.json. */
  readonly model?: string | undefined;
  /** HTTP methods of the route, for the header `allow`. */
  readonly allow?: string | undefined;
}

/** Returns the headers of an answer, without its length. */
export function headersOf({ type, retryAfter, model, allow }: Answer): Record<string, string> {
  return {
    'content-type': type,
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(model !== undefined && { [MODEL_HEADER]: model }),
    ...(allow !== undefined && { allow }),
  };
}

/** Header that names the model that answered: `heart; sha256=…`. */
export const MODEL_HEADER = 'interlatent-model';
const JSON_TYPE = 'application/json; charset=utf-8';

/** Status by error code. Without an entry, an InputError has 400 and every other error 500. */
const STATUS: Readonly<Partial<Record<string, number>>> = {
  'unknown-model': 404,
  'unknown-route': 404,
  'wrong-method': 405,
  'body-too-large': 413,
  'uri-too-long': 414,
  'too-many-subjects': 413,
  'not-json': 400,
  'wrong-media-type': 415,
  'no-table': 422,
  'missing-covariates': 422,
  'cannot-infer': 422,
  'no-inverse': 422,
  'cyclic-graph': 422,
  'undetermined-latent': 422,
  'time-limit': 422,
  'client-gone': 499,
  'missing-peer': 501,
  overloaded: 503,
  'memory-limit': 503,
  closing: 503,
};
/** Codes of an InputError that is caused by the model's folder, not by the request. */
const OF_THE_SERVER = new Set(['no-run', 'damaged-file', 'earlier-run', 'later-run', 'missing-file']);
const RETRY_SECONDS = 1;

export function jsonAnswer(body: string, status = 200): Answer {
  return { status, type: JSON_TYPE, body };
}

/** Returns the answer for an error. @param form form of the subjects in the request, which determines the path */
export function errorAnswer(error: unknown, form: 'rows' | 'columns' = 'rows'): Answer {
  const status = statusOf(error);
  const known = error instanceof InterlatentError;
  const { code, message } =
    known && (status < 500 || status === 501 || status === 503)
      ? error
      : { code: 'internal', message: 'The server could not answer. Its log contains the reason.' };
  const path = known ? pathOf(error, form) : undefined;
  const body = JSON.stringify({ error: { code, message, ...(path !== undefined && { path }) } });
  return { ...jsonAnswer(body, status), ...(status === 503 && { retryAfter: RETRY_SECONDS }) };
}

export function statusOf(error: unknown): number {
  if (!(error instanceof InterlatentError)) return 500;
  const status = STATUS[error.code];
  if (status !== undefined) return status;
  return error instanceof InputError && !OF_THE_SERVER.has(error.code) ? 400 : 500;
}

/** Returns the place in the request: `rows[2].blood.iron`, `columns.blood.iron[2]`, `draws`. */
function pathOf({ details }: InterlatentError, form: 'rows' | 'columns'): string | undefined {
  const { path, row, subject, modality, column, option, latent } = details;
  if (typeof path === 'string') return path;
  if (typeof option === 'string') return option;
  if (typeof latent === 'string') return `set.${latent}`;
  const ofSubject = typeof subject === 'string' ? /^rows\[(\d+)\]$/.exec(subject)?.[1] : undefined;
  const at = typeof row === 'number' ? row : ofSubject;
  const place = [modality, column].filter((name) => typeof name === 'string');
  if (at === undefined && place.length === 0) return undefined;
  if (form === 'columns') return ['columns', ...place].join('.') + (at === undefined ? '' : `[${at}]`);
  return [at === undefined ? 'rows' : `rows[${at}]`, ...place].join('.');
}

/** Returns the answer for a path that exists, but not for this method. @param methods HTTP methods of the path */
export function wrongMethod(path: string, method: string, methods: readonly string[]): Answer {
  const allow = methods.join(', ');
  const error = new InputError('wrong-method', `${path} does not answer ${method} requests, but ${allow}.`);
  return { ...errorAnswer(error), allow };
}

export function timeLimit(seconds: number): StateError {
  return new StateError(
    'time-limit',
    `The question took more than ${seconds} s, which is the limit. Ask for fewer draws or subjects.`,
  );
}

/** Returns the error of a server that is closing. */
export function closing(): StateError {
  return new StateError('closing', 'The server is closing. Ask another one, or try again in a moment.');
}

export function clientGone(): StateError {
  return new StateError('client-gone', 'The client has closed the connection, so its question was dropped.');
}
