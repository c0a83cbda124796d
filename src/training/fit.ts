// From a data set to a fitted model: trains the stages of the fit, and reads the graph and the agreement of restarts.

import {
  adjacencyMatrix,
  graphFromGates,
  graphFromStrengths,
  withAgreement,
  type LatentEdge,
  type LatentGraph,
} from '../causal/index.js';
import { sortEdges } from '../causal/graph.js';
import { causeTerms, referenceOf, termCount } from '../data/causes.js';
import { isRemovedWithBatches } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import { presence } from '../data/presence.js';
import { InputError } from '../errors/errors.js';
import { MAX_DETERMINANT } from '../graph/index.js';
import { termRows } from '../networks/cause-effects.js';
import { latentLayout } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { SubspaceChoice } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { FitConfig } from './config.js';
import type { Determination } from './determination.js';
import { withCauseEdges } from './cause-edges.js';
import { withEffects } from './edge-effects.js';
import { flipLatents } from './flip-latents.js';
import { encodeDataset, Inference, type ParameterValues } from '../inference/inference.js';
import { jointStage } from './joint-stage.js';
import { choosePasses } from './filling.js';
import { checkCauses } from './refused-causes.js';
import { missingStage } from './missing-stage.js';
import { orientationOf, orientationRows, type LatentOrientation } from './orientation.js';
import { ranking, selectRuns, withoutCrossPrediction, type StageOutcome } from './outcome.js';
import type { StageName } from './stage.js';
import { StageRunner, type FitHooks } from './stage-runner.js';
import { causeShapes, modalityShapes, modelConfig } from './model-config.js';
import { latentAgreement, type RestartReading } from './reading.js';
import { fitTwoStages, twoStages, type ComponentFit, type Fitted } from './two-stage.js';

export interface FittedModel {
  readonly model: ModelConfig;
  readonly config: FitConfig;
  /** Parameters of the chosen restart, `[1, …]` each. */
  readonly parameters: ParameterValues;
  /** Stages in the order in which they were trained; the first restart of each stage's ranking was chosen. */
  readonly stages: readonly StageOutcome[];
  readonly graph: LatentGraph;
  /** The column that each latent rises with; the signs in `parameters` are chosen so that it does. */
  readonly orientation: readonly LatentOrientation[];
  /** Agreement per latent, see `latentAgreement`. */
  readonly agreement: readonly number[];
  /** The subspaces in which the components were found; left out by a joint fit. */
  readonly subspaces?: SubspaceChoice | undefined;
  /** Left out by a joint fit, which has no component restarts. */
  readonly determination?: Determination | undefined;
  /** Positions of the modalities that the others determine, with observed causes; left out if there are none. */
  readonly determined?: readonly number[] | undefined;
  /** Values of the subspaces, subjects × D, and component restarts; left out by a joint fit. */
  readonly components?: ComponentFit | undefined;
  readonly seconds: number;
}

/** Number of training subjects from which strengths and agreement are read: enough for stable means. */
const GRAPH_ROWS = 4096;

/** Number of training subjects from which effects of edges are read. */
const EFFECT_ROWS = 512;

/** Minimum number of subjects who have all modalities; with fewer, strengths are read from all subjects. */
const MIN_COMPLETE = 50;

/**
 * Fits a joint or a two-stage model and chooses restarts by validation.
 * @throws NumericError `all-runs-diverged`; StateError `run-locked`; InputError `run-exists`, `checkpoint-mismatch`,
 *   `damaged-file`; FileError; DeviceError; the signal's reason
 */
export async function fitModel(dataset: Dataset, config: FitConfig, hooks: FitHooks = {}): Promise<FittedModel> {
  hooks.signal?.throwIfAborted();
  const started = performance.now();
  const joint = config.fit === 'joint';
  const latents = dataset.modalities.reduce((sum, modality) => sum + modality.latents, 0);
  if (config.sparsity.graph === 'cyclic' && latents > MAX_DETERMINANT) {
    throw new InputError(
      'invalid-setting',
      `sparsity.graph: cyclic takes up to ${MAX_DETERMINANT} latents in total, but these modalities have ${latents}; ` +
        'use acyclic, or fewer latents.',
      { setting: 'sparsity.graph' },
    );
  }
  const present = presence(dataset.modalities);
  if (present && (config.sparsity.graph === 'cyclic' || dataset.shared)) {
    throw new InputError(
      'invalid-setting',
      `${dataset.shared ? 'Shared latents need' : 'sparsity.graph: cyclic needs'} every modality in every subject; ` +
        'write missing: drop into the study file to fit to the subjects who have all of them.',
      { setting: dataset.shared ? 'shared' : 'sparsity.graph' },
    );
  }
  if (joint && dataset.shared) {
    throw new InputError(
      'invalid-setting',
      'Shared latents need fit: two-stage; only its component stage aligns them.',
      { setting: 'fit' },
    );
  }
  checkCauses(dataset, config);
  const { infersMissing = true } = hooks;
  const names: StageName[] = [...(joint ? ['joint' as const] : twoStages(dataset, config, present !== undefined))];
  if (infersMissing) names.push('missing');
  await using runner = await StageRunner.open(names, dataset, config, hooks);
  const rows = dataset.split.train.subarray(0, GRAPH_ROWS);
  const fit = joint ? fitJoint : fitTwoStages;
  const fitted = await fit(dataset, config, runner, rows, hooks);
  const { componentMap, filling, readings, chosen, subspaces, determination, determined, components } = fitted;
  hooks.onRestarts?.({ rows, readings, chosen });
  const causes = causeShapes(dataset.causes);
  const shape = modelConfig(modalityShapes(dataset), config, componentMap, dataset.shared, causes);
  const model = filling > 0 ? { ...shape, filling } : shape;
  const { parameters: oriented, orientation } = await orient(dataset, model, fitted.parameters, hooks);
  const missing = infersMissing ? await fitMissing(dataset, config, model, oriented, runner) : undefined;
  const parameters = new Map([...oriented, ...(missing?.parameters ?? [])]);
  const stages = missing ? [...fitted.stages, missing] : fitted.stages;
  const { strengths, moved } = await readMechanisms(dataset, { model, parameters }, hooks);
  const signless = agreedGraph(model, readings, chosen, strengths);
  const graph = withAllEffects(withOrientation(signless, orientation), dataset, { model, parameters }, moved);
  const agreement = latentAgreement(readings, chosen, latentLayout(model.modalities));
  const seconds = (performance.now() - started) / 1000;
  const chosenRestart = { graph, orientation, agreement, subspaces, determination, determined, components };
  return { model, config, parameters, stages, ...chosenRestart, seconds };
}

/** Turns every latent so that it rises with the column that it correlates with most. */
async function orient(
  dataset: Dataset,
  model: ModelConfig,
  parameters: ParameterValues,
  options: ProgramOptions,
): Promise<{ readonly parameters: ParameterValues; readonly orientation: readonly LatentOrientation[] }> {
  const rows = orientationRows(dataset);
  const [latents] = await withInference(model, parameters, options, (inference) =>
    inference.encode(dataset.modalities, rows),
  );
  const { orientation, turned } = orientationOf(dataset, model, rows, latents);
  return { parameters: flipLatents(model, parameters, turned), orientation };
}

function withOrientation(graph: LatentGraph, orientation: readonly LatentOrientation[]): LatentGraph {
  const columnOf = new Map(orientation.map(({ latent, ...risesWith }) => [latent, risesWith]));
  const nodes = graph.nodes.map((node) => {
    const risesWith = columnOf.get(node.name);
    return risesWith ? { ...node, risesWith } : node;
  });
  return { ...graph, nodes };
}

/** Trains the density that infers latents of missing modalities from those of observed ones. */
async function fitMissing(
  dataset: Dataset,
  config: FitConfig,
  model: ModelConfig,
  parameters: ParameterValues,
  runner: StageRunner,
): Promise<StageOutcome> {
  const { modalities, split, causes } = dataset;
  const values = await encodeDataset(dataset, model, parameters, runner.hooks);
  const known = { modalities: model.modalities, values, present: presence(modalities), split, causes };
  return runner.run('missing', () => missingStage('missing', known, config, runner.hooks.device));
}

async function fitJoint(
  dataset: Dataset,
  config: FitConfig,
  runner: StageRunner,
  rows: Int32Array,
  options: ProgramOptions,
): Promise<Fitted> {
  const stage = await runner.run('joint', () => jointStage(dataset, config, options.device));
  const chosen = ranking(stage)[0];
  const model = modelConfig(modalityShapes(dataset), config);
  const readings = await withInference(model, stage.parameters, options, async (inference) => {
    const latents = await inference.encode(dataset.modalities, rows);
    const edges = model.gates ? await inference.gates() : await inference.strengths(dataset.modalities, rows);
    return stage.objectives.map((objective, run): RestartReading => {
      return { latents: latents[run], edges: edges[run], alive: objective !== null };
    });
  });
  const parameters = withoutCrossPrediction(selectRuns(stage.parameters, [chosen]));
  const filling = await choosePasses(dataset, model, parameters, options);
  return { parameters, componentMap: 0, filling, stages: [stage], readings, chosen };
}

/**
 * Returns the training subjects from which strengths are read: those who have every modality, unless they are few, and
 * of these the ones at the reference of every cause, unless they are few. A perfect level cuts the edges of its target.
 */
function strengthRows({ modalities, split, causes = [] }: Dataset): Int32Array {
  const rows = split.train.subarray(0, GRAPH_ROWS);
  const present = presence(modalities);
  const complete = present ? rows.filter((row) => present.every((marks) => marks[row] === 1)) : rows;
  const known = complete.length >= MIN_COMPLETE ? complete : rows;
  if (causes.length === 0) return known;
  const references = causes.map(referenceOf);
  const atReference = known.filter((row) => causes.every(({ values }, c) => values[row] === references[c]));
  return atReference.length >= MIN_COMPLETE ? atReference : known;
}

/** Reads strengths, and latents and causes of some subjects. */
async function readMechanisms(
  dataset: Dataset,
  { model, parameters }: Pick<FittedModel, 'model' | 'parameters'>,
  options: ProgramOptions,
): Promise<{ readonly strengths: Float32Array; readonly moved: [latents: Float32Array, terms?: Float32Array] }> {
  const rows = strengthRows(dataset);
  const some = rows.subarray(0, EFFECT_ROWS);
  const { modalities, causes } = dataset;
  const terms = causes && causeTerms(causes);
  const [[strengths], [latents]] = await withInference(model, parameters, options, async (inference) => [
    await inference.strengths(modalities, rows, terms),
    await inference.encode(modalities, some),
  ]);
  const width = causes ? termCount(causes) : 0;
  return { strengths, moved: terms ? [latents, termRows(terms, some, width, some.length)] : [latents] };
}

/**
 * Returns a fit's graph with more edges. Strengths and effects of all edges are those of the given model. No restart
 * has a new edge, so its agreement is 0.
 */
export async function graphWith(
  graph: LatentGraph,
  added: readonly Pick<LatentEdge, 'from' | 'to'>[],
  dataset: Dataset,
  { model, parameters }: Pick<FittedModel, 'model' | 'parameters'>,
  options: ProgramOptions,
): Promise<LatentGraph> {
  const { strengths, moved } = await readMechanisms(dataset, { model, parameters }, options);
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const strengthOf = (from: string, to: string): number =>
    strengths[position.get(to)! * graph.nodes.length + position.get(from)!];
  const edges = [...graph.edges, ...added.map((edge) => ({ ...edge, agreement: 0 }))].map((edge) => ({
    ...edge,
    strength: strengthOf(edge.from, edge.to),
  }));
  const extended = { ...graph, strengths: Float64Array.from(strengths), edges: sortEdges(graph.nodes, edges) };
  return withAllEffects(extended, dataset, { model, parameters }, moved);
}

/** Returns the graph with the effects of its edges, and with its observed causes. */
function withAllEffects(
  graph: LatentGraph,
  { causes, modalities }: Dataset,
  { model, parameters }: Pick<FittedModel, 'model' | 'parameters'>,
  [latents, terms]: readonly [latents: Float32Array, terms?: Float32Array],
): LatentGraph {
  const complete = withEffects(graph, model, parameters, latents, terms);
  if (!causes || !terms) return complete;
  const caused = withCauseEdges(complete, causes, { model, parameters }, { latents, terms });
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  // Where the effect of a cause was removed from the columns, a gate only balances the means of parents.
  const causeEdges = caused.causeEdges?.filter(({ from, to }) => {
    const modality = modalities.find(({ name }) => name === modalityOf.get(to));
    return !modality || !isRemovedWithBatches(from, modality);
  });
  return { ...caused, causeEdges };
}

/** Calls `work` with a loaded model, and disposes of it afterwards. */
async function withInference<T>(
  model: ModelConfig,
  parameters: ParameterValues,
  options: ProgramOptions,
  work: (inference: Inference) => Promise<T>,
): Promise<T> {
  const [{ shape }] = parameters.values();
  const inference = new Inference(model, shape[0], parameters, options);
  try {
    return await work(inference);
  } finally {
    await inference.dispose();
  }
}

/**
 * Returns the graph of the chosen restart with the fitted model's strengths, and the agreement of all finite restarts.
 */
function agreedGraph(
  model: ModelConfig,
  readings: readonly RestartReading[],
  chosen: number,
  strengths: Float32Array,
): LatentGraph {
  const { modalities, gates } = model;
  const columns = modalities.reduce((total, m) => total + m.latents, 0);
  const read = ({ edges }: RestartReading, shown: Float32Array): LatentGraph =>
    gates ? graphFromGates(modalities, edges, shown) : graphFromStrengths(modalities, edges);
  const runs = readings.map((reading) => ({
    latents: { values: reading.latents, rows: reading.latents.length / columns, columns },
    adjacency: reading.alive ? adjacencyMatrix(read(reading, strengths)) : new Uint8Array(columns * columns),
    alive: reading.alive,
  }));
  return withAgreement(
    read(gates ? readings[chosen] : { ...readings[chosen], edges: strengths }, strengths),
    runs,
    chosen,
  );
}
