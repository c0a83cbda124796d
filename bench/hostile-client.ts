// Measures the latency of honest clients of a server, alone and together with a hostile client. The server uses dist/,
// as programs do. Server, hostile client and honest clients are separate processes. `scripts/bench hostile-client`
// writes bench/results/hostile-client.json.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Row as Subject } from '../src/data/row.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import type * as Package from '../src/index.js';
import { packageRoot } from '../src/runtime/package.js';
import type * as Serving from '../src/serving/index.js';
import { machine } from './machine.js';
import { publishedFolder } from './results.js';
import { terminalTable } from './table.js';
import { median } from './timing.js';

const REPETITIONS = 5;
const SECONDS = 8;
/** Honest requests per second that encode five subjects. */
const ENCODES = 100;
/** Honest requests per second with a small question. */
const QUESTIONS = 2;
/** The server distinguishes clients by their address. */
const HONEST = '127.0.0.1';
const HOSTILE = '127.0.0.2';
/** Maximal ratio of the 99th percentile to that without a hostile client. */
const MAX_RATIO = 2;

const ATTACKS = [
  'aborted questions',
  'expensive questions',
  'slow bodies',
  'large bodies',
  'answers never read',
] as const;
type Attack = (typeof ATTACKS)[number] | 'none' | 'all';

interface Phase {
  readonly attack: Attack;
  /** Median of `encode` in milliseconds. */
  readonly p50: number;
  /** 99th percentile of `encode` in milliseconds. */
  readonly p99: number;
  /** Median of questions in milliseconds. */
  readonly question: number;
  /** Number of honest requests without an answer of status 200. */
  readonly failed: number;
}

const SET = { set: { 'm1.z1': { sd: 1 } }, assumeOrder: true, untested: true, unreplicated: true, undetermined: true };

const [role, argument] = process.argv.slice(2);
if (role === 'serve') await serve(argument);
else if (role === 'attack') await attack(Number(argument));
else await measure();

async function packaged<Module>(file: string): Promise<Module> {
  return (await import(pathToFileURL(join(packageRoot, 'dist', file)).href)) as Module;
}

async function serve(run: string): Promise<void> {
  const { createHandler } = await packaged<typeof Serving>('serving/index.js');
  const handler = await createHandler({ models: { case1: run } });
  const server = createServer(handler).listen(0, '0.0.0.0');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

/** Runs the attack that the last message names. */
async function attack(port: number): Promise<void> {
  const rows = JSON.stringify({ rows: Array.from({ length: 1000 }, () => subject()) });
  const open = new Set<ClientRequest>();
  const send = (path: string, body: string | undefined, isRead = true): ClientRequest => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ port, host: HONEST, localAddress: HOSTILE, method: 'POST', path, headers, agent: false });
    open.add(sent);
    sent.on('error', () => undefined).on('close', () => open.delete(sent));
    sent.on('response', (answer) => {
      if (isRead) answer.resume();
    });
    if (body !== undefined) sent.end(body);
    return sent;
  };
  const expensive = JSON.stringify({ ...SET, draws: 200_000 });
  const attacks: Record<(typeof ATTACKS)[number], () => void> = {
    'aborted questions': () => {
      const sent = send('/models/case1/intervene', expensive);
      globalThis.setTimeout(() => sent.destroy(), 20);
    },
    'expensive questions': () => {
      if (open.size < 50) send('/models/case1/intervene', expensive);
    },
    'slow bodies': () => {
      if (open.size < 200) send('/models/case1/encode', undefined).write('{');
      for (const one of open) if (!one.writableEnded) one.write(' ');
    },
    'large bodies': () => {
      if (open.size < 50) send('/models/case1/encode', `{"rows":[${' '.repeat(2 ** 20 - 20)}]}`);
    },
    'answers never read': () => {
      if (open.size < 200) send('/models/case1/encode', rows, false);
    },
  };
  let chosen: readonly (() => void)[] = [];
  process.on('message', (kind: Attack) => {
    chosen = kind === 'none' ? [] : kind === 'all' ? Object.values(attacks) : [attacks[kind]];
    for (const one of open) one.destroy();
  });
  process.send?.(port);
  // Each attack runs 20 times per second.
  for (;;) {
    for (const one of chosen) one();
    await setTimeout(50);
  }
}

async function measure(): Promise<void> {
  const { MultimodalCausalModel, readStudy, simulate, writeSimulation } = await packaged<typeof Package>('index.js');
  const folder = mkdtempSync(join(tmpdir(), 'interlatent-hostile-'));
  const children: ChildProcess[] = [];
  const started = async (...args: string[]): Promise<number> => {
    const child = fork(fileURLToPath(import.meta.url), args);
    children.push(child);
    const [port] = (await once(child, 'message')) as [number];
    return port;
  };
  try {
    const before = machine();
    await writeSimulation(simulate('case1', { seed: 1, samples: 500, test: 100 }), folder);
    const study = await readStudy(join(folder, 'study.yaml'));
    const model = await MultimodalCausalModel.fit(study, { epochs: 20, threads: 1, evidence: 'none' });
    await model.save(join(folder, 'run'));
    await model.dispose();
    const port = await started('serve', join(folder, 'run'));
    await started('attack', String(port));
    const phases: Phase[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      for (const kind of ['none', ...ATTACKS, 'all'] as const) {
        children[1].send(kind);
        phases.push(await phase(port, kind));
        console.error(JSON.stringify(phases.at(-1)));
      }
    }
    children[1].send('none');
    printTable(phases);
    const results = { command: 'scripts/bench hostile-client', machine: before, repetitions: REPETITIONS, phases };
    await writeFileAtomic(join(publishedFolder, 'hostile-client.json'), `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Measures honest clients during one attack. They send requests at fixed times, without waiting for earlier answers.
 */
async function phase(port: number, kind: Attack): Promise<Phase> {
  const agent = new Agent({ keepAlive: true });
  const rows = JSON.stringify({ rows: Array.from({ length: 5 }, () => subject()) });
  const question = JSON.stringify({ ...SET, draws: 500 });
  await setTimeout(1000);
  const encodes: Promise<number | undefined>[] = [];
  const questions: Promise<number | undefined>[] = [];
  const start = performance.now();
  for (let count = 0; count < ENCODES * SECONDS; count++) {
    await setTimeout(Math.max(0, start + (1000 * count) / ENCODES - performance.now()));
    encodes.push(latencyOf(agent, port, '/models/case1/encode', rows));
    if (count % (ENCODES / QUESTIONS) === 0) {
      questions.push(latencyOf(agent, port, '/models/case1/intervene', question));
    }
  }
  const answered = async (all: Promise<number | undefined>[]): Promise<number[]> =>
    (await Promise.all(all)).filter((one) => one !== undefined).sort((a, b) => a - b);
  const [quick, slow] = [await answered(encodes), await answered(questions)];
  agent.destroy();
  const failed = encodes.length + questions.length - quick.length - slow.length;
  const quantile = (level: number): number => quick[Math.min(quick.length - 1, Math.floor(level * quick.length))];
  return { attack: kind, p50: quantile(0.5), p99: quantile(0.99), question: median(slow), failed };
}

/** Returns the milliseconds until the whole answer has arrived, or undefined if the request fails. */
async function latencyOf(agent: Agent, port: number, path: string, body: string): Promise<number | undefined> {
  const start = performance.now();
  const headers = { 'content-type': 'application/json' };
  const one = request({ port, host: HONEST, localAddress: HONEST, method: 'POST', path, headers, agent });
  one.end(body);
  try {
    const [answer] = (await once(one, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode === 200 ? performance.now() - start : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a subject of case 1. */
function subject(): Subject {
  const columns = (): Record<string, number> =>
    Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`x${i + 1}`, Math.sin(i)]));
  return { m1: columns(), m2: columns() };
}

function printTable(phases: readonly Phase[]): void {
  const of = (kind: Attack, figure: 'p50' | 'p99' | 'question'): number =>
    median(phases.filter(({ attack }) => attack === kind).map((one) => one[figure]));
  const rows = (['none', ...ATTACKS, 'all'] as const).map((kind) => [
    ...[kind, of(kind, 'p50').toFixed(1), of(kind, 'p99').toFixed(1)],
    ...[(of(kind, 'p99') / of('none', 'p99')).toFixed(2), of(kind, 'question').toFixed(0)],
    String(phases.filter(({ attack }) => attack === kind).reduce((sum, { failed }) => sum + failed, 0)),
  ]);
  const head = ['hostile client', 'p50, ms', 'p99, ms', `ratio (≤ ${MAX_RATIO})`, 'question, ms', 'failed'];
  console.log(terminalTable({ head, rows }));
}
