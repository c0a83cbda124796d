// Fits as jobs of a BullMQ queue on a Valkey or Redis server. Workers are separate processes. They report progress and
// can be cancelled. Another worker finishes the fit of a killed worker with the same result.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Queue, QueueEvents, type Job } from 'bullmq';
import {
  cancelFit,
  enqueueFit,
  enqueueSharedFit,
  type FitJobProgress,
  type FitJobResult,
} from '../../src/serving/bullmq.js';
import { readLease } from '../../src/distributed/lease.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { scratch } from '../fixtures/scratch.js';
import { describeIf } from '../fixtures/skipping.js';

const SERVER = ['valkey-server', 'redis-server'].find((name) => spawnSync(name, ['--version']).status === 0);
const { folder } = scratch();
const settings = { fit: 'joint', encoderRestarts: 2, batch: 64, hidden: 8 } as const;
/** Settings of a fit that takes some seconds, so that a test can stop its worker. */
const LONG = { ...settings, epochs: 300 };

const withServer = describeIf(SERVER !== undefined, 'no valkey-server or redis-server');
withServer('a queue of fits', () => {
  let port: number;
  let server: ChildProcess;
  let queue: Queue;
  let events: QueueEvents;
  /** The worker that runs. */
  let worker: ChildProcess;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 300, test: 50 }), join(folder, 'data'));
    port = await freePort();
    server = spawn(SERVER!, ['--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder]);
    await waitForOutput(server, /ready to accept connections/i);
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
    await waitForOutput(worker, /ready/);
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

  /** Waits for the first checkpoint of a job. Rejects if the job ends before. */
  async function checkpointOf(job: Job, run: string): Promise<void> {
    while (!existsSync(join(folder, run, 'checkpoint.safetensors'))) {
      if (await job.isCompleted()) throw new Error(`${run} ended before a checkpoint was seen`);
      await setTimeout(10);
    }
  }

  /** Waits for the lease of a shard. Returns the process id of its holder. Rejects if the job ends before. */
  async function holderOf(job: Job, lease: string): Promise<number> {
    for (;;) {
      const holder = await readLease(join(folder, lease));
      if (holder) return holder.pid;
      if ((await job.isFailed()) || (await job.isCompleted())) throw new Error(`it ended before ${lease} was seen`);
      await setTimeout(5);
    }
  }

  const weights = (run: string): Buffer => readFileSync(join(folder, run, 'model.safetensors'));

  test('has jobs that a worker runs, with progress and a RUN folder', async () => {
    const reports: FitJobProgress[] = [];
    events.on('progress', ({ data }) => reports.push(data as FitJobProgress));
    const job = await enqueue('runs/first');
    const result = (await job.waitUntilFinished(events)) as FitJobResult;
    expect(result).toMatchObject({ run: 'runs/first', edges: expect.any(Array), seconds: expect.any(Number) });
    expect(reports.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['joint', 'missing']));
    expect(reports[0]).toMatchObject({ stages: ['joint', 'missing'], epochs: 4 });
    expect(existsSync(join(folder, 'runs/first/latents-in-sample.csv'))).toBe(true);
    // The fit had no tests, so there are no out-of-fold latents.
    expect(existsSync(join(folder, 'runs/first/latents.csv'))).toBe(false);
    expect(existsSync(join(folder, 'runs/first/checkpoint.safetensors'))).toBe(false);
  });

  test('gives the job of a killed worker to another one, with the same result', async () => {
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

  test('has jobs that share one fit, with the same bits, also if a worker is killed', async () => {
    const other = worker;
    await startWorker();
    const job = { study: 'data/study.yaml', run: 'runs/shared', settings: LONG, evidence: 'none' as const };
    const jobs: Job[] = await enqueueSharedFit(queue, job, 2);
    // The worker with the first shard is killed.
    const holder = await holderOf(jobs[0], 'runs/shared/shards/fit.joint.0.lease');
    const [lost, remaining] = holder === worker.pid ? [worker, other] : [other, worker];
    expect(lost.pid).toBe(holder);
    lost.kill('SIGKILL');
    worker = remaining;
    const results = await Promise.all(jobs.map((one) => one.waitUntilFinished(events) as Promise<FitJobResult>));
    expect(results[0]).toEqual(results[1]);
    expect(weights('runs/shared').equals(weights('runs/whole'))).toBe(true);
    // All jobs have ended, so the folder of shards is removed.
    expect(existsSync(join(folder, 'runs/shared/shards'))).toBe(false);
  }, 120_000);

  test('gives the job of a terminated worker to another one', async () => {
    const job = await enqueue('runs/handed', { settings: LONG });
    await checkpointOf(job, 'runs/handed');
    await stopWorker('SIGTERM');
    expect(existsSync(join(folder, 'runs/handed/checkpoint.safetensors'))).toBe(true);
    await startWorker();
    await job.waitUntilFinished(events);
    expect(weights('runs/handed').equals(weights('runs/whole'))).toBe(true);
  }, 120_000);

  test('has jobs that can be cancelled before and while they run, and that are not repeated then', async () => {
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

  test('returns an existing RUN; a job with mistakes fails at the first attempt, with a code', async () => {
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
    for (const [more, message] of cases) {
      // `enqueueFit` refuses most of them, but other programs may write to the queue.
      const data = { study: 'data/study.yaml', run: 'runs/wrong', settings, evidence: 'none', ...more };
      const job = await queue.add('fit', data, { attempts: 3 });
      await expect(job.waitUntilFinished(events)).rejects.toThrow(message);
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

/** Waits for an output of a process. Rejects if the process ends before. */
async function waitForOutput(child: ChildProcess, expected: RegExp): Promise<void> {
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
