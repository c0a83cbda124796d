// What a server answers, whichever framework brings the question: routes over a registry of models, with limits.

import { checkArgument, checkOptions, type OptionShapes } from '../argument.js';
import { describeConclusions } from '../conclusions/index.js';
import { InputError, StateError } from '../errors.js';
import type { Subjects } from '../data/dataset.js';
import type { Columns, Row } from '../data/row.js';
import { clientGone, closing, errorAnswer, jsonAnswer, statusOf, type Answer } from './answer.js';
import type { Caller } from './batcher.js';
import { checkOption, ModelRegistry, REGISTRY_OPTIONS, type RegistryOptions } from './registry.js';
import { createMetrics, type Metrics, type MetricsOption } from './metrics.js';
import { SILENT, type Logger } from '../telemetry/logger.js';
import { readQuestion, subjectsOf, type Asked, type Question } from './questions.js';
import type { ServedModel } from './served-model.js';
import { Turns } from '../threads/turns.js';

export interface Limits {
  /** Bytes of a request's body. Default: 1 MiB. */
  readonly body: number;
  /** Subjects of a request. Default: 1,000. */
  readonly subjects: number;
  /** Draws of a request: of `impute` over all of its subjects together. Default: 200,000. */
  readonly draws: number;
  /** Requests that wait for `encode`, of all models together. Default: 1,000. */
  readonly waiting: number;
  /** Requests that wait for `impute` and `intervene`, which are answered one after the other. Default: 32. */
  readonly waitingQuestions: number;
}

export interface ServingOptions extends RegistryOptions {
  readonly limits?: Partial<Limits> | undefined;
  /** Figures for Prometheus, made by prom-client; see docs/serving.md. Default: false. */
  readonly metrics?: MetricsOption | undefined;
  /** Whether `POST /models/:name/reload` is there for everybody who reaches the server. Default: false. */
  readonly admin?: boolean | undefined;
}

export const SERVING_OPTIONS: OptionShapes<ServingOptions> = {
  ...REGISTRY_OPTIONS,
  limits: {},
  metrics: 'anything',
  admin: 'boolean',
};

const LIMITS: Limits = { body: 2 ** 20, subjects: 1000, draws: 200_000, waiting: 1000, waitingQuestions: 32 };
const DRAWS = 200;

/** @throws InputError `invalid-option` */
function checkMetrics(option: unknown): void {
  const isRegistry = typeof option === 'object' && option !== null && 'registry' in option;
  checkOption('metrics', option, option === undefined || typeof option === 'boolean' || isRegistry);
  if (!isRegistry) return;
  checkArgument('serving: options.metrics.registry', option.registry, {
    registerMetric: 'function',
    metrics: 'function',
  });
}

export class Service {
  readonly limits: Limits;
  readonly isAdmin: boolean;
  readonly registry: ModelRegistry;
  readonly metrics: Metrics | undefined;
  readonly #logger: Logger;
  readonly #questions = new Turns();
  #waiting = 0;
  #waitingQuestions = 0;
  #isReady = false;
  #isClosing = false;

  private constructor(options: ServingOptions, metrics: Metrics | undefined) {
    this.limits = { ...LIMITS, ...options.limits };
    for (const [name, value] of Object.entries(this.limits)) {
      checkOption('limits', name, Object.hasOwn(LIMITS, name));
      checkOption(`limits.${name}`, value, typeof value === 'number' && value >= 1);
    }
    this.isAdmin = options.admin ?? false;
    this.#logger = options.logger ?? SILENT;
    this.metrics = metrics;
    const { models, memoryLimit, watch, batch, logger, device, matmulPrecision } = options;
    const ofModels = { models, memoryLimit, watch, batch, logger, device, matmulPrecision };
    this.registry = new ModelRegistry(ofModels, metrics);
    metrics?.watch({
      registry: this.registry,
      waiting: () => this.#waiting,
      waitingQuestions: () => this.#waitingQuestions,
    });
  }

  /**
   * Loads all models, as far as `memoryLimit` has room for them.
   * @throws what `ModelRegistry.use` throws; InputError `invalid-option`, `missing-peer`
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

  /** The answer to a question about a model; never rejects. @param body JSON */
  async answer(question: Question, name: string, body: Buffer | string, caller: Caller): Promise<Answer> {
    const started = performance.now();
    let answer: Answer;
    let form: 'rows' | 'columns' = 'rows';
    try {
      if (this.#isClosing) throw closing();
      answer = jsonAnswer(
        question === 'encode'
          ? await this.#encode(name, body, caller, (found) => (form = found))
          : await this.#ask(question, name, body, caller),
      );
    } catch (error) {
      answer = errorAnswer(error, form);
      if (answer.status === 500) this.#logger.error({ model: name, question, err: error }, 'question not answered');
    }
    const known = answer.status === 404 ? 'unknown' : name;
    this.metrics?.answered(question, known, answer.status, (performance.now() - started) / 1000);
    return answer;
  }

  async #encode(
    name: string,
    body: Buffer | string,
    caller: Caller,
    tell: (form: 'rows' | 'columns') => void,
  ): Promise<string> {
    if (this.#waiting >= this.limits.waiting) throw overloaded('encode', this.limits.waiting);
    this.#waiting++;
    let served: ServedModel | undefined;
    try {
      served = this.registry.hold(name) ?? (await this.registry.use(name, (loaded) => Promise.resolve(loaded.hold())));
      const scanned = typeof body === 'string' ? undefined : served.scan?.(body, this.limits.subjects);
      if (scanned) {
        const found = await served.batcher.ask(scanned, caller, false);
        return served.latents.write(found, scanned.ids.length, 'rows');
      }
      const { partial = false, posterior = false, ...asked } = readQuestion('encode', body);
      const form = asked.columns === undefined ? 'rows' : 'columns';
      tell(form);
      const subjects = this.#subjects(served, asked, partial);
      const found = await served.batcher.ask(subjects, caller, posterior);
      return served.latents.write(found, subjects.ids.length, form);
    } finally {
      this.#waiting--;
      served?.release();
    }
  }

  /** One after the other: each fills a core, and their draws fill memory. */
  async #ask(question: 'impute' | 'intervene', name: string, body: Buffer | string, caller: Caller) {
    if (this.#waitingQuestions >= this.limits.waitingQuestions) {
      throw overloaded('impute and intervene', this.limits.waitingQuestions);
    }
    this.#waitingQuestions++;
    try {
      return await this.registry.use(name, async (served) => {
        const work = question === 'impute' ? this.#imputation(served, body, caller) : this.#intervention(served, body);
        return this.#questions.take(async () => {
          if (caller.aborted) throw clientGone();
          const result = await work();
          this.registry.trim(served);
          return JSON.stringify(result);
        });
      });
    } finally {
      this.#waitingQuestions--;
    }
  }

  #imputation(served: ServedModel, body: Buffer | string, caller: Caller): () => Promise<object> {
    const { rows, columns, maxDeviations, ...options } = readQuestion('impute', body);
    const subjects = this.#subjects(served, { rows, columns, maxDeviations }, true);
    this.#checkDraws(subjects.ids.length * (options.draws ?? DRAWS));
    return async () => {
      const cells = [];
      for await (const { row, column, value } of served.model.impute(subjects, options)) {
        if (caller.aborted) throw clientGone();
        cells.push({ row, modality: column.modality, column: column.column, unit: column.unit, ...value });
      }
      return { cells, warnings: served.model.warnings(subjects) };
    };
  }

  #intervention(served: ServedModel, body: Buffer | string): () => Promise<object> {
    const { set, ...options } = readQuestion('intervene', body);
    this.#checkDraws(options.draws ?? 0);
    return () => served.model.intervene(set, options);
  }

  #subjects(
    { model }: ServedModel,
    { rows, columns, maxDeviations }: Pick<Asked<'encode'>, 'rows' | 'columns' | 'maxDeviations'>,
    partial: boolean,
  ): Subjects {
    const given = subjectsOf({ rows, columns });
    const path = rows === undefined ? 'columns' : 'rows';
    const count = subjectCount(given);
    if (count > this.limits.subjects) {
      const problem = `The request has ${count} subjects; ${this.limits.subjects} are allowed: send several.`;
      throw new InputError('too-many-subjects', problem, { path });
    }
    if (count === 0) throw new InputError('invalid-request', 'The request has no subjects.', { path });
    return model.readRows(given, { partial, ...(maxDeviations !== undefined && { maxDeviations }) });
  }

  #checkDraws(draws: number): void {
    const most = this.limits.draws;
    if (draws <= most) return;
    throw new InputError('invalid-option', `The request takes ${draws} draws; ${most} are allowed: ask for fewer.`, {
      option: 'draws',
    });
  }

  /** Names of the models, and which of them are in memory. */
  models(): Answer {
    const { registry } = this;
    const loaded = new Set(registry.loaded.map(({ name }) => name));
    const models = registry.names.map((name) => ({ name, loaded: loaded.has(name) }));
    return jsonAnswer(JSON.stringify({ models, nativeBytes: registry.nativeBytes }));
  }

  async model(name: string): Promise<Answer> {
    return this.#safely(() => this.registry.use(name, (served) => Promise.resolve(JSON.stringify(served.describe()))));
  }

  /** Returns the model's conclusions and their sentences. */
  async conclusions(name: string): Promise<Answer> {
    return this.#safely(() =>
      this.registry.use(name, ({ model }) => Promise.resolve(JSON.stringify(describeConclusions(model)))),
    );
  }

  /** 200 once all models are there and until the server closes, else 503. */
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
      const served = await this.registry.reload(name);
      return JSON.stringify({ name, loadedAt: served.loadedAt.toISOString() });
    });
  }

  async prometheus(): Promise<Answer> {
    if (!this.metrics) {
      return errorAnswer(new InputError('unknown-route', 'This server counts nothing (option metrics).'));
    }
    return { status: 200, ...(await this.metrics.text()) };
  }

  /** No more questions: `/healthz` says so and what comes is refused, so that a balancer turns to others. */
  drain(): void {
    this.#isClosing = true;
  }

  /** Answers what was asked, then frees all models. Idempotent. */
  async close(): Promise<void> {
    this.drain();
    await this.registry.close();
  }

  async #safely(work: () => Promise<string>): Promise<Answer> {
    try {
      return jsonAnswer(await work());
    } catch (error) {
      const answer = errorAnswer(error);
      if (statusOf(error) === 500) this.#logger.error({ err: error }, 'request not answered');
      return answer;
    }
  }
}

/** Of columns the first one's values are counted: others of another length are no table. */
function subjectCount(given: readonly Row[] | Columns): number {
  if (isList(given)) return given.length;
  const first: unknown = Object.values(Object.values(given).at(0) ?? {}).at(0);
  return isList(first) ? first.length : NaN;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function overloaded(what: string, waiting: number): StateError {
  return new StateError('overloaded', `${waiting} requests wait for ${what} already; try again in a moment.`);
}
