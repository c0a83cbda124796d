// A fit from a study or data set to all that is saved: the model, its quality, and the evidence for its graph.

import { judgedGraph } from '../conclusions/index.js';
import { checkDataset } from '../data/check.js';
import { causeScalesOf } from '../data/causes.js';
import { scalesOf, type Dataset } from '../data/dataset.js';
import {
  effectMembers,
  equivalentModels,
  latentEffects,
  mechanisms,
  takeUpLinks,
  testGraph,
  type CrossFitSplit,
  type EvidenceMode,
} from '../evidence/index.js';
import { absolutePath } from '../files/absolute-path.js';
import { encodeDataset } from '../inference/inference.js';
import type { Latents } from '../inference/model-latents.js';
import { block } from '../metrics/index.js';
import { byImportance, librarySizes, librarySizeWarning } from '../quality/index.js';
import { chooseImputation, GenerativeModel } from '../questions/index.js';
import {
  withPrecision,
  type Device,
  type DeviceChoice,
  type DeviceName,
  type MatmulPrecision,
} from '../runtime/device.js';
import type { ProgramOptions } from '../runtime/program.js';
import { engine, version } from '../runtime/package.js';
import type { Study } from '../study/study.js';
import type { NicenessOption } from '../threads/niceness.js';
import { idName } from '../study/grammar/subject-id.js';
import type { Logger } from '../runtime/logger.js';
import { isOrderAssumed } from '../training/assumed-order.js';
import { fitConfigFor, type FitConfig, type FitSettings } from '../training/config.js';
import { fitModel, type FittedModel } from '../training/fit.js';
import { fitQuality } from '../training/fit-quality.js';
import { fitRanges } from '../training/fit-ranges.js';
import { fitWarnings } from '../training/fit-warnings.js';
import type { LockedFolder } from '../training/locked-folder.js';
import { ranking } from '../training/outcome.js';
import type { FitHooks } from '../training/stage-runner.js';
import type { SavedRun } from '../training/run-folder.js';
import { FORMAT, type RunSummary } from '../training/run-summary.js';
import { trainingDevice } from '../training/training-device.js';

/** Device and precision of a model. */
export interface DeviceOptions {
  /**
   * `cuda` is the first NVIDIA GPU, `cuda:1` the second, `cuda:all` all of them. `auto` uses CUDA if it can be used,
   * otherwise the CPU. A named device is used or refused, never replaced. Default: `cpu`.
   */
  readonly device?: DeviceName;
  /**
   * Format to which a GPU rounds the factors of matrix products, for speed. Sums are float32. The CPU accepts only
   * `float32`. Default: `float32`, but a fit on CUDA with convolutional networks has `tf32-convolutions`.
   */
  readonly matmulPrecision?: MatmulPrecision;
}

export interface FitOptions
  extends NicenessOption, FitSettings, Omit<FitHooks, 'device' | 'onEvent' | 'shards'>, DeviceOptions {
  /** Receives a line when a stage begins or ends, for each warning, and for each restart that diverges. */
  readonly logger?: Logger;
  /**
   * Folder for metrics and checkpoints. A path is locked during the fit, so that no other process writes there. A
   * folder that the caller has locked stays locked. Default: nothing is written.
   */
  readonly folder?: string | LockedFolder;
  /**
   * Cross-fits the model: edges between modalities that are not supported are removed from the graph, and
   * `summary.evidence` says why. `full` repeats the split into folds. `quick` makes one split and takes a third of the
   * time. With `none`, edges are not tested. Default: `full`.
   */
  readonly evidence?: EvidenceMode | 'none';
  /** Folder of workers (`workOnShards`): gathers what they have trained, instead of training. */
  readonly shards?: string;
}

/** Options of a fit that reports events; a listener turns them into log lines. */
export type ReportingOptions = Omit<FitOptions, 'logger' | 'folder' | 'shards' | 'niceness'> &
  Pick<FitHooks, 'onEvent' | 'folder' | 'shards'>;

export interface FittedRun {
  readonly run: SavedRun;
  readonly device: Device;
  /** Left out if nothing was tested. */
  readonly outOfFold?: OutOfFold | undefined;
}

/** Latents of subjects by models that were not trained on them. */
export interface OutOfFold {
  /** Normal scores by modality, subjects × latents, in the order and with the signs of the model's latents. */
  readonly latents: Latents;
  /** Splits into folds with the measurements that were tested. */
  readonly splits: readonly CrossFitSplit[];
}

/** A fit before its computation begins. */
export interface PreparedFit {
  readonly dataset: Dataset;
  readonly config: FitConfig;
  /** Settings of the options, which take precedence over those of the study. */
  readonly settings: FitSettings;
  readonly device: Device;
  readonly choice: DeviceChoice;
  readonly hooks: FitHooks;
  readonly evidence: EvidenceMode | 'none';
}

/** Checks data and settings, and opens the device.
 * @throws InputError `invalid-dataset`, `invalid-setting`; DeviceError; the signal's reason */
export async function prepareFit(study: Study | Dataset, options: ReportingOptions): Promise<PreparedFit> {
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
    evidence = 'full',
    ...other
  } = options;
  const dataset = 'dataset' in study ? study.dataset : study;
  checkDataset(dataset);
  const ofStudy: FitSettings = 'dataset' in study ? { ...study.config.training, sparsity: study.config.sparsity } : {};
  const settings = withoutUndefined(other);
  const config = fitConfigFor(dataset, {
    ...ofStudy,
    ...settings,
    sparsity: { ...ofStudy.sparsity, ...settings.sparsity },
  });
  const { device, choice } = await trainingDevice(dataset, deviceName, matmulPrecision);
  signal?.throwIfAborted();
  const writing = { folder, resume, checkpointEvery, tensorboard };
  const hooks = { signal, onProgress, onRestarts, ...writing, infersMissing, shards, onEvent, threads, device };
  return { dataset, config, settings, device, choice, hooks, evidence };
}

/** Fits a model and tests it. @throws what `MultimodalCausalModel.fit` throws */
export async function fitRun(study: Study | Dataset, options: ReportingOptions): Promise<FittedRun> {
  const { dataset, config, device, choice, hooks, evidence } = await prepareFit(study, options);
  for (const { text, ...facts } of fitWarnings(dataset, config)) hooks.onEvent?.({ event: 'warning', facts, text });
  const fitted = await fitModel(dataset, config, hooks);
  const quality = await fitQuality(dataset, fitted, hooks);
  const ranges = await fitRanges(dataset, fitted, hooks);
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
    ...(dataset.causes?.length && { causes: dataset.causes.map(causeScalesOf) }),
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
  const run = await withImputation(dataset, fit, hooks);
  const fittedRun = { ...run, components: fitted.components };
  const tested =
    evidence === 'none'
      ? { run: await untestedFit(dataset, fittedRun, hooks) }
      : await testFit(dataset, fittedRun, evidence, hooks);
  // Questions are computed in float32 unless a precision was requested, as by `load`.
  const ofQuestions = options.matmulPrecision ? device : withPrecision({ device, choice }, 'float32').device;
  return { ...tested, run: await withLibrarySizes(dataset, tested, hooks), device: ofQuestions };
}

/** Adds the associations of latents with the totals of counts to a run. Returns the same run if there are no counts. */
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
  const sizeWarnings = librarySizeWarning(sizes, modalities);
  // These warnings replace the more general one from before the fit.
  const rest = quality.warnings.filter(({ code }) => sizeWarnings.length === 0 || code !== 'depth-differs');
  const warnings = byImportance([...rest, ...sizeWarnings]);
  return { ...run, summary: { ...run.summary, quality: { ...quality, librarySizes: sizes, warnings } } };
}

/** Splits a table with the latents of all modalities by modality. */
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

/** Adds the imputation to a run, unless it is cyclic, has images or series, or does not infer missing latents. */
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

/** Returns the run of a fit without tests. */
async function untestedFit(
  dataset: Dataset,
  { components, ...run }: SavedRun & Pick<FittedModel, 'components'>,
  hooks: FitHooks,
): Promise<SavedRun> {
  const { config } = run.summary;
  const equivalence = components && (await equivalentModels({ components }, { dataset, config, hooks }));
  const summary = { ...run.summary, ...(equivalence && { equivalence }) };
  return { ...run, summary, graph: judgedGraph(run.graph, summary) };
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
  const { crossFitted, orders } = tested;
  const { directions } = tested.evidence;
  const equivalence =
    components && (await equivalentModels({ components, orders, directions }, { dataset, config, hooks }));
  const outOfFold = crossFitted && {
    splits: crossFitted.splits,
    latents: Object.fromEntries(
      model.modalities.map(({ name, latents: width }) => {
        const ofModality = crossFitted.latents.filter((_, node) => graph.nodes[node].modality === name);
        return [
          name,
          Float32Array.from(
            { length: dataset.ids.length * width },
            (_, at) => ofModality[at % width][Math.floor(at / width)],
          ),
        ];
      }),
    ),
  };
  const taken = await takeUpLinks(
    dataset,
    { model, config, parameters: rest.parameters },
    { graph: tested.graph, ...tested.evidence, latents: fitted },
    hooks,
  );
  const parameters = taken?.parameters ?? rest.parameters;
  const finalGraph = taken?.graph ?? tested.graph;
  const judged = {
    ...summary,
    // The ranges of noise have changed with the mechanisms of latents.
    ...(taken && { ranges: await fitRanges(dataset, { model, parameters }, hooks) }),
    evidence: {
      ...tested.evidence,
      ...(taken && { opened: taken.opened }),
      ...(crossFitted && { mechanisms: mechanisms(finalGraph, crossFitted.latents) }),
    },
    ...(equivalence && { equivalence }),
  };
  const shown = judgedGraph(finalGraph, judged);
  const hasEffects = judged.evidence.tested && !model.shared && config.sparsity.graph !== 'cyclic';
  const ofLatents =
    crossFitted && hasEffects
      ? await latentEffects(
          {
            nodes: graph.nodes,
            members: effectMembers(shown, {
              isOrderAssumed: isOrderAssumed(config),
              equivalent: equivalence?.members,
            }),
            crossFitted,
            fitted,
          },
          hooks.signal,
        )
      : undefined;
  const evidence = { ...judged.evidence, ...(ofLatents && { latentEffects: ofLatents }) };
  return { run: { ...rest, parameters, summary: { ...judged, evidence }, graph: shown }, outOfFold };
}

/** Returns the options with a value: an undefined option must not hide a setting of the study. */
export function withoutUndefined<T extends object>(options: T): Partial<T> {
  const defined: Partial<T> = { ...options };
  for (const key in defined) if (defined[key] === undefined) Reflect.deleteProperty(defined, key);
  return defined;
}
