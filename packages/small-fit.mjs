// Tests a platform's engine on an emulated machine: INTERLATENT_NATIVE_PATH=ENGINE node packages/small-fit.mjs.
// Fits case 1 for two epochs, encodes, and prints one line of JSON. If the engine refuses, the line has its error.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildInfo, MultimodalCausalModel, readStudy, simulate, writeSimulation } from '../dist/index.js';

const folder = mkdtempSync(join(tmpdir(), 'interlatent-small-fit-'));
try {
  await writeSimulation(simulate('case1', { seed: 3, samples: 200, test: 50 }), folder);
  const study = await readStudy(join(folder, 'study.yaml'));
  const settings = {
    fit: 'joint',
    encoderRestarts: 1,
    epochs: 2,
    evidence: 'none',
    batch: 64,
    hidden: 8,
    seed: 0,
    threads: 2,
  };
  const model = await MultimodalCausalModel.fit(study, settings);
  const latents = await model.encode(study.dataset);
  await model.dispose();
  const values = Object.values(latents).flatMap((array) => [...array]);
  const { isa, compiler } = buildInfo();
  const finite = values.every(Number.isFinite);
  const sum = values.reduce((total, value) => total + Math.abs(value), 0);
  console.log(JSON.stringify({ arch: process.arch, isa, compiler, values: values.length, finite, sum }));
} catch (error) {
  const { isa } = buildInfo();
  console.log(JSON.stringify({ arch: process.arch, isa, code: error.code, message: error.message }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
