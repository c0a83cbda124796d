// Work that takes long, in threads of the library's own: statistics in JavaScript would keep the caller's event loop,
// which has requests to answer. Where there can be no such thread, the caller's does the work.

import { checkArgument, checkOptions } from '../argument.js';
import type { Dataset } from '../data/dataset.js';
import type {
  DiscoverLatentsOptions,
  LatentDiscovery,
  RefitOptions,
  Refits,
  RefittedDiscovery,
  SearchHooks,
} from '../evidence/index.js';
import { LATENT_QUESTION, REFIT_OPTIONS } from '../evidence/question-shapes.js';
import type { FitOptions, FittedRun } from '../fit-run.js';
import type { LatentSelection, SelectionOptions } from '../selection/select-latents.js';
import { SELECTION_OPTIONS } from '../selection/selection-options.js';
import type { SignalOption } from '../questions/index.js';
import { tracedFit } from '../telemetry/telemetry.js';
import { StateError } from '../errors.js';
import { READ_STUDY_OPTIONS } from '../study/reading-options.js';
import type { ReadStudyOptions, Study } from '../study/study.js';
import { LockedFolder } from '../training/locked-folder.js';
import type { AnsweringModel, ModelAnswers } from './model-answers.js';
import type { DoneOfAll, Tasks } from './tasks.js';
import { keepThread, takeThread } from './kept-thread.js';
import { checkNiceness } from '../threads/niceness.js';
import { taskThreads } from './niceness.js';
import { BackgroundThread, type Hooks } from './thread.js';

export type { AnsweredCell, ReportOptions, ReportWithFigures } from './model-answers.js';

/** As `fitRun`. */
export async function fitInBackground(
  study: Study | Dataset,
  { signal, onProgress, onRestarts, folder, logger, niceness, ...options }: FitOptions,
): Promise<FittedRun> {
  // The lock is of this thread's descriptor.
  const use = folder instanceof LockedFolder ? folder.enter() : undefined;
  try {
    const given = { ...options, folder: use ? { entered: use.path } : folder };
    return await tracedFit({ logger, isRemote: BackgroundThread.isPossible }, async (onEvent) => {
      const listeners = { onProgress, onRestarts, onEvent };
      return (await task('fit', [study, given], { signal, listeners, niceness })) as FittedRun;
    });
  } finally {
    await use?.leave();
  }
}

/**
 * Reads a study file, its tables, images and series; with `tables`, which are not copied, in the caller's thread.
 * @throws InputError with a stable code and the place in the study file; FileError `unreadable`
 */
export async function readStudy(path: string, options: ReadStudyOptions = {}): Promise<Study> {
  checkArgument('readStudy: path', path, 'text');
  checkOptions('readStudy', options, READ_STUDY_OPTIONS);
  // Tables in memory stay in the caller's buffers, which no other thread sees.
  if (options.tables) return (await import('../study/study.js')).readStudy(path, options);
  const { onProgress, ...given } = options;
  return (await task('readStudy', [path, given], { listeners: { onProgress } })) as Study;
}

/**
 * Recommends a number of latents for each modality; changes nothing.
 * @throws InputError `invalid-dataset`, `invalid-setting`, `too-few-subjects`; NumericError `all-runs-diverged`;
 *   DeviceError when the device cannot be used or has too little memory; the signal's reason when aborted
 */
export async function selectLatents(dataset: Dataset, options: SelectionOptions = {}): Promise<LatentSelection> {
  checkOptions('selectLatents', options, SELECTION_OPTIONS);
  const { signal, onProgress, niceness, ...given } = options;
  const hooks = { signal, listeners: { onProgress }, niceness };
  return (await task('selectLatents', [dataset, given], hooks)) as LatentSelection;
}

/**
 * Finds the graph over latents and measured columns by error-aware tests with held-out subjects
 * (docs/explanation/evidence.md): the links of `summary.evidence`, or, with columns, what these explain and what links
 * they have.
 *
 * @param question of a model that was fitted here: `nodes` of `model.graph`, `splits` of `model.outOfFold`, `pairs` and
 *   `latents` of `model.summary.evidence`, `seed` of `model.summary.config`
 * @param hooks `signal`: aborting ends the search; the promise rejects with the signal's reason. `onProgress`
 *   receives the progress about every 50 ms
 * @throws InputError `unknown-variable`, `duplicate-variable`, `no-variables`, `contradictory-knowledge`,
 *   `invalid-knowledge`, `invalid-argument`
 */
export async function discoverLatents(
  question: DiscoverLatentsOptions,
  hooks: SearchHooks = {},
): Promise<LatentDiscovery> {
  checkOptions('discoverLatents', hooks, { signal: 'signal', onProgress: 'function' });
  checkArgument('discoverLatents: question', question, LATENT_QUESTION);
  const { signal, onProgress } = hooks;
  return (await task('discoverLatents', [question], { signal, listeners: { onProgress } })) as LatentDiscovery;
}

/**
 * As `discoverLatents`, with the share of half-samples in which each link is found: subjects (groups of the data set,
 * where it has them) are halved, and everything is done anew with each half: the fits of both folds, the test which
 * modalities are associated, and the search. The graph of all subjects is the same.
 *
 * @param question `measured` has the units of the data set
 * @throws InputError `invalid-argument`; `invalid-half-samples`; `invalid-threads`; `too-few-subjects`; what
 *   `discoverLatents` and a fit throw
 */
export async function discoverWithRefits(
  question: DiscoverLatentsOptions,
  options: RefitOptions,
  refits: Refits,
): Promise<RefittedDiscovery> {
  checkArgument('discoverWithRefits: question', question, LATENT_QUESTION);
  checkOptions('discoverWithRefits', options, REFIT_OPTIONS);
  const { signal, onProgress, ...given } = options;
  const call = [question, given, refits];
  // `onProgress` of two numbers: a message has one value.
  const listeners = { onProgress: onProgress && (([done, total]: DoneOfAll) => onProgress(done, total)) };
  return (await task('discoverWithRefits', call, { signal, listeners })) as RefittedDiscovery;
}

/** The questions of one model, and its report: its thread is its own until `dispose`. */
export class Session {
  readonly #with: Promise<BackgroundThread | ModelAnswers>;
  /** Questions that are not answered to the end. */
  #open = 0;
  #isOver = false;
  #nativeBytes = 0;

  constructor(model: AnsweringModel) {
    this.#with = open(model);
    // Told by the first question.
    this.#with.catch(() => undefined);
  }

  /** @param given what the method takes, its signal last */
  async ask<Method extends Answer>(
    method: Method,
    ...given: Parameters<ModelAnswers[Method]>
  ): Promise<Awaited<ReturnType<ModelAnswers[Method]>>> {
    this.#begin();
    try {
      const other = await this.#with;
      const found: unknown = await (other instanceof BackgroundThread
        ? other.call(method, ...sentOf(given))
        : methodOf(other, method)(...given));
      await this.#count(other);
      return found as Awaited<ReturnType<ModelAnswers[Method]>>;
    } finally {
      this.#open--;
    }
  }

  /** @param given as of `ask` */
  async *each<Method extends Answers>(
    method: Method,
    ...given: Parameters<ModelAnswers[Method]>
  ): AsyncGenerator<ItemOf<ModelAnswers[Method]>> {
    this.#begin();
    try {
      const other = await this.#with;
      const items =
        other instanceof BackgroundThread ? other.stream(method, ...sentOf(given)) : methodOf(other, method)(...given);
      try {
        yield* items as AsyncGenerator<ItemOf<ModelAnswers[Method]>>;
      } finally {
        await this.#count(other);
      }
    } finally {
      this.#open--;
    }
  }

  /** Bytes of the programs that were made for the questions so far. */
  get nativeBytes(): number {
    return this.#nativeBytes;
  }

  async #count(other: BackgroundThread | ModelAnswers): Promise<void> {
    const counted = other instanceof BackgroundThread ? other.call('nativeBytes', []) : other.nativeBytes();
    // Disposed meanwhile: there are none any more.
    this.#nativeBytes = (await Promise.resolve(counted).catch(() => 0)) as number;
  }

  /** What is not answered rejects. */
  async dispose(): Promise<void> {
    this.#isOver = true;
    const other = await this.#with;
    if (!(other instanceof BackgroundThread)) return other.dispose();
    if (this.#open > 0 || !other.isRunning) return other.close();
    other.giveUpModel();
    await keepThread(other);
  }

  #begin(): void {
    if (this.#isOver) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
    this.#open++;
  }
}

type Answer = 'intervene' | 'generate' | 'report';
type Answers = 'counterfactual' | 'impute' | 'predict';
type ItemOf<Method> = Method extends (...given: never) => AsyncGenerator<infer Item> ? Item : never;

async function open(model: AnsweringModel): Promise<BackgroundThread | ModelAnswers> {
  if (BackgroundThread.isPossible) {
    const thread = await takeThread(0);
    await thread.answerFor(model);
    return thread;
  }
  const { ModelAnswers } = await import('./model-answers.js');
  return new ModelAnswers(model);
}

/** What goes to a thread, and the signal, which stays here. */
function sentOf(given: readonly unknown[]): [given: readonly unknown[], hooks: SignalOption] {
  return [given.slice(0, -1), given.at(-1) as SignalOption];
}

/** In a thread that does nothing else meanwhile. */
export async function task(method: keyof Tasks, given: readonly unknown[], hooks: Hooks): Promise<unknown> {
  const { signal, listeners, niceness = taskThreads.niceness } = hooks;
  checkNiceness(hooks.niceness);
  if (!BackgroundThread.isPossible) {
    const { Tasks } = await import('./tasks.js');
    return methodOf(new Tasks(), method)(...given, { ...listeners, signal });
  }
  const thread = await takeThread(niceness);
  let result: unknown;
  try {
    result = await thread.call(method, given, hooks);
  } catch (error) {
    await thread.close();
    throw error;
  }
  await keepThread(thread);
  return result;
}

/** Threads call methods by name, with what has arrived: only both ends know the types. */
function methodOf(target: object, name: string): (...given: readonly unknown[]) => unknown {
  const method = (target as Record<string, (...given: readonly unknown[]) => unknown>)[name];
  return (...given) => method.apply(target, [...given]);
}
