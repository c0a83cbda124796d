import {
  checkUnits,
  columnVariables,
  gaussianAnswers,
  gaussianParameters,
  joinedDraws,
  latentNames,
  measuredColumns,
  measuredTable,
  savedGaussian
} from "./chunk-NIVKGFF2.js";
import {
  directionOf
} from "./chunk-FG3AXMFF.js";
import {
  MissingSampler,
  SerialQueue,
  componentInverses,
  fillGaps,
  gapsOf,
  noNoise,
  padded,
  transpose
} from "./chunk-WM45JIKL.js";
import {
  dataName,
  groupData,
  miniBatches,
  sideBySide
} from "./chunk-YWRIRJVC.js";
import {
  normalScores,
  spreadOver
} from "./chunk-SWQNJAYC.js";
import {
  checkSeed
} from "./chunk-X424OCCA.js";
import {
  chooseGaussian,
  fitGaussian,
  hiddenFolds,
  nextTurn
} from "./chunk-G45XYAMO.js";
import {
  MISSING_CENTRE
} from "./chunk-2LFYMM5I.js";
import {
  AFFINE_LIMITS,
  ALLOWED_EDGES,
  LATENT_GATES,
  LEAKY_SLOPE,
  MIXTURE_LIMITS,
  MultimodalModel,
  blockLayout,
  blockPositions,
  readsOpen,
  thetaParts,
  thetaSize
} from "./chunk-UXQCCETH.js";
import {
  Program,
  compile
} from "./chunk-SPMNODIT.js";
import {
  allowedEdges,
  countScale,
  latentLayout,
  sizePosition,
  splitByModality,
  stackModalities,
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  rowsByGroup
} from "./chunk-NILIBJ27.js";
import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  data,
  gather,
  reshape
} from "./chunk-XV7UC2EY.js";
import {
  columnOf,
  consecutive,
  joined,
  selectSubjects,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  quantileOf
} from "./chunk-WOWGDU2F.js";
import {
  RandomStream
} from "./chunk-KVCOM63A.js";
import {
  checkAccepted,
  checkArgument,
  normalCdf,
  normalDensity,
  normalQuantile
} from "./chunk-MX4VZIVR.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/questions/latent-checks.ts
function checkTested({ summary }, { untested = false }) {
  if (untested || summary.evidence?.tested) return;
  const reason = summary.evidence ? "there are too few subjects to test it" : "it was fitted without evidence; fit again without --evidence none to test it";
  throw new InputError(
    "untested",
    `The links and latents of this fit were not tested: ${reason}. Add --untested (untested: true) to get the answer of the fit alone.`
  );
}
function isDetermined({ summary }, latent) {
  return summary.determination?.determined[latent] !== false;
}
function isMixture({ summary }, name) {
  const evidence = summary.evidence?.latents.find((one) => one.name === name);
  return evidence !== void 0 && evidence.replicated && !evidence.single;
}
function checkLatents(model, names, { set, moved }, { undetermined = false, unreplicated = false }) {
  const movedNames = moved.map((latent) => names[latent]);
  if (!unreplicated) checkReplicated(model, movedNames);
  if (!undetermined) checkDetermined(model, names, set);
}
function checkReplicated({ summary }, moved) {
  const lost = moved.filter((name) => summary.evidence?.latents.find((one) => one.name === name)?.replicated === false);
  if (lost.length === 0) return;
  throw new InputError(
    "unreplicated-latent",
    `Models of disjoint subjects do not find ${lost.join(", ")}, so the effect of setting or reaching it is not known. Ask about a replicated latent, or add --unreplicated (unreplicated: true) to ask anyway.`,
    { latents: lost }
  );
}
function checkDetermined(model, names, latents) {
  const unclear = latents.find((latent) => !isDetermined(model, latent) || isMixture(model, names[latent]));
  if (unclear === void 0) return;
  const reason = isDetermined(model, unclear) ? "may be a mixture: models of disjoint subjects find the subspace of its modality, but not this latent beyond chance, so setting it alone is not defined" : `is not determined by the data: an equally good restart of the fit has a mixture of latents instead (|Spearman| ${model.summary.determination.agreement[unclear].toFixed(2)}), so setting it alone is not defined`;
  throw new InputError(
    "undetermined-latent",
    `${names[unclear]} ${reason}. Ask about a determined latent, or add --undetermined (undetermined: true) to set it anyway.`,
    { latent: names[unclear] }
  );
}

// src/questions/action-warnings.ts
var NOTABLE_SHARE = 0.2;
function actionWarnings(model, names, { set, latents, moved, taken, edges, reached }, { undetermined = false }) {
  return [
    ...notTested(model),
    ...assumedDirections(taken),
    ...unsupportedEdges(model, taken),
    ...linksNotFollowed(model, names, edges, reached),
    ...beyondTraining(model, set, latents),
    ...unclearLatents(
      model,
      names,
      moved.filter((latent) => undetermined || !latents.includes(latent))
    ),
    ...sharedNoise(model, moved)
  ];
}
function beyondTraining({ ranges }, set, latents) {
  return set.flatMap(({ name, value, sd }, i) => {
    const { low, high } = ranges.latents[latents[i]];
    if (value >= low && value <= high) return [];
    const whose = ranges.sample ? `a sample of ${ranges.sample.train} subjects` : "its subjects";
    return [
      {
        code: "beyond-training",
        text: `${name} = ${value.toPrecision(3)} (${sd.toFixed(1)} sd) is beyond the training data: 98 % of ${whose} lie between ${low.toPrecision(3)} and ${high.toPrecision(3)}. Its effects are extrapolated.`
      }
    ];
  });
}
function unclearLatents(model, names, latents) {
  const unclear = latents.filter((latent) => !isDetermined(model, latent) || isMixture(model, names[latent]));
  if (unclear.length === 0) return [];
  const listed2 = unclear.map((latent) => names[latent]).join(", ");
  return [
    {
      code: "undetermined-latent",
      text: `${listed2}: known only up to mixing within the modality, so setting or reaching one of them alone is not defined.`
    }
  ];
}
function assumedDirections(taken) {
  const assumed = taken.filter(({ direction }) => direction === "assumed");
  if (assumed.length === 0) return [];
  const reversed = assumed.find((edge) => edge.reversed === "as-well" || edge.reversed === "better")?.reversed;
  const other = reversed === void 0 ? "" : ` The reversed order of modalities explains held-out subjects ${reversed === "better" ? "better" : "as well"}.`;
  return [
    {
      code: "assumed-direction",
      text: `${namesOf(assumed)}: the direction is assumed, and effects along it depend on this assumption.${other}`
    }
  ];
}
function unsupportedEdges({ summary }, taken) {
  const unsupported = summary.evidence?.tested ? taken.filter(({ isSupported }) => !isSupported) : [];
  if (unsupported.length === 0) return [];
  return [
    {
      code: "unsupported-edge",
      text: `${namesOf(unsupported)}: held-out subjects do not support this, or it was not tested. Effects along it rest on the fit alone (docs/explanation/evidence.md).`
    }
  ];
}
function linksNotFollowed({ summary, positions }, names, edges, reached) {
  const at = (name) => positions[names.indexOf(name)];
  const isFollowed = (one, other) => edges.some(({ cause, effect }) => cause === one && effect === other || cause === other && effect === one);
  const links = (summary.evidence?.links ?? []).filter(({ first, second }) => {
    const [one, other] = [at(first), at(second)];
    return (reached.has(one) || reached.has(other)) && !isFollowed(one, other);
  });
  const namesIn = (wanted) => links.filter(({ verdict }) => verdict === wanted).map(({ first, second }) => `${first} \u2013 ${second}`).join(", ");
  const [undecided, supported] = ["undecided", "supported"].map(namesIn);
  return [
    ...supported === "" ? [] : [
      {
        code: "link-not-fitted",
        text: `${supported}: held-out subjects support this link, but effects do not follow it: the fitted model does not have this edge, or it was left out.`
      }
    ],
    ...undecided === "" ? [] : [
      {
        code: "undecided-link",
        text: `${undecided}: the study cannot decide whether these are directly linked. Effects do not follow them.`
      }
    ]
  ];
}
function sharedNoise({ ranges, layout }, moved) {
  const reached = new Set(moved.map((latent) => layout.modalityOf[latent]));
  let noise = 0;
  return layout.modalities.flatMap(({ name, latents, exogenous }, m) => {
    const shares = Array.from({ length: exogenous }, () => {
      const { slopes, sd } = ranges.eta[noise++];
      const explained = slopes.reduce(
        (sum, slope, k) => sum + (slope * ranges.latents[layout.offsets[m] + k].sd) ** 2,
        0
      );
      return Math.sqrt(explained / (explained + sd ** 2 || 1));
    });
    const maxShare = Math.max(0, ...shares);
    if (!reached.has(m) || latents === 0 || maxShare < NOTABLE_SHARE) return [];
    return [
      {
        code: "shared-noise",
        text: `Exogenous variables of ${name} are associated with its latents (correlation up to ${maxShare.toFixed(2)}). They do not change, since this may be confounding. If it is not, effects on columns of ${name} are too small or too large.`
      }
    ];
  });
}
function notTested({ summary }) {
  if (summary.evidence?.tested) return [];
  return [
    {
      code: "no-evidence",
      text: "Links and latents come from the fit alone: none of them was tested on held-out subjects."
    }
  ];
}
function namesOf(edges) {
  return edges.map(({ from, to }) => `${from} \u2192 ${to}`).join(", ");
}

// src/questions/setting.ts
var VALUE = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(sd)?$/i;
function parseSetting(text) {
  const entries = text.split(",").map((part) => {
    const [name, written = "", ...rest] = part.split("=").map((one) => one.trim());
    const match = VALUE.exec(written);
    if (!name || !match || rest.length > 0) {
      throw new InputError(
        "invalid-setting",
        `"${part.trim()}" sets nothing; write body.z1=0.5 for a value or body.z1=+1sd for standard deviations from the mean, and separate several settings by commas`,
        { setting: text }
      );
    }
    return [name, match[2] ? { sd: Number(match[1]) } : Number(match[1])];
  });
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) !== i);
  if (twice) {
    throw new InputError("invalid-setting", `${twice[0]} is set twice; keep one of the values`, { setting: text });
  }
  return Object.fromEntries(entries);
}
function latentPosition(name, names) {
  const latent = names.indexOf(name);
  if (latent >= 0) return latent;
  throw new InputError(
    "unknown-latent",
    `The model has no latent '${name}'${didYouMean(name, names)}; it has ${names.join(", ")}.`,
    { latent: name }
  );
}

// src/questions/followed-edges.ts
var EDGE_CHOICES = ["supported", "fitted"];
function followedEdges(model, names, { edges, assumeOrder = false }) {
  checkEdges(edges);
  const all = flowEdges(model, names);
  const asserted = (one) => one.direction === "undecided" || one.direction === "opposite" ? { ...one, direction: "assumed" } : one;
  if (edges !== void 0 && typeof edges !== "string") return listed(model, names, all, edges).map(asserted);
  const choice = edges ?? (model.summary.evidence?.tested ? "supported" : "fitted");
  const chosen = choice === "fitted" ? all : all.filter(({ isSupported }) => isSupported);
  return assumeOrder ? chosen.map(asserted) : chosen;
}
function checkEdges(edges) {
  if (edges === void 0) return;
  if (Array.isArray(edges)) {
    checkArgument("options.edges", edges, [{ from: "text", to: "text" }]);
    return;
  }
  const isChoice = EDGE_CHOICES.some((one) => one === edges);
  checkAccepted("edges", edges, isChoice, "is supported, fitted, or a list of edges");
}
function flowEdges({ flow, positions, layout, summary }, names) {
  const { evidence, config } = summary;
  const latentsAt = (position) => names.flatMap((_, latent) => positions[latent] === position ? [latent] : []);
  const supported = new Set(
    (evidence?.links ?? []).filter(({ verdict }) => verdict === "supported").flatMap(({ first, second }) => [`${first} ${second}`, `${second} ${first}`])
  );
  return flow.parents.flatMap(
    (parents, effect) => parents.map((cause) => {
      const pairs = latentsAt(cause).flatMap((one) => latentsAt(effect).map((other) => [one, other]));
      const known = pairs.find(([one, other]) => supported.has(`${names[one]} ${names[other]}`));
      const [from, to] = (known ?? pairs[0]).map((latent) => names[latent]);
      const isWithin = pairs.some(([one, other]) => layout.modalityOf[one] === layout.modalityOf[other]);
      const judgement = directionOf([from, to], { from, to }, { evidence, config, isWithin });
      const isOpposite = judgement.verdict === "supported" && judgement.from !== from;
      return {
        ...{ from, to, cause, effect, isSupported: known !== void 0 },
        direction: isOpposite ? "opposite" : judgement.verdict,
        reversed: judgement.reversed
      };
    })
  );
}
function listed({ positions }, names, all, edges) {
  return edges.map(({ from, to }) => {
    const [cause, effect] = [from, to].map((name) => positions[latentPosition(name, names)]);
    const edge = all.find((one) => one.cause === cause && one.effect === effect);
    if (edge) return edge;
    throw new InputError(
      "unknown-edge",
      `The fitted model has no edge ${from} \u2192 ${to}, so no effect can follow it; it has ${all.map((one) => `${one.from} \u2192 ${one.to}`).join(", ") || "none"}.`,
      { from, to }
    );
  });
}
function checkDirections(edges, held, reached) {
  const unclear = edges.filter(
    ({ direction, cause, effect }) => (direction === "undecided" || direction === "opposite") && (reached.has(cause) || reached.has(effect)) && !(held.has(cause) && held.has(effect))
  );
  if (unclear.length === 0) return;
  const links = unclear.map(({ from, to }) => `${from} \u2013 ${to}`).join(", ");
  const against = unclear.filter(({ direction }) => direction === "opposite");
  const reasons = [
    ...against.length > 0 ? [`held-out subjects support the opposite of the fitted direction (${against.map(ends).join(", ")})`] : [],
    ...unclear.some(({ reversed }) => reversed === "as-well") ? ["the reversed order of modalities explains held-out subjects as well"] : []
  ];
  throw new InputError(
    "direction-unknown",
    `The effects are not known: nothing determines the direction of ${links}${reasons.length > 0 ? ` (${reasons.join("; ")})` : ""}. If you know that causes come first in the fit (${unclear.map(ends).join(", ")}), add --assume-order (assumeOrder: true), or write order: assumed under sparsity in the study file and fit again.`,
    { edges: unclear.map(({ from, to }) => ({ from, to })) }
  );
}
function ends({ from, to }) {
  return `${from} \u2192 ${to}`;
}

// src/questions/action.ts
function actionOf(model, names, setting, options = {}) {
  const { flow, positions } = model;
  const { set, held, latents } = settingOf(model, names, setting);
  checkTested(model, options);
  const edges = followedEdges(model, names, options);
  const known = new Set(
    edges.filter(({ direction }) => direction === "supported" || direction === "assumed").map(keyOf)
  );
  const takes = (cause, effect) => known.has(keyOf({ cause, effect }));
  const following = flow.effectsOf(held.keys(), takes);
  const effects = flow.order.filter((position) => following.has(position));
  const reached = /* @__PURE__ */ new Set([...held.keys(), ...following]);
  const moved = [...positions.keys()].filter((latent) => reached.has(positions[latent]));
  checkLatents(model, names, { set: latents, moved }, options);
  checkDirections(edges, new Set(held.keys()), reached);
  const taken = edges.filter(({ cause, effect }) => reached.has(cause) && following.has(effect));
  const assumed = taken.filter(({ direction }) => direction === "assumed");
  const doubtful = /* @__PURE__ */ new Set();
  for (const effect of effects) {
    const incoming = taken.filter((edge) => edge.effect === effect);
    if (incoming.some(({ cause, direction }) => direction === "assumed" || doubtful.has(cause))) doubtful.add(effect);
  }
  return {
    set,
    held,
    effects,
    moved,
    seenBy: takenFrom(takes, effects, flow.order),
    assumed: assumed.map(({ from, to }) => ({ from, to })),
    assumedLatents: new Set(moved.filter((latent) => doubtful.has(positions[latent]))),
    warnings: actionWarnings(model, names, { set, latents, moved, taken, edges, reached }, options)
  };
}
function settingOf(model, names, setting) {
  const { positions, ranges } = model;
  const held = /* @__PURE__ */ new Map();
  const latents = [];
  const set = Object.entries(setting).map(([name, written]) => {
    const latent = latentPosition(name, names);
    const { mean: mean2, sd } = ranges.latents[latent];
    const value = typeof written === "number" ? written : mean2 + written.sd * sd;
    const known = held.get(positions[latent]);
    if (!Number.isFinite(value) || known !== void 0 && known !== value) {
      const problem = Number.isFinite(value) ? "is shared with another latent that is set to another value" : "is not a number";
      throw new InputError("invalid-setting", `The value of ${name} ${problem}.`, { latent: name });
    }
    held.set(positions[latent], value);
    latents.push(latent);
    return { name, value, sd: (value - mean2) / sd };
  });
  if (set.length === 0) throw new InputError("invalid-setting", "Nothing is set; write for example body.z1=+1sd.");
  return { set, held, latents };
}
function keyOf({ cause, effect }) {
  return `${cause} ${effect}`;
}
function takenFrom(takes, effects, all) {
  const ignored = new Map(effects.map((effect) => [effect, all.filter((cause) => !takes(cause, effect))]));
  return (latent, before, after) => {
    const seen = after.slice();
    for (const cause of ignored.get(latent)) seen[cause] = before[cause];
    return seen;
  };
}

// src/questions/distribution.ts
function distributionOf(draws, level) {
  const { mean: mean2, sd } = momentsOf(draws);
  const sorted = Float64Array.from(draws).sort();
  const tail = (1 - level) / 2;
  return {
    mean: mean2,
    sd,
    median: quantileOf(sorted, 0.5),
    low: quantileOf(sorted, tail),
    high: quantileOf(sorted, 1 - tail)
  };
}
function meanEffect(differences, level) {
  const { mean: mean2, sd } = momentsOf(differences);
  return { mean: mean2, simulationError: normalQuantile((1 + level) / 2) * sd / Math.sqrt(differences.length) };
}
function momentsOf(values) {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  const mean2 = sum / values.length;
  for (const value of values) squares += (value - mean2) ** 2;
  return { mean: mean2, sd: Math.sqrt(squares / values.length) };
}

// src/questions/noises.ts
var POPULATION = 1610612736;
var SUBJECTS = 1073741824;
var SUBJECT_COLUMNS = 1342177280;
var ROWS = 1879048192;
var KIND = 1048576;
var PopulationNoise = class {
  #seed;
  constructor(seed) {
    this.#seed = seed;
  }
  /** Returns ε, rows × latents. */
  epsilon(rows, latents) {
    return this.#table(0, rows, latents);
  }
  /** Returns η, rows × exogenous variables. */
  eta(rows, exogenous) {
    return this.#table(1, rows, exogenous);
  }
  /** Returns the stream of the column noise of a row. */
  row(row) {
    return new RandomStream(this.#seed, ROWS + row);
  }
  #table(kind, rows, width) {
    const values = new Float64Array(rows * width);
    for (let column = 0; column < width; column++) {
      const random = new RandomStream(this.#seed, POPULATION + kind * KIND + column);
      for (let row = 0; row < rows; row++) values[row * width + column] = random.normal();
    }
    return values;
  }
};
function spread(normal, { mean: mean2, sd }) {
  return mean2 + sd * normal;
}
function subjectNoise(seed, row) {
  return new RandomStream(seed, SUBJECTS + row);
}
function columnNoise(seed, row) {
  return new RandomStream(seed, SUBJECT_COLUMNS + row);
}

// src/questions/population.ts
async function drawPopulation(model, rows, seed, pace) {
  const noise = new PopulationNoise(seed);
  const { flow, ranges, positions } = model;
  const behind = Array.from({ length: flow.size }, (_, position) => ranges.epsilon[positions.indexOf(position)]);
  const epsilon = noise.epsilon(rows, flow.size).map((value, at) => spread(value, behind[at % flow.size]));
  const z = new Float64Array(rows * flow.size);
  for (let first = 0; first < z.length; first += flow.size) {
    if (pace.isDue) await pace.rest();
    const ofRow = z.subarray(first, first + flow.size);
    for (const latent of flow.order) ofRow[latent] = flow.value(latent, ofRow, epsilon[first + latent]);
  }
  const rest = noise.eta(rows, model.exogenous).map((value, at) => spread(value, ranges.eta[at % model.exogenous]));
  return { rows, seed, epsilon, z, eta: model.withLatents(rest, z), randomOf: (row) => noise.row(row) };
}
async function observe(model, z, { eta, randomOf }, { earlier, pace }) {
  const { v, lost } = await model.place(z, eta, { earlier: earlier?.placed, pace });
  const { drawn } = await model.read(v, { randomOf, pace });
  return { x: drawn, lost, placed: { z, v } };
}

// src/questions/question-options.ts
var LEVEL = 0.9;
var MAX_DRAWS = 1e6;
function checkDraws({ draws, seed, level }) {
  const isPossible = Number.isSafeInteger(draws) && draws >= 2 && draws <= MAX_DRAWS;
  checkAccepted("draws", draws, isPossible, `is 2 to ${MAX_DRAWS}`);
  checkSeed(seed);
  checkAccepted("level", level, level > 0 && level < 1, "is a share between 0 and 1, as 0.9");
}

// src/threads/pace.ts
var INTERVAL = 50;
var Pace = class {
  #signal;
  #next = performance.now() + INTERVAL;
  /** @param signal signal that ends the computation */
  constructor(signal) {
    this.#signal = signal;
  }
  /** True if a break is due. Check it between steps of at least a microsecond. */
  get isDue() {
    return performance.now() >= this.#next;
  }
  /** Yields to the event loop if a break is due. @throws the reason of the signal */
  async rest() {
    this.#signal?.throwIfAborted();
    if (!this.isDue) return;
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#next = performance.now() + INTERVAL;
  }
};

// src/questions/intervene.ts
var DRAWS = 4e3;
async function intervene(model, setting, { draws = DRAWS, seed = 0, level = LEVEL, signal, ...options } = {}) {
  checkDraws({ draws, seed, level });
  const action = actionOf(model, latentNames(model.summary), setting, options);
  const pace = new Pace(signal);
  return interveneIn(model, await drawBaseline(model, { draws, seed, pace }), action, { level, pace });
}
async function drawBaseline(model, { draws, seed, pace }) {
  const population = await drawPopulation(model, draws, seed, pace);
  return { population, before: await observe(model, population.z, population, { pace }), known: /* @__PURE__ */ new Map() };
}
async function interveneIn(model, { population, before, known }, { set, held, effects, moved, seenBy, assumed, assumedLatents, warnings }, { level, pace }) {
  const names = latentNames(model.summary);
  const { flow, positions, layout } = model;
  const z = population.z.slice();
  for (let first = 0; first < z.length; first += flow.size) {
    if (pace.isDue) await pace.rest();
    const [base, other] = [population.z, z].map((all) => all.subarray(first, first + flow.size));
    for (const [position, value] of held) other[position] = value;
    for (const latent of effects) {
      other[latent] = flow.value(latent, seenBy(latent, base, other), population.epsilon[first + latent]);
    }
  }
  const after = await observe(model, z, population, { earlier: before, pace });
  const valid = Array.from({ length: population.rows }, (_, row) => row).filter(
    (row) => !before.lost.has(row) && !after.lost.has(row)
  );
  const isAsBefore = valid.length === population.rows - before.lost.size;
  const compared = (name, one, other) => {
    const [without, under, differences] = [0, 1, 2].map(() => new Float64Array(valid.length));
    valid.forEach((row, i) => {
      without[i] = one(row);
      under[i] = other(row);
      differences[i] = under[i] - without[i];
    });
    const key = `${level} ${name}`;
    const ofBefore = isAsBefore && known.get(key) || distributionOf(without, level);
    if (isAsBefore) known.set(key, ofBefore);
    return { before: ofBefore, after: distributionOf(under, level), effect: meanEffect(differences, level) };
  };
  const reached = modalitiesOf(moved, layout);
  const doubtful = modalitiesOf(assumedLatents, layout);
  const latents = [];
  for (const latent of moved) {
    await pace.rest();
    const at = (row) => row * flow.size + positions[latent];
    const modality = layout.modalities[layout.modalityOf[latent]].name;
    latents.push({
      ...{ name: names[latent], kind: "latent", modality, unit: "latent", assumed: assumedLatents.has(latent) },
      ...compared(
        `latent ${latent}`,
        (row) => population.z[at(row)],
        (row) => z[at(row)]
      )
    });
  }
  const columns = [];
  for (const { name, modality, unit, m, at, inUnits } of columnVariables(model.summary)) {
    if (!reached.has(m)) continue;
    await pace.rest();
    const value = (x) => (row) => inUnits(x[row * layout.values + at]);
    columns.push({
      ...{ name, kind: "column", modality, unit, assumed: doubtful.has(m) },
      ...compared(`column ${at}`, value(before.x), value(after.x))
    });
  }
  return {
    set,
    draws: valid.length,
    lost: population.rows - valid.length,
    seed: population.seed,
    level,
    consequences: [...latents, ...columns],
    assumed,
    warnings
  };
}
function modalitiesOf(latents, { modalityOf }) {
  return new Set(Array.from(latents, (latent) => modalityOf[latent]));
}

// src/questions/gap-warnings.ts
function countGaps(model, values) {
  const gaps = values.map((table, m) => table && gapsOf(model, table, m));
  const bySubject = new Int32Array(gaps.find((counts) => counts !== void 0)?.length ?? 0);
  for (const counts of gaps) counts?.forEach((count, row) => bySubject[row] += count);
  return {
    subjects: bySubject.reduce((sum, count) => sum + Number(count > 0), 0),
    cells: bySubject.reduce((sum, count) => sum + count, 0),
    modalities: model.modalities.filter((_, m) => gaps[m]?.some((count) => count > 0)).map(({ name }) => name)
  };
}
function gapWarnings(model, values) {
  return gapWarningsOf(countGaps(model, values));
}
function gapWarningsOf({ subjects, cells, modalities: names }) {
  if (cells === 0) return [];
  return [
    {
      code: "filled-gaps",
      text: `${counted(subjects, "subject")} ${subjects === 1 ? "lacks" : "lack"} ${counted(cells, "value")} of ${names.join(", ")}, where no value was missing when the model was fitted, so its encoders cannot handle missing values. They are first filled from the other columns, and these latents are less certain than their sd suggests. A model that is fitted to subjects with missing values can handle them.`
    }
  ];
}
function counted(count, what) {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

// src/questions/subject-draws.ts
async function drawSubjects(model, { values, rows }, { draws, seed, pace }) {
  const { width, layout, ranges, exogenous } = model;
  const posterior = await model.posterior(values, rows.length);
  const present = layout.modalities.map(
    ({ observation }, m) => repeated(presenceOf({ ...values[m], columns: { length: valueCount(observation) } }), draws)
  );
  const all = rows.length * draws;
  const v = new Float32Array(all * width);
  const rest = new Float64Array(all * exogenous);
  for (const [i, row] of rows.entries()) {
    const random = subjectNoise(seed, row);
    for (let at = i * draws; at < (i + 1) * draws; at++) {
      if (pace.isDue) await pace.rest();
      for (let f = 0; f < width; f++) {
        v[at * width + f] = posterior.mean[i * width + f] + posterior.sd[i * width + f] * random.normal();
      }
      for (let e = 0; e < exogenous; e++) rest[at * exogenous + e] = spread(random.normal(), ranges.eta[e]);
    }
  }
  const streams = rows.map((row) => columnNoise(seed, row));
  const randomOf = (at) => streams[Math.floor(at / draws)];
  const sizeOf = observedSizes(model, values, draws);
  if (present.every((mask) => !mask.includes(0))) {
    return { v, ...await model.read(v, { randomOf, sizeOf, pace }), sizeOf, lost: /* @__PURE__ */ new Set() };
  }
  const places = rows.flatMap((row) => Array.from({ length: draws }, (_, draw) => row * MAX_DRAWS + draw));
  const z = await model.inferMissing((await model.read(v, { pace })).z, { present, places, seed });
  const moves = (row, m) => present[m][row] === 0;
  const placed = await model.place(z, model.withLatents(rest, z), { near: v, moves, pace });
  const { x, drawn } = await model.read(placed.v, { randomOf, sizeOf, pace });
  return { v: placed.v, z, x, drawn, sizeOf, lost: placed.lost };
}
function observedSizes({ layout }, values, draws) {
  const places = layout.modalities.map(({ observation }) => ({
    width: valueCount(observation),
    at: sizePosition(observation)
  }));
  return (row, m) => {
    const { width, at } = places[m];
    return at === void 0 ? 0 : values[m].values[Math.floor(row / draws) * width + at];
  };
}
function repeated(numbers, times) {
  return Uint8Array.from({ length: numbers.length * times }, (_, at) => numbers[Math.floor(at / times)]);
}

// src/questions/counterfactual.ts
var BIJECTIVE = {
  code: "bijective-mechanisms",
  text: "A counterfactual assumes that every mechanism is bijective, as in the fitted model: cause and noise determine the effect, and cause and effect determine the noise. The data cannot test this."
};
var DRAWS2 = 200;
var ROWS_TOGETHER = 4096;
async function* counterfactuals(model, { values, rows }, setting, { draws = DRAWS2, seed = 0, level = LEVEL, signal, ...options } = {}) {
  checkDraws({ draws, seed, level });
  const pace = new Pace(signal);
  await pace.rest();
  const action = actionOf(model, latentNames(model.summary), setting, options);
  const requested = values.map((table, m) => model.selectRows(table, m, rows));
  const warnings = [...action.warnings, BIJECTIVE, ...gapWarnings(model.summary.model, requested)];
  const together = Math.max(1, Math.floor(ROWS_TOGETHER / draws));
  for (let start = 0; start < rows.length; start += together) {
    const part = rows.slice(start, start + together);
    const selected = values.map((table, m) => model.selectRows(table, m, part));
    const drawn = await drawSubjects(model, { values: selected, rows: part }, { draws, seed, pace });
    const changed = await change(model, drawn, action, pace);
    for (const [i, row] of part.entries()) {
      await pace.rest();
      const valid = Array.from({ length: draws }, (_, draw) => i * draws + draw).filter(
        (at) => !drawn.lost.has(at) && !changed.lost.has(at)
      );
      const consequences = consequencesOf(model, { values: selected, drawn, changed, action }, { i, valid, level });
      yield { row, lost: draws - valid.length, consequences, assumed: action.assumed, warnings };
    }
  }
}
async function change(model, { z, v, sizeOf }, action, pace) {
  const { flow, layout } = model;
  const changed = z.slice();
  for (let first = 0; first < z.length; first += flow.size) {
    if (pace.isDue) await pace.rest();
    const [factual, other] = [z, changed].map((all) => all.subarray(first, first + flow.size));
    for (const [position, value] of action.held) other[position] = value;
    for (const latent of action.effects) {
      other[latent] = flow.moved(latent, factual, action.seenBy(latent, factual, other));
    }
  }
  const reached = new Set(action.moved.map((latent) => layout.modalityOf[latent]));
  const moves = (_, m) => reached.has(m);
  const eta = model.etaOf(v);
  const before = await model.place(z, eta, { near: v, moves, pace });
  const after = await model.place(changed, eta, { near: before.v, moves, pace });
  return {
    z: changed,
    before: (await model.read(before.v, { sizeOf, pace })).x,
    after: (await model.read(after.v, { sizeOf, pace })).x,
    lost: /* @__PURE__ */ new Set([...before.lost, ...after.lost])
  };
}
function consequencesOf(model, { values, drawn, changed, action }, { i, valid, level }) {
  const { flow, layout, positions, summary } = model;
  const names = latentNames(summary);
  const compared = (factual, counterfactual) => {
    const [is, would] = [factual, counterfactual].map((valueOf) => Float64Array.from(valid, valueOf));
    const differences = would.map((value, draw) => value - is[draw]);
    return {
      factual: distributionOf(is, level),
      counterfactual: distributionOf(would, level),
      effect: distributionOf(differences, level)
    };
  };
  const latents = action.moved.map((latent) => {
    const modality = layout.modalities[layout.modalityOf[latent]].name;
    const valueOf = (z) => (row) => z[row * flow.size + positions[latent]];
    return {
      name: names[latent],
      kind: "latent",
      modality,
      unit: "latent",
      assumed: action.assumedLatents.has(latent),
      ...compared(valueOf(drawn.z), valueOf(changed.z))
    };
  });
  const reached = new Set(action.moved.map((latent) => layout.modalityOf[latent]));
  const columns = columnVariables(summary).filter(({ m }) => reached.has(m));
  const doubtful = modalitiesOf(action.assumedLatents, layout);
  return [
    ...latents,
    ...columns.map((column) => {
      const { name, modality, unit, m, at, inUnits, measured } = column;
      const is = observedValue(model, values, column, i);
      const cell = (row) => row * layout.values + at;
      const expected = (row) => changed.before[cell(row)];
      const factual = measured ? (row) => is ?? drawn.drawn[cell(row)] : expected;
      const moved = (row) => changed.after[cell(row)] - expected(row);
      return {
        ...{ name, kind: "column", modality, unit, assumed: doubtful.has(m) },
        ...compared(
          (row) => inUnits(factual(row)),
          (row) => inUnits(factual(row) + moved(row))
        )
      };
    })
  ];
}
function observedValue({ summary }, tables, { m, c }, i) {
  const { values, observed } = tables[m];
  const at = i * summary.columns[m].columns.length + c;
  return observed?.[at] === 0 ? void 0 : values[at];
}

// src/questions/generate.ts
async function generateSubjects(model, subjects, { seed = 0, signal } = {}) {
  checkDraws({ draws: subjects, seed, level: LEVEL });
  const columns = columnVariables(model.summary);
  checkUnits(columns);
  const drawn = Math.ceil(subjects * SPARE);
  const pace = new Pace(signal);
  const population = await drawPopulation(model, drawn, seed, pace);
  const { x, lost } = await observe(model, population.z, population, { pace });
  const rows = Array.from({ length: drawn }, (_, row) => row).filter((row) => !lost.has(row));
  if (rows.length < subjects) {
    throw new InputError(
      "no-subjects",
      `${lost.size} of ${drawn} draws have latents that no columns correspond to. The fit does not represent its population, so new subjects would not either. Look at the warnings of the fit.`
    );
  }
  rows.length = subjects;
  const width = columns.length;
  return {
    subjects,
    tables: model.summary.columns.map(({ name }, m) => ({
      name,
      columns: columns.filter((column) => column.m === m).map(({ column, at, inUnits }) => ({
        name: column,
        values: Float64Array.from(rows, (row) => inUnits(x[row * model.layout.values + at]))
      }))
    })),
    latents: latentNames(model.summary).map((name, latent) => ({
      name,
      values: Float64Array.from(rows, (row) => population.z[row * model.flow.size + model.positions[latent]])
    })),
    standardised: Float64Array.from({ length: subjects * width }, (_, at) => {
      return x[rows[Math.floor(at / width)] * model.layout.values + columns[at % width].at];
    })
  };
}
var SPARE = 1.1;
var MAX_COMPARED = 1e3;
function nearestDistances(summary, standardised, training) {
  const columns = columnVariables(summary);
  const width = columns.length;
  const people = Array.from(
    { length: training[0].values.length / columns[0].width },
    (_, row) => Float64Array.from(columns, ({ m, c, width: ofModality }) => {
      const { values, observed } = training[m];
      return observed?.[row * ofModality + c] === 0 ? NaN : values[row * ofModality + c];
    })
  );
  const generated = Array.from(
    { length: standardised.length / width },
    (_, row) => standardised.subarray(row * width, (row + 1) * width)
  );
  return {
    generated: Math.sqrt(median(some(generated).map((one) => nearest(one, people)))),
    training: Math.sqrt(median(some(people).map((one) => nearest(one, people))))
  };
}
function some(all) {
  const count = Math.min(all.length, MAX_COMPARED);
  return Array.from({ length: count }, (_, i) => all[Math.floor(i * all.length / count)]);
}
function nearest(one, candidates) {
  let min = Infinity;
  for (const other of candidates) if (other !== one) min = Math.min(min, distance(one, other));
  return min;
}
function distance(a, b) {
  let [square, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const term = (a[i] - b[i]) ** 2;
    if (term >= 0) {
      square += term;
      count++;
    }
  }
  return count === 0 ? Infinity : square / count;
}
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

// src/inference/model-parts.ts
var ModelParts = class _ModelParts {
  layout;
  mapsComponents;
  batch;
  /** Σ (latents + exogenous). */
  width;
  #program;
  #queue = new SerialQueue();
  constructor(model, program, batch) {
    this.layout = model.layout;
    this.mapsComponents = model.config.componentMap > 0;
    this.#program = program;
    this.batch = batch;
    this.width = model.layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
  }
  static load(config, parameters, batch, options) {
    const model = new MultimodalModel(config, 1);
    const program = Program.load(partsProgram(model, batch), options);
    program.set(
      "data",
      "order",
      Int32Array.from({ length: batch }, (_, i) => i)
    );
    for (const name of Object.keys(program.compiled.parameters)) {
      program.set("parameters", name, parameters.get(name).values);
    }
    return new _ModelParts(model, program, batch);
  }
  /** @param values per modality, batch × columns @returns by output, features × batch */
  encode(values) {
    return this.#run("encode", groupData(this.layout, values, this.batch));
  }
  /**
   * Decodes a batch.
   * @param v per modality, batch × (latents + exogenous), as the encoder returns them
   * @param sizeOf sizes of the rows of the batch; 0 when left out
   */
  decode(v, sizeOf = () => 0) {
    const { groups } = this.layout;
    const moved = groups.map(({ members }, g) => [
      movedName(g),
      sideBySide(members, (m) => v[m], this.batch)
    ]);
    const sized = groups.flatMap(({ members, observation }, g) => {
      const at = sizePosition(observation);
      if (at === void 0) return [];
      const table = (m) => sizeTable(this.batch, valueCount(observation), at, (row) => sizeOf(row, m));
      return [[dataName(g), sideBySide(members, table, this.batch)]];
    });
    return this.#run("decode", new Map([...moved, ...sized]));
  }
  get nativeBytes() {
    return this.#program.memory().total;
  }
  async dispose() {
    await this.#program.dispose();
  }
  async #run(entry, leaves) {
    const { results } = await this.#queue.run(() => {
      for (const [name, values] of leaves) this.#program.set("data", name, values);
      return this.#program.run(entry);
    });
    return Object.fromEntries(
      Object.entries(this.#program.compiled.entries[entry].outputs).map(([name, { offset, shape }]) => [
        name,
        results.subarray(offset, offset + shape.reduce((a, b) => a * b))
      ])
    );
  }
};
function partsProgram(model, batch) {
  const { layout, prior } = model;
  const order = data("order", [1, 1, batch], "int32");
  const x = miniBatches(layout, batch, order);
  const posterior = model.infer(x);
  const { z } = model.components(posterior.mean);
  const moved = layout.groups.map(({ members, latents, exogenous }, g) => {
    const width = latents + exogenous;
    const leaf = data(movedName(g), [batch, members.length * width]);
    return reshape(gather(leaf, order), [1, members.length, width, batch]);
  });
  return compile({
    runs: 1,
    entries: {
      encode: {
        outputs: {
          v: stackModalities(layout, posterior.mean),
          logVariance: stackModalities(layout, posterior.logVariance),
          z: model.untie(z),
          epsilon: model.untie(prior.epsilon(z, prior.condition(z, prior.gates("hard", noNoise)))),
          x: stackModalities(layout, model.decode(posterior.mean, x))
        }
      },
      decode: {
        outputs: {
          x: stackModalities(layout, model.decode(moved, x)),
          z: model.latents(moved),
          theta: stackModalities(layout, model.theta(moved))
        }
      }
    }
  });
}
function sizeTable(rows, width, at, sizeOf) {
  const table = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) table[row * width + at] = sizeOf(row);
  return table;
}
function movedName(group) {
  return `v.${group}`;
}

// src/models/observation-draws.ts
var NO_SCALE = { mean: 0, sd: 1, offset: 0 };
function drawValues(observation, theta, random, size = 0, noise) {
  const draws = new Float32Array(valueCount(observation)).fill(size);
  for (const { part, likelihood, columns, first } of thetaParts(observation)) {
    const [decoded, perColumn] = [likelihood.decoded.length, likelihood.perColumn.length];
    const numbers = new Array(decoded + perColumn).fill(0);
    let at = part.from;
    if (noise && part.likelihood === "gaussian") {
      for (let i = first; i < first + columns; i++, at++) draws[at] = theta[i] + noise[at] * random.normal();
      continue;
    }
    for (let column = 0; column < columns; column++) {
      const decodedFrom = first + column * decoded;
      const perColumnFrom = first + columns * decoded + column * perColumn;
      for (let i = 0; i < decoded; i++) numbers[i] = theta[decodedFrom + i];
      for (let i = 0; i < perColumn; i++) numbers[decoded + i] = theta[perColumnFrom + i];
      const scale = part.scales ? countScale(part.scales[column]) : NO_SCALE;
      const sized = part.size === void 0 ? scale : { ...scale, offset: scale.offset + size };
      for (const value of likelihood.draw(numbers, random, sized)) draws[at++] = value;
    }
  }
  return draws;
}

// src/questions/column-draws.ts
function columnDraws(modalities, noise) {
  const parts = modalities.map(({ observation }, m) => ({
    observation,
    size: thetaSize(observation),
    columns: valueCount(observation),
    sds: noise[m]
  }));
  const total2 = (of) => parts.reduce((sum, one) => sum + one[of], 0);
  const all = total2("columns");
  return {
    width: total2("size"),
    draw(theta, random, sizeOf) {
      const values = new Float32Array(all);
      let [first, from] = [0, 0];
      for (const [m, { observation, size, columns, sds }] of parts.entries()) {
        const ofModality = theta.subarray(first, first + size);
        values.set(drawValues(observation, ofModality, random, sizeOf(m), sds), from);
        first += size;
        from += columns;
      }
      return values;
    }
  };
}

// src/flows/scalar-flow.ts
function scalarFlow({ flow, components }) {
  return flow === "mixture" ? scalarMixture(components) : SCALAR_AFFINE;
}
var SCALAR_AFFINE = {
  inverse: (epsilon, [location, logScale]) => location + epsilon * scaleOf(logScale, AFFINE_LIMITS),
  moved(z, [location, logScale], after) {
    return this.inverse((z - location) / scaleOf(logScale, AFFINE_LIMITS), after);
  }
};
function scalarMixture(components) {
  return {
    inverse: (epsilon, theta) => quantile(gaussiansOf(theta, components), { below: normalCdf(epsilon), above: normalCdf(-epsilon) }),
    moved: (z, before, after) => quantile(gaussiansOf(after, components), tailsOf(gaussiansOf(before, components), z))
  };
}
function gaussiansOf(theta, components) {
  let maxLogit = -Infinity;
  for (let k = 0; k < components; k++) maxLogit = Math.max(maxLogit, theta[k]);
  const weights = new Float64Array(components);
  const sds = new Float64Array(components);
  let total2 = 0;
  for (let k = 0; k < components; k++) {
    weights[k] = Math.exp(theta[k] - maxLogit);
    total2 += weights[k];
    sds[k] = scaleOf(theta[2 * components + k], MIXTURE_LIMITS);
  }
  for (let k = 0; k < components; k++) weights[k] /= total2;
  return { weights, means: theta.subarray(components, 2 * components), sds };
}
function tailsOf({ weights, means, sds }, z) {
  let [below, above] = [0, 0];
  for (let k = 0; k < weights.length; k++) {
    below += weights[k] * normalCdf((z - means[k]) / sds[k]);
    above += weights[k] * normalCdf((means[k] - z) / sds[k]);
  }
  return { below, above };
}
var TOLERANCE = 1e-10;
var MAX_STEPS = 100;
function quantile({ weights, means, sds }, { below, above }) {
  const isLower = below < above;
  const target = Math.log(isLower ? below : above);
  const sign = isLower ? 1 : -1;
  let low = -Infinity;
  let high = Infinity;
  let [z, narrowest, widest] = [0, Infinity, -Infinity];
  for (let k = 0; k < weights.length; k++) {
    z += weights[k] * means[k];
    narrowest = Math.min(narrowest, sds[k]);
    widest = Math.max(widest, sds[k]);
  }
  const tolerance = TOLERANCE * narrowest;
  for (let step = 0; step < MAX_STEPS; step++) {
    let tail = 0;
    let density = 0;
    for (let k = 0; k < weights.length; k++) {
      const residual = (z - means[k]) / sds[k];
      tail += weights[k] * normalCdf(sign * residual);
      density += weights[k] * normalDensity(residual) / sds[k];
    }
    const excess = Math.log(tail) - target;
    if (sign * excess < 0) low = z;
    else high = z;
    let next = z - sign * excess * tail / density;
    if (!(next > low && next < high)) next = betweenOrBeyond(low, high, widest);
    if (Math.abs(next - z) <= tolerance) return next;
    z = next;
  }
  return z;
}
function betweenOrBeyond(low, high, step) {
  if (low === -Infinity) return high - 4 * step;
  return high === Infinity ? low + 4 * step : (low + high) / 2;
}
function scaleOf(logScale, limits) {
  return Math.exp(Math.min(Math.max(logScale, limits.logScaleMin), limits.logScaleMax));
}

// src/inference/latent-mechanisms.ts
var LatentMechanisms = class {
  /** Number of latents of the prior. A shared latent counts once, before all other latents. */
  size;
  /** Parents of each latent. */
  parents;
  #flow;
  #conditioners;
  #hidden;
  /** @param parameters parameters of one run */
  constructor(config, parameters) {
    const layout = blockLayout(latentLayout(config.modalities), config.shared);
    this.size = layout.latents;
    this.#flow = scalarFlow(config);
    this.#hidden = config.flowHidden;
    const valuesOf = (name) => parameters.get(name).values;
    const allowed = config.graph === "acyclic" ? valuesOf(ALLOWED_EDGES) : allowedEdges(layout, config);
    const logits = config.gates ? valuesOf(LATENT_GATES) : void 0;
    const all = Array.from({ length: this.size }, (_, i) => i);
    this.parents = all.map(
      (child) => all.filter((parent) => {
        const at = child * this.size + parent;
        return allowed[at] > 0 && (logits === void 0 || readsOpen(logits[at]));
      })
    );
    this.#conditioners = all.map((latent) => {
      const slice = (name) => {
        const values = valuesOf(name);
        const length = values.length / this.size;
        return values.subarray(latent * length, (latent + 1) * length);
      };
      return {
        weights: [0, 1, 2].map((layer) => slice(`flow.${layer}.weight`)),
        biases: [0, 1, 2].map((layer) => slice(`flow.${layer}.bias`))
      };
    });
  }
  /** Returns the latent with this ε. @param z latents of a subject, including the parents */
  value(latent, z, epsilon) {
    return this.#flow.inverse(epsilon, this.#theta(latent, z));
  }
  /** Returns the latent with the same ε as in `before` and the parents in `after`; both are latents of a subject. */
  moved(latent, before, after) {
    return this.#flow.moved(before[latent], this.#theta(latent, before), this.#theta(latent, after));
  }
  #theta(latent, z) {
    const { weights, biases } = this.#conditioners[latent];
    const first = new Float64Array(biases[0]);
    for (let h = 0; h < this.#hidden; h++) {
      for (const parent of this.parents[latent]) first[h] += weights[0][h * this.size + parent] * z[parent];
      first[h] = Math.tanh(first[h]);
    }
    const second = dense(weights[1], biases[1], first);
    for (let h = 0; h < second.length; h++) if (!(second[h] > 0)) second[h] *= LEAKY_SLOPE;
    return dense(weights[2], biases[2], second);
  }
};
function dense(weights, biases, input) {
  const output = new Float64Array(biases);
  for (let o = 0; o < output.length; o++) {
    let sum = output[o];
    for (let i = 0; i < input.length; i++) sum += weights[o * input.length + i] * input[i];
    output[o] = sum;
  }
  return output;
}

// src/questions/latent-flow.ts
var LatentFlow = class extends LatentMechanisms {
  /** All latents, causes before effects. */
  order;
  /**
   * @param parameters parameters of one run
   * @throws InputError `cyclic-graph`
   */
  constructor(config, parameters) {
    super(config, parameters);
    this.order = causalOrder(this.parents);
  }
  /** Returns the descendants of these latents, without the latents themselves. */
  effectsOf(causes, takes) {
    const start = new Set(causes);
    const reached = new Set(start);
    for (const latent of this.order) {
      if (this.parents[latent].some((parent) => reached.has(parent) && takes(parent, latent))) reached.add(latent);
    }
    return new Set([...reached].filter((latent) => !start.has(latent)));
  }
};
function causalOrder(parents) {
  const order = [];
  while (order.length < parents.length) {
    const next = parents.findIndex(
      (causes, latent) => !order.includes(latent) && causes.every((parent) => order.includes(parent))
    );
    if (next < 0) {
      throw new InputError(
        "cyclic-graph",
        "Latents of this fit cause each other, so no order has all causes before their effects, and the effects of setting one are not defined. Fit with sparsity.graph: ordered or acyclic to ask such questions."
      );
    }
    order.push(next);
  }
  return order;
}

// src/questions/generative-model.ts
var BATCH = 512;
var GenerativeModel = class {
  summary;
  ranges;
  flow;
  layout;
  /** Σ (latents + exogenous). */
  width;
  /** Positions in the flow of the latents of the modalities. */
  positions;
  #parts;
  #inverses;
  #parameters;
  #options;
  #columns;
  #sampler;
  #gaussian;
  /**
   * @param parameters parameters of one run
   * @throws InputError `cyclic-graph`, `no-table`, `damaged-file`; DeviceError
   */
  constructor(summary, parameters, options) {
    const config = summary.model;
    const regular = summary.columns.find(({ regularArray }) => regularArray !== void 0);
    if (regular) {
      throw new InputError(
        "no-table",
        `Questions are answered column by column, and modality ${regular.name} consists of ${regular.regularArray?.kind === "image" ? "images" : "series"}; fit only the tables of the study to ask them.`,
        { modality: regular.name }
      );
    }
    this.summary = summary;
    this.#parameters = parameters;
    this.#options = options;
    this.ranges = summary.ranges;
    this.flow = new LatentFlow(config, parameters);
    this.#columns = columnDraws(config.modalities, this.ranges.noise);
    this.#parts = ModelParts.load(config, parameters, BATCH, options);
    this.layout = this.#parts.layout;
    this.width = this.#parts.width;
    this.positions = blockPositions(this.layout, config.shared);
    this.#inverses = this.#parts.mapsComponents ? componentInverses(parameters, this.layout) : [];
  }
  /** The Gaussian over the measured columns of all modalities; undefined if the fit has none. */
  get gaussian() {
    this.#gaussian ??= savedGaussian(this.#parameters);
    return this.#gaussian;
  }
  /** Number of exogenous variables of all modalities. */
  get exogenous() {
    return this.width - this.layout.latents;
  }
  /** Number of bytes of the programs created so far. */
  get nativeBytes() {
    return this.#parts.nativeBytes + (this.#sampler?.nativeBytes ?? 0);
  }
  async dispose() {
    await Promise.all([this.#parts.dispose(), this.#sampler?.dispose()]);
  }
  /** Returns some rows of the table of a modality. */
  selectRows(table, modality, rows) {
    return selectSubjects(table, valueCount(this.layout.modalities[modality].observation), Int32Array.from(rows));
  }
  /**
   * Returns the posterior of the decoder inputs.
   * @param values per modality in the study's order, rows × columns
   * @param gaussian fills gaps that encoders have no mask for, see `fillGaps`; the Gaussian of the fit when left out
   */
  async posterior(values, rows, gaussian = () => this.gaussian) {
    const { model, columns: scales } = this.summary;
    const reconstruct = async (some2, count) => {
      const x = new Float32Array(count * this.layout.values);
      await this.#encode(some2, count, (encoded, used, start) => {
        transpose(encoded["x"], BATCH, used, x, start, this.layout.values);
      });
      return x;
    };
    const known = await fillGaps({ model, scales, gaussian, reconstruct }, values, rows);
    const mean2 = new Float32Array(rows * this.width);
    const logVariance = new Float32Array(rows * this.width);
    await this.#encode(known, rows, (encoded, used, start) => {
      transpose(encoded["v"], BATCH, used, mean2, start, this.width);
      transpose(encoded["logVariance"], BATCH, used, logVariance, start, this.width);
    });
    return { mean: mean2, sd: logVariance.map((value) => Math.exp(value / 2)) };
  }
  /**
   * Returns the latents and columns for decoder inputs.
   * @param v decoder inputs, rows × width
   */
  async read(v, { randomOf, sizeOf = () => 0, pace } = {}) {
    const rows = v.length / this.width;
    const latents = new Float32Array(rows * this.layout.latents);
    const x = new Float32Array(rows * this.layout.values);
    const drawn = new Float32Array(randomOf ? x.length : 0);
    const theta = new Float32Array(BATCH * this.#columns.width);
    await eachBatch(rows, async (start, count) => {
      await pace?.rest();
      const batch = new Float32Array(BATCH * this.width);
      batch.set(v.subarray(start * this.width, (start + count) * this.width));
      const decoded = await this.#parts.decode(
        splitByModality(this.layout, batch, BATCH),
        (i, m) => i < count ? sizeOf(start + i, m) : 0
      );
      transpose(decoded["z"], BATCH, count, latents, start, this.layout.latents);
      transpose(decoded["x"], BATCH, count, x, start, this.layout.values);
      if (!randomOf) return;
      transpose(decoded["theta"], BATCH, count, theta, 0, this.#columns.width);
      for (let i = 0; i < count; i++) {
        const ofRow = theta.subarray(i * this.#columns.width, (i + 1) * this.#columns.width);
        drawn.set(
          this.#columns.draw(ofRow, randomOf(start + i), (m) => sizeOf(start + i, m)),
          (start + i) * this.layout.values
        );
      }
    });
    const { size } = this.flow;
    const z = new Float64Array(rows * size);
    for (let row = 0; row < rows; row++) {
      this.positions.forEach((position, latent) => {
        z[row * size + position] = latents[row * this.layout.latents + latent];
      });
    }
    return { z, x, drawn };
  }
  /**
   * Returns the decoder inputs for latents and exogenous variables. A row is lost if the map to components cannot be
   * inverted, unless its latents are the same as in `earlier`.
   * @param z latents, rows × `flow.size` @param eta exogenous variables, rows × `exogenous`
   */
  async place(z, eta, { near, moves, earlier, pace } = {}) {
    const { size } = this.flow;
    const rows = z.length / size;
    const v = near?.slice() ?? new Float32Array(rows * this.width);
    const lost = /* @__PURE__ */ new Set();
    for (let row = 0; row < rows; row++) {
      if (pace?.isDue) await pace.rest();
      let [latent, first, noise] = [0, row * this.width, row * this.exogenous];
      for (const [m, { latents, exogenous }] of this.layout.modalities.entries()) {
        if (!moves || moves(row, m)) {
          const components = new Float64Array(latents);
          let isNew = earlier === void 0;
          for (let k = 0; k < latents; k++) {
            const at = row * size + this.positions[latent + k];
            components[k] = z[at];
            isNew ||= z[at] !== earlier.z[at];
          }
          if (isNew) {
            const solved = this.#inverses.length === 0 ? components : new Float64Array(v.subarray(first, first + latents));
            if (this.#inverses.length > 0 && !this.#inverses[m](components, solved)) lost.add(row);
            v.set(solved, first);
          } else {
            v.set(earlier.v.subarray(first, first + latents), first);
          }
          v.set(eta.subarray(noise, noise + exogenous), first + latents);
        }
        latent += latents;
        first += latents + exogenous;
        noise += exogenous;
      }
    }
    return { v, lost };
  }
  /**
   * Returns the latents with those of absent modalities drawn from q(z missing | z observed), rows × `flow.size`.
   * @throws InputError `cannot-infer`
   */
  async inferMissing(z, { present, places, seed }) {
    if (!this.#parameters.has(MISSING_CENTRE)) {
      throw new InputError(
        "cannot-infer",
        "Subjects lack a modality, and this model was saved by a version that could not infer latents from other modalities; fit it again, or leave these subjects out."
      );
    }
    this.#sampler ??= new MissingSampler(this.layout, this.summary.config, this.#parameters, this.#options);
    const { latents, modalityOf } = this.layout;
    const { size } = this.flow;
    const values = Float32Array.from({ length: z.length / size * latents }, (_, at) => {
      return z[Math.floor(at / latents) * size + this.positions[at % latents]];
    });
    const drawn = await this.#sampler.draw({ values, present, places }, 1, seed);
    const all = z.slice();
    drawn.forEach((value, at) => {
      const [row, latent] = [Math.floor(at / latents), at % latents];
      if (present[modalityOf[latent]][row] === 0) all[row * size + this.positions[latent]] = value;
    });
    return all;
  }
  /**
   * Returns exogenous variables with their linear dependence on latents: `rest` + Σ slopes · z.
   * @param rest rows × `exogenous` @param z rows × `flow.size`
   */
  withLatents(rest, z) {
    const { size } = this.flow;
    let [latent, noise] = [0, 0];
    const sources = this.layout.modalities.flatMap(({ latents, exogenous }) => {
      const ofModality = this.positions.slice(latent, latent + latents);
      latent += latents;
      return Array.from({ length: exogenous }, () => ({ ofModality, slopes: this.ranges.eta[noise++].slopes }));
    });
    return rest.map((value, at) => {
      const row = Math.floor(at / this.exogenous);
      const { ofModality, slopes } = sources[at % this.exogenous];
      return ofModality.reduce((sum, position, k) => sum + slopes[k] * z[row * size + position], value);
    });
  }
  /** Encodes all batches. @param read receives the outputs of a batch, the number of its rows, and the first row */
  async #encode(values, rows, read) {
    const widths = this.layout.modalities.map(({ observation }) => valueCount(observation));
    await eachBatch(rows, async (start, count) => {
      const some2 = consecutive(start, count);
      const batch = widths.map((width, m) => padded(values[m], width, some2, BATCH));
      read(await this.#parts.encode(batch), count, start);
    });
  }
  /** Returns the exogenous variables in decoder inputs, rows × `exogenous`. */
  etaOf(v) {
    const rows = v.length / this.width;
    const eta = new Float64Array(rows * this.exogenous);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      let first = row * this.width;
      for (const { latents, exogenous } of this.layout.modalities) {
        for (let k = 0; k < exogenous; k++) eta[at++] = v[first + latents + k];
        first += latents + exogenous;
      }
    }
    return eta;
  }
};
async function eachBatch(rows, work) {
  for (let start = 0; start < rows; start += BATCH) await work(start, Math.min(BATCH, rows - start));
}

// src/questions/requested.ts
function rowsOf({ ids }, subjects = ids) {
  const position = new Map(ids.map((id, row) => [id, row]));
  return subjects.map((id) => {
    const row = position.get(id);
    if (row !== void 0) return row;
    throw new InputError(
      "unknown-subject",
      `There is no subject '${id}' in the study${didYouMean(id, ids)}. Use ids as in its tables; questions about subjects who are left out of the study are not possible.`,
      { subject: id }
    );
  });
}
function predictedCells({ columns }, values, { from, to }) {
  const names = columns.map(({ name }) => name);
  for (const name of [...from, ...to]) {
    if (names.includes(name) && !(from.includes(name) && to.includes(name))) continue;
    const problem = names.includes(name) ? `${name} cannot predict itself` : `The model has no modality '${name}'`;
    const hint = names.includes(name) ? "" : didYouMean(name, names);
    throw new InputError("unknown-modality", `${problem}${hint}; it has ${names.join(", ")}.`, { modality: name });
  }
  const known = values.map((table, m) => {
    if (from.includes(names[m])) return table;
    return { values: new Float32Array(table.values.length), observed: new Uint8Array(table.values.length) };
  });
  const present = known.map((table, m) => presenceOf({ ...table, columns: columns[m].columns }));
  return {
    values: known,
    wants: (row, { modality }) => to.includes(modality) && present.some((mask) => mask[row] === 1)
  };
}

// src/questions/impute.ts
var DRAWS3 = 200;
var ROWS_TOGETHER2 = 4096;
async function* imputedCells(model, { values, rows, wants }, { draws = DRAWS3, seed = 0, level = LEVEL, signal } = {}) {
  checkDraws({ draws, seed, level });
  const pace = new Pace(signal);
  await pace.rest();
  const columns = columnVariables(model.summary);
  const requested = rows.filter((row) => columns.some((column) => wants(row, column)));
  const together = Math.max(1, Math.floor(ROWS_TOGETHER2 / draws));
  for (let start = 0; start < requested.length; start += together) {
    const part = requested.slice(start, start + together);
    const selected = values.map((table, m) => model.selectRows(table, m, part));
    const {
      x,
      drawn: observed,
      lost
    } = await drawSubjects(model, { values: selected, rows: part }, { draws, seed, pace });
    const answers = gaussianAnswers(model, selected, part.length);
    for (const [i, row] of part.entries()) {
      const valid = Array.from({ length: draws }, (_, draw) => i * draws + draw).filter((at) => !lost.has(at));
      for (const column of columns.filter((one) => wants(row, one))) {
        await pace.rest();
        const at = (one) => one * model.layout.values + column.at;
        const drawn = Float64Array.from(valid, (one) => observed[at(one)]);
        const answer = answers(i, column);
        const expected = valid.reduce((sum, one) => sum + x[at(one)], 0) / valid.length;
        const joined2 = answer ? joinedDraws(drawn, expected, answer) : drawn;
        yield { row, column, value: distributionOf(joined2.map(column.inUnits), level) };
      }
    }
  }
}
function missingCells(values) {
  return (row, { m, c, width }) => values[m].observed?.[row * width + c] === 0;
}

// src/inference/traversal.ts
var STEPS = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
var ENDS = [STEPS[0], STEPS[STEPS.length - 1]];
var MAX_SUBJECTS = 256;
var SIDES = [-0.05, 0.05];
async function traverse(parts, parameters, posteriors) {
  const { layout, width, batch } = parts;
  const { modalities } = layout;
  const picked = posteriors.having.map((rows) => {
    const subjects = Math.min(MAX_SUBJECTS, batch, rows.length);
    return Array.from({ length: subjects }, (_, i) => rows[Math.floor(i * rows.length / subjects)]);
  });
  const inverses = parts.mapsComponents ? componentInverses(parameters, layout) : [];
  const entries = modalities.map((m) => m.latents + m.exogenous);
  const firstEntry = offsets(entries);
  const columnsOf = modalities.map(({ observation }) => valueCount(observation));
  const firstColumn = offsets(columnsOf);
  const stepsOf = (index, k) => k < modalities[index].latents ? STEPS : ENDS;
  const responses = entries.map(
    (count, index) => Array.from({ length: count }, (_, k) => new Float64Array(stepsOf(index, k).length * columnsOf[index]))
  );
  const slopes = modalities.map(
    ({ observation, latents }, index) => Array.from({ length: observation.kind === "table" ? 0 : latents }, () => new Float64Array(columnsOf[index]))
  );
  for (let k = 0; k < Math.max(...entries); k++) {
    const paths = modalities.map(({ latents }, index) => {
      if (k >= entries[index]) return void 0;
      const inverse = k < latents ? inverses.at(index) : void 0;
      return path(
        posteriors,
        {
          rows: picked[index],
          all: posteriors.having[index],
          width,
          first: firstEntry[index],
          entries: entries[index],
          latents,
          k,
          steps: stepsOf(index, k)
        },
        inverse
      );
    });
    const decode = async (positionsOf) => {
      const moved = new Float32Array(batch * width);
      paths.forEach((one, index) => {
        const size = entries[index];
        const positions = one && positionsOf(one);
        for (let i = 0; positions !== void 0 && i < picked[index].length; i++) {
          moved.set(positions.subarray(i * size, (i + 1) * size), i * width + firstEntry[index]);
        }
      });
      const { x } = await parts.decode(splitByModality(layout, moved, batch));
      return x;
    };
    const average = (index, into, value) => {
      const followed = paths[index]?.followed ?? [];
      for (let c = 0; c < columnsOf[index] && followed.length > 0; c++) {
        const source = (firstColumn[index] + c) * batch;
        into[c] = followed.reduce((total2, i) => total2 + value(source + i), 0) / followed.length;
      }
    };
    for (const sds of STEPS.filter((one) => paths.some((path2) => path2?.steps.includes(one)))) {
      const x = await decode(({ steps, positions }) => positions[steps.indexOf(sds)]);
      responses.forEach((ofModality, index) => {
        const step = paths[index]?.steps.indexOf(sds) ?? -1;
        const columns = columnsOf[index];
        if (step >= 0) average(index, ofModality[k].subarray(step * columns, (step + 1) * columns), (at) => x[at]);
      });
    }
    if (slopes.every(({ length }) => k >= length)) continue;
    const low = (await decode(({ sides }) => sides[0])).slice();
    const high = await decode(({ sides }) => sides[1]);
    slopes.forEach((ofModality, index) => {
      if (k < ofModality.length)
        average(index, ofModality[k], (at) => Math.abs(high[at] - low[at]) / (SIDES[1] - SIDES[0]));
    });
  }
  const traversals = responses.flatMap(
    (ofModality, index) => ofModality.map((response, k) => {
      const slope = slopes[index].at(k);
      return { entry: firstEntry[index] + k, steps: stepsOf(index, k), response, ...slope && { slope } };
    })
  );
  return { steps: STEPS, traversals };
}
function path(posteriors, moving, inverse) {
  const { mean: mean2 } = posteriors;
  const { rows, all, width, first, entries, k, steps } = moving;
  const { centre, sd } = centreAndSd(mean2, all, width, first + k);
  const positions = steps.map(() => new Float32Array(rows.length * entries));
  const sides = SIDES.map(() => new Float32Array(rows.length * entries));
  const followed = [];
  rows.forEach((row, i) => {
    const place = mean2[row * width + first + k];
    const targets = [
      ...steps.map((sds, step) => [positions[step], centre + sds * sd]),
      ...SIDES.map((sds, side) => [sides[side], place + sds * sd])
    ];
    const solved = targets.map(([table, target]) => {
      const into = table.subarray(i * entries, (i + 1) * entries);
      return move(posteriors, { ...moving, row, target }, into, inverse);
    });
    if (solved.every(Boolean)) followed.push(i);
  });
  return { followed, steps, positions, sides };
}
function move({ v, mean: mean2 }, { width, first, entries, latents, k, row, target }, into, inverse) {
  const at = row * width + first;
  into.set(v.subarray(at, at + entries));
  if (inverse === void 0) {
    into[k] = target;
    return true;
  }
  const z = Float64Array.from(mean2.subarray(at, at + latents));
  z[k] = target;
  const guess = Float64Array.from(into.subarray(0, latents));
  const isSolved = inverse(z, guess);
  into.set(guess);
  return isSolved;
}
function centreAndSd(values, rows, width, column) {
  let sum = 0;
  for (const row of rows) sum += values[row * width + column];
  const centre = sum / rows.length;
  let square = 0;
  for (const row of rows) square += (values[row * width + column] - centre) ** 2;
  return { centre, sd: Math.sqrt(square / rows.length) };
}
function offsets(sizes) {
  let next = 0;
  return sizes.map((size) => (next += size) - size);
}

// src/questions/intervention-grid.ts
var COLUMNS = 6;
var MAX_DRAWS2 = 500;
var MIN_DRAWS = 100;
var VALUES = 1e7;
var LATENTS_OF_A_ROW = 500;
var REFUSALS = ["undetermined-latent", "unreplicated-latent", "direction-unknown"];
async function interventionGrid(model, signal) {
  checkTested(model, {});
  const names = latentNames(model.summary);
  const firsts = names.flatMap((_, i) => model.positions.indexOf(model.positions[i]) === i ? [i] : []);
  const unset = [];
  const set = firsts.filter((i) => {
    const refusal = refusalOf(model, names, names[i]);
    if (refusal) unset.push(refusal);
    return refusal === void 0;
  });
  const valuesOfDraw = Math.max(1, set.length) * STEPS.length * (LATENTS_OF_A_ROW + model.layout.values);
  const draws = Math.max(MIN_DRAWS, Math.min(MAX_DRAWS2, Math.floor(VALUES / valuesOfDraw)));
  const pace = new Pace(signal);
  const baseline = await drawBaseline(model, { draws, seed: 0, pace });
  const latents = [];
  for (const i of set) {
    const copies = names.filter((_, k) => k !== i && model.positions[k] === model.positions[i]);
    const answers = [];
    for (const sd of STEPS) {
      const action = actionOf(model, names, { [names[i]]: { sd } });
      answers.push(await interveneIn(model, baseline, action, { level: LEVEL, pace }));
    }
    const beyond = answers.map(({ warnings }) => warnings.some(({ code }) => code === "beyond-training"));
    const modality = model.layout.modalities[model.layout.modalityOf[i]].name;
    const { assumed } = answers[0];
    const reached = reachedOf(answers, [names[i], ...copies]);
    latents.push({ name: names[i], modality, copies, assumed, beyond, reached });
  }
  return { steps: STEPS, draws, level: LEVEL, latents, unset };
}
function refusalOf(model, names, name) {
  try {
    actionOf(model, names, { [name]: { sd: 0 } });
    return void 0;
  } catch (error) {
    const code = error instanceof InputError ? REFUSALS.find((one) => one === error.code) : void 0;
    if (code === void 0) throw error;
    return { name, code, reason: error.message };
  }
}
function reachedOf(answers, set) {
  const all = answers[0].consequences.map(({ name, kind, modality, before }, k) => ({
    ...{ name, kind, modality, before },
    after: answers.map(({ consequences }) => consequences[k].after),
    effect: answers.map(({ consequences }) => consequences[k].effect)
  }));
  const columns = all.filter(({ kind }) => kind === "column").sort((a, b) => reach(b) - reach(a));
  const modalities = [...new Set(all.map(({ modality }) => modality))];
  return [
    ...all.filter(({ kind, name }) => kind === "latent" && !set.includes(name)),
    ...modalities.flatMap((one) => columns.filter(({ modality }) => modality === one).slice(0, COLUMNS))
  ];
}
function reach({ before: { sd }, effect }) {
  return Math.max(...effect.map(({ mean: mean2 }) => Math.abs(mean2))) / (sd || 1);
}

// src/questions/choose-imputation.ts
var MAX_COLUMNS = 400;
var STEP_WORK = 2e8;
var MAX_VALIDATION = 256;
var MIN_CELLS = 20;
var DRAWS4 = 32;
var ROWS_TOGETHER3 = 4096;
var LAST_STEPS = 30;
async function chooseImputation(model, { modalities, split }, signal) {
  const columns = measuredColumns(model.summary);
  if (columns.length < 2 || columns.length > MAX_COLUMNS) return void 0;
  const tableOf = (rows) => {
    const values = modalities.map((modality) => selectSubjects(modality, valuesPerSubject(modality), rows));
    return measuredTable(columns, values, rows.length);
  };
  const maxSubjects = Math.ceil(STEP_WORK / columns.length ** 2);
  const validation = split.validation.subarray(0, MAX_VALIDATION);
  const { gaussian, shrinkage } = await chooseGaussian(
    tableOf(spreadOver(split.train, maxSubjects)),
    tableOf(validation),
    signal
  );
  const known = modalities.map((modality) => selectSubjects(modality, valuesPerSubject(modality), validation));
  const hidden = { model, columns, gaussian, known, rows: validation.length };
  const cells = await hiddenCells(hidden);
  signal?.throwIfAborted();
  const whole = await hiddenModalities(hidden);
  const mixes = modalities.map((_, m) => ({
    cells: mixOf(cells, columns, gaussian, m),
    whole: mixOf(whole, columns, gaussian, m)
  }));
  const everybody = tableOf(spreadOver(joined(split.train, split.validation), maxSubjects));
  const last = fitGaussian(everybody, { shrinkage, iterations: LAST_STEPS, start: gaussian });
  return { imputation: { shrinkage, modalities: mixes }, parameters: gaussianParameters(last) };
}
async function hiddenCells(hidden) {
  const { model, columns, gaussian, known, rows } = hidden;
  const table = measuredTable(columns, known, rows);
  const all = [];
  for (const shownMarks of hiddenFolds(table)) {
    const shown = known.map((modality, m) => {
      const { length } = modality.values;
      const width = length / rows;
      const observed = modality.observed?.slice() ?? new Uint8Array(length).fill(1);
      columns.forEach((column, k) => {
        if (column.m !== m) return;
        for (let row = 0; row < rows; row++) observed[row * width + column.c] = shownMarks[row * columns.length + k];
      });
      return { values: modality.values.map((value, at) => value * observed[at]), observed };
    });
    const present = presenceIn(hidden, shown);
    const { mean: mean2 } = await model.posterior(shown, rows, () => gaussian);
    const { x } = await model.read(mean2);
    all.push(...answersOf(hidden, shown, x, (row, { m }) => present[m][row] === 1));
  }
  return all;
}
async function hiddenModalities(hidden) {
  const { known, rows } = hidden;
  const present = presenceIn(hidden, known);
  const all = [];
  for (const hiddenOne of known.keys()) {
    const shown = known.map(
      (table, m) => m === hiddenOne ? { values: new Float32Array(table.values.length), observed: new Uint8Array(table.values.length) } : table
    );
    const requested = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => present[hiddenOne][row] === 1 && present.some((mask, m) => m !== hiddenOne && mask[row] === 1)
    );
    const x = await meanDraws(hidden, shown, requested);
    const isRequested = new Set(requested);
    all.push(...answersOf(hidden, shown, x, (row, { m }) => m === hiddenOne && isRequested.has(row)));
  }
  return all;
}
async function meanDraws({ model }, values, requested) {
  const width = model.layout.values;
  const means = new Float64Array(values[0].values.length / model.summary.columns[0].columns.length * width).fill(NaN);
  const together = Math.floor(ROWS_TOGETHER3 / DRAWS4);
  for (let start = 0; start < requested.length; start += together) {
    const rows = requested.slice(start, start + together);
    const selected = values.map((table, m) => model.selectRows(table, m, rows));
    const { x, lost } = await drawSubjects(
      model,
      { values: selected, rows },
      { draws: DRAWS4, seed: 0, pace: new Pace() }
    );
    rows.forEach((row, i) => {
      const draws = Array.from({ length: DRAWS4 }, (_, draw) => i * DRAWS4 + draw).filter((at) => !lost.has(at));
      for (let c = 0; c < width && draws.length > 0; c++) {
        means[row * width + c] = draws.reduce((sum, at) => sum + x[at * width + c], 0) / draws.length;
      }
    });
  }
  return means;
}
function answersOf({ columns, gaussian, known, rows, model }, shown, decoded, counts) {
  const { mean: mean2, sd } = gaussian.conditional(measuredTable(columns, shown, rows));
  const all = [];
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, k) => {
      const { m, c, width, at } = column;
      const decoder = decoded[row * model.layout.values + at];
      const position = row * width + c;
      const isHidden = known[m].observed?.[position] !== 0 && shown[m].observed?.[position] === 0;
      if (!isHidden || !counts(row, column) || Number.isNaN(decoder)) return;
      const cell = row * columns.length + k;
      all.push({ m, k, value: known[m].values[position], decoder, gaussian: mean2[cell], sd: sd[cell] });
    });
  }
  return all;
}
function mixOf(hidden, columns, { mean: mean2 }, m) {
  const cells = hidden.filter((cell) => cell.m === m);
  if (cells.length < MIN_CELLS) return void 0;
  const sum = (of) => cells.reduce((total3, cell) => total3 + of(cell), 0);
  const apart = sum(({ gaussian, decoder }) => (gaussian - decoder) ** 2);
  const pull = sum(({ value, gaussian, decoder }) => (gaussian - decoder) * (value - decoder));
  const weight = apart > 0 ? Math.min(1, Math.max(0, pull / apart)) : 0;
  const total2 = sum(({ value, k }) => (value - mean2[k]) ** 2);
  const joined2 = ({ gaussian, decoder }) => decoder + weight * (gaussian - decoder);
  const share = (of) => 1 - sum((cell) => (cell.value - of(cell)) ** 2) / total2;
  const r2 = { decoder: share((cell) => cell.decoder), gaussian: share((cell) => cell.gaussian), both: share(joined2) };
  const spreadOf = (some2) => {
    const squares = some2.reduce((all, cell) => all + ((cell.value - joined2(cell)) / cell.sd) ** 2, 0);
    return Math.sqrt(squares / some2.length);
  };
  const spread2 = columns.flatMap((column, k) => {
    if (column.m !== m) return [];
    const ofColumn = cells.filter((cell) => cell.k === k);
    return [spreadOf(ofColumn.length > 1 ? ofColumn : cells)];
  });
  return { weight, r2, spread: spread2 };
}
function presenceIn({ model }, values) {
  return values.map((table, m) => presenceOf({ ...table, columns: model.summary.columns[m].columns }));
}

// src/questions/completed.ts
function checkCompletable(tables, scales) {
  const gaps = new Map(
    tables.map(({ name, columns }) => [
      name,
      new Set(columns.flatMap((column) => column.values.some(Number.isNaN) ? [column.name] : []))
    ])
  );
  checkUnits(columnVariables({ columns: scales }).filter(({ modality, column }) => gaps.get(modality)?.has(column)));
}
function completedTables(tables, scales, cells) {
  const means = meansByColumn(scales, cells);
  return tables.map(({ name, columns }) => {
    const modality = scales.find((one) => one.name === name);
    const kinds = new Map(modality.columns.filter(({ total: total2 }) => !total2).map((scale) => [columnOf(scale), scale.kind]));
    return {
      name,
      columns: columns.filter((column) => kinds.has(column.name)).map((column) => completed(column, kinds.get(column.name), means.get(`${name}.${column.name}`)))
    };
  });
}
function meansByColumn(scales, cells) {
  const means = /* @__PURE__ */ new Map();
  for (const { row, column, value } of cells) {
    const name = `${column.modality}.${columnOf(scales[column.m].columns[column.c])}`;
    const ofColumn = means.get(name) ?? /* @__PURE__ */ new Map();
    means.set(name, ofColumn);
    const ofRow = ofColumn.get(row) ?? [];
    ofColumn.set(row, ofRow);
    ofRow.push(value.mean);
  }
  return means;
}
function completed({ name, values: raw, levels }, kind, means) {
  const values = raw.map((value, row) => {
    const imputed = Number.isNaN(value) ? means?.get(row) : void 0;
    if (imputed === void 0) return value;
    return levels ? likeliestLevel(imputed, kind) : imputed[0];
  });
  if (!levels) return { name, values };
  return { name, values: Array.from(values, (level) => Number.isNaN(level) ? "" : levels[level]) };
}
function likeliestLevel(means, kind) {
  const reached = [1, ...means, 0];
  const chances = kind === "categorical" ? means : reached.slice(0, -1).map((chance, k) => chance - reached[k + 1]);
  return chances.indexOf(Math.max(...chances));
}

// src/data/group-units.ts
function groupUnits(rows, groups) {
  const entries = [...rowsByGroup(Array.from(rows, (row) => groups[row]))];
  return {
    names: entries.map(([name]) => name),
    members: entries.map(([, positions]) => positions),
    sizes: Int32Array.from(entries, ([, positions]) => positions.length)
  };
}
function varianceComponents(values, members) {
  const known = knownMembers(values, members).filter(({ length }) => length > 0);
  const count = known.reduce((sum, rows) => sum + rows.length, 0);
  const grand = known.reduce((sum, rows) => sum + total(values, rows), 0) / count;
  let around = 0;
  let inside = 0;
  let squares = 0;
  for (const rows of known) {
    const mean3 = total(values, rows) / rows.length;
    around += rows.length * (mean3 - grand) ** 2;
    inside += rows.reduce((sum, row) => sum + (values[row] - mean3) ** 2, 0);
    squares += rows.length ** 2;
  }
  const groups = known.length;
  const within = count > groups ? inside / (count - groups) : 0;
  const typical = (count - squares / count) / (groups - 1);
  const between = groups > 1 ? Math.max(0, (around / (groups - 1) - within) / typical) : 0;
  const weights = known.map((rows) => weightOf(rows.length, { between, within }));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const mean2 = weight > 0 ? known.reduce((sum, rows, g) => sum + weights[g] / weight * (total(values, rows) / rows.length), 0) : grand;
  return { mean: mean2, between, within };
}
function scaledGroupMeans(values, members) {
  const { mean: mean2, ...variances } = varianceComponents(values, members);
  return Float64Array.from(knownMembers(values, members), (rows) => {
    if (rows.length === 0) return NaN;
    return (total(values, rows) / rows.length - mean2) * Math.sqrt(weightOf(rows.length, variances));
  });
}
function withinGroupDeviations(values, members) {
  const deviations = new Float64Array(values.length).fill(NaN);
  for (const rows of knownMembers(values, members)) {
    if (rows.length < 2) continue;
    const mean2 = total(values, rows) / rows.length;
    for (const row of rows) deviations[row] = (values[row] - mean2) / Math.sqrt(1 - 1 / rows.length);
  }
  return deviations;
}
function shuffledWithinGroups(members, random) {
  const order = new Int32Array(members.reduce((sum, rows) => sum + rows.length, 0));
  for (const rows of members) {
    random.permutation(rows.length).forEach((from, to) => {
      order[rows[to]] = rows[from];
    });
  }
  return order;
}
function knownMembers(values, members) {
  return members.map((rows) => rows.filter((row) => !Number.isNaN(values[row])));
}
function weightOf(rows, { between, within }) {
  const variance = between + within / rows;
  return variance > 0 ? 1 / variance : 0;
}
function total(values, rows) {
  return rows.reduce((sum, row) => sum + values[row], 0);
}

// src/evidence/known-scores.ts
function knownScores(values) {
  const scores = normalScores(values.filter((value) => !Number.isNaN(value)));
  let next = 0;
  return values.map((value) => Number.isNaN(value) ? NaN : scores[next++]);
}

// src/evidence/vectors.ts
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
function mean(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
function centred(values) {
  const middle = mean(values);
  const result = new Float64Array(values.length);
  for (let i = 0; i < result.length; i++) result[i] = values[i] - middle;
  return result;
}
function varies(values) {
  return values.some((value) => value !== values[0]);
}
function levelsOf(values, limit) {
  const seen = /* @__PURE__ */ new Set();
  for (const value of values) {
    if (!Number.isNaN(value)) seen.add(value);
    if (seen.size === limit) break;
  }
  return seen.size;
}

export {
  Pace,
  chooseImputation,
  parseSetting,
  EDGE_CHOICES,
  countGaps,
  gapWarnings,
  gapWarningsOf,
  intervene,
  counterfactuals,
  checkCompletable,
  completedTables,
  generateSubjects,
  nearestDistances,
  ModelParts,
  LatentMechanisms,
  GenerativeModel,
  rowsOf,
  predictedCells,
  imputedCells,
  missingCells,
  traverse,
  interventionGrid,
  groupUnits,
  scaledGroupMeans,
  withinGroupDeviations,
  shuffledWithinGroups,
  knownScores,
  dot,
  mean,
  centred,
  varies,
  levelsOf
};
