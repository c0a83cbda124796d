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

/** Number of component restarts of a fit without causes for each optimum from which flows start. */
const RESTARTS_PER_START = 8;

type CausedSubspaces = Subspaces & { readonly causes: readonly Cause[] };

/**
 * Searches for maps, graph and targets.
 * @throws what `momentProblem` and `searchMoments` throw
 */
export async function gaussianStarts(
  subspaces: CausedSubspaces,
  config: FitConfig,
  options: Compute,
): Promise<ComponentStarts> {
  const found = await search(subspaces, config, options);
  return startsOf(found.slice(0, startCount(config)), subspaces);
}

/** Optima of searches on straightened subspaces, and the restart whose map straightens each. */
export interface StraightenedStarts extends ComponentStarts {
  readonly sources: readonly number[];
}

/**
 * Searches again, on the subspaces as the curved maps of the best restarts straighten them. Curved subspaces have
 * moments of more edges and targets than there are.
 * @param parameters of restarts of the component stage, the best first
 * @throws as `gaussianStarts`
 */
export async function straightenedStarts(
  subspaces: CausedSubspaces,
  config: FitConfig,
  parameters: ParameterValues,
  options: Compute,
): Promise<StraightenedStarts> {
  const each = Math.ceil(startCount(config) / runsOf(parameters));
  const layout = latentLayout(subspaces.modalities);
  const all: MomentFit[] = [];
  const sources: number[] = [];
  for (let restart = 0; restart < runsOf(parameters); restart++) {
    const values = straightened(subspaces.values, selectRuns(parameters, [restart]), layout);
    const found = await search({ ...subspaces, values }, config, options);
    for (const fit of found.slice(0, each)) {
      all.push(fit);
      sources.push(restart);
    }
  }
  return { ...startsOf(all, subspaces), sources };
}

function startCount({ componentRestarts }: Pick<FitConfig, 'componentRestarts'>): number {
  return Math.ceil(componentRestarts / RESTARTS_PER_START);
}

function startsOf(fits: readonly MomentFit[], { modalities }: Pick<Subspaces, 'modalities'>): ComponentStarts {
  const layout = latentLayout(modalities);
  return {
    fits: fits.map((fit) => inCausalOrder(fit, layout)),
    prices: fits.map(({ likelihood, objective }) => objective + likelihood),
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
    seed,
  });
  await nextTurn();
  return searchMoments(problem, { threads, signal });
}

/**
 * Returns v + B tanh(A v + a) of every row.
 * @param parameters of one restart
 */
function straightened(values: Float32Array, parameters: ParameterValues, layout: LatentLayout): Float32Array {
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
