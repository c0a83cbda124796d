// The steps of a study: the fit, the causal graph over latents and variables, and the report.

import { join } from 'node:path';
import type { DataColumn } from '../causal/discovery/columns.js';
import { withLatentVerdicts } from '../causal/drawn-causal-graph.js';
import { causalGraphToJson } from '../causal/discovery/index.js';
import { conclusionsOf } from '../conclusions/index.js';
import { emptyGraph } from '../causal/discovery/causal-graph.js';
import { compileKnowledge } from '../causal/discovery/search/knowledge.js';
import type { Study } from '../study/study.js';
import { idName } from '../study/grammar/subject-id.js';
import { readStudyVariables, type StudyVariable, type StudyVariables } from '../study/reading/variables.js';
import { InputError } from '../errors/errors.js';
import type { DiscoverLatentsOptions, LatentDiscovery, RefittedDiscovery } from '../evidence/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { readText } from '../files/bytes.js';
import { writeTable } from '../files/read-table.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { causalGraphSvg, readDiscovery, type ReportDiscovery } from '../report/index.js';
import type { DeviceName } from '../runtime/device.js';
import { version } from '../runtime/package.js';
import { fitConfigFor, type FitConfig, type FitSettings } from '../training/config.js';
import { LockedFolder } from '../training/locked-folder.js';
import { removeSummary } from '../training/run-folder.js';
import { discoverLatentsWithProgress } from './discovery-progress.js';
import { fitToFolder } from './fit-folder.js';
import { refitsOf } from './discover-refits.js';
import { hasFolds, latentQuestion, measuredByUnit } from './latent-question.js';
import { readLatentColumns, type LatentColumns } from './latents-file.js';
import { progressPrinter } from './progress.js';
import {
  clear,
  digest,
  finishedStep,
  isFinished,
  readState,
  STATE_VERSION,
  writeState,
  type StepName,
  type StudyState,
} from './study-state.js';

export interface StudyRunOptions {
  readonly out: string;
  readonly threads?: number;
  readonly device: DeviceName;
  /** True for a quick check of the whole study, with few restarts, epochs and refits. */
  readonly quick: boolean;
  /** True to repeat all steps. */
  readonly force: boolean;
  /** As in `fit`. */
  readonly tensorboard: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  /** Called when a step begins, or if it is already finished. */
  readonly onStep: (step: StepName, state: 'begins' | 'finished already') => void;
}

export interface StudyResult {
  readonly model: MultimodalCausalModel;
  readonly discovery: ReportDiscovery;
  readonly variables: StudyVariables;
  readonly state: StudyState;
}

/** Maximum values of a quick run. They limit the values of the study file. */
const QUICK = { encoderRestarts: 2, componentRestarts: 8, componentSteps: 200, polish: 1, epochs: 20 } as const;
const QUICK_REFITS = 2;

/**
 * Runs the unfinished steps. An interrupted step continues from its checkpoint.
 * @throws InputError `unknown-variable`, `contradictory-knowledge`; `study-mismatch` if the folder contains a fit of
 *   other data or settings; StateError `run-locked` while another process works there; the errors of the steps
 */
export async function runStudy(study: Study, options: StudyRunOptions): Promise<StudyResult> {
  const { force, quick } = options;
  const rows = study.inspection.modalities[0].stacked[0];
  const { ids, groups } = study.dataset;
  const variables = await readStudyVariables(study.path, ids, { rows, groups });
  const settings = discoverySettings(study, quick);
  const config = fitSettings(study, quick);
  // The names of latents are known before the fit, so contradictions in the knowledge are refused now.
  const named = [...variables.variables.map(({ name, group }) => ({ name, modality: group })), ...latentNames(study)];
  compileKnowledge(named, settings.knowledge);
  const keys = keysOf(study, { config, settings, variables });
  await using folder = await LockedFolder.open(options.out);
  const out = folder.path;
  if (force) await clear(out);
  let state: StudyState = (await readState(out)) ?? {
    format: 'interlatent-study',
    version: STATE_VERSION,
    study: study.name,
    studyFile: study.path,
    steps: {},
  };
  if (state.steps.fit !== undefined && state.steps.fit.key !== keys.fit) {
    throw new InputError(
      'study-mismatch',
      `${out} contains a fit of other data or settings. Choose another --out, or repeat all steps with --force.`,
      { folder: out },
    );
  }
  const step = async (name: StepName, work: () => Promise<void>): Promise<void> => {
    const finished = await isFinished(out, state, { step: name, key: keys[name] });
    options.onStep(name, finished ? 'finished already' : 'begins');
    if (finished) return;
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    const steps = { ...state.steps, [name]: await finishedStep(out, name, { key: keys[name], seconds }) };
    state = { ...state, steps };
    await writeState(out, state);
  };

  await writeState(out, state);
  await step('fit', () => fitStep(study, config, options));
  const model = await MultimodalCausalModel.load(join(out, 'run'));
  try {
    const run = join(out, 'run');
    const isTested = await hasFolds(run, model.summary);
    const latents = isTested ? await readLatentColumns(run, model.graph) : undefined;
    await step('discovery', () => discoveryStep(study, model, { variables, settings, latents }, options));
    const graph = readDiscovery(await readText(join(out, 'discovery.json')), join(out, 'discovery.json'));
    const counted = latents?.members && { groups: latents.ids.length, rows: ids.length };
    const question = {
      tiers: settings.knowledge.tiers,
      refits: settings.refits,
      seed: settings.seed,
      groups: variables.groups,
      crossFitted: isTested,
      counted,
    };
    const discovery = { ...graph, question };
    await step('report', async () => {
      const command = `interlatent study run ${study.path} --out ${out}${quick ? ' --quick' : ''}`;
      await writeFileAtomic(join(out, 'report.html'), await model.report({ study, discovery, command }));
    });
    return { model, discovery, variables, state };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function fitSettings({ config: { training, sparsity }, dataset }: Study, quick: boolean): FitConfig {
  const settings: FitSettings = { ...training, sparsity };
  const config = fitConfigFor(dataset, settings);
  if (!quick) return config;
  const limited = (setting: keyof typeof QUICK): number => Math.min(config[setting], QUICK[setting]);
  return fitConfigFor(dataset, {
    ...settings,
    fit: config.fit,
    encoderRestarts: limited('encoderRestarts'),
    componentRestarts: limited('componentRestarts'),
    componentSteps: limited('componentSteps'),
    polish: limited('polish'),
    epochs: limited('epochs'),
  });
}

/** Returns the background knowledge of a study, and the number of refits. */
function discoverySettings({ config }: Study, quick: boolean) {
  const { tiers, forbidden, required, repeated, refits, seed } = config.discovery;
  return {
    refits: quick ? Math.min(refits, QUICK_REFITS) : refits,
    seed,
    knowledge: { tiers, forbidden, required, repeated },
  };
}

function latentNames({ dataset }: Study) {
  return dataset.modalities.flatMap(({ name: modality, latents }) =>
    Array.from({ length: latents }, (_, i) => ({ name: `${modality}.z${i + 1}`, modality })),
  );
}

interface StudyInput {
  readonly config: FitConfig;
  readonly settings: ReturnType<typeof discoverySettings>;
  readonly variables: StudyVariables;
}

function keysOf({ dataset, config: all }: Study, { config, settings, variables: { variables } }: StudyInput) {
  const fit = digest(dataset.fingerprint, config);
  const discovery = digest(fit, settings, ...variables.flatMap(({ name, group, values }) => [[name, group], values]));
  return { fit, discovery, report: digest(discovery, all, version) };
}

async function fitStep(study: Study, config: FitConfig, options: StudyRunOptions): Promise<void> {
  const { out, threads, device, tensorboard, quiet, signal } = options;
  const progress = quiet ? undefined : progressPrinter(process.stderr);
  await using folder = await LockedFolder.open(join(out, 'run'));
  // A finished fit in this folder belongs to another study, or lacks a file.
  await removeSummary(folder.path);
  const writing = { folder, resume: true, tensorboard };
  const settings = { ...config, ...(threads !== undefined && { threads }), device, ...writing, signal };
  try {
    const onProgress = progress && {
      onProgress: (state: Parameters<typeof progress.update>[0]) => progress.update(state),
    };
    const model = await fitToFolder(study, { ...settings, ...onProgress });
    await model.dispose();
  } finally {
    progress?.stop();
  }
}

/**
 * Searches and writes the graph. If subjects or groups are too few for tests, nothing is searched: the latents were
 * trained on the same subjects, so the graph has no edges.
 */
async function discoveryStep(
  study: Study,
  model: MultimodalCausalModel,
  {
    variables: { variables },
    settings,
    latents,
  }: Omit<StudyInput, 'config'> & { readonly latents: LatentColumns | undefined },
  { out, threads, device, quiet, signal }: StudyRunOptions,
): Promise<void> {
  const { graph: fitted, summary } = model;
  const { dataset } = study;
  const measured = measuredOf(study, variables, latents);
  const id = {
    name: latents?.members ? (study.config.group ?? 'recording') : idName(study.config.id),
    values: measured.ids,
  };
  await writeTable(join(out, 'variables.csv'), [id, ...measured.columns, ...(latents?.columns ?? [])]);
  const write = async (result: Pick<LatentDiscovery, 'graph' | 'edges' | 'undrawn'> & Partial<RefittedDiscovery>) => {
    const modalities = Object.keys(study.config.modalities);
    const { edges, undrawn, halfSamples } = result;
    const graph = withLatentVerdicts(result.graph, conclusionsOf(fitted, summary).latents);
    await writeFileAtomic(join(out, 'discovery.json'), causalGraphToJson(graph, edges, { undrawn, halfSamples }));
    await writeFileAtomic(
      join(out, 'discovery.svg'),
      await causalGraphSvg(graph, edges, { title: study.name, modalities, undrawn }),
    );
  };
  if (latents === undefined) {
    const untested = fitted.nodes.map(({ name, modality }) => ({ name, modality }));
    await write({ graph: emptyGraph([...untested, ...measured.columns]), edges: [], undrawn: [] });
    return;
  }
  const { refits, seed, knowledge } = settings;
  const question: DiscoverLatentsOptions = {
    ...(await latentQuestion(join(out, 'run'), fitted, summary)),
    ...(variables.length > 0 && { measured }),
    knowledge,
  };
  const search = { halfSamples: refits, seed, signal, ...(threads !== undefined && { threads }) };
  const again = refits > 0 ? await refitsOf(model, dataset, { device, threads, halfSamples: refits }) : undefined;
  await write(await discoverLatentsWithProgress(question, search, quiet ? 'none' : 'lines', again));
}

/** Returns variables by unit: a subject, or the mean over the rows of a group. */
function measuredOf({ dataset }: Study, variables: readonly StudyVariable[], latents: LatentColumns | undefined) {
  const columns: DataColumn[] = variables.map(({ name, group, values }) => ({ name, modality: group, values }));
  return measuredByUnit({ ids: dataset.ids, columns }, latents ?? { ids: dataset.ids });
}
