import {
  RandomStream
} from "./chunk-KVCOM63A.js";
import {
  checkAccepted,
  checkArgument,
  checkLength,
  checkOptions
} from "./chunk-MX4VZIVR.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/linear/products.ts
import { Matrix } from "ml-matrix";
function crossProducts(x) {
  const size = x.columns;
  const sums = new Float64Array(size * size);
  const zeroRow = new Array(size).fill(0);
  const rowOr0 = (row) => row < x.rows ? x.getRow(row) : zeroRow;
  for (let row = 0; row < x.rows; row += 4) {
    const [a, b, c, d] = [rowOr0(row), rowOr0(row + 1), rowOr0(row + 2), rowOr0(row + 3)];
    for (let i = 0; i < size; i++) {
      const [ai, bi, ci, di] = [a[i], b[i], c[i], d[i]];
      const start = i * size;
      for (let j = i; j < size; j++) sums[start + j] += ai * a[j] + bi * b[j] + ci * c[j] + di * d[j];
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) sums[i * size + j] = sums[j * size + i];
  return Matrix.from1DArray(size, size, sums);
}
function innerProducts(x) {
  const rows = x.to2DArray();
  const products = Matrix.zeros(x.rows, x.rows);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [rows[i], rows[j]];
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
      products.set(i, j, sum);
      products.set(j, i, sum);
    }
  }
  return products;
}

// src/causal/graph.ts
var EDGE_DIRECTIONS = ["supported", "assumed", "undecided"];
var NODE = { name: "text", modality: "text", index: "number" };
var EDGE = { from: "text", to: "text", strength: "number", agreement: "number", "direction?": "text" };
var LATENT_GRAPH = { nodes: [NODE], strengths: "typed array", edges: [EDGE], runs: "number" };
function checkLatentGraph(call, graph) {
  checkArgument(`${call}: graph`, graph, LATENT_GRAPH);
  checkLength(`${call}: graph.strengths`, graph.strengths, graph.nodes.length ** 2);
}
function latentNodes(modalities) {
  checkArgument("modalities", modalities, [{ name: "text", latents: "number" }]);
  const seen = /* @__PURE__ */ new Set();
  for (const { name, latents } of modalities) {
    if (name === "" || seen.has(name)) {
      throw new InputError("invalid-modality", `modality name "${name}" is empty or used twice; names must be unique`);
    }
    if (!Number.isSafeInteger(latents) || latents < 1) {
      throw new InputError("invalid-modality", `modality "${name}" has ${latents} latents; at least 1 is needed`);
    }
    seen.add(name);
  }
  return modalities.flatMap(
    ({ name, latents }) => Array.from({ length: latents }, (_, index) => ({ name: `${name}.z${index + 1}`, modality: name, index }))
  );
}
function modalityLatents(graph) {
  checkArgument("modalityLatents: graph", graph, { nodes: [NODE] });
  const counts = /* @__PURE__ */ new Map();
  for (const { modality } of graph.nodes) counts.set(modality, (counts.get(modality) ?? 0) + 1);
  return Array.from(counts, ([name, latents]) => ({ name, latents }));
}
function hasEffects({ edges }) {
  return edges.some(({ effect }) => effect !== void 0);
}
function checkThreshold(threshold) {
  checkAccepted("threshold", threshold, threshold >= 0, "is a number from 0");
}
function graphFromStrengths(modalities, strengths, options = {}) {
  checkArgument("graphFromStrengths: strengths", strengths, "numbers");
  checkOptions("graphFromStrengths", options, { threshold: "number" });
  const { threshold = 0.1 } = options;
  checkThreshold(threshold);
  return build(modalities, strengths, (entry) => strengths[entry] > threshold);
}
function graphFromGates(modalities, gates, strengths, options = {}) {
  for (const [name, matrix] of Object.entries({ gates, strengths })) {
    checkArgument(`graphFromGates: ${name}`, matrix, "numbers");
  }
  checkOptions("graphFromGates", options, { threshold: "number" });
  const { threshold = 0.5 } = options;
  checkThreshold(threshold);
  checkMatrix("gates", gates, latentNodes(modalities).length);
  return build(modalities, strengths, (entry) => gates[entry] > threshold);
}
function graphFromAdjacency(modalities, adjacency) {
  checkArgument("graphFromAdjacency: adjacency", adjacency, "numbers");
  checkMatrix("adjacency", adjacency, latentNodes(modalities).length);
  const strengths = Float64Array.from(adjacency, (entry) => entry === 0 ? 0 : 1);
  return build(modalities, strengths, (entry) => strengths[entry] !== 0);
}
function adjacencyMatrix(graph) {
  checkArgument("adjacencyMatrix: graph", graph, { nodes: [NODE], edges: [{ from: "text", to: "text" }] });
  const { nodes, edges } = graph;
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  const adjacency = new Uint8Array(nodes.length * nodes.length);
  for (const { from, to } of edges) adjacency[position.get(to) * nodes.length + position.get(from)] = 1;
  return adjacency;
}
function sortEdges(nodes, edges) {
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  const rank = ({ from, to }) => position.get(to) * nodes.length + position.get(from);
  return [...edges].sort((a, b) => b.strength - a.strength || rank(a) - rank(b));
}
function build(modalities, strengths, isEdge) {
  const nodes = latentNodes(modalities);
  checkMatrix("strengths", strengths, nodes.length);
  const edges = [];
  for (const [i, child] of nodes.entries()) {
    for (const [j, parent] of nodes.entries()) {
      const entry = i * nodes.length + j;
      if (strengths[entry] < 0) {
        throw new InputError(
          "invalid-strength",
          `strength of ${parent.name} \u2192 ${child.name} is ${strengths[entry]}; strengths are at least 0`
        );
      }
      if (i !== j && isEdge(entry)) {
        edges.push({ from: parent.name, to: child.name, strength: strengths[entry], agreement: 1 });
      }
    }
  }
  return { nodes, strengths: Float64Array.from(strengths), edges: sortEdges(nodes, edges), runs: 1 };
}
function checkMatrix(name, matrix, size) {
  if (matrix.length !== size * size) {
    throw new InputError(
      "shape-mismatch",
      `${name}: ${matrix.length} entries; ${size} latents need ${size} \xD7 ${size} = ${size * size}`
    );
  }
  for (let k = 0; k < matrix.length; k++) {
    if (!Number.isFinite(matrix[k])) {
      throw new InputError("not-finite", `${name}: entry (${Math.floor(k / size)}, ${k % size}) is ${matrix[k]}`);
    }
  }
}

// src/linear/leading.ts
import { EigenvalueDecomposition, Matrix as Matrix2, QrDecomposition } from "ml-matrix";
var SMALL = 200;
var SPARE = 10;
var ITERATIONS = 6;
function leadingEigenpairs(matrix, count) {
  const pairs = Math.min(count, matrix.rows);
  return matrix.rows <= SMALL || pairs + SPARE >= matrix.rows ? sortedEigenpairs(matrix, pairs) : iteratedEigenpairs(matrix, pairs);
}
function leadingTriplets(matrix, count) {
  if (matrix.rows > matrix.columns) {
    const { left: left2, values: values2, right } = leadingTriplets(matrix.transpose(), count);
    return { left: right, values: values2, right: left2 };
  }
  const { values: squares, vectors } = leadingEigenpairs(crossProducts(matrix.transpose()), count);
  const values = squares.filter((square) => square > squares[0] * 1e-14).map(Math.sqrt);
  if (values.length === 0) return { left: new Matrix2(matrix.rows, 0), values, right: new Matrix2(matrix.columns, 0) };
  const left = vectors.subMatrix(0, matrix.rows - 1, 0, values.length - 1);
  return {
    left,
    values,
    right: matrix.transpose().mmul(left).divRowVector([...values])
  };
}
function sortedEigenpairs(matrix, count) {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const chosen = order.slice(0, count);
  return { values: chosen.map((i) => realEigenvalues[i]), vectors: eigenvectorMatrix.subMatrixColumn(chosen) };
}
function iteratedEigenpairs(matrix, count) {
  const random = new RandomStream(0, 0);
  const width = count + SPARE;
  let basis = Matrix2.zeros(matrix.rows, width);
  for (let i = 0; i < matrix.rows; i++) for (let j = 0; j < width; j++) basis.set(i, j, random.normal());
  for (let step = 0; step < ITERATIONS; step++) basis = new QrDecomposition(matrix.mmul(basis)).orthogonalMatrix;
  const { values, vectors } = sortedEigenpairs(basis.transpose().mmul(matrix.mmul(basis)), count);
  return { values, vectors: basis.mmul(vectors) };
}

export {
  crossProducts,
  innerProducts,
  leadingEigenpairs,
  leadingTriplets,
  EDGE_DIRECTIONS,
  checkLatentGraph,
  latentNodes,
  modalityLatents,
  hasEffects,
  graphFromStrengths,
  graphFromGates,
  graphFromAdjacency,
  adjacencyMatrix,
  sortEdges
};
