// WebGPU in Node. Programs on the thread of the GPU behave like native ones. A fit agrees with that of the CPU, and can
// be stopped and resumed to the same bits. A lost GPU ends a fit with one error and a checkpoint.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { compile, type AdamUpdate } from '../../src/compile/index.js';
import * as graph from '../../src/graph/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { chooseDevice, CPU, type Device } from '../../src/runtime/device.js';
import { Program } from '../../src/runtime/program.js';
import { adapterNamed, pausingWait, openWebGpu, webGpuLibrary } from '../../src/runtime/webgpu-library.js';
import { simulate } from '../../src/simulation/simulate.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { jointStage } from '../../src/training/joint-stage.js';
import { Trainer } from '../../src/training/trainer.js';
import { WebGpuDevice } from '../../src/webgpu/device.js';
import { WebGpuProgram } from '../../src/webgpu/program.js';
import { WEBGPU, WITHOUT_WEBGPU } from '../fixtures/backends.js';
import { worstError } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';
import { describeIf, testIf } from '../fixtures/skipping.js';

const root = join(import.meta.dirname, '../..');

const { folder } = scratch();
const SMALL: FitSettings = {
  ...{ fit: 'joint', encoderRestarts: 2, epochs: 3, batch: 64, hidden: 8, seed: 5, warmStart: 0, freeze: 1 },
  sparsity: { kind: 'gates', weight: 0.05 },
};
const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 200, test: 40 }));

/** Compiles a plan that counts up in float32; its entry `slow` also multiplies large matrices. */
function counting() {
  const counter = graph.parameter('counter', [2]);
  const update: AdamUpdate = {
    optimizer: 'adam',
    ...{ beta1: 0, beta2: 0, epsilon: 0 },
    parameters: [
      { node: counter, gradient: graph.grad(graph.neg(graph.sum(counter, [0])), [counter])[0], rate: 'one' },
    ],
  };
  const square = graph.parameter('square', [2, 256, 256]);
  const product = graph.sum(graph.matmul(square, square), [1, 2]);
  return compile({
    runs: 2,
    rates: ['one'],
    entries: {
      count: { outputs: { counter }, update },
      slow: { outputs: { product }, update },
    },
  });
}

describeIf(WEBGPU !== undefined, WITHOUT_WEBGPU)('a program on its thread', () => {
  let device: Device;
  const started: Program[] = [];

  beforeAll(async () => {
    ({ device } = await chooseDevice('webgpu'));
  });

  function load(): Program {
    const program = Program.load(counting(), { device });
    started.push(program);
    program.set('controls', 'rates', Float32Array.of(1, 0));
    return program;
  }

  afterAll(async () => {
    await Promise.all(started.map((program) => program.dispose()));
  });

  test('a thread that ends also ends its programs, and the next program gets a new thread', async () => {
    // Programs of earlier test files may have started the thread, and no event reports a thread that exists already.
    const post = jest.spyOn(Worker.prototype, 'postMessage');
    const program = load();
    const [worker] = post.mock.contexts as Worker[];
    post.mockRestore();
    await program.run('count');
    await worker.terminate();
    await expect(program.run('count')).rejects.toMatchObject({ name: 'InternalError', code: 'thread-ended' });
    await program.dispose();
    expect((await load().run('count')).stepsDone).toBe(1);
  });

  test('runs many steps, reports them, and returns uploaded values unchanged', async () => {
    const program = load();
    program.set('parameters', 'counter', Float32Array.of(3, -2));
    const reported: number[] = [];
    const { results, stepsDone, cancelled, failures } = await program.run('count', {
      steps: 50,
      onProgress: (steps) => reported.push(steps),
    });
    expect({ stepsDone, cancelled, failures }).toEqual({ stepsDone: 50, cancelled: false, failures: [] });
    expect([...results]).toEqual(Array.from({ length: 50 }, (_, i) => [3 + i, -2 + i]).flat());
    expect(reported.at(-1)).toBe(50);
    expect(await program.get('parameters', 'counter')).toEqual(Float32Array.of(53, 48));
    const moments = await program.download('moments');
    program.upload('moments', moments);
    expect(await program.download('moments')).toEqual(moments);
    expect(JSON.parse(program.describe())).toMatchObject({ backend: 'webgpu', runs: 2 });
    expect(program.memory().total).toBeGreaterThan(0);
  });

  test('stops on a signal, and refuses calls while it runs and after its disposal', async () => {
    const program = load();
    const stop = new AbortController();
    const run = program.run('slow', {
      steps: 1e5,
      signal: stop.signal,
      onProgress: () => {
        stop.abort();
      },
    });
    expect(() => {
      program.set('controls', 'rates', Float32Array.of(1, 0));
    }).toThrow(expect.objectContaining({ name: 'StateError', code: 'busy' }));
    await expect(program.download('parameters')).rejects.toMatchObject({ code: 'busy' });
    const { cancelled, stepsDone } = await run;
    expect(cancelled).toBe(true);
    expect((await program.get('parameters', 'counter'))[0]).toBe(stepsDone);
    const thrown = new Error('of a listener');
    const listening = program.run('slow', {
      steps: 1e5,
      onProgress: () => {
        throw thrown;
      },
    });
    await expect(listening).rejects.toBe(thrown);
    await program.dispose();
    await program.dispose();
    expect(() => program.describe()).toThrow(expect.objectContaining({ code: 'disposed' }));
    await expect(program.run('count')).rejects.toMatchObject({ name: 'StateError', code: 'disposed' });
  });

  test('does not block the event loop', async () => {
    const program = load();
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await program.run('slow', { steps: 8 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  test('accepts only whole step numbers from 0', async () => {
    const program = load();
    for (const firstStep of [-1, 0.5, Number.NaN, 2 ** 53]) {
      await expect(program.run('count', { firstStep })).rejects.toMatchObject({ code: 'invalid-argument' });
    }
    expect((await program.run('count', { firstStep: 2 ** 33 })).stepsDone).toBe(1);
  });

  test('the error for rows that do not exist names the first step with such a row', async () => {
    const rows = graph.data('rows', [1, 8, 1], 'int32');
    const outputs = { batch: graph.gather(graph.data('x', [3, 1]), rows) };
    ({ device } = await chooseDevice('webgpu'));
    const program = Program.load(compile({ runs: 1, entries: { main: { outputs } } }), { device });
    started.push(program);
    program.set('data', 'x', Float32Array.of(1, 2, 3));
    program.set('data', 'rows', Int32Array.of(0, 1, 2, 0, 1, 7, 8, 9));
    // After these runs, the program puts many steps into one submission.
    for (let i = 0; i < 4; i++) expect((await program.run('main', { steps: 5 })).stepsDone).toBe(5);
    await expect(program.run('main', { steps: 800 })).rejects.toMatchObject({
      ...{ name: 'InternalError', code: 'index-out-of-range', message: expect.stringMatching(/step 5: row 7 /) },
    });
  });

  test('a plan that the GPU cannot bind is refused, with the sizes', () => {
    const maxElements = WEBGPU!.adapter.limits.maxStorageBufferBindingSize / 4;
    const outputs = { y: graph.sum(graph.data('x', [maxElements + 16]), [0]) };
    expect(() => Program.load(compile({ runs: 1, entries: { main: { outputs } } }), { device })).toThrow(
      expect.objectContaining({ name: 'DeviceError', code: 'out-of-memory', message: expect.stringMatching(/MiB/) }),
    );
  });
});

describe('`interlatent devices`', () => {
  interface Devices {
    readonly webgpu: {
      readonly usable: boolean;
      readonly adapters: readonly { readonly description: string; readonly isSoftware: boolean }[];
      readonly problems: readonly { readonly code: string }[];
    };
    readonly auto: { readonly name: string; readonly reason: string };
  }
  const main = join(root, 'dist/cli/main.js');
  const command = (args: readonly string[], drivers?: string) =>
    spawnSync(process.execPath, [main, ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...(drivers !== undefined && { VK_DRIVER_FILES: drivers }) },
    });
  const devices = (drivers?: string): Devices => JSON.parse(command(['devices', '--json'], drivers).stdout) as Devices;

  testIf(WEBGPU !== undefined, WITHOUT_WEBGPU)(
    'lists adapters with limits; auto does not choose an adapter that computes on the processor',
    () => {
      const { webgpu, auto } = devices();
      expect(webgpu.usable).toBe(true);
      expect(webgpu.adapters[0]).toMatchObject({
        description: WEBGPU!.adapter.description,
        limits: expect.any(Object),
      });
      const { isSoftware } = webgpu.adapters[0];
      if (!isSoftware) return;
      expect(auto).toMatchObject({ name: 'cpu', reason: expect.stringContaining('on the processor') });
    },
  );

  test('says what is missing without a driver, and a command that requests WebGPU is refused', () => {
    const none = join(folder, 'no-driver.json');
    const { webgpu, auto } = devices(none);
    expect(webgpu).toMatchObject({ usable: false, adapters: [] });
    expect(webgpu.problems[0].code).toMatch(/^no-webgpu-(device|library)$/);
    expect(auto.name).not.toBe('webgpu');
    const { status, stderr } = command(['profile', 'study.yaml', '--device', 'webgpu'], none);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/error \[no-webgpu-(device|library)\][^]*apt-get|npm/)]);
  });
});

describeIf(WEBGPU !== undefined, WITHOUT_WEBGPU)('a fit', () => {
  async function trained(device: Device) {
    const trainer = await Trainer.create(jointStage(dataset, fitConfig(SMALL), device), { threads: 1, device });
    try {
      while (!trainer.finished) await trainer.epoch();
      return trainer.state;
    } finally {
      await trainer.dispose();
    }
  }

  test('has the objectives and parameters of the CPU', async () => {
    const { device } = await chooseDevice('webgpu');
    const [cpu, state] = [await trained(CPU), await trained(device)];
    cpu.history.forEach(({ validation }, i) => {
      for (const [name, values] of Object.entries(validation)) {
        const error = worstError(state.history[i].validation[name] as number[], values as number[]);
        expect([name, error < 1e-4 ? 'equal' : error]).toEqual([name, 'equal']);
      }
    });
    expect(worstError(state.parameters, cpu.parameters)).toBeLessThan(1e-3);
  });

  test('that was stopped resumes to the same bits, names its device, and encodes on either device', async () => {
    const settings = { ...SMALL, evidence: 'none', device: 'webgpu' } as const;
    await using whole = await MultimodalCausalModel.fit(dataset, settings);
    expect(whole.summary.device).toMatchObject({ requested: 'webgpu', name: 'webgpu' });
    const folderSettings = { ...settings, folder: join(folder, 'stopped') };
    const stop = new AbortController();
    const stopped = MultimodalCausalModel.fit(dataset, {
      ...{ ...folderSettings, signal: stop.signal },
      onProgress: ({ epoch }) => {
        if (epoch === 1) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await using resumed = await MultimodalCausalModel.fit(dataset, { ...folderSettings, resume: true });
    await resumed.save(join(folder, 'saved'));
    await using loaded = await MultimodalCausalModel.load(join(folder, 'saved'));
    const [before, after, here] = [
      await whole.encode(dataset),
      await resumed.encode(dataset),
      await loaded.encode(dataset),
    ];
    expect(after).toEqual(before);
    for (const [name, values] of Object.entries(here)) expect(worstError(after[name], values)).toBeLessThan(1e-5);
  });
});

testIf(WEBGPU !== undefined, WITHOUT_WEBGPU).each([
  ['while the GPU computes', 'setTimeout(() => process.exit(3), 20)'],
  ['while its thread asks for the next steps', 'process.exit(3)'],
])('a process that exits in the middle of a fit, %s, has the requested exit code', async (when, end) => {
  const { code } = await commandEnding(
    join(folder, when),
    `
    const { MultimodalCausalModel, readStudy } = await import(process.argv[1]);
    const { dataset } = await readStudy(process.argv[2]);
    const onProgress = () => ${end};
    const small = { fit: 'joint', encoderRestarts: 1, hidden: 8, warmStart: 0, freeze: 1, evidence: 'none' };
    await MultimodalCausalModel.fit(dataset, { ...small, device: 'webgpu', onProgress });
  `,
  );
  expect(code).toBe(3);
});

testIf(WEBGPU !== undefined, WITHOUT_WEBGPU)(
  'a program that gets no memory reports it, and other programs continue',
  async () => {
    const { plan } = counting();
    const [healthy, results] = [new WebGpuProgram(WEBGPU!, plan), new Float32Array(2)];
    const createBuffer = WEBGPU!.gpu.createBuffer.bind(WEBGPU!.gpu);
    // Request more memory than can exist instead of the needed size.
    WEBGPU!.gpu.createBuffer = (descriptor) => createBuffer({ ...descriptor, size: 2 ** 45 });
    const starved = new WebGpuProgram(WEBGPU!, plan);
    WEBGPU!.gpu.createBuffer = createBuffer;
    starved.upload(0, 0, new Float32Array(2));
    await expect(starved.run({ entry: 0, firstStep: 0, steps: 1, results })).rejects.toMatchObject({
      name: 'DeviceError',
      code: expect.stringMatching(/^(out-of-memory|device)$/),
    });
    await expect(starved.download(0, 0, new Float32Array(2))).rejects.toMatchObject({ name: 'DeviceError' });
    await starved.dispose();
    expect(await healthy.run({ entry: 0, firstStep: 0, steps: 1, results })).toMatchObject({ stepsDone: 1 });
    await healthy.dispose();
  },
);

describeIf(WEBGPU !== undefined, WITHOUT_WEBGPU)('a GPU that is lost', () => {
  test('ends the current run and later calls with one coded error', async () => {
    const gpu = await openWebGpu(webGpuLibrary()!);
    const wait = pausingWait();
    const adapter = (await adapterNamed(gpu, WEBGPU!.adapter.description, wait))!;
    const device = await WebGpuDevice.open(adapter, wait);
    const program = new WebGpuProgram(device, counting().plan);
    const results = new Float32Array(2e5);
    const run = program.run({ entry: 1, firstStep: 0, steps: 1e5, results }, () => {
      device.destroy();
    });
    await expect(run).rejects.toMatchObject({ name: 'DeviceError', code: 'device-lost' });
    expect(() => new WebGpuProgram(device, counting().plan)).toThrow(/when it is resumed/);
    await program.dispose();
  });
});

/** Returns the exit code of a program in a new process, with the built package and a small study in a folder. */
async function commandEnding(study: string, program: string): Promise<{ code: unknown }> {
  await writeSimulation(simulate('case1', { seed: 3, samples: 300, test: 50 }), study);
  const paths = [pathToFileURL(join(root, 'dist/index.js')).href, join(study, 'study.yaml')];
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, ...paths], { stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [unknown];
  return { code };
}
