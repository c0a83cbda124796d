// Latents that several modalities observe (App. C.3, C.4): the last ones of each of them are copies of one block. The
// block is the copies' mean; what is left is noise whose scale is learned, so that the likelihood aligns the copies: a
// contrast that only agreeing copies win. The block stands before all modalities and counts as one of its own.

import {
  add,
  clamp,
  concat,
  constant,
  exp,
  matmul,
  mul,
  neg,
  slice,
  square,
  sub,
  sum,
  withScope,
  type Node,
} from '../graph/index.js';
import type { SharedLatents } from '../data/dataset.js';
import { tableObservation } from '../data/observation.js';
import { constantValue, type ParameterList } from '../nn/parameters.js';
import { latentLayout, type LatentLayout } from './layout.js';

export const SHARED_BLOCK = 'shared';

const LOG_2PI = Math.log(2 * Math.PI);
/** Copies agree up to the encoders' noise; a scale of exactly 0 would outweigh everything. */
const MIN_LOG_SCALE = -5;
const MAX_LOG_SCALE = 2;

/** The blocks that latents are told apart by: the shared ones first, then every modality with its own. */
export function blockLayout(layout: LatentLayout, shared: SharedLatents | undefined): LatentLayout {
  if (!shared) return layout;
  const blocks = latentLayout([
    { name: SHARED_BLOCK, observation: tableObservation(0), latents: shared.latents, exogenous: 0 },
    ...layout.modalities.map((modality, m) => ({
      ...modality,
      latents: modality.latents - (shared.modalities.includes(m) ? shared.latents : 0),
    })),
  ]);
  return { ...blocks, leading: shared.latents };
}

/** Position in the blocks' latents of every latent of the modalities. */
export function blockPositions(layout: LatentLayout, shared: SharedLatents | undefined): number[] {
  const all = Array.from({ length: layout.latents }, (_, latent) => latent);
  if (!shared) return all;
  const blocks = blockLayout(layout, shared);
  return all.map((latent) => {
    const m = layout.modalityOf[latent];
    const within = latent - layout.offsets[m];
    const own = layout.modalities[m].latents - (shared.modalities.includes(m) ? shared.latents : 0);
    return within < own ? blocks.offsets[m + 1] + within : within - own;
  });
}

export class SharedBlock {
  readonly #layout: LatentLayout;
  readonly #shared: SharedLatents;
  readonly #blocks: LatentLayout;
  readonly #positions: readonly number[];
  readonly #logScale: Node;

  /** Creates the parameter `shared.logScale`. @param layout modalities with their copies */
  constructor(parameters: ParameterList, layout: LatentLayout, shared: SharedLatents) {
    this.#layout = layout;
    this.#shared = shared;
    this.#blocks = blockLayout(layout, shared);
    this.#positions = blockPositions(layout, shared);
    this.#logScale = parameters.create('shared.logScale', [shared.latents, 1], constantValue(0));
  }

  /**
   * @param z latents of all modalities with their copies, `[runs, D, batch]`
   * @returns latents of the blocks, `[runs, B, batch]`, and the log density of how the copies differ, `[runs, batch]`
   */
  tie(z: Node): { readonly z: Node; readonly logDensity: Node } {
    return withScope('shared', () => {
      const { latents: k, modalities } = this.#shared;
      const { offsets } = this.#layout;
      const end = (m: number): number => offsets[m] + this.#layout.modalities[m].latents;
      const copies = modalities.map((m) => slice(z, 1, end(m) - k, end(m)));
      const mean = mul(total(copies), 1 / copies.length);
      const squares = total(copies.map((copy) => square(sub(copy, mean))));
      const logScale = clamp(this.#logScale, MIN_LOG_SCALE, MAX_LOG_SCALE);
      // The differences span one dimension less than there are copies; √copies · mean is the other orthonormal
      // coordinate.
      const constants = sub(mul(add(logScale, LOG_2PI / 2), copies.length - 1), Math.log(copies.length) / 2);
      const perLatent = add(mul(mul(squares, exp(mul(logScale, -2))), 0.5), constants);
      const own = this.#layout.modalities.flatMap((_, m) => {
        const last = end(m) - (modalities.includes(m) ? k : 0);
        return last > offsets[m] ? [slice(z, 1, offsets[m], last)] : [];
      });
      return { z: concat([mean, ...own], 1), logDensity: neg(sum(perLatent, [1])) };
    });
  }

  /** From blocks `[runs, B, batch]` back to modalities, all copies alike, `[runs, D, batch]`. */
  untie(blocks: Node): Node {
    return matmul(this.#selection(), blocks);
  }

  /**
   * Gates or strengths between blocks as ones between latents of modalities: what the block causes, the copy in the
   * same modality causes, and the first copy where a modality has none.
   */
  untieEdges(edges: Node): Node {
    const { latents: d, modalityOf } = this.#layout;
    const { latents: k } = this.#shared;
    const isCopy = (i: number): boolean => this.#positions[i] < k;
    const shown = Array.from({ length: d * d }, (_, at) => {
      const [child, parent] = [Math.floor(at / d), at % d];
      if (modalityOf[child] === modalityOf[parent] || (!isCopy(child) && !isCopy(parent))) return 1;
      // A modality without copies: the first of them stands for the block.
      const [copy, other] = isCopy(parent) ? [parent, child] : [child, parent];
      const { modalities } = this.#shared;
      return modalityOf[copy] === modalities[0] && !modalities.includes(modalityOf[other]) ? 1 : 0;
    });
    return mul(
      matmul(matmul(this.#selection(), edges), this.#selection(), { transB: true }),
      constant(shown, [1, d, d]),
    );
  }

  /** `[1, D, B]`: 1 where a latent of a modality is that of a block. */
  #selection(): Node {
    const { latents: d } = this.#layout;
    const { latents: b } = this.#blocks;
    const values = Array.from({ length: d * b }, (_, at) => (this.#positions[Math.floor(at / b)] === at % b ? 1 : 0));
    return constant(values, [1, d, b]);
  }
}

function total(nodes: readonly Node[]): Node {
  return nodes.reduce((a, b) => add(a, b));
}
