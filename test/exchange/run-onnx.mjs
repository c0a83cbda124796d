// Runs ONNX files in a separate process, because onnxruntime checks typed arrays by identity, which jest's realms
// break. It reads JSON lines { model, inputs: { name: { type, shape, file } } } and writes the outputs as files of
// float32 next to the model.

import { readFileSync, writeFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const ARRAYS = { float32: Float32Array, float64: Float64Array };

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const { model, inputs } = JSON.parse(line);
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  const feeds = Object.entries(inputs).map(([name, { type, shape, file }]) => {
    const bytes = readFileSync(file);
    return [name, new Tensor(type, new ARRAYS[type](new Uint8Array(bytes).buffer), shape)];
  });
  const results = await session.run(Object.fromEntries(feeds));
  for (const [name, { data }] of Object.entries(results)) {
    writeFileSync(`${model}.${name}`, new Uint8Array(data.buffer));
  }
}
