// The stages of a study: the fit, the causal graph over its latents and the study's variables, the report.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataColumn } from '../causal/discovery/columns.js';
import { causalGraphToJson } from '../causal/discovery/index.js';
import { compileKnowledge } from '../causal/discovery/search/knowledge.js';
import type { Study } from '../study/study.js';
import { idName } from '../study/subject-id.js';
import { readStudyVariables, type StudyVariables } from '../study/variables.js';
import { InputError } from '../errors.js';
import { forbiddenEdges, unrelatedModalities, withForbidden } from '../evidence/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { writeTable } from '../files/read-table.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { causalGraphSvg, readDiscovery, type ReportDiscovery } from '../report/index.js';
import type { DeviceName } from '../runtime/device.js';
import { version } from '../runtime/package.js';
import { fitConfigFor, type FitConfig, type FitSettings } from '../training/config.js';
import { LockedFolder } from '../training/locked-folder.js';
import { removeSummary } from '../training/run-folder.js';
import { discoverWithProgress } from './discovery-progress.js';
import { fitToFolder } from './fit-folder.js';
import { refitsOf } from './discover-refits.js';
import { readLatentColumns, type LatentColumns } from './latents-file.js';
import { progressPrinter } from './progress.js';
import { clear, digest, isFinished, readState, writeState, type StageName, type StudyState } from './study-state.js';

export interface StudyRunOptions {
  readonly out: string;
  readonly threads?: number;
  readonly device: DeviceName;
  /** A look at whether everything works: few runs, epochs and resamples. */
  readonly quick: boolean;
  /** Do everything again. */
  readonly force: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  /** Called when a stage begins, or is finished already. */
  readonly onStage: (stage: StageName, state: 'begins' | 'finished already') => void;
}

export interface StudyResult {
  readonly model: MultimodalCausalModel;
  readonly discovery: ReportDiscovery;
  readonly variables: StudyVariables;
  /** Subjects whom discovery leaves out, because they lack a modality. */
  readonly lacking: number;
  readonly state: StudyState;
}

/** Settings of a quick run; they win over the study file. */
const QUICK = { runs: 2, restarts: 8, componentSteps: 200, polish: 1 } as const;
const QUICK_EPOCHS = 20;
const QUICK_RESAMPLES = 10;

/**
 * Runs the stages that are not finished. What is interrupted goes on where it was.
 * @throws InputError `unknown-variable`, `contradictory-knowledge`; `study-mismatch` where the folder holds a fit of
 *   other data or settings; StateError `run-locked` while another process works there; what the stages throw
 */
export async function runStudy(study: Study, options: StudyRunOptions): Promise<StudyResult> {
  const { force, quick } = options;
  const rows = study.inspection.modalities[0].stacked[0];
  const variables = await readStudyVariables(study.path, study.dataset.ids, { rows });
  const settings = discoverySettings(study, quick);
  const config = fitSettings(study, quick);
  // Names are known before there is a latent: what they contradict need not wait for the fit.
  const named = [...variables.variables.map(({ name, group }) => ({ name, modality: group })), ...latentNames(study)];
  compileKnowledge(named, settings.knowledge);
  const keys = keysOf(study, { config, settings, variables });
  await using folder = await LockedFolder.open(options.out);
  const out = folder.path;
  if (force) await clear(out);
  let state: StudyState = (await readState(out)) ?? {
    format: 'interlatent-study',
    version: 1,
    study: study.name,
    studyFile: study.path,
    stages: {},
  };
  if (state.stages.fit !== undefined && state.stages.fit.key !== keys.fit) {
    throw new InputError(
      'study-mismatch',
      `${out} holds a fit of other data or other settings. Choose another --out, or do it again there with --force.`,
      { folder: out },
    );
  }
  const stage = async (name: StageName, work: () => Promise<void>): Promise<void> => {
    const finished = await isFinished(out, state, { stage: name, key: keys[name] });
    options.onStage(name, finished ? 'finished already' : 'begins');
    if (finished) return;
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    state = { ...state, stages: { ...state.stages, [name]: { key: keys[name], seconds } } };
    await writeState(out, state);
  };

  await writeState(out, state);
  await stage('fit', () => fitStage(study, config, options));
  const model = await MultimodalCausalModel.load(join(out, 'run'));
  try {
    const latents = await readLatentColumns(join(out, 'run'), model.graph, { inSample: false });
    const { lacking } = latents;
    await stage('discovery', () => discoveryStage(study, model, { variables, settings, latents }, options));
    const graph = readDiscovery(await readFile(join(out, 'discovery.json'), 'utf8'));
    const { tiers } = settings.knowledge;
    const asked = { ...settings, tiers, groups: variables.groups, crossFitted: true, lacking };
    const discovery = { ...graph, asked };
    await stage('report', async () => {
      const command = `interlatent study run ${study.path} --out ${out}${quick ? ' --quick' : ''}`;
      await writeFileAtomic(join(out, 'report.html'), await model.report({ study, discovery, command }));
    });
    return { model, discovery, variables, lacking, state };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function fitSettings({ config: { training, sparsity }, dataset }: Study, quick: boolean): FitConfig {
  const given: FitSettings = { ...training, sparsity };
  const config = fitConfigFor(dataset, given);
  if (!quick) return config;
  const { epochs, fit } = config;
  return fitConfigFor(dataset, { ...given, ...QUICK, fit, epochs: Math.min(epochs, QUICK_EPOCHS) });
}

/** @returns what `discover` takes */
function discoverySettings({ config }: Study, quick: boolean) {
  const { algorithm, test, alpha, rule, priority, maxConditioning, penalty, threshold, seed, ...rest } =
    config.discovery;
  const { tiers, forbidden, required, bootstrapFit } = rest;
  const bootstrap = quick ? Math.min(rest.bootstrap, QUICK_RESAMPLES) : rest.bootstrap;
  const resampling = { threshold, seed, bootstrap, bootstrapFit };
  const knowledge = { tiers, forbidden, required };
  return { algorithm, test, alpha, rule, priority, maxConditioning, penalty, ...resampling, knowledge };
}

function latentNames({ dataset }: Study) {
  return dataset.modalities.flatMap(({ name: modality, latents }) =>
    Array.from({ length: latents }, (_, i) => ({ name: `${modality}.z${i + 1}`, modality })),
  );
}

interface Made {
  readonly config: FitConfig;
  readonly settings: ReturnType<typeof discoverySettings>;
  readonly variables: StudyVariables;
}

function keysOf({ dataset, config: all }: Study, { config, settings, variables: { variables } }: Made) {
  const fit = digest(dataset.fingerprint, config);
  const discovery = digest(fit, settings, ...variables.flatMap(({ name, group, values }) => [[name, group], values]));
  return { fit, discovery, report: digest(discovery, all, version) };
}

async function fitStage(study: Study, config: FitConfig, { out, threads, device, quiet, signal }: StudyRunOptions) {
  const progress = quiet ? undefined : progressPrinter(process.stderr);
  await using folder = await LockedFolder.open(join(out, 'run'));
  // A finished fit that is here is not this study's, or lost a file.
  await removeSummary(folder.path);
  const options = { ...config, ...(threads !== undefined && { threads }), device, folder, resume: true, signal };
  try {
    const onProgress = progress && {
      onProgress: (state: Parameters<typeof progress.update>[0]) => progress.update(state),
    };
    const model = await fitToFolder(study, { ...options, ...onProgress });
    await model.dispose();
  } finally {
    progress?.stop();
  }
}

async function discoveryStage(
  study: Study,
  model: MultimodalCausalModel,
  { variables: { variables }, settings, latents }: Omit<Made, 'config'> & { readonly latents: LatentColumns },
  { out, threads, device, quiet, signal }: StudyRunOptions,
): Promise<void> {
  const { dataset } = study;
  const { bootstrapFit, ...search } = settings;
  const { graph: fitted, summary } = model;
  const { ids } = latents;
  const rowOf = new Map(dataset.ids.map((id, row) => [id, row]));
  const rows = Int32Array.from(ids, (id) => rowOf.get(id)!);
  const groups = dataset.groups && Array.from(rows, (row) => dataset.groups![row]);
  const columns: DataColumn[] = [
    ...variables.map(({ name, group, values }) => ({
      name,
      modality: group,
      values: Float64Array.from(rows, (row) => values[row]),
    })),
    ...latents.columns,
  ];
  await writeTable(join(out, 'variables.csv'), [{ name: idName(study.config.id), values: ids }, ...columns]);
  const forbidden = forbiddenEdges(unrelatedModalities(summary.evidence?.pairs), fitted.nodes);
  const knowledge = withForbidden(search.knowledge, forbidden);
  const options = { ...search, knowledge, ...(threads !== undefined && { threads }), groups, signal };
  const refits = bootstrapFit ? { ...(await refitsOf(model, dataset, device)), ids } : undefined;
  const { graph, edges, bootstrap } = await discoverWithProgress(columns, options, quiet ? 'none' : 'lines', refits);
  const modalities = Object.keys(study.config.modalities);
  await writeFileAtomic(join(out, 'discovery.json'), causalGraphToJson(graph, edges, bootstrap));
  await writeFileAtomic(
    join(out, 'discovery.svg'),
    await causalGraphSvg(graph, edges, { title: study.name, modalities }),
  );
}
