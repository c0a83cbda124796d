// The component parts of a two-part fit: `exploration` tries every restart on the whitened subspaces, `components`
// refines the best quarter, then fixes the gates and refits without a penalty (METHOD section 9, two-part fit, 2).

import { compile, type EntrySpec } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import { add, control, data, gather, mean, mul, neg, type Node } from '../graph/index.js';
import { ComponentModel } from '../models/components.js';
import { LATENT_GATES } from '../models/latent-prior.js';
import { blockLayout } from '../models/shared-block.js';
import { latentLayout, type ModalityShape } from '../models/layout.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import type { SharedLatents, Split } from '../data/dataset.js';
import { usesGates, type FitConfig } from './config.js';
import { drawnRows } from './order.js';
import { presentModalities } from './presence-table.js';
import { runSeed, seedWords, type FitPart } from './part.js';
import { EVALUATION_STREAMS, TRAINING_STREAMS } from './program.js';
import { cutOf, PhiloxNoise } from '../models/sources.js';
import { GATE_RATE } from './schedule.js';
import { trainedEntry } from './trained-entry.js';
import { weightedTerms } from './validation.js';

/** An epoch of these parts: so many steps, whatever the number of subjects. */
export const STEPS_PER_EPOCH = 20;

/** Exploring only ranks the restarts: smaller mini-batches do. */
const EXPLORE_BATCH = 256;
const EXPLORE_RATE = 5e-3;
const REFIT_RATE = 2e-3;
const PRUNE_RATE = 5e-3;
const DECAY = 0.3;
/** Parts of the refining and of the refitting at which the rate falls. */
const REFINE_DECAY_AT = [0.5, 0.75, 0.9];
const REFIT_DECAY_AT = [0.4, 0.7, 0.9];
/** λ grows until this part of the exploration. */
const RAMP = 0.5;
/** Seeds of the restarts lie beyond those of any joint run. */
const FIRST_SEED = 1024;

type Stage = 'explore' | 'refine' | 'refit';

export interface Subspaces {
  readonly modalities: readonly ModalityShape[];
  /** Whitened, subjects × D; where subjects lack modalities, several copies of that with draws in their place. */
  readonly values: Float32Array;
  readonly copies?: number;
  /** By modality, see `presenceOf`; left out where every subject has every modality. */
  readonly present?: readonly Uint8Array[] | undefined;
  readonly split: Split;
  readonly shared?: SharedLatents | undefined;
  /** Whether components may be curved in the subspaces; true when left out. */
  readonly bends?: boolean;
}

/** Epochs of each stage. */
export function componentEpochs(config: FitConfig): Record<Stage, number> {
  const epochs = (share: number): number => Math.max(1, Math.round((share * config.componentSteps) / STEPS_PER_EPOCH));
  return { explore: epochs(0.2), refine: epochs(0.6), refit: usesGates(config.sparsity) ? epochs(0.2) : 0 };
}

/** Every restart, each from another random rotation, with λ ramped up. */
export function explorationPart(subspaces: Subspaces, config: FitConfig, device: Device = CPU): FitPart {
  const { explore } = componentEpochs(config);
  const restarts = Array.from({ length: config.restarts }, (_, restart) => restart);
  const batch = Math.min(config.batch, EXPLORE_BATCH);
  const { part, drawInitial } = componentPart(subspaces, { ...config, batch }, restarts, {
    stages: ['explore'],
    device,
  });
  return {
    ...part,
    name: 'exploration',
    initial: drawInitial(),
    epochs: explore,
    plan: (epoch) => ({
      stage: 'explore',
      // The first steps are half as long.
      rates: rates(EXPLORE_RATE * (epoch === 0 ? 0.5 : 1)),
      controls: { sparsityWeight: config.sparsity.weight * Math.min(1, epoch / explore / RAMP) },
    }),
    selectionStart: Math.min(explore - 1, Math.ceil(RAMP * explore)),
  };
}

/**
 * The restarts that were kept go on, and end with fixed gates.
 * @param initial their parameters, `[restarts, …]` each
 */
export function refinementPart(
  subspaces: Subspaces,
  config: FitConfig,
  restarts: readonly number[],
  initial: ReadonlyMap<string, Float32Array>,
  device: Device = CPU,
): FitPart {
  const { refine, refit } = componentEpochs(config);
  const stages = refit > 0 ? (['refine', 'refit'] as const) : (['refine'] as const);
  const { part } = componentPart(subspaces, config, restarts, { stages, device });
  return {
    ...part,
    name: 'components',
    initial,
    epochs: refine + refit,
    plan: (epoch) =>
      epoch < refine
        ? {
            stage: 'refine',
            rates: rates(EXPLORE_RATE * decayed(epoch / refine, REFINE_DECAY_AT)),
            controls: { sparsityWeight: config.sparsity.weight },
          }
        : {
            stage: 'refit',
            rates: rates(REFIT_RATE * decayed((epoch - refine) / refit, REFIT_DECAY_AT)),
            controls: { sparsityWeight: 0 },
          },
  };
}

/**
 * Every edge of the best restarts on trial: each run starts from a neighbour of one of them (graph-moves.ts), and the
 * rest of the model adapts with its gates fixed. A rotated solution has superfluous edges that exploration cannot leave
 * one by one.
 * @param initial parameters of the candidates, `[candidates, …]` each
 */
export function pruningPart(
  subspaces: Subspaces,
  config: FitConfig,
  initial: ReadonlyMap<string, Float32Array>,
  device: Device = CPU,
): FitPart {
  const candidates =
    initial.get(LATENT_GATES)!.length / blockLayout(latentLayout(subspaces.modalities), subspaces.shared).latents ** 2;
  const epochs = Math.max(1, Math.round((0.2 * config.componentSteps) / STEPS_PER_EPOCH));
  const runs = Array.from({ length: candidates }, (_, run) => run);
  const { part } = componentPart(subspaces, config, runs, { stages: ['refit'], device });
  return {
    ...part,
    name: 'pruning',
    initial,
    epochs,
    plan: (epoch) => ({
      stage: 'refit',
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

/** What parts of components have in common. */
interface ComponentPart {
  readonly part: Omit<FitPart, 'name' | 'epochs' | 'plan' | 'initial'>;
  readonly drawInitial: () => FitPart['initial'];
}

function componentPart(
  { modalities, values, copies = 1, present, split, shared, bends }: Subspaces,
  config: FitConfig,
  restarts: readonly number[],
  { stages, device }: { readonly stages: readonly Stage[]; readonly device: Device },
): ComponentPart {
  const { sparsity } = config;
  const layout = latentLayout(modalities);
  const rows = values.length / layout.latents;
  /** Another draw of each subject in turn. */
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
    for (const stage of stages) {
      const noise = new PhiloxNoise(seedLeaf, TRAINING_STREAMS, parts);
      const batchOf = { u: gather(u, order), present: presentAt(order) };
      entries[stage] = trainingEntry(model, stage, batchOf, noise, config, tiles);
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
  const seeds = restarts.map((restart) => runSeed(config.seed, FIRST_SEED + restart));
  const part: ComponentPart['part'] = {
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
      withDraws(drawnRows(split.train, STEPS_PER_EPOCH * batch, runSeed(config.seed, FIRST_SEED), epoch)),
    validation: weightedTerms(validationSteps, weights),
  };
  return { part, drawInitial: () => model.parameters.initialValues(seeds) };
}

function trainingEntry(
  model: ComponentModel,
  stage: Stage,
  { u, present }: { readonly u: Node; readonly present: Node | undefined },
  noise: PhiloxNoise,
  { sparsity }: FitConfig,
  tiles: number,
): EntrySpec {
  const isFixed = stage === 'refit';
  const { logLikelihood } = model.logLikelihood(u, isFixed ? 'hard' : 'sampled', noise, present);
  const likelihood = neg(mean(logLikelihood, [1]));
  const trained = model.parameters.all.filter(({ rate }) => rate !== 'fixed' && !(rate === 'gates' && isFixed));
  if (!usesGates(sparsity) || isFixed) return trainedEntry(likelihood, trained, { terms: { likelihood }, tiles });
  const gates = model.prior.gatePenalty(sparsity.withinWeight);
  const loss = add(likelihood, mul(gates, control('sparsityWeight', [model.parameters.runs])));
  return trainedEntry(loss, trained, { terms: { likelihood, gates }, tiles });
}
