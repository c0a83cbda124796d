// The first part of a two-part fit: the subspaces that modalities share (Theorem 4.2), by the joint model, by
// reduced-rank regression, by that plus a small network, or by deep canonical correlation.

import type { Dataset } from '../data/dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import { LATENT_ENCODER } from '../models/latent-encoders.js';
import { MANY_SUBJECTS } from '../study/fit-schema.js';
import { startCanonically } from './canonical-start.js';
import { hasSeries, withoutSparsity, type FitConfig } from './config.js';
import { encoderTrialPart, keptEncoderPart, trialEpochs, type TrialledRun } from './correlation-part.js';
import { subspaceDecoderPart, subspacePart } from './joint-part.js';
import { linearStart } from './linear-start.js';
import { subspaceParameters } from './linear-subspaces.js';
import {
  ranking,
  scoredByAllSubjects,
  selectRuns,
  stackRuns,
  valuesOf,
  withoutCrossPrediction,
  type PartOutcome,
} from './outcome.js';
import type { FitPart, PartName } from './part.js';
import { PartRunner, type FitHooks } from './part-runner.js';
import { modalityShapes, modelConfig } from './program.js';
import { hasRoomForResidual, residualLayers, residualPart } from './residual-part.js';
import { chooseSubspaces, type ChosenSubspaces, type SubspaceCandidates } from './subspace-choice.js';

/**
 * Stages of the first part in order; `residual` and `subspace-decoders` are left out by a fit whose columns turn out to
 * have no linear subspaces.
 */
export function firstParts(dataset: Dataset, config: FitConfig): PartName[] {
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
      return ['subspaces', 'residual', ...decoders];
  }
}

/**
 * Whether decoders of linear subspaces are trained: least squares say nothing of logits, thresholds and rates. Beside a
 * size there are no linear subspaces.
 */
export function needsDecoders({ modalities }: Pick<Dataset, 'modalities'>): boolean {
  const kinds = new Set(modalities.flatMap(({ columns }) => columns.map(({ kind = 'gaussian' }) => kind)));
  return !kinds.has('size') && [...kinds].some((kind) => kind !== 'gaussian');
}

/**
 * The first part alone: the subspaces of every subject, subjects × D.
 * @throws what `PartRunner.run` and `chooseSubspaces` throw
 */
export async function fitSubspaces(dataset: Dataset, config: FitConfig, hooks: FitHooks): Promise<Float32Array> {
  await using runner = await PartRunner.open(firstParts(dataset, config), dataset, config, hooks);
  return (await fitFirstPart(dataset, config, runner)).encoded;
}

/**
 * The chosen subspaces, and the stages that were trained for the candidates.
 * @throws what `PartRunner.run` and `chooseSubspaces` throw
 */
export async function fitFirstPart(
  dataset: Dataset,
  config: FitConfig,
  runner: PartRunner,
): Promise<ChosenSubspaces & { readonly trained: readonly PartOutcome[] }> {
  const trained: PartOutcome[] = [];
  const run: PartRunner['run'] = async (name, make) => {
    const ranked = rankedOutcome(dataset, config, await runner.run(name, make));
    trained.push(ranked);
    return ranked;
  };
  const { subspaces } = config;
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

/** Returns what the stage's restarts are ranked by: few validation subjects hardly tell joint models apart. */
function rankedOutcome({ split }: Dataset, config: FitConfig, outcome: PartOutcome): PartOutcome {
  const [train, validation] = [split.train.length, split.validation.length];
  const isJointModel = outcome.name === 'subspaces' && config.subspaces !== 'correlation';
  return isJointModel && train < MANY_SUBJECTS ? scoredByAllSubjects(outcome, { train, validation }) : outcome;
}

/** The best restart of the joint model. */
async function jointModel(
  dataset: Dataset,
  config: FitConfig,
  { hooks }: PartRunner,
  run: PartRunner['run'],
): Promise<ParameterValues> {
  const network = await run('subspaces', () => subspacePart(dataset, config, hooks.device));
  return withoutCrossPrediction(selectRuns(network.parameters, [ranking(network)[0]]));
}

async function correlatedEncoders(
  dataset: Dataset,
  config: FitConfig,
  { hooks }: PartRunner,
  run: PartRunner['run'],
): Promise<ParameterValues> {
  const { device } = hooks;
  const begun = async (part: FitPart): Promise<FitPart> => {
    if (hasSeries(dataset)) await startCanonically(dataset, config, part, hooks);
    return part;
  };
  let kept: TrialledRun | undefined;
  if (trialEpochs(config) > 0) {
    const trial = await run('encoders', () => begun(encoderTrialPart(dataset, config, device)));
    const [best] = ranking(trial);
    kept = { run: best, parameters: valuesOf(selectRuns(trial.parameters, [best])) };
  }
  const found = await run('subspaces', () => {
    const part = keptEncoderPart(dataset, config, kept, device);
    return kept ? part : begun(part);
  });
  // Deep canonical correlation's functions are no part of a model.
  return new Map([...found.parameters].filter(([name]) => name.startsWith(LATENT_ENCODER)));
}

/** Linear subspaces, and residual ones unless the settings ask for linear ones; none where they are impossible. */
async function linearRivals(
  dataset: Dataset,
  config: FitConfig,
  { hooks: { device, signal } }: PartRunner,
  run: PartRunner['run'],
): Promise<Omit<SubspaceCandidates, 'network'>> {
  const model = modelConfig(modalityShapes(dataset), withoutSparsity(config));
  const start = await linearStart(dataset, model, signal);
  if (start === undefined) return {};
  const parametersOf = (source: Omit<Parameters<typeof subspaceParameters>[3], 'start' | 'signal'> = {}) =>
    subspaceParameters(dataset, model, config.seed, { start, signal, ...source });
  const rivals = [await parametersOf()];
  if (config.subspaces !== 'linear' && hasRoomForResidual(dataset, config)) {
    const outcome = await run('residual', () => residualPart(dataset, config, start, device));
    rivals.push(await parametersOf({ residual: residualLayers(dataset, outcome, ranking(outcome)[0]) }));
  }
  const [linear, residual] = needsDecoders(dataset)
    ? await withDecoders(rivals, dataset, config, { device, run })
    : rivals;
  return { linear, residual };
}

/** Trains the decoders of linear and residual subspaces, one run each. */
async function withDecoders(
  rivals: readonly ParameterValues[],
  dataset: Dataset,
  config: FitConfig,
  { device, run }: Pick<FitHooks, 'device'> & Pick<PartRunner, 'run'>,
): Promise<ParameterValues[]> {
  const { parameters } = await run('subspace-decoders', () =>
    subspaceDecoderPart(dataset, config, stackRuns(rivals), device),
  );
  return rivals.map((own, i) => new Map([...own, ...selectRuns(parameters, [i])]));
}
