// The schema of run.json: settings and results of a fit, without data of single subjects.

import * as z from 'zod';
import {
  BATCH_REASONS,
  BATCH_VERDICTS,
  DIRECT_REASONS,
  DIRECT_VERDICTS,
  EFFECT_REASONS,
  EFFECT_VERDICTS,
} from '../causal/cause-figures.js';
import { LINK_REASONS, SHARED_VERDICTS } from '../causal/discovery/link-figures.js';
import { equivalenceSchema } from './equivalence-schema.js';
import { fitConfigSchema } from './fit-schema.js';
import { OBSERVATION_KINDS } from '../data/observation.js';
import { InputError } from '../errors/errors.js';
import { GRAPHS } from '../networks/layout.js';
import { qualitySchema, subspaceChoiceSchema } from '../quality/schema.js';
import { MATMUL_PRECISIONS } from '../runtime/device.js';
import { imputationSchema } from './imputation-schema.js';
import { causeScalesSchema } from './causes-schema.js';
import { rangesSchema } from './ranges-schema.js';
import { RESTART_RULES } from './outcome.js';
import { STAGE_NAMES } from './stage.js';
import { augmentationSchema } from '../data/augmentation.js';
import { kindSchema } from '../data/kind-schema.js';
import { networkSchema } from '../data/network-schema.js';
import { scalesSchema } from './scales-schema.js';

const FORMAT_NUMBER = 6;
/** The only format that this version writes and reads. */
export const FORMAT = `interlatent-run-${FORMAT_NUMBER}` as const;

const count = z.int().min(0);
const size = z.int().min(1).max(10_000_000);

const observationSchema = z.object({
  kind: z.enum(OBSERVATION_KINDS),
  shape: z.array(size).min(1).readonly(),
  parts: z
    .array(
      z.object({
        likelihood: kindSchema,
        from: count,
        to: size,
        positions: size.optional(),
        levels: z.int().min(2).optional(),
        size: count.optional(),
        scales: z
          .array(z.object({ mean: z.number(), sd: z.number().positive() }))
          .readonly()
          .optional(),
      }),
    )
    .min(1)
    .readonly(),
  network: networkSchema.optional(),
  shiftInvariant: size.optional(),
  augment: augmentationSchema.optional(),
  masked: z.boolean(),
  absent: z.literal(true).optional(),
});

const latentCounts = { latents: size.max(256), exogenous: count.max(256) };
const modalitySchema = z.object({ name: z.string(), observation: observationSchema, ...latentCounts });

const modelSchema = z.object({
  modalities: z.array(modalitySchema).min(1).max(256).readonly(),
  hidden: size.max(4096),
  flow: z.enum(['mixture', 'affine']),
  components: size.max(64),
  flowHidden: size.max(1024),
  within: z.boolean(),
  graph: z.enum(GRAPHS),
  gates: z.boolean(),
  absent: z.literal(true).optional(),
  latentEncoders: z.literal(true).optional(),
  filling: count.max(64).optional(),
  componentMap: count.max(1024),
  shared: z.object({ latents: size, modalities: z.array(count).readonly() }).optional(),
  /** Observed causes that the prior reads, equal to those of the run; left out if there are none. */
  causes: z.array(causeScalesSchema).min(1).readonly().optional(),
});

const stageSchema = z.object({
  name: z.enum(STAGE_NAMES),
  /** The best restart by `rule`: the one that the fit keeps, or the first of those that the next stage starts from. */
  chosenRestart: count,
  /** What the restarts are ranked by (`RestartRule`). */
  rule: z.enum(RESTART_RULES),
  /** The value that each restart is ranked by, lower is better; left out if it is `objectives`. */
  scores: z.array(z.number().nullable()).readonly().optional(),
  /** Validation objective of each restart at its best epoch; null for one that diverged. */
  objectives: z.array(z.number().nullable()).readonly(),
  /** −1: the initial parameters. */
  bestEpochs: z.array(z.int()).readonly(),
  epochs: count,
  failures: z.array(z.object({ restart: count, step: count, tensor: z.string() })).readonly(),
  seconds: z.number(),
});

/** Whether the data determine each latent (`Determination`); a joint fit has none. */
const determinationSchema = z.object({
  restarts: count,
  equals: count,
  /** Left out if no other restart is equally good. */
  agreement: z.array(z.number()).readonly().optional(),
  determined: z.array(z.boolean()).readonly().optional(),
});

const p = z.number().min(0).max(1);
const intervalSchema = z.object({ estimate: z.number(), lower: z.number(), upper: z.number() });
const relationSchema = intervalSchema.extend({ p });

const effectIntervalSchema = intervalSchema.extend({ lower90: z.number(), upper90: z.number() });

/** The total effect of a cause on a latent (`TotalEffect`). */
const effectSchema = z.object({
  cause: z.string(),
  level: z.string().optional(),
  latent: z.string(),
  units: count,
  verdict: z.enum(EFFECT_VERDICTS),
  reason: z.enum(EFFECT_REASONS).optional(),
  effect: effectIntervalSchema.optional(),
  p: p.optional(),
  q: p.optional(),
  spread: effectIntervalSchema.extend({ p, q: p, verdict: z.enum(EFFECT_VERDICTS) }).optional(),
  power: p.optional(),
  partialR2: p.optional(),
  curve: z
    .array(effectIntervalSchema.extend({ value: z.number() }))
    .readonly()
    .optional(),
  direct: z
    .object({
      verdict: z.enum(DIRECT_VERDICTS),
      reason: z.enum(DIRECT_REASONS).optional(),
      through: z.array(z.string()).readonly(),
      parents: z.array(z.string()).readonly(),
      needed: z.array(z.string()).readonly().optional(),
      estimate: z.number().optional(),
      lower: z.number().optional(),
      upper: z.number().optional(),
      p: p.optional(),
      q: p.optional(),
    })
    .optional(),
});

const numbers = z.array(z.number()).readonly();
const endsSchema = z.object({ from: z.string(), to: z.string() });

/** Effects of setting a latent, over all equally good graphs (`LatentEffects`). */
const latentEffectsSchema = z.object({
  steps: numbers,
  members: z.array(z.object({ hasStudyOrder: z.boolean() })).readonly(),
  pairs: z
    .array(
      endsSchema.extend({
        effects: z
          .array(
            z.object({
              members: z.array(count).readonly(),
              curve: z.object({ estimate: numbers, lower90: numbers, upper90: numbers }).optional(),
              isMixed: z.literal(true).optional(),
            }),
          )
          .readonly(),
        open: z.array(endsSchema).readonly(),
      }),
    )
    .readonly(),
});

/** Results of cross-fitting (`Evidence`). */
const sharedSchema = z.object({
  subsets: z
    .array(
      z.object({
        modalities: z.array(z.string()).readonly(),
        correlations: z.array(intervalSchema.extend({ verdict: z.enum(SHARED_VERDICTS) })).readonly(),
        latents: count,
        isUndecided: z.boolean(),
      }),
    )
    .readonly(),
  same: z
    .array(
      z.object({
        latents: z.array(z.string()).readonly(),
        signs: z.array(z.union([z.literal(1), z.literal(-1)])).readonly(),
        correlation: intervalSchema,
      }),
    )
    .readonly(),
});

const evidenceSchema = z.object({
  alpha: z.number(),
  linkAlpha: z.number(),
  folds: count,
  splits: count,
  subjects: count,
  /** Left out if the study has no groups. */
  groups: count.optional(),
  tested: z.boolean(),
  /** The reason for no test, other than too few subjects. */
  untested: z.enum(['copied-rows', 'one-modality']).optional(),
  pairs: z
    .array(
      z.object({
        first: z.string(),
        second: z.string(),
        subjects: count,
        folds: z.array(p).readonly(),
        components: z.array(p).readonly().optional(),
        p,
        corrected: p,
        associated: z.boolean(),
        correlation: intervalSchema.optional(),
        within: z.object({ rows: count, p, corrected: p, associated: z.boolean() }).optional(),
      }),
    )
    .readonly(),
  latents: z
    .array(
      z.object({
        name: z.string(),
        agreement: z.number(),
        chance: z.number(),
        corrected: z.number(),
        p,
        subspace: z.number(),
        fitted: z.number(),
        replicated: z.boolean(),
        single: z.boolean(),
        leak: z.number(),
      }),
    )
    .readonly(),
  links: z
    .array(
      z.object({
        first: z.string(),
        second: z.string(),
        verdict: z.enum(['supported', 'not-supported', 'undecided']),
        reason: z.enum(LINK_REASONS).optional(),
        association: relationSchema,
        direct: relationSchema,
        conditioning: z.array(z.string()).readonly(),
        q: p,
      }),
    )
    .readonly(),
  /** Latents that modalities share (`SharedEvidence`). Left out for one modality and with observed causes. */
  shared: sharedSchema.optional(),
  directions: z
    .array(
      z.object({
        from: z.string(),
        to: z.string(),
        share: p.optional(),
        cause: z.object({ name: z.string(), level: z.string().optional() }).optional(),
      }),
    )
    .readonly(),
  /** Effects of observed causes (`CauseEvidence`). Absent without causes. */
  causes: z
    .object({
      effects: z.array(effectSchema).readonly(),
      blocks: z
        .array(
          z.object({
            cause: z.string(),
            level: z.string().optional(),
            modality: z.string(),
            p,
            q: p,
            verdict: z.enum(EFFECT_VERDICTS),
          }),
        )
        .readonly(),
    })
    .optional(),
  /** What batches shift (`BatchEvidence`). Absent without batches. */
  batches: z
    .array(
      z.object({
        modality: z.string(),
        column: z.string(),
        otherModalities: z.array(z.string()).readonly(),
        verdict: z.enum(BATCH_VERDICTS),
        reason: z.enum(BATCH_REASONS).optional(),
        shared: p.optional(),
        local: p.optional(),
        share: z.number().optional(),
      }),
    )
    .readonly()
    .optional(),
  /** Left out if orders of the modalities were not compared (`Evidence`). */
  order: z.object({ difference: z.number(), standardError: z.number(), subjects: count }).optional(),
  comparedSubjects: count.optional(),
  /** Properties of the links between modalities (`Mechanism`). */
  mechanisms: z
    .array(
      z.object({
        from: z.string(),
        to: z.string(),
        linear: z.number(),
        curvature: z.number(),
        spread: z.number(),
        nonNormal: z.number(),
      }),
    )
    .readonly()
    .optional(),
  opened: z
    .array(z.object({ from: z.string(), to: z.string() }))
    .readonly()
    .optional(),
  latentEffects: latentEffectsSchema.optional(),
  unsupported: z
    .array(
      z.object({
        from: z.string(),
        to: z.string(),
        strength: z.number(),
        effect: z.number().optional(),
        agreement: z.number(),
      }),
    )
    .readonly(),
  seconds: z.number(),
});

const summarySchema = z.object({
  format: z.literal(FORMAT),
  /** Version of interlatent that made the fit. */
  version: z.string(),
  node: z.string(),
  study: z.string(),
  /** Absolute path of the study file; absent for a data set that a program built. */
  studyFile: z.string().optional(),
  /** Name of the id column. */
  id: z.string(),
  /** Fingerprint of the data set. */
  fingerprint: z.string(),
  subjects: z.object({ train: count, validation: count, test: count }),
  config: fitConfigSchema,
  model: modelSchema,
  /** Scales of the columns of each modality, in the study's order. */
  columns: z.array(scalesSchema).readonly(),
  /** The observed causes; left out if the study has none. */
  causes: z.array(causeScalesSchema).min(1).readonly().optional(),
  /** The stages of the fit in order, each with the rule that ranked its restarts. */
  stages: z.array(stageSchema).min(1).readonly(),
  /**
   * Per latent: mean |Spearman| between the latent of the chosen restart and its match in every other restart of the
   * stage that finds components.
   */
  agreement: z.array(z.number()).readonly(),
  /** The column that each latent rises with (`LatentOrientation`). A latent that correlates with none has no entry. */
  orientation: z
    .array(z.object({ latent: z.string(), modality: z.string(), column: z.string(), correlation: z.number() }))
    .readonly(),
  /** The subspaces in which the components were found; a joint fit has none. */
  subspaces: subspaceChoiceSchema.optional(),
  determination: determinationSchema.optional(),
  /** How good the fit is, on training and held-out subjects. */
  quality: qualitySchema,
  /** Ranges of latents and noises, which answers to questions need. */
  ranges: rangesSchema,
  seconds: z.number(),
  /** The requested device, the device that made the fit and, for `auto`, why; the precision of matrix products. */
  device: z
    .object({
      requested: z.string(),
      name: z.string(),
      description: z.string(),
      reason: z.string(),
      matmulPrecision: z.enum(MATMUL_PRECISIONS),
    })
    .readonly(),
  /** Weights of the Gaussian that helps the decoder to impute; absent if the decoder answers alone. */
  imputation: imputationSchema.optional(),
  /** Absent in fits with `evidence: none`. */
  evidence: evidenceSchema.optional(),
  /** Absent in joint fits and with fewer than 10 held-out subjects. */
  equivalence: equivalenceSchema.optional(),
});

const fileSchema = summarySchema.extend({
  /** SHA-256 of each other file of the folder, by name. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** The content of run.json without the digests of the other files. It has no data of single subjects. */
export type RunSummary = z.infer<typeof summarySchema>;

/** SHA-256 of each other file of a RUN folder, by name. */
export type FileDigests = Readonly<Record<string, string>>;

/** The content of run.json. */
export interface ParsedSummary {
  readonly summary: RunSummary;
  readonly digests: FileDigests;
}

/**
 * Checks the format that a file of a RUN folder names. What names no format is left to other checks.
 * @param path the file
 * @throws InputError `earlier-run`, `later-run`
 */
export function checkFormat(format: unknown, path: string): void {
  const digits = /^interlatent-run-(\d+)$/.exec(String(format))?.[1];
  if (digits === undefined || Number(digits) === FORMAT_NUMBER) return;
  const problem = `${path} has the format ${String(format)}, but this version of interlatent reads only ${FORMAT}.`;
  if (Number(digits) > FORMAT_NUMBER) {
    throw new InputError('later-run', `${problem} Update interlatent, or fit the study again.`, { path });
  }
  throw new InputError('earlier-run', `${problem} Fit the study again.`, { path });
}

/**
 * Returns the checked content of run.json.
 * @param content the parsed JSON
 * @param path the file, for error messages
 * @throws InputError `damaged-file`, `earlier-run`, `later-run`
 */
export function parseSummary(content: unknown, path: string): ParsedSummary {
  checkFormat((content as { format?: unknown } | null)?.format, path);
  const { success, data, error } = fileSchema.safeParse(content);
  if (!success) {
    const [issue] = error.issues;
    throw new InputError(
      'damaged-file',
      `${path} is damaged: ${issue.path.join('.')} ${issue.message}. ` +
        'Copy the whole folder again from where it was fitted, or fit the study again.',
      { path },
    );
  }
  const { files: digests, ...summary } = data;
  return { summary, digests };
}
