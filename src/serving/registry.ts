// Loads models from RUN folders and keeps them by name. A model is loaded at the start or on its first request, and is
// reloaded without interruption if its folder changes. If memory is limited, the least recently used model is unloaded.

import { checkArgument, checkOptions, shown, type OptionShapes } from '../errors/argument.js';
import { InputError, StateError } from '../errors/errors.js';
import type { DeviceOptions } from '../fit/fit-run.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { didYouMean } from '../errors/suggestion.js';
import { closing } from './answer.js';
import type { BatchOptions } from './batcher.js';
import { SILENT, type Logger } from '../runtime/logger.js';
import { ServedModel } from './served-model.js';
import { runStamp, watchRuns } from './watch.js';

export interface RegistryOptions extends DeviceOptions {
  /** RUN folders by name. Clients use the name, which has letters, digits, ., _ and -. */
  readonly models: Readonly<Record<string, string>>;
  /**
   * Maximum number of bytes that all loaded models hold outside V8's heap: weights and native programs. Beyond it, the
   * least recently used models are unloaded, and loaded again on their next request. A model that does not fit at all
   * is refused. Default: no limit.
   */
  readonly memoryLimit?: number | undefined;
  /** Seconds between checks of the folders. A changed RUN replaces the loaded model. Default: no checks. */
  readonly watch?: number | undefined;
  readonly batch?: Partial<BatchOptions> | undefined;
  readonly logger?: Logger | undefined;
}

export const REGISTRY_OPTIONS: OptionShapes<RegistryOptions> = {
  models: {},
  memoryLimit: 'number',
  watch: 'number',
  batch: {},
  logger: { info: 'function', warn: 'function', error: 'function' },
  device: 'text',
  matmulPrecision: 'text',
};

/** Callbacks of a registry, for metrics. */
export interface RegistryEvents {
  onBatch?: (model: string, subjects: number) => void;
  onLoad?: (model: string, outcome: 'loaded' | 'reloaded' | 'failed' | 'unloaded') => void;
}

interface Entry {
  readonly name: string;
  readonly folder: string;
  served: ServedModel | undefined;
  /** The current load. The folder is not read twice at the same time. */
  loading: Promise<ServedModel> | undefined;
  used: number;
}

/** Maximum of a timer, in seconds. A longer timer would fire immediately. */
const MAX_WAIT = 2 ** 31 / 1000 - 1;

/** The largest encoder program takes 512 rows. */
const BATCH: BatchOptions = { subjects: 512, wait: 0 };

export class ModelRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #options: RegistryOptions;
  readonly #logger: Logger;
  readonly #events: RegistryEvents;
  readonly #limit: number;
  readonly #stopWatching: () => void;
  #uses = 0;
  #isClosed = false;
  /** Replaced or unloaded models that still answer requests. */
  readonly #retiring = new Set<Promise<void>>();

  /** @throws InputError `invalid-option` */
  constructor(options: RegistryOptions, events: RegistryEvents = {}) {
    checkArgument('new ModelRegistry: options', options, { models: {} });
    checkOptions('new ModelRegistry', options, REGISTRY_OPTIONS);
    this.#options = options;
    this.#events = events;
    this.#logger = options.logger ?? SILENT;
    this.#limit = options.memoryLimit ?? Infinity;
    checkOption('memoryLimit', this.#limit, this.#limit > 0);
    checkOption(
      'watch',
      options.watch,
      options.watch === undefined || (options.watch > 0 && options.watch <= MAX_WAIT),
    );
    for (const name of Object.keys(options.batch ?? {})) checkOption('batch', name, Object.hasOwn(BATCH, name));
    const { subjects, wait } = { ...BATCH, ...options.batch };
    checkOption('batch.subjects', subjects, Number.isSafeInteger(subjects) && subjects >= 1);
    checkOption('batch.wait', wait, wait >= 0 && wait <= 1000 * MAX_WAIT);
    for (const [name, folder] of Object.entries(options.models)) {
      checkOption('models', name, /^[\w.-]+$/.test(name));
      checkOption(`models.${name}`, folder, typeof folder === 'string');
      this.#entries.set(name, { name, folder, served: undefined, loading: undefined, used: 0 });
    }
    const reload = (name: string): Promise<unknown> => this.reload(name);
    const loaded = () => this.loaded;
    this.#stopWatching = options.watch === undefined ? () => undefined : watchRuns(loaded, options.watch, reload);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Models that are in memory. */
  get loaded(): readonly ServedModel[] {
    return [...this.#entries.values()].flatMap(({ served }) => served ?? []);
  }

  /** Bytes that the loaded models hold outside V8's heap. */
  get nativeBytes(): number {
    return this.loaded.reduce((sum, { model }) => sum + model.nativeBytes, 0);
  }

  /** Loads every model, as far as memory allows. @throws the error of the first model that fails to load */
  async loadAll(): Promise<void> {
    for (const name of this.names) await this.#load(this.#entry(name));
  }

  /**
   * Asks a model. It stays in memory until it has answered, even if another model replaces it meanwhile.
   * @throws InputError `unknown-model`, `no-run`, `damaged-file`; StateError `memory-limit`, `closing`
   */
  async use<T>(name: string, ask: (served: ServedModel) => Promise<T>): Promise<T> {
    const served = this.hold(name) ?? (await this.#load(this.#entry(name))).hold();
    try {
      return await ask(served);
    } finally {
      served.release();
    }
  }

  /** Holds a loaded model until it is released. Returns undefined if it is not loaded. @throws as `use` */
  hold(name: string): ServedModel | undefined {
    const entry = this.#entry(name);
    entry.used = ++this.#uses;
    return entry.served?.hold();
  }

  /**
   * Loads the folder again. The old model answers until the new one is loaded; when it has answered its open requests,
   * it is disposed. If loading fails, the old model remains.
   * @throws as `use`
   */
  async reload(name: string): Promise<ServedModel> {
    const entry = this.#entry(name);
    const before = entry.loading?.catch(() => undefined);
    const reloading = (async () => {
      await before;
      return this.#read(entry);
    })();
    return this.#while(entry, reloading);
  }

  /** Unloads models until memory is within the limit. A loaded model grows, because questions create new programs. */
  trim(keep?: ServedModel): void {
    if (this.#limit === Infinity || this.nativeBytes <= this.#limit) return;
    const idle = [...this.#entries.values()]
      .filter(({ served }) => served && served !== keep && served.isIdle)
      .sort((a, b) => a.used - b.used);
    for (const entry of idle) {
      if (this.nativeBytes <= this.#limit) return;
      const { served } = entry;
      entry.served = undefined;
      this.#retire(served!);
      this.#events.onLoad?.(entry.name, 'unloaded');
      this.#logger.info(
        { model: entry.name, limit: this.#limit },
        'model unloaded for lack of memory: least recently used',
      );
    }
  }

  /** Waits for open requests, then frees all models. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    await Promise.allSettled([...this.#entries.values()].flatMap(({ loading }) => loading ?? []));
    for (const entry of this.#entries.values()) {
      if (entry.served) this.#retire(entry.served);
      entry.served = undefined;
    }
    await Promise.all(this.#retiring);
  }

  #entry(name: string): Entry {
    if (this.#isClosed) throw closing();
    const entry = this.#entries.get(name);
    if (entry) return entry;
    throw new InputError(
      'unknown-model',
      `There is no model '${name.slice(0, 100)}'${didYouMean(name, this.names)}. Models: ${this.names.join(', ')}.`,
      { model: name },
    );
  }

  /** Returns the loaded model. If several requests need it at the same time, only the first one loads it. */
  async #load(entry: Entry): Promise<ServedModel> {
    if (entry.served) return entry.served;
    return entry.loading ?? this.#while(entry, this.#read(entry));
  }

  async #while(entry: Entry, loading: Promise<ServedModel>): Promise<ServedModel> {
    entry.loading = loading;
    try {
      return await loading;
    } catch (error) {
      this.#events.onLoad?.(entry.name, 'failed');
      this.#logger.error({ model: entry.name, folder: entry.folder, err: error }, 'model not loaded');
      throw error;
    } finally {
      if (entry.loading === loading) entry.loading = undefined;
    }
  }

  async #read(entry: Entry): Promise<ServedModel> {
    const { name, folder } = entry;
    const { device, matmulPrecision, batch } = this.#options;
    const started = performance.now();
    const stamp = await runStamp(folder);
    const model = await MultimodalCausalModel.load(folder, { device, matmulPrecision });
    const served = new ServedModel({ name, folder, stamp, model }, { ...BATCH, ...batch }, (subjects) =>
      this.#events.onBatch?.(name, subjects),
    );
    const before = entry.served;
    try {
      await served.warmUp();
      entry.served = served;
      this.trim(served);
      this.#checkRoom(name, served);
      if (this.#isClosed) throw closing();
    } catch (error) {
      entry.served = before;
      await model.dispose();
      throw error;
    }
    if (before) this.#retire(before);
    this.#events.onLoad?.(name, before ? 'reloaded' : 'loaded');
    const facts = { model: name, folder, nativeBytes: model.nativeBytes, milliseconds: performance.now() - started };
    this.#logger.info(facts, before ? 'model reloaded' : 'model loaded');
    return served;
  }

  #checkRoom(name: string, { model }: ServedModel): void {
    const held = this.nativeBytes;
    if (held <= this.#limit) return;
    throw new StateError(
      'memory-limit',
      `Model '${name}' needs ${model.nativeBytes} bytes, and models that are answering hold ` +
        `${held - model.nativeBytes}, but memoryLimit is ${this.#limit}. Raise it, or try again later.`,
      { model: name, needed: model.nativeBytes, limit: this.#limit },
    );
  }

  #retire(served: ServedModel): void {
    const gone = served.retire().finally(() => this.#retiring.delete(gone));
    this.#retiring.add(gone);
  }
}

export function checkOption(option: string, value: unknown, isValid: boolean): void {
  if (isValid) return;
  throw new InputError('invalid-option', `option ${option} cannot be ${shown(value)} (docs/reference/serving.md)`, {
    option,
  });
}
