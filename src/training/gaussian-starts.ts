// The Gaussian start of the component stage of a fit with observed causes: the best structures of searches for maps,
// graph and targets on the moments of the causes' levels (`src/moments`).

import type { Cause } from '../data/causes.js';
import type { ParameterValues } from '../inference/inference.js';
import { causeGates } from '../moments/cause-gates.js';
import type { MomentFit, MomentProblem } from '../moments/moment-problem.js';
import { momentProblem } from '../moments/moments-of-causes.js';
import { searchMoments } from '../moments/search-moments.js';
import { componentMapPlace } from '../networks/component-map.js';
import { latentLayout, type LatentLayout } from '../networks/layout.js';
import type { Compute } from '../runtime/program.js';
import type { ComponentStarts, Subspaces } from './component-stage.js';
import type { FitConfig, SparsityConfig } from './fit-schema.js';
import { competing, type CompetingStarts } from './competing-structures.js';
import { inCausalOrder, type OrderedFit } from './moments-start.js';
import { runsOf, selectRuns } from './outcome.js';
import { nextTurn } from '../threads/next-turn.js';

/**
 * Price of an edge, nats per subject. In simulated chains, curvature that was left after straightening gained less, and
 * the weakest true edges gained .008.
 */
const EDGE_PRICE = 0.003;
/** Number of component restarts of a fit without causes for each structure that competes. */
const RESTARTS_PER_STRUCTURE = 8;
/** Number of restarts whose curved maps straighten the subspaces for a search. */
export const STRAIGHTENED = 3;

/** Returns how many structures, graphs with targets, compete. */
export function structureCount({ componentRestarts }: Pick<FitConfig, 'componentRestarts'>): number {
  return Math.ceil(componentRestarts / RESTARTS_PER_STRUCTURE);
}

type CausedSubspaces = Subspaces & { readonly causes: readonly Cause[] };

/** The starts of training: every structure after every map. */
export type GaussianStarts = ComponentStarts & CompetingStarts;

/**
 * Searches for structures in subspaces that curved maps straighten, and fits each structure in all of them. Curvature
 * that is left can make a wrong structure better than the true one, but not after every map, and not after flows have
 * trained the maps. So the best structures compete, near-ties of optima among them, each after every map.
 * @param maps parameters of restarts with such maps; undefined for linear subspaces
 * @throws what `momentProblem` and `searchMoments` throw
 */
export async function gaussianStarts(
  subspaces: CausedSubspaces,
  config: FitConfig,
  maps: ParameterValues | undefined,
  { threads, signal }: Compute,
): Promise<GaussianStarts> {
  const layout = latentLayout(subspaces.modalities);
  const search = async (problem: MomentProblem): Promise<readonly MomentFit[]> => {
    await nextTurn();
    return searchMoments(problem, { threads, signal });
  };
  const problems = Array.from({ length: maps ? runsOf(maps) : 1 }, (_, restart) =>
    problemOf(
      maps ? { ...subspaces, values: straightened(subspaces.values, selectRuns(maps, [restart]), layout) } : subspaces,
      config,
    ),
  );
  const results: (readonly MomentFit[])[] = [];
  for (const problem of problems) results.push(await search(problem));
  const structures = competing(results, layout, structureCount(config));
  const starts: GaussianStart[] = [];
  for (const [structure, { fit, foundIn }] of structures.entries()) {
    const price = fit.objective + fit.likelihood;
    for (const [source, problem] of problems.entries()) {
      const here = source === foundIn ? fit : (await search(withStructure(problem, fit)))[0];
      starts.push({
        fit: inCausalOrder(withoutIdleGates(here, subspaces, layout), layout),
        price,
        structure,
        source,
      });
    }
  }
  return {
    fits: starts.map(({ fit }) => fit),
    prices: starts.map(({ price }) => price),
    structures: starts.map(({ structure }) => structure),
    sources: starts.map(({ source }) => source),
  };
}

interface GaussianStart {
  readonly fit: OrderedFit;
  readonly price: number;
  readonly structure: number;
  readonly source: number;
}

/** Returns the problem in which only maps are free. */
function withStructure(problem: MomentProblem, { edges, gates }: MomentFit): MomentProblem {
  // A negative price keeps edges that gain nothing here.
  const edgePrices = new Float64Array(edges.length).fill(-1);
  return { ...problem, allowedEdges: edges, edgePrices, allowedGates: gates, known: gates };
}

/**
 * Closes the gates that are open because means of causes were removed, at latents without parents: these have no means
 * that such a gate would have to balance.
 */
function withoutIdleGates(
  fit: MomentFit,
  { modalities, causes, removed = {} }: CausedSubspaces,
  { latents, modalityOf }: LatentLayout,
): MomentFit {
  const gates = fit.gates.slice();
  causeGates(causes).forEach(({ cause, effect }, gate) => {
    modalityOf.forEach((m, latent) => {
      const isRemoved = effect !== 'perfect' && removed[modalities[m].name]?.includes(causes[cause].name);
      const isRoot = !fit.edges.subarray(latent * latents, (latent + 1) * latents).includes(1);
      if (isRemoved && isRoot) gates[gate * latents + latent] = 0;
    });
  });
  return { ...fit, gates };
}

function problemOf(subspaces: CausedSubspaces, { seed, sparsity }: FitConfig): MomentProblem {
  const { modalities, causes, removed } = subspaces;
  const layout = latentLayout(modalities);
  const { values, subjects } = trainingRows(subspaces, layout);
  return momentProblem(values, subjects, causes, {
    modalities,
    allowedEdges: allowedEdges(layout, sparsity),
    order: 'free',
    edgePrice: EDGE_PRICE,
    removed,
    seed,
  });
}

/**
 * Returns v + B tanh(A v + a) of every row.
 * @param parameters of one restart
 */
export function straightened(values: Float32Array, parameters: ParameterValues, layout: LatentLayout): Float32Array {
  const result = values.slice();
  const width = layout.latents;
  layout.modalities.forEach(({ latents: d }, m) => {
    const { position, ...names } = componentMapPlace(layout, m);
    const of = (name: string): Float32Array => {
      const { shape, values: all } = parameters.get(name)!;
      const size = all.length / shape[1];
      return all.subarray(position * size, (position + 1) * size);
    };
    const [inner, innerBias, outer] = [names.inner, names.innerBias, names.outer].map(of);
    const units = innerBias.length;
    for (let first = layout.offsets[m]; first < values.length; first += width) {
      for (let unit = 0; unit < units; unit++) {
        let sum = innerBias[unit];
        for (let j = 0; j < d; j++) sum += inner[unit * d + j] * values[first + j];
        const curved = Math.tanh(sum);
        for (let i = 0; i < d; i++) result[first + i] += outer[i * units + unit] * curved;
      }
    }
  });
  return result;
}

/**
 * Returns the edges that the search may use, D × D, row child, column parent. Edges between modalities follow the order
 * of the graph. Latents of one modality have no order before the search.
 */
function allowedEdges({ latents, modalityOf }: LatentLayout, { within, graph }: SparsityConfig): Uint8Array {
  return Uint8Array.from({ length: latents * latents }, (_, at) => {
    const [child, parent] = [Math.floor(at / latents), at % latents];
    if (modalityOf[child] === modalityOf[parent]) return within && child !== parent ? 1 : 0;
    return graph === 'ordered' && modalityOf[parent] > modalityOf[child] ? 0 : 1;
  });
}

/** Returns the training subjects' values, of every copy, and the subject of each row. */
function trainingRows({ values, copies = 1, split: { train } }: Subspaces, { latents }: LatentLayout) {
  const count = values.length / latents / copies;
  const chosen = new Float32Array(copies * train.length * latents);
  const subjects = new Int32Array(copies * train.length);
  for (let copy = 0; copy < copies; copy++) {
    for (let i = 0; i < train.length; i++) {
      const at = copy * train.length + i;
      const row = copy * count + train[i];
      chosen.set(values.subarray(row * latents, (row + 1) * latents), at * latents);
      subjects[at] = train[i];
    }
  }
  return { values: chosen, subjects };
}
