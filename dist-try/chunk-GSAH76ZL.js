import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  add,
  broadcastTo,
  clamp,
  concat,
  constant,
  div,
  exp,
  log,
  log1p,
  matmul,
  max,
  maximum,
  mul,
  neg,
  reciprocal,
  reshape,
  sigmoid as sigmoid2,
  slice,
  softmax,
  softplus as softplus2,
  square,
  sub,
  sum,
  zeros
} from "./chunk-XV7UC2EY.js";
import {
  isCount,
  isSize,
  positionsOf
} from "./chunk-SG2VJTFE.js";
import {
  logGamma,
  sigmoid,
  softplus
} from "./chunk-MX4VZIVR.js";

// src/data/observation.ts
var OBSERVATION_KINDS = ["table", "image", "series"];
function tableObservation(columns, { masked = false, absent = false } = {}) {
  const parts2 = columns === 0 ? [] : [{ likelihood: "gaussian", from: 0, to: columns }];
  return { kind: "table", shape: [columns], parts: parts2, masked: masked || absent, ...absent && { absent } };
}
function observationOf(modality) {
  const { columns, regularArray, network, shiftInvariant, augment, observed } = modality;
  const absent = presenceOf(modality).includes(0);
  return {
    ...regularArray ? observedArray(columns, regularArray) : { kind: "table", shape: [columns.length], parts: joined(partsOf(columns)) },
    ...network && { network },
    ...shiftInvariant && { shiftInvariant },
    ...augment && { augment },
    masked: absent || (observed?.includes(0) ?? false),
    ...absent && { absent }
  };
}
function observedArray(columns, regularArray) {
  const positions = positionsOf(regularArray);
  const sizes = regularArray.kind === "image" ? [regularArray.height, regularArray.width] : [regularArray.steps];
  const parts2 = columns.map(({ kind = "gaussian" }, c) => ({
    likelihood: kind,
    from: c * positions,
    to: (c + 1) * positions,
    positions
  }));
  return { kind: regularArray.kind, shape: [columns.length, ...sizes], parts: joined(parts2) };
}
function partsOf(columns) {
  const parts2 = [];
  const size = columns.findIndex(({ kind }) => isSize(kind));
  for (let from = 0, to = 0; from < columns.length; from = to) {
    const { kind = "gaussian", of, mean, sd } = columns[from];
    to = from + 1;
    while (of !== void 0 && columns.at(to)?.of === of) to++;
    const part = { likelihood: kind, from, to };
    if (kind === "categorical") parts2.push({ ...part, levels: to - from });
    else if (kind === "ordinal") parts2.push({ ...part, levels: to - from + 1 });
    else if (isCount(kind)) parts2.push({ ...part, ...size >= 0 && { size }, scales: [{ mean, sd }] });
    else parts2.push(part);
  }
  return parts2;
}
var ALIKE = ["likelihood", "positions", "levels", "size"];
function joined(parts2) {
  const result = [];
  for (const part of parts2) {
    const last = result.at(-1);
    const isSame = last && ALIKE.every((key) => last[key] === part[key]);
    if (!isSame) {
      result.push(part);
      continue;
    }
    const scales = last.scales && part.scales && [...last.scales, ...part.scales];
    result[result.length - 1] = { ...last, to: part.to, ...scales && { scales } };
  }
  return result;
}
function sizePosition({ parts: parts2 }) {
  return parts2.find(({ likelihood }) => likelihood === "size")?.from;
}
function valueCount({ shape }) {
  return shape.reduce((count, extent) => count * extent, 1);
}
function shapeOf(observation) {
  return { ...observation, parts: observation.parts.map((part) => ({ ...part, scales: void 0 })) };
}
function joinedObservation(observations) {
  let columns = 0;
  const parts2 = observations.flatMap((observation) => {
    const first = columns;
    columns += valueCount(observation);
    return observation.parts.map((part) => ({
      ...part,
      from: first + part.from,
      to: first + part.to,
      ...part.size !== void 0 && { size: first + part.size }
    }));
  });
  return { kind: "table", shape: [columns], parts: joined(parts2), masked: observations.some(({ masked }) => masked) };
}

// src/models/layout.ts
function latentLayout(modalities) {
  const groups = /* @__PURE__ */ new Map();
  modalities.forEach((shape, index) => {
    const key = JSON.stringify([shapeOf(shape.observation), shape.latents, shape.exogenous]);
    const group = groups.get(key) ?? { shape, members: [] };
    group.members.push(index);
    groups.set(key, group);
  });
  const offsets = [];
  const modalityOf = [];
  modalities.forEach((m, index) => {
    offsets.push(modalityOf.length);
    for (let i = 0; i < m.latents; i++) modalityOf.push(index);
  });
  return {
    modalities,
    groups: [...groups.values()].map(({ shape, members }) => ({
      observation: shape.observation,
      latents: shape.latents,
      exogenous: shape.exogenous,
      members,
      observations: members.map((m) => modalities[m].observation)
    })),
    latents: modalityOf.length,
    values: modalities.reduce((total, { observation }) => total + valueCount(observation), 0),
    offsets,
    modalityOf
  };
}
var GRAPHS = ["ordered", "acyclic", "cyclic"];
function allowedEdges(layout, { within, graph }) {
  const d = layout.latents;
  const allowed = new Float32Array(d * d);
  eachPair(layout, (child, parent, cross) => {
    const { leading = 0 } = layout;
    const intoLeading = child < leading && parent >= leading;
    const possible = graph === "ordered" ? parent < child : parent !== child && !intoLeading;
    if (possible && (cross || within)) allowed[child * d + parent] = 1;
  });
  return allowed;
}
function crossPairs(layout) {
  const d = layout.latents;
  const cross = new Float32Array(d * d);
  eachPair(layout, (child, parent, isCross) => {
    if (isCross) cross[child * d + parent] = 1;
  });
  return cross;
}
function eachPair(layout, visit) {
  for (let child = 0; child < layout.latents; child++) {
    for (let parent = 0; parent < layout.latents; parent++) {
      visit(child, parent, layout.modalityOf[child] !== layout.modalityOf[parent]);
    }
  }
}
function perModality(layout, grouped) {
  const nodes = new Array(layout.modalities.length);
  layout.groups.forEach((group, g) => {
    const node = grouped[g];
    const [runs, , ...rest] = node.shape;
    group.members.forEach((modality, position) => {
      nodes[modality] = reshape(slice(node, 1, position, position + 1), [runs, ...rest]);
    });
  });
  return nodes;
}
function perLatent({ modalities, modalityOf, latents }, each) {
  const [runs, , batch] = each.shape;
  const selection = Array.from(
    { length: latents * modalities.length },
    (_, at) => modalityOf[Math.floor(at / modalities.length)] === at % modalities.length ? 1 : 0
  );
  return reshape(matmul(constant(selection, [1, latents, modalities.length]), each), [runs, latents, batch]);
}
function stackModalities(layout, grouped) {
  if (layout.groups.length === 1) {
    const [runs, members, features, batch] = grouped[0].shape;
    return reshape(grouped[0], [runs, members * features, batch]);
  }
  return concat(perModality(layout, grouped), 1);
}
function splitByModality({ modalities }, rows, count) {
  const width = rows.length / count;
  let first = 0;
  return modalities.map((m) => {
    const columns = m.latents + m.exogenous;
    const table = new Float32Array(count * columns);
    for (let i = 0; i < count; i++)
      table.set(rows.subarray(i * width + first, i * width + first + columns), i * columns);
    first += columns;
    return table;
  });
}

// src/likelihoods/binary.ts
var binary = {
  name: "binary",
  values: 1,
  decoded: [0],
  perColumn: [],
  logProbability: (x, theta) => sub(mul(x, theta), softplus2(theta)),
  mean: (theta) => sigmoid2(theta),
  logConstant: () => 0,
  draw: ([logit], random) => [random.uniform() < sigmoid(logit) ? 1 : 0]
};

// src/likelihoods/numbers.ts
function twoNumbers(theta) {
  const axis = theta.shape.length - 2;
  const columns = theta.shape[axis] / 2;
  return [slice(theta, axis, 0, columns), slice(theta, axis, columns, 2 * columns)];
}
function byColumn(node, each) {
  const { shape } = node;
  const rows = shape.length - 2;
  return reshape(node, [...shape.slice(0, rows), shape[rows] / each, each, shape[rows + 1]]);
}
function sideBySide(node) {
  const { shape } = node;
  const rows = shape.length - 3;
  return reshape(node, [...shape.slice(0, rows), shape[rows] * shape[rows + 1], shape[rows + 2]]);
}
var MIN_LOG_SCALE = Math.log(0.1);
var MAX_LOG_SCALE = Math.log(10);
var INITIAL_LOG_SCALE = 0.5 * Math.log(0.5);
function logScale(unbounded) {
  return clamp(unbounded, MIN_LOG_SCALE, MAX_LOG_SCALE);
}
function scaleOf(logSd) {
  return Math.exp(Math.min(Math.max(logSd, MIN_LOG_SCALE), MAX_LOG_SCALE));
}

// src/likelihoods/categorical.ts
function categorical(levels) {
  return {
    name: "categorical",
    values: levels,
    decoded: new Array(levels).fill(0),
    perColumn: [],
    logProbability(x, theta) {
      const logits = byColumn(theta, levels);
      const shifted = sub(logits, max(logits, [-2], { keep: true }));
      const normalised = sub(shifted, log(sum(exp(shifted), [-2], { keep: true })));
      return mul(x, sideBySide(normalised));
    },
    mean: (theta) => sideBySide(softmax(byColumn(theta, levels), -2)),
    logConstant: () => 0,
    draw(logits, random) {
      const maximum2 = Math.max(...logits);
      const weights = logits.map((logit) => Math.exp(logit - maximum2));
      let rest = random.uniform() * weights.reduce((a, b) => a + b, 0);
      const drawn = weights.findIndex((weight) => (rest -= weight) < 0);
      return weights.map((_, level) => level === drawn ? 1 : 0);
    }
  };
}

// src/likelihoods/gaussian.ts
var gaussian = {
  name: "gaussian",
  values: 1,
  decoded: [0],
  perColumn: [],
  logProbability: (x, theta) => neg(square(sub(x, theta))),
  mean: (theta) => theta,
  logConstant: () => -0.5 * Math.log(Math.PI),
  draw: ([location], random) => [location + Math.SQRT1_2 * random.normal()]
};

// src/likelihoods/learned-noise.ts
var learnedNoise = {
  name: "learned-noise",
  values: 1,
  decoded: [0],
  perColumn: [INITIAL_LOG_SCALE],
  logProbability(x, theta) {
    const [location, logSd] = twoNumbers(theta);
    const scale = logScale(logSd);
    return neg(add(mul(square(mul(sub(x, location), exp(neg(scale)))), 0.5), scale));
  },
  mean: (theta) => twoNumbers(theta)[0],
  logConstant: () => -0.5 * Math.log(2 * Math.PI),
  draw: ([location, logSd], random) => [location + scaleOf(logSd) * random.normal()]
};

// src/likelihoods/count.ts
var MAX = 20;
function countOf(x, { mean, sd }) {
  return sub(exp(add(mul(x, sd), mean)), 1);
}
function logMean(decoded, { offset }) {
  return add(clamp(decoded, -MAX, MAX), offset);
}
function valueOfMean(decoded, scale) {
  return div(sub(log1p(exp(logMean(decoded, scale))), scale.mean), scale.sd);
}
function countNumber(x, { mean, sd }) {
  return Math.round(Math.expm1(x * sd + mean));
}
function meanNumber(decoded, { offset }) {
  return Math.exp(Math.min(Math.max(decoded, -MAX), MAX) + offset);
}
function valueOfCount(count, { mean, sd }) {
  return (Math.log1p(count) - mean) / sd;
}
function countScale({ mean, sd }) {
  return { mean, sd, offset: Math.log(Math.expm1(mean)) };
}

// src/likelihoods/count-draws.ts
var MIN_REJECTION = 10;
function drawPoisson(mean, random) {
  if (mean < MIN_REJECTION) {
    const minProduct = Math.exp(-mean);
    let count = 0;
    for (let product = random.uniform(); product > minProduct; product *= random.uniform()) count++;
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const sure = 0.9277 - 3.6224 / (b - 2);
  for (; ; ) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const distance = 0.5 - Math.abs(u);
    const count = Math.floor((2 * a / distance + b) * u + mean + 0.43);
    if (distance >= 0.07 && v <= sure) return count;
    if (count < 0 || distance < 0.013 && v > distance) continue;
    const logDensity = count * Math.log(mean) - mean - logGamma(count + 1);
    if (Math.log(v * inverseAlpha / (a / distance ** 2 + b)) <= logDensity) return count;
  }
}
function drawGamma(shape, random) {
  if (shape < 1) return drawGamma(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (; ; ) {
    const normal = random.normal();
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(random.uniform()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

// src/likelihoods/negative-binomial.ts
var MIN_LOG_SIZE = Math.log(0.01);
var MAX_LOG_SIZE = Math.log(100);
var negativeBinomial = {
  name: "count",
  values: 1,
  decoded: [0],
  perColumn: [0],
  logProbability(x, theta, scale) {
    const [decoded, rawLogSize] = twoNumbers(theta);
    const logSize = clamp(rawLogSize, MIN_LOG_SIZE, MAX_LOG_SIZE);
    const size = exp(logSize);
    const count = countOf(x, scale);
    const logit = sub(logMean(decoded, scale), logSize);
    const combinations = sub(logGammaRatio(count, size), logGammaRatio(0, size));
    return sub(combinations, add(mul(count, softplus2(neg(logit))), mul(size, softplus2(logit))));
  },
  mean: (theta, scale) => valueOfMean(twoNumbers(theta)[0], scale),
  logConstant: () => 0,
  draw([decoded, rawLogSize], random, scale) {
    const size = Math.exp(Math.min(Math.max(rawLogSize, MIN_LOG_SIZE), MAX_LOG_SIZE));
    const rate = drawGamma(size, random) * meanNumber(decoded, scale) / size;
    return [valueOfCount(drawPoisson(rate, random), scale)];
  }
};
var RAISED = 3;
function logGammaRatio(x, r) {
  const d = sub(r, 1);
  const raised = add(x, RAISED + 1);
  const other = add(raised, d);
  const leading = add(
    mul(sub(raised, 0.5), log1p(mul(d, reciprocal(raised)))),
    add(mul(d, sub(log(other), 1)), sub(stirlingTail(other), stirlingTail(raised)))
  );
  const lowered = Array.from({ length: RAISED }, (_, i) => log1p(mul(d, reciprocal(add(x, 1 + i)))));
  return lowered.reduce((total, step) => sub(total, step), leading);
}
function stirlingTail(a) {
  const inverse = reciprocal(a);
  const squared = square(inverse);
  return mul(inverse, add(mul(squared, add(mul(squared, 1 / 1260), -1 / 360)), 1 / 12));
}

// src/likelihoods/ordinal.ts
var INITIAL_GAP = Math.log(Math.E - 1);
function ordinal(levels) {
  const steps = levels - 1;
  const gapCount = steps - 1;
  return {
    name: "ordinal",
    values: steps,
    decoded: [gapCount / 2],
    perColumn: new Array(gapCount).fill(INITIAL_GAP),
    logProbability(x, theta) {
      const { above, gaps } = parts(theta, steps);
      const reached = byColumn(x, steps);
      const none = noneOf(reached);
      const [lower, upper] = [slice(reached, -2, 0, gapCount), slice(reached, -2, 1, steps)];
      const isLevel = sub(reached, concat([upper, none], -2));
      const isBelow = sub(concat([add(none, 1), lower], -2), reached);
      const bounds = add(mul(isLevel, softplus2(neg(above))), mul(isBelow, softplus2(above)));
      const between = mul(sub(lower, upper), softplus2(neg(gaps)));
      return neg(sideBySide(add(bounds, concat([between, noneOf(between)], -2))));
    },
    mean: (theta) => sideBySide(sigmoid2(parts(theta, steps).above)),
    logConstant: () => 0,
    draw(theta, random) {
      const u = random.uniform();
      const latent = theta[0] + Math.log(u) - Math.log1p(-u);
      let threshold = 0;
      return Array.from({ length: steps }, (_, k) => {
        if (k > 0) threshold += softplus(theta[k]);
        return latent >= threshold ? 1 : 0;
      });
    }
  };
}
function noneOf(steps) {
  return zeros([...steps.shape.slice(0, -2), 1, steps.shape.at(-1)]);
}
function parts(theta, steps) {
  const rows = theta.shape.at(-2);
  const columns = rows / steps;
  const location = byColumn(slice(theta, -2, 0, columns), 1);
  const gaps = byColumn(slice(theta, -2, columns, rows), steps - 1);
  const sums = constant(
    Array.from({ length: steps * (steps - 1) }, (_, at) => at % (steps - 1) < Math.floor(at / (steps - 1)) ? 1 : 0),
    [...gaps.shape.slice(0, -2).map(() => 1), steps, steps - 1]
  );
  const thresholds = matmul(sums, softplus2(gaps));
  return { above: sub(broadcastTo(location, thresholds.shape), thresholds), gaps };
}

// src/likelihoods/poisson.ts
var poisson = {
  name: "poisson",
  values: 1,
  decoded: [0],
  perColumn: [],
  logProbability(x, theta, scale) {
    const count = countOf(x, scale);
    const location = logMean(theta, scale);
    return sub(mul(count, sub(location, log(maximum(count, 1)))), sub(exp(location), count));
  },
  mean: valueOfMean,
  logConstant([x], scale) {
    const count = countNumber(x, scale);
    return count * Math.log(Math.max(count, 1)) - count - logGamma(count + 1);
  },
  draw: ([decoded], random, scale) => [valueOfCount(drawPoisson(meanNumber(decoded, scale), random), scale)]
};

// src/likelihoods/robust.ts
var DEGREES = 4;
var robust = {
  name: "robust",
  values: 1,
  decoded: [0],
  perColumn: [INITIAL_LOG_SCALE],
  logProbability(x, theta) {
    const [location, logSd] = twoNumbers(theta);
    const scale = logScale(logSd);
    const distance = square(mul(sub(x, location), exp(neg(scale))));
    return neg(add(mul(log1p(mul(distance, 1 / DEGREES)), (DEGREES + 1) / 2), scale));
  },
  mean: (theta) => twoNumbers(theta)[0],
  logConstant: () => logGamma((DEGREES + 1) / 2) - logGamma(DEGREES / 2) - 0.5 * Math.log(DEGREES * Math.PI),
  draw([location, logSd], random) {
    const normal = random.normal();
    let square2 = 0;
    for (let i = 0; i < DEGREES; i++) square2 += random.normal() ** 2;
    return [location + scaleOf(logSd) * normal / Math.sqrt(square2 / DEGREES)];
  }
};

// src/likelihoods/index.ts
var LIKELIHOODS = {
  gaussian: () => gaussian,
  "learned-noise": () => learnedNoise,
  robust: () => robust,
  binary: () => binary,
  categorical,
  ordinal,
  count: () => negativeBinomial,
  poisson: () => poisson
};
function likelihoodOf({
  likelihood,
  levels = 2
}) {
  return LIKELIHOODS[likelihood](levels);
}

export {
  OBSERVATION_KINDS,
  tableObservation,
  observationOf,
  sizePosition,
  valueCount,
  shapeOf,
  joinedObservation,
  latentLayout,
  GRAPHS,
  allowedEdges,
  crossPairs,
  perModality,
  perLatent,
  stackModalities,
  splitByModality,
  countScale,
  likelihoodOf
};
