// Tests Program over the native addon: runs on a separate thread, progress, cancelling, and the end of programs and
// workers.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { afterEach, describe, expect, test } from '@jest/globals';

import { compile } from '../../src/compile/index.js';
import { data, gather } from '../../src/graph/index.js';
import { native } from '../../src/runtime/native.js';
import { Program, type CompiledPlan } from '../../src/runtime/program.js';
import { countingPlan } from './counting-plan.js';

/** More steps than any test waits for: such runs end only if they are stopped. */
const ENDLESS = 2 ** 50;

const programs: Program[] = [];

function load(threads = 1, plan: CompiledPlan = countingPlan()): Program {
  const program = Program.load(plan, { threads });
  programs.push(program);
  return program;
}

/** Starts an endless run and waits for its first progress. */
async function spinning(program: Program, signal?: AbortSignal) {
  let run!: ReturnType<Program['run']>;
  await new Promise<void>((resolve) => {
    run = program.run('spin', { steps: ENDLESS, signal, onProgress: () => resolve() });
  });
  // Wrapped in an object, so that awaiting this function does not await the run.
  return { run };
}

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.dispose()));
});

describe('tensors', () => {
  test('are read as they were written, by name and by slab', async () => {
    const program = load();
    program.set('parameters', 'counter', Float32Array.of(3.5, -2));
    program.set('data', 'indices', Int32Array.of(7, -1, 2 ** 31 - 1));
    expect(await program.get('parameters', 'counter')).toEqual(Float32Array.of(3.5, -2));
    expect(await program.get('data', 'indices')).toEqual(Int32Array.of(7, -1, 2 ** 31 - 1));

    const parameters = await program.download('parameters');
    expect(parameters).toHaveLength(16);
    expect(parameters.slice(0, 2)).toEqual(Float32Array.of(3.5, -2));
    program.upload('moments', new Float32Array(32).fill(0.25));
    expect(await program.download('moments')).toEqual(new Float32Array(32).fill(0.25));
  });

  test.each([
    ['uint8', Uint8Array.of(0, 1, 255, 7, 9, 200, 3)],
    ['int16', Int16Array.of(0, -1, 2 ** 15 - 1, -(2 ** 15), 12, 13, 14)],
  ] as const)(
    'of type %s take only the memory that they need and are read as they were written',
    async (type, values) => {
      const batch = gather(data('x', [7, 1], type), data('order', [1, 1, 2], 'int32'));
      const program = load(1, compile({ runs: 1, entries: { main: { outputs: { batch } } } }));
      program.set('data', 'order', Int32Array.of(6, 1));
      // Also from memory that starts between two elements of the slab.
      const shifted = values.constructor === Uint8Array ? new Uint8Array(8) : new Int16Array(8);
      shifted.set(values, 1);
      for (const source of [values, shifted.subarray(1)]) {
        program.set('data', 'x', source);
        expect(await program.get('data', 'x')).toEqual(values);
        expect(program.runSync('main').results).toEqual(Float32Array.of(values[6], values[1]));
      }
      const other = type === 'uint8' ? new Int16Array(7) : new Uint8Array(7);
      expect(() => {
        program.set('data', 'x', other);
      }).toThrow(`holds ${type} values, got ${type === 'uint8' ? 'int16' : 'uint8'}`);
      expect(program.memory().data).toBe(128);
    },
  );

  test('constants are uploaded and every run is alive from the start', async () => {
    const program = load();
    expect(await program.get('data', 'input')).toEqual(Float32Array.of(1, Math.E));
    expect(await program.get('controls', 'alive')).toEqual(Float32Array.of(1, 1));
  });

  test('of the wrong name, type or length are refused', async () => {
    const program = load();
    const values = new Float32Array(2);
    expect(() => program.set('data', 'inptu', values)).toThrow(
      'The program has no data "inptu"; it has: input, indices.',
    );
    expect(() => program.set('data', 'indices', new Float32Array(3))).toThrow('holds int32 values, got float32');
    expect(() => program.set('parameters', 'counter', new Float32Array(3))).toThrow('[2], 2 values; got 3');
    await expect(program.get('controls', 'toString')).rejects.toThrow('The program has no controls "toString"');
    expect(() => program.upload('moments', values)).toThrow('the moments of this program are 32 values, got 2');
  });

  test('memory() returns the bytes of every slab', () => {
    expect(load().memory()).toEqual({
      parameters: 64,
      gradients: 64,
      moments: 128,
      data: 64,
      controls: 64,
      activations: 128,
      block: 0,
      // A page of the only thread.
      scratch: 4096,
      total: 512 + 4096,
      host: 0,
      mapped: 0,
    });
  });
});

describe('run', () => {
  test('records the outputs of every step', async () => {
    const program = load();
    const result = await program.run('count', { steps: 4 });
    expect(result).toEqual({
      results: Float32Array.of(1, 1, 2, 2, 3, 3, 4, 4),
      stepsDone: 4,
      cancelled: false,
      failures: [],
    });
    expect(await program.get('parameters', 'counter')).toEqual(Float32Array.of(4, 4));
  });

  test('runSync does the same on the calling thread', () => {
    const program = load();
    program.set('parameters', 'counter', Float32Array.of(10, 20));
    expect(program.runSync('count', { steps: 2 }).results).toEqual(Float32Array.of(11, 21, 12, 22));
    expect(program.runSync('logarithm').results[1]).toBeCloseTo(1, 6);
  });

  test('of no steps ends immediately', async () => {
    expect(await load().run('count', { steps: 0 })).toMatchObject({ stepsDone: 0, cancelled: false });
  });

  test('reports run, step and tensor of a run that is no longer finite, and the other run continues', async () => {
    const program = load();
    program.set('data', 'input', Float32Array.of(-1, 1));
    const { failures, stepsDone } = await program.run('logarithm', { steps: 3, firstStep: 40 });
    expect(failures).toEqual([{ run: 0, step: 40, label: 'log of input' }]);
    expect(stepsDone).toBe(3);
    expect(await program.get('controls', 'alive')).toEqual(Float32Array.of(0, 1));
  });

  test('reports progress that only grows and ends with the last step', async () => {
    const program = load();
    const seen: number[] = [];
    await program.run('count', { steps: 200_000, onProgress: (stepsDone) => seen.push(stepsDone) });
    expect(seen.at(-1)).toBe(200_000);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  test('an error thrown by onProgress stops the run and rejects it', async () => {
    const program = load();
    const thrown = new Error('the listener gave up');
    const run = program.run('spin', {
      steps: ENDLESS,
      onProgress: () => {
        throw thrown;
      },
    });
    await expect(run).rejects.toBe(thrown);
    expect((await program.run('count')).stepsDone).toBe(1);
  });

  test('two programs run at the same time independently', async () => {
    const [first, second] = [load(), load()];
    const controllers = [new AbortController(), new AbortController()];
    const [a, b] = [await spinning(first, controllers[0].signal), await spinning(second, controllers[1].signal)];
    controllers[0].abort();
    const stopped = await a.run;
    expect(stopped.cancelled).toBe(true);
    expect((await first.get('parameters', 'counter'))[0]).toBeGreaterThanOrEqual(1);
    await expect(second.get('parameters', 'counter')).rejects.toThrow(expect.objectContaining({ code: 'busy' }));
    controllers[1].abort();
    expect((await b.run).cancelled).toBe(true);
  });

  test('refuses invalid requests', async () => {
    const program = load();
    await expect(program.run('counts')).rejects.toMatchObject({ code: 'unknown-entry' });
    await expect(program.run('count', { steps: -1 })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(program.run('count', { steps: Number.NaN })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(program.run('count', { firstStep: 0.5 })).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(() => program.runSync('count', { firstStep: -1 })).toThrow('got -1');
  });
});

describe('stopping', () => {
  test('an aborted signal ends the run between two steps, and the program continues from there', async () => {
    const program = load();
    const controller = new AbortController();
    const { run } = await spinning(program, controller.signal);
    controller.abort();
    const { cancelled, stepsDone } = await run;
    expect(cancelled).toBe(true);
    expect(stepsDone).toBeGreaterThan(0);
    // Counters in float32 stop growing at 2^24.
    expect((await program.get('parameters', 'counter'))[0]).toBe(Math.min(stepsDone, 2 ** 24));
    expect(await program.run('count', { steps: 2 })).toMatchObject({ stepsDone: 2, cancelled: false });
  });

  test('a signal that is aborted before the run prevents every step', async () => {
    const program = load();
    const result = await program.run('count', { steps: 2, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ stepsDone: 0, cancelled: true });
    expect(await program.get('parameters', 'counter')).toEqual(Float32Array.of(0, 0));
  });

  test('aborting right after the start takes effect', async () => {
    const program = load();
    for (let attempt = 0; attempt < 50; attempt++) {
      const controller = new AbortController();
      const run = program.run('spin', { steps: ENDLESS, signal: controller.signal });
      controller.abort();
      expect((await run).cancelled).toBe(true);
    }
  });

  test('aborting after the end changes nothing', async () => {
    const program = load();
    const controller = new AbortController();
    await program.run('count', { signal: controller.signal });
    controller.abort();
    expect(await program.run('count')).toMatchObject({ stepsDone: 1, cancelled: false });
  });

  test('during a run every other call is refused with code busy', async () => {
    const program = load();
    const controller = new AbortController();
    const { run } = await spinning(program, controller.signal);
    const busy = expect.objectContaining({ name: 'StateError', code: 'busy' });
    expect(() => program.set('parameters', 'counter', new Float32Array(2))).toThrow(busy);
    await expect(program.download('parameters')).rejects.toThrow(busy);
    expect(() => program.runSync('count')).toThrow(busy);
    expect(() => program.describe()).toThrow(busy);
    await expect(program.run('count')).rejects.toEqual(busy);
    controller.abort();
    await run;
    expect(await program.download('parameters')).toHaveLength(16);
  });
});

describe('dispose', () => {
  test('stops a run, can be repeated, and leaves a program that refuses everything', async () => {
    const program = load();
    const { run } = await spinning(program);
    await Promise.all([program.dispose(), program.dispose()]);
    await program.dispose();
    expect((await run).cancelled).toBe(true);
    const disposed = expect.objectContaining({ name: 'StateError', code: 'disposed' });
    await expect(program.get('parameters', 'counter')).rejects.toThrow(disposed);
    expect(() => program.describe()).toThrow(disposed);
    expect(() => program.runSync('count')).toThrow(disposed);
    await expect(program.run('count')).rejects.toEqual(disposed);
  });

  test('is called at the end of an `await using` block', async () => {
    const program = load();
    await program[Symbol.asyncDispose]();
    await expect(program.get('parameters', 'counter')).rejects.toThrow(expect.objectContaining({ code: 'disposed' }));
  });

  test('may be called from onProgress', async () => {
    const program = load();
    let disposed: Promise<void> | undefined;
    const onProgress = () => {
      disposed ??= program.dispose();
    };
    const result = await program.run('spin', { steps: ENDLESS, onProgress });
    await disposed;
    expect(result.cancelled).toBe(true);
  });
});

describe('the end of an environment during a run', () => {
  const script = `
    const { workerData, parentPort } = require('node:worker_threads');
    const { addon, plan, leave } = workerData ?? JSON.parse(process.env.JOB);
    const { Program } = require(addon);
    const program = new Program(Uint8Array.from(plan), { device: 'cpu', threads: 2 });
    const request = { entry: 1, firstStep: 0, steps: 2 ** 50, results: new Float32Array(0) };
    program.run(request, () => (leave ? process.exit(7) : parentPort.postMessage('running')));
  `;
  const job = { addon: addonPath(), plan: [...countingPlan().plan] };

  test('a terminated worker ends its run', async () => {
    const worker = new Worker(script, { eval: true, workerData: { ...job, leave: false } });
    await once(worker, 'message');
    expect(await worker.terminate()).toBe(1);
  });

  test('a worker that exits ends its run', async () => {
    const worker = new Worker(script, { eval: true, workerData: { ...job, leave: true } });
    expect(await once(worker, 'exit')).toEqual([7]);
  });

  test('a process that exits ends its run', () => {
    const environment = { ...process.env, JOB: JSON.stringify({ ...job, leave: true }) };
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', script], { env: environment });
    expect({ status, signal, stderr: stderr.toString() }).toEqual({ status: 7, signal: null, stderr: '' });
  });

  test('a process with nothing else to do waits for its runs', () => {
    const waiting = `
      const { addon, plan } = JSON.parse(process.env.JOB);
      const program = new (require(addon).Program)(Uint8Array.from(plan), { device: 'cpu', threads: 1 });
      const request = { entry: 0, firstStep: 0, steps: 1000, results: new Float32Array(2000) };
      program.run(request).then(() => console.log(request.results[1999]));
    `;
    const environment = { ...process.env, JOB: JSON.stringify(job) };
    const { status, stdout } = spawnSync(process.execPath, ['-e', waiting], { env: environment });
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: '1000\n' });
  });
});

describe('the addon', () => {
  const options = { device: 'cpu', threads: 1 } as const;

  test('reports what it was built with', () => {
    const { buildInfo } = native();
    const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
    expect(buildInfo.version).toBe(version);
    expect(buildInfo.backends).toEqual(['cpu']);
    expect(buildInfo.oneDNN).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('refuses damaged plans with one coded error', () => {
    const { Program: Native } = native();
    const { plan } = countingPlan();
    const refused = expect.objectContaining({ code: 'invalid-plan' });
    expect(() => new Native(new Uint8Array(0), options)).toThrow(refused);
    expect(() => new Native(new TextEncoder().encode('not a plan at all'), options)).toThrow(refused);
    for (let length = 0; length < plan.length; length += 5) {
      expect(() => new Native(plan.slice(0, length), options)).toThrow(refused);
    }
    expect(() => Program.load({ ...countingPlan(), plan: Uint8Array.of(...plan, 0) })).toThrow(
      expect.objectContaining({ name: 'InternalError', code: 'invalid-plan' }),
    );
  });

  test('refuses or accepts, but survives, any single damaged byte', () => {
    const { Program: Native } = native();
    const { plan } = countingPlan();
    const codes = new Set<unknown>();
    for (let position = 0; position < plan.length; position++) {
      // Slab sizes (bytes 12 to 67) may be large but valid; the test must not request that memory.
      if (position >= 12 && position < 68) continue;
      const damaged = plan.slice();
      damaged[position] ^= 0xff;
      try {
        void new Native(damaged, options).dispose();
      } catch (error) {
        codes.add((error as { code?: unknown }).code);
      }
    }
    codes.delete('unknown-kernel');
    expect([...codes]).toEqual(['invalid-plan']);
  });

  test.each([
    ['no plan', () => new (loose().Program)(), 'Expected `plan` to be a Uint8Array, got undefined.'],
    ['another array', () => new (loose().Program)(new Float32Array(4), options), 'got a typed array of another kind.'],
    ['no options', () => new (loose().Program)(countingPlan().plan), '{ device, threads }, got undefined.'],
    ['a wrong device', () => create({ device: 'gpu', threads: 1 }), "'cpu' or 'cuda', got 'gpu'."],
    ['CUDA without a library', () => create({ device: 'cuda', threads: 1 }), '`library` to be a string, got undefined'],
    ['NaN threads', () => create({ device: 'cpu', threads: Number.NaN }), 'from 0 to 1024, got NaN.'],
    ['negative threads', () => create({ device: 'cpu', threads: -1 }), 'from 0 to 1024, got -1.'],
    ['a slab that does not exist', () => create().upload(6, 0, new Float32Array(1)), 'from 0 to 5, got 6.'],
    ['an offset in words', () => create().upload(0, 'one', new Float32Array(1)), 'whole number from 0'],
    ['doubles', () => create().upload(0, 0, new Float64Array(1)), 'Float32Array or an Int32Array'],
    ['nothing to run', () => create().runSync(), '{ entry, firstStep, steps, results }, got undefined.'],
    ['no results', () => create().runSync({ entry: 0, firstStep: 0, steps: 1 }), '`results` to be a Float32Array'],
  ])('refuses %s with a full sentence', (_, call, message) => {
    expect(call).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining(message) }),
    );
  });

  test('refuses ranges outside a slab, entries that do not exist and results of the wrong length', async () => {
    const program = create();
    const outside = expect.objectContaining({ code: 'out-of-range' });
    expect(() => program.upload(0, 15, new Float32Array(2))).toThrow(outside);
    expect(() => program.download(0, 2 ** 52, new Float32Array(1))).toThrow(outside);
    const request = { entry: 0, firstStep: 0, steps: 2, results: new Float32Array(4) };
    await expect(program.run({ ...request, entry: 3 })).rejects.toEqual(outside);
    await expect(program.run({ ...request, results: new Float32Array(3) })).rejects.toEqual(outside);
    await expect(program.run({ ...request, steps: 2 ** 53 - 1 })).rejects.toEqual(outside);
    await expect(program.run(request, 'often')).rejects.toMatchObject({ code: 'invalid-argument' });
    await program.dispose();
  });

  test('a run whose results array is transferred away is rejected', async () => {
    const program = create();
    const results = new Float32Array(2);
    const run = program.run({ entry: 0, firstStep: 0, steps: 1, results });
    structuredClone(results, { transfer: [results.buffer] });
    await expect(run).rejects.toMatchObject({ code: 'invalid-argument' });
    await program.dispose();
  });

  test('opens CUDA only from a CUDA library', () => {
    const library = addonPath();
    const options = { device: 'cuda', threads: 1, library, index: 0 };
    expect(() => create({ ...options, matmulPrecision: 'tf32' })).toThrow(
      expect.objectContaining({ code: 'no-cuda-library', message: expect.stringContaining('is not the CUDA library') }),
    );
    expect(() => create({ ...options, matmulPrecision: 'float16' })).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining("got 'float16'") }),
    );
  });

  interface LooseProgram {
    upload(...values: unknown[]): void;
    download(...values: unknown[]): void;
    run(...values: unknown[]): Promise<unknown>;
    runSync(...values: unknown[]): unknown;
    dispose(): Promise<void>;
  }

  /** Returns the addon with the types that untyped JavaScript sees. */
  function loose(): { Program: new (...values: unknown[]) => LooseProgram } {
    return native() as unknown as { Program: new (...values: unknown[]) => LooseProgram };
  }

  function create(chosen: unknown = options): LooseProgram {
    return new (loose().Program)(countingPlan().plan, chosen);
  }
});

function addonPath(): string {
  const override: string | undefined = process.env['INTERLATENT_NATIVE_PATH'];
  return override ?? fileURLToPath(new URL('../../build/Release/interlatent.node', import.meta.url));
}
