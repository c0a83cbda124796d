// What a server answers, whichever framework brings the question: routes over a registry of models, with limits.

import type { IncomingMessage } from 'node:http';
import { checkArgument, checkOptions, type OptionShapes } from '../argument.js';
import { describeConclusions } from '../conclusions/index.js';
import { InputError, StateError } from '../errors.js';
import type { Subjects } from '../data/dataset.js';
import type { Columns, Row } from '../data/row.js';
import { clientGone, closing, errorAnswer, jsonAnswer, statusOf, timeLimit, type Answer } from './answer.js';
import type { Caller, Found } from './batcher.js';
import { FairQueue } from './fair-queue.js';
import { checkOption, ModelRegistry, REGISTRY_OPTIONS, type RegistryOptions } from './registry.js';
import { createMetrics, type Metrics, type MetricsOption } from './metrics.js';
import { SILENT, type Logger } from '../telemetry/logger.js';
import { readQuestion, subjectsOf, type Asked, type Question } from './questions.js';
import type { ServedModel } from './served-model.js';
import { atOnce, inSlices } from './slices.js';

export interface Limits {
  /** Bytes of a request's body. Default: 1 MiB. */
  readonly body: number;
  /** Subjects of a request. Default: 1,000. */
  readonly subjects: number;
  /** Draws of a request: of `impute` over all of its subjects together. Default: 200,000. */
  readonly draws: number;
  /** Requests that wait for `encode`, of all models together. Default: 1,000. */
  readonly waiting: number;
  /** Requests that wait for `impute` and `intervene`; of each client one is answered after the other. Default: 32. */
  readonly waitingQuestions: number;
  /** Seconds that a client waits for an answer to `impute` or `intervene`. Default: 30. */
  readonly seconds: number;
}

export interface ServingOptions extends RegistryOptions {
  readonly limits?: Partial<Limits> | undefined;
  /** Figures for Prometheus, made by prom-client; see docs/reference/serving.md. Default: false. */
  readonly metrics?: MetricsOption | undefined;
  /**
   * Who asks, for turns between clients: behind a proxy, what the proxy says of them. Default: the address that the
   * request came from; with fastify `request.ip`, which knows of `trustProxy`.
   */
  readonly client?: ((request: IncomingMessage) => string) | undefined;
  /** Whether `POST /models/:name/reload` is there for everybody who reaches the server. Default: false. */
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
  ...{ body: 2 ** 20, subjects: 1000, draws: 200_000, waiting: 1000 },
  ...{ waitingQuestions: 32, seconds: 30 },
};
const DRAWS = 200;
/** Bytes of a body, and subjects of an answer, that take less than a millisecond. */
const AT_ONCE = 2 ** 15;
const FEW = 128;
/** Of an intervention. */
const POPULATION = 4000;

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

/** Text of an answer, and which model gave it. */
interface Answered {
  readonly text: string;
  readonly model: string;
}

interface Work {
  readonly draws: number;
  readonly work: (signal: AbortSignal) => Promise<object>;
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
      'impute and intervene',
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

  /** Who asks. @param address where the request came from */
  clientOf(request: IncomingMessage, address: string | undefined): string {
    return this.#client?.(request) ?? address ?? '';
  }

  /** The answer to a question about a model; never rejects. @param body JSON */
  async answer(question: Question, name: string, body: Buffer | string, caller: Caller): Promise<Answer> {
    const started = performance.now();
    let answer: Answer;
    let form: 'rows' | 'columns' = 'rows';
    try {
      if (this.#isClosing) throw closing();
      const { text, model } =
        question === 'encode'
          ? await this.#encode(name, body, caller, (found) => (form = found))
          : await this.#ask(question, name, body, caller);
      answer = { ...jsonAnswer(text), model };
    } catch (error) {
      answer = errorAnswer(error, form);
      if (answer.status === 500) this.#logger.error({ model: name, question, err: error }, 'question not answered');
    }
    // Each label that a client invents would create another series.
    const known = this.registry.has(name) ? name : 'unknown';
    this.metrics?.answered(question, known, answer.status, (performance.now() - started) / 1000);
    return answer;
  }

  async #encode(
    name: string,
    body: Buffer | string,
    caller: Caller,
    tell: (form: 'rows' | 'columns') => void,
  ): Promise<Answered> {
    if (this.#waiting >= this.limits.waiting) throw overloaded('encode', this.limits.waiting);
    this.#waiting++;
    let served: ServedModel | undefined;
    try {
      served = this.registry.hold(name) ?? (await this.registry.use(name, (loaded) => Promise.resolve(loaded.hold())));
      const steps = typeof body === 'string' ? undefined : served.scan?.(body, this.limits.subjects);
      const scanned = steps && (body.length > AT_ONCE ? await inSlices(steps, caller) : atOnce(steps));
      if (scanned) {
        const found = await served.batcher.ask(scanned, caller, false);
        const { length } = scanned.ids;
        return {
          text: await this.#latents(served, found, { rows: length, form: 'rows', caller }),
          model: served.identity,
        };
      }
      const { partial = false, posterior = false, ...asked } = readQuestion('encode', body);
      const form = asked.columns === undefined ? 'rows' : 'columns';
      tell(form);
      const subjects = this.#subjects(served, asked, partial);
      const found = await served.batcher.ask(subjects, caller, posterior);
      const { length } = subjects.ids;
      return { text: await this.#latents(served, found, { rows: length, form, caller }), model: served.identity };
    } finally {
      this.#waiting--;
      served?.release();
    }
  }

  #latents(
    { latents }: ServedModel,
    found: Found,
    { rows, form, caller }: { readonly rows: number; readonly form: 'rows' | 'columns'; readonly caller: Caller },
  ): string | Promise<string> {
    const steps = latents.write(found, rows, form);
    return rows > FEW ? inSlices(steps, caller) : atOnce(steps);
  }

  /** In turns: each fills a core, and their draws fill memory. */
  async #ask(question: 'impute' | 'intervene', name: string, body: Buffer | string, caller: Caller): Promise<Answered> {
    const [signal, end] = this.#limited(caller.signal());
    try {
      return await this.registry.use(name, async (served) => {
        const { draws, work } =
          question === 'impute' ? this.#imputation(served, body) : this.#intervention(served, body);
        const result = await this.#questions.take(caller.client, draws, () => work(signal), signal);
        this.registry.trim(served);
        return { text: JSON.stringify(result), model: served.identity };
      });
    } finally {
      end();
    }
  }

  /** Aborts also when the time is over. */
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

  #imputation(served: ServedModel, body: Buffer | string): Work {
    const { rows, columns, maxDeviations, ...options } = readQuestion('impute', body);
    const subjects = this.#subjects(served, { rows, columns, maxDeviations }, true);
    const draws = this.#checkedDraws(subjects.ids.length * (options.draws ?? DRAWS));
    return {
      draws,
      work: async (signal) => {
        const cells = [];
        for await (const { row, column, value } of served.model.impute(subjects, { ...options, signal })) {
          cells.push({ row, modality: column.modality, column: column.column, unit: column.unit, ...value });
        }
        return { cells, warnings: served.model.warnings(subjects) };
      },
    };
  }

  #intervention(served: ServedModel, body: Buffer | string): Work {
    const { set, ...options } = readQuestion('intervene', body);
    const draws = options.draws === undefined ? POPULATION : this.#checkedDraws(options.draws);
    return { draws, work: (signal) => served.model.intervene(set, { ...options, signal }) };
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

  #checkedDraws(draws: number): number {
    const most = this.limits.draws;
    if (draws <= most) return draws;
    throw new InputError('invalid-option', `The request takes ${draws} draws; ${most} are allowed: ask for fewer.`, {
      option: 'draws',
    });
  }

  /** Names of the models, and which of them are in memory. */
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
      const { identity, digest, loadedAt } = await this.registry.reload(name);
      return { text: JSON.stringify({ name, digest, loadedAt: loadedAt.toISOString() }), model: identity };
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
