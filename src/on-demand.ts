// Functions of the public face whose code is read when they are called: an import of the package waits for none of it.

import { checkArgument } from './argument.js';
import type { WorkerOptions } from './background/shards.js';
import type { LatentGraph } from './causal/graph.js';
import type { Dataset } from './data/dataset.js';
import type { OutputColumn } from './files/csv-text.js';
import type { GraphSvgOptions } from './report/graph-svg.js';
import type { ComparedRun, SvgOptions } from './report/index.js';
import type { LatentSelection } from './selection/select-latents.js';
import type { ShardOptions } from './shards/shard-options.js';
import type { SimulationFormat } from './simulation/files.js';
import type { Simulation } from './simulation/simulate.js';
import type { ReadPartsOptions } from './study/study-parts.js';
import type { Study } from './study/study.js';

/**
 * Write m1.csv, m2.csv, …, study.yaml (ready for `fit`, with the simulation's parts), truth.npz (id; z and eta,
 * subjects × latents, modalities in order; adjacency, row child, column parent; by name, subjects × columns, modalities
 * with holes as they are without) and truth-graph.json. The same simulation gives the same bytes.
 *
 * @param options `format` of the tables; csv by default
 * @returns the paths written
 * @throws InputError `folder-exists` when the folder holds a study already: nothing is overwritten; FileError
 *   `unwritable`, `disk-full`
 */
export async function writeSimulation(
  simulation: Simulation,
  folder: string,
  options: { readonly format?: SimulationFormat } = {},
): Promise<string[]> {
  const files = await import('./simulation/files.js');
  return files.writeSimulation(simulation, folder, options);
}

/**
 * The subjects of a study for a fitted model, in parts: memory does not grow with the files. Single tables of text or
 * Parquet, of subjects in the same order, are read so (no stacks, `repeats`, `adjust`, images, series); whatever else
 * a study has, it is one part. That a subject stands twice is noticed within a part.
 *
 * @param options `scales` of the model are needed
 * @throws what `readStudy` throws; InputError `not-in-parts` where a later part shows that subjects stand in another
 *   order in another table: read the study whole then
 */
export async function* readStudyParts(path: string, options: ReadPartsOptions): AsyncGenerator<Study> {
  const parts = await import('./study/study-parts.js');
  yield* parts.readStudyParts(path, options);
}

/**
 * Writes columns of equal length as .csv, .parquet or .npz, whole or not at all.
 * @throws InputError `unknown-format`; FileError `unwritable`, `disk-full`
 */
export async function writeTable(path: string, columns: readonly OutputColumn[]): Promise<void> {
  checkArgument('writeTable: path', path, 'text');
  checkArgument('writeTable: columns', columns, [{ name: 'text' }]);
  const tables = await import('./files/read-table.js');
  await tables.writeTable(path, columns);
}

/**
 * One self-contained HTML page that sets runs side by side.
 * @param runs two or more; latents are matched to those of the first
 */
export async function comparisonHtml(runs: readonly ComparedRun[]): Promise<string> {
  const report = await import('./report/html/comparison.js');
  return report.comparisonHtml(runs);
}

/** Draws what `selectLatents` found as a stand-alone SVG, one panel per modality. @throws InputError `invalid-option` */
export async function selectionSvg(
  selection: Pick<LatentSelection, 'modalities'>,
  options: SvgOptions = {},
): Promise<string> {
  const image = await import('./report/selection-svg.js');
  return image.selectionSvg(selection, options);
}

/**
 * A stand-alone SVG of the graph. Hovering an arrow shows its strength and how many runs on the same data have it,
 * which is no confidence: all arrows are drawn alike but for their width.
 */
export async function graphSvg(graph: LatentGraph, options: GraphSvgOptions = {}): Promise<string> {
  const image = await import('./report/graph-svg.js');
  return image.graphSvg(graph, options);
}

/**
 * Trains what is open of a fit that many processes share, until nothing is: on one machine or on many that see the same
 * folder. There is no number of workers: any may come later, end, or be killed, and the fit comes to the same bits.
 * `MultimodalCausalModel.fit` with `shards` then gathers it (docs/explanation/scaling.md).
 *
 * @param options settings and device must be the same of all workers
 * @throws InputError `shard-mismatch` where the folder is of another study, other settings or another kind of machine;
 *   what `MultimodalCausalModel.fit` throws
 */
export async function workOnShards(
  study: Study | Dataset,
  shards: ShardOptions,
  options: WorkerOptions = {},
): Promise<void> {
  const background = await import('./background/shards.js');
  return background.workOnShards(study, shards, options);
}
