// Traces and metrics for processes with a registered OpenTelemetry SDK. In other processes the API is not even loaded,
// since that takes as long as loading this package. A registered SDK is recognised by a global of the API
// (github.com/open-telemetry/opentelemetry-js, api/src/internal/global-utils.ts).

import module from 'node:module';
import type * as OpenTelemetry from '@opentelemetry/api';
import type { Attributes, MeterProvider, Span } from '@opentelemetry/api';
import type { Logger } from './logger.js';

type Api = typeof OpenTelemetry;

const NAME = 'interlatent';
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

let api: Api | undefined;
let isAbsent = false;
const observed = new WeakSet<MeterProvider>();

/** Values that the instruments observe. */
const figures = {
  steps: 0,
  nativeBytes: 0,
};
/** Speed of every stage in training. */
const speeds = new Set<{ stepsPerSecond: number }>();

/** Returns the API; undefined without a registered SDK, or if the package is bundled without the API. */
function loaded(): Api | undefined {
  if (isAbsent || !(REGISTERED in globalThis)) return undefined;
  try {
    api ??= module.createRequire(import.meta.url)('@opentelemetry/api') as Api;
  } catch {
    isAbsent = true;
  }
  return api;
}

/** Creates the instruments of a newly registered SDK. */
function observe(): void {
  const provider = loaded()?.metrics.getMeterProvider();
  if (provider === undefined || observed.has(provider)) return;
  observed.add(provider);
  const meter = provider.getMeter(NAME);
  const counter = meter.createObservableCounter('interlatent.training.steps', { description: 'Training steps done' });
  counter.addCallback((result) => {
    result.observe(figures.steps);
  });
  const speed = meter.createObservableGauge('interlatent.training.steps_per_second', {
    description: 'Training steps per second of all stages in training',
  });
  speed.addCallback((result) => {
    result.observe([...speeds].reduce((sum, { stepsPerSecond }) => sum + stepsPerSecond, 0));
  });
  const bytes = meter.createObservableGauge('interlatent.native.memory', {
    description: 'Memory of loaded programs outside JavaScript',
    unit: 'By',
  });
  bytes.addCallback((result) => {
    result.observe(figures.nativeBytes);
  });
}

/**
 * Runs work in a span, which is active during the work. An error is recorded and thrown again.
 * @param name name of the span after `interlatent.`
 */
export async function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  observe();
  const known = loaded();
  if (known === undefined) return work();
  return known.trace.getTracer(NAME).startActiveSpan(`${NAME}.${name}`, { attributes }, async (span: Span) => {
    try {
      return await work();
    } catch (error) {
      record(span, error, known);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** As `traced`, for work that yields items. The span ends when the caller stops reading. */
export async function* tracedItems<Item>(
  name: string,
  attributes: Attributes,
  work: () => AsyncIterable<Item>,
): AsyncGenerator<Item> {
  observe();
  const known = loaded();
  const span = known?.trace.getTracer(NAME).startSpan(`${NAME}.${name}`, { attributes });
  try {
    yield* work();
  } catch (error) {
    if (known && span) record(span, error, known);
    throw error;
  } finally {
    span?.end();
  }
}

function record(span: Span, error: unknown, { SpanStatusCode }: Api): void {
  const { message } = error instanceof Error ? error : new Error(String(error));
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Event of a fit, which may run in another thread. Times are milliseconds since 1970. */
export type FitEvent =
  | { readonly event: 'warning'; readonly facts: object; readonly text: string }
  | {
      readonly event: 'stage begins';
      readonly stage: string;
      readonly restarts: number;
      readonly epochs: number;
      /** Memory of the program of the stage, until the stage ends. */
      readonly nativeBytes: number;
      readonly at: number;
    }
  | { readonly event: 'epoch'; readonly steps: number; readonly seconds: number }
  | {
      readonly event: 'stage ends';
      readonly at: number;
      /** Left out if the stage failed. */
      readonly epochs?: number;
      readonly objectives?: readonly (number | null)[];
      readonly failures?: readonly object[];
      readonly error?: string;
    };

export interface FitObserver {
  readonly logger?: Logger | undefined;
  /** True if the programs of the fit are in another thread. Their memory is then counted by its events. */
  readonly isRemote: boolean;
}

/** Converts the events of a fit to spans, metrics and log lines. */
class FitReporter {
  readonly #observer: FitObserver;
  readonly #api: Api | undefined = loaded();
  /** Span of the fit, parent of the spans of stages. */
  readonly #parent = this.#api?.context.active();
  readonly #speed = { stepsPerSecond: 0 };
  #stage: { readonly span: Span | undefined; readonly name: string; readonly nativeBytes: number } | undefined;

  constructor(observer: FitObserver) {
    this.#observer = observer;
    speeds.add(this.#speed);
  }

  receive(message: FitEvent): void {
    const { logger } = this.#observer;
    if (message.event === 'epoch') {
      figures.steps += message.steps;
      this.#speed.stepsPerSecond = message.steps / message.seconds;
    } else if (message.event === 'warning') {
      logger?.warn(message.facts, message.text);
    } else if (message.event === 'stage begins') {
      const { stage: name, restarts, epochs, nativeBytes, at: startTime } = message;
      const attributes = { 'interlatent.stage': name, 'interlatent.restarts': restarts };
      const tracer = this.#api?.trace.getTracer(NAME);
      this.#stage = { name, nativeBytes, span: tracer?.startSpan(STAGE, { attributes, startTime }, this.#parent) };
      if (this.#observer.isRemote) figures.nativeBytes += nativeBytes;
      logger?.info({ stage: name, restarts, epochs }, 'a stage of the fit begins');
    } else {
      this.#endStage(message);
    }
  }

  /** Ends a stage that is still open, also after the thread of the fit has ended without an event. */
  end(): void {
    this.#endStage({ event: 'stage ends', at: Date.now(), error: 'ended' });
    speeds.delete(this.#speed);
  }

  #endStage({ at, epochs, objectives, failures = [], error }: Extract<FitEvent, { event: 'stage ends' }>): void {
    if (this.#stage === undefined) return;
    const { span, name: stage, nativeBytes } = this.#stage;
    this.#stage = undefined;
    if (this.#observer.isRemote) figures.nativeBytes -= nativeBytes;
    if (epochs !== undefined) span?.setAttributes({ 'interlatent.epochs': epochs });
    if (error !== undefined) span?.setStatus({ code: this.#api!.SpanStatusCode.ERROR, message: error });
    span?.end(at);
    const { logger } = this.#observer;
    for (const failure of failures) {
      logger?.warn({ stage, ...failure }, 'a restart diverged; the other restarts continue');
    }
    if (error === undefined) logger?.info({ stage, epochs, objectives }, 'a stage of the fit has ended');
    else logger?.error({ stage, error }, 'a stage of the fit failed');
  }
}

const STAGE = `${NAME}.fit.stage`;

/**
 * Runs a fit in a span with a child span for each stage.
 * @param work receives the function for events; undefined if nothing listens
 */
export async function tracedFit<T>(
  observer: FitObserver,
  work: (onEvent: ((event: FitEvent) => void) | undefined) => Promise<T>,
): Promise<T> {
  if (loaded() === undefined && observer.logger === undefined) return work(undefined);
  return traced('fit', {}, async () => {
    const reporter = new FitReporter(observer);
    try {
      return await work((event) => {
        reporter.receive(event);
      });
    } finally {
      reporter.end();
    }
  });
}

/** Records a change of the memory of loaded programs; negative when one is unloaded. */
export function nativeMemoryChanged(bytes: number): void {
  observe();
  figures.nativeBytes += bytes;
}
