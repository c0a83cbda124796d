// The files of a RUN from their bytes, wherever those are kept.

import { InputError } from '../errors.js';
import type { LatentGraph } from '../causal/graph.js';
import { graphToJson } from '../causal/graph-json.js';
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.js';
import type { ParameterValues } from '../inference/inference.js';
import { METRICS_FILE, metricsLine } from './metrics-file.js';
import type { EpochMetrics } from './run-state.js';
import { FORMAT, parseSummary, type RunSummary } from './run-summary.js';

export const SUMMARY_FILE = 'run.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const GRAPH_FILE = 'graph.json';

/** A fitted model as it is kept on disk. */
export interface SavedRun {
  readonly summary: RunSummary;
  /** Ids of the test part, which no fit has seen; undefined where the folder came without them. */
  readonly heldOut: readonly string[] | undefined;
  /** Of the chosen run, `[1, …]` each. */
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph;
  readonly history: readonly EpochMetrics[];
}

/** A file that was read. */
export interface RunFile {
  /** Named in errors. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** As `parseSummary`, of run.json. @throws InputError `damaged-file` */
export function summaryOf({ path, bytes }: RunFile): ReturnType<typeof parseSummary> {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new InputError('damaged-file', `${path} is not JSON.`, { path }, cause);
  }
  return parseSummary(content, path);
}

/**
 * The weights of model.safetensors.
 * @param fingerprint that run.json says
 * @throws InputError `damaged-file`, `unsupported-type`
 */
export function parametersOf({ path, bytes }: RunFile, fingerprint: string): ParameterValues {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata['fingerprint'] !== fingerprint) {
    throw new InputError(
      'damaged-file',
      `${path} and run.json are of different fits; fit again, or copy both from one RUN.`,
      { path },
    );
  }
  return new Map(
    [...tensors].map(([name, { shape, data }]) => {
      if (!(data instanceof Float32Array)) {
        throw new InputError('damaged-file', `${path}: tensor '${name}' is not float32.`);
      }
      const odd = data.findIndex((value) => !Number.isFinite(value));
      if (odd >= 0) {
        throw new InputError(
          'damaged-file',
          `${path}: tensor '${name}' holds ${data[odd]} at ${odd}; ` +
            'fit again, or copy the file from where it is whole.',
          { path, tensor: name },
        );
      }
      return [name, { shape, values: data }] as const;
    }),
  );
}

/** What is written of a run beside run.json, which comes last, and the ids of people. */
export function filesOf({ summary, parameters, graph, history }: Omit<SavedRun, 'heldOut'>): [string, Uint8Array][] {
  const weights = encodeSafetensors(
    Array.from(parameters, ([name, { shape, values }]) => [name, { shape, data: values }] as const),
    {
      format: FORMAT,
      version: summary.version,
      model: JSON.stringify(summary.model),
      columns: JSON.stringify(summary.columns),
      seed: String(summary.config.seed),
      fingerprint: summary.fingerprint,
    },
  );
  const lines = history.map(metricsLine);
  const metrics = new Uint8Array(lines.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const line of lines) {
    metrics.set(line, at);
    at += line.length;
  }
  return [
    [WEIGHTS_FILE, weights],
    [GRAPH_FILE, new TextEncoder().encode(graphToJson(graph))],
    [METRICS_FILE, metrics],
  ];
}

/** What run.json holds. */
export function summaryText(summary: RunSummary): string {
  return `${JSON.stringify({ ...summary, format: FORMAT }, null, 2)}\n`;
}
