// The two-part fit (METHOD section 9): subspaces first (Theorem 4.2), then components among many restarts on them
// (Theorem 4.4), then a joint polish of the composition. Every choice is by the validation objective of its part, but
// for that between a network's subspaces and linear ones.

import type { Dataset } from '../data/dataset.js';
import { ABSENT_PARENTS } from '../flows/conditioner.js';
import { presence } from '../data/presence.js';
import { InputError } from '../errors.js';
import { MAX_DETERMINANT } from '../graph/index.js';
import { sizeOf } from '../graph/shapes.js';
import { MultimodalModel } from '../models/multimodal.js';
import { latentLayout } from '../models/layout.js';
import { blockLayout } from '../models/shared-block.js';
import type { SubspaceChoice } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import { alignShared } from './alignment.js';
import { explorationPart, pruningPart, refinementPart, type Subspaces } from './component-part.js';
import { readComponents } from './component-reading.js';
import { determination, type Determination } from './determination.js';
import { choosePasses } from './filling.js';
import { usesGates, withoutSparsity, type FitConfig } from './config.js';
import { neighbours, setsToTrain } from './graph-moves.js';
import { missingPart } from './missing-part.js';
import type { ParameterValues } from '../inference/inference.js';
import { encodeDataset } from '../inference/encode-dataset.js';
import { MissingSampler } from '../inference/missing-sampler.js';
import { decoderPart, polishPart } from './joint-part.js';
import { ranking, runsOf, selectRuns, stackRuns, valuesOf, type PartOutcome } from './outcome.js';
import { firstParts, fitFirstPart } from './first-part.js';
import type { PartName } from './part.js';
import type { PartRunner } from './part-runner.js';
import { modalityShapes, modelConfig } from './program.js';
import type { RunReading } from './reading.js';
import { foldWhitening, whiten } from './whitening.js';

/** Share of the restarts that are refined. */
const KEPT = 1 / 4;
/** Draws of the subspaces that a subject lacks. */
const DRAWS = 8;
/** Refined restarts whose graphs are pruned, unless they have too many neighbours. */
const PRUNED = 4;

export interface Fitted {
  /** Of the fitted model, `[1, …]` each. */
  readonly parameters: ParameterValues;
  readonly componentMap: number;
  /** See `ModelConfig`. */
  readonly filling: number;
  readonly parts: readonly PartOutcome[];
  /** What the runs that compete for the graph say about `rows`, and which of them is the fitted model. */
  readonly readings: readonly RunReading[];
  readonly chosen: number;
  /** Left out by a fit without subspaces. */
  readonly subspaces?: SubspaceChoice;
  /** Whether the data determine each latent; left out where no restarts of the components were compared. */
  readonly determination?: Determination;
  /** What the components were found in; left out by a fit without subspaces. */
  readonly components?: Subspaces;
}

/**
 * Parts of a fit in order; one whose subspaces turn out linear or residual has no polish.
 * @param absent whether subjects lack modalities
 */
export function twoParts(dataset: Dataset, config: FitConfig, absent = false): PartName[] {
  const { subspaces, decoderEpochs, polish } = config;
  const parts = [
    ...firstParts(dataset, config),
    ...(absent ? (['imputation'] as const) : []),
    ...componentParts(config),
  ];
  if (subspaces === 'linear' || subspaces === 'residual') return parts;
  if (subspaces === 'correlation') return decoderEpochs === 0 ? parts : [...parts, 'decoders'];
  return polish > 0 ? [...parts, 'polish'] : parts;
}

function isPruned({ sparsity, pruned = PRUNED }: FitConfig): boolean {
  return usesGates(sparsity) && pruned > 0;
}

export function componentParts(config: FitConfig): PartName[] {
  return ['exploration', 'components', ...(isPruned(config) ? (['pruning'] as const) : [])];
}

/**
 * @param rows training subjects that the runs are compared on
 * @throws InputError `invalid-setting` for more latents in a modality than a determinant takes; what `PartRunner.run`
 *   throws
 */
export async function fitTwoParts(
  dataset: Dataset,
  config: FitConfig,
  runner: PartRunner,
  rows: Int32Array,
  options: ProgramOptions,
): Promise<Fitted> {
  const { device } = runner.hooks;
  const wide = dataset.modalities.find(({ latents }) => latents > MAX_DETERMINANT);
  if (wide) {
    throw new InputError(
      'invalid-setting',
      `Modality "${wide.name}" has ${wide.latents} latents; ` +
        `a two-part fit takes up to ${MAX_DETERMINANT} in each. Use fit: joint, or fewer.`,
      { setting: 'fit' },
    );
  }
  const { trained, choice, parameters: joint, encoded: first } = await fitFirstPart(dataset, config, runner);
  const modalities = modalityShapes(dataset);
  const encoder = modelConfig(modalities, withoutSparsity(config));
  const correlated = choice.chosen === 'correlation';
  // Before decoders are trained there is nothing to fill in by.
  const filling = correlated ? 0 : await choosePasses(dataset, encoder, joint, runner.hooks);
  const encoded = filling === 0 ? first : await encodeDataset(dataset, { ...encoder, filling }, joint, runner.hooks);
  const layout = latentLayout(modalities);
  const areLinear = choice.chosen === 'linear' || choice.chosen === 'residual';
  const { split, shared } = dataset;
  const present = presence(dataset.modalities);
  // Decoders alone need them as they were.
  const { values, whitenings } = whiten(encoded, layout, split.train, present, correlated ? undefined : encoded);
  // Residual subspaces are curved functions of the latents; copies of shared latents agree under maps that bend only.
  const bends = choice.chosen !== 'linear' || shared !== undefined;
  const whole: Subspaces = { modalities, values, split, shared, bends };
  const subspaces = present ? await withDraws({ ...whole, present }, config, runner) : whole;

  const components = await fitComponents(subspaces, config, runner);
  const { settled } = components;
  const chosen = ranking(settled)[0];
  const mapped = foldWhitening(selectRuns(settled.parameters, [chosen]), layout, whitenings);
  const composed: ParameterValues = new Map([...joint, ...mapped, ...untold(new MultimodalModel(encoder, 1))]);
  const parts = [...trained, ...components.parts];
  let parameters = composed;
  if (correlated && config.decoderEpochs !== 0) {
    const decoded = await runner.run('decoders', () =>
      decoderPart(dataset, config, encoded, valuesOf(composed), device),
    );
    parts.push(decoded);
    parameters = new Map([...composed, ...decoded.parameters]);
  } else if (config.polish > 0 && !areLinear && !correlated) {
    const polished = await runner.run('polish', () => polishPart(dataset, config, valuesOf(composed), device));
    parts.push(polished);
    parameters = new Map([...composed, ...polished.parameters]);
  }
  const readings = await readComponents(subspaces, config, settled, rows, options);
  const determined = determination(readings, chosen, layout);
  return {
    parameters,
    componentMap: config.componentMap,
    filling,
    parts,
    readings,
    chosen,
    subspaces: choice,
    determination: determined,
    components: subspaces,
  };
}

/** Of absent parents nothing is known of components, whatever conditioners learned of them in the subspaces. */
function untold({ parameters, config }: MultimodalModel): ParameterValues {
  const absent = config.absent && parameters.all.find(({ name }) => name === ABSENT_PARENTS);
  return new Map(
    absent ? [[ABSENT_PARENTS, { shape: absent.shape, values: new Float32Array(sizeOf(absent.shape)) }]] : [],
  );
}

/** The subspaces of absent modalities drawn several times, from a density that their subjects' others determine. */
async function withDraws(
  subspaces: Subspaces & { readonly present: readonly Uint8Array[] },
  config: FitConfig,
  runner: PartRunner,
): Promise<Subspaces> {
  const { modalities } = subspaces;
  const { device } = runner.hooks;
  const { parameters } = await runner.run('imputation', () => missingPart('imputation', subspaces, config, device));
  const sampler = new MissingSampler(latentLayout(modalities), config, parameters, runner.hooks);
  try {
    return { ...subspaces, values: await sampler.draw(subspaces, DRAWS, config.seed), copies: DRAWS };
  } finally {
    await sampler.dispose();
  }
}

export interface FittedComponents {
  readonly parts: readonly PartOutcome[];
  /** The refined restarts; the best of them as pruning left them. */
  readonly settled: Pick<PartOutcome, 'parameters' | 'objectives'>;
}

/**
 * The component stage alone: all restarts explore, the best quarter is refined, the graphs of the best few are pruned.
 * @throws what `PartRunner.run` throws
 */
export async function fitComponents(
  subspaces: Subspaces,
  config: FitConfig,
  runner: PartRunner,
): Promise<FittedComponents> {
  const { device } = runner.hooks;
  const explored = await runner.run('exploration', async () => {
    const part = explorationPart(subspaces, config, device);
    await alignShared(subspaces, config.restarts, part.initial, runner.hooks.signal);
    return part;
  });
  const kept = ranking(explored).slice(0, Math.ceil(KEPT * config.restarts));
  const refined = await runner.run('components', () =>
    refinementPart(subspaces, config, kept, valuesOf(selectRuns(explored.parameters, kept)), device),
  );
  if (!isPruned(config)) return { parts: [explored, refined], settled: refined };
  const blocks = blockLayout(latentLayout(subspaces.modalities), subspaces.shared);
  const candidates = ranking(refined).slice(0, config.pruned ?? PRUNED);
  const neighboursOf = (run: number): ParameterValues =>
    neighbours(selectRuns(refined.parameters, [run]), blocks, config.sparsity);
  const moves = setsToTrain(candidates.map(neighboursOf));
  const best = candidates.slice(0, moves.length);
  const pruned = await runner.run('pruning', () => pruningPart(subspaces, config, valuesOf(stackRuns(moves)), device));
  return { parts: [explored, refined, pruned], settled: settle(refined, pruned, best, moves.map(runsOf)) };
}

/** Puts the best neighbour of each pruned restart in its place. @param counts neighbours of each */
function settle(
  refined: PartOutcome,
  pruned: PartOutcome,
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
