// The worker thread that uses the GPU. Dawn polls the event loop while it waits, so it runs in a separate thread.

import { parentPort, workerData } from 'node:worker_threads';
import type { RunRequest } from '../../compile/backend.js';
import { DeviceError } from '../../errors/errors.js';
import { serializeError } from '../../errors/serialized-error.js';
import { WebGpuDevice } from '../../webgpu/device.js';
import { WebGpuProgram } from '../../webgpu/program.js';
import { runWork } from './ending.js';
import { adapterNamed, pausingWait, openWebGpu } from './library.js';
import type { FromThread, ThreadStart, ToThread } from './protocol.js';

const programs = new Map<number, Promise<WebGpuProgram>>();
let device: Promise<WebGpuDevice> | undefined;

/** Returns the GPU and opens it again if it was lost. */
async function currentDevice(): Promise<WebGpuDevice> {
  const current = device;
  const isUsable = await current?.then(
    ({ isLost }) => !isLost,
    () => false,
  );
  if (isUsable !== true && device === current) device = runWork(() => open(workerData as ThreadStart));
  return device!;
}

async function open({ library, adapter: name }: ThreadStart): Promise<WebGpuDevice> {
  const wait = pausingWait();
  const adapter = await adapterNamed(await openWebGpu(library), name, wait);
  if (!adapter) throw new DeviceError('no-webgpu-device', `${name} is no longer available.`);
  return WebGpuDevice.open(adapter, wait);
}

async function answer({ call, program: id, method, args }: ToThread): Promise<unknown> {
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
  runWork(() => answer(message)).then(
    (value) => {
      post({ call: message.call, value });
    },
    (error: unknown) => {
      const { code, message: text } = error as { code?: unknown; message: string };
      // The codes of errors of the GPU are numbers, which are meaningless here.
      const textCode = typeof code === 'string' ? code : undefined;
      post({ call: message.call, error: serializeError(error) ?? { code: textCode, message: text } });
    },
  );
});
