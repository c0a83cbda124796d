// Reads and writes the files of a RUN folder as bytes, from whatever store they come.

import { InputError } from '../errors/errors.js';
import { latentNodes, type LatentGraph } from '../causal/graph.js';
import { graphFromJson, graphToJson } from '../causal/graph-json.js';
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.js';
import { sha256 } from '../files/sha256.js';
import type { ParameterValues } from '../inference/inference.js';
import { METRICS_FILE, metricsLine } from './metrics-file.js';
import type { EpochMetrics } from './training-state.js';
import {
  checkFormat,
  FORMAT,
  parseSummary,
  type FileDigests,
  type ParsedSummary,
  type RunSummary,
} from './run-summary.js';
import { contradictionIn } from './summary-check.js';
import { checkWeights } from './weights-check.js';

export const SUMMARY_FILE = 'run.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const GRAPH_FILE = 'graph.json';

/** A fitted model as it is stored on disk. */
export interface SavedRun {
  readonly summary: RunSummary;
  /** Ids of the test split, which no fit has seen; undefined where the folder came without them. */
  readonly heldOut: readonly string[] | undefined;
  /** Parameters of the chosen restart, `[1, …]` each. */
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph;
  readonly history: readonly EpochMetrics[];
  /**
   * SHA-256 of run.json, which lists the digests of all other files; undefined if the fit was not read from a folder.
   */
  readonly digest?: string | undefined;
}

/** A file and its content. */
export interface RunFile {
  /** Path for error messages. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Returns the content of run.json, after checks. @throws InputError `damaged-file`, `earlier-run`, `later-run` */
export function summaryOf({ path, bytes }: RunFile): ParsedSummary {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new InputError('damaged-file', `${path} is not JSON.`, { path }, cause);
  }
  const parsed = parseSummary(content, path);
  const contradiction = contradictionIn(parsed.summary);
  if (contradiction !== undefined) throw new InputError('damaged-file', `${path}: ${contradiction}`, { path });
  return parsed;
}

/** Returns the SHA-256 of each file, by name. */
export function digestsOf(files: readonly (readonly [name: string, bytes: Uint8Array])[]): FileDigests {
  return Object.fromEntries(files.map(([name, bytes]) => [name, digestOf(bytes)]));
}

/** Returns the SHA-256 of some bytes, in hexadecimal. */
export function digestOf(bytes: Uint8Array): string {
  const hash = sha256();
  hash.update(bytes);
  return hash.digest('hex');
}

/**
 * Checks that a file is the one that its fit wrote next to run.json.
 * @param digests the digests that run.json lists
 * @param file the bytes of the file, or their SHA-256
 * @throws InputError `damaged-file`
 */
export function checkDigest(
  digests: FileDigests,
  name: string,
  { path, ...file }: RunFile | { readonly path: string; readonly digest: string },
): void {
  const expected = Object.hasOwn(digests, name) ? digests[name] : undefined;
  if (expected === ('digest' in file ? file.digest : digestOf(file.bytes))) return;
  throw new InputError(
    'damaged-file',
    expected === undefined
      ? `${path} is not a file of this RUN: ${SUMMARY_FILE} does not list it. Remove it, or copy the whole folder ` +
          'again from where it was fitted.'
      : `${path} is not the file that ${SUMMARY_FILE} lists (SHA-256): it was changed, or comes from another RUN. ` +
          'Copy the whole folder again from where it was fitted.',
    { path },
  );
}

/**
 * Returns the weights of model.safetensors. They must be exactly the tensors of the model in run.json.
 * @throws InputError `damaged-file`, `earlier-run`, `later-run`, `unsupported-type`
 */
export function parametersOf({ path, bytes }: RunFile, summary: RunSummary): ParameterValues {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  checkFormat(metadata['format'], path);
  if (metadata['fingerprint'] !== summary.fingerprint) {
    throw new InputError(
      'damaged-file',
      `${path} and run.json belong to different fits; fit again, or copy both files from one RUN folder.`,
      { path },
    );
  }
  const parameters = new Map(
    [...tensors].map(([name, { shape, data }]) => {
      if (!(data instanceof Float32Array)) {
        throw new InputError('damaged-file', `${path}: tensor '${name}' is not float32.`);
      }
      const odd = data.findIndex((value) => !Number.isFinite(value));
      if (odd >= 0) {
        throw new InputError(
          'damaged-file',
          `${path}: tensor '${name}' has ${data[odd]} at position ${odd}; fit again, or copy an undamaged file.`,
          { path, tensor: name },
        );
      }
      return [name, { shape, values: data }] as const;
    }),
  );
  checkWeights(parameters, summary, path);
  return parameters;
}

/**
 * Returns the graph of graph.json.
 * @throws InputError `damaged-file` if its latents are not those of the model; what `graphFromJson` throws
 */
export function graphOf({ path, bytes }: RunFile, { model }: RunSummary): LatentGraph {
  const graph = graphFromJson(new TextDecoder().decode(bytes), path);
  const [actual, expected] = [graph.nodes, latentNodes(model.modalities)].map((nodes) =>
    nodes.map(({ name }) => name).join(', '),
  );
  if (actual === expected) return graph;
  throw new InputError(
    'damaged-file',
    `${path} has the latents ${actual}, but the model of run.json has ${expected}: copy the whole folder again from ` +
      'where it was fitted.',
    { path },
  );
}

/** Returns the files of a RUN folder, except for run.json, which is written last, and the ids of subjects. */
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

/** Returns the text of run.json. @param files digests of all other files */
export function summaryText(summary: RunSummary, files: FileDigests): string {
  return `${JSON.stringify({ ...summary, format: FORMAT, files }, null, 2)}\n`;
}
