// interlatent evaluate --latents FILE --truth FILE: evaluates the latents of another program, such as a Python
// baseline. Subjects are joined by id, modalities by name.

import { isAdjacent, isDirected, type CausalGraph } from '../causal/discovery/causal-graph.js';
import { readCausalGraph } from '../causal/index.js';
import { InputError } from '../errors/errors.js';
import { evaluate, type Evaluation, type LatentTable } from '../metrics/index.js';
import { didYouMean } from '../errors/suggestion.js';
import { readLatentSide, type LatentSide } from './latent-side.js';

/** Number of latents of a modality. */
export interface ModalityWidth {
  readonly name: string;
  readonly latents: number;
}

export interface FileComparison {
  readonly evaluation: Evaluation;
  readonly leftOut: {
    /** Number of subjects who are only in one of the files. */
    readonly latentsAlone: number;
    readonly truthAlone: number;
    /** Number of subjects who lack a latent in one of the files. */
    readonly missing: number;
  };
  /** False if not both files name their subjects. Rows were then taken in order. */
  readonly joined: boolean;
}

export interface ComparedFiles {
  readonly latents: string;
  readonly truth: string;
  readonly id?: string | undefined;
  /** Files of graphs over the estimated and over the true latents. They have priority over graphs in .npz files. */
  readonly graph?: string | undefined;
  readonly truthGraph?: string | undefined;
  /** Modalities of files that do not name them. */
  readonly modalities?: readonly ModalityWidth[] | undefined;
  /** Subjects for the comparison. Default: all. */
  readonly subjects?: readonly string[] | undefined;
}

/**
 * Compares two files.
 * @throws InputError `rows-disagree`, `no-common-subject`, `no-id`, `modality-mismatch`, `unknown-modalities`,
 *   `variables-disagree`; the errors of reading the files and of {@link evaluate}
 */
export async function compareFiles(files: ComparedFiles): Promise<FileComparison> {
  const estimate = await readLatentSide(files.latents, files.id);
  const truth = await readLatentSide(files.truth, files.id);
  const { pairs, ...join } = joinRows(truth, estimate, files.subjects);
  const [ofTruth, ofEstimate] = layouts(truth, estimate, files.modalities);
  const isKnown = ([row, other]: RowPair): boolean =>
    truth.columns.every(({ values }) => !Number.isNaN(values[row])) &&
    estimate.columns.every(({ values }) => !Number.isNaN(values[other]));
  const known = pairs.filter(isKnown);
  const evaluation = evaluate(
    {
      ...tableOf(
        ofTruth,
        known.map(([row]) => row),
      ),
      ...(await adjacencyOf(ofTruth, files.truthGraph)),
    },
    {
      ...tableOf(
        ofEstimate,
        known.map(([, row]) => row),
      ),
      ...(await adjacencyOf(ofEstimate, files.graph)),
    },
  );
  const { joined, latentsAlone, truthAlone } = join;
  return { evaluation, joined, leftOut: { latentsAlone, truthAlone, missing: pairs.length - known.length } };
}

/** A side with the order of its columns by modality. */
interface Layout {
  readonly side: LatentSide;
  readonly modalities: readonly ModalityWidth[];
  /** Positions in the side's columns. */
  readonly order: readonly number[];
}

function layouts(
  truth: LatentSide,
  estimate: LatentSide,
  declared: readonly ModalityWidth[] | undefined,
): [Layout, Layout] {
  const [ofTruth, ofEstimate] = [namedLayout(truth), namedLayout(estimate)];
  if (ofTruth !== undefined && ofEstimate !== undefined) return [ofTruth, inOrderOf(ofTruth, ofEstimate)];
  const known = (ofTruth ?? ofEstimate)?.modalities ?? declared;
  // Without names, all latents belong to one modality.
  const assumed = (side: LatentSide): readonly ModalityWidth[] =>
    known ?? [{ name: 'all', latents: side.columns.length }];
  return [ofTruth ?? byPosition(truth, assumed(truth)), ofEstimate ?? byPosition(estimate, assumed(estimate))];
}

function namedLayout(side: LatentSide): Layout | undefined {
  const { columns, path } = side;
  const unnamed = columns.filter(({ modality }) => modality === undefined);
  if (unnamed.length === columns.length) return undefined;
  if (unnamed.length > 0) {
    throw new InputError(
      'unknown-modalities',
      `${path}: the name of the column '${unnamed[0].name}' does not contain its modality, unlike other columns. ` +
        'Name all latents <modality>.z1, .z2 and so on, name the column of ids with --id, or remove other columns.',
      { path, column: unnamed[0].name },
    );
  }
  const names = [...new Set(columns.map(({ modality }) => modality!))];
  const positions = names.map((name) => columns.flatMap(({ modality }, i) => (modality === name ? [i] : [])));
  const modalities = names.map((name, m) => ({ name, latents: positions[m].length }));
  return { side, modalities, order: positions.flat() };
}

function byPosition(side: LatentSide, modalities: readonly ModalityWidth[]): Layout {
  const total = modalities.reduce((sum, { latents }) => sum + latents, 0);
  if (total !== side.columns.length) {
    throw new InputError(
      'unknown-modalities',
      `${side.path} has ${side.columns.length} latents without names of modalities, but ` +
        `${modalities.map(({ name, latents }) => `${name}=${latents}`).join(', ')} are ${total}; name its columns ` +
        '<modality>.z1 and on',
      { path: side.path },
    );
  }
  return { side, modalities, order: side.columns.map((_, i) => i) };
}

function inOrderOf({ side: { path }, modalities }: Layout, { side, modalities: widths }: Layout): Layout {
  const names = modalities.map(({ name }) => name);
  const odd = widths.find(({ name }) => !names.includes(name))?.name;
  const lacking = names.find((name) => widths.every((other) => other.name !== name));
  if (odd !== undefined || lacking !== undefined) {
    const problem =
      odd === undefined
        ? `${side.path} has no latents of '${lacking!}', which ${path} has`
        : `${side.path} has latents of '${odd}', ${path} has none${didYouMean(odd, names)}`;
    throw new InputError('modality-mismatch', `${problem}. Both must have the same modalities`, { path: side.path });
  }
  const order = names.flatMap((name) => side.columns.flatMap(({ modality }, i) => (modality === name ? [i] : [])));
  return { side, order, modalities: names.map((name) => widths.find((other) => other.name === name)!) };
}

function tableOf({ side, modalities, order }: Layout, rows: readonly number[]): LatentTable {
  const values = new Float64Array(rows.length * order.length);
  rows.forEach((row, i) => {
    order.forEach((column, j) => (values[i * order.length + j] = side.columns[column].values[row]));
  });
  return { z: { values, rows: rows.length, columns: order.length }, modalities };
}

/** Row of the truth, and row of the latents. */
type RowPair = readonly [number, number];

interface Join {
  readonly pairs: readonly RowPair[];
  readonly joined: boolean;
  readonly latentsAlone: number;
  readonly truthAlone: number;
}

function joinRows(truth: LatentSide, estimate: LatentSide, subjects: readonly string[] | undefined): Join {
  if (truth.ids === undefined || estimate.ids === undefined) {
    const nameless = truth.ids === undefined ? truth : estimate;
    if (subjects !== undefined) {
      throw new InputError(
        'no-id',
        `${nameless.path} names no subjects, so the held-out subjects cannot be found in it`,
        {
          path: nameless.path,
        },
      );
    }
    if (truth.rows !== estimate.rows) {
      throw new InputError(
        'rows-disagree',
        `${estimate.path} has ${estimate.rows} rows, ${truth.path} ${truth.rows}, and ${nameless.path} names no ` +
          'subjects to join them by; give both a column of ids, or the same subjects in the same order',
      );
    }
    const pairs = Array.from({ length: truth.rows }, (_, row): RowPair => [row, row]);
    return { pairs, joined: false, latentsAlone: 0, truthAlone: 0 };
  }
  const rowOf = new Map(estimate.ids.map((id, row) => [id, row]));
  const wanted = subjects === undefined ? undefined : new Set(subjects);
  const isWanted = (id: string): boolean => wanted?.has(id) ?? true;
  const pairs = truth.ids.flatMap((id, row): RowPair[] => {
    const other = rowOf.get(id);
    return other === undefined || !isWanted(id) ? [] : [[row, other]];
  });
  if (pairs.length === 0) {
    throw new InputError(
      'no-common-subject',
      `${estimate.path} and ${truth.path} have no subject in common` +
        `${subjects === undefined ? '' : ' that was held out'}: the first ids are "${estimate.ids[0]}" and ` +
        `"${truth.ids[0]}". --id names the column of ids`,
    );
  }
  const count = (ids: readonly string[]): number => ids.filter(isWanted).length - pairs.length;
  return { pairs, joined: true, latentsAlone: count(estimate.ids), truthAlone: count(truth.ids) };
}

async function adjacencyOf(layout: Layout, graph: string | undefined): Promise<Pick<LatentTable, 'adjacency'>> {
  if (graph !== undefined) return { adjacency: adjacencyOfGraph(layout, await readCausalGraph(graph), graph) };
  const { adjacency, columns } = layout.side;
  if (adjacency === undefined) return {};
  const entry = (child: number, parent: number): number => adjacency[child * columns.length + parent];
  return { adjacency: layout.order.flatMap((child) => layout.order.map((parent) => entry(child, parent))) };
}

/**
 * Returns the adjacency of a graph. Variables match by name, or by position. An undirected edge counts in both
 * directions.
 */
function adjacencyOfGraph({ side, modalities, order }: Layout, graph: CausalGraph, source: string): number[] {
  const variables = graph.variables.map(({ name }) => name);
  const columnNames = order.map((column) => side.columns[column].name);
  const latentNames = modalities.flatMap(({ name, latents }) =>
    Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`),
  );
  const names = [columnNames, latentNames].find((candidates) => candidates.every((name) => variables.includes(name)));
  const isNameless = variables.every((name, i) => name === `X${i + 1}`);
  if (variables.length !== order.length || !(names || isNameless)) {
    throw new InputError(
      'variables-disagree',
      `${source} has the variables ${variables.join(', ')}; those of ${side.path} are ${latentNames.join(', ')}`,
      { path: source },
    );
  }
  const at = names?.map((name) => variables.indexOf(name)) ?? order;
  const isParent = (child: number, parent: number): boolean =>
    isAdjacent(graph, child, parent) && !isDirected(graph, child, parent);
  return at.flatMap((child) => at.map((parent) => (isParent(child, parent) ? 1 : 0)));
}
