// Opens gates of a fitted model, for links that held-out subjects support but that the sparsity penalty kept closed.
// Only the mechanisms are trained again, on the unchanged latents. Encoders, decoders and all test results stay the
// same.

import { causeTerms } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { presence } from '../data/presence.js';
import { data, gather, mean, neg } from '../graph/index.js';
import type { ParameterValues } from '../inference/inference.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { LATENT_GATES, LatentPrior } from '../networks/latent-prior.js';
import { allowedEdges, latentLayout } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { ALLOWED_EDGES } from '../networks/random-order.js';
import { ParameterList } from '../nn/parameters.js';
import type { FitConfig } from './config.js';
import { drawnFrom, inOrder, STEPS_PER_EPOCH } from './order.js';
import { scheduleOf } from './schedule.js';
import { restartSeed, type FitStage } from './stage.js';
import { computeOf, type Compute } from '../runtime/program.js';
import { StageRunner } from './stage-runner.js';
import { trainingStage, type BatchNodes } from './training-stage.js';
import { weightedTerms } from './validation.js';

/** Logit of a gate that is certainly open. */
const OPEN = 10;
const RATE = { rate: 2e-3, decayAt: [0.4, 0.7, 0.9] };
/** Number of steps, relative to the component stages. */
const STEPS = 0.4;
/** Number of the restart whose seed draws the mini-batches; far from those of all restarts. */
const SEED = 4096;
/** Minimum number of training subjects with every modality: fewer cannot train a mechanism. */
const MIN_SUBJECTS = 50;

/** Positions of two latents among all latents. */
export type LatentPair = readonly [number, number];

export interface OpenedLinks {
  readonly parameters: ParameterValues;
  /** Opened links, from cause to effect, in the direction that the model allows. */
  readonly opened: readonly LatentPair[];
}

/**
 * Trains the mechanisms with these links open.
 * @param latents latents of the fitted model, subjects × D
 * @param links between latents that have no edge
 * @returns undefined if the model cannot have the links: without gates, with cycles, with shared latents, or with fewer
 *   than 50 training subjects who have every modality
 * @throws NumericError `all-runs-diverged`; DeviceError; the signal's reason
 */
export async function openLinks(
  dataset: Dataset,
  { model, parameters }: { readonly model: ModelConfig; readonly parameters: ParameterValues },
  { latents, links }: { readonly latents: Float32Array; readonly links: readonly LatentPair[] },
  { config, hooks }: { readonly config: FitConfig; readonly hooks: Compute },
): Promise<OpenedLinks | undefined> {
  const layout = latentLayout(model.modalities);
  const d = layout.latents;
  const present = presence(dataset.modalities);
  const complete = (rows: Int32Array): Int32Array =>
    present ? rows.filter((row) => present.every((marks) => marks[row] === 1)) : rows;
  const [train, validation] = [dataset.split.train, dataset.split.validation].map(complete);
  const isPossible = model.gates && model.graph !== 'cyclic' && model.shared === undefined;
  if (!isPossible || train.length < MIN_SUBJECTS || validation.length === 0) return undefined;
  const allowed = model.graph === 'acyclic' ? parameters.get(ALLOWED_EDGES)!.values : allowedEdges(layout, model);
  const opened = links.flatMap(([first, second]): LatentPair[] => {
    if (allowed[second * d + first] > 0) return [[first, second]];
    return allowed[first * d + second] > 0 ? [[second, first]] : [];
  });
  if (opened.length === 0) return undefined;
  const terms = dataset.causes && causeTerms(dataset.causes);
  const stage = mechanismStage(model, { latents, terms, train, validation }, config, hooks);
  const initial = new Map(
    [...stage.initial].map(([name]) => [name, Float32Array.from(parameters.get(name)!.values)] as const),
  );
  openGates(initial, opened, d);
  await using runner = await StageRunner.open(['pruning'], dataset, config, computeOf(hooks));
  const outcome = await runner.run('pruning', () => ({ ...stage, initial }));
  return { parameters: new Map([...parameters, ...outcome.parameters]), opened };
}

/**
 * Opens the gates. The weights of a parent whose gate was closed are untrained. They start at zero, so that the density
 * does not change at first.
 */
function openGates(initial: ReadonlyMap<string, Float32Array>, opened: readonly LatentPair[], d: number): void {
  const weights = initial.get('flow.0.weight')!;
  const hidden = weights.length / d ** 2;
  for (const [cause, effect] of opened) {
    initial.get(LATENT_GATES)![effect * d + cause] = OPEN;
    for (let h = 0; h < hidden; h++) weights[(effect * hidden + h) * d + cause] = 0;
  }
}

interface MechanismRows {
  readonly latents: Float32Array;
  /** Terms of observed causes, subjects × T. */
  readonly terms: Float32Array | undefined;
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

function mechanismStage(
  config: ModelConfig,
  { latents, terms, train, validation }: MechanismRows,
  { seed: fitSeed, batch, componentSteps }: FitConfig,
  { device }: Compute,
): FitStage {
  const layout = latentLayout(config.modalities);
  const seed = restartSeed(fitSeed, SEED);
  const negLikelihood = (prior: LatentPrior, { order, noise }: BatchNodes) => {
    const subjects = latents.length / layout.latents;
    const rows = gather(data('z', [subjects, layout.latents]), order);
    const causes = config.causes && causeBatches(config.causes, subjects, order);
    return neg(mean(prior.logDensity(rows, prior.condition(rows, prior.gates('hard', noise), undefined, causes)), [1]));
  };
  return trainingStage({
    name: 'pruning',
    model: (runs) => {
      const parameters = new ParameterList(runs);
      return { parameters, prior: new LatentPrior(parameters, layout, config) };
    },
    loss: ({ parameters, prior }, batch) => {
      const loss = negLikelihood(prior, batch);
      return { loss, terms: { likelihood: loss }, trained: parameters.all.filter(({ rate }) => rate === 'weights') };
    },
    validate: ({ prior }, batch) => ({
      outputs: { likelihood: negLikelihood(prior, batch) },
      score: weightedTerms({ likelihood: 1 }),
    }),
    seeds: [seed],
    data: new Map([['z', latents], ...(terms ? causeData(terms) : [])]),
    training: drawnFrom(train, { batch, seed }),
    validation: inOrder(validation, batch),
    schedule: scheduleOf({
      ...RATE,
      epochs: Math.max(1, Math.round((STEPS * componentSteps) / STEPS_PER_EPOCH)),
    }),
    device,
  });
}
