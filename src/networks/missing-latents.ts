// Latents of modalities that a subject lacks: q(z missing | z known), a density of each latent given any set of other
// latents ("arbitrary conditioning": Ivanov, Figurnov and Vetrov, ICLR 2019). One network reads z, 0 for unknown
// latents, a mask of the known ones and, if the fit has observed causes, the terms of the subject's causes. It outputs
// a mixture of Gaussians for every latent. It is trained by hiding known latents, and the causes of some subjects.

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
/** Name of the weights of the terms of observed causes, and of a mark that they are known, `[hidden, T + 1]`. */
export const MISSING_CAUSES = 'missing.causes';

/** Share of the subjects of a mini-batch whose causes are hidden. */
const HIDDEN_CAUSES = 1 / 4;

/** What is known of the subjects of mini-batches in addition to their latents. */
export interface KnownOfSubjects {
  /** 1 for modalities that a subject has, `[runs or 1, modalities, batch]`; default: all present. */
  readonly present?: Node | undefined;
  /** Terms of observed causes, `[runs or 1, T, batch]`; default: unknown. */
  readonly terms?: Node | undefined;
}

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
   * @param terms T, the number of terms of observed causes
   */
  constructor(layout: LatentLayout, { hidden, components }: MissingLatentsConfig, runs: number, terms = 0) {
    const { latents } = layout;
    this.#layout = layout;
    this.#flow = mixtureFlow(components);
    this.size = this.#flow.size;
    this.parameters = new ParameterList(runs);
    this.#centre = this.parameters.create(MISSING_CENTRE, [latents, 1], constantValue(0), 'fixed');
    this.#scale = this.parameters.create(MISSING_SCALE, [latents, 1], constantValue(1), 'fixed');
    const network = mlpParameters(this.parameters, 'missing', {
      groups: 1,
      widths: [2 * latents, hidden, hidden, latents * this.size],
      headBias: (_, uniform) => this.#flow.initialBias([latents, this.size, 1], uniform),
    });
    this.#network = terms > 0 ? this.#withCauses(network, hidden, terms) : network;
  }

  /**
   * Returns mixtures of all latents, `[runs, D, size, batch]`. Those of known latents have no meaning.
   * @param z `[runs or 1, D, batch]`, any finite number where z is unknown
   * @param known 1 or 0, `[runs or 1, D, batch]`
   * @param causes terms of observed causes and a last row of 1, or only 0 for subjects whose causes are unknown,
   *   `[runs or 1, T + 1, batch]`; left out if the fit has no causes
   */
  mixtures(z: Node, known: Node, causes?: Node): Node {
    return withScope('missing', () => this.#mixtures(this.#standardised(z), known, causes));
  }

  /**
   * Returns −log q of the hidden latents, mean over the batch, `[runs]`. The number of hidden modalities is uniform.
   * The first latents of a hidden modality may be known, so that latents can be drawn in sequence.
   * @param z `[runs or 1, D, batch]`
   */
  loss(z: Node, noise: NoiseSource, { present, terms }: KnownOfSubjects = {}): Node {
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
      const causesKnown = terms && greater(uniform('causes', 1), HIDDEN_CAUSES);
      const causes = causesKnown && concat([mul(terms, causesKnown), causesKnown], 1);
      const density = this.#flow.logDensity(broadcastTo(u, known.shape), this.#mixtures(u, known, causes));
      return neg(mean(sum(mul(density, hidden), [1]), [1]));
    });
  }

  #standardised(z: Node): Node {
    return div(sub(z, this.#centre), this.#scale);
  }

  #mixtures(u: Node, known: Node, causes?: Node): Node {
    const [runs, latents, batch] = known.shape;
    const visible = mul(u, known);
    const parts = [visible, broadcastTo(known, visible.shape)];
    if (causes) parts.push(broadcastTo(causes, [visible.shape[0], causes.shape[1], batch]));
    const input = concat(parts, 1);
    const out = layerNodes(this.#network, reshape(input, [input.shape[0], 1, input.shape[1], batch]));
    return reshape(out, [Math.max(runs, this.parameters.runs), latents, this.size, batch]);
  }

  /** Creates `missing.causes`, and appends it to the weights of the first layer. */
  #withCauses(network: MlpParameters, hidden: number, terms: number): MlpParameters {
    const causes = this.parameters.create(MISSING_CAUSES, [1, hidden, terms + 1], constantValue(0));
    const [{ weight, bias }, ...rest] = network.layers;
    return { ...network, layers: [{ weight: concat([weight, causes], 3), bias }, ...rest] };
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
