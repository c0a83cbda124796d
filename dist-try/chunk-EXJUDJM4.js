import {
  qualitySchema,
  subspaceChoiceSchema
} from "./chunk-SWQNJAYC.js";
import {
  LINK_REASONS,
  graphFromJson,
  graphToJson
} from "./chunk-X424OCCA.js";
import {
  IMPUTATION_COVARIANCE,
  IMPUTATION_MEAN,
  imputationSchema
} from "./chunk-G45XYAMO.js";
import {
  latentNodes
} from "./chunk-64LFUNOM.js";
import {
  MissingLatents
} from "./chunk-2LFYMM5I.js";
import {
  MultimodalModel
} from "./chunk-UXQCCETH.js";
import {
  MATMUL_PRECISIONS
} from "./chunk-SPMNODIT.js";
import {
  augmentationSchema,
  fitConfigSchema,
  networkSchema
} from "./chunk-K4RJR7JR.js";
import {
  GRAPHS,
  OBSERVATION_KINDS,
  latentLayout,
  observationOf,
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  sha256
} from "./chunk-JTGBNCRO.js";
import {
  decodeSafetensors,
  encodeSafetensors
} from "./chunk-FL3EIQQG.js";
import {
  parseJson
} from "./chunk-HKABEZMM.js";
import {
  seedKey
} from "./chunk-SF4GQ4IP.js";
import {
  COLUMN_KINDS,
  isMeasured,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  writeError
} from "./chunk-4UPWP7HX.js";
import {
  causeCode,
  openInternal,
  openRegular,
  readBytes
} from "./chunk-E6FIFJ2Q.js";
import {
  InputError,
  NumericError
} from "./chunk-5XKOZ6VI.js";

// src/training/metrics-file.ts
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

// src/training/stage.ts
var STAGE_NAMES = [
  "joint",
  "encoders",
  "subspaces",
  "residual",
  "subspace-decoders",
  "imputation",
  "exploration",
  "components",
  "pruning",
  "polish",
  "decoders",
  "missing"
];
var RESTART_SEED_STRIDE = 2 ** 32;
function restartSeed(seed, restart) {
  return seed + restart * RESTART_SEED_STRIDE;
}
function seedWords(seeds) {
  return Int32Array.from(
    seeds.flatMap((seed) => {
      const { low, high } = seedKey(seed);
      return [low, high];
    })
  );
}

// src/training/metrics-file.ts
var METRICS_FILE = "metrics.jsonl";
var NEWLINE = 10;
var count = z.int().min(0);
var perRun = z.record(z.string(), z.array(z.number().nullable()));
var metricsSchema = z.object({
  stage: z.enum(STAGE_NAMES),
  epoch: count,
  phase: z.string(),
  learningRate: z.number(),
  sparsityWeight: z.number(),
  seconds: z.number(),
  training: perRun,
  validation: perRun
});
function metricsLine(metrics) {
  return new TextEncoder().encode(`${JSON.stringify(metrics)}
`);
}
function parseMetrics(bytes, path) {
  const history = [];
  const decoder = new TextDecoder();
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) history.push(parseLine(decoder.decode(bytes.subarray(start, end)), history.length + 1, path));
    start = end + 1;
  }
  return history;
}
function parseLine(text, line, path) {
  try {
    return metricsSchema.parse(parseJson(text));
  } catch (cause) {
    throw new InputError(
      "damaged-file",
      `${path}: line ${line} does not hold the metrics of an epoch.`,
      { path },
      cause
    );
  }
}
var MetricsFile = class _MetricsFile {
  #path;
  #file;
  #digest = createHash("sha256");
  #bytes = 0;
  constructor(path, file) {
    this.#path = path;
    this.#file = file;
  }
  /** Creates an empty file. @throws FileError `unwritable` */
  static async create(folder) {
    return _MetricsFile.#open(join(folder, METRICS_FILE), constants.O_TRUNC);
  }
  /**
   * Opens the file and cuts it off at a position, to continue from there.
   * @throws InputError `damaged-file` if it is missing or has changed; FileError `unwritable`, `unreadable`
   */
  static async reopen(folder, { bytes, sha256: sha2562 }) {
    const path = join(folder, METRICS_FILE);
    const known = (await readIfThere(path)).subarray(0, bytes);
    if (known.length !== bytes || createHash("sha256").update(known).digest("hex") !== sha2562) {
      throw new InputError(
        "damaged-file",
        `${path} has changed since the checkpoint next to it was written. Restore the file, or remove both to start again.`,
        { path }
      );
    }
    const history = parseMetrics(known, path);
    const file = await _MetricsFile.#open(path, 0);
    try {
      await file.#file.truncate(bytes);
    } catch (cause) {
      await file.close();
      throw writeError(path, cause);
    }
    file.#add(known);
    return { file, history };
  }
  static async #open(path, flag) {
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    try {
      return new _MetricsFile(path, await openInternal(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | flag));
    } catch (cause) {
      throw writeError(path, cause);
    }
  }
  /** @throws FileError `disk-full`, `unwritable` */
  async append(metrics) {
    const line = metricsLine(metrics);
    try {
      await this.#file.writeFile(line);
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
    this.#add(line);
  }
  /**
   * Flushes the file to the disk and returns the position for a checkpoint.
   * @throws FileError `disk-full`, `unwritable`
   */
  async sync() {
    try {
      await this.#file.datasync();
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
    return this.#position();
  }
  async close() {
    await this.#file.close();
  }
  #add(bytes) {
    this.#digest.update(bytes);
    this.#bytes += bytes.length;
  }
  #position() {
    return { bytes: this.#bytes, sha256: this.#digest.copy().digest("hex") };
  }
};
async function readIfThere(path) {
  try {
    return await readBytes(path);
  } catch (cause) {
    if (causeCode(cause) !== "missing-file") throw cause;
    return new Uint8Array();
  }
}

// src/training/run-summary.ts
import * as z4 from "zod";

// src/training/ranges-schema.ts
import * as z2 from "zod";
var momentsSchema = z2.object({ mean: z2.number(), sd: z2.number() });
var latentRangeSchema = momentsSchema.extend({ low: z2.number(), high: z2.number() });
var rangesSchema = z2.object({
  /** Numbers of subjects of each split that were used, evenly spread; left out if all were used. */
  sample: z2.object({ train: z2.int().min(1), validation: z2.int().min(0) }).optional(),
  /**
   * Ranges over the training subjects who have the latent's modality; `low` and `high` are the 1 and 99 % quantiles.
   */
  latents: z2.array(latentRangeSchema).readonly(),
  /** Moments of the noise ε of each latent; a prior that fits exactly has mean 0 and sd 1. */
  epsilon: z2.array(momentsSchema).readonly(),
  /**
   * Regression of every private noise η on the latents of its modality: `mean` + Σ `slopes` · latents, with residuals
   * of deviation `sd`. The slopes of a completely private noise are 0.
   */
  eta: z2.array(momentsSchema.extend({ slopes: z2.array(z2.number()).readonly() })).readonly(),
  /**
   * By modality and column, the root mean square difference between standardised values of validation subjects and
   * their reconstructions.
   */
  noise: z2.array(z2.array(z2.number().min(0)).readonly()).readonly()
});

// src/training/outcome.ts
var RESTART_RULES = ["validation-objective", "all-subjects"];
function outcomeOf({
  name,
  parameters,
  bestObjective,
  bestEpoch,
  epoch,
  failures,
  history
}) {
  if (bestObjective.every((value) => value === Infinity)) {
    throw new NumericError(
      "all-runs-diverged",
      "No restart reached a finite validation objective; lower learningRate."
    );
  }
  const objectives = bestObjective.map((value) => Number.isFinite(value) ? value : null);
  return { name, parameters, objectives, bestEpochs: bestEpoch, epochs: epoch, failures, history };
}
function ranking({ objectives, scores = objectives }) {
  const value = (restart) => scores[restart] ?? Infinity;
  return [...objectives.keys()].filter((restart) => value(restart) < Infinity).sort((a, b) => value(a) - value(b));
}
function selectRuns(parameters, runs) {
  return new Map(
    [...parameters].map(([name, { shape, values }]) => {
      const perRun2 = values.length / shape[0];
      const selected = new Float32Array(runs.length * perRun2);
      runs.forEach((run, i) => {
        selected.set(values.subarray(run * perRun2, (run + 1) * perRun2), i * perRun2);
      });
      return [name, { shape: [runs.length, ...shape.slice(1)], values: selected }];
    })
  );
}
function runsOf(parameters) {
  const [{ shape }] = parameters.values();
  return shape[0];
}
function stackRuns(sets) {
  const runs = sets.reduce((total, set) => total + runsOf(set), 0);
  return new Map(
    [...sets[0]].map(([name, { shape, values }]) => {
      const stacked = new Float32Array(values.length / shape[0] * runs);
      let start = 0;
      for (const set of sets) {
        const { values: next } = set.get(name);
        stacked.set(next, start);
        start += next.length;
      }
      return [name, { shape: [runs, ...shape.slice(1)], values: stacked }];
    })
  );
}
function withoutCrossPrediction(parameters) {
  return new Map([...parameters].filter(([name]) => !name.startsWith("crossPrediction")));
}
function valuesOf(parameters) {
  return new Map([...parameters].map(([name, { values }]) => [name, values]));
}
function scoredByAllSubjects(outcome, subjects) {
  const scores = outcome.objectives.map((objective, restart) => {
    const epoch = outcome.history.at(outcome.bestEpochs[restart]);
    if (objective === null || epoch === void 0) return null;
    const bound = ({ reconstruction, independence }) => (reconstruction[restart] ?? Infinity) + (independence[restart] ?? Infinity);
    const { train, validation } = subjects;
    return (train * bound(epoch.training) + validation * bound(epoch.validation)) / (train + validation);
  });
  return { ...outcome, rule: "all-subjects", scores };
}

// src/training/scales-schema.ts
import * as z3 from "zod";
var names = z3.array(z3.string()).readonly();
var numbers = z3.array(z3.number()).readonly();
var columnSchema = z3.object({
  name: z3.string(),
  log: z3.boolean(),
  offset: z3.number(),
  mean: z3.number(),
  sd: z3.number().positive(),
  ranks: z3.object({ of: z3.int().min(1), quantiles: z3.array(z3.number()).min(1).readonly() }).optional(),
  slopes: numbers.optional(),
  limits: z3.object({ lower: z3.number(), upper: z3.number() }).optional(),
  kind: z3.enum(COLUMN_KINDS).optional(),
  of: z3.string().optional(),
  level: z3.int().min(0).optional(),
  total: z3.literal(true).optional()
});
var transformSchema = z3.discriminatedUnion("kind", [
  z3.object({ kind: z3.enum(["log1p", "rank"]) }),
  z3.object({ kind: z3.literal("arcsinh"), cofactor: z3.number().positive() }),
  z3.object({ kind: z3.literal("cpm"), over: names, meanTotal: z3.number().positive() }),
  z3.object({ kind: z3.literal("clr"), over: names, zero: z3.number().positive() })
]);
var splineSchema = z3.object({ knots: z3.array(z3.number()).min(3).readonly(), term: z3.int().min(0) }).refine(({ knots, term }) => term < knots.length - 2 && knots.every((knot, k) => k === 0 || knot > knots[k - 1]), {
  error: "must have ascending knots, three for one term and one more for each further term"
});
var covariateSchema = z3.object({
  column: z3.string(),
  level: z3.string().optional(),
  spline: splineSchema.optional(),
  mean: z3.number(),
  sd: z3.number().positive()
});
var size = z3.int().min(1);
var regularArraySchema = z3.discriminatedUnion("kind", [
  z3.object({ kind: z3.literal("image"), height: size, width: size }),
  z3.object({ kind: z3.literal("series"), steps: size, seconds: z3.number().positive() })
]);
var scalesSchema = z3.object({
  name: z3.string(),
  columns: z3.array(columnSchema).readonly(),
  regularArray: regularArraySchema.optional(),
  transform: transformSchema.optional(),
  covariates: z3.array(covariateSchema).readonly().optional(),
  levels: z3.record(z3.string(), z3.array(z3.string()).min(2).readonly()).readonly().optional()
});

// src/training/run-summary.ts
var FORMAT_NUMBER = 6;
var FORMAT = `interlatent-run-${FORMAT_NUMBER}`;
var count2 = z4.int().min(0);
var size2 = z4.int().min(1).max(1e7);
var observationSchema = z4.object({
  kind: z4.enum(OBSERVATION_KINDS),
  shape: z4.array(size2).min(1).readonly(),
  parts: z4.array(
    z4.object({
      likelihood: z4.enum(COLUMN_KINDS),
      from: count2,
      to: size2,
      positions: size2.optional(),
      levels: z4.int().min(2).optional(),
      size: count2.optional(),
      scales: z4.array(z4.object({ mean: z4.number(), sd: z4.number().positive() })).readonly().optional()
    })
  ).min(1).readonly(),
  network: networkSchema.optional(),
  shiftInvariant: size2.optional(),
  augment: augmentationSchema.optional(),
  masked: z4.boolean(),
  absent: z4.literal(true).optional()
});
var latentCounts = { latents: size2.max(256), exogenous: count2.max(256) };
var modalitySchema = z4.object({ name: z4.string(), observation: observationSchema, ...latentCounts });
var modelSchema = z4.object({
  modalities: z4.array(modalitySchema).min(1).max(256).readonly(),
  hidden: size2.max(4096),
  flow: z4.enum(["mixture", "affine"]),
  components: size2.max(64),
  flowHidden: size2.max(1024),
  within: z4.boolean(),
  graph: z4.enum(GRAPHS),
  gates: z4.boolean(),
  absent: z4.literal(true).optional(),
  latentEncoders: z4.literal(true).optional(),
  filling: count2.max(64).optional(),
  componentMap: count2.max(1024),
  shared: z4.object({ latents: size2, modalities: z4.array(count2).readonly() }).optional()
});
var stageSchema = z4.object({
  name: z4.enum(STAGE_NAMES),
  /** The best restart by `rule`: the one that the fit keeps, or the first of those that the next stage starts from. */
  chosenRestart: count2,
  /** What the restarts are ranked by (`RestartRule`). */
  rule: z4.enum(RESTART_RULES),
  /** The value that each restart is ranked by, lower is better; left out if it is `objectives`. */
  scores: z4.array(z4.number().nullable()).readonly().optional(),
  /** Validation objective of each restart at its best epoch; null for one that diverged. */
  objectives: z4.array(z4.number().nullable()).readonly(),
  /** −1: the initial parameters. */
  bestEpochs: z4.array(z4.int()).readonly(),
  epochs: count2,
  failures: z4.array(z4.object({ restart: count2, step: count2, tensor: z4.string() })).readonly(),
  seconds: z4.number()
});
var determinationSchema = z4.object({
  restarts: count2,
  equals: count2,
  agreement: z4.array(z4.number()).readonly(),
  determined: z4.array(z4.boolean()).readonly()
});
var p = z4.number().min(0).max(1);
var intervalSchema = z4.object({ estimate: z4.number(), lower: z4.number(), upper: z4.number() });
var relationSchema = intervalSchema.extend({ p });
var evidenceSchema = z4.object({
  alpha: z4.number(),
  linkAlpha: z4.number(),
  folds: count2,
  splits: count2,
  subjects: count2,
  /** Left out if the study has no groups. */
  groups: count2.optional(),
  tested: z4.boolean(),
  /** The reason for no test, other than too few subjects. */
  untested: z4.enum(["copied-rows"]).optional(),
  pairs: z4.array(
    z4.object({
      first: z4.string(),
      second: z4.string(),
      subjects: count2,
      folds: z4.array(p).readonly(),
      components: z4.array(p).readonly().optional(),
      p,
      corrected: p,
      associated: z4.boolean(),
      correlation: intervalSchema.optional(),
      within: z4.object({ rows: count2, p, corrected: p, associated: z4.boolean() }).optional()
    })
  ).readonly(),
  latents: z4.array(
    z4.object({
      name: z4.string(),
      agreement: z4.number(),
      chance: z4.number(),
      corrected: z4.number(),
      p,
      subspace: z4.number(),
      fitted: z4.number(),
      replicated: z4.boolean(),
      single: z4.boolean(),
      leak: z4.number()
    })
  ).readonly(),
  links: z4.array(
    z4.object({
      first: z4.string(),
      second: z4.string(),
      verdict: z4.enum(["supported", "not-supported", "undecided"]),
      reason: z4.enum(LINK_REASONS).optional(),
      association: relationSchema,
      direct: relationSchema,
      conditioning: z4.array(z4.string()).readonly(),
      q: p
    })
  ).readonly(),
  directions: z4.array(z4.object({ from: z4.string(), to: z4.string(), share: p })).readonly(),
  /** Left out if orders of the modalities were not compared (`Evidence`). */
  order: z4.object({ difference: z4.number(), standardError: z4.number(), subjects: count2 }).optional(),
  comparedSubjects: count2.optional(),
  opened: z4.array(z4.object({ from: z4.string(), to: z4.string() })).readonly().optional(),
  unsupported: z4.array(
    z4.object({
      from: z4.string(),
      to: z4.string(),
      strength: z4.number(),
      effect: z4.number().optional(),
      agreement: z4.number()
    })
  ).readonly(),
  seconds: z4.number()
});
var summarySchema = z4.object({
  format: z4.literal(FORMAT),
  /** Version of interlatent that made the fit. */
  version: z4.string(),
  node: z4.string(),
  study: z4.string(),
  /** Absolute path of the study file; absent for a data set that a program built. */
  studyFile: z4.string().optional(),
  /** Name of the id column. */
  id: z4.string(),
  /** Fingerprint of the data set. */
  fingerprint: z4.string(),
  subjects: z4.object({ train: count2, validation: count2, test: count2 }),
  config: fitConfigSchema,
  model: modelSchema,
  /** Scales of the columns of each modality, in the study's order. */
  columns: z4.array(scalesSchema).readonly(),
  /** The stages of the fit in order, each with the rule that ranked its restarts. */
  stages: z4.array(stageSchema).min(1).readonly(),
  /**
   * Per latent: mean |Spearman| between the latent of the chosen restart and its match in every other restart of the
   * stage that finds components.
   */
  agreement: z4.array(z4.number()).readonly(),
  /** The column that each latent rises with (`LatentOrientation`). A latent that correlates with none has no entry. */
  orientation: z4.array(z4.object({ latent: z4.string(), modality: z4.string(), column: z4.string(), correlation: z4.number() })).readonly(),
  /** The subspaces in which the components were found; a joint fit has none. */
  subspaces: subspaceChoiceSchema.optional(),
  determination: determinationSchema.optional(),
  /** How good the fit is, on training and held-out subjects. */
  quality: qualitySchema,
  /** Ranges of latents and noises, which answers to questions need. */
  ranges: rangesSchema,
  seconds: z4.number(),
  /** The requested device, the device that made the fit and, for `auto`, why; the precision of matrix products. */
  device: z4.object({
    requested: z4.string(),
    name: z4.string(),
    description: z4.string(),
    reason: z4.string(),
    matmulPrecision: z4.enum(MATMUL_PRECISIONS),
    /** Number of GPUs that trained the same restarts together. */
    dataParallel: z4.int().min(1).optional()
  }).readonly(),
  /** Weights of the Gaussian that helps the decoder to impute; absent if the decoder answers alone. */
  imputation: imputationSchema.optional(),
  /** Absent in fits with `evidence: none`. */
  evidence: evidenceSchema.optional()
});
var fileSchema = summarySchema.extend({
  /** SHA-256 of each other file of the folder, by name. */
  files: z4.record(z4.string(), z4.string().regex(/^[0-9a-f]{64}$/))
});
function checkFormat(format, path) {
  const digits = /^interlatent-run-(\d+)$/.exec(String(format))?.[1];
  if (digits === void 0 || Number(digits) === FORMAT_NUMBER) return;
  const problem = `${path} has the format ${String(format)}, but this version of interlatent reads only ${FORMAT}.`;
  if (Number(digits) > FORMAT_NUMBER) {
    throw new InputError("later-run", `${problem} Update interlatent, or fit the study again.`, { path });
  }
  throw new InputError("earlier-run", `${problem} Fit the study again.`, { path });
}
function parseSummary(content, path) {
  checkFormat(content?.format, path);
  const { success, data, error } = fileSchema.safeParse(content);
  if (!success) {
    const [issue] = error.issues;
    throw new InputError(
      "damaged-file",
      `${path} is damaged: ${issue.path.join(".")} ${issue.message}. Copy the whole folder again from where it was fitted, or fit the study again.`,
      { path }
    );
  }
  const { files: digests, ...summary } = data;
  return { summary, digests };
}

// src/training/summary-check.ts
function contradictionIn(summary) {
  const { model, columns } = summary;
  const named = columns.map((scales) => `${scales.name} (${valuesPerSubject(scales)})`).join(", ");
  const expected = model.modalities.map(({ name, observation }) => `${name} (${valueCount(observation)})`).join(", ");
  if (named !== expected) return `the model has the modalities ${expected}, but the columns belong to ${named}.`;
  const problem = observationProblem(summary) ?? unequalCount([...modelCounts(summary), ...stageCounts(summary), ...rangeCounts(summary)]) ?? unknownName(summary);
  return problem && `${problem}.`;
}
function observationProblem({ model, columns }) {
  const mismatch = model.modalities.find(({ observation }, m) => {
    const { kind, shape, parts } = observationOf({ ...columns[m], values: new Float32Array() });
    return JSON.stringify([kind, shape, parts]) !== JSON.stringify([observation.kind, observation.shape, observation.parts]);
  });
  return mismatch && `the model's observation of ${mismatch.name} does not fit its columns`;
}
function unequalCount(counts) {
  const wrong = counts.find(([, actual, expected]) => actual !== void 0 && actual !== expected);
  return wrong && `${wrong[0]} has ${wrong[1]} entries, not ${wrong[2]}`;
}
function modelCounts({
  model,
  columns,
  agreement,
  determination,
  subspaces,
  quality,
  evidence,
  imputation
}) {
  const modalities = model.modalities.length;
  const latents = model.modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const { network, linear, residual } = subspaces?.compared ?? {};
  const measured = columns.map((scales) => scales.columns.filter(({ kind }) => isMeasured(kind)).length);
  return [
    ["agreement", agreement.length, latents],
    ["determination.agreement", determination?.agreement.length, latents],
    ["determination.determined", determination?.determined.length, latents],
    // The list is empty if nothing could be tested.
    ["evidence.latents", evidence?.latents.length || void 0, latents],
    ["quality.modalities", quality.modalities.length, modalities],
    ...[network, linear, residual].map((figures) => ["subspaces.compared", figures?.length, modalities]),
    ["imputation.modalities", imputation?.modalities.length, modalities],
    ...(imputation?.modalities.slice(0, modalities) ?? []).flatMap(
      ({ cells, whole }, m) => [cells, whole].map((mix) => [`imputation.modalities.${m}.spread`, mix?.spread.length, measured[m]])
    )
  ];
}
function stageCounts({ stages }) {
  return stages.flatMap(({ name, objectives, bestEpochs, scores }) => [
    [`bestEpochs of ${name}`, bestEpochs.length, objectives.length],
    [`scores of ${name}`, scores?.length, objectives.length]
  ]);
}
function rangeCounts({ model, columns, ranges }) {
  const latents = model.modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const slopes = model.modalities.flatMap((modality) => {
    return new Array(modality.exogenous).fill(modality.latents);
  });
  return [
    ["ranges.latents", ranges.latents.length, latents],
    ["ranges.epsilon", ranges.epsilon.length, latents],
    ["ranges.eta", ranges.eta.length, slopes.length],
    ...ranges.eta.map((eta, i) => [`ranges.eta.${i}.slopes`, eta.slopes.length, slopes[i]]),
    ["ranges.noise", ranges.noise.length, columns.length],
    ...ranges.noise.map((noise, m) => [`ranges.noise.${m}`, noise.length, columns[m]?.columns.length])
  ];
}
function unknownName({ model, orientation, quality, evidence, stages }) {
  const modalities = model.modalities.map(({ name }) => name);
  const latents = latentNodes(model.modalities).map(({ name }) => name);
  const { shared } = model;
  const { pairs = [], links = [], directions = [], unsupported = [], opened = [] } = evidence ?? {};
  const named = [
    ["orientation", orientation.map(({ latent }) => latent), latents],
    ["orientation", orientation.map(({ modality }) => modality), modalities],
    ["quality.modalities", quality.modalities.map(({ name }) => name), modalities],
    ["quality.librarySizes", quality.librarySizes?.map(({ latent }) => latent) ?? [], latents],
    ["evidence.pairs", pairs.flatMap(({ first, second }) => [first, second]), modalities],
    ["evidence.links", links.flatMap(({ first, second, conditioning }) => [first, second, ...conditioning]), latents],
    ["evidence.directions", directions.flatMap(({ from, to }) => [from, to]), latents],
    ["evidence.unsupported", unsupported.flatMap(({ from, to }) => [from, to]), latents],
    ["evidence.opened", opened.flatMap(({ from, to }) => [from, to]), latents]
  ];
  for (const [where, names2, known] of named) {
    const unknown = names2.find((name) => !known.includes(name));
    if (unknown !== void 0) return `${where} names '${unknown}', which the model does not have`;
  }
  const misplaced = evidence?.latents.find(({ name }, i) => name !== latents[i]);
  if (misplaced) return `evidence.latents has '${misplaced.name}' where another latent belongs`;
  const outside = shared?.modalities.find((m) => m >= modalities.length);
  if (outside !== void 0) return `model.shared names modality ${outside} of ${modalities.length}`;
  const stage = stages.find(({ chosenRestart, failures, objectives }) => {
    return [chosenRestart, ...failures.map(({ restart }) => restart)].some((restart) => restart >= objectives.length);
  });
  return stage && `${stage.name} names a restart beyond its ${stage.objectives.length}`;
}

// src/training/weights-check.ts
function checkWeights(weights, summary, path) {
  const extras = [missingShapes(summary), imputationShapes(summary)].filter(
    (shapes) => [...shapes.keys()].some((name) => weights.has(name))
  );
  const expected = new Map([modelShapes(summary), ...extras].flatMap((shapes) => [...shapes]));
  const refuse = (tensor, reason) => new InputError(
    "damaged-file",
    `${path}: tensor '${tensor}' ${reason}. The file is damaged, or belongs to another RUN folder: copy the whole folder again from where it was fitted.`,
    { path, tensor }
  );
  for (const [name, shape] of expected) {
    const actual = weights.get(name)?.shape;
    if (!actual) throw refuse(name, `is missing; the model of run.json has it, of shape [${shape.join(", ")}]`);
    if (actual.join() !== shape.join()) {
      throw refuse(name, `has shape [${actual.join(", ")}], not [${shape.join(", ")}] as in the model of run.json`);
    }
  }
  const unknown = [...weights.keys()].find((name) => !expected.has(name));
  if (unknown !== void 0) throw refuse(unknown, "is not one of the model of run.json");
}
function modelShapes({ model }) {
  const { all } = new MultimodalModel(model, 1).parameters;
  const saved = all.filter(({ name }) => !name.startsWith("crossPrediction"));
  return new Map(saved.map(({ name, shape }) => [name, shape]));
}
function missingShapes({ model, config }) {
  const { all } = new MissingLatents(latentLayout(model.modalities), config, 1).parameters;
  return new Map(all.map(({ name, shape }) => [name, shape]));
}
function imputationShapes({ columns }) {
  const width = columns.flatMap((scales) => scales.columns).filter(({ kind }) => isMeasured(kind)).length;
  return /* @__PURE__ */ new Map([
    [IMPUTATION_MEAN, [1, width]],
    [IMPUTATION_COVARIANCE, [1, width, width]]
  ]);
}

// src/training/run-files.ts
var SUMMARY_FILE = "run.json";
var WEIGHTS_FILE = "model.safetensors";
var GRAPH_FILE = "graph.json";
function summaryOf({ path, bytes }) {
  let content;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new InputError("damaged-file", `${path} is not JSON.`, { path }, cause);
  }
  const parsed = parseSummary(content, path);
  const contradiction = contradictionIn(parsed.summary);
  if (contradiction !== void 0) throw new InputError("damaged-file", `${path}: ${contradiction}`, { path });
  return parsed;
}
function digestsOf(files) {
  return Object.fromEntries(files.map(([name, bytes]) => [name, digestOf(bytes)]));
}
function digestOf(bytes) {
  const hash = sha256();
  hash.update(bytes);
  return hash.digest("hex");
}
function checkDigest(digests, name, { path, ...file }) {
  const expected = Object.hasOwn(digests, name) ? digests[name] : void 0;
  if (expected === ("digest" in file ? file.digest : digestOf(file.bytes))) return;
  throw new InputError(
    "damaged-file",
    expected === void 0 ? `${path} is not a file of this RUN: ${SUMMARY_FILE} does not list it. Remove it, or copy the whole folder again from where it was fitted.` : `${path} is not the file that ${SUMMARY_FILE} lists (SHA-256): it was changed, or comes from another RUN. Copy the whole folder again from where it was fitted.`,
    { path }
  );
}
function parametersOf({ path, bytes }, summary) {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  checkFormat(metadata["format"], path);
  if (metadata["fingerprint"] !== summary.fingerprint) {
    throw new InputError(
      "damaged-file",
      `${path} and run.json belong to different fits; fit again, or copy both files from one RUN folder.`,
      { path }
    );
  }
  const parameters = new Map(
    [...tensors].map(([name, { shape, data }]) => {
      if (!(data instanceof Float32Array)) {
        throw new InputError("damaged-file", `${path}: tensor '${name}' is not float32.`);
      }
      const odd = data.findIndex((value) => !Number.isFinite(value));
      if (odd >= 0) {
        throw new InputError(
          "damaged-file",
          `${path}: tensor '${name}' has ${data[odd]} at position ${odd}; fit again, or copy an undamaged file.`,
          { path, tensor: name }
        );
      }
      return [name, { shape, values: data }];
    })
  );
  checkWeights(parameters, summary, path);
  return parameters;
}
function graphOf({ path, bytes }, { model }) {
  const graph = graphFromJson(new TextDecoder().decode(bytes), path);
  const [actual, expected] = [graph.nodes, latentNodes(model.modalities)].map(
    (nodes) => nodes.map(({ name }) => name).join(", ")
  );
  if (actual === expected) return graph;
  throw new InputError(
    "damaged-file",
    `${path} has the latents ${actual}, but the model of run.json has ${expected}: copy the whole folder again from where it was fitted.`,
    { path }
  );
}
function filesOf({ summary, parameters, graph, history }) {
  const weights = encodeSafetensors(
    Array.from(parameters, ([name, { shape, values }]) => [name, { shape, data: values }]),
    {
      format: FORMAT,
      version: summary.version,
      model: JSON.stringify(summary.model),
      columns: JSON.stringify(summary.columns),
      seed: String(summary.config.seed),
      fingerprint: summary.fingerprint
    }
  );
  const lines = history.map(metricsLine);
  const metrics = new Uint8Array(lines.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const line of lines) {
    metrics.set(line, at);
    at += line.length;
  }
  return [
    [WEIGHTS_FILE, weights],
    [GRAPH_FILE, new TextEncoder().encode(graphToJson(graph))],
    [METRICS_FILE, metrics]
  ];
}
function summaryText(summary, files) {
  return `${JSON.stringify({ ...summary, format: FORMAT, files }, null, 2)}
`;
}

// src/training/run-digests.ts
import { join as join2 } from "node:path";
var PIECE = 1 << 20;
async function fileDigests(folder, names2) {
  const digests = names2.map(async (name) => [name, await fileDigest(join2(folder, name))]);
  return Object.fromEntries(await Promise.all(digests));
}
async function runTable(folder, name) {
  const [path, summary] = [join2(folder, name), join2(folder, SUMMARY_FILE)];
  const { digests } = summaryOf({ path: summary, bytes: await readBytes(summary) });
  checkDigest(digests, name, { path, digest: await fileDigest(path) });
  return path;
}
async function fileDigest(path) {
  const { file, size: size3 } = await openRegular(path);
  try {
    const hash = sha256();
    const piece = new Uint8Array(Math.min(PIECE, size3));
    for (let at = 0; at < size3; ) {
      const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, size3 - at), at);
      if (bytesRead === 0) throw new InputError("damaged-file", `${path} became shorter while it was read.`, { path });
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}

export {
  outcomeOf,
  ranking,
  selectRuns,
  runsOf,
  stackRuns,
  withoutCrossPrediction,
  valuesOf,
  scoredByAllSubjects,
  STAGE_NAMES,
  restartSeed,
  seedWords,
  METRICS_FILE,
  parseMetrics,
  MetricsFile,
  FORMAT,
  SUMMARY_FILE,
  WEIGHTS_FILE,
  GRAPH_FILE,
  summaryOf,
  digestsOf,
  digestOf,
  checkDigest,
  parametersOf,
  graphOf,
  filesOf,
  summaryText,
  fileDigests,
  runTable
};
