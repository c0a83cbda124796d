// Spans and figures for whoever has registered an OpenTelemetry SDK; for all others nothing, not even the API, which
// takes as long to load as this package. A registered SDK is known by the global that the API keeps
// (github.com/open-telemetry/opentelemetry-js, api/src/internal/global-utils.ts).

import { createRequire } from 'node:module';
import type * as OpenTelemetry from '@opentelemetry/api';
import type { Attributes, MeterProvider, Span } from '@opentelemetry/api';

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
    api ??= createRequire(import.meta.url)('@opentelemetry/api') as Api;
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
export async function traced<T>(name: string, attributes: Attributes, work: (note: Note) => Promise<T>): Promise<T> {
  observe();
  const known = loaded();
  if (known === undefined) return work(() => undefined);
  const { SpanStatusCode, trace } = known;
  return trace.getTracer(NAME).startActiveSpan(`${NAME}.${name}`, { attributes }, async (span: Span) => {
    try {
      return await work((more) => span.setAttributes(more));
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      span.recordException(error instanceof Error ? error : message);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Adds attributes that are known only when the work is under way. */
export type Note = (attributes: Attributes) => void;

/** A part that trains, until `end`. */
export interface TrainingFigures {
  /** @param steps done within so many seconds */
  epoch(steps: number, seconds: number): void;
  end(): void;
}

export function trainingFigures(): TrainingFigures {
  observe();
  const own = { stepsPerSecond: 0 };
  speeds.add(own);
  return {
    epoch(steps, seconds) {
      figures.steps += steps;
      own.stepsPerSecond = steps / seconds;
    },
    end() {
      speeds.delete(own);
    },
  };
}

/** Programs were loaded, or fewer bytes are taken: below 0. */
export function nativeMemoryChanged(bytes: number): void {
  observe();
  figures.nativeBytes += bytes;
}
