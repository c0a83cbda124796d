// Runs a target in a worker and watches it. If a worker hangs or runs out of memory, its input is a finding, and
// another worker continues.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildProgram } from './build.js';
import { digestOf, type Finding, type Order } from './order.js';

export interface Limits {
  /** Default: no limit. */
  readonly executions?: number;
  readonly seconds?: number;
  readonly seed: number;
}

export interface Report {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  readonly edges: number;
  readonly sourceEdges: number;
  readonly allSourceEdges: number;
  /** Number of retained inputs. */
  readonly retained: number;
  readonly findings: readonly string[];
}

const FOLDER = 'build/fuzz';
const MAX_BYTES = 4096;
/** Maximal number of bytes of the current input that the supervisor sees. */
const SHOWN_BYTES = 2 ** 22;
/** Seconds of processor time after which a worker counts as hung. */
const HANGS_AFTER = 10;
const HEAP_MEGABYTES = 600;
const POLL = 500;
/** Seconds between two lines of progress. */
const REPORT_EVERY = 60;

export async function runTarget(target: string, limits: Limits): Promise<Report> {
  const { path: program, isSource, words } = await buildProgram(target, join(FOLDER, 'programs'));
  const retained = join(FOLDER, 'corpus', target);
  const running = join(FOLDER, 'running', target);
  for (const folder of [retained, dirname(running)]) mkdirSync(folder, { recursive: true });
  const state = new Int32Array(new SharedArrayBuffer(6 * 4));
  const input = new Uint8Array(new SharedArrayBuffer(SHOWN_BYTES));
  const begin = Date.now();
  const findings: string[] = [];
  const save = ({ bytes, what, insteadOf }: Finding): void => {
    const folder = join(FOLDER, 'findings', target);
    mkdirSync(folder, { recursive: true });
    if (insteadOf !== undefined) {
      const longer = join(folder, insteadOf);
      findings.splice(findings.indexOf(longer), 1);
      for (const file of [longer, `${longer}.txt`]) rmSync(file, { force: true });
    }
    const path = join(folder, digestOf(bytes));
    writeFileSync(path, bytes);
    writeFileSync(`${path}.txt`, `${what}\n`);
    findings.push(path);
    process.stdout.write(`\n${path}\n${what.split('\n').slice(0, 6).join('\n')}\n`);
  };
  const order = {
    ...{
      program,
      retained,
      running,
      words,
      isSource,
      executions: limits.executions ?? Infinity,
      maxBytes: MAX_BYTES,
      state,
      input,
    },
    corpora: [join('fuzz/corpus', target), retained],
    until: begin + 1000 * (limits.seconds ?? Infinity),
  };
  for (let attempt = 0, isDone = false; !isDone && attempt < 20; attempt++) {
    isDone = await runWorker({ ...order, seed: limits.seed + attempt }, save);
  }
  const [executions, , edges, sourceEdges] = state;
  return {
    ...{ target, executions, edges, sourceEdges, findings },
    seconds: (Date.now() - begin) / 1000,
    allSourceEdges: isSource.filter(Boolean).length,
    retained: readdirSync(retained).length,
  };
}

/** Runs a worker. @returns true if it ended normally */
async function runWorker(order: Order, save: (finding: Finding) => void): Promise<boolean> {
  const { state, input } = order;
  // The worker counts these again from the corpus.
  for (const at of [2, 3, 4, 5]) Atomics.store(state, at, 0);
  const worker = new Worker(new URL('./campaign.mjs', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  });
  const running = (): Uint8Array => input.slice(0, Math.min(input.length, Atomics.load(state, 1)));
  worker.on('message', save);
  const clock = { executions: -1, since: 0, isHung: false };
  let reported = Date.now();
  const timer = setInterval(() => {
    const executions = Atomics.load(state, 0);
    if (Date.now() - reported > 1000 * REPORT_EVERY) {
      reported = Date.now();
      process.stderr.write(`${executions} executions, ${Atomics.load(state, 2)} edges\n`);
    }
    const { user, system } = process.cpuUsage();
    const now = (user + system) / 1e6;
    if (executions !== clock.executions) clock.since = now;
    clock.executions = executions;
    if (now - clock.since < HANGS_AFTER) return;
    clock.isHung = true;
    void worker.terminate();
  }, POLL);
  const failure = await new Promise<string | undefined>((resolve) => {
    worker.on('error', (error: Error) => resolve(error.stack ?? error.message));
    // Node ends with code 13 if nothing remains to be done but the promise of the input has not settled.
    worker.on('exit', (code) => resolve(code === 0 ? undefined : `ends with ${code}: its promise never settles`));
  });
  clearInterval(timer);
  const what = clock.isHung ? `hangs: ${HANGS_AFTER} seconds` : failure;
  if (what !== undefined) save({ bytes: running(), what });
  return what === undefined;
}
