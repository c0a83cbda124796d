// A user's first program, in every form in which it can be written: it simulates, fits a small model, encodes,
// discovers a graph, and prints the results.

const WORK = `
async function work({ buildInfo, MultimodalCausalModel, readStudy, simulate, writeSimulation }, { discover }) {
  const { mkdtempSync } = require('node:fs');
  const folder = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'interlatent-'));
  await writeSimulation(simulate('case1', { seed: 1, samples: 200, test: 20 }), folder);
  const { dataset } = await readStudy(folder + '/study.yaml');
  const settings = { fit: 'joint', encoderRestarts: 1, epochs: 1, hidden: 8, batch: 64, threads: 1 };
  const model = await MultimodalCausalModel.fit(dataset, settings);
  const latents = await model.encode(dataset);
  const { version } = model.summary;
  await model.dispose();
  const column = (name) => ({ name, values: Float64Array.from(latents[name].filter((_, i) => i % 2 === 0)) });
  const { edges } = discover(Object.keys(latents).map(column));
  const finite = Object.values(latents).every((values) => values.length > 0 && values.every(Number.isFinite));
  return { version, isa: buildInfo().isa, latents: Object.keys(latents), finite, edges: Array.isArray(edges) };
}`;

const REQUIRE = "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);";

const asEsModule = (last) => `
import * as interlatent from 'interlatent';
import * as causal from 'interlatent/causal';
${REQUIRE}
${WORK}
${last}
`;

export const ES_MODULE = asEsModule('console.log(JSON.stringify(await work(interlatent, causal)));');

/** The program with a report, which reads files of the package. */
export const TRACED = asEsModule(`
const result = await work(interlatent, causal);
const { mkdtempSync } = require('node:fs');
const folder = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'interlatent-'));
await interlatent.writeSimulation(interlatent.simulate('case1', { seed: 1, samples: 200, test: 20 }), folder);
const { dataset } = await interlatent.readStudy(folder + '/study.yaml');
const settings = { fit: 'joint', encoderRestarts: 1, epochs: 1, hidden: 8, batch: 64, threads: 1 };
const model = await interlatent.MultimodalCausalModel.fit(dataset, settings);
if (!(await model.report()).startsWith('<!')) throw new Error('no report');
await model.dispose();
console.log(JSON.stringify(result));`);

/** A program that prints the files that the program and its packages need. */
export const TRACE = `
import { nodeFileTrace } from '@vercel/nft';
const { fileList } = await nodeFileTrace(['app.mjs', 'app.cjs']);
console.log(JSON.stringify({ files: [...fileList] }));
`;

export const NEXT_ROUTE = `
import * as interlatent from 'interlatent';
import * as causal from 'interlatent/causal';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
const modules = { 'node:fs': fs, 'node:os': os, 'node:path': path };
const require = (name) => modules[name];
${WORK}
export const dynamic = 'force-dynamic';
export const GET = async () => Response.json(await work(interlatent, causal));
`;

export const NEXT_REQUEST = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address();
probe.close();
const env = { ...process.env, PORT: String(port), HOSTNAME: '127.0.0.1' };
const server = spawn(process.execPath, ['server.js'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
server.once('exit', () => process.exit(1));
for (let tries = 0; ; tries++) {
  try {
    const answer = await fetch('http://127.0.0.1:' + port + '/api/fit');
    console.log(await answer.text());
    break;
  } catch (error) {
    if (tries === 50) throw error;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
server.removeAllListeners('exit');
server.kill();
`;

export const COMMONJS = `${WORK}
work(require('interlatent'), require('interlatent/causal')).then((result) => console.log(JSON.stringify(result)));
`;

/** The program in strict TypeScript, with types. */
export const TYPESCRIPT = `
import { buildInfo, InterlatentError, MultimodalCausalModel, readStudy, simulate, writeSimulation } from 'interlatent';
import type { FitSettings, LatentEdge, Latents, Study } from 'interlatent';
import { discover, type CausalGraph, type DataColumn } from 'interlatent/causal';

async function main(): Promise<void> {
  const settings: Partial<FitSettings> = { encoderRestarts: 1, epochs: 1, hidden: 8, batch: 64 };
  await writeSimulation(simulate('case1', { seed: 1, samples: 200, test: 20 }), 'simulated');
  const study: Study = await readStudy('simulated/study.yaml');
  const model = await MultimodalCausalModel.fit(study, { ...settings, fit: 'joint', threads: 1 });
  const latents: Latents = await model.encode(study.dataset);
  const edges: readonly LatentEdge[] = model.graph.edges;
  const { version } = model.summary;
  await model.dispose();
  const even = (values: Float32Array) => Float64Array.from(values.filter((_, i) => i % 2 === 0));
  const columns: DataColumn[] = Object.entries(latents).map(([name, values]) => ({ name, values: even(values) }));
  const graph: CausalGraph = discover(columns).graph;
  // @ts-expect-error: if the types are found, an unknown name is an error
  void model.noSuchThing;
  const known: boolean = new Error() instanceof InterlatentError;
  if (known || !Array.isArray(edges) || graph.variables === undefined) throw new Error('not what the types say');
  console.log(JSON.stringify({ version, isa: buildInfo().isa, latents: Object.keys(latents) }));
}
void main();
`;

/** The program as a test of jest and of vitest. */
export const COMMONJS_TEST = `${WORK}
const modules = [require('interlatent'), require('interlatent/causal')];
test('fits', async () => {
  expect(await work(...modules)).toMatchObject({ finite: true, edges: true });
}, 60_000);
`;
export const ES_MODULE_TEST = asEsModule(`
test('fits', async () => {
  expect(await work(interlatent, causal)).toMatchObject({ finite: true, edges: true });
}, 60_000);
`);

/** Two threads fit at the same time. Each loads the engine; the main thread does not. */
export const WORKERS = `
import { Worker } from 'node:worker_threads';
const results = [0, 1].map(() => new Promise((done, failed) => {
  const worker = new Worker(new URL('worker.mjs', import.meta.url));
  worker.once('message', done);
  worker.once('error', failed);
}));
console.log(JSON.stringify((await Promise.all(results)).at(-1)));
`;
export const WORKER = asEsModule(
  "(await import('node:worker_threads')).parentPort.postMessage(await work(interlatent, causal));",
);

/** A program that uses what works without the engine, and prints the error of what does not. */
export const WITHOUT_ENGINE = `
import { buildInfo, simulate } from 'interlatent';
import { discover } from 'interlatent/causal';
const { modalities } = simulate('case1', { seed: 1, samples: 200, test: 20 });
const random = (seed) => Float64Array.from({ length: 100 }, (_, i) => Math.sin(seed * 997 + i * i));
const { edges } = discover(['a', 'b', 'c'].map((name, i) => ({ name, values: random(i) })));
let message = 'the engine was found';
try { buildInfo() } catch (error) { message = error.code + ' ' + error.message }
console.log(JSON.stringify({ edges: Array.isArray(edges), simulated: modalities !== undefined, message }));
`;
