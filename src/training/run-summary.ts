// What run.json says: what was done and what came out, nothing of a single subject.

import * as z from 'zod';
import { LINK_REASONS } from '../causal/discovery/link-figures.js';
import { fitConfigSchema } from '../study/fit-schema.js';
import { OBSERVATION_KINDS, tableObservation } from '../data/observation.js';
import { InputError } from '../errors.js';
import { COLUMN_KINDS } from '../likelihoods/index.js';
import { GRAPHS } from '../models/layout.js';
import { qualitySchema, subspaceChoiceSchema } from '../quality/index.js';
import { MATMUL_PRECISIONS } from '../runtime/device.js';
import { imputationSchema } from './imputation-schema.js';
import { rangesSchema } from './ranges-schema.js';
import { RUN_RULES } from './outcome.js';
import { PART_NAMES } from './part.js';
import { augmentationSchema } from '../study/augmentation-schema.js';
import { networkSchema } from '../study/network-schema.js';
import { scalesSchema } from './scales-schema.js';

/** Of the runs that this version writes. */
export const FORMAT = 'interlatent-run-5';
/** Has no digests of the other files. */
const FOURTH_FORMAT = 'interlatent-run-4';
/** Knows no missing values and no kinds of columns, and infers no latents. */
const THIRD_FORMAT = 'interlatent-run-3';
/** Names the held-out subjects, which later ones leave to subjects.json. */
const SECOND_FORMAT = 'interlatent-run-2';
/** Says also the number of a modality's columns where later ones describe its observation. */
const FIRST_FORMAT = 'interlatent-run-1';
const FORMATS = [FORMAT, FOURTH_FORMAT, THIRD_FORMAT, SECOND_FORMAT, FIRST_FORMAT] as const;

const count = z.int().min(0);
const size = z.int().min(1).max(10_000_000);

const observationSchema = z.object({
  kind: z.enum(OBSERVATION_KINDS),
  shape: z.array(size).min(1).readonly(),
  parts: z
    .array(
      z.object({
        likelihood: z.enum(COLUMN_KINDS),
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
const firstModality = z.object({ name: z.string(), columns: size, ...latentCounts });
const modalitySchema = z.preprocess(
  (modality) => {
    const { success, data } = firstModality.safeParse(modality);
    return success ? { ...data, observation: tableObservation(data.columns) } : modality;
  },
  z.object({ name: z.string(), observation: observationSchema, ...latentCounts }),
);

const modelSchema = z.object({
  modalities: z.array(modalitySchema).min(1).max(256).readonly(),
  hidden: size.max(4096),
  flow: z.enum(['mixture', 'affine']),
  components: size.max(64),
  flowHidden: size.max(1024),
  within: z.boolean(),
  graph: z.enum(GRAPHS).default('ordered'),
  gates: z.boolean(),
  absent: z.literal(true).optional(),
  latentEncoders: z.literal(true).optional(),
  filling: count.max(64).optional(),
  componentMap: count.max(1024),
  shared: z.object({ latents: size, modalities: z.array(count).readonly() }).optional(),
});

const partSchema = z.object({
  name: z.enum(PART_NAMES),
  /** The best run by `rule`: the one that the fit took, or the first of those that the next stage took. */
  chosenRun: count,
  /** What ranked the runs (`RunRule`). */
  rule: z.enum(RUN_RULES).default('validation-objective'),
  /** What each run was ranked by, the lower the better; left out where that is `objectives`. */
  scores: z.array(z.number().nullable()).readonly().optional(),
  /** Validation objective of each run at its best epoch; null for one that diverged. */
  objectives: z.array(z.number().nullable()).readonly(),
  /** −1: the initial parameters. */
  bestEpochs: z.array(z.int()).readonly(),
  epochs: count,
  failures: z.array(z.object({ run: count, step: count, tensor: z.string() })).readonly(),
  seconds: z.number(),
});

/** Whether the data determine each latent (`Determination`); a joint fit has none. */
const determinationSchema = z.object({
  restarts: count,
  equals: count,
  agreement: z.array(z.number()).readonly(),
  determined: z.array(z.boolean()).readonly(),
});

const p = z.number().min(0).max(1);
const intervalSchema = z.object({ estimate: z.number(), lower: z.number(), upper: z.number() });
const relationSchema = intervalSchema.extend({ p });

/** What stands up to cross-fitting (`Evidence`). */
const evidenceSchema = z.object({
  alpha: z.number(),
  linkAlpha: z.number(),
  folds: count,
  splits: count,
  subjects: count,
  /** Left out where the study has none. */
  groups: count.optional(),
  tested: z.boolean(),
  /** Why not, where it is not for too few subjects. */
  untested: z.enum(['copied-rows']).optional(),
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
        given: z.array(z.string()).readonly(),
        q: p,
      }),
    )
    .readonly(),
  directions: z.array(z.object({ from: z.string(), to: z.string(), share: p })).readonly(),
  /** Left out where orders were not compared (`Evidence`). */
  order: z.object({ difference: z.number(), standardError: z.number(), subjects: count }).optional(),
  comparedSubjects: count.optional(),
  opened: z
    .array(z.object({ from: z.string(), to: z.string() }))
    .readonly()
    .optional(),
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
  format: z.enum(FORMATS),
  /** Version of interlatent that fitted. */
  version: z.string(),
  node: z.string(),
  study: z.string(),
  /** Where the study file was, absolute; absent for a data set that a program built. */
  studyFile: z.string().optional(),
  /** Name of the id column. */
  id: z.string(),
  /** Fingerprint of the data set. */
  fingerprint: z.string(),
  subjects: z.object({ train: count, validation: count, test: count }),
  config: fitConfigSchema,
  model: modelSchema,
  /** How the columns of each modality are standardised, in the study's order. */
  columns: z.array(scalesSchema).readonly(),
  /** The stages of the fit in order; each says by which rule its runs were ranked. */
  parts: z.array(partSchema).min(1).readonly(),
  /**
   * Per latent: mean |Spearman| between the chosen run's and its match in every other run of the part that finds
   * components.
   */
  agreement: z.array(z.number()).readonly(),
  /**
   * The column that each latent rises with (`LatentOrientation`); a latent that correlates with none has no entry.
   * Absent in runs of earlier versions, whose latents stand either way up.
   */
  orientation: z
    .array(z.object({ latent: z.string(), modality: z.string(), column: z.string(), correlation: z.number() }))
    .readonly()
    .optional(),
  /** Which subspaces the components were found in; a joint fit has none. */
  subspaces: subspaceChoiceSchema.optional(),
  determination: determinationSchema.optional(),
  /** How good the fit is, on training and held-out subjects; absent in runs of earlier versions. */
  quality: qualitySchema.optional(),
  /** What questions need to know of the subjects; absent in runs of earlier versions. */
  ranges: rangesSchema.optional(),
  seconds: z.number(),
  /**
   * Where it was fitted: what was asked for, what was taken and, for `auto`, why; in which precision matrices were
   * multiplied. Absent in runs of earlier versions.
   */
  device: z
    .object({
      asked: z.string(),
      name: z.string(),
      description: z.string(),
      reason: z.string(),
      matmulPrecision: z.enum(MATMUL_PRECISIONS).default('float32'),
      /** GPUs that trained the same runs together. */
      dataParallel: z.int().min(1).optional(),
    })
    .readonly()
    .optional(),
  /** What imputation takes of a Gaussian; absent where the decoder answers alone. */
  imputation: imputationSchema.optional(),
  /** Absent in runs of earlier versions and of fits that were told not to test. */
  evidence: evidenceSchema.optional(),
});

/** The summary, and what versions wrote beside it. */
const fileSchema = summarySchema.extend({
  /** Ids of held-out subjects, in earlier versions. */
  heldOut: z.array(z.string()).readonly().optional(),
  /** SHA-256 of each other file of the folder, by name; not in earlier versions. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).optional(),
});

/** What run.json holds: nothing of a single subject. */
export type RunSummary = z.infer<typeof summarySchema>;

/** SHA-256 of each other file of a RUN folder, by name. */
export type FileDigests = Readonly<Record<string, string>>;

/** What run.json holds, part by part. */
export interface ParsedSummary {
  readonly summary: RunSummary;
  /** Undefined but in earlier versions. */
  readonly heldOut: readonly string[] | undefined;
  /** Undefined in earlier versions. */
  readonly digests: FileDigests | undefined;
}

/**
 * @param format that a file of a RUN names
 * @param path of the file
 * @throws InputError `later-run` for one that this version does not know
 */
export function checkFormat(format: unknown, path: string): void {
  if ((FORMATS as readonly unknown[]).includes(format) || !/^interlatent-run-\d+$/.test(String(format))) return;
  throw new InputError(
    'later-run',
    `${path} has the format ${String(format)}, and this version of interlatent reads up to ${FORMAT}. Update ` +
      'interlatent, or fit again.',
    { path },
  );
}

/**
 * @param content of run.json, as JSON
 * @param path of it, named in errors
 * @throws InputError `damaged-file`, `later-run`
 */
export function parseSummary(content: unknown, path: string): ParsedSummary {
  checkFormat((content as { format?: unknown } | null)?.format, path);
  const { success, data, error } = fileSchema.safeParse(content);
  if (!success) {
    const [issue] = error.issues;
    throw new InputError(
      'damaged-file',
      `${path} is not a run of this version: ${issue.path.join('.')} ${issue.message}.`,
      { path },
    );
  }
  const { heldOut, files: digests, ...summary } = data;
  if (summary.format === FORMAT && digests === undefined) {
    throw new InputError('damaged-file', `${path} lacks the digests of the other files.`, { path });
  }
  return { summary, heldOut, digests };
}
