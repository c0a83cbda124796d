// Groups modalities that share a batched layer, and numbers all latents. Modalities of equal shape form one group:
// their layers run as one batched matmul.

import { shapeOf, valueCount, type Observation } from '../data/observation.js';
import { concat, constant, matmul, reshape, slice, type Node } from '../graph/index.js';

export interface ModalityShape {
  readonly name: string;
  readonly observation: Observation;
  readonly latents: number;
  readonly exogenous: number;
}

export interface ModalityGroup extends Omit<ModalityShape, 'name'> {
  /** Positions in the study's order. */
  readonly members: readonly number[];
  /** Observation of each member. They differ only in the scales of counts. */
  readonly observations: readonly Observation[];
}

export interface LatentLayout {
  readonly modalities: readonly ModalityShape[];
  readonly groups: readonly ModalityGroup[];
  /** D, the number of latents of all modalities. */
  readonly latents: number;
  /** Number of values of a subject, over all modalities. */
  readonly values: number;
  /** First latent of each modality. */
  readonly offsets: readonly number[];
  /** Modality of each latent. */
  readonly modalityOf: readonly number[];
  /** Number of first latents that have no cause among the other latents, whatever the graph: shared ones. */
  readonly leading?: number;
}

export function latentLayout(modalities: readonly ModalityShape[]): LatentLayout {
  const groups = new Map<string, { shape: ModalityShape; members: number[] }>();
  modalities.forEach((shape, index) => {
    const key = JSON.stringify([shapeOf(shape.observation), shape.latents, shape.exogenous]);
    const group = groups.get(key) ?? { shape, members: [] };
    group.members.push(index);
    groups.set(key, group);
  });
  const offsets: number[] = [];
  const modalityOf: number[] = [];
  modalities.forEach((m, index) => {
    offsets.push(modalityOf.length);
    for (let i = 0; i < m.latents; i++) modalityOf.push(index);
  });
  return {
    modalities,
    groups: [...groups.values()].map(({ shape, members }) => ({
      observation: shape.observation,
      latents: shape.latents,
      exogenous: shape.exogenous,
      members,
      observations: members.map((m) => modalities[m].observation),
    })),
    latents: modalityOf.length,
    values: modalities.reduce((total, { observation }) => total + valueCount(observation), 0),
    offsets,
    modalityOf,
  };
}

/**
 * `ordered`: edges follow the order of modalities in the study; `acyclic`: any order, found by the fit; `cyclic`:
 * latents may cause each other (App. E).
 */
export const GRAPHS = ['ordered', 'acyclic', 'cyclic'] as const;
export type GraphKind = (typeof GRAPHS)[number];

/**
 * Returns `D × D`, row child, column parent: 1 for every allowed parent, for all runs alike.
 * @param graph `acyclic` allows what any order allows
 */
export function allowedEdges(
  layout: LatentLayout,
  { within, graph }: { readonly within: boolean; readonly graph: GraphKind },
): Float32Array {
  const d = layout.latents;
  const allowed = new Float32Array(d * d);
  eachPair(layout, (child, parent, cross) => {
    const { leading = 0 } = layout;
    const intoLeading = child < leading && parent >= leading;
    const possible = graph === 'ordered' ? parent < child : parent !== child && !intoLeading;
    if (possible && (cross || within)) allowed[child * d + parent] = 1;
  });
  return allowed;
}

/** Returns `D × D`: 1 for pairs of latents of different modalities. The sparsity of Theorem 4.4 concerns only these. */
export function crossPairs(layout: LatentLayout): Float32Array {
  const d = layout.latents;
  const cross = new Float32Array(d * d);
  eachPair(layout, (child, parent, isCross) => {
    if (isCross) cross[child * d + parent] = 1;
  });
  return cross;
}

function eachPair(layout: LatentLayout, visit: (child: number, parent: number, cross: boolean) => void): void {
  for (let child = 0; child < layout.latents; child++) {
    for (let parent = 0; parent < layout.latents; parent++) {
      visit(child, parent, layout.modalityOf[child] !== layout.modalityOf[parent]);
    }
  }
}

/** Splits one node `[runs, members, …]` per group into one node `[runs, …]` per modality, in the study's order. */
export function perModality(layout: LatentLayout, grouped: readonly Node[]): Node[] {
  const nodes: Node[] = new Array<Node>(layout.modalities.length);
  layout.groups.forEach((group, g) => {
    const node = grouped[g];
    const [runs, , ...rest] = node.shape;
    group.members.forEach((modality, position) => {
      nodes[modality] = reshape(slice(node, 1, position, position + 1), [runs, ...rest]);
    });
  });
  return nodes;
}

/** Repeats a number of each modality, `[runs, modalities, batch]`, for each of its latents, `[runs, D, batch]`. */
export function perLatent({ modalities, modalityOf, latents }: LatentLayout, each: Node): Node {
  const [runs, , batch] = each.shape;
  const selection = Array.from({ length: latents * modalities.length }, (_, at) =>
    modalityOf[Math.floor(at / modalities.length)] === at % modalities.length ? 1 : 0,
  );
  return reshape(matmul(constant(selection, [1, latents, modalities.length]), each), [runs, latents, batch]);
}

/** Stacks the features of all modalities in the study's order: `[runs, Σ features, batch]`. */
export function stackModalities(layout: LatentLayout, grouped: readonly Node[]): Node {
  if (layout.groups.length === 1) {
    const [runs, members, features, batch] = grouped[0].shape;
    return reshape(grouped[0], [runs, members * features, batch]);
  }
  return concat(perModality(layout, grouped), 1);
}

/** Splits a table of rows × width into one table per modality. */
export function splitByModality({ modalities }: LatentLayout, rows: Float32Array, count: number): Float32Array[] {
  const width = rows.length / count;
  let first = 0;
  return modalities.map((m) => {
    const columns = m.latents + m.exogenous;
    const table = new Float32Array(count * columns);
    for (let i = 0; i < count; i++) {
      table.set(rows.subarray(i * width + first, i * width + first + columns), i * columns);
    }
    first += columns;
    return table;
  });
}
