// A service in operation: its OpenAPI document and metrics, and its behaviour under overload, when a model changes,
// when memory is limited, and when it closes.

import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fastify from 'fastify';
import swagger from '@fastify/swagger';
import * as prometheus from 'prom-client';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { serving } from '../../src/serving/fastify.js';
import { ModelRegistry, Service } from '../../src/serving/index.js';
import { SERVED } from '../../src/serving/questions.js';
import { scratch } from '../fixtures/scratch.js';
import { ask, callerFor, post, served, type Answered } from './served-answers.js';
import { plainRun, rowsFor } from '../fixtures/served-runs.js';

const files = scratch();
let runs: { plain: string; other: string };
let models: { plain: MultimodalCausalModel; other: MultimodalCausalModel };

beforeAll(async () => {
  runs = { plain: await plainRun(files, 'plain'), other: await plainRun(files, 'other', 4) };
  const [plain, other] = await Promise.all(Object.values(runs).map((run) => MultimodalCausalModel.load(run)));
  models = { plain, other };
}, 120_000);

afterAll(async () => {
  await Promise.all(Object.values(models).map((model) => model.dispose()));
});

test('without the options there are neither admin routes nor metrics', async () => {
  await using app = await served({ models: { plain: runs.plain } });
  expect((await ask(app, '/models/plain/reload', { method: 'POST' })).status).toBe(404);
  expect((await ask(app, '/metrics')).status).toBe(404);
});

describe('OpenAPI', () => {
  test('describes requests and answers of the routes, with the prefix', async () => {
    await using app = await served({ models: { plain: runs.plain } }, '/v1');
    const document = (await ask(app, '/v1/openapi.json')).json() as {
      openapi: string;
      paths: Record<
        string,
        { post?: { requestBody: { content: Record<string, { schema: { properties: object } }> } } }
      >;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual([
      ...Object.keys(SERVED).map((question) => `/v1/models/{name}/${question}`),
      '/v1/models',
      '/v1/models/{name}',
      '/v1/models/{name}/conclusions',
      '/v1/healthz',
      '/v1/openapi.json',
    ]);
    const { schema } = document.paths['/v1/models/{name}/encode'].post!.requestBody.content['application/json'];
    expect(schema.properties).toMatchObject({
      rows: { type: 'array', items: { type: 'object' } },
      partial: { type: 'boolean' },
    });
  });

  test('has the same schemas in the document of @fastify/swagger', async () => {
    await using app = fastify({ forceCloseConnections: true });
    await app.register(swagger, { openapi: { openapi: '3.1.0' } });
    await app.register(serving, { models: { plain: runs.plain } });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const document = JSON.parse(JSON.stringify(app.swagger())) as {
      paths: Record<string, Record<string, { requestBody?: object }>>;
    };
    expect(document.paths['/models/{name}/encode']['post'].requestBody).toMatchObject({
      content: {
        'application/json': { schema: { properties: { rows: { type: 'array' }, posterior: { type: 'boolean' } } } },
      },
    });
    const { status } = await post(app, '/models/plain/encode', { rows: rowsFor(models.plain, 1) });
    expect(status).toBe(200);
  });
});

test('metrics count answers, batches and bytes, in the registry of the program', async () => {
  const registry = new prometheus.Registry();
  await using app = await served({
    ...{ models: { plain: runs.plain }, metrics: { registry } },
    // The batch waits for both requests.
    batch: { wait: 10_000, subjects: 4 },
  });
  const rows = rowsFor(models.plain, 2);
  await Promise.all([{ rows }, { rows }, {}].map((body) => post(app, '/models/plain/encode', body)));
  await post(app, '/models/other/encode', { rows });
  const answer = await ask(app, '/metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(answer.text.split('\n')).toEqual(
    expect.arrayContaining([
      'interlatent_requests_total{question="encode",model="plain",status="200"} 2',
      'interlatent_requests_total{question="encode",model="plain",status="400"} 1',
      'interlatent_requests_total{question="encode",model="unknown",status="404"} 1',
      'interlatent_batch_subjects_sum{model="plain"} 4',
      'interlatent_batch_subjects_count{model="plain"} 1',
      'interlatent_requests_waiting{question="encode"} 0',
      'interlatent_model_loads_total{model="plain",outcome="loaded"} 1',
    ]),
  );
  expect(await registry.metrics()).toMatch(/interlatent_native_bytes\{model="plain"\} \d{4,}/);
});

describe('too many requests', () => {
  test('are refused immediately, with the time of the next try', async () => {
    await using app = await served({ models: { plain: runs.plain }, limits: { waiting: 3 }, batch: { wait: 300 } });
    const body = { rows: rowsFor(models.plain, 1) };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(app, '/models/plain/encode', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 503, 503]);
    const refused = answers.find(({ status }) => status === 503)!;
    expect([refused.body.error.code, refused.headers.get('retry-after')]).toEqual(['overloaded', '1']);
    expect((await post(app, '/models/plain/encode', body)).status).toBe(200);
  });

  test('of slow questions have a separate queue', async () => {
    const service = await Service.create({ models: { plain: runs.plain }, limits: { waitingQuestions: 1 } });
    const body = JSON.stringify({ set: { 'm1.z1': 1 }, draws: 10, untested: true, assumeOrder: true });
    const answers = await Promise.all([0, 1, 2].map(() => service.answer('intervene', 'plain', body, callerFor())));
    // The first question runs, the second one waits.
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503]);
    await service.close();
  });

  test('of disconnected clients are dropped before they are computed', async () => {
    const service = await Service.create({ models: { plain: runs.plain } });
    const body = Buffer.from(JSON.stringify({ rows: rowsFor(models.plain, 1) }));
    const caller = new AbortController();
    const both = [callerFor('a', caller.signal), callerFor()];
    const [dropped, answered] = both.map((one) => service.answer('encode', 'plain', body, one));
    caller.abort();
    expect([(await dropped).status, (await answered).status]).toEqual([499, 200]);
    const question = JSON.stringify({ rows: [{ m1: { x1: 1 } }] });
    const late = await service.answer('impute', 'plain', question, callerFor('a', caller.signal));
    expect(late.status).toBe(499);
    await service.close();
  });

  test('wait for each other up to the deadline, or until a batch is full', async () => {
    const registry = new prometheus.Registry();
    const batch = { wait: 10_000, subjects: 4 };
    const service = await Service.create({ models: { plain: runs.plain }, metrics: { registry }, batch });
    const body = Buffer.from(JSON.stringify({ rows: rowsFor(models.plain, 1) }));
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => service.answer('encode', 'plain', body, callerFor())),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await registry.metrics()).toContain('interlatent_batch_subjects_count{model="plain"} 1');
    await service.close();
  });
});

describe('a reload', () => {
  const loads = (folder: string): string => {
    rmSync(join(files.folder, 'changing'), { recursive: true, force: true });
    cpSync(folder, join(files.folder, 'changing'), { recursive: true });
    return join(files.folder, 'changing');
  };

  test('under load drops no request: every answer is that of the old or the new model', async () => {
    const service = await Service.create({ models: { model: loads(runs.plain) } });
    const rows = rowsFor(models.plain, 2);
    const body = Buffer.from(JSON.stringify({ rows, maxDeviations: 1000 }));
    const answers: string[] = [];
    let isDone = false;
    const clients = Array.from({ length: 8 }, async () => {
      while (!isDone) {
        const { status, body: text } = await service.answer('encode', 'model', body, callerFor());
        answers.push(`${status} ${text}`);
        await new Promise(setImmediate);
      }
    });
    const old = service.registry.loaded[0];
    for (const folder of [runs.other, runs.plain, runs.other]) {
      loads(folder);
      await service.registry.reload('model');
    }
    isDone = true;
    await Promise.all(clients);
    const encoded = await Promise.all(
      [models.plain, models.other].map(async (model) => model.encodeRows(rows, { maxDeviations: 1000 })),
    );
    const distinct = [...new Set(answers)];
    expect(distinct.map((answer) => answer.slice(0, 3))).toEqual(['200', '200']);
    const firsts = distinct.map((answer) =>
      Math.fround((JSON.parse(answer.slice(4)) as Answered).latents[0]['m1']['z1']),
    );
    expect(firsts).toEqual(encoded.map(({ m1 }) => m1[0]));
    await expect(old.model.encodeRows(rows)).rejects.toMatchObject({ code: 'disposed' });
    await service.close();
  }, 30_000);

  test('of a damaged folder fails, and the old model remains', async () => {
    const folder = loads(runs.plain);
    const registry = new ModelRegistry({ models: { model: folder } });
    await registry.loadAll();
    writeFileSync(join(folder, 'run.json'), '{}');
    await expect(registry.reload('model')).rejects.toMatchObject({ code: 'damaged-file' });
    const rows = rowsFor(models.plain, 1);
    const latents = await registry.use('model', ({ model }) => model.encodeRows(rows));
    expect(latents).toEqual(await models.plain.encodeRows(rows));
    await registry.close();
  });

  test('happens automatically if the folder is watched', async () => {
    const folder = loads(runs.plain);
    const registry = new ModelRegistry({ models: { model: folder }, watch: 0.02 });
    await registry.loadAll();
    const [before] = registry.loaded;
    await pause(100);
    expect(registry.loaded[0]).toBe(before);
    loads(runs.other);
    while (registry.loaded[0] === before) await pause(10);
    expect(registry.loaded[0].model.summary.fingerprint).toBe(models.other.summary.fingerprint);
    await registry.close();
  });
});

describe('memory', () => {
  test('includes weights, and programs after they are compiled', async () => {
    const model = await MultimodalCausalModel.load(runs.plain);
    const weights = model.nativeBytes;
    await model.encodeRows(rowsFor(models.plain, 1));
    const encoding = model.nativeBytes;
    await model.intervene({ 'm1.z1': 0 }, { draws: 10, untested: true, assumeOrder: true });
    expect([weights > 4000, encoding > weights, model.nativeBytes > encoding]).toEqual([true, true, true]);
    await model.dispose();
    expect(model.nativeBytes).toBe(weights);
  });

  test('beyond the limit unloads the least recently used model, and loads it again on its next use', async () => {
    const events: string[] = [];
    const logger = {
      info: (_: object, text: string) => events.push(text),
      warn: () => undefined,
      error: () => undefined,
    };
    const one = new ModelRegistry({ models: { plain: runs.plain } });
    await one.loadAll();
    const memoryLimit = Math.round(2.5 * one.nativeBytes);
    await one.close();
    const sources = { a: runs.plain, b: runs.other, c: runs.plain };
    const registry = new ModelRegistry({ models: sources, memoryLimit, logger });
    const names = () => registry.loaded.map(({ name }) => name);
    const ask = (name: string) => registry.use(name, ({ model }) => model.encodeRows(rowsFor(models.plain, 1)));
    await ask('a');
    await ask('b');
    await ask('a');
    await ask('c');
    expect(names()).toEqual(['a', 'c']);
    expect(events.join()).toContain('model unloaded for lack of memory: least recently used');
    await ask('b');
    expect(names()).toEqual(['b', 'c']);
    expect(registry.nativeBytes).toBeLessThanOrEqual(memoryLimit);
    await registry.close();
    expect(registry.nativeBytes).toBe(0);
  });

  test('too small for a model refuses it, with the numbers', async () => {
    await expect(Service.create({ models: { plain: runs.plain }, memoryLimit: 1000 })).rejects.toMatchObject({
      code: 'memory-limit',
      details: { model: 'plain', limit: 1000 },
    });
  });
});

describe('closing', () => {
  test('finishes running requests, refuses new ones and disposes of the models, also if repeated', async () => {
    const service = await Service.create({ models: { plain: runs.plain } });
    const [{ model }] = service.registry.loaded;
    const body = Buffer.from(JSON.stringify({ rows: rowsFor(models.plain, 1) }));
    const ask = () => service.answer('encode', 'plain', body, callerFor());
    const [running, closed] = [ask(), service.close()];
    expect((await ask()).status).toBe(503);
    expect(service.health().status).toBe(503);
    expect((await running).status).toBe(200);
    await Promise.all([closed, service.close()]);
    await expect(model.encodeRows(rowsFor(models.plain, 1))).rejects.toMatchObject({ code: 'disposed' });
  });

  test.each([
    [{ models: { 'a/b': 'x' } }, 'invalid-option'],
    [{ models: { a: '/nowhere' } }, 'no-run'],
    [{ models: {}, memoryLimit: -1 }, 'invalid-option'],
    [{ models: {}, watch: 0 }, 'invalid-option'],
    [{ models: {}, limits: { subjects: 0 } }, 'invalid-option'],
  ])('%j is refused when the server starts', async (options, code) => {
    await expect(Service.create(options)).rejects.toMatchObject({ code });
  });
});
