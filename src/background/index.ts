// Runs long work in background threads, because statistics in JavaScript would block the caller's event loop. If no
// such thread is possible, the caller's thread does the work.

import { checkArgument, checkOptions } from '../errors/argument.js';
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
import type { FitOptions, FittedRun } from '../fit/fit-run.js';
import type { LatentSelection, SelectionOptions } from '../selection/select-latents.js';
import { SELECTION_OPTIONS } from '../selection/selection-options.js';
import type { AnswerTo, ItemOf, QuestionName, SignalOption } from '../questions/index.js';
import { tracedFit } from '../runtime/telemetry.js';
import { StateError } from '../errors/errors.js';
import { READ_STUDY_OPTIONS } from '../study/reading/reading-options.js';
import type { ReadStudyOptions, Study } from '../study/study.js';
import { LockedFolder } from '../training/locked-folder.js';
import type { AnsweringModel, ModelAnswers } from './model-answers.js';
import type { DoneOfAll, Tasks } from './tasks.js';
import { keepThread, takeThread } from './idle-thread.js';
import { checkNiceness, type NicenessOption } from '../threads/niceness.js';
import type { CallHooks } from '../threads/worker-thread.js';
import { taskThreads } from './niceness.js';
import { BackgroundThread, methodOf } from './thread.js';

export type { FiguresOptions, ReportOptions, ReportWithFigures, TableOptions } from './model-answers.js';

/** Does `fitRun` in a background thread. */
export async function fitInBackground(
  study: Study | Dataset,
  { signal, onProgress, onRestarts, folder, logger, niceness, ...options }: FitOptions,
): Promise<FittedRun> {
  // The lock belongs to a file descriptor of this thread.
  const use = folder instanceof LockedFolder ? folder.enter() : undefined;
  try {
    const fitOptions = { ...options, folder: use ? { entered: use.path } : folder };
    return await tracedFit({ logger, isRemote: BackgroundThread.isPossible }, async (onEvent) => {
      const listeners = { onProgress, onRestarts, onEvent };
      return (await task('fit', [study, fitOptions], { signal, listeners, niceness })) as FittedRun;
    });
  } finally {
    await use?.leave();
  }
}

/**
 * Reads a study file with its tables, images and series. With `tables` it reads in the caller's thread, because these
 * tables are not copied.
 * @throws InputError with a stable code and the place in the study file; FileError `unreadable`
 */
export async function readStudy(path: string, options: ReadStudyOptions = {}): Promise<Study> {
  checkArgument('readStudy: path', path, 'text');
  checkOptions('readStudy', options, READ_STUDY_OPTIONS);
  // Tables in memory stay in the caller's buffers, which other threads cannot read.
  if (options.tables) return (await import('../study/study.js')).readStudy(path, options);
  const { onProgress, ...sent } = options;
  return (await task('readStudy', [path, sent], { listeners: { onProgress } })) as Study;
}

/**
 * Recommends a number of latents for each modality. It changes nothing.
 * @throws InputError `invalid-dataset`, `invalid-setting`, `too-few-subjects`; NumericError `all-runs-diverged`;
 *   DeviceError when the device cannot be used or has too little memory; the signal's reason when aborted
 */
export async function selectLatents(dataset: Dataset, options: SelectionOptions = {}): Promise<LatentSelection> {
  checkOptions('selectLatents', options, SELECTION_OPTIONS);
  const { signal, onProgress, niceness, ...sent } = options;
  const hooks = { signal, listeners: { onProgress }, niceness };
  return (await task('selectLatents', [dataset, sent], hooks)) as LatentSelection;
}

/**
 * Finds the graph over latents and measured columns by error-aware tests with held-out subjects
 * (docs/explanation/evidence.md). Without columns it finds the links of `summary.evidence`. Columns can explain these
 * links, and can have links themselves.
 *
 * @param question for a fitted model: `nodes` of `model.graph`, `splits` of `model.outOfFold`, `pairs` and `latents` of
 *   `model.summary.evidence`, `seed` of `model.summary.config`
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
 * Does the same as `discoverLatents`, and adds the share of half-samples in which each link is found. Every half-sample
 * has half of the subjects, or half of the groups if the data set has groups. Everything is repeated with it: the fits
 * of both folds, the tests of association between modalities, and the search. The graph of all subjects is the same.
 *
 * @param question `measured` has the units of the data set
 * @throws InputError `invalid-argument`; `invalid-half-samples`; `invalid-threads`; `too-few-subjects`; as
 *   `discoverLatents` and a fit
 */
export async function discoverWithRefits(
  question: DiscoverLatentsOptions,
  options: RefitOptions,
  refits: Refits,
): Promise<RefittedDiscovery> {
  checkArgument('discoverWithRefits: question', question, LATENT_QUESTION);
  checkOptions('discoverWithRefits', options, REFIT_OPTIONS);
  const { signal, onProgress, ...sent } = options;
  const call = [question, sent, refits];
  // A message has one value, so the two arguments of `onProgress` arrive as a tuple.
  const listeners = { onProgress: onProgress && (([done, total]: DoneOfAll) => onProgress(done, total)) };
  return (await task('discoverWithRefits', call, { signal, listeners })) as RefittedDiscovery;
}

/** Answers the questions of one model, and writes its report. It has a background thread to itself until `dispose`. */
export class Session {
  readonly #target: Promise<BackgroundThread | ModelAnswers>;
  /** Number of questions that are not completely answered. */
  #open = 0;
  #isOver = false;
  #nativeBytes = 0;

  constructor(model: AnsweringModel) {
    this.#target = open(model);
    // An error of opening is not lost: the first question rejects with it.
    this.#target.catch(() => undefined);
  }

  /** Asks a question with one answer. @param args arguments of the method; the last one contains the signal */
  async ask<Method extends Answer>(
    method: Method,
    ...args: Parameters<ModelAnswers[Method]>
  ): Promise<Awaited<ReturnType<ModelAnswers[Method]>>> {
    this.#begin();
    try {
      const target = await this.#target;
      const answer: unknown = await (target instanceof BackgroundThread
        ? target.call(method, ...sentOf(args))
        : methodOf(target, method)(...args));
      await this.#count(target);
      return answer as Awaited<ReturnType<ModelAnswers[Method]>>;
    } finally {
      this.#open--;
    }
  }

  /** Asks a question whose answer has many items. @param args as in `ask` */
  async *each<Name extends QuestionName>(
    ...args: [name: Name, ...about: Tail<Parameters<ModelAnswers['ask']>>]
  ): AsyncGenerator<ItemOf<AnswerTo<Name>>> {
    this.#begin();
    try {
      const target = await this.#target;
      const items =
        target instanceof BackgroundThread ? target.stream('ask', ...sentOf(args)) : methodOf(target, 'ask')(...args);
      try {
        yield* items as AsyncGenerator<ItemOf<AnswerTo<Name>>>;
      } finally {
        await this.#count(target);
      }
    } finally {
      this.#open--;
    }
  }

  /** Bytes of the native programs that the questions so far have created. */
  get nativeBytes(): number {
    return this.#nativeBytes;
  }

  async #count(target: BackgroundThread | ModelAnswers): Promise<void> {
    const counted = target instanceof BackgroundThread ? target.call('nativeBytes', []) : target.nativeBytes();
    // If the session was disposed meanwhile, no programs remain.
    this.#nativeBytes = (await Promise.resolve(counted).catch(() => 0)) as number;
  }

  /** Ends the session. Open questions reject. */
  async dispose(): Promise<void> {
    this.#isOver = true;
    const target = await this.#target;
    if (!(target instanceof BackgroundThread)) return target.dispose();
    if (this.#open > 0 || !target.isRunning) return target.close();
    await target.answerFor(undefined);
    await keepThread(target);
  }

  #begin(): void {
    if (this.#isOver) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
    this.#open++;
  }
}

type Answer = 'ask' | 'json' | 'report' | 'figures' | 'replicate' | 'table';
type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never;

async function open(model: AnsweringModel): Promise<BackgroundThread | ModelAnswers> {
  if (BackgroundThread.isPossible) {
    const thread = await takeThread(0);
    await thread.answerFor(model);
    return thread;
  }
  const { ModelAnswers } = await import('./model-answers.js');
  return new ModelAnswers(model);
}

/** Divides arguments into those that are sent to a thread and the signal, which stays in this thread. */
function sentOf(args: readonly unknown[]): [sent: readonly unknown[], hooks: SignalOption] {
  return [args.slice(0, -1), args.at(-1) as SignalOption];
}

/** Runs a task in a thread that does nothing else at the same time. */
export async function task(
  method: keyof Tasks,
  args: readonly unknown[],
  hooks: CallHooks & NicenessOption,
): Promise<unknown> {
  const { signal, listeners, niceness = taskThreads.niceness } = hooks;
  checkNiceness(hooks.niceness);
  if (!BackgroundThread.isPossible) {
    const { Tasks } = await import('./tasks.js');
    return methodOf(new Tasks(), method)(...args, { ...listeners, signal });
  }
  const thread = await takeThread(niceness);
  let result: unknown;
  try {
    result = await thread.call(method, args, hooks);
  } catch (error) {
    await thread.close();
    throw error;
  }
  await keepThread(thread);
  return result;
}
