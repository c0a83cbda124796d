// Starts bench/pytorch.py with settings for threads, BLAS and allocator, and requests step times from it. Refuses to
// measure PyTorch with the reference BLAS, which is slow; bench/README.md lists the required packages and reasons.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { BenchError } from './bench-error.js';
import { packageRoot } from '../src/runtime/package.js';

const PACKAGES = 'python3-torch libopenblas0-openmp libsleef-dev libtorch-dev g++';
const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];

const environmentSchema = z.object({
  torch: z.string(),
  blas: z.string(),
  /** Empty if torch.compile could only emit scalar code. The compiled variants are then refused. */
  vectorInstructions: z.string(),
  threads: z.number(),
});
const answerSchema = z.union([
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
  z.object({
    secondsPerStep: z.number(),
    medianSecondsPerStep: z.number(),
    /** Processor time of all threads together. */
    medianProcessorSecondsPerStep: z.number(),
    steps: z.number(),
    loss: z.number(),
    /** Time to build, compile and warm up; 0 if the model was already warm. */
    buildSeconds: z.number(),
  }),
]);

export type OpponentEnvironment = z.infer<typeof environmentSchema>;
export type OpponentAnswer = Exclude<z.infer<typeof answerSchema>, { error: unknown }>;

/** A step: sizes per modality, terms of the objective, and the way in which PyTorch runs it (bench/steps.py). */
export interface OpponentRequest {
  readonly batch: number;
  readonly hidden: number;
  readonly modalities: number;
  readonly runs: number;
  readonly columns: number;
  readonly latents: number;
  readonly exogenous: number;
  readonly jacobian: boolean;
  /** P / (P + 0.3) instead of P. */
  readonly concave: boolean;
  readonly crossPrediction: boolean;
  readonly variant: 'eager' | 'compile' | 'traced';
  readonly steps: number;
}

/** A step of an encoder of images or series: its sizes, and the way in which PyTorch runs it (bench/networks.py). */
export interface NetworkRequest {
  readonly network: string;
  readonly batch: number;
  readonly rows: number;
  readonly variant: string;
  readonly steps: number;
}

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/** A running PyTorch process. It answers requests in order; models stay warm until `dispose`. */
export class Opponent {
  readonly environment: OpponentEnvironment;
  readonly #process: OpponentProcess;

  private constructor(process: OpponentProcess, environment: OpponentEnvironment) {
    this.#process = process;
    this.environment = environment;
  }

  /**
   * Starts PyTorch with a number of threads.
   * @throws BenchError `opponent-missing` without Python or torch, `opponent-blas` if torch would use the reference
   *   BLAS, `opponent-failed` if the process ends
   */
  static async start({
    threads,
    python = '/usr/bin/python3',
  }: {
    threads: number;
    python?: string;
  }): Promise<Opponent> {
    const child = new OpponentProcess(python, threads);
    const environment = environmentSchema.parse(JSON.parse(await child.nextLine()));
    if (environment.blas === 'reference') {
      await child.end();
      throw new BenchError(
        'opponent-blas',
        'PyTorch would use the reference BLAS, which is about 15 times slower than OpenBLAS, so the comparison would ' +
          'be unfair. Install libopenblas0-openmp and run the benchmark again.',
      );
    }
    return new Opponent(child, environment);
  }

  /**
   * Measures a step. @throws BenchError `opponent-<code>` if PyTorch refuses the request, `opponent-failed` if it ends
   */
  async measure(request: OpponentRequest | NetworkRequest): Promise<OpponentAnswer> {
    const line = this.#process.nextLine();
    this.#process.send({ ...request, threads: this.environment.threads });
    const answer = answerSchema.parse(JSON.parse(await line));
    if ('error' in answer) throw new BenchError(`opponent-${answer.error.code}`, answer.error.message);
    return answer;
  }

  /** Ends the process with its models. */
  async dispose(): Promise<void> {
    await this.#process.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

class OpponentProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;
  readonly #waiting: Waiting[] = [];
  readonly #lines: string[] = [];
  #errors = '';
  #failure: BenchError | undefined;

  constructor(python: string, threads: number) {
    const script = join(packageRoot, 'bench', 'pytorch.py');
    this.#child = spawn(python, [script], { env: environmentFor(threads) });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    // If the process has ended, its exit is reported, so errors of writing are ignored.
    this.#child.stdin.on('error', () => undefined);
    createInterface(this.#child.stdout).on('line', (line) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting.resolve(line);
      else this.#lines.push(line);
    });
    this.#exited = new Promise((resolve) => {
      const finish = (cause?: Error): void => {
        this.#failure = this.#explain(python, cause);
        for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
        resolve();
      };
      this.#child.once('error', finish).once('close', () => finish());
    });
  }

  nextLine(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#exited;
  }

  #explain(python: string, cause?: Error): BenchError {
    if (cause || /No module named 'torch'/.test(this.#errors)) {
      const what = cause ? `${python} cannot be started (${cause.message})` : `${python} has no torch`;
      return new BenchError('opponent-missing', `${what}. Install Debian's ${PACKAGES}.`, cause);
    }
    const last = this.#errors.trim().split('\n').slice(-5).join('\n');
    return new BenchError(
      'opponent-failed',
      `The PyTorch process has ended.${last ? ` Its last lines on standard error:\n${last}` : ''}`,
    );
  }
}

/**
 * Returns environment variables that set the threads of every pool of PyTorch, choose OpenBLAS's OpenMP build if it is
 * installed, and make the allocator keep memory between steps.
 */
function environmentFor(threads: number): NodeJS.ProcessEnv {
  const first = (name: string): string | undefined =>
    LIBRARIES.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const joined = (parts: (string | undefined)[], separator: string): string => parts.filter(Boolean).join(separator);
  return {
    ...process.env,
    OMP_NUM_THREADS: `${threads}`,
    OPENBLAS_NUM_THREADS: `${threads}`,
    // Long enough for the gap between two products, short enough not to occupy a core that another process needs.
    GOMP_SPINCOUNT: '20000',
    // OpenBLAS chooses its kernels itself; a type from outside may be wrong.
    OPENBLAS_CORETYPE: undefined,
    LD_LIBRARY_PATH: joined([first('openblas-openmp'), process.env.LD_LIBRARY_PATH], delimiter),
    // Compiled kernels call SLEEF, which Debian's torch loads but does not export to them.
    LD_PRELOAD: joined([first('libsleef.so.3'), process.env.LD_PRELOAD], ' '),
    MALLOC_TRIM_THRESHOLD_: `${2 ** 32}`,
    MALLOC_MMAP_THRESHOLD_: `${2 ** 32}`,
    MALLOC_TOP_PAD_: `${2 ** 28}`,
    TORCHINDUCTOR_CACHE_DIR: join(packageRoot, '.cache', 'inductor'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** Returns the distinct versions and libraries of the environments. */
export function opponentText(environments: readonly OpponentEnvironment[]): string {
  const texts = environments.map(({ torch, blas, vectorInstructions }) =>
    [`PyTorch ${torch}`, blas, vectorInstructions || 'no vector compiler'].join(', '),
  );
  return `${[...new Set(texts)].join('; ')}.`;
}

export function threadsText(threads: number): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}
