// What untyped JavaScript can do to the addon while it reads its arguments. Getters and proxies can detach memory, run
// or dispose of the program, or give another answer the second time. Memory can be detached, resized or shared.

import { afterEach, describe, expect, test } from '@jest/globals';

import { native } from '../../src/runtime/native.js';
import { countingPlan } from './counting-plan.js';

interface LooseProgram {
  upload(...values: unknown[]): void;
  download(...values: unknown[]): void;
  map(...values: unknown[]): boolean;
  run(...values: unknown[]): Promise<unknown>;
  runSync(...values: unknown[]): unknown;
  cancel(...values: unknown[]): void;
  describe(...values: unknown[]): string;
  dispose(...values: unknown[]): Promise<void>;
}

interface Loose {
  Program: new (...values: unknown[]) => LooseProgram;
  cudaLibrary(...values: unknown[]): string;
  lockFile(...values: unknown[]): string;
}

const addon = native() as unknown as Loose;
const OPTIONS = { device: 'cpu', threads: 1, profile: false } as const;
const { plan: PLAN } = countingPlan();
const programs: LooseProgram[] = [];

function create(plan: unknown = PLAN, options: unknown = OPTIONS): LooseProgram {
  const program = new addon.Program(plan, options);
  programs.push(program);
  return program;
}

/** Requests two steps of `count`, which give four values. */
const request = (results: unknown) => ({ entry: 0, firstStep: 0, steps: 2, results });

/** Returns the fields of an object. The getter of one of them first runs `act`. */
function withGetter<T extends object>(values: T, field: keyof T, act: () => void): T {
  return Object.defineProperty({ ...values }, field, {
    get: () => {
      act();
      return values[field];
    },
  });
}

function bytesIn(buffer: ArrayBufferLike, bytes: Uint8Array): Uint8Array {
  const view = new Uint8Array(buffer);
  view.set(bytes);
  return view;
}

const detach = (buffer: ArrayBuffer) => structuredClone(buffer, { transfer: [buffer] });
// ES2024 defines it; Node 20 has it.
type Resizable = ArrayBuffer & { resize(bytes: number): void };
const resizable = (bytes: number) =>
  new (ArrayBuffer as unknown as new (bytes: number, options: object) => Resizable)(bytes, {
    maxByteLength: 2 * bytes,
  });
const growable = (bytes: number) =>
  new (SharedArrayBuffer as unknown as new (
    bytes: number,
    options: object,
  ) => SharedArrayBuffer & { grow(to: number): void })(bytes, { maxByteLength: 2 * bytes });

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.dispose()));
});

describe('the plan', () => {
  const refused = expect.objectContaining({ code: 'invalid-plan' });

  test.each(['device', 'threads', 'profile'] as const)('is read after the getter of `%s` detached it', (field) => {
    const plan = PLAN.slice();
    const options = withGetter({ ...OPTIONS }, field, () => detach(plan.buffer));
    expect(() => create(plan, options)).toThrow(refused);
  });

  test.each([0, 1, PLAN.length - 1])('is read after a getter shrank it to %i bytes', (remaining) => {
    const buffer = resizable(PLAN.length);
    const options = withGetter({ ...OPTIONS }, 'threads', () => {
      buffer.resize(remaining);
    });
    expect(() => create(bytesIn(buffer, PLAN), options)).toThrow(refused);
  });

  test('is refused if it was detached or shrunk before', () => {
    const detached = PLAN.slice();
    detach(detached.buffer);
    expect(() => create(detached)).toThrow(refused);
    const buffer = resizable(PLAN.length);
    const view = bytesIn(buffer, PLAN).subarray(8);
    buffer.resize(4);
    expect(() => create(view)).toThrow(refused);
  });

  test('may be in memory that is shared, growable or resizable', () => {
    const buffers = [new SharedArrayBuffer(PLAN.length), growable(PLAN.length), resizable(PLAN.length)];
    for (const buffer of buffers) {
      const results = new Float32Array(4);
      create(bytesIn(buffer, PLAN)).runSync(request(results));
      expect(results).toEqual(Float32Array.of(1, 1, 2, 2));
    }
  });

  test('is no longer needed once it is loaded', () => {
    const plan = PLAN.slice();
    const program = create(plan);
    plan.fill(255);
    detach(plan.buffer);
    const results = new Float32Array(4);
    program.runSync(request(results));
    expect(results).toEqual(Float32Array.of(1, 1, 2, 2));
  });
});

describe('getters of a request', () => {
  const FIELDS = ['entry', 'firstStep', 'steps', 'results'] as const;

  test('are read once: `results` that differ the second time have no effect', async () => {
    const first = new Float32Array(4);
    let reads = 0;
    const twoFaced = Object.defineProperty(request(first), 'results', { get: () => (reads++ === 0 ? first : 'gone') });
    await expect(create().run(twoFaced)).resolves.toMatchObject({ stepsDone: 2 });
    expect([reads, ...first]).toEqual([1, 1, 1, 2, 2]);
  });

  test.each(FIELDS)('the getter of %s may detach the results', async (field) => {
    const outside = { code: 'out-of-range' };
    for (const method of ['run', 'runSync'] as const) {
      const results = new Float32Array(4);
      const detaching = withGetter(request(results), field, () => detach(results.buffer));
      await expect(outcome(() => create()[method](detaching))).rejects.toMatchObject(outside);
    }
  });

  test.each(FIELDS)('the getter of %s may shrink the results', async (field) => {
    for (const method of ['run', 'runSync'] as const) {
      const buffer = resizable(16);
      const shrinking = withGetter(request(new Float32Array(buffer)), field, () => {
        buffer.resize(4);
      });
      await expect(outcome(() => create()[method](shrinking))).rejects.toMatchObject({ code: 'out-of-range' });
    }
  });

  test.each(FIELDS)('the getter of %s may dispose of the program', async (field) => {
    for (const method of ['run', 'runSync'] as const) {
      const program = create();
      const ending = withGetter(request(new Float32Array(4)), field, () => void program.dispose());
      await expect(outcome(() => program[method](ending))).rejects.toMatchObject({ code: 'disposed' });
    }
  });

  test.each(FIELDS)('the getter of %s may run the program', async (field) => {
    for (const method of ['run', 'runSync'] as const) {
      const program = create();
      const inner = new Float32Array(4);
      let run: Promise<unknown> | undefined;
      const nested = withGetter(request(new Float32Array(4)), field, () => {
        run ??= program.run(request(inner));
      });
      await expect(outcome(() => program[method](nested))).rejects.toMatchObject({ code: 'busy' });
      await expect(run).resolves.toMatchObject({ stepsDone: 2 });
      expect(inner).toEqual(Float32Array.of(1, 1, 2, 2));
    }
  });

  test.each(FIELDS)('an error in the getter of %s reaches the caller, and the program can run again', async (field) => {
    const program = create();
    const mine = new Error('mine');
    for (const method of ['run', 'runSync'] as const) {
      const throwing = withGetter(request(new Float32Array(4)), field, () => {
        throw mine;
      });
      await expect(outcome(() => program[method](throwing))).rejects.toBe(mine);
    }
    await expect(program.run(request(new Float32Array(4)))).resolves.toMatchObject({ stepsDone: 2 });
  });

  test('proxies are read like objects; revoked ones throw', async () => {
    const program = create();
    const { proxy, revoke } = Proxy.revocable(request(new Float32Array(4)), {});
    await expect(program.run(proxy)).resolves.toMatchObject({ stepsDone: 2 });
    revoke();
    await expect(program.run(proxy)).rejects.toThrow(/revoked/);
    expect(() => create(PLAN, proxy)).toThrow(/revoked/);
    const array = new Proxy(new Float32Array(4), {});
    await expect(program.run(request(array))).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(() => create(new Proxy(PLAN, {}))).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('memory of results and slabs', () => {
  const kinds = { shared: new SharedArrayBuffer(16), growable: growable(16), resizable: resizable(16) };

  test.each(Object.entries(kinds))('is filled and read if it is %s', async (_, buffer) => {
    const values = new Float32Array(buffer);
    const program = create();
    await program.run(request(values));
    expect([...values]).toEqual([1, 1, 2, 2]);
    program.upload(0, 0, values.subarray(0, 2));
    program.runSync(request(values));
    expect([...values]).toEqual([2, 2, 3, 3]);
    program.download(0, 0, values.subarray(2));
    expect([...values]).toEqual([2, 2, 3, 3]);
  });

  test.each([0, 1, 3])('the run is rejected if the results shrink to %i values during it', async (remaining) => {
    const buffer = resizable(16);
    const run = create().run(request(new Float32Array(buffer)));
    buffer.resize(4 * remaining);
    await expect(run).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('results that grow during the run receive the values in their original range', async () => {
    const buffer = growable(16);
    const values = new Float32Array(buffer, 0, 4);
    const run = create().run(request(values));
    buffer.grow(32);
    await run;
    expect([...values]).toEqual([1, 1, 2, 2]);
  });

  test('detached memory counts as empty', () => {
    const gone = new Float32Array(4);
    detach(gone.buffer);
    const program = create();
    expect(() => program.runSync(request(gone))).toThrow(expect.objectContaining({ code: 'out-of-range' }));
    program.upload(0, 0, gone);
    program.download(0, 0, gone);
    expect(program.runSync(request(new Float32Array(4)))).toMatchObject({ stepsDone: 2 });
  });
});

describe('wrong values', () => {
  const WRONG: readonly unknown[] = [
    undefined,
    null,
    true,
    NaN,
    -1,
    0.5,
    2 ** 60,
    1n,
    'x',
    Symbol('s'),
    () => 1,
    {},
    [],
    new Date(),
    new DataView(new ArrayBuffer(8)),
    new ArrayBuffer(8),
    new BigInt64Array(2),
    Object.create(null),
  ];
  const values = () => new Float32Array(4);
  /** Calls, and arguments that they accept. */
  const CALLS: readonly [string, () => unknown[], (...values: unknown[]) => unknown][] = [
    ['new Program', () => [PLAN, OPTIONS], (...args) => new addon.Program(...args)],
    ['upload', () => [0, 0, values()], (...args) => create().upload(...args)],
    ['download', () => [0, 0, values()], (...args) => create().download(...args)],
    ['map', () => [0, 0, 3, 16], (...args) => create().map(...args)],
    ['run', () => [request(values()), () => undefined], (...args) => create().run(...args)],
    ['runSync', () => [request(values())], (...args) => create().runSync(...args)],
    ['cudaLibrary', () => ['/nowhere.so'], (...args) => addon.cudaLibrary(...args)],
    ['lockFile', () => ['/nowhere'], (...args) => addon.lockFile(...args)],
  ];

  /** True if the value is valid where `right` is: any function, any text, and a missing function. */
  const mayStandFor = (value: unknown, right: unknown): boolean =>
    (typeof right === 'function' && (value === undefined || typeof value === 'function')) ||
    (typeof right === 'string' && typeof value === 'string');

  test.each(CALLS)('%s: a value of the wrong kind at any position gives a coded error', async (_, right, call) => {
    for (const place of right().keys()) {
      for (const value of WRONG) {
        const args = right();
        if (mayStandFor(value, args[place])) continue;
        args[place] = value;
        const answer: unknown = await outcome(() => call(...args)).catch((reason: unknown) => reason);
        expect([place, value, answer]).toEqual([place, value, expect.objectContaining({ code: 'invalid-argument' })]);
      }
    }
  });

  test('V8 refuses methods that are called on another object', () => {
    const { prototype } = addon.Program as unknown as { prototype: Record<string, () => unknown> };
    for (const method of ['upload', 'download', 'map', 'runSync', 'cancel', 'describe', 'dispose']) {
      for (const self of [{}, Object.create(prototype), new Proxy(create(), {})] as unknown[]) {
        expect(() => prototype[method].call(self)).toThrow(/Illegal invocation/);
      }
    }
  });
});

/** Returns the result or the error of a call as a promise. */
async function outcome(call: () => unknown): Promise<unknown> {
  return await call();
}
