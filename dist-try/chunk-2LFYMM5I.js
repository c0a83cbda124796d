import {
  layerNodes,
  mixtureFlow,
  mlpParameters
} from "./chunk-UXQCCETH.js";
import {
  perLatent
} from "./chunk-GSAH76ZL.js";
import {
  ParameterList,
  constantValue
} from "./chunk-G3ZUGG2R.js";
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
  withScope
} from "./chunk-XV7UC2EY.js";

// src/models/missing-latents.ts
var MISSING_CENTRE = "missing.centre";
var MISSING_SCALE = "missing.scale";
var MissingLatents = class {
  parameters;
  /** Numbers of a latent's mixture: K logits, K means, K log scales, in standard deviations of the latent. */
  size;
  #layout;
  #flow;
  #network;
  #centre;
  #scale;
  /**
   * Creates `missing.*`.
   * @param layout latents of all modalities
   */
  constructor(layout, { hidden, components }, runs) {
    const { latents } = layout;
    this.#layout = layout;
    this.#flow = mixtureFlow(components);
    this.size = this.#flow.size;
    this.parameters = new ParameterList(runs);
    this.#centre = this.parameters.create(MISSING_CENTRE, [latents, 1], constantValue(0), "fixed");
    this.#scale = this.parameters.create(MISSING_SCALE, [latents, 1], constantValue(1), "fixed");
    this.#network = mlpParameters(this.parameters, "missing", {
      groups: 1,
      widths: [2 * latents, hidden, hidden, latents * this.size],
      headBias: (_, uniform) => this.#flow.initialBias([latents, this.size, 1], uniform)
    });
  }
  /**
   * Returns mixtures of all latents, `[runs, D, size, batch]`. Those of known latents have no meaning.
   * @param z `[runs or 1, D, batch]`, any finite number where z is unknown
   * @param known 1 or 0, `[runs or 1, D, batch]`
   */
  mixtures(z, known) {
    return withScope("missing", () => this.#mixtures(this.#standardised(z), known));
  }
  /**
   * Returns −log q of the hidden latents, mean over the batch, `[runs]`. The number of hidden modalities is uniform.
   * The first latents of a hidden modality may be known, so that latents can be drawn in sequence.
   * @param z `[runs or 1, D, batch]`
   * @param present 1 for modalities that a subject has, `[runs or 1, modalities, batch]`; default: all present
   */
  loss(z, noise, present) {
    return withScope("missing", () => {
      const { parameters } = this;
      const u = this.#standardised(z);
      const count = this.#layout.modalities.length;
      const batch = z.shape[2];
      const uniform = (name, rows) => normalCdf(noise.normal(`missing.${name}`, [parameters.runs, rows, batch]));
      const existing = perLatent(this.#layout, present ?? ones([1, count, batch]));
      const visible = greater(uniform("modalities", count), uniform("share", 1));
      const begins = greater(perLatent(this.#layout, uniform("latents", count)), this.#shareBefore());
      const visibleLatents = perLatent(this.#layout, visible);
      const known = mul(existing, add(visibleLatents, mul(sub(1, visibleLatents), begins)));
      const hidden = sub(broadcastTo(existing, known.shape), known);
      const density = this.#flow.logDensity(broadcastTo(u, known.shape), this.#mixtures(u, known));
      return neg(mean(sum(mul(density, hidden), [1]), [1]));
    });
  }
  #standardised(z) {
    return div(sub(z, this.#centre), this.#scale);
  }
  #mixtures(u, known) {
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
  #shareBefore() {
    const { modalities } = this.#layout;
    const shares = modalities.flatMap((m) => Array.from({ length: m.latents }, (_, k) => (k + 1) / m.latents));
    return constant(shares, [1, shares.length, 1]);
  }
};

export {
  MISSING_CENTRE,
  MISSING_SCALE,
  MissingLatents
};
