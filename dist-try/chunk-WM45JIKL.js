import {
  copyRows,
  dataName,
  maskName,
  miniBatches
} from "./chunk-YWRIRJVC.js";
import {
  MISSING_CENTRE,
  MISSING_SCALE,
  MissingLatents
} from "./chunk-2LFYMM5I.js";
import {
  MIXTURE_LIMITS,
  MultimodalModel,
  mapGroups,
  mapParameter
} from "./chunk-UXQCCETH.js";
import {
  Program,
  compile
} from "./chunk-SPMNODIT.js";
import {
  perLatent,
  splitByModality,
  stackModalities,
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  concat,
  data,
  gather,
  sizeOf
} from "./chunk-XV7UC2EY.js";
import {
  seedKey,
  uniforms
} from "./chunk-SF4GQ4IP.js";
import {
  consecutive,
  isMeasured,
  selectSubjects,
  subjectsOf
} from "./chunk-SG2VJTFE.js";
import {
  RandomStream
} from "./chunk-KVCOM63A.js";
import {
  normalQuantile
} from "./chunk-MX4VZIVR.js";
import {
  InputError,
  StateError
} from "./chunk-5XKOZ6VI.js";

// src/inference/gap-filling.ts
var PASSES = 1;
var PASSES_FROM_MEANS = 4;
async function fillGaps({ model, scales, gaussian, reconstruct }, values, rows) {
  const gaps = values.map((modality, m) => gapsOf(model, modality, m));
  const incomplete = consecutive(0, rows).filter((row) => gaps.some((counts) => counts[row] > 0));
  if (incomplete.length === 0) return values;
  const widths = model.modalities.map(({ observation }) => valueCount(observation));
  const known = values.map((modality, m) => selectSubjects(modality, widths[m], incomplete));
  const hasGap = known.map((modality, m) => gapsOf(model, modality, m));
  const moments = gaussian();
  let filled = moments ? known.map((modality, m) => byGaussian(moments, scales, modality, m, hasGap[m])) : known;
  for (let pass = 0; pass < (moments ? PASSES : PASSES_FROM_MEANS); pass++) {
    const rebuilt = await reconstruct(filled, incomplete.length);
    const width = rebuilt.length / incomplete.length;
    let first = 0;
    filled = known.map((modality, m) => {
      const from = first;
      first += widths[m];
      return replaced(modality, widths[m], hasGap[m], (row, column) => rebuilt[row * width + from + column]);
    });
  }
  return values.map((modality, m) => {
    if (!gaps[m].some((count) => count > 0)) return modality;
    const all = modality.values.slice();
    incomplete.forEach((row, i) => {
      all.set(filled[m].values.subarray(i * widths[m], (i + 1) * widths[m]), row * widths[m]);
    });
    return { ...modality, values: all };
  });
}
function gapsOf({ modalities }, modality, m) {
  const { observation } = modalities[m];
  const width = valueCount(observation);
  const gaps = new Int32Array(subjectsOf(modality, width));
  const { observed } = modality;
  if (!observed || observation.masked) return gaps;
  const present = presenceOf({ ...modality, columns: { length: width } });
  observed.forEach((mark, at) => {
    const row = Math.floor(at / width);
    if (mark === 0) gaps[row] += present[row];
  });
  return gaps;
}
function byGaussian(gaussian, scales, modality, m, hasGap) {
  const measured = scales.map(({ columns: columns2 }) => [...columns2.keys()].filter((c) => isMeasured(columns2[c].kind)));
  const columns = measured[m];
  if (columns.length === 0 || !modality.observed) return modality;
  const { observed } = modality;
  const width = scales[m].columns.length;
  const rows = modality.values.length / width;
  const before = measured.slice(0, m).reduce((sum, { length }) => sum + length, 0);
  const cell = (row, k) => row * width + columns[k];
  const table = Array.from(
    { length: rows * columns.length },
    (_, at) => cell(Math.floor(at / columns.length), at % columns.length)
  );
  const conditional = gaussian.marginal(columns.map((_, k) => before + k)).conditional({
    samples: { values: Float64Array.from(table, (at) => modality.values[at]), rows, columns: columns.length },
    observed: Uint8Array.from(table, (at) => observed[at])
  });
  return replaced(modality, width, hasGap, (row, c) => {
    const k = columns.indexOf(c);
    return k < 0 ? 0 : conditional.mean[row * columns.length + k];
  });
}
function replaced({ values, observed }, width, hasGap, replacement) {
  if (!observed) return { values };
  const filled = values.map((value, at) => {
    const row = Math.floor(at / width);
    return observed[at] === 1 || hasGap[row] === 0 ? value : replacement(row, at % width);
  });
  return { values: filled, observed };
}

// src/threads/serial-queue.ts
var SerialQueue = class {
  #last = Promise.resolve();
  /** Runs the work after all earlier work has ended, successfully or not. */
  run(work) {
    const result = this.#last.then(work);
    this.#last = result.catch(() => void 0);
    return result;
  }
};

// src/inference/missing-sampler.ts
var BATCH = 512;
var DRAW_STREAM = 327680;
var MissingSampler = class {
  nativeBytes;
  #layout;
  #size;
  #program;
  #queue = new SerialQueue();
  #centre;
  #scale;
  /** @param parameters parameters `missing.*` of one run */
  constructor(layout, config, parameters, options = {}) {
    const model = new MissingLatents(layout, config, 1);
    const order = data("order", [1, 1, BATCH], "int32");
    const rows = (name) => gather(data(name, [BATCH, layout.latents]), order);
    const compiled = compile({
      runs: 1,
      entries: { infer: { outputs: { mixtures: model.mixtures(rows("z"), rows("given")) } } }
    });
    this.#layout = layout;
    this.#size = model.size;
    this.#centre = parameters.get(MISSING_CENTRE).values;
    this.#scale = parameters.get(MISSING_SCALE).values;
    this.#program = Program.load(compiled, options);
    this.nativeBytes = this.#program.memory().total;
    this.#program.set(
      "data",
      "order",
      Int32Array.from({ length: BATCH }, (_, i) => i)
    );
    for (const name of Object.keys(compiled.parameters)) {
      this.#program.set("parameters", name, parameters.get(name).values);
    }
  }
  /** Frees the native program. */
  async dispose() {
    await this.#program.dispose();
  }
  /**
   * Returns the means and standard deviations of each absent latent given all present ones, subjects × D. The mean of a
   * present latent is its value, with a standard deviation of 0.
   */
  async infer({
    values,
    present
  }) {
    const mean = values.slice();
    const sd = new Float32Array(values.length);
    const rows = this.#incomplete(present);
    for (let start = 0; start < rows.length; start += BATCH) {
      const part = rows.slice(start, start + BATCH);
      const known = part.map((row) => this.#knownOf(present, row));
      const z = part.map((row) => this.#rowOf(values, row));
      const mixtureOf = await this.#mixtures(z, known);
      part.forEach((row, i) => {
        known[i].forEach((isKnown, latent) => {
          if (isKnown) return;
          const at = row * this.#layout.latents + latent;
          const moments = momentsOf(mixtureOf(i, latent));
          mean[at] = moments.mean;
          sd[at] = moments.sd;
        });
      });
    }
    return { mean, sd };
  }
  /**
   * Returns joint draws of the absent latents: in sequence, each given the earlier ones. The draws of a subject depend
   * only on the seed, its place and its latents.
   * @returns draws × subjects × D; present latents do not change
   */
  async draw({ values, present, places }, draws, seed) {
    const { latents } = this.#layout;
    const subjects = values.length / latents;
    const all = new Float32Array(draws * values.length);
    for (let draw = 0; draw < draws; draw++) all.set(values, draw * values.length);
    const rows = this.#incomplete(present);
    const pairs = Array.from({ length: draws }, (_, draw) => rows.map((row) => ({ draw, row }))).flat();
    for (let start = 0; start < pairs.length; start += BATCH) {
      const part = pairs.slice(start, start + BATCH);
      const z = part.map(({ row }) => this.#rowOf(values, row));
      const known = part.map(({ row }) => this.#knownOf(present, row));
      const chances = part.map(
        ({ draw, row }) => uniforms(seedKey(seed), DRAW_STREAM + draw, places?.[row] ?? row, 2 * latents)
      );
      while (known.some((marks) => marks.includes(0))) {
        const mixtureOf = await this.#mixtures(z, known);
        part.forEach((_, i) => {
          const latent = known[i].indexOf(0);
          if (latent < 0) return;
          z[i][latent] = drawn(mixtureOf(i, latent), chances[i][2 * latent], chances[i][2 * latent + 1]);
          known[i][latent] = 1;
        });
      }
      part.forEach(({ draw, row }, i) => {
        all.set(z[i], (draw * subjects + row) * latents);
      });
    }
    return all;
  }
  /** Returns the rows of subjects who lack a modality. */
  #incomplete(present) {
    return [...present[0].keys()].filter((row) => present.some((mask) => mask[row] === 0));
  }
  #knownOf(present, row) {
    return Float32Array.from(this.#layout.modalityOf, (modality) => present[modality][row]);
  }
  #rowOf(values, row) {
    const { latents } = this.#layout;
    return values.slice(row * latents, (row + 1) * latents);
  }
  /** Returns the mixtures of latents by row, in their units. @param z rows of D @param known marks of 1 or 0 */
  async #mixtures(z, known) {
    const { latents } = this.#layout;
    const stacked = (rows) => {
      const table = new Float32Array(BATCH * latents);
      rows.forEach((row, i) => {
        table.set(row, i * latents);
      });
      return table;
    };
    const { results } = await this.#queue.run(() => {
      this.#program.set("data", "z", stacked(z));
      this.#program.set("data", "given", stacked(known));
      return this.#program.run("infer");
    });
    const components = this.#size / 3;
    return (row, latent) => {
      const [centre, scale] = [this.#centre[latent], this.#scale[latent]];
      const numbers = (first) => Array.from({ length: components }, (_, k) => results[(latent * this.#size + first + k) * BATCH + row]);
      const logits = numbers(0);
      const maxLogit = Math.max(...logits);
      const shares = logits.map((logit) => Math.exp(logit - maxLogit));
      const total = shares.reduce((sum, share) => sum + share);
      return {
        weights: shares.map((share) => share / total),
        means: numbers(components).map((mean) => centre + scale * mean),
        sds: numbers(2 * components).map((logScale) => scale * Math.exp(clamped(logScale)))
      };
    };
  }
};
function clamped(logScale) {
  return Math.min(Math.max(logScale, MIXTURE_LIMITS.logScaleMin), MIXTURE_LIMITS.logScaleMax);
}
function momentsOf({ weights, means, sds }) {
  const mean = weights.reduce((sum, weight, k) => sum + weight * means[k], 0);
  const variance = weights.reduce((sum, weight, k) => sum + weight * (sds[k] ** 2 + (means[k] - mean) ** 2), 0);
  return { mean, sd: Math.sqrt(variance) };
}
function drawn({ weights, means, sds }, which, where) {
  let k = 0;
  for (let sum = weights[0]; which > sum && k < weights.length - 1; sum += weights[k]) k++;
  return means[k] + sds[k] * normalQuantile(where);
}

// src/inference/batch-program.ts
var noNoise = {
  normal: () => unreachable(),
  uniform: () => unreachable()
};
var OUTPUTS = {
  /** Posterior means of z, `[runs, D, batch]`. */
  encode: (model, x) => model.latents(model.inferLatents(x).mean),
  /** z, then means and log-variances of (z or its subspace, η), `[runs, D + 2 · width, batch]`. */
  posterior: (model, x) => {
    const { mean, logVariance } = model.infer(x);
    return concat(
      [model.latents(mean), stackModalities(model.layout, mean), stackModalities(model.layout, logVariance)],
      1
    );
  },
  /** x̂ of the posterior means, `[runs, Σ columns, batch]`. */
  reconstruct: (model, x) => stackModalities(model.layout, model.decode(model.infer(x).mean, x)),
  /** P over the batch, `[runs, D, D]`. */
  strengths: (model, x) => {
    const { mean, present } = model.inferLatents(x);
    const { z } = model.components(mean);
    const known = present && perLatent(model.layout, present);
    return model.edges(model.prior.strengths(z, model.prior.condition(z, model.prior.gates("hard", noNoise), known)));
  },
  /** Gates rounded to 0 or 1, `[runs, D, D]`; they need no rows. */
  gates: (model) => model.edges(model.prior.gates("hard", noNoise))
};
var MAX_WORK_HERE = 4e6;
var BatchProgram = class {
  batch;
  nativeBytes;
  #model;
  #output;
  #program;
  #runsHere;
  /** A batch of rows, and of marks of observed values, per group. Every call fills them again. */
  #rows;
  #queue = new SerialQueue();
  #disposed = false;
  /** @throws InputError `damaged-file` if a parameter is missing or has another size; DeviceError */
  constructor(model, output, batch, parameters, options) {
    this.#model = model;
    this.#output = output;
    this.batch = batch;
    const x = miniBatches(model.layout, batch, data("order", [1, 1, batch], "int32"));
    const compiled = compile({
      runs: model.runs,
      entries: { [output]: { outputs: { y: OUTPUTS[output](model, x) } } }
    });
    for (const [name, { shape }] of Object.entries(compiled.parameters)) {
      if (parameters.get(name)?.values.length !== sizeOf(shape)) {
        throw new InputError("damaged-file", `The weights lack "${name}" of shape [${shape.join(", ")}].`, { name });
      }
    }
    const weights = Object.values(compiled.parameters).reduce((total, { shape }) => total + sizeOf(shape), 0);
    this.#program = Program.load(compiled, options);
    this.#runsHere = this.#program.runsHere && weights * batch <= MAX_WORK_HERE;
    this.nativeBytes = this.#program.memory().total;
    for (const name of Object.keys(compiled.parameters)) {
      this.#program.set("parameters", name, parameters.get(name).values);
    }
    const readsRows = "order" in compiled.data;
    this.#rows = readsRows ? model.layout.groups.map(({ members, observation }) => {
      const table = () => new Float32Array(batch * members.length * valueCount(observation));
      return { values: table(), observed: observation.masked ? table() : void 0 };
    }) : [];
    if (readsRows) {
      this.#program.set(
        "data",
        "order",
        Int32Array.from({ length: batch }, (_, i) => i)
      );
    }
  }
  /**
   * Returns the output for some subjects, at most a batch. Entries beyond them have no meaning.
   * @param values per modality in the study's order, subjects × columns, standardised as in training
   * @throws StateError `disposed` if the model is disposed meanwhile
   */
  async run(values, subjects) {
    if (this.#runsHere) {
      this.#fill(values, subjects);
      return this.#program.runSync(this.#output).results;
    }
    return this.#queue.run(async () => {
      this.#fill(values, subjects);
      const { results, cancelled } = await this.#program.run(this.#output);
      if (cancelled) throw disposedMeanwhile();
      return results;
    });
  }
  async dispose() {
    this.#disposed = true;
    await this.#program.dispose();
  }
  #fill(values, subjects) {
    if (this.#disposed) throw disposedMeanwhile();
    this.#rows.forEach((rows, g) => {
      const { members, observation } = this.#model.layout.groups[g];
      const width = valueCount(observation);
      const selected = new Map(members.map((m) => [m, selectSubjects(values[m], width, subjects)]));
      const count = subjects.length;
      copyRows(members, (m) => selected.get(m).values, { width, count }, rows.values);
      this.#program.set("data", dataName(g), rows.values);
      if (!rows.observed) return;
      copyRows(members, (m) => selected.get(m).observed, { width, count }, rows.observed);
      this.#program.set("data", maskName(g), rows.observed);
    });
  }
};
function disposedMeanwhile() {
  return new StateError("disposed", "The model was disposed during a computation; load or fit it again.");
}
function unreachable() {
  throw new TypeError("inference draws no noise");
}

// src/inference/inference.ts
var SMALL_BATCH = 16;
var MIDDLE_BATCH = 128;
var LARGE_BATCH = 512;
var MAX_BATCHES = 3;
var MAX_VALUES = 2 ** 23;
function largeBatch({ modalities }) {
  const widest = Math.max(...modalities.map(({ observation }) => valueCount(observation)));
  return Math.min(LARGE_BATCH, Math.max(SMALL_BATCH, Math.floor(MAX_VALUES / widest / SMALL_BATCH) * SMALL_BATCH));
}
function subjectsOf2(rows) {
  return typeof rows === "number" ? consecutive(0, rows) : rows;
}
var Inference = class {
  #model;
  #parameters;
  #options;
  /** Programs by output and batch size, created on first use. */
  #programs = /* @__PURE__ */ new Map();
  #disposed = false;
  /** @param parameters parameters of `runs` runs */
  constructor(config, runs, parameters, options = {}) {
    this.#model = new MultimodalModel(config, runs);
    this.#parameters = parameters;
    this.#options = options;
  }
  /**
   * Returns the posterior means of z. The bits of a row do not depend on the other rows.
   * @param values per modality in the study's order, subjects × columns, standardised as in training; missing values are
   *   0, and marked if the model has a mask
   * @param rows the subjects to encode, which are the rows of the result
   * @returns per run, rows × D
   * @throws InputError `damaged-file` if the weights do not fit the model; StateError `disposed`; DeviceError; the
   *   signal's reason
   */
  encode(values, rows, signal) {
    return this.#perRow("encode", values, { rows, features: this.#model.layout.latents, signal });
  }
  /**
   * Returns posteriors per run, rows × (D + 2 · width): z, then means and log-variances of (z or its subspace, η), with
   * modalities in the study's order. Throws the same errors as `encode`.
   */
  posterior(values, rows, signal) {
    const { layout } = this.#model;
    const width = layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
    return this.#perRow("posterior", values, { rows, features: layout.latents + 2 * width, signal });
  }
  /**
   * Returns x̂ of the posterior means per run, rows × Σ columns, with modalities in the study's order. Throws the same
   * errors as `encode`.
   */
  reconstruct(values, rows) {
    return this.#perRow("reconstruct", values, { rows, features: this.#model.layout.values });
  }
  /**
   * Returns P per run, D × D (row child, column parent), averaged over whole batches of the rows. Throws the same errors
   * as `encode`.
   */
  async strengths(values, rows) {
    const size = this.#model.layout.latents ** 2;
    const subjects = subjectsOf2(rows);
    const program = this.#program("strengths", Math.min(this.#largeBatch, subjects.length));
    const batches = Math.floor(subjects.length / program.batch);
    const sums = this.#forEachRun(() => new Float32Array(size));
    for (let b = 0; b < batches; b++) {
      const results = await program.run(values, subjects.subarray(b * program.batch, (b + 1) * program.batch));
      sums.forEach((sum, run) => {
        for (let i = 0; i < size; i++) sum[i] += results[run * size + i] / batches;
      });
    }
    return sums;
  }
  /** Returns gates rounded to 0 or 1 per run, D × D (row child, column parent). Throws the same errors as `encode`. */
  async gates() {
    const size = this.#model.layout.latents ** 2;
    const results = await this.#program("gates", 1).run([], new Int32Array());
    return this.#forEachRun((run) => results.slice(run * size, (run + 1) * size));
  }
  /** Number of bytes of the programs created so far. */
  get nativeBytes() {
    let bytes = 0;
    for (const program of this.#programs.values()) bytes += program.nativeBytes;
    return bytes;
  }
  /** Frees the programs. Pending calls reject with `disposed`. */
  async dispose() {
    this.#disposed = true;
    await Promise.all([...this.#programs.values()].map((program) => program.dispose()));
  }
  get #largeBatch() {
    return largeBatch(this.#model.layout);
  }
  #program(output, batch) {
    if (this.#disposed) throw new StateError("disposed", "This model was disposed; load or fit it again.");
    const key = `${output} ${batch}`;
    let program = this.#programs.get(key);
    if (!program) {
      program = new BatchProgram(this.#model, output, batch, this.#parameters, this.#options);
      this.#programs.set(key, program);
    }
    return program;
  }
  /** Computes an output `[runs, features, batch]` for all rows. Returns rows × features per run. */
  async #perRow(output, values, { rows, features, signal }) {
    const subjects = subjectsOf2(rows);
    const { length } = subjects;
    const sizes = [SMALL_BATCH, MIDDLE_BATCH].filter((size) => size < this.#largeBatch);
    const fitting = sizes.find((size) => length <= size * MAX_BATCHES);
    const program = this.#program(output, fitting ?? this.#largeBatch);
    const { batch } = program;
    const perRun = this.#forEachRun(() => new Float32Array(length * features));
    for (let start = 0; start < length; start += batch) {
      signal?.throwIfAborted();
      const count = Math.min(batch, length - start);
      const results = await program.run(values, subjects.subarray(start, start + count));
      perRun.forEach((target, run) => {
        for (let f = 0; f < features; f++) {
          const source = (run * features + f) * batch;
          for (let i = 0; i < count; i++) target[(start + i) * features + f] = results[source + i];
        }
      });
    }
    return perRun;
  }
  #forEachRun(make) {
    return Array.from({ length: this.#model.runs }, (_, run) => make(run));
  }
};

// src/inference/component-inverse.ts
var MAX_STEPS = 40;
var NEAR_ENOUGH = 1e-5;
var MAX_HALVINGS = 12;
function componentInverses(parameters, layout) {
  return componentMaps(parameters, layout).map((h) => (z, v) => newton(h, z, v));
}
function componentJacobians(parameters, layout) {
  return componentMaps(parameters, layout).map((h) => (v) => jacobianAt(h, evaluate(h, v, v)));
}
function componentMaps(parameters, layout) {
  const maps = [];
  for (const group of mapGroups(layout)) {
    const { latents, members } = group;
    members.forEach((modality, position) => {
      const valuesOf = (name) => {
        const { values } = parameters.get(mapParameter(group, name));
        const size = values.length / members.length;
        return values.subarray(position * size, (position + 1) * size);
      };
      const innerBias = valuesOf("innerBias");
      maps[modality] = {
        latents,
        width: innerBias.length,
        inner: valuesOf("inner"),
        innerBias,
        outer: valuesOf("outer"),
        rotation: valuesOf("rotation"),
        shift: valuesOf("shift")
      };
    });
  }
  return maps;
}
function newton(h, z, v) {
  let here = evaluate(h, z, v);
  for (let step = 0; step < MAX_STEPS && here.size > NEAR_ENOUGH; step++) {
    const direction = solve(jacobianAt(h, here), here.residual);
    let scale = 1;
    let next = evaluate(h, z, moved(v, direction, scale));
    for (let halving = 0; halving < MAX_HALVINGS && !(next.size < here.size); halving++) {
      scale /= 2;
      next = evaluate(h, z, moved(v, direction, scale));
    }
    if (!(next.size < here.size)) return false;
    v.set(moved(v, direction, scale));
    here = next;
  }
  return here.size <= NEAR_ENOUGH;
}
function moved(v, direction, scale) {
  return v.map((value, i) => value + scale * direction[i]);
}
function evaluate({ latents: d, width, inner, innerBias, outer, rotation, shift }, z, v) {
  const activations = new Float64Array(width);
  for (let w = 0; w < width; w++) {
    let sum = innerBias[w];
    for (let j = 0; j < d; j++) sum += inner[w * d + j] * v[j];
    activations[w] = Math.tanh(sum);
  }
  const inside = new Float64Array(v);
  for (let i = 0; i < d; i++) {
    for (let w = 0; w < width; w++) inside[i] += outer[i * width + w] * activations[w];
  }
  const residual = new Float64Array(d);
  let square = 0;
  for (let i = 0; i < d; i++) {
    let image = shift[i];
    for (let k = 0; k < d; k++) image += rotation[i * d + k] * inside[k];
    residual[i] = z[i] - image;
    square += residual[i] * residual[i];
  }
  return { activations, residual, size: Math.sqrt(square) };
}
function jacobianAt({ latents: d, width, inner, outer, rotation }, { activations }) {
  const inside = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    inside[i * d + i] = 1;
    for (let w = 0; w < width; w++) {
      const slope = outer[i * width + w] * (1 - activations[w] * activations[w]);
      for (let j = 0; j < d; j++) inside[i * d + j] += slope * inner[w * d + j];
    }
  }
  const jacobian = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < d; k++) {
      for (let j = 0; j < d; j++) jacobian[i * d + j] += rotation[i * d + k] * inside[k * d + j];
    }
  }
  return jacobian;
}
function solve(matrix, right) {
  const d = right.length;
  const a = new Float64Array(matrix);
  const x = new Float64Array(right);
  for (let column = 0; column < d; column++) {
    let pivot = column;
    for (let row = column + 1; row < d; row++) {
      if (Math.abs(a[row * d + column]) > Math.abs(a[pivot * d + column])) pivot = row;
    }
    if (pivot !== column) {
      for (let k = 0; k < d; k++) [a[column * d + k], a[pivot * d + k]] = [a[pivot * d + k], a[column * d + k]];
      [x[column], x[pivot]] = [x[pivot], x[column]];
    }
    for (let row = column + 1; row < d; row++) {
      const factor = a[row * d + column] / a[column * d + column];
      for (let k = column; k < d; k++) a[row * d + k] -= factor * a[column * d + k];
      x[row] -= factor * x[column];
    }
  }
  for (let row = d - 1; row >= 0; row--) {
    for (let k = row + 1; k < d; k++) x[row] -= a[row * d + k] * x[k];
    x[row] /= a[row * d + row];
  }
  return x;
}

// src/inference/posteriors.ts
async function posteriors(parts, values, subjects, { rebuilds = true } = {}) {
  const { layout, batch, width } = parts;
  const rows = subjects.length;
  const v = new Float32Array(rows * width);
  const mean = new Float32Array(rows * width);
  const epsilon = new Float32Array(rows * layout.latents);
  const reconstruction = new Float32Array(rebuilds ? rows * layout.values : 0);
  const variance = new Float64Array(width);
  const latentEntries = positionsOfLatents(layout);
  const present = layout.modalities.map((m, index) => {
    const { observed, stored } = values[index];
    if (!observed && !stored?.present) return new Uint8Array(rows).fill(1);
    const all = presenceOf({ ...values[index], columns: { length: valueCount(m.observation) } });
    return Uint8Array.from(subjects, (subject) => all[subject]);
  });
  const having = present.map((mask) => [...mask.keys()].filter((row) => mask[row] === 1));
  const modalityOf = layout.modalities.flatMap((m, index) => Array(m.latents + m.exogenous).fill(index));
  const isThere = (row, f) => present[modalityOf[f]][row] === 1;
  const countOf = (f) => having[modalityOf[f]].length;
  const noise = new RandomStream(0, 0);
  for (let start = 0; start < rows; start += batch) {
    const count = Math.min(batch, rows - start);
    const some = subjects.subarray(start, start + count);
    const encoded = await parts.encode(
      layout.modalities.map((m, index) => padded(values[index], valueCount(m.observation), some, batch))
    );
    transpose(encoded["v"], batch, count, v, start, width);
    transpose(encoded["epsilon"], batch, count, epsilon, start, layout.latents);
    if (rebuilds) transpose(encoded["x"], batch, count, reconstruction, start, layout.values);
    const drawn2 = new Float32Array(batch * width);
    for (let i = 0; i < batch; i++) {
      for (let f = 0; f < width; f++) {
        const sd = Math.exp(encoded["logVariance"][f * batch + i] / 2);
        drawn2[i * width + f] = encoded["v"][f * batch + i] + sd * noise.normal();
      }
    }
    const sampled = await parts.decode(splitByModality(layout, drawn2, batch));
    for (let i = 0; i < count; i++) {
      const at = (start + i) * width;
      for (let f = 0; f < width; f++) {
        mean[at + f] = v[at + f];
        if (isThere(start + i, f)) variance[f] += Math.exp(encoded["logVariance"][f * batch + i]) / countOf(f);
      }
      latentEntries.forEach((f, d) => {
        mean[at + f] = encoded["z"][d * batch + i];
        if (!parts.mapsComponents || !isThere(start + i, f)) return;
        variance[f] += ((sampled["z"][d * batch + i] - encoded["z"][d * batch + i]) ** 2 - Math.exp(encoded["logVariance"][f * batch + i])) / countOf(f);
      });
    }
  }
  return { v, mean, variance, epsilon, reconstruction, having };
}
function positionsOfLatents({ modalities }) {
  let first = 0;
  return modalities.flatMap((m) => {
    const positions = Array.from({ length: m.latents }, (_, k) => first + k);
    first += m.latents + m.exogenous;
    return positions;
  });
}
function padded(all, columns, subjects, batch) {
  const { values, observed } = selectSubjects(all, columns, subjects);
  const part = new Float32Array(batch * columns);
  part.set(values);
  if (!observed) return { values: part };
  const marks = new Uint8Array(batch * columns);
  marks.set(observed);
  return { values: part, observed: marks };
}
function transpose(source, batch, count, target, start, features) {
  for (let f = 0; f < features; f++) {
    for (let i = 0; i < count; i++) target[(start + i) * features + f] = source[f * batch + i];
  }
}

export {
  fillGaps,
  gapsOf,
  componentInverses,
  componentJacobians,
  SerialQueue,
  noNoise,
  MissingSampler,
  posteriors,
  positionsOfLatents,
  padded,
  transpose,
  Inference
};
