import {
  Message
} from "./chunk-ZELYQSGK.js";
import {
  LatentMechanisms,
  Pace,
  centred,
  dot,
  groupUnits,
  knownScores,
  levelsOf,
  mean as mean2,
  scaledGroupMeans,
  shuffledWithinGroups,
  varies,
  withinGroupDeviations
} from "./chunk-B42SLYE6.js";
import {
  directionBetween
} from "./chunk-FG3AXMFF.js";
import {
  Inference,
  MissingSampler,
  SerialQueue
} from "./chunk-WM45JIKL.js";
import {
  PhiloxNoise,
  cutOf,
  groupData,
  latentBatches,
  latentData,
  miniBatches
} from "./chunk-YWRIRJVC.js";
import {
  LOCK_FILE,
  LockedFolder,
  enterFolder,
  hasCheckpoint,
  hasRun,
  readCheckpoint,
  removeCheckpoint,
  trainingProgress,
  writeCheckpoint
} from "./chunk-E6KEIPMP.js";
import {
  MetricsFile,
  outcomeOf,
  ranking,
  restartSeed,
  runsOf,
  scoredByAllSubjects,
  seedWords,
  selectRuns,
  stackRuns,
  valuesOf,
  withoutCrossPrediction
} from "./chunk-EXJUDJM4.js";
import {
  affordableRows,
  byImportance,
  channelMeans,
  compareSubspaces,
  copiedColumns,
  copiedRows,
  depthWarning,
  filled,
  hasCopiedRows,
  holm,
  linearMethodsOf,
  linearSample,
  listing,
  maxSampled,
  measuredRows,
  missingnessTests,
  normalScores,
  observedMeans,
  spreadOver,
  tableOf
} from "./chunk-SWQNJAYC.js";
import {
  chiSquareTail,
  gammaTail,
  knownRanks,
  normalTwoSided,
  normalTwoSidedQuantile,
  rankCorrelation,
  withAgreement,
  withShares
} from "./chunk-X424OCCA.js";
import {
  centredMatrix,
  columnMeans,
  leastSquares,
  nextTurn,
  principalComponents
} from "./chunk-G45XYAMO.js";
import {
  adjacencyMatrix,
  graphFromGates,
  graphFromStrengths,
  latentNodes,
  sortEdges
} from "./chunk-64LFUNOM.js";
import {
  MISSING_CENTRE,
  MISSING_SCALE,
  MissingLatents
} from "./chunk-2LFYMM5I.js";
import {
  ABSENT_PARENTS,
  ALLOWED_EDGES,
  ComponentMap,
  LATENT_ENCODER,
  LATENT_GATES,
  LEAKY_SLOPE,
  LatentEncoders,
  LatentPrior,
  MultimodalModel,
  SharedBlock,
  blockLayout,
  blockPositions,
  componentMapPlace,
  encoderInputs,
  flowOf,
  invariantEncoderName,
  latentCounts,
  latentEncoderName,
  layerNodes,
  logProbability,
  logVarianceBias,
  mapGroups,
  mapParameter,
  mlpParameters,
  networkName,
  observationNetwork,
  observationsOfOtherModalities,
  otherModalities,
  readsOpen,
  thetaNetwork,
  thetaParts,
  valuesOfOtherModalities
} from "./chunk-UXQCCETH.js";
import {
  CPU,
  MATMUL_PRECISIONS,
  Program,
  chooseDevice,
  compile,
  dataParallelOf,
  deserializeError,
  groupsOf,
  localRanks,
  matmulPrecisionOf
} from "./chunk-SPMNODIT.js";
import {
  buildInfo
} from "./chunk-TSXIGEL7.js";
import {
  isBundled,
  packageRoot,
  version
} from "./chunk-AMU4RVW4.js";
import {
  endingFlags
} from "./chunk-NXYYD655.js";
import {
  FIT_DEFAULTS,
  MANY_SUBJECTS,
  fitConfigSchema,
  fitLength,
  kindOfFit,
  sparsitySchema,
  stepsOf,
  trainingSchema
} from "./chunk-K4RJR7JR.js";
import {
  ARROW,
  CIRCLE,
  EdgeCounts,
  TAIL,
  checkHalfSamples,
  compileKnowledge,
  emptyGraph,
  graphEdges,
  halfSampleRows,
  positions,
  setEdge
} from "./chunk-4FPRHE4L.js";
import {
  allowedEdges,
  latentLayout,
  observationOf,
  perLatent,
  perModality,
  sizePosition,
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  fingerprintOf
} from "./chunk-CT53P3XR.js";
import {
  areRepetitions,
  rowsByGroup
} from "./chunk-NILIBJ27.js";
import {
  presence,
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  encodeSafetensors,
  readSafetensors
} from "./chunk-FL3EIQQG.js";
import {
  ParameterList,
  RATE_GROUPS,
  constantValue,
  fanIn,
  recurrentProblem,
  residualProblem
} from "./chunk-G3ZUGG2R.js";
import {
  MAX_DETERMINANT,
  add,
  broadcastTo,
  clamp,
  concat,
  constant,
  control,
  data,
  div,
  gather,
  grad,
  logAbsDet,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  sizeOf,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  withScope
} from "./chunk-XV7UC2EY.js";
import {
  permutation,
  seedKey,
  uniforms
} from "./chunk-SF4GQ4IP.js";
import {
  firstRepeated,
  predictedColumns
} from "./chunk-Q3ILZ3SP.js";
import {
  isModalityName
} from "./chunk-F6TOTGVU.js";
import {
  columnAt,
  columnOf,
  copySubjects,
  hasLevels,
  isCount,
  isMeasured,
  isSize,
  joined,
  positionsOf,
  selectSubjects,
  storedScale,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  Factor,
  RandomStream,
  assign,
  block,
  meanCorrelation,
  randomRotation,
  selectRows
} from "./chunk-KVCOM63A.js";
import {
  LONG_ARRAY
} from "./chunk-6G5FRIQV.js";
import {
  checkArgument,
  checkLength,
  checkOptions
} from "./chunk-MX4VZIVR.js";
import {
  createTemporary,
  isRunning,
  makeFolder,
  removeFile,
  removeLeftovers,
  replaceFileNow,
  thisMachine,
  writeError,
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import {
  exists
} from "./chunk-YMIDNFC3.js";
import {
  crc32c
} from "./chunk-ICW2EB24.js";
import {
  longList,
  packedList,
  packedOf,
  stringsOf,
  textPieces
} from "./chunk-7BQBI4IZ.js";
import {
  causeCode,
  causeMessage,
  openInternal,
  readError,
  readText,
  textIfExists
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError,
  InterlatentError,
  InternalError,
  NumericError,
  StateError
} from "./chunk-5XKOZ6VI.js";
import {
  __callDispose,
  __using
} from "./chunk-BPCHXMC3.js";

// src/background/niceness.ts
var taskThreads = { niceness: 10 };

// src/evidence/gate.ts
function unrelatedModalities(pairs = []) {
  return pairs.filter(({ associated }) => !associated).map(({ first, second }) => [first, second]);
}

// src/evidence/error-aware.ts
import { inverse as inverse2, Matrix as Matrix2, SVD } from "ml-matrix";

// src/evidence/reliability-bound.ts
import { inverse, Matrix } from "ml-matrix";
var MIN_RELIABILITY = 0.7;
var MIN_VARIANCE = 0.01;
var STEP = 1e-5;
function boundedCovariance(x, y, unknown, known = []) {
  const values = [x, y, ...unknown, ...known.map(({ a }) => a), ...known.map(({ b }) => b)].map(standardised);
  const units = x.length;
  const covariances = new Matrix(values.map((u) => values.map((v) => dot(u, v) / units)));
  const first = 2 + unknown.length;
  const sign = Math.sign(residualCorrelation(covariances, first, 0));
  const correlation = residualCorrelation(covariances, first, sign);
  const influence = new Float64Array(units);
  for (const [i, u] of values.entries()) {
    for (const [j, v] of values.entries()) {
      if (j > i) continue;
      const slope = slopeOf(covariances, (moved) => residualCorrelation(moved, first, sign), [i, j]);
      for (let unit = 0; unit < units; unit++) influence[unit] += slope * u[unit] * v[unit];
    }
  }
  const middle = mean2(influence);
  const variance = influence.reduce((sum2, value) => sum2 + (value - middle) ** 2, 0) / Math.max(1, units - 1);
  const error = Math.sqrt(variance / units);
  if (correlation * sign <= 0) return { correlation: 0, error, z: 0 };
  return { correlation, error, z: error > 0 ? correlation / error : 0 };
}
function residualCorrelation(all, first, sign) {
  const covariances = without(all, first);
  const scales = covariances.diagonal().map((variance) => variance > MIN_VARIANCE ? 1 / Math.sqrt(variance) : 0);
  const correlations = covariances.clone().mulRowVector(scales).mulColumnVector(scales);
  const last = correlations.rows - 1;
  const between = inverse(correlations.subMatrix(2, last, 2, last), true);
  const [toX, toY] = [0, 1].map((i) => correlations.subMatrix(2, last, i, i));
  const product2 = (u, v) => u.transpose().mmul(between).mmul(v).get(0, 0);
  const explained = product2(toX, toY);
  const plain = correlations.get(0, 1) - explained;
  if (sign === 0) return plain;
  const bound = 1 / MIN_RELIABILITY - 1;
  const lengths = Math.sqrt(Math.max(0, product2(toX, toX) * product2(toY, toY)));
  return plain - bound / 2 * (explained + sign * lengths);
}
function without(all, first) {
  const count2 = (all.rows - first) / 2;
  if (count2 === 0) return all.clone();
  const [a, b] = [first, first + count2];
  const block2 = (rows, columns) => all.subMatrix(rows, rows + count2 - 1, columns, columns + count2 - 1);
  const across = (form) => all.subMatrix(0, first - 1, form, form + count2 - 1);
  const explained = across(b).mmul(inverse(block2(a, b), true)).mmul(across(a).transpose());
  const both2 = Matrix.add(explained, explained.transpose()).mul(0.5);
  return Matrix.sub(all.subMatrix(0, first - 1, 0, first - 1), both2);
}
function slopeOf(covariances, of, [i, j]) {
  const [above, below] = [STEP, -STEP].map((step) => {
    const moved = covariances.clone();
    moved.set(i, j, moved.get(i, j) + step);
    if (i !== j) moved.set(j, i, moved.get(j, i) + step);
    return of(moved);
  });
  return (above - below) / (2 * STEP);
}
function standardised(values) {
  const middle = mean2(values);
  const deviations2 = values.map((value) => value - middle);
  const scale = Math.sqrt(dot(deviations2, deviations2) / values.length) || 1;
  return deviations2.map((value) => value / scale);
}

// src/evidence/error-aware.ts
var MIN_STRENGTH = 5;
var MIN_STRENGTH_OF_SEVERAL = 2.5;
var STRONG = 3;
var MIN_SHARE = 0.2;
var POLYNOMIALS = [(z4) => z4 * z4 - 1, (z4) => z4 ** 3 - 3 * z4];
var MAX_CORRELATION = 0.999;
var POWERS = /* @__PURE__ */ new WeakMap();
var CENTRED = /* @__PURE__ */ new WeakMap();
var STANDARDISED = /* @__PURE__ */ new WeakMap();
var PRODUCTS = /* @__PURE__ */ new WeakMap();
function cached(known, key, make) {
  const existing = known.get(key);
  if (existing !== void 0) return existing;
  const value = make(key);
  known.set(key, value);
  return value;
}
function product(u, v) {
  return PRODUCTS.get(v)?.get(u) ?? cached(
    cached(PRODUCTS, u, () => /* @__PURE__ */ new WeakMap()),
    v,
    () => dot(u, v)
  );
}
function powersOf(one) {
  return cached(POWERS, one, computePowers);
}
function partialCovariance(x, y, conditioning, powers = conditioning.flatMap(powersOf)) {
  const { isBlind, ...known } = errorAware(x, y, conditioning, powers);
  const isMissing = (one) => one.isUnmeasured && one.source !== x.source && one.source !== y.source;
  const isIdentified = conditioning.length === 0 || !isBlind && !conditioning.some(isMissing) && isMeasured2(conditioning);
  if (isIdentified) return { ...known, isIdentified };
  const sources = [x.source, y.source];
  const measured = conditioning.filter((one) => isExact(one) || !one.isUnmeasured && !sources.includes(one.source)).reduce((some, one) => isMeasured2([...some, one], STRONG) ? [...some, one] : some, []);
  const unknown = conditioning.filter((one) => !measured.includes(one)).map(({ whole }) => whole);
  const bound = boundedCovariance(x.whole, y.whole, unknown, measured);
  const { z: z4, correlation, error } = bound;
  return { ...known, z: z4, correlation: bounded(correlation), correlationError: error, isIdentified: false };
}
function errorAware(x, y, conditioning, powers) {
  const sources = new Set(conditioning.map(({ source }) => source));
  const all = [...conditioning, ...powers];
  const remaindersOf = remaindersMaker();
  const sides = [
    ["a", "b"],
    ["b", "a"]
  ].map(([left, right]) => {
    const rows = all.map((one) => one[left]);
    const columns = all.map((one) => one[right]);
    const [before, after] = [remaindersOf(rows, columns), remaindersOf(columns, rows)];
    const between2 = (u2, v2) => residuals(before.of(u2), after.of(v2));
    const [u, v] = [sources.has(x.source) ? x[left] : x.whole, sources.has(y.source) ? y[right] : y.whole];
    return {
      tested: between2(u, v),
      forms: between2(x[left], y[right]),
      varianceX: between2(x[left], x[right]).covariance,
      varianceY: between2(y[left], y[right]).covariance
    };
  });
  const wholes = all.map(({ whole }) => whole);
  const plain = remaindersOf(wholes, wholes);
  const between = (u, v) => residuals(plain.of(u), plain.of(v));
  const naive = between(x.whole, y.whole);
  const wholeX = between(x.whole, x.whole).covariance;
  const wholeY = between(y.whole, y.whole).covariance;
  const measured = Math.sqrt(wholeX * wholeY);
  const tested = averaged(sides.map((side) => side.tested));
  const forms = averaged(sides.map((side) => side.forms));
  const varianceX = mean2(sides.map((side) => side.varianceX));
  const varianceY = mean2(sides.map((side) => side.varianceY));
  const [isMeasuredX, isMeasuredY] = [varianceX > MIN_SHARE * wholeX, varianceY > MIN_SHARE * wholeY];
  const isScaled = isMeasuredX && isMeasuredY;
  const scale = isScaled ? Math.sqrt(varianceX * varianceY) : measured;
  const estimate = isScaled ? forms : tested;
  return {
    isBlind: sources.has(x.source) && !isMeasuredX || sources.has(y.source) && !isMeasuredY,
    z: ratio(tested.covariance, standardErrorOf(tested.products)),
    plainZ: ratio(naive.covariance, standardErrorOf(naive.products)),
    correlation: bounded(ratio(estimate.covariance, scale)),
    correlationError: ratio(standardErrorOf(estimate.products), scale),
    plain: bounded(ratio(naive.covariance, measured)),
    plainError: ratio(standardErrorOf(naive.products), measured)
  };
}
function computePowers(one) {
  const rows = Int32Array.from(one.whole.keys()).filter((row) => !Number.isNaN(one.whole[row]));
  const at = (values) => standardised2(Float64Array.from(rows, (row) => values[row]));
  const forms = { whole: at(one.whole), a: at(one.a), b: at(one.b) };
  const scale = Math.sqrt(rows.length);
  const curves = POLYNOMIALS.slice(0, Math.max(0, levelsOf(forms.whole, POLYNOMIALS.length + 2) - 2));
  const powers = curves.map((polynomial) => {
    const of = (values) => values.map((value) => polynomial(value * scale));
    return { whole: of(forms.whole), a: of(forms.a), b: of(forms.b), source: one.source };
  }).filter((power) => strength([power]) * scale >= MIN_STRENGTH);
  if (rows.length === one.whole.length) return powers;
  const spread = (values) => {
    const all = new Float64Array(one.whole.length).fill(NaN);
    rows.forEach((row, i) => all[row] = values[i]);
    return all;
  };
  return powers.map(({ whole, a, b, source }) => ({ whole: spread(whole), a: spread(a), b: spread(b), source }));
}
function isExact({ whole, a, b, isUnmeasured }) {
  return !isUnmeasured && a === whole && b === whole;
}
function isMeasured2(conditioning, times = 1) {
  const noisy = conditioning.filter((one) => !isExact(one));
  if (noisy.length === 0) return true;
  const minStrength = noisy.length === 1 ? MIN_STRENGTH : MIN_STRENGTH_OF_SEVERAL;
  return strength(noisy) * Math.sqrt(noisy[0].whole.length) >= times * minStrength;
}
function averaged(sides) {
  const products = new Float64Array(sides[0].products.length);
  for (const side of sides) for (let i = 0; i < products.length; i++) products[i] += side.products[i];
  for (let i = 0; i < products.length; i++) products[i] /= sides.length;
  return { covariance: mean2(sides.map(({ covariance }) => covariance)), products };
}
function ratio(value, by) {
  return by > 0 ? value / by : 0;
}
function bounded(correlation) {
  return Math.max(-MAX_CORRELATION, Math.min(MAX_CORRELATION, correlation));
}
function residuals(left, right) {
  const products = new Float64Array(left.length);
  for (let i = 0; i < products.length; i++) products[i] = left[i] * right[i];
  return { products, covariance: mean2(products) };
}
var Remainders = class {
  #basis;
  #instruments;
  #cache = /* @__PURE__ */ new Map();
  /** Inverse of the products of basis and instruments; the pseudo-inverse if variables are copies. */
  #inverse;
  constructor(basis, instruments) {
    const at = (values) => cached(CENTRED, values, centred);
    [this.#basis, this.#instruments] = [basis.map(at), instruments.map(at)];
    if (basis.length === 0) return;
    this.#inverse = inverse2(new Matrix2(this.#instruments.map((z4) => this.#basis.map((s) => product(z4, s)))), true);
  }
  of(values) {
    return cached(this.#cache, values, () => this.#remainderOf(cached(CENTRED, values, centred)));
  }
  #remainderOf(u) {
    if (!this.#inverse) return u;
    const products = Matrix2.columnVector(this.#instruments.map((z4) => product(z4, u)));
    const weights = this.#inverse.mmul(products).getColumn(0);
    const remainder = u.slice();
    this.#basis.forEach((s, k) => {
      const weight = weights[k];
      for (let i = 0; i < remainder.length; i++) remainder[i] -= weight * s[i];
    });
    return remainder;
  }
};
function remaindersMaker() {
  const existing = [];
  return (basis, instruments) => {
    const arrays = [...basis, ...instruments];
    const known = existing.find((one) => one.arrays.every((array2, i) => array2 === arrays[i]));
    if (known) return known.remainders;
    const remainders = new Remainders(basis, instruments);
    existing.push({ arrays, remainders });
    return remainders;
  };
}
function strength(measured) {
  const at = (values) => cached(STANDARDISED, values, standardised2);
  const [a, b] = [measured.map((one) => at(one.a)), measured.map((one) => at(one.b))];
  const correlations = new Matrix2(a.map((u) => b.map((v) => product(u, v))));
  return Math.min(...new SVD(correlations).diagonal);
}
function standardised2(values) {
  const deviations2 = centred(values);
  const length = Math.sqrt(dot(deviations2, deviations2)) || 1;
  return deviations2.map((value) => value / length);
}
function standardErrorOf(values) {
  const middle = mean2(values);
  let square2 = 0;
  for (let i = 0; i < values.length; i++) square2 += (values[i] - middle) ** 2;
  return Math.sqrt(square2 / Math.max(1, values.length - 1) / values.length);
}

// src/evidence/variables.ts
function measuredVariables(ids, { ids: rows, columns }) {
  const rowOf = new Map(rows.map((id, row) => [id, row]));
  const at = ids.map((id) => rowOf.get(id));
  return columns.map(({ name, values }) => {
    const column = Float64Array.from(at, (row) => row === void 0 ? NaN : values[row]);
    const levels = levelsOf(column, 3);
    const whole = levels < 2 ? column.fill(NaN) : levels === 2 ? column : knownScores(column);
    return { whole, a: whole, b: whole, source: sourceOf(name) };
  });
}
function sourceOf(name) {
  return `measured ${name}`;
}
function latentVariables({ units, forms }, sources) {
  return units.map((whole, i) => {
    const source = sources[i];
    const two = forms[i];
    return two ? { whole, ...two, source } : { whole, a: whole, b: whole, source, isUnmeasured: true };
  });
}
function complete(variables) {
  const count2 = variables[0].whole.length;
  const isLacking = new Uint8Array(count2);
  for (const { whole } of variables) for (let i = 0; i < count2; i++) if (Number.isNaN(whole[i])) isLacking[i] = 1;
  const rows = new Int32Array(count2);
  let length = 0;
  for (let i = 0; i < count2; i++) if (isLacking[i] === 0) rows[length++] = i;
  if (length === count2) return [...variables];
  return unitsAt(variables, rows.subarray(0, length));
}
function unitsAt(variables, rows) {
  const at = (values) => {
    const some = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) some[i] = values[rows[i]];
    return some;
  };
  return variables.map(({ whole, a, b, ...rest }) => {
    const selected = at(whole);
    return { whole: selected, a: a === whole ? selected : at(a), b: b === whole ? selected : at(b), ...rest };
  });
}

// src/evidence/pooled-test.ts
var SPARE_UNITS = 10;
var MIN_ERROR = 1e-9;
var NORMAL_95 = 1.959964;
function pooledTest(splits, { x, y, conditioning }) {
  const covariances = splits.map(
    (folds) => folds.map((variables) => {
      const conditioned = conditioning.map((i) => variables[i]);
      const known = complete([variables[x], variables[y], ...conditioned, ...conditioned.flatMap(powersOf)]);
      if (known[0].whole.length < conditioning.length + SPARE_UNITS) return void 0;
      const powers = 2 + conditioning.length;
      return partialCovariance(known[0], known[1], known.slice(2, powers), known.slice(powers));
    })
  );
  const all = covariances.flat();
  if (!all.every((one) => one !== void 0)) {
    const nothing = { lower: -1, upper: 1 };
    return {
      correlation: 0,
      ...nothing,
      plain: { estimate: 0, ...nothing },
      p: 1,
      isIdentified: false,
      folds: [],
      hasOneSign: false
    };
  }
  const aware = meanZ(covariances, ({ z: z4 }) => z4);
  const plain = meanZ(covariances, ({ plainZ }) => plainZ);
  const interval = (values, errors) => {
    const weights = errors.map((error) => 1 / Math.max(error, MIN_ERROR) ** 2);
    const weight = weights.reduce((sum2, value) => sum2 + value, 0);
    const estimate = values.reduce((sum2, value, i) => sum2 + weights[i] / weight * value, 0);
    const half = NORMAL_95 * Math.sqrt(covariances.length / weight);
    return { estimate, lower: Math.max(-1, estimate - half), upper: Math.min(1, estimate + half) };
  };
  const { estimate: correlation, ...bounds } = interval(
    all.map((one) => one.correlation),
    all.map((one) => one.correlationError)
  );
  return {
    correlation,
    ...bounds,
    plain: interval(
      all.map((one) => one.plain),
      all.map((one) => one.plainError)
    ),
    p: Math.sign(aware) === Math.sign(plain) ? Math.max(normalTwoSided(aware), normalTwoSided(plain)) : 1,
    isIdentified: all.every((one) => one.isIdentified),
    folds: covariances[0].map((one) => normalTwoSided(one.z)),
    hasOneSign: all.every((one) => Math.sign(one.z) === Math.sign(correlation))
  };
}
function meanZ(splits, zOf) {
  return mean2(splits.map((folds) => folds.reduce((sum2, one) => sum2 + zOf(one), 0) / Math.sqrt(folds.length)));
}

// src/evidence/searched-link.ts
var LINK_ALPHA = 0.01;
var CLEAR = 2.576 / 1.96;
var FAMILY_ALPHA = 0.05;
var NOTABLE = 0.3;
var MIN_DIRECT = 0.05;
var MAX_CONDITIONING = 3;
var MAX_SETS = 200;
async function askAll(link2, sets, pace) {
  for (const conditioning of sets) {
    if (!link2.isOpen) return;
    await pace.rest();
    link2.ask(conditioning);
  }
}
function firstOf(items, count2) {
  const first = [];
  for (const item of items) {
    if (first.length === count2) break;
    first.push(item);
  }
  return first;
}
function setsOf({ x, y }, neighbours2, size) {
  const sets = /* @__PURE__ */ new Map();
  for (const [one, other] of [
    [x, y],
    [y, x]
  ]) {
    for (const set of subsets(
      neighbours2[one].filter((v) => v !== other),
      size
    )) {
      if (sets.size < MAX_SETS) sets.set(set.join(), set);
    }
  }
  return [...sets.values()];
}
function* subsets(of, size, from = 0) {
  if (size === 0) {
    yield [];
    return;
  }
  for (let i = from; i <= of.length - size; i++) {
    for (const rest of subsets(of, size - 1, i + 1)) yield [of[i], ...rest];
  }
}
function withoutLink(direct) {
  const { correlation, lower, upper, isIdentified } = direct;
  if (isIdentified && upper < NOTABLE && lower > -NOTABLE) return { verdict: "not-supported", reason: "explained" };
  const isClear = Math.abs(correlation) > CLEAR * (upper - lower) / 2;
  return { verdict: "undecided", reason: isClear ? "inconsistent" : "low-power" };
}
var Link = class {
  x;
  y;
  /** True until a set explains the pair. */
  isOpen = true;
  /** Sets that could explain the pair if their measurement errors are large enough. */
  blind = [];
  worst;
  #splits;
  #marginal;
  #conditioning = [];
  constructor({ x, y }, splits) {
    this.x = x;
    this.y = y;
    this.#splits = splits;
  }
  ask(conditioning) {
    const question = { x: this.x, y: this.y, conditioning };
    const test = pooledTest(this.#splits, question);
    if (conditioning.length === 0) this.#marginal = this.worst = test;
    if (!test.isIdentified && test.p > LINK_ALPHA) {
      this.blind.push(conditioning);
      if (conditioning.length === 0) this.isOpen = false;
      return;
    }
    if (test.p >= this.worst.p) {
      this.worst = test;
      this.#conditioning = conditioning;
    }
    if (test.p > LINK_ALPHA) this.isOpen = false;
  }
  result(q, isBlind) {
    const { x, y, worst: direct } = this;
    const link2 = { x, y, marginal: this.#marginal, direct, conditioning: this.#conditioning, q };
    if (!this.isOpen) {
      return { ...link2, ...withoutLink(direct) };
    }
    if (isBlind) return { ...link2, verdict: "undecided", reason: "not-measured" };
    if (q > FAMILY_ALPHA) return { ...link2, verdict: "undecided", reason: "corrected" };
    if (Math.max(direct.lower, -direct.upper) <= MIN_DIRECT) return { ...link2, verdict: "undecided", reason: "small" };
    return { ...link2, verdict: "supported" };
  }
};

// src/evidence/search-pace.ts
var SearchPace = class {
  #hooks;
  #pace;
  #progress;
  constructor(hooks = {}) {
    this.#hooks = hooks;
    this.#pace = new Pace(hooks.signal);
  }
  /** Sets the progress that the next pause reports. */
  at(progress) {
    this.#progress = progress;
  }
  /** Yields to the event loop if a pause is due. Called before every test. @throws the signal's reason */
  async rest() {
    const { signal, onProgress } = this.#hooks;
    if (this.#progress && this.#pace.isDue && !signal?.aborted) onProgress?.(this.#progress);
    await this.#pace.rest();
  }
};

// src/evidence/colliders.ts
var HALF_SAMPLES = 100;
var MIN_SHARE2 = 0.9;
var FOLD_ALPHA = 0.05;
var NEARLY_NONE = 0.035;
async function colliderArrows(question, pace = new SearchPace()) {
  const { links } = question;
  const neighbours2 = /* @__PURE__ */ new Map();
  for (const { x, y, verdict } of links) {
    if (verdict !== "supported") continue;
    neighbours2.set(x, [...neighbours2.get(x) ?? [], y]);
    neighbours2.set(y, [...neighbours2.get(y) ?? [], x]);
  }
  const halfSamples = new HalfSamples(question, pace);
  const shares = /* @__PURE__ */ new Map();
  const candidates2 = [...neighbours2].sort(([a], [b]) => a - b).flatMap(([z4, linked]) => pairsOf(linked).map(([x, y]) => ({ x, y, z: z4 })));
  for (const [done, { x, y, z: z4 }] of candidates2.entries()) {
    pace.at({ stage: "directions", done, total: candidates2.length });
    const near = [.../* @__PURE__ */ new Set([...neighbours2.get(x) ?? [], ...neighbours2.get(y) ?? []])];
    const further = near.filter((one) => ![x, y, z4].includes(one)).sort((a, b) => a - b);
    const share = await colliderShare({ x, y, z: z4, near: further }, question, halfSamples, pace);
    if (share === void 0) continue;
    for (const from of [x, y]) {
      const known = shares.get(`${from} ${z4}`);
      if (!known || known.share < share) shares.set(`${from} ${z4}`, { from, to: z4, share });
    }
  }
  return [...shares.values()];
}
function pairsOf(items) {
  const sorted = [...items].sort((a, b) => a - b);
  return sorted.flatMap((x, i) => sorted.slice(i + 1).map((y) => [x, y]));
}
async function colliderShare({ x, y, z: z4, near }, question, halfSamples, pace) {
  const { links, canSeparate, splits } = question;
  const all = splits.map((folds) => folds.map(({ variables }) => variables));
  const link2 = links.find((one) => one.x === x && one.y === y);
  if (link2 ? link2.verdict !== "not-supported" || link2.conditioning.includes(z4) : !canSeparate(x, y)) return void 0;
  const conditioning = link2?.conditioning ?? [];
  const { p, lower, upper } = link2?.direct ?? pooledTest(all, { x, y, conditioning });
  if (p <= LINK_ALPHA || lower <= -NEARLY_NONE || upper >= NEARLY_NONE) return void 0;
  const together = pooledTest(all, { x, y, conditioning: [z4, ...conditioning] });
  const isReplicated = together.hasOneSign && together.folds.every((p2) => p2 <= FOLD_ALPHA);
  if (Math.max(together.lower, -together.upper) <= MIN_DIRECT) return void 0;
  if (!together.isIdentified || together.p > LINK_ALPHA || !isReplicated) return void 0;
  for (const set of [...subsets(near, 1), ...subsets(near, 2)]) {
    await pace.rest();
    const test = pooledTest(all, { x, y, conditioning: [z4, ...set] });
    if (test.isIdentified && test.p > LINK_ALPHA) return void 0;
  }
  return halfSamples.share([x, y, z4, ...conditioning], (values) => {
    const positions2 = conditioning.map((_, i) => i + 3);
    const apart = pooledTest(values, { x: 0, y: 1, conditioning: positions2 });
    if (!apart.isIdentified || apart.p <= FOLD_ALPHA) return false;
    const ofHalf = pooledTest(values, { x: 0, y: 1, conditioning: [2, ...positions2] });
    return ofHalf.isIdentified && ofHalf.p <= LINK_ALPHA && Math.sign(ofHalf.correlation) === Math.sign(together.correlation);
  });
}
var HalfSamples = class {
  #folds;
  #count;
  #seed;
  /** The rows in each half-sample, by half-sample and fold. */
  #rows = [];
  #pace;
  constructor({ splits, halfSamples, seed }, pace) {
    this.#pace = pace;
    this.#folds = splits[0];
    this.#count = halfSamples ?? HALF_SAMPLES;
    this.#seed = seed;
  }
  /** Returns the share of half-samples for which `holds` is true; undefined if the share is below `MIN_SHARE`. */
  async share(variables, holds) {
    if (this.#count === 0) return 1;
    const maxFailed = Math.floor(this.#count * (1 - MIN_SHARE2) + 1e-9);
    let failed = 0;
    for (let number2 = 0; number2 < this.#count; number2++) {
      await this.#pace.rest();
      const rows = this.#rowsOf(number2);
      const values = this.#folds.map(
        (fold, f) => unitsAt(
          variables.map((i) => fold.variables[i]),
          rows[f]
        )
      );
      if (!holds([values]) && ++failed > maxFailed) return void 0;
    }
    return (this.#count - failed) / this.#count;
  }
  #rowsOf(number2) {
    const known = this.#rows.at(number2);
    if (known) return known;
    const units = this.#folds.flatMap(({ ids }) => ids);
    const half = new Set(Array.from(halfSampleRows(units.length, this.#seed, number2), (i) => units[i]));
    const rows = this.#folds.map(({ ids }) => Int32Array.from([...ids.keys()].filter((row) => half.has(ids[row]))));
    this.#rows[number2] = rows;
    return rows;
  }
};

// src/evidence/interchangeable.ts
function liesBetween(set, { x, y }, isAdjacent, count2) {
  const reached = [
    { from: x, without: y },
    { from: y, without: x }
  ].map(({ from, without: without3 }) => {
    const through = [...Array(count2).keys()].filter((one) => one !== without3);
    return new Set(reachable(from, through, isAdjacent));
  });
  return set.every((variable) => reached.every((ofEnd) => ofEnd.has(variable)));
}
function mutualGroups(links) {
  const explanationsOf = /* @__PURE__ */ new Map();
  for (const { x, y, conditioning } of links) {
    for (const [from, to] of [
      [x, y],
      [y, x]
    ]) {
      explanationsOf.set(
        from,
        (explanationsOf.get(from) ?? /* @__PURE__ */ new Map()).set(to, conditioning)
      );
    }
  }
  return [...explanationsOf].flatMap(([from, explanations]) => {
    const ends = [...explanations.keys()];
    const isMutual = (a, b) => explanations.get(a).includes(b) && explanations.get(b).includes(a);
    const groups = new Map(ends.map((one) => reachable(one, ends, isMutual)).map((to) => [to.join(), to]));
    return [...groups.values()].filter((to) => to.length > 1).map((to) => ({ from, to }));
  });
}
function isPossibility({ x, y }, { from, to }) {
  return from === x && to.includes(y) || from === y && to.includes(x);
}
function reachable(from, through, isAdjacent) {
  const seen = /* @__PURE__ */ new Set([from]);
  for (const at of seen) for (const next of through) if (isAdjacent(at, next)) seen.add(next);
  return [...seen].sort((a, b) => a - b);
}

// src/evidence/link-groups.ts
async function withConsistentSet(link2, graph) {
  const { count: count2, isLinked, splits, pace } = graph;
  const isBetween = (set) => liesBetween(set, link2, isLinked, count2);
  if (link2.reason !== "explained" || isBetween(link2.conditioning)) return link2;
  const candidates2 = [...Array(count2).keys()].filter((v) => v !== link2.x && v !== link2.y && isBetween([v]));
  for (let size = 1; size <= MAX_CONDITIONING; size++) {
    for (const conditioning of firstOf(subsets(candidates2, size), MAX_SETS)) {
      await pace.rest();
      const test = pooledTest(splits, { x: link2.x, y: link2.y, conditioning });
      const isExplained = test.p > LINK_ALPHA && withoutLink(test).reason === "explained";
      if (isExplained) return { ...link2, direct: test, conditioning };
    }
  }
  return { ...link2, verdict: "undecided", reason: "interchangeable" };
}
async function supportedGroups(links, near, { isAdjacent, splits, pace }, isReported) {
  const groups = mutualGroups(
    links.filter(({ verdict, conditioning }) => verdict !== "supported" && conditioning.length > 0)
  );
  const supported = [];
  for (const [done, group] of groups.entries()) {
    pace.at({ stage: "groups", done, total: groups.length });
    const { from, to } = group;
    if (!links.filter((link2) => isPossibility(link2, group)).every(isReported)) continue;
    const outside = near.map((neighbours2) => neighbours2.filter((one) => !to.includes(one)));
    for (const other of to) {
      const link2 = new Link({ x: Math.min(from, other), y: Math.max(from, other) }, splits);
      link2.ask([]);
      const adjacent = [from, other].map((end) => outside[end].filter((one) => one !== other && isAdjacent(end, one)));
      const both2 = [...new Set(adjacent.flat())].filter((one) => one !== from);
      await askAll(link2, [adjacent[0], adjacent[1].filter((one) => one !== from), both2], pace);
      for (let size = 1; size <= MAX_CONDITIONING; size++) await askAll(link2, setsOf(link2, outside, size), pace);
      const { direct, verdict } = link2.result(0, link2.blind.length > 0);
      const q = direct.p * to.length * links.length;
      if (verdict !== "supported" || q > FAMILY_ALPHA) continue;
      supported.push({ from, to, q });
      break;
    }
  }
  return supported;
}

// src/evidence/skeleton-search.ts
async function searchSkeleton(question, pace = new SearchPace()) {
  const { splits, isTested, isNeighbour, judge } = question;
  const count2 = splits[0][0].length;
  const variables = [...Array(count2).keys()];
  const pairs = variables.flatMap((x) => variables.filter((y) => y > x && isTested(x, y)).map((y) => ({ x, y })));
  const links = pairs.map((pair) => new Link(pair, splits));
  const keyOf = (x, y) => Math.min(x, y) * count2 + Math.max(x, y);
  const linkOf = new Map(links.map((link2) => [keyOf(link2.x, link2.y), link2]));
  const isAdjacent = (x, y) => x !== y && (isNeighbour(x, y) || (linkOf.get(keyOf(x, y))?.isOpen ?? false));
  const neighboursBy = (isNear) => variables.map((x) => variables.filter((y) => isNear(x, y)));
  for (const [done, link2] of links.entries()) {
    pace.at({ stage: "links", conditioning: 0, done, total: links.length });
    await pace.rest();
    link2.ask([]);
  }
  const associated = neighboursBy(isAdjacent);
  for (let size = 1; size <= MAX_CONDITIONING; size++) {
    const neighbours2 = neighboursBy(isAdjacent);
    const open = links.filter(({ isOpen }) => isOpen);
    for (const [done, link2] of open.entries()) {
      pace.at({ stage: "links", conditioning: size, done, total: open.length });
      await askAll(link2, setsOf(link2, neighbours2, size), pace);
    }
  }
  const corrected = holm(links.map(({ worst }) => worst.p));
  const isBlind = ({ x, y, blind }) => blind.some((set) => [x, y].some((end) => set.every((variable) => isAdjacent(end, variable))));
  const tested = links.map((link2, i) => link2.result(corrected[i], isBlind(link2)));
  const revised = tested.map((link2) => ({ ...link2, ...judge?.(link2, tested) }));
  const supported = new Set(revised.flatMap(({ x, y, verdict }) => verdict === "supported" ? [keyOf(x, y)] : []));
  const isLinked = (x, y) => x !== y && (isNeighbour(x, y) || supported.has(keyOf(x, y)));
  const graph = { count: count2, isAdjacent, isLinked, splits, pace };
  const consistent = [];
  for (const link2 of revised) consistent.push(await withConsistentSet(link2, graph));
  const near = associated.map(
    (neighbours2, x) => [...neighbours2].sort((u, v) => Number(isLinked(x, v)) - Number(isLinked(x, u)))
  );
  const isReported = (link2) => (judge?.({ ...link2, verdict: "supported" }, tested).verdict ?? "supported") === "supported";
  const groups = await supportedGroups(consistent, near, graph, isReported);
  return consistent.map((link2) => {
    const oneOf = groups.filter((group) => isPossibility(link2, group));
    return oneOf.length === 0 ? link2 : { ...link2, verdict: "undecided", reason: "interchangeable", oneOf };
  });
}

// src/evidence/latent-search.ts
async function searchLatents(question, hooks = {}) {
  const { knowledge, seed, halfSamples } = question;
  const { variables, splits } = chosen(question);
  const isWithin = (x, y) => variables[x].isLatent && variables[y].isLatent && variables[x].source === variables[y].source;
  if (variables.length < 2 || splits.length === 0) return { variables, links: [], directions: [] };
  const named = variables.map(({ name, modality }) => modality === void 0 ? { name } : { name, modality });
  const known = compileKnowledge(named, knowledge);
  const isRequired = (x, y) => known.requires(x, y) || known.requires(y, x);
  const associated = new Set(
    question.pairs.filter((pair) => pair.associated).flatMap(({ first, second }) => [`${first} ${second}`, `${second} ${first}`])
  );
  const isGated = (x, y) => variables[x].isLatent && variables[y].isLatent && !associated.has(`${variables[x].source} ${variables[y].source}`);
  const pace = new SearchPace(hooks);
  const links = await searchSkeleton(
    {
      splits: splits.map((folds) => folds.map((fold) => fold.variables)),
      isTested: (x, y) => !isWithin(x, y) && known.allowsCommonCause(x, y) && (!isGated(x, y) || isRequired(x, y)),
      isNeighbour: (x, y) => isWithin(x, y) || isRequired(x, y),
      judge: (link2, all) => judged(link2, all, variables)
    },
    pace
  );
  const collided = {
    splits,
    links,
    canSeparate: (x, y) => isGated(x, y) && !isWithin(x, y) && known.allowsCommonCause(x, y) && !isRequired(x, y),
    seed,
    ...halfSamples !== void 0 && { halfSamples }
  };
  const arrows = await colliderArrows(collided, pace);
  const nameOf = (i) => variables[i].name;
  return {
    variables,
    links: links.map(({ x, y, verdict, reason, marginal, direct, conditioning, q, oneOf }) => ({
      ...{ first: nameOf(x), second: nameOf(y), verdict, reason },
      association: { ...marginal.plain, p: marginal.p },
      direct: { estimate: direct.correlation, lower: direct.lower, upper: direct.upper, p: direct.p },
      conditioning: conditioning.map(nameOf),
      q,
      ...oneOf && {
        oneOf: oneOf.map((group) => ({ from: nameOf(group.from), to: group.to.map(nameOf), q: group.q }))
      }
    })),
    directions: arrows.map(({ from, to, share }) => ({ from: nameOf(from), to: nameOf(to), share }))
  };
}
function chosen({ nodes, splits, latents, measured, variables: wanted }) {
  const modalities = nodes.map(({ modality }) => modality);
  const evidenceOf = new Map(latents.map((latent) => [latent.name, latent]));
  const all = [
    ...nodes.map(({ name, modality }) => ({
      ...{ name, modality, source: modality, isLatent: true },
      isReplicated: evidenceOf.get(name)?.replicated ?? false,
      leak: evidenceOf.get(name)?.leak ?? 0
    })),
    ...(measured?.columns ?? []).map(({ name, modality, levels }) => ({
      ...{ name, modality, source: sourceOf(name), isLatent: false },
      ...levels && { levels },
      ...{ isReplicated: true, leak: 0 }
    }))
  ];
  const names = all.map(({ name }) => name);
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== void 0) {
    throw new InputError("unknown-variable", `there is no latent or column '${unknown}'${didYouMean(unknown, names)}`, {
      name: unknown
    });
  }
  const at = [...all.keys()].filter((i) => wanted?.includes(names[i]) ?? true);
  const flat = measured?.columns.find(
    ({ name, values }) => (wanted?.includes(name) ?? true) && levelsOf(values, 2) < 2
  );
  if (flat !== void 0) {
    throw new InputError("constant-column", `column '${flat.name}' has at most one value; leave it out`, {
      column: flat.name
    });
  }
  return {
    variables: at.map((i) => all[i]),
    splits: splits.map(
      ({ folds }) => folds.map((fold) => {
        const columns = measured ? measuredVariables(fold.ids, measured) : [];
        const values = [...latentVariables(fold, modalities), ...columns];
        return { ids: fold.ids, variables: at.map((i) => values[i]) };
      })
    )
  };
}
function judged(link2, links, variables) {
  const { x, y, verdict, reason, marginal } = link2;
  if (verdict !== "supported") return { verdict, reason };
  if (!variables[x].isReplicated || !variables[y].isReplicated) {
    return { verdict: "undecided", reason: "not-replicated" };
  }
  const strongest = (fixed, other) => Math.max(
    0,
    ...links.filter((one) => one.x !== link2.x || one.y !== link2.y).filter((one) => [one.x, one.y].includes(fixed)).filter((one) => variables[one.x === fixed ? one.y : one.x].source === variables[other].source).map((one) => Math.abs(one.marginal.plain.estimate))
  );
  const leak = variables[x].leak * strongest(y, x) + variables[y].leak * strongest(x, y);
  const { lower, upper } = marginal.plain;
  if (leak > 0 && Math.max(lower, -upper) <= leak) {
    return { verdict: "undecided", reason: "leak" };
  }
  return { verdict, reason: void 0 };
}

// src/evidence/discover-latents.ts
async function discoverLatents(options, hooks = {}) {
  const { pairs, splits } = options;
  const search = await searchLatents(options, hooks);
  const graph = emptyGraph(
    search.variables.map(({ name, modality, levels }) => ({
      name,
      ...modality !== void 0 && { modality },
      ...levels && { levels }
    }))
  );
  const figures = figuresOf(search, graph, options);
  const drawn = figures.filter(({ verdict }) => verdict === "supported" || verdict === "assumed");
  const position = positions(graph.variables);
  const known = compileKnowledge(graph.variables, options.knowledge);
  for (const link2 of drawn) draw(graph, link2, known, position);
  const figuresBetween = new Map(
    drawn.flatMap((link2) => [
      [JSON.stringify([link2.first, link2.second]), link2],
      [JSON.stringify([link2.second, link2.first]), link2]
    ])
  );
  return {
    graph,
    edges: graphEdges(graph).map((edge) => {
      const link2 = figuresBetween.get(JSON.stringify([edge.from, edge.to]));
      return { ...edge, p: link2.direct?.p ?? NaN, link: link2 };
    }),
    undrawn: figures.filter((link2) => !drawn.includes(link2)),
    links: search.links,
    directions: search.directions,
    unrelated: unrelatedModalities(pairs),
    units: splits.at(0)?.folds.reduce((sum2, { ids }) => sum2 + ids.length, 0) ?? 0
  };
}
function figuresOf({ variables, links, directions }, graph, { knowledge, isOrderAssumed = false }) {
  const known = compileKnowledge(graph.variables, knowledge);
  const position = positions(graph.variables);
  const ordered = [...new Set(variables.filter(({ isLatent }) => isLatent).map(({ source }) => source))];
  const assumedOf = (i, j) => {
    const [one, other] = [variables[i], variables[j]];
    const [forward, backward] = [known.allows(i, j), known.allows(j, i)];
    if (forward !== backward) {
      const [from, to] = forward ? [one.name, other.name] : [other.name, one.name];
      return { from, to, by: "knowledge" };
    }
    const isOrdered = isOrderAssumed && forward && one.isLatent && other.isLatent;
    if (!isOrdered || one.source === other.source) return void 0;
    const isForward = ordered.indexOf(one.source) < ordered.indexOf(other.source);
    return { from: (isForward ? one : other).name, to: (isForward ? other : one).name, by: "order" };
  };
  const directed = (first, second) => directionBetween([first, second], directions, assumedOf(position.get(first), position.get(second)));
  const isRequired = (i, j) => known.requires(i, j) || known.requires(j, i);
  const tested = links.map((link2) => {
    const isAssumed = link2.verdict !== "supported" && isRequired(position.get(link2.first), position.get(link2.second));
    return {
      ...link2,
      ...isAssumed && { verdict: "assumed" },
      sign: signOf(link2),
      direction: directed(link2.first, link2.second)
    };
  });
  const names = new Set(tested.map(({ first, second }) => JSON.stringify([first, second])));
  const untested = variables.flatMap(
    ({ name: first }, i) => variables.flatMap(
      ({ name: second }, j) => j > i && isRequired(i, j) && !names.has(JSON.stringify([first, second])) ? [{ first, second, verdict: "assumed", conditioning: [], direction: directed(first, second) }] : []
    )
  );
  return [...tested, ...untested];
}
function signOf({ verdict, direct, association }) {
  const { estimate } = verdict === "supported" ? direct : association;
  return estimate === 0 ? void 0 : estimate > 0 ? "+" : "\u2212";
}
function draw(graph, { first, second, direction: { to, from } }, known, position) {
  const [i, j] = [position.get(from ?? first), position.get(to ?? second)];
  if (to === void 0) setEdge(graph, i, j, CIRCLE, CIRCLE);
  else setEdge(graph, i, j, known.requires(i, j) ? TAIL : CIRCLE, ARROW);
}

// src/data/resample.ts
var SHUFFLE_STREAM = 1879048192;
var DRAW_STREAM = 1895825408;
function shuffleSubjects(dataset, modality, seed) {
  const { ids, groups = ids } = dataset;
  const present = presenceOf(dataset.modalities[modality]);
  const members = [...present.keys()].filter((row) => present[row] === 1);
  const units = [...rowsByGroup(members.map((row) => groups[row])).values()].map((rows) => rows.map((i) => members[i]));
  const order = Int32Array.from(present.keys());
  new RandomStream(seed, SHUFFLE_STREAM + modality).permutation(units.length).forEach((from, to) => {
    units[to].forEach((row, i) => order[row] = units[from][i % units[from].length]);
  });
  const modalities = dataset.modalities.map((one, m) => m === modality ? rowsOf(one, order) : one);
  return withFingerprint({ ...dataset, modalities });
}
function drawSubjects(dataset, subjects, seed) {
  const drawn = new RandomStream(seed, DRAW_STREAM).permutation(dataset.ids.length).slice(0, subjects);
  const { groups } = dataset;
  return withFingerprint({
    ...dataset,
    ids: Array.from(drawn, (row) => dataset.ids[row]),
    ...groups && { groups: Array.from(drawn, (row) => groups[row]) },
    ...covariatesOf(dataset, drawn),
    modalities: dataset.modalities.map((modality) => rowsOf(modality, drawn)),
    split: tenths(subjects)
  });
}
function selectSubjects2(dataset, rows) {
  const { ids, groups, modalities, split } = dataset;
  const rowsIn = (subjects) => {
    const members = new Set(subjects);
    return Int32Array.from([...rows.keys()].filter((i) => members.has(rows[i])));
  };
  return withFingerprint({
    ...dataset,
    ids: Array.from(rows, (row) => ids[row]),
    ...groups && { groups: Array.from(rows, (row) => groups[row]) },
    ...covariatesOf(dataset, rows),
    modalities: modalities.map((modality) => rowsOf(modality, rows)),
    split: { train: rowsIn(split.train), validation: rowsIn(split.validation), test: rowsIn(split.test) }
  });
}
function completeCases(dataset) {
  const { modalities, split } = dataset;
  const isComplete = (row) => modalities.every(({ observed, stored, ...shape }) => {
    const length = valuesPerSubject(shape);
    return stored?.present?.[row] !== 0 && !observed?.subarray(row * length, (row + 1) * length).includes(0);
  });
  const [train, validation] = [split.train.filter(isComplete), split.validation.filter(isComplete)];
  const whole = modalities.map((modality) => ({
    ...modality,
    observed: void 0,
    ...modality.stored && { stored: { ...modality.stored, present: void 0 } }
  }));
  return withFingerprint({ ...dataset, modalities: whole, split: { ...split, train, validation } });
}
function tenths(subjects) {
  const rows = Int32Array.from({ length: subjects }, (_, row) => row);
  const tenth = Math.max(2, Math.round(subjects / 10));
  return { test: rows.slice(0, tenth), validation: rows.slice(tenth, 2 * tenth), train: rows.slice(2 * tenth) };
}
function covariatesOf({ covariates }, rows) {
  return covariates ? { covariates: covariates.map((term) => Float64Array.from(rows, (row) => term[row])) } : {};
}
function rowsOf(modality, rows) {
  return { ...modality, ...copySubjects(modality, valuesPerSubject(modality), rows) };
}
function withFingerprint(dataset) {
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}

// src/threads/run-concurrently.ts
import { availableParallelism } from "node:os";
function threadsPerTask(threads, concurrency) {
  if (concurrency <= 1) return threads;
  return Math.max(1, Math.floor((threads || availableParallelism()) / concurrency));
}
async function runConcurrently(count2, concurrency, one, signal) {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const results = [];
  let failure;
  let next = 0;
  const lane = async () => {
    while (next < count2 && !failure) {
      try {
        signal?.throwIfAborted();
        const number2 = next++;
        results[number2] = await one(number2, either);
      } catch (error) {
        failure ??= { error };
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count2) }, lane));
  if (failure) throw failure.error;
  return results;
}

// src/compile/target.ts
var CPU_TARGET = { memory: "tight", batches: "tiles" };
var TARGETS = {
  // Kernels run in sequence, because each binds all slabs for writing.
  webgpu: { memory: "tight", batches: "whole" },
  cuda: { memory: "parallel", batches: "whole" }
};
function targetOf({
  backend,
  dataParallel
}) {
  const target = TARGETS[backend] ?? CPU_TARGET;
  return dataParallel === void 0 ? target : { ...target, batches: "tiles" };
}

// src/models/objective.ts
function objective(model, x, noise, { weights, gates: mode, concavity, latents, withinWeight = 1 }) {
  const { prior } = model;
  const posterior = model.encode(x, latents);
  const v = model.sample(posterior, noise);
  const { z: z4 } = model.components(v);
  const gates = prior.gates(mode, noise);
  const { present } = posterior;
  const conditioned = prior.condition(z4, gates, present && perLatent(model.layout, present));
  const perSubject = model.lossTerms(x, posterior, v, conditioned);
  const terms = {
    reconstruction: mean(perSubject.reconstruction, [1]),
    independence: mean(perSubject.independence, [1])
  };
  let loss = add(
    mul(terms["reconstruction"], weights.reconstruction),
    mul(terms["independence"], weights.independence)
  );
  const include = (name, term, weight) => {
    terms[name] = term;
    loss = add(loss, mul(term, weight));
  };
  if (weights.gates !== void 0) {
    const open = mode === "hard" ? prior.price(gates, withinWeight) : prior.gatePenalty(withinWeight);
    include("gates", open, weights.gates);
  }
  if (weights.jacobian !== void 0) {
    include("jacobian", prior.jacobianPenalty(prior.strengths(z4, conditioned), concavity), weights.jacobian);
  }
  if (weights.crossPrediction !== void 0) {
    include("crossPrediction", model.crossPrediction(x, v), weights.crossPrediction);
  }
  return { terms, loss };
}

// src/training/config.ts
var POLISH = 8;
var PATIENCE = 20;
function fitConfigFor({ modalities, split }, settings) {
  return fitConfig(settings, {
    subjects: split.train.length,
    regularArrays: modalities.some(({ regularArray }) => regularArray !== void 0),
    series: hasSeries({ modalities })
  });
}
function hasSeries({ modalities }) {
  return modalities.some(({ regularArray }) => regularArray?.kind === "series");
}
function fitConfig(settings, { subjects = Infinity, regularArrays = false, series = false } = {}) {
  const schema2 = trainingSchema.extend({ sparsity: sparsitySchema.prefault({}) });
  const parsed4 = schema2.safeParse(settings);
  if (!parsed4.success) {
    const issue = parsed4.error.issues[0];
    if (issue.code === "unrecognized_keys") {
      const accepted = Object.keys((issue.path.length === 0 ? schema2 : sparsitySchema).shape);
      const [key] = issue.keys;
      const setting2 = [...issue.path, key].join(".");
      const hint = didYouMean(key, accepted) || `; accepted are ${accepted.join(", ")}`;
      throw new InputError("invalid-setting", `Setting "${setting2}" is unknown${hint}.`, { setting: setting2 });
    }
    const setting = issue.path.join(".") || "settings";
    throw new InputError("invalid-setting", `Setting "${setting}": ${issue.message}.`, { setting });
  }
  const { sparsity, ...training } = parsed4.data;
  const jacobian = usesJacobian(sparsity);
  const fit = training.fit ?? (jacobian ? "joint" : "two-stage");
  if (fit === "two-stage" && jacobian) {
    throw new InputError(
      "invalid-setting",
      `Setting "sparsity.kind": a two-stage fit finds edges by gates; use gates or none, or fit: joint for ${sparsity.kind}.`,
      { setting: "sparsity.kind" }
    );
  }
  if (fit === "joint" && training.subspaces !== void 0) {
    throw new InputError("invalid-setting", 'Setting "subspaces": a joint fit has no subspaces; leave it out.', {
      setting: "subspaces"
    });
  }
  const subspaces = training.subspaces ?? (regularArrays && fit === "two-stage" ? "correlation" : void 0);
  if (regularArrays && subspaces !== "correlation") {
    const setting = fit === "joint" ? "fit" : "subspaces";
    throw new InputError(
      "invalid-setting",
      `Setting "${setting}": images and series need fit: two-stage and subspaces: correlation; leave it out.`,
      { setting }
    );
  }
  const chosen2 = kindOfFit({ fit, subspaces });
  const kind = chosen2 === "correlation" && series ? "series correlation" : chosen2;
  const { weight, epochs: minEpochs, ...defaults } = FIT_DEFAULTS[kind];
  const { passes, ...length } = fitLength(subjects, kind, training.batch);
  const longer = length.epochs / minEpochs;
  return fitConfigSchema.parse({
    ...defaults,
    ...length,
    // A number of epochs in the settings means passes.
    ...passes > 1 && training.epochs === void 0 && { passes },
    polish: Math.round(POLISH * longer),
    patience: Math.round(PATIENCE * longer),
    ...chosen2 === "correlation" && { decoderEpochs: Math.ceil(length.epochs / (series ? 3 : 1)) },
    ...training,
    fit,
    subspaces,
    sparsity: { weight, ...sparsity }
  });
}
function usesGates({ kind }) {
  return kind === "gates" || kind === "both";
}
function usesJacobian({ kind }) {
  return kind === "jacobian" || kind === "both";
}
function withoutSparsity(config) {
  return { ...config, sparsity: { ...config.sparsity, kind: "none" } };
}

// src/training/schedule.ts
var WARM_UP_EPOCHS = 5;
var DECAY = 0.3;
var DECAY_AT = [0.6, 0.8, 0.92];
var GATE_RATE = 5;
function phaseOf(config, epoch) {
  const done = epoch / config.epochs;
  if (done < config.warmStart) return "warm";
  return usesGates(config.sparsity) && done >= config.freeze ? "frozen" : "free";
}
function learningRates(config, epoch) {
  const done = epoch / config.epochs;
  const decays = DECAY_AT.filter((at) => done >= at).length;
  const rate = config.learningRate * DECAY ** decays * Math.min(1, (epoch + 1) / WARM_UP_EPOCHS);
  return [rate, GATE_RATE * rate];
}
function sparsityRamp(config, epoch) {
  return config.ramp === 0 ? 1 : Math.min(1, epoch / config.epochs / config.ramp);
}
function patienceStart(config) {
  return Math.max(selectionStart(config), Math.ceil(DECAY_AT[0] * config.epochs));
}
function selectionStart(config) {
  return Math.min(config.epochs - 1, Math.ceil(Math.max(config.warmStart, config.ramp) * config.epochs));
}

// src/training/trained-entry.ts
var ADAM = { optimizer: "adam", beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
function trainedEntry(loss, parameters, { terms = {}, guard = [], tiles = 1, adam = ADAM } = {}) {
  const trained = parameters.filter(({ rate }) => rate !== "fixed");
  const gradients = grad(
    loss,
    trained.map(({ node }) => node)
  );
  return {
    tiles,
    outputs: { ...terms, loss },
    guard: [...guard, loss],
    update: {
      ...adam,
      parameters: trained.map(({ node, rate }, i) => ({ node, gradient: gradients[i], rate }))
    }
  };
}

// src/training/program.ts
var TRAINING_STREAMS = 0;
var EVALUATION_STREAMS = 4096;
function modalityShapes({ modalities }) {
  return modalities.map((modality) => ({
    name: modality.name,
    observation: observationOf(modality),
    latents: modality.latents,
    exogenous: modality.exogenous
  }));
}
function modelConfig(modalities, config, componentMap = 0, shared) {
  return {
    modalities,
    hidden: config.hidden,
    flow: config.flow,
    components: config.components,
    flowHidden: config.flowHidden,
    within: config.sparsity.within,
    graph: config.sparsity.graph,
    gates: usesGates(config.sparsity),
    ...modalities.some(({ observation }) => observation.absent) && { absent: true },
    ...config.subspaces === "correlation" && { latentEncoders: true },
    componentMap,
    shared
  };
}
function trainingProgram(modalities, config, sizes, { componentMap = 0, shared, knownLatents, trained, stored, kernels, target = CPU_TARGET } = {}) {
  const model = new MultimodalModel(modelConfig(modalities, config, componentMap, shared), config.encoderRestarts);
  const { passes = 1 } = config;
  const batch = Math.min(config.batch, sizes.train);
  const batches = Math.floor(sizes.train / batch);
  const validationBatches = Math.ceil(sizes.validation / batch);
  const validationBatch = Math.floor(sizes.validation / validationBatches);
  const { tiles, parts } = usesJacobian(config.sparsity) ? { tiles: 1, parts: 1 } : cutOf(batch, target);
  const seeds = data("seeds", [config.encoderRestarts, 2], "int32");
  const order = data("order", [1, passes * batches * tiles, batch / tiles], "int32");
  const validationOrder = data("validationOrder", [1, validationBatches, validationBatch], "int32");
  const { concavity, withinWeight } = config.sparsity;
  const trainingNoise = () => new PhiloxNoise(seeds, TRAINING_STREAMS, parts);
  const objectiveOf = (rows, noise2, weights, gates) => objective(model, miniBatches(model.layout, sizes.rows, rows, stored), noise2, {
    weights,
    gates,
    concavity,
    withinWeight,
    latents: knownLatents && latentBatches(model.layout, sizes.rows, rows)
  });
  const trainedBy = (phase) => trained ? model.parameters.all.filter(({ name }) => trained.some((network) => name.startsWith(network))) : trainedParameters(model, phase);
  const entries = {};
  for (const phase of phases(config)) {
    const gates = phase === "frozen" ? "hard" : "sampled";
    const { terms: terms2, loss } = objectiveOf(order, trainingNoise(), trainingWeights(modalities, config, phase), gates);
    entries[phase] = trainedEntry(loss, trainedBy(phase), { terms: terms2, guard: Object.values(terms2), tiles });
  }
  const noise = new PhiloxNoise(seeds, EVALUATION_STREAMS);
  const { terms } = objectiveOf(validationOrder, noise, validationWeights(config), "hard");
  entries["evaluate"] = { outputs: terms };
  const compiled = compile({
    runs: config.encoderRestarts,
    rates: RATE_GROUPS,
    kernels,
    memory: target.memory,
    entries
  });
  return { model, compiled, batch, batches, validationBatch, validationBatches };
}
function phases(config) {
  return new Set(Array.from({ length: config.epochs }, (_, epoch) => phaseOf(config, epoch)));
}
function validationWeights({ reconstruction, independence, sparsity }) {
  return {
    reconstruction,
    independence,
    gates: usesGates(sparsity) ? sparsity.weight : void 0,
    jacobian: usesJacobian(sparsity) ? sparsity.weight : void 0
  };
}
function trainingWeights(modalities, { encoderRestarts, reconstruction, independence, sparsity }, phase) {
  const sparsityWeight = control("sparsityWeight", [encoderRestarts]);
  return {
    reconstruction,
    independence,
    gates: usesGates(sparsity) && phase !== "frozen" ? sparsityWeight : void 0,
    jacobian: usesJacobian(sparsity) ? sparsityWeight : void 0,
    crossPrediction: phase === "warm" && modalities.length > 1 ? 1 : void 0
  };
}
function trainedParameters({ parameters }, phase) {
  return parameters.all.filter(
    ({ name, rate }) => rate !== "fixed" && !(rate === "gates" && phase === "frozen") && !(name.startsWith("crossPrediction") && phase !== "warm")
  );
}

// src/training/cca-initialisation.ts
import { EigenvalueDecomposition, Matrix as Matrix3 } from "ml-matrix";
var MAX_SUBJECTS = 8192;
var BATCH = 256;
var PER_COMPONENT = 40;
var MIN_VARIANCE2 = 1e-6;
async function initialiseByCca(dataset, config, { runs, initial }, options) {
  const { train } = dataset.split;
  const layout = latentLayout(modalityShapes(dataset));
  const heads = headsOf(layout, runs, initial);
  const stride = Math.max(1, train.length / MAX_SUBJECTS);
  const rows = Int32Array.from({ length: Math.floor(train.length / stride) }, (_, i) => train[Math.floor(i * stride)]);
  const read2 = await randomFeatures(dataset, { config, runs, layout, heads, rows, initial, options });
  for (let run = 0; run < runs; run++) {
    options.signal?.throwIfAborted();
    const blocks = heads.flatMap(
      (head, h) => head.group.members.map((modality, member) => {
        const { latents, width } = head;
        const has = presenceOf(dataset.modalities[modality]);
        const at = (run * head.group.members.length + member) * latents;
        return {
          features: read2(run, h, member),
          present: Array.from(rows, (row) => has[row] === 1),
          latents,
          weight: head.weight.subarray(at * width, (at + latents) * width),
          bias: head.bias.subarray(at, at + latents)
        };
      })
    );
    fillHeads(blocks);
  }
}
function headsOf({ groups }, runs, initial) {
  return groups.flatMap((group, position) => {
    const { plain: latents } = latentCounts(group);
    if (latents === 0) return [];
    const name = latentEncoderName(position);
    let last = 0;
    while (initial.has(`${name}.${last + 1}.weight`)) last++;
    const weight = initial.get(`${name}.${last}.weight`);
    const width = weight.length / (runs * group.members.length * latents);
    return [{ group, position, name, latents, width, weight, bias: initial.get(`${name}.${last}.bias`) }];
  });
}
async function randomFeatures({ modalities, ids }, {
  config: { hidden },
  runs,
  layout,
  heads,
  rows,
  initial,
  options: { signal, ...options }
}) {
  const parameters = new ParameterList(runs);
  const steps = Math.ceil(rows.length / BATCH);
  const x = miniBatches(layout, ids.length, data("rows", [1, steps, BATCH], "int32"), modalities);
  const outputs = heads.map(({ group, position, name, width }) => {
    const widths = { members: group.members.length, hidden, outputs: width, head: identity };
    return [name, observationNetwork(group.observation).encoder(parameters, name, widths)(x[position])];
  });
  const compiled = compile({ runs, entries: { read: { outputs: Object.fromEntries(outputs) } } });
  const program = Program.load(compiled, options);
  try {
    const contents = groupData(layout, modalities, ids.length);
    contents.forEach((values, name) => {
      if (name in compiled.data) program.set("data", name, values);
    });
    program.set(
      "data",
      "rows",
      Int32Array.from({ length: steps * BATCH }, (_, i) => rows[i % rows.length])
    );
    parameters.initialValues(new Array(runs).fill(0)).forEach((identityValues, name) => {
      const values = initial.get(name);
      program.set("parameters", name, values?.length === identityValues.length ? values : identityValues);
    });
    const { results } = await program.run("read", { firstStep: 0, steps, signal });
    signal?.throwIfAborted();
    const sizes = heads.map(({ group, width }) => runs * group.members.length * width * BATCH);
    const perStep = sizes.reduce((a, b) => a + b, 0);
    return (run, h, member) => {
      const { group, width } = heads[h];
      const before = sizes.slice(0, h).reduce((a, b) => a + b, 0);
      const first = before + (run * group.members.length + member) * width * BATCH;
      const features = Matrix3.zeros(rows.length, width);
      for (let i = 0; i < rows.length; i++) {
        const start = Math.floor(i / BATCH) * perStep + first + i % BATCH;
        for (let unit = 0; unit < width; unit++) features.set(i, unit, results[start + unit * BATCH]);
      }
      return features;
    };
  } finally {
    await program.dispose();
  }
}
var identity = ([members, outputs, inputs]) => Float32Array.from(
  { length: members * outputs * inputs },
  (_, at) => Number(Math.floor(at / inputs) % outputs === at % inputs)
);
function fillHeads(blocks) {
  const white = blocks.map(whitened);
  blocks.forEach(({ latents, weight, bias, features, present }, m) => {
    const { means, basis, scores } = white[m];
    const agreement = Matrix3.zeros(scores.columns, scores.columns);
    white.forEach((other, i) => {
      if (i === m) return;
      const both2 = present.filter((has, row) => has && blocks[i].present[row]).length;
      const across = scores.transpose().mmul(other.scores).div(Math.max(1, both2));
      agreement.add(across.mmul(across.transpose()));
    });
    const { values, vectors } = eigenvectors(agreement);
    for (let latent = 0; latent < Math.min(latents, values.length); latent++) {
      const direction = basis.mmul(Matrix3.columnVector(vectors.getColumn(latent))).getColumn(0);
      weight.set(direction, latent * features.columns);
      bias[latent] = -direction.reduce((sum2, weightOfUnit, unit) => sum2 + weightOfUnit * means[unit], 0);
    }
  });
}
function whitened({ features, present }) {
  const rows = present.flatMap((has, row) => has ? [row] : []);
  const centred2 = features.subMatrixRow(rows);
  const means = centred2.mean("column");
  centred2.subRowVector(means);
  const { values, vectors } = eigenvectors(centred2.transpose().mmul(centred2).div(rows.length));
  const maxComponents = Math.max(1, Math.floor(rows.length / PER_COMPONENT));
  const variances = values.filter((value, i) => i < maxComponents && value > MIN_VARIANCE2 * values[0]);
  const basis = vectors.subMatrixColumn([...variances.keys()]).mmul(Matrix3.diag(variances.map((variance) => 1 / Math.sqrt(variance))));
  const scores = Matrix3.zeros(present.length, variances.length);
  const scoresOfPresent = centred2.mmul(basis);
  rows.forEach((row, i) => scores.setRow(row, scoresOfPresent.getRow(i)));
  return { means, basis, scores };
}
function eigenvectors(matrix) {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  return {
    values: order.map((i) => realEigenvalues[i]),
    vectors: eigenvectorMatrix.subMatrixColumn(order)
  };
}

// src/training/correlation-stage.ts
import { CholeskyDecomposition, Matrix as Matrix4 } from "ml-matrix";

// src/models/correlation.ts
var RIDGE = 1e-3;
var MIN_DETERMINANT = 1e-300;
function moments(x, weight) {
  const batch = x.shape[2];
  const count2 = weight ? clamp(sum(weight, [2], { keep: true }), 1, batch) : batch;
  const mean3 = div(sum(weight ? mul(x, weight) : x, [2], { keep: true }), count2);
  const centred2 = sub(x, mean3);
  const counted = weight ? mul(centred2, weight) : centred2;
  return { mean: mean3, covariance: div(matmul(counted, counted, { transB: true }), count2) };
}
function sharedNats(a, b, weight) {
  const [p, q] = [a.shape[1], b.shape[1]];
  const { covariance } = moments(concat([a, b], 1), weight);
  const ridged = add(covariance, constant(diagonal(p + q, RIDGE), [1, p + q, p + q]));
  const logDet = (from, to) => {
    const block2 = slice(slice(ridged, 1, from, to), 2, from, to);
    const size = to - from;
    const [runs] = block2.shape;
    return reshape(logAbsDet(reshape(block2, [runs, size, size, 1]), { floor: MIN_DETERMINANT }), [runs]);
  };
  return mul(sub(add(logDet(0, p), logDet(p, p + q)), logDet(0, p + q)), 0.5);
}
function distanceFromWhite(x, weight) {
  const d = x.shape[1];
  const { mean: mean3, covariance } = moments(x, weight);
  return add(sum(square(mean3), [1, 2]), sum(square(sub(covariance, constant(diagonal(d, 1), [1, d, d]))), [1, 2]));
}
function diagonal(size, value) {
  return Array.from({ length: size * size }, (_, at) => at % (size + 1) === 0 ? value : 0);
}

// src/models/correlation-model.ts
var FUNCTION_WIDTH = 32;
var FUNCTIONS_PER_LATENT = 5;
var MAX_FUNCTIONS = MAX_DETERMINANT / 2;
var MAX_DEVIATIONS = 3;
var CorrelationModel = class {
  parameters;
  #layout;
  #encoders;
  #functions;
  /** Creates the parameters of `LatentEncoders` and `function.g<group>.{0,1}.{weight,bias}`. */
  constructor(layout, hidden, runs) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.#encoders = new LatentEncoders(this.parameters, layout, hidden);
    this.#functions = layout.groups.map((group, g) => latentFunctions(this.parameters, `function.g${g}`, group));
  }
  /**
   * Returns the terms of the training objective for a mini-batch. The control `latentNoise` is the standard deviation
   * of the noise.
   * @param x per group
   * @param noise on latents, and for moves
   */
  correlation(x, noise) {
    const deviation2 = reshape(control("latentNoise", [1]), [1, 1, 1, 1]);
    const z4 = this.#encoders.trained(x, noise);
    const noisy = z4.map(({ plain, invariant }, g) => ({
      plain: plain && add(plain, mul(noise.normal(`latents.g${g}`, plain.shape), deviation2)),
      invariant
    }));
    return withScope("correlation", () => {
      const natsOf = (sets) => sets.map(({ first, second, present: present2, weight }) => mul(sharedNats(first, second, present2), weight));
      const shared = natsOf(this.#shared(x, noisy));
      const present = presenceByModality(this.#layout, x);
      const latents = [...this.#byModality(z4, "plain"), ...this.#byModality(z4, "invariant")];
      const numbers = [...latents, ...this.#functionsOf(noisy)];
      const distances = numbers.flatMap(
        (node, i) => node ? [distanceFromWhite(node, present[i % this.#layout.modalities.length])] : []
      );
      const straight = natsOf(this.#pairs(this.#byModality(noisy, "plain"), present));
      return {
        nats: total(shared),
        straight: straight.length > 0 ? total(straight) : void 0,
        whiteness: total(distances)
      };
    });
  }
  /**
   * Returns the sets of numbers of the objective without noise and with fixed moves.
   * @param x per group
   */
  shared(x) {
    const z4 = this.#encoders.encode(x).map((latents, g) => {
      const { plain, invariant } = latentCounts(this.#layout.groups[g]);
      return {
        plain: plain > 0 ? slice(latents, 2, 0, plain) : void 0,
        invariant: invariant > 0 ? slice(latents, 2, plain, plain + invariant) : void 0
      };
    });
    const straight = this.#pairs(this.#byModality(z4, "plain"), presenceByModality(this.#layout, x));
    return { nats: this.#shared(x, z4), straight };
  }
  /**
   * Returns pairs of the functions of every two modalities. Further, it pairs every shift-invariant part with all other
   * latents of the subject and their squares, on which a mean can depend, too. Gradients do not change the second set
   * of these pairs.
   */
  #shared(x, z4) {
    const present = presenceByModality(this.#layout, x);
    const functions = this.#functionsOf(z4);
    const pairs = this.#pairs(functions, present);
    const [plain, invariant] = [this.#byModality(z4, "plain"), this.#byModality(z4, "invariant")];
    const invariantSets = invariant.flatMap((node, m) => {
      if (!node) return [];
      const known = [...plain, ...invariant.filter((_, other) => other !== m)].map((other, i) => {
        const has = present[i < plain.length ? i : otherThan(m, i - plain.length)];
        return other && has ? mul(other, has) : other;
      });
      const rest = stopGradient(
        concat(
          known.filter((other) => other !== void 0),
          1
        )
      );
      const squares2 = square(clamp(rest, -MAX_DEVIATIONS, MAX_DEVIATIONS));
      return [{ first: node, second: concat([rest, squares2], 1), present: present[m], modalities: [m], weight: 1 }];
    });
    return [...pairs, ...invariantSets];
  }
  /**
   * Returns the pairs of every two modalities.
   * @param numbers by modality
   * @param present by modality
   */
  #pairs(numbers, present) {
    const weight = 1 / (this.#layout.modalities.length - 1);
    return numbers.flatMap(
      (first, i) => numbers.slice(i + 1).flatMap((second, j) => {
        const pair = [i, i + 1 + j];
        if (!first || !second) return [];
        return [{ first, second, present: both(present[pair[0]], present[pair[1]]), modalities: pair, weight }];
      })
    );
  }
  /** Returns the functions by modality, `[runs, functions, batch]`. */
  #functionsOf(z4) {
    const grouped = z4.map(({ plain }, g) => plain && this.#functions[g](plain));
    return byModality(this.#layout, grouped);
  }
  /** Returns the latents by modality, `[runs, latents, batch]`. */
  #byModality(z4, part) {
    return byModality(
      this.#layout,
      z4.map((latents) => latents[part])
    );
  }
};
function latentFunctions(parameters, name, group) {
  const members = group.members.length;
  const { plain } = latentCounts(group);
  if (plain === 0) return (z4) => z4;
  const layer2 = (index, outputs, inputs) => ({
    weight: parameters.create(`${name}.${index}.weight`, [members, outputs, inputs], fanIn()),
    bias: parameters.create(`${name}.${index}.bias`, [members, outputs, 1], constantValue(0))
  });
  const first = layer2(0, FUNCTION_WIDTH, plain);
  const second = layer2(1, Math.min(MAX_FUNCTIONS, FUNCTIONS_PER_LATENT * plain), FUNCTION_WIDTH);
  return (z4) => {
    const bent = tanh(add(matmul(first.weight, z4), first.bias));
    return add(matmul(second.weight, bent), second.bias);
  };
}
function byModality({ groups, modalities }, grouped) {
  return modalities.map((_, m) => {
    const g = groups.findIndex(({ members }) => members.includes(m));
    const node = grouped[g];
    if (!node) return void 0;
    const position = groups[g].members.indexOf(m);
    const [runs, , ...rest] = node.shape;
    return reshape(slice(node, 1, position, position + 1), [runs, ...rest]);
  });
}
function presenceByModality(layout, x) {
  return byModality(
    layout,
    x.map(({ present }) => present)
  );
}
function otherThan(m, position) {
  return position < m ? position : position + 1;
}
function both(a, b) {
  return a && b ? mul(a, b) : a ?? b;
}
function total(terms) {
  return terms.reduce((a, b) => add(a, b));
}

// src/training/order.ts
var ORDER_STREAM = 131072;
function passesOver(rows, { count: count2, passes, seed, epoch }) {
  const all = new Int32Array(passes * count2);
  for (let pass = 0; pass < passes; pass++) {
    const order = permutation(seedKey(seed), ORDER_STREAM, epoch * passes + pass, rows.length);
    for (let i = 0; i < count2; i++) all[pass * count2 + i] = rows[order[i]];
  }
  return all;
}
function drawnRows(rows, count2, seed, epoch) {
  const draws = uniforms(seedKey(seed), ORDER_STREAM, epoch, count2);
  return Int32Array.from(draws, (draw2) => rows[Math.floor(draw2 * rows.length)]);
}

// src/training/correlation-stage.ts
var WHITENESS = 0.03;
var STRAIGHTNESS = 0.1;
var TRIAL = 1 / 6;
var LATENT_NOISE = { first: 0.5, last: 0.1, until: 0.5 };
var WARM_UP_STEPS = 50;
var DECAY2 = 0.3;
var DECAY_AT2 = [0.6, 0.85];
var VALIDATION_BATCH = 512;
function trialEpochs({ encoderRestarts, epochs }) {
  return encoderRestarts === 1 || epochs === 1 ? 0 : Math.max(1, Math.round(TRIAL * epochs));
}
function encoderTrialStage(dataset, config, device = CPU) {
  const restarts = Array.from({ length: config.encoderRestarts }, (_, restart) => restart);
  const to = trialEpochs(config);
  const stage = correlationStage(dataset, config, { restarts, from: 0, to, countsStraight: true, device });
  return { ...stage, name: "encoders", selectionStart: to - 1 };
}
function chosenEncoderStage(dataset, config, winner, device = CPU) {
  const stage = correlationStage(dataset, config, {
    restarts: [winner?.restart ?? 0],
    from: trialEpochs(config),
    to: config.epochs,
    device
  });
  return { ...stage, name: "subspaces", initial: winner?.parameters ?? stage.initial };
}
function correlationStage(dataset, config, stretch) {
  const { split, modalities, ids } = dataset;
  const { passes = 1, seed } = config;
  const layout = latentLayout(modalityShapes(dataset));
  const batch = Math.min(config.batch, split.train.length);
  const batches = Math.floor(split.train.length / batch);
  const steps = Math.ceil(split.validation.length / VALIDATION_BATCH);
  const validationBatch = Math.floor(split.validation.length / steps);
  const programOf = (runs2) => {
    const model2 = new CorrelationModel(layout, config.hidden, runs2);
    const seedLeaf = data("seeds", [runs2, 2], "int32");
    const batchesOf = (order, count2, size) => miniBatches(layout, ids.length, data(order, [1, count2, size], "int32"), modalities);
    const { nats, straight, whiteness } = model2.correlation(
      batchesOf("order", passes * batches, batch),
      new PhiloxNoise(seedLeaf, TRAINING_STREAMS)
    );
    const gained = straight ? add(nats, mul(straight, STRAIGHTNESS)) : nats;
    const loss = sub(mul(whiteness, WHITENESS), gained);
    const terms = model2.shared(batchesOf("validationOrder", steps, validationBatch));
    const shared2 = stretch.countsStraight ? [...terms.nats, ...terms.straight] : terms.nats;
    const numbers = concat(
      shared2.flatMap(({ first, second }) => [first, second]),
      1
    );
    const compiled2 = compile({
      runs: runs2,
      rates: RATE_GROUPS,
      memory: targetOf(stretch.device).memory,
      entries: {
        train: trainedEntry(loss, model2.parameters.all, { terms: { nats, whiteness } }),
        evaluate: { outputs: { numbers } }
      }
    });
    return { model: model2, shared: shared2, compiled: compiled2 };
  };
  const runs = stretch.restarts.length;
  const { model, shared, compiled } = programOf(runs);
  const seeds = stretch.restarts.map((restart) => restartSeed(seed, restart));
  const contents = groupData(layout, modalities, ids.length);
  contents.set("seeds", seedWords(seeds));
  const validated = split.validation.slice(0, steps * validationBatch);
  contents.set("validationOrder", validated);
  const stepsPerEpoch = passes * batches;
  const present = presence(modalities);
  const sets = shared.map(({ first, second, modalities: needed, weight }) => {
    const counts = present && Array.from(validated, (row) => needed.every((m) => present[m][row] === 1));
    return { own: first.shape[1], others: second.shape[1], weight, counts };
  });
  return {
    runs,
    compiled,
    compiledFor: (count2) => programOf(count2).compiled,
    data: contents,
    initial: model.parameters.initialValues(seeds),
    epochs: stretch.to - stretch.from,
    stepsPerEpoch,
    plan: (trained) => {
      const epoch = stretch.from + trained;
      const done = epoch / config.epochs;
      const warm = Math.min(1, (epoch + 0.5) * stepsPerEpoch / WARM_UP_STEPS);
      const rate = config.learningRate * warm * DECAY2 ** DECAY_AT2.filter((at) => done >= at).length;
      return { phase: "train", rates: [rate, rate], controls: { sparsityWeight: 0, latentNoise: latentNoise(done) } };
    },
    order: (trained) => passesOver(split.train, { count: batch * batches, passes, seed, epoch: stretch.from + trained }),
    validation: natsOfValidation({ steps, batch: validationBatch, sets })
  };
}
function latentNoise(done) {
  const { first, last, until } = LATENT_NOISE;
  return first * (last / first) ** Math.min(1, done / until);
}
function natsOfValidation({ steps, batch, sets }) {
  const total2 = sets.reduce((sum2, { own, others }) => sum2 + own + others, 0);
  return {
    steps,
    score(results, { runs }) {
      const numbers = (run, first, count2) => Array.from(
        { length: count2 },
        (_, f) => Float64Array.from({ length: steps * batch }, (__, subject) => {
          const step = Math.floor(subject / batch);
          return results[((step * runs + run) * total2 + first + f) * batch + subject % batch];
        })
      );
      const nats = Array.from({ length: runs }, (_, run) => {
        let [sum2, first] = [0, 0];
        for (const { own, others, weight, counts } of sets) {
          const both2 = numbers(run, first, own + others);
          sum2 += weight * sharedNats2(both2.slice(0, own), both2.slice(own), counts);
          first += own + others;
        }
        return Number.isFinite(sum2) ? sum2 : null;
      });
      return { nats, objective: nats.map((value) => value && -value) };
    }
  };
}
var RIDGE2 = 1e-3;
function sharedNats2(a, b, counts) {
  const rows = [...a[0].keys()].filter((subject) => counts?.[subject] ?? true);
  if (rows.length < 2) return 0;
  const both2 = new Matrix4([...a, ...b].map((values) => rows.map((row) => values[row])));
  const centred2 = both2.subColumnVector(both2.mean("row"));
  const covariance = centred2.mmul(centred2.transpose()).div(rows.length).add(Matrix4.eye(both2.rows).mul(RIDGE2));
  const logDet = (from, to) => {
    const factor = new CholeskyDecomposition(covariance.subMatrix(from, to - 1, from, to - 1)).lowerTriangularMatrix;
    return 2 * factor.diag().reduce((sum2, value) => sum2 + Math.log(value), 0);
  };
  return 0.5 * (logDet(0, a.length) + logDet(a.length, both2.rows) - logDet(0, both2.rows));
}

// src/training/validation.ts
function weightedTerms(steps, weights) {
  return {
    steps,
    score(results, { entry, runs }) {
      const terms = meanOutputs(entry, runs, results);
      const objective2 = Array.from({ length: runs }, (_, run) => {
        const total2 = Object.entries(terms).reduce((sum2, [name, values]) => sum2 + weights[name] * values[run], 0);
        return Number.isFinite(total2) ? total2 : null;
      });
      return { ...terms, objective: objective2 };
    }
  };
}
function meanOutputs({ outputs, outputSize }, runs, results) {
  const scale = 1 / (results.length / outputSize);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { offset }]) => {
      const means = Array.from({ length: runs }, (_, run) => {
        let total2 = 0;
        for (let at = offset + run; at < results.length; at += outputSize) total2 += results[at];
        return total2 * scale;
      });
      return [name, means];
    })
  );
}

// src/training/joint-stage.ts
var POLISH_RATE = 0.1;
var SUBSPACE_DECODER_EPOCHS = 0.5;
function jointStage(dataset, config, device = CPU) {
  return modelStage("joint", dataset, config, { kernels: device.kernels, target: targetOf(device) });
}
function subspaceStage(dataset, config, device = CPU) {
  return modelStage("subspaces", dataset, { ...withoutSparsity(config), ramp: 0 }, { target: targetOf(device) });
}
function polishStage(dataset, config, initial, device = CPU) {
  const settings = {
    ...config,
    encoderRestarts: 1,
    epochs: config.polish,
    learningRate: POLISH_RATE * config.learningRate,
    warmStart: 0,
    ramp: 0,
    freeze: 0
  };
  const { componentMap } = config;
  const target = targetOf(device);
  const stage = modelStage("polish", dataset, settings, { componentMap, shared: dataset.shared, target });
  return { ...stage, initial, initialCounts: true };
}
function decoderStage(dataset, config, latents, initial, device = CPU) {
  const { componentMap, epochs, decoderEpochs = epochs } = config;
  const settings = { ...config, encoderRestarts: 1, epochs: decoderEpochs, warmStart: 0, ramp: 0, freeze: 0 };
  const stage = modelStage("decoders", dataset, settings, {
    ...{
      componentMap,
      shared: dataset.shared,
      knownLatents: true,
      trained: ["encoder", "decoder"],
      target: targetOf(device)
    }
  });
  const known = latentData(latentLayout(modalityShapes(dataset)), latents);
  return { ...stage, data: new Map([...stage.data, ...known]), initial: new Map([...stage.initial, ...initial]) };
}
function subspaceDecoderStage(dataset, config, rivals, device = CPU) {
  const epochs = Math.ceil(SUBSPACE_DECODER_EPOCHS * config.epochs);
  const settings = {
    ...withoutSparsity(config),
    encoderRestarts: runsOf(rivals),
    epochs,
    warmStart: 0,
    ramp: 0,
    freeze: 0
  };
  const stage = modelStage("subspace-decoders", dataset, settings, { trained: ["decoder"], target: targetOf(device) });
  return { ...stage, initial: new Map([...stage.initial, ...valuesOf(rivals)]), initialCounts: true };
}
function modelStage(name, dataset, config, variant = {}) {
  const { split, modalities, ids } = dataset;
  const { passes = 1 } = config;
  const sizes = { rows: ids.length, train: split.train.length, validation: split.validation.length };
  const programOf = (runs) => trainingProgram(modalityShapes(dataset), { ...config, encoderRestarts: runs }, sizes, {
    ...variant,
    stored: modalities
  });
  const { model, compiled, batch, batches, validationBatch, validationBatches } = programOf(config.encoderRestarts);
  const seeds = Array.from({ length: config.encoderRestarts }, (_, run) => restartSeed(config.seed, run));
  const data2 = groupData(model.layout, modalities, ids.length);
  data2.set("seeds", seedWords(seeds));
  data2.set("validationOrder", split.validation.slice(0, validationBatch * validationBatches));
  return {
    name,
    runs: config.encoderRestarts,
    compiled,
    compiledFor: (runs) => programOf(runs).compiled,
    data: data2,
    initial: model.parameters.initialValues(seeds),
    epochs: config.epochs,
    stepsPerEpoch: passes * batches,
    plan: (epoch) => ({
      phase: phaseOf(config, epoch),
      rates: learningRates(config, epoch),
      controls: { sparsityWeight: config.sparsity.weight * sparsityRamp(config, epoch) }
    }),
    order: (epoch) => passesOver(split.train, { count: batch * batches, passes, seed: config.seed, epoch }),
    validation: weightedTerms(validationBatches, validationWeights(config)),
    selectionStart: selectionStart(config),
    patience: { from: patienceStart(config), epochs: config.patience }
  };
}

// src/nn/linear-layers.ts
function carried(hidden) {
  return Math.floor(hidden / 2);
}
function freeUnits(hidden, numbers) {
  return hidden - 2 * numbers;
}
function linearLayers(right, left, hidden) {
  const k = right.outputs;
  const first = layer(hidden, right.inputs);
  const second = layer(hidden, hidden);
  const last = layer(left.outputs, hidden);
  const share = 1 / (1 + LEAKY_SLOPE);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < right.inputs; j++) {
      const value = right.matrix[i * right.inputs + j];
      first.weight[2 * i * right.inputs + j] = value;
      first.weight[(2 * i + 1) * right.inputs + j] = -value;
    }
    for (const [from, to] of [
      [0, 0],
      [1, 1],
      [0, 1],
      [1, 0]
    ]) {
      second.weight[(2 * i + to) * hidden + 2 * i + from] = from === to ? share : -share;
    }
    for (let o = 0; o < left.outputs; o++) {
      const value = share * left.matrix[o * k + i];
      last.weight[o * hidden + 2 * i] = value;
      last.weight[o * hidden + 2 * i + 1] = -value;
    }
  }
  last.bias.set(left.shift);
  return [first, second, last];
}
function withPerceptron(linear, added, spread) {
  const last = linear.length - 1;
  const hidden = linear[0].bias.length;
  const width = added[0].bias.length;
  const first = hidden - width;
  return linear.map(({ weight, bias }, l) => {
    const sum2 = { weight: weight.slice(), bias: bias.slice() };
    const inputs = weight.length / bias.length;
    const addedWeight = added[l].weight;
    const addedInputs = addedWeight.length / added[l].bias.length;
    const from = l === 0 ? 0 : first;
    if (l < last) {
      for (let i = 0; i < width; i++) {
        sum2.weight.set(addedWeight.subarray(i * addedInputs, (i + 1) * addedInputs), (first + i) * inputs + from);
      }
      sum2.bias.set(added[l].bias, first);
      return sum2;
    }
    const numbers = added[l].bias.length;
    for (let o = 0; o < bias.length; o++) {
      for (let j = 0; j < width; j++) {
        let value = 0;
        for (let r = 0; r < numbers; r++) value += spread[o * numbers + r] * addedWeight[r * addedInputs + j];
        sum2.weight[o * inputs + first + j] += value;
      }
    }
    return sum2;
  });
}
function perceptron(layers, inputs, rows) {
  return layers.reduce((read2, { weight, bias }, l) => {
    const [outputs, width] = [bias.length, weight.length / bias.length];
    const values = new Float64Array(rows * outputs);
    for (let row = 0; row < rows; row++) {
      for (let o = 0; o < outputs; o++) {
        let sum2 = bias[o];
        for (let j = 0; j < width; j++) sum2 += weight[o * width + j] * read2[row * width + j];
        values[row * outputs + o] = l < layers.length - 1 && sum2 < 0 ? LEAKY_SLOPE * sum2 : sum2;
      }
    }
    return values;
  }, inputs);
}
function layer(outputs, inputs) {
  return { weight: new Float32Array(outputs * inputs), bias: new Float32Array(outputs) };
}

// src/training/linear-start.ts
var MIN_VARIANCE3 = 1e-6;
async function linearStart(dataset, config, signal) {
  const { modalities, split } = dataset;
  const isLaunched = modalities.every(({ latents, exogenous }) => latents + exogenous <= carried(config.hidden));
  const hasSize = config.modalities.some(({ observation }) => sizePosition(observation) !== void 0);
  if (modalities.length < 2 || !isLaunched || hasSize) return void 0;
  const rows = affordableRows(dataset, split.train);
  const methods = await linearMethodsOf(dataset, rows, { names: ["reduced-rank regression"], signal });
  const starts = modalities.map((_, m) => startOf(dataset, m, methods[m].at(0), rows));
  return starts.every((start) => start !== void 0) ? starts : void 0;
}
function startOf({ modalities }, m, method, train) {
  const modality = modalities[m];
  if (method === void 0 || method.weights.columns < modality.latents) return void 0;
  const present = presenceOf(modality);
  const rows = train.filter((row) => present[row] === 1);
  const table = tableOf([modality], rows);
  const means = observedMeans(table);
  const fillValues = modality.columns.map(({ kind }, c) => kind && hasLevels(kind) ? means[c] : 0);
  const samples = filled(table, fillValues);
  const spans = deviations(centredMatrix(samples, columnMeans(samples)).mmul(method.weights));
  if (spans.some((sd) => !(sd ** 2 > MIN_VARIANCE3))) return void 0;
  return {
    rows,
    fillValues,
    toLatents: method.weights.clone().divRowVector(spans),
    readOut: method.readOut.clone().mulColumnVector(spans)
  };
}
function markWeights(weights, fillValues) {
  return weights.clone().mulColumnVector(fillValues.map((value) => -value));
}
function deviations(centred2) {
  const squares2 = centred2.clone().pow(2).sum("column");
  return squares2.map((sum2) => Math.sqrt(sum2 / centred2.rows));
}

// src/training/linear-networks.ts
import { inverse as inverse3, Matrix as Matrix6 } from "ml-matrix";

// src/training/linear-decoder.ts
import { Matrix as Matrix5 } from "ml-matrix";
var CURVE_STREAM = 393728;
var CURVE_RIDGE = 0.03;
function linearDecoder({ numbers, loadings, centre, columns }, observation, { hidden, bends }) {
  const count2 = numbers.columns;
  const free = freeUnits(hidden, count2);
  const straight = Matrix5.sub(columns, numbers.mmul(loadings));
  const outputs = decoderOutputs(observation);
  const isTrained = observation.parts.some(({ likelihood }) => likelihood !== "gaussian");
  const { curve, residuals: residuals2 } = bends ? curvedDecoder(numbers, straight, free) : { curve: isTrained && free > 0 ? silentUnits(count2, free, columns.columns) : void 0, residuals: straight };
  const linear = linearLayers(
    { inputs: count2, outputs: count2, matrix: Matrix5.eye(count2).to1DArray() },
    {
      inputs: count2,
      outputs: outputs.length,
      matrix: outputs.flatMap(
        ({ column: c }) => c === void 0 ? new Array(count2).fill(0) : loadings.getColumn(c)
      ),
      shift: outputs.map(
        ({ column: c, initial }) => c === void 0 ? initial : centre[c] + (curve?.at(-1)?.bias[c] ?? 0)
      )
    },
    hidden
  );
  if (!curve) return { layers: linear, residuals: residuals2 };
  const toOutputs = outputs.flatMap(
    ({ column }) => Array.from({ length: loadings.columns }, (_, c) => c === column ? 1 : 0)
  );
  return { layers: withPerceptron(linear, curve, toOutputs), residuals: residuals2 };
}
function decoderOutputs(observation) {
  return thetaParts(observation).flatMap(
    ({ part, likelihood, columns }) => Array.from({ length: columns }, (_, c) => c).flatMap(
      (c) => likelihood.decoded.map((initial) => ({
        column: isMeasured(part.likelihood) ? part.from + c : void 0,
        initial
      }))
    )
  );
}
function randomLayers(numbers, width) {
  const random = new RandomStream(0, CURVE_STREAM);
  return [numbers, width].map((inputs) => {
    const draws = (count2, scale) => Float32Array.from({ length: count2 }, () => scale * random.normal());
    return { weight: draws(width * inputs, 1 / Math.sqrt(inputs)), bias: draws(width, 1) };
  });
}
function silentUnits(numbers, width, columns) {
  return [
    ...randomLayers(numbers, width),
    { weight: new Float32Array(columns * width), bias: new Float32Array(columns) }
  ];
}
function curvedDecoder(numbers, straight, width) {
  const hidden = randomLayers(numbers.columns, width);
  const identity2 = { weight: Float32Array.from(Matrix5.eye(width).to1DArray()), bias: new Float32Array(width) };
  const units = perceptron([...hidden, identity2], Float64Array.from(numbers.to1DArray()), numbers.rows);
  const features = Matrix5.from1DArray(numbers.rows, width, units);
  const means = features.mean("column");
  features.subRowVector(means);
  const products = features.transpose().mmul(features);
  const ridge = CURVE_RIDGE * products.trace() / width;
  const weights = new Factor(products, ridge).solve(features.transpose().mmul(straight));
  const bias = Matrix5.rowVector(means).mmul(weights).mul(-1);
  const last = {
    weight: Float32Array.from(weights.transpose().to1DArray()),
    bias: Float32Array.from(bias.to1DArray())
  };
  return { curve: [...hidden, last], residuals: Matrix5.sub(straight, features.mmul(weights)) };
}

// src/training/linear-networks.ts
function linearNetworks(modality, { rows, toLatents, fillValues }, residual, hidden) {
  const { latents, exogenous } = modality;
  const observation = observationOf(modality);
  const table = tableOf([modality], rows);
  const samples = filled(table, fillValues);
  const centre = columnMeans(samples);
  const x = centredMatrix(samples, centre);
  const inputs = encoderInputs(observation);
  const raw = x.mmul(toLatents);
  if (residual) raw.add(residualNumbers(residual, table, inputs));
  const means = raw.mean("column");
  const z4 = raw.subRowVector(means);
  const spans = deviations(z4);
  z4.divRowVector(spans);
  const latentLoadings = leastSquares(z4, x);
  const noise = privateNoise(Matrix6.sub(x, z4.mmul(latentLoadings)), exogenous);
  const toNoise = noise.directions.clone().divRowVector(noise.spans);
  const ofLatents = latentLoadings.mmul(toNoise);
  const eta = Matrix6.sub(x.mmul(toNoise), z4.mmul(ofLatents));
  const loadings = joinRows(
    latentLoadings,
    noise.directions.clone().mulRowVector([...noise.spans]).transpose()
  );
  const decoded = joinColumns(z4, eta);
  const readBack = { numbers: decoded, loadings, centre, columns: x };
  const { layers: decoder, residuals: residuals2 } = linearDecoder(readBack, observation, {
    hidden,
    bends: residual !== void 0
  });
  const logVariances = posteriorVariances(loadings, deviations(residuals2)).map(logVarianceBias);
  const numbers = latents + exogenous;
  const ofColumns = joinColumns(toLatents, toNoise);
  const { masked } = observation;
  const read2 = masked ? joinRows(ofColumns, markWeights(ofColumns, fillValues)) : ofColumns;
  const scale = Matrix6.diag(spans.map((sd) => 1 / sd));
  const fromLatents = joinRows(scale, ofLatents.transpose().mmul(scale).mul(-1));
  const spread = joinRows(fromLatents, Matrix6.zeros(numbers, latents));
  const fromNumbers = joinRows(
    joinColumns(fromLatents, joinRows(Matrix6.zeros(latents, exogenous), Matrix6.eye(exogenous))),
    Matrix6.zeros(numbers, numbers)
  );
  const bias = residual?.at(-1)?.bias ?? new Float32Array(latents);
  const inputMeans = Matrix6.rowVector([...centre].map((value, c) => value - (masked ? fillValues[c] : 0)));
  const latentShift = inputMeans.mmul(toLatents).to1DArray().map((value, k) => bias[k] - means[k] - value);
  const shift = fromLatents.mmul(Matrix6.columnVector(latentShift)).to1DArray();
  const noiseShift = inputMeans.mmul(toNoise).to1DArray();
  noiseShift.forEach((value, i) => shift[latents + i] -= value);
  const linear = linearLayers(
    { inputs, outputs: numbers, matrix: read2.transpose().to1DArray() },
    {
      inputs: numbers,
      outputs: 2 * numbers,
      matrix: fromNumbers.to1DArray(),
      shift: [...shift, ...logVariances]
    },
    hidden
  );
  return { encoder: residual ? withPerceptron(linear, residual, spread.to1DArray()) : linear, decoder };
}
function residualNumbers(layers, { samples: { values, rows, columns }, observed }, inputs) {
  const read2 = new Float64Array(rows * inputs);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) read2[row * inputs + c] = values[row * columns + c];
    for (let c = columns; c < inputs; c++) read2[row * inputs + c] = observed?.[row * columns + c - columns] ?? 1;
  }
  const added = perceptron(layers, read2, rows);
  return Matrix6.from1DArray(rows, added.length / rows, added);
}
function privateNoise(residuals2, count2) {
  const { loadings, scores } = principalComponents(samplesOf(residuals2), count2);
  const sds = deviations(scores).filter((sd) => sd ** 2 > MIN_VARIANCE3);
  const directions = Matrix6.zeros(residuals2.columns, count2);
  if (sds.length > 0) directions.setSubMatrix(loadings.subMatrixColumn([...sds.keys()]), 0, 0);
  return { directions, spans: Array.from({ length: count2 }, (_, i) => sds.at(i) ?? 1) };
}
function samplesOf(matrix) {
  const { rows, columns } = matrix;
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) values.set(matrix.getRow(row), row * columns);
  return { values, rows, columns };
}
function posteriorVariances(loadings, noise) {
  const scaled = loadings.clone().divRowVector(noise.map((sd) => Math.sqrt(Math.max(sd ** 2, MIN_VARIANCE3))));
  return inverse3(Matrix6.eye(loadings.rows).add(scaled.mmul(scaled.transpose()))).diagonal();
}
function joinColumns(a, b) {
  return joinRows(a.transpose(), b.transpose()).transpose();
}
function joinRows(a, b) {
  const all = Matrix6.zeros(a.rows + b.rows, a.columns);
  all.setSubMatrix(a, 0, 0);
  if (b.rows > 0) all.setSubMatrix(b, a.rows, 0);
  return all;
}

// src/training/linear-subspaces.ts
async function subspaceParameters({ modalities }, config, seed, { start, residual, signal }) {
  const networks = [];
  for (const [m, modality] of modalities.entries()) {
    await nextTurn();
    signal?.throwIfAborted();
    networks.push(linearNetworks(modality, start[m], residual?.[m], config.hidden));
  }
  const model = new MultimodalModel(config, 1);
  const initial = model.parameters.initialValues([restartSeed(seed, 0)]);
  const parameters = new Map(
    model.parameters.all.filter(({ name }) => !name.startsWith("crossPrediction")).map(({ name, shape }) => [name, { shape, values: initial.get(name) }])
  );
  const { groups } = model.layout;
  for (const [g, { members }] of groups.entries()) {
    for (const kind of ["encoder", "decoder"]) {
      members.forEach((m, position) => {
        networks[m][kind].forEach((layer2, i) => {
          for (const part of ["weight", "bias"]) {
            const { values } = parameters.get(`${networkName(kind, g, groups.length)}.${i}.${part}`);
            values.set(layer2[part], position * layer2[part].length);
          }
        });
      });
    }
  }
  return parameters;
}

// src/training/event-file.ts
import { constants } from "node:fs";
import { join } from "node:path";
var EVENT_FILE = "events.out.tfevents.interlatent";
var EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
var SUMMARY = { value: 1 };
var VALUE = { tag: 1, simpleValue: 2 };
function epochScalars({ stage, training, validation, ...epoch }) {
  const objectives = validation["objective"] ?? [];
  const living = objectives.filter((value) => value !== null).sort((a, b) => a - b);
  const leader = objectives.indexOf(living.at(0) ?? null);
  const ofLeader = (split, values) => Object.entries(values).flatMap(([name, perRestart]) => {
    const value = perRestart.at(leader);
    return value === null || value === void 0 ? [] : [[`${stage}/${split}/${name}`, value]];
  });
  const { learningRate, sparsityWeight = 0, seconds } = epoch;
  return [
    ...ofLeader("validation", validation),
    ...living.length > 1 ? [[`${stage}/validation/objective (median of restarts)`, medianOf(living)]] : [],
    ...ofLeader("training", training),
    [`${stage}/restarts`, living.length],
    [`${stage}/learning rate`, learningRate],
    [`${stage}/sparsity weight`, sparsityWeight],
    [`${stage}/seconds`, seconds]
  ];
}
function versionRecord(wallTime) {
  return record(new Message().double(EVENT.wallTime, wallTime).bytes(EVENT.fileVersion, "brain.Event:2"));
}
function scalarsRecord(step, scalars, wallTime) {
  const summary = new Message();
  for (const [tag, value] of scalars) {
    summary.message(SUMMARY.value, new Message().bytes(VALUE.tag, tag).float(VALUE.simpleValue, value));
  }
  const event = new Message().double(EVENT.wallTime, wallTime).integer(EVENT.step, step);
  return record(event.message(EVENT.summary, summary));
}
var EventFile = class _EventFile {
  #path;
  #file;
  constructor(path, file) {
    this.#path = path;
    this.#file = file;
  }
  /**
   * Opens a file that holds these epochs, to append the next ones. Records of these epochs that exist already stay,
   * with their times. Records that a killed fit wrote after them are removed.
   * @param isRequested if false, only an existing file is continued
   * @throws FileError `unwritable`, `disk-full`
   */
  static async open(folder, history, { isRequested }) {
    const path = join(folder, EVENT_FILE);
    if (!isRequested && !(history.length > 0 && await exists(path))) {
      await removeFile(path);
      return void 0;
    }
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    let file;
    try {
      file = await openInternal(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
      const records = [versionRecord(now()), ...history.map((metrics) => epochRecord(metrics))];
      let known = 0;
      let length = 0;
      const { size } = await file.stat();
      while (known < records.length && length + records[known].length <= size) length += records[known++].length;
      await file.truncate(length);
      await file.writeFile(Buffer.concat(records.slice(known)));
      return new _EventFile(path, file);
    } catch (cause) {
      await file?.close();
      throw writeError(path, cause);
    }
  }
  /** @throws FileError `disk-full`, `unwritable` */
  async append(metrics) {
    try {
      await this.#file.writeFile(epochRecord(metrics));
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }
  async close() {
    await this.#file.close();
  }
};
function epochRecord(metrics) {
  return scalarsRecord(metrics.epoch, epochScalars(metrics), now());
}
var now = () => Date.now() / 1e3;
function medianOf(sorted) {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}
function record(message) {
  const data2 = message.encode();
  const bytes = new Uint8Array(8 + 4 + data2.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data2.length), true);
  view.setUint32(8, maskedChecksum(bytes.subarray(0, 8)), true);
  bytes.set(data2, 12);
  view.setUint32(12 + data2.length, maskedChecksum(data2), true);
  return bytes;
}
function maskedChecksum(bytes) {
  const crc = crc32c(bytes);
  return (crc >>> 15 | crc << 17) + 2726488792 >>> 0;
}

// src/training/finished-fit.ts
import { join as join2 } from "node:path";
async function settleFinishedFit(folder) {
  const isRun = await hasRun(folder);
  if (isRun) await removeCheckpoint(folder);
  return isRun;
}
async function settleFolder(folder) {
  var _stack = [];
  try {
    if (!await hasRun(folder)) return false;
    if (!await hasCheckpoint(folder) && !await exists(join2(folder, LOCK_FILE))) return true;
    const locked = __using(_stack, await LockedFolder.open(folder), true);
    return await settleFinishedFit(locked.path);
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/training/journal.ts
var FitJournal = class _FitJournal {
  /** State of the checkpoint; undefined for a new fit. */
  resumed;
  #folder;
  #key;
  #metrics;
  #events;
  constructor({ folder, key }, { metrics, events }, resumed) {
    this.#folder = folder;
    this.#key = key;
    this.#metrics = metrics;
    this.#events = events;
    this.resumed = resumed;
  }
  /**
   * Opens the journal of a new fit.
   * @param folder a path, which is locked until `close`, or a folder that the caller has locked
   * @throws StateError `run-locked`; InputError `run-exists` if the folder already holds a fit; FileError `unwritable`
   */
  static async begin(folder, key, options = {}) {
    return _FitJournal.#open({ folder, key }, options, async (path) => {
      if (await settleFinishedFit(path) || await hasCheckpoint(path)) {
        throw new InputError(
          "run-exists",
          `${path} already holds a fit. Continue it with resume (--resume), choose another folder, or remove it first.`,
          { folder: path }
        );
      }
      return void 0;
    });
  }
  /**
   * Continues from the folder's checkpoint, or opens the journal of a new fit if there is none.
   * @param folder see `begin`
   * @throws StateError `run-locked`; InputError `run-exists` if the folder holds a finished fit,
   *   `checkpoint-mismatch`, `damaged-file`; FileError `unwritable`
   */
  static async resume(folder, key, options = {}) {
    return _FitJournal.#open({ folder, key }, options, async (path) => {
      if (await settleFinishedFit(path)) {
        throw new InputError(
          "run-exists",
          `${path} holds a finished fit; there is nothing to resume. Load it, choose another folder, or remove it first.`,
          { folder: path }
        );
      }
      return readCheckpoint(path, key);
    });
  }
  static async #open({ folder, key }, { tensorboard = false }, read2) {
    const use = await enterFolder(folder);
    const { path, leave } = use;
    try {
      const checkpoint = await read2(path);
      const { file: metrics, history } = checkpoint ? await MetricsFile.reopen(path, checkpoint.metrics) : { file: await MetricsFile.create(path), history: [] };
      try {
        const events = await EventFile.open(path, history, { isRequested: tensorboard });
        const resumed = checkpoint && stateOf(checkpoint, history);
        return new _FitJournal({ folder: use, key }, { metrics, events }, resumed);
      } catch (error) {
        await metrics.close();
        throw error;
      }
    } catch (error) {
      await leave();
      throw error;
    }
  }
  /** Writes the line of an epoch. @throws FileError `disk-full`, `unwritable` */
  async append(metrics) {
    await this.#metrics.append(metrics);
    await this.#events?.append(metrics);
  }
  /** Writes a checkpoint. @throws FileError `disk-full`, `unwritable`; the previous checkpoint then stays */
  async save({ finished, running }) {
    const metrics = await this.#metrics.sync();
    await writeCheckpoint(this.#folder.path, this.#key, { finished, running, metrics });
  }
  /** Closes the files, which stay in the folder, and unlocks it. */
  async close() {
    try {
      await Promise.all([this.#metrics.close(), this.#events?.close()]);
    } finally {
      await this.#folder.leave();
    }
  }
};
function stateOf({ finished, running }, history) {
  const of = (stage) => history.filter((metrics) => metrics.stage === stage);
  return {
    finished: finished.map((outcome) => ({ ...outcome, history: of(outcome.name) })),
    running: { stage: running.stage, state: { ...running.state, history: of(running.stage) } }
  };
}

// src/training/remaining-time.ts
var MIN_SECONDS = 2;
var MIN_STEPS = 3;
var SPACING = 1 / 64;
var RemainingTime = class {
  /** When the first step was done. */
  #first;
  /** The last mark of the earlier half, and those after it. */
  #marks = [];
  #started;
  #seconds;
  /** @param seconds returns the time in seconds since some fixed moment */
  constructor(seconds = () => performance.now() / 1e3) {
    this.#seconds = seconds;
    this.#started = seconds();
  }
  /** Returns the speed after `steps` steps. @param remaining number of steps that remain */
  after(steps, remaining) {
    if (steps === 0) return { stepsPerSecond: 0, secondsLeft: Infinity };
    const at = this.#seconds();
    const first = this.#first ??= { at, steps };
    const from = this.#middle(first, { at, steps });
    const recent = (steps - from.steps) / (at - from.at);
    const isKnown = at - first.at >= MIN_SECONDS && steps - from.steps >= MIN_STEPS;
    if (!isKnown) return { stepsPerSecond: steps / (at - this.#started), secondsLeft: Infinity };
    return { stepsPerSecond: recent, secondsLeft: remaining / recent };
  }
  /** Returns the last mark of the earlier half. */
  #middle(first, now2) {
    const marks = this.#marks;
    const last = marks.at(-1) ?? first;
    if (marks.length === 0 || now2.at - last.at > SPACING * (now2.at - first.at)) marks.push(now2);
    const half = (first.at + now2.at) / 2;
    while (marks.length > 1 && marks[1].at <= half) marks.shift();
    return marks[0];
  }
};

// src/training/fit-progress.ts
function progressReporter({ stage, state }, stages, onProgress, shards) {
  const { name, epochs, stepsPerEpoch } = stage;
  const firstEpoch = state.epoch;
  const time = new RemainingTime();
  return (step) => {
    const { epoch } = state;
    const { stepsPerSecond, secondsLeft } = time.after(
      (epoch - firstEpoch) * stepsPerEpoch + step,
      (epochs - epoch) * stepsPerEpoch - step
    );
    onProgress?.({
      ...{ stage: name, stages, epoch, epochs, step, stepsPerEpoch, stepsPerSecond, secondsLeft },
      metrics: state.history.at(-1),
      ...shards && { shards }
    });
  };
}

// src/training/stage-of-restarts.ts
function rangesOf({ runs, compiledFor }, max) {
  const ranges = compiledFor ? Math.min(runs, max) : 1;
  const start = (i) => Math.floor(i * runs / ranges);
  return Array.from({ length: ranges }, (_, i) => ({ first: start(i), count: start(i + 1) - start(i) }));
}
function stageOfRestarts(stage, { first, count: count2 }) {
  const { runs, compiledFor } = stage;
  if (count2 === runs || !compiledFor) return stage;
  const compiled = compiledFor(count2);
  const valuesOf2 = (kind) => (name, values) => ofRange(values, name, { all: stage.compiled[kind], range: compiled[kind] }, first);
  const order = valuesOf2("data");
  return {
    ...stage,
    ...{ runs: count2, allRuns: stage.allRuns ?? runs, compiled },
    data: mapped(stage.data, order),
    ...stage.controls && { controls: mapped(stage.controls, valuesOf2("controls")) },
    initial: mapped(stage.initial, (_, values) => ofRuns(values, runs, first, count2)),
    order: (epoch) => order("order", stage.order(epoch))
  };
}
function ofRange(values, name, { all, range }, first) {
  const [runs, count2] = [all, range].map((tensors) => tensors[name]?.shape[0]);
  return runs === count2 || !ArrayBuffer.isView(values) ? values : ofRuns(values, runs, first, count2);
}
function ofRuns(values, runs, first, count2) {
  const ofRun = values.length / runs;
  return values.subarray(first * ofRun, (first + count2) * ofRun);
}
function mapped(values, change) {
  return new Map(Array.from(values, ([name, value]) => [name, change(name, value)]));
}

// src/training/program-of-group.ts
var DEADLINE = 300;
async function loadForGroup(compiled, group, options, details) {
  const [device] = group;
  if (group.length === 1) return Program.load(compiled, { ...options, device }, details);
  const members = [];
  try {
    const all = localRanks(group.length, DEADLINE);
    for (const [i, member] of group.entries()) {
      const program = Program.load(compiled, { ...options, device: member }, { ...details, ranks: all[i] });
      members.push({ ranks: all[i], program });
    }
    return new ProgramOfGroup(members);
  } catch (error) {
    await Promise.all(members.map(({ program }) => program.dispose()));
    throw error;
  }
}
function memoryOfAll(programs) {
  const all = programs.map((program) => program.memory());
  const names = Object.keys(all[0]);
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum2, plan) => sum2 + plan[name], 0)]));
}
var ProgramOfGroup = class {
  #members;
  constructor(members) {
    this.#members = members;
  }
  set(...values) {
    for (const { program } of this.#members) program.set(...values);
  }
  upload(...values) {
    for (const { program } of this.#members) program.upload(...values);
  }
  async download(...of) {
    return this.#first.download(...of);
  }
  /** If a device fails, the other devices stop; the call rejects with the error of the failed device. */
  async run(entry, options = {}) {
    const { onProgress: _watched, ...unwatched } = options;
    const failed = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
    const settled = await Promise.allSettled(
      this.#members.map(async ({ program, ranks }, i) => {
        try {
          return await program.run(entry, { ...i === 0 ? options : unwatched, signal });
        } catch (error) {
          ranks.leave(`has failed: ${causeMessage(error)}`);
          failed.abort();
          throw error;
        }
      })
    );
    const reasons = settled.flatMap((result) => result.status === "rejected" ? [result.reason] : []);
    const isCause = (reason) => !(reason instanceof InterlatentError && reason.code === "rank-lost");
    if (reasons.length > 0) throw reasons.find(isCause) ?? reasons[0];
    return settled[0].value;
  }
  /** Returns the memory of all devices together. */
  memory() {
    return memoryOfAll(this.#members.map(({ program }) => program));
  }
  /** Returns the description of the first device's program. */
  describe() {
    return this.#first.describe();
  }
  async dispose() {
    await Promise.all(this.#members.map(({ program }) => program.dispose()));
  }
  get #first() {
    return this.#members[0].program;
  }
};

// src/training/runs-on-devices.ts
async function loadStage(stage, options, ranks) {
  const isCut = Object.values(stage.compiled.entries).some(({ tiles }) => tiles > 1);
  const groups = groupsOf(options.device, isCut ? void 0 : 1);
  const { compiledFor, allRuns = stage.runs } = stage;
  if (groups.length === 1 || !compiledFor) {
    return loadForGroup(stage.compiled, groups[0], options, { allRuns, ranks });
  }
  const programs = [];
  try {
    for (const [i, { first, count: count2 }] of rangesOf(stage, groups.length).entries()) {
      const compiled = compiledFor(count2);
      const program = await loadForGroup(compiled, groups[i], options, { allRuns });
      programs.push({ first, program, compiled });
    }
    return new DistributedProgram(stage.compiled, programs);
  } catch (error) {
    await Promise.all(programs.map(({ program }) => program.dispose()));
    throw error;
  }
}
var DistributedProgram = class {
  /** The program of all runs, as the trainer sees it. */
  #whole;
  #ranges;
  constructor(whole, ranges) {
    this.#whole = whole;
    this.#ranges = ranges;
  }
  set(kind, name, values) {
    for (const { first, compiled, program } of this.#ranges) {
      program.set(kind, name, ofRange(values, name, { all: this.#whole[kind], range: compiled[kind] }, first));
    }
  }
  upload(slab, values) {
    for (const range of this.#ranges) {
      const part = new Float32Array(range.compiled.memory[slab] / Float32Array.BYTES_PER_ELEMENT);
      for (const { from, to, count: count2 } of this.#stretches(range, slab)) part.set(values.subarray(from, from + count2), to);
      range.program.upload(slab, part);
    }
  }
  async download(slab, all = new Float32Array(this.#whole.memory[slab] / Float32Array.BYTES_PER_ELEMENT)) {
    for (const range of this.#ranges) {
      const part = await range.program.download(slab);
      for (const { from, to, count: count2 } of this.#stretches(range, slab)) all.set(part.subarray(to, to + count2), from);
    }
    return all;
  }
  /** Runs an entry on all devices. If a device fails, the other devices stop. */
  async run(entry, { signal, onProgress, ...options } = {}) {
    const failed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const done = this.#ranges.map(() => 0);
    const running = this.#ranges.map(async ({ program }, i) => {
      try {
        return await program.run(entry, {
          ...{ ...options, signal: stop },
          ...onProgress && {
            onProgress: (steps) => {
              const before = Math.min(...done);
              done[i] = steps;
              if (Math.min(...done) > before) onProgress(Math.min(...done));
            }
          }
        });
      } catch (error) {
        failed.abort();
        throw error;
      }
    });
    const settled = await Promise.allSettled(running);
    const rejected = settled.find(({ status }) => status === "rejected");
    if (rejected?.status === "rejected") throw rejected.reason;
    const reports = settled.map((result) => result.value);
    const failures = reports.flatMap(
      (report, i) => report.failures.map((failure) => ({ ...failure, run: failure.run + this.#ranges[i].first }))
    );
    return {
      results: this.#merged(entry, options.steps ?? 1, reports),
      stepsDone: Math.min(...reports.map(({ stepsDone }) => stepsDone)),
      cancelled: reports.some(({ cancelled }) => cancelled),
      failures: failures.sort((a, b) => a.step - b.step || a.run - b.run)
    };
  }
  /** Returns the memory of all devices together. */
  memory() {
    return memoryOfAll(this.#ranges.map(({ program }) => program));
  }
  /** Returns the description of the first device's program. */
  describe() {
    return this.#ranges[0].program.describe();
  }
  async dispose() {
    await Promise.all(this.#ranges.map(({ program }) => program.dispose()));
  }
  /**
   * Yields the positions of a range's parameters or moments: `from` in the slab of all runs, `to` in that of the range.
   */
  *#stretches({ first, compiled }, slab) {
    const copies = slab === "moments" ? 2 : 1;
    const [sizeOfAll, sizeOfRange] = [this.#whole, compiled].map(
      ({ memory }) => memory.parameters / Float32Array.BYTES_PER_ELEMENT
    );
    for (let copy = 0; copy < copies; copy++) {
      for (const [name, { offset, shape }] of Object.entries(this.#whole.parameters)) {
        const parameter = compiled.parameters[name];
        const perRun3 = sizeOf(shape.slice(1));
        const from = copy * sizeOfAll + offset + first * perRun3;
        yield { from, to: copy * sizeOfRange + parameter.offset, count: sizeOf(parameter.shape) };
      }
    }
  }
  /** Returns every step's outputs of all runs. The first axis of an output is the runs. */
  #merged(entry, steps, reports) {
    const { outputs, outputSize } = this.#whole.entries[entry];
    const merged = new Float32Array(steps * outputSize);
    reports.forEach(({ results }, i) => {
      const { first, compiled } = this.#ranges[i];
      const entryOfRange = compiled.entries[entry];
      for (const [name, { offset, shape }] of Object.entries(outputs)) {
        const output = entryOfRange.outputs[name];
        const count2 = sizeOf(output.shape);
        const at = offset + first * sizeOf(shape.slice(1));
        for (let step = 0; step < steps; step++) {
          const from = step * entryOfRange.outputSize + output.offset;
          merged.set(results.subarray(from, from + count2), step * outputSize + at);
        }
      }
    });
    return merged;
  }
};

// src/training/trainer.ts
var Trainer = class _Trainer {
  state;
  stage;
  #program;
  /** Arrays of the last epoch but one, which the next epoch overwrites. */
  #spare;
  constructor(stage, program, { parameters, moments: moments2 }) {
    this.stage = stage;
    this.#program = program;
    this.state = {
      epoch: 0,
      parameters,
      moments: moments2,
      best: parameters.slice(),
      bestObjective: new Array(stage.runs).fill(Infinity),
      bestEpoch: new Array(stage.runs).fill(-1),
      improvedAt: 0,
      failures: [],
      history: []
    };
  }
  /**
   * Loads the stage's program, uploads data, controls and initial values.
   * @param ranks processes that train the same stage together, each with one trainer
   */
  static async create(stage, options, ranks) {
    const { compiled } = stage;
    const program = await loadStage(stage, options, ranks);
    try {
      for (const kind of ["data", "controls"]) {
        for (const [name, values] of stage[kind] ?? []) if (name in compiled[kind]) program.set(kind, name, values);
      }
      for (const [name, initial] of stage.initial) {
        if (name in compiled.parameters) program.set("parameters", name, initial);
      }
      return new _Trainer(stage, program, await slabsOf(program));
    } catch (error) {
      await program.dispose();
      throw error;
    }
  }
  /** Continues from a checkpoint's state. */
  restore(state) {
    const { parameters, moments: moments2, best, bestObjective, bestEpoch, failures, history } = state;
    Object.assign(this.state, state, {
      parameters: parameters.slice(),
      moments: moments2.slice(),
      best: best.slice(),
      bestObjective: [...bestObjective],
      bestEpoch: [...bestEpoch],
      failures: [...failures],
      history: [...history]
    });
    this.#program.upload("parameters", state.parameters);
    this.#program.upload("moments", state.moments);
    const alive = new Float32Array(this.stage.runs).fill(1);
    for (const { restart } of state.failures) alive[restart] = 0;
    this.#program.set("controls", "alive", alive);
  }
  get finished() {
    const { epochs, patience } = this.stage;
    const { epoch, improvedAt } = this.state;
    const isHopeless = patience !== void 0 && epoch > Math.max(improvedAt, patience.from) + patience.epochs;
    return epoch >= epochs || isHopeless || this.living.length === 0;
  }
  /** Numbers of the runs that are still finite. */
  get living() {
    const dead = new Set(this.state.failures.map(({ restart }) => restart));
    return Array.from({ length: this.stage.runs }, (_, restart) => restart).filter((restart) => !dead.has(restart));
  }
  /** Returns the bytes per slab and the peak of the plan. */
  memory() {
    return this.#program.memory();
  }
  /** Returns the backend's JSON about program, device and, with the option `profile`, the time of every kernel. */
  describe() {
    return this.#program.describe();
  }
  /** Scores the initial parameters, so that they are the result unless training improves on them. */
  async scoreInitial() {
    this.#keepBest(await this.#validate(), -1);
  }
  /** Trains all remaining epochs. @throws what `epoch` throws; the signal's reason */
  async train({ signal, onEpoch } = {}) {
    while (!this.finished) {
      const metrics = await this.epoch(signal);
      signal?.throwIfAborted();
      if (metrics) onEpoch?.(metrics);
    }
  }
  /**
   * Trains one epoch and evaluates it; the state is complete again afterwards. When the signal fires, the epoch is
   * given up within one step and the state stays that of the last whole epoch.
   * @param onStep steps of this epoch done
   * @returns undefined when aborted
   * @throws NumericError `all-runs-diverged` when no run is finite any more and none has a best state; what the stage
   * makes
   *   of a run that diverged
   */
  async epoch(signal, onStep) {
    const { stage, state } = this;
    const program = this.#program;
    const started = performance.now();
    const { phase, rates: rates2, controls = {} } = stage.plan(state.epoch);
    program.set("controls", "rates", Float32Array.of(...rates2, 0));
    for (const [name, value] of Object.entries(controls)) this.#setControl(name, value);
    program.set("data", "order", stage.order(state.epoch));
    const trained = await program.run(phase, {
      firstStep: state.epoch * stage.stepsPerEpoch,
      steps: stage.stepsPerEpoch,
      signal,
      onProgress: onStep
    });
    if (trained.cancelled) return void 0;
    for (const { run, step, label } of trained.failures) state.failures.push({ restart: run, step, tensor: label });
    if (stage.diverged && state.failures.length > 0) throw stage.diverged(state.failures[0]);
    if (this.living.length === 0 && Math.min(...state.bestObjective) === Infinity) throw allDiverged(state.failures);
    const validation = await this.#validate();
    const slabs = await slabsOf(program, this.#spare);
    this.#spare = { parameters: state.parameters, moments: state.moments };
    Object.assign(state, slabs);
    if (state.epoch >= (stage.selectionStart ?? 0)) this.#keepBest(validation, state.epoch);
    const metrics = {
      stage: stage.name,
      epoch: state.epoch,
      phase,
      learningRate: rates2[0],
      ...controls,
      seconds: (performance.now() - started) / 1e3,
      training: this.#ofLiving(meanOutputs(stage.compiled.entries[phase], stage.runs, trained.results)),
      validation
    };
    state.epoch += 1;
    state.history.push(metrics);
    return metrics;
  }
  /** Runs an entry that does not train, with the parameters of the last epoch, and returns the results of all steps. */
  async read(entry, steps) {
    const { results } = await this.#program.run(entry, { steps });
    return results;
  }
  /** Returns the parameters of every run at its best epoch: name → values `[runs, …]`. */
  bestParameters() {
    return new Map(
      Object.entries(this.stage.compiled.parameters).map(([name, { offset, shape }]) => [
        name,
        { shape, values: this.state.best.slice(offset, offset + sizeOf(shape)) }
      ])
    );
  }
  /** Returns the place of a parameter in the parameter slab, in elements. */
  parameterPlace(name) {
    const { offset, shape } = this.stage.compiled.parameters[name];
    return { offset, perRun: sizeOf(shape.slice(1)) };
  }
  async dispose() {
    await this.#program.dispose();
  }
  /** Sets a control to one number for all runs, if the program has it. */
  #setControl(name, value) {
    const { controls } = this.stage.compiled;
    if (name in controls) {
      this.#program.set("controls", name, new Float32Array(sizeOf(controls[name].shape)).fill(value));
    }
  }
  async #validate() {
    const { validation, compiled, runs } = this.stage;
    if (!validation) return {};
    const results = await this.read("evaluate", validation.steps);
    return this.#ofLiving(validation.score(results, { entry: compiled.entries["evaluate"], runs }));
  }
  #ofLiving(values) {
    const living = new Set(this.living);
    return Object.fromEntries(
      Object.entries(values).map(([name, perRun3]) => [
        name,
        perRun3.map((value, run) => living.has(run) ? value : null)
      ])
    );
  }
  #keepBest({ objective: objective2 = [] }, epoch) {
    const { state, stage } = this;
    objective2.forEach((value, run) => {
      if (value === null || value >= state.bestObjective[run]) return;
      state.bestObjective[run] = value;
      state.bestEpoch[run] = epoch;
      state.improvedAt = Math.max(0, epoch);
      for (const { offset, shape } of Object.values(stage.compiled.parameters)) {
        const perRun3 = sizeOf(shape.slice(1));
        const start = offset + run * perRun3;
        state.best.set(state.parameters.subarray(start, start + perRun3), start);
      }
    });
  }
};
function allDiverged(failures) {
  const first = failures[0];
  return new NumericError(
    "all-runs-diverged",
    `All restarts diverged, restart ${first.restart} first: "${first.tensor}" was not finite at step ${first.step}. Lower learningRate, or look for extreme values with \`interlatent inspect\`.`,
    { failures }
  );
}
async function slabsOf(program, into) {
  return {
    parameters: await program.download("parameters", into?.parameters),
    moments: await program.download("moments", into?.moments)
  };
}

// src/training/stage-runner.ts
var StageRunner = class _StageRunner {
  hooks;
  #stages;
  #key;
  #journal;
  #finished;
  /** State of the stage that was running when the checkpoint was written; undefined after it was restored. */
  #interrupted;
  #savedAt = performance.now();
  constructor(stages, hooks, { key, journal }) {
    this.hooks = hooks;
    this.#stages = stages;
    this.#key = key;
    this.#journal = journal;
    this.#finished = [...journal?.resumed?.finished ?? []];
    this.#interrupted = journal?.resumed?.running;
  }
  /**
   * Locks the folder until `close`, and reads its checkpoint if `resume` is true.
   * @throws StateError `run-locked`; InputError `invalid-setting`, `run-exists`, `checkpoint-mismatch`, `damaged-file`;
   *   FileError `unwritable`
   */
  static async open(stages, dataset, config, hooks) {
    const { folder, resume, tensorboard, shards, device = CPU } = hooks;
    const precision = matmulPrecisionOf(device);
    const key = {
      config,
      fingerprint: dataset.fingerprint,
      ...precision !== "float32" && { matmulPrecision: precision },
      ...dataParallelOf(device) !== void 0 && { batches: "tiles" }
    };
    if (shards) return new _StageRunner(stages, hooks, { key, journal: void 0 });
    if (folder === void 0) {
      if (!resume) return new _StageRunner(stages, hooks, { key, journal: void 0 });
      throw new InputError("invalid-setting", "resume needs the folder of the fit; pass folder, too.", {
        setting: "resume"
      });
    }
    const options = { tensorboard };
    const journal = await (resume ? FitJournal.resume(folder, key, options) : FitJournal.begin(folder, key, options));
    return new _StageRunner(stages, hooks, { key, journal });
  }
  /** Closes the journal and unlocks the folder. Metrics and checkpoint stay there. */
  async close() {
    await this.#journal?.close();
  }
  async [Symbol.asyncDispose]() {
    await this.close();
  }
  /**
   * Trains a stage, or returns its result from the checkpoint.
   * @param make builds the stage; not called if the stage is already finished
   * @throws NumericError `all-runs-diverged`; InputError `damaged-file`; FileError; DeviceError; the signal's reason
   */
  async run(name, make) {
    this.hooks.signal?.throwIfAborted();
    const finished = this.#finished.find((outcome2) => outcome2.name === name);
    if (finished) return finished;
    const stage = await make();
    const { shards } = this.hooks;
    const outcome = shards ? await this.#reported(
      stage,
      0,
      () => shards.train(stage, { key: this.#key, stages: this.#stages, hooks: this.hooks })
    ) : await this.#trainHere(stage);
    this.#finished.push(outcome);
    return outcome;
  }
  async #trainHere(stage) {
    const trainer = await Trainer.create(stage, this.hooks);
    try {
      return await this.#reported(stage, trainer.memory().total, async () => {
        await this.#start(trainer);
        await this.#train(trainer);
        const { state } = trainer;
        return outcomeOf({ ...state, name: stage.name, parameters: trainer.bestParameters() });
      });
    } finally {
      await trainer.dispose();
    }
  }
  /** Trains a stage by `work`, and emits the events of its begin and its end. */
  async #reported(stage, nativeBytes, work) {
    const { onEvent } = this.hooks;
    const { name, runs, epochs } = stage;
    onEvent?.({ event: "stage begins", stage: name, restarts: runs, epochs, nativeBytes, at: Date.now() });
    try {
      const outcome = await work();
      const { objectives, failures } = outcome;
      onEvent?.({ event: "stage ends", epochs: outcome.epochs, objectives, failures, at: Date.now() });
      return outcome;
    } catch (error) {
      onEvent?.({ event: "stage ends", error: causeMessage(error), at: Date.now() });
      throw error;
    }
  }
  /**
   * Restores an interrupted stage, and writes a checkpoint immediately, so that an unwritable folder is an error now
   * and not later.
   */
  async #start(trainer) {
    const interrupted = this.#interrupted;
    this.#interrupted = void 0;
    if (interrupted?.stage === trainer.stage.name) {
      const { parameters, moments: moments2 } = trainer.state;
      if (interrupted.state.parameters.length !== parameters.length || interrupted.state.moments.length !== moments2.length) {
        throw new InputError("damaged-file", "The checkpoint does not fit this version; remove it to start again.");
      }
      trainer.restore(interrupted.state);
    } else if (trainer.stage.initialCounts) {
      await trainer.scoreInitial();
    }
    await this.#save(trainer);
  }
  async #train(trainer) {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = this.hooks;
    const { stepsPerEpoch } = trainer.stage;
    const report = progressReporter(trainer, this.#stages, onProgress);
    while (!trainer.finished) {
      const done = await trainer.epoch(signal, onProgress && report);
      if (done) {
        onEvent?.({ event: "epoch", steps: stepsPerEpoch, seconds: done.seconds });
        await this.#journal?.append(done);
      }
      if (done === void 0 || signal?.aborted) {
        await this.#save(trainer);
        signal.throwIfAborted();
      }
      report(0);
      if (performance.now() - this.#savedAt > checkpointEvery * 1e3) await this.#save(trainer);
    }
  }
  async #save({ stage, state }) {
    await this.#journal?.save({ finished: this.#finished, running: { stage: stage.name, state } });
    this.#savedAt = performance.now();
  }
};

// src/models/residual-subspaces.ts
var INPUT_NOISE = 0.5;
function residualNames(group) {
  return {
    linear: `linear.g${group}.weight`,
    network: `residual.g${group}`,
    readOut: `readOut.g${group}.weight`,
    readOutBias: `readOut.g${group}.bias`
  };
}
var ResidualSubspaces = class {
  parameters;
  #layout;
  #groups;
  /**
   * Creates the parameters of all groups.
   * @param widthOf returns the width of the hidden layers of a group's N
   */
  constructor(layout, widthOf, runs) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.#groups = layout.groups.map((group, g) => {
      const { members, latents, observation } = group;
      const names = residualNames(g);
      const count2 = members.length;
      const inputs = encoderInputs(observation);
      const otherValues = layout.values - valueCount(observation);
      const zeros = constantValue(0);
      return {
        linear: this.parameters.create(names.linear, [count2, latents, inputs], zeros, "fixed"),
        network: mlpParameters(this.parameters, names.network, {
          groups: count2,
          widths: [inputs, widthOf(group), widthOf(group), latents],
          head: zeros
        }),
        readOut: this.parameters.create(names.readOut, [count2, otherValues, latents], zeros),
        readOutBias: this.parameters.create(names.readOutBias, [count2, otherValues, 1], zeros)
      };
    });
  }
  /**
   * Returns the squared error of the other modalities' columns: the mean over columns and the batch, summed over
   * modalities, `[runs]`. A missing value contributes nothing.
   * @param x per group
   * @param noise on the input of N; default: none
   */
  error(x, noise) {
    const errors = this.#groups.map(({ linear, network, readOut, readOutBias }, g) => {
      const { members } = this.#layout.groups[g];
      const { values, observed, present } = x[g];
      const inputs = (read2) => observed ? concat([read2, broadcastTo(observed, read2.shape)], 2) : read2;
      const z4 = withScope(
        "latents",
        () => add(matmul(linear, inputs(values)), layerNodes(network, inputs(this.#disturbed(x[g], g, noise))))
      );
      const predicted2 = add(matmul(readOut, z4), readOutBias);
      const targets = valuesOfOtherModalities(this.#layout, x, members);
      const difference = sub(predicted2, targets.values);
      const known = targets.observed ? mul(difference, targets.observed) : difference;
      const counted = present ? mul(known, present) : known;
      return mul(sum(mean(square(counted), [3]), [1, 2]), 1 / targets.values.shape[2]);
    });
    return errors.reduce((a, b) => add(a, b));
  }
  #disturbed({ values, observed }, group, noise) {
    if (!noise) return values;
    const { runs } = this.parameters;
    const draws = mul(noise.normal(`residual.g${group}`, [runs, ...values.shape.slice(1)]), INPUT_NOISE);
    return add(values, observed ? mul(draws, observed) : draws);
  }
};

// src/training/residual-stage.ts
var RESTARTS = 4;
var STEPS = 1500;
var STEPS_PER_EPOCH = 20;
var BATCH2 = 128;
var VALIDATION_BATCH2 = 256;
var RATE = 3e-3;
var WARM_UP_EPOCHS2 = 3;
var DECAY3 = 0.3;
var DECAY_AT3 = [0.5, 0.75, 0.9];
var SEED = 8192;
var MIN_UNITS = 8;
function hasRoomForResidual({ modalities }, { hidden }) {
  return modalities.every(({ latents, exogenous }) => freeUnits(hidden, latents + exogenous) >= MIN_UNITS);
}
function residualStage(dataset, config, start, device = CPU) {
  const { split, modalities, ids } = dataset;
  const layout = latentLayout(modalityShapes(dataset));
  const target = targetOf(device);
  const batch = Math.min(BATCH2, config.batch, split.train.length);
  const { tiles, parts } = cutOf(batch, target);
  const validationSteps = Math.ceil(split.validation.length / VALIDATION_BATCH2);
  const validationBatch = Math.floor(split.validation.length / validationSteps);
  const programOf = (runs) => {
    const model2 = new ResidualSubspaces(
      layout,
      ({ latents, exogenous }) => freeUnits(config.hidden, latents + exogenous),
      runs
    );
    const seeds2 = data("seeds", [runs, 2], "int32");
    const errorOf2 = (order2, noise) => model2.error(miniBatches(layout, ids.length, order2, modalities), noise);
    const order = data("order", [1, STEPS_PER_EPOCH * tiles, batch / tiles], "int32");
    const error = errorOf2(order, new PhiloxNoise(seeds2, TRAINING_STREAMS, parts));
    const validated = errorOf2(data("validationOrder", [1, validationSteps, validationBatch], "int32"));
    const compiled2 = compile({
      runs,
      rates: RATE_GROUPS,
      memory: target.memory,
      entries: {
        train: trainedEntry(error, model2.parameters.all, { terms: { error }, tiles }),
        evaluate: { outputs: { error: validated } }
      }
    });
    return { model: model2, compiled: compiled2 };
  };
  const { model, compiled } = programOf(RESTARTS);
  const seeds = Array.from({ length: RESTARTS }, (_, restart) => restartSeed(config.seed, SEED + restart));
  const leaves = groupData(layout, modalities, ids.length);
  leaves.set("seeds", seedWords(seeds));
  leaves.set("validationOrder", split.validation.slice(0, validationSteps * validationBatch));
  const epochs = STEPS / STEPS_PER_EPOCH;
  return {
    name: "residual",
    runs: RESTARTS,
    compiled,
    compiledFor: (runs) => programOf(runs).compiled,
    data: leaves,
    initial: withStart(model.parameters.initialValues(seeds), layout, start),
    initialCounts: true,
    epochs,
    stepsPerEpoch: STEPS_PER_EPOCH,
    plan: (epoch) => {
      const decays = DECAY_AT3.filter((at) => epoch / epochs >= at).length;
      const rate = RATE * DECAY3 ** decays * Math.min(1, (epoch + 1) / WARM_UP_EPOCHS2);
      return { phase: "train", rates: [rate, rate], controls: { sparsityWeight: 0 } };
    },
    order: (epoch) => drawnRows(split.train, STEPS_PER_EPOCH * batch, restartSeed(config.seed, SEED), epoch),
    validation: weightedTerms(validationSteps, { error: 1 })
  };
}
function withStart(initial, layout, start) {
  const widths = start.map(({ fillValues }) => fillValues.length);
  layout.groups.forEach(({ members, latents, observation: { masked } }, g) => {
    const names = residualNames(g);
    const [linear, readOut, bias] = [names.linear, names.readOut, names.readOutBias].map((name) => initial.get(name));
    for (let at = 0; at < RESTARTS * members.length; at++) {
      const m = members[at % members.length];
      const { toLatents, fillValues } = start[m];
      const order = otherModalities(layout, m);
      const weights = start[m].readOut.subMatrixColumn(columnsOf(order, m, widths));
      const otherFills = order.flatMap((other) => start[other].fillValues);
      const inputs = linear.length / (RESTARTS * members.length * latents);
      bias.set(otherFills, at * otherFills.length);
      const marks = masked ? markWeights(toLatents, fillValues) : void 0;
      for (let k = 0; k < latents; k++) {
        const column = toLatents.getColumn(k);
        linear.set([...column, ...marks?.getColumn(k) ?? []], (at * latents + k) * inputs);
        const offset = marks ? 0 : column.reduce((sum2, value, c) => sum2 + fillValues[c] * value, 0);
        weights.getRow(k).forEach((value, c) => {
          readOut[(at * otherFills.length + c) * latents + k] = value;
          bias[at * otherFills.length + c] -= offset * value;
        });
      }
    }
  });
  return initial;
}
function columnsOf(order, modality, widths) {
  const firsts = widths.map(
    (_, m) => widths.reduce((sum2, width, i) => i < m && i !== modality ? sum2 + width : sum2, 0)
  );
  return order.flatMap((m) => Array.from({ length: widths[m] }, (_, c) => firsts[m] + c));
}
function residualLayers(dataset, { parameters }, restart) {
  const { groups, modalities } = latentLayout(modalityShapes(dataset));
  const layers = modalities.map(() => []);
  groups.forEach(({ members }, g) => {
    const { network } = residualNames(g);
    for (let layer2 = 0; parameters.has(`${network}.${layer2}.weight`); layer2++) {
      members.forEach((m, position) => {
        const of = (tensor) => {
          const { shape, values } = parameters.get(`${network}.${layer2}.${tensor}`);
          const size = values.length / shape[0] / members.length;
          const from = (restart * members.length + position) * size;
          return values.slice(from, from + size);
        };
        layers[m].push({ weight: of("weight"), bias: of("bias") });
      });
    }
  });
  return layers;
}

// src/inference/encode-dataset.ts
async function encodeDataset({ modalities, ids }, model, parameters, options) {
  const inference = new Inference(model, 1, parameters, options);
  try {
    const [latents] = await inference.encode(modalities, ids.length);
    return latents;
  } finally {
    await inference.dispose();
  }
}

// src/training/subspace-choice.ts
async function chooseSubspaces(dataset, config, { network, linear, residual }, { signal, ...options }) {
  const model = modelConfig(modalityShapes(dataset), withoutSparsity(config));
  const take = async (choice, parameters) => {
    return { choice, parameters, encoded: await encodeDataset(dataset, model, parameters, options) };
  };
  const { subspaces } = config;
  const sample = linearSample(dataset, dataset.split.train);
  if (subspaces === "linear" || subspaces === "residual") {
    const requested = subspaces === "linear" ? linear : residual;
    if (requested) return take({ chosen: subspaces, ...sample }, requested);
    throw impossible(subspaces);
  }
  if (subspaces !== void 0) return take({ chosen: subspaces }, network);
  if (linear === void 0) return take({ chosen: "network" }, network);
  const rows = measuredRows(dataset, "validation");
  const candidates2 = { network, linear, ...residual && { residual } };
  const { encoded, readings } = await readAll(dataset, rows, model, candidates2, options);
  signal?.throwIfAborted();
  const { chosen: chosen2, compared } = compareSubspaces(dataset, rows, readings);
  return { choice: { chosen: chosen2, ...sample, compared }, parameters: candidates2[chosen2], encoded: encoded[chosen2] };
}
function impossible(subspaces) {
  const wider = subspaces === "linear" ? "" : " plus eight units";
  return new InputError(
    "invalid-setting",
    `training.subspaces: ${subspaces} needs at least two modalities, no column of kind size, training.hidden of at least twice the latents and private noises of each modality${wider}, at least one varying column per latent in the modality and in the other ones together, and at most 1,000 columns in total (at most 100 of each modality count). Leave the setting out.`,
    { setting: "subspaces" }
  );
}
async function readAll(dataset, rows, model, candidates2, options) {
  const { network, linear, residual } = candidates2;
  const models = [network, linear, ...residual ? [residual] : []];
  const inference = new Inference(model, models.length, stackRuns(models), options);
  try {
    const all = dataset.ids.length;
    const encoded = await inference.encode(dataset.modalities, all);
    const measured = Int32Array.from([...rows.train, ...rows.heldOut]);
    const rebuilt = await inference.reconstruct(dataset.modalities, measured);
    const readingOf = (run) => {
      const latents = tableOf2(encoded[run], all);
      const reconstruction = tableOf2(rebuilt[run], measured.length);
      const ofSplit = (subjects, from) => ({
        latents: selectRows(latents, subjects),
        reconstruction: block(reconstruction, 0, reconstruction.columns, from, from + subjects.length)
      });
      return { train: ofSplit(rows.train, 0), heldOut: ofSplit(rows.heldOut, rows.train.length) };
    };
    const perCandidate = (of) => ({
      network: of(0),
      linear: of(1),
      ...residual && { residual: of(2) }
    });
    return { encoded: perCandidate((run) => encoded[run]), readings: perCandidate(readingOf) };
  } finally {
    await inference.dispose();
  }
}
function tableOf2(values, rows) {
  return { values, rows, columns: values.length / rows };
}

// src/training/subspace-stages.ts
function subspaceStages(dataset, config) {
  const decoders = needsDecoders(dataset) ? ["subspace-decoders"] : [];
  switch (config.subspaces) {
    case "correlation":
      return trialEpochs(config) > 0 ? ["encoders", "subspaces"] : ["subspaces"];
    case "linear":
      return [...decoders];
    case "residual":
      return ["residual", ...decoders];
    case "network":
      return ["subspaces"];
    default:
      return ["subspaces", "residual", ...decoders];
  }
}
function needsDecoders({ modalities }) {
  const kinds = new Set(modalities.flatMap(({ columns }) => columns.map(({ kind = "gaussian" }) => kind)));
  return !kinds.has("size") && [...kinds].some((kind) => kind !== "gaussian");
}
async function fitSubspaces(dataset, config, hooks) {
  var _stack = [];
  try {
    const runner = __using(_stack, await StageRunner.open(subspaceStages(dataset, config), dataset, config, hooks), true);
    return (await fitSubspaceStages(dataset, config, runner)).encoded;
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function fitSubspaceStages(dataset, config, runner) {
  const trained = [];
  const run = async (name, make) => {
    const ranked = rankedOutcome(dataset, config, await runner.run(name, make));
    trained.push(ranked);
    return ranked;
  };
  const { subspaces } = config;
  const needsNetwork = subspaces !== "linear" && subspaces !== "residual";
  const network = !needsNetwork ? void 0 : subspaces === "correlation" ? await correlatedEncoders(dataset, config, runner, run) : await jointModel(dataset, config, runner, run);
  const needsStart = subspaces !== "network" && subspaces !== "correlation";
  const rivals = needsStart ? await linearRivals(dataset, config, runner, run) : {};
  return { trained, ...await chooseSubspaces(dataset, config, { network, ...rivals }, runner.hooks) };
}
function rankedOutcome({ split }, config, outcome) {
  const [train, validation] = [split.train.length, split.validation.length];
  const isJointModel = outcome.name === "subspaces" && config.subspaces !== "correlation";
  return isJointModel && train < MANY_SUBJECTS ? scoredByAllSubjects(outcome, { train, validation }) : outcome;
}
async function jointModel(dataset, config, { hooks }, run) {
  const network = await run("subspaces", () => subspaceStage(dataset, config, hooks.device));
  return withoutCrossPrediction(selectRuns(network.parameters, [ranking(network)[0]]));
}
async function correlatedEncoders(dataset, config, { hooks }, run) {
  const { device } = hooks;
  const withInitialHeads = async (stage) => {
    if (hasSeries(dataset)) await initialiseByCca(dataset, config, stage, hooks);
    return stage;
  };
  let winner;
  if (trialEpochs(config) > 0) {
    const trial = await run("encoders", () => withInitialHeads(encoderTrialStage(dataset, config, device)));
    const [best] = ranking(trial);
    winner = { restart: best, parameters: valuesOf(selectRuns(trial.parameters, [best])) };
  }
  const outcome = await run("subspaces", () => {
    const stage = chosenEncoderStage(dataset, config, winner, device);
    return winner ? stage : withInitialHeads(stage);
  });
  return new Map([...outcome.parameters].filter(([name]) => name.startsWith(LATENT_ENCODER)));
}
async function linearRivals(dataset, config, { hooks: { device, signal } }, run) {
  const model = modelConfig(modalityShapes(dataset), withoutSparsity(config));
  const start = await linearStart(dataset, model, signal);
  if (start === void 0) return {};
  const parametersOf = (source = {}) => subspaceParameters(dataset, model, config.seed, { start, signal, ...source });
  const rivals = [await parametersOf()];
  if (config.subspaces !== "linear" && hasRoomForResidual(dataset, config)) {
    const outcome = await run("residual", () => residualStage(dataset, config, start, device));
    rivals.push(await parametersOf({ residual: residualLayers(dataset, outcome, ranking(outcome)[0]) }));
  }
  const [linear, residual] = needsDecoders(dataset) ? await withDecoders(rivals, dataset, config, { device, run }) : rivals;
  return { linear, residual };
}
async function withDecoders(rivals, dataset, config, { device, run }) {
  const { parameters } = await run(
    "subspace-decoders",
    () => subspaceDecoderStage(dataset, config, stackRuns(rivals), device)
  );
  return rivals.map((rival, i) => new Map([...rival, ...selectRuns(parameters, [i])]));
}

// src/training/edge-effects.ts
var MAX_MOVES = 5e4;
var MAX_SUBJECTS2 = 512;
var MIN_SUBJECTS = 16;
function withEffects(graph, config, parameters, latents) {
  if (graph.edges.length === 0) return graph;
  const layout = latentLayout(config.modalities);
  const positions2 = blockPositions(layout, config.shared);
  const mechanisms = new LatentMechanisms(config, parameters);
  const affordable = Math.max(MIN_SUBJECTS, Math.floor(MAX_MOVES / graph.edges.length));
  const rows = Math.min(latents.length / layout.latents, MAX_SUBJECTS2, affordable);
  const subjects = Array.from({ length: rows }, (_, row) => {
    const z4 = new Float64Array(mechanisms.size);
    positions2.forEach((position, at) => z4[position] = latents[row * layout.latents + at]);
    return z4;
  });
  const sds = Array.from({ length: mechanisms.size }, (_, i) => deviation(subjects.map((z4) => z4[i])));
  const placeOf = new Map(graph.nodes.map(({ name }, at) => [name, positions2[at]]));
  const effectOf = (parent, child) => {
    const half = sds[parent] / 2;
    const moves = subjects.map((z4) => {
      const [below, above] = [-half, half].map((by) => {
        const moved = z4.slice();
        moved[parent] += by;
        return mechanisms.moved(child, z4, moved);
      });
      return above - below;
    });
    return moves.reduce((sum2, move) => sum2 + move, 0) / (rows * sds[child]);
  };
  const edges = graph.edges.map((edge) => {
    const [parent, child] = [placeOf.get(edge.from), placeOf.get(edge.to)];
    const effect = sds[parent] > 0 && sds[child] > 0 ? effectOf(parent, child) : NaN;
    return Number.isFinite(effect) ? { ...edge, effect } : edge;
  });
  return { ...graph, edges };
}
function deviation(values) {
  const mean3 = values.reduce((sum2, value) => sum2 + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum2, value) => sum2 + (value - mean3) ** 2, 0) / values.length);
}

// src/training/flip-latents.ts
function flipLatents(config, parameters, turned2) {
  const changed2 = new Map(parameters);
  const negate = (name, place) => {
    const { shape, values } = changed2.get(name);
    const copy = values === parameters.get(name).values ? values.slice() : values;
    negateAt(copy, shape, place);
    changed2.set(name, { shape, values: copy });
  };
  const layout = latentLayout(config.modalities);
  const positions2 = blockPositions(layout, config.shared);
  const { locations } = flowOf(config);
  const inPrior = new Set(positions2.filter((_, latent) => turned2[latent]));
  for (const latent of inPrior) {
    negate("flow.0.weight", [0, void 0, void 0, latent]);
    for (let row = locations.from; row < locations.to; row++) {
      negate("flow.2.weight", [0, latent, row]);
      negate("flow.2.bias", [0, latent, row]);
    }
  }
  layout.groups.forEach((group, g) => {
    group.members.forEach((modality, member) => {
      for (let k = 0; k < group.latents; k++) {
        if (!turned2[layout.offsets[modality] + k]) continue;
        if (config.componentMap > 0) {
          const { rotation, shift, position } = componentMapPlace(layout, modality);
          negate(rotation, [0, position, k]);
          negate(shift, [0, position, k]);
          continue;
        }
        const { name, row } = encoderOf(config, group, { g, groups: layout.groups.length, k });
        const last = lastLayer(parameters, name);
        negate(`${name}.${last}.weight`, [0, member, row]);
        negate(`${name}.${last}.bias`, [0, member, row]);
        negate(`${networkName("decoder", g, layout.groups.length)}.0.weight`, [0, member, void 0, k]);
      }
    });
  });
  return changed2;
}
function encoderOf(config, group, { g, groups, k }) {
  if (!config.latentEncoders) return { name: networkName("encoder", g, groups), row: k };
  const { plain } = latentCounts(group);
  return k < plain ? { name: latentEncoderName(g), row: k } : { name: invariantEncoderName(g), row: k - plain };
}
function lastLayer(parameters, name) {
  let last = 0;
  while (parameters.has(`${name}.${last + 1}.weight`)) last++;
  return last;
}
function negateAt(values, shape, place) {
  const visit = (axis, offset) => {
    if (axis === shape.length) {
      values[offset] = 0 - values[offset];
      return;
    }
    const at = place.at(axis);
    const [from, to] = at === void 0 ? [0, shape[axis]] : [at, at + 1];
    for (let i = from; i < to; i++) visit(axis + 1, offset * shape[axis] + i);
  };
  visit(0, 0);
}

// src/training/filling.ts
var PASSES = [0, 2, 8];
var HIDDEN = 0.2;
var MAX_SUBJECTS3 = 2048;
var HIDE_STREAM = 393216;
async function choosePasses({ modalities, split }, model, parameters, options) {
  if (!modalities.some((modality) => observationOf(modality).masked)) return 0;
  const rows = split.validation.subarray(0, MAX_SUBJECTS3);
  const known = modalities.map((modality) => selectSubjects(modality, valuesPerSubject(modality), rows));
  const hidden = known.map(hide);
  const errors = [];
  for (const filling of PASSES) {
    const inference = new Inference({ ...model, filling }, 1, parameters, options);
    try {
      const [rebuilt] = await inference.reconstruct(hidden, rows.length);
      errors.push(squaredError(known, hidden, rebuilt, rows.length));
    } finally {
      await inference.dispose();
    }
  }
  return PASSES[errors.indexOf(Math.min(...errors))];
}
function hide({ values, observed }, modality) {
  if (!observed) return { values };
  const draws = uniforms(seedKey(0), HIDE_STREAM + modality, 0, values.length);
  const remaining = observed.map((mark, at) => draws[at] < HIDDEN ? 0 : mark);
  return { values: values.map((value, at) => value * remaining[at]), observed: remaining };
}
function squaredError(known, hidden, rebuilt, rows) {
  let sum2 = 0;
  let first = 0;
  const width = rebuilt.length / rows;
  known.forEach(({ values, observed }, m) => {
    const columns = values.length / rows;
    for (let at = 0; observed && at < values.length; at++) {
      if (observed[at] === 0 || hidden[m].observed?.[at] === 1) continue;
      const row = Math.floor(at / columns);
      sum2 += (values[at] - rebuilt[row * width + first + (at - row * columns)]) ** 2;
    }
    first += columns;
  });
  return sum2;
}

// src/models/components.ts
var ComponentModel = class {
  parameters;
  prior;
  map;
  #layout;
  #shared;
  constructor(layout, config, runs) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.prior = new LatentPrior(this.parameters, blockLayout(layout, config.shared), config);
    this.map = new ComponentMap(this.parameters, layout, config.componentMap, config.bends);
    this.#shared = config.shared && new SharedBlock(this.parameters, layout, config.shared);
  }
  /**
   * Returns the latents of the modalities; copies of a shared latent are equal.
   * @param u whitened subspaces, `[runs or 1, D, batch]`
   * @returns z `[runs, D, batch]`; edges `[runs, D, D]`, which are gates as 0 or 1, or strengths of a model without
   *   gates; open `[runs]`, the number of the prior's open gates
   */
  read(u, noise) {
    const { z: z4 } = this.#components(u);
    const gates = this.prior.gates("hard", noise);
    const edges = this.prior.isGated ? gates : this.prior.strengths(z4, this.prior.condition(z4, gates));
    const open = sum(gates, [1, 2]);
    if (!this.#shared) return { z: z4, edges, open };
    return { z: this.#shared.untie(z4), edges: this.#shared.untieEdges(edges), open };
  }
  /**
   * Returns log p(u) = Σ log p(zᵢ | gated parents) + Σₘ log|det ∂hₘ/∂u|, exact.
   * @param u whitened subspaces, `[runs or 1, D, batch]`
   * @param present 1 for modalities that a subject has, `[1, modalities, batch]`. Only their density counts; imputed
   *   modalities are only parents. Default: all present
   * @returns gates `[runs, D, D]` and the log-likelihood per subject, `[runs, batch]`
   */
  logLikelihood(u, mode, noise, present) {
    const { z: z4, logAbsDet: logAbsDet2 } = this.#components(u, present);
    const gates = this.prior.gates(mode, noise);
    const conditioned = this.prior.condition(z4, gates);
    const counted = present && perLatent(this.#layout, present);
    return { gates, logLikelihood: add(this.prior.logDensity(z4, conditioned, counted), logAbsDet2) };
  }
  /** Returns the latents of the blocks, and the term that turns their log density into that of u. */
  #components(u, present) {
    const mapped2 = this.map.apply(u, present);
    if (!this.#shared) return mapped2;
    const { z: z4, logDensity } = this.#shared.tie(mapped2.z);
    return { z: z4, logAbsDet: add(mapped2.logAbsDet, logDensity) };
  }
};

// src/training/presence-table.ts
function presentModalities(present, copies = 1) {
  const subjects = present[0].length;
  const table = new Float32Array(copies * subjects * present.length);
  present.forEach((marks, m) => {
    for (let row = 0; row < copies * subjects; row++) table[row * present.length + m] = marks[row % subjects];
  });
  return table;
}

// src/training/component-stage.ts
var STEPS_PER_EPOCH2 = 20;
var EXPLORE_BATCH = 256;
var EXPLORE_RATE = 5e-3;
var REFIT_RATE = 2e-3;
var PRUNE_RATE = 5e-3;
var DECAY4 = 0.3;
var REFINE_DECAY_AT = [0.5, 0.75, 0.9];
var REFIT_DECAY_AT = [0.4, 0.7, 0.9];
var RAMP = 0.5;
var FIRST_SEED = 1024;
function componentEpochs(config) {
  const epochs = (share) => Math.max(1, Math.round(share * config.componentSteps / STEPS_PER_EPOCH2));
  return { explore: epochs(0.2), refine: epochs(0.6), refit: usesGates(config.sparsity) ? epochs(0.2) : 0 };
}
function explorationStage(subspaces, config, device = CPU) {
  const { explore } = componentEpochs(config);
  const restarts = Array.from({ length: config.componentRestarts }, (_, restart) => restart);
  const batch = Math.min(config.batch, EXPLORE_BATCH);
  const { stage, drawInitial } = componentStage(subspaces, { ...config, batch }, restarts, {
    phases: ["explore"],
    device
  });
  return {
    ...stage,
    name: "exploration",
    initial: drawInitial(),
    epochs: explore,
    plan: (epoch) => ({
      phase: "explore",
      // The first epoch has half the learning rate.
      rates: rates(EXPLORE_RATE * (epoch === 0 ? 0.5 : 1)),
      controls: { sparsityWeight: config.sparsity.weight * Math.min(1, epoch / explore / RAMP) }
    }),
    selectionStart: Math.min(explore - 1, Math.ceil(RAMP * explore))
  };
}
function refinementStage(subspaces, config, restarts, initial, device = CPU) {
  const { refine, refit: refit2 } = componentEpochs(config);
  const phases2 = refit2 > 0 ? ["refine", "refit"] : ["refine"];
  const { stage } = componentStage(subspaces, config, restarts, { phases: phases2, device });
  return {
    ...stage,
    name: "components",
    initial,
    epochs: refine + refit2,
    plan: (epoch) => epoch < refine ? {
      phase: "refine",
      rates: rates(EXPLORE_RATE * decayed(epoch / refine, REFINE_DECAY_AT)),
      controls: { sparsityWeight: config.sparsity.weight }
    } : {
      phase: "refit",
      rates: rates(REFIT_RATE * decayed((epoch - refine) / refit2, REFIT_DECAY_AT)),
      controls: { sparsityWeight: 0 }
    }
  };
}
function pruningStage(subspaces, config, initial, device = CPU) {
  const candidates2 = initial.get(LATENT_GATES).length / blockLayout(latentLayout(subspaces.modalities), subspaces.shared).latents ** 2;
  const epochs = Math.max(1, Math.round(0.2 * config.componentSteps / STEPS_PER_EPOCH2));
  const runs = Array.from({ length: candidates2 }, (_, run) => run);
  const { stage } = componentStage(subspaces, config, runs, { phases: ["refit"], device });
  return {
    ...stage,
    name: "pruning",
    initial,
    epochs,
    plan: (epoch) => ({
      phase: "refit",
      rates: rates(PRUNE_RATE * decayed(epoch / epochs, REFIT_DECAY_AT)),
      controls: { sparsityWeight: 0 }
    })
  };
}
function rates(rate) {
  return [rate, GATE_RATE * rate];
}
function decayed(done, at) {
  return DECAY4 ** at.filter((from) => done >= from).length;
}
function componentStage({ modalities, values, copies = 1, present, split, shared, bends }, config, restarts, { phases: phases2, device }) {
  const { sparsity } = config;
  const layout = latentLayout(modalities);
  const rows = values.length / layout.latents;
  const withDraws2 = (subjects) => copies === 1 ? subjects : subjects.map((row, i) => row + rows / copies * (i % copies));
  const batch = Math.min(config.batch, split.train.length);
  const validationSteps = Math.ceil(split.validation.length / config.batch);
  const validationBatch = Math.floor(split.validation.length / validationSteps);
  const target = targetOf(device);
  const { tiles, parts } = cutOf(batch, target);
  const programOf = (runs2) => {
    const gated = { ...config, ...sparsity, gates: usesGates(sparsity), shared, bends };
    const model2 = new ComponentModel(layout, gated, runs2);
    const u = data("u", [rows, layout.latents]);
    const presentAt = (index) => present && gather(data("present", [rows, modalities.length]), index);
    const seedLeaf = data("seeds", [runs2, 2], "int32");
    const order = data("order", [1, STEPS_PER_EPOCH2 * tiles, batch / tiles], "int32");
    const validationOrder = data("validationOrder", [1, validationSteps, validationBatch], "int32");
    const entries = {};
    for (const phase of phases2) {
      const noise2 = new PhiloxNoise(seedLeaf, TRAINING_STREAMS, parts);
      const batchOf = { u: gather(u, order), present: presentAt(order) };
      entries[phase] = trainingEntry(model2, phase, batchOf, noise2, config, tiles);
    }
    const noise = new PhiloxNoise(seedLeaf, EVALUATION_STREAMS);
    const { gates, logLikelihood } = model2.logLikelihood(
      gather(u, validationOrder),
      "hard",
      noise,
      presentAt(validationOrder)
    );
    entries["evaluate"] = {
      outputs: {
        likelihood: neg(mean(logLikelihood, [1])),
        gates: model2.prior.price(gates, sparsity.withinWeight)
      }
    };
    return { model: model2, compiled: compile({ runs: runs2, rates: RATE_GROUPS, memory: target.memory, entries }) };
  };
  const runs = restarts.length;
  const { model, compiled } = programOf(runs);
  const weights = { likelihood: 1, gates: sparsity.weight };
  const seeds = restarts.map((restart) => restartSeed(config.seed, FIRST_SEED + restart));
  const stage = {
    runs,
    compiled,
    compiledFor: (count2) => programOf(count2).compiled,
    data: new Map([
      ["u", values],
      ...present ? [["present", presentModalities(present, copies)]] : [],
      ["seeds", seedWords(seeds)],
      ["validationOrder", withDraws2(split.validation.slice(0, validationSteps * validationBatch))]
    ]),
    stepsPerEpoch: STEPS_PER_EPOCH2,
    order: (epoch) => withDraws2(drawnRows(split.train, STEPS_PER_EPOCH2 * batch, restartSeed(config.seed, FIRST_SEED), epoch)),
    validation: weightedTerms(validationSteps, weights)
  };
  return { stage, drawInitial: () => model.parameters.initialValues(seeds) };
}
function trainingEntry(model, phase, { u, present }, noise, { sparsity }, tiles) {
  const isFixed = phase === "refit";
  const { logLikelihood } = model.logLikelihood(u, isFixed ? "hard" : "sampled", noise, present);
  const likelihood = neg(mean(logLikelihood, [1]));
  const trained = model.parameters.all.filter(({ rate }) => rate !== "fixed" && !(rate === "gates" && isFixed));
  if (!usesGates(sparsity) || isFixed) return trainedEntry(likelihood, trained, { terms: { likelihood }, tiles });
  const gates = model.prior.gatePenalty(sparsity.withinWeight);
  const loss = add(likelihood, mul(gates, control("sparsityWeight", [model.parameters.runs])));
  return trainedEntry(loss, trained, { terms: { likelihood, gates }, tiles });
}

// src/training/missing-stage.ts
var STEPS2 = 4 / 3;
var BATCH3 = 256;
var RATE2 = 3e-3;
var DECAY5 = 0.3;
var DECAY_AT4 = [0.5, 0.75, 0.9];
var SEED2 = 4096;
function missingLatents(modalities, { hidden, components }) {
  return new MissingLatents(latentLayout(modalities), { hidden, components }, 1);
}
function missingStage(name, latents, config, device = CPU) {
  const { modalities, values, present, split } = latents;
  const layout = latentLayout(modalities);
  const model = missingLatents(modalities, config);
  const rows = values.length / layout.latents;
  const batch = Math.min(BATCH3, split.train.length);
  const target = targetOf(device);
  const { tiles, parts } = cutOf(batch, target);
  const validationSteps = Math.ceil(split.validation.length / BATCH3);
  const validationBatch = Math.floor(split.validation.length / validationSteps);
  const seedLeaf = data("seeds", [1, 2], "int32");
  const lossOf = (order2, noise) => {
    const known = present && gather(data("present", [rows, modalities.length]), order2);
    return model.loss(gather(data("z", [rows, layout.latents]), order2), noise, known);
  };
  const order = data("order", [1, STEPS_PER_EPOCH2 * tiles, batch / tiles], "int32");
  const validationOrder = data("validationOrder", [1, validationSteps, validationBatch], "int32");
  const trained = model.parameters.all.filter(({ rate }) => rate !== "fixed");
  const likelihood = lossOf(order, new PhiloxNoise(seedLeaf, TRAINING_STREAMS, parts));
  const compiled = compile({
    runs: 1,
    rates: RATE_GROUPS,
    memory: target.memory,
    entries: {
      train: trainedEntry(likelihood, trained, { terms: { likelihood }, tiles }),
      evaluate: { outputs: { likelihood: lossOf(validationOrder, new PhiloxNoise(seedLeaf, EVALUATION_STREAMS)) } }
    }
  });
  const seed = restartSeed(config.seed, SEED2);
  const maxSteps = config.epochs * (config.passes ?? 1) * stepsOf(split.train.length, config.batch);
  const epochs = Math.max(1, Math.round(Math.min(STEPS2 * config.componentSteps, maxSteps) / STEPS_PER_EPOCH2));
  const leaves = /* @__PURE__ */ new Map([
    ["z", values],
    ["seeds", seedWords([seed])],
    ["validationOrder", split.validation.slice(0, validationSteps * validationBatch)]
  ]);
  if (present) leaves.set("present", presentModalities(present));
  const { centre, scale } = standardisation(latents, layout);
  return {
    name,
    runs: 1,
    compiled,
    data: leaves,
    initial: new Map([...model.parameters.initialValues([seed]), [MISSING_CENTRE, centre], [MISSING_SCALE, scale]]),
    epochs,
    stepsPerEpoch: STEPS_PER_EPOCH2,
    plan: (epoch) => {
      const rate = RATE2 * DECAY5 ** DECAY_AT4.filter((at) => epoch / epochs >= at).length;
      return { phase: "train", rates: [rate, rate], controls: { sparsityWeight: 0 } };
    },
    order: (epoch) => drawnRows(split.train, STEPS_PER_EPOCH2 * batch, seed, epoch),
    validation: weightedTerms(validationSteps, { likelihood: 1 })
  };
}
function standardisation({ values, present, split }, { latents, modalityOf }) {
  const centre = new Float32Array(latents);
  const scale = new Float32Array(latents).fill(1);
  for (let i = 0; i < latents; i++) {
    const rows = split.train.filter((row) => present?.[modalityOf[i]][row] !== 0);
    const mean3 = rows.reduce((sum2, row) => sum2 + values[row * latents + i], 0) / rows.length;
    const variance = rows.reduce((sum2, row) => sum2 + (values[row * latents + i] - mean3) ** 2, 0) / rows.length;
    if (rows.length > 0) centre[i] = mean3;
    if (variance > 0) scale[i] = Math.sqrt(variance);
  }
  return { centre, scale };
}

// src/training/orientation.ts
var MAX_SUBJECTS4 = 4096;
var MAX_VALUES = 2e7;
var MIN_SUBJECTS2 = 200;
var MAX_RANKED = 64;
function orientationRows({ split, modalities }) {
  const columns = modalities.reduce((sum2, modality) => sum2 + modality.columns.length, 0);
  const affordable = Math.max(MIN_SUBJECTS2, Math.ceil(MAX_VALUES / columns));
  return spreadOver(split.train, Math.min(MAX_SUBJECTS4, affordable));
}
function orientationOf(dataset, { modalities: shapes, shared }, rows, latents) {
  const layout = latentLayout(shapes);
  const positions2 = blockPositions(layout, shared);
  const ranked = dataset.modalities.map((modality, m) => {
    const present = presenceOf(modality);
    return Array.from({ length: shapes[m].latents }, (_, k) => {
      const at = layout.offsets[m] + k;
      return knownRanks(
        Float64Array.from(rows, (row, i) => present[row] === 1 ? latents[i * layout.latents + at] : NaN)
      );
    });
  });
  const best = /* @__PURE__ */ new Map();
  dataset.modalities.forEach((modality, m) => {
    const table = channelMeans(modality, rows);
    const spreads = spreadsOf(table);
    const ranks = /* @__PURE__ */ new Map();
    for (const [k, latent] of ranked[m].entries()) {
      const position = positions2[layout.offsets[m] + k];
      for (const c of candidates(table, spreads, latent)) {
        const ranksOfColumn = ranks.get(c) ?? knownRanks(columnOf2(table, c));
        ranks.set(c, ranksOfColumn);
        const correlation = rankCorrelation(ranksOfColumn, latent);
        const known = Math.abs(best.get(position)?.correlation ?? 0);
        if (Math.abs(correlation) <= known) continue;
        best.set(position, { modality: modality.name, column: table.columns[c].name, correlation });
      }
    }
  });
  const orientation = [];
  const turned2 = positions2.map((position, at) => {
    const match = best.get(position);
    if (!match) return false;
    const m = layout.modalityOf[at];
    const latent = `${shapes[m].name}.z${at - layout.offsets[m] + 1}`;
    orientation.push({ latent, ...match, correlation: Math.min(1, Math.abs(match.correlation)) });
    return match.correlation < 0;
  });
  return { orientation, turned: turned2 };
}
function candidates(table, spreads, { ranks }) {
  const { columns, values } = table;
  const measured = [...columns.keys()].filter((c) => !isSize(columns[c].kind));
  if (measured.length <= MAX_RANKED) return measured;
  const width = columns.length;
  const product2 = new Float64Array(width);
  ranks.forEach((rank, row) => {
    if (!Number.isNaN(rank)) for (let c = 0; c < width; c++) product2[c] += rank * values[row * width + c];
  });
  const score = product2.map((sum2, c) => spreads[c] > 0 ? Math.abs(sum2) / spreads[c] : 0);
  const strongest = measured.sort((a, b) => score[b] - score[a] || a - b).slice(0, MAX_RANKED);
  return strongest.sort((a, b) => a - b);
}
function spreadsOf({ columns: { length: width }, values, observed }) {
  const [sum2, square2, count2] = Array.from({ length: 3 }, () => new Float64Array(width));
  for (let at = 0; at < values.length; at++) {
    if (observed?.[at] === 0) continue;
    const c = at % width;
    sum2[c] += values[at];
    square2[c] += values[at] ** 2;
    count2[c]++;
  }
  return square2.map((squares2, c) => Math.sqrt(Math.max(0, squares2 - sum2[c] ** 2 / Math.max(1, count2[c]))));
}
function columnOf2({ columns: { length: width }, values, observed }, c) {
  return Float64Array.from({ length: values.length / width }, (_, row) => {
    const at = row * width + c;
    return observed?.[at] === 0 ? NaN : values[at];
  });
}

// src/training/reading.ts
function latentAgreement(readings, chosen2, layout) {
  const others = readings.filter((reading, restart) => reading.alive && restart !== chosen2);
  if (others.length === 0) return new Array(layout.latents).fill(1);
  const samples = (values) => ({
    values,
    rows: values.length / layout.latents,
    columns: layout.latents
  });
  const reference = samples(readings[chosen2].latents);
  const shape = { modalities: layout.modalities.map((m) => m.latents) };
  const sums = new Array(layout.latents).fill(0);
  for (const { latents } of others) {
    const { perLatent: perLatent2 } = meanCorrelation(reference, samples(latents), shape).spearman;
    perLatent2.forEach((value, i) => sums[i] += value);
  }
  return sums.map((sum2) => sum2 / others.length);
}

// src/training/alignment.ts
import { CholeskyDecomposition as CholeskyDecomposition2, EigenvalueDecomposition as EigenvalueDecomposition2, inverse as inverse4, Matrix as Matrix7 } from "ml-matrix";
var MAX_ROWS = 2e3;
var RIDGE3 = 1e-3;
async function alignShared({ modalities, values, split, shared }, runs, initial, signal) {
  if (!shared) return;
  const layout = latentLayout(modalities);
  const stride = Math.max(1, Math.floor(split.train.length / MAX_ROWS));
  const rows = split.train.filter((_, i) => i % stride === 0);
  const groups = mapGroups(layout);
  for (let run = 0; run < runs; run++) {
    await nextTurn();
    signal?.throwIfAborted();
    const maps = shared.modalities.map((modality) => {
      const group = groups.find((candidate) => candidate.members.includes(modality));
      const { latents: d, members } = group;
      const mapOf = (name) => {
        const all = initial.get(mapParameter(group, name));
        const size = all.length / runs / members.length;
        const start = (run * members.length + members.indexOf(modality)) * size;
        return all.subarray(start, start + size);
      };
      const width = mapOf("innerBias").length;
      const features = Matrix7.zeros(rows.length, d + width);
      const [inner, bias] = [mapOf("inner"), mapOf("innerBias")];
      rows.forEach((row, i) => {
        const first = row * layout.latents + layout.offsets[modality];
        for (let j = 0; j < d; j++) features.set(i, j, values[first + j]);
        for (let w = 0; w < width; w++) {
          let sum2 = bias[w];
          for (let j = 0; j < d; j++) sum2 += inner[w * d + j] * values[first + j];
          features.set(i, d + w, Math.tanh(sum2));
        }
      });
      const means = features.mean("column");
      features.center("column", { center: means });
      return { d, width, features, means, mapOf };
    });
    const weights = canonicalWeights(
      maps.map(({ features }) => features),
      shared.latents
    );
    maps.forEach(({ d, width, means, mapOf }, m) => {
      const linear = weights[m].subMatrix(0, d - 1, 0, shared.latents - 1).transpose();
      const curved = weights[m].subMatrix(d, d + width - 1, 0, shared.latents - 1).transpose();
      const centre = weights[m].transpose().mmul(Matrix7.columnVector(means)).to1DArray();
      mapOf("rotation").set(linear.to1DArray(), (d - shared.latents) * d);
      mapOf("shift").set(
        centre.map((value) => -value),
        d - shared.latents
      );
      mapOf("outer").set(
        linear.transpose().mmul(inverse4(linear.mmul(linear.transpose()))).mmul(curved).to1DArray()
      );
    });
  }
}
function canonicalWeights(blocks, count2) {
  const sizes = blocks.map((block2) => block2.columns);
  const total2 = sizes.reduce((a, b) => a + b, 0);
  const whiteners = blocks.map((block2) => {
    const covariance = block2.transpose().mmul(block2).div(block2.rows);
    for (let j = 0; j < block2.columns; j++) covariance.set(j, j, covariance.get(j, j) * (1 + RIDGE3) + 1e-8);
    return inverse4(new CholeskyDecomposition2(covariance).lowerTriangularMatrix).transpose();
  });
  const white = blocks.map((block2, b) => block2.mmul(whiteners[b]));
  const joint = Matrix7.zeros(white[0].rows, total2);
  let first = 0;
  for (const block2 of white) {
    joint.setSubMatrix(block2, 0, first);
    first += block2.columns;
  }
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition2(
    joint.transpose().mmul(joint).div(joint.rows),
    { assumeSymmetric: true }
  );
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const top = eigenvectorMatrix.subMatrixColumn(order.slice(0, count2));
  let start = 0;
  return blocks.map((block2, b) => {
    const weights = whiteners[b].mmul(top.subMatrix(start, start + sizes[b] - 1, 0, count2 - 1));
    start += sizes[b];
    const variates = block2.mmul(weights);
    const scales = Array.from(
      { length: count2 },
      (_, j) => 1 / Math.sqrt(variates.getColumnVector(j).norm() ** 2 / block2.rows)
    );
    return weights.mmul(Matrix7.diag(scales));
  });
}

// src/training/component-reading.ts
var MAX_SCORED = 4096;
var noNoise = { normal: unreachable, uniform: unreachable };
async function readComponents({ modalities, values, copies = 1, present, shared, split }, config, { parameters, objectives }, rows, options) {
  const layout = latentLayout(modalities);
  const width = layout.latents;
  const gated = usesGates(config.sparsity);
  const settings = { ...config, ...config.sparsity, gates: gated, shared };
  const model = new ComponentModel(layout, settings, objectives.length);
  const order = data("order", [1, 1, rows.length], "int32");
  const u = data("u", [values.length / width, width]);
  const { z: z4, edges, open } = model.read(gather(u, order), noNoise);
  const scored = split.validation.subarray(0, MAX_SCORED);
  const scoredOrder = data("scored", [1, 1, scored.length], "int32");
  const known = present && gather(data("present", [values.length / width, modalities.length]), scoredOrder);
  const { logLikelihood } = model.logLikelihood(gather(u, scoredOrder), "hard", noNoise, known);
  const compiled = compile({
    runs: objectives.length,
    entries: { read: { outputs: { z: z4, edges, open } }, score: { outputs: { logLikelihood } } }
  });
  const program = Program.load(compiled, options);
  try {
    program.set("data", "u", values);
    if (present) program.set("data", "present", presentModalities(present, copies));
    program.set("data", "order", rows);
    program.set("data", "scored", scored);
    for (const name of Object.keys(compiled.parameters)) program.set("parameters", name, parameters.get(name).values);
    const { results } = await program.run("read");
    const { results: scores } = await program.run("score");
    const { outputs } = compiled.entries["read"];
    return objectives.map((objective2, run) => {
      const latents = new Float32Array(rows.length * width);
      for (let i = 0; i < width; i++) {
        const first = outputs["z"].offset + (run * width + i) * rows.length;
        for (let row = 0; row < rows.length; row++) latents[row * width + i] = results[first + row];
      }
      const at = outputs["edges"].offset + run * width * width;
      return {
        latents,
        edges: results.slice(at, at + width * width),
        alive: objective2 !== null,
        openGates: gated ? results[outputs["open"].offset + run] : 0,
        logLikelihood: scores.slice(run * scored.length, (run + 1) * scored.length)
      };
    });
  } finally {
    await program.dispose();
  }
}
function unreachable() {
  throw new TypeError("hard gates draw no noise");
}

// src/training/determination.ts
var SAME = 0.98;
var EQUAL_NATS = 0.01;
var EQUAL_STANDARD_ERRORS = 2;
function determination(readings, chosen2, layout) {
  const best = readings[chosen2];
  const living = readings.filter(({ alive }) => alive);
  const equals = living.filter((reading) => reading === best || isEqual(reading, best));
  const columns = layout.latents;
  const samples = ({ latents }) => ({ values: latents, rows: latents.length / columns, columns });
  const shape = { modalities: layout.modalities.map((m) => m.latents) };
  const agreement = new Array(columns).fill(1);
  for (const reading of equals) {
    if (reading === best) continue;
    const { perLatent: perLatent2 } = meanCorrelation(samples(best), samples(reading), shape).spearman;
    perLatent2.forEach((value, i) => agreement[i] = Math.min(agreement[i], value));
  }
  return {
    restarts: living.length,
    equals: equals.length,
    agreement,
    determined: agreement.map((value) => value >= SAME)
  };
}
function isEqual(reading, best) {
  if (reading.openGates > best.openGates) return false;
  const differences = best.logLikelihood.map((value, i) => value - reading.logLikelihood[i]);
  const mean3 = differences.reduce((sum2, value) => sum2 + value, 0) / differences.length;
  const square2 = differences.reduce((sum2, value) => sum2 + (value - mean3) ** 2, 0);
  if (differences.length === 1) return true;
  const standardError2 = Math.sqrt(square2 / (differences.length - 1) / differences.length);
  return mean3 <= Math.max(EQUAL_NATS, EQUAL_STANDARD_ERRORS * standardError2);
}

// src/training/graph-moves.ts
var CERTAIN = 10;
var MAX_NEIGHBOURS = 128;
function neighbours(parameters, layout, sparsity) {
  const d = layout.latents;
  const logits = parameters.get(LATENT_GATES).values;
  const allowed = parameters.get(ALLOWED_EDGES)?.values ?? allowedEdges(layout, sparsity);
  const edges = Uint8Array.from(logits, (logit, at) => allowed[at] > 0 && readsOpen(logit) ? 1 : 0);
  const open = [...edges.keys()].filter((at) => edges[at] === 1);
  const graphs = [edges, ...open.map((at) => changed(edges, [[at, 0]])), ...turned(edges, open, layout, sparsity)];
  const candidates2 = selectRuns(
    parameters,
    graphs.map(() => 0)
  );
  const gates = candidates2.get(LATENT_GATES).values;
  const orders = candidates2.get(ALLOWED_EDGES)?.values;
  graphs.forEach((graph, candidate) => {
    const first = candidate * d * d;
    graph.forEach((isOpen, at) => {
      if (isOpen !== edges[at]) gates[first + at] = isOpen === 1 ? CERTAIN : -CERTAIN;
    });
    if (graph !== edges) orders?.set(graph, first);
  });
  return candidates2;
}
function setsToTrain(sets) {
  let total2 = 0;
  const end = sets.findIndex((set, i) => (total2 += runsOf(set)) > MAX_NEIGHBOURS && i > 0);
  return end < 0 ? sets : sets.slice(0, end);
}
function turned(edges, open, layout, sparsity) {
  const { graph } = sparsity;
  if (graph === "ordered") return [];
  const d = layout.latents;
  const possible = allowedEdges(layout, sparsity);
  return open.map((at) => ({ at, back: at % d * d + Math.floor(at / d) })).filter(({ back }) => edges[back] === 0 && possible[back] > 0).map(
    ({ at, back }) => changed(edges, [
      [at, 0],
      [back, 1]
    ])
  ).filter((candidate) => graph === "cyclic" || isAcyclic(candidate, d));
}
function changed(edges, changes) {
  const copy = edges.slice();
  for (const [at, open] of changes) copy[at] = open;
  return copy;
}
function isAcyclic(edges, d) {
  let remaining = Array.from({ length: d }, (_, i) => i);
  for (; ; ) {
    const caused = remaining.filter((child) => remaining.some((parent) => edges[child * d + parent] === 1));
    if (caused.length === 0) return true;
    if (caused.length === remaining.length) return false;
    remaining = caused;
  }
}

// src/training/whitening.ts
import { EigenvalueDecomposition as EigenvalueDecomposition3, inverse as inverse5, Matrix as Matrix8 } from "ml-matrix";
var MIN_VARIANCE4 = 1e-6;
function whiten(values, layout, subjects, present, into = new Float32Array(values.length)) {
  const width = layout.latents;
  const whitenings = layout.modalities.map(({ latents: d, observation }, modality) => {
    const first = layout.offsets[modality];
    const rows = present ? subjects.filter((row) => present[modality][row] === 1) : subjects;
    const at = (row, i) => values[row * width + first + i];
    const centre = Array.from({ length: d }, (_, i) => rows.reduce((sum2, row) => sum2 + at(row, i), 0) / rows.length);
    const covariance = Matrix8.zeros(d, d);
    for (const row of rows) {
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) {
          covariance.set(i, j, covariance.get(i, j) + (at(row, i) - centre[i]) * (at(row, j) - centre[j]));
        }
      }
    }
    covariance.div(rows.length);
    const { realEigenvalues, eigenvectorMatrix } = observation.shiftInvariant === void 0 ? new EigenvalueDecomposition3(covariance, { assumeSymmetric: true }) : { realEigenvalues: covariance.diag(), eigenvectorMatrix: Matrix8.eye(d) };
    const minVariance = Math.max(MIN_VARIANCE4 * Math.max(...realEigenvalues), Number.MIN_VALUE);
    const scales = realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(value, minVariance)));
    const matrix = Matrix8.diag(scales).mmul(eigenvectorMatrix.transpose());
    const centred2 = new Float64Array(d);
    for (let row = 0; row < values.length / width; row++) {
      for (let j = 0; j < d; j++) centred2[j] = at(row, j) - centre[j];
      for (let i = 0; i < d; i++) {
        let u = 0;
        for (let j = 0; j < d; j++) u += matrix.get(i, j) * centred2[j];
        into[row * width + first + i] = u;
      }
    }
    return { centre, matrix };
  });
  return { values: into, whitenings };
}
function foldWhitening(parameters, layout, whitenings) {
  const folded = new Map(parameters);
  for (const group of mapGroups(layout)) {
    const { latents, members } = group;
    const of = (name) => {
      const { shape, values } = parameters.get(mapParameter(group, name));
      const copy = values.slice();
      folded.set(mapParameter(group, name), { shape, values: copy });
      return copy;
    };
    const [inner, innerBias, outer, rotation, shift] = ["inner", "innerBias", "outer", "rotation", "shift"].map(of);
    members.forEach((modality, position) => {
      const { centre, matrix } = whitenings[modality];
      const moved = matrix.mmul(Matrix8.columnVector([...centre]));
      const replace2 = (all, change, columns) => {
        const size = all.length / members.length;
        const place = all.subarray(position * size, (position + 1) * size);
        place.set(change(Matrix8.from1DArray(size / columns, columns, place)).to1DArray());
      };
      const matrixOf = (all) => {
        const size = all.length / members.length;
        return Matrix8.from1DArray(size / latents, latents, all.subarray(position * size, (position + 1) * size));
      };
      const width = outer.length / members.length / latents;
      const innerMoved = matrixOf(inner).mmul(moved);
      const rotationMoved = matrixOf(rotation).mmul(moved);
      replace2(innerBias, (old) => old.sub(innerMoved), 1);
      replace2(shift, (old) => old.sub(rotationMoved), 1);
      replace2(inner, (old) => old.mmul(matrix), latents);
      replace2(rotation, (old) => old.mmul(matrix), latents);
      replace2(outer, (old) => inverse5(matrix).mmul(old), width);
    });
  }
  return folded;
}

// src/training/two-stage.ts
var REFINED_SHARE = 1 / 4;
var DRAWS = 8;
var PRUNED = 4;
function twoStages(dataset, config, absent = false) {
  const { subspaces, decoderEpochs, polish } = config;
  const stages = [
    ...subspaceStages(dataset, config),
    ...absent ? ["imputation"] : [],
    ...componentStages(config)
  ];
  if (subspaces === "linear" || subspaces === "residual") return stages;
  if (subspaces === "correlation") return decoderEpochs === 0 ? stages : [...stages, "decoders"];
  return polish > 0 ? [...stages, "polish"] : stages;
}
function isPruned({ sparsity, pruned = PRUNED }) {
  return usesGates(sparsity) && pruned > 0;
}
function componentStages(config) {
  return ["exploration", "components", ...isPruned(config) ? ["pruning"] : []];
}
async function fitTwoStages(dataset, config, runner, rows, options) {
  const { device } = runner.hooks;
  const wide = dataset.modalities.find(({ latents }) => latents > MAX_DETERMINANT);
  if (wide) {
    throw new InputError(
      "invalid-setting",
      `Modality "${wide.name}" has ${wide.latents} latents; a two-stage fit takes up to ${MAX_DETERMINANT} in each. Use fit: joint, or fewer.`,
      { setting: "fit" }
    );
  }
  const { trained, choice, parameters: joint, encoded: first } = await fitSubspaceStages(dataset, config, runner);
  const modalities = modalityShapes(dataset);
  const encoder = modelConfig(modalities, withoutSparsity(config));
  const correlated = choice.chosen === "correlation";
  const filling = correlated ? 0 : await choosePasses(dataset, encoder, joint, runner.hooks);
  const encoded = filling === 0 ? first : await encodeDataset(dataset, { ...encoder, filling }, joint, runner.hooks);
  const layout = latentLayout(modalities);
  const areLinear = choice.chosen === "linear" || choice.chosen === "residual";
  const { split, shared } = dataset;
  const present = presence(dataset.modalities);
  const { values, whitenings } = whiten(encoded, layout, split.train, present, correlated ? void 0 : encoded);
  const bends = choice.chosen !== "linear" || shared !== void 0;
  const whole = { modalities, values, split, shared, bends };
  const subspaces = present ? await withDraws({ ...whole, present }, config, runner) : whole;
  const components = await fitComponents(subspaces, config, runner);
  const { settled } = components;
  const chosen2 = ranking(settled)[0];
  const mapped2 = foldWhitening(selectRuns(settled.parameters, [chosen2]), layout, whitenings);
  const composed = new Map([...joint, ...mapped2, ...absentParents(new MultimodalModel(encoder, 1))]);
  const stages = [...trained, ...components.stages];
  let parameters = composed;
  if (correlated && config.decoderEpochs !== 0) {
    const decoded = await runner.run(
      "decoders",
      () => decoderStage(dataset, config, encoded, valuesOf(composed), device)
    );
    stages.push(decoded);
    parameters = new Map([...composed, ...decoded.parameters]);
  } else if (config.polish > 0 && !areLinear && !correlated) {
    const polished = await runner.run("polish", () => polishStage(dataset, config, valuesOf(composed), device));
    stages.push(polished);
    parameters = new Map([...composed, ...polished.parameters]);
  }
  const readings = await readComponents(subspaces, config, settled, rows, options);
  const determined = determination(readings, chosen2, layout);
  return {
    parameters,
    componentMap: config.componentMap,
    filling,
    stages,
    readings,
    chosen: chosen2,
    subspaces: choice,
    determination: determined,
    components: subspaces
  };
}
function absentParents({ parameters, config }) {
  const absent = config.absent && parameters.all.find(({ name }) => name === ABSENT_PARENTS);
  return new Map(
    absent ? [[ABSENT_PARENTS, { shape: absent.shape, values: new Float32Array(sizeOf(absent.shape)) }]] : []
  );
}
async function withDraws(subspaces, config, runner) {
  const { modalities } = subspaces;
  const { device } = runner.hooks;
  const { parameters } = await runner.run("imputation", () => missingStage("imputation", subspaces, config, device));
  const sampler = new MissingSampler(latentLayout(modalities), config, parameters, runner.hooks);
  try {
    return { ...subspaces, values: await sampler.draw(subspaces, DRAWS, config.seed), copies: DRAWS };
  } finally {
    await sampler.dispose();
  }
}
async function fitComponents(subspaces, config, runner) {
  const { device } = runner.hooks;
  const explored = await runner.run("exploration", async () => {
    const stage = explorationStage(subspaces, config, device);
    await alignShared(subspaces, config.componentRestarts, stage.initial, runner.hooks.signal);
    return stage;
  });
  const selected = ranking(explored).slice(0, Math.ceil(REFINED_SHARE * config.componentRestarts));
  const refined2 = await runner.run(
    "components",
    () => refinementStage(subspaces, config, selected, valuesOf(selectRuns(explored.parameters, selected)), device)
  );
  if (!isPruned(config)) return { stages: [explored, refined2], settled: refined2 };
  const blocks = blockLayout(latentLayout(subspaces.modalities), subspaces.shared);
  const candidates2 = ranking(refined2).slice(0, config.pruned ?? PRUNED);
  const neighboursOf = (restart) => neighbours(selectRuns(refined2.parameters, [restart]), blocks, config.sparsity);
  const moves = setsToTrain(candidates2.map(neighboursOf));
  const best = candidates2.slice(0, moves.length);
  const pruned = await runner.run("pruning", () => pruningStage(subspaces, config, valuesOf(stackRuns(moves)), device));
  return { stages: [explored, refined2, pruned], settled: settle(refined2, pruned, best, moves.map(runsOf)) };
}
function settle(refined2, pruned, best, counts) {
  const objectives = [...refined2.objectives];
  const sources = objectives.map((_, run) => ({ outcome: refined2, run }));
  let first = 0;
  best.forEach((run, i) => {
    const end = first + counts[i];
    const neighbour = ranking(pruned).find((candidate) => candidate >= first && candidate < end);
    first = end;
    if (neighbour === void 0 || pruned.objectives[neighbour] > objectives[run]) return;
    objectives[run] = pruned.objectives[neighbour];
    sources[run] = { outcome: pruned, run: neighbour };
  });
  const parameters = stackRuns(sources.map(({ outcome, run }) => selectRuns(outcome.parameters, [run])));
  return { objectives, parameters };
}

// src/training/fit.ts
var GRAPH_ROWS = 4096;
var EFFECT_ROWS = 512;
var MIN_COMPLETE = 50;
async function fitModel(dataset, config, hooks = {}) {
  var _stack = [];
  try {
    hooks.signal?.throwIfAborted();
    const started = performance.now();
    const joint = config.fit === "joint";
    const latents = dataset.modalities.reduce((sum2, modality) => sum2 + modality.latents, 0);
    if (config.sparsity.graph === "cyclic" && latents > MAX_DETERMINANT) {
      throw new InputError(
        "invalid-setting",
        `sparsity.graph: cyclic takes up to ${MAX_DETERMINANT} latents in total, but these modalities have ${latents}; use acyclic, or fewer latents.`,
        { setting: "sparsity.graph" }
      );
    }
    const present = presence(dataset.modalities);
    if (present && (config.sparsity.graph === "cyclic" || dataset.shared)) {
      throw new InputError(
        "invalid-setting",
        `${dataset.shared ? "Shared latents need" : "sparsity.graph: cyclic needs"} every modality in every subject; write missing: drop into the study file to fit to the subjects who have all of them.`,
        { setting: dataset.shared ? "shared" : "sparsity.graph" }
      );
    }
    if (joint && dataset.shared) {
      throw new InputError(
        "invalid-setting",
        "Shared latents need fit: two-stage; only its component stage aligns them.",
        { setting: "fit" }
      );
    }
    const { infersMissing = true } = hooks;
    const names = [...joint ? ["joint"] : twoStages(dataset, config, present !== void 0)];
    if (infersMissing) names.push("missing");
    const runner = __using(_stack, await StageRunner.open(names, dataset, config, hooks), true);
    const rows = dataset.split.train.subarray(0, GRAPH_ROWS);
    const fit = joint ? fitJoint : fitTwoStages;
    const fitted = await fit(dataset, config, runner, rows, hooks);
    const { componentMap, filling, readings, chosen: chosen2, subspaces, determination: determination2, components } = fitted;
    hooks.onRestarts?.({ rows, readings, chosen: chosen2 });
    const shape = modelConfig(modalityShapes(dataset), config, componentMap, dataset.shared);
    const model = filling > 0 ? { ...shape, filling } : shape;
    const { parameters: oriented, orientation } = await orient(dataset, model, fitted.parameters, hooks);
    const missing = infersMissing ? await fitMissing(dataset, config, model, oriented, runner) : void 0;
    const parameters = new Map([...oriented, ...missing?.parameters ?? []]);
    const stages = missing ? [...fitted.stages, missing] : fitted.stages;
    const read2 = strengthRows(dataset);
    const [strengths, encoded] = await withInference(model, parameters, hooks, async (inference) => [
      await inference.strengths(dataset.modalities, read2),
      await inference.encode(dataset.modalities, read2.subarray(0, EFFECT_ROWS))
    ]);
    const signless = agreedGraph(model, readings, chosen2, strengths[0]);
    const graph = withEffects(withOrientation(signless, orientation), model, parameters, encoded[0]);
    const agreement = latentAgreement(readings, chosen2, latentLayout(model.modalities));
    const seconds = (performance.now() - started) / 1e3;
    const chosenRestart = { graph, orientation, agreement, subspaces, determination: determination2, components };
    return { model, config, parameters, stages, ...chosenRestart, seconds };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function orient(dataset, model, parameters, options) {
  const rows = orientationRows(dataset);
  const [latents] = await withInference(
    model,
    parameters,
    options,
    (inference) => inference.encode(dataset.modalities, rows)
  );
  const { orientation, turned: turned2 } = orientationOf(dataset, model, rows, latents);
  return { parameters: flipLatents(model, parameters, turned2), orientation };
}
function withOrientation(graph, orientation) {
  const columnOf3 = new Map(orientation.map(({ latent, ...risesWith }) => [latent, risesWith]));
  const nodes = graph.nodes.map((node) => {
    const risesWith = columnOf3.get(node.name);
    return risesWith ? { ...node, risesWith } : node;
  });
  return { ...graph, nodes };
}
async function fitMissing(dataset, config, model, parameters, runner) {
  const { modalities, split } = dataset;
  const values = await encodeDataset(dataset, model, parameters, runner.hooks);
  const known = { modalities: model.modalities, values, present: presence(modalities), split };
  return runner.run("missing", () => missingStage("missing", known, config, runner.hooks.device));
}
async function fitJoint(dataset, config, runner, rows, options) {
  const stage = await runner.run("joint", () => jointStage(dataset, config, options.device));
  const chosen2 = ranking(stage)[0];
  const model = modelConfig(modalityShapes(dataset), config);
  const readings = await withInference(model, stage.parameters, options, async (inference) => {
    const latents = await inference.encode(dataset.modalities, rows);
    const edges = model.gates ? await inference.gates() : await inference.strengths(dataset.modalities, rows);
    return stage.objectives.map((objective2, run) => {
      return { latents: latents[run], edges: edges[run], alive: objective2 !== null };
    });
  });
  const parameters = withoutCrossPrediction(selectRuns(stage.parameters, [chosen2]));
  const filling = await choosePasses(dataset, model, parameters, options);
  return { parameters, componentMap: 0, filling, stages: [stage], readings, chosen: chosen2 };
}
function strengthRows({ modalities, split }) {
  const rows = split.train.subarray(0, GRAPH_ROWS);
  const present = presence(modalities);
  const complete2 = present ? rows.filter((row) => present.every((marks) => marks[row] === 1)) : rows;
  return complete2.length >= MIN_COMPLETE ? complete2 : rows;
}
async function graphWith(graph, added, dataset, { model, parameters }, options) {
  const rows = strengthRows(dataset);
  const [[strengths], [encoded]] = await withInference(model, parameters, options, async (inference) => [
    await inference.strengths(dataset.modalities, rows),
    await inference.encode(dataset.modalities, rows.subarray(0, EFFECT_ROWS))
  ]);
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const strengthOf = (from, to) => strengths[position.get(to) * graph.nodes.length + position.get(from)];
  const edges = [...graph.edges, ...added.map((edge) => ({ ...edge, agreement: 0 }))].map((edge) => ({
    ...edge,
    strength: strengthOf(edge.from, edge.to)
  }));
  const extended = { ...graph, strengths: Float64Array.from(strengths), edges: sortEdges(graph.nodes, edges) };
  return withEffects(extended, model, parameters, encoded);
}
async function withInference(model, parameters, options, work) {
  const [{ shape }] = parameters.values();
  const inference = new Inference(model, shape[0], parameters, options);
  try {
    return await work(inference);
  } finally {
    await inference.dispose();
  }
}
function agreedGraph(model, readings, chosen2, strengths) {
  const { modalities, gates } = model;
  const columns = modalities.reduce((total2, m) => total2 + m.latents, 0);
  const read2 = ({ edges }, shown) => gates ? graphFromGates(modalities, edges, shown) : graphFromStrengths(modalities, edges);
  const runs = readings.map((reading) => ({
    latents: { values: reading.latents, rows: reading.latents.length / columns, columns },
    adjacency: reading.alive ? adjacencyMatrix(read2(reading, strengths)) : new Uint8Array(columns * columns),
    alive: reading.alive
  }));
  return withAgreement(
    read2(gates ? readings[chosen2] : { ...readings[chosen2], edges: strengths }, strengths),
    runs,
    chosen2
  );
}

// src/evidence/alignment.ts
import { Matrix as Matrix9, SVD as SVD2 } from "ml-matrix";
var ROTATIONS = 400;
var ROTATION_STREAM = 270336;
function procrustes(reference, latents) {
  const { leftSingularVectors: u, rightSingularVectors: v } = new SVD2(crossCorrelations(latents, reference));
  return u.mmul(v.transpose());
}
function rotated(latents, map) {
  return Array.from({ length: map.columns }, (_, to) => {
    const result = new Float64Array(latents[0].length);
    latents.forEach((latent, from) => {
      const share = map.get(from, to);
      for (let i = 0; i < result.length; i++) result[i] += share * latent[i];
    });
    return result;
  });
}
function crossCorrelations(first, second) {
  return new Matrix9(first.map((a) => second.map((b) => correlationOf(a, b))));
}
function correlationOf(a, b) {
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    sumA += a[i];
    sumB += b[i];
  }
  const [meanA, meanB] = [sumA / a.length, sumB / b.length];
  let [product2, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - meanA, b[i] - meanB];
    product2 += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  const scale = Math.sqrt(squareA * squareB);
  return scale > 0 ? Math.max(-1, Math.min(1, product2 / scale)) : 0;
}
function partners(correlations) {
  const values = Float64Array.from(correlations.to1DArray(), Math.abs);
  const table = { values, rows: correlations.rows, columns: correlations.columns };
  return [...assign(table, { goal: "maximum" }).columnOfRow];
}
function replication(first, second, order, seed) {
  const [a, b] = [first, second].map((latents, f) => order[f].map((latent) => latents[latent]));
  const size = a.length;
  const correlations = crossCorrelations(a, b);
  const agreement = Array.from({ length: size }, (_, i) => Math.abs(correlations.get(i, i)));
  const whiteA = inverseRoot(crossCorrelations(a, a));
  const whiteB = inverseRoot(crossCorrelations(b, b));
  const inner = whiteA.mmul(correlations).mmul(whiteB);
  const canonical = new SVD2(inner).diagonal.map((rho) => Math.min(1, rho));
  const subspace = canonical.reduce((sum2, rho) => sum2 + rho ** 2, 0) / size;
  if (size === 1) return { agreement, chance: [0], p: [0], subspace };
  const random = new RandomStream(seed, ROTATION_STREAM);
  const reached = agreement.map(() => new Array());
  for (let draw2 = 0; draw2 < ROTATIONS; draw2++) {
    const other = inner.mmul(new Matrix9(randomRotation(size, random).map((row) => [...row])));
    const partner = partners(other);
    partner.forEach((j, i) => reached[i].push(Math.abs(other.get(i, j))));
  }
  return {
    agreement,
    chance: reached.map((values) => values.reduce((sum2, value) => sum2 + value, 0) / ROTATIONS),
    p: reached.map((values, i) => (1 + values.filter((value) => value >= agreement[i]).length) / (1 + ROTATIONS)),
    subspace
  };
}
function inverseRoot(correlations) {
  const { leftSingularVectors: u, diagonal: diagonal2 } = new SVD2(correlations);
  const scales = diagonal2.map((value) => value > 1e-9 ? 1 / Math.sqrt(value) : 0);
  return u.clone().mulRowVector(scales).mmul(u.transpose());
}
function scoresOf(values, width, columns, rows) {
  return columns.map((column) => normalScores(Float64Array.from(rows, (row) => values[row * width + column])));
}

// src/evidence/folds.ts
var FOLDS = 2;
var MAX_ENCODER_RESTARTS = 3;
var MAX_ENCODER_RESTARTS_REPEATED = 2;
var MAX_COMPONENT_RESTARTS = 16;
var VALIDATION = 0.15;
var MIN_SUBJECTS3 = 20;
var MIN_GROUPS = 10;
var FOLD_STREAM = 262144;
var SPLIT_STRIDE = 1000003;
function seedOfSplit(seed, split) {
  return (seed + split * SPLIT_STRIDE) % 2 ** 32;
}
function isEnough(dataset, seed) {
  const { groups } = dataset;
  const groupsOf2 = (rows) => groups ? new Set(Array.from(rows, (row) => groups[row])).size : rows.length;
  return foldSplits(dataset, seed).every(({ test }) => test.length >= MIN_SUBJECTS3 && groupsOf2(test) >= MIN_GROUPS);
}
function checkEnough(dataset, seed) {
  if (isEnough(dataset, seed)) return;
  throw new InputError(
    "too-few-subjects",
    `${dataset.ids.length} subjects are too few to fit one fold and test on the other: at least 40 are needed, and at least 20 groups if rows belong to groups. Add subjects.`,
    { subjects: dataset.ids.length }
  );
}
function foldSplits({ ids, groups }, seed) {
  const order = permutation(seedKey(seed), FOLD_STREAM, 0, ids.length);
  if (!groups) return splitsOfSubjects(order);
  const members = [...rowsByGroup(Array.from(order, (row) => groups[row])).values()];
  const folds = cutFolds(members.map((positions2) => positions2.map((position) => order[position])));
  return folds.map((heldOut2, fold) => {
    const { train, validation } = cutValidation(folds.flatMap((rows, other) => other === fold ? [] : rows));
    return {
      train: Int32Array.from(train.flat()).sort(),
      validation: Int32Array.from(validation.flat()).sort(),
      test: Int32Array.from(heldOut2.flat())
    };
  });
}
function splitsOfSubjects(order) {
  const folds = Array.from({ length: FOLDS }, (_, fold) => order.filter((_row, i) => i % FOLDS === fold));
  return folds.map((test, fold) => {
    const seen = folds[FOLDS - 1 - fold];
    const size = validationSize(seen.length);
    return { train: seen.slice(size).sort(), validation: seen.slice(0, size).sort(), test };
  });
}
function validationSize(seen) {
  return Math.max(2, Math.round(VALIDATION * seen));
}
function cutFolds(groups) {
  const sizes = new Array(FOLDS).fill(0);
  const foldOf = /* @__PURE__ */ new Map();
  for (const group of [...groups].sort((a, b) => b.length - a.length)) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold] += group.length;
    foldOf.set(group, fold);
  }
  return sizes.map((_, fold) => groups.filter((group) => foldOf.get(group) === fold));
}
function cutValidation(seen) {
  const size = validationSize(seen.flat().length);
  const result = { train: new Array(), validation: new Array() };
  let held = 0;
  for (const group of seen) {
    const isCloser = Math.abs(held + group.length - size) < size - held;
    if (isCloser) held += group.length;
    result[isCloser ? "validation" : "train"].push(group);
  }
  return result;
}
function foldConfig(config, subjects, foldSubjects, split = 0) {
  const { passes = 1 } = config;
  const steps = config.epochs * passes * stepsOf(subjects, config.batch);
  const length = fitLength(foldSubjects, kindOfFit(config));
  const batch = Math.min(config.batch, length.batch);
  const epochs = Math.ceil(steps / (length.passes * stepsOf(foldSubjects, batch)));
  return {
    ...config,
    batch,
    epochs,
    passes: length.passes,
    patience: Math.ceil(config.patience * epochs / config.epochs),
    encoderRestarts: config.subspaces === "correlation" ? config.encoderRestarts : Math.min(config.encoderRestarts, split === 0 ? MAX_ENCODER_RESTARTS : MAX_ENCODER_RESTARTS_REPEATED),
    componentRestarts: Math.min(config.componentRestarts, MAX_COMPONENT_RESTARTS),
    polish: 0,
    pruned: 0,
    ...config.decoderEpochs !== void 0 && { decoderEpochs: 0 }
  };
}

// src/evidence/forms.ts
import { Matrix as Matrix10 } from "ml-matrix";
var SAME_MEASUREMENT = 0.9;
var COPY = 0.99;
var MAX_COMPONENTS = 50;
var MAX_FITTED = 5e3;
var MAX_COMPARED = 500;
var RIDGES = [1e-4, 1e-3, 0.01, 0.1, 1];
function formsOf({ columns, values, regularArray, stored }, latents, seen, wanted) {
  if (regularArray || stored) return void 0;
  const width = columns.length;
  const step = Math.max(1, Math.ceil(seen.length / MAX_FITTED));
  const at = [...seen.keys()].filter((i) => i % step === 0);
  const rows = Int32Array.from(at, (i) => seen[i]);
  const targets = latents.map((latent) => Float64Array.from(at, (i) => latent[i]));
  const columnAt2 = (column, of) => Float64Array.from(of, (row) => values[row * width + column]);
  const compared = rows.subarray(0, MAX_COMPARED);
  const usable = [...columns.keys()].filter(
    (column) => !isSize(columns[column].kind) && varies(columnAt2(column, compared))
  );
  const sets = [SAME_MEASUREMENT, COPY].map(
    (maxCorrelation) => dealt(
      usable.map((column) => columnAt2(column, compared)),
      targets.map((target) => target.subarray(0, compared.length)),
      maxCorrelation
    )
  ).find((two) => two.every((set) => set.length >= latents.length))?.map((set) => set.map((i) => usable[i]));
  if (!sets) return void 0;
  const [a, b] = sets.map((set) => {
    const table = (of) => Float64Array.from({ length: of.length * set.length }, (_, i) => {
      return values[of[Math.floor(i / set.length)] * width + set[i % set.length]];
    });
    return predicted({ values: table(rows), rows: rows.length, columns: set.length }, targets, table(wanted));
  });
  return [a, b];
}
function dealt(columns, latents, maxCorrelation) {
  const clusters = clustersOf(columns, maxCorrelation).map((members) => {
    const strengths = latents.map((latent) => Math.abs(correlationOf(columns[members[0]], latent)));
    const strength2 = Math.max(...strengths);
    return { members, latent: strengths.indexOf(strength2), strength: strength2 };
  });
  clusters.sort((x, y) => x.latent - y.latent || y.strength - x.strength || x.members[0] - y.members[0]);
  const sets = [[], []];
  clusters.forEach(({ members }, i) => sets[(i + 1) % 4 < 2 ? 0 : 1].push(...members));
  return sets;
}
function clustersOf(columns, maxCorrelation) {
  const clusterOf = [...columns.keys()];
  const root = (i) => clusterOf[i] === i ? i : root(clusterOf[i]);
  for (let i = 0; i < columns.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [root(i), root(j)];
      if (x !== y && Math.abs(correlationOf(columns[i], columns[j])) > maxCorrelation) {
        clusterOf[Math.max(x, y)] = Math.min(x, y);
      }
    }
  }
  const clusters = /* @__PURE__ */ new Map();
  for (const i of columns.keys()) clusters.set(root(i), [...clusters.get(root(i)) ?? [], i]);
  return [...clusters.values()];
}
function predicted(table, targets, wanted) {
  const { rows, columns } = table;
  const { centre, loadings, scores } = principalComponents(table, Math.min(MAX_COMPONENTS, Math.ceil(rows / 3)));
  const variances = Array.from({ length: scores.columns }, (_, c) => {
    return scores.getColumn(c).reduce((sum2, value) => sum2 + value ** 2, 0);
  });
  const average = variances.reduce((sum2, value) => sum2 + value, 0) / Math.max(1, variances.length);
  const weights = targets.map((target) => {
    const mean3 = target.reduce((sum2, value) => sum2 + value, 0) / rows;
    const covariances = variances.map((_, c) => {
      return scores.getColumn(c).reduce((sum2, value, i) => sum2 + value * (target[i] - mean3), 0);
    });
    const total2 = target.reduce((sum2, value) => sum2 + (value - mean3) ** 2, 0);
    const errors = RIDGES.map((ridge2) => {
      const shrunk = variances.map((variance) => variance / (variance + ridge2 * average));
      const explained = variances.reduce(
        (sum2, variance, c) => sum2 + (2 * shrunk[c] - shrunk[c] ** 2) * (covariances[c] ** 2 / variance),
        0
      );
      const degrees = shrunk.reduce((sum2, value) => sum2 + value, 1);
      return degrees < rows ? (total2 - explained) / (1 - degrees / rows) ** 2 : Infinity;
    });
    const ridge = RIDGES[errors.indexOf(Math.min(...errors))];
    const coefficients = covariances.map((value, c) => value / (variances[c] + ridge * average));
    return loadings.mmul(Matrix10.columnVector(coefficients)).getColumn(0);
  });
  return weights.map(
    (weight) => Float64Array.from({ length: wanted.length / columns }, (_, i) => {
      let sum2 = 0;
      for (let c = 0; c < columns; c++) sum2 += weight[c] * (wanted[i * columns + c] - centre[c]);
      return sum2;
    })
  );
}

// src/evidence/nuisance.ts
import { Matrix as Matrix11 } from "ml-matrix";
var MAX_COMPONENTS2 = 5;
var NEGLIGIBLE = 1e-9;
var ROWS_PER_COMPONENT = 20;
var ROWS_PER_SPREAD = 5;
var MIN_SPREAD = 0.2;
function nuisanceOf(modality, rows, covariates = []) {
  const gaps = gapsOf(modality, rows);
  const terms = covariates.map((term) => Float64Array.from(rows, (row) => term[row])).filter(varies);
  if (!gaps && terms.length === 0) return void 0;
  const columns = [...gaps ? columnsOf2(gaps) : [], ...terms.map(centred)];
  const directions = independent(columns);
  return directions.length === 0 ? void 0 : new Matrix11(directions.map((one) => [...one])).transpose();
}
function adjusted(latent, directions) {
  const rest = without2(latent, directions);
  if (rest.length < ROWS_PER_SPREAD * directions.columns) return rest;
  const sizes = rest.map(Math.abs);
  const mean3 = sizes.reduce((sum2, size) => sum2 + size, 0) / sizes.length;
  if (mean3 === 0) return rest;
  const noise = without2(sizes, directions);
  const scaled = rest.map((value, i) => value / Math.max(MIN_SPREAD * mean3, mean3 + sizes[i] - noise[i]));
  return without2(scaled, directions);
}
function without2(latent, directions) {
  const values = Matrix11.columnVector(latent);
  const fitted = directions.mmul(directions.transpose().mmul(values));
  return Float64Array.from(Matrix11.sub(values, fitted).getColumn(0));
}
function gapsOf({ observed, columns: { length: columns } }, rows) {
  if (!observed || rows.length === 0) return void 0;
  const values = Float64Array.from(
    { length: rows.length * columns },
    (_, at) => observed[rows[Math.floor(at / columns)] * columns + at % columns]
  );
  const mask = { values, rows: rows.length, columns };
  const components = Math.min(MAX_COMPONENTS2, Math.floor(rows.length / ROWS_PER_COMPONENT));
  const { scores } = principalComponents(mask, Math.max(1, components));
  if (scores.columns === 0) return void 0;
  const shares = centredMatrix(mask, columnMeans(mask)).sum("row");
  const gaps = Matrix11.zeros(rows.length, 1 + scores.columns);
  gaps.setSubMatrix(Matrix11.columnVector(shares), 0, 0);
  gaps.setSubMatrix(scores, 0, 1);
  return gaps;
}
function columnsOf2(matrix) {
  return Array.from({ length: matrix.columns }, (_, c) => Float64Array.from(matrix.getColumn(c)));
}
function independent(columns) {
  const directions = [];
  for (const column of columns) {
    const rest = column.slice();
    for (const direction of [...directions, ...directions]) {
      const share = dot(rest, direction);
      for (let i = 0; i < rest.length; i++) rest[i] -= share * direction[i];
    }
    const [length, before] = [dot(rest, rest), dot(column, column)];
    if (length > NEGLIGIBLE * before) directions.push(rest.map((value) => value / Math.sqrt(length)));
  }
  return directions;
}

// src/evidence/table-components.ts
var MAX_VALUES2 = 2e7;
var SIZES = [1, 2];
function tableComponents(dataset, tested) {
  const { ids, modalities, groups } = dataset;
  const tables = modalities.filter(({ regularArray }) => regularArray === void 0);
  const width = Math.max(1, ...tables.map((modality) => valuesPerSubject(modality)));
  const rows = spreadOver(Int32Array.from(ids.keys()), Math.min(tested, Math.ceil(MAX_VALUES2 / width)));
  const members = groups && groupUnits(rows, groups).members;
  return new Map(
    tables.map((modality) => {
      const { scores, removed } = scoresOf2(modality, rows, dataset);
      const units = scores.map((values) => knownScores(members ? scaledGroupMeans(values, members) : values));
      return [modality.name, { units, sizes: SIZES.map((times) => times * modality.latents), removed }];
    })
  );
}
function scoresOf2(modality, rows, dataset) {
  const present = presenceOf(modality);
  const positions2 = Int32Array.from(rows.keys()).filter((position) => present[rows[position]] === 1);
  const known = positions2.map((position) => rows[position]);
  if (known.length < 2) return { scores: [], removed: 0 };
  const seen = tableOf([modality], affordableRows({ modalities: [modality] }, known));
  const means = observedMeans(seen);
  const { centre, loadings } = principalComponents(filled(seen, means), Math.max(...SIZES) * modality.latents);
  const scores = centredMatrix(filled(tableOf([modality], known), means), centre).mmul(loadings);
  const directions = nuisanceOf(modality, known, dataset.covariates);
  return {
    scores: Array.from({ length: scores.columns }, (_, component) => {
      const values = normalScores(Float64Array.from(scores.getColumn(component)));
      const free = directions ? adjusted(values, directions) : values;
      const all = new Float64Array(rows.length).fill(NaN);
      positions2.forEach((position, i) => all[position] = free[i]);
      return all;
    }),
    removed: directions?.columns ?? 0
  };
}

// src/evidence/cross-fit.ts
var MAX_UNITS = 2e5;
var MAX_SEEN = 5e3;
var wholeFit = async (dataset, config, hooks) => {
  const { model, parameters } = await fitFold(dataset, config, hooks);
  return encodeDataset(dataset, model, parameters, hooks);
};
async function fitFold(dataset, config, hooks) {
  return fitModel(dataset, config, { ...hooks, infersMissing: false });
}
function foldsOf(dataset, config, { onProgress, shards, ...hooks }, split = 0) {
  const seed = seedOfSplit(config.seed, split);
  return foldSplits(dataset, seed).map((foldSplit, fold) => ({
    // Shared latents combine several modalities. The tests need the modalities of a fold separate.
    dataset: { ...dataset, shared: void 0, split: foldSplit },
    config: { ...foldConfig(config, dataset.split.train.length, foldSplit.train.length, split), seed },
    hooks: {
      ...hooks,
      ...shards && { shards: shards.within(`fold-${split}-${fold}`) },
      ...onProgress && {
        onProgress: (progress) => onProgress({ ...progress, fold: split * FOLDS + fold })
      }
    }
  }));
}
async function crossFit(dataset, config, options = {}) {
  const { fitted, splits = 1, hooks = {}, fitAndEncode = wholeFit } = options;
  const study = new CrossFitted(dataset, fitted);
  for (let split = 0; split < splits; split++) {
    const folds = [];
    for (const fold of foldsOf(dataset, config, hooks, split)) {
      const encoded = await fitAndEncode(fold.dataset, fold.config, fold.hooks);
      folds.push({ encoded, heldOut: fold.dataset.split.test, seen: seenOf(fold.dataset) });
    }
    study.add(folds, seedOfSplit(config.seed, split));
  }
  return study.result();
}
function seenOf({ split: { train, validation } }) {
  const seen = new Int32Array(train.length + validation.length);
  seen.set(train);
  seen.set(validation, train.length);
  return seen.sort();
}
var CrossFitted = class {
  #dataset;
  #modalities;
  #width;
  #splits = [];
  #sums;
  #reference;
  constructor(dataset, fitted) {
    this.#dataset = dataset;
    this.#reference = fitted;
    const { modalities, latents } = latentLayout(modalityShapes(dataset));
    let first = 0;
    this.#modalities = modalities.map(({ latents: size }, m) => {
      const columns = Array.from({ length: size }, (_, i) => first + i);
      first += size;
      const modality = dataset.modalities[m];
      const present = presenceOf(modality);
      const rows = rowsWhere(present.length, (row) => present[row] === 1);
      return { modality, columns, present, sample: spreadOver(rows, maxSampled.subjects) };
    });
    this.#width = latents;
    this.#sums = Array.from({ length: latents }, () => new Float64Array(dataset.ids.length).fill(NaN));
  }
  add(folds, seed) {
    this.#reference ??= folds[0].encoded;
    const read2 = this.#modalities.map((one) => this.#readModality(one, folds, seed));
    this.#splits.push({
      folds: folds.map(
        ({ heldOut: heldOut2 }, f) => this.#heldOut(
          heldOut2,
          read2.map((modality) => modality.folds[f])
        )
      ),
      replication: read2.map((one) => one.replication),
      agreement: read2.flatMap((one) => one.agreement)
    });
  }
  result() {
    const latents = this.#sums.map((sum2) => sum2.map((value) => value / this.#splits.length));
    const { groups, modalities } = this.#dataset;
    return {
      splits: this.#splits,
      latents,
      minUnits: groups ? MIN_GROUPS : MIN_SUBJECTS3,
      widths: new Map(modalities.map((modality) => [modality.name, valuesPerSubject(modality)])),
      components: tableComponents(this.#dataset, MAX_UNITS)
    };
  }
  /** Rotates the latents of a modality in both folds to those of the fitted model, and compares the folds. */
  #readModality(one, folds, seed) {
    const { columns, sample, modality, present } = one;
    const scores = (values, rows) => scoresOf(values, this.#width, columns, rows);
    const reference = scores(this.#reference, sample);
    const sampled = folds.map(({ encoded }) => scores(encoded, sample));
    const order = sampled.map((latents) => partners(crossCorrelations(reference, latents)));
    const agreement = columns.map((_, i) => {
      const reached = sampled.map(
        (latents, f) => Math.abs(crossCorrelations([reference[i]], [latents[order[f][i]]]).get(0, 0))
      );
      return reached.reduce((sum2, value) => sum2 + value, 0) / reached.length;
    });
    const [first, second] = sampled;
    return {
      replication: replication(first, second, [order[0], order[1]], seed),
      agreement,
      folds: folds.map(({ encoded, heldOut: heldOut2, seen }, f) => {
        const map = procrustes(reference, sampled[f]);
        const rows = heldOut2.filter((row) => present[row] === 1);
        const known = spreadOver(
          seen.filter((row) => present[row] === 1),
          MAX_SEEN
        );
        const directions = nuisanceOf(modality, rows, this.#dataset.covariates);
        const free = (values, of = directions) => of ? adjusted(values, of) : values;
        const heldOutScores = scores(encoded, rows);
        const latents = rotated(heldOutScores, map).map((values) => normalScores(free(values)));
        const unrotated = heldOutScores.map((values) => normalScores(free(values)));
        const measured = this.#testedOf(heldOut2).filter((row) => present[row] === 1);
        const isWhole = measured.length === rows.length;
        const ofMeasured = isWhole ? directions : nuisanceOf(modality, measured, this.#dataset.covariates);
        const forms = formsOf(modality, rotated(scores(encoded, known), map), known, measured);
        return {
          ...{ rows, latents, unrotated, measured, columns },
          forms: forms?.map((form) => form.map((values) => free(values, ofMeasured))),
          removed: directions?.columns ?? 0
        };
      })
    };
  }
  /** Returns the tested held-out rows: all rows if there are groups, otherwise at most `MAX_UNITS`. */
  #testedOf(heldOut2) {
    return this.#dataset.groups ? heldOut2 : spreadOver(heldOut2, MAX_UNITS);
  }
  /** Adds the latents of a fold to the means, and returns its units. */
  #heldOut(heldOut2, modalities) {
    const { ids, groups } = this.#dataset;
    const tested = this.#testedOf(heldOut2);
    const grouped = groups && groupUnits(tested, groups);
    const place = (rows2, values) => {
      const all = new Float64Array(ids.length).fill(NaN);
      rows2.forEach((row, i) => all[row] = values[i]);
      return all;
    };
    const ofTested = (all) => Float64Array.from(tested, (row) => all[row]);
    const unitsOf = (all) => grouped ? scaledGroupMeans(ofTested(all), grouped.members) : ofTested(all);
    const units = [];
    const unrotated = [];
    const rowScores = [];
    const forms = [];
    for (const { rows: rows2, latents, unrotated: before, forms: two, measured, columns } of modalities) {
      latents.forEach((values, i) => {
        const sum2 = this.#sums[columns[i]];
        rows2.forEach((row, at) => sum2[row] = (Number.isNaN(sum2[row]) ? 0 : sum2[row]) + values[at]);
        units.push(knownScores(unitsOf(place(rows2, values))));
        unrotated.push(knownScores(unitsOf(place(rows2, before[i]))));
        if (grouped) rowScores.push(ofTested(place(rows2, before[i])));
        forms.push(two && { a: unitsOf(place(measured, two[0][i])), b: unitsOf(place(measured, two[1][i])) });
      });
    }
    const removed = modalities.flatMap(({ removed: directions, columns }) => columns.map(() => directions));
    const names = grouped?.names ?? Array.from(tested, (row) => ids[row]);
    const rows = grouped && { latents: rowScores, members: grouped.members };
    return { rows: heldOut2, ids: names, units, unrotated, grouped: rows, forms, removed };
  }
};
function rowsWhere(count2, holds) {
  const rows = new Int32Array(count2);
  let length = 0;
  for (let row = 0; row < count2; row++) if (holds(row)) rows[length++] = row;
  return rows.subarray(0, length);
}

// src/evidence/pairs.ts
import { EigenvalueDecomposition as EigenvalueDecomposition4, Matrix as Matrix12 } from "ml-matrix";

// src/evidence/combine.ts
var MAX = 1 - 1e-3;
var MAX_OF_CAUCHY = 0.99;
var TINY = 1e-12;
var WITHIN_SPLIT = 0.2;
var WITHIN_SPLIT_OF_NARROW = [0.6, 0.5, 0.35];
var BETWEEN_SPLITS = 0.12;
function cauchy(ps) {
  if (ps.length === 0) return 1;
  const mean3 = ps.reduce((sum2, p) => sum2 + cauchyScore(p), 0) / ps.length;
  return mean3 > 1 / (Math.PI * TINY) ? 1 / (Math.PI * mean3) : 0.5 - Math.atan(mean3) / Math.PI;
}
function cauchyScore(p) {
  if (p < TINY) return 1 / (Math.PI * Math.max(p, 1e-300));
  return Math.tan((0.5 - Math.min(p, MAX_OF_CAUCHY)) * Math.PI);
}
function combineFolds(splits, columns = Infinity) {
  const scores = splits.flat().map(normalScore);
  if (scores.length === 0) return 1;
  const pairsWithin = splits.reduce((sum2, { length }) => sum2 + length * (length - 1), 0);
  const pairsBetween = scores.length * (scores.length - 1) - pairsWithin;
  const within = WITHIN_SPLIT_OF_NARROW[columns - 1] ?? WITHIN_SPLIT;
  const variance = scores.length + within * pairsWithin + BETWEEN_SPLITS * pairsBetween;
  const z4 = scores.reduce((sum2, score) => sum2 + score, 0) / Math.sqrt(variance);
  return z4 > 0 ? normalTwoSided(z4) / 2 : 1 - normalTwoSided(z4) / 2;
}
function normalScore(p) {
  if (p > 0.5) return -normalScore(1 - Math.min(p, MAX));
  return p === 0.5 ? 0 : normalTwoSidedQuantile(2 * Math.max(p, 1e-300));
}
function edgington(ps) {
  const count2 = ps.length;
  if (count2 === 0) return 1;
  const sum2 = ps.reduce((total2, p) => total2 + p, 0);
  let tail = 0;
  for (let k = 0, binomial = 1, sign = 1; k <= Math.floor(sum2); k++, sign = -sign) {
    tail += sign * binomial * (sum2 - k) ** count2;
    binomial = binomial * (count2 - k) / (k + 1);
  }
  let factorial = 1;
  for (let k = 2; k <= count2; k++) factorial *= k;
  return Math.min(1, Math.max(0, tail / factorial));
}

// src/evidence/association-test.ts
var MIN_UNITS_CHI_SQUARE = 2e3;
var MIN_PERMUTATIONS = 199;
var MAX_PERMUTATIONS = 999;
var MAX_PRODUCTS = 1e8;
var UNITS_PER_COLUMN = 2;
var MIN_BEYOND = 10;
var MAX_SHARE = 1 - 1e-9;
var RIDGE4 = 1e-12;
function associationTest(a, b, { permutations, lost: lost2 }) {
  const [first, second] = [a, b].map((columns) => columns.filter(varies).map(normalScores));
  if (first.length === 0 || second.length === 0) return { p: 1, linear: 1 };
  const units = first[0].length;
  const isCurved = units > UNITS_PER_COLUMN * 2 * (first.length + second.length);
  const [x, y] = [first, second].map((scores) => whitened2(isCurved ? [...scores, ...scores.map(squares)] : scores));
  const sizes = { linear: [first.length, second.length], all: [x.length, y.length] };
  const observed = statistics(crossProducts(x, y), sizes);
  const factors = (n) => [bartlett(n, sizes.linear), bartlett(n, sizes.all)];
  const [free, full] = [factors(units - lost2), factors(units)];
  if (permutations.isFree && units >= MIN_UNITS_CHI_SQUARE) {
    const linear = chiSquareTail(free[0] * observed[0], first.length * second.length);
    return { linear, p: cauchy([linear, chiSquareTail(free[1] * observed[1], x.length * y.length)]) };
  }
  const corrected = observed.map((value, i) => value * Math.max(0, free[i]) / full[i]);
  const count2 = Math.floor(MAX_PRODUCTS / (units * x.length * y.length));
  const orders = permutations.orders(units, Math.max(MIN_PERMUTATIONS, Math.min(MAX_PERMUTATIONS, count2)));
  const chance = orders.map((order) => statistics(crossProducts(x, y, order), sizes));
  return permutationTest(corrected, chance);
}
function bartlett(n, [p, q]) {
  return n - 1 - (p + q + 1) / 2;
}
function permutationTest(observed, chance) {
  const columns = observed.map((value, s) => Float64Array.from([value, ...chance.map((values) => values[s])]));
  const ps = columns.map(sharesBeyond);
  const together = Float64Array.from(ps[0], (_, i) => -cauchy([ps[0][i], ps[1][i]]));
  const tails = columns.map((column) => tailOf(column));
  return {
    linear: refined(ps[0][0], tails[0], chance.length),
    p: refined(sharesBeyond(together)[0], cauchy(tails), chance.length)
  };
}
function refined(counted, tail, permutations) {
  return counted * (permutations + 1) > MIN_BEYOND ? counted : Math.min(counted, Math.max(tail, Number.MIN_VALUE));
}
function sharesBeyond(values) {
  const sorted = values.slice().sort();
  return values.map((value) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = low + high >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return (sorted.length - low) / sorted.length;
  });
}
function tailOf(values) {
  const nullValues = values.subarray(1);
  const mean3 = nullValues.reduce((sum2, value) => sum2 + value, 0) / nullValues.length;
  const variance = nullValues.reduce((sum2, value) => sum2 + (value - mean3) ** 2, 0) / (nullValues.length - 1);
  return gammaTail(values[0], mean3, variance);
}
function squares(scores) {
  return scores.map((value) => value ** 2);
}
function whitened2(columns) {
  const basis = [];
  for (const column of columns) {
    const mean3 = column.reduce((sum2, value) => sum2 + value, 0) / column.length;
    const rest = column.map((value) => value - mean3);
    const before = dot(rest, rest);
    for (let pass = 0; pass < 2; pass++) {
      for (const direction of basis) {
        const share = dot(rest, direction);
        for (let i = 0; i < rest.length; i++) rest[i] -= share * direction[i];
      }
    }
    const length = Math.sqrt(dot(rest, rest) + RIDGE4 * before);
    basis.push(length === 0 ? rest : rest.map((value) => value / length));
  }
  return basis;
}
function crossProducts(x, y, order) {
  const products = new Float64Array(x.length * y.length);
  const moved = order ? y.map((column) => Float64Array.from(order, (from) => column[from])) : y;
  x.forEach((u, i) => moved.forEach((v, j) => products[i * y.length + j] = dot(u, v)));
  return products;
}
function statistics(products, { linear, all }) {
  return [information(products, all[1], linear), information(products, all[1], all)];
}
function information(products, width, [rows, columns]) {
  const rest = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum2 = 0;
      for (let k = 0; k < columns; k++) sum2 += products[i * width + k] * products[j * width + k];
      rest[i * rows + j] = (i === j ? 1 : 0) - sum2;
    }
  }
  let logDeterminant = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let value = rest[i * rows + j];
      for (let k = 0; k < j; k++) value -= rest[i * rows + k] * rest[j * rows + k];
      if (i === j) {
        const square2 = Math.max(value, 1 - MAX_SHARE);
        logDeterminant += Math.log(square2);
        rest[i * rows + i] = Math.sqrt(square2);
      } else {
        rest[i * rows + j] = value / rest[j * rows + j];
      }
    }
  }
  return -logDeterminant;
}

// src/evidence/permutations.ts
var STREAM = 266240;
var WITHIN_STREAM = 270336;
var FreePermutations = class {
  isFree = true;
  #seed;
  #cache = /* @__PURE__ */ new Map();
  constructor(seed) {
    this.#seed = seed;
  }
  orders(n, count2) {
    const key = `${n} ${count2}`;
    const known = this.#cache.get(key);
    if (known) return known;
    const random = new RandomStream(this.#seed, STREAM);
    const orders = Array.from({ length: count2 }, () => random.permutation(n));
    this.#cache.clear();
    this.#cache.set(key, orders);
    return orders;
  }
};
function permutationsWithin(members, seed) {
  const random = new RandomStream(seed, WITHIN_STREAM);
  return {
    isFree: false,
    orders: (_, count2) => Array.from({ length: count2 }, () => shuffledWithinGroups(members, random))
  };
}

// src/evidence/within-groups.ts
var MIN_FREE = 20;
function testWithinGroups({ latents, members }, a, b, { seed, lost: lost2 }) {
  const hasBoth = (row) => !Number.isNaN(latents[a[0]][row]) && !Number.isNaN(latents[b[0]][row]);
  const shared = members.map((rows2) => rows2.filter(hasBoth)).filter(({ length }) => length > 1);
  const rows = shared.flat();
  const minRows = Math.max(MIN_FREE, a.length + b.length + 3);
  if (rows.length - shared.length - lost2 < minRows) return void 0;
  let next = 0;
  const positions2 = shared.map((group) => group.map(() => next++));
  const deviations2 = (latent) => withinGroupDeviations(
    Float64Array.from(rows, (row) => latents[latent][row]),
    positions2
  );
  const permutations = permutationsWithin(positions2, seed);
  return { rows: rows.length, p: associationTest(a.map(deviations2), b.map(deviations2), { permutations, lost: lost2 }).p };
}

// src/evidence/pairs.ts
var ALPHA = 0.05;
var NORMAL_95_OF_TWO = 2.236477;
function pairEvidence(nodes, crossFit2, seed) {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  const permutations = new FreePermutations(seed);
  const raw = modalities.flatMap(
    (first, m) => modalities.slice(m + 1).map((second) => {
      const columns = [first, second].map(
        (modality) => nodes.flatMap((node, latent) => node.modality === modality ? [latent] : [])
      );
      const width = Math.min(...[first, second].map((modality) => crossFit2?.widths?.get(modality) ?? Infinity));
      const within = withinGroups(crossFit2, columns, { seed, width });
      const components = [first, second].map((modality) => crossFit2?.components?.get(modality));
      return { first, second, ...testPair(columns, components, crossFit2, { permutations, width }), within };
    })
  );
  const corrected = holm(raw.filter(({ folds }) => folds.length > 0).map(({ p }) => p));
  const correctedWithin = holm(raw.flatMap(({ within }) => within ? [within.p] : []));
  let [tested, testedWithin] = [0, 0];
  return raw.map(({ within, ...pair }) => {
    const p = pair.folds.length > 0 ? corrected[tested++] : 1;
    return {
      ...pair,
      corrected: p,
      associated: p <= ALPHA,
      ...within && { within: judged2(within, correctedWithin[testedWithin++]) }
    };
  });
}
function judged2(within, corrected) {
  return { ...within, corrected, associated: corrected <= ALPHA };
}
function testPair([a, b], tables, crossFit2, { permutations, width }) {
  const splits = (crossFit2?.splits ?? []).map(({ folds: folds2 }) => folds2.map((fold) => unitsOfBoth(fold, a, b)));
  const subjects = (splits.at(0) ?? []).reduce((sum2, { units }) => sum2 + units, 0);
  const minUnits = Math.max(crossFit2?.minUnits ?? 0, a.length + b.length + 3);
  const isEnough2 = splits.length > 0 && splits.flat().every(({ units, lost: lost2 }) => units - lost2 >= minUnits);
  if (!isEnough2) return { subjects, folds: [], p: 1 };
  const folds = splits.map(
    (split) => split.map(({ unrotated, lost: lost2 }) => associationTest(...unrotated, { permutations, lost: lost2 }).p)
  );
  const latents = combineFolds(folds, width);
  const components = testComponents(tables, { permutations, minUnits });
  return {
    subjects,
    folds: folds.flat(),
    ...components && { components },
    p: components ? cauchy([latents, ...components]) : latents,
    correlation: crossCorrelation(splits)
  };
}
function testComponents([a, b], { permutations, minUnits }) {
  if (!a?.units.length || !b?.units.length) return void 0;
  const hasBoth = (_, unit) => !Number.isNaN(a.units[0][unit]) && !Number.isNaN(b.units[0][unit]);
  const units = Int32Array.from(a.units[0].keys()).filter(hasBoth);
  const lost2 = Math.max(a.removed, b.removed);
  if (units.length - lost2 < minUnits) return void 0;
  const known = ({ units: all, sizes }, i) => all.slice(0, sizes[i]).map((values) => Float64Array.from(units, (unit) => values[unit]));
  const pairs = a.sizes.map((_, i) => [known(a, i), known(b, i)]);
  const isNew = ([x, y], i) => i === 0 || x.length > pairs[i - 1][0].length || y.length > pairs[i - 1][1].length;
  return pairs.filter(isNew).map(([x, y]) => associationTest(x, y, { permutations, lost: lost2 }).p);
}
function withinGroups(crossFit2, [a, b], { seed, width }) {
  const splits = (crossFit2?.splits ?? []).map(
    ({ folds }) => folds.map(({ grouped, removed }) => {
      const lost2 = Math.max(...[...a, ...b].map((latent) => removed[latent]));
      return grouped && testWithinGroups(grouped, a, b, { seed, lost: lost2 });
    })
  );
  const tested = splits.map((folds) => folds.flatMap((fold) => fold ?? []));
  if (splits.length === 0 || tested.some((folds, s) => folds.length < splits[s].length)) return void 0;
  const rows = tested[0].reduce((sum2, fold) => sum2 + fold.rows, 0);
  return {
    rows,
    p: combineFolds(
      tested.map((folds) => folds.map(({ p }) => p)),
      width
    )
  };
}
function unitsOfBoth({ units, unrotated, removed }, a, b) {
  const [one, other] = [units[a[0]], units[b[0]]];
  const rows = Int32Array.from(one.keys()).filter((row) => !Number.isNaN(one[row]) && !Number.isNaN(other[row]));
  const at = (all) => (latent) => Float64Array.from(rows, (row) => all[latent][row]);
  return {
    a: a.map(at(units)),
    b: b.map(at(units)),
    unrotated: [a.map(at(unrotated)), b.map(at(unrotated))],
    units: rows.length,
    lost: Math.max(...[...a, ...b].map((latent) => removed[latent]))
  };
}
function crossCorrelation(splits) {
  const zs = splits.flatMap(
    (folds) => folds.map((learnt, f) => {
      const { a, b } = folds[folds.length - 1 - f];
      const [u, v] = leadingPair(learnt);
      return Math.atanh(Math.max(-0.999999, Math.min(0.999999, correlationOf(combined(a, u), combined(b, v)))));
    })
  );
  const z4 = zs.reduce((sum2, value) => sum2 + value, 0) / zs.length;
  const free = splits[0].reduce((sum2, { units, lost: lost2 }) => sum2 + units - lost2 - 3, 0);
  const half = NORMAL_95_OF_TWO / Math.sqrt(Math.max(1, free));
  return { estimate: Math.tanh(z4), lower: Math.tanh(z4 - half), upper: Math.tanh(z4 + half) };
}
function combined(columns, weights) {
  return rotated(columns, Matrix12.columnVector([...weights]))[0];
}
function leadingPair({ a, b }) {
  const cross = crossCorrelations(a, b);
  const [left, right] = [inverse6(crossCorrelations(a, a)), inverse6(crossCorrelations(b, b))];
  const product2 = left.mmul(cross).mmul(right).mmul(cross.transpose());
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition4(product2);
  const u = eigenvectorMatrix.getColumn(realEigenvalues.indexOf(Math.max(...realEigenvalues)));
  return [u, right.mmul(cross.transpose()).mmul(Matrix12.columnVector(u)).getColumn(0)];
}
function inverse6(correlations) {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition4(correlations, { assumeSymmetric: true });
  const scales = realEigenvalues.map((value) => value > 1e-9 ? 1 / value : 0);
  return eigenvectorMatrix.clone().mulRowVector(scales).mmul(eigenvectorMatrix.transpose());
}

// src/evidence/permutation-null.ts
var EPOCHS = 1 / 8;
async function permutationNull(dataset, config, { refits, seed, workers = 1, fit = nullFit, onFit, signal, threads, device }) {
  const started = performance.now();
  checkEnough(dataset, config.seed);
  const light = { ...config, encoderRestarts: 1, componentRestarts: 1, epochs: Math.ceil(EPOCHS * config.epochs) };
  if (config.fit === "two-stage") light.subspaces ??= "network";
  let done = 0;
  const one = async (number2, stop) => {
    const pairs = await fit(
      dataset,
      { config: light, number: number2, seed, threads: threadsPerTask(threads, workers), device },
      stop
    );
    onFit?.(done++);
    return pairs;
  };
  const [observed, ...nulls] = await runConcurrently(refits + 1, workers, one, signal);
  const minPs = nulls.map((pairs) => Math.min(...pairs.map(({ p }) => p)));
  return {
    alpha: ALPHA,
    pairs: observed.map(({ first, second, p }, pair) => {
      const ps = nulls.map((pairs) => pairs[pair].p);
      const rank = (nullPs) => (1 + nullPs.filter((other) => other <= p).length) / (1 + refits);
      return { first, second, observed: p, refits: ps, p: rank(ps), corrected: rank(minPs) };
    }),
    associated: nulls.filter((pairs) => pairs.some(({ associated }) => associated)).length,
    refits,
    seconds: (performance.now() - started) / 1e3
  };
}
async function nullFit(dataset, { config, number: number2, seed, threads, device }, signal) {
  const study = number2 === 0 ? dataset : shuffled(dataset, seed + number2);
  const fitAndEncode = config.fit === "two-stage" ? fitSubspaces : void 0;
  const hooks = { threads, device, signal };
  const crossFitted = await crossFit(study, config, { hooks, ...fitAndEncode && { fitAndEncode } });
  return pairEvidence(latentNodes(modalityShapes(dataset)), crossFitted, config.seed);
}
function shuffled(dataset, seed) {
  return dataset.modalities.reduce((one, _, m) => m === 0 ? one : shuffleSubjects(one, m, seed), dataset);
}

// src/evidence/latents.ts
var MIN_SUBSPACE = 0.5;
var MIN_CORRECTED = 0.5;
var MAX_P = 0.05;
function latentEvidence(nodes, { splits }) {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return nodes.map(({ name, modality, index }, latent) => {
    const replications = splits.map(({ replication: replication2 }) => replication2[modalities.indexOf(modality)]);
    const agreement = mean2(replications.map((one) => one.agreement[index]));
    const chance = mean2(replications.map((one) => one.chance[index]));
    const subspace = mean2(replications.map((one) => one.subspace));
    const p = edgington(replications.map((one) => one.p[index]));
    const corrected = (agreement - chance) / (1 - chance);
    const replicated = subspace >= MIN_SUBSPACE;
    return {
      name,
      agreement,
      chance,
      corrected,
      p,
      subspace,
      fitted: mean2(splits.map((split) => split.agreement[latent])),
      replicated,
      single: replicated && corrected >= MIN_CORRECTED && p <= MAX_P,
      // Two fits whose latents have a correlation r with the truth and independent errors have a correlation r². Each
      // then has a correlation of at most √(1 − r²) with other latents of its subspace.
      leak: chance === 0 ? 0 : Math.sqrt(Math.max(0, 1 - agreement))
    };
  });
}

// src/evidence/question-shapes.ts
var LATENT_QUESTION = {
  nodes: [{ name: "text", modality: "text" }],
  splits: [{ folds: [{ ids: ["text"], units: ["typed array"], forms: "list" }] }],
  pairs: [{ first: "text", second: "text" }],
  latents: [{ name: "text", leak: "number" }],
  "measured?": { ids: ["text"], columns: [{ name: "text", values: "typed array" }] },
  "variables?": ["text"],
  seed: "number",
  "halfSamples?": "number"
};
var REFIT_OPTIONS = {
  halfSamples: "number",
  seed: "number",
  threads: "number",
  signal: "signal",
  onProgress: "function"
};

// src/evidence/refits.ts
var MAX2 = { encoderRestarts: 2, componentRestarts: 8, componentSteps: 750 };
var EPOCHS2 = 1 / 2;
var REFITS = {
  dataset: {
    ids: ["text"],
    modalities: [{ name: "text", columns: "list", latents: "number", exogenous: "number", values: "typed array" }],
    split: { train: "typed array", validation: "typed array", test: "typed array" }
  },
  config: { seed: "number", epochs: "number" },
  latents: {},
  "workers?": "number"
};
async function discoverWithRefits(question, options, refits, fitAgain = refit) {
  checkOptions("discoverWithRefits", options, REFIT_OPTIONS);
  checkArgument("discoverWithRefits: refits", refits, REFITS);
  const { halfSamples, seed = 0, onProgress, threads, signal } = options;
  checkHalfSamples(halfSamples, seed);
  checkRefits(refits, seed);
  const { workers = 1, dataset } = refits;
  const total2 = halfSamples + 1;
  const whole = await discoverLatents(question, { signal });
  onProgress?.(1, total2);
  const { nodes } = question;
  const { variables } = whole.graph;
  let done = 1;
  const one = async (number2, stop) => {
    const rows = halfSampleRows(dataset.ids.length, seed, number2, dataset.groups);
    const refitted = await fitAgain({ rows, number: number2, threads: threadsPerTask(threads, workers) }, refits, stop);
    const { graph } = await discoverLatents({ ...question, ...refitted, halfSamples: 0 }, { signal: stop });
    onProgress?.(++done, total2);
    return { latents: refitted.latents, marks: graph.marks };
  };
  const counts = new EdgeCounts(variables);
  const timesReplicated = nodes.map(() => 0);
  for (const { latents, marks } of await runConcurrently(halfSamples, workers, one, signal)) {
    counts.add(marks);
    for (const [i, { replicated }] of latents.entries()) timesReplicated[i] += Number(replicated);
  }
  const shares = {
    count: halfSamples,
    seed,
    resampled: "subjects-before-fitting",
    replicated: nodes.map(({ name }, i) => ({ name, share: timesReplicated[i] / halfSamples })),
    pairs: counts.pairs()
  };
  return { ...whole, edges: withShares(whole.edges, shares), halfSamples: shares };
}
function checkRefits({ dataset, config, latents, workers = 1 }, seed) {
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new InputError("invalid-threads", `workers must be a whole number of at least 1, got ${workers}`);
  }
  for (const { name, latents: width } of dataset.modalities) {
    const place = `discoverWithRefits: refits.latents.${name}`;
    checkArgument(place, latents[name], "typed array");
    checkLength(place, latents[name], dataset.ids.length * width);
  }
  const { ids, groups } = dataset;
  const rows = halfSampleRows(ids.length, seed, 0, groups);
  const half = {
    ids: Array.from(rows, (row) => ids[row]),
    groups: groups && Array.from(rows, (row) => groups[row])
  };
  if (isEnough(half, config.seed)) return;
  throw new InputError(
    "too-few-subjects",
    `half of ${ids.length} subjects are too few to fit one fold and test on the other: refits need at least 80 subjects, and at least 40 groups if rows belong to groups. Leave refits out, or add subjects.`,
    { subjects: ids.length }
  );
}
async function refit({ rows, number: number2, threads }, { dataset, config, latents, device }, signal) {
  const half = selectSubjects2(dataset, rows);
  const light = {
    ...config,
    encoderRestarts: Math.min(config.encoderRestarts, MAX2.encoderRestarts),
    componentRestarts: Math.min(config.componentRestarts, MAX2.componentRestarts),
    componentSteps: Math.min(config.componentSteps, MAX2.componentSteps),
    epochs: Math.ceil(EPOCHS2 * config.epochs),
    // Folds and initial values are drawn again, too.
    seed: (config.seed + 1 + number2) % 2 ** 32
  };
  const nodes = latentNodes(modalityShapes(dataset));
  if (!isEnough(half, light.seed)) return { splits: [], pairs: [], latents: [] };
  const tables = dataset.modalities.map(({ name, latents: width }) => ({ width, values: latents[name] }));
  const fitted = Float32Array.from(
    [...rows].flatMap(
      (row) => tables.flatMap(({ width, values }) => [...values.subarray(row * width, (row + 1) * width)])
    )
  );
  const crossFitted = await crossFit(half, light, { fitted, hooks: { signal, threads, device } });
  return {
    splits: crossFitted.splits.map(({ folds }) => ({
      folds: folds.map(({ ids, units, forms }) => ({ ids, units, forms }))
    })),
    pairs: pairEvidence(nodes, crossFitted, light.seed),
    latents: latentEvidence(nodes, crossFitted)
  };
}

// src/evidence/order.ts
var MAX_COMPONENT_RESTARTS2 = 8;
var MIN_SUBJECTS4 = 10;
function hasOrder({ modalities }, { fit, sparsity }) {
  return fit === "two-stage" && sparsity.graph === "ordered" && modalities.length > 1;
}
async function orderEvidence(subspaces, { dataset, config, hooks }) {
  const rows = spreadOver(heldOut(subspaces), maxSampled.subjects);
  if (rows.length < MIN_SUBJECTS4) return void 0;
  const settings = { ...config, componentRestarts: Math.min(config.componentRestarts, MAX_COMPONENT_RESTARTS2) };
  const likelihoodOf = async (one) => {
    var _stack = [];
    try {
      const { signal, threads, device } = hooks;
      const local = { signal, threads, device };
      const runner = __using(_stack, await StageRunner.open(componentStages(settings), dataset, settings, local), true);
      const { settled } = await fitComponents(one, settings, runner);
      const [best] = ranking(settled);
      const chosen2 = { parameters: selectRuns(settled.parameters, [best]), objectives: [settled.objectives[best]] };
      const split = { ...one.split, validation: rows };
      const [{ logLikelihood }] = await readComponents({ ...one, split }, settings, chosen2, rows.subarray(0, 1), local);
      return logLikelihood;
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  };
  const study = await likelihoodOf(subspaces);
  const reversed = await likelihoodOf(reverse(subspaces));
  return pairedDifference(
    study.map((value, i) => value - reversed[i]),
    dataset.groups && Array.from(rows, (row) => dataset.groups[row])
  );
}
function reverse(subspaces) {
  const { modalities, values, present, shared } = subspaces;
  const widths = modalities.map(({ latents }) => latents);
  const width = widths.reduce((sum2, one) => sum2 + one, 0);
  const offsets = widths.map((_, m) => widths.slice(0, m).reduce((sum2, one) => sum2 + one, 0));
  const columns = widths.flatMap((size, m) => Array.from({ length: size }, (_, i) => offsets[m] + i));
  const order = widths.map((_, m) => m).reverse();
  const sources = order.flatMap((m) => columns.slice(offsets[m], offsets[m] + widths[m]));
  const reordered = new Float32Array(values.length);
  for (let first = 0; first < values.length; first += width) {
    for (let i = 0; i < width; i++) reordered[first + i] = values[first + sources[i]];
  }
  const last = modalities.length - 1;
  return {
    ...subspaces,
    modalities: order.map((m) => modalities[m]),
    values: reordered,
    ...present && { present: order.map((m) => present[m]) },
    ...shared && { shared: { ...shared, modalities: shared.modalities.map((m) => last - m).sort((a, b) => a - b) } }
  };
}
function heldOut({ split, present }) {
  const rows = Int32Array.from([...split.validation, ...split.test]).sort();
  return present ? rows.filter((row) => present.every((mask) => mask[row] === 1)) : rows;
}
function pairedDifference(differences, groups) {
  const subjects = differences.length;
  const difference = differences.reduce((sum2, value) => sum2 + value, 0) / subjects;
  const sums = /* @__PURE__ */ new Map();
  differences.forEach((value, i) => {
    const unit = groups?.[i] ?? i;
    sums.set(unit, (sums.get(unit) ?? 0) + value - difference);
  });
  const square2 = [...sums.values()].reduce((sum2, value) => sum2 + value ** 2, 0);
  const standardError2 = sums.size > 1 ? Math.sqrt(square2 * sums.size / (sums.size - 1)) / subjects : Infinity;
  return { difference, standardError: standardError2, subjects };
}

// src/evidence/evidence.ts
var FULL_SPLITS = 3;
var MANY_SUBJECTS2 = 2e4;
function canBeTested(dataset, seed) {
  return isEnough(dataset, seed) && !hasCopiedRows(dataset);
}
function splitsOf(mode, subjects) {
  return mode === "quick" || subjects >= MANY_SUBJECTS2 ? 1 : FULL_SPLITS;
}
async function testGraph(graph, fitted, {
  dataset,
  config,
  mode = "full",
  hooks = {},
  components
}) {
  const started = performance.now();
  const subjects = dataset.ids.length;
  const splits = splitsOf(mode, subjects);
  const { nodes } = graph;
  const isCopied = hasCopiedRows(dataset);
  const crossFitted = canBeTested(dataset, config.seed) ? await crossFit(dataset, config, { fitted, splits, hooks }) : void 0;
  const pairs = pairEvidence(nodes, crossFitted, config.seed);
  const tested = pairs.some(({ folds }) => folds.length > 0);
  const latents = crossFitted ? latentEvidence(nodes, crossFitted) : [];
  const { links, directions } = crossFitted ? await searchLatents(
    { nodes, splits: crossFitted.splits, pairs, latents, seed: config.seed },
    { signal: hooks.signal }
  ) : { links: [], directions: [] };
  const supported = new Set(
    links.filter(({ verdict }) => verdict === "supported").flatMap(({ first, second }) => [`${first} ${second}`, `${second} ${first}`])
  );
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const isSupported = ({ from, to }) => modalityOf.get(from) === modalityOf.get(to) || supported.has(`${from} ${to}`);
  const isCompared = mode === "full" && supported.size > 0 && hasOrder(dataset, config);
  const order = isCompared && components ? await orderEvidence(components, { dataset, config, hooks }) : void 0;
  return {
    evidence: {
      alpha: ALPHA,
      linkAlpha: LINK_ALPHA,
      folds: FOLDS,
      splits,
      subjects,
      ...dataset.groups && { groups: new Set(dataset.groups).size },
      tested,
      ...isCopied && { untested: "copied-rows" },
      pairs,
      latents,
      links,
      directions,
      ...order && { order },
      ...crossFitted && subjects > maxSampled.subjects && { comparedSubjects: maxSampled.subjects },
      unsupported: graph.edges.filter((edge) => !isSupported(edge)),
      seconds: (performance.now() - started) / 1e3
    },
    graph: { ...graph, edges: graph.edges.filter(isSupported) },
    ...crossFitted && { crossFitted }
  };
}

// src/training/opened-links.ts
var OPEN = 10;
var RATE3 = 2e-3;
var DECAY_AT5 = [0.4, 0.7, 0.9];
var DECAY6 = 0.3;
var STEPS3 = 0.4;
var SEED3 = 4096;
var MIN_SUBJECTS5 = 50;
var noNoise2 = { normal: unreachable2, uniform: unreachable2 };
async function openLinks(dataset, { model, parameters }, { latents, links }, { config, hooks }) {
  var _stack = [];
  try {
    const layout = latentLayout(model.modalities);
    const d = layout.latents;
    const present = presence(dataset.modalities);
    const complete2 = (rows) => present ? rows.filter((row) => present.every((marks) => marks[row] === 1)) : rows;
    const [train, validation] = [dataset.split.train, dataset.split.validation].map(complete2);
    const isPossible = model.gates && model.graph !== "cyclic" && model.shared === void 0;
    if (!isPossible || train.length < MIN_SUBJECTS5 || validation.length === 0) return void 0;
    const allowed = model.graph === "acyclic" ? parameters.get(ALLOWED_EDGES).values : allowedEdges(layout, model);
    const opened = links.flatMap(([first, second]) => {
      if (allowed[second * d + first] > 0) return [[first, second]];
      return allowed[first * d + second] > 0 ? [[second, first]] : [];
    });
    if (opened.length === 0) return void 0;
    const stage = mechanismStage(model, { latents, train, validation }, config, hooks);
    const initial = new Map(
      [...stage.initial].map(([name]) => [name, Float32Array.from(parameters.get(name).values)])
    );
    openGates(initial, opened, d);
    const { signal, threads, device } = hooks;
    const runner = __using(_stack, await StageRunner.open(["pruning"], dataset, config, { signal, threads, device }), true);
    const outcome = await runner.run("pruning", () => ({ ...stage, initial }));
    return { parameters: new Map([...parameters, ...outcome.parameters]), opened };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function openGates(initial, opened, d) {
  const weights = initial.get("flow.0.weight");
  const hidden = weights.length / d ** 2;
  for (const [cause, effect] of opened) {
    initial.get(LATENT_GATES)[effect * d + cause] = OPEN;
    for (let h = 0; h < hidden; h++) weights[(effect * hidden + h) * d + cause] = 0;
  }
}
function mechanismStage(model, { latents, train, validation }, config, { device = CPU }) {
  const layout = latentLayout(model.modalities);
  const batch = Math.min(config.batch, train.length);
  const target = targetOf(device);
  const { tiles } = cutOf(batch, target);
  const validationSteps = Math.ceil(validation.length / config.batch);
  const validationBatch = Math.floor(validation.length / validationSteps);
  const parameters = new ParameterList(1);
  const prior = new LatentPrior(parameters, layout, model);
  const z4 = data("z", [latents.length / layout.latents, layout.latents]);
  const likelihoodOf = (name, shape) => {
    const rows = gather(z4, data(name, [1, ...shape], "int32"));
    return neg(mean(prior.logDensity(rows, prior.condition(rows, prior.gates("hard", noNoise2))), [1]));
  };
  const likelihood = likelihoodOf("order", [STEPS_PER_EPOCH2 * tiles, batch / tiles]);
  const trained = parameters.all.filter(({ rate }) => rate === "weights");
  const epochs = Math.max(1, Math.round(STEPS3 * config.componentSteps / STEPS_PER_EPOCH2));
  return {
    name: "pruning",
    runs: 1,
    compiled: compile({
      runs: 1,
      rates: RATE_GROUPS,
      memory: target.memory,
      entries: {
        refit: trainedEntry(likelihood, trained, { terms: { likelihood }, tiles }),
        evaluate: { outputs: { likelihood: likelihoodOf("validationOrder", [validationSteps, validationBatch]) } }
      }
    }),
    data: /* @__PURE__ */ new Map([
      ["z", latents],
      ["validationOrder", validation.slice(0, validationSteps * validationBatch)]
    ]),
    initial: new Map(parameters.all.map(({ name }) => [name, new Float32Array()])),
    epochs,
    stepsPerEpoch: STEPS_PER_EPOCH2,
    plan: (epoch) => ({
      phase: "refit",
      rates: [RATE3 * DECAY6 ** DECAY_AT5.filter((at) => epoch >= at * epochs).length, 0]
    }),
    order: (epoch) => drawnRows(train, STEPS_PER_EPOCH2 * batch, restartSeed(config.seed, SEED3), epoch),
    validation: weightedTerms(validationSteps, { likelihood: 1 })
  };
}
function unreachable2() {
  throw new TypeError("hard gates draw no noise");
}

// src/evidence/take-up.ts
async function takeUpLinks(dataset, fitted, { graph, links, latents }, hooks) {
  const known = new Set(graph.edges.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const lacking = links.filter(({ verdict, first, second }) => verdict === "supported" && !known.has(`${first} ${second}`)).map(({ first, second }) => [position.get(first), position.get(second)]);
  if (lacking.length === 0) return void 0;
  const { config } = fitted;
  const result = await openLinks(dataset, fitted, { latents, links: lacking }, { config, hooks });
  if (!result) return void 0;
  const opened = result.opened.map(([cause, effect]) => ({
    from: graph.nodes[cause].name,
    to: graph.nodes[effect].name
  }));
  const { parameters } = result;
  return { parameters, opened, graph: await graphWith(graph, opened, dataset, { ...fitted, parameters }, hooks) };
}

// src/evidence/modes.ts
var EVIDENCE_MODES = ["quick", "full"];

// src/data/check-kinds.ts
var TOLERANCE = 1e-3;
var CHANNEL_KINDS = ["gaussian", "learned-noise", "robust", "binary"];
function kindProblem(modality) {
  const { columns, regularArray, values, observed } = modality;
  const observation = observationOf(modality);
  const width = valueCount(observation);
  const second = columns.findIndex(
    ({ kind }, c) => isSize(kind) && columns.slice(0, c).some((one) => isSize(one.kind))
  );
  if (second >= 0) return { at: second, problem: "is a second size; counts have one size" };
  for (const { likelihood, from, to, levels = 2 } of observation.parts) {
    if (regularArray && !CHANNEL_KINDS.includes(likelihood)) {
      return { at: from, problem: `has the kind ${likelihood}; channels are ${CHANNEL_KINDS.join(", ")}` };
    }
    if (isSize(likelihood) && !(columns[from].log && columns[from].offset === 0 && columns[from].sd === 1)) {
      return { at: from, problem: "is a size, but its scale is not that of a logarithm, with sd 1" };
    }
    if (isCount(likelihood)) {
      const odd = columns.findIndex(({ log, offset }, c) => c >= from && c < to && !(log && offset === 1));
      if (odd >= 0) return { at: odd, problem: "is a count, but its scale is not that of ln(1 + count)" };
    }
    if (likelihood === "gaussian" || likelihood === "learned-noise" || likelihood === "robust") continue;
    const each = likelihood === "categorical" ? levels : likelihood === "ordinal" ? levels - 1 : 1;
    for (let first = from; first < to; first += each) {
      for (let at = first; at < values.length; at += width) {
        const entry = values.subarray(at, at + each);
        const marks = observed?.subarray(at, at + each);
        if (marks?.some((mark) => mark !== marks[0])) return { at, problem: "is observed in only some of its levels" };
        if (marks?.[0] === 0) continue;
        const problem = problemOf(likelihood, entry, columns[regularArray ? columnAt(modality, at) : first]);
        if (problem !== void 0) return { at, problem };
      }
    }
  }
  return void 0;
}
function problemOf(kind, values, { mean: mean3, sd }) {
  const isFlag = (value) => value === 0 || value === 1;
  const shown = `[${values.join(", ")}]`;
  if (kind === "binary") return values.every(isFlag) ? void 0 : `is binary and has ${shown}; accepted are 0 and 1`;
  if (kind === "categorical") {
    const one = values.every(isFlag) && values.reduce((a, b) => a + b) === 1;
    return one ? void 0 : `is categorical and has ${shown}; accepted is one 1 among zeros`;
  }
  if (kind === "ordinal") {
    const falls = values.every((value, i) => isFlag(value) && (i === 0 || value <= values[i - 1]));
    return falls ? void 0 : `is ordinal and has ${shown}; accepted are ones, then zeros`;
  }
  if (kind !== "count" && kind !== "poisson") return void 0;
  const count2 = Math.expm1(values[0] * sd + mean3);
  const off = Math.abs(count2 - Math.round(count2));
  return count2 > -0.5 && off <= TOLERANCE * Math.max(1, count2) ? void 0 : `is a count and represents ${count2}; accepted are whole numbers from 0 on`;
}

// src/data/check.ts
var MIN_TRAINING = 2;
var MIN_VALIDATION = 1;
var NETWORKS = {
  table: ["mlp"],
  image: ["mlp", "conv", "resnet18"],
  series: ["mlp", "conv1d", "lstm", "gru"]
};
var SCALE = { name: "text", offset: "number", mean: "number", sd: "number" };
var DATASET = {
  ids: ["text"],
  modalities: [{ name: "text", columns: [SCALE], values: "numbers", latents: "number", exogenous: "number" }],
  split: { train: "numbers", validation: "numbers", test: "numbers" },
  "covariates?": ["typed array"],
  "shared?": { latents: "number", modalities: ["number"] }
};
function checkDataset(dataset) {
  checkArgument("the data set", dataset, DATASET);
  const { ids, groups, covariates = [], modalities, shared, split } = dataset;
  const repeatedId = firstRepeated(ids);
  if (repeatedId >= 0) throw invalid(`ids[${repeatedId}]`, `'${ids[repeatedId]}' is repeated; a subject has one row`);
  const empty = ids.indexOf("");
  if (empty >= 0) throw invalid(`ids[${empty}]`, "is empty; every subject needs an id");
  if (modalities.length < 2) {
    throw invalid("modalities", `has ${modalities.length}, but latents are found across two or more; add modalities`);
  }
  const repeated = firstRepeated(modalities.map(({ name }) => name.toLowerCase()));
  if (repeated >= 0) {
    const { name } = modalities[repeated];
    const isTwice = modalities.some((other, i) => i < repeated && other.name === name);
    const how = isTwice ? "is repeated" : "differs from another name only in capitals";
    throw invalid(`modalities[${repeated}].name`, `'${name}' ${how}; rename one of them`);
  }
  for (const [i, modality] of modalities.entries()) checkModality(modality, `modalities[${i}]`, ids);
  if (shared) checkShared(shared, modalities);
  checkSplit(split, ids.length);
  checkObserved(modalities, ids, split.train);
  if (groups) checkGroups(groups, ids, split);
  for (const [i, term] of covariates.entries()) checkCovariate(term, `covariates[${i}]`, ids.length);
}
function checkCovariate(term, place, subjects) {
  if (term.length !== subjects) throw invalid(place, `has ${term.length} values, but there are ${subjects} ids`);
  const broken = term.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw invalid(`${place}[${broken}]`, `is ${term[broken]}; covariates must be finite`);
}
function checkShared({ latents, modalities: positions2 }, modalities) {
  const known = positions2.every((m) => Number.isInteger(m) && m >= 0 && m < modalities.length);
  if (!known || new Set(positions2).size !== positions2.length || positions2.length < 2) {
    throw invalid("shared.modalities", `is [${positions2.join(", ")}]; positions of two or more modalities are needed`);
  }
  const maxShared = Math.min(...positions2.map((m) => modalities[m].latents));
  if (!Number.isInteger(latents) || latents < 1 || latents > maxShared) {
    throw invalid(
      "shared.latents",
      `is ${latents}; accepted is a whole number from 1 to ${maxShared}, the smallest number of latents of a modality`
    );
  }
}
function checkModality({ values, observed, stored, latents, exogenous, network, shiftInvariant, augment, ...scales }, place, ids) {
  const { name, columns, regularArray } = scales;
  if (!isModalityName(name)) {
    throw invalid(`${place}.name`, `is ${JSON.stringify(name)}; a name is a letter, then letters, digits, _ or -`);
  }
  const named = `${place} ('${name}')`;
  if (columns.length === 0) throw invalid(`${named}.columns`, "is empty; a modality needs a column");
  const repeated = firstRepeated(columns.map((column) => column.name));
  if (repeated >= 0) {
    throw invalid(`${named}.columns[${repeated}]`, `'${columns[repeated].name}' is repeated; rename one of them`);
  }
  for (const [i, { mean: mean3, sd, offset }] of columns.entries()) {
    if (![mean3, sd, offset].every(Number.isFinite) || sd <= 0) {
      throw invalid(
        `${named}.columns[${i}]`,
        `has mean ${mean3}, sd ${sd} and offset ${offset}; all must be finite and sd above 0`
      );
    }
  }
  for (const [key, count2] of Object.entries({ latents, exogenous })) {
    if (!Number.isInteger(count2) || count2 < 1 || count2 > 256) {
      throw invalid(`${named}.${key}`, `is ${count2}; accepted is a whole number from 1 to 256`);
    }
  }
  if (regularArray) checkArray(regularArray, `${named}.regularArray`);
  if (network && !NETWORKS[regularArray?.kind ?? "table"].includes(network.kind)) {
    const accepted = NETWORKS[regularArray?.kind ?? "table"].join(", ");
    throw invalid(`${named}.network`, `is ${network.kind}; networks for this kind of modality are ${accepted}`);
  }
  const networkProblem = network && (network.kind === "resnet18" && regularArray?.kind === "image" ? residualProblem(network, regularArray) : recurrentProblem(network));
  if (networkProblem) throw invalid(`${named}.network`, networkProblem);
  if (shiftInvariant !== void 0) {
    const isPossible = Number.isInteger(shiftInvariant) && shiftInvariant >= 1 && shiftInvariant <= latents;
    if (!regularArray || !isPossible) {
      throw invalid(
        `${named}.shiftInvariant`,
        `is ${shiftInvariant}; accepted is a whole number from 1 to latents, for images and series only`
      );
    }
  }
  if (augment !== void 0 && (!regularArray || augment.flip && regularArray.kind !== "image")) {
    throw invalid(`${named}.augment`, "is for images and series only, and flip for images only");
  }
  const width = valuesPerSubject(scales);
  const elements = stored?.numbers ?? values;
  if (elements.length !== ids.length * width) {
    throw invalid(
      `${named}.${stored ? "stored.numbers" : "values"}`,
      `has ${elements.length} elements; ` + (regularArray ? `${ids.length} ids \xD7 ${columns.length} channels \xD7 ${positionsOf(regularArray)} positions` : `${ids.length} ids \xD7 ${columns.length} columns`) + ` need ${ids.length * width}`
    );
  }
  if (stored) {
    if (values.length > 0 || observed)
      throw invalid(named, "has values or observed in addition to stored; leave these empty");
    checkStored(stored, scales, `${named}.stored`);
    return;
  }
  if (observed) checkMask(observed, values, `${named}.observed`);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const column = columns[columnAt(scales, bad)].name;
    const subject = ids[Math.floor(bad / width)];
    throw invalid(
      `${named}.values[${bad}]`,
      `is ${values[bad]} (column '${column}', subject ${subject}); mark a missing value in observed and store 0`
    );
  }
  const kind = kindProblem({ ...scales, values, observed });
  if (kind) {
    const column = columnOf(columns[columnAt(scales, kind.at)]);
    throw invalid(`${named}.values[${kind.at}]`, `(column '${column}') ${kind.problem}`);
  }
}
function checkStored(stored, { columns, regularArray }, place) {
  if (!regularArray) throw invalid(place, "is for images and series only");
  const { zero, unit, present, numbers } = stored;
  if (!Number.isFinite(zero) || !(unit > 0 && unit < Infinity)) {
    throw invalid(place, `has zero ${zero} and unit ${unit}; both must be finite and unit above 0`);
  }
  if (JSON.stringify(stored.scale) !== JSON.stringify(storedScale(stored, columns))) {
    throw invalid(`${place}.scale`, "is not the scale of the columns; use storedScale(stored, columns)");
  }
  const subjects = numbers.length / (columns.length * positionsOf(regularArray));
  if (present && (present.length !== subjects || present.some((mark) => mark > 1))) {
    throw invalid(`${place}.present`, `needs a 0 or a 1 for each of ${subjects} subjects`);
  }
}
function checkArray(regularArray, place) {
  const sizes = regularArray.kind === "image" ? [regularArray.height, regularArray.width] : [regularArray.steps];
  if (sizes.every((size) => Number.isInteger(size) && size >= 1)) return;
  throw invalid(place, `has the sizes ${sizes.join(" \xD7 ")}; accepted are whole numbers from 1 on`);
}
function checkMask(observed, values, place) {
  if (observed.length !== values.length) {
    throw invalid(place, `has ${observed.length} elements, values has ${values.length}`);
  }
  const bad = observed.findIndex((mark, i) => mark > 1 || mark === 0 && values[i] !== 0);
  if (bad < 0) return;
  if (observed[bad] > 1) {
    throw invalid(`${place}[${bad}]`, `is ${observed[bad]}; accepted are 1, observed, and 0, missing`);
  }
  throw invalid(`${place}[${bad}]`, `marks a missing value, but values[${bad}] is ${values[bad]}; store 0 there`);
}
function checkObserved(modalities, ids, train) {
  const present = modalities.map(presenceOf);
  const empty = present[0].findIndex((_, subject) => present.every((has) => has[subject] === 0));
  if (empty >= 0) throw invalid(`ids[${empty}]`, `'${ids[empty]}' has no observed value in any modality; leave it out`);
  for (const [i, { name, columns, regularArray, observed, stored }] of modalities.entries()) {
    if (stored && train.every((row) => stored.present?.[row] === 0)) {
      throw invalid(`modalities[${i}] ('${name}')`, "is missing in the whole training split; leave it out");
    }
    if (!observed) continue;
    const positions2 = positionsOf(regularArray);
    const isUnobserved = (row, c) => {
      const first = (row * columns.length + c) * positions2;
      return !observed.subarray(first, first + positions2).includes(1);
    };
    const unobserved = columns.findIndex((_, c) => train.every((row) => isUnobserved(row, c)));
    if (unobserved < 0) continue;
    throw invalid(
      `modalities[${i}] ('${name}').columns[${unobserved}]`,
      `'${columns[unobserved].name}' is missing in the whole training split; leave it out`
    );
  }
}
function checkSplit(split, subjects) {
  const splitOf = /* @__PURE__ */ new Map();
  for (const name of ["train", "validation", "test"]) {
    for (const [i, row] of split[name].entries()) {
      const place = `split.${name}[${i}]`;
      if (!Number.isInteger(row) || row < 0 || row >= subjects) {
        throw invalid(place, `is ${row}; accepted is a row number from 0 to ${subjects - 1}`);
      }
      const other = splitOf.get(row);
      if (other !== void 0) {
        throw invalid(place, `is row ${row}, which is also in ${other}; a subject belongs to one split`);
      }
      splitOf.set(row, name);
    }
  }
  if (split.train.length < MIN_TRAINING || split.validation.length < MIN_VALIDATION) {
    throw invalid(
      "split",
      `has ${split.train.length} rows in train and ${split.validation.length} in validation; at least ${MIN_TRAINING} and ${MIN_VALIDATION} are needed`
    );
  }
}
function checkGroups(groups, ids, split) {
  if (groups.length !== ids.length) {
    throw invalid("groups", `has ${groups.length} elements, but there are ${ids.length} ids`);
  }
  const splitOf = /* @__PURE__ */ new Map();
  for (const name of ["train", "validation", "test"]) {
    for (const [i, row] of split[name].entries()) {
      const other = splitOf.get(groups[row]) ?? name;
      if (other !== name) {
        throw invalid(
          `split.${name}[${i}]`,
          `belongs to group '${groups[row]}', which is also in ${other}; a group belongs to one split`
        );
      }
      splitOf.set(groups[row], name);
    }
  }
}
function invalid(place, reason) {
  return new InputError("invalid-dataset", `data set: ${place} ${reason}`, { place });
}

// src/selection/folds.ts
var MIN_SUBJECTS6 = 10;
var SPLIT_STREAM = 196608;
function foldsOf2(subjects, splits, seed, groups) {
  const shuffled2 = permutation(seedKey(seed), SPLIT_STREAM, 0, subjects.length).map((position) => subjects[position]);
  if (groups) return groupFolds(shuffled2, splits, groups);
  const size = Math.floor(subjects.length / splits);
  checkSize(size, subjects.length, splits);
  return Array.from({ length: splits }, (_, fold) => ({
    heldOut: shuffled2.slice(fold * size, (fold + 1) * size),
    train: joined(shuffled2.subarray(0, fold * size), shuffled2.subarray((fold + 1) * size))
  }));
}
function groupFolds(shuffled2, splits, groups) {
  const members = [...rowsByGroup(Array.from(shuffled2, (row) => groups[row])).values()];
  members.sort((a, b) => b.length - a.length);
  const folds = Array.from({ length: splits }, () => new Array());
  for (const positions2 of members) {
    const shortest = folds.reduce((best, fold) => fold.length < best.length ? fold : best);
    shortest.push(...positions2.map((position) => shuffled2[position]));
  }
  const size = Math.min(...folds.map((fold) => fold.length));
  checkSize(size, shuffled2.length, splits, ", as groups stay together");
  return folds.map((fold) => {
    const held = new Set(fold);
    return { heldOut: Int32Array.from(fold.slice(0, size)), train: shuffled2.filter((row) => !held.has(row)) };
  });
}
function checkSize(size, subjects, splits, together = "") {
  if (size >= MIN_SUBJECTS6) return;
  throw new InputError(
    "too-few-subjects",
    `${subjects} subjects in ${splits} splits leave ${size} held-out subjects${together}; ${MIN_SUBJECTS6} are needed: use fewer splits, or more subjects.`,
    { subjects, splits }
  );
}

// src/models/cross-predictor.ts
var PREDICTOR_LAYERS = 3;
var CrossPredictor = class {
  parameters;
  #layout;
  #encoders;
  #predictors;
  /** Creates `encoder.g<group>.*` and `predictor.g<group>.*`. */
  constructor(layout, { width, hidden }, runs) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.#encoders = layout.groups.map(
      ({ members, observation }, g) => observationNetwork(observation).encoder(this.parameters, `encoder.g${g}`, {
        members: members.length,
        hidden,
        outputs: width
      })
    );
    const layers = new Array(PREDICTOR_LAYERS).fill(hidden);
    this.#predictors = layout.groups.map(
      ({ members }, g) => thetaNetwork(this.parameters, `predictor.g${g}`, {
        members: members.length,
        widths: [width, ...layers],
        observation: observationsOfOtherModalities(layout, members)[0]
      })
    );
  }
  /**
   * Returns −log p of each modality's prediction without its constant: the mean over all values of the other modalities
   * and over the batch.
   * @param x per group
   * @param open 1 for the units of the bottleneck that a run uses, else 0, `[runs, 1, width, 1]`
   * @returns `[runs, modalities]`, in the study's order
   */
  errors(x, open) {
    const layout = this.#layout;
    const errors = layout.groups.map(
      ({ members }, g) => withScope("crossPrediction", () => {
        const bottleneck = mul(this.#encoders[g](x[g]), open);
        const targets = valuesOfOtherModalities(layout, x, members);
        const predicted2 = this.#predictors[g](bottleneck);
        const error = mean(
          neg(logProbability(observationsOfOtherModalities(layout, members), targets, predicted2)),
          [2, 3]
        );
        return reshape(error, [...error.shape, 1]);
      })
    );
    return concat(perModality(layout, errors), 1);
  }
};

// src/selection/stage.ts
var HIDDEN2 = 64;
var BATCH4 = 256;
var STEPS_PER_EPOCH3 = 20;
var EPOCHS3 = 24;
var RATE4 = 3e-3;
var WARM_UP_EPOCHS3 = 3;
var DECAY7 = 0.3;
var DECAY_AT6 = [0.5, 0.75, 0.9];
function errorOf(modality) {
  return `error.${modality}`;
}
function selectionStage(dataset, folds, { minLatents, maxLatents, seed }, device = CPU) {
  const layout = latentLayout(
    modalityShapes(dataset).map((shape) => ({ ...shape, latents: maxLatents, exogenous: 0 }))
  );
  const rows = dataset.ids.length;
  const candidates2 = maxLatents - minLatents + 1;
  const runs = folds.length * candidates2;
  const foldOf = Array.from({ length: runs }, (_, run) => Math.floor(run / candidates2));
  const latents = foldOf.map((fold, run) => minLatents + run - fold * candidates2);
  const [{ heldOut: heldOut2 }] = folds;
  const batch = Math.min(BATCH4, ...folds.map(({ train }) => train.length));
  const target = targetOf(device);
  const { tiles } = cutOf(batch, target);
  const heldOutSteps = Math.ceil(heldOut2.length / BATCH4);
  const heldOutBatch = Math.floor(heldOut2.length / heldOutSteps);
  const programOf = (count2) => {
    const model2 = new CrossPredictor(layout, { width: maxLatents, hidden: HIDDEN2 }, count2);
    const open = control("open", [count2, 1, maxLatents, 1]);
    const errors = (order, steps, size) => model2.errors(miniBatches(layout, rows, data(order, [count2, steps, size], "int32"), dataset.modalities), open);
    const loss = sum(errors("order", STEPS_PER_EPOCH3 * tiles, batch / tiles), [1]);
    const compiled2 = compile({
      runs: count2,
      rates: RATE_GROUPS,
      memory: target.memory,
      entries: {
        train: trainedEntry(loss, model2.parameters.all, { tiles }),
        evaluate: { outputs: { errors: errors("heldOut", heldOutSteps, heldOutBatch) } }
      }
    });
    return { model: model2, compiled: compiled2 };
  };
  const { model, compiled } = programOf(runs);
  return {
    name: "selection",
    runs,
    compiled,
    compiledFor: (count2) => programOf(count2).compiled,
    data: new Map([
      ...groupData(layout, dataset.modalities, rows),
      ["heldOut", perRun(foldOf, (fold) => folds[fold].heldOut.subarray(0, heldOutSteps * heldOutBatch))]
    ]),
    controls: /* @__PURE__ */ new Map([["open", openUnits(latents, maxLatents)]]),
    // Candidates of a fold have the same initial values and mini-batches, so they differ only in the number of latents.
    initial: model.parameters.initialValues(foldOf.map((fold) => restartSeed(seed, fold))),
    epochs: EPOCHS3,
    stepsPerEpoch: STEPS_PER_EPOCH3,
    plan(epoch) {
      const rate = rateOf(epoch);
      return { phase: "train", rates: [rate, rate] };
    },
    order: (epoch) => perRun(foldOf, (fold) => drawnRows(folds[fold].train, STEPS_PER_EPOCH3 * batch, restartSeed(seed, fold), epoch)),
    validation: heldOutErrors(layout.modalities.length, heldOutSteps),
    diverged: ({ restart: candidate, step, tensor }) => new NumericError(
      "all-runs-diverged",
      `Candidate ${candidate} left the finite numbers at step ${step}, first in "${tensor}". Look for extreme values with \`interlatent inspect\`.`,
      { candidate, step }
    )
  };
}
function heldOutErrors(modalities, steps) {
  return {
    steps,
    score(results, { runs }) {
      const error = (run, modality) => {
        let mean3 = 0;
        for (let step = 0; step < steps; step++) mean3 += results[(step * runs + run) * modalities + modality] / steps;
        return mean3;
      };
      return Object.fromEntries(
        Array.from({ length: modalities }, (_, modality) => [
          errorOf(modality),
          Array.from({ length: runs }, (_2, run) => error(run, modality))
        ])
      );
    }
  };
}
function openUnits(latents, maxLatents) {
  return Float32Array.from(
    { length: latents.length * maxLatents },
    (_, i) => i % maxLatents < latents[Math.floor(i / maxLatents)] ? 1 : 0
  );
}
function rateOf(epoch) {
  const decays = DECAY_AT6.filter((at) => epoch >= at * EPOCHS3).length;
  return RATE4 * DECAY7 ** decays * Math.min(1, (epoch + 1) / WARM_UP_EPOCHS3);
}
function perRun(foldOf, rowsOf2) {
  const byFold = Array.from(new Set(foldOf), rowsOf2);
  const size = byFold[0].length;
  const all = new Int32Array(foldOf.length * size);
  foldOf.forEach((fold, run) => {
    all.set(byFold[fold], run * size);
  });
  return all;
}

// src/selection/held-out-errors.ts
async function heldOutErrors2(dataset, folds, { signal, onProgress, ...options }) {
  const { maxLatents } = options;
  const isGaussian = dataset.modalities.every(
    ({ columns }) => columns.every(({ kind = "gaussian" }) => kind === "gaussian")
  );
  const minLatents = isGaussian ? 1 : 0;
  const candidates2 = maxLatents - minLatents + 1;
  const stage = selectionStage(dataset, folds, { minLatents, ...options }, options.device);
  const { epochs } = stage;
  const trainer = await Trainer.create(stage, options);
  try {
    const started = performance.now();
    await trainer.train({
      signal,
      onEpoch: ({ epoch }) => {
        const perEpoch = (performance.now() - started) / 1e3 / (epoch + 1);
        onProgress?.({ epoch: epoch + 1, epochs, secondsLeft: (epochs - epoch - 1) * perEpoch });
      }
    });
    const { history } = trainer.state;
    const lowest = (run, modality) => Math.min(...history.map(({ validation }) => validation[errorOf(modality)][run] ?? Infinity));
    const trained = dataset.modalities.map(
      (_, m) => Array.from({ length: candidates2 }, (_2, i) => folds.map((_3, fold) => lowest(fold * candidates2 + i, m)))
    );
    if (!isGaussian) return trained;
    const ofMeans = folds.map((fold) => errorsOfMeans(dataset, fold));
    return trained.map((errors, m) => [ofMeans.map((error) => error[m]), ...errors]);
  } finally {
    await trainer.dispose();
  }
}
function errorsOfMeans({ modalities }, { train, heldOut: heldOut2 }) {
  const sums = modalities.map((modality) => {
    const width = valuesPerSubject(modality);
    const [means, counts, squares2] = Array.from({ length: 3 }, () => new Float64Array(width));
    const eachKnown = (rows, use) => {
      for (const row of rows) {
        const { values, observed } = selectSubjects(modality, width, Int32Array.of(row));
        values.forEach((value, column) => {
          if (observed?.[column] !== 0) use(column, value);
        });
      }
    };
    eachKnown(train, (column, value) => {
      means[column] += value;
      counts[column]++;
    });
    means.forEach((sum2, column) => means[column] = sum2 / Math.max(1, counts[column]));
    eachKnown(heldOut2, (column, value) => squares2[column] += (value - means[column]) ** 2);
    return { total: squares2.reduce((sum2, square2) => sum2 + square2 / heldOut2.length, 0), width };
  });
  const all = sums.reduce((a, b) => ({ total: a.total + b.total, width: a.width + b.width }));
  return sums.map(({ total: total2, width }) => (all.total - total2) / (all.width - width));
}

// src/selection/select-rule.ts
var STANDARD_ERRORS = 2;
function recommend(errors, tolerance) {
  const means = errors.map(meanOf);
  const nothing = means[0];
  const predictable = nothing - Math.min(...means);
  let last = 0;
  const candidates2 = errors.slice(1).map((ofSplits, i) => {
    const { gain, gainStandardError, isEnough: isEnough2 } = gainOf(errors[i], ofSplits, tolerance * predictable);
    const counts = isEnough2 && gainOf(errors[last], ofSplits, tolerance * predictable).isEnough;
    if (counts) last = i + 1;
    return {
      latents: i + 1,
      error: means[i + 1],
      standardError: standardError(ofSplits),
      predicted: 1 - means[i + 1] / nothing,
      gain,
      gainStandardError,
      counts
    };
  });
  const recommended = last;
  const verdict = recommended === 0 ? "nothing-shared" : recommended === candidates2.length ? "largest-tried" : "found";
  return { recommended, verdict, candidates: candidates2 };
}
function gainOf(fewer, more, minGain) {
  const gains = more.map((error, split) => fewer[split] - error);
  const gain = meanOf(gains);
  const gainStandardError = standardError(gains);
  return { gain, gainStandardError, isEnough: gain > Math.max(STANDARD_ERRORS * gainStandardError, minGain) };
}
function meanOf(values) {
  return values.reduce((sum2, value) => sum2 + value, 0) / values.length;
}
function standardError(values) {
  const mean3 = meanOf(values);
  const square2 = values.reduce((sum2, value) => sum2 + (value - mean3) ** 2, 0);
  return Math.sqrt(square2 / (values.length - 1) / values.length);
}

// src/selection/select-latents.ts
var SELECTION_DEFAULTS = { maxLatents: 6, splits: 4, tolerance: 0.02, seed: 0 };
var MIN_SPLITS = 3;
async function selectLatents(dataset, options = {}) {
  checkDataset(dataset);
  const started = performance.now();
  const settings = { ...SELECTION_DEFAULTS, ...options };
  const { maxLatents, splits, tolerance, seed, threads, signal, onProgress } = settings;
  checkSettings(settings);
  signal?.throwIfAborted();
  const { device, choice } = await chooseDevice(settings.device, settings.matmulPrecision);
  const subjects = joined(dataset.split.train, dataset.split.validation);
  const folds = foldsOf2(subjects, splits, seed, dataset.groups);
  const errors = await heldOutErrors2(dataset, folds, { maxLatents, seed, threads, device, signal, onProgress });
  const widths = dataset.modalities.map(
    (modality) => modality.regularArray ? valuesPerSubject(modality) : predictedColumns(modality.columns).length
  );
  const all = widths.reduce((total2, columns) => total2 + columns, 0);
  return {
    modalities: dataset.modalities.map(({ name, latents, exogenous }, m) => {
      const columns = widths[m];
      const limit = Math.max(1, Math.min(maxLatents, columns - exogenous));
      const otherColumns = all - columns;
      const recommendation = recommend(errors[m].slice(0, limit + 1), tolerance);
      return { name, columns, otherColumns, latents, exogenous, ...recommendation };
    }),
    subjects: subjects.length,
    splits,
    tolerance,
    seed,
    fingerprint: dataset.fingerprint,
    device: choice,
    seconds: (performance.now() - started) / 1e3
  };
}
function checkSettings({
  maxLatents,
  splits,
  tolerance,
  seed
}) {
  const check = (setting, value, isValid, accepted) => {
    if (!isValid) {
      throw new InputError("invalid-setting", `Setting "${setting}": takes ${accepted}, got ${value}.`, { setting });
    }
  };
  check(
    "maxLatents",
    maxLatents,
    Number.isInteger(maxLatents) && maxLatents >= 1 && maxLatents <= 64,
    "a whole number from 1 to 64"
  );
  check(
    "splits",
    splits,
    Number.isInteger(splits) && splits >= MIN_SPLITS && splits <= 64,
    `a whole number from ${MIN_SPLITS} to 64`
  );
  check("tolerance", tolerance, tolerance >= 0 && tolerance < 1, "a number from 0 up to 1");
  check("seed", seed, Number.isInteger(seed) && seed >= 0 && seed <= 4294967295, "a whole number below 2\xB3\xB2");
}

// src/background/thread.ts
import { AsyncResource } from "node:async_hooks";
import { existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { join as join3 } from "node:path";
import { SHARE_ENV, Worker } from "node:worker_threads";

// src/threads/shared-values.ts
import { setImmediate } from "node:timers/promises";
import { types } from "node:util";
var { isMap, isSet, isSharedArrayBuffer, isTypedArray } = types;
var LONG_LIST = 2e4;
var PIECE = 2 ** 24;
async function toShared(value) {
  const shared = /* @__PURE__ */ new Map();
  for (const leaf of leavesOf(value, (part) => isLongArray(part) || isLongList(part))) {
    shared.set(leaf, isLongArray(leaf) ? await sharedArray(leaf) : await packedTexts(leaf));
  }
  return replaced(value, shared);
}
async function fromShared(value) {
  const read2 = /* @__PURE__ */ new Map();
  for (const leaf of leavesOf(value, isPacked)) read2.set(leaf, await unpackedTexts(leaf));
  const isForeign = typeof value === "object" && value !== null && !(value instanceof Object);
  if (isForeign)
    for (const leaf of leavesOf(value, isTypedArray)) read2.set(leaf, localArray(leaf));
  return replaced(value, read2, isForeign);
}
function localArray(array2) {
  const Type = globalThis[array2[Symbol.toStringTag]];
  return new Type(array2.buffer, array2.byteOffset, array2.length);
}
function isLongArray(value) {
  return isTypedArray(value) && value.byteLength >= LONG_ARRAY && !isSharedArrayBuffer(value.buffer);
}
function isLongList(value) {
  if (!Array.isArray(value) || value.length < LONG_LIST) return false;
  return packedOf(value) !== void 0 || value.every((text) => typeof text === "string");
}
function isPacked(value) {
  return "packedTexts" in value;
}
async function packedTexts(texts) {
  const known = packedOf(texts);
  if (known) return known;
  const pieces = [];
  for (const piece of textPieces(texts)) {
    pieces.push(piece);
    await setImmediate();
  }
  return { packedTexts: { length: texts.length, pieces } };
}
async function unpackedTexts(texts) {
  if (texts.packedTexts.length >= longList.from) return packedList(texts);
  const list = [];
  for (const strings of stringsOf(texts)) {
    for (const text of strings) list.push(text);
    await setImmediate();
  }
  return list;
}
function leavesOf(value, isLeaf) {
  const leaves = /* @__PURE__ */ new Set();
  const seen = /* @__PURE__ */ new Set();
  const todo = [value];
  while (todo.length > 0) {
    const part = todo.pop();
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    if (isLeaf(part)) leaves.add(part);
    else todo.push(...partsOf(part));
  }
  return leaves;
}
function partsOf(value) {
  if (Array.isArray(value)) return value.some((part) => typeof part === "object") ? value : [];
  if (isMap(value) || isSet(value)) return [...value.values()];
  return isPlain(value) ? Object.values(value) : [];
}
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
function replaced(value, by, isAll = false) {
  if (by.size === 0 && !isAll) return value;
  const done = new Map(by);
  const visit = (part) => {
    if (typeof part !== "object" || part === null) return part;
    if (done.has(part)) return done.get(part);
    const parts = isAll && Array.isArray(part) ? part : partsOf(part);
    const visited = parts.map(visit);
    const result = !isAll && visited.every((one, i) => one === parts[i]) ? part : withParts(part, visited);
    done.set(part, result);
    return result;
  };
  return visit(value);
}
function withParts(value, parts) {
  if (Array.isArray(value)) return [...parts];
  if (isMap(value)) return new Map([...value.keys()].map((key, i) => [key, parts[i]]));
  if (isSet(value)) return new Set(parts);
  return isPlain(value) ? Object.fromEntries(Object.keys(value).map((key, i) => [key, parts[i]])) : value;
}
async function sharedArray(array2) {
  const { byteLength } = array2;
  const source = new Uint8Array(array2.buffer, array2.byteOffset, byteLength);
  const memory = new SharedArrayBuffer(byteLength);
  const target = new Uint8Array(memory);
  for (let at = 0; at < byteLength; at += PIECE) {
    target.set(source.subarray(at, at + PIECE), at);
    await setImmediate();
  }
  const Type = array2.constructor;
  return new Type(memory);
}

// src/background/thread.ts
var PROGRAM = join3(packageRoot, "dist/background/worker.js");
var BackgroundThread = class _BackgroundThread {
  /** Niceness of the thread, as of the command `nice`; it has an effect only on Linux. */
  niceness;
  #worker;
  #pending = /* @__PURE__ */ new Map();
  #calls = 0;
  #isClosed = false;
  constructor(start) {
    this.niceness = start.niceness;
    endingFlags();
    this.#worker = new Worker(PROGRAM, { workerData: start, execArgv: [], env: SHARE_ENV });
    this.#worker.unref();
    this.#worker.on("message", (message) => {
      this.#take(message);
    });
    this.#worker.on("error", (cause) => {
      this.#fail(cause);
    });
    this.#worker.on("exit", () => {
      const wasClosed = this.#isClosed;
      this.#isClosed = true;
      this.#fail(
        wasClosed ? new StateError("disposed", "This model was disposed before it had answered.") : new InternalError("thread-ended", "A thread of interlatent ended before it had answered.")
      );
    });
  }
  /**
   * True if background threads are possible. They are not if this package runs from its sources, or was bundled into a
   * program without its files. The caller's thread then does the work.
   */
  static get isPossible() {
    return isBundled && existsSync(PROGRAM);
  }
  get isRunning() {
    return !this.#isClosed;
  }
  static async open(start) {
    await access(PROGRAM);
    return new _BackgroundThread(start);
  }
  /** Makes the following calls questions to this model, until `giveUpModel`. Without a model, calls are tasks. */
  async answerFor(model) {
    this.#send({ model: await toShared(model) });
  }
  giveUpModel() {
    this.#send({ model: void 0 });
  }
  /** Calls a method. @throws the errors of the method and of listeners; the signal's reason */
  async call(method, args, { signal, listeners = {} } = {}) {
    signal?.throwIfAborted();
    let sent = await toShared(args);
    signal?.throwIfAborted();
    const call = this.#calls++;
    let thrown;
    const stop = () => {
      this.#send({ abort: call });
    };
    const guarded = Object.entries(listeners).flatMap(([name, listener]) => {
      if (listener === void 0) return [];
      const bound = AsyncResource.bind((value) => {
        listener(value);
      });
      const guard = (value) => {
        if (thrown) return;
        try {
          bound(value);
        } catch (error) {
          thrown = { error };
          stop();
        }
      };
      return [[name, guard]];
    });
    signal?.addEventListener("abort", stop);
    try {
      const answer = await new Promise((take, fail) => {
        this.#begin(call, { take, fail, listeners: Object.fromEntries(guarded) });
        this.#send({ call, method, args: sent, listeners: guarded.map(([name]) => name) });
        sent = [];
      });
      if (thrown) throw thrown.error;
      if ("stopped" in answer) throw signal?.reason;
      return await fromShared(resultOf(answer));
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#end(call);
    }
  }
  /** Calls a method that answers with many items. @throws the errors of the method; the signal's reason */
  async *stream(method, args, { signal } = {}) {
    signal?.throwIfAborted();
    const sent = await toShared(args);
    signal?.throwIfAborted();
    const call = this.#calls++;
    const stop = () => {
      this.#send({ abort: call });
    };
    const next = async (message) => {
      const answer = await new Promise((take, fail) => {
        this.#begin(call, { take, fail, listeners: {} });
        this.#send(message);
      });
      if ("stopped" in answer) throw signal?.reason;
      return "items" in answer ? answer : { items: [resultOf(answer)], isLast: true };
    };
    let isOver = false;
    signal?.addEventListener("abort", stop);
    try {
      let answer = await next({ call, method, args: sent, listeners: [] });
      yield* answer.items;
      while (!answer.isLast) {
        this.#end(call);
        answer = await next({ next: call });
        yield* answer.items;
      }
      isOver = true;
    } finally {
      signal?.removeEventListener("abort", stop);
      if (!isOver) this.#send({ end: call });
      this.#end(call);
    }
  }
  /** Ends the thread. Open calls reject. */
  async close() {
    this.#isClosed = true;
    await this.#worker.terminate();
  }
  #begin(call, pending) {
    if (this.#isClosed) throw new StateError("disposed", "This model was disposed; load or fit it again.");
    this.#pending.set(call, pending);
    this.#worker.ref();
  }
  #end(call) {
    this.#pending.delete(call);
    if (this.#pending.size === 0) this.#worker.unref();
  }
  #send(message) {
    try {
      this.#worker.postMessage(message);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new InputError("invalid-argument", `Arguments must be data, not functions: ${what}`, {}, cause);
    }
  }
  #take(message) {
    const pending = this.#pending.get(message.call);
    if ("listener" in message) pending?.listeners[message.listener]?.(message.value);
    else pending?.take(message);
  }
  #fail(cause) {
    for (const { fail } of this.#pending.values()) fail(cause);
  }
};
function resultOf(answer) {
  if ("result" in answer) return answer.result;
  if ("error" in answer) throw deserializeError(answer.error);
  if ("foreign" in answer) throw answer.foreign;
  throw new InternalError("thread-answer", "A thread of interlatent gave an unexpected answer.");
}

// src/background/thread-pool.ts
var ThreadPool = class _ThreadPool {
  #idle;
  #all;
  constructor(threads) {
    this.#all = threads;
    this.#idle = [...threads];
  }
  static async open(size) {
    const { niceness } = taskThreads;
    return new _ThreadPool(await Promise.all(Array.from({ length: size }, () => BackgroundThread.open({ niceness }))));
  }
  /** Calls a method of `Tasks` on an idle thread. There must not be more calls at the same time than threads. */
  async call(method, args, signal) {
    const thread = this.#idle.pop();
    try {
      return await thread.call(method, args, { signal });
    } finally {
      this.#idle.push(thread);
    }
  }
  async close() {
    await Promise.all(this.#all.map((thread) => thread.close()));
  }
};
async function withThreadPool(threads, work) {
  if (!(threads > 1) || !BackgroundThread.isPossible) return work(void 0);
  const pool = await ThreadPool.open(threads);
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

// src/training/fit-warnings.ts
var ENOUGH_STEPS = 1e3;
var ENOUGH_CORRELATION_STEPS = 300;
var ENOUGH_SUBJECTS = 1 / 50;
var ENOUGH_VALIDATION = 20;
var TESTED_GROUPS = 20;
var ENOUGH_PRESENT = 50;
var ALPHA2 = 0.05;
var MIN_P = 1e-10;
function fitWarnings(dataset, config) {
  const isLinear = config.subspaces === "linear" || config.subspaces === "residual";
  const ofNetwork = isLinear ? [] : [...fewSteps(dataset, config), ...fewSubjects(dataset, config)];
  return byImportance([
    ...copiedRows(dataset),
    ...copiedColumns(dataset),
    ...ofNetwork,
    ...depthWarning(dataset),
    ...fewValidation(dataset),
    ...rowsOfGroups(dataset),
    ...fewOfModality(dataset),
    ...missingDependsOnObserved(dataset)
  ]);
}
function sharingWarnings({ split: { train } }, config, dataParallel) {
  const batch = Math.min(config.batch, train.length);
  const { tiles } = usesJacobian(config.sparsity) ? { tiles: 1 } : cutOf(batch, CPU_TARGET);
  if (tiles >= dataParallel) return [];
  return [
    {
      code: "few-tiles",
      text: `Mini-batches of ${batch} subjects have ${tiles === 1 ? "one tile" : `${tiles} tiles`}: only ${tiles === 1 ? "one" : tiles} of the ${dataParallel} processes or GPUs would have work. ` + (usesJacobian(config.sparsity) ? "The Jacobian penalty (sparsity.kind) looks at all subjects of a mini-batch together." : "Set --batch to a larger multiple of 256, or lower --data-parallel.")
    }
  ];
}
function fewSteps({ split: { train } }, config) {
  const { batch, epochs, passes = 1 } = config;
  const perPass = stepsOf(train.length, batch);
  const steps = epochs * passes * perPass;
  const enough = kindOfFit(config) === "correlation" ? ENOUGH_CORRELATION_STEPS : ENOUGH_STEPS;
  if (steps >= enough) return [];
  return [
    {
      code: "few-steps",
      text: `${steps} steps in total (epochs ${epochs} \xD7 batches ${passes * perPass}) are too few; a fit needs at least ${enough}. Leave out training.batch and training.epochs: their defaults follow the number of subjects.`
    }
  ];
}
function fewSubjects(dataset, config) {
  const subjects = dataset.split.train.length;
  const items = modalityShapes(dataset).flatMap((shape, m) => {
    const { regularArray, columns } = dataset.modalities[m];
    if (regularArray) return [];
    const { parameters } = new MultimodalModel(modelConfig([shape], config), 1);
    const weights = parameters.all.filter(({ name }) => name.startsWith("encoder")).reduce((sum2, parameter) => sum2 + parameter.shape.reduce((a, b) => a * b, 1), 0);
    return subjects / weights >= ENOUGH_SUBJECTS ? [] : [`${shape.name}: ${weights} weights (${columns.length} columns)`];
  });
  return listing(
    "few-subjects",
    items,
    `${subjects} training subjects are few for the weights of an encoder: expect overfitting. Use fewer columns, or lower training.hidden.`
  );
}
function fewValidation({ split: { validation } }) {
  if (validation.length >= ENOUGH_VALIDATION) return [];
  return [
    {
      code: "few-validation",
      text: `${validation.length} validation subjects choose between the restarts; at least ${ENOUGH_VALIDATION} are needed. Raise split.validation.`
    }
  ];
}
function rowsOfGroups({ ids, groups }) {
  if (!areRepetitions(groups)) return [];
  const count2 = new Set(groups).size;
  return [
    {
      code: "rows-of-groups",
      text: `${ids.length} rows belong to ${count2} groups. Rows of a group are alike and do not count as ${ids.length} subjects: pairs, links and the edges of discovery are tested on the groups' means` + (count2 < TESTED_GROUPS ? `. This needs ${TESTED_GROUPS} groups, so nothing can be tested here.` : ".")
    }
  ];
}
function fewOfModality({ modalities, split: { train } }) {
  const present = modalities.map(presenceOf);
  const having = (...of) => train.filter((row) => of.every((m) => present[m][row] === 1)).length;
  const needed = Math.min(ENOUGH_PRESENT, train.length);
  const isFew = (subjects) => subjects < needed;
  const few = modalities.map((_, m) => isFew(having(m)));
  const alone = modalities.flatMap(({ name }, m) => few[m] ? [`${name}: ${having(m)} subjects`] : []);
  const pairs = modalities.flatMap(
    ({ name }, m) => modalities.slice(m + 1).flatMap((other, i) => {
      const both2 = having(m, m + 1 + i);
      return few[m] || few[m + 1 + i] || !isFew(both2) ? [] : [`${name} and ${other.name}: ${both2} subjects`];
    })
  );
  const all = `of ${train.length} training subjects`;
  return [
    ...listing(
      "few-of-modality",
      alone,
      `Too few ${all} have a modality for its latents: ${needed} are needed. Leave the modality out, or add subjects who have it.`
    ),
    ...listing(
      "few-in-common",
      pairs,
      `Few ${all} have both modalities of a pair: fewer than ${needed} say little about links between them. Add subjects who have both.`
    )
  ];
}
function missingDependsOnObserved(dataset) {
  const tests = missingnessTests(dataset);
  const significant = tests.filter(({ corrected }) => corrected <= ALPHA2).sort((a, b) => a.corrected - b.corrected);
  const groups = /* @__PURE__ */ new Map();
  for (const test of significant) {
    const key = `${test.modality} ${test.lacking}`;
    groups.set(key, [...groups.get(key) ?? [], test]);
  }
  return listing(
    "missing-depends-on-observed",
    [...groups.values()].map(differenceText),
    `Values are not missing completely at random: subjects who lack them differ in observed values (${significant.length} of ${tests.length} tests, p corrected for all). The fit allows for missingness that depends on observed values. It does not allow for missingness that depends on the missing values themselves, which no test can detect. Means of these modalities, and links between them, describe the subjects who have them (docs/explanation/missing-data.md).`
  );
}
function differenceText([first, ...others]) {
  const { modality, lacking, other, corrected, column, difference } = first;
  const p = corrected < MIN_P ? "p < 1e-10" : `p ${corrected.toPrecision(1)}`;
  const size = `${column} is ${Math.abs(difference).toFixed(1)} sd ${difference < 0 ? "lower" : "higher"}`;
  const rest = others.length === 0 ? "" : `; also in ${others.map((test) => test.other).join(", ")}`;
  const what = lacking === "all" ? "it" : "values of it";
  return `${modality}: subjects who lack ${what} differ in ${other} (${p}; ${size})${rest}`;
}

// src/shards/launch.ts
import { constants as constants2 } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { availableParallelism as availableParallelism2, cpus } from "node:os";
import { join as join4 } from "node:path";

// src/shards/pause.ts
import { setTimeout } from "node:timers/promises";
async function pause(seconds, signal) {
  try {
    await setTimeout(seconds * 1e3, void 0, signal && { signal });
    return true;
  } catch {
    return false;
  }
}

// src/shards/launch.ts
var LAUNCHERS = [
  {
    launcher: "Open MPI",
    ...{ rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE", localSize: "OMPI_COMM_WORLD_LOCAL_SIZE" }
  },
  { launcher: "srun", rank: "SLURM_PROCID", size: "SLURM_STEP_NUM_TASKS", localSize: "SLURM_STEP_TASKS_PER_NODE" },
  { launcher: "MPICH", rank: "PMI_RANK", size: "PMI_SIZE", localSize: "MPI_LOCALNRANKS" }
];
function launchOf(environment) {
  for (const { launcher, ...names } of LAUNCHERS) {
    const [rank, size] = [names.rank, names.size].map((name) => Number(environment[name]));
    const local = parseInt(environment[names.localSize] ?? "", 10);
    if (Number.isInteger(rank) && size > 1) return { launcher, rank, size, localSize: local >= 1 ? local : 1 };
  }
  return void 0;
}
function threadsOf({ localSize }) {
  return Math.max(1, Math.min(availableParallelism2(), Math.floor(cpus().length / localSize)));
}
function shareOf({ rank, size }, dataParallel = 1) {
  return { of: Math.max(1, Math.floor(size / dataParallel)), index: Math.floor(rank / dataParallel) };
}
var DEADLINE2 = 60;
var EVERY = 0.2;
var Meeting = class _Meeting {
  #folder;
  #launch;
  #stop = new AbortController();
  #announcements;
  #hasMet = false;
  constructor(folder, launch) {
    this.#folder = folder;
    this.#launch = launch;
    this.#announcements = this.#keepAnnouncing();
  }
  /**
   * Waits until it has seen the file of every other rank change.
   * @throws StateError `rank-lost`, which names the missing ranks; FileError `unwritable`; the signal's reason
   */
  static async meet(folder, launch, { deadline = DEADLINE2, signal } = {}) {
    await makeFolder(folder);
    await announce(folder, launch.rank, "here");
    const meeting = new _Meeting(folder, launch);
    try {
      const missing = await meeting.#untilSeen(deadline, signal);
      signal?.throwIfAborted();
      if (missing.length > 0) throw lost(launch, folder, missing, deadline);
      meeting.#hasMet = true;
      return meeting;
    } catch (error) {
      await meeting.leave();
      throw error;
    }
  }
  /**
   * Ends the announcements, but waits first until every other rank has met all: a fast rank must not disappear before
   * the slow ones have seen it. Idempotent.
   */
  async leave() {
    if (this.#stop.signal.aborted) return;
    if (this.#hasMet) await this.#until((text) => text === void 0 || text.includes(MET), DEADLINE2);
    this.#stop.abort();
    await this.#announcements;
    await rm(pathOf(this.#folder, this.#launch.rank), { force: true });
  }
  /** Waits until the other ranks have left. */
  async untilAlone() {
    await this.#until((text) => text === void 0, DEADLINE2);
  }
  /** Waits until all ranks were seen. @returns ranks that were not seen */
  async #untilSeen(deadline, signal) {
    const first = /* @__PURE__ */ new Map();
    const isSeen = (text, rank) => {
      if (!first.has(rank)) first.set(rank, text);
      return text !== void 0 && text !== "" && text !== first.get(rank);
    };
    return this.#until(isSeen, deadline, signal);
  }
  /**
   * Waits until a condition holds for the files of all other ranks.
   * @param deadline seconds
   * @returns ranks for which it did not hold before the deadline
   */
  async #until(isMet, deadline, signal) {
    const { rank, size } = this.#launch;
    let remaining = Array.from({ length: size }, (_, one) => one).filter((one) => one !== rank);
    const until = performance.now() + deadline * 1e3;
    for (; ; ) {
      const texts = await Promise.all(remaining.map((one) => textIfExists(pathOf(this.#folder, one))));
      remaining = remaining.filter((one, i) => !isMet(texts[i], one));
      if (remaining.length === 0 || performance.now() > until || !await pause(EVERY, signal)) return remaining;
    }
  }
  async #keepAnnouncing() {
    while (await pause(EVERY, this.#stop.signal)) {
      await announce(this.#folder, this.#launch.rank, this.#hasMet ? MET : "here").catch(() => void 0);
    }
  }
};
var MET = "met all";
function pathOf(folder, rank) {
  return join4(folder, `rank-${rank}`);
}
async function announce(folder, rank, status) {
  const path = pathOf(folder, rank);
  try {
    const text = `${thisMachine().host} ${process.pid} ${performance.now()} ${status}
`;
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants2;
    await writeFile(path, text, { flag: O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK });
  } catch (cause) {
    throw writeError(path, cause);
  }
}
function lost({ launcher, rank, size }, folder, missing, deadline) {
  const { host } = thisMachine();
  return new StateError(
    "rank-lost",
    `${launcher} started ${size} processes; rank ${rank} on ${host} has not seen ${missing.length === 1 ? "rank" : "ranks"} ${missing.join(", ")} in ${folder} within ${deadline} s. They share a fit through that folder: put --out on a disk that all hosts see. Nothing was computed.`,
    { rank, size, host, missing, folder }
  );
}

// src/shards/shard-folder.ts
import { constants as constants4 } from "node:fs";
import { join as join6 } from "node:path";
import * as z3 from "zod";

// src/shards/lease.ts
import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { link, rm as rm2 } from "node:fs/promises";
import * as z from "zod";

// src/shards/heartbeat.ts
import { once } from "node:events";
import { closeSync, constants as constants3, existsSync as existsSync2, openSync, readFileSync, writeFileSync } from "node:fs";
import { join as join5 } from "node:path";
import { Worker as Worker2 } from "node:worker_threads";
var PROGRAM2 = join5(packageRoot, "dist/shards/heartbeat-thread.js");
var [STOP, EPOCH] = [0, 1];
var Heartbeat = class {
  #start;
  #memory = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  #thread;
  #timer;
  constructor(start) {
    this.#start = { ...start, memory: this.#memory };
    if (existsSync2(PROGRAM2)) this.#startThread();
    else this.#startTimer();
  }
  /** Sets the epoch that the next heartbeat reports. */
  set epoch(epoch) {
    Atomics.store(this.#memory, EPOCH, epoch);
  }
  /** Stops the heartbeats. When it resolves, nothing more is written. */
  async stop() {
    Atomics.store(this.#memory, STOP, 1);
    Atomics.notify(this.#memory, STOP);
    clearInterval(this.#timer);
    const thread = this.#thread;
    if (!thread) return;
    thread.ref();
    await once(thread, "exit");
  }
  #startThread() {
    const thread = new Worker2(PROGRAM2, { workerData: this.#start, execArgv: [] });
    thread.unref();
    thread.once("exit", () => {
      this.#thread = void 0;
    });
    thread.once("error", () => {
      this.#startTimer();
    });
    this.#thread = thread;
  }
  #startTimer() {
    this.#timer = setInterval(() => {
      if (Atomics.load(this.#memory, STOP) === 1 || !heartbeat(this.#start)) clearInterval(this.#timer);
    }, this.#start.every * 1e3);
    this.#timer.unref();
  }
};
function heartbeat({ path, lease, memory, counter: counter2 }) {
  if (isTaken(path, lease.worker)) return false;
  try {
    write(path, heartbeatText(lease, { counter: counter2, epoch: Atomics.load(memory, EPOCH) }));
  } catch {
  }
  return true;
}
function heartbeatText(lease, { counter: counter2, epoch }) {
  return `${JSON.stringify({ ...lease, heartbeat: Atomics.add(counter2, 0, 1) + 1, epoch })}
`;
}
function read(path) {
  const descriptor = openSync(path, constants3.O_RDONLY | constants3.O_NONBLOCK);
  try {
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}
function write(path, text) {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants3;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK);
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
function isTaken(path, worker2) {
  try {
    const holder = JSON.parse(read(path)).worker;
    return typeof holder === "string" && holder !== worker2;
  } catch (cause) {
    return ["ENOENT", "ESTALE"].includes(causeCode(cause));
  }
}

// src/shards/lease.ts
var schema = z.object({
  worker: z.string(),
  pid: z.int(),
  host: z.string(),
  boot: z.string().optional(),
  /** Namespace of the pid. Each container of a host has a separate one. */
  namespace: z.string().optional(),
  heartbeat: z.int(),
  /** Epoch of training that the holder has reached. */
  epoch: z.int()
});
var worker = randomUUID();
var counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
var HEARTBEATS = { every: 2, timeout: 30 };
var Lease = class _Lease {
  /** Lease of the worker that abandoned the shard, if there was one. */
  from;
  #path;
  #isLost = false;
  #heartbeat;
  constructor(path, every, from) {
    this.from = from;
    this.#path = path;
    this.#heartbeat = new Heartbeat({ path, lease: leaseOfThisProcess(), every, counter });
  }
  /**
   * Takes a lease.
   * @returns undefined if another worker holds it
   * @throws FileError `unwritable`, `disk-full`, `unreadable`
   */
  static async take(path, watch) {
    const { every } = watch.heartbeats;
    if (await create(path, firstText())) return new _Lease(path, every);
    const from = await watch.abandoned(path);
    if (!from) return void 0;
    if (!await replace(path, firstText())) return void 0;
    await pause(every / 4);
    return await isHeldByAnother(path) ? void 0 : new _Lease(path, every, from);
  }
  /** Sets the epoch that the next heartbeat reports. */
  reportEpoch(epoch) {
    this.#heartbeat.epoch = epoch;
  }
  /** True if another worker has taken over the lease, because it saw no heartbeats. */
  async isLost() {
    this.#isLost ||= await isHeldByAnother(this.#path);
    return this.#isLost;
  }
  async release() {
    await this.#heartbeat.stop();
    if (!await this.isLost()) await rm2(this.#path, { force: true });
  }
};
var LeaseWatch = class {
  heartbeats;
  #seen = /* @__PURE__ */ new Map();
  constructor(heartbeats) {
    this.heartbeats = heartbeats;
  }
  /**
   * Returns the content of a lease whose holder has ended or has sent no heartbeat for too long. Returns undefined if a
   * worker holds the lease, or if there is none.
   */
  async abandoned(path) {
    const text = await readText2(path);
    if (text === void 0) return void 0;
    const lease = parsed(text);
    const isDead = lease !== void 0 && isOfThisKernel(lease) && !isRunning(lease.pid);
    return isDead || this.#isSilent(path, text) ? lease ?? UNKNOWN : void 0;
  }
  #isSilent(path, text) {
    const seen = this.#seen.get(path);
    if (seen?.text === text) return performance.now() - seen.at > this.heartbeats.timeout * 1e3;
    this.#seen.set(path, { text, at: performance.now() });
    return false;
  }
};
var UNKNOWN = { worker: "", pid: 0, host: "unknown", heartbeat: 0, epoch: 0 };
async function readLease(path) {
  const text = await readText2(path);
  return text === void 0 ? void 0 : parsed(text);
}
async function isHeldByAnother(path) {
  const text = await readText2(path);
  if (text === void 0) return true;
  const lease = parsed(text);
  return lease !== void 0 && lease.worker !== worker;
}
function leaseOfThisProcess() {
  return { worker, pid: process.pid, ...thisMachine(), ...processIds() };
}
function firstText() {
  return heartbeatText(leaseOfThisProcess(), { counter, epoch: 0 });
}
async function create(path, text) {
  return written(path, text, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (cause) {
      if (causeCode(cause) === "EEXIST" || await exists(path)) return false;
      return replaceFileNow(temporary, path);
    }
  });
}
async function replace(path, text) {
  return written(path, text, (temporary) => replaceFileNow(temporary, path));
}
async function written(path, text, place) {
  try {
    const { path: temporary, file } = await createTemporary(path);
    try {
      await file.writeFile(text);
      await file.sync();
      return await place(temporary);
    } finally {
      await rm2(temporary, { force: true });
      await file.close();
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}
async function readText2(path) {
  try {
    return await textIfExists(path);
  } catch (cause) {
    throw readError(path, cause);
  }
}
function parsed(text) {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return void 0;
  }
}
function isOfThisKernel({ host, boot, namespace }) {
  const here = { ...thisMachine(), ...processIds() };
  return here.host === host && here.boot === boot && here.namespace === namespace;
}
function processIds() {
  try {
    return { namespace: readlinkSync("/proc/self/ns/pid") };
  } catch {
    return {};
  }
}

// src/shards/shard-options.ts
var SHARD_OPTIONS = {
  folder: "text",
  of: "number",
  index: "number",
  dataParallel: "number",
  heartbeats: { every: "number", timeout: "number" }
};
var MAX_SHARDS = 4096;

// src/shards/shard-file.ts
import { createHash } from "node:crypto";
import * as z2 from "zod";
var FORMAT = "interlatent-shard-2";
var count = z2.int().min(0);
var perRun2 = z2.record(z2.string(), z2.array(z2.number().nullable()));
var progressSchema = z2.object({
  ...trainingProgress,
  history: z2.array(
    z2.object({
      stage: z2.string(),
      epoch: count,
      phase: z2.string(),
      learningRate: z2.number(),
      sparsityWeight: z2.number().optional(),
      seconds: z2.number(),
      training: perRun2,
      validation: perRun2
    })
  )
});
var keySchema = z2.object({
  ...{ version: z2.string(), engine: z2.string(), matmulPrecision: z2.string(), fingerprint: z2.string() },
  ...{ config: z2.string(), stage: z2.string(), restarts: count, first: count, count, inputs: z2.string() }
});
async function writeShard(path, key, state) {
  const { parameters, moments: moments2, best, ...progress } = state;
  const flat = (data2) => ({ shape: [data2.length], data: data2 });
  const tensors = [
    ["parameters", flat(parameters)],
    ["moments", flat(moments2)],
    ["best", flat(best)]
  ];
  const numbers = { ...progress, history: progress.history.map(mutable) };
  const metadata = { format: FORMAT, key: JSON.stringify(key), progress: JSON.stringify(numbers) };
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}
function mutable({ training, validation, ...epoch }) {
  const copy = (values) => Object.fromEntries(Object.entries(values).map(([name, all]) => [name, [...all]]));
  return { ...epoch, training: copy(training), validation: copy(validation) };
}
async function readShard(path, key) {
  const { tensors, metadata } = await readSafetensors(path);
  const { format, key: keyText = "", progress: progressText = "" } = metadata;
  checkFormat(path, format, FORMAT);
  const written2 = format === FORMAT ? keySchema.safeParse(parsed2(keyText)) : void 0;
  if (!written2?.success) throw damaged(path);
  checkKey(path, written2.data, key);
  const progress = progressSchema.safeParse(parsed2(progressText));
  const [parameters, moments2, best] = ["parameters", "moments", "best"].map((name) => tensors.get(name)?.data);
  const areNumbers = [parameters, moments2, best].every((data2) => data2 instanceof Float32Array);
  const isWhole = progress.success && progress.data.bestObjective.length === key.count;
  if (!areNumbers || !isWhole || best?.length !== parameters?.length) throw damaged(path);
  return { ...progress.data, parameters, moments: moments2, best };
}
function checkFormat(path, format, expected) {
  const [family] = expected.split(/\d+$/);
  if (typeof format !== "string" || format === expected || !format.startsWith(family)) return;
  throw new InputError(
    "shard-mismatch",
    `${path} has the format ${format}, but this version of interlatent reads only ${expected}. Finish the fit with the version that started it, or use another folder.`,
    { path, differs: "format", there: format, here: expected }
  );
}
function damaged(path) {
  return new InputError("damaged-file", `${path} is not a shard of a fit. Remove it to train its restarts again.`, {
    path
  });
}
function parsed2(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}
var WHAT = {
  version: "version of interlatent",
  engine: "kind of processor or GPU",
  matmulPrecision: "matmulPrecision",
  fingerprint: "data set",
  config: "settings",
  inputs: "initial state"
};
function checkKey(path, written2, expected) {
  const name = Object.keys(expected).find((key) => written2[key] !== expected[key]);
  if (name === void 0) return;
  const what = WHAT[name] ?? "division of the restarts";
  const isShort = name === "version" || name === "engine" || name === "matmulPrecision";
  const values = isShort ? `: ${written2[name]} there, ${expected[name]} here` : "";
  const help = name === "engine" ? "Workers must compute the same bits: use machines of one kind, or set INTERLATENT_ISA on all of them to the smallest instruction set (docs/explanation/scaling.md)." : name === "inputs" ? "The results of earlier stages differ between machines: use the same versions of Node and interlatent, and the same files, on all of them." : "Give all workers the same study, options and version, or use another folder.";
  throw new InputError("shard-mismatch", `${path} belongs to another ${what}${values}. ${help}`, {
    ...{ path, differs: name },
    ...isShort && { there: written2[name], here: expected[name] }
  });
}
function inputsOf({ data: data2, controls, initial }) {
  const digest = createHash("sha256");
  for (const [kind, tensors] of Object.entries({ data: data2, controls, initial })) {
    for (const [name, values] of [...tensors ?? []].sort(([a], [b]) => a < b ? -1 : 1)) {
      digest.update(`${kind} ${name}
`);
      if (ArrayBuffer.isView(values)) digest.update(values);
    }
  }
  return digest.digest("hex");
}

// src/shards/shard-folder.ts
var PLAN_FILE = "plan.json";
var TAKEN_FILE = "taken.jsonl";
var FORMAT2 = "interlatent-shards-2";
var planSchema = z3.object({
  format: z3.literal(FORMAT2),
  version: z3.string(),
  engine: z3.string(),
  device: z3.enum(["cpu", "cuda", "webgpu"]),
  matmulPrecision: z3.enum(MATMUL_PRECISIONS),
  fingerprint: z3.string(),
  study: z3.string().optional(),
  settings: z3.looseObject({}),
  config: z3.looseObject({}),
  evidence: z3.enum(["none", "quick", "full"]),
  of: z3.int().min(1).max(MAX_SHARDS),
  dataParallel: z3.int().min(1).max(MAX_SHARDS).default(1)
});
function engineOf(device) {
  if (device.backend === "cpu") return buildInfo().isa;
  const { backend, description } = device;
  const additional = backend === "cuda" ? device.additionalDevices : void 0;
  const batches = dataParallelOf(device) === void 0 ? "" : ", batches in tiles";
  return `${backend}, ${additional?.[0].description ?? description}${batches}`;
}
async function readPlan(folder) {
  const path = join6(folder, PLAN_FILE);
  if (!await exists(path)) {
    throw new InputError("no-shards", `${folder} contains no shards of a fit: it has no ${PLAN_FILE}.`, { folder });
  }
  const content = parsed3(await readText(path));
  checkFormat(path, content?.format, FORMAT2);
  const plan = planSchema.safeParse(content);
  if (!plan.success) {
    throw new InputError("damaged-file", `${path} is not a plan of shards. Remove the folder to start again.`, {
      path
    });
  }
  return plan.data;
}
function parsed3(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}
var ShardFolder = class _ShardFolder {
  path;
  use;
  watch;
  /** Makes sure that a process trains one shard at a time, even if it takes part in several fits. */
  queue = new SerialQueue();
  /** Key shared by all files in the folder. */
  key;
  #of;
  #dataParallel;
  #index;
  constructor(options, use, { of, dataParallel }, key) {
    const { folder, index = Math.floor(Math.random() * of), heartbeats = HEARTBEATS } = options;
    this.path = folder;
    this.use = use;
    this.#of = of;
    this.#dataParallel = dataParallel;
    this.#index = index;
    this.watch = new LeaseWatch(heartbeats);
    this.key = key;
  }
  /**
   * Opens a folder, and writes its plan if there is none.
   * @throws InputError `shard-mismatch`, `no-shards`, `damaged-file`; FileError `unwritable`, `disk-full`
   */
  static async open(options, use, fit, device) {
    const { folder, of = 8, dataParallel = 1 } = options;
    const key = { version, engine: engineOf(device), matmulPrecision: matmulPrecisionOf(device) };
    const path = join6(folder, PLAN_FILE);
    if (use === "work") {
      await makeFolder(folder);
      removeLeftovers(folder);
      const plan2 = {
        format: FORMAT2,
        ...key,
        device: device.backend,
        ...fit,
        settings: { ...fit.settings },
        of,
        dataParallel
      };
      await create(path, `${JSON.stringify(plan2, null, 2)}
`);
    }
    const plan = await readPlan(folder);
    const { fingerprint, config, evidence } = plan;
    checkKey(
      path,
      { ...plan, fingerprint, config: JSON.stringify([config, evidence]) },
      { ...key, fingerprint: fit.fingerprint, config: JSON.stringify([fit.config, fit.evidence]) }
    );
    return new _ShardFolder(options, use, plan, key);
  }
  /**
   * Returns the maximum number of shards of a stage, and the number of the shard that this worker begins with.
   * @param isTogether true if a process group trains the stage together; otherwise each rank is a separate worker
   * @param rank index of this rank in its group
   */
  divisionOf(isTogether, rank) {
    if (isTogether) return { maxShards: this.#of, first: this.#index };
    const ranks = this.#dataParallel;
    return { maxShards: Math.min(MAX_SHARDS, this.#of * ranks), first: this.#index * ranks + rank };
  }
  /** Records that this worker took over a shard from another one. */
  async recordTakeover(shard, from) {
    const { pid, host, epoch } = from;
    const line = { shard, from: { pid, host }, epoch, by: { pid: process.pid, host: thisMachine().host } };
    const path = join6(this.path, TAKEN_FILE);
    try {
      const file = await openInternal(path, constants4.O_WRONLY | constants4.O_CREAT | constants4.O_APPEND);
      try {
        await file.writeFile(`${JSON.stringify(line)}
`);
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw writeError(path, cause);
    }
  }
  /** Returns the StateError `shards-missing`. @param open numbers of the shards that are not done @param all count */
  missing(stage, open, all) {
    const numbers = open.length > 12 ? `${open.slice(0, 12).join(", ")} \u2026` : open.join(", ");
    return new StateError(
      "shards-missing",
      `${this.path}: of ${stage}, ${open.length} of ${all} shards are not done (${numbers}). Start workers: interlatent shard STUDY --out ${this.path}`,
      { folder: this.path, stage, open }
    );
  }
};

export {
  taskThreads,
  LATENT_QUESTION,
  REFIT_OPTIONS,
  BackgroundThread,
  encodeDataset,
  fitConfigFor,
  fitConfig,
  usesGates,
  passesOver,
  objective,
  ADAM,
  trainedEntry,
  modalityShapes,
  meanOutputs,
  jointStage,
  subspaceStage,
  explorationStage,
  pruningStage,
  settleFinishedFit,
  settleFolder,
  progressReporter,
  rangesOf,
  stageOfRestarts,
  loadStage,
  Trainer,
  StageRunner,
  readComponents,
  MAX_NEIGHBOURS,
  trialEpochs,
  encoderTrialStage,
  chosenEncoderStage,
  needsDecoders,
  whiten,
  componentStages,
  fitComponents,
  fitModel,
  fitFold,
  foldsOf,
  crossFit,
  LINK_ALPHA,
  pairEvidence,
  canBeTested,
  splitsOf,
  testGraph,
  takeUpLinks,
  EVIDENCE_MODES,
  unrelatedModalities,
  discoverLatents,
  shuffleSubjects,
  drawSubjects,
  completeCases,
  tenths,
  runConcurrently,
  permutationNull,
  nullFit,
  discoverWithRefits,
  refit,
  checkDataset,
  fitWarnings,
  sharingWarnings,
  pause,
  launchOf,
  threadsOf,
  shareOf,
  Meeting,
  HEARTBEATS,
  Lease,
  LeaseWatch,
  readLease,
  SHARD_OPTIONS,
  MAX_SHARDS,
  writeShard,
  readShard,
  inputsOf,
  PLAN_FILE,
  readPlan,
  ShardFolder,
  SELECTION_DEFAULTS,
  selectLatents,
  withThreadPool
};
