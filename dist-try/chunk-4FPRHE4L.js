import {
  permutation,
  seedKey
} from "./chunk-SF4GQ4IP.js";
import {
  checkArgument,
  checkLength
} from "./chunk-MX4VZIVR.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/causal/discovery/search/knowledge.ts
import * as z from "zod";

// src/causal/discovery/search/repeated-measures.ts
function allowedByTime(variables, { visits, maxLag = Infinity, withinVisit = true }) {
  const visitOf = visitsOf(variables, visits);
  return (i, j) => {
    const lag = visitOf[j] - visitOf[i];
    return !(lag < 0 || lag > maxLag || lag === 0 && !withinVisit);
  };
}
function visitsOf(variables, visits) {
  const visitOf = new Float64Array(variables.length).fill(NaN);
  for (const [visit, pattern] of visits.entries()) {
    const parts = pattern.split("*");
    if (parts.length !== 2) {
      throw new InputError(
        "invalid-knowledge",
        `the pattern of a visit needs exactly one * for the variable's name, for example '*_v${visit + 1}'; got '${pattern}'`
      );
    }
    const [before, after] = parts;
    let count = 0;
    for (const [i, { name }] of variables.entries()) {
      const isLonger = name.length > before.length + after.length;
      if (!isLonger || !name.startsWith(before) || !name.endsWith(after)) continue;
      if (visitOf[i] >= 0) {
        throw new InputError(
          "contradictory-knowledge",
          `${name} is a column of visit ${visitOf[i] + 1} ('${visits[visitOf[i]]}') and of visit ${visit + 1} ('${pattern}'): change the patterns so that each column matches one visit`
        );
      }
      visitOf[i] = visit;
      count++;
    }
    if (count > 0) continue;
    throw new InputError("unknown-variable", `no variable is a column of visit ${visit + 1}, '${pattern}'`);
  }
  return visitOf;
}

// src/causal/discovery/search/knowledge.ts
var pair = z.tuple([z.string(), z.string()]);
var repeatedSchema = z.strictObject({
  visits: z.array(z.string()).min(2).describe("Patterns of the columns of each visit, earliest first. `*` stands for the variable."),
  maxLag: z.int().min(0).optional().describe("Maximum number of visits from a cause to its effect. Default: no maximum."),
  withinVisit: z.boolean().optional().describe("True if variables of the same visit may cause each other. Default: `true`.")
});
var schema = z.strictObject({
  tiers: z.array(z.array(z.string())).optional(),
  forbidden: z.array(pair).optional(),
  required: z.array(pair).optional(),
  repeated: repeatedSchema.optional()
});
function parseKnowledge(value, source = "background knowledge") {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    "invalid-knowledge",
    `${source}: ${issue.message}${issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`}. It has the keys tiers (lists of names, causes first), forbidden and required (lists of [from, to]), and repeated (visits, maxLag, withinVisit)`
  );
}
function compileKnowledge(variables, knowledge = {}) {
  const { tiers = [], forbidden = [], required = [], repeated } = parseKnowledge(knowledge);
  const size = variables.length;
  const banned = new Uint8Array(size * size);
  const unrelated = new Uint8Array(size * size);
  const needed = new Uint8Array(size * size);
  const tierOf = tiersOf(variables, tiers);
  const isInTime = repeated && allowedByTime(variables, repeated);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (tierOf[i] > tierOf[j] || i !== j && isInTime?.(i, j) === false) banned[i * size + j] = 1;
    }
  }
  const each = (pairs, into) => {
    for (const [from, to] of pairs) {
      for (const i of matching(variables, from)) {
        for (const j of matching(variables, to)) if (i !== j) into[i * size + j] = 1;
      }
    }
  };
  each(forbidden, unrelated);
  unrelated.forEach((isForbidden, at) => {
    if (isForbidden === 1) banned[at] = 1;
  });
  each(required, needed);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (needed[i * size + j] === 0) continue;
      const edge = `${variables[i].name} \u2192 ${variables[j].name}`;
      if (banned[i * size + j] === 1) {
        throw new InputError(
          "contradictory-knowledge",
          `${edge} is required, but it is also forbidden or contradicts the tiers or the order in time`
        );
      }
      if (reaches(needed, size, j, i)) {
        throw new InputError("contradictory-knowledge", `${edge} closes a cycle of required edges`);
      }
    }
  }
  return {
    allows: (i, j) => banned[i * size + j] === 0 && needed[j * size + i] === 0,
    allowsCommonCause: (i, j) => unrelated[i * size + j] === 0 || unrelated[j * size + i] === 0,
    requires: (i, j) => needed[i * size + j] === 1,
    isEmpty: !banned.includes(1) && !needed.includes(1)
  };
}
function tiersOf(variables, tiers) {
  const tierOf = new Float64Array(variables.length).fill(NaN);
  for (const [tier, entries] of tiers.entries()) {
    for (const i of entries.flatMap((entry) => matching(variables, entry))) {
      if (tierOf[i] >= 0 && tierOf[i] !== tier) {
        throw new InputError(
          "contradictory-knowledge",
          `${variables[i].name} is in tier ${tierOf[i] + 1} and in tier ${tier + 1}`
        );
      }
      tierOf[i] = tier;
    }
  }
  return tierOf;
}
function matching(variables, entry) {
  const isMatch = entry.endsWith("*") ? ({ name }) => name.startsWith(entry.slice(0, -1)) : ({ name, modality }) => name === entry || modality === entry;
  const result = variables.flatMap((variable, i) => isMatch(variable) ? [i] : []);
  if (result.length > 0) return result;
  const names = new Set(
    variables.flatMap(({ name, modality }) => modality === void 0 ? [name] : [name, modality])
  );
  throw new InputError(
    "unknown-variable",
    `background knowledge names '${entry}', which is neither a variable nor a modality${didYouMean(entry, names)}`
  );
}
function reaches(edges, size, from, to) {
  const seen = /* @__PURE__ */ new Set();
  const open = [from];
  for (let node = open.pop(); node !== void 0; node = open.pop()) {
    if (node === to) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    for (let next = 0; next < size; next++) if (edges[node * size + next] === 1) open.push(next);
  }
  return false;
}

// src/causal/discovery/causal-graph.ts
var NONE = 0;
var TAIL = -1;
var ARROW = 1;
var CIRCLE = 2;
var MAX_VARIABLES = 1e4;
var VARIABLE = { name: "text", "modality?": "text" };
var EDGE = { from: "text", to: "text", fromMark: "number", toMark: "number" };
function checkCausalGraph(call, graph, edges = []) {
  checkArgument(`${call}: graph`, graph, { variables: [VARIABLE], marks: "typed array" });
  checkLength(`${call}: graph.marks`, graph.marks, graph.variables.length ** 2);
  checkArgument(`${call}: edges`, edges, [EDGE]);
}
function checkVariableCount(count) {
  if (count <= MAX_VARIABLES) return;
  throw new InputError(
    "too-large",
    `a causal graph has ${count} variables; up to ${MAX_VARIABLES} are possible: leave some out`
  );
}
function emptyGraph(variables) {
  checkArgument("variables", variables, [VARIABLE]);
  if (variables.length === 0) throw new InputError("no-variables", "a causal graph needs at least one variable");
  checkVariableCount(variables.length);
  const names = /* @__PURE__ */ new Set();
  for (const { name } of variables) {
    if (name === "" || names.has(name)) {
      throw new InputError(
        "duplicate-variable",
        `variable name "${name.slice(0, 100)}" is empty or used twice; names must be unique`
      );
    }
    names.add(name);
  }
  return { variables, marks: new Int8Array(variables.length ** 2) };
}
function graphFromEdges(variables, edges) {
  const graph = emptyGraph(variables);
  checkArgument("edges", edges, [EDGE]);
  const position = positions(variables);
  for (const { from, to, fromMark, toMark } of edges) {
    const [i, j] = [from, to].map((name) => {
      const index = position.get(name);
      if (index !== void 0) return index;
      throw new InputError(
        "unknown-variable",
        `edge ${from} \u2013 ${to}: there is no variable "${name}"${didYouMean(name, position.keys())}`
      );
    });
    if (i === j)
      throw new InputError("invalid-edge", `edge ${from} \u2013 ${to}: a variable cannot be a neighbour of itself`);
    if (isAdjacent(graph, i, j)) throw new InputError("invalid-edge", `edge ${from} \u2013 ${to} is listed twice`);
    setEdge(graph, i, j, fromMark, toMark);
  }
  return graph;
}
function graphFromMatrix(variables, matrix) {
  const graph = emptyGraph(variables);
  const size = variables.length;
  if (matrix.length !== size * size) {
    throw new InputError(
      "shape-mismatch",
      `the matrix has ${matrix.length} entries; ${size} variables need ${size ** 2}`
    );
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const mark = matrix[i * size + j];
      const other = matrix[j * size + i];
      if (![NONE, TAIL, ARROW, CIRCLE].includes(mark) || mark === NONE !== (other === NONE) || i === j && mark !== 0) {
        throw new InputError(
          "invalid-edge",
          `entries (${i}, ${j}) and (${j}, ${i}) are ${mark} and ${other}; both must be 0, or each \u22121 (tail), 1 (arrowhead) or 2 (circle)`
        );
      }
      graph.marks[i * size + j] = mark;
    }
  }
  return graph;
}
function graphEdges(graph) {
  checkCausalGraph("causalEdges", graph);
  const { variables, marks } = graph;
  const size = variables.length;
  const edges = [];
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const atI = marks[i * size + j];
      const atJ = marks[j * size + i];
      if (!isMark(atI) || !isMark(atJ)) continue;
      const [first, second] = [variables[i].name, variables[j].name];
      if (rank(atI) > rank(atJ)) edges.push({ from: second, to: first, fromMark: atJ, toMark: atI });
      else edges.push({ from: first, to: second, fromMark: atI, toMark: atJ });
    }
  }
  return edges;
}
function positions(variables) {
  return new Map(variables.map(({ name }, i) => [name, i]));
}
function isAdjacent({ variables, marks }, i, j) {
  return marks[i * variables.length + j] !== NONE;
}
function isDirected({ variables: { length }, marks }, i, j) {
  return marks[i * length + j] === TAIL && marks[j * length + i] === ARROW;
}
function setEdge({ variables: { length }, marks }, i, j, atI, atJ) {
  marks[i * length + j] = atI;
  marks[j * length + i] = atJ;
}
function isMark(value) {
  return value === TAIL || value === ARROW || value === CIRCLE;
}
function rank(mark) {
  return mark === ARROW ? 2 : mark === CIRCLE ? 0 : 1;
}

// src/causal/discovery/columns.ts
var COLUMN = { name: "text", values: "typed array" };
function checkColumns(columns) {
  checkArgument("columns", columns, [COLUMN]);
  if (columns.length < 2) {
    throw new InputError("too-few-variables", `discovery needs at least 2 variables, got ${columns.length}`);
  }
  checkVariableCount(columns.length);
  const names = /* @__PURE__ */ new Set();
  const rows = columns[0].values.length;
  for (const { name, values } of columns) {
    if (name === "" || names.has(name)) {
      throw new InputError("duplicate-variable", `column name "${name}" is empty or used twice; names must be unique`);
    }
    names.add(name);
    if (values.length !== rows) {
      throw new InputError(
        "rows-disagree",
        `column '${columns[0].name}' has ${rows} rows and '${name}' ${values.length}; all must have the same number`
      );
    }
    const infinite = values.findIndex((value) => value === Infinity || value === -Infinity);
    if (infinite >= 0) {
      throw new InputError("not-finite", `column '${name}', row ${infinite + 1}: ${values[infinite]}`, {
        column: name
      });
    }
    if (values.every(Number.isNaN)) {
      throw new InputError("empty-column", `column '${name}' has no values; leave it out`, { column: name });
    }
  }
}

// src/causal/discovery/half-samples.ts
var STREAM = 1751215206;
var MAX_HALF_SAMPLES = 1e6;
function checkHalfSamples(count, seed) {
  const isPossible = Number.isSafeInteger(count) && count >= 1 && count <= MAX_HALF_SAMPLES;
  if (!isPossible || !Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(
      "invalid-half-samples",
      `halfSamples is a whole number from 1 to ${MAX_HALF_SAMPLES} with a seed of at least 0, got ${count} and ${seed}`
    );
  }
}
function halfSampleRows(size, seed, number, groups) {
  const units = groups && rowsOfGroups(groups);
  const count = units?.length ?? size;
  const half = Math.floor(count / 2);
  const from = number % 2 === 0 ? 0 : half;
  const drawn = permutation(seedKey(seed), STREAM, Math.floor(number / 2), count).subarray(from, from + half);
  return Int32Array.from(units ? [...drawn].flatMap((unit) => units[unit]) : drawn).sort();
}
function rowsOfGroups(groups) {
  const rows = /* @__PURE__ */ new Map();
  for (const [row, group] of groups.entries()) {
    const members = rows.get(group);
    if (members) members.push(row);
    else rows.set(group, [row]);
  }
  return [...rows.values()];
}
var KINDS = /* @__PURE__ */ new Map([
  [`${TAIL},${ARROW}`, "forward"],
  [`${ARROW},${TAIL}`, "backward"],
  [`${TAIL},${TAIL}`, "undirected"],
  [`${ARROW},${ARROW}`, "bidirected"],
  [`${CIRCLE},${ARROW}`, "openForward"],
  [`${ARROW},${CIRCLE}`, "openBackward"],
  [`${CIRCLE},${CIRCLE}`, "open"]
]);
var NEVER = {
  ...{ adjacent: 0, forward: 0, backward: 0, undirected: 0, bidirected: 0 },
  ...{ openForward: 0, openBackward: 0, open: 0 }
};
var Z = 1.959963984540054;
function shareInterval(share, count) {
  const scale = 1 + Z ** 2 / count;
  const centre = (share + Z ** 2 / (2 * count)) / scale;
  const half = Z * Math.sqrt(share * (1 - share) / count + (Z / (2 * count)) ** 2) / scale;
  return [share === 0 ? 0 : Math.max(0, centre - half), share === 1 ? 1 : Math.min(1, centre + half)];
}
function asWritten({ fromMark, toMark }, frequencies) {
  const kind = KINDS.get(`${fromMark},${toMark}`);
  return kind === void 0 ? 0 : frequencies[kind];
}
function shares(counts, total) {
  return {
    adjacent: counts.adjacent / total,
    forward: counts.forward / total,
    backward: counts.backward / total,
    undirected: counts.undirected / total,
    bidirected: counts.bidirected / total,
    openForward: counts.openForward / total,
    openBackward: counts.openBackward / total,
    open: counts.open / total
  };
}
var EdgeCounts = class {
  constructor(variables) {
    this.variables = variables;
  }
  variables;
  #counts = /* @__PURE__ */ new Map();
  #graphs = 0;
  add(marks) {
    const size = this.variables.length;
    this.#graphs++;
    for (let i = 0; i < size; i++) {
      for (let j = i + 1; j < size; j++) {
        const kind = KINDS.get(`${marks[i * size + j]},${marks[j * size + i]}`);
        if (kind === void 0) continue;
        const counted = this.#counts.get(i * size + j) ?? { ...NEVER };
        this.#counts.set(i * size + j, counted);
        counted.adjacent++;
        counted[kind]++;
      }
    }
  }
  /** Returns the shares among all graphs so far, in the order of the variables. */
  pairs() {
    const size = this.variables.length;
    return [...this.#counts].sort(([a], [b]) => a - b).map(([at, counted]) => {
      const pair2 = [this.variables[Math.floor(at / size)].name, this.variables[at % size].name];
      return { pair: pair2, ...shares(counted, this.#graphs) };
    });
  }
};
function stableGraph(variables, result, threshold, type = "cpdag") {
  checkArgument("stableGraph: result", result, { pairs: [{ pair: ["text"], adjacent: "number" }] });
  const { pairs } = result;
  if (!(threshold > 0 && threshold <= 1)) {
    throw new InputError("invalid-threshold", `the threshold is a share in (0, 1], got ${threshold}`);
  }
  const graph = emptyGraph(variables);
  const position = positions(variables);
  for (const { pair: pair2, adjacent, forward, backward, bidirected, openForward, openBackward } of pairs) {
    if (adjacent < threshold) continue;
    const [i, j] = pair2.map((name) => position.get(name));
    if (type === "cpdag") {
      setEdge(graph, i, j, backward > adjacent / 2 ? ARROW : TAIL, forward > adjacent / 2 ? ARROW : TAIL);
      continue;
    }
    const majority = (arrow, tail) => arrow > adjacent / 2 ? ARROW : tail > adjacent / 2 ? TAIL : CIRCLE;
    const atFirst = majority(backward + bidirected + openBackward, forward);
    setEdge(graph, i, j, atFirst, majority(forward + bidirected + openForward, backward));
  }
  return graph;
}

export {
  TAIL,
  ARROW,
  CIRCLE,
  checkCausalGraph,
  emptyGraph,
  graphFromEdges,
  graphFromMatrix,
  graphEdges,
  positions,
  isAdjacent,
  isDirected,
  setEdge,
  checkColumns,
  MAX_HALF_SAMPLES,
  checkHalfSamples,
  halfSampleRows,
  NEVER,
  shareInterval,
  asWritten,
  EdgeCounts,
  stableGraph,
  repeatedSchema,
  parseKnowledge,
  compileKnowledge
};
