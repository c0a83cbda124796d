// Errors that are sent between threads: every class arrives unchanged, with code, message, details and cause.

import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import * as errors from '../../src/errors/errors.js';
import { deserializeError, serializeError, type SerializedError } from '../../src/errors/serialized-error.js';

const CLASSES = Object.entries(errors);

/** Sends an error through a port, as between two threads. */
async function sent(error: errors.InterlatentError): Promise<errors.InterlatentError> {
  const { port1, port2 } = new MessageChannel();
  try {
    const arrived = once(port2, 'message');
    port1.postMessage(serializeError(error));
    const [message] = (await arrived) as [SerializedError];
    return deserializeError(message);
  } finally {
    port1.close();
  }
}

describe('every class of src/errors/errors.ts', () => {
  test('is covered here', () => {
    expect(CLASSES.length).toBe(7);
    expect(CLASSES.map(([name]) => name)).toContain('NumericError');
  });

  test.each(CLASSES)('%s', async (name, Class) => {
    const cause = new errors.FileError('unreadable', 'the file under it', { path: 'x' }, new TypeError('the last'));
    const error = new Class('missing-column', 'What to do.', { column: 'a', rows: [1, 2] }, cause);
    const arrived = await sent(error);
    expect(arrived).toBeInstanceOf(Class);
    expect(arrived.constructor).toBe(Class);
    const { code, message, details, stack } = arrived;
    expect({ name: arrived.name, code, message, stack }).toEqual({ name, code, message, stack: error.stack });
    expect(JSON.stringify(details)).toBe('{"column":"a","rows":[1,2]}');
    const reason = arrived.cause as errors.FileError;
    expect(reason).toBeInstanceOf(errors.FileError);
    expect(reason).toMatchObject({ code: 'unreadable', message: 'the file under it' });
    expect(reason.cause).toMatchObject({ name: 'TypeError', message: 'the last' });
  });
});

test('an error without a cause has none', async () => {
  expect('cause' in (await sent(new errors.InputError('no-run', 'b')))).toBe(false);
});

test('a value that cannot be cloned arrives as text', async () => {
  const { details, cause } = await sent(
    new errors.InternalError('device', 'b', { how: Symbol('of a detail'), many: 3 }, Symbol('of a cause')),
  );
  expect(details).toMatchObject({ how: 'Symbol(of a detail)', many: 3 });
  expect(cause).toBe('Symbol(of a cause)');
});

test('errors of foreign classes are not serialized', () => {
  expect(serializeError(new TypeError('x'))).toBeUndefined();
  expect(serializeError('x')).toBeUndefined();
});
