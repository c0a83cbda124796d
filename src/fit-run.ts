// A fit from a study or data set to all that is saved of it: the model, how good it is, and what stands up to a test.

import { withDirections } from './conclusions/index.js';
import { checkDataset } from './data/check.js';
import { scalesOf, type Dataset } from './data/dataset.js';
import { takeUpLinks, testGraph, type CrossFitSplit, type EvidenceMode } from './evidence/index.js';
import { absolutePath } from './files/absolute-path.js';
import { encodeDataset } from './inference/encode-dataset.js';
import type { Latents } from './inference/model-latents.js';
import { block } from './metrics/index.js';
import { byImportance, librarySizes, librarySizeWarning } from './quality/index.js';
import { chooseImputation, GenerativeModel } from './questions/index.js';
import {
  chooseDevice,
  type Device,
  type DeviceChoice,
  type DeviceName,
  type MatmulPrecision,
} from './runtime/device.js';
import type { ProgramOptions } from './runtime/program.js';
import { engine, version } from './runtime/package.js';
import type { Study } from './study/study.js';
import type { NicenessOption } from './threads/niceness.js';
import { idName } from './study/subject-id.js';
import type { Logger } from './telemetry/logger.js';
import { fitConfigFor, type FitConfig, type FitSettings } from './training/config.js';
import { fitModel, type FittedModel } from './training/fit.js';
import { fitQuality } from './training/fit-quality.js';
import { fitRanges } from './training/fit-ranges.js';
import { fitWarnings } from './training/fit-warnings.js';
import type { LockedFolder } from './training/locked-folder.js';
import { ranking } from './training/outcome.js';
import type { FitHooks } from './training/stage-runner.js';
import type { SavedRun } from './training/run-folder.js';
import { FORMAT, type RunSummary } from './training/run-summary.js';

/** Where a model computes. */
export interface DeviceOptions {
  /**
   * `cuda` is the first NVIDIA GPU, `cuda:1` the second, `cuda:all` all of them; `auto` takes CUDA where it can be used
   * and otherwise the CPU. Default: `cpu`. What is asked for is used or refused, never replaced.
   */
  readonly device?: DeviceName;
  /**
   * What a GPU rounds the factors of matrix products to, for speed; sums are float32. Default: `float32`, all that the
   * CPU computes: others are refused there.
   */
  readonly matmulPrecision?: MatmulPrecision;
}

export interface FitOptions
  extends NicenessOption, FitSettings, Omit<FitHooks, 'device' | 'onEvent' | 'shards'>, DeviceOptions {
  /** Told when stages of the fit begin and end, of warnings, and of restarts that diverged. */
  readonly logger?: Logger;
  /**
   * Where metrics and checkpoints go; without it nothing is written. A path is locked while the fit goes on: nobody
   * else may write there. A folder that the caller has locked stays so.
   */
  readonly folder?: string | LockedFolder;
  /**
   * Cross-fit the model: edges between modalities that are not supported are removed from the graph, and
   * `summary.evidence` says why. `full` repeats the split into folds, `quick` makes one, which takes a third of the
   * time. Default: `full`. With `none` nothing is known about the edges but that the fit found them.
   */
  readonly evidence?: EvidenceMode | 'none';
  /**
   * Of the GPUs of `device`, so many that follow each other train the same restarts together, each a part of every
   * mini-batch (docs/explanation/gpu.md). Whatever the number, the model is the same; left out, mini-batches are
   * computed whole and devices share restarts alone.
   */
  readonly dataParallel?: number;
  /** The folder of workers (`workOnShards`): gather what they have trained, instead of training. */
  readonly shards?: string;
}

/** Of a fit that tells of itself: the logger is the listener's. */
export type TellingOptions = Omit<FitOptions, 'logger' | 'folder' | 'shards' | 'niceness'> &
  Pick<FitHooks, 'onEvent' | 'folder' | 'shards'>;

export interface FittedRun {
  readonly run: SavedRun;
  readonly device: Device;
  /** Left out where nothing was tested. */
  readonly outOfFold?: OutOfFold | undefined;
}

/** What models say of subjects whom they have not seen. */
export interface OutOfFold {
  /** By modality, subjects × latents: normal scores, in the order and with the signs of the model's latents. */
  readonly latents: Latents;
  /** What was tested, fold by fold. */
  readonly splits: readonly CrossFitSplit[];
}

/** A fit before anything of it is computed. */
export interface PreparedFit {
  readonly dataset: Dataset;
  readonly config: FitConfig;
  /** The settings that the options have, which win over the study's. */
  readonly given: FitSettings;
  readonly device: Device;
  readonly choice: DeviceChoice;
  readonly hooks: FitHooks;
  readonly evidence: EvidenceMode | 'none';
}

/** @throws InputError `invalid-dataset`, `invalid-setting`; DeviceError; the signal's reason */
export async function prepareFit(study: Study | Dataset, options: TellingOptions): Promise<PreparedFit> {
  const {
    signal,
    onProgress,
    onRestarts,
    folder,
    resume,
    checkpointEvery,
    tensorboard,
    infersMissing,
    shards,
    onEvent,
    threads,
    device: deviceName,
    matmulPrecision,
    dataParallel,
    evidence = 'full',
    ...settings
  } = options;
  const dataset = 'dataset' in study ? study.dataset : study;
  checkDataset(dataset);
  const ofStudy: FitSettings = 'dataset' in study ? { ...study.config.training, sparsity: study.config.sparsity } : {};
  const given = withoutUndefined(settings);
  const config = fitConfigFor(dataset, {
    ...ofStudy,
    ...given,
    sparsity: { ...ofStudy.sparsity, ...given.sparsity },
  });
  const { device, choice } = await chooseDevice(deviceName, matmulPrecision, dataParallel);
  signal?.throwIfAborted();
  const writing = { folder, resume, checkpointEvery, tensorboard };
  const hooks = { signal, onProgress, onRestarts, ...writing, infersMissing, shards, onEvent, threads, device };
  return { dataset, config, given, device, choice, hooks, evidence };
}

/** @throws what `MultimodalCausalModel.fit` throws */
export async function fitRun(study: Study | Dataset, options: TellingOptions): Promise<FittedRun> {
  const { dataset, config, device, choice, hooks, evidence } = await prepareFit(study, options);
  const { signal, onProgress, onEvent, infersMissing, shards, threads } = hooks;
  for (const { text, ...facts } of fitWarnings(dataset, config)) onEvent?.({ event: 'warning', facts, text });
  const fitted = await fitModel(dataset, config, hooks);
  const quality = await fitQuality(dataset, fitted, { signal, threads, device });
  const ranges = await fitRanges(dataset, fitted, { threads, device });
  const { split } = dataset;
  const summary: RunSummary = {
    format: FORMAT,
    version,
    node: engine,
    study: 'dataset' in study ? study.name : 'dataset',
    studyFile: 'dataset' in study ? absolutePath(study.path) : undefined,
    id: 'dataset' in study ? idName(study.config.id) : 'id',
    fingerprint: dataset.fingerprint,
    subjects: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    config,
    model: fitted.model,
    columns: dataset.modalities.map(scalesOf),
    stages: fitted.stages.map((stage) => ({
      name: stage.name,
      chosenRestart: ranking(stage)[0],
      rule: stage.rule ?? 'validation-objective',
      scores: stage.scores,
      objectives: stage.objectives,
      bestEpochs: stage.bestEpochs,
      epochs: stage.epochs,
      failures: stage.failures,
      seconds: stage.history.reduce((sum, epoch) => sum + epoch.seconds, 0),
    })),
    agreement: fitted.agreement,
    orientation: fitted.orientation,
    subspaces: fitted.subspaces,
    determination: fitted.determination,
    quality,
    ranges,
    seconds: fitted.seconds,
    device: choice,
  };
  const history = fitted.stages.flatMap((stage) => stage.history);
  const heldOut = Array.from(split.test, (row) => dataset.ids[row]);
  const fit = { summary, heldOut, parameters: fitted.parameters, graph: fitted.graph, history };
  const run = await withImputation(dataset, fit, { signal, infersMissing, threads, device });
  const tested =
    evidence === 'none'
      ? { run: { ...run, graph: withDirections(run.graph, run.summary) } }
      : await testFit(dataset, { ...run, components: fitted.components }, evidence, {
          signal,
          onProgress,
          onEvent,
          shards,
          threads,
          device,
        });
  return { ...tested, run: await withLibrarySizes(dataset, tested, { threads, device }), device };
}

/** The run with what its latents have to do with the totals of counts; without counts as it is. */
async function withLibrarySizes(
  dataset: Dataset,
  { run, outOfFold }: Pick<FittedRun, 'run' | 'outOfFold'>,
  options: ProgramOptions,
): Promise<SavedRun> {
  const { quality, model } = run.summary;
  const { modalities, ids } = dataset;
  if (modalities.every(({ logTotals }) => logTotals === undefined)) return run;
  const latents =
    outOfFold?.latents ?? byModality(await encodeDataset(dataset, model, run.parameters, options), ids.length, model);
  const sizes = librarySizes(dataset, latents, outOfFold !== undefined);
  const found = librarySizeWarning(sizes, modalities);
  // What was feared before the fit has come true.
  const rest = quality.warnings.filter(({ code }) => found.length === 0 || code !== 'depth-differs');
  const warnings = byImportance([...rest, ...found]);
  return { ...run, summary: { ...run.summary, quality: { ...quality, librarySizes: sizes, warnings } } };
}

/** Latents of all modalities side by side, taken apart. */
function byModality(encoded: Float32Array, rows: number, { modalities }: RunSummary['model']): Latents {
  const columns = modalities.reduce((sum, { latents }) => sum + latents, 0);
  let first = 0;
  return Object.fromEntries(
    modalities.map(({ name, latents: width }) => {
      const { values } = block({ values: encoded, rows, columns }, first, (first += width));
      return [name, Float32Array.from(values)];
    }),
  );
}

/** The run with how it imputes; not one that is cyclic, has images or series, or was not to infer what is missing. */
async function withImputation(
  dataset: Dataset,
  run: SavedRun,
  { signal, infersMissing = true, ...options }: FitHooks,
): Promise<SavedRun> {
  const hasArrays = dataset.modalities.some(({ regularArray }) => regularArray !== undefined);
  if (!infersMissing || hasArrays || run.summary.config.sparsity.graph === 'cyclic') return run;
  const model = new GenerativeModel(run.summary, run.parameters, options);
  try {
    const chosen = await chooseImputation(model, dataset, signal);
    if (!chosen) return run;
    const { imputation, parameters } = chosen;
    return { ...run, summary: { ...run.summary, imputation }, parameters: new Map([...run.parameters, ...parameters]) };
  } finally {
    await model.dispose();
  }
}

/** Returns the run with its evidence, without the edges that are not supported. */
async function testFit(
  dataset: Dataset,
  { summary, graph, components, ...rest }: SavedRun & Pick<FittedModel, 'components'>,
  mode: EvidenceMode,
  hooks: FitHooks,
): Promise<Pick<FittedRun, 'run' | 'outOfFold'>> {
  const { model, config } = summary;
  const fitted = await encodeDataset(dataset, model, rest.parameters, hooks);
  const tested = await testGraph(graph, fitted, { dataset, config, mode, hooks, components });
  const { crossFitted } = tested;
  const outOfFold = crossFitted && {
    splits: crossFitted.splits,
    latents: Object.fromEntries(
      model.modalities.map(({ name, latents: width }) => {
        const own = crossFitted.latents.filter((_, node) => graph.nodes[node].modality === name);
        return [
          name,
          Float32Array.from({ length: dataset.ids.length * width }, (_, at) => own[at % width][Math.floor(at / width)]),
        ];
      }),
    ),
  };
  const taken = await takeUpLinks(
    dataset,
    { model, config, parameters: rest.parameters },
    { graph: tested.graph, links: tested.evidence.links, latents: fitted },
    hooks,
  );
  const parameters = taken?.parameters ?? rest.parameters;
  const judged = {
    ...summary,
    // What is behind each latent has changed with its mechanism.
    ...(taken && { ranges: await fitRanges(dataset, { model, parameters }, hooks) }),
    evidence: { ...tested.evidence, ...(taken && { opened: taken.opened }) },
  };
  const judgedGraph = withDirections(taken?.graph ?? tested.graph, judged);
  return { run: { ...rest, parameters, summary: judged, graph: judgedGraph }, outOfFold };
}

/** The options that have a value: one that is undefined must not hide a setting of the study. */
export function withoutUndefined<T extends object>(options: T): Partial<T> {
  const given: Partial<T> = { ...options };
  for (const key in given) if (given[key] === undefined) Reflect.deleteProperty(given, key);
  return given;
}
