// Latents and a small fit on WebGPU in a page agree with the library. Chromium emulates WebGPU on the processor
// (SwiftShader). Compiling the pipelines takes about 15 s.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy } from '../../src/study/study.js';
import { browserPage, inBrowser } from '../fixtures/browser-page.js';
import { scratch } from '../fixtures/scratch.js';
import { mixedRun } from '../fixtures/served-runs.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/browser');
const SWIFTSHADER = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
const SETTINGS = { fit: 'joint', encoderRestarts: 1, epochs: 2, batch: 64, hidden: 8, evidence: 'none' } as const;
const { assemble } = (await import(join(EXAMPLE, 'assemble.mjs'))) as {
  readonly assemble: (page: string, run: string, tables: Readonly<Record<string, string>>) => void;
};

const files = scratch();
let server: ChildProcess;
let address: string;
let tables: Record<string, string>;

beforeAll(async () => {
  const run = await mixedRun(files, 'mixed');
  tables = Object.fromEntries(
    ['clinic.csv', 'sleep.csv'].map((name) => [name, readFileSync(files.file(`mixed/${name}`), 'utf8')]),
  );
  assemble(files.file('page'), run, tables);
  server = spawn(process.execPath, [join(EXAMPLE, 'serve.mjs'), files.file('page')], {
    env: { ...process.env, PORT: '0' },
  });
  const [printed] = (await once(server.stdout!, 'data')) as [Buffer];
  address = printed.toString().trim();
}, 120_000);

afterAll(() => {
  server.kill('SIGKILL');
});

inBrowser('in Chromium', () => {
  const { open, troubles } = browserPage(SWIFTSHADER);

  /** Returns the JSON result of a script in the page. The script can use `web`, `gpu`, `tables` and `model`. */
  async function inPage<T>(script: string): Promise<T> {
    const page = await open(address);
    return page.evaluate<T>(`(async () => {
      const [web, demo] = await Promise.all([import('./interlatent/index.js'), import('./demo.js')]);
      const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const model = Object.fromEntries(Object.entries(demo.model).map(([name, text]) => [name, bytes(text)]));
      const { tables } = demo;
      const gpu = await web.webGpu();
      ${script}
    })()`);
  }

  test('latents on WebGPU are those of the reference', async () => {
    const difference = await inPage<number>(`
      const both = await Promise.all([{ gpu }, {}].map((options) => web.loadModel(model, options)));
      const [onGpu, onCpu] = [await both[0].encode(tables, { sd: true }), await both[1].encode(tables, { sd: true })];
      const each = ({ latents, sd }) => [...Object.values(latents), ...Object.values(sd)].flatMap((all) => [...all]);
      const expected = each(onCpu);
      return Math.max(...each(onGpu).map((value, i) => Math.abs(value - expected[i])));
    `);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-4);
    expect(troubles).toEqual([]);
  }, 120_000);

  test('a fit agrees with that of the processor, and can be saved', async () => {
    const study = readFileSync(files.file('mixed/study.yaml'), 'utf8');
    const fitted = await inPage<{ objective: number; device: string; names: string[]; epochs: number; same: boolean }>(`
      const reports = [];
      const settings = ${JSON.stringify(SETTINGS)};
      const onProgress = ({ stage, epoch }) => reports.push(stage + epoch);
      const fitted = await web.fit(tables, { gpu, study: ${JSON.stringify(study)}, ...settings, onProgress });
      const { stages, device } = fitted.summary;
      const saved = await fitted.files();
      const again = await web.loadModel(saved);
      const same = JSON.stringify(again.graph) === JSON.stringify(fitted.graph);
      const epochs = new Set(reports).size;
      return { objective: stages[0].objectives[0], device: device.name, names: Object.keys(saved), epochs, same };
    `);
    const read = await readStudy(files.file('mixed/study.yaml'));
    await using model = await MultimodalCausalModel.fit(read, { ...SETTINGS, threads: 1 });
    const { objective, ...rest } = fitted;
    expect(objective).toBeCloseTo(model.summary.stages[0].objectives[0]!, 3);
    expect(rest).toMatchObject({ device: 'webgpu', same: true });
    expect(rest.names).toEqual(['model.safetensors', 'graph.json', 'metrics.jsonl', 'run.json']);
    expect(rest.epochs).toBeGreaterThan(4);
    expect(troubles).toEqual([]);
  }, 300_000);
});
