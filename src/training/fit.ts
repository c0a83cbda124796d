// From a data set to the chosen run: trains all runs, writes checkpoints, chooses by the validation objective, reads the graph.

import {
  adjacencyMatrix,
  graphFromGates,
  graphFromStrengths,
  withAgreement,
  type LatentGraph,
  type RunGraph,
} from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { InputError, NumericError } from '../errors.js';
import type { ModelConfig } from '../models/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import { hasRun, prepareFolder, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { usesGates, type FitConfig } from './config.js';
import { Inference, type ParameterValues } from './inference.js';
import { modalityShapes, modelConfig } from './program.js';
import type { EpochMetrics, RunFailure } from './run-state.js';
import { Trainer } from './trainer.js';

export interface FitProgress {
  /** Epochs done. */
  readonly epoch: number;
  readonly epochs: number;
  /** Training steps done in the running epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly stepsPerSecond: number;
  /** Until the last epoch at the present speed; early stopping may end sooner. */
  readonly secondsLeft: number;
  /** The last whole epoch. */
  readonly metrics: EpochMetrics | undefined;
}

export interface FitHooks extends ProgramOptions {
  /** Aborting stops within one step, writes a checkpoint (with `folder`) and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called on the event loop, at most once per training step. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Where checkpoints go; without it nothing is written. */
  readonly folder?: string;
  /** Continue from the checkpoint in `folder`, if there is one. */
  readonly resume?: boolean;
  /** Seconds between checkpoints, by default 10. */
  readonly checkpointEvery?: number;
}

export interface FittedRuns {
  readonly model: ModelConfig;
  readonly config: FitConfig;
  /** Best state of every run. */
  readonly parameters: ParameterValues;
  /** Lowest validation objective. */
  readonly chosen: number;
  /** Validation objective of each run at its best epoch; null for a run that ended before one counted. */
  readonly objectives: readonly (number | null)[];
  readonly bestEpochs: readonly number[];
  readonly failures: readonly RunFailure[];
  readonly history: readonly EpochMetrics[];
  readonly graph: LatentGraph;
  readonly seconds: number;
}

/** Rows that strengths and agreement are read from: training subjects, enough for stable means. */
const GRAPH_ROWS = 4096;
const GRAPH_BATCH = 512;

/**
 * Trains `config.runs` runs and chooses one.
 * @throws NumericError `all-runs-diverged`; InputError `checkpoint-mismatch`, `damaged-file`; FileError; DeviceError; the signal's reason
 */
export async function fitRuns(dataset: Dataset, config: FitConfig, hooks: FitHooks = {}): Promise<FittedRuns> {
  hooks.signal?.throwIfAborted();
  const started = performance.now();
  const trainer = Trainer.create(dataset, config, hooks);
  try {
    const checkpoint = await openCheckpoint(trainer, dataset, hooks);
    await trainAll(trainer, hooks, checkpoint);
    const parameters = trainer.bestParameters();
    const { bestObjective, bestEpoch, failures, history } = trainer.state;
    const chosen = bestObjective.indexOf(Math.min(...bestObjective));
    if (bestObjective[chosen] === Infinity) {
      throw new NumericError('all-runs-diverged', 'No run reached a finite validation objective; lower learningRate.');
    }
    const model = modelConfig(modalityShapes(dataset), config);
    const objectives = bestObjective.map((value) => (Number.isFinite(value) ? value : null));
    const graph = await readGraph(dataset, model, config, parameters, objectives, chosen, hooks);
    const seconds = (performance.now() - started) / 1000;
    return { model, config, parameters, chosen, objectives, bestEpochs: bestEpoch, failures, history, graph, seconds };
  } finally {
    await trainer.dispose();
  }
}

/**
 * Restores the folder's checkpoint when resuming, and writes one at once: a folder that cannot be written is found out before
 * the work, not after it.
 * @returns writes the state as it is then; does nothing without a folder
 */
async function openCheckpoint(
  trainer: Trainer,
  dataset: Dataset,
  { folder, resume }: FitHooks,
): Promise<() => Promise<void>> {
  if (folder === undefined) {
    if (!resume) return () => Promise.resolve();
    throw new InputError('invalid-setting', 'resume needs a folder to resume from.', { setting: 'resume' });
  }
  if (!resume && (await hasRun(folder))) {
    throw new InputError(
      'run-exists',
      `${folder} holds a fit already. Go on with resume (--resume), choose another folder, or remove it first.`,
      { folder },
    );
  }
  const key = { config: trainer.config, fingerprint: dataset.fingerprint };
  const state = resume ? await readCheckpoint(folder, key, trainer.state) : undefined;
  if (state) trainer.restore(state);
  const write = (): Promise<void> => writeCheckpoint(folder, key, trainer.state);
  await prepareFolder(folder);
  await write();
  return write;
}

async function trainAll(trainer: Trainer, hooks: FitHooks, checkpoint: () => Promise<void>): Promise<void> {
  const { signal, onProgress, checkpointEvery = 10 } = hooks;
  const { config, stepsPerEpoch } = trainer;
  const firstEpoch = trainer.state.epoch;
  const started = performance.now();
  let saved = started;
  let metrics = trainer.state.history.at(-1);
  const report = (step: number): void => {
    const { epoch } = trainer.state;
    const seconds = (performance.now() - started) / 1000;
    const steps = (epoch - firstEpoch) * stepsPerEpoch + step;
    const stepsPerSecond = steps === 0 ? 0 : steps / seconds;
    const stepsLeft = (config.epochs - epoch) * stepsPerEpoch - step;
    const secondsLeft = steps === 0 ? Infinity : stepsLeft / stepsPerSecond;
    onProgress?.({ epoch, epochs: config.epochs, step, stepsPerEpoch, stepsPerSecond, secondsLeft, metrics });
  };
  while (!trainer.finished) {
    const done = await trainer.epoch(signal, onProgress && report);
    if (done === undefined || signal?.aborted) {
      await checkpoint();
      signal!.throwIfAborted();
    }
    metrics = done;
    report(0);
    if (performance.now() - saved > checkpointEvery * 1000) {
      await checkpoint();
      saved = performance.now();
    }
  }
}

/** Strengths, edges of the chosen run and their agreement over all finite runs, on training subjects. */
async function readGraph(
  dataset: Dataset,
  model: ModelConfig,
  config: FitConfig,
  parameters: ParameterValues,
  objectives: readonly (number | null)[],
  chosen: number,
  options: ProgramOptions,
): Promise<LatentGraph> {
  const rows = dataset.split.train.subarray(0, GRAPH_ROWS);
  const values = dataset.modalities.map((m) => selectRows(m.values, m.columns.length, rows));
  const batch = Math.min(GRAPH_BATCH, rows.length);
  const inference = new Inference(model, config.runs, batch, parameters, options);
  try {
    const strengths = (await inference.strengths(values, rows.length)).map((p, run) =>
      objectives[run] === null ? p.fill(0) : p,
    );
    const latents = await inference.encode(values, rows.length);
    const gates = usesGates(config.sparsity) ? await inference.gates() : undefined;
    const read = (run: number): LatentGraph =>
      gates
        ? graphFromGates(model.modalities, gates[run], strengths[run])
        : graphFromStrengths(model.modalities, strengths[run]);
    const columns = model.modalities.reduce((total, m) => total + m.latents, 0);
    const runs = latents.map((z, run): RunGraph => ({
      latents: { values: z, rows: rows.length, columns },
      adjacency: adjacencyMatrix(read(run)),
      alive: objectives[run] !== null,
    }));
    return withAgreement(read(chosen), runs, chosen);
  } finally {
    await inference.dispose();
  }
}

function selectRows(values: Float32Array, columns: number, rows: Int32Array): Float32Array {
  const selected = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    selected.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return selected;
}
