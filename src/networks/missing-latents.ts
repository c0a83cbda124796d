// Latents of modalities that a subject lacks: q(z missing | z known), a density of each latent given any set of other
// latents ("arbitrary conditioning": Ivanov, Figurnov and Vetrov, ICLR 2019). One network reads z, 0 for unknown
// latents, and a mask of the known ones. It outputs a mixture of Gaussians for every latent. It is trained by hiding
// known latents.

import {
  add,
  broadcastTo,
  concat,
  constant,
  div,
  greater,
  mean,
  mul,
  neg,
  normalCdf,
  ones,
  reshape,
  sub,
  sum,
  withScope,
  type Node,
} from '../graph/index.js';
import { mixtureFlow } from '../nn/mixture-flow.js';
import { layerNodes, mlpParameters, type MlpParameters } from '../nn/dense.js';
import { constantValue, ParameterList } from '../nn/parameters.js';
import { perLatent, type LatentLayout } from './layout.js';
import type { NoiseSource } from './latent-prior.js';

export interface MissingLatentsConfig {
  /** Width of the hidden layers. */
  readonly hidden: number;
  /** Gaussians per latent. */
  readonly components: number;
}

/** Names of the parameters by which latents are standardised, `[D, 1]`. */
export const MISSING_CENTRE = 'missing.centre';
export const MISSING_SCALE = 'missing.scale';

export class MissingLatents {
  readonly parameters: ParameterList;
  /** Numbers of a latent's mixture: K logits, K means, K log scales, in standard deviations of the latent. */
  readonly size: number;
  readonly #layout: LatentLayout;
  readonly #flow: ReturnType<typeof mixtureFlow>;
  readonly #network: MlpParameters;
  readonly #centre: Node;
  readonly #scale: Node;

  /**
   * Creates `missing.*`.
   * @param layout latents of all modalities
   */
  constructor(layout: LatentLayout, { hidden, components }: MissingLatentsConfig, runs: number) {
    const { latents } = layout;
    this.#layout = layout;
    this.#flow = mixtureFlow(components);
    this.size = this.#flow.size;
    this.parameters = new ParameterList(runs);
    this.#centre = this.parameters.create(MISSING_CENTRE, [latents, 1], constantValue(0), 'fixed');
    this.#scale = this.parameters.create(MISSING_SCALE, [latents, 1], constantValue(1), 'fixed');
    this.#network = mlpParameters(this.parameters, 'missing', {
      groups: 1,
      widths: [2 * latents, hidden, hidden, latents * this.size],
      headBias: (_, uniform) => this.#flow.initialBias([latents, this.size, 1], uniform),
    });
  }

  /**
   * Returns mixtures of all latents, `[runs, D, size, batch]`. Those of known latents have no meaning.
   * @param z `[runs or 1, D, batch]`, any finite number where z is unknown
   * @param known 1 or 0, `[runs or 1, D, batch]`
   */
  mixtures(z: Node, known: Node): Node {
    return withScope('missing', () => this.#mixtures(this.#standardised(z), known));
  }

  /**
   * Returns −log q of the hidden latents, mean over the batch, `[runs]`. The number of hidden modalities is uniform.
   * The first latents of a hidden modality may be known, so that latents can be drawn in sequence.
   * @param z `[runs or 1, D, batch]`
   * @param present 1 for modalities that a subject has, `[runs or 1, modalities, batch]`; default: all present
   */
  loss(z: Node, noise: NoiseSource, present?: Node): Node {
    return withScope('missing', () => {
      const { parameters } = this;
      const u = this.#standardised(z);
      const count = this.#layout.modalities.length;
      const batch = z.shape[2];
      const uniform = (name: string, rows: number): Node =>
        normalCdf(noise.normal(`missing.${name}`, [parameters.runs, rows, batch]));
      const existing = perLatent(this.#layout, present ?? ones([1, count, batch]));
      const visible = greater(uniform('modalities', count), uniform('share', 1));
      const begins = greater(perLatent(this.#layout, uniform('latents', count)), this.#shareBefore());
      const visibleLatents = perLatent(this.#layout, visible);
      // A latent is known if its modality is visible, or if it is among the first latents of a hidden modality.
      const known = mul(existing, add(visibleLatents, mul(sub(1, visibleLatents), begins)));
      const hidden = sub(broadcastTo(existing, known.shape), known);
      const density = this.#flow.logDensity(broadcastTo(u, known.shape), this.#mixtures(u, known));
      return neg(mean(sum(mul(density, hidden), [1]), [1]));
    });
  }

  #standardised(z: Node): Node {
    return div(sub(z, this.#centre), this.#scale);
  }

  #mixtures(u: Node, known: Node): Node {
    const [runs, latents, batch] = known.shape;
    const visible = mul(u, known);
    const input = concat([visible, broadcastTo(known, visible.shape)], 1);
    const out = layerNodes(this.#network, reshape(input, [input.shape[0], 1, 2 * latents, batch]));
    return reshape(out, [Math.max(runs, this.parameters.runs), latents, this.size, batch]);
  }

  /**
   * Returns the share of its modality's latents up to and including each latent, `[1, D, 1]`. For the last latent it is
   * 1, so that latent is never known.
   */
  #shareBefore(): Node {
    const { modalities } = this.#layout;
    const shares = modalities.flatMap((m) => Array.from({ length: m.latents }, (_, k) => (k + 1) / m.latents));
    return constant(shares, [1, shares.length, 1]);
  }
}
