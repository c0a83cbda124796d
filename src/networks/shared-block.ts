// Latents that several modalities observe (App. C.3, C.4). The last latents of each of these modalities are copies of
// one block. The block is the mean of the copies. The deviations are noise of a learned scale, so the likelihood aligns
// the copies: it is high only if they agree. The block comes before all modalities and counts as a separate modality.

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

const SHARED_BLOCK = 'shared';

const LOG_2PI = Math.log(2 * Math.PI);
/** Copies agree up to the encoders' noise. A scale of exactly 0 would outweigh every other term. */
const MIN_LOG_SCALE = -5;
const MAX_LOG_SCALE = 2;

/** Returns the blocks of latents: the shared ones first, then the private ones of every modality. */
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

/** Returns the position among the blocks' latents of every latent of the modalities. */
export function blockPositions(layout: LatentLayout, shared: SharedLatents | undefined): number[] {
  const all = Array.from({ length: layout.latents }, (_, latent) => latent);
  if (!shared) return all;
  const blocks = blockLayout(layout, shared);
  return all.map((latent) => {
    const m = layout.modalityOf[latent];
    const within = latent - layout.offsets[m];
    const count = layout.modalities[m].latents - (shared.modalities.includes(m) ? shared.latents : 0);
    return within < count ? blocks.offsets[m + 1] + within : within - count;
  });
}

export class SharedBlock {
  readonly #layout: LatentLayout;
  readonly #shared: SharedLatents;
  readonly #blocks: LatentLayout;
  readonly #positions: readonly number[];
  readonly #logScale: Node;

  /**
   * Creates the parameter `shared.logScale`.
   * @param layout modalities with their copies
   */
  constructor(parameters: ParameterList, layout: LatentLayout, shared: SharedLatents) {
    this.#layout = layout;
    this.#shared = shared;
    this.#blocks = blockLayout(layout, shared);
    this.#positions = blockPositions(layout, shared);
    this.#logScale = parameters.create('shared.logScale', [shared.latents, 1], constantValue(0));
  }

  /**
   * Replaces the copies by the block.
   * @param z latents of all modalities with their copies, `[runs, D, batch]`
   * @returns latents of the blocks, `[runs, B, batch]`, and the log density of the differences of the copies,
   *   `[runs, batch]`
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
      // The differences span one dimension less than the number of copies; √copies · mean is the other orthonormal
      // coordinate.
      const constants = sub(mul(add(logScale, LOG_2PI / 2), copies.length - 1), Math.log(copies.length) / 2);
      const perLatent = add(mul(mul(squares, exp(mul(logScale, -2))), 0.5), constants);
      const unshared = this.#layout.modalities.flatMap((_, m) => {
        const last = end(m) - (modalities.includes(m) ? k : 0);
        return last > offsets[m] ? [slice(z, 1, offsets[m], last)] : [];
      });
      return { z: concat([mean, ...unshared], 1), logDensity: neg(sum(perLatent, [1])) };
    });
  }

  /** Converts latents of blocks `[runs, B, batch]` to latents of modalities, all copies equal, `[runs, D, batch]`. */
  untie(blocks: Node): Node {
    return matmul(this.#selection(), blocks);
  }

  /**
   * Converts gates or strengths between blocks to those between latents of modalities. An edge of the block becomes an
   * edge of the copy in the same modality, or of the first copy if the modality has none.
   */
  untieEdges(edges: Node): Node {
    const { latents: d, modalityOf } = this.#layout;
    const { latents: k } = this.#shared;
    const isCopy = (i: number): boolean => this.#positions[i] < k;
    const shown = Array.from({ length: d * d }, (_, at) => {
      const [child, parent] = [Math.floor(at / d), at % d];
      if (modalityOf[child] === modalityOf[parent] || (!isCopy(child) && !isCopy(parent))) return 1;
      // For a modality without copies, the first copy represents the block.
      const [copy, other] = isCopy(parent) ? [parent, child] : [child, parent];
      const { modalities } = this.#shared;
      return modalityOf[copy] === modalities[0] && !modalities.includes(modalityOf[other]) ? 1 : 0;
    });
    return mul(
      matmul(matmul(this.#selection(), edges), this.#selection(), { transB: true }),
      constant(shown, [1, d, d]),
    );
  }

  /** Returns `[1, D, B]`: 1 if a latent of a modality is that of a block. */
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
