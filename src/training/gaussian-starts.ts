// The Gaussian start of the component stage of a fit with observed causes: the best local optima of a search for maps,
// graph and targets on the moments of the causes' levels (`src/moments`).

import type { Cause } from '../data/causes.js';
import type { ParameterValues } from '../inference/inference.js';
import type { MomentFit } from '../moments/moment-problem.js';
import { momentProblem } from '../moments/moments-of-causes.js';
import { searchMoments } from '../moments/search-moments.js';
import { componentMapPlace } from '../networks/component-map.js';
import { latentLayout, type LatentLayout } from '../networks/layout.js';
import type { Compute } from '../runtime/program.js';
import type { ComponentStarts, Subspaces } from './component-stage.js';
import type { FitConfig, SparsityConfig } from './fit-schema.js';
import { inCausalOrder } from './moments-start.js';
import { runsOf, selectRuns } from './outcome.js';
import { nextTurn } from '../threads/next-turn.js';

/**
 * Nats per subject of an edge: what curvature that is left after straightening gained at most in simulated chains is
 * less, and their weakest edges gained .008.
 */
const EDGE_PRICE = 0.003;
/** Number of component restarts of a fit without causes for each optimum from which flows start. */
const RESTARTS_PER_START = 8;

/** Returns the number of optima of a search from which flows start. */
export function startCount({ componentRestarts }: Pick<FitConfig, 'componentRestarts'>): number {
  return Math.ceil(componentRestarts / RESTARTS_PER_START);
}

type CausedSubspaces = Subspaces & { readonly causes: readonly Cause[] };

/** Optima of searches, and the restart whose curved map straightened the subspaces for each. */
interface GaussianStarts extends ComponentStarts {
  readonly sources: readonly number[];
}

/**
 * Searches for maps, graph and targets in subspaces that curved maps straighten. Curved subspaces have the moments of
 * more edges and targets than there are.
 * @param maps parameters of restarts with such maps, the best first; undefined for linear subspaces
 * @throws what `momentProblem` and `searchMoments` throw
 */
export async function gaussianStarts(
  subspaces: CausedSubspaces,
  config: FitConfig,
  maps: ParameterValues | undefined,
  options: Compute,
): Promise<GaussianStarts> {
  const layout = latentLayout(subspaces.modalities);
  const restarts = maps ? runsOf(maps) : 1;
  const each = Math.ceil(startCount(config) / restarts);
  const all: MomentFit[] = [];
  const sources: number[] = [];
  for (let restart = 0; restart < restarts; restart++) {
    const values = maps ? straightened(subspaces.values, selectRuns(maps, [restart]), layout) : subspaces.values;
    const optima = await search({ ...subspaces, values }, config, options);
    for (const fit of optima.slice(0, each)) {
      all.push(fit);
      sources.push(restart);
    }
  }
  return {
    fits: all.map((fit) => inCausalOrder(fit, layout)),
    prices: all.map(({ likelihood, objective }) => objective + likelihood),
    sources,
  };
}

async function search(
  subspaces: CausedSubspaces,
  { seed, sparsity }: FitConfig,
  { threads, signal }: Compute,
): Promise<readonly MomentFit[]> {
  const { modalities, causes } = subspaces;
  const layout = latentLayout(modalities);
  const { values, subjects } = trainingRows(subspaces, layout);
  const problem = momentProblem(values, subjects, causes, {
    modalities,
    allowedEdges: allowedEdges(layout, sparsity),
    order: 'free',
    edgePrice: EDGE_PRICE,
    seed,
  });
  await nextTurn();
  return searchMoments(problem, { threads, signal });
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
