// Fits as jobs of a BullMQ queue, on a real Valkey or Redis server, by workers in processes of their own: progress,
// cancel, and a killed worker whose fit another one brings to the same end.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Queue, QueueEvents, type Job } from 'bullmq';
import { cancelFit, enqueueFit, enqueueSharedFit, type FitJobProgress, type FitJobResult } from '../src/jobs/bullmq.js';
import { readLease } from '../src/shards/lease.js';
import { writeSimulation } from '../src/simulation/files.js';
import { simulate } from '../src/simulation/simulate.js';
import { scratch } from './scratch.js';
import { describeIf } from './skipping.js';

const SERVER = ['valkey-server', 'redis-server'].find((name) => spawnSync(name, ['--version']).status === 0);
const { folder } = scratch();
const settings = { fit: 'joint', encoderRestarts: 2, batch: 64, hidden: 8 } as const;
/** Some seconds: time to do something to its worker. */
const LONG = { ...settings, epochs: 300 };

const withServer = describeIf(SERVER !== undefined, 'no valkey-server or redis-server');
withServer('a queue of fits', () => {
  let port: number;
  let server: ChildProcess;
  let queue: Queue;
  let events: QueueEvents;
  /** Does all jobs until it is stopped: the last that was started, unless two share a fit. */
  let worker: ChildProcess;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 300, test: 50 }), join(folder, 'data'));
    port = await freePort();
    server = spawn(SERVER!, ['--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder]);
    await said(server, /ready to accept connections/i);
    const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
    queue = new Queue('fits', { connection });
    events = new QueueEvents('fits', { connection });
    await events.waitUntilReady();
    await startWorker();
  });

  afterAll(async () => {
    for (const one of started) one.kill('SIGKILL');
    await events.close();
    await queue.close();
    server.kill('SIGKILL');
    await once(server, 'close');
  });

  async function startWorker(): Promise<void> {
    worker = spawn(process.execPath, [join(import.meta.dirname, 'fit-worker.mjs'), String(port), folder]);
    started.push(worker);
    await said(worker, /ready/);
  }

  async function stopWorker(signal: NodeJS.Signals): Promise<void> {
    const closed = once(worker, 'close');
    worker.kill(signal);
    await closed;
  }

  const enqueue = (run: string, more: object = {}): Promise<Job> =>
    enqueueFit(queue, {
      study: 'data/study.yaml',
      run,
      settings: { ...settings, epochs: 4 },
      evidence: 'none',
      ...more,
    });

  /** Until a job has left a checkpoint; rejects where the job ends before. */
  async function checkpointOf(job: Job, run: string): Promise<void> {
    while (!existsSync(join(folder, run, 'checkpoint.safetensors'))) {
      if (await job.isCompleted()) throw new Error(`${run} ended before a checkpoint was seen`);
      await setTimeout(10);
    }
  }

  /** Whose process has leased a shard; rejects where the job ends before. */
  async function holderOf(job: Job, lease: string): Promise<number> {
    for (;;) {
      const found = await readLease(join(folder, lease));
      if (found) return found.pid;
      if ((await job.isFailed()) || (await job.isCompleted())) throw new Error(`it ended before ${lease} was seen`);
      await setTimeout(5);
    }
  }

  const weights = (run: string): Buffer => readFileSync(join(folder, run, 'model.safetensors'));

  test('is done by a worker, which tells of it and leaves a RUN folder', async () => {
    const told: FitJobProgress[] = [];
    events.on('progress', ({ data }) => told.push(data as FitJobProgress));
    const job = await enqueue('runs/first');
    const result = (await job.waitUntilFinished(events)) as FitJobResult;
    expect(result).toMatchObject({ run: 'runs/first', edges: expect.any(Array), seconds: expect.any(Number) });
    expect(told.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['joint', 'missing']));
    expect(told[0]).toMatchObject({ stages: ['joint', 'missing'], epochs: 4 });
    expect(existsSync(join(folder, 'runs/first/latents-in-sample.csv'))).toBe(true);
    // Nothing was tested, so that no latents are out of fold.
    expect(existsSync(join(folder, 'runs/first/latents.csv'))).toBe(false);
    expect(existsSync(join(folder, 'runs/first/checkpoint.safetensors'))).toBe(false);
  });

  test('that outlives its worker is brought to the same end by another one', async () => {
    const whole = await enqueue('runs/whole', { settings: LONG });
    await whole.waitUntilFinished(events);
    const job = await enqueue('runs/killed', { settings: LONG });
    await checkpointOf(job, 'runs/killed');
    await stopWorker('SIGKILL');
    expect(existsSync(join(folder, 'runs/killed/run.json'))).toBe(false);
    await startWorker();
    await job.waitUntilFinished(events);
    expect(weights('runs/killed').equals(weights('runs/whole'))).toBe(true);
  }, 120_000);

  test('that several share has the same bits, and outlives a worker', async () => {
    const other = worker;
    await startWorker();
    const job = { study: 'data/study.yaml', run: 'runs/shared', settings: LONG, evidence: 'none' as const };
    const jobs: Job[] = await enqueueSharedFit(queue, job, 2);
    // Whichever of them has the first shard.
    const holder = await holderOf(jobs[0], 'runs/shared/shards/fit.joint.0.lease');
    const [lost, left] = holder === worker.pid ? [worker, other] : [other, worker];
    expect(lost.pid).toBe(holder);
    lost.kill('SIGKILL');
    worker = left;
    const results = await Promise.all(jobs.map((one) => one.waitUntilFinished(events) as Promise<FitJobResult>));
    expect(results[0]).toEqual(results[1]);
    expect(weights('runs/shared').equals(weights('runs/whole'))).toBe(true);
    // All have ended: nobody needs them.
    expect(existsSync(join(folder, 'runs/shared/shards'))).toBe(false);
  }, 120_000);

  test('goes to another worker where one is told to end', async () => {
    const job = await enqueue('runs/handed', { settings: LONG });
    await checkpointOf(job, 'runs/handed');
    await stopWorker('SIGTERM');
    expect(existsSync(join(folder, 'runs/handed/checkpoint.safetensors'))).toBe(true);
    await startWorker();
    await job.waitUntilFinished(events);
    expect(weights('runs/handed').equals(weights('runs/whole'))).toBe(true);
  }, 120_000);

  test('is cancelled, before it begins and while it goes on, and not tried again', async () => {
    await queue.pause();
    const waiting = await enqueue('runs/never');
    expect(await cancelFit(queue, waiting.id!)).toBe('removed');
    await queue.resume();
    const job = await enqueue('runs/cancelled', { settings: { ...LONG, epochs: 100_000 } });
    await checkpointOf(job, 'runs/cancelled');
    expect(await cancelFit(queue, job.id!)).toBe('stopping');
    await expect(job.waitUntilFinished(events)).rejects.toThrow(/\[fit-cancelled\].*runs\/cancelled/);
    expect(await cancelFit(queue, job.id!)).toBe('finished');
    expect((await queue.getJob(job.id!))!.attemptsMade).toBe(1);
    expect(existsSync(join(folder, 'runs/cancelled/checkpoint.safetensors'))).toBe(true);
    expect(existsSync(join(folder, 'runs/never'))).toBe(false);
    await expect(cancelFit(queue, 'nobody')).rejects.toMatchObject({ code: 'unknown-job' });
  });

  test('whose RUN is there already returns it; what a job says wrongly fails at once, with a code', async () => {
    cpSync(join(folder, 'runs/first'), join(folder, 'runs/again'), { recursive: true });
    const before = weights('runs/again');
    const again = (await (await enqueue('runs/again')).waitUntilFinished(events)) as FitJobResult;
    expect(again.run).toBe('runs/again');
    expect(weights('runs/again').equals(before)).toBe(true);
    const cases: [object, RegExp][] = [
      [{ run: 'runs/again', settings: LONG }, /\[checkpoint-mismatch\]/],
      [{ study: 'nowhere.yaml' }, /\[missing-file\]/],
      [{ study: '../study.yaml' }, /\[unsafe-name\]/],
      [{ run: '/etc/run' }, /\[unsafe-name\]/],
      [{ settings: { epoch: 3 } }, /\[invalid-setting\].*epochs/],
    ];
    for (const [more, says] of cases) {
      // Not by `enqueueFit`, which refuses most of them: another program may write to the queue.
      const data = { study: 'data/study.yaml', run: 'runs/wrong', settings, evidence: 'none', ...more };
      const job = await queue.add('fit', data, { attempts: 3 });
      await expect(job.waitUntilFinished(events)).rejects.toThrow(says);
      expect((await queue.getJob(job.id!))!.attemptsMade).toBe(1);
    }
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Until a process has printed something; rejects if it ends before. */
async function said(child: ChildProcess, expected: RegExp): Promise<void> {
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    const take = (text: Buffer): void => {
      printed += text.toString();
      if (expected.test(printed)) resolve();
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`it ended: ${printed}`)));
  });
}
