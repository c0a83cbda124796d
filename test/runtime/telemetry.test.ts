// The library reports spans and metrics to a registered OpenTelemetry SDK, and events to the logger. It writes nothing
// to the console.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import type { Dataset } from '../../src/data/dataset.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';

const settings = {
  fit: 'joint',
  encoderRestarts: 2,
  epochs: 3,
  batch: 64,
  hidden: 8,
  threads: 1,
  evidence: 'none',
} as const;
let dataset: Dataset;

beforeAll(() => {
  dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 300, test: 50 }));
});

describe('with an SDK', () => {
  const spans = new InMemorySpanExporter();
  const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 1e6 });
  let model: MultimodalCausalModel;

  beforeAll(async () => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    model = await MultimodalCausalModel.fit(dataset, settings);
    await model.encode(dataset);
  });
  afterAll(async () => {
    await model.dispose();
    trace.disable();
    metrics.disable();
  });

  const named = (name: string): ReadableSpan[] => spans.getFinishedSpans().filter((span) => span.name === name);

  async function latest(name: string): Promise<number> {
    await reader.forceFlush();
    const all = figures
      .getMetrics()
      .at(-1)!
      .scopeMetrics.flatMap((scope) => scope.metrics);
    return all.find(({ descriptor }) => descriptor.name === name)!.dataPoints[0].value as number;
  }

  test('a fit, each of its stages and an encoding are spans', () => {
    expect(named('interlatent.fit')).toHaveLength(1);
    expect(named('interlatent.fit.stage').map(({ attributes }) => attributes['interlatent.stage'])).toEqual([
      'joint',
      'missing',
    ]);
    const [joint] = named('interlatent.fit.stage');
    expect(joint.attributes).toMatchObject({ 'interlatent.restarts': 2, 'interlatent.epochs': 3 });
    expect(named('interlatent.encode').map(({ attributes }) => attributes)).toEqual([
      { 'interlatent.subjects': dataset.ids.length },
    ]);
  });

  test('steps are counted', async () => {
    const training = dataset.split.train.length;
    const before = await latest('interlatent.training.steps');
    expect(before).toBeGreaterThanOrEqual(3 * Math.floor(training / 64));
    await (await MultimodalCausalModel.fit(dataset, settings)).dispose();
    expect(await latest('interlatent.training.steps')).toBe(2 * before);
    expect(await latest('interlatent.training.steps_per_second')).toBe(0);
  });

  test('steps per second are reported while a stage trains', async () => {
    const seen: number[] = [];
    let reads: Promise<unknown> = Promise.resolve();
    const onProgress = ({ epoch }: { epoch: number }): void => {
      if (epoch > 0) {
        reads = reads.then(() => latest('interlatent.training.steps_per_second').then((v) => seen.push(v)));
      }
    };
    await (await MultimodalCausalModel.fit(dataset, { ...settings, epochs: 40, onProgress })).dispose();
    await reads;
    expect(Math.max(...seen)).toBeGreaterThan(0);
  });

  test('native memory grows when a model computes, and is released with the model', async () => {
    const before = await latest('interlatent.native.memory');
    const other = await MultimodalCausalModel.fit(dataset, settings);
    expect(await latest('interlatent.native.memory')).toBe(before);
    await other.encode(dataset);
    expect(await latest('interlatent.native.memory')).toBeGreaterThan(before);
    await other.dispose();
    await other.dispose();
    expect(await latest('interlatent.native.memory')).toBe(before);
  });

  test('a failed fit has a span with the error', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(MultimodalCausalModel.fit(dataset, { ...settings, signal })).rejects.toThrow('enough');
    const last = named('interlatent.fit').at(-1)!;
    expect(last.status).toMatchObject({ code: 2, message: 'enough' });
    expect(last.events.map(({ name }) => name)).toEqual(['exception']);
  });
});

test('a fit in a worker thread has the same spans, metrics and events', () => {
  const script = `
    import { trace, metrics } from '@opentelemetry/api';
    import * as sdk from '@opentelemetry/sdk-trace-base';
    import * as measured from '@opentelemetry/sdk-metrics';
    import { MultimodalCausalModel, simulate } from '${join(import.meta.dirname, '../../dist/index.js')}';
    const spans = new sdk.InMemorySpanExporter();
    const spanProcessors = [new sdk.SimpleSpanProcessor(spans)];
    trace.setGlobalTracerProvider(new sdk.BasicTracerProvider({ spanProcessors }));
    const exporter = new measured.InMemoryMetricExporter(measured.AggregationTemporality.CUMULATIVE);
    const reader = new measured.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 });
    metrics.setGlobalMeterProvider(new measured.MeterProvider({ readers: [reader] }));
    const events = [];
    const logger = { info: (facts, text) => events.push(text), warn() {}, error() {} };
    const columns = ['a', 'b'].map((name) => ({ name, log: false, offset: 0, mean: 0, sd: 1 }));
    const ids = Array.from({ length: 300 }, (_, i) => 's' + i);
    const modality = (name, phase) => ({
      name, columns, latents: 1, exogenous: 1,
      values: Float32Array.from({ length: 600 }, (_, i) => Math.sin(i * i + phase)),
    });
    const rows = Int32Array.from(ids.keys());
    const split = { train: rows.slice(0, 200), validation: rows.slice(200, 250), test: rows.slice(250) };
    const dataset = { ids, split, fingerprint: 'f', modalities: [modality('m', 0), modality('n', 1)] };
    const settings = ${JSON.stringify(settings)};
    const model = await MultimodalCausalModel.fit(dataset, { ...settings, logger });
    await reader.forceFlush();
    const [{ metrics: exported }] = exporter.getMetrics().at(-1).scopeMetrics;
    const figures = Object.fromEntries(exported.map((m) => [m.descriptor.name, m.dataPoints[0].value]));
    console.log(JSON.stringify({ events, spans: spans.getFinishedSpans().map((s) => s.name), figures }));
    await model.dispose();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '../..'),
  });
  expect(stderr).toBe('');
  const { events, spans, figures } = JSON.parse(stdout) as {
    events: string[];
    spans: string[];
    figures: Record<string, number>;
  };
  expect(spans).toEqual(['interlatent.fit.stage', 'interlatent.fit.stage', 'interlatent.fit']);
  expect(events).toEqual(Array(2).fill(['a stage of the fit begins', 'a stage of the fit has ended']).flat());
  expect(figures['interlatent.training.steps']).toBeGreaterThanOrEqual(9);
  expect(figures['interlatent.native.memory']).toBe(0);
});

describe('without an SDK', () => {
  test('the API of OpenTelemetry is not loaded', () => {
    const script = `
      const { MultimodalCausalModel, simulate } = await import('${join(import.meta.dirname, '../../dist/index.js')}');
      console.log(Object.getOwnPropertySymbols(globalThis).includes(Symbol.for('opentelemetry.js.api.1')));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'false\n', stderr: '' });
  });
});

describe('the logger', () => {
  test('receives the begin and end of stages in the form of pino, and nothing is printed', async () => {
    const printed = (['log', 'info', 'warn', 'error'] as const).map((name) =>
      jest.spyOn(console, name).mockImplementation(() => undefined),
    );
    const written = jest.spyOn(process.stdout, 'write');
    const events: [string, Record<string, unknown>, string][] = [];
    const record = (level: string) => (facts: object, text: string) => {
      events.push([level, facts as Record<string, unknown>, text]);
    };
    const logger = { info: record('info'), warn: record('warn'), error: record('error') };
    await (await MultimodalCausalModel.fit(dataset, { ...settings, logger })).dispose();
    const stages = events.filter(([level, { stage }]) => level === 'info' && stage === 'joint');
    expect(stages.map(([, , text]) => text)).toEqual(['a stage of the fit begins', 'a stage of the fit has ended']);
    expect(stages[1][1]).toMatchObject({ epochs: 3, objectives: [expect.any(Number), expect.any(Number)] });
    for (const spy of [...printed, written]) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});
