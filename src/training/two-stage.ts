// The two-stage fit (METHOD section 9): subspaces first (Theorem 4.2), then components among many restarts on them
// (Theorem 4.4), then a joint polish of the composition. The validation objective of a stage makes every choice, except
// that between a network's subspaces and linear ones.

import { causeTerms, type Cause } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { CAUSE_PREFIX } from '../networks/cause-effects.js';
import { ABSENT_PARENTS } from '../nn/conditioner.js';
import { presence } from '../data/presence.js';
import { withPrivateNoise } from '../data/private-latents.js';
import { InputError } from '../errors/errors.js';
import { MAX_DETERMINANT } from '../graph/index.js';
import { sizeOf } from '../graph/shapes.js';
import type { RemovedCauses } from '../moments/allowed-targets.js';
import { withoutNoise } from '../moments/without-noise.js';
import { MultimodalModel } from '../networks/multimodal.js';
import { latentLayout } from '../networks/layout.js';
import { blockLayout } from '../networks/shared-block.js';
import type { SubspaceChoice } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import { alignShared } from './alignment.js';
import { explorationStage, pruningStage, refinementStage, type Subspaces } from './component-stage.js';
import { columnComponents } from './column-components.js';
import { readComponents } from './component-reading.js';
import { determination, type Determination } from './determination.js';
import { choosePasses } from './filling.js';
import { usesGates, type FitConfig } from './config.js';
import { startedComponents, startedStages } from './started-components.js';
import { neighbours, setsToTrain } from './graph-moves.js';
import { encodingMeans, encodingNoises, whitenedNoise } from './measurement-noise.js';
import { missingStage } from './missing-stage.js';
import { type ParameterValues, encodeDataset } from '../inference/inference.js';
import { MissingSampler } from '../inference/missing-sampler.js';
import { decoderStage, polishStage } from './joint-stage.js';
import {
  ranking,
  runsOf,
  selectRuns,
  stackRuns,
  valuesOf,
  type SettledRestarts,
  type StageOutcome,
} from './outcome.js';
import { subspaceStages, fitSubspaceStages } from './subspace-stages.js';
import type { StageName } from './stage.js';
import type { StageRunner } from './stage-runner.js';
import { modalityShapes, subspaceModel } from './model-config.js';
import type { RestartReading } from './reading.js';
import { foldWhitening, whiten } from './whitening.js';

/** Share of the component restarts that are refined. */
const REFINED_SHARE = 1 / 4;
/** Number of draws of the subspaces that a subject lacks. */
const DRAWS = 8;
/** Number of refined restarts whose graphs are pruned, unless they have too many neighbours. */
const PRUNED = 4;

/** The subspaces of a two-stage fit, and the restarts that found components in them. */
export interface ComponentFit {
  readonly subspaces: Subspaces;
  readonly settled: SettledRestarts;
}

export interface Fitted {
  /** Parameters of the fitted model, `[1, …]` each. */
  readonly parameters: ParameterValues;
  readonly componentMap: number;
  /** See `ModelConfig`. */
  readonly filling: number;
  readonly stages: readonly StageOutcome[];
  /** Readings of the restarts that compete for the graph, and the number of the chosen one. */
  readonly readings: readonly RestartReading[];
  readonly chosen: number;
  /** Left out by a joint fit. */
  readonly subspaces?: SubspaceChoice;
  /** Whether the data determine each latent; left out if no component restarts were compared. */
  readonly determination?: Determination;
  /** Positions of the modalities that the others determine, with observed causes; left out if there are none. */
  readonly determined?: readonly number[] | undefined;
  /** The subspaces of the components and the restarts that compete for them; left out by a joint fit. */
  readonly components?: ComponentFit;
}

/**
 * Returns the names of a fit's stages, in order. A fit skips the polish if its subspaces turn out linear or residual,
 * and `determined` if no modality is determined.
 * @param absent true if subjects lack modalities
 */
export function twoStages(dataset: Dataset, config: FitConfig, absent = false): StageName[] {
  const { subspaces, decoderEpochs, polish } = config;
  const stages = [
    ...subspaceStages(dataset, config),
    ...(absent ? (['imputation'] as const) : []),
    ...componentStages(config, dataset.causes),
    ...(dataset.causes && dataset.modalities.length > 1 ? (['determined'] as const) : []),
  ];
  if (subspaces === 'linear' || subspaces === 'residual') return stages;
  if (subspaces === 'correlation') return decoderEpochs === 0 ? stages : [...stages, 'decoders'];
  return polish > 0 ? [...stages, 'polish'] : stages;
}

function isPruned({ sparsity, pruned = PRUNED }: FitConfig): boolean {
  return usesGates(sparsity) && pruned > 0;
}

/** @param causes observed causes, with which a Gaussian search replaces exploration and pruning */
export function componentStages(config: FitConfig, causes?: readonly Cause[]): StageName[] {
  if (causes?.length) return startedStages(isPruned(config));
  return ['exploration', 'components', ...(isPruned(config) ? (['pruning'] as const) : [])];
}

/**
 * Trains a two-stage fit.
 * @param rows training subjects on which the restarts are compared
 * @throws InputError `invalid-setting` for more latents in a modality than a determinant takes; what `StageRunner.run`
 *   throws
 */
export async function fitTwoStages(
  dataset: Dataset,
  config: FitConfig,
  runner: StageRunner,
  rows: Int32Array,
  options: ProgramOptions,
): Promise<Fitted> {
  const { device } = runner.hooks;
  const wide = dataset.modalities.find(({ latents }) => latents > MAX_DETERMINANT);
  if (wide) {
    throw new InputError(
      'invalid-setting',
      `Modality "${wide.name}" has ${wide.latents} latents; ` +
        `a two-stage fit takes up to ${MAX_DETERMINANT} in each. Use fit: joint, or fewer.`,
      { setting: 'fit' },
    );
  }
  // Encoders have the same outputs in both divisions. Deep canonical correlation trains no private encodings.
  const divided = dataset.causes && config.subspaces !== 'correlation' ? withPrivateNoise(dataset) : dataset;
  const { trained, choice, parameters: joint, encoded: first } = await fitSubspaceStages(divided, config, runner);
  const modalities = modalityShapes(dataset);
  const encoder = subspaceModel(dataset, config);
  const correlated = choice.chosen === 'correlation';
  // Deep canonical correlation has no trained decoders yet, so nothing can be filled in.
  const filling = correlated ? 0 : await choosePasses(dataset, encoder, joint, runner.hooks);
  const isEncoded = filling === 0 && divided === dataset;
  const encoded = isEncoded ? first : await encodeDataset(dataset, { ...encoder, filling }, joint, runner.hooks);
  const layout = latentLayout(modalities);
  const areLinear = choice.chosen === 'linear' || choice.chosen === 'residual';
  const { split, shared, causes } = dataset;
  const present = presence(dataset.modalities);
  const noises =
    causes && choice.chosen === 'linear' && !present
      ? await encodingNoises(dataset, encoder, joint, encoded, layout, runner.hooks)
      : undefined;
  // Only the decoders of deep canonical correlation need the encoded values after whitening.
  const { values, whitenings } = whiten(encoded, layout, split.train, present, correlated ? undefined : encoded);
  // Residual subspaces are curved functions of the latents, and copies of shared latents agree only under curved maps.
  // With causes, linear subspaces show that columns are linear in the numbers, not that the numbers are in the latents.
  const bends =
    choice.chosen !== 'linear' || shared !== undefined || (causes !== undefined && config.subspaces !== 'linear');
  const noise = noises && whitenedNoise(layout, noises, whitenings);
  const clean = causes && noise ? withoutNoise(values, causes, noise, split.train) : values;
  // Other subspaces have no decoder that bends.
  const columns =
    causes && choice.chosen === 'network'
      ? await columnComponents(dataset, { ...encoder, filling }, joint, runner.hooks)
      : undefined;
  const whole: Subspaces = {
    modalities,
    values: clean,
    split,
    shared,
    bends,
    ...(causes && { causes, columns, removed: removedCauses(dataset) }),
  };
  const subspaces = present ? await withDraws({ ...whole, present }, config, runner) : whole;

  const components = await fitComponents(subspaces, config, runner);
  const { settled } = components;
  const chosen = ranking(settled)[0];
  const mapped = foldWhitening(selectRuns(settled.parameters, [chosen]), layout, whitenings);
  const means = noises ? encodingMeans(joint, layout, noises) : joint;
  const networks = [...means].filter(([name]) => !name.startsWith(CAUSE_PREFIX));
  const composed: ParameterValues = new Map([
    ...networks,
    ...mapped,
    ...absentParents(new MultimodalModel(encoder, 1)),
  ]);
  const stages = [...trained, ...components.stages];
  let parameters = composed;
  if (correlated && config.decoderEpochs !== 0) {
    const decoded = await runner.run('decoders', () =>
      decoderStage(dataset, config, encoded, valuesOf(composed), device),
    );
    stages.push(decoded);
    parameters = new Map([...composed, ...decoded.parameters]);
  } else if (config.polish > 0 && !areLinear && !correlated) {
    const polished = await runner.run('polish', () => polishStage(dataset, config, valuesOf(composed), device));
    stages.push(polished);
    parameters = new Map([...composed, ...polished.parameters]);
  }
  const readings = await readComponents(subspaces, config, settled, rows, options);
  return {
    parameters,
    componentMap: config.componentMap,
    filling,
    stages,
    readings,
    chosen,
    subspaces: choice,
    // With causes, the search has settled on the restarts that are as good as the best one.
    determination: determination(readings, chosen, layout, causes !== undefined),
    determined: components.determined,
    components: { subspaces, settled },
  };
}

/** Returns the causes whose means were removed from a modality together with those of its batches. */
function removedCauses({ modalities }: Dataset): RemovedCauses {
  return Object.fromEntries(
    modalities.flatMap(({ name, batches }) => (batches?.causes ? [[name, batches.causes]] : [])),
  );
}

/** Returns zero weights for absent parents: what conditioners learned in the subspaces does not hold for components. */
function absentParents({ parameters, config }: MultimodalModel): ParameterValues {
  const absent = config.absent && parameters.all.find(({ name }) => name === ABSENT_PARENTS);
  return new Map(
    absent ? [[ABSENT_PARENTS, { shape: absent.shape, values: new Float32Array(sizeOf(absent.shape)) }]] : [],
  );
}

/** Returns the subspaces with several draws for absent modalities, given the subject's other modalities and causes. */
async function withDraws(
  subspaces: Subspaces & { readonly present: readonly Uint8Array[] },
  config: FitConfig,
  runner: StageRunner,
): Promise<Subspaces> {
  const { modalities, causes } = subspaces;
  const { device } = runner.hooks;
  const { parameters } = await runner.run('imputation', () => missingStage('imputation', subspaces, config, device));
  const sampler = new MissingSampler(latentLayout(modalities), config, parameters, runner.hooks);
  try {
    const known = { ...subspaces, terms: causes && causeTerms(causes) };
    return { ...subspaces, values: await sampler.draw(known, DRAWS, config.seed), copies: DRAWS };
  } finally {
    await sampler.dispose();
  }
}

export interface FittedComponents {
  readonly stages: readonly StageOutcome[];
  /** The refined restarts, the best of them after pruning. */
  readonly settled: SettledRestarts;
  /** Positions of the modalities that the others determine, with observed causes; left out if there are none. */
  readonly determined?: readonly number[];
}

/**
 * Trains the component stages: all restarts explore, the best quarter is refined, and the graphs of the best are
 * pruned. With observed causes, flows continue from the optima of a Gaussian search.
 * @throws what `StageRunner.run` throws
 */
export async function fitComponents(
  subspaces: Subspaces,
  config: FitConfig,
  runner: StageRunner,
): Promise<FittedComponents> {
  const { device } = runner.hooks;
  const { causes } = subspaces;
  if (causes) return startedComponents({ ...subspaces, causes }, config, runner, isPruned(config));
  const explored = await runner.run('exploration', async () => {
    const stage = explorationStage(subspaces, config, device);
    await alignShared(subspaces, config.componentRestarts, stage.initial, runner.hooks.signal);
    return stage;
  });
  const selected = ranking(explored).slice(0, Math.ceil(REFINED_SHARE * config.componentRestarts));
  const refined = await runner.run('components', () =>
    refinementStage(subspaces, config, selected, valuesOf(selectRuns(explored.parameters, selected)), device),
  );
  if (!isPruned(config)) return { stages: [explored, refined], settled: refined };
  const blocks = blockLayout(latentLayout(subspaces.modalities), subspaces.shared);
  const candidates = ranking(refined).slice(0, config.pruned ?? PRUNED);
  const neighboursOf = (restart: number): ParameterValues =>
    neighbours(selectRuns(refined.parameters, [restart]), blocks, config.sparsity);
  const moves = setsToTrain(candidates.map(neighboursOf));
  const best = candidates.slice(0, moves.length);
  const pruned = await runner.run('pruning', () => pruningStage(subspaces, config, valuesOf(stackRuns(moves)), device));
  return { stages: [explored, refined, pruned], settled: settle(refined, pruned, best, moves.map(runsOf)) };
}

/** Replaces each pruned restart with its best neighbour, if that is better. @param counts numbers of neighbours */
function settle(
  refined: StageOutcome,
  pruned: StageOutcome,
  best: readonly number[],
  counts: readonly number[],
): FittedComponents['settled'] {
  const objectives = [...refined.objectives];
  const sources = objectives.map((_, run) => ({ outcome: refined, run }));
  let first = 0;
  best.forEach((run, i) => {
    const end = first + counts[i];
    const neighbour = ranking(pruned).find((candidate) => candidate >= first && candidate < end);
    first = end;
    if (neighbour === undefined || pruned.objectives[neighbour]! > objectives[run]!) return;
    objectives[run] = pruned.objectives[neighbour];
    sources[run] = { outcome: pruned, run: neighbour };
  });
  const parameters = stackRuns(sources.map(({ outcome, run }) => selectRuns(outcome.parameters, [run])));
  return { objectives, parameters };
}
