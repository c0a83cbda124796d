// The thread that has the GPU. Dawn asks the event loop over and over while it waits, so the loop is one of its own.

import { parentPort, workerData } from 'node:worker_threads';
import type { RunRequest } from '../../compile/backend.js';
import { DeviceError } from '../../errors.js';
import { serializeError } from '../../threads/serialized-error.js';
import { WebGpuDevice } from '../../webgpu/device.js';
import { WebGpuProgram } from '../../webgpu/program.js';
import { working } from './ending.js';
import { adapterNamed, dozing, openWebGpu } from './library.js';
import type { FromThread, ThreadStart, ToThread } from './protocol.js';

const programs = new Map<number, Promise<WebGpuProgram>>();
let device: Promise<WebGpuDevice> | undefined;

/** The GPU; opened anew where it was lost. */
async function currentDevice(): Promise<WebGpuDevice> {
  const before = device;
  const works = await before?.then(
    (own) => !own.isLost,
    () => false,
  );
  if (works !== true && device === before) device = working(() => open(workerData as ThreadStart));
  return device!;
}

async function open({ library, adapter: name }: ThreadStart): Promise<WebGpuDevice> {
  const wait = dozing();
  const adapter = await adapterNamed(await openWebGpu(library), name, wait);
  if (!adapter) throw new DeviceError('no-webgpu-device', `${name} is not there any more.`);
  return WebGpuDevice.open(adapter, wait);
}

async function answer({ call, program: id, method, given }: ToThread): Promise<unknown> {
  if (method === 'load') {
    const loaded = currentDevice().then((own) => new WebGpuProgram(own, given[0] as Uint8Array));
    programs.set(id, loaded);
    await loaded;
    return undefined;
  }
  const program = await programs.get(id)!;
  switch (method) {
    case 'upload': {
      program.upload(...(given as Parameters<WebGpuProgram['upload']>));
      return undefined;
    }
    case 'download': {
      const [slab, offset, count] = given as [number, number, number];
      const values = new Int32Array(count);
      await program.download(slab, offset, values);
      return values;
    }
    case 'run': {
      const [request, size] = given as [Omit<RunRequest, 'results'>, number];
      const results = new Float32Array(size);
      const report = await program.run({ ...request, results }, (stepsDone) => {
        post({ call, stepsDone });
      });
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

function post(message: FromThread): void {
  parentPort!.postMessage(message);
}

parentPort!.on('message', (message: ToThread) => {
  working(() => answer(message)).then(
    (value) => {
      post({ call: message.call, value });
    },
    (error: unknown) => {
      const { code, message: text } = error as { code?: unknown; message: string };
      // Those of the GPU's own errors are numbers, which say nothing.
      const own = typeof code === 'string' ? code : undefined;
      post({ call: message.call, error: serializeError(error) ?? { code: own, message: text } });
    },
  );
});
