// Long work runs in background threads, with the same answers, errors and hooks as on the caller's thread. These tests
// use dist/, because the package has no such threads when it runs from its sources.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type * as Package from '../../src/index.js';
import { MultimodalCausalModel as OnThisThread } from '../../src/model/multimodal-causal-model.js';
import { fromShared, toShared } from '../../src/threads/shared-values.js';
import { scratch } from '../fixtures/scratch.js';
import { testIf } from '../fixtures/skipping.js';

const { LockedFolder, MultimodalCausalModel, readStudy, selectLatents, simulate, writeSimulation } = (await import(
  join(import.meta.dirname, '../../dist/index.js')
)) as typeof Package;

const SMALL = {
  ...{
    encoderRestarts: 1,
    epochs: 3,
    componentRestarts: 2,
    componentSteps: 20,
    polish: 1,
    subspaces: 'network' as const,
  },
  ...{ batch: 64, hidden: 8, threads: 1, seed: 1, evidence: 'none' as const },
};
const { folder, file } = scratch();
let study: Package.Study;

const asText = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) => {
    if (key === 'seconds') return 0;
    if (part instanceof Map || part instanceof Set) return [...(part as Iterable<unknown>)];
    return ArrayBuffer.isView(part)
      ? Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64')
      : part;
  });
/** Returns a digest of a value without durations, because a failure message with megabytes of text would be useless. */
const digest = (value: unknown): string => createHash('sha256').update(asText(value)).digest('hex');
const code = (expected: string) => expect.objectContaining({ code: expected });

beforeAll(async () => {
  const simulation = simulate('case1', { seed: 2, samples: 150, test: 30 });
  await writeSimulation(simulation, join(folder, 'data'));
  study = await readStudy(join(folder, 'data/study.yaml'));
});

const onLinux = testIf(process.platform === 'linux', 'only Linux lists the threads of a process in /proc');

/** Returns the niceness of all threads of a process: the 19th field of stat (proc_pid_stat(5)). */
const nicenesses = (of: number | 'self'): number[] =>
  readdirSync(`/proc/${of}/task`).flatMap((thread) => {
    try {
      // The second field can contain spaces.
      const fields = readFileSync(`/proc/${of}/task/${thread}/stat`, 'utf8').split(') ')[1].split(' ');
      return [Number(fields[16])];
    } catch {
      return []; // The thread has ended meanwhile.
    }
  });

describe('the thread of a task', () => {
  onLinux('is reused for the next task, which sees the current environment', () => {
    const text = readFileSync(join(folder, 'data/study.yaml'), 'utf8');
    file('elsewhere.yaml', text.replaceAll(/table: ([\w.]+)/g, 'table: "${INTERLATENT_DATA}/$1"'));
    const script = `
      import { readStudy } from ${JSON.stringify(join(import.meta.dirname, '../../dist/index.js'))};
      import { readdirSync } from 'node:fs';
      const threads = () => readdirSync('/proc/self/task').length;
      process.env.INTERLATENT_DATA = 'nowhere';
      await readStudy('data/study.yaml');
      const after = threads();
      await readStudy('elsewhere.yaml').catch(({ code }) => console.log(code));
      await readStudy('data/study.yaml');
      process.env.INTERLATENT_DATA = 'data';
      await readStudy('elsewhere.yaml');
      console.log(threads() - after);
      while (threads() >= after) await new Promise((resolve) => setTimeout(resolve, 100));
      console.log('gone');`;
    file('reads.mjs', script);
    const { stdout, stderr } = spawnSync(process.execPath, ['reads.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(stdout + stderr).toBe('missing-file\n0\ngone\n');
  });
});

describe('a fit', () => {
  test('continues while the caller’s thread is busy, in a folder that the caller keeps locked', async () => {
    const run = join(folder, 'busy');
    await using locked = await LockedFolder.open(run);
    let isFirst = true;
    // The caller's thread is blocked until the fit has reached its second stage.
    const waits = (): void => {
      const metrics = join(run, 'metrics.jsonl');
      const has = (): boolean => existsSync(metrics) && /"stage":"components"/.test(readFileSync(metrics, 'utf8'));
      for (let times = 0; isFirst && !has() && times < 6000; times++) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      }
      isFirst = false;
      expect(has()).toBe(true);
    };
    await using model = await MultimodalCausalModel.fit(study, { ...SMALL, folder: locked, onProgress: waits });
    await expect(LockedFolder.open(run)).rejects.toEqual(code('run-locked'));
    await model.save(locked);
    expect(existsSync(join(run, 'run.json'))).toBe(true);
  });

  onLinux('lets the event loop of its caller go first', async () => {
    const before = getPriority();
    const seen: number[][] = [];
    const onProgress = (): number => seen.push(nicenesses('self'));
    await (await MultimodalCausalModel.fit(study, { ...SMALL, onProgress })).dispose();
    expect(before).toBeLessThan(10);
    // The background thread, and the threads that the engine starts there.
    expect(Math.max(...seen.map((now) => now.filter((niceness) => niceness === 10).length))).toBeGreaterThan(1);
    expect(getPriority()).toBe(before);
  });

  onLinux('does not lower its priority on the command line', async () => {
    const words = [
      'fit',
      'data/study.yaml',
      '--out',
      'alone',
      '--epochs',
      '200',
      '--encoder-restarts',
      '1',
      '--evidence',
      'none',
    ];
    const command = join(import.meta.dirname, '../../dist/cli/main.js');
    const child = spawn(process.execPath, [command, ...words], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const seen = await new Promise<number[]>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (/epoch \d/.test(text)) resolve(nicenesses(child.pid!));
      });
      child.on('exit', () => reject(new Error('it ended before its first epoch')));
    });
    child.kill('SIGKILL');
    expect(seen.length).toBeGreaterThan(2);
    expect(Math.max(...seen)).toBe(getPriority());
  });

  test('has the same bits as on the caller’s thread', async () => {
    const stages = new Set<string>();
    let rowsRead = 0;
    const whole = { ...SMALL, evidence: 'full' as const };
    await using there = await MultimodalCausalModel.fit(study, {
      ...whole,
      onProgress: ({ stage, fold }) => stages.add(`${stage}${fold === undefined ? '' : ` of fold ${fold}`}`),
      onRestarts: ({ rows }) => (rowsRead += rows.length),
    });
    await using here = await OnThisThread.fit(study, whole);
    expect(digest(there.summary)).toBe(digest(here.summary));
    expect(digest(there.graph)).toBe(digest(here.graph));
    expect(digest(there.outOfFold)).toBe(digest(here.outOfFold));
    expect(digest(await there.encode(study.dataset))).toBe(digest(await here.encode(study.dataset)));
    expect(stages.size).toBeGreaterThan(4);
    expect([...stages].some((stage) => stage.endsWith('fold 1'))).toBe(true);
    expect(rowsRead).toBe(study.dataset.split.train.length);
  });

  test('stops on abort with the reason of the signal, and can be resumed', async () => {
    const run = join(folder, 'stopped');
    const reason = new Error('enough');
    const controller = new AbortController();
    const stop = (): void => {
      controller.abort(reason);
    };
    const stopped = MultimodalCausalModel.fit(study, {
      ...{ ...SMALL, epochs: 500, folder: run },
      ...{ signal: controller.signal, onProgress: stop },
    });
    await expect(stopped).rejects.toBe(reason);
    expect(existsSync(join(run, 'checkpoint.safetensors'))).toBe(true);
    const again = { ...SMALL, epochs: 500, folder: run, resume: true };
    await expect(MultimodalCausalModel.fit(study, { ...again, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const other = MultimodalCausalModel.fit(study, { ...again, epochs: 3 });
    await expect(other).rejects.toEqual(code('checkpoint-mismatch'));
  });

  test('stops with the error that a callback throws', async () => {
    const reason = new TypeError('mine');
    const thrower = (): void => {
      throw reason;
    };
    await expect(MultimodalCausalModel.fit(study, { ...SMALL, onProgress: thrower })).rejects.toBe(reason);
    await expect(MultimodalCausalModel.fit(study, { ...SMALL, onRestarts: thrower })).rejects.toBe(reason);
  });

  test('fails with the errors that are documented', async () => {
    const fit = async (settings: object) => MultimodalCausalModel.fit(study, settings);
    await expect(fit({ epochs: -1 })).rejects.toEqual(code('invalid-setting'));
    await expect(fit({ device: 'cuda' })).rejects.toMatchObject({ name: 'DeviceError' });
    await expect(fit({ hidden: () => 8 })).rejects.toEqual(code('invalid-argument'));
    await expect(MultimodalCausalModel.fit({} as Package.Dataset)).rejects.toEqual(code('invalid-argument'));
  });
});

describe('questions to a model', () => {
  let there: Package.MultimodalCausalModel;
  let here: OnThisThread;
  beforeAll(async () => {
    there = await MultimodalCausalModel.load(join(folder, 'busy'));
    here = await OnThisThread.load(join(folder, 'busy'));
  });

  const all = async (items: AsyncIterable<unknown>): Promise<string> => {
    const received: unknown[] = [];
    for await (const item of items) received.push(item);
    expect(received.length).toBeGreaterThan(100);
    return digest(received);
  };

  test('have the same answers as on the caller’s thread', async () => {
    const setting = { 'm1.z1': { sd: 1 } };
    const fitAlone = { untested: true, assumeOrder: true };
    const options = { draws: 50, ...fitAlone };
    expect(digest(await there.intervene(setting, options))).toBe(digest(await here.intervene(setting, options)));
    expect(digest(await there.generate(20))).toBe(digest(await here.generate(20)));
    expect(await there.report({ study })).toBe(await here.report({ study }));
    const { dataset } = study;
    const subjects = dataset.ids.slice(0, 120);
    const moved = (model: OnThisThread) =>
      all(model.counterfactual(dataset, setting, { subjects, draws: 10, ...fitAlone }));
    expect(await moved(there)).toBe(await moved(here));
    const modalities = { from: ['m1'], to: ['m2'], draws: 10, subjects };
    expect(await all(there.predict(dataset, modalities))).toBe(await all(here.predict(dataset, modalities)));
  });

  test('can be abandoned before the last item, without an effect on other questions', async () => {
    const first: unknown[] = [];
    for await (const { row } of there.counterfactual(
      study.dataset,
      { 'm1.z1': 0 },
      { untested: true, assumeOrder: true },
    )) {
      first.push(row);
      if (first.length === 3) break;
    }
    expect(first).toEqual([0, 1, 2]);
    const answers = await Promise.all([there.generate(3, { seed: 1 }), there.generate(3, { seed: 2 }), there.report()]);
    expect(answers).toHaveLength(3);
  });

  test('fail with the errors that are documented', async () => {
    await expect(there.intervene({ nobody: 1 })).rejects.toEqual(code('unknown-latent'));
    const unknown = all(there.counterfactual(study.dataset, {}, { subjects: ['nobody'] }));
    await expect(unknown).rejects.toEqual(code('unknown-subject'));
    await expect(there.report({ study: {} as Package.Dataset })).rejects.toEqual(code('invalid-argument'));
  });

  onLinux('have a thread that is reused for the next model', async () => {
    const first = await MultimodalCausalModel.load(join(folder, 'busy'));
    const answer = digest(await first.generate(5));
    const threads = nicenesses('self').length;
    await first.dispose();
    await expect(first.generate(5)).rejects.toEqual(code('disposed'));
    await using second = await MultimodalCausalModel.load(join(folder, 'busy'));
    expect(digest(await second.generate(5))).toBe(answer);
    expect(nicenesses('self').length).toBeLessThanOrEqual(threads);
  });

  test('reject when the model is disposed', async () => {
    await using other = await MultimodalCausalModel.load(join(folder, 'busy'));
    await other.generate(2);
    const pending = expect(other.generate(1_000_000)).rejects.toEqual(code('disposed'));
    await other.dispose();
    await pending;
    await expect(other.generate(2)).rejects.toEqual(code('disposed'));
  });
});

test('a study is read with the same result and errors as on the caller’s thread', async () => {
  const { readStudy: readHere } = await import('../../src/study/study.js');
  const path = join(folder, 'data/study.yaml');
  expect(digest(await readStudy(path))).toBe(digest(await readHere(path)));
  file('data/bad.yaml', readFileSync(path, 'utf8').replace('m1.csv', 'm9.csv'));
  const expected = await readHere(join(folder, 'data/bad.yaml')).catch(String);
  expect(expected).toMatch(/m9\.csv/);
  expect(await readStudy(join(folder, 'data/bad.yaml')).catch(String)).toBe(expected);
});

test('the number of latents is selected with the same result as on the caller’s thread', async () => {
  const { selectLatents: selectHere } = await import('../../src/selection/select-latents.js');
  const options = { maxLatents: 1, splits: 3, threads: 1 };
  const there = await selectLatents(study.dataset, options);
  expect(digest(there)).toBe(digest(await selectHere(study.dataset, options)));
});

describe('a value that is sent to another thread', () => {
  const long = Float32Array.from({ length: 300_000 }, (_, i) => i / 7);
  const texts = Array.from({ length: 45_000 }, (_, i) => (i % 3 ? `subject ${i}, é 😀` : ''));
  const small = { numbers: [1, 2], short: new Float64Array(3), map: new Map([['a', long.subarray(1)]]), nothing: null };

  test('arrives unchanged', async () => {
    const value = { long, texts: { ids: texts, again: texts }, small, lists: [[long], [undefined, 'x']] };
    const arrived = await fromShared(structuredClone(await toShared(value)));
    expect(digest(arrived)).toBe(digest(value));
    expect(arrived.small.map.get('a')).toHaveLength(299_999);
  });

  test('is not copied again if both threads already share it', async () => {
    const once = await toShared({ long });
    expect(once.long.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect((await toShared(once)).long).toBe(once.long);
  });

  test('is the same object if it contains nothing long', async () => {
    const few = { a: [1], ids: ['x'], values: new Float32Array(9) };
    expect(await toShared(few)).toBe(few);
    expect(await fromShared(few)).toBe(few);
  });
});
