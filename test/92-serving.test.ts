// Models as a service, through fastify's plugin and through the handler for plain http: what they answer, what they
// refuse and why, and what happens when too many ask, when a model changes, and when the server closes.

import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import swagger from '@fastify/swagger';
import * as prometheus from 'prom-client';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import type { Row } from '../src/data/row.js';
import { serving } from '../src/serving/fastify.js';
import { createHandler, ModelRegistry, Service, type ServingOptions } from '../src/serving/index.js';
import { scratch } from './scratch.js';
import { mixedRun, plainRun, rowsFor } from './served-runs.js';

const files = scratch();
let runs: { plain: string; other: string; mixed: string };
let models: { plain: MultimodalCausalModel; other: MultimodalCausalModel; mixed: MultimodalCausalModel };

beforeAll(async () => {
  runs = {
    plain: await plainRun(files, 'plain'),
    other: await plainRun(files, 'other', 4),
    mixed: await mixedRun(files, 'mixed'),
  };
  const [plain, other, mixed] = await Promise.all(Object.values(runs).map((run) => MultimodalCausalModel.load(run)));
  models = { plain, other, mixed };
}, 120_000);

afterAll(async () => {
  await Promise.all(Object.values(models).map((model) => model.dispose()));
});

interface Answered {
  readonly latents: readonly Record<string, Record<string, number>>[];
  readonly error: { readonly code: string; readonly message: string; readonly path?: string };
}

async function served(options: Partial<ServingOptions> = {}, prefix?: string): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true });
  await app.register(serving, { models: runs, ...options, ...(prefix !== undefined && { prefix }) });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

interface Asking {
  readonly method?: string;
  readonly type?: string;
  readonly body?: string;
}

async function ask(app: FastifyInstance, path: string, { type, ...request }: Asking = {}) {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  const response = await fetch(app.listeningOrigin + path, { ...request, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
}

async function post(app: FastifyInstance, path: string, payload: unknown) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const answer = await ask(app, path, { method: 'POST', type: 'application/json', body });
  return { ...answer, body: answer.json() as Answered };
}

/** Latents of a model as the service writes them. */
async function expected(model: MultimodalCausalModel, rows: readonly Row[], partial = false) {
  const latents = await model.encodeRows(rows, { partial });
  return rows.map((_, row) =>
    Object.fromEntries(
      Object.entries(latents).map(([name, values]) => {
        const width = values.length / rows.length;
        const own = Array.from({ length: width }, (_, z) => [`z${z + 1}`, values[row * width + z]]);
        return [name, Object.fromEntries(own) as Record<string, number>];
      }),
    ),
  );
}

/** As float32, of which JSON has the digits that matter. */
const rounded = (latents: readonly Record<string, Record<string, number>>[]) =>
  latents.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, own]) => [
        name,
        Object.fromEntries(Object.entries(own).map(([z, value]) => [z, Math.fround(value)])),
      ]),
    ),
  );

describe('encode', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await served();
  });
  afterAll(() => app.close());

  test('gives the latents of every row, by modality and name, as the model itself', async () => {
    const rows = rowsFor(models.plain, 3);
    const { status, body } = await post(app, '/models/plain/encode', { rows });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['latents']);
    expect(rounded(body.latents)).toEqual(await expected(models.plain, rows));
  });

  test('of columns gives columns', async () => {
    const rows = rowsFor(models.plain, 4);
    const columns = Object.fromEntries(
      Object.entries(rows[0]).map(([name, own]) => [
        name,
        Object.fromEntries(Object.keys(own).map((column) => [column, rows.map((row) => row[name][column])])),
      ]),
    );
    const { status, body } = await post(app, '/models/plain/encode', { columns });
    expect(status).toBe(200);
    const table = body.latents as unknown as Record<string, Record<string, number[]>>;
    const own = rows.map((_, row) =>
      Object.fromEntries(
        Object.entries(table).map(([name, latents]) => [
          name,
          Object.fromEntries(Object.entries(latents).map(([z, values]) => [z, values[row]])),
        ]),
      ),
    );
    expect(rounded(own)).toEqual(await expected(models.plain, rows));
  });

  test('takes levels, missing cells and, with partial, rows that lack columns or a modality', async () => {
    const rows: Row[] = [
      { clinic: { smoker: 'yes', stage: 'mid', iron: 1.5, dose: 2 }, sleep: { hours: 1, snore: -2 } },
      { clinic: { smoker: 'no', stage: null, iron: null, dose: 0.5 }, sleep: { hours: 0, snore: null } },
    ];
    const whole = await post(app, '/models/mixed/encode', { rows });
    expect(rounded(whole.body.latents)).toEqual(await expected(models.mixed, rows));
    const lacking: Row[] = [rows[0], { clinic: { smoker: 'no', iron: 3 } }, { sleep: { hours: 2 } }];
    const part = await post(app, '/models/mixed/encode', { rows: lacking, partial: true });
    expect(rounded(part.body.latents)).toEqual(await expected(models.mixed, lacking, true));
  });

  test('with posterior says how sure it is, and which latents are inferred', async () => {
    const rows: Row[] = [
      { clinic: { smoker: 'yes', stage: 'mid', iron: 1.5, dose: 2 }, sleep: { hours: 1, snore: -2 } },
      { clinic: { smoker: 'no', stage: 'low', iron: 3, dose: 1 } },
    ];
    const { body } = await post(app, '/models/mixed/encode', { rows, partial: true, posterior: true });
    const found = body as unknown as { sd: Answered['latents']; inferred: Record<string, boolean[]> };
    const subjects = models.mixed.readRows(rows, { partial: true });
    const posterior = await models.mixed.posterior(subjects, { partial: true });
    expect(found.inferred).toEqual({ clinic: [false, false], sleep: [false, true] });
    expect(rounded(found.sd).map(({ sleep }) => sleep['z1'])).toEqual(Array.from(posterior['sleep'].sd));
  });

  test('of requests at the same time gives each the bits that it gets alone, whatever its form', async () => {
    const asked = Array.from({ length: 40 }, (_, i) => {
      const rows = rowsFor(models.plain, 1 + ((i * 7) % 5), i);
      if (i % 4 === 1) return { rows: rows.map(({ m1 }) => ({ m1 })), partial: true };
      return i % 4 === 2 ? { rows, maxDeviations: 5 } : { rows };
    });
    const together = await Promise.all(asked.map((body) => post(app, '/models/plain/encode', body)));
    const alone = [];
    for (const { rows, partial } of asked) alone.push(await expected(models.plain, rows as Row[], partial));
    expect(together.map(({ body }) => rounded(body.latents))).toEqual(alone);
  });

  test('a wrong request among others fails alone', async () => {
    const rows = rowsFor(models.plain, 1);
    const wrong = { rows: [{ ...rows[0], m1: { ...rows[0]['m1'], x3: 'high' } }] };
    const answers = await Promise.all(
      [{ rows }, wrong, { rows }].map((body) => post(app, '/models/plain/encode', body)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200]);
  });
});

describe('a wrong request', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await served({ limits: { subjects: 3, body: 20_000, draws: 1000 } });
  });
  afterAll(() => app.close());

  const row = (): Row => rowsFor(models.plain, 1)[0];
  const changed = (value: unknown) => ({ rows: [row(), { ...row(), m1: { ...row()['m1'], x2: value } }] });
  const encode = '/models/plain/encode';

  test.each([
    ['no JSON', encode, () => '{"rows":[', 400, 'not-json', undefined],
    ['nothing', encode, () => '', 400, 'not-json', undefined],
    ['no subjects', encode, () => ({}), 400, 'invalid-request', 'rows'],
    ['an empty list', encode, () => ({ rows: [] }), 400, 'invalid-request', 'rows'],
    ['rows and columns', encode, () => ({ rows: [row()], columns: {} }), 400, 'invalid-request', 'rows'],
    ['another option', encode, () => ({ rows: [row()], partiel: true }), 400, 'invalid-request', ''],
    ['a wrong option', encode, () => ({ rows: [row()], partial: 'yes' }), 400, 'invalid-request', 'partial'],
    ['rows that are none', encode, () => ({ rows: 'a' }), 400, 'invalid-rows', 'rows'],
    ['columns that are none', encode, () => ({ columns: [] }), 400, 'invalid-columns', 'columns'],
    ['a row that is none', encode, () => ({ rows: [row(), 7] }), 400, 'invalid-rows', 'rows[1]'],
    ['a text', encode, () => changed('12,5'), 400, 'not-numeric', 'rows[1].m1.x2'],
    ['a value far from training', encode, () => changed(1e9), 400, 'far-from-training', 'rows[1].m1.x2'],
    [
      'a number beyond doubles',
      encode,
      () => JSON.stringify(changed(7)).replace('"x2":7', '"x2":1e999'),
      400,
      'not-finite',
      'rows[1].m1.x2',
    ],
    ['a missing column', encode, () => changed(undefined), 400, 'missing-column', 'rows[1].m1.x2'],
    [
      'an unknown column',
      encode,
      () => ({ rows: [{ ...row(), m1: { ...row()['m1'], y: 1 } }] }),
      400,
      'unknown-column',
      'rows[0].m1.y',
    ],
    ['an unknown modality', encode, () => ({ rows: [{ ...row(), m3: {} }] }), 400, 'modality-mismatch', 'rows[0].m3'],
    [
      'an unknown level',
      '/models/mixed/encode',
      () => ({ rows: [{ clinic: { smoker: 'maybe' } }], partial: true }),
      400,
      'unknown-level',
      'rows[0].clinic.smoker',
    ],
    [
      'columns of two lengths',
      encode,
      () => ({ columns: { m1: { x1: [1, 2], x2: [1] } } }),
      400,
      'invalid-columns',
      'columns.m1.x2',
    ],
    [
      'a text in a column',
      encode,
      () => ({ columns: { m1: { x1: [1, 'a'] } }, partial: true }),
      400,
      'not-numeric',
      'columns.m1.x1[1]',
    ],
    ['too many subjects', encode, () => ({ rows: Array(4).fill(row()) as Row[] }), 413, 'too-many-subjects', 'rows'],
    ['too large a body', encode, () => 'x'.repeat(20_001), 413, 'body-too-large', undefined],
    ['another model', '/models/plian/encode', () => ({ rows: [row()] }), 404, 'unknown-model', undefined],
    ['too many draws', '/models/plain/impute', () => ({ rows: [row()], draws: 2000 }), 400, 'invalid-option', 'draws'],
    [
      'an unknown latent',
      '/models/plain/intervene',
      () => ({ set: { 'm1.z9': 1 } }),
      400,
      'unknown-latent',
      'set.m1.z9',
    ],
    ['nothing set', '/models/plain/intervene', () => ({ set: {} }), 400, 'invalid-setting', undefined],
  ])('with %s is told what is wrong and where', async (_, url, body, status, code, path) => {
    const answer = await post(app, url, body());
    expect({ status: answer.status, ...answer.body.error }).toMatchObject({ status, code });
    expect(answer.body.error.path).toBe(path);
    expect(answer.body.error.message.length).toBeGreaterThan(20);
  });

  test('is named by what is similar', async () => {
    const { body } = await post(app, '/models/plian/encode', {});
    expect(body.error.message).toMatch(/no model 'plian'.*plain/);
  });

  test('of another type is refused', async () => {
    const answer = await ask(app, encode, { method: 'POST', type: 'text/csv', body: 'a,b' });
    expect([answer.status, (answer.json() as Answered).error.code]).toEqual([415, 'wrong-media-type']);
  });
});

describe('other questions', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await served({ admin: true });
  });
  afterAll(() => app.close());

  test('impute gives what was not observed, with intervals, as the model itself', async () => {
    const [row] = rowsFor(models.plain, 1);
    const rows: Row[] = [{ ...row, m1: { ...row['m1'], x1: null } }, { m2: row['m2'] }];
    const { status, body } = await post(app, '/models/plain/impute', { rows, draws: 50, seed: 1 });
    expect(status).toBe(200);
    const own = [];
    for await (const { row: at, column, value } of models.plain.impute(models.plain.readRows(rows, { partial: true }), {
      draws: 50,
      seed: 1,
    })) {
      own.push({ row: at, modality: column.modality, column: column.column, unit: column.unit, ...value });
    }
    expect(own.length).toBeGreaterThan(10);
    expect(body).toMatchObject({ cells: JSON.parse(JSON.stringify(own)) as object[] });
  });

  test('intervene says what follows, as the model itself', async () => {
    const asked = { set: { 'm1.z1': { sd: 1 } }, draws: 100 };
    const { status, body } = await post(app, '/models/plain/intervene', asked);
    expect(status).toBe(200);
    const own = await models.plain.intervene(asked.set, { draws: 100 });
    expect(body).toEqual(JSON.parse(JSON.stringify(own)));
  });

  test('several at once are answered one after the other', async () => {
    const asked = { set: { 'm1.z1': { sd: 1 } }, draws: 100 };
    const answers = await Promise.all(Array.from({ length: 4 }, () => post(app, '/models/plain/intervene', asked)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  test('models are listed and described', async () => {
    const list = (await ask(app, '/models')).json() as { models: { name: string; loaded: boolean }[] };
    expect(list.models).toEqual(['plain', 'other', 'mixed'].map((name) => ({ name, loaded: true })));
    const mixed = (await ask(app, '/models/mixed')).json() as {
      modalities: { columns: object[]; latents: string[] }[];
    };
    expect(mixed.modalities[0].columns).toMatchObject([
      { name: 'smoker', kind: 'binary', levels: ['no', 'yes'] },
      { name: 'stage', kind: 'ordinal', levels: ['low', 'mid', 'high'] },
      { name: 'iron', kind: 'gaussian' },
      { name: 'dose', log: true },
    ]);
    expect(mixed.modalities.map(({ latents }) => latents)).toEqual([['clinic.z1', 'clinic.z2'], ['sleep.z1']]);
  });

  test('health and readiness', async () => {
    const answer = await ask(app, '/healthz');
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ready' }]);
  });

  test('a reload by route answers from the folder as it is now', async () => {
    const before = (await ask(app, '/models/other')).json() as { loadedAt: string };
    await pause(2);
    const answer = await ask(app, '/models/other/reload', { method: 'POST' });
    expect(answer.status).toBe(200);
    expect(((await ask(app, '/models/other')).json() as { loadedAt: string }).loadedAt > before.loadedAt).toBe(true);
  });
});

test('without the options there are neither admin routes nor metrics', async () => {
  await using app = await served({ models: { plain: runs.plain } });
  expect((await ask(app, '/models/plain/reload', { method: 'POST' })).status).toBe(404);
  expect((await ask(app, '/metrics')).status).toBe(404);
});

describe('OpenAPI', () => {
  test('says what the routes take and give, under the prefix', async () => {
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
      '/v1/models/{name}/encode',
      '/v1/models/{name}/impute',
      '/v1/models/{name}/intervene',
      '/v1/models',
      '/v1/models/{name}',
      '/v1/healthz',
      '/v1/openapi.json',
    ]);
    const { schema } = document.paths['/v1/models/{name}/encode'].post!.requestBody.content['application/json'];
    expect(schema.properties).toMatchObject({
      rows: { type: 'array', items: { type: 'object' } },
      partial: { type: 'boolean' },
    });
  });

  test('of @fastify/swagger has the same schemas', async () => {
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

test('metrics count answers, batches and bytes, in the registry of whoever has one', async () => {
  const registry = new prometheus.Registry();
  await using app = await served({
    ...{ models: { plain: runs.plain }, metrics: { registry } },
    // Until both are there.
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
  const gone = { aborted: false };

  test('are refused at once, and told when to come again', async () => {
    await using app = await served({ models: { plain: runs.plain }, limits: { waiting: 3 }, batch: { wait: 300 } });
    const body = { rows: rowsFor(models.plain, 1) };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(app, '/models/plain/encode', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 503, 503]);
    const refused = answers.find(({ status }) => status === 503)!;
    expect([refused.body.error.code, refused.headers.get('retry-after')]).toEqual(['overloaded', '1']);
    expect((await post(app, '/models/plain/encode', body)).status).toBe(200);
  });

  test('of the slow questions have a queue of their own', async () => {
    const service = await Service.create({ models: { plain: runs.plain }, limits: { waitingQuestions: 1 } });
    const asked = JSON.stringify({ set: { 'm1.z1': 1 }, draws: 10 });
    const answers = await Promise.all([0, 1].map(() => service.answer('intervene', 'plain', asked, gone)));
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    await service.close();
  });

  test('whose callers have gone are dropped before they are computed', async () => {
    const service = await Service.create({ models: { plain: runs.plain } });
    const body = Buffer.from(JSON.stringify({ rows: rowsFor(models.plain, 1) }));
    const caller = new AbortController();
    const [dropped, kept] = [caller.signal, gone].map((one) => service.answer('encode', 'plain', body, one));
    caller.abort();
    expect([(await dropped).status, (await kept).status]).toEqual([499, 200]);
    const late = await service.answer('impute', 'plain', JSON.stringify({ rows: [{ m1: { x1: 1 } }] }), caller.signal);
    expect(late.status).toBe(499);
    await service.close();
  });

  test('wait for each other up to the deadline, or until a batch is full', async () => {
    const registry = new prometheus.Registry();
    const batch = { wait: 10_000, subjects: 4 };
    const service = await Service.create({ models: { plain: runs.plain }, metrics: { registry }, batch });
    const body = Buffer.from(JSON.stringify({ rows: rowsFor(models.plain, 1) }));
    const answers = await Promise.all(Array.from({ length: 4 }, () => service.answer('encode', 'plain', body, gone)));
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

  test('under load drops nothing: every answer is the old model’s or the new one’s', async () => {
    const service = await Service.create({ models: { model: loads(runs.plain) } });
    const rows = rowsFor(models.plain, 2);
    const body = Buffer.from(JSON.stringify({ rows, maxDeviations: 1000 }));
    const answers: string[] = [];
    let isDone = false;
    const clients = Array.from({ length: 8 }, async () => {
      while (!isDone) {
        const { status, body: text } = await service.answer('encode', 'model', body, { aborted: false });
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
    const found = [...new Set(answers)];
    expect(found.map((answer) => answer.slice(0, 3))).toEqual(['200', '200']);
    const firsts = found.map((answer) => Math.fround((JSON.parse(answer.slice(4)) as Answered).latents[0]['m1']['z1']));
    expect(firsts).toEqual(encoded.map(({ m1 }) => m1[0]));
    await expect(old.model.encodeRows(rows)).rejects.toMatchObject({ code: 'disposed' });
    await service.close();
  }, 30_000);

  test('of a damaged folder fails, and the old model stays', async () => {
    const folder = loads(runs.plain);
    const registry = new ModelRegistry({ models: { model: folder } });
    await registry.loadAll();
    writeFileSync(join(folder, 'run.json'), '{}');
    await expect(registry.reload('model')).rejects.toMatchObject({ code: 'damaged-file' });
    const rows = rowsFor(models.plain, 1);
    const own = await registry.use('model', ({ model }) => model.encodeRows(rows));
    expect(own).toEqual(await models.plain.encodeRows(rows));
    await registry.close();
  });

  test('happens by itself where the folder is watched', async () => {
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
  test('counts weights, and programs once they are made', async () => {
    const model = await MultimodalCausalModel.load(runs.plain);
    const weights = model.nativeBytes;
    await model.encodeRows(rowsFor(models.plain, 1));
    const encoding = model.nativeBytes;
    await model.intervene({ 'm1.z1': 0 }, { draws: 10 });
    expect([weights > 4000, encoding > weights, model.nativeBytes > encoding]).toEqual([true, true, true]);
    await model.dispose();
    expect(model.nativeBytes).toBe(weights);
  });

  test('beyond the limit lets the model go that was not asked for the longest, and loads it when it is', async () => {
    const told: string[] = [];
    const logger = {
      info: (_: object, text: string) => told.push(text),
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
    expect(told.join()).toContain('last used longest ago');
    await ask('b');
    expect(names()).toEqual(['b', 'c']);
    expect(registry.nativeBytes).toBeLessThanOrEqual(memoryLimit);
    await registry.close();
    expect(registry.nativeBytes).toBe(0);
  });

  test('refuses a model for which there is no room at all, with the numbers', async () => {
    await expect(Service.create({ models: { plain: runs.plain }, memoryLimit: 1000 })).rejects.toMatchObject({
      code: 'memory-limit',
      details: { model: 'plain', limit: 1000 },
    });
  });
});

describe('closing', () => {
  test('ends what was asked, refuses what comes, frees the models, more than once', async () => {
    const service = await Service.create({ models: { plain: runs.plain } });
    const [{ model }] = service.registry.loaded;
    const body = Buffer.from(JSON.stringify({ rows: rowsFor(models.plain, 1) }));
    const ask = () => service.answer('encode', 'plain', body, { aborted: false });
    const [asked, closed] = [ask(), service.close()];
    expect((await ask()).status).toBe(503);
    expect(service.health().status).toBe(503);
    expect((await asked).status).toBe(200);
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

describe('the handler of plain http', () => {
  let server: Server;
  let url: string;
  let handler: Awaited<ReturnType<typeof createHandler>>;

  beforeAll(async () => {
    handler = await createHandler({ models: { plain: runs.plain }, prefix: '/v1', limits: { body: 50_000 } });
    server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await handler.close();
  });

  const ask = (path: string, body: string, type = 'application/json') =>
    fetch(url + path, { method: 'POST', headers: { 'content-type': type }, body });

  test('answers as the plugin does', async () => {
    const rows = rowsFor(models.plain, 30);
    const response = await ask('/v1/models/plain/encode', JSON.stringify({ rows }));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(rounded(((await response.json()) as Answered).latents)).toEqual(await expected(models.plain, rows));
    expect(await (await fetch(`${url}/v1/healthz`)).json()).toEqual({ status: 'ready' });
    expect((await fetch(`${url}/v1/openapi.json`)).status).toBe(200);
  });

  test.each([
    ['an unknown path', () => fetch(`${url}/models`), 404, 'unknown-route'],
    ['a path above the prefix', () => fetch(`${url}/v1`), 404, 'unknown-route'],
    ['an unknown model', () => ask('/v1/models/%70lian/encode', '{}'), 404, 'unknown-model'],
    ['a wrong method', () => fetch(`${url}/v1/models/plain/encode`), 405, 'wrong-method'],
    ['another type', () => ask('/v1/models/plain/encode', 'a', 'text/plain'), 415, 'wrong-media-type'],
    ['too large a body', () => ask('/v1/models/plain/encode', 'x'.repeat(50_001)), 413, 'body-too-large'],
  ])('refuses %s', async (_, call, status, code) => {
    const response = await call();
    expect([response.status, ((await response.json()) as Answered).error.code]).toEqual([status, code]);
  });

  test('reads no more than the limit of a body whose length was not told', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      const request = httpRequest(`${url}/v1/models/plain/encode`, { method: 'POST', headers }, (response) => {
        response.resume();
        request.destroy();
        resolve([response.statusCode, response.headers.connection]);
      });
      request.on('error', reject);
      request.write('x'.repeat(50_001));
    });
    expect(status).toEqual([413, 'close']);
  });

  test('goes on when a client hangs up', async () => {
    const body = JSON.stringify({ rows: rowsFor(models.plain, 3) });
    for (let i = 0; i < 20; i++) {
      const gone = new AbortController();
      const asked = fetch(`${url}/v1/models/plain/encode`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: gone.signal,
      });
      gone.abort();
      await expect(asked).rejects.toThrow();
    }
    expect((await ask('/v1/models/plain/encode', body)).status).toBe(200);
  });
});
