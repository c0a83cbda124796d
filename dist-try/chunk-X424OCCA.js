import {
  EDGE_DIRECTIONS,
  checkLatentGraph,
  latentNodes,
  modalityLatents,
  sortEdges
} from "./chunk-64LFUNOM.js";
import {
  deserializeError
} from "./chunk-SPMNODIT.js";
import {
  packageRoot
} from "./chunk-AMU4RVW4.js";
import {
  ARROW,
  CIRCLE,
  EdgeCounts,
  NEVER,
  TAIL,
  asWritten,
  checkCausalGraph,
  checkColumns,
  checkHalfSamples,
  graphEdges,
  graphFromEdges,
  graphFromMatrix,
  isAdjacent,
  isDirected,
  positions,
  shareInterval,
  stableGraph
} from "./chunk-4FPRHE4L.js";
import {
  parseJson
} from "./chunk-HKABEZMM.js";
import {
  averageRanks,
  meanCorrelation
} from "./chunk-KVCOM63A.js";
import {
  checkAccepted,
  checkArgument,
  checkOptions,
  logGamma,
  shown
} from "./chunk-MX4VZIVR.js";
import {
  readNpy
} from "./chunk-YRABOJSH.js";
import {
  readText
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/causal/discovery/search/colliders.ts
var COLLIDER_RULES = ["sepset", "maxp", "definite-maxp"];
var COLLIDER_PRIORITIES = ["overwrite", "bidirect", "existing", "stronger", "stronger-star"];
var MAX_SUBSETS = 2 ** 20;

// src/causal/discovery/compatibility-choices.ts
function choicesOf(compatibility, known) {
  if (compatibility === void 0) return /* @__PURE__ */ new Set();
  if (compatibility === "causal-learn") return new Set(known);
  const requested = Array.isArray(compatibility) ? compatibility : [compatibility];
  const at = requested.findIndex((choice) => !known.some((one) => one === choice));
  if (at < 0) return new Set(compatibility);
  const unknown = requested[at];
  const meant = typeof unknown === "string" ? didYouMean(unknown, ["causal-learn", ...known]) : "";
  throw new InputError(
    "unknown-compatibility",
    `there is no compatibility ${shown(unknown)}${meant}: choose causal-learn, or any of ${known.join(", ")}`
  );
}

// src/causal/discovery/independence/kernel-choices.ts
var KERNEL_CHOICES = [
  "sample-deviation",
  "shared-width",
  "centred-regression",
  "small-ridge",
  "cut-spectrum"
];

// src/causal/discovery/search/compatibility.ts
var COMPATIBILITY_CHOICES = [
  "rounded-p-values",
  "noted-ancestors",
  "separating-sets",
  "possible-d-sep",
  "orientation-rules",
  "two-phases",
  "penalty",
  ...KERNEL_CHOICES
];
function compileCompatibility(compatibility) {
  return choicesOf(compatibility, COMPATIBILITY_CHOICES);
}

// src/causal/discovery/compare.ts
function compareCausalGraphs(truth, estimate) {
  checkCausalGraph("compareCausalGraphs: truth", truth);
  checkCausalGraph("compareCausalGraphs: estimate", estimate);
  const position = positions(estimate.variables);
  const place = truth.variables.map(({ name: name2 }) => position.get(name2) ?? -1);
  if (place.includes(-1) || place.length !== position.size) {
    const odd = truth.variables.find((_, i) => place[i] === -1)?.name;
    throw new InputError(
      "variables-disagree",
      odd === void 0 ? `the true graph has ${place.length} variables, the estimated one ${position.size}` : `the estimated graph has no variable '${odd}'; both must have the same variables`
    );
  }
  const counts = { missing: 0, extra: 0, reversed: 0, otherwiseMarked: 0, trueEdges: 0, estimatedEdges: 0 };
  const arrows = { both: 0, truth: 0, estimate: 0 };
  const markAt2 = (graph, i, j) => graph.marks[i * graph.variables.length + j];
  for (let i = 0; i < place.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [place[i], place[j]];
      const isTrue = isAdjacent(truth, i, j);
      const isEstimated = isAdjacent(estimate, a, b);
      if (isTrue) counts.trueEdges++;
      if (isEstimated) counts.estimatedEdges++;
      if (isTrue && !isEstimated) {
        counts.missing++;
      } else if (!isTrue && isEstimated) {
        counts.extra++;
      } else if (isTrue) {
        const isReversed = isDirected(truth, i, j) && isDirected(estimate, b, a) || isDirected(truth, j, i) && isDirected(estimate, a, b);
        const isSame = markAt2(truth, i, j) === markAt2(estimate, a, b) && markAt2(truth, j, i) === markAt2(estimate, b, a);
        if (isReversed) counts.reversed++;
        else if (!isSame) counts.otherwiseMarked++;
      }
      for (const [inTruth, inEstimate] of [
        [markAt2(truth, i, j), markAt2(estimate, a, b)],
        [markAt2(truth, j, i), markAt2(estimate, b, a)]
      ]) {
        if (inTruth === ARROW) arrows.truth++;
        if (inEstimate === ARROW) arrows.estimate++;
        if (inTruth === ARROW && inEstimate === ARROW) arrows.both++;
      }
    }
  }
  const distance = counts.missing + counts.extra + counts.reversed + counts.otherwiseMarked;
  const correct = counts.trueEdges - counts.missing;
  return {
    distance,
    distanceReversalTwice: distance + counts.reversed,
    ...counts,
    adjacency: { precision: correct / counts.estimatedEdges, recall: correct / counts.trueEdges },
    arrow: { precision: arrows.both / arrows.estimate, recall: arrows.both / arrows.truth }
  };
}

// src/causal/discovery/independence/distributions.ts
var MIN = 1e-300;
var PRECISION = 2 ** -52;
function normalTwoSided(z) {
  return upperGamma(0.5, z * z / 2);
}
function normalTwoSidedQuantile(p) {
  let [low, high] = [0, 40];
  for (let middle = 20; middle > low && middle < high; middle = (low + high) / 2) {
    if (normalTwoSided(middle) > p) low = middle;
    else high = middle;
  }
  return low;
}
function chiSquareTail(x, degrees) {
  if (!(degrees > 0 && degrees < Infinity)) {
    throw new InputError("invalid-argument", `chiSquareTail: degrees must be a finite number above 0, not ${degrees}`);
  }
  return x <= 0 ? 1 : upperGamma(degrees / 2, x / 2);
}
function gammaTail(x, mean, variance) {
  if (!(mean > 0) || !(variance > 0)) return 1;
  return x <= 0 ? 1 : upperGamma(mean ** 2 / variance, x * mean / variance);
}
function upperGamma(a, x) {
  if (Number.isNaN(x)) return NaN;
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? Math.max(0, 1 - scale * series(a, x)) : scale * continuedFraction(a, x);
}
function series(a, x) {
  let term = 1 / a;
  let sum2 = term;
  for (let n = 1; term > sum2 * PRECISION; n++) {
    term *= x / (a + n);
    sum2 += term;
  }
  return sum2;
}
function continuedFraction(a, x) {
  let b = x + 1 - a;
  let c = 1 / MIN;
  let d = 1 / b;
  let value = d;
  for (let n = 1; ; n++) {
    const coefficient = -n * (n - a);
    b += 2;
    d = 1 / nonZero(coefficient * d + b);
    c = nonZero(b + coefficient / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) <= 2 * PRECISION) return value;
  }
}
function nonZero(value) {
  return Math.abs(value) < MIN ? MIN : value;
}

// src/causal/discovery/options.ts
var TEST_NAMES = ["fisherz", "chisq", "gsq", "mixed", "kci", "rcit"];
var SCORE_NAMES = ["bic", "bdeu", "degenerate-gaussian"];
var ALGORITHMS = ["pc", "fci", "ges"];
var CONSTRAINT_OPTIONS = {
  alpha: "number",
  maxConditioning: "number",
  // Checked by `parseKnowledge`.
  knowledge: "anything",
  compatibility: "anything"
};
var PC_OPTIONS = { ...CONSTRAINT_OPTIONS, rule: "text", priority: "text" };
var DISCOVER_OPTIONS = {
  algorithm: "text",
  test: "text",
  score: "text",
  penalty: "number",
  equivalentSampleSize: "number",
  structurePrior: "number",
  halfSamples: "number",
  seed: "number",
  groups: ["text"],
  threshold: "number",
  ...PC_OPTIONS
};
var PARALLEL_OPTIONS = {
  threads: "number",
  signal: "signal",
  onProgress: "function",
  ...DISCOVER_OPTIONS
};

// src/metrics/known-ranks.ts
function knownRanks(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  const ranks = standardRanks(known);
  if (known.length === values.length) return { ranks, isComplete: true };
  let next = 0;
  return { ranks: values.map((value) => Number.isNaN(value) ? NaN : ranks[next++]), isComplete: false };
}
function rankCorrelation(a, b) {
  if (a.isComplete && b.isComplete) return dot(a.ranks, b.ranks);
  let [count, sumA, sumB] = [0, 0, 0];
  for (let row = 0; row < a.ranks.length; row++) {
    if (Number.isNaN(a.ranks[row] + b.ranks[row])) continue;
    count++;
    sumA += a.ranks[row];
    sumB += b.ranks[row];
  }
  let [product, squareA, squareB] = [0, 0, 0];
  for (let row = 0; row < a.ranks.length; row++) {
    if (Number.isNaN(a.ranks[row] + b.ranks[row])) continue;
    const [da, db] = [a.ranks[row] - sumA / count, b.ranks[row] - sumB / count];
    product += da * db;
    squareA += da * da;
    squareB += db * db;
  }
  const length = Math.sqrt(squareA * squareB);
  return length > 0 ? product / length : 0;
}
function standardRanks(values) {
  const ranks = averageRanks(values);
  const mean = (values.length + 1) / 2;
  let square2 = 0;
  for (const rank of ranks) square2 += (rank - mean) ** 2;
  const length = Math.sqrt(square2);
  return ranks.map((rank) => length === 0 ? 0 : (rank - mean) / length);
}
function dot(a, b) {
  let sum2 = 0;
  for (let i = 0; i < a.length; i++) sum2 += a[i] * b[i];
  return sum2;
}

// src/causal/discovery/associations.ts
function withAssociations(columns, edges) {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return edges.map((edge) => {
    const association = associationOf(byName.get(edge.from), byName.get(edge.to));
    return association === void 0 ? edge : { ...edge, association };
  });
}
function associationOf(a, b) {
  if (a.isUnordered || b.isUnordered) return void 0;
  const both = a.values.map((value, row) => value + b.values[row]);
  const [first, second] = [a, b].map(({ values }) => values.filter((_, row) => !Number.isNaN(both[row])));
  if (isConstant(first) || isConstant(second)) return void 0;
  return Math.max(-1, Math.min(1, rankCorrelation(knownRanks(first), knownRanks(second))));
}
function isConstant(values) {
  return values.every((value) => value === values[0]);
}

// src/causal/discovery/search/pc.ts
function checkLimit(option, limit) {
  if (limit === Infinity || Number.isSafeInteger(limit) && limit >= 0) return;
  throw new InputError("invalid-conditioning", `${option} must be a whole number of at least 0, got ${limit}`);
}
function checkChoice(option, value, choices) {
  if (choices.includes(value)) return;
  throw new InputError(
    `unknown-${option}`,
    `there is no ${option} '${value}'${didYouMean(value, choices)}: choose ${choices.join(", ")}`
  );
}

// src/causal/discovery/independence/recently-used.ts
var RecentlyUsed = class {
  constructor(capacity, release = () => void 0) {
    this.capacity = capacity;
    this.release = release;
  }
  capacity;
  release;
  #values = /* @__PURE__ */ new Map();
  get(key, make) {
    const known = this.#values.get(key);
    const value = known ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.capacity) {
      const [oldest, dropped] = this.#values.entries().next().value;
      this.#values.delete(oldest);
      this.release(dropped);
    }
    return value;
  }
};

// src/causal/discovery/search/gaussian-score.ts
function checkPenalty(penalty) {
  if (Number.isFinite(penalty) && penalty > 0) return;
  throw new InputError("invalid-penalty", `penalty must be a number above 0, got ${String(penalty)}`);
}

// src/causal/discovery/search/ges-steps.ts
var MAX_CLIQUES = 2 ** 16;

// src/causal/discovery/independence/exact-moments.ts
import { Matrix } from "ml-matrix";

// src/causal/discovery/independence/kernel-moments.ts
var programs = new RecentlyUsed(8, (program) => void program.dispose());

// src/random/seed.ts
function checkSeed(seed) {
  checkAccepted("seed", seed, Number.isSafeInteger(seed) && seed >= 0, "is a whole number of at least 0");
}

// src/causal/discovery/independence/rcit.ts
var FEATURES_CONDITIONING = 100;
var MIN_ROWS = 2 * FEATURES_CONDITIONING;

// src/causal/discovery/discover.ts
var PENALTY = 2;
var CAUSAL_LEARN_PENALTY = 1;
function checkDiscovery(columns, options) {
  const { test = "fisherz", algorithm = "pc", halfSamples = 0, seed = 0, threshold, penalty, score = "bic" } = options;
  for (const [option, value, choices] of [
    ["test", test, TEST_NAMES],
    ["algorithm", algorithm, ALGORITHMS],
    ["score", score, SCORE_NAMES]
  ]) {
    checkChoice(option, value, choices);
  }
  if (algorithm === "ges" && test !== "fisherz") {
    throw new InputError("unsupported-test", `ges uses a score instead of a test: use ${test} with pc or fci`);
  }
  compileCompatibility(options.compatibility);
  checkLimit("maxConditioning", options.maxConditioning ?? Infinity);
  if (penalty !== void 0) checkPenalty(penalty);
  if (threshold !== void 0 && halfSamples === 0) {
    throw new InputError("invalid-threshold", "a threshold is a share of half-samples: it needs halfSamples above 0");
  }
  if (halfSamples !== 0) checkHalfSamples(halfSamples, seed);
  checkColumns(columns);
  const { groups } = options;
  if (groups && groups.length !== columns[0].values.length) {
    throw new InputError(
      "invalid-half-samples",
      `groups has ${groups.length} elements; it needs one for each of the ${columns[0].values.length} rows`
    );
  }
}
function penaltyOf({ penalty, compatibility }) {
  return penalty ?? (compileCompatibility(compatibility).has("penalty") ? CAUSAL_LEARN_PENALTY : PENALTY);
}
function assemble(columns, { weakest, ...result }, { threshold, algorithm }, halfSamples) {
  const graph = halfSamples === void 0 || threshold === void 0 ? result.graph : stableGraph(result.graph.variables, halfSamples, threshold, algorithm === "fci" ? "pag" : "cpdag");
  return {
    ...result,
    graph,
    edges: withAssociations(columns, describeEdges(graph, weakest, halfSamples)),
    halfSamples
  };
}
function describeEdges(graph, weakest, shares) {
  const pValues = new Map(weakest.map(({ pair: pair2, p }) => [JSON.stringify(pair2), p]));
  const edges = graphEdges(graph).map((edge) => {
    const forward = JSON.stringify([edge.from, edge.to]);
    const backward = JSON.stringify([edge.to, edge.from]);
    return { ...edge, p: pValues.get(forward) ?? pValues.get(backward) ?? NaN };
  });
  return shares === void 0 ? edges : withShares(edges, shares);
}
function withShares(edges, { count, pairs }) {
  const shares = new Map(pairs.map(({ pair: pair2, ...frequencies }) => [JSON.stringify(pair2), frequencies]));
  const interval2 = (share2) => shareInterval(share2, count);
  return edges.map((edge) => {
    const backward = shares.get(JSON.stringify([edge.to, edge.from]));
    const frequencies = shares.get(JSON.stringify([edge.from, edge.to])) ?? reversed(backward ?? NEVER);
    const intervals = { adjacent: interval2(frequencies.adjacent), asWritten: interval2(asWritten(edge, frequencies)) };
    return { ...edge, frequencies, intervals };
  });
}
function reversed(frequencies) {
  const { forward, backward, openForward, openBackward } = frequencies;
  return { ...frequencies, forward: backward, backward: forward, openForward: openBackward, openBackward: openForward };
}

// src/files/xml.ts
var XML_ENTITIES = /* @__PURE__ */ new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"]
]);
function escapeXml(text2) {
  return text2.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\uFFFD").replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

// src/causal/sign-text.ts
function signOf(value, places = 2) {
  const rounded = Number(value.toFixed(places));
  return rounded > 0 ? "+" : rounded < 0 ? "\u2212" : "\xB1";
}
function signedText(value, places = 2) {
  if (value === void 0 || !Number.isFinite(value)) return "\u2013";
  return `${signOf(value, places)}${Math.abs(value).toFixed(places)}`;
}

// src/causal/discovery/link-figures.ts
var LINK_VERDICTS = ["supported", "not-supported", "undecided", "assumed"];
var LINK_REASONS = [
  /** Explained by other variables, and a direct correlation of 0.3 is ruled out. */
  "explained",
  /** Not significant, and a correlation of 0.3 is not ruled out. */
  "low-power",
  /** Not significant, although the interval excludes 0: folds, or tests with and without correction, disagree. */
  "inconsistent",
  /**
   * The variables that explain it may be proxies of one of the two: supported links do not connect them with both ends,
   * or see `oneOf`.
   */
  "interchangeable",
  /** A variable that would explain it is not measured well enough to condition on. */
  "not-measured",
  /** Another latent of the modality could cause it, because the latents are not separated well enough. */
  "leak",
  /** Significant alone, but not after the correction for the number of links. */
  "corrected",
  /** Significant, but not larger than the possible residue of the correction for measurement errors. */
  "small",
  /** The latents' subspaces are not replicated. */
  "not-replicated"
];
var DIRECTION_VERDICTS = ["supported", "assumed", "undecided"];
var DIRECTION_SOURCES = ["order", "collider", "knowledge"];
function signedSize({
  association,
  link: link2
}) {
  return link2?.direct?.estimate ?? association;
}
function strongest(pairs) {
  const sizeOf = ({ association }) => Math.abs(association?.estimate ?? 0);
  return [...pairs].sort((one, other) => sizeOf(other) - sizeOf(one));
}

// src/causal/discovery/formats/text-format.ts
var LEFT = { "-": TAIL, "<": ARROW, o: CIRCLE };
var RIGHT = { "-": TAIL, ">": ARROW, o: CIRCLE };
function edgeSymbol(edge) {
  checkArgument("edgeSymbol: edge", edge, { fromMark: "number", toMark: "number" });
  const { fromMark, toMark } = edge;
  const sign = (signs, mark2) => Object.keys(signs).find((key) => signs[key] === mark2);
  return `${sign(LEFT, fromMark)}-${sign(RIGHT, toMark)}`;
}
function marksOf(symbol) {
  const [left, middle, right] = symbol;
  if (symbol.length !== 3 || middle !== "-" || !(left in LEFT) || !(right in RIGHT)) return void 0;
  return { fromMark: LEFT[left], toMark: RIGHT[right] };
}
function causalGraphToText(graph) {
  const edges = graphEdges(graph).map((edge, i) => `${i + 1}. ${edge.from} ${edgeSymbol(edge)} ${edge.to}`);
  return ["Graph Nodes:", graph.variables.map(({ name: name2 }) => name2).join(";"), "", "Graph Edges:", ...edges, ""].join(
    "\n"
  );
}
function causalGraphFromText(text2, source = "graph") {
  checkArgument("causalGraphFromText: text", text2, "text");
  const lines2 = text2.split(/\r?\n/).map((line) => line.trim());
  const nodesAt = lines2.indexOf("Graph Nodes:");
  const edgesAt = lines2.indexOf("Graph Edges:");
  if (nodesAt < 0 || edgesAt < nodesAt) {
    throw new InputError(
      "invalid-graph",
      `${source} is not a graph: it needs a line "Graph Nodes:" and after it a line "Graph Edges:"`
    );
  }
  const names = lines2.slice(nodesAt + 1, edgesAt).join(";").split(/[;,]/);
  const variables = names.filter((name2) => name2 !== "").map((name2) => ({ name: name2 }));
  const edges = [];
  for (const [i, line] of lines2.slice(edgesAt + 1).entries()) {
    if (line === "" && edges.length === 0) continue;
    if (line === "") break;
    const parts = /^\d+\. (?<from>.+) (?<left>[-<o])-(?<right>[->o]) (?<to>\S.*?)(?: (?:dd|nl|pd|pl|;).*)?$/.exec(
      line
    )?.groups;
    if (parts === void 0) {
      throw new InputError(
        "invalid-graph",
        `${source}, line ${edgesAt + i + 2}: "${line}" is not an edge; write an edge as "1. X1 --> X2"`
      );
    }
    edges.push({ from: parts.from, to: parts.to, fromMark: LEFT[parts.left], toMark: RIGHT[parts.right] });
  }
  return graphFromEdges(variables, edges);
}
function causalGraphToMatrix(graph, separator = " ") {
  checkCausalGraph("causalGraphToMatrix", graph);
  const { variables, marks } = graph;
  const rows = variables.map(
    (_, i) => marks.subarray(i * variables.length, (i + 1) * variables.length).join(separator)
  );
  return `${rows.join("\n")}
`;
}
function causalGraphFromMatrix(text2, variables, source = "graph") {
  checkArgument("causalGraphFromMatrix: text", text2, "text");
  const lines2 = text2.split(/\r?\n/).filter((line) => line.trim() !== "");
  const first = lines2.at(0)?.split(",").map((name2) => name2.trim().replace(/^"(.*)"$/, "$1")) ?? [];
  const isNamed = first.length > 1 && first.some((name2) => Number.isNaN(Number(name2)));
  const rows = isNamed ? lines2.slice(1) : lines2;
  const names = isNamed ? first : rows.map((_, i) => `X${i + 1}`);
  const entries = rows.flatMap((line) => line.split(/[\s,]+/).filter((entry) => entry !== ""));
  if (entries.length !== rows.length ** 2) {
    throw new InputError(
      "shape-mismatch",
      `${source}: ${rows.length} rows have ${entries.length} numbers; a graph is a square matrix`
    );
  }
  return graphFromMatrix(variables ?? names.map((name2) => ({ name: name2 })), entries.map(Number));
}

// src/causal/discovery/formats/drawing-formats.ts
function causalGraphToDot(graph, edges = graphEdges(graph)) {
  checkCausalGraph("causalGraphToDot", graph, edges);
  const modalities = new Set(graph.variables.flatMap(({ modality }) => modality ?? []));
  const node = ({ name: name2 }) => `${quote(name2)} [label=${quote(name2.replaceAll("&", "&amp;"))}];`;
  const clusters = [...modalities].flatMap((modality, m) => [
    `  subgraph cluster_${m} {`,
    `    label=${quote(modality.replaceAll("&", "&amp;"))};`,
    ...graph.variables.filter((variable) => variable.modality === modality).map((variable) => `    ${node(variable)}`),
    "  }"
  ]);
  const free = graph.variables.filter(({ modality }) => modality === void 0).map((variable) => `  ${node(variable)}`);
  const drawn = edges.map((edge) => {
    const marks = `dir=both, arrowtail=${shape(edge.fromMark)}, arrowhead=${shape(edge.toMark)}`;
    const figures = [
      ...attributes(edge).map(([key, value]) => `, ${key}=${value}`),
      ...textAttributes(edge).map(([key, value]) => `, ${key}=${quote(value)}`)
    ];
    const size = signedSize(edge);
    const sign = size === void 0 ? "" : `, label="${signedText(size)}"`;
    return `  ${quote(edge.from)} -> ${quote(edge.to)} [${marks}${sign}${figures.join("")}];`;
  });
  return ["digraph causal {", "  rankdir=LR;", ...clusters, ...free, ...drawn, "}", ""].join("\n");
}
function causalGraphToGraphml(graph, edges = graphEdges(graph)) {
  checkCausalGraph("causalGraphToGraphml", graph, edges);
  const position = new Map(graph.variables.map(({ name: name2 }, i) => [name2, i]));
  const nodes = graph.variables.flatMap(({ name: name2, modality }, i) => [
    `    <node id="n${i}">`,
    `      <data key="name">${escapeXml(name2)}</data>`,
    ...modality === void 0 ? [] : [`      <data key="modality">${escapeXml(modality)}</data>`],
    "    </node>"
  ]);
  const drawn = edges.flatMap((edge) => {
    const isDirected2 = edge.toMark === ARROW && edge.fromMark !== ARROW;
    return [
      `    <edge source="n${position.get(edge.from)}" target="n${position.get(edge.to)}" directed="${isDirected2}">`,
      `      <data key="marks">${escapeXml(edgeSymbol(edge))}</data>`,
      ...attributes(edge).map(([key, value]) => `      <data key="${key}">${value}</data>`),
      ...textAttributes(edge).map(([key, value]) => `      <data key="${key}">${escapeXml(value)}</data>`),
      "    </edge>"
    ];
  });
  const numeric = ["association", "p", ...LINK_NUMBERS, ...Object.keys(NEVER)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '  <key id="name" for="node" attr.name="name" attr.type="string"/>',
    '  <key id="modality" for="node" attr.name="modality" attr.type="string"/>',
    '  <key id="marks" for="edge" attr.name="marks" attr.type="string"/>',
    ...LINK_TEXTS.map((key) => `  <key id="${key}" for="edge" attr.name="${key}" attr.type="string"/>`),
    ...numeric.map((key) => `  <key id="${key}" for="edge" attr.name="${key}" attr.type="double"/>`),
    '  <graph id="causal" edgedefault="directed">',
    ...nodes,
    ...drawn,
    "  </graph>",
    "</graphml>",
    ""
  ].join("\n");
}
var LINK_TEXTS = ["verdict", "sign", "conditioning", "direction"];
var LINK_NUMBERS = ["correlation", "lower", "upper", "q", "arrowShare"];
function attributes({ p = NaN, association = NaN, link: link2, frequencies }) {
  const { estimate = NaN, lower = NaN, upper = NaN } = link2?.direct ?? {};
  const figures = {
    ...{ correlation: estimate, lower, upper },
    q: link2?.q ?? NaN,
    arrowShare: link2?.direction.share ?? NaN
  };
  const known = Object.entries({ association, p, ...figures, ...frequencies });
  return known.filter(([, value]) => !Number.isNaN(value));
}
function textAttributes({ link: link2 }) {
  if (!link2) return [];
  const { verdict, sign = "", conditioning, direction } = link2;
  const figures = {
    ...{ verdict, sign, conditioning: conditioning.join(", "), direction: direction.verdict }
  };
  return Object.entries(figures).filter(([, value]) => value !== "");
}
function shape(mark2) {
  return mark2 === ARROW ? "normal" : mark2 === CIRCLE ? "odot" : "none";
}
function quote(text2) {
  const escaped = text2.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `"${escaped.replace(new RegExp("\\p{Cc}", "gu"), (control) => control === "\n" ? "\\n" : "\uFFFD")}"`;
}

// src/causal/discovery/formats/dot-tokens.ts
var SIGNS = ["->", "--", "{", "}", "[", "]", ";", ",", "=", ":"];
var NUMBER = /-?(?:\.\d+|\d+(?:\.\d*)?)/y;
var SPACE = /\s/;
var NAME = /[\p{L}\p{N}_.\u0080-\uffff]/u;
function dotTokens(text2, source) {
  const result = [];
  let at = 0;
  const until = (end, length) => end < 0 ? NaN : end + length;
  while (at < text2.length) {
    const start = at;
    const sign = SIGNS.find((one) => text2.startsWith(one, start));
    if (SPACE.test(text2[at])) {
      at++;
    } else if (text2.startsWith("/*", at)) {
      at = until(text2.indexOf("*/", at + 2), 2);
    } else if (text2.startsWith("//", at) || text2[at] === "#" && (at === 0 || text2[at - 1] === "\n")) {
      at = endOfLine(text2, at);
    } else if (text2[at] === '"') {
      at = until(closingQuote(text2, at), 1);
      if (at === at) result.push({ text: unescaped(text2.slice(start + 1, at - 1)), isQuoted: true, at: start });
    } else {
      at += sign?.length ?? (numberLength(text2, at) || nameLength(text2, at) || NaN);
      if (at === at) result.push({ text: text2.slice(start, at), isQuoted: false, at: start });
    }
    if (Number.isNaN(at)) {
      const line = text2.slice(0, start).split("\n").length;
      throw new InputError(
        "invalid-graph",
        `${source}, line ${line}: this is not valid DOT: ${text2.slice(start, start + 30)}`
      );
    }
  }
  return result;
}
function endOfLine(text2, at) {
  const end = text2.indexOf("\n", at);
  return end < 0 ? text2.length : end;
}
function closingQuote(text2, opening) {
  let at = opening;
  do {
    at = text2.indexOf('"', at + 1);
  } while (at >= 0 && backslashesBefore(text2, at) % 2 === 1);
  return at;
}
function backslashesBefore(text2, at) {
  let count = 0;
  while (text2[at - 1 - count] === "\\") count++;
  return count;
}
function unescaped(quoted) {
  return quoted.replace(/\\\n/g, "").replace(/\\(["\\n])/g, (_, one) => one === "n" ? "\n" : one);
}
function numberLength(text2, at) {
  NUMBER.lastIndex = at;
  return NUMBER.exec(text2)?.[0].length ?? 0;
}
function nameLength(text2, start) {
  let at = start;
  while (at < text2.length) {
    const letter = String.fromCodePoint(text2.codePointAt(at));
    if (!NAME.test(letter)) break;
    at += letter.length;
  }
  return at - start;
}

// src/causal/discovery/formats/dot-reader.ts
var MAX_DEPTH = 100;
function causalGraphFromDot(text2, source = "graph") {
  checkArgument("causalGraphFromDot: text", text2, "text");
  const reader = new DotReader(dotTokens(text2, source), source);
  reader.graph();
  return graphFromEdges(reader.variables(), reader.edges);
}
var DotReader = class {
  constructor(tokens, source) {
    this.source = source;
    this.#tokens = tokens;
  }
  source;
  edges = [];
  #modalities = /* @__PURE__ */ new Map();
  #tokens;
  #next = 0;
  #isDirected = true;
  variables() {
    return Array.from(this.#modalities, ([name2, modality]) => modality === void 0 ? { name: name2 } : { name: name2, modality });
  }
  graph() {
    this.#accept("strict");
    this.#isDirected = this.#accept("digraph");
    if (!this.#isDirected) this.#expect("graph");
    if (!this.#isSign("{")) this.#name();
    this.#block(0, void 0);
    if (this.#next < this.#tokens.length) throw this.#wrong("the end");
  }
  /**
   * Reads everything between two braces.
   * @param level depth of the cluster inside the graph
   * @param outer modality of the enclosing cluster
   */
  #block(level, outer) {
    this.#expect("{");
    if (level > MAX_DEPTH) {
      throw new InputError("invalid-graph", `${this.source} has clusters nested more than ${MAX_DEPTH} deep`);
    }
    let modality = outer;
    const here = [];
    while (!this.#accept("}")) {
      if (this.#accept(";") || this.#accept(",")) continue;
      if (this.#isWord("subgraph") || this.#isSign("{")) {
        if (this.#accept("subgraph") && !this.#isSign("{")) this.#name();
        this.#block(level + 1, modality);
        continue;
      }
      const isDefault = ["node", "edge", "graph"].some((word) => this.#isWord(word));
      const name2 = this.#name();
      if (this.#accept("=")) {
        const value = this.#name();
        if (name2 === "label" && level > 0) modality = decoded(value);
        continue;
      }
      if (isDefault) {
        this.#attributes();
        continue;
      }
      for (const node of this.#statement(name2)) here.push(node);
    }
    for (const name2 of here) this.#modalities.set(name2, this.#modalities.get(name2) ?? modality);
  }
  /** Reads a node or a chain of edges. Returns the nodes in it. */
  #statement(first) {
    const chain = [first];
    this.#port();
    while (this.#isSign("->") || this.#isSign("--")) {
      if (this.#isSign("->") !== this.#isDirected) throw this.#wrong(this.#isDirected ? "->" : "--");
      this.#next++;
      chain.push(this.#name());
      this.#port();
    }
    const attributes2 = this.#attributes();
    for (const name2 of chain) if (!this.#modalities.has(name2)) this.#modalities.set(name2, void 0);
    for (let i = 0; i + 1 < chain.length; i++) {
      this.edges.push({ from: chain[i], to: chain[i + 1], ...this.#marks(attributes2) });
    }
    return chain;
  }
  #marks(attributes2) {
    const dir = attributes2.get("dir") ?? (this.#isDirected ? "forward" : "none");
    const mark2 = (end) => markOf(attributes2.get(end) ?? "normal");
    return {
      fromMark: dir === "both" || dir === "back" ? mark2("arrowtail") : TAIL,
      toMark: dir === "both" || dir === "forward" ? mark2("arrowhead") : TAIL
    };
  }
  #attributes() {
    const attributes2 = /* @__PURE__ */ new Map();
    while (this.#accept("[")) {
      while (!this.#accept("]")) {
        if (this.#accept(",") || this.#accept(";")) continue;
        const key = this.#name();
        attributes2.set(key, this.#accept("=") ? this.#name() : "true");
      }
    }
    return attributes2;
  }
  #port() {
    while (this.#accept(":")) this.#name();
  }
  #isSign(text2) {
    return this.#next < this.#tokens.length && !this.#tokens[this.#next].isQuoted && this.#tokens[this.#next].text === text2;
  }
  #isWord(text2) {
    const token = this.#tokens.at(this.#next);
    return token !== void 0 && !token.isQuoted && token.text.toLowerCase() === text2;
  }
  #accept(text2) {
    if (!this.#isWord(text2)) return false;
    this.#next++;
    return true;
  }
  #expect(text2) {
    if (!this.#accept(text2)) throw this.#wrong(`"${text2}"`);
  }
  #name() {
    const token = this.#tokens.at(this.#next);
    if (token === void 0 || !token.isQuoted && /^[^\p{L}\p{N}_.-]|^-[->]?$/u.test(token.text)) {
      throw this.#wrong("a name");
    }
    this.#next++;
    return token.text;
  }
  #wrong(expected) {
    const token = this.#tokens.at(this.#next);
    const actual = token === void 0 ? "the text ends" : `there is "${token.text.slice(0, 40)}" (character ${token.at + 1})`;
    return new InputError("invalid-graph", `${this.source} is not valid DOT: expected ${expected}, but ${actual}`);
  }
};
function markOf(shape2) {
  return shape2 === "none" ? TAIL : shape2.includes("odot") ? CIRCLE : ARROW;
}
function decoded(label) {
  return label.replaceAll("&amp;", "&");
}

// src/causal/discovery/formats/graph-file.ts
import { extname } from "node:path";

// src/causal/discovery/resampling.ts
var RESAMPLED = ["rows", "subjects-before-fitting"];

// src/causal/json-fields.ts
var anything = (value) => value;
var text = (value, place) => {
  if (typeof value !== "string") throw wrong("a text", value, place);
  return value;
};
var name = (value, place) => {
  if (value === "") throw wrong("a name", value, place);
  return text(value, place);
};
function number(min, max = Infinity) {
  return (value, place) => {
    if (typeof value === "number" && Number.isFinite(value) && value >= min && value <= max) return value;
    throw wrong(`a number ${max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`}`, value, place);
  };
}
function whole(min) {
  return (value, place) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    throw wrong(`a whole number of at least ${min}`, value, place);
  };
}
function oneOf(values) {
  return (value, place) => {
    if (values.includes(value)) return value;
    throw wrong(values.map((one) => JSON.stringify(one)).join(" or "), value, place);
  };
}
function list(item, minLength = 0) {
  return (value, place) => {
    if (!Array.isArray(value)) throw wrong("a list", value, place);
    if (value.length < minLength) throw wrong(`at least ${minLength} in the list`, void 0, place);
    return value.map((one, i) => item(one, inside(place, i)));
  };
}
function pair(item) {
  return (value, place) => {
    if (!Array.isArray(value) || value.length !== 2) throw wrong("a list of two", void 0, place);
    return [item(value[0], inside(place, 0)), item(value[1], inside(place, 1))];
  };
}
function object(fields) {
  return (value, place) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("an object", value, place);
    const entries = new Map(Object.entries(value));
    const read2 = Object.entries(fields).map(
      ([key, field]) => [key, field(entries.get(key), inside(place, key))]
    );
    const unknown = [...entries.keys()].find((key) => !Object.hasOwn(fields, key));
    if (unknown !== void 0) throw wrong(`no key ${shown2(unknown)}`, void 0, place);
    return Object.fromEntries(read2.filter(([, one]) => one !== void 0));
  };
}
function optional(reader, otherwise) {
  return (value, place) => value === void 0 ? otherwise : reader(value, place);
}
function inside({ path, refuse }, key) {
  return { path: [...path, key], refuse };
}
function wrong(expected, value, { path, refuse }) {
  const isShown = value !== void 0 && (typeof value !== "object" || value === null);
  const got = isShown ? `, got ${shown2(value)}` : "";
  return refuse(`expected ${expected}${got}${path.length > 0 ? ` at ${path.join(".")}` : ""}`);
}
function shown2(value) {
  return JSON.stringify(value).slice(0, 40);
}

// src/causal/graph-json.ts
var latentFormat = "interlatent-graph";
var causalFormat = "interlatent-causal-graph";
var version = 1;
var NAMES = {
  [TAIL]: "tail",
  [ARROW]: "arrow",
  [CIRCLE]: "circle"
};
var MARKS = { tail: TAIL, arrow: ARROW, circle: CIRCLE };
var share = number(0, 1);
var interval = pair(share);
var mark = oneOf(["tail", "arrow", "circle"]);
var orienting = object({ modality: text, column: text, correlation: share });
var correlation = number(-1, 1);
var relation = object({ estimate: correlation, lower: correlation, upper: correlation, p: share });
var link = object({
  first: text,
  second: text,
  verdict: oneOf(LINK_VERDICTS),
  reason: optional(oneOf(LINK_REASONS)),
  sign: optional(oneOf(["+", "\u2212"])),
  association: optional(relation),
  direct: optional(relation),
  conditioning: list(text),
  q: optional(share),
  oneOf: optional(list(object({ from: text, to: list(text), q: share }))),
  direction: object({
    verdict: oneOf(DIRECTION_VERDICTS),
    from: optional(text),
    to: optional(text),
    by: optional(oneOf(DIRECTION_SOURCES)),
    share: optional(share)
  })
});
var latentDocument = object({
  format: oneOf([latentFormat]),
  version: oneOf([version]),
  runs: whole(1),
  nodes: list(object({ name, modality: name, index: whole(0), risesWith: optional(orienting) }), 1),
  edges: list(
    object({
      ...{ from: text, to: text, strength: number(0), effect: optional(number(-Infinity)), agreement: share },
      direction: optional(oneOf(EDGE_DIRECTIONS))
    })
  ),
  strengths: list(list(number(0))),
  /** Written by `interlatent graph RUN --format json`. */
  conclusions: optional(anything)
});
var causalDocument = object({
  format: oneOf([causalFormat]),
  version: oneOf([version]),
  variables: list(object({ name, modality: optional(text), levels: optional(pair(text)) }), 1),
  halfSamples: optional(
    object({
      count: whole(1),
      seed: whole(0),
      resampled: oneOf(RESAMPLED),
      replicated: optional(list(object({ name: text, share })))
    })
  ),
  edges: list(
    object({
      from: text,
      to: text,
      fromMark: mark,
      toMark: mark,
      p: optional(share),
      association: optional(number(-1, 1)),
      link: optional(link),
      frequencies: optional(
        object({
          ...{ adjacent: share, forward: share, backward: share, undirected: share, bidirected: share },
          ...{ openForward: optional(share, 0), openBackward: optional(share, 0), open: optional(share, 0) }
        })
      ),
      intervals: optional(object({ adjacent: interval, asWritten: interval }))
    })
  ),
  undrawn: optional(list(link))
});
function graphToJson(graph) {
  checkLatentGraph("graphToJson", graph);
  const { nodes, strengths, edges, runs } = graph;
  const fields = edges.map(({ from, to, strength, effect, agreement, direction }) => ({
    ...{ from, to, strength, effect, agreement, direction }
  }));
  const rows = nodes.map((_, i) => Array.from(strengths.subarray(i * nodes.length, (i + 1) * nodes.length)));
  return [
    "{",
    `  "format": "${latentFormat}",`,
    `  "version": ${version},`,
    `  "runs": ${runs},`,
    `  "nodes": ${lines(nodes.map(({ name: name2, modality, index, risesWith }) => ({ name: name2, modality, index, risesWith })))},`,
    `  "edges": ${lines(fields)},`,
    `  "strengths": ${lines(rows)}`,
    "}",
    ""
  ].join("\n");
}
function causalGraphContent(graph, edges) {
  return {
    variables: graph.variables.map(({ name: name2, modality, levels }) => ({ name: name2, modality, levels })),
    edges: edges.map(({ from, to, fromMark, toMark, p, association, link: figures, frequencies, intervals }) => ({
      from,
      to,
      fromMark: NAMES[fromMark],
      toMark: NAMES[toMark],
      p: Number.isNaN(p) ? void 0 : p,
      association,
      link: figures,
      frequencies,
      intervals
    }))
  };
}
function causalGraphToJson(graph, edges = graphEdges(graph), context = {}) {
  checkCausalGraph("causalGraphToJson", graph, edges);
  checkArgument("causalGraphToJson: context", context, {});
  const { halfSamples, undrawn } = context;
  const content = causalGraphContent(graph, edges);
  return [
    "{",
    `  "format": "${causalFormat}",`,
    `  "version": ${version},`,
    `  "variables": ${lines(content.variables)},`,
    ...halfSamples ? [`  "halfSamples": ${JSON.stringify(samplingOf(halfSamples))},`] : [],
    `  "edges": ${lines(content.edges)}${undrawn ? "," : ""}`,
    ...undrawn ? [`  "undrawn": ${lines(undrawn)}`] : [],
    "}",
    ""
  ].join("\n");
}
function samplingOf({ count, seed, resampled, replicated }) {
  return { count, seed, resampled, ...replicated && { replicated } };
}
function lines(items) {
  return items.length === 0 ? "[]" : `[
${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}
  ]`;
}
function graphFromJson(text2, source = "graph") {
  const document = read(text2, source, "latent");
  if (document.format !== latentFormat) {
    throw invalid(source, "latent", "it is a discovered graph, without latents and strengths");
  }
  return latentGraph(document, source);
}
function causalGraphFromJson(text2, source = "graph") {
  const document = read(text2, source, "causal");
  if (document.format === causalFormat) return graphFromEdges(document.variables, annotatedEdges(document));
  const { nodes, edges } = latentGraph(document, source);
  return graphFromEdges(
    nodes.map(({ name: name2, modality }) => ({ name: name2, modality })),
    edges.map(
      ({ from, to, direction }) => direction === "undecided" ? { from, to, fromMark: CIRCLE, toMark: CIRCLE } : { from, to, fromMark: TAIL, toMark: ARROW }
    )
  );
}
function discoveryFromJson(text2, source = "graph") {
  const document = read(text2, source, "causal");
  if (document.format === latentFormat) return void 0;
  const edges = annotatedEdges(document);
  const { halfSamples, undrawn } = document;
  const context = { ...halfSamples && { halfSamples }, ...undrawn && { undrawn } };
  return { graph: graphFromEdges(document.variables, edges), edges, ...context };
}
function annotatedEdges({ edges }) {
  return edges.map((edge) => ({ ...edge, fromMark: MARKS[edge.fromMark], toMark: MARKS[edge.toMark] }));
}
function read(content, source, kind) {
  let value;
  try {
    value = parseJson(content);
  } catch (error) {
    throw new InputError("invalid-json", `${source} is not JSON: ${String(error)}`, {}, error);
  }
  const place = { path: [], refuse: (reason) => invalid(source, kind, reason) };
  const format = value?.format;
  const isLatent = kind === "latent" ? format !== causalFormat : format === latentFormat;
  return isLatent ? latentDocument(value, place) : causalDocument(value, place);
}
function latentGraph({ nodes, edges, strengths, runs }, source) {
  checkNodes(source, nodes);
  const names = new Set(nodes.map(({ name: name2 }) => name2));
  const pairs = /* @__PURE__ */ new Set();
  for (const { from, to } of edges) {
    const pair2 = JSON.stringify([from, to]);
    const unknown = [from, to].find((name2) => !names.has(name2));
    if (unknown !== void 0) throw invalid(source, "latent", `edge ${from} \u2192 ${to}: there is no node "${unknown}"`);
    if (from === to) throw invalid(source, "latent", `edge ${from} \u2192 ${to}: a latent cannot be a parent of itself`);
    if (pairs.has(pair2)) throw invalid(source, "latent", `edge ${from} \u2192 ${to} is listed twice`);
    pairs.add(pair2);
  }
  if (strengths.length !== nodes.length || strengths.some((row) => row.length !== nodes.length)) {
    throw invalid(
      source,
      "latent",
      `strengths must have ${nodes.length} rows of ${nodes.length} numbers, one per node`
    );
  }
  return { nodes, strengths: Float64Array.from(strengths.flat()), edges: sortEdges(nodes, edges), runs };
}
function checkNodes(source, nodes) {
  const counts = /* @__PURE__ */ new Map();
  for (const { modality } of nodes) counts.set(modality, (counts.get(modality) ?? 0) + 1);
  const expected = latentNodes(Array.from(counts, ([name2, latents]) => ({ name: name2, latents })));
  const wrong2 = nodes.findIndex(({ name: name2, modality, index }, i) => {
    return name2 !== expected[i].name || modality !== expected[i].modality || index !== expected[i].index;
  });
  if (wrong2 >= 0) {
    throw invalid(
      source,
      "latent",
      `node ${wrong2} is "${nodes[wrong2].name}" of "${nodes[wrong2].modality}", expected "${expected[wrong2].name}": list the modalities in sequence, and the latents of each as <modality>.z1, .z2, \u2026 with index 0, 1, \u2026`
    );
  }
}
function invalid(source, kind, reason) {
  return new InputError("invalid-graph", `${source} is not a ${kind} graph: ${reason}`);
}

// src/causal/discovery/formats/xml-elements.ts
var XmlError = class extends Error {
  constructor(at, message) {
    super(message);
    this.at = at;
  }
  at;
};
var NON_ELEMENTS = [
  { opens: "<?", ends: "?>", isText: false },
  { opens: "<!--", ends: "-->", isText: false },
  { opens: "<![CDATA[", ends: "]]>", isText: true },
  { opens: "<!DOCTYPE", ends: ">", isText: false }
];
var NAME2 = /[\w:.-]+/y;
var SPACES = /\s*/y;
var EQUALS = /\s*=\s*/y;
function xmlRoot(xml) {
  const root = { name: "", attributes: /* @__PURE__ */ new Map(), children: [], text: "" };
  const open = [root];
  for (let at = 0; at < xml.length; ) {
    const current = open[open.length - 1];
    const other = NON_ELEMENTS.find(({ opens }) => xml.startsWith(opens, at));
    if (xml[at] !== "<") {
      const end = ending(xml, at, "<");
      current.text += decoded2(xml.slice(at, end));
      at = end;
    } else if (other !== void 0) {
      const end = xml.indexOf(other.ends, at + other.opens.length);
      const content = xml.slice(at + other.opens.length, end);
      if (end < 0 || other.opens === "<!DOCTYPE" && content.includes("[")) {
        throw new XmlError(at, `${other.opens} is never closed by ${other.ends}`);
      }
      if (other.isText) current.text += content;
      at = end + other.ends.length;
    } else if (xml[at + 1] === "/") {
      const { name: name2, end } = closingTag(xml, at);
      if (open.length === 1 || current.name !== name2) throw new XmlError(at, `</${name2}> closes no open element`);
      open.pop();
      at = end;
    } else {
      const { element, isEmpty, end } = openingTag(xml, at);
      current.children.push(element);
      if (!isEmpty) open.push(element);
      at = end;
    }
  }
  if (open.length > 1) throw new XmlError(xml.length, `<${open[open.length - 1].name}> is never closed`);
  if (root.children.length !== 1) throw new XmlError(xml.length, "it has not exactly one root element");
  return root.children[0];
}
function closingTag(xml, at) {
  const name2 = match(NAME2, xml, at + 2);
  const end = at + 2 + name2.length + match(SPACES, xml, at + 2 + name2.length).length;
  if (name2 === "" || xml[end] !== ">") throw new XmlError(at, "a closing tag is broken");
  return { name: withoutPrefix(name2), end: end + 1 };
}
function openingTag(xml, start) {
  const name2 = match(NAME2, xml, start + 1);
  if (name2 === "") throw new XmlError(start, "a tag has no name");
  const attributes2 = /* @__PURE__ */ new Map();
  let at = start + 1 + name2.length;
  for (; ; ) {
    const spaces = match(SPACES, xml, at);
    at += spaces.length;
    const isEmpty = xml.startsWith("/>", at);
    if (isEmpty || xml[at] === ">") {
      const element = { name: withoutPrefix(name2), attributes: attributes2, children: [], text: "" };
      return { element, isEmpty, end: at + (isEmpty ? 2 : 1) };
    }
    const key = match(NAME2, xml, at);
    const equals = match(EQUALS, xml, at + key.length);
    const opening = at + key.length + equals.length;
    const quote2 = xml[opening];
    const closing = quote2 === '"' || quote2 === "'" ? xml.indexOf(quote2, opening + 1) : -1;
    const value = xml.slice(opening + 1, closing);
    if (spaces === "" || key === "" || equals === "" || closing < 0 || value.includes("<")) {
      throw new XmlError(start, `the tag <${name2.slice(0, 40)} is broken`);
    }
    attributes2.set(key, decoded2(value));
    at = closing + 1;
  }
}
function match(expression, text2, at) {
  expression.lastIndex = at;
  return expression.exec(text2)?.[0] ?? "";
}
function ending(text2, at, sign) {
  const end = text2.indexOf(sign, at);
  return end < 0 ? text2.length : end;
}
function withoutPrefix(name2) {
  return name2.slice(name2.indexOf(":") + 1);
}
function decoded2(text2) {
  return text2.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole2, hex, decimal, name2) => {
    if (name2 !== void 0) return XML_ENTITIES.get(name2) ?? whole2;
    const code = hex === void 0 ? Number(decimal) : parseInt(hex, 16);
    return code <= 1114111 ? String.fromCodePoint(code) : whole2;
  });
}

// src/causal/discovery/formats/graphml-reader.ts
function causalGraphFromGraphml(text2, source = "graph") {
  checkArgument("causalGraphFromGraphml: text", text2, "text");
  const root = rootOf(text2, source);
  const graph = root.children.find(({ name: name2 }) => name2 === "graph");
  if (root.name !== "graphml" || graph === void 0) throw invalid2(source, "it has no <graph> in a <graphml>");
  const keys = new Map(
    root.children.filter(({ name: name2 }) => name2 === "key").map(({ attributes: attributes2 }) => [attributes2.get("id"), attributes2.get("attr.name") ?? attributes2.get("id")])
  );
  const dataOf = ({ children }) => new Map(
    children.filter(({ name: name2 }) => name2 === "data").map(({ attributes: attributes2, text: text3 }) => [keys.get(attributes2.get("key")) ?? attributes2.get("key"), text3.trim()])
  );
  const required = ({ name: name2, attributes: attributes2 }, key) => {
    const value = attributes2.get(key);
    if (value === void 0) throw invalid2(source, `a <${name2}> has no ${key}`);
    return value;
  };
  const names = /* @__PURE__ */ new Map();
  const variables = graph.children.filter(({ name: name2 }) => name2 === "node").map((node) => {
    const data2 = dataOf(node);
    const id = required(node, "id");
    const name2 = data2.get("name") ?? id;
    const modality = data2.get("modality");
    names.set(id, name2);
    return modality === void 0 ? { name: name2 } : { name: name2, modality };
  });
  const isDirected2 = graph.attributes.get("edgedefault") !== "undirected";
  const edges = graph.children.filter(({ name: name2 }) => name2 === "edge").map((edge) => {
    const [first, second] = [required(edge, "source"), required(edge, "target")];
    const directed = edge.attributes.get("directed") ?? String(isDirected2);
    const ends = { from: names.get(first) ?? first, to: names.get(second) ?? second };
    const marks = dataOf(edge).get("marks");
    if (marks === void 0) return { ...ends, fromMark: TAIL, toMark: directed === "true" ? ARROW : TAIL };
    const known = marksOf(marks);
    if (known === void 0) {
      throw invalid2(source, `the edge ${ends.from} \u2013 ${ends.to} has the marks "${marks.slice(0, 40)}"`);
    }
    return { ...ends, ...known };
  });
  return graphFromEdges(variables, edges);
}
function rootOf(xml, source) {
  try {
    return xmlRoot(xml);
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    throw invalid2(source, `line ${xml.slice(0, cause.at).split("\n").length}: ${cause.message}`);
  }
}
function invalid2(source, reason) {
  return new InputError("invalid-graph", `${source} is not valid GraphML: ${reason}`);
}

// src/causal/discovery/formats/graph-file.ts
var READERS = {
  ".json": causalGraphFromJson,
  ".dot": causalGraphFromDot,
  ".gv": causalGraphFromDot,
  ".graphml": causalGraphFromGraphml,
  ".txt": causalGraphFromText,
  ".csv": (text2, source) => causalGraphFromMatrix(text2, void 0, source)
};
var GRAPH_EXTENSIONS = [...Object.keys(READERS), ".npy"];
async function readCausalGraph(path) {
  checkArgument("readCausalGraph: path", path, "text");
  const extension = extname(path).toLowerCase();
  if (!GRAPH_EXTENSIONS.includes(extension)) {
    throw new InputError(
      "unknown-format",
      `${path}: the extension is not one of a graph format: ${GRAPH_EXTENSIONS.join(", ")}`
    );
  }
  if (extension === ".npy") {
    const { shape: shape2, data: data2 } = await readNpy(path);
    if (shape2.length !== 2 || shape2[0] !== shape2[1]) {
      throw new InputError("shape-mismatch", `${path} has the shape [${shape2.join(", ")}]; a graph is a square matrix`);
    }
    return graphFromMatrix(
      Array.from({ length: shape2[0] }, (_, i) => ({ name: `X${i + 1}` })),
      Array.from(data2, Number)
    );
  }
  return READERS[extension](await readText(path), path);
}

// src/causal/discovery/threads/parallel.ts
import { availableParallelism } from "node:os";

// src/causal/discovery/threads/threads.ts
import { join } from "node:path";
import { Worker } from "node:worker_threads";
function startThread(workerData) {
  return new Worker(join(packageRoot, "dist/causal/discovery/threads/worker.js"), { workerData });
}

// src/causal/discovery/threads/parallel.ts
async function discoverInParallel(columns, parallel = {}) {
  checkOptions("discoverInParallel", parallel, PARALLEL_OPTIONS);
  const { whole: whole2, pairs } = await searchInParallel(columns, parallel);
  const { halfSamples: count = 0, seed = 0 } = parallel;
  return assemble(columns, whole2, parallel, count === 0 ? void 0 : { count, seed, resampled: "rows", pairs });
}
async function searchInParallel(columns, parallel) {
  const { threads = availableParallelism(), signal, onProgress, ...options } = parallel;
  checkDiscovery(columns, options);
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new InputError("invalid-threads", `threads must be a whole number of at least 1, got ${threads}`);
  }
  signal?.throwIfAborted();
  const { halfSamples = 0 } = options;
  const total = halfSamples + 1;
  const counts = new EdgeCounts(columns);
  let whole2;
  let nextGraph = -1;
  let done = 0;
  const helpers = halfSamples === 0 ? threads - 1 : 0;
  const data2 = { columns: columns.map(shared), options, helpers };
  const workers = Array.from({ length: Math.min(threads, total) }, () => startThread(data2));
  const ended = new AbortController();
  try {
    await new Promise((resolve, reject) => {
      const fail = (cause) => {
        reject(cause instanceof Error ? cause : new Error(String(cause)));
      };
      signal?.addEventListener("abort", () => fail(signal.reason), { signal: ended.signal });
      for (const worker of workers) {
        const next = () => {
          if (nextGraph < halfSamples) worker.postMessage({ graph: nextGraph++ });
        };
        worker.on("error", fail);
        worker.on("message", (answer) => {
          try {
            if ("error" in answer) throw deserializeError(answer.error);
            if (!("graph" in answer)) return;
            if (answer.graph < 0) whole2 = answer.result;
            else counts.add(answer.result.graph.marks);
            done++;
            onProgress?.(done, total);
            if (done === total) resolve();
            else next();
          } catch (error) {
            fail(error);
          }
        });
        next();
      }
    });
  } finally {
    ended.abort();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return { whole: whole2, pairs: counts.pairs() };
}
function shared(column) {
  const values = new Float64Array(new SharedArrayBuffer(column.values.byteLength));
  values.set(column.values);
  return { ...column, values };
}

// src/causal/agreement.ts
function withAgreement(graph, runs, chosen) {
  checkLatentGraph("withAgreement", graph);
  checkArgument("withAgreement: runs", runs, [{ latents: {}, adjacency: "numbers" }]);
  const reference = runs.at(chosen);
  if (!Number.isSafeInteger(chosen) || chosen < 0 || reference === void 0 || !reference.alive) {
    throw new InputError(
      "invalid-run",
      `run ${chosen} of ${runs.length} cannot be the chosen one: it must exist and be alive`
    );
  }
  const size = graph.nodes.length;
  const position = new Map(graph.nodes.map(({ name: name2 }, i) => [name2, i]));
  const layout = { modalities: modalityLatents(graph).map(({ latents }) => latents) };
  const votes = new Int32Array(graph.edges.length);
  const living = runs.filter(({ alive }) => alive);
  for (const run of living) {
    if (run.adjacency.length !== size * size) {
      throw new InputError(
        "shape-mismatch",
        `run ${runs.indexOf(run)}: adjacency has ${run.adjacency.length} entries, the graph's ${size} latents need ${size * size}`
      );
    }
    const { matching } = meanCorrelation(reference.latents, run.latents, layout).spearman;
    for (const [e, { from, to }] of graph.edges.entries()) {
      const child = matching[position.get(to)];
      const parent = matching[position.get(from)];
      if (run.adjacency[child * size + parent] !== 0) votes[e]++;
    }
  }
  const edges = graph.edges.map((edge, e) => ({ ...edge, agreement: votes[e] / living.length }));
  return { ...graph, edges, runs: living.length };
}

// src/causal/graph-formats.ts
function graphToDot(graph) {
  checkLatentGraph("graphToDot", graph);
  const clusters = modalityLatents(graph).flatMap(({ name: name2 }, m) => [
    `  subgraph cluster_${m} {`,
    `    label=${dotLabel(name2)};`,
    ...graph.nodes.filter(({ modality }) => modality === name2).map((node) => `    ${dotId(node.name)} [label=${dotLabel(`z${node.index + 1}`)}];`),
    "  }"
  ]);
  const edges = graph.edges.map(({ from, to, strength, effect, agreement, direction }) => {
    const width = (1 + 2 * Math.min(1, strength)).toFixed(2);
    const signed = effect === void 0 ? "" : `effect=${effect}, label="${signedText(effect)}", `;
    const drawn = direction === void 0 ? "" : `, direction=${direction}${DOT_DIRECTIONS[direction]}`;
    const figures = `strength=${strength}, ${signed}agreement=${agreement}, penwidth=${width}${drawn}`;
    return `  ${dotId(from)} -> ${dotId(to)} [${figures}];`;
  });
  return ["digraph latents {", "  rankdir=LR;", ...clusters, ...edges, "}", ""].join("\n");
}
var DOT_DIRECTIONS = {
  supported: "",
  assumed: ', edgetooltip="direction assumed"',
  undecided: ', dir=none, edgetooltip="direction not known"'
};
function graphToGraphml(graph) {
  checkLatentGraph("graphToGraphml", graph);
  const position = new Map(graph.nodes.map(({ name: name2 }, i) => [name2, i]));
  const nodes = graph.nodes.flatMap(({ name: name2, modality, index }, i) => [
    `    <node id="n${i}">`,
    `      <data key="name">${escapeXml(name2)}</data>`,
    `      <data key="modality">${escapeXml(modality)}</data>`,
    `      <data key="index">${index}</data>`,
    "    </node>"
  ]);
  const edges = graph.edges.flatMap(({ from, to, strength, effect, agreement, direction }) => [
    `    <edge source="n${position.get(from)}" target="n${position.get(to)}"${undirected(direction)}>`,
    `      <data key="strength">${strength}</data>`,
    ...effect === void 0 ? [] : [`      <data key="effect">${effect}</data>`],
    `      <data key="agreement">${agreement}</data>`,
    ...direction === void 0 ? [] : [`      <data key="direction">${direction}</data>`],
    "    </edge>"
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '  <key id="name" for="node" attr.name="name" attr.type="string"/>',
    '  <key id="modality" for="node" attr.name="modality" attr.type="string"/>',
    '  <key id="index" for="node" attr.name="index" attr.type="int"/>',
    '  <key id="strength" for="edge" attr.name="strength" attr.type="double"/>',
    '  <key id="effect" for="edge" attr.name="effect" attr.type="double"/>',
    '  <key id="agreement" for="edge" attr.name="agreement" attr.type="double"/>',
    '  <key id="direction" for="edge" attr.name="direction" attr.type="string"/>',
    '  <graph id="latents" edgedefault="directed">',
    ...nodes,
    ...edges,
    "  </graph>",
    "</graphml>",
    ""
  ].join("\n");
}
function undirected(direction) {
  return direction === "undecided" ? ' directed="false"' : "";
}
function dotId(text2) {
  const escaped = text2.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `"${escaped.replace(new RegExp("\\p{Cc}", "gu"), (control) => control === "\n" ? "\\n" : "\uFFFD")}"`;
}
function dotLabel(text2) {
  return dotId(text2.replaceAll("&", "&amp;"));
}

export {
  checkSeed,
  LINK_REASONS,
  signedSize,
  strongest,
  graphToJson,
  causalGraphContent,
  causalGraphToJson,
  graphFromJson,
  causalGraphFromJson,
  discoveryFromJson,
  edgeSymbol,
  causalGraphToText,
  causalGraphToMatrix,
  signOf,
  signedText,
  escapeXml,
  withAgreement,
  graphToDot,
  graphToGraphml,
  COLLIDER_RULES,
  COLLIDER_PRIORITIES,
  COMPATIBILITY_CHOICES,
  compareCausalGraphs,
  normalTwoSided,
  normalTwoSidedQuantile,
  chiSquareTail,
  gammaTail,
  TEST_NAMES,
  SCORE_NAMES,
  ALGORITHMS,
  knownRanks,
  rankCorrelation,
  standardRanks,
  dot,
  PENALTY,
  penaltyOf,
  withShares,
  causalGraphToDot,
  causalGraphToGraphml,
  GRAPH_EXTENSIONS,
  readCausalGraph,
  discoverInParallel
};
