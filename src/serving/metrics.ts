// Metrics for Prometheus, by means of prom-client: requests, times, batches, queues and memory.

import type * as Client from 'prom-client';
import { loadPeer } from '../files/peer.js';
import type { ServedQuestion } from './questions.js';
import type { ModelRegistry, RegistryEvents } from './registry.js';

/** A registry of prom-client, to which metrics are added; see its documentation. */
export interface PrometheusRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  registerMetric(metric: never): void;
}

/** True creates a new registry. */
export type MetricsOption = boolean | { readonly registry: PrometheusRegistry };

export interface Watched {
  readonly registry: ModelRegistry;
  readonly waiting: () => number;
  readonly waitingQuestions: () => number;
}

export interface Metrics extends RegistryEvents {
  answered: (question: ServedQuestion, model: string, status: number, seconds: number) => void;
  watch: (watched: Watched) => void;
  text: () => Promise<{ readonly type: string; readonly body: string }>;
}

/** Buckets of answer times, in seconds. `encode` takes milliseconds, `intervene` can take seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const SUBJECTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Creates the metrics, or returns undefined without the option. @throws InputError `missing-peer` */
export async function createMetrics(option: MetricsOption): Promise<Metrics | undefined> {
  if (option === false) return undefined;
  const load = async (): Promise<typeof Client> => import('prom-client');
  const client = await loadPeer('prom-client', 'metrics for Prometheus are', load);
  const registry = option === true ? new client.Registry() : option.registry;
  // Another copy of prom-client may have created the registry, so the types need not agree.
  const registers = [registry as Client.Registry];
  const requests = new client.Counter({
    name: 'interlatent_requests_total',
    help: 'Answers by question, model and status',
    labelNames: ['question', 'model', 'status'],
    registers,
  });
  const seconds = new client.Histogram({
    name: 'interlatent_request_seconds',
    help: 'Time from the whole body to the answer',
    labelNames: ['question', 'model'],
    buckets: SECONDS,
    registers,
  });
  const subjects = new client.Histogram({
    name: 'interlatent_batch_subjects',
    help: 'Subjects that were encoded together',
    labelNames: ['model'],
    buckets: SUBJECTS,
    registers,
  });
  const loads = new client.Counter({
    name: 'interlatent_model_loads_total',
    help: 'Models that were loaded, reloaded or unloaded, or failed to load',
    labelNames: ['model', 'outcome'],
    registers,
  });
  return {
    answered: (question, model, status, took) => {
      requests.inc({ question, model, status });
      if (status < 400) seconds.observe({ question, model }, took);
    },
    onBatch: (model, count) => {
      subjects.observe({ model }, count);
    },
    onLoad: (model, outcome) => {
      loads.inc({ model, outcome });
    },
    watch: ({ registry: models, waiting, waitingQuestions }) => {
      new client.Gauge({
        name: 'interlatent_native_bytes',
        help: 'Bytes that a loaded model holds outside the heap of V8',
        labelNames: ['model'],
        registers,
        collect() {
          this.reset();
          for (const { name, model } of models.loaded) this.set({ model: name }, model.nativeBytes);
        },
      });
      new client.Gauge({
        name: 'interlatent_requests_waiting',
        help: 'Requests without an answer yet',
        labelNames: ['question'],
        registers,
        collect() {
          this.set({ question: 'encode' }, waiting());
          this.set({ question: 'other' }, waitingQuestions());
        },
      });
    },
    text: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  };
}
