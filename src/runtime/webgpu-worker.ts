// The worker thread that uses the GPU. Dawn polls the event loop while it waits, so it runs in a separate thread.

import { workerData } from 'node:worker_threads';
import type { RunRequest } from '../compile/backend.js';
import { DeviceError, InternalError } from '../errors/errors.js';
import { answerCalls, type ThreadHooks } from '../threads/answer-calls.js';
import { WebGpuDevice } from '../webgpu/device.js';
import { WebGpuProgram } from '../webgpu/program.js';
import { runWork } from './webgpu-ending.js';
import { adapterNamed, pausingWait, openWebGpu } from './webgpu-library.js';
import type { GpuMethod, GpuThreadData } from './webgpu-thread.js';

const programs = new Map<number, Promise<WebGpuProgram>>();
let device: Promise<WebGpuDevice> | undefined;

/** Returns the GPU and opens it again if it was lost. */
async function currentDevice(): Promise<WebGpuDevice> {
  const current = device;
  const isUsable = await current?.then(
    ({ isLost }) => !isLost,
    () => false,
  );
  if (isUsable !== true && device === current) device = runWork(() => open(workerData as GpuThreadData));
  return device!;
}

async function open({ library, adapter: name }: GpuThreadData): Promise<WebGpuDevice> {
  const wait = pausingWait();
  const adapter = await adapterNamed(await openWebGpu(library), name, wait);
  if (!adapter) throw new DeviceError('no-webgpu-device', `${name} is no longer available.`);
  return WebGpuDevice.open(adapter, wait);
}

async function answer(method: GpuMethod, [id, ...args]: readonly [number, ...unknown[]], hooks: ThreadHooks) {
  if (method === 'load') {
    const loaded = currentDevice().then((gpu) => new WebGpuProgram(gpu, args[0] as Uint8Array));
    programs.set(id, loaded);
    await loaded;
    return undefined;
  }
  const program = await programs.get(id)!;
  switch (method) {
    case 'upload': {
      program.upload(...(args as Parameters<WebGpuProgram['upload']>));
      return undefined;
    }
    case 'download': {
      const [slab, offset, count] = args as [number, number, number];
      const values = new Int32Array(count);
      await program.download(slab, offset, values);
      return values;
    }
    case 'run': {
      const [request, size] = args as [Omit<RunRequest, 'results'>, number];
      const results = new Float32Array(size);
      // The call is aborted when a listener throws.
      hooks.signal.addEventListener('abort', () => {
        program.cancel();
      });
      const report = await program.run({ ...request, results }, hooks.onProgress);
      return { report, results };
    }
    case 'cancel':
      program.cancel();
      return undefined;
    case 'dispose':
      programs.delete(id);
      return program.dispose();
  }
}

answerCalls((method, args, hooks) =>
  runWork(() => answer(method as GpuMethod, args as [number, ...unknown[]], hooks)).catch((error: unknown) => {
    const { code, message } = error as { code?: unknown; message: string };
    // The codes of errors of the GPU are numbers, which are meaningless here.
    throw typeof code === 'string' ? error : new InternalError('device', `[webgpu] ${message}`);
  }),
);
