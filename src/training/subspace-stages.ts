// The stages that find the subspaces which modalities share (Theorem 4.2): by the joint model, by reduced-rank
// regression, by regression plus a small network, or by deep canonical correlation.

import type { Dataset } from '../data/dataset.js';
import { isSize, isSquaredError } from '../data/kinds.js';
import type { ParameterValues } from '../inference/inference.js';
import { LATENT_ENCODER } from '../networks/latent-encoders.js';
import { MANY_SUBJECTS } from './fit-schema.js';
import { initialiseByCca } from './cca-initialisation.js';
import { hasSeries, type FitConfig } from './config.js';
import { encoderTrialStage, chosenEncoderStage, trialEpochs, type TrialledRestart } from './correlation-stage.js';
import { subspaceDecoderStage, subspaceStage } from './joint-stage.js';
import { linearStart } from './linear-start.js';
import { linearSubspaces, subspaceParameters } from './linear-subspaces.js';
import {
  ranking,
  scoredByAllSubjects,
  selectRuns,
  stackRuns,
  valuesOf,
  withoutCrossPrediction,
  type StageOutcome,
} from './outcome.js';
import type { FitStage, StageName } from './stage.js';
import { startTables, tableEncoders } from './table-encoders.js';
import { StageRunner, type FitHooks } from './stage-runner.js';
import { subspaceModel } from './model-config.js';
import { hasRoomForResidual, residualLayers, residualStage } from './residual-stage.js';
import {
  chooseSubspaces,
  straightSubspaces,
  type ChosenSubspaces,
  type SubspaceCandidates,
} from './subspace-choice.js';

/**
 * Returns the names of the stages, in order. A fit skips `residual` and `subspace-decoders` if its columns turn out to
 * have no linear subspaces. With observed causes it skips all if its columns turn out linear.
 */
export function subspaceStages(dataset: Dataset, config: FitConfig): StageName[] {
  const decoders = needsDecoders(dataset) ? (['subspace-decoders'] as const) : [];
  switch (config.subspaces) {
    case 'correlation':
      return trialEpochs(config) > 0 ? ['encoders', 'subspaces'] : ['subspaces'];
    case 'linear':
      return [...decoders];
    case 'residual':
      return ['residual', ...decoders];
    case 'network':
      return ['subspaces'];
    default:
      return ['subspaces', ...(hasRival(dataset) ? (['residual'] as const) : []), ...decoders];
  }
}

/**
 * True if residual subspaces compete with linear ones: they differ in what they predict of other modalities. A single
 * modality is compared by its columns.
 */
function hasRival({ modalities }: Pick<Dataset, 'modalities'>): boolean {
  return modalities.length > 1;
}

/**
 * True if decoders of linear subspaces must be trained, because least squares cannot find logits, thresholds and rates.
 * Modalities with a size have no linear subspaces.
 */
export function needsDecoders({ modalities }: Pick<Dataset, 'modalities'>): boolean {
  const kinds = new Set(modalities.flatMap(({ columns }) => columns.map(({ kind }) => kind)));
  return ![...kinds].some(isSize) && ![...kinds].every(isSquaredError);
}

/**
 * Trains these stages alone and returns the subspaces of every subject, subjects × D.
 * @throws what `StageRunner.run` and `chooseSubspaces` throw
 */
export async function fitSubspaces(dataset: Dataset, config: FitConfig, hooks: FitHooks): Promise<Float32Array> {
  await using runner = await StageRunner.open(subspaceStages(dataset, config), dataset, config, hooks);
  return (await fitSubspaceStages(dataset, config, runner)).encoded;
}

/**
 * Returns the chosen subspaces, and the outcomes of the stages that trained the candidates.
 * @throws what `StageRunner.run` and `chooseSubspaces` throw
 */
export async function fitSubspaceStages(
  dataset: Dataset,
  config: FitConfig,
  runner: StageRunner,
): Promise<ChosenSubspaces & { readonly trained: readonly StageOutcome[] }> {
  const trained: StageOutcome[] = [];
  const run: StageRunner['run'] = async (name, make) => {
    const ranked = rankedOutcome(dataset, config, await runner.run(name, make));
    trained.push(ranked);
    return ranked;
  };
  const { subspaces } = config;
  const straight = subspaces === undefined ? await withoutNetwork(dataset, config, runner) : undefined;
  if (straight) return { trained, ...straight };
  const needsNetwork = subspaces !== 'linear' && subspaces !== 'residual';
  const network = !needsNetwork
    ? undefined
    : subspaces === 'correlation'
      ? await correlatedEncoders(dataset, config, runner, run)
      : await jointModel(dataset, config, runner, run);
  const needsStart = subspaces !== 'network' && subspaces !== 'correlation';
  const rivals = needsStart ? await linearRivals(dataset, config, runner, run) : {};
  return { trained, ...(await chooseSubspaces(dataset, config, { network, ...rivals }, runner.hooks)) };
}

/** Returns linear subspaces if causes are observed and the columns are linear in them; otherwise undefined. */
async function withoutNetwork(
  dataset: Dataset,
  config: FitConfig,
  { hooks }: StageRunner,
): Promise<ChosenSubspaces | undefined> {
  if (!dataset.causes || needsDecoders(dataset)) return undefined;
  const linear = await linearSubspaces(dataset, subspaceModel(dataset, config), config.seed, hooks.signal);
  return linear && straightSubspaces(dataset, config, linear, hooks);
}

/**
 * Adds scores to the outcome of the joint model if validation subjects are too few to rank its restarts. With observed
 * causes they are not: among 25 simulated chains of 500 subjects, the scores chose a subspace without one of the
 * latents (R² below .9) in three, the validation objective in one.
 */
function rankedOutcome({ split, causes }: Dataset, config: FitConfig, outcome: StageOutcome): StageOutcome {
  const [train, validation] = [split.train.length, split.validation.length];
  const isJointModel = outcome.name === 'subspaces' && config.subspaces !== 'correlation';
  return isJointModel && !causes && train < MANY_SUBJECTS
    ? scoredByAllSubjects(outcome, { train, validation })
    : outcome;
}

/** Trains the joint model and returns its best restart. */
async function jointModel(
  dataset: Dataset,
  config: FitConfig,
  { hooks }: StageRunner,
  run: StageRunner['run'],
): Promise<ParameterValues> {
  const network = await run('subspaces', () => subspaceStage(dataset, config, hooks.device));
  return withoutCrossPrediction(selectRuns(network.parameters, [ranking(network)[0]]));
}

async function correlatedEncoders(
  dataset: Dataset,
  config: FitConfig,
  { hooks }: StageRunner,
  run: StageRunner['run'],
): Promise<ParameterValues> {
  const { device, signal } = hooks;
  const tables = dataset.causes && (await tableEncoders(dataset, config, signal));
  const options = { untrained: tables?.untrained, device };
  const withInitialHeads = async (stage: FitStage): Promise<FitStage> => {
    if (hasSeries(dataset)) await initialiseByCca(dataset, config, stage, hooks);
    if (tables) startTables(tables, stage);
    return stage;
  };
  let winner: TrialledRestart | undefined;
  if (trialEpochs(config) > 0) {
    const trial = await run('encoders', () => withInitialHeads(encoderTrialStage(dataset, config, options)));
    const [best] = ranking(trial);
    winner = { restart: best, parameters: valuesOf(selectRuns(trial.parameters, [best])) };
  }
  const outcome = await run('subspaces', () => {
    const stage = chosenEncoderStage(dataset, config, winner, options);
    return winner ? stage : withInitialHeads(stage);
  });
  // The functions of deep canonical correlation do not belong to the model.
  return new Map([...outcome.parameters].filter(([name]) => name.startsWith(LATENT_ENCODER)));
}

/** Returns linear subspaces, and residual ones unless the settings require linear ones; none if they are impossible. */
async function linearRivals(
  dataset: Dataset,
  config: FitConfig,
  { hooks: { device, signal } }: StageRunner,
  run: StageRunner['run'],
): Promise<Omit<SubspaceCandidates, 'network'>> {
  const model = subspaceModel(dataset, config);
  const start = await linearStart(dataset, model, signal);
  if (start === undefined) return {};
  const parametersOf = (source: Omit<Parameters<typeof subspaceParameters>[3], 'start' | 'signal'> = {}) =>
    subspaceParameters(dataset, model, config.seed, { start, signal, ...source });
  const rivals = [await parametersOf()];
  const competes = config.subspaces === 'residual' || hasRival(dataset);
  if (config.subspaces !== 'linear' && competes && hasRoomForResidual(dataset, config)) {
    const outcome = await run('residual', () => residualStage(dataset, config, start, device));
    rivals.push(await parametersOf({ residual: residualLayers(dataset, outcome, ranking(outcome)[0]) }));
  }
  const [linear, residual] = needsDecoders(dataset)
    ? await withDecoders(rivals, dataset, config, { device, run })
    : rivals;
  return { linear, residual };
}

/** Trains the decoders of linear and residual subspaces, one restart each. */
async function withDecoders(
  rivals: readonly ParameterValues[],
  dataset: Dataset,
  config: FitConfig,
  { device, run }: Pick<FitHooks, 'device'> & Pick<StageRunner, 'run'>,
): Promise<ParameterValues[]> {
  const { parameters } = await run('subspace-decoders', () =>
    subspaceDecoderStage(dataset, config, stackRuns(rivals), device),
  );
  return rivals.map((rival, i) => new Map([...rival, ...selectRuns(parameters, [i])]));
}
