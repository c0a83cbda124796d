// The loop of a worker: mutates inputs, runs the target, keeps what reaches new edges, tells what breaks the property.
// The thread that started it (supervisor.ts) sees the input that is running in shared memory, and ends a worker that
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
import { Teller, TooMuch } from './teller.js';

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

/** By how often an edge was entered, a bit: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more. */
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
  let { mostBytes } = { ...order, ...target };
  // Errors are thrown by the million; the stack of one that matters is found by throwing it again.
  Error.stackTraceLimit = 0;
  const teller = new Teller((finding) => parentPort!.postMessage(finding));
  const random = new Random(order.seed);
  const seen = new Uint8Array(edges.counts.length);
  const corpus: Uint8Array[] = [];
  const material = { random, words: order.words.map((own) => Buffer.from(own)), others: corpus };
  mkdirSync(order.kept, { recursive: true });

  // What loading the program touches is no merit of an input.
  for (let left = edges.take(); left > 0; left--) edges.counts[edges.touched[left - 1]] = 0;

  /** Whether the last run did something that none before it did. */
  const isNew = (): boolean => {
    let found = false;
    for (let left = edges.take() - 1; left >= 0; left--) {
      const edge = edges.touched[left];
      const bit = bucket(edges.counts[edge]);
      edges.counts[edge] = 0;
      if ((seen[edge] & bit) !== 0) continue;
      if (seen[edge] === 0) {
        Atomics.add(state, 2, 1);
        if (order.isOwn[edge]) Atomics.add(state, 3, 1);
      }
      seen[edge] |= bit;
      Atomics.add(state, 4, 1);
      found = true;
    }
    return found;
  };

  // What ends the whole process, as V8 does without memory, would take the input with it.
  const running = openSync(order.running, 'w');
  /** Seen by the supervisor. */
  const run = (bytes: Uint8Array): unknown => {
    ftruncateSync(running, bytes.length);
    writeSync(running, bytes, 0, bytes.length, 0);
    order.input.set(bytes.subarray(0, order.input.length));
    Atomics.store(state, 1, bytes.length);
    Atomics.add(state, 0, 1);
    return attempt(target, bytes);
  };

  const give = async (bytes: Uint8Array): Promise<boolean> => {
    const before = performance.now();
    let wrong = run(bytes);
    if (wrong instanceof Promise) wrong = await wrong;
    const seconds = (performance.now() - before) / 1000;
    if (seconds > 0.05) wrong ??= await tooMuch(() => run(bytes), seconds);
    const isKept = isNew();
    if (wrong !== undefined) await teller.tell(bytes, wrong, run);
    return isKept;
  };

  const keep = (bytes: Uint8Array): void => {
    corpus.push(bytes);
    Atomics.add(state, 5, 1);
  };
  for (const bytes of order.corpora.flatMap(inFolder)) {
    await give(bytes);
    if (target.mostBytes === undefined) mostBytes = Math.max(mostBytes, 2 * bytes.length);
    if (bytes.length <= mostBytes) keep(bytes);
  }
  if (corpus.length === 0) keep(new Uint8Array());
  while (Atomics.load(state, 0) < order.executions && Date.now() < order.until) {
    // The newest ones are likely to lead on.
    const at = random.oneIn(3)
      ? corpus.length - 1 - random.below(Math.min(20, corpus.length))
      : random.below(corpus.length);
    const bytes = Uint8Array.from(mutate(corpus[at], target, { ...material, mostBytes }));
    if (!(await give(bytes)) || bytes.length > mostBytes) continue;
    keep(bytes);
    writeFileSync(join(order.kept, digestOf(bytes)), bytes);
  }
}

/** Time of the processor, which others on this machine do not change, and memory; measured again, alone. */
async function tooMuch(again: () => unknown, seconds: number): Promise<TooMuch | undefined> {
  const peak = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  if (seconds > MAX_SECONDS) await again();
  const { user, system } = process.cpuUsage(start);
  const taken = (user + system) / 1e6;
  if (seconds > MAX_SECONDS && taken > MAX_SECONDS) return new TooMuch('seconds', taken.toFixed(1));
  const megabytes = (peak - lastPeak) / 1024;
  lastPeak = peak;
  return megabytes > MAX_MEGABYTES ? new TooMuch('megabytes', String(Math.round(megabytes))) : undefined;
}

let lastPeak = process.resourceUsage().maxRSS;

await main(workerData as Order);
