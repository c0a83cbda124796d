// The loop of a worker: mutates inputs, runs the target, retains inputs that reach new edges, and reports inputs that
// break the property. The supervisor (supervisor.ts) reads the current input in shared memory, and ends a worker that
// hangs or runs out of memory.

import {
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { attempt as Attempt, Target } from '../target.js';
import { mutate } from './mutate.js';
import { digestOf, type Order } from './order.js';
import { Random } from './random.js';
import { FindingReporter, LimitExceeded } from './finding-reporter.js';

interface Program {
  readonly target: Target;
  readonly attempt: typeof Attempt;
  readonly __edges: Edges;
}

interface Edges {
  readonly counts: Uint32Array;
  readonly touched: Uint32Array;
  readonly take: () => number;
}

const MAX_SECONDS = 2;
const MAX_MEGABYTES = 500;

/** Returns a bit for the count of an edge: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, or more. */
function bucket(count: number): number {
  if (count < 4) return 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}

const inFolder = (folder: string): Uint8Array[] =>
  (existsSync(folder) ? readdirSync(folder) : []).sort().map((name) => readFileSync(join(folder, name)));

async function main(order: Order): Promise<void> {
  const { state } = order;
  const { target, attempt, __edges: edges } = (await import(order.program)) as Program;
  let { maxBytes } = { ...order, ...target };
  // Inputs throw millions of errors, so stacks are off. To get the stack of a finding, the input runs again.
  Error.stackTraceLimit = 0;
  const reporter = new FindingReporter((finding) => parentPort!.postMessage(finding));
  const random = new Random(order.seed);
  const seen = new Uint8Array(edges.counts.length);
  const corpus: Uint8Array[] = [];
  const material = { random, words: order.words.map((word) => Buffer.from(word)), inputs: corpus };
  mkdirSync(order.retained, { recursive: true });

  // Edges that loading the program enters do not count for any input.
  for (let remaining = edges.take(); remaining > 0; remaining--) edges.counts[edges.touched[remaining - 1]] = 0;

  /** True if the last run entered an edge with a new count. */
  const isNew = (): boolean => {
    let hasNewCount = false;
    for (let at = edges.take() - 1; at >= 0; at--) {
      const edge = edges.touched[at];
      const bit = bucket(edges.counts[edge]);
      edges.counts[edge] = 0;
      if ((seen[edge] & bit) !== 0) continue;
      if (seen[edge] === 0) {
        Atomics.add(state, 2, 1);
        if (order.isSource[edge]) Atomics.add(state, 3, 1);
      }
      seen[edge] |= bit;
      Atomics.add(state, 4, 1);
      hasNewCount = true;
    }
    return hasNewCount;
  };

  // The current input is also in a file, for the case that the whole process ends, as V8 does without memory.
  const running = openSync(order.running, 'w');
  /** Runs the target and shows the input to the supervisor. */
  const run = (bytes: Uint8Array): unknown => {
    ftruncateSync(running, bytes.length);
    writeSync(running, bytes, 0, bytes.length, 0);
    order.input.set(bytes.subarray(0, order.input.length));
    Atomics.store(state, 1, bytes.length);
    Atomics.add(state, 0, 1);
    return attempt(target, bytes);
  };

  /** Runs an input and reports a finding. @returns true if the input is to be retained */
  const tryInput = async (bytes: Uint8Array): Promise<boolean> => {
    const before = performance.now();
    let wrong = run(bytes);
    if (wrong instanceof Promise) wrong = await wrong;
    const seconds = (performance.now() - before) / 1000;
    if (seconds > 0.05) wrong ??= await exceededLimit(() => run(bytes), seconds);
    const isRetained = isNew();
    if (wrong !== undefined) await reporter.report(bytes, wrong, run);
    return isRetained;
  };

  const keep = (bytes: Uint8Array): void => {
    corpus.push(bytes);
    Atomics.add(state, 5, 1);
  };
  for (const bytes of order.corpora.flatMap(inFolder)) {
    await tryInput(bytes);
    if (target.maxBytes === undefined) maxBytes = Math.max(maxBytes, 2 * bytes.length);
    if (bytes.length <= maxBytes) keep(bytes);
  }
  if (corpus.length === 0) keep(new Uint8Array());
  while (Atomics.load(state, 0) < order.executions && Date.now() < order.until) {
    // The newest inputs are the most likely to reach further edges.
    const at = random.oneIn(3)
      ? corpus.length - 1 - random.below(Math.min(20, corpus.length))
      : random.below(corpus.length);
    const bytes = Uint8Array.from(mutate(corpus[at], target, { ...material, maxBytes }));
    if (!(await tryInput(bytes)) || bytes.length > maxBytes) continue;
    keep(bytes);
    writeFileSync(join(order.retained, digestOf(bytes)), bytes);
  }
}

/**
 * Returns an error if an input takes too much time or memory. The time is measured again as processor time, which
 * hardly depends on other processes.
 */
async function exceededLimit(again: () => unknown, seconds: number): Promise<LimitExceeded | undefined> {
  const peak = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  if (seconds > MAX_SECONDS) await again();
  const { user, system } = process.cpuUsage(start);
  const taken = (user + system) / 1e6;
  if (seconds > MAX_SECONDS && taken > MAX_SECONDS) return new LimitExceeded('seconds', taken.toFixed(1));
  const megabytes = (peak - lastPeak) / 1024;
  lastPeak = peak;
  return megabytes > MAX_MEGABYTES ? new LimitExceeded('megabytes', String(Math.round(megabytes))) : undefined;
}

let lastPeak = process.resourceUsage().maxRSS;

await main(workerData as Order);
