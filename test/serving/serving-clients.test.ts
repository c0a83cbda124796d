// A server with clients that send many or malformed requests, or disconnect early.

import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import * as prometheus from 'prom-client';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { FairQueue } from '../../src/serving/fair-queue.js';
import { createHandler, Service, type Handler } from '../../src/serving/index.js';
import { scratch } from '../fixtures/scratch.js';
import { callerFor, served, type Answered } from './served-answers.js';
import { plainRun, rowsFor } from '../fixtures/served-runs.js';

const files = scratch();
let runs: { plain: string; other: string };
let model: MultimodalCausalModel;

beforeAll(async () => {
  runs = { plain: await plainRun(files, 'plain'), other: await plainRun(files, 'other', 4) };
  model = await MultimodalCausalModel.load(runs.plain);
}, 120_000);

afterAll(() => model.dispose());

const SET = { set: { 'm1.z1': 1 }, untested: true, assumeOrder: true };

describe('the handler and the plugin', () => {
  let handler: Handler;
  let server: Server;
  let app: FastifyInstance;
  let urls: readonly string[];
  beforeAll(async () => {
    const options = { models: { plain: runs.plain }, limits: { body: 50_000 } };
    handler = await createHandler({ ...options, prefix: '/v1' });
    server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    app = await served(options, '/v1');
    urls = [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, app.listeningOrigin];
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all([handler.close(), app.close()]);
  });

  interface Sent {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  }
  const ENCODE = '/v1/models/plain/encode';
  const JSON_TYPE = { 'content-type': 'application/json' };

  /** Sends a request with `node:http`, which does not change headers. */
  const send = (url: string, { method = 'POST', path = ENCODE, headers = JSON_TYPE, body = '{}' }: Sent) =>
    new Promise<object>((resolve, reject) => {
      const request = httpRequest(url + path, { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => {
          const { error } = JSON.parse(text === '' ? '{}' : text) as Partial<Answered>;
          const { allow } = response.headers;
          resolve({ status: response.statusCode, code: error?.code, ...(allow !== undefined && { allow }) });
        });
      });
      request.on('error', reject);
      request.end(method === 'GET' || method === 'HEAD' ? undefined : body);
    });

  test.each<[string, Sent, object]>([
    [
      'a compressed body',
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
      { status: 415, code: 'wrong-media-type' },
    ],
    [
      'an identity encoding',
      { headers: { ...JSON_TYPE, 'content-encoding': 'identity' } },
      { status: 400, code: 'invalid-request' },
    ],
    [
      'a charset',
      { headers: { 'content-type': 'application/json; charset=utf-8' } },
      { status: 400, code: 'invalid-request' },
    ],
    [
      'a media type in capitals',
      { headers: { 'content-type': 'Application/JSON' } },
      { status: 400, code: 'invalid-request' },
    ],
    [
      'a media type that ends in +json',
      { headers: { 'content-type': 'application/vnd.api+json' } },
      { status: 415, code: 'wrong-media-type' },
    ],
    [
      'a media type that begins with application/json',
      { headers: { 'content-type': 'application/json-patch+json' } },
      { status: 415, code: 'wrong-media-type' },
    ],
    ['no media type', { headers: {} }, { status: 415, code: 'wrong-media-type' }],
    ['no body', { body: '' }, { status: 400, code: 'not-json' }],
    ['a body beyond the limit', { body: 'x'.repeat(50_001) }, { status: 413, code: 'body-too-large' }],
    ['GET of a question', { method: 'GET' }, { status: 405, code: 'wrong-method', allow: 'POST' }],
    ['HEAD of a question', { method: 'HEAD' }, { status: 405, code: undefined, allow: 'POST' }],
    [
      'PUT of another type',
      { method: 'PUT', headers: { 'content-type': 'text/plain' } },
      { status: 405, code: 'wrong-method', allow: 'POST' },
    ],
    ['POST to a GET route', { path: '/v1/models' }, { status: 405, code: 'wrong-method', allow: 'GET, HEAD' }],
    ['an unknown path', { method: 'GET', path: '/v1/nothing' }, { status: 404, code: 'unknown-route' }],
    ['another model', { path: '/v1/models/other/encode' }, { status: 404, code: 'unknown-model' }],
    ['an encoded name', { path: '/v1/models/%70lain/encode' }, { status: 400, code: 'invalid-request' }],
  ])('give the same answer to %s', async (_, sent, answer) => {
    expect(await Promise.all(urls.map((url) => send(url, sent)))).toEqual([answer, answer]);
  });

  test.each<[string, Sent, number]>([
    ['a name beyond 100 characters', { path: `/v1/models/${'x'.repeat(101)}/encode` }, 414],
    ['a malformed address', { path: '/v1/models/%zz/encode' }, 400],
  ])('have the same status for %s, although fastify answers it', async (_, sent, status) => {
    const answers = await Promise.all(urls.map((url) => send(url, sent)));
    expect(answers).toMatchObject([{ status }, { status }]);
  });

  test('name the model and its digest in every answer', async () => {
    const rows = rowsFor(model, 1);
    const questions = [
      ['encode', { rows }],
      ['encode', { columns: { m1: { x1: [1] } }, partial: true }],
      ['impute', { rows: [{ m1: { ...rows[0]['m1'], x1: null } }], draws: 10 }],
      ['intervene', { ...SET, draws: 10 }],
    ] as const;
    const identity = `plain; sha256=${model.digest!}`;
    expect(model.digest).toMatch(/^[0-9a-f]{64}$/);
    for (const url of urls) {
      for (const [question, body] of questions) {
        const path = `${url}/v1/models/plain/${question}`;
        const answer = await fetch(path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
        expect([question, answer.status, answer.headers.get('interlatent-model')]).toEqual([question, 200, identity]);
      }
      for (const path of ['/v1/models/plain', '/v1/models/plain/conclusions']) {
        expect((await fetch(url + path)).headers.get('interlatent-model')).toBe(identity);
      }
      const { models } = (await (await fetch(`${url}/v1/models`)).json()) as { models: object[] };
      expect(models).toEqual([{ name: 'plain', loaded: true, digest: model.digest }]);
    }
  });
});

test('two fits to the same data have different digests', async () => {
  const again = await MultimodalCausalModel.load(runs.other);
  expect(again.digest).not.toBe(model.digest);
  await again.dispose();
});

test('all unknown model names share one series of the metrics', async () => {
  const registry = new prometheus.Registry();
  const limits = { waiting: 1 };
  const service = await Service.create({ models: { plain: runs.plain }, metrics: { registry }, limits });
  const ask = (name: string) =>
    Promise.all(
      (['encode', 'impute', 'intervene'] as const).map((question) => service.answer(question, name, '{}', callerFor())),
    );
  // The server refuses these requests as unknown, then because it is overloaded, then because it closes.
  await Promise.all(Array.from({ length: 50 }, (_, i) => ask(`made-up-${i}`)));
  service.drain();
  await Promise.all(Array.from({ length: 50 }, (_, i) => ask(`made-up-${i}`)));
  const text = await registry.metrics();
  expect(text).toContain('model="unknown"');
  expect(text).not.toContain('made-up');
  await service.close();
});

describe('a question', () => {
  const MANY = { ...SET, draws: 200_000 };

  test('is dropped if its client disconnects, and other questions are answered', async () => {
    const service = await Service.create({ models: { plain: runs.plain } });
    const leaving = new AbortController();
    const running = service.answer('intervene', 'plain', JSON.stringify(MANY), callerFor('a', leaving.signal));
    const waiting = service.answer('intervene', 'plain', JSON.stringify(MANY), callerFor('a', leaving.signal));
    await pause(100);
    leaving.abort(new Error('gone'));
    // Status 499 shows that neither question was computed to its end.
    expect([(await running).status, (await waiting).status]).toEqual([499, 499]);
    const small = JSON.stringify({ ...SET, draws: 100 });
    expect((await service.answer('intervene', 'plain', small, callerFor('a'))).status).toBe(200);
    await service.close();
  }, 60_000);

  test('is ended after the time limit, with a message that names a remedy', async () => {
    const service = await Service.create({ models: { plain: runs.plain }, limits: { seconds: 1 } });
    const ask = (body: object, client: string) =>
      service.answer('intervene', 'plain', JSON.stringify(body), callerFor(client));
    const draws = { ...SET, draws: 200_000 };
    const answers = await Promise.all([ask(draws, 'a'), ask(draws, 'a'), ask(draws, 'a')]);
    const { body, status } = answers.at(-1)!;
    expect([status, (JSON.parse(body) as Answered).error.code]).toEqual([422, 'time-limit']);
    expect(body).toMatch(/more than 1 s.*fewer draws/);
    await service.close();
  }, 60_000);

  test('can be ended by a signal, like every method of the model', async () => {
    const dataset = model.readRows(rowsFor(model, 40));
    const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
      encode: (signal) => model.encode(dataset, { signal }),
      posterior: (signal) => model.posterior(dataset, { signal }),
      encodeRows: (signal) => model.encodeRows(rowsFor(model, 2), { signal }),
      intervene: (signal) => model.intervene({ 'm1.z1': 1 }, { ...MANY_OPTIONS, signal }),
      generate: (signal) => model.generate(200_000, { signal }),
      report: (signal) => model.report({ signal }),
      impute: (signal) => model.impute(dataset, { draws: 100_000, signal }).next(),
      predict: (signal) => model.predict(dataset, { from: ['m1'], to: ['m2'], draws: 100_000, signal }).next(),
      counterfactual: (signal) => model.counterfactual(dataset, { 'm1.z1': 1 }, { ...MANY_OPTIONS, signal }).next(),
    };
    const reason = new Error('no longer wanted');
    for (const [name, call] of Object.entries(calls)) {
      const end = await call(AbortSignal.abort(reason)).catch((error: unknown) => error);
      expect({ name, end }).toEqual({
        name,
        end: reason,
      });
    }
    for (const name of ['intervene', 'generate', 'predict', 'counterfactual']) {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort(reason);
      }, 60);
      expect({ name, end: await calls[name](controller.signal).catch((error: unknown) => error) }).toEqual({
        name,
        end: reason,
      });
    }
  }, 60_000);
});

const MANY_OPTIONS = { draws: 200_000, untested: true, assumeOrder: true, unreplicated: true, undetermined: true };

describe('the queue', () => {
  /** Returns a queue, and functions that add a task and end it. */
  function testQueue(limits: { waiting: number; cost: number }) {
    const queue = new FairQueue(limits, 'questions');
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const take = (client: string, name: string, cost = 1, signal = new AbortController().signal) =>
      queue
        .take(
          client,
          cost,
          () =>
            new Promise<string>((resolve) => {
              begun.push(name);
              ends.set(name, () => {
                resolve(name);
              });
            }),
          signal,
        )
        .catch((error: unknown) => `${name} ${(error as { code?: string }).code}`);
    const end = async (name: string) => {
      ends.get(name)!();
      await pause(0);
    };
    return { queue, begun, take, end };
  }

  test('begins one question of each client, and the next one when it ends', async () => {
    const { begun, take, end } = testQueue({ waiting: 10, cost: 100 });
    void ['a1', 'a2', 'a3', 'b1', 'c1'].map((name) => take(name[0], name));
    await pause(0);
    expect(begun).toEqual(['a1', 'b1', 'c1']);
    await end('b1');
    expect(begun).toEqual(['a1', 'b1', 'c1']);
    await end('a1');
    await end('a2');
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  test('serves clients in turns if there are more than can be served at the same time', async () => {
    const { begun, take, end } = testQueue({ waiting: 20, cost: 100 });
    void ['a1', 'b1', 'c1', 'd1', 'a2', 'e1', 'b2', 'e2'].map((name) => take(name[0], name));
    await pause(0);
    expect(begun).toEqual(['a1', 'b1', 'c1', 'd1']);
    for (const name of ['c1', 'a1', 'e1', 'd1']) await end(name);
    expect(begun).toEqual(['a1', 'b1', 'c1', 'd1', 'e1', 'a2', 'e2']);
  });

  test('delays only the next question of a client that aborted a running one', async () => {
    const { begun, take, end } = testQueue({ waiting: 10, cost: 100 });
    const controller = new AbortController();
    const first = take('a', 'a1', 1, controller.signal);
    await pause(0);
    controller.abort();
    await end('a1');
    await first;
    const next = take('a', 'a2');
    void take('b', 'b1');
    await pause(0);
    expect(begun).toEqual(['a1', 'b1']);
    while (begun.length < 3) await pause(10);
    expect(begun).toEqual(['a1', 'b1', 'a2']);
    await end('a2');
    await expect(next).resolves.toBe('a2');
  });

  test('delays expensive questions until there is room, and begins cheap ones before them', async () => {
    const { begun, take, end } = testQueue({ waiting: 10, cost: 100 });
    void take('a', 'a', 100);
    void take('b', 'b', 80);
    void take('c', 'c', 10);
    await pause(0);
    expect(begun).toEqual(['a', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'c', 'b']);
  });

  test('refuses questions of the client that has most of them if too many wait', async () => {
    const { queue, begun, take, end } = testQueue({ waiting: 3, cost: 100 });
    const greedy = ['a0', 'a1', 'a2', 'a3', 'a4'].map((name) => take('a', name));
    const modest = ['b0', 'b1'].map((name) => take('b', name));
    expect(await Promise.all([greedy[4], greedy[3]])).toEqual(['a4 overloaded', 'a3 overloaded']);
    expect(queue.length).toBe(5);
    for (const name of ['a0', 'b0', 'a1', 'b1', 'a2']) await end(name);
    expect(await Promise.all([...greedy, ...modest])).toEqual([
      ...['a0', 'a1', 'a2', 'a3 overloaded', 'a4 overloaded'],
      ...['b0', 'b1'],
    ]);
    expect(begun).toHaveLength(5);
    expect(queue.length).toBe(0);
  });

  test('removes the questions of a client that disconnects', async () => {
    const { queue, begun, take, end } = testQueue({ waiting: 10, cost: 100 });
    const leaving = new AbortController();
    void take('a', 'a0');
    const gone = take('a', 'a1', 1, leaving.signal);
    void take('a', 'a2');
    leaving.abort(Object.assign(new Error('left'), { code: 'left' }));
    expect(await gone).toBe('a1 left');
    await end('a0');
    await end('a2');
    expect(begun).toEqual(['a0', 'a2']);
    expect(queue.length).toBe(0);
  });
});
