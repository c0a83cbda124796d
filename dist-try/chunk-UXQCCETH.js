import {
  allowedEdges,
  countScale,
  crossPairs,
  joinedObservation,
  latentLayout,
  likelihoodOf,
  perLatent,
  perModality,
  shapeOf,
  stackModalities,
  tableObservation,
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  NETWORK_DENSE,
  ParameterList,
  RESIDUAL_WIDTHS,
  constantValue,
  fanIn,
  normal,
  orthogonal,
  residualStack,
  stemOf,
  uniformWithin
} from "./chunk-G3ZUGG2R.js";
import {
  add,
  broadcastTo,
  clamp,
  concat,
  constant,
  conv2d,
  conv2dTranspose,
  div,
  exp,
  grad,
  greater,
  gru,
  leakyRelu,
  log,
  logAbsDet,
  lstmLayer,
  matmul,
  maximum,
  mean,
  meanAbsJacobian,
  mixtureEpsilon,
  mixtureLogDensity,
  mixtureSensitivity,
  moveImages,
  mul,
  neg,
  ones,
  permute,
  reshape,
  sigmoid,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  withScope,
  zeros
} from "./chunk-XV7UC2EY.js";
import {
  StateError
} from "./chunk-5XKOZ6VI.js";

// src/flows/mixture.ts
var MIXTURE_LIMITS = { logScaleMin: -5, logScaleMax: 3 };
var MEAN_SPREAD = 1.5;
function mixtureFlow(components) {
  return {
    name: "mixture",
    size: 3 * components,
    locations: { from: components, to: 2 * components },
    initialBias: (shape) => {
      const [latents, size] = shape;
      const bias = new Float32Array(latents * size);
      for (let i = 0; i < latents; i++) {
        for (let k = 0; k < components; k++) {
          const position = components === 1 ? 0.5 : k / (components - 1);
          bias[i * size + components + k] = MEAN_SPREAD * (2 * position - 1);
        }
      }
      return bias;
    },
    logDensity: (z, theta) => mixtureLogDensity(z, theta, MIXTURE_LIMITS),
    epsilon: (z, theta) => mixtureEpsilon(z, theta, MIXTURE_LIMITS),
    sensitivity: (z, theta) => mixtureSensitivity(z, theta, MIXTURE_LIMITS)
  };
}

// src/models/shared-block.ts
var SHARED_BLOCK = "shared";
var LOG_2PI = Math.log(2 * Math.PI);
var MIN_LOG_SCALE = -5;
var MAX_LOG_SCALE = 2;
function blockLayout(layout, shared) {
  if (!shared) return layout;
  const blocks = latentLayout([
    { name: SHARED_BLOCK, observation: tableObservation(0), latents: shared.latents, exogenous: 0 },
    ...layout.modalities.map((modality, m) => ({
      ...modality,
      latents: modality.latents - (shared.modalities.includes(m) ? shared.latents : 0)
    }))
  ]);
  return { ...blocks, leading: shared.latents };
}
function blockPositions(layout, shared) {
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
var SharedBlock = class {
  #layout;
  #shared;
  #blocks;
  #positions;
  #logScale;
  /**
   * Creates the parameter `shared.logScale`.
   * @param layout modalities with their copies
   */
  constructor(parameters, layout, shared) {
    this.#layout = layout;
    this.#shared = shared;
    this.#blocks = blockLayout(layout, shared);
    this.#positions = blockPositions(layout, shared);
    this.#logScale = parameters.create("shared.logScale", [shared.latents, 1], constantValue(0));
  }
  /**
   * Replaces the copies by the block.
   * @param z latents of all modalities with their copies, `[runs, D, batch]`
   * @returns latents of the blocks, `[runs, B, batch]`, and the log density of the differences of the copies,
   *   `[runs, batch]`
   */
  tie(z) {
    return withScope("shared", () => {
      const { latents: k, modalities } = this.#shared;
      const { offsets } = this.#layout;
      const end = (m) => offsets[m] + this.#layout.modalities[m].latents;
      const copies = modalities.map((m) => slice(z, 1, end(m) - k, end(m)));
      const mean2 = mul(total(copies), 1 / copies.length);
      const squares = total(copies.map((copy) => square(sub(copy, mean2))));
      const logScale2 = clamp(this.#logScale, MIN_LOG_SCALE, MAX_LOG_SCALE);
      const constants = sub(mul(add(logScale2, LOG_2PI / 2), copies.length - 1), Math.log(copies.length) / 2);
      const perLatent2 = add(mul(mul(squares, exp(mul(logScale2, -2))), 0.5), constants);
      const unshared = this.#layout.modalities.flatMap((_, m) => {
        const last = end(m) - (modalities.includes(m) ? k : 0);
        return last > offsets[m] ? [slice(z, 1, offsets[m], last)] : [];
      });
      return { z: concat([mean2, ...unshared], 1), logDensity: neg(sum(perLatent2, [1])) };
    });
  }
  /** Converts latents of blocks `[runs, B, batch]` to latents of modalities, all copies equal, `[runs, D, batch]`. */
  untie(blocks) {
    return matmul(this.#selection(), blocks);
  }
  /**
   * Converts gates or strengths between blocks to those between latents of modalities. An edge of the block becomes an
   * edge of the copy in the same modality, or of the first copy if the modality has none.
   */
  untieEdges(edges) {
    const { latents: d, modalityOf } = this.#layout;
    const { latents: k } = this.#shared;
    const isCopy = (i) => this.#positions[i] < k;
    const shown = Array.from({ length: d * d }, (_, at) => {
      const [child, parent] = [Math.floor(at / d), at % d];
      if (modalityOf[child] === modalityOf[parent] || !isCopy(child) && !isCopy(parent)) return 1;
      const [copy, other] = isCopy(parent) ? [parent, child] : [child, parent];
      const { modalities } = this.#shared;
      return modalityOf[copy] === modalities[0] && !modalities.includes(modalityOf[other]) ? 1 : 0;
    });
    return mul(
      matmul(matmul(this.#selection(), edges), this.#selection(), { transB: true }),
      constant(shown, [1, d, d])
    );
  }
  /** Returns `[1, D, B]`: 1 if a latent of a modality is that of a block. */
  #selection() {
    const { latents: d } = this.#layout;
    const { latents: b } = this.#blocks;
    const values = Array.from({ length: d * b }, (_, at) => this.#positions[Math.floor(at / b)] === at % b ? 1 : 0);
    return constant(values, [1, d, b]);
  }
};
function total(nodes) {
  return nodes.reduce((a, b) => add(a, b));
}

// src/models/component-map.ts
var OUTER_SCALE = 1e-3;
var ComponentMap = class {
  #layout;
  #groups;
  /**
   * Creates `componentMap.<latents>.{inner,innerBias,outer,rotation,shift}`, which are A, a, B, W, b of the formula,
   * and `componentMap.kept.<latents>.…` for fixed maps.
   * @param bends false: B is 0 and not trained, so h is linear
   */
  constructor(parameters, layout, width, bends = true) {
    this.#layout = layout;
    this.#groups = mapGroups(layout).map((group) => {
      const { latents, isFixed, members } = group;
      const m = members.length;
      const create = (name, shape, initial, rate) => parameters.create(mapParameter(group, name), [m, ...shape], initial, isFixed ? "fixed" : rate);
      const bending = bends ? void 0 : "fixed";
      return {
        ...group,
        inner: create("inner", [width, latents], normal(1), bending),
        innerBias: create("innerBias", [width, 1], normal(1), bending),
        outer: create("outer", [latents, width], bends && !isFixed ? normal(OUTER_SCALE) : constantValue(0), bending),
        rotation: create("rotation", [latents, latents], isFixed ? identity : orthogonal),
        shift: create("shift", [latents, 1], constantValue(0))
      };
    });
  }
  /**
   * Maps subspaces to components.
   * @param v subspaces of all modalities, `[runs or 1, D, batch]`
   * @param present 1 for modalities that count, `[runs or 1, modalities, batch]`; default: all count
   * @returns components `[runs, D, batch]` and Σ over modalities of log|det ∂h/∂v|, `[runs, batch]`
   */
  apply(v, present) {
    return withScope("componentMap", () => {
      const { offsets, modalities } = this.#layout;
      const [runs, , batch] = v.shape;
      const mapped = this.#groups.map((group) => {
        const subspaces = this.#groups.length === 1 ? [v] : group.members.map((m) => slice(v, 1, offsets[m], offsets[m] + group.latents));
        return mapGroup(group, reshape(concat(subspaces, 1), [runs, group.members.length, group.latents, batch]));
      });
      const total3 = mapped.map(({ logAbsDet: each }, g) => {
        const counted = present && concat(
          this.#groups[g].members.map((m) => slice(present, 1, m, m + 1)),
          1
        );
        return sum(counted ? mul(each, counted) : each, [1]);
      }).reduce((a, b) => add(a, b));
      const rows = (node) => reshape(node, [node.shape[0], node.shape[1] * node.shape[2], batch]);
      if (mapped.length === 1) return { z: rows(mapped[0].z), logAbsDet: total3 };
      const ordered = modalities.map((_, modality) => {
        const g = this.#groups.findIndex((group) => group.members.includes(modality));
        const position = this.#groups[g].members.indexOf(modality);
        return rows(slice(mapped[g].z, 1, position, position + 1));
      });
      return { z: concat(ordered, 1), logAbsDet: total3 };
    });
  }
};
function mapGroups(layout) {
  const groups = [];
  layout.modalities.forEach(({ latents, observation }, modality) => {
    const isFixed = observation.shiftInvariant !== void 0;
    const known = groups.find((group) => group.latents === latents && group.isFixed === isFixed);
    if (known) known.members.push(modality);
    else groups.push({ latents, isFixed, members: [modality] });
  });
  return groups;
}
function mapParameter({ latents, isFixed }, name) {
  return `componentMap.${isFixed ? "kept." : ""}${latents}.${name}`;
}
function componentMapPlace(layout, modality) {
  const group = mapGroups(layout).find(({ members }) => members.includes(modality));
  return {
    rotation: mapParameter(group, "rotation"),
    shift: mapParameter(group, "shift"),
    position: group.members.indexOf(modality)
  };
}
function identityMatrix(size) {
  return Array.from({ length: size * size }, (_, at) => at % (size + 1) === 0 ? 1 : 0);
}
var identity = ([groups, size]) => Float32Array.from(Array.from({ length: groups }, () => identityMatrix(size)).flat());
function mapGroup(group, v) {
  const { latents: d, inner, innerBias, outer, rotation, shift } = group;
  const bent = tanh(add(matmul(inner, v), innerBias));
  const z = add(matmul(rotation, add(v, matmul(outer, bent))), shift);
  const [runs, members, width, batch] = bent.shape;
  const products = mul(
    reshape(outer, [runs, members, d, 1, width]),
    reshape(permute(inner, [0, 1, 3, 2]), [runs, members, 1, d, width])
  );
  const slopes = sub(1, square(bent));
  const jacobian = add(
    matmul(reshape(products, [runs, members, d * d, width]), slopes),
    constant(identityMatrix(d), [1, 1, d * d, 1])
  );
  const bending = logAbsDet(reshape(jacobian, [runs, members, d, d, batch]));
  return { z, logAbsDet: add(bending, logAbsDet(reshape(rotation, [runs, members, d, d, 1]))) };
}

// src/flows/affine.ts
var AFFINE_LIMITS = { logScaleMin: -5, logScaleMax: 4 };
var HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
function affineFlow() {
  return {
    name: "affine",
    size: 2,
    locations: { from: 0, to: 1 },
    initialBias: constantValue(0),
    epsilon,
    sensitivity: (z, theta) => grad(epsilon(z, theta), [theta])[0],
    logDensity(z, theta) {
      return sub(neg(add(mul(square(epsilon(z, theta)), 0.5), logScale(theta))), HALF_LOG_2PI);
    }
  };
}
function epsilon(z, theta) {
  return mul(sub(z, row(theta, 0)), exp(neg(logScale(theta))));
}
function logScale(theta) {
  return clamp(row(theta, 1), AFFINE_LIMITS.logScaleMin, AFFINE_LIMITS.logScaleMax);
}
function row(theta, index) {
  const [runs, latents, , batch] = theta.shape;
  return reshape(slice(theta, 2, index, index + 1), [runs, latents, batch]);
}

// src/nn/dense.ts
var LEAKY_SLOPE = 0.2;
function mlpParameters(parameters, name, options) {
  const { groups, widths, head, headBias } = options;
  const last = widths.length - 2;
  const layers = widths.slice(1).map((outputs, index) => {
    const isLast = index === last;
    return {
      weight: parameters.create(
        `${name}.${index}.weight`,
        [groups, outputs, widths[index]],
        isLast && head || fanIn()
      ),
      bias: parameters.create(`${name}.${index}.bias`, [groups, outputs, 1], isLast && headBias || constantValue(0))
    };
  });
  return { name, layers };
}
function layerNodes(mlp, x) {
  return mlp.layers.reduce((input, { weight, bias }, index) => {
    const isLast = index === mlp.layers.length - 1;
    return withScope(String(index), () => {
      const linear = add(matmul(weight, input), bias);
      return isLast ? linear : leakyRelu(linear, LEAKY_SLOPE);
    });
  }, x);
}

// src/flows/conditioner.ts
var ABSENT_PARENTS = "flow.absent.weight";
function conditionerParameters(parameters, flow, { latents, hidden, absent: mayBeAbsent }) {
  const layer = (index, outputs, inputs, last) => [
    parameters.create(`flow.${index}.weight`, [latents, outputs, inputs], fanIn(last ? 0.1 : 1)),
    parameters.create(`flow.${index}.bias`, [latents, outputs, 1], last ? flow.initialBias : constantValue(0))
  ];
  const [w0, b0] = layer(0, hidden, latents, false);
  const [w1, b1] = layer(1, hidden, hidden, false);
  const [w2, b2] = layer(2, flow.size, hidden, true);
  const absent = mayBeAbsent ? parameters.create(ABSENT_PARENTS, [latents, hidden, latents], constantValue(0)) : void 0;
  return { weights: [w0, w1, w2], biases: [b0, b1, b2], absent, latents, hidden, size: flow.size };
}
function condition(p, z, gates, present) {
  return withScope("flow", () => {
    const [runs, latents, batch] = z.shape;
    const gate = (weight) => mul(weight, reshape(gates, [gates.shape[0], latents, 1, latents]));
    const flat2 = (weight) => reshape(weight, [runs, latents * p.hidden, latents]);
    const gatedWeight = gate(p.weights[0]);
    const bias = reshape(p.biases[0], [runs, latents * p.hidden, 1]);
    const fromParents = matmul(flat2(gatedWeight), present ? mul(z, present) : z);
    const fromAbsent = present && p.absent && matmul(flat2(gate(p.absent)), sub(1, present));
    const linear = add(fromAbsent ? add(fromParents, fromAbsent) : fromParents, bias);
    const preActivation = reshape(linear, [runs, latents, p.hidden, batch]);
    const first = tanh(preActivation);
    const second = leakyRelu(add(matmul(p.weights[1], first), p.biases[1]), LEAKY_SLOPE);
    const theta = add(matmul(p.weights[2], second), p.biases[2]);
    const weights = [p.weights[1], p.weights[2]];
    return { theta, preActivation, gatedWeight, activations: [first, second], weights };
  });
}
function parentJacobian(conditioned, epsilon2) {
  const [delta] = grad(epsilon2, [conditioned.preActivation]);
  return matmul(conditioned.gatedWeight, delta, { transA: true });
}
function meanParentJacobian(flow, z, conditioned) {
  const { theta, gatedWeight, activations, weights } = conditioned;
  return meanAbsJacobian(flow.sensitivity(z, theta), ...activations, [gatedWeight, ...weights], LEAKY_SLOPE);
}

// src/flows/jacobian.ts
var MIN_SLOPE = 1e-12;
function jacobianParts(flow, z, conditioned) {
  const [runs, latents, batch] = z.shape;
  const flowZ = reshape(reshape(z, [runs, latents, 1, batch]), z.shape);
  const epsilon2 = flow.epsilon(flowZ, conditioned.theta);
  const [slope] = grad(epsilon2, [flowZ]);
  return { diagonal: reshape(slope, [runs, latents, 1, batch]), parents: parentJacobian(conditioned, epsilon2) };
}
function identity2(latents) {
  const values = Array.from({ length: latents * latents }, (_, at) => at % (latents + 1) === 0 ? 1 : 0);
  return constant(values, [1, latents, latents, 1]);
}
function feedbackLogAbsDet(flow, z, conditioned) {
  return withScope("feedback", () => {
    const { diagonal, parents } = jacobianParts(flow, z, conditioned);
    return logAbsDet(add(div(parents, maximum(diagonal, MIN_SLOPE)), identity2(z.shape[1])));
  });
}

// src/flows/gates.ts
var BETA = 2 / 3;
var LOW = -0.1;
var HIGH = 1.1;
function sampleGates(logits, uniform) {
  const logistic = sub(log(uniform), log(sub(1, uniform)));
  return stretch(sigmoid(mul(add(logistic, logits), 1 / BETA)));
}
function hardGates(logits) {
  return stopGradient(greater(logits, 0));
}
function readsOpen(logit) {
  return logit > 0;
}
function openProbability(logits) {
  return sigmoid(sub(logits, BETA * Math.log(-LOW / HIGH)));
}
function stretch(s) {
  return clamp(add(mul(s, HIGH - LOW), LOW), 0, 1);
}

// src/models/random-order.ts
var ALLOWED_EDGES = "gates.allowed";
function randomOrder(layout, within) {
  return (_shape, uniform) => {
    const d = layout.latents;
    const [whole] = uniform(1);
    const ofModality = uniform(layout.modalities.length + 1).subarray(1);
    const ofLatent = uniform(layout.modalities.length + 1 + d).subarray(layout.modalities.length + 1);
    const { leading = 0 } = layout;
    const place = (latent) => {
      if (latent < leading) return -1;
      return whole < 0.5 ? ofModality[layout.modalityOf[latent]] : rank(ofLatent, layout.modalityOf, latent);
    };
    return allowedEdges(layout, { within, graph: "acyclic" }).map((allowed, at) => {
      const child = Math.floor(at / d);
      const parent = at % d;
      if (layout.modalityOf[child] === layout.modalityOf[parent]) return parent < child ? allowed : 0;
      return place(parent) < place(child) ? allowed : 0;
    });
  };
}
function rank(draws, modalityOf, latent) {
  const sorted = [...draws].filter((_, other) => modalityOf[other] === modalityOf[latent]).sort((a, b) => a - b);
  return sorted[latent - modalityOf.indexOf(modalityOf[latent])];
}

// src/models/latent-prior.ts
var LATENT_GATES = "gates.logits";
function flowOf({ flow, components }) {
  return flow === "mixture" ? mixtureFlow(components) : affineFlow();
}
var LatentPrior = class {
  #runs;
  #flow;
  #conditioner;
  #logits;
  #allowed;
  #layout;
  #cyclic;
  /** Creates the parameter `gates.logits` and those of the conditioner. */
  constructor(parameters, layout, config) {
    const { latents } = layout;
    this.#runs = parameters.runs;
    this.#flow = flowOf(config);
    this.#logits = config.gates ? parameters.create(LATENT_GATES, [latents, latents], constantValue(0), "gates") : void 0;
    this.#conditioner = conditionerParameters(parameters, this.#flow, {
      latents,
      hidden: config.flowHidden,
      absent: config.absent === true
    });
    this.#layout = layout;
    this.#cyclic = config.graph === "cyclic";
    this.#allowed = config.graph === "acyclic" ? parameters.create(ALLOWED_EDGES, [latents, latents], randomOrder(layout, config.within), "fixed") : constant(allowedEdges(layout, config), [1, latents, latents]);
  }
  get isGated() {
    return this.#logits !== void 0;
  }
  /** Returns gates `[runs, D, D]`, zero if no edge is allowed. `hard` gates are 0 or 1 and have no gradient. */
  gates(mode, noise) {
    if (!this.#logits) return broadcastTo(this.#allowed, [this.#runs, ...this.#allowed.shape.slice(1)]);
    const logits = this.#logits;
    return withScope(
      "gates",
      () => mul(
        mode === "hard" ? hardGates(logits) : sampleGates(logits, noise.uniform("gates", logits.shape)),
        this.#allowed
      )
    );
  }
  /** Returns the expected number of open gates, `[runs]` (the paper's ‖Â‖₁), weighted as in `price`. */
  gatePenalty(withinWeight = 1) {
    if (!this.#logits) throw new TypeError("gatePenalty needs gates");
    return this.price(mul(openProbability(this.#logits), this.#allowed), withinWeight);
  }
  /**
   * Returns the sum of gates `[runs, D, D]`, `[runs]`. A gate between latents of one modality counts `withinWeight`.
   */
  price(gates, withinWeight) {
    const { latents } = this.#layout;
    const prices = crossPairs(this.#layout).map((cross) => cross > 0 ? 1 : withinWeight);
    return sum(mul(gates, constant(prices, [1, latents, latents])), [1, 2]);
  }
  /**
   * Computes the flow parameters of every latent from its gated parents.
   * @param z `[runs, D, batch]`
   * @param gates `[runs, D, D]`
   * @param present 1 for latents that a subject has, `[runs or 1, D, batch]`; default: all present
   */
  condition(z, gates, present) {
    return condition(this.#conditioner, z, gates, present);
  }
  /**
   * Returns log p(z), `[runs, batch]`: Σ log p(zᵢ | parents), plus the feedback term if cycles are allowed (App. E).
   * @param present latents whose density counts, `[runs or 1, D, batch]`; default: all
   */
  logDensity(z, conditioned, present) {
    const logDensities = this.#flow.logDensity(z, conditioned.theta);
    const density = sum(present ? mul(logDensities, present) : logDensities, [1]);
    return this.#cyclic ? add(density, feedbackLogAbsDet(this.#flow, z, conditioned)) : density;
  }
  /** Returns the noise ε of z, `[runs, D, batch]`. */
  epsilon(z, conditioned) {
    return this.#flow.epsilon(z, conditioned.theta);
  }
  /**
   * Returns the strengths P_ij = E|∂ε_i/∂z_j| · sd(z_j) through the parents, `[runs, D, D]` (METHOD section 3). sd is
   * taken over the mini-batch, without gradient.
   */
  strengths(z, conditioned) {
    return withScope("jacobian", () => {
      const jacobian = meanParentJacobian(this.#flow, z, conditioned);
      const [runs, latents] = z.shape;
      return mul(jacobian, reshape(standardDeviation(z), [runs, 1, latents]));
    });
  }
  /** Returns Σ over cross-modality pairs of P, or of the concave P / (P + c), `[runs]`. */
  jacobianPenalty(strengths, concavity) {
    const shaped = concavity === void 0 ? strengths : div(strengths, add(strengths, concavity));
    const { latents } = this.#layout;
    return sum(mul(shaped, constant(crossPairs(this.#layout), [1, latents, latents])), [1, 2]);
  }
};
function standardDeviation(z) {
  const batch = z.shape[2];
  const centred = sub(z, reshape(mean(z, [2]), [z.shape[0], z.shape[1], 1]));
  return stopGradient(sqrt(mul(sum(square(centred), [2]), 1 / batch)));
}

// src/nn/convolutions.ts
var TAPS = 4;
function convolutionLayers(input, widths) {
  const layers = [];
  let from = input;
  for (const channels of widths) {
    const to = { channels, size: halved(from.size) };
    layers.push({ from, to });
    from = to;
  }
  return layers;
}
function halved([rows, columns]) {
  return [Math.max(1, Math.floor(rows / 2)), Math.max(1, Math.floor(columns / 2))];
}
function spacing({ size }) {
  const perAxis = (wide, narrow) => [size[0] > 1 ? wide : narrow, size[1] > 1 ? wide : narrow];
  return { taps: perAxis(TAPS, 1), stride: perAxis(2, 1), padding: perAxis(1, 0) };
}
function convolutions(parameters, name, groups, layers) {
  const nodes = layers.map(({ from, to }, index) => {
    const { taps, ...rest } = spacing(from);
    const fanIn2 = from.channels * taps[0] * taps[1];
    return {
      weight: parameters.create(
        `${name}.${index}.weight`,
        [groups, to.channels, from.channels, ...taps],
        uniformWithin(1 / Math.sqrt(fanIn2))
      ),
      bias: parameters.create(`${name}.${index}.bias`, [groups, to.channels, 1, 1, 1], constantValue(0)),
      spacing: rest
    };
  });
  return (x) => {
    let map = x;
    return nodes.map(({ weight, bias, spacing: layerSpacing }, index) => {
      map = withScope(
        `convolution.${index}`,
        () => leakyRelu(add(conv2d(map, weight, layerSpacing), bias), LEAKY_SLOPE)
      );
      return map;
    });
  };
}
function transposedConvolutions(parameters, name, groups, layers) {
  const nodes = [...layers].reverse().map(({ from, to }, index) => {
    const { taps, stride, padding } = spacing(from);
    const fanIn2 = to.channels * taps[0] * taps[1] / (stride[0] * stride[1]);
    const outputPadding = (axis) => from.size[axis] - ((to.size[axis] - 1) * stride[axis] - 2 * padding[axis] + taps[axis]);
    return {
      weight: parameters.create(
        `${name}.${index}.weight`,
        [groups, to.channels, from.channels, ...taps],
        uniformWithin(1 / Math.sqrt(fanIn2))
      ),
      bias: parameters.create(`${name}.${index}.bias`, [groups, from.channels, 1, 1, 1], constantValue(0)),
      spacing: { stride, padding, outputPadding: [outputPadding(0), outputPadding(1)] }
    };
  });
  return (x) => nodes.reduce(
    (map, { weight, bias, spacing: layerSpacing }, index) => withScope(`transposed.${index}`, () => {
      const linear = add(conv2dTranspose(map, weight, layerSpacing), bias);
      return index === nodes.length - 1 ? linear : leakyRelu(linear, LEAKY_SLOPE);
    }),
    x
  );
}

// src/models/time-statistics.ts
var STATISTICS = 2;
var MIN_VARIANCE = 1e-4;
function statistics(map) {
  const [runs, members, channels] = map.shape;
  const batch = map.shape[map.shape.length - 1];
  const series = reshape(map, [runs, members, channels, map.shape.slice(3, -1).reduce((a, b) => a * b, 1), batch]);
  const centre = mean(series, [3], { keep: true });
  const deviation = sqrt(add(mean(square(sub(series, centre)), [3]), MIN_VARIANCE));
  return concat([reshape(centre, [runs, members, channels, batch]), deviation], 2);
}

// src/models/observation-likelihood.ts
function thetaParts({ parts }) {
  let end = 0;
  return parts.flatMap((part) => {
    if (part.likelihood === "size") return [];
    const likelihood = likelihoodOf({ likelihood: part.likelihood, levels: part.levels });
    const columns = (part.to - part.from) / likelihood.values;
    const first = end;
    end += columns * (likelihood.decoded.length + likelihood.perColumn.length);
    return [{ part, likelihood, columns, first, end }];
  });
}
function thetaSize(observation) {
  return thetaParts(observation).at(-1)?.end ?? 0;
}
function logProbability(observations, { values, observed }, theta) {
  const all = concat(
    observations[0].parts.map((part, p) => {
      const predicted = predictedPart(observations, p, theta);
      if (!predicted) return zeros(rowsOf(part, theta));
      return predicted.likelihood.logProbability(
        slice(values, 2, part.from, part.to),
        predicted.theta,
        scaleNodes(observations, p, values)
      );
    }),
    2
  );
  return observed ? mul(all, observed) : all;
}
function meanOf(observations, theta, values) {
  return concat(
    observations[0].parts.map((part, p) => {
      const predicted = predictedPart(observations, p, theta);
      if (predicted) return predicted.likelihood.mean(predicted.theta, scaleNodes(observations, p, values));
      return values ? broadcastTo(slice(values, 2, part.from, part.to), rowsOf(part, theta)) : zeros(rowsOf(part, theta));
    }),
    2
  );
}
function predictedPart([observation], part, theta) {
  const match = thetaParts(observation).find((one) => one.part === observation.parts[part]);
  return match && { likelihood: match.likelihood, theta: slice(theta, 2, match.first, match.end) };
}
function rowsOf({ from, to }, { shape: [runs, members, , batch] }) {
  return [runs, members, to - from, batch];
}
function scaleNodes(observations, part, values) {
  const scales = observations.map(({ parts }) => parts[part].scales?.map(countScale) ?? []);
  const columns = scales[0].length;
  if (columns === 0) return { mean: 0, sd: 1, offset: 0 };
  const node = (of) => constant(scales.flat().map(of), [1, scales.length, columns, 1]);
  const { size } = observations[0].parts[part];
  const offset = node((scale) => scale.offset);
  return {
    mean: node(({ mean: mean2 }) => mean2),
    sd: node(({ sd }) => sd),
    offset: values && size !== void 0 ? add(offset, slice(values, 2, size, size + 1)) : offset
  };
}

// src/models/theta-network.ts
function thetaNetwork(parameters, name, { members, widths, observation }) {
  const decoded = rowsOf2(thetaParts(observation), ({ likelihood }) => likelihood.decoded);
  const mlp = mlpParameters(parameters, name, {
    groups: members,
    widths: [...widths, decoded.initial.length],
    headBias: repeated(decoded.initial)
  });
  const withColumns = columnNumbers(parameters, name, members, observation);
  return (v) => withColumns(layerNodes(mlp, v));
}
function columnNumbers(parameters, name, members, observation) {
  const parts = thetaParts(observation);
  const decoded = rowsOf2(parts, ({ likelihood }) => likelihood.decoded);
  const perColumn = rowsOf2(parts, ({ likelihood }) => likelihood.perColumn, positionsOf);
  if (perColumn.initial.length === 0) return (numbers) => numbers;
  const columns = parameters.create(
    `${name}.columns`,
    [members, perColumn.initial.length, 1],
    repeated(perColumn.initial)
  );
  return (numbers) => {
    const [runs, , , batch] = numbers.shape;
    return withScope(
      "columns",
      () => concat(
        parts.flatMap((part, p) => {
          const ofSubject = slice(numbers, 2, decoded.starts[p], decoded.starts[p + 1]);
          if (perColumn.starts[p] === perColumn.starts[p + 1]) return [ofSubject];
          const each = part.likelihood.perColumn.length;
          const [channels, positions] = [part.columns / positionsOf(part), positionsOf(part)];
          const ofColumns = reshape(slice(columns, 2, perColumn.starts[p], perColumn.starts[p + 1]), [
            parameters.runs,
            members,
            channels,
            1,
            each,
            1
          ]);
          const spread = broadcastTo(ofColumns, [runs, members, channels, positions, each, batch]);
          return [ofSubject, reshape(spread, [runs, members, part.columns * each, batch])];
        }),
        2
      )
    );
  };
}
function positionsOf({ part: { positions = 1 } }) {
  return positions;
}
function rowsOf2(parts, each, shared = () => 1) {
  const initial = [];
  const starts = [0];
  for (const part of parts) {
    for (let column = 0; column < part.columns / shared(part); column++) initial.push(...each(part));
    starts.push(initial.length);
  }
  return { initial, starts };
}
function repeated(values) {
  return ([members]) => Float32Array.from(Array.from({ length: members }, () => values).flat());
}

// src/models/convolution-network.ts
var FIRST_WIDTH = 8;
var MAX_WIDTH = 64;
var MAX_LAST_SIZE = 4;
function mapSize({ shape }) {
  const [channels, ...sizes] = shape;
  const [columns, rows = 1] = [...sizes].reverse();
  return { channels, size: [rows, columns] };
}
function convolutionWidths({ size }) {
  const chosen = [];
  for (let map = size; Math.max(...map) > MAX_LAST_SIZE || chosen.length === 0; map = halved(map)) {
    chosen.push(Math.min(MAX_WIDTH, FIRST_WIDTH * 2 ** chosen.length));
  }
  return chosen;
}
function convolutionNetwork(observation) {
  const image = mapSize(observation);
  const { network } = observation;
  const widths = network?.widths ?? convolutionWidths(image);
  const dense = network?.dense ?? NETWORK_DENSE;
  const [rows, columns] = image.size;
  const channels = image.channels * (observation.masked ? 2 : 1);
  const pools = observation.kind === "series";
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const layers = convolutionLayers({ ...image, channels }, widths);
      const stack = convolutions(parameters, `${name}.map`, members, layers);
      const last = layers[layers.length - 1].to;
      const means = pools ? layers.reduce((sum2, { to }) => sum2 + STATISTICS * to.channels, 0) : 0;
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [last.channels * last.size[0] * last.size[1] + means, dense, outputs],
        head
      });
      return ({ values, observed }) => {
        const all = observed ? concat([values, observed], 2) : values;
        const [runs, , , batch] = all.shape;
        const maps = stack(reshape(all, [runs, members, channels, rows, columns, batch]));
        const read = flat(maps[maps.length - 1]);
        return layerNodes(mlp, pools ? concat([read, ...maps.map(statistics)], 2) : read);
      };
    },
    decoder(parameters, name, { members, inputs }) {
      const layers = convolutionLayers(image, widths);
      const last = layers[layers.length - 1].to;
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [inputs, dense, last.channels * last.size[0] * last.size[1]]
      });
      const back = transposedConvolutions(parameters, `${name}.map`, members, layers);
      const withColumns = columnNumbers(parameters, name, members, observation);
      return (v) => {
        const map = leakyRelu(layerNodes(mlp, v), LEAKY_SLOPE);
        const [runs, , , batch] = map.shape;
        return withColumns(flat(back(reshape(map, [runs, members, last.channels, ...last.size, batch]))));
      };
    }
  };
}
function flat(map) {
  const [runs, members, channels, rows, columns, batch] = map.shape;
  return reshape(map, [runs, members, channels * rows * columns, batch]);
}

// src/models/augmentation.ts
var CHANNEL_SHARE = 0.5;
var SERIES_NOISE = 0.4;
function augmented(group, x, noise, runs, g) {
  const { flip = false, shift = 0, brightness = 0, contrast = 0 } = group.observation.augment ?? {};
  let changed = x;
  const [, members, , batch] = x.values.shape;
  if (flip || shift > 0) {
    const { size } = mapSize(group.observation);
    const [down, right] = size.map((extent) => extent === 1 ? 0 : shift + 1);
    const maxMove = constant([flip ? 1 : 0, down, right], [1, 1, 3, 1]);
    const moves = mul(around0(noise.uniform(`moved.g${g}`, [runs, members, 3, batch])), maxMove);
    changed = movedBy(group, changed, moves);
  }
  if (brightness > 0 || contrast > 0) {
    const { channels } = mapSize(group.observation);
    const draws = around0(noise.uniform(`lit.g${g}`, [runs, members, 2 * (channels + 1), 1, batch]));
    const perChannel = (first, max) => {
      const all = slice(draws, 2, first, first + 1);
      const each = slice(draws, 2, first + 1, first + 1 + channels);
      return mul(add(all, mul(each, CHANNEL_SHARE)), max);
    };
    const factor = add(perChannel(0, contrast), 1);
    const offset = perChannel(channels + 1, brightness);
    const { shape } = changed.values;
    const values = reshape(changed.values, [shape[0], members, channels, shape[2] / channels, batch]);
    const lit = reshape(add(mul(values, factor), offset), [runs, ...shape.slice(1)]);
    changed = { ...changed, values: changed.observed ? mul(lit, changed.observed) : lit };
  }
  if (group.observation.kind === "series") {
    const seriesNoise = mul(noise.normal(`series.g${g}`, [runs, ...x.values.shape.slice(1)]), SERIES_NOISE);
    changed = {
      ...changed,
      values: add(changed.values, changed.observed ? mul(seriesNoise, changed.observed) : seriesNoise)
    };
  }
  if (!changed.observed || changed.values.shape[0] === changed.observed.shape[0]) return changed;
  return { ...changed, observed: broadcastTo(changed.observed, changed.values.shape) };
}
function around0(uniform) {
  return sub(mul(uniform, 2), 1);
}
function movedBy({ observation }, { values, observed, present }, moves) {
  const { channels, size } = mapSize(observation);
  const move = (node) => {
    const [runs, members, , batch] = node.shape;
    const image = moveImages(reshape(node, [runs, members, channels, ...size, batch]), moves, { edge: "wrap" });
    return reshape(image, [...image.shape.slice(0, 2), node.shape[2], batch]);
  };
  return { values: move(values), observed: observed && move(observed), present };
}

// src/models/recurrent-network.ts
var UNITS = 32;
var DIRECTIONS = ["forward", "backward"];
var INITIAL_RETENTION_BIAS = 1;
function recurrentNetwork(observation, network) {
  const { channels, size } = mapSize(observation);
  const [, times] = size;
  const { widths = [UNITS], dense = NETWORK_DENSE } = network;
  const layer = network.kind === "gru" ? gruDirection : lstmDirection;
  const inputs = channels * (observation.masked ? 2 : 1);
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const layers = widths.map((units, index) => {
        const features = index === 0 ? inputs : DIRECTIONS.length * widths[index - 1];
        return DIRECTIONS.map(
          (direction) => layer(parameters, `${name}.${direction}.${index}`, { members, inputs: features, units, direction })
        );
      });
      const states = DIRECTIONS.length * (widths.at(-1) ?? UNITS);
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [(1 + STATISTICS) * states, dense, outputs],
        head
      });
      return ({ values, observed }) => {
        const all = observed ? concat([values, observed], 2) : values;
        const [runs, , , batch] = all.shape;
        const series = reshape(all, [runs, members, inputs, times, batch]);
        const last = layers.reduce(
          (below, directions) => directions.map((direction) => direction(below.length > 1 ? concat(below, 2) : below[0])),
          [series]
        );
        const ends = last.map((h, d) => {
          const at = DIRECTIONS[d] === "forward" ? times - 1 : 0;
          return reshape(slice(h, 3, at, at + 1), [h.shape[0], members, h.shape[2], batch]);
        });
        return layerNodes(mlp, concat([...ends, ...last.map(statistics)], 2));
      };
    },
    decoder: (...args) => convolutionNetwork({ ...observation, network: void 0 }).decoder(...args)
  };
}
var lstmDirection = (parameters, name, { members, inputs, units, direction }) => {
  const gates = ["i", "f", "g", "o"];
  const input = parameters.create(`${name}.input`, [members, gates.length * units, inputs], fanIn());
  const state = parameters.create(`${name}.state`, [members, gates.length * units, units], fanIn());
  const bias = parameters.create(`${name}.bias`, [members, gates.length * units, 1], gateBiases(gates, "f"));
  return (x) => {
    const series = broadcastTo(x, [parameters.runs, ...x.shape.slice(1)]);
    return withScope(
      direction,
      () => lstmLayer(series, { inputs: input, states: state, bias }, { reverse: direction === "backward" })
    );
  };
};
var gruDirection = (parameters, name, { members, inputs, units, direction }) => {
  const gates = ["r", "z", "n"];
  const rows = gates.length * units;
  const input = parameters.create(`${name}.input`, [members, rows, inputs], fanIn());
  const state = parameters.create(`${name}.state`, [members, rows, units], fanIn());
  const bias = parameters.create(`${name}.bias`, [members, rows, 1], gateBiases(gates, "z"));
  const stateBias = parameters.create(`${name}.stateBias`, [members, rows, 1], gateBiases(gates));
  return (x) => {
    const [, , , times, batch] = x.shape;
    const steps = reshape(x, [x.shape[0], members, inputs, times * batch]);
    return withScope(direction, () => {
      const sums = reshape(add(matmul(input, steps), bias), [parameters.runs, members, rows, times, batch]);
      return gru(sums, concat([state, stateBias], 3), { reverse: direction === "backward" });
    });
  };
};
function gateBiases(gates, retaining) {
  return ([groups, rows]) => Float32Array.from(
    { length: groups * rows },
    (_, i) => gates[Math.floor(i % rows * gates.length / rows)] === retaining ? INITIAL_RETENTION_BIAS : 0
  );
}

// src/models/residual-network.ts
function residualNetwork(observation, network) {
  const { channels, size } = mapSize(observation);
  const { widths = RESIDUAL_WIDTHS, dense = NETWORK_DENSE, stem = stemOf(size), weights, train = "frozen" } = network;
  const isMasked = observation.masked && !weights;
  const read = channels * (isMasked ? 2 : 1);
  const shape = { channels: weights ? weights.gain.length : read, widths, stem };
  return {
    encoder(parameters, name, { members, outputs, head }) {
      const stack = residualStack(parameters, `${name}.map`, shape, {
        members,
        ...weights && { pretrained: weights.convolution ?? withoutFile, isFrozen: train === "frozen" }
      });
      const mlp = mlpParameters(parameters, name, {
        groups: members,
        widths: [widths[widths.length - 1], dense, outputs],
        head
      });
      return ({ values, observed }) => {
        const all = observed && isMasked ? concat([values, observed], 2) : values;
        const [runs, , , batch] = all.shape;
        const images = reshape(all, [runs, members, read, ...size, batch]);
        return layerNodes(mlp, stack(weights ? asTrained(images, weights) : images));
      };
    },
    decoder: (...args) => convolutionNetwork({ ...observation, network: { kind: "conv", dense } }).decoder(...args)
  };
}
function asTrained(x, { gain, bias }) {
  const perChannel = (values) => constant(values, [1, 1, values.length, 1, 1, 1]);
  return add(mul(x, perChannel(gain)), perChannel(bias));
}
function withoutFile() {
  throw new StateError(
    "missing-weights",
    "the pretrained weights of the network were not read; read the study again, with the file of its weights"
  );
}

// src/models/table-network.ts
function encoderInputs(observation) {
  return valueCount(observation) * (observation.masked ? 2 : 1);
}
function tableNetwork(observation) {
  return {
    encoder(parameters, name, { members, hidden, outputs, head }) {
      const widths = [encoderInputs(observation), hidden, hidden, outputs];
      const mlp = mlpParameters(parameters, name, { groups: members, widths, head });
      return ({ values, observed }) => layerNodes(mlp, observed ? concat([values, observed], 2) : values);
    },
    decoder(parameters, name, { members, hidden, inputs }) {
      return thetaNetwork(parameters, name, { members, widths: [inputs, hidden, hidden], observation });
    }
  };
}

// src/models/observation.ts
var NETWORKS = {
  mlp: tableNetwork,
  conv: convolutionNetwork,
  resnet18: residualNetwork,
  conv1d: convolutionNetwork,
  lstm: recurrentNetwork,
  gru: recurrentNetwork
};
var DEFAULTS = { table: "mlp", image: "conv", series: "conv1d" };
function observationNetwork(observation) {
  const network = observation.network ?? { kind: DEFAULTS[observation.kind] };
  return NETWORKS[network.kind](observation, network);
}

// src/models/latent-encoders.ts
var LATENT_ENCODER = "latentEncoder";
function latentEncoderName(group) {
  return `${LATENT_ENCODER}.g${group}`;
}
function invariantEncoderName(group) {
  return `${LATENT_ENCODER}.invariant.g${group}`;
}
var FIXED_MOVES = 8;
var MOVE_STRIDE = 3;
function latentCounts({ latents, observation }) {
  const { shiftInvariant: invariant = 0 } = observation;
  return { plain: latents - invariant, invariant };
}
var LatentEncoders = class {
  #groups;
  #runs;
  /**
   * Creates `latentEncoder.g<group>.*` and `latentEncoder.invariant.g<group>.*`.
   * @param hidden width for tables
   */
  constructor(parameters, layout, hidden) {
    this.#runs = parameters.runs;
    this.#groups = layout.groups.map((group, g) => {
      const { members, observation } = group;
      const encoder = (name, outputs) => outputs === 0 ? void 0 : observationNetwork(observation).encoder(parameters, name, { members: members.length, hidden, outputs });
      const counts = latentCounts(group);
      return {
        group,
        plain: encoder(latentEncoderName(g), counts.plain),
        invariant: encoder(invariantEncoderName(g), counts.invariant)
      };
    });
  }
  /**
   * Encodes a mini-batch with fixed moves.
   * @param x per group
   * @returns per group `[runs, members, latents, batch]`
   */
  encode(x) {
    return this.#groups.map(({ group, plain, invariant }, g) => {
      const fixed = (batch) => meanOverMoves(group, batch, invariant);
      const parts = [...plain ? [plain(x[g])] : [], ...invariant ? [fixed(x[g])] : []];
      return parts.length === 1 ? parts[0] : concat(parts, 2);
    });
  }
  /**
   * Encodes a mini-batch as in training, changed at random.
   * @param x per group
   */
  trained(x, noise) {
    return this.#groups.map(({ group, plain, invariant }, g) => {
      const { size } = mapSize(group.observation);
      const moved = (images) => {
        const [, members, , batch] = images.values.shape;
        const draws = noise.uniform(`moves.g${g}`, [this.#runs, members, 3, batch]);
        return movedBy(group, images, mul(draws, constant([0, ...size], [1, 1, 3, 1])));
      };
      const changed = augmented(group, x[g], noise, this.#runs, g);
      return { plain: plain?.(changed), invariant: invariant?.(moved(changed)) };
    });
  }
};
function meanOverMoves(group, images, encoder) {
  const [height, width] = mapSize(group.observation).size;
  const results = Array.from({ length: FIXED_MOVES }, (_, i) => {
    const [down, right] = [i / FIXED_MOVES, MOVE_STRIDE * i % FIXED_MOVES / FIXED_MOVES];
    const move = [0, Math.floor(height * down), Math.floor(width * right)];
    const { shape } = images.values;
    const moves = constant(
      move.flatMap((value) => new Array(shape[3]).fill(value)),
      [1, 1, 3, shape[3]]
    );
    return encoder(movedBy(group, images, moves));
  });
  return mul(
    results.reduce((a, b) => add(a, b)),
    1 / FIXED_MOVES
  );
}

// src/models/other-modalities.ts
function otherModalities({ modalities }, modality) {
  const kindOf = (m) => {
    const { parts } = shapeOf(modalities[m].observation);
    return JSON.stringify(parts.length === 1 ? [parts[0].likelihood, parts[0].levels] : parts);
  };
  const positions = [...modalities.keys()].filter((m) => m !== modality);
  return positions.sort((a, b) => Number(kindOf(a) > kindOf(b)) - Number(kindOf(a) < kindOf(b)));
}
function observationsOfOtherModalities(layout, members) {
  return members.map(
    (modality) => joinedObservation(otherModalities(layout, modality).map((m) => layout.modalities[m].observation))
  );
}
function valuesOfOtherModalities(layout, x, members) {
  const isMasked = x.some(({ observed }) => observed !== void 0);
  return {
    values: stacked(
      layout,
      x.map(({ values }) => values),
      members
    ),
    observed: isMasked ? stacked(layout, x.map(maskOf), members) : void 0
  };
}
function stacked(layout, grouped, members) {
  const byModality = perModality(layout, grouped);
  const targets = members.map((member) => {
    const table = concat(
      otherModalities(layout, member).map((m) => byModality[m]),
      1
    );
    return reshape(table, [table.shape[0], 1, ...table.shape.slice(1)]);
  });
  return concat(targets, 1);
}
function maskOf({ values, observed }) {
  return observed ?? ones(values.shape);
}

// src/models/multimodal.ts
var LOG_2PI2 = Math.log(2 * Math.PI);
var LOG_VARIANCE_SHIFT = -3;
var LOG_VARIANCE_MIN = -12;
var LOG_VARIANCE_MAX = 3;
var LOG_VARIANCE_SCALE = 0.1;
function networkName(kind, group, groups) {
  return groups === 1 ? kind : `${kind}.g${group}`;
}
function logVarianceBias(variance) {
  return Math.log(variance) - LOG_VARIANCE_SHIFT;
}
var MultimodalModel = class {
  config;
  layout;
  parameters;
  runs;
  prior;
  #latentEncoders;
  #encoders;
  #decoders;
  #crossPredictors;
  #componentMap;
  #shared;
  constructor(config, runs) {
    this.config = config;
    this.runs = runs;
    this.layout = latentLayout(config.modalities);
    this.parameters = new ParameterList(runs);
    const { groups } = this.layout;
    const nameOf = (kind, g) => networkName(kind, g, groups.length);
    const networks = groups.map(({ observation }) => observationNetwork(observation));
    const { hidden } = config;
    this.#latentEncoders = config.latentEncoders && new LatentEncoders(this.parameters, this.layout, hidden);
    this.#encoders = groups.map(({ members, latents, exogenous }, g) => {
      const means = this.#latentEncoders ? exogenous : latents + exogenous;
      const variances = latents + exogenous;
      return networks[g].encoder(this.parameters, nameOf("encoder", g), {
        members: members.length,
        hidden,
        outputs: means + variances,
        head: posteriorHead(means)
      });
    });
    this.#decoders = groups.map(
      ({ members, latents, exogenous }, g) => networks[g].decoder(this.parameters, nameOf("decoder", g), {
        members: members.length,
        hidden,
        inputs: latents + exogenous
      })
    );
    this.#crossPredictors = config.modalities.length > 1 && !config.latentEncoders ? groups.map(
      ({ members, latents }, g) => thetaNetwork(this.parameters, nameOf("crossPrediction", g), {
        members: members.length,
        widths: [latents, hidden, hidden],
        observation: observationsOfOtherModalities(this.layout, members)[0]
      })
    ) : [];
    this.prior = new LatentPrior(this.parameters, blockLayout(this.layout, config.shared), config);
    this.#componentMap = config.componentMap > 0 ? new ComponentMap(this.parameters, this.layout, config.componentMap) : void 0;
    this.#shared = config.shared && new SharedBlock(this.parameters, this.layout, config.shared);
  }
  /**
   * Encodes a mini-batch.
   * @param x per group
   * @param latents known means of z or its subspace, `[1, members, latents, batch]` per group; only for models with
   *   separate encoders of z
   */
  encode(x, latents = this.#latentEncoders?.encode(x)) {
    const heads = x.map((batch, g) => withScope("encoder", () => this.#encoders[g](batch)));
    const variances = ({ latents: z, exogenous }) => z + exogenous;
    const means = (head, g) => {
      const rows = slice(head, 2, 0, head.shape[2] - variances(this.layout.groups[g]));
      return latents ? concat([overRuns(latents[g], this.runs), rows], 2) : rows;
    };
    const logVariance = (head, g) => {
      const rows = slice(head, 2, head.shape[2] - variances(this.layout.groups[g]), head.shape[2]);
      return clamp(add(rows, LOG_VARIANCE_SHIFT), LOG_VARIANCE_MIN, LOG_VARIANCE_MAX);
    };
    return { mean: heads.map(means), logVariance: heads.map(logVariance), present: this.#presence(x) };
  }
  /**
   * Encodes a mini-batch; for subjects with missing values, it repeats `filling` times: the decoder's values replace
   * the missing ones and are encoded again (Rezende, Mohamed and Wierstra, ICML 2014, App. F, without the noise).
   * Variances are those of the first pass, which reads the mask. Results of subjects without missing values do not
   * change.
   */
  infer(x) {
    const first = this.encode(x);
    const { filling = 0 } = this.config;
    if (x.every(({ observed }) => observed === void 0)) return first;
    let { mean: mean2 } = first;
    for (let pass = 0; pass < filling; pass++) {
      const filled = this.decode(mean2, x).map((decoded, g) => filledIn(x[g], decoded));
      mean2 = this.encode(filled).mean;
    }
    return { ...first, mean: mean2 };
  }
  /**
   * Returns the means of `infer` if only z is needed: separate encoders of z need no other network.
   * @returns mean per group, `[runs, members, latents or latents + exogenous, batch]`
   */
  inferLatents(x) {
    if (!this.#latentEncoders) return this.infer(x);
    return { mean: this.#latentEncoders.encode(x), present: this.#presence(x) };
  }
  /** Returns a reparametrised sample of (z, η), per group. */
  sample(posterior, noise) {
    return posterior.mean.map(
      (mu, g) => withScope(
        "posterior",
        () => add(mu, mul(exp(mul(posterior.logVariance[g], 0.5)), noise.normal(`posterior.${g}`, mu.shape)))
      )
    );
  }
  /**
   * Returns θ per group, `[runs, members, thetaSize, batch]`, the parameters of the likelihoods.
   * @param v (z, η) per group
   */
  theta(v) {
    return v.map((node, g) => withScope("decoder", () => this.#decoders[g](node)));
  }
  /**
   * Returns x̂ per group, `[runs, members, values, batch]`.
   * @param v (z, η) per group
   * @param x per group: the sizes to which expected counts refer; default: the ordinary size
   */
  decode(v, x) {
    return this.theta(v).map((theta, g) => meanOf(this.layout.groups[g].observations, theta, x?.[g].values));
  }
  /**
   * Returns components z of all modalities, `[runs, D, batch]`, from (z or its subspace, η) per group. Copies of a
   * shared latent are equal.
   */
  latents(v) {
    return this.untie(this.components(v).z);
  }
  /**
   * Returns the prior's latents, `[runs, B, batch]`, and the term that turns their log density into that of the
   * subspaces, `[runs, batch]`.
   * @param present modalities whose determinant counts, as in `Posterior`
   */
  components(v, present) {
    const subspaces = this.#subspaces(v);
    if (!this.#componentMap) return { z: subspaces, logAbsDet: void 0 };
    const mapped = this.#componentMap.apply(subspaces, present);
    if (!this.#shared) return mapped;
    const { z, logDensity } = this.#shared.tie(mapped.z);
    return { z, logAbsDet: add(mapped.logAbsDet, logDensity) };
  }
  /**
   * Converts values per latent of the prior, `[runs, B, batch]`, to values per latent of the modalities,
   * `[runs, D, batch]`.
   */
  untie(blocks) {
    return this.#shared ? this.#shared.untie(blocks) : blocks;
  }
  /**
   * Converts gates or strengths of the prior, `[runs, B, B]`, to edges between latents of the modalities,
   * `[runs, D, D]`.
   */
  edges(blocks) {
    return this.#shared ? this.#shared.untieEdges(blocks) : blocks;
  }
  /** Returns reconstruction and independence, per subject. */
  lossTerms(x, posterior, v, conditioned) {
    const reconstruction = withScope(
      "reconstruction",
      () => neg(
        total2(
          this.theta(v).map((theta, g) => sum(logProbability(this.layout.groups[g].observations, x[g], theta), [1, 2]))
        )
      )
    );
    const logPrior = this.#logPrior(v, conditioned, posterior.present);
    const counted = (each, g) => {
      const { present } = x[g];
      return sum(present ? mul(each, present) : each, [1, 2]);
    };
    const logPriorEta = total2(
      v.map((node, g) => {
        const group = this.layout.groups[g];
        if (group.exogenous === 0) return sum(mul(slice(node, 2, 0, 1), 0), [1, 2]);
        const eta = slice(node, 2, group.latents, group.latents + group.exogenous);
        return counted(mul(add(square(eta), LOG_2PI2), -0.5), g);
      })
    );
    const entropy = total2(
      posterior.logVariance.map((logVariance, g) => counted(mul(add(logVariance, 1 + LOG_2PI2), 0.5), g))
    );
    return { reconstruction, independence: neg(add(add(logPrior, logPriorEta), entropy)) };
  }
  /**
   * Returns the loss of cross-prediction: each modality's sampled z predicts every other modality. In the warm start it
   * finds the subspaces (Theorem 4.2). It is −log p over the values of all other modalities, mean over the batch, sum
   * over modalities / (M − 1), `[runs]`.
   */
  crossPrediction(x, v) {
    const errors = v.map((node, g) => {
      const { latents, members } = this.layout.groups[g];
      const predicted = withScope("crossPrediction", () => this.#crossPredictors[g](slice(node, 2, 0, latents)));
      const logLikelihood = logProbability(
        observationsOfOtherModalities(this.layout, members),
        valuesOfOtherModalities(this.layout, x, members),
        predicted
      );
      const { present } = x[g];
      return sum(mean(neg(present ? mul(logLikelihood, present) : logLikelihood), [3]), [1, 2]);
    });
    return mul(total2(errors), 1 / (this.config.modalities.length - 1));
  }
  /** Returns `present` of `Posterior`. */
  #presence(x) {
    if (x.every(({ present }) => present === void 0)) return void 0;
    const grouped = x.map(({ values, present }) => {
      const [runs, members, , batch] = values.shape;
      return present ?? ones([runs, members, 1, batch]);
    });
    return stackModalities(this.layout, grouped);
  }
  #subspaces(v) {
    return stackModalities(
      this.layout,
      v.map((node, g) => slice(node, 2, 0, this.layout.groups[g].latents))
    );
  }
  /** Returns log p of the sample's z, `[runs, batch]`: the prior of the components plus the map's log-determinant. */
  #logPrior(v, conditioned, present) {
    const { z, logAbsDet: logAbsDet2 } = this.components(v, present);
    const logDensity = this.prior.logDensity(z, conditioned, present && perLatent(this.layout, present));
    return logAbsDet2 ? add(logDensity, logAbsDet2) : logDensity;
  }
};
function filledIn({ values, observed }, decoded) {
  if (!observed) return { values };
  const filled = add(mul(values, observed), mul(decoded, sub(1, observed)));
  return { values: filled, observed: ones(filled.shape) };
}
function total2(terms) {
  return terms.reduce((a, b) => add(a, b));
}
function overRuns(node, runs) {
  return broadcastTo(node, [runs, ...node.shape.slice(1)]);
}
function posteriorHead(means) {
  return (shape, uniform) => {
    const values = fanIn()(shape, uniform);
    const [groups, rows, inputs] = shape;
    for (let group = 0; group < groups; group++) {
      const start = (group * rows + means) * inputs;
      for (let i = start; i < (group + 1) * rows * inputs; i++) values[i] *= LOG_VARIANCE_SCALE;
    }
    return values;
  };
}

export {
  ComponentMap,
  mapGroups,
  mapParameter,
  componentMapPlace,
  AFFINE_LIMITS,
  LEAKY_SLOPE,
  mlpParameters,
  layerNodes,
  ABSENT_PARENTS,
  readsOpen,
  MIXTURE_LIMITS,
  mixtureFlow,
  ALLOWED_EDGES,
  LATENT_GATES,
  flowOf,
  LatentPrior,
  thetaParts,
  thetaSize,
  logProbability,
  thetaNetwork,
  encoderInputs,
  observationNetwork,
  LATENT_ENCODER,
  latentEncoderName,
  invariantEncoderName,
  latentCounts,
  LatentEncoders,
  otherModalities,
  observationsOfOtherModalities,
  valuesOfOtherModalities,
  blockLayout,
  blockPositions,
  SharedBlock,
  networkName,
  logVarianceBias,
  MultimodalModel
};
