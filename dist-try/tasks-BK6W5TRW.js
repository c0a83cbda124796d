import {
  Lease,
  ShardFolder,
  Trainer,
  canBeTested,
  checkDataset,
  discoverLatents,
  discoverWithRefits,
  encodeDataset,
  fitConfigFor,
  fitFold,
  fitModel,
  fitWarnings,
  foldsOf,
  inputsOf,
  launchOf,
  nullFit,
  pause,
  progressReporter,
  rangesOf,
  readShard,
  refit,
  runConcurrently,
  selectLatents,
  shareOf,
  splitsOf,
  stageOfRestarts,
  takeUpLinks,
  testGraph,
  withThreadPool,
  writeShard
} from "./chunk-HQYNMZUB.js";
import "./chunk-ZELYQSGK.js";
import {
  GenerativeModel,
  ModelParts,
  chooseImputation
} from "./chunk-B42SLYE6.js";
import "./chunk-NIVKGFF2.js";
import {
  withDirections
} from "./chunk-FG3AXMFF.js";
import {
  Inference,
  positionsOfLatents,
  posteriors
} from "./chunk-WM45JIKL.js";
import "./chunk-YWRIRJVC.js";
import "./chunk-E6KEIPMP.js";
import {
  FORMAT,
  outcomeOf,
  ranking,
  stackRuns
} from "./chunk-EXJUDJM4.js";
import {
  byImportance,
  librarySizeWarning,
  librarySizes,
  maxSampled,
  measureQuality,
  qualityWarnings,
  spreadOver
} from "./chunk-SWQNJAYC.js";
import "./chunk-X424OCCA.js";
import "./chunk-G45XYAMO.js";
import "./chunk-64LFUNOM.js";
import "./chunk-2LFYMM5I.js";
import "./chunk-UXQCCETH.js";
import {
  chooseDevice
} from "./chunk-SPMNODIT.js";
import {
  native
} from "./chunk-TSXIGEL7.js";
import {
  engine,
  version
} from "./chunk-AMU4RVW4.js";
import "./chunk-NXYYD655.js";
import "./chunk-K4RJR7JR.js";
import "./chunk-BEDVLV23.js";
import "./chunk-4FPRHE4L.js";
import "./chunk-GSAH76ZL.js";
import {
  readStudy
} from "./chunk-CT53P3XR.js";
import "./chunk-IUJG3VP5.js";
import "./chunk-NILIBJ27.js";
import "./chunk-JTGBNCRO.js";
import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import "./chunk-FL3EIQQG.js";
import "./chunk-HKABEZMM.js";
import "./chunk-G3ZUGG2R.js";
import {
  sizeOf
} from "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-GI75JVMK.js";
import "./chunk-RANRHDGW.js";
import "./chunk-Q3ILZ3SP.js";
import "./chunk-WBOZL6F2.js";
import {
  scalesOf
} from "./chunk-F6TOTGVU.js";
import {
  isSize,
  positionsOf,
  selectSubjects,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import {
  quantileOf
} from "./chunk-WOWGDU2F.js";
import {
  block
} from "./chunk-KVCOM63A.js";
import {
  idName
} from "./chunk-WYVUSRPB.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-HERB24DL.js";
import "./chunk-YRABOJSH.js";
import "./chunk-XL2MIJXJ.js";
import {
  removeFile
} from "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import {
  exists
} from "./chunk-YMIDNFC3.js";
import "./chunk-ICW2EB24.js";
import "./chunk-7BQBI4IZ.js";
import "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import {
  causeCode,
  causeMessage,
  openInternal,
  readError
} from "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  FileError,
  InputError,
  InterlatentError,
  NumericError,
  StateError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/files/absolute-path.ts
import { resolve } from "node:path";
function absolutePath(path) {
  return resolve(path);
}

// src/training/model-reader.ts
async function withModelReader(dataset, { model, parameters }, options, work2) {
  const inference = new Inference(model, 1, parameters, options);
  try {
    return await work2(async (rows) => {
      const [latents] = await inference.encode(dataset.modalities, rows);
      const [reconstruction] = await inference.reconstruct(dataset.modalities, rows);
      const table = (all) => ({ values: all, rows: rows.length, columns: all.length / rows.length });
      return { latents: table(latents), reconstruction: table(reconstruction) };
    });
  } finally {
    await inference.dispose();
  }
}

// src/training/fit-quality.ts
async function fitQuality(dataset, { config, subspaces, ...fitted }, { signal, ...options }) {
  const figures = await withModelReader(dataset, fitted, options, (read) => measureQuality(dataset, read, signal));
  const chosen = subspaces?.chosen;
  const settings = chosen === "linear" || chosen === "residual" ? { ...config, subspaces: chosen } : config;
  const sized = dataset.modalities.filter(({ columns }) => columns.some(({ kind }) => isSize(kind)));
  const warnings = qualityWarnings(figures, { subspaces: chosen, sized: sized.map(({ name }) => name) });
  return { ...figures, warnings: byImportance([...fitWarnings(dataset, settings), ...warnings]) };
}

// src/training/fit-ranges.ts
import { Matrix, solve } from "ml-matrix";
var TAIL = 0.01;
var MIN_COMPLETE = 50;
var BATCH = 512;
async function fitRanges(dataset, { model, parameters }, options) {
  const { modalities, split } = dataset;
  const [train, validation] = [split.train, split.validation].map((rows) => spreadOver(rows, maxSampled.subjects));
  const isSample = train.length < split.train.length || validation.length < split.validation.length;
  const parts = ModelParts.load(model, parameters, Math.min(BATCH, train.length), options);
  try {
    const { layout, width } = parts;
    const known = await posteriors(parts, modalities, train, { rebuilds: false });
    const present = modalities.map(presenceOf);
    const having = modalities.map((_, m) => [...train.keys()].filter((i) => present[m][train[i]] === 1));
    const complete = having[0].filter((i) => present.every((marks) => marks[train[i]] === 1));
    const rowsFor = (m) => complete.length >= MIN_COMPLETE ? complete : having[m];
    const column = (values, columns, at, rows) => Float64Array.from(rows, (row) => values[row * columns + at]);
    const entries = positionsOfLatents(layout);
    const modalityOfEntry = layout.modalities.flatMap(
      ({ latents, exogenous }, m) => new Array(latents + exogenous).fill(m)
    );
    const isPrivate = [...modalityOfEntry.keys()].filter((entry) => !entries.includes(entry));
    const noise = await noisesOf(parts, modalities, validation);
    return {
      ...isSample && { sample: { train: train.length, validation: validation.length } },
      latents: layout.modalityOf.map((m, latent) => rangeOf(column(known.mean, width, entries[latent], having[m]))),
      epsilon: layout.modalityOf.map(
        (m, latent) => momentsOf(column(known.epsilon, layout.latents, latent, rowsFor(m)))
      ),
      eta: isPrivate.map((entry) => {
        const m = modalityOfEntry[entry];
        const latentEntries = layout.modalityOf.flatMap(
          (modality, latent) => modality === m ? [entries[latent]] : []
        );
        const values = column(known.mean, width, entry, having[m]);
        const latents = latentEntries.map((at) => column(known.mean, width, at, having[m]));
        return regression(values, latents, known.variance[entry]);
      }),
      noise
    };
  } finally {
    await parts.dispose();
  }
}
function momentsOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, sd: Math.sqrt(variance) };
}
function regression(y, predictors, within) {
  const design = new Matrix(Array.from(y, (_, row) => [1, ...predictors.map((values) => values[row])]));
  const transposed = design.transpose();
  const [mean, ...slopes] = solve(transposed.mmul(design), transposed.mmul(Matrix.columnVector(y)), true).to1DArray();
  const residuals = y.map(
    (value, row) => slopes.reduce((rest, slope, k) => rest - slope * predictors[k][row], value - mean)
  );
  return { mean, sd: Math.sqrt(momentsOf(residuals).sd ** 2 + within), slopes };
}
function rangeOf(values) {
  const sorted = Float64Array.from(values).sort();
  return { ...momentsOf(values), low: quantileOf(sorted, TAIL), high: quantileOf(sorted, 1 - TAIL) };
}
async function noisesOf(parts, modalities, rows) {
  const squares = modalities.map(({ columns }) => new Float64Array(columns.length));
  const counts = modalities.map(({ columns }) => new Float64Array(columns.length));
  const { values: width } = parts.layout;
  for (let start = 0; start < rows.length; start += parts.batch) {
    const batch = rows.subarray(start, start + parts.batch);
    const { reconstruction } = await posteriors(parts, modalities, batch);
    let first = 0;
    for (const [m, modality] of modalities.entries()) {
      const size = valuesPerSubject(modality);
      const positions = positionsOf(modality.regularArray);
      const { values, observed } = selectSubjects(modality, size, batch);
      for (let at = 0; at < values.length; at++) {
        if (observed?.[at] === 0) continue;
        const cell = at % size;
        const column = Math.floor(cell / positions);
        squares[m][column] += (values[at] - reconstruction[Math.floor(at / size) * width + first + cell]) ** 2;
        counts[m][column]++;
      }
      first += size;
    }
  }
  return squares.map(
    (sums, m) => Array.from(sums, (square, c) => counts[m][c] === 0 ? 1 : Math.sqrt(square / counts[m][c]))
  );
}

// src/fit-run.ts
async function prepareFit(study, options) {
  const {
    signal,
    onProgress,
    onRestarts,
    folder,
    resume,
    checkpointEvery,
    tensorboard,
    infersMissing,
    shards,
    onEvent,
    threads,
    device: deviceName,
    matmulPrecision,
    dataParallel,
    evidence = "full",
    ...settings
  } = options;
  const dataset = "dataset" in study ? study.dataset : study;
  checkDataset(dataset);
  const ofStudy = "dataset" in study ? { ...study.config.training, sparsity: study.config.sparsity } : {};
  const given = withoutUndefined(settings);
  const config = fitConfigFor(dataset, {
    ...ofStudy,
    ...given,
    sparsity: { ...ofStudy.sparsity, ...given.sparsity }
  });
  const { device, choice } = await chooseDevice(deviceName, matmulPrecision, dataParallel);
  signal?.throwIfAborted();
  const writing = { folder, resume, checkpointEvery, tensorboard };
  const hooks = { signal, onProgress, onRestarts, ...writing, infersMissing, shards, onEvent, threads, device };
  return { dataset, config, given, device, choice, hooks, evidence };
}
async function fitRun(study, options) {
  const { dataset, config, device, choice, hooks, evidence } = await prepareFit(study, options);
  const { signal, onProgress, onEvent, infersMissing, shards, threads } = hooks;
  for (const { text, ...facts } of fitWarnings(dataset, config)) onEvent?.({ event: "warning", facts, text });
  const fitted = await fitModel(dataset, config, hooks);
  const quality = await fitQuality(dataset, fitted, { signal, threads, device });
  const ranges = await fitRanges(dataset, fitted, { threads, device });
  const { split } = dataset;
  const summary = {
    format: FORMAT,
    version,
    node: engine,
    study: "dataset" in study ? study.name : "dataset",
    studyFile: "dataset" in study ? absolutePath(study.path) : void 0,
    id: "dataset" in study ? idName(study.config.id) : "id",
    fingerprint: dataset.fingerprint,
    subjects: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    config,
    model: fitted.model,
    columns: dataset.modalities.map(scalesOf),
    stages: fitted.stages.map((stage) => ({
      name: stage.name,
      chosenRestart: ranking(stage)[0],
      rule: stage.rule ?? "validation-objective",
      scores: stage.scores,
      objectives: stage.objectives,
      bestEpochs: stage.bestEpochs,
      epochs: stage.epochs,
      failures: stage.failures,
      seconds: stage.history.reduce((sum, epoch) => sum + epoch.seconds, 0)
    })),
    agreement: fitted.agreement,
    orientation: fitted.orientation,
    subspaces: fitted.subspaces,
    determination: fitted.determination,
    quality,
    ranges,
    seconds: fitted.seconds,
    device: choice
  };
  const history = fitted.stages.flatMap((stage) => stage.history);
  const heldOut = Array.from(split.test, (row) => dataset.ids[row]);
  const fit = { summary, heldOut, parameters: fitted.parameters, graph: fitted.graph, history };
  const run = await withImputation(dataset, fit, { signal, infersMissing, threads, device });
  const tested = evidence === "none" ? { run: { ...run, graph: withDirections(run.graph, run.summary) } } : await testFit(dataset, { ...run, components: fitted.components }, evidence, {
    signal,
    onProgress,
    onEvent,
    shards,
    threads,
    device
  });
  return { ...tested, run: await withLibrarySizes(dataset, tested, { threads, device }), device };
}
async function withLibrarySizes(dataset, { run, outOfFold }, options) {
  const { quality, model } = run.summary;
  const { modalities, ids } = dataset;
  if (modalities.every(({ logTotals }) => logTotals === void 0)) return run;
  const latents = outOfFold?.latents ?? byModality(await encodeDataset(dataset, model, run.parameters, options), ids.length, model);
  const sizes = librarySizes(dataset, latents, outOfFold !== void 0);
  const found = librarySizeWarning(sizes, modalities);
  const rest = quality.warnings.filter(({ code }) => found.length === 0 || code !== "depth-differs");
  const warnings = byImportance([...rest, ...found]);
  return { ...run, summary: { ...run.summary, quality: { ...quality, librarySizes: sizes, warnings } } };
}
function byModality(encoded, rows, { modalities }) {
  const columns = modalities.reduce((sum, { latents }) => sum + latents, 0);
  let first = 0;
  return Object.fromEntries(
    modalities.map(({ name, latents: width }) => {
      const { values } = block({ values: encoded, rows, columns }, first, first += width);
      return [name, Float32Array.from(values)];
    })
  );
}
async function withImputation(dataset, run, { signal, infersMissing = true, ...options }) {
  const hasArrays = dataset.modalities.some(({ regularArray }) => regularArray !== void 0);
  if (!infersMissing || hasArrays || run.summary.config.sparsity.graph === "cyclic") return run;
  const model = new GenerativeModel(run.summary, run.parameters, options);
  try {
    const chosen = await chooseImputation(model, dataset, signal);
    if (!chosen) return run;
    const { imputation, parameters } = chosen;
    return { ...run, summary: { ...run.summary, imputation }, parameters: new Map([...run.parameters, ...parameters]) };
  } finally {
    await model.dispose();
  }
}
async function testFit(dataset, { summary, graph, components, ...rest }, mode, hooks) {
  const { model, config } = summary;
  const fitted = await encodeDataset(dataset, model, rest.parameters, hooks);
  const tested = await testGraph(graph, fitted, { dataset, config, mode, hooks, components });
  const { crossFitted } = tested;
  const outOfFold = crossFitted && {
    splits: crossFitted.splits,
    latents: Object.fromEntries(
      model.modalities.map(({ name, latents: width }) => {
        const own = crossFitted.latents.filter((_, node) => graph.nodes[node].modality === name);
        return [
          name,
          Float32Array.from({ length: dataset.ids.length * width }, (_, at) => own[at % width][Math.floor(at / width)])
        ];
      })
    )
  };
  const taken = await takeUpLinks(
    dataset,
    { model, config, parameters: rest.parameters },
    { graph: tested.graph, links: tested.evidence.links, latents: fitted },
    hooks
  );
  const parameters = taken?.parameters ?? rest.parameters;
  const judged = {
    ...summary,
    // What is behind each latent has changed with its mechanism.
    ...taken && { ranges: await fitRanges(dataset, { model, parameters }, hooks) },
    evidence: { ...tested.evidence, ...taken && { opened: taken.opened } }
  };
  const judgedGraph = withDirections(taken?.graph ?? tested.graph, judged);
  return { run: { ...rest, parameters, summary: judged, graph: judgedGraph }, outOfFold };
}
function withoutUndefined(options) {
  const given = { ...options };
  for (const key in given) if (given[key] === void 0) Reflect.deleteProperty(given, key);
  return given;
}

// src/shards/shard-trainer.ts
import { basename } from "node:path";

// src/shards/stage-shards.ts
import { constants } from "node:fs";
import { join } from "node:path";
var StageShards = class {
  all;
  #stage;
  #fit;
  #ended = /* @__PURE__ */ new Map();
  /** @param name name of the stage within the folder @param maxShards maximum; a shard has at least one restart */
  constructor(folder, name, stage, {
    maxShards,
    key
  }) {
    this.#stage = stage;
    this.#fit = { ...key, stage: name, restarts: stage.runs, inputs: inputsOf(stage) };
    this.all = rangesOf(stage, maxShards).map((range, number) => {
      const path = join(folder, `${name}.${number}`);
      const files = { done: `${path}.safetensors`, going: `${path}.going.safetensors`, lease: `${path}.lease` };
      return { number, range, files };
    });
  }
  /** Reads shards that were finished or changed since the last look. @throws as `readShard` */
  async look() {
    for (const shard of this.all) {
      const mark = await markOf(shard.files.done);
      if (mark === void 0 || this.#ended.get(shard)?.mark === mark) continue;
      const state = await this.#read(shard, "done");
      if (state) this.#ended.set(shard, { state, mark });
    }
  }
  /** Name of the stage within the folder, and digest of its inputs. */
  get beginning() {
    return [this.#fit.stage, this.#fit.inputs];
  }
  /** Shards that need more training. */
  get open() {
    return this.all.filter((shard) => !this.#isDone(shard));
  }
  /**
   * Returns a shard as a separate stage. With patience, all shards stop at the epoch at which the whole stage would: a
   * shard that ended before another one improved continues.
   */
  stageOf({ range }, patience = this.patience) {
    return { ...stageOfRestarts(this.#stage, range), ...patience && { patience } };
  }
  /** Returns the state from which a shard continues, or undefined if it has not begun. */
  async stateOf(shard) {
    return await this.#read(shard, "going") ?? this.#ended.get(shard)?.state;
  }
  /** Writes a checkpoint of a shard. */
  async save(shard, state) {
    await writeShard(shard.files.going, this.#keyOf(shard), state);
  }
  /** Writes a shard that has ended. It may open again if another shard improves later. */
  async finish(shard, state) {
    const { done, going } = shard.files;
    await writeShard(done, this.#keyOf(shard), state);
    await removeFile(going);
  }
  /** Returns the outcome of the stage from all shards. @throws NumericError `all-runs-diverged` */
  outcome() {
    const { name, runs } = this.#stage;
    const states = this.all.map((shard) => ({ ...shard.range, ...this.#ended.get(shard).state }));
    const parameters = stackRuns(states.map((state) => this.#bestOf(state)));
    const epoch = Math.max(...states.map((state) => state.epoch));
    return outcomeOf({
      name,
      parameters,
      epoch,
      bestObjective: states.flatMap(({ bestObjective }) => bestObjective),
      bestEpoch: states.flatMap(({ bestEpoch }) => bestEpoch),
      failures: states.flatMap(({ failures, first }) => failures.map((failure) => ({ ...failure, restart: first + failure.restart }))).sort((a, b) => a.step - b.step || a.restart - b.restart),
      history: Array.from({ length: epoch }, (_, at) => mergedEpoch(states, at, runs))
    });
  }
  /** Patience of the stage, counted from the last improvement in any finished shard. */
  get patience() {
    const { patience } = this.#stage;
    if (!patience) return void 0;
    const improved = Array.from(this.#ended.values(), ({ state }) => state.improvedAt);
    return { ...patience, from: Math.max(patience.from, ...improved) };
  }
  #isDone(shard) {
    const state = this.#ended.get(shard)?.state;
    if (!state) return false;
    const { epochs } = this.#stage;
    const { patience } = this;
    const last = patience ? patience.from + patience.epochs + 1 : epochs;
    const isLost = new Set(state.failures.map(({ restart }) => restart)).size === shard.range.count;
    return isLost || state.epoch >= Math.min(epochs, last);
  }
  /** Reads a file of a shard. Returns undefined if it does not exist, or is being replaced now. */
  async #read(shard, which) {
    const path = shard.files[which];
    try {
      return await exists(path) ? await readShard(path, this.#keyOf(shard)) : void 0;
    } catch (error) {
      if (error instanceof FileError || causeCode(error) === "missing-file") {
        if (!await exists(path)) return void 0;
      }
      throw error;
    }
  }
  #keyOf({ range }) {
    return { ...this.#fit, ...range };
  }
  #bestOf({ best, count }) {
    const { runs, compiled, compiledFor } = this.#stage;
    const { parameters } = count === runs || !compiledFor ? compiled : compiledFor(count);
    return new Map(
      Object.entries(parameters).map(([name, { offset, shape }]) => [
        name,
        { shape, values: best.slice(offset, offset + sizeOf(shape)) }
      ])
    );
  }
};
async function markOf(path) {
  try {
    const file = await openInternal(path, constants.O_RDONLY);
    try {
      const { ino, size, mtimeNs } = await file.stat({ bigint: true });
      return `${ino} ${size} ${mtimeNs}`;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (["ENOENT", "ESTALE"].includes(causeCode(cause))) return void 0;
    throw readError(path, cause);
  }
}
function mergedEpoch(states, epoch, runs) {
  const ofShards = states.map(({ history }) => history.at(epoch));
  const present = ofShards.filter((one) => one !== void 0);
  const merged = (kind) => Object.fromEntries(
    Object.keys(present[0][kind]).map((name) => {
      const values = new Array(runs).fill(null);
      ofShards.forEach(
        (one, i) => one?.[kind][name].forEach((value, run) => values[states[i].first + run] = value)
      );
      return [name, values];
    })
  );
  return {
    ...present[0],
    seconds: Math.max(...present.map(({ seconds }) => seconds)),
    training: merged("training"),
    validation: merged("validation")
  };
}

// src/shards/process-group.ts
import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
var MAX_SECONDS = 1e6;
function deadline() {
  const seconds = Number(process.env["INTERLATENT_RANK_DEADLINE"]);
  return seconds > 0 ? Math.min(seconds, MAX_SECONDS) : 300;
}
var ProcessGroup = class _ProcessGroup {
  ranks;
  #launch;
  #signal;
  /** @param launch all processes of the launcher; the ranks of the group are consecutive ones of them */
  constructor(ranks, launch, signal) {
    this.ranks = ranks;
    this.#launch = launch;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#stop);
  }
  /**
   * Joins the process group of this rank. Every rank of the launcher must call it exactly once.
   * @param size ranks of a group
   * @throws InputError `invalid-option` if there is no launcher, or `size` does not divide its processes; StateError
   *   `no-mpi`, `rank-lost`; the signal's reason
   */
  static async join(launch, size, signal) {
    if (!launch || launch.size % size !== 0) throw notTogether(launch, size);
    const { Ranks } = native();
    const giveUp = () => {
      Ranks.giveUpMpi();
    };
    signal?.throwIfAborted();
    signal?.addEventListener("abort", giveUp);
    try {
      const place = await Ranks.beginMpi(process.env["INTERLATENT_MPI_PATH"] ?? "", deadline());
      if (place.size !== launch.size || place.rank !== launch.rank) throw otherWorld(launch, place);
      const ranks = await Ranks.mpi(launch.rank - launch.rank % size, size, deadline());
      signal?.throwIfAborted();
      return new _ProcessGroup(ranks, launch, signal);
    } catch (error) {
      throw translated(error, signal);
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }
  /** Number of this group among the groups of the launcher, from 0. */
  get number() {
    return Math.floor(this.#launch.rank / this.ranks.count);
  }
  get isLeader() {
    return this.ranks.index === 0;
  }
  /** Sends a message of the leader to the other ranks, which `receive` it. @throws as `receive` */
  async broadcast(message) {
    await this.#gather(serialize(message));
  }
  /** Waits for a message of the leader. @throws StateError `rank-lost`; the signal's reason */
  async receive() {
    const [message] = await this.#gather(new Uint8Array());
    return deserialize(message);
  }
  /**
   * Ends an epoch on all ranks.
   * @param stops true if this rank stops
   * @returns true if any rank stops
   * @throws StateError `rank-mismatch` if the ranks have different parameters, `rank-lost`; the signal's reason
   */
  async agree(state, stops) {
    const { epoch, parameters, moments, improvedAt, bestEpoch, failures } = state;
    const decisions = JSON.stringify({ improvedAt, bestEpoch, failures });
    const digest = createHash("sha256").update(parameters).update(moments).update(decisions).digest("hex");
    const report = { epoch, digest, stops };
    const all = (await this.#gather(serialize(report))).map((bytes) => deserialize(bytes));
    const other = all.findIndex((one) => one.epoch !== epoch || one.digest !== digest);
    if (other >= 0) throw this.#mismatch(other, `have different parameters after epoch ${epoch}`);
    return all.some((one) => one.stops);
  }
  /**
   * Checks that this rank and the leader begin the same stage with the same numbers.
   * @param beginning name of the stage, and digest of its inputs
   * @throws StateError `rank-mismatch`
   */
  checkBeginning(beginning, ofLeader) {
    if (beginning.join() === ofLeader.join()) return;
    throw this.#mismatch(0, `begin with different numbers: ${beginning[0]}, ${ofLeader[0]}`);
  }
  /** Leaves the group and gives the waiting ranks the reason. Does nothing after `end`. */
  leave(why) {
    this.#signal?.removeEventListener("abort", this.#stop);
    this.ranks.leave(why);
  }
  /** Waits until all ranks have finished. If one is late, it returns without an error, since no work remains. */
  async end() {
    this.#signal?.removeEventListener("abort", this.#stop);
    try {
      await this.ranks.end();
    } catch (error) {
      throw translated(error, this.#signal);
    }
  }
  #stop = () => {
    this.ranks.leave("was stopped");
  };
  async #gather(bytes) {
    try {
      return await this.ranks.gather(bytes);
    } catch (error) {
      throw translated(error, this.#signal);
    }
  }
  #mismatch(other, what) {
    const first = this.#launch.rank - this.ranks.index;
    const ranks = [this.#launch.rank, first + other].sort((a, b) => a - b);
    return new StateError(
      "rank-mismatch",
      `Ranks ${ranks.join(" and ")} ${what}. Ranks that train together need the same study, version and kind of processor.`,
      { ranks }
    );
  }
};
function lostIn(stage, epoch, error) {
  if (causeCode(error) !== "rank-lost") return error;
  if (error instanceof StateError && "stage" in error.details) return error;
  const message = `${causeMessage(error)}, ${epoch === void 0 ? "at" : `in epoch ${epoch} of`} ${stage}. Earlier training is saved: start all ranks again with --resume.`;
  return new StateError("rank-lost", message, { stage, epoch }, error);
}
function translated(error, signal) {
  if (signal?.aborted) return signal.reason;
  const code = causeCode(error);
  if (error instanceof InterlatentError) return error;
  if (code === "rank-lost" || code === "cancelled") return new StateError(code, causeMessage(error), {}, error);
  if (code !== "no-mpi") return error;
  return new StateError(
    "no-mpi",
    `${causeMessage(error)}. Ranks that train together need the launcher's MPI library (Debian: libopenmpi40 or libmpich12). If it is not found, set INTERLATENT_MPI_PATH. Without --data-parallel no MPI is needed.`,
    {},
    error
  );
}
function notTogether(launch, size) {
  return new InputError(
    "invalid-option",
    launch ? `${launch.launcher} has started ${launch.size} processes, which cannot be divided into groups of ${size} (--data-parallel).` : `--data-parallel ${size} needs several GPUs, or processes that a launcher starts: mpirun -n ${size}.`,
    { dataParallel: size }
  );
}
function otherWorld({ launcher, rank, size }, place) {
  return new StateError(
    "no-mpi",
    `${launcher} calls this process rank ${rank} of ${size}, MPI calls it rank ${place.rank} of ${place.size}. The MPI library is not the launcher's: set INTERLATENT_MPI_PATH. srun may need --mpi=pmix or --mpi=pmi2.`,
    { launcher, rank, size, place }
  );
}

// src/shards/shard-trainer.ts
var SEEN_WITHIN = 120;
var ShardTrainer = class _ShardTrainer {
  #folder;
  #group;
  #fit;
  constructor(folder, group, fit = "fit") {
    this.#folder = folder;
    this.#group = group;
    this.#fit = fit;
  }
  within(fit) {
    return new _ShardTrainer(this.#folder, this.#group, fit);
  }
  /**
   * Trains a stage together with the other workers.
   * @throws InputError `shard-mismatch`, `damaged-file`; StateError `shards-missing` if this worker only reads,
   *   `rank-lost`, `rank-mismatch`; NumericError `all-runs-diverged`; FileError; DeviceError; the signal's reason
   */
  async train(stage, fit) {
    const folder = this.#folder;
    const name = `${this.#fit}.${stage.name}`;
    const { config, fingerprint } = fit.key;
    const key = { ...folder.key, fingerprint, config: JSON.stringify(config) };
    const isTogether = Object.values(stage.compiled.entries).some(({ tiles }) => tiles > 1);
    const group = isTogether ? this.#group : void 0;
    const { maxShards, first } = folder.divisionOf(isTogether, this.#group?.ranks.index ?? 0);
    const shards = new StageShards(folder.path, name, stage, { maxShards, key });
    const work2 = { shards, first, fit, group };
    try {
      return await (group && !group.isLeader ? this.#follow(group, work2) : this.#work(work2));
    } catch (error) {
      throw lostIn(name, void 0, error);
    }
  }
  async #work(work2) {
    const folder = this.#folder;
    const { shards, fit } = work2;
    const { signal } = fit.hooks;
    for (; ; ) {
      signal?.throwIfAborted();
      await shards.look();
      if (shards.open.length === 0) {
        await order(work2, { isOver: true });
        return shards.outcome();
      }
      if (folder.use === "gather") throw missing(folder, shards);
      const hasTrained = await folder.queue.run(() => this.#trainOne(work2));
      if (hasTrained) continue;
      await order(work2, { isOver: false });
      await pause(folder.watch.heartbeats.every / 4, signal);
    }
  }
  /** Follows the orders of the leader until all shards are done. */
  async #follow(group, work2) {
    const { shards, fit } = work2;
    const { signal } = fit.hooks;
    for (; ; ) {
      signal?.throwIfAborted();
      const { beginning, isOver, task } = await group.receive();
      group.checkBeginning(shards.beginning, beginning);
      if (isOver) break;
      if (task) await this.#trainStage(work2, shards.stageOf(shards.all[task.shard], task.patience), task.state);
    }
    const until = performance.now() + SEEN_WITHIN * 1e3;
    for (; ; ) {
      await shards.look();
      if (shards.open.length === 0) return shards.outcome();
      if (performance.now() > until) throw missing(this.#folder, shards);
      await pause(this.#folder.watch.heartbeats.every / 4, signal);
      signal?.throwIfAborted();
    }
  }
  /** Leases and trains one open shard. @returns false if other workers hold all open shards */
  async #trainOne(work2) {
    const { shards, first, fit } = work2;
    fit.hooks.signal?.throwIfAborted();
    await shards.look();
    const start = first % shards.all.length;
    const before = shards.open.filter(({ number }) => number < start);
    const open = [...shards.open.slice(before.length), ...before];
    for (const shard of open) {
      const lease = await Lease.take(shard.files.lease, this.#folder.watch);
      if (!lease) continue;
      try {
        if (lease.from) await this.#folder.recordTakeover(basename(shard.files.lease, ".lease"), lease.from);
        await shards.look();
        if (shards.open.includes(shard)) await this.#trainLeased(work2, shard, lease);
      } finally {
        await lease.release();
      }
      return true;
    }
    return false;
  }
  async #trainLeased(work2, shard, lease) {
    const { shards } = work2;
    const { patience } = shards;
    const before = await shards.stateOf(shard);
    await order(work2, { isOver: false, task: { shard: shard.number, patience, state: before } });
    const leased = {
      save: (state2) => shards.save(shard, state2),
      isLost: () => lease.isLost(),
      reportEpoch: (epoch) => {
        lease.reportEpoch(epoch);
      }
    };
    const state = await this.#trainStage(work2, shards.stageOf(shard, patience), before, leased);
    if (state) await shards.finish(shard, state);
  }
  /** Trains a shard. @returns undefined if another worker has taken it over */
  async #trainStage({ shards, fit: { hooks, stages }, group }, whole, before, leased) {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = hooks;
    const trainer = await Trainer.create(whole, hooks, group?.ranks);
    const { stage, state } = trainer;
    let isAgreed = true;
    try {
      if (before) trainer.restore(before);
      else if (stage.initialCounts) await trainer.scoreInitial();
      const count = { done: shards.all.length - shards.open.length, all: shards.all.length };
      const report = progressReporter(trainer, stages, onProgress, count);
      let savedAt = performance.now();
      while (!trainer.finished) {
        const done = await epochOf(trainer, signal, onProgress && report);
        isAgreed = group === void 0 || done === void 0;
        signal?.throwIfAborted();
        if (done) onEvent?.({ event: "epoch", steps: stage.stepsPerEpoch, seconds: done.seconds });
        report(0);
        leased?.reportEpoch(state.epoch);
        const isDue = performance.now() - savedAt > checkpointEvery * 1e3;
        const isLost = isDue && await leased?.isLost() === true;
        if (await group?.agree(state, isLost) ?? isLost) return void 0;
        isAgreed = true;
        if (!isDue) continue;
        await leased?.save(state);
        savedAt = performance.now();
      }
      return state;
    } catch (error) {
      const canResume = isAgreed && (signal?.aborted === true || causeCode(error) === "rank-lost");
      if (canResume && leased) await saveIfOurs(leased, state);
      signal?.throwIfAborted();
      throw lostIn(shards.beginning[0], state.epoch, error);
    } finally {
      await trainer.dispose();
    }
  }
};
async function order({ shards: { beginning }, group }, content) {
  await group?.broadcast({ beginning, ...content });
}
async function saveIfOurs(leased, state) {
  try {
    if (!await leased.isLost()) await leased.save(state);
  } catch {
  }
}
function missing(folder, { beginning, open, all }) {
  const numbers = open.map(({ number }) => number);
  return folder.missing(beginning[0], numbers, all.length);
}
async function epochOf(trainer, signal, onStep) {
  try {
    return await trainer.epoch(signal, onStep);
  } catch (error) {
    if (error instanceof NumericError && error.code === "all-runs-diverged") return void 0;
    throw error;
  }
}

// src/fit-in-shards.ts
async function workOnShards(study, { shards: where, ...options }) {
  const { dataParallel = 1 } = where;
  if (dataParallel === 1) return work(study, where, options);
  const launch = launchOf(process.env);
  const group = await ProcessGroup.join(launch, dataParallel, options.signal);
  try {
    await work(study, { ...launch && shareOf(launch, dataParallel), ...where }, options, group);
    await group.end();
  } catch (error) {
    group.leave(causeCode(error) === "rank-lost" ? "has lost a rank" : `has ended: ${causeMessage(error)}`);
    throw error;
  }
}
async function work(study, where, options, group) {
  const prepared = await prepareFit(study, options);
  const { dataset, config, evidence } = prepared;
  if (group) checkTogether(prepared.device);
  const shards = await trainerIn(where, "work", study, prepared, group);
  const hooks = { ...prepared.hooks, shards, folder: void 0 };
  const { signal, onProgress, threads, device } = hooks;
  const splits = evidence !== "none" && canBeTested(dataset, config.seed) ? splitsOf(evidence, dataset.ids.length) : 0;
  const ofFold = { signal, onProgress, shards, threads, device };
  const folds = Array.from({ length: splits }, (_, split) => foldsOf(dataset, config, ofFold, split)).flat();
  const fits = [
    (stop) => fitModel(dataset, config, { ...hooks, signal: stop }),
    ...folds.map((fold) => (stop) => fitFold(fold.dataset, fold.config, { ...fold.hooks, signal: stop }))
  ];
  const [atOnce, first] = group ? [1, group.number] : [fits.length, 0];
  await runConcurrently(fits.length, atOnce, (turn, stop) => fits[(first + turn) % fits.length](stop), signal);
}
async function gatherShards(study, folder, options) {
  const prepared = await prepareFit(study, options);
  return fitRun(study, { ...options, shards: await trainerIn({ folder }, "gather", study, prepared) });
}
function checkTogether({ backend, name }) {
  if (backend === "cpu") return;
  throw new InputError(
    "invalid-option",
    `Processes that train together (--data-parallel) compute on CPUs, not on ${name}. GPUs of one process do: --device cuda:all --data-parallel N, without a launcher.`,
    { device: name }
  );
}
async function trainerIn(where, use, study, { dataset, config, given, evidence, device }, group) {
  const path = "dataset" in study ? absolutePath(study.path) : void 0;
  const { fingerprint } = dataset;
  const plan = { study: path, settings: given, config, evidence, fingerprint };
  return new ShardTrainer(await ShardFolder.open(where, use, plan, device), group);
}

// src/background/tasks.ts
var REPORT_EVERY = 20;
var Tasks = class {
  async fit(study, options, { signal, onProgress, onRestarts, onEvent }) {
    const hooks = { signal, onRestarts, onEvent, onProgress: onProgress && throttled(onProgress) };
    const { shards, ...fitOptions } = { ...options, ...hooks };
    return shards === void 0 ? fitRun(study, fitOptions) : gatherShards(study, shards, fitOptions);
  }
  async workOnShards(study, options, { signal, onProgress, onEvent }) {
    return workOnShards(study, { ...options, signal, onEvent, onProgress: onProgress && throttled(onProgress) });
  }
  async readStudy(path, options, { onProgress }) {
    return readStudy(path, { ...options, onProgress });
  }
  async selectLatents(dataset, options, { signal, onProgress }) {
    return selectLatents(dataset, { ...options, signal, onProgress });
  }
  async discoverLatents(question, hooks) {
    return discoverLatents(question, hooks);
  }
  async discoverWithRefits(question, options, refits, { signal, onProgress }) {
    const report = onProgress && ((done, total) => onProgress([done, total]));
    const refitOptions = { ...options, signal, onProgress: report };
    const { workers = 1 } = refits ?? {};
    return withThreadPool(
      Math.min(workers, options.halfSamples),
      (pool) => discoverWithRefits(
        ...[question, refitOptions, refits],
        pool && (async (one, of, stop) => await pool.call("refit", [one, of], stop))
      )
    );
  }
  async refit(one, refits, { signal }) {
    return refit(one, refits, signal);
  }
  async nullFit(dataset, fit, { signal }) {
    return nullFit(dataset, fit, signal);
  }
};
function throttled(onProgress) {
  let reportedAt = -Infinity;
  let last;
  return (progress) => {
    const now = performance.now();
    const isNew = progress.metrics !== last?.metrics || progress.stage !== last?.stage || progress.fold !== last.fold;
    if (!isNew && now - reportedAt < REPORT_EVERY) return;
    reportedAt = now;
    last = progress;
    onProgress(progress);
  };
}
export {
  Tasks
};
