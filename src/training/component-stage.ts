// The component stages of a two-stage fit. `exploration` tries every restart on the whitened subspaces. `components`
// refines the best quarter, then fixes the gates and refits without a penalty (METHOD section 9, two-stage fit, 2).

import { compile, type EntrySpec } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import { add, control, data, gather, mean, mul, neg, type Node } from '../graph/index.js';
import { ComponentModel } from '../networks/components.js';
import { LATENT_GATES } from '../networks/latent-prior.js';
import { blockLayout } from '../networks/shared-block.js';
import { latentLayout, type ModalityShape } from '../networks/layout.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import type { SharedLatents, Split } from '../data/dataset.js';
import { usesGates, type FitConfig } from './config.js';
import { drawnRows } from './order.js';
import { presentModalities } from './presence-table.js';
import { restartSeed, seedWords, type FitStage } from './stage.js';
import { EVALUATION_STREAMS, TRAINING_STREAMS } from './program.js';
import { cutOf, PhiloxNoise } from '../networks/sources.js';
import { GATE_RATE } from './schedule.js';
import { trainedEntry } from './trained-entry.js';
import { weightedTerms } from './validation.js';

/** Number of steps in an epoch of these stages, for any number of subjects. */
export const STEPS_PER_EPOCH = 20;

/** Maximum mini-batch of the exploration, which only ranks the restarts: small ones are enough for that. */
const EXPLORE_BATCH = 256;
const EXPLORE_RATE = 5e-3;
const REFIT_RATE = 2e-3;
const PRUNE_RATE = 5e-3;
const DECAY = 0.3;
/** Shares of the refinement and of the refit after which the learning rate falls. */
const REFINE_DECAY_AT = [0.5, 0.75, 0.9];
const REFIT_DECAY_AT = [0.4, 0.7, 0.9];
/** λ grows until this share of the exploration. */
const RAMP = 0.5;
/** Number of the first component restart, beyond those of all encoder restarts: it determines the seed. */
const FIRST_SEED = 1024;

type Phase = 'explore' | 'refine' | 'refit';

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
}

/** Returns the number of epochs of each phase. */
export function componentEpochs(config: FitConfig): Record<Phase, number> {
  const epochs = (share: number): number => Math.max(1, Math.round((share * config.componentSteps) / STEPS_PER_EPOCH));
  return { explore: epochs(0.2), refine: epochs(0.6), refit: usesGates(config.sparsity) ? epochs(0.2) : 0 };
}

/** Returns the stage that trains every restart from another random rotation, while λ grows. */
export function explorationStage(subspaces: Subspaces, config: FitConfig, device: Device = CPU): FitStage {
  const { explore } = componentEpochs(config);
  const restarts = Array.from({ length: config.componentRestarts }, (_, restart) => restart);
  const batch = Math.min(config.batch, EXPLORE_BATCH);
  const { stage, drawInitial } = componentStage(subspaces, { ...config, batch }, restarts, {
    phases: ['explore'],
    device,
  });
  return {
    ...stage,
    name: 'exploration',
    initial: drawInitial(),
    epochs: explore,
    plan: (epoch) => ({
      phase: 'explore',
      // The first epoch has half the learning rate.
      rates: rates(EXPLORE_RATE * (epoch === 0 ? 0.5 : 1)),
      controls: { sparsityWeight: config.sparsity.weight * Math.min(1, epoch / explore / RAMP) },
    }),
    selectionStart: Math.min(explore - 1, Math.ceil(RAMP * explore)),
  };
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
  device: Device = CPU,
): FitStage {
  const { refine, refit } = componentEpochs(config);
  const phases = refit > 0 ? (['refine', 'refit'] as const) : (['refine'] as const);
  const { stage } = componentStage(subspaces, config, restarts, { phases, device });
  return {
    ...stage,
    name: 'components',
    initial,
    epochs: refine + refit,
    plan: (epoch) =>
      epoch < refine
        ? {
            phase: 'refine',
            rates: rates(EXPLORE_RATE * decayed(epoch / refine, REFINE_DECAY_AT)),
            controls: { sparsityWeight: config.sparsity.weight },
          }
        : {
            phase: 'refit',
            rates: rates(REFIT_RATE * decayed((epoch - refine) / refit, REFIT_DECAY_AT)),
            controls: { sparsityWeight: 0 },
          },
  };
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
  device: Device = CPU,
): FitStage {
  const candidates =
    initial.get(LATENT_GATES)!.length / blockLayout(latentLayout(subspaces.modalities), subspaces.shared).latents ** 2;
  const epochs = Math.max(1, Math.round((0.2 * config.componentSteps) / STEPS_PER_EPOCH));
  const runs = Array.from({ length: candidates }, (_, run) => run);
  const { stage } = componentStage(subspaces, config, runs, { phases: ['refit'], device });
  return {
    ...stage,
    name: 'pruning',
    initial,
    epochs,
    plan: (epoch) => ({
      phase: 'refit',
      rates: rates(PRUNE_RATE * decayed(epoch / epochs, REFIT_DECAY_AT)),
      controls: { sparsityWeight: 0 },
    }),
  };
}

function rates(rate: number): [number, number] {
  return [rate, GATE_RATE * rate];
}

function decayed(done: number, at: readonly number[]): number {
  return DECAY ** at.filter((from) => done >= from).length;
}

/** The common part of the component stages. */
interface ComponentStage {
  readonly stage: Omit<FitStage, 'name' | 'epochs' | 'plan' | 'initial'>;
  readonly drawInitial: () => FitStage['initial'];
}

function componentStage(
  { modalities, values, copies = 1, present, split, shared, bends }: Subspaces,
  config: FitConfig,
  restarts: readonly number[],
  { phases, device }: { readonly phases: readonly Phase[]; readonly device: Device },
): ComponentStage {
  const { sparsity } = config;
  const layout = latentLayout(modalities);
  const rows = values.length / layout.latents;
  /** Chooses another copy of the subject for each position in turn. */
  const withDraws = (subjects: Int32Array): Int32Array =>
    copies === 1 ? subjects : subjects.map((row, i) => row + (rows / copies) * (i % copies));
  const batch = Math.min(config.batch, split.train.length);
  const validationSteps = Math.ceil(split.validation.length / config.batch);
  const validationBatch = Math.floor(split.validation.length / validationSteps);
  const target = targetOf(device);
  const { tiles, parts } = cutOf(batch, target);
  const programOf = (runs: number) => {
    const gated = { ...config, ...sparsity, gates: usesGates(sparsity), shared, bends };
    const model = new ComponentModel(layout, gated, runs);
    const u = data('u', [rows, layout.latents]);
    const presentAt = (index: Node): Node | undefined =>
      present && gather(data('present', [rows, modalities.length]), index);
    const seedLeaf = data('seeds', [runs, 2], 'int32');
    const order = data('order', [1, STEPS_PER_EPOCH * tiles, batch / tiles], 'int32');
    const validationOrder = data('validationOrder', [1, validationSteps, validationBatch], 'int32');
    const entries: Record<string, EntrySpec> = {};
    for (const phase of phases) {
      const noise = new PhiloxNoise(seedLeaf, TRAINING_STREAMS, parts);
      const batchOf = { u: gather(u, order), present: presentAt(order) };
      entries[phase] = trainingEntry(model, phase, batchOf, noise, config, tiles);
    }
    const noise = new PhiloxNoise(seedLeaf, EVALUATION_STREAMS);
    const { gates, logLikelihood } = model.logLikelihood(
      gather(u, validationOrder),
      'hard',
      noise,
      presentAt(validationOrder),
    );
    entries['evaluate'] = {
      outputs: {
        likelihood: neg(mean(logLikelihood, [1])),
        gates: model.prior.price(gates, sparsity.withinWeight),
      },
    };
    return { model, compiled: compile({ runs, rates: RATE_GROUPS, memory: target.memory, entries }) };
  };
  const runs = restarts.length;
  const { model, compiled } = programOf(runs);
  const weights = { likelihood: 1, gates: sparsity.weight };
  const seeds = restarts.map((restart) => restartSeed(config.seed, FIRST_SEED + restart));
  const stage: ComponentStage['stage'] = {
    runs,
    compiled,
    compiledFor: (count) => programOf(count).compiled,
    data: new Map<string, Float32Array | Int32Array>([
      ['u', values],
      ...(present ? [['present', presentModalities(present, copies)] as const] : []),
      ['seeds', seedWords(seeds)],
      ['validationOrder', withDraws(split.validation.slice(0, validationSteps * validationBatch))],
    ]),
    stepsPerEpoch: STEPS_PER_EPOCH,
    order: (epoch) =>
      withDraws(drawnRows(split.train, STEPS_PER_EPOCH * batch, restartSeed(config.seed, FIRST_SEED), epoch)),
    validation: weightedTerms(validationSteps, weights),
  };
  return { stage, drawInitial: () => model.parameters.initialValues(seeds) };
}

function trainingEntry(
  model: ComponentModel,
  phase: Phase,
  { u, present }: { readonly u: Node; readonly present: Node | undefined },
  noise: PhiloxNoise,
  { sparsity }: FitConfig,
  tiles: number,
): EntrySpec {
  const isFixed = phase === 'refit';
  const { logLikelihood } = model.logLikelihood(u, isFixed ? 'hard' : 'sampled', noise, present);
  const likelihood = neg(mean(logLikelihood, [1]));
  const trained = model.parameters.all.filter(({ rate }) => rate !== 'fixed' && !(rate === 'gates' && isFixed));
  if (!usesGates(sparsity) || isFixed) return trainedEntry(likelihood, trained, { terms: { likelihood }, tiles });
  const gates = model.prior.gatePenalty(sparsity.withinWeight);
  const loss = add(likelihood, mul(gates, control('sparsityWeight', [model.parameters.runs])));
  return trainedEntry(loss, trained, { terms: { likelihood, gates }, tiles });
}
