// Public functions whose code is loaded on the first call, so that an import of the package does not load it.

import { checkArgument, checkOptions } from '../errors/argument.js';
import type { WorkerOptions } from '../background/shards.js';
import type { LatentGraph } from '../causal/graph.js';
import type { Dataset } from '../data/dataset.js';
import type { OutputColumn } from '../files/csv-text.js';
import type { GraphSvgOptions } from '../report/graph-svg.js';
import type { Figure, FigureList, WriteFiguresOptions } from '../report/figures/index.js';
import type { ComparedRun, SvgOptions } from '../report/index.js';
import type { LatentSelection } from '../selection/select-latents.js';
import type { ShardOptions } from '../distributed/shard-options.js';
import type { SimulationFormat } from '../simulation/files.js';
import type { Simulation } from '../simulation/simulate.js';
import type { ReadPartsOptions } from '../study/reading/study-parts.js';
import type { Study } from '../study/study.js';

/**
 * Writes a simulation: m1.csv, m2.csv, …, study.yaml (ready for `fit`, with the simulation's split), truth.npz and
 * truth-graph.json. The same simulation gives the same bytes. truth.npz has `id`; `z` and `eta`, subjects × latents in
 * the order of the modalities; `adjacency`, row child, column parent; and, by name, the complete values of modalities
 * with missing values, subjects × columns.
 *
 * @param options `format`: format of the tables. Default: csv.
 * @returns the paths of the files
 * @throws InputError `folder-exists` if the folder has a study: nothing is overwritten; FileError `unwritable`,
 *   `disk-full`
 */
export async function writeSimulation(
  simulation: Simulation,
  folder: string,
  options: { readonly format?: SimulationFormat } = {},
): Promise<string[]> {
  const files = await import('../simulation/files.js');
  return files.writeSimulation(simulation, folder, options);
}

/**
 * Yields the subjects of a study for a fitted model in parts, so that memory does not grow with the files. This works
 * for single text or Parquet tables with subjects in the same order (no stacks, `repeats`, `adjust`, images or series).
 * Any other study is one part. A repeated id is an error only if both rows are in the same part.
 *
 * @param options must have the `scales` of the model
 * @throws what `readStudy` throws; InputError `not-in-parts` if a later part shows that tables have their subjects in
 *   different orders: read the whole study then
 */
export async function* readStudyParts(path: string, options: ReadPartsOptions): AsyncGenerator<Study> {
  const parts = await import('../study/reading/study-parts.js');
  yield* parts.readStudyParts(path, options);
}

/**
 * Writes columns of equal length as .csv, .parquet or .npz, completely or not at all.
 * @throws InputError `unknown-format`; FileError `unwritable`, `disk-full`
 */
export async function writeTable(path: string, columns: readonly OutputColumn[]): Promise<void> {
  checkArgument('writeTable: path', path, 'text');
  checkArgument('writeTable: columns', columns, [{ name: 'text' }]);
  const tables = await import('../files/read-table.js');
  await tables.writeTable(path, columns);
}

/**
 * Returns one self-contained HTML page that compares runs side by side.
 * @param runs two or more; latents are matched to those of the first
 */
export async function comparisonHtml(runs: readonly ComparedRun[]): Promise<string> {
  const report = await import('../report/html/comparison.js');
  return report.comparisonHtml(runs);
}

/**
 * Writes the figures of `model.figures()` into a folder: every figure as NAME.svg and NAME.pdf, all of them as panels
 * of figures.pdf, and figures.json with titles and captions (docs/how-to/make-figures.md).
 * @throws InputError `missing-peer` without pdfkit, `missing-letters`; FileError `unwritable`, `disk-full`
 */
export async function writeFigures(
  folder: string,
  figures: readonly Figure[],
  options: WriteFiguresOptions = {},
): Promise<FigureList> {
  checkArgument('writeFigures: folder', folder, 'text');
  checkArgument('writeFigures: figures', figures, [{ name: 'text', svg: 'text', title: 'text' }]);
  checkOptions('writeFigures', options, { formats: ['text'], font: 'text', title: 'text' });
  const { writeFigures: write } = await import('../report/figures/index.js');
  return write(folder, figures, options);
}

/**
 * Draws the result of `selectLatents` as a stand-alone SVG, one panel per modality.
 * @throws InputError `invalid-option`
 */
export async function selectionSvg(
  selection: Pick<LatentSelection, 'modalities'>,
  options: SvgOptions = {},
): Promise<string> {
  const image = await import('../report/selection-svg.js');
  return image.selectionSvg(selection, options);
}

/**
 * Returns a stand-alone SVG of the graph. The width of an arrow is its strength. Hovering it shows the strength and the
 * share of restarts on the same data that have it, which is not a confidence level.
 */
export async function graphSvg(graph: LatentGraph, options: GraphSvgOptions = {}): Promise<string> {
  const image = await import('../report/graph-svg.js');
  return image.graphSvg(graph, options);
}

/**
 * Trains open shards of a fit that many processes share, on one machine or on several that see the same folder, until
 * no shard is open. Workers may start later, end, or be killed at any time: the result has the same bits.
 * `MultimodalCausalModel.fit` with `shards` then gathers it (docs/explanation/scaling.md).
 *
 * @param options settings and device must be the same for all workers
 * @throws InputError `shard-mismatch` if the folder belongs to another study, other settings or another kind of
 *   machine; what `MultimodalCausalModel.fit` throws
 */
export async function workOnShards(
  study: Study | Dataset,
  shards: ShardOptions,
  options: WorkerOptions = {},
): Promise<void> {
  const background = await import('../background/shards.js');
  return background.workOnShards(study, shards, options);
}
