// The servers that bench/serving.ts measures, in one process, so that they run under the same conditions.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Fastify from 'fastify';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Row } from '../src/data/row.js';
import type * as Package from '../src/index.js';
import type { Latents } from '../src/inference/model-latents.js';
import { packageRoot } from '../src/runtime/package.js';
import type * as Plugin from '../src/serving/fastify.js';
import type * as Serving from '../src/serving/index.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';

// The servers use dist/, as programs do, because its threads are files of dist/.
const { MultimodalCausalModel } = await packaged<typeof Package>('index.js');
const { Service } = await packaged<typeof Serving>('serving/index.js');
const { serving } = await packaged<typeof Plugin>('serving/fastify.js');

export const FITTING = 'plugin, while the process fits';

/** Path that is requested from each server. */
export const SERVERS = {
  'fastify, empty handler': '/empty',
  plugin: '/ours/models/case1/encode',
  'plugin over onnxruntime': '/onnx/models/case1/encode',
  'plain handler of encodeRows': '/plain',
  [FITTING]: '/ours/models/case1/encode',
} as const;

export type ServerName = keyof typeof SERVERS;

async function packaged<Module>(file: string): Promise<Module> {
  return (await import(pathToFileURL(join(packageRoot, 'dist', file)).href)) as Module;
}

export async function serve(folder: string, port: number): Promise<void> {
  const app = Fastify();
  app.get('/processor', () => {
    const { user, system } = process.cpuUsage();
    return String(user + system);
  });
  app.post('/empty', () => ({ ok: true }));
  let fitting = new AbortController();
  app.get('/fit', () => {
    fitting = new AbortController();
    void fitAgainAndAgain(fitting.signal);
    return 'begun';
  });
  app.get('/fit/end', () => {
    fitting.abort();
    return 'ended';
  });
  const model = await MultimodalCausalModel.load(folder);
  app.post('/plain', async (request) => {
    const latents = await model.encodeRows((request.body as { rows: Row[] }).rows);
    return Object.fromEntries(Object.entries(latents).map(([name, values]) => [name, Array.from(values)]));
  });
  await app.register(serving, { prefix: '/ours', models: { case1: folder } });
  await app.register(serving, { prefix: '/onnx', service: await onnxService(folder) });
  await app.listen({ port });
  console.log('ready');
}

/** Fits until the signal, with training, cross-fitting and tests as in a service. */
async function fitAgainAndAgain(signal: AbortSignal): Promise<void> {
  const dataset = simulatedDataset(simulate('case1'));
  try {
    for (;;) await MultimodalCausalModel.fit(dataset, { signal, threads: 1 });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Returns the service of the plugin, except that onnxruntime encodes instead of the native engine. */
async function onnxService(folder: string): Promise<Serving.Service> {
  const session = await InferenceSession.create(join(folder, 'model.onnx'), {
    ...{ intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' },
  });
  const service = await Service.create({ models: { case1: folder } });
  const [{ model }] = service.registry.loaded;
  model.encode = async ({ ids, modalities }): Promise<Latents> => {
    const inputs = modalities.map(({ name, columns, values }) => {
      const width = columns.length;
      const raw = new Float64Array(values.length);
      for (let row = 0; row < ids.length; row++) {
        for (let c = 0; c < width; c++) {
          raw[row * width + c] = values[row * width + c] * columns[c].sd + columns[c].mean;
        }
      }
      return [name, new Tensor('float64', raw, [ids.length, width])] as const;
    });
    const outputs = await session.run(Object.fromEntries(inputs));
    return Object.fromEntries(modalities.map(({ name }) => [name, outputs[`${name}.z`].data as Float32Array]));
  };
  return service;
}
