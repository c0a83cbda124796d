// The causal graph over the latents of all modalities: nodes, strengths and edges, and how a fit determines them.

import { checkAccepted, checkArgument, checkOptions, checkLength, type Shape } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import type { EdgeVerdict, LatentVerdictName } from './verdicts.js';
import { GRAPH_CAUSES, type GraphCauses } from './cause-nodes.js';

export interface LatentNode {
  /** `<modality>.z<index + 1>`, unique in the graph. */
  readonly name: string;
  readonly modality: string;
  /** Position inside the modality, from 0. */
  readonly index: number;
  /** The column that the latent rises with. Left out if no column correlates or the graph does not come from a fit. */
  readonly risesWith?: OrientingColumn | undefined;
  /**
   * The verdict of a fit on the latent. `component`: identified up to a monotone scale. `block`: identified only up to
   * a mixture with `blockWith`. `not-replicated`: models of disjoint subjects find different subspaces. `untested`.
   * Left out if the graph does not come from a fit.
   */
  readonly verdict?: LatentVerdictName | undefined;
  /** Other latents of its modality that a block may be mixed with; left out unless the verdict is `block`. */
  readonly blockWith?: readonly string[] | undefined;
  /** Latents of other modalities that are the same variable; left out if there are none. */
  readonly sameAs?: readonly string[] | undefined;
}

/** The column that determines the sign of a latent. */
export interface OrientingColumn {
  readonly modality: string;
  readonly column: string;
  /** Rank correlation of the latent and the column over training subjects, in (0, 1]. */
  readonly correlation: number;
}

export interface LatentEdge {
  /** Node name of the cause. */
  readonly from: string;
  /** Node name of the effect. */
  readonly to: string;
  /** Strength P of the edge, see {@link LatentGraph.strengths}. */
  readonly strength: number;
  /**
   * Signed direct effect: the mean change of the effect, in its standard deviations, when the cause rises by one
   * standard deviation. Left out if the graph does not come from a fit.
   */
  readonly effect?: number | undefined;
  /**
   * Share in [0, 1] of the living restarts that have this edge, in this direction, after their latents are matched.
   * Restarts use the same data, so this is not a confidence level. 0 if only held-out subjects support the edge.
   */
  readonly agreement: number;
  /**
   * Verdict on the direction. An undecided edge is drawn as a line. Left out if the direction was not judged, as in the
   * graph of a simulation.
   */
  readonly direction?: EdgeDirection | undefined;
  /** Verdict of held-out subjects on the link. Left out if the graph does not come from a fit. */
  readonly verdict?: EdgeVerdict | undefined;
}

export const EDGE_DIRECTIONS = ['supported', 'assumed', 'undecided'] as const;
export type EdgeDirection = (typeof EDGE_DIRECTIONS)[number];

export interface LatentGraph extends GraphCauses {
  /** Nodes by modality in study order, then by index. */
  readonly nodes: readonly LatentNode[];
  /** P[child, parent] = E|∂ε(child) / ∂z(parent)| · sd(z(parent)), nodes × nodes, row-major, finite, ≥ 0. */
  readonly strengths: Float64Array;
  /** Edges, the strongest first. */
  readonly edges: readonly LatentEdge[];
  /** Number of living restarts that `agreement` counts. */
  readonly runs: number;
}

const NODE: Shape = { name: 'text', modality: 'text', index: 'number' };
const EDGE: Shape = { from: 'text', to: 'text', strength: 'number', agreement: 'number', 'direction?': 'text' };
const LATENT_GRAPH: Shape = { nodes: [NODE], strengths: 'typed array', edges: [EDGE], runs: 'number', ...GRAPH_CAUSES };

/** @param call name of the public function, for messages @throws InputError `invalid-argument` */
export function checkLatentGraph(call: string, graph: LatentGraph): void {
  checkArgument(`${call}: graph`, graph, LATENT_GRAPH);
  checkLength(`${call}: graph.strengths`, graph.strengths, graph.nodes.length ** 2);
}

/** Name and number of latents of one modality. */
export interface ModalityLatents {
  readonly name: string;
  readonly latents: number;
}

/**
 * Returns the nodes of the latents of all modalities, in order.
 * @throws InputError `invalid-modality`.
 */
export function latentNodes(modalities: readonly ModalityLatents[]): LatentNode[] {
  checkArgument('modalities', modalities, [{ name: 'text', latents: 'number' }]);
  const seen = new Set<string>();
  for (const { name, latents } of modalities) {
    if (name === '' || seen.has(name)) {
      throw new InputError('invalid-modality', `modality name "${name}" is empty or used twice; names must be unique`);
    }
    if (!Number.isSafeInteger(latents) || latents < 1) {
      throw new InputError('invalid-modality', `modality "${name}" has ${latents} latents; at least 1 is needed`);
    }
    seen.add(name);
  }
  return modalities.flatMap(({ name, latents }) =>
    Array.from({ length: latents }, (_, index) => ({ name: `${name}.z${index + 1}`, modality: name, index })),
  );
}

/** Returns the number of latents of each modality of the graph, in order. */
export function modalityLatents(graph: Pick<LatentGraph, 'nodes'>): ModalityLatents[] {
  checkArgument('modalityLatents: graph', graph, { nodes: [NODE] });
  const counts = new Map<string, number>();
  for (const { modality } of graph.nodes) counts.set(modality, (counts.get(modality) ?? 0) + 1);
  return Array.from(counts, ([name, latents]) => ({ name, latents }));
}

/** Returns the edges between latents of different modalities. */
export function crossEdges({ nodes, edges }: Pick<LatentGraph, 'nodes' | 'edges'>): readonly LatentEdge[] {
  const modality = new Map(nodes.map((node) => [node.name, node.modality]));
  return edges.filter(({ from, to }) => modality.get(from) !== modality.get(to));
}

/** True if the edges have signed effects, as those of a fit do. */
export function hasEffects({ edges }: Pick<LatentGraph, 'edges'>): boolean {
  return edges.some(({ effect }) => effect !== undefined);
}

function checkThreshold(threshold: number): void {
  checkAccepted('threshold', threshold, threshold >= 0, 'is a number from 0');
}

/**
 * Returns the graph of a fit with the Jacobian penalty: the edges whose strength exceeds `threshold` (0.1 when left
 * out).
 * @param strengths Latents × latents, row child, column parent, row-major.
 * @throws InputError `invalid-modality`, `shape-mismatch`, `not-finite`, `invalid-strength`, `invalid-option`.
 */
export function graphFromStrengths(
  modalities: readonly ModalityLatents[],
  strengths: ArrayLike<number>,
  options: { threshold?: number } = {},
): LatentGraph {
  checkArgument('graphFromStrengths: strengths', strengths, 'numbers');
  checkOptions('graphFromStrengths', options, { threshold: 'number' });
  const { threshold = 0.1 } = options;
  checkThreshold(threshold);
  return build(modalities, strengths, (entry) => strengths[entry] > threshold);
}

/**
 * Returns the graph of a fit with gated parents: the edges whose test-time gate exceeds `threshold` (0.5 when left
 * out).
 * @param gates Latents × latents, row child, column parent, row-major; 0 where no edge is allowed.
 * @param strengths Same shape; stored in the graph, not used to select edges.
 * @throws InputError `invalid-modality`, `shape-mismatch`, `not-finite`, `invalid-strength`, `invalid-option`.
 */
export function graphFromGates(
  modalities: readonly ModalityLatents[],
  gates: ArrayLike<number>,
  strengths: ArrayLike<number>,
  options: { threshold?: number } = {},
): LatentGraph {
  for (const [name, matrix] of Object.entries({ gates, strengths })) {
    checkArgument(`graphFromGates: ${name}`, matrix, 'numbers');
  }
  checkOptions('graphFromGates', options, { threshold: 'number' });
  const { threshold = 0.5 } = options;
  checkThreshold(threshold);
  checkMatrix('gates', gates, latentNodes(modalities).length);
  return build(modalities, strengths, (entry) => gates[entry] > threshold);
}

/**
 * Returns a known graph: an edge of strength 1 for every non-zero entry of `adjacency`.
 * @param adjacency Latents × latents, row child, column parent, row-major.
 * @throws InputError `invalid-modality`, `shape-mismatch`, `not-finite`.
 */
export function graphFromAdjacency(modalities: readonly ModalityLatents[], adjacency: ArrayLike<number>): LatentGraph {
  checkArgument('graphFromAdjacency: adjacency', adjacency, 'numbers');
  checkMatrix('adjacency', adjacency, latentNodes(modalities).length);
  const strengths = Float64Array.from(adjacency, (entry) => (entry === 0 ? 0 : 1));
  return build(modalities, strengths, (entry) => strengths[entry] !== 0);
}

/** Returns the nodes × nodes matrix with 1 for each edge; row child, column parent, row-major. */
export function adjacencyMatrix(graph: Pick<LatentGraph, 'nodes' | 'edges'>): Uint8Array {
  checkArgument('adjacencyMatrix: graph', graph, { nodes: [NODE], edges: [{ from: 'text', to: 'text' }] });
  const { nodes, edges } = graph;
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  const adjacency = new Uint8Array(nodes.length * nodes.length);
  for (const { from, to } of edges) adjacency[position.get(to)! * nodes.length + position.get(from)!] = 1;
  return adjacency;
}

/** Returns the edges by descending strength; ties follow the positions of effect and cause, so that files compare. */
export function sortEdges(nodes: readonly LatentNode[], edges: readonly LatentEdge[]): LatentEdge[] {
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  const rank = ({ from, to }: LatentEdge) => position.get(to)! * nodes.length + position.get(from)!;
  return [...edges].sort((a, b) => b.strength - a.strength || rank(a) - rank(b));
}

function build(
  modalities: readonly ModalityLatents[],
  strengths: ArrayLike<number>,
  isEdge: (entry: number) => boolean,
): LatentGraph {
  const nodes = latentNodes(modalities);
  checkMatrix('strengths', strengths, nodes.length);
  const edges: LatentEdge[] = [];
  for (const [i, child] of nodes.entries()) {
    for (const [j, parent] of nodes.entries()) {
      const entry = i * nodes.length + j;
      if (strengths[entry] < 0) {
        throw new InputError(
          'invalid-strength',
          `strength of ${parent.name} → ${child.name} is ${strengths[entry]}; strengths are at least 0`,
        );
      }
      if (i !== j && isEdge(entry)) {
        edges.push({ from: parent.name, to: child.name, strength: strengths[entry], agreement: 1 });
      }
    }
  }
  return { nodes, strengths: Float64Array.from(strengths), edges: sortEdges(nodes, edges), runs: 1 };
}

function checkMatrix(name: string, matrix: ArrayLike<number>, size: number): void {
  if (matrix.length !== size * size) {
    throw new InputError(
      'shape-mismatch',
      `${name}: ${matrix.length} entries; ${size} latents need ${size} × ${size} = ${size * size}`,
    );
  }
  for (let k = 0; k < matrix.length; k++) {
    if (!Number.isFinite(matrix[k])) {
      throw new InputError('not-finite', `${name}: entry (${Math.floor(k / size)}, ${k % size}) is ${matrix[k]}`);
    }
  }
}
