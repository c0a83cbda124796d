// Latents of modalities that a subject lacks: q(z missing | z observed), a density of each latent given any others
// ("arbitrary conditioning": Ivanov, Figurnov and Vetrov, ICLR 2019). One network sees z where it is given, 0
// elsewhere, and which latents are given; it says a mixture of Gaussians for every latent. It learns by hiding latents
// that are known.

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
import { mixtureFlow } from '../flows/mixture.js';
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

/** Parameters of what latents are standardised by, `[D, 1]`. */
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

  /** Creates `missing.*`. @param layout latents of all modalities */
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
   * Mixtures of all latents, `[runs, D, size, batch]`; one that is given means nothing.
   * @param z `[runs or 1, D, batch]`, any finite number where it is not given
   * @param given 1 or 0, `[runs or 1, D, batch]`
   */
  mixtures(z: Node, given: Node): Node {
    return withScope('missing', () => this.#mixtures(this.#standardised(z), given));
  }

  /**
   * −log q of the latents that are hidden, mean over the batch, `[runs]`. How many modalities are hidden is uniform;
   * of a hidden one the first latents may be given, so that draws can be made one latent after the other.
   * @param z `[runs or 1, D, batch]`
   * @param present 1 for modalities that a subject has, `[runs or 1, modalities, batch]`; all when left out
   */
  loss(z: Node, noise: NoiseSource, present?: Node): Node {
    return withScope('missing', () => {
      const { parameters } = this;
      const u = this.#standardised(z);
      const count = this.#layout.modalities.length;
      const batch = z.shape[2];
      const uniform = (name: string, rows: number): Node =>
        normalCdf(noise.normal(`missing.${name}`, [parameters.runs, rows, batch]));
      const there = perLatent(this.#layout, present ?? ones([1, count, batch]));
      const kept = greater(uniform('modalities', count), uniform('share', 1));
      const begun = greater(perLatent(this.#layout, uniform('latents', count)), this.#shareBefore());
      const keptLatents = perLatent(this.#layout, kept);
      // Given: the modality is kept, or the latent is among the first ones of a hidden modality.
      const given = mul(there, add(keptLatents, mul(sub(1, keptLatents), begun)));
      const hidden = sub(broadcastTo(there, given.shape), given);
      const density = this.#flow.logDensity(broadcastTo(u, given.shape), this.#mixtures(u, given));
      return neg(mean(sum(mul(density, hidden), [1]), [1]));
    });
  }

  #standardised(z: Node): Node {
    return div(sub(z, this.#centre), this.#scale);
  }

  #mixtures(u: Node, given: Node): Node {
    const [runs, latents, batch] = given.shape;
    const seen = mul(u, given);
    const input = concat([seen, broadcastTo(given, seen.shape)], 1);
    const out = layerNodes(this.#network, reshape(input, [input.shape[0], 1, 2 * latents, batch]));
    return reshape(out, [Math.max(runs, this.parameters.runs), latents, this.size, batch]);
  }

  /** The share of its modality's latents up to each latent, itself included, `[1, D, 1]`: the last is never given. */
  #shareBefore(): Node {
    const { modalities } = this.#layout;
    const shares = modalities.flatMap((m) => Array.from({ length: m.latents }, (_, k) => (k + 1) / m.latents));
    return constant(shares, [1, shares.length, 1]);
  }
}
