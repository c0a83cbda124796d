// The servers that bench/serving.ts asks, in one process, so that they meet the same machine.

import { join } from 'node:path';
import Fastify from 'fastify';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Row } from '../src/data/row.js';
import type { Latents } from '../src/inference/model-latents.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { serving } from '../src/serving/fastify.js';
import { Service } from '../src/serving/service.js';

/** What they are asked. */
export const SERVERS = {
  'fastify, empty handler': '/empty',
  plugin: '/ours/models/case1/encode',
  'plugin over onnxruntime': '/onnx/models/case1/encode',
  'plain handler of encodeRows': '/plain',
} as const;

export type ServerName = keyof typeof SERVERS;

export async function serve(folder: string, port: number): Promise<void> {
  const app = Fastify();
  app.get('/processor', () => {
    const { user, system } = process.cpuUsage();
    return String(user + system);
  });
  app.post('/empty', () => ({ ok: true }));
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

/** Everything as in the plugin, but the native call. */
async function onnxService(folder: string): Promise<Service> {
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
