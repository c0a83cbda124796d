import {
  SUBSPACE_KINDS
} from "./chunk-BEDVLV23.js";
import {
  GRAPHS
} from "./chunk-GSAH76ZL.js";
import {
  NETWORK_DENSE,
  NETWORK_KINDS,
  RESIDUAL_WIDTHS,
  STEMS,
  WEIGHT_TRAINING
} from "./chunk-G3ZUGG2R.js";

// src/study/fit-schema.ts
import * as z from "zod";
var FIT_DEFAULTS = {
  "two-stage": { encoderRestarts: 6, epochs: 60, warmStart: 0.4, weight: 0.1, learningRate: 3e-3 },
  joint: { encoderRestarts: 8, epochs: 100, warmStart: 0.2, weight: 0.08, learningRate: 3e-3 },
  /** A two-stage fit by deep canonical correlation. */
  correlation: { encoderRestarts: 8, epochs: 12, warmStart: 0, weight: 0.1, learningRate: 4e-3 },
  /** The same with series. Their encoders start from values that a higher rate would destroy. */
  "series correlation": { encoderRestarts: 2, epochs: 36, warmStart: 0, weight: 0.1, learningRate: 2e-3 }
};
function defaultsOf(setting) {
  const { "two-stage": usual, joint, correlation, "series correlation": series } = FIT_DEFAULTS;
  const isOne = correlation[setting] === series[setting];
  const other = [
    [joint[setting], "in a joint fit"],
    [correlation[setting], "with `subspaces: correlation`"],
    ...isOne ? [] : [[series[setting], "if there are series"]]
  ];
  const different = other.filter(([value]) => value !== usual[setting]).map(([value, where]) => `${value} ${where}`);
  return `Default: ${[usual[setting], ...different].join("; ")}.`;
}
var fraction = z.number().min(0).max(1);
var MAX_EPOCHS = 1e6;
var MAX_STEPS = 1e9;
var epochs = (min) => z.int().min(min).max(MAX_EPOCHS);
var trainingSchema = z.strictObject({
  fit: z.enum(["two-stage", "joint"]).optional().describe(
    "`two-stage`: trains the subspaces without sparsity, then the components in latent space with many restarts, then polishes the joint model. `joint`: trains everything at once. Default: `two-stage`; `joint` if `sparsity.kind` needs the Jacobian."
  ),
  encoderRestarts: z.int().min(1).max(1024).optional().describe(
    `Number of encoder restarts: independent initialisations of encoders and decoders. Validation subjects choose the best. ${defaultsOf("encoderRestarts")}`
  ),
  subspaces: z.enum(SUBSPACE_KINDS).optional().describe(
    "Method of the first stage of a two-stage fit. `network`: the joint model without sparsity. `linear`: reduced-rank regression, without an encoder. `residual`: `linear` plus a small network. `correlation`: deep canonical correlation, which trains the decoders last. Default: `correlation` if there are images or series; otherwise the one of the first three whose latents predict the other modalities best in validation subjects."
  ),
  componentRestarts: z.int().min(1).max(1024).default(64).describe(
    "Number of component restarts: independent initialisations of the map from subspaces to components. The best quarter is refined."
  ),
  componentSteps: z.int().min(1).max(MAX_STEPS).default(1500).describe(
    "Training steps of a component restart: a fifth explores, three fifths refine, and a fifth fits with fixed gates. Pruning takes another fifth. The model of missing latents takes four thirds of this number."
  ),
  componentMap: z.int().min(1).max(1024).default(16).describe("Width of the map from the subspace of a modality to its components."),
  polish: epochs(0).optional().describe(
    "Epochs of the polish: the joint model is trained at a low rate with fixed gates. 0 leaves it out. Default: 8, and more in proportion if `epochs` has a default above its minimum."
  ),
  decoderEpochs: epochs(1).optional().describe(
    "Epochs of the decoders, which are trained after deep canonical correlation. Default: `epochs`; a third of it if there are series."
  ),
  batch: z.int().min(2).optional().describe("Subjects per mini-batch, at most the training split. Default: by the number of training subjects."),
  epochs: epochs(1).optional().describe(
    "Epochs of the joint model; in a two-stage fit, of its first stage. Default: by the number of training subjects."
  ),
  passes: epochs(1).optional().describe(
    "Passes over the training subjects in an epoch of the joint model. Default: 1; if `epochs` has its default and there are few subjects, the number of passes that gives 16 steps."
  ),
  seed: z.int().min(0).max(4294967295).default(0).describe("Seed of the fit. Restart r has the seed `seed + r \xB7 2\xB3\xB2`."),
  learningRate: z.number().positive().max(1).optional().describe(`Learning rate of the joint model and of the encoders. ${defaultsOf("learningRate")}`),
  hidden: z.int().min(1).max(4096).default(64).describe("Width of encoders and decoders."),
  flow: z.enum(["mixture", "affine"]).default("mixture").describe(
    "Conditional flow of a latent given its parents. `mixture`: a mixture of Gaussians. `affine`: one Gaussian."
  ),
  components: z.int().min(1).max(64).default(5).describe("Number of Gaussians per latent in the mixture flow."),
  flowHidden: z.int().min(1).max(1024).default(16).describe("Width of the network that conditions the flow."),
  reconstruction: z.number().positive().default(1).describe("Weight of the reconstruction error, \u03B1_recon."),
  independence: z.number().positive().default(0.1).describe("Weight of the KL term, \u03B1_ind."),
  warmStart: fraction.optional().describe(`Share of the epochs in which every modality also predicts the others. ${defaultsOf("warmStart")}`),
  ramp: fraction.default(0.4).describe("Share of the epochs in which the sparsity weight grows from 0 to its value."),
  freeze: fraction.default(0.85).describe("Share of the epochs after which gates are fixed at 0 or 1."),
  patience: epochs(1).optional().describe(
    "Epochs without a better validation objective in any restart before training stops. Default: 20, and more in proportion if `epochs` has a default above its minimum."
  )
});
var sparsitySchema = z.strictObject({
  kind: z.enum(["gates", "jacobian", "both", "none"]).default("gates").describe(
    "Penalty on edges. `gates`: the expected number of open gates. `jacobian`: the sum of P over pairs of latents in different modalities, where P = E|\u2202\u03B5/\u2202z| \xB7 sd(z) is the strength of an edge. `both`: the two together."
  ),
  weight: z.number().min(0).optional().describe(
    `Weight of the penalty, per gate or per unit of P. Its unit is nats per subject in a two-stage fit, and nats times \`independence\` in a joint fit. ${defaultsOf("weight")}`
  ),
  concavity: z.number().positive().optional().describe("Constant c of the concave penalty \u03A3 P / (P + c). Default: the plain sum \u03A3 P."),
  within: z.boolean().default(true).describe("True if latents of the same modality may cause each other."),
  graph: z.enum(GRAPHS).default("ordered").describe(
    "`ordered`: edges follow the order of the modalities in the study. `acyclic`: the fit searches for the order. `cyclic`: latents may cause each other."
  ),
  order: z.enum(["unknown", "assumed"]).default("unknown").describe(
    "Meaning of the order of the modalities with `graph: ordered`. `unknown`: it only makes the model computable, and links are drawn as lines. `assumed`: you know that causes come first; arrows are drawn, and reported as assumed."
  ),
  withinWeight: fraction.default(0.5).describe(
    "Price of an edge within a modality relative to an edge between modalities. The sparsity of Theorem 4.4 counts only edges between modalities."
  )
});
var MANY_SUBJECTS = 8e3;
var LARGE_BATCH = 512;
var BATCHES = { min: 32, max: 256, per: 16 };
var CORRELATION_BATCHES = { min: 128, max: 256, per: 16 };
var MIN_STEPS = 2500;
var CORRELATION_STEPS = { correlation: 468, "series correlation": 1404 };
var MIN_EPOCH = 16;
function fitLength(subjects, kind, batch) {
  const correlates = kind === "correlation" || kind === "series correlation";
  const minEpochs = FIT_DEFAULTS[kind].epochs;
  const minSteps = correlates ? CORRELATION_STEPS[kind] : MIN_STEPS;
  const { min, max, per } = correlates ? CORRELATION_BATCHES : BATCHES;
  if (subjects >= MANY_SUBJECTS) {
    return { batch: batch ?? (correlates ? max : LARGE_BATCH), epochs: minEpochs, passes: 1 };
  }
  const proportional = 2 ** Math.round(Math.log2(Math.max(1, subjects / per)));
  const chosen = batch ?? Math.min(max, Math.max(min, proportional));
  const steps = stepsOf(subjects, chosen);
  const passes = Math.ceil(MIN_EPOCH / steps);
  return { batch: chosen, passes, epochs: Math.max(minEpochs, Math.ceil(minSteps / (passes * steps))) };
}
function stepsOf(subjects, batch) {
  return Math.floor(subjects / Math.min(batch, subjects));
}
var fitConfigSchema = trainingSchema.required().extend({
  /** Left out if it is 1. */
  passes: trainingSchema.shape.passes,
  /** Left out if the fit chooses the best of up to three. */
  subspaces: trainingSchema.shape.subspaces,
  /** Only for deep canonical correlation. */
  decoderEpochs: trainingSchema.shape.decoderEpochs,
  /** Number of refined restarts whose graphs are pruned. Left out if it is 4; 0 in folds, whose graphs are not used. */
  pruned: z.int().min(0).max(64).optional(),
  sparsity: sparsitySchema.required({ weight: true })
});
function kindOfFit({ fit, subspaces }) {
  return subspaces === "correlation" ? subspaces : fit;
}

// src/study/augmentation-schema.ts
import * as z2 from "zod";
var augmentationSchema = z2.strictObject({
  flip: z2.boolean().optional().describe("`true`: mirrors half of the images left to right. Default: false."),
  shift: z2.int().min(1).max(1024).optional().describe("Maximum shift in every direction, in pixels or steps. Default: none."),
  brightness: z2.number().positive().max(10).optional().describe("Maximum value that is added, in standard deviations of a channel. Default: none."),
  contrast: z2.number().positive().max(0.9).optional().describe("Values are multiplied by a factor between 1 \u2212 contrast and 1 + contrast. Default: none.")
});

// src/study/network-schema.ts
import * as z3 from "zod";
var units = z3.int().min(1).max(4096);
var keys = {
  widths: z3.array(units).min(1).max(12).readonly().optional().describe(
    "Number of channels of each layer or stage, or number of units of each recurrent layer. Default: by the size of the images or series."
  ),
  dense: units.optional().describe(`Number of units of the last hidden layer. Default: ${NETWORK_DENSE}.`)
};
var residualKeys = {
  stem: z3.enum(STEMS).optional().describe(
    "First layers of resnet18. `small`: 3 \xD7 3 taps, for images of at least 8 pixels. `large`: 7 \xD7 7 taps at every second pixel and a maximum pool, for images of at least 32 pixels. Default: that of the weights; without weights, `large` for images of at least 128 pixels."
  ),
  train: z3.enum(WEIGHT_TRAINING).optional().describe(
    "`frozen`: the weights of the file do not change; only the last layers are trained. `tuned`: all weights are trained. Default: `frozen`."
  )
};
var numbers = z3.array(z3.number()).min(1).readonly();
var networkSchema = z3.strictObject({
  kind: z3.enum(NETWORK_KINDS),
  ...keys,
  ...residualKeys,
  weights: z3.strictObject({ sha256: z3.string(), gain: numbers, bias: numbers }).optional()
});
function networkOf(kinds) {
  return z3.strictObject({ kind: z3.enum(kinds).describe("Kind of network."), ...keys }).optional();
}
var imageNetwork = z3.strictObject({
  kind: z3.enum(["conv", "resnet18", "mlp"]).describe("Kind of network."),
  ...keys,
  ...residualKeys,
  weights: z3.string().min(1).optional().describe("File of safetensors with weights from which resnet18 starts. Default: random weights.")
}).optional();
function imageNetworkProblem({ kind, widths, stem, train, weights }) {
  if (kind !== "resnet18" && (stem ?? train ?? weights) !== void 0) {
    return "has keys of resnet18 (stem, weights, train); leave them out, or write kind: resnet18";
  }
  if (train !== void 0 && weights === void 0) return "says how to train weights of a file, but names no weights";
  if (kind === "resnet18" && widths && widths.length !== RESIDUAL_WIDTHS.length) {
    return `has ${widths.length} widths; resnet18 has four stages`;
  }
  return void 0;
}

export {
  FIT_DEFAULTS,
  MAX_EPOCHS,
  trainingSchema,
  sparsitySchema,
  MANY_SUBJECTS,
  fitLength,
  stepsOf,
  fitConfigSchema,
  kindOfFit,
  augmentationSchema,
  networkSchema,
  networkOf,
  imageNetwork,
  imageNetworkProblem
};
