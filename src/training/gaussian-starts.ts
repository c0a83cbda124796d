// The Gaussian start of the component stage of a fit with observed causes: the best local optima of a search for maps,
// graph and targets on the moments of the causes' levels (`src/moments`).

import type { Cause } from '../data/causes.js';
import { momentProblem } from '../moments/moments-of-causes.js';
import { searchMoments } from '../moments/search-moments.js';
import { latentLayout, type LatentLayout } from '../networks/layout.js';
import type { Compute } from '../runtime/program.js';
import type { ComponentStarts, Subspaces } from './component-stage.js';
import type { FitConfig, SparsityConfig } from './fit-schema.js';
import { inCausalOrder } from './moments-start.js';
import { nextTurn } from '../threads/next-turn.js';

/** Number of component restarts of a fit without causes for each optimum from which flows start. */
const RESTARTS_PER_START = 8;

/**
 * Searches for maps, graph and targets.
 * @throws what `momentProblem` and `searchMoments` throw
 */
export async function gaussianStarts(
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  { componentRestarts, seed, sparsity }: FitConfig,
  { threads, signal }: Compute,
): Promise<ComponentStarts> {
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
  const found = await searchMoments(problem, { threads, signal });
  const best = found.slice(0, Math.ceil(componentRestarts / RESTARTS_PER_START));
  return {
    fits: best.map((fit) => inCausalOrder(fit, layout)),
    prices: best.map(({ likelihood, objective }) => objective + likelihood),
  };
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
