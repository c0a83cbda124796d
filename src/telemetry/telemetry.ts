// Spans and figures for whoever has registered an OpenTelemetry SDK; for all others nothing, not even the API, which
// takes as long to load as this package. A registered SDK is known by the global that the API keeps
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

/** What instruments read. */
const figures = {
  steps: 0,
  nativeBytes: 0,
};
/** Of every part that trains now. */
const speeds = new Set<{ stepsPerSecond: number }>();

/** Undefined where nobody has registered an SDK, or the package is bundled without the API. */
function loaded(): Api | undefined {
  if (isAbsent || !(REGISTERED in globalThis)) return undefined;
  try {
    api ??= module.createRequire(import.meta.url)('@opentelemetry/api') as Api;
  } catch {
    isAbsent = true;
  }
  return api;
}

/** Makes the instruments for an SDK that was registered since. */
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
    description: 'Training steps per second of all parts that train now',
  });
  speed.addCallback((result) => {
    result.observe([...speeds].reduce((sum, { stepsPerSecond }) => sum + stepsPerSecond, 0));
  });
  const bytes = meter.createObservableGauge('interlatent.native.memory', {
    description: 'Memory of loaded programs outside of JavaScript',
    unit: 'By',
  });
  bytes.addCallback((result) => {
    result.observe(figures.nativeBytes);
  });
}

/**
 * Does the work within a span, the active one for what it calls. An error is recorded and thrown on.
 * @param name after `interlatent.`
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

/** As `traced`, of work that gives one item after the other: the span ends when the caller wants no more. */
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

/** What a fit tells of itself, from whichever thread it runs in. Times are milliseconds since 1970. */
export type FitEvent =
  | { readonly event: 'warning'; readonly facts: object; readonly text: string }
  | {
      readonly event: 'part begins';
      readonly part: string;
      readonly runs: number;
      readonly epochs: number;
      /** That its program takes, until it ends. */
      readonly nativeBytes: number;
      readonly at: number;
    }
  | { readonly event: 'epoch'; readonly steps: number; readonly seconds: number }
  | {
      readonly event: 'part ends';
      readonly at: number;
      /** Left out where it failed. */
      readonly epochs?: number;
      readonly objectives?: readonly (number | null)[];
      readonly failures?: readonly object[];
      readonly error?: string;
    };

export interface FitAudience {
  readonly logger?: Logger | undefined;
  /** True where the fit's programs are loaded in another thread, whose memory is counted by what it tells. */
  readonly isElsewhere: boolean;
}

/** Makes spans, figures and log lines of a fit's events. */
class FitTelling {
  readonly #audience: FitAudience;
  readonly #api: Api | undefined = loaded();
  /** The fit's span, which parts belong to. */
  readonly #parent = this.#api?.context.active();
  readonly #speed = { stepsPerSecond: 0 };
  #part: { readonly span: Span | undefined; readonly name: string; readonly nativeBytes: number } | undefined;

  constructor(audience: FitAudience) {
    this.#audience = audience;
    speeds.add(this.#speed);
  }

  take(told: FitEvent): void {
    const { logger } = this.#audience;
    if (told.event === 'epoch') {
      figures.steps += told.steps;
      this.#speed.stepsPerSecond = told.steps / told.seconds;
    } else if (told.event === 'warning') {
      logger?.warn(told.facts, told.text);
    } else if (told.event === 'part begins') {
      const { part: name, runs, epochs, nativeBytes, at: startTime } = told;
      const attributes = { 'interlatent.part': name, 'interlatent.runs': runs };
      const tracer = this.#api?.trace.getTracer(NAME);
      this.#part = { name, nativeBytes, span: tracer?.startSpan(PART, { attributes, startTime }, this.#parent) };
      if (this.#audience.isElsewhere) figures.nativeBytes += nativeBytes;
      logger?.info({ part: name, runs, epochs }, 'a part of the fit begins');
    } else {
      this.#endPart(told);
    }
  }

  /** Also of a fit whose thread ended before it could tell. */
  end(): void {
    this.#endPart({ event: 'part ends', at: Date.now(), error: 'ended' });
    speeds.delete(this.#speed);
  }

  #endPart({ at, epochs, objectives, failures = [], error }: Extract<FitEvent, { event: 'part ends' }>): void {
    if (this.#part === undefined) return;
    const { span, name: part, nativeBytes } = this.#part;
    this.#part = undefined;
    if (this.#audience.isElsewhere) figures.nativeBytes -= nativeBytes;
    if (epochs !== undefined) span?.setAttributes({ 'interlatent.epochs': epochs });
    if (error !== undefined) span?.setStatus({ code: this.#api!.SpanStatusCode.ERROR, message: error });
    span?.end(at);
    const { logger } = this.#audience;
    for (const failure of failures) {
      logger?.warn({ part, ...failure }, 'a run left the finite numbers; the others go on');
    }
    if (error === undefined) logger?.info({ part, epochs, objectives }, 'a part of the fit is over');
    else logger?.error({ part, error }, 'a part of the fit ended before its end');
  }
}

const PART = `${NAME}.fit.part`;

/**
 * A fit within a span, whose parts are spans too.
 * @param work told what to tell events to; undefined where nobody would hear
 */
export async function tracedFit<T>(
  audience: FitAudience,
  work: (onEvent: ((told: FitEvent) => void) | undefined) => Promise<T>,
): Promise<T> {
  if (loaded() === undefined && audience.logger === undefined) return work(undefined);
  return traced('fit', {}, async () => {
    const telling = new FitTelling(audience);
    try {
      return await work((told) => {
        telling.take(told);
      });
    } finally {
      telling.end();
    }
  });
}

/** Programs were loaded, or fewer bytes are taken: below 0. */
export function nativeMemoryChanged(bytes: number): void {
  observe();
  figures.nativeBytes += bytes;
}
