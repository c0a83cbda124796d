// The component stages of a two-stage fit. `exploration` tries every restart on the whitened subspaces. `components`
// refines the best quarter, then fixes the gates and refits without a penalty (METHOD section 9, two-stage fit, 2).
// With observed causes, `exploration` only straightens the subspaces (straightening-stage.ts), `components` starts from
// the optima of a Gaussian search, and `pruning` from those of a second search.

import { add, control, data, gather, mean, mul, neg, type Node } from '../graph/index.js';
import { causeTerms, type Cause } from '../data/causes.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { COMPONENT_MAP } from '../networks/component-map.js';
import { ComponentModel } from '../networks/components.js';
import { GAUSSIAN } from '../networks/gaussian-mechanisms.js';
import { LATENT_GATES } from '../networks/latent-prior.js';
import { blockLayout } from '../networks/shared-block.js';
import { latentLayout, type ModalityShape } from '../networks/layout.js';
import type { Device } from '../runtime/device.js';
import type { SharedLatents, Split } from '../data/dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import { usesGates, type FitConfig } from './config.js';
import { drawnFrom, inOrder, STEPS_PER_EPOCH, type Batches } from './order.js';
import { presentModalities } from './presence-table.js';
import type { RemovedCauses } from '../moments/allowed-targets.js';
import { causeShapes } from './model-config.js';
import { startFrom, type OrderedFit } from './moments-start.js';
import type { StageOutcome } from './outcome.js';
import { scheduleOf } from './schedule.js';
import { restartSeed, type FitStage, type StageName } from './stage.js';
import { trainingStage, type BatchNodes, type StageLoss, type StageSpec } from './training-stage.js';
import { weightedTerms } from './validation.js';

/** Maximum mini-batch of the exploration, which only ranks the restarts: small ones are enough for that. */
const EXPLORE_BATCH = 256;
/** In the first epoch, the learning rate is half as large. */
const EXPLORE = { name: 'explore', rate: 5e-3, warmUp: { epochs: 2 }, decayAt: [] };
const REFINE = { name: 'refine', rate: 5e-3, decayAt: [0.5, 0.75, 0.9] };
const REFIT = { name: 'refit', rate: 2e-3, decayAt: [0.4, 0.7, 0.9] };
const PRUNE_RATE = 5e-3;
/** Flows from a Gaussian start: measured on a chain of three with curved mixing, 900 steps took MCC from .995 to .998. */
const START = { name: REFIT.name, rate: 5e-3, decayAt: [0.5, 0.75, 0.9] };
/** Linear Gaussian mechanisms before flows: alone, then with the maps. */
const MECHANISMS = { name: 'mechanisms', rate: 1e-2, decayAt: [0.6] };
const GAUSSIAN_MAPS = { name: 'gaussian', rate: 5e-3, decayAt: [0.5, 0.75] };
/** Share of the steps of these phases. */
const MECHANISM_STEPS = 0.15;
const GAUSSIAN_STEPS = 0.4;
/** Weights of curved maps. */
const CURVE = /^componentMap\..*\.(inner|innerBias|outer)$/;
/** λ grows until this share of the exploration. */
const RAMP = 0.5;
/** Number of the first component restart, beyond those of all encoder restarts: it determines the seed. */
const FIRST_SEED = 1024;

export interface Subspaces {
  readonly modalities: readonly ModalityShape[];
  /** Whitened values, subjects × D. If subjects lack modalities, several copies, each with other draws for them. */
  readonly values: Float32Array;
  readonly copies?: number;
  /** By modality, see `presenceOf`; undefined if every subject has every modality. */
  readonly present?: readonly Uint8Array[] | undefined;
  readonly split: Split;
  readonly shared?: SharedLatents | undefined;
  /** True, the default, if components may be curved functions of the subspaces. */
  readonly bends?: boolean;
  /** Observed causes, by subject. */
  readonly causes?: readonly Cause[] | undefined;
  /** Causes whose means were removed from a modality together with those of its batches; left out if there are none. */
  readonly removed?: RemovedCauses | undefined;
  /** Principal components of the columns of each modality, see `columnComponents`; left out for linear subspaces. */
  readonly columns?: readonly Float32Array[] | undefined;
}

/** Returns the number of epochs that take a share of `componentSteps`. */
export function epochsOf({ componentSteps }: FitConfig, share: number): number {
  return Math.max(1, Math.round((share * componentSteps) / STEPS_PER_EPOCH));
}

/** Returns the stage that trains every restart from another random rotation, while λ grows. */
export function explorationStage(subspaces: Subspaces, config: FitConfig, device?: Device): FitStage {
  const epochs = epochsOf(config, 0.2);
  const restarts = Array.from({ length: config.componentRestarts }, (_, restart) => restart);
  const settings = { ...config, batch: Math.min(config.batch, EXPLORE_BATCH) };
  const controls = (epoch: number) => ({ sparsityWeight: config.sparsity.weight * Math.min(1, epoch / epochs / RAMP) });
  return componentStage('exploration', subspaces, settings, restarts, {
    schedule: scheduleOf({ ...EXPLORE, epochs, controls }),
    stopping: { selectFrom: Math.min(epochs - 1, Math.ceil(RAMP * epochs)) },
    device,
  });
}

/**
 * Returns the stage that continues the selected restarts and ends with fixed gates.
 * @param initial parameters of these restarts, `[restarts, …]` each
 */
export function refinementStage(
  subspaces: Subspaces,
  config: FitConfig,
  restarts: readonly number[],
  initial: ReadonlyMap<string, Float32Array>,
  device?: Device,
): FitStage {
  const controls = () => ({ sparsityWeight: config.sparsity.weight });
  const schedule = scheduleOf(
    { ...REFINE, epochs: epochsOf(config, 0.6), controls },
    { ...REFIT, epochs: usesGates(config.sparsity) ? epochsOf(config, 0.2) : 0 },
  );
  return componentStage('components', subspaces, config, restarts, { schedule, initial, device });
}

/**
 * Returns the stage that tries to remove every edge of the best restarts. Each candidate starts from a neighbour of one
 * of them (graph-moves.ts), and the rest of the model adapts with fixed gates. A rotated solution has superfluous edges
 * that exploration cannot remove one by one.
 * @param initial parameters of the candidates, `[candidates, …]` each
 */
export function pruningStage(
  subspaces: Subspaces,
  config: FitConfig,
  initial: ReadonlyMap<string, Float32Array>,
  device?: Device,
): FitStage {
  const candidates =
    initial.get(LATENT_GATES)!.length / blockLayout(latentLayout(subspaces.modalities), subspaces.shared).latents ** 2;
  const runs = Array.from({ length: candidates }, (_, run) => run);
  const schedule = scheduleOf({ ...REFIT, rate: PRUNE_RATE, epochs: epochsOf(config, 0.2) });
  return componentStage('pruning', subspaces, config, runs, { schedule, initial, device });
}

/** Graphs and targets from which flows start, one for each restart. */
export interface ComponentStarts {
  readonly fits: readonly OrderedFit[];
  /** Price of the edges and targets of each, in nats per subject. */
  readonly prices: readonly number[];
}

interface StartedVariant extends Pick<ComponentVariant, 'hasFixedMaps' | 'device'> {
  readonly curved?: ParameterValues | undefined;
  readonly anchors?: ParameterValues | undefined;
}

/**
 * Returns the stage that trains maps and flows with fixed graphs and targets, from the optima of a Gaussian search.
 * @param curved parameters of the curved maps of each run, `[fits, …]`; default: nearly straight ones
 * @param anchors parameters whose curved parts are the prior means of those of the maps, `[fits, …]`, if the curves
 *   are those of the columns
 */
export function startedStage(
  name: 'components' | 'pruning' | 'determined',
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  config: FitConfig,
  { fits, prices }: ComponentStarts,
  { curved, anchors: first, ...variant }: StartedVariant = {},
): FitStage {
  const start = { ...START, epochs: epochsOf(config, 0.6) };
  const isGaussian = name !== 'determined';
  const [mechanisms, maps] = [MECHANISM_STEPS, GAUSSIAN_STEPS].map((share) => epochsOf(config, share));
  const schedule = isGaussian
    ? scheduleOf({ ...MECHANISMS, epochs: mechanisms }, { ...GAUSSIAN_MAPS, epochs: maps }, start)
    : scheduleOf(start);
  const stopping = isGaussian ? { selectFrom: mechanisms + maps } : {};
  const anchors =
    first && subspaces.columns
      ? new Map([...first].filter(([of]) => CURVE.test(of)).map(([of, { values }]) => [of, values]))
      : undefined;
  const options = { schedule, stopping, prices, anchors, isGaussian, ...variant };
  const stage = componentStage(name, subspaces, config, [...fits.keys()], options);
  for (const [parameter, { values }] of curved ?? []) {
    if (CURVE.test(parameter)) stage.initial.get(parameter)!.set(values);
  }
  startFrom(stage.initial, latentLayout(subspaces.modalities), subspaces.causes, fits);
  return stage;
}

interface ComponentVariant extends Pick<
  StageSpec<StageName, ComponentModel>,
  'schedule' | 'stopping' | 'initial' | 'device'
> {
  /** True to leave the maps as they are. */
  readonly hasFixedMaps?: boolean;
  /** Price of the gates of each restart in the validation objective, if gates are fixed. Default: `sparsity.weight`. */
  readonly prices?: readonly number[];
  /** True to train linear Gaussian mechanisms and maps before flows. */
  readonly isGaussian?: boolean;
  /** Prior means of the curved parts of maps by name. */
  readonly anchors?: ReadonlyMap<string, Float32Array> | undefined;
}

function componentStage(
  name: StageName,
  { modalities, values, copies = 1, present, split, shared, bends, causes }: Subspaces,
  config: FitConfig,
  restarts: readonly number[],
  { prices, hasFixedMaps = false, isGaussian = false, anchors, ...variant }: ComponentVariant,
): FitStage {
  const { sparsity, batch } = config;
  const layout = latentLayout(modalities);
  const rows = values.length / layout.latents;
  /** Chooses another copy of the subject for each position in turn. */
  const withDraws = (batches: Batches): Batches => ({
    ...batches,
    rows: (epoch) => batches.rows(epoch).map((row, i) => row + (rows / copies) * (i % copies)),
  });
  const logLikelihood = (model: ComponentModel, gates: 'hard' | 'sampled', { order, noise }: BatchNodes) =>
    model.logLikelihood(
      gather(data('u', [rows, layout.latents]), order),
      gates,
      noise,
      present && gather(data('present', [rows, modalities.length]), order),
      shapes && causeBatches(shapes, rows, order),
    );
  const gaussianLikelihood = (model: ComponentModel, { order, noise }: BatchNodes) =>
    model.gaussianLikelihood(
      gather(data('u', [rows, layout.latents]), order),
      noise,
      causeBatches(shapes!, rows, order),
      present && gather(data('present', [rows, modalities.length]), order),
    );
  const shapes = causeShapes(causes);
  const settings = { ...config, ...sparsity, gates: usesGates(sparsity), shared, bends, causes: shapes, isGaussian };
  return trainingStage({
    ...variant,
    name,
    model: (runs) => new ComponentModel(layout, settings, runs),
    loss: (model, batch, phase): StageLoss => {
      const isFixed = phase === REFIT.name;
      const ofGaussian = phase === MECHANISMS.name || phase === GAUSSIAN_MAPS.name;
      const perSubject = ofGaussian
        ? gaussianLikelihood(model, batch)
        : logLikelihood(model, isFixed ? 'hard' : 'sampled', batch).logLikelihood;
      const likelihood = neg(mean(perSubject, [1]));
      const hasMaps = !hasFixedMaps && phase !== MECHANISMS.name;
      const trained = model.parameters.all.filter(({ name: parameter, rate }) => {
        if (parameter.startsWith(COMPONENT_MAP)) return hasMaps;
        return ofGaussian === parameter.startsWith(GAUSSIAN) && !(rate === 'gates' && isFixed);
      });
      if (causes && bends !== false && !hasFixedMaps) {
        const prior = anchors ? model.map.curvatureAbout(anchorLeaf) : model.map.curvature();
        const curvature = mul(prior, 1 / split.train.length);
        return { loss: add(likelihood, curvature), trained, terms: { likelihood, curvature } };
      }
      if (ofGaussian) return { loss: likelihood, trained, terms: { likelihood } };
      if (!usesGates(sparsity) || isFixed) return { loss: likelihood, trained, terms: { likelihood } };
      const gates = model.prior.gatePenalty(sparsity.withinWeight);
      const loss = add(likelihood, mul(gates, control('sparsityWeight', [model.parameters.runs])));
      return { loss, trained, terms: { likelihood, gates } };
    },
    validate: (model, batch) => {
      const { gates, logLikelihood: perSubject } = logLikelihood(model, 'hard', batch);
      const price = prices
        ? control('gatePrice', [model.parameters.runs])
        : model.prior.price(gates, sparsity.withinWeight);
      return {
        outputs: { likelihood: neg(mean(perSubject, [1])), gates: price },
        score: weightedTerms({ likelihood: 1, gates: prices ? 1 : sparsity.weight }),
      };
    },
    seeds: restarts.map((restart) => restartSeed(config.seed, FIRST_SEED + restart)),
    data: new Map([
      ['u', values],
      ...(present ? [['present', presentModalities(present, copies)] as const] : []),
      ...(causes ? causeData(repeated(causeTerms(causes), copies)) : []),
    ]),
    controls: new Map([
      ...(prices ? [['gatePrice', Float32Array.from(prices)] as const] : []),
      ...[...(anchors ?? [])].map(([parameter, values]) => [anchorName(parameter), values] as const),
    ]),
    training: withDraws(drawnFrom(split.train, { batch, seed: restartSeed(config.seed, FIRST_SEED) })),
    validation: withDraws(inOrder(split.validation, batch)),
  });
}

/**
 * Returns minus the log likelihood of training subjects with linear Gaussian mechanisms, plus the prior of curved maps,
 * at the end of their phase, by restart.
 */
export function gaussianObjectives({ history }: Pick<StageOutcome, 'history'>): readonly (number | null)[] {
  const { training } = history.filter(({ phase }) => phase === GAUSSIAN_MAPS.name).at(-1)!;
  return training['loss'];
}

function anchorName(parameter: string): string {
  return `${parameter}.anchor`;
}

function anchorLeaf(parameter: string, shape: readonly number[]): Node {
  return control(anchorName(parameter), shape);
}

/** Returns the rows of a table several times in sequence. */
function repeated(table: Float32Array, times: number): Float32Array {
  if (times === 1) return table;
  const all = new Float32Array(times * table.length);
  for (let i = 0; i < times; i++) all.set(table, i * table.length);
  return all;
}
