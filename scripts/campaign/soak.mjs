// Hours of use in one process, with random fits, encodes, aborts and disposals, also in parallel. The process must not
// grow.
/* global performance, setTimeout, AbortController */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { measured, noteGrowth } from './growth.mjs';
import { pick } from './random.mjs';

const FIT = { fit: 'joint', encoderRestarts: 1, epochs: 3, hidden: 16, batch: 64, threads: 1, evidence: 'none' };
const SAMPLE_EVERY_MS = 10_000;

export async function soak({ folder: parent, randomOf, minutes, report, outcome }) {
  const { InterlatentError, MultimodalCausalModel, readStudy, simulate, writeSimulation } =
    await import('../../dist/index.js');
  const random = randomOf();
  const folder = mkdtempSync(join(parent, 'soak-'));
  await writeSimulation(simulate('case1', { samples: 200, test: 50 }), join(folder, 'data'));
  const study = await readStudy(join(folder, 'data/study.yaml'));
  const expected = await withModel((model) => model.encode(study.dataset));
  const samples = [];
  const end = performance.now() + 60_000 * minutes;
  let sampled = 0;

  async function withModel(work) {
    const model = await MultimodalCausalModel.fit(study, FIT);
    try {
      return await work(model);
    } finally {
      await model.dispose();
    }
  }

  const saved = join(folder, 'saved');
  await withModel((model) => model.save(saved));
  const acts = {
    fit: () => withModel((model) => same(model.encode(study.dataset))),
    'fit in a folder': async () => {
      const run = join(folder, `run-${Math.floor(1e9 * random())}`);
      const model = await MultimodalCausalModel.fit(study, { ...FIT, folder: run, checkpointEvery: 0 });
      await model.save(run);
      await model.dispose();
      const remaining = readdirSync(run).filter((name) => name.startsWith('.') || /lock|checkpoint/.test(name));
      rmSync(run, { recursive: true });
      if (remaining.length > 0) throw new Error(`left behind: ${remaining.join(', ')}`);
    },
    abort: async () => {
      const run = join(folder, `run-${Math.floor(1e9 * random())}`);
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 300 * random());
      const options = { ...FIT, epochs: 200, folder: run, signal: controller.signal };
      await ends(MultimodalCausalModel.fit(study, options), 'AbortError');
      rmSync(run, { recursive: true, force: true });
    },
    encode: async () => {
      const model = await MultimodalCausalModel.load(saved);
      await same(model.encode(study.dataset));
      await model.dispose();
    },
    'disposed while it encodes': async () => {
      const model = await MultimodalCausalModel.load(saved);
      const answers = Promise.allSettled([model.encode(study.dataset), model.encode(study.dataset)]);
      await model.dispose();
      for (const { status, reason } of await answers) if (status === 'rejected') requireCode(reason);
      await ends(model.encode(study.dataset), 'StateError');
    },
    'several encodes in parallel': async () => {
      const model = await MultimodalCausalModel.load(saved);
      await Promise.all(Array.from({ length: 8 }, () => same(model.encode(study.dataset))));
      await model.dispose();
    },
    report: async () => {
      const model = await MultimodalCausalModel.load(saved);
      const page = await model.report();
      await model.dispose();
      if (!page.includes('</html>')) throw new Error('no report');
    },
    'a bad file': () => ends(readStudy(join(folder, 'nowhere.yaml')), 'InputError'),
    'a locked folder': async () => {
      const run = join(folder, `run-${Math.floor(1e9 * random())}`);
      const two = [1, 2].map(() => MultimodalCausalModel.fit(study, { ...FIT, folder: run }));
      const settled = await Promise.allSettled(two);
      for (const { status, value, reason } of settled) {
        if (status === 'fulfilled') await value.dispose();
        else requireCode(reason);
      }
      rmSync(run, { recursive: true, force: true });
    },
  };

  async function same(encoding) {
    const latents = await encoding;
    for (const [name, values] of Object.entries(expected)) {
      if (!values.every((value, i) => Object.is(value, latents[name][i]))) throw new Error(`other latents of ${name}`);
    }
  }

  function requireCode(error) {
    if (!(error instanceof InterlatentError)) throw error;
  }

  async function ends(promise, name) {
    const error = await promise.then(
      () => undefined,
      (reason) => reason,
    );
    if (error?.name !== name) throw error ?? new Error(`there was no ${name}`);
  }

  while (performance.now() < end) {
    const name = pick(random, Object.keys(acts));
    const problem = await acts[name]().then(
      () => undefined,
      (error) => error.stack,
    );
    outcome.note(name, problem);
    if (performance.now() - sampled < SAMPLE_EVERY_MS) continue;
    sampled = performance.now();
    samples.push(await measured());
    if (samples.length % 30 === 1) report(`${outcome.tried} acts, ${JSON.stringify(samples.at(-1))}`);
  }
  noteGrowth(outcome, samples);
}
