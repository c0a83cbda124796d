// The answers of a server, independent of the web framework: questions to a registry of models, with limits.

import type { IncomingMessage } from 'node:http';
import { checkArgument, checkOptions, type OptionShapes } from '../errors/argument.js';
import { describeConclusions } from '../conclusions/index.js';
import { InputError, StateError } from '../errors/errors.js';
import type { Subjects } from '../data/dataset.js';
import type { Columns, Row } from '../data/row.js';
import { clientGone, closing, errorAnswer, jsonAnswer, statusOf, timeLimit, type Answer } from './answer.js';
import type { BatchResult, Caller } from './batcher.js';
import { FairQueue } from './fair-queue.js';
import { checkOption, ModelRegistry, REGISTRY_OPTIONS, type RegistryOptions } from './registry.js';
import { createMetrics, type Metrics, type MetricsOption } from './metrics.js';
import { SILENT, type Logger } from '../runtime/logger.js';
import { readQuestion, subjectsOf, type QuestionBody, type ServedQuestion } from './questions.js';
import { causesOfSubjects, filled, QUESTIONS, type Question, type QuestionName } from '../questions/index.js';
import type { ServedModel } from './served-model.js';
import { inSlices, withoutPause } from './slices.js';

export interface Limits {
  /** Maximum number of bytes of a request's body. Default: 1 MiB. */
  readonly body: number;
  /** Maximum number of subjects of a request. Default: 1,000. */
  readonly subjects: number;
  /** Maximum number of draws of a request: for a question about subjects, the sum over them. Default: 200,000. */
  readonly draws: number;
  /** Maximum number of requests that wait for `encode`, for all models together. Default: 1,000. */
  readonly waiting: number;
  /** Maximum number of requests that wait for other questions. A client has one at work. Default: 32. */
  readonly waitingQuestions: number;
  /** Maximum number of seconds for an answer to a question other than `encode`. Default: 30. */
  readonly seconds: number;
}

export interface ServingOptions extends RegistryOptions {
  readonly limits?: Partial<Limits> | undefined;
  /** Metrics for Prometheus, by prom-client; see docs/reference/serving.md. Default: false. */
  readonly metrics?: MetricsOption | undefined;
  /**
   * Returns the name of the client of a request. Clients take turns. Behind a proxy, use what the proxy reports.
   * Default: the address of the request; with fastify `request.ip`, which respects `trustProxy`.
   */
  readonly client?: ((request: IncomingMessage) => string) | undefined;
  /** True offers `POST /models/:name/reload` to everybody who can reach the server. Default: false. */
  readonly admin?: boolean | undefined;
}

export const SERVING_OPTIONS: OptionShapes<ServingOptions> = {
  ...REGISTRY_OPTIONS,
  limits: {},
  client: 'function',
  metrics: 'anything',
  admin: 'boolean',
};

const LIMITS: Limits = {
  body: 2 ** 20,
  subjects: 1000,
  draws: 200_000,
  waiting: 1000,
  waitingQuestions: 32,
  seconds: 30,
};
/** A body of at most this many bytes is read in less than a millisecond. */
const SMALL_BODY = 2 ** 15;
/** An answer for at most this many subjects is written in less than a millisecond. */
const FEW = 128;

/** Checks the option `metrics`. @throws InputError `invalid-option` */
function checkMetrics(option: unknown): void {
  const isRegistry = typeof option === 'object' && option !== null && 'registry' in option;
  checkOption('metrics', option, option === undefined || typeof option === 'boolean' || isRegistry);
  if (!isRegistry) return;
  checkArgument('serving: options.metrics.registry', option.registry, {
    registerMetric: 'function',
    metrics: 'function',
  });
}

/** Text of an answer, and the model that gave it. */
interface Answered {
  readonly text: string;
  readonly model: string;
}

export class Service {
  readonly limits: Limits;
  readonly isAdmin: boolean;
  readonly registry: ModelRegistry;
  readonly metrics: Metrics | undefined;
  readonly #logger: Logger;
  readonly #questions: FairQueue;
  readonly #client: ServingOptions['client'];
  #waiting = 0;
  #isReady = false;
  #isClosing = false;

  private constructor(options: ServingOptions, metrics: Metrics | undefined) {
    this.limits = { ...LIMITS, ...options.limits };
    for (const [name, value] of Object.entries(this.limits)) {
      checkOption('limits', name, Object.hasOwn(LIMITS, name));
      checkOption(`limits.${name}`, value, typeof value === 'number' && value >= 1);
    }
    this.#questions = new FairQueue(
      { waiting: this.limits.waitingQuestions, cost: this.limits.draws },
      'questions other than encode',
    );
    this.#client = options.client;
    this.isAdmin = options.admin ?? false;
    this.#logger = options.logger ?? SILENT;
    this.metrics = metrics;
    const { models, memoryLimit, watch, batch, logger, device, matmulPrecision } = options;
    const ofModels = { models, memoryLimit, watch, batch, logger, device, matmulPrecision };
    this.registry = new ModelRegistry(ofModels, metrics);
    metrics?.watch({
      registry: this.registry,
      waiting: () => this.#waiting,
      waitingQuestions: () => this.#questions.length,
    });
  }

  /**
   * Loads all models, as far as `memoryLimit` allows.
   * @throws as `ModelRegistry.use`; InputError `invalid-option`, `missing-peer`
   */
  static async create(options: ServingOptions): Promise<Service> {
    checkArgument('serving: options', options, { models: {} });
    checkOptions('serving', options, SERVING_OPTIONS);
    checkMetrics(options.metrics);
    const service = new Service(options, await createMetrics(options.metrics ?? false));
    try {
      await service.registry.loadAll();
    } catch (error) {
      await service.close();
      throw error;
    }
    service.#isReady = true;
    return service;
  }

  /** Returns the name of the client. @param address source address of the request */
  clientOf(request: IncomingMessage, address: string | undefined): string {
    return this.#client?.(request) ?? address ?? '';
  }

  /** Answers a question about a model; never rejects. @param body JSON */
  async answer(question: ServedQuestion, name: string, body: Buffer | string, caller: Caller): Promise<Answer> {
    const started = performance.now();
    let answer: Answer;
    let form: 'rows' | 'columns' = 'rows';
    try {
      if (this.#isClosing) throw closing();
      const { text, model } =
        question === 'encode'
          ? await this.#encode(name, body, caller, (actual) => (form = actual))
          : await this.#ask(question, name, body, caller);
      answer = { ...jsonAnswer(text), model };
    } catch (error) {
      answer = errorAnswer(error, form);
      if (answer.status === 500) this.#logger.error({ model: name, question, err: error }, 'question not answered');
    }
    // Without this, a client could create any number of series with invented names.
    const known = this.registry.has(name) ? name : 'unknown';
    this.metrics?.answered(question, known, answer.status, (performance.now() - started) / 1000);
    return answer;
  }

  async #encode(
    name: string,
    body: Buffer | string,
    caller: Caller,
    onForm: (form: 'rows' | 'columns') => void,
  ): Promise<Answered> {
    if (this.#waiting >= this.limits.waiting) throw overloaded('encode', this.limits.waiting);
    this.#waiting++;
    let served: ServedModel | undefined;
    try {
      served = this.registry.hold(name) ?? (await this.registry.use(name, (loaded) => Promise.resolve(loaded.hold())));
      const steps = typeof body === 'string' ? undefined : served.scan?.(body, this.limits.subjects);
      const scanned = steps && (body.length > SMALL_BODY ? await inSlices(steps, caller) : withoutPause(steps));
      if (scanned) {
        const result = await served.batcher.ask(scanned, caller, false);
        const { length } = scanned.ids;
        return {
          text: await this.#latents(served, result, { rows: length, form: 'rows', caller }),
          model: served.identity,
        };
      }
      const { partial = false, posterior = false, causes: stated, ...question } = readQuestion('encode', body);
      const form = question.columns === undefined ? 'rows' : 'columns';
      onForm(form);
      const read = this.#subjects(served, question, partial);
      const { causes: known = [], ranges } = served.model.summary;
      const ofModel = { causes: known, ranges: ranges.causes };
      const causes = stated && causesOfSubjects(ofModel, read.ids.length, undefined, stated);
      const subjects = { ...read, causes };
      const result = await served.batcher.ask(subjects, caller, posterior);
      const { length } = subjects.ids;
      return { text: await this.#latents(served, result, { rows: length, form, caller }), model: served.identity };
    } finally {
      this.#waiting--;
      served?.release();
    }
  }

  #latents(
    { latents }: ServedModel,
    result: BatchResult,
    { rows, form, caller }: { readonly rows: number; readonly form: 'rows' | 'columns'; readonly caller: Caller },
  ): string | Promise<string> {
    const steps = latents.write(result, rows, form);
    return rows > FEW ? inSlices(steps, caller) : withoutPause(steps);
  }

  /** Answers in turns, because each question fills a core, and its draws fill memory. */
  async #ask(question: QuestionName, name: string, body: Buffer | string, caller: Caller): Promise<Answered> {
    const [signal, end] = this.#limited(caller.signal());
    try {
      return await this.registry.use(name, async (served) => {
        const { subjects, options, draws } = this.#read(question, served, body);
        const work = () => served.model.ask(question, { ...options, signal }, subjects);
        const result = await this.#questions.take(caller.client, draws, work, signal);
        this.registry.trim(served);
        return { text: JSON.stringify(result), model: served.identity };
      });
    } finally {
      end();
    }
  }

  /** Reads a request within the limits. */
  #read(name: QuestionName, served: ServedModel, body: Buffer | string) {
    const { rows, columns, maxDeviations, ...fields } = readQuestion(name, body);
    const { about, options: declared, cost }: Question = QUESTIONS[name];
    const read = (table: Pick<QuestionBody<'encode'>, 'rows' | 'columns'>): Subjects =>
      this.#subjects(served, { ...table, maxDeviations }, true);
    const isAboutSubjects = about === 'subjects';
    const subjects = isAboutSubjects ? read({ rows, columns }) : undefined;
    const entries = Object.entries<unknown>(fields).map(([option, value]) => {
      return [option, declared[option].kind === 'subjects' ? read(value as object) : value] as const;
    });
    const options: Readonly<Record<string, unknown>> = Object.fromEntries(entries);
    const draws = cost(filled(declared, options) as never) * (subjects?.ids.length ?? 1);
    if ('subjects' in options) this.#checkCount(Number(options['subjects']), 'subjects');
    // The default number of draws of a population may exceed a low limit.
    const isDefault = !isAboutSubjects && !('draws' in options);
    return { subjects, options, draws: isDefault ? draws : this.#checkedDraws(draws) };
  }

  /** Returns a signal that aborts with the caller's signal, or when the time limit is reached. */
  #limited(caller: AbortSignal): [signal: AbortSignal, end: () => void] {
    const { seconds } = this.limits;
    const controller = new AbortController();
    const gone = (): void => {
      controller.abort(clientGone());
    };
    const timer = setTimeout(() => {
      controller.abort(timeLimit(seconds));
    }, 1000 * seconds);
    if (caller.aborted) gone();
    caller.addEventListener('abort', gone);
    return [
      controller.signal,
      () => {
        clearTimeout(timer);
        caller.removeEventListener('abort', gone);
      },
    ];
  }

  #subjects(
    { model }: ServedModel,
    { rows, columns, maxDeviations }: Pick<QuestionBody<'encode'>, 'rows' | 'columns' | 'maxDeviations'>,
    partial: boolean,
  ): Subjects {
    const table = subjectsOf({ rows, columns });
    const path = rows === undefined ? 'columns' : 'rows';
    const count = subjectCount(table);
    this.#checkCount(count, path);
    if (count === 0) throw new InputError('invalid-request', 'The request has no subjects.', { path });
    return model.readRows(table, { partial, ...(maxDeviations !== undefined && { maxDeviations }) });
  }

  #checkCount(subjects: number, path: string): void {
    const { subjects: max } = this.limits;
    if (!(subjects > max)) return;
    const problem = `The request has ${subjects} subjects, but at most ${max} are allowed. Split it.`;
    throw new InputError('too-many-subjects', problem, { path });
  }

  #checkedDraws(draws: number): number {
    const max = this.limits.draws;
    if (draws <= max) return draws;
    throw new InputError(
      'invalid-option',
      `The request takes ${draws} draws, but at most ${max} are allowed. Ask for fewer.`,
      { option: 'draws' },
    );
  }

  /** Answers with the names of the models, and which of them are loaded. */
  models(): Answer {
    const { registry } = this;
    const loaded = new Map(registry.loaded.map(({ name, digest }) => [name, digest]));
    const models = registry.names.map((name) => ({ name, loaded: loaded.has(name), digest: loaded.get(name) }));
    return jsonAnswer(JSON.stringify({ models, nativeBytes: registry.nativeBytes }));
  }

  async model(name: string): Promise<Answer> {
    return this.#ofModel(name, (served) => served.describe());
  }

  /** Returns the model's conclusions and their sentences. */
  async conclusions(name: string): Promise<Answer> {
    return this.#ofModel(name, ({ model }) => describeConclusions(model));
  }

  /** Answers with 200 from the loading of all models until the server closes, otherwise with 503. */
  health(): Answer {
    const isUp = this.#isReady && !this.#isClosing;
    return jsonAnswer(
      JSON.stringify({ status: isUp ? 'ready' : this.#isClosing ? 'closing' : 'loading' }),
      isUp ? 200 : 503,
    );
  }

  async reload(name: string): Promise<Answer> {
    return this.#safely(async () => {
      if (!this.isAdmin) throw new InputError('unknown-route', 'This server has no admin routes (option admin).');
      const { identity, digest, loadedAt } = await this.registry.reload(name);
      return { text: JSON.stringify({ name, digest, loadedAt: loadedAt.toISOString() }), model: identity };
    });
  }

  async prometheus(): Promise<Answer> {
    if (!this.metrics) {
      return errorAnswer(new InputError('unknown-route', 'This server has no metrics (option metrics).'));
    }
    return { status: 200, ...(await this.metrics.text()) };
  }

  /** Refuses new questions. `/healthz` then reports `closing`, so that a load balancer uses other servers. */
  drain(): void {
    this.#isClosing = true;
  }

  /** Answers open requests, then frees all models. Idempotent. */
  async close(): Promise<void> {
    this.drain();
    await this.registry.close();
  }

  #ofModel(name: string, describe: (served: ServedModel) => object): Promise<Answer> {
    return this.#safely(() =>
      this.registry.use(name, (served) =>
        Promise.resolve({ text: JSON.stringify(describe(served)), model: served.identity }),
      ),
    );
  }

  async #safely(work: () => Promise<Answered>): Promise<Answer> {
    try {
      const { text, model } = await work();
      return { ...jsonAnswer(text), model };
    } catch (error) {
      const answer = errorAnswer(error);
      if (statusOf(error) === 500) this.#logger.error({ err: error }, 'request not answered');
      return answer;
    }
  }
}

/** Returns the number of rows, or of values in the first column. `readRows` refuses columns of other lengths. */
function subjectCount(table: readonly Row[] | Columns): number {
  if (isList(table)) return table.length;
  const first: unknown = Object.values(Object.values(table).at(0) ?? {}).at(0);
  return isList(first) ? first.length : NaN;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function overloaded(what: string, waiting: number): StateError {
  return new StateError('overloaded', `${waiting} requests wait for ${what} already. Try again in a moment.`);
}
