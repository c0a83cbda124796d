// The service of models, through the plugin for fastify and through the handler for plain http: answers and refusals.

import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { describeConclusions, type Conclusions } from '../../src/conclusions/index.js';
import type { Row } from '../../src/data/row.js';
import { createHandler } from '../../src/serving/index.js';
import { QUESTIONS, type Question, type QuestionName } from '../../src/questions/index.js';
import { ANSWERS } from '../../src/serving/answer-schemas.js';
import { conclusionsSchema } from '../../src/serving/conclusions-schema.js';
import { exampleOptions } from '../fixtures/example-options.js';
import { scratch } from '../fixtures/scratch.js';
import { ask, expected, post, rounded, served, type Answered } from './served-answers.js';
import { mixedRun, plainRun, rowsFor } from '../fixtures/served-runs.js';

const files = scratch();
let runs: { plain: string; mixed: string };
let models: { plain: MultimodalCausalModel; mixed: MultimodalCausalModel };

beforeAll(async () => {
  runs = { plain: await plainRun(files, 'plain'), mixed: await mixedRun(files, 'mixed') };
  const [plain, mixed] = await Promise.all(Object.values(runs).map((run) => MultimodalCausalModel.load(run)));
  models = { plain, mixed };
}, 120_000);

afterAll(async () => {
  await Promise.all(Object.values(models).map((model) => model.dispose()));
});

describe('encode', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await served({ models: runs });
  });
  afterAll(() => app.close());

  test('returns the latents of the model for every row, by modality and name', async () => {
    const rows = rowsFor(models.plain, 3);
    const { status, body } = await post(app, '/models/plain/encode', { rows });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['latents']);
    expect(rounded(body.latents)).toEqual(await expected(models.plain, rows));
  });

  test('returns columns for columns', async () => {
    const rows = rowsFor(models.plain, 4);
    const columns = Object.fromEntries(
      Object.entries(rows[0]).map(([name, values]) => [
        name,
        Object.fromEntries(Object.keys(values).map((column) => [column, rows.map((row) => row[name][column])])),
      ]),
    );
    const { status, body } = await post(app, '/models/plain/encode', { columns });
    expect(status).toBe(200);
    const table = body.latents as unknown as Record<string, Record<string, number[]>>;
    const latents = rows.map((_, row) =>
      Object.fromEntries(
        Object.entries(table).map(([name, columns]) => [
          name,
          Object.fromEntries(Object.entries(columns).map(([z, values]) => [z, values[row]])),
        ]),
      ),
    );
    expect(rounded(latents)).toEqual(await expected(models.plain, rows));
  });

  test('accepts levels, missing cells and, with partial, rows that lack columns or a modality', async () => {
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

  test('returns posterior sds with `posterior`, and which latents are inferred', async () => {
    const rows: Row[] = [
      { clinic: { smoker: 'yes', stage: 'mid', iron: 1.5, dose: 2 }, sleep: { hours: 1, snore: -2 } },
      { clinic: { smoker: 'no', stage: 'low', iron: 3, dose: 1 } },
    ];
    const { body } = await post(app, '/models/mixed/encode', { rows, partial: true, posterior: true });
    const answer = body as unknown as { sd: Answered['latents']; inferred: Record<string, boolean[]> };
    const subjects = models.mixed.readRows(rows, { partial: true });
    const posterior = await models.mixed.posterior(subjects, { partial: true });
    expect(answer.inferred).toEqual({ clinic: [false, false], sleep: [false, true] });
    expect(rounded(answer.sd).map(({ sleep }) => sleep['z1'])).toEqual(Array.from(posterior['sleep'].sd));
  });

  test('returns the same bits for simultaneous requests as for single ones, in all forms', async () => {
    const requests = Array.from({ length: 40 }, (_, i) => {
      const rows = rowsFor(models.plain, 1 + ((i * 7) % 5), i);
      if (i % 4 === 1) return { rows: rows.map(({ m1 }) => ({ m1 })), partial: true };
      return i % 4 === 2 ? { rows, maxDeviations: 5 } : { rows };
    });
    const together = await Promise.all(requests.map((body) => post(app, '/models/plain/encode', body)));
    const alone = [];
    for (const { rows, partial } of requests) alone.push(await expected(models.plain, rows as Row[], partial));
    expect(together.map(({ body }) => rounded(body.latents))).toEqual(alone);
  });

  test('fails only for the wrong one of several simultaneous requests', async () => {
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
    app = await served({ models: runs, limits: { subjects: 3, body: 20_000, draws: 1000 } });
  });
  afterAll(() => app.close());

  const row = (): Row => rowsFor(models.plain, 1)[0];
  const changed = (value: unknown) => ({ rows: [row(), { ...row(), m1: { ...row()['m1'], x2: value } }] });
  const encode = '/models/plain/encode';

  test.each([
    ['incomplete JSON', encode, () => '{"rows":[', 400, 'not-json', undefined],
    ['an empty body', encode, () => '', 400, 'not-json', undefined],
    ['no subjects', encode, () => ({}), 400, 'invalid-request', 'rows'],
    ['an empty list', encode, () => ({ rows: [] }), 400, 'invalid-request', 'rows'],
    ['rows and columns', encode, () => ({ rows: [row()], columns: {} }), 400, 'invalid-request', 'rows'],
    ['an unknown option', encode, () => ({ rows: [row()], partiel: true }), 400, 'invalid-request', ''],
    ['a wrong option', encode, () => ({ rows: [row()], partial: 'yes' }), 400, 'invalid-request', 'partial'],
    ['rows that are a text', encode, () => ({ rows: 'a' }), 400, 'invalid-rows', 'rows'],
    ['columns that are a list', encode, () => ({ columns: [] }), 400, 'invalid-columns', 'columns'],
    ['a row that is a number', encode, () => ({ rows: [row(), 7] }), 400, 'invalid-rows', 'rows[1]'],
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
    ['a body beyond the limit', encode, () => 'x'.repeat(20_001), 413, 'body-too-large', undefined],
    ['an unknown model', '/models/plian/encode', () => ({ rows: [row()] }), 404, 'unknown-model', undefined],
    ['too many draws', '/models/plain/impute', () => ({ rows: [row()], draws: 2000 }), 400, 'invalid-option', 'draws'],
    [
      'an unknown latent',
      '/models/plain/intervene',
      () => ({ set: { 'm1.z9': 1 } }),
      400,
      'unknown-latent',
      'set.m1.z9',
    ],
    ['no latent to set', '/models/plain/intervene', () => ({ set: {} }), 400, 'invalid-setting', undefined],
  ])('with %s has an error with a code and a path', async (_, url, body, status, code, path) => {
    const answer = await post(app, url, body());
    expect({ status: answer.status, ...answer.body.error }).toMatchObject({ status, code });
    expect(answer.body.error.path).toBe(path);
    expect(answer.body.error.message.length).toBeGreaterThan(20);
  });

  test('for an unknown model has an error with a similar name', async () => {
    const { body } = await post(app, '/models/plian/encode', {});
    expect(body.error.message).toMatch(/no model 'plian'.*plain/);
  });

  test('with another media type is refused', async () => {
    const answer = await ask(app, encode, { method: 'POST', type: 'text/csv', body: 'a,b' });
    expect([answer.status, (answer.json() as Answered).error.code]).toEqual([415, 'wrong-media-type']);
  });
});

describe('other questions', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await served({ models: runs, admin: true });
  });
  afterAll(() => app.close());

  test('impute returns the missing values of the model, with intervals', async () => {
    const [row] = rowsFor(models.plain, 1);
    const rows: Row[] = [{ ...row, m1: { ...row['m1'], x1: null } }, { m2: row['m2'] }];
    const { status, body } = await post(app, '/models/plain/impute', { rows, draws: 50, seed: 1 });
    expect(status).toBe(200);
    const cells = [];
    for await (const { row: at, column, value } of models.plain.impute(models.plain.readRows(rows, { partial: true }), {
      draws: 50,
      seed: 1,
    })) {
      cells.push({ row: at, modality: column.modality, column: column.column, unit: column.unit, ...value });
    }
    expect(cells.length).toBeGreaterThan(10);
    expect(body).toMatchObject({ cells: JSON.parse(JSON.stringify(cells)) as object[] });
  });

  test('intervene returns the effects of the model', async () => {
    const question = { set: { 'm1.z1': { sd: 1 } }, draws: 100, untested: true, assumeOrder: true };
    const { status, body } = await post(app, '/models/plain/intervene', question);
    expect(status).toBe(200);
    const { set, ...options } = question;
    const effects = await models.plain.intervene(set, options);
    expect(body).toEqual(JSON.parse(JSON.stringify(effects)));
  });

  test.each(Object.entries<Question>(QUESTIONS))(
    '%s gives the answer of the model, in the form of the OpenAPI document',
    async (name, { about, options }) => {
      const rows = rowsFor(models.plain, 3);
      const subjects = models.plain.readRows(rows, { partial: true });
      const { status, body } = await post(app, `/models/plain/${name}`, {
        ...exampleOptions(options, { rows }),
        ...(about === 'subjects' && { rows }),
      });
      expect([status, body.error]).toEqual([200, undefined]);
      const inLibrary = exampleOptions(options, subjects);
      const answer = await models.plain.ask(name as QuestionName, inLibrary, subjects);
      expect(body).toEqual(JSON.parse(JSON.stringify(answer)));
      expect(ANSWERS[name as QuestionName].parse(body)).toEqual(body);
    },
  );

  test('counterfactual, predict and simulate have the numbers of the library', async () => {
    const { plain } = models;
    const rows = rowsFor(plain, 2);
    const subjects = plain.readRows(rows);
    const action = { set: { 'm1.z1': 0.5 }, untested: true, assumeOrder: true, draws: 10 };
    const { set, ...options } = action;
    const changed = await post(app, '/models/plain/counterfactual', { rows, ...action });
    const each = [];
    for await (const { row, lost, consequences } of plain.counterfactual(subjects, set, options)) {
      each.push({ row, lost, consequences });
    }
    expect(changed.body).toMatchObject({ subjects: JSON.parse(JSON.stringify(each)) as object[] });

    const [{ m1 }] = rows;
    const predicted = await post(app, '/models/plain/predict', { rows: [{ m1 }], from: ['m1'], to: ['m2'], draws: 10 });
    const cells = [];
    const between = { from: ['m1'], to: ['m2'], draws: 10 };
    for await (const { column, value } of plain.predict(plain.readRows([{ m1 }], { partial: true }), between)) {
      cells.push({ row: 0, modality: 'm2', column: column.column, unit: 'table', ...value });
    }
    expect(predicted.body).toEqual({ cells: JSON.parse(JSON.stringify(cells)) as object[], warnings: [] });

    const drawn = await post(app, '/models/plain/simulate', { subjects: 3, seed: 2 });
    const { tables, latents } = await plain.generate(3, { seed: 2 });
    const lists = (all: typeof latents) => Object.fromEntries(all.map(({ name, values }) => [name, [...values]]));
    const columns = Object.fromEntries(tables.map((table) => [table.name, lists(table.columns)]));
    expect(drawn.body).toEqual({ subjects: 3, columns, latents: lists(latents) });
    // New subjects have the form of a request.
    const { body } = await post(app, '/models/plain/encode', { columns });
    expect(Object.keys(body.latents)).toEqual(['m1', 'm2']);
  });

  test('simulate has the limit of subjects', async () => {
    const { status, body } = await post(app, '/models/plain/simulate', { subjects: 1001 });
    expect([status, body.error]).toMatchObject([413, { code: 'too-many-subjects', path: 'subjects' }]);
  });

  test('simultaneous questions are all answered', async () => {
    const question = { set: { 'm1.z1': { sd: 1 } }, draws: 100, untested: true, assumeOrder: true };
    const answers = await Promise.all(Array.from({ length: 4 }, () => post(app, '/models/plain/intervene', question)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  test('models are listed and described', async () => {
    const list = (await ask(app, '/models')).json() as { models: { name: string; loaded: boolean }[] };
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;
    expect(list.models).toEqual(['plain', 'mixed'].map((name) => ({ name, loaded: true, digest })));
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

  test('conclusions are those of the model, in the form of the OpenAPI document', async () => {
    const answer = await ask(app, '/models/plain/conclusions');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(describeConclusions(models.plain))));
    expect(await models.plain.conclusions()).toEqual(describeConclusions(models.plain));
    expect(conclusionsSchema.parse(answer.json())).toEqual(answer.json());
    const document = (await ask(app, '/openapi.json')).json() as {
      paths: Record<string, { get: { responses: Record<string, { content?: Record<string, { schema: object }> }> } }>;
    };
    const described = document.paths['/models/{name}/conclusions'].get.responses[200].content!;
    expect(described['application/json'].schema).toMatchObject({ required: ['conclusions', 'headline', 'sentences'] });
    expect((await ask(app, '/models/none/conclusions')).status).toBe(404);
  });

  test('conclusions of a tested fit keep every field', () => {
    const direct = { estimate: 0.4, lower: 0.3, upper: 0.5, p: 0.001 };
    const figures = { p: 0.01, corrected: 0.02, correlation: { estimate: 0.4, lower: 0.3, upper: 0.5 } };
    const conclusions: Conclusions = {
      ...describeConclusions(models.plain).conclusions,
      status: 'tested',
      groups: 12,
      order: { reversed: 'as-well', difference: 0.01, standardError: 0.02, subjects: 30 },
      pairs: [{ first: 'm1', second: 'm2', verdict: 'undecided', reason: 'low-power', subjects: 40, ...figures }],
      latents: [
        {
          name: 'm1.z1',
          modality: 'm1',
          verdict: 'block',
          blockWith: ['m1.z2'],
          reasons: [],
          agreement: 0.7,
          chance: 0.6,
          corrected: 0.25,
        },
      ],
      links: [
        {
          ...{ first: 'm1.z1', second: 'm2.z1', verdict: 'not-supported', reason: 'leak', sign: '−', q: 0.2 },
          ...{ isWithin: false, isFitted: true, strength: 1, agreement: 0.5, conditioning: ['m1.z2'] },
          association: direct,
          direct,
          direction: {
            verdict: 'supported',
            from: 'm1.z1',
            to: 'm2.z1',
            by: 'collider',
            share: 0.9,
            reversed: 'worse',
          },
        },
      ],
    };
    const described = { conclusions, headline: 'a', sentences: ['a'] };
    expect(conclusionsSchema.parse(described)).toEqual(described);
  });

  test('the health route reports a ready service', async () => {
    const answer = await ask(app, '/healthz');
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ready' }]);
  });

  test('the reload route loads the model from its folder again', async () => {
    const before = (await ask(app, '/models/mixed')).json() as { loadedAt: string };
    await pause(2);
    const answer = await ask(app, '/models/mixed/reload', { method: 'POST' });
    expect(answer.status).toBe(200);
    expect(((await ask(app, '/models/mixed')).json() as { loadedAt: string }).loadedAt > before.loadedAt).toBe(true);
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

  test('gives the same answers as the plugin', async () => {
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
    ['another media type', () => ask('/v1/models/plain/encode', 'a', 'text/plain'), 415, 'wrong-media-type'],
    ['a body beyond the limit', () => ask('/v1/models/plain/encode', 'x'.repeat(50_001)), 413, 'body-too-large'],
  ])('refuses %s', async (_, call, status, code) => {
    const response = await call();
    expect([response.status, ((await response.json()) as Answered).error.code]).toEqual([status, code]);
  });

  test('reads no more than the limit of a body without a content length', async () => {
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

  test('continues after clients disconnect', async () => {
    const body = JSON.stringify({ rows: rowsFor(models.plain, 3) });
    for (let i = 0; i < 20; i++) {
      const gone = new AbortController();
      const answer = fetch(`${url}/v1/models/plain/encode`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: gone.signal,
      });
      gone.abort();
      await expect(answer).rejects.toThrow();
    }
    expect((await ask('/v1/models/plain/encode', body)).status).toBe(200);
  });
});
